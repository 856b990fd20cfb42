//! A scripted Paytrail: it keeps honest books and answers badly.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use hyvitys_paytrail::signing::{self, Algorithm, SigningKey};
use hyvitys_paytrail::{
    HttpRequest, HttpResponse, Interruption, Method, Transport, TransportError, Unsent,
};
use serde_json::{Value, json};

use crate::clock::{Dice, VirtualClock};

/// The merchant ids of the shop's two accounts.
pub const MERCHANTS: [&str; 2] = ["375917", "695861"];

pub fn key() -> SigningKey {
    SigningKey::new("the shop's secret")
}

#[derive(Clone, Debug)]
pub struct ServerPayment {
    pub merchant: &'static str,
    pub amount: i64,
    pub status: &'static str,
}

#[derive(Clone, Debug)]
pub struct ServerRefund {
    pub id: String,
    pub payment: String,
    pub amount: i64,
    pub stamp: Option<String>,
    pub status: &'static str,
    pub settles_at: Option<(i64, &'static str)>,
}

/// How often what goes wrong, in percent of requests.
#[derive(Clone, Copy, Debug, Default)]
pub struct Faults {
    pub not_sent: u64,
    pub drop_before: u64,
    pub drop_after: u64,
    /// Carried out minutes after the client gave up.
    pub delayed: u64,
    pub error_before: u64,
    pub error_after: u64,
    pub unsigned_refusal_after: u64,
    pub too_many: u64,
    pub replay: u64,
    /// The merchant's balance does not cover it.
    pub no_balance: u64,
}

#[derive(Debug, Default)]
pub struct Books {
    pub payments: BTreeMap<String, ServerPayment>,
    pub refunds: Vec<ServerRefund>,
    pub faults: Faults,
    /// Of 100 refunds and cancels, how many are taken first and settled a minute later.
    pub slow: u64,
    /// Requests of one account about a payment of another.
    pub mixed: Vec<String>,
    nonces: HashSet<String>,
    /// Requests that are carried out later.
    delayed: Vec<(i64, Request)>,
    /// Cancellations that were taken (202): when, which payment, and what it becomes.
    cancelling: Vec<(i64, String, &'static str)>,
    /// Signed answers already given, by kind of call.
    given: Vec<(String, HttpResponse)>,
    ids: u64,
}

impl Books {
    fn new_id(&mut self) -> String {
        self.ids += 1;
        format!("00000000-0000-4000-8000-{:012x}", self.ids)
    }

    pub fn add_payment(
        &mut self,
        merchant: &'static str,
        amount: i64,
        status: &'static str,
    ) -> String {
        let id = self.new_id();
        let payment = ServerPayment {
            merchant,
            amount,
            status,
        };
        self.payments.insert(id.clone(), payment);
        id
    }

    fn given_back(&self, payment: &str) -> i64 {
        self.refunds
            .iter()
            .filter(|r| r.payment == payment && r.status != "fail")
            .map(|r| r.amount)
            .sum()
    }

    /// A refund by another tool, as far as the limit allows.
    pub fn refund_elsewhere(&mut self, payment: &str, amount: i64, stamp: &str) {
        let left = self.payments[payment].amount - self.given_back(payment);
        if self.payments[payment].status == "ok" && amount <= left {
            let id = self.new_id();
            self.refunds.push(ServerRefund {
                id,
                payment: payment.to_owned(),
                amount,
                stamp: Some(stamp.to_owned()),
                status: "ok",
                settles_at: None,
            });
        }
    }

    /// Brings the books up to `now`: delayed requests are carried out, pending refunds settle.
    pub fn settle(&mut self, now: i64, dice: &mut Dice) {
        let due: Vec<_> = {
            let (due, later) = self.delayed.drain(..).partition(|(at, ..)| *at <= now);
            self.delayed = later;
            due
        };
        for (at, request) in due {
            self.carry_out(at, &request, dice);
        }
        self.cancelling.retain(|(at, id, status)| {
            if *at <= now
                && let Some(payment) = self.payments.get_mut(id)
            {
                payment.status = status;
            }
            *at > now
        });
        for refund in &mut self.refunds {
            if let Some((at, status)) = refund.settles_at
                && at <= now
            {
                refund.status = status;
                refund.settles_at = None;
            }
        }
    }

