//! Watchlists, and the matcher that finds what they watch for.
//!
//! [`compile()`] turns what operators wrote into a [`Matcher`]: all names of places and all terms of
//! topics and watches as paths of tokens in one index. [`Matcher::scan`] looks up the tokens of each
//! field of an item once, and looks only at watches that something was found for.

mod base;
mod compile;
mod config;
mod coordinate;
mod explain;
mod find;
mod gather;
mod index;
mod language;
mod lexicon;
mod near;
mod query;
mod scan;
mod snippet;
mod term;
#[cfg(test)]
mod tests;
mod trial;
mod vocabulary;
mod weigh;

use std::borrow::Cow;
use std::collections::{BTreeSet, HashSet};

use serde::{Deserialize, Serialize};

use crate::feed::FeedId;
use crate::gazetteer::{CountryCode, RegionId, World};
use crate::setting::Severity;

pub(crate) use compile::{Sources, compile};
pub(crate) use config::{Config, RegionConfig, TopicConfig};
pub(crate) use explain::{PlaceMention, TopicMention, builtin_topics, written_topic};
pub(crate) use scan::Judgement;

use config::MatchMode;
use index::{Asks, Index};
use lexicon::Lexicon;
use query::Query;

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

impl Field {
    /// The word in configuration and payloads.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Summary => "summary",
            Self::Body => "body",
        }
    }
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
#[derive(Debug)]
struct Condition {
    mode: MatchMode,
    /// The lists that were given.
    lists: BTreeSet<EvidenceKind>,
    query: Option<Asked>,
    /// The score that is needed.
    threshold: f64,
    /// Where hits count; all fields where empty.
    fields: Vec<Field>,
    /// Feeds that are looked at; all where absent.
    feeds: Option<HashSet<FeedId>>,
    /// Primary language tags; all languages where empty.
    languages: Vec<String>,
    /// Whether a city is a mention of its country.
    cities: bool,
}

/// A query whose names are looked up.
#[derive(Debug)]
struct Asked {
    query: Query,
    /// By atom.
    needs: Vec<Need>,
}

/// What an atom of a query needs to be met.
#[derive(Debug)]
enum Need {
    /// A hit of its want.
    Hit,
    /// An item in this language, by its primary tag. Where nobody knows the language, it is met if
    /// it is wanted, and not where a `NOT` stands before it: ignorance is no reason for silence.
    Language { tag: String, is_wanted: bool },
    /// An item from one of these feeds. Where there is no feed, as for a language.
    Feed { ids: HashSet<FeedId>, is_wanted: bool },
}

/// One entry of one list, or one atom of the query, of one watch.
#[derive(Debug)]
struct Want {
    watch: usize,
    part: Part,
    asks: Asks,
    /// Whether its watch holds only where this want or another such one has a hit.
    is_lead: bool,
    /// What its hits are.
    kind: EvidenceKind,
    /// As [`Evidence::id`] and [`Evidence::name`].
    id: String,
    name: String,
    /// What its hits weigh is multiplied by this.
    weight: f64,
    /// The only field where it is looked for, if there is one.
    field: Option<Field>,
    /// The first want of this watch for the same thing, or itself: a thing that stands in a list and
    /// in the query counts once.
    thing: usize,
}

/// What a want does for its watch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// A hit in the list of its kind.
    List,
    /// An answer to this atom of the query.
    Query(usize),
    /// Never, whatever else is there.
    Exclude,
    /// A word of this group: no hit, but what a hit of the group is made of.
    Word { group: usize, word: usize },
}

/// Words that are a hit where they stand together.
#[derive(Debug)]
struct Group {
    /// The want that is met.
    want: usize,
    /// How often each of its words is needed.
    counts: Vec<usize>,
    /// How many words may be from the first to the last.
    within: usize,
}

/// Every watch, topic and place as one compiled scan; immutable and shared.
#[derive(Debug)]
pub(crate) struct Matcher {
    watches: Vec<Watch>,
    /// By watch.
    conditions: Vec<Condition>,
    /// Those of a watch beside each other, in the order of the watches.
    wants: Vec<Want>,
    /// By watch: where its wants begin. One more says where the last ones end.
    first_wants: Vec<usize>,
    groups: Vec<Group>,
    /// By region: it and all that it is a part of.
    lineages: Vec<Vec<usize>>,
    /// Wants by what they ask for.
    asked: Index,
    /// Watches by what their leads ask for.
    leads: Index,
    /// Names of topics, the built-in ones first.
    topics: Vec<String>,
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
