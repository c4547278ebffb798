//! Makes a document safe and palatable for feed-rs, in one bounded pass.
//!
//! What is bounded: depth (nested `media:group`s overflow feed-rs's stack and end the process),
//! attributes, items, JSON authors (feed-rs clones them into each item). What is mended: the
//! declaration goes (feed-rs panics on some), e-mail addresses in author names go (it panics on
//! ones beside Japanese brackets), over-long durations go (it panics on their digits), an `&`
//! that begins nothing becomes `&amp;`, and what feed-rs would not know (a root, the names and
//! types of Atom 0.3) is renamed to what it means. A document that is not well-formed is refused
//! here with its line.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::escape::resolve_html5_entity;
use quick_xml::events::{BytesStart, Event};
use serde_json::Value;
use url::Url;

use super::ITEMS_MAX;
use super::hints::{Gathering, Hints};

/// Elements within elements. Source: twice what the deepest real feed has.
const DEPTH_MAX: usize = 128;
/// Attributes of one element.
const ATTRIBUTES_MAX: usize = 256;
/// Authors of a JSON Feed as a whole.
const JSON_AUTHORS_MAX: usize = 8;
/// Characters of a duration: `999:59:59.999`.
const DURATION_CHARS_MAX: usize = 16;
/// Bytes of the longest reference that is looked for: `&CounterClockwiseContourIntegral;`.
const REFERENCE_BYTES_MAX: usize = 33;
/// The namespace of Atom 0.3.
const ATOM_0_3: &str = "http://purl.org/atom/ns#";
/// Elements of Atom that hold a text for people.
const ATOM_TEXTS: [&str; 6] = ["title", "subtitle", "tagline", "summary", "rights", "copyright"];
/// Elements that hold a person.
const PERSONS: [&str; 6] = ["author", "managingEditor", "webMaster", "creator", "name", "email"];

/// A document that feed-rs can be given.
#[derive(Debug)]
pub(super) struct Scrubbed {
    pub(super) document: String,
    /// Items past [`ITEMS_MAX`].
    pub(super) left_out: usize,
    pub(super) hints: Hints,
}

/// Scrubs a document, or says why it is no feed.
pub(super) fn scrub(text: &str, base: &Url) -> Result<Scrubbed, String> {
    let start = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    if start.starts_with('{') {
        return json(start, base);
    }
    let head: String = start.chars().take(512).collect::<String>().to_ascii_lowercase();
    let is_page = head.starts_with("<!doctype html") || head.starts_with("<html");
    if is_page {
        return Err(match named_feed(text, base) {
            Some(feed) => format!("the answer is an HTML page; it names a feed: {feed}"),
            None => "the answer is an HTML page, not a feed".into(),
        });
    }
    if !start.starts_with('<') {
        return Err("the answer is no feed: neither XML nor JSON".into());
    }
    xml(start, base)
}

