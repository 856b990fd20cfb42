//! API payment reports (the shapes are in the documentation of data formats): payments without
//! transaction ids, and refunds as rows of their own.
//!
//! Amounts are euros and are read as the decimal text that they are written in, in JSON, too: a
//! floating-point number could lose a cent.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveTime, Utc};
use hyvitys_domain::{Money, OrderLine, PaymentStatus, Provider, RefundStamp, WireTime};
use hyvitys_store::journal::EvidenceStatus;
use hyvitys_store::payments::{Created, PaymentFacts, Precision, Source};
use serde_json::value::RawValue;

use super::amounts::{self, Unit};
use super::columns::Column;
use super::ids::name;
use super::settled::{self, Settled};
use super::{Item, MOST_REPORT_ROWS, Problem, RefundRow, Row, dates, json};
use crate::why::Why;

/// The longest value of a field that is kept, in characters.
const LONGEST_VALUE: usize = 1_000;

/// The most order lines that one payment may have.
const MOST_LINES: usize = 1_000;
/// The most order lines that a whole file may have: a line of four bytes takes a hundred in memory.
const MOST_LINES_OF_ALL: usize = 500_000;

/// Fields by which a header row is known as a report's: two of them, or one and an amount.
const TELLING: [&str; 14] = [
    "entrydate",
    "created",
    "amount",
    "status",
    "firstname",
    "familyname",
    "reference",
    "paymentmethod",
    "stamp",
    "checkoutreference",
    "archivenumber",
    "originaltradereference",
    "settlementreference",
    "tradeitems",
];

/// Fields that no other table has.
const OWN: [&str; 8] = [
    "entrydate",
    "familyname",
    "checkoutreference",
    "archivenumber",
    "originaltradereference",
    "tradeitems",
    "refunditems",
    "paymentmethodfee",
];

/// Whether a header row is a report's: two of its fields, and one that only reports have, or none that a
/// report has not. `columns` are what the fields are guessed to be.
pub(crate) fn is_header(header: &[String], columns: &[Option<Column>]) -> bool {
    let names: Vec<String> = header.iter().map(|field| name(field)).collect();
    let telling = |field: &String| TELLING.contains(&field.as_str());
    let own = names.iter().any(|field| OWN.contains(&field.as_str()));
    let strange = names
        .iter()
        .zip(columns)
        .any(|(field, column)| column.is_some() && !telling(field) && field != "description");
    names.iter().filter(|field| telling(field)).count() >= 2 && (own || !strange)
}

/// A value as the file has it.
#[derive(Clone, Debug)]
pub(super) enum Value {
    /// A text, or the digits of a number.
    Text(String),
    /// A JSON array or object.
    Nested(Box<RawValue>),
}

/// A row: its values by the names of their fields in lower case. What is empty is not there.
type Fields = BTreeMap<String, Value>;

/// The rows of a JSON report, and the time of the newest.
pub(crate) fn json(text: &str, now: DateTime<Utc>) -> (Vec<Row>, Option<DateTime<Utc>>) {
    let mut newest = None;
    let mut lines_left = MOST_LINES_OF_ALL;
    let rows = json::elements(text, MOST_REPORT_ROWS + 1)
        .into_iter()
        .enumerate()
        .map(|(before, (line, element))| {
            let said = element
                .and_then(json_fields)
                .and_then(|fields| row(&fields, now, &mut newest, &mut lines_left));
            Row {
                record: Some(before + 1),
                ..Row::of(line, said)
            }
        })
        .collect();
    (rows, newest)
}

/// The item, while the file's order lines are not too many.
fn within(lines_left: &mut usize, item: Item) -> Result<Item, Problem> {
    if let Item::Facts(facts) = &item {
        let lines = facts.lines.as_ref().map_or(0, Vec::len);
        *lines_left = lines_left.checked_sub(lines).ok_or_else(|| {
            Problem::at(
                "tradeitems",
                Why::RowItemsUnfit,
                format!("the file has more than {MOST_LINES_OF_ALL} order lines"),
            )
        })?;
    }
    Ok(item)
}

