//! JSON Feed, with the slips of those who write it.
//!
//! Source: JSON Feed 1.0 and 1.1. An id may be a number, an author a name, a title missing; of a
//! document that breaks off the whole items are read.
//!
//! feed-rs has no part in it: it refuses a whole feed for a number as an id, an author who is a
//! name or a missing title, and copies the feed's authors into each item, so that 86 KB become
//! 1.4 GB (feeds.md §2.5). What it does beyond that is what `serde_json` does here.

use serde_json::Value;
use url::Url;

use super::entry::{Entry, Link, Rank};
use super::format::{self, Format};
use super::hints::Gathering;
use super::reading::Read;
use super::repair::Repair;
use super::{AUTHORS_MAX, ITEMS_MAX, shortened};

/// Reads a JSON Feed; whether it ends early.
pub(super) fn read(
    text: &str,
    base: &Url,
    repairs: &mut Vec<Repair>,
) -> Result<(Read, bool), String> {
    let (mut feed, is_cut) = match serde_json::from_str(text) {
        Ok(feed) => (feed, false),
        Err(error) => {
            let fault = || shortened(&format!("not well-formed JSON: {error}"));
            (salvaged(text).ok_or_else(fault)?, true)
        }
    };
    let version = string(&feed, "version");
    if !version.contains("jsonfeed.org") || !feed["items"].is_array() {
        return Err("no feed in this JSON (no JSON Feed version and items)".into());
    }
    let mut items = match feed["items"].take() {
        Value::Array(items) => items,
        _ => Vec::new(),
    };
    items.retain(Value::is_object);
    let left_out = items.len().saturating_sub(ITEMS_MAX);
    items.truncate(ITEMS_MAX);
    if is_cut || items.iter().chain([&feed]).any(is_odd) {
        repairs.push(Repair::Json);
    }
    let mut hints = Gathering::default();
    hints.link("self", &string(&feed, "feed_url"), base);
    if let Some(hub) = feed["hubs"].as_array().and_then(|hubs| hubs.first()) {
        hints.link("hub", &string(hub, "url"), base);
    }
    let read = Read {
        format: Format::Json(format::version(version.rsplit('/').next().unwrap_or_default())),
        title: string(&feed, "title"),
        language: string(&feed, "language"),
        link: None,
        authors: authors(&feed),
        entries: items.iter().map(entry).collect(),
        left_out,
        hints: hints.hints(),
    };
    Ok((read, is_cut))
}

/// The whole items of a feed that breaks off, and the version that says it is one.
fn salvaged(text: &str) -> Option<Value> {
    let (head, list) = text.split_once("\"items\"")?;
    let mut rest = list.trim_start().strip_prefix(':')?.trim_start().strip_prefix('[')?;
    let version = head.split_once("\"version\"")?.1.split('"').nth(1)?;
    let mut items = Vec::new();
    while items.len() <= ITEMS_MAX {
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<Value>();
        let Some(Ok(item)) = values.next() else { break };
        items.push(item);
        rest = rest[values.byte_offset()..].trim_start();
        rest = rest.strip_prefix(',').unwrap_or(rest);
    }
    (!items.is_empty()).then(|| serde_json::json!({ "version": version, "items": items }))
}

/// Whether an item or a feed has a value of another type than it should.
fn is_odd(value: &Value) -> bool {
    let is = |key: &str, good: fn(&Value) -> bool| {
        value.get(key).is_none_or(|it| it.is_null() || good(it))
    };
    !(is("id", Value::is_string) && is("title", Value::is_string) && is("author", Value::is_object))
}

fn entry(item: &Value) -> Entry {
    let link = |key: &str, rank| Link { rank, href: string(item, key), base: None };
    let links = [link("url", Rank::Page), link("external_url", Rank::Alternate)];
    let text = string(item, "content_text");
    let html = string(item, "content_html");
    let dated = |key: &str| vec![(0, string(item, key))];
    Entry {
        guid: string(item, "id").trim().to_owned(),
        links: links.into_iter().filter(|link| !link.href.is_empty()).collect(),
        title: string(item, "title"),
        summary: string(item, "summary"),
        // Plain text is no markup, whatever it looks like.
        content: if html.is_empty() {
            text.replace('&', "&amp;").replace('<', "&lt;")
        } else {
            html
        },
        published: dated("date_published"),
        updated: dated("date_modified"),
        authors: authors(item),
        language: string(item, "language"),
        ..Entry::default()
    }
}

/// A text, or a number as text; empty where there is neither.
fn string(value: &Value, key: &str) -> String {
    match value.get(key) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

/// `authors` (1.1), `author` (1.0), or a bare name.
fn authors(value: &Value) -> Vec<String> {
    let one = |author: &Value| match author {
        Value::String(name) => name.clone(),
        _ => string(author, "name"),
    };
    let several = value.get("authors").and_then(Value::as_array);
    let several = several.into_iter().flatten().take(AUTHORS_MAX).map(one);
    let names: Vec<String> = several.filter(|name| !name.is_empty()).collect();
    if names.is_empty() { value.get("author").map(one).into_iter().collect() } else { names }
}
