//! What would become of the rows of files: the plan.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use hyvitys_domain::{AccountId, PaymentStatus, RefundStamp, TransactionId, WireTime};
use hyvitys_paytrail::Callback;
use hyvitys_store::journal::Operation;
use hyvitys_store::payments::{
    Change, ConflictWhy, Created, Field, PaymentFacts, PaymentIdentity, PaymentKey, Precision,
    Resolution, Source,
};
use hyvitys_store::{ReadTx, StoreError};

use super::report::evidence;
use super::{
    Counts, FieldChange, ImportPhase, ImportPlan, ImportWatch, Item, Joined, JoinedBy, ParsedFile,
    Planned, PlannedRow, Problem, Reason, RefundRow, RowKind, Settled, Take, Verdict,
};
use crate::payments::PaymentRef;
use crate::why::Why;

/// After how many rows the watch is told.
const TELL_EVERY: usize = 500;

/// By what rows of one plan that speak of the same payment are known.
type Identity = (Option<TransactionId>, Option<String>, Option<String>);

/// Judges all rows against what is stored; `None` where it was stopped.
pub(super) fn judge(
    tx: &ReadTx<'_>,
    account: AccountId,
    parsed: Vec<ParsedFile>,
    now: DateTime<Utc>,
    watch: &ImportWatch,
) -> Result<Option<ImportPlan>, StoreError> {
    let mut judge = Judge {
        tx,
        account,
        now,
        facts: HashMap::new(),
        refunds: HashSet::new(),
        ids: HashSet::new(),
        new_references: HashMap::new(),
        unknown: None,
    };
    let mut plan = ImportPlan {
        account,
        files: Vec::new(),
        rows: Vec::new(),
        counts: Counts::default(),
        last_report: parsed.iter().filter_map(|file| file.newest).max(),
        items: Vec::new(),
        order: Vec::new(),
        remember: Vec::new(),
    };
    let of = parsed.iter().map(|file| file.rows.len()).sum();
    // Refund rows stand above or below their payments, so they are judged after all payments.
    let mut later = Vec::new();
    for (file, parsed) in parsed.into_iter().enumerate() {
        plan.files.push(parsed.about);
        for row in parsed.rows {
            if plan.rows.len().is_multiple_of(TELL_EVERY) {
                watch.tell(ImportPhase::Comparing, plan.rows.len(), of);
                if watch.is_stopped() {
                    return Ok(None);
                }
            }
            let number = u32::try_from(plan.rows.len()).unwrap_or(u32::MAX);
            let mut planned = PlannedRow {
                file,
                line: row.line,
                kind: RowKind::Payment,
                about: String::new(),
                verdict: Verdict::Same,
                joined: None,
            };
            let item = match row.item {
                Ok(Item::Callback(callback, at)) => judge.callback(&callback, at)?,
                other => other,
            };
            match item {
                Err(problem) => planned.verdict = broken(problem),
                Ok(Item::Refund(refund)) => {
                    planned.kind = RowKind::Refund;
                    planned.about = about_refund(&refund);
                    later.push((plan.rows.len(), refund, row.settled));
                }
                Ok(Item::Await(id)) => {
                    planned.kind = RowKind::TransactionId;
                    planned.about = id.to_string();
                    planned.verdict = judge.id(id)?;
                    if planned.verdict == Verdict::New {
                        plan.items.push(Planned::of(number, Item::Await(id)));
                    }
                }
                Ok(Item::Facts(mut facts)) => {
                    planned.about = about(&facts);
                    let judged = judge.facts(&mut facts, &plan.items)?;
                    planned.verdict = judged.verdict;
                    planned.joined = judged.joined;
                    if let (Some(Take::Later), Some(id)) = (judged.take, facts.transaction_id) {
                        planned.kind = RowKind::TransactionId;
                        planned.verdict = judge.id(id)?;
                        if planned.verdict == Verdict::New {
                            plan.items.push(Planned::of(number, Item::Await(id)));
                        }
                    }
                    judge.settled(&mut planned.verdict, row.settled.as_ref())?;
                    if let Some(take) = judged.take {
                        judge.facts.insert(identity(&facts), plan.items.len());
                        plan.items.push(Planned {
                            settled: row.settled,
                            take,
                            ..Planned::of(number, Item::Facts(facts))
                        });
                    }
                }
                // All of these became facts or a refund above.
                Ok(Item::Callback(..)) => {}
            }
            plan.rows.push(planned);
        }
    }
    judge.refunds_of(&mut plan, later)?;
    plan.counts = count(&plan.rows);
    let mut order: Vec<u32> = (0..).take(plan.rows.len()).collect();
    let urgency = |number: &u32| plan.rows.get(*number as usize).map(PlannedRow::urgency);
    order.sort_by_key(urgency);
    plan.order = order;
    Ok(Some(plan))
}

fn identity(facts: &PaymentFacts) -> Identity {
    (
        facts.transaction_id,
        facts.stamp.clone(),
        facts.reference.clone(),
    )
}

fn broken(problem: Problem) -> Verdict {
    Verdict::Broken {
        column: problem.column,
        reason: problem.reason,
    }
}

