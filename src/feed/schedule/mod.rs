//! When to look at a feed again, and why then.
//!
//! Three voices are weighed: the operator (`interval` and its bounds), the publisher (`<ttl>`,
//! `<skipHours>` and `<skipDays>` in the document; `max-age`, `Expires` and `Retry-After` in
//! HTTP), and experience (how often the feed brings news, how often it fails). [`next_check`]
//! turns them into one instant.
//!
//! Nothing here reads a clock, the network or the store: the caller passes `now`, so every
//! decision can be replayed as one row of a table test.

mod skip;

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::fresh::Freshness;
use super::parse::Hints;
use super::polling::{Interval, Polling};
use super::{FeedId, Outcome};

pub(crate) use skip::Skip;

/// What a document wishes of its readers; it holds until another document is read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Wishes {
    /// RSS `<ttl>`.
    pub(crate) ttl: Option<Duration>,
    /// RSS `<skipHours>` and `<skipDays>`.
    pub(crate) skip: Skip,
    /// `sy:updatePeriod` over `sy:updateFrequency`: a mere hint, for `WordPress` says “hourly” of
    /// every feed.
    pub(crate) update_every: Option<Duration>,
}

impl From<&Hints> for Wishes {
    fn from(hints: &Hints) -> Self {
        Self {
            ttl: hints.ttl,
            skip: Skip::of(hints.skip_hours.iter().copied(), hints.skip_days.iter().copied()),
            update_every: hints.update_every,
        }
    }
}

/// What is known of a feed when its next poll is planned.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Standing<'a> {
    pub(crate) outcome: &'a Outcome,
    /// The adaptive wait in force before this poll; `None` before the first.
    pub(crate) wait: Option<Duration>,
    /// Failures in a row, this poll's included.
    pub(crate) failures: u32,
    /// New items in this poll.
    pub(crate) new_items: usize,
    /// Not one item of a document was known: others may have come and gone meanwhile.
    pub(crate) overrun: bool,
    /// The time from item to item, where the document's dates say it: see [`super::pace`].
    pub(crate) gap: Option<Duration>,
    /// What the server asked for aloud: `Retry-After`. Never undercut.
    pub(crate) asked: Option<Duration>,
    pub(crate) fresh: Freshness,
    pub(crate) wishes: Wishes,
    /// What the jitter is drawn from: a hash of the feed's id and the poll's epoch.
    pub(crate) seed: u64,
}

/// When to poll next and why then, and the adaptive wait to remember.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Next {
    pub(crate) at: Timestamp,
    pub(crate) why: Reason,
    pub(crate) wait: Duration,
}

/// What decided when a feed is polled next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    /// The operator's fixed interval.
    Interval,
    /// How often the feed brings news.
    Pace,
    /// `<ttl>`.
    Ttl,
    /// `Cache-Control: max-age`.
    MaxAge,
    /// `Expires`.
    Expires,
    /// `<skipHours>`.
    SkipHours,
    /// `<skipDays>`.
    SkipDays,
    /// `Retry-After`.
    RetryAfter,
    /// Failures in a row.
    Failures,
    /// 429 that names no time.
    Throttled,
    /// 403, or a page that wants to see a browser.
    Forbidden,
    /// 404.
    NotFound,
    /// 401: not polled again before the configuration is read again.
    Unauthorized,
    /// 410: not polled again under this address.
    Gone,
}

impl Reason {
    /// One word for a table column.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Interval => "interval",
            Self::Pace => "pace",
            Self::Ttl => "ttl",
            Self::MaxAge => "max_age",
            Self::Expires => "expires",
            Self::SkipHours => "skip_hours",
            Self::SkipDays => "skip_days",
            Self::RetryAfter => "retry_after",
            Self::Failures => "failures",
            Self::Throttled => "throttled",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not_found",
            Self::Unauthorized => "unauthorized",
            Self::Gone => "gone",
        }
    }
}

