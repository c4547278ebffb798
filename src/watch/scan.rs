//! From an item to what is in it, and to the watches that wanted it.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::config::MatchMode;
use super::find::{Mention, Of};
use super::{
    Condition, EVIDENCE_MAX, Evidence, Field, Findings, Match, Matcher, Part, Want, snippet,
};
use crate::feed::{FeedId, Item};
use crate::gazetteer::{Place, Via};

/// What a hit in a title weighs: an editor chose those few words.
const TITLE_WEIGHT: f64 = 1.5;
/// What a hit elsewhere weighs.
const TEXT_WEIGHT: f64 = 1.0;

impl Matcher {
    /// Finds what an item holds, and the watches that it satisfies. `feed` is where it comes
    /// from; without one, watches on certain feeds are tried too.
    pub(crate) fn scan(&self, feed: Option<&FeedId>, item: &Item) -> Findings {
        let found = self.find(item);
        let mut findings = self.places(&found.mentions);
        for (watch, hits) in self.hits(&found.mentions) {
            let condition = &self.conditions[watch];
            let elsewhere = match (&condition.feeds, feed) {
                (Some(feeds), Some(feed)) => !feeds.contains(feed),
                _ => false,
            };
            if !elsewhere && let Some(hits) = self.satisfied(condition, hits) {
                findings.matches.push(self.matched(watch, &hits, |field| found.text(field)));
            }
        }
        findings.language = found.language;
        findings
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

    /// Which wants of which watch were met by which mention.
    fn hits<'m>(&self, mentions: &'m [Mention]) -> BTreeMap<usize, Vec<(usize, &'m Mention)>> {
        let mut hits: BTreeMap<usize, Vec<(usize, &Mention)>> = BTreeMap::new();
        for mention in mentions {
            let wants = match mention.of {
                // A city is a mention of its country only where a watch says so.
                Of::Place(_, Via::Part) => &[],
                Of::Place(place, _) => {
                    self.wants_of_place.get(&place).map_or(&[][..], Vec::as_slice)
                }
                Of::Topic(topic) => self.wants_of_topic[topic].as_slice(),
                Of::Want(ref want) => std::slice::from_ref(want),
            };
            for &want in wants {
                hits.entry(self.wants[want].watch).or_default().push((want, mention));
            }
        }
        hits
    }

    /// The hits that count, if the watch's condition holds.
    fn satisfied<'m>(
        &self,
        condition: &Condition,
        mut hits: Vec<(usize, &'m Mention)>,
    ) -> Option<Vec<(usize, &'m Mention)>> {
        if hits.iter().any(|(want, _)| self.wants[*want].part == Part::Exclude) {
            return None;
        }
        hits.retain(|(_, mention)| {
            condition.fields.is_empty() || condition.fields.contains(&mention.field)
        });
        let lists: BTreeSet<_> = hits
            .iter()
            .filter_map(|(want, _)| match self.wants[*want].part {
                Part::List(kind) => Some(kind),
                Part::Exclude => None,
            })
            .collect();
        let holds = match condition.mode {
            MatchMode::Any => !lists.is_empty(),
            MatchMode::All => condition.lists.is_subset(&lists),
        };
        (holds && !hits.is_empty()).then_some(hits)
    }

    /// The match that hits come to: each thing that was wanted counts once, where it weighs most.
    fn matched<'t>(
        &self,
        watch: usize,
        hits: &[(usize, &Mention)],
        text: impl Fn(Field) -> &'t str,
    ) -> Match {
        let mut told = HashSet::new();
        let mut strongest: BTreeMap<usize, f64> = BTreeMap::new();
        let mut pieces: BTreeMap<usize, usize> = BTreeMap::new();
        // Each with how many pieces for the same want stand before it.
        let mut evidence = Vec::new();
        for (want, mention) in hits {
            let Part::List(kind) = self.wants[*want].part else { continue };
            let field_text = text(mention.field);
            let words = &field_text[mention.range.clone()];
            let weight = if mention.field == Field::Title { TITLE_WEIGHT } else { TEXT_WEIGHT };
            let most = strongest.entry(*want).or_insert(0.0);
            *most = most.max(weight);
            // The same words for the same reason in the same field say nothing new.
            if !told.insert((*want, mention.field, words)) {
                continue;
            }
            let before = pieces.entry(*want).or_default();
            let Want { id, name, .. } = &self.wants[*want];
            let piece = Evidence {
                kind,
                id: id.clone(),
                name: name.clone(),
                field: mention.field,
                text: words.to_owned(),
                start: mention.range.start,
                end: mention.range.end,
                weight,
                snippet: snippet::around(field_text, &mention.range),
            };
            evidence.push((*before, piece));
            *before += 1;
        }
        // Every reason once before any of them twice; then the strongest, then as one reads.
        evidence.sort_by(|(one_before, one), (other_before, other)| {
            one_before.cmp(other_before).then(other.weight.total_cmp(&one.weight))
        });
        evidence.truncate(EVIDENCE_MAX);
        let evidence = evidence.into_iter().map(|(_, piece)| piece).collect();
        Match { watch, score: strongest.values().sum(), evidence }
    }
}
