//! Doing what a plan says.
//!
//! In transactions of bounded size, each with its own entry in the audit log: a program that is killed
//! in the middle, or an import that is stopped, has taken the first parts, and the same file again takes
//! the rest.

use std::collections::HashMap;
use std::sync::Arc;

use hyvitys_domain::{OperationId, TransactionId};
use hyvitys_store::WriteTx;
use hyvitys_store::imports::RunId;
use hyvitys_store::payments::AwaitedCounts;
use serde_json::json;

use super::keep::{Chose, Part, Refund, Run};
use super::runs::Running;
use super::{Choice, ImportPhase, ImportPlan, ImportWatch, Item, Take, Verdict};
use crate::error::{Code, Error};
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
        let (run, _running) = self.begin(&plan).await?;
        let (mut facts, mut late) = (Vec::new(), Vec::new());
        let (mut refunds, mut ids, mut noted) = (Vec::new(), Vec::new(), Vec::new());
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
                    chosen: choice.map(|choice| choice.payment),
                    proves: planned.take == Take::Now,
                }),
                Item::Await(id) if planned.take == Take::Noted => noted.push(id),
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
        for part in parts(noted, PART) {
            if !run.overlaps || result.stopped {
                break;
            }
            let (id, account) = (run.id, run.account);
            let note = move |tx: &WriteTx<'_>| tx.note_awaited(id, account, true, &part);
            self.inner.store.write(note).await?;
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

    async fn begin(&self, plan: &ImportPlan) -> Result<(Run, Running), Error> {
        let account = plan.account;
        let files: Vec<String> = plan.files.iter().map(|file| file.name.clone()).collect();
        let (now, names, remember) = (
            self.inner.clock.now().at,
            files.clone(),
            plan.remember.clone(),
        );
        let owner = self.inner.owner.id();
        let running = Arc::clone(&self.inner.imports);
        let (id, running) = self
            .inner
            .store
            .write(move |tx| {
                for (fingerprint, columns) in &remember {
                    let columns = json!(columns).to_string();
                    tx.remember_import_layout(fingerprint, &columns, now)?;
                }
                let id = tx.begin_import(account, &names, owner, now)?;
                Ok((id, Running::begin(running, id)))
            })
            .await?;
        let run = Run {
            account,
            id,
            files,
            // Also what a person chose, and settlement lines of refunds that prove nothing, make it an import that stands.
            overlaps: plan.counts.new + plan.counts.changed > 0
                || plan.counts.ambiguous + plan.counts.conflict > 0,
        };
        Ok((run, running))
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
}

/// The choices by their rows. Each has to be one that the plan offers.
fn chosen(plan: &ImportPlan, choices: &[Choice]) -> Result<HashMap<usize, Chose>, Error> {
    let mut chosen = HashMap::new();
    for choice in choices {
        let offered = plan
            .rows
            .get(choice.row)
            .and_then(|row| match &row.verdict {
                Verdict::Ambiguous { candidates, .. } if candidates.contains(&choice.payment) => {
                    Some(Chose {
                        payment: choice.payment,
                        candidates: candidates.clone(),
                    })
                }
                _ => None,
            });
        let fresh = offered.is_some_and(|offered| chosen.insert(choice.row, offered).is_none());
        if !fresh {
            let words = format!("row {} can't belong to the payment chosen", choice.row);
            return Err(
                Error::new(Code::BadInput, words).why(Why::ImportChoiceUnfit { row: choice.row })
            );
        }
    }
    Ok(chosen)
}

/// Cuts a list into parts without copying what is in it.
fn parts<T>(list: Vec<T>, size: usize) -> impl Iterator<Item = Vec<T>> {
    let mut rest = list.into_iter();
    std::iter::from_fn(move || {
        let part: Vec<T> = rest.by_ref().take(size).collect();
        (!part.is_empty()).then_some(part)
    })
}
