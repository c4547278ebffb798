//! The demo's outlets: recorded feeds, published item by item over HTTP.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::sync::Notify;

/// One outlet and its recorded feed, the newest item last.
#[derive(Debug)]
pub(super) struct Outlet {
    pub(super) slug: &'static str,
    pub(super) name: &'static str,
    pub(super) language: &'static str,
    media_type: &'static str,
    pages: Recording,
    /// Items on its page now.
    published: AtomicUsize,
    /// Items on the page when the daemon last asked.
    served: AtomicUsize,
    /// The daemon has asked again since it was served all that there is.
    asked_again: AtomicUsize,
}

/// A feed document, taken apart: any number of items makes a whole document again.
#[derive(Debug)]
struct Recording {
    head: String,
    items: Vec<String>,
    between: &'static str,
    tail: String,
    headlines: Vec<String>,
}

/// All outlets.
#[derive(Debug)]
pub(super) struct Outlets {
    pub(super) all: Vec<Outlet>,
    asked: Notify,
}

impl Outlets {
    /// The recordings that come with the program (`config/demo/`).
    pub(super) fn recorded() -> Self {
        let outlet = |slug, name, language, media_type, pages| Outlet {
            slug,
            name,
            language,
            media_type,
            pages,
            published: AtomicUsize::new(1),
            served: AtomicUsize::new(0),
            asked_again: AtomicUsize::new(0),
        };
        macro_rules! recorded {
            ($file:literal) => {
                include_str!(concat!("../../../config/demo/", $file))
            };
        }
        let rss = "application/rss+xml";
        let all = vec![
            outlet(
                "harbour-wire",
                "Harbour Wire",
                "en",
                rss,
                Recording::xml(recorded!("harbour-wire.rss.xml")),
            ),
            outlet(
                "pacific-post",
                "Pacific Post",
                "en",
                rss,
                Recording::xml(recorded!("pacific-post.rss.xml")),
            ),
            outlet(
                "minato-shimbun",
                "港新聞 Minato Shimbun",
                "ja",
                "application/rdf+xml",
                Recording::xml(recorded!("minato-shimbun.rdf.xml")),
            ),
            outlet(
                "haixia-ribao",
                "海峡日报 Haixia Ribao",
                "zh",
                "application/atom+xml",
                Recording::xml(recorded!("haixia-ribao.atom.xml")),
            ),
            outlet(
                "hanguk-ilji",
                "한국일지 Hanguk Ilji",
                "ko",
                rss,
                Recording::xml(recorded!("hanguk-ilji.rss.xml")),
            ),
            outlet(
                "el-faro-del-pacifico",
                "El Faro del Pacífico",
                "es",
                "application/feed+json",
                Recording::json(recorded!("el-faro-del-pacifico.json")),
            ),
        ];
        Self { all, asked: Notify::new() }
    }

    /// The outlets as `[[feed]]`s.
    pub(super) fn as_config(&self, base: &str) -> String {
        let feed = |outlet: &Outlet| {
            let Outlet { slug, name, language, .. } = outlet;
            format!(
                "[[feed]]\nid = \"{slug}\"\nname = \"{name}\"\nurl = \"{base}/{slug}\"\nlanguage = \"{language}\"\n"
            )
        };
        self.all.iter().map(feed).collect()
    }

    /// Publishes one more item, the outlets in turn, and returns who published what; `None`
    /// when all is out.
    pub(super) fn publish_next(&self) -> Option<String> {
        let count = |outlet: &Outlet| outlet.published.load(Ordering::SeqCst);
        let outlet = self
            .all
            .iter()
            .filter(|outlet| count(outlet) < outlet.pages.items.len())
            .min_by_key(|outlet| count(outlet))?;
        let index = outlet.published.fetch_add(1, Ordering::SeqCst);
        outlet.asked_again.store(0, Ordering::SeqCst);
        Some(format!("{}: {}", outlet.name, outlet.pages.headlines[index]))
    }

    /// Waits until the daemon has been served all that is published.
    pub(super) async fn until_served(&self) {
        loop {
            let asked = self.asked.notified();
            let all_served = self.all.iter().all(|outlet| {
                outlet.served.load(Ordering::SeqCst) == outlet.published.load(Ordering::SeqCst)
            });
            if all_served {
                return;
            }
            asked.await;
        }
    }

