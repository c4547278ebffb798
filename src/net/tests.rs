//! The client against real servers on loopback: raw sockets, so that they can misbehave.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_compression::tokio::write::{BrotliEncoder, GzipEncoder, ZlibEncoder, ZstdEncoder};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;

/// Serves `answer` to every connection and counts them.
async fn server(answer: Vec<u8>) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("bound");
    let accepted = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&accepted);
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            counter.fetch_add(1, Ordering::SeqCst);
            let answer = answer.clone();
            tokio::spawn(async move {
                let mut request = [0; 4096];
                let _ = socket.read(&mut request).await;
                let _ = socket.write_all(&answer).await;
                let _ = socket.shutdown().await;
            });
        }
    });
    (address, accepted)
}

fn answer(head: &str, body: &[u8]) -> Vec<u8> {
    let mut answer =
        format!("HTTP/1.1 {head}\r\nContent-Length: {}\r\n\r\n", body.len()).into_bytes();
    answer.extend_from_slice(body);
    answer
}

fn loopback() -> Guard {
    Guard { allow_private: vec!["127.0.0.0/8".parse().expect("a range")], ..Guard::default() }
}

const BOUNDS: Bounds = Bounds {
    total: Duration::from_secs(5),
    wire_bytes_max: 1 << 20,
    decoded_bytes_max: 4 << 20,
    redirects_max: 5,
    patience: PATIENCE,
};

async fn get(guard: Guard, url: &str, bounds: Bounds) -> Result<Response, Error> {
    let client = Client::new(guard, "wirewatch-test").expect("a client");
    client.get(&url.parse().expect("a URL"), HeaderMap::new(), bounds).await
}

/// What the client makes of one answer: the status and body, or the error's text.
async fn made_of(raw: Vec<u8>, bounds: Bounds) -> String {
    let (address, _) = server(raw).await;
    match get(loopback(), &format!("http://{address}/"), bounds).await {
        Ok(response) => format!("{} {}", response.status, String::from_utf8_lossy(&response.body)),
        Err(error) => error.to_string(),
    }
}

async fn compressed(encoding: &str, plain: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    macro_rules! with {
        ($encoder:ident) => {{
            let mut encoder = $encoder::new(&mut out);
            encoder.write_all(plain).await.expect("a vector takes all");
            encoder.shutdown().await.expect("a vector takes all");
        }};
    }
    match encoding {
        "gzip" => with!(GzipEncoder),
        "deflate" => with!(ZlibEncoder),
        "br" => with!(BrotliEncoder),
        "zstd" => with!(ZstdEncoder),
        other => panic!("{other}"),
    }
    out
}

#[tokio::test]
async fn every_encoding_is_undone() {
    for encoding in ["gzip", "deflate", "br", "zstd"] {
        let body = compressed(encoding, b"<rss/>").await;
        let raw = answer(&format!("200 OK\r\nContent-Encoding: {encoding}"), &body);
        assert_eq!(made_of(raw, BOUNDS).await, "200 <rss/>", "{encoding}");
    }
    assert_eq!(made_of(answer("200 OK", b"<rss/>"), BOUNDS).await, "200 <rss/>");
    let raw = answer("200 OK\r\nContent-Encoding: gzip, gzip", b"x");
    assert_eq!(made_of(raw, BOUNDS).await, "unknown encoding `gzip,gzip`");
}

#[tokio::test]
async fn bombs_are_stopped_while_they_stream() {
    let zeros = vec![0_u8; 64 << 20];
    for encoding in ["gzip", "deflate", "br", "zstd"] {
        let body = compressed(encoding, &zeros).await;
        let raw = answer(&format!("200 OK\r\nContent-Encoding: {encoding}"), &body);
        let roomy = Bounds { decoded_bytes_max: 1 << 30, ..BOUNDS };
        assert_eq!(made_of(raw.clone(), roomy).await, "expands more than 200-fold", "{encoding}");
        let tight = Bounds { decoded_bytes_max: 512 << 10, ..BOUNDS };
        assert_eq!(made_of(raw, tight).await, "decodes to more than 512 KiB", "{encoding}");
    }
}

#[tokio::test]
async fn a_body_has_a_size_and_an_end() {
    let large = answer("200 OK", &vec![b'x'; (1 << 20) + 1]);
    assert_eq!(made_of(large, BOUNDS).await, "more than 1 MiB over the wire");
    let short = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n<rss>".to_vec();
    assert_eq!(made_of(short, BOUNDS).await, "connection closed in the middle of the answer");
    let chunk = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<rss>\r\n".to_vec();
    assert_eq!(made_of(chunk, BOUNDS).await, "connection closed in the middle of the answer");
    let mut gzip = compressed("gzip", &[b'x'; 5_000]).await;
    gzip.truncate(gzip.len() - 9);
    let cut = answer("200 OK\r\nContent-Encoding: gzip", &gzip);
    assert_eq!(made_of(cut, BOUNDS).await, "the body ends early");
    let lie = answer("200 OK\r\nContent-Encoding: gzip", b"<rss>plain</rss>");
    assert_eq!(made_of(lie, BOUNDS).await, "the body cannot be decoded");
}

