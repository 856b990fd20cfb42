//! Accounts: which shops the file knows.
//!
//! An account is its API origin and merchant id, for ever: a shop that is removed keeps its rows, and
//! comes back with them when it is added again. Its secret is in the keychain, never here.

use chrono::{DateTime, Utc};
use hyvitys_domain::{AccountId, ApiOrigin, MerchantId};
use rusqlite::{OptionalExtension, Row, params};
use serde_json::json;

use crate::codec::{ms, optional_time, parsed, time};
use crate::error::StoreError;
use crate::journal::Happening;
use crate::reader::ReadTx;
use crate::writer::WriteTx;

/// The longest name of an account, in characters.
const LONGEST_NAME: usize = 100;

/// A shop, as the file knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its key in this file.
    pub id: AccountId,
    /// The name that a person gave it; unique among the accounts that are not removed.
    pub name: String,
    /// Where its requests go.
    pub origin: ApiOrigin,
    /// Paytrail's id of the merchant.
    pub merchant: MerchantId,
    /// Where Paytrail is told to call after a refund; `None` until a person has set it.
    pub callback_url: Option<String>,
    /// Whether it is the one that is used when none is named.
    pub active: bool,
    /// When it was first added (UTC).
    pub created_at: DateTime<Utc>,
    /// When it was removed (UTC); its history stays.
    pub removed_at: Option<DateTime<Utc>>,
    /// Why and since when nothing is sent for it.
    pub paused: Option<Paused>,
    /// The date of the newest report that was imported (UTC): up to then refunds made by other tools
    /// are known.
    pub last_report_at: Option<DateTime<Utc>>,
}

/// A stop of all sending of an account, like after a 401.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paused {
    /// Since when (UTC).
    pub at: DateTime<Utc>,
    /// Why, in words for a person.
    pub why: String,
}

/// A shop that is to be added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAccount {
    /// 1 to 100 characters without control characters; spaces around it are dropped.
    pub name: String,
    /// Where its requests go.
    pub origin: ApiOrigin,
    /// Paytrail's id of the merchant.
    pub merchant: MerchantId,
    /// Where Paytrail is told to call after a refund.
    pub callback_url: Option<String>,
}

/// Why an account can't be what it is asked to be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccountError {
    /// Empty, too long, or with control characters.
    #[error("the name of an account has 1 to 100 characters and no control characters")]
    Name,
    /// Another account has the name.
    #[error("there is an account '{0}' already: choose another name")]
    NameTaken(String),
    /// The shop is there under another name.
    #[error("this merchant is there already, as account '{0}'")]
    MerchantTaken(String),
    /// No such account, or it is removed.
    #[error("there is no such account")]
    NotFound,
}

const COLUMNS: &str = "id, name, api_origin, merchant_id, callback_url, active, created_at, \
                       removed_at, paused_at, paused_why, last_report_at";

fn account(row: &Row<'_>) -> rusqlite::Result<Account> {
    let why: Option<String> = row.get(9)?;
    Ok(Account {
        id: AccountId::from_row(row.get(0)?),
        name: row.get(1)?,
        origin: parsed(row, 2, "an API origin", |text| text.parse().ok())?,
        merchant: parsed(row, 3, "a merchant id", |text| text.parse().ok())?,
        callback_url: row.get(4)?,
        active: row.get(5)?,
        created_at: time(row, 6)?,
        removed_at: optional_time(row, 7)?,
        paused: optional_time(row, 8)?
            .zip(why)
            .map(|(at, why)| Paused { at, why }),
        last_report_at: optional_time(row, 10)?,
    })
}

impl ReadTx<'_> {
    /// All accounts that are not removed, by name.
    pub fn accounts(&self) -> Result<Vec<Account>, StoreError> {
        let mut statement = self.conn().prepare_cached(&format!(
            "SELECT {COLUMNS} FROM account WHERE removed_at IS NULL ORDER BY name"
        ))?;
        let accounts = statement
            .query_map([], account)?
            .collect::<Result<_, _>>()?;
        Ok(accounts)
    }

    /// An account by its key, also a removed one.
    pub fn account(&self, id: AccountId) -> Result<Option<Account>, StoreError> {
        self.one_account("id = ?1", id.row())
    }

    /// The account that a person calls so, if it is not removed.
    pub fn account_by_name(&self, name: &str) -> Result<Option<Account>, StoreError> {
        self.one_account("name = ?1 AND removed_at IS NULL", name.trim())
    }

    /// The account that is used when none is named.
    pub fn active_account(&self) -> Result<Option<Account>, StoreError> {
        self.one_account("active = ?1", 1)
    }

    fn one_account(
        &self,
        condition: &str,
        value: impl rusqlite::ToSql,
    ) -> Result<Option<Account>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM account WHERE {condition}");
        Ok(self
            .conn()
            .prepare_cached(&sql)?
            .query_row([value], account)
            .optional()?)
    }
}

