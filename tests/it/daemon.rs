//! From feed to webhook: the daemon in this process, its clock turned by hand.

use std::time::Duration;

use serde_json::json;
use wirewatch::app::{App, StartError};

use crate::support::daemon::{World, headline};
use crate::support::feeds::{FeedServer, Item, Mood};
use crate::support::folder::{self, SECRET};
use crate::support::inbox::Request;
use crate::support::signature;

#[tokio::test]
async fn a_new_item_gives_each_receiver_one_signed_webhook() {
    let world = World::new("").await;
    world.add(&folder::webhook("soc", &world.inbox.url("soc"), ""));
    let app = world.start_past_baseline().await;
    world.feeds.publish("wire", "Quiet in the Baltic");
    world.publish(1);
    world.pass(world.inbox.takes("desk", 1)).await;
    world.pass(world.inbox.takes("soc", 1)).await;
    world.pass(world.feeds.recorded("wire")).await;
    app.stop().await;

    let (desk, soc) = (world.inbox.taken("desk"), world.inbox.taken("soc"));
    assert_eq!((desk.len(), soc.len()), (1, 1));
    for request in desk.iter().chain(&soc) {
        assert_eq!(request.header("content-type"), "application/json");
        assert_eq!(request.header("x-attempt"), "1");
        let timestamp: i64 = request.header("webhook-timestamp").parse().expect("Unix seconds");
        let off = request.at.as_second() - timestamp;
        assert!((0..300).contains(&off), "{off} s: no receiver would take it");
        assert_eq!(request.header("webhook-signature"), signature(SECRET, request));
    }
    assert_eq!((desk[0].id(), &desk[0].body), (soc[0].id(), &soc[0].body));
}

#[tokio::test]
async fn the_body_is_that_of_the_contract() {
    let world = World::new("").await;
    let app = world.start_past_baseline().await;
    world.feeds.publish_item(
        "wire",
        Item {
            guid: "tag:news.example,2024:1".into(),
            title: "Japan and China trade accusations".into(),
            summary: "Both sent ships to the <b>East China Sea</b> on Sunday.".into(),
        },
    );
    let taken = world.pass(world.inbox.takes("desk", 1)).await;
    app.stop().await;

    let mut body = taken[0].json();
    assert!(taken[0].id().starts_with("msg_") && taken[0].id().len() == 36, "{}", taken[0].id());
    assert_eq!(body["data"]["id"], taken[0].id());
    // Made from the moment and from hashes; their form is tested with their owners.
    let story = body["data"]["story"].as_object_mut().expect("a story");
    for made in ["id", "first_seen"] {
        assert!(story.remove(made).is_some_and(|it| it.is_string()), "{made}");
    }
    let data = body["data"].as_object_mut().expect("data");
    data.remove("id");
    assert!(body["timestamp"].as_str().is_some_and(|at| at.starts_with("2024-07-28T09:")));
    body["timestamp"] = json!(null);
    assert_eq!(
        body,
        json!({
            "type": "alert.created",
            "timestamp": null,
            "data": {
                "severity": "high",
                "score": 1.0,
                "watch": { "id": "east-china-sea", "name": "East China Sea" },
                "item": {
                    "title": "Japan and China trade accusations",
                    "url": "https://news.example/tag:news.example,2024:1",
                    "summary": "Both sent ships to the East China Sea on Sunday.",
                    "published": "2024-07-28T09:00:00Z",
                    "language": null,
                    "authors": [],
                    "feed": {
                        "id": "wire", "name": "wire", "url": world.feeds.url("wire"),
                        "tags": [], "reliability": null,
                    },
                },
                "evidence": [{
                    "kind": "region", "id": "east-china-sea", "name": "East China Sea",
                    "field": "summary", "text": "East China Sea", "start": 23, "end": 37,
                    "weight": 1.0,
                    "snippet": "Both sent ships to the East China Sea on Sunday.",
                }],
                "places": { "countries": ["CN", "JP"], "regions": ["east-china-sea"] },
                "story": {
                    "sources": 1, "owners": 1,
                    "urls": ["https://news.example/tag:news.example,2024:1"],
                },
            },
        })
    );
}

#[tokio::test]
async fn an_unchanged_feed_is_a_304_and_no_work() {
    let world = World::new("").await;
    let app = world.start_past_baseline().await;
    world.pass(world.feeds.asked_times("wire", 3)).await;
    app.stop().await;
    let asked = world.feeds.asked("wire");
    let seen: Vec<_> =
        asked.iter().take(3).map(|it| (it.if_none_match.as_deref(), it.answered)).collect();
    assert_eq!(seen, [(None, 200), (Some("\"v1\""), 304), (Some("\"v1\""), 304)]);
    let agent = format!("wirewatch/{} (+https://example.org/contact)", env!("CARGO_PKG_VERSION"));
    assert_eq!(asked[0].user_agent, agent);
}

#[tokio::test]
async fn a_restart_gives_no_second_alert_and_loses_none() {
    let world = World::new("").await;
    let app = world.start_past_baseline().await;
    world.publish(1);
    world.pass(world.inbox.takes("desk", 1)).await;
    app.stop().await;

    world.publish(2); // while nobody looks
    let app = world.start().await;
    world.pass(world.inbox.takes("desk", 2)).await;
    world.publish(3);
    world.pass(world.inbox.takes("desk", 3)).await;
    app.stop().await;
    let titles: Vec<String> = world.inbox.taken("desk").iter().map(Request::title).collect();
    assert_eq!(titles, [headline(1), headline(2), headline(3)]);
}

