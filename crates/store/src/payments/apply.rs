//! Takes facts in: joins, merges, and keeps rows, lines, answers, search and sums in step.

use std::collections::HashMap;

use hyvitys_domain::AccountId;

use super::PaymentKey;
use super::facts::{Applied, Outcome, PaymentFacts};
use super::merge;
use super::names::Names;
use super::resolve::Found;
use super::rollup::Deltas;
use super::row::Known;
use super::search::Reindex;
use crate::error::StoreError;
use crate::imports::RunId;
use crate::writer::WriteTx;

/// A person's word to which of several payments facts belong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// The payment, by its key now; `None` where it is gone.
    pub payment: Option<PaymentKey>,
    /// All that the person could choose from, by their keys now.
    pub candidates: Vec<PaymentKey>,
}

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

    /// [`WriteTx::apply`] as a part of an import, with what undoing it needs. Facts with a choice
    /// beside them are the chosen payment's, and still contradict where they contradict; where that one is not among
    /// those that they could mean by now, they are ambiguous again.
    /// With `overlaps`, payments of which nothing new is said are noted, too: undoing an earlier import
    /// leaves them, since this one speaks of them. The same file again is no second witness.
    pub fn apply_in_run(
        &self,
        account: AccountId,
        run: RunId,
        overlaps: bool,
        facts: &[(PaymentFacts, Option<Chosen>)],
    ) -> Result<Applied, StoreError> {
        let mut import = Import::new(self, account, Some(run))?;
        import.overlaps = overlaps;
        let mut outcomes = Vec::with_capacity(facts.len());
        for (facts, chosen) in facts {
            outcomes.push(match chosen {
                Some(chosen) => import.take_chosen(chosen, facts)?,
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
    pub(super) moved: HashMap<PaymentKey, PaymentKey>,
    awaiting: bool,
    /// What undoing is noted for.
    pub(super) run: Option<RunId>,
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

    /// A key is a time: a payment with a better one leaves it, and another may take it. So whom the facts could mean is
    /// asked again, and the word counts only among payments that the person saw.
    fn take_chosen(
        &mut self,
        chosen: &Chosen,
        facts: &PaymentFacts,
    ) -> Result<Outcome, StoreError> {
        let now = |key: &PaymentKey| {
            let mut key = *key;
            follow(&mut key, &self.moved);
            key
        };
        let Some(payment) = chosen.payment.as_ref().map(now) else {
            return Ok(Outcome::Ambiguous);
        };
        let seen: Vec<PaymentKey> = chosen.candidates.iter().map(now).collect();
        // Its id may have come to another payment since.
        if let Some(id) = facts.transaction_id
            && let Some(other) = self.tx.payment(self.account, id)?
            && other.key != payment
        {
            return Ok(Outcome::Conflict(other.key));
        }
        let meant = self.tx.find(&self.names, self.account, facts)?.keys();
        if meant.contains(&payment) && meant.iter().all(|key| seen.contains(key)) {
            self.take_as(payment, facts)
        } else {
            Ok(Outcome::Ambiguous)
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
}
