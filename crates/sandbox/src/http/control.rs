//! The controls under `/_sandbox`: unsigned, whole lists, and everything that a test needs to bend.

use std::collections::BTreeMap;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use hyvitys_domain::{Money, Provider, TransactionId};
use serde_json::{Value, json};

use super::App;
use crate::api::{error_body, views};
use crate::books::{NextCancel, PayOutcome, Refusal};
use crate::clock::parse_duration;
use crate::faults::{Fault, Faults, Rate};
use crate::reports::{self, Report, ReportStatus};

/// An answer, or what is wrong with the question.
type Answer = Result<Json<Value>, Wrong>;

/// Why a control was not done.
#[derive(Debug)]
pub struct Wrong(StatusCode, String);

impl Wrong {
    fn bad(message: impl Into<String>) -> Wrong {
        Wrong(StatusCode::BAD_REQUEST, message.into())
    }
}

impl From<Refusal> for Wrong {
    fn from(refusal: Refusal) -> Wrong {
        let status = match &refusal {
            Refusal::NotFound(_) => StatusCode::NOT_FOUND,
            // The question is fine, the books are not in the state for it.
            _ => StatusCode::CONFLICT,
        };
        Wrong(status, refusal.to_string())
    }
}

impl IntoResponse for Wrong {
    fn into_response(self) -> Response {
        (self.0, Json(error_body(&self.1, &[]))).into_response()
    }
}

/// A body in JSON, whatever its content-type; an empty one is `{}`.
fn parse(body: &Bytes) -> Result<Value, Wrong> {
    if body.is_empty() {
        return Ok(json!({}));
    }
    serde_json::from_slice(body).map_err(|error| Wrong::bad(format!("not JSON: {error}")))
}

fn id(text: &str) -> Result<TransactionId, Wrong> {
    text.parse()
        .map_err(|_| Wrong(StatusCode::NOT_FOUND, "no such transaction".to_owned()))
}

/// `GET /_sandbox/payments`
pub async fn payments(State(app): State<App>) -> Json<Value> {
    let shop = app.shop();
    let all = shop.books.payments();
    let all: Vec<Value> = all
        .into_iter()
        .map(|p| views::whole_payment(&shop.books, p))
        .collect();
    Json(json!({ "payments": all }))
}

/// `GET /_sandbox/refunds`
pub async fn refunds(State(app): State<App>) -> Json<Value> {
    let shop = app.shop();
    let all = shop.books.refunds();
    let all: Vec<Value> = all
        .into_iter()
        .map(|r| views::whole_refund(&shop.books, r))
        .collect();
    Json(json!({ "refunds": all }))
}

/// `GET /_sandbox/requests`
pub async fn requests(State(app): State<App>) -> Json<Value> {
    let shop = app.shop();
    let all: Vec<Value> = shop.log.all().map(|record| json!(record)).collect();
    Json(json!({ "requests": all }))
}

/// `GET /_sandbox/callbacks`
pub async fn callbacks(State(app): State<App>) -> Json<Value> {
    Json(json!({ "callbacks": app.shop().callbacks() }))
}

/// `GET /_sandbox/balance`
pub async fn balance(State(app): State<App>) -> Json<Value> {
    Json(json!({ "amount": app.shop().books.balance() }))
}

/// `POST /_sandbox/balance {"amount": cents}`
pub async fn set_balance(State(app): State<App>, body: Bytes) -> Answer {
    let cents = parse(&body)?.get("amount").and_then(Value::as_i64);
    let cents = cents.ok_or_else(|| Wrong::bad("amount is missing: {\"amount\": cents}"))?;
    let (_, deliveries) = app.shop().step(|books, _| {
        books.set_balance(Money::from_cents(cents));
        Ok(())
    });
    app.send(deliveries);
    Ok(Json(json!({ "amount": cents })))
}

/// `POST /_sandbox/payments/{id}/pay {"provider": "klarna", "outcome"?: "pay"|"fail"|"fraud-check"}`
pub async fn pay(State(app): State<App>, Path(text): Path<String>, body: Bytes) -> Answer {
    let id = id(&text)?;
    let body = parse(&body)?;
    let provider = body
        .get("provider")
        .and_then(Value::as_str)
        .unwrap_or("klarna");
    let provider = Provider::new(provider).ok_or_else(|| Wrong::bad("provider is empty"))?;
    let outcome = outcome(body.get("outcome").and_then(Value::as_str).unwrap_or("pay"));
    let outcome = outcome.ok_or_else(|| Wrong::bad("outcome is pay, fail or fraud-check"))?;
    let (done, deliveries) = app
        .shop()
        .step(|books, now| books.pay(id, provider, outcome, now));
    app.send(deliveries);
    done?;
    whole(&app, id)
}

/// What a customer does, by its name.
pub fn outcome(name: &str) -> Option<PayOutcome> {
    match name {
        "pay" => Some(PayOutcome::Pays),
        "fail" => Some(PayOutcome::Fails),
        "fraud-check" => Some(PayOutcome::FraudCheck),
        _ => None,
    }
}

fn whole(app: &App, id: TransactionId) -> Answer {
    let shop = app.shop();
    let payment = shop.books.payment(id);
    let payment = payment.ok_or_else(|| Refusal::NotFound("no such payment".to_owned()))?;
    Ok(Json(views::whole_payment(&shop.books, payment)))
}

