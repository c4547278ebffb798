//! `wirewatch alerts`: what was matched.

use std::path::Path;

use anyhow::{Context as _, anyhow};
use jiff::Timestamp;

use super::{Failure, attach, say, say_json, since, table};
use crate::alert::AlertId;
use crate::config::Config;
use crate::setting::Severity;
use crate::store::{AlertFilter, AlertRow, DeliveryFilter};

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// The newest alerts
    List(ListArgs),
    /// One alert as its receivers got it, and where its deliveries stand
    Show {
        /// The alert's id, as `alerts list` and the `webhook-id` header say it
        id: String,
        /// The frozen body alone
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, clap::Args)]
pub(super) struct ListArgs {
    /// Only of this watch (its id)
    #[arg(long, value_name = "ID")]
    watch: Option<String>,
    /// Not older than this: `7d`, `2026-11-24`, `2026-11-24T09:00:00Z`
    #[arg(long, value_parser = since)]
    since: Option<Timestamp>,
    /// At least this much: info, low, medium, high, critical
    #[arg(long, value_parser = severity)]
    severity: Option<Severity>,
    /// At most so many
    #[arg(long, default_value_t = 100)]
    limit: u32,
    /// As JSON
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// As CSV
    #[arg(long)]
    csv: bool,
}

fn severity(text: &str) -> Result<Severity, String> {
    Severity::from_word(text)
        .ok_or_else(|| "expected one of info, low, medium, high, critical".to_owned())
}

pub(super) async fn run(config: Option<&Path>, command: Command) -> Result<(), Failure> {
    let store = attach(&Config::load(config)?).await?;
    match command {
        Command::List(args) => {
            let filter = AlertFilter {
                watch: args.watch,
                since: args.since,
                min_severity: args.severity,
                limit: args.limit,
            };
            let rows = store.alerts(&filter).await.map_err(anyhow::Error::from)?;
            if args.json {
                return say_json(&rows);
            }
            say(&if args.csv { csv(&rows).context("cannot make CSV")? } else { lines(&rows) })
        }
        Command::Show { id, json } => {
            let body = store.alert_body(&AlertId(id.clone())).await.map_err(anyhow::Error::from)?;
            let body = body.ok_or_else(|| anyhow!("there is no alert `{id}`"))?;
            if json {
                return say(&format!("{body}\n"));
            }
            let filter = DeliveryFilter { alert: Some(id), limit: 1_000, ..Default::default() };
            let deliveries = store.deliveries(&filter).await.map_err(anyhow::Error::from)?;
            say(&format!("{}\n{}", readable(&body), super::deliveries::lines(&deliveries)))
        }
    }
}

/// A body as people read it, and as no headline can repaint a terminal.
fn readable(body: &str) -> String {
    let value: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
    let pretty = serde_json::to_string_pretty(&value).expect("was JSON");
    pretty.lines().map(|line| table::plain(line) + "\n").collect()
}

fn lines(rows: &[AlertRow]) -> String {
    let cells: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            vec![
                format!("{:.0}", row.created_at),
                row.severity.to_string(),
                row.watch.clone(),
                row.feed.to_string(),
                row.id.to_string(),
                row.title.clone(),
            ]
        })
        .collect();
    table::lines(&["CREATED", "SEVERITY", "WATCH", "FEED", "ID", "TITLE"], &cells)
}

/// Alerts as CSV that a spreadsheet takes as text: a cell that would be read as a
/// formula begins with an apostrophe. Source: OWASP, CSV injection.
fn csv(rows: &[AlertRow]) -> anyhow::Result<String> {
    let mut csv = csv::Writer::from_writer(Vec::new());
    csv.write_record(["created_at", "severity", "watch", "feed", "id", "score", "title", "url"])?;
    for row in rows {
        csv.write_record(
            [
                row.created_at.to_string(),
                row.severity.to_string(),
                row.watch.clone(),
                row.feed.to_string(),
                row.id.to_string(),
                row.score.to_string(),
                row.title.clone(),
                row.url.clone().unwrap_or_default(),
            ]
            .map(|cell| inert(&cell)),
        )?;
    }
    Ok(String::from_utf8(csv.into_inner()?)?)
}

fn inert(cell: &str) -> String {
    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    format!("{}{}", if formula { "'" } else { "" }, table::plain(cell))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feed::FeedId;

    #[test]
    fn csv_cells_are_quoted_and_never_formulas() {
        let row = AlertRow {
            id: AlertId("msg_a".into()),
            watch: "east-china-sea".into(),
            severity: Severity::High,
            feed: FeedId("harbour-wire".into()),
            title: "=HYPERLINK(\"http://x\"), \"ships\"".into(),
            url: None,
            score: 1.5,
            created_at: Timestamp::UNIX_EPOCH,
        };
        assert_eq!(
            csv(&[row]).expect("rows are plain"),
            "created_at,severity,watch,feed,id,score,title,url\n\
             1970-01-01T00:00:00Z,high,east-china-sea,harbour-wire,msg_a,1.5,\
             \"'=HYPERLINK(\"\"http://x\"\"), \"\"ships\"\"\",\n"
        );
    }

    #[test]
    fn a_body_is_readable_and_repaints_nothing() {
        let body = "{\"type\":\"alert.created\",\"title\":\"a\u{9b}b\u{202e}\"}";
        let expected =
            "{\n  \"type\": \"alert.created\",\n  \"title\": \"a\u{fffd}b\u{fffd}\"\n}\n";
        assert_eq!(readable(body), expected);
    }
}