const HOUR: Duration = Duration::from_secs(3_600);
/// The longest that failures push a feed away.
const BACK_OFF_MAX: Duration = Duration::from_secs(24 * 3_600);
/// The longest that `<ttl>`, `max-age` and `Expires` push a feed away: some say years.
const HINT_MAX: Duration = Duration::from_secs(6 * 3_600);
/// The first pause after a 429 that names no time, after a 403 and after a challenge.
/// Source: the practice of Unread Cloud (Golden Hill Software, August 2024).
const PAUSE_UNWANTED: Duration = Duration::from_secs(4 * 3_600);
/// The first pause after a 404.
const PAUSE_NOT_FOUND: Duration = HOUR;
/// Waits below this are exact: someone who asks for seconds means them.
const JITTER_FROM: Duration = Duration::from_secs(10);
/// Polls that start each second where many feeds are overdue at once.
const OVERDUE_PER_SECOND: u32 = 10;

/// Returns when to poll a feed next.
///
/// A fixed interval is taken as it is. `auto` waits half the time from item to item after a poll
/// that brought news, at most half as long as before after one in which nothing was known, half
/// as long again as before after one that brought none, and keeps between `min_interval` and
/// `max_interval`; `<ttl>` and freshness are lower bounds for it, of at most
/// six hours each, and the hours and days that the publisher skips are skipped.
///
/// Failures in a row double the wait, to at most 24 hours; where nobody answered, to at most
/// `max_interval`: it burdens no server, and it may be our own line. What the server asked for
/// aloud is never undercut. Jitter of up to a tenth, before the second poll of up to the whole
/// wait, keeps feeds from marching in step; it only ever lengthens a wait.
///
/// Never fails: an overflow is cut to the end of time.
///
/// Source: RSS 2.0, `<ttl>`, `<skipHours>`; RFC 9111 §4.2.1; RFC 9110 §10.2.3, §15.5; RFC 6585 §4.
pub(crate) fn next_check(
    polling: &Polling,
    interval: Interval,
    standing: &Standing<'_>,
    now: Timestamp,
) -> Next {
    let wait = adapted(polling, standing);
    let (own, is_auto) = match interval {
        Interval::Fixed(fixed) => ((fixed, Reason::Interval), false),
        Interval::Auto => ((wait, Reason::Pace), true),
    };
    let (length, why) = if standing.failures > 0 {
        backed_off(standing, own.0, polling.max_interval.0)
    } else if is_auto {
        hinted(standing, own)
    } else {
        own
    };
    // What was said by others is not doubled.
    let is_first = standing.wait.is_none() && (length, why) == own;
    let (length, why) = match (jittered(length, standing.seed, is_first), standing.asked) {
        (length, Some(asked)) if asked >= length => (asked, Reason::RetryAfter),
        (length, _) => (length, why),
    };
    let length = SignedDuration::try_from(length).unwrap_or(SignedDuration::MAX);
    let at = now.saturating_add(length).unwrap_or(Timestamp::MAX);
    let skipped = standing.wishes.skip.past(at, standing.seed);
    let (at, why) = skipped.filter(|_| is_auto).unwrap_or((at, why));
    Next { at, why, wait }
}

/// The wait of `auto`, by experience alone.
fn adapted(polling: &Polling, standing: &Standing<'_>) -> Duration {
    let (min, max) = (polling.min_interval.0, polling.max_interval.0.max(polling.min_interval.0));
    let by_dates = standing.gap.map(|gap| gap / 2);
    let wait = match standing.wait {
        Some(wait) if standing.failures > 0 => wait,
        None if standing.failures > 0 => min,
        None => by_dates.or(standing.wishes.update_every).unwrap_or(min),
        Some(wait) if standing.overrun => by_dates.unwrap_or(wait).min(wait / 2),
        Some(wait) if standing.new_items > 0 => by_dates.unwrap_or(wait / 2),
        Some(wait) => wait.saturating_mul(3) / 2,
    };
    wait.clamp(min, max)
}

