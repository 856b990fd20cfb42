//! Sending one queued operation: look, claim, send, believe, write.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use hyvitys_domain::rules::{self, Rule};
use hyvitys_domain::{
    HoldAction, HoldCall, ItemStamp, Moment, OperationId, OperationKind, OperationState, operable,
};
use hyvitys_paytrail::{CallError, Client, RefundItem, RefundRequest, Stamped, UrlPair, WriteGate};
use hyvitys_store::accounts::Account;
use hyvitys_store::journal::{Answer, NewAttempt, Operation, Step, TO_VERIFY};

use super::believe::{self, HoldAnswer, Verdict};
use crate::clock::Clock;
use crate::error::{Code, Error, MoneyMoved};
use crate::look::NoLook;
use crate::service::Backoffice;

/// How many attempts an operation gets while each is sure not to have been carried out.
const ATTEMPTS: u32 = 4;
/// The pause before the second attempt; it doubles.
const PAUSE: Duration = Duration::from_millis(200);
/// The longest that a server's `Retry-After` is waited for while a person looks on.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// The longest time between claim and the first byte (money-safety 4).
const CLAIM_HOLDS_MS: i64 = 10_000;
/// How long a confirmation holds (15).
const REFUND_CONFIRMATION: TimeDelta = TimeDelta::hours(24);
const HOLD_CONFIRMATION: TimeDelta = TimeDelta::minutes(15);

/// An answer that came and could not be written yet.
#[derive(Clone, Debug)]
pub struct Unsaved {
    /// Of which operation.
    pub operation: OperationId,
    /// To which attempt.
    pub nonce: String,
    /// What it makes of the operation.
    pub state: OperationState,
    /// What it says.
    pub answer: Answer,
}

/// What is to be sent, decided by the look that came before.
enum Request {
    Refund(RefundRequest),
    Hold(HoldCall),
}

impl Request {
    const fn name(&self) -> &'static str {
        match self {
            Request::Refund(_) => "refund",
            Request::Hold(HoldCall::ActivateInvoice) => "activate-invoice",
            Request::Hold(HoldCall::CancelOrder) => "cancel-order",
            Request::Hold(HoldCall::KlarnaCommit) => "klarna/commit",
            Request::Hold(HoldCall::KlarnaRevert) => "klarna/revert",
        }
    }
}

impl Backoffice {
    /// Carries out a queued operation of this process as far as it goes now.
    pub(crate) async fn run(&self, operation: Operation) -> Result<Operation, Error> {
        let account = self.account(operation.account).await?;
        let client = match self.client(&account).await {
            Ok(client) => client,
            Err(error) => {
                return self.give_up(&operation, "no_secret", &error.message).await;
            }
        };
        let request = match self.prepare(&account, &client, &operation).await? {
            Ok(request) => request,
            Err((reason, message)) => return self.give_up(&operation, reason, &message).await,
        };
        let operation = self.send(&client, operation, &request).await?;
        if operation.kind.is_hold() {
            self.settle_hold(&account, &client, operation, &request)
                .await
        } else if operation.reason.as_deref() == Some(TO_VERIFY) {
            self.follow_refund(&client, operation).await
        } else {
            Ok(operation)
        }
    }

    /// Ends a queued operation that must not or can't go out.
    async fn give_up(
        &self,
        operation: &Operation,
        reason: &str,
        message: &str,
    ) -> Result<Operation, Error> {
        let answer = Answer {
            reason: Some(reason.to_owned()),
            message: Some(message.to_owned()),
            ..Answer::default()
        };
        let (id, now) = (operation.id, self.inner.clock.now());
        let step = self
            .inner
            .store
            .write(move |tx| {
                tx.settle(
                    id,
                    &[OperationState::Queued],
                    OperationState::Failed,
                    &answer,
                    &now,
                )
            })
            .await?;
        Ok(step.operation())
    }

