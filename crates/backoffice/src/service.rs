//! The back office of one data folder: what all use cases share.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use hyvitys_domain::{AccountId, ApiOrigin, IntentId, MerchantId, OperationId};
use hyvitys_paytrail::{Algorithm, Client, Credentials, SigningKey, Stamped, Transport, WriteGate};
use hyvitys_secrets::SecretText;
use hyvitys_store::accounts::Account;
use hyvitys_store::journal::{Operation, Owner};
use hyvitys_store::{SealKey, Store};
use uuid::Uuid;

use crate::clock::{Chance, Clock};
use crate::error::{Code, Error};
use crate::money::Unsaved;

/// What the program calls itself towards Paytrail (`platform-name`).
const PLATFORM: &str = concat!("hyvitys-", env!("CARGO_PKG_VERSION"));

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
    /// Answers that the disk did not take yet. While there are any, nothing is sent.
    pub(crate) unsaved: Mutex<Vec<Unsaved>>,
}

impl Backoffice {
    /// Opens the data folder and takes up what ended processes left behind. Blocks.
    pub fn open(parts: Parts) -> Result<Backoffice, Error> {
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
                unsaved: Mutex::default(),
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
            .ok_or_else(|| Error::new(Code::Account, "there is no such account"))
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
            .ok_or_else(|| Error::new(Code::NotFound, format!("there is no operation {id}")))
    }

    pub(crate) fn unsaved(&self) -> std::sync::MutexGuard<'_, Vec<Unsaved>> {
        self.inner
            .unsaved
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
