//! Bytes to items.

use std::time::Duration;

use super::Item;
use super::fetch::Body;

/// A document that was read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Document {
    /// In the document's order, at most [`ITEMS_MAX`].
    pub(crate) items: Vec<Item>,
    /// RSS `<ttl>`.
    pub(crate) ttl: Option<Duration>,
    /// Items past [`ITEMS_MAX`] that were left out.
    pub(crate) left_out: usize,
}

/// Items read of one document.
pub(crate) const ITEMS_MAX: usize = 5_000;

/// Reads a feed document; `Err` says why it is none, for [`super::Outcome::NotAFeed`].
///
/// Blocking and CPU-bound: call it off the async threads. Never panics.
pub(crate) fn parse(body: &Body, language: Option<&str>) -> Result<Document, String> {
    let _ = (body, language);
    unimplemented!("helper FEED")
}
