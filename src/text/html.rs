//! Markup to clean text, in one linear pass: nothing hostile can make it slow or deep.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{
    BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};

/// Bytes of markup that are read; what follows is cut off.
const INPUT_BYTES_MAX: usize = 1 << 20;
/// Tags that stand inside a word (`<b>Se</b>nkaku`); all others part words.
const INLINE: [&str; 24] = [
    "a", "abbr", "b", "bdi", "bdo", "cite", "code", "del", "em", "font", "i", "ins", "kbd", "mark",
    "q", "s", "small", "span", "strong", "sub", "sup", "tt", "u", "wbr",
];
/// Tags whose content is no text.
const SILENT: [&str; 6] = ["script", "style", "template", "svg", "noscript", "iframe"];

/// Returns the text of a piece of HTML: no tags, scripts or styles, entities decoded, blanks
/// collapsed. Text without markup comes out as it went in, but for the blanks.
///
/// Entities that were escaped twice at the source (`&amp;#8217;`) are decoded twice.
pub(crate) fn to_text(html: &str) -> String {
    let html = &html[..html.floor_char_boundary(INPUT_BYTES_MAX)];
    if !html.contains(['<', '&']) {
        return tidy(html);
    }
    let text = once(html);
    // A `<` that came out of an entity is text; only entities are looked at again.
    if looks_escaped(&text) { once(&text.replace('<', "&lt;")) } else { text }
}

/// Attributes of one tag; the tokenizer compares each with all before it.
const ATTRIBUTES_MAX: usize = 256;
/// Elements whose content is no markup, but for their own end.
const RAW: [&str; 6] = ["script", "style", "iframe", "noscript", "title", "textarea"];

/// Returns `html` without the attributes past [`ATTRIBUTES_MAX`] of a tag, and without what
/// follows a tag or a comment that never ends: nobody would see it. html5ever compares each
/// attribute of a tag with all before it, which a page of nothing but attributes makes hours of.
///
/// Source: HTML, “tokenization”, the states from “tag open” to “attribute value (unquoted)”.
pub(crate) fn shorn(html: &str) -> Cow<'_, str> {
    shear(html, &RAW)
}

/// The same of markup that has CDATA sections and no elements of raw content.
pub(crate) fn shorn_xml(xml: &str) -> Cow<'_, str> {
    shear(xml, &[])
}

fn shear<'h>(html: &'h str, raw: &[&str]) -> Cow<'h, str> {
    let bytes = html.as_bytes();
    let mut cuts: Vec<(usize, usize)> = Vec::new();
    let mut at = 0;
    while let Some(open) = html[at..].find('<').map(|found| at + found) {
        let Some(end) = (match &bytes[open + 1..] {
            [b'!', b'-', b'-', ..] => ended(html, open + 4, "-->"),
            [b'!', b'[', ..] if raw.is_empty() => ended(html, open + 2, "]]>"),
            [b'!' | b'?', ..] => ended(html, open + 2, ">"),
            [b'/', next, ..] | [next, ..] if next.is_ascii_alphabetic() => {
                tag(html, open + 1, raw, &mut cuts)
            }
            _ => Some(open + 1),
        }) else {
            cuts.push((open, html.len()));
            break;
        };
        at = end;
    }
    if cuts.is_empty() {
        return Cow::Borrowed(html);
    }
    let mut out = String::with_capacity(html.len());
    let mut kept = 0;
    for (from, to) in cuts {
        out.push_str(&html[kept..from]);
        kept = to;
    }
    out.push_str(&html[kept..]);
    Cow::Owned(out)
}

fn ended(html: &str, from: usize, end: &str) -> Option<usize> {
    html.get(from..)?.find(end).map(|at| from + at + end.len())
}

