//! The language of a text that does not say it.
//!
//! The script that most of its letters are of may decide alone; Arabic script by the letters that
//! Persian and Urdu added, Han by those that Japan alone writes. In Latin and Cyrillic its words
//! vote: `languages.tsv` has the little words and the everyday words of the news of each language,
//! and the letters that it has beside a to z. Five words of a headline hold two or three of those.
//! Where the votes are close, trigrams (whatlang) are heard too, and where none is cast they
//! decide; then the guess has two answers unless both agree. Of English the trigrams say nothing:
//! they are poor at short texts, and English is what they miss most.

use std::collections::HashMap;
use std::sync::LazyLock;

use whatlang::{Detector, Lang};

/// What a text is probably written in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Guess {
    /// BCP 47.
    pub(crate) language: &'static str,
    /// What it may be as well; `None` where the first is sure.
    pub(crate) other: Option<&'static str>,
}

/// By language what its words and letters are; from `languages.tsv`.
const LANGUAGES: &str = include_str!("languages.tsv");

/// Bytes of a text that are looked at: more says nothing new.
const BYTES_MAX: usize = 600;
/// Votes that a word of one language casts; of several languages, each has its share.
const OF_WORD: f32 = 3.0;
/// The same of a letter, once a text.
const OF_LETTER: f32 = 2.0;
/// What a letter that a language does not write takes from it: a name may be a foreign one.
const FOREIGN_LETTER: f32 = -1.5;
/// What an ending casts that is English as a rule.
const OF_ENDING: f32 = 0.7;
/// What English has in advance in a text of plain letters: most feeds are.
const ENGLISH: f32 = 0.5;
/// Votes by which the first must lead to be sure.
const LEAD: f32 = 1.5;
/// Votes that the trigrams may decide between.
const CLOSE: f32 = 0.75;
/// Letters of a word whose ending is looked at.
const ENDING_LETTERS_MIN: usize = 5;
/// Votes below which none is worth the name.
const CAST_MIN: f32 = 0.9;
/// Endings of English words.
const ENDINGS: [&str; 26] = [
    "ing", "ings", "ness", "ght", "ghts", "ship", "ful", "less", "ish", "ly", "ers", "ies", "ed",
    "ck", "cks", "sh", "th", "ths", "wn", "ay", "ays", "ee", "oo", "ow", "ows", "ey",
];
/// Signs that are written so in Japan alone.
const JAPANESE: &str = "働込峠畑駅県沢売読歳円図労発関総検経済権増収団広従戦択撃変乗渋対気楽薬帰辺実続両専応\
    価舎覚拡黒悪単険験鉄転伝仏稲穂豊顔緑齢巻査歩毎氷塩焼桜竜";

/// What the trigrams know of these, and our tags.
const TRIGRAMS: [(Lang, &str); 35] = [
    (Lang::Eng, "en"),
    (Lang::Fra, "fr"),
    (Lang::Deu, "de"),
    (Lang::Spa, "es"),
    (Lang::Por, "pt"),
    (Lang::Ita, "it"),
    (Lang::Nld, "nl"),
    (Lang::Swe, "sv"),
    (Lang::Dan, "da"),
    (Lang::Nob, "nb"),
    (Lang::Fin, "fi"),
    (Lang::Est, "et"),
    (Lang::Lav, "lv"),
    (Lang::Lit, "lt"),
    (Lang::Pol, "pl"),
    (Lang::Ces, "cs"),
    (Lang::Slk, "sk"),
    (Lang::Slv, "sl"),
    (Lang::Hrv, "hr"),
    (Lang::Srp, "sr"),
    (Lang::Hun, "hu"),
    (Lang::Ron, "ro"),
    (Lang::Tur, "tr"),
    (Lang::Aze, "az"),
    (Lang::Uzb, "uz"),
    (Lang::Cat, "ca"),
    (Lang::Ind, "id"),
    (Lang::Tgl, "fil"),
    (Lang::Vie, "vi"),
    (Lang::Afr, "af"),
    (Lang::Rus, "ru"),
    (Lang::Ukr, "uk"),
    (Lang::Bel, "be"),
    (Lang::Bul, "bg"),
    (Lang::Mkd, "mk"),
];