#[tokio::test]
async fn silence_and_refusal_are_said() {
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/", silent.local_addr().expect("bound"));
    let hasty = Bounds { total: Duration::from_millis(200), ..BOUNDS };
    let error = get(loopback(), &url, hasty).await.expect_err("nobody answers");
    assert_eq!(error.to_string(), "no answer within 200ms");
    drop(silent);
    let error = get(loopback(), &url, BOUNDS).await.expect_err("nobody listens");
    assert_eq!(error.to_string(), "connection refused");
    let error = get(loopback(), "http://nowhere.invalid/", BOUNDS).await.expect_err("no name");
    assert_eq!(error.to_string(), "name not found");
}

#[tokio::test]
async fn no_connection_is_made_to_a_refused_address() {
    let (canary, accepted) = server(answer("200 OK", b"secret")).await;
    let port = canary.port();
    let hosts = ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]", "0"];
    for host in hosts {
        let error = get(Guard::default(), &format!("http://{host}:{port}/"), BOUNDS).await;
        assert!(matches!(error, Err(Error::Blocked(_))), "{host}: {error:?}");
    }
    // Allowed where it is configured, and not where a server points to.
    let location = format!("302 Found\r\nLocation: http://localhost:{port}/");
    let (address, _) = server(answer(&location, b"")).await;
    let error = get(loopback(), &format!("http://{address}/"), BOUNDS).await.expect_err("blocked");
    assert!(matches!(error, Error::Blocked(_)), "{error:?}");
    assert!(error.to_string().starts_with("redirect to a loopback address ("), "{error}");
    assert_eq!(accepted.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn redirects_are_followed_a_few_hops_and_to_http_only() {
    let trusting = || Guard { trust_redirects: true, ..loopback() };
    let (end, _) = server(answer("200 OK", b"<rss/>")).await;
    let mut next = format!("http://{end}/feed");
    for hops in 1..=6 {
        let head = format!("301 Moved Permanently\r\nLocation: {next}");
        let (address, _) = server(answer(&head, b"")).await;
        next = format!("http://{address}/");
        let result = get(trusting(), &next, BOUNDS).await;
        if hops <= 5 {
            let response = result.expect("within the limit");
            assert_eq!(response.final_url.as_str(), format!("http://{end}/feed"));
            assert!(response.moved_permanently);
        } else {
            assert_eq!(result.expect_err("one too many").to_string(), "more than 5 redirects");
        }
    }
    for (location, text) in [
        ("\r\nLocation: file:///etc/passwd", "redirect (302) to `file:`"),
        ("\r\nLocation: gopher://x/", "redirect (302) to `gopher:`"),
        ("\r\nLocation: http://[", "redirect (302) to no address"),
        ("", "redirect (302) without a location"),
    ] {
        let (address, _) = server(answer(&format!("302 Found{location}"), b"")).await;
        let error = get(trusting(), &format!("http://{address}/"), BOUNDS).await;
        assert_eq!(error.expect_err("refused").to_string(), text);
    }
    let temporary = format!("302 Found\r\nLocation: {next}");
    let (address, _) = server(answer(&temporary, b"")).await;
    let roomy = Bounds { redirects_max: 20, ..BOUNDS };
    let response = get(trusting(), &format!("http://{address}/"), roomy).await.expect("an answer");
    assert!(!response.moved_permanently);
}

#[tokio::test]
async fn a_post_follows_nothing_and_reads_little() {
    let (elsewhere, visited) = server(answer("200 OK", b"")).await;
    let head = format!("302 Found\r\nLocation: http://{elsewhere}/");
    let (address, _) = server(answer(&head, &vec![b'x'; 1 << 20])).await;
    let client = Client::new(Guard { trust_configured: true, ..Guard::default() }, "wirewatch")
        .expect("a client");
    let url: Url = format!("http://{address}/").parse().expect("a URL");
    let bounds = Bounds { decoded_bytes_max: 16 << 10, ..BOUNDS };
    let response = client
        .post(&url, HeaderMap::new(), Bytes::from_static(b"{}"), bounds)
        .await
        .expect("an answer");
    assert_eq!((response.status, response.body.len()), (302, 16 << 10));
    assert_eq!(visited.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn the_status_of_a_post_counts_whatever_becomes_of_the_body() {
    let post = async |address: SocketAddr| {
        let guard = Guard { trust_configured: true, ..Guard::default() };
        let bounds = Bounds { total: Duration::from_millis(300), ..BOUNDS };
        let url: Url = format!("http://{address}/").parse().expect("a URL");
        let client = Client::new(guard, "wirewatch").expect("a client");
        client.post(&url, HeaderMap::new(), Bytes::from_static(b"{}"), bounds).await
    };
    let cut = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nok".to_vec();
    let (address, _) = server(cut.clone()).await;
    assert_eq!(post(address).await.expect("an answer").status, 200);
    // Never ends, and is left after the deadline.
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("bound");
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.expect("a connection");
        let _ = socket.read(&mut [0; 4096]).await;
        let _ = socket.write_all(&cut).await;
        std::future::pending::<()>().await;
    });
    assert_eq!(post(address).await.expect("an answer").status, 200);
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let error = post(silent.local_addr().expect("bound")).await.expect_err("no answer");
    assert_eq!(error.to_string(), "no answer within 300ms");
}

/// A server that remembers the head of each request and answers with `answer`.
pub(crate) async fn witness(answer: Vec<u8>) -> (SocketAddr, Arc<std::sync::Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("bound");
    let heads = Arc::new(std::sync::Mutex::new(Vec::new()));
    let seen = Arc::clone(&heads);
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut request = [0; 4096];
            let read = socket.read(&mut request).await.unwrap_or(0);
            let head = String::from_utf8_lossy(&request[..read]).to_ascii_lowercase();
            seen.lock().expect("no panic").push(head);
            let _ = socket.write_all(&answer).await;
            let _ = socket.shutdown().await;
        }
    });
    (address, heads)
}

