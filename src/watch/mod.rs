//! Watchlists, and the matcher that finds what they watch for.

use std::collections::{BTreeSet, HashMap};

use serde::{Deserialize, Serialize};
use toml::Spanned;

use crate::feed::{Feed, Item};
use crate::gazetteer::{CountryCode, RegionId};
use crate::problem::{InFile, Problem};
use crate::setting::{NotYetBuilt, Severity};

/// `[[watch]]` as an operator writes it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// What people call it.
    pub name: Option<Spanned<String>>,
    /// Its identity; a slug of the name where absent.
    pub id: Option<Spanned<String>>,
    /// How much its alerts matter.
    pub severity: Severity,
    /// Regions by name in any language, or id; their parts count too.
    pub regions: Vec<Spanned<String>>,
    /// Countries by name, or ISO 3166 alpha-2 or alpha-3.
    pub countries: Vec<Spanned<String>>,
    /// Topics by name.
    pub topics: Vec<Spanned<String>>,
    /// Words and phrases; `prefix*`.
    pub terms: Vec<Spanned<String>>,
    /// One hit in one list, or a hit in each list that is given.
    #[serde(rename = "match")]
    pub match_: MatchMode,
    /// Words and phrases: never, whatever else is there.
    pub exclude: Vec<Spanned<String>>,
    /// Where to look.
    pub fields: Vec<Field>,
    /// Feeds by name or id, or `tag:…`; all where absent.
    pub feeds: Vec<Spanned<String>>,
    /// Notifiers by name; all where absent.
    pub notify: Option<Vec<Spanned<String>>>,
    /// Run by `check` and before each reload.
    #[serde(rename = "test")]
    pub tests: Vec<Spanned<Test>>,
    /// The query language.
    pub query: Option<NotYetBuilt>,
    /// The score that is needed.
    pub threshold: Option<NotYetBuilt>,
    /// Languages.
    pub languages: Option<NotYetBuilt>,
    /// Cities count as mentions of their country.
    pub cities: Option<NotYetBuilt>,
    /// Article pages.
    pub full_text: Option<NotYetBuilt>,
    /// Owners that must report first.
    pub min_sources: Option<NotYetBuilt>,
    /// Alerts a day.
    pub budget: Option<NotYetBuilt>,
    /// Alert again on an edit.
    pub on_update: Option<NotYetBuilt>,
    /// Severity that grows with the story.
    pub escalate: Option<NotYetBuilt>,
    /// More mentions than usual.
    pub surge: Option<NotYetBuilt>,
}

/// `[[watch.test]]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Test {
    /// The text, taken as a title.
    pub text: Option<String>,
    /// Whether the watch must match it.
    pub matches: Option<bool>,
}

/// `[[topic]]`: terms that have a name.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TopicConfig {
    /// Its name: `undersea-cable`.
    pub name: Option<Spanned<String>>,
    /// Words and phrases; `prefix*`.
    pub terms: Vec<Spanned<String>>,
}

/// `[[region]]`: a place of the operator's own.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RegionConfig {
    /// Its name.
    pub name: Option<Spanned<String>>,
    /// Other names, in any language.
    pub aliases: Vec<Spanned<String>>,
    /// Regions it is a part of.
    pub within: Vec<Spanned<String>>,
    /// Countries it touches.
    pub countries: Vec<Spanned<String>>,
}

/// How the lists of a watch are joined.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MatchMode {
    /// One hit in one list is enough.
    #[default]
    Any,
    /// Each list that is given needs a hit.
    All,
}

/// A part of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Field {
    /// The headline.
    Title,
    /// The feed's short text.
    Summary,
    /// The full text where the feed carries it.
    Body,
}

/// What kind of thing a watch found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
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
    /// The strongest first; at least one, at most [`EVIDENCE_MAX`].
    pub(crate) evidence: Vec<Evidence>,
}

/// Pieces of evidence kept for one match.
pub(crate) const EVIDENCE_MAX: usize = 20;

/// All that one item holds.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Findings {
    /// Countries that are mentioned anywhere in the item.
    pub(crate) countries: BTreeSet<CountryCode>,
    /// Regions that are mentioned; not the ones they are parts of.
    pub(crate) regions: BTreeSet<RegionId>,
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

/// All that is compiled into one matcher.
pub(crate) struct Sources<'a> {
    pub(crate) watches: &'a [InFile<Config>],
    pub(crate) topics: &'a [InFile<TopicConfig>],
    pub(crate) regions: &'a [InFile<RegionConfig>],
    /// What `feeds` may name: (id, name, tags) of every feed written down, faulty ones too.
    pub(crate) feeds: &'a [(String, String, Vec<String>)],
    /// What `notify` may name.
    pub(crate) notifiers: &'a [String],
}

/// Every watch, topic and place as one compiled scan; immutable and shared.
#[derive(Debug)]
pub(crate) struct Matcher {
    watches: Vec<Watch>,
    _todo: HashMap<(), ()>,
}

/// Compiles all watches, or says all that is wrong with them; failing `[[watch.test]]`s are
/// problems too.
pub(crate) fn compile(sources: &Sources<'_>) -> Result<Matcher, Vec<Problem>> {
    let _ = sources;
    unimplemented!("helper MATCH")
}

impl Matcher {
    /// The watches, in the order of the files.
    pub(crate) fn watches(&self) -> &[Watch] {
        &self.watches
    }

    /// Finds everything in one item, in one pass over each of its fields.
    pub(crate) fn scan(&self, feed: &Feed, item: &Item) -> Findings {
        let _ = (feed, item);
        unimplemented!("helper MATCH")
    }
}
