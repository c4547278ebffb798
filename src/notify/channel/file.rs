//! A line of JSON in a file, as durable as the store: flushed before it counts as delivered.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::PathBuf;

/// A file that alerts are appended to.
#[derive(Debug)]
pub(in crate::notify) struct FileLines {
    pub(in crate::notify) path: PathBuf,
}

/// Appends `line` in one write and waits until the disk has it. Opened anew each time, so that
/// a file that was rotated away is made again.
pub(in crate::notify) fn append(path: &std::path::Path, line: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().append(true).create(true).open(path)?;
    file.write_all(line.as_bytes())?;
    file.sync_data()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_appended_and_a_rotated_file_is_made_again() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("alerts.jsonl");
        append(&path, "{\"a\":1}\n").expect("written");
        append(&path, "{\"a\":2}\n").expect("written");
        assert_eq!(std::fs::read_to_string(&path).expect("text"), "{\"a\":1}\n{\"a\":2}\n");
        std::fs::remove_file(&path).expect("rotated away");
        append(&path, "{\"a\":3}\n").expect("written");
        assert_eq!(std::fs::read_to_string(&path).expect("text"), "{\"a\":3}\n");
    }
}
