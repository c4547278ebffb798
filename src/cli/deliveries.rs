//! `wirewatch deliveries`: what was sent, what waits, what was given up.

use std::path::Path;

use anyhow::Context as _;
use jiff::Timestamp;

use super::{Clock, Failure, attach, since, table};
use crate::store::{DeliveryFilter, DeliveryRow, DeliveryState};

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// The newest deliveries
    List(ListArgs),
    /// Send dead or delivered ones again, with the same ids and the same bytes
    Replay(ReplayArgs),
}

#[derive(Debug, clap::Args)]
pub(super) struct ListArgs {
    /// Only in this state
    #[arg(long, value_enum)]
    state: Option<State>,
    /// Only to this notifier
    #[arg(long, value_name = "NAME")]
    notifier: Option<String>,
    /// Made not before this: `7d`, `2026-11-24`, `2026-11-24T09:00:00Z`
    #[arg(long, value_parser = since)]
    since: Option<Timestamp>,
    /// At most so many
    #[arg(long, default_value_t = 100)]
    limit: u32,
    /// As JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
#[group(id = "which", required = true, multiple = true, args = ["id", "dead", "notifier", "since"])]
pub(super) struct ReplayArgs {
    /// The deliveries of this alert
    #[arg(long, value_name = "ALERT")]
    id: Option<String>,
    /// Dead ones only
    #[arg(long)]
    dead: bool,
    /// Those to this notifier
    #[arg(long, value_name = "NAME")]
    notifier: Option<String>,
    /// Those made not before this
    #[arg(long, value_parser = since)]
    since: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
#[value(rename_all = "snake_case")]
enum State {
    Pending,
    InFlight,
    Delivered,
    Dead,
}

impl From<State> for DeliveryState {
    fn from(state: State) -> Self {
        match state {
            State::Pending => Self::Pending,
            State::InFlight => Self::InFlight,
            State::Delivered => Self::Delivered,
            State::Dead => Self::Dead,
        }
    }
}

pub(super) async fn run(config: Option<&Path>, command: Command) -> Result<(), Failure> {
    let store = attach(config).await?;
    match command {
        Command::List(args) => {
            let filter = DeliveryFilter {
                alert: None,
                notifier: args.notifier,
                state: args.state.map(DeliveryState::from),
                since: args.since,
                limit: args.limit,
            };
            let rows = store.deliveries(&filter).await.map_err(anyhow::Error::from)?;
            if args.json {
                println!("{}", serde_json::to_string_pretty(&rows).context("rows are plain")?);
            } else {
                print_rows(&rows);
            }
        }
        Command::Replay(args) => {
            let filter = DeliveryFilter {
                alert: args.id,
                notifier: args.notifier,
                state: args.dead.then_some(DeliveryState::Dead),
                since: args.since,
                limit: u32::MAX,
            };
            let now = Clock::system().now();
            let count = store.replay(&filter, now).await.map_err(anyhow::Error::from)?;
            match count {
                0 => println!("nothing to replay"),
                1 => println!("1 delivery will be sent again"),
                _ => println!("{count} deliveries will be sent again"),
            }
        }
    }
    Ok(())
}

pub(super) fn print_rows(rows: &[DeliveryRow]) {
    let word = |state: DeliveryState| match state {
        DeliveryState::Pending => "pending",
        DeliveryState::InFlight => "in_flight",
        DeliveryState::Delivered => "delivered",
        DeliveryState::Dead => "dead",
    };
    let cells: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            vec![
                format!("{:.0}", row.created_at),
                word(row.state).to_owned(),
                row.notifier.clone(),
                row.attempts.to_string(),
                row.note.clone().unwrap_or_default(),
                row.next_attempt_at.map(|at| format!("{at:.0}")).unwrap_or_default(),
                row.alert.to_string(),
                row.title.clone(),
            ]
        })
        .collect();
    table::print(
        &["CREATED", "STATE", "NOTIFIER", "TRIES", "LAST ANSWER", "NEXT TRY", "ALERT", "TITLE"],
        &cells,
    );
}
