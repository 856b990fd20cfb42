//! Looking at payments. Everything here answers from the data file, online or not.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use hyvitys_domain::{
    AccountId, OperationId, OperationKind, OperationState, OrderLine, PaymentStanding, Provider,
    TransactionId,
};
use hyvitys_store::drafts::PaymentLink;
use hyvitys_store::journal::{ForeignRefund, Operation};
use hyvitys_store::payments::{
    Answer, Cursor, Field, LONGEST_PAGE, LineSummary, PaymentKey, Query, Sort, Source,
    StoredPayment, Totals,
};
use hyvitys_store::{ReadTx, StoreError};

use crate::drafts::Acceptance;
use crate::error::{Code, Error};
use crate::operations::{self, OperationDetail};
use crate::service::Backoffice;
use crate::timeline::{self, TimelineEntry};
use crate::why::Why;

/// A payment in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedPayment {
    /// The payment.
    pub stored: StoredPayment,
    /// How it stands, in one word.
    pub standing: PaymentStanding,
}

/// A part of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PaymentPage {
    /// The payments, in the order that was asked for.
    pub payments: Vec<ListedPayment>,
    /// What to give as `after` for the next page; `None` at the end.
    pub next: Option<String>,
}

/// By what a payment is asked for: its transaction id, or its key while it has none. As text it is the id
/// as Paytrail writes it, or `key:` and 16 hex digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PaymentRef {
    /// Paytrail's id.
    Id(TransactionId),
    /// The key in this file. It may change when more is learnt of the payment.
    Key(PaymentKey),
}

impl From<&StoredPayment> for PaymentRef {
    fn from(stored: &StoredPayment) -> PaymentRef {
        let id = stored.payment.transaction_id;
        id.map_or(PaymentRef::Key(stored.key), PaymentRef::Id)
    }
}

impl fmt::Display for PaymentRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PaymentRef::Id(id) => id.fmt(f),
            PaymentRef::Key(key) => write!(f, "key:{key}"),
        }
    }
}

impl FromStr for PaymentRef {
    type Err = Error;

    fn from_str(text: &str) -> Result<PaymentRef, Error> {
        let bad = |why: String| Error::new(Code::BadInput, why);
        match text.trim().strip_prefix("key:") {
            Some(key) => key
                .parse()
                .map(PaymentRef::Key)
                .map_err(|_| bad(format!("'{text}' does not name a payment"))),
            None => text
                .parse()
                .map(PaymentRef::Id)
                .map_err(|error: hyvitys_domain::ids::IdError| bad(error.to_string())),
        }
    }
}

/// Where a value of a payment came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ValueSource {
    /// Which value.
    pub field: Field,
    /// Who said it.
    pub source: Source,
    /// When that source last said something new of the payment (UTC), where that is known.
    pub at: Option<DateTime<Utc>>,
}

/// All that is known of a payment.
#[derive(Clone, Debug)]
pub struct PaymentDetail {
    /// The payment.
    pub payment: StoredPayment,
    /// How it stands, in one word.
    pub standing: PaymentStanding,
    /// Its order lines.
    pub lines: Vec<OrderLine>,
    /// Its refunds, activations and cancels, oldest first.
    pub operations: Vec<OperationDetail>,
    /// Refunds that other tools made, as far as evidence showed them; oldest first.
    pub foreign_refunds: Vec<ForeignRefund>,
    /// Everything that happened to it, newest first.
    pub timeline: Vec<TimelineEntry>,
    /// Up to when (UTC) refunds made by other tools are known: the account's newest report.
    pub last_report_at: Option<DateTime<Utc>>,
    /// Where each known value came from.
    pub sources: Vec<ValueSource>,
    /// What the sources said, word for word.
    pub answers: Vec<Answer>,
    /// Of a Klarna payment and of one that was made here: what Klarna was told, as far as is known.
    pub acceptance: Option<Acceptance>,
    /// Of a payment that was made here: where the customer is led.
    pub link: Option<PaymentLink>,
}

/// An open operation in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OperationBrief {
    /// Which.
    pub id: OperationId,
    /// What it does.
    pub kind: OperationKind,
    /// Where it stands.
    pub state: OperationState,
}

impl From<&Operation> for OperationBrief {
    fn from(operation: &Operation) -> OperationBrief {
        OperationBrief {
            id: operation.id,
            kind: operation.kind,
            state: operation.state,
        }
    }
}

/// A hold that waits to be captured or released.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// The payment.
    pub stored: StoredPayment,
    /// How it stands, in one word.
    pub standing: PaymentStanding,
    /// Its order lines, in short; `None` where none are known.
    pub lines: Option<LineSummary>,
    /// Its open operation.
    pub open_operation: Option<OperationBrief>,
}

impl Backoffice {
    /// The payments that fit `query` (see [`Query::parse`]) in the order of `sort`, at most `limit` (1 to
    /// 1 000) of them, beginning after `after`, the `next` of the page before.
    pub async fn list(
        &self,
        account: AccountId,
        query: &str,
        sort: Sort,
        after: Option<&str>,
        limit: usize,
    ) -> Result<PaymentPage, Error> {
        if !(1..=LONGEST_PAGE).contains(&limit) {
            return Err(Error::new(
                Code::BadInput,
                format!("a list has 1 to {LONGEST_PAGE} payments, not {limit}"),
            ));
        }
        let query = Query::parse(query)?;
        let after = after
            .map(|text| Cursor::parse(text, sort.by))
            .transpose()
            .map_err(|error| Error::new(Code::BadInput, error.to_string()).why(Why::NotAPlace))?;
        let (page, standings) = self
            .inner
            .store
            .read(move |tx| {
                let page = tx.list(account, &query, sort, after.as_ref(), limit)?;
                let standings = tx.standings(account, &page.rows)?;
                Ok((page, standings))
            })
            .await?;
        let listed = |(stored, standing)| ListedPayment { stored, standing };
        Ok(PaymentPage {
            payments: page.rows.into_iter().zip(standings).map(listed).collect(),
            next: page.next.map(|place| place.to_string()),
        })
    }

