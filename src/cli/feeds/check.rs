//! `feeds check`: what is made of one feed, item by item.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context as _, anyhow};
use jiff::Timestamp;
use jiff::civil::Weekday;
use serde::Serialize;
use url::Url;

use super::Settings;
use crate::cli::document::{self, Refusal};
use crate::cli::{Failure, say, say_json, table};
use crate::feed::fetch::Body;
use crate::feed::parse::{Document, Hints, parse};
use crate::feed::{Item, Outcome};
use crate::setting::Length;

/// What `feeds check` takes.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// An http or https address, a file, or `-` for standard input
    #[arg(value_name = "URL|FILE|-")]
    source: String,
    /// As JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(settings: &Settings, args: &Args) -> Result<(), Failure> {
    let source = args.source.as_str();
    let body = match body(source, settings).await? {
        Ok(body) => body,
        Err(outcome) => {
            return failed(args, &outcome, format!("cannot fetch `{source}`"));
        }
    };
    let language = settings.language(source).map(str::to_owned);
    let read = tokio::task::spawn_blocking(move || parse(&body, language.as_deref()));
    match read.await.context("reading stopped")? {
        Ok(document) if args.json => say_json(&Report::of(&document)),
        Ok(document) => say(&text(source, &document)),
        Err(reason) => {
            let outcome = Outcome::NotAFeed { reason };
            failed(args, &outcome, format!("no feed can be read from `{source}`"))
        }
    }
}

/// The document, or what came of asking for it.
async fn body(source: &str, settings: &Settings) -> anyhow::Result<Result<Body, Outcome>> {
    if source == "-" {
        return Ok(Ok(document::standard_input()?));
    }
    let Some(url) = document::address(source)? else {
        if !Path::new(source).exists() {
            return Err(anyhow!(
                "there is no file `{source}`; an address begins with `https://` or `http://`"
            ));
        }
        return Ok(Ok(document::file(source)?));
    };
    match document::fetched(&url, &settings.polling).await {
        Ok(body) => Ok(Ok(body)),
        Err(Refusal::Outcome(outcome)) => Ok(Err(outcome)),
        Err(refusal) => Err(refusal.told(&url)),
    }
}

/// Says why there are no items; scripts get the outcome besides.
fn failed(args: &Args, outcome: &Outcome, what: String) -> Result<(), Failure> {
    if args.json {
        say_json(&Report::without_document(outcome))?;
    }
    Err(anyhow!("{outcome}").context(what).into())
}

/// The document for scripts.
#[derive(Debug, Serialize)]
struct Report<'d> {
    /// As in the store and the metrics: `read`, `cut`, `not_a_feed`, `refused`, …
    outcome: &'static str,
    /// The same in words.
    detail: String,
    format: Option<String>,
    encoding: Option<&'static str>,
    title: Option<&'d str>,
    repairs: Vec<&'static str>,
    left_out: usize,
    hints: Option<HintsShown<'d>>,
    items: Vec<ItemShown<'d>>,
}

#[derive(Debug, Serialize)]
struct HintsShown<'d> {
    ttl_seconds: Option<u64>,
    skip_hours: Vec<u8>,
    skip_days: Vec<&'static str>,
    update_every_seconds: Option<u64>,
    hub: Option<&'d str>,
    #[serde(rename = "self")]
    self_url: Option<&'d str>,
}

#[derive(Debug, Serialize)]
struct ItemShown<'d> {
    id: &'d str,
    /// What the id rests on: `guid`, `link` or `hash`.
    id_from: &'d str,
    url: Option<&'d str>,
    title: &'d str,
    published: Option<Timestamp>,
    updated: Option<Timestamp>,
    language: Option<&'d str>,
    summary: &'d str,
}

impl<'d> Report<'d> {
    fn of(document: &'d Document) -> Self {
        let outcome = outcome(document);
        Self {
            outcome: outcome.word(),
            detail: outcome.to_string(),
            format: Some(document.format.to_string()),
            encoding: Some(document.encoding),
            title: Some(&document.title),
            repairs: document.repairs.iter().map(|repair| repair.word()).collect(),
            left_out: document.left_out,
            hints: Some(HintsShown::of(&document.hints)),
            items: document.items.iter().map(ItemShown::of).collect(),
        }
    }

