//! `wirewatch run`: the daemon, and how it talks with systemd and signals.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use sd_notify::NotifyState;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::Failure;
use crate::app::{App, Clock, StartError};
use crate::config::Config;
use crate::telemetry;

/// A file grew past its limit. Source: signal(7); the number on every Linux we build for.
const SIGXFSZ: i32 = 25;

/// What `run` takes.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Poll each feed once, deliver what is due, and leave (for cron and for tests)
    #[arg(long)]
    once: bool,
}

pub(super) async fn run(path: Option<&Path>, args: &Args) -> Result<(), Failure> {
    let config = Config::load(path)?;
    let _log = telemetry::init(&config.log);
    // Heard, it makes a write past the limit of file sizes an error, which the store tells;
    // unheard, it ends the process.
    let _file_size = signal(SignalKind::from_raw(SIGXFSZ)).context("cannot listen for signals")?;
    if args.once {
        return Ok(App::once(config, Clock::system()).await?);
    }
    // Heard from now on: a signal that comes during the start is not lost.
    let (mut stop, mut hangup) = signals().context("cannot listen for signals")?;
    let (path, log) = (config.path.clone(), config.log.value.clone());
    let app = App::start(config, Clock::system()).await?;
    tell_systemd(&[NotifyState::Ready]);
    let end = tokio::select! {
        () = until_stop(&app, (&path, &log), &mut stop, &mut hangup) => Ok(()),
        () = app.broken() => Err(anyhow!("cannot go on; the log says why")),
    };
    tell_systemd(&[NotifyState::Stopping]);
    tokio::select! {
        () = app.stop() => Ok(end?),
        () = stop.heard() => Err(anyhow!("stopped at once by a second signal").into()),
    }
}

/// Reloads and feeds the watchdog until a signal says stop.
async fn until_stop(
    app: &App,
    (path, log): (&Path, &telemetry::Config),
    stop: &mut Stop,
    hangup: &mut Signal,
) {
    // Twice in each period that systemd gives, as its manual advises.
    let period = sd_notify::watchdog_enabled().map(|period| period / 2);
    let mut watchdog = tokio::time::interval(period.unwrap_or(Duration::from_secs(3_600)));
    let mut turns = (0, 0);
    loop {
        tokio::select! {
            () = stop.heard() => return,
            // Signals that come meanwhile are one more reload after it, however many they are.
            _ = hangup.recv() => tokio::select! {
                () = reload(app, path, log) => {}
                () = stop.heard() => return,
            },
            _ = watchdog.tick(), if period.is_some() => {
                let now = app.turns();
                // Only while both loops go on: a watchdog that is always fed guards nothing.
                if now.0 != turns.0 && now.1 != turns.1 {
                    tell_systemd(&[NotifyState::Watchdog]);
                }
                turns = now;
            }
        }
    }
}

/// Reads the files again; a faulty one leaves the old rules at work and says so.
async fn reload(app: &App, path: &Path, log: &telemetry::Config) {
    if let Ok(now) = NotifyState::monotonic_usec_now() {
        tell_systemd(&[NotifyState::Reloading, now]);
    }
    let path = path.to_owned();
    let loaded = tokio::task::spawn_blocking(move || Config::load(Some(&path))).await;
    let result = match loaded.expect("loading does not panic and is not aborted") {
        Ok(config) => {
            if config.log.value != *log {
                tracing::warn!("`[log]` changes at the next start only");
            }
            app.reload(config).await
        }
        Err(problem) => Err(StartError::Config(vec![problem])),
    };
    match result {
        Ok(()) => {}
        Err(StartError::Config(problems)) => {
            for problem in &problems {
                tracing::error!("{}", problem.in_one_line());
            }
            tracing::error!(
                problems = problems.len(),
                "not reloaded: the old configuration stays at work"
            );
        }
        Err(StartError::Other(error)) => {
            tracing::error!(error = %format!("{error:#}"), "not reloaded: the old configuration stays at work");
        }
    }
    tell_systemd(&[NotifyState::Ready]);
}

/// Tells systemd, where there is one; without it nothing listens and nothing is wrong.
fn tell_systemd(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::debug!(%error, "systemd was not told");
    }
}

/// The signals that stop the daemon.
struct Stop {
    terminate: Signal,
    interrupt: Signal,
}

impl Stop {
    /// Waits for SIGTERM or SIGINT.
    async fn heard(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// Those that stop, and the one that reloads.
fn signals() -> std::io::Result<(Stop, Signal)> {
    let stop = Stop {
        terminate: signal(SignalKind::terminate())?,
        interrupt: signal(SignalKind::interrupt())?,
    };
    Ok((stop, signal(SignalKind::hangup())?))
}
