//! feed-rs, and what makes it safe to ask.
//!
//! One bounded pass writes the document anew for it. What no entry is made of stays out: nested
//! `media:group`s and categories overflow its stack and end the process, long durations and
//! declarations of encodings make it panic. So do e-mail addresses beside Japanese brackets:
//! they go from the names of people. An `&` that begins nothing is escaped, each prefix is the
//! customary one and is declared (feed-rs takes an undeclared one for the feed's own words), and
//! what it does not know is called what it means: `issued` is `published`, RSS of any version 2.0.
//!
//! What the feed says of itself is gathered in the same pass, for feed-rs has no place for half
//! of it. Where it would lose something ([`Loss`]), or fails, the second reader has its turn.

use std::panic::{AssertUnwindSafe, catch_unwind};

use feed_rs::model;
use quick_xml::escape::{escape, partial_escape};
use url::Url;

use super::entry::{self, Entry, Link, Rank};
use super::format::Format;
use super::reading::{Attributes, EACH_MAX, Field, Loss, Place, Read, Reading, attribute, plain};
use super::strict::{self, Elements};
use super::vocabulary::Vocabulary;
use super::{Fault, dates};
use crate::text::html;

/// The names that a document has here, declared as feed-rs knows them.
const DECLARED: &str = " xmlns:content=\"http://purl.org/rss/1.0/modules/content/\" \
                        xmlns:dc=\"http://purl.org/dc/elements/1.1/\" \
                        xmlns:media=\"http://search.yahoo.com/mrss/\" \
                        xmlns:itunes=\"http://www.itunes.com/dtds/podcast-1.0.dtd\"";

/// Reads a feed with feed-rs, or says what that would lose of it.
pub(super) fn read(text: &str, base: &Url) -> Result<Result<Read, Loss>, Fault> {
    let mut scrub =
        Scrub { reading: Reading::outline(base), document: String::new(), open: vec![] };
    scrub.document.reserve(text.len());
    strict::read(text, &mut scrub)?;
    let Scrub { mut reading, document, .. } = scrub;
    if let Some(loss) = reading.lost() {
        return Ok(Err(loss));
    }
    let fields = reading.take_fields();
    let mut read = reading.done()?;
    let language = match language(&read) {
        Ok(language) => language,
        Err(loss) => return Ok(Err(loss)),
    };
    let Some(found) = parsed(&document, language) else { return Ok(Err(Loss::Entries)) };
    if found.len() != read.entries.len() {
        return Ok(Err(Loss::Entries));
    }
    let is_atom = matches!(read.format, Format::Atom(_));
    for ((outline, found), fields) in read.entries.iter_mut().zip(found).zip(&fields) {
        let has_update = fields.iter().any(|field| matches!(field, Field::Updated(_)));
        if has_update && !is_atom && found.updated == found.published {
            return Ok(Err(Loss::Update));
        }
        fill(outline, found, has_update);
        if loses_media(outline, fields) {
            return Ok(Err(Loss::Media));
        }
    }
    Ok(Ok(read))
}

/// The language that all dates are in, if the entries have no several.
fn language(read: &Read) -> Result<Option<String>, Loss> {
    let mut entries = read.entries.iter().map(|entry| entry.language.as_str());
    let first = entries.next().unwrap_or_default();
    if entries.any(|it| it != first) {
        return Err(Loss::Language);
    }
    Ok(entry::tag(first).or_else(|| entry::tag(&read.language)))
}

/// What feed-rs finds; `None` where it fails.
fn parsed(document: &str, language: Option<String>) -> Option<Vec<model::Entry>> {
    let read = catch_unwind(AssertUnwindSafe(|| {
        feed_rs::parser::Builder::new()
            .sanitize_content(false)
            // What the publisher did not give stays absent.
            .id_generator(|_, _, _| String::new())
            .timestamp_parser(move |text| dates::parse_for_feed_rs(text, language.as_deref()))
            .build()
            .parse(document.as_bytes())
    }));
    Some(read.ok()?.ok()?.entries)
}

/// An outline with what feed-rs found.
fn fill(entry: &mut Entry, found: model::Entry, has_update: bool) {
    let text = |text: Option<model::Text>| text.map(|text| text.content).unwrap_or_default();
    let date = |at: chrono::DateTime<chrono::Utc>| (0, at.to_rfc3339());
    let links = found.links.iter().filter_map(|link| {
        let rank = Rank::of(link.rel.as_deref(), link.media_type.as_deref())?;
        Some(Link { rank, href: plain(&link.href), base: None })
    });
    entry.links = links.take(EACH_MAX).collect();
    let of_media = |text: fn(&model::MediaObject) -> Option<&model::Text>| {
        found.media.iter().find_map(text).map(|it| it.content.clone()).unwrap_or_default()
    };
    entry.media_title = of_media(|media| media.title.as_ref());
    entry.media_summary = of_media(|media| media.description.as_ref());
    entry.guid = plain(&found.id);
    entry.title = text(found.title);
    entry.summary = text(found.summary);
    entry.content = found.content.and_then(|content| content.body).unwrap_or_default();
    entry.published = found.published.into_iter().map(date).collect();
    // feed-rs gives RSS items the date of their publication for that of an update too.
    if has_update {
        entry.updated = found.updated.into_iter().map(date).collect();
    }
    let names = found.authors.into_iter().filter_map(|person| person.name);
    entry.authors = names.take(EACH_MAX).collect();
}

