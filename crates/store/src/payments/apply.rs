//! Takes facts in: joins, merges, and keeps rows, lines, answers, search and sums in step.

use std::collections::HashMap;

use hyvitys_domain::{AccountId, OrderLine};
use rusqlite::params;

use super::PaymentKey;
use super::facts::{Applied, Outcome, PaymentFacts};
use super::merge;
use super::names::Names;
use super::resolve::Found;
use super::rollup::Deltas;
use super::row::Known;
use super::search::Reindex;
use crate::codec::{ms, uuid_blob};
use crate::error::StoreError;
use crate::imports::RunId;
use crate::writer::WriteTx;

impl WriteTx<'_> {
    /// Takes in what a source says, in its order; later facts see the earlier ones.
    ///
    /// Facts that are ambiguous, contradict what is known or say too little change nothing and are
    /// counted. Applying the same facts again changes nothing.
    pub fn apply(&self, account: AccountId, facts: &[PaymentFacts]) -> Result<Applied, StoreError> {
        let mut import = Import::new(self, account, None)?;
        let mut outcomes = Vec::with_capacity(facts.len());
        for facts in facts {
            outcomes.push(import.take(facts)?);
        }
        import.end(outcomes)
    }

    /// [`WriteTx::apply`] as a part of an import, with what undoing it needs. Facts with a payment
    /// beside them are that payment's, by a person's choice: they are not joined by the rules, and
    /// still contradict where they contradict. A payment that is gone makes them ambiguous again.
    /// With `overlaps`, payments of which nothing new is said are noted, too: undoing an earlier import
    /// leaves them, since this one speaks of them. The same file again is no second witness.
    pub fn apply_in_run(
        &self,
        account: AccountId,
        run: RunId,
        overlaps: bool,
        facts: &[(PaymentFacts, Option<PaymentKey>)],
    ) -> Result<Applied, StoreError> {
        let mut import = Import::new(self, account, Some(run))?;
        import.overlaps = overlaps;
        let mut outcomes = Vec::with_capacity(facts.len());
        for (facts, chosen) in facts {
            outcomes.push(match chosen {
                Some(key) => import.take_as(*key, facts)?,
                None => import.take(facts)?,
            });
        }
        import.end(outcomes)
    }

    /// Takes in what a source says of exactly this payment, whatever else it could be joined by: a person
    /// has said which one is meant. One that is gone is ambiguous.
    pub fn apply_to(
        &self,
        account: AccountId,
        key: PaymentKey,
        facts: &PaymentFacts,
    ) -> Result<Outcome, StoreError> {
        let mut import = Import::new(self, account, None)?;
        let outcome = import.take_as(key, facts)?;
        let applied = import.end(vec![outcome])?;
        Ok(applied
            .outcomes
            .into_iter()
            .next()
            .unwrap_or(Outcome::Ambiguous))
    }
}

fn count(mut outcomes: Vec<Outcome>, moved: &HashMap<PaymentKey, PaymentKey>) -> Applied {
    let mut applied = Applied::default();
    for outcome in &mut outcomes {
        match outcome {
            Outcome::New(key) => {
                applied.new += 1;
                follow(key, moved);
            }
            Outcome::Changed(key) => {
                applied.changed += 1;
                follow(key, moved);
            }
            Outcome::Same(key) => {
                applied.same += 1;
                follow(key, moved);
            }
            Outcome::Conflict(key) => {
                applied.conflict += 1;
                follow(key, moved);
            }
            Outcome::Ambiguous => applied.ambiguous += 1,
            Outcome::Incomplete => applied.incomplete += 1,
        }
    }
    applied.outcomes = outcomes;
    applied
}

/// A payment that got a better time later in the same import has another key by now.
fn follow(key: &mut PaymentKey, moved: &HashMap<PaymentKey, PaymentKey>) {
    while let Some(next) = moved.get(key) {
        *key = *next;
    }
}

