//! Nouns in their cases, without a dictionary of forms.
//!
//! A nominative loses its ending (row `strip` of `data/endings.tsv`) and may take any ending of
//! its language's nouns; the words of a name that has several also those of adjectives and of the
//! plural: Южная Корея, Южной Корее, Фарерских островов. What is not inflected in a language stays
//! as it is.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::LazyLock;

use crate::text::pattern::{self, Piece, Tail};

const ENDINGS: &str = include_str!("data/endings.tsv");

/// Letters that a stem keeps at least.
const STEM_LETTERS_MIN: usize = 3;

/// What is known of every language that inflects.
pub(super) struct Endings {
    /// Each list sorted and folded.
    pub(super) lists: Vec<Vec<String>>,
    /// By language and kind.
    by_kind: HashMap<(&'static str, &'static str), u16>,
    /// By language: what nominatives lose, the longest first.
    strip: HashMap<&'static str, Vec<String>>,
    /// By language: what the words of a name of several lose, the longest first.
    strip_phrase: HashMap<&'static str, Vec<String>>,
    /// By language: nouns and adjectives together, in both numbers.
    inner: HashMap<&'static str, u16>,
}

/// The endings of all languages.
pub(super) fn endings() -> &'static Endings {
    static ENDINGS: LazyLock<Endings> = LazyLock::new(read);
    &ENDINGS
}

fn read() -> Endings {
    let mut rows: BTreeMap<(&'static str, &'static str), Vec<String>> = BTreeMap::new();
    for row in super::load::rows(ENDINGS) {
        let list = row["endings"].split('|');
        let list = list.map(|it| if it == "0" { String::new() } else { super::key(it) });
        rows.entry((row["language"], row["kind"])).or_default().extend(list);
    }
    let mut endings = Endings {
        lists: Vec::new(),
        by_kind: HashMap::new(),
        strip: HashMap::new(),
        strip_phrase: HashMap::new(),
        inner: HashMap::new(),
    };
    for ((language, kind), list) in &rows {
        if !kind.starts_with("strip") {
            let index = endings.push(list.clone());
            endings.by_kind.insert((language, kind), index);
        }
    }
    let languages: BTreeSet<&'static str> = rows.keys().map(|(language, _)| *language).collect();
    for language in languages {
        let of = |kind| rows.get(&(language, kind)).cloned().unwrap_or_default();
        let longest_first = |mut list: Vec<String>| {
            list.sort_by_key(|ending| Reverse(ending.len()));
            list
        };
        if rows.contains_key(&(language, "strip")) {
            let phrase = [of("strip"), of("strip_phrase")].concat();
            endings.strip.insert(language, longest_first(of("strip")));
            endings.strip_phrase.insert(language, longest_first(phrase));
        }
        // A nominative is one of the cases.
        let all = [of("noun"), of("adjective"), of("plural"), of("strip"), of("strip_phrase")];
        let index = endings.push(all.concat());
        endings.inner.insert(language, index);
    }
    endings
}

impl Endings {
    fn push(&mut self, mut list: Vec<String>) -> u16 {
        list.sort();
        list.dedup();
        self.lists.push(list);
        u16::try_from(self.lists.len() - 1).expect("a few hundred lists")
    }

    /// The list of a kind, or of the one that stands in for it.
    pub(super) fn list(&self, language: &'static str, kind: &'static str) -> Option<u16> {
        let stand_ins: &[&'static str] = match kind {
            "demonym" => &["demonym", "noun", "adjective"],
            "adjective" => &["adjective", "noun"],
            _ => &["noun"],
        };
        stand_ins.iter().find_map(|kind| self.by_kind.get(&(language, *kind)).copied())
    }

    /// What a word of a name that has several may take.
    pub(super) fn inner(&self, language: &'static str) -> Option<u16> {
        self.inner.get(language).copied()
    }

    /// What a noun takes that owns something, in languages without other cases.
    pub(super) fn possessive(&self, language: &'static str) -> Option<u16> {
        self.by_kind.get(&(language, "possessive")).copied().filter(|_| language != "en")
    }

