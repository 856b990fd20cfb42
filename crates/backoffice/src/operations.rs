//! Refunds, activations and cancels as a person goes through them: what became of each, what may be done
//! about those that nobody knows of, and their whole history.

use chrono::{DateTime, Utc};
use hyvitys_domain::{
    AccountId, Customer, Moment, Money, OperationId, OperationKind, OperationState, Provider,
};
use hyvitys_store::journal::{
    self, Attempt, Entry, NotRepeatable, Operation, OperationCursor, OperationFilter, StateSum,
    repeatable,
};
use hyvitys_store::payments::PaymentKey;
use hyvitys_store::{ReadTx, StoreError};

use crate::error::{Code, Error, MoneyMoved};
use crate::money::believe::PENDING;
use crate::service::{Backoffice, no_such_operation};
use crate::why::Why;

/// The most operations in one page.
const LONGEST_PAGE: usize = 1_000;

/// Whether an unknown refund may be repeated by a person (money-safety 11).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// Once.
    Possible,
    /// When its quarantine is over.
    NotYet,
    /// Never, and why.
    Never(NotRepeatable),
}

/// An operation with what a list shows of its payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperationRow {
    /// The operation.
    pub operation: Operation,
    /// The payment's key, for now.
    pub payment: Option<PaymentKey>,
    /// The shop's reference; empty where no source named one.
    pub reference: String,
    /// Who paid.
    pub customer: Customer,
    /// The payment's whole amount.
    pub payment_amount: Money,
    /// How it was paid.
    pub provider: Option<Provider>,
    /// Who confirmed it, by their name in the operating system.
    pub by: Option<String>,
    /// Of an unknown operation: when its quarantine ends (UTC); `None` where it is over.
    pub quarantine_ends_at: Option<DateTime<Utc>>,
    /// Of an unknown refund: whether it may be repeated.
    pub repeat: Option<Repeat>,
}

/// A part of the list of operations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OperationPage {
    /// The unknown ones first, then all others; each newest first.
    pub rows: Vec<OperationRow>,
    /// What to give as `after` for the next page; `None` at the end.
    pub next: Option<String>,
    /// All operations of the account by kind and state.
    pub sums: Vec<StateSum>,
}

/// An operation with its whole history.
#[derive(Clone, Debug)]
pub struct OperationDetail {
    /// The operation and its payment.
    pub row: OperationRow,
    /// Its requests, oldest first; each has its request-id.
    pub attempts: Vec<Attempt>,
    /// What the journal says of it, oldest first.
    pub entries: Vec<Entry>,
}

/// Whether money moved, by the state of an operation.
pub const fn money_moved(operation: &Operation) -> MoneyMoved {
    match operation.state {
        OperationState::Done => match operation.kind {
            OperationKind::Refund | OperationKind::Activate => MoneyMoved::Yes,
            OperationKind::Cancel => MoneyMoved::No,
        },
        OperationState::Draft
        | OperationState::Queued
        | OperationState::Failed
        | OperationState::Rejected => MoneyMoved::No,
        OperationState::Sending | OperationState::Accepted | OperationState::Unknown => {
            MoneyMoved::Unknown
        }
    }
}

/// Whether Paytrail shows a refund as pending. Where the shop uses refund approvals, it waits for a colleague's,
/// in the Merchant Panel under refund approvals; no answer tells whether it does.
pub fn is_pending(operation: &Operation) -> bool {
    operation.kind == OperationKind::Refund
        && operation.state == OperationState::Accepted
        && operation.email.is_none()
        // Evidence makes a refund `accepted` by saying that it is pending.
        && matches!(
            operation.reason.as_deref(),
            Some(PENDING | "evidence" | "evidence_overrides")
        )
}

