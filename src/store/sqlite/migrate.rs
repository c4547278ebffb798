//! The schema, version by version.
//!
//! A version is a file of SQL, run in one transaction together with `PRAGMA user_version`, so a
//! crash leaves either the old schema or the new one. Versions are never edited, only added.
//! (sqlx's own migrator keeps checksums in a table of its own; a number is enough for us, and
//! an old program can read it to refuse a newer file.)

use std::path::Path;

use sqlx::Row as _;
use sqlx::sqlite::{SqliteConnection, SqlitePool};

use super::{During as _, Error};

/// What takes the schema from version `index` to `index + 1`; each sets `user_version` last.
const MIGRATIONS: [&str; 2] =
    [include_str!("migrations/0001_first.sql"), include_str!("migrations/0002_polite.sql")];

/// The version this program works with.
#[expect(clippy::cast_possible_wrap, reason = "a short list")]
const KNOWN: i64 = MIGRATIONS.len() as i64;
/// The mark in the header of our files: `wire`.
const APPLICATION_ID: i64 = 0x7769_7265;

/// Brings the schema up to date.
pub(super) async fn up(writer: &SqlitePool) -> Result<(), Error> {
    const CONTEXT: &str = "migrating the schema";
    loop {
        let mut tx = writer.begin_with("BEGIN IMMEDIATE").await.during(CONTEXT)?;
        let found: i64 =
            sqlx::query("PRAGMA user_version").fetch_one(&mut *tx).await.during(CONTEXT)?.get(0);
        let Some(sql) = usize::try_from(found).ok().and_then(|index| MIGRATIONS.get(index)) else {
            return Ok(());
        };
        sqlx::raw_sql(*sql).execute(&mut *tx).await.during(CONTEXT)?;
        tx.commit().await.during(CONTEXT)?;
    }
}

/// Whose database is this? One with tables in it and not our mark is another program's, and one
/// of a newer wirewatch is not ours to touch either. Returns its version: 0 while it is empty.
pub(super) async fn expect_ours(probe: &mut SqliteConnection, path: &Path) -> Result<i64, Error> {
    let row = sqlx::query(
        "SELECT (SELECT count(*) FROM sqlite_schema) AS tables,
                (SELECT application_id FROM pragma_application_id) AS mark,
                (SELECT user_version FROM pragma_user_version) AS version",
    )
    .fetch_one(probe)
    .await
    .map_err(|source| super::damaged_or(path, source))?;
    let version = row.get("version");
    if row.get::<i64, _>("tables") > 0 && row.get::<i64, _>("mark") != APPLICATION_ID {
        return Err(Error::Foreign { path: super::shown(path) });
    }
    if version > KNOWN {
        return Err(Error::TooNew { path: super::shown(path), found: version, known: KNOWN });
    }
    Ok(version)
}

/// For a command beside the daemon: the schema must be this program's, for only the daemon
/// migrates.
pub(super) fn expect_current(found: i64, path: &Path) -> Result<(), Error> {
    if found < KNOWN {
        return Err(Error::TooOld { path: super::shown(path), found, known: KNOWN });
    }
    Ok(())
}
