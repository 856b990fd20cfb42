//! From a confirmation to a queued operation: checked and reserved in one transaction.

use chrono::{DateTime, Utc};
use hyvitys_domain::rules::{self, Rule};
use hyvitys_domain::{
    AccountId, IntentId, ItemStamp, Moment, Money, NotOperable, OperationId, OperationKind,
    OperationState, RefundStamp, TransactionId,
};
use rusqlite::params;
use serde_json::json;

use crate::codec::{ms, uuid_blob};
use crate::error::StoreError;
use crate::head::Locked;
use crate::journal::items::ItemsRefused;
use crate::journal::repeat::NotRepeatable;
use crate::journal::sums::{open_states, reserves};
use crate::journal::{Happening, Operation, OwnerId};
use crate::writer::WriteTx;

/// What a person confirmed.
#[derive(Clone, Debug)]
pub struct NewOperation {
    /// A fresh id.
    pub id: OperationId,
    /// Whose payment.
    pub account: AccountId,
    /// What to do.
    pub kind: OperationKind,
    /// With which payment.
    pub transaction_id: TransactionId,
    /// Of a refund: how much. A hold operation takes the payment's amount.
    pub amount: Option<Money>,
    /// Of a refund by items: what of each; their sum is the amount.
    pub items: Vec<(ItemStamp, Money)>,
    /// The confirmation; the same one again is the same operation.
    pub intent: IntentId,
    /// When it was confirmed.
    pub confirmed: Moment,
    /// When it is made (UTC): later than it was confirmed, for one of many that wait for each other.
    pub made_at: DateTime<Utc>,
    /// Of a refund: a random stamp.
    pub refund_stamp: Option<RefundStamp>,
    /// Of a refund: the shop's reference for it.
    pub refund_reference: Option<String>,
    /// Of a refund: where an email refund goes, where staff chose one.
    pub email: Option<String>,
    /// What the person noted. It may name a customer, so it stays out of the audit log.
    pub note: Option<String>,
    /// Of a refund: why, in the shop's own words. It names nobody, and stands in the audit log.
    pub refund_reason: Option<String>,
    /// The person confirmed that it is the same again.
    pub again: bool,
    /// The unknown refund that this one repeats, once, after its quarantine.
    pub repeat_of: Option<OperationId>,
    /// The process that will send it.
    pub owner: OwnerId,
}

