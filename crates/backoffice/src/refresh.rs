//! Asking Paytrail again: some payments by their ids, or all that may still change.
//!
//! A `GET` changes nothing at Paytrail, so several go out at once and each may be tried again. Where
//! Paytrail can't be reached, or doesn't accept the account, the rest is not asked for: the answer
//! would be the same. What was asked for and did not come stays where it was.

use std::collections::HashSet;

use chrono::TimeDelta;
use futures::{StreamExt, stream};
use hyvitys_domain::{AccountId, PaymentStatus, TransactionId};
use hyvitys_paytrail::Client;
use hyvitys_store::accounts::Account;
use hyvitys_store::journal::Operation;

use crate::error::{Code, Error};
use crate::look::NoLook;
use crate::service::Backoffice;

/// How many requests are under way at once, unless said otherwise.
pub const CONCURRENCY: usize = 8;
/// The most that may be under way at once.
const MOST_AT_ONCE: usize = 32;
/// How long after its creation the status of a payment may change: the longest hold (Walley, 90
/// days) and some more.
const MAY_CHANGE_FOR: TimeDelta = TimeDelta::days(120);

/// What became of a payment that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusChange {
    /// Which.
    pub transaction_id: TransactionId,
    /// Its status before; `None` for a payment that was not known.
    pub old: Option<PaymentStatus>,
    /// Its status now.
    pub new: PaymentStatus,
}

/// What asking brought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RefreshReport {
    /// How many believable answers came.
    pub fetched: usize,
    /// Payments that are new or whose status is another one now, in the order of the answers.
    pub changed: Vec<StatusChange>,
    /// What could not be had, and why.
    pub failed: Vec<(TransactionId, Error)>,
    /// How many were not asked for any more, and why.
    pub stopped: Option<(usize, Error)>,
}

/// What a sync brought.
#[derive(Clone, Debug, Default)]
pub struct SyncReport {
    /// Operations whose state is another one now.
    pub operations: Vec<Operation>,
    /// The payments that were asked for.
    pub payments: RefreshReport,
}

impl Backoffice {
    /// Asks Paytrail for these payments, at most `concurrency` (1 to 32) at once.
    pub async fn refresh(
        &self,
        account: AccountId,
        ids: Vec<TransactionId>,
        concurrency: usize,
    ) -> Result<RefreshReport, Error> {
        let account = self.account(account).await?;
        let client = self.client(&account).await?;
        let mut seen = HashSet::new();
        let ids: Vec<_> = ids.into_iter().filter(|id| seen.insert(*id)).collect();
        let mut left = ids.len();
        let mut answers = stream::iter(ids)
            .map(|id| {
                let (account, client) = (&account, &client);
                async move { (id, self.refresh_one(account, client, id).await) }
            })
            .buffer_unordered(concurrency.clamp(1, MOST_AT_ONCE));
        let mut report = RefreshReport::default();
        while let Some((id, answer)) = answers.next().await {
            left -= 1;
            match answer {
                Ok(change) => {
                    report.fetched += 1;
                    if change.old.as_ref() != Some(&change.new) {
                        report.changed.push(change);
                    }
                }
                Err(error) if matches!(error.code, Code::NothingSent | Code::Unauthorized) => {
                    report.failed.push((id, error.clone()));
                    if left > 0 {
                        report.stopped = Some((left, error));
                    }
                    // Dropping the stream drops the requests under way; they change nothing.
                    break;
                }
                Err(error) if matches!(error.code, Code::Store | Code::NotSaved) => {
                    return Err(error);
                }
                Err(error) => report.failed.push((id, error)),
            }
        }
        Ok(report)
    }

    async fn refresh_one(
        &self,
        account: &Account,
        client: &Client,
        id: TransactionId,
    ) -> Result<StatusChange, Error> {
        let account_id = account.id;
        let known = self
            .inner
            .store
            .read(move |tx| tx.payment(account_id, id))
            .await?;
        match self.look(account, client, id).await {
            Ok(answer) => Ok(StatusChange {
                transaction_id: id,
                old: known.map(|known| known.payment.status),
                new: answer.value.status,
            }),
            Err(no_look) => {
                let ours = matches!(no_look, NoLook::Ours(_));
                let error = no_look.into_error();
                if !ours && known.is_none() {
                    let why = error.message.clone();
                    self.inner
                        .store
                        .write(move |tx| tx.set_awaited_error(account_id, id, &why))
                        .await?;
                }
                Err(error)
            }
        }
    }

    /// Follows the open operations of an account, then asks for the ids that wait for their payment
    /// and for the payments whose status may still change.
    pub async fn sync(&self, account: AccountId) -> Result<SyncReport, Error> {
        let operations = self.follow(account).await?;
        let since = self.inner.clock.now().at - MAY_CHANGE_FOR;
        let ids = self
            .inner
            .store
            .read(move |tx| {
                let awaited = tx
                    .awaited(account)?
                    .into_iter()
                    .map(|awaited| awaited.transaction_id);
                let unsettled = tx.unsettled(account, since)?;
                let unsettled = unsettled
                    .into_iter()
                    .filter_map(|stored| stored.payment.transaction_id);
                Ok(awaited.chain(unsettled).collect::<Vec<_>>())
            })
            .await?;
        let payments = self.refresh(account, ids, CONCURRENCY).await?;
        Ok(SyncReport {
            operations,
            payments,
        })
    }
}
