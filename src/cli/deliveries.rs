//! `wirewatch deliveries`: what was sent, what waits, what was given up.

use std::path::Path;

use jiff::Timestamp;
use toml::Spanned;

use super::{Clock, Failure, attach, say, say_json, since, table};
use crate::config::Config;
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

/// Dead letters are replayed; delivered ones only where that is said, for whoever named a
/// receiver that was down yesterday did not mean all that it ever took.
#[derive(Debug, clap::Args)]
pub(super) struct ReplayArgs {
    #[command(flatten)]
    which: Which,
    /// Delivered ones too
    #[arg(long, conflicts_with = "dead")]
    delivered: bool,
}

/// At least one of these; more of them narrow it down.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = true)]
struct Which {
    /// The deliveries of this alert, delivered ones too
    #[arg(long, value_name = "ALERT")]
    id: Option<String>,
    /// Dead ones, whatever alert they are of
    #[arg(long)]
    dead: bool,
    /// Dead ones to this notifier
    #[arg(long, value_name = "NAME")]
    notifier: Option<String>,
    /// Dead ones made not before this: `7d`, `2026-11-24`, `2026-11-24T09:00:00Z`
    #[arg(long, value_parser = since)]
    since: Option<Timestamp>,
}

impl ReplayArgs {
    fn filter(self) -> DeliveryFilter {
        let Which { id, dead, notifier, since } = self.which;
        let delivered_too = self.delivered || (id.is_some() && !dead);
        DeliveryFilter {
            alert: id,
            notifier,
            state: (!delivered_too).then_some(DeliveryState::Dead),
            since,
            limit: u32::MAX,
        }
    }
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
    let config = Config::load(config)?;
    let store = attach(&config).await?;
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
            if args.json { say_json(&rows) } else { say(&lines(&rows)) }
        }
        Command::Replay(args) => {
            let now = Clock::system().now();
            let count = store.replay(&args.filter(), now).await.map_err(anyhow::Error::from)?;
            let mut text = replayed(count);
            for (notifier, _) in store.backlog().await.map_err(anyhow::Error::from)? {
                let named = |it: &Spanned<String>| it.get_ref().trim() == notifier;
                if !config.notifiers.iter().any(|it| it.name.as_ref().is_some_and(named)) {
                    text += &waiting(&notifier);
                }
            }
            say(&text)
        }
    }
}

fn replayed(count: u64) -> String {
    match count {
        0 => "nothing to replay\n".into(),
        1 => "1 delivery will be sent again\n".into(),
        _ => format!("{count} deliveries will be sent again\n"),
    }
}

fn waiting(notifier: &str) -> String {
    let notifier = table::plain(notifier);
    format!("those to `{notifier}` wait until it is configured again\n")
}

pub(super) fn lines(rows: &[DeliveryRow]) -> String {
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
    table::lines(
        &["CREATED", "STATE", "NOTIFIER", "TRIES", "LAST ANSWER", "NEXT TRY", "ALERT", "TITLE"],
        &cells,
    )
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[derive(Debug, clap::Parser)]
    struct Args {
        #[command(flatten)]
        replay: ReplayArgs,
    }

    #[test]
    fn a_replay_takes_dead_letters_unless_more_is_said() {
        #[track_caller]
        fn check(args: &str, state: Option<DeliveryState>) {
            let args = Args::try_parse_from(format!("replay {args}").split(' ')).expect("good");
            assert_eq!(args.replay.filter().state, state);
        }
        let dead = Some(DeliveryState::Dead);
        check("--dead", dead);
        check("--notifier soc", dead);
        check("--since 7d", dead);
        check("--notifier soc --delivered", None);
        check("--id msg_x", None);
        check("--id msg_x --dead", dead);
        for args in ["replay", "replay --delivered", "replay --dead --delivered"] {
            assert!(Args::try_parse_from(args.split(' ')).is_err(), "{args}");
        }
    }

    #[test]
    fn a_replay_says_what_it_did() {
        assert_eq!(replayed(0), "nothing to replay\n");
        assert_eq!(replayed(1), "1 delivery will be sent again\n");
        assert_eq!(replayed(7), "7 deliveries will be sent again\n");
        assert_eq!(waiting("soc"), "those to `soc` wait until it is configured again\n");
    }

    #[test]
    fn a_delivery_is_a_row() {
        let row = DeliveryRow {
            alert: crate::alert::AlertId("msg_x".into()),
            notifier: "soc".into(),
            state: DeliveryState::Dead,
            attempts: 3,
            created_at: Timestamp::UNIX_EPOCH,
            next_attempt_at: None,
            done_at: Some(Timestamp::UNIX_EPOCH),
            status: Some(400),
            note: Some("rejected: 400".into()),
            title: "Ships\nat sea".into(),
        };
        assert_eq!(
            lines(&[row]),
            "CREATED               STATE  NOTIFIER  TRIES  LAST ANSWER    NEXT TRY  ALERT  TITLE\n\
             1970-01-01T00:00:00Z  dead   soc       3      rejected: 400            msg_x  Ships\u{fffd}at sea\n"
        );
    }
}
