//! From a verified call to the books, and back to an answer.

use hyvitys_domain::{Money, Provider, TransactionId};
use hyvitys_paytrail::signing::{Algorithm, sign};
use serde_json::{Value, json};
use url::Url;
use url::form_urlencoded;
use uuid::Uuid;

use super::call::Call;
use super::{Incoming, Reply, bodies, error_body, views};
use crate::books::{CancelAnswer, Capture, HoldAnswer, PayOutcome, Payment, Refusal};
use crate::callbacks::{Delivery, SignedReport};
use crate::providers;
use crate::reports::{self, Report};
use crate::shop::Shop;

/// A report that was asked for, and where it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportOrder {
    report: Report,
    url: String,
}

/// A session token that begins so does not suffice: the customer must step up. Any other one does.
const STEP_UP: &str = "step-up";

/// The answer to what the books refuse.
pub fn refused(refusal: &Refusal) -> Reply {
    let meta: &[String] = match refusal {
        Refusal::Invalid { meta, .. } => meta,
        _ => &[],
    };
    Reply::new(
        refusal.http_status(),
        error_body(&refusal.to_string(), meta),
    )
}

/// Does a call. A report is named by the id of the request that asked for it.
pub fn dispatch(shop: &mut Shop, call: Call, request: &Incoming, request_id: Uuid) -> Reply {
    let now = shop.clock.now();
    let done = match call {
        Call::Get(id) => get(shop, id),
        Call::Create => create(shop, request),
        Call::KlarnaCharge => klarna(shop, request, Capture::AtOnce),
        Call::KlarnaHold => klarna(shop, request, Capture::Authorization),
        Call::Commit(id) => shop.books.commit(id, now).map(hold),
        Call::Revert(id) => shop.books.revert(id, now).map(hold),
        Call::Activate(id) => shop.books.activate(id, now).map(hold),
        Call::CancelOrder(id) => shop.books.cancel(id, now).map(cancelled),
        Call::Refund(id) => bodies::refund(&request.body).and_then(|order| {
            let refund = shop.books.order_refund(id, order, now)?;
            Ok(Reply::new(
                201,
                json!({
                    "transactionId": refund.id,
                    "status": refund.status,
                    "provider": refund.provider,
                }),
            ))
        }),
        Call::Providers => listed(shop, request, false),
        Call::GroupedProviders => listed(shop, request, true),
        Call::Settlements => settlements(shop, request),
        Call::PaymentReport => report(request, None, request_id),
        Call::SettlementReport(id) => {
            if shop
                .books
                .settlements()
                .iter()
                .any(|settlement| settlement.id == id)
            {
                report(request, Some(id), request_id)
            } else {
                Err(Refusal::NotFound("Settlement not found".to_owned()))
            }
        }
    };
    done.unwrap_or_else(|refusal| refused(&refusal))
}

fn hold(answer: HoldAnswer) -> Reply {
    Reply::new(200, json!({ "status": "ok", "message": answer.message }))
}

fn cancelled(answer: CancelAnswer) -> Reply {
    let (status, message) = match answer {
        CancelAnswer::Cancelled => (201, "Order cancelled"),
        CancelAnswer::Requested => (202, "Order cancellation requested"),
        CancelAnswer::AlreadyCancelled => (200, "Order was already cancelled"),
    };
    Reply::new(status, json!({ "status": "ok", "message": message }))
}

fn get(shop: &Shop, id: TransactionId) -> Result<Reply, Refusal> {
    let books = &shop.books;
    if let Some(payment) = books.payment(id) {
        return Ok(Reply::new(200, views::payment(books, payment, &shop.base)));
    }
    let refund = books.refund(id);
    let refund = refund.ok_or_else(|| Refusal::NotFound("Transaction not found".to_owned()))?;
    Ok(Reply::new(
        200,
        views::refund(refund, books.payment(refund.payment)),
    ))
}

fn create(shop: &mut Shop, request: &Incoming) -> Result<Reply, Refusal> {
    let body = bodies::create(&request.body)?;
    let payment = shop.books.create(body.payment, shop.clock.now())?;
    let id = payment.id.to_string();
    let methods = providers::fitting(Some(payment.amount), &body.groups);
    let forms: Vec<Value> = methods
        .iter()
        .map(|m| providers::with_form(*m, &shop.base, &id))
        .collect();
    let mut reply = Reply::new(
        201,
        json!({
            "transactionId": payment.id,
            "href": views::href(&shop.base, payment.id),
            "terms": providers::terms(&payment.language),
            "groups": providers::grouped(&methods, &payment.language, &shop.base)
                .into_iter()
                .map(|mut group| {
                    if let Value::Object(fields) = &mut group {
                        fields.remove("providers");
                    }
                    group
                })
                .collect::<Vec<Value>>(),
            "reference": payment.reference,
            "providers": forms,
            "customProviders": {},
        }),
    );
    reply.transaction = Some(id);
    Ok(reply)
}

