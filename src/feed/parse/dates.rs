//! Dates as feeds write them.
//!
//! Standards first (RFC 3339, RFC 2822), then whatever a reader would understand: parts in
//! another order, month names of many languages, 年月日, noon and midnight by name, zone names.
//! A date is never invented: what cannot be read, or could be read in two ways, is absent.

use chrono::{DateTime, Utc};
use jiff::civil::{Date, DateTime as CivilDateTime, Time};
use jiff::fmt::rfc2822::DateTimeParser;
use jiff::{Timestamp, tz};

use super::months::month;

/// Bytes of a date; a longer text is none.
const DATE_BYTES_MAX: usize = 80;
/// Zone names and what they mean in news feeds: minutes east.
const ZONES: [(&str, i32); 38] = [
    ("nzdt", 780),
    ("nzst", 720),
    ("aedt", 660),
    ("aest", 600),
    ("acst", 570),
    ("jst", 540),
    ("kst", 540),
    ("awst", 480),
    ("hkt", 480),
    ("sgt", 480),
    ("pht", 480),
    ("wita", 480),
    ("wib", 420),
    ("ict", 420),
    ("ist", 330),
    ("pkt", 300),
    ("gst", 240),
    ("msk", 180),
    ("eat", 180),
    ("eest", 180),
    ("trt", 180),
    ("eet", 120),
    ("cest", 120),
    ("sast", 120),
    ("cat", 120),
    ("cet", 60),
    ("bst", 60),
    ("wat", 60),
    ("west", 60),
    ("wet", 0),
    ("edt", -240),
    ("est", -300),
    ("cdt", -300),
    ("cst", -360),
    ("mdt", -360),
    ("mst", -420),
    ("pdt", -420),
    ("pst", -480),
];
/// Names of zones that RFC 2822 knows; it takes every other one for UTC. Source: §4.3.
const STANDARD_ZONES: [&str; 11] =
    ["GMT", "UT", "UTC", "EST", "EDT", "CST", "CDT", "MST", "MDT", "PST", "PDT"];
/// No feed is older than the Web, and none knows the next century.
const YEARS: std::ops::RangeInclusive<i16> = 1990..=2100;

/// Reads a date of a feed in `language` (BCP 47).
///
/// Without a zone it is the time of the place where the language is spoken if that is one place
/// (Japan, Korea, China), else UTC; CST is China's in Chinese, else America's.
pub(super) fn parse(text: &str, language: Option<&str>) -> Option<Timestamp> {
    let text = text.trim();
    if text.is_empty() || text.len() > DATE_BYTES_MAX {
        return None;
    }
    let language = language.unwrap_or_default();
    let language = language.split('-').next().unwrap_or_default();
    let at = standard(text, language).or_else(|| loose(text, language)).or_else(|| epoch(text))?;
    YEARS.contains(&at.to_zoned_datetime(tz::TimeZone::UTC).year()).then_some(at)
}

/// [`parse`] for feed-rs, which speaks chrono.
pub(super) fn parse_for_feed_rs(text: &str, language: Option<&str>) -> Option<DateTime<Utc>> {
    let at = parse(text, language)?;
    DateTime::from_timestamp(at.as_second(), u32::try_from(at.subsec_nanosecond()).ok()?)
}

fn standard(text: &str, language: &str) -> Option<Timestamp> {
    static RFC2822: DateTimeParser = DateTimeParser::new().relaxed_weekday(true);
    if let Ok(at) = text.parse() {
        return Some(at);
    }
    let zone = text.rsplit(' ').next().unwrap_or_default();
    let is_named = zone.chars().any(char::is_alphabetic);
    let is_known = STANDARD_ZONES.contains(&zone) && !(zone == "CST" && language == "zh");
    (!is_named || is_known).then(|| RFC2822.parse_timestamp(text).ok()).flatten()
}

