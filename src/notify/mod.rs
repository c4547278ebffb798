//! Notifiers: how an alert reaches its receivers.
//!
//! A channel is a pure function from a [`Delivery`] to what is sent; [`send`] sends it, and
//! [`retry`] turns the answer into a [`Verdict`]. A delivery is complete: nothing here looks
//! back at items or watches.

mod channel;
mod config;
mod retry;
pub(crate) mod send;
pub(crate) mod sign;

use std::time::Duration;

use jiff::Timestamp;

use crate::alert::AlertId;
use crate::setting::Severity;

pub(crate) use config::Config;
pub(crate) use config::compile;

/// A notifier ready for work.
#[derive(Debug)]
pub(crate) struct Notifier {
    pub(crate) name: String,
    pub(crate) min_severity: Severity,
    /// The wait before each try, the first included.
    schedule: Vec<Duration>,
    channel: channel::Channel,
}

impl Notifier {
    /// Whether deliveries go one after another: lines of a file or a terminal.
    pub(crate) fn in_order(&self) -> bool {
        !matches!(self.channel, channel::Channel::Webhook(_))
    }
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
    /// When this try or the first one before it began; a replay begins anew.
    pub(crate) first_try_at: Timestamp,
}

/// What came of one try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Attempt {
    pub(crate) verdict: Verdict,
    /// The HTTP status, where there was one.
    pub(crate) status: Option<u16>,
    /// What to show: `204`, `connection refused`; never a secret.
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
