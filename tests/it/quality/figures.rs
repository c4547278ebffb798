//! Which figures there are: the rows of every table, and the few that are no row.

use std::collections::BTreeMap;

use super::explain::{Answer, Question, Variant};
use super::gold::{Document, HELD_OUT, Level, SETS};
use super::score::{Tally, Verdict, judge, names};
use super::shares::shares;

/// Kinds of English documents that are left out where capitals are taken away: only these told
/// the name of a person, or a word, from the name of a country.
const NEED_CAPITALS: [&str; 2] = ["none-word", "none-name"];
/// Ambiguous names whose senses a careful reader cannot tell apart without capitals ("nice
/// carnival opens under rain").
const PAIRS_NEED_CAPITALS: [&str; 1] = ["Nice"];

/// A question, and what three answer to it.
#[derive(Debug)]
pub(super) struct Answered<'a> {
    pub(super) question: Question<'a>,
    pub(super) wirewatch: Answer,
    pub(super) substrings: Answer,
    pub(super) words: Answer,
}

/// Who answered.
#[derive(Clone, Copy, Debug)]
enum Who {
    Wirewatch,
    Substrings,
    Words,
}

impl Answered<'_> {
    fn verdict(&self, level: Level, who: Who) -> Verdict {
        let document = self.question.document;
        let answer = match who {
            Who::Wirewatch => &self.wirewatch,
            Who::Substrings => &self.substrings,
            Who::Words => &self.words,
        };
        judge(document.gold(level), &document.neutral, answer.said(level))
    }

    /// What is wrong and missing in wirewatch's answer.
    pub(super) fn judged(&self, level: Level) -> Verdict {
        self.verdict(level, Who::Wirewatch)
    }

    pub(super) fn is(&self, variant: Variant) -> bool {
        self.question.variant == variant
    }

    pub(super) fn is_of(&self, set: &str) -> bool {
        self.question.document.set == set
    }

    /// Whether a careful reader can still tell, the capitals being what they are.
    pub(super) fn is_decidable(&self) -> bool {
        let document = self.question.document;
        let cased = matches!(self.question.variant, Variant::Lower | Variant::Upper);
        let needs = NEED_CAPITALS.contains(&document.class.as_str())
            || PAIRS_NEED_CAPITALS.contains(&document.pair.as_str());
        !(cased && needs)
    }

    /// Whether the ambiguous name of a pair was read right.
    pub(super) fn target_is_right(&self) -> bool {
        let document = self.question.document;
        let said = self.wirewatch.said(document.deciding_level());
        said.contains(&document.target) == (document.sense == "place")
    }
}

/// Rows over one level.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) title: String,
    pub(super) rows: Vec<Row>,
}

#[derive(Debug)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) wirewatch: Tally,
    pub(super) substrings: Tally,
    /// The script for English; `None` where there is another language.
    pub(super) words: Option<Tally>,
}