    /// Looks at the payment where the last look is too old, and decides by it what to send, or why
    /// nothing.
    async fn prepare(
        &self,
        account: &Account,
        client: &Client,
        operation: &Operation,
    ) -> Result<Result<Request, (&'static str, String)>, Error> {
        let age = if operation.kind.is_hold() {
            super::LOOK_FOR_HOLD
        } else {
            super::LOOK_FOR_REFUND
        };
        if self
            .look_is_older_than(account.id, operation.transaction_id, age)
            .await?
        {
            match self.look(account, client, operation.transaction_id).await {
                Ok(_) => {}
                Err(NoLook::Ours(error)) => return Err(error),
                Err(NoLook::Differs(what)) => return Ok(Err(("changed", what))),
                Err(no_look) => {
                    let reason = match no_look {
                        NoLook::Unauthorized(_) => "unauthorized",
                        NoLook::NotThere(_) => "not_operable",
                        _ => "not_looked",
                    };
                    return Ok(Err((reason, no_look.into_error().message)));
                }
            }
        }
        let (account_id, id) = (account.id, operation.transaction_id);
        let Some(stored) = self
            .inner
            .store
            .read(move |tx| tx.payment(account_id, id))
            .await?
        else {
            return Ok(Err(("not_operable", "the payment is gone".to_owned())));
        };
        let request = match operation.kind {
            OperationKind::Refund => {
                if let Err(why) = operable::refund(&stored.payment) {
                    return Ok(Err(("not_operable", why.to_string())));
                }
                let Some(request) = refund_request(account, operation) else {
                    return Ok(Err(("not_operable", "the refund has no stamp".to_owned())));
                };
                if let Err(why) = request.validate() {
                    return Ok(Err(("not_operable", why.to_string())));
                }
                Ok(Request::Refund(request))
            }
            OperationKind::Activate => {
                operable::hold_call(&stored.payment, HoldAction::Activate).map(Request::Hold)
            }
            OperationKind::Cancel => {
                operable::hold_call(&stored.payment, HoldAction::Cancel).map(Request::Hold)
            }
        };
        Ok(request.map_err(|why| ("not_operable", why.to_string())))
    }

    /// Sends a queued operation (or repeats an unclear hold's request) until an attempt may have been
    /// carried out.
    async fn send(
        &self,
        client: &Client,
        operation: Operation,
        request: &Request,
    ) -> Result<Operation, Error> {
        let mut pause = PAUSE;
        for attempt in 1..=ATTEMPTS {
            let now = self.inner.clock.now();
            let holds = if operation.kind.is_hold() {
                HOLD_CONFIRMATION
            } else {
                REFUND_CONFIRMATION
            };
            if now.at < operation.confirmed_at - TimeDelta::minutes(1)
                || now.at - operation.confirmed_at > holds
            {
                return self
                    .give_up(
                        &operation,
                        "confirmation_stale",
                        "the confirmation is too old: confirm it anew",
                    )
                    .await;
            }
            let stamped = self.stamped(Some(gate(Arc::clone(&self.inner.clock), now.clone())));
            let claim = NewAttempt {
                nonce: stamped.nonce.clone(),
                call: request.name().to_owned(),
            };
            let (id, owner) = (operation.id, self.inner.owner.id());
            let sent_early = match rules::holds(Rule::CommitBeforeSending) {
                true => None,
                false => Some(call(client, &operation, request, &stamped).await),
            };
            let claimed = match self
                .inner
                .store
                .write(move |tx| tx.claim(id, owner, &claim, &now))
                .await?
            {
                Step::Taken(claimed) => claimed,
                Step::Lost(as_it_is) => return Ok(as_it_is),
            };
            let verdict = match sent_early {
                None => call(client, &claimed, request, &stamped).await,
                Some(verdict) => verdict,
            };
            let nonce = stamped.nonce;
            match verdict {
                Verdict::Becomes(state, answer) => {
                    return self
                        .write_answer(Unsaved {
                            operation: id,
                            nonce,
                            state,
                            answer,
                        })
                        .await;
                }
                Verdict::Unauthorized(answer) => {
                    let state = OperationState::Unknown;
                    let written = self
                        .write_answer(Unsaved {
                            operation: id,
                            nonce,
                            state,
                            answer,
                        })
                        .await;
                    self.pause_account(
                        claimed.account,
                        "Paytrail did not accept the account's id and secret",
                    )
                    .await?;
                    return written;
                }
                Verdict::TryAgain(wait, answer) => {
                    let give_up = attempt == ATTEMPTS || wait > LONGEST_WAIT;
                    let now = self.inner.clock.now();
                    let step = self
                        .inner
                        .store
                        .write(move |tx| tx.not_sent(id, &nonce, &answer, give_up, &now))
                        .await?;
                    let operation = step.operation();
                    if operation.state != OperationState::Queued {
                        return Ok(operation);
                    }
                    self.inner.clock.sleep(pause.max(wait)).await;
                    pause *= 2;
                }
            }
        }
        self.operation(operation.id).await
    }

    /// After a capture or release was asked for, only a look settles it. While the look shows an open
    /// hold after an unclear answer, the request is repeated once (money-safety 8).
    async fn settle_hold(
        &self,
        account: &Account,
        client: &Client,
        operation: Operation,
        request: &Request,
    ) -> Result<Operation, Error> {
        let (operation, looked_open) = self.follow_hold(account, client, operation).await?;
        if operation.state != OperationState::Unknown || !looked_open {
            return Ok(operation);
        }
        let repeated = self.send(client, operation, request).await?;
        Ok(self.follow_hold(account, client, repeated).await?.0)
    }

