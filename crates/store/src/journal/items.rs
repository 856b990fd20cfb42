//! Refunds by items: they add up, they are of the order, and no line gives back more than it cost.

use hyvitys_domain::{AccountId, ItemStamp, Money, OperationId, TransactionId};
use rusqlite::params;

use crate::codec::uuid_blob;
use crate::error::StoreError;
use crate::journal::sums::reserves;
use crate::journal::{Refusal, Wish};
use crate::payments::{PaymentKey, StoredPayment};
use crate::reader::ReadTx;

/// What is wrong with the items of a refund.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ItemsRefused {
    /// Their sum is another.
    #[error("the items don't add up to {amount} €")]
    SumDiffers {
        /// The refund's amount.
        amount: Money,
    },
    /// Zero, negative or too much.
    #[error("{amount} € of item {stamp} is not an amount that can be refunded")]
    AmountOutOfRange {
        /// The item.
        stamp: ItemStamp,
        /// What was asked for.
        amount: Money,
    },
    /// Which of the two is meant?
    #[error("item {stamp} is named twice")]
    Twice {
        /// The item.
        stamp: ItemStamp,
    },
    /// Not of this order.
    #[error("this order has no item with the stamp {stamp}")]
    NotOfTheOrder {
        /// The item.
        stamp: ItemStamp,
    },
    /// More than what is left of the line.
    #[error("{wanted} € is more than what is left of item {stamp}, at most {left} €")]
    MoreThanLeft {
        /// The item.
        stamp: ItemStamp,
        /// What was asked for.
        wanted: Money,
        /// What is left at most.
        left: Money,
    },
}

impl ReadTx<'_> {
    /// What is left of an order line to refund, in cents; `None` where the order's lines are not known here, or
    /// it has no such line.
    pub fn left_of_item(
        &self,
        account: AccountId,
        transaction_id: TransactionId,
        key: PaymentKey,
        stamp: &ItemStamp,
    ) -> Result<Option<Money>, StoreError> {
        let lines = self.lines(key)?;
        let Some(line) = lines.iter().find(|line| line.stamp.as_ref() == Some(stamp)) else {
            return Ok(None);
        };
        let taken = self.taken_of(account, transaction_id, stamp, None)?;
        let left = line.amount.checked_sub(taken).unwrap_or(Money::ZERO);
        Ok(Some(left.max(Money::ZERO)))
    }

    pub(super) fn check_items(
        &self,
        wish: &Wish<'_>,
        stored: &StoredPayment,
        amount: Money,
    ) -> Result<Result<(), Refusal>, StoreError> {
        if wish.items.is_empty() {
            return Ok(Ok(()));
        }
        let refuse = |why: ItemsRefused| Ok(Err(why.into()));
        let sum: Option<Money> = wish.items.iter().map(|(_, amount)| *amount).sum();
        if sum != Some(amount) {
            return refuse(ItemsRefused::SumDiffers { amount });
        }
        let lines = self.lines(stored.key)?;
        for (index, (stamp, wanted)) in wish.items.iter().enumerate() {
            let (stamp, wanted) = (stamp.clone(), *wanted);
            if !wanted.is_payable() {
                let amount = wanted;
                return refuse(ItemsRefused::AmountOutOfRange { stamp, amount });
            }
            if wish.items[..index].iter().any(|(other, _)| *other == stamp) {
                return refuse(ItemsRefused::Twice { stamp });
            }
            if lines.is_empty() {
                // Not known here; Paytrail knows the order and refuses what is not part of it.
                continue;
            }
            let Some(line) = lines
                .iter()
                .find(|line| line.stamp.as_ref() == Some(&stamp))
            else {
                return refuse(ItemsRefused::NotOfTheOrder { stamp });
            };
            let taken = self.taken_of_item(wish, &stamp)?;
            let left = line
                .amount
                .checked_sub(taken)
                .unwrap_or(Money::ZERO)
                .max(Money::ZERO);
            if wanted > left {
                return refuse(ItemsRefused::MoreThanLeft {
                    stamp,
                    wanted,
                    left,
                });
            }
        }
        Ok(Ok(()))
    }

    /// What of an item is refunded or reserved, without the unknown refund that `wish` repeats.
    fn taken_of_item(&self, wish: &Wish<'_>, stamp: &ItemStamp) -> Result<Money, StoreError> {
        self.taken_of(wish.account, wish.transaction_id, stamp, wish.repeat_of)
    }

    fn taken_of(
        &self,
        account: AccountId,
        transaction_id: TransactionId,
        stamp: &ItemStamp,
        without: Option<OperationId>,
    ) -> Result<Money, StoreError> {
        let cents = self
            .conn()
            .prepare_cached(concat!(
                "SELECT coalesce(sum(i.amount), 0) FROM operation o
                 JOIN operation_item i ON i.operation = o.id
                 WHERE o.account = ?1 AND o.transaction_id = ?2 AND i.stamp = ?3
                   AND o.id IS NOT ?4
                   AND (+o.state = 'done' OR (",
                reserves!(),
                "))"
            ))?
            .query_row(
                params![
                    account.row(),
                    uuid_blob(transaction_id),
                    stamp.as_str(),
                    without.map(uuid_blob)
                ],
                |row| row.get(0),
            )?;
        Ok(Money::from_cents(cents))
    }
}
