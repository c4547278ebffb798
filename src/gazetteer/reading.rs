//! Which place a name means, and whether it means one at all.
//!
//! Most names mean one place wherever they stand. The others have rows in `data/ambiguous.tsv`: how
//! far the name is to be trusted by itself, and the evidence that moves that trust: its
//! neighbours, capitals, other places in the item, cue words. A reading counts from
//! [`COUNTS_FROM`] on. No country is ever left out: each has a way to be believed.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use super::cues::{BEINGS, CALLED, LOCAL_CUES, PLACE_KINDS, STATES, TITLES, YEARS};
use super::load::rows;
use super::{Casing, Place, World, is_kin, key, primary};
use crate::text::hash::{Hashes, hash};
use crate::text::pattern::parts;
use crate::text::tokens::{Kind, Token};

const AMBIGUOUS: &str = include_str!("data/ambiguous.tsv");
const GIVEN_NAMES: &str = include_str!("data/given_names.txt");
const SURNAMES: &str = include_str!("data/surnames.txt");

/// The trust that a reading needs to count.
pub(crate) const COUNTS_FROM: f64 = 0.5;
/// Another name of the same country, one that is sure, stands in the item.
const SUPPORTED: f64 = 0.6;
/// Another country stands beside it: “Algeria and Mali”.
const BESIDE: f64 = 0.3;
/// A cue word of the reading, or against it, stands in the item.
const CUE: f64 = 0.5;
/// A surname follows what is also a given name.
const GIVEN: f64 = 0.6;
/// A given name or a title stands before what is also a surname.
const SURNAME: f64 = 0.8;
/// A state follows what is also a town, or the item is of local news.
const TOWN: f64 = 0.6;
/// What is also a word has no capital of its own.
const WORD: f64 = 0.4;

/// A row of `data/ambiguous.tsv`.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    languages: Vec<&'static str>,
    /// `None`: a place that is none of ours, or none at all.
    pub(super) place: Option<Place>,
    trust: f64,
    not_after: Vec<Phrase>,
    not_before: Vec<Phrase>,
    flags: Vec<&'static str>,
    cues: Vec<Phrase>,
    against: Vec<Phrase>,
    /// In a text that is all small or all shouted: words before and after that make it count.
    only_after: Vec<Phrase>,
    only_before: Vec<Phrase>,
}

/// Folded words, or the characters of a script without words as one.
#[derive(Debug, Clone)]
pub(crate) struct Phrase {
    words: Vec<String>,
    /// Of the first of them.
    pub(crate) hash: u64,
}

/// What readings are judged by.
#[derive(Debug, Clone, Default)]
pub(super) struct Rules {
    rows: Vec<Rule>,
    /// Folded form to its rules.
    by_form: HashMap<String, Vec<usize>, Hashes>,
    given_names: HashSet<String, Hashes>,
    surnames: HashSet<String, Hashes>,
}

/// A folded text with what a judge needs to know of it.
pub(crate) struct Context<'c> {
    pub(crate) folded: &'c str,
    pub(crate) original: &'c str,
    pub(crate) tokens: &'c [Token],
    pub(crate) casing: Casing,
    /// Whether most of its words have a capital, as in the headlines of some papers.
    pub(crate) is_title_case: bool,
    /// The byte of the original at which a token begins.
    pub(crate) begins_at: &'c dyn Fn(usize) -> usize,
}

/// A name read as a place.
pub(crate) struct Reading<'r> {
    /// Folded.
    pub(crate) form: &'r str,
    pub(crate) place: Place,
    /// Indexes of its first and last token.
    pub(crate) tokens: (usize, usize),
}

/// What the rest of the item says to a reading.
pub(crate) struct Surroundings<'i> {
    /// Whether a cue stands in it.
    pub(crate) holds: &'i dyn Fn(&Phrase) -> bool,
    /// Whether it has another name of the same country, one that is sure.
    pub(crate) is_supported: &'i dyn Fn() -> bool,
    /// Whether another country stands next to the name.
    pub(crate) is_beside: &'i dyn Fn() -> bool,
}

