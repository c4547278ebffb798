//! One conditional GET of a feed, and what the answer means.
//!
//! Nothing is sent that a server has no use for: no cookie, no Referer, no `Cache-Control`, and
//! no `A-IM` (RFC 3229): the few servers that know it make the difference by date, and an item
//! that was dated back would be lost.

use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{
    ACCEPT, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue, IF_MODIFIED_SINCE,
    IF_NONE_MATCH, LAST_MODIFIED,
};
use url::Url;

use super::fresh::{Freshness, freshness};
use super::{Outcome, Polling};
use crate::net::{self, retry_after};

/// Redirects that are followed.
const REDIRECTS_MAX: usize = 5;
/// Bytes of a validator that we keep; a longer one is no validator.
const VALIDATOR_BYTES_MAX: usize = 1 << 10;
/// What we read, the most telling first.
const ACCEPTED: &str = "application/atom+xml, application/rss+xml, application/feed+json, \
                        application/rdf+xml;q=0.9, application/xml;q=0.8, text/xml;q=0.8, \
                        application/json;q=0.7, */*;q=0.1";

/// What the server gave us last time, byte for byte, to ask "anything newer?".
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Validators {
    pub(crate) etag: Option<Vec<u8>>,
    pub(crate) last_modified: Option<Vec<u8>>,
    /// The address that gave them, after redirects, and the only one that is sent them; `None`:
    /// the feed's own.
    pub(crate) given_by: Option<String>,
}

impl Validators {
    /// Whether there is nothing to ask with.
    pub(crate) const fn is_empty(&self) -> bool {
        self.etag.is_none() && self.last_modified.is_none()
    }

    /// What they are after a 304 that named `new`: what it does not name stays as it was.
    /// Source: RFC 9111 §4.3.4.
    pub(crate) fn renewed(&self, new: Self) -> Self {
        Self {
            etag: new.etag.or_else(|| self.etag.clone()),
            last_modified: new.last_modified.or_else(|| self.last_modified.clone()),
            given_by: new.given_by,
        }
    }
}

/// What one request brought.
#[derive(Debug)]
pub(crate) enum Fetched {
    /// A body, whole and within the caps.
    Body(Body, Head),
    /// No body to read: 304, 404, 410, 429, unreachable, blocked, too large.
    Nothing(Outcome, Head),
}

/// What stands beside the body of an answer; all empty where there was none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) status: Option<u16>,
    /// The host that answered, after redirects.
    pub(crate) host: Option<String>,
    /// Those that this answer names.
    pub(crate) validators: Validators,
    pub(crate) fresh: Freshness,
    /// `Retry-After` of an answer that is no success.
    pub(crate) asked: Option<Duration>,
    /// A new address, where every redirect on the way was permanent (301, 308).
    pub(crate) moved_to: Option<Url>,
    /// The body holds only what is new (226 with `IM: feed`, RFC 3229).
    pub(crate) partial: bool,
}

/// A body, and what it takes to read it.
#[derive(Debug)]
pub(crate) struct Body {
    pub(crate) bytes: Bytes,
    /// `Content-Type` as sent.
    pub(crate) content_type: Option<String>,
    /// After redirects: what relative links are relative to.
    pub(crate) final_url: Url,
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
        patience: net::PATIENCE,
    };
    let given_by = validators.given_by.as_ref().and_then(|given_by| given_by.parse().ok());
    let headers = net::Headers {
        everywhere: HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(ACCEPTED))]),
        only_at: Some((given_by.unwrap_or_else(|| url.clone()), conditions(validators))),
    };
    match client.get(url, headers, bounds).await {
        Ok(response) => judge(response, url),
        Err(error) => {
            let reason = error.to_string();
            let outcome = match error {
                net::Error::Blocked(_) => Outcome::Blocked { reason },
                net::Error::TooLarge(_) => Outcome::TooLarge { reason },
                net::Error::Unreachable(_) => Outcome::Unreachable { reason },
            };
            Fetched::Nothing(outcome, Head::default())
        }
    }
}

