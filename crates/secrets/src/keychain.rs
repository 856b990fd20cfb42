//! What a keychain does, and how it can fail.

use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use crate::entry::Entry;
use crate::secret::SecretText;

/// Why a keychain did not do what it was asked. No variant holds any part of a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeychainError {
    /// There is no keychain: no session bus, no secret service.
    #[error("there is no keychain on this machine or in this session: {0}")]
    Unavailable(String),
    /// The keychain is locked and was not unlocked.
    #[error("the keychain is locked: {0}")]
    Locked(String),
    /// A person or a policy said no.
    #[error("the keychain refused: {0}")]
    Denied(String),
    /// No answer in time: mostly a password dialog that waits for someone.
    #[error("the keychain has not answered; it may be waiting for its password in a dialog")]
    NoAnswer,
    /// Anything else.
    #[error("the keychain failed: {0}")]
    Other(String),
}

/// Keeps secrets. Every call may block for as long as a person needs to answer a password dialog:
/// call it on a thread that may wait, or through [`get_with_timeout`].
pub trait Keychain: Send + Sync {
    /// The secret of `entry`; `None` if there is none.
    fn get(&self, entry: &Entry) -> Result<Option<SecretText>, KeychainError>;

    /// Keeps `secret` under `entry`, in place of whatever was there.
    fn set(&self, entry: &Entry, secret: &SecretText) -> Result<(), KeychainError>;

    /// Removes `entry`; nothing to remove is fine.
    fn clear(&self, entry: &Entry) -> Result<(), KeychainError>;

    /// What this keychain is, for people.
    fn describe(&self) -> String;

    /// Whether what this program keeps there is locked, without asking anyone; `None` where that can't be told.
    fn is_locked(&self) -> Option<bool> {
        None
    }

    /// Calls that still wait for a dialog wait for nothing any more: the next one must not be held up by them.
    fn leave_behind(&self) {}

    /// A person wants to be asked again, after a dialog that was dismissed or not answered; see
    /// [`crate::SharedKeychain`]. A keychain that asks at each call has nothing to do.
    fn try_again(&self) {}
}

/// Asks for a secret on a thread of its own and waits at most `limit`.
///
/// After [`KeychainError::NoAnswer`] that thread goes on waiting for the dialog, holds no lock of
/// this program's, and its answer is dropped and wiped. Blocks the caller: async code calls it from
/// a blocking thread.
pub fn get_with_timeout(
    keychain: &Arc<dyn Keychain>,
    entry: &Entry,
    limit: Duration,
) -> Result<Option<SecretText>, KeychainError> {
    let entry = entry.clone();
    with_timeout(keychain, limit, move |keychain| keychain.get(&entry))
}

/// Stores a secret as [`get_with_timeout`] asks for one: a locked keychain may be waiting for a person.
/// After [`KeychainError::NoAnswer`] it may still be stored later.
pub fn set_with_timeout(
    keychain: &Arc<dyn Keychain>,
    entry: &Entry,
    secret: SecretText,
    limit: Duration,
) -> Result<(), KeychainError> {
    let entry = entry.clone();
    with_timeout(keychain, limit, move |keychain| {
        keychain.set(&entry, &secret)
    })
}

/// Removes a secret as [`set_with_timeout`] stores one.
pub fn clear_with_timeout(
    keychain: &Arc<dyn Keychain>,
    entry: &Entry,
    limit: Duration,
) -> Result<(), KeychainError> {
    let entry = entry.clone();
    with_timeout(keychain, limit, move |keychain| keychain.clear(&entry))
}

fn with_timeout<T: Send + 'static>(
    keychain: &Arc<dyn Keychain>,
    limit: Duration,
    ask: impl FnOnce(&dyn Keychain) -> Result<T, KeychainError> + Send + 'static,
) -> Result<T, KeychainError> {
    let (sender, receiver) = mpsc::sync_channel(1);
    let keychain = Arc::clone(keychain);
    thread::Builder::new()
        .name("keychain".to_owned())
        .spawn(move || {
            // Nobody may be waiting any more.
            let _ = sender.send(ask(keychain.as_ref()));
        })
        .map_err(|error| KeychainError::Other(error.to_string()))?;
    match receiver.recv_timeout(limit) {
        Ok(answer) => answer,
        Err(RecvTimeoutError::Timeout) => Err(KeychainError::NoAnswer),
        Err(RecvTimeoutError::Disconnected) => {
            Err(KeychainError::Other("its thread ended".to_owned()))
        }
    }
}