fn xml(text: &str, base: &Url) -> Result<Scrubbed, String> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().allow_dangling_amp = true;
    let mut dialect = Dialect::Rss;
    let mut out = String::with_capacity(text.len() + 64);
    let mut open: Vec<String> = Vec::new();
    let mut items = 0;
    // Where the document was cut: the elements that were open there.
    let mut cut: Option<Vec<String>> = None;
    let mut hints = Gathering::default();
    let mut from = 0;
    loop {
        let event = reader.read_event();
        let to = usize::try_from(reader.buffer_position()).unwrap_or(text.len());
        let slice = text.get(from..to).unwrap_or_default();
        from = to;
        let event = event.map_err(|error| ill_formed(text, to, &error))?;
        let is_open = matches!(event, Event::Start(_));
        match &event {
            Event::Start(tag) | Event::Empty(tag) => {
                if tag.attributes().with_checks(false).take(ATTRIBUTES_MAX + 1).count()
                    > ATTRIBUTES_MAX
                {
                    return Err(format!("an element with more than {ATTRIBUTES_MAX} attributes"));
                }
                let local = tag.local_name();
                let local: &str = local.as_ref();
                if local == "link" && is_of_the_feed(&open) {
                    let value = |name: &str| attribute(tag, name);
                    if let (Some(rel), Some(href)) = (value("rel"), value("href")) {
                        hints.link(&rel, &href, base);
                    }
                }
                if matches!(local, "item" | "entry") {
                    items += 1;
                    if items > ITEMS_MAX && cut.is_none() {
                        cut = Some(open.clone());
                    }
                }
                if open.is_empty() && cut.is_none() {
                    dialect = Dialect::of(tag, local);
                    out.push_str(&references(&root(tag, local, is_open)?));
                } else if cut.is_none() {
                    let mended = atom_tag(dialect, tag, is_open);
                    out.push_str(&references(mended.as_deref().unwrap_or(slice)));
                }
                if is_open {
                    open.push(tag.name().0.to_owned());
                    if open.len() > DEPTH_MAX {
                        return Err(format!("elements nested deeper than {DEPTH_MAX}"));
                    }
                }
            }
            Event::End(tag) => {
                open.pop();
                if cut.is_none() {
                    out.extend(["</", dialect.name(tag.name().0), ">"]);
                }
            }
            Event::Eof => break,
            Event::Decl(_) | Event::DocType(_) | Event::Comment(_) | Event::PI(_) => {}
            Event::Text(_) | Event::CData(_) | Event::GeneralRef(_) => {
                if cut.is_none() && !open.is_empty() {
                    let within = open.last().map_or("", |name| local_of(name));
                    let text = element_text(slice, within);
                    if is_of_the_feed(&open) {
                        hints.element(within, slice);
                    }
                    let is_cdata = matches!(event, Event::CData(_));
                    out.push_str(&if is_cdata { text.into() } else { references(&text) });
                }
            }
        }
    }
    if let Some(open) = cut {
        for name in open.iter().rev() {
            out.extend(["</", dialect.name(name), ">"]);
        }
    } else if !open.is_empty() {
        return Err("not well-formed XML: the document ends early".into());
    }
    let left_out = items.saturating_sub(ITEMS_MAX);
    Ok(Scrubbed { document: out, left_out, hints: hints.hints() })
}

/// Whether what stands within these elements speaks of the feed, not of an item.
fn is_of_the_feed(open: &[String]) -> bool {
    !open.iter().any(|name| matches!(local_of(name), "item" | "entry"))
}

/// An attribute by its name, its references resolved.
fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    let mut attributes = tag.attributes();
    let found =
        attributes.with_checks(false).flatten().find(|attribute| attribute.key.0 == name)?;
    Some(crate::text::html::to_text(&found.value))
}

fn local_of(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

/// Says where the document breaks.
fn ill_formed(text: &str, at: usize, error: &quick_xml::Error) -> String {
    let before = &text[..text.floor_char_boundary(at)];
    let line = before.matches('\n').count() + 1;
    super::shortened(&format!("not well-formed XML near line {line}: {error}"))
}

/// The root element as feed-rs knows it, or why it is no feed's.
fn root(tag: &BytesStart<'_>, local: &str, is_open: bool) -> Result<String, String> {
    if !matches!(local, "rss" | "RDF" | "feed" | "entry") {
        return Err(super::shortened(&format!("no feed in this XML (its root is `{local}`)")));
    }
    let mut out = format!("<{}", tag.name().0);
    let mut version = false;
    for attribute in tag.attributes().with_checks(false).flatten() {
        let (key, mut value) = (attribute.key.0, attribute.value.as_ref());
        match (local, key) {
            // A version that feed-rs does not know is read as the one that all later ones are.
            ("rss", "version") => {
                version = true;
                if !matches!(value.trim(), "2.0" | "0.91" | "0.92") {
                    value = "2.0";
                }
            }
            // RSS 2.0 has no namespace; with one, feed-rs finds nothing and says nothing.
            ("rss", "xmlns") => continue,
            ("feed", _) if value == ATOM_0_3 => {
                value = "http://www.w3.org/2005/Atom";
            }
            ("RDF", _) if value.contains("netscape.com/rdf/simple/0.9") => {
                value = "http://purl.org/rss/1.0/";
            }
            _ => {}
        }
        let quote = if value.contains('"') { '\'' } else { '"' };
        out.push_str(&format!(" {key}={quote}{value}{quote}"));
    }
    if local == "rss" && !version {
        out.push_str(" version=\"2.0\"");
    }
    out.push_str(if is_open { ">" } else { "/>" });
    Ok(out)
}

/// The family that a document belongs to, as far as it needs mending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dialect {
    Rss,
    Atom,
    Atom03,
}

