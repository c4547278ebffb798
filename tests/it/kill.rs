//! The kill test: a daemon that is killed again and again loses nothing and invents nothing.
//!
//! Feeds publish without pause, and the process is ended by SIGKILL at moments drawn from a
//! seed, which is printed; `KILL_SEED` draws the same again. Some moments are aimed: a webhook
//! has come in and its answer is not on record, or a feed that will never change again has just
//! been read. Each life of the process has its own user agent, so every webhook says which of
//! them sent it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio_util::sync::CancellationToken;
use wirewatch::app::Clock;

use crate::support::daemon::headline;
use crate::support::feeds::FeedServer;
use crate::support::folder::{self, Folder};
use crate::support::inbox::{Inbox, Request};
use crate::support::process::Process;

const KILLS: usize = 50;
/// Feeds that publish without pause. Beside them each life has one that publishes once.
const FEEDS: usize = 10;
const RECEIVERS: [&str; 2] = ["desk", "soc"];
/// Matching items and others in turn: 20 a second of each.
const PUBLISHED_EVERY: Duration = Duration::from_millis(25);
/// Requests that can be on the wire to one receiver: what one kill may repeat of each.
const ON_THE_WIRE_MAX: usize = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::print_stdout, reason = "figures are for people")]
async fn fifty_kills_lose_nothing_and_invent_nothing() {
    let clock = Clock::system();
    let seed = std::env::var("KILL_SEED").ok().and_then(|seed| seed.parse().ok());
    let mut dice = Dice(seed.unwrap_or(clock.now().as_millisecond().unsigned_abs()));
    println!("KILL_SEED={}", dice.0);
    let began = clock.now();

    let inbox = Inbox::start(&clock).await;
    let feeds = Arc::new(FeedServer::start().await);
    let folder = Folder::with("");
    let mut process = live(&folder, &feeds, &inbox, 0);
    for name in names() {
        feeds.publish(&name, "Nothing to see");
    }
    for name in names() {
        feeds.recorded(&name).await;
    }
    let stop = CancellationToken::new();
    let publishing = tokio::spawn(publish(Arc::clone(&feeds), stop.clone()));
    let mut published = BTreeSet::new();
    for life in 0..KILLS {
        let ended = match dice.below(6) {
            0 => process.ends_within(dice.time_below(500)).await,
            1 => {
                process.started().await;
                process.ends_within(dice.time_below(1_000)).await
            }
            2 => {
                let more = usize::try_from(dice.below(20)).expect("small");
                inbox.takes("desk", inbox.taken("desk").len() + 1 + more).await;
                false
            }
            _ => {
                let (name, title) = (quiet(life), format!("East China Sea, day {life}"));
                let before = feeds.answered(&name, 200);
                feeds.publish(&name, &title);
                published.insert(title);
                feeds.answered_times(&name, 200, before + 1).await;
                process.ends_within(dice.time_below(12)).await
            }
        };
        assert!(!ended, "it ended by itself: {}", process.said());
        process.kill().await;
        process = live(&folder, &feeds, &inbox, life + 1);
    }
    stop.cancel();
    published.extend(publishing.await.expect("no panic"));
    for name in RECEIVERS {
        inbox.takes_alerts(name, published.len()).await;
    }
    process.signal("TERM");
    let ended = process.ends().await;
    assert_eq!(ended.code(), Some(0), "{}", ended.stderr);

    let figures = judge(&published, &RECEIVERS.map(|name| inbox.taken(name)));
    assert_eq!(books(&folder).await, vec!["delivered"; published.len() * RECEIVERS.len()]);
    // A start looks through the whole file, so this is the store's own word that it is sound.
    let once = Process::run(&folder, &["run", "--once"]).await;
    assert_eq!(once.code(), Some(0), "{}", once.stderr);
    let took = clock.now().duration_since(began).as_secs();
    println!("{KILLS} kills in {took} s: {figures}");
}

fn wire(feed: usize) -> String {
    format!("wire-{feed}")
}

fn quiet(life: usize) -> String {
    format!("quiet-{life}")
}

/// All feeds.
fn names() -> impl Iterator<Item = String> {
    (0..FEEDS).map(wire).chain((0..KILLS).map(quiet))
}

