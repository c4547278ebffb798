//! What has been read of a document so far, element by element.
//!
//! Whoever cuts the bytes into elements ([`super::strict`], [`super::lenient`]) calls
//! [`Reading::open`], [`Reading::text`] and [`Reading::close`] in balance. What an element means
//! rests on its name, its vocabulary and on whether it stands in an entry; what means nothing
//! to us is passed over whole, so that an image's title is no headline. Of two that say the same
//! the first one counts.
//! [`Reading::outline`] only sketches the entries, for [`super::trusted`].

mod outline;

use std::borrow::Cow;

use url::Url;

use super::entry::{Entry, Link, Rank};
use super::format::{self, Format};
use super::hints::Gathering;
use super::vocabulary::{Bindings, Vocabulary};
use super::{Fault, ITEMS_MAX};
use outline::Outline;
pub(super) use outline::{Loss, Place};

/// Elements within elements. Source: twice what the deepest real feed has.
pub(super) const DEPTH_MAX: usize = 128;
/// Attributes of one element.
pub(super) const ATTRIBUTES_MAX: usize = 256;
/// Bytes of one text: what a reader of it would cut off anyway.
const TEXT_BYTES_MAX: usize = 1 << 20;
/// Links, dates and authors of one entry.
pub(super) const EACH_MAX: usize = 32;
/// Child sitemaps that are named.
const CHILDREN_MAX: usize = 3;

/// Names and values, references resolved.
pub(super) type Attributes<'a> = [(&'a str, Cow<'a, str>)];

/// An attribute by its name; the first counts where there are two.
pub(super) fn attribute<'a>(attributes: &'a Attributes<'_>, name: &str) -> Option<&'a str> {
    attributes.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_ref())
}

/// All that a document said.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) format: Format,
    pub(super) title: String,
    pub(super) language: String,
    /// The page of the feed as a whole.
    pub(super) link: Option<Link>,
    pub(super) authors: Vec<String>,
    pub(super) entries: Vec<Entry>,
    /// Entries past [`ITEMS_MAX`].
    pub(super) left_out: usize,
    pub(super) hints: super::Hints,
}

/// A text that is being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Guid,
    /// Of an entry or of the feed.
    Link,
    OriginalLink,
    Title,
    Summary,
    Content,
    MediaTitle,
    MediaSummary,
    Published(u8),
    Updated(u8),
    Author,
    Language,
    /// Of the feed: `ttl`, `hour`, …
    Hint(&'static str),
    /// A sitemap that an index names.
    Child,
}

#[derive(Debug)]
struct Capture {
    field: Field,
    depth: usize,
    text: String,
}

/// What the elements from a depth on inherit.
#[derive(Debug)]
struct Scope {
    depth: usize,
    base: Option<Url>,
    language: Option<String>,
}

#[derive(Debug)]
pub(super) struct Reading<'b> {
    /// Where the document came from.
    base: &'b Url,
    format: Option<Format>,
    depth: usize,
    bindings: Bindings,
    scopes: Vec<Scope>,
    /// The depth of an element that is passed over.
    skipped: Option<usize>,
    capture: Option<Capture>,
    /// The entry that is open, and its depth.
    entry: Option<(usize, Entry)>,
    entries: Vec<Entry>,
    left_out: usize,
    title: String,
    language: String,
    link: Option<Link>,
    authors: Vec<String>,
    hints: Gathering,
    /// Sitemaps that a sitemap index names.
    children: Vec<String>,
    /// The document knows the words of news sitemaps.
    has_news: bool,
    outline: Option<Outline>,
}

impl<'b> Reading<'b> {
    pub(super) fn new(base: &'b Url) -> Self {
        Self {
            base,
            format: None,
            depth: 0,
            bindings: Bindings::default(),
            scopes: Vec::new(),
            skipped: None,
            capture: None,
            entry: None,
            entries: Vec::new(),
            left_out: 0,
            title: String::new(),
            language: String::new(),
            link: None,
            authors: Vec::new(),
            hints: Gathering::default(),
            children: Vec::new(),
            has_news: false,
            outline: None,
        }
    }

