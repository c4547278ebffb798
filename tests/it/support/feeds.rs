//! A server of RSS feeds: any number of them, told apart by their paths.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;

use async_compression::tokio::bufread::GzipEncoder;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::until;

/// Serves for as long as it lives.
#[derive(Debug)]
pub(crate) struct FeedServer {
    address: SocketAddr,
    pages: Arc<watch::Sender<Pages>>,
    serving: tokio::task::JoinHandle<()>,
}

type Pages = HashMap<String, Page>;

/// One feed.
#[derive(Debug, Default)]
struct Page {
    items: Vec<Item>,
    /// What the `ETag` is made of: grows with each change.
    version: u64,
    mood: Mood,
    asked: Vec<Asked>,
}

/// One item as it is published.
#[derive(Debug, Clone, Default)]
pub(crate) struct Item {
    pub(crate) guid: String,
    pub(crate) title: String,
    pub(crate) summary: String,
}

/// How a feed answers.
#[derive(Debug, Clone, Default)]
pub(crate) enum Mood {
    /// With its document, or 304 to who has it.
    #[default]
    Well,
    /// The same, compressed.
    Gzip,
    /// With the first half of its document, and the line goes dead.
    CutShort,
    /// With the first half of its document, as if it were all there is.
    Half,
    /// Not at all, until the mood changes.
    Silent,
    /// With this status and header, and no feed.
    Status(u16, &'static str, String),
}

/// One request that came, and how it was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) if_none_match: Option<String>,
    pub(crate) user_agent: String,
    pub(crate) answered: u16,
}

impl FeedServer {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let pages = Arc::new(watch::Sender::new(Pages::new()));
        let router = Router::new().fallback(answer).with_state(Arc::clone(&pages));
        let serving = tokio::spawn(async move {
            axum::serve(listener, router).await.expect("serving does not fail");
        });
        Self { address, pages, serving }
    }

    /// Where the feed `name` is.
    pub(crate) fn url(&self, name: &str) -> String {
        format!("http://{}/{name}", self.address)
    }

    /// Publishes an item; its guid is the number of items that were there.
    pub(crate) fn publish(&self, name: &str, title: &str) -> Item {
        let mut item = Item { title: title.to_owned(), ..Item::default() };
        self.change(name, |page| {
            item.guid = format!("{name}-{}", page.items.len());
            page.items.push(item.clone());
            page.version += 1;
        });
        item
    }

    /// Publishes exactly this.
    pub(crate) fn publish_item(&self, name: &str, item: Item) {
        self.change(name, |page| {
            page.items.push(item);
            page.version += 1;
        });
    }

    pub(crate) fn set_mood(&self, name: &str, mood: Mood) {
        self.change(name, |page| page.mood = mood);
    }

    fn change(&self, name: &str, change: impl FnOnce(&mut Page)) {
        self.pages.send_modify(|pages| change(pages.entry(name.to_owned()).or_default()));
    }

    /// Every request to `name` so far.
    pub(crate) fn asked(&self, name: &str) -> Vec<Asked> {
        self.pages.borrow().get(name).map(|page| page.asked.clone()).unwrap_or_default()
    }

    /// Waits until `name` has been asked `count` times.
    pub(crate) async fn asked_times(&self, name: &str, count: usize) {
        until(&self.pages, &format!("request {count} of `{name}`"), |pages| {
            pages.get(name).is_some_and(|page| page.asked.len() >= count)
        })
        .await;
    }

    /// How often `name` has answered with `status`.
    pub(crate) fn answered(&self, name: &str, status: u16) -> usize {
        self.asked(name).iter().filter(|asked| asked.answered == status).count()
    }

    /// Waits until `name` has answered with `status` for the `count`-th time.
    pub(crate) async fn answered_times(&self, name: &str, status: u16, count: usize) {
        until(&self.pages, &format!("{status} from `{name}` ({count})"), |pages| {
            let asked = pages.get(name).map(|page| page.asked.as_slice()).unwrap_or_default();
            asked.iter().filter(|asked| asked.answered == status).count() >= count
        })
        .await;
    }

    /// Waits until all that `name` has now is in the daemon's store: it comes back with the
    /// `ETag` of this document, which it has only from the transaction that recorded it.
    pub(crate) async fn recorded(&self, name: &str) {
        let version = self.pages.borrow().get(name).map_or(0, |page| page.version);
        until(&self.pages, &format!("poll of `{name}` that was recorded"), |pages| {
            let asked = pages.get(name).map(|page| page.asked.as_slice()).unwrap_or_default();
            asked.iter().any(|asked| asked.if_none_match == Some(etag(version)))
        })
        .await;
    }
}

