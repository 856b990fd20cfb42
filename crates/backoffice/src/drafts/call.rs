//! The one request of a draft, and what its answer or error makes of it.

use hyvitys_domain::TransactionId;
use hyvitys_paytrail::{Answer, CallError, Client, KlarnaOutcome, NewPayment, Stamped};
use hyvitys_store::drafts::{Becomes, Way};

/// What a believed answer says.
pub(super) struct Made {
    pub(super) id: TransactionId,
    pub(super) href: Option<String>,
    pub(super) step_up_url: Option<String>,
    pub(super) request_id: Option<String>,
}

/// The name of a call in the journal.
pub(super) const fn name(way: Way) -> &'static str {
    match way {
        Way::Link => "payments",
        Way::Charge => "klarna/charge",
        Way::AuthorizationHold => "klarna/authorization-hold",
    }
}

/// Sends it.
pub(super) async fn send(
    client: &Client,
    way: Way,
    stamped: &Stamped,
    body: &NewPayment,
) -> Result<Made, CallError> {
    let klarna = |answer: Answer<KlarnaOutcome>| {
        let (id, step_up_url) = match answer.value {
            KlarnaOutcome::Charged { id } => (id, None),
            KlarnaOutcome::StepUp { id, url } => (id, Some(url)),
        };
        Made {
            id,
            href: None,
            step_up_url,
            request_id: answer.request_id,
        }
    };
    match way {
        Way::Link => {
            let answer = client.create_payment(stamped, body).await?;
            Ok(Made {
                id: answer.value.transaction_id,
                href: Some(answer.value.href),
                step_up_url: None,
                request_id: answer.request_id,
            })
        }
        Way::Charge => client.klarna_charge(stamped, body).await.map(klarna),
        Way::AuthorizationHold => client
            .klarna_authorization_hold(stamped, body)
            .await
            .map(klarna),
    }
}

/// What a call that ended badly makes of its draft (money-safety 6): refused needs a signed 400, 404 or 422.
pub(super) const fn becomes(error: &CallError) -> Becomes {
    match error {
        CallError::NotSent { .. } | CallError::TooManyRequests { .. } => Becomes::NotSent,
        CallError::Refused {
            http_status: 400 | 404 | 422,
            ..
        } => Becomes::Refused,
        CallError::Refused { .. } | CallError::Unauthorized { .. } | CallError::Unknown { .. } => {
            Becomes::Unknown
        }
    }
}
