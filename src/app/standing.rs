//! How a feed stands after a poll: what is recorded of it beside its items, and what is told.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::Rules;
use super::clock::later;
use crate::feed::fetch::{Head, Validators};
use crate::feed::fresh::Freshness;
use crate::feed::moved::Moved;
use crate::feed::pace::Pace;
use crate::feed::schedule::{self, Standing, Wishes};
use crate::feed::{Feed, Outcome};
use crate::store::{Claim, Hold, Poll, Recorded};

/// How often a feed is asked for its whole document, whatever validators there are: some servers
/// answer 304 to every condition for ever. Once a day is what strict hosts concede to who has no
/// validators at all (Rachel Kroll, “feed reader best practices”), and so no host need be
/// exempt; the eight days of `NetNewsWire` would be eight days without an alert.
const WHOLE_EVERY: Duration = Duration::from_secs(24 * 3_600);

/// The feeds of a host that asked for quiet come back over this part of its length.
const HOLD_SPREAD: u32 = 10;

/// The validators that a poll asks with.
pub(super) fn asked_with(claim: &Claim, now: Timestamp) -> Validators {
    // One that lies ahead was written before the wall clock was set back.
    let is_old = claim.whole_at.is_none_or(|at| at > now || later(at, WHOLE_EVERY) <= now);
    if is_old { Validators::default() } else { claim.validators.clone() }
}

/// After the answer to a poll.
#[derive(Clone, Copy)]
pub(super) struct After<'a> {
    pub(super) rules: &'a Arc<Rules>,
    pub(super) feed: &'a Arc<Feed>,
    pub(super) claim: &'a Claim,
    pub(super) now: Timestamp,
}

/// What a document brought that the schedule must know.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct News {
    pub(super) new_items: usize,
    /// Not one item of it was known.
    pub(super) overrun: bool,
    pub(super) pace: Option<Pace>,
    /// `None`: as the last document had them.
    pub(super) wishes: Option<Wishes>,
}

impl After<'_> {
    /// A 304. One that answers no condition hides a document that was never read.
    pub(super) fn not_modified(&self, asked_with: &Validators, head: &Head) -> Poll {
        if asked_with.is_empty() {
            return self.poll(Outcome::Refused { status: 304 }, head, News::default());
        }
        let validators = self.claim.validators.renewed(head.validators.clone());
        let poll = self.poll(Outcome::Unchanged, head, News::default());
        Poll { validators: Some(validators), whole_at: self.claim.whole_at, ..poll }
    }

    /// The same bytes as last time.
    pub(super) fn same_again(&self, head: &Head) -> Poll {
        let poll = self.poll(Outcome::Unchanged, head, News::default());
        Poll { validators: Some(head.validators.clone()), ..poll }
    }

    /// A poll with this outcome, and when to look again; no document yet, and the validators as
    /// they were.
    pub(super) fn poll(&self, outcome: Outcome, head: &Head, news: News) -> Poll {
        let Self { rules, feed, claim, now } = *self;
        let success = outcome.is_success();
        let failures = if success { 0 } else { claim.failures.saturating_add(1) };
        let fresh = match (head.fresh, claim.max_age) {
            (Freshness::Unsaid, Some(max_age)) if success => Freshness::MaxAge(max_age),
            (said, _) => said,
        };
        let mut hasher = DefaultHasher::new();
        (&feed.id, claim.epoch).hash(&mut hasher);
        let standing = Standing {
            outcome: &outcome,
            wait: claim.wait,
            failures,
            new_items: news.new_items,
            overrun: news.overrun,
            gap: news.pace.map(|pace| pace.gap),
            asked: head.asked,
            fresh,
            wishes: news.wishes.unwrap_or(claim.wishes),
            seed: hasher.finish(),
        };
        let next = schedule::next_check(&rules.polling, feed.interval, &standing, now);
        let hold = schedule::hold(&outcome, &next, now).map(|length| Hold {
            host: head.host.clone().unwrap_or_default(),
            until: next.at,
            spread: length / HOLD_SPREAD,
        });
        // The feed that was told comes last: the others may be fine.
        let after = hold.as_ref().map_or(Duration::ZERO, |hold| hold.spread);
        Poll {
            feed: feed.id.clone(),
            epoch: claim.epoch,
            status: head.status,
            at: now,
            next_poll_at: later(next.at, after),
            next_why: next.why,
            wait: next.wait,
            failures,
            validators: None,
            whole_at: if success { Some(now) } else { claim.whole_at },
            max_age: match fresh {
                _ if !success => claim.max_age,
                Freshness::MaxAge(max_age) => Some(max_age),
                _ => None,
            },
            moved: if success {
                Moved::after(claim.moved.as_ref(), head.moved_to.as_ref())
            } else {
                claim.moved.clone()
            },
            hold,
            document: None,
            outcome,
        }
    }
}

/// Says what an operator wants to know of a poll: alerts, and health when it changes.
pub(super) fn tell(feed: &Feed, claim: &Claim, poll: &Poll, recorded: Recorded) {
    let outcome = poll.outcome.word();
    match recorded {
        Recorded::LeaseLost => {
            tracing::warn!(feed = %feed.id, "lease lost; poll dropped");
            return;
        }
        Recorded::Done { new_items, alerts, deliveries, overrun, .. } => {
            tracing::debug!(feed = %feed.id, outcome, new_items, alerts, "polled");
            if alerts > 0 {
                tracing::info!(feed = %feed.id, new_items, alerts, deliveries, "matched");
            }
            if overrun {
                tracing::warn!(feed = %feed.id, new_items, "no known item was left in the feed: others may have come and gone since the poll before");
            }
        }
    }
    if let Some(moved) = poll.moved.as_ref().filter(|moved| moved.is_news()) {
        let told_before = claim.moved.as_ref().is_some_and(Moved::is_news);
        if !told_before {
            tracing::warn!(feed = %feed.id, new_url = %moved.to, "feed has moved for good; its url should be changed");
        }
    }
    if let (Some(hold), Recorded::Done { held: true, .. }) = (&poll.hold, recorded) {
        tracing::warn!(feed = %feed.id, host = %hold.host, until = %format_args!("{:.0}", hold.until), "host asks for quiet: none of its feeds is polled until then");
    }
    match poll.outcome {
        Outcome::Gone => {
            tracing::warn!(feed = %feed.id, "feed is gone for good (410): it is polled again under a new url only");
            return;
        }
        Outcome::Refused { status: 401 } => {
            tracing::warn!(feed = %feed.id, "feed wants credentials (401): it is polled again after a reload or a restart only");
            return;
        }
        _ => {}
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

    #[test]
    fn the_whole_is_asked_for_once_a_day() {
        #[track_caller]
        fn check(whole_after: Option<i64>, now_after: i64, is_conditional: bool) {
            let at = |hours: i64| Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_hours(hours);
            let claim = Claim {
                feed: FeedId("a".into()),
                host: "a.example".into(),
                epoch: 1,
                validators: Validators { etag: Some(b"1".to_vec()), ..Validators::default() },
                body_hash: None,
                whole_at: whole_after.map(at),
                baseline_done: true,
                failures: 0,
                wait: None,
                max_age: None,
                wishes: Wishes::default(),
                moved: None,
            };
            assert_eq!(!asked_with(&claim, at(now_after)).is_empty(), is_conditional);
        }
        check(None, 0, false);
        check(Some(0), 0, true);
        check(Some(0), 23, true);
        check(Some(0), 24, false);
        check(Some(0), 2_400, false);
        check(Some(1), 0, false); // the wall clock was set back
    }
}
