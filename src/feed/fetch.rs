//! One conditional GET of a feed, and what the answer means.

use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use reqwest::header::{
    ACCEPT, AGE, CACHE_CONTROL, CONTENT_TYPE, DATE, ETAG, EXPIRES, HeaderMap, HeaderName,
    HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED,
};
use url::Url;

use super::{Outcome, Polling};
use crate::net::{self, retry_after};

/// Redirects that are followed.
const REDIRECTS_MAX: usize = 5;
/// Bytes of a validator that we keep; a longer one is no validator.
const VALIDATOR_BYTES_MAX: usize = 1 << 10;
/// The longest that freshness keeps us away: some feeds say years.
const FRESHNESS_MAX: Duration = Duration::from_secs(6 * 3_600);
/// What we read, the most telling first.
const ACCEPTED: &str = "application/atom+xml, application/rss+xml, application/feed+json, \
                        application/rdf+xml;q=0.9, application/xml;q=0.8, text/xml;q=0.8, \
                        application/json;q=0.7, */*;q=0.1";

/// What the server gave us last time, byte for byte, to ask "anything newer?".
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Validators {
    pub(crate) etag: Option<Vec<u8>>,
    pub(crate) last_modified: Option<Vec<u8>>,
}

/// What one request brought.
#[derive(Debug)]
pub(crate) enum Fetched {
    /// A body, whole and within the caps.
    Body(Body),
    /// No body to read: 304, 404, 410, 429, unreachable, blocked, too large.
    Nothing {
        outcome: Outcome,
        /// On 304: what the validators are now, where the answer says. Else `None`: as they were.
        validators: Option<Validators>,
        /// `Retry-After` where the server asks to be left alone, else freshness.
        hint: Option<Duration>,
    },
}

/// A body and what its headers said.
#[derive(Debug)]
pub(crate) struct Body {
    pub(crate) bytes: Bytes,
    /// `Content-Type` as sent.
    pub(crate) content_type: Option<String>,
    pub(crate) validators: Validators,
    pub(crate) hint: Option<Duration>,
    /// After redirects: what relative links are relative to.
    pub(crate) final_url: Url,
    /// A new address, where every redirect on the way was permanent (301, 308).
    pub(crate) moved_to: Option<Url>,
}

/// Fetches `url`, asking for what is newer than `validators`.
pub(crate) async fn fetch(
    client: &net::Client,
    polling: &Polling,
    url: &Url,
    validators: &Validators,
) -> Fetched {
    let bounds = net::Bounds {
        total: polling.timeout.0,
        wire_bytes_max: polling.max_body.0,
        decoded_bytes_max: polling.max_body.0.saturating_mul(2),
        redirects_max: REDIRECTS_MAX,
    };
    match client.get(url, request_headers(validators), bounds).await {
        Ok(response) => judge(response),
        Err(error) => {
            let reason = error.to_string();
            let outcome = match error {
                net::Error::Blocked(_) => Outcome::Blocked { reason },
                net::Error::TooLarge(_) => Outcome::TooLarge { reason },
                net::Error::Unreachable(_) => Outcome::Unreachable { reason },
            };
            Fetched::Nothing { outcome, validators: None, hint: None }
        }
    }
}

fn request_headers(validators: &Validators) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static(ACCEPTED));
    let mut echo = |name: HeaderName, value: &Option<Vec<u8>>| {
        // Bytes as they came: validators are the server's, and opaque to us.
        let value = value.as_deref().and_then(|value| HeaderValue::from_bytes(value).ok());
        if let Some(value) = value {
            headers.insert(name, value);
        }
    };
    echo(IF_NONE_MATCH, &validators.etag);
    echo(IF_MODIFIED_SINCE, &validators.last_modified);
    headers
}

/// What an answer means. Source: RFC 9110 §15.
fn judge(response: net::Response) -> Fetched {
    let headers = &response.headers;
    let nothing = |outcome, hint| Fetched::Nothing { outcome, validators: None, hint };
    match response.status {
        200 | 203 | 226 => Fetched::Body(Body {
            content_type: headers
                .get(CONTENT_TYPE)
                .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()),
            validators: validators(headers),
            hint: freshness(headers),
            moved_to: response.moved_permanently.then(|| response.final_url.clone()),
            bytes: response.body,
            final_url: response.final_url,
        }),
        304 => {
            let new = validators(headers);
            let says = new != Validators::default();
            Fetched::Nothing {
                outcome: Outcome::Unchanged,
                validators: says.then_some(new),
                hint: freshness(headers),
            }
        }
        410 => nothing(Outcome::Gone, None),
        status @ 429 => nothing(Outcome::Throttled { status }, retry_after::of(headers)),
        status => match retry_after::of(headers) {
            Some(asked) if status == 503 => nothing(Outcome::Throttled { status }, Some(asked)),
            _ => nothing(Outcome::Refused { status }, None),
        },
    }
}

fn validators(headers: &HeaderMap) -> Validators {
    let kept = |name: HeaderName| {
        let value = headers.get(name)?.as_bytes();
        (!value.is_empty() && value.len() <= VALIDATOR_BYTES_MAX).then(|| value.to_vec())
    };
    Validators { etag: kept(ETAG), last_modified: kept(LAST_MODIFIED) }
}

