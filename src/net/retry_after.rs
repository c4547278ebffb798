//! `Retry-After`, in every form that is seen. Source: RFC 9110 §10.2.3.

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

/// No server is waited for longer.
const MAX: Duration = Duration::from_secs(86_400);

/// How long the answer asks us to wait; `None` where it does not, or not readably.
pub(crate) fn of(headers: &HeaderMap) -> Option<Duration> {
    let date = headers.get(DATE).and_then(|date| http_date(date.as_bytes()));
    parse(headers.get(RETRY_AFTER)?.as_bytes(), date)
}

/// Reads seconds, seconds with a fraction (rounded up; some send them), or an HTTP-date.
///
/// A date is taken against the answer's own `date`, so that a clock that is off, theirs or
/// ours, makes no difference; without one it is ignored. What is past, negative or junk is
/// `None`; the rest is cut to 24 hours.
pub(crate) fn parse(value: &[u8], date: Option<Timestamp>) -> Option<Duration> {
    let text = std::str::from_utf8(value).ok()?.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        // Digits only: `inf`, `1e9` and `-1` are numbers to `f64` and junk to HTTP.
        let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        if !plain || seconds <= 0.0 {
            return None;
        }
        return Some(Duration::try_from_secs_f64(seconds.ceil()).unwrap_or(MAX).min(MAX));
    }
    let until = http_date(text.as_bytes())?;
    let wait = Duration::try_from(until.duration_since(date?)).ok()?;
    (!wait.is_zero()).then(|| wait.min(MAX))
}

/// Reads an HTTP-date in the form that is sent today (RFC 9110 §5.6.7, IMF-fixdate).
pub(crate) fn http_date(value: &[u8]) -> Option<Timestamp> {
    static PARSER: DateTimeParser = DateTimeParser::new().relaxed_weekday(true);
    PARSER.parse_timestamp(value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_read_and_bounded() {
        #[track_caller]
        fn check(value: &str, seconds: Option<u64>) {
            let date = http_date(b"Sun, 28 Jul 2024 09:00:00 GMT");
            assert!(date.is_some());
            assert_eq!(parse(value.as_bytes(), date), seconds.map(Duration::from_secs), "{value}");
        }
        check("120", Some(120));
        check(" 120 ", Some(120));
        check("1.2", Some(2));
        check("0.001", Some(1));
        check("999999999999", Some(86_400));
        check(&"9".repeat(400), Some(86_400));
        check("Sun, 28 Jul 2024 09:01:00 GMT", Some(60));
        check("Mon, 28 Jul 2024 09:01:00 GMT", Some(60));
        check("Tue, 28 Jul 2026 09:01:00 GMT", Some(86_400));
        check("Sun, 28 Jul 2024 08:59:00 GMT", None);
        check("0", None);
        check("-5", None);
        check("inf", None);
        check("nan", None);
        check("1e9", None);
        check("soon", None);
        check("", None);
    }

    #[test]
    fn a_date_without_the_servers_own_is_ignored() {
        assert_eq!(parse(b"Sun, 28 Jul 2024 09:01:00 GMT", None), None);
    }
}