impl Rules {
    /// Reads the rows; `place_of` finds a place by its code or id.
    pub(super) fn read(place_of: impl Fn(&str) -> Option<Place>) -> (Self, Vec<Switched>) {
        let names = |list: &'static str| list.lines().map(key).collect();
        let mut rules =
            Self { given_names: names(GIVEN_NAMES), surnames: names(SURNAMES), ..Self::default() };
        let mut switched = Vec::new();
        for row in rows(AMBIGUOUS) {
            let place = match row["place"] {
                "-" => None,
                code => Some(place_of(code).unwrap_or_else(|| panic!("no place `{code}`"))),
            };
            let languages: Vec<&'static str> = row["languages"].split(',').map(str::trim).collect();
            let index = rules.rows.len();
            for form in row["forms"].split('|').map(str::trim).filter(|form| !form.is_empty()) {
                rules.by_form.entry(key(form)).or_default().push(index);
                if let Some(place) = place {
                    switched.push(Switched { form, place, languages: languages.clone() });
                }
            }
            let (only_after, only_before) = only(row["only"]);
            rules.rows.push(Rule {
                languages,
                place,
                trust: row["trust"].parse().expect("a number"),
                not_after: phrases(row["not_after"]),
                not_before: phrases(row["not_before"]),
                flags: row["flags"].split(',').map(str::trim).collect(),
                cues: phrases(row["for"]),
                against: phrases(row["against"]),
                only_after,
                only_before,
            });
        }
        (rules, switched)
    }

    /// The rules of a name in an item of a language.
    fn of<'r>(&'r self, form: &str, language: Option<&'r str>) -> impl Iterator<Item = &'r Rule> {
        let found = self.by_form.get(form).map_or(&[][..], Vec::as_slice);
        found.iter().map(|index| &self.rows[*index]).filter(move |rule| rule.speaks(language))
    }

    /// Whether a folded form has rules at all.
    pub(super) fn has(&self, form: &str) -> bool {
        self.by_form.contains_key(form)
    }
}

/// A form that a rule gives to a place: it becomes a name of it.
pub(super) struct Switched {
    pub(super) form: &'static str,
    pub(super) place: Place,
    pub(super) languages: Vec<&'static str>,
}

impl Rule {
    fn speaks(&self, language: Option<&str>) -> bool {
        let Some(language) = language else { return true };
        self.languages.iter().any(|of| *of == "*" || is_kin(&super::KIN, of, primary(language)))
    }
}

impl World {
    /// Whether a folded form may mean something else.
    pub(crate) fn is_ambiguous(&self, form: &str) -> bool {
        self.rules.has(form)
    }

    /// How far a reading is to be trusted in an item of a language; `None` for a name without
    /// rules, which is sure.
    pub(crate) fn trust(
        &self,
        reading: &Reading<'_>,
        language: Option<&str>,
        context: &Context<'_>,
        item: &Surroundings<'_>,
    ) -> Option<f64> {
        let mut own: Option<f64> = None;
        let mut other = f64::MIN;
        for rule in self.rules.of(reading.form, language) {
            let mut trust = self.rules.judged(rule, reading.tokens, context, item.holds);
            if rule.place == Some(reading.place) {
                if trust > f64::MIN && trust < COUNTS_FROM + SUPPORTED && (item.is_supported)() {
                    trust += SUPPORTED;
                }
                if (COUNTS_FROM - BESIDE..COUNTS_FROM).contains(&trust) && (item.is_beside)() {
                    trust += BESIDE;
                }
                own = Some(own.unwrap_or(f64::MIN).max(trust));
            } else {
                other = other.max(trust);
            }
        }
        own.map(|own| if other > own && other >= COUNTS_FROM { f64::MIN } else { own })
    }
}

