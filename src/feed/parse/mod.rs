//! Bytes to items.
//!
//! [`decode`] turns bytes into text, feed-rs finds the entries in it ([`trusted`], which bounds
//! and mends the document first), [`entry`] makes an item of each: clean text, dates as they are
//! really written ([`dates`]) and a key that never rests on something we made up ([`identity`]).
//!
//! What feed-rs cannot read, or would lose something of ([`reading::Loss`]), has a second reader:
//! [`strict`] cuts well-formed XML into elements, [`lenient`] the rest as a browser would, and
//! the [`Document`] says so; [`reading`] gathers what the elements say. Both readers make the same
//! entries, so that a feed which breaks one day does not alert anew. [`json`] reads JSON Feed,
//! [`page`] finds the feeds that an HTML page names.
//!
//! Every pass is bounded: depth, attributes, entries and every text have a cap.

mod dates;
mod decode;
mod entry;
mod format;
mod hints;
mod identity;
mod json;
mod lenient;
mod months;
pub(crate) mod page;
mod reading;
mod references;
mod repair;
mod strict;
mod trusted;
mod vocabulary;

use std::collections::HashSet;

use url::Url;

use super::Item;
use super::fetch::Body;
use crate::text::{capped, html};

pub(crate) use format::Format;
pub(crate) use hints::Hints;
use reading::{Read, Reading};
pub(crate) use repair::Repair;

/// A document that was read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Document {
    pub(crate) format: Format,
    /// The encoding that it was read in, as the Encoding Standard names it.
    pub(crate) encoding: &'static str,
    /// What the feed calls itself; may be empty.
    pub(crate) title: String,
    /// In the document's order, at most [`ITEMS_MAX`].
    pub(crate) items: Vec<Item>,
    /// The publisher's word on when to come back.
    pub(crate) hints: Hints,
    /// What had to be mended to read it, each kind once.
    pub(crate) repairs: Vec<Repair>,
    /// Items past [`ITEMS_MAX`] that were left out.
    pub(crate) left_out: usize,
    /// The document ends early: there are items that we have not seen.
    pub(crate) is_cut: bool,
}

/// Items read of one document.
pub(crate) const ITEMS_MAX: usize = 5_000;
/// Bytes of an item's address; a longer one is none.
const URL_BYTES_MAX: usize = 4 << 10;
/// Authors of one item.
const AUTHORS_MAX: usize = 8;
/// Bytes of the name of a feed.
const FEED_TITLE_BYTES_MAX: usize = 200;

/// Why a document cannot be read.
#[derive(Debug)]
enum Fault {
    /// It is not well-formed; a lenient reader may still make something of it.
    IllFormed(String),
    /// It is something else than a feed.
    NoFeed(String),
    /// It passes a bound: nobody looks at it any further.
    Bound(String),
}

impl Fault {
    fn said(self) -> String {
        let (Self::IllFormed(said) | Self::NoFeed(said) | Self::Bound(said)) = self;
        said
    }
}

/// Reads a feed document; `Err` says why it is none, for [`super::Outcome::NotAFeed`].
///
/// `language` is the operator's word on the feed's language. Blocking and CPU-bound: call it
/// off the async threads. Never panics.
pub(crate) fn parse(body: &Body, language: Option<&str>) -> Result<Document, String> {
    parse_bytes(&body.bytes, body.content_type.as_deref(), &body.final_url, language)
}

/// Reads a document that came from `url` with that `Content-Type`.
pub(crate) fn parse_bytes(
    bytes: &[u8],
    content_type: Option<&str>,
    url: &Url,
    language: Option<&str>,
) -> Result<Document, String> {
    let decode::Decoded { text, encoding, mut repairs } = decode::decode(bytes, content_type)?;
    let (read, is_cut) = read(&text, url, &mut repairs)?;
    repairs.sort_unstable();
    repairs.dedup();
    let items = items(&read, url, language);
    let Read { format, title, hints, left_out, .. } = read;
    let title = capped(html::to_text(&title), FEED_TITLE_BYTES_MAX);
    Ok(Document { format, encoding, title, items, hints, repairs, left_out, is_cut })
}

