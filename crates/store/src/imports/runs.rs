//! Runs: each import that changed something, and what it did to each payment.

use chrono::{DateTime, Utc};
use hyvitys_domain::{AccountId, TransactionId};
use rusqlite::{OptionalExtension, Row, params};

use crate::codec::{ms, optional_time, parsed, time, uuid_blob};
use crate::error::StoreError;
use crate::journal::{Owner, OwnerId};
use crate::payments::PaymentKey;
use crate::reader::ReadTx;
use crate::writer::WriteTx;

/// An import's key in this file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunId(i64);

impl RunId {
    /// The import with this number.
    pub const fn from_row(row: i64) -> RunId {
        RunId(row)
    }

    /// Its number.
    pub const fn row(self) -> i64 {
        self.0
    }
}

/// How much an import did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RunCounts {
    /// Payments that it made.
    pub new: usize,
    /// Rows that changed a payment.
    pub changed: usize,
    /// Refunds of which it gave evidence.
    pub refunds: usize,
    /// Ids that wait for their payments since.
    pub awaited: usize,
}

/// An import, as far as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportRun {
    /// Its key.
    pub id: RunId,
    /// Whose.
    pub account: AccountId,
    /// When (UTC).
    pub at: DateTime<Utc>,
    /// Who was logged in to the operating system.
    pub os_user: String,
    /// The names of the files.
    pub files: Vec<String>,
    /// How much it did.
    pub counts: RunCounts,
    /// When it was undone (UTC).
    pub undone_at: Option<DateTime<Utc>>,
    /// Who does it; `None` once it has ended. Where that process is gone, it was broken off: what is counted is kept.
    pub owner: Option<OwnerId>,
}

const COLUMNS: &str = "id, account, at, os_user, files, new, changed, refunds, awaited, undone_at, owner FROM import_run";

/// An import of which nothing is noted.
const DID_NOTHING: &str = "new + changed + refunds + awaited = 0
    AND NOT EXISTS (SELECT 1 FROM import_change WHERE run = import_run.id)
    AND NOT EXISTS (SELECT 1 FROM settlement_entry WHERE run = import_run.id)
    AND NOT EXISTS (SELECT 1 FROM settlement_seen WHERE run = import_run.id)";

fn read(row: &Row<'_>) -> rusqlite::Result<ImportRun> {
    let count = |column: usize| -> rusqlite::Result<usize> {
        Ok(usize::try_from(row.get::<_, i64>(column)?).unwrap_or(0))
    };
    Ok(ImportRun {
        id: RunId(row.get(0)?),
        account: AccountId::from_row(row.get(1)?),
        at: time(row, 2)?,
        os_user: row.get(3)?,
        files: parsed(row, 4, "a list of files", |text| {
            serde_json::from_str(text).ok()
        })?,
        counts: RunCounts {
            new: count(5)?,
            changed: count(6)?,
            refunds: count(7)?,
            awaited: count(8)?,
        },
        undone_at: optional_time(row, 9)?,
        owner: row
            .get::<_, Option<String>>(10)?
            .and_then(|text| OwnerId::parse(&text)),
    })
}

impl ReadTx<'_> {
    /// The imports of an account, newest first.
    pub fn import_runs(&self, account: AccountId) -> Result<Vec<ImportRun>, StoreError> {
        let sql = format!("SELECT {COLUMNS} WHERE account = ?1 ORDER BY id DESC");
        let mut statement = self.conn().prepare_cached(&sql)?;
        let runs = statement.query_map([account.row()], read)?;
        Ok(runs.collect::<Result<_, _>>()?)
    }

    /// One import of an account.
    pub fn import_run(
        &self,
        account: AccountId,
        id: RunId,
    ) -> Result<Option<ImportRun>, StoreError> {
        let sql = format!("SELECT {COLUMNS} WHERE account = ?1 AND id = ?2");
        Ok(self
            .conn()
            .prepare_cached(&sql)?
            .query_row([account.row(), id.0], read)
            .optional()?)
    }
}

