//! Feeds and what is read from them: [`Feed`], [`Item`] and the [`Outcome`] of one poll.
//!
//! [`fetch`] asks the server, [`parse`] turns bytes into items with clean text and a stable
//! identity, [`schedule`] says when to look again, by [`polling`], the publisher's word
//! ([`fresh`] and the document) and the [`pace`] of the feed; [`moved`] says when to believe that
//! it has moved. What the world does (304, 404, a page that is
//! no feed) is an [`Outcome`], never an error.

pub(crate) mod fetch;
pub(crate) mod fresh;
pub(crate) mod moved;
pub(crate) mod pace;
pub(crate) mod parse;
pub(crate) mod polling;
pub(crate) mod schedule;

use std::collections::{HashMap, HashSet};
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use toml::Spanned;
use url::Url;

use crate::problem::{InFile, Problem};
use crate::setting::{NotYetBuilt, slug};

pub(crate) use polling::{Interval, Polling};

/// `[[feed]]` as an operator writes it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    /// Where the feed is; http or https.
    pub(crate) url: Option<Spanned<String>>,
    /// What people call it; the host where absent.
    pub(crate) name: Option<Spanned<String>>,
    /// Its identity, which survives a new url; a slug of the name where absent.
    pub(crate) id: Option<Spanned<String>>,
    /// Words to choose feeds by: `tag:japan`.
    pub(crate) tags: Vec<String>,
    /// How often to look; the one of `[polling]` where absent.
    pub(crate) interval: Option<Interval>,
    /// BCP 47 tag of its language, where the feed does not say or is wrong.
    pub(crate) language: Option<Spanned<String>>,
    /// Fetch the article pages.
    pub(crate) full_text: Option<NotYetBuilt>,
    /// Who publishes it: sources with one owner corroborate nothing.
    pub(crate) owner: Option<String>,
    /// How far the source can be trusted.
    pub(crate) reliability: Option<Reliability>,
}

/// The reliability of a source on the Admiralty scale, carried into the alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) enum Reliability {
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
pub(crate) struct FeedId(pub(crate) String);

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
    /// A feed that ends early was read as far as it goes: the next poll reads it anew.
    Cut { items: usize },
    /// 410: the publisher says that it will not come back. Polling stops.
    Gone,
    /// The server asked to be left alone: 429, or 5xx with `Retry-After`.
    Throttled { status: u16 },
    /// The server answered with a page that tells browsers from programs.
    Challenged { status: u16 },
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
            Self::Cut { .. } => "cut",
            Self::Gone => "gone",
            Self::Throttled { .. } => "throttled",
            Self::Challenged { .. } => "challenged",
            Self::Refused { .. } => "refused",
            Self::Unreachable { .. } => "unreachable",
            Self::Blocked { .. } => "blocked",
            Self::TooLarge { .. } => "too_large",
            Self::NotAFeed { .. } => "not_a_feed",
        }
    }

    /// Whether the feed is healthy as far as this poll can tell.
    pub(crate) const fn is_success(&self) -> bool {
        matches!(self, Self::Unchanged | Self::Read { .. } | Self::Cut { .. })
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unchanged => f.write_str("unchanged"),
            Self::Read { items: 1 } => f.write_str("1 item"),
            Self::Read { items } => write!(f, "{items} items"),
            Self::Cut { items: 1 } => f.write_str("1 item, then the document ends early"),
            Self::Cut { items } => write!(f, "{items} items, then the document ends early"),
            Self::Gone => f.write_str("gone for good (410)"),
            Self::Throttled { status } => write!(f, "asked to be left alone ({status})"),
            Self::Challenged { status } => {
                write!(f, "answered {status} and wants to see a browser")
            }
            Self::Refused { status } => write!(f, "answered {status}"),
            Self::Unreachable { reason }
            | Self::Blocked { reason }
            | Self::TooLarge { reason }
            | Self::NotAFeed { reason } => f.write_str(reason),
        }
    }
}

