//! What would become of the rows of files: the plan.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use hyvitys_domain::{AccountId, PaymentStatus, RefundStamp, TransactionId, WireTime};
use hyvitys_paytrail::Callback;
use hyvitys_store::payments::{
    Change, Created, Field, PaymentFacts, PaymentKey, Precision, Resolution, Source, StoredPayment,
};
use hyvitys_store::{ReadTx, StoreError};

use super::report::evidence;
use super::{
    Counts, FieldChange, ImportPlan, Item, ParsedFile, PlannedFile, PlannedRow, Problem, RefundRow,
    RowKind, Verdict,
};

/// By what rows of one plan that speak of the same payment are known.
type Identity = (Option<TransactionId>, Option<String>, Option<String>);

/// Judges all rows against what is stored.
pub(super) fn judge(
    tx: &ReadTx<'_>,
    account: AccountId,
    parsed: Vec<ParsedFile>,
    now: DateTime<Utc>,
) -> Result<ImportPlan, StoreError> {
    let mut judge = Judge {
        tx,
        account,
        now,
        facts: HashMap::new(),
        refunds: HashSet::new(),
        ids: HashSet::new(),
        new_references: HashMap::new(),
    };
    let mut plan = ImportPlan {
        account,
        files: Vec::new(),
        rows: Vec::new(),
        counts: Counts::default(),
        last_report: parsed.iter().filter_map(|file| file.newest).max(),
        items: Vec::new(),
    };
    // Refund rows stand above or below their payments, so they are judged after all payments.
    let mut later = Vec::new();
    for file in parsed {
        plan.files.push(PlannedFile {
            name: file.name.as_ref().to_owned(),
            kind: file.kind,
            rows: file.rows.len(),
            ignored: file.ignored,
        });
        for row in file.rows {
            let mut planned = PlannedRow {
                file: Arc::clone(&file.name),
                line: row.line,
                kind: RowKind::Payment,
                about: String::new(),
                verdict: Verdict::Same,
            };
            let item = match row.item {
                Ok(Item::Callback(callback, at)) => judge.callback(&callback, at)?,
                other => other,
            };
            match item {
                Err(problem) => {
                    planned.verdict = Verdict::Broken {
                        column: problem.column,
                        reason: problem.reason,
                    };
                }
                Ok(Item::Refund(refund)) => {
                    planned.kind = RowKind::Refund;
                    planned.about = about_refund(&refund);
                    later.push((plan.rows.len(), refund));
                }
                Ok(Item::Await(id)) => {
                    planned.kind = RowKind::TransactionId;
                    planned.about = id.to_string();
                    planned.verdict = judge.id(id)?;
                    if planned.verdict == Verdict::New {
                        plan.items.push(Item::Await(id));
                    }
                }
                Ok(Item::Facts(mut facts)) => {
                    planned.about = about(&facts);
                    let (verdict, takes) = judge.facts(&mut facts)?;
                    planned.verdict = verdict;
                    if takes {
                        plan.items.push(Item::Facts(facts));
                    }
                }
                // All of these became facts or a refund above.
                Ok(Item::Callback(..)) => {}
            }
            plan.rows.push(planned);
        }
    }
    for (at, refund) in later {
        let verdict = judge.refund(&refund)?;
        if matches!(verdict, Verdict::New | Verdict::Changed(_)) {
            plan.items.push(Item::Refund(refund));
        }
        if let Some(row) = plan.rows.get_mut(at) {
            row.verdict = verdict;
        }
    }
    plan.counts = count(&plan.rows);
    Ok(plan)
}

pub(super) struct Judge<'a, 'tx> {
    pub(super) tx: &'a ReadTx<'tx>,
    pub(super) account: AccountId,
    now: DateTime<Utc>,
    /// The facts of this plan, to tell repeats.
    facts: HashMap<Identity, PaymentFacts>,
    /// The refunds of this plan, to tell repeats.
    pub(super) refunds: HashSet<RefundRow>,
    ids: HashSet<TransactionId>,
    /// The new payments of this plan that have a reference, by their stamp or id. What failed does not
    /// count: a customer's second try has the same reference.
    pub(super) new_references: HashMap<String, HashSet<String>>,
}

