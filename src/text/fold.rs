//! Folding: two spellings of one thing become one, and every byte knows where it came from.
//!
//! Compatibility forms, case, diacritics of alphabets, invisible characters, hyphens within words
//! and the kinds of blanks and apostrophes make no difference any more: `ＣＨＩＮＡ`, `Curaçao`,
//! `Сенкаку́` and a soft hyphen all read as a person would read them. Marks that make another
//! letter (が and か, Indic vowel signs) stay. Patterns and texts are folded alike.
//!
//! Runs of ASCII are folded at once, and each other character by a table of what it alone becomes;
//! only clusters and what becomes several characters are worked out anew.

use std::ops::Range;

use icu_casemap::CaseMapper;
use icu_normalizer::{ComposingNormalizer, DecomposingNormalizer};
use icu_properties::CodePointMapData;
use icu_properties::props::GeneralCategory as Category;

use super::pages::Pages;

/// Folded text with a way back to the original.
#[derive(Debug)]
pub(crate) struct Folded {
    text: String,
    /// What did not become one character of the same length, in order; between two pieces the
    /// distance is constant.
    pieces: Vec<Piece>,
}

/// A run of the original and what it became.
#[derive(Debug)]
struct Piece {
    folded: Range<usize>,
    original: Range<usize>,
}

/// What a character becomes by itself.
#[derive(Debug, Clone, Copy)]
struct Alone {
    /// The one character that it becomes; `None` for several or none.
    folded: Option<char>,
    /// Whether it belongs to the one before it.
    joins: bool,
}

static ALONE: Pages<Alone> = Pages::new(|c| {
    let folded = folded_cluster(c.encode_utf8(&mut [0; 4]));
    let mut chars = folded.chars();
    let one = chars.next().filter(|_| chars.next().is_none());
    Alone { folded: one, joins: joins(c) }
});

/// Folds a text.
///
/// Never fails; the time is linear in the length. Folding what was folded changes nothing.
pub(crate) fn fold(original: &str) -> Folded {
    let mut folded = Folded { text: String::with_capacity(original.len()), pieces: Vec::new() };
    let mut from = 0;
    while from < original.len() {
        let plain = from + plain_length(&original.as_bytes()[from..], folded.last_byte());
        if plain > from {
            folded.push_plain(&original[from..plain]);
            from = plain;
            continue;
        }
        let to = cluster_end(original, from);
        folded.push(&original[from..to], from);
        from = to;
    }
    folded
}

/// Bytes that are looked at together.
const PIECE: usize = 16;

/// Bytes of the ASCII at the start of a text of which folding changes nothing but the capitals;
/// `before` is the last byte that was folded.
fn plain_length(text: &[u8], mut before: u8) -> usize {
    // Whether that hyphen stays is for what comes after it to say.
    if before == b'-' {
        return 0;
    }
    let mut length = 0;
    // A piece at a time, without a branch for each byte.
    while let Some(piece) = text[length..].first_chunk::<PIECE>() {
        let is_odd = |byte: &u8| u8::from(!matches!(byte, b' '..=b'~')) | u8::from(*byte == b'-');
        let are_blanks = |one: u8, next: u8| u8::from(one == b' ') & u8::from(next == b' ');
        let odd = piece.iter().fold(are_blanks(before, piece[0]), |odd, byte| odd | is_odd(byte));
        let pairs = piece.iter().zip(&piece[1..]);
        if pairs.fold(odd, |odd, (one, next)| odd | are_blanks(*one, *next)) != 0 {
            break;
        }
        before = piece[PIECE - 1];
        length += PIECE;
    }
    for &byte in &text[length..] {
        let is_plain = matches!(byte, b'!'..=b'~') && byte != b'-';
        if !is_plain && (byte != b' ' || before == b' ') {
            // A mark may follow the last of them, which is no longer plain then.
            return if byte.is_ascii() { length } else { length.saturating_sub(1) };
        }
        before = byte;
        length += 1;
    }
    length
}

impl Folded {
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// The bytes of the original that a range of the folded text came from: whole characters,
    /// with all their marks.
    pub(crate) fn original(&self, range: Range<usize>) -> Range<usize> {
        let start = match self.piece_before(range.start) {
            Some(piece) if range.start < piece.folded.end => piece.original.start,
            Some(piece) => piece.original.end + (range.start - piece.folded.end),
            None => range.start,
        };
        let end = match self.piece_before(range.end.saturating_sub(1)) {
            Some(piece) if range.end <= piece.folded.end => piece.original.end,
            Some(piece) => piece.original.end + (range.end - piece.folded.end),
            None => range.end,
        };
        start..end.max(start)
    }

    /// The last piece that starts at or before a position.
    fn piece_before(&self, at: usize) -> Option<&Piece> {
        let after = self.pieces.partition_point(|piece| piece.folded.start <= at);
        after.checked_sub(1).map(|index| &self.pieces[index])
    }

    /// The last byte of what is folded; 0 at the start.
    fn last_byte(&self) -> u8 {
        self.text.as_bytes().last().copied().unwrap_or_default()
    }