/// Guesses the language of an item from its texts; `None` where they have no letters.
pub(crate) fn guess<'t>(texts: impl IntoIterator<Item = &'t str>) -> Option<Guess> {
    let text = beginning(texts);
    let text = text.as_str();
    let sure = |language| Some(Guess { language, other: None });
    match script(text)? {
        Script::Han if text.contains(|c| JAPANESE.contains(c)) => sure("ja"),
        Script::Han => sure("zh"),
        Script::Arabic => sure(arabic(text)),
        Script::Of(language) => sure(language),
        Script::Alphabet => Some(by_words(text)),
    }
}

/// As much of the texts as is looked at.
fn beginning<'t>(texts: impl IntoIterator<Item = &'t str>) -> String {
    let mut beginning = String::new();
    for text in texts {
        let left = BYTES_MAX.saturating_sub(beginning.len());
        beginning.push_str(&text[..text.floor_char_boundary(left)]);
        beginning.push('\n');
    }
    beginning
}

/// What the letters of a text are.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Script {
    /// One that a single language of the news writes.
    Of(&'static str),
    Han,
    Arabic,
    /// Latin or Cyrillic.
    Alphabet,
}

/// The script that most letters of a text are of: a word in another one is a quotation.
fn script(text: &str) -> Option<Script> {
    /// A sign of a script that writes syllables or words says as much as so many letters.
    const LETTERS_OF_SIGN: usize = 3;
    let mut counts: Vec<(Script, usize)> = Vec::new();
    for c in text.chars().filter(|c| c.is_alphabetic()) {
        let (script, letters) = match c {
            '\u{3041}'..='\u{30ff}' => (Script::Of("ja"), LETTERS_OF_SIGN),
            '\u{ac00}'..='\u{d7a3}' => (Script::Of("ko"), LETTERS_OF_SIGN),
            '\u{4e00}'..='\u{9fff}' => (Script::Han, LETTERS_OF_SIGN),
            '\u{e00}'..='\u{e7f}' => (Script::Of("th"), 1),
            '\u{5d0}'..='\u{5ea}' => (Script::Of("he"), 1),
            '\u{370}'..='\u{3ff}' => (Script::Of("el"), 1),
            '\u{900}'..='\u{97f}' => (Script::Of("hi"), 1),
            '\u{980}'..='\u{9ff}' => (Script::Of("bn"), 1),
            '\u{b80}'..='\u{bff}' => (Script::Of("ta"), 1),
            '\u{10a0}'..='\u{10ff}' => (Script::Of("ka"), 1),
            '\u{530}'..='\u{58f}' => (Script::Of("hy"), 1),
            '\u{621}'..='\u{6ff}' => (Script::Arabic, 1),
            _ => (Script::Alphabet, 1),
        };
        match counts.iter_mut().find(|(it, _)| *it == script) {
            Some((_, count)) => *count += letters,
            None => counts.push((script, letters)),
        }
    }
    let (most, _) = *counts.iter().max_by_key(|(_, count)| *count)?;
    // Japanese has more Han than kana, and Korean headlines have signs for countries.
    let beside_han = [Script::Of("ja"), Script::Of("ko")];
    let writes = counts.iter().map(|(it, _)| *it).find(|it| beside_han.contains(it));
    Some(writes.filter(|_| most == Script::Han).unwrap_or(most))
}

/// Arabic, or one of the languages that added letters to its script.
fn arabic(text: &str) -> &'static str {
    if text.contains(['ٹ', 'ڈ', 'ڑ', 'ں', 'ے', 'ہ']) {
        return "ur";
    }
    if text.contains(['پ', 'چ', 'ژ', 'گ', 'ک', 'ی']) { "fa" } else { "ar" }
}