fn klarna(shop: &mut Shop, request: &Incoming, capture: Capture) -> Result<Reply, Refusal> {
    let body = bodies::create(&request.body)?;
    let token = body.session_token.ok_or_else(|| Refusal::Invalid {
        message: "Failed to validate the request".to_owned(),
        meta: vec!["providerDetails.klarna.networkSessionToken is required".to_owned()],
    })?;
    let now = shop.clock.now();
    let new = crate::books::NewPayment {
        capture,
        ..body.payment
    };
    let Payment { id, .. } = shop.books.create(new, now)?;
    let mut reply = if token.starts_with(STEP_UP) {
        let body = json!({
            "transactionId": id,
            "stepUpUrl": views::href(&shop.base, id),
            "error": "Step-up required",
        });
        Reply::new(403, body)
    } else {
        if let Some(provider) = Provider::new("klarna") {
            shop.books.pay(id, provider, PayOutcome::Pays, now)?;
        }
        Reply::new(201, json!({ "transactionId": id }))
    };
    reply.transaction = Some(id.to_string());
    Ok(reply)
}

/// The parameters of a query.
fn query(request: &Incoming) -> Vec<(String, String)> {
    let query = request.query.as_deref().unwrap_or_default();
    form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect()
}

fn listed(shop: &Shop, request: &Incoming, grouped: bool) -> Result<Reply, Refusal> {
    let (mut amount, mut groups, mut language) = (None, Vec::new(), "FI".to_owned());
    for (name, value) in query(request) {
        match name.as_str() {
            "amount" => {
                let cents = value
                    .parse()
                    .ok()
                    .map(Money::from_cents)
                    .filter(|m| m.is_payable());
                amount = Some(cents.ok_or_else(|| Refusal::invalid("amount is not valid"))?);
            }
            "groups" => groups.extend(value.split(',').map(str::to_owned)),
            "language" if ["FI", "SV", "EN"].contains(&value.as_str()) => language = value,
            "language" => return Err(Refusal::invalid("language should be one of FI, SV, EN")),
            _ => {}
        }
    }
    let methods = providers::fitting(amount, &groups);
    let list: Vec<Value> = methods
        .iter()
        .map(|m| providers::listed(*m, &shop.base))
        .collect();
    let body = if grouped {
        json!({
            "terms": providers::terms(&language),
            "groups": providers::grouped(&methods, &language, &shop.base),
            "providers": list,
        })
    } else {
        Value::Array(list)
    };
    Ok(Reply::new(200, body))
}

fn settlements(shop: &Shop, request: &Incoming) -> Result<Reply, Refusal> {
    let (mut start, mut end, mut reference, mut limit) = (None, None, None, 100);
    for (name, value) in query(request) {
        let date = || {
            let date = reports::parse_date(&value);
            date.ok_or_else(|| Refusal::invalid(format!("{name} should be a date like 2026-11-01")))
        };
        match name.as_str() {
            "startDate" => start = Some(date()?),
            "endDate" => end = Some(date()?),
            "bankReference" => reference = Some(value),
            "limit" => {
                let wanted = value.parse().ok().filter(|limit| (1..=100).contains(limit));
                limit = wanted.ok_or_else(|| Refusal::invalid("limit should be 1 to 100"))?;
            }
            _ => {}
        }
    }
    let list: Vec<Value> = shop
        .books
        .settlements()
        .iter()
        .filter(|s| start.is_none_or(|start| s.created_at.date_naive() >= start))
        .filter(|s| end.is_none_or(|end| s.created_at.date_naive() <= end))
        .filter(|s| {
            reference
                .as_ref()
                .is_none_or(|reference| s.reference == *reference)
        })
        .take(limit)
        .map(views::settlement)
        .collect();
    Ok(Reply::new(200, Value::Array(list)))
}

fn report(request: &Incoming, settlement: Option<u32>, request_id: Uuid) -> Result<Reply, Refusal> {
    let (mut report, url) = bodies::report(&request.body)?;
    if settlement.is_some() {
        report.status = reports::ReportStatus::Settled;
        report.settlement = settlement;
    }
    let mut reply = Reply::new(200, json!({ "requestId": request_id }));
    reply.report = Some(ReportOrder { report, url });
    Ok(reply)
}

/// Writes a report and signs it for its way to the callback address.
pub fn send_report(shop: &mut Shop, order: &ReportOrder, request_id: Uuid) -> Option<Delivery> {
    let url = Url::parse(&order.url).ok()?;
    let body = match reports::write(&shop.books, &order.report) {
        Ok(body) => body,
        Err(error) => {
            tracing::error!(%error, "a report could not be written");
            return None;
        }
    };
    let nonce = shop.dice.uuid("report nonce", &[&request_id]);
    let kind = if order.report.csv {
        "text/csv; charset=utf-8"
    } else {
        "application/json; charset=utf-8"
    };
    let mut headers: Vec<(String, String)> = [
        ("content-type", kind.to_owned()),
        ("request-id", request_id.to_string()),
        ("checkout-account", shop.merchant.to_string()),
        ("checkout-algorithm", Algorithm::Sha256.as_str().to_owned()),
        ("checkout-method", "POST".to_owned()),
        ("checkout-nonce", nonce.to_string()),
        ("checkout-timestamp", views::exact(shop.clock.now())),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect();
    let pairs = headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    let signature = sign(&shop.key, Algorithm::Sha256, pairs, &body).ok()?;
    headers.push(("signature".to_owned(), signature));
    shop.delivery(url, Some(SignedReport { headers, body }))
}
