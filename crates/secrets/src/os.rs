//! The keychain of the operating system, through `keyring`: Keychain Services on macOS, the
//! Credential Manager on Windows, the Secret Service elsewhere.
//!
//! `keyring` makes its store once, at its first use, and remembers a failure for good. A program
//! that starts before its session's secret service (a login item, cron) would then never see a
//! keychain. So a store that could not be made, or whose connection failed, is made anew by the next
//! call, where the platform has a service that can come and go.

use std::sync::atomic::{AtomicBool, Ordering};

use keyring_core::Error as StoreError;
use zeroize::Zeroizing;

use crate::entry::Entry;
use crate::keychain::{Keychain, KeychainError};
use crate::secret::SecretText;

/// The real keychain. Its calls block; see [`crate::get_with_timeout`].
#[derive(Debug, Default)]
pub struct OsKeychain {
    /// Whether the last call lost its store, so that the next one makes another.
    lost: AtomicBool,
}

impl OsKeychain {
    /// A door to the keychain; nothing is opened before the first call.
    pub fn new() -> OsKeychain {
        OsKeychain::default()
    }

    /// The platform's entry for `entry`.
    fn open(&self, entry: &Entry) -> Result<keyring_core::Entry, StoreError> {
        let made = keyring::Entry::store_status();
        let lost = self.lost.load(Ordering::SeqCst) || keyring_core::get_default_store().is_none();
        if lost {
            renew(made.as_ref().err())?;
            self.lost.store(false, Ordering::SeqCst);
        }
        keyring_core::Entry::new(entry.service(), entry.user())
    }

    /// Runs `act` on the platform's entry, and remembers a store that is no more.
    fn with<T>(
        &self,
        entry: &Entry,
        act: impl FnOnce(&keyring_core::Entry) -> Result<T, StoreError>,
    ) -> Result<Option<T>, KeychainError> {
        match self.open(entry).and_then(|opened| act(&opened)) {
            Ok(value) => Ok(Some(value)),
            Err(StoreError::NoEntry) => Ok(None),
            Err(error) => {
                let told = told_apart(&error);
                if matches!(told, KeychainError::Unavailable(_)) {
                    self.lost.store(true, Ordering::SeqCst);
                }
                Err(told)
            }
        }
    }
}

impl Keychain for OsKeychain {
    fn get(&self, entry: &Entry) -> Result<Option<SecretText>, KeychainError> {
        self.with(entry, |opened| opened.get_password().map(SecretText::new))
    }

    fn set(&self, entry: &Entry, secret: &SecretText) -> Result<(), KeychainError> {
        let kept = self.with(entry, |opened| opened.set_password(secret.expose()))?;
        kept.ok_or_else(|| {
            KeychainError::Other("the entry went away while it was written".to_owned())
        })
    }

    fn clear(&self, entry: &Entry) -> Result<(), KeychainError> {
        self.with(entry, keyring_core::Entry::delete_credential)
            .map(|_| ())
    }

    fn describe(&self) -> String {
        let name = if cfg!(target_os = "macos") {
            "the macOS keychain"
        } else if cfg!(target_os = "windows") {
            "the Windows Credential Manager"
        } else {
            "the session's secret service (GNOME Keyring, KWallet)"
        };
        name.to_owned()
    }

    fn is_locked(&self) -> Option<bool> {
        is_locked()
    }

    fn leave_behind(&self) {
        // The store holds a lock of its own for as long as a call of it waits.
        self.lost.store(true, Ordering::SeqCst);
    }
}

/// Whether an entry of this program or the place for new ones is locked, by a connection of its own: the store has no such
/// question, and a call of it that waits for a dialog holds it up.
#[cfg(all(
    unix,
    not(any(target_os = "macos", target_os = "ios", target_os = "android"))
))]
fn is_locked() -> Option<bool> {
    use secret_service::EncryptionType;
    use secret_service::blocking::SecretService;

    let service = SecretService::connect(EncryptionType::Plain).ok()?;
    let ours = [("service", Entry::SERVICE)].into();
    let found = service.search_items(ours).ok()?;
    let place = service.get_default_collection().ok()?;
    Some(!found.locked.is_empty() || place.is_locked().ok()?)
}

/// Elsewhere only asking for an entry tells.
#[cfg(not(all(
    unix,
    not(any(target_os = "macos", target_os = "ios", target_os = "android"))
)))]
fn is_locked() -> Option<bool> {
    None
}

/// Makes the store anew.
#[cfg(all(
    unix,
    not(any(target_os = "macos", target_os = "ios", target_os = "android"))
))]
fn renew(_: Option<&StoreError>) -> Result<(), StoreError> {
    keyring_core::set_default_store(zbus_secret_service_keyring_store::Store::new()?);
    Ok(())
}

/// On platforms whose keychain is part of the system there is no service to come back.
#[cfg(not(all(
    unix,
    not(any(target_os = "macos", target_os = "ios", target_os = "android"))
)))]
fn renew(first: Option<&StoreError>) -> Result<(), StoreError> {
    match first {
        Some(_) => Err(StoreError::NoDefaultStore),
        None => Ok(()),
    }
}

/// What an error means to this program. The words of errors are kept, their data never: some carry
/// the secret's bytes.
fn told_apart(error: &StoreError) -> KeychainError {
    match error {
        StoreError::NoDefaultStore => {
            KeychainError::Unavailable("the store could not be made".to_owned())
        }
        StoreError::PlatformFailure(cause) => {
            let words = cause.to_string();
            if is_missing_service(&words) {
                KeychainError::Unavailable(words)
            } else {
                KeychainError::Other(words)
            }
        }
        StoreError::NoStorageAccess(cause) => {
            let words = cause.to_string();
            let lower = words.to_lowercase();
            // The Secret Service says "prompt was dismissed", macOS and Windows "denied".
            if ["prompt", "dismissed", "denied", "cancel"]
                .iter()
                .any(|word| lower.contains(word))
            {
                KeychainError::Denied(words)
            } else {
                KeychainError::Locked(words)
            }
        }
        StoreError::BadEncoding(bytes) | StoreError::BadDataFormat(bytes, _) => {
            // This copy can be wiped; the error's own goes with the error.
            drop(Zeroizing::new(bytes.clone()));
            KeychainError::Other("what it keeps there is not a text".to_owned())
        }
        StoreError::Ambiguous(_) => {
            KeychainError::Other("it has several secrets under that name".to_owned())
        }
        StoreError::TooLong(name, limit) => {
            KeychainError::Other(format!("{name} is longer than {limit}"))
        }
        other => KeychainError::Other(other.to_string()),
    }
}

/// Whether a failure of the Secret Service means that nobody is there: no bus, no service on it, or
/// a connection that broke.
fn is_missing_service(words: &str) -> bool {
    let words = words.to_lowercase();
    [
        "serviceunknown",
        "not provided by any",
        "no secret service",
        "unavailable",
        "i/o error",
        "address",
        "connect",
        "disconnected",
        "broken pipe",
        "no such file",
        "namehasnoowner",
        "spawn",
    ]
    .iter()
    .any(|sign| words.contains(sign))
}
