//! A few real operations in the fresh shop, so that every state can be seen: given back whole and in part, asked
//! for, and one whose answer got lost.

use std::future::Future;

use hyvitys_backoffice::money::{HowMuch, RefundOrder};
use hyvitys_backoffice::{Backoffice, Error, Sort};
use hyvitys_domain::{AccountId, Money, OperationState, TransactionId};
use hyvitys_sandbox::faults::Faults;

use super::{Weather, faults_of};

/// How many payments are tried: which refunds are pending at first is up to the shop.
const TRIES: usize = 60;

/// Makes them, with `set_faults` for the lost answer.
pub(super) async fn make<F: Future<Output = ()>>(
    office: &Backoffice,
    account: AccountId,
    set_faults: impl Fn(Faults) -> F,
) -> Result<(), Error> {
    if !office.operations(account, None).await?.is_empty() {
        return Ok(());
    }
    let page = office
        .list(
            account,
            "status:ok refunded:no provider:klarna",
            Sort::default(),
            None,
            TRIES,
        )
        .await?;
    let mut payments = page.payments.into_iter().filter_map(|listed| {
        let payment = listed.stored.payment;
        Some((payment.transaction_id?, payment.amount))
    });
    let (mut done, mut requested) = (0, 0);
    while done < 3 || requested < 2 {
        let Some((id, amount)) = payments.next() else {
            break;
        };
        let how_much = if done == 0 {
            HowMuch::Rest
        } else {
            part(amount)
        };
        match refund(office, account, id, how_much).await?.state {
            OperationState::Done => done += 1,
            OperationState::Accepted => requested += 1,
            _ => {}
        }
    }
    if let Some((id, _)) = payments.next() {
        set_faults(faults_of(Weather::LostAnswers)?).await;
        let lost = refund(office, account, id, HowMuch::Rest).await;
        set_faults(faults_of(Weather::Fair)?).await;
        lost?;
    }
    Ok(())
}

/// A third, rounded down to whole euros where that leaves something.
fn part(amount: Money) -> HowMuch {
    let third = amount.cents() / 3;
    let whole = third - third % 100;
    HowMuch::Amount(Money::from_cents(if whole > 0 {
        whole
    } else {
        third.max(1)
    }))
}

async fn refund(
    office: &Backoffice,
    account: AccountId,
    transaction_id: TransactionId,
    how_much: HowMuch,
) -> Result<hyvitys_store::journal::Operation, Error> {
    office
        .refund(RefundOrder {
            account,
            transaction_id,
            how_much,
            intent: office.new_intent(),
            again: false,
            note: None,
            refund_reason: None,
            typed: None,
            reference: None,
            email: None,
        })
        .await
}
