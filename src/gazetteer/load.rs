//! Reads `data/` into the [`World`].
//!
//! The files are ours and a test reads every row, so a broken row is a broken build: `expect`.

use std::collections::HashMap;

use super::{Country, CountryCode, Place, Region, RegionId, World};

const COUNTRIES: &str = include_str!("data/countries.tsv");
const COUNTRY_NAMES: &str = include_str!("data/country_names.tsv");
const NEWS_NAMES: &str = include_str!("data/news_names.tsv");
const REGIONS: &str = include_str!("data/regions.tsv");
const SHADOWS: &str = include_str!("data/shadows.txt");

/// Kinds of regions that lie in countries, rather than beside them.
const ON_LAND: [&str; 2] = ["land-region", "disputed"];

pub(super) fn load() -> World {
    let mut world = World {
        countries: Vec::new(),
        regions: Vec::new(),
        names: Vec::new(),
        by_name: HashMap::new(),
    };
    world.load_countries();
    world.load_regions();
    let shadows = SHADOWS.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    for shadow in shadows {
        world.add_name(shadow, None, None);
    }
    world
}

impl World {
    fn load_countries(&mut self) {
        let mut by_code = HashMap::new();
        for row in rows(COUNTRIES) {
            let place = Place::Country(self.countries.len());
            let (alpha2, alpha3, name) = (row["alpha2"], row["alpha3"], row["name"]);
            by_code.insert(alpha2, place);
            self.countries
                .push(Country { code: CountryCode(alpha2.to_owned()), name: name.to_owned() });
            self.list(alpha2, place);
            self.list(alpha3, place);
            let columns = [name, row["other_names"], row["adjectives"], row["metonyms"]];
            for form in columns.into_iter().flat_map(forms) {
                self.add_name(form, Some(place), None);
            }
        }
        for row in rows(COUNTRY_NAMES).chain(rows(NEWS_NAMES)) {
            let place = by_code[row["alpha2"]];
            for form in forms(row["names"]) {
                self.add_name(form, Some(place), Some(row["language"]));
            }
        }
    }

    fn load_regions(&mut self) {
        let first = self.regions.len();
        let ids: HashMap<&str, usize> =
            rows(REGIONS).enumerate().map(|(index, row)| (row["id"], first + index)).collect();
        for row in rows(REGIONS) {
            let place = Place::Region(self.regions.len());
            let list =
                |column: &str| row[column].split(',').map(str::trim).filter(|it| !it.is_empty());
            let lands = list("countries").filter(|_| ON_LAND.contains(&row["kind"]));
            self.regions.push(Region {
                id: RegionId(row["id"].to_owned()),
                name: row["name_en"].to_owned(),
                parents: list("parents").map(|parent| ids[parent]).collect(),
                lands: lands.map(|code| CountryCode(code.to_owned())).collect(),
            });
            self.list(row["id"], place);
            let needs_context: Vec<(&str, &str)> = tagged(row["ctx_forms"]).collect();
            let english = [row["name_en"], row["aliases_en"]].into_iter().flat_map(forms);
            let english = english.map(|form| ("en", form));
            let others =
                row.iter().filter_map(|(column, value)| Some((column.strip_prefix("n_")?, *value)));
            let others =
                others.flat_map(|(language, value)| forms(value).map(move |form| (language, form)));
            for (language, form) in english.chain(others).chain(tagged(row["other_langs"])) {
                if needs_context.contains(&(language, form)) || form.ends_with(')') {
                    continue;
                }
                let foreign = (language != "en").then(|| super::primary(language));
                self.add_name(form, Some(place), foreign);
            }
        }
    }
}

/// The rows of a table with a head, as column to value.
fn rows(table: &'static str) -> impl Iterator<Item = HashMap<&'static str, &'static str>> {
    let mut lines = table.lines();
    let head: Vec<&str> = lines.next().unwrap_or_default().split('\t').collect();
    lines.map(move |line| {
        let values: Vec<&str> = line.split('\t').collect();
        assert_eq!(values.len(), head.len(), "a row of the gazetteer is broken: {line}");
        head.iter().copied().zip(values).collect()
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
        assert!(world.names.len() > 14_000, "{}", world.names.len());
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
        }
    }

    #[test]
    fn a_form_that_needs_context_is_left_out() {
        let names = &World::builtin().names;
        let written = |text: &str| names.iter().any(|name| name.text == text);
        assert!(written("东中国海") && written("東シナ海"));
        assert!(!written("东海") && !written("東海") && !written("Sea of Japan (East Sea)"));
    }
}
