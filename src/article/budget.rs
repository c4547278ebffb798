//! What it would cost to build the tree of a page, counted before it is built.
//!
//! A tree's cost is not in its bytes: elements that nest deeply are gone through again for each
//! tag, and formatting that is not closed where it was opened (`<b><p></b>`) is cloned into every
//! block that follows. The tags of a page are cut by html5ever's tokenizer, which is linear, and a
//! stack of their names tells depth and clones as the tree builder would have them, or more.

use std::cell::RefCell;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{
    BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};
use html5ever::{LocalName, local_name};

use super::Fault;

/// Elements within elements. Source: what browsers keep to.
pub(super) const DEPTH_MAX: usize = 512;
/// Elements and texts of a tree, clones included: some 60 MB of memory.
pub(super) const NODES_MAX: usize = 200_000;

/// Counts the tree of a page.
pub(super) fn check(page: &str) -> Result<(), Fault> {
    let tokenizer = Tokenizer::new(Counter::default(), TokenizerOpts::default());
    let input = BufferQueue::default();
    // In pieces, so that a page that passes a bound is not read to its end.
    let mut rest = page;
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(rest.floor_char_boundary(PIECE_BYTES));
        rest = after;
        input.push_back(StrTendril::from(piece));
        let _ = tokenizer.feed(&input); // scripts are never run: it stops for none
        if let Some(fault) = tokenizer.sink.0.borrow().fault {
            return Err(fault);
        }
    }
    Ok(())
}

/// Bytes that are counted at once.
const PIECE_BYTES: usize = 64 << 10;

#[derive(Debug, Default)]
struct Counter(RefCell<Count>);

#[derive(Debug, Default)]
struct Count {
    nodes: usize,
    /// Names of the elements that are open.
    open: Vec<LocalName>,
    /// How many of them are formatting.
    formatting: usize,
    fault: Option<Fault>,
}

impl Count {
    fn starts(&mut self, tag: &Tag) {
        if closes_itself(&tag.name) {
            self.end_sibling(&tag.name);
        }
        // Formatting that is open may be cloned into this element.
        self.nodes += 1 + if is_formatting(&tag.name) { 0 } else { self.formatting };
        if !is_void(&tag.name) {
            self.formatting += usize::from(is_formatting(&tag.name));
            self.open.push(tag.name.clone());
        }
        self.judge();
    }

    fn ends(&mut self, tag: &Tag) {
        let Some(at) = self.open.iter().rposition(|name| *name == tag.name) else { return };
        // Formatting that ends around others is cloned into each of them.
        if is_formatting(&tag.name) {
            self.nodes += self.open.len() - 1 - at;
            self.formatting -= 1;
            self.open.remove(at);
        } else {
            self.close(at);
        }
        self.judge();
    }

    /// A paragraph, an item of a list, a cell ends where the next one begins, unless something
    /// stands between them in which they may nest.
    fn end_sibling(&mut self, name: &LocalName) {
        let is_wall = |name: &LocalName| {
            matches!(
                *name,
                local_name!("ul")
                    | local_name!("ol")
                    | local_name!("dl")
                    | local_name!("table")
                    | local_name!("div")
                    | local_name!("section")
                    | local_name!("article")
                    | local_name!("select")
                    | local_name!("button")
                    | local_name!("svg")
                    | local_name!("template")
            )
        };
        let inner = self.open.iter().rev().take_while(|it| !is_wall(it));
        if let Some(back) = inner.into_iter().position(|it| it == name) {
            self.close(self.open.len() - 1 - back);
        }
    }

    /// Ends the elements from an index on. Formatting among them stays in force, as in a browser.
    fn close(&mut self, from: usize) {
        let kept: Vec<LocalName> = self.open.drain(from..).filter(is_formatting).collect();
        self.nodes += kept.len();
        self.open.extend(kept);
    }

    fn judge(&mut self) {
        if self.open.len() > DEPTH_MAX {
            self.fault = self.fault.or(Some(Fault::TooDeep));
        } else if self.nodes > NODES_MAX {
            self.fault = self.fault.or(Some(Fault::TooManyNodes));
        }
    }
}

impl TokenSink for Counter {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut count = self.0.borrow_mut();
        if count.fault.is_some() {
            return TokenSinkResult::Continue;
        }
        match token {
            Token::TagToken(tag) if tag.kind == TagKind::StartTag => {
                count.starts(&tag);
                raw(&tag.name)
            }
            Token::TagToken(tag) => {
                count.ends(&tag);
                TokenSinkResult::Continue
            }
            _ => TokenSinkResult::Continue,
        }
    }
}

/// How the content of an element is cut, as the tree builder would ask for it.
fn raw(name: &LocalName) -> TokenSinkResult<()> {
    match *name {
        local_name!("script") => TokenSinkResult::RawData(RawKind::ScriptData),
        local_name!("title") | local_name!("textarea") => TokenSinkResult::RawData(RawKind::Rcdata),
        local_name!("style")
        | local_name!("xmp")
        | local_name!("iframe")
        | local_name!("noembed")
        | local_name!("noframes") => TokenSinkResult::RawData(RawKind::Rawtext),
        _ => TokenSinkResult::Continue,
    }
}

/// Elements that end where the next of their kind begins. Source: HTML, optional tags.
fn closes_itself(name: &LocalName) -> bool {
    matches!(
        *name,
        local_name!("p")
            | local_name!("li")
            | local_name!("dt")
            | local_name!("dd")
            | local_name!("tr")
            | local_name!("td")
            | local_name!("th")
            | local_name!("option")
            | local_name!("a")
    )
}

/// Elements without content. Source: HTML, void elements.
fn is_void(name: &LocalName) -> bool {
    matches!(
        *name,
        local_name!("area")
            | local_name!("base")
            | local_name!("br")
            | local_name!("col")
            | local_name!("embed")
            | local_name!("hr")
            | local_name!("img")
            | local_name!("input")
            | local_name!("link")
            | local_name!("meta")
            | local_name!("param")
            | local_name!("source")
            | local_name!("track")
            | local_name!("wbr")
    )
}

/// Elements that a browser opens again in the next block. Source: HTML, formatting elements.
fn is_formatting(name: &LocalName) -> bool {
    matches!(
        *name,
        local_name!("a")
            | local_name!("b")
            | local_name!("big")
            | local_name!("code")
            | local_name!("em")
            | local_name!("font")
            | local_name!("i")
            | local_name!("nobr")
            | local_name!("s")
            | local_name!("small")
            | local_name!("strike")
            | local_name!("strong")
            | local_name!("tt")
            | local_name!("u")
    )
}
