//! Terms as operators write them: words, phrases, beginnings, words together, and what they weigh.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error as _, IgnoredAny, MapAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};

use super::query;
use crate::text::pattern::{self, Piece};

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

/// What a watch can look for: a term, or words that stand together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Sought {
    Term(Term),
    /// `"joint patrol"~4`: all words `within` words of each other in one field, in any order.
    Together {
        words: Vec<String>,
        within: usize,
    },
}

/// An entry of a watch's `terms`: `"incursion"`, or `{ term = "incursion", weight = 2 }`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Weighted {
    pub(crate) sought: Sought,
    /// What its hits weigh is multiplied by this.
    pub(crate) weight: f64,
}

/// A number above 0 and at most `MAX`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Amount<const MAX: u16>(pub(crate) f64);

/// Bytes of one term.
const TERM_BYTES_MAX: usize = 200;
/// Letters or digits before a `*`, lest one term match half of all words.
const PREFIX_LETTERS_MIN: usize = 2;
/// What a term may weigh.
const WEIGHT_MAX: u16 = 100;

impl Term {
    /// Reads a term, or says what is wrong with it.
    pub(super) fn parse(written: &str) -> Result<Self, String> {
        let trimmed = written.trim();
        if trimmed.len() > TERM_BYTES_MAX {
            return Err(format!("a term has at most {TERM_BYTES_MAX} bytes"));
        }
        if is_nearness(trimmed) {
            return Err(
                "words together (`\"…\"~n`) are for `terms` and `exclude` of a watch".into()
            );
        }
        let (phrase, open) = match trimmed.strip_prefix('"') {
            Some(quoted) => match quoted.strip_suffix('"') {
                Some(phrase) => (phrase, false),
                None => return Err(format!("`{trimmed}` opens a quote and does not close it")),
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

    /// The term as a path of tokens.
    pub(super) fn pattern(&self) -> Vec<Piece> {
        if self.open { pattern::open(&self.phrase) } else { pattern::whole(&self.phrase) }
    }
}

/// Whether a term is of the form `"…"~…`.
fn is_nearness(trimmed: &str) -> bool {
    let quoted = trimmed.strip_prefix('"').and_then(|quoted| quoted.split_once('"'));
    quoted.is_some_and(|(_, after)| after.starts_with('~'))
}

impl Sought {
    /// Reads a term or words together, or says what is wrong with them.
    pub(super) fn parse(written: &str) -> Result<Self, String> {
        let trimmed = written.trim();
        if trimmed.len() <= TERM_BYTES_MAX && is_nearness(trimmed) {
            return query::together(trimmed)
                .map(|(words, within)| Self::Together { words, within });
        }
        Term::parse(trimmed).map(Self::Term)
    }
}

/// What people call it: without the quotes of a phrase, so that one term has one name in lists and
/// in queries.
impl fmt::Display for Sought {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Term(Term { phrase, open, .. }) => {
                write!(f, "{phrase}{}", if *open { "*" } else { "" })
            }
            Self::Together { words, within } => write!(f, "\"{}\"~{within}", words.join(" ")),
        }
    }
}

impl<'de> Deserialize<'de> for Term {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AsText { parse: Self::parse, name: "the term of a topic" })
    }
}

impl<'de> Deserialize<'de> for Sought {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AsText { parse: Self::parse, name: "what is excluded" })
    }
}

/// Reads what has no weight, from text. It is parsed in here, where an error knows its place.
struct AsText<T> {
    parse: fn(&str) -> Result<T, String>,
    /// What is read, for those who give it a weight.
    name: &'static str,
}

impl<'de, T> Visitor<'de> for AsText<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a word, a phrase or a `prefix*`")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<T, E> {
        (self.parse)(text).map_err(E::custom)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<T, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Err(A::Error::custom(format!("{} has no weight: write it as text", self.name)))
    }
}

impl<'de> Deserialize<'de> for Weighted {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        /// `{ term = "incursion", weight = 2 }`
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Table {
            /// Parsed later: a wrong one is told once, and not missed as well.
            term: Option<String>,
            weight: Option<Amount<WEIGHT_MAX>>,
        }

        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Weighted;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a word, a phrase, a `prefix*` or `{ term = \"…\", weight = 2 }`")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Weighted, E> {
                let sought = Sought::parse(text).map_err(E::custom)?;
                Ok(Weighted { sought, weight: 1.0 })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Weighted, A::Error> {
                let table = Table::deserialize(MapAccessDeserializer::new(map))?;
                let term = table.term.ok_or_else(|| A::Error::custom("missing `term`"))?;
                let sought = Sought::parse(&term).map_err(A::Error::custom)?;
                Ok(Weighted { sought, weight: table.weight.map_or(1.0, |it| it.0) })
            }
        }
        deserializer.deserialize_any(Either)
    }
}

impl<'de, const MAX: u16> Deserialize<'de> for Amount<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AsNumber<const MAX: u16>;
        impl<const MAX: u16> Visitor<'_> for AsNumber<MAX> {
            type Value = Amount<MAX>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "a number above 0 and at most {MAX}")
            }

            fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Amount<MAX>, E> {
                // What is not a number is in no range.
                if number > 0.0 && number <= f64::from(MAX) {
                    return Ok(Amount(number));
                }
                Err(E::invalid_value(Unexpected::Float(number), &self))
            }

            fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Amount<MAX>, E> {
                match u16::try_from(number) {
                    Ok(small @ 1..) if small <= MAX => Ok(Amount(f64::from(small))),
                    _ => Err(E::invalid_value(Unexpected::Signed(number), &self)),
                }
            }
        }
        deserializer.deserialize_any(AsNumber)
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
    fn words_may_stand_together() {
        #[track_caller]
        fn check(written: &str, name: &str) {
            assert_eq!(Sought::parse(written).expect("sought").to_string(), name, "{written}");
        }
        check(" \"joint patrol\"~4 ", "\"joint patrol\"~4");
        check("\" joint  air patrol \"~10", "\"joint air patrol\"~10");
        check("\"joint patrol\"", "joint patrol");
        check("drone*", "drone*");
    }

    #[test]
    fn what_is_no_term_is_told() {
        #[track_caller]
        fn check(written: &str, message: &str) {
            assert_eq!(Sought::parse(written), Err(message.to_owned()), "{written}");
        }
        check("", "`` has no letter or digit");
        check("*", "`*` has no letter or digit");
        check("a*", "`a*` needs at least 2 letters before its `*`");
        check("dro*ne", "`dro*ne`: a `*` stands at the end of a term");
        check("\"joint", "`\"joint` opens a quote and does not close it");
        check("\"joint\" patrol", "`\"joint\" patrol` opens a quote and does not close it");
        check(&"x".repeat(201), "a term has at most 200 bytes");
        check(&format!("\"x {}\"~2", "x".repeat(200)), "a term has at most 200 bytes");
        check("\"a b\"~", "`~` has no number of words from 1 to 50");
        check("\"a b\"~51", "`~51` has no number of words from 1 to 50");
        check("\"joint\"~4", "`~4` needs two words or more");
        check("\"a b c\"~1", "`~1` is too near for 3 words");
        check("\"joint patrol*\"~4", "`patrol*` is no whole word");
        check("\"a b\"~4 OR x", "`\"a b\"~4 OR x` is more than one term");
        check("\"a b\"~4 x", "there is no operator before `x`");
        let near = "words together (`\"…\"~n`) are for `terms` and `exclude` of a watch";
        assert_eq!(Term::parse("\"joint patrol\"~4"), Err(near.to_owned()));
    }
}
