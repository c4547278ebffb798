//! An HTML page where a feed should be, and the feeds that it names.
//!
//! Source: RSS Advisory Board, “RSS Autodiscovery”; WHATWG HTML, link types `alternate`, `feed`.

use std::cell::RefCell;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{
    BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};
use url::Url;

use crate::text::html;

/// Bytes of a page in which its head is looked for.
const HEAD_BYTES_MAX: usize = 256 << 10;
/// Bytes at the start of a document that say what it is.
const START_BYTES: usize = 4 << 10;
/// Feeds that are taken from one page.
const FEEDS_MAX: usize = 32;
/// Feeds that a message names.
const NAMED_MAX: usize = 3;
/// Media types of feeds, and what people call them.
const KINDS: [(&str, &str); 6] = [
    ("application/rss+xml", "RSS"),
    ("application/atom+xml", "Atom"),
    ("application/feed+json", "JSON Feed"),
    ("application/rdf+xml", "RSS 1.0"),
    ("application/x.atom+xml", "Atom"),
    ("application/x-rss+xml", "RSS"),
];

/// A feed that a page names.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub(crate) struct NamedFeed {
    pub(crate) url: Url,
    /// `RSS`, `Atom`, `JSON Feed`.
    pub(crate) kind: &'static str,
    /// What the page calls it; may be empty.
    pub(crate) title: String,
}

/// Whether a document is a page for people.
pub(crate) fn is_page(text: &str) -> bool {
    let mut start = &text[..text.floor_char_boundary(START_BYTES)];
    // Comments and a declaration of XML may stand before either.
    loop {
        start = start.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
        let end = if start.starts_with("<!--") {
            start.find("-->").map(|at| at + 3)
        } else if start.starts_with("<?") {
            start.find("?>").map(|at| at + 2)
        } else {
            None
        };
        let Some(end) = end else { break };
        start = &start[end..];
    }
    let begins = |mark: &str| {
        let head = start.as_bytes().get(..mark.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(mark.as_bytes()))
    };
    begins("<!doctype html") || begins("<html")
}

/// That it is no feed, and which feeds it names.
pub(super) fn said(page: &str, base: &Url) -> String {
    let named = named_feeds(page, base);
    let shown: Vec<&str> = named.iter().take(NAMED_MAX).map(|feed| feed.url.as_str()).collect();
    match (shown.as_slice(), named.len() - shown.len()) {
        ([], _) => "the answer is an HTML page, not a feed".into(),
        ([one], _) => format!("the answer is an HTML page; it names a feed: {one}"),
        (several, 0) => {
            format!("the answer is an HTML page; it names feeds: {}", several.join(" "))
        }
        (several, more) => {
            format!(
                "the answer is an HTML page; it names feeds: {} and {more} more",
                several.join(" ")
            )
        }
    }
}

/// The feeds that a page names, each once, in its order.
pub(crate) fn named_feeds(page: &str, base: &Url) -> Vec<NamedFeed> {
    let head = &page[..page.floor_char_boundary(HEAD_BYTES_MAX)];
    let sink = Sink { base: RefCell::new(base.clone()), feeds: RefCell::default() };
    let tokenizer = Tokenizer::new(sink, TokenizerOpts::default());
    let input = BufferQueue::default();
    input.push_back(StrTendril::from(html::shorn(head).as_ref()));
    // Scripts are never run, so the tokenizer never stops for one.
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    tokenizer.sink.feeds.into_inner()
}

