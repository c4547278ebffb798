//! Whole documents through [`parse`]: golden files, and what would hurt.
//!
//! `UPDATE_GOLDEN=1` writes the golden files anew; read the difference before committing it.

use std::fs;
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use jiff::civil::Weekday;
use proptest::prelude::*;
use serde_json::json;

use super::*;

mod damage;

fn body(bytes: impl Into<Bytes>, content_type: Option<&str>) -> Body {
    Body {
        bytes: bytes.into(),
        content_type: content_type.map(str::to_owned),
        final_url: "https://feeds.example/news/feed".parse().expect("a URL"),
    }
}

fn golden(document: &Result<Document, String>) -> serde_json::Value {
    let document = match document {
        Ok(document) => document,
        Err(reason) => return json!({ "not_a_feed": reason }),
    };
    let item = |item: &Item| {
        json!({
            "key": item.key.0, "title": item.title, "url": item.url, "summary": item.summary,
            "body": item.body, "published": item.published, "updated": item.updated,
            "authors": item.authors, "language": item.language,
        })
    };
    let repairs: Vec<&str> = document.repairs.iter().map(|repair| repair.word()).collect();
    json!({
        "format": document.format.to_string(),
        "encoding": document.encoding,
        "repairs": repairs,
        "is_cut": document.is_cut,
        "ttl_seconds": document.hints.ttl.map(|ttl| ttl.as_secs()),
        "left_out": document.left_out,
        "items": document.items.iter().map(item).collect::<Vec<_>>(),
    })
}

#[test]
fn every_recorded_feed_reads_as_its_golden_file_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/feeds");
    let mut checked = 0;
    for (name, bytes) in fixtures() {
        let found = golden(&parse(&body(bytes, None), None));
        let golden_path = folder.join(format!("{name}.golden.json"));
        let text = serde_json::to_string_pretty(&found).expect("JSON") + "\n";
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            fs::write(&golden_path, &text).expect("written");
        }
        let expected = fs::read_to_string(&golden_path).unwrap_or_default();
        assert!(text == expected, "{name} reads as {text}");
        checked += 1;
    }
    assert!(checked >= 30, "only {checked} feeds");
}

/// The reason why a document is no feed.
#[track_caller]
fn refused(text: &str, reason: &str) {
    assert_eq!(parse(&body(text.to_owned(), None), None).expect_err("no feed"), reason);
}

#[test]
fn what_is_no_feed_is_said_plainly() {
    refused("", "the answer is empty");
    refused("<!DOCTYPE html><html><title>Log in</title>", "the answer is an HTML page, not a feed");
    refused(
        "<html><head><link rel=\"alternate\" type=\"application/rss+xml\" href=\"/rss?a=1&amp;b=2\"></head>",
        "the answer is an HTML page; it names a feed: https://feeds.example/rss?a=1&b=2",
    );
    refused("just words", "the answer is no feed: neither XML nor JSON");
    refused("<?xml version='1.0'?><opml/>", "no feed in this XML (its root is `opml`)");
    refused("{\"a\": 1}", "no feed in this JSON (no JSON Feed version and items)");
    refused("<rss version='2.0'><channel><item>", "not well-formed XML: the document ends early");
    refused(
        "<urlset><url><loc>https://a.example/</loc></url></urlset>",
        "a sitemap without news (`news:news`), not a feed",
    );
    refused(
        "<sitemapindex><sitemap><loc>https://a.example/1.xml</loc></sitemap><sitemap>\
         <loc>https://a.example/2.xml</loc></sitemap></sitemapindex>",
        "a sitemap index, not a feed; its sitemaps: https://a.example/1.xml https://a.example/2.xml",
    );
    refused("<sitemapindex/>", "a sitemap index, not a feed");
    let mismatched = parse(&body("<rss version='2.0'>\n<channel>\n</rss>", None), None);
    let reason = mismatched.expect_err("ill-formed");
    assert!(reason.starts_with("not well-formed XML near line 3: "), "{reason}");
    let broken = parse(&body("{\"version\":", None), None).expect_err("ill-formed");
    assert!(broken.starts_with("not well-formed JSON: "), "{broken}");
}

fn rss(items: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?><rss version=\"2.0\" xmlns:media=\"http://search.yahoo.com/mrss/\" \
         xmlns:itunes=\"http://www.itunes.com/dtds/podcast-1.0.dtd\" \
         xmlns:dc=\"http://purl.org/dc/elements/1.1/\" \
         xmlns:sy=\"http://purl.org/rss/1.0/modules/syndication/\" \
         xmlns:atom=\"http://www.w3.org/2005/Atom\"><channel><title>t</title>{items}</channel></rss>"
    )
}