impl Judge<'_, '_> {
    /// What a verified address says: of a refund where it names one, else of a payment. Each payment
    /// has a reference, so without one it is a refund's.
    fn callback(
        &self,
        callback: &Callback,
        called: Option<DateTime<Utc>>,
    ) -> Result<Result<Item, Problem>, StoreError> {
        let stamp = RefundStamp::new(callback.stamp.as_str()).ok();
        let known = match &stamp {
            None => false,
            Some(stamp) => {
                self.tx.operation_by_stamp(stamp.as_str())?.is_some()
                    || self
                        .tx
                        .foreign_refund(self.account, stamp.as_str())?
                        .is_some()
            }
        };
        let refunds_id = match callback.transaction_id {
            Some(id) => self.tx.is_refund_transaction(id)?,
            None => false,
        };
        if known || refunds_id || callback.reference.is_empty() || callback.transaction_id.is_none()
        {
            let Some(amount) = callback.amount else {
                return Ok(Err(Problem::at(
                    "checkout-amount",
                    "the address of a refund names no amount",
                )));
            };
            return Ok(Ok(Item::Refund(RefundRow {
                stamp,
                amount,
                status: evidence(&callback.status),
                transaction_id: callback.transaction_id,
                original: None,
                source: "callback",
                at: called.unwrap_or(self.now),
            })));
        }
        if self.may_be_a_refund(callback)? {
            return Ok(Err(Problem::at(
                "checkout-stamp",
                "a paid payment has this reference and another stamp: it may be a refund made by another \
                 tool, which a report will tell; if it is a payment, import its transaction id",
            )));
        }
        let said = |text: &String| (!text.is_empty()).then(|| text.clone());
        Ok(Ok(Item::Facts(Box::new(PaymentFacts {
            transaction_id: callback.transaction_id,
            stamp: said(&callback.stamp),
            reference: said(&callback.reference),
            status: Some(callback.status.clone()),
            provider: callback.provider.clone(),
            amount: callback.amount,
            created: Some(Created {
                time: WireTime::zoned(called.unwrap_or(self.now)),
                precision: Precision::Presumed,
            }),
            // An address does not say when it was called. Undated it counts as older than anything
            // that is signed and dated: an old "pending" must not undo a newer "ok".
            ..PaymentFacts::new(Source::Callback, called.unwrap_or(DateTime::UNIX_EPOCH))
        }))))
    }

    /// Whether an address that names no payment known here can be about a refund: those have the
    /// reference of their payment, too.
    fn may_be_a_refund(&self, callback: &Callback) -> Result<bool, StoreError> {
        let (account, reference) = (self.account, &callback.reference);
        let joins_by_id = match callback.transaction_id {
            Some(id) => {
                self.tx.payment(account, id)?.is_some() || self.tx.is_awaited(account, id)?
            }
            None => false,
        };
        if joins_by_id
            || !self
                .tx
                .payments_by_stamp(account, &callback.stamp)?
                .is_empty()
        {
            return Ok(false);
        }
        let stored = self.tx.payments_by_reference(account, reference)?;
        let paid = stored
            .iter()
            .any(|stored| stored.payment.status == PaymentStatus::Ok);
        let planned = self
            .new_references
            .get(reference)
            .is_some_and(|stamps| stamps.iter().any(|stamp| *stamp != callback.stamp));
        Ok(paid || planned)
    }

    fn id(&mut self, id: TransactionId) -> Result<Verdict, StoreError> {
        if self.tx.is_refund_transaction(id)? {
            return Ok(Verdict::Conflict {
                why: "it is the id of a refund, not of a payment".to_owned(),
            });
        }
        let known = self.tx.payment(self.account, id)?.is_some()
            || self.tx.is_awaited(self.account, id)?
            || !self.ids.insert(id);
        Ok(if known { Verdict::Same } else { Verdict::New })
    }

