//! How long a server says that its answer stays fresh.
//!
//! `http-cache-semantics` knows all of RFC 9111 and was not taken: it guesses where a server
//! says nothing (a tenth of the age of `Last-Modified`), measures against our own clock, and
//! does not tell which header it went by, which an operator wants to see. What is left of it
//! without that is the one function below.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{AGE, CACHE_CONTROL, DATE, EXPIRES, HeaderMap, HeaderName};

use crate::net::retry_after;

/// What an answer says of its freshness.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Freshness {
    /// Nothing. On a 304 this means: as it was.
    #[default]
    Unsaid,
    /// That it has none: `no-cache`, `max-age=0`, an `Expires` that has passed. It is no reason
    /// to ask more often.
    Stale,
    /// `Cache-Control: max-age`, less `Age`.
    MaxAge(Duration),
    /// `Expires`, less `Date`.
    Expires(Duration),
}

impl Freshness {
    /// How long; `None` where that is no time at all.
    pub(crate) const fn length(self) -> Option<Duration> {
        match self {
            Self::Unsaid | Self::Stale => None,
            Self::MaxAge(length) | Self::Expires(length) => Some(length),
        }
    }
}

/// Reads the headers of an answer.
///
/// `max-age` wins over `Expires`; `s-maxage` is for caches that people share and does not count;
/// an `Expires` that is no date has passed; the server's clock is compared with itself only.
/// Directives may be spread over several headers.
///
/// Source: RFC 9111 §4.2.1, §5.2.2.1, §5.3.
pub(crate) fn freshness(headers: &HeaderMap) -> Freshness {
    let text = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let seconds = |value: &str| value.trim().trim_matches('"').parse::<u64>().ok();
    let cache_control: Vec<&str> =
        headers.get_all(CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok()).collect();
    let max_age = cache_control.iter().flat_map(|value| value.split(',')).find_map(|directive| {
        let (name, value) = directive.split_once('=')?;
        name.trim().eq_ignore_ascii_case("max-age").then(|| seconds(value))?
    });
    if let Some(max_age) = max_age {
        let age = text(&AGE).and_then(seconds).unwrap_or(0);
        return match max_age.saturating_sub(age) {
            0 => Freshness::Stale,
            left => Freshness::MaxAge(Duration::from_secs(left)),
        };
    }
    let date = |name: &HeaderName| -> Option<Timestamp> {
        retry_after::http_date(headers.get(name)?.as_bytes())
    };
    if headers.contains_key(EXPIRES) {
        let left = date(&EXPIRES).zip(date(&DATE)).map(|(until, now)| until.duration_since(now));
        let left = left.and_then(|left| Duration::try_from(left).ok()).unwrap_or_default();
        return if left.is_zero() { Freshness::Stale } else { Freshness::Expires(left) };
    }
    if cache_control.is_empty() { Freshness::Unsaid } else { Freshness::Stale }
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    #[test]
    fn freshness_is_the_servers_word() {
        #[track_caller]
        fn check(headers: &[(&'static str, &str)], expected: Freshness) {
            let headers: HeaderMap = headers
                .iter()
                .map(|(name, value)| {
                    let value = HeaderValue::from_bytes(value.as_bytes()).expect("good");
                    (HeaderName::from_static(name), value)
                })
                .fold(HeaderMap::new(), |mut all, (name, value)| {
                    all.append(name, value);
                    all
                });
            assert_eq!(freshness(&headers), expected, "{headers:?}");
        }
        let max_age = |seconds| Freshness::MaxAge(Duration::from_secs(seconds));
        let expires = |seconds| Freshness::Expires(Duration::from_secs(seconds));
        check(&[("cache-control", "max-age=1800")], max_age(1_800));
        check(&[("cache-control", "public, Max-Age=\"1800\"")], max_age(1_800));
        check(&[("cache-control", "public"), ("cache-control", "max-age=60")], max_age(60));
        check(&[("cache-control", "max-age=1800"), ("age", "600")], max_age(1_200));
        check(&[("cache-control", "max-age=1800"), ("age", "1800")], Freshness::Stale);
        check(&[("cache-control", "max-age=1800"), ("age", "old")], max_age(1_800));
        check(&[("cache-control", "s-maxage=1800")], Freshness::Stale);
        check(&[("cache-control", "s-maxage=9, max-age=60")], max_age(60));
        check(&[("cache-control", "no-cache")], Freshness::Stale);
        check(&[("cache-control", "max-age=0")], Freshness::Stale);
        check(&[("cache-control", "max-age=-5")], Freshness::Stale);
        let date = ("date", "Sun, 28 Jul 2024 09:00:00 GMT");
        let in_ten = ("expires", "Sun, 28 Jul 2024 09:10:00 GMT");
        check(&[date, in_ten], expires(600));
        check(&[date, in_ten, ("cache-control", "max-age=60")], max_age(60));
        check(&[date, in_ten, ("cache-control", "public")], expires(600));
        check(&[date, ("expires", "Sun, 28 Jul 2024 08:10:00 GMT")], Freshness::Stale);
        check(&[date, ("expires", "0")], Freshness::Stale);
        check(&[date, ("expires", "-1")], Freshness::Stale);
        check(&[in_ten], Freshness::Stale);
        check(&[], Freshness::Unsaid);
    }
}
