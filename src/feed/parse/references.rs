//! `&…;`: what it stands for, as a browser would have it.

use std::borrow::Cow;

use quick_xml::escape::resolve_html5_entity;

/// Bytes of the longest reference that is looked for: `&CounterClockwiseContourIntegral;`.
const REFERENCE_BYTES_MAX: usize = 33;

/// Appends what `&name;` stands for; what stands for nothing is left as it was written.
///
/// Numbers 128 to 159 are meant as windows-1252, and control characters as nothing. Source:
/// HTML, “numeric character reference end state”.
pub(super) fn push(name: &str, to: &mut String) {
    match resolved(name) {
        Some(Meaning::Text(text)) => to.push_str(text),
        Some(Meaning::Char(c)) => to.push(c),
        Some(Meaning::Nothing) => {}
        None => to.extend(["&", name, ";"]),
    }
}

enum Meaning {
    Text(&'static str),
    Char(char),
    Nothing,
}

fn resolved(name: &str) -> Option<Meaning> {
    let Some(number) = name.strip_prefix('#') else {
        return resolve_html5_entity(name).map(Meaning::Text);
    };
    let hex = number.strip_prefix(['x', 'X']);
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_hexdigit());
    let code = match hex {
        Some(hex) if is_number(hex) => u32::from_str_radix(hex, 16),
        None if is_number(number) => number.parse(),
        _ => return None,
    };
    let Ok(code) = code else { return Some(Meaning::Nothing) };
    if let Ok(byte @ 0x80..=0x9f) = u8::try_from(code) {
        let byte = [byte];
        let (text, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(&byte);
        return text.chars().next().map(Meaning::Char);
    }
    match char::from_u32(code) {
        Some(c) if !c.is_control() || matches!(c, '\t' | '\n' | '\r') => Some(Meaning::Char(c)),
        _ => Some(Meaning::Nothing),
    }
}

/// A text with its references resolved.
pub(super) fn resolve(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    walk(text, |piece| match piece {
        Piece::Text(text) => out.push_str(text),
        Piece::Reference(name) => push(name, &mut out),
    });
    Cow::Owned(out)
}

/// Escapes each `&` that begins no reference (`R&D`, `?a=1&b=2`, `&bogus;`), and ends each
/// number that lacks its `;`; how many.
pub(super) fn mend(text: &str, out: &mut String) -> usize {
    let mut mended = 0;
    walk(text, |piece| match piece {
        Piece::Text("&") => {
            mended += 1;
            out.push_str("&amp;");
        }
        Piece::Text(text) => out.push_str(text),
        Piece::Reference(name) => out.extend(["&", name, ";"]),
    });
    mended
}

enum Piece<'a> {
    /// Text without an `&`, or an `&` alone that begins no reference.
    Text(&'a str),
    /// What stands between `&` and `;`.
    Reference(&'a str),
}

fn walk<'a>(text: &'a str, mut each: impl FnMut(Piece<'a>)) {
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        if at > 0 {
            each(Piece::Text(&rest[..at]));
        }
        let after = &rest[at + 1..];
        let near = &after[..after.floor_char_boundary(REFERENCE_BYTES_MAX)];
        let whole = near.split_once(';').map(|(name, _)| name);
        let digits = |start: usize, is_digit: fn(&u8) -> bool| {
            let count = near.bytes().skip(start).take_while(is_digit).count();
            Some(&near[..start + count]).filter(|_| count > 0)
        };
        let unended = || match near.as_bytes() {
            [b'#', b'x' | b'X', ..] => digits(2, u8::is_ascii_hexdigit),
            [b'#', ..] => digits(1, u8::is_ascii_digit),
            _ => None,
        };
        if let Some(name) = whole.filter(|name| resolved(name).is_some()) {
            each(Piece::Reference(name));
            rest = &after[name.len() + 1..];
        } else if let Some(name) = unended() {
            each(Piece::Reference(name));
            rest = &after[name.len()..];
        } else {
            each(Piece::Text("&"));
            rest = after;
        }
    }
    if !rest.is_empty() {
        each(Piece::Text(rest));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_mean_what_a_browser_takes_them_for() {
        #[track_caller]
        fn check(text: &str, expected: &str) {
            assert_eq!(resolve(text), expected, "{text}");
        }
        check("no reference", "no reference");
        check("R&D, Smith & Sons", "R&D, Smith & Sons");
        check("?a=1&b=2&copy=3", "?a=1&b=2&copy=3");
        check("&amp; &lt; &eacute; &#8217; &#x2019; &#X2019;", "& < é ’ ’ ’");
        check("It&#8217s &#x2019ere", "It’s \u{2019e}re");
        check("&#146; &#x80;", "’ €");
        check("a&#0;b&#11;c&#x1F;d&#xD800;e&#99999999999;f", "abcdef");
        check("&bogus; &#x; &; &#;", "&bogus; &#x; &; &#;");
        check("尖&閣;&", "尖&閣;&");
    }

    #[test]
    fn an_ampersand_that_begins_nothing_is_escaped() {
        #[track_caller]
        fn check(text: &str, expected: &str, count: usize) {
            let mut out = String::new();
            let mended = mend(text, &mut out);
            assert_eq!((out.as_str(), mended), (expected, count), "{text}");
        }
        check("no reference", "no reference", 0);
        check("R&D, Smith & Sons", "R&amp;D, Smith &amp; Sons", 2);
        check("?a=1&b=2&copy;", "?a=1&amp;b=2&copy;", 1);
        check("?a=1&copy=2", "?a=1&amp;copy=2", 1);
        check("&#8217s &#X2019;", "&#8217;s &#X2019;", 0);
        check("&bogus;", "&amp;bogus;", 1);
    }
}
