//! Good documents, each broken in one way after the other: every item is found all the same,
//! under the same key and title, and the document says that it was mended.
//!
//! Source: the classes of damage that were found in real feeds.

use super::*;

/// Items of each document.
const ITEMS: usize = 4;

/// What a class of damage must come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expected {
    /// Every item, and nothing is said: it is no damage to us.
    Good,
    /// Every item, mended.
    Mended,
    /// The items before the cut, which is told.
    Cut(usize),
}
use Expected::{Cut, Good, Mended};

fn rss2() -> String {
    let item = |n: usize| {
        format!(
            "<item>\n<title>Ship {n} &amp; crew</title>\n<link>https://a.example/{n}?a=1&amp;copy=2</link>\n\
             <guid isPermaLink=\"false\">g{n}</guid>\n<dc:date>2024-07-2{n}T09:00:00Z</dc:date>\n\
             <media:content url=\"https://a.example/{n}.jpg\"><media:title>An image</media:title>\
             <media:description>Of a ship</media:description></media:content>\n\
             <description><![CDATA[<p>It sailed.</p>]]></description>\n</item>\n"
        )
    };
    document(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\" \
         xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:media=\"http://search.yahoo.com/mrss/\">\n\
         <channel>\n<title>Wire</title>\n<link>https://a.example/</link>\n\
         <image><url>https://a.example/i.png</url><title>Logo</title></image>\n",
        item,
        "</channel>\n</rss>\n",
    )
}

fn atom() -> String {
    let item = |n: usize| {
        format!(
            "<entry>\n<title>Ship {n} &amp; crew</title>\n<link rel=\"alternate\" \
             href=\"https://a.example/{n}?a=1&amp;copy=2\"/>\n<id>g{n}</id>\n\
             <updated>2024-07-2{n}T09:00:00Z</updated>\n<author><name>A. Writer</name></author>\n\
             <summary type=\"html\"><![CDATA[<p>It sailed.</p>]]></summary>\n</entry>\n"
        )
    };
    document(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\">\n\
         <title>Wire</title>\n<id>urn:wire</id>\n",
        item,
        "</feed>\n",
    )
}

fn rdf() -> String {
    let item = |n: usize| {
        format!(
            "<item rdf:about=\"https://a.example/{n}\">\n<title>Ship {n} &amp; crew</title>\n\
             <link>https://a.example/{n}?a=1&amp;copy=2</link>\n<dc:date>2024-07-2{n}</dc:date>\n\
             <description><![CDATA[<p>It sailed.</p>]]></description>\n</item>\n"
        )
    };
    document(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rdf:RDF xmlns=\"http://purl.org/rss/1.0/\" \
         xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" \
         xmlns:dc=\"http://purl.org/dc/elements/1.1/\">\n<channel rdf:about=\"https://a.example/\">\
         <title>Wire</title><link>https://a.example/</link><items><rdf:Seq>\
         <rdf:li rdf:resource=\"https://a.example/1\"/></rdf:Seq></items></channel>\n",
        item,
        "</rdf:RDF>\n",
    )
}

fn document(head: &str, item: impl Fn(usize) -> String, tail: &str) -> String {
    let items: String = (1..=ITEMS).map(item).collect();
    format!("{head}{items}{tail}")
}

/// Replaces the second `old` of a document: something in the middle of an item.
fn second(text: &str, old: &str, new: &str) -> String {
    let (at, _) = text.match_indices(old).nth(1).unwrap_or_else(|| panic!("no second {old}"));
    format!("{}{new}{}", &text[..at], &text[at + old.len()..])
}

/// Keys and titles.
fn known(document: &Document) -> Vec<(String, String)> {
    let items = document.items.iter();
    items.map(|item| (item.key.0.clone(), item.title.clone())).collect()
}

/// One class of damage, in each of the documents that `breaks` can break.
#[track_caller]
fn check(expected: Expected, breaks: impl Fn(&str) -> Option<Vec<u8>>) {
    let mut tried = 0;
    for (kind, good) in [("rss", rss2()), ("atom", atom()), ("rdf", rdf())] {
        let whole = known(&parse(&body(good.clone(), None), None).expect("good"));
        assert_eq!(whole.len(), ITEMS);
        let Some(bytes) = breaks(&good) else { continue };
        assert_ne!(bytes, good.as_bytes(), "{kind}: not broken");
        tried += 1;
        let shown = String::from_utf8_lossy(&bytes).into_owned();
        let found = parse(&body(bytes, None), None)
            .unwrap_or_else(|reason| panic!("{kind}: {reason}\n{shown}"));
        let count = if let Cut(count) = expected { count } else { ITEMS };
        assert_eq!(known(&found), whole[..count], "{kind}: {shown}");
        assert_eq!(found.is_cut, matches!(expected, Cut(_)), "{kind}: {shown}");
        assert_eq!(found.repairs.is_empty(), expected == Good, "{kind}: {:?}", found.repairs);
    }
    assert!(tried > 0, "no document was broken");
}

/// Damage to any text.
#[track_caller]
fn all(expected: Expected, breaks: impl Fn(&str) -> String) {
    check(expected, |good| Some(breaks(good).into_bytes()));
}

