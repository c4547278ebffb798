//! What wirewatch is compared with.

use std::collections::BTreeSet;
use std::path::Path;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use daachorse::DoubleArrayAhoCorasick;
use regex::Regex;
use wirewatch::bench::{folded, names};

use crate::watches;

/// Every name of the gazetteer, every term of the built-in topics and of `count` watches, once
/// each and folded. What wirewatch does beside, the cases of inflected names, is given away.
pub(crate) fn patterns(count: usize) -> Vec<String> {
    let literal = |written: &str| folded(written).trim_matches(['*', '-', '"', ' ']).to_owned();
    let terms = watches::watches(count).flat_map(|watch| watch.terms);
    let all: BTreeSet<String> = names()
        .chain(topic_terms())
        .chain(terms)
        .map(|written| literal(&written))
        .filter(|pattern| !pattern.is_empty())
        .collect();
    all.into_iter().collect()
}

/// Read from the sources as text.
fn topic_terms() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/watch/topics");
    let files = std::fs::read_dir(folder).expect("a folder of ours");
    let paths = files.map(|file| file.expect("readable").path());
    let mut terms = Vec::new();
    for path in paths.filter(|path| path.extension().is_some_and(|it| it == "toml")) {
        let text = std::fs::read_to_string(path).expect("UTF-8");
        let file: toml::Table = text.parse().expect("TOML");
        let topics = file["topic"].as_array().expect("an array of tables");
        let lists = topics.iter().filter_map(|topic| topic.get("terms")?.as_array());
        terms.extend(lists.flatten().filter_map(|term| Some(term.as_str()?.to_owned())));
    }
    assert!(terms.len() > 1_000, "{}", terms.len());
    terms
}

/// A bare aho-corasick, every overlapping hit counted.
pub(crate) struct Aho(AhoCorasick);

impl Aho {
    pub(crate) fn new(patterns: &[String]) -> Self {
        let mut builder = AhoCorasick::builder();
        builder.kind(Some(AhoCorasickKind::ContiguousNFA)).match_kind(MatchKind::Standard);
        Self(builder.build(patterns).expect("few enough patterns"))
    }

    pub(crate) fn count(&self, text: &str) -> usize {
        self.0.find_overlapping_iter(text).count()
    }
}

/// A bare daachorse, every overlapping hit counted.
pub(crate) struct Daachorse(DoubleArrayAhoCorasick<u32>);

impl Daachorse {
    pub(crate) fn new(patterns: &[String]) -> Self {
        Self(DoubleArrayAhoCorasick::new(patterns).expect("few enough patterns"))
    }

    pub(crate) fn count(&self, text: &str) -> usize {
        self.0.find_overlapping_iter(text).count()
    }
}

/// A regex a term, country and region, one after the other: what a script of one's own does,
/// which knows one English name of a place.
pub(crate) struct Regexes(Vec<Regex>);

impl Regexes {
    pub(crate) fn new(count: usize) -> Self {
        let words = watches::watches(count).flat_map(|watch| {
            let places = watch.countries.into_iter().chain([watch.region]).map(str::to_owned);
            watch.terms.into_iter().chain(places)
        });
        let regex = |word: String| {
            let (word, end) = match word.strip_suffix('*') {
                Some(stem) => (stem, r"\w*\b"),
                None => (word.as_str(), r"\b"),
            };
            Regex::new(&format!(r"(?i)\b{}{end}", regex::escape(word))).expect("a good regex")
        };
        Self(words.map(regex).collect())
    }

    pub(crate) fn count(&self, title: &str, body: &str) -> usize {
        let hits = |regex: &Regex| usize::from(regex.is_match(title) || regex.is_match(body));
        self.0.iter().map(hits).sum()
    }
}
