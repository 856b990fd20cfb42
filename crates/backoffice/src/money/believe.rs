//! What an answer proves. Pure: from an operation and an answer to a state (money-safety 5 to 9).
//!
//! The rule behind every line: a signature says who wrote an answer, not which question it belongs to
//! nor when it was written. So a refund is done only by an answer that names a refund nobody knew
//! before, and a hold only by what a look at the payment shows afterwards.

use std::time::Duration;

use hyvitys_domain::rules::{self, Rule};
use hyvitys_domain::{OperationKind, OperationState, PaymentStatus};
use hyvitys_paytrail::{ActivateOutcome, CallError, CancelOutcome, PaymentView, RefundAnswer};
use hyvitys_store::journal::{Answer, Operation};

/// The name of the proof that is a signed answer.
pub const SIGNED_ANSWER: &str = "signed answer";

/// What to make of an attempt.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// The operation is in this state now.
    Becomes(OperationState, Answer),
    /// Surely not carried out: a new attempt may follow, after this long at least.
    TryAgain(Duration, Answer),
    /// As `Becomes(Unknown)`, and sending stops for the account (401).
    Unauthorized(Answer),
}

/// The reason of a refund that Paytrail took without a status that this program knows, and of one by email: what
/// it waits for can't be told.
pub const REQUESTED: &str = "requested";

/// The reason of a refund that Paytrail calls pending. Where the shop uses refund approvals, it waits for a
/// colleague's in the Merchant Panel; that it does, no answer tells.
pub const PENDING: &str = "pending";

/// Why a refund is open, by the status that Paytrail shows of it.
const fn open_reason(status: &PaymentStatus) -> &'static str {
    match status {
        PaymentStatus::Pending | PaymentStatus::Delayed => PENDING,
        _ => REQUESTED,
    }
}

/// The answer to an activation, commit, cancel or revert, whichever call it was.
#[derive(Clone, Debug)]
pub enum HoldAnswer {
    /// To a capture.
    Activate(ActivateOutcome),
    /// To the release of a manual invoice.
    Cancel(CancelOutcome),
    /// To the release of an authorization hold.
    Revert(ActivateOutcome),
}

fn answer<T>(from: &hyvitys_paytrail::Answer<T>, reason: &str) -> Answer {
    Answer {
        reason: Some(reason.to_owned()),
        request_id: from.request_id.clone(),
        http_status: Some(from.http_status),
        raw: Some(from.raw.clone()),
        ..Answer::default()
    }
}

/// What an error of a call makes of the operation that it was for.
///
/// `refusal_counts` says whether a signed refusal settles it: not where an email refund may have
/// followed, nor on the repeat of a hold's request.
fn error(error: &CallError, refusal_counts: bool) -> Verdict {
    let mut answer = Answer {
        request_id: error.request_id().map(str::to_owned),
        message: error.message().map(str::to_owned),
        ..Answer::default()
    };
    match error {
        CallError::NotSent { .. } => {
            answer.reason = Some("nothing_sent".to_owned());
            Verdict::TryAgain(Duration::ZERO, answer)
        }
        CallError::TooManyRequests { retry_after, .. } => {
            answer.reason = Some("too_many_requests".to_owned());
            answer.http_status = Some(429);
            answer.message = Some("Paytrail asks to wait before the next request".to_owned());
            Verdict::TryAgain(retry_after.unwrap_or_default(), answer)
        }
        CallError::Refused {
            http_status,
            message,
            meta,
            raw,
            ..
        } => {
            answer.http_status = Some(*http_status);
            answer.raw = Some(raw.clone());
            if !meta.is_empty() {
                answer.message = Some(format!("{message} ({})", meta.join(", ")));
            }
            let believed = refusal_counts && matches!(http_status, 400 | 404 | 422);
            answer.reason = Some(
                if believed {
                    "refused"
                } else {
                    "refused_unclear"
                }
                .to_owned(),
            );
            if believed {
                answer.proof = Some(SIGNED_ANSWER.to_owned());
                Verdict::Becomes(OperationState::Rejected, answer)
            } else {
                Verdict::Becomes(OperationState::Unknown, answer)
            }
        }
        CallError::Unauthorized { .. } => {
            answer.reason = Some("unauthorized".to_owned());
            answer.http_status = Some(401);
            Verdict::Unauthorized(answer)
        }
        CallError::Unknown {
            why,
            http_status,
            message,
            ..
        } => {
            if !rules::holds(Rule::SignedRefusalsOnly) && matches!(http_status, Some(400..=499)) {
                return Verdict::Becomes(OperationState::Rejected, answer);
            }
            if !rules::holds(Rule::NeverRetryUnknown) {
                return Verdict::TryAgain(Duration::ZERO, answer);
            }
            answer.reason = Some("unclear".to_owned());
            answer.http_status = *http_status;
            answer.message = Some(match message {
                Some(words) => format!("{why} (it says: {words})"),
                None => why.to_string(),
            });
            Verdict::Becomes(OperationState::Unknown, answer)
        }
    }
}

