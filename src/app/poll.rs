//! Polling: claim due feeds; fetch, parse, match; record.
//!
//! A feed is claimed only when there is room for it: in all, and at its host. So a slow host
//! keeps its own feeds waiting and nobody else's.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::FutureExt as _;
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::clock::{earlier, later};
use super::{LEASE, Rules, STORE_PAUSE, Shared, chain};
use crate::alert::{self, Alert, Namespace};
use crate::feed::fetch::{self, Body, Fetched, Validators};
use crate::feed::parse::{self, Document};
use crate::feed::schedule::{self, FirstPoll, Standing};
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
    /// Each ends with the host whose place it gives back.
    under_way: JoinSet<String>,
    hosts: HashMap<String, usize>,
    /// When feeds were last claimed: what was due then and is unclaimed waits for room.
    claimed_at: Timestamp,
}

impl Poller {
    pub(super) fn new(shared: Arc<Shared>, stop: CancellationToken) -> Self {
        let (under_way, hosts) = (JoinSet::new(), HashMap::new());
        Self { shared, stop, under_way, hosts, claimed_at: Timestamp::MIN }
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
        let hosts = &mut self.hosts;
        let mut taken = Vec::new();
        let mut room = |host: &str| {
            let busy = hosts.entry(host.to_owned()).or_default();
            let has_room = *busy < per_host;
            if has_room {
                *busy += 1;
                taken.push(host.to_owned());
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
                for host in &taken {
                    self.free(host);
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
                let host = claim.host.clone();
                let polling = poll(&shared, &rules, &feed, claim, &stop);
                match AssertUnwindSafe(polling).catch_unwind().await {
                    Ok(Ok(())) => {}
                    Ok(Err(error)) => {
                        tracing::error!(feed = %feed.id, error = chain(&error), "poll not recorded");
                    }
                    Err(_) => tracing::error!(feed = %feed.id, "poll panicked"),
                }
                host
            });
        }
        Ok(count)
    }

