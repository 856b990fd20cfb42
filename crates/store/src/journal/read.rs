//! Reading the journal's operations.

use hyvitys_domain::{
    AccountId, IntentId, ItemStamp, Moment, Money, OperationId, OperationState, RefundStamp,
    TransactionId,
};
use rusqlite::{OptionalExtension, Params, Row, params};
use uuid::Uuid;

use crate::codec::{optional_time, parsed, time, uuid_blob};
use crate::error::StoreError;
use crate::journal::sums::open_states;
use crate::journal::{Operation, OwnerId};
use crate::reader::ReadTx;

/// Which operations to list.
#[derive(Clone, Copy, Debug, Default)]
pub struct OperationFilter {
    /// Of this account only.
    pub account: Option<AccountId>,
    /// In this state only.
    pub state: Option<OperationState>,
}

/// One HTTP request of an operation, as the journal has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The nonce that it was signed with.
    pub nonce: String,
    /// What was asked.
    pub call: String,
    /// When it was committed, before the first byte (UTC).
    pub committed_at: chrono::DateTime<chrono::Utc>,
    /// What came of it, as a short code; `None` until an answer is written.
    pub outcome: Option<String>,
    /// The answer's HTTP status.
    pub http_status: Option<u16>,
    /// The answer's request-id.
    pub request_id: Option<String>,
    /// The raw answer, where it was believed.
    pub answer: Option<String>,
    /// When the answer was written (UTC).
    pub answered_at: Option<chrono::DateTime<chrono::Utc>>,
}

/// The columns of the operation `o` that [`operation`] reads, in its order.
pub(super) const COLUMNS: &str = "o.id, o.account, o.kind, o.transaction_id, o.amount, o.state, o.intent,
    o.confirmed_at, o.refund_stamp, o.refund_reference, o.email, o.note, o.items, o.repeat_of,
    o.refund_transaction_id, o.reason, o.message, o.request_id, o.proof, o.owner, o.sends, o.last_sent_at,
    o.last_sent_boot, o.last_sent_up, o.changed_at, o.refund_reason";

/// Reads [`COLUMNS`].
pub(super) fn operation(row: &Row<'_>) -> rusqlite::Result<Operation> {
    let operation_id = |bytes| OperationId::from_uuid(Uuid::from_bytes(bytes));
    let transaction_id = |bytes| TransactionId::from_uuid(Uuid::from_bytes(bytes));
    let last_sent = optional_time(row, 21)?
        .map(|at| {
            Ok::<_, rusqlite::Error>(Moment {
                at,
                boot: row.get::<_, Option<String>>(22)?.unwrap_or_default(),
                up_ms: row.get::<_, Option<i64>>(23)?.unwrap_or_default(),
            })
        })
        .transpose()?;
    Ok(Operation {
        id: operation_id(row.get(0)?),
        account: AccountId::from_row(row.get(1)?),
        kind: parsed(row, 2, "a kind", |text| text.parse().ok())?,
        transaction_id: transaction_id(row.get(3)?),
        amount: Money::from_cents(row.get(4)?),
        state: parsed(row, 5, "a state", |text| text.parse().ok())?,
        intent: parsed(row, 6, "an intent", |text| IntentId::new(text).ok())?,
        confirmed_at: time(row, 7)?,
        refund_stamp: row
            .get::<_, Option<String>>(8)?
            .and_then(|text| RefundStamp::new(text).ok()),
        refund_reference: row.get(9)?,
        email: row.get(10)?,
        note: row.get(11)?,
        items: parsed(row, 12, "items", items)?,
        repeat_of: row.get::<_, Option<_>>(13)?.map(operation_id),
        refund_transaction_id: row.get::<_, Option<_>>(14)?.map(transaction_id),
        reason: row.get(15)?,
        message: row.get(16)?,
        request_id: row.get(17)?,
        proof: row.get(18)?,
        owner: row
            .get::<_, Option<String>>(19)?
            .as_deref()
            .and_then(OwnerId::parse),
        sends: row.get(20)?,
        last_sent,
        changed_at: time(row, 24)?,
        refund_reason: row.get(25)?,
    })
}

/// Reads [`Operation::canonical_items`].
fn items(text: &str) -> Option<Vec<(ItemStamp, Money)>> {
    text.lines()
        .map(|line| {
            let (stamp, cents) = line.rsplit_once('\t')?;
            Some((
                ItemStamp::new(stamp).ok()?,
                Money::from_cents(cents.parse().ok()?),
            ))
        })
        .collect()
}

