//! The `wirewatch` process: arguments in, exit code out. The daemon itself is [`wirewatch::app`].

use std::process::ExitCode;

use clap::Parser as _;
use wirewatch::cli;

#[tokio::main]
async fn main() -> ExitCode {
    match cli::run(cli::Args::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
