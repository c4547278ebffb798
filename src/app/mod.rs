//! The composition root: start, reload, stop.
//!
//! Here the loops live that make the daemon: each claims rows under a lease, decides with a
//! pure function of an owner, and records in one transaction. [`rules::Rules`] is what they go
//! by; a reload builds a whole new one, and only when nothing in it failed is it swapped in.

mod clock;
mod once;
mod poll;
mod retention;
mod rules;
mod send;
mod standing;

use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use arc_swap::ArcSwap;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::sync::{Mutex, Notify, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::Config;
use crate::feed::{FeedId, schedule};
use crate::problem::Problem;
use crate::store::{self, Books, Store};
use crate::web::{self, Part};

pub use clock::Clock;
pub(crate) use clock::{earlier, later};
pub(crate) use rules::{Rules, store_path};

/// How long a claim holds: longer than any poll or try may take, so that a claim ends only
/// when its process did.
const LEASE: Duration = Duration::from_secs(60);
/// How long a soft stop waits for tries that are under way.
const STOP_DEADLINE: Duration = Duration::from_secs(20);
/// How long a loop waits after the store failed.
const STORE_PAUSE: Duration = Duration::from_secs(1);

/// Why the daemon did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration is wrong.
    #[error("{} problems in the configuration", .0.len())]
    Config(Vec<Problem>),
    /// Something else that a human must see to.
    #[error(transparent)]
    Other(#[from] anyhow::Error),
}

/// The running daemon.
#[derive(Debug)]
pub struct App {
    shared: Arc<Shared>,
    stop: CancellationToken,
    tasks: TaskTracker,
    web_address: Option<SocketAddr>,
}

/// What all loops share.
#[derive(Debug)]
struct Shared {
    rules: ArcSwap<Rules>,
    store: Store,
    clock: Clock,
    /// A feed may be due sooner than was known.
    poll_wake: Notify,
    /// A delivery may be due sooner than was known.
    send_wake: Notify,
    health: web::Health,
    /// Held while feeds are claimed and while a reload lists others: what is claimed is then
    /// always a feed of the rules in force, with their url.
    listing: Mutex<()>,
    /// Ends the daemon: a loop has panicked, or the store cannot be trusted any more.
    broken: CancellationToken,
    /// Turns of the polling and the sending loop: a watchdog sees that both go on.
    poll_turns: AtomicU64,
    /// Polls that were recorded.
    polls: watch::Sender<u64>,
    send_turns: AtomicU64,
}

impl Shared {
    async fn open(rules: Rules, clock: Clock) -> Result<Arc<Self>, anyhow::Error> {
        let store = Store::open(&rules.store_path, clock.now()).await?;
        list_feeds(&store, &rules, clock.now()).await?;
        Ok(Arc::new(Self {
            rules: ArcSwap::from_pointee(rules),
            store,
            clock,
            poll_wake: Notify::new(),
            send_wake: Notify::new(),
            health: web::Health::default(),
            listing: Mutex::new(()),
            broken: CancellationToken::new(),
            poll_turns: AtomicU64::new(0),
            polls: watch::Sender::new(0),
            send_turns: AtomicU64::new(0),
        }))
    }

    /// Notes how a part of the work with the store went.
    fn note<T>(&self, part: Part, result: &Result<T, store::Error>) {
        self.health.tell(part, result.is_ok());
        if result.as_ref().is_err_and(store::Error::is_fatal) {
            tracing::error!("the store cannot be trusted any more: stopping");
            self.broken.cancel();
        }
    }

    /// Says what waits for notifiers that are no longer configured: it is kept, and silence
    /// would look like loss.
    async fn tell_backlog(&self) -> Result<(), store::Error> {
        let rules = self.rules.load_full();
        for (notifier, open) in self.store.backlog().await? {
            if !rules.notifiers.contains_key(&notifier) {
                tracing::warn!(
                    notifier,
                    open,
                    "deliveries wait for a notifier that is not configured; they go out when it is again"
                );
            }
        }
        Ok(())
    }
}

/// Makes the store agree with the rules' feeds, and spreads those that are overdue: many are at
/// a start.
async fn list_feeds(store: &Store, rules: &Rules, now: Timestamp) -> Result<(), store::Error> {
    store.list_feeds(&rules.listed(), now).await?;
    let overdue = store.overdue(now).await?;
    let count = u32::try_from(overdue.len()).unwrap_or(u32::MAX);
    let until = |(rank, id): (u32, FeedId)| {
        let feed = rules.feeds.get(&id)?;
        let wait = schedule::spread(&rules.polling, feed.interval, rank, count);
        Some((id, later(now, wait)))
    };
    let until: Vec<_> = (0..).zip(overdue).filter_map(until).collect();
    store.put_off(&until).await
}

/// Runs a loop of the daemon; a daemon without it would be silent for ever, so its panic is the
/// end of the whole.
async fn guarded(shared: Arc<Shared>, name: &'static str, work: BoxFuture<'static, ()>) {
    if AssertUnwindSafe(work).catch_unwind().await.is_err() {
        tracing::error!(name, "a loop of the daemon panicked: stopping");
        shared.broken.cancel();
    }
}

/// Compiles the rules away from the async threads.
async fn compile(config: Config) -> Result<Rules, Vec<Problem>> {
    tokio::task::spawn_blocking(move || Rules::compile(&config))
        .await
        .expect("compiling does not panic and is not aborted")
}

/// An error and its causes on one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}

impl App {
    /// Starts the daemon: compiles the rules, opens the store, binds the port, sets off.
    pub async fn start(config: Config, clock: Clock) -> Result<Self, StartError> {
        let rules = compile(config).await.map_err(StartError::Config)?;
        let summary = rules.summary();
        let listen = rules.listen;
        // First, for its refusal says who is there; a second daemon would else hear of the port.
        let shared = Shared::open(rules, clock).await?;
        let listener = match listen {
            None => None,
            Some(address) => Some(
                TcpListener::bind(address)
                    .await
                    .with_context(|| format!("cannot listen on {address}"))?,
            ),
        };
        let web_address = listener.as_ref().and_then(|listener| listener.local_addr().ok());

        let stop = CancellationToken::new();
        let tasks = TaskTracker::new();
        if let Some(listener) = listener {
            tasks.spawn(web::serve(listener, shared.health.clone(), stop.clone()));
        }
        shared.tell_backlog().await.map_err(anyhow::Error::from)?;
        let guarded = |name, work| guarded(Arc::clone(&shared), name, work);
        tasks.spawn(guarded("poll", poll::run(Arc::clone(&shared), stop.clone()).boxed()));
        tasks.spawn(guarded("send", send::run(Arc::clone(&shared), stop.clone()).boxed()));
        let retention = retention::run(Arc::clone(&shared), stop.clone()).boxed();
        tasks.spawn(guarded("retention", retention));
        shared.health.tell(Part::Running, true);
        tracing::info!(web = ?web_address, "watching: {summary}");
        Ok(Self { shared, stop, tasks, web_address })
    }

    /// Polls each feed once, delivers what is due, and leaves.
    pub async fn once(config: Config, clock: Clock) -> Result<(), StartError> {
        let rules = compile(config).await.map_err(StartError::Config)?;
        let shared = Shared::open(rules, clock).await?;
        shared.tell_backlog().await.map_err(anyhow::Error::from)?;
        once::run(&shared).await?;
        shared.health.tell(Part::Running, true);
        if !shared.health.is_ready() {
            let failed = anyhow::anyhow!("not everything could be recorded; the log says what");
            return Err(failed.into());
        }
        if let Some(shared) = Arc::into_inner(shared) {
            shared.store.close().await;
        }
        Ok(())
    }

    /// Builds everything that `config` says, watch tests included, and swaps it in as one. A
    /// problem leaves the old rules at work.
    pub async fn reload(&self, config: Config) -> Result<(), StartError> {
        let rules = compile(config).await.map_err(StartError::Config)?;
        let old = self.shared.rules.load_full();
        if rules.store_path != old.store_path || rules.listen != old.listen {
            tracing::warn!("`[store] url` and `[web] listen` change at the next start only");
        }
        let summary = rules.summary();
        {
            let _listing = self.shared.listing.lock().await;
            let now = self.shared.clock.now();
            let listed = list_feeds(&self.shared.store, &rules, now).await;
            listed.context("cannot list the new feeds")?;
            self.shared.rules.store(Arc::new(rules));
        }
        tracing::info!("reloaded: {summary}");
        if let Err(error) = self.shared.tell_backlog().await {
            tracing::warn!(error = chain(&error), "cannot count what waits");
        }
        self.shared.poll_wake.notify_one();
        self.shared.send_wake.notify_one();
        Ok(())
    }

    /// The books: how many alerts and deliveries there are, and where they stand.
    pub(crate) async fn books(&self) -> Result<Books, store::Error> {
        self.shared.store.books().await
    }

    /// Where the web server listens, if it does.
    pub fn web_address(&self) -> Option<SocketAddr> {
        self.web_address
    }

    /// How many polls were recorded so far, and a way to wait for the next.
    pub fn polls(&self) -> watch::Receiver<u64> {
        self.shared.polls.subscribe()
    }

    /// Turns of the polling and of the sending loop: a watchdog asks whether both grow.
    pub fn turns(&self) -> (u64, u64) {
        let turns = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        (turns(&self.shared.poll_turns), turns(&self.shared.send_turns))
    }

    /// Waits until the daemon cannot go on: a loop has panicked, or the store cannot be trusted
    /// any more. It is then to be stopped, and started anew by whoever watches over it.
    pub async fn broken(&self) {
        self.shared.broken.cancelled().await;
    }

    /// Stops softly: claims nothing more, finishes the tries under way (for at most 20
    /// seconds), and closes the store.
    pub async fn stop(self) {
        self.shared.health.tell(Part::Running, false);
        self.stop.cancel();
        self.tasks.close();
        if tokio::time::timeout(STOP_DEADLINE, self.tasks.wait()).await.is_err() {
            tracing::warn!("stopped with tries under way; they are sent again with the same ids");
            return;
        }
        if let Some(shared) = Arc::into_inner(self.shared) {
            shared.store.close().await;
        }
        tracing::info!("stopped");
    }
}

#[cfg(test)]
mod tests;
