//! What would become of a row that speaks of a payment.

use hyvitys_domain::{OrderLine, PaymentStatus};
use hyvitys_store::StoreError;
use hyvitys_store::payments::{
    Change, ConflictWhy, Field, PaymentFacts, PaymentIdentity, PaymentKey, Resolution, Source,
};

use super::judge::{Judge, identity, is_refund};
use super::planned::Meant;
use super::{FieldChange, Item, Joined, JoinedBy, Planned, PlannedRow, Reason, Take, Verdict};
use crate::payments::PaymentRef;
use crate::why::Why;

/// What would become of facts.
pub(super) struct Judged {
    pub(super) verdict: Verdict,
    pub(super) joined: Option<Joined>,
    /// When they are taken, if they are.
    pub(super) take: Option<Take>,
    /// Of which payment they are.
    pub(super) of: Of,
}

/// Of which payment facts are.
#[derive(Clone, Copy)]
pub(super) enum Of {
    /// Of a new one, or nobody's.
    New,
    /// Of the stored one.
    Stored(PaymentKey),
    /// Of one that earlier rows speak of.
    Planned(usize),
}

impl Judged {
    const fn nothing(verdict: Verdict) -> Judged {
        Judged {
            verdict,
            joined: None,
            take: None,
            of: Of::New,
        }
    }
}

impl Judge<'_, '_> {
    /// What would become of facts.
    pub(super) fn facts(
        &mut self,
        facts: &mut PaymentFacts,
        items: &[Planned],
    ) -> Result<Judged, StoreError> {
        let earlier = self.facts.get(&identity(facts));
        if let Some(Item::Facts(earlier)) = earlier
            .and_then(|at| items.get(*at))
            .map(|earlier| &earlier.item)
            && **earlier == *facts
        {
            return Ok(Judged::nothing(Verdict::Same));
        }
        if let Some(id) = facts.transaction_id
            && self.tx.is_refund_transaction(id)?
        {
            return Ok(Judged::nothing(is_refund()));
        }
        let mut resolution = self.tx.resolve(self.account, facts)?;
        if let Resolution::Changed { key, changes } = &resolution
            && changes.iter().any(|change| change.field == Field::Lines)
            && self.are_poorer_lines(*key, facts)?
        {
            facts.lines = None;
            resolution = self.tx.resolve(self.account, facts)?;
        }
        let mut of = Of::New;
        let planned = match &resolution {
            Resolution::New | Resolution::Incomplete { .. } => self.payments.find(facts),
            Resolution::Changed { key, .. } | Resolution::Same { key } => {
                of = Of::Stored(*key);
                self.payments
                    .of_key(*key)
                    .map_or(Meant::Nothing, Meant::One)
            }
            Resolution::Conflict { .. } | Resolution::Ambiguous { .. } => Meant::Nothing,
        };
        match planned {
            Meant::Nothing => {}
            Meant::One(at) => {
                of = Of::Planned(at);
                if self.are_poorer_than_planned(at, facts, items) {
                    facts.lines = None;
                }
                resolution = self.after_earlier(at, facts, items)?;
            }
            Meant::Several => return Ok(Judged::nothing(several(Vec::new()))),
        }
        self.judged(facts, resolution, of)
    }

    /// What facts would do after those of earlier rows about the same payment.
    fn after_earlier(
        &self,
        at: usize,
        facts: &PaymentFacts,
        items: &[Planned],
    ) -> Result<Resolution, StoreError> {
        let (key, earlier) = match self.payments.get(at) {
            Some(payment) => (payment.key, payment.items.as_slice()),
            None => (None, &[][..]),
        };
        let facts_at = |at: &usize| match &items.get(*at)?.item {
            Item::Facts(facts) => Some(&**facts),
            _ => None,
        };
        let earlier: Vec<&PaymentFacts> = earlier.iter().filter_map(facts_at).collect();
        self.tx.resolve_after(self.account, key, &earlier, facts)
    }

    /// Notes of which payment the facts are that stand at `item`.
    pub(super) fn note(&mut self, of: Of, item: usize, facts: &PaymentFacts) {
        match of {
            Of::New => self.payments.begin(None, item, facts),
            Of::Stored(key) => self.payments.begin(Some(key), item, facts),
            Of::Planned(at) => self.payments.join(at, item, facts),
        }
    }

    /// An id is nothing new beside a row that is the payment itself, wherever that stands.
    pub(super) fn count_ids_once(&self, rows: &mut [PlannedRow]) {
        for (id, row) in &self.ids {
            if let Some(row) = rows.get_mut(*row).filter(|_| self.payments.has_id(*id)) {
                row.verdict = Verdict::Same;
            }
        }
    }