/// `POST /_sandbox/payments/{id}/next-cancel {"status": 201|202|500|"500-after"}`
pub async fn next_cancel(State(app): State<App>, Path(text): Path<String>, body: Bytes) -> Answer {
    let id = id(&text)?;
    let status = match parse(&body)?.get("status") {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    };
    let next: NextCancel = serde_json::from_value(Value::String(status))
        .map_err(|_| Wrong::bad("status is 201, 202, 500 or \"500-after\""))?;
    let (done, deliveries) = app.shop().step(|books, _| books.set_next_cancel(id, next));
    app.send(deliveries);
    done?;
    whole(&app, id)
}

/// `POST /_sandbox/refunds/{id}/settle {"status": "ok"|"fail"}`
pub async fn settle(State(app): State<App>, Path(text): Path<String>, body: Bytes) -> Answer {
    let id = id(&text)?;
    let succeeds = match parse(&body)?.get("status").and_then(Value::as_str) {
        Some("ok") => true,
        Some("fail") => false,
        _ => return Err(Wrong::bad("status is ok or fail")),
    };
    let (done, deliveries) = app
        .shop()
        .step(|books, _| books.settle_refund(id, succeeds));
    app.send(deliveries);
    let refund = done?;
    Ok(Json(views::whole_refund(&app.shop().books, &refund)))
}

/// `GET /_sandbox/clock`
pub async fn clock(State(app): State<App>) -> Json<Value> {
    let clock = app.shop().clock;
    Json(json!({ "mode": clock.mode(), "now": views::exact(clock.now()) }))
}

/// `POST /_sandbox/clock {"advance": "28d"}`
pub async fn advance(State(app): State<App>, body: Bytes) -> Answer {
    let body = parse(&body)?;
    let by = body.get("advance").and_then(Value::as_str);
    let by = by.ok_or_else(|| Wrong::bad("advance is missing: {\"advance\": \"28d\"}"))?;
    let by = parse_duration(by).map_err(|error| Wrong::bad(error.to_string()))?;
    let deliveries = app.shop().advance(by);
    app.send(deliveries);
    Ok(clock(State(app)).await)
}

/// `GET /_sandbox/faults`
pub async fn faults(State(app): State<App>) -> Json<Value> {
    Json(json!(app.shop().faults))
}

/// `POST /_sandbox/faults {"drop-after": 0.05, "slow": {"rate": 1, "paths": ["refund"]}}`: the whole
/// set; `{}` is none.
pub async fn set_faults(State(app): State<App>, body: Bytes) -> Answer {
    let rates: BTreeMap<Fault, Rate> = serde_json::from_value(parse(&body)?)
        .map_err(|error| Wrong::bad(format!("not a set of faults: {error}")))?;
    let set = Faults::new(rates).map_err(|error| Wrong::bad(error.to_string()))?;
    app.shop().faults = set;
    Ok(faults(State(app)).await)
}

type ReportQuery = Query<BTreeMap<String, String>>;

/// `GET /_sandbox/report.json?status=&from=&to=&fields=&items=&limit=`
pub async fn report_json(State(app): State<App>, query: ReportQuery) -> Result<Response, Wrong> {
    let body = report(&app, &query, false)?;
    Ok((
        [(header::CONTENT_TYPE, "application/json; charset=utf-8")],
        body,
    )
        .into_response())
}

/// `GET /_sandbox/report.csv`, as the JSON one, also `bom=1` and `encoding=windows-1252`
pub async fn report_csv(State(app): State<App>, query: ReportQuery) -> Result<Response, Wrong> {
    let mut body = report(&app, &query, true)?;
    let mut kind = "text/csv; charset=utf-8";
    match query.get("encoding").map(String::as_str) {
        None | Some("utf-8") => {
            if query.get("bom").is_some_and(|bom| bom == "1") {
                body.splice(..0, *b"\xef\xbb\xbf");
            }
        }
        Some("windows-1252") => {
            let text = String::from_utf8_lossy(&body).into_owned();
            body = encoding_rs::WINDOWS_1252.encode(&text).0.into_owned();
            kind = "text/csv; charset=windows-1252";
        }
        Some(_) => return Err(Wrong::bad("encoding is utf-8 or windows-1252")),
    }
    Ok(([(header::CONTENT_TYPE, kind)], body).into_response())
}

/// Everything, unless the query says less: all statuses, all fields, with items.
fn report(app: &App, query: &ReportQuery, csv: bool) -> Result<Vec<u8>, Wrong> {
    let mut report = Report {
        csv,
        status: ReportStatus::All,
        items: true,
        ..Report::default()
    };
    for (name, value) in &query.0 {
        let wrong = || Wrong::bad(format!("{name} can't be '{value}'"));
        match name.as_str() {
            "status" => report.status = value.parse().map_err(|()| wrong())?,
            "from" => report.start = Some(reports::parse_date(value).ok_or_else(wrong)?),
            "to" => report.end = Some(reports::parse_date(value).ok_or_else(wrong)?),
            "limit" => report.limit = value.parse().map_err(|_| wrong())?,
            "items" => report.items = value == "1" || value == "true",
            "fields" => report.fields = value.split(',').map(str::to_owned).collect(),
            "bom" | "encoding" => {}
            _ => return Err(Wrong::bad(format!("there is no parameter {name}"))),
        }
    }
    let written = reports::write(&app.shop().books, &report);
    written.map_err(|error| Wrong(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))
}
