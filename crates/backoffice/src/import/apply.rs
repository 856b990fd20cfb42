//! Doing what a plan says.
//!
//! In transactions of bounded size, each with its own entry in the audit log: a program that is killed
//! in the middle has taken the first parts, and the same file again takes the rest.

use chrono::{DateTime, Utc};
use hyvitys_domain::{AccountId, OperationId, TransactionId};
use hyvitys_store::journal::{Happening, Recorded, RefundEvidence};
use hyvitys_store::payments::{Applied, AwaitedCounts, Outcome, PaymentFacts, Source};
use hyvitys_store::{StoreError, WriteTx};
use serde_json::json;

use super::refunds::candidates;
use super::{ImportPlan, Item, RefundRow};
use crate::error::Error;
use crate::refresh::{CONCURRENCY, RefreshReport};
use crate::service::Backoffice;

/// How many payments or ids one transaction takes.
const PART: usize = 5_000;
/// How many refunds one transaction takes: each is a step of the journal.
const REFUND_PART: usize = 500;

/// What an import did.
#[derive(Clone, Debug, Default)]
pub struct ImportResult {
    /// New payments.
    pub new: usize,
    /// Payments that were changed.
    pub changed: usize,
    /// Payments of which nothing new was said.
    pub same: usize,
    /// Rows that were not taken since several payments could be meant.
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
    /// The ids that were given.
    pub awaited: AwaitedCounts,
    /// What Paytrail answered for the ids, where it was asked.
    pub fetched: RefreshReport,
    /// Why it was not asked. The ids wait, and `sync` asks.
    pub not_fetched: Option<Error>,
}

impl Backoffice {
    /// Does what a plan says, then asks Paytrail for the ids in it. What can't be fetched now (no
    /// network, no secret) waits for the next sync and is no error.
    pub async fn apply_import(&self, plan: ImportPlan) -> Result<ImportResult, Error> {
        let account = plan.account;
        let mut result = ImportResult {
            ambiguous: plan.counts.ambiguous,
            conflict: plan.counts.conflict,
            broken: plan.counts.broken,
            ..ImportResult::default()
        };
        let files: Vec<String> = plan.files.iter().map(|file| file.name.clone()).collect();
        let (mut facts, mut refunds, mut ids) = (Vec::new(), Vec::new(), Vec::new());
        for item in plan.items {
            match item {
                Item::Facts(said) => facts.push(*said),
                Item::Refund(refund) => refunds.push(refund),
                Item::Await(id) => ids.push(id),
                // A plan has none: it says what they are.
                Item::Callback(..) => {}
            }
        }
        let mut fetch = ids.clone();
        for part in parts(facts, PART) {
            let (applied, new) = self.apply_facts(account, part, &files).await?;
            result.new += applied.new;
            result.changed += applied.changed;
            result.same += applied.same;
            result.ambiguous += applied.ambiguous;
            result.conflict += applied.conflict;
            result.broken += applied.incomplete;
            fetch.extend(new);
        }
        for part in parts(refunds, REFUND_PART) {
            for recorded in self.apply_refunds(account, part, &files).await? {
                match recorded {
                    Recorded::Settled(id) => result.settled.push(id),
                    Recorded::Contradicts(id) => result.contradicted.push(id),
                    Recorded::Foreign => result.refunds_elsewhere += 1,
                    Recorded::Agrees(_) | Recorded::ForeignKnown => result.same += 1,
                    Recorded::Ignored(_) => result.ambiguous += 1,
                }
            }
        }
        for part in parts(ids, PART) {
            let counts = self.apply_ids(account, part, &files).await?;
            result.awaited.new += counts.new;
            result.awaited.waiting += counts.waiting;
            result.awaited.known += counts.known;
        }
        if let Some(at) = plan.last_report {
            self.inner
                .store
                .write(move |tx| tx.set_last_report(account, at))
                .await?;
        }
        if !fetch.is_empty() {
            match self.refresh(account, fetch, CONCURRENCY).await {
                Ok(report) => {
                    result.not_fetched = report.stopped.as_ref().map(|(_, error)| error.clone());
                    result.fetched = report;
                }
                Err(error) => result.not_fetched = Some(error),
            }
        }
        Ok(result)
    }

    /// Takes facts. Gives also the new payments that only a callback told of: Paytrail knows more.
    async fn apply_facts(
        &self,
        account: AccountId,
        facts: Vec<PaymentFacts>,
        files: &[String],
    ) -> Result<(Applied, Vec<TransactionId>), Error> {
        let (now, files) = (self.inner.clock.now().at, files.to_vec());
        let job = move |tx: &WriteTx<'_>| {
            let applied = tx.apply(account, &facts)?;
            let detail = json!({
                "files": files, "new": applied.new, "changed": applied.changed, "same": applied.same,
            });
            journal(tx, now, account, detail)?;
            let new = facts
                .iter()
                .zip(&applied.outcomes)
                .filter(|(facts, outcome)| {
                    facts.source == Source::Callback && matches!(outcome, Outcome::New(_))
                })
                .filter_map(|(facts, _)| facts.transaction_id)
                .collect();
            Ok((applied, new))
        };
        Ok(self.inner.store.write(job).await?)
    }

    async fn apply_refunds(
        &self,
        account: AccountId,
        refunds: Vec<RefundRow>,
        files: &[String],
    ) -> Result<Vec<Recorded>, Error> {
        let (now, files) = (self.inner.clock.now(), files.to_vec());
        let job = move |tx: &WriteTx<'_>| {
            let mut recorded = Vec::new();
            for refund in &refunds {
                let (Some(refund_stamp), Some(status)) = (refund.stamp.clone(), refund.status)
                else {
                    continue;
                };
                // Looked for here, since the payment may have come in this very import.
                let mut found = match &refund.original {
                    Some(reference) => candidates(tx, account, reference)?,
                    None => Vec::new(),
                };
                let one = found.pop().filter(|_| found.is_empty());
                let evidence = RefundEvidence {
                    refund_stamp,
                    amount: refund.amount,
                    transaction_id: refund.transaction_id,
                    status,
                    source: refund.source,
                    at: refund.at,
                    payment: one
                        .filter(|one| one.payment.amount >= refund.amount)
                        .map(|one| one.key),
                };
                recorded.push(tx.record_evidence(account, &evidence, &now)?);
            }
            journal(
                tx,
                now.at,
                account,
                json!({ "files": files, "refunds": recorded.len() }),
            )?;
            Ok(recorded)
        };
        Ok(self.inner.store.write(job).await?)
    }

    async fn apply_ids(
        &self,
        account: AccountId,
        ids: Vec<TransactionId>,
        files: &[String],
    ) -> Result<AwaitedCounts, Error> {
        let (now, files) = (self.inner.clock.now().at, files.to_vec());
        let job = move |tx: &WriteTx<'_>| {
            let counts = tx.await_payments(account, &ids, now)?;
            journal(
                tx,
                now,
                account,
                json!({ "files": files, "awaited": counts.new }),
            )?;
            Ok(counts)
        };
        Ok(self.inner.store.write(job).await?)
    }
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