impl ReadTx<'_> {
    fn operations_where(
        &self,
        condition: &str,
        params: impl Params,
    ) -> Result<Vec<Operation>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM operation o WHERE {condition}");
        let mut statement = self.conn().prepare_cached(&sql)?;
        let rows = statement.query_map(params, operation)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The operation with this id.
    pub fn operation(&self, id: OperationId) -> Result<Option<Operation>, StoreError> {
        Ok(self.operations_where("id = ?1", [uuid_blob(id)])?.pop())
    }

    /// The operation that a confirmation made.
    pub fn operation_by_intent(
        &self,
        account: AccountId,
        intent: &IntentId,
    ) -> Result<Option<Operation>, StoreError> {
        let found = self.operations_where(
            "account = ?1 AND intent = ?2",
            params![account.row(), intent.as_str()],
        )?;
        Ok(found.into_iter().next())
    }

    /// The refund with this stamp; stamps are ours and random, so they find the account, too.
    pub fn operation_by_stamp(&self, stamp: &str) -> Result<Option<Operation>, StoreError> {
        Ok(self.operations_where("refund_stamp = ?1", [stamp])?.pop())
    }

    /// The refund that repeats this unknown one.
    pub fn operation_repeating(&self, first: OperationId) -> Result<Option<Operation>, StoreError> {
        Ok(self
            .operations_where("repeat_of = ?1", [uuid_blob(first)])?
            .pop())
    }

    /// All operations of a payment, oldest first.
    pub fn operations_of(
        &self,
        account: AccountId,
        transaction_id: TransactionId,
    ) -> Result<Vec<Operation>, StoreError> {
        self.operations_where(
            "account = ?1 AND transaction_id = ?2 ORDER BY confirmed_at, id",
            params![account.row(), uuid_blob(transaction_id)],
        )
    }

    /// The open operations of a payment: money may still move.
    pub fn open_operations_of(
        &self,
        account: AccountId,
        transaction_id: TransactionId,
    ) -> Result<Vec<Operation>, StoreError> {
        self.operations_where(
            concat!(
                "account = ?1 AND transaction_id = ?2 AND +state IN ",
                open_states!()
            ),
            params![account.row(), uuid_blob(transaction_id)],
        )
    }

    /// The refund of this payment, amount and items whose outcome is unknown; of several the one that
    /// is no repeat.
    pub fn unknown_refund(
        &self,
        account: AccountId,
        transaction_id: TransactionId,
        amount: Money,
        items: &[(ItemStamp, Money)],
    ) -> Result<Option<Operation>, StoreError> {
        let found = self.operations_where(
            "account = ?1 AND transaction_id = ?2 AND kind = 'refund' AND +state = 'unknown'
             AND amount = ?3 AND items = ?4 ORDER BY repeat_of IS NOT NULL, confirmed_at",
            params![
                account.row(),
                uuid_blob(transaction_id),
                amount.cents(),
                Operation::canonical_items(items)
            ],
        )?;
        Ok(found.into_iter().next())
    }

    /// Operations, newest first.
    pub fn operations(&self, filter: OperationFilter) -> Result<Vec<Operation>, StoreError> {
        self.operations_where(
            "(?1 IS NULL OR account = ?1) AND (?2 IS NULL OR state = ?2)
             ORDER BY confirmed_at DESC, id DESC",
            params![
                filter.account.map(AccountId::row),
                filter.state.map(OperationState::as_str)
            ],
        )
    }

    /// The operations of an account that are open, oldest first.
    pub fn open_operations(&self, account: AccountId) -> Result<Vec<Operation>, StoreError> {
        self.operations_where(
            concat!(
                "state IN ",
                open_states!(),
                // Sorted by themselves: they are few, and SQLite would go through all operations for the
                // sake of their order.
                " AND account = ?1 ORDER BY +confirmed_at, +id"
            ),
            [account.row()],
        )
    }

    /// All operations that some process owns and has not brought to an end.
    pub(crate) fn owned_operations(&self) -> Result<Vec<Operation>, StoreError> {
        self.operations_where(
            "state IN ('queued', 'sending') ORDER BY confirmed_at, id",
            [],
        )
    }

    /// The attempts of an operation, oldest first.
    pub fn attempts(&self, operation: OperationId) -> Result<Vec<Attempt>, StoreError> {
        let mut statement = self.conn().prepare_cached(
            "SELECT nonce, call, committed_at, outcome, http_status, request_id, answer, answered_at
             FROM attempt WHERE operation = ?1 ORDER BY id",
        )?;
        let rows = statement.query_map([uuid_blob(operation)], |row| {
            Ok(Attempt {
                nonce: row.get(0)?,
                call: row.get(1)?,
                committed_at: time(row, 2)?,
                outcome: row.get(3)?,
                http_status: row.get(4)?,
                request_id: row.get(5)?,
                answer: row.get(6)?,
                answered_at: optional_time(row, 7)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Whether this transaction is known to be a refund's own: such a one is never operable.
    pub fn is_refund_transaction(&self, id: TransactionId) -> Result<bool, StoreError> {
        Ok(self
            .conn()
            .prepare_cached(
                "SELECT 1 FROM operation WHERE refund_transaction_id = ?1
                 UNION ALL SELECT 1 FROM foreign_refund WHERE transaction_id = ?1",
            )?
            .query_row([uuid_blob(id)], |_| Ok(()))
            .optional()?
            .is_some())
    }

    /// The data file's own id, by which its journal's head is known outside of it.
    pub fn file_id(&self) -> Result<String, StoreError> {
        Ok(self
            .conn()
            .prepare_cached("SELECT uuid FROM data_file")?
            .query_row([], |row| row.get(0))?)
    }
}
