//! The steps of a draft, each one transaction with its entry in the journal.

use hyvitys_domain::{AccountId, DraftId, IntentId, Moment, Money, TransactionId};
use rusqlite::params;
use serde_json::json;

use super::{Draft, DraftState, PaymentLink};
use crate::codec::{UuidId, ms, uuid_blob};
use crate::error::StoreError;
use crate::journal::{Happening, Owner, OwnerId, Refusal};
use crate::payments::PaymentFacts;
use crate::writer::WriteTx;

/// The outcome of a request that was on its way when its program ended.
const INTERRUPTED: &str = r#"{"why":{"kind":"interrupted"},"message":"the program ended while the request was on its way"}"#;

impl UuidId for DraftId {
    fn to_uuid(self) -> uuid::Uuid {
        self.uuid()
    }
}

/// A draft to keep for the first time, or anew.
#[derive(Clone, Debug)]
pub struct NewDraft {
    /// Our own id.
    pub id: DraftId,
    /// Whose.
    pub account: AccountId,
    /// The payment's stamp; of a known draft, its first one stays.
    pub stamp: String,
    /// What was filled in, as JSON.
    pub filled_in: String,
}

/// A confirmation that is about to be sent.
#[derive(Clone, Debug)]
pub struct Claim {
    /// Which draft.
    pub draft: DraftId,
    /// Whose.
    pub account: AccountId,
    /// The confirmation.
    pub intent: IntentId,
    /// What was shown and is sent, as the draft has it: another one was confirmed if it differs.
    pub filled_in: String,
    /// Its digest, for the journal.
    pub digest: String,
    /// What the draft has from the request on: without what only the request needs.
    pub stays: String,
    /// Fresh for each request.
    pub nonce: String,
    /// What is asked, for the journal.
    pub call: String,
    /// For the journal.
    pub amount: Money,
    /// Who sends.
    pub owner: OwnerId,
    /// Whether what was filled in here and there asks for the same payment: one reference, one amount.
    pub same: fn(&str, &str) -> bool,
}

/// What became of a claim.
#[derive(Clone, Debug)]
pub enum Claimed {
    /// The request may go out.
    Taken,
    /// It may not: this is how the draft stands.
    Lost(Box<Draft>),
    /// It may not: this other draft asks for the same payment, and may have made it.
    Twin(Box<Draft>),
    /// The file or the account does not allow it.
    Refused(Refusal),
}

/// What an answer, a person or an ended program makes of a draft.
#[derive(Clone, Debug)]
pub enum Becomes {
    /// The request surely never left, or was turned away: a draft as before.
    NotSent,
    /// Paytrail refused it: a draft again, unless an earlier request may have made the payment.
    Refused,
    /// What became of it is not known.
    Unknown,
    /// The payment is made, as far as an answer or a person says; a look has to confirm it.
    Created {
        /// Its id.
        transaction_id: TransactionId,
        /// Where the customer is led.
        link: PaymentLink,
    },
}

/// What became of a request, or a person's word about it.
#[derive(Clone, Debug)]
pub struct Settled {
    /// Which draft.
    pub draft: DraftId,
    /// Whose.
    pub account: AccountId,
    /// Of which request; `None` for a person's word about an unknown one.
    pub nonce: Option<String>,
    /// What it makes of the draft.
    pub becomes: Becomes,
    /// What the draft has from now on, where it is known what became of it; `None` where that stays as it is.
    pub filled_in: Option<String>,
    /// How it ended, if badly; JSON.
    pub outcome: Option<String>,
    /// What Paytrail's support asks for.
    pub request_id: Option<String>,
    /// What the person noted.
    pub note: Option<String>,
}

/// What became of a draft that was to be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// It is.
    Kept,
    /// Another payment of the shop has its stamp.
    StampTaken,
    /// It is no draft any more: it was sent.
    Sent,
}

