//! What must survive a crash: feeds' state, seen items, alerts, deliveries.
//!
//! Two rules hold everywhere: a claim is committed before the work starts, and all that follows
//! from one piece of work is recorded in one transaction. `sqlite` is the store.

#[cfg(test)]
mod contract;
mod sqlite;

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use toml::Spanned;

use crate::alert::{Alert, AlertId};
use crate::feed::fetch::Validators;
use crate::feed::moved::Moved;
use crate::feed::schedule::{Reason, Wishes};
use crate::feed::{FeedId, ItemKey, Outcome};
use crate::setting::{Length, Severity};

pub(crate) use sqlite::{Sqlite as Store, path_of};

/// `[store]` as an operator writes it.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    /// `sqlite:FILE`; a relative path is taken from the working directory, not from the folder
    /// of the configuration: what the daemon writes does not belong there.
    pub(crate) url: Option<Spanned<String>>,
    /// How long a seen item is remembered after it has left its feed.
    pub(crate) retention: Length,
    /// How long alerts and their deliveries stay.
    pub(crate) alert_retention: Length,
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
pub(crate) enum Error {
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
    /// The database is not ours.
    #[error("`{path}` is a database of another program")]
    Foreign {
        /// The database file.
        path: String,
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

impl Error {
    /// Whether nothing that the store says from now on can be trusted: the file is damaged, or
    /// the disk did not keep what it took. To try again on the same file would hide that.
    pub(crate) fn is_fatal(&self) -> bool {
        match self {
            Self::Damaged { .. } => true,
            Self::Database { source, .. } => sqlite::is_fatal(source),
            _ => false,
        }
    }
}

/// What the store must know of a feed that is configured.
#[derive(Debug, Clone)]
pub(crate) struct Listed {
    pub(crate) id: FeedId,
    pub(crate) url: String,
    /// Host that its polls go to.
    pub(crate) host: String,
    /// Its place among the feeds of its host, in thousandths.
    pub(crate) phase: u32,
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
    /// When a whole answer last came, and no 304.
    pub(crate) whole_at: Option<Timestamp>,
    /// The feed's first poll has been recorded.
    pub(crate) baseline_done: bool,
    /// Failures in a row so far.
    pub(crate) failures: u32,
    /// The adaptive wait in force.
    pub(crate) wait: Option<Duration>,
    /// `max-age` of the last answer that said one.
    pub(crate) max_age: Option<Duration>,
    /// What the last document wished.
    pub(crate) wishes: Wishes,
    /// Where permanent redirects have led so far.
    pub(crate) moved: Option<Moved>,
}

/// What one poll leaves behind; recorded whole or not at all.
#[derive(Debug, Clone)]
pub(crate) struct Poll {
    pub(crate) feed: FeedId,
    pub(crate) epoch: i64,
    pub(crate) outcome: Outcome,
    /// The HTTP status of the answer, if there was one.
    pub(crate) status: Option<u16>,
    pub(crate) at: Timestamp,
    pub(crate) next_poll_at: Timestamp,
    pub(crate) next_why: Reason,
    pub(crate) wait: Duration,
    pub(crate) failures: u32,
    /// `None`: keep what is stored.
    pub(crate) validators: Option<Validators>,
    pub(crate) whole_at: Option<Timestamp>,
    pub(crate) max_age: Option<Duration>,
    pub(crate) moved: Option<Moved>,
    /// A host that asked for quiet.
    pub(crate) hold: Option<Hold>,
    /// Present when a document was read.
    pub(crate) document: Option<ReadDocument>,
}

/// A host that none of its feeds is asked of for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hold {
    pub(crate) host: String,
    pub(crate) until: Timestamp,
    /// After that its feeds follow one another over this time, by their phases.
    pub(crate) spread: Duration,
}

/// The part of a poll that a document brings.
#[derive(Debug, Clone)]
pub(crate) struct ReadDocument {
    /// SHA-256 of the body; `None` where the document was not read whole, so that the same
    /// bytes are read again.
    pub(crate) body_hash: Option<Vec<u8>>,
    pub(crate) wishes: Wishes,
    /// How often the feed publishes; `None` where the document does not say it.
    pub(crate) items_per_week: Option<f64>,
    /// The document is all that the feed has, and not a difference.
    pub(crate) complete: bool,
    /// Every item of the document, known ones too.
    pub(crate) keys: Vec<ItemKey>,
    /// The alerts of items believed new; those of an item that turns out known are dropped.
    pub(crate) alerts: Vec<Alert>,
}

/// What came of recording a poll.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Recorded {
    /// Committed: so many new items, alerts and deliveries.
    Done {
        new_items: usize,
        alerts: usize,
        deliveries: usize,
        /// Not one item of the document was known, though the feed has had some: others may
        /// have come and gone since the poll before.
        overrun: bool,
        /// The poll's host is left alone.
        held: bool,
    },
    /// The lease had passed to someone else; nothing was written.
    LeaseLost,
}

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DeliveryState {
    /// Waiting for its time.
    Pending,
    /// Claimed for a try.
    InFlight,
    /// Taken by the receiver.
    Delivered,
    /// Given up, kept for replay.
    Dead,
}

