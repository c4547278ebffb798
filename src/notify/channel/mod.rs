//! The ways to tell someone: each a pure function from a delivery to what is sent.

mod file;
mod stdout;
mod webhook;

pub(super) use file::{FileLines, append};
pub(super) use stdout::StdoutLines;
pub(super) use webhook::Webhook;

/// One way to tell someone. A new one is a variant, and the compiler lists what is missing.
#[derive(Debug)]
pub(super) enum Channel {
    Webhook(Webhook),
    Stdout(StdoutLines),
    File(FileLines),
}