    /// What the first word of a name of several may take as its article.
    fn article(&self, language: &'static str) -> Option<u16> {
        self.by_kind.get(&(language, "article")).copied()
    }

    /// Whether nominatives of the language are inflected by rule.
    pub(super) fn derives(&self, language: &'static str) -> bool {
        self.strip.contains_key(language) || self.article(language).is_some()
    }
}

/// The patterns of a name in all its cases, where it has any.
pub(super) fn derived(name: &str, language: &'static str) -> Vec<Vec<Piece>> {
    let all = endings();
    if let Some(article) = all.article(language) {
        return with_article(name, article).into_iter().collect();
    }
    let (Some(nouns), Some(inner)) = (all.list(language, "noun"), all.inner(language)) else {
        return Vec::new();
    };
    let mut pieces = pattern::whole(name);
    let is_phrase = pieces.len() > 1;
    let strips = if is_phrase { &all.strip_phrase } else { &all.strip };
    let Some(strip) = strips.get(language) else { return Vec::new() };
    let tail = Tail::Endings(if is_phrase { inner } else { nouns });
    let last = pieces.len().saturating_sub(1);
    let (mut changed, mut softer) = (false, None);
    for (index, piece) in pieces.iter_mut().enumerate() {
        let Piece::Whole(word) = piece else { continue };
        let Some(stem) = stem(word, strip, index == last, language) else { continue };
        if index == last {
            softer = softened(stem, &word[stem.len()..], language);
        }
        *piece = Piece::Stem(stem.to_owned(), tail);
        changed = true;
    }
    if !changed {
        return Vec::new();
    }
    let softer = softer.map(|stem| {
        let mut pieces = pieces.clone();
        pieces[last] = Piece::Stem(stem, Tail::Endings(nouns));
        pieces
    });
    std::iter::once(pieces).chain(softer).collect()
}

/// A name of several words with an article: Фарьорски острови, Фарьорските острови.
fn with_article(name: &str, article: u16) -> Option<Vec<Piece>> {
    let mut pieces = pattern::whole(name);
    let [Piece::Whole(first), _, ..] = pieces.as_slice() else { return None };
    pieces[0] = Piece::Stem(first.clone(), Tail::Endings(article));
    Some(pieces)
}

/// A stem as it is before some endings of the cases, where that differs: Afrika, v Africe; the
/// other way round in the plural, otoci, otoka. Source: the Slavic second palatalization.
fn softened(stem: &str, ending: &str, language: &str) -> Option<String> {
    let changes: &[(&str, &str)] = match (language, ending) {
        ("cs", "a") => &[("ch", "s"), ("h", "z"), ("k", "c"), ("g", "z")],
        ("pl", "a") => &[("ch", "sz"), ("k", "c"), ("g", "dz"), ("t", "c")],
        ("uk" | "sr", "а") => &[("к", "ц"), ("г", "з"), ("х", "с")],
        ("be", "а") => &[("к", "ц"), ("г", "з"), ("х", "с"), ("т", "ц"), ("д", "дз")],
        ("hr" | "bs" | "sr", "a") => &[("k", "c"), ("g", "z"), ("h", "s")],
        ("hr" | "bs" | "sr", "i") => &[("c", "k")],
        ("sr", "и") => &[("ц", "к")],
        _ => &[],
    };
    changes.iter().find_map(|(hard, soft)| Some(format!("{}{soft}", stem.strip_suffix(hard)?)))
}

