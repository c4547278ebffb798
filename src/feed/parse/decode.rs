//! Bytes to text: which encoding a feed is really in.
//!
//! Declarations are often wrong and UTF-8 rarely looks like anything else, so valid UTF-8 wins
//! over every declaration; after it the server's word, then the document's.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// Bytes at the start in which an XML declaration may stand.
const DECLARATION_BYTES: usize = 512;

/// Decodes a document; never fails on bad bytes, which become U+FFFD.
pub(super) fn decode(bytes: &[u8], content_type: Option<&str>) -> Result<String, String> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err("the answer is empty".into());
    }
    if bytes.starts_with(&[0x1f, 0x8b]) {
        return Err("the answer is compressed twice".into());
    }
    if let Some((encoding, length)) = Encoding::for_bom(bytes) {
        // A UTF-16 mark before text without NULs is a lie.
        if encoding == UTF_8 || bytes.contains(&0) {
            return Ok(decoded(encoding, &bytes[length..]));
        }
    }
    match bytes {
        [b'<', 0, ..] => return Ok(decoded(UTF_16LE, bytes)),
        [0, b'<', ..] => return Ok(decoded(UTF_16BE, bytes)),
        _ => {}
    }
    let (server, document) = (from_content_type(content_type), from_declaration(bytes));
    // ISO-2022-JP is seven bits: valid UTF-8, and still not.
    let escapes = bytes.windows(2).any(|pair| pair == b"\x1b$" || pair == b"\x1b(");
    if escapes && [server, document].contains(&Some(encoding_rs::ISO_2022_JP)) {
        return Ok(decoded(encoding_rs::ISO_2022_JP, bytes));
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok(text.to_owned());
    }
    // A server's ISO-8859-1 is often only its default: the document's word comes first then.
    let encoding = match server.or(document) {
        Some(encoding) if encoding == WINDOWS_1252 => document.unwrap_or(encoding),
        Some(encoding) => encoding,
        None => WINDOWS_1252,
    };
    // What says UTF-8 and is not quite is mostly UTF-8 with a few bad bytes.
    Ok(decoded(encoding, bytes))
}

fn decoded(encoding: &'static Encoding, bytes: &[u8]) -> String {
    encoding.decode_without_bom_handling(bytes).0.into_owned()
}

fn from_content_type(content_type: Option<&str>) -> Option<&'static Encoding> {
    let parameters = content_type?.split(';').skip(1);
    let charset = parameters.filter_map(|parameter| parameter.split_once('=')).find_map(
        |(name, value)| {
            name.trim()
                .eq_ignore_ascii_case("charset")
                .then(|| value.trim().trim_matches(['"', '\'']))
        },
    )?;
    Encoding::for_label(charset.as_bytes())
}

fn from_declaration(bytes: &[u8]) -> Option<&'static Encoding> {
    let start = &bytes[..bytes.len().min(DECLARATION_BYTES)];
    let start = String::from_utf8_lossy(start);
    let declaration = start.split_once("<?xml")?.1.split_once("?>")?.0;
    let value = declaration.split_once("encoding")?.1.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    let label = value[1..].split_once(quote)?.0;
    let encoding = Encoding::for_label(label.trim().as_bytes())?;
    // Read as bytes so far, so it cannot be UTF-16.
    (encoding != UTF_16LE && encoding != UTF_16BE).then_some(encoding)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], content_type: Option<&str>, expected: &str) {
        let found = decode(bytes, content_type).expect("text");
        assert!(found.contains(expected), "{found:?} lacks {expected:?}");
    }

    #[test]
    fn the_encoding_is_found_by_mark_content_server_and_declaration() {
        let title = "<t>尖閣諸島 ñ</t>";
        check(format!("\u{feff}{title}").as_bytes(), Some("text/xml; charset=shift_jis"), title);
        check(title.as_bytes(), Some("text/xml; charset=iso-8859-1"), title);
        check(format!("<?xml version='1.0' encoding='utf-16'?>{title}").as_bytes(), None, title);
        let japanese = "<?xml version=\"1.0\" encoding=\"LABEL\"?><t>尖閣諸島の海域</t>";
        for label in ["Shift_JIS", "EUC-JP", "ISO-2022-JP", "gb18030"] {
            let encoding = Encoding::for_label(label.as_bytes()).expect("known");
            let document = japanese.replace("LABEL", label);
            let (bytes, ..) = encoding.encode(&document);
            check(&bytes, None, "尖閣諸島の海域");
            check(&bytes, Some("text/xml; charset=ISO-8859-1"), "尖閣諸島の海域");
            let undeclared = document.replace(&format!(" encoding=\"{label}\""), "");
            let (bytes, ..) = encoding.encode(&undeclared);
            check(&bytes, Some(&format!("text/xml; charset=\"{label}\"")), "尖閣諸島の海域");
        }
        let (russian, ..) = encoding_rs::WINDOWS_1251.encode("<t>Южно-Китайское море</t>");
        check(&russian, Some("text/xml;charset=windows-1251"), "Южно-Китайское море");
        check(b"<t>caf\xe9</t>", None, "café");
        check(b"<?xml encoding='utf-8'?><t>good \xff bad</t>", None, "good \u{fffd} bad");
    }

    #[test]
    fn utf_16_is_found_with_and_without_its_mark() {
        let text = "<t>尖閣</t>";
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        check(&little, None, text);
        check(&big, None, text);
        check(&[&[0xff, 0xfe], little.as_slice()].concat(), None, text);
        check(&[&[0xfe, 0xff], big.as_slice()].concat(), None, text);
    }

    #[test]
    fn nothing_and_gzip_are_no_documents() {
        assert_eq!(decode(b" \r\n", None), Err("the answer is empty".into()));
        assert_eq!(decode(b"\x1f\x8b\x08", None), Err("the answer is compressed twice".into()));
    }
}
