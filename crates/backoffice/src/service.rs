//! The back office of one data folder: what all use cases share.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use hyvitys_domain::{AccountId, ApiOrigin, IntentId, MerchantId, OperationId};
use hyvitys_paytrail::{Algorithm, Client, Credentials, SigningKey, Stamped, Transport, WriteGate};
use hyvitys_secrets::SecretText;
use hyvitys_store::accounts::Account;
use hyvitys_store::drafts::Settled;
use hyvitys_store::head::Locked;
use hyvitys_store::journal::{Operation, Owner};
use hyvitys_store::{SealKey, Store};
use serde::Serialize;
use uuid::Uuid;

use crate::bulk::Batches;
use crate::clock::{Chance, Clock};
use crate::error::{Code, Error};
use crate::import::RunningImports;
use crate::money::Unsaved;
use crate::why::Why;

/// What the program calls itself towards Paytrail (`platform-name`).
pub(crate) const PLATFORM: &str = concat!("hyvitys-", env!("CARGO_PKG_VERSION"));

/// Where merchant secrets come from. A secret goes in and comes out as a signing key only.
#[async_trait]
pub trait Keys: Send + Sync {
    /// The signing key of an account.
    async fn key(&self, account: &Account) -> Result<SigningKey, Error>;

    /// Keeps the secret of a merchant at an address; without one, says whether the environment has
    /// one that will be used. Where nothing can be kept this is an error, as it is by default.
    async fn keep(
        &self,
        _origin: &ApiOrigin,
        _merchant: &MerchantId,
        _secret: Option<&SecretText>,
    ) -> Result<Kept, Error> {
        Err(Error::new(Code::Secret, "a secret can't be kept here"))
    }

    /// Where the secret of an account stands.
    async fn state(&self, account: &Account) -> SecretState {
        match self.key(account).await {
            Ok(_) => SecretState::Kept,
            Err(_) => SecretState::Missing,
        }
    }

    /// Forgets the secret of an account; nothing to forget is fine.
    async fn forget(&self, _account: &Account) -> Result<(), Error> {
        Ok(())
    }
}

/// Where the secret of a new account is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// In the keychain of the operating system.
    Keychain,
    /// In the environment only: it has to be there each time.
    Environment,
}

/// Where the secret of an account stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum SecretState {
    /// In the keychain.
    Kept,
    /// In the environment only.
    Environment,
    /// Nowhere.
    Missing,
    /// The keychain is locked and was not unlocked.
    Locked,
    /// There is no keychain.
    Unavailable,
    /// The keychain refused or failed.
    Refused,
    /// The keychain has not answered; it may be waiting for its password.
    NoAnswer,
}

/// What a back office is made of; all that tests replace.
pub struct Parts {
    /// The folder of the data file.
    pub data_dir: PathBuf,
    /// The folder, with the machine, of the journal's heads.
    pub heads_dir: PathBuf,
    /// Who is logged in to the operating system.
    pub os_user: String,
    /// The key that seals the journal; `None` where there is no keychain.
    pub seal: Option<SealKey>,
    /// Merchant secrets.
    pub keys: Arc<dyn Keys>,
    /// The way to Paytrail.
    pub transport: Arc<dyn Transport>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub chance: Arc<dyn Chance>,
}

/// The use cases, over one data folder. Cheap to clone.
#[derive(Clone)]
pub struct Backoffice {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) store: Store,
    pub(crate) owner: Owner,
    pub(crate) keys: Arc<dyn Keys>,
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) chance: Arc<dyn Chance>,
    /// The key that the journal is sealed with, if there is one.
    pub(crate) seal: Option<SealKey>,
    /// Answers that the disk did not take yet. While there are any, nothing is sent.
    pub(crate) unsaved: Mutex<Vec<Unsaved>>,
    /// The same of payments that are being made.
    pub(crate) unsaved_drafts: Mutex<Vec<Settled>>,
    /// The imports that are being done here.
    pub(crate) imports: RunningImports,
    /// The batches that this process runs.
    pub(crate) batches: Arc<Batches>,
}

impl Backoffice {
    /// Opens the data folder and takes up what ended processes left behind. Blocks.
    pub fn open(parts: Parts) -> Result<Backoffice, Error> {
        let seal = parts.seal.clone();
        let store = Store::open(hyvitys_store::OpenOptions {
            dir: parts.data_dir.clone(),
            heads_dir: parts.heads_dir,
            os_user: parts.os_user,
            seal: parts.seal,
        })?;
        let owner = Owner::claim(&parts.data_dir)?;
        let now = parts.clock.now();
        let left_behind = store.write_blocking(move |tx| tx.recover(&now))?;
        for operation in &left_behind {
            tracing::warn!(operation = %operation.id, state = %operation.state, "left behind by a process that ended");
        }
        Ok(Backoffice {
            inner: Arc::new(Inner {
                store,
                owner,
                keys: parts.keys,
                transport: parts.transport,
                clock: parts.clock,
                chance: parts.chance,
                seal,
                unsaved: Mutex::default(),
                unsaved_drafts: Mutex::default(),
                imports: RunningImports::default(),
                batches: Arc::default(),
            }),
        })
    }