/// A word without its ending; `None` for one that is not inflected.
fn stem<'w>(word: &'w str, strip: &[String], is_last: bool, language: &str) -> Option<&'w str> {
    // The neuter and the adjectives of a sea's name: Восточно-Китайское море.
    const EAST_SLAVIC: [&str; 6] = ["ое", "ее", "ии", "ыи", "е", "о"];
    let more: &[&str] = if matches!(language, "ru" | "uk" | "be") { &EAST_SLAVIC } else { &[] };
    let long_enough = |stem: &&str| stem.chars().count() >= STEM_LETTERS_MIN;
    let bare = |ending: &str| word.strip_suffix(ending).filter(|_| !ending.is_empty());
    let adjectives = more.iter().take(if is_last { 0 } else { 4 }).find_map(|it| bare(it));
    let nouns = || strip.iter().find_map(|it| bare(it));
    let neuter = || more.iter().skip(4).filter(|_| is_last).find_map(|it| bare(it));
    let ends_in_vowel = word.ends_with(|c| "aeiouyаеиоуыэюяіїєαεηιουωáéíóúöüő".contains(c));
    let as_it_is = || {
        let unchanged = strip.iter().any(String::is_empty);
        (unchanged && (!ends_in_vowel || glues(language))).then_some(word)
    };
    adjectives.or_else(nouns).or_else(neuter).or_else(as_it_is).filter(long_enough)
}

/// Further forms of a region's name where a rule for whole phrases says more than endings: the
/// German adjective before a sea (Schwarzes Meer, im Schwarzen Meer), and the Hebrew article,
/// which a preposition swallows (הים האדום, בים האדום).
pub(super) fn cases(name: &str, language: &str) -> Vec<String> {
    match language {
        "de" => {
            let Some((adjective, noun)) = name.rsplit_once("es ") else { return Vec::new() };
            let nouns = [noun.to_owned(), format!("{noun}es"), format!("{noun}s")];
            let endings = ["en", "e", "em"];
            let with = |ending: &str, noun: &String| format!("{adjective}{ending} {noun}");
            nouns.iter().flat_map(|noun| endings.iter().map(move |it| with(it, noun))).collect()
        }
        "he" if name.contains(' ') => {
            name.strip_prefix('ה').map(str::to_owned).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// Languages that put endings on any word, a final vowel or not.
fn glues(language: &str) -> bool {
    const LANGUAGES: [&str; 17] = [
        "et", "fi", "hu", "hy", "mn", "eu", "is", "ne", "bn", "te", "gu", "kn", "az", "kk", "ky",
        "uz", "tg",
    ];
    LANGUAGES.contains(&language)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_in_its_cases() {
        #[track_caller]
        fn check(name: &str, language: &'static str, expected: &str) {
            let piece = |piece: &Piece| match piece {
                Piece::Whole(text) => text.clone(),
                Piece::Stem(text, _) => format!("{text}-"),
            };
            let shown =
                |pieces: &Vec<Piece>| pieces.iter().map(piece).collect::<Vec<String>>().join(" ");
            let shown: Vec<String> = derived(name, language).iter().map(shown).collect();
            assert_eq!(shown.join(", "), expected, "{name}");
        }
        check("Китай", "ru", "кита-");
        check("Южная Корея", "ru", "южн- коре-");
        check("Иран", "ru", "иран-");
        check("Перу", "ru", "");
        check("Восточно-Китайское море", "ru", "восточно китаиск- мор-");
        check("Польща", "uk", "польщ-");
        check("Rosja", "pl", "rosj-");
        check("Japani", "fi", "japani-");
        check("Kína", "hu", "kina-");
        check("Китай", "bg", "");
        check("Фарьорски острови", "bg", "фарьорски- острови");
        check("Фарерские острова", "ru", "фарерск- остров-");
        check("Багамські Острови", "uk", "багамськ- остров-");
        check("Америка", "uk", "америк-, америц-");
        check("Wyspy Owcze", "pl", "wysp- owcz-");
        check("Středoafrická republika", "cs", "stredoafrick- republik-, stredoafrick- republic-");
        check("Farski otoci", "hr", "farsk- otoc-, farsk- otok-");
    }

    #[test]
    fn a_seas_name_is_found_after_a_preposition() {
        assert!(cases("Schwarzes Meer", "de").contains(&"Schwarzen Meer".to_owned()));
        assert!(cases("Schwarzes Meer", "de").contains(&"Schwarzen Meeres".to_owned()));
        assert_eq!(cases("הים האדום", "he"), ["ים האדום"]);
        assert!(cases("Nordsee", "de").is_empty() && cases("mar Negro", "es").is_empty());
    }
}
