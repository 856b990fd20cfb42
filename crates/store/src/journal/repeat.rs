//! Whether an unknown refund may be repeated (money-safety 11), in one place: what a person is told before
//! and what is checked when they confirm.

use hyvitys_domain::rules::{self, Rule};
use hyvitys_domain::{Moment, Money, OperationKind, OperationState};

use super::Operation;

/// Why an unknown refund can't be repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum NotRepeatable {
    /// "Again" means a second refund beside the first; whether there was a first is the question.
    #[error(
        "the same refund has an unknown outcome: resolve it, or repeat it after its quarantine"
    )]
    OutcomeUnknown,
    /// No such operation.
    #[error("there is no such operation")]
    NoSuchOperation,
    /// Another payment, amount or items, or not unknown.
    #[error("it is not an unknown refund of the same payment, amount and items")]
    AnotherRefund,
    /// Once is the most.
    #[error("it has been repeated once already")]
    RepeatedAlready,
    /// Paytrail's limit does not hold for email refunds.
    #[error("an email refund is not held to the payment's limit")]
    ByEmail,
    /// Both would fit into the payment.
    #[error(
        "it is not more than half of the payment, so Paytrail's limit would not stop a second one"
    )]
    NotMoreThanHalf,
    /// The first one may still be carried out.
    #[error("its quarantine runs for {minutes} more minutes")]
    Quarantine {
        /// How long, in minutes, rounded up.
        minutes: i64,
    },
}

impl NotRepeatable {
    /// A short stable code.
    pub const fn as_str(self) -> &'static str {
        match self {
            NotRepeatable::OutcomeUnknown => "outcomeUnknown",
            NotRepeatable::NoSuchOperation => "noSuchOperation",
            NotRepeatable::AnotherRefund => "anotherRefund",
            NotRepeatable::RepeatedAlready => "repeatedAlready",
            NotRepeatable::ByEmail => "byEmail",
            NotRepeatable::NotMoreThanHalf => "notMoreThanHalf",
            NotRepeatable::Quarantine { .. } => "quarantine",
        }
    }
}

/// Rule 11: an unknown refund, once, more than half of the payment, no email, quarantine over.
///
/// `is_repeated`: another operation repeats it already. `amount` is the payment's.
pub fn repeatable(
    first: &Operation,
    is_repeated: bool,
    amount: Money,
    now: &Moment,
) -> Result<(), NotRepeatable> {
    if first.state != OperationState::Unknown || first.kind != OperationKind::Refund {
        return Err(NotRepeatable::AnotherRefund);
    }
    if first.repeat_of.is_some() || is_repeated {
        return Err(NotRepeatable::RepeatedAlready);
    }
    if first.email.is_some() {
        return Err(NotRepeatable::ByEmail);
    }
    let more_than_half = first
        .amount
        .checked_mul(2)
        .is_some_and(|twice| twice > amount);
    if !more_than_half && rules::holds(Rule::RepeatsExceedHalf) {
        return Err(NotRepeatable::NotMoreThanHalf);
    }
    let minutes = first.quarantine_minutes(now);
    if minutes > 0 && rules::holds(Rule::Quarantine) {
        return Err(NotRepeatable::Quarantine { minutes });
    }
    Ok(())
}
