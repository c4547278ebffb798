//! `[[watch]]`, `[[topic]]` and `[[region]]` as operators write them.

use std::fmt;

use serde::de::{Error as _, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use toml::Spanned;

use super::Field;
use crate::setting::{NOT_YET_BUILT, NotYetBuilt, Severity};
use crate::text::pattern::{self, Piece};

/// `[[watch]]` as an operator writes it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    /// What people call it.
    pub(crate) name: Option<Spanned<String>>,
    /// Its identity; a slug of the name where absent.
    pub(crate) id: Option<Spanned<String>>,
    /// How much its alerts matter.
    pub(crate) severity: Severity,
    /// Regions by name in any language, or id; their parts count too.
    pub(crate) regions: Vec<Spanned<String>>,
    /// Countries by name, or ISO 3166 alpha-2 or alpha-3.
    pub(crate) countries: Vec<Spanned<String>>,
    /// Topics by name.
    pub(crate) topics: Vec<Spanned<String>>,
    /// Words and phrases; `prefix*`.
    pub(crate) terms: Vec<Spanned<Term>>,
    /// One hit in one list, or a hit in each list that is given.
    #[serde(rename = "match")]
    pub(crate) mode: MatchMode,
    /// Words and phrases: never, whatever else is there.
    pub(crate) exclude: Vec<Spanned<Term>>,
    /// Where to look; everywhere where absent.
    pub(crate) fields: Vec<Field>,
    /// Feeds by name or id, or `tag:…`; all where absent.
    pub(crate) feeds: Option<Vec<Spanned<String>>>,
    /// Notifiers by name; all where absent.
    pub(crate) notify: Option<Vec<Spanned<String>>>,
    /// Run by `check` and before each reload.
    #[serde(rename = "test")]
    pub(crate) tests: Vec<Spanned<Test>>,
    /// The query language.
    pub(crate) query: Option<NotYetBuilt>,
    /// The score that is needed.
    pub(crate) threshold: Option<NotYetBuilt>,
    /// Languages.
    pub(crate) languages: Option<NotYetBuilt>,
    /// Cities count as mentions of their country.
    pub(crate) cities: Option<NotYetBuilt>,
    /// Article pages.
    pub(crate) full_text: Option<NotYetBuilt>,
    /// Owners that must report first.
    pub(crate) min_sources: Option<NotYetBuilt>,
    /// Alerts a day.
    pub(crate) budget: Option<NotYetBuilt>,
    /// Alert again on an edit.
    pub(crate) on_update: Option<NotYetBuilt>,
    /// Severity that grows with the story.
    pub(crate) escalate: Option<NotYetBuilt>,
    /// More mentions than usual.
    pub(crate) surge: Option<NotYetBuilt>,
}

/// `[[watch.test]]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Test {
    /// What an item says, in the first of the fields that the watch looks at.
    pub(crate) text: Option<String>,
    /// Whether the watch must match it.
    pub(crate) matches: Option<bool>,
}

/// `[[topic]]`: terms that have a name.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct TopicConfig {
    /// Its name: `undersea-cable`.
    pub(crate) name: Option<Spanned<String>>,
    /// Words and phrases; `prefix*`.
    pub(crate) terms: Vec<Spanned<Term>>,
}

/// `[[region]]`: a place of the operator's own.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RegionConfig {
    /// Its name.
    pub(crate) name: Option<Spanned<String>>,
    /// Other names, in any language.
    pub(crate) aliases: Vec<Spanned<String>>,
    /// Regions it is a part of.
    pub(crate) within: Vec<Spanned<String>>,
    /// Countries it touches.
    pub(crate) countries: Vec<Spanned<String>>,
}

/// How the lists of a watch are joined.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum MatchMode {
    /// One hit in one list is enough.
    #[default]
    Any,
    /// Each list that is given needs a hit.
    All,
}