/// Whether an entry needs a text of its media that feed-rs did not bring as it stood.
fn loses_media(entry: &Entry, fields: &[Field]) -> bool {
    let is_lost = |field: Field, own: &str, found: &str| {
        let count = fields.iter().filter(|it| **it == field).count();
        count > 0 && (count > 1 || found.is_empty()) && html::to_text(own).is_empty()
    };
    is_lost(Field::MediaTitle, &entry.title, &entry.media_title)
        || is_lost(Field::MediaSummary, &entry.summary, &entry.media_summary)
}

/// The document as feed-rs gets it, and the outline of the entries.
struct Scrub<'b> {
    reading: Reading<'b>,
    document: String,
    /// For each open element the name it was written by, if it was, and where its text begins.
    open: Vec<Option<(String, usize)>>,
}

impl Elements for Scrub<'_> {
    fn open(&mut self, name: &str, attributes: &Attributes<'_>) -> Result<(), Fault> {
        self.reading.open(name, attributes)?;
        let (vocabulary, local) = self.reading.resolve(name);
        let written = match (self.reading.place(), self.reading.format()) {
            (Place::Passed, _) | (_, None) => None,
            (Place::Outer, Some(format)) if self.open.is_empty() => root(format),
            (Place::Outer, _) => outer(vocabulary, local),
            (Place::Within, _) => Some(local.to_owned()),
            (Place::Field(field), Some(format)) => {
                Some(called(format, field, vocabulary, local).to_owned())
            }
        };
        if let Some(name) = &written {
            self.document.extend(["<", name]);
            match (self.reading.place(), self.reading.format()) {
                (Place::Outer, Some(format)) if self.open.is_empty() => {
                    self.document.push_str(declared(format));
                    self.document.push_str(DECLARED);
                }
                (Place::Outer, _) => self.attribute(attributes, "url"),
                (Place::Field(Field::Link), Some(Format::Atom(_))) => {
                    for name in ["href", "rel", "type"] {
                        self.attribute(attributes, name);
                    }
                }
                (Place::Field(field), Some(Format::Atom(_))) if is_text(field) => {
                    let kind = attribute(attributes, "type").unwrap_or_default();
                    let kind = if kind.contains("xhtml") { "xhtml" } else { "html" };
                    self.document.extend([" type=\"", kind, "\""]);
                }
                _ => {}
            }
            self.document.push('>');
        }
        let from = self.document.len();
        self.open.push(written.map(|name| (name, from)));
        Ok(())
    }

    fn text(&mut self, text: &str) {
        self.reading.text(text);
        if matches!(self.reading.place(), Place::Field(_) | Place::Within) {
            self.document.push_str(&partial_escape(text));
        }
    }

    fn close(&mut self, name: &str) {
        let is_person = self.reading.place() == Place::Field(Field::Author);
        self.reading.close(name);
        let Some(Some((name, from))) = self.open.pop() else { return };
        if is_person {
            let person = self.document.split_off(from);
            self.document.push_str(&entry::without_addresses(&person));
        }
        self.document.extend(["</", &name, ">"]);
    }
}

impl Scrub<'_> {
    fn attribute(&mut self, attributes: &Attributes<'_>, name: &str) {
        if let Some(value) = attribute(attributes, name) {
            self.document.extend([" ", name, "=\"", &escape(value), "\""]);
        }
    }
}

/// The root that a document gets. Others are a [`Loss::Root`].
fn root(format: &Format) -> Option<String> {
    let name = match format {
        Format::Rss(_) => "rss",
        Format::Rdf => "RDF",
        Format::Atom(_) => "feed",
        Format::Json(_) | Format::Sitemap | Format::SitemapIndex => return None,
    };
    Some(name.to_owned())
}

fn declared(format: &Format) -> &'static str {
    match format {
        Format::Rdf => " xmlns=\"http://purl.org/rss/1.0/\"",
        Format::Atom(_) => " xmlns=\"http://www.w3.org/2005/Atom\"",
        _ => " version=\"2.0\"",
    }
}

/// The name of an element that holds others.
fn outer(vocabulary: Vocabulary, local: &str) -> Option<String> {
    match vocabulary {
        Vocabulary::Core => Some(local.to_owned()),
        // Without its content, media are none to feed-rs.
        Vocabulary::Media => Some(format!("media:{local}")),
        _ => None,
    }
}

fn is_text(field: Field) -> bool {
    matches!(field, Field::Title | Field::Summary | Field::Content)
}

/// What a field is called in a document of this format; the local name where nothing is known.
fn called<'n>(format: &Format, field: Field, vocabulary: Vocabulary, local: &'n str) -> &'n str {
    let is_atom = matches!(format, Format::Atom(_));
    let is_rdf = *format == Format::Rdf;
    match field {
        Field::Guid if is_atom => "id",
        Field::Guid => "guid",
        Field::Link => "link",
        Field::Title => "title",
        Field::Summary if is_atom => "summary",
        Field::Summary => "description",
        Field::Content if is_atom => "content",
        Field::Content => "content:encoded",
        Field::Published(_) if is_atom => "published",
        Field::Published(_) if is_rdf => "dc:date",
        Field::Published(_) => "pubDate",
        Field::Updated(_) => "updated",
        Field::Author if is_atom => "author",
        Field::Author => "dc:creator",
        Field::MediaTitle => "media:title",
        Field::MediaSummary if vocabulary == Vocabulary::Itunes => "itunes:summary",
        Field::MediaSummary => "media:description",
        _ => local,
    }
}
