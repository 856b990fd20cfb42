//! Taking an import back: its payments go, its changes are restored, as far as nothing else rests on them.
//!
//! What stays is what something else speaks of since: an operation, a refund, a later import, a
//! settlement, a signed answer. Evidence of refunds stays in any case: what is refunded is never lowered.

use chrono::{DateTime, Utc};
use hyvitys_domain::{AccountId, OrderLine};
use rusqlite::params;
use serde_json::json;

use super::PaymentKey;
use super::apply::Import;
use super::before::{Before, Line};
use super::row::Known;
use super::sources::{Field, Sources};
use crate::codec::{ms, uuid_blob};
use crate::error::StoreError;
use crate::imports::RunId;
use crate::journal::Happening;
use crate::writer::WriteTx;

/// What undoing an import did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Undone {
    /// Payments, waiting ids that are gone.
    pub removed: usize,
    /// Payments that have their earlier values again.
    pub restored: usize,
    /// Payments that something else speaks of or works on since, and waiting ids that another import brought, too; they
    /// are as they were.
    pub kept: usize,
    /// Refunds of which the import gave evidence. They stay.
    pub refunds_kept: usize,
}

/// What a run did to one payment.
#[derive(Default)]
struct Did {
    made: bool,
    /// As it was before the run first changed it.
    before: Option<String>,
    /// As it was before the run first replaced its lines.
    lines: Option<String>,
}

impl WriteTx<'_> {
    pub(super) fn note_changed(
        &self,
        run: RunId,
        known: &Known,
        lines: Option<&[OrderLine]>,
    ) -> Result<(), StoreError> {
        let before = serde_json::to_string(&Before::of(known, lines))
            .map_err(|error| StoreError::Unreadable(error.to_string()))?;
        self.note(run, "changed", known.key, Some(&before))
    }

    /// Takes an import back, once: `None` if this account has no such import or it is undone. The audit
    /// log has it, and search and sums are those of the payments that are left.
    pub fn undo_import(
        &self,
        account: AccountId,
        run: RunId,
        now: DateTime<Utc>,
    ) -> Result<Option<Undone>, StoreError> {
        let Some(found) = self
            .import_run(account, run)?
            .filter(|found| found.undone_at.is_none())
        else {
            return Ok(None);
        };
        let mut undone = Undone {
            refunds_kept: found.counts.refunds,
            ..Undone::default()
        };
        self.conn()
            .prepare_cached("UPDATE import_run SET undone_at = ?2, owner = NULL WHERE id = ?1")?
            .execute([run.row(), ms(now)])?;
        self.undo_settlement_entries(run)?;
        self.undo_awaited(account, run, &mut undone)?;
        let mut import = Import::new(self, account, None)?;
        for (key, did) in self.did(run)? {
            import.undo(run, key, &did, &mut undone)?;
        }
        import.end(Vec::new())?;
        self.journal(&Happening {
            at: now,
            account: Some(account),
            what: "import.undone",
            operation: None,
            request_id: None,
            detail: json!({
                "import": run.row(), "files": found.files, "removed": undone.removed,
                "restored": undone.restored, "kept": undone.kept, "refundsKept": undone.refunds_kept,
            }),
        })?;
        Ok(Some(undone))
    }

    /// The ids that this import alone lets wait go.
    fn undo_awaited(
        &self,
        account: AccountId,
        run: RunId,
        undone: &mut Undone,
    ) -> Result<(), StoreError> {
        let mine = "account = ?2 AND transaction_id IN
            (SELECT awaited FROM import_change WHERE run = ?1 AND what = 'awaited')";
        let values = [run.row(), account.row()];
        undone.removed += self
            .conn()
            .prepare_cached(&format!(
                "DELETE FROM awaited WHERE {mine} AND NOT EXISTS (
                     SELECT 1 FROM import_change c JOIN import_run r ON r.id = c.run
                     WHERE c.awaited = awaited.transaction_id AND r.id <> ?1
                       AND r.account = ?2 AND r.undone_at IS NULL)"
            ))?
            .execute(values)?;
        let kept: i64 = self
            .conn()
            .prepare_cached(&format!("SELECT count(*) FROM awaited WHERE {mine}"))?
            .query_row(values, |row| row.get(0))?;
        undone.kept += usize::try_from(kept).unwrap_or(0);
        Ok(())
    }

    /// What a run did, payment by payment, without those that it only spoke of.
    fn did(&self, run: RunId) -> Result<Vec<(PaymentKey, Did)>, StoreError> {
        let mut statement = self.conn().prepare_cached(
            "SELECT payment, what, before, json_extract(before, '$.lines') IS NOT NULL
             FROM import_change WHERE run = ?1 AND what IN ('made', 'changed')
             ORDER BY payment, id",
        )?;
        let mut rows = statement.query([run.row()])?;
        let mut all: Vec<(PaymentKey, Did)> = Vec::new();
        while let Some(row) = rows.next()? {
            let key = PaymentKey::from_row(row.get(0)?);
            if all.last().is_none_or(|(last, _)| *last != key) {
                all.push((key, Did::default()));
            }
            let Some((_, did)) = all.last_mut() else {
                continue;
            };
            did.made |= row.get::<_, String>(1)? == "made";
            let before: Option<String> = row.get(2)?;
            if did.lines.is_none() && row.get(3)? {
                did.lines.clone_from(&before);
            }
            did.before = did.before.take().or(before);
        }
        Ok(all)
    }
}

