//! Between columns and types: times, states, severities, outcomes.

use std::time::Duration;

use jiff::Timestamp;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use crate::feed::schedule::Reason;
use crate::setting::Severity;
use crate::store::DeliveryState;

/// A time column; one that no timestamp can hold reads as the end of time.
pub(super) fn time(row: &SqliteRow, column: &str) -> Timestamp {
    from_ms(row.get(column))
}

/// A time column that may be empty.
pub(super) fn maybe_time(row: &SqliteRow, column: &str) -> Option<Timestamp> {
    row.get::<Option<i64>, _>(column).map(from_ms)
}

pub(super) fn from_ms(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or(Timestamp::MAX)
}

/// A length of time as a column.
pub(super) fn ms(length: Duration) -> i64 {
    i64::try_from(length.as_millis()).unwrap_or(i64::MAX)
}

/// A length of time from a column.
pub(super) fn length(ms: Option<i64>) -> Option<Duration> {
    ms.and_then(|ms| u64::try_from(ms).ok()).map(Duration::from_millis)
}

/// `at` and `by` more, in milliseconds.
pub(super) fn later_ms(at: Timestamp, by: Duration) -> i64 {
    at.as_millisecond().saturating_add(ms(by))
}

pub(super) const fn state_column(state: DeliveryState) -> i64 {
    match state {
        DeliveryState::Pending => 0,
        DeliveryState::InFlight => 1,
        DeliveryState::Delivered => 2,
        DeliveryState::Dead => 3,
    }
}

pub(super) const fn state(column: i64) -> DeliveryState {
    match column {
        0 => DeliveryState::Pending,
        1 => DeliveryState::InFlight,
        2 => DeliveryState::Delivered,
        _ => DeliveryState::Dead,
    }
}

/// Why a feed is not polled any more, if so.
pub(super) const fn parked_column(why: Reason) -> i64 {
    match why {
        Reason::Gone => PARKED_GONE,
        Reason::Unauthorized => PARKED_UNAUTHORIZED,
        _ => 0,
    }
}

pub(super) const PARKED_GONE: i64 = 1;
pub(super) const PARKED_UNAUTHORIZED: i64 = 2;

pub(super) const fn severity_column(severity: Severity) -> i64 {
    match severity {
        Severity::Info => 0,
        Severity::Low => 1,
        Severity::Medium => 2,
        Severity::High => 3,
        Severity::Critical => 4,
    }
}

pub(super) const fn severity(column: i64) -> Severity {
    match column {
        0 => Severity::Info,
        1 => Severity::Low,
        2 => Severity::Medium,
        3 => Severity::High,
        _ => Severity::Critical,
    }
}

/// A number column that is never negative.
pub(super) fn count(row: &SqliteRow, column: &str) -> u32 {
    u32::try_from(row.get::<i64, _>(column)).unwrap_or(u32::MAX)
}
