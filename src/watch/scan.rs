//! From an item to what is in it, and to the watches that wanted it.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::find::{Found, Of};
use super::gather::Things;
use super::near::{Seen, Words};
use super::weigh::{About, Weighed, in_words};
use super::{EVIDENCE_MAX, Evidence, Findings, Match, Matcher, Want, snippet};
use crate::feed::{FeedId, Item};
use crate::gazetteer::{Place, Via};

/// How one watch judges an item.
#[derive(Debug, Clone)]
pub(crate) struct Judgement {
    /// Index into [`Matcher::watches`].
    pub(crate) watch: usize,
    pub(crate) holds: bool,
    pub(crate) score: f64,
    pub(crate) threshold: f64,
    /// What counted, as in a [`Match`].
    pub(crate) evidence: Vec<Evidence>,
    /// What was found of what the watch excludes.
    pub(crate) excluded_by: Vec<Evidence>,
    /// What was needed and not found, in words: ``a hit in `terms` ``, `0.5 more score`.
    pub(crate) missing: Vec<String>,
}

impl Matcher {
    /// Finds what an item holds, and the watches that it satisfies. `feed` is where it comes
    /// from; without one, watches on certain feeds are tried too.
    pub(crate) fn scan(&self, feed: Option<&FeedId>, item: &Item) -> Findings {
        let found = self.find(item);
        let things = Things::of(&found.mentions);
        let mut findings = self.places(&things);
        let about = About::new(feed, &found.spoken, Words::of(&found));
        for watch in self.hopeful(&things) {
            let seen = self.seen(watch, &found, &things, &about.words);
            let weighed = self.weigh(watch, &seen, &about);
            if weighed.holds() {
                findings.matches.push(self.matched(watch, &weighed, &found));
            }
        }
        findings.language = found.spoken.language;
        findings
    }

    /// As [`Matcher::scan`], and what every watch makes of the item, in their order: those that
    /// nothing was found for too.
    pub(crate) fn judge(&self, feed: Option<&FeedId>, item: &Item) -> (Findings, Vec<Judgement>) {
        let found = self.find(item);
        let things = Things::of(&found.mentions);
        let mut findings = self.places(&things);
        let about = About::new(feed, &found.spoken, Words::of(&found));
        let mut judgements = Vec::with_capacity(self.watches.len());
        for watch in 0..self.watches.len() {
            let seen = self.seen(watch, &found, &things, &about.words);
            let weighed = self.weigh(watch, &seen, &about);
            if weighed.holds() {
                findings.matches.push(self.matched(watch, &weighed, &found));
            }
            let condition = &self.conditions[watch];
            let missing = weighed.lacks.iter().flat_map(|it| in_words(it, condition, &about));
            judgements.push(Judgement {
                watch,
                holds: weighed.holds(),
                score: weighed.score,
                threshold: condition.threshold,
                evidence: self.evidence(&weighed.counted, &found),
                excluded_by: self.evidence(&weighed.excluded, &found),
                missing: missing.collect(),
            });
        }
        findings.language.clone_from(&found.spoken.language);
        (findings, judgements)
    }

    /// The places and topics that are mentioned.
    fn places(&self, things: &Things) -> Findings {
        let mut findings = Findings::default();
        for of in &things.shared {
            match *of {
                Of::Place(Place::Country(country), via) => {
                    let code = &self.world.countries[country].code;
                    add(&mut findings.countries_any, code);
                    if via <= Via::Metonym {
                        add(&mut findings.countries, code);
                    }
                    if via == Via::Name {
                        add(&mut findings.countries_named, code);
                    }
                }
                Of::Place(Place::Region(region), _) => {
                    let region = &self.world.regions[region];
                    if let Some(code) = &region.country {
                        add(&mut findings.countries_any, code);
                    }
                    add(&mut findings.regions, &region.id);
                }
                Of::Topic(topic) => {
                    add(&mut findings.topics, &self.topics[topic]);
                }
                Of::Want(_) => {}
            }
        }
        findings
    }

    fn matched(&self, watch: usize, weighed: &Weighed<'_, '_>, found: &Found<'_>) -> Match {
        let evidence = self.evidence(&weighed.counted, found);
        Match { watch, score: weighed.score, evidence }
    }

    /// What was seen, as it is told.
    fn evidence(&self, seen: &[&Seen], found: &Found<'_>) -> Vec<Evidence> {
        let mut told = HashSet::new();
        let mut pieces: BTreeMap<usize, usize> = BTreeMap::new();
        // Each with how many pieces for the same thing stand before it.
        let mut evidence = Vec::new();
        for it in seen {
            let field_text = found.text(it.field);
            let words = &field_text[it.range.clone()];
            let Want { kind, id, name, thing, .. } = &self.wants[it.want];
            // The same words for the same reason in the same field say nothing new.
            if !told.insert((*thing, it.field, words)) {
                continue;
            }
            let before = pieces.entry(*thing).or_default();
            let piece = Evidence {
                kind: *kind,
                id: id.clone(),
                name: name.clone(),
                field: it.field,
                text: words.to_owned(),
                start: it.range.start,
                end: it.range.end,
                weight: self.weight(it),
                snippet: snippet::around(field_text, &it.range),
            };
            evidence.push((*before, piece));
            *before += 1;
        }
        // Every reason once before any of them twice; then the strongest, then as one reads.
        evidence.sort_by(|(one_before, one), (other_before, other)| {
            one_before.cmp(other_before).then(other.weight.total_cmp(&one.weight))
        });
        evidence.truncate(EVIDENCE_MAX);
        evidence.into_iter().map(|(_, piece)| piece).collect()
    }
}

/// Adds what is not yet there; most things are mentioned more than once.
fn add<T: Ord + Clone>(all: &mut BTreeSet<T>, new: &T) {
    if !all.contains(new) {
        all.insert(new.clone());
    }
}
