//! The figures that are no row of a table.

use std::collections::BTreeSet;

use super::explain::Variant;
use super::figures::{Answered, Better, Figure, answered, check, pair};
use super::gold::{HELD_OUT, Level};
use super::score::{Tally, share};

/// Exactness and false alerts, pairs, and the languages that were detected.
pub(super) fn shares(all: &[Answered<'_>]) -> Vec<Figure> {
    let figure = |name: &str, value, better| Figure { name: name.to_owned(), value, better };
    let mut figures = Vec::new();
    let written: Vec<&Answered<'_>> = all
        .iter()
        .filter(|it| it.is(Variant::Written) && !it.question.document.is_held_out())
        .collect();
    for (name, set) in [("english", Some("english")), ("all", None)] {
        let in_set = |it: &&&Answered<'_>| set.is_none_or(|set| it.is_of(set));
        let tally: Tally =
            written.iter().filter(in_set).map(|it| it.judged(Level::Named)).collect();
        let figure = |what: &str, value, better| figure(&format!("{what}: {name}"), value, better);
        figures.push(figure("documents exact", tally.exact(), Better::Higher));
        let extra = tally.false_alerts_per_document();
        figures.push(figure("false alerts a document", extra, Better::Lower));
        let flagged = tally.flagged().unwrap_or_default();
        figures.push(figure("country-less documents flagged", flagged, Better::Lower));
    }
    figures.extend(pair_shares(all));
    let right = written.iter().filter(|it| language_is_right(it)).count();
    figures.push(figure("language detected", share(right, written.len()), Better::Higher));
    figures
}

/// Whether the language is right; the script of Chinese is not asked for.
fn language_is_right(answered: &Answered<'_>) -> bool {
    let primary = |tag: &str| tag.split('-').next().unwrap_or_default().to_owned();
    let detected = answered.wirewatch.language.as_deref().map(primary);
    detected == Some(primary(&answered.question.document.lang))
}

/// How many ambiguous names are read right in every one of their documents, and how many
/// documents of pairs are right: in English, in other languages, in English without case, and in
/// the pairs that are held out.
fn pair_shares(all: &[Answered<'_>]) -> Vec<Figure> {
    let mut figures = Vec::new();
    let mut add = |name: &str, documents: &[&Answered<'_>]| {
        let right = documents.iter().filter(|it| it.target_is_right()).count();
        for (what, value) in [
            ("pairs, both senses right", pairs_right(documents)),
            ("documents of pairs right", share(right, documents.len())),
        ] {
            figures.push(Figure { name: format!("{what}: {name}"), value, better: Better::Higher });
        }
    };
    let pairs = |set: &str, variant: Variant| {
        let holds = |it: &&Answered<'_>| it.is(variant) && it.is_of(set) && it.is_decidable();
        all.iter().filter(holds).collect::<Vec<_>>()
    };
    let is_english = |it: &&Answered<'_>| it.question.document.lang == "en";
    let written = pairs("ambiguous", Variant::Written);
    let (english, others): (Vec<_>, Vec<_>) = written.iter().partition(|it| is_english(it));
    add("all", &written);
    add("English", &english);
    add("other languages", &others);
    add("English, lower-cased", &pairs("ambiguous", Variant::Lower));
    add("English, upper-cased", &pairs("ambiguous", Variant::Upper));
    let held_out = pairs(HELD_OUT, Variant::Written);
    let (english, others): (Vec<_>, Vec<_>) = held_out.iter().partition(|it| is_english(it));
    add("held out", &held_out);
    add("held out, English", &english);
    add("held out, other languages", &others);
    figures
}

/// The share of pairs of which every document is right.
fn pairs_right(documents: &[&Answered<'_>]) -> f64 {
    let pair = |it: &&Answered<'_>| it.question.document.pair.clone();
    let all: BTreeSet<String> = documents.iter().map(pair).collect();
    let wrong: BTreeSet<String> =
        documents.iter().filter(|it| !it.target_is_right()).map(pair).collect();
    share(all.len() - wrong.len(), all.len())
}

#[test]
fn a_pair_is_right_where_each_of_its_documents_is() {
    let documents = [
        pair("Chad", "place"),
        pair("Chad", "other"),
        pair("Tchad", "place"),
        pair("Nice", "other"),
    ];
    let all: Vec<Answered<'_>> = documents
        .iter()
        .zip(["TD", "TD", "TD FR", "FR"])
        .map(|(document, said)| answered(document, Variant::Written, said))
        .collect();
    let shares = shares(&all);
    check(&shares, "pairs, both senses right: all", 2.0 / 3.0);
    check(&shares, "documents of pairs right: English", 3.0 / 4.0);
    check(&shares, "documents of pairs right: other languages", 0.0);
    check(&shares, "country-less documents flagged: all", 1.0);
    check(&shares, "false alerts a document: all", 3.0 / 4.0);
    check(&shares, "documents exact: all", 1.0 / 4.0);
    check(&shares, "language detected", 1.0);
}
