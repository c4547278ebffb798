//! All patterns as one automaton, and what each of them stands for.
//!
//! Patterns and texts are folded alike, so the automaton compares bytes. It reports every
//! pattern at every place; whether what stands there is a whole word is judged here, what it
//! means is judged by `scan`.

use std::collections::HashMap;
use std::ops::Range;

use aho_corasick::{AhoCorasick, MatchKind};

use crate::text::fold::fold;
use crate::text::words;

/// What a pattern stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// A name of the gazetteer, by its index; whether it counts is the name's to say.
    Name(usize),
    /// A term of a topic, by the topic's index.
    Topic(usize),
    /// A term of a watch, by the index of its want.
    Want(usize),
}

/// A meaning, and whether its last word may go on.
#[derive(Debug)]
struct Entry {
    meaning: Meaning,
    open: bool,
}

/// The compiled patterns.
#[derive(Debug)]
pub(super) struct Lexicon {
    automaton: AhoCorasick,
    /// By pattern.
    entries: Vec<Vec<Entry>>,
}

/// Gathers patterns.
#[derive(Debug, Default)]
pub(super) struct Builder {
    patterns: Vec<String>,
    entries: Vec<Vec<Entry>>,
    by_text: HashMap<String, usize>,
}

/// Patterns of one lexicon at most. A million take about 6 seconds and 120 MB to build (tried).
pub(super) const PATTERNS_MAX: usize = 1_000_000;

impl Builder {
    /// Adds a pattern; `open`: its last word may go on.
    pub(super) fn add(&mut self, text: &str, meaning: Meaning, open: bool) {
        let folded = fold(text).as_str().trim().to_owned();
        if folded.is_empty() {
            return;
        }
        let index = *self.by_text.entry(folded).or_insert_with_key(|folded| {
            self.patterns.push(folded.clone());
            self.entries.push(Vec::new());
            self.patterns.len() - 1
        });
        self.entries[index].push(Entry { meaning, open });
    }

    /// Compiles what was gathered, or says why it is too much.
    pub(super) fn build(self) -> Result<Lexicon, String> {
        if self.patterns.len() > PATTERNS_MAX {
            return Err(format!("more than {PATTERNS_MAX} names and terms"));
        }
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .build(&self.patterns)
            .map_err(|error| format!("the names and terms are too many: {error}"))?;
        Ok(Lexicon { automaton, entries: self.entries })
    }
}

impl Lexicon {
    /// Calls `found` for every meaning at every place of a folded text where it is a whole word
    /// (or, for an open one, the beginning of one, which is then taken whole).
    pub(super) fn scan(&self, folded: &str, mut found: impl FnMut(Meaning, Range<usize>)) {
        for hit in self.automaton.find_overlapping_iter(folded) {
            let range = hit.range();
            if !words::begins_word(folded, &range) {
                continue;
            }
            let whole = words::ends_word(folded, &range);
            for entry in &self.entries[hit.pattern()] {
                if entry.open {
                    found(entry.meaning, range.start..words::word_end(folded, range.end));
                } else if whole {
                    found(entry.meaning, range.clone());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lexicon(patterns: &[(&str, bool)]) -> Lexicon {
        let mut builder = Builder::default();
        for (index, (text, open)) in patterns.iter().enumerate() {
            builder.add(text, Meaning::Want(index), *open);
        }
        builder.build().expect("a few")
    }

    #[test]
    fn whole_words_are_found_and_open_ones_go_on() {
        #[track_caller]
        fn check(text: &str, expected: &[(usize, &str)]) {
            let lexicon =
                lexicon(&[("ai", false), ("drone", true), ("Drone", false), ("尖閣", false)]);
            let folded = fold(text);
            let mut found = Vec::new();
            lexicon.scan(folded.as_str(), |meaning, range| {
                let Meaning::Want(index) = meaning else { panic!("only wants") };
                found.push((index, folded.as_str()[range].to_owned()));
            });
            let found: Vec<_> = found.iter().map(|(index, text)| (*index, text.as_str())).collect();
            assert_eq!(found, expected, "{text}");
        }
        check("the train, AI", &[(0, "ai")]);
        check("a drone", &[(1, "drone"), (2, "drone")]);
        check("two drones, one", &[(1, "drones")]);
        check("eudrones", &[]);
        check("沖縄県の尖閣諸島", &[(3, "尖閣")]);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(\\PC|a|i|尖|閣|\u{301}){0,60}") {
            let folded = fold(&text);
            lexicon(&[("ai", false), ("尖", true)]).scan(folded.as_str(), |_, range| {
                assert!(folded.as_str().get(range).is_some());
            });
        }
    }
}
