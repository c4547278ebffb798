//! Polling: claim due feeds; fetch, parse, match; record.
//!
//! A feed is claimed only when there is room for it: in all, and at its host. So a slow host
//! keeps its own feeds waiting and nobody else's.

use std::collections::{HashMap, HashSet};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::FutureExt as _;
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use tokio::task::{JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use super::clock::{earlier, later};
use super::standing::{self, After, News, asked_with};
use super::{LEASE, Rules, STORE_PAUSE, Shared, chain};
use crate::alert::{self, Alert, Namespace};
use crate::feed::fetch::{self, Body, Fetched, Head};
use crate::feed::pace;
use crate::feed::parse::{self, Document};
use crate::feed::polling::FirstPoll;
use crate::feed::schedule::Wishes;
use crate::feed::{Feed, Item, ItemKey, Outcome};
use crate::store::{self, Claim, Poll, ReadDocument, Recorded};
use crate::web::Part;

/// The longest wait of the loop: the turns that a watchdog counts come from it.
const TURN: Duration = Duration::from_secs(5);
/// The longest wait while a feed that is due has no room: no feed is asked more often than that.
const ROOM_PAUSE: Duration = Duration::from_secs(1);

/// Polls until `stop`, then gives up what is only being fetched and records the rest.
pub(super) async fn run(shared: Arc<Shared>, stop: CancellationToken) {
    let mut poller = Poller::new(shared, stop.clone());
    while !stop.is_cancelled() {
        match poller.claim(None).await {
            Ok(_) => poller.wait().await,
            Err(error) => {
                tracing::error!(error = chain(&error), "cannot claim feeds");
                let until = later(poller.shared.clock.now(), STORE_PAUSE);
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = poller.shared.clock.sleep_until(until) => {}
                }
            }
        }
    }
    poller.finish().await;
}

/// Polls under way.
pub(super) struct Poller {
    shared: Arc<Shared>,
    stop: CancellationToken,
    /// Each ends with the place that it gives back.
    under_way: JoinSet<Place>,
    hosts: HashMap<String, usize>,
    /// Those among them whose feed failed the last time.
    struggling: usize,
    /// When feeds were last claimed: what was due then and is unclaimed waits for room.
    claimed_at: Timestamp,
}

/// What a poll takes up while it is under way.
#[derive(Debug, Clone)]
struct Place {
    host: String,
    struggling: bool,
}

impl Place {
    fn of(claim: &Claim) -> Self {
        Self { host: claim.host.clone(), struggling: claim.failures > 0 }
    }
}

impl Poller {
    pub(super) fn new(shared: Arc<Shared>, stop: CancellationToken) -> Self {
        let (under_way, hosts) = (JoinSet::new(), HashMap::new());
        Self { shared, stop, under_way, hosts, struggling: 0, claimed_at: Timestamp::MIN }
    }

    /// Claims feeds as far as there is room and sets off their polls; how many. With
    /// `not_since`, every feed not polled since then counts as due.
    pub(super) async fn claim(
        &mut self,
        not_since: Option<Timestamp>,
    ) -> Result<usize, store::Error> {
        let listing = self.shared.listing.lock().await;
        let rules = self.shared.rules.load_full();
        let now = self.shared.clock.now();
        self.claimed_at = now;
        let limit = rules.polling.concurrency.saturating_sub(self.under_way.len());
        if limit == 0 {
            return Ok(0);
        }
        let per_host = rules.polling.per_host;
        // Servers that hang take up places for long; feeds that are well always find some.
        let struggling_max = rules.polling.concurrency.div_ceil(2);
        let (hosts, struggling) = (&mut self.hosts, &mut self.struggling);
        let mut taken = Vec::new();
        let mut room = |claim: &Claim| {
            let place = Place::of(claim);
            let busy = hosts.entry(place.host.clone()).or_default();
            let has_room = *busy < per_host && !(place.struggling && *struggling >= struggling_max);
            if has_room {
                *busy += 1;
                *struggling += usize::from(place.struggling);
                taken.push(place);
            }
            has_room
        };
        let claimed =
            self.shared.store.claim_due_feeds(now, LEASE, limit, not_since, &mut room).await;
        drop(listing);
        self.shared.note(Part::PollClaims, &claimed);
        let claims = match claimed {
            Ok(claims) => claims,
            Err(error) => {
                for place in &taken {
                    self.free(place);
                }
                return Err(error);
            }
        };
        let count = claims.len();
        for claim in claims {
            let feed = Arc::clone(&rules.feeds[&claim.feed]); // listed by these very rules
            let (shared, rules, stop) =
                (Arc::clone(&self.shared), Arc::clone(&rules), self.stop.clone());
            self.under_way.spawn(async move {
                let place = Place::of(&claim);
                let polling = poll(&shared, &rules, &feed, claim, &stop);
                match AssertUnwindSafe(polling).catch_unwind().await {
                    Ok(Ok(())) => {}
                    Ok(Err(error)) => {
                        tracing::error!(feed = %feed.id, error = chain(&error), "poll not recorded");
                    }
                    Err(_) => tracing::error!(feed = %feed.id, "poll panicked"),
                }
                place
            });
        }
        Ok(count)
    }

