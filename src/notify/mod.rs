//! Notifiers: how an alert reaches its receivers.

use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use toml::Spanned;

use crate::alert::AlertId;
use crate::problem::{InFile, Problem};
use crate::setting::{Length, NotYetBuilt, Severity};

/// `[[notifier]]` as an operator writes it; which keys a type takes is said by [`compile`].
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// What watches call it.
    pub name: Option<Spanned<String>>,
    /// What it speaks.
    #[serde(rename = "type")]
    pub kind: Option<Spanned<Kind>>,
    /// webhook: where to.
    pub url: Option<Spanned<String>>,
    /// webhook: `whsec_…`; two, in a list, while one replaces the other.
    pub secret: Option<Spanned<Secrets>>,
    /// file: where to.
    pub path: Option<Spanned<String>>,
    /// stdout: `text` (default) or `json`.
    pub format: Option<Spanned<StdoutFormat>>,
    /// Alerts below this stay away from it.
    pub min_severity: Severity,
    /// webhook: the whole of one request, answer included; at most 30 s.
    pub timeout: Option<Spanned<Length>>,
    /// When to try again.
    pub retry: Option<Retry>,
    /// Pace.
    pub rate: Option<NotYetBuilt>,
    /// Many in one.
    pub digest: Option<NotYetBuilt>,
    /// Hold at night.
    pub quiet: Option<NotYetBuilt>,
    /// Own body.
    pub template: Option<NotYetBuilt>,
}

/// `retry = { schedule = […] }`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Retry {
    /// The wait before each try, the first included.
    pub schedule: Option<Spanned<Vec<Length>>>,
}

/// What a notifier speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Signed JSON over HTTP.
    Webhook,
    /// A line on standard output.
    Stdout,
    /// A line of JSON in a file.
    File,
    // the other kinds of the contract are refused as not yet built (helper NOTIFY)
}

/// How `stdout` prints.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StdoutFormat {
    /// For people.
    #[default]
    Text,
    /// The webhook body, a line each.
    Json,
}

/// One secret or two.
#[derive(Clone, Default)]
pub struct Secrets(pub Vec<secrecy::SecretString>);

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} secrets", self.0.len())
    }
}

impl<'de> Deserialize<'de> for Secrets {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let _ = deserializer;
        unimplemented!("helper NOTIFY")
    }
}

/// A notifier ready for work.
#[derive(Debug)]
pub(crate) struct Notifier {
    pub(crate) name: String,
    pub(crate) min_severity: Severity,
    pub(crate) schedule: Vec<Duration>,
    pub(crate) channel: channel::Channel,
}

pub(crate) mod channel {
    //! The ways to tell someone.

    /// One way to tell someone.
    #[derive(Debug)]
    pub(crate) enum Channel {}
}

/// One alert on its way to one receiver, claimed for a try.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Delivery {
    pub(crate) alert: AlertId,
    pub(crate) notifier: String,
    /// From 1; this try included.
    pub(crate) attempt: u32,
    /// The fence: a result is recorded only while it is still this.
    pub(crate) epoch: i64,
    /// The frozen body.
    pub(crate) body: String,
    pub(crate) created_at: Timestamp,
}

/// What came of one try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Attempt {
    pub(crate) verdict: Verdict,
    /// The HTTP status, where there was one.
    pub(crate) status: Option<u16>,
    /// What to show: `200`, `connection refused`; never a secret.
    pub(crate) note: String,
}

/// What to do after a try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The receiver took it.
    Delivered,
    /// Try this delivery again at the given time.
    Retry { at: Timestamp },
    /// The receiver asked to wait: nothing goes to it before `at`, and this try does not count.
    Wait { at: Timestamp },
    /// No further try: kept as a dead letter under this reason.
    Dead { reason: &'static str },
}

/// Turns what was written into notifiers, or says all that is wrong. Relative `path`s are taken
/// from `base` (the folder of the main configuration file).
pub(crate) fn compile(
    configs: &[InFile<Config>],
    base: &std::path::Path,
) -> Result<Vec<Notifier>, Vec<Problem>> {
    let _ = (configs, base, PathBuf::new());
    unimplemented!("helper NOTIFY")
}
