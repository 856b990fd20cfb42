//! Accounts, and where their secrets are.

use std::sync::Arc;

use hyvitys_backoffice::Code;
use hyvitys_backoffice::service::Kept;
use hyvitys_secrets::{KeychainError, MemoryKeychain, SecretText};

use super::shop::{new_shop, office};

const HERE: &str = "http://127.0.0.1:8787";
const THERE: &str = "http://127.0.0.1:8788";

#[tokio::test]
async fn the_first_account_becomes_active_and_each_change_is_in_the_audit_log() {
    let dir = tempfile::tempdir().unwrap();
    let (office, _) = office(&dir, Arc::new(MemoryKeychain::new()), None);
    assert_eq!(
        office.active_account(None).await.unwrap_err().code,
        Code::Account
    );
    let first = office
        .add_account(new_shop("one", HERE, Some("s")))
        .await
        .unwrap();
    assert!(first.account.active);
    assert_eq!(first.secret, Kept::Keychain);
    assert!(
        !office
            .add_account(new_shop("two", THERE, Some("s")))
            .await
            .unwrap()
            .account
            .active
    );
    office.use_account("two").await.unwrap();
    assert_eq!(office.active_account(None).await.unwrap().name, "two");
    office
        .set_callback("two", Some("https://shop.example.com/cb"))
        .await
        .unwrap();
    office.remove_account("two").await.unwrap();
    assert_eq!(office.accounts().await.unwrap().len(), 1);
    let entries = office
        .store()
        .read(|tx| tx.journal_entries(0, 100))
        .await
        .unwrap();
    let what: Vec<_> = entries.iter().map(|entry| entry.what.as_str()).collect();
    let expected = [
        "account.added",
        "account.added",
        "account.used",
        "account.callback",
        "account.removed",
    ];
    assert_eq!(what, expected);
}

#[tokio::test]
async fn a_refused_account_does_not_replace_the_secret_of_one_that_is_there() {
    let dir = tempfile::tempdir().unwrap();
    let keychain = Arc::new(MemoryKeychain::new());
    let (office, _) = office(&dir, keychain.clone(), None);
    let added = office
        .add_account(new_shop("one", HERE, Some("right")))
        .await
        .unwrap()
        .account;
    let again = office
        .add_account(new_shop("other", HERE, Some("wrong")))
        .await
        .unwrap_err();
    assert_eq!(again.code, Code::Account);
    let entry = hyvitys_secrets::Entry::merchant_secret(&added.origin, &added.merchant);
    let kept = hyvitys_secrets::Keychain::get(keychain.as_ref(), &entry)
        .unwrap()
        .unwrap();
    assert_eq!(kept.expose(), "right");
}

#[tokio::test]
async fn without_a_keychain_the_environments_secret_is_used_and_any_other_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let keychain = Arc::new(MemoryKeychain::new());
    keychain.fail_with(Some(KeychainError::Unavailable("no bus".to_owned())));
    let environment = Some(SecretText::new("env".to_owned()));
    let (with, _) = office(&dir, keychain.clone(), environment);
    let other = with
        .add_account(new_shop("one", HERE, Some("typed")))
        .await
        .unwrap_err();
    assert_eq!(other.code, Code::Secret);
    assert!(other.next.contains("HYVITYS_MERCHANT_SECRET"));
    assert!(!format!("{other:?}").contains("typed"));
    for (name, url, secret) in [("one", HERE, Some("env")), ("two", THERE, None)] {
        let added = with.add_account(new_shop(name, url, secret)).await.unwrap();
        assert_eq!(added.secret, Kept::Environment);
    }
    keychain.fail_with(None);
    let third = tempfile::tempdir().unwrap();
    let (without, _) = office(&third, keychain, None);
    assert_eq!(
        without
            .add_account(new_shop("one", HERE, None))
            .await
            .unwrap_err()
            .code,
        Code::Secret
    );
}

#[tokio::test]
async fn a_locked_keychain_says_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let keychain = Arc::new(MemoryKeychain::new());
    keychain.fail_with(Some(KeychainError::Locked("locked".to_owned())));
    let (office, _) = office(&dir, keychain, Some(SecretText::new("env".to_owned())));
    let error = office
        .add_account(new_shop("one", HERE, Some("env")))
        .await
        .unwrap_err();
    assert_eq!(error.code, Code::Secret);
    assert!(error.next.contains("unlock"));
}

#[tokio::test]
async fn a_callback_address_is_https_or_on_this_machine_and_not_longer_than_paytrail_takes() {
    let dir = tempfile::tempdir().unwrap();
    let (office, _) = office(&dir, Arc::new(MemoryKeychain::new()), None);
    office
        .add_account(new_shop("one", HERE, Some("s")))
        .await
        .unwrap();
    let long = format!("https://shop.example.com/{}", "x".repeat(3_000));
    for bad in [
        "http://shop.example.com/cb",
        "shop",
        "ftp://127.0.0.1/",
        "",
        long.as_str(),
    ] {
        let error = office.set_callback("one", Some(bad)).await.unwrap_err();
        assert_eq!(error.code, Code::BadInput, "{bad}");
    }
    for good in ["https://shop.example.com/cb", "http://127.0.0.1:9/cb"] {
        let account = office.set_callback("one", Some(good)).await.unwrap();
        assert_eq!(account.callback_url.as_deref(), Some(good));
    }
    assert_eq!(
        office.set_callback("one", None).await.unwrap().callback_url,
        None
    );
}
