//! From the errors of the crates below to what exactly stood in the way.

use hyvitys_domain::NotOperable;
use hyvitys_paytrail::{CallError, UnknownWhy, Unsent};
use hyvitys_secrets::KeychainError;
use hyvitys_store::StoreError;
use hyvitys_store::accounts::AccountError;
use hyvitys_store::head::Locked;
use hyvitys_store::journal::{ItemsRefused, NotRepeatable, Refusal};
use hyvitys_store::payments::QueryError;

use super::Why;

impl From<NotOperable> for Why {
    fn from(why: NotOperable) -> Why {
        match why {
            NotOperable::NoTransactionId => Why::NoTransactionId,
            NotOperable::UnknownStatus(status) => Why::UnknownStatus { status },
            NotOperable::WrongProvider(provider) => Why::WrongProvider { provider },
            NotOperable::NoProvider => Why::NoProvider,
            NotOperable::NotPaid(status) => Why::NotPaid { status },
            NotOperable::AwaitsActivation => Why::AwaitsActivation,
            NotOperable::AlreadyCaptured => Why::AlreadyCaptured,
            NotOperable::HoldGone => Why::HoldGone,
            NotOperable::AmountOutOfRange(amount) => Why::AmountOutOfRange { amount },
            NotOperable::MoreThanLeft { wanted, left } => Why::MoreThanLeft { wanted, left },
        }
    }
}

impl From<ItemsRefused> for Why {
    fn from(why: ItemsRefused) -> Why {
        match why {
            ItemsRefused::SumDiffers { amount } => Why::ItemsSumDiffers { amount },
            ItemsRefused::AmountOutOfRange { stamp, amount } => {
                Why::ItemAmountOutOfRange { stamp, amount }
            }
            ItemsRefused::Twice { stamp } => Why::ItemTwice { stamp },
            ItemsRefused::NotOfTheOrder { stamp } => Why::ItemNotOfTheOrder { stamp },
            ItemsRefused::MoreThanLeft {
                stamp,
                wanted,
                left,
            } => Why::ItemMoreThanLeft {
                stamp,
                wanted,
                left,
            },
        }
    }
}

impl From<NotRepeatable> for Why {
    fn from(why: NotRepeatable) -> Why {
        match why {
            NotRepeatable::OutcomeUnknown => Why::RepeatOutcomeUnknown,
            NotRepeatable::NoSuchOperation => Why::RepeatNoSuchOperation,
            NotRepeatable::AnotherRefund => Why::RepeatAnotherRefund,
            NotRepeatable::RepeatedAlready => Why::RepeatedAlready,
            NotRepeatable::ByEmail => Why::RepeatByEmail,
            NotRepeatable::NotMoreThanHalf => Why::RepeatNotMoreThanHalf,
            NotRepeatable::Quarantine { minutes } => Why::RepeatQuarantine { minutes },
        }
    }
}

impl From<Locked> for Why {
    fn from(why: Locked) -> Why {
        match why {
            Locked::Behind => Why::LockedBehind,
            Locked::Elsewhere => Why::LockedElsewhere,
            Locked::Unremembered(_) => Why::LockedUnremembered,
        }
    }
}

impl From<Refusal> for Why {
    fn from(why: Refusal) -> Why {
        match why {
            Refusal::NoSuchPayment(_) => Why::NoSuchPayment,
            Refusal::IsRefund(_) => Why::IsRefund,
            Refusal::NotOperable(why) => why.into(),
            Refusal::Items(why) => why.into(),
            Refusal::Busy {
                operation,
                kind,
                state,
            } => Why::Busy {
                operation,
                act: kind,
                state,
            },
            Refusal::SameAgain {
                operation,
                at,
                state,
            } => Why::SameAgain {
                operation,
                at,
                state,
            },
            Refusal::IntentUsed => Why::IntentUsed,
            Refusal::NotRepeatable(why) => why.into(),
            Refusal::Paused(_) => Why::Paused,
            Refusal::Locked(why) => why.into(),
            Refusal::NoAccount => Why::NoSuchAccount,
        }
    }
}

