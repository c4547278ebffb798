//! The subscriber behind `tracing`, and the writer that keeps a line a line.

use std::fmt::Write as _;
use std::io::{self, Write};

use tracing::level_filters::LevelFilter;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use super::{Config, Format, Level};

/// Starts logging to standard error for the whole process; a second call does nothing.
pub(crate) fn init(config: &Config) {
    let ours = match config.level {
        Level::Error => LevelFilter::ERROR,
        Level::Warn => LevelFilter::WARN,
        Level::Info => LevelFilter::INFO,
        Level::Debug => LevelFilter::DEBUG,
        Level::Trace => LevelFilter::TRACE,
    };
    // Libraries are heard only when they warn: their debug lines show headers and SQL.
    let filter = EnvFilter::new(format!("warn,wirewatch={ours}"));
    let builder =
        tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(Escaping);
    // Fails only when a subscriber is there already, which tests in one process do.
    let _ = match config.format {
        Format::Text => builder.with_target(false).try_init(),
        Format::Json => builder.json().flatten_event(true).with_target(false).try_init(),
    };
}

/// Writes events to standard error with everything that is not plain text escaped.
struct Escaping;

impl<'w> MakeWriter<'w> for Escaping {
    type Writer = EscapingWriter<io::Stderr>;

    fn make_writer(&'w self) -> Self::Writer {
        EscapingWriter(io::stderr())
    }
}

struct EscapingWriter<W>(W);

impl<W: Write> Write for EscapingWriter<W> {
    /// Takes one whole event: the formatter hands it over in one piece.
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        // A closed or full standard error must not fail the work that logs.
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
}
