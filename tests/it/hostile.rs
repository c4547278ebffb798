//! What a feed's server may do to us, and a publisher in its document: each row has the number
//! that it has in our list of scenarios.
//!
//! Held elsewhere: F03 (loops, chains, `file:`) and single spellings of F04 in `net::tests`, the
//! ranges of F04 and the mixed answers of F05 in `net::guard`; F14 in `etiquette::pauses`; the
//! lying 304 of F12 in `etiquette::validators`; F19 there too. HTTP/2 (part of F16) needs TLS,
//! which no server here speaks.

use std::fs;
use std::time::Duration;

use async_compression::tokio::write::{BrotliEncoder, GzipEncoder, ZlibEncoder, ZstdEncoder};
use serde_json::Value;
use tokio::io::AsyncWriteExt as _;

use crate::support::daemon::headline;
use crate::support::feeds::FeedServer;
use crate::support::folder::{self, Folder};
use crate::support::lane::{Lane, undated};
use crate::support::process::Process;
use crate::support::raw::{Canary, RawServer};
use crate::support::script::Answer;
use crate::support::until_turn;

/// What the whole daemon may take of memory, in kB: the least that small machines give.
const MEMORY_KB_MAX: u64 = 256 << 10;
/// Bytes of a bomb: three times what may be decoded.
const BOMB: usize = 64 << 20;

/// Packs so many bytes, of which one in 64 is not zero: less than two-hundredfold where a
/// whole page of zeros would be a thousandfold.
async fn bomb(encoding: &str, has_grains: bool) -> Vec<u8> {
    let mut plain = vec![0_u8; BOMB];
    if has_grains {
        let mut seed = 1_u32;
        for grain in plain.iter_mut().step_by(64) {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *grain = seed.to_be_bytes()[0];
        }
    }
    let mut out = Vec::new();
    macro_rules! with {
        ($encoder:ident) => {{
            let mut encoder = $encoder::new(&mut out);
            encoder.write_all(&plain).await.expect("a vector takes all");
            encoder.shutdown().await.expect("a vector takes all");
        }};
    }
    match encoding {
        "gzip" => with!(GzipEncoder),
        "deflate" => with!(ZlibEncoder),
        "br" => with!(BrotliEncoder),
        "zstd" => with!(ZstdEncoder),
        other => panic!("{other}"),
    }
    out
}

/// The most memory that a process ever held, in kB.
fn most_memory_kb(process: &Process) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", process.id())).expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("there");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

/// Waits until `is` holds of what `feeds list --json` says of a feed.
async fn fares(folder: &Folder, feed: &str, is: impl Fn(&Value) -> bool) -> Value {
    for _ in 0..600 {
        let told = Process::run(folder, &["feeds", "list", "--json"]).await;
        let rows: Value = serde_json::from_str(&told.stdout).unwrap_or_default();
        let rows = rows.as_array().cloned().unwrap_or_default();
        if let Some(row) = rows.into_iter().find(|row| row["id"] == feed && is(row)) {
            return row;
        }
    }
    panic!("{feed} does not fare so");
}

