//! Activations and cancels. Many with one confirmation are a batch.

use hyvitys_domain::{AccountId, HoldAction, IntentId, Moment, TransactionId, operable};
use hyvitys_store::journal::{NewOperation, Operation};

use crate::error::{Code, Error};
use crate::service::Backoffice;
use crate::why::Why;

/// An activation or a cancel as a person confirms it.
#[derive(Clone, Debug)]
pub struct HoldOrder {
    /// With which account.
    pub account: AccountId,
    /// Of which payment.
    pub transaction_id: TransactionId,
    /// Capture or release.
    pub action: HoldAction,
    /// The confirmation.
    pub intent: IntentId,
    /// When the person confirmed; `None` for now. It holds for 15 minutes.
    pub confirmed: Option<Moment>,
}

impl Backoffice {
    /// Confirms an activation or cancel and carries it out as far as it goes now; the operation says by its
    /// state what became of it. An error means that no operation was made, or says by itself whether money
    /// moved, as [`Backoffice::refund`]'s does.
    pub async fn hold(&self, order: HoldOrder) -> Result<Operation, Error> {
        let now = self.inner.clock.now();
        let confirmed = order.confirmed.unwrap_or_else(|| now.clone());
        if order
            .action
            .kind()
            .confirmation_is_stale(confirmed.at, now.at)
        {
            return Err(stale());
        }
        self.may_send().await?;
        // What is stored may be old: before it is taken for a reason to refuse, look.
        let (account, id, action) = (order.account, order.transaction_id, order.action);
        let stored = self
            .inner
            .store
            .read(move |tx| tx.payment(account, id))
            .await?;
        if stored.is_none_or(|stored| operable::hold_call(&stored.payment, action).is_err()) {
            let account = self.account(order.account).await?;
            let client = self.client(&account).await?;
            self.look(&account, &client, order.transaction_id)
                .await
                .map_err(crate::look::NoLook::into_error)?;
        }
        let new = NewOperation {
            id: self.new_operation_id(),
            account: order.account,
            kind: order.action.kind(),
            transaction_id: order.transaction_id,
            amount: None,
            items: Vec::new(),
            intent: order.intent,
            confirmed,
            made_at: self.inner.clock.now().at,
            refund_stamp: None,
            refund_reference: None,
            email: None,
            note: None,
            refund_reason: None,
            again: false,
            repeat_of: None,
            owner: self.inner.owner.id(),
        };
        self.confirm_and_run(new).await
    }
}

fn stale() -> Error {
    Error::new(
        Code::NotOperable,
        "the confirmation is older than 15 minutes: confirm it anew",
    )
    .why(Why::ConfirmationStale)
}

/// The refusal of what is not begun any more since the program is about to end.
pub fn held_back() -> Error {
    Error::new(
        Code::Busy,
        "the program is about to end: nothing new is begun",
    )
    .why(Why::Ending)
}
