//! What an item is known by.
//!
//! The ladder: the publisher's guid, else the canonical link, else a hash of title, date and
//! text. The title alone is never part of a key that has something better: editors change
//! titles ("UPDATE 1: …"), and a changed key is a second alert.

use std::collections::HashSet;

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use url::Url;

use crate::feed::ItemKey;

/// Bytes of a guid that is kept as it is; a longer one is hashed.
const GUID_BYTES_MAX: usize = 512;
/// Parameters that say how a reader came, not what the page is.
const TRACKING: [&str; 12] = [
    "fbclid", "gclid", "dclid", "msclkid", "yclid", "mc_cid", "mc_eid", "igshid", "ref_src",
    "cmpid", "ocid", "xtor",
];

/// What an item's key can rest on.
pub(super) struct Parts<'a> {
    /// Empty where the publisher gave none.
    pub(super) guid: &'a str,
    /// Other items of the document have the same guid.
    pub(super) repeated: bool,
    pub(super) url: Option<&'a str>,
    pub(super) title: &'a str,
    pub(super) published: Option<Timestamp>,
    pub(super) summary: &'a str,
}

/// The key of an item: the same at every poll.
pub(super) fn key(parts: &Parts<'_>) -> ItemKey {
    let link = parts.url.map(canonical);
    if !parts.guid.is_empty() {
        let mut guid = parts.guid.to_owned();
        if parts.repeated {
            let own = link.unwrap_or_else(|| content(parts));
            guid = format!("{guid}|{own}");
        }
        if guid.len() > GUID_BYTES_MAX {
            guid = format!("sha256:{}", hash(&[&guid]));
        }
        return ItemKey(format!("guid:{guid}"));
    }
    if let Some(link) = link {
        return ItemKey(format!("link:{link}"));
    }
    ItemKey(format!("hash:{}", content(parts)))
}

/// A hash of what an item says, where nothing else tells it from others.
fn content(parts: &Parts<'_>) -> String {
    let published = parts.published.map(|at| at.to_string()).unwrap_or_default();
    // With a date the text may be edited; without one it is all there is.
    let text = if published.is_empty() { parts.summary } else { "" };
    hash(&[parts.title, &published, text])
}

/// The guids that stand more than once in a document: some feeds give one to all items.
pub(super) fn repeated<'a>(guids: &[&'a str]) -> HashSet<&'a str> {
    let mut once = HashSet::new();
    guids.iter().filter(|guid| !guid.is_empty() && !once.insert(**guid)).copied().collect()
}

/// An address without what does not belong to the page's identity: fragment, tracking
/// parameters, a default port (which `url` drops itself).
fn canonical(url: &str) -> String {
    let Ok(mut url) = Url::parse(url) else { return url.to_owned() };
    url.set_fragment(None);
    if url.query().is_some() {
        let kept: Vec<(String, String)> = url
            .query_pairs()
            .filter(|(name, _)| !name.starts_with("utm_") && !TRACKING.contains(&name.as_ref()))
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect();
        if kept.len() != url.query_pairs().count() {
            url.query_pairs_mut().clear().extend_pairs(&kept);
        }
        if kept.is_empty() {
            url.set_query(None);
        }
    }
    let text = url.to_string();
    if text.len() > GUID_BYTES_MAX { format!("sha256:{}", hash(&[&text])) } else { text }
}

fn hash(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    HEXLOWER.encode(&hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING: Parts<'_> =
        Parts { guid: "", repeated: false, url: None, title: "", published: None, summary: "" };

    #[track_caller]
    fn check(parts: &Parts<'_>, expected: &str) {
        assert_eq!(key(parts).0, expected);
    }

    #[test]
    fn the_ladder_is_guid_link_hash() {
        let url = Some("https://News.Example:443/a?id=1&utm_source=rss&fbclid=x#top");
        check(&Parts { guid: "g1", url, title: "t", ..NOTHING }, "guid:g1");
        check(&Parts { url, title: "t", ..NOTHING }, "link:https://news.example/a?id=1");
        check(
            &Parts { guid: "g1", repeated: true, url, ..NOTHING },
            "guid:g1|https://news.example/a?id=1",
        );
        let unlinked = |title| key(&Parts { guid: "g1", repeated: true, title, ..NOTHING });
        assert_eq!(unlinked("t"), unlinked("t"));
        assert_ne!(unlinked("t"), unlinked("u"));
        let long = "x".repeat(600);
        let hashed = key(&Parts { guid: &long, ..NOTHING }).0;
        assert!(hashed.starts_with("guid:sha256:") && hashed.len() == 12 + 64, "{hashed}");
    }

    #[test]
    fn tracking_and_fragments_are_not_the_page() {
        #[track_caller]
        fn same(one: &str, other: &str) {
            assert_eq!(canonical(one), canonical(other));
        }
        same("https://a.example/x", "https://a.example/x#comments");
        same("https://a.example/x", "https://a.example/x?utm_medium=feed&utm_campaign=y");
        same("https://a.example/x?q=%E5%B0%96", "https://a.example/x?q=%E5%B0%96&gclid=1");
        assert_ne!(canonical("https://a.example/x?id=1"), canonical("https://a.example/x?id=2"));
        assert_eq!(canonical("https://a.example/x?a=b+c&d"), "https://a.example/x?a=b+c&d");
    }

    #[test]
    fn a_title_may_change_and_the_key_does_not() {
        let url = Some("https://a.example/x");
        let before = key(&Parts { url, title: "Ships near isles", ..NOTHING });
        let after = key(&Parts { url, title: "UPDATE 1: Ships near isles", ..NOTHING });
        assert_eq!(before, after);
    }

    #[test]
    fn without_guid_and_link_the_content_is_the_key() {
        let at = Some(Timestamp::UNIX_EPOCH);
        let one = key(&Parts { title: "t", summary: "a", published: at, ..NOTHING });
        let edited = key(&Parts { title: "t", summary: "b", published: at, ..NOTHING });
        assert_eq!(one, edited);
        let undated = key(&Parts { title: "t", summary: "a", ..NOTHING });
        let other = key(&Parts { title: "t", summary: "b", ..NOTHING });
        assert_ne!(undated, other);
    }

    #[test]
    fn repeated_guids_are_found() {
        assert_eq!(repeated(&["a", "b", "a", "", ""]), HashSet::from(["a"]));
    }
}
