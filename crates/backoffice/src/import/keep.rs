//! Keeping one part of an import: one transaction, with its entry in the audit log.

use chrono::{DateTime, Utc};
use hyvitys_domain::{AccountId, OperationId, OperationKind, OperationState, TransactionId};
use hyvitys_store::imports::{RunCounts, RunId};
use hyvitys_store::journal::{Happening, Recorded, RefundEvidence};
use hyvitys_store::payments::{
    Applied, AwaitedCounts, Chosen, Outcome, PaymentFacts, PaymentKey, Source,
};
use hyvitys_store::{ReadTx, StoreError, WriteTx};
use serde_json::json;

use super::RefundRow;
use super::apply::ImportResult;
use super::refunds::candidates;
use super::settled::Settled;
use crate::error::Error;
use crate::payments::PaymentRef;
use crate::service::Backoffice;

/// A person's choice, and what there was to choose from.
#[derive(Clone)]
pub(super) struct Chose {
    pub(super) payment: PaymentRef,
    pub(super) candidates: Vec<PaymentRef>,
}

/// What one transaction takes of payments: facts, whose they are by a person's choice, their settlements.
pub(super) struct Part {
    pub(super) facts: Vec<(PaymentFacts, Option<Chose>)>,
    pub(super) settled: Vec<Option<Settled>>,
}

/// A refund of a plan.
pub(super) struct Refund {
    pub(super) row: RefundRow,
    pub(super) settled: Option<Settled>,
    pub(super) chosen: Option<PaymentRef>,
    /// Whether it is evidence of a refund.
    pub(super) proves: bool,
}

/// The same for all parts of one import.
#[derive(Clone)]
pub(super) struct Run {
    pub(super) account: AccountId,
    pub(super) id: RunId,
    pub(super) files: Vec<String>,
    /// Something is new or changed, so that what is the same is worth noting.
    pub(super) overlaps: bool,
}

impl Backoffice {
    /// Takes facts. Gives also the ids of those payments of which Paytrail knows more.
    pub(super) async fn apply_facts(
        &self,
        run: &Run,
        part: Part,
        result: &mut ImportResult,
    ) -> Result<Vec<TransactionId>, Error> {
        let (now, run) = (self.inner.clock.now().at, run.clone());
        let job = move |tx: &WriteTx<'_>| {
            let mut facts = Vec::with_capacity(part.facts.len());
            for (said, chosen) in part.facts {
                let chosen = chosen.map(|chosen| keys(tx, run.account, &chosen));
                facts.push((said, chosen.transpose()?));
            }
            let applied = tx.apply_in_run(run.account, run.id, run.overlaps, &facts)?;
            for (entry, outcome) in part.settled.iter().zip(&applied.outcomes) {
                if let (Some(entry), Some(key)) = (entry, outcome.key()) {
                    tx.put_settlement_entry(run.account, run.id, run.overlaps, entry, Some(key))?;
                }
            }
            let counts = RunCounts {
                new: applied.new,
                changed: applied.changed,
                ..RunCounts::default()
            };
            tx.add_to_import(run.id, counts)?;
            let detail = json!({
                "files": run.files, "import": run.id.row(), "new": applied.new,
                "changed": applied.changed, "same": applied.same,
            });
            journal(tx, now, run.account, detail)?;
            let more = facts
                .iter()
                .zip(&applied.outcomes)
                .filter(|((facts, _), outcome)| match facts.source {
                    Source::Callback => matches!(outcome, Outcome::New(_)),
                    Source::Csv => matches!(outcome, Outcome::New(_) | Outcome::Changed(_)),
                    _ => false,
                })
                .filter_map(|((facts, _), _)| facts.transaction_id)
                .collect();
            Ok((applied, more))
        };
        let (applied, more): (Applied, Vec<TransactionId>) = self.inner.store.write(job).await?;
        result.new += applied.new;
        result.changed += applied.changed;
        result.same += applied.same;
        result.ambiguous += applied.ambiguous;
        result.conflict += applied.conflict;
        result.broken += applied.incomplete;
        Ok(more)
    }

    pub(super) async fn apply_refunds(
        &self,
        run: &Run,
        refunds: Vec<Refund>,
        result: &mut ImportResult,
    ) -> Result<(), Error> {
        let (now, run) = (self.inner.clock.now(), run.clone());
        let job = move |tx: &WriteTx<'_>| {
            let (mut recorded, mut pointed) = (Vec::new(), Vec::new());
            let mut unproven = 0;
            for refund in &refunds {
                // Looked for here, since the payment may have come in this very import.
                let mut found = match &refund.row.original {
                    Some(reference) => candidates(tx, run.account, reference)?,
                    None => Vec::new(),
                };
                let one = found.pop().filter(|_| found.is_empty());
                if let Some(entry) = &refund.settled {
                    let payment = one.as_ref().map(|one| one.key);
                    tx.put_settlement_entry(run.account, run.id, run.overlaps, entry, payment)?;
                }
                if let Some(chosen) = refund.chosen {
                    pointed.extend(point(tx, &run, &refund.row, chosen, now.at)?);
                }
                if !refund.proves {
                    continue;
                }
                let (Some(refund_stamp), Some(status)) =
                    (refund.row.stamp.clone(), refund.row.status)
                else {
                    continue;
                };
                // A payment may have got this stamp in this very import; then it names no refund.
                if tx.operation_by_stamp(refund_stamp.as_str())?.is_none()
                    && !tx
                        .payments_by_stamp(run.account, refund_stamp.as_str())?
                        .is_empty()
                {
                    unproven += 1;
                    continue;
                }
                let evidence = RefundEvidence {
                    refund_stamp,
                    amount: refund.row.amount,
                    transaction_id: refund.row.transaction_id,
                    status,
                    source: refund.row.source,
                    at: refund.row.at,
                    payment: one
                        .filter(|one| one.payment.amount >= refund.row.amount)
                        .map(|one| one.key),
                };
                recorded.push(tx.record_evidence(run.account, &evidence, &now)?);
            }
            let counted =
                |each: &&Recorded| matches!(each, Recorded::Foreign | Recorded::Settled(_));
            let counts = RunCounts {
                refunds: recorded.iter().filter(counted).count(),
                ..RunCounts::default()
            };
            tx.add_to_import(run.id, counts)?;
            let detail = json!({
                "files": run.files, "import": run.id.row(), "refunds": recorded.len(),
            });
            journal(tx, now.at, run.account, detail)?;
            Ok((recorded, pointed, unproven))
        };
        let (recorded, pointed, unproven) = self.inner.store.write(job).await?;
        result.ambiguous += unproven;
        result.pointed.extend(pointed);
        for recorded in recorded {
            match recorded {
                Recorded::Settled(id) => result.settled.push(id),
                Recorded::Contradicts(id) => result.contradicted.push(id),
                Recorded::Foreign => result.refunds_elsewhere += 1,
                Recorded::Agrees(_) | Recorded::ForeignKnown => result.same += 1,
                Recorded::Ignored(_) => result.ambiguous += 1,
            }
        }
        Ok(())
    }

    pub(super) async fn apply_ids(
        &self,
        run: &Run,
        ids: Vec<TransactionId>,
    ) -> Result<AwaitedCounts, Error> {
        let (now, run) = (self.inner.clock.now().at, run.clone());
        let job = move |tx: &WriteTx<'_>| {
            tx.note_awaited(run.id, run.account, run.overlaps, &ids)?;
            let counts = tx.await_payments(run.account, &ids, now)?;
            let awaited = RunCounts {
                awaited: counts.new,
                ..RunCounts::default()
            };
            tx.add_to_import(run.id, awaited)?;
            let detail = json!({
                "files": run.files, "import": run.id.row(), "awaited": counts.new,
            });
            journal(tx, now, run.account, detail)?;
            Ok(counts)
        };
        Ok(self.inner.store.write(job).await?)
    }
}

