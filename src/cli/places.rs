//! `wirewatch places`: what the gazetteer knows, by any name.

use std::path::Path;

use anyhow::{Context as _, anyhow};
use serde::Serialize;

use super::{Failure, note, say, say_json, table};
use crate::app::Rules;
use crate::config::Config;
use crate::gazetteer::{Fit, Place, World};
use crate::problem::nearest;
use crate::watch::Matcher;

/// What `places` takes.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A country's code, a region's id, or a name in any language; three letters find parts of names
    search: String,
    /// All names, not the first three of each language
    #[arg(long)]
    all: bool,
    /// As JSON, with all names
    #[arg(long)]
    json: bool,
}

/// A country or region with all that is known of it.
#[derive(Debug, Serialize)]
struct Entry {
    /// A country's code or a region's id: what a watch may say.
    id: String,
    name: String,
    kind: &'static str,
    /// The search is its id, its code or one of its names.
    exact: bool,
    /// Ids of regions, one step up and one step down.
    part_of: Vec<String>,
    parts: Vec<String>,
    countries: Vec<CountryRow>,
    names: Vec<Names>,
}

#[derive(Debug, Serialize)]
struct CountryRow {
    code: String,
    name: String,
}

#[derive(Debug, Serialize)]
struct Names {
    language: &'static str,
    names: Vec<String>,
}

/// Names shown of one language.
const NAMES_SHOWN: usize = 3;
/// Places that are told in full where none fits exactly.
const FULL_MAX: usize = 3;

pub(super) async fn run(path: Option<&Path>, args: &Args) -> Result<(), Failure> {
    let matcher = matcher(path).await?;
    let world = matcher.world();
    let found = world.search(&args.search);
    let entries = found.into_iter().map(|(fit, place)| entry(world, fit, place));
    let entries: Vec<Entry> = entries.collect();
    if args.json {
        return say_json(&entries);
    }
    if entries.is_empty() {
        return Err(nothing(world, &args.search).into());
    }
    let shown = if args.all { usize::MAX } else { NAMES_SHOWN };
    say(&text(&entries, shown))
}

/// With the operator's regions, where there is a configuration and it is right: whoever looks for
/// a name may be in the middle of mending it.
async fn matcher(path: Option<&Path>) -> Result<Matcher, Failure> {
    if path.is_none() && !Config::exists() {
        return Ok(Matcher::without_watches());
    }
    let config = Config::load(path)?;
    let rules = tokio::task::spawn_blocking(move || Rules::compile(&config)).await;
    match rules.context("compiling stopped")? {
        Ok(rules) => Ok(rules.into_matcher()),
        Err(problems) => {
            let s = if problems.len() == 1 { "" } else { "s" };
            note(&format!(
                "the configuration has {} problem{s}, which `wirewatch check` tells: your own \
                 regions are left out",
                problems.len()
            ));
            Ok(Matcher::without_watches())
        }
    }
}

fn nothing(world: &World, search: &str) -> anyhow::Error {
    let countries = world.countries.iter().map(|country| country.name.as_str());
    let regions = world.regions.iter().map(|region| region.name.as_str());
    let near = nearest(search, countries.chain(regions));
    let hint = near.map(|near| format!("; there is `{near}`")).unwrap_or_default();
    anyhow!("there is no place `{search}`{hint}")
}

fn entry(world: &World, fit: Fit, place: Place) -> Entry {
    let ids = |regions: &[usize]| -> Vec<String> {
        regions.iter().map(|region| world.regions[*region].id.to_string()).collect()
    };
    let (id, name, kind, part_of, countries) = match place {
        Place::Country(index) => {
            let country = &world.countries[index];
            (country.code.0.clone(), country.name.clone(), "country", Vec::new(), Vec::new())
        }
        Place::Region(index) => {
            let region = &world.regions[index];
            let codes = world.countries_of(index);
            let rows = world.countries.iter().filter(|country| codes.contains(&country.code));
            let rows = rows.map(|it| CountryRow { code: it.code.0.clone(), name: it.name.clone() });
            let parents = ids(world.parents(index));
            (region.id.to_string(), region.name.clone(), "region", parents, rows.collect())
        }
    };
    let names = world.names_of(place).into_iter();
    Entry {
        id,
        name,
        kind,
        exact: fit == Fit::Exact,
        part_of,
        parts: ids(&world.parts(place)),
        countries,
        names: names.map(|(language, names)| Names { language, names }).collect(),
    }
}

/// Each that fits exactly in full, and a line for each of the others; a few are all told in full.
fn text(entries: &[Entry], names_shown: usize) -> String {
    let exact = entries.iter().filter(|entry| entry.exact).count();
    let full = if exact == 0 && entries.len() <= FULL_MAX { entries.len() } else { exact };
    let mut parts: Vec<String> =
        entries[..full].iter().map(|entry| in_full(entry, names_shown)).collect();
    let others = &entries[full..];
    if !others.is_empty() {
        let rows: Vec<Vec<String>> = others
            .iter()
            .map(|it| vec![it.id.clone(), it.kind.into(), it.name.clone(), it.part_of.join(", ")])
            .collect();
        parts.push(table::lines(&["ID", "KIND", "NAME", "PART OF"], &rows));
    }
    parts.join("\n")
}

fn in_full(entry: &Entry, names_shown: usize) -> String {
    let Entry { id, name, kind, .. } = entry;
    let mut text = format!("{id}  {}  ({kind})\n", table::plain(name));
    let mut line = |label: &str, value: &str| {
        if !value.is_empty() {
            text += &format!("  {label:<9}  {}\n", table::plain(value));
        }
    };
    let countries: Vec<String> =
        entry.countries.iter().map(|it| format!("{} {}", it.code, it.name)).collect();
    line("part of", &entry.part_of.join(", "));
    line("parts", &entry.parts.join(", "));
    line("countries", &countries.join(", "));
    let width = entry.names.iter().map(|it| it.language.len()).max().unwrap_or(0);
    let mut label = "names";
    for Names { language, names } in &entry.names {
        let shown = names[..names.len().min(names_shown)].join(", ");
        let more = names.len().saturating_sub(names_shown);
        let more = if more == 0 { String::new() } else { format!(" … {more} more") };
        line(label, &format!("{language:<width$}  {shown}{more}"));
        label = "";
    }
    text
}
