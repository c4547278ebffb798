//! Stories: what several reports have in common.
//!
//! Folding of copies comes later; until then each item is the first and only report of a
//! story of its own, so that alerts carry the shape they will keep.

use jiff::Timestamp;
use serde::Serialize;

use crate::feed::Item;

/// Characters of a story's id after its prefix.
const ID_CHARS: usize = 16;

/// A story as it stands when an alert is made.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Story {
    /// Made of the first item's feed and key.
    pub(crate) id: String,
    #[serde(serialize_with = "to_the_second")]
    pub(crate) first_seen: Timestamp,
    /// Items that report it.
    pub(crate) sources: usize,
    /// Publishers that report it.
    pub(crate) owners: usize,
    pub(crate) urls: Vec<String>,
}

impl Story {
    /// The story that `item` is the first report of; `hash` names the item in base32.
    pub(crate) fn first(hash: &str, item: &Item, now: Timestamp) -> Self {
        Self {
            id: format!("st_{}", &hash[..hash.floor_char_boundary(ID_CHARS)]),
            first_seen: now,
            sources: 1,
            owners: 1,
            urls: item.url.iter().cloned().collect(),
        }
    }
}

fn to_the_second<S: serde::Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&at.strftime("%Y-%m-%dT%H:%M:%SZ"))
}
