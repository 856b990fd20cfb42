//! Accounts: one shop, once, for ever.

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

use common::{Shop, add, now, signed, time};
use hyvitys_store::{AccountError, NewAccount, Paused, StoreError};

fn new(name: &str, merchant: &str) -> NewAccount {
    NewAccount {
        name: name.to_owned(),
        origin: "https://services.paytrail.com".parse().unwrap(),
        merchant: merchant.parse().unwrap(),
        callback_url: None,
    }
}

fn refused(shop: &Shop, account: NewAccount) -> AccountError {
    match shop
        .store
        .write_blocking(move |tx| tx.add_account(&account, now()))
    {
        Err(StoreError::Account(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_first_account_becomes_active_and_another_one_only_when_it_is_chosen() {
    let shop = Shop::open();
    let other = add(&shop.store, "Toinen", "812440");
    let active = || {
        shop.store
            .read_blocking(|tx| tx.active_account())
            .unwrap()
            .map(|a| a.id)
    };
    assert_eq!(active(), Some(shop.account));
    shop.store
        .write_blocking(move |tx| tx.use_account(other))
        .unwrap();
    assert_eq!(active(), Some(other));
    shop.store
        .write_blocking(move |tx| tx.remove_account(other, now()))
        .unwrap();
    assert_eq!(active(), None);
}

#[test]
fn a_merchant_or_a_name_is_there_once() {
    let shop = Shop::open();
    assert_eq!(
        refused(&shop, new("Uusi", "375917")),
        AccountError::MerchantTaken("Kauppa".into())
    );
    assert_eq!(
        refused(&shop, new(" Kauppa ", "812440")),
        AccountError::NameTaken("Kauppa".into())
    );
    for name in ["", "  ", "a\nb"] {
        assert_eq!(refused(&shop, new(name, "812440")), AccountError::Name);
    }
}

#[test]
fn a_removed_shop_comes_back_with_its_history_and_under_its_new_name() {
    let shop = Shop::open();
    shop.apply(&[signed(1, "ok", 500)]);
    let account = shop.account;
    shop.store
        .write_blocking(move |tx| tx.remove_account(account, now()))
        .unwrap();
    assert!(
        shop.store
            .read_blocking(|tx| tx.accounts())
            .unwrap()
            .is_empty()
    );
    assert!(
        shop.store
            .write_blocking(move |tx| tx.use_account(account))
            .is_err()
    );
    let again = add(&shop.store, "Kauppa 2", "375917");
    assert_eq!(again, shop.account);
    assert!(shop.payment(1).is_some());
    let found = shop
        .store
        .read_blocking(|tx| tx.account_by_name("Kauppa 2"))
        .unwrap()
        .unwrap();
    assert!(found.active && found.removed_at.is_none());
}

#[test]
fn a_pause_keeps_its_first_reason_until_it_is_lifted() {
    let shop = Shop::open();
    let account = shop.account;
    let paused = |shop: &Shop| {
        shop.store
            .read_blocking(move |tx| tx.account(account))
            .unwrap()
            .unwrap()
            .paused
    };
    shop.store
        .write_blocking(move |tx| {
            tx.pause_account(account, "401", now())?;
            tx.pause_account(account, "another", time("2026-11-21T00:00:00Z"))
        })
        .unwrap();
    assert_eq!(
        paused(&shop),
        Some(Paused {
            at: now(),
            why: "401".into()
        })
    );
    shop.store
        .write_blocking(move |tx| tx.unpause_account(account, now()))
        .unwrap();
    assert_eq!(paused(&shop), None);
}

#[test]
fn the_newest_report_counts_and_settings_are_kept() {
    let shop = Shop::open();
    let account = shop.account;
    shop.store
        .write_blocking(move |tx| {
            tx.set_last_report(account, time("2026-11-20T00:00:00Z"))?;
            tx.set_last_report(account, time("2026-11-10T00:00:00Z"))?;
            tx.set_callback_url(account, Some("https://kauppa.example/cb"))
        })
        .unwrap();
    let found = shop
        .store
        .read_blocking(move |tx| tx.account(account))
        .unwrap()
        .unwrap();
    assert_eq!(found.last_report_at, Some(time("2026-11-20T00:00:00Z")));
    assert_eq!(
        found.callback_url.as_deref(),
        Some("https://kauppa.example/cb")
    );
    let shown = shop
        .store
        .write_blocking(|tx| tx.set_callback_url(hyvitys_domain::AccountId::from_row(99), None));
    assert!(matches!(
        shown,
        Err(StoreError::Account(AccountError::NotFound))
    ));
}
