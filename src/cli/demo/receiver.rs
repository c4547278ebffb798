//! The demo's receiver: takes webhooks, and believes none whose signature is wrong.
//!
//! It also stumbles once, on purpose: the first try of the second alert is answered with 503,
//! so that one sees the same id come again.

use std::sync::Mutex;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::mpsc::UnboundedSender;

use crate::app::Clock;
use crate::notify::sign;

/// What came of one request.
#[derive(Debug)]
pub(super) enum Taken {
    /// A webhook with a right signature, taken.
    Alert { id: String, tries: usize, body: serde_json::Value },
    /// Turned away on purpose, to be sent again.
    Stumbled { id: String },
    /// The signature was wrong.
    Refused { reason: String },
}

pub(super) struct Receiver {
    secret: String,
    clock: Clock,
    took: UnboundedSender<Taken>,
    /// Ids in the order of their first try.
    seen: Mutex<Vec<(String, usize)>>,
}

impl Receiver {
    pub(super) fn new(secret: &str, clock: Clock, took: UnboundedSender<Taken>) -> Self {
        Self { secret: secret.to_owned(), clock, took, seen: Mutex::new(Vec::new()) }
    }

    /// Judges one request, as any receiver of Standard Webhooks would.
    fn judge(&self, headers: &HeaderMap, body: &[u8]) -> Taken {
        let header = |name: &str| {
            headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
        };
        let id = header("webhook-id");
        let verified = sign::verify(
            &self.secret,
            &id,
            &header("webhook-timestamp"),
            &header("webhook-signature"),
            body,
            self.clock.now(),
        );
        if let Err(reason) = verified {
            return Taken::Refused { reason: reason.to_string() };
        }
        let mut seen = self.seen.lock().expect("nothing panics while holding it");
        let known = seen.iter().position(|(known, _)| *known == id);
        let index = known.unwrap_or_else(|| {
            seen.push((id.clone(), 0));
            seen.len() - 1
        });
        seen[index].1 += 1;
        let tries = seen[index].1;
        if index == 1 && tries == 1 {
            return Taken::Stumbled { id };
        }
        match serde_json::from_slice(body) {
            Ok(body) => Taken::Alert { id, tries, body },
            Err(error) => Taken::Refused { reason: error.to_string() },
        }
    }
}

/// Serves for as long as the process lives.
pub(super) async fn serve(listener: TcpListener, receiver: Receiver) {
    let router = Router::new().route("/alerts", post(take)).with_state(Arc::new(receiver));
    // Ends with the process; an error here shows as deliveries that fail.
    let _ = axum::serve(listener, router).await;
}

async fn take(
    State(receiver): State<Arc<Receiver>>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let taken = receiver.judge(&headers, &body);
    let status = match &taken {
        Taken::Alert { .. } => StatusCode::NO_CONTENT,
        Taken::Stumbled { .. } => StatusCode::SERVICE_UNAVAILABLE,
        Taken::Refused { .. } => StatusCode::UNAUTHORIZED,
    };
    // Nobody listens any more only when the demo is ending.
    let _ = receiver.took.send(taken);
    status
}
