//! Rules of the outbox: claims, results, replay.

use super::*;
use crate::store::DeliveryState::{Dead, Delivered, InFlight, Pending};

const GONE: Verdict = Verdict::Dead { reason: "gone" };

async fn replay(store: &Store, filter: DeliveryFilter, now: i64) -> u64 {
    store.replay(&filter, at(now)).await.expect("replayed")
}

pub(super) async fn an_attempt_is_counted_before_it_is_sent(ground: &Ground) {
    let store = with_alerts(ground, &[alert("x", 0, &["soc"])]).await;
    let row = all(&store).await.remove(0);
    assert_eq!((row.state, row.attempts, row.next_attempt_at), (Pending, 0, Some(at(0))));
    let delivery = claim_soc(&store, 0).await.remove(0);
    assert_eq!((delivery.alert.0.as_str(), delivery.attempt), ("msg_x", 1));
    assert_eq!(delivery.body, "{\"item\":\"x\"}");
    let row = all(&store).await.remove(0);
    assert_eq!((row.state, row.attempts, row.next_attempt_at), (InFlight, 1, None));
    assert!(record(&store, &delivery, Verdict::Retry { at: at(10) }, 1).await);
    let row = all(&store).await.remove(0);
    assert_eq!((row.state, row.attempts, row.next_attempt_at), (Pending, 1, Some(at(10))));
    assert_eq!((row.status, row.note.as_deref()), (Some(500), Some("500")));
    assert_eq!(claim_soc(&store, 9).await, []);
    let second = claim_soc(&store, 10).await.remove(0);
    assert_eq!((&second.alert, second.attempt, &second.body), (&delivery.alert, 2, &delivery.body));
    assert!(record(&store, &second, Verdict::Delivered, 11).await);
    let row = all(&store).await.remove(0);
    assert_eq!((row.state, row.attempts, row.done_at), (Delivered, 2, Some(at(11))));
    assert_eq!(claim_soc(&store, 10 * DAY).await, []);
}

pub(super) async fn an_old_epoch_records_no_result(ground: &Ground) {
    let store = with_alerts(ground, &[alert("x", 0, &["soc"])]).await;
    let old = claim_soc(&store, 0).await.remove(0);
    let new = claim_soc(&store, 60).await.remove(0);
    assert!(!record(&store, &old, Verdict::Wait { at: at(500) }, 61).await);
    assert_eq!(all(&store).await[0].state, InFlight);
    assert!(record(&store, &new, Verdict::Retry { at: at(70) }, 62).await);
    // A result is recorded once.
    assert!(!record(&store, &new, Verdict::Delivered, 63).await);
    assert!(!record(&store, &old, Verdict::Delivered, 63).await);
    assert_eq!(claim_soc(&store, 70).await.len(), 1, "the late wait was not written either");
}

pub(super) async fn a_lease_ends_and_the_try_counts(ground: &Ground) {
    let store = with_alerts(ground, &[alert("x", 0, &["soc"])]).await;
    let first = claim_soc(&store, 0).await.remove(0);
    assert_eq!(claim_soc(&store, 59).await, []);
    assert_eq!(store.next_attempt_at(&["soc".into()]).await.expect("read"), None);
    let second = claim_soc(&store, 60).await.remove(0);
    assert_eq!((second.attempt, &second.body), (2, &first.body));
    assert!(second.epoch > first.epoch);
}

pub(super) async fn the_longest_due_go_first_and_each_receiver_has_its_room(ground: &Ground) {
    let both = &["soc", "desk"];
    let store = with_alerts(ground, &[alert("x", 3, both), alert("y", 2, both)]).await;
    record_alerts(&store, 600, &[alert("z", 1, &["soc"])]).await;
    assert_eq!(items(&claim_for(&store, 2, &["soc"], 1).await), ["z"]);
    assert_eq!(items(&claim_for(&store, 2, &["soc"], 9).await), ["y"], "x is not yet due");
    assert_eq!(claim_for(&store, 2, &[], 9).await, []);
    let next =
        async |notifier: &str| store.next_attempt_at(&[notifier.to_owned()]).await.expect("read");
    assert_eq!(next("soc").await, Some(at(3)));
    assert_eq!(next("desk").await, Some(at(2)));
    assert_eq!(next("nobody").await, None);
    let mut rest = claim_for(&store, 3, both, 9).await;
    rest.sort_by(|one, other| one.notifier.cmp(&other.notifier));
    assert_eq!(items(&rest), ["y", "x", "x"], "desk's two, then soc's one");
}

