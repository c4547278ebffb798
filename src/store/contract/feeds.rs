//! Rules of feeds: which there are, and which are due.

use super::*;

fn ids(claims: &[Claim]) -> Vec<&str> {
    claims.iter().map(|claim| claim.feed.0.as_str()).collect()
}

pub(super) async fn a_claim_gives_what_was_recorded(ground: &Ground) {
    let store = ground.open(at(0)).await;
    list(&store, &["a"], 0).await;
    let first = claim_one(&store, 0).await;
    assert_eq!((first.feed.0.as_str(), first.host.as_str()), ("a", "a.example"));
    assert_eq!((first.validators.clone(), first.body_hash.clone()), (Validators::default(), None));
    assert_eq!((first.baseline_done, first.failures), (false, 0));
    assert_eq!((first.wait, first.ttl), (None, None));

    let poll = Poll { failures: 3, ..read(&first, 0, &["x"], &[]) };
    store.record_poll(&poll).await.expect("recorded");
    assert_eq!(store.next_poll_at().await.expect("read"), Some(at(600)));
    let second = claim_one(&store, 600).await;
    assert!(second.epoch > first.epoch);
    assert_eq!(second.validators, validators("\"1\""));
    assert_eq!(second.body_hash.as_deref(), Some(&b"x"[..]));
    assert_eq!((second.baseline_done, second.failures), (true, 3));
    assert_eq!(second.wait, Some(Duration::from_secs(600)));
    assert_eq!(second.ttl, Some(Duration::from_secs(900)));
}

pub(super) async fn a_claimed_feed_is_claimed_again_only_when_its_lease_ends(ground: &Ground) {
    let store = ground.open(at(0)).await;
    list(&store, &["a"], 0).await;
    let first = claim_one(&store, 0).await;
    assert_eq!(ids(&claim(&store, 59).await), [""; 0]);
    assert_eq!(store.next_poll_at().await.expect("read"), Some(at(60)));
    let second = claim_one(&store, 60).await;
    assert!(second.epoch > first.epoch);
    // A process that starts finds no lease of the one before it.
    store.close().await;
    let store = ground.open(at(61)).await;
    assert_eq!(ids(&claim(&store, 61).await), ["a"]);
}

pub(super) async fn the_longest_due_comes_first_and_only_where_there_is_room(ground: &Ground) {
    let store = ground.open(at(0)).await;
    list(&store, &["c"], 0).await;
    list(&store, &["c", "a"], 5).await;
    list(&store, &["c", "a", "b"], 9).await;
    let mut asked = Vec::new();
    let mut room = |host: &str| {
        asked.push(host.to_owned());
        host != "c.example"
    };
    let claims = store.claim_due_feeds(at(9), LEASE, 1, None, &mut room).await.expect("claimed");
    assert_eq!(ids(&claims), ["a"]);
    assert_eq!(asked, ["c.example", "a.example"]);
    assert_eq!(ids(&claim(&store, 9).await), ["c", "b"]);
}

pub(super) async fn a_new_url_starts_afresh_and_fences_the_old_one(ground: &Ground) {
    let store = ground.open(at(0)).await;
    list(&store, &["a"], 0).await;
    let first = claim_one(&store, 0).await;
    let poll = Poll { failures: 3, ..read(&first, 0, &["x"], &[]) };
    store.record_poll(&poll).await.expect("recorded");
    let of_old = claim_one(&store, 600).await;

    store.list_feeds(&[listed("a", "new")], at(601)).await.expect("listed");
    let of_new = claim_one(&store, 601).await;
    assert_eq!(
        (of_new.validators.clone(), of_new.body_hash.clone()),
        (Validators::default(), None)
    );
    // Its identity stays: what was seen is still seen.
    assert_eq!((of_new.baseline_done, of_new.failures), (true, 0));
    assert!(store.unseen(&of_new.feed, &[ItemKey("x".into())]).await.expect("read").is_empty());
    // A poll of the old url ends now; its validators are not the new one's.
    let late = store.record_poll(&read(&of_old, 602, &["y"], &[])).await.expect("read");
    assert_eq!(late, Recorded::LeaseLost);
    // The same url once more changes nothing.
    store.record_poll(&read(&of_new, 603, &["x"], &[])).await.expect("recorded");
    store.list_feeds(&[listed("a", "new")], at(604)).await.expect("listed");
    assert_eq!(store.next_poll_at().await.expect("read"), Some(at(1_203)));
    assert_eq!(claim_one(&store, 1_203).await.validators, validators("\"1\""));
}

