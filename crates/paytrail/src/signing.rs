//! Paytrail's signatures (API document §1): an HMAC over the `checkout-` headers and the raw body.
//!
//! Requests, answers, callbacks, redirects and reports are all signed the same way. Verification
//! covers every `checkout-` header that came, never a fixed list, since new ones may come; it runs
//! over the bytes that travelled and compares in constant time. Whoever wants to believe an answer
//! goes through [`verify`] first.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Sha256, Sha512};

/// The merchant secret as a key. It can be used, and neither read nor printed.
#[derive(Clone)]
pub struct SigningKey(Vec<u8>);

impl SigningKey {
    /// Takes the merchant secret as it stands in the Merchant Panel.
    pub fn new(secret: impl Into<Vec<u8>>) -> SigningKey {
        SigningKey(secret.into())
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(…)")
    }
}

/// The hash of a signature, as `checkout-algorithm` names it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// `sha256`
    #[default]
    Sha256,
    /// `sha512`
    Sha512,
}

impl Algorithm {
    /// The wire name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Algorithm::Sha256 => "sha256",
            Algorithm::Sha512 => "sha512",
        }
    }

    fn named(name: &str) -> Option<Algorithm> {
        [Algorithm::Sha256, Algorithm::Sha512]
            .into_iter()
            .find(|a| a.as_str() == name)
    }
}

/// Why a signature is not to be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// No signature came.
    #[error("there is no signature")]
    Missing,
    /// `checkout-algorithm` is missing or names no hash that this program knows.
    #[error("the signature's algorithm is missing or unknown")]
    Algorithm,
    /// The same `checkout-` name came twice: which of the two was signed can't be told.
    #[error("a signed name comes twice")]
    Repeated,
    /// A name or value has a line break or another control character, which could move the borders
    /// between the signed lines.
    #[error("a signed value has control characters")]
    ControlCharacter,
    /// It is not the signature of these bytes under this secret.
    #[error("the signature does not fit")]
    Mismatch,
}

/// The bytes that are signed: the `checkout-` names in lower case, sorted, each as `name:value`,
/// joined by `\n`, then `\n` and the body as it travels.
fn payload(headers: &[(String, String)], body: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(256 + body.len());
    for (name, value) in headers {
        bytes.extend_from_slice(name.as_bytes());
        bytes.push(b':');
        bytes.extend_from_slice(value.as_bytes());
        bytes.push(b'\n');
    }
    if headers.is_empty() {
        bytes.push(b'\n');
    }
    bytes.extend_from_slice(body);
    bytes
}

/// The `checkout-` pairs among `headers`, lower case and sorted; refuses what can't be signed
/// unambiguously.
fn signed_pairs<'a>(
    headers: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Result<Vec<(String, String)>, SignatureError> {
    let mut pairs = Vec::new();
    for (name, value) in headers {
        let name = name.to_ascii_lowercase();
        if !name.starts_with("checkout-") {
            continue;
        }
        if name.chars().chain(value.chars()).any(char::is_control) {
            return Err(SignatureError::ControlCharacter);
        }
        pairs.push((name, value.to_owned()));
    }
    pairs.sort();
    if pairs.windows(2).any(|two| two[0].0 == two[1].0) {
        return Err(SignatureError::Repeated);
    }
    Ok(pairs)
}

/// Signs `body` together with the `checkout-` headers among `headers`; other headers don't count.
///
/// Fails where the headers can't be signed unambiguously: a name twice, or control characters.
pub fn sign<'a>(
    key: &SigningKey,
    algorithm: Algorithm,
    headers: impl IntoIterator<Item = (&'a str, &'a str)>,
    body: &[u8],
) -> Result<String, SignatureError> {
    let bytes = payload(&signed_pairs(headers)?, body);
    match algorithm {
        Algorithm::Sha256 => Ok(hex::encode(
            keyed::<Hmac<Sha256>>(key, &bytes)?.finalize().into_bytes(),
        )),
        Algorithm::Sha512 => Ok(hex::encode(
            keyed::<Hmac<Sha512>>(key, &bytes)?.finalize().into_bytes(),
        )),
    }
}

