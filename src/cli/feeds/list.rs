//! `wirewatch feeds list`: how each feed fares.

use std::path::Path;

use super::super::{Failure, attach, say, say_json, table};
use crate::config::Config;
use crate::store::{FeedRow, FeedState};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// As JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(config: Option<&Path>, args: &Args) -> Result<(), Failure> {
    let config = Config::load(config)?;
    let store = attach(&config).await?;
    let mut rows = store.feeds().await.map_err(anyhow::Error::from)?;
    rows.sort_by_key(|row| row.state);
    if args.json { say_json(&rows) } else { say(&lines(&rows)) }
}

fn lines(rows: &[FeedRow]) -> String {
    let time = |at: Option<jiff::Timestamp>| at.map(|at| format!("{at:.0}")).unwrap_or_default();
    let state = |state: FeedState| match state {
        FeedState::Gone => "gone",
        FeedState::Unauthorized => "unauthorized",
        FeedState::Failing => "failing",
        FeedState::New => "new",
        FeedState::Ok => "ok",
    };
    let cells: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            vec![
                row.id.to_string(),
                state(row.state).to_owned(),
                time(row.checked_at),
                row.detail.clone().unwrap_or_default(),
                time(row.last_success_at),
                row.failures.to_string(),
                row.items_per_week.map(rate).unwrap_or_default(),
                row.next_check_at.map_or_else(|| "never".to_owned(), |at| time(Some(at))),
                row.next_reason.clone().unwrap_or_default(),
                notes(row),
            ]
        })
        .collect();
    table::lines(
        &[
            "FEED",
            "STATE",
            "CHECKED",
            "LAST ANSWER",
            "LAST SUCCESS",
            "FAILURES",
            "RATE",
            "NEXT CHECK",
            "WHY THEN",
            "NOTES",
        ],
        &cells,
    )
}

/// How often it publishes: a day, or a week where it is less than one item a day.
fn rate(items_per_week: f64) -> String {
    let per_day = items_per_week / 7.0;
    match (per_day.round(), items_per_week.round()) {
        (day, _) if day >= 1.0 => format!("{day}/day"),
        (_, week) if week >= 1.0 => format!("{week}/week"),
        _ => "under 1/week".into(),
    }
}

/// What an operator should act on or know.
fn notes(row: &FeedRow) -> String {
    let moved = row.moved_to.as_ref().map(|to| format!("moved for good: set `url` to {to}"));
    let overrun = row.overrun_at.map(|at| {
        let times = if row.overruns == 1 { "once" } else { &format!("{} times", row.overruns) };
        format!("items may have been missed {times}, last at {at:.0}")
    });
    moved.into_iter().chain(overrun).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::feed::FeedId;

    fn row(id: &str, state: FeedState) -> FeedRow {
        FeedRow {
            id: FeedId(id.into()),
            url: format!("https://{id}.example/feed"),
            state,
            checked_at: Some(Timestamp::UNIX_EPOCH),
            last_success_at: Some(Timestamp::UNIX_EPOCH),
            failures: 0,
            status: Some(200),
            outcome: Some("read".into()),
            detail: Some("30 items".into()),
            items_per_week: Some(168.0),
            next_check_at: Some(Timestamp::UNIX_EPOCH),
            next_reason: Some("pace".into()),
            moved_to: None,
            overruns: 0,
            overrun_at: None,
        }
    }

    #[test]
    fn a_feed_is_a_row() {
        let gone = FeedRow {
            detail: Some("gone for good (410)".into()),
            last_success_at: None,
            failures: 1,
            items_per_week: None,
            next_check_at: None,
            next_reason: Some("gone".into()),
            ..row("a", FeedState::Gone)
        };
        let moved = FeedRow {
            moved_to: Some("https://new.example/".into()),
            overruns: 2,
            overrun_at: Some(Timestamp::UNIX_EPOCH),
            ..row("b", FeedState::Ok)
        };
        assert_eq!(
            lines(&[gone, moved]),
            "FEED  STATE  CHECKED               LAST ANSWER          LAST SUCCESS          FAILURES  RATE    NEXT CHECK            WHY THEN  NOTES\n\
             a     gone   1970-01-01T00:00:00Z  gone for good (410)                        1                 never                 gone\n\
             b     ok     1970-01-01T00:00:00Z  30 items             1970-01-01T00:00:00Z  0         24/day  1970-01-01T00:00:00Z  pace      \
             moved for good: set `url` to https://new.example/; items may have been missed 2 times, last at 1970-01-01T00:00:00Z\n"
        );
    }

    #[test]
    fn a_rate_is_read_at_a_glance() {
        for (per_week, expected) in [
            (1_061.0, "152/day"),
            (168.0, "24/day"),
            (6.9, "1/day"),
            (3.0, "3/week"),
            (0.2, "under 1/week"),
        ] {
            assert_eq!(rate(per_week), expected);
        }
    }
}
