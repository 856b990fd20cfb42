//! The names under which secrets are kept.

use std::fmt;

use hyvitys_domain::{ApiOrigin, MerchantId};

/// The place of one secret in a keychain.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Entry {
    user: String,
    merchant: bool,
}

impl Entry {
    /// The service under which all of this program's secrets stand.
    pub const SERVICE: &'static str = "hyvitys";

    /// The merchant secret of one account. The API origin is part of the name, so that a sandbox's
    /// secret never signs for the real shop of the same merchant id.
    pub fn merchant_secret(origin: &ApiOrigin, merchant: &MerchantId) -> Entry {
        Entry {
            user: format!("merchant-secret {merchant} {origin}"),
            merchant: true,
        }
    }

    /// The key that seals the journal and the audit log of one data file, kept as 64 hex digits
    /// (32 random bytes).
    pub fn journal_seal(file_id: &str) -> Entry {
        Entry {
            user: format!("journal-seal {file_id}"),
            merchant: false,
        }
    }

    /// The service, always [`Entry::SERVICE`].
    pub const fn service(&self) -> &'static str {
        Entry::SERVICE
    }

    /// The name of the entry within the service.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// Whether this is a merchant secret, the only kind that the environment may stand in for.
    pub const fn is_merchant_secret(&self) -> bool {
        self.merchant
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", Entry::SERVICE, self.user)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_merchant_at_another_address_has_another_entry() {
        let merchant: MerchantId = "375917".parse().unwrap();
        let live =
            Entry::merchant_secret(&"https://services.paytrail.com".parse().unwrap(), &merchant);
        let sandbox = Entry::merchant_secret(&"http://127.0.0.1:8787".parse().unwrap(), &merchant);
        assert_ne!(live, sandbox);
        assert_eq!(
            live.to_string(),
            "hyvitys: merchant-secret 375917 https://services.paytrail.com"
        );
    }
}