/// What was found of a date so far.
#[derive(Default)]
struct Parts {
    /// Values, and how many digits they were written with.
    numbers: Vec<(u32, usize)>,
    /// What stood before the second number: `-`, `/`, `.`.
    separator: Option<char>,
    month: Option<i8>,
    time: Option<(i8, i8, i8)>,
    /// Half of the day: `Some(true)` is the afternoon.
    afternoon: Option<bool>,
    /// Minutes east of UTC.
    zone: Option<i32>,
}

/// Reads what stands there, in whatever order.
fn loose(text: &str, language: &str) -> Option<Timestamp> {
    // `6시 30분` has a blank within the time.
    let text = text.chars().flat_map(plainly).collect::<String>().replace(": ", ":");
    let mut parts = Parts::default();
    let mut rest = text.as_str();
    while let Some(first) = rest.chars().next() {
        let (taken, is_whole) = if first.is_ascii_digit() {
            number(rest, &mut parts)?
        } else if matches!(first, '+' | '-') && parts.is_dated() && parts.time.is_some() {
            offset(rest, &mut parts)
        } else if first.is_alphabetic() {
            (word(rest, &mut parts, language), true)
        } else {
            if parts.numbers.len() == 1 && matches!(first, '-' | '/' | '.') {
                parts.separator = Some(first);
            }
            (first.len_utf8(), true)
        };
        if !is_whole {
            return None;
        }
        rest = &rest[taken..];
    }
    parts.timestamp(language)
}

/// A character as ASCII would have it: 年月日 and their like are separators.
fn plainly(c: char) -> impl Iterator<Item = char> {
    let text = match c {
        '年' | '月' | '년' | '월' => "-",
        '日' | '일' | '号' | '號' | '秒' | '초' | ',' | '\u{a0}' | '　' => " ",
        '時' | '时' | '点' | '點' | '시' | '：' => ":",
        '分' | '분' => ":0",
        _ => "",
    };
    let half = match c {
        // 上午, 午前, 오전 and 下午, 午後, 오후: the telling half of each.
        '上' | '前' | '전' => " am ",
        '下' | '後' | '后' | '후' => " pm ",
        _ => "",
    };
    let is_dropped = matches!(c, '午' | '오');
    let own = (text.is_empty() && half.is_empty() && !is_dropped).then(|| match c {
        '０'..='９' => {
            char::from_u32(u32::from(c) - u32::from('０') + u32::from('0')).unwrap_or(c)
        }
        _ => c,
    });
    text.chars().chain(half.chars()).chain(own)
}

/// Takes a number or a time of day; its length, and `false` where it makes no sense.
fn number(rest: &str, parts: &mut Parts) -> Option<(usize, bool)> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let length = digits(rest);
    let value: u32 = if length > 9 { 0 } else { rest[..length].parse().ok()? };
    let minutes = rest[length..].strip_prefix(':').filter(|after| digits(after) > 0);
    if let Some(after) = minutes.filter(|_| length <= 2 && parts.time.is_none()) {
        let minute_length = digits(after);
        let minute: u32 = after[..minute_length].parse().ok()?;
        let mut taken = length + 1 + minute_length;
        let mut second = 0;
        if let Some(seconds) = rest[taken..].strip_prefix(':').filter(|it| digits(it) > 0) {
            let second_length = digits(seconds);
            second = seconds[..second_length].parse().ok()?;
            taken += 1 + second_length;
        }
        if let Some(fraction) = rest[taken..].strip_prefix('.') {
            taken += 1 + digits(fraction);
        }
        let small = |value: u32| i8::try_from(value).ok();
        parts.time = Some((small(value)?, small(minute)?, small(second)?));
        return Some((taken, true));
    }
    match length {
        // 20240728, 20240728183000
        8 | 14 if parts.numbers.is_empty() => {
            let part = |from: usize, to: usize| rest[from..to].parse::<u32>().ok();
            parts.numbers = vec![(part(0, 4)?, 4), (part(4, 6)?, 2), (part(6, 8)?, 2)];
            if length == 14 {
                let small = |from| i8::try_from(part(from, from + 2)?).ok();
                parts.time = Some((small(8)?, small(10)?, small(12)?));
            }
        }
        _ => parts.numbers.push((value, length)),
    }
    Some((length, parts.numbers.len() <= 3 && length <= 14))
}