/// Where the tag ends whose name begins at `from`, and for one with raw content its content;
/// `None` if it does not. What is too many of it goes to `cuts`.
fn tag(html: &str, from: usize, raw: &[&str], cuts: &mut Vec<(usize, usize)>) -> Option<usize> {
    let bytes = html.as_bytes();
    let run = |at: usize, ends: &[u8]| {
        let length =
            bytes[at..].iter().position(|it| ends.contains(it) || it.is_ascii_whitespace());
        length.map(|length| at + length)
    };
    let mut at = run(from, b"/>")?;
    if at == from {
        at = run(from + 1, b"/>")?; // the slash of an end tag
    }
    let name = &html[from..at];
    let (mut count, mut past) = (0_usize, None);
    loop {
        at += bytes[at..].iter().position(|it| *it != b'/' && !it.is_ascii_whitespace())?;
        if bytes[at] == b'>' {
            break;
        }
        count += 1;
        if count > ATTRIBUTES_MAX && past.is_none() {
            past = Some(at);
        }
        at = run(at + 1, b"/>=")?;
        let value = at + bytes[at..].iter().position(|it| !it.is_ascii_whitespace())?;
        if bytes[value] == b'=' {
            at = value + 1;
            at += bytes[at..].iter().position(|it| !it.is_ascii_whitespace())?;
            at = match bytes[at] {
                quote @ (b'"' | b'\'') => {
                    at + 2 + bytes[at + 1..].iter().position(|it| *it == quote)?
                }
                b'>' => at,
                _ => run(at, b">")?,
            };
        }
    }
    cuts.extend(past.map(|past| (past, at)));
    let is_raw = raw.iter().any(|raw| name.eq_ignore_ascii_case(raw));
    if is_raw {
        // ASCII case alone differs, so the places stay the same.
        let close = format!("</{}", name.to_ascii_lowercase());
        let rest = &bytes[at + 1..];
        let end =
            rest.windows(close.len()).position(|it| it.eq_ignore_ascii_case(close.as_bytes()));
        return Some(end.map_or(html.len(), |end| at + 1 + end));
    }
    Some(at + 1)
}

fn once(html: &str) -> String {
    let sink = Sink { text: RefCell::new(String::with_capacity(html.len())), silent: Cell::new(0) };
    let tokenizer = Tokenizer::new(sink, TokenizerOpts::default());
    let input = BufferQueue::default();
    input.push_back(StrTendril::from(shorn(html).as_ref()));
    // Scripts are never run, so the tokenizer never stops for one.
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    tidy(&tokenizer.sink.text.borrow())
}

struct Sink {
    text: RefCell<String>,
    /// How deep in [`SILENT`] elements we are.
    silent: Cell<u32>,
}

impl Sink {
    fn tag(&self, tag: &Tag) -> TokenSinkResult<()> {
        let name: &str = &tag.name;
        if !INLINE.contains(&name) {
            self.text.borrow_mut().push(' ');
        }
        if SILENT.contains(&name) && !tag.self_closing {
            let depth = self.silent.get();
            self.silent.set(match tag.kind {
                TagKind::StartTag => depth.saturating_add(1),
                TagKind::EndTag => depth.saturating_sub(1),
            });
        }
        match (tag.kind, name) {
            (TagKind::StartTag, "script") => TokenSinkResult::RawData(RawKind::ScriptData),
            (TagKind::StartTag, "style" | "iframe" | "noscript") => {
                TokenSinkResult::RawData(RawKind::Rawtext)
            }
            (TagKind::StartTag, "title" | "textarea") => TokenSinkResult::RawData(RawKind::Rcdata),
            _ => TokenSinkResult::Continue,
        }
    }
}

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        match token {
            Token::CharacterTokens(text) if self.silent.get() == 0 => {
                self.text.borrow_mut().push_str(&text);
                TokenSinkResult::Continue
            }
            Token::TagToken(tag) => self.tag(&tag),
            _ => TokenSinkResult::Continue,
        }
    }
}

