//! Sending one queued operation: look, claim, send, believe, write.

use std::sync::Arc;
use std::time::Duration;

use hyvitys_domain::rules::{self, Rule};
use hyvitys_domain::{
    HoldAction, HoldCall, ItemStamp, Moment, OperationKind, OperationState, operable,
};
use hyvitys_paytrail::{CallError, Client, RefundItem, RefundRequest, Stamped, UrlPair, WriteGate};
use hyvitys_store::accounts::Account;
use hyvitys_store::journal::{Answer, NewAttempt, Operation, Step, TO_VERIFY};

use super::answers::{Makes, Unsaved};
use super::believe::{self, HoldAnswer, Verdict};
use super::pace::Pace;
use crate::clock::Clock;
use crate::error::Error;
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
/// What is to be sent, decided by the look that came before.
enum Request {
    Refund(RefundRequest),
    Hold(HoldCall),
}

/// What became of one attempt.
pub(super) enum Tried {
    /// It may have been carried out, or nothing may follow it.
    Ended(Operation),
    /// It surely was not carried out; the next one may follow after this long.
    NotSent(Operation, Duration),
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
        self.run_with(&account, &client, operation, &Pace::default())
            .await
    }

    /// As [`Backoffice::run`], for one of many: with the account's client, whose secret is asked for once,
    /// and the pace that all of them share.
    pub(crate) async fn run_with(
        &self,
        account: &Account,
        client: &Client,
        operation: Operation,
        pace: &Pace,
    ) -> Result<Operation, Error> {
        // Before the look, which must not grow old while it waits.
        pace.wait(self.inner.clock.as_ref()).await;
        let request = match self.prepare(account, client, &operation).await? {
            Ok(request) => request,
            Err((reason, message)) => return self.give_up(&operation, reason, &message).await,
        };
        let sent = self.send(account, client, operation, request, pace).await?;
        // From here on money may have moved: whatever fails in looking after it, the operation stands.
        let looked_after = if sent.kind.is_hold() {
            self.settle_hold(account, client, sent.clone(), pace).await
        } else if sent.reason.as_deref() == Some(TO_VERIFY) {
            self.follow_refund(account, client, sent.clone()).await
        } else {
            return Ok(sent);
        };
        match looked_after {
            Ok(operation) => Ok(operation),
            Err(error) => {
                tracing::error!(%error, operation = %sent.id, "an operation could not be followed");
                Ok(self.operation(sent.id).await.unwrap_or(sent))
            }
        }
    }

    /// Ends a queued operation that must not or can't go out.
    pub(super) async fn give_up(
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
        let mut seen = None;
        // A hold is looked at each time: what is stored may be newer by its date and older in truth.
        let look_first = operation.kind.is_hold()
            || self
                .look_is_old(account.id, operation.transaction_id)
                .await?;
        if look_first {
            match self.look(account, client, operation.transaction_id).await {
                Ok(look) => seen = Some(look.value),
                Err(NoLook::Ours(error)) => return Err(error),
                Err(NoLook::Differs(what)) => return Ok(Err(("changed", what.to_string()))),
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
        let Some(mut stored) = self
            .inner
            .store
            .read(move |tx| tx.payment(account_id, id))
            .await?
        else {
            return Ok(Err(("not_operable", "the payment is gone".to_owned())));
        };
        if let Some(view) = seen {
            stored.payment.status = view.status;
            stored.payment.provider = view.provider.or(stored.payment.provider);
        }
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

    /// Sends an operation (queued, or unclear for a hold's one repeat) until an attempt may have been
    /// carried out. An error means that nothing was sent, unless it says that money moved or may have.
    async fn send(
        &self,
        account: &Account,
        client: &Client,
        operation: Operation,
        mut request: Request,
        pace: &Pace,
    ) -> Result<Operation, Error> {
        let before = operation.state;
        let mut pause = PAUSE;
        for attempt in 1..=ATTEMPTS {
            if attempt > 1 {
                request = match self.prepare(account, client, &operation).await? {
                    Ok(request) => request,
                    Err((reason, message)) => {
                        return self.give_up(&operation, reason, &message).await;
                    }
                };
            }
            // At the very moment of the claim: the look before may have taken long.
            let now = self.inner.clock.now();
            let kind = operation.kind;
            if kind.confirmation_is_stale(operation.confirmed_at, now.at) {
                let why = "the confirmation is too old: confirm it anew";
                return self.give_up(&operation, "confirmation_stale", why).await;
            }
            if self.unsaved_count() > 0 {
                let why = "an earlier answer could not be saved yet";
                return self.give_up(&operation, "not_saved", why).await;
            }
            let last = attempt == ATTEMPTS;
            let tried = self
                .attempt(client, &operation, &request, now, last)
                .await?;
            pace.note(self.inner.clock.as_ref(), &tried);
            let wait = match tried {
                Tried::Ended(operation) => return Ok(operation),
                Tried::NotSent(operation, wait)
                    if last || wait > LONGEST_WAIT || operation.state != before =>
                {
                    return Ok(operation);
                }
                Tried::NotSent(_, wait) => wait,
            };
            self.inner.clock.sleep(pause.max(wait)).await;
            pace.wait(self.inner.clock.as_ref()).await;
            pause *= 2;
        }
        self.operation(operation.id).await
    }

    /// One attempt: claim, send, believe, write. It counts from `now`, when it was seen that it may go out.
    async fn attempt(
        &self,
        client: &Client,
        operation: &Operation,
        request: &Request,
        now: Moment,
        last: bool,
    ) -> Result<Tried, Error> {
        let stamped = self.stamped(Some(gate(Arc::clone(&self.inner.clock), now.clone())));
        let nonce = stamped.nonce.clone();
        let claim = NewAttempt {
            nonce: nonce.clone(),
            call: request.name().to_owned(),
        };
        let (id, expected, owner) = (operation.id, operation.state, self.inner.owner.id());
        let sent_early = if rules::holds(Rule::CommitBeforeSending) {
            None
        } else {
            Some(call(client, operation, request, &stamped).await)
        };
        let step = self
            .inner
            .store
            .write(move |tx| tx.claim(id, expected, owner, &claim, &now))
            .await;
        let claimed = match step? {
            Step::Taken(claimed) => claimed,
            Step::Lost(as_it_is) if as_it_is.state == OperationState::Queued => {
                let why = "sending is paused for this account, or the data file is locked";
                return self
                    .give_up(&as_it_is, "paused", why)
                    .await
                    .map(Tried::Ended);
            }
            Step::Lost(as_it_is) => return Ok(Tried::Ended(as_it_is)),
        };
        let unsaved = |makes, answer| Unsaved {
            operation: id,
            nonce,
            makes,
            answer,
        };
        if let Some(locked) = self.inner.store.locked() {
            // The claim is on the disk, but not remembered outside of it.
            let answer = Answer {
                reason: Some("not_saved".to_owned()),
                message: Some(locked.to_string()),
                ..Answer::default()
            };
            let makes = Makes::NotSent { give_up: true };
            return self
                .write_answer(unsaved(makes, answer))
                .await
                .map(Tried::Ended);
        }
        let verdict = match sent_early {
            None => call(client, &claimed, request, &stamped).await,
            Some(verdict) => verdict,
        };
        match verdict {
            Verdict::Becomes(state, answer) => self
                .write_answer(unsaved(Makes::Becomes(state), answer))
                .await
                .map(Tried::Ended),
            Verdict::Unauthorized(answer) => {
                let makes = Makes::Becomes(OperationState::Unknown);
                let written = self.write_answer(unsaved(makes, answer)).await;
                if let Err(error) = self
                    .pause_account(claimed.account, crate::look::NOT_ACCEPTED)
                    .await
                {
                    tracing::error!(%error, "the account could not be paused");
                }
                written.map(Tried::Ended)
            }
            Verdict::TryAgain(wait, answer) => {
                let makes = Makes::NotSent {
                    give_up: last || wait > LONGEST_WAIT,
                };
                let operation = self.write_answer(unsaved(makes, answer)).await?;
                Ok(Tried::NotSent(operation, wait))
            }
        }
    }

    /// After a capture or release was asked for, only a look settles it. While the look shows an open
    /// hold after an unclear answer, the request is repeated once (money-safety 8).
    async fn settle_hold(
        &self,
        account: &Account,
        client: &Client,
        operation: Operation,
        pace: &Pace,
    ) -> Result<Operation, Error> {
        let unauthorized = operation.reason.as_deref() == Some("unauthorized");
        let (operation, looked_open) = self.follow_hold(account, client, operation).await?;
        if operation.state != OperationState::Unknown || !looked_open || unauthorized {
            return Ok(operation);
        }
        let Ok(request) = self.prepare(account, client, &operation).await? else {
            // What the second look shows settles it, or leaves it unknown.
            return Ok(self.follow_hold(account, client, operation).await?.0);
        };
        let repeated = self.send(account, client, operation, request, pace).await?;
        Ok(self.follow_hold(account, client, repeated).await?.0)
    }
}

/// Lets the request out only while its claim is fresh, by the clock that counts time asleep.
pub(crate) fn gate(clock: Arc<dyn Clock>, claimed: Moment) -> WriteGate {
    WriteGate::new(move || {
        let now = clock.now();
        // Both clocks: not every system counts its sleep, and a set clock only drops what was not sent.
        now.boot == claimed.boot
            && (0..=CLAIM_HOLDS_MS).contains(&(now.up_ms - claimed.up_ms))
            && (0..=CLAIM_HOLDS_MS).contains(&(now.at - claimed.at).num_milliseconds())
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
