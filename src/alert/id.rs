//! Ids that are computed, so that they survive a restart, a backup, even the loss of the store.

use data_encoding::{Encoding, Specification};
use sha2::{Digest as _, Sha256};
use std::sync::LazyLock;

use super::{AlertId, Namespace};
use crate::feed::{FeedId, ItemKey};

/// Characters of an id after its prefix: 160 bits.
const ID_CHARS: usize = 32;

/// RFC 4648 base32 in lower case, without padding.
static BASE32: LazyLock<Encoding> = LazyLock::new(|| {
    let mut spec = Specification::new();
    spec.symbols.push_str("abcdefghijklmnopqrstuvwxyz234567");
    spec.encoding().expect("32 distinct symbols")
});

/// The id of the alert that `watch` has on an item: the same for every receiver and every try.
///
/// `revision` is 0 for an item as it was first read.
pub(super) fn alert_id(
    namespace: &Namespace,
    watch: &str,
    feed: &FeedId,
    item: &ItemKey,
    revision: u32,
) -> AlertId {
    let revision = revision.to_string();
    let hash = hashed(&["v1", &namespace.0, watch, &feed.0, &item.0, &revision]);
    AlertId(format!("msg_{}", &hash[..ID_CHARS]))
}

/// Base32 of the SHA-256 over the parts, each with its length, so that no two lists run together.
pub(crate) fn hashed(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    BASE32.encode(&hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn id(namespace: &str, watch: &str, feed: &str, item: &str, revision: u32) -> String {
        alert_id(
            &Namespace(namespace.into()),
            watch,
            &FeedId(feed.into()),
            &ItemKey(item.into()),
            revision,
        )
        .0
    }

    #[test]
    fn an_id_never_changes_between_versions() {
        // Computed apart, with Python's hashlib and base64: receivers dedupe by these.
        assert_eq!(
            id("n", "east-china-sea", "nhk-world", "guid:1", 0),
            "msg_35nrxrn5d7smotwnwbdlux3ywuzrsb2s"
        );
    }

    #[test]
    fn every_part_makes_another_id() {
        let ids = [
            id("n", "w", "f", "guid:1", 0),
            id("m", "w", "f", "guid:1", 0),
            id("n", "wf", "", "guid:1", 0),
            id("n", "", "wf", "guid:1", 0),
            id("n", "w", "f", "guid:2", 0),
            id("n", "w", "f", "guid:1", 1),
        ];
        let distinct: std::collections::HashSet<&String> = ids.iter().collect();
        assert_eq!(distinct.len(), ids.len());
        assert!(ids.iter().all(|id| id.len() == 36 && !id.contains('.')));
    }
}