/// Changes of many payments, with their search and sums brought up to date at the end.
pub(super) struct Import<'t> {
    pub(super) tx: &'t WriteTx<'t>,
    pub(super) names: Names,
    account: AccountId,
    pub(super) deltas: Deltas,
    pub(super) reindex: Reindex,
    moved: HashMap<PaymentKey, PaymentKey>,
    awaiting: bool,
    /// What undoing is noted for.
    run: Option<RunId>,
    /// Whether it is noted, too, where nothing new is said.
    overlaps: bool,
}

impl<'t> Import<'t> {
    pub(super) fn new(
        tx: &'t WriteTx<'t>,
        account: AccountId,
        run: Option<RunId>,
    ) -> Result<Import<'t>, StoreError> {
        Ok(Import {
            tx,
            names: Names::load(tx)?,
            account,
            deltas: Deltas::default(),
            reindex: Reindex::default(),
            moved: HashMap::new(),
            awaiting: tx.is_awaiting(account)?,
            run,
            overlaps: false,
        })
    }

    /// Writes sums and search, and counts.
    pub(super) fn end(self, outcomes: Vec<Outcome>) -> Result<Applied, StoreError> {
        self.deltas.write(self.tx)?;
        self.reindex.write(self.tx)?;
        Ok(count(outcomes, &self.moved))
    }
}

impl Import<'_> {
    fn take_as(&mut self, key: PaymentKey, facts: &PaymentFacts) -> Result<Outcome, StoreError> {
        let mut now = key;
        follow(&mut now, &self.moved);
        let rest = "WHERE p.account = ?1 AND p.id = ?2";
        let values: [&dyn rusqlite::ToSql; 2] = [&self.account.row(), &now.row()];
        // Its id may have come to another payment since a person chose.
        if let Some(id) = facts.transaction_id
            && let Some(other) = self.tx.payment(self.account, id)?
            && other.key != now
        {
            return Ok(Outcome::Conflict(other.key));
        }
        match self.tx.known(&self.names, rest, &values)?.pop() {
            Some(known) => self.take_found(Found::One(Box::new(known)), facts),
            None => Ok(Outcome::Ambiguous),
        }
    }

    fn take(&mut self, facts: &PaymentFacts) -> Result<Outcome, StoreError> {
        let found = self.tx.find(&self.names, self.account, facts)?;
        self.take_found(found, facts)
    }

    fn take_found(&mut self, found: Found, facts: &PaymentFacts) -> Result<Outcome, StoreError> {
        let outcome = match found {
            Found::Nothing => match merge::first(self.account, facts) {
                Ok((known, lines)) => Outcome::New(self.insert(known, &lines, facts)?),
                Err(_) => Outcome::Incomplete,
            },
            Found::One(known) => self.merge(&known, facts)?,
            Found::Several(_) => Outcome::Ambiguous,
        };
        if let (true, Some(id), Some(_)) = (self.awaiting, facts.transaction_id, outcome.key()) {
            self.tx.arrived(self.account, id)?;
        }
        Ok(outcome)
    }

    fn insert(
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

    fn merge(&mut self, known: &Known, facts: &PaymentFacts) -> Result<Outcome, StoreError> {
        let lines = match &facts.lines {
            Some(_) => self.tx.lines(known.key)?,
            None => Vec::new(),
        };
        let Ok(merged) = merge::merge(known, &lines, facts) else {
            return Ok(Outcome::Conflict(known.key));
        };
        let mut next = merged.next;
        if merged.changes.is_empty() {
            if let Some(run) = self.run.filter(|_| self.overlaps || next != *known) {
                self.tx.note_seen(run, known.key)?;
            }
            if next != *known {
                self.note(&next)?;
            }
            return Ok(Outcome::Same(known.key));
        }
        if let Some(run) = self.run {
            let lines = merged.lines.then_some(lines.as_slice());
            self.tx.note_changed(run, known, lines)?;
        }
        self.replace(known, &mut next)?;
        if merged.lines {
            self.put_lines(next.key, facts.lines.as_deref().unwrap_or_default())?;
        }
        self.put_raw(next.key, facts)?;
        Ok(Outcome::Changed(next.key))
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
    fn note(&self, payment: &Known) -> Result<(), StoreError> {
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

    fn put_raw(&self, key: PaymentKey, facts: &PaymentFacts) -> Result<(), StoreError> {
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
