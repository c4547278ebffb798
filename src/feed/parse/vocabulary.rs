//! Which words an element's name is one of: the namespaces of feeds, as publishers write them.
//!
//! A name that is declared counts as what it is declared to be. Publishers also forget to
//! declare (`media:title` on a page that never says what `media` is) and misspell: then the
//! customary prefix says what is meant, and an unknown one means nothing of ours, so that a
//! `foo:title` never passes for the title.

/// A set of element names with one meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Vocabulary {
    /// RSS of all versions, Atom of both, and sitemaps: their names do not clash.
    Core,
    /// Dublin Core, elements and terms.
    DublinCore,
    /// `content:encoded`.
    Content,
    /// Media RSS.
    Media,
    Itunes,
    /// `sy:updatePeriod`.
    Syndication,
    Feedburner,
    Xhtml,
    /// The news part of a sitemap.
    News,
    Rdf,
    /// Nothing that we read.
    Other,
}

use Vocabulary::{
    Content, Core, DublinCore, Feedburner, Itunes, Media, News, Other, Rdf, Syndication, Xhtml,
};

/// Pieces of namespace names in lower case, the most telling first.
/// Source: the specifications, and what feeds.md found in their place.
const NAMES: [(&str, Vocabulary); 21] = [
    ("purl.org/rss/1.0/modules/content", Content),
    ("purl.org/rss/1.0/modules/syndication", Syndication),
    ("purl.org/rss/1.0/modules/rss", Core),
    ("purl.org/rss/1.0/modules", Other),
    ("purl.org/rss/", Core),
    ("purl.org/net/rss", Core),
    ("purl.org/atom/ns", Core),
    ("w3.org/2005/atom", Core),
    ("netscape.com/rdf/simple", Core),
    ("backend.userland.com", Core),
    ("harvard.edu", Core),
    ("sitemaps.org/schemas/sitemap", Core),
    ("google.com/schemas/sitemap-news", News),
    ("google.com/schemas/sitemap/", Core),
    ("purl.org/dc/", DublinCore),
    ("search.yahoo.com/mrss", Media),
    ("itunes.com/dtds/podcast", Itunes),
    ("rssnamespace.org/feedburner", Feedburner),
    ("w3.org/1999/xhtml", Xhtml),
    ("22-rdf-syntax-ns", Rdf),
    ("w3.org/tr/rec-html40", Xhtml),
];
/// What a prefix means where its declaration is missing or says nothing that is known.
const PREFIXES: [(&str, Vocabulary); 14] = [
    ("atom", Core),
    ("a10", Core),
    ("rss", Core),
    ("dc", DublinCore),
    ("dcterms", DublinCore),
    ("content", Content),
    ("media", Media),
    ("itunes", Itunes),
    ("sy", Syndication),
    ("feedburner", Feedburner),
    ("xhtml", Xhtml),
    ("html", Xhtml),
    ("news", News),
    ("rdf", Rdf),
];
/// Declarations that are remembered at a time: each name is looked up in them.
const BINDINGS_MAX: usize = 128;

/// The declarations in force.
#[derive(Debug, Default)]
pub(super) struct Bindings {
    /// Depth, prefix (empty: no prefix), meaning; the innermost last.
    bound: Vec<(usize, String, Vocabulary)>,
}

impl Bindings {
    /// Takes an `xmlns` or `xmlns:…` of an element at `depth`; others are none.
    ///
    /// What the root declares for names like its own is the feed's own vocabulary, whatever it
    /// is called: many RSS feeds have a namespace of their own making.
    pub(super) fn declare(&mut self, depth: usize, attribute: &str, uri: &str, root: Option<&str>) {
        let Some(prefix) = attribute.strip_prefix("xmlns") else { return };
        let prefix = match prefix.strip_prefix(':') {
            Some(prefix) => prefix,
            None if prefix.is_empty() => "",
            None => return,
        };
        if self.bound.len() == BINDINGS_MAX {
            return;
        }
        let uri = uri.trim().to_ascii_lowercase();
        let known = NAMES.iter().find(|(name, _)| uri.contains(name)).map(|(_, meaning)| *meaning);
        let is_of_root = root.is_some_and(|root| prefix_of(root) == prefix);
        let meaning = match known {
            _ if is_of_root && known != Some(Rdf) => Core,
            Some(meaning) => meaning,
            None if prefix.is_empty() && uri.is_empty() => Core,
            None if prefix.is_empty() => Other,
            None => customary(prefix),
        };
        self.bound.push((depth, prefix.to_owned(), meaning));
    }

