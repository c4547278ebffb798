//! Bytes to items.
//!
//! feed-rs reads the feed; what stands around it makes that safe and the result dependable:
//! [`decode`] turns bytes into text, [`scrub`] bounds the document and takes out what feed-rs
//! is known to trip over, [`identity`] gives each item a key that never rests on something a
//! parser made up, [`dates`] reads dates as they are really written. What is left is caught:
//! a panic of the parser is a document that cannot be read.

mod dates;
mod decode;
mod hints;
mod identity;
mod scrub;

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use feed_rs::model::{Entry, Link};
use jiff::Timestamp;
use url::Url;

use super::Item;
use super::fetch::Body;
use crate::text::html;

pub(crate) use hints::Hints;

/// A document that was read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Document {
    /// In the document's order, at most [`ITEMS_MAX`].
    pub(crate) items: Vec<Item>,
    /// The publisher's word on when to come back.
    pub(crate) hints: Hints,
    /// Items past [`ITEMS_MAX`] that were left out.
    pub(crate) left_out: usize,
}

/// Items read of one document.
pub(crate) const ITEMS_MAX: usize = 5_000;
/// Bytes of a title.
const TITLE_BYTES_MAX: usize = 1 << 10;
/// Bytes of a summary.
const SUMMARY_BYTES_MAX: usize = 64 << 10;
/// Bytes of a body.
const BODY_BYTES_MAX: usize = 256 << 10;
/// Bytes of an item's address; a longer one is none.
const URL_BYTES_MAX: usize = 4 << 10;
/// Authors of one item.
const AUTHORS_MAX: usize = 8;
/// Characters of a summary that is made from the body.
const EXCERPT_CHARS: usize = 300;

/// Reads a feed document; `Err` says why it is none, for [`super::Outcome::NotAFeed`].
///
/// `language` is the operator's word on the feed's language. Blocking and CPU-bound: call it
/// off the async threads. Never panics.
pub(crate) fn parse(body: &Body, language: Option<&str>) -> Result<Document, String> {
    let text = decode::decode(&body.bytes, body.content_type.as_deref())?;
    let scrubbed = scrub::scrub(&text, &body.final_url)?;
    let read = catch_unwind(AssertUnwindSafe(|| {
        feed_rs::parser::Builder::new()
            .base_uri(Some(body.final_url.as_str()))
            .sanitize_content(false)
            // Marks what the publisher did not give: `identity` sees it as absent.
            .id_generator(|_, _, _| String::new())
            .timestamp_parser(dates::parse_for_feed_rs)
            .build()
            .parse(scrubbed.document.as_bytes())
    }));
    let feed = match read {
        Ok(Ok(feed)) => feed,
        Ok(Err(error)) => return Err(shortened(&error.to_string())),
        Err(_) => return Err("the feed parser failed on this document".into()),
    };
    let feed_language = feed.language.as_deref();
    let feed_authors: Vec<String> = feed.authors.iter().filter_map(author).collect();
    let ids: Vec<&str> = feed.entries.iter().map(|entry| entry.id.trim()).collect();
    let repeated = identity::repeated(&ids);
    let mut known = HashSet::new();
    let items = feed.entries.iter().filter_map(|entry| {
        let mut item = item(entry, &body.final_url, &repeated);
        item.language = language.or(entry.language.as_deref()).or(feed_language).and_then(tag);
        if item.authors.is_empty() {
            item.authors.clone_from(&feed_authors);
        }
        item.authors.truncate(AUTHORS_MAX);
        known.insert(item.key.clone()).then_some(item)
    });
    Ok(Document { items: items.collect(), hints: scrubbed.hints, left_out: scrubbed.left_out })
}

/// The text of a document, whatever its encoding; `Err` says why there is none.
pub(crate) fn decoded(body: &Body) -> Result<String, String> {
    decode::decode(&body.bytes, body.content_type.as_deref())
}

