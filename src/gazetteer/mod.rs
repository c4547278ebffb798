//! The world: countries and regions with their names, and how to find one by any of them.
//!
//! [`World::builtin`] is read from the text under `data/`, which is compiled in; an operator's
//! own regions are added to a copy. A [`Name`] says what it stands for and what a text must look
//! like for it to count; finding names in texts is the work of `watch`.

mod cues;
mod inflect;
mod load;
mod reading;
mod resolve;
mod tongue;

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::ops::Range;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

pub(crate) use reading::{COUNTS_FROM, Context, Phrase, Reading, Surroundings};

use crate::text::fold::fold;
use crate::text::pattern::{self, Piece};
use crate::text::tokens;

pub(crate) use resolve::Fit;
pub(crate) use tongue::{Tags, Tongue};

use tongue::Languages;

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
    /// Countries that it lies in, borders or is claimed by.
    pub(crate) countries: Vec<CountryCode>,
    /// Lands it lies in, whose names in its own are mentions of them all the same: “eastern
    /// Ukraine” is one of Ukraine. Empty for seas: “East China Sea” is no mention of China.
    pub(crate) lands: Vec<CountryCode>,
    /// The one country that it is a part of, as Donbas is of Ukraine; none for what several
    /// claim or share.
    pub(crate) country: Option<CountryCode>,
}

/// What a name stands for; indexes into the [`World`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Place {
    Country(usize),
    Region(usize),
}

/// How a name leads to its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Via {
    /// It is the place's own: a name, an abbreviation, an adjective, a demonym.
    Name,
    /// A capital or a seat of power that stands for the government: “Beijing said”.
    Metonym,
    /// A city or a first-level region of the country.
    Part,
}

/// One way to write a place.
#[derive(Debug, Clone)]
pub(crate) struct Name {
    pub(crate) text: Cow<'static, str>,
    /// `None` for a name that holds a place's name and is none (`New England`): it hides the
    /// shorter one.
    pub(crate) place: Option<Place>,
    pub(crate) via: Via,
    /// Endings that its last word may take, and its other words, where they are inflected.
    stems: Stems,
    /// Counts only in items of these languages, or of an unknown one; `None`: in all. Names in
    /// scripts of their own need none.
    pub(crate) languages: Option<Tags>,
    /// Whether a text that has marks must have those of the name.
    needs_marks: bool,
    spelling: Spelling,
}

/// How the words of a name are inflected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Stems {
    /// Not at all.
    None,
    /// Words of the text that end in a hyphen are stems that take these lists of
    /// [`World::endings`].
    Marked { inner: u16, last: u16 },
    /// As the nouns of this language, in the cases that are not the name itself: what is taken off
    /// their ends stands in its row `strip`.
    Derived(&'static str),
    /// By an ending of possession alone: Chinas, Kinas.
    Possessive(u16),
}

/// What a text must look like for a name to count, now that case is folded away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Spelling {
    /// As it comes.
    Any,
    /// At least one of its words with its capital: `turkey` and `polish` are no places.
    Capital,
    /// All capitals: `US` and not `us`.
    Capitals,
    /// With its capital, and only before a hyphen: `Franco-German`.
    Combining,
}

/// How the letters of a text are cased.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Casing {
    /// As it is written.
    Mixed,
    /// No capital anywhere: a feed that writes all small.
    Lower,
    /// Nothing but capitals: a shouted headline.
    Upper,
}