pub(super) async fn a_receiver_that_asks_to_wait_gets_nothing_and_loses_no_try(ground: &Ground) {
    let alerts = [alert("x", 0, &["soc"]), alert("y", 1, &["soc", "desk"])];
    let store = with_alerts(ground, &alerts).await;
    let first = claim_for(&store, 5, &["soc"], 1).await.remove(0);
    assert!(record(&store, &first, Verdict::Wait { at: at(100) }, 5).await);
    assert_eq!(all(&store).await.iter().map(|row| row.attempts).sum::<u32>(), 0);
    assert_eq!(claim_soc(&store, 99).await, [], "nor does another delivery go");
    assert_eq!(items(&claim_for(&store, 99, &["desk"], 9).await), ["y"], "others go on");
    assert_eq!(store.next_attempt_at(&["soc".into()]).await.expect("read"), Some(at(100)));
    let mut then = claim_soc(&store, 100).await;
    assert_eq!(items(&then), ["y", "x"]);
    assert_eq!((then[0].attempt, then[1].attempt), (1, 1));
    // The longest wait of several counts.
    assert!(record(&store, &then.remove(0), Verdict::Wait { at: at(300) }, 100).await);
    assert!(record(&store, &then.remove(0), Verdict::Wait { at: at(200) }, 100).await);
    assert_eq!(claim_soc(&store, 299).await, []);
    assert_eq!(claim_soc(&store, 300).await.len(), 2);
}

pub(super) async fn the_first_try_is_remembered_until_a_replay(ground: &Ground) {
    let store = with_alerts(ground, &[alert("x", 0, &["soc"])]).await;
    // The daemon was off for five days: the receiver's time begins with the first try.
    let first = claim_soc(&store, 5 * DAY).await.remove(0);
    assert_eq!(first.first_try_at, at(5 * DAY));
    assert!(record(&store, &first, Verdict::Wait { at: at(6 * DAY) }, 5 * DAY).await);
    let second = claim_soc(&store, 6 * DAY).await.remove(0);
    assert_eq!(second.first_try_at, at(5 * DAY));
    assert!(record(&store, &second, GONE, 6 * DAY).await);
    assert_eq!(replay(&store, DeliveryFilter::default(), 50 * DAY).await, 1);
    assert_eq!(claim_soc(&store, 50 * DAY).await[0].first_try_at, at(50 * DAY));
}

