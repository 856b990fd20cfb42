//! The one public error: what happened, whether money moved, what to do next.

use serde::Serialize;

use crate::why::Why;

/// What kind of error it is. A closed set: whoever shows errors has one table from code to words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Code {
    /// Something that was typed or read from a file is not what it should be.
    BadInput,
    /// There is no such account, payment or operation.
    NotFound,
    /// The payment does not allow it now.
    NotOperable,
    /// The same refund was made before; it needs a confirmation of its own.
    SameAgain,
    /// The sum is over the shop's limit, and was not typed to confirm it.
    OverLimit,
    /// Another operation of this payment is open.
    Busy,
    /// It can't be said or done yet: the quarantine runs.
    Quarantine,
    /// Sending is paused for the account.
    Paused,
    /// Money operations are locked: the data file is an older copy, or from elsewhere.
    Locked,
    /// The account can't be changed so.
    Account,
    /// No merchant secret could be had.
    Secret,
    /// Paytrail did not accept the signature, or the account has no access.
    Unauthorized,
    /// Paytrail refused.
    Refused,
    /// Paytrail could not be reached; nothing was sent.
    NothingSent,
    /// An answer could not be had or believed.
    Unclear,
    /// The disk did not take what had to be written.
    NotSaved,
    /// The data file could not be opened or read.
    Store,
}

/// Whether money moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum MoneyMoved {
    /// It did.
    Yes,
    /// It did not.
    No,
    /// That is not known.
    Unknown,
}

/// An error as a person gets to see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "camelCase")]
#[error("{message}")]
pub struct Error {
    /// What kind it is.
    pub code: Code,
    /// What happened.
    pub message: String,
    /// The same for programs: what exactly stood in the way, with its figures.
    pub why: Option<Box<Why>>,
    /// Whether money moved.
    pub money_moved: MoneyMoved,
    /// What Paytrail's support asks for.
    pub request_id: Option<String>,
    /// What to do next; empty where the message says it.
    pub next: String,
}

impl Error {
    /// An error before anything was sent.
    pub fn new(code: Code, message: impl Into<String>) -> Error {
        Error {
            code,
            message: message.into(),
            why: None,
            money_moved: MoneyMoved::No,
            request_id: None,
            next: String::new(),
        }
    }

    /// Adds what exactly stood in the way.
    #[must_use]
    pub fn why(mut self, why: impl Into<Why>) -> Error {
        self.why = Some(Box::new(why.into()));
        self
    }

    /// Adds what to do next.
    #[must_use]
    pub fn next(mut self, next: impl Into<String>) -> Error {
        self.next = next.into();
        self
    }
}

impl From<hyvitys_store::StoreError> for Error {
    fn from(error: hyvitys_store::StoreError) -> Error {
        use hyvitys_store::StoreError;
        let code = match &error {
            StoreError::CommitFailed { .. } => Code::NotSaved,
            StoreError::Account(_) => Code::Account,
            StoreError::Open { .. }
            | StoreError::NewerFile { .. }
            | StoreError::NotOurs { .. }
            | StoreError::Migration { .. }
            | StoreError::Sql(_)
            | StoreError::Panicked(_)
            | StoreError::Closed
            | StoreError::Unreadable(_) => Code::Store,
        };
        Error::new(code, error.to_string()).why(&error)
    }
}

impl From<hyvitys_domain::NotOperable> for Error {
    fn from(why: hyvitys_domain::NotOperable) -> Error {
        Error::new(Code::NotOperable, why.to_string()).why(why)
    }
}

impl From<hyvitys_store::payments::QueryError> for Error {
    fn from(why: hyvitys_store::payments::QueryError) -> Error {
        Error::new(Code::BadInput, why.to_string()).why(why)
    }
}

impl From<hyvitys_store::journal::Refusal> for Error {
    fn from(refusal: hyvitys_store::journal::Refusal) -> Error {
        use hyvitys_store::journal::Refusal;
        let message = refusal.to_string();
        let (code, next) = match &refusal {
            Refusal::NoSuchPayment(_) => (Code::NotFound, ""),
            Refusal::NoAccount => (Code::Account, ""),
            Refusal::IsRefund(_) | Refusal::NotOperable(_) => (Code::NotOperable, ""),
            Refusal::Items(_) | Refusal::IntentUsed => (Code::BadInput, ""),
            Refusal::Busy { .. } => (Code::Busy, "run `sync`, then look at `operations`"),
            Refusal::SameAgain { .. } => (
                Code::SameAgain,
                "look at `operations`; if it is meant again, confirm it with --again",
            ),
            Refusal::NotRepeatable(_) => (
                Code::Quarantine,
                "look for the first one in the Merchant Panel's refund list",
            ),
            Refusal::Paused(_) => (Code::Paused, "mend the account's secret, then run `sync`"),
            Refusal::Locked(_) => (Code::Locked, ""),
        };
        Error::new(code, message).why(refusal).next(next)
    }
}
