//! Whether the tables say what the journal says: who changed a row and left the journal alone is found, too.
//!
//! Only what the journal has in full is compared. What a person noted, and what was said last, stand in the
//! tables alone.

use std::collections::HashMap;

use hyvitys_domain::{AccountId, OperationId};
use rusqlite::Connection;
use serde::Deserialize;
use uuid::Uuid;

use super::chain::Raw;
use super::verify::{ChainBreak, Flaw};
use crate::error::StoreError;
use crate::reader::ReadTx;
use crate::settings::of_account;

/// What the journal tells of an operation.
#[derive(Default)]
struct Operation {
    /// The last entry of it.
    seq: i64,
    account: Option<i64>,
    confirmed_at: i64,
    changed_at: i64,
    meant: Meant,
    state: String,
    reason: Option<String>,
    proof: Option<String>,
    sent: i64,
    refund_ids: Vec<String>,
    disowned: bool,
}

/// What a person confirmed, as the first entry has it.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Meant {
    kind: Option<String>,
    transaction_id: Option<String>,
    amount: Option<i64>,
    refund_stamp: Option<String>,
    items: Vec<Item>,
    email: bool,
    refund_reason: Option<String>,
    repeat_of: Option<String>,
    /// Where that was before the operation was made, ms.
    confirmed_at: Option<i64>,
}

