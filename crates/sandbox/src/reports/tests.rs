use chrono::{DateTime, Utc};
use hyvitys_domain::Money;
use serde_json::Value;

use super::*;
use crate::books::Rates;
use crate::dice::Dice;
use crate::seed;

fn shop() -> Books {
    let now: DateTime<Utc> = "2026-11-01T12:00:00Z".parse().unwrap();
    let mut books = Books::new(Dice::new(1), Rates::default());
    seed::fill(&mut books, Dice::new(1), 300, now);
    books
}

fn everything(csv: bool) -> Report {
    Report {
        csv,
        status: ReportStatus::All,
        items: true,
        ..Report::default()
    }
}

fn json(books: &Books, report: &Report) -> Vec<Value> {
    serde_json::from_slice(&write(books, report).unwrap()).unwrap()
}

#[test]
fn a_whole_report_has_every_payment_and_refund_and_adds_up_to_the_cent() {
    let books = shop();
    let rows = json(&books, &everything(false));
    assert_eq!(rows.len(), books.payments().len() + books.refunds().len());
    let cents: Option<Money> = rows
        .iter()
        .map(|row| Money::parse_euros(&row["amount"].to_string()).unwrap())
        .sum();
    let paid: Option<Money> = books.payments().iter().map(|p| p.amount).sum();
    let back: Option<Money> = books.refunds().iter().map(|r| r.amount).sum();
    assert_eq!(cents, paid.unwrap().checked_sub(back.unwrap()));
    assert!(rows.iter().all(|row| row.get("transactionId").is_none()));
}

#[test]
fn json_and_csv_say_the_same() {
    let books = shop();
    let rows = json(&books, &everything(false));
    let bytes = write(&books, &everything(true)).unwrap();
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(b';')
        .from_reader(bytes.as_slice());
    assert_eq!(reader.headers().unwrap().iter().collect::<Vec<_>>(), FIELDS);
    let mut count = 0;
    for (line, row) in reader.records().zip(&rows) {
        let line = line.unwrap();
        count += 1;
        for (field, cell) in FIELDS.iter().zip(line.iter()) {
            match &row[field] {
                Value::Null => assert_eq!(cell, ""),
                Value::String(text) => assert_eq!(cell, text),
                Value::Number(_) if *field == "vatPercentage" => assert_eq!(cell, "25,5"),
                Value::Number(number) => assert_eq!(
                    Money::parse_euros(cell).unwrap(),
                    Money::parse_euros(&number.to_string()).unwrap(),
                    "{field}"
                ),
                Value::Array(items) => {
                    assert_eq!(
                        cell.split('|').filter(|part| !part.is_empty()).count(),
                        items.len()
                    );
                }
                other => panic!("{field}: {other}"),
            }
        }
    }
    assert_eq!(count, rows.len());
}

#[test]
fn a_refund_is_a_negative_row_that_names_its_payment() {
    let books = shop();
    let refund = books.refunds()[0].clone();
    let rows = json(&books, &everything(false));
    let stamp = refund.refund_stamp.clone().unwrap();
    let row = rows
        .iter()
        .find(|row| row["stamp"] == stamp.as_str())
        .unwrap();
    assert!(row["amount"].to_string().starts_with('-'));
    let payment = books.payment(refund.payment).unwrap();
    assert_eq!(row["originalTradeReference"], payment.reference.as_str());
    assert!(row["tradeitems"].is_null());
}

#[test]
fn filters_leave_out_what_they_say() {
    let books = shop();
    let paid = json(&books, &Report::default());
    assert!(
        paid.iter()
            .all(|row| row["status"].as_str().unwrap().starts_with("Paid"))
    );
    let settled = json(
        &books,
        &Report {
            status: ReportStatus::Settled,
            ..Report::default()
        },
    );
    assert!(!settled.is_empty() && settled.len() < paid.len());
    assert!(
        settled
            .iter()
            .all(|row| row["settlementReference"].is_string())
    );
    let day = parse_date("2026-10-01T00:00:00Z").unwrap();
    let one_day = Report {
        start: Some(day),
        end: Some(day),
        ..everything(false)
    };
    assert!(
        json(&books, &one_day)
            .iter()
            .all(|row| row["entryDate"] == "01-10-2026")
    );
    let few = Report {
        limit: 3,
        fields: vec!["amount".into(), "nonsense".into()],
        ..everything(false)
    };
    let few = json(&books, &few);
    assert_eq!(few.len(), 3);
    assert!(few.iter().all(|row| row.as_object().unwrap().len() == 1));
}
