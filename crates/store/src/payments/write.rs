//! Writing payments: their rows, lines and what was said of them, with their keys.

use hyvitys_domain::OrderLine;
use rusqlite::params;

use super::PaymentKey;
use super::apply::Import;
use super::facts::PaymentFacts;
use super::row::Known;
use crate::codec::{ms, uuid_blob};
use crate::error::StoreError;

impl Import<'_> {
    pub(super) fn insert(
        &mut self,
        mut payment: Known,
        lines: &[OrderLine],
        facts: &PaymentFacts,
    ) -> Result<PaymentKey, StoreError> {
        payment.key = self.free_key(payment.key)?;
        let (status, provider) = self.numbers(&payment)?;
        self.tx
            .conn()
            .prepare_cached(
                "INSERT INTO payment (id, account, transaction_id, status, provider, amount,
                    manual_invoice_known, created_zoned, created_precision, sources, first_name,
                    last_name, email, stamp, reference, checked_at, signed_status_at, seen_held)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)",
            )?
            .execute(params![
                payment.key.row(),
                payment.account.row(),
                payment.transaction_id.map(uuid_blob),
                status,
                provider,
                payment.amount.cents(),
                payment.manual_invoice,
                payment.created.time.zoned,
                payment.created.precision.number(),
                payment.sources.bits(),
                payment.first_name,
                payment.last_name,
                payment.email,
                payment.stamp,
                payment.reference,
                payment.checked_at.map(ms),
                payment.signed_status_at.map(ms),
                payment.seen_held,
            ])?;
        self.add_lines(payment.key, lines)?;
        self.put_raw(payment.key, facts)?;
        self.deltas.count(&payment, status, provider, 1);
        self.reindex.added(payment.key);
        if let Some(run) = self.run {
            self.tx.note_made(run, payment.key)?;
        }
        Ok(payment.key)
    }

    /// Writes `next` over `known`; of its key only the time is right, and it is set here.
    pub(super) fn replace(&mut self, known: &Known, next: &mut Known) -> Result<(), StoreError> {
        if next.created.time.at != known.created.time.at {
            next.key = self.move_to(known.key, PaymentKey::first_of(next.created.time.at))?;
        }
        let (status, provider) = self.numbers(known)?;
        self.deltas.count(known, status, provider, -1);
        let (status, provider) = self.numbers(next)?;
        self.deltas.count(next, status, provider, 1);
        self.update(next, status, provider)?;
        self.reindex.changed(known, next);
        Ok(())
    }

    pub(super) fn numbers(&mut self, payment: &Known) -> Result<(i64, i64), StoreError> {
        let status = self.names.status_number(self.tx, &payment.status)?;
        let provider = self
            .names
            .provider_number(self.tx, payment.provider.as_ref())?;
        Ok((status, provider))
    }

    /// Writes what no index knows: who said what, when it was last looked at, and that it was a hold.
    pub(super) fn note(&self, payment: &Known) -> Result<(), StoreError> {
        self.tx
            .conn()
            .prepare_cached(
                "UPDATE payment SET sources = ?2, checked_at = ?3, signed_status_at = ?4,
                    seen_held = ?5
                 WHERE id = ?1",
            )?
            .execute(params![
                payment.key.row(),
                payment.sources.bits(),
                payment.checked_at.map(ms),
                payment.signed_status_at.map(ms),
                payment.seen_held,
            ])?;
        Ok(())
    }

    fn update(&self, payment: &Known, status: i64, provider: i64) -> Result<(), StoreError> {
        self.tx
            .conn()
            .prepare_cached(
                "UPDATE payment SET transaction_id = ?2, status = ?3, provider = ?4,
                    manual_invoice_known = ?5, created_zoned = ?6, created_precision = ?7,
                    sources = ?8, first_name = ?9, last_name = ?10, email = ?11, stamp = ?12,
                    reference = ?13, checked_at = ?14, signed_status_at = ?15, seen_held = ?16
                 WHERE id = ?1",
            )?
            .execute(params![
                payment.key.row(),
                payment.transaction_id.map(uuid_blob),
                status,
                provider,
                payment.manual_invoice,
                payment.created.time.zoned,
                payment.created.precision.number(),
                payment.sources.bits(),
                payment.first_name,
                payment.last_name,
                payment.email,
                payment.stamp,
                payment.reference,
                payment.checked_at.map(ms),
                payment.signed_status_at.map(ms),
                payment.seen_held,
            ])?;
        Ok(())
    }

    /// Gives a payment the key of its better time; what belongs to it follows by its foreign keys.
    fn move_to(&mut self, from: PaymentKey, to: PaymentKey) -> Result<PaymentKey, StoreError> {
        let to = self.free_key(to)?;
        self.tx
            .conn()
            .prepare_cached("UPDATE payment SET id = ?2 WHERE id = ?1")?
            .execute([from.row(), to.row()])?;
        self.moved.insert(from, to);
        Ok(to)
    }

    /// The first key after those that are taken of the same millisecond.
    fn free_key(&self, first: PaymentKey) -> Result<PaymentKey, StoreError> {
        let end = first.end_of_millisecond();
        let last: Option<i64> = self
            .tx
            .conn()
            .prepare_cached("SELECT max(id) FROM payment WHERE id >= ?1 AND id < ?2")?
            .query_row([first.row(), end.row()], |row| row.get(0))?;
        let mut free = last.map_or(first, |last| PaymentKey::from_row(last + 1));
        // A key that was left in this import still means the payment that had it.
        while self.moved.contains_key(&free) {
            free = PaymentKey::from_row(free.row() + 1);
        }
        if free < end {
            Ok(free)
        } else {
            Err(StoreError::Unreadable(
                "there are more than a million payments of the same millisecond".to_owned(),
            ))
        }
    }

    pub(super) fn put_lines(&self, key: PaymentKey, lines: &[OrderLine]) -> Result<(), StoreError> {
        self.tx
            .conn()
            .prepare_cached("DELETE FROM line WHERE payment = ?1")?
            .execute([key.row()])?;
        self.add_lines(key, lines)
    }

    fn add_lines(&self, key: PaymentKey, lines: &[OrderLine]) -> Result<(), StoreError> {
        if lines.is_empty() {
            return Ok(());
        }
        let mut insert = self.tx.conn().prepare_cached(
            "INSERT INTO line (payment, position, stamp, description, product_code, units, amount,
                vat_permille)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?;
        for (position, line) in (0_i64..).zip(lines) {
            insert.execute(params![
                key.row(),
                position,
                line.stamp.as_ref().map(hyvitys_domain::ItemStamp::as_str),
                line.description,
                line.product_code,
                line.units,
                line.amount.cents(),
                line.vat_permille,
            ])?;
        }
        Ok(())
    }

    pub(super) fn put_raw(&self, key: PaymentKey, facts: &PaymentFacts) -> Result<(), StoreError> {
        let Some(text) = &facts.raw else {
            return Ok(());
        };
        self.tx
            .conn()
            .prepare_cached(
                "INSERT INTO answer (payment, source, at, text) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT DO UPDATE SET at = excluded.at, text = excluded.text",
            )?
            .execute(params![
                key.row(),
                facts.source.number(),
                ms(facts.at),
                text
            ])?;
        Ok(())
    }
}
