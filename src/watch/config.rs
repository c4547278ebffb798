//! `[[watch]]`, `[[topic]]` and `[[region]]` as operators write them.

use serde::Deserialize;
use toml::Spanned;

use super::Field;
use super::term::{Amount, Sought, Term, Weighted};
use crate::setting::{NotYetBuilt, Severity};

/// What a `threshold` may be.
const THRESHOLD_MAX: u16 = 1000;

/// `[[watch]]` as an operator writes it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    /// What people call it.
    pub(crate) name: Option<Spanned<String>>,
    /// Its identity; a slug of the name where absent.
    pub(crate) id: Option<Spanned<String>>,
    /// How much its alerts matter.
    pub(crate) severity: Severity,
    /// Regions by name in any language, or id; their parts count too.
    pub(crate) regions: Vec<Spanned<String>>,
    /// Countries by name, or ISO 3166 alpha-2 or alpha-3.
    pub(crate) countries: Vec<Spanned<String>>,
    /// Topics by name.
    pub(crate) topics: Vec<Spanned<String>>,
    /// Words and phrases; `prefix*`; `"…"~n`; each may weigh.
    pub(crate) terms: Vec<Spanned<Weighted>>,
    /// One hit in one list, or a hit in each list that is given.
    #[serde(rename = "match")]
    pub(crate) mode: MatchMode,
    /// A condition in the query language; beside lists, both must hold.
    pub(crate) query: Option<Spanned<String>>,
    /// Words and phrases: never, whatever else is there.
    pub(crate) exclude: Vec<Spanned<Sought>>,
    /// Where to look; everywhere where absent.
    pub(crate) fields: Vec<Field>,
    /// The score that is needed; 1 where absent.
    pub(crate) threshold: Option<Amount<THRESHOLD_MAX>>,
    /// Primary language tags of BCP 47; all where absent. The language of an item is what its feed
    /// says, else what its words look like. Where these leave a doubt between two languages, a watch
    /// for either is asked, and an item whose language nobody knows counts for every watch: better
    /// an alert too many than one that is missed.
    pub(crate) languages: Vec<Spanned<String>>,
    /// Whether a city or a first-level region is a mention of its country.
    pub(crate) cities: bool,
    /// Feeds by name or id, or `tag:…`; all where absent.
    pub(crate) feeds: Option<Vec<Spanned<String>>>,
    /// Notifiers by name; all where absent.
    pub(crate) notify: Option<Vec<Spanned<String>>>,
    /// Run by `check` and before each reload.
    #[serde(rename = "test")]
    pub(crate) tests: Vec<Spanned<Test>>,
    /// Article pages.
    pub(crate) full_text: Option<NotYetBuilt>,
    /// Owners that must report first.
    pub(crate) min_sources: Option<NotYetBuilt>,
    /// Alerts a day.
    pub(crate) budget: Option<NotYetBuilt>,
    /// Alert again on an edit.
    pub(crate) on_update: Option<NotYetBuilt>,
    /// Severity that grows with the story.
    pub(crate) escalate: Option<NotYetBuilt>,
    /// More mentions than usual.
    pub(crate) surge: Option<NotYetBuilt>,
}

/// `[[watch.test]]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Test {
    /// What an item says, in the first of the fields that the watch looks at.
    pub(crate) text: Option<String>,
    /// Whether the watch must match it.
    pub(crate) matches: Option<bool>,
}

/// `[[topic]]`: terms that have a name.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct TopicConfig {
    /// Its name: `undersea-cable`.
    pub(crate) name: Option<Spanned<String>>,
    /// Words and phrases; `prefix*`.
    pub(crate) terms: Vec<Spanned<Term>>,
}

/// `[[region]]`: a place of the operator's own.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RegionConfig {
    /// Its name.
    pub(crate) name: Option<Spanned<String>>,
    /// Other names, in any language.
    pub(crate) aliases: Vec<Spanned<String>>,
    /// Regions it is a part of.
    pub(crate) within: Vec<Spanned<String>>,
    /// Countries it touches.
    pub(crate) countries: Vec<Spanned<String>>,
}

/// How the lists of a watch are joined.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum MatchMode {
    /// One hit in one list is enough.
    #[default]
    Any,
    /// Each list that is given needs a hit.
    All,
}
