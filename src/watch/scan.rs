//! From an item to what is in it, and to the watches that wanted it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::Range;

use super::lexicon::Meaning;
use super::{
    Condition, EVIDENCE_MAX, Evidence, Field, Findings, Match, Matcher, Part, Want, snippet,
};
use crate::feed::{FeedId, Item};
use crate::gazetteer::Place;
use crate::text::fold::fold;
use crate::watch::config::MatchMode;

/// What a hit in a title weighs: an editor chose those few words.
const TITLE_WEIGHT: f64 = 1.5;
/// What a hit elsewhere weighs.
const TEXT_WEIGHT: f64 = 1.0;

/// Something that was found.
#[derive(Debug, Clone, PartialEq)]
struct Mention {
    field: Field,
    /// Byte offsets into the field's original text.
    range: Range<usize>,
    of: Of,
}

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Of {
    Place(Place),
    Topic(usize),
    Want(usize),
}

/// A name found in a folded text, before names have settled among themselves.
struct Sighting {
    range: Range<usize>,
    /// `None`: a name that only hides shorter ones.
    place: Option<Place>,
}

impl Matcher {
    /// Finds everything in one item, in one pass over each of its fields. `feed` is where it
    /// comes from; without one, watches on certain feeds are tried too.
    pub(crate) fn scan(&self, feed: Option<&FeedId>, item: &Item) -> Findings {
        let fields = [
            (Field::Title, &item.title),
            (Field::Summary, &item.summary),
            (Field::Body, &item.body),
        ];
        let language = item.language.as_deref();
        let mut mentions = Vec::new();
        for (field, text) in fields {
            self.scan_field(field, text, language, &mut mentions);
        }
        let text = |field: Field| fields[field as usize].1.as_str();
        let mut findings = Findings::default();
        for mention in &mentions {
            match mention.of {
                Of::Place(Place::Country(country)) => {
                    findings.countries.insert(self.world.countries[country].code.clone());
                }
                Of::Place(Place::Region(region)) => {
                    findings.regions.insert(self.world.regions[region].id.clone());
                }
                Of::Topic(_) | Of::Want(_) => {}
            }
        }
        for (watch, hits) in self.hits(&mentions) {
            let condition = &self.conditions[watch];
            let elsewhere = match (&condition.feeds, feed) {
                (Some(feeds), Some(feed)) => !feeds.contains(feed),
                _ => false,
            };
            if !elsewhere && let Some(hits) = self.satisfied(condition, hits) {
                findings.matches.push(self.matched(watch, &hits, text));
            }
        }
        findings
    }

    /// Appends what one field holds, in the order of the text.
    fn scan_field(
        &self,
        field: Field,
        text: &str,
        language: Option<&str>,
        mentions: &mut Vec<Mention>,
    ) {
        let folded = fold(text);
        let mut sightings = Vec::new();
        let first = mentions.len();
        self.lexicon.scan(folded.as_str(), |meaning, range| {
            let original = folded.original(range.clone());
            let of = match meaning {
                Meaning::Name(name) => {
                    let name = &self.world.names[name];
                    if name.counts(&text[original], language) {
                        sightings.push(Sighting { range, place: name.place });
                    }
                    return;
                }
                Meaning::Topic(topic) => Of::Topic(topic),
                Meaning::Want(want) => Of::Want(want),
            };
            mentions.push(Mention { field, range: original, of });
        });
        mentions.extend(self.settle(sightings).into_iter().map(|(range, place)| Mention {
            field,
            range: folded.original(range),
            of: Of::Place(place),
        }));
        mentions[first..].sort_by_key(|mention| mention.range.start);
    }

    /// Of names that overlap the first and longest stands; of one range all do (`North and South
    /// Korea` is two countries). A country's name within that of a region on its land stands
    /// too: “eastern Ukraine” is a mention of Ukraine.
    fn settle(&self, mut sightings: Vec<Sighting>) -> Vec<(Range<usize>, Place)> {
        sightings.sort_by_key(|sighting| (sighting.range.start, Reverse(sighting.range.end)));
        let mut settled: Vec<(Range<usize>, Place)> = Vec::new();
        // Where the longest name stands, its places, and the end of the last name within it.
        let (mut standing, mut places, mut inner_end) = (0..0, Vec::new(), 0);
        for Sighting { range, place } in sightings {
            if range.start >= standing.end {
                (standing, inner_end) = (range.clone(), range.start);
                places.clear();
            }
            if range == standing {
                places.extend(place);
                settled.extend(place.map(|place| (range, place)));
            } else if range.start >= inner_end
                && range.end <= standing.end
                && let Some(place) = place
                && self.lies_in(&places, place)
            {
                inner_end = range.end;
                settled.push((range, place));
            }
        }
        settled
    }

    /// Whether one of `places` is a region on the land of a country that is not among them.
    fn lies_in(&self, places: &[Place], country: Place) -> bool {
        let Place::Country(index) = country else { return false };
        let code = &self.world.countries[index].code;
        let on_its_land = |place: &Place| match place {
            Place::Region(region) => self.world.regions[*region].lands.contains(code),
            Place::Country(_) => false,
        };
        !places.contains(&country) && places.iter().any(on_its_land)
    }

    /// Which wants of which watch were met by which mention.
    fn hits<'m>(&self, mentions: &'m [Mention]) -> BTreeMap<usize, Vec<(usize, &'m Mention)>> {
        let mut hits: BTreeMap<usize, Vec<(usize, &Mention)>> = BTreeMap::new();
        for mention in mentions {
            let wants = match mention.of {
                Of::Place(place) => self.wants_of_place.get(&place).map_or(&[][..], Vec::as_slice),
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
