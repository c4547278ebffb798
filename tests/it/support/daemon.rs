//! The daemon in this process, and its clock in the hand of the test.

use std::future::Future;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::MissedTickBehavior;
use wirewatch::app::{App, Clock};
use wirewatch::config::Config;

use super::feeds::FeedServer;
use super::folder::{self, Folder};
use super::inbox::Inbox;

/// How far the clock is turned in one go, and how much real time lies between two: the clock
/// runs at most 25 times as fast as the machine's. So a lease of 60 seconds ends only when its
/// request has had more than two seconds, and none ends while its work still goes on.
const STEP: Duration = Duration::from_millis(250);
const PACE: Duration = Duration::from_millis(10);

/// Where the clock of tests begins: the day of the demonstration headline.
pub(crate) fn start_of_time() -> Timestamp {
    "2024-07-28T09:00:00Z".parse().expect("a time")
}

/// One feed `wire`, one receiver `desk`, the watch of [`folder::WATCH`], and the daemon.
pub(crate) struct World {
    pub(crate) clock: Clock,
    pub(crate) feeds: FeedServer,
    pub(crate) inbox: Inbox,
    pub(crate) folder: Folder,
}

impl World {
    /// A world whose feed `wire` has one item, and where nothing runs yet. `more` is what the
    /// receiver `desk` says beside its address and secret.
    pub(crate) async fn new(more: &str) -> Self {
        let clock = Clock::manual(start_of_time());
        let (feeds, inbox) = (FeedServer::start().await, Inbox::start(&clock).await);
        feeds.publish("wire", "Nothing to see");
        let feed = folder::feed("wire", &feeds.url("wire"));
        let desk = folder::webhook("desk", &inbox.url("desk"), more);
        let folder = Folder::with(&(feed + &desk + folder::WATCH));
        Self { clock, feeds, inbox, folder }
    }

    /// Adds to the main file.
    pub(crate) fn add(&self, text: &str) {
        let main = std::fs::read_to_string(self.folder.main()).expect("written by us");
        self.folder.write("wirewatch.toml", &(main + text));
    }

    pub(crate) fn config(&self) -> Config {
        Config::load(Some(&self.folder.main())).expect("readable")
    }

    /// Starts the daemon.
    pub(crate) async fn start(&self) -> App {
        App::start(self.config(), self.clock.clone()).await.expect("a good configuration")
    }

    /// Starts the daemon and waits until what `wire` has is its baseline.
    pub(crate) async fn start_past_baseline(&self) -> App {
        let app = self.start().await;
        self.pass(self.feeds.recorded("wire")).await;
        app
    }

    /// Publishes a matching item on `wire`.
    pub(crate) fn publish(&self, number: usize) {
        self.feeds.publish("wire", &headline(number));
    }

    /// Lets time pass until `waited` is done; what it waits for has a deadline of its own.
    pub(crate) async fn pass<T>(&self, waited: impl Future<Output = T>) -> T {
        let mut pace = tokio::time::interval(PACE);
        // A machine that was away for a while must not make up for it all at once.
        pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let turning = async {
            loop {
                pace.tick().await;
                self.clock.advance(STEP);
            }
        };
        tokio::select! {
            done = waited => done,
            () = turning => unreachable!("turns for ever"),
        }
    }
}

/// A headline that the watch of [`folder::WATCH`] matches.
pub(crate) fn headline(number: usize) -> String {
    format!("Patrol {number} in the East China Sea")
}
