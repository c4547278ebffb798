//! Which kind of feed a document is, told by its first element.

use std::fmt;

use super::reading::{Attributes, attribute};
use super::{Fault, shortened};

/// The kind of a feed and its version, as it says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Format {
    Rss(String),
    /// RSS 0.90, 1.0 and 1.1: made of RDF.
    Rdf,
    Atom(&'static str),
    Json(String),
    /// A sitemap with news in it.
    Sitemap,
    /// A list of sitemaps: no feed, but it leads to some.
    SitemapIndex,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rss(version) if version.is_empty() => f.write_str("RSS"),
            Self::Rss(version) => write!(f, "RSS {version}"),
            Self::Rdf => f.write_str("RSS 1.0"),
            Self::Atom(version) => write!(f, "Atom {version}"),
            Self::Json(version) if version.is_empty() => f.write_str("JSON Feed"),
            Self::Json(version) => write!(f, "JSON Feed {version}"),
            Self::Sitemap => f.write_str("news sitemap"),
            Self::SitemapIndex => f.write_str("sitemap index"),
        }
    }
}

/// Characters of a version.
const VERSION_CHARS_MAX: usize = 8;

/// Bytes of the address of a sitemap that is named.
const CHILD_BYTES_MAX: usize = 500;

/// What a sitemap index is told as.
pub(super) fn index(children: &[String]) -> String {
    let is_short = |child: &&str| child.len() <= CHILD_BYTES_MAX;
    let children: Vec<&str> = children.iter().map(String::as_str).filter(is_short).collect();
    if children.is_empty() {
        return "a sitemap index, not a feed".into();
    }
    format!("a sitemap index, not a feed; its sitemaps: {}", children.join(" "))
}

/// A version as it may be shown: digits and dots.
pub(super) fn version(written: &str) -> String {
    let digits = written.chars().filter(|c| c.is_ascii_digit() || *c == '.');
    digits.take(VERSION_CHARS_MAX).collect()
}

impl Format {
    /// The format of a document whose first element is this, or why it is no feed.
    pub(super) fn of(root: &str, attributes: &Attributes<'_>) -> Result<Self, Fault> {
        let says = |what: &str| {
            attributes.iter().any(|(_, value)| value.to_ascii_lowercase().contains(what))
        };
        match root {
            "rss" | "channel" | "item" => {
                let written = attribute(attributes, "version").unwrap_or_default();
                Ok(Self::Rss(version(written)))
            }
            "RDF" | "rdf" | "Channel" => Ok(Self::Rdf),
            "feed" | "entry" => Ok(Self::Atom(if says("purl.org/atom") { "0.3" } else { "1.0" })),
            "urlset" => Ok(Self::Sitemap),
            "sitemapindex" => Ok(Self::SitemapIndex),
            _ => Err(Fault::NoFeed(shortened(&format!(
                "no feed in this XML (its root is `{root}`)"
            )))),
        }
    }

    pub(super) fn is_sitemap(&self) -> bool {
        *self == Self::Sitemap
    }
}
