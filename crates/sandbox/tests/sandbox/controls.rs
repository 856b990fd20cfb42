use std::sync::{Arc, Mutex};
use std::time::Duration;

use hyvitys_paytrail::signing::{SigningKey, verify};
use hyvitys_sandbox::books::Rates;
use hyvitys_sandbox::clock::ClockMode;
use hyvitys_sandbox::{Options, Sandbox, StartError, TEST_SECRET};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::client::{options, start, urls};

/// A listener that answers 200 to all and keeps what it was told.
async fn listener() -> (std::net::SocketAddr, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let told = Arc::new(Mutex::new(Vec::new()));
    let keep = Arc::clone(&told);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut text = Vec::new();
            // The head, and then as much as it promises.
            loop {
                let mut part = [0; 4_096];
                let read = stream.read(&mut part).await.unwrap_or(0);
                text.extend_from_slice(&part[..read]);
                let so_far = String::from_utf8_lossy(&text);
                let Some((head, body)) = so_far.split_once("\r\n\r\n") else {
                    continue;
                };
                let length = head
                    .lines()
                    .find_map(|line| line.strip_prefix("content-length: "));
                if read == 0 || length.is_none_or(|length| body.len() >= length.parse().unwrap()) {
                    break;
                }
            }
            stream
                .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
                .await
                .unwrap();
            keep.lock().unwrap().push(String::from_utf8(text).unwrap());
        }
    });
    (addr, told)
}