    /// No answer that was already given comes again.
    pub fn forget_answers(&mut self) {
        self.given.clear();
    }

    pub fn anything_open(&self) -> bool {
        !self.delayed.is_empty()
            || !self.cancelling.is_empty()
            || self.refunds.iter().any(|r| r.settles_at.is_some())
    }

    /// Does what is asked and says what an undisturbed answer would be: status, transaction, body.
    fn carry_out(&mut self, now: i64, asked: &Request, dice: &mut Dice) -> (u16, String, Value) {
        let Request {
            merchant,
            method,
            path,
            body,
        } = asked;
        let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        let id = parts.get(1).map(|id| (*id).to_owned()).unwrap_or_default();
        let error = |status: u16, message: &str| {
            (
                status,
                id.clone(),
                json!({"status": "error", "message": message}),
            )
        };
        if parts.first() == Some(&"merchants") {
            return (200, String::new(), json!([]));
        }
        let about = self
            .refunds
            .iter()
            .find(|refund| refund.id == id)
            .map_or(&id, |refund| &refund.payment);
        if let Some(payment) = self.payments.get(about)
            && payment.merchant != merchant
        {
            self.mixed
                .push(format!("{merchant} asks {method:?} {path}"));
            return error(404, "no such payment");
        }
        if *method == Method::Get {
            if let Some(refund) = self.refunds.iter().find(|r| r.id == id) {
                let body = json!({"transactionId": id, "status": refund.status, "amount": refund.amount,
                    "currency": "EUR", "stamp": refund.stamp, "reference": "r", "provider": "klarna",
                    "createdAt": "2026-10-01T10:00:00.000Z"});
                return (200, id, body);
            }
            let Some(payment) = self.payments.get(&id) else {
                return error(404, "no such payment");
            };
            let body = json!({"transactionId": id, "status": payment.status, "amount": payment.amount,
                "currency": "EUR", "stamp": format!("s-{id}"), "reference": format!("o-{id}"),
                "provider": "klarna", "createdAt": "2026-10-01T10:00:00.000Z"});
            return (200, id, body);
        }
        let Some(payment) = self.payments.get(&id).cloned() else {
            return error(404, "no such payment");
        };
        match parts.get(2).copied() {
            Some("refund") => self.refund(now, id, body, dice),
            Some("activate-invoice") => match payment.status {
                "pending" => {
                    self.payments.get_mut(&id).unwrap().status = "ok";
                    (200, id, json!({"status": "ok", "message": "activated"}))
                }
                _ => error(400, "not a hold"),
            },
            Some("cancel-order") => match payment.status {
                "pending" if self.cancelling.iter().any(|(_, other, _)| *other == id) => {
                    (202, id, json!({"status": "ok", "message": "requested"}))
                }
                // Taken, and then it is cancelled, or the shop's other tool was faster and captured it.
                "pending" if dice.chance(self.slow) => {
                    let becomes = if dice.chance(50) { "fail" } else { "ok" };
                    self.cancelling.push((now + 60_000, id.clone(), becomes));
                    (202, id, json!({"status": "ok", "message": "requested"}))
                }
                "pending" => {
                    self.payments.get_mut(&id).unwrap().status = "fail";
                    (201, id, json!({"status": "ok", "message": "cancelled"}))
                }
                "fail" => (
                    200,
                    id,
                    json!({"status": "ok", "message": "already cancelled"}),
                ),
                _ => error(400, "not a hold"),
            },
            _ => error(404, "no such call"),
        }
    }

