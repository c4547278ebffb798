//! What receivers may do to us: failures, waits, deaths, silence, and secrets that change.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::daemon::World;
use crate::support::folder::{self, SECRET};
use crate::support::inbox::{Mood, Request};
use crate::support::process::Process;
use crate::support::{DEADLINE, signature};

/// Tries follow each other a second apart, ±20 %.
const QUICK: &str = "retry = { schedule = [\"0s\", \"1s\", \"1s\", \"1s\"] }";

/// State, tries, last status and note of each delivery, as `deliveries list` tells them.
async fn deliveries(world: &World) -> Vec<Value> {
    let told = Process::run(&world.folder, &["deliveries", "list", "--json"]).await;
    assert_eq!((told.code(), told.stderr.as_str()), (Some(0), ""));
    let rows: Vec<Value> = serde_json::from_str(&told.stdout).expect("JSON");
    rows.iter()
        .map(|row| json!([row["notifier"], row["state"], row["attempts"], row["note"]]))
        .collect()
}

/// Waits until no try is under way, with the clock standing still.
async fn settled(world: &World) {
    let is_settled =
        async { while deliveries(world).await.iter().any(|row| row[1] == "in_flight") {} };
    tokio::time::timeout(DEADLINE, is_settled).await.expect("all tries end");
}

fn tries(taken: &[Request]) -> Vec<&str> {
    taken.iter().map(|request| request.header("x-attempt")).collect()
}

#[tokio::test]
async fn a_failed_try_comes_again_with_the_same_id_and_bytes() {
    let world = World::new(QUICK).await;
    world.inbox.set_status("desk", 500);
    let app = world.start_past_baseline().await;
    world.publish(1);
    world.pass(world.inbox.takes("desk", 2)).await;
    world.inbox.set_status("desk", 204);
    let taken = world.pass(world.inbox.takes("desk", 3)).await;
    app.stop().await;

    assert_eq!(tries(&taken), ["1", "2", "3"]);
    for again in &taken[1..] {
        assert_eq!((again.id(), &again.body), (taken[0].id(), &taken[0].body));
    }
    for one in &taken {
        assert_eq!(one.header("webhook-signature"), signature(SECRET, one));
    }
    assert_eq!(deliveries(&world).await, [json!(["desk", "delivered", 3, "204"])]);
}

#[tokio::test]
async fn past_its_schedule_a_delivery_is_dead_and_a_replay_revives_it() {
    let world = World::new(QUICK).await;
    world.inbox.set_status("desk", 503);
    let app = world.start_past_baseline().await;
    world.publish(1);
    world.pass(world.inbox.takes("desk", 4)).await;
    app.stop().await;
    let dead = json!(["desk", "dead", 4, "retries exhausted: 503"]);
    assert_eq!(deliveries(&world).await, [dead]);

    world.inbox.set_status("desk", 204);
    let replayed = Process::run(&world.folder, &["deliveries", "replay", "--dead"]).await;
    assert_eq!(replayed.stdout, "1 delivery will be sent again\n", "{}", replayed.stderr);
    // The replay was told the time by the machine: the clock of the tests must have come so far.
    world.clock.advance(Duration::from_hours(20 * 365 * 24));
    let app = world.start().await;
    let taken = world.pass(world.inbox.takes("desk", 5)).await;
    app.stop().await;
    assert_eq!((taken[4].id(), &taken[4].body), (taken[0].id(), &taken[0].body));
    assert_eq!(deliveries(&world).await, [json!(["desk", "delivered", 1, "204"])]);
}

#[tokio::test]
async fn a_receiver_that_asks_to_wait_gets_its_wait() {
    let world = World::new(QUICK).await;
    let wait = ("retry-after", "30".to_owned());
    world.inbox.set_mood("desk", Mood::Status(429, Some(wait)));
    let app = world.start_past_baseline().await;
    world.publish(1);
    world.pass(world.inbox.takes("desk", 1)).await;
    world.inbox.set_status("desk", 204);
    world.publish(2); // waits as well: it is the receiver that asked
    let taken = world.pass(world.inbox.takes("desk", 3)).await;
    app.stop().await;

    let waits: Vec<i64> =
        taken[1..].iter().map(|it| it.at.duration_since(taken[0].at).as_secs()).collect();
    assert!(waits.iter().all(|wait| (29..60).contains(wait)), "after {waits:?} s");
    assert_eq!(tries(&taken), ["1", "1", "1"], "a wait is no try");
}

