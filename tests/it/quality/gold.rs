//! The gold sets, as `tests/quality/README.md` describes them. `gold/lint.py` checks their form.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// Country codes or ids of regions.
pub(super) type Names = BTreeSet<String>;

/// The files, in the order of the tables.
pub(super) const SETS: [&str; 7] =
    ["english", "ambiguous", "parallel", "languages", "regions", "peers", HELD_OUT];
/// Pairs by which it is seen whether what was mended for the others holds for texts that nobody
/// mended for. A set apart: no sum has it, and none of its documents is ever listed.
pub(super) const HELD_OUT: &str = "heldout";

/// A text and what is to be found in it.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Document {
    /// The file, without its ending.
    #[serde(skip)]
    pub(super) set: &'static str,
    pub(super) id: String,
    pub(super) lang: String,
    pub(super) title: String,
    pub(super) text: String,
    pub(super) countries: Names,
    pub(super) countries_any: Names,
    pub(super) regions: Names,
    pub(super) class: String,
    /// Where careful readers differ: dropped from an answer before it is judged.
    #[serde(default)]
    pub(super) neutral: Names,
    /// The ambiguous name; with it come the next three.
    #[serde(default)]
    pub(super) pair: String,
    #[serde(default)]
    pub(super) sense: String,
    #[serde(default)]
    pub(super) target: String,
    #[serde(default)]
    pub(super) level: String,
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    /// Countries by name, abbreviation, adjective or name of their people.
    Named,
    /// These, and countries reached through a place in them.
    Any,
    Regions,
}

impl Level {
    pub(super) const ALL: [Self; 3] = [Self::Named, Self::Any, Self::Regions];

    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Named => "countries named",
            Self::Any => "countries any",
            Self::Regions => "regions",
        }
    }
}

impl Document {
    pub(super) fn is_held_out(&self) -> bool {
        self.set == HELD_OUT
    }

    pub(super) fn gold(&self, level: Level) -> &Names {
        match level {
            Level::Named => &self.countries,
            Level::Any => &self.countries_any,
            Level::Regions => &self.regions,
        }
    }

    /// The level that decides a document of a pair.
    pub(super) fn deciding_level(&self) -> Level {
        match self.level.as_str() {
            "named" => Level::Named,
            "any" => Level::Any,
            "region" => Level::Regions,
            other => panic!("{}: unknown level `{other}`", self.id),
        }
    }
}

/// The folder of the gold sets, of what was recorded, and of the table.
pub(super) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/quality")
}

/// All documents of all sets.
pub(super) fn read() -> Vec<Document> {
    SETS.into_iter().flat_map(read_set).collect()
}

/// The documents of one set.
fn read_set(set: &'static str) -> Vec<Document> {
    let path = folder().join(format!("gold/{set}.jsonl"));
    let text = fs::read_to_string(&path).expect("a gold set");
    let document = |(index, line): (usize, &str)| {
        let read = serde_json::from_str::<Document>(line);
        let document = read.unwrap_or_else(|error| panic!("{set}.jsonl:{}: {error}", index + 1));
        Document { set, ..document }
    };
    text.lines().enumerate().map(document).collect()
}
