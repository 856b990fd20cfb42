//! The payments of one plan: which rows speak of the same one, so that each is counted once.
//!
//! The rules are those by which facts join stored payments: by transaction id; else by stamp; else by reference, amount
//! and Finnish day, and only when exactly one payment fits that names no other id or stamp.

use std::collections::HashMap;

use chrono::NaiveDate;
use hyvitys_domain::TransactionId;
use hyvitys_store::payments::{PaymentFacts, PaymentKey, Precision};

use super::dates::finnish_day;

/// A payment that rows of a plan speak of.
pub(super) struct PlannedPayment {
    /// The stored one; `None` where the first of the rows makes it.
    pub(super) key: Option<PaymentKey>,
    /// Where its facts stand among the plan's items.
    pub(super) items: Vec<usize>,
    id: Option<TransactionId>,
    stamp: Option<String>,
}

/// Which planned payment facts are about.
pub(super) enum Meant {
    Nothing,
    One(usize),
    Several,
}

type OfADay = (String, i64, NaiveDate);

/// All payments of a plan, by what they are known.
#[derive(Default)]
pub(super) struct PlannedPayments {
    all: Vec<PlannedPayment>,
    by_key: HashMap<PaymentKey, usize>,
    by_id: HashMap<TransactionId, usize>,
    by_stamp: HashMap<String, Vec<usize>>,
    by_day: HashMap<OfADay, Vec<usize>>,
}

impl PlannedPayments {
    pub(super) fn get(&self, at: usize) -> Option<&PlannedPayment> {
        self.all.get(at)
    }

    /// The planned payment that is stored under this key.
    pub(super) fn of_key(&self, key: PaymentKey) -> Option<usize> {
        self.by_key.get(&key).copied()
    }

    /// Whether a payment of the plan has this id.
    pub(super) fn has_id(&self, id: TransactionId) -> bool {
        self.by_id.contains_key(&id)
    }

    /// Which one facts are about that no stored payment fits.
    pub(super) fn find(&self, facts: &PaymentFacts) -> Meant {
        if let Some(at) = facts.transaction_id.and_then(|id| self.by_id.get(&id)) {
            return Meant::One(*at);
        }
        if let Some(found) = said(facts.stamp.as_ref()).and_then(|stamp| self.by_stamp.get(stamp)) {
            // Facts with an id fit what has none yet, and facts without one fit what has one.
            let fits = |at: &&usize| {
                let id = self.get(**at).and_then(|payment| payment.id);
                id.is_none() == facts.transaction_id.is_some()
            };
            let fitting: Vec<usize> = found.iter().filter(fits).copied().collect();
            return match (found.as_slice(), fitting.as_slice()) {
                ([one], _) | (_, [one]) => Meant::One(*one),
                _ => Meant::Several,
            };
        }
        let found = of_a_day(facts).and_then(|day| self.by_day.get(&day));
        let fits = |at: &&usize| {
            self.get(**at).is_some_and(|payment| {
                (facts.transaction_id.is_none() || payment.id.is_none())
                    && (said(facts.stamp.as_ref()).is_none() || payment.stamp.is_none())
            })
        };
        let mut found = found.into_iter().flatten().filter(fits);
        match (found.next(), found.next()) {
            (None, _) => Meant::Nothing,
            (Some(one), None) => Meant::One(*one),
            (Some(_), Some(_)) => Meant::Several,
        }
    }

    /// Notes that the facts that stand at `item` are about a payment: about the stored one of `key`, or about a new one.
    pub(super) fn begin(&mut self, key: Option<PaymentKey>, item: usize, facts: &PaymentFacts) {
        let at = self.all.len();
        self.all.push(PlannedPayment {
            key,
            items: Vec::new(),
            id: None,
            stamp: None,
        });
        if let Some(key) = key {
            self.by_key.insert(key, at);
        }
        self.join(at, item, facts);
    }

    /// Notes that the facts that stand at `item` are about this payment, too.
    pub(super) fn join(&mut self, at: usize, item: usize, facts: &PaymentFacts) {
        let Some(payment) = self.all.get_mut(at) else {
            return;
        };
        payment.items.push(item);
        if let (None, Some(id)) = (payment.id, facts.transaction_id) {
            payment.id = Some(id);
            self.by_id.insert(id, at);
        }
        if let (None, Some(stamp)) = (&payment.stamp, said(facts.stamp.as_ref())) {
            payment.stamp = Some(stamp.to_owned());
            self.by_stamp.entry(stamp.to_owned()).or_default().push(at);
        }
        // A stored one is found by its day where it is stored.
        if payment.key.is_none()
            && payment.items.len() == 1
            && let Some(day) = of_a_day(facts)
        {
            self.by_day.entry(day).or_default().push(at);
        }
    }
}

fn said(text: Option<&String>) -> Option<&str> {
    text.map(String::as_str).filter(|text| !text.is_empty())
}

fn of_a_day(facts: &PaymentFacts) -> Option<OfADay> {
    let created = facts
        .created
        .filter(|created| created.precision != Precision::Presumed)?;
    Some((
        said(facts.reference.as_ref())?.to_owned(),
        facts.amount?.cents(),
        finnish_day(created.time.at),
    ))
}