/// Takes `+0900`, `+09:00`, `+9`.
fn offset(rest: &str, parts: &mut Parts) -> (usize, bool) {
    let sign = if rest.starts_with('-') { -1 } else { 1 };
    let digits: String =
        rest[1..].chars().take_while(|c| c.is_ascii_digit() || *c == ':').collect();
    let (hours, minutes) = match digits.split_once(':') {
        Some((hours, minutes)) => (hours, minutes),
        None if digits.len() > 2 => digits.split_at(digits.len() - 2),
        None => (digits.as_str(), "0"),
    };
    let minutes = hours.parse().ok().zip(minutes.parse().ok()).map(|(h, m): (i32, i32)| h * 60 + m);
    let minutes = minutes.filter(|minutes| *minutes <= 14 * 60);
    if let Some(minutes) = minutes {
        parts.zone = Some(sign * minutes);
    }
    (1 + digits.len(), minutes.is_some() || digits.is_empty())
}

/// Takes a word: a month, a half of the day, a zone; any other is a weekday or a particle.
fn word(rest: &str, parts: &mut Parts, language: &str) -> usize {
    let end = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
    let word = rest[..end].to_lowercase();
    match word.as_str() {
        "am" | "a" if parts.time.is_some() || word == "am" => parts.afternoon = Some(false),
        "pm" | "p" if parts.time.is_some() || word == "pm" => parts.afternoon = Some(true),
        "z" | "gmt" | "utc" | "ut" if parts.time.is_some() => parts.zone = Some(0),
        _ => {
            let zone = ZONES.iter().find(|(name, _)| *name == word).map(|(_, minutes)| *minutes);
            let zone = zone.filter(|_| parts.time.is_some());
            if let Some(minutes) = zone {
                let is_chinese = word == "cst" && language == "zh";
                parts.zone = Some(if is_chinese { 480 } else { minutes });
            } else if let Some(month) = month(&word) {
                // The last one: `mar. 28 juil.` begins with a Tuesday.
                parts.month = Some(month);
            }
        }
    }
    end
}

impl Parts {
    /// Day, month and year are there.
    fn is_dated(&self) -> bool {
        self.numbers.len() + usize::from(self.month.is_some()) >= 3
    }

    fn timestamp(&self, language: &str) -> Option<Timestamp> {
        let (year, month, day) = self.day(language)?;
        let date = Date::new(i16::try_from(year).ok()?, month, i8::try_from(day).ok()?).ok()?;
        let (mut hour, minute, second) = self.time.unwrap_or_default();
        match self.afternoon {
            Some(true) if hour < 12 => hour += 12,
            Some(false) if hour == 12 => hour = 0,
            _ => {}
        }
        let time = Time::new(hour, minute, second.min(59), 0).ok()?;
        // A day without a time is that day everywhere.
        let usual = || self.time.map_or(0, |_| usual_zone(language));
        let zone = self.zone.unwrap_or_else(usual);
        let zone = tz::TimeZone::fixed(tz::Offset::from_seconds(zone * 60).ok()?);
        Some(CivilDateTime::from_parts(date, time).to_zoned_datetime(zone).ok()?.timestamp())
    }

    /// Year, month, day.
    fn day(&self, language: &str) -> Option<(u32, i8, u32)> {
        let small = |value: u32| i8::try_from(value).ok();
        match (self.month, self.numbers.as_slice()) {
            (Some(month), [(year, 4), (day, _)] | [(day, _), (year, 4)]) => {
                Some((*year, month, *day))
            }
            (Some(month), [(day, 1..=2), (year, 2)]) => {
                Some((if *year < 70 { 2000 } else { 1900 } + year, month, *day))
            }
            (None, [(year, 4), (month, 1..=2), (day, 1..=2)]) => {
                Some((*year, small(*month)?, *day))
            }
            (None, [(one, 1..=2), (other, 1..=2), (year, 4)]) => {
                let day_first = match (one, other) {
                    (13.., _) => true,
                    (_, 13..) => false,
                    _ if one == other || self.separator == Some('.') => true,
                    // Which comes first is a matter of the country.
                    _ if language.is_empty() || language == "en" => return None,
                    _ => true,
                };
                let (day, month) = if day_first { (one, other) } else { (other, one) };
                Some((*year, small(*month)?, *day))
            }
            _ => None,
        }
    }
}

