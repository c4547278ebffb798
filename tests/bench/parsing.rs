//! How fast well-formed feeds are read, beside bare feed-rs on the same bytes.
//!
//! `cargo bench --bench parsing`; what it printed last is in `README.md`. Both run in one
//! process, in turns, on one thread; each figure is the median of the rounds in CPU time. Ours
//! bounds and mends each document, lets feed-rs read it, and makes items of clean text with a
//! key; bare feed-rs makes its model of the feed and stops there.

#![expect(clippy::print_stdout, reason = "a report is what it is for")]
#![expect(clippy::cast_precision_loss, reason = "small numbers, shown with a digit or two")]

use std::fmt::Write as _;
use std::time::{Duration, Instant};

/// Feeds of each kind, and items of each feed.
const FEEDS: usize = 8;
const ITEMS: usize = 60;
const ROUNDS: usize = 15;

/// Sentences that the items are made of.
const SENTENCES: [&str; 8] = [
    "Ships of the coast guard met near the islands on Sunday, the ministry said.",
    "The minister called for talks &amp; warned of a longer winter.",
    "海上保安庁の巡視船が周辺の海域で警戒に当たっている。",
    "Цены на зерно выросли после закрытия порта, сообщили в министерстве.",
    "Farmers along the river lost a third of the harvest in two weeks of rain.",
    "El presidente dijo que la medida entrará en vigor en enero.",
    "Dockers ended their strike after nine days; forty ships were waiting outside the port.",
    "해양경찰은 인근 해역에서 경비를 강화했다고 밝혔다.",
];

fn main() {
    println!("{FEEDS} feeds of {ITEMS} items a kind; median of {ROUNDS} rounds\n");
    println!("| kind | kB a feed | wirewatch MB/s | feed-rs MB/s | ratio |");
    println!("| --- | ---: | ---: | ---: | ---: |");
    let mut all = Vec::new();
    let mut kind = |name: &str, make: &dyn Fn(usize) -> String| {
        let feeds: Vec<String> = (0..FEEDS).map(make).collect();
        report(name, &feeds);
        all.extend(feeds);
    };
    kind("RSS 2.0", &rss);
    kind("RSS 2.0, full text", &rss_full);
    kind("Atom", &atom);
    kind("RSS 1.0", &rdf);
    report("all", &all);
}

fn report(name: &str, feeds: &[String]) {
    let bytes: usize = feeds.iter().map(String::len).sum();
    let ours =
        || feeds.iter().map(|it| wirewatch::bench::parse(it.as_bytes()).expect("good")).sum();
    let theirs = || {
        feeds
            .iter()
            .map(|it| feed_rs::parser::parse(it.as_bytes()).expect("good").entries.len())
            .sum()
    };
    let (mut our_times, mut their_times) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        our_times.push(timed(feeds.len() * ITEMS, &ours));
        their_times.push(timed(feeds.len() * ITEMS, &theirs));
    }
    let speed = |times: Vec<Duration>| bytes as f64 / median(times).as_secs_f64() / 1e6;
    let (ours, theirs) = (speed(our_times), speed(their_times));
    let kilobytes = bytes as f64 / feeds.len() as f64 / 1e3;
    println!("| {name} | {kilobytes:.0} | {ours:.0} | {theirs:.0} | {:.2} |", ours / theirs);
}

