//! Statuses and providers by number: the lookup tables, read once per job.

use std::collections::HashMap;

use hyvitys_domain::{PaymentStatus, Provider};

use crate::error::StoreError;
use crate::reader::ReadTx;

/// One lookup table.
pub(super) struct Lookup {
    table: &'static str,
    by_id: HashMap<i64, String>,
    by_name: HashMap<String, i64>,
}

impl Lookup {
    fn load(tx: &ReadTx<'_>, table: &'static str) -> Result<Lookup, StoreError> {
        let mut lookup = Lookup {
            table,
            by_id: HashMap::new(),
            by_name: HashMap::new(),
        };
        let mut statement = tx
            .conn()
            .prepare_cached(&format!("SELECT id, name FROM {table}"))?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            lookup.learn(row.get(0)?, row.get(1)?);
        }
        Ok(lookup)
    }

    fn learn(&mut self, id: i64, name: String) {
        self.by_id.insert(id, name.clone());
        self.by_name.insert(name, id);
    }

    pub(super) fn name(&self, id: i64) -> Result<&str, StoreError> {
        self.by_id
            .get(&id)
            .map(String::as_str)
            .ok_or_else(|| StoreError::Unreadable(format!("{} {id} has no name", self.table)))
    }

    /// The number of a name. A new name gets a row; `tx` must be one that may write.
    fn number(&mut self, tx: &ReadTx<'_>, name: &str) -> Result<i64, StoreError> {
        if let Some(id) = self.by_name.get(name) {
            return Ok(*id);
        }
        tx.conn()
            .prepare_cached(&format!("INSERT INTO {} (name) VALUES (?1)", self.table))?
            .execute([name])?;
        let id = tx.conn().last_insert_rowid();
        self.learn(id, name.to_owned());
        Ok(id)
    }

    /// The numbers of all names that fit.
    pub(super) fn matching(&self, fits: impl Fn(&str) -> bool) -> Vec<i64> {
        let mut ids: Vec<i64> = self
            .by_id
            .iter()
            .filter(|(_, name)| fits(name))
            .map(|(id, _)| *id)
            .collect();
        ids.sort_unstable();
        ids
    }
}

/// Both lookup tables.
pub(super) struct Names {
    pub(super) statuses: Lookup,
    pub(super) providers: Lookup,
}

impl Names {
    pub(super) fn load(tx: &ReadTx<'_>) -> Result<Names, StoreError> {
        Ok(Names {
            statuses: Lookup::load(tx, "status")?,
            providers: Lookup::load(tx, "provider")?,
        })
    }

    pub(super) fn status(&self, id: i64) -> Result<PaymentStatus, StoreError> {
        self.statuses.name(id).map(PaymentStatus::from)
    }

    /// Number 0 has an empty name: no provider.
    pub(super) fn provider(&self, id: i64) -> Result<Option<Provider>, StoreError> {
        self.providers.name(id).map(Provider::new)
    }

    pub(super) fn status_number(
        &mut self,
        tx: &ReadTx<'_>,
        status: &PaymentStatus,
    ) -> Result<i64, StoreError> {
        self.statuses.number(tx, status.as_str())
    }

    pub(super) fn provider_number(
        &mut self,
        tx: &ReadTx<'_>,
        provider: Option<&Provider>,
    ) -> Result<i64, StoreError> {
        self.providers
            .number(tx, provider.map_or("", Provider::as_str))
    }
}