/// Turns what was written into feeds, or says all that is wrong with it.
pub(crate) fn compile(
    configs: &[InFile<Config>],
    polling: &Polling,
) -> Result<Vec<Feed>, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut ids = HashSet::new();
    let mut urls = HashMap::new();
    let mut feeds: Vec<Feed> = Vec::new();
    for config in configs {
        let url = url(config, &mut problems);
        let id = id(config, &mut problems);
        if config.interval.is_some_and(Interval::is_below_min) {
            problems.push(config.problem_here("`interval` must be at least `1s`"));
        }
        let language = language(config, &mut problems);
        let (Some(url), Some(id)) = (url, id) else { continue };
        if !ids.insert(id.clone()) {
            let at = config.id.as_ref().or(config.name.as_ref()).or(config.url.as_ref());
            let span = at.map_or_else(|| config.span.clone(), Spanned::span);
            problems.push(
                config
                    .problem(span, format!("there is another feed with the id `{id}`"))
                    .hint("the id is a slug of the name; `id` sets another"),
            );
            continue;
        }
        if let Some(other) = urls.insert(url.clone(), feeds.len()) {
            let span = config.url.as_ref().map_or_else(|| config.span.clone(), Spanned::span);
            let other = &feeds[other].name;
            problems.push(
                config
                    .problem(span, format!("there is another feed with this `url`, `{other}`"))
                    .hint("listed twice, it would be asked twice and each alert would come twice"),
            );
            continue;
        }
        feeds.push(Feed {
            name: display_name(config).unwrap_or_default(),
            id: FeedId(id),
            url,
            tags: config.tags.clone(),
            interval: config.interval.unwrap_or(polling.interval),
            language,
            reliability: config.reliability,
        });
    }
    if problems.is_empty() { Ok(feeds) } else { Err(problems) }
}

/// What watches may call the feeds: (id, name, tags) of each that has a name, faulty or not.
pub(crate) fn names(configs: &[InFile<Config>]) -> Vec<(String, String, Vec<String>)> {
    let named = configs.iter().filter_map(|config| {
        let name = display_name(config)?;
        let id = config.id.as_ref().map_or_else(|| slug(&name), |id| id.get_ref().clone());
        Some((id, name, config.tags.clone()))
    });
    named.collect()
}

/// The name, else the url's host.
fn display_name(config: &Config) -> Option<String> {
    let name = config.name.as_ref().map(|name| name.get_ref().trim().to_owned());
    name.filter(|name| !name.is_empty())
        .or_else(|| Some(Url::parse(config.url.as_ref()?.get_ref()).ok()?.host_str()?.to_owned()))
}

fn url(config: &InFile<Config>, problems: &mut Vec<Problem>) -> Option<Url> {
    let Some(url) = &config.url else {
        problems.extend(config.missing("url"));
        return None;
    };
    match Url::parse(url.get_ref()) {
        Ok(mut parsed) if matches!(parsed.scheme(), "http" | "https") && parsed.has_host() => {
            parsed.set_fragment(None);
            Some(parsed)
        }
        _ => {
            problems.push(config.problem(url.span(), "`url`: expected an http or https address"));
            None
        }
    }
}

fn id(config: &InFile<Config>, problems: &mut Vec<Problem>) -> Option<String> {
    if let Some(id) = &config.id {
        let written = id.get_ref();
        let good = !written.is_empty() && written.chars().all(|c| c.is_alphanumeric() || c == '-');
        if !good {
            let message = "`id` is made of letters, digits and hyphens";
            problems.push(config.problem(id.span(), message));
            return None;
        }
        return Some(written.clone());
    }
    let made = slug(&display_name(config)?);
    if made.is_empty() {
        let span = config.name.as_ref().map_or_else(|| config.span.clone(), Spanned::span);
        problems.push(config.problem(span, "`name` has no letter or digit"));
        return None;
    }
    Some(made)
}

/// A language tag by its shape. Source: BCP 47 (RFC 5646 §2.1).
fn language(config: &InFile<Config>, problems: &mut Vec<Problem>) -> Option<String> {
    let tag = config.language.as_ref()?;
    let written = tag.get_ref();
    let mut parts = written.split('-');
    let first = parts.next().unwrap_or_default();
    let good = (2..=3).contains(&first.len())
        && first.bytes().all(|byte| byte.is_ascii_alphabetic())
        && parts.all(|part| {
            (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
        });
    if good {
        return Some(written.clone());
    }
    let message = format!("expected a language such as `en` or `zh-Hant`, found `{written}`");
    problems.push(config.problem(tag.span(), message));
    None
}

#[cfg(test)]
mod tests;
