//! Asking “anything newer?”: rules 1 to 9, 37, 48 and 55.

use std::time::Duration;

use crate::support::lane::{Lane, rss, undated};
use crate::support::script::Answer;

const DAY: i64 = 24 * 3_600;

fn feed() -> Answer {
    Answer::body(undated("", &["a"]))
}

/// 1, 2, 4: both validators go back byte for byte, whatever is in them. RFC 9110 §8.8.3, §13.1;
/// RB: `Last-Modified` is a black box.
#[tokio::test]
async fn row_01_02_04_validators_go_back_as_they_came() {
    let etag = b"W/\"a,b\\\"c\xe9\"";
    let date = "Sun, 6 Nov 1994 8:49:37 GMT";
    let lane = Lane::start([feed().with("etag", etag).with("last-modified", date)]).await;
    let asked = lane.next().await;
    assert_eq!(asked.header("if-none-match"), Some(&etag[..]));
    assert_eq!(asked.header("if-modified-since"), Some(date.as_bytes()));
}

/// 3: no date of our own making. RB.
#[tokio::test]
async fn row_03_nothing_is_made_up() {
    let date = "Sun, 28 Jul 2024 09:00:00 GMT";
    let lane = Lane::start([feed().with("date", date)]).await;
    let asked = lane.next().await;
    assert_eq!((asked.header("if-none-match"), asked.header("if-modified-since")), (None, None));
}

/// 5: validators are those of the last document that was read whole. FP.
#[tokio::test]
async fn row_05_only_a_document_that_was_read_moves_them() {
    let lane = Lane::start([
        feed().with("etag", "\"1\""),
        Answer::status(500).with("etag", "\"2\""),
        Answer::body("<html>log in</html>").with("etag", "\"3\""),
        Answer::body(undated("", &["a", "b"])).with("etag", "\"4\"").cut(),
        Answer::body(undated("", &["a", "b"])).with("etag", "\"5\""),
        Answer::status(304),
    ])
    .await;
    for expected in ["\"1\"", "\"1\"", "\"1\"", "\"1\"", "\"5\""] {
        assert_eq!(lane.next().await.header("if-none-match"), Some(expected.as_bytes()));
    }
}

/// 6: a 304 may renew validators and freshness; what it does not name stays. RFC 9111 §3.2,
/// §4.3.4.
#[tokio::test]
async fn row_06_a_304_renews_what_it_names() {
    let lane = Lane::start([
        feed().with("etag", "\"1\"").with("last-modified", "then"),
        Answer::status(304).with("etag", "\"2\"").with("cache-control", "max-age=7200"),
        Answer::status(304),
        Answer::status(304).with("cache-control", "no-cache"),
    ])
    .await;
    assert_eq!(lane.next().await.header("if-none-match"), Some(&b"\"1\""[..]));
    lane.expect_next("what the 304 says", 7_200, "max_age").await;
    let asked = lane.next().await;
    assert_eq!(asked.header("if-none-match"), Some(&b"\"2\""[..]));
    assert_eq!(asked.header("if-modified-since"), Some(&b"then"[..]));
    lane.expect_next("a 304 that says nothing", 7_200, "max_age").await;
    lane.next().await;
    assert_eq!(lane.row("wire").await["next_reason"], "pace");
}

/// 7: the first request alone is unconditional, also over a restart. RB.
#[tokio::test]
async fn row_07_a_restart_forgets_no_validator() {
    let mut lane = Lane::start([feed().with("etag", "\"1\""), Answer::status(304)]).await;
    lane.go().await;
    assert_eq!(lane.next().await.header("if-none-match"), Some(&b"\"1\""[..]));
}

/// 8, F12: a server that says 304 for ever is asked for the whole once a day, and not earlier;
/// that it has nothing to say to that is a failure which is told. NNW; RB's limit for readers
/// without validators.
#[tokio::test]
async fn row_08_once_a_day_the_whole_is_asked_for() {
    let lane = Lane::start([feed().with("etag", "\"1\""), Answer::status(304)]).await;
    let start = lane.server.asked("wire")[0].at;
    loop {
        let asked = lane.next().await;
        let age = asked.at.duration_since(start).as_secs();
        assert_eq!(asked.header("if-none-match").is_none(), age >= DAY, "after {age} s");
        if age >= DAY {
            break;
        }
    }
    let row = lane.row("wire").await;
    assert_eq!((&row["state"], &row["detail"]), (&"failing".into(), &"answered 304".into()));
    // The whole that comes then is read, though its validator never changed.
    lane.server.plays(
        "wire",
        [Answer::body(undated("", &["a", "b"])).with("etag", "\"1\""), Answer::status(304)],
    );
    assert_eq!(lane.next().await.header("if-none-match"), None);
    assert_eq!(lane.row("wire").await["detail"], "2 items");
    assert_eq!(lane.next().await.header("if-none-match"), Some(&b"\"1\""[..]));
}

/// 9: the same bytes once more are no news, and the wait grows. MF.
#[tokio::test]
async fn row_09_the_same_body_is_unmodified() {
    let lane = Lane::start([feed()]).await;
    for expected in [180, 270, 405] {
        lane.next().await;
        assert_eq!(lane.row("wire").await["detail"], "unchanged");
        lane.expect_next("the same again", expected, "pace").await;
    }
}

/// 48: a 226 with `IM: feed` is a part of the feed, and one without it the whole. RFC 3229.
#[tokio::test]
async fn row_48_a_part_is_no_gap() {
    let overruns = async |answer: Answer| {
        let lane = Lane::start([feed(), answer.with_status(226)]).await;
        lane.next().await;
        let row = lane.row("wire").await;
        assert_eq!(row["detail"], "1 item");
        row["overruns"].clone()
    };
    let part = || Answer::body(undated("", &["b"]));
    assert_eq!(overruns(part().with("im", "feed")).await, 0);
    assert_eq!(overruns(part()).await, 1);
}

/// 50: where no item of a document is known, others may have come and gone: it is told, counted,
/// and the feed is asked more often.
#[tokio::test]
async fn row_50_a_gap_is_told_and_shortens_the_wait() {
    let lane =
        Lane::start([feed(), feed(), feed(), feed(), Answer::body(undated("", &["b", "c"]))]).await;
    for _ in 0..3 {
        lane.next().await;
    }
    lane.expect_next("before the gap", 405, "pace").await;
    lane.next().await;
    let row = lane.row("wire").await;
    assert_eq!((&row["overruns"], &row["overrun_at"]), (&1.into(), &row["checked_at"]));
    lane.expect_next("after the gap", 202, "pace").await;
}

/// 55: what a document wishes holds over 304s and failures, until another is read. MF.
#[tokio::test]
async fn row_55_a_wish_holds_until_the_next_document() {
    let ttl = |minutes: u32| format!("<ttl>{minutes}</ttl>");
    let lane = Lane::start([
        Answer::body(rss(&ttl(120), &[])).with("etag", "\"1\""),
        Answer::status(304),
        Answer::status(500),
        Answer::status(304),
        Answer::body(rss("", &[])),
    ])
    .await;
    lane.expect_next("the document", 7_200, "ttl").await;
    lane.next().await;
    lane.expect_next("a 304", 7_200, "ttl").await;
    lane.next().await;
    assert_eq!(lane.row("wire").await["next_reason"], "failures");
    lane.next().await;
    lane.expect_next("after a failure", 7_200, "ttl").await;
    lane.next().await;
    assert_eq!(lane.row("wire").await["next_reason"], "pace");
    lane.quiet(Duration::from_secs(60)).await;
}