    fn free(&mut self, place: &Place) {
        self.struggling -= usize::from(place.struggling);
        if let Some(busy) = self.hosts.get_mut(&place.host) {
            *busy = busy.saturating_sub(1);
            if *busy == 0 {
                self.hosts.remove(&place.host);
            }
        }
    }

    /// Waits for whatever can make room or make a feed due.
    async fn wait(&mut self) {
        self.shared.poll_turns.fetch_add(1, Ordering::Relaxed);
        let now = self.shared.clock.now();
        let due = self.shared.store.next_poll_at().await.ok().flatten();
        let turn = later(now, TURN);
        let until = match due {
            Some(due) if due > self.claimed_at => due.min(turn),
            // It waits for room: for a poll that ends. But one that is due later may have room.
            Some(_) => later(now, ROOM_PAUSE),
            None => turn,
        };
        tokio::select! {
            () = self.stop.cancelled() => {}
            () = self.shared.poll_wake.notified() => {}
            () = self.shared.clock.sleep_until(until) => {}
            Some(place) = self.under_way.join_next() => self.free_ended(place),
        }
    }

    /// Gives back the place of a poll that ended, and of all others that have: the next claim is
    /// one commit for as many as there is room for.
    fn free_ended(&mut self, place: Result<Place, JoinError>) {
        let mut ended = Some(place);
        while let Some(place) = ended {
            self.free(&place.expect("panics are caught and nothing aborts"));
            ended = self.under_way.try_join_next();
        }
    }

    /// Waits for one poll to end; `false` if none is under way.
    pub(super) async fn ended(&mut self) -> bool {
        match self.under_way.join_next().await {
            Some(place) => {
                self.free_ended(place);
                true
            }
            None => false,
        }
    }

    /// Waits for all polls to end.
    async fn finish(&mut self) {
        while self.ended().await {}
        self.hosts.clear();
    }
}

/// One poll, from the request to the commit.
async fn poll(
    shared: &Arc<Shared>,
    rules: &Arc<Rules>,
    feed: &Arc<Feed>,
    claim: Claim,
    stop: &CancellationToken,
) -> Result<(), store::Error> {
    let known = asked_with(&claim, shared.clock.now());
    let fetched = tokio::select! {
        fetched = fetch::fetch(&rules.feed_client, &rules.polling, &feed.url, &known) => fetched,
        // Nothing is lost: the validators have not moved.
        () = stop.cancelled() => return Ok(()),
    };
    let now = shared.clock.now();
    let after = After { rules, feed, claim: &claim, now };
    let poll = match fetched {
        Fetched::Nothing(Outcome::Unchanged, head) => after.not_modified(&known, &head),
        Fetched::Nothing(outcome, head) => after.poll(outcome, &head, News::default()),
        Fetched::Body(body, head) => match read(shared, &after, body, &head).await? {
            Some(poll) => poll,
            // The process ends: what was not matched is not recorded as seen.
            None => return Ok(()),
        },
    };
    let recorded = shared.store.record_poll(&poll).await;
    shared.note(Part::PollRecords, &recorded);
    let recorded = recorded?;
    standing::tell(feed, &claim, &poll, recorded);
    shared.polls.send_modify(|polls| *polls += 1);
    if matches!(recorded, Recorded::Done { deliveries: 1.., .. }) {
        shared.send_wake.notify_one();
    }
    Ok(())
}