#[test]
fn what_breaks_the_parser_does_not_break_us() {
    let deep = |tag: &str, count: usize| {
        rss(&format!(
            "<item><title>x</title>{}{}</item>",
            format!("<{tag}>").repeat(count),
            format!("</{tag}>").repeat(count)
        ))
    };
    refused(&deep("media:group", 2_000), "elements nested deeper than 128");
    refused(&deep("itunes:category", 5_000), "elements nested deeper than 128");
    refused(&deep("a", 1_000_000), "elements nested deeper than 128");
    let attributes: String = (0..100_000).map(|n| format!(" a{n}='1'")).collect();
    refused(&rss(&format!("<item{attributes}/>")), "an element with more than 256 attributes");

    let broken =
        format!("<rss><channel></b><item><title{attributes}>x</title></item></channel></rss>");
    assert_eq!(parse(&body(broken, None), None).expect("a feed").items[0].title, "x");
    let deep = format!("<rss></b><channel><item><title>x</title>{}", "<q>".repeat(500_000));
    refused(&deep, "elements nested deeper than 128");
    let sections = "<![CDATA[<!--".repeat(200_000);
    let sections = format!("<rss></b><channel><item><title>x</title></item>{sections}");
    assert_eq!(parse(&body(sections, None), None).expect("a feed").items.len(), 1);

    let authors = "<item><title>a</title><author>山田太郎（yamada@example.co.jp）</author></item>\
                   <item><title>b</title><dc:creator>“news@x.example”张三</dc:creator></item>\
                   <item><title>c</title><author>desk@x.example (The Desk)</author></item>\
                   <item><title>d</title><itunes:duration>999999999999999999999999</itunes:duration></item>";
    let document = parse(&body(rss(authors), None), None).expect("a feed");
    let found: Vec<Vec<String>> = document.items.into_iter().map(|item| item.authors).collect();
    assert_eq!(found, [vec!["山田太郎"], vec!["张三"], vec!["The Desk"], vec![]]);

    let lol: String = (1..9)
        .map(|n| format!("<!ENTITY l{n} \"{}\">", format!("&l{};", n - 1).repeat(10)))
        .collect();
    let bomb = format!(
        "<!DOCTYPE rss [<!ENTITY l0 \"lol\">{lol}<!ENTITY f SYSTEM \"file:///etc/passwd\">]>{}",
        rss("<item><title>&l8; &f;</title></item>")
    );
    let titles = parse(&body(bomb, None), None).map(|document| document.items[0].title.clone());
    assert!(titles.as_ref().map_or(0, String::len) < 100, "{titles:?}");
}

#[test]
fn a_flood_of_items_is_cut_and_counted() {
    let items: String =
        (0..6_000).map(|n| format!("<item><guid>{n}</guid><title>n</title></item>")).collect();
    let document = parse(&body(rss(&items), None), None).expect("a feed");
    assert_eq!((document.items.len(), document.left_out), (ITEMS_MAX, 1_000));
    assert_eq!(document.items[4_999].key.0, "guid:4999");

    let items: Vec<_> = (0..6_000).map(|n| json!({ "id": n, "content_text": "x" })).collect();
    let authors = vec![json!({ "name": "a" }); 3_000];
    let feed = json!({
        "version": "https://jsonfeed.org/version/1.1", "title": "t", "items": items, "authors": authors,
    });
    let document = parse(&body(feed.to_string(), None), None).expect("a feed");
    assert_eq!((document.items.len(), document.left_out), (ITEMS_MAX, 1_000));
    assert!(document.items.iter().all(|item| item.authors.len() <= AUTHORS_MAX));
}

#[test]
fn an_item_keeps_its_key_wherever_it_stands() {
    let items: Vec<String> = (0..5)
        .map(|n| format!("<item><link>https://a.example/{n}</link><title>t{n}</title></item>"))
        .collect();
    let keys = |items: &[String]| -> std::collections::BTreeSet<String> {
        let document = parse(&body(rss(&items.concat()), None), None).expect("a feed");
        document.items.into_iter().map(|item| item.key.0).collect()
    };
    let mut turned = items.clone();
    turned.reverse();
    assert_eq!(keys(&items), keys(&turned));
    assert_eq!(keys(&items), keys(&items));
}

