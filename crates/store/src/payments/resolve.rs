//! Which payment facts are about, and what they would change.
//!
//! By transaction id; else by stamp; else by reference, amount and Finnish calendar day, and only
//! when exactly one payment fits that names no other id or stamp. In doubt nothing is joined: a person decides.

use hyvitys_domain::{AccountId, OrderLine, TransactionId};
use rusqlite::ToSql;

use super::PaymentKey;
use super::facts::{PaymentFacts, Precision, Resolution};
use super::merge::{self, said};
use super::names::Names;
use super::rollup::day_bounds;
use super::row::Known;
use crate::codec::uuid_blob;
use crate::error::StoreError;
use crate::reader::ReadTx;

/// Which payment facts are about.
pub(super) enum Found {
    Nothing,
    One(Box<Known>),
    Several(Vec<PaymentKey>),
}

impl Found {
    fn among(mut candidates: Vec<Known>) -> Found {
        match candidates.len() {
            0 => Found::Nothing,
            1 => candidates
                .pop()
                .map_or(Found::Nothing, |one| Found::One(Box::new(one))),
            _ => Found::Several(candidates.iter().map(|known| known.key).collect()),
        }
    }

    /// All that could be meant.
    pub(super) fn keys(self) -> Vec<PaymentKey> {
        match self {
            Found::Nothing => Vec::new(),
            Found::One(known) => vec![known.key],
            Found::Several(keys) => keys,
        }
    }
}

impl ReadTx<'_> {
    /// What applying these facts would do. Facts of one import don't see each other here.
    pub fn resolve(
        &self,
        account: AccountId,
        facts: &PaymentFacts,
    ) -> Result<Resolution, StoreError> {
        self.resolve_with(&Names::load(self)?, account, facts)
    }

    /// [`ReadTx::resolve`] of many.
    pub fn resolve_all(
        &self,
        account: AccountId,
        facts: &[PaymentFacts],
    ) -> Result<Vec<Resolution>, StoreError> {
        let names = Names::load(self)?;
        facts
            .iter()
            .map(|facts| self.resolve_with(&names, account, facts))
            .collect()
    }

    /// What applying `facts` would do to a payment after `earlier` facts of the same import were taken: to the one that
    /// is stored under `key`, or where there is none yet, to the one that the first of them makes.
    pub fn resolve_after(
        &self,
        account: AccountId,
        key: Option<PaymentKey>,
        earlier: &[&PaymentFacts],
        facts: &PaymentFacts,
    ) -> Result<Resolution, StoreError> {
        let stored = match key {
            Some(key) => {
                let names = Names::load(self)?;
                let found = self.known(&names, "WHERE p.id = ?1", &[&key.row()])?;
                found.into_iter().next()
            }
            None => None,
        };
        let (mut known, mut lines, rest) = match (stored, earlier.split_first()) {
            (Some(known), _) => {
                let lines = self.lines(known.key)?;
                (known, lines, earlier)
            }
            (None, Some((made, rest))) => match merge::first(account, made) {
                Ok((known, lines)) => (known, lines, rest),
                Err(_) => return self.resolve(account, facts),
            },
            (None, None) => return self.resolve(account, facts),
        };
        for said in rest {
            if let Ok(merged) = merge::merge(&known, &lines, said) {
                known = merged.next;
                if merged.lines {
                    lines = said.lines.clone().unwrap_or_default();
                }
            }
        }
        Ok(would_become(&known, &lines, facts))
    }

    fn resolve_with(
        &self,
        names: &Names,
        account: AccountId,
        facts: &PaymentFacts,
    ) -> Result<Resolution, StoreError> {
        let known = match self.find(names, account, facts)? {
            Found::One(known) => known,
            Found::Several(candidates) => return Ok(Resolution::Ambiguous { candidates }),
            Found::Nothing => {
                return Ok(match merge::first(account, facts) {
                    Ok(_) => Resolution::New,
                    Err(missing) => Resolution::Incomplete { missing },
                });
            }
        };
        let lines = if facts.lines.is_some() {
            self.lines(known.key)?
        } else {
            Vec::new()
        };
        Ok(would_become(&known, &lines, facts))
    }

    /// Which payment the facts are about.
    pub(super) fn find(
        &self,
        names: &Names,
        account: AccountId,
        facts: &PaymentFacts,
    ) -> Result<Found, StoreError> {
        let account = account.row();
        if let Some(id) = facts.transaction_id {
            let rest = "WHERE p.account = ?1 AND p.transaction_id = ?2";
            let found = self.known(names, rest, &[&account, &uuid_blob(id)])?;
            if !found.is_empty() {
                return Ok(Found::among(found));
            }
        }
        if let Some(stamp) = said(facts.stamp.as_ref()) {
            let rest = "WHERE p.account = ?1 AND p.stamp = ?2";
            let found = self.known(names, rest, &[&account, &stamp])?;
            if !found.is_empty() {
                return Ok(Found::among(best_of_stamp(found, facts.transaction_id)));
            }
        }
        self.find_by_day(names, account, facts)
    }

    fn find_by_day(
        &self,
        names: &Names,
        account: i64,
        facts: &PaymentFacts,
    ) -> Result<Found, StoreError> {
        let created = facts
            .created
            .filter(|created| created.precision != Precision::Presumed);
        let (Some(reference), Some(amount), Some(created)) =
            (said(facts.reference.as_ref()), facts.amount, created)
        else {
            return Ok(Found::Nothing);
        };
        let (from, to) = day_bounds(merge::kept(created.time).at);
        let values: [&dyn ToSql; 5] = [
            &account,
            &reference,
            &amount.cents(),
            &from.row(),
            &to.row(),
        ];
        let rest = "WHERE p.account = ?1 AND p.reference = ?2 AND p.amount = ?3 \
                    AND p.id >= ?4 AND p.id < ?5 AND p.created_precision < 2";
        let mut found = self.known(names, rest, &values)?;
        // Who names another id or stamp is another payment: a customer's second try looks the same.
        // An id or stamp of ours was looked for above, so whoever has one here has another.
        found.retain(|known| {
            (facts.transaction_id.is_none() || known.transaction_id.is_none())
                && (said(facts.stamp.as_ref()).is_none() || known.stamp.is_none())
        });
        Ok(Found::among(found))
    }
}

fn would_become(known: &Known, lines: &[OrderLine], facts: &PaymentFacts) -> Resolution {
    let key = known.key;
    match merge::merge(known, lines, facts) {
        Ok(merged) if merged.changes.is_empty() => Resolution::Same { key },
        Ok(merged) => Resolution::Changed {
            key,
            changes: merged.changes,
        },
        Err(why) => Resolution::Conflict { key, why },
    }
}

/// A stamp is meant to be unique. Where it is not, facts with an id fit what has none yet, and facts without
/// one fit what has one.
fn best_of_stamp(found: Vec<Known>, id: Option<TransactionId>) -> Vec<Known> {
    let fits = |known: &Known| known.transaction_id.is_none() == id.is_some();
    if found.len() > 1 && found.iter().filter(|known| fits(known)).count() == 1 {
        found.into_iter().filter(fits).collect()
    } else {
        found
    }
}
