//! The real back office: the system's folders, keychain, network, clock and randomness.
//!
//! The data file and the heads of its journal live in different folders on purpose. A backup or a
//! copy of the data folder that comes back must not bring its own head along: by the head that stayed
//! with the machine the program sees that the file is an older one.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use directories::{ProjectDirs, UserDirs};
use hyvitys_domain::{ApiOrigin, MerchantId};
use hyvitys_paytrail::{ReqwestTransport, SigningKey, TransportOptions};
use hyvitys_secrets::{
    ENVIRONMENT_VARIABLE, Entry, EnvironmentFallback, Keychain, KeychainError, OsKeychain,
    SecretText, SharedKeychain, clear_with_timeout, get_with_timeout, set_with_timeout,
};
use hyvitys_store::SealKey;
use hyvitys_store::accounts::Account;
use sha2::{Digest, Sha256};

use crate::clock::{Chance, SystemChance, SystemClock};
use crate::error::{Code, Error};
use crate::service::{Backoffice, Kept, Keys, Parts, SecretState};
use crate::why::Why;

/// How long a keychain may take: it may be asking a person for its password.
const KEYCHAIN_WAITS: Duration = Duration::from_mins(1);
/// The journal's key is asked for before anything can be shown, so it may not hold the start up long.
pub const SEAL_WAITS: Duration = Duration::from_secs(15);
/// Under which name the key that seals journals stands. One key per user of the operating system: it
/// is needed before a data file can be asked for its own id, and the file names the key it was
/// sealed with.
const SEAL: &str = "default";

/// What a program may choose when it opens the back office.
#[derive(Debug, Default)]
pub struct SetupOptions {
    /// The folder of the data file; the system's usual place if `None`.
    pub data_dir: Option<PathBuf>,
    /// The merchant secret of the environment, used where the keychain has none; never stored.
    pub environment_secret: Option<SecretText>,
}

/// Opens the back office with the keychain of the operating system. Blocks.
pub fn open(options: SetupOptions) -> Result<Backoffice, Error> {
    let keychain = Arc::new(OsKeychain::new());
    // Nobody here can be asked to try again, so a person gets the whole time for the password.
    open_with(
        options,
        Arc::new(SharedKeychain::new(keychain, KEYCHAIN_WAITS)),
    )
}

/// As [`open`], with this keychain.
pub fn open_with(options: SetupOptions, keychain: Arc<dyn Keychain>) -> Result<Backoffice, Error> {
    let (usual, heads_dir) = folders()?;
    let transport = ReqwestTransport::new(&TransportOptions::default()).map_err(|error| {
        Error::new(
            Code::Store,
            format!("the network could not be set up: {error}"),
        )
    })?;
    let seal = seal_key(&keychain, &heads_dir, &SystemChance)?;
    Backoffice::open(Parts {
        data_dir: options.data_dir.unwrap_or(usual),
        heads_dir,
        os_user: os_user(),
        seal,
        keys: Arc::new(KeychainKeys::new(keychain, options.environment_secret)),
        transport: Arc::new(transport),
        clock: Arc::new(SystemClock::new()),
        chance: Arc::new(SystemChance),
    })
}

/// The usual folder of the data file, and the one of the journal's heads, which is never inside it.
fn folders() -> Result<(PathBuf, PathBuf), Error> {
    let dirs = ProjectDirs::from("fi", "Hyvitys", "hyvitys").ok_or_else(|| {
        Error::new(
            Code::Store,
            "the system does not say where this user's files belong",
        )
        .next("set HOME to the user's folder")
    })?;
    Ok(match dirs.state_dir() {
        Some(state) => (dirs.data_dir().to_owned(), state.join("heads")),
        // macOS and Windows have no folder for state; a subfolder each keeps the two apart.
        None => (
            dirs.data_dir().join("data"),
            dirs.data_local_dir().join("heads"),
        ),
    })
}

/// The folder where a person finds what they downloaded; `None` where the system names none.
pub fn downloads_folder() -> Option<PathBuf> {
    Some(UserDirs::new()?.download_dir()?.to_owned())
}

/// Who is logged in, for the audit log; the user's number where there is no name.
pub fn os_user() -> String {
    ["USER", "LOGNAME", "USERNAME"]
        .into_iter()
        .filter_map(|name| std::env::var(name).ok())
        .find(|name| !name.trim().is_empty())
        .or_else(uid)
        .unwrap_or_else(|| "unknown".to_owned())
}

#[cfg(unix)]
fn uid() -> Option<String> {
    use std::os::unix::fs::MetadataExt;
    // What a process makes belongs to its user, so /proc/self does; elsewhere the home folder.
    let of = |path: PathBuf| {
        fs::metadata(path)
            .ok()
            .map(|file| format!("uid {}", file.uid()))
    };
    of("/proc/self".into()).or_else(|| of(std::env::var_os("HOME")?.into()))
}

