//! `explain --jsonl`: a document a line in, what is found in it a line out, in order.
//!
//! Line by line, so that a corpus of any length needs the memory of its longest line.

use std::io::{BufRead, Write};

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use crate::feed::Item;
use crate::watch::Matcher;

/// One document a line, as it is read.
#[derive(Debug, Deserialize)]
struct Document {
    id: serde_json::Value,
    #[serde(default)]
    title: String,
    #[serde(default)]
    text: String,
    /// BCP 47; told from the text where absent.
    #[serde(default, alias = "lang")]
    language: Option<String>,
}

/// What is found in it, as it is written.
#[derive(Debug, Serialize)]
struct Found<'f> {
    id: serde_json::Value,
    language: Option<String>,
    /// By name, abbreviation, adjective or demonym.
    countries: Vec<&'f str>,
    /// These, and those reached through a capital, a city, a first-level region or a region.
    countries_any: Vec<&'f str>,
    regions: Vec<&'f str>,
    topics: Vec<&'f str>,
    /// Ids of the watches that match.
    watches: Vec<&'f str>,
}

/// Reads documents and writes what is found in each, in order.
pub(super) fn documents(
    matcher: &Matcher,
    from: impl BufRead,
    mut to: impl Write,
) -> anyhow::Result<()> {
    for (number, line) in from.lines().enumerate() {
        let line = line.context("cannot read the lines")?;
        if line.trim().is_empty() {
            continue;
        }
        let document: Document = serde_json::from_str(&line).with_context(|| {
            format!("line {}: expected {{\"id\",\"title\",\"text\"}}", number + 1)
        })?;
        let Document { id, title, text, language } = document;
        let findings = matcher.scan(None, &Item { title, body: text, language, ..Item::default() });
        let watches = findings.matches.iter().map(|it| matcher.watches()[it.watch].id.as_str());
        let found = Found {
            id,
            language: findings.language.clone(),
            countries: findings.countries_named.iter().map(|it| it.0.as_str()).collect(),
            countries_any: findings.countries_any.iter().map(|it| it.0.as_str()).collect(),
            regions: findings.regions.iter().map(|it| it.0.as_str()).collect(),
            topics: findings.topics.iter().map(String::as_str).collect(),
            watches: watches.collect(),
        };
        let line = serde_json::to_string(&found).expect("findings are plain");
        to.write_all(line.as_bytes()).and_then(|()| to.write_all(b"\n")).context("cannot write")?;
    }
    to.flush().context("cannot write")
}
