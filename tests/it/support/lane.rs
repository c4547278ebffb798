//! Feeds of one scripted server, the daemon that polls them, and a clock that jumps from check
//! to check: what the daemon plans is read with `feeds list --json`, as an operator would.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use wirewatch::app::{App, Clock};
use wirewatch::config::Config;

use super::daemon::start_of_time;
use super::folder::{self, Folder};
use super::process::Process;
use super::script::{Answer, Asked, ScriptServer};
use super::{DEADLINE, until_turn};

pub(crate) struct Lane {
    pub(crate) clock: Clock,
    pub(crate) server: ScriptServer,
    pub(crate) folder: Folder,
    app: Option<App>,
}

impl Lane {
    /// A daemon whose one feed `wire`, of interval `auto`, answers so; its first poll is over.
    pub(crate) async fn start(answers: impl IntoIterator<Item = Answer>) -> Self {
        let mut lane = Self::new("", &["wire"]).await;
        lane.server.plays("wire", answers);
        lane.go().await;
        lane.polled(1).await;
        lane
    }

    /// Feeds that are written as `NAME` or `NAME=PATH`, and more of `[polling]`; nothing runs yet.
    pub(crate) async fn new(polling: &str, feeds: &[&str]) -> Self {
        let clock = Clock::manual(start_of_time());
        let server = ScriptServer::start(&clock).await;
        let folder = Folder::with("");
        let lane = Self { clock, server, folder, app: None };
        lane.configure(polling, feeds);
        lane
    }

    /// Writes the configuration anew.
    pub(crate) fn configure(&self, polling: &str, feeds: &[&str]) {
        let mut text = format!(
            "[store]\nurl = \"sqlite:{}\"\n[web]\nlisten = \"off\"\n[polling]\n\
             allow_private = [\"127.0.0.0/8\"]\n{polling}\n",
            self.folder.path("wirewatch.db").display()
        );
        for name in feeds {
            let (name, path) = name.split_once('=').unwrap_or((name, name));
            text += &folder::feed(name, &self.server.url(path));
        }
        text += folder::WATCH;
        let out = self.folder.path("alerts.jsonl");
        text += &format!(
            "[[notifier]]\nname = \"out\"\ntype = \"file\"\npath = \"{}\"\n",
            out.display()
        );
        self.folder.write("wirewatch.toml", &text);
    }

    fn config(&self) -> Config {
        Config::load(Some(&self.folder.main())).expect("readable")
    }

    /// Starts the daemon, or stops it and starts it again.
    pub(crate) async fn go(&mut self) {
        if let Some(app) = self.app.take() {
            app.stop().await;
        }
        let app = App::start(self.config(), self.clock.clone()).await;
        self.app = Some(app.expect("a good configuration"));
    }

    pub(crate) async fn reload(&self) {
        self.app().reload(self.config()).await.expect("a good configuration");
    }

    fn app(&self) -> &App {
        self.app.as_ref().expect("it runs")
    }

    /// Waits until so many polls were recorded since the daemon's start.
    pub(crate) async fn polled(&self, count: u64) {
        let mut polls = self.app().polls();
        let waited = tokio::time::timeout(DEADLINE, polls.wait_for(|polls| *polls >= count)).await;
        assert!(waited.is_ok(), "no poll {count} within {DEADLINE:?}: {:#}", self.rows().await);
    }

    /// Lets the time pass in which no poll may be recorded, and the daemon look around at the
    /// end of it.
    pub(crate) async fn quiet(&self, length: Duration) {
        let look = Duration::from_secs(5);
        let before = *self.app().polls().borrow();
        for by in [length.saturating_sub(look), length.min(look)] {
            let turn = self.app().turns().0;
            self.clock.advance(by);
            until_turn(|| self.app().turns().0 > turn).await;
        }
        assert_eq!(*self.app().polls().borrow(), before, "polled: {:#}", self.rows().await);
    }

