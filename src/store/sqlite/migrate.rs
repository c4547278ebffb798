//! The schema, version by version.
//!
//! A version is a file of SQL, run in one transaction together with `PRAGMA user_version`, so a
//! crash leaves either the old schema or the new one. Versions are never edited, only added.
//! (sqlx's own migrator keeps checksums in a table of its own; a number is enough for us, and
//! an old program can read it to refuse a newer file.)

use std::path::Path;

use sqlx::Row as _;
use sqlx::sqlite::SqlitePool;

use super::{During as _, Error};

/// What takes the schema from version `index` to `index + 1`; each sets `user_version` last.
const MIGRATIONS: [&str; 1] = [include_str!("migrations/0001_first.sql")];

/// The version this program works with.
#[expect(clippy::cast_possible_wrap, reason = "a short list")]
const KNOWN: i64 = MIGRATIONS.len() as i64;

/// Brings the schema up to date; refuses one that a newer program wrote.
pub(super) async fn up(writer: &SqlitePool, path: &Path) -> Result<(), Error> {
    const CONTEXT: &str = "migrating the schema";
    loop {
        let mut tx = writer.begin_with("BEGIN IMMEDIATE").await.during(CONTEXT)?;
        let found: i64 =
            sqlx::query("PRAGMA user_version").fetch_one(&mut *tx).await.during(CONTEXT)?.get(0);
        if found > KNOWN {
            return Err(too_new(path, found));
        }
        let Some(sql) = usize::try_from(found).ok().and_then(|index| MIGRATIONS.get(index)) else {
            return Ok(());
        };
        sqlx::raw_sql(*sql).execute(&mut *tx).await.during(CONTEXT)?;
        tx.commit().await.during(CONTEXT)?;
    }
}

/// For a command beside the daemon: the schema must be ours, for only the daemon migrates.
pub(super) async fn expect_current(readers: &SqlitePool, path: &Path) -> Result<(), Error> {
    let row = sqlx::query("PRAGMA user_version").fetch_one(readers).await;
    let found: i64 = row.map_err(|source| super::damaged_or(path, source))?.get(0);
    match found {
        found if found > KNOWN => Err(too_new(path, found)),
        found if found < KNOWN => {
            Err(Error::TooOld { path: path.display().to_string(), found, known: KNOWN })
        }
        _ => Ok(()),
    }
}

fn too_new(path: &Path, found: i64) -> Error {
    Error::TooNew { path: path.display().to_string(), found, known: KNOWN }
}