#[derive(Deserialize)]
struct Item {
    stamp: String,
    amount: i64,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Step {
    from: Option<String>,
    reason: Option<String>,
    proof: Option<String>,
    refund_transaction_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Elsewhere {
    refund_stamp: String,
    amount: i64,
    state: String,
}

#[derive(Deserialize)]
struct Setting {
    name: String,
    value: String,
}

/// All that the entries tell of what the tables have as well.
#[derive(Default)]
pub(super) struct Told {
    operations: HashMap<Vec<u8>, Operation>,
    /// By account and stamp: the last entry, amount and state.
    foreign: HashMap<(i64, String), (i64, i64, String)>,
    /// By the name that it stands under: the last entry and the value.
    settings: HashMap<String, (i64, String)>,
}

impl Told {
    /// Takes an entry in; `false` where it can't be one of this program's.
    pub(super) fn hear(&mut self, entry: &Raw) -> bool {
        match entry.what.as_str() {
            "refund.elsewhere" => self.hear_elsewhere(entry).is_some(),
            "setting.changed" => self.hear_setting(entry).is_some(),
            what => match what.strip_prefix("operation.") {
                Some(state) => self.hear_operation(entry, state).is_some(),
                None => true,
            },
        }
    }

    fn hear_elsewhere(&mut self, entry: &Raw) -> Option<()> {
        let detail: Elsewhere = serde_json::from_str(&entry.detail).ok()?;
        let key = (entry.account?, detail.refund_stamp);
        self.foreign
            .insert(key, (entry.seq, detail.amount, detail.state));
        Some(())
    }

    fn hear_setting(&mut self, entry: &Raw) -> Option<()> {
        let Setting { name, value } = serde_json::from_str(&entry.detail).ok()?;
        let name = match entry.account {
            Some(account) => of_account(AccountId::from_row(account), &name),
            None => name,
        };
        self.settings.insert(name, (entry.seq, value));
        Some(())
    }

    fn hear_operation(&mut self, entry: &Raw, state: &str) -> Option<()> {
        let step: Step = serde_json::from_str(&entry.detail).ok()?;
        let operation = self.operations.entry(entry.operation.clone()?).or_default();
        if step.from.is_none() {
            operation.meant = serde_json::from_str(&entry.detail).ok()?;
            operation.account = entry.account;
            operation.confirmed_at = operation.meant.confirmed_at.unwrap_or(entry.at);
        }
        operation.seq = entry.seq;
        state.clone_into(&mut operation.state);
        operation.sent += i64::from(state == "sending");
        operation.disowned |= step.reason.as_deref() == Some("does_not_fit");
        (operation.reason, operation.proof) = (step.reason, step.proof);
        operation.refund_ids.extend(step.refund_transaction_id);
        operation.changed_at = entry.at;
        Some(())
    }

    /// The first row that says something else than the entries do.
    pub(super) fn compare(self, tx: &ReadTx<'_>) -> Result<Option<ChainBreak>, StoreError> {
        let Told {
            operations,
            foreign,
            settings,
        } = self;
        if let Some(found) = compare_operations(tx.conn(), operations)? {
            return Ok(Some(found));
        }
        if let Some(found) = compare_foreign(tx.conn(), foreign)? {
            return Ok(Some(found));
        }
        compare_settings(tx.conn(), settings)
    }
}

fn operation_id(bytes: &[u8]) -> OperationId {
    OperationId::from_uuid(Uuid::from_slice(bytes).unwrap_or_default())
}

fn uuid_words(bytes: &[u8]) -> String {
    Uuid::from_slice(bytes).unwrap_or_default().to_string()
}

/// A row of `operation`, as far as the journal tells of it.
struct OperationRow {
    id: Vec<u8>,
    account: i64,
    kind: String,
    transaction_id: String,
    amount: i64,
    state: String,
    confirmed_at: i64,
    refund_stamp: Option<String>,
    email: bool,
    items: String,
    repeat_of: Option<String>,
    refund_id: Option<String>,
    reason: Option<String>,
    proof: Option<String>,
    changed_at: i64,
    refund_reason: Option<String>,
    attempts: i64,
    item_rows: String,
}

impl OperationRow {
    /// The first column that says something else.
    fn differs(&self, told: &Operation) -> Option<&'static str> {
        let meant = &told.meant;
        let mut items: Vec<String> = meant
            .items
            .iter()
            .map(|item| format!("{}\t{}", item.stamp, item.amount))
            .collect();
        items.sort();
        let items = items.join("\n");
        let refund_id = match &self.refund_id {
            Some(id) => told.refund_ids.contains(id),
            None => told.refund_ids.is_empty() || told.disowned,
        };
        let columns = [
            ("account", told.account == Some(self.account)),
            ("kind", meant.kind.as_deref() == Some(&*self.kind)),
            (
                "transaction_id",
                meant.transaction_id.as_deref() == Some(&*self.transaction_id),
            ),
            ("amount", meant.amount == Some(self.amount)),
            ("state", told.state == self.state),
            ("confirmed_at", told.confirmed_at == self.confirmed_at),
            ("refund_stamp", meant.refund_stamp == self.refund_stamp),
            ("email", meant.email == self.email),
            ("items", items == self.items),
            ("operation_item", items == self.item_rows),
            ("repeat_of", meant.repeat_of == self.repeat_of),
            ("refund_transaction_id", refund_id),
            ("reason", told.reason == self.reason),
            ("proof", told.proof == self.proof),
            ("changed_at", told.changed_at == self.changed_at),
            ("refund_reason", meant.refund_reason == self.refund_reason),
            ("attempt", told.sent == self.attempts),
        ];
        columns
            .into_iter()
            .find(|(_, agrees)| !agrees)
            .map(|(name, _)| name)
    }
}

fn compare_operations(
    conn: &Connection,
    mut told: HashMap<Vec<u8>, Operation>,
) -> Result<Option<ChainBreak>, StoreError> {
    let mut statement = conn.prepare_cached(
        "SELECT id, account, kind, transaction_id, amount, state, confirmed_at, refund_stamp,
            email IS NOT NULL, items, repeat_of, refund_transaction_id, reason, proof, changed_at,
            refund_reason,
            (SELECT count(*) FROM attempt a WHERE a.operation = o.id),
            (SELECT coalesce(group_concat(line, char(10)), '') FROM
                (SELECT stamp || char(9) || amount AS line FROM operation_item i
                 WHERE i.operation = o.id ORDER BY line))
         FROM operation o ORDER BY confirmed_at, id",
    )?;
    let rows = statement.query_map([], |row| {
        Ok(OperationRow {
            id: row.get(0)?,
            account: row.get(1)?,
            kind: row.get(2)?,
            transaction_id: uuid_words(&row.get::<_, Vec<u8>>(3)?),
            amount: row.get(4)?,
            state: row.get(5)?,
            confirmed_at: row.get(6)?,
            refund_stamp: row.get(7)?,
            email: row.get(8)?,
            items: row.get(9)?,
            repeat_of: row
                .get::<_, Option<Vec<u8>>>(10)?
                .as_deref()
                .map(uuid_words),
            refund_id: row
                .get::<_, Option<Vec<u8>>>(11)?
                .as_deref()
                .map(uuid_words),
            reason: row.get(12)?,
            proof: row.get(13)?,
            changed_at: row.get(14)?,
            refund_reason: row.get(15)?,
            attempts: row.get(16)?,
            item_rows: row.get(17)?,
        })
    })?;
    for row in rows {
        let row = row?;
        let operation = operation_id(&row.id);
        let (seq, what) = match told.remove(&row.id) {
            None => (0, Some("id")),
            Some(told) => (told.seq, row.differs(&told)),
        };
        if let Some(what) = what {
            let flaw = Flaw::Operation { operation, what };
            return Ok(Some(ChainBreak { seq, flaw }));
        }
    }
    // What the journal tells of has no row any more.
    let gone = told.into_iter().min_by_key(|(_, told)| told.seq);
    Ok(gone.map(|(id, told)| ChainBreak {
        seq: told.seq,
        flaw: Flaw::Operation {
            operation: operation_id(&id),
            what: "id",
        },
    }))
}

fn compare_foreign(
    conn: &Connection,
    mut told: HashMap<(i64, String), (i64, i64, String)>,
) -> Result<Option<ChainBreak>, StoreError> {
    let mut statement = conn.prepare_cached(
        "SELECT account, refund_stamp, amount, state FROM foreign_refund ORDER BY id",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (account, stamp): (i64, String) = (row.get(0)?, row.get(1)?);
        let (amount, state): (i64, String) = (row.get(2)?, row.get(3)?);
        let found = told.remove(&(account, stamp.clone()));
        let (seq, agrees) = found.map_or((0, false), |(seq, told, was)| {
            (seq, told == amount && was == state)
        });
        if !agrees {
            let flaw = Flaw::ForeignRefund { stamp };
            return Ok(Some(ChainBreak { seq, flaw }));
        }
    }
    let gone = told.into_iter().min_by_key(|(_, (seq, ..))| *seq);
    Ok(gone.map(|((_, stamp), (seq, ..))| ChainBreak {
        seq,
        flaw: Flaw::ForeignRefund { stamp },
    }))
}

fn compare_settings(
    conn: &Connection,
    told: HashMap<String, (i64, String)>,
) -> Result<Option<ChainBreak>, StoreError> {
    let mut statement = conn.prepare_cached("SELECT name, value FROM setting")?;
    let kept: HashMap<String, String> = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    let mut differing: Vec<_> = told
        .into_iter()
        .filter(|(name, (_, value))| kept.get(name) != Some(value))
        .collect();
    differing.sort_by_key(|(_, (seq, _))| *seq);
    Ok(differing
        .into_iter()
        .next()
        .map(|(name, (seq, _))| ChainBreak {
            seq,
            flaw: Flaw::Setting { name },
        }))
}