/// What would become of facts.
struct Judged {
    verdict: Verdict,
    joined: Option<Joined>,
    /// When they are taken, if they are.
    take: Option<Take>,
}

impl Judged {
    const fn nothing(verdict: Verdict) -> Judged {
        Judged {
            verdict,
            joined: None,
            take: None,
        }
    }
}

pub(super) struct Judge<'a, 'tx> {
    pub(super) tx: &'a ReadTx<'tx>,
    pub(super) account: AccountId,
    now: DateTime<Utc>,
    /// Where the facts of this plan stand among its items, to tell repeats.
    facts: HashMap<Identity, usize>,
    /// The refunds of this plan, to tell repeats.
    pub(super) refunds: HashSet<RefundRow>,
    ids: HashSet<TransactionId>,
    /// The new payments of this plan that have a reference, by their stamp or id. What failed does not
    /// count: a customer's second try has the same reference.
    pub(super) new_references: HashMap<String, HashSet<String>>,
    /// Our refunds whose outcome is not known, once they were read.
    pub(super) unknown: Option<Vec<Operation>>,
}

impl Judge<'_, '_> {
    /// Judges the rows that speak of refunds.
    fn refunds_of(
        &mut self,
        plan: &mut ImportPlan,
        later: Vec<(usize, RefundRow, Option<Settled>)>,
    ) -> Result<(), StoreError> {
        for (at, refund, settled) in later {
            let (mut verdict, joined) = self.refund(&refund)?;
            self.settled(&mut verdict, settled.as_ref())?;
            let take = match &verdict {
                Verdict::New | Verdict::Changed(_) => Some(Take::Now),
                Verdict::Ambiguous { candidates, .. } if !candidates.is_empty() => {
                    Some(Take::Chosen)
                }
                Verdict::Ambiguous { .. } | Verdict::Conflict { .. } if settled.is_some() => {
                    Some(Take::Settlement)
                }
                _ => None,
            };
            if let Some(take) = take {
                plan.items.push(Planned {
                    row: u32::try_from(at).unwrap_or(u32::MAX),
                    item: Item::Refund(refund),
                    settled,
                    take,
                });
            }
            if let Some(row) = plan.rows.get_mut(at) {
                row.verdict = verdict;
                row.joined = joined;
            }
        }
        Ok(())
    }

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
                    Why::RowAmountOutOfRange,
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
                Why::RowAddressMayBeRefund,
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
            return Ok(is_refund());
        }
        let known = self.tx.payment(self.account, id)?.is_some()
            || self.tx.is_awaited(self.account, id)?
            || !self.ids.insert(id);
        Ok(if known { Verdict::Same } else { Verdict::New })
    }

    /// A row of which nothing new is said but its settlement is changed, after all.
    fn settled(&self, verdict: &mut Verdict, settled: Option<&Settled>) -> Result<(), StoreError> {
        if let Some(entry) = settled
            && *verdict == Verdict::Same
            && !self.tx.has_settlement_entry(self.account, entry)?
        {
            let name = if entry.settlement_reference.is_empty() {
                &entry.settlement_id
            } else {
                &entry.settlement_reference
            };
            *verdict = Verdict::Changed(vec![FieldChange {
                field: "settlement".to_owned(),
                old: None,
                new: name.clone(),
            }]);
        }
        Ok(())
    }

    /// What would become of facts.
    fn facts(&mut self, facts: &mut PaymentFacts, items: &[Planned]) -> Result<Judged, StoreError> {
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
                }
            }
            Resolution::Changed { key, changes } => Judged {
                verdict: Verdict::Changed(changes.into_iter().map(change).collect()),
                joined: self.joined(key, facts)?,
                take: Some(Take::Now),
            },
            Resolution::Same { key } => Judged {
                verdict: Verdict::Same,
                joined: self.joined(key, facts)?,
                take: Some(Take::Now),
            },
            Resolution::Conflict { key, why } => Judged {
                verdict: Verdict::Conflict {
                    why: contradiction(&why),
                },
                joined: self.joined(key, facts)?,
                take: None,
            },
            Resolution::Ambiguous { candidates } => Judged {
                verdict: Verdict::Ambiguous {
                    candidates: self.names(&candidates)?,
                    why: Reason::new(Why::RowSeveralPayments, "several payments could be meant"),
                },
                joined: None,
                take: Some(Take::Chosen),
            },
            // Paytrail is asked for its id; then what the row says is taken, too.
            Resolution::Incomplete { .. }
                if facts.source == Source::Csv && facts.transaction_id.is_some() =>
            {
                Judged {
                    verdict: Verdict::New,
                    joined: None,
                    take: Some(Take::Later),
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
        let stored = self.tx.lines(key)?;
        Ok(stored.len() == said.len()
            && stored.iter().zip(said).all(|(old, new)| {
                old.stamp == new.stamp && old.amount == new.amount && new.description.is_empty()
            }))
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

fn is_refund() -> Verdict {
    Verdict::Conflict {
        why: Reason::new(
            Why::RowIsRefund,
            "it is the id of a refund, not of a payment",
        ),
    }
}

fn change(change: Change) -> FieldChange {
    FieldChange {
        field: change.field.to_string(),
        old: change.old,
        new: change.new,
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
