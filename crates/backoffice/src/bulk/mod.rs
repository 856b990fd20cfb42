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

use hyvitys_domain::{AccountId, BatchId, BatchLineState, BatchPause};
use hyvitys_store::batches::{LineRefused, NotResumed};

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
            views.push(self.view(batch).await?);
        }
        Ok(views)
    }

    /// A batch as it stands.
    pub async fn batch(&self, id: BatchId) -> Result<BatchView, Error> {
        let batch = self.inner.store.read(move |tx| tx.batch(id)).await?;
        self.view(batch.ok_or_else(|| no_such_batch(id))?).await
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
        let known = self.batch(id).await?.batch;
        let now = self.inner.clock.now();
        let batch = self
            .inner
            .store
            .write(move |tx| tx.pause_batch(known.id, BatchPause::Person, None, &now))
            .await?;
        self.release_idle(batch).await
    }

    /// Stops a batch for good: lines under way end, and what waits is never sent with it.
    pub async fn stop_batch(&self, id: BatchId) -> Result<BatchView, Error> {
        let known = self.batch(id).await?.batch;
        let now = self.inner.clock.now();
        let batch = self
            .inner
            .store
            .write(move |tx| tx.stop_batch(known.id, &now))
            .await?;
        self.release_idle(batch).await
    }

    /// A batch of this process that it does not run has no lines under way.
    async fn release_idle(&self, batch: Batch) -> Result<BatchView, Error> {
        let (id, owner) = (batch.id, self.inner.owner.id());
        if self.inner.batches.runs(id) {
            return self.view(batch).await;
        }
        let released = self
            .inner
            .store
            .write(move |tx| tx.release_batch(id, owner))
            .await?;
        self.view(released).await
    }

    /// Takes up a paused batch in this process; [`Backoffice::run_batch`] then runs it. An error means that
    /// nothing was sent.
    pub async fn resume_batch(&self, id: BatchId) -> Result<BatchView, Error> {
        self.may_send().await?;
        let known = self.batch(id).await?.batch;
        let (owner, now) = (self.inner.owner.id(), self.inner.clock.now());
        let resumed = self
            .inner
            .store
            .write(move |tx| tx.resume_batch(known.id, owner, &now))
            .await?;
        self.view(resumed?).await
    }
}

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
