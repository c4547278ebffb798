//! Watchlists, and the matcher that finds what they watch for.
//!
//! [`compile()`] turns what operators wrote into a [`Matcher`]: all names of places and all terms of
//! topics and watches as paths of tokens in one index. [`Matcher::scan`] looks up the tokens of each
//! field of an item once, and looks only at watches that something was found for.

mod base;
mod compile;
mod config;
mod coordinate;
mod find;
mod lexicon;
#[cfg_attr(not(test), expect(dead_code, reason = "compiled into watches next"))]
mod query;
mod scan;
mod snippet;
#[cfg(test)]
mod tests;
mod trial;

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap, HashSet};

use serde::{Deserialize, Serialize};

use crate::feed::FeedId;
use crate::gazetteer::{CountryCode, Place, RegionId, World};
use crate::setting::Severity;

pub(crate) use compile::{Sources, compile};
pub(crate) use config::{Config, RegionConfig, TopicConfig};

use config::MatchMode;
use lexicon::Lexicon;

/// A part of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Field {
    /// The headline.
    Title,
    /// The feed's short text.
    Summary,
    /// The full text where the feed carries it.
    Body,
}

/// What kind of thing a watch found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum EvidenceKind {
    /// A region, or one of its parts.
    Region,
    /// A country.
    Country,
    /// A term of a topic.
    Topic,
    /// A term of the watch itself.
    Term,
}

/// One reason for an alert: what was found, where, and what it weighs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Evidence {
    pub(crate) kind: EvidenceKind,
    /// What the watch asked for: a region id, a country code, a topic's name, the term itself.
    pub(crate) id: String,
    /// The same for people.
    pub(crate) name: String,
    pub(crate) field: Field,
    /// The exact words in the field.
    pub(crate) text: String,
    /// UTF-8 byte offsets into the field's text.
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) weight: f64,
    /// The words around it, cut at word boundaries, `…` where cut.
    pub(crate) snippet: String,
}

/// A watch that an item satisfies.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Match {
    /// Index into [`Matcher::watches`].
    pub(crate) watch: usize,
    pub(crate) score: f64,
    /// Each thing that was found once before any twice, the strongest first; at least one, at most
    /// [`EVIDENCE_MAX`].
    pub(crate) evidence: Vec<Evidence>,
}

/// Pieces of evidence kept for one match.
pub(crate) const EVIDENCE_MAX: usize = 20;

/// All that one item holds.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Findings {
    /// Countries that are mentioned, by name or by a capital that stands for the government.
    pub(crate) countries: BTreeSet<CountryCode>,
    /// Countries that are mentioned by name, abbreviation, adjective or demonym.
    pub(crate) countries_named: BTreeSet<CountryCode>,
    /// These, and countries reached through a city, a first-level region or a region in them.
    pub(crate) countries_any: BTreeSet<CountryCode>,
    /// Regions that are mentioned; not the ones they are parts of.
    pub(crate) regions: BTreeSet<RegionId>,
    pub(crate) topics: BTreeSet<String>,
    /// BCP 47: as the item says it, else as it looks.
    pub(crate) language: Option<String>,
    pub(crate) matches: Vec<Match>,
}

/// A watch ready for work.
#[derive(Debug, Clone)]
pub(crate) struct Watch {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) severity: Severity,
    /// Names of notifiers.
    pub(crate) notify: Vec<String>,
}

/// What must hold for a watch to match, beside its wants.
#[derive(Debug, Default)]
struct Condition {
    mode: MatchMode,
    /// The lists that were given.
    lists: BTreeSet<EvidenceKind>,
    /// Where hits count; all fields where empty.
    fields: Vec<Field>,
    /// Feeds that are looked at; all where absent.
    feeds: Option<HashSet<FeedId>>,
}

/// One entry of one list of one watch.
#[derive(Debug)]
struct Want {
    watch: usize,
    part: Part,
    /// As [`Evidence::id`] and [`Evidence::name`].
    id: String,
    name: String,
}

/// What a want does for its watch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// A hit in this list.
    List(EvidenceKind),
    /// Never, whatever else is there.
    Exclude,
}

/// Every watch, topic and place as one compiled scan; immutable and shared.
#[derive(Debug)]
pub(crate) struct Matcher {
    watches: Vec<Watch>,
    /// By watch.
    conditions: Vec<Condition>,
    wants: Vec<Want>,
    /// Which wants a mention of a place serves: a region serves those of all that it is a part of.
    wants_of_place: HashMap<Place, Vec<usize>>,
    /// Names of topics, the built-in ones first.
    topics: Vec<String>,
    /// By topic.
    wants_of_topic: Vec<Vec<usize>>,
    world: Cow<'static, World>,
    /// Every built-in name and term.
    base: &'static Lexicon,
    /// What operators wrote.
    own: Lexicon,
}

impl Matcher {
    /// The built-in places and topics alone.
    pub(crate) fn without_watches() -> Self {
        let nothing =
            Sources { watches: &[], topics: &[], regions: &[], feeds: &[], notifiers: &[] };
        compile(&nothing).expect("what is not there cannot be wrong")
    }

    /// The watches, in the order of the files.
    pub(crate) fn watches(&self) -> &[Watch] {
        &self.watches
    }
}
