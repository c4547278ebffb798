//! The words and marks that a query is made of.

use std::ops::Range;

use super::{Mistake, WITHIN_MAX};
use crate::problem::nearest;
use crate::watch::Field;

/// What other languages and keyboards, and TOML, have for quotes and brackets.
const FOREIGN_MARKS: [char; 12] = ['\'', '`', '‘', '’', '“', '”', '„', '«', '「', '『', '（', '＂'];

/// What stands before a `:`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    Region,
    Country,
    Topic,
    Language,
    Feed,
    /// The key of terms; all others are keys of names.
    Field(Field),
}

/// Every key as it is written.
const KEYS: [(&str, Key); 8] = [
    ("region", Key::Region),
    ("country", Key::Country),
    ("topic", Key::Topic),
    ("title", Key::Field(Field::Title)),
    ("summary", Key::Field(Field::Summary)),
    ("body", Key::Field(Field::Body)),
    ("lang", Key::Language),
    ("feed", Key::Feed),
];

impl Key {
    pub(super) fn name(self) -> &'static str {
        KEYS.iter().find(|(_, key)| *key == self).expect("every key is in the table").0
    }
}

/// A piece of a query.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token<'a> {
    pub(super) mark: Mark<'a>,
    /// All of it.
    pub(super) text: &'a str,
    /// Its first byte in the query's text.
    pub(super) start: usize,
}

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark<'a> {
    Open,
    Close,
    And,
    Or,
    Not,
    /// `NEAR/n`
    Near(usize),
    /// `title:`
    Key(Key),
    Word,
    /// `"inner"` or `"inner"~within`
    Quoted {
        inner: &'a str,
        within: Option<usize>,
    },
    End,
}

impl Token<'_> {
    pub(super) fn end(&self) -> usize {
        self.start + self.text.len()
    }

    pub(super) fn span(&self) -> Range<usize> {
        self.start..self.end()
    }
}

/// The next token of `text` from the byte `at` on.
///
/// `inside` is the key that holds there. Where `is_value`, the key stands right before, and what
/// looks like an operator is a name: `lang:or` is Odia, `country:AND` Andorra.
pub(super) fn token(
    text: &str,
    at: usize,
    inside: Option<Key>,
    is_value: bool,
) -> Result<Token<'_>, Mistake> {
    let rest = text[at..].trim_start();
    let start = text.len() - rest.len();
    let (mark, bytes) = match rest.chars().next() {
        None => Ok((Mark::End, 0)),
        Some('(') => Ok((Mark::Open, 1)),
        Some(')') => Ok((Mark::Close, 1)),
        Some('"') => quoted(rest),
        Some(_) => word(run(rest), inside, is_value && start == at),
    }
    .map_err(|mistake| {
        let Range { start: from, end: to } = mistake.span;
        Mistake { span: start + from..start + to, ..mistake }
    })?;
    Ok(Token { mark, text: &rest[..bytes], start })
}

/// Whether `text`, behind `key` or alone, reads as one word, and needs no quotes.
pub(super) fn is_word(text: &str, key: Option<Key>) -> bool {
    token(text, 0, key, key.is_some()).is_ok_and(|it| it.mark == Mark::Word && it.text == text)
}

/// What there is before a space, a bracket or a quote.
fn run(text: &str) -> &str {
    let end = text.find(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | '"'));
    &text[..end.unwrap_or(text.len())]
}

/// What starts with a quote: its mark and bytes, or a mistake with its place in `text`.
fn quoted(text: &str) -> Result<(Mark<'_>, usize), Mistake> {
    let Some((inner, after)) = text[1..].split_once('"') else {
        return Err(Mistake::new(0..text.len(), "the quote is not closed"));
    };
    let closed = inner.len() + 2;
    let marks = run(after);
    let end = closed + marks.len();
    if marks.starts_with('*') {
        let hint = format!("it stands in them: `\"{}*\"`", inner.trim());
        return Err(Mistake::new(closed..end, "the `*` stands behind the quotes").hint(hint));
    }
    let Some(number) = marks.strip_prefix('~') else {
        return Ok((Mark::Quoted { inner, within: None }, closed));
    };
    let within = words(number, marks).map_err(|it| Mistake { span: closed..end, ..it })?;
    Ok((Mark::Quoted { inner, within: Some(within) }, end))
}

/// What a run without spaces, brackets and quotes starts with, as [`quoted`].
fn word(text: &str, inside: Option<Key>, is_value: bool) -> Result<(Mark<'_>, usize), Mistake> {
    if !is_value && let Some(operator) = operator(text)? {
        return Ok((operator, text.len()));
    }
    if let Some(mark) = text.chars().next().filter(|mark| FOREIGN_MARKS.contains(mark)) {
        return Err(Mistake::new(0..mark.len_utf8(), format!("`{mark}` is no mark of a query"))
            .hint("quotes are `\"`, brackets `(` and `)`"));
    }
    if let Some((name, _)) = text.split_once(':') {
        match KEYS.iter().find(|(known, _)| *known == name) {
            Some((_, key)) => return Ok((Mark::Key(*key), name.len() + 1)),
            // `feed:tag:japan`
            None if inside == Some(Key::Feed) => {}
            None => return Err(unknown(name)),
        }
    }
    // Other tools leave out with a `-`; folding would drop it, and look for what is not wanted.
    match text.strip_prefix(['-', '!']) {
        Some(left_out) if matches!(inside, None | Some(Key::Field(_))) => {
            Err(Mistake::new(0..1, format!("`{}` leaves nothing out", &text[..1]))
                .hint(format!("write `NOT {left_out}`")))
        }
        _ => Ok((Mark::Word, text.len())),
    }
}

/// The operator that a word is, if it is one.
fn operator(text: &str) -> Result<Option<Mark<'_>>, Mistake> {
    let capitals = text.to_ascii_uppercase();
    // In small letters `near` alone is a word like any other.
    let number = capitals.strip_prefix("NEAR/").or((text == "NEAR").then_some(""));
    let (mark, name) = match (capitals.as_str(), number) {
        ("AND" | "&&", _) => (Mark::And, "AND"),
        ("OR" | "||", _) => (Mark::Or, "OR"),
        ("NOT", _) => (Mark::Not, "NOT"),
        (_, Some(number)) => (Mark::Near(words(number, text)?), capitals.as_str()),
        (_, None) => return Ok(None),
    };
    if text != name {
        return Err(Mistake::new(0..text.len(), format!("`{text}` is no operator"))
            .hint(format!("operators are written in capitals: `{name}`")));
    }
    Ok(Some(mark))
}

/// How many words `number` says, which stands in `written`.
fn words(number: &str, written: &str) -> Result<usize, Mistake> {
    let is_number = number.bytes().all(|byte| byte.is_ascii_digit());
    let words = number.parse().ok().filter(|it| is_number && (1..=WITHIN_MAX).contains(it));
    words.ok_or_else(|| {
        let message = format!("`{written}` has no number of words from 1 to {WITHIN_MAX}");
        Mistake::new(0..written.len(), message)
            .hint("`drone NEAR/5 navy` and `\"drone navy\"~5` have one")
    })
}

/// The mistake of a `:` behind what is no key.
fn unknown(name: &str) -> Mistake {
    let keys = KEYS.map(|(key, _)| key);
    let hint = match nearest(name, keys) {
        Some(key) => format!("there is a field `{key}:`"),
        None => format!(
            "there are `{}:`; any other word with a `:` stands in quotes",
            keys.join(":`, `")
        ),
    };
    Mistake::new(0..name.len() + 1, format!("unknown field `{name}:`")).hint(hint)
}
