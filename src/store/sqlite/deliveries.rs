//! The outbox: claims, results, replay.

use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::{During as _, Sqlite, rows};
use crate::alert::AlertId;
use crate::notify::{Attempt, Delivery, Verdict};
use crate::store::{DeliveryFilter, Error};

/// No try is planned and no lease ends further ahead than this: the longest wait is 24 hours,
/// and a fifth of it as jitter. What lies beyond was written before the wall clock was set back,
/// and counts as past.
const HORIZON: Duration = Duration::from_secs(30 * 3_600);

impl Sqlite {
    /// Claims due deliveries, the longest due first, at most `room[notifier]` for each;
    /// notifiers that are not in `room`, or asked to wait, get none. The attempt is counted
    /// here, before anything is sent.
    pub(crate) async fn claim_deliveries(
        &self,
        now: Timestamp,
        lease: Duration,
        room: &HashMap<String, usize>,
    ) -> Result<Vec<Delivery>, Error> {
        const CONTEXT: &str = "claiming deliveries";
        let mut tx = self.begin(CONTEXT).await?;
        let mut claimed = Vec::new();
        for (notifier, places) in room {
            // Whoever set the clock back made these rows wait for a time that was never meant.
            sqlx::query(
                "UPDATE delivery SET next_attempt_at = ?2
                 WHERE notifier = ?1 AND state < 2 AND next_attempt_at > ?3",
            )
            .bind(notifier)
            .bind(now.as_millisecond())
            .bind(rows::later_ms(now, HORIZON))
            .execute(&mut *tx)
            .await
            .during(CONTEXT)?;
            let due = sqlx::query(
                "SELECT alert, attempts, epoch, coalesce(first_try_at, ?2) AS first_try_at,
                        alert.body
                 FROM delivery JOIN alert ON alert.id = delivery.alert
                 WHERE notifier = ?1 AND state < 2 AND next_attempt_at <= ?2
                   AND (lease_until <= ?2 OR lease_until > ?3)
                   AND NOT EXISTS (SELECT 1 FROM receiver WHERE receiver.notifier = ?1
                                   AND wait_until > ?2 AND wait_until <= ?3)
                 ORDER BY next_attempt_at, delivery.created_at, alert LIMIT ?4",
            )
            .bind(notifier)
            .bind(now.as_millisecond())
            .bind(rows::later_ms(now, HORIZON))
            .bind(i64::try_from(*places).unwrap_or(i64::MAX))
            .fetch_all(&mut *tx)
            .await
            .during(CONTEXT)?;
            claimed.extend(due.iter().map(|row| Delivery {
                alert: AlertId(row.get("alert")),
                notifier: notifier.clone(),
                attempt: rows::count(row, "attempts").saturating_add(1),
                epoch: row.get::<i64, _>("epoch") + 1,
                body: row.get("body"),
                first_try_at: rows::time(row, "first_try_at"),
            }));
        }
        for delivery in &claimed {
            sqlx::query(
                "UPDATE delivery SET state = 1, attempts = ?3, epoch = ?4, lease_until = ?5,
                   first_try_at = ?6
                 WHERE alert = ?1 AND notifier = ?2",
            )
            .bind(&delivery.alert.0)
            .bind(&delivery.notifier)
            .bind(i64::from(delivery.attempt))
            .bind(delivery.epoch)
            .bind(rows::later_ms(now, lease))
            .bind(delivery.first_try_at.as_millisecond())
            .execute(&mut *tx)
            .await
            .during(CONTEXT)?;
        }
        tx.commit().await.during(CONTEXT)?;
        Ok(claimed)
    }

    /// When the next delivery that waits for one of `notifiers` can be claimed; `None` if none
    /// waits. What is in flight is left out: a look at each would cost a large backlog dearly,
    /// and the loop comes round often enough to find a lease that ended.
    pub(crate) async fn next_attempt_at(
        &self,
        notifiers: &[String],
    ) -> Result<Option<Timestamp>, Error> {
        let row = sqlx::query(
            "SELECT min(max(next_at, coalesce(wait_until, 0)))
             FROM (SELECT value AS notifier,
                          (SELECT next_attempt_at FROM delivery
                           WHERE notifier = value AND state < 2 AND state = 0
                           ORDER BY next_attempt_at LIMIT 1) AS next_at
                   FROM json_each(?1)) AS asked
             LEFT JOIN receiver ON receiver.notifier = asked.notifier",
        )
        .bind(serde_json::to_string(notifiers).expect("strings are JSON"))
        .fetch_one(&self.readers)
        .await
        .during("looking for the next try")?;
        Ok(row.get::<Option<i64>, _>(0).map(rows::from_ms))
    }