fn item(entry: &Entry, base: &Url, repeated: &HashSet<&str>) -> Item {
    let title = entry.title.as_ref().map_or("", |title| &title.content);
    let described = entry.summary.as_ref().map(|summary| summary.content.as_str());
    let media =
        || entry.media.iter().find_map(|media| Some(media.description.as_ref()?.content.as_str()));
    let content = entry.content.as_ref().and_then(|content| content.body.as_deref());
    let title = capped(html::to_text(title), TITLE_BYTES_MAX);
    let mut summary = html::to_text(described.or_else(media).unwrap_or_default());
    let mut body = html::to_text(content.unwrap_or_default());
    if summary.is_empty() {
        summary = excerpt(&body);
    }
    if summary == body {
        body.clear();
    }
    let url = address(entry, base);
    let published = entry.published.and_then(timestamp);
    let updated = entry.updated.and_then(timestamp);
    let key = identity::key(&identity::Parts {
        guid: entry.id.trim(),
        repeated: repeated.contains(entry.id.trim()),
        url: url.as_deref(),
        title: &title,
        published,
        summary: &summary,
    });
    Item {
        key,
        title,
        url,
        summary: capped(summary, SUMMARY_BYTES_MAX),
        body: capped(body, BODY_BYTES_MAX),
        published,
        updated,
        authors: entry.authors.iter().filter_map(author).collect(),
        language: None,
    }
}

/// The item's page: the alternate link, or a guid that is an address.
fn address(entry: &Entry, base: &Url) -> Option<String> {
    let is_page = |link: &&Link| matches!(link.rel.as_deref(), None | Some("alternate" | ""));
    let is_html =
        |link: &&Link| link.media_type.as_deref().is_none_or(|kind| kind.contains("html"));
    let pages = || entry.links.iter().filter(is_page);
    let link = pages().find(is_html).or_else(|| pages().next()).map(|link| link.href.as_str());
    let guid = || {
        Some(entry.id.trim()).filter(|id| id.starts_with("http://") || id.starts_with("https://"))
    };
    let mut url = base.join(link.or_else(guid)?.trim()).ok()?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return None;
    }
    let _ = url.set_username("");
    let _ = url.set_password(None);
    Some(url.to_string()).filter(|url| url.len() <= URL_BYTES_MAX)
}

fn author(person: &feed_rs::model::Person) -> Option<String> {
    let name = html::to_text(person.name.as_deref()?);
    let name = name.trim_matches(|c: char| "()（）<>【】\"“” ".contains(c));
    let named = !name.is_empty() && name != "unknown";
    named.then(|| capped(name.to_owned(), 200))
}

fn timestamp(at: chrono::DateTime<chrono::Utc>) -> Option<Timestamp> {
    Timestamp::from_millisecond(at.timestamp_millis()).ok()
}

/// A language tag as it should be written: `EN_us` is `en-US`.
fn tag(written: &str) -> Option<String> {
    let mut parts = written.trim().split(['-', '_']);
    let first = parts.next().filter(|first| {
        (2..=3).contains(&first.len()) && first.bytes().all(|byte| byte.is_ascii_alphabetic())
    })?;
    let mut tag = first.to_ascii_lowercase();
    for part in parts.filter(|part| part.bytes().all(|byte| byte.is_ascii_alphanumeric())).take(3) {
        tag.push('-');
        match part.len() {
            2 => tag.push_str(&part.to_ascii_uppercase()),
            4 => {
                tag.push_str(&part[..1].to_ascii_uppercase());
                tag.push_str(&part[1..].to_ascii_lowercase());
            }
            _ => tag.push_str(&part.to_ascii_lowercase()),
        }
    }
    Some(tag)
}

/// The beginning of a text, cut at a word.
fn excerpt(text: &str) -> String {
    let Some((end, _)) = text.char_indices().nth(EXCERPT_CHARS) else { return text.to_owned() };
    let end = text[..end].rfind(' ').unwrap_or(end);
    format!("{}…", &text[..end])
}

fn capped(mut text: String, bytes: usize) -> String {
    text.truncate(text.floor_char_boundary(bytes));
    text
}

fn shortened(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect()
}

#[cfg(test)]
mod tests;
