//! Reads `data/` into the [`World`].
//!
//! The files are ours and a test reads every row, so a broken row is a broken build: `expect`.

use std::borrow::Cow;
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Index;
use std::rc::Rc;

use super::inflect::{self, Endings, endings};
use super::reading::{Rules, Switched};
use super::tongue::Languages;
use super::{
    Country, CountryCode, Name, Place, Region, RegionId, Spelling, Stems, Via, World, primary,
};

const COUNTRIES: &str = include_str!("data/countries.tsv");
const COUNTRY_NAMES: &str = include_str!("data/country_names.tsv");
const NEWS_NAMES: &str = include_str!("data/news_names.tsv");
const ADJECTIVES: &str = include_str!("data/adjectives.tsv");
const METONYMS: &str = include_str!("data/metonyms.tsv");
const CAPITALS: &str = include_str!("data/capitals.tsv");
const CITIES: &str = include_str!("data/cities.tsv");
const FIRST_LEVEL: &str = include_str!("data/first_level.tsv");
const HAN_PAIRS: &str = include_str!("data/han_pairs.tsv");
const REGIONS: &str = include_str!("data/regions.tsv");
const REGION_NAMES: &str = include_str!("data/region_names.tsv");
const SHADOWS: &str = include_str!("data/shadows.txt");
const STEM_SHADOWS: &str = include_str!("data/stem_shadows.tsv");

/// Kinds of regions that lie in countries, or are made of them, rather than beside them.
const ON_LAND: [&str; 3] = ["land-region", "disputed", "bloc"];
/// Countries that a region on land may touch to be a part of the first of them.
const PART_OF_MAX: usize = 2;

/// A row of a table.
#[derive(Debug)]
pub(super) struct Row {
    /// The names of the columns, which all rows of a table share.
    head: Rc<[&'static str]>,
    cells: Vec<&'static str>,
}

impl Row {
    /// Each column with its cell.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.head.iter().copied().zip(self.cells.iter().copied())
    }
}

impl Index<&str> for Row {
    type Output = &'static str;

    /// The cell of a column; ours and tested, so it is there.
    fn index(&self, column: &str) -> &&'static str {
        let at = self.head.iter().position(|it| *it == column).expect("a column of the table");
        &self.cells[at]
    }
}

pub(super) fn load() -> World {
    let mut world = World {
        countries: Vec::new(),
        regions: Vec::new(),
        names: Vec::new(),
        endings: endings().lists.clone(),
        languages: Languages::default(),
        rules: Rules::default(),
        by_name: HashMap::new(),
    };
    let codes = world.load_countries();
    let mut loader = Loader { world: &mut world, codes, endings: endings() };
    loader.names_of_countries();
    loader.adjectives();
    loader.metonyms();
    loader.parts();
    loader.han_pairs();
    world.load_regions();
    world.load_shadows();
    world.load_rules();
    world.merge_names();
    world.languages.settle();
    world
}

