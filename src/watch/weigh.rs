//! From what was found for a watch to whether its condition holds, and what that weighs.

use std::collections::BTreeMap;

use super::config::MatchMode;
use super::find::Spoken;
use super::language::primary;
use super::near::{Seen, Words};
use super::query::Node;
use super::{Asked, Condition, EvidenceKind, Field, Matcher, Need, Part};
use crate::feed::FeedId;

/// What a hit in a title weighs: an editor chose those few words.
const TITLE_WEIGHT: f64 = 1.5;
/// What a hit elsewhere weighs.
const TEXT_WEIGHT: f64 = 1.0;
/// How much of its weight the first, the second and the third mention of one thing add to the score;
/// any more add nothing. Chosen so that no repetition outweighs a second thing that was wanted.
const MENTION_SHARES: [f64; 3] = [1.0, 0.25, 0.125];
/// Sums of weights are not exact.
const NEARLY: f64 = 1e-9;

/// What is known about an item, beside what was found in it.
pub(super) struct About<'f> {
    pub(super) feed: Option<&'f FeedId>,
    /// Primary tags of what it is or may be written in; empty where nobody knows.
    pub(super) languages: Vec<String>,
    pub(super) words: Words<'f>,
}

/// What a watch makes of an item.
#[derive(Debug)]
pub(super) struct Weighed<'s, 'm> {
    /// What counts, in the order in which one reads: of a query that holds the reasons, of one that
    /// does not all that it looks for.
    pub(super) counted: Vec<&'s Seen>,
    pub(super) excluded: Vec<&'s Seen>,
    pub(super) score: f64,
    pub(super) lacks: Vec<Lack<'m>>,
}

/// What a watch needs and did not find.
#[derive(Debug)]
pub(super) enum Lack<'m> {
    /// One of its feeds.
    Feed,
    /// One of its languages.
    Language,
    /// A hit in one of these lists.
    Hit(Vec<EvidenceKind>),
    /// These parts of its query.
    Query(&'m Asked, Vec<&'m Node>),
    /// More score.
    Score(f64),
}

impl Weighed<'_, '_> {
    pub(super) fn holds(&self) -> bool {
        self.lacks.is_empty() && self.excluded.is_empty()
    }
}