#[cfg(not(unix))]
fn uid() -> Option<String> {
    None
}

/// The key that seals the journal, made at the first start. Without a keychain there is none: the
/// journal's chain is then checked for its order and hashes only. A locked keychain doesn't keep
/// anyone from looking at payments, so what is written then is unsealed, too.
fn seal_key(
    keychain: &Arc<dyn Keychain>,
    heads_dir: &Path,
    chance: &dyn Chance,
) -> Result<Option<SealKey>, Error> {
    let entry = Entry::journal_seal(SEAL);
    let unsealed = |error: KeychainError| {
        tracing::warn!(%error, "the journal is written without its seal");
        Ok(None)
    };
    match get_with_timeout(keychain, &entry, SEAL_WAITS) {
        Ok(Some(kept)) => return read_seal(&kept).map(Some),
        Ok(None) => {}
        Err(error) => return unsealed(error),
    }
    // Two processes at their first start must not each seal with a key of their own.
    let _alone = lock(heads_dir).map_err(|error| {
        Error::new(
            Code::Store,
            format!("the folder {} can't be used: {error}", heads_dir.display()),
        )
    })?;
    match get_with_timeout(keychain, &entry, SEAL_WAITS) {
        Ok(Some(kept)) => return read_seal(&kept).map(Some),
        Ok(None) => {}
        Err(error) => return unsealed(error),
    }
    let fresh = SecretText::new(format!("{:032x}{:032x}", chance.bits(), chance.bits()));
    match set_with_timeout(keychain, &entry, fresh.clone(), SEAL_WAITS) {
        Ok(()) => read_seal(&fresh).map(Some),
        Err(error) => unsealed(error),
    }
}

fn read_seal(kept: &SecretText) -> Result<SealKey, Error> {
    let mut key = [0; 32];
    hex::decode_to_slice(kept.expose().trim(), &mut key).map_err(|_| {
        Error::new(Code::Secret, "the keychain's key for the journal is damaged")
            .why(Why::SealDamaged)
            .next("put the entry 'hyvitys: journal-seal' back from a backup of the keychain, or delete it")
    })?;
    // A key's name is a digest of it: the same key has the same name on every start.
    let digest = Sha256::new()
        .chain_update(b"hyvitys journal seal\n")
        .chain_update(key)
        .finalize();
    let id = hex::encode(digest).chars().take(16).collect();
    Ok(SealKey { id, key })
}

/// Holds other processes of this user off until it is dropped.
fn lock(dir: &Path) -> io::Result<fs::File> {
    fs::create_dir_all(dir)?;
    let file = fs::OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(dir.join("first-start.lock"))?;
    file.lock()?;
    Ok(file)
}

/// Merchant secrets from a keychain, with the environment behind it.
pub struct KeychainKeys {
    keychain: Arc<dyn Keychain>,
    both: Arc<dyn Keychain>,
    environment: Option<SecretText>,
}

impl KeychainKeys {
    /// Secrets of `keychain`, and `environment` where it has none.
    pub fn new(keychain: Arc<dyn Keychain>, environment: Option<SecretText>) -> KeychainKeys {
        let both = EnvironmentFallback::new(Arc::clone(&keychain), environment.clone());
        KeychainKeys {
            keychain,
            both: Arc::new(both),
            environment,
        }
    }
}

/// Runs what may wait for a password dialog where waiting is allowed.
async fn waiting<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, KeychainError> + Send + 'static,
) -> Result<T, KeychainError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => Err(KeychainError::Other(error.to_string())),
    }
}

#[async_trait]
impl Keys for KeychainKeys {
    async fn key(&self, account: &Account) -> Result<SigningKey, Error> {
        let entry = Entry::merchant_secret(&account.origin, &account.merchant);
        let both = Arc::clone(&self.both);
        let kept = waiting(move || get_with_timeout(&both, &entry, KEYCHAIN_WAITS)).await;
        match kept.map_err(|error| no_keychain(&error))? {
            Some(secret) => Ok(SigningKey::new(secret.expose().as_bytes())),
            None => Err(no_secret(&account.name)),
        }
    }