    /// Folds a run of which only the capitals change.
    fn push_plain(&mut self, run: &str) {
        let start = self.text.len();
        self.text.push_str(run);
        self.text[start..].make_ascii_lowercase();
    }

    /// Folds one cluster, which starts at `at` in the original, and appends it.
    fn push(&mut self, cluster: &str, at: usize) {
        let start = self.text.len();
        let mut chars = cluster.chars();
        let (first, more) = (chars.next(), chars.next().is_some());
        match first {
            Some(c) if !more && c.is_ascii_graphic() => self.append(c.to_ascii_lowercase()),
            Some(c) if !more && stays(c) => self.append(c),
            Some(c) if !more && let Some(folded) = ALONE.of(c).folded => {
                self.append(folded);
                // A blank too many is gone, a hyphen that was before it a blank as long.
                if self.text.len() - start != cluster.len() {
                    self.note(start, at..at + cluster.len());
                }
            }
            _ => {
                if more && stays_whole(cluster) {
                    cluster.chars().for_each(|c| self.append(c));
                } else {
                    folded_cluster(cluster).chars().for_each(|c| self.append(c));
                }
                self.note(start, at..at + cluster.len());
            }
        }
    }

    /// Appends a folded character. A run of blanks is one, and a hyphen between two words is a
    /// blank: `live-fire` is `live fire`.
    fn append(&mut self, c: char) {
        match self.last_byte() {
            b' ' if c == ' ' => return,
            b'-' if c.is_alphanumeric() => {
                self.text.pop();
                let joined = self.text.ends_with(char::is_alphanumeric);
                // As long as the hyphen: no offset moves.
                self.text.push(if joined { ' ' } else { '-' });
            }
            _ => {}
        }
        self.text.push(c);
    }

    /// Remembers what became of a piece of the original, unless it is one character and kept its
    /// length.
    fn note(&mut self, start: usize, original: Range<usize>) {
        let folded = start..self.text.len();
        let whole = self.text[folded.clone()].chars().count() == 1;
        if !whole || folded.len() != original.len() {
            self.pieces.push(Piece { folded, original });
        }
    }
}

/// Letters that folding leaves as they are, by the thousand: ideographs and syllables.
fn stays(c: char) -> bool {
    // The voiced kana are composed; what composes with them was taken into their cluster.
    matches!(c, '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fa}' | '\u{30fc}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}')
}

/// Whether a letter with its marks is as it should be, for certain: of Devanagari and Thai, where
/// nearly every letter has some. What composes with others or may stand in another order is not.
fn stays_whole(cluster: &str) -> bool {
    let is_devanagari = |c| matches!(c, '\u{900}'..='\u{939}' | '\u{93e}'..='\u{94d}');
    let is_thai = |c| matches!(c, '\u{e01}'..='\u{e32}' | '\u{e34}'..='\u{e39}');
    let is_tone = |c| matches!(c, '\u{e48}'..='\u{e4b}');
    let untoned = cluster.strip_suffix(is_tone).unwrap_or(cluster);
    cluster.chars().all(is_devanagari) || !untoned.is_empty() && untoned.chars().all(is_thai)
}

/// The end of the cluster at `from`: a character and what is joined to it.
fn cluster_end(text: &str, from: usize) -> usize {
    let mut chars = text[from..].char_indices();
    let first = chars.next().map_or(0, |(_, c)| c.len_utf8());
    // An ASCII character before another is the common case, and always a cluster.
    if text.as_bytes().get(from + first).is_none_or(u8::is_ascii) {
        return from + first;
    }
    let end = chars.find(|(_, c)| stays(*c) || !ALONE.of(*c).joins);
    from + end.map_or(text.len() - from, |(at, _)| at)
}

/// Whether a character belongs to the one before it: marks, the later letters of a Hangul
/// syllable, half-width voicing marks, and what cannot be seen.
fn joins(c: char) -> bool {
    is_mark(c) || is_invisible(c) || matches!(c, '\u{1160}'..='\u{11ff}' | '\u{ff9e}' | '\u{ff9f}')
}

fn is_mark(c: char) -> bool {
    let category = CodePointMapData::<Category>::new().get(c);
    matches!(category, Category::NonspacingMark | Category::SpacingMark | Category::EnclosingMark)
}

