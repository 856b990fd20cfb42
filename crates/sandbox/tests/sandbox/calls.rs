use hyvitys_sandbox::books::Rates;
use serde_json::{Value, json};

use crate::client::{Client, options, start, urls};

fn at_once() -> hyvitys_sandbox::Options {
    let rates = Rates {
        pending_refunds: 0.0,
        failing_refunds: 0.0,
        cancel_202: 0.0,
    };
    hyvitys_sandbox::Options { rates, ..options() }
}

fn new_payment(stamp: &str) -> Value {
    json!({
        "stamp": stamp, "reference": "2001", "amount": 1525, "currency": "EUR", "language": "FI",
        "items": [{ "unitPrice": 1525, "units": 1, "vatPercentage": 25.5, "productCode": "#1234" }],
        "customer": { "email": "aino@example.fi", "firstName": "Äinö" },
        "redirectUrls": urls(),
        "manualInvoiceActivation": true,
    })
}

#[tokio::test]
async fn a_wrong_signature_secret_or_account_is_401_and_does_nothing() {
    let (_running, client) = start(at_once()).await;
    let path = format!("/payments/{}/refund", client.paid().await);
    let body = json!({ "amount": 1, "callbackUrls": urls() }).to_string();
    let before = client.refunds().await;
    let mut tampered = Client::headers("POST", &path);
    Client::sign(&mut tampered, b"another body");
    let unsigned = Client::headers("POST", &path);
    let mut stranger = Client::headers("POST", &path);
    stranger[0].1 = "111111".into();
    Client::sign(&mut stranger, body.as_bytes());
    for headers in [tampered, unsigned, stranger] {
        let wire = client
            .raw("POST", &path, &headers, body.as_bytes())
            .await
            .unwrap();
        assert_eq!(wire.status, 401);
        assert_eq!(wire.json()["status"], "error");
        assert!(wire.json()["message"].is_string() && wire.header("signature").is_none());
        assert!(wire.header("request-id").is_some());
    }
    assert_eq!(client.refunds().await, before);
}

#[tokio::test]
async fn a_reused_nonce_and_missing_headers_are_a_signed_400() {
    let (_running, client) = start(at_once()).await;
    let path = format!("/payments/{}/refund", client.paid().await);
    let body = json!({ "amount": 1, "callbackUrls": urls() }).to_string();
    let before = client.refunds().await.len();
    let mut headers = Client::headers("POST", &path);
    Client::sign(&mut headers, body.as_bytes());
    let first = client
        .raw("POST", &path, &headers, body.as_bytes())
        .await
        .unwrap();
    assert_eq!(first.status, 201);
    let again = client
        .raw("POST", &path, &headers, body.as_bytes())
        .await
        .unwrap();
    assert_eq!(again.status, 400);
    assert!(again.is_believable() && again.json()["message"].as_str().unwrap().contains("nonce"));
    for name in [
        "checkout-transaction-id",
        "checkout-nonce",
        "checkout-timestamp",
        "checkout-method",
        "content-type",
    ] {
        let mut headers = Client::headers("POST", &path);
        headers.retain(|(known, _)| known != name);
        Client::sign(&mut headers, body.as_bytes());
        let wire = client
            .raw("POST", &path, &headers, body.as_bytes())
            .await
            .unwrap();
        assert_eq!(wire.status, 400, "without {name}");
        assert!(wire.is_believable() && wire.json()["message"].as_str().unwrap().contains(name));
    }
    assert_eq!(client.refunds().await.len(), before + 1);
}

#[tokio::test]
async fn refunds_have_transactions_of_their_own_and_a_stamp_is_never_deduped() {
    let (_running, client) = start(at_once()).await;
    let id = client.paid().await;
    let (status, first) = client.refund(&id, 700).await;
    let (_, second) = client.refund(&id, 700).await;
    assert_eq!(
        (status, &first["status"], &first["provider"]),
        (201, &json!("ok"), &json!("klarna"))
    );
    assert_ne!(first["transactionId"], second["transactionId"]);
    let own = first["transactionId"].as_str().unwrap();
    let (status, seen) = client
        .call("GET", &format!("/payments/{own}"), &Value::Null)
        .await;
    assert_eq!(status, 200);
    assert_eq!(
        (&seen["amount"], &seen["stamp"], &seen["status"]),
        (&json!(700), &json!("s"), &json!("ok"))
    );
    let refunds = client.refunds().await;
    assert_eq!(
        refunds
            .iter()
            .filter(|r| r["paymentId"] == id.as_str())
            .count(),
        2
    );
    let (status, error) = client.refund(&id, 99_000_000).await;
    assert_eq!((status, &error["status"]), (400, &json!("error")));
    assert_eq!(
        client
            .refund("00000000-0000-4000-8000-000000000000", 1)
            .await
            .0,
        404
    );
}