/// Whether a text still holds what a reader would take for an entity: `&#8217;`, `&amp;`.
fn looks_escaped(text: &str) -> bool {
    text.match_indices('&').any(|(at, _)| {
        let rest = &text[at + 1..];
        rest.find(';').is_some_and(|end| {
            let name = rest[..end].strip_prefix('#').unwrap_or(&rest[..end]);
            (2..=10).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
    })
}

/// One blank between words, none at the ends, no control characters.
fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split(char::is_whitespace) {
        let start = out.len();
        let blank = if start == 0 { "" } else { " " };
        out.push_str(blank);
        if word.chars().any(char::is_control) {
            out.extend(word.chars().filter(|c| !c.is_control()));
        } else {
            out.push_str(word);
        }
        if out.len() == start + blank.len() {
            out.truncate(start); // no word, or one of nothing visible
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn markup_becomes_text() {
        #[track_caller]
        fn check(html: &str, text: &str) {
            assert_eq!(to_text(html), text);
        }
        check("plain text", "plain text");
        check("  two \n\t lines\u{a0}here ", "two lines here");
        check("<p>One.</p><p>Two.</p>", "One. Two.");
        check("<b>Se</b>nkaku <i>Islands</i>", "Senkaku Islands");
        check("line<br>break<br/>here", "line break here");
        check("AT&T and a < b, 1 > 0", "AT&T and a < b, 1 > 0");
        check("caf&eacute; &amp; bar &#8217; &#x2019;&nbsp;x", "café & bar ’ ’ x");
        check("It&amp;#8217;s &amp;amp; &amp;quot;so&amp;quot;", "It’s & \"so\"");
        check("&amp;lt;b&amp;gt;bold&amp;lt;/b&amp;gt;", "<b>bold</b>");
        check("&lt;b&gt;x &amp;amp; y", "<b>x & y");
        check("a<script>if (x < 1) { alert('b') }</script>c", "a c");
        check("a<style>p { color: red }</style>c", "a c");
        check("a<svg><title>icon</title></svg>b", "a b");
        check("<!-- comment -->a<!-- > -->b", "ab");
        check("<a href='x>y' title=\"<p>\">link</a>", "link");
        check("unclosed <b>bold", "unclosed bold");
        check("<ul><li>one<li>two</ul>", "one two");
        check("<table><tr><td>a<td>b</table>", "a b");
        check("control\u{0}\u{7} characters\u{85}", "control characters");
        check("尖閣<br>諸島", "尖閣 諸島");
        check("", "");
    }

    #[test]
    fn a_deep_page_takes_no_stack_and_no_time() {
        let deep = "<div>".repeat(200_000);
        assert_eq!(to_text(&format!("{deep}end")), "end");
    }

    #[test]
    fn attributes_without_end_are_shorn() {
        #[track_caller]
        fn check(html: &str, expected: &str) {
            assert_eq!(shorn(html), expected);
        }
        for as_it_is in [
            "plain",
            "a < b > c <",
            "<a href='x>y' b=\"<p>\" c=d/e f>text</a >",
            "<!-- <a b=' --><p>x</p>",
            "<script>if (a<b && c=' ) {}</script><p>x",
            "<!doctype html><br/><img src=x/>尖閣",
        ] {
            check(as_it_is, as_it_is);
        }
        let section = "<a><![CDATA[<b c='></a>]]></a>";
        assert_eq!(shorn_xml(section), section);
        check("text <a href='never", "text ");
        check("text <!-- never", "text ");
        let attributes: String = (0..1_000).map(|n| format!(" a{n}=\"{n}\"/")).collect();
        let kept: String = (0..256).map(|n| format!(" a{n}=\"{n}\"/")).collect();
        check(&format!("<p{attributes}>x</p>"), &format!("<p{kept} >x</p>"));
        let names: String = (0..400_000).map(|n| format!(" {n:x}")).collect();
        assert_eq!(to_text(&format!("<p{names}>")[..INPUT_BYTES_MAX]), "");
    }

    #[test]
    fn a_huge_input_is_cut() {
        assert_eq!(to_text(&"尖".repeat(INPUT_BYTES_MAX)).len(), INPUT_BYTES_MAX / 3 * 3);
    }

    proptest! {
        #[test]
        fn any_text_is_survived_and_comes_out_clean(html in "(\\PC|<|>|&|/|;|!|-|\u{0}){0,200}") {
            let text = to_text(&html);
            prop_assert!(!text.chars().any(char::is_control));
            prop_assert!(!text.contains("  ") && text.trim() == text);
        }
    }
}
