//! From a plan that a person has confirmed to a batch.

use hyvitys_domain::rules::{self, Rule};
use hyvitys_domain::{BatchId, IntentId, Money, OperationKind};
use hyvitys_store::batches::{BatchRefused, NewBatch, NewBatchLine};
use hyvitys_store::journal::Refusal;

use super::BatchView;
use super::check::may_be_confirmed;
use super::plan::{BatchPlan, PlannedBatchLine};
use crate::error::{Code, Error};
use crate::refund_policy::{checked_reason, confirmed_by_typing};
use crate::service::Backoffice;
use crate::why::Why;

/// The setting of how many lines are under way at once.
pub const CONCURRENCY_SETTING: &str = "batch_concurrency";
/// How many are, where nobody has said.
pub const CONCURRENCY: u32 = 8;
/// The most at once.
pub const MOST_CONCURRENCY: u32 = 32;

/// A person's confirmation of a plan. It names what they saw.
#[derive(Clone, Debug)]
pub struct BatchConfirmation {
    /// The plan's digest.
    pub digest: String,
    /// How many lines are sent.
    pub count: u64,
    /// Their sum, in cents.
    pub sum: Money,
    /// The sum as the person typed it; needed over the shop's limit.
    pub typed: Option<Money>,
    /// The confirmation; a double click has the same one.
    pub intent: IntentId,
    /// Why the refunds are made, of the shop's own list.
    pub refund_reason: Option<String>,
    /// For the shop itself.
    pub note: Option<String>,
    /// How many lines are under way at once, 1 to 32; `None` is the setting's.
    pub concurrency: Option<u32>,
}

impl Backoffice {
    /// How many lines of a batch are under way at once, where it is not said for one.
    pub async fn batch_concurrency(&self) -> Result<u32, Error> {
        let said = self.setting(CONCURRENCY_SETTING).await?;
        let said = said.and_then(|text| text.parse().ok());
        Ok(said.unwrap_or(CONCURRENCY).clamp(1, MOST_CONCURRENCY))
    }

    /// Confirms a plan: all its lines are kept, and the batch is this process's to run
    /// ([`Backoffice::run_batch`]). Everything is checked once more; an error means that nothing was written
    /// or sent.
    pub async fn confirm_batch(
        &self,
        plan: &BatchPlan,
        confirmation: BatchConfirmation,
    ) -> Result<BatchView, Error> {
        self.may_send().await?;
        let refund_reason = match confirmation.refund_reason.as_deref() {
            Some(reason) if plan.kind == OperationKind::Refund => Some(checked_reason(reason)?),
            _ => None,
        };
        let sends = plan.sends();
        let is_shown = |digest: &str| {
            digest == confirmation.digest || !rules::holds(Rule::ConfirmationsBindThePlan)
        };
        if !is_shown(&plan.digest)
            || confirmation.count != sends.count
            || confirmation.sum != sends.sum
        {
            return Err(changed());
        }
        let now = self.inner.clock.now();
        if plan.kind.confirmation_is_stale(plan.planned.at, now.at) {
            return Err(changed());
        }
        let limit = self.batch_limit(plan.account).await?;
        confirmed_by_typing(sends.sum, confirmation.typed, limit)?;
        // Double clicks come here twice: what the first one made is found by the store, by its intent.
        let known = self.made_batch(plan, &confirmation.intent).await?;
        let mut plan = plan.clone();
        if known.is_none() {
            let shown = plan.clone();
            plan = self.check_batch(plan).await?;
            // What is kept is what was checked just now, and that is what was shown.
            if is_shown(&plan.digest) && plan.sends() == sends {
                may_be_confirmed(&plan)?;
            } else if self
                .made_batch(&plan, &confirmation.intent)
                .await?
                .is_some()
            {
                // The other click was faster: its batch is this one's, too.
                plan = shown;
            } else {
                return Err(changed());
            }
        }
        let concurrency = match confirmation.concurrency {
            Some(said) => said.clamp(1, MOST_CONCURRENCY),
            None => self.batch_concurrency().await?,
        };
        let new = NewBatch {
            id: BatchId::from_uuid(self.new_operation_id().uuid()),
            account: plan.account,
            kind: plan.kind,
            name: plan.name.clone(),
            origin: plan.origin,
            digest: digest(&plan)?,
            file_digest: plan.file_digest,
            header: plan.header.clone(),
            intent: confirmation.intent,
            refund_reason,
            note: confirmation.note,
            concurrency,
            follows: plan.follows,
            owner: self.inner.owner.id(),
            lines: plan.lines.iter().map(kept).collect(),
            count: sends.count,
            sum: sends.sum,
        };
        let layout = plan.table.as_ref().filter(|_| plan.remember);
        let layout = layout
            .map(|table| {
                let columns = serde_json::to_string(&table.columns);
                columns.map(|columns| (table.fingerprint.clone(), columns))
            })
            .transpose()
            .map_err(|error| Error::new(Code::BadInput, error.to_string()))?;
        let batch = self
            .inner
            .store
            .write(move |tx| {
                let batch = tx.confirm_batch(&new, &now)?;
                if let (Ok(_), Some((print, columns))) = (&batch, layout) {
                    tx.remember_import_layout(&print, &columns, now.at)?;
                }
                Ok(batch)
            })
            .await??;
        Ok(self.view(batch))
    }

