//! The live check of an account: are id and secret accepted, is the clock right, is Klarna offered? Nothing
//! is stored, nothing is paused, and no money is touched: it only asks what the merchant can offer.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use futures::future::join_all;
use hyvitys_domain::{AccountId, ApiOrigin, MerchantId, Money};
use hyvitys_paytrail::merchants::offers_klarna;
use hyvitys_paytrail::{
    Algorithm, CallError, Client, Credentials, HttpRequest, HttpResponse, SigningKey, Transport,
    TransportError, UnknownWhy, Unsent,
};
use hyvitys_secrets::SecretText;
use hyvitys_store::accounts::Account;
use serde::Serialize;

use crate::clock::Clock;
use crate::error::{Code, Error};
use crate::service::{Backoffice, PLATFORM};
use crate::why::Why;

/// For which amounts Klarna is asked for, in cents.
const AMOUNTS: [Money; 3] = [
    Money::from_cents(5_000),
    Money::from_cents(50_000),
    Money::from_cents(500_000),
];
/// The group of payment methods where Klarna belongs.
const GROUP: &str = "credit";
/// How far apart the clocks may be. Paytrail's limit is not documented; this is far within what servers
/// with signed times usually allow, and far beyond what an answer takes.
const CLOCK_MAY_DIFFER: TimeDelta = TimeDelta::seconds(60);

/// Whether id and secret were accepted, or what stood in the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum SignatureCheck {
    /// A signed answer came.
    Accepted,
    /// The id, the secret or the access is wrong (401).
    Unauthorized,
    /// The server's name leads nowhere.
    Dns,
    /// No connection to the server.
    Connect,
    /// The server could not prove who it is.
    Tls,
    /// No answer in time.
    Timeout,
    /// The connection was cut.
    Cut,
    /// The answer has no signature: this is not Paytrail, or something stands in between.
    Unsigned,
    /// The answer's signature is wrong.
    WrongSignature,
    /// Paytrail asks to wait.
    TooManyRequests,
    /// The server reported an error of its own.
    ServerError,
    /// An answer that such a server would not give.
    Unexpected,
}

/// Whether this machine's clock is right by the server's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ClockCheck {
    /// It is.
    Right,
    /// It is ahead by more than a minute.
    Ahead,
    /// It is behind by more than a minute.
    Behind,
    /// The server did not tell its time.
    NotKnown,
}

/// Whether Klarna is offered for an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Offered {
    /// It is.
    Yes,
    /// It is not.
    No,
    /// There was no answer that can be believed.
    NotKnown,
}

/// Klarna for one amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct KlarnaOffer {
    /// The amount, in cents.
    pub amount: Money,
    /// Whether it is offered.
    pub offered: Offered,
}

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CheckReport {
    /// Whether id and secret were accepted.
    pub signature: SignatureCheck,
    /// What stood in the way, with its figures.
    pub why: Option<Why>,
    /// The same in English, for people.
    pub message: Option<String>,
    /// What Paytrail's support asks for.
    pub request_id: Option<String>,
    /// How long the first answer took, connecting included, in milliseconds.
    pub took_ms: u64,
    /// Whether this machine's clock is right.
    pub clock: ClockCheck,
    /// How far this machine's clock is ahead of the server's, in milliseconds; negative where it is behind.
    /// To the second only where the answer can't be believed.
    pub clock_skew_ms: Option<i64>,
    /// Klarna at 50, 500 and 5 000 euros.
    pub klarna: Vec<KlarnaOffer>,
}

impl Backoffice {
    /// Asks with this id and secret, and keeps neither.
    pub async fn check_credentials(
        &self,
        origin: ApiOrigin,
        merchant: MerchantId,
        secret: &SecretText,
    ) -> Result<CheckReport, Error> {
        if secret.expose().is_empty() {
            let error = Error::new(Code::BadInput, "the merchant secret is empty");
            return Err(error.why(Why::SecretEmpty));
        }
        let credentials = Credentials {
            merchant,
            key: SigningKey::new(secret.expose().as_bytes()),
            algorithm: Algorithm::Sha256,
        };
        Ok(self.check(origin, credentials).await)
    }

    /// Asks with the secret that is kept. An error means that none could be had.
    pub async fn check_account(&self, account: AccountId) -> Result<CheckReport, Error> {
        let account = self.account(account).await?;
        self.check_of(&account).await
    }

    /// [`Backoffice::check_account`] of one that was read.
    pub(crate) async fn check_of(&self, account: &Account) -> Result<CheckReport, Error> {
        let credentials = self.credentials(account).await?;
        Ok(self.check(account.origin.clone(), credentials).await)
    }