/// A set of languages: a bit each, in the order of the table.
type Languages = u64;

/// The table, ready to vote.
struct Voters {
    languages: Vec<&'static str>,
    words: HashMap<&'static str, Languages>,
    letters: HashMap<char, Languages>,
}

impl Voters {
    fn of_table() -> &'static Self {
        static VOTERS: LazyLock<Voters> = LazyLock::new(Voters::read);
        &VOTERS
    }

    fn read() -> Self {
        let mut voters =
            Self { languages: Vec::new(), words: HashMap::new(), letters: HashMap::new() };
        for row in LANGUAGES.lines().skip(1) {
            let [language, letters, words]: [&str; 3] =
                row.splitn(3, '\t').collect::<Vec<_>>().try_into().expect("three columns");
            let bit = 1 << voters.languages.len();
            voters.languages.push(language);
            for word in words.split(' ') {
                *voters.words.entry(word).or_default() |= bit;
            }
            for letter in letters.chars() {
                *voters.letters.entry(letter).or_default() |= bit;
            }
        }
        voters
    }

    /// What each language has from a text in small letters.
    fn count(&self, text: &str) -> Vec<f32> {
        let mut votes = vec![0.0; self.languages.len()];
        for word in text.split(|c: char| !c.is_alphabetic() && c != '\'') {
            // `l'Iran`, `Iran's`
            if let Some((before, after)) = word.split_once('\'') {
                cast(&mut votes, self.words.get(&word[..=before.len()]).copied(), OF_WORD);
                cast(&mut votes, self.words.get(&word[before.len()..]).copied(), OF_WORD);
                self.count_word(before, &mut votes);
                self.count_word(after, &mut votes);
            } else {
                self.count_word(word, &mut votes);
            }
        }
        let mut letters: Vec<char> =
            text.chars().filter(|c| !c.is_ascii() && c.is_alphabetic()).collect();
        letters.sort_unstable();
        letters.dedup();
        for letter in letters {
            let of = self.letters.get(&letter).copied().unwrap_or_default();
            cast(&mut votes, Some(of), OF_LETTER);
            for (_, vote) in votes.iter_mut().enumerate().filter(|(it, _)| of >> it & 1 == 0) {
                *vote += FOREIGN_LETTER;
            }
        }
        if text.is_ascii() {
            votes[0] += ENGLISH;
        }
        votes
    }

    fn count_word(&self, word: &str, votes: &mut [f32]) {
        let known = self.words.get(word).copied();
        cast(votes, known, OF_WORD);
        let is_english = || ENDINGS.iter().any(|ending| word.ends_with(ending));
        if known.is_none() && word.is_ascii() && word.len() >= ENDING_LETTERS_MIN && is_english() {
            votes[0] += OF_ENDING;
        }
    }
}

/// Adds a share of `votes` to each language of a set.
fn cast(of: &mut [f32], languages: Option<Languages>, votes: f32) {
    let Some(languages) = languages.filter(|it| *it != 0) else { return };
    #[expect(clippy::cast_precision_loss, reason = "64 at most")]
    let share = votes / languages.count_ones() as f32;
    let mut left = languages;
    while left != 0 {
        of[left.trailing_zeros() as usize] += share;
        left &= left - 1;
    }
}

