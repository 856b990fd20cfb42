//! Payment statuses and providers as Paytrail names them. Both lists are open: what is new to this
//! program is kept and shown as it came, and never taken for paid.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The status of a payment (API document: `GET /payments/{transactionId}`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum PaymentStatus {
    /// Created; the customer has not paid.
    New,
    /// Paid.
    Ok,
    /// Not paid, cancelled, or the hold ran out.
    Fail,
    /// Waits for an activation, a fraud check or, on a refund's own transaction, an approval.
    Pending,
    /// As pending; some providers say so.
    Delayed,
    /// Held by `POST /payments/klarna/authorization-hold`: captured by commit, released by revert.
    AuthorizationHold,
    /// A status that this program does not know, as it came.
    Other(String),
}

impl PaymentStatus {
    /// The wire name.
    pub fn as_str(&self) -> &str {
        match self {
            PaymentStatus::New => "new",
            PaymentStatus::Ok => "ok",
            PaymentStatus::Fail => "fail",
            PaymentStatus::Pending => "pending",
            PaymentStatus::Delayed => "delayed",
            PaymentStatus::AuthorizationHold => "authorization-hold",
            PaymentStatus::Other(name) => name,
        }
    }

    /// Whether a hold under this status may still be captured or released.
    pub fn is_open_hold(&self) -> bool {
        matches!(
            self,
            PaymentStatus::Pending | PaymentStatus::Delayed | PaymentStatus::AuthorizationHold
        )
    }
}

impl From<String> for PaymentStatus {
    fn from(name: String) -> Self {
        match name.as_str() {
            "new" => PaymentStatus::New,
            "ok" => PaymentStatus::Ok,
            "fail" => PaymentStatus::Fail,
            "pending" => PaymentStatus::Pending,
            "delayed" => PaymentStatus::Delayed,
            "authorization-hold" => PaymentStatus::AuthorizationHold,
            _ => PaymentStatus::Other(name),
        }
    }
}

impl From<&str> for PaymentStatus {
    fn from(name: &str) -> Self {
        name.to_owned().into()
    }
}

impl From<PaymentStatus> for String {
    fn from(status: PaymentStatus) -> String {
        match status {
            PaymentStatus::Other(name) => name,
            known => known.as_str().to_owned(),
        }
    }
}

impl fmt::Display for PaymentStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A payment method's id as Paytrail names it, like `klarna` or `nordea`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Provider(String);

impl Provider {
    /// Takes the name as it came; an empty one is no provider.
    pub fn new(name: impl Into<String>) -> Option<Provider> {
        let name = name.into();
        (!name.trim().is_empty()).then_some(Provider(name))
    }

    /// The wire name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Klarna is every provider whose id contains `klarna`, in whatever case.
    pub fn is_klarna(&self) -> bool {
        self.contains("klarna")
    }

    /// Walley, also under the name it had before (Collector).
    pub fn is_walley(&self) -> bool {
        self.contains("walley") || self.contains("collector")
    }

    /// An email refund never has an outcome that an answer could prove.
    pub fn is_email_refund(&self) -> bool {
        self.contains("email")
    }

    fn contains(&self, word: &str) -> bool {
        self.0.to_lowercase().contains(word)
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_status_is_kept_as_it_came_and_is_not_an_open_hold() {
        let status: PaymentStatus = serde_json::from_str("\"accepted\"").unwrap();
        assert_eq!(status, PaymentStatus::Other("accepted".into()));
        assert!(!status.is_open_hold());
        assert_eq!(serde_json::to_string(&status).unwrap(), "\"accepted\"");
        assert_ne!(PaymentStatus::from("OK"), PaymentStatus::Ok);
    }

    #[test]
    fn every_known_status_survives_the_wire() {
        for name in [
            "new",
            "ok",
            "fail",
            "pending",
            "delayed",
            "authorization-hold",
        ] {
            let status = PaymentStatus::from(name);
            assert!(!matches!(status, PaymentStatus::Other(_)), "{name}");
            assert_eq!(String::from(status), name);
        }
    }

    #[test]
    fn klarna_is_known_by_its_name_in_any_case() {
        assert!(Provider::new("PaytrailKlarnaPayLater").unwrap().is_klarna());
        assert!(Provider::new("collectorb2c").unwrap().is_walley());
        assert!(!Provider::new("nordea").unwrap().is_klarna());
        assert_eq!(Provider::new("  "), None);
    }
}
