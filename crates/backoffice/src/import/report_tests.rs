use proptest::prelude::*;

use chrono::NaiveDateTime;

use super::*;
use crate::import::dates::finnish;

fn now() -> DateTime<Utc> {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

/// The rows of a CSV report as a file has them.
fn csv(text: &str, now: DateTime<Utc>) -> Result<(Vec<Row>, Option<DateTime<Utc>>), String> {
    let mut rows = crate::import::csv::rows(text, ';');
    let header = rows.next().unwrap().1.unwrap();
    super::csv(&header, rows, now)
}

fn of_csv(text: &str) -> Vec<Row> {
    csv(text, now()).unwrap().0
}

fn facts(row: &Row) -> &PaymentFacts {
    match &row.item {
        Ok(Item::Facts(facts)) => facts,
        other => panic!("{other:?}"),
    }
}

fn refund_row(row: &Row) -> &RefundRow {
    match &row.item {
        Ok(Item::Refund(refund)) => refund,
        other => panic!("{other:?}"),
    }
}

fn column(row: &Row) -> Option<&str> {
    row.item.as_ref().unwrap_err().column.as_deref()
}

#[test]
fn every_status_word_is_read_in_any_case_and_an_unknown_one_is_kept() {
    let words = [
        ("Paid", PaymentStatus::Ok),
        ("PAID AND SETTLED", PaymentStatus::Ok),
        ("New", PaymentStatus::New),
        ("waiting for approval", PaymentStatus::Pending),
        ("Waiting For Approval", PaymentStatus::Pending),
        ("Cancelled", PaymentStatus::Fail),
        ("Timeout", PaymentStatus::Fail),
        ("halted", PaymentStatus::Fail),
        ("Delayed", PaymentStatus::Delayed),
        ("Mystery", PaymentStatus::Other("Mystery".to_owned())),
    ];
    for (word, status) in words {
        let rows = of_csv(&format!("status;amount;stamp\n{word};1,00;a"));
        assert_eq!(facts(&rows[0]).status, Some(status), "{word}");
    }
}

#[test]
fn columns_stand_in_any_order_and_unknown_ones_are_ignored() {
    let rows = of_csv(
        "\"Whatever\";\"familyname\";\"amount\";\"stamp\";\"tradeitems\";\"created\";\"entryDate\"\n\
         \"x\";\"Äyrämö\";\"1 234,50\";\"s-1\";\"a:4,00|b:c:5,00\";\"12:30\";\"23-11-2026\"\n",
    );
    let read = facts(&rows[0]);
    assert_eq!(rows[0].line, 2);
    assert_eq!(read.last_name.as_deref(), Some("Äyrämö"));
    assert_eq!(read.amount, Some(Money::from_cents(123_450)));
    assert_eq!(
        read.created.unwrap().time.at,
        "2026-11-23T10:30:00Z".parse::<DateTime<Utc>>().unwrap()
    );
    let lines = read.lines.as_ref().unwrap();
    let stamps: Vec<_> = lines
        .iter()
        .map(|l| (l.stamp.as_ref().unwrap().as_str(), l.amount.cents()))
        .collect();
    assert_eq!(stamps, [("a", 400), ("b:c", 500)]);
}

#[test]
fn json_amounts_are_read_as_they_are_written_and_never_rounded() {
    let text = r#"[
        {"amount": 19.90, "stamp": "a", "tradeitems": [
            {"stamp":"i","amount":19.9,"description":"Lamppu","vat":25.5,"code":"L1","quantity":2}]},
        {"amount": "0.29", "stamp": "b", "country": null},
        {"amount": 1.234, "stamp": "c"},
        {"amount": 1e2, "stamp": "d"},
        {"amount": [1], "stamp": "e"},
        {"amount": true, "stamp": "f"},
        7
    ]"#;
    let (rows, _) = json(text, now());
    assert_eq!(facts(&rows[0]).amount, Some(Money::from_cents(1_990)));
    let line = &facts(&rows[0]).lines.as_ref().unwrap()[0];
    assert_eq!(
        (line.vat_permille, line.units, line.amount.cents()),
        (Some(255), 2, 1_990)
    );
    assert_eq!(
        (line.description.as_str(), line.product_code.as_deref()),
        ("Lamppu", Some("L1"))
    );
    assert_eq!(facts(&rows[1]).amount, Some(Money::from_cents(29)));
    for row in &rows[2..6] {
        assert_eq!(column(row), Some("amount"), "line {}", row.line);
    }
    assert!(rows[6].item.is_err());
    let lines: Vec<_> = rows.iter().map(|row| row.line).collect();
    assert_eq!(lines, [2, 4, 5, 6, 7, 8, 9]);
}

