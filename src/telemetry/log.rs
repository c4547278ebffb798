//! The subscriber behind `tracing`, the writer that keeps a line a line, and the queue before
//! standard error, so that a terminal or a journal that stands still holds up no work.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::panic::PanicHookInfo;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::{Duration, Instant};

use tracing::level_filters::LevelFilter;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use super::{Config, Format, Level};

/// Lines that wait for standard error; those that come while it is full are counted instead.
const QUEUE_LINES_MAX: usize = 4_096;
/// How long the end of the process waits for lines in the queue.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(1);

/// Starts logging to standard error for the whole process; a second call does nothing. Lines
/// are written until the guard is dropped, and panics are lines like all others.
pub(crate) fn init(config: &Config) -> Guard {
    let ours = match config.level {
        Level::Error => LevelFilter::ERROR,
        Level::Warn => LevelFilter::WARN,
        Level::Info => LevelFilter::INFO,
        Level::Debug => LevelFilter::DEBUG,
        Level::Trace => LevelFilter::TRACE,
    };
    // Libraries are heard only when they warn: their debug lines show headers and SQL.
    let filter = EnvFilter::new(format!("warn,wirewatch={ours}"));
    let (queue, guard) = start(io::stderr());
    let builder =
        tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(queue);
    // Fails only when a subscriber is there already, which tests in one process do.
    let begun = match config.format {
        Format::Text => builder.with_target(false).try_init(),
        Format::Json => builder.json().flatten_event(true).with_target(false).try_init(),
    };
    if begun.is_ok() {
        std::panic::set_hook(Box::new(tell_panic));
    }
    guard
}

/// A panic may quote what a feed sent, over many lines: as an event it is one, and escaped.
fn tell_panic(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!(place, "panicked: {}", panic.payload_as_str().unwrap_or("no words"));
}

/// What goes to the thread that writes.
enum Message {
    Line(Vec<u8>),
    /// Answered when all lines before it are written.
    Flush(SyncSender<()>),
}

/// Starts the thread that writes to `out`.
fn start(out: impl Write + Send + 'static) -> (Queue, Guard) {
    let (sender, receiver) = sync_channel(QUEUE_LINES_MAX);
    let left_out = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&left_out);
    std::thread::Builder::new()
        .name("wirewatch-log".into())
        .spawn(move || write_lines(out, &receiver, &counted))
        .expect("the system gives us a thread");
    (Queue { sender: sender.clone(), left_out }, Guard(sender))
}

fn write_lines(mut out: impl Write, lines: &Receiver<Message>, left_out: &AtomicU64) {
    for message in lines {
        match message {
            // A closed or full standard error is no reason to stop.
            Message::Line(line) => drop(out.write_all(&line)),
            Message::Flush(done) => drop(done.send(())),
        }
        let lines = left_out.swap(0, Ordering::Relaxed);
        if lines > 0 {
            tracing::warn!(lines, "log lines were left out: standard error stood still");
        }
    }
}

/// While it lives, lines are written; dropped, it waits a moment for those that are left.
#[must_use]
pub(crate) struct Guard(SyncSender<Message>);

impl Drop for Guard {
    fn drop(&mut self) {
        let end = Instant::now() + FLUSH_TIMEOUT;
        let (done, all_written) = sync_channel(1);
        let mut flush = Message::Flush(done);
        while let Err(TrySendError::Full(again)) = self.0.try_send(flush) {
            if Instant::now() >= end {
                return;
            }
            flush = again;
            std::thread::sleep(FLUSH_TIMEOUT / 100);
        }
        let _ = all_written.recv_timeout(end.saturating_duration_since(Instant::now()));
    }
}

/// The way to the thread that writes: never waits.
#[derive(Clone)]
struct Queue {
    sender: SyncSender<Message>,
    left_out: Arc<AtomicU64>,
}

impl<'w> MakeWriter<'w> for Queue {
    type Writer = EscapingWriter<Self>;

    fn make_writer(&'w self) -> Self::Writer {
        EscapingWriter(self.clone())
    }
}

impl Write for Queue {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.sender.try_send(Message::Line(line.to_vec())).is_err() {
            self.left_out.fetch_add(1, Ordering::Relaxed);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes events with everything that is not plain text escaped.
struct EscapingWriter<W>(W);

impl<W: Write> Write for EscapingWriter<W> {
    /// Takes one whole event: the formatter hands it over in one piece.
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let _ = self.0.write_all(escape(&String::from_utf8_lossy(event)).as_bytes());
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Escapes control characters and bidirectional controls, but for the line end at the end.
fn escape(event: &str) -> String {
    let (line, end) = event.strip_suffix('\n').map_or((event, ""), |line| (line, "\n"));
    let mut out = String::with_capacity(event.len());
    for c in line.chars() {
        let reorders = matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        let breaks = c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
        if reorders || breaks {
            // `\u00XX` is right in JSON strings too; all of these are below U+10000.
            let _ = write!(out, "\\u{:04x}", u32::from(c)); // to a string: never fails
        } else {
            out.push(c);
        }
    }
    out + end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_stays_one_line_and_says_what_was_in_it() {
        #[track_caller]
        fn check(event: &str, line: &str) {
            let mut writer = EscapingWriter(Vec::new());
            writer.write_all(event.as_bytes()).expect("a vector takes all");
            assert_eq!(String::from_utf8(writer.0).expect("text"), line);
        }
        check("INFO polled\n", "INFO polled\n");
        check("title=a\nERROR forged\n", "title=a\\u000aERROR forged\n");
        check("title=\u{1b}[31mred\u{9b}x\n", "title=\\u001b[31mred\\u009bx\n");
        check("title=\u{202e}drawkcab\n", "title=\\u202edrawkcab\n");
        check("尖閣諸島\n", "尖閣諸島\n");
    }

    /// Stands still until it is told to go on, then keeps what is written.
    struct Stuck(Receiver<()>, SyncSender<Vec<u8>>);

    impl Write for Stuck {
        fn write(&mut self, line: &[u8]) -> io::Result<usize> {
            let _ = self.0.recv();
            let _ = self.1.send(line.to_vec());
            Ok(line.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_standard_error_that_stands_still_holds_up_nobody() {
        let ((go, wait), (sink, written)) = (sync_channel(0), sync_channel(QUEUE_LINES_MAX + 9));
        let (queue, guard) = start(Stuck(wait, sink));
        let more = 7;
        for number in 0..QUEUE_LINES_MAX + 1 + more {
            queue.clone().write_all(format!("{number}\n").as_bytes()).expect("never fails");
        }
        // One may be with the thread already, and the queue is full.
        let left_out = queue.left_out.load(Ordering::Relaxed);
        assert!((7..=8).contains(&left_out), "{left_out}");
        drop(go); // goes on
        drop(guard);
        let count = written.try_iter().count() as u64;
        assert_eq!(count + left_out, (QUEUE_LINES_MAX + 1 + more) as u64);
    }

    #[test]
    fn what_was_logged_is_written_when_the_guard_is_dropped() {
        let ((go, wait), (sink, written)) = (sync_channel::<()>(0), sync_channel(9));
        drop(go);
        let (queue, guard) = start(Stuck(wait, sink));
        EscapingWriter(queue).write_all(b"a\tb\n").expect("never fails");
        drop(guard);
        assert_eq!(written.try_recv(), Ok(b"a\\u0009b\n".to_vec()));
    }
}