async fn until<T>(mut found: impl AsyncFnMut() -> Option<T>) -> T {
    for _ in 0..200 {
        if let Some(found) = found().await {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it never came");
}

fn rates(pending: f64) -> Rates {
    Rates {
        pending_refunds: pending,
        failing_refunds: 0.0,
        cancel_202: 0.0,
    }
}

#[tokio::test]
async fn callbacks_are_signed_and_go_to_the_address_they_were_given() {
    let (addr, told) = listener().await;
    let options = Options {
        callback_to: Some(addr),
        rates: rates(0.0),
        ..options()
    };
    let (_running, client) = start(options).await;
    let id = client.paid().await;
    let (_, refund) = client.refund(&id, 500).await;
    let text = until(async || told.lock().unwrap().first().cloned()).await;
    let target = text.split(' ').nth(1).unwrap();
    let url = url::Url::parse(&format!("http://shop{target}")).unwrap();
    let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let value = |name: &str| {
        pairs
            .iter()
            .find(|(known, _)| known == name)
            .unwrap()
            .1
            .clone()
    };
    let borrowed = pairs
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    let signature = value("signature");
    verify(
        &SigningKey::new(TEST_SECRET),
        borrowed,
        b"",
        Some(&signature),
    )
    .unwrap();
    assert_eq!(
        value("checkout-transaction-id"),
        refund["transactionId"].as_str().unwrap()
    );
    assert_eq!(
        (value("checkout-amount"), value("checkout-stamp")),
        ("500".into(), "s".into())
    );
    assert!(text.starts_with("GET /ok?") && text.contains("host: a.invalid"));
    let list = until(async || {
        let list = client.show("/_sandbox/callbacks").await;
        list["callbacks"][0]["httpStatus"]
            .is_number()
            .then_some(list)
    })
    .await;
    assert_eq!(list["callbacks"][0]["httpStatus"], 200);
}

#[tokio::test]
async fn callbacks_to_other_machines_are_recorded_and_nobody_is_called() {
    let (_running, client) = start(Options {
        rates: rates(1.0),
        ..options()
    })
    .await;
    client.refund(&client.paid().await, 500).await;
    assert_eq!(
        client.show("/_sandbox/callbacks").await,
        json!({ "callbacks": [] }),
        "still pending"
    );
    client
        .control("/_sandbox/clock", &json!({ "advance": "1m" }))
        .await;
    let list = until(async || {
        let list = client.show("/_sandbox/callbacks").await;
        list["callbacks"][0]["error"].is_string().then_some(list)
    })
    .await;
    let one = &list["callbacks"][0];
    assert!(one["sentTo"].is_null() && one["httpStatus"].is_null());
    assert!(
        one["url"]
            .as_str()
            .unwrap()
            .starts_with("https://a.invalid/ok?checkout-account=")
    );
}

#[tokio::test]
async fn a_report_that_was_asked_for_is_posted_signed() {
    let (addr, told) = listener().await;
    let (_running, client) = start(options()).await;
    let url = format!("http://{addr}/report");
    let body = json!({ "requestType": "csv", "callbackUrl": url, "paymentStatus": "all" });
    let (status, answer) = client.call("POST", "/payments/report", &body).await;
    assert!(status == 200 && answer["requestId"].is_string());
    let text = until(async || told.lock().unwrap().first().cloned()).await;
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let pairs: Vec<(&str, &str)> = head
        .lines()
        .filter_map(|line| line.split_once(": "))
        .collect();
    let signature = pairs
        .iter()
        .find(|(name, _)| *name == "signature")
        .unwrap()
        .1;
    verify(
        &SigningKey::new(TEST_SECRET),
        pairs.clone(),
        body.as_bytes(),
        Some(signature),
    )
    .unwrap();
    assert!(head.starts_with("POST /report ") && body.starts_with("\"entryDate\";"));
    let wrong = json!({ "requestType": "xml", "callbackUrl": url });
    assert_eq!(client.call("POST", "/payments/report", &wrong).await.0, 400);
    let (_, settlements) = client.call("GET", "/settlements", &Value::Null).await;
    let path = format!("/settlements/{}/payments/report", settlements[0]["id"]);
    let body = json!({ "requestType": "json", "callbackUrl": url });
    assert_eq!(client.call("POST", &path, &body).await.0, 200);
    assert_eq!(
        client
            .call("POST", "/settlements/7/payments/report", &body)
            .await
            .0,
        404
    );
}

#[tokio::test]
async fn reports_are_fetched_in_every_encoding() {
    let (_running, client) = start(options()).await;
    let rows = client.show("/_sandbox/report.json").await;
    let total = client.payments().await.len() + client.refunds().await.len();
    assert_eq!(rows.as_array().unwrap().len(), total);
    let fetch = async |query: &str| {
        client
            .raw("GET", &format!("/_sandbox/report.csv{query}"), &[], b"")
            .await
            .unwrap()
            .body
    };
    let plain = fetch("").await;
    assert!(String::from_utf8(plain.clone()).unwrap().contains('ä'));
    let with_bom = fetch("?bom=1").await;
    assert_eq!(
        with_bom,
        [b"\xef\xbb\xbf".as_slice(), plain.as_slice()].concat()
    );
    let windows = fetch("?encoding=windows-1252").await;
    assert!(String::from_utf8(windows.clone()).is_err() && windows.contains(&0xe4));
    let wire = client
        .raw("GET", "/_sandbox/report.csv?nonsense=1", &[], b"")
        .await
        .unwrap();
    assert_eq!(wire.status, 400);
}

#[tokio::test]
async fn the_clock_runs_holds_out_and_the_balance_can_be_set() {
    let (_running, client) = start(Options {
        rates: rates(0.0),
        ..options()
    })
    .await;
    let id = client.manual_invoice().await;
    let shown = client
        .control("/_sandbox/clock", &json!({ "advance": "28d" }))
        .await;
    assert_eq!(
        shown,
        json!({ "mode": "manual", "now": "2026-11-29T12:00:00.000Z" })
    );
    let (_, payment) = client
        .call("GET", &format!("/payments/{id}"), &Value::Null)
        .await;
    assert_eq!(payment["status"], "fail");
    let path = format!("/payments/{id}/activate-invoice");
    assert_eq!(client.call("POST", &path, &Value::Null).await.0, 400);
    client
        .control("/_sandbox/balance", &json!({ "amount": 99 }))
        .await;
    let paid = client.paid().await;
    assert_eq!(client.refund(&paid, 100).await.0, 400);
    assert_eq!(client.refund(&paid, 99).await.0, 201);
    assert_eq!(
        client.show("/_sandbox/balance").await,
        json!({ "amount": 0 })
    );
}

#[tokio::test]
async fn a_refund_without_refund_api_becomes_an_email_refund_until_it_is_settled() {
    let (_running, client) = start(Options {
        rates: rates(0.0),
        ..options()
    })
    .await;
    let body = json!({
        "stamp": "x", "reference": "x", "amount": 1000, "currency": "EUR", "language": "EN",
        "customer": { "email": "a@b.fi" }, "redirectUrls": urls(),
    });
    let (_, made) = client.call("POST", "/payments", &body).await;
    let id = made["transactionId"].as_str().unwrap();
    client
        .control(
            &format!("/_sandbox/payments/{id}/pay"),
            &json!({ "provider": "omasp" }),
        )
        .await;
    let path = format!("/payments/{id}/refund");
    let refund = json!({ "amount": 300, "callbackUrls": urls() });
    assert_eq!(client.call("POST", &path, &refund).await.0, 422);
    let refund = json!({ "amount": 300, "callbackUrls": urls(), "email": "a@b.fi" });
    let (status, answer) = client.call("POST", &path, &refund).await;
    assert_eq!((status, &answer["provider"]), (201, &json!("email refund")));
    assert_eq!(answer["status"], "pending");
    client
        .control("/_sandbox/clock", &json!({ "advance": "52w" }))
        .await;
    let own = answer["transactionId"].as_str().unwrap();
    let settled = client
        .control(
            &format!("/_sandbox/refunds/{own}/settle"),
            &json!({ "status": "fail" }),
        )
        .await;
    assert_eq!(settled["status"], "fail");
}

#[tokio::test]
async fn the_payment_page_pays_and_escapes_what_the_shop_wrote() {
    let (_running, client) = start(options()).await;
    let body = json!({
        "stamp": "x", "reference": "<script>", "amount": 1000, "currency": "EUR", "language": "SV",
        "customer": { "email": "a@b.fi" }, "redirectUrls": urls(),
    });
    let (_, made) = client.call("POST", "/payments", &body).await;
    let page = format!("/pay/{}", made["transactionId"].as_str().unwrap());
    assert!(made["href"].as_str().unwrap().ends_with(&page));
    let html = |wire: crate::client::Wire| String::from_utf8(wire.body).unwrap();
    let shown = html(client.raw("GET", &page, &[], b"").await.unwrap());
    assert!(shown.contains("Betalning") && shown.contains("value=klarna"));
    assert!(shown.contains("&lt;script&gt;") && !shown.contains("<script>"));
    let paid = html(
        client
            .raw("POST", &page, &[], b"outcome=pay&provider=klarna")
            .await
            .unwrap(),
    );
    assert!(
        paid.contains("https://a.invalid/ok?checkout-account=375917"),
        "{paid}"
    );
    assert!(
        client
            .payments()
            .await
            .iter()
            .any(|p| p["stamp"] == "x" && p["status"] == "ok")
    );
}

#[tokio::test]
async fn a_sandbox_listens_and_calls_on_this_machine_only() {
    let far = "0.0.0.0:0".parse().unwrap();
    let started = Sandbox::start(Options {
        listen: far,
        ..options()
    })
    .await;
    assert!(matches!(started, Err(StartError::NotLoopback(_))));
    let started = Sandbox::start(Options {
        callback_to: Some(far),
        ..options()
    })
    .await;
    assert!(matches!(started, Err(StartError::NotLoopback(_))));
}

#[tokio::test]
async fn a_payment_lists_what_the_truth_is() {
    let now = "2026-11-01T12:00:00Z".parse().unwrap();
    let clock = ClockMode::Manual { start: Some(now) };
    let (running, client) = start(Options {
        payments: 2_000,
        clock,
        ..options()
    })
    .await;
    assert_eq!(running.payments(), 2_000);
    let payments = client.payments().await;
    assert_eq!(payments.len(), 2_000);
    let hold = payments.iter().find(|p| p["openHold"] == true).unwrap();
    assert!(hold["deadline"].is_string() && hold["manualInvoice"].is_boolean());
    for refund in client.refunds().await {
        let payment = payments
            .iter()
            .find(|p| p["transactionId"] == refund["paymentId"])
            .unwrap();
        assert_eq!(refund["originalPaymentReference"], payment["reference"]);
    }
}
