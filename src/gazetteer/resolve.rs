//! From what an operator wrote to the place that is meant, and what is known of it.

use std::collections::BTreeMap;

use super::load::rows;
use super::{CountryCode, Place, World, key};
use crate::problem::nearest;

/// Read again where a person asks for a place's names by language, which a [`World`] forgets.
const COUNTRIES: &str = include_str!("data/countries.tsv");
const COUNTRY_NAMES: &str = include_str!("data/country_names.tsv");
const REGIONS: &str = include_str!("data/regions.tsv");

/// Letters that a search needs to find parts of names: two say enough in other scripts.
const SEARCH_LETTERS_MIN: usize = 3;

/// How well a place fits a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fit {
    /// One of its names, its id or its code is what was searched for.
    Exact,
    /// One of them holds it.
    Part,
}

impl World {
    /// Makes a place known to operators under a name or an id.
    pub(super) fn list(&mut self, name: &str, place: Place) {
        let places = self.by_name.entry(key(name)).or_default();
        if !places.contains(&place) {
            places.push(place);
        }
    }

    /// The country of that name in any language, or of that ISO 3166-1 code.
    ///
    /// Capitals and case aside: `Côte d'Ivoire`, `CN`, `jpn`, `日本`.
    pub(crate) fn find_country(&self, written: &str) -> Option<Place> {
        self.find(written, |place| matches!(place, Place::Country(_)))
    }

    /// The region of that id, or of that name in any language.
    pub(crate) fn find_region(&self, written: &str) -> Option<Place> {
        self.find(written, |place| matches!(place, Place::Region(_)))
    }

    fn find(&self, written: &str, is_wanted: fn(&Place) -> bool) -> Option<Place> {
        self.by_name.get(&key(written))?.iter().copied().find(is_wanted)
    }

    /// The places with an id, a code or a name in any language that is `written`, or holds it
    /// where it is long enough; the exact ones first.
    pub(crate) fn search(&self, written: &str) -> Vec<(Fit, Place)> {
        let key = key(written);
        let letters = key.chars().filter(|c| c.is_alphanumeric()).count();
        let is_long = letters >= SEARCH_LETTERS_MIN - usize::from(!key.is_ascii());
        let mut found: BTreeMap<Place, Fit> = BTreeMap::new();
        for (name, places) in &self.by_name {
            let fit = match name.contains(&key) {
                true if *name == key => Fit::Exact,
                true if is_long => Fit::Part,
                _ => continue,
            };
            for place in places {
                let best = found.entry(*place).or_insert(fit);
                *best = fit.min(*best);
            }
        }
        let mut found: Vec<_> = found.into_iter().map(|(place, fit)| (fit, place)).collect();
        found.sort_unstable();
        found
    }

    /// The regions that this one is a part of, one step up.
    pub(crate) fn parents(&self, region: usize) -> &[usize] {
        &self.regions[region].parents
    }

    /// The regions that are parts of a place, one step down.
    pub(crate) fn parts(&self, place: Place) -> Vec<usize> {
        let is_part = |region: &usize| match place {
            Place::Region(whole) => self.regions[*region].parents.contains(&whole),
            Place::Country(country) => {
                self.regions[*region].country.as_ref() == Some(&self.countries[country].code)
            }
        };
        (0..self.regions.len()).filter(is_part).collect()
    }

    /// The countries that a region lies in or touches; those of a bloc.
    pub(crate) fn countries_of(&self, region: usize) -> Vec<CountryCode> {
        let region = &self.regions[region];
        let row = rows(REGIONS).find(|row| row["id"] == region.id.0);
        let written = row.map(|row| row["countries"]).unwrap_or_default();
        let written = written.split(',').map(str::trim).filter(|code| !code.is_empty());
        let mut codes: Vec<_> = written.map(|code| CountryCode(code.to_owned())).collect();
        codes.extend(
            region.lands.iter().filter(|land| !codes.contains(land)).cloned().collect::<Vec<_>>(),
        );
        codes
    }

    /// The names of a place by language (BCP 47): English first, then the others as they are
    /// sorted; what an operator added stands under `own`.
    pub(crate) fn names_of(&self, place: Place) -> Vec<(&'static str, Vec<String>)> {
        let mut names: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
        let mut add = |language, forms: &str| {
            let known: &mut Vec<String> = names.entry(language).or_default();
            for form in forms.split('|').map(str::trim).filter(|form| !form.is_empty()) {
                if !known.iter().any(|it| it == form) {
                    known.push(form.to_owned());
                }
            }
        };
        match place {
            Place::Country(index) => {
                let code = self.countries[index].code.0.as_str();
                for row in rows(COUNTRIES).filter(|row| row["alpha2"] == code) {
                    add("en", row["name"]);
                    add("en", row["other_names"]);
                }
                for row in rows(COUNTRY_NAMES).filter(|row| row["alpha2"] == code) {
                    add(row["language"], row["names"]);
                }
            }
            Place::Region(index) => {
                let id = self.regions[index].id.0.as_str();
                for row in rows(REGIONS).filter(|row| row["id"] == id) {
                    add("en", row["name_en"]);
                    add("en", row["aliases_en"]);
                    for (column, forms) in row.iter() {
                        if let Some(language) = column.strip_prefix("n_") {
                            add(language, forms);
                        }
                    }
                    for group in row["other_langs"].split(" ; ") {
                        if let Some((language, forms)) = group.split_once(':') {
                            add(language.trim(), forms);
                        }
                    }
                }
            }
        }
        let builtin = Self::builtin().names.len();
        for name in self.names.iter().skip(builtin).filter(|name| name.place == Some(place)) {
            add("own", &name.text);
        }
        let mut names: Vec<_> = names.into_iter().filter(|(_, forms)| !forms.is_empty()).collect();
        names.sort_by_key(|(language, _)| (*language != "en", *language == "own", *language));
        names
    }