#[tokio::test]
async fn a_pending_refund_settles_a_minute_later_by_the_sandboxs_clock() {
    let rates = Rates {
        pending_refunds: 1.0,
        failing_refunds: 0.0,
        cancel_202: 0.0,
    };
    let (_running, client) = start(hyvitys_sandbox::Options { rates, ..options() }).await;
    let (_, refund) = client.refund(&client.paid().await, 500).await;
    assert_eq!(refund["status"], "pending");
    let path = format!("/payments/{}", refund["transactionId"].as_str().unwrap());
    client
        .control("/_sandbox/clock", &json!({ "advance": "59s" }))
        .await;
    assert_eq!(
        client.call("GET", &path, &Value::Null).await.1["status"],
        "pending"
    );
    client
        .control("/_sandbox/clock", &json!({ "advance": "1s" }))
        .await;
    assert_eq!(
        client.call("GET", &path, &Value::Null).await.1["status"],
        "ok"
    );
}

#[tokio::test]
async fn a_payment_is_made_paid_activated_and_shown() {
    let (_running, client) = start(at_once()).await;
    let wire = client
        .try_call("POST", "/payments", &new_payment("a"))
        .await
        .unwrap();
    let made = wire.json();
    assert_eq!(wire.status, 201, "{made}");
    let id = made["transactionId"].as_str().unwrap();
    assert_eq!(wire.header("checkout-transaction-id"), Some(id));
    assert!(
        made["providers"]
            .as_array()
            .unwrap()
            .iter()
            .any(|p| p["id"] == "klarna" && p["group"] == "credit")
    );
    let (_, new) = client
        .call("GET", &format!("/payments/{id}"), &Value::Null)
        .await;
    assert_eq!(
        (&new["status"], &new["href"]),
        (&json!("new"), &made["href"])
    );
    client
        .control(
            &format!("/_sandbox/payments/{id}/pay"),
            &json!({ "provider": "klarna" }),
        )
        .await;
    let (_, held) = client
        .call("GET", &format!("/payments/{id}"), &Value::Null)
        .await;
    assert_eq!(
        (&held["status"], held.get("href")),
        (&json!("pending"), None)
    );
    let (status, answer) = client
        .call(
            "POST",
            &format!("/payments/{id}/activate-invoice"),
            &Value::Null,
        )
        .await;
    assert_eq!((status, &answer["status"]), (200, &json!("ok")));
    let (_, paid) = client
        .call("GET", &format!("/payments/{id}"), &Value::Null)
        .await;
    assert_eq!(paid["status"], "ok");
    assert!(paid["filingCode"].is_string() && paid["paidAt"].is_string());
    assert_eq!(
        client.call("POST", "/payments", &new_payment("a")).await.0,
        400,
        "the stamp is taken"
    );
    let (status, error) = client.call("POST", "/payments", &json!({})).await;
    assert_eq!(status, 400);
    assert!(error["meta"].as_array().unwrap().len() > 4);
}

