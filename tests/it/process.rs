//! The daemon as a process: signals, probes, the store's lock, what it says on its way.

use std::time::Duration;

use crate::support::daemon::{World, headline};
use crate::support::folder;
use crate::support::inbox::{Mood, Request};
use crate::support::process::{Process, get};

/// Long enough that a process which ends at once would have ended.
const MOMENT: Duration = Duration::from_millis(300);

/// A world whose daemon is a process, past its baseline.
async fn started(more: &str) -> (World, Process) {
    let world = World::new(more).await;
    let process = Process::daemon(&world.folder);
    process.started().await;
    world.feeds.recorded("wire").await;
    (world, process)
}

#[tokio::test]
async fn a_soft_stop_finishes_the_try_under_way() {
    let (world, process) = started("").await;
    world.inbox.set_mood("desk", Mood::Silent);
    world.publish(1);
    world.inbox.takes("desk", 1).await;
    process.signal("TERM");
    assert!(!process.ends_within(MOMENT).await, "it waits for the answer");
    world.inbox.set_status("desk", 204);
    let ended = process.ends().await;
    assert_eq!(ended.code(), Some(0), "{}", ended.stderr);
    assert!(ended.stderr.ends_with(" INFO stopped\n"), "{}", ended.stderr);

    // It was recorded: a new process does not send it again.
    let process = Process::daemon(&world.folder);
    world.publish(2);
    let taken = world.inbox.takes("desk", 2).await;
    let titles: Vec<String> = taken.iter().map(Request::title).collect();
    assert_eq!(titles, [headline(1), headline(2)]);
    process.signal("INT");
    assert_eq!(process.ends().await.code(), Some(0));
}

#[tokio::test]
async fn a_second_signal_ends_it_at_once_and_loses_nothing() {
    let (world, process) = started("").await;
    world.inbox.set_mood("desk", Mood::Silent);
    world.publish(1);
    world.inbox.takes("desk", 1).await;
    process.signal("TERM");
    assert!(!process.ends_within(MOMENT).await, "it waits for the answer");
    process.signal("TERM");
    let ended = process.ends().await;
    assert_eq!(ended.code(), Some(1), "{}", ended.stderr);
    let last = "wirewatch: stopped at once by a second signal\n";
    assert!(ended.stderr.ends_with(last), "{}", ended.stderr);

    world.inbox.set_status("desk", 204);
    let _process = Process::daemon(&world.folder);
    let taken = world.inbox.takes("desk", 2).await;
    assert_eq!((taken[1].id(), &taken[1].body), (taken[0].id(), &taken[0].body));
    assert_eq!(taken[1].header("x-attempt"), "2");
}

#[tokio::test]
async fn a_hangup_reloads_and_a_faulty_file_leaves_the_old_at_work() {
    let (world, process) = started("").await;
    let main = std::fs::read_to_string(world.folder.main()).expect("written by us");
    world.add("[[watch]]\nnme = \"Drills\"\n");
    process.signal("HUP");
    process.says("not reloaded: the old configuration stays at work").await;
    let told = world.folder.without_path(&process.said());
    let problem = "ERROR wirewatch.toml:25:1: unknown key `nme`; there is a key named `name`\n";
    assert!(told.contains(problem), "{told}");
    world.publish(1);
    world.inbox.takes("desk", 1).await;

    let good = format!("{main}[[watch]]\nname = \"Drills\"\nterms = [\"naval drill\"]\n");
    world.folder.write("wirewatch.toml", &good);
    process.signal("HUP");
    process.says("reloaded: 1 feed, 2 watches, 1 notifier").await;
    world.feeds.publish("wire", "A naval drill begins");
    let taken = world.inbox.takes("desk", 2).await;
    assert_eq!(taken[1].title(), "A naval drill begins");
}