    fn without_document(outcome: &Outcome) -> Self {
        Self {
            outcome: outcome.word(),
            detail: outcome.to_string(),
            format: None,
            encoding: None,
            title: None,
            repairs: Vec::new(),
            left_out: 0,
            hints: None,
            items: Vec::new(),
        }
    }
}

impl<'d> HintsShown<'d> {
    fn of(hints: &'d Hints) -> Self {
        Self {
            ttl_seconds: hints.ttl.map(|ttl| ttl.as_secs()),
            skip_hours: hints.skip_hours.iter().copied().collect(),
            skip_days: hints.skip_days.iter().map(|day| name(*day)).collect(),
            update_every_seconds: hints.update_every.map(|every| every.as_secs()),
            hub: hints.hub.as_ref().map(Url::as_str),
            self_url: hints.self_url.as_ref().map(Url::as_str),
        }
    }
}

impl<'d> ItemShown<'d> {
    fn of(item: &'d Item) -> Self {
        let (id_from, id) = item.key.0.split_once(':').unwrap_or_default();
        Self {
            id,
            id_from,
            url: item.url.as_deref(),
            title: &item.title,
            published: item.published,
            updated: item.updated,
            language: item.language.as_deref(),
            summary: &item.summary,
        }
    }
}

fn outcome(document: &Document) -> Outcome {
    let items = document.items.len();
    if document.is_cut { Outcome::Cut { items } } else { Outcome::Read { items } }
}

/// The document for people: its head, then a line for each item.
fn text(source: &str, document: &Document) -> String {
    let mut text = format!("feed      {}\n", table::plain(source));
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(text, "{name:<8}  {}", table::plain(value)); // to a string: never fails
    };
    if !document.title.is_empty() {
        line("title", &document.title);
    }
    line("format", &format!("{}, {}", document.format, document.encoding));
    line("outcome", &outcome(document).to_string());
    if document.left_out > 0 {
        line("left out", &format!("{} more: too many for one document", document.left_out));
    }
    for (index, repair) in document.repairs.iter().enumerate() {
        line(if index == 0 { "mended" } else { "" }, &repair.to_string());
    }
    for (index, hint) in hints(&document.hints).iter().enumerate() {
        line(if index == 0 { "hints" } else { "" }, hint);
    }
    if !document.items.is_empty() {
        let rows: Vec<Vec<String>> = document.items.iter().map(row).collect();
        text.push('\n');
        text.push_str(&table::lines(&["PUBLISHED", "LANGUAGE", "TITLE", "URL"], &rows));
    }
    text
}

fn row(item: &Item) -> Vec<String> {
    let at = item.published.or(item.updated);
    vec![
        at.map_or_else(|| "-".to_owned(), |at| at.strftime("%Y-%m-%d %H:%M").to_string()),
        item.language.clone().unwrap_or_else(|| "-".to_owned()),
        item.title.clone(),
        item.url.clone().unwrap_or_else(|| "-".to_owned()),
    ]
}

/// What the publisher says on polling, a line each.
fn hints(hints: &Hints) -> Vec<String> {
    let mut said = Vec::new();
    said.extend(hints.ttl.map(|ttl| format!("good for {} (ttl)", Length(ttl))));
    said.extend(hints.update_every.map(|every| format!("changes every {}", Length(every))));
    if !hints.skip_hours.is_empty() {
        let hours: Vec<String> = hints.skip_hours.iter().map(u8::to_string).collect();
        said.push(format!("not in the hours {} (UTC)", hours.join(", ")));
    }
    if !hints.skip_days.is_empty() {
        let days: Vec<&str> = hints.skip_days.iter().map(|day| name(*day)).collect();
        said.push(format!("not on {} (UTC)", days.join(", ")));
    }
    said.extend(hints.hub.as_ref().map(|hub| format!("hub {hub}")));
    said.extend(hints.self_url.as_ref().map(|url| format!("calls itself {url}")));
    said
}

const fn name(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
    }
}
