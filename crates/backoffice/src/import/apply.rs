//! Doing what a plan says.
//!
//! In transactions of bounded size, each with its own entry in the audit log: a program that is killed
//! in the middle, or an import that is stopped, has taken the first parts, and the same file again takes
//! the rest.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use hyvitys_domain::{AccountId, OperationId, OperationKind, OperationState, TransactionId};
use hyvitys_store::imports::{RunCounts, RunId};
use hyvitys_store::journal::{Happening, Recorded, RefundEvidence};
use hyvitys_store::payments::{Applied, AwaitedCounts, Outcome, PaymentFacts, PaymentKey, Source};
use hyvitys_store::{ReadTx, StoreError, WriteTx};
use serde_json::json;

use super::refunds::candidates;
use super::settled::Settled;
use super::{Choice, ImportPhase, ImportPlan, ImportWatch, Item, RefundRow, Take, Verdict};
use crate::error::{Code, Error};
use crate::payments::PaymentRef;
use crate::refresh::{CONCURRENCY, RefreshReport};
use crate::service::Backoffice;
use crate::why::Why;

/// How many payments or ids one transaction takes.
const PART: usize = 5_000;
/// How many refunds one transaction takes: each is a step of the journal.
const REFUND_PART: usize = 500;
/// How many payments Paytrail is asked for before the watch is told.
const ASK_PART: usize = 200;

/// What an import did.
#[derive(Clone, Debug, Default)]
pub struct ImportResult {
    /// By what it can be undone; `None` where nothing changed.
    pub run: Option<RunId>,
    /// New payments.
    pub new: usize,
    /// Payments that were changed.
    pub changed: usize,
    /// Payments of which nothing new was said.
    pub same: usize,
    /// Rows that were not taken since several payments could be meant, and nobody has chosen.
    pub ambiguous: usize,
    /// Rows that were not taken since they contradict what is known.
    pub conflict: usize,
    /// Rows that could not be read or believed.
    pub broken: usize,
    /// Refunds made elsewhere that are known from now on.
    pub refunds_elsewhere: usize,
    /// Our refunds that a row settled.
    pub settled: Vec<OperationId>,
    /// Our refunds of which a row says something else than what is proven. Look at them.
    pub contradicted: Vec<OperationId>,
    /// Our unknown refunds to which a person has pointed with a row that proves nothing: settle them.
    pub pointed: Vec<OperationId>,
    /// The ids that were given.
    pub awaited: AwaitedCounts,
    /// What Paytrail answered for the ids, where it was asked.
    pub fetched: RefreshReport,
    /// Why it was not asked. The ids wait, and `sync` asks.
    pub not_fetched: Option<Error>,
    /// It was stopped: what is counted here is kept, the rest was not begun.
    pub stopped: bool,
}

/// What one transaction takes of payments: facts, whose they are by a person's choice, their settlements.
struct Part {
    facts: Vec<(PaymentFacts, Option<PaymentRef>)>,
    settled: Vec<Option<Settled>>,
}

/// A refund of a plan.
struct Refund {
    row: RefundRow,
    settled: Option<Settled>,
    chosen: Option<PaymentRef>,
    /// Whether it is evidence of a refund.
    proves: bool,
}

/// The same for all parts of one import.
#[derive(Clone)]
struct Run {
    account: AccountId,
    id: RunId,
    files: Vec<String>,
    /// Something is new or changed, so that what is the same is worth noting.
    overlaps: bool,
}

impl Backoffice {
    /// Does what a plan says, then asks Paytrail for the ids in it. What can't be fetched now (no
    /// network, no secret) waits for the next sync and is no error.
    pub async fn apply_import(&self, plan: ImportPlan) -> Result<ImportResult, Error> {
        self.apply_import_as(plan, &[], &ImportWatch::default())
            .await
    }