impl Import<'_> {
    fn undo(
        &mut self,
        run: RunId,
        key: PaymentKey,
        did: &Did,
        undone: &mut Undone,
    ) -> Result<(), StoreError> {
        let rest = "WHERE p.id = ?1";
        let Some(known) = self.tx.known(&self.names, rest, &[&key.row()])?.pop() else {
            return Ok(());
        };
        if self.is_needed(run, &known)? {
            undone.kept += 1;
        } else if did.made {
            if Field::ALL
                .iter()
                .filter_map(|field| known.sources.of(*field))
                .any(|source| source.is_signed())
                || known.checked_at.is_some()
            {
                undone.kept += 1;
            } else {
                self.remove(&known)?;
                undone.removed += 1;
            }
        } else if self.restore(&known, did)? {
            undone.restored += 1;
        } else {
            undone.kept += 1;
        }
        Ok(())
    }

    /// Whether anything besides this run speaks of a payment or works on it. Two imports may run at once: what came after
    /// counts by when it was noted, not by which of the two began first.
    fn is_needed(&self, run: RunId, known: &Known) -> Result<bool, StoreError> {
        if !known.refunded.is_zero() || !known.reserved.is_zero() {
            return Ok(true);
        }
        let row = known.key.row();
        let mut statement = self.tx.conn().prepare_cached(
            "SELECT 1 WHERE EXISTS (SELECT 1 FROM operation WHERE account = ?3 AND transaction_id = ?4)
                OR EXISTS (SELECT 1 FROM foreign_refund WHERE payment = ?1)
                OR EXISTS (SELECT 1 FROM settlement_entry WHERE payment = ?1)
                OR EXISTS (SELECT 1 FROM import_change c JOIN import_run r ON r.id = c.run
                    WHERE c.payment = ?1 AND c.run <> ?2 AND r.undone_at IS NULL
                      AND c.id > (SELECT coalesce(min(id), 0) FROM import_change
                          WHERE run = ?2 AND payment = ?1))",
        )?;
        Ok(statement.exists(params![
            row,
            run.row(),
            known.account.row(),
            known.transaction_id.map(uuid_blob),
        ])?)
    }

    fn remove(&mut self, known: &Known) -> Result<(), StoreError> {
        let (status, provider) = self.numbers(known)?;
        self.deltas.count(known, status, provider, -1);
        self.reindex.removed(known);
        for sql in [
            "DELETE FROM line WHERE payment = ?1",
            "DELETE FROM answer WHERE payment = ?1",
            "DELETE FROM import_change WHERE payment = ?1",
            "DELETE FROM payment WHERE id = ?1",
        ] {
            self.tx
                .conn()
                .prepare_cached(sql)?
                .execute([known.key.row()])?;
        }
        Ok(())
    }

    /// Whether anything could be restored.
    fn restore(&mut self, known: &Known, did: &Did) -> Result<bool, StoreError> {
        let read = |text: &String| {
            serde_json::from_str::<Before>(text)
                .map_err(|error| StoreError::Unreadable(error.to_string()))
        };
        let Some(before) = did.before.as_ref().map(read).transpose()? else {
            return Ok(false);
        };
        let mut next = before.restored(known)?;
        let lines_are_free = known
            .sources
            .of(Field::Lines)
            .is_none_or(|source| !source.is_signed());
        let lines = match did.lines.as_ref().filter(|_| lines_are_free) {
            Some(text) => read(text)?.lines,
            None => None,
        };
        if lines.is_some() {
            next.sources
                .restore(Field::Lines, Sources::from_bits(before.sources));
        }
        if next == *known && lines.is_none() {
            return Ok(false);
        }
        self.replace(known, &mut next)?;
        if let Some(lines) = lines {
            let lines: Vec<OrderLine> = lines
                .into_iter()
                .map(Line::into_line)
                .collect::<Result<_, _>>()?;
            self.put_lines(next.key, &lines)?;
        }
        Ok(true)
    }
}
