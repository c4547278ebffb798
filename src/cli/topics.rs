//! `wirewatch topics`: the topics that a watch may name, and their terms.

use std::path::Path;

use anyhow::anyhow;
use serde::Serialize;

use super::{Failure, say, say_json, table};
use crate::config::Config;
use crate::problem::nearest;
use crate::setting::slug;
use crate::text::fold::fold;
use crate::watch::{builtin_topics, written_topic};

/// What `topics` takes.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A topic, to see its terms; or a word, to see the topics that have it in their name or a term
    search: Option<String>,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// A topic, whoever wrote it.
#[derive(Debug, Serialize)]
struct Row {
    name: String,
    origin: Origin,
    /// How many there are.
    count: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    terms: Option<Vec<String>>,
}

/// Who wrote a topic.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
enum Origin {
    BuiltIn,
    Own,
    /// Built in, and the configuration adds terms to it.
    Both,
}

impl Origin {
    const fn words(self) -> &'static str {
        match self {
            Self::BuiltIn => "built in",
            Self::Own => "own",
            Self::Both => "built in and own",
        }
    }
}

pub(super) fn run(path: Option<&Path>, args: &Args) -> Result<(), Failure> {
    let mut rows = rows(path)?;
    let Some(search) = &args.search else {
        for row in &mut rows {
            row.terms = None;
        }
        return if args.json { say_json(&rows) } else { say(&list(&rows)) };
    };
    let id = slug(search);
    if let Some(row) = rows.iter().find(|row| row.name == id) {
        return if args.json { say_json(row) } else { say(&in_full(row)) };
    }
    let near = nearest(&id, rows.iter().map(|row| row.name.as_str()));
    let near = near.map(|near| format!("; there is a topic named `{near}`")).unwrap_or_default();
    let found = with_word(rows, search);
    if found.is_empty() {
        return Err(anyhow!("no topic has `{search}` in its name or its terms{near}").into());
    }
    if args.json { say_json(&found) } else { say(&found.iter().map(in_full).collect::<String>()) }
}

/// The topics that have a word in their name, and after them those that have it in terms, with
/// these terms alone.
fn with_word(rows: Vec<Row>, word: &str) -> Vec<Row> {
    let word = fold(word);
    let holds = |text: &str| fold(text).as_str().contains(word.as_str());
    let found = rows.into_iter().filter_map(|mut row| {
        if !holds(&row.name) {
            row.terms.get_or_insert_default().retain(|term| holds(term));
        }
        row.terms.as_ref().is_some_and(|terms| !terms.is_empty()).then_some(row)
    });
    let mut found: Vec<Row> = found.collect();
    found.sort_by_key(|row| !holds(&row.name));
    found
}

/// The built-in topics, then those of the configuration, if there is one: as it is written,
/// for whoever looks for a topic may be in the middle of writing it.
fn rows(path: Option<&Path>) -> Result<Vec<Row>, Failure> {
    let row = |name: &str, origin, terms: &[String]| Row {
        name: name.to_owned(),
        origin,
        count: terms.len(),
        terms: Some(terms.to_vec()),
    };
    let built_in = builtin_topics().iter();
    let mut rows: Vec<Row> = built_in.map(|it| row(&it.name, Origin::BuiltIn, &it.terms)).collect();
    if path.is_none() && !Config::exists() {
        return Ok(rows);
    }
    let config = Config::load(path)?;
    for own in config.topics.iter().filter_map(|config| written_topic(config)) {
        match rows.iter_mut().find(|row| row.name == own.name) {
            Some(row) => {
                row.origin = Origin::Both;
                row.count += own.terms.len();
                row.terms.get_or_insert_default().extend(own.terms);
            }
            None => rows.push(row(&own.name, Origin::Own, &own.terms)),
        }
    }
    Ok(rows)
}

fn list(rows: &[Row]) -> String {
    let cells = |row: &Row| {
        vec![row.name.clone(), format!("{:>5}", row.count), row.origin.words().to_owned()]
    };
    table::lines(&["TOPIC", "TERMS", "ORIGIN"], &rows.iter().map(cells).collect::<Vec<_>>())
}

fn in_full(row: &Row) -> String {
    let terms = row.terms.iter().flatten().map(|term| format!("  {}\n", table::plain(term)));
    let (name, origin, count) = (&row.name, row.origin.words(), row.count);
    let s = if count == 1 { "" } else { "s" };
    format!("{name}  ({origin}, {count} term{s})\n{}", terms.collect::<String>())
}
