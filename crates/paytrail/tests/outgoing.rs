//! What goes out: bodies under their wire names, paths and queries.

#![cfg(test)]

mod support;

use chrono::NaiveDate;
use hyvitys_domain::{ItemStamp, Money};
use hyvitys_paytrail::payments::{Language, NewItem};
use hyvitys_paytrail::reports::{ReportFormat, ReportRequest};
use hyvitys_paytrail::settlements::{SettlementId, SettlementQuery};
use hyvitys_paytrail::{CallError, NewPayment, RefundItem, RefundRequest};
use serde_json::{Value, json};
use support::{item, klarna_payment, now, payment, refund_request, scripted, signed, stamped};

#[test]
fn what_breaks_a_limit_is_not_sent() {
    let (client, script) = scripted(Ok(signed(201, "{}")));
    let refund = RefundRequest {
        amount: Money::ZERO,
        ..refund_request()
    };
    let new = NewPayment {
        stamp: String::new(),
        ..klarna_payment()
    };
    let bare = NewPayment {
        klarna: None,
        ..klarna_payment()
    };
    let report = ReportRequest {
        limit: Some(50_001),
        ..report()
    };
    let query = SettlementQuery {
        limit: Some(101),
        ..SettlementQuery::default()
    };
    let s = stamped("n");
    let results = now(async {
        [
            client.refund(&s, payment(), &refund).await.map(|_| ()),
            client.create_payment(&s, &new).await.map(|_| ()),
            client.klarna_charge(&s, &bare).await.map(|_| ()),
            client.request_payment_report(&s, &report).await.map(|_| ()),
            client.settlements(&s, &query).await.map(|_| ()),
            client
                .activate_invoice(&stamped("a\nb"), payment())
                .await
                .map(|_| ()),
        ]
    });
    for result in results {
        assert!(
            matches!(result, Err(CallError::NotSent { .. })),
            "{result:?}"
        );
    }
    assert!(script.seen.lock().unwrap().is_empty());
}

fn report() -> ReportRequest {
    ReportRequest {
        format: ReportFormat::Csv,
        callback_url: "https://shop.example/report".into(),
        scope: None,
        start_date: NaiveDate::from_ymd_opt(2026, 10, 1),
        end_date: None,
        limit: None,
        report_fields: vec!["stamp".into()],
        include_items: Some(true),
    }
}

/// The URL without its origin, and the body, of the one request that `call` made.
fn sent(
    body: &str,
    status: u16,
    call: impl AsyncFnOnce(hyvitys_paytrail::Client),
) -> (String, Value) {
    let (client, script) = scripted(Ok(signed(status, body)));
    now(call(client));
    let seen = script.seen.lock().unwrap();
    assert_eq!(seen.len(), 1);
    let path = seen[0]
        .url
        .strip_prefix("https://services.paytrail.com")
        .unwrap()
        .to_owned();
    (
        path,
        serde_json::from_slice(&seen[0].body).unwrap_or(Value::Null),
    )
}

#[test]
fn a_new_payment_travels_under_its_wire_names() {
    let created = format!(
        r#"{{"transactionId":"{}","href":"https://pay.paytrail.com/x","reference":"1","terms":"t","groups":[{{"id":"credit","name":"Lasku","icon":"i","svg":"s"}}],
        "providers":[{{"url":"u","icon":"i","svg":"s","group":"credit","name":"Klarna","id":"klarna","parameters":[{{"name":"a","value":"b"}}]}}],"customProviders":{{}}}}"#,
        support::PAYMENT
    );
    let mut payment = klarna_payment();
    payment.items = vec![
        NewItem {
            vat_permille: 240,
            ..item(1500, 1)
        },
        item(90, 1),
    ];
    payment.manual_invoice_activation = true;
    let (path, body) = sent(&created, 201, async |client| {
        let answer = client
            .create_payment(&stamped("n"), &payment)
            .await
            .unwrap();
        assert_eq!(answer.value.href, "https://pay.paytrail.com/x");
        assert!(hyvitys_paytrail::merchants::offers_klarna(
            &answer.value.providers
        ));
    });
    assert_eq!(path, "/payments");
    let expected = json!({
        "currency": "EUR", "stamp": "s-1", "reference": "1042", "amount": 1590, "language": "FI",
        "customer": {"email": "aino@example.com"},
        "redirectUrls": {"success": "https://shop.example/ok", "cancel": "https://shop.example/no"},
        "items": [
            {"unitPrice": 1500, "units": 1, "vatPercentage": 24, "productCode": "p-1"},
            {"unitPrice": 90, "units": 1, "vatPercentage": 25.5, "productCode": "p-1"},
        ],
        "manualInvoiceActivation": true,
        "providerDetails": {"klarna": {"networkSessionToken": "token"}},
    });
    assert_eq!(body, expected);
}

