//! The shops that are known, and which one is worked on.
//!
//! Every change is an entry of the audit log. The secret of an account goes into the keychain before
//! its row is written: an account without a secret could do nothing, while a secret without an account
//! is harmless.

use chrono::{DateTime, Utc};
use hyvitys_domain::{AccountId, ApiOrigin, MerchantId};
use hyvitys_secrets::{ENVIRONMENT_VARIABLE, SecretText};
use hyvitys_store::accounts::{Account, AccountError, NewAccount};
use hyvitys_store::journal::Happening;
use hyvitys_store::{StoreError, WriteTx};
use serde_json::json;
use url::{Host, Url};

use crate::error::{Code, Error};
use crate::service::{Backoffice, Kept, no_such_account};
use crate::why::Why;

/// The longest callback address, in characters (API document: `callbackUrls`).
const LONGEST_CALLBACK: usize = 3_000;

/// A shop that a person connects.
#[derive(Clone, Debug)]
pub struct NewShop {
    /// What it is called here: 1 to 100 characters.
    pub name: String,
    /// Paytrail's id of the merchant.
    pub merchant: MerchantId,
    /// Where its requests go.
    pub origin: ApiOrigin,
    /// Where Paytrail is told to call after a refund: https, or http on this machine.
    pub callback_url: Option<String>,
    /// The merchant secret; `None` is the environment's, which is never stored.
    pub secret: Option<SecretText>,
}

/// A shop that was added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddedAccount {
    /// The account.
    pub account: Account,
    /// Where its secret is.
    pub secret: Kept,
}

impl Backoffice {
    /// Adds a shop; the first one becomes active. A shop that was removed comes back with its history.
    pub async fn add_account(&self, shop: NewShop) -> Result<AddedAccount, Error> {
        let callback_url = shop
            .callback_url
            .as_deref()
            .map(checked_callback)
            .transpose()?;
        let new = NewAccount {
            name: shop.name.trim().to_owned(),
            origin: shop.origin,
            merchant: shop.merchant,
            callback_url,
        };
        // Before the keychain: a refused account must not replace the secret of one that is there.
        for known in self.accounts().await? {
            if known.name == new.name {
                return Err(StoreError::from(AccountError::NameTaken(known.name)).into());
            }
            if known.origin == new.origin && known.merchant == new.merchant {
                return Err(StoreError::from(AccountError::MerchantTaken(known.name)).into());
            }
        }
        let secret = self
            .inner
            .keys
            .keep(&new.origin, &new.merchant, shop.secret.as_ref())
            .await?;
        let now = self.inner.clock.now().at;
        let account = self
            .inner
            .store
            .write(move |tx| {
                let id = tx.add_account(&new, now)?;
                let detail = json!({
                    "name": new.name,
                    "merchantId": new.merchant,
                    "api": new.origin,
                    "callbackUrl": new.callback_url,
                });
                journal(tx, now, id, "account.added", detail)?;
                tx.account(id)
            })
            .await?
            .ok_or_else(no_such_account)?;
        Ok(AddedAccount { account, secret })
    }

    /// All accounts that are not removed, by name.
    pub async fn accounts(&self) -> Result<Vec<Account>, Error> {
        Ok(self.inner.store.read(|tx| tx.accounts()).await?)
    }

    /// The account of this name, or the active one where none is named.
    pub async fn active_account(&self, name: Option<&str>) -> Result<Account, Error> {
        let Some(name) = name.map(str::to_owned) else {
            let active = self.inner.store.read(|tx| tx.active_account()).await?;
            return active.ok_or_else(|| {
                Error::new(Code::Account, "no account is active")
                    .why(Why::NoActiveAccount)
                    .next("add one with `account add`, or choose one with `account use`")
            });
        };
        let asked = name.clone();
        let found = self
            .inner
            .store
            .read(move |tx| tx.account_by_name(&asked))
            .await?;
        found.ok_or_else(|| {
            Error::new(Code::Account, format!("there is no account '{name}'"))
                .why(Why::NoSuchAccount)
                .next("`account list` shows all")
        })
    }

    /// Makes an account the one that is used when none is named.
    pub async fn use_account(&self, name: &str) -> Result<Account, Error> {
        let account = self.active_account(Some(name)).await?;
        self.use_account_id(account.id).await
    }

    /// [`Backoffice::use_account`] by its key.
    pub async fn use_account_id(&self, id: AccountId) -> Result<Account, Error> {
        self.change(id, "account.used", json!({}), move |tx| tx.use_account(id))
            .await
    }

    /// Calls an account something else. Its shop stays the same.
    pub async fn rename_account(&self, id: AccountId, name: &str) -> Result<Account, Error> {
        let before = self.account(id).await?;
        let name = name.trim().to_owned();
        let detail = json!({ "from": before.name, "to": name });
        self.change(id, "account.renamed", detail, move |tx| {
            tx.rename_account(id, &name)
        })
        .await
    }

