//! HTTP for people and probes: `/healthz` and `/readyz`.
//!
//! `/healthz` answers while the process turns; `/readyz` while it can do its work, which the
//! caller says through [`Health`]. Neither tells more than one word, so neither needs a token.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use secrecy::SecretString;
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use toml::Spanned;

use crate::problem::{InFile, Problem};

/// `[web]` as an operator writes it.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    /// An address and port, or `off`.
    pub(crate) listen: Spanned<String>,
    /// What callers must know on an address that is not loopback.
    pub(crate) token: Option<SecretString>,
}

impl Default for Config {
    fn default() -> Self {
        Self { listen: Spanned::new(0..0, "127.0.0.1:8420".into()), token: None }
    }
}

/// Where to listen, once judged; `None` is `off`.
pub(crate) fn compile(config: &InFile<Config>) -> Result<Option<std::net::SocketAddr>, Problem> {
    let written = config.listen.get_ref();
    let problem = |message: String| config.problem(config.listen.span(), message);
    if written == "off" {
        return Ok(None);
    }
    let address: std::net::SocketAddr = written.parse().map_err(|_| {
        problem(format!("`listen`: expected an address and port such as `127.0.0.1:8420`, or `off`, found `{written}`"))
    })?;
    if !address.ip().is_loopback() && config.token.is_none() {
        return Err(problem(format!(
            "`{address}` can be reached from outside and needs a `token_file`"
        )));
    }
    Ok(Some(address))
}

/// Whether the daemon can do its work.
#[derive(Debug, Clone, Default)]
pub(crate) struct Health(Arc<AtomicBool>);

impl Health {
    /// Says whether it can.
    pub(crate) fn set_ready(&self, ready: bool) {
        self.0.store(ready, Ordering::Relaxed);
    }

    /// Whether it said it can.
    pub(crate) fn is_ready(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Serves until `stop`; connections that are open then have no claim to be finished.
pub(crate) async fn serve(listener: TcpListener, health: Health, stop: CancellationToken) {
    let router = Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .with_state(health);
    let serving = axum::serve(listener, router);
    tokio::select! {
        result = serving => if let Err(error) = result {
            tracing::error!(%error, "the web server stopped");
        },
        () = stop.cancelled() => {}
    }
}

async fn ready(State(health): State<Health>) -> (StatusCode, &'static str) {
    if health.is_ready() {
        (StatusCode::OK, "ready\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "not ready\n")
    }
}
