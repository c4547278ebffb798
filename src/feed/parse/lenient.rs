//! Markup that is no well-formed XML to elements, as a browser would take it.
//!
//! Slow and forgiving: used only where [`super::strict`] failed or found nothing. The words of
//! the markup are cut by html5ever's tokenizer, which has an answer for every broken tag,
//! attribute and reference; before it, sections and comments that never end are ended
//! ([`mended`]); after it, [`Balancer`] sees to it that elements end, knowing which elements of a
//! feed cannot stand in which others.

use std::borrow::Cow;
use std::cell::RefCell;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{
    BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};

use super::reading::{DEPTH_MAX, Reading};
use super::repair::Repair;
use super::{Fault, references};
use crate::text::html;

/// Bytes at the start in which a feed's first element may stand.
const JUNK_BYTES_MAX: usize = 64 << 10;
/// First elements of feeds, in lower case.
const ROOTS: [&str; 6] = ["rss", "feed", "rdf:rdf", "urlset", "sitemapindex", "channel"];
/// Names whose letters are not all small, as the tokenizer makes them.
const CAMELS: [(&str, &str); 12] = [
    ("pubdate", "pubDate"),
    ("managingeditor", "managingEditor"),
    ("skiphours", "skipHours"),
    ("skipdays", "skipDays"),
    ("textinput", "textInput"),
    ("sy:updateperiod", "sy:updatePeriod"),
    ("sy:updatefrequency", "sy:updateFrequency"),
    ("feedburner:origlink", "feedburner:origLink"),
    ("rdf:rdf", "rdf:RDF"),
    ("lastbuilddate", "lastBuildDate"),
    ("webmaster", "webMaster"),
    ("ispermalink", "isPermaLink"),
];
/// Elements that stand beside each other in an entry or a feed, never within each other.
const FIELDS: [&str; 25] = [
    "title",
    "link",
    "guid",
    "pubDate",
    "description",
    "author",
    "category",
    "comments",
    "enclosure",
    "id",
    "published",
    "updated",
    "issued",
    "modified",
    "created",
    "summary",
    "content",
    "language",
    "ttl",
    "copyright",
    "generator",
    "lastBuildDate",
    "managingEditor",
    "webMaster",
    "docs",
];
/// Those of them that are HTML's too, and may stand in a text.
const AMBIGUOUS: [&str; 2] = ["summary", "content"];
/// Those that hold a text with markup.
const TEXTS: [&str; 4] = ["description", "summary", "content", "content:encoded"];
/// Elements of HTML that have no end.
const VOID: [&str; 13] = [
    "area", "base", "br", "col", "embed", "hr", "img", "input", "meta", "param", "source", "track",
    "wbr",
];

/// Sections and comments without an end that are looked after; each costs a look ahead.
const UNENDED_MAX: usize = 64;

/// Where a feed begins in `text`; `None` if there is none near its start.
pub(super) fn start(text: &str) -> Option<usize> {
    let near = text[..text.floor_char_boundary(JUNK_BYTES_MAX)].to_ascii_lowercase();
    let root = near.match_indices('<').find(|(at, _)| {
        let name = &near[at + 1..];
        // A prefix of its own making: `<r:rss`.
        let local = |name: &str| name.split_once(':').map_or("", |(_, local)| local).to_owned();
        let end = name.find(|c: char| !c.is_ascii_alphanumeric() && !"._-:".contains(c));
        let name = &name[..end.unwrap_or(name.len())];
        ROOTS.contains(&name) || ROOTS.contains(&local(name).as_str())
    });
    root.map(|(at, _)| at)
}

/// What came of a lenient reading.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) repairs: Vec<Repair>,
    /// The document ends before its first element does.
    pub(super) is_cut: bool,
}