    /// What `query` finds, summed up: exact where it has only status, provider and day, else exact up to
    /// 1 000 payments.
    pub async fn totals(&self, account: AccountId, query: &str) -> Result<Totals, Error> {
        let query = Query::parse(query)?;
        Ok(self
            .inner
            .store
            .read(move |tx| tx.totals(account, &query))
            .await?)
    }

    /// All that is known of a payment.
    pub async fn show(
        &self,
        account: AccountId,
        id: TransactionId,
    ) -> Result<PaymentDetail, Error> {
        self.show_ref(account, PaymentRef::Id(id)).await
    }

    /// All that is known of a payment, also of one without a transaction id.
    pub async fn show_ref(
        &self,
        account: AccountId,
        payment: PaymentRef,
    ) -> Result<PaymentDetail, Error> {
        let now = self.inner.clock.now();
        let found = self
            .inner
            .store
            .read(move |tx| {
                let stored = match payment {
                    PaymentRef::Id(id) => tx.payment(account, id)?,
                    PaymentRef::Key(key) => tx
                        .payment_by_key(key)?
                        .filter(|stored| stored.payment.account == account),
                };
                match (stored, payment) {
                    (Some(stored), _) => Ok(Ok(detail(tx, stored, &now)?)),
                    (None, PaymentRef::Id(id)) => Ok(Err(tx.is_awaited(account, id)?)),
                    (None, PaymentRef::Key(_)) => Ok(Err(false)),
                }
            })
            .await?;
        found.map_err(|awaited| {
            let what = format!("there is no payment {payment} in this account");
            let error = Error::new(Code::NotFound, what);
            if awaited {
                error
                    .why(Why::PaymentAwaited)
                    .next("its id is known and Paytrail has not been asked yet: run `sync`")
            } else {
                error
                    .why(Why::NoSuchPayment)
                    .next("import its id, then it can be shown")
            }
        })
    }

    /// The open holds of an account, those first whose time ends first, those without a known end last.
    pub async fn holds(&self, account: AccountId) -> Result<Vec<Hold>, Error> {
        Ok(self
            .inner
            .store
            .read(move |tx| {
                let mut holds = tx.open_holds(account)?;
                holds.retain(|stored| stored.payment.may_be_held());
                let standings = tx.standings(account, &holds)?;
                let keys: Vec<PaymentKey> = holds.iter().map(|stored| stored.key).collect();
                let mut lines = tx.line_summaries(&keys)?;
                let open: HashMap<TransactionId, OperationBrief> = tx
                    .open_operations(account)?
                    .into_iter()
                    .map(|open| (open.transaction_id, OperationBrief::from(&open)))
                    .collect();
                let hold = |(stored, standing): (StoredPayment, PaymentStanding)| {
                    let id = stored.payment.transaction_id;
                    Hold {
                        standing,
                        lines: lines.remove(&stored.key),
                        open_operation: id.and_then(|id| open.get(&id).copied()),
                        stored,
                    }
                };
                Ok(holds.into_iter().zip(standings).map(hold).collect())
            })
            .await?)
    }
}

fn detail(
    tx: &ReadTx<'_>,
    payment: StoredPayment,
    now: &hyvitys_domain::Moment,
) -> Result<PaymentDetail, StoreError> {
    let account = payment.payment.account;
    let mut operations = Vec::new();
    if let Some(id) = payment.payment.transaction_id {
        for operation in tx.operations_of(account, id)? {
            operations.extend(operations::detail(tx, operation.id, now)?);
        }
    }
    let standing = tx.standings(account, std::slice::from_ref(&payment))?;
    let answers = tx.raw(payment.key)?;
    let link = match payment.payment.transaction_id {
        Some(id) => tx.confirmed_link(account, id)?,
        None => None,
    };
    let lines = tx.lines(payment.key)?;
    let is_klarna = payment
        .payment
        .provider
        .as_ref()
        .is_some_and(Provider::is_klarna);
    let acceptance = match &link {
        Some(link) => Some(Acceptance::from_bits(link.told)),
        None => is_klarna.then(|| Acceptance::as_far_as_known(&payment.payment, !lines.is_empty())),
    };
    let foreign_refunds = tx.foreign_refunds_of(payment.key)?;
    Ok(PaymentDetail {
        standing: standing.first().copied().unwrap_or(PaymentStanding::Other),
        lines,
        acceptance,
        link,
        timeline: timeline::of(&payment, &operations, &foreign_refunds),
        last_report_at: tx
            .account(account)?
            .and_then(|account| account.last_report_at),
        sources: sources(&payment, &answers),
        operations,
        foreign_refunds,
        answers,
        payment,
    })
}

fn sources(stored: &StoredPayment, answers: &[Answer]) -> Vec<ValueSource> {
    Field::ALL
        .into_iter()
        .filter_map(|field| {
            let source = stored.sources.of(field)?;
            let last = answers.iter().find(|answer| answer.source == source);
            let signed = stored
                .signed_status_at
                .filter(|_| field == Field::Status && source.is_signed());
            Some(ValueSource {
                field,
                source,
                at: signed.or_else(|| last.map(|answer| answer.at)),
            })
        })
        .collect()
}
