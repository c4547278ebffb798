//! Feeds: which there are, and which are due.

use std::collections::HashSet;
use std::time::Duration;

use futures_util::TryStreamExt as _;
use jiff::Timestamp;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::{During as _, Sqlite, rows};
use crate::feed::fetch::Validators;
use crate::feed::moved::Moved;
use crate::feed::schedule::{Skip, Wishes};
use crate::feed::{FeedId, ItemKey};
use crate::store::{Claim, Error, FeedRow, FeedState, Listed};

/// No lease ends and no last poll lies further ahead than this; where one does, the wall clock
/// was set back since, and the feed is due. Its next poll says nothing: an interval may be long.
const HORIZON: Duration = Duration::from_secs(120);
/// No host is left alone for longer than this: 24 hours, and a fifth of it as jitter and spread.
pub(super) const HOLD_HORIZON: Duration = Duration::from_secs(30 * 3_600);

/// When the host of a feed may be asked for it, after it asked for quiet: feeds that were due
/// before follow one another then.
macro_rules! held_until {
    () => {
        "coalesce(wait_until + iif(next_poll_at < wait_until, spread_ms * phase / 1000, 0), 0)"
    };
}

impl Sqlite {
    /// Makes the table of feeds agree with the configuration. A new feed is due at once; a
    /// changed url drops validators and body hash, brings back a feed that was gone, is due at
    /// once, and ends the lease of a poll of the old one, whose validators must not be kept as
    /// the new one's; a feed that is no longer listed keeps its state and is not claimed. One
    /// that was refused for its credentials is polled again when its time comes.
    pub(crate) async fn list_feeds(&self, feeds: &[Listed], now: Timestamp) -> Result<(), Error> {
        const CONTEXT: &str = "listing the feeds";
        let mut tx = self.begin(CONTEXT).await?;
        sqlx::query("UPDATE feed SET listed = 0").execute(&mut *tx).await.during(CONTEXT)?;
        for feed in feeds {
            sqlx::query(
                "INSERT INTO feed (id, url, host, phase, listed, next_poll_at)
                 VALUES (?1, ?2, ?3, ?5, 1, ?4)
                 ON CONFLICT (id) DO UPDATE SET
                   listed = 1, host = excluded.host, url = excluded.url, phase = excluded.phase,
                   etag = iif(url = excluded.url, etag, NULL),
                   last_modified = iif(url = excluded.url, last_modified, NULL),
                   body_hash = iif(url = excluded.url, body_hash, NULL),
                   validators_url = iif(url = excluded.url, validators_url, NULL),
                   whole_at = iif(url = excluded.url, whole_at, NULL),
                   max_age_ms = iif(url = excluded.url, max_age_ms, NULL),
                   moved_to = iif(url = excluded.url, moved_to, NULL),
                   moved_times = iif(url = excluded.url, moved_times, 0),
                   next_why = iif(url = excluded.url, next_why, NULL),
                   parked = iif(url = excluded.url AND parked <> ?6, parked, 0),
                   failures = iif(url = excluded.url, failures, 0),
                   epoch = iif(url = excluded.url, epoch, epoch + 1),
                   lease_until = iif(url = excluded.url, lease_until, 0),
                   next_poll_at = iif(url = excluded.url, next_poll_at, excluded.next_poll_at)",
            )
            .bind(&feed.id.0)
            .bind(&feed.url)
            .bind(&feed.host)
            .bind(now.as_millisecond())
            .bind(i64::from(feed.phase))
            .bind(rows::PARKED_UNAUTHORIZED)
            .execute(&mut *tx)
            .await
            .during(CONTEXT)?;
        }
        tx.commit().await.during(CONTEXT)
    }

    /// The feeds that are due and unclaimed, the longest due first.
    pub(crate) async fn overdue(&self, now: Timestamp) -> Result<Vec<FeedId>, Error> {
        let due = sqlx::query(
            "SELECT id FROM feed WHERE listed = 1 AND parked = 0 AND lease_until <= ?1
               AND next_poll_at <= ?1 ORDER BY next_poll_at, id",
        )
        .bind(now.as_millisecond())
        .fetch_all(&self.readers)
        .await
        .during("looking for overdue feeds")?;
        Ok(due.iter().map(|row| FeedId(row.get("id"))).collect())
    }