    /// [`Backoffice::apply_import`] with a person's choices for ambiguous rows, and as it is watched. A
    /// choice for a refund's row settles nothing: it is noted in the audit log of the unknown refund that it
    /// points to. After an error the parts
    /// before it are kept: they are in the list of imports, and can be undone.
    pub async fn apply_import_as(
        &self,
        plan: ImportPlan,
        choices: &[Choice],
        watch: &ImportWatch,
    ) -> Result<ImportResult, Error> {
        let mut chosen = chosen(&plan, choices)?;
        let mut result = ImportResult {
            ambiguous: plan.counts.ambiguous.saturating_sub(chosen.len()),
            conflict: plan.counts.conflict,
            broken: plan.counts.broken,
            ..ImportResult::default()
        };
        let run = self.begin(&plan).await?;
        let (mut facts, mut late) = (Vec::new(), Vec::new());
        let (mut refunds, mut ids) = (Vec::new(), Vec::new());
        for planned in plan.items {
            let choice = chosen.remove(&(planned.row as usize));
            // A settlement's line is kept whether or not it proves a refund: it was paid out.
            let settles = matches!(planned.item, Item::Refund(_)) && planned.settled.is_some();
            if planned.take == Take::Chosen && choice.is_none() && !settles {
                continue;
            }
            match planned.item {
                Item::Facts(said) if planned.take == Take::Later => {
                    late.push(((*said, None), planned.settled));
                }
                Item::Facts(said) => facts.push(((*said, choice), planned.settled)),
                Item::Refund(row) => refunds.push(Refund {
                    row,
                    settled: planned.settled,
                    chosen: choice,
                    proves: planned.take == Take::Now,
                }),
                Item::Await(id) => ids.push(id),
                // A plan has none: it says what they are.
                Item::Callback(..) => {}
            }
        }
        let of = facts.len() + refunds.len() + ids.len();
        let mut done = 0;
        let mut go_on = |size: usize, result: &mut ImportResult| {
            watch.tell(ImportPhase::Keeping, done, of);
            done += size;
            result.stopped |= watch.is_stopped();
            !result.stopped
        };
        let mut fetch = Vec::new();
        for part in parts(facts, PART) {
            if !go_on(part.len(), &mut result) {
                break;
            }
            let (facts, settled) = part.into_iter().unzip();
            let new = self.apply_facts(&run, Part { facts, settled }, &mut result);
            fetch.extend(new.await?);
        }
        for part in parts(refunds, REFUND_PART) {
            if !go_on(part.len(), &mut result) {
                break;
            }
            self.apply_refunds(&run, part, &mut result).await?;
        }
        for part in parts(ids, PART) {
            if !go_on(part.len(), &mut result) {
                break;
            }
            fetch.extend(part.iter().copied());
            let counts = self.apply_ids(&run, part).await?;
            result.awaited.new += counts.new;
            result.awaited.waiting += counts.waiting;
            result.awaited.known += counts.known;
        }
        if let Some(at) = plan.last_report.filter(|_| !result.stopped) {
            let account = run.account;
            self.inner
                .store
                .write(move |tx| tx.set_last_report(account, at))
                .await?;
        }
        self.ask(&run, fetch, watch, &mut result).await?;
        for part in parts(late, PART) {
            if result.stopped {
                break;
            }
            let (facts, settled) = part.into_iter().unzip();
            self.apply_facts(&run, Part { facts, settled }, &mut result)
                .await?;
        }
        let id = run.id;
        let kept = self.inner.store.write(move |tx| tx.end_import(id)).await?;
        result.run = kept.then_some(id);
        Ok(result)
    }

    async fn begin(&self, plan: &ImportPlan) -> Result<Run, Error> {
        let account = plan.account;
        let files: Vec<String> = plan.files.iter().map(|file| file.name.clone()).collect();
        let (now, names, remember) = (
            self.inner.clock.now().at,
            files.clone(),
            plan.remember.clone(),
        );
        let id = self
            .inner
            .store
            .write(move |tx| {
                for (fingerprint, columns) in &remember {
                    let columns = json!(columns).to_string();
                    tx.remember_import_layout(fingerprint, &columns, now)?;
                }
                tx.begin_import(account, &names, now)
            })
            .await?;
        Ok(Run {
            account,
            id,
            files,
            overlaps: plan.counts.new + plan.counts.changed > 0,
        })
    }

