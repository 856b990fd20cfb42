//! A keychain that forgets everything at the end, for tests and demos.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::entry::Entry;
use crate::keychain::{Keychain, KeychainError};
use crate::secret::SecretText;

/// A keychain in memory, which can be told to fail.
#[derive(Default)]
pub struct MemoryKeychain {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    secrets: BTreeMap<Entry, SecretText>,
    failure: Option<KeychainError>,
}

impl MemoryKeychain {
    /// An empty keychain that works.
    pub fn new() -> MemoryKeychain {
        MemoryKeychain::default()
    }

    /// Makes every call fail with `failure`, or work again with `None`. Secrets stay.
    pub fn fail_with(&self, failure: Option<KeychainError>) {
        self.state().failure = failure;
    }

    /// The state; a panic elsewhere can't leave it half changed, so a poisoned lock is fine.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn working(&self) -> Result<MutexGuard<'_, State>, KeychainError> {
        let state = self.state();
        match &state.failure {
            Some(failure) => Err(failure.clone()),
            None => Ok(state),
        }
    }
}

impl Keychain for MemoryKeychain {
    fn get(&self, entry: &Entry) -> Result<Option<SecretText>, KeychainError> {
        Ok(self.working()?.secrets.get(entry).cloned())
    }

    fn set(&self, entry: &Entry, secret: &SecretText) -> Result<(), KeychainError> {
        self.working()?
            .secrets
            .insert(entry.clone(), secret.clone());
        Ok(())
    }

    fn clear(&self, entry: &Entry) -> Result<(), KeychainError> {
        self.working()?.secrets.remove(entry);
        Ok(())
    }

    fn describe(&self) -> String {
        "memory (gone at the end of the program)".to_owned()
    }
}
