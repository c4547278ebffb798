//! From what an operator wrote to the place that is meant.

use super::{Place, World, key};
use crate::problem::nearest;

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
