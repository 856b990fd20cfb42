//! Sending a draft: claim, send once, believe, write.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use hyvitys_domain::{AccountId, DraftId, IntentId, Money, TransactionId};
use hyvitys_paytrail::{Answer, CallError, Client, KlarnaOutcome, NewPayment, Stamped};
use hyvitys_store::accounts::Account;
use hyvitys_store::drafts::{
    Becomes, Claim, Claimed, Draft as StoredDraft, DraftState, PaymentLink, Settled, Way,
};

use super::order::DraftOrder;
use super::{nonce_of, outcome, read, written};
use crate::error::{Code, Error, MoneyMoved};
use crate::look::NOT_ACCEPTED;
use crate::money::gate;
use crate::service::Backoffice;
use crate::why::Why;

/// How long a payment link lives (API document §2).
const LINK_LIVES: TimeDelta = TimeDelta::weeks(2);
/// How often an answer is offered to the disk before the person is told.
const TRIES: u32 = 4;
/// The pause before the second try; it doubles.
const PAUSE: Duration = Duration::from_millis(200);

/// A payment that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreatedPayment {
    /// Its id.
    pub payment: TransactionId,
    /// Where the customer is led.
    pub link: PaymentLink,
}

/// What a believed answer says.
struct Made {
    id: TransactionId,
    href: Option<String>,
    step_up_url: Option<String>,
    request_id: Option<String>,
}

impl Backoffice {
    /// Confirms a draft and sends it. The same confirmation, or a draft that is a payment already, gives
    /// the payment that there is. An error says by its code what became of the draft: refused or not sent,
    /// and it is a draft again; or [`Code::Unclear`], and nobody knows.
    pub async fn create_payment(
        &self,
        account: AccountId,
        draft: DraftId,
        intent: IntentId,
    ) -> Result<CreatedPayment, Error> {
        self.may_send().await?;
        let account = self.account(account).await?;
        let stored = self.stored_draft(account.id, draft).await?;
        if stored.state != DraftState::Draft {
            return self.as_it_stands(&stored).await;
        }
        let order = read(&stored.filled_in)?;
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
            (DraftState::Created, Some(payment)) => {
                let link = self.payment_link(stored.account, payment).await?;
                let link = link.ok_or_else(|| Error::new(Code::Store, "its link is gone"))?;
                Ok(CreatedPayment { payment, link })
            }
            (DraftState::Sending, _) => {
                Err(Error::new(Code::Busy, "the draft is being sent").why(Why::DraftSending))
            }
            (DraftState::Draft, _) => Err(Error::new(
                Code::BadInput,
                "the draft was changed since it was confirmed",
            )
            .why(Why::DraftChanged)),
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
            nonce: nonce.clone(),
            call: call_name(order.way).to_owned(),
            amount: body.amount,
            owner: self.inner.owner.id(),
            same: asks_the_same,
        };
        // All that can fail does so before anything is sent.
        let stays = written(&order.clone().without_klarnas_data())?;
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
        let answer = match call(client, order.way, &stamped, body).await {
            Ok(made) => self.new_only(account.id, made).await,
            Err(error) => Err(error),
        };
        let made = match answer {
            Ok(made) => made,
            Err(error) => {
                let ended = settled(
                    becomes(&error),
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
                ..link_of(order, made.href, now.at)
            },
            filled_in: stays,
        };
        let stored = self
            .write_draft(settled(created, None, made.request_id))
            .await?;
        // What the look shows is believed more than the answer: it names the stamp.
        if let Err(error) = self.list_created(client, stored.clone()).await {
            tracing::warn!(%error, "a new payment is not in the list yet");
        }
        let stored = self.stored_draft(account.id, stored.id).await;
        let stored = stored.map_err(after_sending)?;
        match stored.state {
            DraftState::Created => self.as_it_stands(&stored).await.map_err(after_sending),
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
        let mut pause = PAUSE;
        for attempt in 1..=TRIES {
            match self.save_settled(&settled).await {
                Ok(stored) => {
                    self.unsaved_drafts()
                        .retain(|kept| kept.nonce != settled.nonce);
                    return Ok(stored);
                }
                Err(error) => tracing::error!(%error, "an answer could not be saved"),
            }
            if attempt == 1 {
                self.unsaved_drafts().push(settled.clone());
            }
            self.inner.clock.sleep(pause).await;
            pause *= 2;
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

const fn call_name(way: Way) -> &'static str {
    match way {
        Way::Link => "payments",
        Way::Charge => "klarna/charge",
        Way::AuthorizationHold => "klarna/authorization-hold",
    }
}

async fn call(
    client: &Client,
    way: Way,
    stamped: &Stamped,
    body: &NewPayment,
) -> Result<Made, CallError> {
    let klarna = |answer: Answer<KlarnaOutcome>| {
        let (id, step_up_url) = match answer.value {
            KlarnaOutcome::Charged { id } => (id, None),
            KlarnaOutcome::StepUp { id, url } => (id, Some(url)),
        };
        Made {
            id,
            href: None,
            step_up_url,
            request_id: answer.request_id,
        }
    };
    match way {
        Way::Link => {
            let answer = client.create_payment(stamped, body).await?;
            Ok(Made {
                id: answer.value.transaction_id,
                href: Some(answer.value.href),
                step_up_url: None,
                request_id: answer.request_id,
            })
        }
        Way::Charge => client.klarna_charge(stamped, body).await.map(klarna),
        Way::AuthorizationHold => client
            .klarna_authorization_hold(stamped, body)
            .await
            .map(klarna),
    }
}

/// What a call that ended badly makes of its draft (money-safety 6): refused needs a signed 400, 404 or 422.
fn becomes(error: &CallError) -> Becomes {
    match error {
        CallError::NotSent { .. } | CallError::TooManyRequests { .. } => Becomes::NotSent,
        CallError::Refused {
            http_status: 400 | 404 | 422,
            ..
        } => Becomes::Refused,
        CallError::Refused { .. } | CallError::Unauthorized { .. } | CallError::Unknown { .. } => {
            Becomes::Unknown
        }
    }
}

/// Where the customer of a payment that is made now is led.
pub(super) fn link_of(order: &DraftOrder, href: Option<String>, now: DateTime<Utc>) -> PaymentLink {
    PaymentLink {
        way: order.way,
        href,
        step_up_url: None,
        created_at: now,
        expires_at: now + LINK_LIVES,
        told: order.check().acceptance.bits(),
        request_id: None,
    }
}

/// The amount that a payment has by its order, where that is certain: of prices without VAT Paytrail makes it.
pub(super) fn certain_amount(order: &DraftOrder) -> Option<Money> {
    (!order.prices_without_vat)
        .then(|| order.check().amount)
        .flatten()
}