/// The zone that a time without one is in, in minutes east.
fn usual_zone(language: &str) -> i32 {
    match language {
        "ja" | "ko" => 540,
        "zh" => 480,
        _ => 0,
    }
}

/// Seconds or milliseconds since 1970.
fn epoch(text: &str) -> Option<Timestamp> {
    let number: i64 = text.parse().ok()?;
    match text.len() {
        9..=10 => Timestamp::from_second(number).ok(),
        12..=13 => Timestamp::from_millisecond(number).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check_in(language: &str, text: &str, expected: &str) {
        let found = parse(text, Some(language)).map(|at| at.to_string()).unwrap_or_default();
        assert_eq!(found, expected, "{text}");
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        check_in("", text, expected);
    }

    #[test]
    fn dates_are_read_as_they_are_written() {
        check("2024-07-28T18:30:00+09:00", "2024-07-28T09:30:00Z");
        check("2024-07-28T18:30:00.25Z", "2024-07-28T18:30:00.25Z");
        check("Sun, 28 Jul 2024 18:30:00 +0530", "2024-07-28T13:00:00Z");
        check("Sun, 28 Jul 2024 18:30:00 GMT", "2024-07-28T18:30:00Z");
        check("Sun, 28 Jul 2024 18:30:00 EDT", "2024-07-28T22:30:00Z");
        check("Mon, 28 Jul 2024 18:30:00 GMT", "2024-07-28T18:30:00Z");
        check("Sun, 28 Jul 2024 18:30:00 JST", "2024-07-28T09:30:00Z");
        check("Sunday, 28 July 2024 18:30:00 GMT", "2024-07-28T18:30:00Z");
        check("Tuesday, 3 Sept 2024 18:30:00 AEST", "2024-09-03T08:30:00Z");
        check("28 Jul 2024 18:30:00 CEST", "2024-07-28T16:30:00Z");
        check("2024-07-28 18:30:00 KST", "2024-07-28T09:30:00Z");
        check("  2024-07-28 18:30:00  ", "2024-07-28T18:30:00Z");
        check("2024-07-28 18:30:00+03:00", "2024-07-28T15:30:00Z");
        check("2024-07-28 18:30:00 +03:00", "2024-07-28T15:30:00Z");
        check("2024-07-28T18:30:00", "2024-07-28T18:30:00Z");
        check("2024-07-28T18:30+0300", "2024-07-28T15:30:00Z");
        check("2024/07/28 18:30", "2024-07-28T18:30:00Z");
        check("2024/7/8 8:30:00", "2024-07-08T08:30:00Z");
        check("2024-07-28", "2024-07-28T00:00:00Z");
        check("20240728", "2024-07-28T00:00:00Z");
        check("20240728183000", "2024-07-28T18:30:00Z");
        check("Sun Jul 28 2024 18:30:00", "2024-07-28T18:30:00Z");
        check("Sun Jul 28 2024 18:30:00 GMT+0300", "2024-07-28T15:30:00Z");
        check("Sun Jul 28 18:30:00 MSK 2024", "2024-07-28T15:30:00Z");
        check("Sun 28 Jul 2024 18:30:00 HKT", "2024-07-28T10:30:00Z");
        check("Sun, 28 Jul 24 18:30:00 CET", "2024-07-28T17:30:00Z");
        check("Sun, Jul 28 2024 06:30:33 PM", "2024-07-28T18:30:33Z");
        check("July 28, 2024, 12:05 a.m. EST", "2024-07-28T05:05:00Z");
        check("28.07.2024 18:30", "2024-07-28T18:30:00Z");
        check("28/07/2024", "2024-07-28T00:00:00Z");
        check("07/28/2024", "2024-07-28T00:00:00Z");
        check("1722191400", "2024-07-28T18:30:00Z");
        check("1722191400000", "2024-07-28T18:30:00Z");
    }

    #[test]
    fn months_have_names_in_many_languages() {
        check("mar. 28 juil. 2024 18:30:00 +0200", "2024-07-28T16:30:00Z");
        check("dim., 28 août 2024 18:30", "2024-08-28T18:30:00Z");
        check("So, 28 Mär 2024 18:30:00 +0100", "2024-03-28T17:30:00Z");
        check("Dienstag, 3. Dezember 2024 18:30 Uhr", "2024-12-03T18:30:00Z");
        check("28 de julio de 2024", "2024-07-28T00:00:00Z");
        check("lun, 01 ene 2024 18:30:00 -0300", "2024-01-01T21:30:00Z");
        check("Вс, 28 июля 2024 18:30:00 +0300", "2024-07-28T15:30:00Z");
        check("28 мая 2024, 18:30 MSK", "2024-05-28T15:30:00Z");
        check("28 Temmuz 2024 18:30", "2024-07-28T18:30:00Z");
        check("28 gennaio 2024", "2024-01-28T00:00:00Z");
        check("28 Φεβρουαρίου 2024", "2024-02-28T00:00:00Z");
        check("28 września 2024", "2024-09-28T00:00:00Z");
        check("28 Agustus 2024 18:30 WIB", "2024-08-28T11:30:00Z");
    }

    #[test]
    fn years_months_and_days_have_their_signs() {
        check_in("ja", "2024年07月28日 18時30分", "2024-07-28T09:30:00Z");
        check_in("ja", "2024年7月28日午後6時30分15秒", "2024-07-28T09:30:15Z");
        check_in("zh-CN", "２０２４年７月２８日 下午 6:30", "2024-07-28T10:30:00Z");
        check_in("ko", "2024년 7월 28일 오후 6시 30분", "2024-07-28T09:30:00Z");
        check("2003年06月10日", "2003-06-10T00:00:00Z");
    }

    #[test]
    fn a_time_without_a_zone_is_where_the_language_is_spoken() {
        check_in("ja-JP", "2024-07-28 18:30:00", "2024-07-28T09:30:00Z");
        check_in("ko", "2024-07-28T18:30:00", "2024-07-28T09:30:00Z");
        check_in("zh-Hant", "2024/07/28 18:30", "2024-07-28T10:30:00Z");
        check_in("en", "2024-07-28 18:30:00", "2024-07-28T18:30:00Z");
        check_in("ja", "2024-07-28", "2024-07-28T00:00:00Z");
        check_in("zh", "Sun, 28 Jul 2024 18:30:00 CST", "2024-07-28T10:30:00Z");
        check_in("en", "Sun, 28 Jul 2024 18:30:00 CST", "2024-07-29T00:30:00Z");
        check_in("de", "05/06/2024", "2024-06-05T00:00:00Z");
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            "yesterday",
            "0001-01-01T00:00:00Z",
            "9999-12-31T00:00:00Z",
            "2024-13-40",
            "Sun, 28 Jul 2024 25:61:00 GMT",
            "12345",
            "2024",
            "July 2024",
            "99999999999999999999",
            "05/06/2024",
            "28 Jul 2024 18:30:00 +9900",
            "1 2 3 4 5",
            "三月",
        ] {
            assert_eq!(parse(text, None), None, "{text}");
        }
        assert_eq!(parse(&format!("{}2024-07-28", " x".repeat(50)), None), None);
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in "([0-9]{1,4}|[-+:/., ]|Jul|PM|JST|年|午後|\\PC){0,20}") {
            let _ = parse(&text, Some("ja"));
        }
    }
}