#[tokio::test]
async fn klarna_charges_hold_commit_revert_and_step_up() {
    let (_running, client) = start(at_once()).await;
    let body = |stamp: &str, token: &str| {
        let mut body = new_payment(stamp);
        body["providerDetails"] = json!({ "klarna": { "networkSessionToken": token } });
        body
    };
    let hold = "/payments/klarna/authorization-hold";
    for (stamp, act, end) in [("a", "commit", "ok"), ("b", "revert", "fail")] {
        let (status, made) = client.call("POST", hold, &body(stamp, "token")).await;
        assert_eq!(status, 201);
        let path = format!("/payments/{}", made["transactionId"].as_str().unwrap());
        assert_eq!(
            client.call("GET", &path, &Value::Null).await.1["status"],
            "authorization-hold"
        );
        assert_eq!(
            client
                .call("POST", &format!("{path}/klarna/{act}"), &Value::Null)
                .await
                .0,
            200
        );
        assert_eq!(
            client.call("GET", &path, &Value::Null).await.1["status"],
            end
        );
    }
    let (status, step) = client
        .call("POST", "/payments/klarna/charge", &body("c", "step-up-1"))
        .await;
    assert_eq!((status, &step["error"]), (403, &json!("Step-up required")));
    assert!(step["stepUpUrl"].is_string());
    assert_eq!(
        client.call("POST", hold, &new_payment("d")).await.0,
        400,
        "no token"
    );
}

#[tokio::test]
async fn cancel_order_answers_each_of_its_outcomes() {
    let (_running, client) = start(at_once()).await;
    let id = client.manual_invoice().await;
    let path = format!("/payments/{id}/cancel-order");
    let next = format!("/_sandbox/payments/{id}/next-cancel");
    client.control(&next, &json!({ "status": 500 })).await;
    let mut seen = vec![client.call("POST", &path, &Value::Null).await.0];
    client.control(&next, &json!({ "status": 202 })).await;
    seen.push(client.call("POST", &path, &Value::Null).await.0);
    client
        .control("/_sandbox/clock", &json!({ "advance": "60s" }))
        .await;
    seen.push(client.call("POST", &path, &Value::Null).await.0);
    let other = client.manual_invoice().await;
    seen.push(
        client
            .call(
                "POST",
                &format!("/payments/{other}/cancel-order"),
                &Value::Null,
            )
            .await
            .0,
    );
    let paid = client.paid().await;
    seen.push(
        client
            .call(
                "POST",
                &format!("/payments/{paid}/cancel-order"),
                &Value::Null,
            )
            .await
            .0,
    );
    assert_eq!(seen, [500, 202, 200, 201, 400]);
}

#[tokio::test]
async fn merchant_data_is_listed() {
    let (_running, client) = start(at_once()).await;
    let (status, list) = client
        .call(
            "GET",
            "/merchants/payment-providers?amount=1000&groups=credit",
            &Value::Null,
        )
        .await;
    assert_eq!(status, 200);
    let ids: Vec<&Value> = list.as_array().unwrap().iter().map(|p| &p["id"]).collect();
    assert_eq!(ids, ["klarna", "walleyb2c"]);
    let (_, few) = client
        .call(
            "GET",
            "/merchants/payment-providers?amount=50&groups=credit",
            &Value::Null,
        )
        .await;
    assert_eq!(few, json!([]), "too small for an invoice");
    let (_, grouped) = client
        .call(
            "GET",
            "/merchants/grouped-payment-providers?language=SV",
            &Value::Null,
        )
        .await;
    assert_eq!(grouped["groups"].as_array().unwrap().len(), 4);
    let (_, settlements) = client
        .call("GET", "/settlements?limit=2", &Value::Null)
        .await;
    assert_eq!(settlements.as_array().unwrap().len(), 2);
    assert_eq!(
        client
            .call("GET", "/settlements?limit=101", &Value::Null)
            .await
            .0,
        400
    );
    assert_eq!(client.call("GET", "/nothing", &Value::Null).await.0, 404);
}

#[tokio::test]
async fn sha512_requests_get_sha512_answers() {
    let (_running, client) = start(at_once()).await;
    let key = hyvitys_paytrail::signing::SigningKey::new(hyvitys_sandbox::TEST_SECRET);
    let mut headers = Client::headers("GET", "/settlements");
    headers[1].1 = "sha512".into();
    let pairs = headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    let signature = hyvitys_paytrail::signing::sign(
        &key,
        hyvitys_paytrail::signing::Algorithm::Sha512,
        pairs,
        b"",
    )
    .unwrap();
    headers.push(("signature".into(), signature));
    let wire = client
        .raw("GET", "/settlements", &headers, b"")
        .await
        .unwrap();
    assert_eq!(
        (wire.status, wire.header("checkout-algorithm")),
        (200, Some("sha512"))
    );
    assert!(wire.is_believable());
}
