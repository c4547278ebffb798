//! The schedule as tables: what is known of a feed, and when it is polled next.

use std::collections::BTreeSet;

use super::*;
use crate::setting::Length;

const QUIET: Standing<'_> = Standing {
    outcome: &Outcome::Unchanged,
    wait: Some(Duration::from_secs(1_200)),
    failures: 0,
    new_items: 0,
    overrun: false,
    gap: None,
    asked: None,
    fresh: Freshness::Unsaid,
    wishes: Wishes { ttl: None, skip: Skip { hours: 0, days: 0 }, update_every: None },
    seed: 0, // no jitter
};
const NEWS: Standing<'_> = Standing { new_items: 3, ..QUIET };
const FIRST: Standing<'_> = Standing { wait: None, ..NEWS };

const fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(minutes * 60)
}

/// After how long a feed is polled next, why then, and the wait that is remembered.
fn next(interval: Interval, standing: Standing<'_>) -> (Duration, Reason, Duration) {
    let now = Timestamp::UNIX_EPOCH;
    let next = next_check(&Polling::default(), interval, &standing, now);
    (Duration::try_from(next.at.duration_since(now)).expect("later"), next.why, next.wait)
}

#[test]
fn auto_follows_what_the_feed_brings() {
    #[track_caller]
    fn check(standing: Standing<'_>, expected: u64) {
        let expected = minutes(expected);
        assert_eq!(next(Interval::Auto, standing), (expected, Reason::Pace, expected));
    }
    // By the dates of its items, where there are some.
    check(Standing { gap: Some(minutes(30)), ..NEWS }, 15);
    check(Standing { gap: Some(minutes(90)), ..NEWS }, 45);
    check(Standing { gap: Some(minutes(1)), ..NEWS }, 2);
    check(Standing { gap: Some(minutes(9_000)), ..NEWS }, 60);
    check(NEWS, 10);
    check(Standing { wait: Some(minutes(2)), ..NEWS }, 2);
    // Dates that lie bring nothing for long: what counts is that there was no news.
    check(Standing { gap: Some(minutes(1)), ..QUIET }, 30);
    check(QUIET, 30);
    check(Standing { wait: Some(minutes(55)), ..QUIET }, 60);
    // The first poll knows the dates, or what the feed says of itself, or nothing.
    check(FIRST, 2);
    check(Standing { gap: Some(minutes(30)), ..FIRST }, 15);
    let hourly = Wishes { update_every: Some(minutes(60)), ..Wishes::default() };
    check(Standing { wishes: hourly, ..FIRST }, 60);
    check(Standing { wishes: hourly, gap: Some(minutes(30)), ..FIRST }, 15);
    check(Standing { wishes: hourly, ..NEWS }, 10);
    let yearly = Wishes { update_every: Some(minutes(500_000)), ..Wishes::default() };
    check(Standing { wishes: yearly, ..FIRST }, 60);
    // Where nothing was known, it is asked more often than before.
    let overrun = Standing { overrun: true, ..NEWS };
    check(overrun, 10);
    check(Standing { gap: Some(minutes(200)), ..overrun }, 10);
    check(Standing { gap: Some(minutes(10)), ..overrun }, 5);
}

#[test]
fn the_publishers_word_is_a_lower_bound_of_six_hours_at_most() {
    #[track_caller]
    fn check(fresh: Freshness, ttl: Option<u64>, expected: u64, why: Reason) {
        let wishes = Wishes { ttl: ttl.map(minutes), ..Wishes::default() };
        let found = next(Interval::Auto, Standing { fresh, wishes, ..QUIET });
        assert_eq!((found.0, found.1), (minutes(expected), why), "{fresh:?} {ttl:?}");
        assert_eq!(found.2, minutes(30), "our own wait is not moved by it");
    }
    let (max_age, expires) =
        (|length| Freshness::MaxAge(minutes(length)), |length| Freshness::Expires(minutes(length)));
    check(Freshness::Unsaid, None, 30, Reason::Pace);
    check(Freshness::Stale, None, 30, Reason::Pace);
    check(max_age(29), None, 30, Reason::Pace);
    check(max_age(31), None, 31, Reason::MaxAge);
    check(expires(45), None, 45, Reason::Expires);
    check(Freshness::Unsaid, Some(45), 45, Reason::Ttl);
    check(max_age(50), Some(45), 50, Reason::MaxAge);
    check(max_age(45), Some(50), 50, Reason::Ttl);
    check(max_age(525_600), None, 360, Reason::MaxAge);
    check(expires(525_600), Some(525_600), 360, Reason::Expires);
}

