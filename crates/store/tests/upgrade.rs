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
use hyvitys_domain::{AccountId, ManualInvoice, Money, OperationState, TransactionId};
use hyvitys_store::Store;
use hyvitys_store::head::Locked;
use hyvitys_store::payments::{Field, Precision, Source};
use rusqlite::Connection;

/// Opens a file as an older program left it.
fn opened(fixture: &str) -> Shop {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("hyvitys.db");
    let old = Connection::open(&path).unwrap();
    old.execute_batch(fixture).unwrap();
    drop(old);
    Shop {
        store: Store::open(options(dir.path())).unwrap(),
        account: AccountId::from_row(1),
        dir,
    }
}

/// The format and the sum of all amounts of the one backup that was taken before a file was migrated.
fn backup(shop: &Shop) -> (i64, i64) {
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
    (version, sum)
}

fn payment_id() -> TransactionId {
    "681538c4-fc84-11e9-83bc-2ffcef4c3453".parse().unwrap()
}

#[test]
fn a_file_of_format_1_keeps_all_its_values() {
    let shop = opened(include_str!("fixtures/v1.sql"));
    let account = shop.account;
    let kauppa = shop
        .store
        .read_blocking(|tx| tx.active_account())
        .unwrap()
        .unwrap();
    assert_eq!((kauppa.id, kauppa.merchant.as_str()), (account, "375917"));
    assert_eq!(kauppa.last_report_at, Some(time("2026-11-03T12:00:00Z")));

    let id = payment_id();
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
    assert!(payment.seen_held, "it waits for activation");
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
    assert_eq!(backup(&shop), (1, 13_840));
}

#[test]
fn a_file_of_format_2_keeps_its_journal_and_all_that_it_says_of_money() {
    let shop = opened(include_str!("fixtures/v2.sql"));
    let (account, id) = (shop.account, payment_id());
    shop.check();
    let (operations, foreign, chain, page, sums) = shop
        .store
        .read_blocking(move |tx| {
            let stored = tx.payment(account, id)?.unwrap();
            Ok((
                tx.operations_of(account, id)?,
                tx.foreign_refunds_of(stored.key)?,
                tx.verify_journal(|_| None)?,
                tx.operation_rows(account, None, 10)?,
                tx.operation_sums(account)?,
            ))
        })
        .unwrap();
    let states: Vec<_> = operations.iter().map(|o| (o.state, o.amount)).collect();
    let (done, unknown) = (OperationState::Done, OperationState::Unknown);
    let cents = Money::from_cents;
    assert_eq!(states, [(done, cents(1_000)), (unknown, cents(50))]);
    assert_eq!(operations[0].proof.as_deref(), Some("signed answer"));
    assert_eq!(operations[0].items[0].0.as_str(), "line-1");
    assert_eq!(operations[1].last_sent.as_ref().unwrap().up_ms, 61_000);
    assert_eq!(foreign[0].amount, cents(800));
    assert_eq!(foreign[0].source, "report");
    assert_eq!((chain.entries, chain.broken), (7, None));
    // What is new reads what is old.
    assert_eq!(page.rows[0].operation.id, operations[1].id, "unknown first");
    assert_eq!(page.rows[0].confirmed_by.as_deref(), Some("maija"));
    assert_eq!(page.rows[1].reference, "1048");
    assert_eq!(sums.len(), 2);
    assert_eq!(shop.find("refunded:partly"), ["1048"]);
    shop.store
        .write_blocking(|tx| tx.set_setting("language", "fi", false, time("2026-11-20T12:00:00Z")))
        .unwrap();
    // The machine does not know this file: it came from elsewhere, and nothing is sent from it.
    assert_eq!(shop.store.locked(), Some(Locked::Elsewhere));
    assert_eq!(backup(&shop), (2, 13_840));
}

