//! What any store must hold, whatever it is made of.
//!
//! Each rule is a function that is given a [`Ground`] to open stores on, and uses nothing but
//! the store's own methods; `contract!` makes each a test of each kind of ground. A second
//! store is a second kind here, and no rule changes.

mod deliveries;
mod feeds;
mod history;
mod polls;

use std::collections::HashMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

use super::{
    Claim, DeliveryFilter, DeliveryRow, FeedRow, FeedState, Hold, Listed, Poll, ReadDocument,
    Recorded, Store,
};
use crate::alert::{Alert, AlertId};
use crate::feed::fetch::Validators;
use crate::feed::moved::Moved;
use crate::feed::schedule::{Reason, Skip, Wishes};
use crate::feed::{FeedId, ItemKey, Outcome};
use crate::notify::{Attempt, Delivery, Verdict};
use crate::setting::Severity;

macro_rules! contract {
    ($($area:ident: $($rule:ident),+;)+) => {
        mod on_sqlite {
            $($(
                #[tokio::test]
                async fn $rule() {
                    super::$area::$rule(&super::Ground::sqlite()).await;
                }
            )+)+
        }
    };
}

contract! {
    feeds:
        a_claim_gives_what_was_recorded,
        a_claimed_feed_is_claimed_again_only_when_its_lease_ends,
        the_longest_due_comes_first_and_only_where_there_is_room,
        a_new_url_starts_afresh_and_fences_the_old_one,
        an_unlisted_feed_keeps_its_state_and_is_not_claimed,
        a_feed_that_is_gone_comes_back_with_a_new_url_only,
        a_clock_set_back_stops_no_feed,
        an_interval_may_be_long,
        once_each_feed_is_due_once,
        once_too_a_feed_that_asked_for_quiet_has_it,
        a_host_that_asks_for_quiet_has_it_and_its_feeds_come_back_one_by_one,
        a_feed_that_alone_is_throttled_holds_its_host_once,
        overdue_feeds_can_be_put_off,
        a_feed_that_wants_credentials_waits_for_the_next_start,
        how_feeds_fare_is_listed;
    polls:
        an_old_epoch_writes_nothing,
        a_poll_is_recorded_whole_or_not_at_all,
        validators_move_with_their_document_and_stay_without,
        the_first_document_is_the_baseline,
        unseen_says_what_is_new_and_what_is_not,
        a_known_item_brings_no_alert,
        an_alert_keeps_its_id_and_its_body,
        a_document_of_unknown_items_alone_is_an_overrun;
    deliveries:
        an_attempt_is_counted_before_it_is_sent,
        an_old_epoch_records_no_result,
        a_lease_ends_and_the_try_counts,
        the_longest_due_go_first_and_each_receiver_has_its_room,
        a_receiver_that_asks_to_wait_gets_nothing_and_loses_no_try,
        the_first_try_is_remembered_until_a_replay,
        dead_letters_are_kept_and_replayed_with_the_same_id_and_body,
        a_clock_set_back_stops_no_delivery,
        what_is_left_open_is_told_by_receiver,
        what_was_in_flight_at_the_end_is_due_at_the_start;
    history:
        alerts_are_listed_newest_first_and_filtered,
        deliveries_are_listed_newest_first_and_filtered,
        the_books_balance,
        what_is_old_goes_and_what_stands_in_its_feed_stays,
        open_and_dead_deliveries_stay_however_old,
        everything_is_there_after_a_close;
}

/// Where stores of one kind are opened: what is written through one is there for the next.
struct Ground {
    folder: TempDir,
}

impl Ground {
    fn sqlite() -> Self {
        Self { folder: TempDir::new().expect("a temporary folder") }
    }

    /// Opens the store as the daemon does.
    async fn open(&self, now: Timestamp) -> Store {
        Store::open(&self.folder.path().join("w.db"), now).await.expect("a store")
    }
}

const WISHES: Wishes = Wishes {
    ttl: Some(Duration::from_secs(900)),
    skip: Skip { hours: 3, days: 64 },
    update_every: None,
};
const LEASE: Duration = Duration::from_secs(60);
const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// So many seconds after the morning on which all tests begin.
fn at(seconds: i64) -> Timestamp {
    let morning: Timestamp = "2024-07-28T09:00:00Z".parse().expect("a time");
    morning + SignedDuration::from_secs(seconds)
}

/// Lists feeds named `a`, `b`, …, each at its own host.
async fn list(store: &Store, ids: &[&str], now: i64) {
    let listed: Vec<Listed> = ids.iter().map(|id| listed(id, "feed")).collect();
    store.list_feeds(&listed, at(now)).await.expect("listed");
}

fn listed(id: &str, path: &str) -> Listed {
    let host = format!("{id}.example");
    Listed { id: FeedId(id.into()), url: format!("https://{host}/{path}"), host, phase: 500 }
}

