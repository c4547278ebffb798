//! What was reached before, in `tests/quality/recorded.toml`, and what has become worse.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::figures::{Better, Figure};

/// How far a figure may fall: rounding, and no document.
const SLACK: f64 = 0.0005;

/// The file: figures by name, and the documents that are wrong, by what is wrong in them.
#[derive(Debug, Default, PartialEq, Deserialize)]
pub(super) struct Record {
    pub(super) figures: BTreeMap<String, f64>,
    pub(super) wrong: BTreeMap<String, BTreeSet<String>>,
}

impl Record {
    pub(super) fn new(figures: &[Figure], wrong: BTreeMap<String, BTreeSet<String>>) -> Self {
        let figures = figures.iter().map(|it| (it.name.clone(), it.value)).collect();
        Self { figures, wrong }
    }

    /// The file's text, a document a line so that a difference shows.
    pub(super) fn to_toml(&self) -> String {
        let mut toml = String::from(
            "# What wirewatch reaches on the gold sets; no figure may fall below. Written by\n\
             # `UPDATE_QUALITY=1 cargo nextest run quality`. What a row's figure is, is said in\n\
             # README.md beside this file.\n\n[figures]\n",
        );
        for (name, value) in &self.figures {
            toml += &format!("\"{name}\" = {value:.4}\n");
        }
        toml += "\n# The documents that are not right to the last name.\n[wrong]\n";
        for (what, ids) in &self.wrong {
            let ids: String = ids.iter().map(|id| format!("    \"{id}\",\n")).collect();
            toml += &format!("\"{what}\" = [\n{ids}]\n");
        }
        toml
    }

    /// A line a figure that is worse than here, or that only one of the two has.
    pub(super) fn falls(&self, now: &[Figure]) -> Vec<String> {
        let mut falls: Vec<String> = now.iter().filter_map(|it| self.fall(it)).collect();
        let known: BTreeSet<&String> = now.iter().map(|it| &it.name).collect();
        let gone = self.figures.keys().filter(|name| !known.contains(name));
        falls.extend(gone.map(|name| format!("{name}: recorded, and no longer measured")));
        falls
    }

    fn fall(&self, now: &Figure) -> Option<String> {
        let Figure { name, value, better } = now;
        let Some(recorded) = self.figures.get(name) else {
            return Some(format!("{name}: {value:.4}, and nothing is recorded"));
        };
        let worse_by = match better {
            Better::Higher => recorded - value,
            Better::Lower => value - recorded,
        };
        (worse_by > SLACK).then(|| format!("{name}: {value:.4}, recorded {recorded:.4}"))
    }

    /// The documents that are wrong now and were not, by what is wrong in them.
    pub(super) fn newly_wrong<'a>(&self, now: &'a Self) -> Vec<(&'a str, &'a str)> {
        let mut newly = Vec::new();
        for (what, ids) in &now.wrong {
            let known = self.wrong.get(what);
            let is_new = |id: &&String| known.is_none_or(|known| !known.contains(*id));
            newly.extend(ids.iter().filter(is_new).map(|id| (what.as_str(), id.as_str())));
        }
        newly
    }
}

/// A record of one figure, and of wrong documents.
fn record(figure: f64, wrong: &[&str]) -> Record {
    Record {
        figures: BTreeMap::from([("F1: ja".to_owned(), figure)]),
        wrong: BTreeMap::from([(
            "regions".to_owned(),
            wrong.iter().map(|&id| id.to_owned()).collect(),
        )]),
    }
}

#[track_caller]
fn check_fall(name: &str, value: f64, better: Better, expected: &[&str]) {
    let now = Figure { name: name.to_owned(), value, better };
    assert_eq!(record(0.95, &[]).falls(&[now]), expected);
}

#[test]
fn a_figure_falls_past_the_slack() {
    check_fall("F1: ja", 0.95, Better::Higher, &[]);
    check_fall("F1: ja", 0.99, Better::Higher, &[]);
    check_fall("F1: ja", 0.9496, Better::Higher, &[]);
    check_fall("F1: ja", 0.9494, Better::Higher, &["F1: ja: 0.9494, recorded 0.9500"]);
    check_fall("F1: ja", 0.9494, Better::Lower, &[]);
    check_fall("F1: ja", 0.9506, Better::Lower, &["F1: ja: 0.9506, recorded 0.9500"]);
}

#[test]
fn no_figure_comes_or_goes_unseen() {
    check_fall(
        "F1: zh",
        0.97,
        Better::Higher,
        &["F1: zh: 0.9700, and nothing is recorded", "F1: ja: recorded, and no longer measured"],
    );
}

#[test]
fn newly_wrong_is_what_was_right() {
    let now = record(0.9, &["a", "b", "c"]);
    assert_eq!(record(0.9, &["b", "d"]).newly_wrong(&now), [("regions", "a"), ("regions", "c")]);
    assert_eq!(Record::default().newly_wrong(&now).len(), 3);
}

#[test]
fn a_record_is_read_as_it_was_written() {
    let written = record(0.95, &["en-1", "en-2, lower-cased"]);
    assert_eq!(toml::from_str::<Record>(&written.to_toml()), Ok(written));
}