#[test]
fn a_document_carries_the_hints_of_its_publisher() {
    let said = "<link>https://a.example/</link><ttl> 90 </ttl><skipHours><hour>24</hour><hour>3</hour>\
                </skipHours><skipDays><day>Sunday</day></skipDays>\
                <sy:updatePeriod>\n daily\n</sy:updatePeriod>\
                <sy:updateFrequency>12</sy:updateFrequency>\
                <atom:link rel=\"self\" href=\"https://a.example/feed?a=1&amp;b=2\"/>\
                <atom:link rel='hub' href='https://hub.example/'/>\
                <item><title>t</title><ttl>1</ttl>\
                <atom:link rel='hub' href='https://other.example/'/></item>";
    let document = parse(&body(rss(said), None), None).expect("a feed");
    let url = |text: &str| Some(Url::parse(text).expect("a URL"));
    let expected = Hints {
        ttl: Some(Duration::from_secs(5_400)),
        skip_hours: [0, 3].into(),
        skip_days: vec![Weekday::Sunday],
        update_every: Some(Duration::from_secs(7_200)),
        hub: url("https://hub.example/"),
        self_url: url("https://a.example/feed?a=1&b=2"),
    };
    assert_eq!(document.hints, expected);

    let feed = json!({
        "version": "https://jsonfeed.org/version/1.1", "title": "t", "items": [],
        "feed_url": "/feed.json", "hubs": [{ "type": "WebSub", "url": "https://hub.example/" }],
    });
    let document = parse(&body(feed.to_string(), None), None).expect("a feed");
    let (hub, self_url) = (url("https://hub.example/"), url("https://feeds.example/feed.json"));
    assert_eq!(document.hints, Hints { hub, self_url, ..Hints::default() });
}

/// Every fixture, by name.
fn fixtures() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/feeds");
    let paths = fs::read_dir(&folder).expect("the fixtures").map(|it| it.expect("an entry").path());
    let named = paths.map(|path| {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        (name, fs::read(&path).expect("a file"))
    });
    let mut fixtures: Vec<_> = named.filter(|(name, _)| !name.contains(".golden.")).collect();
    fixtures.sort();
    fixtures
}

/// A feed that breaks one day is read by the second reader from then on: nothing may look new.
#[test]
fn both_readers_make_the_same_items_of_every_feed() {
    let url = Url::parse("https://feeds.example/news/feed").expect("a URL");
    let (mut trusted, mut compared) = (0, 0);
    for (name, bytes) in fixtures() {
        let Ok(decoded) = decode::decode(&bytes, None) else { continue };
        let text = decoded.text.trim_start();
        let Ok(second) = strictly(text, &url) else { continue };
        let first = match trusted::read(text, &url) {
            Ok(Ok(first)) => first,
            Ok(Err(_)) => continue,
            Err(fault) => panic!("{name}: {}", fault.said()),
        };
        trusted += 1;
        assert_eq!(first.format, second.format, "{name}");
        assert_eq!((&first.title, &first.hints), (&second.title, &second.hints), "{name}");
        let (first, second) = (items(&first, &url, None), items(&second, &url, None));
        assert_eq!(first, second, "{name}");
        compared += first.len();
    }
    assert!(trusted >= 15, "feed-rs was trusted with only {trusted} feeds");
    assert!(compared > 30, "only {compared} items were compared");
}

#[test]
fn feed_rs_is_not_trusted_where_it_would_lose_something() {
    #[track_caller]
    fn check(document: &str, expected: Result<usize, reading::Loss>) {
        let url = Url::parse("https://feeds.example/").expect("a URL");
        let read = trusted::read(document, &url).unwrap_or_else(|it| panic!("{}", it.said()));
        assert_eq!(read.map(|read| read.entries.len()), expected, "{document}");
    }
    use reading::Loss;
    check(&rss("<item><title>a</title></item><item><title>b</title></item>"), Ok(2));
    check(
        "<rss><channel><item><dc:title>a</dc:title><foo:title>b</foo:title></item></channel></rss>",
        Ok(1),
    );
    check("<channel><item><title>a</title></item></channel>", Err(Loss::Root));
    check(&rss("<item xml:base='/x/'><link>1</link></item>"), Err(Loss::Base));
    check(&rss("<item><title>a</title><dc:language>ja</dc:language></item>"), Err(Loss::Word));
    check(
        &rss("<item><feedburner:origLink>https://a.example/</feedburner:origLink></item>"),
        Err(Loss::Word),
    );
    check(&rss("<item><title>a</title><title/></item>"), Err(Loss::Twice));
    check(
        &rss("<item><pubDate>Sun, 28 Jul 2024 12:00:00 GMT</pubDate><dc:date/></item>"),
        Err(Loss::Twice),
    );
    check(&rss("<item><description>a <b>b</b></description></item>"), Err(Loss::Markup));
    check(
        &rss("<item xml:lang='ja'><title>a</title></item><item><title>b</title></item>"),
        Err(Loss::Language),
    );
    check(&rss("<item><media:title>a</media:title></item>"), Err(Loss::Media));
    check(
        &rss(
            "<item><media:content url='https://a.example/x.mp4'><media:title>a</media:title></media:content></item>",
        ),
        Ok(1),
    );
    check(
        &rss("<item><pubDate>Sun, 28 Jul 2024 12:00:00 GMT</pubDate><updated>x</updated></item>"),
        Err(Loss::Update),
    );
    check("<rss><item><title>a</title></item></rss>", Err(Loss::Entries));
    check("<RDF><item><title>a</title></item></RDF>", Err(Loss::Entries));
}