    /// Sets or clears where Paytrail is told to call after a refund.
    pub async fn set_callback(&self, name: &str, url: Option<&str>) -> Result<Account, Error> {
        let account = self.active_account(Some(name)).await?;
        self.set_callback_id(account.id, url).await
    }

    /// [`Backoffice::set_callback`] by the account's key.
    pub async fn set_callback_id(
        &self,
        id: AccountId,
        url: Option<&str>,
    ) -> Result<Account, Error> {
        self.account(id).await?;
        let url = url.map(checked_callback).transpose()?;
        let detail = json!({ "callbackUrl": url });
        self.change(id, "account.callback", detail, move |tx| {
            tx.set_callback_url(id, url.as_deref())
        })
        .await
    }

    /// Replaces the secret of an account, as after a change in the Merchant Panel.
    pub async fn set_secret(&self, name: &str, secret: &SecretText) -> Result<Kept, Error> {
        let account = self.active_account(Some(name)).await?;
        self.set_secret_id(account.id, secret).await
    }

    /// [`Backoffice::set_secret`] by the account's key.
    pub async fn set_secret_id(&self, id: AccountId, secret: &SecretText) -> Result<Kept, Error> {
        let account = self.account(id).await?;
        let kept = self
            .inner
            .keys
            .keep(&account.origin, &account.merchant, Some(secret))
            .await?;
        self.change(id, "account.secret", json!({}), |_| Ok(()))
            .await?;
        Ok(kept)
    }

    /// Removes an account's secret from the keychain and the account from the lists; its history stays.
    /// Refused while operations are open: nobody would follow them any more.
    ///
    /// The secret goes first. If the keychain does not let go of it ([`Code::Secret`]), the account
    /// stays, and removing it can be tried again; the other way around the secret of an account that
    /// nobody sees any more would stay for good. Where there is no keychain there is nothing to forget.
    pub async fn remove_account(&self, name: &str) -> Result<(), Error> {
        let account = self.active_account(Some(name)).await?;
        self.remove_account_id(account.id).await
    }

    /// [`Backoffice::remove_account`] by its key.
    pub async fn remove_account_id(&self, id: AccountId) -> Result<(), Error> {
        let account = self.account(id).await?;
        let now = self.inner.clock.now().at;
        let open = self
            .inner
            .store
            .read(move |tx| Ok(tx.open_operations(id)?.len()))
            .await?;
        if open > 0 {
            return Err(has_open(open));
        }
        self.inner.keys.forget(&account).await?;
        // Looked at again: the keychain may have kept a person busy while another process ordered.
        let open = self
            .inner
            .store
            .write(move |tx| {
                let open = tx.open_operations(id)?.len();
                if open == 0 {
                    tx.remove_account(id, now)?;
                    journal(tx, now, id, "account.removed", json!({}))?;
                }
                Ok(open)
            })
            .await?;
        if open > 0 {
            return Err(has_open(open).next(format!(
                "its secret is forgotten already: put it into {ENVIRONMENT_VARIABLE}, run `sync`, then look at `operations`"
            )));
        }
        Ok(())
    }

    async fn change(
        &self,
        id: AccountId,
        what: &'static str,
        detail: serde_json::Value,
        change: impl FnOnce(&WriteTx<'_>) -> Result<(), StoreError> + Send + 'static,
    ) -> Result<Account, Error> {
        let now = self.inner.clock.now().at;
        self.inner
            .store
            .write(move |tx| {
                change(tx)?;
                journal(tx, now, id, what, detail)?;
                tx.account(id)
            })
            .await?
            .ok_or_else(no_such_account)
    }
}

fn has_open(open: usize) -> Error {
    Error::new(
        Code::Busy,
        format!("the account can't be removed: {open} of its operations are open"),
    )
    .why(Why::OperationsOpen { count: open })
    .next("run `sync`, then look at `operations`")
}

fn journal(
    tx: &WriteTx<'_>,
    at: DateTime<Utc>,
    account: AccountId,
    what: &str,
    detail: serde_json::Value,
) -> Result<(), StoreError> {
    tx.journal(&Happening {
        at,
        account: Some(account),
        what,
        operation: None,
        request_id: None,
        detail,
    })
}

/// An address that Paytrail takes for callbacks. Plain http is for a sandbox on this machine.
fn checked_callback(text: &str) -> Result<String, Error> {
    let text = text.trim();
    let wrong = |why: Why, words: &str| {
        let message = format!("the callback address {words}");
        Err(Error::new(Code::BadInput, message).why(why))
    };
    if text.chars().count() > LONGEST_CALLBACK {
        return wrong(Why::CallbackTooLong, "is longer than 3000 characters");
    }
    let Ok(url) = Url::parse(text) else {
        return wrong(
            Why::CallbackNotAnAddress,
            "is not an address like https://shop.example.com/paytrail",
        );
    };
    let here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => return wrong(Why::CallbackNoHost, "has no host"),
    };
    match url.scheme() {
        "https" => Ok(text.to_owned()),
        "http" if here => Ok(text.to_owned()),
        _ => wrong(Why::CallbackNotEncrypted, "must begin with https://"),
    }
}
