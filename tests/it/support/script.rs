//! A feed server that plays a script: each path answers as it is told, byte for byte.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use axum::response::Response;
use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::sync::watch;
use wirewatch::app::Clock;

use super::until;

/// Serves for as long as it lives.
#[derive(Debug)]
pub(crate) struct ScriptServer {
    address: SocketAddr,
    parts: Arc<watch::Sender<Parts>>,
    waiting_max: Arc<AtomicUsize>,
    serving: tokio::task::JoinHandle<()>,
}

type Parts = HashMap<String, Part>;

/// One path.
#[derive(Debug, Default)]
struct Part {
    answers: Vec<Answer>,
    asked: Vec<Asked>,
    /// Requests that wait for an answer.
    waiting: usize,
}

/// One answer.
#[derive(Debug, Clone, Default)]
pub(crate) struct Answer {
    status: u16,
    headers: Vec<(&'static str, Vec<u8>)>,
    body: Vec<u8>,
    end: End,
}

/// How an answer ends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum End {
    #[default]
    Whole,
    /// The line goes dead before the last byte.
    Cut,
    /// It never comes: not even the status.
    Never,
}

impl Answer {
    pub(crate) fn status(status: u16) -> Self {
        Self { status, ..Self::default() }
    }

    /// 200 and this body.
    pub(crate) fn body(body: impl Into<Vec<u8>>) -> Self {
        Self { status: 200, body: body.into(), ..Self::default() }
    }

    /// No answer at all.
    pub(crate) fn never() -> Self {
        Self { end: End::Never, ..Self::status(200) }
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl AsRef<[u8]>) -> Self {
        self.headers.push((name, value.as_ref().to_owned()));
        self
    }

    pub(crate) fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// The same, its last byte missing.
    pub(crate) fn cut(mut self) -> Self {
        self.end = End::Cut;
        self
    }

    fn response(&self) -> Response {
        let mut response = Response::new(Body::from(self.body.clone()));
        *response.status_mut() = StatusCode::from_u16(self.status).expect("a status");
        for (name, value) in &self.headers {
            let value = HeaderValue::from_bytes(value).expect("a header");
            response.headers_mut().append(HeaderName::from_static(name), value);
        }
        if self.end == End::Cut {
            let rest = Bytes::copy_from_slice(&self.body[..self.body.len() - 1]);
            let dead = std::io::Error::other("the line goes dead");
            let stream = futures_util::stream::iter([Ok(rest), Err(dead)]);
            response.headers_mut().insert("content-length", HeaderValue::from(self.body.len()));
            *response.body_mut() = Body::from_stream(stream);
        }
        response
    }
}

/// One request that came.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) at: Timestamp,
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
}

impl Asked {
    /// A header's bytes; `None` where there is none.
    pub(crate) fn header(&self, name: &str) -> Option<&[u8]> {
        self.headers.get(name).map(HeaderValue::as_bytes)
    }
}

impl ScriptServer {
    pub(crate) async fn start(clock: &Clock) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let parts = Arc::new(watch::Sender::new(Parts::new()));
        let waiting_max = Arc::new(AtomicUsize::new(0));
        let state = (clock.clone(), Arc::clone(&parts), Arc::clone(&waiting_max));
        let router = Router::new().fallback(play).with_state(state);
        let serving = tokio::spawn(async move {
            axum::serve(listener, router).await.expect("serving does not fail");
        });
        Self { address, parts, waiting_max, serving }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}/{path}", self.address)
    }

    /// From now on `path` answers with these, one after the other, and then with the last.
    pub(crate) fn plays(&self, path: &str, answers: impl IntoIterator<Item = Answer>) {
        let answers: Vec<Answer> = answers.into_iter().collect();
        self.parts.send_modify(|parts| {
            parts.entry(format!("/{path}")).or_default().answers = answers;
        });
    }

    /// Every request to `path` so far.
    pub(crate) fn asked(&self, path: &str) -> Vec<Asked> {
        let parts = self.parts.borrow();
        parts.get(&format!("/{path}")).map(|part| part.asked.clone()).unwrap_or_default()
    }

    /// Every request so far, whatever it asked for.
    pub(crate) fn asked_at_all(&self) -> usize {
        self.parts.borrow().values().map(|part| part.asked.len()).sum()
    }

    /// Waits until so many requests wait for an answer, over all paths.
    pub(crate) async fn has_waiting(&self, count: usize) {
        until(&self.parts, &format!("{count} requests that wait"), |parts| {
            parts.values().map(|part| part.waiting).sum::<usize>() >= count
        })
        .await;
    }

    /// The most requests that ever waited at once.
    pub(crate) fn waiting_max(&self) -> usize {
        self.waiting_max.load(Ordering::Relaxed)
    }

    /// Begins to count them anew.
    pub(crate) fn forget_waiting(&self) {
        self.waiting_max.store(0, Ordering::Relaxed);
    }

    /// How many requests wait for an answer.
    pub(crate) fn waiting(&self) -> usize {
        self.parts.borrow().values().map(|part| part.waiting).sum()
    }
}

impl Drop for ScriptServer {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

type Stage = (Clock, Arc<watch::Sender<Parts>>, Arc<AtomicUsize>);

async fn play(
    State((clock, parts, waiting_max)): State<Stage>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let path = uri.path().to_owned();
    let mut answer = Answer::status(404);
    parts.send_modify(|parts| {
        let part = parts.entry(path.clone()).or_default();
        let next = match part.answers.len() {
            0 => Answer::status(404),
            1 => part.answers[0].clone(),
            _ => part.answers.remove(0),
        };
        answer = next;
        part.asked.push(Asked { at: clock.now(), method, uri, headers });
        part.waiting += usize::from(answer.end == End::Never);
        let waiting = parts.values().map(|part| part.waiting).sum();
        waiting_max.fetch_max(waiting, Ordering::Relaxed);
    });
    if answer.end == End::Never {
        let _gone = Gone { parts, path };
        // Who asked goes away, and this with it.
        return std::future::pending().await;
    }
    answer.response()
}

/// Somebody who waited and is gone.
struct Gone {
    parts: Arc<watch::Sender<Parts>>,
    path: String,
}

impl Drop for Gone {
    fn drop(&mut self) {
        self.parts.send_modify(|parts| {
            parts.entry(std::mem::take(&mut self.path)).or_default().waiting -= 1;
        });
    }
}
