//! Answers on their way to the disk.
//!
//! An answer is committed before anybody gets to see it. When the disk does not take it, it is kept in
//! memory and written again, and until then this process sends nothing more (money-safety 1).

use std::future::Future;
use std::time::Duration;

use hyvitys_domain::{OperationId, OperationState};
use hyvitys_store::journal::{Answer, Operation};

use crate::error::{Code, Error, MoneyMoved};
use crate::service::Backoffice;
use crate::why::Why;

/// How often an answer is offered to the disk before the person is told.
const TRIES: u32 = 4;
/// The pause before the second try; it doubles.
const PAUSE: Duration = Duration::from_millis(200);

/// An answer that came and could not be written yet.
#[derive(Clone, Debug)]
pub struct Unsaved {
    /// Of which operation.
    pub operation: OperationId,
    /// To which attempt.
    pub nonce: String,
    /// What it makes of the operation.
    pub makes: Makes,
    /// What it says.
    pub answer: Answer,
}

/// What an answer makes of its operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Makes {
    /// It is in this state now.
    Becomes(OperationState),
    /// It surely was not carried out.
    NotSent {
        /// No further attempt follows.
        give_up: bool,
    },
}

impl Backoffice {
    /// Writes an answer before anybody gets to see it. Where the disk does not take it at once, it is
    /// kept, and nothing more is sent until it is written.
    pub(super) async fn write_answer(&self, unsaved: Unsaved) -> Result<Operation, Error> {
        let save = || self.save(&unsaved);
        let keep = || self.unsaved().push(unsaved.clone());
        if let Some(operation) = self.offered_to_the_disk(save, keep).await {
            self.unsaved().retain(|kept| kept.nonce != unsaved.nonce);
            return Ok(operation);
        }
        let (moved, what) = match unsaved.makes {
            Makes::Becomes(OperationState::Done) => (MoneyMoved::Yes, "done".to_owned()),
            Makes::Becomes(state) => (MoneyMoved::Unknown, state.to_string()),
            Makes::NotSent { .. } => (MoneyMoved::No, "not sent".to_owned()),
        };
        Err(Error {
            money_moved: moved,
            request_id: unsaved.answer.request_id.clone(),
            ..Error::new(
                Code::NotSaved,
                format!("the answer is not saved yet: by it this operation is '{what}'"),
            )
            .why(Why::AnswerNotSaved)
            .next("make room on the disk and leave the program open: it writes the answer again")
        })
    }

    /// Offers an answer to the disk a few times. Before the second try it is kept in memory by `keep`, and stays
    /// there where this gives `None`: the disk did not take it.
    pub(crate) async fn offered_to_the_disk<T, F>(
        &self,
        save: impl Fn() -> F + Send,
        keep: impl FnOnce() + Send,
    ) -> Option<T>
    where
        F: Future<Output = Result<T, Error>> + Send,
    {
        let mut keep = Some(keep);
        let mut pause = PAUSE;
        for _ in 0..TRIES {
            match save().await {
                Ok(saved) => return Some(saved),
                Err(error) => tracing::error!(%error, "an answer could not be saved"),
            }
            if let Some(keep) = keep.take() {
                keep();
            }
            self.inner.clock.sleep(pause).await;
            pause *= 2;
        }
        None
    }

    async fn save(&self, unsaved: &Unsaved) -> Result<Operation, Error> {
        let (unsaved, now) = (unsaved.clone(), self.inner.clock.now());
        let step = self
            .inner
            .store
            .write(move |tx| match unsaved.makes {
                Makes::Becomes(state) => tx.answered(
                    unsaved.operation,
                    &unsaved.nonce,
                    state,
                    &unsaved.answer,
                    &now,
                ),
                Makes::NotSent { give_up } => tx.not_sent(
                    unsaved.operation,
                    &unsaved.nonce,
                    &unsaved.answer,
                    give_up,
                    &now,
                ),
            })
            .await?;
        Ok(step.operation())
    }

    /// Tries to write what could not be saved before; see [`Backoffice::unsaved_count`]. Writing an answer
    /// twice changes nothing.
    pub async fn save_again(&self) {
        let mut waiting = self.unsaved().clone();
        for unsaved in &mut waiting {
            // Whoever would have tried once more has given up since: back in the queue it would lie there.
            if let Makes::NotSent { give_up } = &mut unsaved.makes {
                *give_up = true;
            }
        }
        for unsaved in waiting {
            if self.save(&unsaved).await.is_ok() {
                self.unsaved().retain(|kept| kept.nonce != unsaved.nonce);
            }
        }
        self.save_drafts_again().await;
        self.save_pauses_again().await;
    }
}
