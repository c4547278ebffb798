//! One conditional GET of a feed.

use std::time::Duration;

use bytes::Bytes;
use url::Url;

use super::{Outcome, Polling};
use crate::net;

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
        /// On 304: what the answer says the validators are now. Otherwise `None`: kept as they were.
        validators: Option<Validators>,
        /// `Retry-After` or freshness (`max-age` less `Age`), capped at 24 hours.
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
    let _ = (client, polling, url, validators);
    unimplemented!("helper FEED")
}
