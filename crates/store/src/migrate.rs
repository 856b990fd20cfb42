//! From every older format to the newest, all steps or none.
//!
//! The format's number is SQLite's `user_version`: each file in `migrations/` brings it one up.
//! All that is pending runs in one transaction, under the write lock, after a backup was taken.
//! A file that is not ours is recognised before anything is set on it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::backup::Backup;
use rusqlite::{Connection, ErrorCode, TransactionBehavior};

use crate::db::{self, Access};
use crate::error::StoreError;

/// All migrations in their order; the n-th (from 1) leads to format n.
pub(crate) const ALL: &[&str] = &[
    include_str!("../migrations/0001_payments.sql"),
    include_str!("../migrations/0002_journal.sql"),
    include_str!("../migrations/0003_setting.sql"),
    include_str!("../migrations/0004_import.sql"),
    include_str!("../migrations/0005_ways_out.sql"),
    include_str!("../migrations/0006_imports.sql"),
    include_str!("../migrations/0007_reason.sql"),
    include_str!("../migrations/0008_batch.sql"),
];

/// Marks a SQLite file as ours: "Hyvi" in ASCII.
const APPLICATION_ID: i64 = 0x4879_7669;

/// Whether the file is ours or empty. Only reads.
pub(crate) fn recognise(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let stranger = |why: &str| StoreError::NotOurs {
        path: path.to_owned(),
        why: why.to_owned(),
    };
    let facts = || -> rusqlite::Result<(i64, i64)> {
        let tables =
            connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        let id = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
        Ok((tables, id))
    };
    match facts() {
        Ok((_, APPLICATION_ID) | (0, 0)) => Ok(()),
        Ok(_) => Err(stranger("it is another program's SQLite file")),
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::NotADatabase) => {
            Err(stranger("it is not a SQLite file"))
        }
        Err(error) => Err(StoreError::open(path, error)),
    }
}

/// Brings the file to the format after the last of `steps`.
pub(crate) fn run(
    connection: &mut Connection,
    path: &Path,
    steps: &[&str],
) -> Result<(), StoreError> {
    let known = i64::try_from(steps.len()).unwrap_or(i64::MAX);
    let failed = |source: Box<dyn std::error::Error + Send + Sync>| StoreError::Migration {
        to: known,
        source,
    };
    if version(connection).map_err(|error| StoreError::open(path, error))? == known {
        return Ok(());
    }
    // The number is read again under the lock: another process may be migrating right now.
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(|error| StoreError::open(path, error))?;
    let found = version(&transaction).map_err(|error| StoreError::open(path, error))?;
    let Some(pending) = usize::try_from(found)
        .ok()
        .and_then(|done| steps.get(done..))
    else {
        return Err(StoreError::NewerFile {
            path: path.to_owned(),
            found,
            known,
        });
    };
    if pending.is_empty() {
        return Ok(());
    }
    if found > 0 {
        back_up(path, known).map_err(&failed)?;
    }
    let migrate = || -> rusqlite::Result<()> {
        for step in pending {
            transaction.execute_batch(step)?;
        }
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", known)
    };
    migrate().map_err(|error| failed(error.into()))?;
    transaction.commit().map_err(|error| failed(error.into()))
}

fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Where the file is kept as it was before it was brought to format `to`.
fn backup_path(path: &Path, to: i64) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".before-v{to}"));
    PathBuf::from(name)
}

/// Copies the file with SQLite's backup API, under a name of its own first, so that a backup that
/// broke off is never taken for a whole one.
fn back_up(path: &Path, to: i64) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let whole = backup_path(path, to);
    let mut part = whole.clone().into_os_string();
    part.push(".part");
    let part = PathBuf::from(part);
    match fs::remove_file(&part) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    db::make_file(&part)?;
    let source = db::connect(path, Access::Read)?;
    let mut target = Connection::open(&part)?;
    Backup::new(&source, &mut target)?.run_to_completion(1024, Duration::ZERO, None)?;
    target.close().map_err(|(_, error)| error)?;
    fs::rename(&part, &whole)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: &str = "CREATE TABLE a(x); INSERT INTO a VALUES (41);";
    const SECOND: &str = "ALTER TABLE a ADD COLUMN y; UPDATE a SET y = x + 1;";
    const BROKEN: &str = "CREATE TABLE b(x); INSERT INTO nowhere VALUES (1);";

    fn at(dir: &tempfile::TempDir, steps: &[&str]) -> Result<Connection, StoreError> {
        let path = dir.path().join("hyvitys.db");
        db::make_file(&path)?;
        let mut connection = db::connect(&path, Access::Write)?;
        recognise(&connection, &path)?;
        db::tune(&connection, Access::Write)?;
        run(&mut connection, &path, steps)?;
        Ok(connection)
    }

    #[test]
    fn a_migration_keeps_what_was_there_and_leaves_a_backup_of_it() {
        let dir = tempfile::tempdir().unwrap();
        drop(at(&dir, &[FIRST]).unwrap());
        let new = at(&dir, &[FIRST, SECOND]).unwrap();
        let y: i64 = new
            .query_row("SELECT y FROM a", [], |row| row.get(0))
            .unwrap();
        assert_eq!((y, version(&new).unwrap()), (42, 2));
        let backup = Connection::open(dir.path().join("hyvitys.db.before-v2")).unwrap();
        let x: i64 = backup
            .query_row("SELECT x FROM a", [], |row| row.get(0))
            .unwrap();
        assert_eq!((x, version(&backup).unwrap()), (41, 1));
        assert!(backup.prepare("SELECT y FROM a").is_err());
    }

    #[test]
    fn a_new_file_has_no_backup_since_there_was_nothing_to_lose() {
        let dir = tempfile::tempdir().unwrap();
        drop(at(&dir, &[FIRST, SECOND]).unwrap());
        assert!(!dir.path().join("hyvitys.db.before-v2").exists());
    }

    #[test]
    fn when_one_step_fails_none_has_happened() {
        let dir = tempfile::tempdir().unwrap();
        drop(at(&dir, &[FIRST]).unwrap());
        let error = at(&dir, &[FIRST, SECOND, BROKEN]).unwrap_err();
        assert!(
            matches!(error, StoreError::Migration { to: 3, .. }),
            "{error}"
        );
        let old = at(&dir, &[FIRST]).unwrap();
        assert_eq!(version(&old).unwrap(), 1);
        assert!(old.prepare("SELECT y FROM a").is_err());
        assert!(old.prepare("SELECT * FROM b").is_err());
    }

    #[test]
    fn a_newer_file_is_refused_and_left_as_it_is() {
        let dir = tempfile::tempdir().unwrap();
        drop(at(&dir, &[FIRST, SECOND]).unwrap());
        let error = at(&dir, &[FIRST]).unwrap_err();
        assert!(
            matches!(
                error,
                StoreError::NewerFile {
                    found: 2,
                    known: 1,
                    ..
                }
            ),
            "{error}"
        );
        drop(at(&dir, &[FIRST, SECOND]).unwrap());
    }
}
