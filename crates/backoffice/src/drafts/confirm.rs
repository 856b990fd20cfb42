//! Whether the payment that an answer named is the one of its draft: only a look tells (money-safety 7).
//!
//! A signed answer names no order, so an old one of another payment could stand for a new one. The look names
//! the stamp. Until it has been had the payment is made, but not confirmed: it stands in no list, and each
//! following looks again.

use chrono::{DateTime, Utc};
use hyvitys_domain::{Money, PaymentStatus};
use hyvitys_paytrail::{Answer, CallError, Client, PaymentView};
use hyvitys_store::drafts::{Draft as StoredDraft, DraftState};
use hyvitys_store::payments::{Created, PaymentFacts, Precision, Source};

use super::create::certain_amount;
use super::order::{DraftOrder, given};
use super::{outcome, read};
use crate::error::Error;
use crate::look::{NOT_ACCEPTED, facts};
use crate::service::Backoffice;
use crate::why::Why;

impl Backoffice {
    /// Looks at the payment that an answer named for a draft. Nothing changes where no look can be had now.
    pub(super) async fn confirm_draft(
        &self,
        client: &Client,
        draft: StoredDraft,
    ) -> Result<(), Error> {
        let Some(id) = draft.transaction_id else {
            return Ok(());
        };
        match client.get_payment(&self.stamped(None), id).await {
            Ok(look) => self.shown(draft, &look).await,
            Err(CallError::Refused {
                http_status: 404,
                request_id,
                ..
            }) => {
                let message = format!("the answer named {id}, and Paytrail has no such payment");
                self.doubt(draft, message, request_id.as_deref()).await
            }
            Err(CallError::Unauthorized { .. }) => {
                self.pause_account(draft.account, NOT_ACCEPTED).await
            }
            Err(error) => {
                tracing::warn!(%error, payment = %id, "a new payment could not be looked at");
                Ok(())
            }
        }
    }

    /// Takes over what a look shows of the payment of an unconfirmed draft: it confirms it, and the payment
    /// stands in the list; or it proves that the answer was of another one.
    pub(super) async fn shown(
        &self,
        draft: StoredDraft,
        look: &Answer<PaymentView>,
    ) -> Result<(), Error> {
        if draft.state != DraftState::Unconfirmed {
            return Ok(());
        }
        let order = read(&draft.filled_in)?;
        if let Some(doubt) = does_not_fit(&draft, &order, &look.value) {
            return self.doubt(draft, doubt, look.request_id.as_deref()).await;
        }
        let (account, id) = (draft.account, look.value.transaction_id);
        let now = self.inner.clock.now();
        Ok(self
            .inner
            .store
            .write({
                let (seen, told) = (facts(look, now.at), told(&draft, &order, look, now.at));
                move |tx| {
                    let known = tx.payment(account, id)?;
                    let told = PaymentFacts {
                        // To us it is new; what is known of it already knows better.
                        status: known.is_none().then_some(PaymentStatus::New),
                        ..told
                    };
                    tx.confirm_draft(&draft, &[told, seen], &now)
                }
            })
            .await?)
    }

    async fn doubt(
        &self,
        draft: StoredDraft,
        message: String,
        request_id: Option<&str>,
    ) -> Result<(), Error> {
        let now = self.inner.clock.now();
        let doubt = outcome::written(&Why::DraftDoubted, message, request_id).unwrap_or_default();
        Ok(self
            .inner
            .store
            .write(move |tx| tx.doubt_draft(&draft, &doubt, &now))
            .await?)
    }
}

/// Why what a look shows is not the payment of this draft; `None` where it is.
fn does_not_fit(draft: &StoredDraft, order: &DraftOrder, shown: &PaymentView) -> Option<String> {
    let id = shown.transaction_id;
    if shown.stamp != draft.stamp {
        return Some(format!("the answer named {id}, which is another payment"));
    }
    if shown.currency != "EUR" {
        return Some(format!("{id} is in {}, not in EUR", shown.currency));
    }
    match certain_amount(order) {
        Some(amount) if amount != shown.amount => Some(format!(
            "{id} comes to {} €, and {amount} € was asked for",
            shown.amount
        )),
        None if !shown.amount.is_payable() => Some(format!("{id} comes to {} €", shown.amount)),
        _ => None,
    }
}

/// What we know of a payment that we made.
fn told(
    draft: &StoredDraft,
    order: &DraftOrder,
    look: &Answer<PaymentView>,
    at: DateTime<Utc>,
) -> PaymentFacts {
    let lines = order.order_lines();
    let sum = lines
        .iter()
        .try_fold(Money::ZERO, |sum, line| sum.checked_add(line.amount));
    PaymentFacts {
        transaction_id: draft.transaction_id,
        stamp: Some(draft.stamp.clone()),
        reference: given(&order.reference),
        first_name: given(&order.customer.first_name),
        last_name: given(&order.customer.last_name),
        email: given(&order.customer.email),
        amount: Some(look.value.amount),
        created: Some(Created {
            time: look.value.created_at,
            precision: Precision::Exact,
        }),
        manual_invoice: order.manual_activation.then_some(true),
        // Lines that were rounded here may not add up to what Paytrail made of them.
        lines: Some(lines).filter(|_| sum == Some(look.value.amount)),
        ..PaymentFacts::new(Source::Created, at)
    }
}