impl Rules {
    fn judged(
        &self,
        rule: &Rule,
        tokens: (usize, usize),
        context: &Context<'_>,
        holds: &dyn Fn(&Phrase) -> bool,
    ) -> f64 {
        let stands_after = |phrase: &Phrase| context.ends_before(tokens.0, phrase);
        let stands_before = |phrase: &Phrase| context.begins_after(tokens.1, phrase);
        if rule.not_after.iter().any(stands_after) || rule.not_before.iter().any(stands_before) {
            return f64::MIN;
        }
        let only = || {
            rule.only_after.iter().any(stands_after) || rule.only_before.iter().any(stands_before)
        };
        if context.is_called(tokens.0) {
            return f64::MIN;
        }
        let has = |flag| rule.flags.contains(&flag);
        let mut trust = rule.trust;
        let flat = match context.casing {
            Casing::Lower => has("lower"),
            Casing::Upper => has("caps"),
            Casing::Mixed => false,
        };
        if flat {
            trust = if only() { trust.max(COUNTS_FROM) } else { 0.0 };
        }
        let is_given = || self.surname_follows(tokens.1, context) || context.age_follows(tokens.1);
        if has("given") && is_given() {
            trust -= GIVEN;
        }
        if has("surname") && self.given_name_precedes(tokens.0, context) {
            trust -= SURNAME;
        }
        if has("town") && (context.state_follows(tokens.1) || LOCAL_PHRASES.iter().any(holds)) {
            trust -= TOWN;
        }
        if has("word") && !flat && context.capital_says_nothing(tokens.0) {
            trust -= WORD;
        }
        if rule.cues.iter().any(holds) {
            trust += CUE;
        }
        if rule.against.iter().any(holds) {
            trust -= CUE;
        }
        trust
    }

    /// Whether what follows looks like a surname.
    fn surname_follows(&self, last: usize, context: &Context<'_>) -> bool {
        let Some(next) = context.word(last + 1) else { return false };
        if context.tokens[last].end + 1 != context.tokens[last + 1].start {
            return false;
        }
        if self.surnames.contains(next) {
            return context.casing != Casing::Mixed || context.is_capital(last + 1);
        }
        context.casing == Casing::Mixed
            && !context.is_title_case
            && context.is_capital(last + 1)
            && !PLACE_KINDS.contains(&next)
            && !self.given_names.contains(next)
    }

    /// Whether what precedes looks like a given name, an initial or a title.
    fn given_name_precedes(&self, first: usize, context: &Context<'_>) -> bool {
        let Some(before) = first.checked_sub(1) else { return false };
        let token = context.tokens[before];
        if token.kind == Kind::Mark {
            // `J. Holland`, `Dr. German`
            let Some(word) = before.checked_sub(1).and_then(|it| context.word(it)) else {
                return false;
            };
            return token.of(context.folded) == "." && (word.len() == 1 || TITLES.contains(&word));
        }
        let word = token.of(context.folded);
        let is_name = self.given_names.contains(word) || TITLES.contains(&word);
        is_name && (context.casing != Casing::Mixed || context.is_capital(before))
    }
}

