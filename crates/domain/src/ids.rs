//! The ids of the trade, each a type of its own, so that one can't stand where another belongs.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Why a text is not the id that it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Paytrail's transaction ids are UUIDs.
    #[error("'{0}' is not a transaction id: it looks like 681538c4-fc84-11e9-83bc-2ffcef4c3453")]
    TransactionId(String),
    /// Operation ids are UUIDs, as `operations` lists them.
    #[error("'{0}' is not an operation id")]
    OperationId(String),
    /// Draft ids are UUIDs, as the list of drafts has them.
    #[error("'{0}' is not a draft's id")]
    DraftId(String),
    /// Batch ids are UUIDs, as the list of batches has them.
    #[error("'{0}' is not a batch's id")]
    BatchId(String),
    /// Merchant ids are digits.
    #[error("'{0}' is not a merchant id: it is digits only, like 375917")]
    MerchantId(String),
    /// Stamps and intents have 1 to 200 characters and no control characters.
    #[error("a stamp has 1 to 200 characters and no control characters")]
    Stamp,
}

/// Reads a UUID in its 36-character form only: other spellings are not what Paytrail writes.
fn hyphenated(text: &str) -> Option<Uuid> {
    (text.len() == 36).then(|| Uuid::try_parse(text).ok())?
}

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// The id as a UUID.
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID of this id.
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                hyphenated(text.trim())
                    .map(Self)
                    .ok_or_else(|| IdError::$name(text.trim().to_owned()))
            }
        }
    };
}

uuid_id! {
    /// Paytrail's id of a payment, or of a refund (a refund has a transaction of its own).
    TransactionId
}

uuid_id! {
    /// This program's own id of one refund, activation or cancel.
    OperationId
}

uuid_id! {
    /// This program's own id of a payment that is being prepared.
    DraftId
}

uuid_id! {
    /// This program's own id of many operations that were confirmed together.
    BatchId
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Takes 1 to 200 characters without control characters.
            pub fn new(text: impl Into<String>) -> Result<Self, IdError> {
                let text = text.into();
                let length = text.chars().count();
                if (1..=200).contains(&length) && !text.chars().any(char::is_control) {
                    Ok(Self(text))
                } else {
                    Err(IdError::Stamp)
                }
            }

            /// The text of this id.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;

            fn try_from(text: String) -> Result<Self, IdError> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }
    };
}

text_id! {
    /// The unique stamp of one refund. Ours are 128 random bits in hex; those made elsewhere are
    /// whatever their maker chose.
    RefundStamp
}

text_id! {
    /// The unique stamp of one order line, given when the payment was made (API document: Item).
    ItemStamp
}

text_id! {
    /// The id of one confirmation by a person. The same confirmation sent twice is one operation.
    IntentId
}

impl RefundStamp {
    /// A refund stamp of our own from 128 random bits.
    pub fn from_random(bits: u128) -> RefundStamp {
        RefundStamp(format!("{bits:032x}"))
    }
}

impl IntentId {
    /// A fresh intent from 128 random bits.
    pub fn from_random(bits: u128) -> IntentId {
        IntentId(format!("{bits:032x}"))
    }
}

/// A merchant id of Paytrail: 1 to 20 digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MerchantId(String);

impl MerchantId {
    /// The digits of this id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for MerchantId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let trimmed = text.trim();
        if (1..=20).contains(&trimmed.len()) && trimmed.bytes().all(|b| b.is_ascii_digit()) {
            Ok(MerchantId(trimmed.to_owned()))
        } else {
            Err(IdError::MerchantId(trimmed.to_owned()))
        }
    }
}

impl TryFrom<String> for MerchantId {
    type Error = IdError;

    fn try_from(text: String) -> Result<Self, IdError> {
        text.parse()
    }
}

impl From<MerchantId> for String {
    fn from(id: MerchantId) -> String {
        id.0
    }
}

impl fmt::Display for MerchantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The key of an account within one data file. It means nothing outside that file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AccountId(i64);

impl AccountId {
    /// The account of a row.
    pub const fn from_row(row: i64) -> AccountId {
        AccountId(row)
    }

    /// The row of this account.
    pub const fn row(self) -> i64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transaction_id_is_read_in_paytrails_spelling_only() {
        let id: TransactionId = "681538C4-fc84-11e9-83bc-2ffcef4c3453".parse().unwrap();
        assert_eq!(id.to_string(), "681538c4-fc84-11e9-83bc-2ffcef4c3453");
        for text in [
            "681538c4fc8411e983bc2ffcef4c3453",
            "{681538c4-fc84-11e9-83bc-2ffcef4c3453}",
            "",
            "1048",
        ] {
            assert!(text.parse::<TransactionId>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_refund_stamp_keeps_all_its_bits() {
        assert_eq!(
            RefundStamp::from_random(1).as_str(),
            "00000000000000000000000000000001"
        );
        assert_eq!(RefundStamp::from_random(u128::MAX).as_str().len(), 32);
    }

    #[test]
    fn stamps_refuse_control_characters_and_wrong_lengths() {
        assert!(ItemStamp::new("").is_err());
        assert!(ItemStamp::new("a\nb").is_err());
        assert!(ItemStamp::new("ä".repeat(200)).is_ok());
        assert!(ItemStamp::new("ä".repeat(201)).is_err());
        assert!(serde_json::from_str::<ItemStamp>("\"\"").is_err());
    }

    #[test]
    fn a_merchant_id_is_digits() {
        assert_eq!(" 375917 ".parse::<MerchantId>().unwrap().as_str(), "375917");
        for text in ["", "37591a", "-1", "٣"] {
            assert!(text.parse::<MerchantId>().is_err(), "{text}");
        }
    }
}
