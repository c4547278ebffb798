//! Feeds and what is read from them: [`Feed`], [`Item`] and the [`Outcome`] of one poll.
//!
//! [`fetch`] asks the server, [`parse`] turns bytes into items with clean text and a stable
//! identity, [`schedule`] says when to look again. What the world does (304, 404, a page that is
//! no feed) is an [`Outcome`], never an error.

pub(crate) mod fetch;
pub(crate) mod parse;
pub(crate) mod schedule;

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use toml::Spanned;
use url::Url;

use crate::problem::{InFile, Problem};
use crate::setting::NotYetBuilt;

pub(crate) use schedule::{Interval, Polling};

/// `[[feed]]` as an operator writes it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where the feed is; http or https.
    pub url: Option<Spanned<String>>,
    /// What people call it; the host where absent.
    pub name: Option<Spanned<String>>,
    /// Its identity, which survives a new url; a slug of the name where absent.
    pub id: Option<Spanned<String>>,
    /// Words to choose feeds by: `tag:japan`.
    pub tags: Vec<String>,
    /// How often to look; the one of `[polling]` where absent.
    pub interval: Option<Interval>,
    /// BCP 47 tag of its language, where the feed does not say or is wrong.
    pub language: Option<Spanned<String>>,
    /// Fetch the article pages.
    pub full_text: Option<NotYetBuilt>,
    /// Who publishes it: sources with one owner corroborate nothing.
    pub owner: Option<String>,
    /// How far the source can be trusted.
    pub reliability: Option<Reliability>,
}

/// The reliability of a source on the Admiralty scale, carried into the alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
pub enum Reliability {
    /// Completely reliable.
    A,
    /// Usually reliable.
    B,
    /// Fairly reliable.
    C,
    /// Not usually reliable.
    D,
    /// Unreliable.
    E,
    /// Cannot be judged.
    F,
}

/// The identity of a feed: stays the same when the url or the order in the file changes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FeedId(pub String);

impl fmt::Display for FeedId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A feed that can be polled.
#[derive(Debug, Clone)]
pub(crate) struct Feed {
    pub(crate) id: FeedId,
    pub(crate) name: String,
    pub(crate) url: Url,
    pub(crate) tags: Vec<String>,
    /// The feed's own, else the one of `[polling]`.
    pub(crate) interval: Interval,
    pub(crate) language: Option<String>,
    pub(crate) owner: Option<String>,
    pub(crate) reliability: Option<Reliability>,
}

/// What an item is known by within its feed: `guid:…`, `link:…` or `hash:…`.
///
/// The ladder is guid, then canonical link, then a hash of what else is there, and never
/// anything that a parser made up; so the key is the same at every poll and after a restart.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct ItemKey(pub(crate) String);

/// One entry of a feed, as clean text: no markup, no entities, one blank between words.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Item {
    pub(crate) key: ItemKey,
    pub(crate) title: String,
    /// Absolute, http or https, else absent.
    pub(crate) url: Option<String>,
    pub(crate) summary: String,
    /// The full text where the feed carries it (`content:encoded`, Atom `content`).
    pub(crate) body: String,
    /// As the feed says it; `None` where it says nothing readable.
    pub(crate) published: Option<Timestamp>,
    pub(crate) updated: Option<Timestamp>,
    pub(crate) authors: Vec<String>,
    /// BCP 47, from the operator's setting, else from the feed.
    pub(crate) language: Option<String>,
}

impl Default for ItemKey {
    fn default() -> Self {
        Self("hash:".into())
    }
}

/// What came of one poll: stored, counted and shown; only a human may call it an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// 304, or the same bytes as last time.
    Unchanged,
    /// A feed was read; so many items in it.
    Read { items: usize },
    /// 410: the publisher says that it will not come back. Polling stops.
    Gone,
    /// The server asked to be left alone: 429, or 503 with `Retry-After`.
    Throttled { status: u16 },
    /// Any other status that is no success.
    Refused { status: u16 },
    /// No answer: name, connection, TLS, time-out, too many redirects.
    Unreachable { reason: String },
    /// The address, or one it redirects to, is one that the guard refuses.
    Blocked { reason: String },
    /// The body passed a cap: wire bytes, decoded bytes or ratio.
    TooLarge { reason: String },
    /// A body came, and it is no feed that we can read.
    NotAFeed { reason: String },
}

impl Outcome {
    /// One word for a metric label or a table column.
    pub(crate) const fn word(&self) -> &'static str {
        match self {
            Self::Unchanged => "unchanged",
            Self::Read { .. } => "read",
            Self::Gone => "gone",
            Self::Throttled { .. } => "throttled",
            Self::Refused { .. } => "refused",
            Self::Unreachable { .. } => "unreachable",
            Self::Blocked { .. } => "blocked",
            Self::TooLarge { .. } => "too_large",
            Self::NotAFeed { .. } => "not_a_feed",
        }
    }

    /// Whether the feed is healthy as far as this poll can tell.
    pub(crate) const fn is_success(&self) -> bool {
        matches!(self, Self::Unchanged | Self::Read { .. })
    }
}

/// Turns what was written into feeds, or says all that is wrong with it.
pub(crate) fn compile(
    configs: &[InFile<Config>],
    polling: &Polling,
) -> Result<Vec<Feed>, Vec<Problem>> {
    let _ = (configs, polling);
    unimplemented!("helper FEED")
}
