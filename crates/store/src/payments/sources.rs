//! Which source each value of a payment came from.
//!
//! Kept as four bits a field in one integer, since a row per value would be a dozen times as many rows
//! as payments. It decides who may overwrite whom: what Paytrail signed is never overwritten by a
//! file.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Who says something of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Source {
    /// A web shop's or the Merchant Panel's export.
    Csv,
    /// An API payment report.
    Report,
    /// A signed callback or redirect address.
    Callback,
    /// The signed answer of `GET /payments/{id}`.
    Signed,
    /// The signed answer to a payment that this program made.
    Created,
}

impl Source {
    const ALL: [Source; 5] = [
        Source::Csv,
        Source::Report,
        Source::Callback,
        Source::Signed,
        Source::Created,
    ];

    /// Its number in the file; 0 is nobody.
    pub(crate) const fn number(self) -> i64 {
        match self {
            Source::Csv => 1,
            Source::Report => 2,
            Source::Callback => 3,
            Source::Signed => 4,
            Source::Created => 5,
        }
    }

    pub(crate) fn from_number(number: i64) -> Option<Source> {
        Source::ALL
            .into_iter()
            .find(|source| source.number() == number)
    }

    /// The source's name as JSON has it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Source::Csv => "csv",
            Source::Report => "report",
            Source::Callback => "callback",
            Source::Signed => "signed",
            Source::Created => "created",
        }
    }

    /// Whether Paytrail's signature stands behind it.
    pub const fn is_signed(self) -> bool {
        matches!(self, Source::Callback | Source::Signed | Source::Created)
    }

    /// Who wins over whom; equals replace each other.
    const fn rank(self) -> u8 {
        match self {
            Source::Csv => 1,
            Source::Report => 2,
            Source::Callback | Source::Signed | Source::Created => 3,
        }
    }
}

/// A value of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// Paytrail's id.
    TransactionId,
    /// The shop's stamp.
    Stamp,
    /// The shop's reference.
    Reference,
    /// The status.
    Status,
    /// The payment method.
    Provider,
    /// The amount.
    Amount,
    /// The creation time.
    Created,
    /// The customer's first name.
    FirstName,
    /// The customer's last name.
    LastName,
    /// The customer's email address.
    Email,
    /// Whether it is known to be a manual invoice.
    ManualInvoice,
    /// The order lines.
    Lines,
}

impl Field {
    /// All of them.
    pub const ALL: [Field; 12] = [
        Field::TransactionId,
        Field::Stamp,
        Field::Reference,
        Field::Status,
        Field::Provider,
        Field::Amount,
        Field::Created,
        Field::FirstName,
        Field::LastName,
        Field::Email,
        Field::ManualInvoice,
        Field::Lines,
    ];

    const fn shift(self) -> u32 {
        4 * match self {
            Field::TransactionId => 0,
            Field::Stamp => 1,
            Field::Reference => 2,
            Field::Status => 3,
            Field::Provider => 4,
            Field::Amount => 5,
            Field::Created => 6,
            Field::FirstName => 7,
            Field::LastName => 8,
            Field::Email => 9,
            Field::ManualInvoice => 10,
            Field::Lines => 11,
        }
    }

    /// The field's name as JSON has it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Field::TransactionId => "transactionId",
            Field::Stamp => "stamp",
            Field::Reference => "reference",
            Field::Status => "status",
            Field::Provider => "provider",
            Field::Amount => "amount",
            Field::Created => "createdAt",
            Field::FirstName => "firstName",
            Field::LastName => "lastName",
            Field::Email => "email",
            Field::ManualInvoice => "manualInvoice",
            Field::Lines => "items",
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Which source each value of one payment came from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sources(i64);

impl Sources {
    pub(crate) const fn from_bits(bits: i64) -> Sources {
        Sources(bits)
    }

    pub(crate) const fn bits(self) -> i64 {
        self.0
    }

    /// Where a value came from; `None` where nobody said it.
    pub fn of(self, field: Field) -> Option<Source> {
        Source::from_number((self.0 >> field.shift()) & 0xF)
    }

    pub(crate) fn set(&mut self, field: Field, source: Source) {
        self.0 = (self.0 & !(0xF << field.shift())) | (source.number() << field.shift());
    }

    /// Sets the source of a value to what `before` has, nobody included.
    pub(crate) fn restore(&mut self, field: Field, before: Sources) {
        let mask = 0xF << field.shift();
        self.0 = (self.0 & !mask) | (before.0 & mask);
    }

    /// Whether `source` may replace the value of `field`.
    pub(crate) fn may_replace(self, field: Field, source: Source) -> bool {
        self.of(field)
            .is_none_or(|known| source.rank() >= known.rank())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_field_keeps_its_own_source_and_a_file_never_replaces_a_signature() {
        let mut sources = Sources::default();
        sources.set(Field::Lines, Source::Csv);
        sources.set(Field::TransactionId, Source::Created);
        sources.set(Field::Status, Source::Signed);
        sources.set(Field::Lines, Source::Report);
        assert_eq!(sources.of(Field::Lines), Some(Source::Report));
        assert_eq!(sources.of(Field::TransactionId), Some(Source::Created));
        assert_eq!(sources.of(Field::Status), Some(Source::Signed));
        assert_eq!(sources.of(Field::Stamp), None);
        assert!(!sources.may_replace(Field::Status, Source::Report));
        assert!(sources.may_replace(Field::Status, Source::Callback));
        assert!(sources.may_replace(Field::Stamp, Source::Csv));
        assert!(!sources.may_replace(Field::Lines, Source::Csv));
    }
}
