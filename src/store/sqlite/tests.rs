//! What is SQLite's own: the file, its lock, its schema, and what is said when one is wrong.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use tempfile::TempDir;

use super::*;
use crate::store::FeedState;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

/// A folder and the path of a store in it.
fn place() -> (TempDir, PathBuf) {
    let folder = TempDir::new().expect("a temporary folder");
    let path = folder.path().join("w.db");
    (folder, path)
}

/// What is said when the store is opened; the folder's name left out.
async fn refused(path: &Path) -> String {
    let error = Sqlite::open(path, NOW).await.expect_err("refused");
    said(&error, path)
}

fn said(error: &Error, path: &Path) -> String {
    let folder = path.parent().expect("inside a folder").display();
    error.to_string().replace(&format!("{folder}/"), "")
}

/// Makes a store, and closes it.
async fn made(path: &Path) {
    Sqlite::open(path, NOW).await.expect("a store").close().await;
}

/// Runs SQL on the file, past the store.
async fn execute(path: &Path, sql: &'static str) {
    let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
    let mut connection = options.connect().await.expect("a connection");
    sqlx::raw_sql(sql).execute(&mut connection).await.expect("done");
    connection.close().await.expect("closed");
}

#[tokio::test]
async fn the_files_are_for_their_owner_only() {
    let (folder, path) = place();
    let _store = Sqlite::open(&path, NOW).await.expect("a store");
    for name in ["w.db", "w.db-wal", "w.db-shm"] {
        let meta = fs::metadata(folder.path().join(name)).expect(name);
        assert_eq!(meta.permissions().mode() & 0o777, 0o600, "{name}");
    }
}

#[tokio::test]
async fn what_is_committed_is_on_the_disk() {
    let (_folder, path) = place();
    let store = Sqlite::open(&path, NOW).await.expect("a store");
    for pool in [&store.writer, &store.readers] {
        let row = sqlx::query(
            "SELECT (SELECT journal_mode FROM pragma_journal_mode),
                    (SELECT synchronous FROM pragma_synchronous),
                    (SELECT foreign_keys FROM pragma_foreign_keys)",
        )
        .fetch_one(pool)
        .await
        .expect("read");
        assert_eq!((row.get(0), row.get(1), row.get(2)), ("wal", 2, 1)); // 2: FULL
    }
    let write = sqlx::query("DELETE FROM feed").execute(&store.readers).await;
    assert!(write.is_err(), "readers only read");
}

/// What a daemon of the first schema knew of its feeds is known after the migration.
#[tokio::test]
async fn a_store_of_the_first_schema_is_brought_up_to_date() {
    let (_folder, path) = place();
    execute(&path, include_str!("migrations/0001_first.sql")).await;
    execute(
        &path,
        "INSERT INTO feed (id, url, host, listed, gone, etag, body_at, ttl_ms, next_poll_at)
         VALUES ('a', 'https://a.example/', 'a.example', 1, 0, x'2231', 7000, 900000, 5000),
                ('b', 'https://b.example/', 'b.example', 1, 1, NULL, NULL, NULL, 5000)",
    )
    .await;
    let store = Sqlite::open(&path, NOW).await.expect("a store");
    let at = Timestamp::from_millisecond(8_000).expect("a time");
    let claimed = store.claim_due_feeds(at, Duration::from_secs(60), 9, None, &mut |_| true).await;
    let [claim] = &claimed.expect("claimed")[..] else { panic!("one is gone") };
    assert_eq!(claim.feed.0, "a");
    assert_eq!(claim.validators.etag.as_deref(), Some(&b"\"1"[..]));
    assert_eq!(claim.whole_at, Timestamp::from_millisecond(7_000).ok());
    assert_eq!(claim.wishes.ttl, Some(Duration::from_secs(900)));
    let states: Vec<FeedState> =
        store.feeds().await.expect("read").into_iter().map(|row| row.state).collect();
    assert_eq!(states, [FeedState::New, FeedState::Gone]);
}

#[tokio::test]
async fn a_second_daemon_is_told_who_has_the_store() {
    let (folder, path) = place();
    let store = Sqlite::open(&path, NOW).await.expect("a store");
    let pid = std::process::id();
    let expected = format!("`w.db` is in use by another wirewatch (process {pid})");
    assert_eq!(refused(&path).await, expected);
    let alias = folder.path().join("alias.db");
    symlink(&path, &alias).expect("a link");
    assert_eq!(refused(&alias).await, expected);
    // A command beside the daemon is no second daemon.
    Sqlite::attach(&path).await.expect("attached").close().await;
    store.close().await;
    made(&path).await;
}

