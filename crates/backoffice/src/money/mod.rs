//! Refunds, activations and cancels, from a person's confirmation to a proven outcome.
//!
//! [`Backoffice::refund`] and its siblings confirm (one transaction that checks and reserves), look
//! at the payment where the last look is too old, then send: claim and attempt are committed before
//! the first byte, the answer is committed before it is shown. [`Backoffice::follow`] asks for what
//! was still open. Nothing here retries a refund that may have been carried out.

mod answers;
pub mod believe;
mod follow;
mod holds;
mod pace;
mod resolve;
mod send;

use chrono::TimeDelta;
use hyvitys_domain::rules::{self, Rule};
use hyvitys_domain::{
    AccountId, IntentId, ItemStamp, Money, OperationId, OperationKind, OperationState, RefundStamp,
    TransactionId, operable,
};
use hyvitys_store::journal::{NewOperation, Operation};

use crate::error::{Code, Error, MoneyMoved};
use crate::refund_policy::{checked_reason, confirmed_by_typing};
use crate::service::Backoffice;
use crate::why::Why;

pub use answers::{Makes, Unsaved};
pub use holds::{HoldOrder, held_back};
pub(crate) use pace::Pace;
pub(crate) use send::gate;

/// How much a refund gives back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HowMuch {
    /// This much.
    Amount(Money),
    /// All that is left when it is confirmed; a number from then on.
    Rest,
    /// This much of each of these items.
    Items(Vec<(ItemStamp, Money)>),
}

/// A refund as a person confirms it.
#[derive(Clone, Debug)]
pub struct RefundOrder {
    /// With which account.
    pub account: AccountId,
    /// Of which payment.
    pub transaction_id: TransactionId,
    /// How much.
    pub how_much: HowMuch,
    /// The confirmation; a double click has the same one.
    pub intent: IntentId,
    /// The same refund as an earlier one is meant again.
    pub again: bool,
    /// For ourselves. It may name a customer, and stays out of the audit log.
    pub note: Option<String>,
    /// Why, in the shop's own words. It names nobody, and stands in the audit log.
    pub refund_reason: Option<String>,
    /// The sum that a person typed to confirm it, where it is over the shop's limit.
    pub typed: Option<Money>,
    /// Goes to Paytrail as `refundReference`.
    pub reference: Option<String>,
    /// Where an email refund goes; only when staff choose it.
    pub email: Option<String>,
}

impl Backoffice {
    /// Confirms a refund and carries it out as far as it goes now; the operation says by its state what
    /// became of it. An error means that no operation was made, or says by itself whether money moved: an
    /// answer that the disk did not take ([`Code::NotSaved`]).
    pub async fn refund(&self, order: RefundOrder) -> Result<Operation, Error> {
        self.may_send().await?;
        if let Some(made) = self.made_by(order.account, &order.intent).await?
            && made.kind == OperationKind::Refund
            && made.transaction_id == order.transaction_id
            && order.how_much == HowMuch::Rest
        {
            // A double click: what "the rest" was is a number since the first one.
            return Ok(made);
        }
        let refund_reason = order
            .refund_reason
            .as_deref()
            .map(checked_reason)
            .transpose()?;
        let (amount, items) = self.amount_of(&order).await?;
        let limit = self.refund_limit(order.account).await?;
        confirmed_by_typing(amount, order.typed, limit)?;
        let repeat_of = self.repeated_by(&order, amount, &items).await?;
        let now = self.inner.clock.now();
        let new = NewOperation {
            id: self.new_operation_id(),
            account: order.account,
            kind: OperationKind::Refund,
            transaction_id: order.transaction_id,
            amount: Some(amount),
            items,
            intent: order.intent,
            made_at: now.at,
            confirmed: now,
            refund_stamp: Some(RefundStamp::from_random(self.inner.chance.bits())),
            refund_reference: order.reference,
            email: order.email,
            note: order.note,
            refund_reason,
            again: order.again,
            repeat_of,
            owner: self.inner.owner.id(),
        };
        self.confirm_and_run(new).await
    }

    async fn made_by(
        &self,
        account: AccountId,
        intent: &IntentId,
    ) -> Result<Option<Operation>, Error> {
        let intent = intent.clone();
        Ok(self
            .inner
            .store
            .read(move |tx| tx.operation_by_intent(account, &intent))
            .await?)
    }

