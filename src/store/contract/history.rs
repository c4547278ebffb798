//! Rules of looking back and of forgetting.

use super::*;
use crate::store::DeliveryState::{Dead, Pending};
use crate::store::{AlertFilter, Books};

async fn alerts(store: &Store, filter: AlertFilter) -> Vec<String> {
    let rows = store.alerts(&filter).await.expect("listed");
    rows.into_iter().map(|row| row.id.0["msg_".len()..].to_owned()).collect()
}

pub(super) async fn alerts_are_listed_newest_first_and_filtered(ground: &Ground) {
    let other = Alert {
        watch: "sahel".into(),
        severity: Severity::Low,
        url: Some("https://a.example/z".into()),
        ..alert("z", 20, &[])
    };
    let made = [alert("x", 10, &[]), alert("y", 30, &[]), other.clone(), alert("w", 10, &[])];
    let store = with_alerts(ground, &made).await;
    let whole = || AlertFilter { limit: 9, ..Default::default() };
    assert_eq!(alerts(&store, whole()).await, ["y", "z", "w", "x"]);
    assert_eq!(alerts(&store, AlertFilter { limit: 2, ..whole() }).await, ["y", "z"]);
    let of = AlertFilter { watch: Some("sahel".into()), ..whole() };
    assert_eq!(alerts(&store, of).await, ["z"]);
    let since = AlertFilter { since: Some(at(20)), ..whole() };
    assert_eq!(alerts(&store, since).await, ["y", "z"]);
    let high = AlertFilter { min_severity: Some(Severity::High), ..whole() };
    assert_eq!(alerts(&store, high).await, ["y", "w", "x"]);

    let row = store.alerts(&whole()).await.expect("listed").remove(1);
    assert_eq!((row.id, row.watch, row.severity), (other.id, other.watch, Severity::Low));
    assert_eq!((row.feed, row.title, row.url), (other.feed, other.title, other.url));
    assert_eq!((row.score, row.created_at), (1.5, at(20)));
    let none = store.alert_body(&AlertId("msg_none".into())).await.expect("read");
    assert_eq!(none, None);
}

pub(super) async fn deliveries_are_listed_newest_first_and_filtered(ground: &Ground) {
    let made = [alert("x", 10, &["soc", "desk"]), alert("y", 30, &["soc"])];
    let store = with_alerts(ground, &made).await;
    let dead = claim_for(&store, 30, &["desk"], 9).await.remove(0);
    assert!(record(&store, &dead, Verdict::Dead { reason: "gone" }, 31).await);
    let found = async |filter: DeliveryFilter| -> Vec<String> {
        let rows = store.deliveries(&filter).await.expect("listed");
        rows.iter()
            .map(|row| format!("{} {}", &row.alert.0["msg_".len()..], row.notifier))
            .collect()
    };
    let whole = || DeliveryFilter { limit: 9, ..Default::default() };
    assert_eq!(found(whole()).await, ["y soc", "x desk", "x soc"]);
    assert_eq!(found(DeliveryFilter { limit: 1, ..whole() }).await, ["y soc"]);
    let of = DeliveryFilter { alert: Some("msg_x".into()), ..whole() };
    assert_eq!(found(of).await, ["x desk", "x soc"]);
    let to = DeliveryFilter { notifier: Some("soc".into()), ..whole() };
    assert_eq!(found(to).await, ["y soc", "x soc"]);
    assert_eq!(found(DeliveryFilter { state: Some(Dead), ..whole() }).await, ["x desk"]);
    let since = DeliveryFilter { since: Some(at(30)), state: Some(Pending), ..whole() };
    assert_eq!(found(since).await, ["y soc"]);
    assert_eq!(all(&store).await[0].title, "Headline y");
}

