//! Servers without manners: bytes on a socket, and canaries that nobody may wake.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::watch;

/// Answers each connection with the next of its scripts, and then with the last.
#[derive(Debug)]
pub(crate) struct RawServer {
    pub(crate) address: SocketAddr,
    heads: Arc<watch::Sender<Vec<String>>>,
    serving: tokio::task::JoinHandle<()>,
}

impl RawServer {
    /// A server that says `answers`, bytes as they are, and closes.
    pub(crate) async fn start(answers: Vec<Vec<u8>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let heads = Arc::new(watch::Sender::new(Vec::new()));
        let seen = Arc::clone(&heads);
        let serving = tokio::spawn(async move {
            let mut answers = answers.into_iter().peekable();
            let mut last = Vec::new();
            while let Ok((mut socket, _)) = listener.accept().await {
                last = answers.next().unwrap_or(last);
                let mut request = [0; 8192];
                let read = socket.read(&mut request).await.unwrap_or(0);
                let head = String::from_utf8_lossy(&request[..read]).into_owned();
                seen.send_modify(|heads| heads.push(head));
                // Fails where the other side has seen enough.
                let _ = socket.write_all(&last).await;
                let _ = socket.shutdown().await;
            }
        });
        Self { address, heads, serving }
    }

    /// The value of a header in each request so far.
    pub(crate) fn header(&self, name: &str) -> Vec<Option<String>> {
        let value = |head: &String| {
            let lines = head.lines().filter_map(|line| line.split_once(": "));
            lines
                .filter(|(found, _)| found.eq_ignore_ascii_case(name))
                .map(|(_, value)| value.to_owned())
                .next()
        };
        self.heads.borrow().iter().map(value).collect()
    }
}

impl Drop for RawServer {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// Listens on one port of every address of this machine, and counts who comes.
#[derive(Debug)]
pub(crate) struct Canary {
    pub(crate) port: u16,
    woken: Arc<watch::Sender<usize>>,
}

impl Canary {
    pub(crate) async fn start() -> Self {
        let every = |address: &str| SocketAddr::new(address.parse::<IpAddr>().expect("good"), 0);
        let four = TcpListener::bind(every("0.0.0.0")).await.expect("a free port");
        let port = four.local_addr().expect("bound").port();
        let woken = Arc::new(watch::Sender::new(0));
        let mut listeners = vec![four];
        // Where there is no IPv6, nobody can come that way.
        listeners.extend(TcpListener::bind(("::1", port)).await.ok());
        for listener in listeners {
            let woken = Arc::clone(&woken);
            tokio::spawn(async move {
                while let Ok((mut socket, _)) = listener.accept().await {
                    woken.send_modify(|count| *count += 1);
                    let _ = socket.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
                }
            });
        }
        Self { port, woken }
    }

    /// How many came.
    pub(crate) fn woken(&self) -> usize {
        *self.woken.borrow()
    }
}