/// Soft hyphens, joiners, direction marks and the like. Source: Unicode,
/// `Default_Ignorable_Code_Point`, without the ones that are letters.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// Marks that a reader of headlines does without: accents, Arabic and Hebrew points, and the
/// Arabic stretch.
fn is_dropped(c: char) -> bool {
    is_invisible(c)
        || matches!(c,
            '\u{300}'..='\u{36f}' | '\u{483}'..='\u{487}' | '\u{591}'..='\u{5bd}' | '\u{5bf}'
            | '\u{5c1}' | '\u{5c2}' | '\u{5c4}' | '\u{5c5}' | '\u{5c7}' | '\u{610}'..='\u{61a}'
            | '\u{640}' | '\u{64b}'..='\u{655}' | '\u{670}' | '\u{1ab0}'..='\u{1aff}'
            | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}

fn folded_cluster(cluster: &str) -> String {
    let decomposed = DecomposingNormalizer::new_nfkd().normalize(cluster);
    let bare: String = decomposed.chars().filter(|c| !is_dropped(*c)).collect();
    let lower = CaseMapper::new().fold_string(&bare);
    let mut plain = String::with_capacity(lower.len());
    for c in lower.chars().filter(|c| !is_dropped(*c)) {
        match c {
            // No decomposition leads from these to the letter that is typed for them.
            'ı' => plain.push('i'),
            'ł' => plain.push('l'),
            'ø' => plain.push('o'),
            'đ' => plain.push('d'),
            'æ' => plain.push_str("ae"),
            'œ' => plain.push_str("oe"),
            // Arabic and Persian keyboards have each other's letters, and hurried hands leave off
            // the dots.
            'ک' => plain.push('ك'),
            'ی' | 'ى' => plain.push('ي'),
            'ة' => plain.push('ه'),
            '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' => plain.push('-'),
            '\u{2018}' | '\u{2019}' | '\u{201b}' | '\u{2bc}' | '\u{2032}' => plain.push('\''),
            '\u{201c}'..='\u{201f}' | '\u{ab}' | '\u{bb}' => plain.push('"'),
            c if c.is_whitespace() => plain.push(' '),
            c => plain.push(c),
        }
    }
    ComposingNormalizer::new_nfc().normalize(&plain).into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spellings_of_one_thing_become_one() {
        #[track_caller]
        fn check(original: &str, expected: &str) {
            assert_eq!(fold(original).as_str(), expected);
        }
        check("East China Sea", "east china sea");
        check("ＣＨＩＮＡ ①", "china 1");
        check("Curaçao São Tomé", "curacao sao tome");
        check("Cura\u{327}c\u{327}ao", "curacao");
        check("STRASSE straße", "strasse strasse");
        check("Türkiye TÜRKİYE Kıbrıs KIBRIS", "turkiye turkiye kibris kibris");
        check("Łódź Ærø", "lodz aero");
        check("ΑΘΉΝΑΣ Αθήνας", "αθηνασ αθηνασ");
        check("Ёлка Япо́ния Київ", "елка япония киів");
        check("Sen\u{ad}kaku\u{200b} Is\u{2060}lands", "senkaku islands");
        check("US‑Japan – ‘so’ “it” ʼs", "us japan - 'so' \"it\" 's");
        check("live-fire - x", "live fire - x");
        check("a \u{a0}\t\n b", "a b");
        check("ガ ｶﾞ か\u{3099} 尖閣", "ガ ガ が 尖閣");
        check("\u{1112}\u{1161}\u{11ab} 한국", "한 한국");
        check("مُحَمَّد الصـــين", "محمد الصين");
        check("أوكرانيا إيران آسيا سوريا", "اوكرانيا ايران اسيا سوريا");
        check("سورية المانیا کره على", "سوريه المانيا كره علي");
        check("भारत हिंदी", "भारत हिंदी");
        check("", "");
    }

    #[test]
    fn offsets_lead_back_to_whole_characters() {
        #[track_caller]
        fn check(original: &str, folded: &str, expected: &str) {
            let text = fold(original);
            let at = text.as_str().find(folded).expect("in the folded text");
            assert_eq!(&original[text.original(at..at + folded.len())], expected);
        }
        check("in the East China Sea.", "east china sea", "East China Sea");
        check("Der Straßenkampf", "strassenkampf", "Straßenkampf");
        check("Der Straßenkampf", "kampf", "kampf");
        check("Der Straßenkampf", "stras", "Straß");
        check("o Sa\u{303}o Tome\u{301}, x", "sao tome", "Sa\u{303}o Tome\u{301}");
        check("o Sa\u{303}o Tome\u{301}, x", "x", "x");
        check("＝Ｃｈｉｎａ＝", "china", "Ｃｈｉｎａ");
        check("a \t Sen\u{ad}kaku b", "senkaku", "Sen\u{ad}kaku");
        check("ＡＢ尖閣諸島C", "尖閣諸島", "尖閣諸島");
        check("½ Japan", "japan", "Japan");
        check("the US‑Japan pact", "us japan", "US‑Japan");
    }

    proptest! {
        #[test]
        fn folding_twice_is_folding_once(text in "\\PC{0,60}") {
            let once = fold(&text);
            let twice = fold(once.as_str());
            prop_assert_eq!(once.as_str(), twice.as_str());
        }

        #[test]
        fn every_range_leads_to_a_piece_of_the_original(
            text in "(\\PC|[a-zA-Z ]|ß|é|\u{301}|\u{ad}|ﾞ|が){0,40}", from in 0_usize..80, length in 1_usize..80,
        ) {
            let folded = fold(&text);
            let from = folded.as_str().floor_char_boundary(from);
            let to = folded.as_str().floor_char_boundary(from + length);
            prop_assume!(from < to);
            let range = folded.original(from..to);
            prop_assert!(text.get(range.clone()).is_some_and(|it| !it.is_empty()), "{:?}", range);
        }
    }
}