impl Context<'_> {
    /// The word at an index; `None` for a mark.
    fn word(&self, index: usize) -> Option<&str> {
        let token = self.tokens.get(index).filter(|token| token.kind != Kind::Mark)?;
        Some(token.of(self.folded))
    }

    fn is_capital(&self, index: usize) -> bool {
        let at = (self.begins_at)(self.tokens[index].start);
        self.original[at..].starts_with(char::is_uppercase)
    }

    /// Whether a phrase ends directly before a token.
    fn ends_before(&self, first: usize, phrase: &Phrase) -> bool {
        let Some(from) = first.checked_sub(phrase.words.len()) else { return false };
        self.is_at(from, phrase)
    }

    /// Whether a phrase begins directly after a token.
    fn begins_after(&self, last: usize, phrase: &Phrase) -> bool {
        self.is_at(last + 1, phrase)
    }

    fn is_at(&self, from: usize, phrase: &Phrase) -> bool {
        let words = &phrase.words;
        let Some(tokens) = self.tokens.get(from..from + words.len()) else { return false };
        tokens.iter().zip(words).all(|(token, word)| token.of(self.folded) == word)
    }

    /// Whether a phrase stands anywhere in the text.
    pub(crate) fn holds(&self, phrase: &Phrase) -> bool {
        let tokens = self.tokens.iter().enumerate();
        let starts = tokens.filter(|(_, token)| token.hash == phrase.hash);
        starts.map(|(index, _)| index).any(|index| self.is_at(index, phrase))
    }

    /// `, Pa.`, `, N.Y.` or `, Indiana` after a token.
    fn state_follows(&self, last: usize) -> bool {
        if !self.comma_follows(last) {
            return false;
        }
        let Some(word) = self.word(last + 2) else { return false };
        let is_dotted = || {
            let letters = [word, self.word(last + 4).unwrap_or_default()];
            let dots = [self.mark(last + 3), self.mark(last + 5)];
            dots == [".", "."] && STATES.contains(&letters.concat().as_str())
        };
        STATES.contains(&word) || is_dotted()
    }

    /// `, 34,` or `, 90 ans` after a token: a person's age.
    fn age_follows(&self, last: usize) -> bool {
        if !self.comma_follows(last) {
            return false;
        }
        let number = self.word(last + 2).unwrap_or_default();
        let is_age = (1..=2).contains(&number.len()) && number.bytes().all(|c| c.is_ascii_digit());
        let says_so = || self.word(last + 3).is_some_and(|word| YEARS.contains(&word));
        is_age && ([",", "."].contains(&self.mark(last + 3)) || says_so())
    }

    fn comma_follows(&self, last: usize) -> bool {
        self.mark(last + 1) == ","
    }

    /// The mark at an index; nothing where a word or no token is.
    fn mark(&self, index: usize) -> &str {
        let token = self.tokens.get(index).filter(|token| token.kind == Kind::Mark);
        token.map_or("", |token| token.of(self.folded))
    }

    /// Whether a person or an animal is called so: “a dog named …”.
    fn is_called(&self, first: usize) -> bool {
        let Some(named) = first.checked_sub(1) else { return false };
        let called = || self.word(named).is_some_and(|word| CALLED.contains(&word));
        let who = || named.checked_sub(1).and_then(|it| self.word(it)).unwrap_or_default();
        called() && BEINGS.contains(&who())
    }

    /// Whether a word has its capital, or lacks it, for another reason than being a name.
    fn capital_says_nothing(&self, first: usize) -> bool {
        if self.casing != Casing::Mixed || self.is_title_case {
            return true;
        }
        let Some(before) = first.checked_sub(1) else { return true };
        let mark = self.tokens[before];
        mark.kind == Kind::Mark && [".", "!", "?", ":", "\""].contains(&mark.of(self.folded))
    }
}

impl Phrase {
    /// The words of a text; `None` where it has none.
    fn of(text: &str) -> Option<Self> {
        let words = parts(text);
        let hash = hash(words.first()?.as_bytes());
        Some(Self { words, hash })
    }
}

/// `a|b c`, folded.
fn phrases(list: &'static str) -> Vec<Phrase> {
    let phrases = list.split('|').map(str::trim).filter(|phrase| !phrase.is_empty());
    phrases.filter_map(Phrase::of).collect()
}

/// `<the|<in the|>president`: what may stand before, and after.
fn only(list: &'static str) -> (Vec<Phrase>, Vec<Phrase>) {
    let of = |mark: char| {
        let marked = list.split('|').filter_map(move |it| it.trim().strip_prefix(mark));
        marked.flat_map(|it| it.split(',')).filter_map(Phrase::of).collect()
    };
    (of('<'), of('>'))
}

static LOCAL_PHRASES: LazyLock<Vec<Phrase>> =
    LazyLock::new(|| LOCAL_CUES.iter().filter_map(|cue| Phrase::of(cue)).collect());
