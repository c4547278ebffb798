//! `wirewatch topics`: the topics that a watch may name, and their terms.

use std::path::Path;

use anyhow::anyhow;
use serde::Serialize;

use super::{Failure, say, say_json, table};
use crate::config::Config;
use crate::problem::nearest;
use crate::setting::slug;
use crate::watch::{builtin_topics, written_topic};

/// What `topics` takes.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Only this topic, with its terms
    name: Option<String>,
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
    let Some(name) = &args.name else {
        for row in &mut rows {
            row.terms = None;
        }
        return if args.json { say_json(&rows) } else { say(&list(&rows)) };
    };
    let id = slug(name);
    let Some(row) = rows.iter().find(|row| row.name == id) else {
        let near = nearest(&id, rows.iter().map(|row| row.name.as_str()));
        let near = near.map(|near| format!("; there is a topic named `{near}`"));
        return Err(anyhow!("there is no topic `{name}`{}", near.unwrap_or_default()).into());
    };
    if args.json { say_json(row) } else { say(&in_full(row)) }
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