#[tokio::test]
async fn a_packed_document_is_unpacked() {
    let world = World::new("").await;
    world.feeds.set_mood("wire", Mood::Gzip);
    let app = world.start_past_baseline().await;
    world.publish(1);
    let taken = world.pass(world.inbox.takes("desk", 1)).await;
    assert_eq!(taken[0].title(), headline(1));
    app.stop().await;
}

#[tokio::test]
async fn a_document_cut_short_moves_no_validators_and_loses_nothing() {
    let world = World::new("").await;
    let app = world.start_past_baseline().await;
    world.feeds.set_mood("wire", Mood::CutShort);
    world.publish(1);
    let before = world.feeds.asked("wire").len();
    // Failures make the waits longer: two more requests are some seconds.
    world.pass(world.feeds.asked_times("wire", before + 3)).await;
    world.feeds.set_mood("wire", Mood::Well);
    world.pass(world.inbox.takes("desk", 1)).await;
    app.stop().await;
    let asked = world.feeds.asked("wire");
    let known = asked[before..].iter().map(|it| it.if_none_match.as_deref());
    assert_eq!(known.take(3).collect::<Vec<_>>(), [Some("\"v1\""); 3]);
}

#[tokio::test]
async fn a_feed_that_asks_for_quiet_gets_it() {
    let world = World::new("").await;
    let app = world.start_past_baseline().await;
    world.feeds.set_mood("wire", Mood::Status(429, "retry-after", "30".into()));
    let before = world.feeds.asked("wire").len();
    world.pass(world.feeds.asked_times("wire", before + 1)).await;
    let asked_at = world.clock.now();
    world.feeds.set_mood("wire", Mood::Well);
    world.publish(1);
    let taken = world.pass(world.inbox.takes("desk", 1)).await;
    let quiet = taken[0].at.duration_since(asked_at);
    assert!((29..60).contains(&quiet.as_secs()), "asked again after {quiet:?}");
    app.stop().await;
}

#[tokio::test]
async fn a_feed_that_is_gone_is_asked_no_more() {
    let world = World::new("").await;
    world.feeds.publish("other", "Nothing to see");
    world.add(&folder::feed("other", &world.feeds.url("other")));
    let app = world.start_past_baseline().await;
    world.pass(world.feeds.recorded("other")).await;
    world.feeds.set_mood("wire", Mood::Status(410, "x-reason", "closed".into()));
    world.pass(world.feeds.answered_times("wire", 410, 1)).await;
    let after = world.feeds.asked("other").len();
    world.pass(world.feeds.asked_times("other", after + 5)).await;
    app.stop().await;
    assert_eq!(world.feeds.answered("wire", 410), 1);
}

#[tokio::test]
async fn a_silent_feed_holds_up_no_other() {
    let world = World::new("").await;
    world.feeds.publish("slow", "Nothing to see");
    world.add(&folder::feed("slow", &world.feeds.url("slow")));
    let app = world.start_past_baseline().await;
    world.pass(world.feeds.recorded("slow")).await;
    world.feeds.set_mood("slow", Mood::Silent);
    let before = world.feeds.asked("slow").len();
    world.pass(world.feeds.asked_times("slow", before + 1)).await;
    world.publish(1);
    world.pass(world.inbox.takes("desk", 1)).await;
    app.stop().await;
}

#[tokio::test]
async fn a_reload_takes_a_new_watch_and_refuses_a_faulty_file() {
    let world = World::new("").await;
    let app = world.start_past_baseline().await;

    let main = std::fs::read_to_string(world.folder.main()).expect("written by us");
    world.add("[[watch]]\nname = \"Sahel\"\nregion = [\"Sahel\"]\n");
    let refused = app.reload(world.config()).await.expect_err("a faulty file");
    let StartError::Config(problems) = refused else { panic!("{refused}") };
    let told: Vec<String> =
        problems.iter().map(|it| world.folder.without_path(&it.to_string())).collect();
    assert_eq!(
        told,
        ["wirewatch.toml:26:1: unknown key `region`\n   \
          26 | region = [\"Sahel\"]\n      | ^^^^^^\n  hint: there is a key named `regions`"]
    );
    world.publish(1);
    world.pass(world.inbox.takes("desk", 1)).await; // the old rules are at work

    let good = format!("{main}[[watch]]\nname = \"Drills\"\nterms = [\"naval drill\"]\n");
    world.folder.write("wirewatch.toml", &good);
    app.reload(world.config()).await.expect("a good file");
    world.feeds.publish("wire", "A naval drill begins");
    let taken = world.pass(world.inbox.takes("desk", 2)).await;
    assert_eq!(taken[1].json()["data"]["watch"]["id"], "drills");
    app.stop().await;
}

#[tokio::test]
async fn each_feed_is_polled_once_and_what_is_due_is_delivered() {
    let world = World::new("").await;
    App::once(world.config(), world.clock.clone()).await.expect("a good configuration");
    world.publish(1);
    world.clock.advance(Duration::from_hours(1));
    App::once(world.config(), world.clock.clone()).await.expect("a good configuration");
    let titles: Vec<String> = world.inbox.taken("desk").iter().map(Request::title).collect();
    assert_eq!(titles, [headline(1)]);
    assert_eq!(world.feeds.asked("wire").len(), 2);
}

#[tokio::test]
async fn no_redirect_reaches_loopback() {
    let world = World::new("").await;
    let inner = FeedServer::start().await;
    inner.publish("secret", "Never to be read");
    world.feeds.set_mood("wire", Mood::Status(302, "location", inner.url("secret")));
    let app = world.start().await;
    world.pass(world.feeds.asked_times("wire", 3)).await;
    app.stop().await;
    assert_eq!(inner.asked("secret"), []);
}