#[test]
fn a_broken_row_names_its_line_and_column_and_the_good_ones_stay() {
    let rows = of_csv(
        "stamp;amount;entryDate;created\n\
         a;1,00;23-11-2026;10:00\n\
         b;1,234;23-11-2026;10:00\n\
         c;1,00;31-02-2026;10:00\n\
         d;1,00;23-11-2026;25:00\n\
         e;1,00\n\
         f;0,00;23-11-2026;10:00\n\
         g;1,00;23-11-2026;10:00\n",
    );
    let broken: Vec<_> = rows
        .iter()
        .filter_map(|row| Some((row.line, row.item.as_ref().err()?.column.clone())))
        .collect();
    let at = |line, column: &str| (line, Some(column.to_owned()));
    let expected = [
        at(3, "amount"),
        at(4, "entryDate"),
        at(5, "created"),
        (6, None),
        at(7, "amount"),
    ];
    assert_eq!(broken, expected);
    assert_eq!(facts(&rows[6]).stamp.as_deref(), Some("g"));
}

#[test]
fn refunds_are_rows_with_a_negative_amount_or_an_original_reference() {
    let rows = of_csv(
        "stamp;amount;status;originalTradeReference\n\
         r1;-5,00;Paid;1042\n\
         ;-5,00;Paid;1042\n\
         r3;5,00;Waiting for approval;1042\n\
         r4;-5,00;Cancelled;\n\
         r5;-5,00;Mystery;1042\n\
         r6;;Paid;1042\n",
    );
    let first = refund_row(&rows[0]);
    assert_eq!(first.amount, Money::from_cents(500));
    assert_eq!(first.status, Some(EvidenceStatus::Done));
    assert_eq!(first.original.as_deref(), Some("1042"));
    assert_eq!(refund_row(&rows[1]).stamp, None);
    assert_eq!(refund_row(&rows[2]).status, Some(EvidenceStatus::Pending));
    assert_eq!(refund_row(&rows[3]).status, Some(EvidenceStatus::Failed));
    assert_eq!(refund_row(&rows[4]).status, None);
    assert_eq!(column(&rows[5]), Some("amount"));
}

#[test]
fn local_times_that_are_double_or_missing_are_taken() {
    let at = |text: &str| {
        finnish(NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap()).to_rfc3339()
    };
    assert_eq!(at("2026-10-25 03:30"), "2026-10-25T00:30:00+00:00");
    assert_eq!(at("2026-03-29 03:30"), "2026-03-29T01:30:00+00:00");
    assert_eq!(at("2026-07-01 00:00"), "2026-06-30T21:00:00+00:00");
}

#[test]
fn the_newest_row_dates_the_report_and_the_future_does_not() {
    let text = "stamp;amount;entryDate\na;1,00;20-11-2026\nb;1,00;21-11-2026\nc;1,00;01-01-2036\n";
    let (_, newest) = csv(text, now()).unwrap();
    assert_eq!(newest, Some("2026-11-20T22:00:00Z".parse().unwrap()));
}

#[test]
fn a_column_that_stands_twice_makes_the_whole_report_unclear() {
    assert!(
        csv("stamp;amount;Amount\na;1,00;2,00", now())
            .unwrap_err()
            .contains("twice")
    );
}

proptest! {
    #[test]
    fn any_amount_comes_back_to_the_cent_from_both_forms(cents in 1_i64..99_999_998) {
        let comma = Money::from_cents(cents).to_string();
        let rows = of_csv(&format!("stamp;amount\na;\"{comma}\""));
        prop_assert_eq!(facts(&rows[0]).amount, Some(Money::from_cents(cents)));
        let point = format!("{}.{:02}", cents / 100, cents % 100);
        let (rows, _) = json(&format!("[{{\"stamp\":\"a\",\"amount\":{point}}}]"), now());
        prop_assert_eq!(facts(&rows[0]).amount, Some(Money::from_cents(cents)));
    }

    #[test]
    fn no_text_breaks_the_readers(text in "(?s)[-;:,.|\"\\[\\]{}0-9a-cä\n ]{0,120}") {
        let _ = csv(&format!("stamp;amount;tradeitems;entryDate;created\n{text}"), now());
        let _ = json(&format!("[{{\"amount\":{text}}}]"), now());
        let _ = json(&text, now());
    }
}
