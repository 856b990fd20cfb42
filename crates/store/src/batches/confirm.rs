//! The confirmation of a batch: all of it in one transaction, or nothing.

use hyvitys_domain::{
    AccountId, BatchId, BatchState, IntentId, ItemStamp, Moment, Money, OperationKind,
    TransactionId,
};
use rusqlite::{OptionalExtension, params};
use serde_json::json;

use super::{Batch, BatchOrigin};
use crate::codec::{UuidId, ms, uuid_blob};
use crate::error::StoreError;
use crate::head::Locked;
use crate::journal::{Happening, Owner, OwnerId};
use crate::reader::ReadTx;
use crate::writer::WriteTx;

impl UuidId for BatchId {
    fn to_uuid(self) -> uuid::Uuid {
        self.uuid()
    }
}

/// A batch as a person confirmed it.
#[derive(Clone, Debug)]
pub struct NewBatch {
    /// A fresh id.
    pub id: BatchId,
    /// Whose payments.
    pub account: AccountId,
    /// What its lines do.
    pub kind: OperationKind,
    /// The file's name, or what it was made of.
    pub name: String,
    /// Of what it was made.
    pub origin: BatchOrigin,
    /// The digest of the plan that was confirmed.
    pub digest: [u8; 32],
    /// The digest of the file.
    pub file_digest: Option<[u8; 32]>,
    /// The columns of the file.
    pub header: Vec<String>,
    /// The confirmation; the same one again is the same batch.
    pub intent: IntentId,
    /// Why its refunds are made.
    pub refund_reason: Option<String>,
    /// What the person noted.
    pub note: Option<String>,
    /// How many lines are under way at once, 1 to 32.
    pub concurrency: u32,
    /// The earlier batch that it takes lines over from.
    pub follows: Option<Follows>,
    /// The process that runs it.
    pub owner: OwnerId,
    /// Its lines, those that were left out too.
    pub lines: Vec<NewBatchLine>,
    /// How many lines are to be sent.
    pub count: u64,
    /// Their sum.
    pub sum: Money,
}

/// Which batch another one follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Follows {
    /// The earlier one.
    pub batch: BatchId,
    /// Whether it takes over what still waits there; else what failed.
    pub rest: bool,
}

/// A line of a batch as it was planned.
#[derive(Clone, Debug)]
pub struct NewBatchLine {
    /// The line in the file.
    pub place: u32,
    /// What the file names.
    pub named: String,
    /// The row as it came.
    pub fields: Vec<String>,
    /// The payment.
    pub transaction_id: Option<TransactionId>,
    /// How much.
    pub amount: Option<Money>,
    /// Of a refund by items: of which one.
    pub item_stamp: Option<ItemStamp>,
    /// Where an email refund goes.
    pub email: Option<String>,
    /// The shop's reference for the refund.
    pub refund_reference: Option<String>,
    /// What the file notes.
    pub note: Option<String>,
    /// The same again is meant.
    pub again: bool,
    /// The payment's amount when the line was planned.
    pub payment_amount: Option<Money>,
    /// What of it was refunded or reserved then.
    pub payment_taken: Option<Money>,
    /// Why it is left out, as JSON, and in words; `None` of a line that is to be sent.
    pub left_out: Option<(Option<String>, String)>,
}

/// Why a batch was not confirmed. Nothing was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BatchRefused {
    /// The account was removed.
    #[error("the account was removed")]
    NoAccount,
    /// Sending for this account is paused.
    #[error("sending is paused for this account: {0}")]
    Paused(String),
    /// The data file is an older copy, or comes from elsewhere.
    #[error(transparent)]
    Locked(#[from] Locked),
    /// This confirmation has already been used for something else.
    #[error("this confirmation was already used for another batch")]
    IntentUsed,
    /// Other lines wait in the batch that it follows than were planned.
    #[error("what waits has changed since it was checked")]
    RestChanged,
    /// The batch that it follows still runs.
    #[error("batch {0} still runs: pause it first")]
    StillRuns(u32),
}

