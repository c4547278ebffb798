//! A document from a file, an address or standard input, fetched as the daemon would fetch it.

use std::fs::File;
use std::io::{self, Read};

use anyhow::{Context as _, anyhow, ensure};
use bytes::Bytes;
use url::Url;

use crate::feed::fetch::{Body, Fetched, Validators, fetch};
use crate::feed::{Outcome, Polling};
use crate::net::Client;

/// Bytes of a file or of standard input.
const INPUT_BYTES_MAX: u64 = 16 << 20;

/// An http or https address; `None` for what is no address at all.
pub(super) fn address(source: &str) -> anyhow::Result<Option<Url>> {
    let Some((scheme, _)) = source.split_once("://") else { return Ok(None) };
    if source.contains(char::is_whitespace) || !scheme.bytes().all(|it| it.is_ascii_alphanumeric())
    {
        return Ok(None);
    }
    let url = Url::parse(source).with_context(|| format!("`{source}` is no address"))?;
    ensure!(
        matches!(url.scheme(), "http" | "https") && url.has_host(),
        "`{source}`: expected an http or https address"
    );
    Ok(Some(url))
}

/// What is in a file.
pub(super) fn file(path: &str) -> anyhow::Result<Body> {
    let cannot = || format!("cannot read `{path}`");
    File::open(path).map_err(Into::into).and_then(read).with_context(cannot)
}

/// What comes on standard input.
pub(super) fn standard_input() -> anyhow::Result<Body> {
    read(io::stdin().lock()).context("cannot read standard input")
}

/// Reads a document that is no answer of a server. Read no further than the cap: a device has
/// no size and no end.
fn read(from: impl Read) -> anyhow::Result<Body> {
    let mut bytes = Vec::new();
    from.take(INPUT_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    ensure!(bytes.len() as u64 <= INPUT_BYTES_MAX, "it is larger than 16 MiB");
    Ok(Body {
        bytes: Bytes::from(bytes),
        content_type: None,
        // Relative links lead nowhere.
        final_url: Url::parse("file:///").expect("a URL"),
    })
}

/// Why an address gave no document.
#[derive(Debug)]
pub(super) enum Refusal {
    /// What the server or the guard made of the request.
    Outcome(Outcome),
    /// No HTTP client on this system.
    Client(String),
}

impl Refusal {
    pub(super) fn told(self, url: &Url) -> anyhow::Error {
        match self {
            Self::Outcome(outcome) => anyhow!("{outcome}").context(format!("cannot fetch `{url}`")),
            Self::Client(reason) => anyhow!("cannot make an HTTP client: {reason}"),
        }
    }
}

/// What is at an address, guarded as a configured feed is.
pub(super) async fn fetched(url: &Url, polling: &Polling) -> Result<Body, Refusal> {
    let client = Client::new(polling.guard(), &polling.user_agent()).map_err(Refusal::Client)?;
    match fetch(&client, polling, url, &Validators::default()).await {
        Fetched::Body(body, _) => Ok(body),
        Fetched::Nothing(outcome, _) => Err(Refusal::Outcome(outcome)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_http_or_https() {
        #[track_caller]
        fn check(source: &str, expected: Result<bool, &str>) {
            let found = address(source).map(|it| it.is_some()).map_err(|it| it.to_string());
            assert_eq!(found.as_ref().map_err(String::as_str), expected.as_ref().map_err(|it| *it));
        }
        check("https://news.example/feed", Ok(true));
        check("Mali/Niger", Ok(false));
        check("see http://a.example for more", Ok(false));
        let expected = "`ftp://news.example/feed`: expected an http or https address";
        check("ftp://news.example/feed", Err(expected));
        check("http://", Err("`http://` is no address"));
    }
}
