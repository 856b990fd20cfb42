//! Secrets and where they live: in the keychain of the operating system, and nowhere else.
//!
//! A secret in memory is a [`Secret`]: it shows nothing of itself and is wiped when it is dropped.
//! A [`Keychain`] keeps secrets; [`OsKeychain`] is the real one, [`MemoryKeychain`] a fake for tests
//! and demos. Around the real one goes a [`SharedKeychain`], so that a locked one asks a person once. Where a machine has no keychain (a server, cron), [`EnvironmentFallback`] reads the
//! merchant secret from the environment instead. It is never written anywhere.

mod entry;
mod environment;
mod keychain;
mod memory;
mod os;
mod secret;
mod shared;

pub use entry::Entry;
pub use environment::{ENVIRONMENT_VARIABLE, EnvironmentFallback, secret_of_environment};
pub use keychain::{
    Keychain, KeychainError, clear_with_timeout, get_with_timeout, set_with_timeout,
};
pub use memory::MemoryKeychain;
pub use os::OsKeychain;
pub use secret::{Secret, SecretText};
pub use shared::SharedKeychain;
