//! The words around a piece of evidence.

use std::ops::Range;

/// Characters shown on each side, before the cut moves to the end of a word.
const AROUND: usize = 60;

/// The text around `range`, cut at word boundaries, with `…` where it was cut.
pub(super) fn around(text: &str, range: &Range<usize>) -> String {
    let mut before = &text[..range.start];
    let mut after = &text[range.end..];
    let (mut front, mut back) = ("", "");
    if let Some((at, _)) = before.char_indices().rev().nth(AROUND) {
        // Half a word says little; in scripts without blanks any place is as good.
        let cut = &before[at..];
        let blank = cut.find(' ').map_or(0, |blank| blank + 1);
        (before, front) = (&cut[blank..], "…");
    }
    if let Some((at, _)) = after.char_indices().nth(AROUND) {
        let cut = &after[..at];
        (after, back) = (&cut[..cut.rfind(' ').unwrap_or(cut.len())], "…");
    }
    format!("{front}{before}{}{after}{back}", &text[range.clone()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snippet_is_cut_between_words() {
        #[track_caller]
        fn check(text: &str, words: &str, expected: &str) {
            let at = text.find(words).expect("in the text");
            assert_eq!(around(text, &(at..at + words.len())), expected);
        }
        check("Ships in the East China Sea.", "East China Sea", "Ships in the East China Sea.");
        let long = "one two three four five six seven eight nine ten eleven twelve thirteen";
        check(
            &format!("{long} SEA {long}"),
            "SEA",
            "…four five six seven eight nine ten eleven twelve thirteen SEA \
             one two three four five six seven eight nine ten eleven…",
        );
        let han = "海".repeat(100);
        let cut = "海".repeat(60);
        check(&format!("{han}尖閣{han}"), "尖閣", &format!("…海{cut}尖閣{cut}…"));
        check("尖閣", "尖閣", "尖閣");
    }
}
