//! What must survive a crash: feeds' state, seen items, alerts, deliveries.
//!
//! Two rules hold everywhere: a claim is committed before the work starts, and all that follows
//! from one piece of work is recorded in one transaction. `sqlite` is the store.

mod sqlite;

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use toml::Spanned;

use crate::alert::{Alert, AlertId};
use crate::feed::fetch::Validators;
use crate::feed::{FeedId, ItemKey, Outcome};
use crate::setting::{Length, Severity};

pub(crate) use sqlite::{Sqlite as Store, path_of};

/// `[store]` as an operator writes it.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// `sqlite:FILE`.
    pub url: Option<Spanned<String>>,
    /// How long a seen item is remembered after it has left its feed.
    pub retention: Length,
    /// How long alerts and their deliveries stay.
    pub alert_retention: Length,
}

impl Default for Config {
    fn default() -> Self {
        const DAY: u64 = 86_400;
        Self {
            url: None,
            retention: Length(Duration::from_secs(90 * DAY)),
            alert_retention: Length(Duration::from_secs(2 * 365 * DAY)),
        }
    }
}

/// Why the store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another process holds the store.
    #[error("`{path}` is in use by another wirewatch{}", holder.map(|pid| format!(" (process {pid})")).unwrap_or_default())]
    InUse {
        /// The database file.
        path: String,
        /// Its process id, where the lock file says it.
        holder: Option<u32>,
    },
    /// The database was made by a newer wirewatch.
    #[error("`{path}` was written by a newer wirewatch (schema {found}, this one knows {known})")]
    TooNew {
        /// The database file.
        path: String,
        /// The schema's number in the file.
        found: i64,
        /// The newest this program knows.
        known: i64,
    },
    /// The database waits for the daemon to bring its schema up to date.
    #[error(
        "`{path}` has an older schema ({found}, this one knows {known}): start the daemon once"
    )]
    TooOld {
        /// The database file.
        path: String,
        /// The schema's number in the file.
        found: i64,
        /// The newest this program knows.
        known: i64,
    },
    /// The SQLite library can lose committed writes.
    #[error("SQLite {found} is too old: {needed} or newer is needed")]
    SqliteTooOld {
        /// The library's version.
        found: String,
        /// The oldest that is safe.
        needed: &'static str,
    },
    /// The file is damaged.
    #[error("`{path}` is damaged: {detail}")]
    Damaged {
        /// The database file.
        path: String,
        /// What the check said.
        detail: String,
    },
    /// Anything else the database says.
    #[error("{context}")]
    Database {
        /// What was being done.
        context: &'static str,
        /// What it said.
        #[source]
        source: sqlx::Error,
    },
    /// The file system.
    #[error("cannot open `{path}`")]
    File {
        /// The database file or its lock.
        path: String,
        /// What it said.
        #[source]
        source: std::io::Error,
    },
}

/// What the store must know of a feed that is configured.
#[derive(Debug, Clone)]
pub(crate) struct Listed {
    pub(crate) id: FeedId,
    pub(crate) url: String,
    /// Host (and port) that its polls go to.
    pub(crate) host: String,
}

/// A feed claimed for one poll.
#[derive(Debug, Clone)]
pub(crate) struct Claim {
    pub(crate) feed: FeedId,
    pub(crate) host: String,
    /// The fence: a poll is recorded only while it is still this.
    pub(crate) epoch: i64,
    pub(crate) validators: Validators,
    /// SHA-256 of the last body that was recorded.
    pub(crate) body_hash: Option<Vec<u8>>,
    /// The feed's first poll has been recorded.
    pub(crate) baseline_done: bool,
    /// Failures in a row so far.
    pub(crate) failures: u32,
    /// The adaptive wait in force.
    pub(crate) wait: Option<Duration>,
    /// RSS `<ttl>` of the last document.
    pub(crate) ttl: Option<Duration>,
}

/// What one poll leaves behind; recorded whole or not at all.
#[derive(Debug, Clone)]
pub(crate) struct Poll {
    pub(crate) feed: FeedId,
    pub(crate) epoch: i64,
    pub(crate) outcome: Outcome,
    pub(crate) at: Timestamp,
    pub(crate) next_poll_at: Timestamp,
    pub(crate) wait: Duration,
    pub(crate) failures: u32,
    /// `None`: keep what is stored.
    pub(crate) validators: Option<Validators>,
    /// Present when a document was read.
    pub(crate) document: Option<ReadDocument>,
}