    async fn confirm_and_run(&self, mut new: NewOperation) -> Result<Operation, Error> {
        if !rules::holds(Rule::OneIntentOnce)
            && self.made_by(new.account, &new.intent).await?.is_some()
        {
            new.intent = self.new_intent();
        }
        let operation = self
            .inner
            .store
            .write(move |tx| tx.create_operation(&new))
            .await??;
        if operation.state == OperationState::Queued
            && operation.owner == Some(self.inner.owner.id())
        {
            match self.run(operation.clone()).await {
                Ok(ended) => Ok(ended),
                Err(error) => self.not_begun(&operation, error).await,
            }
        } else {
            Ok(operation)
        }
    }

    /// An operation that broke off before it was claimed must not stay queued: nobody would take it up
    /// before this process ends, and its amount would be reserved till then.
    pub(crate) async fn not_begun(
        &self,
        operation: &Operation,
        error: Error,
    ) -> Result<Operation, Error> {
        match self.give_up(operation, "not_looked", &error.message).await {
            Ok(ended) if ended.state == OperationState::Failed => Ok(ended),
            _ => Err(error),
        }
    }

    /// The amount in cents and its items: what was "all that is left" becomes a number here.
    async fn amount_of(
        &self,
        order: &RefundOrder,
    ) -> Result<(Money, Vec<(ItemStamp, Money)>), Error> {
        match &order.how_much {
            HowMuch::Amount(amount) => Ok((*amount, Vec::new())),
            HowMuch::Items(items) => {
                let sum: Option<Money> = items.iter().map(|(_, amount)| *amount).sum();
                let sum = sum.ok_or_else(|| {
                    Error::new(Code::BadInput, "the items' sum is too large")
                        .why(Why::ItemsSumTooLarge)
                })?;
                Ok((sum, items.clone()))
            }
            HowMuch::Rest => {
                let (account, id) = (order.account, order.transaction_id);
                let stored = self
                    .inner
                    .store
                    .read(move |tx| tx.payment(account, id))
                    .await?;
                let payment = stored
                    .ok_or_else(|| {
                        Error::new(
                            Code::NotFound,
                            format!("there is no payment {id} in this account: import it first"),
                        )
                        .why(Why::NoSuchPayment)
                    })?
                    .payment;
                operable::refund(&payment)?;
                let left = payment.refundable();
                if left == Money::ZERO {
                    return Err(Error::new(
                        Code::NotOperable,
                        format!(
                            "nothing is left to refund: {} € of {} € are refunded and {} € are on their way",
                            payment.refunded, payment.amount, payment.reserved
                        ),
                    )
                    .why(Why::NothingLeft {
                        amount: payment.amount,
                        refunded: payment.refunded,
                        reserved: payment.reserved,
                    }));
                }
                Ok((left, Vec::new()))
            }
        }
    }

    /// The unknown refund that this order repeats: with "again", the one of the same amount and
    /// items (money-safety 11).
    async fn repeated_by(
        &self,
        order: &RefundOrder,
        amount: Money,
        items: &[(ItemStamp, Money)],
    ) -> Result<Option<OperationId>, Error> {
        if !order.again {
            return Ok(None);
        }
        let (account, id, items) = (order.account, order.transaction_id, items.to_vec());
        let unknown = self
            .inner
            .store
            .read(move |tx| tx.unknown_refund(account, id, amount, &items))
            .await?;
        Ok(unknown.map(|operation| operation.id))
    }

    /// Whether the last believable look at a payment is missing or too old for a refund.
    async fn look_is_old(&self, account: AccountId, id: TransactionId) -> Result<bool, Error> {
        let stored = self
            .inner
            .store
            .read(move |tx| tx.payment(account, id))
            .await?;
        let now = self.inner.clock.now().at;
        Ok(stored.is_none_or(|stored| {
            stored.payment.checked_at.is_none_or(|at| {
                // A look from the future is a clock that was set back: it counts as old. So does one
                // that a callback has overtaken: a status is acted on when a look has shown it.
                at > now
                    || now - at > LOOK_FOR_REFUND
                    || stored.signed_status_at.is_some_and(|said| said > at)
            })
        }))
    }

    /// Nothing is sent while an answer waits to be saved: first it is written again.
    pub(crate) async fn may_send(&self) -> Result<(), Error> {
        self.save_again().await;
        let waiting = self.unsaved_count();
        if waiting == 0 {
            return Ok(());
        }
        Err(Error {
            money_moved: MoneyMoved::No,
            ..Error::new(
                Code::NotSaved,
                format!("nothing was sent: {waiting} earlier answers could not be saved yet"),
            )
            .why(Why::AnswersNotSaved { count: waiting })
            .next("make room on the disk; the answers are kept in memory and written again")
        })
    }
}

/// The oldest look that a refund may go out on.
const LOOK_FOR_REFUND: TimeDelta = TimeDelta::hours(24);
