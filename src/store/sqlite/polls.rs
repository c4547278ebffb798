//! Recording a poll: the one transaction on which "nothing lost" rests.

use std::collections::HashSet;
use std::time::Duration;

use sqlx::{Row as _, Sqlite as Db, Transaction};

use super::feeds::as_json;
use super::{During as _, Sqlite, rows};
use crate::feed::Outcome;
use crate::store::{Error, Poll, ReadDocument, Recorded};

const CONTEXT: &str = "recording a poll";
/// `seen.present_at` is refreshed at most this often: a feed that is read every minute must not
/// rewrite all its rows each time.
pub(super) const PRESENT_GRAIN: Duration = Duration::from_secs(86_400);

impl Sqlite {
    /// Records a poll in one transaction: seen items, alerts, deliveries, validators, schedule.
    ///
    /// Nothing is written if the lease has passed to someone else. An item that turns out to be
    /// known brings no alert, and an alert or delivery that is there stays as it is.
    pub(crate) async fn record_poll(&self, poll: &Poll) -> Result<Recorded, Error> {
        let mut tx = self.begin(CONTEXT).await?;
        let row = sqlx::query("SELECT epoch FROM feed WHERE id = ?1")
            .bind(&poll.feed.0)
            .fetch_optional(&mut *tx)
            .await
            .during(CONTEXT)?;
        if row.is_none_or(|row| row.get::<i64, _>("epoch") != poll.epoch) {
            return Ok(Recorded::LeaseLost); // dropped: rolled back
        }
        let mut done = (0, 0, 0);
        if let Some(document) = &poll.document {
            done = record_document(&mut tx, poll, document).await?;
        }
        record_feed(&mut tx, poll).await?;
        tx.commit().await.during(CONTEXT)?;
        let (new_items, alerts, deliveries) = done;
        Ok(Recorded::Done { new_items, alerts, deliveries })
    }
}

/// Seen items, then the alerts of the new ones, then their deliveries; how many of each.
async fn record_document(
    tx: &mut Transaction<'static, Db>,
    poll: &Poll,
    document: &ReadDocument,
) -> Result<(usize, usize, usize), Error> {
    let at = poll.at.as_millisecond();
    let keys = as_json(&document.keys);
    let new = sqlx::query(
        "INSERT INTO seen (feed, item_key, first_seen_at, present_at)
         SELECT ?1, value, ?3, ?3 FROM json_each(?2) WHERE true
         ON CONFLICT DO NOTHING RETURNING item_key",
    )
    .bind(&poll.feed.0)
    .bind(&keys)
    .bind(at)
    .fetch_all(&mut **tx)
    .await
    .during(CONTEXT)?;
    sqlx::query(
        "UPDATE seen SET present_at = ?3
         WHERE feed = ?1 AND item_key IN (SELECT value FROM json_each(?2)) AND present_at < ?4",
    )
    .bind(&poll.feed.0)
    .bind(&keys)
    .bind(at)
    .bind(at - rows::ms(PRESENT_GRAIN))
    .execute(&mut **tx)
    .await
    .during(CONTEXT)?;

    let new: HashSet<String> = new.iter().map(|row| row.get("item_key")).collect();
    let (mut alerts, mut deliveries) = (0, 0);
    for alert in document.alerts.iter().filter(|alert| new.contains(&alert.item_key.0)) {
        let inserted = sqlx::query(
            "INSERT INTO alert
               (id, watch, severity, feed, item_key, title, url, score, created_at, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT DO NOTHING",
        )
        .bind(&alert.id.0)
        .bind(&alert.watch)
        .bind(rows::severity_column(alert.severity))
        .bind(&alert.feed.0)
        .bind(&alert.item_key.0)
        .bind(&alert.title)
        .bind(&alert.url)
        .bind(alert.score)
        .bind(alert.created_at.as_millisecond())
        .bind(&alert.body)
        .execute(&mut **tx)
        .await
        .during(CONTEXT)?;
        alerts += usize::from(inserted.rows_affected() > 0);
        for notifier in &alert.receivers {
            let inserted = sqlx::query(
                "INSERT INTO delivery (alert, notifier, state, created_at, next_attempt_at)
                 VALUES (?1, ?2, 0, ?3, ?3) ON CONFLICT DO NOTHING",
            )
            .bind(&alert.id.0)
            .bind(notifier)
            .bind(alert.created_at.as_millisecond())
            .execute(&mut **tx)
            .await
            .during(CONTEXT)?;
            deliveries += usize::from(inserted.rows_affected() > 0);
        }
    }
    Ok((new.len(), alerts, deliveries))
}

/// The feed's own row, last: the validators move with what they stand for, or not at all.
async fn record_feed(tx: &mut Transaction<'static, Db>, poll: &Poll) -> Result<(), Error> {
    let document = poll.document.as_ref();
    let (new_validators, etag, last_modified) = match &poll.validators {
        Some(validators) => (true, validators.etag.as_deref(), validators.last_modified.as_deref()),
        None => (false, None, None),
    };
    sqlx::query(
        "UPDATE feed SET
           etag = iif(?2, ?3, etag), last_modified = iif(?2, ?4, last_modified),
           body_hash = iif(?5 IS NULL, body_hash, ?5), body_at = iif(?6, ?7, body_at),
           ttl_ms = iif(?6, ?8, ttl_ms), baseline_done = baseline_done OR ?6,
           next_poll_at = ?9, wait_ms = ?10, failures = ?11, gone = ?12,
           last_poll_at = ?7, last_success_at = iif(?13, ?7, last_success_at),
           outcome = ?14, outcome_detail = ?15, lease_until = 0
         WHERE id = ?1",
    )
    .bind(&poll.feed.0)
    .bind(new_validators)
    .bind(etag)
    .bind(last_modified)
    .bind(document.and_then(|document| document.body_hash.clone()))
    .bind(document.is_some())
    .bind(poll.at.as_millisecond())
    .bind(document.and_then(|document| document.ttl).map(rows::ms))
    .bind(poll.next_poll_at.as_millisecond())
    .bind(rows::ms(poll.wait))
    .bind(i64::from(poll.failures))
    .bind(poll.outcome == Outcome::Gone)
    .bind(poll.outcome.is_success())
    .bind(poll.outcome.word())
    .bind(poll.outcome.to_string())
    .execute(&mut **tx)
    .await
    .during(CONTEXT)?;
    Ok(())
}
