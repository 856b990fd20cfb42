//! Sending a draft: claim, send once, believe, write.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use hyvitys_domain::{AccountId, DraftId, IntentId, Money, TransactionId};
use hyvitys_paytrail::{CallError, Client, NewPayment, Stamped};
use hyvitys_store::accounts::Account;
use hyvitys_store::drafts::{
    Becomes, Claim, Claimed, Draft as StoredDraft, DraftState, PaymentLink, Settled, Way,
};

use super::call::{self, Made};
use super::order::DraftOrder;
use super::{nonce_of, outcome, read, written_after_sending};
use crate::error::{Code, Error, MoneyMoved};
use crate::look::NOT_ACCEPTED;
use crate::money::gate;
use crate::service::Backoffice;
use crate::why::Why;

/// How long a payment link lives (API document §2).
const LINK_LIVES: TimeDelta = TimeDelta::weeks(2);

/// A payment that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreatedPayment {
    /// Its id.
    pub payment: TransactionId,
    /// Where the customer is led.
    pub link: PaymentLink,
    /// What it comes to, as a look at it has shown; `None` until one has confirmed that it is this payment.
    pub amount: Option<Money>,
}

impl Backoffice {
    /// Confirms a draft as it was shown, by the digest of that ([`super::Draft::digest`]), and sends it; a draft
    /// that has become another one is not sent. The same confirmation, or a draft that is a payment already,
    /// gives the payment that there is. An error says by its code what became of the draft: refused or not
    /// sent, and it is a draft again; or [`Code::Unclear`], and nobody knows.
    pub async fn create_payment(
        &self,
        account: AccountId,
        draft: DraftId,
        digest: &str,
        intent: IntentId,
    ) -> Result<CreatedPayment, Error> {
        self.may_send().await?;
        let account = self.account(account).await?;
        let stored = self.stored_draft(account.id, draft).await?;
        if stored.state != DraftState::Draft {
            return self.as_it_stands(&stored).await;
        }
        let order = read(&stored.filled_in)?;
        if order.digest()? != digest {
            return Err(changed());
        }
        let check = order.check();
        if let Some(problem) = check.problems.first() {
            let message = format!("{} can't be sent so", problem.field);
            return Err(Error::new(Code::BadInput, message).why(problem.why.clone()));
        }
        let body = order.payment(&stored.stamp, account.callback_url.as_deref());
        let body = body.ok_or_else(|| Error::new(Code::BadInput, "the order is not whole"))?;
        body.validate()
            .map_err(|error| Error::new(Code::BadInput, error.to_string()))?;
        let client = self.client(&account).await?;
        self.send_draft(&account, &client, stored, intent, &order, &body)
            .await
    }

    /// Where the customer of a payment is led; `None` of a payment that was not made here.
    pub async fn payment_link(
        &self,
        account: AccountId,
        payment: TransactionId,
    ) -> Result<Option<PaymentLink>, Error> {
        Ok(self
            .inner
            .store
            .read(move |tx| tx.payment_link(account, payment))
            .await?)
    }

    /// The payment of a draft that is one, or why it can't be sent.
    async fn as_it_stands(&self, stored: &StoredDraft) -> Result<CreatedPayment, Error> {
        match (stored.state, stored.transaction_id) {
            (DraftState::Created | DraftState::Unconfirmed, Some(payment)) => {
                let account = stored.account;
                let (link, listed) = self
                    .inner
                    .store
                    .read(move |tx| {
                        let link = tx.payment_link(account, payment)?;
                        Ok((link, tx.payment(account, payment)?))
                    })
                    .await?;
                let link = link.ok_or_else(|| Error::new(Code::Store, "its link is gone"))?;
                let listed = listed.filter(|_| stored.state == DraftState::Created);
                Ok(CreatedPayment {
                    payment,
                    link,
                    amount: listed.map(|listed| listed.payment.amount),
                })
            }
            (DraftState::Sending, _) => {
                Err(Error::new(Code::Busy, "the draft is being sent").why(Why::DraftSending))
            }
            (DraftState::Draft, _) => Err(changed()),
            _ => Err(
                outcome::error(stored, read(&stored.filled_in)?.way).unwrap_or_else(|| {
                    Error::new(Code::Unclear, "what became of it is not known")
                        .why(Why::DraftUnknown)
                }),
            ),
        }
    }