pub(super) async fn dead_letters_are_kept_and_replayed_with_the_same_id_and_body(ground: &Ground) {
    let both = &["soc", "desk"];
    let alerts = [alert("x", 0, both), alert("y", 100, &["soc"]), alert("z", 0, &["soc"])];
    let store = with_alerts(ground, &alerts).await;
    for delivery in claim_for(&store, 100, both, 9).await {
        let verdict = if delivery.alert.0 == "msg_z" { Verdict::Delivered } else { GONE };
        assert!(record(&store, &delivery, verdict, 101).await);
    }
    let row = all(&store).await.remove(0);
    assert_eq!((row.alert.0.as_str(), row.state, row.done_at), ("msg_y", Dead, Some(at(101))));
    assert_eq!(row.note.as_deref(), Some("gone: 500"));
    assert_eq!(claim_for(&store, 10 * DAY, both, 9).await, []);

    let dead = || DeliveryFilter { state: Some(Dead), ..Default::default() };
    let of = |alert: &str, notifier: &str| DeliveryFilter {
        alert: Some(alert.into()),
        notifier: Some(notifier.into()),
        ..dead()
    };
    assert_eq!(replay(&store, of("msg_x", "nobody"), 200).await, 0);
    assert_eq!(replay(&store, of("msg_z", "soc"), 200).await, 0, "it was delivered");
    assert_eq!(replay(&store, of("msg_x", "soc"), 200).await, 1);
    assert_eq!(replay(&store, of("msg_x", "soc"), 200).await, 0, "twice is once");
    let again = claim_for(&store, 200, both, 9).await.remove(0);
    assert_eq!((again.alert.0.as_str(), again.attempt), ("msg_x", 1));
    assert_eq!(again.body, "{\"item\":\"x\"}");
    assert_eq!(replay(&store, dead(), 201).await, 2, "what is in flight stays as it is");
    assert!(record(&store, &again, Verdict::Delivered, 202).await);
    let since = DeliveryFilter { since: Some(at(100)), ..Default::default() };
    assert_eq!(replay(&store, since, 203).await, 0, "y waits already");
    assert_eq!(replay(&store, DeliveryFilter::default(), 203).await, 2, "delivered ones too");
}

pub(super) async fn a_clock_set_back_stops_no_delivery(ground: &Ground) {
    let alerts = [
        alert("due", 10 * DAY, &["soc"]),
        alert("leased", 10 * DAY, &["soc"]),
        alert("waiting", 10 * DAY, &["desk"]),
    ];
    let store = with_alerts(ground, &alerts).await;
    let waiting = claim_for(&store, 10 * DAY, &["desk"], 1).await.remove(0);
    let wait = Verdict::Wait { at: at(10 * DAY + HOUR) };
    assert!(record(&store, &waiting, wait, 10 * DAY).await);
    assert_eq!(items(&claim_for(&store, 10 * DAY, &["soc"], 1).await), ["due"]);
    let mut back = claim_for(&store, 0, &["soc", "desk"], 9).await;
    back.sort_by(|one, other| one.alert.cmp(&other.alert));
    assert_eq!(items(&back), ["due", "leased", "waiting"]);
    assert_eq!(claim_for(&store, 1, &["soc", "desk"], 9).await, [], "no storm");
    // The longest wait that is ever planned is kept.
    let long = Verdict::Retry { at: at(29 * HOUR) };
    assert!(record(&store, &back[1], long, 1).await);
    assert_eq!(claim_for(&store, 2, &["soc"], 9).await, []);
}

pub(super) async fn what_is_left_open_is_told_by_receiver(ground: &Ground) {
    let alerts = [alert("x", 0, &["soc", "desk"]), alert("y", 0, &["soc"])];
    let store = with_alerts(ground, &alerts).await;
    let told = async || store.backlog().await.expect("read");
    assert_eq!(told().await, [("desk".to_owned(), 1), ("soc".to_owned(), 2)]);
    for delivery in claim_for(&store, 0, &["desk"], 9).await {
        assert!(record(&store, &delivery, Verdict::Delivered, 0).await);
    }
    claim_for(&store, 0, &["soc"], 1).await;
    assert_eq!(told().await, [("soc".to_owned(), 2)], "one of them in flight");
}

pub(super) async fn what_was_in_flight_at_the_end_is_due_at_the_start(ground: &Ground) {
    let store = with_alerts(ground, &[alert("x", 0, &["soc"]), alert("y", 0, &["soc"])]).await;
    for delivery in claim_soc(&store, 0).await {
        if delivery.alert.0 == "msg_y" {
            assert!(record(&store, &delivery, Verdict::Retry { at: at(500) }, 0).await);
        }
    }
    store.close().await;
    let store = ground.open(at(10)).await;
    let again = claim_soc(&store, 10).await;
    assert_eq!(items(&again), ["x"]);
    assert_eq!((again[0].attempt, again[0].body.as_str()), (2, "{\"item\":\"x\"}"));
    assert_eq!(all(&store).await.len(), 2);
}