fn json_fields(element: &str) -> Result<Fields, Problem> {
    let raw: BTreeMap<String, Box<RawValue>> = serde_json::from_str(element).map_err(|error| {
        Problem::new(
            Why::RowUnreadable,
            format!("the row is no JSON object: {error}"),
        )
    })?;
    let mut fields = Fields::new();
    for (field, value) in raw {
        let value = match value.get().as_bytes().first() {
            Some(b'"') => serde_json::from_str(value.get())
                .map(Value::Text)
                .map_err(|error| Problem::at(&field, Why::RowUnreadable, error))?,
            Some(b'[' | b'{') => Value::Nested(value),
            Some(b'n') => continue,
            _ => Value::Text(value.get().to_owned()),
        };
        if matches!(&value, Value::Text(text) if text.trim().is_empty()) {
            continue;
        }
        if fields.insert(name(&field), value).is_some() {
            return Err(Problem::at(
                &field,
                Why::RowUnreadable,
                "the field stands twice",
            ));
        }
    }
    Ok(fields)
}

/// The rows of a CSV report, and the time of the newest. An error is the whole file's.
pub(crate) fn csv(
    header: &[String],
    table: impl Iterator<Item = (usize, Result<Vec<String>, Problem>)>,
    now: DateTime<Utc>,
) -> Result<(Vec<Row>, Option<DateTime<Utc>>), String> {
    let names: Vec<String> = header.iter().map(|field| name(field)).collect();
    for (at, field) in names.iter().enumerate() {
        if TELLING.contains(&field.as_str()) && names.iter().take(at).any(|other| other == field) {
            return Err(format!(
                "the column '{}' stands twice",
                header.get(at).map_or("", |f| f.trim())
            ));
        }
    }
    let mut newest = None;
    let mut lines_left = MOST_LINES_OF_ALL;
    let rows = table
        .take(MOST_REPORT_ROWS + 1)
        .map(|(line, fields)| {
            let said = fields
                .and_then(|fields| csv_fields(&names, fields))
                .and_then(|fields| row(&fields, now, &mut newest, &mut lines_left));
            Row::of(line, said)
        })
        .collect();
    Ok((rows, newest))
}

/// What a row says of its payment or refund, and of its settlement.
fn row(
    fields: &Fields,
    now: DateTime<Utc>,
    newest: &mut Option<DateTime<Utc>>,
    lines_left: &mut usize,
) -> Result<(Item, Option<Settled>), Problem> {
    let item = within(lines_left, item(fields, now, newest)?)?;
    let of = |field: &str| text_of(fields, field);
    let settled = settled::read(
        of("settlementId")?,
        of("settlementReference")?,
        of("settlementDate")?.map(|text| (text, "settlementDate")),
        of("paymentMethodFee")?.map(|text| (text, Unit::Euros, "paymentMethodFee")),
        of("paymentMethodCommission")?.map(|text| (text, Unit::Euros, "paymentMethodCommission")),
        &item,
    )?;
    Ok((item, settled))
}

fn csv_fields(names: &[String], row: Vec<String>) -> Result<Fields, Problem> {
    if row.len() != names.len() {
        return Err(fields_differ(row.len(), names.len()));
    }
    let filled = names
        .iter()
        .cloned()
        .zip(row)
        .filter(|(_, value)| !value.trim().is_empty());
    Ok(filled
        .map(|(name, value)| (name, Value::Text(value)))
        .collect())
}

