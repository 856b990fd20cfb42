//! Signed callback and redirect URLs: the one source of payments that a shop's web server already
//! has (API document §1 and §4).
//!
//! They come pasted, in files and out of access logs, so the text is hostile until verified. What
//! could be read in two ways (a parameter twice, a control character that could move the borders
//! between signed lines) is refused, not interpreted.

use hyvitys_domain::{Money, PaymentStatus, Provider, TransactionId};
use url::form_urlencoded;

use crate::client::{Credentials, is_signed_name};
use crate::signing::{self, SignatureError};

/// The longest text that is looked at, in bytes: a callback address has at most 3000 characters,
/// and parameters come on top.
const LONGEST: usize = 16 * 1024;

/// A verified callback or redirect of this account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Callback {
    /// The merchant id, which is ours.
    pub account: String,
    /// The payment's stamp, or for a refund the refund's; empty where there is none.
    pub stamp: String,
    /// The order's or refund's reference; empty where there is none.
    pub reference: String,
    /// The payment's or refund's id; a refund that failed validation has none.
    pub transaction_id: Option<TransactionId>,
    /// The status.
    pub status: PaymentStatus,
    /// The payment method.
    pub provider: Option<Provider>,
    /// The amount in cents.
    pub amount: Option<Money>,
    /// The reference of the settlement, if there is one yet.
    pub settlement_reference: Option<String>,
    /// All signed parameters, names in lower case, future ones among them.
    pub parameters: Vec<(String, String)>,
}

/// Why a text is not a callback to believe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallbackError {
    /// It has no signed parameters at all: not a callback.
    #[error("it has no checkout- parameters")]
    NotACallback,
    /// It is longer than a callback can be.
    #[error("it is too long")]
    TooLong,
    /// The signature is missing or wrong, a parameter comes twice, or one has control characters.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// It is signed, and another merchant's.
    #[error("it is another merchant's")]
    OtherAccount,
    /// A parameter that has to be there is not.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// A parameter that can't be read.
    #[error("{0} can't be read")]
    Unreadable(&'static str),
}

/// Verifies a callback or redirect, given as a whole address, as path and query, or as the query
/// alone; as it travelled, percent-encoded.
pub fn verify_url(
    url_or_query: &str,
    credentials: &Credentials,
) -> Result<Callback, CallbackError> {
    let text = url_or_query.trim();
    if text.len() > LONGEST {
        return Err(CallbackError::TooLong);
    }
    if text.chars().any(char::is_control) {
        return Err(CallbackError::Signature(SignatureError::ControlCharacter));
    }
    let text = text.split_once('#').map_or(text, |(before, _)| before);
    let query = text.split_once('?').map_or(text, |(_, query)| query);
    let mut signed = Vec::new();
    let mut signature: Option<String> = None;
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        if is_signed_name(&name) {
            signed.push((name.to_ascii_lowercase(), value.into_owned()));
        } else if name.eq_ignore_ascii_case("signature")
            && signature.replace(value.into_owned()).is_some()
        {
            return Err(CallbackError::Signature(SignatureError::Repeated));
        }
    }
    if signed.is_empty() {
        return Err(CallbackError::NotACallback);
    }
    let pairs = signed
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    signing::verify(&credentials.key, pairs, b"", signature.as_deref())?;
    Parameters(&signed).callback(credentials)
}

/// Signed parameters after their verification.
struct Parameters<'a>(&'a [(String, String)]);

impl Parameters<'_> {
    /// The value of a parameter; an empty one is as good as none.
    fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(found, _)| found == name);
        found
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    fn text(&self, name: &str) -> String {
        self.get(name).unwrap_or_default().to_owned()
    }

    fn callback(&self, credentials: &Credentials) -> Result<Callback, CallbackError> {
        let account = self
            .get("checkout-account")
            .ok_or(CallbackError::Missing("checkout-account"))?;
        if account != credentials.merchant.as_str() {
            return Err(CallbackError::OtherAccount);
        }
        let status = self
            .get("checkout-status")
            .ok_or(CallbackError::Missing("checkout-status"))?;
        Ok(Callback {
            account: account.to_owned(),
            stamp: self.text("checkout-stamp"),
            reference: self.text("checkout-reference"),
            transaction_id: self.transaction_id()?,
            status: PaymentStatus::from(status),
            provider: self.get("checkout-provider").and_then(Provider::new),
            amount: self.amount()?,
            settlement_reference: self.get("checkout-settlement-reference").map(str::to_owned),
            parameters: self.0.to_vec(),
        })
    }

    fn transaction_id(&self) -> Result<Option<TransactionId>, CallbackError> {
        const NAME: &str = "checkout-transaction-id";
        self.get(NAME)
            .map(|text| text.parse().map_err(|_| CallbackError::Unreadable(NAME)))
            .transpose()
    }

    fn amount(&self) -> Result<Option<Money>, CallbackError> {
        const NAME: &str = "checkout-amount";
        let Some(text) = self.get(NAME) else {
            return Ok(None);
        };
        // `parse` would take a plus sign, which no amount on the wire has.
        if text.starts_with('+') {
            return Err(CallbackError::Unreadable(NAME));
        }
        text.parse()
            .map(|cents| Some(Money::from_cents(cents)))
            .map_err(|_| CallbackError::Unreadable(NAME))
    }
}