/// The longest of our own wait and what the publisher hints at.
fn hinted(standing: &Standing<'_>, own: (Duration, Reason)) -> (Duration, Reason) {
    let fresh = match standing.fresh {
        Freshness::MaxAge(_) => Reason::MaxAge,
        _ => Reason::Expires,
    };
    let hints = [(standing.fresh.length(), fresh), (standing.wishes.ttl, Reason::Ttl)];
    hints.into_iter().fold(own, |longest, (hint, why)| match hint.map(|hint| hint.min(HINT_MAX)) {
        Some(hint) if hint > longest.0 => (hint, why),
        _ => longest,
    })
}

/// How long failures push a feed away, each of them twice as long as the one before.
fn backed_off(standing: &Standing<'_>, own: Duration, max: Duration) -> (Duration, Reason) {
    let twice = own.saturating_mul(2);
    let (first, longest, why) = match standing.outcome {
        Outcome::Gone => (twice, BACK_OFF_MAX, Reason::Gone),
        Outcome::Refused { status: 401 } => (twice, BACK_OFF_MAX, Reason::Unauthorized),
        Outcome::Refused { status: 403 } | Outcome::Challenged { .. } => {
            (PAUSE_UNWANTED, BACK_OFF_MAX, Reason::Forbidden)
        }
        Outcome::Refused { status: 404 } => (PAUSE_NOT_FOUND, BACK_OFF_MAX, Reason::NotFound),
        Outcome::Throttled { status: 429 } if standing.asked.is_none() => {
            (PAUSE_UNWANTED, BACK_OFF_MAX, Reason::Throttled)
        }
        Outcome::Unreachable { .. } => (twice, max, Reason::Failures),
        _ => (twice, BACK_OFF_MAX, Reason::Failures),
    };
    let doublings = standing.failures.saturating_sub(1).min(31);
    let length = first.max(own).saturating_mul(2_u32.saturating_pow(doublings));
    (length.min(longest.max(own)), why)
}

fn jittered(length: Duration, seed: u64, is_first: bool) -> Duration {
    if length < JITTER_FROM {
        return length;
    }
    let span = if is_first { 1_001 } else { 101 };
    let thousandths = u32::try_from(seed % span).expect("below 1,001");
    // Divided first: a century, the longest that can be written, does not overflow.
    length.saturating_add((length / 1_000).saturating_mul(thousandths))
}

/// How much later than at once the `rank`th of `overdue` feeds is polled: they are spread over
/// the feed's own interval, or as far as ten a second take.
pub(crate) fn spread(polling: &Polling, interval: Interval, rank: u32, overdue: u32) -> Duration {
    let own = match interval {
        Interval::Fixed(fixed) => fixed,
        Interval::Auto => polling.min_interval.0,
    };
    let whole = own.min(Duration::from_secs(1) * overdue / OVERDUE_PER_SECOND);
    whole.saturating_mul(rank.min(overdue)) / overdue.max(1)
}

/// Where a feed stands among those of its host, in thousandths: when a host that asked for quiet
/// may be asked again, its feeds are not all asked at once.
pub(crate) fn phase(feed: &FeedId) -> u32 {
    use std::hash::{DefaultHasher, Hash as _, Hasher as _};
    let mut hasher = DefaultHasher::new();
    feed.hash(&mut hasher);
    u32::try_from(hasher.finish() % 1_000).expect("below 1,000")
}

/// How long a whole host is left alone after this poll; `None` where it need not be.
///
/// 429 is said to whoever asks, not to one feed (RFC 6585 §4).
pub(crate) fn hold(outcome: &Outcome, next: &Next, now: Timestamp) -> Option<Duration> {
    let holds = matches!(outcome, Outcome::Throttled { status: 429 });
    holds.then(|| Duration::try_from(next.at.duration_since(now)).unwrap_or_default())
}

#[cfg(test)]
mod tests;
