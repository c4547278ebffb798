//! A folded text as tokens: words where a script parts them, single signs where it does not.
//!
//! Whole words are what a term means by default, so a word of Latin, Cyrillic, Arabic, Hangul, …
//! letters and digits is one token. In Han, Kana, Thai, Lao, Khmer, Burmese and Tibetan nothing
//! parts words; there each sign is a token, and a name counts wherever it stands. Everything
//! else that can be seen is a mark. Blanks are no tokens.

use icu_properties::CodePointMapData;
use icu_properties::props::{GeneralCategory, Script};

use super::hash::hash;
use super::pages::Pages;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A run of letters, digits and their marks.
    Word,
    /// One sign of a script without word bounds.
    Sign,
    /// Punctuation or a symbol.
    Mark,
}

/// A piece of a folded text; byte offsets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) kind: Kind,
    /// Of its bytes.
    pub(crate) hash: u64,
}

impl Token {
    pub(crate) fn of<'t>(&self, text: &'t str) -> &'t str {
        &text[self.start..self.end]
    }
}

/// The tokens of a folded text, in order. The time is linear in the length.
pub(crate) fn tokens(folded: &str) -> Vec<Token> {
    let mut found: Vec<Token> = Vec::with_capacity(folded.len() / 4 + 1);
    let mut at = 0;
    while at < folded.len() {
        let (class, length) = class_at(folded, at);
        let start = at;
        at += length;
        let kind = match class {
            Class::Blank => continue,
            Class::Of(kind) => kind,
            // A mark that joins (a virama, a vowel sign) goes on with what is before it.
            Class::Joins => match found.last_mut() {
                Some(last) if last.end == start => {
                    last.end = at;
                    continue;
                }
                _ => Kind::Word,
            },
        };
        if kind == Kind::Word {
            at = word_end(folded, at);
        }
        found.push(Token { start, end: at, kind, hash: 0 });
    }
    for token in &mut found {
        token.hash = hash(token.of(folded).as_bytes());
    }
    found
}

/// Where the word ends that holds what is before `at`.
fn word_end(folded: &str, mut at: usize) -> usize {
    while at < folded.len() {
        match class_at(folded, at) {
            (Class::Of(Kind::Word) | Class::Joins, length) => at += length,
            _ => break,
        }
    }
    at
}

/// What a character does in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Blank,
    /// It is one of this kind, or a part of one.
    Of(Kind),
    /// It belongs to what is before it.
    Joins,
}

impl Class {
    fn of(c: char) -> Self {
        match kind(c) {
            Some(kind) => Self::Of(kind),
            None if is_joined(c) => Self::Joins,
            None => Self::Blank,
        }
    }
}

static CLASSES: Pages<Class> = Pages::new(Class::of);
/// Those of ASCII, which most news is of.
const ASCII: [Class; 128] = {
    let mut classes = [Class::Blank; 128];
    let mut byte = 0_u8;
    while byte < 128 {
        classes[byte as usize] = match byte {
            b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => Class::Of(Kind::Word),
            c if c.is_ascii_whitespace() => Class::Blank,
            _ => Class::Of(Kind::Mark),
        };
        byte += 1;
    }
    classes
};

/// The class of the character at `at`, and its bytes.
fn class_at(text: &str, at: usize) -> (Class, usize) {
    if let Some(class) = ASCII.get(usize::from(text.as_bytes()[at])) {
        return (*class, 1);
    }
    let c = text[at..].chars().next().expect("`at` is before the end");
    (CLASSES.of(c), c.len_utf8())
}

/// The kind of token that a character beyond ASCII is of; `None` for blanks and for marks that join.
fn kind(c: char) -> Option<Kind> {
    // A vowel sign is a letter to Unicode, and never one of its own.
    if !is_common(c) && is_joined(c) {
        return None;
    }
    if is_unparted(c) {
        return Some(Kind::Sign);
    }
    if c.is_alphanumeric() {
        return Some(Kind::Word);
    }
    (!c.is_whitespace()).then_some(Kind::Mark)
}