/// Every country and region with every name.
#[derive(Debug, Clone)]
pub(crate) struct World {
    pub(crate) countries: Vec<Country>,
    pub(crate) regions: Vec<Region>,
    pub(crate) names: Vec<Name>,
    /// Folded endings, each list sorted; what patterns' tails refer to.
    pub(crate) endings: Vec<Vec<String>>,
    languages: Languages,
    /// How names that mean several things are read.
    rules: reading::Rules,
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
            let name = name.to_owned();
            let countries = lands.clone();
            self.regions.push(Region { id, name, parents, countries, lands, country: None });
            self.regions.len() - 1
        };
        for name in names {
            self.add_name(name, Some(Place::Region(index)), None);
        }
    }

    /// Adds a place's own name, and makes it known to operators.
    fn add_name(&mut self, text: &str, place: Option<Place>, language: Option<&'static str>) {
        if let Some(place) = place {
            self.list(text, place);
        }
        self.push_name(text.to_owned(), place, Via::Name, language, Stems::None);
    }

    fn push_name(
        &mut self,
        text: impl Into<Cow<'static, str>>,
        place: Option<Place>,
        via: Via,
        language: Option<&'static str>,
        stems: Stems,
    ) {
        let text = text.into();
        let is_han = |language: &str| ["zh", "ja"].contains(&language);
        let language = language.filter(|it| tokens::is_latin(&text) || is_han(it));
        let spelling = Spelling::of(&text);
        // Vietnamese tells words apart by marks that folding takes away: Bỉ is Belgium, and bị a
        // particle.
        let needs_marks = language == Some("vi");
        let languages = language.map(|it| self.languages.tag(it));
        self.names.push(Name { text, place, via, stems, languages, needs_marks, spelling });
    }

    /// What an item's language lets count; `other` is what it may be in as well, where nobody
    /// said its language.
    pub(crate) fn tongue(&self, language: Option<&str>, other: Option<&str>) -> Tongue {
        self.languages.tongue(language, other)
    }

    /// The languages in which a name is read in an item that may be in one of `spoken`; one that
    /// is a name in all of them, in each of these.
    pub(crate) fn read_in<'l>(
        &self,
        name: Option<Tags>,
        spoken: impl Iterator<Item = &'l str>,
    ) -> Vec<Option<&'l str>> {
        let read = match name {
            Some(tags) => self.languages.read_in(tags, spoken),
            None => spoken.collect(),
        };
        if read.is_empty() { vec![None] } else { read.into_iter().map(Some).collect() }
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

impl Casing {
    /// The casing of a text; a few letters say nothing.
    pub(crate) fn of(text: &str) -> Self {
        /// Letters that can be capitals, below which a text counts as mixed.
        const LETTERS_MIN: usize = 12;
        let (mut upper, mut lower) = (0_usize, 0_usize);
        for c in text.chars() {
            upper += usize::from(c.is_uppercase());
            lower += usize::from(c.is_lowercase());
            if upper > 0 && lower > 0 {
                return Self::Mixed;
            }
        }
        match (upper, lower) {
            (0, lower) if lower >= LETTERS_MIN => Self::Lower,
            (upper, 0) if upper >= LETTERS_MIN => Self::Upper,
            _ => Self::Mixed,
        }
    }
}

impl Name {
    /// Its patterns: one; of cases none or more.
    pub(crate) fn patterns(&self) -> Vec<Vec<Piece>> {
        match self.stems {
            Stems::None => vec![pattern::whole(&self.text)],
            Stems::Marked { inner, last } => {
                let (inner, last) = (pattern::Tail::Endings(inner), pattern::Tail::Endings(last));
                vec![pattern::stems(&self.text, inner, last)]
            }
            Stems::Possessive(list) => {
                let mut possessive = pattern::open(&self.text);
                if let Some(Piece::Stem(_, tail)) = possessive.last_mut() {
                    *tail = pattern::Tail::Endings(list);
                }
                vec![possessive]
            }
            Stems::Derived(language) => inflect::derived(&self.text, language),
        }
    }

    /// Whether the name counts in an item of a language.
    pub(crate) fn speaks(&self, tongue: Tongue) -> bool {
        let is_abbreviation = self.spelling == Spelling::Capitals;
        self.languages
            .is_none_or(|tags| tongue.lets(tags, is_abbreviation, || self.is_unmistakable()))
    }

    /// Whether the name, found as `written` in a text of `casing`, is spelled as it asks.
    pub(crate) fn is_spelled(&self, written: &str, casing: Casing) -> bool {
        let mut words =
            written.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        self.has_its_marks(written)
            && match (self.spelling, casing) {
                (Spelling::Any, _) | (Spelling::Capital | Spelling::Combining, Casing::Lower) => {
                    true
                }
                (Spelling::Capital | Spelling::Combining, _) => {
                    words.any(|word| word.starts_with(char::is_uppercase)) || written == self.text
                }
                (Spelling::Capitals, _) => !written.chars().any(char::is_lowercase),
            }
    }

    /// Whether it counts only before a hyphen: “Indo-”, “Sino-”.
    pub(crate) fn is_prefix(&self) -> bool {
        self.spelling == Spelling::Combining
    }