/// How long the answer is fresh: `max-age` less `Age`, else `Expires` less `Date`.
///
/// `s-maxage` is for shared caches and does not count; the server's clock is compared with
/// itself only. Source: RFC 9111 §4.2.1, §5.2.2.1.
fn freshness(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let seconds = |value: &str| value.trim().trim_matches('"').parse::<u64>().ok();
    let max_age = text(CACHE_CONTROL).and_then(|directives| {
        directives.split(',').find_map(|directive| {
            let (name, value) = directive.split_once('=')?;
            name.trim().eq_ignore_ascii_case("max-age").then(|| seconds(value))?
        })
    });
    let fresh = if let Some(age) = max_age {
        Duration::from_secs(age.saturating_sub(text(AGE).and_then(seconds).unwrap_or(0)))
    } else {
        let date = |name: HeaderName| -> Option<Timestamp> {
            retry_after::http_date(headers.get(name)?.as_bytes())
        };
        Duration::try_from(date(EXPIRES)?.duration_since(date(DATE)?)).ok()?
    };
    (!fresh.is_zero()).then(|| fresh.min(FRESHNESS_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(status: u16, headers: &[(&'static str, &str)]) -> net::Response {
        let pair = |(name, value): &(&'static str, &str)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_bytes(value.as_bytes()).expect("a value"),
            )
        };
        net::Response {
            status,
            headers: headers.iter().map(pair).collect(),
            body: Bytes::from_static(b"<rss/>"),
            final_url: "https://feeds.example/x".parse().expect("a URL"),
            moved_permanently: false,
        }
    }

    #[test]
    fn every_status_has_its_outcome() {
        #[track_caller]
        fn check(
            status: u16,
            headers: &[(&'static str, &str)],
            expected: &Outcome,
            seconds: Option<u64>,
        ) {
            match judge(response(status, headers)) {
                Fetched::Nothing { outcome, hint, .. } => {
                    assert_eq!((&outcome, hint), (expected, seconds.map(Duration::from_secs)));
                }
                Fetched::Body(_) => panic!("{status} is a body"),
            }
        }
        check(304, &[], &Outcome::Unchanged, None);
        check(304, &[("cache-control", "max-age=900")], &Outcome::Unchanged, Some(900));
        check(410, &[], &Outcome::Gone, None);
        check(429, &[], &Outcome::Throttled { status: 429 }, None);
        check(429, &[("retry-after", "120")], &Outcome::Throttled { status: 429 }, Some(120));
        check(503, &[("retry-after", "7")], &Outcome::Throttled { status: 503 }, Some(7));
        check(503, &[], &Outcome::Refused { status: 503 }, None);
        check(500, &[("retry-after", "7")], &Outcome::Refused { status: 500 }, None);
        check(404, &[("cache-control", "max-age=900")], &Outcome::Refused { status: 404 }, None);
        check(401, &[], &Outcome::Refused { status: 401 }, None);
        for status in [200, 203, 226] {
            assert!(matches!(judge(response(status, &[])), Fetched::Body(_)), "{status}");
        }
    }

    #[test]
    fn validators_go_back_byte_for_byte() {
        let etag = "W/\"a,b\\\"c\u{e9}\"";
        let date = "Sun, 6 Nov 1994 8:49:37 GMT";
        let given = [("etag", etag), ("last-modified", date)];
        let Fetched::Body(body) = judge(response(200, &given)) else { panic!("a body") };
        let headers = request_headers(&body.validators);
        assert_eq!(headers[IF_NONE_MATCH].as_bytes(), etag.as_bytes());
        assert_eq!(headers[IF_MODIFIED_SINCE].as_bytes(), date.as_bytes());
        let none = request_headers(&Validators::default());
        assert!(!none.contains_key(IF_NONE_MATCH) && !none.contains_key(IF_MODIFIED_SINCE));
    }

    #[test]
    fn a_monstrous_validator_is_none() {
        let etag = format!("\"{}\"", "x".repeat(VALIDATOR_BYTES_MAX));
        let Fetched::Body(body) = judge(response(200, &[("etag", &etag)])) else {
            panic!("a body")
        };
        assert_eq!(body.validators, Validators::default());
    }

    #[test]
    fn a_304_may_bring_new_validators_and_never_takes_any() {
        let found = |headers: &[(&'static str, &str)]| match judge(response(304, headers)) {
            Fetched::Nothing { validators, .. } => validators,
            Fetched::Body(_) => panic!("304 is no body"),
        };
        assert_eq!(found(&[]), None);
        assert_eq!(found(&[("etag", "\"2\"")]).and_then(|it| it.etag), Some(b"\"2\"".to_vec()));
    }

    #[test]
    fn freshness_is_the_servers_word_within_reason() {
        #[track_caller]
        fn check(headers: &[(&'static str, &str)], seconds: Option<u64>) {
            let found = freshness(&response(200, headers).headers);
            assert_eq!(found, seconds.map(Duration::from_secs), "{headers:?}");
        }
        check(&[("cache-control", "max-age=1800")], Some(1_800));
        check(&[("cache-control", "public, Max-Age=\"1800\"")], Some(1_800));
        check(&[("cache-control", "max-age=1800"), ("age", "600")], Some(1_200));
        check(&[("cache-control", "s-maxage=1800")], None);
        check(&[("cache-control", "no-cache")], None);
        check(&[("cache-control", "max-age=0")], None);
        check(&[("cache-control", "max-age=31536000")], Some(6 * 3_600));
        let date = ("date", "Sun, 28 Jul 2024 09:00:00 GMT");
        check(&[date, ("expires", "Sun, 28 Jul 2024 09:10:00 GMT")], Some(600));
        check(&[date, ("expires", "0")], None);
        check(&[("expires", "Sun, 28 Jul 2024 09:10:00 GMT")], None);
        check(&[], None);
    }
}
