//! What an item mentions, mention by mention: for people who ask why.
//!
//! [`Matcher::scan`] says which places and topics an item holds; here each of them stands with
//! the words that led to it, where they are, and how they were read.

use std::sync::LazyLock;

use serde::Serialize;
use toml::Spanned;

use super::config::TopicConfig;
use super::find::{Found, Lost, Mention, Of};
use super::{EvidenceKind, Field, Matcher, base, snippet};
use crate::feed::Item;
use crate::gazetteer::{COUNTS_FROM, Place, Via, World};
use crate::setting::slug;

/// A place that an item mentions.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct PlaceMention {
    /// A country or a region.
    pub(crate) kind: EvidenceKind,
    /// A country's code or a region's id.
    pub(crate) id: String,
    /// In English, or as the operator wrote it.
    pub(crate) name: String,
    pub(crate) via: Via,
    #[serde(flatten)]
    pub(crate) at: Spot,
}

/// A topic that an item has a term of.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct TopicMention {
    pub(crate) id: String,
    #[serde(flatten)]
    pub(crate) at: Spot,
}

/// Where something stands in an item.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Spot {
    pub(crate) field: Field,
    /// The exact words in the field.
    pub(crate) text: String,
    /// UTF-8 byte offsets into the field's text.
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// The words around it.
    pub(crate) snippet: String,
}

/// A topic and its terms.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Topic {
    pub(crate) name: String,
    /// As they are written.
    pub(crate) terms: Vec<String>,
}

impl Matcher {
    /// The places that are known, the operator's regions among them.
    pub(crate) fn world(&self) -> &World {
        &self.world
    }

    /// The places that an item mentions, in the order in which one reads.
    pub(crate) fn mentioned(&self, item: &Item) -> Vec<PlaceMention> {
        let found = self.find(item);
        let places = found.mentions.iter().filter_map(|mention| {
            let Of::Place(place, via) = mention.of else { return None };
            let (kind, id, name) = match place {
                Place::Country(index) => {
                    let country = &self.world.countries[index];
                    (EvidenceKind::Country, country.code.0.clone(), country.name.clone())
                }
                Place::Region(index) => {
                    let region = &self.world.regions[index];
                    (EvidenceKind::Region, region.id.to_string(), region.name.clone())
                }
            };
            Some(PlaceMention { kind, id, name, via, at: spot(&found, mention) })
        });
        places.collect()
    }

    /// The readings of names that do not count, and how far they were trusted: `Georgia as
    /// Georgia (0.2, needs 0.5)`.
    pub(crate) fn misread_names(&self, item: &Item) -> Vec<String> {
        let found = self.find(item);
        let told = |lost: &Lost| {
            let name = match lost.place {
                Place::Country(index) => &self.world.countries[index].name,
                Place::Region(index) => &self.world.regions[index].name,
            };
            let words = found.words_of(lost);
            // What a neighbour forbids has no trust at all.
            let trust = lost.trust.max(0.0);
            format!("“{words}” as {name}: trusted {trust:.1}, needs {COUNTS_FROM}")
        };
        let mut told: Vec<String> = found.lost.iter().map(told).collect();
        told.dedup();
        told
    }

    /// The terms of topics that an item has, in the order in which one reads.
    pub(crate) fn topics_of(&self, item: &Item) -> Vec<TopicMention> {
        let found = self.find(item);
        let topics = found.mentions.iter().filter_map(|mention| {
            let Of::Topic(topic) = mention.of else { return None };
            Some(TopicMention { id: self.topics[topic].clone(), at: spot(&found, mention) })
        });
        topics.collect()
    }
}

fn spot(found: &Found<'_>, mention: &Mention) -> Spot {
    let text = found.text(mention.field);
    Spot {
        field: mention.field,
        text: text[mention.range.clone()].to_owned(),
        start: mention.range.start,
        end: mention.range.end,
        snippet: snippet::around(text, &mention.range),
    }
}

/// The built-in topics with their terms, in the order of the files.
pub(crate) fn builtin_topics() -> &'static [Topic] {
    static TOPICS: LazyLock<Vec<Topic>> = LazyLock::new(|| {
        base::written_topics().filter_map(|config| written_topic(&config)).collect()
    });
    &TOPICS
}

/// A topic as an operator wrote it; `None` without a name.
pub(crate) fn written_topic(config: &TopicConfig) -> Option<Topic> {
    let name = slug(config.name.as_ref()?.get_ref());
    let terms = config.terms.iter().map(Spanned::get_ref).map(|term| term.written.clone());
    Some(Topic { name, terms: terms.collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reading_that_lost_is_told() {
        let matcher = Matcher::without_watches();
        let item = |title: &str| Item { title: title.into(), ..Item::default() };
        let told = matcher.misread_names(&item("Governor of Georgia signs budget in Atlanta"));
        assert_eq!(told, ["“Georgia” as Georgia: trusted 0.0, needs 0.5"]);
        assert!(matcher.misread_names(&item("Chad and Cameroon sign a pact")).is_empty());
    }

    #[test]
    fn every_mention_says_its_words_and_how_they_were_read() {
        let matcher = Matcher::without_watches();
        let item = Item {
            title: "Beijing warns Japan".into(),
            body: "Ships near the Diaoyu Islands, seen from Osaka, in a naval exercise".into(),
            ..Item::default()
        };
        let mentions = matcher.mentioned(&item);
        let found: Vec<_> = mentions
            .iter()
            .map(|it| (it.id.as_str(), it.via, it.at.field, it.at.text.as_str(), it.at.start))
            .collect();
        assert_eq!(
            found,
            [
                ("CN", Via::Metonym, Field::Title, "Beijing", 0),
                ("JP", Via::Name, Field::Title, "Japan", 14),
                ("senkaku-islands", Via::Name, Field::Body, "Diaoyu Islands", 15),
                ("JP", Via::Part, Field::Body, "Osaka", 41),
            ]
        );
        assert_eq!(mentions[0].at.snippet, "Beijing warns Japan");
        let topics = matcher.topics_of(&item);
        let found: Vec<_> = topics.iter().map(|it| (it.id.as_str(), it.at.text.as_str())).collect();
        assert_eq!(found, [("military-exercise", "naval exercise")]);
    }

    #[test]
    fn the_topics_that_are_told_are_those_that_are_compiled() {
        let told: Vec<&str> = builtin_topics().iter().map(|topic| topic.name.as_str()).collect();
        assert_eq!(told, super::super::base::topics());
    }
}
