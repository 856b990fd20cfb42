//! Single calls against one scripted answer, reduced to what matters.

use hyvitys_domain::{Money, PaymentStatus};
use hyvitys_paytrail::{ActivateOutcome, CallError, CancelOutcome, HttpResponse, UnknownWhy};

use super::{now, payment, refund_request, scripted, stamped};

/// What `refund`, the call with most at stake, makes of an answer.
pub fn refund(answer: HttpResponse) -> Result<PaymentStatus, CallError> {
    let (client, _) = scripted(Ok(answer));
    now(client.refund(&stamped("n"), payment(), &refund_request()))
        .map(|answer| answer.value.status)
}

pub fn get(answer: HttpResponse) -> Result<Money, CallError> {
    let (client, _) = scripted(Ok(answer));
    now(client.get_payment(&stamped("n"), payment())).map(|answer| answer.value.amount)
}

pub fn activate(answer: HttpResponse) -> Result<ActivateOutcome, CallError> {
    let (client, _) = scripted(Ok(answer));
    now(client.activate_invoice(&stamped("n"), payment())).map(|answer| answer.value)
}

pub fn cancel(answer: HttpResponse) -> Result<CancelOutcome, CallError> {
    let (client, _) = scripted(Ok(answer));
    now(client.cancel_order(&stamped("n"), payment())).map(|answer| answer.value)
}

pub fn why<T: std::fmt::Debug>(result: Result<T, CallError>) -> UnknownWhy {
    match result {
        Err(CallError::Unknown { why, .. }) => why,
        other => panic!("not unknown: {other:?}"),
    }
}

pub fn does_not_fit<T: std::fmt::Debug>(result: Result<T, CallError>) -> bool {
    matches!(why(result), UnknownWhy::DoesNotFit(_))
}
