//! Bytes to text: which encoding a feed is really in.
//!
//! Declarations are often wrong and UTF-8 rarely looks like anything else, so valid UTF-8 wins
//! over every declaration. After it count the declarations in which the bytes make sense, and
//! at last what chardetng takes the bytes for.

use std::borrow::Cow;
use std::io::Read as _;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, ISO_2022_JP, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use flate2::read::MultiGzDecoder;

use super::repair::Repair;

/// Bytes at the start in which an XML declaration may stand.
const DECLARATION_BYTES: usize = 1 << 10;
/// Bytes that a body may unpack to. Source: what `net` lets through of a packed one.
const UNPACKED_BYTES_MAX: u64 = 20 << 20;
/// Layers of compression that no header speaks of.
const LAYERS_MAX: usize = 2;
/// Names of encodings that the Encoding Standard lacks, and the ones it has for them.
const ALIASES: [(&str, &str); 6] = [
    ("cp932", "shift_jis"),
    ("cp936", "gbk"),
    ("cp949", "euc-kr"),
    ("uhc", "euc-kr"),
    ("cp950", "big5"),
    ("big5hkscs", "big5"),
];

/// A document as text.
#[derive(Debug)]
pub(super) struct Decoded {
    pub(super) text: String,
    /// The encoding's name in the Encoding Standard.
    pub(super) encoding: &'static str,
    pub(super) repairs: Vec<Repair>,
}

/// Decodes a document; never fails on bad bytes, which become U+FFFD.
pub(super) fn decode(bytes: &[u8], content_type: Option<&str>) -> Result<Decoded, String> {
    let mut repairs = Vec::new();
    let bytes = unpacked(bytes, &mut repairs)?;
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err("the answer is empty".into());
    }
    let (server, document) = (from_content_type(content_type), from_declaration(&bytes));
    let (text, encoding) = text(&bytes, server, document);
    // In ASCII all encodings agree, but for those of two bytes.
    let is_wrong = document.is_some_and(|declared| {
        declared.name() != encoding && !(text.is_ascii() && declared.is_ascii_compatible())
    });
    if is_wrong {
        repairs.push(Repair::Encoding);
    }
    Ok(Decoded { text, encoding, repairs })
}

/// Undoes compression that no header spoke of; of a damaged body what can be read.
fn unpacked<'b>(bytes: &'b [u8], repairs: &mut Vec<Repair>) -> Result<Cow<'b, [u8]>, String> {
    let mut bytes = Cow::Borrowed(bytes);
    for _ in 0..LAYERS_MAX {
        if !bytes.starts_with(&[0x1f, 0x8b]) {
            return Ok(bytes);
        }
        let mut whole = Vec::new();
        let mut unpacking = MultiGzDecoder::new(&*bytes).take(UNPACKED_BYTES_MAX + 1);
        // What came before the fault is in `whole`.
        let _ = unpacking.read_to_end(&mut whole);
        if whole.len() as u64 > UNPACKED_BYTES_MAX {
            return Err("the answer unpacks to more than 20 MiB".into());
        }
        repairs.push(Repair::Unpacked);
        bytes = Cow::Owned(whole);
    }
    Ok(bytes)
}

/// The text, and the name of its encoding.
fn text(
    bytes: &[u8],
    server: Option<&'static Encoding>,
    document: Option<&'static Encoding>,
) -> (String, &'static str) {
    if let Some(text) = utf_32(bytes) {
        return (text, "UTF-32");
    }
    if let Some((encoding, length)) = Encoding::for_bom(bytes) {
        // A UTF-16 mark before text without NULs is a lie.
        if encoding == UTF_8 || bytes.contains(&0) {
            return lossy(encoding, &bytes[length..]);
        }
    }
    match bytes {
        [b'<', 0, ..] => return lossy(UTF_16LE, bytes),
        [0, b'<', ..] => return lossy(UTF_16BE, bytes),
        _ => {}
    }
    // ISO-2022-JP is seven bits: valid UTF-8, and still not.
    let escapes = |sign: &[u8]| bytes.windows(sign.len()).any(|pair| pair == sign);
    let is_declared = [server, document].contains(&Some(ISO_2022_JP));
    if escapes(b"\x1b$B") || (is_declared && (escapes(b"\x1b$") || escapes(b"\x1b("))) {
        return lossy(ISO_2022_JP, bytes);
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return (text.to_owned(), UTF_8.name());
    }
    if let Some(text) = nearly_utf_8(bytes) {
        return (text, UTF_8.name());
    }
    declared(bytes, server, document).unwrap_or_else(|| {
        let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
        detector.feed(bytes, true);
        lossy(detector.guess(None, Utf8Detection::Deny), bytes)
    })
}

