//! `feeds check` and `feeds find`, to the letter, and a daemon whose feed is cut short.

use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse as _;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::support::daemon::{World, headline};
use crate::support::feeds::{FeedServer, Mood};
use crate::support::folder::Folder;
use crate::support::process::Process;

/// A feed with something of everything, and a slip.
const FEED: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">
<channel>
<title>Harbour Wire</title>
<link>https://wire.example/</link>
<language>en-gb</language>
<ttl>30</ttl>
<skipHours><hour>2</hour><hour>3</hour></skipHours>
<skipDays><day>Sunday</day></skipDays>
<sy:updatePeriod>hourly</sy:updatePeriod>
<sy:updateFrequency>2</sy:updateFrequency>
<atom:link rel="hub" href="https://hub.example/"/>
<atom:link rel="self" href="https://wire.example/feed"/>
<item><guid isPermaLink="false">w1</guid><title>Fog at sea</title><link>/1</link>
<pubDate>Sun, 28 Jul 2024 09:30:00 JST</pubDate><description>&lt;p&gt;Thick.&lt;/p&gt;</description></item>
<item><title>Talks <b>go on</title><link>https://wire.example/2</link></item>
</channel>
</rss>
"#;

fn folder() -> Folder {
    Folder::with("")
}

async fn told(folder: &Folder, arguments: &[&str]) -> String {
    let ended = Process::run(folder, arguments).await;
    assert_eq!((ended.code(), ended.stderr.as_str()), (Some(0), ""));
    folder.without_path(&ended.stdout)
}

/// What it says on standard error, when it fails and has nothing else to say.
async fn failure(folder: &Folder, arguments: &[&str]) -> String {
    let ended = Process::run(folder, arguments).await;
    assert_eq!((ended.code(), ended.stdout.as_str()), (Some(1), ""), "{}", ended.stderr);
    folder.without_path(&ended.stderr)
}

fn written(folder: &Folder, name: &str, text: &str) -> String {
    folder.write(name, text);
    folder.path(name).to_str().expect("ASCII").to_owned()
}