#[tokio::test]
async fn a_receiver_that_is_gone_is_asked_once() {
    let world = World::new(QUICK).await;
    world.inbox.set_status("desk", 410);
    let app = world.start_past_baseline().await;
    world.publish(1);
    world.pass(world.inbox.takes("desk", 1)).await;
    world.inbox.set_status("desk", 204);
    world.publish(2);
    world.pass(world.inbox.takes("desk", 2)).await;
    app.stop().await;
    let told = deliveries(&world).await;
    assert_eq!(
        told,
        [json!(["desk", "delivered", 1, "204"]), json!(["desk", "dead", 1, "gone: 410"])]
    );
}

#[tokio::test]
async fn what_a_receiver_calls_wrong_is_tried_three_times() {
    let world = World::new("").await;
    world.inbox.set_status("desk", 400);
    let app = world.start_past_baseline().await;
    world.publish(1);
    for count in 1..=3 {
        let taken = world.pass(world.inbox.takes("desk", count)).await;
        assert_eq!(taken[count - 1].header("x-attempt"), count.to_string());
        settled(&world).await;
        world.clock.advance(Duration::from_mins(4)); // minutes lie between the tries
    }
    app.stop().await;
    assert_eq!(deliveries(&world).await, [json!(["desk", "dead", 3, "rejected: 400"])]);
}

#[tokio::test]
async fn a_redirect_is_a_failure_and_not_followed() {
    let world = World::new(QUICK).await;
    let elsewhere = ("location", world.inbox.url("elsewhere"));
    world.inbox.set_mood("desk", Mood::Status(307, Some(elsewhere)));
    let app = world.start_past_baseline().await;
    world.publish(1);
    world.pass(world.inbox.takes("desk", 2)).await;
    world.inbox.set_status("desk", 204);
    world.pass(world.inbox.takes("desk", 3)).await;
    app.stop().await;
    assert!(world.inbox.taken("elsewhere").is_empty());
    assert_eq!(deliveries(&world).await, [json!(["desk", "delivered", 3, "204"])]);
}

#[tokio::test]
async fn a_silent_receiver_holds_up_no_other() {
    let world = World::new("").await;
    world.inbox.set_mood("desk", Mood::Silent);
    world.add(&folder::webhook("soc", &world.inbox.url("soc"), ""));
    let dead = "http://127.0.0.1:1/"; // nothing listens on port 1
    world.add(&folder::webhook("dead", dead, ""));
    let app = world.start_past_baseline().await;
    for number in 1..=6 {
        world.publish(number);
    }
    world.pass(world.inbox.takes("soc", 6)).await;
    assert_eq!(world.inbox.taken("desk").len(), 4, "places of one receiver");
    world.inbox.set_status("desk", 204);
    world.pass(world.inbox.takes("desk", 6)).await;
    app.stop().await;
    let told = deliveries(&world).await;
    let refused = json!(["connection refused"]);
    let of_dead = told.iter().filter(|row| row[0] == "dead");
    assert!(of_dead.clone().all(|row| row[1] == "pending" && row[3] == refused[0]), "{told:?}");
    assert_eq!(of_dead.count(), 6);
    assert!(told.iter().filter(|row| row[0] == "desk").all(|row| row[1] == "delivered"));
}

#[tokio::test]
async fn while_one_secret_replaces_another_both_sign() {
    let other = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
    let world = World::new("").await;
    let main = std::fs::read_to_string(world.folder.main()).expect("written by us");
    let both = format!("[\"{SECRET}\", \"{other}\"]");
    world.folder.write("wirewatch.toml", &main.replace(&format!("\"{SECRET}\""), &both));
    let app = world.start_past_baseline().await;
    world.publish(1);
    let taken = world.pass(world.inbox.takes("desk", 1)).await;
    app.stop().await;
    let expected = [SECRET, other].map(|secret| signature(secret, &taken[0])).join(" ");
    assert_eq!(taken[0].header("webhook-signature"), expected);
}

#[tokio::test]
async fn who_asks_for_severe_alerts_gets_no_others() {
    let world = World::new("").await;
    let critical = "min_severity = \"critical\"";
    world.add(&folder::webhook("soc", &world.inbox.url("soc"), critical));
    world.add("[[watch]]\nname = \"War\"\nseverity = \"critical\"\nterms = [\"war\"]\n");
    let app = world.start_past_baseline().await;
    world.publish(1);
    world.pass(world.inbox.takes("desk", 1)).await;
    world.feeds.publish("wire", "It is war");
    let taken = world.pass(world.inbox.takes("soc", 1)).await;
    app.stop().await;
    assert_eq!(taken[0].title(), "It is war");
    assert_eq!(world.inbox.taken("soc").len(), 1);
}
