//! Where words begin and end, in scripts that part them and in scripts that do not.
//!
//! Texts are folded already. In Han, Kana, Thai, Lao, Khmer and Burmese nothing parts words, so
//! a name counts wherever it stands. Korean writes particles onto a word's end, so there only
//! its beginning is looked at.

use std::ops::Range;

use icu_properties::CodePointMapData;
use icu_properties::props::Script;

/// Whether a new word begins at `range.start`.
pub(crate) fn begins_word(text: &str, range: &Range<usize>) -> bool {
    let before = text[..range.start].chars().next_back();
    let first = text[range.clone()].chars().next();
    parted(before, first)
}

/// Whether a word ends at `range.end`.
pub(crate) fn ends_word(text: &str, range: &Range<usize>) -> bool {
    let last = text[range.clone()].chars().next_back();
    let after = text[range.end..].chars().next();
    // A particle may follow: 한국은, 중국의.
    last.is_some_and(|last| script(last) == Script::Hangul) || parted(last, after)
}

/// Where the word ends that goes on at `from`; `from` itself in scripts that do not part words.
pub(crate) fn word_end(text: &str, from: usize) -> usize {
    let mut last = text[..from].chars().next_back();
    for (at, c) in text[from..].char_indices() {
        if parted(last, Some(c)) {
            return from + at;
        }
        last = Some(c);
    }
    text.len()
}

/// Whether two neighbours belong to different words.
fn parted(left: Option<char>, right: Option<char>) -> bool {
    let (Some(left), Some(right)) = (left, right) else { return true };
    if left.is_ascii() && right.is_ascii() {
        return !(left.is_ascii_alphanumeric() && right.is_ascii_alphanumeric());
    }
    !(continues(left) && continues(right)) || unparted(left) || unparted(right)
}

/// Whether a character can stand within a word.
fn continues(c: char) -> bool {
    c.is_alphanumeric() || script(c) == Script::Inherited
}

/// Whether a character is of a script that does not part its words.
fn unparted(c: char) -> bool {
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

    UNPARTED.contains(&script(c))
        // The long-vowel mark is common to both kana.
        || c == 'ー'
}

fn script(c: char) -> Script {
    if c.is_ascii() { Script::Latin } else { CodePointMapData::<Script>::new().get(c) }
}

/// Whether a text is of Latin letters (it has at least one).
pub(crate) fn is_latin(text: &str) -> bool {
    text.chars().any(|c| c.is_alphabetic() && script(c) == Script::Latin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_whole_in_every_script_that_has_words() {
        #[track_caller]
        fn check(text: &str, word: &str, expected: bool) {
            let at = text.find(word).expect("in the text");
            let range = at..at + word.len();
            assert_eq!(begins_word(text, &range) && ends_word(text, &range), expected, "{text}");
        }
        check("the train", "ai", false);
        check("an ai model", "ai", true);
        check("ai", "ai", true);
        check("ukraine's war", "ukraine", true);
        check("us-japan", "japan", true);
        check("indiana", "india", false);
        check("fa18", "18", false);
        check("中国海警船", "中国", true);
        check("在iphone上", "iphone", true);
        check("東シナ海で", "東シナ海", true);
        check("ประเทศจีนและ", "จีน", true);
        check("중국은 오늘", "중국", true);
        check("한중국경", "중국", false);
        check("남중국해", "중국해", false);
        check("китай", "кита", false);
        check("в китае", "в", true);
        check("الصين", "صين", false);
    }

    #[test]
    fn a_word_goes_on_to_its_end() {
        #[track_caller]
        fn check(text: &str, beginning: &str, word: &str) {
            let at = text.find(beginning).expect("in the text");
            assert_eq!(&text[at..word_end(text, at + beginning.len())], word);
        }
        check("two drones, one", "drone", "drones");
        check("a drone", "drone", "drone");
        check("дроны летят", "дрон", "дроны");
        check("한국은행 총재", "한국", "한국은행");
        check("海底ケーブルが", "海底", "海底");
    }

    #[test]
    fn latin_is_told_from_other_scripts() {
        assert!(is_latin("mar de China"));
        assert!(is_latin("Đài Loan"));
        assert!(!is_latin("東シナ海"));
        assert!(!is_latin("12 – 3"));
        assert!(!is_latin("Китай"));
    }
}
