//! `[[watch.test]]`: what operators say that their watches must and must not match.

use toml::Spanned;

use super::config::{Config, Test};
use super::scan::Judgement;
use super::{Field, Findings, Matcher};
use crate::feed::Item;
use crate::problem::{InFile, Problem};

/// Runs the tests of every watch; a problem for each that fails or says nothing.
///
/// `watches` are those that the matcher was compiled from, in their order.
pub(super) fn failures(matcher: &Matcher, watches: &[InFile<Config>]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (index, config) in watches.iter().enumerate() {
        problems
            .extend(config.tests.iter().filter_map(|test| failure(matcher, index, config, test)));
    }
    problems
}

fn failure(
    matcher: &Matcher,
    watch: usize,
    config: &InFile<Config>,
    test: &Spanned<Test>,
) -> Option<Problem> {
    let problem = |message: String| config.problem(test.span(), message);
    let (Some(text), Some(expected)) = (&test.get_ref().text, test.get_ref().matches) else {
        return Some(problem("a `[[watch.test]]` needs `text` and `matches`".into()));
    };
    let item = item(config.fields.first().copied(), text);
    let is_match = matcher.scan(None, &item).matches.iter().any(|found| found.watch == watch);
    if is_match == expected {
        return None;
    }
    // Why it is so costs a look at every watch, so only those that fail are asked.
    let (findings, judgements) = matcher.judge(None, &item);
    let judgement = judgements.into_iter().nth(watch).expect("a judgement for every watch");
    let name = &matcher.watches[watch].name;
    let (message, hint) = if is_match {
        let why = judgement.evidence.iter().map(|it| format!("“{}” ({})", it.text, it.name));
        let why = why.collect::<Vec<_>>().join(", ");
        (format!("watch `{name}` matches this text and should not"), format!("found: {why}"))
    } else {
        let message = format!("watch `{name}` does not match this text and should");
        (message, why_not(&judgement, &findings))
    };
    Some(problem(message).hint(hint))
}

/// What stopped a match, and the places that the text was read to have.
fn why_not(judgement: &Judgement, findings: &Findings) -> String {
    let mut why = Vec::new();
    if !judgement.excluded_by.is_empty() {
        let words = judgement.excluded_by.iter().map(|it| format!("“{}”", it.text));
        why.push(format!("excluded by {}", words.collect::<Vec<_>>().join(", ")));
    }
    if !judgement.missing.is_empty() {
        why.push(format!("missing: {}", judgement.missing.join(", ")));
    }
    let countries = findings.countries.iter().map(|country| country.0.as_str());
    let regions = findings.regions.iter().map(|region| region.0.as_str());
    let places = countries.chain(regions).collect::<Vec<_>>().join(", ");
    why.push(format!("places found in it: {}", if places.is_empty() { "none" } else { &places }));
    why.join("; ")
}

/// An item that says `text` where the watch looks.
fn item(field: Option<Field>, text: &str) -> Item {
    let text = text.to_owned();
    match field.unwrap_or(Field::Title) {
        Field::Title => Item { title: text, ..Item::default() },
        Field::Summary => Item { summary: text, ..Item::default() },
        Field::Body => Item { body: text, ..Item::default() },
    }
}