impl OperationRow {
    fn of(row: journal::OperationRow, now: &Moment) -> OperationRow {
        let operation = row.operation;
        // Without its payment nobody knows what is more than half of it.
        let is_unknown_refund = operation.state == OperationState::Unknown
            && operation.kind == OperationKind::Refund
            && row.payment.is_some();
        let repeat = is_unknown_refund.then(|| {
            match repeatable(&operation, row.is_repeated, row.payment_amount, now) {
                Ok(()) => Repeat::Possible,
                Err(NotRepeatable::Quarantine { .. }) => Repeat::NotYet,
                Err(why) => Repeat::Never(why),
            }
        });
        OperationRow {
            payment: row.payment,
            reference: row.reference,
            customer: row.customer,
            payment_amount: row.payment_amount,
            provider: row.provider,
            by: row.confirmed_by,
            quarantine_ends_at: operation.quarantine_ends_at(now),
            repeat,
            operation,
        }
    }
}

/// An operation with its history, as this moment has it.
pub(crate) fn detail(
    tx: &ReadTx<'_>,
    id: OperationId,
    now: &Moment,
) -> Result<Option<OperationDetail>, StoreError> {
    let Some(row) = tx.operation_row(id)? else {
        return Ok(None);
    };
    Ok(Some(OperationDetail {
        row: OperationRow::of(row, now),
        attempts: tx.attempts(id)?,
        entries: tx.entries_of(id)?,
    }))
}

impl Backoffice {
    /// The refunds, activations and cancels of an account, newest first: all, or those in one state.
    pub async fn operations(
        &self,
        account: AccountId,
        state: Option<OperationState>,
    ) -> Result<Vec<Operation>, Error> {
        let filter = OperationFilter {
            account: Some(account),
            state,
        };
        Ok(self
            .inner
            .store
            .read(move |tx| tx.operations(filter))
            .await?)
    }

    /// The operations of an account with their payments: the unknown ones first, then the newest, at most
    /// `limit` (1 to 1 000), beginning after `after`, the `next` of the page before.
    pub async fn operation_rows(
        &self,
        account: AccountId,
        after: Option<&str>,
        limit: usize,
    ) -> Result<OperationPage, Error> {
        if !(1..=LONGEST_PAGE).contains(&limit) {
            return Err(Error::new(
                Code::BadInput,
                format!("a list has 1 to {LONGEST_PAGE} operations, not {limit}"),
            ));
        }
        let after = after
            .map(|text| {
                OperationCursor::parse(text).ok_or_else(|| {
                    let what = format!("'{text}' is not a place in this list");
                    Error::new(Code::BadInput, what).why(Why::NotAPlace)
                })
            })
            .transpose()?;
        let now = self.inner.clock.now();
        let (page, sums) = self
            .inner
            .store
            .read(move |tx| {
                let page = tx.operation_rows(account, after, limit)?;
                Ok((page, tx.operation_sums(account)?))
            })
            .await?;
        Ok(OperationPage {
            rows: page
                .rows
                .into_iter()
                .map(|row| OperationRow::of(row, &now))
                .collect(),
            next: page.next.map(|place| place.to_string()),
            sums,
        })
    }

    /// This operation with its payment: for whoever has just made or settled it. An error says whether
    /// money moved by the operation's own state.
    pub async fn operation_row(&self, operation: Operation) -> Result<OperationRow, Error> {
        let (id, now) = (operation.id, self.inner.clock.now());
        // That it can't be read says nothing of what became of it.
        let as_it_ended = |error: Error| Error {
            money_moved: money_moved(&operation),
            ..error
        };
        let row = self
            .inner
            .store
            .read(move |tx| tx.operation_row(id))
            .await
            .map_err(|error| as_it_ended(error.into()))?;
        row.map(|row| OperationRow::of(row, &now))
            .ok_or_else(|| as_it_ended(no_such_operation(id)))
    }

    /// An operation of this account with its requests and what the journal says of it.
    pub async fn operation_detail(
        &self,
        account: AccountId,
        id: OperationId,
    ) -> Result<OperationDetail, Error> {
        let now = self.inner.clock.now();
        let found = self
            .inner
            .store
            .read(move |tx| detail(tx, id, &now))
            .await?;
        found
            .filter(|found| found.row.operation.account == account)
            .ok_or_else(|| no_such_operation(id))
    }
}