/// What a row says.
fn item(
    fields: &Fields,
    now: DateTime<Utc>,
    newest: &mut Option<DateTime<Utc>>,
) -> Result<Item, Problem> {
    let amount = text_of(fields, "amount")?
        .map(|text| amounts::read(&text, Unit::Euros, "amount"))
        .transpose()?;
    let created = created(fields)?;
    let original = text_of(fields, "originalTradeReference")?;
    let item = if original.is_some() || amount.is_some_and(Money::is_negative) {
        Item::Refund(refund(fields, amount, original, created, now)?)
    } else {
        if amount.is_some_and(|amount| !amount.is_payable()) {
            return Err(Problem::at(
                "amount",
                Why::RowAmountOutOfRange,
                "no payment has this amount",
            ));
        }
        Item::Facts(Box::new(PaymentFacts {
            stamp: text_of(fields, "stamp")?,
            reference: text_of(fields, "reference")?,
            status: text_of(fields, "status")?.map(|text| status(&text)),
            provider: text_of(fields, "paymentMethod")?.and_then(Provider::new),
            amount,
            created: created.map(|at| Created {
                time: WireTime::zoned(at),
                precision: Precision::Minute,
            }),
            first_name: text_of(fields, "firstname")?,
            last_name: text_of(fields, "familyname")?,
            lines: order_lines(fields)?,
            ..PaymentFacts::new(Source::Report, now)
        }))
    };
    *newest = (*newest).max(created.filter(|at| *at <= now));
    Ok(item)
}

fn refund(
    fields: &Fields,
    amount: Option<Money>,
    original: Option<String>,
    created: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<RefundRow, Problem> {
    let amount = amount
        .and_then(Money::checked_abs)
        .filter(|amount| amount.is_payable())
        .ok_or_else(|| {
            Problem::at(
                "amount",
                Why::RowAmountOutOfRange,
                "a refund needs an amount",
            )
        })?;
    let stamp = text_of(fields, "stamp")?
        .map(|stamp| refund_stamp(stamp, "stamp"))
        .transpose()?;
    Ok(RefundRow {
        stamp,
        amount,
        status: text_of(fields, "status")?.and_then(|text| evidence(&status(&text))),
        transaction_id: None,
        original,
        source: "report",
        at: created.unwrap_or(now),
    })
}

/// The payment status of a report's word; a word that is not known is kept as it is.
pub(super) fn status(word: &str) -> PaymentStatus {
    match word.to_lowercase().as_str() {
        "paid" | "paid and settled" => PaymentStatus::Ok,
        "new" => PaymentStatus::New,
        "waiting for approval" => PaymentStatus::Pending,
        "cancelled" | "timeout" | "halted" => PaymentStatus::Fail,
        "delayed" => PaymentStatus::Delayed,
        _ => PaymentStatus::from(word),
    }
}

/// What a status says of a refund.
pub(super) fn evidence(status: &PaymentStatus) -> Option<EvidenceStatus> {
    match status {
        PaymentStatus::Ok => Some(EvidenceStatus::Done),
        PaymentStatus::Fail => Some(EvidenceStatus::Failed),
        PaymentStatus::New | PaymentStatus::Pending | PaymentStatus::Delayed => {
            Some(EvidenceStatus::Pending)
        }
        PaymentStatus::AuthorizationHold | PaymentStatus::Other(_) => None,
    }
}

/// A field's text without spaces around it.
fn text_of(fields: &Fields, field: &str) -> Result<Option<String>, Problem> {
    match fields.get(&name(field)) {
        None => Ok(None),
        Some(Value::Nested(_)) => Err(Problem::at(
            field,
            Why::RowUnreadable,
            "a list stands where a text should",
        )),
        Some(Value::Text(text)) => value(text, field).map(|text| Some(text.to_owned())),
    }
}

/// A value without spaces around it, where it is not too long and has no control characters.
pub(super) fn value<'a>(text: &'a str, field: &str) -> Result<&'a str, Problem> {
    let unfit = |why: &str| Err(Problem::at(field, Why::RowValueUnfit, why));
    let text = text.trim();
    // Characters are bytes at least.
    if text.len() > LONGEST_VALUE && text.chars().count() > LONGEST_VALUE {
        return unfit("the value is too long");
    }
    if text.chars().any(char::is_control) {
        return unfit("the value has control characters");
    }
    Ok(text)
}

/// A refund's stamp; the problem names the column.
pub(super) fn refund_stamp(stamp: String, column: &str) -> Result<RefundStamp, Problem> {
    let why = Why::RowNotAStamp {
        value: stamp.clone(),
    };
    RefundStamp::new(stamp).map_err(|error| Problem::at(column, why, error))
}

