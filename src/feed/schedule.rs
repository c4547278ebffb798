//! When to look at a feed again.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};

use crate::setting::{Length, Size};

/// `[polling]` as an operator writes it.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Polling {
    /// How often to look at a feed that says nothing of its own.
    pub interval: Interval,
    /// The shortest wait of `auto`.
    pub min_interval: Length,
    /// The longest wait of `auto`.
    pub max_interval: Length,
    /// The whole of one request, body included.
    pub timeout: Length,
    /// Polls under way at once.
    pub concurrency: usize,
    /// Polls under way at once to one host.
    pub per_host: usize,
    /// Bytes of one answer as they come over the wire; decoded it may be twice as many.
    pub max_body: Size,
    /// What happens to the items that are there at a feed's first poll.
    pub first_poll: FirstPoll,
    /// Who we say we are; `{version}` is replaced.
    pub user_agent: String,
    /// Address ranges (CIDR) that configured feed URLs may live in though they are private.
    pub allow_private: Vec<toml::Spanned<String>>,
}

impl Default for Polling {
    fn default() -> Self {
        Self {
            interval: Interval::Auto,
            min_interval: Length(Duration::from_secs(120)),
            max_interval: Length(Duration::from_secs(3_600)),
            timeout: Length(Duration::from_secs(30)),
            concurrency: 64,
            per_host: 2,
            max_body: Size(10 << 20),
            first_poll: FirstPoll::Baseline,
            user_agent: "wirewatch/{version} (+https://example.org/contact)".into(),
            allow_private: Vec::new(),
        }
    }
}

/// How often to look: a fixed wait, or one that adapts to how often the feed publishes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interval {
    /// Between `min_interval` and `max_interval`.
    Auto,
    /// As the operator says, whatever the bounds.
    Fixed(Duration),
}

impl<'de> Deserialize<'de> for Interval {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let _ = deserializer;
        unimplemented!("helper FEED")
    }
}

/// What happens to the items that a feed holds when it is polled for the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirstPoll {
    /// They are seen, not alerted.
    Baseline,
    /// Those that are younger than this are alerted; an item without a date counts as new.
    Since(Duration),
}

impl<'de> Deserialize<'de> for FirstPoll {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let _ = deserializer;
        unimplemented!("helper FEED")
    }
}

/// What is known of a feed when its next poll is planned.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Standing {
    /// The adaptive wait in force before this poll; `None` before the first.
    pub(crate) wait: Option<Duration>,
    /// Failures in a row, this poll's included.
    pub(crate) failures: u32,
    /// New items in this poll.
    pub(crate) new_items: usize,
    /// What the publisher asked for: the largest of `ttl`, `max-age` and `Retry-After`.
    pub(crate) hint: Option<Duration>,
    /// What the jitter is drawn from: a hash of the feed's id and the poll's epoch.
    pub(crate) seed: u64,
}

/// When to poll next, and the adaptive wait to remember.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Next {
    pub(crate) at: Timestamp,
    pub(crate) wait: Duration,
}

/// Returns when to poll a feed next.
pub(crate) fn next_check(
    polling: &Polling,
    interval: Interval,
    standing: Standing,
    now: Timestamp,
) -> Next {
    let _ = (polling, interval, standing, now);
    unimplemented!("helper FEED")
}
