//! What is answered is on the disk, and processes don't lose each other's work.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, and so do its helpers"
)]

mod common;

use std::time::Duration;

use common::{Shop, add, id, options, signed};
use hyvitys_store::{Store, StoreError};

#[test]
fn after_a_crash_everything_that_was_answered_is_there_and_nothing_that_was_not() {
    let shop = Shop::open();
    for number in 1..=5 {
        shop.apply(&[signed(number, "ok", 500)]);
    }
    let account = shop.account;
    let failed: Result<(), _> = shop.store.write_blocking(move |tx| {
        tx.apply(account, &[signed(6, "ok", 500)])?;
        Err(StoreError::Closed)
    });
    assert!(failed.is_err());
    // The files as a killed process leaves them: the store is open, nothing is folded back.
    let dir = tempfile::tempdir().unwrap();
    for name in ["hyvitys.db", "hyvitys.db-wal"] {
        std::fs::copy(shop.dir.path().join(name), dir.path().join(name)).unwrap();
    }
    let store = Store::open(options(dir.path())).unwrap();
    for number in 1..=6 {
        let found = store
            .read_blocking(move |tx| tx.payment(account, id(number)))
            .unwrap();
        assert_eq!(found.is_some(), number < 6, "{number}");
    }
    Shop {
        store,
        account,
        dir,
    }
    .check();
}

#[test]
fn two_stores_on_one_file_see_each_others_work_and_lose_nothing() {
    let shop = Shop::open();
    let other = Store::open(options(shop.dir.path())).unwrap();
    let account = shop.account;
    let writer = |store: Store, from: u8| {
        std::thread::spawn(move || {
            for number in from..from + 20 {
                let facts = [signed(number, "ok", 500)];
                store
                    .write_blocking(move |tx| tx.apply(account, &facts))
                    .unwrap();
            }
        })
    };
    let threads = [writer(shop.store.clone(), 1), writer(other.clone(), 101)];
    for thread in threads {
        thread.join().unwrap();
    }
    let count = other
        .read_blocking(move |tx| tx.status_counts(account))
        .unwrap();
    assert_eq!(count[0].1, 40);
    shop.check();
}

#[test]
fn while_another_process_holds_the_file_every_write_fails_and_later_ones_work() {
    let shop = Shop::open();
    let holder = rusqlite::Connection::open(shop.store.path()).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    let writes: Vec<_> = (1..=2)
        .map(|number| {
            let (store, account) = (shop.store.clone(), shop.account);
            std::thread::spawn(move || {
                store.write_blocking(move |tx| tx.apply(account, &[signed(number, "ok", 5)]))
            })
        })
        .collect();
    for write in writes {
        let error = write.join().unwrap().unwrap_err();
        assert!(
            matches!(error, StoreError::CommitFailed { .. }) && error.is_busy(),
            "{error}"
        );
    }
    // Reading goes on all the while.
    assert!(shop.payment(1).is_none());
    holder.execute_batch("ROLLBACK").unwrap();
    assert_eq!(shop.apply(&[signed(1, "ok", 5)]).new, 1);
}

#[test]
fn a_job_goes_on_when_nobody_waits_for_it_and_async_callers_get_their_answers() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(options(dir.path())).unwrap();
    let account = add(&store, "Kauppa", "375917");
    runtime.block_on(async {
        let given_up = store.write(move |tx| {
            std::thread::sleep(Duration::from_millis(20));
            tx.apply(account, &[signed(1, "ok", 5)])
        });
        assert!(
            tokio::time::timeout(Duration::from_millis(1), given_up)
                .await
                .is_err()
        );
        store.write(|_| Ok(())).await.unwrap();
        let found = store
            .read(move |tx| tx.payment(account, id(1)))
            .await
            .unwrap();
        assert!(found.is_some());
        let lost = store
            .read(|_| -> Result<(), StoreError> { panic!("on purpose") })
            .await;
        assert!(matches!(lost, Err(StoreError::Panicked(_))));
    });
}
