//! Rules of recording a poll: all of it in one transaction, or nothing.

use super::*;

fn done(new_items: usize, alerts: usize, deliveries: usize) -> Recorded {
    Recorded::Done { new_items, alerts, deliveries, overrun: false, held: false }
}

async fn unseen(store: &Store, keys: &[&str]) -> Vec<String> {
    let keys: Vec<ItemKey> = keys.iter().map(|key| ItemKey((*key).into())).collect();
    let unseen = store.unseen(&FeedId("a".into()), &keys).await.expect("read");
    let mut unseen: Vec<String> = unseen.into_iter().map(|key| key.0).collect();
    unseen.sort();
    unseen
}

pub(super) async fn an_old_epoch_writes_nothing(ground: &Ground) {
    let store = ground.open(at(0)).await;
    list(&store, &["a"], 0).await;
    let old = claim_one(&store, 0).await;
    let new = claim_one(&store, 60).await;
    let late = read(&old, 61, &["x"], &[alert("x", 61, &["soc"])]);
    assert_eq!(store.record_poll(&late).await.expect("read"), Recorded::LeaseLost);
    assert_eq!(unseen(&store, &["x"]).await, ["x"]);
    let books = store.books().await.expect("read");
    assert_eq!((books.alerts, books.deliveries()), (0, 0));
    // The lease of the newer claim still holds, and its poll finds the item as new.
    assert_eq!(claim(&store, 62).await.len(), 0);
    let poll = read(&new, 62, &["x"], &[alert("x", 62, &["soc"])]);
    let recorded = store.record_poll(&poll).await.expect("recorded");
    assert_eq!(recorded, done(1, 1, 1));
    // Recorded once, and not twice.
    let nobody = Claim { feed: FeedId("nobody".into()), ..new };
    assert_eq!(
        store.record_poll(&read(&nobody, 63, &["y"], &[])).await.expect("read"),
        Recorded::LeaseLost
    );
}

pub(super) async fn a_poll_is_recorded_whole_or_not_at_all(ground: &Ground) {
    let store = ground.open(at(0)).await;
    list(&store, &["a"], 0).await;
    let claimed = claim_one(&store, 0).await;
    // A score that is no number fails when the alert is written, long after the items.
    let broken = Alert { score: f64::NAN, ..alert("x", 0, &["soc"]) };
    let poll = read(&claimed, 0, &["w", "x"], &[alert("w", 0, &["soc"]), broken]);
    assert!(store.record_poll(&poll).await.is_err());
    assert_eq!(unseen(&store, &["w", "x"]).await, ["w", "x"]);
    let books = store.books().await.expect("read");
    assert_eq!((books.alerts, books.deliveries()), (0, 0));
    let again = claim_one(&store, 60).await;
    assert_eq!((again.validators, again.body_hash), (Validators::default(), None));
    assert!(!again.baseline_done);
}

pub(super) async fn validators_move_with_their_document_and_stay_without(ground: &Ground) {
    let store = ground.open(at(0)).await;
    list(&store, &["a"], 0).await;
    let polls = [
        ("a document brings them", Some("\"1\""), Some("x"), "\"1\"", "x"),
        ("a failure keeps them", None, None, "\"1\"", "x"),
        ("a 304 may bring new ones", Some("\"2\""), None, "\"2\"", "x"),
        ("a document that was not read whole keeps them", None, Some(""), "\"2\"", "x"),
        ("the next whole one brings them", Some("\"3\""), Some("z"), "\"3\"", "z"),
    ];
    for (number, (why, brings, hash, etag, body_hash)) in (0..).zip(polls) {
        let now = number * 600;
        let claimed = claim_one(&store, now).await;
        let document = hash.map(|hash| ReadDocument {
            body_hash: (!hash.is_empty()).then(|| hash.as_bytes().to_vec()),
            wishes: Wishes::default(),
            items_per_week: None,
            complete: true,
            keys: vec![ItemKey(format!("item {number}"))],
            alerts: Vec::new(),
        });
        let brought = brings.map(validators);
        let poll = Poll { validators: brought, document, ..unchanged(&claimed, now) };
        store.record_poll(&poll).await.expect("recorded");
        let now = claim_one(&store, now + 600).await;
        assert_eq!(now.validators, validators(etag), "{why}");
        assert_eq!(now.body_hash.as_deref(), Some(body_hash.as_bytes()), "{why}");
        let due_again = Poll { next_poll_at: at((number + 1) * 600), ..unchanged(&now, 0) };
        store.record_poll(&due_again).await.expect("recorded");
    }
}

