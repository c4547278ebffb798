//! The command line: a file a subcommand, and what their ends mean to a shell.
//!
//! Exit codes: 0 done, 1 failed, 2 wrong usage (by clap), 78 wrong configuration, so that the
//! systemd unit can say `RestartPreventExitStatus=78`. What a command is asked for goes to
//! standard output, all else to standard error.

mod alerts;
mod check;
mod deliveries;
#[expect(clippy::print_stdout, reason = "it speaks to a person, not to a pipe")]
mod demo;
mod document;
mod explain;
mod feeds;
mod places;
mod run;
mod table;
mod topics;

use std::fmt::Write as _;
use std::io::{self, Write as _};
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
    /// What each watch makes of a text, and why
    Explain(explain::Args),
    /// What is known of countries and regions: ids, names, parts
    Places(places::Args),
    /// The topics that a watch may name, and their terms
    Topics(topics::Args),
    /// How the feeds fare, what is made of one, and where a site has its feeds
    #[command(subcommand)]
    Feeds(feeds::Command),
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
        Command::Explain(args) => explain::run(config, &args).await,
        Command::Places(args) => places::run(config, &args).await,
        Command::Topics(args) => topics::run(config, &args),
        Command::Feeds(command) => feeds::run(config, command).await,
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
        // Nobody is left to tell where standard error is closed.
        let _ = io::stderr().write_all(self.said().as_bytes());
        match self {
            Self::Config(_) => ExitCode::from(EXIT_CONFIG),
            Self::Other(_) => ExitCode::FAILURE,
        }
    }

    fn said(&self) -> String {
        let mut text = String::new();
        match self {
            Self::Config(problems) => {
                for problem in problems {
                    let _ = write!(text, "{problem}\n\n"); // to a string: never fails
                }
                let s = if problems.len() == 1 { "" } else { "s" };
                let _ = writeln!(text, "{} problem{s}", problems.len());
            }
            Self::Other(error) => {
                let _ = writeln!(text, "wirewatch: {error}");
                for cause in error.chain().skip(1) {
                    let _ = writeln!(text, "  because: {cause}");
                }
            }
        }
        text
    }
}

/// Says what was asked for on standard output. A reader that has seen enough (`head`) and left
/// is no failure.
fn say(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(anyhow::Error::from(error).context("cannot write to standard output").into())
        }
        _ => Ok(()),
    }
}

/// Says something beside what was asked for, on standard error.
fn note(text: &str) {
    // Nobody is left to tell where standard error is closed.
    let _ = writeln!(io::stderr(), "wirewatch: {text}");
}

/// The same as JSON for people and machines.
fn say_json(rows: &impl serde::Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(rows).expect("rows are plain");
    say(&format!("{text}\n"))
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
async fn attach(config: &Config) -> Result<Store, Failure> {
    let path = store_path(config).map_err(|mut problem| {
        config.hide_resolved(std::slice::from_mut(&mut problem));
        problem
    })?;
    Ok(Store::attach(&path).await.map_err(anyhow::Error::from)?)
}

/// Reads `--since`: an age such as `7d`, a day such as `2026-11-24` (from its midnight in UTC),
/// or a time.
fn since(text: &str) -> Result<Timestamp, String> {
    since_when(text, Clock::system().now())
}

fn since_when(text: &str, now: Timestamp) -> Result<Timestamp, String> {
    if let Ok(Length(age)) = Length::parse(text) {
        return Ok(earlier(now, age));
    }
    let day =
        || text.parse::<jiff::civil::Date>().ok()?.to_zoned_datetime(jiff::tz::TimeZone::UTC).ok();
    text.parse::<Timestamp>().ok().or_else(|| Some(day()?.timestamp())).ok_or_else(|| {
        "expected an age such as `7d`, a date such as `2026-11-24` or a time such as \
         `2026-11-24T09:00:00Z`"
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::*;

    #[test]
    fn since_is_an_age_a_day_or_a_time() {
        #[track_caller]
        fn check(text: &str, expected: Result<&str, &str>) {
            let now: Timestamp = "2026-11-24T09:00:00Z".parse().expect("a time");
            let found = since_when(text, now).map(|at| at.to_string());
            assert_eq!(found.as_deref().map_err(String::as_str), expected, "{text}");
        }
        check("7d", Ok("2026-11-17T09:00:00Z"));
        check("90m", Ok("2026-11-24T07:30:00Z"));
        check("2026-11-24", Ok("2026-11-24T00:00:00Z"));
        check("2026-11-24T09:00:00+09:00", Ok("2026-11-24T00:00:00Z"));
        let wrong = "expected an age such as `7d`, a date such as `2026-11-24` or a time such as \
                     `2026-11-24T09:00:00Z`";
        for text in ["", "7", "yesterday", "2026-13-01", "-7d"] {
            check(text, Err(wrong));
        }
    }

    #[test]
    fn a_failure_says_its_causes_and_a_problem_its_number() {
        let failure = Failure::Other(anyhow!("disk full").context("cannot start"));
        assert_eq!(failure.said(), "wirewatch: cannot start\n  because: disk full\n");
        let problem = || Problem::with_file("w.toml", "no feed is configured");
        let one = Failure::Config(vec![problem()]);
        assert_eq!(one.said(), "w.toml: no feed is configured\n\n1 problem\n");
        let two = Failure::Config(vec![problem(), problem()]);
        assert!(two.said().ends_with("\n\n2 problems\n"));
    }
}
