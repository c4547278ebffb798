//! Forgetting what is old, and never what is open.

use jiff::Timestamp;

use super::polls::PRESENT_GRAIN;
use super::{During as _, Sqlite, rows};
use crate::store::Error;

/// Rows that go in one transaction: others wait for it.
const BATCH: i64 = 5_000;

impl Sqlite {
    /// Forgets what is old: seen items that left their feed before `seen_before`, and alerts
    /// made before `alerts_before` of which every delivery was delivered. How many rows went.
    ///
    /// A seen item that stands in its feed's last document stays, however old: forgotten, it
    /// would come back as new. Open and dead deliveries stay until someone acts on them.
    pub(crate) async fn prune(
        &self,
        seen_before: Timestamp,
        alerts_before: Timestamp,
    ) -> Result<u64, Error> {
        const CONTEXT: &str = "pruning the store";
        let mut gone = 0;
        loop {
            let mut tx = self.begin(CONTEXT).await?;
            let seen = sqlx::query(
                "DELETE FROM seen WHERE (feed, item_key) IN (
                   SELECT seen.feed, item_key FROM seen LEFT JOIN feed ON feed.id = seen.feed
                   WHERE present_at < ?1 AND present_at < coalesce(body_at, present_at + ?2 + 1) - ?2
                   LIMIT ?3)",
            )
            .bind(seen_before.as_millisecond())
            .bind(rows::ms(PRESENT_GRAIN))
            .bind(BATCH)
            .execute(&mut *tx)
            .await
            .during(CONTEXT)?
            .rows_affected();
            let alerts = sqlx::query(
                "DELETE FROM alert WHERE id IN (
                   SELECT id FROM alert WHERE created_at < ?1 AND NOT EXISTS (
                     SELECT 1 FROM delivery WHERE delivery.alert = alert.id AND state <> 2)
                   LIMIT ?2)",
            )
            .bind(alerts_before.as_millisecond())
            .bind(BATCH)
            .execute(&mut *tx)
            .await
            .during(CONTEXT)?
            .rows_affected();
            tx.commit().await.during(CONTEXT)?;
            gone += seen + alerts;
            if seen + alerts == 0 {
                return Ok(gone);
            }
        }
    }
}
