use super::*;
use serde_json::json;

fn order() -> Value {
    json!({
        "stamp": "s-1", "reference": "r-1", "amount": 1000, "currency": "EUR", "language": "FI",
        "items": [
            { "unitPrice": 600, "units": 2, "vatPercentage": 25.5, "productCode": "a", "stamp": "i" },
            { "unitPrice": -200, "units": 1, "vatPercentage": 0, "productCode": "b" },
        ],
        "customer": { "email": "aino@example.fi" },
        "redirectUrls": { "success": "https://a.example/1", "cancel": "https://a.example/2" },
    })
}

fn meta(value: &Value) -> Vec<String> {
    match create(value.to_string().as_bytes()) {
        Err(Refusal::Invalid { meta, .. }) => meta,
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn a_whole_order_is_read() {
    let body = create(order().to_string().as_bytes()).unwrap();
    assert_eq!(body.payment.amount, Money::from_cents(1_000));
    assert_eq!(body.payment.items[0].vat_tenths, 255);
    assert_eq!(body.payment.capture, Capture::AtOnce);
}

#[test]
fn each_wrong_field_is_named() {
    let cases = [
        ("/amount", json!(1001), "amount should be the sum"),
        ("/amount", json!("1000"), "amount should be a whole number"),
        (
            "/amount",
            json!(99_999_999),
            "amount should be a whole number",
        ),
        ("/currency", json!("SEK"), "currency should be one of"),
        ("/language", json!("fi"), "language should be one of"),
        ("/stamp", json!("x".repeat(201)), "stamp should be a text"),
        ("/customer/email", json!("aino"), "customer.email should be"),
        (
            "/redirectUrls/cancel",
            json!("http://a.example/2"),
            "redirectUrls.cancel should be",
        ),
        (
            "/items/0/vatPercentage",
            json!(25.55),
            "items[0].vatPercentage should be",
        ),
        (
            "/items/0/vatPercentage",
            json!(101),
            "items[0].vatPercentage should be",
        ),
        (
            "/items/1/productCode",
            json!(null),
            "items[1].productCode is required",
        ),
    ];
    for (pointer, value, expected) in cases {
        let mut order = order();
        *order.pointer_mut(pointer).unwrap() = value;
        let meta = meta(&order);
        assert!(
            meta.iter().any(|line| line.starts_with(expected)),
            "{pointer}: {meta:?}"
        );
    }
    let all = meta(&json!({}));
    for field in [
        "stamp",
        "reference",
        "amount",
        "currency",
        "language",
        "customer",
        "redirectUrls",
    ] {
        assert!(
            all.contains(&format!("{field} is required")),
            "{field}: {all:?}"
        );
    }
    assert!(create(b"[]").is_err() && create(b"{").is_err());
}

#[test]
fn a_klarna_object_without_a_token_is_refused() {
    let mut order = order();
    order["providerDetails"] = json!({ "klarna": { "networkData": "{}" } });
    assert_eq!(
        meta(&order),
        ["providerDetails.klarna.networkSessionToken is required"]
    );
}

#[test]
fn a_refund_needs_an_amount_and_both_callback_addresses() {
    let urls = json!({ "success": "https://a.invalid/1", "cancel": "https://a.invalid/2" });
    let body = |value: Value| refund(value.to_string().as_bytes());
    assert!(body(json!({ "amount": 5, "callbackUrls": urls })).is_ok());
    assert!(
        body(json!({ "items": [{ "stamp": "i", "amount": 5 }], "callbackUrls": urls })).is_ok()
    );
    for wrong in [
        json!({ "callbackUrls": urls }),
        json!({ "amount": 0, "callbackUrls": urls }),
        json!({ "amount": 5.5, "callbackUrls": urls }),
        json!({ "amount": 5 }),
        json!({ "amount": 5, "callbackUrls": { "success": "https://a.invalid/1" } }),
        json!({ "amount": 5, "callbackUrls": urls, "refundStamp": "x".repeat(201) }),
        json!({ "amount": 5, "callbackUrls": urls, "email": "aino" }),
    ] {
        assert!(body(wrong.clone()).is_err(), "{wrong}");
    }
}
