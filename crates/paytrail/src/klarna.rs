//! Klarna payments made with a session token, and their holds (API document §2).

use hyvitys_domain::TransactionId;
use serde::Deserialize;

use crate::client::{Answer, Call, Client, Stamped};
use crate::error::{CallError, UnknownWhy};
use crate::invoices::{ActivateOutcome, activation};
use crate::payments::{NewPayment, https_address, new_payment_call, transaction_id};
use crate::wire::{self, Names};

/// How a charge or an authorization hold went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KlarnaOutcome {
    /// 201: the session token sufficed; the payment is charged, or held.
    Charged {
        /// Paytrail's id of the payment.
        id: TransactionId,
    },
    /// 403: the customer must confirm at Klarna first.
    StepUp {
        /// Paytrail's id of the payment.
        id: TransactionId,
        /// Where the customer must be sent.
        url: String,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ChargedBody {
    transaction_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StepUpBody {
    transaction_id: String,
    step_up_url: String,
}

impl KlarnaOutcome {
    fn id(&self) -> TransactionId {
        match self {
            KlarnaOutcome::Charged { id } | KlarnaOutcome::StepUp { id, .. } => *id,
        }
    }

    fn charged(raw: &str) -> Result<KlarnaOutcome, UnknownWhy> {
        const FOREIGN: Names = Names::AnyBut(&[
            "status",
            "amount",
            "currency",
            "createdAt",
            "href",
            "terms",
            "providers",
            "stepUpUrl",
            "error",
        ]);
        let body: ChargedBody = wire::object(raw, &FOREIGN)?;
        Ok(KlarnaOutcome::Charged {
            id: transaction_id(&body.transaction_id)?,
        })
    }

    fn step_up(raw: &str) -> Result<KlarnaOutcome, UnknownWhy> {
        let foreign = Names::AnyBut(&[
            "amount",
            "currency",
            "createdAt",
            "href",
            "terms",
            "providers",
        ]);
        let body: StepUpBody = wire::object(raw, &foreign)?;
        Ok(KlarnaOutcome::StepUp {
            id: transaction_id(&body.transaction_id)?,
            url: https_address("stepUpUrl", body.step_up_url)?,
        })
    }
}

impl Client {
    /// `POST /payments/klarna/charge`: charges at once. Needs `payment.klarna`.
    pub async fn klarna_charge(
        &self,
        stamped: &Stamped,
        payment: &NewPayment,
    ) -> Result<Answer<KlarnaOutcome>, CallError> {
        self.klarna_payment("/payments/klarna/charge", stamped, payment)
            .await
    }

    /// `POST /payments/klarna/authorization-hold`: holds the amount, to be captured by
    /// [`Client::klarna_commit`] or released by [`Client::klarna_revert`]. Needs `payment.klarna`.
    pub async fn klarna_authorization_hold(
        &self,
        stamped: &Stamped,
        payment: &NewPayment,
    ) -> Result<Answer<KlarnaOutcome>, CallError> {
        self.klarna_payment("/payments/klarna/authorization-hold", stamped, payment)
            .await
    }

    async fn klarna_payment(
        &self,
        path: &str,
        stamped: &Stamped,
        payment: &NewPayment,
    ) -> Result<Answer<KlarnaOutcome>, CallError> {
        if payment.klarna.is_none() {
            return Err(CallError::unfit(
                "providerDetails.klarna.networkSessionToken: is missing",
            ));
        }
        let answer = self
            .exchange(new_payment_call(path, payment)?, stamped)
            .await?;
        if answer.status == 403 && wire::words_of(answer.raw.as_bytes()).is_some() {
            // Not a step-up, whose body has no `message`, but no access to the call.
            return Err(answer.refusal());
        }
        let answer = answer.documented(&[201, 403])?;
        let read = if answer.status == 403 {
            KlarnaOutcome::step_up
        } else {
            KlarnaOutcome::charged
        };
        answer.read(read, |outcome| Ok(vec![outcome.id()]))
    }

    /// `POST /payments/{id}/klarna/commit`: captures a hold. The documents give its answer no shape
    /// of its own; it is read as an activation's, and 201 is taken like 200.
    pub async fn klarna_commit(
        &self,
        stamped: &Stamped,
        id: TransactionId,
    ) -> Result<Answer<ActivateOutcome>, CallError> {
        activation(
            self.exchange(Call::on_payment(id, "klarna/commit"), stamped)
                .await?,
            &[200, 201],
        )
    }

    /// `POST /payments/{id}/klarna/revert`: releases a hold; `Activated` then means released. The
    /// answer is read as [`Client::klarna_commit`]'s.
    pub async fn klarna_revert(
        &self,
        stamped: &Stamped,
        id: TransactionId,
    ) -> Result<Answer<ActivateOutcome>, CallError> {
        activation(
            self.exchange(Call::on_payment(id, "klarna/revert"), stamped)
                .await?,
            &[200, 201],
        )
    }
}