/// The CPU time of one pass, which must find so many items.
fn timed(items: usize, pass: &dyn Fn() -> usize) -> Duration {
    let before = cpu();
    let found = std::hint::black_box(pass());
    let time = cpu().saturating_sub(before);
    assert_eq!(found, items, "every item is found");
    time
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// CPU time of this thread; wall time where the system does not say.
fn cpu() -> Duration {
    static STARTED: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
    // The kernel brings its count up to date when a thread gives way.
    std::thread::yield_now();
    let said = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = said.and_then(|it| it.split(' ').next()?.parse().ok());
    nanoseconds.map_or_else(|| STARTED.elapsed(), Duration::from_nanos)
}

/// Some sentences, others for each seed.
fn sentences(seed: usize, count: usize) -> String {
    let chosen = (0..count).map(|n| SENTENCES[(seed * 5 + n * 3) % SENTENCES.len()]);
    chosen.collect::<Vec<_>>().join(" ")
}

fn rss(feed: usize) -> String {
    rss_with(feed, |_| String::new())
}

fn rss_full(feed: usize) -> String {
    rss_with(feed, |seed| {
        let paragraph = |n| format!("<p>{}</p>\n", sentences(seed + n, 4));
        let text: String = (0..4).map(paragraph).collect();
        let image = "<figure><img src=\"https://img.example/a.jpg\" alt=\"\"/></figure>";
        format!(
            "<content:encoded><![CDATA[{image}{text}<a href=\"/more\">More</a>]]></content:encoded>"
        )
    })
}

fn rss_with(feed: usize, more: impl Fn(usize) -> String) -> String {
    let mut text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\" \
                    xmlns:content=\"http://purl.org/rss/1.0/modules/content/\" \
                    xmlns:dc=\"http://purl.org/dc/elements/1.1/\" \
                    xmlns:media=\"http://search.yahoo.com/mrss/\">\n<channel>\n<title>Wire</title>\n\
                    <link>https://wire.example/</link>\n<language>en</language>\n<ttl>10</ttl>\n"
        .to_owned();
    for item in 0..ITEMS {
        let seed = feed * ITEMS + item;
        let _ = write!(
            text,
            "<item>\n<title>{}</title>\n<link>https://wire.example/2024/07/{seed}?a=1&amp;b=2</link>\n\
             <guid isPermaLink=\"false\">wire-{seed}</guid>\n<dc:creator>Desk</dc:creator>\n\
             <pubDate>Sun, 28 Jul 2024 09:{:02}:00 +0000</pubDate>\n<category>World</category>\n\
             <description><![CDATA[{}]]></description>\n{}\n\
             <media:content url=\"https://img.example/{seed}.jpg\" medium=\"image\"/>\n</item>\n",
            sentences(seed, 1),
            item % 60,
            sentences(seed + 1, 3),
            more(seed),
        );
    }
    text + "</channel>\n</rss>\n"
}

fn atom(feed: usize) -> String {
    let mut text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<feed \
                    xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"en\">\n<title>Wire</title>\n\
                    <id>https://wire.example/</id>\n<updated>2024-07-28T09:00:00Z</updated>\n"
        .to_owned();
    for item in 0..ITEMS {
        let seed = feed * ITEMS + item;
        let _ = write!(
            text,
            "<entry>\n<title type=\"html\">{}</title>\n<id>tag:wire.example,2024:{seed}</id>\n\
             <link rel=\"alternate\" type=\"text/html\" href=\"https://wire.example/{seed}\"/>\n\
             <published>2024-07-28T09:{:02}:00Z</published><updated>2024-07-28T10:00:00Z</updated>\n\
             <author><name>Desk</name></author>\n<summary type=\"html\">{}</summary>\n</entry>\n",
            sentences(seed, 1),
            item % 60,
            sentences(seed + 1, 4),
        );
    }
    text + "</feed>\n"
}

fn rdf(feed: usize) -> String {
    let mut text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rdf:RDF \
                    xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" \
                    xmlns:dc=\"http://purl.org/dc/elements/1.1/\" \
                    xmlns=\"http://purl.org/rss/1.0/\">\n<channel rdf:about=\"https://wire.example/\">\
                    <title>Wire</title><link>https://wire.example/</link>\
                    <description>News</description></channel>\n"
        .to_owned();
    for item in 0..ITEMS {
        let seed = feed * ITEMS + item;
        let _ = write!(
            text,
            "<item rdf:about=\"https://wire.example/{seed}\">\n<title>{}</title>\n\
             <link>https://wire.example/{seed}</link>\n<description>{}</description>\n\
             <dc:date>2024-07-28T09:{:02}:00+09:00</dc:date>\n</item>\n",
            sentences(seed, 1),
            sentences(seed + 1, 3),
            item % 60,
        );
    }
    text + "</rdf:RDF>\n"
}