/// Letters of the most frequent scripts, none of which joins another.
fn is_common(c: char) -> bool {
    matches!(c, '\u{c0}'..='\u{24f}' | '\u{3b1}'..='\u{3c9}' | '\u{430}'..='\u{45f}' | '\u{4e00}'..='\u{9fff}' | '\u{30a1}'..='\u{30fa}' | '\u{3041}'..='\u{3096}' | '\u{ac00}'..='\u{d7a3}')
}

/// Whether a character is of a script that does not part its words.
fn is_unparted(c: char) -> bool {
    match c {
        // By far the most frequent ones, and the long-vowel mark that both kana share.
        '\u{4e00}'..='\u{9fff}' | '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fa}' | 'ー' => true,
        '\u{0}'..='\u{dff}' | '\u{ac00}'..='\u{d7a3}' => false,
        _ => {
            const UNPARTED: [Script; 9] = [
                Script::Han,
                Script::Hiragana,
                Script::Katakana,
                Script::Bopomofo,
                Script::Thai,
                Script::Lao,
                Script::Khmer,
                Script::Myanmar,
                Script::Tibetan,
            ];
            c.is_alphabetic() && UNPARTED.contains(&script(c))
        }
    }
}

/// Whether a character never stands alone.
fn is_joined(c: char) -> bool {
    use GeneralCategory as Category;
    !c.is_ascii()
        && matches!(
            CodePointMapData::<Category>::new().get(c),
            Category::NonspacingMark | Category::SpacingMark | Category::EnclosingMark
        )
}

fn script(c: char) -> Script {
    if c.is_ascii() { Script::Latin } else { CodePointMapData::<Script>::new().get(c) }
}

/// Whether a text is of Latin letters (it has at least one).
pub(crate) fn is_latin(text: &str) -> bool {
    let is_latin = |c: char| script(c) == Script::Latin && c.is_alphabetic();
    text.chars().any(|c| if c.is_ascii() { c.is_ascii_alphabetic() } else { is_latin(c) })
}

/// Whether a character is of the Korean syllabary, where particles follow a word unparted.
pub(crate) fn is_hangul(c: char) -> bool {
    matches!(c, '\u{ac00}'..='\u{d7a3}' | '\u{1100}'..='\u{11ff}')
}

/// Whether a character is of the syllabary that Japanese writes foreign names in.
pub(crate) fn is_katakana(c: char) -> bool {
    matches!(c, '\u{30a1}'..='\u{30fa}' | 'ー')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_signs_and_marks_are_told_apart() {
        #[track_caller]
        fn check(text: &str, expected: &[&str]) {
            let found: Vec<&str> = tokens(text).iter().map(|token| token.of(text)).collect();
            assert_eq!(found, expected);
        }
        check("the east china sea.", &["the", "east", "china", "sea", "."]);
        check("ukraine's g7  u.s.", &["ukraine", "'", "s", "g7", "u", ".", "s", "."]);
        check("東シナ海 2隻iphone", &["東", "シ", "ナ", "海", "2", "隻", "iphone"]);
        check("중국은 中", &["중국은", "中"]);
        check("भारत हिंदी", &["भारत", "हिंदी"]);
        check("ประเทศ ที่", &["ป", "ร", "ะ", "เ", "ท", "ศ", "ที่"]);
        check("و الصين", &["و", "الصين"]);
        check("", &[]);
    }

    #[test]
    fn scripts_are_told_apart() {
        assert!(is_latin("mar de China") && is_latin("Đài Loan"));
        assert!(!is_latin("東シナ海") && !is_latin("12 – 3") && !is_latin("Китай"));
        assert!(is_hangul('한') && !is_hangul('韓'));
        assert!(is_katakana('タ') && is_katakana('ー') && !is_katakana('・') && !is_katakana('た'));
    }

    proptest! {
        #[test]
        fn tokens_are_in_order_and_hold_all_that_can_be_seen(text in "\\PC{0,60}") {
            let tokens = tokens(&text);
            prop_assert!(tokens.windows(2).all(|pair| pair[0].end <= pair[1].start));
            let seen: usize = tokens.iter().map(|token| token.of(&text).chars().count()).sum();
            let blanks = text.chars().filter(|c| c.is_whitespace()).count();
            prop_assert_eq!(seen + blanks, text.chars().count());
        }
    }
}
