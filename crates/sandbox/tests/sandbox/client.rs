use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hyvitys_paytrail::signing::{Algorithm, SigningKey, sign, verify};
use hyvitys_sandbox::clock::ClockMode;
use hyvitys_sandbox::{Options, Running, Sandbox, TEST_MERCHANT, TEST_SECRET};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

static NONCE: AtomicU64 = AtomicU64::new(0);

/// What came back.
#[derive(Debug)]
pub struct Wire {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// Whether the body is as long as its content-length.
    pub whole: bool,
}

impl Wire {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub fn is_believable(&self) -> bool {
        let pairs = self
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        verify(
            &SigningKey::new(TEST_SECRET),
            pairs,
            &self.body,
            self.header("signature"),
        )
        .is_ok()
    }
}

pub fn options() -> Options {
    Options {
        payments: 60,
        clock: ClockMode::Manual {
            start: Some("2026-11-01T12:00:00Z".parse().unwrap()),
        },
        ..Options::test_merchant().unwrap()
    }
}

pub async fn start(options: Options) -> (Running, Client) {
    let running = Sandbox::start(options).await.unwrap();
    let client = Client {
        addr: running.addr(),
    };
    (running, client)
}

#[derive(Clone, Copy)]
pub struct Client {
    pub addr: SocketAddr,
}

pub fn urls() -> Value {
    json!({ "success": "https://a.invalid/ok", "cancel": "https://a.invalid/cancel" })
}

impl Client {
    /// One request on a connection of its own; `None` where no answer came back, or nobody was there.
    pub async fn raw(
        &self,
        method: &str,
        path: &str,
        headers: &[(String, String)],
        body: &[u8],
    ) -> Option<Wire> {
        let mut lines = vec![
            format!("{method} {path} HTTP/1.1"),
            format!("host: {}", self.addr),
            format!("content-length: {}", body.len()),
            "connection: close".to_owned(),
        ];
        lines.extend(
            headers
                .iter()
                .map(|(name, value)| format!("{name}: {value}")),
        );
        let head = format!("{}\r\n\r\n", lines.join("\r\n"));
        let mut stream = TcpStream::connect(self.addr).await.ok()?;
        stream.write_all(head.as_bytes()).await.ok()?;
        stream.write_all(body).await.ok()?;
        let mut bytes = Vec::new();
        // A cut connection may show as a reset after what had arrived.
        let _ = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut bytes)).await;
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let mut lines = head.lines();
        let status = lines
            .next()
            .unwrap()
            .split(' ')
            .nth(1)
            .unwrap()
            .parse()
            .unwrap();
        let headers: Vec<(String, String)> = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
            .collect();
        let body = bytes[end + 4..].to_vec();
        let length = headers.iter().find(|(name, _)| name == "content-length");
        let whole = length.is_none_or(|(_, length)| *length == body.len().to_string());
        Some(Wire {
            status,
            headers,
            body,
            whole,
        })
    }

    /// The headers of a signed request, without the signature.
    pub fn headers(method: &str, path: &str) -> Vec<(String, String)> {
        let nonce = NONCE.fetch_add(1, Ordering::Relaxed);
        let mut headers: Vec<(String, String)> = [
            ("checkout-account", TEST_MERCHANT),
            ("checkout-algorithm", "sha256"),
            ("checkout-method", method),
            (
                "checkout-nonce",
                &format!("nonce-{}-{nonce}", std::process::id()),
            ),
            ("checkout-timestamp", "2026-11-01T12:00:00.000Z"),
            ("content-type", "application/json; charset=utf-8"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        let id = path.split('/').nth(2).filter(|part| part.len() == 36);
        headers.extend(id.map(|id| ("checkout-transaction-id".to_owned(), id.to_owned())));
        headers
    }

    pub fn sign(headers: &mut Vec<(String, String)>, body: &[u8]) {
        let pairs = headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        let signature = sign(
            &SigningKey::new(TEST_SECRET),
            Algorithm::Sha256,
            pairs,
            body,
        )
        .unwrap();
        headers.push(("signature".to_owned(), signature));
    }

    /// A signed call; `None` where the connection was cut.
    pub async fn try_call(&self, method: &str, path: &str, body: &Value) -> Option<Wire> {
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let mut headers = Self::headers(method, path);
        Self::sign(&mut headers, body.as_bytes());
        self.raw(method, path, &headers, body.as_bytes()).await
    }

    /// A signed call whose answer must be believable.
    pub async fn call(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let wire = self.try_call(method, path, body).await.unwrap();
        assert!(wire.is_believable(), "{wire:?}");
        (wire.status, wire.json())
    }

    pub async fn refund(&self, id: &str, cents: i64) -> (u16, Value) {
        let body = json!({ "amount": cents, "refundStamp": "s", "callbackUrls": urls() });
        self.call("POST", &format!("/payments/{id}/refund"), &body)
            .await
    }

    /// A control that must be done.
    pub async fn control(&self, path: &str, body: &Value) -> Value {
        let wire = self
            .raw("POST", path, &[], body.to_string().as_bytes())
            .await
            .unwrap();
        assert_eq!(
            wire.status,
            200,
            "{path}: {}",
            String::from_utf8_lossy(&wire.body)
        );
        wire.json()
    }

    pub async fn show(&self, path: &str) -> Value {
        self.raw("GET", path, &[], b"").await.unwrap().json()
    }

    pub async fn payments(&self) -> Vec<Value> {
        self.show("/_sandbox/payments").await["payments"]
            .as_array()
            .unwrap()
            .clone()
    }

    pub async fn refunds(&self) -> Vec<Value> {
        self.show("/_sandbox/refunds").await["refunds"]
            .as_array()
            .unwrap()
            .clone()
    }

    /// The id of a paid Klarna payment that has never been refunded, of at least 20 €.
    pub async fn paid(&self) -> String {
        let payments = self.payments().await;
        let found = payments.iter().find(|p| {
            p["status"] == "ok"
                && p["provider"] == "klarna"
                && p["refunded"] == 0
                && p["amount"].as_i64().unwrap() > 2_000
        });
        found.unwrap()["transactionId"].as_str().unwrap().to_owned()
    }

    /// The id of an open Klarna manual invoice.
    pub async fn manual_invoice(&self) -> String {
        let payments = self.payments().await;
        let found = payments.iter().rev().find(|p| {
            p["openHold"] == true && p["provider"] == "klarna" && p["manualInvoice"] == true
        });
        found.unwrap()["transactionId"].as_str().unwrap().to_owned()
    }
}
