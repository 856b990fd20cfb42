//! Files of every older format are read as they were meant, and are kept beside the new one.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, and so do its helpers"
)]
#![allow(
    clippy::redundant_closure_for_method_calls,
    reason = "a method's path is not general enough over the transaction's lifetime"
)]

mod common;

use common::{Shop, options, time};
use hyvitys_domain::{AccountId, ManualInvoice, Money, TransactionId};
use hyvitys_store::Store;
use hyvitys_store::payments::{Field, Precision, Source};
use rusqlite::Connection;

#[test]
fn a_file_of_format_1_keeps_all_its_values() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("hyvitys.db");
    let old = Connection::open(&path).unwrap();
    old.execute_batch(include_str!("fixtures/v1.sql")).unwrap();
    drop(old);

    let store = Store::open(options(dir.path())).unwrap();
    let account = AccountId::from_row(1);
    let shop = Shop {
        store,
        account,
        dir,
    };
    let kauppa = shop
        .store
        .read_blocking(|tx| tx.active_account())
        .unwrap()
        .unwrap();
    assert_eq!((kauppa.id, kauppa.merchant.as_str()), (account, "375917"));
    assert_eq!(kauppa.last_report_at, Some(time("2026-11-03T12:00:00Z")));

    let id: TransactionId = "681538c4-fc84-11e9-83bc-2ffcef4c3453".parse().unwrap();
    let stored = shop
        .store
        .read_blocking(move |tx| tx.payment(account, id))
        .unwrap()
        .unwrap();
    let payment = &stored.payment;
    assert_eq!(payment.status, common::status("pending"));
    assert_eq!(payment.refundable(), Money::from_cents(11_000));
    assert_eq!(payment.created.at, time("2026-11-02T12:00:00.123Z"));
    assert_eq!(payment.manual_invoice(), Some(ManualInvoice::Known));
    assert_eq!(payment.customer.last_name.as_deref(), Some("Mäkelä"));
    assert_eq!(payment.checked_at, Some(time("2026-11-02T13:00:00Z")));
    assert_eq!(stored.sources.of(Field::Status), Some(Source::Signed));
    assert_eq!(stored.sources.of(Field::Email), Some(Source::Report));
    assert_eq!(stored.precision, Precision::Exact);
    let key = stored.key;
    let (lines, raw, awaited) = shop
        .store
        .read_blocking(move |tx| Ok((tx.lines(key)?, tx.raw(key)?, tx.awaited(account)?)))
        .unwrap();
    assert_eq!(lines[0].stamp.as_ref().unwrap().as_str(), "line-1");
    assert_eq!(raw[0].text, "{\"status\":\"pending\"}");
    assert_eq!(awaited[0].last_error.as_deref(), Some("not found"));
    assert_eq!(shop.find("mäk"), ["1048"]);
    assert_eq!(shop.find("status:accepted"), ["1049"]);
    shop.check();

    // The way back: the file as it was, before anything was migrated.
    let backups: Vec<_> = std::fs::read_dir(shop.dir.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().contains(".before-v"))
        .collect();
    assert_eq!(backups.len(), 1);
    let backup = Connection::open(&backups[0]).unwrap();
    let version: i64 = backup
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap();
    let sum: i64 = backup
        .query_row("SELECT sum(amount) FROM payment", [], |row| row.get(0))
        .unwrap();
    assert_eq!((version, sum), (1, 13_840));
}