    /// Whether a name is long enough to be itself in whatever language a text is.
    fn is_unmistakable(&self) -> bool {
        /// Letters from which on a capital word is hardly another language's.
        const LETTERS_MIN: usize = 7;
        self.spelling == Spelling::Capital && self.text.chars().count() >= LETTERS_MIN
    }

    /// Whether what is beside a name leaves it one: タイ is no part of タイトル, Franco is French
    /// only before a hyphen, and the Arabic س of the future stands before verbs alone.
    pub(crate) fn stands_alone(&self, text: &str, range: &Range<usize>) -> bool {
        if self.spelling == Spelling::Combining {
            return text[range.end..].starts_with(['-', '\u{2010}', '\u{2011}', '\u{2013}']);
        }
        let first = self.text.chars().next().is_some_and(tokens::is_katakana);
        let last = self.text.chars().next_back().is_some_and(tokens::is_katakana);
        let before = text[..range.start].chars().next_back();
        if before == Some('س') {
            return false;
        }
        let before = before.is_some_and(tokens::is_katakana);
        let after = text[range.end..].chars().next().is_some_and(tokens::is_katakana);
        !(first && before || last && after)
    }

    fn has_its_marks(&self, written: &str) -> bool {
        if !self.needs_marks || written.is_ascii() {
            return true;
        }
        let plain = |text: &str| text.to_lowercase();
        let normal = icu_normalizer::ComposingNormalizer::new_nfc();
        normal.normalize(&plain(written)) == normal.normalize(&plain(&self.text))
    }
}

/// The language of a tag without region and script. Source: BCP 47.
fn primary(tag: &str) -> &str {
    tag.split(['-', '_']).next().unwrap_or(tag)
}

/// Languages that are the same by two names, or written alike.
const KIN: [&[&str]; 4] =
    [&["no", "nb", "nn"], &["hr", "sr", "bs", "sh"], &["id", "ms"], &["fil", "tl"]];
/// Languages that a short text may be taken for each other.
const NEIGHBOURS: [&[&str]; 8] = [
    &["es", "pt", "gl", "ca", "it", "fr", "ro"],
    &["de", "nl", "af"],
    &["sv", "da", "nb", "no"],
    &["cs", "sk"],
    &["sl", "hr", "sr", "bs"],
    &["fi", "et"],
    &["tr", "az", "uz"],
    &["lv", "lt"],
];

/// Whether a name of one language counts in an item that is said to be of the other.
fn is_kin(groups: &[&[&str]], one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
        || groups.iter().any(|kin| kin.contains(&one) && kin.contains(&other))
}

/// A name as it is compared.
fn key(name: &str) -> String {
    fold(name.trim()).as_str().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_counts_as_its_spelling_and_language_ask() {
        #[track_caller]
        fn check(
            name: &str,
            of: Option<&'static str>,
            written: &str,
            language: Option<&str>,
            expected: bool,
        ) {
            let mut languages = Languages::default();
            let name = Name {
                text: name.to_owned().into(),
                place: None,
                via: Via::Name,
                stems: Stems::None,
                languages: of.map(|tag| languages.tag(tag)),
                needs_marks: of == Some("vi"),
                spelling: Spelling::of(name),
            };
            languages.settle();
            let counts = name.speaks(languages.tongue(language, None))
                && name.is_spelled(written, Casing::Mixed);
            assert_eq!(counts, expected, "{written}");
        }
        check("Turkey", None, "Turkey", None, true);
        check("Turkey", None, "TURKEY", None, true);
        check("Turkey", None, "turkey", None, false);
        check("eSwatini", None, "eSwatini", None, true);
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
        check("Kina", Some("hr"), "Kina", Some("sr"), true);
        check("UE", Some("fr"), "UE", Some("fr"), true);
        check("UE", Some("fr"), "UE", None, false);
        check("Bỉ", Some("vi"), "Bỉ", Some("vi"), true);
        check("Bỉ", Some("vi"), "Bị", Some("vi"), false);
    }

    #[test]
    fn a_text_that_is_all_small_or_all_shouted_is_told() {
        assert_eq!(Casing::of("china warns japan"), Casing::Lower);
        assert_eq!(Casing::of("CHINA WARNS JAPAN"), Casing::Upper);
        assert_eq!(Casing::of("China warns Japan"), Casing::Mixed);
        assert_eq!(Casing::of("UN"), Casing::Mixed);
        assert_eq!(Casing::of("東シナ海"), Casing::Mixed);
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