    async fn keep(
        &self,
        origin: &ApiOrigin,
        merchant: &MerchantId,
        secret: Option<&SecretText>,
    ) -> Result<Kept, Error> {
        let Some(secret) = secret.cloned() else {
            return match self.environment {
                Some(_) => Ok(Kept::Environment),
                None => Err(no_secret(merchant.as_str())),
            };
        };
        if secret.expose().is_empty() {
            return Err(
                Error::new(Code::BadInput, "the merchant secret is empty").why(Why::SecretEmpty)
            );
        }
        let entry = Entry::merchant_secret(origin, merchant);
        let keychain = Arc::clone(&self.keychain);
        let given = secret.clone();
        match waiting(move || set_with_timeout(&keychain, &entry, given, KEYCHAIN_WAITS)).await {
            Ok(()) => Ok(Kept::Keychain),
            Err(KeychainError::Unavailable(_))
                if self
                    .environment
                    .as_ref()
                    .is_some_and(|own| own.expose() == secret.expose()) =>
            {
                Ok(Kept::Environment)
            }
            Err(error) => Err(no_keychain(&error)),
        }
    }

    async fn state(&self, account: &Account) -> SecretState {
        let entry = Entry::merchant_secret(&account.origin, &account.merchant);
        let keychain = Arc::clone(&self.keychain);
        let or_else = |state| match self.environment {
            Some(_) => SecretState::Environment,
            None => state,
        };
        match waiting(move || get_with_timeout(&keychain, &entry, KEYCHAIN_WAITS)).await {
            Ok(Some(_)) => SecretState::Kept,
            Ok(None) => or_else(SecretState::Missing),
            Err(KeychainError::Unavailable(_)) => or_else(SecretState::Unavailable),
            Err(KeychainError::Locked(_)) => SecretState::Locked,
            Err(KeychainError::NoAnswer) => SecretState::NoAnswer,
            Err(KeychainError::Denied(_) | KeychainError::Other(_)) => SecretState::Refused,
        }
    }

    async fn forget(&self, account: &Account) -> Result<(), Error> {
        let entry = Entry::merchant_secret(&account.origin, &account.merchant);
        let keychain = Arc::clone(&self.keychain);
        match waiting(move || clear_with_timeout(&keychain, &entry, KEYCHAIN_WAITS)).await {
            Ok(()) | Err(KeychainError::Unavailable(_)) => Ok(()),
            Err(error) => Err(no_keychain(&error)),
        }
    }
}

fn no_secret(whose: &str) -> Error {
    Error::new(
        Code::Secret,
        format!("no merchant secret is kept for {whose}"),
    )
    .why(Why::SecretMissing)
    .next(format!(
        "remove and add the account to give its secret again, or put it into {ENVIRONMENT_VARIABLE}"
    ))
}

fn no_keychain(error: &KeychainError) -> Error {
    let next = match error {
        KeychainError::Unavailable(_) => {
            format!(
                "start a session with a keychain, or put the secret into {ENVIRONMENT_VARIABLE}"
            )
        }
        KeychainError::Locked(_) | KeychainError::NoAnswer => {
            "unlock the keychain of the operating system and try again".to_owned()
        }
        KeychainError::Denied(_) => {
            "allow this program to use the keychain and try again".to_owned()
        }
        KeychainError::Other(_) => String::new(),
    };
    Error::new(Code::Secret, error.to_string())
        .why(error)
        .next(next)
}

#[cfg(test)]
mod tests {
    use hyvitys_secrets::MemoryKeychain;

    use super::*;

    fn sealed(keychain: &Arc<MemoryKeychain>) -> Result<Option<SealKey>, Error> {
        let dir = tempfile::tempdir().unwrap();
        let keychain: Arc<dyn Keychain> = keychain.clone();
        seal_key(&keychain, &dir.path().join("heads"), &SystemChance)
    }

    #[test]
    fn the_journals_key_is_made_once_and_keeps_its_name() {
        let keychain = Arc::new(MemoryKeychain::new());
        let first = sealed(&keychain).unwrap().unwrap();
        let second = sealed(&keychain).unwrap().unwrap();
        assert_eq!((first.id.clone(), first.key), (second.id, second.key));
        let other = sealed(&Arc::new(MemoryKeychain::new())).unwrap().unwrap();
        assert_ne!(first.id, other.id);
        assert_eq!(first.id.len(), 16);
    }

    #[test]
    fn without_a_keychain_the_journal_has_no_seal_and_a_damaged_key_is_never_replaced() {
        let keychain = Arc::new(MemoryKeychain::new());
        keychain.fail_with(Some(KeychainError::Unavailable("no bus".to_owned())));
        assert!(sealed(&keychain).unwrap().is_none());
        keychain.fail_with(None);
        let entry = Entry::journal_seal(SEAL);
        keychain
            .set(&entry, &SecretText::new("nonsense".to_owned()))
            .unwrap();
        assert_eq!(sealed(&keychain).unwrap_err().code, Code::Secret);
        assert_eq!(keychain.get(&entry).unwrap().unwrap().expose(), "nonsense");
    }
}
