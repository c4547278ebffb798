//! Recording a poll: the one transaction on which "nothing lost" rests.

use std::collections::HashSet;
use std::time::Duration;

use jiff::Timestamp;
use sqlx::{Row as _, Sqlite as Db, Transaction};

use super::feeds::{HOLD_HORIZON, as_json};
use super::{During as _, Sqlite, rows};
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
        let mut done = Done::default();
        if let Some(document) = &poll.document {
            done = record_document(&mut tx, poll, document).await?;
        }
        let held = record_hold(&mut tx, poll).await?;
        record_feed(&mut tx, poll, done.overrun).await?;
        tx.commit().await.during(CONTEXT)?;
        let Done { new_items, alerts, deliveries, overrun } = done;
        Ok(Recorded::Done { new_items, alerts, deliveries, overrun, held })
    }
}

/// What a document changed.
#[derive(Default)]
struct Done {
    new_items: usize,
    alerts: usize,
    deliveries: usize,
    overrun: bool,
}

/// Seen items, then the alerts of the new ones, then their deliveries; how many of each.
async fn record_document(
    tx: &mut Transaction<'static, Db>,
    poll: &Poll,
    document: &ReadDocument,
) -> Result<Done, Error> {
    let at = poll.at.as_millisecond();
    let keys = as_json(&document.keys);
    let has_had_items = sqlx::query("SELECT EXISTS (SELECT 1 FROM seen WHERE feed = ?1)")
        .bind(&poll.feed.0)
        .fetch_one(&mut **tx)
        .await
        .during(CONTEXT)?
        .get::<bool, _>(0);
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
    let distinct = document.keys.iter().collect::<HashSet<_>>().len();
    let all_new = !new.is_empty() && new.len() == distinct;
    let overrun = document.complete && has_had_items && all_new;
    Ok(Done { new_items: new.len(), alerts, deliveries, overrun })
}

/// The feed's own row, last: the validators move with what they stand for, or not at all.
async fn record_feed(
    tx: &mut Transaction<'static, Db>,
    poll: &Poll,
    overrun: bool,
) -> Result<(), Error> {
    let document = poll.document.as_ref();
    let validators = poll.validators.as_ref();
    let wishes = document.map(|document| document.wishes).unwrap_or_default();
    sqlx::query(
        "UPDATE feed SET
           etag = iif(?2, ?3, etag), last_modified = iif(?2, ?4, last_modified),
           validators_url = iif(?2, ?16, validators_url),
           body_hash = iif(?5 IS NULL, body_hash, ?5), body_at = iif(?6, ?7, body_at),
           ttl_ms = iif(?6, ?8, ttl_ms), baseline_done = baseline_done OR ?6,
           skip_hours = iif(?6, ?17, skip_hours), skip_days = iif(?6, ?18, skip_days),
           items_per_week = coalesce(?19, items_per_week),
           next_poll_at = ?9, wait_ms = ?10, failures = ?11, parked = ?12,
           last_poll_at = ?7, last_success_at = iif(?13, ?7, last_success_at),
           outcome = ?14, outcome_detail = ?15, lease_until = 0,
           status = ?20, next_why = ?21, whole_at = ?22, max_age_ms = ?23,
           moved_to = ?24, moved_times = ?25,
           overruns = overruns + ?26, overrun_at = iif(?26, ?7, overrun_at)
         WHERE id = ?1",
    )
    .bind(&poll.feed.0)
    .bind(validators.is_some())
    .bind(validators.and_then(|it| it.etag.as_deref()))
    .bind(validators.and_then(|it| it.last_modified.as_deref()))
    .bind(document.and_then(|document| document.body_hash.clone()))
    .bind(document.is_some())
    .bind(poll.at.as_millisecond())
    .bind(wishes.ttl.map(rows::ms))
    .bind(poll.next_poll_at.as_millisecond())
    .bind(rows::ms(poll.wait))
    .bind(i64::from(poll.failures))
    .bind(rows::parked_column(poll.next_why))
    .bind(poll.outcome.is_success())
    .bind(poll.outcome.word())
    .bind(poll.outcome.to_string())
    .bind(validators.and_then(|it| it.given_by.as_deref()))
    .bind(i64::from(wishes.skip.hours))
    .bind(i64::from(wishes.skip.days))
    .bind(document.and_then(|document| document.items_per_week))
    .bind(poll.status.map(i64::from))
    .bind(poll.next_why.word())
    .bind(poll.whole_at.map(Timestamp::as_millisecond))
    .bind(poll.max_age.map(rows::ms))
    .bind(poll.moved.as_ref().map(|moved| moved.to.as_str()))
    .bind(i64::from(poll.moved.as_ref().map_or(0, |moved| moved.times)))
    .bind(overrun)
    .execute(&mut **tx)
    .await
    .during(CONTEXT)?;
    Ok(())
}

/// A host that asks for quiet twice is left alone until the later of the two. But where it asks
/// for it at one feed again, and has answered at another in between, it means that feed: else
/// one feed that is refused for ever would silence all its neighbours. Reads what
/// [`record_feed`] writes, and comes before it.
async fn record_hold(tx: &mut Transaction<'static, Db>, poll: &Poll) -> Result<bool, Error> {
    let Some(hold) = &poll.hold else { return Ok(false) };
    let means_one_feed = sqlx::query(
        "SELECT EXISTS (SELECT 1 FROM feed AS this JOIN feed AS other
           ON other.host = ?2 AND other.id <> this.id
           WHERE this.id = ?1 AND this.outcome = ?3 AND other.last_success_at > this.last_poll_at)",
    )
    .bind(&poll.feed.0)
    .bind(&hold.host)
    .bind(poll.outcome.word())
    .fetch_one(&mut **tx)
    .await
    .during(CONTEXT)?
    .get::<bool, _>(0);
    if means_one_feed {
        return Ok(false);
    }
    sqlx::query(
        "INSERT INTO host (host, wait_until, spread_ms) VALUES (?1, ?2, ?3)
         ON CONFLICT (host) DO UPDATE SET wait_until = ?2, spread_ms = ?3
         WHERE wait_until < ?2 OR wait_until > ?4",
    )
    .bind(&hold.host)
    .bind(hold.until.as_millisecond())
    .bind(rows::ms(hold.spread))
    .bind(rows::later_ms(poll.at, HOLD_HORIZON))
    .execute(&mut **tx)
    .await
    .during(CONTEXT)?;
    Ok(true)
}