    /// The data file, for reading.
    pub fn store(&self) -> &Store {
        &self.inner.store
    }

    /// A fresh confirmation's id.
    pub fn new_intent(&self) -> IntentId {
        // 32 hex digits are always a valid intent.
        IntentId::from_random(self.inner.chance.bits())
    }

    pub(crate) fn new_operation_id(&self) -> OperationId {
        OperationId::from_uuid(
            uuid::Builder::from_random_bytes(self.inner.chance.bits().to_ne_bytes()).into_uuid(),
        )
    }

    /// A nonce and a timestamp for one request.
    pub(crate) fn stamped(&self, may_write: Option<WriteGate>) -> Stamped {
        Stamped {
            nonce: Uuid::from_u128(self.inner.chance.bits())
                .simple()
                .to_string(),
            timestamp: self.inner.clock.now().at,
            may_write,
        }
    }

    /// The account, unless it was removed.
    pub(crate) async fn account(&self, id: AccountId) -> Result<Account, Error> {
        self.inner
            .store
            .read(move |tx| tx.account(id))
            .await?
            .filter(|account| account.removed_at.is_none())
            .ok_or_else(no_such_account)
    }

    /// The credentials of an account.
    pub(crate) async fn credentials(&self, account: &Account) -> Result<Credentials, Error> {
        Ok(Credentials {
            merchant: account.merchant.clone(),
            key: self.inner.keys.key(account).await?,
            algorithm: Algorithm::Sha256,
        })
    }

    /// A client that sends with this account's secret to this account's address, and nothing else.
    pub(crate) async fn client(&self, account: &Account) -> Result<Client, Error> {
        let credentials = self.credentials(account).await?;
        Ok(Client::new(
            account.origin.clone(),
            credentials,
            Arc::clone(&self.inner.transport),
            PLATFORM,
        ))
    }

    /// The operation with this id.
    pub async fn operation(&self, id: OperationId) -> Result<Operation, Error> {
        self.inner
            .store
            .read(move |tx| tx.operation(id))
            .await?
            .ok_or_else(|| no_such_operation(id))
    }

    /// Where the secret of an account stands. May wait for a person who unlocks the keychain.
    pub async fn secret_state(&self, account: AccountId) -> Result<SecretState, Error> {
        let account = self.account(account).await?;
        Ok(self.inner.keys.state(&account).await)
    }

    /// How many answers the disk did not take yet. While there are any, nothing is sent.
    pub fn unsaved_count(&self) -> usize {
        self.unsaved().len() + self.unsaved_drafts().len()
    }

    /// Why money operations are locked, if they are.
    pub fn locked(&self) -> Option<Locked> {
        self.inner.store.locked()
    }

    /// Whether the journal is sealed with a key of the keychain.
    pub fn sealed(&self) -> bool {
        self.inner.seal.is_some()
    }

    /// The value of a setting; `None` where nobody has set it.
    pub async fn setting(&self, name: &str) -> Result<Option<String>, Error> {
        let name = name.to_owned();
        Ok(self.inner.store.read(move |tx| tx.setting(&name)).await?)
    }

    /// Sets a setting; with `audited`, a change is an entry of the audit log.
    pub async fn set_setting(&self, name: &str, value: &str, audited: bool) -> Result<(), Error> {
        let (name, value) = (name.to_owned(), value.to_owned());
        let now = self.inner.clock.now().at;
        Ok(self
            .inner
            .store
            .write(move |tx| tx.set_setting(&name, &value, audited, now))
            .await?)
    }

    pub(crate) fn unsaved(&self) -> std::sync::MutexGuard<'_, Vec<Unsaved>> {
        self.inner
            .unsaved
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Backoffice {
    pub(crate) fn unsaved_drafts(&self) -> std::sync::MutexGuard<'_, Vec<Settled>> {
        self.inner
            .unsaved_drafts
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

pub(crate) fn no_such_account() -> Error {
    Error::new(Code::Account, "there is no such account").why(Why::NoSuchAccount)
}

pub(crate) fn no_such_operation(id: OperationId) -> Error {
    Error::new(Code::NotFound, format!("there is no operation {id}")).why(Why::NoSuchOperation)
}