    /// An element begins. `Err` ends the reading: no feed, or one past a bound.
    pub(super) fn open(&mut self, name: &str, attributes: &Attributes<'_>) -> Result<(), Fault> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(Fault::Bound(format!("elements nested deeper than {DEPTH_MAX}")));
        }
        if attributes.len() > ATTRIBUTES_MAX {
            let message = format!("an element with more than {ATTRIBUTES_MAX} attributes");
            return Err(Fault::Bound(message));
        }
        if self.skipped.is_some() {
            return Ok(());
        }
        self.scope(name, attributes);
        let (vocabulary, local) = self.bindings.resolve(name);
        self.has_news |= vocabulary == Vocabulary::News;
        if self.format.is_none() {
            self.format = Some(Format::of(local, attributes)?);
            self.note_root(local);
            if !matches!(local, "entry" | "item") {
                return Ok(());
            }
        }
        if let Some(capture) = &mut self.capture {
            // A person's name within the person; otherwise markup within a text.
            if capture.field != Field::Author {
                push(&mut capture.text, &["<", local, ">"]);
            } else if local == "name" {
                capture.text.clear();
            } else {
                self.skipped = Some(self.depth);
            }
            self.note_markup();
            return Ok(());
        }
        if self.entry.is_some() {
            self.open_in_entry(vocabulary, local, attributes);
        } else {
            self.open_in_feed(vocabulary, local, attributes);
        }
        Ok(())
    }

    /// Text, references resolved.
    pub(super) fn text(&mut self, text: &str) {
        if self.skipped.is_some() {
            return;
        }
        if self.outline.is_some() && self.entry.is_some() {
            return self.note_text(text);
        }
        let Some(capture) = &mut self.capture else { return };
        if self.depth == capture.depth || capture.field == Field::Author {
            push(&mut capture.text, &[text]);
        } else {
            // Within markup, what looks like markup is text.
            push(&mut capture.text, &[&text.replace('&', "&amp;").replace('<', "&lt;")]);
        }
    }

    /// The innermost element ends.
    pub(super) fn close(&mut self, name: &str) {
        let depth = self.depth;
        self.depth = depth.saturating_sub(1);
        let is_here = |at: usize| at == depth;
        if self.skipped.is_some() {
            self.skipped = self.skipped.filter(|at| !is_here(*at));
        } else if self.capture.as_ref().is_some_and(|capture| is_here(capture.depth)) {
            if let Some(Capture { field, text, .. }) = self.capture.take() {
                self.keep(field, text);
            }
        } else if let Some(capture) = &mut self.capture
            && capture.field != Field::Author
        {
            let local = name.rsplit_once(':').map_or(name, |(_, local)| local);
            push(&mut capture.text, &["</", local, ">"]);
        } else if self.entry.as_ref().is_some_and(|(at, _)| is_here(*at)) {
            let entry = self.entry.take();
            let is_sitemap = self.format.as_ref().is_some_and(Format::is_sitemap);
            // `<item/>` is none, and in a sitemap only what is news.
            let counts = |entry: &Entry| {
                if is_sitemap { !entry.title.is_empty() } else { !entry.is_empty }
            };
            let entry = entry.map(|(_, entry)| entry).filter(counts);
            self.note_entry(entry.is_some());
            self.entries.extend(entry);
        }
        self.bindings.leave(self.depth);
        while self.scopes.last().is_some_and(|scope| scope.depth > self.depth) {
            self.scopes.pop();
        }
    }

    /// Forgets the entry that is open: the document ends within it.
    pub(super) fn drop_entry(&mut self) {
        self.entry = None;
        self.capture = None;
    }

    /// Entries so far.
    pub(super) fn count(&self) -> usize {
        self.entries.len()
    }

    /// All that was said, or why it is no feed.
    pub(super) fn done(self) -> Result<Read, Fault> {
        let Some(format) = self.format else {
            return Err(Fault::NoFeed("the answer is no feed: it holds no element".into()));
        };
        match format {
            Format::SitemapIndex => return Err(Fault::NoFeed(format::index(&self.children))),
            Format::Sitemap if self.entries.is_empty() && !self.has_news => {
                let message = "a sitemap without news (`news:news`), not a feed";
                return Err(Fault::NoFeed(message.into()));
            }
            _ => {}
        }
        Ok(Read {
            format,
            title: self.title,
            language: self.language,
            link: self.link,
            authors: self.authors,
            entries: self.entries,
            left_out: self.left_out,
            hints: self.hints.hints(),
        })
    }

    /// Takes what an element says for all within it: `xmlns`, `xml:base`, `xml:lang`.
    fn scope(&mut self, name: &str, attributes: &Attributes<'_>) {
        let root = (self.depth == 1).then_some(name);
        let mut scope = Scope { depth: self.depth, base: None, language: None };
        for (key, value) in attributes {
            match *key {
                "xml:base" => {
                    self.lose(Loss::Base);
                    let outer = self.base_here();
                    scope.base = outer.as_ref().unwrap_or(self.base).join(value.trim()).ok();
                }
                "xml:lang" => scope.language = Some(value.trim().to_owned()),
                key if key.starts_with("xmlns") => {
                    self.has_news |= value.contains("sitemap-news");
                    self.bindings.declare(self.depth, key, value, root);
                }
                _ => {}
            }
        }
        if scope.base.is_some() || scope.language.is_some() {
            self.scopes.push(scope);
        }
    }

    /// The `xml:base` in force.
    fn base_here(&self) -> Option<Url> {
        self.scopes.iter().rev().find_map(|scope| scope.base.clone())
    }

    fn capture(&mut self, field: Field) {
        self.capture = Some(Capture { field, depth: self.depth, text: String::new() });
    }

    fn skip(&mut self) {
        self.skipped = Some(self.depth);
    }

    fn open_in_feed(&mut self, vocabulary: Vocabulary, local: &str, attributes: &Attributes<'_>) {
        use Vocabulary::{Core, DublinCore, Itunes, Syndication};
        match (vocabulary, local) {
            (Core, "item" | "entry") => self.begin(attributes),
            (Core, "url") if self.format.as_ref().is_some_and(Format::is_sitemap) => {
                self.begin(attributes);
            }
            (Core, "loc") => self.capture(Field::Child),
            (Core, "title") => self.capture(Field::Title),
            (Core, "link") => match attribute(attributes, "href") {
                Some(href) => {
                    let rel = attribute(attributes, "rel");
                    let base = self.base_here();
                    self.hints.link(
                        rel.unwrap_or_default(),
                        href,
                        base.as_ref().unwrap_or(self.base),
                    );
                    self.skip();
                }
                None => self.capture(Field::Link),
            },
            (Core | DublinCore, "language") => self.capture(Field::Language),
            (Core | Itunes, "author") | (Core, "managingEditor") | (DublinCore, "creator") => {
                self.capture(Field::Author);
            }
            (Core, "ttl") => self.capture(Field::Hint("ttl")),
            (Core, "hour") => self.capture(Field::Hint("hour")),
            (Core, "day") => self.capture(Field::Hint("day")),
            (Syndication, "updatePeriod") => self.capture(Field::Hint("updatePeriod")),
            (Syndication, "updateFrequency") => self.capture(Field::Hint("updateFrequency")),
            (Core, "image" | "textInput" | "textinput" | "items" | "description") => self.skip(),
            // Whatever it is, an item may stand in it.
            _ => {}
        }
    }

    fn begin(&mut self, attributes: &Attributes<'_>) {
        if self.entries.len() == ITEMS_MAX {
            self.left_out += 1;
            self.skip();
            return;
        }
        let is_about = |key: &str| matches!(key, "about" | "rdf:about" | "href");
        let about = attributes.iter().find(|(key, _)| is_about(key));
        let about = about.map_or(String::new(), |(_, about)| about.clone().into_owned());
        let language = self.scopes.iter().rev().find_map(|scope| scope.language.clone());
        let language = language.unwrap_or_default();
        self.entry = Some((
            self.depth,
            Entry { is_empty: about.is_empty(), about, language, ..Entry::default() },
        ));
    }

    fn open_in_entry(&mut self, vocabulary: Vocabulary, local: &str, attributes: &Attributes<'_>) {
        use Vocabulary::{Content, Core, DublinCore, Feedburner, Itunes, Media, News, Xhtml};
        if let Some((_, entry)) = &mut self.entry {
            entry.is_empty = false;
        }
        let field = match (vocabulary, local) {
            (Core | DublinCore | News, "title") => Field::Title,
            (Core, "link") => match attribute(attributes, "href") {
                Some(href) if self.outline.is_none() => {
                    self.link(attributes, href);
                    return self.skip();
                }
                // One that leads elsewhere is no loss.
                Some(_) if !outline::is_alternate(attributes) => return self.skip(),
                href => {
                    self.note_link(href.is_some());
                    Field::Link
                }
            },
            (Core, "loc") => Field::Link,
            (Core, "guid" | "id") => Field::Guid,
            (Core, "description" | "summary" | "abstract") | (DublinCore, "description") => {
                Field::Summary
            }
            (Core, "content") if is_binary(attributes) => return self.skip(),
            (Core, "content") | (Content, "encoded") | (Xhtml, "body" | "div") => Field::Content,
            (Core, "pubDate" | "published") | (News, "publication_date") => Field::Published(0),
            (Core, "issued") => Field::Published(1),
            (DublinCore, "date" | "issued") => Field::Published(2),
            (Core, "created") | (DublinCore, "created" | "available") => Field::Published(3),
            (Core, "updated" | "modified") => Field::Updated(0),
            (DublinCore, "modified") => Field::Updated(1),
            (Core, "lastmod") => Field::Updated(2),
            (Core | Itunes, "author") | (DublinCore, "creator") => Field::Author,
            (Core | DublinCore | News, "language") => Field::Language,
            (Feedburner, "origLink") => Field::OriginalLink,
            (Media, "title") => Field::MediaTitle,
            (Media, "description") | (Itunes, "summary") | (News, "keywords") => {
                Field::MediaSummary
            }
            (Media, "group" | "content") | (News, "news" | "publication") => return,
            _ => return self.skip(),
        };
        self.note(field, attributes);
        self.capture(field);
    }

    /// An Atom link of the open entry.
    fn link(&mut self, attributes: &Attributes<'_>, href: &str) {
        let rank = Rank::of(attribute(attributes, "rel"), attribute(attributes, "type"));
        let base = self.base_here();
        if let (Some(rank), Some((_, entry))) = (rank, &mut self.entry)
            && entry.links.len() < EACH_MAX
        {
            entry.links.push(Link { rank, href: href.to_owned(), base });
        }
    }

    fn keep(&mut self, field: Field, text: String) {
        if self.outline.is_some() && self.entry.is_some() {
            return;
        }
        let base = self.base_here();
        let link = |rank| Link { rank, href: plain(&text), base: base.clone() };
        let Some((_, entry)) = &mut self.entry else {
            match field {
                Field::Title => first(&mut self.title, text),
                Field::Language => first(&mut self.language, text),
                Field::Link if self.link.is_none() => self.link = Some(link(Rank::Page)),
                Field::Author if self.authors.len() < EACH_MAX => self.authors.push(text),
                Field::Hint(name) => self.hints.element(name, &text),
                Field::Child if self.children.len() < CHILDREN_MAX => {
                    self.children.push(plain(&text));
                }
                _ => {}
            }
            return;
        };
        match field {
            Field::Guid => first(&mut entry.guid, plain(&text)),
            Field::Link if entry.links.len() < EACH_MAX => entry.links.push(link(Rank::Page)),
            Field::OriginalLink if entry.links.len() < EACH_MAX => {
                entry.links.push(link(Rank::Original));
            }
            Field::Title => first(&mut entry.title, text),
            Field::Summary => first(&mut entry.summary, text),
            Field::Content => first(&mut entry.content, text),
            Field::MediaTitle => first(&mut entry.media_title, text),
            Field::MediaSummary => first(&mut entry.media_summary, text),
            Field::Published(rank) if entry.published.len() < EACH_MAX => {
                entry.published.push((rank, text));
            }
            Field::Updated(rank) if entry.updated.len() < EACH_MAX => {
                entry.updated.push((rank, text));
            }
            Field::Author if entry.authors.len() < EACH_MAX => entry.authors.push(text),
            Field::Language => entry.language = plain(&text),
            _ => {}
        }
    }
}

/// Atom content that is no text: an image, say, as base64. Source: RFC 4287 §4.1.3.
fn is_binary(attributes: &Attributes<'_>) -> bool {
    let kind = attribute(attributes, "type").unwrap_or_default().to_ascii_lowercase();
    let is_text = !kind.contains('/')
        || kind.starts_with("text/")
        || ["xml", "html", "json"].iter().any(|it| kind.ends_with(it));
    !is_text || attribute(attributes, "mode") == Some("base64")
}

/// Keeps what was said first.
fn first(kept: &mut String, text: String) {
    if kept.trim().is_empty() {
        *kept = text;
    }
}

/// A name or an address: no blanks around it, no control characters.
pub(super) fn plain(text: &str) -> String {
    let text = text.trim();
    if text.chars().any(char::is_control) {
        text.chars().filter(|c| !c.is_control()).collect()
    } else {
        text.to_owned()
    }
}

fn push(text: &mut String, pieces: &[&str]) {
    for piece in pieces {
        let room = TEXT_BYTES_MAX.saturating_sub(text.len());
        text.push_str(&piece[..piece.floor_char_boundary(room)]);
    }
}
