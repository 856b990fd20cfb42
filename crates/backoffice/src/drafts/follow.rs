//! What becomes of payments that were made here: into the list at once, then looked at until they are paid,
//! have failed, or are two weeks old.

use chrono::{DateTime, TimeDelta, Utc};
use hyvitys_domain::{AccountId, PaymentStatus, TransactionId};
use hyvitys_paytrail::{Answer, Client, PaymentView};
use hyvitys_store::accounts::Account;
use hyvitys_store::drafts::{Draft as StoredDraft, DraftState, OpenLink};
use hyvitys_store::payments::{Created, PaymentFacts, Precision, Source};

use super::create::certain_amount;
use super::order::{DraftOrder, given};
use super::{outcome, read};
use crate::error::Error;
use crate::look::facts;
use crate::refresh::{CONCURRENCY, RefreshReport};
use crate::service::Backoffice;
use crate::why::Why;

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
        self.take_up_drafts(&account, &client).await?;
        let (id, now) = (account.id, self.inner.clock.now().at);
        let links = self
            .inner
            .store
            .read(move |tx| tx.open_links(id, now - FOLLOWED_FOR))
            .await?;
        let due: Vec<TransactionId> = links
            .iter()
            .filter(|link| is_due(link, now))
            .map(|link| link.transaction_id)
            .collect();
        if due.is_empty() {
            return Ok(RefreshReport::default());
        }
        self.refresh(id, due, CONCURRENCY).await
    }

    /// Whether a payment that was made here may still be paid.
    pub async fn has_open_links(&self, account: AccountId) -> Result<bool, Error> {
        let since = self.inner.clock.now().at - FOLLOWED_FOR;
        let links = self
            .inner
            .store
            .read(move |tx| tx.open_links(account, since));
        Ok(!links.await?.is_empty())
    }

    /// Puts payments that are made into the list, and takes up the unknown ones that have come to be known.
    pub(crate) async fn take_up_drafts(
        &self,
        account: &Account,
        client: &Client,
    ) -> Result<(), Error> {
        let id = account.id;
        let drafts = self.inner.store.read(move |tx| tx.drafts(id)).await?;
        for draft in drafts {
            if draft.state == DraftState::Unknown {
                self.take_up_found(draft).await?;
            }
        }
        let unlisted = self.inner.store.read(move |tx| tx.unlisted_drafts(id));
        for draft in unlisted.await? {
            self.list_created(client, draft).await?;
        }
        Ok(())
    }

    /// Puts the payment of a created draft into the list, with what a look shows of it where one can be had.
    /// A look that names another stamp proves that the answer was of another payment.
    pub(super) async fn list_created(
        &self,
        client: &Client,
        draft: StoredDraft,
    ) -> Result<(), Error> {
        let Some(id) = draft.transaction_id.filter(|_| !draft.listed) else {
            return Ok(());
        };
        let order = read(&draft.filled_in)?;
        let look = client.get_payment(&self.stamped(None), id).await.ok();
        let now = self.inner.clock.now();
        if let Some(look) = &look
            && (look.value.stamp != draft.stamp || look.value.currency != "EUR")
        {
            let message = "the answer named another payment".to_owned();
            let doubt = outcome::written(&Why::AnswerDoesNotFit, message, None).unwrap_or_default();
            return Ok(self
                .inner
                .store
                .write(move |tx| tx.doubt_draft(&draft, &doubt, &now))
                .await?);
        }
        let account = draft.account;
        let known = self
            .inner
            .store
            .read(move |tx| tx.payment(account, id))
            .await?;
        let amount = match (&look, &known) {
            (Some(look), _) => Some(look.value.amount),
            (None, Some(known)) => Some(known.payment.amount),
            (None, None) => certain_amount(&order),
        };
        let Some(amount) = amount else {
            // It waits for a look: no amount is guessed.
            return Ok(());
        };
        let mut said = vec![PaymentFacts {
            amount: Some(amount),
            created: look.as_ref().map(created),
            // To us it is new; what is known of it already knows better.
            status: known.is_none().then_some(PaymentStatus::New),
            ..told(&draft, &order, now.at)
        }];
        said.extend(look.as_ref().map(|look| facts(look, now.at)));
        Ok(self
            .inner
            .store
            .write(move |tx| tx.list_draft(&draft, &said))
            .await?)
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

fn created(look: &Answer<PaymentView>) -> Created {
    Created {
        time: look.value.created_at,
        precision: Precision::Exact,
    }
}

/// What we know of a payment that we made.
fn told(draft: &StoredDraft, order: &DraftOrder, at: DateTime<Utc>) -> PaymentFacts {
    PaymentFacts {
        transaction_id: draft.transaction_id,
        stamp: Some(draft.stamp.clone()),
        reference: given(&order.reference),
        first_name: given(&order.customer.first_name),
        last_name: given(&order.customer.last_name),
        email: given(&order.customer.email),
        manual_invoice: order.manual_activation.then_some(true),
        lines: Some(order.order_lines()),
        ..PaymentFacts::new(Source::Created, at)
    }
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