/// Verifies that `signature` was made with `key` over these headers and this body, by the hash that
/// the signed `checkout-algorithm` names.
pub fn verify<'a>(
    key: &SigningKey,
    headers: impl IntoIterator<Item = (&'a str, &'a str)>,
    body: &[u8],
    signature: Option<&str>,
) -> Result<(), SignatureError> {
    let signature = signature
        .filter(|text| !text.is_empty())
        .ok_or(SignatureError::Missing)?;
    let pairs = signed_pairs(headers)?;
    let algorithm = pairs
        .iter()
        .find(|(name, _)| name == "checkout-algorithm")
        .and_then(|(_, value)| Algorithm::named(value))
        .ok_or(SignatureError::Algorithm)?;
    // Paytrail writes lower-case hex; another spelling of the same bytes was not written by it.
    if signature.bytes().any(|b| b.is_ascii_uppercase()) {
        return Err(SignatureError::Mismatch);
    }
    let tag = hex::decode(signature).map_err(|_| SignatureError::Mismatch)?;
    let bytes = payload(&pairs, body);
    let fits = match algorithm {
        Algorithm::Sha256 => keyed::<Hmac<Sha256>>(key, &bytes)?.verify_slice(&tag),
        Algorithm::Sha512 => keyed::<Hmac<Sha512>>(key, &bytes)?.verify_slice(&tag),
    };
    fits.map_err(|_| SignatureError::Mismatch)
}

