//! The store in one SQLite file.
//!
//! One connection writes, each transaction `BEGIN IMMEDIATE`, so that a transaction which reads
//! before it writes can never find its snapshot outdated; a few connections read. WAL with
//! `synchronous=FULL`: what was committed survives a power cut (`NORMAL` loses it, tried). A
//! lock file beside the database keeps a second daemon out.

mod deliveries;
mod feeds;
mod history;
mod migrate;
mod polls;
mod prune;
mod rows;

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, Connection as _, Row as _, Sqlite as Db, Transaction};

use super::Error;
use crate::alert::Namespace;

/// The first SQLite that cannot lose committed WAL writes with several connections.
/// Source: SQLite change log, 3.51.3, the WAL-reset bug.
const SQLITE_MIN: &str = "3.51.3";
/// Connections that read.
const READERS: u32 = 3;
/// How long a statement waits for another process's lock.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// A WAL file is cut back to this after a checkpoint.
const WAL_BYTES_MAX: &str = "67108864";

/// One SQLite file: one writer, a few readers.
#[derive(Debug)]
pub(crate) struct Sqlite {
    writer: SqlitePool,
    readers: SqlitePool,
    namespace: Namespace,
    /// Held until the daemon ends; a command beside it has none.
    lock: Option<File>,
}

/// Names what was being done where the database fails.
trait During<T> {
    fn during(self, context: &'static str) -> Result<T, Error>;
}

impl<T> During<T> for Result<T, sqlx::Error> {
    fn during(self, context: &'static str) -> Result<T, Error> {
        self.map_err(|source| Error::Database { context, source })
    }
}

impl Sqlite {
    /// Opens the store for the daemon: takes the lock, checks, migrates, and ends the leases
    /// that a process before us left behind.
    pub(crate) async fn open(path: &Path, now: Timestamp) -> Result<Self, Error> {
        let lock = take_lock(path)?;
        create_private(path)?;
        let mut probe = probe(path).await?;
        expect_whole(&mut probe, path).await?;
        migrate::expect_ours(&mut probe, path).await?;
        probe.close().await.during("opening the database")?;
        let mut store = Self::connect(path).await?;
        store.lock = Some(lock);
        migrate::up(&store.writer).await?;
        store.namespace = store.read_namespace().await?;
        store.end_leases(now).await?;
        Ok(store)
    }

    /// Opens the store beside a running daemon, for commands: no lock, no migration. The file
    /// must exist.
    pub(crate) async fn attach(path: &Path) -> Result<Self, Error> {
        if let Err(source) = File::open(path) {
            return Err(Error::File { path: shown(path), source });
        }
        let mut probe = probe(path).await?;
        migrate::expect_current(migrate::expect_ours(&mut probe, path).await?, path)?;
        let mut store = Self::connect(path).await?;
        store.namespace = store.read_namespace().await?;
        Ok(store)
    }

    async fn connect(path: &Path) -> Result<Self, Error> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY_TIMEOUT)
            .pragma("cell_size_check", "ON")
            .pragma("mmap_size", "0") // an I/O error stays an error, and is no SIGBUS
            .pragma("journal_size_limit", WAL_BYTES_MAX);
        let pool = |size| {
            SqlitePoolOptions::new()
                .max_connections(size)
                .idle_timeout(None)
                .max_lifetime(None)
                .acquire_timeout(Duration::from_secs(30))
                // On a full disk SQLite rolls back by itself. sqlx, whose own rollback then
                // fails, takes that transaction for open for ever: such a connection is closed,
                // and the next one begins anew.
                .after_release(|connection, _| {
                    let clean = !connection.is_in_transaction();
                    Box::pin(async move { Ok(clean) })
                })
        };
        let opened = async {
            let writer = pool(1).connect_with(options.clone()).await?;
            let readers = pool(READERS).connect_with(options.pragma("query_only", "ON")).await?;
            Ok((writer, readers))
        };
        let (writer, readers) = opened.await.map_err(|source| damaged_or(path, source))?;
        let store = Self { writer, readers, namespace: Namespace(String::new()), lock: None };
        store.expect_sqlite_min().await?;
        Ok(store)
    }

    /// The bundled SQLite is new enough; checked all the same, for a build may link another.
    async fn expect_sqlite_min(&self) -> Result<(), Error> {
        let row = sqlx::query("SELECT sqlite_version()")
            .fetch_one(&self.readers)
            .await
            .during("asking for SQLite's version")?;
        let found: String = row.get(0);
        let parts = |version: &str| -> Vec<u32> {
            version.split('.').map(|part| part.parse().unwrap_or(0)).collect()
        };
        if parts(&found) < parts(SQLITE_MIN) {
            return Err(Error::SqliteTooOld { found, needed: SQLITE_MIN });
        }
        Ok(())
    }

    async fn read_namespace(&self) -> Result<Namespace, Error> {
        let row = sqlx::query("SELECT value FROM meta WHERE key = 'namespace'")
            .fetch_one(&self.readers)
            .await
            .during("reading the namespace")?;
        Ok(Namespace(row.get(0)))
    }

    /// One process owns the file, so whatever was claimed before it started is free.
    async fn end_leases(&self, now: Timestamp) -> Result<(), Error> {
        let mut tx = self.begin("ending old leases").await?;
        sqlx::query("UPDATE feed SET lease_until = 0 WHERE lease_until <> 0")
            .execute(&mut *tx)
            .await
            .during("ending old leases")?;
        sqlx::query(
            "UPDATE delivery SET state = 0, lease_until = 0, next_attempt_at = ?1 WHERE state = 1",
        )
        .bind(now.as_millisecond())
        .execute(&mut *tx)
        .await
        .during("ending old leases")?;
        tx.commit().await.during("ending old leases")
    }

    /// Begins a transaction that writes.
    async fn begin(&self, context: &'static str) -> Result<Transaction<'static, Db>, Error> {
        self.writer.begin_with("BEGIN IMMEDIATE").await.during(context)
    }

    /// The random value that alert ids are made with.
    pub(crate) fn namespace(&self) -> &Namespace {
        &self.namespace
    }

    /// Closes the file softly: SQLite writes the WAL back, and the lock is released.
    pub(crate) async fn close(self) {
        self.readers.close().await;
        self.writer.close().await;
        drop(self.lock);
    }
}

