//! Sending: claim due deliveries; send; record.
//!
//! The attempt is counted and committed before the request goes out. Each receiver has its own
//! few places, so one that is dead or slow holds up no other.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::FutureExt as _;
use jiff::Timestamp;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::clock::later;
use super::{LEASE, Rules, STORE_PAUSE, Shared, chain};
use crate::notify::{Attempt, Delivery, Notifier, Verdict, send};
use crate::store;
use crate::web::Part;

/// Requests under way to one receiver.
const PER_RECEIVER: usize = 4;
/// The longest wait of the loop: a replay by another process is noticed within this.
const TURN: Duration = Duration::from_secs(1);

/// Sends until `stop`, then lets the tries under way end.
pub(super) async fn run(shared: Arc<Shared>, stop: CancellationToken) {
    let mut sender = Sender::new(shared);
    while !stop.is_cancelled() {
        match sender.claim().await {
            Ok(_) => sender.wait(&stop).await,
            Err(error) => {
                tracing::error!(error = chain(&error), "cannot claim deliveries");
                let until = later(sender.shared.clock.now(), STORE_PAUSE);
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = sender.shared.clock.sleep_until(until) => {}
                }
            }
        }
    }
    while sender.ended().await {}
}

/// Tries under way.
pub(super) struct Sender {
    shared: Arc<Shared>,
    /// Each ends with the notifier whose place it gives back.
    under_way: JoinSet<String>,
    busy: HashMap<String, usize>,
}

impl Sender {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared, under_way: JoinSet::new(), busy: HashMap::new() }
    }

    /// How many more tries each notifier may have; those with no room are left out.
    fn room(&self, rules: &Rules) -> HashMap<String, usize> {
        rules
            .notifiers
            .values()
            .filter_map(|notifier| {
                let places = if notifier.in_order() { 1 } else { PER_RECEIVER };
                let busy = self.busy.get(&notifier.name).copied().unwrap_or(0);
                let free = places.saturating_sub(busy);
                (free > 0).then(|| (notifier.name.clone(), free))
            })
            .collect()
    }

    /// Claims due deliveries as far as there is room and sets off their tries; how many.
    pub(super) async fn claim(&mut self) -> Result<usize, store::Error> {
        let rules = self.shared.rules.load_full();
        let now = self.shared.clock.now();
        let room = self.room(&rules);
        let claimed = self.shared.store.claim_deliveries(now, LEASE, &room).await;
        self.shared.note(Part::SendClaims, &claimed);
        let deliveries = claimed?;
        let count = deliveries.len();
        for delivery in deliveries {
            let notifier = Arc::clone(&rules.notifiers[&delivery.notifier]); // it is in `room`
            *self.busy.entry(delivery.notifier.clone()).or_default() += 1;
            let (shared, client) = (Arc::clone(&self.shared), rules.receiver_client.clone());
            self.under_way.spawn(async move {
                let lease_until = later(now, LEASE);
                let trying = attempt(&shared, &client, &notifier, &delivery, lease_until);
                match AssertUnwindSafe(trying).catch_unwind().await {
                    Ok(Ok(())) => {}
                    Ok(Err(error)) => {
                        tracing::error!(alert = %delivery.alert, notifier = delivery.notifier, error = chain(&error), "try not recorded");
                    }
                    Err(_) => {
                        tracing::error!(alert = %delivery.alert, notifier = delivery.notifier, "try panicked");
                    }
                }
                delivery.notifier
            });
        }
        Ok(count)
    }

    /// Waits for whatever can make room or make a delivery due.
    async fn wait(&mut self, stop: &CancellationToken) {
        self.shared.send_turns.fetch_add(1, Ordering::Relaxed);
        let now = self.shared.clock.now();
        let with_room: Vec<String> = self.room(&self.shared.rules.load()).into_keys().collect();
        let due = self.shared.store.next_attempt_at(&with_room).await.ok().flatten();
        let turn = later(now, TURN);
        let until = due.map_or(turn, |due| due.min(turn));
        tokio::select! {
            () = stop.cancelled() => {}
            () = self.shared.send_wake.notified() => {}
            () = self.shared.clock.sleep_until(until) => {}
            Some(notifier) = self.under_way.join_next() => {
                self.free(&notifier.expect("panics are caught and nothing aborts"));
            }
        }
    }

    /// Waits for one try to end; `false` if none is under way.
    pub(super) async fn ended(&mut self) -> bool {
        match self.under_way.join_next().await {
            Some(notifier) => {
                self.free(&notifier.expect("panics are caught and nothing aborts"));
                true
            }
            None => false,
        }
    }

    fn free(&mut self, notifier: &str) {
        if let Some(busy) = self.busy.get_mut(notifier) {
            *busy = busy.saturating_sub(1);
        }
    }
}

/// One try, from the request to the commit.
async fn attempt(
    shared: &Shared,
    client: &crate::net::Client,
    notifier: &Notifier,
    delivery: &Delivery,
    lease_until: Timestamp,
) -> Result<(), store::Error> {
    let clock = shared.clock.clone();
    let attempt = send::send(notifier, delivery, client, move || clock.now()).await;
    if !recorded(shared, delivery, &attempt, lease_until).await? {
        tracing::warn!(alert = %delivery.alert, notifier = delivery.notifier, "lease lost; result dropped");
        return Ok(());
    }
    tell(delivery, &attempt);
    Ok(())
}

/// Records a result, tried again while the lease holds: what the receiver has taken and we
/// forget, it gets once more. `false` where the lease was lost.
async fn recorded(
    shared: &Shared,
    delivery: &Delivery,
    attempt: &Attempt,
    lease_until: Timestamp,
) -> Result<bool, store::Error> {
    loop {
        let now = shared.clock.now();
        let result = shared.store.record_attempt(delivery, attempt, now).await;
        shared.note(Part::SendRecords, &result);
        match result {
            Err(error) if !error.is_fatal() && later(now, STORE_PAUSE) < lease_until => {
                tracing::warn!(alert = %delivery.alert, error = chain(&error), "cannot record a try yet");
                shared.clock.sleep_until(later(now, STORE_PAUSE)).await;
            }
            result => return result,
        }
    }
}

/// Says what an operator wants to know of a try: failures, and deaths above all.
fn tell(delivery: &Delivery, attempt: &Attempt) {
    let Delivery { alert, notifier, attempt: number, .. } = delivery;
    let note = &attempt.note;
    match &attempt.verdict {
        Verdict::Delivered => {
            tracing::debug!(%alert, notifier, attempt = number, note, "delivered");
        }
        Verdict::Retry { at } => {
            tracing::warn!(%alert, notifier, attempt = number, note, next = %format_args!("{at:.0}"), "not delivered; tried again later");
        }
        Verdict::Wait { at } => {
            tracing::warn!(%alert, notifier, note, until = %format_args!("{at:.0}"), "receiver asked to wait");
        }
        Verdict::Dead { reason } => {
            tracing::error!(%alert, notifier, attempt = number, note, reason, "given up; `wirewatch deliveries replay --id ALERT` sends it again");
        }
    }
}