#[test]
fn a_fixed_interval_is_taken_as_it_is() {
    let wishes = Wishes { ttl: Some(minutes(45)), skip: Skip::of(0..23, []), update_every: None };
    let loud = Standing { fresh: Freshness::MaxAge(minutes(60)), wishes, ..NEWS };
    for wait in [Duration::from_secs(1), minutes(5), minutes(2_000)] {
        let found = next(Interval::Fixed(wait), loud);
        assert_eq!((found.0, found.1), (wait, Reason::Interval));
    }
    let asked = Standing { asked: Some(minutes(45)), ..QUIET };
    let found = next(Interval::Fixed(minutes(5)), asked);
    assert_eq!((found.0, found.1), (minutes(45), Reason::RetryAfter));
}

#[test]
fn each_failure_has_its_pause() {
    #[track_caller]
    fn check(outcome: &Outcome, asked: Option<u64>, expected: &[u64], why: Reason) {
        for (failures, expected) in (1..).zip(expected) {
            let asked = asked.map(minutes);
            let standing = Standing { outcome, failures, asked, ..QUIET };
            let found = next(Interval::Fixed(minutes(5)), standing);
            assert_eq!((found.0, found.1), (minutes(*expected), why), "{outcome}: {failures}");
            assert_eq!(found.2, minutes(20), "the wait of `auto` stays");
        }
    }
    let refused = |status| Outcome::Refused { status };
    let to_a_day = [10, 20, 40, 80, 160, 320, 640, 1_280, 1_440, 1_440];
    for status in [500, 502, 503, 504, 418] {
        check(&refused(status), None, &to_a_day, Reason::Failures);
    }
    check(&Outcome::NotAFeed { reason: String::new() }, None, &to_a_day, Reason::Failures);
    // Nobody answers: it may be our own line, and burdens no server.
    let unreachable = Outcome::Unreachable { reason: String::new() };
    check(&unreachable, None, &[10, 20, 40, 60, 60], Reason::Failures);
    check(&refused(404), None, &[60, 120, 240, 480, 960, 1_440], Reason::NotFound);
    let unwanted = [240, 480, 960, 1_440, 1_440];
    check(&refused(403), None, &unwanted, Reason::Forbidden);
    check(&Outcome::Challenged { status: 503 }, None, &unwanted, Reason::Forbidden);
    let throttled = |status| Outcome::Throttled { status };
    check(&throttled(429), None, &unwanted, Reason::Throttled);
    // What is asked for aloud holds, and is not shortened by what we would do.
    check(&throttled(429), Some(30), &[30, 30], Reason::RetryAfter);
    check(&throttled(503), Some(600), &[600, 600], Reason::RetryAfter);
    check(&throttled(429), Some(1), &[10, 20], Reason::Failures);
    check(&refused(403), Some(1_440), &[1_440], Reason::RetryAfter);
    check(&Outcome::Gone, None, &[10], Reason::Gone);
    check(&refused(401), None, &[10], Reason::Unauthorized);
}

#[test]
fn a_pause_is_never_shorter_than_the_interval() {
    let outcome = &Outcome::Unreachable { reason: String::new() };
    let rare = Interval::Fixed(minutes(48 * 60));
    let found = next(rare, Standing { outcome, failures: 3, ..QUIET });
    assert_eq!(found.0, minutes(48 * 60));
    let failing = Standing { outcome, failures: u32::MAX, ..QUIET };
    assert_eq!(next(Interval::Auto, failing).0, minutes(60));
    let first = Standing { wait: None, failures: 1, ..failing };
    assert_eq!(next(Interval::Auto, first), (minutes(4), Reason::Failures, minutes(2)));
}

#[test]
fn auto_skips_what_the_publisher_skips() {
    let wishes = Wishes { skip: Skip::of(0..6, []), ..Wishes::default() };
    let found = next(Interval::Auto, Standing { wishes, ..QUIET });
    assert_eq!((found.0, found.1), (minutes(360), Reason::SkipHours)); // it is midnight
    let failing = Standing { failures: 1, outcome: &Outcome::Refused { status: 500 }, ..QUIET };
    let found = next(Interval::Auto, Standing { wishes, ..failing });
    assert_eq!((found.0, found.1), (minutes(360), Reason::SkipHours));
}

