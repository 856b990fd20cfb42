//! A look at Paytrail: `GET` of a payment, checked and kept.

use std::time::Duration;

use hyvitys_domain::{Money, TransactionId};
use hyvitys_paytrail::{Answer, CallError, Client, PaymentView};
use hyvitys_store::accounts::Account;
use hyvitys_store::payments::{Created, Outcome, PaymentFacts, Precision, Source};

use crate::error::{Code, Error};
use crate::service::Backoffice;
use crate::why::Why;

/// How often a `GET` is tried: it changes nothing, so it may be.
const TRIES: u32 = 6;
/// The pause before the second try; it doubles.
const PAUSE: Duration = Duration::from_millis(100);

/// Why a look showed nothing that could be believed.
#[derive(Debug)]
pub(crate) enum NoLook {
    /// Paytrail has no such transaction.
    NotThere(CallError),
    /// The secret or the access is wrong.
    Unauthorized(CallError),
    /// No believable answer.
    Unclear(CallError),
    /// It shows something else than what is stored.
    Differs(Differs),
    /// Our own side: the store.
    Ours(Error),
}

/// How what Paytrail shows differs from what is stored.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Differs {
    #[error("the payment is in {0}, not in EUR")]
    Currency(String),
    #[error("this transaction is not a payment")]
    NotAPayment,
    #[error("{0} is a refund, not a payment")]
    IsRefund(TransactionId),
    #[error(
        "Paytrail shows {shown} € for this payment, and {stored} € is stored: look at it in the Merchant Panel"
    )]
    Amount { shown: Money, stored: Money },
    #[error("what Paytrail shows does not fit what is stored: look at it in the Merchant Panel")]
    Contradicts,
}

impl From<Differs> for Why {
    fn from(what: Differs) -> Why {
        match what {
            Differs::Currency(currency) => Why::AnotherCurrency { currency },
            Differs::NotAPayment => Why::NotAPayment,
            Differs::IsRefund(_) => Why::IsRefund,
            Differs::Amount { shown, stored } => Why::AnotherAmount { shown, stored },
            Differs::Contradicts => Why::Contradicts,
        }
    }
}

impl NoLook {
    /// The error for a person who asked for the look itself.
    pub(crate) fn into_error(self) -> Error {
        let (code, call) = match self {
            NoLook::NotThere(call) => (Code::NotFound, call),
            NoLook::Unauthorized(call) => (Code::Unauthorized, call),
            NoLook::Unclear(call @ CallError::NotSent { .. }) => (Code::NothingSent, call),
            NoLook::Unclear(call) => (Code::Unclear, call),
            NoLook::Differs(what) => {
                return Error::new(Code::NotOperable, what.to_string()).why(what);
            }
            NoLook::Ours(error) => return error,
        };
        let mut error = Error::new(code, format!("Paytrail could not be asked: {call}")).why(&call);
        if matches!(code, Code::NotFound) {
            "Paytrail has no such payment for this account".clone_into(&mut error.message);
        }
        if matches!(code, Code::Unauthorized) {
            "Paytrail did not accept the account's id and secret".clone_into(&mut error.message);
            "check the merchant id and the secret in the Merchant Panel"
                .clone_into(&mut error.next);
        }
        error.request_id = call.request_id().map(str::to_owned);
        error
    }
}

impl From<Error> for NoLook {
    fn from(error: Error) -> NoLook {
        NoLook::Ours(error)
    }
}

impl From<hyvitys_store::StoreError> for NoLook {
    fn from(error: hyvitys_store::StoreError) -> NoLook {
        NoLook::Ours(error.into())
    }
}

impl Backoffice {
    /// Asks for a transaction until an answer can be believed, a few times at most.
    pub(crate) async fn get(
        &self,
        client: &Client,
        id: TransactionId,
    ) -> Result<Answer<PaymentView>, CallError> {
        let mut pause = PAUSE;
        for _ in 1..TRIES {
            match client.get_payment(&self.stamped(None), id).await {
                Err(CallError::NotSent { .. } | CallError::Unknown { .. }) => {
                    self.inner.clock.sleep(pause).await;
                }
                Err(CallError::TooManyRequests { retry_after, .. }) => {
                    let wait = retry_after.unwrap_or(pause).min(Duration::from_secs(30));
                    self.inner.clock.sleep(wait).await;
                }
                settled => return settled,
            }
            pause *= 2;
        }
        client.get_payment(&self.stamped(None), id).await
    }