    fn refund(
        &mut self,
        now: i64,
        id: String,
        body: &[u8],
        dice: &mut Dice,
    ) -> (u16, String, Value) {
        let request: Value = serde_json::from_slice(body).unwrap();
        let amount = request["amount"].as_i64().unwrap();
        if self.payments[&id].status != "ok" {
            return refused(&id, "the payment is not paid");
        }
        if amount > self.payments[&id].amount - self.given_back(&id) {
            return refused(&id, "the amount is more than what is left");
        }
        let refund_id = self.new_id();
        if request["email"].is_string() && dice.chance(50) {
            // The provider refuses and the money goes out by email: the refusal is not the end.
            self.refunds.push(ServerRefund {
                id: refund_id,
                payment: id.clone(),
                amount,
                stamp: request["refundStamp"].as_str().map(str::to_owned),
                status: "ok",
                settles_at: None,
            });
            return refused(&id, "the provider refused the refund");
        }
        let pending = dice.chance(self.slow);
        let outcome = if dice.chance(40) { "fail" } else { "ok" };
        self.refunds.push(ServerRefund {
            id: refund_id.clone(),
            payment: id.clone(),
            amount,
            stamp: request["refundStamp"].as_str().map(str::to_owned),
            status: if pending { "pending" } else { "ok" },
            settles_at: pending.then_some((now + 60_000, outcome)),
        });
        let status = if pending { "pending" } else { "ok" };
        (
            201,
            id,
            json!({"transactionId": refund_id, "status": status, "provider": "klarna"}),
        )
    }
}

fn refused(id: &str, message: &str) -> (u16, String, Value) {
    let body = json!({"status": "error", "message": message});
    (400, id.to_owned(), body)
}

/// What is asked of the server.
#[derive(Clone, Debug)]
struct Request {
    merchant: String,
    method: Method,
    path: String,
    body: Vec<u8>,
}

impl Request {
    fn new(request: &HttpRequest) -> Request {
        Request {
            merchant: header(request, "checkout-account")
                .unwrap_or_default()
                .to_owned(),
            method: request.method,
            path: path(request),
            body: request.body.clone(),
        }
    }
}

fn header<'a>(request: &'a HttpRequest, name: &str) -> Option<&'a str> {
    let found = request.headers.iter().find(|(n, _)| n == name);
    found.map(|(_, value)| value.as_str())
}

/// Signs an answer as Paytrail does.
fn signed(now: i64, asked: &Request, status: u16, transaction: &str, body: &Value) -> HttpResponse {
    let body = serde_json::to_vec(body).unwrap();
    let mut headers = vec![
        ("checkout-account".to_owned(), asked.merchant.clone()),
        ("checkout-algorithm".to_owned(), "sha256".to_owned()),
        (
            "checkout-method".to_owned(),
            asked.method.as_str().to_owned(),
        ),
        ("checkout-timestamp".to_owned(), now.to_string()),
        ("checkout-transaction-id".to_owned(), transaction.to_owned()),
    ];
    headers.retain(|(_, value)| !value.is_empty());
    let pairs = headers.iter().map(|(n, v)| (n.as_str(), v.as_str()));
    let signature = signing::sign(&key(), Algorithm::Sha256, pairs, &body).unwrap();
    headers.push(("signature".to_owned(), signature));
    headers.push(("request-id".to_owned(), format!("request-{now}")));
    headers.push(("content-type".to_owned(), "application/json".to_owned()));
    HttpResponse {
        status,
        headers,
        body,
    }
}

fn unsigned(status: u16, message: &str) -> HttpResponse {
    let body = serde_json::to_vec(&json!({"status": "error", "message": message})).unwrap();
    HttpResponse {
        status,
        headers: vec![("content-type".into(), "application/json".into())],
        body,
    }
}

/// The path of a request's address.
fn path(request: &HttpRequest) -> String {
    request.url.split_once("127.0.0.1:1").unwrap().1.to_owned()
}

/// The kind of call: what an old answer could be mistaken for.
fn kind(request: &HttpRequest) -> String {
    match request.method {
        Method::Get => "GET".to_owned(),
        Method::Post => path(request)
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .to_owned(),
    }
}

/// The server behind the transport of all programs.
#[derive(Clone)]
pub struct Server {
    pub books: Arc<Mutex<Books>>,
    pub dice: Arc<Mutex<Dice>>,
    pub clock: VirtualClock,
}

impl Server {
    pub fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn settle(&self) {
        let now = self.clock.ms();
        self.books().settle(now, &mut self.dice.lock().unwrap());
    }
}