impl Dialect {
    fn of(root: &BytesStart<'_>, local: &str) -> Self {
        let mut attributes = root.attributes();
        let mut attributes = attributes.with_checks(false).flatten();
        match local {
            "feed" if attributes.any(|attribute| attribute.value == ATOM_0_3) => Self::Atom03,
            "feed" | "entry" => Self::Atom,
            _ => Self::Rss,
        }
    }

    /// What an element is called today. Source: RFC 4287, and the Atom 0.3 draft §4.
    fn name(self, name: &str) -> &str {
        match (self, name) {
            (Self::Atom03, "issued") => "published",
            (Self::Atom03, "modified") => "updated",
            (Self::Atom03, "tagline") => "subtitle",
            (Self::Atom03, "copyright") => "rights",
            _ => name,
        }
    }
}

/// A tag of Atom with a name and a `type` that feed-rs knows: it refuses the whole feed for one
/// that it does not. `None` where the tag is good as it is.
fn atom_tag(dialect: Dialect, tag: &BytesStart<'_>, is_open: bool) -> Option<String> {
    if dialect == Dialect::Rss {
        return None;
    }
    let name = tag.name().0;
    let is_text = ATOM_TEXTS.contains(&name);
    let mend = |value: &str| match value {
        "text/plain" => Some("text"),
        "application/xhtml+xml" => Some("xhtml"),
        "text" | "html" | "xhtml" | "text/html" => None,
        _ => is_text.then_some("html"),
    };
    let typed = is_text || name == "content";
    let mut is_mended = dialect.name(name) != name;
    let mut out = format!("<{}", dialect.name(name));
    for attribute in tag.attributes().with_checks(false).flatten() {
        let (key, mut value) = (attribute.key.0, attribute.value.as_ref());
        if let Some(known) = mend(value).filter(|_| typed && key == "type") {
            value = known;
            is_mended = true;
        }
        let quote = if value.contains('"') { "'" } else { "\"" };
        out.extend([" ", key, "=", quote, value, quote]);
    }
    out.push_str(if is_open { ">" } else { "/>" });
    is_mended.then_some(out)
}

