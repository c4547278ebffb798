//! How often a feed publishes, by the dates of its items.

use std::time::Duration;

use jiff::Timestamp;

/// How often a feed publishes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Pace {
    /// Items a week, over the last seven days or as far back as the document goes.
    pub(crate) items_per_week: f64,
    /// The time from item to item, at the feed's busiest of late: in the last hour, day or week.
    pub(crate) gap: Duration,
}

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(24 * 3_600);
const WEEK: Duration = Duration::from_secs(7 * 24 * 3_600);
/// Dates that it takes to speak of a pace.
const DATES_MIN: u32 = 2;

/// The pace that these dates show at `now`; `None` where fewer than two are believable.
///
/// Dates that lie ahead do not count. A document that does not reach back as far as a window is
/// measured over what it does reach, but over an hour at least: many feeds date all their items
/// with the moment at which the document was made.
pub(crate) fn pace(dates: impl IntoIterator<Item = Timestamp>, now: Timestamp) -> Option<Pace> {
    let age = |date: Timestamp| Duration::try_from(now.duration_since(date)).ok();
    let ages: Vec<Duration> = dates.into_iter().filter_map(age).collect();
    let oldest = ages.iter().max().copied()?;
    let gap = |window: Duration| {
        let count = ages.iter().filter(|age| **age <= window).count();
        let count = u32::try_from(count).ok().filter(|count| *count >= DATES_MIN)?;
        Some(window.min(oldest.max(HOUR)) / count)
    };
    let week = gap(WEEK).or_else(|| {
        // Less than two a week: over all that the document holds.
        let count = u32::try_from(ages.len()).ok().filter(|count| *count >= DATES_MIN)?;
        Some(oldest.max(HOUR) / count)
    })?;
    let gap = [gap(HOUR), gap(DAY)].into_iter().flatten().fold(week, Duration::min);
    Some(Pace { items_per_week: WEEK.as_secs_f64() / week.as_secs_f64(), gap })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Dates so many minutes before now; what they come to: items a week, and minutes between.
    #[track_caller]
    fn check(minutes_ago: impl IntoIterator<Item = i64>, expected: Option<(f64, u64)>) {
        let now: Timestamp = "2024-07-28T09:00:00Z".parse().expect("a time");
        let dates = minutes_ago.into_iter().map(|ago| now - jiff::SignedDuration::from_mins(ago));
        let found = pace(dates, now);
        let found = found.map(|it| (it.items_per_week.round(), it.gap.as_secs() / 60));
        assert_eq!(found, expected);
    }

    #[test]
    fn a_pace_is_what_the_dates_show() {
        const DAY: i64 = 24 * 60;
        check([], None);
        check([5], None);
        check([-5, -90, 30], None);
        // One an hour, for ten days.
        check((0..240).map(|it| it * 60 + 30), Some((168.0, 60)));
        // Twenty items, one each ten minutes: the document reaches back three hours.
        check((0..20).map(|it| it * 10), Some((1_061.0, 8)));
        // One a day, three of them in the last hour.
        check((0..10).map(|it| it * DAY).chain([10, 20]), Some((10.0, 20)));
        // One a month.
        check((1..=5).map(|it| it * 30 * DAY), Some((0.0, 43_200)));
        // All made at the same moment, which is now.
        check([0; 30], Some((5_040.0, 2)));
    }
}
