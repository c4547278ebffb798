//! The world: countries and regions with their names, and how to find one by any of them.
//!
//! [`World::builtin`] is read from the text under `data/`, which is compiled in; an operator's
//! own regions are added to a copy. A [`Name`] says what it stands for and what a text must look
//! like for it to count; finding names in texts is the work of `watch`.

mod load;
mod resolve;

use std::collections::HashMap;
use std::fmt;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::text::words;

/// ISO 3166-1 alpha-2, upper case.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct CountryCode(pub(crate) String);

/// The id of a region, in kebab case: `east-china-sea`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct RegionId(pub(crate) String);

impl fmt::Display for RegionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A country or territory.
#[derive(Debug, Clone)]
pub(crate) struct Country {
    pub(crate) code: CountryCode,
    /// In English.
    pub(crate) name: String,
}

/// A sea, strait, island group, disputed area, land region or bloc.
#[derive(Debug, Clone)]
pub(crate) struct Region {
    pub(crate) id: RegionId,
    /// In English, or as the operator wrote it.
    pub(crate) name: String,
    /// What it is a part of; indexes into [`World::regions`].
    parents: Vec<usize>,
    /// Lands it lies in, whose names in its own are mentions of them all the same: “eastern
    /// Ukraine” is one of Ukraine. Empty for seas: “East China Sea” is no mention of China.
    pub(crate) lands: Vec<CountryCode>,
}

/// What a name stands for; indexes into the [`World`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Place {
    Country(usize),
    Region(usize),
}

/// One way to write a place.
#[derive(Debug, Clone)]
pub(crate) struct Name {
    pub(crate) text: String,
    /// `None` for a name that holds a place's name and is none (`New England`): it hides the
    /// shorter one.
    pub(crate) place: Option<Place>,
    /// Counts only in items of this language, or of an unknown one; `None`: in all. Names in
    /// scripts of their own need none.
    language: Option<String>,
    spelling: Spelling,
}

/// What a text must look like for a name to count, now that case is folded away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spelling {
    /// As it comes.
    Any,
    /// At least one of its words with its capital: `turkey` and `polish` are no places.
    Capital,
    /// All capitals: `US` and not `us`.
    Capitals,
}

/// Every country and region with every name.
#[derive(Debug, Clone)]
pub(crate) struct World {
    pub(crate) countries: Vec<Country>,
    pub(crate) regions: Vec<Region>,
    pub(crate) names: Vec<Name>,
    /// Folded name or id to what an operator means by it.
    by_name: HashMap<String, Vec<Place>>,
}

impl World {
    /// What is compiled in.
    pub(crate) fn builtin() -> &'static Self {
        static WORLD: LazyLock<World> = LazyLock::new(load::load);
        &WORLD
    }

    /// The region itself and all that it is a part of.
    pub(crate) fn with_ancestors(&self, region: usize) -> Vec<usize> {
        let mut found = vec![region];
        let mut next = 0;
        while let Some(&region) = found.get(next) {
            for &parent in &self.regions[region].parents {
                if !found.contains(&parent) {
                    found.push(parent);
                }
            }
            next += 1;
        }
        found
    }

    /// Adds an operator's region; where one of that name is known, its names and the regions
    /// that it is a part of are added to that one.
    pub(crate) fn add_region(
        &mut self,
        id: RegionId,
        names: &[&str],
        parents: Vec<usize>,
        lands: Vec<CountryCode>,
    ) {
        let name = names.first().copied().unwrap_or_default();
        let index = if let Some(Place::Region(known)) = self.find_region(name) {
            let parents = parents.into_iter().filter(|parent| *parent != known);
            self.regions[known].parents.extend(parents);
            known
        } else {
            self.list(&id.0, Place::Region(self.regions.len()));
            self.regions.push(Region { id, name: name.to_owned(), parents, lands });
            self.regions.len() - 1
        };
        for name in names {
            self.add_name(name, Some(Place::Region(index)), None);
        }
    }

    fn add_name(&mut self, text: &str, place: Option<Place>, language: Option<&str>) {
        let spelling = Spelling::of(text);
        if let Some(place) = place {
            self.list(text, place);
        }
        let language = language.filter(|_| words::is_latin(text)).map(str::to_owned);
        self.names.push(Name { text: text.to_owned(), place, language, spelling });
    }
}

/// Letters of an abbreviation at most: `UNCLOS` is one, `MALAYSIA` a name that is shouted.
const ABBREVIATION_LETTERS_MAX: usize = 6;

impl Spelling {
    /// What a name's own spelling asks for.
    fn of(name: &str) -> Self {
        let letters = || name.chars().filter(|c| c.is_alphabetic());
        if !letters().any(char::is_uppercase) {
            return Self::Any;
        }
        let short = letters().count() <= ABBREVIATION_LETTERS_MAX;
        if short && letters().all(char::is_uppercase) { Self::Capitals } else { Self::Capital }
    }
}

impl Name {
    /// Whether the name, found as `written` in an item of `language`, counts.
    pub(crate) fn counts(&self, written: &str, language: Option<&str>) -> bool {
        let spoken = match (&self.language, language.map(primary)) {
            (None, _) => true,
            (Some(of), Some(spoken)) => spoken.eq_ignore_ascii_case(of),
            // In a language that is not known, three capitals may be anything.
            (Some(_), None) => self.spelling != Spelling::Capitals,
        };
        let mut words =
            written.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        spoken
            && match self.spelling {
                Spelling::Any => true,
                Spelling::Capital => words.any(|word| word.starts_with(char::is_uppercase)),
                Spelling::Capitals => !written.chars().any(char::is_lowercase),
            }
    }
}

/// The language of a tag without region and script. Source: BCP 47.
fn primary(tag: &str) -> &str {
    tag.split(['-', '_']).next().unwrap_or(tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_counts_as_its_spelling_and_language_ask() {
        #[track_caller]
        fn check(
            name: &str,
            of: Option<&str>,
            written: &str,
            language: Option<&str>,
            expected: bool,
        ) {
            let name = Name {
                text: name.into(),
                place: None,
                language: of.map(str::to_owned),
                spelling: Spelling::of(name),
            };
            assert_eq!(name.counts(written, language), expected, "{written}");
        }
        check("Turkey", None, "Turkey", None, true);
        check("Turkey", None, "TURKEY", None, true);
        check("Turkey", None, "turkey", None, false);
        check("US", None, "US", None, true);
        check("US", None, "Us", None, false);
        check("U.S.", None, "u.s.", None, false);
        check("East and South China Seas", None, "East and South China seas", None, true);
        check("South China Sea", None, "south china sea", None, false);
        check("cross-strait", None, "cross-strait", None, true);
        check("尖閣諸島", None, "尖閣諸島", Some("en"), true);
        check("mer de Chine", Some("fr"), "mer de Chine", Some("fr-CA"), true);
        check("mer de Chine", Some("fr"), "mer de Chine", None, true);
        check("mer de Chine", Some("fr"), "mer de Chine", Some("en"), false);
        check("UE", Some("fr"), "UE", Some("fr"), true);
        check("UE", Some("fr"), "UE", None, false);
    }

    #[test]
    fn a_part_is_a_part_of_all_that_holds_it() {
        let world = World::builtin();
        let Some(Place::Region(senkaku)) = world.find_region("Diaoyu Islands") else {
            panic!("no Senkaku Islands")
        };
        let ids: Vec<&str> = world
            .with_ancestors(senkaku)
            .into_iter()
            .map(|region| world.regions[region].id.0.as_str())
            .collect();
        assert_eq!(ids, ["senkaku-islands", "east-china-sea", "pacific-ocean"]);
    }
}