/// Damage to RSS 2.0 alone.
#[track_caller]
fn rss_only(expected: Expected, breaks: impl Fn(&str) -> String) {
    check(expected, |good| good.contains("<rss").then(|| breaks(good).into_bytes()));
}

#[test]
fn what_stands_before_and_after() {
    all(Good, |good| format!("\n\n{good}"));
    all(Good, |good| format!("\u{feff}\n{good}"));
    all(Good, |good| format!("Warning: something is wrong in /srv/feed.php\n{good}"));
    all(Mended, |good| {
        format!("<br />\n<b>Warning</b>:  Undefined index in <b>/srv/feed.php</b><br />\n{good}")
    });
    all(Mended, |good| format!("{good}<script>var a = '<b>' && 1;</script>"));
    all(Mended, |good| format!("{good}{good} <"));
    all(Good, |good| {
        format!("<!-- made by hand, with care -->{}", &good[good.find('\n').expect("lines")..])
    });
    all(Good, |good| good.replacen("?>", "?><?xml-stylesheet type='text/xsl' href='/x.xsl'?>", 1));
    all(Good, |good| good.replacen("?>", "?><!DOCTYPE rss [<!ENTITY a \"b\">]>", 1));
    all(Good, |good| good.replacen("version=\"1.0\"", "version=\"1.1\"", 1));
}

#[test]
fn references_and_control_characters() {
    all(Good, |good| good.replace("&amp;", "&"));
    all(Good, |good| good.replace("It sailed", "It sailed]]>&nbsp;&eacute;&bogus;<![CDATA["));
    all(Good, |good| good.replace("It sailed", "It\u{b} sa\u{1f}iled\0"));
    all(Good, |good| good.replace("Ship ", "Ship&#11;&#x1F;&#0; "));
    all(Good, |good| good.replace("Ship", "S&#X68;ip"));
    all(Good, |good| good.replace("crew", "&#99rew"));
    all(Mended, |good| second(&good.replace("&amp;", "&"), "</title>", ""));
}

#[test]
fn a_document_that_ends_early() {
    let before = |good: &str, n: usize, what: &str| {
        let item = good.find(&format!("Ship {n}")).expect("an item");
        item + good[item..].find(what).expect("that part")
    };
    for n in 2..=ITEMS {
        for what in ["hip", "</title>", "https", "CDATA[<", "</p>", "]]>", "sailed"] {
            all(Cut(n - 1), |good| good[..before(good, n, what)].to_owned());
        }
    }
    for end in ["</rss>", "</feed>", "</rdf:RDF>"] {
        check(Cut(ITEMS), |good| Some(good.as_bytes()[..good.find(end)?].to_vec()));
        check(Cut(ITEMS), |good| Some(good.as_bytes()[..good.find(end)? + 3].to_vec()));
    }
}

#[test]
fn elements_that_do_not_end() {
    all(Mended, |good| second(good, "]]>", ""));
    all(Good, |good| second(good, "sailed", "sai]]>led<![CDATA["));
    all(Mended, |good| second(good, "sailed.</p>]]>", "sailed.]]></p>]]>"));
    all(Mended, |good| second(good, "</title>", ""));
    all(Mended, |good| second(good, "</title>", "</Title>"));
    all(Mended, |good| second(good, "</title>", "</titel>"));
    all(Mended, |good| second(&good.replace("</entry>", "</item>"), "</item>", ""));
    all(Mended, |good| second(good, "<title>", "<!-- <title>"));
    all(Mended, |good| second(good, "<title>", "</b></i><title>"));
    all(Mended, |good| second(good, "Ship", "<b>Ship"));
    all(Mended, |good| {
        good.replace("<![CDATA[<p>It", "<p>It<br>had <img src=a.png>").replace("</p>]]>", "<hr>")
    });
    all(Mended, |good| {
        second(good, "<title>", "<?php echo 1 <title>").replacen("echo 1 <", "echo 1 > <", 1)
    });
}

#[test]
fn attributes() {
    check(Mended, |good| {
        let broken = good.replace("rel=\"alternate\"", "rel=alternate");
        broken.contains("=alternate").then(|| broken.into_bytes())
    });
    all(Good, |good| good.replace("<title>", "<title a=\"1\" a=\"2\">"));
    all(Good, |good| good.replace("<title>", "<title a=\"1 < 2\">"));
    all(Mended, |good| good.replace("<title>", "<title a=1 b>"));
    all(Good, |good| good.replace("<title>", "<title xml:base=\"::bad::\">"));
}

#[test]
fn stray_signs() {
    all(Mended, |good| second(good, "sailed.</p>]]>", "sailed.</p>]]> 3 < 4 "));
    all(Mended, |good| second(good, "<title>", "<<title>"));
    all(Mended, |good| second(good, "<title>", "< <title>"));
}

