//! `wirewatch alerts`: what was matched.

use std::io;
use std::path::Path;

use anyhow::{Context as _, anyhow};
use jiff::Timestamp;

use super::{Failure, attach, since, table};
use crate::alert::AlertId;
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
    let store = attach(config).await?;
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
                println!("{}", serde_json::to_string_pretty(&rows).context("rows are plain")?);
            } else if args.csv {
                write_csv(io::stdout().lock(), &rows).context("cannot write")?;
            } else {
                print_rows(&rows);
            }
        }
        Command::Show { id, json } => {
            let body = store.alert_body(&AlertId(id.clone())).await.map_err(anyhow::Error::from)?;
            let body = body.ok_or_else(|| anyhow!("there is no alert `{id}`"))?;
            if json {
                println!("{body}");
                return Ok(());
            }
            let value: serde_json::Value = serde_json::from_str(&body).context("frozen as JSON")?;
            println!("{}", serde_json::to_string_pretty(&value).context("was JSON")?);
            let filter = DeliveryFilter { alert: Some(id), limit: 1_000, ..Default::default() };
            let deliveries = store.deliveries(&filter).await.map_err(anyhow::Error::from)?;
            println!();
            super::deliveries::print_rows(&deliveries);
        }
    }
    Ok(())
}

fn print_rows(rows: &[AlertRow]) {
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
    table::print(&["CREATED", "SEVERITY", "WATCH", "FEED", "ID", "TITLE"], &cells);
}

/// Writes alerts as CSV that a spreadsheet takes as text: a cell that would be read as a
/// formula begins with an apostrophe. Source: OWASP, CSV injection.
fn write_csv(to: impl io::Write, rows: &[AlertRow]) -> anyhow::Result<()> {
    let mut csv = csv::Writer::from_writer(to);
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
    csv.flush()?;
    Ok(())
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
        let mut out = Vec::new();
        write_csv(&mut out, &[row]).expect("a vector takes all");
        assert_eq!(
            String::from_utf8(out).expect("text"),
            "created_at,severity,watch,feed,id,score,title,url\n\
             1970-01-01T00:00:00Z,high,east-china-sea,harbour-wire,msg_a,1.5,\
             \"'=HYPERLINK(\"\"http://x\"\"), \"\"ships\"\"\",\n"
        );
    }
}