/// Serves HTML at `/` and `FEED` at `/rss`; where it is.
async fn site(page: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    let html = move || async move { ([(header::CONTENT_TYPE, "text/html")], page).into_response() };
    let feed = || async { ([(header::CONTENT_TYPE, "application/rss+xml")], FEED).into_response() };
    let nothing = || async { StatusCode::NOT_FOUND };
    let router = Router::new()
        .route("/", axum::routing::get(html))
        .route("/rss", axum::routing::get(feed))
        .fallback(nothing);
    // Ends with the runtime of its test.
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

#[tokio::test]
async fn a_feed_is_checked_item_by_item() {
    let folder = folder();
    let file = written(&folder, "feed.xml", FEED);
    assert_eq!(
        told(&folder, &["feeds", "check", &file]).await,
        "\
feed      feed.xml
title     Harbour Wire
format    RSS 2.0, UTF-8
outcome   2 items
mended    elements did not end, or in the wrong order
hints     good for 30m (ttl)
          changes every 30m
          not in the hours 2, 3 (UTC)
          not on Sunday (UTC)
          hub https://hub.example/
          calls itself https://wire.example/feed

PUBLISHED         LANGUAGE  TITLE        URL
2024-07-28 00:30  en-GB     Fog at sea   https://wire.example/1
-                 en-GB     Talks go on  https://wire.example/2
"
    );
}

#[tokio::test]
async fn json_has_all_of_a_feed() {
    let folder = folder();
    let file = written(&folder, "feed.xml", FEED);
    let found = told(&folder, &["feeds", "check", &file, "--json"]).await;
    let found: Value = serde_json::from_str(&found).expect("JSON");
    assert_eq!(
        found,
        json!({
            "outcome": "read",
            "detail": "2 items",
            "format": "RSS 2.0",
            "encoding": "UTF-8",
            "title": "Harbour Wire",
            "repairs": ["tags"],
            "left_out": 0,
            "hints": {
                "ttl_seconds": 1_800,
                "skip_hours": [2, 3],
                "skip_days": ["Sunday"],
                "update_every_seconds": 1_800,
                "hub": "https://hub.example/",
                "self": "https://wire.example/feed",
            },
            "items": [
                {
                    "id": "w1", "id_from": "guid", "url": "https://wire.example/1",
                    "title": "Fog at sea", "published": "2024-07-28T00:30:00Z", "updated": null,
                    "language": "en-GB", "summary": "Thick.",
                },
                {
                    "id": "https://wire.example/2", "id_from": "link",
                    "url": "https://wire.example/2", "title": "Talks go on", "published": null,
                    "updated": null, "language": "en-GB", "summary": "",
                },
            ],
        })
    );
}

#[tokio::test]
async fn a_feed_that_ends_early_is_told_as_such() {
    let folder = folder();
    let cut = &FEED[..FEED.find("Talks").expect("there")];
    let file = written(&folder, "feed.xml", cut);
    let shown = told(&folder, &["feeds", "check", &file]).await;
    assert!(shown.contains("\noutcome   1 item, then the document ends early\n"), "{shown}");
    let shown = told(&folder, &["feeds", "check", &file, "--json"]).await;
    let found: Value = serde_json::from_str(&shown).expect("JSON");
    assert_eq!(
        (&found["outcome"], found["items"].as_array().map(Vec::len)),
        (&json!("cut"), Some(1))
    );
}

#[tokio::test]
async fn what_is_no_feed_is_told_with_what_it_is() {
    let folder = folder();
    let file = written(&folder, "page.html", "<!doctype html><title>Log in</title>");
    assert_eq!(
        failure(&folder, &["feeds", "check", &file]).await,
        "wirewatch: no feed can be read from `page.html`\n  \
         because: the answer is an HTML page, not a feed\n"
    );
    let empty = written(&folder, "empty.xml", " \n");
    assert_eq!(
        failure(&folder, &["feeds", "check", &empty]).await,
        "wirewatch: no feed can be read from `empty.xml`\n  because: the answer is empty\n"
    );
    assert_eq!(
        failure(&folder, &["feeds", "check", "nowhere.xml"]).await,
        "wirewatch: there is no file `nowhere.xml`; an address begins with `https://` or `http://`\n"
    );
    assert_eq!(
        failure(&folder, &["feeds", "check", "ftp://wire.example/feed"]).await,
        "wirewatch: `ftp://wire.example/feed`: expected an http or https address\n"
    );
    // Scripts get the outcome all the same.
    let ended = Process::run(&folder, &["feeds", "check", &file, "--json"]).await;
    let found: Value = serde_json::from_str(&ended.stdout).expect("JSON");
    assert_eq!((ended.code(), ended.stderr.is_empty()), (Some(1), false));
    assert_eq!((&found["outcome"], &found["items"]), (&json!("not_a_feed"), &json!([])));
    assert_eq!(found["detail"], "the answer is an HTML page, not a feed");
}

#[tokio::test]
async fn an_address_is_fetched_as_the_daemon_would() {
    let folder = folder();
    let server = FeedServer::start().await;
    server.publish("wire", "Fog in Mali");
    let url = server.url("wire");
    let shown = told(&folder, &["feeds", "check", &url]).await;
    assert!(shown.starts_with(&format!("feed      {url}\ntitle     A wire\n")), "{shown}");
    assert!(
        shown.ends_with("2024-07-28 09:00  -         Fog in Mali  https://news.example/wire-0\n")
    );

    server.set_mood("wire", Mood::Status(404, "x-none", "1".into()));
    assert_eq!(
        failure(&folder, &["feeds", "check", &url]).await,
        format!("wirewatch: cannot fetch `{url}`\n  because: answered 404\n")
    );
    let elsewhere = tempfile::tempdir().expect("a temporary folder");
    let refused = Process::start_in(elsewhere.path(), &["feeds", "check", &url]).ends().await;
    assert_eq!(
        refused.stderr,
        format!(
            "wirewatch: cannot fetch `{url}`\n  because: address 127.0.0.1 is loopback: \
             `[polling] allow_private` does not list it\n"
        )
    );
}

#[tokio::test]
async fn the_feeds_of_a_page_are_found() {
    let folder = folder();
    let page = "<!doctype html><html><head><title>Wire</title>\
                <link rel=alternate type=application/rss+xml title='All news' href=/rss>\
                <link rel=alternate type=application/atom+xml href='https://other.example/atom'>";
    let site = site(page).await;
    let rss = format!("{site}/rss");
    let wide = rss.len();
    assert_eq!(
        told(&folder, &["feeds", "find", &site]).await,
        format!(
            "{:<4}  {:<wide$}  TITLE\n{:<4}  {rss}  All news\nAtom  https://other.example/atom\n",
            "KIND", "URL", "RSS"
        )
    );
    let found = told(&folder, &["feeds", "find", &site, "--json"]).await;
    let found: Value = serde_json::from_str(&found).expect("JSON");
    assert_eq!(found[0], json!({ "url": rss, "kind": "RSS", "title": "All news" }));
    assert_eq!(
        failure(&folder, &["feeds", "check", &site]).await,
        format!(
            "wirewatch: no feed can be read from `{site}`\n  because: the answer is an HTML page; \
             it names feeds: {rss} https://other.example/atom\n"
        )
    );
}

#[tokio::test]
async fn usual_places_are_asked_on_request() {
    let folder = folder();
    let site = site("<!doctype html><p>No feeds here.").await;
    assert_eq!(
        failure(&folder, &["feeds", "find", &site]).await,
        format!("wirewatch: `{site}/` names no feed; `--guess` asks at the usual places too\n")
    );
    let rss = format!("{site}/rss");
    let wide = rss.len();
    assert_eq!(
        told(&folder, &["feeds", "find", &site, "--guess"]).await,
        format!("{:<7}  {:<wide$}  TITLE\nRSS 2.0  {rss}  Harbour Wire\n", "KIND", "URL")
    );
    let found = told(&folder, &["feeds", "find", &rss]).await;
    assert!(found.ends_with(&format!("RSS 2.0  {rss}  Harbour Wire\n")), "{found}");
    assert_eq!(
        failure(&folder, &["feeds", "find", "wire.example"]).await,
        "wirewatch: `wire.example` is no http or https address\n"
    );
}

#[tokio::test]
async fn a_feed_that_is_cut_short_is_read_as_far_as_it_goes_and_then_anew() {
    let world = World::new("").await;
    let app = world.start_past_baseline().await;
    let known = world.feeds.asked("wire").len();
    world.feeds.set_mood("wire", Mood::Half);
    for number in 1..=4 {
        world.publish(number);
    }
    world.pass(world.inbox.takes("desk", 1)).await;
    // What was read of a cut document moves no validator.
    let asked = world.feeds.asked("wire").len();
    world.pass(world.feeds.asked_times("wire", asked + 2)).await;
    let asked: Vec<_> = world.feeds.asked("wire").split_off(known + 1);
    let etag = &asked[0].if_none_match;
    assert!(asked.iter().all(|it| it.if_none_match == *etag), "{asked:?}");

    world.feeds.set_mood("wire", Mood::Well);
    world.pass(world.inbox.takes("desk", 4)).await;
    world.pass(world.feeds.recorded("wire")).await;
    app.stop().await;
    let mut titles: Vec<String> = world
        .inbox
        .taken("desk")
        .iter()
        .map(|request| request.json()["data"]["item"]["title"].to_string())
        .collect();
    titles.sort_unstable();
    let expected: Vec<String> = (1..=4).map(|number| json!(headline(number)).to_string()).collect();
    assert_eq!(titles, expected, "each once");
}
