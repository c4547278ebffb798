//! The one HTTP client: deadlines, size caps, and the guard against private addresses.
//!
//! Everything that leaves the process goes through [`Client`]; `clippy.toml` forbids bare HTTP
//! clients elsewhere. Redirects are followed here, hop by hop, so that each hop is judged anew.

mod body;
mod guard;
pub(crate) mod retry_after;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use reqwest::Method;
use reqwest::header::{ACCEPT_ENCODING, HeaderMap, HeaderValue, LOCATION};
use url::{Host, Url};

pub(crate) use guard::Guard;
use guard::{GuardedResolver, Hop};

/// How long a TCP and TLS handshake may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a server may take to its first byte, where the whole may take longer.
const FIRST_BYTE_TIMEOUT: Duration = Duration::from_secs(10);
/// The usual [`Bounds::patience`], and how much a server must send in it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);
const BYTES_IN_PATIENCE: u64 = 10 << 10;
/// Bytes of an answer without a document (404, 429, …) that are read, so that the connection can
/// be used again; and how long that may take.
const REMARK_BYTES_MAX: u64 = 64 << 10;
const REMARK_TIMEOUT: Duration = Duration::from_secs(2);
/// Shorter than common servers' own, so that a connection is rarely used as it closes.
const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(10);
/// Bytes of all headers of an HTTP/2 answer; hyper bounds HTTP/1 at 100 headers.
const HTTP2_HEADER_BYTES_MAX: u32 = 64 << 10;

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
    /// A body that brings less than 10 KiB in this time, and goes on, is given up.
    pub(crate) patience: Duration,
}

/// What a request says.
#[derive(Debug, Clone, Default)]
pub(crate) struct Headers {
    /// Wherever redirects lead.
    pub(crate) everywhere: HeaderMap,
    /// To one address on the way and to no other, such as the validators that it gave.
    pub(crate) only_at: Option<(Url, HeaderMap)>,
}

impl From<HeaderMap> for Headers {
    fn from(everywhere: HeaderMap) -> Self {
        Self { everywhere, only_at: None }
    }
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

/// Why nothing usable came back. The texts are for operators and hold no secret.
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
pub(crate) struct Client {
    guard: Arc<Guard>,
    /// For the address that was configured.
    configured: reqwest::Client,
    /// For where it redirects to.
    elsewhere: reqwest::Client,
}

impl Client {
    /// Builds a client that says `user_agent` and connects to what `guard` allows; or says why
    /// it cannot: a system without CA certificates can verify nobody.
    pub(crate) fn new(guard: Guard, user_agent: &str) -> Result<Self, String> {
        // Fails only where a provider is installed already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let guard = Arc::new(guard);
        let build = |hop| {
            #[expect(clippy::disallowed_methods, reason = "this is the one client")]
            reqwest::Client::builder()
                .user_agent(user_agent)
                .redirect(reqwest::redirect::Policy::none())
                .referer(false)
                // A proxy from the environment would resolve names for us, past the guard.
                .no_proxy()
                .dns_resolver(Arc::new(GuardedResolver { guard: Arc::clone(&guard), hop }))
                .connect_timeout(CONNECT_TIMEOUT)
                .pool_idle_timeout(POOL_IDLE_TIMEOUT)
                .http2_max_header_list_size(HTTP2_HEADER_BYTES_MAX)
                .build()
                .map_err(|error| said(&error).to_string())
        };
        let (configured, elsewhere) = (build(Hop::Configured)?, build(Hop::Redirect)?);
        Ok(Self { guard, configured, elsewhere })
    }

    /// GET with redirects followed up to `bounds.redirects_max`, each hop guarded anew.
    pub(crate) async fn get(
        &self,
        url: &Url,
        headers: impl Into<Headers>,
        bounds: Bounds,
    ) -> Result<Response, Error> {
        within(bounds.total, self.follow(url, headers.into(), bounds)).await
    }

    async fn follow(&self, url: &Url, headers: Headers, bounds: Bounds) -> Result<Response, Error> {
        let Headers { mut everywhere, only_at } = headers;
        everywhere.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip, br, zstd, deflate"));
        let mut here = url.clone();
        let (mut hop, mut permanent) = (Hop::Configured, true);
        for hops in 0..=bounds.redirects_max {
            self.judge(&here, hop)?;
            let mut request =
                self.client(hop).request(Method::GET, here.clone()).headers(everywhere.clone());
            if let Some((_, headers)) = only_at.as_ref().filter(|(url, _)| *url == here) {
                request = request.headers(headers.clone());
            }
            let first_byte = FIRST_BYTE_TIMEOUT.min(bounds.total);
            let answer = within(first_byte, self.send(request, hop)).await?;
            let status = answer.status().as_u16();
            if !matches!(status, 301 | 302 | 303 | 307 | 308) {
                let headers = answer.headers().clone();
                let body = if answer.status().is_success() {
                    body::read(answer, bounds).await?
                } else {
                    // The status is the answer, whatever becomes of the page that goes with it.
                    let remark = body::read_some(answer, REMARK_BYTES_MAX);
                    tokio::time::timeout(REMARK_TIMEOUT, remark).await.unwrap_or_default()
                };
                let moved_permanently = hops > 0 && permanent;
                return Ok(Response { status, headers, body, final_url: here, moved_permanently });
            }
            permanent &= matches!(status, 301 | 308);
            here = redirected(&here, answer.headers().get(LOCATION), status)?;
            hop = Hop::Redirect;
        }
        Err(Error::Unreachable(format!("more than {} redirects", bounds.redirects_max)))
    }

