//! Feeds: which there are, and which are due.

use std::collections::HashSet;
use std::time::Duration;

use futures_util::TryStreamExt as _;
use jiff::Timestamp;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::{During as _, Sqlite, rows};
use crate::feed::fetch::Validators;
use crate::feed::{FeedId, ItemKey};
use crate::store::{Claim, Error, Listed};

/// No lease ends and no last poll lies further ahead than this; where one does, the wall clock
/// was set back since, and the feed is due. Its next poll says nothing: an interval may be long.
const HORIZON: Duration = Duration::from_secs(120);

impl Sqlite {
    /// Makes the table of feeds agree with the configuration. A new feed is due at once; a
    /// changed url drops validators and body hash, brings back a feed that was gone, is due at
    /// once, and ends the lease of a poll of the old one, whose validators must not be kept as
    /// the new one's; a feed that is no longer listed keeps its state and is not claimed.
    pub(crate) async fn list_feeds(&self, feeds: &[Listed], now: Timestamp) -> Result<(), Error> {
        const CONTEXT: &str = "listing the feeds";
        let mut tx = self.begin(CONTEXT).await?;
        sqlx::query("UPDATE feed SET listed = 0").execute(&mut *tx).await.during(CONTEXT)?;
        for feed in feeds {
            sqlx::query(
                "INSERT INTO feed (id, url, host, listed, next_poll_at) VALUES (?1, ?2, ?3, 1, ?4)
                 ON CONFLICT (id) DO UPDATE SET
                   listed = 1, host = excluded.host, url = excluded.url,
                   etag = iif(url = excluded.url, etag, NULL),
                   last_modified = iif(url = excluded.url, last_modified, NULL),
                   body_hash = iif(url = excluded.url, body_hash, NULL),
                   gone = iif(url = excluded.url, gone, 0),
                   failures = iif(url = excluded.url, failures, 0),
                   epoch = iif(url = excluded.url, epoch, epoch + 1),
                   lease_until = iif(url = excluded.url, lease_until, 0),
                   next_poll_at = iif(url = excluded.url, next_poll_at, excluded.next_poll_at)",
            )
            .bind(&feed.id.0)
            .bind(&feed.url)
            .bind(&feed.host)
            .bind(now.as_millisecond())
            .execute(&mut *tx)
            .await
            .during(CONTEXT)?;
        }
        tx.commit().await.during(CONTEXT)
    }

    /// Claims due feeds, the longest due first, while `room` says yes to their host and up to
    /// `limit`. With `not_since`, each feed that was not polled since then is due.
    pub(crate) async fn claim_due_feeds(
        &self,
        now: Timestamp,
        lease: Duration,
        limit: usize,
        not_since: Option<Timestamp>,
        room: &mut (dyn FnMut(&str) -> bool + Send),
    ) -> Result<Vec<Claim>, Error> {
        const CONTEXT: &str = "claiming due feeds";
        let mut tx = self.begin(CONTEXT).await?;
        let mut claims = Vec::new();
        {
            let mut due = sqlx::query(
                "SELECT * FROM feed
                 WHERE listed = 1 AND gone = 0 AND (lease_until <= ?1 OR lease_until > ?2)
                   AND iif(?3 IS NULL,
                           next_poll_at <= ?1 OR coalesce(last_poll_at, next_poll_at) > ?2,
                           last_poll_at IS NULL OR last_poll_at < ?3)
                 ORDER BY next_poll_at",
            )
            .bind(now.as_millisecond())
            .bind(rows::later_ms(now, HORIZON))
            .bind(not_since.map(Timestamp::as_millisecond))
            .fetch(&mut *tx);
            while claims.len() < limit {
                let Some(row) = due.try_next().await.during(CONTEXT)? else { break };
                let claim = claim(&row);
                if room(&claim.host) {
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
        let row = sqlx::query(
            "SELECT min(max(next_poll_at, lease_until)) FROM feed WHERE listed = 1 AND gone = 0",
        )
        .fetch_one(&self.readers)
        .await
        .during("looking for the next poll")?;
        Ok(row.get::<Option<i64>, _>(0).map(rows::from_ms))
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
        validators: Validators { etag: row.get("etag"), last_modified: row.get("last_modified") },
        body_hash: row.get("body_hash"),
        baseline_done: row.get::<i64, _>("baseline_done") != 0,
        failures: rows::count(row, "failures"),
        wait: rows::length(row.get("wait_ms")),
        ttl: rows::length(row.get("ttl_ms")),
    }
}
