//! One entry as it stood in the document, and the [`Item`] that is made of it.

use std::collections::HashSet;

use jiff::Timestamp;
use url::Url;

use super::{AUTHORS_MAX, URL_BYTES_MAX, capped, dates, identity};
use crate::feed::Item;
use crate::text::html;

/// Bytes of a title.
const TITLE_BYTES_MAX: usize = 1 << 10;
/// Bytes of a summary.
const SUMMARY_BYTES_MAX: usize = 64 << 10;
/// Bytes of a body.
const BODY_BYTES_MAX: usize = 256 << 10;
/// Bytes of an author's name.
const AUTHOR_BYTES_MAX: usize = 200;
/// Characters of a summary that is made from the body.
const EXCERPT_CHARS: usize = 300;

/// What an entry says, with its markup and as it was written.
#[derive(Debug, Clone, Default)]
pub(super) struct Entry {
    /// Nothing stands in it.
    pub(super) is_empty: bool,
    pub(super) guid: String,
    /// RSS 1.0 `rdf:about`, or the `href` of an item: an address where there is no other.
    pub(super) about: String,
    pub(super) links: Vec<Link>,
    pub(super) title: String,
    pub(super) summary: String,
    pub(super) content: String,
    /// The title and the description of the entry's media, where it has none itself.
    pub(super) media_title: String,
    pub(super) media_summary: String,
    /// The better the source, the lower its rank.
    pub(super) published: Vec<(u8, String)>,
    pub(super) updated: Vec<(u8, String)>,
    pub(super) authors: Vec<String>,
    pub(super) language: String,
}

/// A link of an entry.
#[derive(Debug, Clone, Default)]
pub(super) struct Link {
    pub(super) rank: Rank,
    pub(super) href: String,
    /// The `xml:base` in force there.
    pub(super) base: Option<Url>,
}

/// How likely a link leads to the article, the likeliest first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// What stood there before a service put its own in its place.
    Original,
    /// An alternate, of HTML or of nothing said.
    #[default]
    Page,
    /// An alternate of another kind.
    Alternate,
}

impl Rank {
    /// The rank of an Atom link; `None` for one that leads elsewhere (replies, self, enclosure).
    /// Source: RFC 4287 §4.2.7.
    pub(super) fn of(rel: Option<&str>, kind: Option<&str>) -> Option<Self> {
        let is_alternate = rel.is_none_or(|rel| {
            let rel = rel.trim();
            rel.is_empty() || rel.eq_ignore_ascii_case("alternate") || rel.ends_with("/alternate")
        });
        let is_page = kind.is_none_or(|kind| {
            let kind = kind.trim().to_ascii_lowercase();
            kind.is_empty() || kind.contains("html")
        });
        is_alternate.then_some(if is_page { Self::Page } else { Self::Alternate })
    }
}

/// What the feed says for all of its entries.
pub(super) struct Setting<'a> {
    /// What relative links are relative to where no `xml:base` says it.
    pub(super) base: &'a Url,
    /// The operator's word.
    pub(super) language: Option<&'a str>,
    pub(super) feed_language: &'a str,
    pub(super) authors: &'a [String],
    /// The guids that stand more than once.
    pub(super) repeated: &'a HashSet<&'a str>,
}

/// An entry as clean text with a key.
pub(super) fn item(entry: &Entry, setting: &Setting<'_>) -> Item {
    let either = |one: &str, other: &str| {
        let text = html::to_text(one);
        if text.is_empty() { html::to_text(other) } else { text }
    };
    let title = capped(either(&entry.title, &entry.media_title), TITLE_BYTES_MAX);
    let mut summary = either(&entry.summary, &entry.media_summary);
    let mut body = html::to_text(&entry.content);
    if summary.is_empty() {
        summary = excerpt(&body);
    }
    if summary == body {
        body.clear();
    }
    let url = address(entry, setting.base);
    let language = tag(&entry.language).or_else(|| tag(setting.feed_language));
    let date = |said: &[(u8, String)]| date(said, language.as_deref());
    let (published, updated) = (date(&entry.published), date(&entry.updated));
    let key = identity::key(&identity::Parts {
        guid: &entry.guid,
        repeated: setting.repeated.contains(entry.guid.as_str()),
        url: url.as_deref(),
        title: &title,
        published,
        summary: &summary,
    });
    let own: Vec<String> = entry.authors.iter().filter_map(|person| author(person)).collect();
    let mut authors = if own.is_empty() { setting.authors.to_vec() } else { own };
    authors.truncate(AUTHORS_MAX);
    Item {
        key,
        title,
        url,
        summary: capped(summary, SUMMARY_BYTES_MAX),
        body: capped(body, BODY_BYTES_MAX),
        published,
        updated,
        authors,
        language: setting.language.and_then(tag).or(language),
    }
}

/// The best date that can be read.
fn date(said: &[(u8, String)], language: Option<&str>) -> Option<Timestamp> {
    let mut ranked: Vec<&(u8, String)> = said.iter().collect();
    ranked.sort_by_key(|(rank, _)| *rank);
    ranked.into_iter().find_map(|(_, text)| dates::parse(text, language))
}