    /// POST, redirects never followed. The status is the whole answer: of the body at most
    /// `bounds.decoded_bytes_max` bytes are read within the deadline, so that the connection can
    /// be used again; one that is longer, slower or broken is cut and no error.
    pub(crate) async fn post(
        &self,
        url: &Url,
        headers: HeaderMap,
        body: Bytes,
        bounds: Bounds,
    ) -> Result<Response, Error> {
        let deadline = tokio::time::Instant::now() + bounds.total;
        let exchange = async {
            self.judge(url, Hop::Configured)?;
            let request = self
                .configured
                .request(Method::POST, url.clone())
                .headers(headers)
                .header(ACCEPT_ENCODING, "identity")
                .body(body);
            self.send(request, Hop::Configured).await
        };
        let answer = within(bounds.total, exchange).await?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        // A receiver that said 200 has the webhook, whatever becomes of the rest.
        let body = body::read_some(answer, bounds.decoded_bytes_max);
        let body = tokio::time::timeout_at(deadline, body).await.unwrap_or_default();
        Ok(Response { status, headers, body, final_url: url.clone(), moved_permanently: false })
    }

    fn client(&self, hop: Hop) -> &reqwest::Client {
        match hop {
            Hop::Configured => &self.configured,
            Hop::Redirect => &self.elsewhere,
        }
    }

    /// Judges a literal address: those never reach the resolver (tried, with ten spellings;
    /// `url` has brought them all to one form).
    fn judge(&self, url: &Url, hop: Hop) -> Result<(), Error> {
        let address = match url.host() {
            Some(Host::Ipv4(address)) => address.into(),
            Some(Host::Ipv6(address)) => address.into(),
            Some(Host::Domain(_)) => return Ok(()),
            None => return Err(Error::Unreachable("no host in the address".into())),
        };
        self.guard.judge(address, hop).map_err(Error::Blocked)
    }

    async fn send(
        &self,
        request: reqwest::RequestBuilder,
        hop: Hop,
    ) -> Result<reqwest::Response, Error> {
        let answer = request.send().await.map_err(|error| said(&error))?;
        // A third wall: whatever happened before, nothing is read from a refused address.
        if let Some(address) = answer.remote_addr() {
            self.guard.judge(address.ip(), hop).map_err(Error::Blocked)?;
        }
        Ok(answer)
    }
}

/// Where a redirect leads.
fn redirected(from: &Url, location: Option<&HeaderValue>, status: u16) -> Result<Url, Error> {
    let broken = |what: &str| Error::Unreachable(format!("redirect ({status}) {what}"));
    let location = location.ok_or_else(|| broken("without a location"))?;
    let location = std::str::from_utf8(location.as_bytes());
    let mut to = location
        .ok()
        .and_then(|location| from.join(location).ok())
        .ok_or_else(|| broken("to no address"))?;
    if !matches!(to.scheme(), "http" | "https") {
        return Err(broken(&format!("to `{}:`", to.scheme())));
    }
    if from.scheme() == "https" && to.scheme() == "http" {
        return Err(broken("from https to http"));
    }
    // Credentials belong to the address that was configured.
    let _ = to.set_username("");
    let _ = to.set_password(None);
    Ok(to)
}

/// Ends `exchange` after `limit`.
async fn within<T>(
    limit: Duration,
    exchange: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    match tokio::time::timeout(limit, exchange).await {
        Ok(result) => result,
        Err(_) => {
            Err(Error::Unreachable(format!("no answer within {}", crate::setting::Length(limit))))
        }
    }
}

/// Says a failure of reqwest in our words: the deepest cause, and no address.
fn said(error: &reqwest::Error) -> Error {
    let mut deepest: &dyn std::error::Error = error;
    loop {
        if let Some(refused) = deepest.downcast_ref::<guard::Refused>() {
            return Error::Blocked(refused.to_string());
        }
        if let Some(error) = deepest.downcast_ref::<std::io::Error>() {
            let text = match error.kind() {
                std::io::ErrorKind::ConnectionRefused => "connection refused",
                std::io::ErrorKind::ConnectionReset => "connection reset",
                std::io::ErrorKind::UnexpectedEof => {
                    "connection closed in the middle of the answer"
                }
                std::io::ErrorKind::NotFound => "name not found",
                _ => "",
            };
            if !text.is_empty() {
                return Error::Unreachable(text.into());
            }
        }
        match deepest.source() {
            Some(cause) => deepest = cause,
            None => break,
        }
    }
    if error.is_timeout() {
        return Error::Unreachable(format!(
            "no connection within {}",
            crate::setting::Length(CONNECT_TIMEOUT)
        ));
    }
    let text = deepest.to_string();
    Error::Unreachable(text.chars().filter(|c| !c.is_control()).take(200).collect())
}

#[cfg(test)]
pub(crate) mod tests;