/// What stands before and after the entries, and what they are called.
const ROOTS: [(&str, &str, &str); 3] = [
    (
        "<rss version='2.0'><channel><language>ja</language><link>/a/</link>",
        "item",
        "</channel></rss>",
    ),
    ("<feed xmlns='http://www.w3.org/2005/Atom' xml:lang='en'>", "entry", "</feed>"),
    ("<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>", "item", "</rdf:RDF>"),
];
/// What may stand in an entry, with a text for `{}`.
const FIELDS: [&str; 24] = [
    "<title>{}</title>",
    "<title type='html'><![CDATA[{}]]></title>",
    "<dc:title>{}</dc:title>",
    "<link>{}</link>",
    "<link href='{}'/>",
    "<link rel='replies' href='{}'/>",
    "<link rel='alternate' type='application/json' href=\"{}\"></link>",
    "<guid isPermaLink='false'>{}</guid>",
    "<id>{}</id>",
    "<description>{}</description>",
    "<summary type='text'>{}</summary>",
    "<summary type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>a <b>{}</b></div></summary>",
    "<content type='application/xml'>{}</content>",
    "<content:encoded><![CDATA[<p>{}</p>]]></content:encoded>",
    "<pubDate>{}</pubDate>",
    "<dc:date>{}</dc:date>",
    "<issued>{}</issued>",
    "<updated>{}</updated>",
    "<author>{}</author>",
    "<author><email>{}</email><name>{}</name></author>",
    "<itunes:summary>{}</itunes:summary><itunes:duration>99999999999999999999999</itunes:duration>",
    "<media:group><media:content url='{}'/><media:title>{}</media:title></media:group>",
    "<media:thumbnail url='{}'/><media:description>{}</media:description>",
    "<category>{}</category><foo:title>{}</foo:title>",
];
const TEXTS: [&str; 12] = [
    "",
    " \n ",
    "Ships &amp; isles",
    "https://a.example/x?a=1&amp;b=2",
    "/relative#top",
    "Sun, 28 Jul 2024 12:00:00 GMT",
    "2024-07-28 09:37",
    "2024年07月28日",
    "山田（yamada@example.co.jp）",
    "&lt;i&gt;R&D&lt;/i&gt; &nbsp;&#8217;&#146;&bogus;",
    "\u{b}tag:a.example,2024:1\r\n",
    "尖閣 \u{3000}諸島",
];

proptest! {
    #[test]
    fn a_fixture_broken_anywhere_is_survived(
        choice in any::<prop::sample::Index>(),
        breaks in proptest::collection::vec((any::<prop::sample::Index>(), 0..6_u8, any::<u8>()), 1..6),
    ) {
        let fixtures = fixtures();
        let (_, mut bytes) = fixtures[choice.index(fixtures.len())].clone();
        for (at, kind, byte) in breaks {
            if bytes.is_empty() {
                break;
            }
            let at = at.index(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                2 => drop(bytes.remove(at)),
                3 => bytes.insert(at, b'<'),
                4 => bytes.insert(at, b'&'),
                _ => bytes.truncate(at),
            }
        }
        if let Ok(document) = parse(&body(bytes, None), None) {
            prop_assert!(document.items.len() <= ITEMS_MAX);
        }
    }

    #[test]
    fn both_readers_agree_on_whatever_stands_in_an_entry(
        root in 0..3_usize,
        entries in proptest::collection::vec(
            proptest::collection::vec((0..FIELDS.len(), 0..TEXTS.len()), 0..8), 1..4),
    ) {
        let (before, entry, after) = ROOTS[root];
        let field = |(field, text): &(usize, usize)| FIELDS[*field].replace("{}", TEXTS[*text]);
        let entries = entries.iter().map(|fields| {
            format!("<{entry}>{}</{entry}>", fields.iter().map(field).collect::<String>())
        });
        let document = format!("{before}{}{after}", entries.collect::<String>());
        let url = Url::parse("https://feeds.example/news/feed").expect("a URL");
        let second = strictly(&document, &url).unwrap_or_else(|it| panic!("{}", it.said()));
        let first = trusted::read(&document, &url).unwrap_or_else(|it| panic!("{}", it.said()));
        if let Ok(first) = first {
            prop_assert_eq!(items(&first, &url, None), items(&second, &url, None));
        }
    }

    #[test]
    fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = parse(&body(bytes, None), None);
    }

    #[test]
    fn any_markup_in_a_feed_is_survived(inner in "(<item>|</item>|<title>|</title>|<!\\[CDATA\\[|\\]\\]>|&|;|@|（|\\PC){0,60}") {
        let _ = parse(&body(rss(&inner), None), None);
    }
}