/// Decodes as a declaration says, where the bytes make sense so.
fn declared(
    bytes: &[u8],
    server: Option<&'static Encoding>,
    document: Option<&'static Encoding>,
) -> Option<(String, &'static str)> {
    // A server's ISO-8859-1 is often only its default: the document's word comes first then,
    // and without one the bytes themselves are asked.
    let server = server.filter(|encoding| *encoding != WINDOWS_1252);
    let is_likely =
        |encoding: &&'static Encoding| ![UTF_8, UTF_16LE, UTF_16BE, ISO_2022_JP].contains(encoding);
    let mut likely: Vec<&'static Encoding> =
        [server, document].into_iter().flatten().filter(is_likely).collect();
    // In an encoding of single bytes everything makes sense.
    likely.sort_by_key(|encoding| encoding.is_single_byte());
    likely.into_iter().find_map(|encoding| {
        let text = encoding.decode_without_bom_handling_and_without_replacement(bytes);
        let text = text.map(|text| (text.into_owned(), encoding.name()));
        text.or_else(|| Some(lossy(encoding, bytes)).filter(|(text, _)| is_nearly_right(text)))
    })
}

/// Fewer than one character in fifty of a text is bad.
fn is_nearly_right(text: &str) -> bool {
    let (mut bad, mut good) = (0_usize, 0_usize);
    for c in text.chars().filter(|c| !c.is_ascii()) {
        *(if c == '\u{fffd}' { &mut bad } else { &mut good }) += 1;
    }
    bad * 50 < good
}

/// UTF-8 with a few bad bytes, which are mostly pasted from windows-1252.
fn nearly_utf_8(bytes: &[u8]) -> Option<String> {
    let (mut text, mut good, mut bad) = (String::with_capacity(bytes.len()), 0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        good += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        bad += usize::from(!chunk.invalid().is_empty());
        match chunk.invalid() {
            [] => {}
            [byte @ 0x80..=0x9f] => {
                text.push_str(&WINDOWS_1252.decode_without_bom_handling(&[*byte]).0);
            }
            _ => text.push('\u{fffd}'),
        }
    }
    (good > bad * 2).then_some(text)
}

fn lossy(encoding: &'static Encoding, bytes: &[u8]) -> (String, &'static str) {
    (encoding.decode_without_bom_handling(bytes).0.into_owned(), encoding.name())
}

/// UTF-32, told by its mark or by the first `<`; `encoding_rs` does not have it.
fn utf_32(bytes: &[u8]) -> Option<String> {
    let read: fn([u8; 4]) -> u32 = match bytes {
        [0xff, 0xfe, 0, 0, ..] | [b'<', 0, 0, 0, ..] => u32::from_le_bytes,
        [0, 0, 0xfe, 0xff, ..] | [0, 0, 0, b'<', ..] => u32::from_be_bytes,
        _ => return None,
    };
    let (units, _) = bytes.as_chunks::<4>();
    let chars = units.iter().map(|unit| char::from_u32(read(*unit)).unwrap_or('\u{fffd}'));
    Some(chars.collect())
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
    labelled(charset)
}

fn from_declaration(bytes: &[u8]) -> Option<&'static Encoding> {
    let start = &bytes[..bytes.len().min(DECLARATION_BYTES)];
    let start = String::from_utf8_lossy(start);
    let declaration = start.split_once("<?xml")?.1.split_once("?>")?.0;
    let value = declaration.split_once("encoding")?.1.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    labelled(value[1..].split_once(quote)?.0)
}