struct Sink {
    base: RefCell<Url>,
    feeds: RefCell<Vec<NamedFeed>>,
}

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let Token::TagToken(tag) = token else { return TokenSinkResult::Continue };
        if tag.kind == TagKind::EndTag {
            return TokenSinkResult::Continue;
        }
        match &*tag.name {
            "base" => {
                let url = value(&tag, "href").and_then(|href| self.base.borrow().join(&href).ok());
                if let Some(url) = url {
                    *self.base.borrow_mut() = url;
                }
            }
            "link" | "a" => self.link(&tag),
            "script" => return TokenSinkResult::RawData(RawKind::ScriptData),
            "style" | "noscript" => return TokenSinkResult::RawData(RawKind::Rawtext),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

impl Sink {
    fn link(&self, tag: &Tag) {
        let rel = value(tag, "rel").unwrap_or_default().to_ascii_lowercase();
        let mut rels = rel.split_ascii_whitespace();
        let kind = value(tag, "type").unwrap_or_default().to_ascii_lowercase();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        let known = KINDS.iter().find(|(name, _)| *name == kind).map(|(_, kind)| *kind);
        if !rels.any(|rel| matches!(rel, "alternate" | "feed")) {
            return;
        }
        let (Some(kind), Some(href)) = (known, value(tag, "href")) else { return };
        let Ok(url) = self.base.borrow().join(href.trim()) else { return };
        let mut feeds = self.feeds.borrow_mut();
        let is_new = feeds.iter().all(|feed| feed.url != url);
        if matches!(url.scheme(), "http" | "https") && is_new && feeds.len() < FEEDS_MAX {
            let title = html::to_text(&value(tag, "title").unwrap_or_default());
            feeds.push(NamedFeed { url, kind, title: super::capped(title, 200) });
        }
    }
}

fn value(tag: &Tag, name: &str) -> Option<String> {
    let found = tag.attrs.iter().find(|attribute| &*attribute.name.local == name)?;
    Some(found.value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(page: &str, expected: &[(&str, &str, &str)]) {
        let base = Url::parse("https://news.example/asia/").expect("a URL");
        let found = named_feeds(page, &base);
        let found: Vec<(&str, &str, &str)> =
            found.iter().map(|feed| (feed.url.as_str(), feed.kind, feed.title.as_str())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_page_begins_as_one() {
        for page in [
            "<!DOCTYPE html>",
            " \n<HTML lang=en>",
            "<!-- made by hand --><!doctype HTML>",
            "<?xml version='1.0'?>\n<!DOCTYPE html PUBLIC '-//W3C//DTD XHTML 1.0 Strict//EN'>",
        ] {
            assert!(is_page(page), "{page}");
        }
        for other in ["<rss><html>", "<!-- <html> -->", "<!doctype rss>", "html", "", "<!--"] {
            assert!(!is_page(other), "{other}");
        }
    }

    #[test]
    fn a_page_names_its_feeds() {
        check(
            "<!doctype html><head><LINK REL=alternate type=application/rss+xml href=/rss?a=1&amp;b=2 \
             title='News &amp; more'><link rel='stylesheet alternate' type='APPLICATION/ATOM+XML; charset=x' \
             href=\"atom.xml\"/><link rel=alternate type=text/html href=/en>\
             <link rel=alternate type=application/feed+json href=atom.xml>\
             <link rel=alternate type=application/rss+xml href=javascript:x>\
             <script>'<link rel=alternate type=application/rss+xml href=/no>'</script>\
             <!-- <link rel=alternate type=application/rss+xml href=/no> -->",
            &[
                ("https://news.example/rss?a=1&b=2", "RSS", "News & more"),
                ("https://news.example/asia/atom.xml", "Atom", ""),
            ],
        );
        check(
            "<base href='https://cdn.example/'><link rel=alternate type=application/rss+xml href=f>",
            &[("https://cdn.example/f", "RSS", "")],
        );
        check("<p>no feeds", &[]);
    }

    #[test]
    fn many_feeds_are_named_in_part() {
        let link = |n: usize| format!("<link rel=alternate type=application/rss+xml href=/{n}>");
        let page: String = (0..1_000).map(link).collect();
        let base = Url::parse("https://a.example/").expect("a URL");
        assert_eq!(named_feeds(&page, &base).len(), FEEDS_MAX);
        assert_eq!(
            said(&page, &base),
            "the answer is an HTML page; it names feeds: https://a.example/0 https://a.example/1 \
             https://a.example/2 and 29 more"
        );
        let two: String = (0..2).map(link).collect();
        assert_eq!(
            said(&two, &base),
            "the answer is an HTML page; it names feeds: https://a.example/0 https://a.example/1"
        );
    }
}