/// How a feed fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FeedState {
    /// 410: not polled again under this address.
    Gone,
    /// 401: not polled again before the configuration is read again.
    Unauthorized,
    /// The last poll failed.
    Failing,
    /// Not polled yet.
    New,
    /// The last poll went well.
    Ok,
}

/// One feed as `feeds list` shows it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct FeedRow {
    /// Its identity.
    pub(crate) id: FeedId,
    /// Where it is.
    pub(crate) url: String,
    /// How it fares.
    pub(crate) state: FeedState,
    /// When it was last asked.
    pub(crate) checked_at: Option<Timestamp>,
    /// When that last went well.
    pub(crate) last_success_at: Option<Timestamp>,
    /// Failures in a row.
    pub(crate) failures: u32,
    /// HTTP status of the last answer; none where there was no answer.
    pub(crate) status: Option<u16>,
    /// What came of the last poll, in one word.
    pub(crate) outcome: Option<String>,
    /// The same in words.
    pub(crate) detail: Option<String>,
    /// How often it publishes, where its items' dates say so.
    pub(crate) items_per_week: Option<f64>,
    /// When it is asked next; none where it is not.
    pub(crate) next_check_at: Option<Timestamp>,
    /// What decided that: `pace`, `ttl`, `retry_after`, …
    pub(crate) next_reason: Option<String>,
    /// Where it has moved for good.
    pub(crate) moved_to: Option<String>,
    /// Documents in which no known item was left: others may have been missed.
    pub(crate) overruns: u32,
    /// When that was so last.
    pub(crate) overrun_at: Option<Timestamp>,
}

/// One alert as `alerts list` shows it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct AlertRow {
    /// The webhook-id.
    pub(crate) id: AlertId,
    /// Id of the watch.
    pub(crate) watch: String,
    /// How much it matters.
    pub(crate) severity: Severity,
    /// Id of the feed.
    pub(crate) feed: FeedId,
    /// The item's headline.
    pub(crate) title: String,
    /// The item's address.
    pub(crate) url: Option<String>,
    /// What the evidence weighs.
    pub(crate) score: f64,
    /// When it was made.
    pub(crate) created_at: Timestamp,
}

/// One delivery as `deliveries list` shows it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct DeliveryRow {
    /// The webhook-id.
    pub(crate) alert: AlertId,
    /// Name of the notifier.
    pub(crate) notifier: String,
    /// Where it stands.
    pub(crate) state: DeliveryState,
    /// Tries so far.
    pub(crate) attempts: u32,
    /// When it was made.
    pub(crate) created_at: Timestamp,
    /// When it is tried next, while pending.
    pub(crate) next_attempt_at: Option<Timestamp>,
    /// When it was delivered or given up.
    pub(crate) done_at: Option<Timestamp>,
    /// The last HTTP status.
    pub(crate) status: Option<u16>,
    /// The last answer in words, or the reason of death.
    pub(crate) note: Option<String>,
    /// The headline of its alert.
    pub(crate) title: String,
}

/// How many alerts and deliveries there are, and where they stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Books {
    /// Matches on record.
    pub(crate) alerts: u64,
    /// Waiting for their time.
    pub(crate) pending: u64,
    /// Claimed for a try.
    pub(crate) in_flight: u64,
    /// Taken by their receivers.
    pub(crate) delivered: u64,
    /// Given up, kept for replay.
    pub(crate) dead: u64,
}

impl Books {
    /// All deliveries.
    pub(crate) const fn deliveries(&self) -> u64 {
        self.pending + self.in_flight + self.delivered + self.dead
    }

    /// Whether nothing is left to be sent.
    pub(crate) const fn settled(&self) -> bool {
        self.pending + self.in_flight == 0
    }
}

/// Which alerts to list: the newest first.
#[derive(Debug, Clone, Default)]
pub(crate) struct AlertFilter {
    /// Id of a watch.
    pub(crate) watch: Option<String>,
    /// Not older than this.
    pub(crate) since: Option<Timestamp>,
    /// At least this much.
    pub(crate) min_severity: Option<Severity>,
    /// At most so many.
    pub(crate) limit: u32,
}

/// Which deliveries to list or replay.
#[derive(Debug, Clone, Default)]
pub(crate) struct DeliveryFilter {
    /// Of one alert.
    pub(crate) alert: Option<String>,
    /// To one notifier.
    pub(crate) notifier: Option<String>,
    /// In one state.
    pub(crate) state: Option<DeliveryState>,
    /// Made not before this.
    pub(crate) since: Option<Timestamp>,
    /// At most so many.
    pub(crate) limit: u32,
}