#[tokio::test]
async fn probes_are_answered() {
    let world = World::new("").await;
    let main = std::fs::read_to_string(world.folder.main()).expect("written by us");
    let main = main.replace("listen = \"off\"", "listen = \"127.0.0.1:0\"");
    world.folder.write("wirewatch.toml", &main);
    let process = Process::daemon(&world.folder);
    let web = process.started().await.expect("a web server");
    world.feeds.recorded("wire").await;
    let good = |body: &str| ("HTTP/1.1 200 OK".to_owned(), body.to_owned());
    assert_eq!(get(web, "/healthz").await, good("ok\n"));
    assert_eq!(get(web, "/readyz").await, good("ready\n"));
    assert_eq!(get(web, "/").await.0, "HTTP/1.1 404 Not Found");

    let taken = main.replace("127.0.0.1:0", &web.to_string());
    world.folder.write("other.toml", &taken.replace("wirewatch.db", "other.db"));
    let other = world.folder.path("other.toml");
    let other = Process::start(&["run".as_ref(), "--config".as_ref(), other.as_os_str()]);
    let ended = other.ends().await;
    assert_eq!(ended.code(), Some(1));
    let expected = format!(
        "wirewatch: cannot listen on {web}\n  because: Address already in use (os error 98)\n"
    );
    assert_eq!(ended.stderr, expected);
}

#[tokio::test]
async fn a_second_daemon_on_one_store_is_refused() {
    let (world, process) = started("").await;
    let ended = Process::daemon(&world.folder).ends().await;
    assert_eq!(ended.code(), Some(1));
    let expected = format!(
        "wirewatch: `wirewatch.db` is in use by another wirewatch (process {})\n",
        process.id()
    );
    assert_eq!(world.folder.without_path(&ended.stderr), expected);
}

#[tokio::test]
async fn run_once_polls_delivers_and_leaves() {
    let world = World::new("").await;
    let first = Process::run(&world.folder, &["run", "--once"]).await;
    assert_eq!(first.code(), Some(0), "{}", first.stderr);
    world.publish(1);
    let second = Process::run(&world.folder, &["run", "--once"]).await;
    assert_eq!(second.code(), Some(0), "{}", second.stderr);
    let told = " INFO polled once alerts=1 delivered=1 pending=0 dead=0\n";
    assert!(second.stderr.ends_with(told), "{}", second.stderr);
    let titles: Vec<String> = world.inbox.taken("desk").iter().map(Request::title).collect();
    assert_eq!(titles, [headline(1)]);
}

#[tokio::test]
async fn a_feed_on_loopback_is_blocked_and_told_where_nobody_allowed_it() {
    let world = World::new("").await;
    let main = std::fs::read_to_string(world.folder.main()).expect("written by us");
    let main = main.replace("allow_private = [\"127.0.0.0/8\"]\n", "");
    world.folder.write("wirewatch.toml", &main);
    let process = Process::daemon(&world.folder);
    let told = "WARN feed fails feed=wire outcome=\"blocked\" detail=address 127.0.0.1 is \
                loopback: `[polling] allow_private` does not list it";
    process.says(told).await;
    assert_eq!(world.feeds.asked("wire"), []);
}

#[tokio::test]
async fn a_redirect_to_loopback_is_told_as_blocked() {
    let world = World::new("").await;
    world.feeds.publish("inner", "Never to be read");
    let inner = world.feeds.url("inner");
    world.feeds.set_mood("wire", crate::support::feeds::Mood::Status(301, "location", inner));
    let process = Process::daemon(&world.folder);
    let told = "WARN feed fails feed=wire outcome=\"blocked\" detail=redirect to a loopback \
                address (127.0.0.1)";
    process.says(told).await;
    assert_eq!(world.feeds.asked("inner"), []);
}

#[tokio::test]
async fn no_secret_is_ever_told() {
    let world = World::new("").await;
    world.add(&folder::webhook("soc", "http://127.0.0.1:1/T0K3N?key=s3cr3t", ""));
    let process = Process::daemon(&world.folder);
    world.feeds.recorded("wire").await;
    world.publish(1);
    process.says("WARN not delivered; tried again later").await;
    process.signal("TERM");
    let ended = process.ends().await;
    for secret in ["T0K3N", "s3cr3t", folder::SECRET, &folder::SECRET[6..]] {
        assert!(!ended.stderr.contains(secret), "{secret} in {}", ended.stderr);
    }
}