#[tokio::test]
async fn a_damaged_file_is_refused_and_left_as_it_is() {
    let (_folder, path) = place();
    fs::write(&path, "this is no database, though it is long enough to be one".repeat(100))
        .expect("written");
    let before = fs::read(&path).expect("read");
    assert_eq!(
        refused(&path).await,
        "`w.db` is damaged: error returned from database: (code: 26) file is not a database"
    );
    let error = Sqlite::attach(&path).await.expect_err("refused");
    assert!(matches!(error, Error::Damaged { .. }), "{error}");
    assert_eq!(fs::read(&path).expect("read"), before);
}

#[tokio::test]
async fn damage_inside_is_found_before_anything_is_written() {
    let (_folder, path) = place();
    made(&path).await;
    let mut bytes = fs::read(&path).expect("read");
    // The head of the second page: no kind of page begins like this.
    bytes[4_096..4_196].fill(0xee);
    fs::write(&path, &bytes).expect("written");
    let said = refused(&path).await;
    assert!(said.starts_with("`w.db` is damaged: "), "{said}");
    assert_eq!(fs::read(&path).expect("read"), bytes);
}

#[tokio::test]
async fn a_newer_or_older_schema_is_refused() {
    let (_folder, path) = place();
    made(&path).await;
    execute(&path, "PRAGMA user_version = 9").await;
    let expected = "`w.db` was written by a newer wirewatch (schema 9, this one knows 2)";
    assert_eq!(refused(&path).await, expected);
    let error = Sqlite::attach(&path).await.expect_err("refused");
    assert_eq!(said(&error, &path), expected);

    execute(&path, "PRAGMA user_version = 0").await;
    let error = Sqlite::attach(&path).await.expect_err("refused");
    let expected = "`w.db` has an older schema (0, this one knows 2): start the daemon once";
    assert_eq!(said(&error, &path), expected);
}

#[tokio::test]
async fn a_database_of_another_program_is_left_alone() {
    let (_folder, path) = place();
    execute(&path, "CREATE TABLE entry (title TEXT)").await;
    let before = fs::read(&path).expect("read");
    let expected = "`w.db` is a database of another program";
    assert_eq!(refused(&path).await, expected);
    let error = Sqlite::attach(&path).await.expect_err("refused");
    assert_eq!(said(&error, &path), expected);
    assert_eq!(fs::read(&path).expect("read"), before);
}

#[tokio::test]
async fn a_place_that_is_not_there_is_said_in_full() {
    let (folder, path) = place();
    let error = Sqlite::attach(&path).await.expect_err("nothing there");
    assert_eq!(error.to_string(), format!("cannot open `{}`", path.display()));
    assert!(!path.exists(), "looking makes nothing");
    let path = folder.path().join("nowhere/w.db");
    let error = Sqlite::open(&path, NOW).await.expect_err("no folder");
    assert_eq!(error.to_string(), format!("cannot open `{}.lock`", path.display()));
    let error = Sqlite::attach(Path::new("nowhere.db")).await.expect_err("nothing there");
    let here = std::env::current_dir().expect("a folder");
    assert_eq!(error.to_string(), format!("cannot open `{}/nowhere.db`", here.display()));
}

#[tokio::test]
async fn a_rollback_of_its_own_accord_is_survived() {
    let (_folder, path) = place();
    let store = Sqlite::open(&path, NOW).await.expect("a store");
    for _ in 0..3 {
        let mut tx = store.begin("trying").await.expect("begun");
        // What SQLite does by itself when the disk is full.
        sqlx::query("ROLLBACK").execute(&mut *tx).await.expect("rolled back");
        assert!(tx.commit().await.is_err());
    }
    store.list_feeds(&[], NOW).await.expect("written");
    store.close().await;
}

#[test]
fn only_doubt_about_what_is_on_the_disk_is_fatal() {
    // CORRUPT, CORRUPT_INDEX, NOTADB, IOERR_FSYNC, IOERR_DIR_FSYNC
    assert!([11, 779, 26, 1_034, 1_290].into_iter().all(is_fatal_code));
    // BUSY, FULL, READONLY, IOERR_WRITE, CANTOPEN
    assert!(![5, 13, 8, 778, 14].into_iter().any(is_fatal_code));
}

#[test]
fn a_store_is_named_by_a_url() {
    #[track_caller]
    fn check(url: &str, path: Option<&str>) {
        assert_eq!(path_of(url), path.map(PathBuf::from), "{url}");
    }
    check("sqlite:wirewatch.db", Some("wirewatch.db"));
    check("sqlite:/var/lib/wirewatch/w.db", Some("/var/lib/wirewatch/w.db"));
    check("sqlite:///var/lib/w.db", Some("/var/lib/w.db"));
    check("sqlite::memory:", None);
    check("sqlite:", None);
    check("wirewatch.db", None);
}