impl Row {
    fn new(name: &str, level: Level, answered: &[&Answered<'_>]) -> Self {
        let tally = |who| answered.iter().map(|it| it.verdict(level, who)).collect();
        let english = answered.iter().all(|it| it.question.document.lang == "en");
        Self {
            name: name.to_owned(),
            wirewatch: tally(Who::Wirewatch),
            substrings: tally(Who::Substrings),
            words: english.then(|| tally(Who::Words)),
        }
    }
}

/// One number that must not get worse.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Figure {
    pub(super) name: String,
    pub(super) value: f64,
    pub(super) better: Better,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Better {
    Higher,
    Lower,
}

/// Every table, in the order in which they are printed.
pub(super) fn tables(all: &[Answered<'_>]) -> Vec<Table> {
    let mut tables = Vec::new();
    for level in Level::ALL {
        tables.push(Table { title: format!("{}, by set", level.title()), rows: sets(all, level) });
        if level == Level::Named {
            tables.push(by(all, level, "kind of English text", |it| {
                it.is_of("english").then_some(&it.question.document.class)
            }));
        }
        if level == Level::Regions {
            tables.push(by(all, level, "kind of region", |it| {
                it.is_of("regions").then_some(&it.question.document.class)
            }));
        }
        tables.push(by(all, level, "language", |it| Some(&it.question.document.lang)));
    }
    tables
}

/// A row a set as it stands, then the variants of English, then all but what is held out.
fn sets(all: &[Answered<'_>], level: Level) -> Vec<Row> {
    let row = |name: &str, holds: &dyn Fn(&Answered<'_>) -> bool| {
        Row::new(name, level, &all.iter().filter(|it| holds(it)).collect::<Vec<_>>())
    };
    let mut rows: Vec<Row> = SETS
        .into_iter()
        .map(|set| row(set, &|it| it.is(Variant::Written) && it.is_of(set)))
        .collect();
    for variant in [Variant::Lower, Variant::Upper] {
        for set in ["english", "ambiguous"] {
            let name = format!("{set}{}", variant.suffix());
            let in_set = |it: &Answered<'_>| it.is(variant) && it.is_of(set);
            rows.push(row(&name, &|it| in_set(it) && it.is_decidable()));
            rows.push(row(&format!("{name}, nothing left out"), &in_set));
        }
    }
    for variant in [Variant::Written, Variant::Told] {
        let in_all = |it: &Answered<'_>| it.is(variant) && !it.question.document.is_held_out();
        rows.push(row(&format!("all{}", variant.suffix()), &in_all));
    }
    rows
}

/// A row each value of `key`, as the documents stand that are not held out.
fn by<'a>(
    all: &[Answered<'a>],
    level: Level,
    what: &str,
    key: impl Fn(&Answered<'a>) -> Option<&'a String>,
) -> Table {
    let mut groups: BTreeMap<&str, Vec<&Answered<'a>>> = BTreeMap::new();
    let is_listed =
        |it: &&Answered<'a>| it.is(Variant::Written) && !it.question.document.is_held_out();
    for answered in all.iter().filter(is_listed) {
        if let Some(key) = key(answered) {
            groups.entry(key).or_default().push(answered);
        }
    }
    let rows = groups.iter().map(|(name, group)| Row::new(name, level, group)).collect();
    Table { title: format!("{}, by {what}", level.title()), rows }
}

/// Every figure that is recorded: one a row, and those of [`shares`].
///
/// A row's figure is its F1, or the share of documents left alone where there is nothing to find.
pub(super) fn figures(all: &[Answered<'_>]) -> Vec<Figure> {
    let mut figures = Vec::new();
    for table in tables(all) {
        for row in table.rows {
            let tally = row.wirewatch;
            let value = if tally.has_gold() { tally.f1() } else { tally.exact() };
            let name = format!("{}: {}", table.title, row.name);
            figures.push(Figure { name, value, better: Better::Higher });
        }
    }
    figures.extend(shares(all));
    figures
}

/// The variants that are asked of a document: without capitals in English only, and not of the
/// sets whose point lies elsewhere.
pub(super) fn variants(document: &Document) -> Vec<Variant> {
    let mut variants = vec![Variant::Written, Variant::Told];
    if document.lang == "en" && ["english", "ambiguous"].contains(&document.set) {
        variants.extend([Variant::Lower, Variant::Upper]);
    }
    variants
}

/// A document of a pair about Chad.
pub(super) fn pair(pair: &str, sense: &str) -> Document {
    Document {
        set: "ambiguous",
        lang: "en".to_owned(),
        pair: pair.to_owned(),
        sense: sense.to_owned(),
        target: "TD".to_owned(),
        level: "named".to_owned(),
        countries: names(if sense == "place" { "TD" } else { "" }),
        countries_any: names(if sense == "place" { "TD" } else { "" }),
        ..Document::default()
    }
}

/// The same answer of wirewatch and of the substring script.
pub(super) fn answered<'a>(document: &'a Document, variant: Variant, said: &str) -> Answered<'a> {
    let answer = Answer::new(names(said), names(said), names(""));
    Answered {
        question: Question { document, variant },
        wirewatch: Answer { language: Some("en".to_owned()), ..answer.clone() },
        substrings: answer,
        words: Answer::default(),
    }
}

#[track_caller]
pub(super) fn check(figures: &[Figure], name: &str, value: f64) {
    let figure = figures.iter().find(|it| it.name == name).expect(name);
    assert!((figure.value - value).abs() < 1e-9, "{figure:?}, not {value}");
}

#[test]
fn what_needs_capitals_is_left_out_without_them() {
    let documents = [pair("Chad", "other"), pair("Nice", "other")];
    let all: Vec<Answered<'_>> =
        documents.iter().map(|it| answered(it, Variant::Lower, "TD")).collect();
    let row = |name: &str| {
        let mut rows = sets(&all, Level::Named).into_iter();
        rows.find(|it| it.name == name).expect(name).wirewatch.documents
    };
    assert_eq!(row("ambiguous, lower-cased"), 1);
    assert_eq!(row("ambiguous, lower-cased, nothing left out"), 2);
    assert_eq!(row("ambiguous"), 0);
    assert_eq!(row("all"), 0);
}

#[test]
fn what_is_held_out_has_a_row_and_is_in_no_other() {
    let documents = [Document { set: HELD_OUT, ..pair("Chad", "other") }, pair("Chad", "other")];
    let all: Vec<Answered<'_>> =
        documents.iter().map(|it| answered(it, Variant::Written, "TD")).collect();
    let tables = tables(&all);
    let row = |table: &str, name: &str| {
        let table = tables.iter().find(|it| it.title == table).expect(table);
        table.rows.iter().find(|it| it.name == name).expect(name).wirewatch.documents
    };
    assert_eq!(row("countries named, by set", "heldout"), 1);
    assert_eq!(row("countries named, by set", "all"), 1);
    assert_eq!(row("countries named, by language", "en"), 1);
}

#[test]
fn a_row_without_gold_records_the_share_left_alone() {
    let documents = [pair("Chad", "other"), pair("Chad", "other")];
    let all = [
        answered(&documents[0], Variant::Written, "TD"),
        answered(&documents[1], Variant::Written, ""),
    ];
    check(&figures(&all), "countries named, by language: en", 0.5);
    check(&figures(&all), "countries named, by set: ambiguous", 0.5);
}
