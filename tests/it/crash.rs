//! Every write is a place to die: the daemon is killed at the first of its writes and flushes,
//! at the second, at the third, until it lives through them all; no death may cost anything.
//!
//! `kill.rs` finds what is likely, this finds what is possible. It needs strace (Debian's
//! package of that name), which counts the system calls of a thread; the store writes with one.

use std::fs;
use std::future::{Future, ready};

use futures_util::StreamExt as _;

use crate::support::daemon::{World, headline};
use crate::support::folder::{self, Folder};
use crate::support::process::Process;

/// Far more than there are.
const POINTS_MAX: usize = 500;
/// What makes a write or makes it last.
const CALLS: &str = "pwrite64,fsync,fdatasync,ftruncate,unlink";

#[tokio::test]
async fn no_write_is_a_bad_place_to_die() {
    let world = World::new("").await;
    let baseline = Process::run(&world.folder, &["run", "--once"]).await;
    assert_eq!(baseline.code(), Some(0), "{}", baseline.stderr);
    world.publish(1);
    let world = &world;
    until_it_lives(|point| async move {
        let desk = format!("desk-{point}");
        let folder = folder(world, "wire", &desk);
        let store = "wirewatch.db";
        fs::copy(world.folder.path(store), folder.path(store)).expect("a file that was closed");
        let died = dies(&folder, point).await;
        tells(world, &folder, &desk, point).await;
        died
    })
    .await;
}

#[tokio::test]
async fn no_write_of_the_first_start_is_a_bad_place_to_die() {
    let world = World::new("").await;
    let world = &world;
    until_it_lives(|point| async move {
        let (wire, desk) = (format!("wire-{point}"), format!("desk-{point}"));
        let folder = folder(world, &wire, &desk);
        world.feeds.publish(&wire, "Nothing to see");
        let died = dies(&folder, point).await;
        let baseline = Process::run(&folder, &["run", "--once"]).await;
        assert_eq!(baseline.code(), Some(0), "killed at write {point}, then {}", baseline.stderr);
        world.feeds.publish(&wire, &headline(1));
        tells(world, &folder, &desk, point).await;
        died
    })
    .await;
}

/// Tries one point after the other, two at a time, until one is past the last write.
#[expect(clippy::print_stdout, reason = "figures are for people")]
async fn until_it_lives<F: Future<Output = bool>>(dies_at: impl Fn(usize) -> F) {
    let points = futures_util::stream::iter(1..=POINTS_MAX).map(dies_at).buffered(2);
    let deaths = points.take_while(|died| ready(*died)).count().await;
    println!("{deaths} places to die");
    assert!((25..POINTS_MAX).contains(&deaths), "{deaths} places: are writes still counted?");
}

fn folder(world: &World, wire: &str, desk: &str) -> Folder {
    let feed = folder::feed(wire, &world.feeds.url(wire));
    let webhook = folder::webhook(desk, &world.inbox.url(desk), "");
    Folder::with(&(feed + &webhook + folder::WATCH))
}

/// Polls once and is killed at the `point`-th write; whether it came so far.
async fn dies(folder: &Folder, point: usize) -> bool {
    let trace = format!("trace={CALLS}");
    let inject = format!("inject={CALLS}:signal=KILL:when={point}");
    let strace = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", &trace, "-e", &inject];
    let main = folder.main();
    let arguments = ["run".as_ref(), "--once".as_ref(), "--config".as_ref(), main.as_os_str()];
    let ended = Process::start_under(&strace, &arguments).ends().await;
    assert!(matches!(ended.code(), None | Some(0)), "{}", ended.stderr);
    ended.code().is_none()
}

/// Polls once more: the item must have been told by then, under one id, and the books say so.
async fn tells(world: &World, folder: &Folder, desk: &str, point: usize) {
    let once = Process::run(folder, &["run", "--once"]).await;
    let told = format!("killed at write {point}, then {}", once.stderr);
    assert_eq!(once.code(), Some(0), "{told}");
    let books = " INFO polled once alerts=1 delivered=1 pending=0 dead=0\n";
    assert!(once.stderr.ends_with(books), "{told}");
    let taken = world.inbox.taken(desk);
    assert!((1..=2).contains(&taken.len()), "{} requests, {told}", taken.len());
    for request in &taken {
        assert_eq!(request.title(), headline(1), "{told}");
        assert_eq!((request.id(), &request.body), (taken[0].id(), &taken[0].body), "{told}");
    }
}