#[test]
fn a_file_of_format_3_keeps_its_settings_and_can_undo_imports_from_now_on() {
    let shop = opened(include_str!("fixtures/v3.sql"));
    shop.check();
    let (account, id) = (shop.account, payment_id());
    let (language, stored, runs, chain) = shop
        .store
        .read_blocking(move |tx| {
            Ok((
                tx.setting("language")?,
                tx.payment(account, id)?.unwrap(),
                tx.import_runs(account)?,
                tx.verify_journal(|_| None)?,
            ))
        })
        .unwrap();
    assert_eq!(language.as_deref(), Some("sv"));
    assert!(stored.payment.seen_held);
    assert_eq!(stored.payment.refunded, Money::from_cents(1_800));
    assert!(runs.is_empty(), "what was imported before was not noted");
    assert_eq!((chain.entries, chain.broken), (7, None));
    let facts = common::report(9, "ok", 500);
    let owner = shop.ended();
    let undone = shop
        .store
        .write_blocking(move |tx| {
            let run = tx.begin_import(account, &[], owner, common::now())?;
            tx.apply_in_run(account, run, true, &[(facts, None)])?;
            tx.undo_import(account, run, common::now())
        })
        .unwrap();
    assert_eq!(undone.unwrap().removed, 1);
    shop.check();
    assert_eq!(backup(&shop), (3, 13_840));
}

#[test]
fn a_file_of_format_5_keeps_its_refunds_which_have_no_reason_and_takes_new_ones_with_one() {
    let shop = opened(include_str!("fixtures/v5_drafts.sql"));
    shop.check();
    let (account, id) = (shop.account, payment_id());
    let (operations, runs, drafts, settlements, chain) = shop
        .store
        .read_blocking(move |tx| {
            Ok((
                tx.operations_of(account, id)?,
                tx.import_runs(account)?,
                tx.drafts(account)?,
                tx.settlements(account)?,
                tx.verify_journal(|_| None)?,
            ))
        })
        .unwrap();
    assert_eq!(operations.len(), 2);
    assert!(operations.iter().all(|o| o.refund_reason.is_none()));
    assert_eq!(operations[0].note.as_deref(), Some("rikki"));
    assert_eq!(runs[0].files, ["report.csv"]);
    assert_eq!(drafts[0].stamp, "draft-1");
    assert_eq!(settlements[0].settlement.reference, "RF12");
    // What an older program wrote has all that is compared with the tables.
    assert_eq!((chain.entries, chain.broken), (7, None));
    let file = Connection::open(shop.store.path()).unwrap();
    assert!(
        file.execute("UPDATE operation SET refund_reason = 'x'", [])
            .is_err(),
        "why it was made is part of what was confirmed"
    );
    assert_eq!(backup(&shop), (5, 13_840));
}

/// What a file of format 4 has that older ones have not.
fn has_its_imports_and_settlements(shop: &Shop) {
    shop.check();
    let account = shop.account;
    let (runs, layout, rows, chain) = shop
        .store
        .read_blocking(move |tx| {
            Ok((
                tx.import_runs(account)?,
                tx.import_layout("a|b")?,
                tx.settlements(account)?,
                tx.verify_journal(|_| None)?,
            ))
        })
        .unwrap();
    assert_eq!(runs.len(), 2);
    assert_eq!(runs[0].undone_at, Some(time("2026-11-02T14:00:00Z")));
    assert_eq!(runs[1].files, ["maksut.csv", "ids.txt"]);
    assert_eq!((runs[1].counts.new, runs[1].counts.awaited), (1, 1));
    assert_eq!(runs[1].owner, None, "it has ended long ago");
    assert_eq!(layout.as_deref(), Some("[\"reference\",\"amountEuros\"]"));
    assert_eq!(rows.len(), 1);
    assert_eq!(
        (rows[0].settlement.id.as_str(), rows[0].entries),
        ("10023", 2)
    );
    assert_eq!(rows[0].total, Some(Money::from_cents(2_500 - 1_000 - 35)));
    assert_eq!((chain.entries, chain.broken), (7, None));
    // An import of then can still be undone, with all that it alone brought.
    let run = runs[1].id;
    let (undone, awaited, rows) = shop
        .store
        .write_blocking(move |tx| {
            let undone = tx.undo_import(account, run, common::now())?;
            let entries: u32 = tx.settlements(account)?.iter().map(|row| row.entries).sum();
            Ok((undone.unwrap(), tx.awaited(account)?, entries))
        })
        .unwrap();
    assert_eq!((undone.removed, undone.kept), (2, 0));
    assert_eq!((awaited.len(), rows), (0, 0));
    shop.check();
}