#[test]
fn a_host_is_held_by_who_asks_for_quiet() {
    let next = Next {
        at: Timestamp::from_second(600).expect("a time"),
        why: Reason::Throttled,
        wait: minutes(2),
    };
    let held = |outcome| hold(&outcome, &next, Timestamp::UNIX_EPOCH);
    assert_eq!(held(Outcome::Throttled { status: 429 }), Some(minutes(10)));
    assert_eq!(held(Outcome::Challenged { status: 403 }), None);
    assert_eq!(held(Outcome::Throttled { status: 503 }), None);
    assert_eq!(held(Outcome::Refused { status: 403 }), None);
}

#[test]
fn jitter_lengthens_by_a_tenth_and_the_first_wait_by_as_much_again() {
    let waits = |standing: Standing<'_>| -> BTreeSet<u64> {
        let interval = Interval::Fixed(minutes(10));
        (0..2_002).map(|seed| next(interval, Standing { seed, ..standing }).0.as_secs()).collect()
    };
    let (later, first) = (waits(QUIET), waits(FIRST));
    assert_eq!((later.first(), later.last()), (Some(&600), Some(&660)));
    assert_eq!((first.first(), first.last()), (Some(&600), Some(&1_200)));
    let asked = waits(Standing { asked: Some(minutes(12)), ..QUIET });
    assert_eq!(asked.into_iter().collect::<Vec<_>>(), [720]);
    let exact = Interval::Fixed(Duration::from_secs(9));
    assert_eq!(next(exact, Standing { seed: 77, ..FIRST }).0, Duration::from_secs(9));
}

#[test]
fn overdue_feeds_are_spread_as_far_as_ten_a_second_take_or_their_interval() {
    #[track_caller]
    fn check(interval: Interval, overdue: u32, last_ms: u128) {
        let polling = Polling { min_interval: Length(minutes(2)), ..Polling::default() };
        let last = spread(&polling, interval, overdue - 1, overdue).as_millis();
        assert_eq!((spread(&polling, interval, 0, overdue).as_millis(), last), (0, last_ms));
    }
    check(Interval::Auto, 1, 0);
    check(Interval::Auto, 500, 49_900);
    check(Interval::Auto, 5_000, 119_976);
    check(Interval::Fixed(minutes(60)), 5_000, 499_900);
    check(Interval::Fixed(Duration::from_secs(1)), 200, 995);
}

/// A thousand feeds that were all overdue at once, over three hours.
#[test]
fn a_thousand_feeds_do_not_march_in_step() {
    let (polling, interval) = (Polling::default(), Interval::Fixed(minutes(10)));
    let mut polls: Vec<i64> = Vec::new();
    for feed in 0..1_000_u32 {
        let mut at = Timestamp::UNIX_EPOCH + spread(&polling, interval, feed, 1_000);
        let mut standing = FIRST;
        for epoch in 0_u64..18 {
            polls.push(at.as_second());
            // As the poller does: a hash of the feed and the epoch.
            standing.seed = u64::from(phase(&FeedId(format!("{feed} {epoch}"))));
            at = next_check(&polling, interval, &standing, at).at;
            standing.wait = Some(minutes(10));
        }
    }
    let share = |from: i64| {
        let count = polls.iter().filter(|at| (from..from + 10).contains(*at)).count();
        f64::from(u32::try_from(count).expect("few")) / 1_000.0
    };
    let worst = |from: i64, to: i64| (from..to).step_by(10).map(share).fold(0.0, f64::max);
    assert!(worst(0, 600) <= 0.1, "at the start: {}", worst(0, 600));
    assert!(worst(600, 10_800) <= 0.03, "later: {}", worst(600, 10_800));
}

#[test]
fn the_end_of_time_is_no_overflow() {
    let fixed = Interval::Fixed(Duration::MAX);
    for standing in [QUIET, Standing { failures: 9, seed: 99, ..QUIET }] {
        let next = next_check(&Polling::default(), fixed, &standing, Timestamp::MAX);
        assert_eq!(next.at, Timestamp::MAX);
    }
}
