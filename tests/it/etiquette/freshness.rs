//! When to come back: rules 13 to 26, 31.

use std::ops::RangeInclusive;
use std::time::Duration;

use crate::support::lane::{Lane, rss, time, undated};
use crate::support::script::Answer;

/// By the server's clock, which is not ours.
const DATE: &str = "Thu, 01 Jan 2015 00:00:00 GMT";
const EXPIRES: &str = "Thu, 01 Jan 2015 01:00:00 GMT";

fn feed() -> Answer {
    Answer::body(undated("", &["a"]))
}

/// 13 to 18, 31: what headers say of freshness, and when the feed is asked again. RFC 9111 §4.2,
/// §5.2.2, §5.3; EN; NNW on absurd values.
#[tokio::test]
async fn row_13_to_18_freshness_is_a_lower_bound() {
    type Headers = &'static [(&'static str, &'static str)];
    let table: &[(&str, Headers, i64, &str)] = &[
        ("13: not before", &[("cache-control", "max-age=1800")], 1_800, "max_age"),
        (
            "14: less the age",
            &[("cache-control", "max-age=1800"), ("age", "600")],
            1_200,
            "max_age",
        ),
        ("15: shared caches are others", &[("cache-control", "s-maxage=1800")], 180, "pace"),
        (
            "15: max-age wins",
            &[("cache-control", "max-age=1800"), ("date", DATE), ("expires", EXPIRES)],
            1_800,
            "max_age",
        ),
        ("15: no date has passed", &[("expires", "0"), ("date", DATE)], 180, "pace"),
        ("15: nor has this", &[("expires", "-1"), ("date", DATE)], 180, "pace"),
        ("16: by the server's clock", &[("expires", EXPIRES), ("date", DATE)], 3_600, "expires"),
        ("17: years are six hours", &[("cache-control", "max-age=31536000")], 21_600, "max_age"),
        ("18: no reason to hurry", &[("cache-control", "no-cache, no-store")], 180, "pace"),
        ("18: neither", &[("cache-control", "max-age=0")], 180, "pace"),
        ("31: not of a success", &[("retry-after", "7200")], 180, "pace"),
    ];
    for (rule, headers, seconds, reason) in table {
        // The first answer says nothing, so that our own wait is known at the second.
        let answer = headers.iter().fold(feed(), |answer, (name, value)| answer.with(name, value));
        let lane = Lane::start([feed(), answer]).await;
        lane.next().await;
        lane.expect_next(rule, *seconds, reason).await;
    }
}

/// 19: `<ttl>` is minutes, a lower bound, and clamped. RSS 2.0; MF.
#[tokio::test]
async fn row_19_a_ttl_is_a_lower_bound() {
    for (ttl, seconds, reason) in [
        ("120", 7_200, "ttl"),
        (" 60\n", 3_600, "ttl"),
        ("1", 180, "pace"),
        ("0", 180, "pace"),
        ("-5", 180, "pace"),
        ("soon", 180, "pace"),
        ("525600", 21_600, "ttl"),
    ] {
        let feed = || Answer::body(undated(&format!("<ttl>{ttl}</ttl>"), &["a"]));
        let lane = Lane::start([feed()]).await;
        lane.next().await;
        lane.expect_next(ttl, seconds, reason).await;
    }
}

/// 20: nobody asks in an hour or on a day that is skipped (GMT, 24 is 0). RSS 2.0; EN.
#[tokio::test]
async fn row_20_what_is_skipped_is_skipped() {
    // It is Sunday, 09:00.
    let hours: String = (9..=24).map(|hour| format!("<hour>{hour}</hour>")).collect();
    let wish = format!("<skipHours>{hours}</skipHours>");
    let lane = Lane::start([Answer::body(undated(&wish, &["a"]))]).await;
    let row = lane.row("wire").await;
    assert_eq!(row["next_reason"], "skip_hours");
    let next = time(&row["next_check_at"]).expect("planned").to_string();
    assert!(next.starts_with("2024-07-29T01:0"), "{next}");
    lane.quiet(Duration::from_secs(16 * 3_600 - 1)).await;
    lane.next().await;

    let wish = "<skipDays><day>Sunday</day><day>monday</day></skipDays>";
    let lane = Lane::start([Answer::body(undated(wish, &["a"]))]).await;
    let row = lane.row("wire").await;
    assert_eq!(row["next_reason"], "skip_days");
    let next = time(&row["next_check_at"]).expect("planned").to_string();
    assert!(next.starts_with("2024-07-30T00:0"), "{next}");
}

