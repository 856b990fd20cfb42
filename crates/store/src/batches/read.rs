//! Reading batches and their lines.

use hyvitys_domain::{
    AccountId, BatchId, BatchLineState, BatchPause, BatchState, Customer, ItemStamp, Money,
    OperationId, TransactionId,
};
use rusqlite::types::Type;
use rusqlite::{OptionalExtension, Params, Row, params};
use uuid::Uuid;

use super::{Batch, BatchCount, BatchLine, BatchOrigin};
use crate::codec::{broken, optional_time, parsed, time, uuid_blob};
use crate::error::StoreError;
use crate::journal::OwnerId;
use crate::reader::ReadTx;

const COLUMNS: &str = "b.id, b.account, b.number, b.kind, b.name, b.source, b.header, b.confirmed_at, b.os_user,
    b.refund_reason, b.note, b.concurrency, b.follows, b.state, b.why, b.why_message, b.owner, b.ended_at,
    b.changed_at, (SELECT e.number FROM batch e WHERE e.id = b.follows)";

/// Where the line `l` with the operation `o` stands, by the name of a [`BatchLineState`].
macro_rules! line_state {
    () => {
        "(CASE WHEN l.state <> 'begun' THEN l.state
               WHEN o.state IN ('draft', 'queued', 'sending') THEN 'sending' ELSE o.state END)"
    };
}

const LINE_COLUMNS: &str = concat!(
    "l.batch, l.position, l.place, l.named, l.fields, l.transaction_id, l.amount, l.item_stamp, l.email,
    l.refund_reference, l.note, l.again, ",
    line_state!(),
    ", l.round, l.operation, o.state, o.reason, l.why, coalesce(o.message, l.message), o.request_id,
    o.refund_transaction_id, o.proof, o.last_sent_at, coalesce(o.changed_at, l.ended_at), p.reference,
    p.first_name, p.last_name, p.email"
);

const LINES: &str = "batch_line l LEFT JOIN operation o ON o.id = l.operation
    LEFT JOIN payment p ON p.account = l.account AND p.transaction_id = l.transaction_id";

/// A page of a batch's lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchLinePage {
    /// These lines.
    pub lines: Vec<BatchLine>,
    /// How many there are of what was asked for.
    pub total: u64,
}

/// The same as a line waits in a batch that is not finished.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenElsewhere {
    /// In which batch.
    pub batch: BatchId,
    /// Its number.
    pub number: u32,
    /// Where it stands: running or paused.
    pub state: BatchState,
}

fn batch_id(bytes: [u8; 16]) -> BatchId {
    BatchId::from_uuid(Uuid::from_bytes(bytes))
}

fn transaction_id(bytes: [u8; 16]) -> TransactionId {
    TransactionId::from_uuid(Uuid::from_bytes(bytes))
}

fn texts(row: &Row<'_>, column: usize) -> rusqlite::Result<Vec<String>> {
    parsed(row, column, "a list of texts", |text| {
        serde_json::from_str(text).ok()
    })
}

fn batch(row: &Row<'_>) -> rusqlite::Result<Batch> {
    let why = row.get::<_, Option<String>>(14)?;
    Ok(Batch {
        id: batch_id(row.get(0)?),
        account: AccountId::from_row(row.get(1)?),
        number: row.get(2)?,
        kind: parsed(row, 3, "a kind", |text| text.parse().ok())?,
        name: row.get(4)?,
        origin: parsed(row, 5, "a source", BatchOrigin::parse)?,
        header: texts(row, 6)?,
        confirmed_at: time(row, 7)?,
        by: row.get(8)?,
        refund_reason: row.get(9)?,
        note: row.get(10)?,
        concurrency: row.get(11)?,
        follows: row.get::<_, Option<_>>(12)?.map(batch_id),
        state: parsed(row, 13, "a state", BatchState::parse)?,
        why: why
            .map(|why| {
                BatchPause::parse(&why).ok_or_else(|| broken(14, Type::Text, "a pause's reason"))
            })
            .transpose()?,
        why_message: row.get(15)?,
        owner: row
            .get::<_, Option<String>>(16)?
            .as_deref()
            .and_then(OwnerId::parse),
        ended_at: optional_time(row, 17)?,
        changed_at: time(row, 18)?,
        follows_number: row.get(19)?,
        counts: Vec::new(),
    })
}