/// The validators as they came: they are the server's, and opaque to us.
fn conditions(validators: &Validators) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let mut echo = |name: HeaderName, value: &Option<Vec<u8>>| {
        let value = value.as_deref().and_then(|value| HeaderValue::from_bytes(value).ok());
        if let Some(value) = value {
            headers.insert(name, value);
        }
    };
    echo(IF_NONE_MATCH, &validators.etag);
    echo(IF_MODIFIED_SINCE, &validators.last_modified);
    headers
}

/// What an answer to a request for `asked_url` means. Source: RFC 9110 §15.
fn judge(response: net::Response, asked_url: &Url) -> Fetched {
    let headers = &response.headers;
    let status = response.status;
    let given_by = (response.final_url != *asked_url).then(|| response.final_url.to_string());
    let success = matches!(status, 200 | 203 | 226 | 304);
    let head = Head {
        status: Some(status),
        host: response.final_url.host_str().map(str::to_owned),
        validators: if success { validators(headers, given_by) } else { Validators::default() },
        fresh: if success { freshness(headers) } else { Freshness::Unsaid },
        asked: if success { None } else { retry_after::of(headers) },
        moved_to: response.moved_permanently.then(|| response.final_url.clone()),
        partial: status == 226 && makes_a_difference(headers),
    };
    let nothing = |outcome| Fetched::Nothing(outcome, head.clone());
    match status {
        200 | 203 | 226 => {
            let content_type = headers
                .get(CONTENT_TYPE)
                .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
            let body = Body { bytes: response.body, content_type, final_url: response.final_url };
            Fetched::Body(body, head)
        }
        304 => nothing(Outcome::Unchanged),
        410 => nothing(Outcome::Gone),
        _ if is_challenge(headers) => nothing(Outcome::Challenged { status }),
        429 => nothing(Outcome::Throttled { status }),
        500..=599 if head.asked.is_some() => nothing(Outcome::Throttled { status }),
        _ => nothing(Outcome::Refused { status }),
    }
}

/// Whether an answer wants to see a browser. Source: Cloudflare, “Detect a Challenge Page
/// response”.
fn is_challenge(headers: &HeaderMap) -> bool {
    headers.get("cf-mitigated").is_some_and(|value| value.as_bytes() == b"challenge")
}

/// Whether the server says that its body is a difference (`IM: feed`).
fn makes_a_difference(headers: &HeaderMap) -> bool {
    let manipulations = headers.get_all("im").iter().filter_map(|value| value.to_str().ok());
    manipulations
        .flat_map(|value| value.split(','))
        .any(|it| it.trim().eq_ignore_ascii_case("feed"))
}

