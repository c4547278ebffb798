//! Well-formed XML to elements: the fast way, which nearly all feeds take.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::reading::{ATTRIBUTES_MAX, Attributes, Reading};
use super::{Fault, references};

/// Who takes the elements of a document, in balance.
pub(super) trait Elements {
    fn open(&mut self, name: &str, attributes: &Attributes<'_>) -> Result<(), Fault>;
    /// Text, references resolved.
    fn text(&mut self, text: &str);
    fn close(&mut self, name: &str);
}

impl Elements for Reading<'_> {
    fn open(&mut self, name: &str, attributes: &Attributes<'_>) -> Result<(), Fault> {
        Reading::open(self, name, attributes)
    }

    fn text(&mut self, text: &str) {
        Reading::text(self, text);
    }

    fn close(&mut self, name: &str) {
        Reading::close(self, name);
    }
}

/// Reads a document into `reading`; the first fault of its XML ends it.
pub(super) fn read(text: &str, reading: &mut impl Elements) -> Result<(), Fault> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().allow_dangling_amp = true;
    let mut depth = 0_usize;
    loop {
        let event = reader.read_event();
        let at = || usize::try_from(reader.buffer_position()).unwrap_or(text.len());
        match event.map_err(|error| ill_formed(text, at(), &error.to_string()))? {
            Event::Start(tag) => {
                depth += 1;
                open(&tag, reading).map_err(|fault| placed(fault, text, at()))?;
            }
            Event::Empty(tag) => {
                open(&tag, reading).map_err(|fault| placed(fault, text, at()))?;
                reading.close(tag.name().0);
            }
            Event::End(tag) => {
                depth = depth.saturating_sub(1);
                reading.close(tag.name().0);
            }
            Event::Text(text) => reading.text(&text),
            // One that holds the beginning of another has lost its end, and with it an item.
            Event::CData(section) if section.contains("<![CDATA[") => {
                return Err(ill_formed(text, at(), "a CDATA section that does not end"));
            }
            Event::Comment(comment) if comment.contains("<!--") => {
                return Err(ill_formed(text, at(), "a comment that does not end"));
            }
            Event::CData(text) => reading.text(&text),
            Event::GeneralRef(reference) => {
                let mut text = String::new();
                references::push(&reference, &mut text);
                reading.text(&text);
            }
            Event::Decl(_) | Event::DocType(_) | Event::Comment(_) | Event::PI(_) => {}
            Event::Eof if depth > 0 => {
                return Err(Fault::IllFormed(
                    "not well-formed XML: the document ends early".into(),
                ));
            }
            Event::Eof => return Ok(()),
        }
    }
}

fn open(tag: &BytesStart<'_>, reading: &mut impl Elements) -> Result<(), Fault> {
    let name = tag.name().0;
    if tag.attributes_raw().is_empty() {
        return reading.open(name, &[]);
    }
    let mut read = tag.attributes();
    let read = read.with_checks(false).take(ATTRIBUTES_MAX + 1);
    let attributes: Result<Vec<(&str, Cow<'_, str>)>, _> =
        read.map(|attribute| attribute.map(|it| (it.key.0, resolved(it.value)))).collect();
    let attributes = attributes.map_err(|error| Fault::IllFormed(error.to_string()))?;
    let attributes: &Attributes<'_> = &attributes;
    reading.open(name, attributes)
}

fn resolved(value: Cow<'_, str>) -> Cow<'_, str> {
    match value {
        Cow::Borrowed(value) => references::resolve(value),
        Cow::Owned(value) => Cow::Owned(references::resolve(&value).into_owned()),
    }
}

fn placed(fault: Fault, text: &str, at: usize) -> Fault {
    match fault {
        Fault::IllFormed(error) => ill_formed(text, at, &error),
        other => other,
    }
}

/// Says where the document breaks.
fn ill_formed(text: &str, at: usize, error: &str) -> Fault {
    let before = &text[..text.floor_char_boundary(at)];
    let line = before.matches('\n').count() + 1;
    Fault::IllFormed(super::shortened(&format!("not well-formed XML near line {line}: {error}")))
}