    /// Asks Paytrail for payments, part by part.
    async fn ask(
        &self,
        run: &Run,
        ids: Vec<TransactionId>,
        watch: &ImportWatch,
        result: &mut ImportResult,
    ) -> Result<(), Error> {
        let of = ids.len();
        for (number, part) in parts(ids, ASK_PART).enumerate() {
            watch.tell(ImportPhase::Asking, number * ASK_PART, of);
            result.stopped |= watch.is_stopped();
            if result.stopped {
                break;
            }
            match self.refresh(run.account, part, CONCURRENCY).await {
                Ok(report) => {
                    result.fetched.fetched += report.fetched;
                    result.fetched.changed.extend(report.changed);
                    result.fetched.failed.extend(report.failed);
                    if let Some((left, error)) = report.stopped {
                        let rest = of.saturating_sub((number + 1) * ASK_PART);
                        result.fetched.stopped = Some((left + rest, error.clone()));
                        result.not_fetched = Some(error);
                        break;
                    }
                }
                Err(error) => {
                    result.not_fetched = Some(error);
                    break;
                }
            }
        }
        Ok(())
    }

    /// Takes facts. Gives also the ids of those payments of which Paytrail knows more.
    async fn apply_facts(
        &self,
        run: &Run,
        part: Part,
        result: &mut ImportResult,
    ) -> Result<Vec<TransactionId>, Error> {
        let (now, run) = (self.inner.clock.now().at, run.clone());
        let job = move |tx: &WriteTx<'_>| {
            let mut facts = Vec::with_capacity(part.facts.len());
            for (said, chosen) in part.facts {
                let key = match chosen {
                    Some(chosen) => key(tx, run.account, chosen)?,
                    None => None,
                };
                facts.push((said, key));
            }
            let applied = tx.apply_in_run(run.account, run.id, run.overlaps, &facts)?;
            for (entry, outcome) in part.settled.iter().zip(&applied.outcomes) {
                if let (Some(entry), Some(key)) = (entry, outcome.key()) {
                    tx.put_settlement_entry(run.account, run.id, entry, Some(key))?;
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

    async fn apply_refunds(
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
                    tx.put_settlement_entry(run.account, run.id, entry, payment)?;
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

    async fn apply_ids(&self, run: &Run, ids: Vec<TransactionId>) -> Result<AwaitedCounts, Error> {
        let (now, run) = (self.inner.clock.now().at, run.clone());
        let job = move |tx: &WriteTx<'_>| {
            tx.note_awaited(run.id, run.account, &ids)?;
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

/// The choices by their rows. Each has to be one that the plan offers.
fn chosen(plan: &ImportPlan, choices: &[Choice]) -> Result<HashMap<usize, PaymentRef>, Error> {
    let mut chosen = HashMap::new();
    for choice in choices {
        let offered = plan.rows.get(choice.row).is_some_and(|row| {
            matches!(&row.verdict, Verdict::Ambiguous { candidates, .. }
                if candidates.contains(&choice.payment))
        });
        if !offered || chosen.insert(choice.row, choice.payment).is_some() {
            let words = format!("row {} can't belong to the payment chosen", choice.row);
            return Err(
                Error::new(Code::BadInput, words).why(Why::ImportChoiceUnfit { row: choice.row })
            );
        }
    }
    Ok(chosen)
}

/// The key of a payment, if it is there.
fn key(
    tx: &ReadTx<'_>,
    account: AccountId,
    payment: PaymentRef,
) -> Result<Option<PaymentKey>, StoreError> {
    match payment {
        PaymentRef::Id(id) => Ok(tx.payment(account, id)?.map(|stored| stored.key)),
        PaymentRef::Key(key) => Ok(Some(key)),
    }
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

/// Cuts a list into parts without copying what is in it.
fn parts<T>(list: Vec<T>, size: usize) -> impl Iterator<Item = Vec<T>> {
    let mut rest = list.into_iter();
    std::iter::from_fn(move || {
        let part: Vec<T> = rest.by_ref().take(size).collect();
        (!part.is_empty()).then_some(part)
    })
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