    async fn send_draft(
        &self,
        account: &Account,
        client: &Client,
        stored: StoredDraft,
        intent: IntentId,
        order: &DraftOrder,
        body: &NewPayment,
    ) -> Result<CreatedPayment, Error> {
        let now = self.inner.clock.now();
        let nonce = nonce_of(self.inner.chance.bits());
        let stamped = Stamped {
            nonce: nonce.clone(),
            timestamp: now.at,
            may_write: Some(gate(Arc::clone(&self.inner.clock), now.clone())),
        };
        let claim = Claim {
            draft: stored.id,
            account: account.id,
            intent,
            filled_in: stored.filled_in.clone(),
            digest: order.digest()?,
            stays: written_after_sending(order)?,
            nonce: nonce.clone(),
            call: call::name(order.way).to_owned(),
            amount: body.amount,
            owner: self.inner.owner.id(),
            same: asks_the_same,
        };
        let claimed_at = now.clone();
        let claimed = self
            .inner
            .store
            .write(move |tx| tx.claim_draft(&claim, &claimed_at))
            .await?;
        match claimed {
            Claimed::Taken => {}
            Claimed::Lost(as_it_is) => return self.as_it_stands(&as_it_is).await,
            Claimed::Twin(_) => return Err(twin()),
            Claimed::Refused(refusal) => return Err(refusal.into()),
        }
        let settled = |becomes, outcome, request_id| Settled {
            draft: stored.id,
            account: account.id,
            nonce: Some(nonce.clone()),
            filled_in: match &becomes {
                Becomes::NotSent | Becomes::Refused => Some(stored.filled_in.clone()),
                Becomes::Unknown | Becomes::Created { .. } => None,
            },
            becomes,
            outcome,
            request_id,
            note: None,
        };
        if let Some(locked) = self.inner.store.locked() {
            // The claim is on the disk, but not remembered outside of it.
            let why = Why::DiskRefused;
            let outcome = outcome::written(&why, locked.to_string(), None);
            let unsent = settled(Becomes::NotSent, outcome, None);
            return Err(badly(&self.write_draft(unsent).await?, order.way));
        }
        let answer = match call::send(client, order.way, &stamped, body).await {
            Ok(made) => self.new_only(account.id, made).await,
            Err(error) => Err(error),
        };
        let made = match answer {
            Ok(made) => made,
            Err(error) => {
                let ended = settled(
                    call::becomes(&error),
                    outcome::of_call(&error),
                    error.request_id().map(str::to_owned),
                );
                let stored = self.write_draft(ended).await;
                if let CallError::Unauthorized { .. } = error
                    && let Err(error) = self.pause_account(account.id, NOT_ACCEPTED).await
                {
                    tracing::error!(%error, "the account could not be paused");
                }
                return Err(badly(&stored?, order.way));
            }
        };
        let created = Becomes::Created {
            transaction_id: made.id,
            link: PaymentLink {
                step_up_url: made.step_up_url,
                request_id: made.request_id.clone(),
                ..link_of(
                    order.way,
                    order.check().acceptance.bits(),
                    made.href,
                    now.at,
                )
            },
        };
        let stored = self
            .write_draft(settled(created, None, made.request_id))
            .await?;
        self.looked_at(client, stored).await
    }

    /// What became of a draft whose answer is written. A signed answer may be an old one, of another payment:
    /// what a look shows is believed.
    async fn looked_at(
        &self,
        client: &Client,
        stored: StoredDraft,
    ) -> Result<CreatedPayment, Error> {
        let (account, id) = (stored.account, stored.id);
        if let Err(error) = self.confirm_draft(client, stored).await {
            tracing::warn!(%error, "a new payment is not confirmed yet");
        }
        let stored = self.stored_draft(account, id).await;
        let stored = stored.map_err(after_sending)?;
        match stored.state {
            DraftState::Created | DraftState::Unconfirmed => {
                self.as_it_stands(&stored).await.map_err(after_sending)
            }
            _ => self.as_it_stands(&stored).await,
        }
    }

    /// An answer that names a transaction that is known, or of which that can't be told, is not believed.
    async fn new_only(&self, account: AccountId, made: Made) -> Result<Made, CallError> {
        let doubt = match self.is_known(account, made.id).await {
            Ok(false) => return Ok(made),
            // An old answer, sent once more: it is of another payment.
            Ok(true) => "it names a transaction that is known".to_owned(),
            Err(error) => format!(
                "it names the transaction {}, and whether that is a known one could not be read: {error}",
                made.id
            ),
        };
        Err(CallError::Unknown {
            why: hyvitys_paytrail::UnknownWhy::DoesNotFit(doubt),
            http_status: None,
            request_id: made.request_id,
            message: None,
        })
    }