/// The text of a document, whatever its encoding; `Err` says why there is none.
pub(crate) fn decoded(body: &Body) -> Result<String, String> {
    Ok(decode::decode(&body.bytes, body.content_type.as_deref())?.text)
}

/// All that a document says, and whether it ends early.
fn read(text: &str, base: &Url, repairs: &mut Vec<Repair>) -> Result<(Read, bool), String> {
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    if text.starts_with(['{', '[']) {
        return json::read(text, base, repairs);
    }
    if page::is_page(text) {
        return Err(page::said(text, base));
    }
    if !text.starts_with('<') && lenient::start(text).is_none() {
        return Err("the answer is no feed: neither XML nor JSON".into());
    }
    match trusted::read(text, base) {
        Ok(Ok(read)) if !read.entries.is_empty() || !names_entries(text) => {
            return Ok((read, false));
        }
        Err(Fault::Bound(said)) => return Err(said),
        _ => {}
    }
    let fault = match strictly(text, base) {
        Ok(read) if !read.entries.is_empty() || !names_entries(text) => return Ok((read, false)),
        Ok(read) => Ok(read),
        Err(Fault::Bound(said)) => return Err(said),
        Err(fault) => Err(fault),
    };
    match (leniently(text, base, repairs)?, fault) {
        (Some(found), _) => Ok(found),
        (None, Ok(read)) => Ok((read, false)),
        (None, Err(fault)) => Err(fault.said()),
    }
}

/// The second reader, of what is well-formed.
fn strictly(text: &str, base: &Url) -> Result<Read, Fault> {
    let mut reading = Reading::new(base);
    strict::read(text, &mut reading)?;
    reading.done()
}

/// As a browser would read it; `None` where that finds nothing either.
fn leniently(
    text: &str,
    base: &Url,
    repairs: &mut Vec<Repair>,
) -> Result<Option<(Read, bool)>, String> {
    let Some(start) = lenient::start(text) else { return Ok(None) };
    let mut reading = Reading::new(base);
    let found = match lenient::read(&text[start..], &mut reading) {
        Ok(found) if reading.count() > 0 => found,
        Err(Fault::Bound(said)) => return Err(said),
        _ => return Ok(None),
    };
    let Ok(read) = reading.done() else { return Ok(None) };
    repairs.extend(found.repairs);
    if has_junk(&text[..start]) {
        repairs.push(Repair::Junk);
    }
    Ok(Some((read, found.is_cut)))
}

/// Whether there is more before the document than belongs there.
fn has_junk(before: &str) -> bool {
    let before = before.trim();
    !(before.is_empty() || before.starts_with("<?xml") || before.starts_with("<!"))
}

/// Whether a document in which no entry was found speaks of some.
fn names_entries(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    lower.contains("<item") || lower.contains("<entry")
}

fn items(read: &Read, url: &Url, language: Option<&str>) -> Vec<Item> {
    let guids: Vec<&str> = read.entries.iter().map(|entry| entry.guid.as_str()).collect();
    let repeated = identity::repeated(&guids);
    let authors: Vec<String> =
        read.authors.iter().filter_map(|person| entry::author(person)).collect();
    // What a channel calls its page is where its links start from.
    let page = read.link.as_ref().and_then(|link| {
        link.base.as_ref().unwrap_or(url).join(&link.href).ok().filter(Url::has_host)
    });
    let setting = entry::Setting {
        base: page.as_ref().unwrap_or(url),
        language,
        feed_language: &read.language,
        authors: &authors,
        repeated: &repeated,
    };
    let mut known = HashSet::new();
    let items = read.entries.iter().map(|entry| entry::item(entry, &setting));
    items.filter(|item| known.insert(item.key.clone())).collect()
}

fn shortened(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect()
}

#[cfg(test)]
mod tests;