impl World {
    /// The countries with their English names; the index of each by its code.
    fn load_countries(&mut self) -> HashMap<&'static str, usize> {
        let mut codes = HashMap::new();
        for row in rows(COUNTRIES) {
            let index = self.countries.len();
            let place = Place::Country(index);
            let (alpha2, name) = (row["alpha2"], row["name"]);
            codes.insert(alpha2, index);
            self.countries
                .push(Country { code: CountryCode(alpha2.to_owned()), name: name.to_owned() });
            self.list(alpha2, place);
            self.list(row["alpha3"], place);
            for form in [name, row["other_names"]].into_iter().flat_map(forms) {
                self.add_name(form, Some(place), None);
            }
            for form in forms(row["adjectives"]) {
                let combining = form.strip_suffix('-');
                let text = combining.unwrap_or(form);
                self.push_name(text, Some(place), Via::Name, None, Stems::None);
                if let (Some(_), Some(name)) = (combining, self.names.last_mut()) {
                    name.spelling = Spelling::Combining;
                }
            }
            for form in forms(row["metonyms"]) {
                self.push_name(form, Some(place), Via::Metonym, None, Stems::None);
            }
        }
        codes
    }

    fn load_regions(&mut self) {
        let first = self.regions.len();
        let ids: HashMap<&str, usize> =
            rows(REGIONS).enumerate().map(|(index, row)| (row["id"], first + index)).collect();
        for row in rows(REGIONS) {
            let list =
                |column: &str| row[column].split(',').map(str::trim).filter(|it| !it.is_empty());
            let is_on_land = ON_LAND.contains(&row["kind"]);
            let countries: Vec<CountryCode> =
                list("countries").map(|code| CountryCode(code.to_owned())).collect();
            let lands = if is_on_land { countries.clone() } else { Vec::new() };
            let is_part = row["kind"] != "bloc" && lands.len() <= PART_OF_MAX;
            let country = lands.first().filter(|_| is_part).cloned();
            self.regions.push(Region {
                id: RegionId(row["id"].to_owned()),
                name: row["name_en"].to_owned(),
                parents: list("parents").map(|parent| ids[parent]).collect(),
                countries,
                lands,
                country,
            });
            self.list(row["id"], Place::Region(self.regions.len() - 1));
            self.names_of_region(&row);
        }
        for row in rows(REGION_NAMES) {
            let (language, place) = (row["language"], Place::Region(ids[row["id"]]));
            let stems = marked(endings(), language, "noun");
            for form in forms(row["names"]) {
                let is_stem = form.split(' ').any(|word| word.ends_with('-'));
                if !is_stem {
                    self.list(form, place);
                }
                self.push_name(form, Some(place), Via::Name, Some(primary(language)), stems);
            }
        }
    }

    fn names_of_region(&mut self, row: &Row) {
        let place = Place::Region(self.regions.len() - 1);
        let needs_context: HashSet<(&str, &str)> = tagged(row["ctx_forms"]).collect();
        let english = [row["name_en"], row["aliases_en"]].into_iter().flat_map(forms);
        let english = english.map(|form| ("en", form));
        let others =
            row.iter().filter_map(|(column, value)| Some((column.strip_prefix("n_")?, value)));
        let others =
            others.flat_map(|(language, value)| forms(value).map(move |form| (language, form)));
        for (language, form) in english.chain(others).chain(tagged(row["other_langs"])) {
            if needs_context.contains(&(language, form)) || form.ends_with(')') {
                continue;
            }
            let language = primary(language);
            let foreign = (language != "en").then_some(language);
            self.list(form, place);
            let stems = if ["ru", "uk"].contains(&language) {
                Stems::Derived(language)
            } else {
                Stems::None
            };
            self.push_name(form, Some(place), Via::Name, foreign, stems);
            for case in inflect::cases(form, language) {
                self.push_name(case, Some(place), Via::Name, foreign, Stems::None);
            }
        }
    }

    /// How ambiguous names are read; a form that a rule gives to a place becomes its name, unless it
    /// is known as one, or as its capital or a part of it (ワシントン names no country).
    fn load_rules(&mut self) {
        let place_of = |code: &str| {
            let region = || self.regions.iter().position(|region| region.id.0 == code);
            let country = self.countries.iter().position(|country| country.code.0 == code);
            country.map(Place::Country).or_else(|| region().map(Place::Region))
        };
        let (rules, switched) = Rules::read(place_of);
        let is_known = |name: &&Name| name.languages.is_none() || name.via != Via::Name;
        let known: HashSet<(Cow<'static, str>, Place)> = self
            .names
            .iter()
            .filter(is_known)
            .filter_map(|name| Some((name.text.clone(), name.place?)))
            .collect();
        for Switched { form, place, languages } in switched {
            if known.contains(&(form.into(), place)) {
                continue;
            }
            // Where its languages are listed it is a name in each, and in no other: Island is
            // Iceland in German and Danish, and no country in English.
            let is_everywhere = languages.iter().any(|it| ["*", "en"].contains(it));
            let of = languages.iter().map(|it| Some(primary(it))).filter(|_| !is_everywhere);
            for language in of.chain(is_everywhere.then_some(None)) {
                self.push_name(form, Some(place), Via::Name, language, Stems::None);
            }
        }
        self.rules = rules;
    }

    fn load_shadows(&mut self) {
        let shadows = SHADOWS.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        for shadow in shadows {
            self.push_name(shadow, None, Via::Name, None, Stems::None);
        }
        for row in rows(STEM_SHADOWS) {
            let language = row["language"];
            for form in forms(row["forms"]) {
                let stems = marked(endings(), language, "noun");
                self.push_name(form, None, Via::Name, Some(language), stems);
            }
        }
    }
}

