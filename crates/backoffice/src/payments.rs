//! Looking at payments and operations. Everything here answers from the data file, online or not.

use hyvitys_domain::{AccountId, OperationState, OrderLine, TransactionId};
use hyvitys_store::journal::{Attempt, Operation, OperationFilter};
use hyvitys_store::payments::{Answer, LONGEST_PAGE, PaymentKey, Query, StoredPayment};

use crate::error::{Code, Error};
use crate::service::Backoffice;

/// A part of a list, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PaymentPage {
    /// The payments.
    pub payments: Vec<StoredPayment>,
    /// What to give as `after` for the next page; `None` at the end.
    pub next: Option<String>,
}

/// An operation with its requests.
#[derive(Clone, Debug)]
pub struct OperationDetail {
    /// The operation.
    pub operation: Operation,
    /// Its requests, oldest first; each has its request-id.
    pub attempts: Vec<Attempt>,
}

/// All that is known of a payment.
#[derive(Clone, Debug)]
pub struct PaymentDetail {
    /// The payment.
    pub payment: StoredPayment,
    /// Its order lines.
    pub lines: Vec<OrderLine>,
    /// Its refunds, activations and cancels, oldest first.
    pub operations: Vec<OperationDetail>,
    /// What the sources said, word for word.
    pub answers: Vec<Answer>,
}

impl Backoffice {
    /// The payments that fit `query` (see [`Query::parse`]), newest first, at most `limit` (1 to
    /// 1 000) of them, beginning after `after`, the `next` of the page before.
    pub async fn list(
        &self,
        account: AccountId,
        query: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<PaymentPage, Error> {
        let bad = |why: String| Error::new(Code::BadInput, why);
        if !(1..=LONGEST_PAGE).contains(&limit) {
            return Err(bad(format!(
                "a list has 1 to {LONGEST_PAGE} payments, not {limit}"
            )));
        }
        let query = Query::parse(query).map_err(|error| bad(error.to_string()))?;
        let after = after
            .map(str::parse::<PaymentKey>)
            .transpose()
            .map_err(|error| bad(error.to_string()))?;
        let page = self
            .inner
            .store
            .read(move |tx| tx.list(account, &query, after, limit))
            .await?;
        Ok(PaymentPage {
            payments: page.rows,
            next: page.next.map(|key| key.to_string()),
        })
    }

    /// All that is known of a payment.
    pub async fn show(
        &self,
        account: AccountId,
        id: TransactionId,
    ) -> Result<PaymentDetail, Error> {
        self.inner
            .store
            .read(move |tx| {
                let Some(payment) = tx.payment(account, id)? else {
                    return Ok(Err(tx.is_awaited(account, id)?));
                };
                let operations = tx
                    .operations_of(account, id)?
                    .into_iter()
                    .map(|operation| {
                        let attempts = tx.attempts(operation.id)?;
                        Ok(OperationDetail {
                            operation,
                            attempts,
                        })
                    })
                    .collect::<Result<_, hyvitys_store::StoreError>>()?;
                Ok(Ok(PaymentDetail {
                    lines: tx.lines(payment.key)?,
                    answers: tx.raw(payment.key)?,
                    payment,
                    operations,
                }))
            })
            .await?
            .map_err(|awaited| {
                let error = Error::new(
                    Code::NotFound,
                    format!("there is no payment {id} in this account"),
                );
                if awaited {
                    error.next("its id is known and Paytrail has not been asked yet: run `sync`")
                } else {
                    error.next("import its id, then it can be shown")
                }
            })
    }

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
}