    /// Writes an answer before anybody gets to see it. Where the disk does not take it, it is kept
    /// and nothing more is sent until it is written.
    async fn write_answer(&self, unsaved: Unsaved) -> Result<Operation, Error> {
        let mut pause = PAUSE;
        for _ in 0..ATTEMPTS {
            match self.save(&unsaved).await {
                Ok(operation) => return Ok(operation),
                Err(error) => tracing::error!(%error, "an answer could not be saved"),
            }
            self.inner.clock.sleep(pause).await;
            pause *= 2;
        }
        let error = Error {
            money_moved: if unsaved.state == OperationState::Done {
                MoneyMoved::Yes
            } else {
                MoneyMoved::Unknown
            },
            request_id: unsaved.answer.request_id.clone(),
            ..Error::new(
                Code::NotSaved,
                format!(
                    "the answer is not saved yet: Paytrail's answer makes this operation '{}'",
                    unsaved.state
                ),
            )
            .next("make room on the disk and leave the program open: it writes the answer again")
        };
        self.unsaved().push(unsaved);
        Err(error)
    }

    async fn save(&self, unsaved: &Unsaved) -> Result<Operation, Error> {
        let (unsaved, now) = (unsaved.clone(), self.inner.clock.now());
        let step = self
            .inner
            .store
            .write(move |tx| {
                tx.answered(
                    unsaved.operation,
                    &unsaved.nonce,
                    unsaved.state,
                    &unsaved.answer,
                    &now,
                )
            })
            .await?;
        Ok(step.operation())
    }

    /// Tries to write what could not be saved before.
    pub(crate) async fn save_again(&self) {
        let waiting = std::mem::take(&mut *self.unsaved());
        for unsaved in waiting {
            if self.save(&unsaved).await.is_err() {
                self.unsaved().push(unsaved);
            }
        }
    }
}

/// Lets the request out only while its claim is fresh, by the clock that counts time asleep.
fn gate(clock: Arc<dyn Clock>, claimed: Moment) -> WriteGate {
    WriteGate::new(move || {
        let now = clock.now();
        now.boot == claimed.boot && (0..=CLAIM_HOLDS_MS).contains(&(now.up_ms - claimed.up_ms))
    })
}

async fn call(
    client: &Client,
    operation: &Operation,
    request: &Request,
    stamped: &Stamped,
) -> Verdict {
    let id = operation.transaction_id;
    match request {
        Request::Refund(body) => {
            believe::refund(operation, &client.refund(stamped, id, body).await)
        }
        Request::Hold(hold) => {
            let answer: Result<_, CallError> = match hold {
                HoldCall::ActivateInvoice => client
                    .activate_invoice(stamped, id)
                    .await
                    .map(|answer| answer.map(HoldAnswer::Activate)),
                HoldCall::KlarnaCommit => client
                    .klarna_commit(stamped, id)
                    .await
                    .map(|answer| answer.map(HoldAnswer::Activate)),
                HoldCall::CancelOrder => client
                    .cancel_order(stamped, id)
                    .await
                    .map(|answer| answer.map(HoldAnswer::Cancel)),
                HoldCall::KlarnaRevert => client
                    .klarna_revert(stamped, id)
                    .await
                    .map(|answer| answer.map(HoldAnswer::Revert)),
            };
            believe::hold(operation, &answer)
        }
    }
}

/// Where Paytrail is told to call back until the account has an address of its own: `.invalid` is
/// reserved and reaches nobody (API document §4: `callbackUrls` can't be left out).
const NOBODY: &str = "https://callback.hyvitys.invalid/refund";

fn refund_request(account: &Account, operation: &Operation) -> Option<RefundRequest> {
    let callback = account
        .callback_url
        .clone()
        .unwrap_or_else(|| NOBODY.to_owned());
    let item = |(stamp, amount): &(ItemStamp, hyvitys_domain::Money)| RefundItem {
        stamp: stamp.clone(),
        amount: *amount,
    };
    Some(RefundRequest {
        amount: operation.amount,
        callback_urls: UrlPair {
            success: callback.clone(),
            cancel: callback,
        },
        refund_stamp: operation.refund_stamp.clone()?,
        refund_reference: operation.refund_reference.clone(),
        email: operation.email.clone(),
        items: operation.items.iter().map(item).collect(),
    })
}
