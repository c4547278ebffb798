//! Looking back: alerts, deliveries, the books.

use jiff::Timestamp;
use sqlx::Row as _;

use super::{During as _, Sqlite, rows};
use crate::alert::AlertId;
use crate::feed::FeedId;
use crate::store::{AlertFilter, AlertRow, Books, DeliveryFilter, DeliveryRow, Error};

impl Sqlite {
    /// Alerts, the newest first.
    pub(crate) async fn alerts(&self, filter: &AlertFilter) -> Result<Vec<AlertRow>, Error> {
        let found = sqlx::query(
            "SELECT * FROM alert
             WHERE (?1 IS NULL OR watch = ?1) AND (?2 IS NULL OR created_at >= ?2)
               AND (?3 IS NULL OR severity >= ?3)
             ORDER BY created_at DESC, id LIMIT ?4",
        )
        .bind(&filter.watch)
        .bind(filter.since.map(Timestamp::as_millisecond))
        .bind(filter.min_severity.map(rows::severity_column))
        .bind(i64::from(filter.limit))
        .fetch_all(&self.readers)
        .await
        .during("listing alerts")?;
        Ok(found
            .iter()
            .map(|row| AlertRow {
                id: AlertId(row.get("id")),
                watch: row.get("watch"),
                severity: rows::severity(row.get("severity")),
                feed: FeedId(row.get("feed")),
                title: row.get("title"),
                url: row.get("url"),
                score: row.get("score"),
                created_at: rows::time(row, "created_at"),
            })
            .collect())
    }

    /// The frozen body of one alert.
    pub(crate) async fn alert_body(&self, id: &AlertId) -> Result<Option<String>, Error> {
        let row = sqlx::query("SELECT body FROM alert WHERE id = ?1")
            .bind(&id.0)
            .fetch_optional(&self.readers)
            .await
            .during("reading an alert")?;
        Ok(row.map(|row| row.get("body")))
    }

    /// Deliveries, the newest first.
    pub(crate) async fn deliveries(
        &self,
        filter: &DeliveryFilter,
    ) -> Result<Vec<DeliveryRow>, Error> {
        let found = sqlx::query(
            "SELECT delivery.*, alert.title FROM delivery JOIN alert ON alert.id = delivery.alert
             WHERE (?1 IS NULL OR alert = ?1) AND (?2 IS NULL OR notifier = ?2)
               AND (?3 IS NULL OR state = ?3) AND (?4 IS NULL OR delivery.created_at >= ?4)
             ORDER BY delivery.created_at DESC, alert, notifier LIMIT ?5",
        )
        .bind(&filter.alert)
        .bind(&filter.notifier)
        .bind(filter.state.map(rows::state_column))
        .bind(filter.since.map(Timestamp::as_millisecond))
        .bind(i64::from(filter.limit))
        .fetch_all(&self.readers)
        .await
        .during("listing deliveries")?;
        Ok(found
            .iter()
            .map(|row| {
                let state = row.get::<i64, _>("state");
                DeliveryRow {
                    alert: AlertId(row.get("alert")),
                    notifier: row.get("notifier"),
                    state: rows::state(state),
                    attempts: rows::count(row, "attempts"),
                    created_at: rows::time(row, "created_at"),
                    next_attempt_at: (state == 0).then(|| rows::time(row, "next_attempt_at")),
                    done_at: rows::maybe_time(row, "done_at"),
                    status: row.get::<Option<i64>, _>("status").and_then(|it| it.try_into().ok()),
                    note: row.get("note"),
                    title: row.get("title"),
                }
            })
            .collect())
    }

    /// The books: how many alerts and deliveries there are, and where they stand.
    pub(crate) async fn books(&self) -> Result<Books, Error> {
        const CONTEXT: &str = "reading the books";
        let row = sqlx::query(
            "SELECT (SELECT count(*) FROM alert) AS alerts,
                    count(*) FILTER (WHERE state = 0) AS pending,
                    count(*) FILTER (WHERE state = 1) AS in_flight,
                    count(*) FILTER (WHERE state = 2) AS delivered,
                    count(*) FILTER (WHERE state = 3) AS dead
             FROM delivery",
        )
        .fetch_one(&self.readers)
        .await
        .during(CONTEXT)?;
        let count = |column| u64::try_from(row.get::<i64, _>(column)).unwrap_or(0);
        Ok(Books {
            alerts: count("alerts"),
            pending: count("pending"),
            in_flight: count("in_flight"),
            delivered: count("delivered"),
            dead: count("dead"),
        })
    }
}
