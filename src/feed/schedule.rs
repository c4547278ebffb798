//! When to look at a feed again.
//!
//! Three voices are weighed: the operator (`interval`, `min_interval`, `max_interval`), the
//! publisher (`<ttl>` in RSS, freshness and `Retry-After` in HTTP), and experience: a feed that
//! brings nothing new is asked less often, one that keeps failing much less. [`next_check`]
//! turns them into one instant.
//!
//! Nothing here reads a clock, the network or the store: the caller passes `now`, so every
//! decision can be replayed as one row of a table test.

use std::fmt;
use std::time::Duration;

use ipnet::IpNet;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer};
use toml::Spanned;

use crate::net::Guard;
use crate::problem::{InFile, Problem};
use crate::setting::{Length, Size};

/// `[polling]` as an operator writes it.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Polling {
    /// How often to look at a feed that says nothing of its own.
    pub(crate) interval: Interval,
    /// The shortest wait of `auto`.
    pub(crate) min_interval: Length,
    /// The longest wait of `auto`.
    pub(crate) max_interval: Length,
    /// The whole of one request, body included.
    pub(crate) timeout: Length,
    /// Polls under way at once.
    pub(crate) concurrency: usize,
    /// Polls under way at once to one host.
    pub(crate) per_host: usize,
    /// Bytes of one answer as they come over the wire; decoded it may be twice as many.
    pub(crate) max_body: Size,
    /// What happens to the items that are there at a feed's first poll.
    pub(crate) first_poll: FirstPoll,
    /// Who we say we are; `{version}` is replaced.
    pub(crate) user_agent: String,
    /// Address ranges (CIDR) that configured feed URLs may live in though they are private.
    pub(crate) allow_private: Vec<Spanned<String>>,
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

/// All that is wrong with `[polling]`, places included.
pub(crate) fn problems(polling: &InFile<Polling>) -> Vec<Problem> {
    let mut found = Vec::new();
    let mut wrong = |is_wrong: bool, message: &str| {
        if is_wrong {
            found.push(polling.problem_here(message));
        }
    };
    wrong(
        polling.min_interval > polling.max_interval,
        "`min_interval` is longer than `max_interval`",
    );
    wrong(polling.min_interval.0 < INTERVAL_MIN, "`min_interval` must be at least `1s`");
    wrong(polling.interval.is_below_min(), "`interval` must be at least `1s`");
    wrong(
        polling.timeout.0 < INTERVAL_MIN || polling.timeout.0 > TIMEOUT_MAX,
        "`timeout` must be between `1s` and `50s`",
    );
    wrong(
        !(1..=CONCURRENCY_MAX).contains(&polling.concurrency),
        "`concurrency` must be between 1 and 1000",
    );
    wrong(polling.per_host == 0, "`per_host` must be at least 1");
    wrong(
        polling.max_body.0 == 0 || polling.max_body.0 > BODY_MAX,
        "`max_body` must be between `1B` and `100MiB`",
    );
    let agent = polling.user_agent();
    wrong(
        agent.trim().is_empty() || !agent.bytes().all(|byte| (b' '..=b'~').contains(&byte)),
        "`user_agent` must say who you are, in ASCII",
    );
    for range in &polling.allow_private {
        if range.get_ref().parse::<IpNet>().is_err() {
            let message =
                format!("expected a range such as `10.0.0.0/8`, found `{}`", range.get_ref());
            found.push(polling.problem(range.span(), message));
        }
    }
    found
}

/// The shortest interval: a wire is not watched faster.
pub(super) const INTERVAL_MIN: Duration = Duration::from_secs(1);
/// A poll must end before its lease of 60 seconds does.
const TIMEOUT_MAX: Duration = Duration::from_secs(50);
const CONCURRENCY_MAX: usize = 1_000;
const BODY_MAX: u64 = 100 << 20;

impl Polling {
    /// The guard of the feeds' client. Ranges that do not parse were told by [`problems`].
    pub(crate) fn guard(&self) -> Guard {
        let ranges = self.allow_private.iter().filter_map(|range| range.get_ref().parse().ok());
        Guard { allow_private: ranges.collect(), ..Guard::default() }
    }

    /// Who we say we are.
    pub(crate) fn user_agent(&self) -> String {
        self.user_agent.replace("{version}", env!("CARGO_PKG_VERSION"))
    }
}

/// How often to look: a fixed wait, or one that adapts to how often the feed publishes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Interval {
    /// Between `min_interval` and `max_interval`.
    Auto,
    /// As the operator says, whatever the bounds.
    Fixed(Duration),
}

impl Interval {
    pub(super) fn is_below_min(self) -> bool {
        matches!(self, Self::Fixed(wait) if wait < INTERVAL_MIN)
    }
}