#[async_trait]
impl Transport for Server {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let cut = |why| TransportError::Interrupted {
            why,
            detail: String::new(),
        };
        let (to_server, back, roll, faults) = {
            let mut dice = self.dice.lock().unwrap();
            let faults = self.books().faults;
            (dice.below(400), dice.below(400), dice.below(100), faults)
        };
        self.clock
            .until(self.clock.ms() + 1 + i64::try_from(to_server).unwrap())
            .await;
        if request
            .may_write
            .as_ref()
            .is_some_and(|gate| !gate.is_open())
        {
            return Err(TransportError::NotSent {
                how: Unsent::HeldBack,
                why: "the gate is closed".into(),
            });
        }
        let mut below = 0;
        let mut falls = |percent: u64| {
            below += percent;
            roll < below && roll + percent >= below
        };
        if falls(faults.not_sent) {
            return Err(TransportError::NotSent {
                how: Unsent::Connect,
                why: "no connection".into(),
            });
        }
        if falls(faults.drop_before) {
            return Err(cut(Interruption::ConnectionCut));
        }
        if falls(faults.too_many) {
            return Ok(self.turned_away(&request));
        }
        if falls(faults.no_balance) && request.method == Method::Post {
            return Ok(self.too_poor(&request));
        }
        if falls(faults.error_before) {
            return Ok(unsigned(500, "error"));
        }
        let path = path(&request);
        self.check(&request);
        let kind = kind(&request);
        if falls(faults.replay) {
            let old = {
                let transaction = path.split('/').nth(2).unwrap_or_default().to_owned();
                let books = self.books();
                let fits = |given: &&(String, HttpResponse)| {
                    given
                        .1
                        .headers
                        .iter()
                        .any(|(n, v)| n == "checkout-transaction-id" && *v == transaction)
                };
                let same_kind = books
                    .given
                    .iter()
                    .filter(fits)
                    .rfind(|given| given.0 == kind)
                    .cloned();
                same_kind.or_else(|| books.given.iter().rfind(fits).cloned())
            };
            if let Some((_, old)) = old {
                return Ok(old);
            }
        }
        if falls(faults.delayed) && request.method == Method::Post {
            let later = self.clock.ms()
                + 30_000
                + i64::try_from(self.dice.lock().unwrap().below(15 * 60_000)).unwrap();
            self.books().delayed.push((later, Request::new(&request)));
            self.clock.until(self.clock.ms() + 30_000).await;
            return Err(cut(Interruption::Timeout));
        }
        let now = self.clock.ms();
        let answer = self.answer(&request);
        self.clock
            .until(now + 1 + i64::try_from(back).unwrap())
            .await;
        if falls(faults.drop_after) {
            return Err(cut(Interruption::ConnectionCut));
        }
        if falls(faults.error_after) {
            return Ok(unsigned(500, "error"));
        }
        if falls(faults.unsigned_refusal_after) {
            return Ok(unsigned(400, "refused by somebody in between"));
        }
        Ok(answer)
    }
}

impl Server {
    /// A signed 429: nothing was done.
    pub fn turned_away(&self, request: &HttpRequest) -> HttpResponse {
        let body = json!({"status": "error", "message": "slow down"});
        signed(self.clock.ms(), &Request::new(request), 429, "", &body)
    }

    /// A signed refusal: nothing was done.
    fn too_poor(&self, request: &HttpRequest) -> HttpResponse {
        let body =
            json!({"status": "error", "message": "the merchant's balance is not sufficient"});
        let asked = Request::new(request);
        let id = asked.path.split('/').nth(2).unwrap_or_default().to_owned();
        signed(self.clock.ms(), &asked, 400, &id, &body)
    }

    /// Carries a request out and answers it as it should be.
    pub fn answer(&self, request: &HttpRequest) -> HttpResponse {
        let (now, asked) = (self.clock.ms(), Request::new(request));
        let mut books = self.books();
        let mut dice = self.dice.lock().unwrap();
        books.settle(now, &mut dice);
        let (status, transaction, body) = books.carry_out(now, &asked, &mut dice);
        let answer = signed(now, &asked, status, &transaction, &body);
        books.given.push((kind(request), answer.clone()));
        answer
    }

    /// Every request is signed by the shop, and no nonce comes twice.
    fn check(&self, request: &HttpRequest) {
        let pairs = request
            .headers
            .iter()
            .map(|(n, v)| (n.as_str(), v.as_str()));
        signing::verify(&key(), pairs, &request.body, header(request, "signature"))
            .expect("a request's signature is wrong");
        let nonce = header(request, "checkout-nonce").unwrap().to_owned();
        assert!(self.books().nonces.insert(nonce), "a nonce came twice");
    }
}