/// The item's page: the likeliest link, else what identifies it where that is an address.
fn address(entry: &Entry, base: &Url) -> Option<String> {
    let mut links: Vec<&Link> = entry.links.iter().collect();
    links.sort_by_key(|link| link.rank);
    let link =
        links.into_iter().find_map(|link| page(&link.href, link.base.as_ref().unwrap_or(base)));
    link.or_else(|| page(&entry.about, base)).or_else(|| {
        let is_address = entry.guid.starts_with("http://") || entry.guid.starts_with("https://");
        is_address.then(|| page(&entry.guid, base)).flatten()
    })
}

/// An http or https address without credentials.
fn page(href: &str, base: &Url) -> Option<String> {
    let href = href.trim();
    if href.is_empty() || href.len() > URL_BYTES_MAX {
        return None;
    }
    let mut url = base.join(href).ok()?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return None;
    }
    let _ = url.set_username("");
    let _ = url.set_password(None);
    Some(url.to_string()).filter(|url| url.len() <= URL_BYTES_MAX)
}

/// A person's name: no markup, no e-mail address, no brackets around it.
pub(super) fn author(written: &str) -> Option<String> {
    let name = without_addresses(&html::to_text(written));
    let name = name.trim_matches(|c: char| "()（）<>【】\"“” ,;".contains(c));
    let named = !name.is_empty() && name != "unknown";
    named.then(|| capped(name.to_owned(), AUTHOR_BYTES_MAX))
}

/// Names are wanted, addresses are not: a run of address characters with an `@` goes.
pub(super) fn without_addresses(text: &str) -> String {
    if !text.contains('@') {
        return text.to_owned();
    }
    let is_address = |c: char| c.is_ascii_alphanumeric() || "._%+-@".contains(c);
    let mut out = String::new();
    let mut rest = text;
    while !rest.is_empty() {
        let run = rest.find(|c| !is_address(c)).unwrap_or(rest.len());
        if !rest[..run].contains('@') {
            out.push_str(&rest[..run]);
        }
        let other = rest[run..].find(is_address).map_or(rest.len(), |length| run + length);
        out.push_str(&rest[run..other]);
        rest = &rest[other..];
    }
    out
}

/// A language tag as it should be written: `EN_us` is `en-US`.
pub(super) fn tag(written: &str) -> Option<String> {
    let mut parts = written.trim().split(['-', '_']);
    let first = parts.next().filter(|first| {
        (2..=3).contains(&first.len()) && first.bytes().all(|byte| byte.is_ascii_alphabetic())
    })?;
    let mut tag = first.to_ascii_lowercase();
    for part in parts.filter(|part| part.bytes().all(|byte| byte.is_ascii_alphanumeric())).take(3) {
        tag.push('-');
        match part.len() {
            2 => tag.push_str(&part.to_ascii_uppercase()),
            4 => {
                tag.push_str(&part[..1].to_ascii_uppercase());
                tag.push_str(&part[1..].to_ascii_lowercase());
            }
            _ => tag.push_str(&part.to_ascii_lowercase()),
        }
    }
    Some(tag)
}

/// The beginning of a text, cut at a word.
fn excerpt(text: &str) -> String {
    let Some((end, _)) = text.char_indices().nth(EXCERPT_CHARS) else { return text.to_owned() };
    let end = text[..end].rfind(' ').unwrap_or(end);
    format!("{}…", &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn language_tags_are_brought_into_form() {
        assert_eq!(tag("EN_us").as_deref(), Some("en-US"));
        assert_eq!(tag("zh-hant-tw").as_deref(), Some("zh-Hant-TW"));
        assert_eq!(tag(" ja "), Some("ja".into()));
        assert_eq!(tag("english"), None);
    }

    #[test]
    fn a_name_is_without_its_address() {
        #[track_caller]
        fn check(written: &str, name: Option<&str>) {
            assert_eq!(author(written).as_deref(), name, "{written}");
        }
        check("山田太郎（yamada@example.co.jp）", Some("山田太郎"));
        check("“news@x.example”张三", Some("张三"));
        check("desk@x.example (The Desk)", Some("The Desk"));
        check("desk@x.example", None);
        check("<b>A</b> &amp; B", Some("A & B"));
        check("unknown", None);
        check("  ", None);
    }

    #[test]
    fn the_likeliest_link_is_the_page() {
        #[track_caller]
        fn check(
            links: &[(Option<&str>, Option<&str>, &str)],
            about: &str,
            expected: Option<&str>,
        ) {
            let links = links.iter().filter_map(|(rel, kind, href)| {
                let href = (*href).to_owned();
                Some(Link { rank: Rank::of(*rel, *kind)?, href, base: None })
            });
            let entry =
                Entry { links: links.collect(), about: about.to_owned(), ..Entry::default() };
            let base = Url::parse("https://a.example/news/").expect("a URL");
            assert_eq!(address(&entry, &base).as_deref(), expected);
        }
        let page = Some("https://a.example/news/1");
        check(&[(None, None, "1")], "", page);
        check(
            &[(Some("replies"), None, "0"), (Some("alternate"), Some("text/html"), "1")],
            "",
            page,
        );
        let json = Some("application/json");
        check(&[(Some("alternate"), json, "0"), (Some("alternate"), None, "1")], "", page);
        check(&[(Some("alternate"), json, "1")], "", page);
        check(&[(Some("self"), None, "0"), (None, None, "javascript:x")], "1", page);
        check(&[(None, None, "https://u:p@a.example/news/1")], "", page);
        check(&[(None, None, "")], "", None);
    }
}
