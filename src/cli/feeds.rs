//! `wirewatch feeds`: the feeds and how they fare.

mod list;

use std::path::Path;

use super::Failure;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// How each feed fares: state, pace, next check and its reason; those in trouble first
    List(list::Args),
}

pub(super) async fn run(config: Option<&Path>, command: Command) -> Result<(), Failure> {
    match command {
        Command::List(args) => list::run(config, &args).await,
    }
}
