//! What an item mentions, held against what watches ask for.

use std::collections::BTreeMap;
use std::ops::Range;

use super::config::MatchMode;
use super::find::{Found, Mention, Of};
use super::index::{Asks, Each};
use super::near::{Seen, Words};
use super::{Matcher, Part, Want};
use crate::gazetteer::{Place, Via};

/// What an item mentions, each thing once; mentions are told by their indexes.
pub(super) struct Things {
    /// Places and topics.
    pub(super) shared: Vec<Of>,
    /// Which of them each mention is of, in order.
    mentions: Vec<(usize, usize)>,
    /// Terms: the want and the mention of each, in order.
    own: Vec<(usize, usize)>,
}

impl Things {
    pub(super) fn of(mentions: &[Mention]) -> Self {
        let mut things = Self { shared: Vec::new(), mentions: Vec::new(), own: Vec::new() };
        for (index, Mention { of, .. }) in mentions.iter().enumerate() {
            if let Of::Want(want) = *of {
                things.own.push((want, index));
                continue;
            }
            let known = things.shared.iter().position(|it| it == of);
            let thing = known.unwrap_or(things.shared.len());
            if known.is_none() {
                things.shared.push(*of);
            }
            things.mentions.push((thing, index));
        }
        things.mentions.sort_unstable();
        things.own.sort_unstable();
        things
    }
}

impl Matcher {
    /// What a place or a topic is of all that can be asked for: itself and, of a region, all that
    /// it is a part of.
    fn met_by(&self, of: Of) -> impl Iterator<Item = Asks> {
        let (regions, other): (&[usize], _) = match of {
            Of::Place(Place::Region(region), _) => (&self.lineages[region], None),
            Of::Place(country, _) => (&[], Some(Asks::Place(country))),
            Of::Topic(topic) => (&[], Some(Asks::Topic(topic))),
            Of::Want(_) => (&[], None),
        };
        regions.iter().map(|region| Asks::Place(Place::Region(*region))).chain(other)
    }

    /// The watches that may hold, in their order: most that want something of an item lack
    /// something else, which is seen before anything is gathered for them.
    pub(super) fn hopeful(&self, things: &Things) -> Vec<usize> {
        let mut met: Each<bool> = Each::of(&self.world, self.topics.len());
        let mut watches = Vec::new();
        for asked in things.shared.iter().flat_map(|of| self.met_by(*of)) {
            watches.extend_from_slice(self.leads.asking(asked));
            if let Some(met) = met.get_mut(asked) {
                *met = true;
            }
        }
        let leads = things.own.iter().map(|(want, _)| &self.wants[*want]);
        watches.extend(leads.filter(|want| want.is_lead).map(|want| want.watch));
        watches.sort_unstable();
        watches.dedup();
        let is_met = |index: usize| match self.wants[index].asks {
            Asks::Words => true,
            Asks::Text => !within(&things.own, &(index..index + 1)).is_empty(),
            asked => met.get(asked).is_some_and(|met| *met),
        };
        watches.retain(|watch| self.may_have_all_lists(*watch, is_met));
        watches
    }

    /// Whether a watch that needs a hit in each of its lists may have them.
    fn may_have_all_lists(&self, watch: usize, is_met: impl Fn(usize) -> bool) -> bool {
        let condition = &self.conditions[watch];
        let is_hit = |list| {
            self.wants_of(watch).any(|index| {
                let want = &self.wants[index];
                want.part == Part::List && want.kind == list && is_met(index)
            })
        };
        condition.mode == MatchMode::Any || condition.lists.iter().copied().all(is_hit)
    }

    /// The indexes of a watch's wants.
    fn wants_of(&self, watch: usize) -> Range<usize> {
        self.first_wants[watch]..self.first_wants[watch + 1]
    }

    /// What was seen of what a watch wants or excludes, in the order in which one reads.
    pub(super) fn seen(
        &self,
        watch: usize,
        found: &Found<'_>,
        things: &Things,
        words: &Words<'_>,
    ) -> Vec<Seen> {
        let wants = self.wants_of(watch);
        let mut hits: Vec<(usize, usize)> = Vec::new();
        for (thing, of) in things.shared.iter().enumerate() {
            // A city is a mention of its country only where a watch says so.
            if matches!(of, Of::Place(_, Via::Part)) && !self.conditions[watch].cities {
                continue;
            }
            let mentions = within(&things.mentions, &(thing..thing + 1));
            for asked in self.met_by(*of) {
                for want in within(self.asked.asking(asked), &wants) {
                    hits.extend(mentions.iter().map(|(_, mention)| (*mention, *want)));
                }
            }
        }
        let own = within(&things.own, &wants);
        hits.extend(own.iter().map(|(want, mention)| (*mention, *want)));
        hits.sort_by_key(|(mention, _)| *mention);
        let mut seen = Vec::new();
        let mut parts: BTreeMap<usize, Vec<(usize, Seen)>> = BTreeMap::new();
        for (mention, index) in hits {
            let Mention { field, ref range, tokens, .. } = found.mentions[mention];
            let Want { part, field: only, .. } = self.wants[index];
            if only.is_some_and(|only| only != field) {
                continue;
            }
            let it = Seen { want: index, field, range: range.clone(), tokens };
            match part {
                Part::Word { group, word } => parts.entry(group).or_default().push((word, it)),
                _ => seen.push(it),
            }
        }
        for (group, parts) in parts {
            let together = words.together(&self.groups[group], parts);
            if !together.is_empty() {
                seen.extend(together);
                seen.sort_by_key(|it| (it.field, it.range.start));
            }
        }
        seen
    }
}

/// Those of a list in order that are of a range.
fn within<'l, T: Ranked>(list: &'l [T], range: &Range<usize>) -> &'l [T] {
    let rest = &list[list.partition_point(|it| it.rank() < range.start)..];
    &rest[..rest.partition_point(|it| it.rank() < range.end)]
}

/// What a list is in the order of.
trait Ranked {
    fn rank(&self) -> usize;
}

impl Ranked for usize {
    fn rank(&self) -> usize {
        *self
    }
}

impl Ranked for (usize, usize) {
    fn rank(&self) -> usize {
        self.0
    }
}
