//! What `explain` is asked about: a text, a file, an address or standard input, made into items
//! as the daemon would make them.

use std::path::Path;

use anyhow::{Context as _, anyhow, bail, ensure};

use crate::article::{self, Article};
use crate::cli::document;
use crate::feed::fetch::Body;
use crate::feed::parse::{decoded, parse};
use crate::feed::{Item, Polling};
use crate::text::html;

/// Bytes at the start of a document that say what it is.
const START_BYTES: usize = 1_024;
/// What files are called: a word that ends in one of these and names no file is a slip.
const EXTENSIONS: [&str; 8] = [".txt", ".html", ".htm", ".xml", ".rss", ".atom", ".json", ".xhtml"];

/// What was said beside the source itself.
#[derive(Debug)]
pub(super) struct Said<'a> {
    pub(super) title: Option<&'a str>,
    /// BCP 47.
    pub(super) language: Option<&'a str>,
}

/// The items of `source`: at least one.
pub(super) async fn items(
    source: &str,
    said: &Said<'_>,
    polling: &Polling,
) -> anyhow::Result<Vec<Item>> {
    let body = if source == "-" {
        document::standard_input()?
    } else if let Some(url) = document::address(source)? {
        document::fetched(&url, polling).await.map_err(|refusal| refusal.told(&url))?
    } else if Path::new(source).exists() {
        document::file(source)?
    } else {
        ensure!(
            !looks_like_a_file(source),
            "there is no file `{source}`; a text is taken as it is, `-` reads standard input"
        );
        return Ok(vec![text_item(source.to_owned(), said)]);
    };
    let shown = if source == "-" { "standard input" } else { source };
    items_of(body, said).with_context(|| format!("cannot make items of `{shown}`"))
}

/// An item of a text as it is.
pub(super) fn text_item(text: String, said: &Said<'_>) -> Item {
    Item {
        title: said.title.unwrap_or_default().to_owned(),
        body: text,
        language: said.language.map(str::to_owned),
        ..Item::default()
    }
}

fn looks_like_a_file(source: &str) -> bool {
    let lower = source.to_ascii_lowercase();
    let begins = ["/", "./", "../", "~/"].iter().any(|start| source.starts_with(start));
    !source.contains(char::is_whitespace)
        && (begins || EXTENSIONS.iter().any(|extension| lower.ends_with(extension)))
}

/// A feed's items, a page's text, or a text as it is.
fn items_of(mut body: Body, said: &Said<'_>) -> anyhow::Result<Vec<Item>> {
    if !body.content_type.as_ref().is_some_and(|kind| kind.contains("charset=")) {
        body.content_type = page_charset(&body.bytes).or(body.content_type);
    }
    ensure!(!body.bytes.iter().all(u8::is_ascii_whitespace), "it is empty");
    let text = decoded(&body).map_err(|reason| anyhow!(reason))?;
    if is_feed(&text) {
        ensure!(said.title.is_none(), "`--title` is for a text: the items of a feed have theirs");
        let document = parse(&body, said.language).map_err(|reason| anyhow!(reason))?;
        if document.items.is_empty() {
            bail!("the feed holds no items");
        }
        return Ok(document.items);
    }
    if !is_page(&text) {
        return Ok(vec![text_item(text.trim().to_owned(), said)]);
    }
    let page = article::extract(&text).unwrap_or_else(|_| whole(&text));
    let title = said.title.map_or(page.title, str::to_owned);
    let url = matches!(body.final_url.scheme(), "http" | "https")
        .then(|| String::from(body.final_url.clone()));
    let language = said.language.map(str::to_owned).or(page.language);
    Ok(vec![Item { title, url, body: page.text, language, ..Item::default() }])
}

fn start(text: &str) -> String {
    text[..text.floor_char_boundary(START_BYTES)].trim_start().to_ascii_lowercase()
}

/// Whether a document wants to be a feed; whether it is one, `parse` says.
fn is_feed(text: &str) -> bool {
    let start = start(text);
    let is_json = start.starts_with('{') && start.contains("jsonfeed.org");
    is_json
        || start.starts_with('<')
            && ["<rss", "<feed", "<rdf:rdf"].iter().any(|it| start.contains(it))
}

fn is_page(text: &str) -> bool {
    let start = start(text);
    let marks =
        ["<!doctype html", "<html", "<head", "<body", "<title", "<p>", "<div", "<h1", "<meta"];
    start.starts_with('<') && marks.iter().any(|mark| start.contains(mark))
}

/// All that stands on a page that holds no article.
fn whole(page: &str) -> Article {
    let (title, rest) = title_and_rest(page);
    Article { title, text: html::to_text(&rest), language: page_language(page) }
}

/// The text of a page's first `<title>`, and the page without it.
fn title_and_rest(page: &str) -> (String, String) {
    let lower = page.to_ascii_lowercase();
    let places = || {
        let opens = lower.find("<title")?;
        let begins = opens + lower[opens..].find('>')? + 1;
        let ends = begins + lower[begins..].find("</title")?;
        Some((opens, begins, ends))
    };
    match places() {
        Some((opens, begins, ends)) => (
            html::to_text(&page[begins..ends]),
            format!("{}<title>{}", &page[..opens], &page[ends..]),
        ),
        None => (String::new(), page.to_owned()),
    }
}

/// `<meta charset=…>`, as a server would say it. XML says it in its own way.
fn page_charset(bytes: &[u8]) -> Option<String> {
    let start = start(&String::from_utf8_lossy(&bytes[..bytes.len().min(START_BYTES)]));
    let value = start.split_once("<meta")?.1.split_once("charset=")?.1;
    let value = value.trim_start_matches(['"', '\'']);
    let end = value.find(['"', '\'', ' ', '>', ';', '/'])?;
    Some(format!("text/html; charset={}", &value[..end]))
}

/// `<html lang="…">`.
fn page_language(page: &str) -> Option<String> {
    let start = start(page);
    let tag = start.split_once("<html")?.1.split('>').next()?;
    let value = tag.split_once(" lang=")?.1.trim_start_matches(['"', '\'']);
    let end = value.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(value.len());
    Some(value[..end].to_owned()).filter(|tag| tag.len() > 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_with_the_end_of_a_file_is_no_text() {
        assert!(["a.xml", "./notes", "/tmp/x", "Page.HTML"].iter().all(|it| looks_like_a_file(it)));
        assert!(
            ["Mali/Niger", "Ships.", "see a.xml", "和平"].iter().all(|it| !looks_like_a_file(it))
        );
    }

    #[test]
    fn a_page_has_a_title_a_language_and_a_text() {
        let page = "<!DOCTYPE html><HTML class=x lang='pt-BR'><head><TITLE id=t>A &amp; B</TITLE>\
                    </head><body><p>One.</p><script>x</script></body>";
        let (title, rest) = title_and_rest(page);
        assert_eq!((title.as_str(), html::to_text(&rest).as_str()), ("A & B", "One."));
        assert_eq!(page_language(page).as_deref(), Some("pt-br"));
        let charset = page_charset(b"<html><meta name=x><meta charset=\"shift_jis\">\xff");
        assert_eq!(charset.as_deref(), Some("text/html; charset=shift_jis"));
        assert_eq!(page_charset(b"charset=x"), None);
        assert!(is_page(page) && !is_feed(page));
        assert!(is_feed("<?xml version='1.0'?><rss version='2.0'>") && !is_page("<rss>"));
        assert!(!is_page("< 5 % of <p> values") || !is_feed("< 5"));
    }
}