impl Drop for FeedServer {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

fn etag(version: u64) -> String {
    format!("\"v{version}\"")
}

async fn answer(
    State(pages): State<Arc<watch::Sender<Pages>>>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let name = uri.path().trim_start_matches('/').to_owned();
    let text = |header: header::HeaderName| {
        headers.get(header).and_then(|value| value.to_str().ok()).map(str::to_owned)
    };
    let if_none_match = text(header::IF_NONE_MATCH);
    let user_agent = text(header::USER_AGENT).unwrap_or_default();
    let silent =
        |pages: &Pages| pages.get(&name).is_some_and(|page| matches!(page.mood, Mood::Silent));
    if silent(&pages.borrow()) {
        remember(&pages, &name, Asked { if_none_match, user_agent, answered: 0 });
        // The server ends with its test, and this with the server.
        let _ = pages.subscribe().wait_for(|pages| !silent(pages)).await;
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let (response, packed) = match pages.borrow().get(&name) {
        Some(page) => (page.answer(if_none_match.as_deref()), matches!(page.mood, Mood::Gzip)),
        None => (StatusCode::NOT_FOUND.into_response(), false),
    };
    let answered = response.status().as_u16();
    remember(&pages, &name, Asked { if_none_match, user_agent, answered });
    if packed { gzipped(response).await } else { response }
}

fn remember(pages: &watch::Sender<Pages>, name: &str, asked: Asked) {
    pages.send_modify(|pages| pages.entry(name.to_owned()).or_default().asked.push(asked));
}

impl Page {
    fn answer(&self, if_none_match: Option<&str>) -> Response {
        let etag = etag(self.version);
        let headers = [
            (header::CONTENT_TYPE, "application/rss+xml".to_owned()),
            (header::ETAG, etag.clone()),
        ];
        match &self.mood {
            Mood::Status(status, name, value) => {
                let status = StatusCode::from_u16(*status).expect("a status");
                (status, [(*name, value.clone())]).into_response()
            }
            Mood::CutShort => {
                let document = self.document();
                let half = Bytes::copy_from_slice(&document.as_bytes()[..document.len() / 2]);
                let dead = std::io::Error::other("the line goes dead");
                let stream = futures_util::stream::iter([Ok(half), Err(dead)]);
                let mut response = (headers, Body::from_stream(stream)).into_response();
                let whole = HeaderValue::from(document.len());
                response.headers_mut().insert(header::CONTENT_LENGTH, whole);
                response
            }
            Mood::Half => {
                let mut document = self.document();
                document.truncate(document.floor_char_boundary(document.len() / 2));
                (headers, document).into_response()
            }
            _ if if_none_match == Some(&etag) => {
                (StatusCode::NOT_MODIFIED, headers).into_response()
            }
            _ => (headers, self.document()).into_response(),
        }
    }

    /// All items as RSS 2.0, the newest first, as feeds are.
    fn document(&self) -> String {
        let escape = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;");
        let item = |item: &Item| {
            format!(
                "<item><guid isPermaLink=\"false\">{guid}</guid><title>{title}</title>\
                 <link>https://news.example/{guid}</link><description>{summary}</description>\
                 <pubDate>Sun, 28 Jul 2024 09:00:00 GMT</pubDate></item>\n",
                guid = escape(&item.guid),
                title = escape(&item.title),
                summary = escape(&item.summary),
            )
        };
        let items: String = self.items.iter().rev().map(item).collect();
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\"><channel>\
             <title>A wire</title><link>https://news.example/</link>\n{items}</channel></rss>\n"
        )
    }
}

async fn gzipped(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let plain = axum::body::to_bytes(body, usize::MAX).await.expect("ours, in memory");
    let mut packed = Vec::new();
    GzipEncoder::new(&plain[..]).read_to_end(&mut packed).await.expect("in memory");
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    Response::from_parts(parts, Body::from(packed))
}
