//! Answers of the Payment API as JSON.

use chrono::{DateTime, Utc};
use hyvitys_domain::{PaymentStatus, TransactionId};
use serde_json::{Map, Value, json};

use crate::books::{Books, Payment, Refund, Settlement};

/// A time as Paytrail writes it: with and without milliseconds and zone, always the same for the same
/// transaction, so that readers meet every form.
pub fn time(id: TransactionId, at: DateTime<Utc>) -> String {
    let form = match id.uuid().as_bytes()[15] % 8 {
        0 => "%Y-%m-%dT%H:%M:%S",
        1 => "%Y-%m-%dT%H:%M:%S%.3f",
        2 => "%Y-%m-%dT%H:%M:%SZ",
        _ => "%Y-%m-%dT%H:%M:%S%.3fZ",
    };
    at.format(form).to_string()
}

/// A time with milliseconds and zone.
pub fn exact(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// Where a payment is paid.
pub fn href(base: &str, id: TransactionId) -> String {
    format!("{base}/pay/{id}")
}

/// `GET /payments/{id}` of a payment.
pub fn payment(books: &Books, payment: &Payment, base: &str) -> Value {
    let mut fields = Map::new();
    let mut put = |name: &str, value: Value| {
        fields.insert(name.to_owned(), value);
    };
    put("transactionId", json!(payment.id));
    put("status", json!(payment.status));
    put("amount", json!(payment.amount));
    put("currency", json!("EUR"));
    put("stamp", json!(payment.stamp));
    put("reference", json!(payment.reference));
    put("createdAt", json!(time(payment.id, payment.created_at)));
    if payment.status == PaymentStatus::New {
        put("href", json!(href(base, payment.id)));
    }
    if let Some(provider) = &payment.provider {
        put("provider", json!(provider));
    }
    if let Some(paid_at) = payment.paid_at {
        put("paidAt", json!(time(payment.id, paid_at)));
        let digits = payment.id.uuid().as_u128() % 1_000_000_000_000;
        put(
            "filingCode",
            json!(format!("{}{digits:012}", paid_at.format("%Y%m%d"))),
        );
    }
    let payout = payment
        .settlement
        .and_then(|id| books.settlements().iter().find(|s| s.id == id));
    if let Some(payout) = payout {
        put("settlementReference", json!(payout.reference));
    }
    Value::Object(fields)
}

/// `GET /payments/{id}` of a refund's own transaction.
pub fn refund(refund: &Refund, payment: Option<&Payment>) -> Value {
    let reference = refund
        .refund_reference
        .as_ref()
        .or_else(|| payment.map(|payment| &payment.reference));
    let mut value = json!({
        "transactionId": refund.id,
        "status": refund.status,
        "amount": refund.amount,
        "currency": "EUR",
        "reference": reference,
        "createdAt": time(refund.id, refund.created_at),
    });
    if let Value::Object(fields) = &mut value {
        // Without a refundStamp a transaction still has one, of Paytrail's own making.
        let stamp = refund
            .refund_stamp
            .clone()
            .unwrap_or_else(|| format!("refund-{}", refund.id));
        fields.insert("stamp".to_owned(), json!(stamp));
        if let Some(provider) = &refund.provider {
            fields.insert("provider".to_owned(), json!(provider));
        }
    }
    value
}

/// A settlement as `GET /settlements` lists it.
pub fn settlement(settlement: &Settlement) -> Value {
    json!({
        "id": settlement.id,
        "createdAt": exact(settlement.created_at),
        "settledAt": exact(settlement.settled_at),
        "settlementReference": settlement.reference,
    })
}

/// A payment as `/_sandbox/payments` lists it: the truth, with nothing left out.
pub fn whole_payment(books: &Books, payment: &Payment) -> Value {
    json!({
        "transactionId": payment.id,
        "status": payment.status,
        "provider": payment.provider,
        "amount": payment.amount,
        "refunded": books.refunded(payment.id),
        "reference": payment.reference,
        "stamp": payment.stamp,
        "manualInvoice": payment.capture == crate::books::Capture::ManualInvoice,
        "capture": payment.capture,
        "openHold": payment.has_open_hold(),
        "cancel": payment.cancel,
        "createdAt": exact(payment.created_at),
        "paidAt": payment.paid_at.map(exact),
        "deadline": payment.deadline().map(exact),
        "settlementId": payment.settlement,
        "language": payment.language,
        "customer": payment.customer,
        "items": payment.items.iter().map(|item| json!({
            "stamp": item.stamp,
            "description": item.description,
            "productCode": item.product_code,
            "units": item.units,
            "unitPrice": item.unit_price,
            "amount": item.total(),
        })).collect::<Vec<Value>>(),
    })
}

/// A refund as `/_sandbox/refunds` lists it.
pub fn whole_refund(books: &Books, refund: &Refund) -> Value {
    let payment = books.payment(refund.payment);
    json!({
        "transactionId": refund.id,
        "paymentId": refund.payment,
        "amount": refund.amount,
        "refundStamp": refund.refund_stamp,
        "refundReference": refund.refund_reference,
        "originalPaymentReference": payment.map(|payment| &payment.reference),
        "status": refund.status,
        "provider": refund.provider,
        "email": refund.email,
        "items": refund.items,
        "createdAt": exact(refund.created_at),
        "settlesAt": refund.settles_at.map(exact),
    })
}