/// 21: `sy:updatePeriod` is no more than a hint: bounded, and for want of dates only.
/// `mod_syndication`; `WordPress` says “hourly” of every feed.
#[tokio::test]
async fn row_21_an_update_period_is_a_hint() {
    let sy = |period: &str| {
        format!(
            "<sy:updatePeriod xmlns:sy=\"http://purl.org/rss/1.0/modules/syndication/\">{period}\
             </sy:updatePeriod>"
        )
    };
    let wait = async |document: String| {
        let lane = Lane::start([Answer::body(document)]).await;
        let row = lane.row("wire").await;
        let of = |key: &str| time(&row[key]).expect("a time");
        of("next_check_at").duration_since(of("checked_at")).as_secs()
    };
    let first = |seconds: i64| seconds..=seconds * 2;
    assert!(first(3_600).contains(&wait(undated(&sy("yearly"), &["a"])).await));
    assert!(first(3_600).contains(&wait(undated(&sy("hourly"), &["a"])).await));
    let often = [("a", 0), ("b", 10), ("c", 20), ("d", 30)];
    assert!(first(450).contains(&wait(rss(&sy("hourly"), &often)).await));
}

/// 23: a feed is asked as often as it publishes, within the bounds. MF; NB.
#[tokio::test]
async fn row_23_the_pace_is_the_feeds() {
    let check = async |minutes: &[i64],
                       per_week: RangeInclusive<f64>,
                       wait: RangeInclusive<i64>| {
        let guids: Vec<String> = minutes.iter().map(ToString::to_string).collect();
        let items: Vec<(&str, i64)> =
            guids.iter().map(String::as_str).zip(minutes.iter().copied()).collect();
        let more: Vec<(&str, i64)> = [("new", 0)].into_iter().chain(items.clone()).collect();
        let lane = Lane::start([Answer::body(rss("", &items)), Answer::body(rss("", &more))]).await;
        lane.next().await;
        let found = lane.row("wire").await["items_per_week"].as_f64().expect("dated");
        assert!(per_week.contains(&found), "{found} a week");
        let (found, why) = lane.planned().await;
        assert!(wait.contains(&found) && why == "pace", "{found} s for {why}");
    };
    // One each ten minutes, for three hours.
    let busy: Vec<i64> = (1..=18).map(|it| it * 10).collect();
    check(&busy, 1_000.0..=1_040.0, 250..=330).await;
    // One a day.
    let slow: Vec<i64> = (1..=10).map(|it| it * 1_440).collect();
    check(&slow, 7.0..=8.0, 3_600..=3_960).await;
}

/// 25: what is overdue at a start is spread: ten a second, no burst. RB.
#[tokio::test]
async fn row_25_a_start_is_no_burst() {
    let names: Vec<String> = (0..60).map(|number| format!("wire-{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut lane = Lane::new("per_host = 100", &names).await;
    for name in &names {
        lane.server.plays(name, [feed()]);
    }
    lane.go().await;
    lane.polled(1).await;
    for second in 1..=6_u64 {
        lane.clock.advance(Duration::from_secs(1));
        lane.polled((second * 10).min(60)).await;
        let asked = lane.server.asked_at_all();
        assert!(asked <= usize::try_from(second).expect("small") * 10 + 1, "{asked} in {second} s");
    }
    assert_eq!(lane.server.asked_at_all(), 60);
    // The same after hours of standstill.
    lane.clock.advance(Duration::from_secs(6 * 3_600));
    lane.polled(120).await;
    let at_once = lane.server.asked_at_all();
    lane.go().await;
    assert_eq!(lane.server.asked_at_all(), at_once);
}

/// 26: a restart repeats no poll. RB: a reader that polled again at each restart.
#[tokio::test]
async fn row_26_a_restart_repeats_no_poll() {
    let mut lane = Lane::start([feed()]).await;
    for _ in 0..5 {
        lane.go().await;
        lane.quiet(Duration::from_secs(10)).await;
    }
    assert_eq!(lane.server.asked("wire").len(), 1);
}
