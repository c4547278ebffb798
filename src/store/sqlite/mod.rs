//! The store in one SQLite file.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use jiff::Timestamp;

use super::{
    AlertFilter, AlertRow, Claim, DeliveryFilter, DeliveryRow, Error, Listed, Poll, Recorded,
};
use crate::alert::{AlertId, Namespace};
use crate::feed::{FeedId, ItemKey};
use crate::notify::{Attempt, Delivery};

/// One SQLite file: one writer, a few readers.
#[derive(Debug)]
pub(crate) struct Sqlite {}

#[expect(clippy::unused_async, unused_variables, reason = "helper STORE")]
impl Sqlite {
    /// Opens the store for the daemon: takes the lock, migrates, checks, sweeps old leases.
    pub(crate) async fn open(url: &str, now: Timestamp) -> Result<Self, Error> {
        unimplemented!()
    }

    /// Opens the store beside a running daemon, for commands; no lock, no sweep. The file must
    /// exist.
    pub(crate) async fn attach(url: &str) -> Result<Self, Error> {
        unimplemented!()
    }

    /// The random value that alert ids are made with.
    pub(crate) fn namespace(&self) -> &Namespace {
        unimplemented!()
    }

    /// Makes the table of feeds agree with the configuration. A new feed is due at once; a
    /// changed url drops validators and body hash, and brings a feed that was gone back; a feed
    /// no longer listed keeps its state and is not claimed.
    pub(crate) async fn list_feeds(&self, feeds: &[Listed], now: Timestamp) -> Result<(), Error> {
        unimplemented!()
    }

    /// Claims due feeds, the longest due first, while `room` says yes to their host and up to
    /// `limit`. With `all`, those that are not due as well.
    pub(crate) async fn claim_due_feeds(
        &self,
        now: Timestamp,
        lease: Duration,
        limit: usize,
        all: bool,
        room: &mut (dyn FnMut(&str) -> bool + Send),
    ) -> Result<Vec<Claim>, Error> {
        unimplemented!()
    }

    /// When the next listed feed is due; `None` if there is none.
    pub(crate) async fn next_poll_at(&self) -> Result<Option<Timestamp>, Error> {
        unimplemented!()
    }

    /// Which of `keys` are not yet seen in `feed`.
    pub(crate) async fn unseen(
        &self,
        feed: &FeedId,
        keys: &[ItemKey],
    ) -> Result<HashSet<ItemKey>, Error> {
        unimplemented!()
    }

    /// Records a poll in one transaction: seen items, alerts, deliveries, validators, schedule.
    pub(crate) async fn record_poll(&self, poll: &Poll) -> Result<Recorded, Error> {
        unimplemented!()
    }

    /// Claims due deliveries, oldest first, at most `room[notifier]` for each; notifiers that
    /// are not in `room`, or asked to wait, get none. The attempt is counted here.
    pub(crate) async fn claim_deliveries(
        &self,
        now: Timestamp,
        lease: Duration,
        room: &HashMap<String, usize>,
    ) -> Result<Vec<Delivery>, Error> {
        unimplemented!()
    }

    /// When the next delivery to one of `notifiers` is due; `None` if none is pending.
    pub(crate) async fn next_attempt_at(
        &self,
        notifiers: &[String],
    ) -> Result<Option<Timestamp>, Error> {
        unimplemented!()
    }

    /// Records what came of a try, unless its lease was lost (`false`).
    pub(crate) async fn record_attempt(
        &self,
        delivery: &Delivery,
        attempt: &Attempt,
        now: Timestamp,
    ) -> Result<bool, Error> {
        unimplemented!()
    }

    /// Alerts, the newest first.
    pub(crate) async fn alerts(&self, filter: &AlertFilter) -> Result<Vec<AlertRow>, Error> {
        unimplemented!()
    }

    /// The frozen body of one alert.
    pub(crate) async fn alert_body(&self, id: &AlertId) -> Result<Option<String>, Error> {
        unimplemented!()
    }

    /// Deliveries, the newest first.
    pub(crate) async fn deliveries(
        &self,
        filter: &DeliveryFilter,
    ) -> Result<Vec<DeliveryRow>, Error> {
        unimplemented!()
    }

    /// Makes matching dead or delivered deliveries pending again with their old ids; how many.
    pub(crate) async fn replay(
        &self,
        filter: &DeliveryFilter,
        now: Timestamp,
    ) -> Result<u64, Error> {
        unimplemented!()
    }

    /// Forgets what is old: seen items that left their feed before `seen_before`, alerts made
    /// before `alerts_before` whose deliveries are all delivered. How many rows went.
    pub(crate) async fn prune(
        &self,
        seen_before: Timestamp,
        alerts_before: Timestamp,
    ) -> Result<u64, Error> {
        unimplemented!()
    }

    /// Whether the store can be written, for `/readyz`.
    pub(crate) async fn ping(&self) -> Result<(), Error> {
        unimplemented!()
    }

    /// Closes the file softly: checkpoints and releases the lock.
    pub(crate) async fn close(self) {
        unimplemented!()
    }
}
