//! Refunds, full, partial and by items (API document §4).

use std::collections::BTreeSet;

use hyvitys_domain::{ItemStamp, Money, PaymentStatus, Provider, RefundStamp, TransactionId};
use serde::{Deserialize, Serialize};

use crate::client::{Answer, Call, Client, Stamped};
use crate::error::{CallError, UnknownWhy};
use crate::payments::transaction_id;
use crate::validation::{self as check, Invalid, Problem, UrlPair, invalid};
use crate::wire::{self, Names};

/// A refund to be asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RefundRequest {
    /// Cents, 1 to 99 999 998; the sum of the items where there are any.
    pub amount: Money,
    /// Where Paytrail reports the outcome: https, at most 3000 characters; required by the API.
    pub callback_urls: UrlPair,
    /// The unique stamp of this refund. It finds nothing and makes no repeat safe; callbacks and
    /// reports name it.
    pub refund_stamp: RefundStamp,
    /// The refund's reference, at most 200 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refund_reference: Option<String>,
    /// The recipient of an email refund. With it, a failed refund silently becomes an email refund.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The lines to refund; empty for a refund of an amount.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<RefundItem>,
}

/// One line of an item refund.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RefundItem {
    /// The line's stamp, given when the payment was made.
    pub stamp: ItemStamp,
    /// Cents, at least 1.
    pub amount: Money,
}

impl RefundRequest {
    /// Checks every documented limit; the error names the first field that breaks one.
    pub fn validate(&self) -> Result<(), Invalid> {
        check::payable("amount", self.amount)?;
        self.callback_urls.check("callbackUrls", 3000)?;
        if let Some(reference) = &self.refund_reference {
            check::key("refundReference", reference, 200)?;
        }
        if let Some(email) = &self.email {
            check::email("email", email)?;
        }
        let mut stamps = BTreeSet::new();
        let mut sum = Some(Money::ZERO);
        for (index, item) in self.items.iter().enumerate() {
            check::payable(&format!("items[{index}].amount"), item.amount)?;
            if !stamps.insert(&item.stamp) {
                return invalid(&format!("items[{index}].stamp"), Problem::Repeated);
            }
            sum = sum.and_then(|sum| sum.checked_add(item.amount));
        }
        if self.items.is_empty() || sum == Some(self.amount) {
            Ok(())
        } else {
            invalid("amount", Problem::NotTheSum(sum))
        }
    }
}

/// A refund that Paytrail took. Taken is not done: only its status `ok` is, and for an email refund
/// nothing in an answer is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundAnswer {
    /// The refund's own id; `GET` of it tells how it ended.
    pub transaction_id: TransactionId,
    /// `ok`, `pending` or `fail`; unknown ones are kept.
    pub status: PaymentStatus,
    /// Who pays out; `email refund` for an email refund.
    pub provider: Option<Provider>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    transaction_id: String,
    status: PaymentStatus,
    provider: Option<String>,
}

impl Client {
    /// `POST /payments/{id}/refund`. A request that breaks a documented limit is not sent; ask
    /// [`RefundRequest::validate`] first for the field.
    pub async fn refund(
        &self,
        stamped: &Stamped,
        id: TransactionId,
        refund: &RefundRequest,
    ) -> Result<Answer<RefundAnswer>, CallError> {
        refund
            .validate()
            .map_err(|invalid| CallError::unfit(invalid.to_string()))?;
        let call = Call {
            body: crate::client::json(refund)?,
            ..Call::on_payment(id, "refund")
        };
        self.exchange(call, stamped)
            .await?
            .documented(&[201])?
            .read(
                |raw| {
                    // A payment's view has these three fields too: its others must be absent.
                    let body: Body = wire::object(raw, &Names::AnyBut(wire::PAYMENT_MARKS))?;
                    let own = transaction_id(&body.transaction_id)?;
                    if own == id {
                        return Err(UnknownWhy::DoesNotFit(
                            "the refund has the payment's own id".into(),
                        ));
                    }
                    let provider = body.provider.and_then(Provider::new);
                    Ok(RefundAnswer {
                        transaction_id: own,
                        status: body.status,
                        provider,
                    })
                },
                |answer| Ok(vec![id, answer.transaction_id]),
            )
    }
}
