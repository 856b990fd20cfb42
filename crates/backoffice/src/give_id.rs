//! A person gives the transaction id of a payment that a file brought without one.

use hyvitys_domain::{AccountId, PaymentStatus, TransactionId};
use hyvitys_paytrail::{CallError, PaymentView};
use hyvitys_store::journal::Happening;
use hyvitys_store::payments::{Outcome, Precision, StoredPayment};
use serde_json::json;

use crate::error::{Code, Error};
use crate::import::finnish_day;
use crate::look::{Differs, NOT_ACCEPTED, NoLook, facts};
use crate::payments::{PaymentDetail, PaymentRef};
use crate::service::Backoffice;
use crate::why::Why;

impl Backoffice {
    /// Gives a payment its transaction id, if a look at it shows the same amount and the same stamp, or where
    /// no stamp is known, the same reference of the same day, with no other outcome. Otherwise the error says what
    /// differs, and nothing is kept.
    pub async fn give_transaction_id(
        &self,
        account: AccountId,
        payment: PaymentRef,
        id: TransactionId,
    ) -> Result<PaymentDetail, Error> {
        let account = self.account(account).await?;
        let stored = self.show_ref(account.id, payment).await?.payment;
        if stored.payment.transaction_id.is_some() {
            return Err(
                Error::new(Code::BadInput, "the payment has a transaction id already")
                    .why(Why::HasTransactionId),
            );
        }
        let account_id = account.id;
        let taken = self
            .inner
            .store
            .read(move |tx| tx.payment(account_id, id))
            .await?;
        if let Some(other) = taken {
            let reference = other.payment.reference;
            return Err(Error::new(
                Code::BadInput,
                format!("payment {reference} has this transaction id"),
            )
            .why(Why::TransactionIdTaken { reference }));
        }
        let client = self.client(&account).await?;
        let look = match self.get(&client, id).await {
            Ok(look) => look,
            Err(call @ CallError::Unauthorized { .. }) => {
                self.pause_account(account.id, NOT_ACCEPTED).await?;
                return Err(NoLook::Unauthorized(call).into_error());
            }
            Err(
                call @ CallError::Refused {
                    http_status: 404, ..
                },
            ) => return Err(NoLook::NotThere(call).into_error()),
            Err(call) => return Err(NoLook::Unclear(call).into_error()),
        };
        agrees(&stored, &look.value)?;
        let said = facts(&look, self.inner.clock.now().at);
        let (key, stamp) = (stored.key, look.value.stamp.clone());
        let given = self
            .inner
            .store
            .write(move |tx| {
                // A refund's own transaction has the refund's stamp.
                let is_refund = tx.is_refund_transaction(id)?
                    || tx.operation_by_stamp(&stamp)?.is_some()
                    || tx.foreign_refund(account_id, &stamp)?.is_some();
                if is_refund {
                    return Ok(Err(Differs::IsRefund(id)));
                }
                match tx.apply_to(account_id, key, &said)? {
                    Outcome::Changed(_) | Outcome::Same(_) => {}
                    _ => return Ok(Err(Differs::Contradicts)),
                }
                tx.journal(&Happening {
                    at: said.at,
                    account: Some(account_id),
                    what: "payment.idGiven",
                    operation: None,
                    request_id: None,
                    detail: json!({ "transactionId": id }),
                })?;
                Ok(Ok(()))
            })
            .await?;
        given.map_err(|differs| NoLook::Differs(differs).into_error())?;
        self.show(account.id, id).await
    }
}

/// Whether what Paytrail shows is the payment that is stored.
fn agrees(stored: &StoredPayment, view: &PaymentView) -> Result<(), Error> {
    let payment = &stored.payment;
    let differs = |differs| Err(NoLook::Differs(differs).into_error());
    if view.currency != "EUR" {
        return differs(Differs::Currency(view.currency.clone()));
    }
    if view.amount != payment.amount {
        return differs(Differs::Amount {
            shown: view.amount,
            stored: payment.amount,
        });
    }
    let (shown, known) = if payment.stamp.is_empty() {
        (&view.reference, &payment.reference)
    } else {
        (&view.stamp, &payment.stamp)
    };
    if !known.is_empty() && shown == known {
        // A stamp is one payment's own; a reference is the order's, and each try to pay it has the same.
        return if payment.stamp.is_empty() {
            same_try(stored, view)
        } else {
            Ok(())
        };
    }
    let (shown, known) = (shown.clone(), known.clone());
    let message = format!("Paytrail shows '{shown}' for this transaction, and '{known}' is stored");
    Err(
        Error::new(Code::NotOperable, message).why(if payment.stamp.is_empty() {
            Why::AnotherReference {
                theirs: shown,
                ours: known,
            }
        } else {
            Why::AnotherStamp {
                theirs: shown,
                ours: known,
            }
        }),
    )
}

/// Whether a payment of the same reference and amount is also the same try to pay it: of the same Finnish day, and
/// with no other outcome.
fn same_try(stored: &StoredPayment, view: &PaymentView) -> Result<(), Error> {
    let payment = &stored.payment;
    let (shown, known) = (
        finnish_day(view.created_at.at),
        finnish_day(payment.created.at),
    );
    // A time without a zone may lie hours off, and so on the day beside.
    let zoned = view.created_at.zoned && payment.created.zoned;
    let apart = shown.signed_duration_since(known).num_days().abs();
    if stored.precision != Precision::Presumed && apart > i64::from(!zoned) {
        let message = format!(
            "Paytrail shows a payment of {shown} for this transaction, and one of {known} is stored"
        );
        return Err(Error::new(Code::NotOperable, message).why(Why::AnotherDay {
            shown,
            stored: known,
        }));
    }
    let contradicts = match (&payment.status, &view.status) {
        (PaymentStatus::Fail, shown) => *shown != PaymentStatus::Fail,
        (PaymentStatus::Ok, shown) => matches!(shown, PaymentStatus::Fail | PaymentStatus::New),
        _ => false,
    };
    if contradicts {
        let (shown, known) = (&view.status, &payment.status);
        let message = format!(
            "Paytrail shows the status '{shown}' for this transaction, and '{known}' is stored"
        );
        return Err(
            Error::new(Code::NotOperable, message).why(Why::AnotherStatus {
                theirs: shown.clone(),
                ours: known.clone(),
            }),
        );
    }
    Ok(())
}
