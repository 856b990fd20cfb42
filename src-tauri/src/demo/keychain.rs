//! A keychain that knows the built-in shop's published secret and leaves all others to the system's.

use std::sync::{Arc, Mutex, PoisonError};

use hyvitys_sandbox::TEST_SECRET;
use hyvitys_secrets::{Entry, Keychain, KeychainError, SecretText};

/// See the module.
pub(crate) struct DemoKeychain {
    inner: Arc<dyn Keychain>,
    built_in: Mutex<Option<Entry>>,
}

impl DemoKeychain {
    /// Asks `inner` about everything but the built-in shop.
    pub(crate) fn new(inner: Arc<dyn Keychain>) -> DemoKeychain {
        DemoKeychain {
            inner,
            built_in: Mutex::default(),
        }
    }

    /// From now on this entry is the built-in shop's.
    pub(crate) fn know(&self, entry: Entry) {
        *self.built_in.lock().unwrap_or_else(PoisonError::into_inner) = Some(entry);
    }

    fn is_built_in(&self, entry: &Entry) -> bool {
        self.built_in
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .as_ref()
            == Some(entry)
    }
}

impl Keychain for DemoKeychain {
    fn get(&self, entry: &Entry) -> Result<Option<SecretText>, KeychainError> {
        if self.is_built_in(entry) {
            return Ok(Some(SecretText::new(TEST_SECRET.to_owned())));
        }
        self.inner.get(entry)
    }

    fn set(&self, entry: &Entry, secret: &SecretText) -> Result<(), KeychainError> {
        if self.is_built_in(entry) {
            return Ok(());
        }
        self.inner.set(entry, secret)
    }

    fn clear(&self, entry: &Entry) -> Result<(), KeychainError> {
        if self.is_built_in(entry) {
            return Ok(());
        }
        self.inner.clear(entry)
    }

    fn describe(&self) -> String {
        self.inner.describe()
    }

    fn is_locked(&self) -> Option<bool> {
        self.inner.is_locked()
    }

    fn leave_behind(&self) {
        self.inner.leave_behind();
    }

    fn try_again(&self) {
        self.inner.try_again();
    }
}

#[cfg(test)]
mod tests {
    use hyvitys_secrets::MemoryKeychain;

    use super::*;

    fn entry(origin: &str) -> Entry {
        Entry::merchant_secret(&origin.parse().unwrap(), &"375917".parse().unwrap())
    }

    #[test]
    fn the_built_in_shop_works_without_a_keychain_and_no_other_entry_gets_its_secret() {
        let system = Arc::new(MemoryKeychain::new());
        system.fail_with(Some(KeychainError::Unavailable("no bus".to_owned())));
        let keychain = DemoKeychain::new(system.clone());
        let built_in = entry("http://127.0.0.1:21870");
        assert!(keychain.get(&built_in).is_err());
        keychain.know(built_in.clone());
        assert_eq!(
            keychain.get(&built_in).unwrap().unwrap().expose(),
            TEST_SECRET
        );
        keychain
            .set(&built_in, &SecretText::new("x".to_owned()))
            .unwrap();
        system.fail_with(None);
        assert!(system.get(&built_in).unwrap().is_none());
        let live = entry("https://services.paytrail.com");
        assert!(keychain.get(&live).unwrap().is_none());
        keychain
            .set(&live, &SecretText::new("own".to_owned()))
            .unwrap();
        assert_eq!(system.get(&live).unwrap().unwrap().expose(), "own");
    }
}
