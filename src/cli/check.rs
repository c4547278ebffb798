//! `wirewatch check`: everything that can be wrong before anything runs.

use std::path::Path;

use super::Failure;
use crate::app::Rules;
use crate::config::Config;

pub(super) async fn run(path: Option<&Path>) -> Result<(), Failure> {
    let config = Config::load(path)?;
    let shown = config.path.display().to_string();
    let rules = tokio::task::spawn_blocking(move || Rules::compile(&config))
        .await
        .expect("compiling does not panic and is not aborted")
        .map_err(Failure::Config)?;
    let (summary, tests) = (rules.summary(), rules.watch_tests());
    super::say(&format!("{shown}: good: {summary}; {tests} watch tests passed\n"))
}