impl WriteTx<'_> {
    /// Adds an account; where none is active it becomes the active one. A shop that was removed
    /// comes back with its history, under the name and callback address given now.
    pub fn add_account(
        &self,
        new: &NewAccount,
        now: DateTime<Utc>,
    ) -> Result<AccountId, StoreError> {
        let name = checked_name(&new.name)?;
        if self.account_by_name(name)?.is_some() {
            return Err(AccountError::NameTaken(name.to_owned()).into());
        }
        let sql =
            format!("SELECT {COLUMNS} FROM account WHERE api_origin = ?1 AND merchant_id = ?2");
        let known = self
            .conn()
            .prepare_cached(&sql)?
            .query_row([new.origin.as_str(), new.merchant.as_str()], account)
            .optional()?;
        let id = match known {
            Some(there) if there.removed_at.is_none() => {
                return Err(AccountError::MerchantTaken(there.name).into());
            }
            Some(removed) => {
                let sql = "UPDATE account SET name = ?2, callback_url = ?3, removed_at = NULL \
                           WHERE id = ?1";
                self.change_account(sql, params![removed.id.row(), name, new.callback_url])?;
                removed.id
            }
            None => {
                self.conn()
                    .prepare_cached(
                        "INSERT INTO account (name, api_origin, merchant_id, callback_url, created_at)
                         VALUES (?1, ?2, ?3, ?4, ?5)",
                    )?
                    .execute(params![
                        name,
                        new.origin.as_str(),
                        new.merchant.as_str(),
                        new.callback_url,
                        ms(now)
                    ])?;
                AccountId::from_row(self.conn().last_insert_rowid())
            }
        };
        if self.active_account()?.is_none() {
            self.use_account(id)?;
        }
        Ok(id)
    }

    /// Calls an account something else: 1 to 100 characters that no other account has for its name.
    pub fn rename_account(&self, id: AccountId, name: &str) -> Result<(), StoreError> {
        let name = checked_name(name)?;
        if self
            .account_by_name(name)?
            .is_some_and(|known| known.id != id)
        {
            return Err(AccountError::NameTaken(name.to_owned()).into());
        }
        self.change_account(
            "UPDATE account SET name = ?2 WHERE id = ?1 AND removed_at IS NULL",
            params![id.row(), name],
        )
    }

    /// Makes an account the active one.
    pub fn use_account(&self, id: AccountId) -> Result<(), StoreError> {
        self.conn()
            .prepare_cached("UPDATE account SET active = 0 WHERE active = 1")?
            .execute([])?;
        self.change_account(
            "UPDATE account SET active = 1 WHERE id = ?1 AND removed_at IS NULL",
            [id.row()],
        )
    }

    /// Removes an account from the lists and keeps its rows. No other account becomes active by
    /// itself: which shop is worked on is a person's choice. Whether operations are open is the
    /// caller's to check, in the same transaction.
    pub fn remove_account(&self, id: AccountId, now: DateTime<Utc>) -> Result<(), StoreError> {
        self.change_account(
            "UPDATE account SET active = 0, removed_at = ?2 WHERE id = ?1 AND removed_at IS NULL",
            [id.row(), ms(now)],
        )
    }

    /// Stops all sending of an account, with an entry of the journal. A pause that is there keeps its time and
    /// reason.
    pub fn pause_account(
        &self,
        id: AccountId,
        why: &str,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        if self
            .account(id)?
            .is_some_and(|account| account.paused.is_none())
        {
            self.note_account(id, "account.paused", json!({ "message": why }), now)?;
        }
        self.change_account(
            "UPDATE account SET paused_why = coalesce(paused_why, ?2),
                paused_at = coalesce(paused_at, ?3) WHERE id = ?1",
            params![id.row(), why, ms(now)],
        )
    }

    /// Lets an account send again, with an entry of the journal where it was paused.
    pub fn unpause_account(&self, id: AccountId, now: DateTime<Utc>) -> Result<(), StoreError> {
        if self
            .account(id)?
            .is_some_and(|account| account.paused.is_some())
        {
            self.note_account(id, "account.unpaused", json!({}), now)?;
        }
        self.change_account(
            "UPDATE account SET paused_at = NULL, paused_why = NULL WHERE id = ?1",
            [id.row()],
        )
    }

    /// Sets where Paytrail is told to call after a refund; the caller has checked the address.
    pub fn set_callback_url(&self, id: AccountId, url: Option<&str>) -> Result<(), StoreError> {
        self.change_account(
            "UPDATE account SET callback_url = ?2 WHERE id = ?1",
            params![id.row(), url],
        )
    }

    /// Remembers that a report of this time was imported; an older one changes nothing.
    pub fn set_last_report(&self, id: AccountId, at: DateTime<Utc>) -> Result<(), StoreError> {
        self.change_account(
            "UPDATE account SET last_report_at = max(coalesce(last_report_at, ?2), ?2)
             WHERE id = ?1",
            [id.row(), ms(at)],
        )
    }

    fn note_account(
        &self,
        id: AccountId,
        what: &str,
        detail: serde_json::Value,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.journal(&Happening {
            at: now,
            account: Some(id),
            what,
            operation: None,
            request_id: None,
            detail,
        })
    }

    fn change_account(&self, sql: &str, values: impl rusqlite::Params) -> Result<(), StoreError> {
        match self.conn().prepare_cached(sql)?.execute(values)? {
            0 => Err(AccountError::NotFound.into()),
            _ => Ok(()),
        }
    }
}

fn checked_name(name: &str) -> Result<&str, AccountError> {
    let name = name.trim();
    let length = name.chars().count();
    if (1..=LONGEST_NAME).contains(&length) && !name.chars().any(char::is_control) {
        Ok(name)
    } else {
        Err(AccountError::Name)
    }
}
