//! What a person typed into the search field and could not be meant.

/// Why a text is not a query. Each names what stands in the way, so that it can be told in any language.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// An operator that there isn't.
    #[error(
        "'{operator}:' is not known: there are status:, provider:, amount:, created:, refunded:, \
         reference:, email:, tx: and stamp: (put it in quotes to look for the text)"
    )]
    UnknownOperator {
        /// Its name.
        operator: String,
        /// What follows it.
        value: String,
    },
    /// An operator without a value.
    #[error(
        "'{operator}:' needs a value right after it, like {}",
        example(operator)
    )]
    NoValue {
        /// Its name.
        operator: String,
    },
    /// An operator that stands twice.
    #[error(
        "'{operator}:' stands twice: one of them is enough, like {}",
        example(operator)
    )]
    Twice {
        /// Its name.
        operator: String,
        /// What follows it the second time.
        value: String,
    },
    /// A quote without its end.
    #[error("a quote \" is not closed")]
    OpenQuote {
        /// What follows it.
        value: String,
    },
    /// Not the beginning of a transaction id.
    #[error(
        "tx: takes the beginning of a transaction id, like {}, and '{value}' is none",
        example("tx")
    )]
    NotTransactionId {
        /// What stands there.
        value: String,
    },
    /// Not an amount, nor a range of amounts.
    #[error(
        "amount: takes euros, like amount:19,90, amount:>100 or amount:20..50, and '{value}' is none"
    )]
    NotAnAmount {
        /// What stands there.
        value: String,
    },
    /// Not a year, month or day, nor a range of them.
    #[error(
        "created: takes a year, month or day, like created:2026-10, created:>=2026-10-24 or \
             created:2026-10..2026-12, and '{value}' is none"
    )]
    NotADay {
        /// What stands there.
        value: String,
    },
    /// None of the four words.
    #[error("refunded: takes yes, no, partly or full, like refunded:yes, and '{value}' is none")]
    NotRefunded {
        /// What stands there.
        value: String,
    },
    /// A range that begins after its end.
    #[error(
        "'{operator}:{value}' ends before it begins: put the smaller one first, like {}",
        example(operator)
    )]
    Backwards {
        /// The operator's name.
        operator: String,
        /// What stands there.
        value: String,
    },
}

/// An example of an operator, for a person who got it wrong.
fn example(operator: &str) -> &'static str {
    match operator {
        "status" => "status:hold",
        "provider" => "provider:klarna",
        "amount" => "amount:20..50",
        "created" => "created:2026-10..2026-12",
        "refunded" => "refunded:partly",
        "reference" => "reference:ORD-10",
        "email" => "email:aino",
        "tx" => "tx:681538c4",
        "stamp" => "stamp:ORD-10",
        _ => "status:ok",
    }
}