    /// Puts off feeds that are still due before the time that is given for each.
    pub(crate) async fn put_off(&self, feeds: &[(FeedId, Timestamp)]) -> Result<(), Error> {
        const CONTEXT: &str = "spreading overdue feeds";
        let mut tx = self.begin(CONTEXT).await?;
        for (feed, until) in feeds {
            sqlx::query("UPDATE feed SET next_poll_at = ?2 WHERE id = ?1 AND next_poll_at < ?2")
                .bind(&feed.0)
                .bind(until.as_millisecond())
                .execute(&mut *tx)
                .await
                .during(CONTEXT)?;
        }
        tx.commit().await.during(CONTEXT)
    }

    /// Claims due feeds, the longest due first, while `room` says yes to them and up to `limit`.
    /// With `not_since`, each feed that was not polled since then is due. A feed whose host
    /// asked for quiet is not due, and one that asked for it itself neither.
    pub(crate) async fn claim_due_feeds(
        &self,
        now: Timestamp,
        lease: Duration,
        limit: usize,
        not_since: Option<Timestamp>,
        room: &mut (dyn FnMut(&Claim) -> bool + Send),
    ) -> Result<Vec<Claim>, Error> {
        const CONTEXT: &str = "claiming due feeds";
        let mut tx = self.begin(CONTEXT).await?;
        let mut claims = Vec::new();
        {
            let mut due = sqlx::query(concat!(
                "SELECT feed.* FROM feed LEFT JOIN host ON host.host = feed.host
                 WHERE listed = 1 AND parked = 0 AND (lease_until <= ?1 OR lease_until > ?2)
                   AND iif(?3 IS NULL,
                           next_poll_at <= ?1 OR coalesce(last_poll_at, next_poll_at) > ?2,
                           (last_poll_at IS NULL OR last_poll_at < ?3)
                           AND (next_poll_at <= ?1 OR next_why IS NOT 'retry_after'))
                   AND (",
                held_until!(),
                " <= ?1 OR wait_until > ?4) ORDER BY next_poll_at",
            ))
            .bind(now.as_millisecond())
            .bind(rows::later_ms(now, HORIZON))
            .bind(not_since.map(Timestamp::as_millisecond))
            .bind(rows::later_ms(now, HOLD_HORIZON))
            .fetch(&mut *tx);
            while claims.len() < limit {
                let Some(row) = due.try_next().await.during(CONTEXT)? else { break };
                let claim = claim(&row);
                if room(&claim) {
                    claims.push(claim);
                }
            }
        }
        for claim in &claims {
            sqlx::query("UPDATE feed SET epoch = ?2, lease_until = ?3 WHERE id = ?1")
                .bind(&claim.feed.0)
                .bind(claim.epoch)
                .bind(rows::later_ms(now, lease))
                .execute(&mut *tx)
                .await
                .during(CONTEXT)?;
        }
        tx.commit().await.during(CONTEXT)?;
        Ok(claims)
    }

    /// When the next feed that nobody has claimed is due; `None` if there is none.
    pub(crate) async fn next_poll_at(&self) -> Result<Option<Timestamp>, Error> {
        let row = sqlx::query(concat!(
            "SELECT min(max(next_poll_at, lease_until, ",
            held_until!(),
            ")) FROM feed LEFT JOIN host ON host.host = feed.host
             WHERE listed = 1 AND parked = 0",
        ))
        .fetch_one(&self.readers)
        .await
        .during("looking for the next poll")?;
        Ok(row.get::<Option<i64>, _>(0).map(rows::from_ms))
    }

    /// How each listed feed fares, by its id.
    pub(crate) async fn feeds(&self) -> Result<Vec<FeedRow>, Error> {
        let found = sqlx::query(concat!(
            "SELECT feed.*, ",
            held_until!(),
            " AS held_until FROM feed LEFT JOIN host ON host.host = feed.host
             WHERE listed = 1 ORDER BY id",
        ))
        .fetch_all(&self.readers)
        .await
        .during("listing the feeds")?;
        Ok(found.iter().map(feed_row).collect())
    }

    /// Which of `keys` are not yet seen in `feed`.
    pub(crate) async fn unseen(
        &self,
        feed: &FeedId,
        keys: &[ItemKey],
    ) -> Result<HashSet<ItemKey>, Error> {
        let found = sqlx::query(
            "SELECT value AS item_key FROM json_each(?2)
             WHERE NOT EXISTS (SELECT 1 FROM seen WHERE feed = ?1 AND item_key = value)",
        )
        .bind(&feed.0)
        .bind(as_json(keys))
        .fetch_all(&self.readers)
        .await
        .during("looking for new items")?;
        Ok(found.iter().map(|row| ItemKey(row.get("item_key"))).collect())
    }
}

/// Keys as one parameter, for `json_each`.
pub(super) fn as_json(keys: &[ItemKey]) -> String {
    serde_json::to_string(keys).expect("strings are JSON")
}

fn claim(row: &SqliteRow) -> Claim {
    Claim {
        feed: FeedId(row.get("id")),
        host: row.get("host"),
        epoch: row.get::<i64, _>("epoch") + 1,
        validators: Validators {
            etag: row.get("etag"),
            last_modified: row.get("last_modified"),
            given_by: row.get("validators_url"),
        },
        body_hash: row.get("body_hash"),
        whole_at: rows::maybe_time(row, "whole_at"),
        baseline_done: row.get::<i64, _>("baseline_done") != 0,
        failures: rows::count(row, "failures"),
        wait: rows::length(row.get("wait_ms")),
        max_age: rows::length(row.get("max_age_ms")),
        wishes: Wishes {
            ttl: rows::length(row.get("ttl_ms")),
            skip: Skip {
                hours: rows::count(row, "skip_hours"),
                days: u8::try_from(rows::count(row, "skip_days")).unwrap_or_default(),
            },
            update_every: None,
        },
        moved: moved(row),
    }
}

fn moved(row: &SqliteRow) -> Option<Moved> {
    let to: Option<String> = row.get("moved_to");
    to.map(|to| Moved { to, times: rows::count(row, "moved_times") })
}

fn feed_row(row: &SqliteRow) -> FeedRow {
    let parked: i64 = row.get("parked");
    let checked_at = rows::maybe_time(row, "last_poll_at");
    let failures = rows::count(row, "failures");
    let state = match (parked, checked_at, failures) {
        (rows::PARKED_GONE, ..) => FeedState::Gone,
        (rows::PARKED_UNAUTHORIZED, ..) => FeedState::Unauthorized,
        (_, _, 1..) => FeedState::Failing,
        (_, None, _) => FeedState::New,
        (_, Some(_), 0) => FeedState::Ok,
    };
    let (own, held) = (rows::time(row, "next_poll_at"), rows::time(row, "held_until"));
    let reason = if held > own { Some("host_throttled".to_owned()) } else { row.get("next_why") };
    FeedRow {
        id: FeedId(row.get("id")),
        url: row.get("url"),
        state,
        checked_at,
        last_success_at: rows::maybe_time(row, "last_success_at"),
        failures,
        status: row.get::<Option<i64>, _>("status").and_then(|it| u16::try_from(it).ok()),
        outcome: row.get("outcome"),
        detail: row.get("outcome_detail"),
        items_per_week: row.get("items_per_week"),
        next_check_at: (parked == 0).then_some(own.max(held)),
        next_reason: reason,
        moved_to: moved(row).filter(Moved::is_for_good).map(|moved| moved.to),
        overruns: rows::count(row, "overruns"),
        overrun_at: rows::maybe_time(row, "overrun_at"),
    }
}
