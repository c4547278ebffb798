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
    json!({
        "ttl_seconds": document.hints.ttl.map(|ttl| ttl.as_secs()),
        "left_out": document.left_out,
        "items": document.items.iter().map(item).collect::<Vec<_>>(),
    })
}

#[test]
fn every_recorded_feed_reads_as_its_golden_file_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/feeds");
    let mut checked = 0;
    for entry in fs::read_dir(&folder).expect("the fixtures") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        if name.contains(".golden.") {
            continue;
        }
        let found = golden(&parse(&body(fs::read(&path).expect("a file"), None), None));
        let golden_path = folder.join(format!("{name}.golden.json"));
        let text = serde_json::to_string_pretty(&found).expect("JSON") + "\n";
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            fs::write(&golden_path, &text).expect("written");
        }
        let expected = fs::read_to_string(&golden_path).unwrap_or_default();
        assert!(text == expected, "{name} reads as {text}");
        checked += 1;
    }
    assert!(checked >= 12, "only {checked} feeds");
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

#[test]
fn language_tags_are_brought_into_form() {
    assert_eq!(tag("EN_us").as_deref(), Some("en-US"));
    assert_eq!(tag("zh-hant-tw").as_deref(), Some("zh-Hant-TW"));
    assert_eq!(tag(" ja "), Some("ja".into()));
    assert_eq!(tag("english"), None);
}

proptest! {
    #[test]
    fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = parse(&body(bytes, None), None);
    }

    #[test]
    fn any_markup_in_a_feed_is_survived(inner in "(<item>|</item>|<title>|</title>|<!\\[CDATA\\[|\\]\\]>|&|;|@|（|\\PC){0,60}") {
        let _ = parse(&body(rss(&inner), None), None);
    }
}
