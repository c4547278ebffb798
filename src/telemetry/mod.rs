//! Logs: what the daemon tells about itself.
//!
//! One event is one line, whatever a feed or a receiver put into it: control characters and
//! bidirectional overrides are escaped on the way out, so that no headline can forge a line or
//! repaint a terminal. Logging goes to standard error and never fails a caller.

mod log;

use serde::Deserialize;

pub(crate) use log::init;

/// `[log]` as an operator writes it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    /// How a line looks.
    pub(crate) format: Format,
    /// The least that is told.
    pub(crate) level: Level,
}

/// How a line looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Format {
    /// For people.
    #[default]
    Text,
    /// For machines: an object a line.
    Json,
}

/// The least that is told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Level {
    /// What needs a human.
    Error,
    /// What may soon need one.
    Warn,
    /// What an operator wants to know.
    #[default]
    Info,
    /// Each poll and each try.
    Debug,
    /// Everything.
    Trace,
}
