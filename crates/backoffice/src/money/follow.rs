//! Following what is open: only `GET` tells, and only what it proves is written.

use hyvitys_domain::{AccountId, OperationKind, OperationState};
use hyvitys_paytrail::{CallError, Client};
use hyvitys_store::accounts::Account;
use hyvitys_store::journal::{Operation, Step};

use super::believe;
use crate::error::Error;
use crate::look::NoLook;
use crate::service::Backoffice;

impl Backoffice {
    /// Asks Paytrail for every open operation of an account and gives those that changed. Unknown
    /// refunds are left alone: nothing that could be asked for would tell. An error means that one of them
    /// could not be followed; all the others were.
    pub async fn follow(&self, account: AccountId) -> Result<Vec<Operation>, Error> {
        self.save_again().await;
        let now = self.inner.clock.now();
        self.inner.store.write(move |tx| tx.recover(&now)).await?;
        let account = self.account(account).await?;
        let id = account.id;
        let open = self
            .inner
            .store
            .read(move |tx| tx.open_operations(id))
            .await?;
        let client = self.client(&account).await?;
        if account.paused.is_some() {
            self.try_the_secret(id, &client).await?;
        }
        let mut changed = Vec::new();
        let mut failed = None;
        for operation in open {
            let before = (operation.state, operation.reason.clone());
            match self.follow_one(&account, &client, operation).await {
                Ok(after) if (after.state, &after.reason) != (before.0, &before.1) => {
                    changed.push(after);
                }
                Ok(_) => {}
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        // Drafts and operations are matters of their own: what fails in one does not end the other. A draft
        // stays as it is and is taken up the next time.
        if let Err(error) = self.take_up_drafts(&account, &client).await {
            tracing::warn!(%error, "a draft could not be taken up");
        }
        failed.map_or(Ok(changed), Err)
    }

    /// Sending was paused because the secret was not accepted; any signed answer shows that it is.
    async fn try_the_secret(&self, account: AccountId, client: &Client) -> Result<(), Error> {
        let answer = client
            .payment_providers(&self.stamped(None), None, &[])
            .await;
        let accepted = match answer {
            Ok(_) | Err(CallError::Refused { .. }) => true,
            Err(_) => false,
        };
        if accepted {
            let now = self.inner.clock.now().at;
            self.inner
                .store
                .write(move |tx| tx.unpause_account(account, now))
                .await?;
        }
        Ok(())
    }

    async fn follow_one(
        &self,
        account: &Account,
        client: &Client,
        operation: Operation,
    ) -> Result<Operation, Error> {
        match (operation.kind, operation.state) {
            // An unknown one whose own id is known (it was not found under it before) may yet be.
            (OperationKind::Refund, OperationState::Accepted | OperationState::Unknown) => {
                self.follow_refund(account, client, operation).await
            }
            (
                OperationKind::Activate | OperationKind::Cancel,
                OperationState::Accepted | OperationState::Unknown,
            ) => Ok(self.follow_hold(account, client, operation).await?.0),
            _ => Ok(operation),
        }
    }

    pub(super) async fn follow_refund(
        &self,
        account: &Account,
        client: &Client,
        operation: Operation,
    ) -> Result<Operation, Error> {
        let Some(refund) = operation.refund_transaction_id else {
            return Ok(operation);
        };
        let look = self.get(client, refund).await;
        if matches!(look, Err(CallError::Unauthorized { .. })) {
            self.pause_account(account.id, crate::look::NOT_ACCEPTED)
                .await?;
            return Ok(operation);
        }
        let own = operation.id;
        let stamp_is_anothers = match &look {
            Ok(found) => {
                let stamp = found.value.stamp.clone();
                let owner = self
                    .inner
                    .store
                    .read(move |tx| tx.operation_by_stamp(&stamp))
                    .await?;
                owner.is_some_and(|owner| owner.id != own)
            }
            Err(_) => false,
        };
        let Some((state, answer)) = believe::look_at_refund(&operation, &look, stamp_is_anothers)
        else {
            return Ok(operation);
        };
        self.write_settled(operation, state, answer).await
    }

    /// Looks at the payment of an open hold operation. Gives the operation, and whether the look
    /// showed the hold still open.
    pub(super) async fn follow_hold(
        &self,
        account: &Account,
        client: &Client,
        operation: Operation,
    ) -> Result<(Operation, bool), Error> {
        if !matches!(
            operation.state,
            OperationState::Accepted | OperationState::Unknown
        ) {
            return Ok((operation, false));
        }
        let look = match self.look(account, client, operation.transaction_id).await {
            Ok(look) => look,
            Err(NoLook::Ours(error)) => return Err(error),
            Err(_) => return Ok((operation, false)),
        };
        match believe::look_at_hold(&operation, &look) {
            Some((state, answer)) => {
                Ok((self.write_settled(operation, state, answer).await?, false))
            }
            None => Ok((operation, look.value.status.is_open_hold())),
        }
    }

    async fn write_settled(
        &self,
        operation: Operation,
        state: OperationState,
        answer: hyvitys_store::journal::Answer,
    ) -> Result<Operation, Error> {
        let (id, from, now) = (operation.id, operation.state, self.inner.clock.now());
        let step = self
            .inner
            .store
            .write(move |tx| tx.settle(id, &[from], state, &answer, &now))
            .await?;
        Ok(match step {
            Step::Taken(operation) | Step::Lost(operation) => operation,
        })
    }
}
