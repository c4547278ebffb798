//! Stories: what several reports have in common.
//!
//! Folding of copies comes later; until then each item is the first and only report of a
//! story of its own, so that alerts carry the shape they will keep.

use jiff::Timestamp;
use serde::Serialize;

/// A story as it stands when an alert is made.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Story {
    /// Made of the first item's feed and key.
    pub(crate) id: String,
    pub(crate) first_seen: Timestamp,
    /// Items that report it.
    pub(crate) sources: usize,
    /// Publishers that report it.
    pub(crate) owners: usize,
    pub(crate) urls: Vec<String>,
}