fn line(row: &Row<'_>) -> rusqlite::Result<BatchLine> {
    let operation_state = row.get::<_, Option<String>>(15)?;
    Ok(BatchLine {
        batch: batch_id(row.get(0)?),
        position: row.get(1)?,
        place: row.get(2)?,
        named: row.get(3)?,
        fields: texts(row, 4)?,
        transaction_id: row.get::<_, Option<_>>(5)?.map(transaction_id),
        amount: row.get::<_, Option<i64>>(6)?.map(Money::from_cents),
        item_stamp: row
            .get::<_, Option<String>>(7)?
            .map(|text| ItemStamp::new(text).map_err(|_| broken(7, Type::Text, "an item's stamp")))
            .transpose()?,
        email: row.get(8)?,
        refund_reference: row.get(9)?,
        note: row.get(10)?,
        again: row.get(11)?,
        state: parsed(row, 12, "a state", BatchLineState::parse)?,
        round: row.get(13)?,
        operation: row
            .get::<_, Option<_>>(14)?
            .map(|bytes| OperationId::from_uuid(Uuid::from_bytes(bytes))),
        operation_state: operation_state
            .map(|text| text.parse().map_err(|_| broken(15, Type::Text, "a state")))
            .transpose()?,
        reason: row.get(16)?,
        why: row.get(17)?,
        message: row.get(18)?,
        request_id: row.get(19)?,
        refund_transaction_id: row.get::<_, Option<_>>(20)?.map(transaction_id),
        proof: row.get(21)?,
        sent_at: optional_time(row, 22)?,
        at: optional_time(row, 23)?,
        reference: row.get::<_, Option<String>>(24)?.unwrap_or_default(),
        customer: Customer {
            first_name: row.get(25)?,
            last_name: row.get(26)?,
            email: row.get(27)?,
        },
    })
}