impl World {
    /// Makes one name of those that differ in their languages alone. What is inflected becomes a
    /// name of its own beside its nominative, which many languages share.
    fn merge_names(&mut self) {
        let mut known = HashMap::new();
        for name in std::mem::take(&mut self.names) {
            let is_inflected = matches!(name.stems, Stems::Derived(_) | Stems::Possessive(_));
            let nominative = is_inflected.then(|| Name { stems: Stems::None, ..name.clone() });
            for name in nominative.into_iter().chain([name]) {
                let Name { place, via, stems, needs_marks, spelling, .. } = name;
                let key = (name.text.clone(), place, via, stems, needs_marks, spelling);
                match known.entry(key) {
                    Entry::Vacant(entry) => {
                        entry.insert(self.names.len());
                        self.names.push(name);
                    }
                    Entry::Occupied(entry) => {
                        let languages = &mut self.names[*entry.get()].languages;
                        let both = languages.zip(name.languages);
                        *languages = both.map(|(one, other)| one | other);
                    }
                }
            }
        }
        self.names.shrink_to_fit();
    }
}

/// Adds the names of countries.
struct Loader<'w> {
    world: &'w mut World,
    codes: HashMap<&'static str, usize>,
    endings: &'static Endings,
}

impl Loader<'_> {
    fn place(&self, row: &Row) -> Place {
        Place::Country(self.codes[row["alpha2"]])
    }

    /// Names in other languages, in all their cases. A language writes as English does what no
    /// row gives otherwise: it may inflect that too (Polish: Iranu).
    fn names_of_countries(&mut self) {
        // A row of kind `noun` says all that may be inflected.
        let by_hand: HashSet<(&str, &str)> = rows(ADJECTIVES)
            .filter(|row| row["kind"] == "noun")
            .map(|row| (row["alpha2"], row["language"]))
            .collect();
        let mut named = HashSet::new();
        for row in rows(COUNTRY_NAMES).chain(rows(NEWS_NAMES)) {
            let (alpha2, language) = (row["alpha2"], row["language"]);
            named.insert((alpha2, primary(language)));
            let stems = self.derived(by_hand.contains(&(alpha2, language)), language);
            for form in forms(row["names"]) {
                let place = self.place(&row);
                self.world.list(form, place);
                self.world.push_name(form, Some(place), Via::Name, Some(primary(language)), stems);
            }
        }
        let languages: HashSet<&'static str> =
            rows(COUNTRY_NAMES).map(|row| row["language"]).collect();
        for row in rows(COUNTRIES) {
            let unnamed = languages.iter().filter(|it| !named.contains(&(row["alpha2"], **it)));
            for language in unnamed.copied().collect::<Vec<_>>() {
                let stems = self.derived(by_hand.contains(&(row["alpha2"], language)), language);
                if stems != Stems::None {
                    let place = Some(self.place(&row));
                    self.world.push_name(row["name"], place, Via::Name, Some(language), stems);
                }
            }
        }
    }

    fn derived(&self, by_hand: bool, language: &'static str) -> Stems {
        let language = primary(language);
        if !by_hand && self.endings.derives(language) {
            return Stems::Derived(language);
        }
        self.endings.possessive(language).map_or(Stems::None, Stems::Possessive)
    }

    fn adjectives(&mut self) {
        for row in rows(ADJECTIVES) {
            let (language, place) = (row["language"], self.place(&row));
            let stems = marked(self.endings, language, row["kind"]);
            for form in forms(row["forms"]) {
                self.world.push_name(form, Some(place), Via::Name, Some(primary(language)), stems);
            }
        }
    }

    /// Capitals and seats of power.
    fn metonyms(&mut self) {
        for row in rows(METONYMS) {
            let (language, place) = (row["language"], self.place(&row));
            let stems = marked(self.endings, language, "noun");
            let foreign = (language != "en").then(|| primary(language));
            for form in forms(row["forms"]) {
                self.world.push_name(form, Some(place), Via::Metonym, foreign, stems);
            }
        }
        for row in rows(CAPITALS) {
            let (language, place) = (row["language"], self.place(&row));
            let stems = self.derived(false, language);
            for form in forms(row["names"]) {
                let language = Some(primary(language));
                self.world.push_name(form, Some(place), Via::Metonym, language, stems);
            }
        }
    }

    /// Cities and first-level regions.
    fn parts(&mut self) {
        for row in rows(CITIES).filter(|row| row["kind"] == "city").chain(rows(FIRST_LEVEL)) {
            let place = self.place(&row);
            let others = tagged(row["other"]).map(|(language, form)| (primary(language), form));
            for (language, form) in std::iter::once(("en", row["name"])).chain(others) {
                // In brackets: to be shown, never looked for.
                if form.ends_with(')') {
                    continue;
                }
                let foreign = (language != "en").then_some(language);
                let stems = self.derived(false, language);
                self.world.push_name(form, Some(place), Via::Part, foreign, stems);
            }
        }
    }

    /// The national characters of headlines: all pairs of them, and what only looks like one.
    fn han_pairs(&mut self) {
        let mut chars: BTreeMap<&str, Vec<(&str, &str)>> = BTreeMap::new();
        let mut seen = HashSet::new();
        for row in rows(HAN_PAIRS) {
            let (language, form) = (row["language"], row["form"]);
            match row["kind"] {
                "char" => {
                    chars.entry(language).or_default().push((form, row["alpha2s"]));
                    continue;
                }
                "not" => self.compound(language, form, &[]),
                _ => self.compound(language, form, &row["alpha2s"].split(',').collect::<Vec<_>>()),
            }
            seen.insert((language, form.to_owned()));
        }
        for (language, chars) in chars {
            for (one, code) in &chars {
                for (other, other_code) in chars.iter().filter(|(other, _)| other != one) {
                    let pair = format!("{one}{other}");
                    if seen.insert((language, pair.clone())) {
                        self.compound(language, &pair, &[code, other_code]);
                    }
                }
            }
        }
    }

    /// A compound of headlines, which names these countries in this language only.
    fn compound(&mut self, language: &'static str, form: &str, codes: &[&str]) {
        let mut places: Vec<Option<Place>> =
            codes.iter().map(|code| Some(Place::Country(self.codes[code]))).collect();
        if places.is_empty() {
            places.push(None);
        }
        for place in places {
            self.world.push_name(form.to_owned(), place, Via::Name, None, Stems::None);
            let tag = self.world.languages.tag(language);
            if let Some(name) = self.world.names.last_mut() {
                name.languages = Some(tag);
            }
        }
    }
}