impl From<QueryError> for Why {
    fn from(why: QueryError) -> Why {
        let named = str::to_owned;
        match why {
            QueryError::UnknownOperator { operator, value } => {
                Why::QueryUnknownOperator { operator, value }
            }
            QueryError::NoValue { operator } => Why::QueryNoValue { operator },
            QueryError::Twice { operator, value } => Why::QueryTwice { operator, value },
            QueryError::OpenQuote { value } => Why::QueryOpenQuote { value },
            QueryError::NotTransactionId { value } => Why::QueryNotTransactionId {
                operator: named("tx"),
                value,
            },
            QueryError::NotAnAmount { value } => Why::QueryNotAnAmount {
                operator: named("amount"),
                value,
            },
            QueryError::NotADay { value } => Why::QueryNotADay {
                operator: named("created"),
                value,
            },
            QueryError::NotRefunded { value } => Why::QueryNotRefunded {
                operator: named("refunded"),
                value,
            },
            QueryError::Backwards { operator, value } => Why::QueryBackwards { operator, value },
        }
    }
}

impl From<&AccountError> for Why {
    fn from(why: &AccountError) -> Why {
        match why {
            AccountError::Name => Why::NameInvalid,
            AccountError::NameTaken(name) => Why::NameTaken { name: name.clone() },
            AccountError::MerchantTaken(name) => Why::MerchantTaken { name: name.clone() },
            AccountError::NotFound => Why::NoSuchAccount,
        }
    }
}

impl From<&StoreError> for Why {
    fn from(why: &StoreError) -> Why {
        match why {
            StoreError::Account(why) => why.into(),
            StoreError::CommitFailed { .. } => Why::DiskRefused,
            StoreError::NewerFile { .. } => Why::FileIsNewer,
            StoreError::NotOurs { .. } => Why::FileNotOurs,
            StoreError::Open { .. }
            | StoreError::Migration { .. }
            | StoreError::Sql(_)
            | StoreError::Panicked(_)
            | StoreError::Closed
            | StoreError::Unreadable(_) => Why::FileUnusable,
        }
    }
}

impl From<&KeychainError> for Why {
    fn from(why: &KeychainError) -> Why {
        match why {
            KeychainError::Unavailable(_) => Why::KeychainUnavailable,
            KeychainError::Locked(_) => Why::KeychainLocked,
            KeychainError::Denied(_) => Why::KeychainDenied,
            KeychainError::NoAnswer => Why::KeychainNoAnswer,
            KeychainError::Other(_) => Why::KeychainFailed,
        }
    }
}

impl From<&CallError> for Why {
    fn from(why: &CallError) -> Why {
        match why {
            CallError::NotSent { how, .. } => match how {
                Unsent::Dns => Why::Dns,
                Unsent::Connect | Unsent::HeldBack | Unsent::Unfit => Why::NoConnection,
                Unsent::Tls => Why::Tls,
                Unsent::Timeout => Why::Timeout,
            },
            CallError::Refused {
                http_status: 404, ..
            } => Why::NotAtPaytrail,
            CallError::Refused {
                http_status,
                message,
                ..
            } => Why::Refused {
                status: *http_status,
                words: message.clone(),
            },
            CallError::Unauthorized { .. } => Why::Unauthorized,
            CallError::TooManyRequests { retry_after, .. } => Why::TooManyRequests {
                seconds: retry_after.map(|wait| wait.as_secs()),
            },
            CallError::Unknown {
                why, http_status, ..
            } => match why {
                UnknownWhy::Timeout => Why::Timeout,
                UnknownWhy::ConnectionCut | UnknownWhy::Truncated => Why::ConnectionCut,
                UnknownWhy::NoSignature | UnknownWhy::BadSignature(_) => Why::NotSigned,
                UnknownWhy::ServerError => Why::ServerError {
                    status: *http_status,
                },
                UnknownWhy::BodyTooLarge
                | UnknownWhy::UnexpectedStatus
                | UnknownWhy::UnreadableBody(_)
                | UnknownWhy::DoesNotFit(_) => Why::AnswerDoesNotFit,
            },
        }
    }
}
