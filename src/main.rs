//! The `wirewatch` process: arguments in, exit code out. The daemon itself is [`wirewatch::app`].

use std::process::ExitCode;

use clap::Parser as _;
use wirewatch::cli;

fn main() -> ExitCode {
    let args = cli::Args::parse();
    let runtime = tokio::runtime::Runtime::new().expect("the system gives us threads");
    let code = match runtime.block_on(cli::run(args)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    };
    // Not waited for: a write to a pipe that nobody reads may never end.
    runtime.shutdown_background();
    code
}