fn validators(headers: &HeaderMap, given_by: Option<String>) -> Validators {
    let kept = |name: HeaderName| {
        let value = headers.get(name)?.as_bytes();
        (!value.is_empty() && value.len() <= VALIDATOR_BYTES_MAX).then(|| value.to_vec())
    };
    Validators { etag: kept(ETAG), last_modified: kept(LAST_MODIFIED), given_by }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(status: u16, headers: &[(&'static str, &str)]) -> net::Response {
        let pair = |(name, value): &(&'static str, &str)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_bytes(value.as_bytes()).expect("good"),
            )
        };
        net::Response {
            status,
            headers: headers.iter().map(pair).collect(),
            body: Bytes::new(),
            final_url: url(),
            moved_permanently: false,
        }
    }

    fn url() -> Url {
        Url::parse("https://news.example/feed").expect("good")
    }

    fn head(fetched: Fetched) -> Head {
        match fetched {
            Fetched::Body(_, head) | Fetched::Nothing(_, head) => head,
        }
    }

    #[test]
    fn every_status_has_its_outcome() {
        #[track_caller]
        fn check(
            status: u16,
            headers: &[(&'static str, &str)],
            expected: &Outcome,
            asked: Option<u64>,
        ) {
            match judge(response(status, headers), &url()) {
                Fetched::Nothing(outcome, head) => {
                    assert_eq!((&outcome, head.asked), (expected, asked.map(Duration::from_secs)));
                    assert_eq!(head.status, Some(status));
                }
                Fetched::Body(..) => panic!("{status} is a body"),
            }
        }
        let retry = [("retry-after", "7")];
        check(304, &[], &Outcome::Unchanged, None);
        check(304, &retry, &Outcome::Unchanged, None);
        check(410, &[], &Outcome::Gone, None);
        check(429, &[], &Outcome::Throttled { status: 429 }, None);
        check(429, &retry, &Outcome::Throttled { status: 429 }, Some(7));
        for status in [500, 502, 503, 504] {
            check(status, &retry, &Outcome::Throttled { status }, Some(7));
            check(status, &[], &Outcome::Refused { status }, None);
        }
        check(404, &[("cache-control", "max-age=900")], &Outcome::Refused { status: 404 }, None);
        check(403, &retry, &Outcome::Refused { status: 403 }, Some(7));
        check(401, &[], &Outcome::Refused { status: 401 }, None);
        let challenge = [("cf-mitigated", "challenge"), ("content-type", "text/html")];
        for status in [403, 429, 503] {
            check(status, &challenge, &Outcome::Challenged { status }, None);
        }
        for status in [200, 203, 226] {
            let fetched = judge(response(status, &retry), &url());
            assert!(matches!(fetched, Fetched::Body(..)), "{status}");
            assert_eq!(head(fetched).asked, None);
        }
    }

    #[test]
    fn validators_go_back_byte_for_byte() {
        let etag = "W/\"a,b\\\"c\u{e9}\"";
        let date = "Sun, 6 Nov 1994 8:49:37 GMT";
        let given = [("etag", etag), ("last-modified", date)];
        let headers = conditions(&head(judge(response(200, &given), &url())).validators);
        assert_eq!(headers[IF_NONE_MATCH].as_bytes(), etag.as_bytes());
        assert_eq!(headers[IF_MODIFIED_SINCE].as_bytes(), date.as_bytes());
        assert_eq!(conditions(&Validators::default()), HeaderMap::new());
    }

    #[test]
    fn validators_are_of_the_address_that_gave_them() {
        let given_by = |asked: &str| {
            let asked = Url::parse(asked).expect("good");
            head(judge(response(200, &[("etag", "1")]), &asked)).validators.given_by
        };
        assert_eq!(given_by("https://news.example/feed"), None);
        let expected = Some("https://news.example/feed".to_owned());
        assert_eq!(given_by("https://old.example/rss"), expected);
    }

    #[test]
    fn validators_of_anything_but_success_are_none() {
        let monstrous = format!("\"{}\"", "x".repeat(VALIDATOR_BYTES_MAX));
        for (status, etag) in [(500, "\"1\""), (404, "\"1\""), (200, &monstrous), (200, "")] {
            let head = head(judge(response(status, &[("etag", etag)]), &url()));
            assert!(head.validators.is_empty(), "{status} {etag}");
        }
    }

    #[test]
    fn a_304_changes_what_it_names() {
        #[track_caller]
        fn check(old: [&str; 2], new: [&str; 2], expected: [&str; 2]) {
            let validators = |[etag, last_modified]: [&str; 2]| {
                let some = |text: &str| (!text.is_empty()).then(|| text.as_bytes().to_vec());
                Validators { etag: some(etag), last_modified: some(last_modified), given_by: None }
            };
            assert_eq!(validators(old).renewed(validators(new)), validators(expected));
        }
        check(["1", "then"], ["", ""], ["1", "then"]);
        check(["1", "then"], ["2", ""], ["2", "then"]);
        check(["1", "then"], ["", "now"], ["1", "now"]);
        check(["", ""], ["2", ""], ["2", ""]);
    }

    #[test]
    fn a_difference_is_told_from_a_whole() {
        let partial = |status, headers: &[(&'static str, &str)]| {
            head(judge(response(status, headers), &url())).partial
        };
        assert!(partial(226, &[("im", "feed")]));
        assert!(partial(226, &[("im", "gzip, Feed")]));
        assert!(!partial(226, &[]));
        assert!(!partial(226, &[("im", "vcdiff")]));
        assert!(!partial(200, &[("im", "feed")]));
    }
}