    /// Looks at a payment and keeps what it shows, if it is the payment that is stored.
    pub(crate) async fn look(
        &self,
        account: &Account,
        client: &Client,
        id: TransactionId,
    ) -> Result<Answer<PaymentView>, NoLook> {
        let found = match self.get(client, id).await {
            Ok(found) => found,
            Err(call @ CallError::Unauthorized { .. }) => {
                self.pause_account(account.id, NOT_ACCEPTED).await?;
                return Err(NoLook::Unauthorized(call));
            }
            Err(
                call @ CallError::Refused {
                    http_status: 404, ..
                },
            ) => return Err(NoLook::NotThere(call)),
            Err(call) => return Err(NoLook::Unclear(call)),
        };
        let view = &found.value;
        if view.currency != "EUR" {
            let currency = view.currency.clone();
            return Err(NoLook::Differs(Differs::Currency(currency)));
        }
        if view.amount < Money::SMALLEST {
            return Err(NoLook::Differs(Differs::NotAPayment));
        }
        let account_id = account.id;
        let stamp = view.stamp.clone();
        let (known, is_refund) = self
            .inner
            .store
            .read(move |tx| {
                // A refund's own transaction has the refund's stamp.
                let is_refund = tx.is_refund_transaction(id)?
                    || tx.operation_by_stamp(&stamp)?.is_some()
                    || tx.foreign_refund(account_id, &stamp)?.is_some();
                Ok((tx.payment(account_id, id)?, is_refund))
            })
            .await?;
        if is_refund {
            return Err(NoLook::Differs(Differs::IsRefund(id)));
        }
        if let Some(known) = known
            && known.payment.amount != view.amount
        {
            return Err(NoLook::Differs(Differs::Amount {
                shown: view.amount,
                stored: known.payment.amount,
            }));
        }
        let facts = facts(&found, self.inner.clock.now().at);
        let settled = view.settlement_reference.clone();
        let applied = self
            .inner
            .store
            .write(move |tx| {
                let applied = tx.apply(account_id, &[facts])?;
                let key = applied.outcomes.first().and_then(Outcome::key);
                if let (Some(reference), Some(key)) = (settled, key) {
                    tx.note_settled(key, &reference)?;
                }
                Ok(applied)
            })
            .await?;
        if applied.conflict + applied.ambiguous + applied.incomplete > 0 {
            return Err(NoLook::Differs(Differs::Contradicts));
        }
        Ok(found)
    }

    pub(crate) async fn pause_account(
        &self,
        account: hyvitys_domain::AccountId,
        why: &'static str,
    ) -> Result<(), Error> {
        let at = self.inner.clock.now().at;
        Ok(self
            .inner
            .store
            .write(move |tx| tx.pause_account(account, why, at))
            .await?)
    }
}

/// Why an account is paused after a 401.
pub(crate) const NOT_ACCEPTED: &str = "Paytrail did not accept the account's id and secret";

/// A text that says something.
fn said(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// What a signed answer says of a payment.
pub(crate) fn facts(
    found: &Answer<PaymentView>,
    at: chrono::DateTime<chrono::Utc>,
) -> PaymentFacts {
    let view = &found.value;
    PaymentFacts {
        transaction_id: Some(view.transaction_id),
        stamp: said(&view.stamp),
        reference: said(&view.reference),
        status: Some(view.status.clone()),
        provider: view.provider.clone(),
        amount: Some(view.amount),
        created: Some(Created {
            time: view.created_at,
            precision: Precision::Exact,
        }),
        raw: Some(found.raw.clone()),
        ..PaymentFacts::new(Source::Signed, at)
    }
}
