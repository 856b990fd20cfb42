//! Where an account's requests go, and whether real money moves there.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use url::{Host, Url};

use crate::ids::MerchantId;

/// Paytrail's production address.
pub const PRODUCTION: &str = "https://services.paytrail.com";

/// The merchant ids that Paytrail publishes for testing: on its production address, too, they move
/// no money.
const PUBLISHED_TEST_MERCHANTS: [&str; 3] = ["375917", "695861", "695874"];

/// Whether an id is one of those that Paytrail publishes for testing.
pub fn is_published_test(merchant: &MerchantId) -> bool {
    PUBLISHED_TEST_MERCHANTS.contains(&merchant.as_str())
}

/// The origin of a Payment API: `https://host[:port]`, or `http://` on loopback for a sandbox.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ApiOrigin(String);

/// Why an address is not an API origin.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApiOriginError {
    /// Not a URL at all.
    #[error("'{0}' is not an address like https://services.paytrail.com")]
    NotAnAddress(String),
    /// Plain HTTP shows signed orders to whoever is on the way; it is for this machine only.
    #[error("'{0}' is not encrypted: https is required, except on this machine")]
    NotEncrypted(String),
    /// User, path, query or fragment: an origin has none.
    #[error("'{0}' has more than a host: give only https://host[:port]")]
    NotAnOrigin(String),
}

impl ApiOrigin {
    /// The origin without a trailing slash, as it stands before a path.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the origin is on this machine.
    pub fn is_loopback(&self) -> bool {
        Url::parse(&self.0).is_ok_and(|url| is_loopback(&url))
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

impl FromStr for ApiOrigin {
    type Err = ApiOriginError;

    fn from_str(text: &str) -> Result<Self, ApiOriginError> {
        let text = text.trim();
        let not_an_address = || ApiOriginError::NotAnAddress(text.to_owned());
        let url = Url::parse(text).map_err(|_| not_an_address())?;
        let host = url.host_str().ok_or_else(not_an_address)?;
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(&url) => {}
            "http" => return Err(ApiOriginError::NotEncrypted(text.to_owned())),
            _ => return Err(not_an_address()),
        }
        let bare = url.username().is_empty()
            && url.password().is_none()
            && matches!(url.path(), "" | "/")
            && url.query().is_none()
            && url.fragment().is_none();
        if !bare {
            return Err(ApiOriginError::NotAnOrigin(text.to_owned()));
        }
        let port = url
            .port()
            .map(|port| format!(":{port}"))
            .unwrap_or_default();
        Ok(ApiOrigin(format!("{}://{host}{port}", url.scheme())))
    }
}

impl TryFrom<String> for ApiOrigin {
    type Error = ApiOriginError;

    fn try_from(text: String) -> Result<Self, ApiOriginError> {
        text.parse()
    }
}

impl From<ApiOrigin> for String {
    fn from(origin: ApiOrigin) -> String {
        origin.0
    }
}

impl fmt::Display for ApiOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether an account moves real money. Every confirmation names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Mode {
    /// Real money of a real shop.
    Live,
    /// A merchant id that Paytrail publishes for testing.
    Test,
    /// A sandbox on this machine.
    Sandbox,
}

impl Mode {
    /// The mode of an account, by where it is and which merchant it names. In doubt it is live.
    pub fn of(origin: &ApiOrigin, merchant: &MerchantId) -> Mode {
        if origin.is_loopback() {
            Mode::Sandbox
        } else if is_published_test(merchant) {
            Mode::Test
        } else {
            Mode::Live
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Mode::Live => "LIVE",
            Mode::Test => "TEST",
            Mode::Sandbox => "SANDBOX",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_https_or_on_this_machine_and_nothing_but_an_origin() {
        let origin: ApiOrigin = "https://Services.Paytrail.com/".parse().unwrap();
        assert_eq!(origin.as_str(), PRODUCTION);
        assert_eq!("https://services.paytrail.com:443".parse(), Ok(origin));
        for text in [
            "http://127.0.0.1:8787",
            "http://localhost:1",
            "http://[::1]:8787",
        ] {
            assert_eq!(text.parse::<ApiOrigin>().unwrap().as_str(), text);
        }
        for text in [
            "http://services.paytrail.com",
            "http://localhost.example.com",
            "http://10.0.0.1",
        ] {
            assert!(
                matches!(
                    text.parse::<ApiOrigin>(),
                    Err(ApiOriginError::NotEncrypted(_))
                ),
                "{text}"
            );
        }
        for text in [
            "https://a:b@services.paytrail.com",
            "https://services.paytrail.com/v2",
            "https://x.fi?y",
        ] {
            assert!(
                matches!(
                    text.parse::<ApiOrigin>(),
                    Err(ApiOriginError::NotAnOrigin(_))
                ),
                "{text}"
            );
        }
        for text in ["", "services.paytrail.com", "file:///etc/passwd"] {
            assert!(
                matches!(
                    text.parse::<ApiOrigin>(),
                    Err(ApiOriginError::NotAnAddress(_))
                ),
                "{text}"
            );
        }
    }

    #[test]
    fn in_doubt_an_account_is_live() {
        let production: ApiOrigin = PRODUCTION.parse().unwrap();
        let local: ApiOrigin = "http://127.0.0.1:8787".parse().unwrap();
        let test: MerchantId = "375917".parse().unwrap();
        let shop: MerchantId = "812440".parse().unwrap();
        assert_eq!(Mode::of(&production, &shop), Mode::Live);
        assert_eq!(Mode::of(&production, &test), Mode::Test);
        assert_eq!(Mode::of(&local, &shop), Mode::Sandbox);
    }
}