#[test]
fn names_and_versions() {
    rss_only(Good, |good| good.replace(" version=\"2.0\"", ""));
    rss_only(Good, |good| good.replace("\"2.0\"", "\"2.00\""));
    rss_only(Good, |good| good.replace("<rss ", "<rss xmlns=\"http://own.example/rss\" "));
    rss_only(Good, |good| good.replace("<channel>", "").replace("</channel>", ""));
    rss_only(Good, |good| {
        good.replacen("<item>", "</channel><item>", 1).replace("</channel>\n</rss", "</rss")
    });
    rss_only(Mended, |good| {
        ["rss", "channel", "item", "title", "link", "guid", "description"].iter().fold(
            good.to_owned(),
            |text, name| {
                let upper = name.to_uppercase();
                text.replace(&format!("<{name}"), &format!("<{upper}"))
                    .replace(&format!("</{name}>"), &format!("</{upper}>"))
            },
        )
    });
    rss_only(Good, |good| {
        let prefixed = good.replace("<rss ", "<r:rss xmlns:r=\"http://own.example/\" ");
        ["rss", "channel", "item", "title", "link", "guid", "description"].iter().fold(
            prefixed,
            |text, name| {
                text.replace(&format!("<{name}>"), &format!("<r:{name}>"))
                    .replace(&format!("<{name} "), &format!("<r:{name} "))
                    .replace(&format!("</{name}>"), &format!("</r:{name}>"))
            },
        )
    });
    for atom in ["http://purl.org/atom/ns#", "http://www.w3.org/2005/atom", "http://own.example/"] {
        check(Good, |good| {
            let broken = good.replace("http://www.w3.org/2005/Atom", atom);
            (broken != good).then(|| broken.into_bytes())
        });
    }
    for kind in ["text/plain", "xml", "application/xhtml+xml", "HTML", ""] {
        check(Good, |good| {
            let broken = good.replace("type=\"html\"", &format!("type=\"{kind}\""));
            (broken != good).then(|| broken.into_bytes())
        });
    }
}

#[test]
fn names_that_nobody_declared() {
    rss_only(Good, |good| good.replace(" xmlns:media=\"http://search.yahoo.com/mrss/\"", ""));
    rss_only(Good, |good| good.replace(" xmlns:dc=\"http://purl.org/dc/elements/1.1/\"", ""));
    all(Good, |good| good.replace("<title>Ship", "<foo:title>Other</foo:title><title>Ship"));
    all(Good, |good| good.replace("crew</title>", "crew</title><foo:title>Other</foo:title>"));
    rss_only(Good, |good| good.replace("<description>", "<media:description/><description>"));
    rss_only(Good, |good| {
        good.replace("<guid", "<podcast:person role='x'>A</podcast:person><guid")
    });
}

#[test]
fn bytes_that_are_not_what_is_said() {
    use encoding_rs::SHIFT_JIS;
    let declared = |good: &str, name: &str| good.replacen("UTF-8", name, 1);
    all(Mended, |good| declared(good, "utf-16"));
    all(Good, |good| declared(good, "x-unheard-of"));
    all(Good, |good| declared(good, "windows-1252"));
    all(Good, |good| good.replacen("?>", &format!("?>{}", " ".repeat(300)), 1));
    all(Good, |good| good.replacen("<?xml", &format!("<!-- {} --><?xml", "x".repeat(100)), 1));
    check(Mended, |good| {
        let japanese =
            good.replace("It sailed", "海上保安庁の巡視船が周辺の海域で警戒に当たっている");
        Some(SHIFT_JIS.encode(&japanese).0.into_owned())
    });
    check(Good, |good| {
        let mut bytes = good.replace("It sailed", "尖閣諸島 It sailed").into_bytes();
        bytes.extend(b"<!-- \x92 -->");
        Some(bytes)
    });
    check(Good, |good| {
        let units = good.replacen("UTF-8", "UTF-16", 1);
        Some(units.encode_utf16().flat_map(u16::to_le_bytes).collect())
    });
    check(Mended, |good| {
        use std::io::Write as _;
        let mut packing = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packing.write_all(good.as_bytes()).expect("in memory");
        packing.finish().ok()
    });
}

#[test]
fn a_json_feed_that_breaks_off_or_slips() {
    let feed = r#"{"version": "https://jsonfeed.org/version/1.1", "title": "t", "items": [
        {"id": 1, "content_text": "a", "author": "A. Writer"}, {"id": "2", "content_text": "b"}]}"#;
    let whole = parse(&body(feed, None), None).expect("a feed");
    assert_eq!((whole.items.len(), whole.is_cut), (2, false));
    assert_eq!(
        (whole.repairs.as_slice(), whole.items[0].authors.len()),
        ([Repair::Json].as_slice(), 1)
    );
    for end in ["\"content_text\": \"b", "\"}]}", ", {\"id\": \"2\""] {
        let cut = &feed[..feed.find(end).expect("there")];
        let found = parse(&body(cut.to_owned(), None), None).expect("a feed");
        assert_eq!((known(&found), found.is_cut), (known(&whole)[..1].to_vec(), true), "{cut}");
    }
    let marked = format!("\u{feff}{feed}");
    assert_eq!(known(&parse(&body(marked, None), None).expect("a feed")), known(&whole));
}
