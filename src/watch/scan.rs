//! From an item to what is in it, and to the watches that wanted it.

use std::collections::{BTreeMap, HashSet};

use super::config::MatchMode;
use super::find::{Found, Mention, Of};
use super::near::{Seen, Words};
use super::weigh::{About, Weighed, in_words};
use super::{EVIDENCE_MAX, Evidence, EvidenceKind, Findings, Match, Matcher, Part, Want, snippet};
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
        let mut findings = self.places(&found.mentions);
        let about = About::new(feed, &found.spoken, Words::of(&found));
        let hopeful = self.hopeful(&found.mentions);
        for (watch, seen) in self.seen(&found, &about, |watch| hopeful[watch]) {
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
        let mut findings = self.places(&found.mentions);
        let about = About::new(feed, &found.spoken, Words::of(&found));
        let mut seen = self.seen(&found, &about, |_| true);
        let mut judgements = Vec::with_capacity(self.watches.len());
        for watch in 0..self.watches.len() {
            let seen = seen.remove(&watch).unwrap_or_default();
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

    /// The places and topics of mentions.
    fn places(&self, mentions: &[Mention]) -> Findings {
        let mut findings = Findings::default();
        for mention in mentions {
            match mention.of {
                Of::Place(Place::Country(country), via) => {
                    let code = &self.world.countries[country].code;
                    findings.countries_any.insert(code.clone());
                    if via <= Via::Metonym {
                        findings.countries.insert(code.clone());
                    }
                    if via == Via::Name {
                        findings.countries_named.insert(code.clone());
                    }
                }
                Of::Place(Place::Region(region), _) => {
                    let region = &self.world.regions[region];
                    findings.countries_any.extend(region.country.clone());
                    findings.regions.insert(region.id.clone());
                }
                Of::Topic(topic) => {
                    findings.topics.insert(self.topics[topic].clone());
                }
                Of::Want(_) => {}
            }
        }
        findings
    }

    /// By watch, whether its lists may all be met by these mentions: a bit a list says so before
    /// anything is gathered, for most watches that have a hit lack another.
    fn hopeful(&self, mentions: &[Mention]) -> Vec<bool> {
        let bit = |kind: EvidenceKind| 1_u8 << kind as u8;
        let mut met = vec![0_u8; self.watches.len()];
        let mut told: Vec<Of> = Vec::new();
        for mention in mentions {
            if told.contains(&mention.of) {
                continue;
            }
            told.push(mention.of);
            for &want in self.wants_of(mention) {
                let Want { watch, kind, part, .. } = &self.wants[want];
                if *part != Part::Exclude {
                    met[*watch] |= bit(*kind);
                }
            }
        }
        let hopes = met.iter().zip(&self.conditions).map(|(met, condition)| {
            let needs_all = condition.mode == MatchMode::All && *met != 0;
            let needed = || condition.lists.iter().fold(0, |all, kind| all | bit(*kind));
            *met != 0 && !(needs_all && needed() & !met != 0)
        });
        hopes.collect()
    }

    /// By watch, what was seen of what it wants or excludes, in the order in which one reads; of
    /// watches that `is_asked` says no to, nothing.
    fn seen(
        &self,
        found: &Found<'_>,
        about: &About<'_>,
        is_asked: impl Fn(usize) -> bool,
    ) -> BTreeMap<usize, Vec<Seen>> {
        let mut seen: BTreeMap<usize, Vec<Seen>> = BTreeMap::new();
        let mut words: BTreeMap<usize, Vec<(usize, Seen)>> = BTreeMap::new();
        for mention in &found.mentions {
            for &index in self.wants_of(mention) {
                let want = &self.wants[index];
                if !is_asked(want.watch) {
                    continue;
                }
                let is_elsewhere = want.field.is_some_and(|field| field != mention.field);
                // A city is a mention of its country only where a watch says so.
                let is_city = matches!(mention.of, Of::Place(_, Via::Part));
                if is_elsewhere || (is_city && !self.conditions[want.watch].cities) {
                    continue;
                }
                let Mention { field, ref range, tokens, .. } = *mention;
                let it = Seen { want: index, field, range: range.clone(), tokens };
                match want.part {
                    Part::Word { group, word } => words.entry(group).or_default().push((word, it)),
                    _ => seen.entry(want.watch).or_default().push(it),
                }
            }
        }
        for (group, words) in words {
            let group = &self.groups[group];
            let together = about.words.together(group, words);
            if !together.is_empty() {
                let seen = seen.entry(self.wants[group.want].watch).or_default();
                seen.extend(together);
                seen.sort_by_key(|it| (it.field, it.range.start));
            }
        }
        seen
    }

    /// The wants that a mention may serve.
    fn wants_of<'a>(&'a self, mention: &'a Mention) -> &'a [usize] {
        match &mention.of {
            Of::Place(place, _) => self.wants_of_place.get(place).map_or(&[], Vec::as_slice),
            Of::Topic(topic) => &self.wants_of_topic[*topic],
            Of::Want(want) => std::slice::from_ref(want),
        }
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
