//! The Payment API: verify, perhaps misbehave, do, sign.
//!
//! Nothing here knows a socket. A request goes in as bytes and headers, and what comes out says what
//! is to be sent, and how badly: whole, late, half, or not at all.

pub mod bodies;
mod call;
mod dispatch;
pub mod fields;
mod verify;
pub mod views;

use hyvitys_paytrail::signing::{Algorithm, sign};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::callbacks::Delivery;
use crate::faults::Fault;
use crate::requests::RequestRecord;
use crate::shop::{OldAnswer, Shop};
use call::Call;

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Incoming {
    /// `GET` or `POST`.
    pub method: String,
    /// The path without the query.
    pub path: String,
    /// The query, if any.
    pub query: Option<String>,
    /// All headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The raw body.
    pub body: Vec<u8>,
}

impl Incoming {
    /// The value of a header, if it came.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}

/// An answer with all of its headers but the content-length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// How an answer is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sending {
    /// As it is.
    Whole(Answer),
    /// As it is, but late.
    Late(Answer),
    /// Half of the body under the whole content-length.
    Half(Answer),
    /// Not at all: the connection is cut.
    Cut,
}

/// What becomes of a request.
#[derive(Debug)]
pub struct Outcome {
    /// What is sent.
    pub sending: Sending,
    /// What the shop is told besides.
    pub deliveries: Vec<Delivery>,
}

/// What a call answers, before it is signed.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The JSON body.
    pub body: Value,
    /// The transaction of the answer, where the path names none.
    pub transaction: Option<String>,
    /// What the shop is told besides.
    pub report: Option<dispatch::ReportOrder>,
}

impl Reply {
    fn new(status: u16, body: Value) -> Reply {
        Reply {
            status,
            body,
            transaction: None,
            report: None,
        }
    }
}

/// The shape of every error (API document §1).
pub fn error_body(message: &str, meta: &[String]) -> Value {
    if meta.is_empty() {
        json!({ "status": "error", "message": message })
    } else {
        json!({ "status": "error", "message": message, "meta": meta })
    }
}

/// Handles one request of the Payment API from its first byte to what is sent back.
pub fn handle(shop: &mut Shop, request: &Incoming) -> Outcome {
    let number = shop.log.next_number();
    let request_id = shop.dice.uuid("request-id", &[&number, &shop.clock.now()]);
    let mut record = RequestRecord {
        number,
        at: shop.clock.now(),
        method: request.method.clone(),
        path: request.path.clone(),
        nonce: request.header("checkout-nonce").map(str::to_owned),
        transaction_id: request.header("checkout-transaction-id").map(str::to_owned),
        http_status: None,
        fault: None,
        request_id: request_id.to_string(),
        verified: verify::signature(shop, request).is_ok(),
    };
    let reused = record
        .nonce
        .as_ref()
        .is_some_and(|nonce| shop.log.knows_nonce(nonce));
    let attempt = shop.log.attempts(&request.path);
    shop.note(record.clone());

    let now = shop.clock.now();
    shop.books.advance(now);
    let answer = Answering {
        request,
        request_id,
        number,
    };
    let (sending, mut deliveries) = if record.verified {
        answer.verified(shop, reused, attempt, &mut record)
    } else {
        let error = error_body("Signature mismatch, or the account is unknown", &[]);
        (Sending::Whole(answer.unsigned(401, &error)), Vec::new())
    };
    record.http_status = match &sending {
        Sending::Whole(answer) | Sending::Late(answer) | Sending::Half(answer) => {
            Some(answer.status)
        }
        Sending::Cut => None,
    };
    shop.note(record);
    deliveries.extend(shop.deliveries());
    if let Some(why) = shop.broken() {
        // What can't be saved has not happened for anyone who comes after a restart: nothing is claimed.
        let error = error_body(&format!("The sandbox can't save its state: {why}"), &[]);
        return Outcome {
            sending: Sending::Whole(answer.unsigned(500, &error)),
            deliveries: Vec::new(),
        };
    }
    Outcome {
        sending,
        deliveries,
    }
}

/// One request on its way to an answer.
struct Answering<'a> {
    request: &'a Incoming,
    request_id: Uuid,
    number: u64,
}