impl WriteTx<'_> {
    /// Keeps a batch with its lines as running, or says why not. The same confirmation of the same plan
    /// gives the batch that it made.
    pub fn confirm_batch(
        &self,
        new: &NewBatch,
        now: &Moment,
    ) -> Result<Result<Batch, BatchRefused>, StoreError> {
        if let Some((id, digest)) = self.batch_by_intent(new.account, &new.intent)? {
            return Ok(if digest == new.digest {
                Ok(self.known_batch(id)?)
            } else {
                Err(BatchRefused::IntentUsed)
            });
        }
        if let Some(locked) = self.check_lock()? {
            return Ok(Err(locked.into()));
        }
        let account = self.account(new.account)?;
        let Some(account) = account.filter(|account| account.removed_at.is_none()) else {
            return Ok(Err(BatchRefused::NoAccount));
        };
        if let Some(paused) = account.paused {
            return Ok(Err(BatchRefused::Paused(paused.why)));
        }
        if let Some(follows) = new.follows
            && let Err(why) = self.take_over(new, follows, now)?
        {
            return Ok(Err(why));
        }
        self.insert_batch(new, now)?;
        for (index, line) in new.lines.iter().enumerate() {
            self.insert_batch_line(new, index + 1, line, now)?;
        }
        let batch = self.known_batch(new.id)?;
        self.journal(&Happening {
            at: now.at,
            account: Some(new.account),
            what: "batch.confirmed",
            operation: None,
            request_id: None,
            detail: json!({
                "batch": batch.number,
                "id": new.id,
                "kind": new.kind,
                "file": new.name,
                "lines": new.count,
                "sum": new.sum,
                "digest": hex::encode(new.digest),
                "follows": new.follows.map(|follows| follows.batch),
            }),
        })?;
        Ok(Ok(batch))
    }

    /// What still waits in the earlier batch is this one's from now on, and the earlier one ends.
    fn take_over(
        &self,
        new: &NewBatch,
        follows: Follows,
        now: &Moment,
    ) -> Result<Result<(), BatchRefused>, StoreError> {
        let earlier = self.known_batch(follows.batch)?;
        let runs = earlier
            .owner
            .is_some_and(|owner| !Owner::is_gone(&self.context().dir, owner));
        if earlier.account != new.account || runs {
            return Ok(Err(BatchRefused::StillRuns(earlier.number)));
        }
        if !follows.rest {
            return Ok(Ok(()));
        }
        // Lines that were put back among the waiting ones since the plan was made are in no plan. A line keeps
        // its place in the file, whatever a person has mended of it.
        let mut statement = self.conn().prepare_cached(
            "SELECT place FROM batch_line WHERE batch = ?1 AND state = 'waiting' ORDER BY place",
        )?;
        let waiting: Vec<u32> = statement
            .query_map([uuid_blob(follows.batch)], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        let mut planned: Vec<u32> = new.lines.iter().map(|line| line.place).collect();
        planned.sort_unstable();
        if waiting != planned {
            return Ok(Err(BatchRefused::RestChanged));
        }
        self.conn()
            .prepare_cached(
                "UPDATE batch_line SET state = 'moved', ended_at = ?2
                 WHERE batch = ?1 AND state = 'waiting'",
            )?
            .execute(params![uuid_blob(follows.batch), ms(now.at)])?;
        if matches!(earlier.state, BatchState::Running | BatchState::Paused) {
            self.end_batch(&earlier, BatchState::Stopped, None, now)?;
        }
        Ok(Ok(()))
    }

    fn insert_batch(&self, new: &NewBatch, now: &Moment) -> Result<(), StoreError> {
        self.conn()
            .prepare_cached(
                "INSERT INTO batch (id, account, number, kind, name, source, digest, file_digest, header,
                    intent, confirmed_at, os_user, refund_reason, note, concurrency, follows, state, owner,
                    changed_at)
                 VALUES (?1, ?2, (SELECT coalesce(max(number), 0) + 1 FROM batch WHERE account = ?2), ?3, ?4,
                    ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, 'running', ?16, ?10)",
            )?
            .execute(params![
                uuid_blob(new.id),
                new.account.row(),
                new.kind.as_str(),
                new.name,
                new.origin.as_str(),
                new.digest,
                new.file_digest,
                json!(new.header).to_string(),
                new.intent.as_str(),
                ms(now.at),
                self.context().os_user,
                new.refund_reason,
                new.note,
                new.concurrency.clamp(1, 32),
                new.follows.map(|follows| uuid_blob(follows.batch)),
                new.owner.to_string(),
            ])?;
        Ok(())
    }

    fn insert_batch_line(
        &self,
        new: &NewBatch,
        position: usize,
        line: &NewBatchLine,
        now: &Moment,
    ) -> Result<(), StoreError> {
        let (why, message) = match &line.left_out {
            Some((why, message)) => (why.as_deref(), Some(message)),
            None => (None, None),
        };
        let left_out = line.left_out.is_some();
        self.conn()
            .prepare_cached(
                "INSERT INTO batch_line (batch, position, account, place, named, fields, transaction_id, amount,
                    item_stamp, email, refund_reference, note, again, payment_amount, payment_taken, state,
                    why, message, ended_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)",
            )?
            .execute(params![
                uuid_blob(new.id),
                i64::try_from(position).unwrap_or(i64::MAX),
                new.account.row(),
                line.place,
                line.named,
                json!(line.fields).to_string(),
                line.transaction_id.map(uuid_blob),
                // What is left out may name any amount; only what can be sent is kept.
                line.amount.filter(|amount| amount.is_payable()).map(Money::cents),
                line.item_stamp.as_ref().map(ItemStamp::as_str),
                line.email,
                line.refund_reference,
                line.note,
                line.again,
                line.payment_amount.map(Money::cents),
                line.payment_taken.map(Money::cents),
                if left_out { "leftOut" } else { "waiting" },
                why,
                message,
                left_out.then(|| ms(now.at)),
            ])?;
        Ok(())
    }
}

impl ReadTx<'_> {
    /// The batch that a confirmation made, and the digest of its plan.
    pub fn batch_by_intent(
        &self,
        account: AccountId,
        intent: &IntentId,
    ) -> Result<Option<(BatchId, [u8; 32])>, StoreError> {
        Ok(self
            .conn()
            .prepare_cached("SELECT id, digest FROM batch WHERE account = ?1 AND intent = ?2")?
            .query_row(params![account.row(), intent.as_str()], |row| {
                let id = BatchId::from_uuid(uuid::Uuid::from_bytes(row.get(0)?));
                Ok((id, row.get(1)?))
            })
            .optional()?)
    }
}