pub(super) async fn the_first_document_is_the_baseline(ground: &Ground) {
    let store = ground.open(at(0)).await;
    list(&store, &["a"], 0).await;
    let failed = Poll {
        outcome: Outcome::Refused { status: 500 },
        ..unchanged(&claim_one(&store, 0).await, 0)
    };
    store.record_poll(&failed).await.expect("recorded");
    let claimed = claim_one(&store, 600).await;
    assert!(!claimed.baseline_done, "a poll without a document is none");
    store.record_poll(&read(&claimed, 600, &[], &[])).await.expect("recorded");
    assert!(claim_one(&store, 1_200).await.baseline_done, "an empty document is one");
}

pub(super) async fn unseen_says_what_is_new_and_what_is_not(ground: &Ground) {
    let store = ground.open(at(0)).await;
    list(&store, &["a"], 0).await;
    assert_eq!(unseen(&store, &["x", "y", "x"]).await, ["x", "y"]);
    let odd = "guid:\"'\\ \u{0}尖閣\n";
    let poll = read(&claim_one(&store, 0).await, 0, &["x", "x", odd], &[]);
    let recorded = store.record_poll(&poll).await.expect("recorded");
    assert_eq!(recorded, done(2, 0, 0));
    assert_eq!(unseen(&store, &["x", "y", odd]).await, ["y"]);
    assert_eq!(unseen(&store, &[]).await, [""; 0]);
    // Of another feed they are other items.
    let other = store.unseen(&FeedId("b".into()), &[ItemKey("x".into())]).await.expect("read");
    assert_eq!(other.len(), 1);
}

pub(super) async fn a_known_item_brings_no_alert(ground: &Ground) {
    let store = with_alerts(ground, &[alert("x", 0, &["soc"])]).await;
    // Believed new by someone who looked before the first was recorded.
    let other = Alert { id: AlertId("msg_other".into()), ..alert("x", 600, &["soc"]) };
    let fresh = alert("y", 600, &["soc", "desk"]);
    let poll = read(&claim_one(&store, 600).await, 600, &["x", "y"], &[other, fresh]);
    let recorded = store.record_poll(&poll).await.expect("recorded");
    assert_eq!(recorded, done(1, 1, 2));
    assert_eq!(store.alert_body(&AlertId("msg_other".into())).await.expect("read"), None);
}

pub(super) async fn an_alert_keeps_its_id_and_its_body(ground: &Ground) {
    let store = with_alerts(ground, &[alert("x", 0, &["soc"])]).await;
    let delivery = claim_soc(&store, 0).await.remove(0);
    assert!(record(&store, &delivery, Verdict::Delivered, 0).await);
    // The item was forgotten and has come back: the same id, and a body built anew.
    let after = 400 * DAY;
    record_alerts(&store, 2 * DAY, &[]).await;
    store.prune(at(after), at(-DAY)).await.expect("pruned");
    assert_eq!(unseen(&store, &["x"]).await, ["x"]);
    let again = Alert { body: "{\"item\":\"anew\"}".into(), ..alert("x", after, &["soc", "desk"]) };
    let poll = read(&claim_one(&store, after).await, after, &["x"], &[again]);
    let recorded = store.record_poll(&poll).await.expect("recorded");
    assert_eq!(recorded, done(1, 0, 1));
    let id = AlertId("msg_x".into());
    let body = store.alert_body(&id).await.expect("read");
    assert_eq!(body.as_deref(), Some("{\"item\":\"x\"}"));
    // Only who never had it gets it, and the old body.
    let claimed = claim_for(&store, after, &["soc", "desk"], 9).await;
    assert_eq!(claimed.len(), 1);
    assert_eq!(
        (claimed[0].notifier.as_str(), claimed[0].body.as_str()),
        ("desk", "{\"item\":\"x\"}")
    );
}

pub(super) async fn a_document_of_unknown_items_alone_is_an_overrun(ground: &Ground) {
    let store = ground.open(at(0)).await;
    list(&store, &["a"], 0).await;
    let documents: [(&[&str], bool, bool); 9] = [
        (&[], true, false),
        (&["a", "b"], true, false), // the first that ever were there
        (&["b", "c"], true, false),
        (&["d", "e", "d"], true, true),
        (&["d", "e"], true, false),
        (&[], true, false),
        (&["f"], true, true),
        (&["g", "h"], false, false), // a difference holds nothing else
        (&["g", "i"], true, false),
    ];
    for (number, (keys, complete, overrun)) in (0..).zip(documents) {
        let now = number * 600;
        let mut poll = read(&claim_one(&store, now).await, now, keys, &[]);
        poll.document.as_mut().expect("read").complete = complete;
        let recorded = store.record_poll(&poll).await.expect("recorded");
        let told = matches!(recorded, Recorded::Done { overrun: true, .. });
        assert_eq!(told, overrun, "{keys:?}");
    }
    let row = store.feeds().await.expect("read").remove(0);
    assert_eq!((row.overruns, row.overrun_at), (2, Some(at(3_600))));
}