    /// Records what came of a try, unless its lease was lost (`false`).
    pub(crate) async fn record_attempt(
        &self,
        delivery: &Delivery,
        attempt: &Attempt,
        now: Timestamp,
    ) -> Result<bool, Error> {
        const CONTEXT: &str = "recording a try";
        let mut tx = self.begin(CONTEXT).await?;
        // (state, next_attempt_at, done_at, tries given back)
        let (state, next, done, back) = match &attempt.verdict {
            Verdict::Delivered => (2, None, Some(now), 0),
            Verdict::Retry { at } => (0, Some(*at), None, 0),
            Verdict::Wait { at } => (0, Some(*at), None, 1),
            Verdict::Dead { .. } => (3, None, Some(now), 0),
        };
        let note = match &attempt.verdict {
            Verdict::Dead { reason } => format!("{reason}: {}", attempt.note),
            _ => attempt.note.clone(),
        };
        let updated = sqlx::query(
            "UPDATE delivery SET
               state = ?4, next_attempt_at = coalesce(?5, next_attempt_at), done_at = ?6,
               attempts = attempts - ?7, status = ?8, note = ?9, lease_until = 0
             WHERE alert = ?1 AND notifier = ?2 AND epoch = ?3 AND state = 1",
        )
        .bind(&delivery.alert.0)
        .bind(&delivery.notifier)
        .bind(delivery.epoch)
        .bind(state)
        .bind(next.map(Timestamp::as_millisecond))
        .bind(done.map(Timestamp::as_millisecond))
        .bind(back)
        .bind(attempt.status.map(i64::from))
        .bind(note)
        .execute(&mut *tx)
        .await
        .during(CONTEXT)?;
        if updated.rows_affected() == 0 {
            return Ok(false); // dropped: rolled back
        }
        if let Verdict::Wait { at } = &attempt.verdict {
            sqlx::query(
                "INSERT INTO receiver (notifier, wait_until) VALUES (?1, ?2)
                 ON CONFLICT (notifier) DO UPDATE
                   SET wait_until = max(wait_until, excluded.wait_until)",
            )
            .bind(&delivery.notifier)
            .bind(at.as_millisecond())
            .execute(&mut *tx)
            .await
            .during(CONTEXT)?;
        }
        tx.commit().await.during(CONTEXT)?;
        Ok(true)
    }

    /// How many deliveries are open for each notifier, configured or not.
    pub(crate) async fn backlog(&self) -> Result<Vec<(String, u64)>, Error> {
        let found = sqlx::query(
            "SELECT notifier, count(*) AS open FROM delivery WHERE state < 2
             GROUP BY notifier ORDER BY notifier",
        )
        .fetch_all(&self.readers)
        .await
        .during("counting open deliveries")?;
        let one = |row: &SqliteRow| {
            (row.get("notifier"), u64::try_from(row.get::<i64, _>("open")).unwrap_or(0))
        };
        Ok(found.iter().map(one).collect())
    }

    /// Makes matching dead or delivered deliveries pending again, with their old ids and
    /// bodies and the whole schedule before them; how many. What is pending or in flight stays
    /// as it is. `filter.limit` does not count.
    pub(crate) async fn replay(
        &self,
        filter: &DeliveryFilter,
        now: Timestamp,
    ) -> Result<u64, Error> {
        const CONTEXT: &str = "replaying deliveries";
        let mut tx = self.begin(CONTEXT).await?;
        let updated = sqlx::query(
            "UPDATE delivery SET state = 0, attempts = 0, first_try_at = NULL,
               next_attempt_at = ?5, done_at = NULL
             WHERE state >= 2
               AND (?1 IS NULL OR alert = ?1) AND (?2 IS NULL OR notifier = ?2)
               AND (?3 IS NULL OR state = ?3) AND (?4 IS NULL OR created_at >= ?4)",
        )
        .bind(&filter.alert)
        .bind(&filter.notifier)
        .bind(filter.state.map(rows::state_column))
        .bind(filter.since.map(Timestamp::as_millisecond))
        .bind(now.as_millisecond())
        .execute(&mut *tx)
        .await
        .during(CONTEXT)?;
        tx.commit().await.during(CONTEXT)?;
        Ok(updated.rows_affected())
    }
}
