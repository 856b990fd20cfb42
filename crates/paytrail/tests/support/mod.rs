//! What the tests share: a shop's credentials, signed answers, and a transport that answers by script.

#![allow(dead_code, reason = "each test file uses its part of this one")]

pub mod calls;
pub mod server;

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::DateTime;
use hyvitys_domain::{Money, RefundStamp, TransactionId};
use hyvitys_paytrail::payments::{KlarnaDetails, Language, NewItem, NewPayment, Payer};
use hyvitys_paytrail::signing::sign;
use hyvitys_paytrail::{
    Algorithm, Client, Credentials, HttpRequest, HttpResponse, RefundRequest, SigningKey, Stamped,
    Transport, TransportError, UrlPair, WriteGate,
};

pub const PAYMENT: &str = "681538c4-fc84-11e9-83bc-2ffcef4c3453";
pub const REFUND: &str = "b4e2d7a0-0b1f-4d0a-9c53-7c0c9fd0a001";
pub const VIEW: &str = r#"{"transactionId":"681538c4-fc84-11e9-83bc-2ffcef4c3453","status":"ok","amount":1590,"currency":"EUR","stamp":"s-1","reference":"1042","createdAt":"2026-10-30T09:13:00","provider":"klarna"}"#;
pub const REFUNDED: &str =
    r#"{"transactionId":"b4e2d7a0-0b1f-4d0a-9c53-7c0c9fd0a001","status":"ok","provider":"klarna"}"#;
pub const DONE: &str = r#"{"status":"ok","message":"done"}"#;
pub const REFUSED: &str =
    r#"{"status":"error","message":"Refund amount exceeds","meta":["amount"]}"#;

pub fn payment() -> TransactionId {
    PAYMENT.parse().unwrap()
}

pub fn credentials() -> Credentials {
    Credentials {
        merchant: "375917".parse().unwrap(),
        key: SigningKey::new("SAIPPUAKAUPPIAS"),
        algorithm: Algorithm::Sha256,
    }
}

pub fn stamped(nonce: &str) -> Stamped {
    let timestamp = DateTime::from_timestamp_millis(1_700_000_000_123).unwrap();
    Stamped {
        nonce: nonce.to_owned(),
        timestamp,
        may_write: None,
    }
}

pub fn gated(nonce: &str, may_write: impl Fn() -> bool + Send + Sync + 'static) -> Stamped {
    Stamped {
        may_write: Some(WriteGate::new(may_write)),
        ..stamped(nonce)
    }
}

pub fn urls() -> UrlPair {
    UrlPair {
        success: "https://shop.example/ok".into(),
        cancel: "https://shop.example/no".into(),
    }
}

pub fn refund_request() -> RefundRequest {
    RefundRequest {
        amount: Money::from_cents(500),
        callback_urls: urls(),
        refund_stamp: RefundStamp::from_random(7),
        refund_reference: None,
        email: None,
        items: Vec::new(),
    }
}

/// Headers of an answer, signed with the shop's secret.
pub fn signed_headers(extra: &[(&str, &str)], body: &[u8]) -> Vec<(String, String)> {
    let mut headers = vec![
        ("checkout-account", "375917"),
        ("checkout-algorithm", "sha256"),
    ];
    for pair in extra {
        headers.retain(|(name, _)| *name != pair.0);
        headers.push(*pair);
    }
    let signature = sign(
        &credentials().key,
        Algorithm::Sha256,
        headers.iter().copied(),
        body,
    )
    .unwrap();
    let mut headers: Vec<_> = headers
        .into_iter()
        .map(|(n, v)| (n.to_owned(), v.to_owned()))
        .collect();
    headers.push(("signature".to_owned(), signature));
    headers.push(("request-id".to_owned(), "req-1".to_owned()));
    headers
}

pub fn signed(status: u16, body: &str) -> HttpResponse {
    signed_with(status, &[], body)
}

pub fn signed_with(status: u16, extra: &[(&str, &str)], body: &str) -> HttpResponse {
    HttpResponse {
        status,
        headers: signed_headers(extra, body.as_bytes()),
        body: body.as_bytes().to_vec(),
    }
}

/// Answers every request with the same answer and keeps the requests.
pub struct Script {
    answer: Result<HttpResponse, TransportError>,
    pub seen: Mutex<Vec<HttpRequest>>,
}

#[async_trait]
impl Transport for Script {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        self.seen.lock().unwrap().push(request);
        self.answer.clone()
    }
}

pub fn scripted(answer: Result<HttpResponse, TransportError>) -> (Client, Arc<Script>) {
    let script = Arc::new(Script {
        answer,
        seen: Mutex::default(),
    });
    let origin = "https://services.paytrail.com".parse().unwrap();
    (
        Client::new(origin, credentials(), script.clone(), "hyvitys-test"),
        script,
    )
}

/// Runs a future that never waits for anything outside.
pub fn now<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

/// A payment that keeps all limits, with a Klarna session token.
pub fn klarna_payment() -> NewPayment {
    NewPayment {
        stamp: "s-1".into(),
        reference: "1042".into(),
        amount: Money::from_cents(1590),
        language: Language::Fi,
        customer: Payer {
            email: "aino@example.com".into(),
            ..Payer::default()
        },
        redirect_urls: urls(),
        callback_urls: None,
        callback_delay: None,
        items: Vec::new(),
        delivery_address: None,
        invoicing_address: None,
        manual_invoice_activation: false,
        groups: Vec::new(),
        use_prices_without_vat: false,
        klarna: Some(KlarnaDetails {
            network_session_token: "token".into(),
            network_data: None,
        }),
    }
}

/// An order line of the fewest fields.
pub fn item(cents: i64, units: u32) -> NewItem {
    NewItem {
        unit_price: Money::from_cents(cents),
        units,
        vat_permille: 255,
        product_code: "p-1".into(),
        description: None,
        category: None,
        stamp: None,
        reference: None,
    }
}