/// What the answer to a refund proves.
pub fn refund(
    operation: &Operation,
    result: &Result<hyvitys_paytrail::Answer<RefundAnswer>, CallError>,
) -> Verdict {
    let by_email = operation.email.is_some();
    let taken = match result {
        Ok(taken) => taken,
        Err(why) => {
            return error(
                why,
                !by_email || !rules::holds(Rule::EmailRefusalsProveNothing),
            );
        }
    };
    let refund = &taken.value;
    let email_refund = refund
        .provider
        .as_ref()
        .is_some_and(hyvitys_domain::Provider::is_email_refund);
    let (state, reason) = match &refund.status {
        // An email refund is taken, never done: its money waits for the recipient.
        PaymentStatus::Fail if by_email => (OperationState::Unknown, "refused_unclear"),
        PaymentStatus::Fail => (OperationState::Failed, "refund_failed"),
        PaymentStatus::Ok if !by_email && !email_refund => (OperationState::Done, "refunded"),
        status if !by_email && !email_refund => (OperationState::Accepted, open_reason(status)),
        _ => (OperationState::Accepted, REQUESTED),
    };
    let mut answer = answer(taken, reason);
    answer.refund_transaction_id = Some(refund.transaction_id);
    if matches!(state, OperationState::Done | OperationState::Failed) {
        answer.proof = Some(SIGNED_ANSWER.to_owned());
    }
    Verdict::Becomes(state, answer)
}

/// What the answer to an activation or cancel says. It never settles by itself that the hold was
/// captured or released: the look that follows does.
pub fn hold(
    operation: &Operation,
    result: &Result<hyvitys_paytrail::Answer<HoldAnswer>, CallError>,
) -> Verdict {
    let taken = match result {
        Ok(taken) => taken,
        // On a repeat the first request may be what made the second one fail.
        Err(why) => return error(why, operation.sends <= 1),
    };
    let (state, reason, message) = match &taken.value {
        HoldAnswer::Activate(ActivateOutcome::Activated { message }) => {
            (OperationState::Accepted, "activated", message)
        }
        HoldAnswer::Cancel(CancelOutcome::Cancelled { message })
        | HoldAnswer::Revert(ActivateOutcome::Activated { message }) => {
            (OperationState::Accepted, "cancelled", message)
        }
        HoldAnswer::Cancel(CancelOutcome::Requested { message }) => {
            (OperationState::Accepted, "cancel_requested", message)
        }
        HoldAnswer::Cancel(CancelOutcome::AlreadyCancelled { message }) => {
            (OperationState::Accepted, "already_cancelled", message)
        }
        HoldAnswer::Activate(ActivateOutcome::NotActivated { message })
        | HoldAnswer::Revert(ActivateOutcome::NotActivated { message })
        | HoldAnswer::Cancel(CancelOutcome::NotDone { message, .. }) => {
            (OperationState::Unknown, "not_done", message)
        }
    };
    let mut answer = answer(taken, reason);
    answer.message.clone_from(message);
    if !rules::holds(Rule::OnlyLooksSettleHolds) && state == OperationState::Accepted {
        return Verdict::Becomes(OperationState::Done, answer);
    }
    Verdict::Becomes(state, answer)
}