    /// Whether a transaction is one that this file knows: then an answer that calls it new is an old one.
    async fn is_known(&self, account: AccountId, id: TransactionId) -> Result<bool, Error> {
        Ok(self
            .inner
            .store
            .read(move |tx| {
                Ok(tx.payment(account, id)?.is_some()
                    || tx.is_refund_transaction(id)?
                    || tx.payment_link(account, id)?.is_some())
            })
            .await?)
    }

    /// Writes what became of a request before anybody gets to see it. Where the disk does not take it, it
    /// is kept in memory, and nothing more is sent until it is written.
    async fn write_draft(&self, settled: Settled) -> Result<StoredDraft, Error> {
        let save = || self.save_settled(&settled);
        let keep = || self.unsaved_drafts().push(settled.clone());
        if let Some(stored) = self.offered_to_the_disk(save, keep).await {
            self.unsaved_drafts()
                .retain(|kept| kept.nonce != settled.nonce);
            return Ok(stored);
        }
        let moved = match settled.becomes {
            Becomes::NotSent | Becomes::Refused => MoneyMoved::No,
            Becomes::Unknown | Becomes::Created { .. } => MoneyMoved::Unknown,
        };
        Err(Error {
            money_moved: moved,
            request_id: settled.request_id,
            ..Error::new(Code::NotSaved, "Paytrail's answer is not saved yet")
                .why(Why::AnswerNotSaved)
                .next(
                    "make room on the disk and leave the program open: it writes the answer again",
                )
        })
    }

    async fn save_settled(&self, settled: &Settled) -> Result<StoredDraft, Error> {
        let (settled, now) = (settled.clone(), self.inner.clock.now());
        Ok(self
            .inner
            .store
            .write(move |tx| tx.settle_draft(&settled, &now))
            .await?)
    }

    /// Tries to write what could not be saved before.
    pub(crate) async fn save_drafts_again(&self) {
        let waiting = self.unsaved_drafts().clone();
        for settled in waiting {
            if self.save_settled(&settled).await.is_ok() {
                self.unsaved_drafts()
                    .retain(|kept| kept.nonce != settled.nonce);
            }
        }
    }
}

/// Whether two drafts ask for the same payment: one reference, and one amount to pay.
fn asks_the_same(one: &str, other: &str) -> bool {
    let asked = |filled_in: &str| {
        let order = read(filled_in).ok()?;
        Some((order.reference.trim().to_owned(), order.check().to_pay?))
    };
    asked(one).is_some_and(|one| asked(other).is_some_and(|other| other == one))
}

/// What is stored is not what was shown: nothing was sent.
fn changed() -> Error {
    Error::new(
        Code::BadInput,
        "the draft was changed since it was confirmed: nothing was sent",
    )
    .why(Why::DraftChanged)
    .next("look at it again and confirm it anew")
}

/// Another draft may have made the payment: nothing of this one was sent.
fn twin() -> Error {
    Error::new(
        Code::Busy,
        "what became of another draft with the same reference and amount is not known",
    )
    .why(Why::DraftUnknown)
    .next("look for its reference in the Merchant Panel, then say what you found")
}

/// An error after the request went out.
fn after_sending(error: Error) -> Error {
    Error {
        money_moved: MoneyMoved::Unknown,
        ..error
    }
}

/// The error that a request ended with, as it is kept with its draft.
fn badly(stored: &StoredDraft, way: Way) -> Error {
    outcome::error(stored, way)
        .unwrap_or_else(|| Error::new(Code::Unclear, "the draft was settled elsewhere"))
}

/// Where the customer of a payment that is made now is led.
pub(super) fn link_of(
    way: Way,
    told: u16,
    href: Option<String>,
    now: DateTime<Utc>,
) -> PaymentLink {
    PaymentLink {
        way,
        href,
        step_up_url: None,
        created_at: now,
        expires_at: now + LINK_LIVES,
        told,
        request_id: None,
    }
}

/// The amount that a payment has by its order, where that is certain.
pub(super) fn certain_amount(order: &DraftOrder) -> Option<Money> {
    let check = order.check();
    check.to_pay.filter(|_| check.to_pay_is_certain)
}