/// Claims all feeds that are due.
async fn claim(store: &Store, now: i64) -> Vec<Claim> {
    store.claim_due_feeds(at(now), LEASE, 100, None, &mut |_| true).await.expect("claimed")
}

/// Claims the one feed that is due.
async fn claim_one(store: &Store, now: i64) -> Claim {
    let mut claims = claim(store, now).await;
    assert_eq!(claims.len(), 1);
    claims.pop().expect("counted")
}

/// A poll that went well ten minutes before the next, and read nothing.
fn unchanged(claim: &Claim, now: i64) -> Poll {
    Poll {
        feed: claim.feed.clone(),
        epoch: claim.epoch,
        outcome: Outcome::Unchanged,
        status: Some(304),
        at: at(now),
        next_poll_at: at(now + 600),
        next_why: Reason::Pace,
        wait: Duration::from_secs(600),
        failures: 0,
        validators: None,
        whole_at: claim.whole_at,
        max_age: claim.max_age,
        moved: claim.moved.clone(),
        hold: None,
        document: None,
    }
}

/// The same with a document of these items and alerts.
fn read(claim: &Claim, now: i64, keys: &[&str], alerts: &[Alert]) -> Poll {
    Poll {
        outcome: Outcome::Read { items: keys.len() },
        status: Some(200),
        validators: Some(validators("\"1\"")),
        whole_at: Some(at(now)),
        document: Some(ReadDocument {
            body_hash: Some(keys.concat().into_bytes()),
            wishes: WISHES,
            items_per_week: Some(70.0),
            complete: true,
            keys: keys.iter().map(|key| ItemKey((*key).into())).collect(),
            alerts: alerts.to_vec(),
        }),
        ..unchanged(claim, now)
    }
}

fn validators(etag: &str) -> Validators {
    Validators { etag: Some(etag.into()), last_modified: Some(b"then".into()), given_by: None }
}

/// The alert `msg_KEY` of item `KEY`, made `now`, for these receivers.
fn alert(key: &str, now: i64, receivers: &[&str]) -> Alert {
    Alert {
        id: AlertId(format!("msg_{key}")),
        watch: "east-china-sea".into(),
        severity: Severity::High,
        feed: FeedId("a".into()),
        item_key: ItemKey(key.into()),
        title: format!("Headline {key}"),
        url: None,
        score: 1.5,
        created_at: at(now),
        body: format!("{{\"item\":\"{key}\"}}"),
        receivers: receivers.iter().map(ToString::to_string).collect(),
    }
}

/// A store with the feed `a`, on which these alerts were made at second 0.
async fn with_alerts(ground: &Ground, alerts: &[Alert]) -> Store {
    let store = ground.open(at(0)).await;
    list(&store, &["a"], 0).await;
    record_alerts(&store, 0, alerts).await;
    store
}

/// Records a poll of the feed `a` that brings these alerts.
async fn record_alerts(store: &Store, now: i64, alerts: &[Alert]) {
    let keys: Vec<&str> = alerts.iter().map(|alert| alert.item_key.0.as_str()).collect();
    let poll = read(&claim_one(store, now).await, now, &keys, alerts);
    let recorded = store.record_poll(&poll).await.expect("recorded");
    assert!(matches!(recorded, Recorded::Done { alerts: made, .. } if made == alerts.len()));
}

/// Claims at most `places` due deliveries for each of these notifiers.
async fn claim_for(store: &Store, now: i64, notifiers: &[&str], places: usize) -> Vec<Delivery> {
    let room: HashMap<String, usize> =
        notifiers.iter().map(|notifier| ((*notifier).to_owned(), places)).collect();
    store.claim_deliveries(at(now), LEASE, &room).await.expect("claimed")
}

/// The same for the notifier `soc`, with room for all.
async fn claim_soc(store: &Store, now: i64) -> Vec<Delivery> {
    claim_for(store, now, &["soc"], 100).await
}

/// Records a verdict; whether the lease held.
async fn record(store: &Store, delivery: &Delivery, verdict: Verdict, now: i64) -> bool {
    let attempt = Attempt { verdict, status: Some(500), note: "500".into() };
    store.record_attempt(delivery, &attempt, at(now)).await.expect("recorded")
}

/// Every delivery, the newest first.
async fn all(store: &Store) -> Vec<DeliveryRow> {
    let filter = DeliveryFilter { limit: 1_000, ..Default::default() };
    store.deliveries(&filter).await.expect("listed")
}

/// The items whose deliveries these are: `a` of `msg_a`.
fn items(deliveries: &[Delivery]) -> Vec<&str> {
    deliveries.iter().map(|delivery| &delivery.alert.0["msg_".len()..]).collect()
}
