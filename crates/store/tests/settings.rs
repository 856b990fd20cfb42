//! Settings: kept over a restart, and in the journal where they bear on money.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking, and so do its helpers"
)]

mod common;

use common::{Shop, now, options};
use hyvitys_store::Store;

fn set(store: &Store, name: &'static str, value: &'static str, audited: bool) {
    store
        .write_blocking(move |tx| tx.set_setting(name, value, audited, now()))
        .unwrap();
}

fn get(store: &Store, name: &'static str) -> Option<String> {
    store.read_blocking(move |tx| tx.setting(name)).unwrap()
}

fn entries(store: &Store) -> Vec<String> {
    let entries = store
        .read_blocking(|tx| tx.journal_entries(0, 100))
        .unwrap();
    entries
        .into_iter()
        .map(|entry| format!("{} {}", entry.what, entry.detail))
        .collect()
}

#[test]
fn a_setting_is_kept_over_a_restart_and_replaced_by_the_next_value() {
    let shop = Shop::open();
    assert_eq!(get(&shop.store, "language"), None);
    set(&shop.store, "language", "fi", false);
    set(&shop.store, "language", "sv", false);
    set(&shop.store, "theme", "", false);
    let Shop { store, dir, .. } = shop;
    drop(store);
    let store = Store::open(options(dir.path())).unwrap();
    assert_eq!(get(&store, "language").as_deref(), Some("sv"));
    assert_eq!(get(&store, "theme").as_deref(), Some(""));
    assert!(entries(&store).is_empty(), "how a window looks is no news");
}

#[test]
fn a_setting_that_bears_on_money_is_in_the_journal_once_for_each_change() {
    let shop = Shop::open();
    for value in ["a", "a", "b"] {
        set(&shop.store, "rule", value, true);
    }
    assert_eq!(
        entries(&shop.store),
        [
            r#"setting.changed {"name":"rule","value":"a"}"#,
            r#"setting.changed {"name":"rule","value":"b"}"#,
        ]
    );
    let chain = shop
        .store
        .read_blocking(|tx| tx.verify_journal(|_| None))
        .unwrap();
    assert_eq!((chain.entries, chain.broken), (2, None));
}
