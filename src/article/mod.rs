//! A news page to the article on it: the text that a reader came for, without menus, teasers and
//! notices about cookies.
//!
//! `dom_smoothie` finds the article. Before it sees a page, [`budget`] counts what building its tree
//! would cost, since html5ever takes seconds and gigabytes for a hundred kilobytes of the wrong
//! tags. Only text comes out: no markup of a page is ever kept or shown.

mod budget;

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use dom_smoothie::{Config, Readability, TextMode};

use crate::text::{capped, html};

/// Bytes of a page. Source: four times the largest news page that was seen.
pub(crate) const PAGE_BYTES_MAX: usize = 4 << 20;
/// Bytes of an article's text; the rest is cut off.
const TEXT_BYTES_MAX: usize = 256 << 10;
/// Bytes of a headline; the rest is cut off.
const TITLE_BYTES_MAX: usize = 1 << 10;
/// Letters below which what was found is a notice or a menu, no article.
const LETTERS_MIN: usize = 140;

/// What stands on a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Article {
    /// The headline, without the name of the paper; may be empty.
    pub(crate) title: String,
    /// A line a paragraph.
    pub(crate) text: String,
    /// What `<html lang>` says.
    pub(crate) language: Option<String>,
}

/// Why there is no article.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    TooLarge,
    TooDeep,
    TooManyNodes,
    /// A page to log in on, a list of headlines, an error.
    NoArticle,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge => write!(f, "the page is larger than {} MiB", PAGE_BYTES_MAX >> 20),
            Self::TooDeep => write!(f, "its elements nest deeper than {}", budget::DEPTH_MAX),
            Self::TooManyNodes => write!(f, "it has more than {} elements", budget::NODES_MAX),
            Self::NoArticle => f.write_str("it holds no article"),
        }
    }
}

/// Finds the article of a page.
///
/// Blocking and CPU-bound, at most some 300 ms for the largest page: call it off the async
/// threads. Never panics.
pub(crate) fn extract(page: &str) -> Result<Article, Fault> {
    if page.len() > PAGE_BYTES_MAX {
        return Err(Fault::TooLarge);
    }
    budget::check(page)?;
    let config = Config { text_mode: TextMode::Formatted, ..Config::default() };
    let read = || Readability::new(page, None, Some(config)).and_then(|mut it| it.parse());
    let Ok(Ok(article)) = catch_unwind(AssertUnwindSafe(read)) else {
        return Err(Fault::NoArticle);
    };
    let lines = article.text_content.lines().map(html::to_text).filter(|line| !line.is_empty());
    let text = lines.collect::<Vec<_>>().join("\n");
    if text.chars().filter(|c| c.is_alphabetic()).count() < letters_min(&text) {
        return Err(Fault::NoArticle);
    }
    Ok(Article {
        title: capped(html::to_text(&article.title), TITLE_BYTES_MAX),
        text: capped(text, TEXT_BYTES_MAX),
        language: article.lang.filter(|it| (2..=35).contains(&it.len())),
    })
}

/// The least of an article; Chinese, Japanese and Korean say the same in a third of the letters.
fn letters_min(text: &str) -> usize {
    let is_dense = |c: char| ('\u{3040}'..='\u{9fff}').contains(&c) || ('가'..='힣').contains(&c);
    if text.chars().take(200).any(is_dense) { LETTERS_MIN / 3 } else { LETTERS_MIN }
}

#[cfg(test)]
mod tests;