/// Why an operation was not created. Nothing was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No such payment in this account.
    #[error("there is no payment {0} in this account: import it first")]
    NoSuchPayment(TransactionId),
    /// The id is a refund's own transaction.
    #[error("{0} is a refund, not a payment")]
    IsRefund(TransactionId),
    /// The payment does not allow it.
    #[error(transparent)]
    NotOperable(#[from] NotOperable),
    /// Items that don't add up to the amount, are not part of the order, or exceed their line.
    #[error(transparent)]
    Items(#[from] ItemsRefused),
    /// A refund while a capture or release is open, or the other way round, or two holds at once.
    #[error(
        "another operation of this payment is still open ({kind}, {state}): wait for its outcome"
    )]
    Busy {
        /// The open operation.
        operation: OperationId,
        /// What it is.
        kind: OperationKind,
        /// Where it stands.
        state: OperationState,
    },
    /// The same refund within 90 days.
    #[error(
        "the same refund was made on {} ({state}): confirm that it is meant again",
        at.format("%Y-%m-%d %H:%M UTC")
    )]
    SameAgain {
        /// The earlier one.
        operation: OperationId,
        /// When it was confirmed (UTC).
        at: DateTime<Utc>,
        /// Where it stands.
        state: OperationState,
    },
    /// This confirmation has already been used for something else.
    #[error("this confirmation was already used for another operation")]
    IntentUsed,
    /// The unknown refund can't be repeated.
    #[error("the refund with the unknown outcome can't be repeated: {0}")]
    NotRepeatable(#[from] NotRepeatable),
    /// Sending for this account is paused.
    #[error("sending is paused for this account: {0}")]
    Paused(String),
    /// The data file is an older copy, or comes from elsewhere.
    #[error(transparent)]
    Locked(#[from] Locked),
    /// The account was removed.
    #[error("the account was removed")]
    NoAccount,
}

impl WriteTx<'_> {
    /// Creates the operation as `queued` and reserves its amount, or says why not. The same intent
    /// for the same act gives the operation that it already made.
    pub fn create_operation(
        &self,
        new: &NewOperation,
    ) -> Result<Result<Operation, Refusal>, StoreError> {
        if let Some(existing) = self.operation_by_intent(new.account, &new.intent)? {
            return Ok(if same_act(&existing, new) {
                Ok(existing)
            } else {
                Err(Refusal::IntentUsed)
            });
        }
        let amount = match self.check_all(new)? {
            Ok(amount) => amount,
            Err(refusal) => return Ok(Err(refusal)),
        };
        if !self.insert(new, amount)? {
            // What was checked above was read in this very transaction, so only a rule that stands in
            // the statement alone can have refused.
            let left = self
                .payment(new.account, new.transaction_id)?
                .map(|p| p.payment.refundable());
            return Ok(Err(NotOperable::MoreThanLeft {
                wanted: amount,
                left: left.unwrap_or(Money::ZERO),
            }
            .into()));
        }
        for (stamp, amount) in &new.items {
            self.conn()
                .prepare_cached(
                    "INSERT INTO operation_item (operation, account, stamp, amount)
                     VALUES (?1, ?2, ?3, ?4)",
                )?
                .execute(params![
                    uuid_blob(new.id),
                    new.account.row(),
                    stamp.as_str(),
                    amount.cents()
                ])?;
        }
        self.journal(&Happening {
            at: new.made_at,
            account: Some(new.account),
            what: "operation.queued",
            operation: Some(new.id),
            request_id: None,
            detail: json!({
                "kind": new.kind,
                "transactionId": new.transaction_id,
                "amount": amount,
                "refundStamp": new.refund_stamp,
                "items": new.items.iter().map(|(s, a)| json!({"stamp": s, "amount": a})).collect::<Vec<_>>(),
                "email": new.email.is_some(),
                "refundReason": new.refund_reason,
                "again": new.again,
                "repeatOf": new.repeat_of,
                // Of a line of a batch, which was confirmed before.
                "confirmedAt": (new.confirmed.at != new.made_at).then(|| ms(new.confirmed.at)),
            }),
        })?;
        self.refresh_sums(new.account, new.transaction_id)?;
        self.operation(new.id)?
            .map(Ok)
            .ok_or_else(|| StoreError::Unreadable("an operation vanished while it was made".into()))
    }

    /// Everything that [`ReadTx::check`] asks, and that the file may be written.
    fn check_all(&self, new: &NewOperation) -> Result<Result<Money, Refusal>, StoreError> {
        if let Some(locked) = self.check_lock()? {
            return Ok(Err(locked.into()));
        }
        self.check(&new.wish())
    }

    /// The one statement that reserves: it inserts only while the amount is left and nothing excludes it.
    fn insert(&self, new: &NewOperation, amount: Money) -> Result<bool, StoreError> {
        let own = if rules::holds(Rule::AccountsNeverMix) {
            "p.account = ?13"
        } else {
            "?13 IS NOT NULL"
        };
        let sql = format!(
            concat!(
                "INSERT INTO operation (id, account, kind, transaction_id, amount, state, intent,
                    confirmed_at, refund_stamp, refund_reference, email, note, items, repeat_of, owner, changed_at,
                    refund_reason)
                 SELECT ?1, p.account, ?2, p.transaction_id, ?3, 'queued', ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?17, ?16
                 FROM payment p
                 WHERE {own} AND p.transaction_id = ?14
                   AND NOT EXISTS (SELECT 1 FROM operation h WHERE h.account = p.account
                        AND h.transaction_id = p.transaction_id AND +h.state IN ",
                open_states!(),
                "       AND (h.kind <> 'refund' OR ?2 <> 'refund'))
                   AND (?2 <> 'refund' OR ?3 <= p.amount
                      - (SELECT coalesce(sum(o.amount), 0) FROM operation o WHERE o.account = p.account
                            AND o.transaction_id = p.transaction_id AND o.kind = 'refund'
                            AND (+o.state = 'done' OR (?15 AND o.id IS NOT ?11 AND ",
                reserves!(),
                ")))
                      - (SELECT coalesce(sum(f.amount), 0) FROM foreign_refund f WHERE f.payment = p.id
                            AND f.state <> 'failed'))"
            ),
            own = own
        );
        let inserted = self.conn().prepare_cached(&sql)?.execute(params![
            uuid_blob(new.id),
            new.kind.as_str(),
            amount.cents(),
            new.intent.as_str(),
            ms(new.confirmed.at),
            new.refund_stamp.as_ref().map(RefundStamp::as_str),
            new.refund_reference,
            new.email,
            new.note,
            Operation::canonical_items(&new.items),
            new.repeat_of.map(uuid_blob),
            new.owner.to_string(),
            new.account.row(),
            uuid_blob(new.transaction_id),
            rules::holds(Rule::Reserve),
            new.refund_reason,
            ms(new.made_at),
        ])?;
        Ok(inserted == 1)
    }
}

/// Whether a repeated confirmation means what the first one made.
fn same_act(existing: &Operation, new: &NewOperation) -> bool {
    existing.kind == new.kind
        && existing.transaction_id == new.transaction_id
        && (new.kind != OperationKind::Refund || Some(existing.amount) == new.amount)
        && Operation::canonical_items(&existing.items) == Operation::canonical_items(&new.items)
}