    /// Turns the clock to the next check of `wire` and waits until it is recorded; the request.
    pub(crate) async fn next(&self) -> Asked {
        let row = self.row("wire").await;
        let at = time(&row["next_check_at"]).unwrap_or_else(|| panic!("never polled: {row:#}"));
        let asked = self.server.asked("wire").len();
        let before = *self.app().polls().borrow();
        let wait = Duration::try_from(at.duration_since(self.clock.now())).unwrap_or_default();
        self.clock.advance(wait);
        self.polled(before + 1).await;
        let all = self.server.asked("wire");
        assert_eq!(all.len(), asked + 1, "one request for one poll");
        all.into_iter().next_back().expect("one more")
    }

    /// Turns the clock to the earliest next check of all feeds, and waits until one is recorded.
    pub(crate) async fn next_of_all(&self) {
        // First of all: a poll that is recorded while the rows are read is the next one.
        let before = *self.app().polls().borrow();
        let rows = self.rows().await;
        let rows = rows.as_array().expect("a list").iter();
        let at = rows.filter_map(|row| time(&row["next_check_at"])).min().expect("planned");
        let wait = Duration::try_from(at.duration_since(self.clock.now())).unwrap_or_default();
        self.clock.advance(wait);
        self.polled(before + 1).await;
    }

    /// What `feeds list --json` says.
    pub(crate) async fn rows(&self) -> Value {
        let told = Process::run(&self.folder, &["feeds", "list", "--json"]).await;
        assert_eq!((told.code(), told.stderr.as_str()), (Some(0), ""));
        serde_json::from_str(&told.stdout).expect("JSON")
    }

    /// What it says of one feed.
    pub(crate) async fn row(&self, feed: &str) -> Value {
        let rows = self.rows().await;
        let mut rows = rows.as_array().expect("a list").iter();
        rows.find(|row| row["id"] == feed).unwrap_or_else(|| panic!("no feed {feed}")).clone()
    }

    /// How many seconds after its last check `wire` is checked next, and why then.
    pub(crate) async fn planned(&self) -> (i64, String) {
        let row = self.row("wire").await;
        let (checked, next) = (time(&row["checked_at"]), time(&row["next_check_at"]));
        let wait = next.expect("planned").duration_since(checked.expect("checked")).as_secs();
        (wait, row["next_reason"].as_str().expect("a reason").to_owned())
    }

    /// Expects that this is so many seconds, or more by jitter and spread, and for this reason;
    /// `what` names the case.
    pub(crate) async fn expect_next(&self, what: &str, seconds: i64, reason: &str) {
        let (wait, why) = self.planned().await;
        let in_time = (seconds..=seconds + seconds * 21 / 100).contains(&wait);
        assert!(in_time && why == reason, "{what}: {wait} s for {why}, not {seconds} for {reason}");
    }
}

/// A time of a row.
pub(crate) fn time(value: &Value) -> Option<Timestamp> {
    Some(value.as_str()?.parse().expect("a time"))
}

/// RSS with these guids, each dated so many minutes before the start of time, and more of the
/// channel.
pub(crate) fn rss(channel: &str, items: &[(&str, i64)]) -> String {
    let items: String = items.iter().map(|(guid, ago)| item(guid, *ago)).collect();
    format!("<rss version=\"2.0\"><channel><title>A wire</title>{channel}{items}</channel></rss>")
}

fn item(guid: &str, minutes_ago: i64) -> String {
    let at = start_of_time() - jiff::SignedDuration::from_mins(minutes_ago);
    let at = at.strftime("%a, %d %b %Y %H:%M:%S GMT");
    format!("<item><guid>{guid}</guid><title>{guid}</title><pubDate>{at}</pubDate></item>")
}

/// RSS with these guids and no dates.
pub(crate) fn undated(channel: &str, guids: &[&str]) -> String {
    let items: String = guids
        .iter()
        .map(|guid| format!("<item><guid>{guid}</guid><title>{guid}</title></item>"))
        .collect();
    format!("<rss version=\"2.0\"><channel><title>A wire</title>{channel}{items}</channel></rss>")
}
