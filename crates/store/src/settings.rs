//! Settings: small texts by name, kept with the data they are about.

use chrono::{DateTime, Utc};
use hyvitys_domain::AccountId;
use rusqlite::{OptionalExtension, params};
use serde_json::json;

use crate::error::StoreError;
use crate::journal::Happening;
use crate::reader::ReadTx;
use crate::writer::WriteTx;

impl ReadTx<'_> {
    /// The value of a setting; `None` where nobody has set it.
    pub fn setting(&self, name: &str) -> Result<Option<String>, StoreError> {
        Ok(self
            .conn()
            .prepare_cached("SELECT value FROM setting WHERE name = ?1")?
            .query_row([name], |row| row.get(0))
            .optional()?)
    }

    /// The value of a setting of one account; `None` where nobody has set it.
    pub fn account_setting(
        &self,
        account: AccountId,
        name: &str,
    ) -> Result<Option<String>, StoreError> {
        self.setting(&of_account(account, name))
    }
}

/// Under which name a setting of one account stands.
pub(crate) fn of_account(account: AccountId, name: &str) -> String {
    format!("{name}.{}", account.row())
}

impl WriteTx<'_> {
    /// Sets a setting. With `audited`, a change is an entry of the journal, too: for what bears on money,
    /// not for how a window is arranged. Setting what is set already changes nothing.
    pub fn set_setting(
        &self,
        name: &str,
        value: &str,
        audited: bool,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        if !self.put_setting(name, value)? || !audited {
            return Ok(());
        }
        self.note_setting(None, name, value, now)
    }

    /// Sets a setting of one account. A change is always an entry of the journal, with its account.
    pub fn set_account_setting(
        &self,
        account: AccountId,
        name: &str,
        value: &str,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        if !self.put_setting(&of_account(account, name), value)? {
            return Ok(());
        }
        self.note_setting(Some(account), name, value, now)
    }

    /// Whether that changed anything.
    fn put_setting(&self, name: &str, value: &str) -> Result<bool, StoreError> {
        let changed = self
            .conn()
            .prepare_cached(
                "INSERT INTO setting (name, value) VALUES (?1, ?2)
                 ON CONFLICT DO UPDATE SET value = excluded.value WHERE value <> excluded.value",
            )?
            .execute(params![name, value])?;
        Ok(changed > 0)
    }

    fn note_setting(
        &self,
        account: Option<AccountId>,
        name: &str,
        value: &str,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.journal(&Happening {
            at: now,
            account,
            what: "setting.changed",
            operation: None,
            request_id: None,
            detail: json!({ "name": name, "value": value }),
        })
    }
}