/// Rules 37 and 38 of `tests/it/etiquette`: what one address gave or is owed goes to no other.
#[tokio::test]
async fn validators_and_credentials_stay_with_their_address() {
    let (end, at_end) = witness(answer("304 Not Modified", b"")).await;
    let head = format!("301 Moved Permanently\r\nLocation: http://{end}/new");
    let (start, at_start) = witness(answer(&head, b"")).await;
    let url: Url = format!("http://user:pass@{start}/feed").parse().expect("a URL");
    let guard = Guard { trust_redirects: true, ..loopback() };
    let client = Client::new(guard, "wirewatch-test").expect("a client");
    let validators = || {
        HeaderMap::from_iter([(reqwest::header::IF_NONE_MATCH, HeaderValue::from_static("\"1\""))])
    };
    let get = async |only_at: &str| {
        let only_at = (only_at.parse().expect("a URL"), validators());
        let headers = Headers { everywhere: HeaderMap::new(), only_at: Some(only_at) };
        client.get(&url, headers, BOUNDS).await.expect("an answer")
    };
    let asked = |heads: &std::sync::Mutex<Vec<String>>| {
        let head = heads.lock().expect("no panic").pop().expect("asked");
        let has = |name: &str| head.contains(&format!("\r\n{name}: "));
        (has("if-none-match"), has("authorization"))
    };
    let answer = get(&format!("http://{end}/new")).await;
    assert_eq!((answer.status, answer.moved_permanently), (304, true));
    assert_eq!((asked(&at_start), asked(&at_end)), ((false, true), (true, false)));
    // Of an address that redirects elsewhere by now.
    get(&format!("http://{end}/old")).await;
    assert_eq!((asked(&at_start), asked(&at_end)), ((false, true), (false, false)));
    get(url.as_str()).await;
    assert_eq!((asked(&at_start), asked(&at_end)), ((true, true), (false, false)));
}

#[tokio::test]
async fn a_body_that_trickles_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/", listener.local_addr().expect("bound"));
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.expect("a connection");
        let _ = socket.read(&mut [0; 4096]).await;
        let head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        let _ = socket.write_all(head).await;
        // A byte at a time, for as long as somebody listens.
        let mut pace = tokio::time::interval(Duration::from_millis(20));
        while socket.write_all(b"1\r\nx\r\n").await.is_ok() {
            pace.tick().await;
        }
    });
    let bounds = Bounds { patience: Duration::from_millis(100), ..BOUNDS };
    let error = get(loopback(), &url, bounds).await.expect_err("too slow");
    assert_eq!(error.to_string(), "sends less than 10 KiB in 100ms");
}

#[tokio::test]
async fn the_status_of_a_refusal_counts_whatever_becomes_of_its_page() {
    let cut = b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\nContent-Length: 9\r\n\r\nno";
    let (address, _) = server(cut.to_vec()).await;
    let response = get(loopback(), &format!("http://{address}/"), BOUNDS).await.expect("an answer");
    assert_eq!((response.status, response.headers["retry-after"].as_bytes()), (429, &b"7"[..]));
    let bomb = compressed("gzip", &vec![0_u8; 8 << 20]).await;
    let raw = answer("404 Not Found\r\nContent-Encoding: gzip", &bomb);
    let (address, _) = server(raw).await;
    let response = get(loopback(), &format!("http://{address}/"), BOUNDS).await.expect("an answer");
    assert_eq!(response.status, 404);
    assert!(response.body.len() <= 64 << 10);
}