/// Starts the daemon anew, and tells it which life it lives.
fn live(folder: &Folder, feeds: &FeedServer, inbox: &Inbox, life: usize) -> Process {
    let agent = format!("[polling]\nuser_agent = \"life {life}\"\n");
    let mut main = folder.settings().replace("[polling]\n", &agent);
    for name in names() {
        main += &folder::feed(&name, &feeds.url(&name));
    }
    for name in RECEIVERS {
        main += &folder::webhook(name, &inbox.url(name), "");
    }
    folder.write("wirewatch.toml", &(main + folder::WATCH));
    Process::daemon(folder)
}

/// Publishes on the busy feeds in turn until `stop`; the titles that match.
async fn publish(feeds: Arc<FeedServer>, stop: CancellationToken) -> Vec<String> {
    let mut pace = tokio::time::interval(PUBLISHED_EVERY);
    let mut published = Vec::new();
    for number in 0.. {
        tokio::select! {
            _ = pace.tick() => {}
            () = stop.cancelled() => break,
        }
        let feed = wire(number % FEEDS);
        // Not `number % 2`: each feed must have both kinds.
        if (number / FEEDS).is_multiple_of(2) {
            published.push(headline(number));
            feeds.publish(&feed, &headline(number));
        } else {
            feeds.publish(&feed, &format!("Bulletin {number} from the Baltic"));
        }
    }
    published
}

/// The state of each delivery on record.
async fn books(folder: &Folder) -> Vec<String> {
    let list = ["deliveries", "list", "--json", "--limit", "1000000"];
    let told = Process::run(folder, &list).await;
    let rows: Vec<Value> = serde_json::from_str(&told.stdout).expect("JSON");
    rows.iter().map(|row| row["state"].as_str().expect("a word").to_owned()).collect()
}

/// What the test came to.
#[derive(Debug, Default)]
struct Figures {
    items: usize,
    requests: usize,
    repeats: usize,
    /// Of one receiver, by one kill.
    repeats_most: usize,
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { items, requests, repeats, repeats_most } = self;
        write!(
            f,
            "{items} items matched, {requests} requests, 0 lost, 0 second ids, 0 changed bodies, \
             {repeats} repeats of what was on the wire, at most {repeats_most} at once"
        )
    }
}

/// Holds what was published against what each receiver got.
fn judge(published: &BTreeSet<String>, receivers: &[Vec<Request>]) -> Figures {
    let mut ids: BTreeMap<String, &Request> = BTreeMap::new();
    let mut figures = Figures { items: published.len(), ..Figures::default() };
    for taken in receivers {
        let titles: BTreeSet<String> = taken.iter().map(Request::title).collect();
        assert_eq!(&titles, published, "every matching item and nothing else");
        // The repeats that each life left behind, and the lives that sent an id.
        let mut left: BTreeMap<&str, usize> = BTreeMap::new();
        let mut tries: BTreeMap<&str, Vec<&Request>> = BTreeMap::new();
        for request in taken {
            let first = *ids.entry(request.title()).or_insert(request);
            assert_eq!(request.id(), first.id(), "one id for {}", request.title());
            assert_eq!(request.body, first.body, "one body for {}", request.title());
            let before = tries.entry(request.id()).or_default();
            if let Some(last) = before.last() {
                let life = last.header("user-agent");
                assert_ne!(life, request.header("user-agent"), "one life sends an id once");
                assert!(attempt(request) > attempt(last), "a try that was not counted");
                *left.entry(life).or_default() += 1;
            }
            before.push(request);
        }
        let most = left.values().copied().max().unwrap_or_default();
        assert!(most <= ON_THE_WIRE_MAX, "a kill repeated {most} requests: {left:?}");
        figures.requests += taken.len();
        figures.repeats += left.values().sum::<usize>();
        figures.repeats_most = figures.repeats_most.max(most);
    }
    figures
}

fn attempt(request: &Request) -> u32 {
    request.header("x-attempt").parse().expect("a number")
}

/// Draws the moments of the kills. Source: Vigna's splitmix64.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }

    fn time_below(&mut self, bound_ms: u64) -> Duration {
        Duration::from_millis(self.below(bound_ms))
    }
}
