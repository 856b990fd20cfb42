//! What was paid out, and whether it adds up.

use hyvitys_backoffice::{Code, Error, SettlementDetail, SettlementList, Why};
use hyvitys_domain::Money;
use hyvitys_store::settlements::{EntryKind, SettlementEntry, SettlementRow};
use serde::Serialize;

use super::{Context, ShopJson};
use crate::exit::Outcome;
use crate::output::Output;
use crate::{why, words};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ListJson<'a> {
    account: ShopJson<'a>,
    settlements: Vec<RowJson<'a>>,
    fetched_at: Option<String>,
    /// Why Paytrail could not be asked now.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a Error>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RowJson<'a> {
    id: &'a str,
    reference: &'a str,
    created_at: Option<String>,
    settled_at: Option<String>,
    entries: u32,
    total: Option<Money>,
    /// Payments of which neither fee nor commission is known.
    without_fees: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DetailJson<'a> {
    account: ShopJson<'a>,
    settlement: RowJson<'a>,
    entries: Vec<EntryJson<'a>>,
    sums: SumsJson,
    /// What does not add up.
    problems: &'a [Why],
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a Error>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EntryJson<'a> {
    kind: &'static str,
    transaction_id: Option<String>,
    reference: &'a str,
    stamp: &'a str,
    amount: Money,
    fee: Option<Money>,
    commission: Option<Money>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SumsJson {
    payments: Money,
    refunds: Money,
    fees: Option<Money>,
    commission: Option<Money>,
    net: Money,
    without_fees: u32,
}

fn utc(at: chrono::DateTime<chrono::Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

fn row_json(row: &SettlementRow) -> RowJson<'_> {
    RowJson {
        id: &row.settlement.id,
        reference: &row.settlement.reference,
        created_at: row.settlement.created_at.map(utc),
        settled_at: row.settlement.settled_at.map(utc),
        entries: row.entries,
        total: row.total,
        without_fees: row.without_fees,
    }
}

const fn kind(kind: EntryKind) -> &'static str {
    match kind {
        EntryKind::Payment => "payment",
        EntryKind::Refund => "refund",
    }
}

/// `settlements [ID] [--refresh]`. With an id, what does not add up makes the exit code 2.
pub async fn run(context: &Context, id: Option<&str>, refresh: bool) -> Result<Outcome, Error> {
    let account = context.account().await?;
    let list = context.backoffice.settlements(account.id, refresh).await?;
    let output = context.output;
    let asked = list.not_fetched.as_ref();
    let mut outcome = asked.map_or(Outcome::Fine, Outcome::of_error);
    output.line(&words::shop(&account));
    if let Some(id) = id {
        let detail = context.backoffice.settlement(account.id, id).await?;
        if output.is_json() {
            output.document(&DetailJson {
                account: (&account).into(),
                settlement: row_json(&detail.row),
                entries: detail.entries.iter().map(entry_json).collect(),
                sums: sums(&detail),
                problems: &detail.problems,
                error: asked,
            });
        }
        show_one(output, &detail);
        if !detail.problems.is_empty() {
            outcome = outcome.and(Outcome::OwnRules);
        }
    } else {
        if output.is_json() {
            output.document(&ListJson {
                account: (&account).into(),
                settlements: list.rows.iter().map(row_json).collect(),
                fetched_at: list.fetched_at.map(utc),
                error: asked,
            });
        }
        show(output, &list);
    }
    if let Some(error) = asked {
        // The list of before is shown all the same.
        if error.code != Code::NotFound {
            output.explain(error);
        }
    }
    Ok(outcome)
}

fn entry_json(entry: &SettlementEntry) -> EntryJson<'_> {
    let payment = entry.payment.as_ref();
    EntryJson {
        kind: kind(entry.kind),
        transaction_id: payment
            .and_then(|payment| payment.transaction_id)
            .map(|id| id.to_string()),
        reference: &entry.reference,
        stamp: &entry.stamp,
        amount: entry.amount,
        fee: entry.fee,
        commission: entry.commission,
    }
}

fn sums(detail: &SettlementDetail) -> SumsJson {
    let sums = detail.sums;
    SumsJson {
        payments: sums.payments,
        refunds: sums.refunds,
        fees: sums.fees,
        commission: sums.commission,
        net: sums.net,
        without_fees: sums.without_fees,
    }
}

fn show(output: Output, list: &SettlementList) {
    if list.rows.is_empty() {
        output.line("No settlements are known: --refresh asks Paytrail.");
        return;
    }
    let rows: Vec<Vec<String>> = list
        .rows
        .iter()
        .map(|row| {
            vec![
                words::clean(&row.settlement.id),
                words::clean(&row.settlement.reference),
                row.settlement
                    .settled_at
                    .map(words::time)
                    .unwrap_or_default(),
                row.entries.to_string(),
                match row.total {
                    None => String::new(),
                    Some(total) if row.without_fees == 0 => words::money(total),
                    Some(total) => format!("{}, without fees", words::money(total)),
                },
            ]
        })
        .collect();
    output.table(
        &["Settlement", "Reference", "Paid out", "Entries", "Net"],
        &[false, false, false, true, true],
        &rows,
    );
    if let Some(at) = list.fetched_at {
        output.line("");
        output.line(&format!("As of {}.", words::time(at)));
    }
}

fn known(cost: Option<Money>) -> String {
    cost.map_or_else(|| "not known".to_owned(), words::money)
}

fn show_one(output: Output, detail: &SettlementDetail) {
    let settlement = &detail.row.settlement;
    let sums = detail.sums;
    output.line(&format!("Settlement {}", words::clean(&settlement.id)));
    output.fields(&[
        ("Reference", words::clean(&settlement.reference)),
        (
            "Paid out",
            settlement.settled_at.map(words::time).unwrap_or_default(),
        ),
        ("Payments", words::money(sums.payments)),
        ("Refunds", words::money(sums.refunds)),
        ("Fees", known(sums.fees)),
        ("Commissions", known(sums.commission)),
        ("Net", words::money(sums.net)),
    ]);
    if sums.without_fees > 0 {
        output.line(&format!(
            "Of {} payments no file tells what they cost: by that less was paid out than the net.",
            sums.without_fees
        ));
    }
    let rows: Vec<Vec<String>> = detail
        .entries
        .iter()
        .map(|entry| {
            vec![
                kind(entry.kind).to_owned(),
                words::clean(&entry.reference),
                words::money(entry.amount),
                entry.fee.map(words::money).unwrap_or_default(),
                entry.commission.map(words::money).unwrap_or_default(),
            ]
        })
        .collect();
    if !rows.is_empty() {
        output.line("");
        output.table(
            &["Kind", "Reference", "Amount", "Fee", "Commission"],
            &[false, false, true, true, true],
            &rows,
        );
    }
    for problem in &detail.problems {
        output.note(&format!("  LOOK AT THIS: {}", why::words(problem)));
    }
}