    fn judged(
        &mut self,
        facts: &PaymentFacts,
        resolution: Resolution,
        of: Of,
    ) -> Result<Judged, StoreError> {
        // A payment that is new in this plan has no key yet.
        let stored = match of {
            Of::New => false,
            Of::Stored(_) => true,
            Of::Planned(at) => self.payments.get(at).is_some_and(|it| it.key.is_some()),
        };
        let joined = match &resolution {
            Resolution::Changed { key, .. } | Resolution::Same { key } if stored => {
                self.joined(*key, facts)?
            }
            Resolution::Conflict { key, .. } if stored || matches!(of, Of::New) => {
                self.joined(*key, facts)?
            }
            _ => None,
        };
        Ok(match resolution {
            Resolution::New => {
                if let Some(reference) = &facts.reference
                    && facts.status != Some(PaymentStatus::Fail)
                {
                    let id = facts.transaction_id.map(|id| id.to_string());
                    let name = facts.stamp.clone().or(id).unwrap_or_default();
                    self.new_references
                        .entry(reference.clone())
                        .or_default()
                        .insert(name);
                }
                Judged {
                    verdict: Verdict::New,
                    joined: None,
                    take: Some(Take::Now),
                    of,
                }
            }
            Resolution::Changed { changes, .. } => Judged {
                verdict: Verdict::Changed(changes.into_iter().map(change).collect()),
                joined,
                take: Some(Take::Now),
                of,
            },
            Resolution::Same { .. } => Judged {
                verdict: Verdict::Same,
                joined,
                take: Some(Take::Now),
                of,
            },
            Resolution::Conflict { why, .. } => Judged {
                joined,
                ..Judged::nothing(Verdict::Conflict {
                    why: contradiction(&why),
                })
            },
            Resolution::Ambiguous { candidates } => Judged {
                take: Some(Take::Chosen),
                ..Judged::nothing(several(self.names(&candidates)?))
            },
            // Paytrail is asked for its id; then what the row says is taken, too.
            Resolution::Incomplete { .. }
                if facts.source == Source::Csv && facts.transaction_id.is_some() =>
            {
                Judged {
                    take: Some(Take::Later),
                    ..Judged::nothing(Verdict::New)
                }
            }
            Resolution::Incomplete { missing } => {
                let column = missing.first().map(|field| (*field).to_owned());
                let missing = missing.join(", ");
                let words = format!(
                    "it is not known here, and for a new payment this is missing: {missing}"
                );
                let reason = Reason::new(Why::RowIncomplete { missing }, words);
                Judged::nothing(Verdict::Broken { column, reason })
            }
        })
    }

    /// To which payment facts were joined, and by what.
    fn joined(&self, key: PaymentKey, facts: &PaymentFacts) -> Result<Option<Joined>, StoreError> {
        let Some(PaymentIdentity {
            transaction_id: id,
            stamp,
        }) = self.tx.payment_identity(key)?
        else {
            return Ok(None);
        };
        let by = if id.is_some() && id == facts.transaction_id {
            JoinedBy::TransactionId
        } else if stamp.is_some() && stamp == facts.stamp {
            JoinedBy::Stamp
        } else {
            JoinedBy::ReferenceAmountDay
        };
        let payment = id.map_or(PaymentRef::Key(key), PaymentRef::Id);
        Ok(Some(Joined { payment, by }))
    }

    /// Whether the lines say less of the same items than those that are stored: a CSV report has
    /// stamps and amounts only.
    fn are_poorer_lines(&self, key: PaymentKey, facts: &PaymentFacts) -> Result<bool, StoreError> {
        let Some(said) = &facts.lines else {
            return Ok(false);
        };
        Ok(are_poorer(said, &self.tx.lines(key)?))
    }

    /// The same beside the lines of earlier rows about the same payment.
    fn are_poorer_than_planned(&self, at: usize, facts: &PaymentFacts, items: &[Planned]) -> bool {
        let payment = self.payments.get(at);
        let lines_at = |at: &usize| match &items.get(*at)?.item {
            Item::Facts(facts) => facts.lines.as_deref(),
            _ => None,
        };
        let earlier = payment.and_then(|it| it.items.iter().rev().find_map(lines_at));
        match (&facts.lines, earlier) {
            (Some(said), Some(earlier)) => are_poorer(said, earlier),
            _ => false,
        }
    }

    fn names(&self, keys: &[PaymentKey]) -> Result<Vec<PaymentRef>, StoreError> {
        let mut names = Vec::new();
        for key in keys {
            let identity = self.tx.payment_identity(*key)?;
            names.extend(identity.map(|identity| {
                let id = identity.transaction_id;
                id.map_or(PaymentRef::Key(*key), PaymentRef::Id)
            }));
        }
        Ok(names)
    }
}

fn are_poorer(said: &[OrderLine], known: &[OrderLine]) -> bool {
    known.len() == said.len()
        && known.iter().zip(said).all(|(old, new)| {
            old.stamp == new.stamp && old.amount == new.amount && new.description.is_empty()
        })
}

fn several(candidates: Vec<PaymentRef>) -> Verdict {
    Verdict::Ambiguous {
        candidates,
        why: Reason::new(Why::RowSeveralPayments, "several payments could be meant"),
    }
}

fn contradiction(why: &ConflictWhy) -> Reason {
    let kind = match why {
        ConflictWhy::Amount { known, said } => Why::RowAnotherAmount {
            shown: *said,
            stored: *known,
        },
        ConflictWhy::TransactionId { known, said } => Why::RowAnotherId {
            said: said.to_string(),
            known: known.to_string(),
        },
    };
    Reason::new(kind, why)
}

fn change(change: Change) -> FieldChange {
    FieldChange {
        field: change.field.to_string(),
        old: change.old,
        new: change.new,
    }
}
