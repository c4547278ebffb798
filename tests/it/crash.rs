//! Every write is a place to die: the daemon is killed at the first of its writes and flushes,
//! at the second, at the third, until it lives through them all; no death may cost anything.
//!
//! `kill.rs` finds what is likely, this finds what is possible. It needs strace (Debian's
//! package of that name), which counts the system calls of a thread; the store writes with one.

use std::fs;

use futures_util::StreamExt as _;

use crate::support::daemon::{World, headline};
use crate::support::folder::{self, Folder};
use crate::support::process::Process;

/// Far more than there are.
const POINTS_MAX: usize = 500;
/// What makes a write or makes it last.
const CALLS: &str = "pwrite64,fsync,fdatasync,ftruncate,unlink";

#[tokio::test]
#[expect(clippy::print_stdout, reason = "figures are for people")]
async fn no_write_is_a_bad_place_to_die() {
    let world = World::new("").await;
    let baseline = Process::run(&world.folder, &["run", "--once"]).await;
    assert_eq!(baseline.code(), Some(0), "{}", baseline.stderr);
    world.publish(1);
    let deaths = futures_util::stream::iter(1..=POINTS_MAX)
        .map(|point| dies_at(&world, point))
        .buffered(2)
        .take_while(|died| std::future::ready(*died))
        .count()
        .await;
    println!("{deaths} places to die, and the item was told after each");
    assert!((40..POINTS_MAX).contains(&deaths), "{deaths} places: are writes still counted?");
}

/// Runs from the baseline and is killed at its `point`-th write, then runs once more: the item
/// must have been told by then. Whether it died at all.
async fn dies_at(world: &World, point: usize) -> bool {
    let desk = format!("desk-{point}");
    let feed = folder::feed("wire", &world.feeds.url("wire"));
    let webhook = folder::webhook(&desk, &world.inbox.url(&desk), "");
    let folder = Folder::with(&(feed + &webhook + folder::WATCH));
    let database = "wirewatch.db";
    fs::copy(world.folder.path(database), folder.path(database)).expect("a file was closed");

    let (trace, inject) =
        (format!("trace={CALLS}"), format!("inject={CALLS}:signal=KILL:when={point}"));
    let strace = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", &trace, "-e", &inject];
    let main = folder.main();
    let arguments = ["run".as_ref(), "--once".as_ref(), "--config".as_ref(), main.as_os_str()];
    let first = Process::start_under(&strace, &arguments).ends().await;
    let died = first.code().is_none();
    assert!(died || first.code() == Some(0), "{}", first.stderr);

    let second = Process::run(&folder, &["run", "--once"]).await;
    let told = format!("killed at write {point}, then {}", second.stderr);
    assert_eq!(second.code(), Some(0), "{told}");
    let books = " INFO polled once alerts=1 delivered=1 pending=0 dead=0\n";
    assert!(second.stderr.ends_with(books), "{told}");
    let taken = world.inbox.taken(&desk);
    assert!((1..=2).contains(&taken.len()), "{} requests, {told}", taken.len());
    for request in &taken {
        assert_eq!(request.title(), headline(1), "{told}");
        assert_eq!((request.id(), &request.body), (taken[0].id(), &taken[0].body), "{told}");
    }
    died
}
