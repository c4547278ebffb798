//! `wirewatch feeds`: how the feeds fare, what is made of one, and where a site has its feeds.

mod check;
mod find;
mod list;

use std::path::Path;

use clap::Subcommand;

use super::Failure;
use crate::config::Config;
use crate::feed::{self, Feed, Polling};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// How each feed fares: state, pace, next check and its reason; those in trouble first
    List(list::Args),
    /// What is made of one feed: its format, what was mended, and each item
    Check(check::Args),
    /// The feeds that a page names
    Find(find::Args),
}

pub(super) async fn run(path: Option<&Path>, command: Command) -> Result<(), Failure> {
    match command {
        Command::List(args) => list::run(path, &args).await,
        Command::Check(args) => check::run(&Settings::of(path)?, &args).await,
        Command::Find(args) => find::run(&Settings::of(path)?, &args).await,
    }
}

/// What the configuration says of feeds; what is built in where there is none.
struct Settings {
    polling: Polling,
    feeds: Vec<Feed>,
}

impl Settings {
    fn of(path: Option<&Path>) -> Result<Self, Failure> {
        if path.is_none() && !Config::exists() {
            return Ok(Self { polling: Polling::default(), feeds: Vec::new() });
        }
        let config = Config::load(path)?;
        let polling = config.polling.value.clone();
        // What is wrong with them is told by `check`.
        let feeds = feed::compile(&config.feeds, &polling).unwrap_or_default();
        Ok(Self { polling, feeds })
    }

    /// The operator's word on the language of the feed at `source`.
    fn language(&self, source: &str) -> Option<&str> {
        let feed = self.feeds.iter().find(|feed| feed.url.as_str() == source)?;
        feed.language.as_deref()
    }
}