    /// Whether the daemon has come back to every outlet after it was served everything: what
    /// it was served is recorded then.
    pub(super) fn settled(&self) -> bool {
        self.all.iter().all(|outlet| outlet.asked_again.load(Ordering::SeqCst) > 0)
    }
}

impl Recording {
    /// Takes an RSS, RDF or Atom document apart. Ours only: items do not nest.
    fn xml(document: &str) -> Self {
        let document = document.trim_start();
        let (open, close) = if document.contains("<entry>") {
            (&["<entry>"][..], "</entry>")
        } else {
            (&["<item>", "<item "][..], "</item>")
        };
        let first = open.iter().filter_map(|open| document.find(open)).min().unwrap_or(0);
        let end = document.rfind(close).map_or(first, |at| at + close.len());
        let items: Vec<String> = document[first..end]
            .split_inclusive(close)
            .map(|item| item.trim().to_owned())
            .collect();
        let headline = |item: &String| {
            let title = item.split_once("<title>").map_or("", |(_, rest)| rest);
            let title = title.split_once("</title>").map_or("", |(title, _)| title);
            let title = title.trim().trim_start_matches("<![CDATA[").trim_end_matches("]]>");
            crate::text::html::to_text(title)
        };
        Self {
            head: document[..first].to_owned(),
            headlines: items.iter().map(headline).collect(),
            items,
            between: "\n",
            tail: document[end..].to_owned(),
        }
    }

    /// Takes a JSON Feed apart.
    fn json(document: &str) -> Self {
        let mut value: serde_json::Value = serde_json::from_str(document).expect("ours, tested");
        let items = value["items"].take();
        let items = items.as_array().cloned().unwrap_or_default();
        value["items"] = serde_json::json!([]);
        let whole = value.to_string();
        let at = whole.find("\"items\":[]").expect("just set") + "\"items\":[".len();
        let headline = |item: &serde_json::Value| item["title"].as_str().unwrap_or("").to_owned();
        Self {
            head: whole[..at].to_owned(),
            headlines: items.iter().map(headline).collect(),
            items: items.iter().map(ToString::to_string).collect(),
            between: ",",
            tail: whole[at..].to_owned(),
        }
    }

    /// A document with the first `count` items, the newest first, as feeds are.
    fn page(&self, count: usize) -> String {
        let items: Vec<&str> = self.items[..count].iter().rev().map(String::as_str).collect();
        format!("{}{}{}", self.head, items.join(self.between), self.tail)
    }
}

/// Serves the outlets' pages for as long as the process lives.
pub(super) async fn serve(listener: TcpListener, outlets: Arc<Outlets>) {
    let router = Router::new().route("/{slug}", get(page)).with_state(outlets);
    // Ends with the process; an error here shows as feeds that fail.
    let _ = axum::serve(listener, router).await;
}

async fn page(
    State(outlets): State<Arc<Outlets>>,
    Path(slug): Path<String>,
    headers: HeaderMap,
) -> Response {
    let Some(outlet) = outlets.all.iter().find(|outlet| outlet.slug == slug) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let count = outlet.published.load(Ordering::SeqCst);
    let etag = format!("\"{slug}-{count}\"");
    if outlet.served.swap(count, Ordering::SeqCst) == count {
        outlet.asked_again.fetch_add(1, Ordering::SeqCst);
    }
    outlets.asked.notify_waiters();
    if headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == etag.as_bytes()) {
        return (StatusCode::NOT_MODIFIED, [(header::ETAG, etag)]).into_response();
    }
    let headers = [(header::ETAG, etag), (header::CONTENT_TYPE, outlet.media_type.to_owned())];
    (headers, outlet.pages.page(count)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_recording_plays_item_by_item_as_whole_documents() {
        for outlet in Outlets::recorded().all {
            let pages = &outlet.pages;
            assert!(pages.items.len() >= 4, "{}", outlet.slug);
            assert!(pages.headlines.iter().all(|headline| !headline.is_empty()), "{}", outlet.slug);
            for count in 1..=pages.items.len() {
                let page = pages.page(count);
                if outlet.media_type.contains("json") {
                    let value: serde_json::Value = serde_json::from_str(&page).expect("JSON");
                    assert_eq!(value["items"].as_array().map(Vec::len), Some(count));
                } else {
                    let mut reader = quick_xml::Reader::from_str(&page);
                    while !matches!(
                        reader.read_event().expect("well-formed"),
                        quick_xml::events::Event::Eof
                    ) {}
                }
            }
        }
    }
}
