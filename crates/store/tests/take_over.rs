//! A file that was restored or came from another machine: what waits in it is never sent from there.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests, which fail by panicking"
)]

mod common;

use std::path::Path;

use common::batch::*;
use common::{Shop, now};
use hyvitys_domain::{BatchLineState, BatchPause, BatchState, OperationId, OperationState};
use hyvitys_store::head::Locked;
use hyvitys_store::journal::{Operation, Owner};
use hyvitys_store::{OpenOptions, Store};

/// The file on another machine, which knows nothing of it.
fn elsewhere(data: &Path) -> Store {
    let store = Store::open(OpenOptions {
        heads_dir: data.join("other-heads"),
        ..common::options(data)
    })
    .unwrap();
    assert_eq!(store.locked(), Some(Locked::Elsewhere));
    store
}

fn operation(store: &Store, id: OperationId) -> Operation {
    let read = store.read_blocking(move |tx| tx.operation(id));
    read.unwrap().unwrap()
}

fn taken_over(store: &Store) {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(store.take_over("compared".to_owned(), at(now())))
        .unwrap();
    assert_eq!(store.locked(), None);
}

#[test]
fn what_waits_in_an_older_copy_is_voided() {
    let (shop, owner) = open();
    let lines = vec![line(1, 100), line(2, 200)];
    confirm(&shop, &new_batch(&shop, 1, owner.id(), lines)).unwrap();
    begun(&shop, 1, 1, owner.id());
    pause(&shop, 1);
    drop(owner);
    let data = shop.dir.path().to_owned();
    drop(shop.store);
    let store = elsewhere(&data);
    store.write_blocking(|tx| tx.recover(&at(now()))).unwrap();
    let batch = store.read_blocking(|tx| tx.batch(batch_id(1))).unwrap();
    let batch = batch.unwrap();
    assert_eq!(batch.state, BatchState::Stopped);
    assert_eq!(batch.why, Some(BatchPause::Locked));
    assert_eq!(batch.count(BatchLineState::Voided), 1);
    assert_eq!(batch.count(BatchLineState::Unknown), 1);
}

#[test]
fn what_a_living_process_has_is_its_own_until_the_file_is_taken_over_and_voided_then() {
    let (shop, owner) = open();
    let lines = vec![line(1, 100), line(2, 200), line(3, 300)];
    confirm(&shop, &new_batch(&shop, 1, owner.id(), lines)).unwrap();
    let queued = begun(&shop, 1, 1, owner.id());
    let sending = begun(&shop, 1, 2, owner.id());
    assert!(claim(&shop, sending, owner.id()));
    let Shop {
        store,
        dir,
        account,
    } = shop;
    drop(store);
    let shop = Shop {
        store: elsewhere(dir.path()),
        dir,
        account,
    };
    recover(&shop);
    assert_eq!(read(&shop, 1).state, BatchState::Running);
    assert_eq!(waiting(&shop, 1), [3]);
    assert_eq!(operation(&shop.store, queued).state, OperationState::Queued);
    taken_over(&shop.store);
    let batch = read(&shop, 1);
    assert_eq!(batch.state, BatchState::Stopped);
    assert_eq!(batch.why, Some(BatchPause::Locked));
    assert_eq!(batch.count(BatchLineState::Voided), 1);
    assert_eq!(batch.count(BatchLineState::Unknown), 2);
    for id in [queued, sending] {
        let voided = operation(&shop.store, id);
        assert_eq!(voided.state, OperationState::Unknown);
        assert_eq!(voided.reason.as_deref(), Some("restored"));
    }
    assert!(!claim(&shop, queued, owner.id()), "it is never sent");
}

#[test]
fn a_head_that_can_not_be_kept_just_now_voids_nothing() {
    let (shop, owner) = open();
    let lines = vec![line(1, 100), line(2, 200)];
    confirm(&shop, &new_batch(&shop, 1, owner.id(), lines)).unwrap();
    let queued = begun(&shop, 1, 1, owner.id());
    let heads = shop.dir.path().join("heads");
    std::fs::rename(&heads, shop.dir.path().join("away")).unwrap();
    std::fs::write(&heads, "no folder").unwrap();
    pause(&shop, 1);
    assert!(matches!(shop.store.locked(), Some(Locked::Unremembered(_))));
    drop(owner);
    recover(&shop);
    let batch = read(&shop, 1);
    assert_eq!(batch.state, BatchState::Paused);
    assert_eq!(batch.count(BatchLineState::Voided), 0);
    assert_eq!(waiting(&shop, 1), [2]);
    let left = operation(&shop.store, queued);
    assert_eq!(left.state, OperationState::Failed);
    assert_eq!(left.reason.as_deref(), Some("stopped"));
    // Where it can be kept again, the rest can be sent.
    std::fs::remove_file(&heads).unwrap();
    std::fs::rename(shop.dir.path().join("away"), &heads).unwrap();
    recover(&shop);
    let next = Owner::claim(shop.dir.path()).unwrap();
    shop.store
        .write_blocking(|tx| tx.set_setting("language", "fi", true, now()))
        .unwrap();
    assert_eq!(shop.store.locked(), None);
    resume(&shop, 1, next.id()).unwrap();
    assert_eq!(waiting(&shop, 1), [1, 2]);
}