impl WriteTx<'_> {
    /// Keeps a draft, for the first time or anew.
    pub fn put_draft(&self, new: &NewDraft, now: &Moment) -> Result<Kept, StoreError> {
        if self.draft(new.account, new.id)?.is_none() {
            if self.is_draft_stamp(new.account, &new.stamp)?
                || !self.payments_by_stamp(new.account, &new.stamp)?.is_empty()
            {
                return Ok(Kept::StampTaken);
            }
            self.conn()
                .prepare_cached(
                    "INSERT INTO draft (id, account, stamp, filled_in, state, created_at, changed_at)
                     VALUES (?1, ?2, ?3, ?4, 'draft', ?5, ?5)",
                )?
                .execute(params![
                    uuid_blob(new.id),
                    new.account.row(),
                    new.stamp,
                    new.filled_in,
                    ms(now.at),
                ])?;
            self.note_draft(new.account, new.id, "draft.begun", now)?;
            return Ok(Kept::Kept);
        }
        let changed = self
            .conn()
            .prepare_cached(
                "UPDATE draft SET filled_in = ?3, changed_at = ?4
                 WHERE id = ?1 AND account = ?2 AND state = 'draft'",
            )?
            .execute(params![
                uuid_blob(new.id),
                new.account.row(),
                new.filled_in,
                ms(now.at),
            ])?;
        Ok(if changed == 1 { Kept::Kept } else { Kept::Sent })
    }

    /// Throws a draft away; `false` where it is none, or where it was sent. One that a
    /// person called not made is kept as well: its stamp is what keeps a second payment from being made.
    pub fn delete_draft(
        &self,
        account: AccountId,
        id: DraftId,
        now: &Moment,
    ) -> Result<bool, StoreError> {
        let deleted = self
            .conn()
            .prepare_cached(
                "DELETE FROM draft
                 WHERE id = ?1 AND account = ?2 AND state = 'draft' AND sends = 0",
            )?
            .execute(params![uuid_blob(id), account.row()])?;
        if deleted == 1 {
            self.note_draft(account, id, "draft.deleted", now)?;
        }
        Ok(deleted == 1)
    }

    /// An entry about a draft that was not sent. What was filled in may name a customer, and stays out of it.
    fn note_draft(
        &self,
        account: AccountId,
        id: DraftId,
        what: &str,
        now: &Moment,
    ) -> Result<(), StoreError> {
        self.journal(&Happening {
            at: now.at,
            account: Some(account),
            what,
            operation: None,
            request_id: None,
            detail: json!({ "draft": id }),
        })
    }

    /// `draft → sending`, together with the request that is about to go out. Nothing is claimed while the
    /// file is locked or the account is paused or removed, nor with a confirmation that was used, nor while
    /// another draft that asks for the same payment may have made it.
    pub fn claim_draft(&self, claim: &Claim, now: &Moment) -> Result<Claimed, StoreError> {
        if let Some(locked) = self.check_lock()? {
            return Ok(Claimed::Refused(locked.into()));
        }
        let account = self.account(claim.account)?;
        let Some(account) = account.filter(|account| account.removed_at.is_none()) else {
            return Ok(Claimed::Refused(Refusal::NoAccount));
        };
        if let Some(paused) = account.paused {
            return Ok(Claimed::Refused(Refusal::Paused(paused.why)));
        }
        let Some(before) = self.draft(claim.account, claim.draft)? else {
            return Err(StoreError::Unreadable("the draft is gone".to_owned()));
        };
        if before.state != DraftState::Draft || before.filled_in != claim.filled_in {
            return Ok(Claimed::Lost(Box::new(before)));
        }
        let used = self.drafts_where(
            "account = ?1 AND intent = ?2",
            params![claim.account.row(), claim.intent.as_str()],
        )?;
        if !used.is_empty() {
            return Ok(Claimed::Refused(Refusal::IntentUsed));
        }
        let open = self.drafts_where(
            "account = ?1 AND id <> ?2
             AND (state IN ('sending', 'unknown') OR state = 'created' AND listed = 0)",
            params![claim.account.row(), uuid_blob(claim.draft)],
        )?;
        let twin = open
            .into_iter()
            .find(|other| (claim.same)(&claim.filled_in, &other.filled_in));
        if let Some(twin) = twin {
            return Ok(Claimed::Twin(Box::new(twin)));
        }
        self.conn()
            .prepare_cached(
                "UPDATE draft SET state = 'sending', intent = ?2, nonce = ?3, owner = ?4,
                    sends = sends + 1, sent_at = ?5, sent_boot = ?6, sent_up = ?7, outcome = NULL,
                    changed_at = ?5, filled_in = ?8
                 WHERE id = ?1",
            )?
            .execute(params![
                uuid_blob(claim.draft),
                claim.intent.as_str(),
                claim.nonce,
                claim.owner.to_string(),
                ms(now.at),
                now.boot,
                now.up_ms,
                claim.stays,
            ])?;
        self.journal(&Happening {
            at: now.at,
            account: Some(claim.account),
            what: "payment.sending",
            operation: None,
            request_id: None,
            detail: json!({
                "draft": claim.draft, "stamp": before.stamp, "call": claim.call,
                "amount": claim.amount, "nonce": claim.nonce, "intent": claim.intent,
                "digest": claim.digest,
            }),
        })?;
        Ok(Claimed::Taken)
    }

    /// Writes what became of a request, or a person's word about an unknown one; once. Writing it again
    /// changes nothing. Gives the draft as it is now.
    pub fn settle_draft(&self, settled: &Settled, now: &Moment) -> Result<Draft, StoreError> {
        let gone = || StoreError::Unreadable("the draft is gone".to_owned());
        let before = self
            .draft(settled.account, settled.draft)?
            .ok_or_else(gone)?;
        let expected = match &settled.nonce {
            // An answer that comes after its program was taken for gone still counts.
            Some(nonce) => {
                matches!(before.state, DraftState::Sending | DraftState::Unknown)
                    && self.draft_nonce(settled.draft)?.as_ref() == Some(nonce)
            }
            None => before.state == DraftState::Unknown,
        };
        if !expected {
            return Ok(before);
        }
        // A person's word leaves the request where it was: it may have made the payment after all.
        let proven = settled.nonce.is_some();
        let (state, sends) = match &settled.becomes {
            Becomes::NotSent | Becomes::Refused if proven => {
                let left = before.sends.saturating_sub(1);
                let state = if left == 0 {
                    DraftState::Draft
                } else {
                    DraftState::Unknown
                };
                (state, left)
            }
            Becomes::NotSent | Becomes::Refused => (DraftState::Draft, before.sends),
            Becomes::Unknown => (DraftState::Unknown, before.sends),
            Becomes::Created { .. } => (DraftState::Unconfirmed, before.sends),
        };
        let filled_in = settled.filled_in.as_ref();
        // What only a request needs comes back where nothing of it was made, and nowhere else.
        let filled_in = filled_in.filter(|_| state != DraftState::Unknown);
        self.conn()
            .prepare_cached(
                "UPDATE draft SET state = ?2, sends = ?3, owner = NULL, outcome = ?4, changed_at = ?5,
                    transaction_id = ?6, filled_in = ?7 WHERE id = ?1",
            )?
            .execute(params![
                uuid_blob(settled.draft),
                state.in_file(),
                sends,
                settled.outcome,
                ms(now.at),
                settled.transaction_id().map(uuid_blob),
                filled_in.unwrap_or(&before.filled_in),
            ])?;
        if let Becomes::Created {
            transaction_id,
            link,
        } = &settled.becomes
        {
            self.put_link(settled.account, *transaction_id, link)?;
        }
        self.journal(&Happening {
            at: now.at,
            account: Some(settled.account),
            what: settled.word(),
            operation: None,
            request_id: settled.request_id.as_deref(),
            detail: json!({
                "draft": settled.draft, "stamp": before.stamp, "nonce": settled.nonce,
                "transactionId": settled.transaction_id(), "note": settled.note,
            }),
        })?;
        self.draft(settled.account, settled.draft)?.ok_or_else(gone)
    }

    /// A look has confirmed the payment of a draft: puts it into the list. Where nothing of it was taken, it
    /// waits for the next try.
    pub fn confirm_draft(
        &self,
        draft: &Draft,
        facts: &[PaymentFacts],
        now: &Moment,
    ) -> Result<(), StoreError> {
        let applied = self.apply(draft.account, facts)?;
        if !applied
            .outcomes
            .iter()
            .any(|outcome| outcome.key().is_some())
        {
            return Ok(());
        }
        let changed = self
            .conn()
            .prepare_cached(
                "UPDATE draft SET listed = 1 WHERE id = ?1 AND state = 'created' AND listed = 0",
            )?
            .execute([uuid_blob(draft.id)])?;
        if changed == 0 {
            return Ok(());
        }
        self.journal(&Happening {
            at: now.at,
            account: Some(draft.account),
            what: "payment.confirmed",
            operation: None,
            request_id: None,
            detail: json!({
                "draft": draft.id, "stamp": draft.stamp, "transactionId": draft.transaction_id,
            }),
        })
    }

    /// The signed answer that made a draft a payment was of another one, as a look has shown: what became
    /// of it is not known after all. Only while no look has confirmed it.
    pub fn doubt_draft(
        &self,
        draft: &Draft,
        outcome: &str,
        now: &Moment,
    ) -> Result<(), StoreError> {
        let Some(id) = draft.transaction_id else {
            return Ok(());
        };
        let changed = self
            .conn()
            .prepare_cached(
                "UPDATE draft SET state = 'unknown', transaction_id = NULL, outcome = ?2, changed_at = ?3
                 WHERE id = ?1 AND state = 'created' AND listed = 0",
            )?
            .execute(params![uuid_blob(draft.id), outcome, ms(now.at)])?;
        if changed == 0 {
            return Ok(());
        }
        self.conn()
            .prepare_cached(
                // Another draft may rightly have this payment: its link stays.
                "DELETE FROM payment_link WHERE account = ?1 AND transaction_id = ?2
                 AND NOT EXISTS (SELECT 1 FROM draft WHERE account = ?1 AND transaction_id = ?2)",
            )?
            .execute(params![draft.account.row(), uuid_blob(id)])?;
        self.journal(&Happening {
            at: now.at,
            account: Some(draft.account),
            what: "payment.unknown",
            operation: None,
            request_id: None,
            detail: json!({ "draft": draft.id, "stamp": draft.stamp, "notTransactionId": id }),
        })
    }

    /// What was being sent by a process that ended is `unknown`; in a restored or copied file, too.
    pub(crate) fn recover_drafts(&self, now: &Moment) -> Result<(), StoreError> {
        for draft in self.drafts_where("state = 'sending'", [])? {
            let alive = draft
                .owner
                .is_some_and(|owner| !Owner::is_gone(&self.context().dir, owner));
            if alive {
                continue;
            }
            let nonce = self.draft_nonce(draft.id)?;
            self.settle_draft(
                &Settled {
                    draft: draft.id,
                    account: draft.account,
                    nonce,
                    becomes: Becomes::Unknown,
                    filled_in: None,
                    outcome: Some(INTERRUPTED.to_owned()),
                    request_id: None,
                    note: None,
                },
                now,
            )?;
        }
        Ok(())
    }

    fn draft_nonce(&self, id: DraftId) -> Result<Option<String>, StoreError> {
        Ok(self
            .conn()
            .prepare_cached("SELECT nonce FROM draft WHERE id = ?1")?
            .query_row([uuid_blob(id)], |row| row.get(0))?)
    }
}

impl Settled {
    fn transaction_id(&self) -> Option<TransactionId> {
        match &self.becomes {
            Becomes::Created { transaction_id, .. } => Some(*transaction_id),
            _ => None,
        }
    }

    const fn word(&self) -> &'static str {
        match (&self.becomes, &self.nonce) {
            (Becomes::Created { .. }, Some(_)) => "payment.created",
            (Becomes::Created { .. }, None) => "payment.found",
            (Becomes::NotSent, Some(_)) => "payment.notSent",
            (Becomes::Refused, Some(_)) => "payment.refused",
            (Becomes::Unknown, _) => "payment.unknown",
            (Becomes::NotSent | Becomes::Refused, None) => "payment.markedNotMade",
        }
    }
}
