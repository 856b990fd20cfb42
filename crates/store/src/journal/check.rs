//! Whether an operation could be made: asked for a preview, and again in the transaction that makes it.

use chrono::TimeDelta;
use hyvitys_domain::rules::{self, Rule};
use hyvitys_domain::{
    AccountId, HoldAction, ItemStamp, Moment, Money, NotOperable, OperationId, OperationKind,
    OperationState, TransactionId, operable,
};

use crate::error::StoreError;
use crate::journal::repeat::{NotRepeatable, repeatable};
use crate::journal::{NewOperation, Operation, Refusal};
use crate::payments::StoredPayment;
use crate::reader::ReadTx;

/// Within this time the same refund again needs a confirmation of its own (money-safety 14).
const SAME_AGAIN: TimeDelta = TimeDelta::days(90);

/// What a person wants done with a payment.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'a> {
    /// Whose payment.
    pub account: AccountId,
    /// What to do.
    pub kind: OperationKind,
    /// With which payment.
    pub transaction_id: TransactionId,
    /// Of a refund: how much.
    pub amount: Option<Money>,
    /// Of a refund by items: what of each.
    pub items: &'a [(ItemStamp, Money)],
    /// When it is confirmed.
    pub confirmed: &'a Moment,
    /// The same again is meant.
    pub again: bool,
    /// The unknown refund that this one repeats.
    pub repeat_of: Option<OperationId>,
    /// An email refund may follow.
    pub by_email: bool,
}

impl NewOperation {
    pub(super) fn wish(&self) -> Wish<'_> {
        Wish {
            account: self.account,
            kind: self.kind,
            transaction_id: self.transaction_id,
            amount: self.amount,
            items: &self.items,
            confirmed: &self.confirmed,
            again: self.again,
            repeat_of: self.repeat_of,
            by_email: self.email.is_some(),
        }
    }
}

impl ReadTx<'_> {
    /// Whether an operation could be made as things stand, and its amount; the statement that inserts it
    /// holds the rules again. Nothing is written.
    pub fn check(&self, wish: &Wish<'_>) -> Result<Result<Money, Refusal>, StoreError> {
        let Some(account) = self.account(wish.account)? else {
            return Ok(Err(Refusal::NoAccount));
        };
        if account.removed_at.is_some() {
            return Ok(Err(Refusal::NoAccount));
        }
        if let Some(paused) = account.paused {
            return Ok(Err(Refusal::Paused(paused.why)));
        }
        if self.is_refund_transaction(wish.transaction_id)? {
            return Ok(Err(Refusal::IsRefund(wish.transaction_id)));
        }
        let Some(stored) = self.payment(wish.account, wish.transaction_id)? else {
            return Ok(Err(Refusal::NoSuchPayment(wish.transaction_id)));
        };
        if let Some(busy) = self.conflicting(wish)? {
            return Ok(Err(busy));
        }
        Ok(match wish.kind {
            OperationKind::Refund => match wish.amount {
                Some(amount) => self.check_refund(wish, &stored, amount)?.map(|()| amount),
                None => Err(NotOperable::AmountOutOfRange(Money::ZERO).into()),
            },
            OperationKind::Activate => operable::hold_call(&stored.payment, HoldAction::Activate)
                .map(|_| stored.payment.amount)
                .map_err(Refusal::from),
            OperationKind::Cancel => operable::hold_call(&stored.payment, HoldAction::Cancel)
                .map(|_| stored.payment.amount)
                .map_err(Refusal::from),
        })
    }

    fn check_refund(
        &self,
        wish: &Wish<'_>,
        stored: &StoredPayment,
        amount: Money,
    ) -> Result<Result<(), Refusal>, StoreError> {
        let mut payment = stored.payment.clone();
        if !rules::holds(Rule::Reserve) {
            payment.reserved = Money::ZERO;
        }
        if let Some(first) = wish.repeat_of {
            if let Err(why) = self.check_repeat(wish, &payment, first)? {
                return Ok(Err(why));
            }
            // Only one of the two can be paid, so the first one's reservation covers both.
            payment.reserved = payment.reserved.checked_sub(amount).unwrap_or(Money::ZERO);
        }
        if let Err(why) = operable::refund_amount(&payment, amount) {
            return Ok(Err(why.into()));
        }
        if let Err(why) = self.check_items(wish, stored, amount)? {
            return Ok(Err(why));
        }
        if wish.repeat_of.is_none()
            && self
                .unknown_refund(wish.account, wish.transaction_id, amount, wish.items)?
                .is_some()
        {
            // "Again" means a second refund beside the first; whether there was a first is the question.
            return Ok(Err(NotRepeatable::OutcomeUnknown.into()));
        }
        if !wish.again
            && wish.repeat_of.is_none()
            && rules::holds(Rule::SameAgainIsAsked)
            && let Some(earlier) = self.same_refund(wish, amount)?
        {
            return Ok(Err(Refusal::SameAgain {
                operation: earlier.id,
                at: earlier.confirmed_at,
                state: earlier.state,
            }));
        }
        Ok(Ok(()))
    }

    /// Rule 11, and that it is a repeat of this very refund.
    fn check_repeat(
        &self,
        wish: &Wish<'_>,
        payment: &hyvitys_domain::Payment,
        first: OperationId,
    ) -> Result<Result<(), Refusal>, StoreError> {
        let Some(first) = self.operation(first)? else {
            return Ok(Err(NotRepeatable::NoSuchOperation.into()));
        };
        let same = first.transaction_id == wish.transaction_id
            && first.account == wish.account
            && Some(first.amount) == wish.amount
            && Operation::canonical_items(&first.items) == Operation::canonical_items(wish.items);
        if !same {
            return Ok(Err(NotRepeatable::AnotherRefund.into()));
        }
        if wish.by_email {
            return Ok(Err(NotRepeatable::ByEmail.into()));
        }
        let is_repeated = self.operation_repeating(first.id)?.is_some();
        let may = repeatable(&first, is_repeated, payment.amount, wish.confirmed);
        Ok(may.map_err(Refusal::from))
    }

    /// An open operation that excludes the new one: holds exclude each other and refunds.
    fn conflicting(&self, wish: &Wish<'_>) -> Result<Option<Refusal>, StoreError> {
        let open = self.open_operations_of(wish.account, wish.transaction_id)?;
        Ok(open
            .into_iter()
            .find(|open| open.kind.is_hold() || wish.kind.is_hold())
            .map(|open| Refusal::Busy {
                operation: open.id,
                kind: open.kind,
                state: open.state,
            }))
    }

    /// The latest refund of the same payment, amount and items within 90 days that happened or may
    /// have; one that only a person called not done counts as well.
    fn same_refund(&self, wish: &Wish<'_>, amount: Money) -> Result<Option<Operation>, StoreError> {
        let items = Operation::canonical_items(wish.items);
        let since = wish
            .confirmed
            .at
            .checked_sub_signed(SAME_AGAIN)
            .unwrap_or(wish.confirmed.at);
        Ok(self
            .operations_of(wish.account, wish.transaction_id)?
            .into_iter()
            .rfind(|earlier| {
                let may_have_happened = earlier.state.is_open()
                    || earlier.state == OperationState::Done
                    || (earlier.state == OperationState::Failed && earlier.marked_by_a_person());
                earlier.kind == OperationKind::Refund
                    && earlier.amount == amount
                    && Operation::canonical_items(&earlier.items) == items
                    && earlier.confirmed_at >= since
                    && may_have_happened
            }))
    }
}
