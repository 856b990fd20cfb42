//! The merchant secret from the environment, where no keychain has it.

use std::env;
use std::sync::Arc;

use crate::entry::Entry;
use crate::keychain::{Keychain, KeychainError};
use crate::secret::SecretText;

/// The variable that holds the merchant secret.
pub const ENVIRONMENT_VARIABLE: &str = "HYVITYS_MERCHANT_SECRET";

/// Reads the merchant secret from this process's environment; `None` if it is not set, empty or not
/// UTF-8. The only place that looks there. A line break at the end, as `$(cat file)`-less tools
/// leave it, is not part of the secret.
pub fn secret_of_environment() -> Option<SecretText> {
    from_value(env::var(ENVIRONMENT_VARIABLE).ok()?)
}

fn from_value(value: String) -> Option<SecretText> {
    let whole = SecretText::new(value);
    let bare = whole.expose().trim_end_matches(['\r', '\n']);
    (!bare.is_empty()).then(|| SecretText::new(bare.to_owned()))
}

/// A keychain with the environment behind it.
///
/// A merchant secret that the keychain has not, or a keychain that is not there, is answered with
/// the environment's secret. A keychain that is locked or refuses is an error all the same: someone
/// chose it, and another secret in its place would be a guess. Nothing from the environment is ever
/// stored.
pub struct EnvironmentFallback {
    keychain: Arc<dyn Keychain>,
    secret: Option<SecretText>,
}

impl EnvironmentFallback {
    /// Puts `secret` (see [`secret_of_environment`]) behind `keychain`.
    pub fn new(keychain: Arc<dyn Keychain>, secret: Option<SecretText>) -> EnvironmentFallback {
        EnvironmentFallback { keychain, secret }
    }
}

impl Keychain for EnvironmentFallback {
    fn get(&self, entry: &Entry) -> Result<Option<SecretText>, KeychainError> {
        let fallback = self.secret.as_ref().filter(|_| entry.is_merchant_secret());
        match (self.keychain.get(entry), fallback) {
            (Ok(None) | Err(KeychainError::Unavailable(_)), Some(secret)) => {
                Ok(Some(secret.clone()))
            }
            (answer, _) => answer,
        }
    }

    fn set(&self, entry: &Entry, secret: &SecretText) -> Result<(), KeychainError> {
        self.keychain.set(entry, secret)
    }

    fn clear(&self, entry: &Entry) -> Result<(), KeychainError> {
        self.keychain.clear(entry)
    }

    fn describe(&self) -> String {
        match &self.secret {
            Some(_) => format!("{}, then {ENVIRONMENT_VARIABLE}", self.keychain.describe()),
            None => self.keychain.describe(),
        }
    }

    fn is_locked(&self) -> Option<bool> {
        self.keychain.is_locked()
    }

    fn leave_behind(&self) {
        self.keychain.leave_behind();
    }

    fn try_again(&self) {
        self.keychain.try_again();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_break_at_the_end_is_not_part_of_the_secret_and_nothing_is_no_secret() {
        let read = |text: &str| from_value(text.to_owned()).map(|secret| secret.expose().clone());
        assert_eq!(read("a secret \r\n"), Some("a secret ".to_owned()));
        assert_eq!(read(""), None);
        assert_eq!(read("\n"), None);
    }
}
