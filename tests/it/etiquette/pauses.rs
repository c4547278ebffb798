//! When a server says no: rules 29 to 35.

use std::time::Duration;

use crate::support::lane::{Lane, time, undated};
use crate::support::script::Answer;

const HOUR: i64 = 3_600;

fn feed() -> Answer {
    Answer::body(undated("", &["a"])).with("etag", "\"1\"")
}

/// 29, 30, F14: `Retry-After` in each form that is seen, of a 429 or of a server that is down.
/// RFC 9110 §10.2.3, §15.6.4; RFC 6585 §4.
#[tokio::test]
async fn row_29_30_retry_after_is_never_undercut() {
    let date = "Thu, 01 Jan 2015 00:00:00 GMT"; // the server's clock, not ours
    for (status, retry_after, seconds, reason) in [
        (429, "7200", 7_200, "retry_after"),
        (429, "7199.2", 7_200, "retry_after"),
        (429, "Thu, 01 Jan 2015 02:00:00 GMT", 7_200, "retry_after"),
        (503, "7200", 7_200, "retry_after"),
        (503, "Thu, 01 Jan 2015 02:00:00 GMT", 7_200, "retry_after"),
        (500, "7200", 7_200, "retry_after"),
        (502, "7200", 7_200, "retry_after"),
        (504, "7200", 7_200, "retry_after"),
        // A day is the longest.
        (503, "1000000000000", 24 * HOUR, "retry_after"),
        (503, "Thu, 01 Jan 2026 00:00:00 GMT", 24 * HOUR, "retry_after"),
        // What is past, negative or no time at all is as if nothing had been said.
        (503, "0", 240, "failures"),
        (503, "-5", 240, "failures"),
        (503, "Wed, 31 Dec 2014 23:59:59 GMT", 240, "failures"),
        (503, "soon", 240, "failures"),
        (429, "soon", 4 * HOUR, "throttled"),
        (429, "-1", 4 * HOUR, "throttled"),
    ] {
        let refusal = Answer::status(status).with("retry-after", retry_after).with("date", date);
        let lane = Lane::start([feed(), refusal]).await;
        lane.next().await;
        lane.expect_next(retry_after, seconds, reason).await;
        let row = lane.row("wire").await;
        assert_eq!((&row["status"], &row["failures"]), (&status.into(), &1.into()));
    }
}

/// 29: 429 is said to whoever asks: no feed of that host is asked, whatever it is due, also
/// after a restart and also one that is new. RFC 6585 §4; NNW.
#[tokio::test]
async fn row_29_too_many_requests_holds_the_whole_host() {
    let mut lane = Lane::new("interval = \"5m\"", &["wire", "other"]).await;
    lane.server.plays("other", [feed()]);
    lane.server.plays("wire", [Answer::status(429).with("retry-after", "7200"), feed()]);
    lane.go().await;
    lane.clock.advance(Duration::from_secs(1));
    // One of the two comes first; if it is `other`, then `wire` follows.
    lane.polled(1).await;
    if lane.server.asked("wire").is_empty() {
        lane.polled(2).await;
    }
    let held_at = lane.server.asked("wire")[0].at;
    let asked = lane.server.asked_at_all();
    lane.server.plays("new", [feed()]);
    lane.configure("interval = \"5m\"", &["wire", "other", "new"]);
    lane.go().await;
    let row = lane.row("other").await;
    assert_eq!(row["next_reason"], "host_throttled");
    let next = time(&row["next_check_at"]).expect("planned").duration_since(held_at).as_secs();
    assert!((7_200..=7_920).contains(&next), "{next}");
    assert_eq!(lane.row("wire").await["next_reason"], "retry_after");
    lane.quiet(Duration::from_secs(7_190)).await;
    assert_eq!(lane.server.asked_at_all(), asked);
    lane.clock.advance(Duration::from_secs(800));
    lane.polled(3).await;
    for name in ["wire", "other", "new"] {
        let asked = lane.server.asked(name);
        let last = asked.last().expect("asked").at.duration_since(held_at).as_secs();
        assert!(last >= 7_200, "{name}: {last}");
    }
}

/// 29: but where others of the host are answered meanwhile, it is one feed that is meant, and
/// the others are not silenced by it.
#[tokio::test]
async fn row_29_one_feed_that_is_always_refused_silences_no_other() {
    let mut lane = Lane::new("interval = \"5m\"", &["wire", "other"]).await;
    lane.server.plays("other", [feed()]);
    lane.server.plays("wire", [Answer::status(429).with("retry-after", "3600")]);
    lane.go().await;
    for _ in 0..40 {
        lane.next_of_all().await;
    }
    let (wire, other) = (lane.server.asked("wire"), lane.server.asked("other"));
    assert!(other.len() >= 30, "{} polls of it, {} of the other", other.len(), wire.len());
    let waits = wire.windows(2).map(|pair| pair[1].at.duration_since(pair[0].at).as_secs());
    assert!(waits.into_iter().all(|wait| wait >= 3_600));
}