    async fn check(&self, origin: ApiOrigin, credentials: Credentials) -> CheckReport {
        let witness = Arc::new(Witness {
            inner: Arc::clone(&self.inner.transport),
            clock: Arc::clone(&self.inner.clock),
            seen: Mutex::default(),
        });
        let transport: Arc<dyn Transport> = witness.clone();
        let client = Client::new(origin, credentials, transport, PLATFORM);
        let ask = |amount| {
            let (client, stamped) = (&client, self.stamped(None));
            async move {
                let answer = client
                    .payment_providers(&stamped, Some(amount), &[GROUP])
                    .await;
                answer.map(|answer| (offers_klarna(&answer.value), answer.request_id))
            }
        };
        let [first, others @ ..] = AMOUNTS;
        let began = Instant::now();
        let answer = ask(first).await;
        let took = began.elapsed();
        let seen = witness.seen();
        let mut klarna = vec![answer.as_ref().map(|(offered, _)| *offered).ok()];
        if answer.is_ok() {
            let more = join_all(others.map(ask)).await;
            klarna.extend(more.into_iter().map(|answer| Some(answer.ok()?.0)));
        }
        klarna.resize(AMOUNTS.len(), None);
        let skew = seen.and_then(|seen| seen.skew(answer.is_ok()));
        let offer = |(amount, offered)| KlarnaOffer {
            amount,
            offered: match offered {
                Some(true) => Offered::Yes,
                Some(false) => Offered::No,
                None => Offered::NotKnown,
            },
        };
        let error = answer.as_ref().err();
        CheckReport {
            signature: error.map_or(SignatureCheck::Accepted, told_apart),
            why: error.map(|error| match told_apart(error) {
                // Not the unsigned answer that it is for money: see there.
                SignatureCheck::TooManyRequests => Why::TooManyRequests {
                    seconds: asked_to_wait(error),
                },
                _ => Why::from(error),
            }),
            message: error.map(ToString::to_string),
            request_id: match &answer {
                Ok((_, request_id)) => request_id.clone(),
                Err(error) => error.request_id().map(str::to_owned),
            },
            took_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            clock: skew.map_or(ClockCheck::NotKnown, |skew| {
                if skew > CLOCK_MAY_DIFFER {
                    ClockCheck::Ahead
                } else if skew < -CLOCK_MAY_DIFFER {
                    ClockCheck::Behind
                } else {
                    ClockCheck::Right
                }
            }),
            clock_skew_ms: skew.map(|skew| skew.num_milliseconds()),
            klarna: AMOUNTS.into_iter().zip(klarna).map(offer).collect(),
        }
    }
}

/// Which check failed. A signed refusal was signed with the same secret, so that much is good.
fn told_apart(error: &CallError) -> SignatureCheck {
    match error {
        CallError::NotSent { how, .. } => match how {
            Unsent::Dns => SignatureCheck::Dns,
            Unsent::Connect | Unsent::HeldBack | Unsent::Unfit => SignatureCheck::Connect,
            Unsent::Tls => SignatureCheck::Tls,
            Unsent::Timeout => SignatureCheck::Timeout,
        },
        CallError::Refused { .. } => SignatureCheck::Accepted,
        CallError::Unauthorized { .. } => SignatureCheck::Unauthorized,
        // Also unsigned: a gateway signs nothing, and with a wrong secret no signature fits. Nothing was asked for that
        // could have been carried out, so its word counts: it says nothing of id and secret.
        CallError::TooManyRequests { .. }
        | CallError::Unknown {
            http_status: Some(429),
            ..
        } => SignatureCheck::TooManyRequests,
        CallError::Unknown { why, .. } => match why {
            UnknownWhy::Timeout => SignatureCheck::Timeout,
            UnknownWhy::ConnectionCut | UnknownWhy::Truncated => SignatureCheck::Cut,
            UnknownWhy::NoSignature => SignatureCheck::Unsigned,
            UnknownWhy::BadSignature(_) => SignatureCheck::WrongSignature,
            UnknownWhy::ServerError => SignatureCheck::ServerError,
            UnknownWhy::BodyTooLarge
            | UnknownWhy::UnexpectedStatus
            | UnknownWhy::UnreadableBody(_)
            | UnknownWhy::DoesNotFit(_) => SignatureCheck::Unexpected,
        },
    }
}

/// For how many seconds, where it was said.
fn asked_to_wait(error: &CallError) -> Option<u64> {
    match error {
        CallError::TooManyRequests { retry_after, .. } => retry_after.map(|wait| wait.as_secs()),
        _ => None,
    }
}

/// Looks over the shoulder of a transport: an answer that is not believed tells the server's time all the
/// same, and a wrong clock may be why it is not.
struct Witness {
    inner: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    seen: Mutex<Option<Seen>>,
}

/// The times of one exchange.
#[derive(Clone)]
struct Seen {
    /// Ours, in the middle of it (UTC).
    ours: DateTime<Utc>,
    /// The server's, by its `Date`: to the second.
    date: Option<DateTime<Utc>>,
    /// The server's, by its `checkout-timestamp`: to the millisecond, and signed where the answer is.
    stamp: Option<DateTime<Utc>>,
}

impl Witness {
    fn seen(&self) -> Option<Seen> {
        self.seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Seen {
    /// How far ours is ahead.
    fn skew(&self, believed: bool) -> Option<TimeDelta> {
        // `Date` has no parts of a second: half of one is the best guess.
        let date = self.date.map(|date| date + TimeDelta::milliseconds(500));
        let theirs = if believed {
            self.stamp.or(date)
        } else {
            date.or(self.stamp)
        };
        Some(self.ours - theirs?)
    }
}

#[async_trait]
impl Transport for Witness {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let (began, at) = (Instant::now(), self.clock.now().at);
        let answer = self.inner.send(request).await?;
        let half: Duration = began.elapsed() / 2;
        let header = |name: &str| {
            let found = answer
                .headers
                .iter()
                .find(|(found, _)| found.eq_ignore_ascii_case(name));
            found.map(|(_, value)| value.as_str())
        };
        let utc = |at: DateTime<chrono::FixedOffset>| at.with_timezone(&Utc);
        let seen = Seen {
            ours: at + TimeDelta::from_std(half).unwrap_or_default(),
            date: header("date")
                .and_then(|text| DateTime::parse_from_rfc2822(text).ok())
                .map(utc),
            stamp: header("checkout-timestamp")
                .and_then(|text| DateTime::parse_from_rfc3339(text).ok())
                .map(utc),
        };
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(seen);
        Ok(answer)
    }
}
