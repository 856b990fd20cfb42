//! What becomes of payments that were made here: into the list once a look has confirmed them, then looked at
//! until they are paid, have failed, or are two weeks old.

use chrono::{DateTime, TimeDelta, Utc};
use hyvitys_domain::{AccountId, TransactionId};
use hyvitys_paytrail::Client;
use hyvitys_store::accounts::Account;
use hyvitys_store::drafts::{Draft as StoredDraft, DraftState, OpenLink};
use hyvitys_store::payments::Source;

use crate::error::Error;
use crate::refresh::{CONCURRENCY, RefreshReport};
use crate::service::Backoffice;

/// How long a payment link lives.
const FOLLOWED_FOR: TimeDelta = TimeDelta::weeks(2);
/// A look is due after a tenth of the payment's age, within these.
const SOONEST: TimeDelta = TimeDelta::minutes(1);
const LATEST: TimeDelta = TimeDelta::hours(1);

impl Backoffice {
    /// Looks at the payments made here that somebody may pay by now: often while they are young, then less
    /// often, until they are paid, have failed, or are two weeks old.
    pub async fn follow_created(&self, account: AccountId) -> Result<RefreshReport, Error> {
        let account = self.account(account).await?;
        let client = self.client(&account).await?;
        let taken_up = self.take_up_drafts(&account, &client).await;
        let report = self.follow_links(account.id).await?;
        taken_up.map(|()| report)
    }

    async fn follow_links(&self, id: AccountId) -> Result<RefreshReport, Error> {
        let now = self.inner.clock.now().at;
        let (links, unconfirmed) = self
            .inner
            .store
            .read(move |tx| {
                let links = tx.open_links(id, now - FOLLOWED_FOR)?;
                Ok((links, tx.unconfirmed_drafts(id)?))
            })
            .await?;
        // What stands in no list may be another payment: it is only looked at together with its draft.
        let unconfirmed: Vec<TransactionId> = unconfirmed
            .iter()
            .filter_map(|draft| draft.transaction_id)
            .collect();
        let due: Vec<TransactionId> = links
            .iter()
            .filter(|link| is_due(link, now) && !unconfirmed.contains(&link.transaction_id))
            .map(|link| link.transaction_id)
            .collect();
        if due.is_empty() {
            return Ok(RefreshReport::default());
        }
        self.refresh(id, due, CONCURRENCY).await
    }

    /// Whether a payment that was made here may still be paid, or has to be confirmed.
    pub async fn has_open_links(&self, account: AccountId) -> Result<bool, Error> {
        let since = self.inner.clock.now().at - FOLLOWED_FOR;
        Ok(self
            .inner
            .store
            .read(move |tx| {
                Ok(!tx.open_links(account, since)?.is_empty()
                    || !tx.unconfirmed_drafts(account)?.is_empty())
            })
            .await?)
    }

    /// Takes up the unknown drafts whose payment has come to be known, and looks at the payments that no look
    /// has confirmed yet. One that fails does not keep the others from it; the first error is given.
    pub(crate) async fn take_up_drafts(
        &self,
        account: &Account,
        client: &Client,
    ) -> Result<(), Error> {
        let id = account.id;
        let mut failed = None;
        let drafts = self.inner.store.read(move |tx| tx.drafts(id)).await?;
        for draft in drafts {
            if draft.state == DraftState::Unknown {
                failed = failed.or(self.take_up_found(draft).await.err());
            }
        }
        let unconfirmed = self.inner.store.read(move |tx| tx.unconfirmed_drafts(id));
        for draft in unconfirmed.await? {
            failed = failed.or(self.confirm_draft(client, draft).await.err());
        }
        failed.map_or(Ok(()), Err)
    }

    /// An unknown draft whose payment has come to be known, with its id and by Paytrail's signature, is made.
    async fn take_up_found(&self, draft: StoredDraft) -> Result<(), Error> {
        let (account, stamp) = (draft.account, draft.stamp.clone());
        let found = self
            .inner
            .store
            .read(move |tx| tx.payments_by_stamp(account, &stamp))
            .await?;
        let signed = |source: Option<Source>| source.is_some_and(Source::is_signed);
        let id = found.iter().find_map(|stored| {
            let id = stored.payment.transaction_id?;
            let stamp = stored.sources.of(hyvitys_store::payments::Field::Stamp);
            signed(stamp).then_some(id)
        });
        match id {
            Some(id) => self.found(draft, id, None, None).await.map(drop),
            None => Ok(()),
        }
    }
}

fn is_due(link: &OpenLink, now: DateTime<Utc>) -> bool {
    let age = now - link.created_at;
    let wait = (age / 10).clamp(SOONEST, LATEST);
    link.checked_at
        // A look from the future is a clock that was set back: it counts as old.
        .is_none_or(|at| at > now || now - at >= wait)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_young_payment_is_looked_at_each_minute_and_an_old_one_each_hour() {
        let now: DateTime<Utc> = "2026-11-24T12:00:00Z".parse().unwrap();
        let due = |age: i64, looked: i64| {
            let link = OpenLink {
                transaction_id: TransactionId::from_uuid(uuid::Uuid::nil()),
                created_at: now - TimeDelta::minutes(age),
                checked_at: Some(now - TimeDelta::minutes(looked)),
            };
            is_due(&link, now)
        };
        assert!(due(5, 1) && !due(5, 0));
        assert!(due(200, 20) && !due(200, 19));
        assert!(due(10_000, 60) && !due(10_000, 59));
        assert!(due(5, -3), "a look from the future is old");
    }
}