pub(super) async fn the_books_balance(ground: &Ground) {
    let both = &["soc", "desk"];
    let made = [alert("x", 0, both), alert("y", 0, both), alert("z", 0, &[])];
    let store = with_alerts(ground, &made).await;
    let books = store.books().await.expect("read");
    let expected = Books { alerts: 3, pending: 4, in_flight: 0, delivered: 0, dead: 0 };
    assert_eq!((books, books.deliveries(), books.settled()), (expected, 4, false));
    let mut tries = claim_for(&store, 0, both, 9).await;
    assert!(record(&store, &tries.remove(0), Verdict::Delivered, 0).await);
    assert!(record(&store, &tries.remove(0), Verdict::Dead { reason: "gone" }, 0).await);
    assert!(record(&store, &tries.remove(0), Verdict::Retry { at: at(9) }, 0).await);
    let books = store.books().await.expect("read");
    let expected = Books { alerts: 3, pending: 1, in_flight: 1, delivered: 1, dead: 1 };
    assert_eq!((books, books.deliveries(), books.settled()), (expected, 4, false));
    assert!(record(&store, &tries.remove(0), Verdict::Delivered, 0).await);
    for delivery in claim_for(&store, 9, both, 9).await {
        assert!(record(&store, &delivery, Verdict::Delivered, 9).await);
    }
    assert!(store.books().await.expect("read").settled());
}

pub(super) async fn what_is_old_goes_and_what_stands_in_its_feed_stays(ground: &Ground) {
    let store = ground.open(at(0)).await;
    list(&store, &["a"], 0).await;
    // `stands` is in every document, `left` in the first one only.
    for day in 0..120 {
        let keys: &[&str] = if day == 0 { &["stands", "left"] } else { &["stands"] };
        let claimed = claim_one(&store, day * DAY).await;
        store.record_poll(&read(&claimed, day * DAY, keys, &[])).await.expect("recorded");
    }
    let unseen = async || -> Vec<String> {
        let keys = ["stands", "left"].map(|key| ItemKey(key.into()));
        let unseen = store.unseen(&FeedId("a".into()), &keys).await.expect("read");
        unseen.into_iter().map(|key| key.0).collect()
    };
    assert_eq!(store.prune(at(0), at(0)).await.expect("pruned"), 0, "nothing is that old");
    assert_eq!(unseen().await, [""; 0]);
    // Everything is old enough, and what stands in the last document stays all the same.
    assert_eq!(store.prune(at(200 * DAY), at(0)).await.expect("pruned"), 1);
    assert_eq!(unseen().await, ["left"]);
    assert_eq!(store.prune(at(10_000 * DAY), at(0)).await.expect("pruned"), 0);
}

pub(super) async fn open_and_dead_deliveries_stay_however_old(ground: &Ground) {
    let made = [
        alert("delivered", 0, &["soc"]),
        alert("half", 0, &["soc", "desk"]),
        alert("dead", 0, &["soc"]),
        alert("nobody", 0, &[]),
        alert("young", 100, &[]),
    ];
    let store = with_alerts(ground, &made).await;
    for delivery in claim_soc(&store, 0).await {
        let dead = delivery.alert.0 == "msg_dead";
        let verdict = if dead { Verdict::Dead { reason: "gone" } } else { Verdict::Delivered };
        assert!(record(&store, &delivery, verdict, 0).await);
    }
    assert_eq!(store.prune(at(0), at(50)).await.expect("pruned"), 2);
    let whole = AlertFilter { limit: 9, ..Default::default() };
    assert_eq!(alerts(&store, whole).await, ["young", "dead", "half"]);
    let books = store.books().await.expect("read");
    assert_eq!((books.delivered, books.dead, books.pending), (1, 1, 1));
}

pub(super) async fn everything_is_there_after_a_close(ground: &Ground) {
    let store = with_alerts(ground, &[alert("x", 0, &["soc"])]).await;
    let (namespace, books) = (store.namespace().clone(), store.books().await.expect("read"));
    assert!(namespace.0.len() >= 32);
    store.close().await;
    let store = ground.open(at(1)).await;
    assert_eq!(store.namespace(), &namespace);
    assert_eq!(store.books().await.expect("read"), books);
    assert_eq!(claim_one(&store, 600).await.validators, validators("\"1\""));
    // Another installation has another.
    let other = Ground::sqlite();
    assert_ne!(other.open(at(0)).await.namespace(), &namespace);
}