pub(super) async fn an_unlisted_feed_keeps_its_state_and_is_not_claimed(ground: &Ground) {
    let store = ground.open(at(0)).await;
    list(&store, &["a", "b"], 0).await;
    for claim in claim(&store, 0).await {
        store.record_poll(&read(&claim, 0, &["x"], &[])).await.expect("recorded");
    }
    list(&store, &["b"], 1).await;
    assert_eq!(ids(&claim(&store, 600).await), ["b"]);
    list(&store, &["a", "b"], 601).await;
    let back = claim_one(&store, 601).await;
    assert_eq!((back.feed.0.as_str(), &back.validators), ("a", &validators("\"1\"")));
    list(&store, &[], 602).await;
    assert_eq!(store.next_poll_at().await.expect("read"), None);
}

pub(super) async fn a_feed_that_is_gone_comes_back_with_a_new_url_only(ground: &Ground) {
    let store = ground.open(at(0)).await;
    list(&store, &["a"], 0).await;
    let claimed = claim_one(&store, 0).await;
    let gone = Poll { outcome: Outcome::Gone, failures: 1, ..unchanged(&claimed, 0) };
    store.record_poll(&gone).await.expect("recorded");
    assert_eq!(store.next_poll_at().await.expect("read"), None);
    list(&store, &["a"], 600).await;
    assert_eq!(ids(&claim(&store, 10 * DAY).await), [""; 0]);
    store.list_feeds(&[listed("a", "new")], at(601)).await.expect("listed");
    assert_eq!(ids(&claim(&store, 601).await), ["a"]);
}

pub(super) async fn a_clock_set_back_stops_no_feed(ground: &Ground) {
    let store = ground.open(at(10 * DAY)).await;
    list(&store, &["a", "b", "c"], 10 * DAY).await;
    for claim in claim(&store, 10 * DAY).await {
        // `a` was polled; the poll of `b` is never recorded; `c` too.
        if claim.feed.0 == "a" {
            store.record_poll(&unchanged(&claim, 10 * DAY)).await.expect("recorded");
        }
    }
    let back = claim(&store, 0).await;
    assert_eq!(ids(&back), ["b", "c", "a"]);
    for claim in &back {
        store.record_poll(&unchanged(claim, 0)).await.expect("recorded");
    }
    assert_eq!(ids(&claim(&store, 1).await), [""; 0], "no storm");
    assert_eq!(claim(&store, 600).await.len(), 3);
}

pub(super) async fn an_interval_may_be_long(ground: &Ground) {
    let store = ground.open(at(0)).await;
    list(&store, &["a"], 0).await;
    let weekly = Poll { next_poll_at: at(7 * DAY), ..unchanged(&claim_one(&store, 0).await, 0) };
    store.record_poll(&weekly).await.expect("recorded");
    assert_eq!(ids(&claim(&store, 1).await), [""; 0]);
    assert_eq!(ids(&claim(&store, 7 * DAY).await), ["a"]);
}

pub(super) async fn once_each_feed_is_due_once(ground: &Ground) {
    let store = ground.open(at(0)).await;
    list(&store, &["a", "b"], 0).await;
    for claim in claim(&store, 0).await {
        store.record_poll(&unchanged(&claim, 0)).await.expect("recorded");
    }
    // Neither is due for ten minutes.
    let mut polled = 0;
    loop {
        let since = Some(at(5));
        let claims = store.claim_due_feeds(at(5), LEASE, 1, since, &mut |_| true).await;
        let Some(claim) = claims.expect("claimed").pop() else { break };
        store.record_poll(&unchanged(&claim, 6)).await.expect("recorded");
        polled += 1;
    }
    assert_eq!(polled, 2);
}
