//! Looking at payments: lists and details, from the data file alone.

use hyvitys_backoffice::views::{OperationJson, PaymentJson};
use hyvitys_backoffice::{Acceptance, Error, OperationDetail, PaymentDetail, Sort};
use hyvitys_domain::{ManualInvoice, Money, OrderLine, Payment, TransactionId};
use hyvitys_store::accounts::Account;
use hyvitys_store::payments::Source;
use serde::Serialize;

use super::Context;
use crate::arguments::List;
use crate::exit::Outcome;
use crate::output::Output;
use crate::words;

#[derive(Serialize)]
struct ListJson {
    payments: Vec<PaymentJson>,
    next: Option<String>,
}

/// A payment with all that is known of it; the payment's own fields stand at the top.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DetailJson<'a> {
    #[serde(flatten)]
    payment: PaymentJson,
    lines: &'a [OrderLine],
    operations: Vec<OperationDetailJson<'a>>,
    answers: Vec<AnswerJson<'a>>,
    /// Of a Klarna payment and of one made here: what Klarna was told.
    acceptance: Option<&'a Acceptance>,
    /// Of a payment made here: where the customer is led.
    link: Option<LinkJson<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LinkJson<'a> {
    href: Option<&'a str>,
    step_up_url: Option<&'a str>,
    created_at: String,
    expires_at: String,
    request_id: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OperationDetailJson<'a> {
    #[serde(flatten)]
    operation: OperationJson,
    reason: Option<&'a str>,
    proof: Option<&'a str>,
    note: Option<&'a str>,
    attempts: Vec<AttemptJson<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AttemptJson<'a> {
    call: &'a str,
    at: String,
    outcome: Option<&'a str>,
    http_status: Option<u16>,
    request_id: Option<&'a str>,
}

/// What a source said, word for word.
#[derive(Serialize)]
struct AnswerJson<'a> {
    source: &'static str,
    at: String,
    text: &'a str,
}

/// `list [--query Q] [--limit N] [--after K]`
pub async fn list(context: &Context, list: &List) -> Result<Outcome, Error> {
    let account = context.account().await?;
    let limit = usize::try_from(list.limit).unwrap_or(usize::MAX);
    let page = context
        .backoffice
        .list(
            account.id,
            &list.query,
            Sort::default(),
            list.after.as_deref(),
            limit,
        )
        .await?;
    let payments = || page.payments.iter().map(|listed| &listed.stored.payment);
    let output = context.output;
    if output.is_json() {
        output.document(&ListJson {
            payments: payments().map(Into::into).collect(),
            next: page.next,
        });
        return Ok(Outcome::Fine);
    }
    output.line(&words::shop(&account));
    if page.payments.is_empty() {
        output.line("No payments.");
        return Ok(Outcome::Fine);
    }
    let rows: Vec<Vec<String>> = payments().map(row).collect();
    output.table(
        &[
            "Created",
            "Reference",
            "Customer",
            "Amount",
            "Refunded",
            "Status",
            "Method",
            "Deadline",
            "Payment",
        ],
        &[false, false, false, true, true],
        &rows,
    );
    if let Some(next) = &page.next {
        output.line("");
        output.line(&format!("More: --after {next}"));
    }
    Ok(Outcome::Fine)
}

fn row(payment: &Payment) -> Vec<String> {
    vec![
        words::time(payment.created.at),
        words::clean(&payment.reference),
        customer(payment),
        words::money(payment.amount),
        if payment.refunded == Money::ZERO {
            String::new()
        } else {
            words::money(payment.refunded)
        },
        words::clean(payment.status.as_str()),
        method(payment),
        payment.deadline().map(words::time).unwrap_or_default(),
        payment
            .transaction_id
            .map_or_else(|| "no id yet".to_owned(), |id| id.to_string()),
    ]
}

fn customer(payment: &Payment) -> String {
    let names = [&payment.customer.first_name, &payment.customer.last_name];
    let name = names
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(" ");
    words::clean(name.trim())
}

fn method(payment: &Payment) -> String {
    payment
        .provider
        .as_ref()
        .map(|provider| words::clean(provider.as_str()))
        .unwrap_or_default()
}

/// `show ID`
pub async fn show(context: &Context, id: TransactionId) -> Result<Outcome, Error> {
    let account = context.account().await?;
    let detail = context.backoffice.show(account.id, id).await?;
    if context.output.is_json() {
        context.output.document(&json(&detail));
    } else {
        tell(context.output, &account, &detail);
    }
    Ok(Outcome::Fine)
}