/// A MAC that has taken `bytes` in. HMAC takes keys of every length, so the error can't come; it is
/// passed on rather than unwrapped.
fn keyed<M: Mac + KeyInit>(key: &SigningKey, bytes: &[u8]) -> Result<M, SignatureError> {
    let mut mac = <M as KeyInit>::new_from_slice(&key.0).map_err(|_| SignatureError::Mismatch)?;
    mac.update(bytes);
    Ok(mac)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BODY: &str = r##"{"stamp":"unique-identifier-for-merchant","reference":"3759170","amount":1525,"currency":"EUR","language":"FI","items":[{"unitPrice":1525,"units":1,"vatPercentage":25.5,"productCode":"#1234","deliveryDate":"2018-09-01"}],"customer":{"email":"test.customer@example.com"},"redirectUrls":{"success":"https://ecom.example.com/cart/success","cancel":"https://ecom.example.com/cart/cancel"}}"##;
    const HEADERS: [(&str, &str); 5] = [
        ("checkout-account", "375917"),
        ("checkout-algorithm", "sha256"),
        ("checkout-method", "POST"),
        ("checkout-nonce", "564635208570151"),
        ("checkout-timestamp", "2018-07-06T10:01:31.904Z"),
    ];
    const PUBLISHED: &str = "9a4a7735279de4c99268e4566a5526ae887e73e6e58f2918cb2309ccac366129";

    fn published_key() -> SigningKey {
        SigningKey::new("SAIPPUAKAUPPIAS")
    }

    #[test]
    fn the_published_vector_holds() {
        let shuffled = HEADERS
            .iter()
            .rev()
            .copied()
            .chain([("platform-name", "hyvitys")]);
        let signature = sign(
            &published_key(),
            Algorithm::Sha256,
            shuffled,
            BODY.as_bytes(),
        );
        assert_eq!(signature.as_deref(), Ok(PUBLISHED));
        assert_eq!(
            verify(&published_key(), HEADERS, BODY.as_bytes(), Some(PUBLISHED)),
            Ok(())
        );
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_not_verified() {
        let key = published_key();
        let shouted = PUBLISHED.to_uppercase();
        let verify = |headers: &[(&str, &str)], signature| {
            verify(&key, headers.iter().copied(), BODY.as_bytes(), signature)
        };
        assert_eq!(verify(&HEADERS, None), Err(SignatureError::Missing));
        assert_eq!(verify(&HEADERS, Some("")), Err(SignatureError::Missing));
        assert_eq!(
            verify(&HEADERS, Some(&shouted)),
            Err(SignatureError::Mismatch)
        );
        assert_eq!(
            verify(&HEADERS[..1], Some(PUBLISHED)),
            Err(SignatureError::Algorithm)
        );
        let twice: Vec<_> = HEADERS
            .into_iter()
            .chain([("Checkout-Account", "375917")])
            .collect();
        assert_eq!(
            verify(&twice, Some(PUBLISHED)),
            Err(SignatureError::Repeated)
        );
        let broken: Vec<_> = HEADERS
            .into_iter()
            .chain([("checkout-x", "a\ncheckout-y:b")])
            .collect();
        assert_eq!(
            verify(&broken, Some(PUBLISHED)),
            Err(SignatureError::ControlCharacter)
        );
    }

    #[test]
    fn a_key_shows_nothing_of_itself() {
        assert_eq!(format!("{:?}", published_key()), "SigningKey(…)");
    }

    fn headers() -> impl Strategy<Value = Vec<(String, String)>> {
        prop::collection::btree_map("checkout-x[a-z0-9-]{1,12}", "[ -~åäö]{0,20}", 0..6)
            .prop_map(|map| map.into_iter().collect())
    }

    fn pairs(all: &[(String, String)]) -> Vec<(&str, &str)> {
        all.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect()
    }

    proptest! {
        #[test]
        fn what_is_signed_verifies_and_any_change_breaks_it(
            extra in headers(), body in prop::collection::vec(any::<u8>(), 0..200),
            wide in any::<bool>(), at in any::<prop::sample::Index>(), flip in 1_u8..=255,
            which in any::<prop::sample::Index>(),
        ) {
            let key = SigningKey::new("a shop's secret");
            let algorithm = if wide { Algorithm::Sha512 } else { Algorithm::Sha256 };
            let mut all = extra.clone();
            all.push(("checkout-algorithm".into(), algorithm.as_str().into()));
            all.push(("checkout-account".into(), "375917".into()));
            let signature = sign(&key, algorithm, pairs(&all), &body).unwrap();
            prop_assert_eq!(verify(&key, pairs(&all), &body, Some(&signature)), Ok(()));

            // One changed byte of the body.
            if !body.is_empty() {
                let mut changed = body.clone();
                changed[at.index(body.len())] ^= flip;
                prop_assert!(verify(&key, pairs(&all), &changed, Some(&signature)).is_err());
            }
            // One changed value, one changed name, one header gone, one more.
            let index = which.index(all.len());
            let mut changed = all.clone();
            changed[index].1.push('x');
            prop_assert!(verify(&key, pairs(&changed), &body, Some(&signature)).is_err());
            let mut changed = all.clone();
            changed[index].0.push('x');
            prop_assert!(verify(&key, pairs(&changed), &body, Some(&signature)).is_err());
            let mut changed = all.clone();
            changed.remove(index);
            prop_assert!(verify(&key, pairs(&changed), &body, Some(&signature)).is_err());
            let mut changed = all.clone();
            changed.push(("checkout-zz".into(), String::new()));
            prop_assert!(verify(&key, pairs(&changed), &body, Some(&signature)).is_err());
            // One changed character of the signature, and another secret.
            let place = at.index(signature.len());
            let other = if &signature[place..=place] == "0" { "1" } else { "0" };
            let mut changed = signature.clone();
            changed.replace_range(place..=place, other);
            prop_assert!(verify(&key, pairs(&all), &body, Some(&changed)).is_err());
            prop_assert!(verify(&SigningKey::new("another"), pairs(&all), &body, Some(&signature)).is_err());
        }
    }
}