/// Reads the feed in `text`, which begins with its first element.
pub(super) fn read(text: &str, reading: &mut Reading<'_>) -> Result<Found, Fault> {
    let mut repairs = Vec::new();
    let text = mended(text, &mut repairs);
    let sink = Sink { balancer: RefCell::new(Balancer::new(reading)) };
    let tokenizer = Tokenizer::new(sink, TokenizerOpts::default());
    let input = BufferQueue::default();
    input.push_back(StrTendril::from(html::shorn_xml(&text).as_ref()));
    // Scripts are never run, so the tokenizer never stops for one.
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    let balancer = tokenizer.sink.balancer.into_inner();
    if let Some(fault) = balancer.fault {
        return Err(fault);
    }
    let is_cut = !balancer.root_ended;
    repairs.push(if balancer.mended { Repair::Tags } else { Repair::Markup });
    let open = balancer.open;
    if is_cut {
        reading.drop_entry();
    }
    for name in open.iter().rev() {
        reading.close(name);
    }
    Ok(Found { repairs, is_cut })
}

/// A copy in which sections and comments end, and an `&` that begins nothing is escaped.
fn mended(text: &str, repairs: &mut Vec<Repair>) -> String {
    const CDATA: &str = "<![CDATA[";
    const COMMENT: &str = "<!--";
    let mut out = String::with_capacity(text.len() + text.len() / 16);
    let (mut ampersands, mut rest) = (0, text);
    let (mut cdata, mut comment) = (0, 0);
    while cdata + comment < UNENDED_MAX {
        let next = rest
            .match_indices("<!")
            .find(|(at, _)| rest[*at..].starts_with(CDATA) || rest[*at..].starts_with(COMMENT));
        let Some((at, _)) = next else { break };
        ampersands += references::mend(&rest[..at], &mut out);
        if rest[at..].starts_with(CDATA) {
            let inner = &rest[at + CDATA.len()..];
            let (length, is_ended) = section(&rest[..at], inner);
            cdata += usize::from(!is_ended);
            out.extend([CDATA, &inner[..length], "]]>"]);
            rest = &inner[length + if is_ended { 3 } else { 0 }..];
        } else {
            let inner = &rest[at + COMMENT.len()..];
            let end = inner.find("-->");
            // One that holds another has no end of its own.
            let is_ended = end.is_some_and(|end| !inner[..end].contains(COMMENT));
            comment += usize::from(!is_ended);
            rest = match end {
                Some(end) if is_ended => &inner[end + 3..],
                _ => inner,
            };
        }
    }
    ampersands += references::mend(rest, &mut out);
    let counts =
        [(ampersands, Repair::Ampersand), (cdata, Repair::Cdata), (comment, Repair::Comment)];
    repairs.extend(counts.into_iter().filter(|(count, _)| *count > 0).map(|(_, repair)| repair));
    out
}

/// How long the CDATA section is that begins with `inner`, and whether it has an end.
///
/// One that would reach into the next entry has none: it is taken to end where the element ends
/// that it stands in.
fn section(before: &str, inner: &str) -> (usize, bool) {
    let end = inner.find("]]>");
    let reach = &inner[..end.unwrap_or(inner.len())];
    let passes = ["</item>", "</entry>", "<![CDATA["].iter().any(|it| reach.contains(it));
    if let Some(end) = end.filter(|_| !passes) {
        return (end, true);
    }
    let name = before.rfind('<').map(|at| &before[at + 1..]).unwrap_or_default();
    let name = &name[..name.find(|c: char| c == '>' || c.is_whitespace()).unwrap_or(0)];
    let close = if name.is_empty() { None } else { inner.find(&format!("</{name}")) };
    let close = close.or_else(|| inner.find("</item>")).or_else(|| inner.find("</entry>"));
    (close.unwrap_or(inner.len()), false)
}

struct Sink<'r, 'b> {
    balancer: RefCell<Balancer<'r, 'b>>,
}

impl TokenSink for Sink<'_, '_> {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut balancer = self.balancer.borrow_mut();
        if balancer.fault.is_none() && !balancer.root_ended {
            match token {
                Token::CharacterTokens(text) => balancer.reading.text(&text),
                Token::TagToken(tag) => balancer.tag(&tag),
                _ => {}
            }
        }
        TokenSinkResult::Continue
    }

    /// So that CDATA sections are sections, not comments.
    fn adjusted_current_node_present_but_not_in_html_namespace(&self) -> bool {
        true
    }
}

/// Makes elements end that do not, and ends vanish that end nothing.
struct Balancer<'r, 'b> {
    reading: &'r mut Reading<'b>,
    open: Vec<String>,
    root_ended: bool,
    /// Something had to be ended or to vanish.
    mended: bool,
    fault: Option<Fault>,
}