/// The part of a poll that a document brings.
#[derive(Debug, Clone)]
pub(crate) struct ReadDocument {
    /// SHA-256 of the body; `None` where the document was not read whole, so that the same
    /// bytes are read again.
    pub(crate) body_hash: Option<Vec<u8>>,
    pub(crate) ttl: Option<Duration>,
    /// Every item of the document, known ones too.
    pub(crate) keys: Vec<ItemKey>,
    /// The alerts of items believed new; those of an item that turns out known are dropped.
    pub(crate) alerts: Vec<Alert>,
}

/// What came of recording a poll.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Recorded {
    /// Committed: so many new items, alerts and deliveries.
    Done { new_items: usize, alerts: usize, deliveries: usize },
    /// The lease had passed to someone else; nothing was written.
    LeaseLost,
}

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// Waiting for its time.
    Pending,
    /// Claimed for a try.
    InFlight,
    /// Taken by the receiver.
    Delivered,
    /// Given up, kept for replay.
    Dead,
}

/// One alert as `alerts list` shows it.
#[derive(Debug, Clone, Serialize)]
pub struct AlertRow {
    /// The webhook-id.
    pub id: AlertId,
    /// Id of the watch.
    pub watch: String,
    /// How much it matters.
    pub severity: Severity,
    /// Id of the feed.
    pub feed: FeedId,
    /// The item's headline.
    pub title: String,
    /// The item's address.
    pub url: Option<String>,
    /// What the evidence weighs.
    pub score: f64,
    /// When it was made.
    pub created_at: Timestamp,
}

/// One delivery as `deliveries list` shows it.
#[derive(Debug, Clone, Serialize)]
pub struct DeliveryRow {
    /// The webhook-id.
    pub alert: AlertId,
    /// Name of the notifier.
    pub notifier: String,
    /// Where it stands.
    pub state: DeliveryState,
    /// Tries so far.
    pub attempts: u32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it is tried next, while pending.
    pub next_attempt_at: Option<Timestamp>,
    /// When it was delivered or given up.
    pub done_at: Option<Timestamp>,
    /// The last HTTP status.
    pub status: Option<u16>,
    /// The last answer in words, or the reason of death.
    pub note: Option<String>,
    /// The headline of its alert.
    pub title: String,
}

/// One feed as the store knows it.
#[derive(Debug, Clone, Serialize)]
pub struct FeedRow {
    /// Its identity.
    pub id: FeedId,
    /// Where it is.
    pub url: String,
    /// What came of the last poll, in one word.
    pub outcome: Option<String>,
    /// The same with its reason.
    pub detail: Option<String>,
    /// When it was last polled.
    pub last_poll_at: Option<Timestamp>,
    /// When that last went well.
    pub last_success_at: Option<Timestamp>,
    /// When it is polled next; `None` for one that is gone.
    pub next_poll_at: Option<Timestamp>,
    /// Failures in a row.
    pub failures: u32,
}

/// How many alerts and deliveries there are, and where they stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Books {
    /// Matches on record.
    pub alerts: u64,
    /// Waiting for their time.
    pub pending: u64,
    /// Claimed for a try.
    pub in_flight: u64,
    /// Taken by their receivers.
    pub delivered: u64,
    /// Given up, kept for replay.
    pub dead: u64,
}

impl Books {
    /// All deliveries.
    pub const fn deliveries(&self) -> u64 {
        self.pending + self.in_flight + self.delivered + self.dead
    }

    /// Whether nothing is left to be sent.
    pub const fn settled(&self) -> bool {
        self.pending + self.in_flight == 0
    }
}

/// Which alerts to list: the newest first.
#[derive(Debug, Clone, Default)]
pub struct AlertFilter {
    /// Id of a watch.
    pub watch: Option<String>,
    /// Not older than this.
    pub since: Option<Timestamp>,
    /// At least this much.
    pub min_severity: Option<Severity>,
    /// At most so many.
    pub limit: u32,
}

/// Which deliveries to list or replay.
#[derive(Debug, Clone, Default)]
pub struct DeliveryFilter {
    /// Of one alert.
    pub alert: Option<String>,
    /// To one notifier.
    pub notifier: Option<String>,
    /// In one state.
    pub state: Option<DeliveryState>,
    /// Made not before this.
    pub since: Option<Timestamp>,
    /// At most so many.
    pub limit: u32,
}
