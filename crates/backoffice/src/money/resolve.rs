//! A person's word about an operation whose outcome nobody could tell.

use hyvitys_domain::rules::{self, Rule};
use hyvitys_domain::{AccountId, OperationId, OperationState};
use hyvitys_store::journal::{Operation, Step};

use crate::error::{Code, Error};
use crate::service::Backoffice;
use crate::why::Why;

/// Where a person looks before saying what happened.
const WHERE_TO_LOOK: &str = "look at the refund list and the approval queue of the Merchant Panel (https://merchant.paytrail.com)";

impl Backoffice {
    /// Settles an unknown operation of this account by a person's word: who looked into the Merchant
    /// Panel of one shop has seen nothing of another shop's refunds. "It did not go through" can be
    /// said only when the quarantine is over: until then the request may still be carried out
    /// (money-safety 11).
    pub async fn resolve(
        &self,
        account: AccountId,
        id: OperationId,
        moved: bool,
        note: &str,
    ) -> Result<Operation, Error> {
        let note = note.trim().to_owned();
        if note.is_empty() {
            return Err(
                Error::new(Code::BadInput, "say in a note what you saw and where")
                    .why(Why::NoteMissing),
            );
        }
        let now = self.inner.clock.now();
        let operation = self.operation(id).await?;
        if operation.account != account {
            return Err(Error::new(
                Code::NotFound,
                format!("this account has no operation {id}: it belongs to another one"),
            )
            .why(Why::OperationOfAnotherAccount)
            .next("name its account with --account"));
        }
        if operation.state != OperationState::Unknown {
            let state = operation.state;
            return Err(Error::new(
                Code::BadInput,
                format!("only an unknown outcome can be resolved; this operation is '{state}'"),
            )
            .why(Why::NotUnknown { state }));
        }
        let minutes = operation.quarantine_minutes(&now);
        if !moved && minutes > 0 && rules::holds(Rule::Quarantine) {
            return Err(Error::new(
                Code::Quarantine,
                format!("the request may still be carried out: wait {minutes} more minutes before saying that it was not"),
            )
            .why(Why::Quarantine { minutes })
            .next(WHERE_TO_LOOK));
        }
        let step = self
            .inner
            .store
            .write(move |tx| tx.mark(id, moved, &note, &now))
            .await?;
        match step {
            Step::Taken(operation) => Ok(operation),
            Step::Lost(operation) => Err(Error::new(
                Code::BadInput,
                format!("meanwhile the operation has become '{}'", operation.state),
            )
            .why(Why::NotUnknown {
                state: operation.state,
            })),
        }
    }

    /// A person has compared a restored or copied data file with the Merchant Panel, and takes it over.
    pub async fn take_over(&self, note: &str) -> Result<(), Error> {
        let note = note.trim().to_owned();
        if note.is_empty() {
            return Err(
                Error::new(Code::BadInput, "say in a note what you compared")
                    .why(Why::NoteMissing)
                    .next(WHERE_TO_LOOK),
            );
        }
        if self.inner.store.locked().is_none() {
            return Err(
                Error::new(Code::BadInput, "this data file is not locked").why(Why::NotLocked)
            );
        }
        Ok(self
            .inner
            .store
            .take_over(note, self.inner.clock.now())
            .await?)
    }
}