fn json(detail: &PaymentDetail) -> DetailJson<'_> {
    DetailJson {
        payment: (&detail.payment.payment).into(),
        lines: &detail.lines,
        operations: detail.operations.iter().map(operation_json).collect(),
        answers: detail
            .answers
            .iter()
            .map(|answer| AnswerJson {
                source: source(answer.source),
                at: utc(answer.at),
                text: &answer.text,
            })
            .collect(),
        acceptance: detail.acceptance.as_ref(),
        link: detail.link.as_ref().map(|link| LinkJson {
            href: link.href.as_deref(),
            step_up_url: link.step_up_url.as_deref(),
            created_at: utc(link.created_at),
            expires_at: utc(link.expires_at),
            request_id: link.request_id.as_deref(),
        }),
    }
}

fn operation_json(detail: &OperationDetail) -> OperationDetailJson<'_> {
    let operation = &detail.row.operation;
    OperationDetailJson {
        operation: operation.into(),
        reason: operation.reason.as_deref(),
        proof: operation.proof.as_deref(),
        note: operation.note.as_deref(),
        attempts: detail
            .attempts
            .iter()
            .map(|attempt| AttemptJson {
                call: &attempt.call,
                at: utc(attempt.committed_at),
                outcome: attempt.outcome.as_deref(),
                http_status: attempt.http_status,
                request_id: attempt.request_id.as_deref(),
            })
            .collect(),
    }
}

/// Where an answer came from, by a name that stays.
const fn source(source: Source) -> &'static str {
    match source {
        Source::Csv => "csv",
        Source::Report => "report",
        Source::Callback => "callback",
        Source::Signed => "signed answer",
        Source::Created => "created",
    }
}

fn utc(at: chrono::DateTime<chrono::Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

fn tell(output: Output, account: &Account, detail: &PaymentDetail) {
    let payment = &detail.payment.payment;
    output.line(&words::shop(account));
    let id = payment
        .transaction_id
        .map_or_else(|| "no id yet".to_owned(), |id| id.to_string());
    output.line(&format!("Payment {id}"));
    let left = format!(
        "at most {}, {}",
        words::money(payment.refundable()),
        known_up_to(account)
    );
    let reserved = match payment.reserved {
        Money::ZERO => String::new(),
        amount => format!("{} (refunds that are open)", words::money(amount)),
    };
    output.fields(&[
        ("Reference", words::clean(&payment.reference)),
        ("Stamp", words::clean(&payment.stamp)),
        ("Created", words::time(payment.created.at)),
        ("Status", words::clean(payment.status.as_str())),
        ("Method", method(payment)),
        ("Customer", customer(payment)),
        (
            "Email",
            payment
                .customer
                .email
                .as_deref()
                .map(words::clean)
                .unwrap_or_default(),
        ),
        ("Amount", words::money(payment.amount)),
        ("Refunded", words::money(payment.refunded)),
        ("Reserved", reserved),
        ("Left to refund", left),
        (
            "Manual invoice",
            payment
                .manual_invoice()
                .map(invoice)
                .unwrap_or_default()
                .to_owned(),
        ),
        (
            "Deadline",
            payment.deadline().map(words::time).unwrap_or_default(),
        ),
        (
            "Payment page",
            detail
                .link
                .as_ref()
                .and_then(|link| link.href.clone())
                .unwrap_or_default(),
        ),
        (
            "Klarna was told",
            detail
                .acceptance
                .as_ref()
                .map(|acceptance| format!("{} of 100, as far as is known", acceptance.score))
                .unwrap_or_default(),
        ),
        (
            "Last look",
            payment.checked_at.map(words::time).unwrap_or_default(),
        ),
    ]);
    if !detail.lines.is_empty() {
        output.line("");
        let rows: Vec<Vec<String>> = detail.lines.iter().map(line).collect();
        output.table(
            &["Units", "Order line", "Amount", "Stamp"],
            &[true, false, true],
            &rows,
        );
    }
    for each in &detail.operations {
        output.line("");
        super::money::tell(output, &each.row.operation);
    }
}

/// Refunds made by other tools are seen in reports only.
fn known_up_to(account: &Account) -> String {
    match account.last_report_at {
        Some(at) => format!(
            "if no other tool refunded since the report of {}",
            words::time(at)
        ),
        None => "if no other tool refunded: no report was imported yet".to_owned(),
    }
}

const fn invoice(manual: ManualInvoice) -> &'static str {
    match manual {
        ManualInvoice::Known => "yes",
        ManualInvoice::Presumed => "presumably: it is an open hold of a method that has them",
    }
}

fn line(line: &OrderLine) -> Vec<String> {
    vec![
        line.units.to_string(),
        words::clean(&line.description),
        words::money(line.amount),
        line.stamp
            .as_ref()
            .map(|stamp| words::clean(stamp.as_str()))
            .unwrap_or_default(),
    ]
}