/// 29: a 429 that names no time is four hours, and twice as long each time. UC.
#[tokio::test]
async fn row_29_too_many_requests_without_a_time() {
    let lane = Lane::start([feed(), Answer::status(429)]).await;
    for hours in [4, 8, 16, 24, 24] {
        lane.next().await;
        lane.expect_next("429", hours * HOUR, "throttled").await;
    }
}

/// 30: a server that is down is asked less and less, to once a day, and never at once again. EN;
/// LR; NB.
#[tokio::test]
async fn row_30_a_server_that_is_down_has_time() {
    let lane = Lane::start([feed(), Answer::status(503)]).await;
    for seconds in [240, 480, 960, 1_920] {
        lane.next().await;
        lane.expect_next("503", seconds, "failures").await;
    }
    for _ in 0..7 {
        lane.next().await;
    }
    lane.expect_next("503 for long", 24 * HOUR, "failures").await;
    lane.server.plays("wire", [Answer::status(304)]);
    lane.next().await;
    let row = lane.row("wire").await;
    assert_eq!((&row["state"], &row["failures"]), (&"failing".into(), &12.into()), "a day old");
}

/// 32: 403 is four hours, and growing; a page for browsers is told as such. UC; MF.
#[tokio::test]
async fn row_32_who_is_not_wanted_stays_away() {
    let lane = Lane::start([feed(), Answer::status(403)]).await;
    for hours in [4, 8, 16] {
        lane.next().await;
        lane.expect_next("403", hours * HOUR, "forbidden").await;
    }
    let challenge = Answer::body("<html>Just a moment…</html>").with_status(403);
    let lane = Lane::start([feed(), challenge.with("cf-mitigated", "challenge")]).await;
    lane.next().await;
    lane.expect_next("a challenge", 4 * HOUR, "forbidden").await;
    let row = lane.row("wire").await;
    assert_eq!(row["outcome"], "challenged");
    assert_eq!(row["detail"], "answered 403 and wants to see a browser");
}

/// 33: what is not found is looked for once a day in the end. NNW; MF.
#[tokio::test]
async fn row_33_what_is_not_found_is_asked_for_daily() {
    let lane = Lane::start([feed(), Answer::status(404)]).await;
    for hours in [1, 2, 4, 8, 16, 24, 24] {
        lane.next().await;
        lane.expect_next("404", hours * HOUR, "not_found").await;
    }
}

/// 34: what is gone is gone, also after a restart; under a new address it is asked again.
/// RFC 9110 §15.5.11; FP.
#[tokio::test]
async fn row_34_what_is_gone_is_not_asked_for() {
    let mut lane = Lane::start([Answer::status(410)]).await;
    lane.quiet(Duration::from_secs(40 * 24 * 3_600)).await;
    lane.go().await;
    lane.quiet(Duration::from_secs(40 * 24 * 3_600)).await;
    let row = lane.row("wire").await;
    assert_eq!((&row["state"], &row["detail"]), (&"gone".into(), &"gone for good (410)".into()));
    assert_eq!((&row["next_check_at"], &row["next_reason"]), (&().into(), &"gone".into()));
    assert_eq!(lane.server.asked_at_all(), 1);
    let main = std::fs::read_to_string(lane.folder.main()).expect("written by us");
    lane.server.plays("moved", [feed()]);
    let moved = main.replace(&lane.server.url("wire"), &lane.server.url("moved"));
    lane.folder.write("wirewatch.toml", &moved);
    lane.reload().await;
    lane.polled(1).await;
    assert_eq!(lane.server.asked("moved").len(), 1);
}

/// 35: who wants credentials is asked once for each time that the configuration is read.
#[tokio::test]
async fn row_35_who_wants_credentials_waits_for_the_operator() {
    let lane = Lane::start([Answer::status(401)]).await;
    lane.quiet(Duration::from_secs(40 * 24 * 3_600)).await;
    let row = lane.row("wire").await;
    assert_eq!((&row["state"], &row["next_check_at"]), (&"unauthorized".into(), &().into()));
    for polls in 2..4 {
        lane.reload().await;
        lane.polled(polls).await;
        lane.quiet(Duration::from_secs(40 * 24 * 3_600)).await;
        assert_eq!(lane.server.asked_at_all(), usize::try_from(polls).expect("few"));
    }
}