    /// What to say to an operator who wrote no country.
    pub(crate) fn country_hint(&self, written: &str) -> Option<String> {
        if let Some(Place::Region(region)) = self.find_region(written) {
            let name = &self.regions[region].name;
            return Some(format!("`{name}` is a region: it belongs in `regions`"));
        }
        let near = nearest(written, self.countries.iter().map(|country| country.name.as_str()))?;
        let country = self.countries.iter().find(|country| country.name == near)?;
        Some(format!("there is a country named `{near}` ({})", country.code.0))
    }

    /// What to say to an operator who wrote no region.
    pub(crate) fn region_hint(&self, written: &str) -> Option<String> {
        if let Some(Place::Country(country)) = self.find_country(written) {
            let name = &self.countries[country].name;
            return Some(format!("`{name}` is a country: it belongs in `countries`"));
        }
        let near = nearest(written, self.regions.iter().map(|region| region.name.as_str()))?;
        Some(format!("there is a region named `{near}`"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn country(written: &str) -> &'static str {
        let world = World::builtin();
        match world.find_country(written) {
            Some(Place::Country(country)) => &world.countries[country].code.0,
            _ => "-",
        }
    }

    fn region(written: &str) -> &'static str {
        let world = World::builtin();
        match world.find_region(written) {
            Some(Place::Region(region)) => &world.regions[region].id.0,
            _ => "-",
        }
    }

    #[test]
    fn a_country_is_found_by_code_and_by_name_in_any_language() {
        for written in ["JP", "jpn", "Japan", " japan ", "日本", "Japón", "Японія"] {
            assert_eq!(country(written), "JP", "{written}");
        }
        assert_eq!(country("USA"), "US");
        assert_eq!(country("us"), "US");
        assert_eq!(country("Côte d’Ivoire"), "CI");
        assert_eq!(country("Cote d'Ivoire"), "CI");
        assert_eq!(country("Korea"), "KR");
        assert_eq!(country("北朝鮮"), "KP");
        assert_eq!(country("Georgia"), "GE");
        assert_eq!(country("Atlantis"), "-");
        assert_eq!(country("East China Sea"), "-");
    }

    #[test]
    fn a_region_is_found_by_id_and_by_name_in_any_language() {
        for written in [
            "East China Sea",
            "east-china-sea",
            "east china sea",
            "東シナ海",
            "동중국해",
            "Ostchinesisches Meer",
        ] {
            assert_eq!(region(written), "east-china-sea", "{written}");
        }
        for written in ["Senkaku Islands", "Diaoyu", "尖閣諸島", "钓鱼岛", "Senkaku/Diaoyu Islands"]
        {
            assert_eq!(region(written), "senkaku-islands", "{written}");
        }
        assert_eq!(region("Indo-Pacific"), "indo-pacific");
        assert_eq!(region("Japan"), "-");
    }

    #[test]
    fn a_search_finds_names_that_hold_it_the_exact_ones_first() {
        let world = World::builtin();
        let ids = |written: &str| -> Vec<String> {
            let found = world.search(written).into_iter();
            let id = |(fit, place)| {
                let id = match place {
                    Place::Country(index) => &world.countries[index].code.0,
                    Place::Region(index) => &world.regions[index].id.0,
                };
                format!("{id}{}", if fit == Fit::Exact { "!" } else { "" })
            };
            found.map(id).collect()
        };
        assert_eq!(ids("閣諸島"), ["senkaku-islands"]);
        assert_eq!(ids("CN"), ["CN!"]);
        assert_eq!(ids("Côte d’Ivoire"), ["CI!"]);
        assert!(ids("EAST CHINA SEA").starts_with(&["east-china-sea!".into()]));
        assert!(ids("xyzzy").is_empty() && ids("").is_empty());
    }

    #[test]
    fn a_place_is_known_with_its_names_parts_and_countries() {
        let world = World::builtin();
        let Some(sea @ Place::Region(index)) = world.find_region("East China Sea") else {
            panic!("no East China Sea")
        };
        let parts = world.parts(sea);
        let ids: Vec<&str> = parts.iter().map(|part| world.regions[*part].id.0.as_str()).collect();
        assert!(ids.contains(&"senkaku-islands"), "{ids:?}");
        let codes = world.countries_of(index);
        assert_eq!(codes, ["CN", "JP", "KR", "TW"].map(|code| CountryCode(code.into())));
        let names = world.names_of(sea);
        assert_eq!((names[0].0, names[0].1[0].as_str()), ("en", "East China Sea"));
        let japanese = names.iter().find(|(language, _)| *language == "ja").expect("Japanese");
        assert_eq!(japanese.1[0], "東シナ海");
    }

    #[test]
    fn a_slip_is_told_what_was_meant() {
        let world = World::builtin();
        let country = |written| world.country_hint(written).unwrap_or_default();
        assert_eq!(country("Maly"), "there is a country named `Mali` (ML)");
        assert_eq!(
            country("South China Sea"),
            "`South China Sea` is a region: it belongs in `regions`"
        );
        assert_eq!(country("xyzzy"), "");
        let region = |written| world.region_hint(written).unwrap_or_default();
        assert_eq!(region("East Chinna Sea"), "there is a region named `East China Sea`");
        assert_eq!(region("Taiwan"), "`Taiwan` is a country: it belongs in `countries`");
        assert_eq!(region("xyzzy"), "");
    }
}