/// One connection that changes nothing about the file, not even its journal: for a look at it
/// before anything is written.
async fn probe(path: &Path) -> Result<SqliteConnection, Error> {
    SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(BUSY_TIMEOUT)
        .pragma("cell_size_check", "ON")
        .connect()
        .await
        .map_err(|source| damaged_or(path, source))
}

/// Looks whether the file is whole. It is never mended or replaced here: that would lose what
/// can still be saved.
async fn expect_whole(probe: &mut SqliteConnection, path: &Path) -> Result<(), Error> {
    let row = sqlx::query("PRAGMA quick_check(1)").fetch_one(probe).await;
    let verdict: String = match row {
        Ok(row) => row.get(0),
        Err(source) => return Err(damaged_or(path, source)),
    };
    if verdict == "ok" {
        return Ok(());
    }
    Err(Error::Damaged { path: shown(path), detail: verdict })
}

/// A file that SQLite refuses as such is damaged; everything else is said as it is.
fn damaged_or(path: &Path, source: sqlx::Error) -> Error {
    match code(&source).map(|code| code & PRIMARY) {
        Some(SQLITE_CORRUPT | SQLITE_NOTADB) => {
            Error::Damaged { path: shown(path), detail: source.to_string() }
        }
        _ => Error::Database { context: "opening the database", source },
    }
}

/// Whether the file is damaged, or a failed fsync makes everything before it doubtful.
pub(super) fn is_fatal(error: &sqlx::Error) -> bool {
    code(error).is_some_and(is_fatal_code)
}

const fn is_fatal_code(code: u32) -> bool {
    matches!(code & PRIMARY, SQLITE_CORRUPT | SQLITE_NOTADB)
        || matches!(code, SQLITE_IOERR_FSYNC | SQLITE_IOERR_DIR_FSYNC)
}

/// SQLite's extended result code. Source: sqlite.org/rescode.html.
fn code(error: &sqlx::Error) -> Option<u32> {
    error.as_database_error()?.code()?.parse().ok()
}

/// The part of a code that is not its extension.
const PRIMARY: u32 = 0xff;
const SQLITE_CORRUPT: u32 = 11;
const SQLITE_NOTADB: u32 = 26;
const SQLITE_IOERR_FSYNC: u32 = 0x040a;
const SQLITE_IOERR_DIR_FSYNC: u32 = 0x050a;

/// A path for messages, in full: one that is relative is so to the working directory, which a
/// reader of a log does not know.
fn shown(path: &Path) -> String {
    std::path::absolute(path).as_deref().unwrap_or(path).display().to_string()
}

/// Takes the lock that says: this daemon owns the store. The file holds our process id.
fn take_lock(path: &Path) -> Result<File, Error> {
    // Two names of one file must not make two locks.
    let path = &path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let mut lock_path = path.as_os_str().to_owned();
    lock_path.push(".lock");
    let lock_path = PathBuf::from(lock_path);
    let failed = |source| Error::File { path: shown(&lock_path), source };
    let mut options = OpenOptions::new();
    let mut lock = options
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&lock_path)
        .map_err(failed)?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut text = String::new();
            // Best effort: the message is good without it.
            let _ = lock.read_to_string(&mut text);
            return Err(Error::InUse { path: shown(path), holder: text.trim().parse().ok() });
        }
        Err(TryLockError::Error(source)) => return Err(failed(source)),
    }
    let write = |lock: &mut File| {
        lock.set_len(0)?;
        lock.rewind()?;
        writeln!(lock, "{}", std::process::id())
    };
    write(&mut lock).map_err(failed)?;
    Ok(lock)
}

/// Creates the database file for its owner's eyes only; one that is there stays as it is.
fn create_private(path: &Path) -> Result<(), Error> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let created = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    match created {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(source) => Err(Error::File { path: shown(path), source }),
    }
}

/// The file that `sqlite:FILE` names.
pub(crate) fn path_of(url: &str) -> Option<PathBuf> {
    let path = url.strip_prefix("sqlite:")?;
    let path = path.strip_prefix("//").unwrap_or(path);
    (!path.is_empty() && !path.starts_with(':')).then(|| PathBuf::from(path))
}

#[cfg(test)]
mod tests;