/// Escapes each `&` that begins no reference: `R&D`, `?a=1&b=2`, `&bogus;`.
fn references(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        let after = &rest[at + 1..];
        let near = &after[..after.floor_char_boundary(REFERENCE_BYTES_MAX)];
        let is_reference = near.split_once(';').is_some_and(|(name, _)| {
            let number = name.strip_prefix('#').map(|number| {
                let hex = number.strip_prefix('x').map(|hex| u32::from_str_radix(hex, 16));
                hex.unwrap_or_else(|| number.parse()).ok().and_then(char::from_u32)
            });
            number.map_or_else(
                || resolve_html5_entity(name).is_some(),
                |number| number.is_some_and(|c| !c.is_control() || c.is_whitespace()),
            )
        });
        out.push_str(&rest[..at]);
        out.push_str(if is_reference { "&" } else { "&amp;" });
        rest = after;
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The text of one element, without what feed-rs is known to panic on.
fn element_text(slice: &str, within: &str) -> String {
    if within == "duration" && slice.chars().count() > DURATION_CHARS_MAX {
        return String::new();
    }
    if !PERSONS.contains(&within) || !slice.contains('@') {
        return slice.to_owned();
    }
    // Names are wanted, addresses are not: a run of address characters with an `@` goes.
    let is_address = |c: char| c.is_ascii_alphanumeric() || "._%+-@".contains(c);
    let mut out = String::new();
    let mut rest = slice;
    while !rest.is_empty() {
        let run = rest.find(|c| !is_address(c)).unwrap_or(rest.len());
        if !rest[..run].contains('@') {
            out.push_str(&rest[..run]);
        }
        let other = rest[run..].find(is_address).map_or(rest.len(), |length| run + length);
        out.push_str(&rest[run..other]);
        rest = &rest[other..];
    }
    out
}

/// A JSON Feed with bounds, and with the slips that feed-rs would refuse mended.
fn json(text: &str, base: &Url) -> Result<Scrubbed, String> {
    let mut feed: Value = serde_json::from_str(text)
        .map_err(|error| super::shortened(&format!("not well-formed JSON: {error}")))?;
    let is_feed = feed["version"].as_str().is_some_and(|version| version.contains("jsonfeed.org"));
    if !is_feed || !feed["items"].is_array() {
        return Err("no feed in this JSON (no JSON Feed version and items)".into());
    }
    if !feed["title"].is_string() {
        feed["title"] = "".into();
    }
    if let Some(authors) = feed["authors"].as_array_mut() {
        authors.truncate(JSON_AUTHORS_MAX);
    }
    let mut hints = Gathering::default();
    if let Some(url) = feed["feed_url"].as_str() {
        hints.link("self", url, base);
    }
    if let Some(url) = feed["hubs"].as_array().and_then(|hubs| hubs.first()?.get("url")?.as_str()) {
        hints.link("hub", url, base);
    }
    let mut left_out = 0;
    if let Some(items) = feed["items"].as_array_mut() {
        left_out = items.len().saturating_sub(ITEMS_MAX);
        items.truncate(ITEMS_MAX);
        items.retain(Value::is_object);
        for item in items {
            if item["id"].is_number() {
                item["id"] = item["id"].to_string().into();
            } else if !item["id"].is_string() {
                item["id"] = "".into();
            }
            if let Some(name) = item["author"].as_str() {
                item["author"] = serde_json::json!({ "name": name });
            }
            if let Some(authors) = item["authors"].as_array_mut() {
                authors.truncate(JSON_AUTHORS_MAX);
            }
        }
    }
    if let Some(name) = feed["author"].as_str() {
        feed["author"] = serde_json::json!({ "name": name });
    }
    // `feed[…]` of a missing key reads as null and writes it: nulls are absent.
    let document = serde_json::to_string(&without_nulls(feed)).expect("was JSON");
    Ok(Scrubbed { document, left_out, hints: hints.hints() })
}

fn without_nulls(mut feed: Value) -> Value {
    let clean = |value: &mut Value| {
        if let Some(object) = value.as_object_mut() {
            object.retain(|_, value| !value.is_null());
        }
    };
    clean(&mut feed);
    if let Some(items) = feed["items"].as_array_mut() {
        items.iter_mut().for_each(clean);
    }
    feed
}

/// The feed that an HTML page names in its head. Source: RSS Advisory Board, autodiscovery.
fn named_feed(page: &str, base: &Url) -> Option<Url> {
    let head = &page[..page.floor_char_boundary(256 << 10)];
    for link in head.split("<link").skip(1) {
        let tag = link.split_once('>').map_or(link, |(tag, _)| tag);
        let attribute = |name: &str| {
            let rest = tag.split_once(&format!("{name}="))?.1;
            let quote = rest.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
            Some(rest[1..].split_once(quote)?.0)
        };
        let kind = attribute("type").unwrap_or_default();
        let is_feed = ["application/rss+xml", "application/atom+xml", "application/feed+json"]
            .contains(&kind);
        if is_feed && attribute("rel").is_some_and(|rel| rel.contains("alternate")) {
            return base.join(&crate::text::html::to_text(attribute("href")?)).ok();
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ampersand_that_begins_nothing_is_escaped() {
        #[track_caller]
        fn check(text: &str, expected: &str) {
            assert_eq!(references(text), expected);
        }
        check("no reference", "no reference");
        check("R&D, Smith & Sons", "R&amp;D, Smith &amp; Sons");
        check("?a=1&b=2&copy;", "?a=1&amp;b=2&copy;");
        check("&amp; &lt; &eacute; &#8217; &#x2019;", "&amp; &lt; &eacute; &#8217; &#x2019;");
        check("&bogus; &#0; &#xD800; &#x; &;", "&amp;bogus; &amp;#0; &amp;#xD800; &amp;#x; &amp;;");
        check("尖&閣;&", "尖&amp;閣;&amp;");
    }

    #[test]
    fn atom_0_3_is_read_under_todays_names() {
        let base = Url::parse("https://a.example/").expect("a URL");
        let old = "<feed xmlns=\"http://purl.org/atom/ns#\"><entry><title type=\"text/plain\">t\
                   </title><issued>2024-07-28</issued><content type='application/xhtml+xml'/>\
                   </entry></feed>";
        let today = "<feed xmlns=\"http://www.w3.org/2005/Atom\"><entry><title type=\"text\">t\
                     </title><published>2024-07-28</published><content type=\"xhtml\"/>\
                     </entry></feed>";
        assert_eq!(scrub(old, &base).expect("a feed").document, today);
    }
}