/// A word, a phrase, or the beginning of one (`drone*`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Term {
    /// As it was written.
    pub(crate) written: String,
    /// Without the marks of the language it is written in.
    pub(crate) phrase: String,
    /// Whether the last word may go on.
    pub(crate) open: bool,
}

/// Bytes of one term.
const TERM_BYTES_MAX: usize = 200;
/// Letters or digits before a `*`, lest one term match half of all words.
const PREFIX_LETTERS_MIN: usize = 2;

impl Term {
    /// Reads a term, or says what is wrong with it.
    pub(super) fn parse(written: &str) -> Result<Self, String> {
        let trimmed = written.trim();
        if trimmed.len() > TERM_BYTES_MAX {
            return Err(format!("a term has at most {TERM_BYTES_MAX} bytes"));
        }
        let (phrase, open) = match trimmed.strip_prefix('"') {
            Some(quoted) => match quoted.rsplit_once('"') {
                Some((phrase, "")) => (phrase, false),
                Some((_, near)) if near.starts_with('~') => {
                    return Err(format!("proximity (`\"…\"~n`) {NOT_YET_BUILT}"));
                }
                _ => return Err(format!("`{trimmed}` opens a quote and does not close it")),
            },
            None => match trimmed.strip_suffix('*') {
                Some(prefix) => (prefix, true),
                None => (trimmed, false),
            },
        };
        let letters = phrase.chars().filter(|c| c.is_alphanumeric()).count();
        if letters == 0 {
            return Err(format!("`{trimmed}` has no letter or digit"));
        }
        if phrase.contains('*') {
            return Err(format!("`{trimmed}`: a `*` stands at the end of a term"));
        }
        // One ideograph is a word; one letter is not.
        if open && letters < PREFIX_LETTERS_MIN && phrase.is_ascii() {
            return Err(format!(
                "`{trimmed}` needs at least {PREFIX_LETTERS_MIN} letters before its `*`"
            ));
        }
        Ok(Self { written: trimmed.to_owned(), phrase: phrase.trim().to_owned(), open })
    }
}

impl Term {
    /// The term as a path of tokens.
    pub(super) fn pattern(&self) -> Vec<Piece> {
        if self.open { pattern::open(&self.phrase) } else { pattern::whole(&self.phrase) }
    }
}

impl<'de> Deserialize<'de> for Term {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AsText;
        impl<'de> Visitor<'de> for AsText {
            type Value = Term;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a word, a phrase or a `prefix*`")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Term, E> {
                Term::parse(text).map_err(E::custom)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Term, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Err(A::Error::custom(format!("a term with a weight {NOT_YET_BUILT}")))
            }
        }
        deserializer.deserialize_any(AsText)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_term_is_a_word_a_phrase_or_a_beginning() {
        #[track_caller]
        fn check(written: &str, phrase: &str, open: bool) {
            let term = Term::parse(written).expect("a term");
            assert_eq!((term.phrase.as_str(), term.open), (phrase, open), "{written}");
        }
        check("drone", "drone", false);
        check(" Freedom Edge ", "Freedom Edge", false);
        check("drone*", "drone", true);
        check("undersea cable*", "undersea cable", true);
        check("\"joint patrol\"", "joint patrol", false);
        check("尖*", "尖", true);
        check("C++", "C++", false);
    }

    #[test]
    fn what_is_no_term_is_told() {
        #[track_caller]
        fn check(written: &str, message: &str) {
            assert_eq!(Term::parse(written), Err(message.to_owned()), "{written}");
        }
        check("", "`` has no letter or digit");
        check("*", "`*` has no letter or digit");
        check("a*", "`a*` needs at least 2 letters before its `*`");
        check("dro*ne", "`dro*ne`: a `*` stands at the end of a term");
        check("\"joint patrol\"~4", "proximity (`\"…\"~n`) is not yet built");
        check("\"joint", "`\"joint` opens a quote and does not close it");
        check(&"x".repeat(201), "a term has at most 200 bytes");
    }
}
