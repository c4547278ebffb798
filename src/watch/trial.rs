//! `[[watch.test]]`: what operators say that their watches must and must not match.

use toml::Spanned;

use super::config::{Config, Test};
use super::{Field, Matcher};
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
    let findings = matcher.scan(None, &item(config.fields.first().copied(), text));
    let found = findings.matches.iter().find(|found| found.watch == watch);
    let name = &matcher.watches[watch].name;
    match (found, expected) {
        (Some(_), true) | (None, false) => None,
        (Some(found), false) => {
            let why = found.evidence.iter().map(|it| format!("“{}” ({})", it.text, it.name));
            let why = why.collect::<Vec<_>>().join(", ");
            Some(
                problem(format!("watch `{name}` matches this text and should not"))
                    .hint(format!("found: {why}")),
            )
        }
        (None, true) => {
            let countries = findings.countries.iter().map(|country| country.0.as_str());
            let regions = findings.regions.iter().map(|region| region.0.as_str());
            let places = countries.chain(regions).collect::<Vec<_>>().join(", ");
            let places = if places.is_empty() { "none".into() } else { places };
            Some(
                problem(format!("watch `{name}` does not match this text and should"))
                    .hint(format!("places found in it: {places}")),
            )
        }
    }
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
