//! All that was found in one item, as `--json` says it.

use std::cmp::Ordering;

use serde::Serialize;

use crate::feed::{FeedId, Item};
use crate::watch::{Evidence, Judgement, Matcher, PlaceMention, TopicMention};

/// What is made of one item.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    /// The feed of the configuration that it comes from.
    pub(super) feed: Option<FeedId>,
    pub(super) title: String,
    pub(super) url: Option<String>,
    /// BCP 47; `null` where the text is too short to tell.
    pub(super) language: Option<String>,
    /// Nobody said the language: it is told from the text.
    pub(super) language_is_guess: bool,
    /// In the order in which one reads.
    pub(super) places: Vec<PlaceMention>,
    /// Readings of names that something else was meant by, with what spoke against them.
    pub(super) lost: Vec<String>,
    pub(super) topics: Vec<TopicMention>,
    /// Those that match, then near misses, then the others.
    pub(super) watches: Vec<Verdict>,
}

/// What one watch makes of it.
#[derive(Debug, Serialize)]
pub(super) struct Verdict {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) matches: bool,
    pub(super) score: f64,
    pub(super) threshold: f64,
    pub(super) evidence: Vec<Evidence>,
    /// What forbade a match, whatever else is there.
    pub(super) excluded_by: Vec<Evidence>,
    /// What would have to be there for a match.
    pub(super) missing: Vec<String>,
}

impl Report {
    /// Finds everything in an item; without a feed, watches on certain feeds are tried too.
    pub(super) fn of(matcher: &Matcher, feed: Option<&FeedId>, item: Item) -> Self {
        let (findings, judgements) = matcher.judge(feed, &item);
        let mut watches: Vec<Verdict> =
            judgements.into_iter().map(|judgement| verdict(matcher, judgement)).collect();
        // Stable: of equals the order of the files.
        watches.sort_by(nearer);
        Self {
            feed: feed.cloned(),
            places: matcher.mentioned(&item),
            lost: matcher.misread_names(&item),
            topics: matcher.topics_of(&item),
            language_is_guess: item.language.is_none() && findings.language.is_some(),
            language: findings.language,
            title: item.title,
            url: item.url,
            watches,
        }
    }
}

impl Verdict {
    /// Whether anything was found for the watch.
    pub(super) fn says_something(&self) -> bool {
        self.matches || !self.evidence.is_empty() || !self.excluded_by.is_empty()
    }
}

fn verdict(matcher: &Matcher, judgement: Judgement) -> Verdict {
    let watch = &matcher.watches()[judgement.watch];
    Verdict {
        id: watch.id.clone(),
        name: watch.name.clone(),
        matches: judgement.holds,
        score: judgement.score,
        threshold: judgement.threshold,
        evidence: judgement.evidence,
        excluded_by: judgement.excluded_by,
        missing: judgement.missing,
    }
}

/// What matches first; then what lacks least, an exclusion being the most that can lack.
fn nearer(one: &Verdict, other: &Verdict) -> Ordering {
    let rank = |it: &Verdict| (!it.matches, !it.says_something(), it.excluded_by.len());
    let lacks = |it: &Verdict| it.threshold - it.score;
    rank(one)
        .cmp(&rank(other))
        .then(one.missing.len().cmp(&other.missing.len()))
        .then(lacks(one).total_cmp(&lacks(other)))
}