impl Answering<'_> {
    fn verified(
        &self,
        shop: &mut Shop,
        reused: bool,
        attempt: u64,
        record: &mut RequestRecord,
    ) -> (Sending, Vec<Delivery>) {
        let request = self.request;
        let call = Call::of(&request.method, &request.path);
        if let Err(refusal) = verify::headers(request, call, reused) {
            return (
                Sending::Whole(self.signed(shop, &dispatch::refused(&refusal))),
                Vec::new(),
            );
        }
        let Some(call) = call else {
            let error = Reply::new(404, error_body("Not found", &[]));
            return (Sending::Whole(self.signed(shop, &error)), Vec::new());
        };
        let mut fault = shop
            .faults
            .strike(shop.dice, call.name(), &request.path, attempt);
        let broken = || Reply::new(500, error_body("Internal server error", &[]));
        match fault {
            Some(Fault::DropBefore) => {
                record.fault = fault;
                return (Sending::Cut, Vec::new());
            }
            Some(Fault::Status500Before) => {
                record.fault = fault;
                return (Sending::Whole(self.signed(shop, &broken())), Vec::new());
            }
            Some(Fault::Status429) => {
                record.fault = fault;
                let mut answer =
                    self.signed(shop, &Reply::new(429, error_body("Too many requests", &[])));
                answer
                    .headers
                    .push(("retry-after".to_owned(), "1".to_owned()));
                return (Sending::Whole(answer), Vec::new());
            }
            Some(Fault::ReplayOld) => match shop.older_answer(&request.method, &request.path) {
                Some(old) => {
                    record.fault = fault;
                    return (Sending::Whole(old), Vec::new());
                }
                // The first request of all has nothing to be confused with.
                None => fault = None,
            },
            _ => {}
        }
        record.fault = fault;
        let mut reply = dispatch::dispatch(shop, call, request, self.request_id);
        shop.save(Vec::new());
        let report = reply.report.take();
        let deliveries = report
            .and_then(|order| dispatch::send_report(shop, &order, self.request_id))
            .into_iter();
        let mut answer = self.signed(shop, &reply);
        let sending = match fault {
            Some(Fault::DropAfter) => Sending::Cut,
            Some(Fault::Slow) => {
                self.keep(shop, &answer);
                Sending::Late(answer)
            }
            Some(Fault::Status500After) => Sending::Whole(self.signed(shop, &broken())),
            Some(Fault::Unsigned4xxAfter) => {
                Sending::Whole(self.unsigned(400, &error_body("Bad request", &[])))
            }
            Some(Fault::BadSignature) => {
                for (_, value) in answer
                    .headers
                    .iter_mut()
                    .filter(|(name, _)| name == "signature")
                {
                    let other = if value.starts_with('0') { "1" } else { "0" };
                    value.replace_range(..1, other);
                }
                Sending::Whole(answer)
            }
            Some(Fault::NoSignature) => {
                answer.headers.retain(|(name, _)| name != "signature");
                Sending::Whole(answer)
            }
            Some(Fault::Truncated) => Sending::Half(answer),
            _ => {
                self.keep(shop, &answer);
                Sending::Whole(answer)
            }
        };
        (sending, deliveries.collect())
    }

    fn keep(&self, shop: &mut Shop, answer: &Answer) {
        let (method, path) = (self.request.method.clone(), self.request.path.clone());
        shop.remember(OldAnswer {
            method,
            path,
            answer: answer.clone(),
        });
    }

    fn unsigned(&self, status: u16, body: &Value) -> Answer {
        let headers = vec![
            (
                "content-type".to_owned(),
                "application/json; charset=utf-8".to_owned(),
            ),
            ("request-id".to_owned(), self.request_id.to_string()),
        ];
        Answer {
            status,
            headers,
            body: body.to_string().into_bytes(),
        }
    }

    /// The answer with its signed headers, by the algorithm of the request.
    fn signed(&self, shop: &Shop, reply: &Reply) -> Answer {
        let mut answer = self.unsigned(reply.status, &reply.body);
        let algorithm = match self.request.header("checkout-algorithm") {
            Some("sha512") => Algorithm::Sha512,
            _ => Algorithm::Sha256,
        };
        let nonce = shop
            .dice
            .uuid("answer nonce", &[&self.number, &self.request_id]);
        let mut put = |name: &str, value: String| answer.headers.push((name.to_owned(), value));
        put("checkout-account", shop.merchant.to_string());
        put("checkout-algorithm", algorithm.as_str().to_owned());
        put("checkout-method", self.request.method.clone());
        put("checkout-nonce", nonce.to_string());
        put("checkout-timestamp", views::exact(shop.clock.now()));
        let asked = Call::of(&self.request.method, &self.request.path).and_then(Call::transaction);
        if let Some(id) = asked
            .map(|id| id.to_string())
            .or_else(|| reply.transaction.clone())
        {
            put("checkout-transaction-id", id);
        }
        let pairs = answer
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        match sign(&shop.key, algorithm, pairs, &answer.body) {
            Ok(signature) => answer.headers.push(("signature".to_owned(), signature)),
            // All values are the sandbox's own; without a signature nobody believes the answer anyway.
            Err(error) => tracing::error!(%error, "an answer could not be signed"),
        }
        answer
    }
}