/// F01: bombs in every encoding, at once, in a process that may take 256 MiB.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::print_stdout, reason = "figures are for people")]
async fn f01_bombs_are_stopped_and_nobody_else_notices() {
    let lane = Lane::new("", &[]).await;
    let feeds = FeedServer::start().await;
    feeds.publish("wire", "Nothing to see");
    let mut text = folder::feed("wire", &feeds.url("wire"));
    let fold = "expands more than 200-fold";
    let size = "decodes to more than 20 MiB";
    let bombs = [
        ("gzip", false, "gzip", "too_large", fold),
        ("deflate", false, "deflate", "too_large", fold),
        ("br", false, "br", "too_large", fold),
        ("zstd", false, "zstd", "too_large", fold),
        ("grains", true, "gzip", "too_large", size),
        ("grains-zstd", true, "zstd", "too_large", size),
        ("twice", false, "gzip, gzip", "unreachable", "unknown encoding `gzip,gzip`"),
    ];
    for (name, has_grains, encoding, ..) in bombs {
        let packed = bomb(encoding.split(',').next().expect("one"), has_grains).await;
        let answer = Answer::body(packed).with("content-encoding", encoding);
        lane.server.plays(name, [answer]);
        text += &folder::feed(name, &lane.server.url(name));
    }
    let desk = "[[notifier]]\nname = \"out\"\ntype = \"stdout\"\n";
    let folder = Folder::with(&(text + folder::WATCH + desk));
    let process = Process::daemon(&folder);
    process.started().await;
    feeds.recorded("wire").await;
    for (name, _, _, outcome, detail) in bombs {
        let row = fares(&folder, name, |row| row["outcome"] == outcome).await;
        assert_eq!(row["detail"], detail, "{name}");
    }
    // The good feed is read on, and the bombs have gone off twice.
    feeds.publish("wire", &headline(1));
    feeds.recorded("wire").await;
    for (name, ..) in bombs {
        fares(&folder, name, |row| row["failures"].as_u64() >= Some(2)).await;
    }
    let most = most_memory_kb(&process);
    println!("bombs: {} MiB at most", most >> 10);
    assert!(most <= MEMORY_KB_MAX, "{most} kB");
}

/// F02: servers that hang take up half of the places at most.
#[tokio::test]
async fn f02_servers_that_hang_keep_nobody_waiting() {
    let polling = "interval = \"10s\"\nconcurrency = 4\nper_host = 100\ntimeout = \"1s\"";
    let (slow, good) = (["s1", "s2", "s3", "s4", "s5", "s6"], ["g1", "g2", "g3"]);
    let mut lane = Lane::new(polling, &[&slow[..], &good[..]].concat()).await;
    for name in slow {
        lane.server.plays(name, [Answer::never()]);
    }
    for name in good {
        lane.server.plays(name, [Answer::body(undated("", &["a"]))]);
    }
    lane.go().await;
    lane.clock.advance(Duration::from_secs(2));
    lane.polled(9).await;
    assert!(lane.server.waiting_max() > 2, "nothing was known of them");
    lane.server.forget_waiting();
    lane.clock.advance(Duration::from_secs(60));
    lane.polled(12).await;
    // Of the twelve polls three at least were of good feeds: slow ones take a second for two.
    assert!(good.iter().all(|name| lane.server.asked(name).len() >= 2));
    lane.polled(15).await;
    assert_eq!(lane.server.waiting_max(), 2);
}

/// Spellings of this machine's own addresses, which a canary listens on.
const OWN: [&str; 22] = [
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0177.0.0.1",
    "0177.1",
    "127.0.0.1.",
    "①②⑦.⓪.⓪.①",
    "127。0。0。1",
    "127.255.255.254",
    "0",
    "0.0.0.0",
    "[::]",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "localhost",
    "LocalHost",
];

/// Addresses inside, of others.
const INNER: [&str; 18] = [
    "10.0.0.9",
    "167772169",
    "012.0.0.11",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "0xa9fea9fe",
    "2852039166",
    "[::ffff:a9fe:a9fe]",
    "[64:ff9b::a9fe:a9fe]",
    "[2002:a9fe:a9fe::1]",
    "100.64.0.1",
    "192.0.2.10",
    "198.18.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "[fd00::1]",
    "[fe80::1]",
];

/// F04, by the front door: no spelling of an inner address is a feed's address.
#[tokio::test]
async fn f04_no_spelling_of_an_inner_address_is_dialled() {
    let canary = Canary::start().await;
    let hosts = || OWN.iter().chain(&INNER);
    let mut lane = Lane::new("", &[]).await;
    let main = fs::read_to_string(lane.folder.main()).expect("written by us");
    let main = main.replace("allow_private = [\"127.0.0.0/8\"]", "per_host = 100");
    let feed = |(number, host): (usize, &&str)| {
        folder::feed(&number.to_string(), &format!("http://{host}:{}/{number}", canary.port))
    };
    let feeds: String = hosts().enumerate().map(feed).collect();
    lane.folder.write("wirewatch.toml", &(main + &feeds));
    lane.go().await;
    lane.clock.advance(Duration::from_secs(10));
    lane.polled(u64::try_from(hosts().count()).expect("few")).await;
    for (number, host) in hosts().enumerate() {
        let row = lane.row(&number.to_string()).await;
        assert_eq!(row["outcome"], "blocked", "{host}: {row:#}");
    }
    assert_eq!(canary.woken(), 0);
}