    fn free(&mut self, host: &str) {
        if let Some(busy) = self.hosts.get_mut(host) {
            *busy = busy.saturating_sub(1);
            if *busy == 0 {
                self.hosts.remove(host);
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
            Some(host) = self.under_way.join_next() => {
                self.free(&host.expect("panics are caught and nothing aborts"));
            }
        }
    }

    /// Waits for one poll to end; `false` if none is under way.
    pub(super) async fn ended(&mut self) -> bool {
        match self.under_way.join_next().await {
            Some(host) => {
                self.free(&host.expect("panics are caught and nothing aborts"));
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
    let fetched = tokio::select! {
        fetched = fetch::fetch(&rules.feed_client, &rules.polling, &feed.url, &claim.validators) => fetched,
        // Nothing is lost: the validators have not moved.
        () = stop.cancelled() => return Ok(()),
    };
    let now = shared.clock.now();
    let poll = match fetched {
        Fetched::Nothing { outcome, validators, hint } => {
            let (outcome, validators) = not_modified(&claim, outcome, validators);
            let throttled = matches!(outcome, Outcome::Throttled { .. });
            let (asked, hint) = if throttled { (hint, None) } else { (None, hint) };
            let next = Next { new_items: 0, asked, hint: larger(hint, claim.ttl) };
            planned(rules, feed, &claim, outcome, now, &next).with_validators(validators)
        }
        Fetched::Body(body) => match read(shared, rules, feed, &claim, body, now).await? {
            Some(poll) => poll,
            // The process ends: what was not matched is not recorded as seen.
            None => return Ok(()),
        },
    };
    let recorded = shared.store.record_poll(&poll).await;
    shared.note(Part::PollRecords, &recorded);
    let recorded = recorded?;
    tell(feed, &claim, &poll, recorded);
    if matches!(recorded, Recorded::Done { deliveries: 1.., .. }) {
        shared.send_wake.notify_one();
    }
    Ok(())
}

/// What a 304 means, where the outcome is one: what it does not name stays as it was (RFC 9111
/// §4.3.4), and one that answers no condition hides a document that was never read.
fn not_modified(
    claim: &Claim,
    outcome: Outcome,
    new: Option<Validators>,
) -> (Outcome, Option<Validators>) {
    let old = &claim.validators;
    if outcome != Outcome::Unchanged {
        return (outcome, new);
    }
    if *old == Validators::default() {
        return (Outcome::Refused { status: 304 }, None);
    }
    let merged = |new: Validators| Validators {
        etag: new.etag.or_else(|| old.etag.clone()),
        last_modified: new.last_modified.or_else(|| old.last_modified.clone()),
    };
    (outcome, new.map(merged))
}

/// Reads a body: parse, find what is new, match it. `None` where matching did not end.
async fn read(
    shared: &Arc<Shared>,
    rules: &Arc<Rules>,
    feed: &Arc<Feed>,
    claim: &Claim,
    body: Body,
    now: Timestamp,
) -> Result<Option<Poll>, store::Error> {
    let body_hash = Sha256::digest(&body.bytes).to_vec();
    let (validators, hint) = (body.validators.clone(), body.hint);
    if let Some(new_url) = &body.moved_to {
        tracing::warn!(feed = %feed.id, new_url = %new_url, "feed has moved for good; its url should be changed");
    }
    if claim.body_hash.as_ref() == Some(&body_hash) {
        let next = Next { new_items: 0, asked: None, hint: larger(hint, claim.ttl) };
        let poll = planned(rules, feed, claim, Outcome::Unchanged, now, &next);
        return Ok(Some(poll.with_validators(Some(validators))));
    }
    let language = feed.language.clone();
    let document = blocking(move || parse::parse(&body, language.as_deref()))
        .await
        .unwrap_or_else(|| Err("the parser panicked".into()));
    let document = match document {
        Ok(document) => document,
        Err(reason) => {
            let next = Next { new_items: 0, asked: None, hint: None };
            return Ok(Some(planned(rules, feed, claim, Outcome::NotAFeed { reason }, now, &next)));
        }
    };
    let mut keys: Vec<_> = document.items.iter().map(|item| item.key.clone()).collect();
    let unseen = shared.store.unseen(&feed.id, &keys).await?;
    let Document { items, hints, left_out, is_cut, .. } = document;
    let ttl = hints.ttl;
    let count = items.len();
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
    let next = Next { new_items: unseen.len(), asked: None, hint: larger(hint, ttl) };
    let outcome =
        if is_cut { Outcome::Cut { items: count } } else { Outcome::Read { items: count } };
    let mut poll = planned(rules, feed, claim, outcome, now, &next);
    // Validators never move past items that were not read or not matched.
    let whole = left_out == 0 && !is_cut && failed.is_empty();
    poll.validators = whole.then_some(validators);
    poll.document = Some(ReadDocument { body_hash: whole.then_some(body_hash), ttl, keys, alerts });
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

/// What the schedule must know of this poll.
struct Next {
    new_items: usize,
    asked: Option<Duration>,
    hint: Option<Duration>,
}

/// A poll with this outcome, and when to look again; no document yet.
fn planned(
    rules: &Rules,
    feed: &Feed,
    claim: &Claim,
    outcome: Outcome,
    now: Timestamp,
    next: &Next,
) -> Poll {
    let failures = if outcome.is_success() { 0 } else { claim.failures.saturating_add(1) };
    let mut hasher = DefaultHasher::new();
    (&feed.id, claim.epoch).hash(&mut hasher);
    let standing = Standing {
        wait: claim.wait,
        failures,
        new_items: next.new_items,
        asked: next.asked,
        hint: next.hint,
        seed: hasher.finish(),
    };
    let next = schedule::next_check(&rules.polling, feed.interval, standing, now);
    Poll {
        feed: feed.id.clone(),
        epoch: claim.epoch,
        outcome,
        at: now,
        next_poll_at: next.at,
        wait: next.wait,
        failures,
        validators: None,
        document: None,
    }
}

impl Poll {
    fn with_validators(self, validators: Option<Validators>) -> Self {
        Self { validators, ..self }
    }
}

fn larger(one: Option<Duration>, other: Option<Duration>) -> Option<Duration> {
    one.max(other)
}

/// Says what an operator wants to know of a poll: alerts, and health when it changes.
fn tell(feed: &Feed, claim: &Claim, poll: &Poll, recorded: Recorded) {
    let outcome = poll.outcome.word();
    match recorded {
        Recorded::LeaseLost => {
            tracing::warn!(feed = %feed.id, "lease lost; poll dropped");
            return;
        }
        Recorded::Done { new_items, alerts, deliveries } => {
            tracing::debug!(feed = %feed.id, outcome, new_items, alerts, "polled");
            if alerts > 0 {
                tracing::info!(feed = %feed.id, new_items, alerts, deliveries, "matched");
            }
        }
    }
    if poll.outcome == Outcome::Gone {
        tracing::warn!(feed = %feed.id, "feed is gone for good (410): it is polled again under a new url only");
        return;
    }
    match (poll.outcome.is_success(), claim.failures) {
        (false, 0) => {
            tracing::warn!(feed = %feed.id, outcome, detail = %poll.outcome, next = %format_args!("{:.0}", poll.next_poll_at), "feed fails");
        }
        (false, _) => {
            tracing::debug!(feed = %feed.id, outcome, detail = %poll.outcome, failures = poll.failures, next = %format_args!("{:.0}", poll.next_poll_at), "feed still fails");
        }
        (true, 1..) => {
            tracing::info!(feed = %feed.id, after = claim.failures, "feed is well again");
        }
        (true, 0) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feed::FeedId;

    fn validators(etag: &str, last_modified: &str) -> Validators {
        let some = |text: &str| (!text.is_empty()).then(|| text.as_bytes().to_vec());
        Validators { etag: some(etag), last_modified: some(last_modified) }
    }

    #[test]
    fn a_304_changes_what_it_names_and_answers_a_condition() {
        #[track_caller]
        fn check(
            old: Validators,
            outcome: Outcome,
            new: Option<Validators>,
            expected: &(Outcome, Option<Validators>),
        ) {
            let claim = Claim {
                feed: FeedId("a".into()),
                host: "a.example".into(),
                epoch: 1,
                validators: old,
                body_hash: None,
                baseline_done: true,
                failures: 0,
                wait: None,
                ttl: None,
            };
            assert_eq!(not_modified(&claim, outcome, new), *expected);
        }
        let unchanged = Outcome::Unchanged;
        let both = validators("1", "then");
        check(both.clone(), unchanged.clone(), None, &(unchanged.clone(), None));
        check(
            both.clone(),
            unchanged.clone(),
            Some(validators("2", "")),
            &(unchanged.clone(), Some(validators("2", "then"))),
        );
        check(
            both.clone(),
            unchanged.clone(),
            Some(validators("", "now")),
            &(unchanged.clone(), Some(validators("1", "now"))),
        );
        let unasked = (Outcome::Refused { status: 304 }, None);
        check(Validators::default(), unchanged, Some(both.clone()), &unasked);
        check(both, Outcome::Gone, None, &(Outcome::Gone, None));
    }
}
