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
    shared: Vec<Thing>,
    /// Terms: the want and the mention of each, in order.
    own: Vec<(usize, usize)>,
}

struct Thing {
    of: Of,
    /// What it is of all that can be asked for: itself and, of a region, all that it is a part of.
    meets: Vec<Asks>,
    mentions: Vec<usize>,
}

impl Things {
    /// The terms of these wants.
    fn own(&self, wants: &Range<usize>) -> &[(usize, usize)] {
        let rest = &self.own[self.own.partition_point(|(want, _)| *want < wants.start)..];
        &rest[..rest.partition_point(|(want, _)| *want < wants.end)]
    }
}

impl Matcher {
    pub(super) fn things(&self, mentions: &[Mention]) -> Things {
        let mut things = Things { shared: Vec::new(), own: Vec::new() };
        for (index, Mention { of, .. }) in mentions.iter().enumerate() {
            if let Of::Want(want) = *of {
                things.own.push((want, index));
            } else if let Some(known) = things.shared.iter_mut().find(|it| it.of == *of) {
                known.mentions.push(index);
            } else {
                let (meets, mentions) = (self.met_by(*of), vec![index]);
                things.shared.push(Thing { of: *of, meets, mentions });
            }
        }
        things.own.sort_unstable();
        things
    }

    fn met_by(&self, of: Of) -> Vec<Asks> {
        match of {
            Of::Place(Place::Region(region), _) => {
                let regions = self.world.with_ancestors(region).into_iter();
                regions.map(|region| Asks::Place(Place::Region(region))).collect()
            }
            Of::Place(country, _) => vec![Asks::Place(country)],
            Of::Topic(topic) => vec![Asks::Topic(topic)],
            Of::Want(_) => Vec::new(),
        }
    }

    /// The watches that may hold, in their order: most that want something of an item lack
    /// something else, which is seen before anything is gathered for them.
    pub(super) fn hopeful(&self, things: &Things) -> Vec<usize> {
        let mut met: Each<bool> = Each::of(&self.world, self.topics.len());
        let mut watches = Vec::new();
        for asked in things.shared.iter().flat_map(|thing| &thing.meets) {
            watches.extend_from_slice(self.leads.asking(*asked));
            if let Some(met) = met.get_mut(*asked) {
                *met = true;
            }
        }
        let leads = things.own.iter().map(|(want, _)| &self.wants[*want]);
        watches.extend(leads.filter(|want| want.is_lead).map(|want| want.watch));
        watches.sort_unstable();
        watches.dedup();
        let is_met = |index: usize| match self.wants[index].asks {
            Asks::Words => true,
            Asks::Text => !things.own(&(index..index + 1)).is_empty(),
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
        for thing in &things.shared {
            // A city is a mention of its country only where a watch says so.
            if matches!(thing.of, Of::Place(_, Via::Part)) && !self.conditions[watch].cities {
                continue;
            }
            for asked in &thing.meets {
                for &want in within(self.asked.asking(*asked), &wants) {
                    hits.extend(thing.mentions.iter().map(|mention| (*mention, want)));
                }
            }
        }
        hits.extend(things.own(&wants).iter().map(|(want, mention)| (*mention, *want)));
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

/// Those of a list in order that lie in a range.
fn within<'l>(list: &'l [usize], range: &Range<usize>) -> &'l [usize] {
    let rest = &list[list.partition_point(|it| *it < range.start)..];
    &rest[..rest.partition_point(|it| *it < range.end)]
}
