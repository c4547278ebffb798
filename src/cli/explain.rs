//! `wirewatch explain`: what each watch makes of a text, and why.

use std::io::{self, BufRead, BufWriter, Write};
use std::path::Path;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use super::Failure;
use crate::app::Rules;
use crate::config::Config;
use crate::feed::Item;
use crate::watch::Matcher;

/// What `explain` takes.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Read `{"id","title","text"}` a line from standard input, and write what is found a line
    #[arg(long)]
    jsonl: bool,
}

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

pub(super) async fn run(path: Option<&Path>, args: &Args) -> Result<(), Failure> {
    let matcher = matcher(path).await?;
    if args.jsonl {
        let lines = tokio::task::spawn_blocking(move || {
            documents(&matcher, io::stdin().lock(), BufWriter::new(io::stdout().lock()))
        });
        lines.await.context("reading stopped")??;
    }
    Ok(())
}

/// The watches of the configuration; none where there is no configuration and nobody named one.
async fn matcher(path: Option<&Path>) -> Result<Matcher, Failure> {
    if path.is_none() && !Config::exists() {
        return Ok(Matcher::without_watches());
    }
    let config = Config::load(path)?;
    let rules = tokio::task::spawn_blocking(move || Rules::compile(&config)).await;
    let rules = rules.context("compiling stopped")?.map_err(Failure::Config)?;
    Ok(rules.into_matcher())
}

/// Reads documents and writes what is found in each, in order.
fn documents(matcher: &Matcher, from: impl BufRead, mut to: impl Write) -> anyhow::Result<()> {
    for (number, line) in from.lines().enumerate() {
        let line = line.context("cannot read standard input")?;
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
        serde_json::to_writer(&mut to, &found).context("cannot write")?;
        to.write_all(b"\n").context("cannot write")?;
    }
    to.flush().context("cannot write")
}
