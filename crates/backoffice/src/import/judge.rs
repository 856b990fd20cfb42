//! What would become of the rows of files: the plan.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use hyvitys_domain::{AccountId, TransactionId};
use hyvitys_store::journal::Operation;
use hyvitys_store::payments::PaymentFacts;
use hyvitys_store::{ReadTx, StoreError};

use super::planned::PlannedPayments;
use super::settled::Settled;
use super::{
    Counts, FieldChange, ImportPhase, ImportPlan, ImportWatch, Item, ParsedFile, Planned,
    PlannedRow, Problem, Reason, RefundRow, RowKind, Take, Verdict,
};
use crate::why::Why;

/// After how many rows the watch is told.
const TELL_EVERY: usize = 500;

/// By what rows of one plan that speak of the same payment are known.
pub(super) type Identity = (Option<TransactionId>, Option<String>, Option<String>);

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
        ids: HashMap::new(),
        payments: PlannedPayments::default(),
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
                record: row.record,
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
                    planned.verdict = judge.id(id, number, &mut plan.items)?;
                }
                Ok(Item::Facts(mut facts)) => {
                    planned.about = about(&facts);
                    let judged = judge.facts(&mut facts, &plan.items)?;
                    planned.verdict = judged.verdict;
                    planned.joined = judged.joined;
                    if let (Some(Take::Later), Some(id)) = (judged.take, facts.transaction_id) {
                        planned.kind = RowKind::TransactionId;
                        planned.verdict = judge.id(id, number, &mut plan.items)?;
                    }
                    judge.settled(&mut planned.verdict, row.settled.as_ref())?;
                    if let Some(take) = judged.take {
                        judge.facts.insert(identity(&facts), plan.items.len());
                        if take == Take::Now {
                            judge.note(judged.of, plan.items.len(), &facts);
                        }
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
    judge.count_ids_once(&mut plan.rows);
    judge.refunds_of(&mut plan, later)?;
    plan.counts = count(&plan.rows);
    let mut order: Vec<u32> = (0..).take(plan.rows.len()).collect();
    let urgency = |number: &u32| plan.rows.get(*number as usize).map(PlannedRow::urgency);
    order.sort_by_key(urgency);
    plan.order = order;
    Ok(Some(plan))
}

pub(super) fn identity(facts: &PaymentFacts) -> Identity {
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

pub(super) struct Judge<'a, 'tx> {
    pub(super) tx: &'a ReadTx<'tx>,
    pub(super) account: AccountId,
    pub(super) now: DateTime<Utc>,
    /// Where the facts of this plan stand among its items, to tell repeats.
    pub(super) facts: HashMap<Identity, usize>,
    /// The refunds of this plan, to tell repeats.
    pub(super) refunds: HashSet<RefundRow>,
    /// The ids that Paytrail is asked for, and the row of each.
    pub(super) ids: HashMap<TransactionId, usize>,
    /// The payments that rows of this plan speak of.
    pub(super) payments: PlannedPayments,
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
                // Known, but this import has the settlement's line, too.
                Verdict::Same if settled.is_some() => Some(Take::Settlement),
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

    /// What would become of an id that is asked for; what is taken of it joins the plan's items.
    fn id(
        &mut self,
        id: TransactionId,
        row: u32,
        items: &mut Vec<Planned>,
    ) -> Result<Verdict, StoreError> {
        if self.tx.is_refund_transaction(id)? {
            return Ok(is_refund());
        }
        if self.ids.contains_key(&id)
            || self.payments.has_id(id)
            || self.tx.payment(self.account, id)?.is_some()
        {
            return Ok(Verdict::Same);
        }
        self.ids.insert(id, row as usize);
        let waits = self.tx.is_awaited(self.account, id)?;
        items.push(Planned {
            take: if waits { Take::Noted } else { Take::Now },
            ..Planned::of(row, Item::Await(id))
        });
        Ok(if waits { Verdict::Same } else { Verdict::New })
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
}

pub(super) fn is_refund() -> Verdict {
    Verdict::Conflict {
        why: Reason::new(
            Why::RowIsRefund,
            "it is the id of a refund, not of a payment",
        ),
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