impl<'r, 'b> Balancer<'r, 'b> {
    fn new(reading: &'r mut Reading<'b>) -> Self {
        Self { reading, open: Vec::new(), root_ended: false, mended: false, fault: None }
    }

    fn tag(&mut self, tag: &Tag) {
        let name = camel(&tag.name);
        match tag.kind {
            TagKind::StartTag => self.start(name, tag),
            TagKind::EndTag => self.end(name),
        }
    }

    fn start(&mut self, name: &str, tag: &Tag) {
        self.make_room(name);
        // Unclosed markup in a text nests without end and means nothing.
        if self.open.len() >= DEPTH_MAX && self.field().is_some() {
            return;
        }
        let attributes: Vec<(&str, Cow<'_, str>)> = tag
            .attrs
            .iter()
            .map(|attribute| (camel(&attribute.name.local), Cow::Borrowed(&*attribute.value)))
            .collect();
        if let Err(fault) = self.reading.open(name, &attributes) {
            self.fault = Some(fault);
            return;
        }
        if tag.self_closing || (VOID.contains(&name) && self.field().is_some()) {
            self.reading.close(name);
        } else {
            self.open.push(name.to_owned());
        }
    }

    /// Ends what a `name` cannot stand in.
    fn make_room(&mut self, name: &str) {
        if self.is_entry(name) {
            if let Some(at) = self.open.iter().position(|open| self.is_entry(open)) {
                self.pop_to(at);
            } else if let Some(at) = self.outermost_field() {
                self.pop_to(at);
            }
        } else if FIELDS.contains(&name) || name.contains(':') {
            let Some(at) = self.field() else { return };
            let field = self.open[at].clone();
            let in_text = TEXTS.contains(&field.as_str());
            let stays = (in_text && (AMBIGUOUS.contains(&name) || is_markup(name)))
                // A person's parts.
                || (field == "author" && !FIELDS.contains(&name));
            if !stays {
                self.pop_to(at);
            }
        }
    }

    /// Where the text that is being read begins.
    fn field(&self) -> Option<usize> {
        let from = self.open.iter().rposition(|open| self.is_entry(open)).map_or(0, |at| at + 1);
        let is_field =
            |open: &String| FIELDS.contains(&open.as_str()) || TEXTS.contains(&open.as_str());
        self.open[from..].iter().position(is_field).map(|at| from + at)
    }

    /// Where the first thing of the feed itself that an entry cannot stand in is open.
    fn outermost_field(&self) -> Option<usize> {
        let is_wrong = |open: &String| {
            FIELDS.contains(&open.as_str())
                || matches!(
                    open.as_str(),
                    "image" | "textInput" | "skipHours" | "skipDays" | "items"
                )
        };
        self.open.iter().position(is_wrong)
    }

    fn end(&mut self, name: &str) {
        let Some(at) = self.open.iter().rposition(|open| open == name) else {
            self.mended |= !self.open.is_empty();
            return;
        };
        let is_structure = self.is_entry(name) || at <= 1;
        // An end does not reach out of an entry, unless it is the feed's.
        if !is_structure && self.open[at..].iter().any(|open| self.is_entry(open)) {
            self.mended = true;
            return;
        }
        self.mended |= at + 1 < self.open.len();
        self.pop_to(at);
        self.root_ended = self.open.is_empty();
    }

    fn is_entry(&self, name: &str) -> bool {
        match name {
            "item" | "entry" => true,
            "url" => self.open.first().is_some_and(|root| root == "urlset"),
            _ => false,
        }
    }

    fn pop_to(&mut self, length: usize) {
        while self.open.len() > length {
            if let Some(name) = self.open.pop() {
                self.reading.close(&name);
            }
        }
    }
}

/// Whether a name with a prefix is Word's or the like, not a feed's.
fn is_markup(name: &str) -> bool {
    name.split_once(':').is_some_and(|(prefix, _)| matches!(prefix, "o" | "v" | "w" | "st1" | "fb"))
}

fn camel(name: &str) -> &str {
    CAMELS.iter().find(|(small, _)| *small == name).map_or(name, |(_, camel)| camel)
}
