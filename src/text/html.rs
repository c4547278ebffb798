//! Markup to clean text, in one linear pass: nothing hostile can make it slow or deep.

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

fn once(html: &str) -> String {
    let sink = Sink { text: RefCell::new(String::with_capacity(html.len())), silent: Cell::new(0) };
    let tokenizer = Tokenizer::new(sink, TokenizerOpts::default());
    let input = BufferQueue::default();
    input.push_back(StrTendril::from(html));
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
    for c in text.chars() {
        if c.is_whitespace() {
            if !out.is_empty() && !out.ends_with(' ') {
                out.push(' ');
            }
        } else if !c.is_control() {
            out.push(c);
        }
    }
    if out.ends_with(' ') {
        out.pop();
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