/// A choice by the keys that the payments have now, as far as they are there.
fn keys(tx: &ReadTx<'_>, account: AccountId, chose: &Chose) -> Result<Chosen, StoreError> {
    let key = |payment: &PaymentRef| match payment {
        PaymentRef::Id(id) => Ok(tx.payment(account, *id)?.map(|stored| stored.key)),
        PaymentRef::Key(key) => Ok(Some(*key)),
    };
    let candidates: Result<Vec<Option<PaymentKey>>, StoreError> =
        chose.candidates.iter().map(key).collect();
    Ok(Chosen {
        payment: key(&chose.payment)?,
        candidates: candidates?.into_iter().flatten().collect(),
    })
}

/// Notes that a person points with a row to a payment's refund; gives the unknown refund of ours that
/// it may be. It proves nothing: the person settles it with what was seen.
fn point(
    tx: &WriteTx<'_>,
    run: &Run,
    row: &RefundRow,
    chosen: PaymentRef,
    now: DateTime<Utc>,
) -> Result<Option<OperationId>, StoreError> {
    let PaymentRef::Id(id) = chosen else {
        return Ok(None);
    };
    let operation = tx
        .operations_of(run.account, id)?
        .into_iter()
        .find(|operation| {
            operation.kind == OperationKind::Refund
                && operation.state == OperationState::Unknown
                && operation.amount == row.amount
        })
        .map(|operation| operation.id);
    let detail = json!({
        "files": run.files, "import": run.id.row(), "transactionId": id, "amount": row.amount,
        "at": row.at, "source": row.source,
        "message": "a row without a refund's stamp was taken for this refund by a person; it proves nothing",
    });
    tx.journal(&Happening {
        at: now,
        account: Some(run.account),
        what: "refund.pointed",
        operation,
        request_id: None,
        detail,
    })?;
    Ok(operation)
}

fn journal(
    tx: &WriteTx<'_>,
    at: DateTime<Utc>,
    account: AccountId,
    detail: serde_json::Value,
) -> Result<(), StoreError> {
    tx.journal(&Happening {
        at,
        account: Some(account),
        what: "import",
        operation: None,
        request_id: None,
        detail,
    })
}
