//! Who asks, and whether the request is one: signature and account, then the headers.

use hyvitys_domain::WireTime;
use hyvitys_paytrail::signing::{SignatureError, verify};

use super::Incoming;
use super::call::Call;
use crate::books::Refusal;
use crate::shop::Shop;

/// Whether the request is signed by the merchant.
pub fn signature(shop: &Shop, request: &Incoming) -> Result<(), SignatureError> {
    if request.header("checkout-account") != Some(shop.merchant.as_str()) {
        return Err(SignatureError::Mismatch);
    }
    let pairs = request
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    verify(&shop.key, pairs, &request.body, request.header("signature"))
}

/// Whether a signed request has the headers that its call needs. The timestamp must be one, but may
/// be any: the sandbox's clock is not its clients'.
pub fn headers(request: &Incoming, call: Option<Call>, reused_nonce: bool) -> Result<(), Refusal> {
    let header = |name: &str| request.header(name).filter(|value| !value.is_empty());
    if header("checkout-method") != Some(request.method.as_str()) {
        return Err(Refusal::invalid(
            "checkout-method is not the method of the request",
        ));
    }
    let nonce = header("checkout-nonce");
    if nonce.is_none_or(|nonce| nonce.len() > 200) {
        return Err(Refusal::invalid("checkout-nonce is missing or too long"));
    }
    if reused_nonce {
        return Err(Refusal::invalid("checkout-nonce has been used before"));
    }
    let timestamp = header("checkout-timestamp").and_then(|text| WireTime::parse(text).ok());
    if timestamp.is_none_or(|time| !time.zoned) {
        return Err(Refusal::invalid(
            "checkout-timestamp is missing or not a time in UTC",
        ));
    }
    let Some(call) = call else { return Ok(()) };
    if let Some(id) = call.transaction() {
        match header("checkout-transaction-id") {
            None => return Err(Refusal::invalid("checkout-transaction-id is missing")),
            Some(text) if text.parse() != Ok(id) => {
                return Err(Refusal::invalid(
                    "checkout-transaction-id is not the one of the path",
                ));
            }
            Some(_) => {}
        }
    }
    let json = header("content-type").is_some_and(|kind| kind.starts_with("application/json"));
    if call.has_body() && !json {
        return Err(Refusal::invalid(
            "content-type should be application/json; charset=utf-8",
        ));
    }
    Ok(())
}