    /// The verdict, and whether the facts are taken.
    fn facts(&mut self, facts: &mut PaymentFacts) -> Result<(Verdict, bool), StoreError> {
        let identity = (
            facts.transaction_id,
            facts.stamp.clone(),
            facts.reference.clone(),
        );
        if self
            .facts
            .get(&identity)
            .is_some_and(|earlier| earlier == facts)
        {
            return Ok((Verdict::Same, false));
        }
        let mut resolution = self.tx.resolve(self.account, facts)?;
        if let Resolution::Changed { key, changes } = &resolution
            && changes.iter().any(|change| change.field == Field::Lines)
            && self.are_poorer_lines(*key, facts)?
        {
            facts.lines = None;
            resolution = self.tx.resolve(self.account, facts)?;
        }
        self.facts.insert(identity, facts.clone());
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
                (Verdict::New, true)
            }
            Resolution::Changed { changes, .. } => (
                Verdict::Changed(changes.into_iter().map(change).collect()),
                true,
            ),
            Resolution::Same { .. } => (Verdict::Same, true),
            Resolution::Conflict { why, .. } => (
                Verdict::Conflict {
                    why: why.to_string(),
                },
                false,
            ),
            Resolution::Ambiguous { candidates } => {
                let candidates = self.names(&candidates)?;
                let why = "several payments could be meant".to_owned();
                (Verdict::Ambiguous { candidates, why }, false)
            }
            Resolution::Incomplete { missing } => {
                let column = missing.first().map(|field| (*field).to_owned());
                let reason = format!(
                    "it is not known here, and for a new payment this is missing: {}",
                    missing.join(", ")
                );
                (Verdict::Broken { column, reason }, false)
            }
        })
    }

    /// Whether the lines say less of the same items than those that are stored: a CSV report has
    /// stamps and amounts only.
    fn are_poorer_lines(&self, key: PaymentKey, facts: &PaymentFacts) -> Result<bool, StoreError> {
        let Some(said) = &facts.lines else {
            return Ok(false);
        };
        let stored = self.tx.lines(key)?;
        Ok(stored.len() == said.len()
            && stored.iter().zip(said).all(|(old, new)| {
                old.stamp == new.stamp && old.amount == new.amount && new.description.is_empty()
            }))
    }

    fn names(&self, keys: &[PaymentKey]) -> Result<Vec<String>, StoreError> {
        let mut names = Vec::new();
        for key in keys {
            names.extend(self.tx.payment_by_key(*key)?.as_ref().map(payment_name));
        }
        Ok(names)
    }
}

fn change(change: Change) -> FieldChange {
    FieldChange {
        field: change.field.to_string(),
        old: change.old,
        new: change.new,
    }
}

/// What a payment is called: its id, or what else names it.
pub(super) fn payment_name(stored: &StoredPayment) -> String {
    let payment = &stored.payment;
    match payment.transaction_id {
        Some(id) => id.to_string(),
        None if payment.stamp.is_empty() => payment.reference.clone(),
        None => payment.stamp.clone(),
    }
}

fn about(facts: &PaymentFacts) -> String {
    facts
        .reference
        .clone()
        .or_else(|| facts.stamp.clone())
        .or_else(|| facts.transaction_id.map(|id| id.to_string()))
        .unwrap_or_default()
}

fn about_refund(refund: &RefundRow) -> String {
    refund
        .original
        .clone()
        .or_else(|| refund.stamp.as_ref().map(|stamp| stamp.as_str().to_owned()))
        .unwrap_or_default()
}

fn count(rows: &[PlannedRow]) -> Counts {
    let mut counts = Counts::default();
    for row in rows {
        let count = match row.verdict {
            Verdict::New => &mut counts.new,
            Verdict::Changed(_) => &mut counts.changed,
            Verdict::Same => &mut counts.same,
            Verdict::Ambiguous { .. } => &mut counts.ambiguous,
            Verdict::Conflict { .. } => &mut counts.conflict,
            Verdict::Broken { .. } => &mut counts.broken,
        };
        *count += 1;
    }
    counts
}
