//! How to ask: rules 10, 28, 40 to 47, 54 and 56.

use std::time::Duration;

use axum::http::Method;

use crate::support::lane::{Lane, rss, undated};
use crate::support::process::Process;
use crate::support::script::Answer;

/// 10, 40 to 45, 47, 54: what a request says, and what it does not. FP; RB; MF; EN; RFC 9111
/// §5.2.1.4.
#[tokio::test]
async fn row_10_40_to_45_a_request_says_who_asks_and_no_more() {
    let document = rss("<link>https://news.example/</link>", &[("a", 0), ("b", 10)]);
    let answer = Answer::body(document)
        .with("set-cookie", "id=1; Path=/")
        .with("set-cookie", "track=2")
        .with("link", "</favicon.ico>; rel=icon")
        .with("etag", "\"1\"");
    let mut lane = Lane::new("", &["wire=wire?a=1&b=%20c#top"]).await;
    lane.server.plays("wire", [answer]);
    lane.go().await;
    lane.polled(1).await;
    lane.clock.advance(Duration::from_secs(2 * 3_600));
    lane.polled(2).await;
    let asked = lane.server.asked("wire");
    assert_eq!(asked.len(), 2);
    // Nothing else was looked at: no icon, no page, no article, no robots.txt.
    assert_eq!(lane.server.asked_at_all(), 2);
    let agent = format!("wirewatch/{} (+https://example.org/contact)", env!("CARGO_PKG_VERSION"));
    for (number, asked) in asked.iter().enumerate() {
        assert_eq!(asked.method, Method::GET);
        assert_eq!(asked.uri.to_string(), "/wire?a=1&b=%20c");
        let mut names: Vec<&str> =
            asked.headers.keys().map(axum::http::HeaderName::as_str).collect();
        names.sort_unstable();
        let mut expected = vec!["accept", "accept-encoding", "host", "user-agent"];
        if number > 0 {
            expected.insert(3, "if-none-match");
        }
        assert_eq!(names, expected);
        assert_eq!(asked.header("user-agent"), Some(agent.as_bytes()));
        assert_eq!(asked.header("accept-encoding"), Some(&b"gzip, br, zstd, deflate"[..]));
        let accept = String::from_utf8_lossy(asked.header("accept").expect("there"));
        assert!(accept.starts_with("application/atom+xml, application/rss+xml"), "{accept}");
        assert!(accept.ends_with("*/*;q=0.1"), "{accept}");
    }
}

/// 28: no more than `per_host` requests to one host at once, however many of its feeds are due.
/// NNW; MF.
#[tokio::test]
async fn row_28_a_host_is_asked_a_little_at_a_time() {
    let names: Vec<String> = (0..20).map(|number| format!("wire-{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut lane = Lane::new("", &names).await;
    for name in &names {
        lane.server.plays(name, [Answer::never()]);
    }
    lane.go().await;
    lane.clock.advance(Duration::from_secs(10));
    lane.server.has_waiting(2).await;
    lane.quiet(Duration::from_secs(20)).await;
    assert_eq!((lane.server.waiting(), lane.server.asked_at_all()), (2, 2));
}

/// 46: one address is asked once: a second feed with it is refused with its place.
#[tokio::test]
async fn row_46_an_address_that_is_listed_twice_is_refused() {
    let lane = Lane::new("", &["wire"]).await;
    let main = std::fs::read_to_string(lane.folder.main()).expect("written by us");
    let again = format!("[[feed]]\nname = \"Again\"\nurl = \"{}\"\n", lane.server.url("wire"));
    lane.folder.write("wirewatch.toml", &format!("{main}{again}"));
    let told = Process::run(&lane.folder, &["check"]).await;
    assert_eq!(told.code(), Some(78));
    let lines = main.lines().count();
    let url = lane.server.url("wire");
    assert_eq!(
        lane.folder.without_path(&told.stderr),
        format!(
            "wirewatch.toml:{line}:7: there is another feed with this `url`, `wire`\n   \
             {line} | url = \"{url}\"\n      |       {under}\n  \
             hint: listed twice, it would be asked twice and each alert would come twice\n\n\
             1 problem\n",
            line = lines + 3,
            under = "^".repeat(url.len() + 2),
        )
    );
}

/// 56: an operator sees when a feed is asked next, why then, and what it answered last. RB; LR.
#[tokio::test]
async fn row_56_how_a_feed_fares_is_shown() {
    let mut lane = Lane::new("interval = \"9s\"", &["gone", "ok", "wire"]).await;
    lane.server.plays("gone", [Answer::status(410)]);
    lane.server.plays("ok", [Answer::body(rss("", &[("a", 0), ("b", 24 * 60)]))]);
    lane.server.plays("wire", [Answer::body(undated("", &["x"])), Answer::status(503)]);
    let told = Process::run(&lane.folder, &["feeds", "list"]).await;
    assert_eq!(told.code(), Some(1));
    assert_eq!(
        lane.folder.without_path(&told.stderr),
        "wirewatch: cannot open `wirewatch.db`\n  \
         because: No such file or directory (os error 2)\n"
    );
    lane.go().await;
    lane.clock.advance(Duration::from_secs(1));
    lane.polled(3).await;
    lane.clock.advance(Duration::from_secs(9));
    lane.polled(5).await;
    let told = Process::run(&lane.folder, &["feeds", "list"]).await;
    assert_eq!((told.code(), told.stderr.as_str()), (Some(0), ""));
    let shown: Vec<String> = told
        .stdout
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    let [head, gone, wire, ok] = &shown[..] else { panic!("{}", told.stdout) };
    assert_eq!(
        head,
        "FEED STATE CHECKED LAST ANSWER LAST SUCCESS FAILURES RATE NEXT CHECK WHY THEN NOTES"
    );
    let at = |line: &str| line.matches("2024-07-28T09:00:").count();
    assert!(gone.starts_with("gone gone 2024-07-28T09:00:0"), "{gone}");
    assert!(gone.ends_with("gone for good (410) 1 never gone"), "{gone}");
    assert!(wire.starts_with("wire failing 2024-07-28T09:00:1"), "{wire}");
    assert!(wire.contains("Z answered 503 2024-07-28T09:00:0"), "{wire}");
    assert!(wire.ends_with("Z failures") && at(wire) == 3, "{wire}");
    assert!(ok.starts_with("ok ok 2024-07-28T09:00:1"), "{ok}");
    assert!(ok.contains("Z unchanged 2024-07-28T09:00:1"), "{ok}");
    assert!(ok.contains(" 0 2/day 2024-07-28T09:00:1") && ok.ends_with("Z interval"), "{ok}");
}