/// What a believable look at the payment proves of an open hold operation; `None` while the hold is
/// open or the status says nothing.
pub fn look_at_hold(
    operation: &Operation,
    look: &hyvitys_paytrail::Answer<PaymentView>,
) -> Option<(OperationState, Answer)> {
    let (state, reason, message) = match (operation.kind, &look.value.status) {
        (OperationKind::Activate, PaymentStatus::Ok) => {
            (OperationState::Done, "activated", "the payment is captured")
        }
        (OperationKind::Activate, PaymentStatus::Fail) => (
            OperationState::Failed,
            "hold_gone",
            "nothing was captured: the hold is gone, cancelled or out of time",
        ),
        (OperationKind::Cancel, PaymentStatus::Fail) => match operation.reason.as_deref() {
            Some("already_cancelled") => (
                OperationState::Done,
                "already_cancelled",
                "the payment had been cancelled before",
            ),
            Some("cancelled" | "cancel_requested") => (
                OperationState::Done,
                "cancelled",
                "the payment is cancelled and its hold released",
            ),
            _ => (
                OperationState::Done,
                "hold_gone",
                "the hold is gone: the payment was cancelled, or its time ran out",
            ),
        },
        (OperationKind::Cancel, PaymentStatus::Ok) => (
            OperationState::Failed,
            "was_captured",
            "it was not cancelled: the payment was captured. Refund it if the money is to go back",
        ),
        _ => return None,
    };
    let mut answer = answer(look, reason);
    answer.message = Some(message.to_owned());
    answer.proof = Some("signed answer of a look at the payment".to_owned());
    Some((state, answer))
}

/// Why a refund is open now, where a look shows another reason than the one that is known.
fn still_open(operation: &Operation, status: &PaymentStatus) -> Option<&'static str> {
    let reason = open_reason(status);
    let known = operation.reason.as_deref();
    let may_change = operation.state == OperationState::Accepted
        && operation.email.is_none()
        && matches!(known, Some(REQUESTED | PENDING));
    (may_change && known != Some(reason)).then_some(reason)
}

/// What a look at the refund's own transaction proves (rule 9); `None` while it waits.
///
/// `stamp_is_anothers`: the transaction that was found has the stamp of another of our refunds.
pub fn look_at_refund(
    operation: &Operation,
    look: &Result<hyvitys_paytrail::Answer<PaymentView>, CallError>,
    stamp_is_anothers: bool,
) -> Option<(OperationState, Answer)> {
    let found = match look {
        Ok(found) => found,
        Err(CallError::Refused {
            http_status: 404,
            request_id,
            message,
            ..
        }) => {
            let answer = Answer {
                reason: Some("refund_not_found".to_owned()),
                message: Some(message.clone()),
                request_id: request_id.clone(),
                http_status: Some(404),
                ..Answer::default()
            };
            return Some((OperationState::Unknown, answer));
        }
        Err(_) => return None,
    };
    if found.value.amount.checked_abs() != Some(operation.amount) {
        let mut answer = answer(found, "does_not_fit");
        answer.message = Some(format!(
            "Paytrail shows a refund of {} € under this id, not of {} €",
            found.value.amount, operation.amount
        ));
        answer.disowns_refund = true;
        return Some((OperationState::Unknown, answer));
    }
    if stamp_is_anothers {
        let mut answer = answer(found, "does_not_fit");
        answer.message = Some("Paytrail shows another of our refunds under this id".to_owned());
        answer.disowns_refund = true;
        return Some((OperationState::Unknown, answer));
    }
    let (state, reason) = match &found.value.status {
        PaymentStatus::Ok => (OperationState::Done, "refunded"),
        // Behind a failed API refund an email refund may have gone out.
        PaymentStatus::Fail if operation.email.is_some() => {
            (OperationState::Unknown, "refused_unclear")
        }
        PaymentStatus::Fail => (OperationState::Failed, "refund_failed"),
        status => {
            return still_open(operation, status)
                .map(|reason| (OperationState::Accepted, answer(found, reason)));
        }
    };
    let mut answer = answer(found, reason);
    answer.proof = Some("signed answer of a look at the refund".to_owned());
    Some((state, answer))
}