    async fn made_batch(
        &self,
        plan: &BatchPlan,
        intent: &IntentId,
    ) -> Result<Option<BatchId>, Error> {
        let (account, intent) = (plan.account, intent.clone());
        Ok(self
            .inner
            .store
            .read(move |tx| tx.batch_by_intent(account, &intent))
            .await?
            .map(|(id, _)| id))
    }
}

fn digest(plan: &BatchPlan) -> Result<[u8; 32], Error> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(&plan.digest, &mut bytes).map_err(|_| changed())?;
    Ok(bytes)
}

/// A line as it is kept; one that is not sent is kept for the result, with the reason.
fn kept(line: &PlannedBatchLine) -> NewBatchLine {
    let left_out = (!line.is_sent()).then(|| match &line.why {
        Some(reason) => (
            serde_json::to_string(&reason.why).ok(),
            reason.words.clone(),
        ),
        None => (None, "left out".to_owned()),
    });
    let asked = line.asked.as_ref().ok();
    NewBatchLine {
        place: line.place,
        named: line.named.clone(),
        fields: line.fields.clone(),
        transaction_id: line.payment,
        amount: line.amount,
        item_stamp: line.item_stamp().cloned(),
        email: asked.and_then(|asked| asked.email.clone()),
        refund_reference: asked.and_then(|asked| asked.refund_reference.clone()),
        note: asked.and_then(|asked| asked.note.clone()),
        again: line.again,
        payment_amount: line.payment_amount,
        payment_taken: line.payment_taken,
        left_out,
    }
}

fn changed() -> Error {
    Error::new(
        Code::BadInput,
        "this is not what was checked any more: nothing was sent",
    )
    .why(Why::BatchPlanChanged)
    .next("look at the check again, and confirm what it says now")
}

impl From<BatchRefused> for Error {
    fn from(refused: BatchRefused) -> Error {
        match refused {
            BatchRefused::NoAccount => Refusal::NoAccount.into(),
            BatchRefused::Paused(why) => Refusal::Paused(why).into(),
            BatchRefused::Locked(locked) => Refusal::Locked(locked).into(),
            BatchRefused::RestChanged => changed(),
            BatchRefused::IntentUsed => Refusal::IntentUsed.into(),
            BatchRefused::StillRuns(number) => {
                Error::new(Code::Busy, format!("batch {number} still runs"))
                    .why(Why::BatchOpenElsewhere { batch: number })
                    .next("pause it first")
            }
        }
    }
}