impl WriteTx<'_> {
    /// Begins an import of the process `owner`; [`WriteTx::end_import`] ends it.
    pub fn begin_import(
        &self,
        account: AccountId,
        files: &[String],
        owner: OwnerId,
        now: DateTime<Utc>,
    ) -> Result<RunId, StoreError> {
        self.conn()
            .prepare_cached(
                "INSERT INTO import_run (account, at, os_user, files, owner) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![
                account.row(),
                ms(now),
                self.context().os_user,
                serde_json::json!(files).to_string(),
                owner.to_string(),
            ])?;
        Ok(RunId(self.conn().last_insert_rowid()))
    }

    /// Adds to what an import did.
    pub fn add_to_import(&self, run: RunId, counts: RunCounts) -> Result<(), StoreError> {
        let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        self.conn()
            .prepare_cached(
                "UPDATE import_run SET new = new + ?2, changed = changed + ?3,
                    refunds = refunds + ?4, awaited = awaited + ?5
                 WHERE id = ?1",
            )?
            .execute([
                run.0,
                number(counts.new),
                number(counts.changed),
                number(counts.refunds),
                number(counts.awaited),
            ])?;
        Ok(())
    }

    /// Ends an import, and forgets it if it did nothing; says whether there is anything to undo.
    pub fn end_import(&self, run: RunId) -> Result<bool, StoreError> {
        let forgotten = self
            .conn()
            .prepare_cached(&format!(
                "DELETE FROM import_run WHERE id = ?1 AND {DID_NOTHING}"
            ))?
            .execute([run.0])?;
        self.conn()
            .prepare_cached("UPDATE import_run SET owner = NULL WHERE id = ?1")?
            .execute([run.0])?;
        Ok(forgotten == 0)
    }

    /// Forgets imports whose process ended before they did anything. Those that did something stay as they are:
    /// broken off, and to be undone.
    pub(crate) fn forget_imports(&self) -> Result<(), StoreError> {
        let mut statement = self.conn().prepare_cached(&format!(
            "SELECT id, owner FROM import_run WHERE owner IS NOT NULL AND undone_at IS NULL AND {DID_NOTHING}"
        ))?;
        let begun = statement.query_map([], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?))
        })?;
        let begun: Vec<(i64, String)> = begun.collect::<Result<_, _>>()?;
        for (run, owner) in begun {
            let alive = OwnerId::parse(&owner)
                .is_some_and(|owner| !Owner::is_gone(&self.context().dir, owner));
            if !alive {
                self.conn()
                    .prepare_cached("DELETE FROM import_run WHERE id = ?1")?
                    .execute([run])?;
            }
        }
        Ok(())
    }

    /// Notes that an import lets these ids wait; to be called before they do. With `overlaps`, ids that an
    /// earlier import lets wait are noted, too: undoing that one leaves them. One that waits by itself is no
    /// import's.
    pub fn note_awaited(
        &self,
        run: RunId,
        account: AccountId,
        overlaps: bool,
        ids: &[TransactionId],
    ) -> Result<(), StoreError> {
        let mut note = self.conn().prepare_cached(
            "INSERT INTO import_change (run, what, awaited)
             SELECT ?1, 'awaited', ?3
             WHERE NOT EXISTS (SELECT 1 FROM payment WHERE account = ?2 AND transaction_id = ?3)
               AND NOT EXISTS (SELECT 1 FROM import_change WHERE run = ?1 AND awaited = ?3)
               AND (NOT EXISTS (SELECT 1 FROM awaited WHERE account = ?2 AND transaction_id = ?3)
                    OR (?4 AND EXISTS (SELECT 1 FROM import_change c JOIN import_run r ON r.id = c.run
                        WHERE c.awaited = ?3 AND r.account = ?2 AND r.undone_at IS NULL)))",
        )?;
        for id in ids {
            note.execute(params![run.0, account.row(), uuid_blob(*id), overlaps])?;
        }
        Ok(())
    }

    pub(crate) fn note_made(&self, run: RunId, payment: PaymentKey) -> Result<(), StoreError> {
        self.note(run, "made", payment, None)
    }

    pub(crate) fn note_seen(&self, run: RunId, payment: PaymentKey) -> Result<(), StoreError> {
        self.note(run, "seen", payment, None)
    }

    /// `before` is JSON.
    pub(crate) fn note(
        &self,
        run: RunId,
        what: &str,
        payment: PaymentKey,
        before: Option<&str>,
    ) -> Result<(), StoreError> {
        self.conn()
            .prepare_cached(
                "INSERT INTO import_change (run, what, payment, before) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![run.0, what, payment.row(), before])?;
        Ok(())
    }
}
