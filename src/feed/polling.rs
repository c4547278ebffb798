//! `[polling]`: how feeds are asked, as an operator writes it.

use std::fmt;
use std::time::Duration;

use ipnet::IpNet;
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
    /// See [`Guard`].
    #[cfg(test)]
    #[serde(skip)]
    pub(crate) trust_redirects: bool,
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
            #[cfg(test)]
            trust_redirects: false,
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
        Guard {
            allow_private: ranges.collect(),
            #[cfg(test)]
            trust_redirects: self.trust_redirects,
            ..Guard::default()
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_polling_is_told() {
        let polling = Polling {
            interval: Interval::Fixed(Duration::from_millis(10)),
            min_interval: Length(Duration::from_secs(600)),
            max_interval: Length(Duration::from_secs(300)),
            timeout: Length(Duration::from_secs(60)),
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
