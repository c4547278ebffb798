//! Dates as feeds write them.
//!
//! Standards first (RFC 3339, RFC 2822), then the forms that are really seen: a blank for the
//! `T`, no zone, zone names, epoch seconds. A date is never invented: what cannot be read is
//! absent.

use chrono::{DateTime, Utc};
use jiff::civil::DateTime as CivilDateTime;
use jiff::fmt::rfc2822::DateTimeParser;
use jiff::{Timestamp, tz};

/// Zone names that RFC 2822 does not know, and what they mean in news feeds. Minutes east.
const ZONES: [(&str, i32); 22] = [
    ("NZDT", 780),
    ("NZST", 720),
    ("AEDT", 660),
    ("AEST", 600),
    ("JST", 540),
    ("KST", 540),
    ("HKT", 480),
    ("SGT", 480),
    ("PHT", 480),
    ("WIB", 420),
    ("ICT", 420),
    ("IST", 330),
    ("PKT", 300),
    ("MSK", 180),
    ("EAT", 180),
    ("EEST", 180),
    ("EET", 120),
    ("CEST", 120),
    ("SAST", 120),
    ("CET", 60),
    ("BST", 60),
    ("WET", 0),
];
/// Names that RFC 2822 shortens to three letters.
const LONG_NAMES: [&str; 19] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
    "January",
    "February",
    "March",
    "April",
    "June",
    "July",
    "August",
    "September",
    "Sept",
    "October",
    "November",
    "December",
];
/// No feed is older than the Web, and none knows the next century.
const YEARS: std::ops::RangeInclusive<i16> = 1990..=2100;

/// What feed-rs calls for each date; it speaks chrono.
pub(super) fn parse_for_feed_rs(text: &str) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_millis(parse(text)?.as_millisecond())
}

/// Reads a date; without a zone it is UTC.
pub(super) fn parse(text: &str) -> Option<Timestamp> {
    let text = &short_names(text.trim());
    // Names of zones first: RFC 2822 takes one that it does not know for UTC.
    let at = named_zone(text)
        .or_else(|| standard(text))
        .or_else(|| plain(text))
        .or_else(|| epoch(text))?;
    YEARS.contains(&at.to_zoned_datetime(tz::TimeZone::UTC).year()).then_some(at)
}

/// `Sunday, 28 July 2024` as `Sun, 28 Jul 2024`.
fn short_names(text: &str) -> String {
    let mut short = text.to_owned();
    for name in LONG_NAMES {
        if let Some(at) = short.find(name) {
            short.replace_range(at + 3..at + name.len(), "");
        }
    }
    short
}

fn standard(text: &str) -> Option<Timestamp> {
    static RFC2822: DateTimeParser = DateTimeParser::new().relaxed_weekday(true);
    text.parse().ok().or_else(|| RFC2822.parse_timestamp(text).ok())
}

/// `Sun, 28 Jul 2024 18:30:00 JST`: the zone's name replaced by its offset.
fn named_zone(text: &str) -> Option<Timestamp> {
    let (date, zone) = text.rsplit_once(' ')?;
    let (_, minutes) = ZONES.iter().find(|(name, _)| zone.eq_ignore_ascii_case(name))?;
    let sign = if *minutes < 0 { '-' } else { '+' };
    let (hours, minutes) = (minutes.abs() / 60, minutes.abs() % 60);
    standard(&format!("{date} {sign}{hours:02}{minutes:02}")).or_else(|| {
        standard(&format!("{}{sign}{hours:02}:{minutes:02}", date.replacen(' ', "T", 1)))
    })
}

/// `2024-07-28 18:30:00`, `2024/07/28 18:30`, `2024-07-28`, `28 Jul 2024 18:30:00`.
fn plain(text: &str) -> Option<Timestamp> {
    const FORMS: [&str; 9] = [
        "%Y-%m-%d %H:%M:%S%.f",
        "%Y-%m-%dT%H:%M:%S%.f",
        "%Y/%m/%d %H:%M:%S",
        "%Y-%m-%d %H:%M",
        "%Y/%m/%d %H:%M",
        "%d %b %Y %H:%M:%S",
        "%a, %d %b %Y %H:%M:%S",
        "%a %b %d %Y %H:%M:%S",
        "%b %d, %Y %H:%M:%S",
    ];
    if let Some(spaced) = text.get(..10).filter(|_| text.as_bytes().get(10) == Some(&b' '))
        && let Some(at) = standard(&format!("{spaced}T{}", text[11..].replace(' ', "")))
    {
        return Some(at);
    }
    let civil = FORMS.iter().find_map(|form| CivilDateTime::strptime(form, text).ok());
    let civil = civil.or_else(|| {
        Some(text.parse::<jiff::civil::Date>().ok()?.to_datetime(jiff::civil::Time::midnight()))
    });
    Some(civil?.to_zoned_datetime(tz::TimeZone::UTC).ok()?.timestamp())
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
    use super::*;

    #[test]
    fn dates_are_read_as_they_are_written() {
        #[track_caller]
        fn check(text: &str, expected: &str) {
            let found = parse(text).map(|at| at.to_string()).unwrap_or_default();
            assert_eq!(found, expected, "{text}");
        }
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
        check("2024/07/28 18:30", "2024-07-28T18:30:00Z");
        check("2024-07-28", "2024-07-28T00:00:00Z");
        check("Sun Jul 28 2024 18:30:00", "2024-07-28T18:30:00Z");
        check("1722191400", "2024-07-28T18:30:00Z");
        check("1722191400000", "2024-07-28T18:30:00Z");
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
            "99999999999999999999",
            "2024年7月28日",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