impl<'de> Deserialize<'de> for Interval {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = WordOrLength { word: "auto", expected: "`auto` or a duration such as `10m`" };
        Ok(deserializer.deserialize_str(word)?.map_or(Self::Auto, Self::Fixed))
    }
}

/// What happens to the items that a feed holds when it is polled for the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FirstPoll {
    /// They are seen, not alerted.
    Baseline,
    /// Those that are younger than this are alerted; an item without a date counts as new.
    Since(Duration),
}

impl<'de> Deserialize<'de> for FirstPoll {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word =
            WordOrLength { word: "baseline", expected: "`baseline` or an age such as `24h`" };
        Ok(deserializer.deserialize_str(word)?.map_or(Self::Baseline, Self::Since))
    }
}

/// Reads one word (`None`) or a length.
struct WordOrLength {
    word: &'static str,
    expected: &'static str,
}

impl serde::de::Visitor<'_> for WordOrLength {
    type Value = Option<Duration>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Option<Duration>, E> {
        if text == self.word {
            return Ok(None);
        }
        let length = Length::parse(text);
        let length =
            length.map_err(|_| E::custom(format!("expected {}, found `{text}`", self.expected)));
        Ok(Some(length?.0))
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
    /// What the server asked for aloud: `Retry-After`. Never undercut.
    pub(crate) asked: Option<Duration>,
    /// What the publisher hints at: the larger of `<ttl>` and freshness.
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

/// The longest that failures push a feed away.
const BACK_OFF_MAX: Duration = Duration::from_secs(24 * 3_600);
/// The longest that a publisher's hint pushes a feed away.
const HINT_MAX: Duration = Duration::from_secs(6 * 3_600);
/// Waits below this are exact: someone who asks for seconds means them.
const JITTER_FROM: Duration = Duration::from_secs(10);

/// Returns when to poll a feed next.
///
/// A fixed interval is taken as it is. `auto` starts at `min_interval`, waits half as long after
/// a poll that brought new items and half as long again after one that did not, between
/// `min_interval` and `max_interval`; the publisher's hint is a lower bound for it, of at most
/// six hours. Each failure in a row doubles the wait, to at most 24 hours. Jitter of ±10 %
/// keeps feeds from marching in step. What the server asked for aloud is never undercut.
///
/// Never fails: an overflow is cut to the longest wait.
///
/// Source: RSS 2.0, `<ttl>`; RFC 9111 §5.2.2.1 (`max-age`); RFC 9110 §10.2.3 (`Retry-After`).
pub(crate) fn next_check(
    polling: &Polling,
    interval: Interval,
    standing: Standing,
    now: Timestamp,
) -> Next {
    let (min, max) = (polling.min_interval.0, polling.max_interval.0.max(polling.min_interval.0));
    let wait = match standing.wait {
        None => min,
        Some(wait) if standing.failures > 0 => wait.clamp(min, max),
        Some(wait) if standing.new_items > 0 => (wait / 2).clamp(min, max),
        Some(wait) => (wait.saturating_mul(3) / 2).clamp(min, max),
    };
    let base = match interval {
        Interval::Fixed(fixed) => fixed,
        Interval::Auto => wait.max(standing.hint.unwrap_or_default().min(HINT_MAX)),
    };
    let doubled = base.saturating_mul(2_u32.saturating_pow(standing.failures.min(31)));
    let backed_off =
        if standing.failures == 0 { base } else { doubled.min(BACK_OFF_MAX.max(base)) };
    let jittered = if backed_off < JITTER_FROM {
        backed_off
    } else {
        let thousandths = u32::try_from(standing.seed % 201).expect("below 201"); // 0..=200
        backed_off.saturating_mul(900 + thousandths) / 1_000
    };
    let total = jittered.max(standing.asked.unwrap_or_default());
    let total = SignedDuration::try_from(total).unwrap_or(SignedDuration::MAX);
    Next { at: now.saturating_add(total).unwrap_or(Timestamp::MAX), wait }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUIET: Standing = Standing {
        wait: None,
        failures: 0,
        new_items: 0,
        asked: None,
        hint: None,
        seed: 100, // no jitter: the middle of ±10 %
    };

    fn minutes(minutes: u64) -> Duration {
        Duration::from_secs(minutes * 60)
    }

    #[track_caller]
    fn check(interval: Interval, standing: Standing, after: Duration, wait: Duration) {
        let now = Timestamp::UNIX_EPOCH;
        let next = next_check(&Polling::default(), interval, standing, now);
        let found = Duration::try_from(next.at.duration_since(now)).expect("later");
        assert_eq!((found, next.wait), (after, wait));
    }

    #[test]
    fn auto_follows_what_the_feed_brings() {
        let auto =
            |standing, after, wait| check(Interval::Auto, standing, minutes(after), minutes(wait));
        auto(QUIET, 2, 2);
        auto(Standing { wait: Some(minutes(20)), new_items: 3, ..QUIET }, 10, 10);
        auto(Standing { wait: Some(minutes(20)), ..QUIET }, 30, 30);
        auto(Standing { wait: Some(minutes(2)), new_items: 3, ..QUIET }, 2, 2);
        auto(Standing { wait: Some(minutes(55)), ..QUIET }, 60, 60);
        auto(Standing { wait: Some(minutes(20)), hint: Some(minutes(45)), ..QUIET }, 45, 30);
        auto(Standing { hint: Some(minutes(6_000)), ..QUIET }, 360, 2);
    }

    #[test]
    fn a_fixed_interval_is_taken_as_it_is() {
        let fixed =
            |wait, standing, after| check(Interval::Fixed(wait), standing, after, minutes(2));
        fixed(minutes(5), Standing { hint: Some(minutes(45)), ..QUIET }, minutes(5));
        fixed(Duration::from_secs(1), QUIET, Duration::from_secs(1));
        fixed(Duration::from_secs(1), Standing { seed: 0, ..QUIET }, Duration::from_secs(1));
        fixed(minutes(5), Standing { asked: Some(minutes(45)), ..QUIET }, minutes(45));
    }

    #[test]
    fn failures_push_a_feed_away_and_no_further_than_a_day() {
        let failed = |failures, after| {
            check(
                Interval::Fixed(minutes(5)),
                Standing { failures, ..QUIET },
                minutes(after),
                minutes(2),
            );
        };
        failed(1, 10);
        failed(2, 20);
        failed(3, 40);
        failed(20, 24 * 60);
        failed(u32::MAX, 24 * 60);
        let standing =
            Standing { failures: 1, wait: Some(minutes(30)), asked: Some(minutes(600)), ..QUIET };
        check(Interval::Auto, standing, minutes(600), minutes(30));
        let rare = Interval::Fixed(minutes(48 * 60));
        check(rare, Standing { failures: 3, ..QUIET }, minutes(48 * 60), minutes(2));
    }

    #[test]
    fn jitter_stays_within_a_tenth_and_never_undercuts_what_was_asked() {
        let at = |standing| {
            let next = next_check(
                &Polling::default(),
                Interval::Fixed(minutes(10)),
                standing,
                Timestamp::UNIX_EPOCH,
            );
            next.at.as_second()
        };
        let waits: std::collections::BTreeSet<i64> =
            (0..1_000).map(|seed| at(Standing { seed, ..QUIET })).collect();
        assert_eq!((waits.first(), waits.last()), (Some(&540), Some(&660)));
        assert!(
            (0..1_000).all(|seed| at(Standing { seed, asked: Some(minutes(10)), ..QUIET }) >= 600)
        );
    }

    #[test]
    fn the_end_of_time_is_no_overflow() {
        let fixed = Interval::Fixed(Duration::MAX);
        let next = next_check(&Polling::default(), fixed, QUIET, Timestamp::MAX);
        assert_eq!(next.at, Timestamp::MAX);
    }

    #[test]
    fn what_is_wrong_with_polling_is_told() {
        let polling = Polling {
            interval: Interval::Fixed(Duration::from_millis(10)),
            min_interval: Length(minutes(10)),
            max_interval: Length(minutes(5)),
            timeout: Length(minutes(1)),
            concurrency: 0,
            per_host: 0,
            max_body: Size(0),
            user_agent: "\n".into(),
            allow_private: vec![Spanned::new(0..1, "10.0.0.0/99".into())],
            ..Polling::default()
        };
        let file =
            std::sync::Arc::new(crate::problem::SourceFile { name: "w".into(), text: "x".into() });
        let polling = InFile { file, span: 0..1, removed: Vec::new(), value: polling };
        let found = problems(&polling);
        let found: Vec<&str> = found.iter().map(Problem::message).collect();
        assert_eq!(
            found,
            [
                "`min_interval` is longer than `max_interval`",
                "`interval` must be at least `1s`",
                "`timeout` must be between `1s` and `50s`",
                "`concurrency` must be between 1 and 1000",
                "`per_host` must be at least 1",
                "`max_body` must be between `1B` and `100MiB`",
                "`user_agent` must say who you are, in ASCII",
                "expected a range such as `10.0.0.0/8`, found `10.0.0.0/99`",
            ]
        );
    }

    #[test]
    fn who_we_are_has_our_version() {
        let expected =
            format!("wirewatch/{} (+https://example.org/contact)", env!("CARGO_PKG_VERSION"));
        assert_eq!(Polling::default().user_agent(), expected);
    }
}
