//! The daemon as its process starts it, on a store that was filled before.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::*;
use crate::alert::{Alert, AlertId};
use crate::feed::schedule::{Reason, Wishes};
use crate::feed::{FeedId, ItemKey, Outcome};
use crate::net::tests::witness;
use crate::setting::Severity;
use crate::store::{Listed, Poll, ReadDocument};

struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(TempDir::new().expect("a temporary folder"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A configuration with a feed that cannot be reached and these notifiers, each a file.
    fn config(&self, notifiers: &[&str]) -> Config {
        let mut text = format!(
            "[store]\nurl = 'sqlite:{}'\n[web]\nlisten = 'off'\n\
             [[feed]]\nurl = 'http://127.0.0.1:1/'\nname = 'a'\n\
             [[watch]]\nname = 'w'\nterms = ['drone']\n",
            self.path("w.db").display()
        );
        for name in notifiers {
            let path = self.path(name).display().to_string();
            let notifier =
                ["[[notifier]]\nname = '", name, "'\ntype = 'file'\npath = '", &path, "'\n"];
            text.extend(notifier);
        }
        fs::write(self.path("w.toml"), text).expect("written");
        Config::load(Some(&self.path("w.toml"))).expect("readable")
    }

    /// Puts alerts into the store, as a daemon before this one left them.
    async fn left_behind(&self, alerts: &[(&str, &str)]) {
        let now = Clock::system().now();
        let store = Store::open(&self.path("w.db"), now).await.expect("a store");
        let feed = FeedId("old".into());
        let listed = Listed {
            id: feed.clone(),
            url: "https://old.example/".into(),
            host: String::new(),
            phase: 0,
        };
        store.list_feeds(&[listed], now).await.expect("listed");
        let claimed = store.claim_due_feeds(now, LEASE, 1, None, &mut |_| true).await;
        let alert = |(key, receiver): &(&str, &str)| Alert {
            id: AlertId(format!("msg_{key}")),
            watch: "w".into(),
            severity: Severity::High,
            feed: feed.clone(),
            item_key: ItemKey((*key).into()),
            title: String::new(),
            url: None,
            score: 1.0,
            created_at: now,
            body: format!("{{\"item\":\"{key}\"}}"),
            receivers: vec![(*receiver).into()],
        };
        let document = ReadDocument {
            body_hash: None,
            wishes: Wishes::default(),
            items_per_week: None,
            complete: true,
            keys: alerts.iter().map(|(key, _)| ItemKey((*key).into())).collect(),
            alerts: alerts.iter().map(alert).collect(),
        };
        let poll = Poll {
            feed: feed.clone(),
            epoch: claimed.expect("claimed")[0].epoch,
            outcome: Outcome::Read { items: alerts.len() },
            status: Some(200),
            at: now,
            next_poll_at: now,
            next_why: Reason::Pace,
            wait: Duration::ZERO,
            failures: 0,
            validators: None,
            whole_at: None,
            max_age: None,
            moved: None,
            hold: None,
            document: Some(document),
        };
        store.record_poll(&poll).await.expect("recorded");
        store.close().await;
    }
}

/// Waits until the file holds this text.
async fn until(path: &Path, text: &str) {
    let clock = Clock::system();
    for _ in 0..500 {
        if fs::read_to_string(path).is_ok_and(|found| found == text) {
            return;
        }
        clock.sleep_until(later(clock.now(), Duration::from_millis(20))).await;
    }
    panic!("`{}` holds {:?}", path.display(), fs::read_to_string(path));
}

#[tokio::test]
async fn what_waits_for_a_notifier_goes_out_when_a_reload_brings_it() {
    let place = Place::new();
    place.left_behind(&[("x", "desk"), ("y", "soc")]).await;
    let app = App::start(place.config(&["desk"]), Clock::system()).await.expect("started");
    until(&place.path("desk"), "{\"item\":\"x\"}\n").await;
    assert!(!place.path("soc").exists());
    // The line is written before its try is recorded.
    let mut books = app.books().await.expect("read");
    while books.in_flight > 0 {
        let clock = Clock::system();
        clock.sleep_until(later(clock.now(), Duration::from_millis(20))).await;
        books = app.books().await.expect("read");
    }
    assert_eq!((books.delivered, books.pending), (1, 1), "kept, not dropped");
    app.reload(place.config(&["desk", "soc"])).await.expect("reloaded");
    until(&place.path("soc"), "{\"item\":\"y\"}\n").await;
    app.stop().await;
    // Once only: the next daemon finds nothing to send.
    App::once(place.config(&["desk", "soc"]), Clock::system()).await.expect("done");
    until(&place.path("desk"), "{\"item\":\"x\"}\n").await;
}

#[tokio::test]
async fn a_reload_that_fails_changes_nothing() {
    let place = Place::new();
    let app = App::start(place.config(&["desk"]), Clock::system()).await.expect("started");
    let error = app.reload(place.config(&[])).await.expect_err("no notifier");
    let StartError::Config(problems) = error else { panic!("{error}") };
    let said = problems[0].to_string().replace(&place.path("").display().to_string(), "");
    let hint = "add a `[[notifier]]`, here or in a file that `include` names";
    assert_eq!(said, format!("w.toml: no notifier is configured\n  hint: {hint}"));
    assert_eq!(app.shared.rules.load().notifiers.len(), 1);
    app.stop().await;
}

#[tokio::test]
async fn a_daemon_whose_records_fail_is_not_ready_until_they_succeed() {
    let place = Place::new();
    let rules = compile(place.config(&["desk"])).await.expect("rules");
    let shared = Shared::open(rules, Clock::system()).await.expect("open");
    shared.health.tell(Part::Running, true);
    let full = |context| store::Error::Database { context, source: sqlx::Error::WorkerCrashed };
    shared.note(Part::PollRecords, &Err::<(), _>(full("recording a poll")));
    assert!(!shared.health.is_ready());
    let room = HashMap::new();
    let claimed = shared.store.claim_deliveries(shared.clock.now(), LEASE, &room).await;
    shared.note(Part::PollClaims, &claimed);
    assert!(!shared.health.is_ready(), "a claim that goes well says nothing of records");
    shared.note(Part::PollRecords, &Ok(()));
    assert!(shared.health.is_ready());
    assert!(!shared.broken.is_cancelled());
    let damaged = store::Error::Damaged { path: "w.db".into(), detail: "page 2".into() };
    shared.note(Part::SendClaims, &Err::<(), _>(damaged));
    assert!(shared.broken.is_cancelled(), "a damaged file ends the daemon");
}

#[tokio::test]
async fn a_loop_that_panics_ends_the_daemon() {
    let place = Place::new();
    let rules = compile(place.config(&["desk"])).await.expect("rules");
    let shared = Shared::open(rules, Clock::system()).await.expect("open");
    guarded(Arc::clone(&shared), "poll", async {}.boxed()).await;
    assert!(!shared.broken.is_cancelled());
    guarded(Arc::clone(&shared), "poll", async { panic!("a bug") }.boxed()).await;
    assert!(shared.broken.is_cancelled());
}

#[tokio::test]
async fn a_second_daemon_hears_of_the_first_and_not_of_its_port() {
    let place = Place::new();
    let app = App::start(place.config(&["desk"]), Clock::system()).await.expect("started");
    let error = App::start(place.config(&["desk"]), Clock::system()).await.expect_err("refused");
    let path = place.path("w.db").display().to_string();
    let pid = std::process::id();
    let expected = format!("`{path}` is in use by another wirewatch (process {pid})");
    assert_eq!(error.to_string(), expected);
    app.stop().await;
}

/// Rules 36 and 37 of `tests/it/etiquette`: a move is believed after three good polls over
/// permanent redirects alone; what a portal says, and a move for a while, is not. Source:
/// RFC 9110 §15.4; feedparser's documentation; `NetNewsWire` on captive portals.
#[tokio::test]
async fn a_move_is_believed_when_the_feed_was_found_there_three_times() {
    let answer = |body: &str| format!("HTTP/1.1 200 OK\r\nETag: \"1\"\r\n\r\n{body}");
    let redirect = |status: &str, to: SocketAddr| {
        format!("HTTP/1.1 {status}\r\nLocation: http://{to}/new\r\nContent-Length: 0\r\n\r\n")
    };
    let server = |answer: String| witness(answer.into_bytes());
    let (feed, asked_of_feed) =
        server(answer("<rss version='2.0'><channel><title>A</title></channel></rss>")).await;
    let (portal, _) = server(answer("<html><body>Pay here</body></html>")).await;
    let (for_good, asked_of_old) = server(redirect("301 Moved", feed)).await;
    let (for_good_as_well, _) = server(redirect("308 Moved", for_good)).await;
    let (for_now, _) = server(redirect("302 Found", feed)).await;
    let (for_now_then_for_good, _) = server(redirect("307 Moved", for_good)).await;
    let (to_portal, _) = server(redirect("301 Moved", portal)).await;

    let place = Place::new();
    place.config(&["desk"]);
    let feeds = [
        ("for-good", for_good),
        ("chain", for_good_as_well),
        ("for-now", for_now),
        ("mixed", for_now_then_for_good),
        ("portal", to_portal),
    ];
    let text = fs::read_to_string(place.path("w.toml")).expect("written");
    let text = feeds.iter().fold(text, |text, (name, address)| {
        text + "[[feed]]\nname = '" + name + "'\nurl = 'http://" + &address.to_string() + "/'\n"
    });
    let text = format!("{text}[polling]\nallow_private = ['127.0.0.0/8']\n");
    fs::write(place.path("w.toml"), text).expect("written");
    let mut moved_after = Vec::new();
    for poll in 1..=4 {
        let mut config = Config::load(Some(&place.path("w.toml"))).expect("readable");
        config.polling.value.trust_redirects = true;
        let clock = Clock::manual(later(Timestamp::UNIX_EPOCH, Duration::from_secs(poll * 3_600)));
        App::once(config, clock).await.expect("polled");
        let store = Store::attach(&place.path("w.db")).await.expect("there");
        let moved = store.feeds().await.expect("read").into_iter().filter_map(|row| {
            let to = row.moved_to?;
            (to == format!("http://{feed}/new")).then_some(row.id.0)
        });
        moved_after.push(moved.collect::<Vec<_>>());
        store.close().await;
    }
    assert_eq!(moved_after[..2], [vec![""; 0], vec![""; 0]]);
    assert_eq!(moved_after[2..], [["chain", "for-good"], ["chain", "for-good"]]);
    // Validators went to where they came from, and to no place on the way.
    let conditional = |heads: &std::sync::Mutex<Vec<String>>| {
        let heads = heads.lock().expect("no panic");
        heads.iter().filter(|head| head.contains("if-none-match: \"1\"")).count()
    };
    assert_eq!((conditional(&asked_of_feed), conditional(&asked_of_old)), (12, 0));
}
