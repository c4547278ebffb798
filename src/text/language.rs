//! The language of a text that does not say it.
//!
//! A script that one language of the news writes decides alone; Arabic script by the letters that
//! Persian and Urdu added; Latin and Cyrillic by their trigrams (whatlang), where short texts are
//! guesses: [`Guess::is_sure`] says so.

use std::sync::LazyLock;

use whatlang::{Detector, Lang};

/// What a text is probably written in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Guess {
    /// BCP 47.
    pub(crate) language: &'static str,
    pub(crate) is_sure: bool,
}

/// Languages of the news in Latin and Cyrillic letters, and their tags.
const LANGUAGES: [(Lang, &str); 37] = [
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
    (Lang::Ell, "el"),
    (Lang::Heb, "he"),
];

/// Confidence above which a guess by trigrams is taken as sure.
const SURE: f64 = 0.9;
/// Bytes of a text that are looked at: more says nothing new.
const BYTES_MAX: usize = 600;

/// English words that are in most headlines and in those of no other language.
const ENGLISH: [&str; 88] = [
    "the",
    "of",
    "and",
    "to",
    "for",
    "with",
    "after",
    "over",
    "from",
    "says",
    "said",
    "as",
    "by",
    "at",
    "is",
    "are",
    "was",
    "were",
    "has",
    "have",
    "will",
    "on",
    "its",
    "it",
    "that",
    "their",
    "not",
    "into",
    "new",
    "wins",
    "win",
    "bill",
    "tax",
    "law",
    "lawmakers",
    "police",
    "city",
    "school",
    "schools",
    "back",
    "out",
    "more",
    "takes",
    "opens",
    "open",
    "head",
    "deal",
    "talks",
    "killed",
    "dead",
    "near",
    "who",
    "how",
    "why",
    "what",
    "when",
    "first",
    "year",
    "years",
    "state",
    "day",
    "home",
    "trade",
    "court",
    "minister",
    "leader",
    "troops",
    "army",
    "war",
    "world",
    "market",
    "fire",
    "rain",
    "late",
    "farmers",
    "farm",
    "workers",
    "women",
    "children",
    "water",
    "ship",
    "ships",
    "border",
    "signs",
    "votes",
    "vote",
    "council",
    "against",
];

/// Guesses the language of a text; `None` where it has no letters, or too few.
pub(crate) fn guess(text: &str) -> Option<Guess> {
    let text = &text[..text.floor_char_boundary(BYTES_MAX)];
    let sure = |language| Some(Guess { language, is_sure: true });
    let mut han = false;
    let mut other = None;
    for c in text.chars().filter(|c| !c.is_ascii()) {
        match c {
            '\u{3041}'..='\u{30ff}' => return sure("ja"),
            '\u{ac00}'..='\u{d7a3}' => return sure("ko"),
            '\u{4e00}'..='\u{9fff}' => han = true,
            '\u{e00}'..='\u{e7f}' => other = Some("th"),
            '\u{5d0}'..='\u{5ea}' => other = Some("he"),
            '\u{370}'..='\u{3ff}' => other = Some("el"),
            '\u{900}'..='\u{97f}' => other = Some("hi"),
            '\u{980}'..='\u{9ff}' => other = Some("bn"),
            '\u{b80}'..='\u{bff}' => other = Some("ta"),
            '\u{10a0}'..='\u{10ff}' => other = Some("ka"),
            '\u{530}'..='\u{58f}' => other = Some("hy"),
            '\u{621}'..='\u{6ff}' if other.is_none() => other = Some("ar"),
            _ => {}
        }
    }
    if han {
        return sure("zh");
    }
    match other {
        Some("ar") => sure(arabic(text)),
        Some(language) => sure(language),
        None => by_trigrams(text),
    }
}

/// Arabic, or one of the languages that added letters to its script.
fn arabic(text: &str) -> &'static str {
    if text.contains(['ٹ', 'ڈ', 'ڑ', 'ں', 'ے', 'ہ']) {
        return "ur";
    }
    if text.contains(['پ', 'چ', 'ژ', 'گ', 'ک', 'ی']) { "fa" } else { "ar" }
}

fn by_trigrams(text: &str) -> Option<Guess> {
    static DETECTOR: LazyLock<Detector> = LazyLock::new(|| {
        Detector::with_allowlist(LANGUAGES.iter().map(|(language, _)| *language).collect())
    });
    // A text is short for trigrams, and long for their cost; its little words say more.
    if is_english(text) {
        return Some(Guess { language: "en", is_sure: true });
    }
    let info = DETECTOR.detect(&text.to_lowercase())?;
    let (_, language) = LANGUAGES.iter().find(|(it, _)| *it == info.lang())?;
    let is_sure = *language == "en" || info.confidence() >= SURE;
    Some(Guess { language, is_sure })
}

/// Whether two of the words are English ones.
fn is_english(text: &str) -> bool {
    let bytes = text.as_bytes();
    let (mut start, mut found) = (0, 0);
    while start < bytes.len() && found < 2 {
        let length = bytes[start..].iter().take_while(|it| it.is_ascii_alphabetic()).count();
        let end = start + length;
        if (2..=5).contains(&length) {
            let word = &text[start..end];
            let is_whole = !text[..start].ends_with(char::is_alphabetic)
                && !text[end..].starts_with(char::is_alphabetic);
            let is_known = || ENGLISH.iter().any(|it| it.eq_ignore_ascii_case(word));
            found += u32::from(is_whole && is_known());
        }
        start = end + 1;
    }
    found == 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_headline_is_told_by_script_letters_or_words() {
        #[track_caller]
        fn check(text: &str, expected: &str) {
            assert_eq!(guess(text).map_or("-", |guess| guess.language), expected, "{text}");
        }
        check("Japan protests after ships enter the waters of the Senkaku Islands", "en");
        check("尖閣諸島周辺の接続水域に海警船", "ja");
        check("海警舰艇编队继续在钓鱼岛附近海域巡航", "zh");
        check("동중국해 상공서 군용기 근접 비행", "ko");
        check("الصين ترسل سفنا إلى بحر الصين الشرقي", "ar");
        check("چین کشتی‌های خود را به دریای چین شرقی فرستاد", "fa");
        check("Россия и Украина обменялись пленными в среду", "ru");
        check("Україна і Польща підписали угоду про кордон", "uk");
        check("Tokio protesta ante Pekín por la presencia de patrulleras", "es");
        check("ישראל ולבנון חתמו על הסכם", "he");
        check("เรือจีนเข้าใกล้หมู่เกาะ", "th");
        check("", "-");
        check("2024 – 12", "-");
    }
}