#[test]
fn a_refund_travels_under_its_wire_names() {
    let mut request = refund_request();
    request.items = vec![RefundItem {
        stamp: ItemStamp::new("a").unwrap(),
        amount: Money::from_cents(500),
    }];
    request.email = Some("aino@example.com".into());
    request.refund_reference = Some("r".into());
    let (path, body) = sent(support::REFUNDED, 201, async |client| {
        client
            .refund(&stamped("n"), payment(), &request)
            .await
            .unwrap();
    });
    assert_eq!(path, format!("/payments/{}/refund", support::PAYMENT));
    let expected = json!({
        "amount": 500, "refundStamp": "00000000000000000000000000000007", "refundReference": "r",
        "callbackUrls": {"success": "https://shop.example/ok", "cancel": "https://shop.example/no"},
        "email": "aino@example.com", "items": [{"stamp": "a", "amount": 500}],
    });
    assert_eq!(body, expected);
}

#[test]
fn providers_are_asked_for_by_amount_group_and_language() {
    let list = r#"[{"id":"klarna","name":"Klarna","group":"credit","icon":"i","svg":"s"}]"#;
    let (path, _) = sent(list, 200, async |client| {
        let amount = Some(Money::from_cents(1590));
        let answer = client
            .payment_providers(&stamped("n"), amount, &["credit", "bank"])
            .await
            .unwrap();
        assert!(hyvitys_paytrail::merchants::offers_klarna(&answer.value));
    });
    assert_eq!(
        path,
        "/merchants/payment-providers?amount=1590&groups=credit%2Cbank"
    );
    let grouped = format!(
        r#"{{"terms":"t","groups":[{{"id":"credit","name":"L","providers":{list}}}],"providers":{list}}}"#
    );
    let (path, _) = sent(&grouped, 200, async |client| {
        let answer = client
            .grouped_payment_providers(&stamped("n"), None, &[], Language::Sv)
            .await
            .unwrap();
        assert_eq!(answer.value.groups[0].providers, answer.value.providers);
    });
    assert_eq!(path, "/merchants/grouped-payment-providers?language=SV");
}

#[test]
fn settlements_are_listed_with_ids_of_either_kind() {
    let list = r#"[{"id":12,"createdAt":"2026-10-01T00:00:00Z","settledAt":null,"settlementReference":"9"},{"id":"a-1"}]"#;
    let query = SettlementQuery {
        start_date: NaiveDate::from_ymd_opt(2026, 10, 1),
        limit: Some(100),
        ..Default::default()
    };
    let (path, _) = sent(list, 200, async |client| {
        let found = client
            .settlements(&stamped("n"), &query)
            .await
            .unwrap()
            .value;
        assert_eq!((found[0].id.as_str(), found[1].id.as_str()), ("12", "a-1"));
    });
    assert_eq!(path, "/settlements?startDate=2026-10-01&limit=100");
    for id in ["", "../payments", "a b", "a/b"] {
        assert_eq!(SettlementId::new(id), None, "{id}");
    }
}

#[test]
fn reports_are_asked_for_under_their_wire_names() {
    let ticket = r#"{"requestId":"r-1"}"#;
    let (path, body) = sent(ticket, 200, async |client| {
        let answer = client
            .request_payment_report(&stamped("n"), &report())
            .await
            .unwrap();
        assert_eq!(answer.value.request_id, "r-1");
    });
    assert_eq!(path, "/payments/report");
    let expected = json!({
        "requestType": "csv", "callbackUrl": "https://shop.example/report", "startDate": "2026-10-01",
        "reportFields": ["stamp"], "includeItems": true,
    });
    assert_eq!(body, expected);
    let id = SettlementId::new("12").unwrap();
    let (path, body) = sent(ticket, 200, async |client| {
        client
            .request_settlement_report(&stamped("n"), &id, &report())
            .await
            .unwrap();
    });
    assert_eq!(path, "/settlements/12/payments/report");
    assert_eq!(body.get("startDate"), None);
}