/// Forms whose words may be stems.
fn marked(endings: &Endings, language: &'static str, kind: &'static str) -> Stems {
    match (endings.inner(language), endings.list(language, kind)) {
        (Some(inner), Some(last)) => Stems::Marked { inner, last },
        _ => Stems::None,
    }
}

/// The rows of a table with a head.
pub(super) fn rows(table: &'static str) -> impl Iterator<Item = Row> {
    let mut lines = table.lines();
    let head: Rc<[&str]> = lines.next().unwrap_or_default().split('\t').collect();
    lines.map(move |line| {
        let cells: Vec<&str> = line.split('\t').collect();
        assert_eq!(cells.len(), head.len(), "a row of the gazetteer is broken: {line}");
        Row { head: Rc::clone(&head), cells }
    })
}

/// `one|two`.
fn forms(value: &'static str) -> impl Iterator<Item = &'static str> {
    value.split('|').map(str::trim).filter(|form| !form.is_empty())
}

/// `zh-Hans:one|two ; ko:three`.
fn tagged(value: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let groups = value.split(" ; ").filter_map(|group| group.split_once(':'));
    groups.flat_map(|(language, list)| forms(list).map(move |form| (language.trim(), form)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_data_is_read() {
        let world = World::builtin();
        assert_eq!(world.countries.len(), 250, "ISO 3166-1 and Kosovo");
        assert_eq!(world.regions.len(), 465);
        assert!(world.names.len() > 80_000, "{}", world.names.len());
        for country in &world.countries {
            let CountryCode(code) = &country.code;
            assert!(code.len() == 2 && code.bytes().all(|it| it.is_ascii_uppercase()), "{code}");
        }
        for region in &world.regions {
            assert!(
                region.lands.iter().all(|land| world.countries.iter().any(|it| it.code == *land)),
                "{}",
                region.id
            );
        }
        for name in &world.names {
            assert_eq!(name.text.trim(), name.text);
            assert!(!name.text.contains(['|', ';', '#']), "{}", name.text);
            assert!(name.patterns().iter().all(|pieces| !pieces.is_empty()), "{}", name.text);
        }
    }

    #[test]
    fn a_form_that_needs_context_has_rules_or_is_left_out() {
        let world = World::builtin();
        let written = |text: &str| world.names.iter().any(|name| name.text == text);
        assert!(written("东中国海") && written("東シナ海"));
        assert!(written("东海") && world.is_ambiguous("东海"));
        assert!(!written("Sea of Japan (East Sea)"));
    }
}