    /// Forgets what was declared deeper than `depth`.
    pub(super) fn leave(&mut self, depth: usize) {
        while self.bound.last().is_some_and(|(at, ..)| *at > depth) {
            self.bound.pop();
        }
    }

    /// What a name is, and the name without its prefix.
    pub(super) fn resolve<'n>(&self, name: &'n str) -> (Vocabulary, &'n str) {
        let (prefix, local) = name.split_once(':').unwrap_or(("", name));
        let bound = self.bound.iter().rev().find(|(_, known, _)| known == prefix);
        let meaning = match bound {
            Some((.., meaning)) => *meaning,
            None if prefix.is_empty() => Core,
            None => customary(prefix),
        };
        (meaning, local)
    }
}

fn prefix_of(name: &str) -> &str {
    name.split_once(':').map_or("", |(prefix, _)| prefix)
}

fn customary(prefix: &str) -> Vocabulary {
    let known = PREFIXES.iter().find(|(known, _)| prefix.eq_ignore_ascii_case(known));
    known.map_or(Other, |(_, meaning)| *meaning)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_what_it_is_declared_to_be() {
        let mut bindings = Bindings::default();
        let root = Some("rss");
        bindings.declare(1, "xmlns:m", "http://search.yahoo.com/mrss", root);
        bindings.declare(1, "xmlns:dc", "http://purl.org/DC/elements/1.0/", root);
        bindings.declare(1, "xmlns:foo", "http://foo.example/", root);
        bindings.declare(1, "version", "2.0", root);
        assert_eq!(bindings.resolve("m:title"), (Media, "title"));
        assert_eq!(bindings.resolve("dc:date"), (DublinCore, "date"));
        assert_eq!(bindings.resolve("foo:title"), (Other, "title"));
        assert_eq!(bindings.resolve("title"), (Core, "title"));
        bindings.declare(3, "xmlns", "http://www.w3.org/1999/xhtml", None);
        assert_eq!(bindings.resolve("title"), (Xhtml, "title"));
        bindings.leave(2);
        assert_eq!(bindings.resolve("title"), (Core, "title"));
    }

    #[test]
    fn what_is_not_declared_is_what_its_prefix_customarily_is() {
        let bindings = Bindings::default();
        assert_eq!(bindings.resolve("media:title"), (Media, "title"));
        assert_eq!(bindings.resolve("atom:link"), (Core, "link"));
        assert_eq!(bindings.resolve("bar:title"), (Other, "title"));
        let mut bindings = Bindings::default();
        bindings.declare(1, "xmlns:content", "http://mistyped.example/", Some("rss"));
        assert_eq!(bindings.resolve("content:encoded"), (Content, "encoded"));
    }

    #[test]
    fn the_names_of_the_root_are_the_feeds_own() {
        #[track_caller]
        fn check(root: &str, attribute: &str, uri: &str, name: &str, expected: Vocabulary) {
            let mut bindings = Bindings::default();
            bindings.declare(1, attribute, uri, Some(root));
            assert_eq!(bindings.resolve(name).0, expected);
        }
        check("rss", "xmlns", "http://own.example/", "item", Core);
        check("r:rss", "xmlns:r", "http://own.example/", "r:item", Core);
        check("feed", "xmlns", "http://www.w3.org/2005/atom-misspelt", "entry", Core);
        check("rdf:RDF", "xmlns", "http://purl.org/rss/1.0/", "item", Core);
        let rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
        check("rdf:RDF", "xmlns:rdf", rdf, "rdf:li", Rdf);
    }

    #[test]
    fn declarations_are_bounded() {
        let mut bindings = Bindings::default();
        for n in 0..10_000 {
            bindings.declare(1, &format!("xmlns:p{n}"), "http://a.example/", None);
        }
        assert_eq!(bindings.bound.len(), BINDINGS_MAX);
    }
}