/// A row with another number of fields than its header.
pub(super) fn fields_differ(found: usize, expected: usize) -> Problem {
    Problem::new(
        Why::RowFields { found, expected },
        format!("the row has {found} fields, and the header {expected}"),
    )
}

/// When the payment was made: `entryDate` and `created` in Finnish time. Without a time of day the
/// day begins.
fn created(fields: &Fields) -> Result<Option<DateTime<Utc>>, Problem> {
    let Some(date) = text_of(fields, "entryDate")? else {
        return Ok(None);
    };
    let day = dates::day(&date, "entryDate")?;
    let time = match text_of(fields, "created")? {
        None => NaiveTime::MIN,
        Some(time) => dates::time(&time, "created")?,
    };
    Ok(Some(dates::finnish(day.and_time(time))))
}

/// The order lines: of JSON a list of objects, of CSV `stamp1:4,00|stamp2:5,00`.
fn order_lines(fields: &Fields) -> Result<Option<Vec<OrderLine>>, Problem> {
    const FIELD: &str = "tradeitems";
    let lines: Vec<OrderLine> = match fields.get(FIELD) {
        None => return Ok(None),
        Some(Value::Nested(list)) => {
            if list.get().starts_with('{') {
                return Err(unfit("it is no list"));
            }
            json::elements(list.get(), MOST_LINES + 1)
                .into_iter()
                .map(|(_, element)| {
                    element
                        .and_then(json_fields)
                        .and_then(|item| json_line(&item))
                })
                .collect::<Result<_, _>>()
        }
        Some(Value::Text(text)) => text
            .trim()
            .split('|')
            .take(MOST_LINES + 1)
            .map(csv_line)
            .collect(),
    }
    .map_err(|problem: Problem| Problem::at(FIELD, Why::RowItemsUnfit, problem.reason.words))?;
    if lines.len() > MOST_LINES {
        return Err(Problem::at(
            FIELD,
            Why::RowItemsUnfit,
            format!("the order has more than {MOST_LINES} lines"),
        ));
    }
    Ok((!lines.is_empty()).then_some(lines))
}

/// Order lines that can't be read.
fn unfit(words: impl std::fmt::Display) -> Problem {
    Problem::at("tradeitems", Why::RowItemsUnfit, words)
}

fn json_line(item: &Fields) -> Result<OrderLine, Problem> {
    let amount = text_of(item, "amount")?.ok_or_else(|| unfit("an item has no amount"))?;
    let stamp = text_of(item, "stamp")?.map(hyvitys_domain::ItemStamp::new);
    let number = |text: String| {
        text.split(['.', ','])
            .next()
            .and_then(|whole| whole.parse::<u32>().ok())
    };
    Ok(OrderLine {
        stamp: stamp.transpose().map_err(unfit)?,
        description: text_of(item, "description")?.unwrap_or_default(),
        product_code: text_of(item, "code")?,
        units: text_of(item, "quantity")?.and_then(number).unwrap_or(1),
        amount: Money::parse_euros(&amount).map_err(unfit)?,
        vat_permille: text_of(item, "vat")?.and_then(|text| permille(&text)),
    })
}

fn csv_line(item: &str) -> Result<OrderLine, Problem> {
    let (stamp, amount) = item
        .trim()
        .rsplit_once(':')
        .ok_or_else(|| unfit(format!("'{item}' is not an item like stamp:4,00")))?;
    Ok(OrderLine {
        stamp: Some(hyvitys_domain::ItemStamp::new(stamp.trim()).map_err(unfit)?),
        description: String::new(),
        product_code: None,
        units: 1,
        amount: Money::parse_euros(amount).map_err(unfit)?,
        vat_permille: None,
    })
}

/// `25,5` percent is 255: the hundredths that an amount of money has, in tenths.
fn permille(percent: &str) -> Option<u16> {
    let hundredths = Money::parse_euros(percent).ok()?.cents();
    u16::try_from(hundredths / 10)
        .ok()
        .filter(|_| hundredths % 10 == 0)
}

#[cfg(test)]
#[path = "report_tests.rs"]
mod tests;