impl Matcher {
    /// What a watch makes of what was seen for it.
    ///
    /// It holds where its feeds, languages, lists and query do, nothing that it excludes is there,
    /// and the score is at least its threshold. The score is the sum over the things that are
    /// wanted. A mention weighs 1.5 in the title and 1 elsewhere, times the weight of its term; of
    /// each thing the heaviest mention adds all of its weight, a second one 0.25 of it, a third
    /// 0.125, and more add nothing. A metonym weighs as a name does.
    pub(super) fn weigh<'s>(
        &self,
        watch: usize,
        seen: &'s [Seen],
        about: &About<'_>,
    ) -> Weighed<'s, '_> {
        let condition = &self.conditions[watch];
        let (excluded, mut counted): (Vec<&Seen>, Vec<&Seen>) =
            seen.iter().partition(|seen| self.wants[seen.want].part == Part::Exclude);
        counted
            .retain(|seen| condition.fields.is_empty() || condition.fields.contains(&seen.field));
        let mut lacks = Vec::new();
        if let (Some(feeds), Some(feed)) = (&condition.feeds, about.feed)
            && !feeds.contains(feed)
        {
            lacks.push(Lack::Feed);
        }
        let is_wanted = |language: &String| condition.languages.contains(language);
        if !condition.languages.is_empty()
            && !about.languages.is_empty()
            && !about.languages.iter().any(is_wanted)
        {
            lacks.push(Lack::Language);
        }
        let before = lacks.len();
        lacks.extend(self.missing_lists(condition, &counted).into_iter().map(Lack::Hit));
        if let Some(asked) = &condition.query {
            let unmet = self.answer(asked, &mut counted, about);
            lacks.extend((!unmet.is_empty()).then_some(Lack::Query(asked, unmet)));
        }
        let score = self.score(&counted);
        // Where there is no hit, that is all there is to say.
        if lacks.len() == before && score + NEARLY < condition.threshold {
            lacks.push(Lack::Score(condition.threshold - score));
        }
        Weighed { counted, excluded, score, lacks }
    }

    /// The lists that need a hit and have none; one of each inner list is needed.
    fn missing_lists(&self, condition: &Condition, counted: &[&Seen]) -> Vec<Vec<EvidenceKind>> {
        let is_hit = |list: &EvidenceKind| {
            let has = |seen: &&Seen| {
                let want = &self.wants[seen.want];
                want.part == Part::List && want.kind == *list
            };
            counted.iter().any(has)
        };
        let mut lists = condition.lists.iter().copied();
        match condition.mode {
            MatchMode::All => lists.filter(|it| !is_hit(it)).map(|it| vec![it]).collect(),
            MatchMode::Any if condition.lists.is_empty() || lists.any(|it| is_hit(&it)) => {
                Vec::new()
            }
            MatchMode::Any => vec![condition.lists.iter().copied().collect()],
        }
    }

    /// The parts of a query that do not hold. Leaves of `counted` what the lists want and the query
    /// has a use for.
    fn answer<'m>(
        &self,
        asked: &'m Asked,
        counted: &mut Vec<&Seen>,
        about: &About<'_>,
    ) -> Vec<&'m Node> {
        let mut seen_of = vec![Vec::new(); asked.needs.len()];
        for seen in counted.iter() {
            if let Part::Query(atom) = self.wants[seen.want].part {
                seen_of[atom].push(*seen);
            }
        }
        let met = |atom: usize| match &asked.needs[atom] {
            Need::Hit => !seen_of[atom].is_empty(),
            // In a doubt between two languages both are met if wanted, and neither is under a `NOT`.
            Need::Language { tag, is_wanted: true } => {
                about.languages.is_empty() || about.languages.contains(tag)
            }
            Need::Language { tag, is_wanted: false } => {
                !about.languages.is_empty() && about.languages.iter().all(|it| it == tag)
            }
            Need::Feed { ids, is_wanted } => about.feed.map_or(*is_wanted, |it| ids.contains(it)),
        };
        let near = |left: usize, right: usize, within| {
            about.words.are_near(&seen_of[left], &seen_of[right], within)
        };
        let query = &asked.query;
        let (useful, unmet) = if query.holds(met, near) {
            (query.reasons(met, near), Vec::new())
        } else {
            (query.positive(), query.unmet(met, near))
        };
        counted.retain(|seen| match self.wants[seen.want].part {
            Part::Query(atom) => useful.contains(&atom),
            _ => true,
        });
        unmet
    }

    /// What one mention weighs.
    pub(super) fn weight(&self, seen: &Seen) -> f64 {
        let place = if seen.field == Field::Title { TITLE_WEIGHT } else { TEXT_WEIGHT };
        place * self.wants[seen.want].weight
    }

    fn score(&self, counted: &[&Seen]) -> f64 {
        // By thing, each place once: a list and the query may want the same.
        let mut things: BTreeMap<usize, BTreeMap<(Field, usize), f64>> = BTreeMap::new();
        for seen in counted {
            let mentions = things.entry(self.wants[seen.want].thing).or_default();
            let weight = mentions.entry((seen.field, seen.range.start)).or_default();
            *weight = weight.max(self.weight(seen));
        }
        let of_thing = |mentions: BTreeMap<_, f64>| -> f64 {
            let mut weights: Vec<f64> = mentions.into_values().collect();
            weights.sort_by(|one, other| other.total_cmp(one));
            weights.iter().zip(MENTION_SHARES).map(|(weight, share)| weight * share).sum()
        };
        things.into_values().map(of_thing).sum()
    }
}

/// What is missing, in words.
pub(super) fn in_words(lack: &Lack<'_>, condition: &Condition, about: &About<'_>) -> Vec<String> {
    match lack {
        Lack::Feed => {
            let feed = about.feed.map_or("another", |feed| feed.0.as_str());
            vec![format!("one of its feeds (it is `{feed}`)")]
        }
        Lack::Language => {
            let some = if condition.languages.len() == 1 { "" } else { "one of " };
            let is = about.languages.join(" or ");
            vec![format!("language {some}{} (it is {is})", condition.languages.join(", "))]
        }
        Lack::Hit(lists) => {
            let keys: Vec<_> = lists.iter().map(|list| format!("`{}`", key(*list))).collect();
            vec![format!("a hit in {}", keys.join(" or "))]
        }
        Lack::Query(asked, parts) => {
            parts.iter().map(|part| format!("query: {}", asked.query.written(part))).collect()
        }
        Lack::Score(more) => {
            let more = (more * 1000.0 - NEARLY).ceil() / 1000.0;
            vec![format!("{more} more score")]
        }
    }
}

/// The key that a list is written under.
fn key(list: EvidenceKind) -> &'static str {
    match list {
        EvidenceKind::Region => "regions",
        EvidenceKind::Country => "countries",
        EvidenceKind::Topic => "topics",
        EvidenceKind::Term => "terms",
    }
}

impl<'f> About<'f> {
    pub(super) fn new(feed: Option<&'f FeedId>, spoken: &Spoken, words: Words<'f>) -> Self {
        let languages = spoken.language.as_deref().into_iter().chain(spoken.other);
        Self { feed, languages: languages.map(primary).collect(), words }
    }
}