#[test]
fn a_file_of_format_4_keeps_its_imports_and_can_undo_them() {
    let shop = opened(include_str!("fixtures/v4.sql"));
    has_its_imports_and_settlements(&shop);
    assert_eq!(backup(&shop), (4, 13_840));
}

#[test]
fn a_file_of_format_5_keeps_its_settlements() {
    let shop = opened(include_str!("fixtures/v5.sql"));
    let account = shop.account;
    let (rows, asked, missing) = shop
        .store
        .read_blocking(move |tx| {
            let rows = tx.settlements(account)?;
            let missing = tx.settled_without_entry(account, &rows[0].settlement)?;
            Ok((rows, tx.settlements_asked_at(account)?, missing))
        })
        .unwrap();
    assert!(rows[0].listed);
    assert_eq!(rows[0].settlement.reference, "RF10023");
    assert_eq!(asked, Some(time("2026-11-04T13:00:00Z")));
    assert_eq!(missing, (1, Money::from_cents(12_850)));
    has_its_imports_and_settlements(&shop);
    assert_eq!(backup(&shop), (5, 13_840));
}

#[test]
fn a_file_of_format_7_keeps_its_reasons_and_imports_and_can_have_batches_from_now_on() {
    let shop = opened(include_str!("fixtures/v7.sql"));
    shop.check();
    let (account, id) = (shop.account, payment_id());
    let (operations, runs, drafts, chain, batches) = shop
        .store
        .read_blocking(move |tx| {
            Ok((
                tx.operations_of(account, id)?,
                tx.import_runs(account)?,
                tx.drafts(account)?,
                tx.verify_journal(|_| None)?,
                tx.batches(account)?,
            ))
        })
        .unwrap();
    let amounts: Vec<_> = operations.iter().map(|one| one.amount.cents()).collect();
    assert_eq!(amounts, [1_000, 50, 70]);
    let reasons: Vec<_> = operations
        .iter()
        .map(|one| one.refund_reason.as_deref())
        .collect();
    assert_eq!(reasons, [None, None, Some("Vika tuotteessa")]);
    assert_eq!((runs.len(), drafts.len()), (3, 1));
    assert_eq!(batches, []);
    // Operations of then were confirmed when they were made: their entries say no other time.
    assert_eq!((chain.entries, chain.broken), (9, None));
    let version: i64 = Connection::open(shop.store.path())
        .unwrap()
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap();
    assert_eq!(version, 8);
    // What two imports had of a settlement stays with the other one.
    let (undone, lines) = shop
        .store
        .write_blocking(move |tx| {
            let undone = tx.undo_import(account, runs[2].id, common::now())?;
            let lines: u32 = tx.settlements(account)?.iter().map(|row| row.entries).sum();
            Ok((undone, lines))
        })
        .unwrap();
    assert!(undone.is_some());
    assert_eq!(lines, 1);
    assert_eq!(backup(&shop), (7, 13_840));

    // Its machine is another one now; once taken over, a batch of today is made in it.
    let next = common::batch::at(common::now());
    taken_over(&shop, &next);
    let owner = hyvitys_store::journal::Owner::claim(shop.dir.path()).unwrap();
    let line = hyvitys_store::batches::NewBatchLine {
        transaction_id: Some(id),
        ..common::batch::line(1, 100)
    };
    let new = common::batch::new_batch(&shop, 1, owner.id(), vec![line]);
    let batch = common::batch::confirm(&shop, &new).unwrap();
    assert_eq!((batch.number, batch.confirmed_lines()), (1, 1));
}

fn taken_over(shop: &Shop, now: &hyvitys_domain::Moment) {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(shop.store.take_over("compared".to_owned(), now.clone()))
        .unwrap();
}