/// F04, by the side doors: redirects of every kind, though the server's own address is allowed;
/// and whatever a document names.
#[tokio::test]
async fn f04_no_redirect_and_no_document_leads_inside() {
    let canary = Canary::start().await;
    let hosts = || OWN.iter().chain(&INNER);
    let names: Vec<String> = (0..hosts().count()).map(|number| format!("r{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).chain(["document"]).collect();
    let mut lane = Lane::new("per_host = 100", &names).await;
    for (host, name) in hosts().zip(&names) {
        let location = format!("http://{host}:{}/", canary.port);
        let status = [301, 302, 303, 307, 308][name.len() % 5];
        let redirect = Answer::status(status).with("location", location.as_bytes());
        lane.server.plays(name, [redirect.with("refresh", format!("0; url={location}"))]);
    }
    let inside = format!("http://127.0.0.1:{}/x", canary.port);
    let document = format!(
        "<?xml version=\"1.0\"?><?xml-stylesheet href=\"{inside}\"?>\
         <!DOCTYPE rss SYSTEM \"{inside}\" [<!ENTITY x SYSTEM \"{inside}\">]>\
         <rss version=\"2.0\" xmlns:atom=\"http://www.w3.org/2005/Atom\" \
         xmlns:xi=\"http://www.w3.org/2001/XInclude\"><channel>\
         <atom:link rel=\"self\" href=\"{inside}\"/><atom:link rel=\"hub\" href=\"{inside}\"/>\
         <link>{inside}</link><image><url>{inside}</url></image><docs>{inside}</docs>\
         <xi:include href=\"{inside}\"/><item><guid>{inside}</guid><title>Ships &x; at sea</title>\
         <link>{inside}</link><comments>{inside}</comments>\
         <enclosure url=\"{inside}\" length=\"1\" type=\"image/png\"/>\
         <description>&lt;img src=\"{inside}\"&gt;</description></item></channel></rss>"
    );
    lane.server.plays("document", [Answer::body(document).with("content-location", &inside)]);
    lane.go().await;
    lane.clock.advance(Duration::from_secs(10));
    lane.polled(u64::try_from(names.len()).expect("few")).await;
    for (host, name) in hosts().zip(&names) {
        let row = lane.row(name).await;
        assert_eq!(row["outcome"], "blocked", "{host}: {row:#}");
        let detail = row["detail"].as_str().expect("text");
        assert!(detail.starts_with("redirect to a "), "{host}: {detail}");
    }
    assert_eq!(lane.row("document").await["detail"], "1 item");
    assert_eq!(canary.woken(), 0);
}

/// F06: a proxy in the environment, which would dial for us, is not asked.
#[tokio::test]
async fn f06_a_proxy_in_the_environment_is_not_asked() {
    let canary = Canary::start().await;
    let feeds = FeedServer::start().await;
    feeds.publish("wire", "Nothing to see");
    let desk = "[[notifier]]\nname = \"out\"\ntype = \"stdout\"\n";
    let text = folder::feed("wire", &feeds.url("wire")) + folder::WATCH + desk;
    let folder = Folder::with(&text);
    let proxy = format!("http://127.0.0.1:{}", canary.port);
    let set: Vec<String> = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"]
        .iter()
        .map(|name| format!("{name}={proxy}"))
        .collect();
    let under: Vec<&str> = ["env"].into_iter().chain(set.iter().map(String::as_str)).collect();
    let main = folder.main();
    let arguments = ["run".as_ref(), "--config".as_ref(), main.as_os_str()];
    let process = Process::start_under(&under, &arguments);
    process.started().await;
    feeds.recorded("wire").await;
    assert_eq!(canary.woken(), 0);
}

/// F12: validators that are no help, and headers that a validator would smuggle in.
#[tokio::test]
async fn f12_odd_validators_do_no_harm() {
    let whole = |etag: &str, guid: &str| {
        let body = undated("", &[guid]);
        let length = body.len();
        format!("HTTP/1.1 200 OK\r\nETag: {etag}\r\nContent-Length: {length}\r\n\r\n{body}")
            .into_bytes()
    };
    let server = RawServer::start(vec![
        whole("\"1\"", "a"),
        whole("\"2\"", "a"), // another each time
        whole(&format!("\"{}\"", "x".repeat(1 << 10)), "a"),
        whole("\"4\r\nX-Smuggled: 1\"", "a"),
        whole("W/\"weak", "b"),
        whole("", "b"),
        whole("\"7\"", "b"),
    ])
    .await;
    let mut lane = Lane::new("interval = \"10s\"", &[]).await;
    let main = fs::read_to_string(lane.folder.main()).expect("written by us");
    let feed = folder::feed("wire", &format!("http://{}/", server.address));
    lane.folder.write("wirewatch.toml", &(main + &feed));
    lane.go().await;
    for polls in 1..=7 {
        lane.polled(polls).await;
        assert_eq!(lane.row("wire").await["state"], "ok");
        lane.clock.advance(Duration::from_secs(20));
    }
    let sent = server.header("if-none-match");
    let sent: Vec<Option<&str>> = sent.iter().map(Option::as_deref).collect();
    let expected = [None, Some("\"1\""), Some("\"2\""), None, Some("\"4"), Some("W/\"weak"), None];
    assert_eq!(sent[..7], expected);
    assert!(server.header("x-smuggled").iter().all(Option::is_none));
}

/// F16: answers that break the protocol are failed polls which change nothing, and the item that
/// was there all along is alerted when the server is well again, once.
#[tokio::test]
async fn f16_a_broken_answer_changes_nothing() {
    let ok = "HTTP/1.1 200 OK\r\nETag: \"2\"\r\n";
    let document = undated("", &["a", "Ships in the East China Sea"]);
    let bytes = |text: String| text.into_bytes();
    let broken = vec![
        ("nothing at all", Vec::new()),
        ("another protocol", b"SSH-2.0-OpenSSH_9.2\r\n".to_vec()),
        ("no headers", document.clone().into_bytes()),
        ("too many headers", bytes(format!("{ok}{}\r\n", "X: y\r\n".repeat(100_000)))),
        ("a header of a mebibyte", bytes(format!("{ok}X: {}\r\n\r\n", "y".repeat(1 << 20)))),
        ("hints without end", "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(20_000).into_bytes()),
        ("no size of a chunk", bytes(format!("{ok}Transfer-Encoding: chunked\r\n\r\nzz\r\n<rss"))),
        (
            "a chunk of all bytes there are",
            bytes(format!("{ok}Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n<rss")),
        ),
        ("no last chunk", bytes(format!("{ok}Transfer-Encoding: chunked\r\n\r\n4\r\n<rss\r\n"))),
        ("shorter than it says", bytes(format!("{ok}Content-Length: 9999\r\n\r\n{document}"))),
        ("longer than it says", bytes(format!("{ok}Content-Length: 20\r\n\r\n{document}"))),
        (
            "two lengths",
            bytes(format!("{ok}Content-Length: 5\r\nContent-Length: 6\r\n\r\n{document}")),
        ),
        ("no such encoding", bytes(format!("{ok}Content-Encoding: rot13\r\n\r\n{document}"))),
        ("not what it says", bytes(format!("{ok}Content-Encoding: br\r\n\r\n{document}"))),
    ];
    let first = undated("", &["a"]);
    let first = format!("HTTP/1.1 200 OK\r\nETag: \"1\"\r\n\r\n{first}").into_bytes();
    let last = format!("{ok}\r\n{document}").into_bytes();
    let answers = broken.iter().map(|(_, answer)| answer.clone());
    let answers = [first].into_iter().chain(answers).chain([last]).collect();
    let server = RawServer::start(answers).await;
    let mut lane = Lane::new("interval = \"10s\"\ntimeout = \"5s\"", &[]).await;
    let main = fs::read_to_string(lane.folder.main()).expect("written by us");
    let feed = folder::feed("wire", &format!("http://{}/", server.address));
    lane.folder.write("wirewatch.toml", &(main + &feed));
    lane.go().await;
    lane.polled(1).await;
    let mut polls = 1;
    for (what, _) in &broken {
        polls += 1;
        lane.clock.advance(Duration::from_secs(25 * 3_600));
        lane.polled(polls).await;
        let row = lane.row("wire").await;
        assert_eq!(
            (&row["state"], row["failures"].as_u64()),
            (&"failing".into(), Some(polls - 1)),
            "{what}: {row:#}"
        );
        let detail = row["detail"].as_str().expect("text");
        assert!(!detail.is_empty() && detail.len() <= 200, "{what}: {detail}");
    }
    lane.clock.advance(Duration::from_secs(25 * 3_600));
    lane.polled(polls + 1).await;
    assert_eq!(lane.row("wire").await["state"], "ok");
    assert_eq!(alerts(&lane, 1).await, ["Ships in the East China Sea"]);
}

/// F18: a document that is cut off, with a length that says so or without: its validators do
/// not stand for what was not read, and each item is alerted once in the end.
#[tokio::test]
async fn f18_a_document_cut_off_hides_no_item() {
    let ships = ["Ships in the East China Sea", "More ships in the East China Sea"];
    let whole = undated("", &[ships[0], ships[1], "a"]);
    let head = |length: &str| format!("HTTP/1.1 200 OK\r\nETag: \"2\"\r\n{length}\r\n");
    let mut answers = vec![];
    let first = undated("", &["a"]);
    answers.push(format!("HTTP/1.1 200 OK\r\nETag: \"1\"\r\n\r\n{first}").into_bytes());
    let length = format!("Content-Length: {}\r\n", whole.len());
    for cut in (20..whole.len()).step_by(whole.len() / 12) {
        for length in [length.as_str(), ""] {
            answers.push(format!("{}{}", head(length), &whole[..cut]).into_bytes());
            answers.push(b"HTTP/1.1 304 Not Modified\r\n\r\n".to_vec());
        }
    }
    let polls = answers.len() + 2;
    answers.push(format!("{}{whole}", head(&length)).into_bytes());
    let server = RawServer::start(answers).await;
    let mut lane = Lane::new("interval = \"10s\"", &[]).await;
    let main = fs::read_to_string(lane.folder.main()).expect("written by us");
    let feed = folder::feed("wire", &format!("http://{}/", server.address));
    lane.folder.write("wirewatch.toml", &(main + &feed));
    lane.go().await;
    for polls in 1..=u64::try_from(polls).expect("few") {
        lane.polled(polls).await;
        lane.clock.advance(Duration::from_secs(60));
    }
    let mut told = alerts(&lane, 2).await;
    told.sort();
    assert_eq!(told, [ships[1], ships[0]]);
    let known = server.header("if-none-match");
    let known: Vec<Option<&str>> = known.iter().map(Option::as_deref).take(polls).collect();
    let mut expected = vec![Some("\"1\""); polls];
    (expected[0], expected[polls - 1]) = (None, Some("\"2\""));
    assert_eq!(known, expected);
}

/// The headlines of all alerts, once there are so many.
async fn alerts(lane: &Lane, count: usize) -> Vec<String> {
    let path = lane.folder.path("alerts.jsonl");
    let lines = || {
        let text = fs::read_to_string(&path).unwrap_or_default();
        text.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    until_turn(|| lines().len() >= count).await;
    let title = |line: &String| {
        let body: Value = serde_json::from_str(line).expect("JSON");
        body["data"]["item"]["title"].as_str().expect("a title").to_owned()
    };
    lines().iter().map(title).collect()
}
