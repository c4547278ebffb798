//! The command line: a file a subcommand, and what their ends mean to a shell.
//!
//! Exit codes: 0 done, 1 failed, 2 wrong usage (by clap), 78 wrong configuration, so that the
//! systemd unit can say `RestartPreventExitStatus=78`. What a command is asked for goes to
//! standard output, all else to standard error.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this is where we speak")]

mod alerts;
mod check;
mod deliveries;
mod demo;
mod run;
mod table;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use jiff::Timestamp;

use crate::app::{Clock, StartError, earlier, store_path};
use crate::config::Config;
use crate::problem::Problem;
use crate::setting::Length;
use crate::store::Store;

/// Watches the news wires for countries, topics and regions, and sends signed webhooks.
#[derive(Debug, Parser)]
#[command(version, propagate_version = true)]
pub struct Args {
    /// The main configuration file [default: ./config/wirewatch.toml, /etc/wirewatch/wirewatch.toml]
    #[arg(long, short, global = true, env = "WIREWATCH_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the daemon
    Run(run::Args),
    /// Read the whole configuration, say every problem, run the watch tests
    Check,
    /// What was matched
    #[command(subcommand)]
    Alerts(alerts::Command),
    /// What was sent, what waits, what was given up
    #[command(subcommand)]
    Deliveries(deliveries::Command),
    /// A tour: the whole daemon on recorded feeds, no network needed
    Demo(demo::Args),
}

/// Does what was asked.
pub async fn run(args: Args) -> Result<(), Failure> {
    let config = args.config.as_deref();
    match args.command {
        Command::Run(args) => run::run(config, &args).await,
        Command::Check => check::run(config).await,
        Command::Alerts(command) => alerts::run(config, command).await,
        Command::Deliveries(command) => deliveries::run(config, command).await,
        Command::Demo(args) => demo::run(&args).await,
    }
}

/// Why a command did not end well.
#[derive(Debug)]
pub enum Failure {
    /// The configuration is wrong: exit code 78.
    Config(Vec<Problem>),
    /// Anything else: exit code 1.
    Other(anyhow::Error),
}

/// The exit code for a wrong configuration. Source: `EX_CONFIG` of BSD's sysexits.
const EXIT_CONFIG: u8 = 78;

impl Failure {
    /// Says what went wrong on standard error, and gives the exit code.
    pub fn report(&self) -> ExitCode {
        match self {
            Self::Config(problems) => {
                for problem in problems {
                    eprintln!("{problem}\n");
                }
                match problems.len() {
                    1 => eprintln!("1 problem"),
                    count => eprintln!("{count} problems"),
                }
                ExitCode::from(EXIT_CONFIG)
            }
            Self::Other(error) => {
                eprintln!("wirewatch: {error}");
                for cause in error.chain().skip(1) {
                    eprintln!("  because: {cause}");
                }
                ExitCode::FAILURE
            }
        }
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::Other(error)
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::Config(vec![problem])
    }
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        match error {
            StartError::Config(problems) => Self::Config(problems),
            StartError::Other(error) => Self::Other(error),
        }
    }
}

/// Opens the store that the configuration names beside a daemon that may be running.
async fn attach(config: Option<&std::path::Path>) -> Result<Store, Failure> {
    let config = Config::load(config)?;
    let path = store_path(&config)?;
    Ok(Store::attach(&path).await.map_err(anyhow::Error::from)?)
}

/// Reads `--since`: an age such as `7d`, or a date or time such as `2026-11-24`.
fn since(text: &str) -> Result<Timestamp, String> {
    if let Ok(Length(age)) = Length::parse(text) {
        return Ok(earlier(Clock::system().now(), age));
    }
    let day =
        || text.parse::<jiff::civil::Date>().ok()?.to_zoned_datetime(jiff::tz::TimeZone::UTC).ok();
    text.parse::<Timestamp>().ok().or_else(|| Some(day()?.timestamp())).ok_or_else(|| {
        "expected an age such as `7d`, a date such as `2026-11-24` or a time such as \
         `2026-11-24T09:00:00Z`"
            .to_owned()
    })
}