fn by_words(text: &str) -> Guess {
    let voters = Voters::of_table();
    // A small `İ` has its dot as a sign of its own.
    let text = text.to_lowercase().replace('’', "'").replace('\u{307}', "");
    let votes = voters.count(&text);
    let mut order: Vec<usize> = (0..votes.len()).collect();
    order.sort_by(|one, other| votes[*other].total_cmp(&votes[*one]));
    let language = |index: usize| voters.languages[index];
    let (first, second) = (language(order[0]), language(order[1]));
    let lead = votes[order[0]] - votes[order[1]];
    if lead >= LEAD {
        return Guess { language: first, other: None };
    }
    let heard = |among: &[&'static str]| by_trigrams(&text, among);
    let all = heard(&voters.languages).unwrap_or(first);
    if votes[order[0]] < CAST_MIN {
        let others: Vec<&str> = voters.languages.iter().copied().filter(|it| *it != all).collect();
        let is_plain = text.is_ascii() && all != "en";
        let other = if is_plain { Some("en") } else { heard(&others) };
        return Guess { language: all, other };
    }
    let agrees = all == first && first != "en" && (lead >= CLOSE || second == "en");
    if agrees {
        return Guess { language: first, other: None };
    }
    let close = order.iter().filter(|it| votes[order[0]] - votes[**it] < CLOSE);
    let close: Vec<&str> = close.map(|it| language(*it)).collect();
    let chosen = heard(&close).unwrap_or(first);
    Guess { language: chosen, other: Some(if chosen == first { second } else { first }) }
}

/// Which of some languages the trigrams of a text speak for.
fn by_trigrams(text: &str, among: &[&str]) -> Option<&'static str> {
    let known = TRIGRAMS.iter().filter(|(_, tag)| among.contains(tag));
    let detector = Detector::with_allowlist(known.map(|(known, _)| *known).collect());
    let found = detector.detect_lang(text)?;
    TRIGRAMS.iter().find(|(known, _)| *known == found).map(|(_, tag)| *tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let guess = guess([text]);
        let told = guess.map_or("-".to_owned(), |guess| match guess.other {
            Some(other) => format!("{} or {other}", guess.language),
            None => guess.language.to_owned(),
        });
        assert_eq!(told, expected, "{text}");
    }

    #[test]
    fn a_headline_is_told_by_script_letters_or_words() {
        check("Japan protests after ships enter the waters of the Senkaku Islands", "en");
        check("Mali and Japan sign a pact", "en");
        check("尖閣諸島周辺の接続水域に海警船", "ja");
        check("日米韓首脳が会談", "ja");
        check("海警舰艇编队继续在钓鱼岛附近海域巡航", "zh");
        check("동중국해 상공서 군용기 근접 비행", "ko");
        check("الصين ترسل سفنا إلى بحر الصين الشرقي", "ar");
        check("چین کشتی‌های خود را به دریای چین شرقی فرستاد", "fa");
        check("Россия и Украина обменялись пленными в среду", "ru");
        check("Україна і Польща підписали угоду про кордон", "uk");
        check("Tokio protesta ante Pekín por la presencia de patrulleras", "es");
        check("Grève à l'aéroport : l'Iran rappelle son ambassadeur", "fr");
        check("İngiltere'de hükümet için yeni seçim tarihi", "tr");
        check("ישראל ולבנון חתמו על הסכם", "he");
        check("เรือจีนเข้าใกล้หมู่เกาะ", "th");
        check("", "-");
        check("2024 – 12", "-");
    }

    #[test]
    fn a_word_in_another_script_is_a_quotation() {
        check("A film named 東京 wins the award at the festival", "en");
        check("β-carotene is found in the rice of the farmers", "en");
        check("NATO 정상, 우크라이나 지원 논의", "ko");
        check("美 대통령 訪韓", "ko");
        check("日本政府、経済対策を決定", "ja");
    }

    #[test]
    fn what_is_close_or_says_nothing_has_two_answers() {
        check("Junta Myanmar", "id or en");
        check("Gulf of Paria", "en or nl");
    }

    #[test]
    fn the_table_has_languages_that_trigrams_know_and_no_stray_words() {
        let voters = Voters::of_table();
        assert!(voters.languages.len() < 64 && voters.languages[0] == "en");
        for language in &voters.languages {
            assert!(TRIGRAMS.iter().any(|(_, tag)| tag == language), "{language}");
        }
        for word in voters.words.keys() {
            let is_letter = |c: char| c.is_alphabetic() || c == '\'';
            assert!(!word.is_empty() && word.chars().all(is_letter), "`{word}`");
            assert_eq!(word.to_lowercase(), *word);
        }
    }
}
