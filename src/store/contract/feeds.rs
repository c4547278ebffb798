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
    assert_eq!((first.wait, first.wishes), (None, Wishes::default()));
    assert_eq!((first.whole_at, first.max_age, &first.moved), (None, None, &None));

    let moved = Moved { to: "https://b.example/".into(), times: 2 };
    let max_age = Some(Duration::from_secs(1_200));
    let given_by = Some("https://b.example/".to_owned());
    let poll = Poll {
        failures: 3,
        moved: Some(moved.clone()),
        max_age,
        validators: Some(Validators { given_by, ..validators("\"1\"") }),
        ..read(&first, 0, &["x"], &[])
    };
    store.record_poll(&poll).await.expect("recorded");
    assert_eq!(store.next_poll_at().await.expect("read"), Some(at(600)));
    let second = claim_one(&store, 600).await;
    assert!(second.epoch > first.epoch);
    assert_eq!(Some(&second.validators), poll.validators.as_ref());
    assert_eq!(second.body_hash.as_deref(), Some(&b"x"[..]));
    assert_eq!((second.baseline_done, second.failures), (true, 3));
    assert_eq!((second.wait, second.wishes), (Some(Duration::from_secs(600)), WISHES));
    assert_eq!((second.whole_at, second.max_age), (Some(at(0)), max_age));
    assert_eq!(second.moved, Some(moved));
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
    let mut room = |claim: &Claim| {
        asked.push(claim.host.clone());
        claim.host != "c.example"
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
    let moved = Some(Moved { to: "https://new.example/".into(), times: 3 });
    let max_age = Some(Duration::from_secs(60));
    let poll = Poll { failures: 3, moved, max_age, ..read(&first, 0, &["x"], &[]) };
    store.record_poll(&poll).await.expect("recorded");
    let of_old = claim_one(&store, 600).await;

    store.list_feeds(&[listed("a", "new")], at(601)).await.expect("listed");
    let of_new = claim_one(&store, 601).await;
    assert_eq!(
        (of_new.validators.clone(), of_new.body_hash.clone()),
        (Validators::default(), None)
    );
    assert_eq!((of_new.whole_at, of_new.max_age, &of_new.moved), (None, None, &None));
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
    let gone = Poll {
        outcome: Outcome::Gone,
        next_why: Reason::Gone,
        failures: 1,
        ..unchanged(&claimed, 0)
    };
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

pub(super) async fn once_too_a_feed_that_asked_for_quiet_has_it(ground: &Ground) {
    let store = ground.open(at(0)).await;
    list(&store, &["a"], 0).await;
    let asked = Poll { next_why: Reason::RetryAfter, ..unchanged(&claim_one(&store, 0).await, 0) };
    store.record_poll(&asked).await.expect("recorded");
    let once = async |now: i64| {
        let since = Some(at(now));
        let claims = store.claim_due_feeds(at(now), LEASE, 9, since, &mut |_| true).await;
        claims.expect("claimed").len()
    };
    assert_eq!(once(599).await, 0);
    assert_eq!(once(600).await, 1);
}

pub(super) async fn a_host_that_asks_for_quiet_has_it_and_its_feeds_come_back_one_by_one(
    ground: &Ground,
) {
    let store = ground.open(at(0)).await;
    let of = |id: &str, host: &str, phase| Listed {
        id: FeedId(id.into()),
        url: format!("https://{host}/{id}"),
        host: host.into(),
        phase,
    };
    let mut feeds = vec![
        of("a", "one.example", 0),
        of("b", "one.example", 100),
        of("c", "one.example", 900),
        of("d", "two.example", 0),
    ];
    store.list_feeds(&feeds, at(0)).await.expect("listed");
    let claims = claim(&store, 0).await;
    let hold = |until| {
        let spread = Duration::from_secs(10);
        Some(Hold { host: "one.example".into(), until: at(until), spread })
    };
    for claim in &claims {
        let hold = if claim.feed.0 == "a" { hold(1_000) } else { None };
        let poll = Poll { hold, next_poll_at: at(60), ..unchanged(claim, 0) };
        store.record_poll(&poll).await.expect("recorded");
    }
    // A new feed of that host waits as well, and a second word that is shorter changes nothing.
    feeds.push(of("e", "one.example", 0));
    store.list_feeds(&feeds, at(50)).await.expect("listed");
    let [other] = &claim(&store, 60).await[..] else { panic!("one host may be asked") };
    assert_eq!(other.feed.0, "d");
    let shorter = Poll { hold: hold(500), next_poll_at: at(9_000), ..unchanged(other, 60) };
    store.record_poll(&shorter).await.expect("recorded");
    assert_eq!(store.next_poll_at().await.expect("read"), Some(at(1_000)));
    let since = Some(at(900));
    let once = store.claim_due_feeds(at(999), LEASE, 9, since, &mut |_| true).await;
    assert_eq!(ids(&once.expect("claimed")), ["d"], "nor once");
    assert_eq!(ids(&claim(&store, 1_000).await), ["e", "a"]);
    assert_eq!(ids(&claim(&store, 1_001).await), ["b"]);
    assert_eq!(ids(&claim(&store, 1_008).await), [""; 0]);
    assert_eq!(ids(&claim(&store, 1_009).await), ["c"]);
    // A clock that was set back makes no host wait for weeks.
    store.close().await;
    let store = ground.open(at(-40 * HOUR)).await;
    assert_eq!(claim(&store, -40 * HOUR).await.len(), 5);
}

pub(super) async fn a_feed_that_alone_is_throttled_holds_its_host_once(ground: &Ground) {
    let store = ground.open(at(0)).await;
    let of = |id: &str| Listed {
        id: FeedId(id.into()),
        url: format!("https://one.example/{id}"),
        host: "one.example".into(),
        phase: 0,
    };
    store.list_feeds(&[of("a"), of("b")], at(0)).await.expect("listed");
    // Whether the host is held after `a` was told 429, and `b` this.
    let told = async |now: i64, b: Option<Outcome>| {
        let mut held = false;
        for claim in claim(&store, now).await {
            let poll = if claim.feed.0 == "a" {
                let (host, until) = ("one.example".to_owned(), at(now + 600));
                Poll {
                    outcome: Outcome::Throttled { status: 429 },
                    failures: 1,
                    hold: Some(Hold { host, until, spread: Duration::ZERO }),
                    ..unchanged(&claim, now)
                }
            } else if let Some(outcome) = &b {
                Poll { outcome: outcome.clone(), ..unchanged(&claim, now + 1) }
            } else {
                continue;
            };
            let recorded = store.record_poll(&poll).await.expect("recorded");
            held |= matches!(recorded, Recorded::Done { held: true, .. });
        }
        held
    };
    assert!(told(0, None).await, "it may mean the whole host");
    let throttled = Outcome::Throttled { status: 429 };
    assert!(told(700, Some(throttled)).await, "and says so of each");
    assert!(told(1_400, Some(Outcome::Unchanged)).await, "until it answers");
    assert!(!told(2_100, Some(Outcome::Unchanged)).await, "it means that one");
    assert!(!told(2_800, None).await);
    assert!(told(3_500, None).await, "nobody else was answered since");
}

pub(super) async fn overdue_feeds_can_be_put_off(ground: &Ground) {
    let store = ground.open(at(0)).await;
    list(&store, &["b"], 0).await;
    list(&store, &["b", "a", "c"], 5).await;
    assert_eq!(store.overdue(at(4)).await.expect("read"), [FeedId("b".into())]);
    let overdue = store.overdue(at(5)).await.expect("read");
    assert_eq!(overdue, ["b", "a", "c"].map(|id| FeedId(id.into())));
    let until = [at(0), at(8), at(9)];
    let until: Vec<_> = overdue.into_iter().zip(until).collect();
    store.put_off(&until).await.expect("put off");
    assert_eq!(ids(&claim(&store, 5).await), ["b"], "nothing becomes due later than it was");
    assert_eq!(ids(&claim(&store, 8).await), ["a"]);
    assert_eq!(store.overdue(at(9)).await.expect("read"), [FeedId("c".into())]);
    assert_eq!(ids(&claim(&store, 9).await), ["c"]);
}

pub(super) async fn a_feed_that_wants_credentials_waits_for_the_next_start(ground: &Ground) {
    let store = ground.open(at(0)).await;
    list(&store, &["a"], 0).await;
    let refused = Poll {
        outcome: Outcome::Refused { status: 401 },
        next_why: Reason::Unauthorized,
        failures: 1,
        ..unchanged(&claim_one(&store, 0).await, 0)
    };
    store.record_poll(&refused).await.expect("recorded");
    assert_eq!(claim(&store, 10 * DAY).await.len(), 0);
    assert_eq!(store.next_poll_at().await.expect("read"), None);
    list(&store, &["a"], 60).await;
    assert_eq!(claim(&store, 599).await.len(), 0, "a restart is no hammer");
    assert_eq!(claim(&store, 600).await.len(), 1);
}

pub(super) async fn how_feeds_fare_is_listed(ground: &Ground) {
    let store = ground.open(at(0)).await;
    list(&store, &["d", "c", "b", "a", "old"], 0).await;
    for claim in claim(&store, 0).await {
        let well = read(&claim, 0, &["x"], &[]);
        let poll = match claim.feed.0.as_str() {
            "a" => Poll { moved: Some(Moved { to: "there".into(), times: 3 }), ..well },
            "b" => Poll {
                outcome: Outcome::Unreachable { reason: "no answer".into() },
                status: None,
                next_why: Reason::Failures,
                failures: 2,
                moved: Some(Moved { to: "there".into(), times: 2 }),
                ..unchanged(&claim, 0)
            },
            "c" => Poll {
                outcome: Outcome::Gone,
                status: Some(410),
                next_why: Reason::Gone,
                failures: 1,
                hold: Some(Hold {
                    host: "b.example".into(),
                    until: at(7_000),
                    spread: Duration::from_secs(200),
                }),
                ..unchanged(&claim, 0)
            },
            _ => well,
        };
        store.record_poll(&poll).await.expect("recorded");
    }
    list(&store, &["e", "d", "c", "b", "a"], 30).await;
    let rows = store.feeds().await.expect("read");
    let shown = |row: &FeedRow| {
        let next = row.next_check_at.map(|at_| at_.duration_since(at(0)).as_secs());
        let why = row.next_reason.clone().unwrap_or_default();
        (row.id.0.clone(), row.state, row.status, row.failures, next, why)
    };
    let shown: Vec<_> = rows.iter().map(shown).collect();
    let expected = |id: &str, state, status, failures, next, why: &str| {
        (id.to_owned(), state, status, failures, next, why.to_owned())
    };
    assert_eq!(
        shown,
        [
            expected("a", FeedState::Ok, Some(200), 0, Some(600), "pace"),
            expected("b", FeedState::Failing, None, 2, Some(7_100), "host_throttled"),
            expected("c", FeedState::Gone, Some(410), 1, None, "gone"),
            expected("d", FeedState::Ok, Some(200), 0, Some(600), "pace"),
            expected("e", FeedState::New, None, 0, Some(30), ""),
        ]
    );
    let a = &rows[0];
    assert_eq!((a.url.as_str(), a.outcome.as_deref()), ("https://a.example/feed", Some("read")));
    assert_eq!((a.detail.as_deref(), a.items_per_week), (Some("1 item"), Some(70.0)));
    assert_eq!((a.checked_at, a.last_success_at), (Some(at(0)), Some(at(0))));
    assert_eq!((a.moved_to.as_deref(), rows[1].moved_to.as_deref()), (Some("there"), None));
    assert_eq!((a.overruns, a.overrun_at), (0, None));
    assert_eq!((rows[1].last_success_at, rows[1].items_per_week), (None, None));
}
