//! How many feeds a second are polled, beside a bare loop of reqwest and feed-rs that keeps
//! nothing and finds nothing.
//!
//! `cargo bench --bench polling`; what it printed last is in `README.md`. Both ask the same
//! server in this process for the same feeds with the same number of requests under way, in
//! turns; the server notes when the first request came and the last one was answered, so that
//! neither start nor end counts. The daemon also guards addresses, undoes encodings under caps,
//! scrubs, matches, and commits each poll to the disk.

#![expect(clippy::print_stdout, reason = "a report is what it is for")]
#![expect(clippy::cast_precision_loss, reason = "small numbers, shown with a digit or two")]

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::StreamExt as _;
use wirewatch::app::{App, Clock};
use wirewatch::config::Config;

const FEEDS: usize = 2_000;
const ITEMS: usize = 40;
const AT_ONCE: usize = 64;
const ROUNDS: usize = 5;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.expect("a runtime").block_on(report());
}

async fn report() {
    let server = Server::start().await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let config = folder.path().join("wirewatch.toml");
    std::fs::write(&config, text(&server, folder.path())).expect("written");
    println!(
        "{FEEDS} feeds of {ITEMS} items, {} kB each; polls a second",
        document(0, 0).len() / 1_000
    );

    let first = daemon(&server, &config).await;
    println!("first polls, every item stored  {first:>6.0}");
    let (mut same, mut changed) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        same.push((daemon(&server, &config).await, bare(&server, Some("\"")).await));
        server.0.version.fetch_add(1, Ordering::Relaxed);
        changed.push((daemon(&server, &config).await, bare(&server, None).await));
    }
    for (what, figures) in [("304", same), ("200, one new item", changed)] {
        let ours = median(figures.iter().map(|it| it.0));
        let bare = median(figures.iter().map(|it| it.1));
        println!("{what:<18} wirewatch {ours:>6.0}   bare {bare:>6.0}   ratio {:.2}", ours / bare);
    }
}

fn median(figures: impl Iterator<Item = f64>) -> f64 {
    let mut figures: Vec<f64> = figures.collect();
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// One poll of each feed by the daemon; how many a second.
async fn daemon(server: &Server, config: &Path) -> f64 {
    let config = Config::load(Some(config)).expect("readable");
    server.begin();
    App::once(config, Clock::system()).await.expect("polled");
    server.end()
}

/// The same by the bare loop, which has the validators where `etag` is given.
async fn bare(server: &Server, etag: Option<&str>) -> f64 {
    #[expect(clippy::disallowed_methods, reason = "the bare loop is what we compare with")]
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let etag = etag.map(|_| server.etag());
    server.begin();
    let polls = (0..FEEDS).map(|number| {
        let (client, url, etag) = (client.clone(), server.url(number), etag.clone());
        tokio::spawn(async move {
            let mut request = client.get(url);
            if let Some(etag) = etag {
                request = request.header(header::IF_NONE_MATCH, etag);
            }
            let answer = request.send().await.expect("an answer");
            if answer.status() == StatusCode::OK {
                let body = answer.bytes().await.expect("a body");
                let feed = feed_rs::parser::parse(&body[..]).expect("a feed");
                assert_eq!(feed.entries.len(), ITEMS);
            }
        })
    });
    let ends = futures_util::stream::iter(polls).buffer_unordered(AT_ONCE);
    ends.for_each(|ended| async { ended.expect("no panic") }).await;
    server.end()
}

fn text(server: &Server, folder: &Path) -> String {
    let mut text = format!(
        "[store]\nurl = \"sqlite:{}\"\n[web]\nlisten = \"off\"\n[log]\nlevel = \"error\"\n\
         [polling]\nconcurrency = {AT_ONCE}\nper_host = {AT_ONCE}\n\
         allow_private = [\"127.0.0.0/8\"]\n[[notifier]]\nname = \"out\"\ntype = \"stdout\"\n\
         [[watch]]\nname = \"Sea\"\nregions = [\"East China Sea\"]\n",
        folder.join("wirewatch.db").display()
    );
    for number in 0..FEEDS {
        let url = server.url(number);
        write!(text, "[[feed]]\nname = \"feed {number}\"\nurl = \"{url}\"\n").expect("to a string");
    }
    text
}

struct Server(Arc<Counts>);

struct Counts {
    address: SocketAddr,
    version: AtomicU64,
    began: Instant,
    answered: AtomicU64,
    /// Microseconds since `began`; the first is 0 while there is none.
    first: AtomicU64,
    last: AtomicU64,
}

impl Server {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let counts = Arc::new(Counts {
            address: listener.local_addr().expect("bound"),
            version: AtomicU64::new(1),
            began: Instant::now(),
            answered: AtomicU64::new(0),
            first: AtomicU64::new(0),
            last: AtomicU64::new(0),
        });
        let router = Router::new().fallback(answer).with_state(Arc::clone(&counts));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self(counts)
    }

    fn url(&self, number: usize) -> String {
        format!("http://{}/{number}", self.0.address)
    }

    fn etag(&self) -> String {
        etag(self.0.version.load(Ordering::Relaxed))
    }

    fn begin(&self) {
        for count in [&self.0.answered, &self.0.first, &self.0.last] {
            count.store(0, Ordering::Relaxed);
        }
    }

    /// Requests a second since `begin`.
    fn end(&self) -> f64 {
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        assert_eq!(of(&self.0.answered), FEEDS as u64, "each feed is asked once");
        FEEDS as f64 / ((of(&self.0.last) - of(&self.0.first)) as f64 / 1e6)
    }
}

fn etag(version: u64) -> String {
    format!("\"{version}\"")
}

async fn answer(State(counts): State<Arc<Counts>>, uri: Uri, headers: HeaderMap) -> Response {
    let now = || u64::try_from(counts.began.elapsed().as_micros()).expect("short");
    let _ = counts.first.compare_exchange(0, now(), Ordering::Relaxed, Ordering::Relaxed);
    let version = counts.version.load(Ordering::Relaxed);
    let etag = etag(version);
    let known =
        headers.get(header::IF_NONE_MATCH).is_some_and(|it| it.as_bytes() == etag.as_bytes());
    let response = if known {
        (StatusCode::NOT_MODIFIED, [(header::ETAG, etag)]).into_response()
    } else {
        let number = uri.path()[1..].parse().expect("a number");
        ([(header::ETAG, etag)], document(number, version)).into_response()
    };
    counts.answered.fetch_add(1, Ordering::Relaxed);
    counts.last.fetch_max(now(), Ordering::Relaxed);
    response
}

/// A feed whose newest item is of this version, and the others of those before.
fn document(feed: usize, version: u64) -> String {
    let mut text = String::from("<rss version=\"2.0\"><channel><title>A wire</title>");
    for back in 0..ITEMS as u64 {
        let item = version + ITEMS as u64 - back;
        write!(
            text,
            "<item><guid isPermaLink=\"false\">{feed}-{item}</guid>\
             <title>Ministers of {item} countries meet over grain and shipping lanes</title>\
             <link>https://news.example/{feed}/{item}</link>\
             <pubDate>Sun, 28 Jul 2024 09:00:00 GMT</pubDate>\
             <description>Delegates said that talks would go on through the week; observers \
             in the capital expect a statement on Friday at the earliest, and no change of \
             course before the vote. Prices rose by {item} per cent.</description></item>"
        )
        .expect("to a string");
    }
    text + "</channel></rss>"
}
