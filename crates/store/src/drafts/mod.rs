//! Payments on their way into being: what a person filled in, and how far its sending has come.
//!
//! A draft has one stamp for its whole life. Paytrail takes each stamp once, so that whatever is sent for a
//! draft is one payment to it. As with the journal's operations, a draft is claimed before its request goes
//! out and settled before anybody is told.

mod links;
mod steps;

use chrono::{DateTime, TimeDelta, Utc};
use hyvitys_domain::{AccountId, DraftId, IntentId, Moment, TransactionId};
use rusqlite::{OptionalExtension, Params, Row, params};
use uuid::Uuid;

use crate::codec::{optional_time, parsed, time, uuid_blob};
use crate::error::StoreError;
use crate::journal::{OwnerId, QUARANTINE, whole_minutes};
use crate::reader::ReadTx;

pub use links::{OpenLink, PaymentLink, Way};
pub use steps::{Becomes, Claim, Claimed, Kept, NewDraft, Settled};

/// How far a draft has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DraftState {
    /// A person works on it; nothing of it is at Paytrail, as far as is known.
    Draft,
    /// A request is on its way.
    Sending,
    /// A request may have made the payment, or not.
    Unknown,
    /// A signed answer says that the payment is made, and no look has confirmed yet that it is this one.
    Unconfirmed,
    /// The payment is made: a look has shown it.
    Created,
}

impl DraftState {
    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            DraftState::Draft => "draft",
            DraftState::Sending => "sending",
            DraftState::Unknown => "unknown",
            DraftState::Unconfirmed => "unconfirmed",
            DraftState::Created => "created",
        }
    }

    /// Its name in the file, where `listed` tells a confirmed payment from one that is not.
    const fn in_file(self) -> &'static str {
        match self {
            DraftState::Unconfirmed => DraftState::Created.as_str(),
            other => other.as_str(),
        }
    }

    fn from_file(text: &str, listed: bool) -> Option<DraftState> {
        match text {
            "created" if !listed => Some(DraftState::Unconfirmed),
            "created" => Some(DraftState::Created),
            "draft" => Some(DraftState::Draft),
            "sending" => Some(DraftState::Sending),
            "unknown" => Some(DraftState::Unknown),
            _ => None,
        }
    }
}

/// A payment that is being prepared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Our own id.
    pub id: DraftId,
    /// Whose.
    pub account: AccountId,
    /// The payment's stamp.
    pub stamp: String,
    /// What was filled in, as JSON.
    pub filled_in: String,
    /// How far it has come.
    pub state: DraftState,
    /// The last confirmation.
    pub intent: Option<IntentId>,
    /// The process that sends it.
    pub owner: Option<OwnerId>,
    /// How many requests may have made the payment.
    pub sends: u32,
    /// When the last request was about to go out.
    pub last_sent: Option<Moment>,
    /// The payment's id.
    pub transaction_id: Option<TransactionId>,
    /// How the last try ended, if badly; JSON.
    pub outcome: Option<String>,
    /// When it was last changed (UTC).
    pub changed_at: DateTime<Utc>,
}

impl Draft {
    /// How much of the quarantine after its last request is left; zero where nothing was sent.
    pub fn quarantine_left(&self, now: &Moment) -> TimeDelta {
        self.last_sent.as_ref().map_or(TimeDelta::zero(), |sent| {
            (QUARANTINE - sent.surely_passed(now)).max(TimeDelta::zero())
        })
    }

    /// The minutes of the quarantine that are left, rounded up; 0 where it is over.
    pub fn quarantine_minutes(&self, now: &Moment) -> i64 {
        whole_minutes(self.quarantine_left(now))
    }
}

const COLUMNS: &str = "id, account, stamp, filled_in, state, intent, owner, sends, sent_at, sent_boot, \
    sent_up, transaction_id, listed, outcome, changed_at";

fn draft(row: &Row<'_>) -> rusqlite::Result<Draft> {
    let last_sent = optional_time(row, 8)?
        .map(|at| {
            Ok::<_, rusqlite::Error>(Moment {
                at,
                boot: row.get::<_, Option<String>>(9)?.unwrap_or_default(),
                up_ms: row.get::<_, Option<i64>>(10)?.unwrap_or_default(),
            })
        })
        .transpose()?;
    let intent = row.get::<_, Option<String>>(5)?;
    let owner = row.get::<_, Option<String>>(6)?;
    let listed = row.get(12)?;
    Ok(Draft {
        id: DraftId::from_uuid(Uuid::from_bytes(row.get(0)?)),
        account: AccountId::from_row(row.get(1)?),
        stamp: row.get(2)?,
        filled_in: row.get(3)?,
        state: parsed(row, 4, "a draft's state", |text| {
            DraftState::from_file(text, listed)
        })?,
        intent: intent.and_then(|text| IntentId::new(text).ok()),
        owner: owner.and_then(|text| OwnerId::parse(&text)),
        sends: row.get(7)?,
        last_sent,
        transaction_id: row
            .get::<_, Option<[u8; 16]>>(11)?
            .map(|bytes| TransactionId::from_uuid(Uuid::from_bytes(bytes))),
        outcome: row.get(13)?,
        changed_at: time(row, 14)?,
    })
}

impl ReadTx<'_> {
    /// The draft of this id, in this account.
    pub fn draft(&self, account: AccountId, id: DraftId) -> Result<Option<Draft>, StoreError> {
        let mut found = self.drafts_where(
            "account = ?1 AND id = ?2",
            params![account.row(), uuid_blob(id)],
        )?;
        Ok(found.pop())
    }

    /// The drafts that are no payments yet, or not surely the ones that they were to be, the last changed first.
    pub fn drafts(&self, account: AccountId) -> Result<Vec<Draft>, StoreError> {
        self.drafts_where(
            "account = ?1 AND (state <> 'created' OR listed = 0) ORDER BY changed_at DESC, id",
            [account.row()],
        )
    }

    /// Drafts whose payment is made and does not stand in the list, since no look has confirmed it yet.
    pub fn unconfirmed_drafts(&self, account: AccountId) -> Result<Vec<Draft>, StoreError> {
        self.drafts_where(
            "account = ?1 AND state = 'created' AND listed = 0 ORDER BY changed_at, id",
            [account.row()],
        )
    }

    /// The draft that became this payment.
    pub fn draft_of_payment(
        &self,
        account: AccountId,
        id: TransactionId,
    ) -> Result<Option<Draft>, StoreError> {
        let mut found = self.drafts_where(
            "account = ?1 AND transaction_id = ?2",
            params![account.row(), uuid_blob(id)],
        )?;
        Ok(found.pop())
    }

    /// Whether a draft has this stamp.
    pub fn is_draft_stamp(&self, account: AccountId, stamp: &str) -> Result<bool, StoreError> {
        let found: Option<i64> = self
            .conn()
            .prepare_cached("SELECT 1 FROM draft WHERE account = ?1 AND stamp = ?2")?
            .query_row(params![account.row(), stamp], |row| row.get(0))
            .optional()?;
        Ok(found.is_some())
    }

    pub(super) fn drafts_where(
        &self,
        rest: &str,
        values: impl Params,
    ) -> Result<Vec<Draft>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM draft WHERE {rest}");
        let mut statement = self.conn().prepare_cached(&sql)?;
        let drafts = statement.query_map(values, draft)?;
        Ok(drafts.collect::<Result<_, _>>()?)
    }
}