impl ReadTx<'_> {
    /// Batches without their counts: those go through all lines.
    pub(super) fn batch_heads_where(
        &self,
        condition: &str,
        params: impl Params,
    ) -> Result<Vec<Batch>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM batch b WHERE {condition}");
        let mut statement = self.conn().prepare_cached(&sql)?;
        let rows = statement.query_map(params, batch)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// A batch without its counts.
    pub(super) fn batch_head(&self, id: BatchId) -> Result<Batch, StoreError> {
        self.batch_heads_where("b.id = ?1", [uuid_blob(id)])?
            .pop()
            .ok_or_else(|| StoreError::Unreadable(format!("batch {id} is not in the journal")))
    }

    /// All batches of an account, newest first.
    pub fn batches(&self, account: AccountId) -> Result<Vec<Batch>, StoreError> {
        let heads =
            self.batch_heads_where("b.account = ?1 ORDER BY b.number DESC", [account.row()])?;
        heads
            .into_iter()
            .map(|batch| self.with_counts(batch))
            .collect()
    }

    /// The batch with this id.
    pub fn batch(&self, id: BatchId) -> Result<Option<Batch>, StoreError> {
        self.batch_heads_where("b.id = ?1", [uuid_blob(id)])?
            .pop()
            .map(|batch| self.with_counts(batch))
            .transpose()
    }

    /// A batch that must be there.
    pub(super) fn known_batch(&self, id: BatchId) -> Result<Batch, StoreError> {
        self.with_counts(self.batch_head(id)?)
    }

    pub(super) fn with_counts(&self, mut batch: Batch) -> Result<Batch, StoreError> {
        let mut statement = self.conn().prepare_cached(concat!(
            "SELECT ",
            line_state!(),
            " AS stands, count(*), coalesce(sum(l.amount), 0)
             FROM batch_line l LEFT JOIN operation o ON o.id = l.operation WHERE l.batch = ?1
             GROUP BY stands"
        ))?;
        let counts = statement.query_map([uuid_blob(batch.id)], |row| {
            Ok(BatchCount {
                state: parsed(row, 0, "a state", BatchLineState::parse)?,
                count: row.get::<_, u32>(1)?.into(),
                sum: Money::from_cents(row.get(2)?),
            })
        })?;
        batch.counts = counts.collect::<Result<_, _>>()?;
        batch.counts.sort_by_key(|count| count.state);
        Ok(batch)
    }

    /// The lines of a batch, those in one state or all: the newest change first, what waits last and by its
    /// number.
    pub fn batch_lines(
        &self,
        batch: BatchId,
        show: Option<BatchLineState>,
        from: u64,
        limit: u64,
    ) -> Result<BatchLinePage, StoreError> {
        let shown = concat!("l.batch = ?1 AND (?2 IS NULL OR ", line_state!(), " = ?2)");
        let name = show.map(BatchLineState::as_str);
        let sql = format!(
            "SELECT {LINE_COLUMNS} FROM {LINES} WHERE {shown}
             ORDER BY coalesce(o.changed_at, l.ended_at) IS NULL, coalesce(o.changed_at, l.ended_at) DESC,
                l.position LIMIT ?3 OFFSET ?4"
        );
        let mut statement = self.conn().prepare_cached(&sql)?;
        let bounded = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let lines = statement
            .query_map(
                params![uuid_blob(batch), name, bounded(limit), bounded(from)],
                line,
            )?
            .collect::<Result<_, _>>()?;
        let sql = format!(
            "SELECT count(*) FROM batch_line l LEFT JOIN operation o ON o.id = l.operation WHERE {shown}"
        );
        let total: u32 = self
            .conn()
            .prepare_cached(&sql)?
            .query_row(params![uuid_blob(batch), name], |row| row.get(0))?;
        Ok(BatchLinePage {
            lines,
            total: total.into(),
        })
    }

    /// One line of a batch, by its number.
    pub fn batch_line(
        &self,
        batch: BatchId,
        position: u32,
    ) -> Result<Option<BatchLine>, StoreError> {
        let sql =
            format!("SELECT {LINE_COLUMNS} FROM {LINES} WHERE l.batch = ?1 AND l.position = ?2");
        Ok(self
            .conn()
            .prepare_cached(&sql)?
            .query_row(params![uuid_blob(batch), position], line)
            .optional()?)
    }

    /// The numbers of the lines that wait, in their order.
    pub fn waiting_positions(&self, batch: BatchId) -> Result<Vec<u32>, StoreError> {
        let mut statement = self.conn().prepare_cached(
            "SELECT position FROM batch_line WHERE batch = ?1 AND state = 'waiting' ORDER BY position",
        )?;
        let positions = statement.query_map([uuid_blob(batch)], |row| row.get(0))?;
        Ok(positions.collect::<Result<_, _>>()?)
    }

    /// The newest running or paused batch, other than `except`, in which the same waits to be sent: the
    /// amount of the payment, or of its item.
    pub fn open_elsewhere(
        &self,
        account: AccountId,
        transaction_id: TransactionId,
        amount: Money,
        item_stamp: Option<&ItemStamp>,
        except: Option<BatchId>,
    ) -> Result<Option<OpenElsewhere>, StoreError> {
        Ok(self
            .conn()
            .prepare_cached(
                "SELECT b.id, b.number, b.state FROM batch_line l JOIN batch b ON b.id = l.batch
                 WHERE l.account = ?1 AND l.transaction_id = ?2 AND l.amount = ?3 AND l.item_stamp IS ?4
                   AND l.state = 'waiting' AND b.state IN ('running', 'paused') AND b.id IS NOT ?5
                 ORDER BY b.number DESC LIMIT 1",
            )?
            .query_row(
                params![
                    account.row(),
                    uuid_blob(transaction_id),
                    amount.cents(),
                    item_stamp.map(ItemStamp::as_str),
                    except.map(uuid_blob),
                ],
                |row| {
                    Ok(OpenElsewhere {
                        batch: batch_id(row.get(0)?),
                        number: row.get(1)?,
                        state: parsed(row, 2, "a state", BatchState::parse)?,
                    })
                },
            )
            .optional()?)
    }

    /// The number of the newest batch of the account that was made of a file with this digest.
    pub fn batch_of_file(
        &self,
        account: AccountId,
        digest: &[u8; 32],
    ) -> Result<Option<u32>, StoreError> {
        Ok(self
            .conn()
            .prepare_cached(
                "SELECT max(number) FROM batch WHERE account = ?1 AND file_digest = ?2",
            )?
            .query_row(params![account.row(), digest], |row| row.get(0))?)
    }
}
