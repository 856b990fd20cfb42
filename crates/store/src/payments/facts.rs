//! What a source says of one payment, and what that means for what is known.

use chrono::{DateTime, Utc};
use hyvitys_domain::{Money, OrderLine, PaymentStatus, Provider, TransactionId, WireTime};

use super::PaymentKey;
use super::sources::{Field, Source};

/// How well the creation time of a payment is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Precision {
    /// As Paytrail has it.
    Exact,
    /// To the minute, as reports have it.
    Minute,
    /// No source named a time: the time of the first answer stands for it.
    Presumed,
}

/// When a payment was made, as one source has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Created {
    /// The time, in UTC or zoneless.
    pub time: WireTime,
    /// How well it is known.
    pub precision: Precision,
}

/// What one source says of one payment. Sources give parts: what one doesn't say is `None`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentFacts {
    /// Who says it.
    pub source: Source,
    /// When it was said (UTC): the answer's time, the callback's, or the import's for a file
    /// without a time of its own.
    pub at: DateTime<Utc>,
    /// Paytrail's id.
    pub transaction_id: Option<TransactionId>,
    /// The shop's unique stamp; an empty one is none.
    pub stamp: Option<String>,
    /// The shop's reference; an empty one is none.
    pub reference: Option<String>,
    /// The status.
    pub status: Option<PaymentStatus>,
    /// The payment method.
    pub provider: Option<Provider>,
    /// The whole amount in cents.
    pub amount: Option<Money>,
    /// When the payment was made.
    pub created: Option<Created>,
    /// The customer's first name.
    pub first_name: Option<String>,
    /// The customer's last name.
    pub last_name: Option<String>,
    /// The customer's email address.
    pub email: Option<String>,
    /// `Some(true)` where the source says that it is a manual invoice. Nothing takes that back.
    pub manual_invoice: Option<bool>,
    /// The order lines, all of them.
    pub lines: Option<Vec<OrderLine>>,
    /// What the source said, word for word.
    pub raw: Option<String>,
}

impl PaymentFacts {
    /// Facts of a source that says nothing yet.
    pub const fn new(source: Source, at: DateTime<Utc>) -> PaymentFacts {
        PaymentFacts {
            source,
            at,
            transaction_id: None,
            stamp: None,
            reference: None,
            status: None,
            provider: None,
            amount: None,
            created: None,
            first_name: None,
            last_name: None,
            email: None,
            manual_invoice: None,
            lines: None,
            raw: None,
        }
    }
}

/// One value that a source brings or corrects, in words for a preview.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Which value.
    pub field: Field,
    /// What is known now; `None` for nothing.
    pub old: Option<String>,
    /// What it becomes.
    pub new: String,
}

/// Why facts that join a payment can't be about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConflictWhy {
    /// The amounts disagree.
    #[error("the amount is {known} € here and {said} € there")]
    Amount {
        /// The stored amount.
        known: Money,
        /// What the source says.
        said: Money,
    },
    /// The same stamp, another transaction id.
    #[error("the transaction id is {known} here and {said} there")]
    TransactionId {
        /// The stored id.
        known: TransactionId,
        /// What the source says.
        said: TransactionId,
    },
}

/// What would become of facts if they were applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// A payment that is not known yet.
    New,
    /// A known payment, of which something new is said.
    Changed {
        /// Which payment.
        key: PaymentKey,
        /// What is new.
        changes: Vec<Change>,
    },
    /// A known payment, nothing new.
    Same {
        /// Which payment.
        key: PaymentKey,
    },
    /// A known payment, but the facts contradict it: nothing is taken from them.
    Conflict {
        /// Which payment.
        key: PaymentKey,
        /// The contradiction.
        why: ConflictWhy,
    },
    /// Several payments could be meant: a person decides.
    Ambiguous {
        /// Which.
        candidates: Vec<PaymentKey>,
    },
    /// Not a known payment, and too little for a new one.
    Incomplete {
        /// What is missing, by the names of data files: `amount`, `status`, or a key.
        missing: Vec<&'static str>,
    },
}

/// What became of one set of facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A new payment.
    New(PaymentKey),
    /// A payment that was changed.
    Changed(PaymentKey),
    /// A payment that is as it was.
    Same(PaymentKey),
    /// Nothing was taken: the facts contradict this payment.
    Conflict(PaymentKey),
    /// Nothing was taken: several payments could be meant.
    Ambiguous,
    /// Nothing was taken: too little is said.
    Incomplete,
}

impl Outcome {
    /// The payment that the facts belong to, if they belong to one.
    pub const fn key(&self) -> Option<PaymentKey> {
        match self {
            Outcome::New(key) | Outcome::Changed(key) | Outcome::Same(key) => Some(*key),
            Outcome::Conflict(_) | Outcome::Ambiguous | Outcome::Incomplete => None,
        }
    }
}

/// What became of the facts of one import or answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// One for each of the facts, in their order. The keys are those after the whole import.
    pub outcomes: Vec<Outcome>,
    /// How many payments are new.
    pub new: usize,
    /// How many facts changed a payment.
    pub changed: usize,
    /// How many facts said nothing new.
    pub same: usize,
    /// How many could belong to several payments.
    pub ambiguous: usize,
    /// How many contradict what is known.
    pub conflict: usize,
    /// How many say too little.
    pub incomplete: usize,
}
