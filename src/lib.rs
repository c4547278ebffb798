//! wirewatch watches the news wires and sends an alert for each item on a watchlist.
//!
//! One way, no way back; each arrow that must survive a crash is a row in a table:
//!
//! ```text
//!  feeds ──▶ poll ──▶ parse ──▶ new items ──▶ match ──▶ story ──▶ alert ──▶ outbox ──▶ send
//!  config    fetch    items     store: seen   watches             route    a table    webhook, …
//! ```
//!
//! Read in the order of the modules below; `ARCHITECTURE.md` has the code map and the invariants.

pub mod app;
#[doc(hidden)]
pub mod bench;
pub mod cli;
pub mod config;

mod alert;
mod article;
mod feed;
mod gazetteer;
mod net;
mod notify;
mod problem;
mod setting;
mod store;
mod story;
mod telemetry;
mod text;
mod watch;
mod web;