/// Reads a body: parse, find what is new, match it. `None` where matching did not end.
async fn read(
    shared: &Arc<Shared>,
    after: &After<'_>,
    body: Body,
    head: &Head,
) -> Result<Option<Poll>, store::Error> {
    let After { rules, feed, claim, now } = *after;
    let body_hash = Sha256::digest(&body.bytes).to_vec();
    if claim.body_hash.as_ref() == Some(&body_hash) {
        return Ok(Some(after.same_again(head)));
    }
    let language = feed.language.clone();
    let document = blocking(move || parse::parse(&body, language.as_deref()))
        .await
        .unwrap_or_else(|| Err("the parser panicked".into()));
    let document = match document {
        Ok(document) => document,
        Err(reason) => {
            let outcome = Outcome::NotAFeed { reason };
            return Ok(Some(after.poll(outcome, head, News::default())));
        }
    };
    let mut keys: Vec<_> = document.items.iter().map(|item| item.key.clone()).collect();
    let unseen = shared.store.unseen(&feed.id, &keys).await?;
    let Document { items, hints, left_out, is_cut, .. } = document;
    let count = items.len();
    let dates = items.iter().filter_map(|item| item.published.or(item.updated));
    // A difference says nothing of how often a feed publishes.
    let pace = if head.partial { None } else { pace::pace(dates, now) };
    let fresh: Vec<Item> = items
        .into_iter()
        .filter(|item| unseen.contains(&item.key))
        .filter(|item| claim.baseline_done || told_at_first(rules, item, now))
        .collect();
    let Some(Matched { alerts, failed }) = matched(shared, rules, feed, fresh, now).await else {
        return Ok(None);
    };
    keys.retain(|key| !failed.contains(key));
    if left_out > 0 {
        tracing::warn!(feed = %feed.id, left_out, "feed holds more items than are read of one document");
    }
    let wishes = Wishes::from(&hints);
    let news = News {
        new_items: unseen.len(),
        overrun: claim.baseline_done && !head.partial && !is_cut && unseen.len() == count,
        pace,
        wishes: Some(wishes),
    };
    let outcome =
        if is_cut { Outcome::Cut { items: count } } else { Outcome::Read { items: count } };
    let mut poll = after.poll(outcome, head, news);
    // Validators never move past items that were not read or not matched.
    let whole = left_out == 0 && !is_cut && failed.is_empty();
    poll.validators = whole.then(|| head.validators.clone());
    poll.document = Some(ReadDocument {
        body_hash: whole.then_some(body_hash),
        wishes,
        items_per_week: pace.map(|pace| pace.items_per_week),
        complete: !head.partial && !is_cut,
        keys,
        alerts,
    });
    Ok(Some(poll))
}

/// Whether an item that is there at a feed's first poll is news all the same.
fn told_at_first(rules: &Rules, item: &Item, now: Timestamp) -> bool {
    match rules.polling.first_poll {
        FirstPoll::Baseline => false,
        FirstPoll::Since(age) => item.published.is_none_or(|at| at >= earlier(now, age)),
    }
}

/// What came of matching.
#[derive(Debug, Default)]
struct Matched {
    alerts: Vec<Alert>,
    /// Items that made the matcher panic: not recorded as seen, so that each poll tries them
    /// again, aloud, until they are matched.
    failed: HashSet<ItemKey>,
}

/// The alerts of items, matched off the async threads; `None` if that did not end, for the
/// process does.
async fn matched(
    shared: &Arc<Shared>,
    rules: &Arc<Rules>,
    feed: &Arc<Feed>,
    items: Vec<Item>,
    now: Timestamp,
) -> Option<Matched> {
    if items.is_empty() {
        return Some(Matched::default());
    }
    let namespace: Namespace = shared.store.namespace().clone();
    let (rules, feed) = (Arc::clone(rules), Arc::clone(feed));
    blocking(move || {
        let mut matched = Matched::default();
        for item in &items {
            let one = AssertUnwindSafe(|| {
                let findings = rules.matcher.scan(Some(&feed.id), item);
                alert::plan(
                    &namespace,
                    &feed,
                    item,
                    &findings,
                    rules.matcher.watches(),
                    &rules.routes,
                    now,
                )
            });
            if let Ok(alerts) = std::panic::catch_unwind(one) {
                matched.alerts.extend(alerts);
            } else {
                tracing::error!(feed = %feed.id, item = ?item.key, "matching panicked; tried again at the next poll");
                matched.failed.insert(item.key.clone());
            }
        }
        matched
    })
    .await
}

/// Runs CPU-bound work off the async threads; `None` if it panicked.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    tokio::task::spawn_blocking(work).await.ok()
}