fn labelled(label: &str) -> Option<&'static Encoding> {
    let label = label.trim();
    let alias = ALIASES.iter().find(|(alias, _)| label.eq_ignore_ascii_case(alias));
    Encoding::for_label(alias.map_or(label, |(_, known)| known).as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], content_type: Option<&str>, expected: &str) {
        let found = decode(bytes, content_type).expect("text").text;
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
        let mixed = "<?xml encoding='utf-8'?><t>尖閣諸島の海域 ".as_bytes();
        check(&[mixed, b"Japan\x92s \xff bad</t>"].concat(), None, "Japan’s \u{fffd} bad");
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
    fn utf_32_is_read_too() {
        let text = "<t>尖閣</t>";
        let little: Vec<u8> = text.chars().flat_map(|c| u32::from(c).to_le_bytes()).collect();
        let big: Vec<u8> = text.chars().flat_map(|c| u32::from(c).to_be_bytes()).collect();
        check(&little, None, text);
        check(&big, None, text);
        check(&[&[0, 0, 0xfe, 0xff], big.as_slice()].concat(), None, text);
    }

    /// The encodings of a text, and what it is in them.
    const TEXTS: [(&str, &[&str]); 6] = [
        (
            "尖閣諸島の周辺海域で海上保安庁の巡視船が警戒に当たっている",
            &["Shift_JIS", "EUC-JP", "ISO-2022-JP"],
        ),
        ("中国海警局船只在钓鱼岛附近海域巡航，外交部发言人表示关注", &["GB2312", "GBK", "gb18030"]),
        ("中國海警船在釣魚臺附近海域巡航，外交部發言人表示嚴重關切", &["Big5"]),
        ("해양경찰은 독도 인근 해역에서 경비를 강화했다고 밝혔다", &["EUC-KR", "ks_c_5601-1987"]),
        (
            "Министерство обороны сообщило о манёврах в Южно-Китайском море",
            &["windows-1251", "KOI8-R", "ISO-8859-5"],
        ),
        (
            "Le ministère a annoncé des manœuvres près de l’archipel, où la situation s’est dégradée",
            &["windows-1252"],
        ),
    ];

    #[test]
    fn every_encoding_is_told_by_what_is_right_whatever_else_is_wrong() {
        for (text, labels) in TEXTS {
            for label in labels {
                let encoding = Encoding::for_label(label.as_bytes()).expect("known");
                let document = |declared: &str| {
                    let text = format!("<?xml version=\"1.0\"{declared}?><t>{text}</t>");
                    encoding.encode(&text).0.into_owned()
                };
                let right = document(&format!(" encoding=\"{label}\""));
                let http = format!("text/xml; charset={label}");
                check(&right, None, text);
                check(&document(""), Some(&http), text);
                check(&document(""), None, text);
                check(&document(" encoding=\"UTF-8\""), None, text);
                check(&right, Some("text/xml; charset=ISO-8859-1"), text);
                check(&document(" encoding=\"UTF-16\""), Some(&http), text);
            }
            check(format!("\u{feff}<?xml encoding='shift_jis'?><t>{text}").as_bytes(), None, text);
            check(format!("<?xml encoding='koi8-r'?><t>{text}").as_bytes(), None, text);
        }
    }

    #[test]
    fn a_wrong_declaration_is_told() {
        #[track_caller]
        fn check(bytes: &[u8], encoding: &str, repairs: &[Repair]) {
            let found = decode(bytes, None).expect("text");
            assert_eq!((found.encoding, found.repairs.as_slice()), (encoding, repairs));
        }
        check("<?xml encoding='utf-16'?><t/>".as_bytes(), "UTF-8", &[Repair::Encoding]);
        check("<?xml encoding='koi8-r'?><t>ж</t>".as_bytes(), "UTF-8", &[Repair::Encoding]);
        check(b"<?xml encoding='koi8-r'?><t>plain</t>", "UTF-8", &[]);
        check("<?xml encoding='utf-8'?><t>ж</t>".as_bytes(), "UTF-8", &[]);
        check(b"<?xml encoding='cp932'?><t>\x90\xeb</t>", "Shift_JIS", &[]);
    }

    fn packed(bytes: &[u8]) -> Vec<u8> {
        use std::io::Write as _;
        let mut packing = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packing.write_all(bytes).expect("in memory");
        packing.finish().expect("in memory")
    }

    #[test]
    fn what_is_packed_without_a_word_is_unpacked_within_bounds() {
        let once = packed("<t>尖閣</t>".as_bytes());
        let twice = packed(&once);
        for bytes in [&once, &twice] {
            let found = decode(bytes, None).expect("text");
            assert_eq!(found.text, "<t>尖閣</t>");
            assert!(found.repairs.contains(&Repair::Unpacked));
        }
        assert_eq!(decode(&once[..once.len() - 5], None).expect("text").text, "<t>尖閣</t>");
        let bomb = packed(&vec![b' '; 20 << 20 | 1]);
        let said = decode(&bomb, None).expect_err("too much");
        assert_eq!(said, "the answer unpacks to more than 20 MiB");
        assert_eq!(decode(b"\x1f\x8b\x08", None).expect_err("nothing"), "the answer is empty");
        assert_eq!(decode(b" \r\n", None).expect_err("nothing"), "the answer is empty");
    }
}
