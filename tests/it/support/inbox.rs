//! A receiver of webhooks: takes them as its test says, and remembers each whole.

use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::watch;
use wirewatch::app::Clock;

use super::until;

/// Serves for as long as it lives. Verifies nothing: that is the test's to do.
#[derive(Debug)]
pub(crate) struct Inbox {
    address: SocketAddr,
    desk: Arc<Desk>,
    serving: tokio::task::JoinHandle<()>,
}

#[derive(Debug)]
struct Desk {
    clock: Clock,
    moods: watch::Sender<HashMap<String, Mood>>,
    taken: watch::Sender<Vec<Request>>,
}

/// How a path answers; 204 where nothing is said.
#[derive(Debug, Clone)]
pub(crate) enum Mood {
    /// With this status, and a header.
    Status(u16, Option<(&'static str, String)>),
    /// Not at all, until the mood changes.
    Silent,
}

/// One request, whole.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// When it came, by the clock of the test.
    pub(crate) at: Timestamp,
}

impl Request {
    /// A header as text; empty where there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    pub(crate) fn id(&self) -> &str {
        self.header("webhook-id")
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("the body is JSON")
    }

    /// The headline it tells of.
    pub(crate) fn title(&self) -> String {
        self.json()["data"]["item"]["title"].as_str().expect("a title").to_owned()
    }
}

impl Inbox {
    /// A receiver that goes by `clock`.
    pub(crate) async fn start(clock: &Clock) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let desk = Arc::new(Desk {
            clock: clock.clone(),
            moods: watch::Sender::new(HashMap::new()),
            taken: watch::Sender::new(Vec::new()),
        });
        let router = Router::new().fallback(take).with_state(Arc::clone(&desk));
        let serving = tokio::spawn(async move {
            axum::serve(listener, router).await.expect("serving does not fail");
        });
        Self { address, desk, serving }
    }

    /// Where the receiver `name` is.
    pub(crate) fn url(&self, name: &str) -> String {
        format!("http://{}/{name}", self.address)
    }

    pub(crate) fn set_mood(&self, name: &str, mood: Mood) {
        self.desk.moods.send_modify(|moods| drop(moods.insert(format!("/{name}"), mood)));
    }

    /// From now on `name` answers with `status`.
    pub(crate) fn set_status(&self, name: &str, status: u16) {
        self.set_mood(name, Mood::Status(status, None));
    }

    /// All that `name` was sent so far, in order.
    pub(crate) fn taken(&self, name: &str) -> Vec<Request> {
        self.desk.taken.borrow().iter().filter(|it| it.path[1..] == *name).cloned().collect()
    }

    /// Waits until `name` was sent `count` requests, and returns them.
    pub(crate) async fn takes(&self, name: &str, count: usize) -> Vec<Request> {
        until(&self.desk.taken, &format!("request {count} to `{name}`"), |taken| {
            taken.iter().filter(|it| it.path[1..] == *name).count() >= count
        })
        .await;
        self.taken(name)
    }

    /// Waits until `name` was sent `count` alerts, each once or more often.
    pub(crate) async fn takes_alerts(&self, name: &str, count: usize) {
        until(&self.desk.taken, &format!("{count} alerts to `{name}`"), |taken| {
            let ids = taken.iter().filter(|it| it.path[1..] == *name).map(Request::id);
            ids.collect::<HashSet<_>>().len() >= count
        })
        .await;
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn take(
    State(desk): State<Arc<Desk>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let path = uri.path().to_owned();
    let request = Request { path: path.clone(), headers, body, at: desk.clock.now() };
    desk.taken.send_modify(|taken| taken.push(request));
    let mut moods = desk.moods.subscribe();
    let spoken = moods.wait_for(|moods| !matches!(moods.get(&path), Some(Mood::Silent))).await;
    let mood = spoken.ok().and_then(|moods| moods.get(&path).cloned());
    match mood {
        Some(Mood::Status(status, header)) => {
            let status = StatusCode::from_u16(status).expect("a status");
            match header {
                Some(header) => (status, [header]).into_response(),
                None => status.into_response(),
            }
        }
        _ => StatusCode::NO_CONTENT.into_response(),
    }
}
