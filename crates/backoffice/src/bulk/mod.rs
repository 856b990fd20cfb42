//! Many operations with one confirmation (money-safety 18): pause, resume, stop, and what became of each line.
//!
//! [`Backoffice::run_batch`] carries out the waiting lines of a batch that this process has, a few at a time.
//! Each line becomes an operation of the journal and goes the way of every operation; what became of the line
//! is what became of its operation.

mod breaker;
mod check;
mod columns;
mod confirm;
mod plan;
mod read;
mod result;
mod run;
mod running;
mod views;

use std::sync::Arc;

use hyvitys_domain::{AccountId, BatchId, BatchLineState, BatchPause, Moment};
use hyvitys_store::batches::{LineRefused, NotResumed};
use hyvitys_store::{StoreError, WriteTx};

use crate::error::{Code, Error};
use crate::service::Backoffice;
use crate::why::Why;

pub use columns::BatchColumn;
pub use confirm::{BatchConfirmation, CONCURRENCY, CONCURRENCY_SETTING, MOST_CONCURRENCY};
pub use hyvitys_store::batches::{Batch, BatchCount, BatchLine, BatchLinePage, BatchOrigin};
pub use plan::{
    BatchPlan, BatchSource, BatchSum, BatchVerdict, LineChange, PlannedBatchLine, Suggestion,
};
pub use read::{AmountsIn, Asked, BatchKey, BatchOptions, BatchTable, MOST_LINES};
pub(crate) use running::Batches;
pub use views::BatchView;

impl Backoffice {
    /// The batches of an account, newest first.
    pub async fn batches(&self, account: AccountId) -> Result<Vec<BatchView>, Error> {
        let batches = self.inner.store.read(move |tx| tx.batches(account)).await?;
        let mut views = Vec::with_capacity(batches.len());
        for batch in batches {
            views.push(self.view(batch));
        }
        Ok(views)
    }

    /// A batch as it stands.
    pub async fn batch(&self, id: BatchId) -> Result<BatchView, Error> {
        let batch = self.inner.store.read(move |tx| tx.batch(id)).await?;
        Ok(self.view(batch.ok_or_else(|| no_such_batch(id))?))
    }

    /// Lines of a batch, those in one state or all: the newest change first, what waits last.
    pub async fn batch_lines(
        &self,
        id: BatchId,
        show: Option<BatchLineState>,
        from: u64,
        limit: u64,
    ) -> Result<BatchLinePage, Error> {
        Ok(self
            .inner
            .store
            .read(move |tx| tx.batch_lines(id, show, from, limit))
            .await?)
    }

    /// Pauses a batch, whichever program runs it: lines under way end, nothing new begins.
    pub async fn pause_batch(&self, id: BatchId) -> Result<BatchView, Error> {
        self.halt(id, |tx, id, now| {
            tx.pause_batch(id, BatchPause::Person, None, now)
        })
        .await
    }

    /// Stops a batch for good: lines under way end, and what waits is never sent with it.
    pub async fn stop_batch(&self, id: BatchId) -> Result<BatchView, Error> {
        self.halt(id, |tx, id, now| tx.stop_batch(id, now)).await
    }

    /// Pauses or stops a batch. One of this process that it does not run has no lines under way: it is given
    /// back at once.
    async fn halt(&self, id: BatchId, step: Halt) -> Result<BatchView, Error> {
        let known = self.batch(id).await?.batch.id;
        let (owner, now) = (self.inner.owner.id(), self.inner.clock.now());
        let batches = Arc::clone(&self.inner.batches);
        let batch = self
            .inner
            .store
            .write(move |tx| {
                let halted = step(tx, known, &now)?;
                if batches.runs(known) {
                    return Ok(halted);
                }
                tx.release_batch(known, owner, &now)
            })
            .await?;
        Ok(self.view(batch))
    }

    /// Takes up a paused batch in this process; [`Backoffice::run_batch`] then runs it. An error means that
    /// nothing was sent.
    pub async fn resume_batch(&self, id: BatchId) -> Result<BatchView, Error> {
        self.may_send().await?;
        let known = self.batch(id).await?.batch.id;
        let (owner, now) = (self.inner.owner.id(), self.inner.clock.now());
        let batches = Arc::clone(&self.inner.batches);
        let resumed = self
            .inner
            .store
            .write(move |tx| {
                // A run that has given its batch back has not ended for that: until it has, none can begin.
                if batches.runs(known) {
                    return Ok(Err(NotResumed::StillRuns));
                }
                tx.resume_batch(known, owner, &now)
            })
            .await?;
        Ok(self.view(resumed?))
    }
}

/// How a batch is paused or stopped.
type Halt = fn(&WriteTx<'_>, BatchId, &Moment) -> Result<Batch, StoreError>;

impl From<NotResumed> for Error {
    fn from(why: NotResumed) -> Error {
        let (code, kind, next) = match &why {
            NotResumed::StillRuns => (
                Code::Busy,
                Why::BatchElsewhere,
                "wait until its last lines have ended, or pause it where it runs",
            ),
            NotResumed::Ended => (
                Code::NotOperable,
                Why::BatchNotResumable,
                "check and confirm its rest anew",
            ),
            NotResumed::Stale => (
                Code::NotOperable,
                Why::BatchStale,
                "check and confirm its rest anew",
            ),
            NotResumed::Locked(locked) => (Code::Locked, locked.clone().into(), ""),
        };
        Error::new(code, format!("nothing was sent: {why}"))
            .why(kind)
            .next(next)
    }
}

fn no_such_batch(id: BatchId) -> Error {
    Error::new(Code::NotFound, format!("there is no batch {id}"))
}

/// Why a line was refused, as JSON and in words.
fn tell(why: &LineRefused) -> (String, String) {
    let words = why.to_string();
    let kind = match why {
        LineRefused::PaymentChanged { .. } => Why::BatchPaymentChanged,
        LineRefused::Refused(refusal) => refusal.clone().into(),
    };
    let json = serde_json::json!(kind);
    (json.to_string(), words)
}
