//! A door for `tests/bench`, which is outside of the crate: nothing else may come in here.

use std::path::Path;

use url::Url;

use crate::app::Rules;
use crate::config::Config;
use crate::feed::Item;
use crate::feed::parse::parse_bytes;
use crate::gazetteer::World;
use crate::text::fold::fold;
use crate::watch::Matcher;

/// The matcher with the watches of a configuration.
#[derive(Debug)]
pub struct Bench(Matcher);

impl Bench {
    /// Compiles a configuration as the daemon does at its start; the first call in a process
    /// compiles the gazetteer too.
    pub fn load(path: &Path) -> Result<Self, String> {
        let config = Config::load(Some(path)).map_err(|problem| problem.in_one_line())?;
        let rules = Rules::compile(&config);
        rules.map(|rules| Self(rules.into_matcher())).map_err(|problems| {
            problems.iter().map(crate::problem::Problem::in_one_line).collect::<Vec<_>>().join("\n")
        })
    }

    /// The matcher without watches.
    pub fn without_watches() -> Self {
        Self(Matcher::without_watches())
    }

    /// Scans one item, whose language nobody says; how many places, topics and watches it has.
    pub fn scan(&self, item: &BenchItem) -> usize {
        let findings = self.0.scan(None, &item.0);
        findings.countries_any.len()
            + findings.regions.len()
            + findings.topics.len()
            + findings.matches.len()
    }
}

/// An item as the matcher takes it.
#[derive(Debug)]
pub struct BenchItem(Item);

impl BenchItem {
    /// An item of these two fields.
    pub fn new(title: String, body: String) -> Self {
        Self(Item { title, body, ..Item::default() })
    }
}

/// Every name of the gazetteer, folded.
pub fn names() -> impl Iterator<Item = String> {
    World::builtin().names.iter().map(|name| folded(&name.text))
}

/// A text as it is compared.
pub fn folded(text: &str) -> String {
    fold(text).as_str().to_owned()
}

/// Reads a feed as the daemon does; how many items it has.
pub fn parse(document: &[u8]) -> Result<usize, String> {
    let url = Url::parse("https://feeds.example/").map_err(|error| error.to_string())?;
    Ok(parse_bytes(document, None, &url, None)?.items.len())
}
