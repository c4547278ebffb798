//! The real binary in a process of its own.

use std::ffi::OsStr;
use std::io::{Read, Write as _};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::watch;

use super::folder::Folder;
use super::{DEADLINE, until};

const BINARY: &str = env!("CARGO_BIN_EXE_wirewatch");

/// `wirewatch` with arguments, killed when its test ends.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    stdout: Arc<watch::Sender<Said>>,
    stderr: Arc<watch::Sender<Said>>,
}

/// What has come out of a pipe so far.
#[derive(Debug, Default)]
struct Said {
    text: String,
    ended: bool,
}

/// How a process ended.
#[derive(Debug)]
pub(crate) struct Ended {
    status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    /// The exit code; `None` where a signal ended it.
    pub(crate) fn code(&self) -> Option<i32> {
        self.status.code()
    }
}

impl Process {
    /// Starts `wirewatch` with `arguments`, from the root of the repository.
    pub(crate) fn start<S: AsRef<OsStr>>(arguments: &[S]) -> Self {
        Self::spawn(Command::new(BINARY).args(arguments), Stdio::null())
    }

    /// Starts `wirewatch` with `arguments` and `input` on its standard input.
    pub(crate) fn fed(arguments: &[&str], input: impl Into<Vec<u8>>) -> Self {
        let mut process = Self::spawn(Command::new(BINARY).args(arguments), Stdio::piped());
        let mut stdin = process.child.stdin.take().expect("piped");
        // In a thread of its own: the process may want its answers read before it reads on. The
        // write fails only where it has ended already, and how it ended is for the test to see.
        let input = input.into();
        std::thread::spawn(move || stdin.write_all(&input));
        process
    }

    /// Starts the same under another program and its arguments, such as strace.
    pub(crate) fn start_under(program: &[&str], arguments: &[&OsStr]) -> Self {
        let command = [OsStr::new(BINARY)].into_iter().chain(arguments.iter().copied());
        Self::spawn(Command::new(program[0]).args(&program[1..]).args(command), Stdio::null())
    }

    /// Starts `wirewatch` with `arguments` in `folder`, as one who has no configuration would.
    pub(crate) fn start_in(folder: &Path, arguments: &[&str]) -> Self {
        let mut command = Command::new("sh");
        command.args(["-c", "cd \"$0\" && exec \"$@\""]).arg(folder).arg(BINARY).args(arguments);
        Self::spawn(&mut command, Stdio::null())
    }

    fn spawn(command: &mut Command, stdin: Stdio) -> Self {
        let mut child = command
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .env_remove("WIREWATCH_CONFIG")
            .env("COLUMNS", "100")
            .stdin(stdin)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?} does not start: {error}"));
        let stdout = listen(child.stdout.take().expect("piped"));
        let stderr = listen(child.stderr.take().expect("piped"));
        Self { child, stdout, stderr }
    }

    /// Starts `wirewatch run` on the configuration in `folder`.
    pub(crate) fn daemon(folder: &Folder) -> Self {
        Self::start(&["run".as_ref(), "--config".as_ref(), folder.main().as_os_str()])
    }

    /// Runs `wirewatch` with `arguments` on the configuration in `folder`, to its end.
    pub(crate) async fn run(folder: &Folder, arguments: &[&str]) -> Ended {
        let main = folder.main();
        let main = main.to_str().expect("ASCII");
        Self::start(&[arguments, &["--config", main]].concat()).ends().await
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until standard error holds `words`.
    pub(crate) async fn says(&self, words: &str) {
        until(&self.stderr, &format!("word of `{words}`"), |said| said.text.contains(words)).await;
    }

    /// All of standard error so far.
    pub(crate) fn said(&self) -> String {
        self.stderr.borrow().text.clone()
    }

    /// Waits until the daemon is at work; where its web server listens, if it does.
    pub(crate) async fn started(&self) -> Option<SocketAddr> {
        self.says("watching: ").await;
        let said = self.said();
        let address = said.split("web=Some(").nth(1)?.split(')').next()?;
        Some(address.parse().expect("an address"))
    }

    /// Sends a signal by its name: `TERM`, `HUP`.
    pub(crate) fn signal(&self, name: &str) {
        let script = format!("kill -s {name} {}", self.id());
        let status = Command::new("sh").args(["-c", &script]).status().expect("a shell");
        assert!(status.success(), "no signal {name} sent");
    }

    /// Whether it ends by itself within `time`.
    pub(crate) async fn ends_within(&self, time: Duration) -> bool {
        let mut said = self.stderr.subscribe();
        tokio::time::timeout(time, said.wait_for(|said| said.ended)).await.is_ok()
    }

    /// Ends it as a power cut would, and waits until it is gone.
    pub(crate) async fn kill(mut self) -> Ended {
        self.child.kill().expect("still ours");
        self.end().await
    }

    /// Waits until it has ended by itself.
    pub(crate) async fn ends(mut self) -> Ended {
        self.end().await
    }

    async fn end(&mut self) -> Ended {
        for pipe in [&self.stdout, &self.stderr] {
            until(pipe, "end of the process", |said| said.ended).await;
        }
        let status = self.child.wait().expect("its pipes are closed: it is ending");
        let text = |pipe: &watch::Sender<Said>| pipe.borrow().text.clone();
        Ended { status, stdout: text(&self.stdout), stderr: text(&self.stderr) }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Fails only where it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads a pipe to its end in a thread of its own.
fn listen(mut pipe: impl Read + Send + 'static) -> Arc<watch::Sender<Said>> {
    let said = Arc::new(watch::Sender::new(Said::default()));
    let into = Arc::clone(&said);
    std::thread::spawn(move || {
        let (mut bytes, mut buffer) = (Vec::new(), [0; 8192]);
        while let Ok(count @ 1..) = pipe.read(&mut buffer) {
            bytes.extend_from_slice(&buffer[..count]);
            let text = String::from_utf8_lossy(&bytes).into_owned();
            into.send_modify(|said| said.text = text);
        }
        into.send_modify(|said| said.ended = true);
    });
    said
}

/// The status line and body of `GET path`.
pub(crate) async fn get(address: SocketAddr, path: &str) -> (String, String) {
    let exchange = async {
        let mut stream = TcpStream::connect(address).await?;
        let request =
            format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        std::io::Result::Ok(answer)
    };
    let answer = tokio::time::timeout(DEADLINE, exchange).await;
    let answer = answer.expect("an answer in time").expect("an answer");
    let (head, body) = answer.split_once("\r\n\r\n").expect("head and body");
    (head.lines().next().unwrap_or_default().to_owned(), body.to_owned())
}
