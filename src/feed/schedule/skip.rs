//! The hours and days in which a publisher does not want to be asked.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Weekday;

use super::Reason;

/// `<skipHours>` and `<skipDays>`, all of them in UTC. Source: RSS 2.0.
///
/// Someone who skips every hour or every day means something else, and is not heard in that.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Skip {
    /// Bit 0 is the hour from midnight.
    pub(crate) hours: u32,
    /// Bit 0 is Monday.
    pub(crate) days: u8,
}

/// Seconds of an hour.
const HOUR: i64 = 3_600;
/// The first of January 1970 was a Thursday.
const EPOCH_DAY: i64 = 3;
const EVERY_HOUR: u32 = (1 << 24) - 1;
const EVERY_DAY: u8 = (1 << 7) - 1;
/// Where hours are skipped, many feeds are asked when they end: not all in the same second.
const SPREAD: Duration = Duration::from_secs(300);
/// Hours and days that can be skipped in a row, and some more.
const STEPS_MAX: usize = 64;

impl Skip {
    /// What these hours (0 to 23) and days come to; what is no hour is left out.
    pub(crate) fn of(
        hours: impl IntoIterator<Item = u8>,
        days: impl IntoIterator<Item = Weekday>,
    ) -> Self {
        let hours = hours.into_iter().filter(|hour| *hour < 24).map(|hour| 1_u32 << hour);
        let days = days.into_iter().map(|day| 1_u8 << day.to_monday_zero_offset());
        Self { hours: hours.fold(0, |all, it| all | it), days: days.fold(0, |all, it| all | it) }
    }

    /// The first moment after `at` that is not skipped, and what was; `None` where `at` is not.
    pub(super) fn past(self, at: Timestamp, seed: u64) -> Option<(Timestamp, Reason)> {
        let hours = if self.hours & EVERY_HOUR == EVERY_HOUR { 0 } else { self.hours };
        let days = if self.days & EVERY_DAY == EVERY_DAY { 0 } else { self.days };
        let mut hour = at.as_second().div_euclid(HOUR);
        let mut why = None;
        for _ in 0..STEPS_MAX {
            let day = hour.div_euclid(24);
            let (next, reason) = if days & (1 << (day + EPOCH_DAY).rem_euclid(7)) != 0 {
                ((day + 1) * 24, Reason::SkipDays)
            } else if hours & (1 << hour.rem_euclid(24)) != 0 {
                (hour + 1, Reason::SkipHours)
            } else {
                break;
            };
            hour = next;
            why = Some(reason);
        }
        let spread = i64::try_from(seed % SPREAD.as_secs()).expect("below 300");
        Some((Timestamp::from_second(hour * HOUR + spread).unwrap_or(Timestamp::MAX), why?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(skip: Skip, at: &str, expected: Option<(&str, Reason)>) {
        let time = |text: &str| text.parse::<Timestamp>().expect("a time");
        let expected = expected.map(|(at, why)| (time(at), why));
        assert_eq!(skip.past(time(at), 0), expected, "{at}");
    }

    #[test]
    fn what_is_skipped_is_waited_for() {
        use Weekday::{Friday, Saturday, Sunday};
        let night = || Skip::of([22, 23, 0, 1, 2], []);
        check(night(), "2024-07-28T09:30:00Z", None);
        check(night(), "2024-07-28T02:59:59Z", Some(("2024-07-28T03:00:00Z", Reason::SkipHours)));
        check(night(), "2024-07-28T22:00:00Z", Some(("2024-07-29T03:00:00Z", Reason::SkipHours)));
        let weekend = Skip::of([], [Saturday, Sunday]);
        check(weekend, "2024-07-26T23:59:59Z", None);
        check(weekend, "2024-07-27T12:00:00Z", Some(("2024-07-29T00:00:00Z", Reason::SkipDays)));
        let both = Skip::of([0, 1], [Saturday, Sunday]);
        check(both, "2024-07-27T12:00:00Z", Some(("2024-07-29T02:00:00Z", Reason::SkipHours)));
        let nearly_always =
            Skip::of(0..23, Weekday::Monday.cycle_forward().take(7).filter(|it| *it != Friday));
        check(
            nearly_always,
            "2024-07-27T00:00:00Z",
            Some(("2024-08-02T23:00:00Z", Reason::SkipHours)),
        );
    }

    #[test]
    fn who_skips_always_is_not_heard() {
        check(Skip::of(0..24, []), "2024-07-28T09:00:00Z", None);
        let week = || Weekday::Monday.cycle_forward().take(7);
        check(Skip::of([], week()), "2024-07-28T09:00:00Z", None);
        let noon = Some(("2024-07-28T13:00:00Z", Reason::SkipHours));
        check(Skip::of([12, 99], week()), "2024-07-28T12:00:00Z", noon);
    }

    #[test]
    fn feeds_that_skip_the_same_hour_are_spread_after_it() {
        let at: Timestamp = "2024-07-28T12:30:00Z".parse().expect("a time");
        let past = |seed| Skip::of([12], []).past(at, seed).expect("skipped").0.to_string();
        assert_eq!(past(299), "2024-07-28T13:04:59Z");
        assert_eq!(past(300), "2024-07-28T13:00:00Z");
    }
}
