//! HTTP for people and probes: `/healthz` and `/readyz`.
//!
//! `/healthz` answers while the process turns; `/readyz` while it can do its work, which each
//! part of the daemon says of itself through [`Health`]. Neither tells more than one word, so neither needs a token.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

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

/// What must go well for the daemon to be ready. Each part speaks for itself only: claims that
/// find nothing go well on a full disk, and say nothing of the records that do not.
#[derive(Debug, Clone, Copy)]
#[repr(u8)]
pub(crate) enum Part {
    /// Started, and not yet stopping.
    Running = 1,
    PollClaims = 2,
    PollRecords = 4,
    SendClaims = 8,
    SendRecords = 16,
}

/// Whether the daemon can do its work: the parts that do not go well, a bit each.
#[derive(Debug, Clone)]
pub(crate) struct Health(Arc<AtomicU8>);

impl Default for Health {
    fn default() -> Self {
        Self(Arc::new(AtomicU8::new(Part::Running as u8)))
    }
}

impl Health {
    /// Says whether a part goes well.
    pub(crate) fn tell(&self, part: Part, well: bool) {
        if well {
            self.0.fetch_and(!(part as u8), Ordering::Relaxed);
        } else {
            self.0.fetch_or(part as u8, Ordering::Relaxed);
        }
    }

    /// Whether every part goes well.
    pub(crate) fn is_ready(&self) -> bool {
        self.0.load(Ordering::Relaxed) == 0
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::SourceFile;

    #[test]
    fn one_part_never_speaks_for_another() {
        let health = Health::default();
        assert!(!health.is_ready(), "not before the start");
        health.tell(Part::Running, true);
        assert!(health.is_ready());
        health.tell(Part::PollRecords, false);
        health.tell(Part::PollClaims, true);
        health.tell(Part::SendRecords, true);
        assert!(!health.is_ready(), "claims go well on a full disk");
        health.tell(Part::PollRecords, true);
        assert!(health.is_ready());
        health.tell(Part::Running, false);
        assert!(!health.is_ready());
    }

    #[test]
    fn an_open_address_needs_a_token() {
        #[track_caller]
        fn check(listen: &str, token: Option<&str>, expected: Result<Option<&str>, &str>) {
            let file = Arc::new(SourceFile { name: "w.toml".into(), text: listen.into() });
            let value = Config {
                listen: Spanned::new(0..listen.len(), listen.into()),
                token: token.map(Into::into),
            };
            let config = InFile { file, span: 0..0, removed: Vec::new(), value };
            let found = compile(&config).map(|address| address.map(|it| it.to_string()));
            let found = found.as_ref().map(Option::as_deref).map_err(Problem::message);
            assert_eq!(found, expected);
        }
        check("off", None, Ok(None));
        check("127.0.0.1:8420", None, Ok(Some("127.0.0.1:8420")));
        check("[::1]:0", None, Ok(Some("[::1]:0")));
        check("0.0.0.0:8420", Some("secret"), Ok(Some("0.0.0.0:8420")));
        check(
            "0.0.0.0:8420",
            None,
            Err("`0.0.0.0:8420` can be reached from outside and needs a `token_file`"),
        );
        let expected = "`listen`: expected an address and port such as `127.0.0.1:8420`, or \
                        `off`, found `localhost:8420`";
        check("localhost:8420", None, Err(expected));
    }
}
