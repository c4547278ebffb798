//! The one HTTP client: time-outs, size caps and the guard against private addresses.

use std::time::Duration;

use bytes::Bytes;
use ipnet::IpNet;
use reqwest::header::HeaderMap;
use url::Url;

/// Which addresses a client may connect to.
#[derive(Debug, Clone, Default)]
pub(crate) struct Guard {
    /// Ranges allowed for the URL that was configured, though they are private or special.
    pub(crate) allow_private: Vec<IpNet>,
    /// Receivers may live on private addresses, since an operator wrote them; link-local
    /// addresses (cloud metadata) stay refused.
    pub(crate) trust_configured: bool,
}

/// Bounds of one exchange.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// Everything, body included.
    pub(crate) total: Duration,
    /// Bytes as they come over the wire.
    pub(crate) wire_bytes_max: u64,
    /// Bytes after Content-Encoding is undone.
    pub(crate) decoded_bytes_max: u64,
    /// Followed by [`Client::get`] only.
    pub(crate) redirects_max: usize,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) final_url: Url,
    /// Every redirect on the way was 301 or 308, and there was one.
    pub(crate) moved_permanently: bool,
}

/// Why nothing usable came back.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The guard refused the address.
    #[error("{0}")]
    Blocked(String),
    /// A cap was passed.
    #[error("{0}")]
    TooLarge(String),
    /// Name, connection, TLS, time-out, redirects, broken body.
    #[error("{0}")]
    Unreachable(String),
}

/// The client; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Client {}

impl Client {
    /// Builds a client that says `user_agent` and connects to what `guard` allows.
    pub(crate) fn new(guard: Guard, user_agent: &str) -> Self {
        let _ = (guard, user_agent);
        unimplemented!("helper FEED")
    }

    /// GET with redirects followed up to `bounds.redirects_max`, each hop guarded anew.
    pub(crate) async fn get(
        &self,
        url: &Url,
        headers: HeaderMap,
        bounds: Bounds,
    ) -> Result<Response, Error> {
        let _ = (url, headers, bounds);
        unimplemented!("helper FEED")
    }

    /// POST, redirects never followed; of the answer at most `bounds.decoded_bytes_max` bytes
    /// are read, a longer one is cut and no error. The deadline includes the answer's body.
    pub(crate) async fn post(
        &self,
        url: &Url,
        headers: HeaderMap,
        body: Bytes,
        bounds: Bounds,
    ) -> Result<Response, Error> {
        let _ = (url, headers, body, bounds);
        unimplemented!("helper FEED")
    }
}
