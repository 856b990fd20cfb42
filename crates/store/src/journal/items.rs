//! Refunds by items: they add up, they are of the order, and no line gives back more than it cost.

use hyvitys_domain::{ItemStamp, Money};
use rusqlite::params;

use crate::codec::uuid_blob;
use crate::error::StoreError;
use crate::journal::sums::reserves;
use crate::journal::{NewOperation, Refusal};
use crate::payments::StoredPayment;
use crate::writer::WriteTx;

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

impl WriteTx<'_> {
    pub(super) fn check_items(
        &self,
        new: &NewOperation,
        stored: &StoredPayment,
        amount: Money,
    ) -> Result<Result<(), Refusal>, StoreError> {
        if new.items.is_empty() {
            return Ok(Ok(()));
        }
        let refuse = |why: ItemsRefused| Ok(Err(why.into()));
        let sum: Option<Money> = new.items.iter().map(|(_, amount)| *amount).sum();
        if sum != Some(amount) {
            return refuse(ItemsRefused::SumDiffers { amount });
        }
        let lines = self.lines(stored.key)?;
        for (index, (stamp, wanted)) in new.items.iter().enumerate() {
            let (stamp, wanted) = (stamp.clone(), *wanted);
            if !wanted.is_payable() {
                let amount = wanted;
                return refuse(ItemsRefused::AmountOutOfRange { stamp, amount });
            }
            if new.items[..index].iter().any(|(other, _)| *other == stamp) {
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
            let taken = self.taken_of_item(new, &stamp)?;
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

    /// What of an item is refunded or reserved, without the unknown refund that `new` repeats.
    fn taken_of_item(&self, new: &NewOperation, stamp: &ItemStamp) -> Result<Money, StoreError> {
        let cents = self
            .conn()
            .prepare_cached(concat!(
                "SELECT coalesce(sum(i.amount), 0) FROM operation o
                 JOIN operation_item i ON i.operation = o.id
                 WHERE o.account = ?1 AND o.transaction_id = ?2 AND i.stamp = ?3
                   AND o.id IS NOT ?4
                   AND (o.state = 'done' OR (",
                reserves!(),
                "))"
            ))?
            .query_row(
                params![
                    new.account.row(),
                    uuid_blob(new.transaction_id),
                    stamp.as_str(),
                    new.repeat_of.map(uuid_blob)
                ],
                |row| row.get(0),
            )?;
        Ok(Money::from_cents(cents))
    }
}
