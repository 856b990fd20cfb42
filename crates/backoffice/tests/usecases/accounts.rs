//! Accounts, and where their secrets are.

use std::sync::Arc;

use hyvitys_backoffice::service::Kept;
use hyvitys_backoffice::{Code, SecretState, Why};
use hyvitys_secrets::{Entry, Keychain, KeychainError, MemoryKeychain, SecretText};

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
    let entry = Entry::merchant_secret(&added.origin, &added.merchant);
    let kept = keychain.get(&entry).unwrap().unwrap();
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
async fn an_account_whose_secret_the_keychain_does_not_let_go_stays_until_it_does() {
    let dir = tempfile::tempdir().unwrap();
    let keychain = Arc::new(MemoryKeychain::new());
    let (office, _) = office(&dir, keychain.clone(), None);
    let added = office
        .add_account(new_shop("one", HERE, Some("s")))
        .await
        .unwrap();
    for (failure, why) in [
        (
            KeychainError::Locked("locked".to_owned()),
            Why::KeychainLocked,
        ),
        (KeychainError::Denied("no".to_owned()), Why::KeychainDenied),
    ] {
        keychain.fail_with(Some(failure));
        let error = office.remove_account("one").await.unwrap_err();
        assert_eq!(error.code, Code::Secret);
        assert_eq!(error.why.as_deref(), Some(&why));
        assert_eq!(office.accounts().await.unwrap().len(), 1);
    }
    keychain.fail_with(None);
    let entry = Entry::merchant_secret(&added.account.origin, &added.account.merchant);
    assert!(keychain.get(&entry).unwrap().is_some());
    office.remove_account("one").await.unwrap();
    assert!(office.accounts().await.unwrap().is_empty());
    assert!(keychain.get(&entry).unwrap().is_none());
}

#[tokio::test]
async fn an_account_is_removed_where_there_is_no_keychain_to_forget_its_secret() {
    let dir = tempfile::tempdir().unwrap();
    let keychain = Arc::new(MemoryKeychain::new());
    let (office, _) = office(&dir, keychain.clone(), None);
    office
        .add_account(new_shop("one", HERE, Some("s")))
        .await
        .unwrap();
    keychain.fail_with(Some(KeychainError::Unavailable("no bus".to_owned())));
    office.remove_account("one").await.unwrap();
    assert!(office.accounts().await.unwrap().is_empty());
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

#[tokio::test]
async fn an_account_is_worked_on_by_its_key_and_keeps_it_under_another_name() {
    let dir = tempfile::tempdir().unwrap();
    let (office, _) = office(&dir, Arc::new(MemoryKeychain::new()), None);
    let mut ids = Vec::new();
    for (name, url) in [("one", HERE), ("two", THERE)] {
        let added = office.add_account(new_shop(name, url, Some("s"))).await;
        ids.push(added.unwrap().account.id);
    }
    let renamed = office.rename_account(ids[1], " Verkkokauppa ").await;
    assert_eq!(renamed.unwrap().name, "Verkkokauppa");
    let own = office.rename_account(ids[1], "Verkkokauppa").await;
    assert_eq!(own.unwrap().id, ids[1], "its own name is not taken");
    let taken = office.rename_account(ids[1], "one").await.unwrap_err();
    let one = "one".to_owned();
    assert_eq!(taken.code, Code::Account);
    assert_eq!(taken.why.as_deref(), Some(&Why::NameTaken { name: one }));
    let empty = office.rename_account(ids[1], " ").await.unwrap_err();
    assert_eq!(empty.why.as_deref(), Some(&Why::NameInvalid));

    assert!(office.use_account_id(ids[1]).await.unwrap().active);
    let address = Some("https://shop.example.com/cb");
    let changed = office.set_callback_id(ids[1], address).await.unwrap();
    assert_eq!(changed.callback_url.as_deref(), address);
    let new = SecretText::new("new".to_owned());
    let kept = office.set_secret_id(ids[1], &new).await.unwrap();
    assert_eq!(kept, Kept::Keychain);
    office.remove_account_id(ids[1]).await.unwrap();
    for gone in [
        office.use_account_id(ids[1]).await.unwrap_err(),
        office.rename_account(ids[1], "x").await.unwrap_err(),
        office.set_callback_id(ids[1], None).await.unwrap_err(),
        office.set_secret_id(ids[1], &new).await.unwrap_err(),
        office.remove_account_id(ids[1]).await.unwrap_err(),
    ] {
        assert_eq!(gone.why.as_deref(), Some(&Why::NoSuchAccount));
    }
    let entries = office.store().read(|tx| tx.journal_entries(0, 100)).await;
    let entries = entries.unwrap();
    let what: Vec<_> = entries.iter().map(|entry| entry.what.as_str()).collect();
    let expected = [
        "account.added",
        "account.added",
        "account.renamed",
        "account.renamed",
        "account.used",
        "account.callback",
        "account.secret",
        "account.removed",
    ];
    assert_eq!(what, expected);
    assert!(entries[2].detail.contains("\"from\":\"two\""));
}

#[tokio::test]
async fn where_a_secret_is_can_be_asked_without_seeing_it() {
    let dir = tempfile::tempdir().unwrap();
    let keychain = Arc::new(MemoryKeychain::new());
    let (without, _) = office(&dir, keychain.clone(), None);
    let added = without.add_account(new_shop("one", HERE, Some("s"))).await;
    let account = added.unwrap().account;
    let state = without.secret_state(account.id).await.unwrap();
    assert_eq!(state, SecretState::Kept);
    let words = || "x".to_owned();
    for (failure, expected) in [
        (KeychainError::Locked(words()), SecretState::Locked),
        (
            KeychainError::Unavailable(words()),
            SecretState::Unavailable,
        ),
        (KeychainError::Denied(words()), SecretState::Refused),
        (KeychainError::NoAnswer, SecretState::NoAnswer),
    ] {
        keychain.fail_with(Some(failure));
        let state = without.secret_state(account.id).await.unwrap();
        assert_eq!(state, expected);
    }
    keychain.fail_with(None);
    let entry = Entry::merchant_secret(&account.origin, &account.merchant);
    keychain.clear(&entry).unwrap();
    let state = without.secret_state(account.id).await.unwrap();
    assert_eq!(state, SecretState::Missing);
    drop(without);

    let environment = Some(SecretText::new("env".to_owned()));
    let (with, _) = office(&dir, keychain.clone(), environment);
    let state = with.secret_state(account.id).await.unwrap();
    assert_eq!(state, SecretState::Environment);
    keychain.fail_with(Some(KeychainError::Unavailable(words())));
    let state = with.secret_state(account.id).await.unwrap();
    assert_eq!(state, SecretState::Environment);
    keychain.fail_with(Some(KeychainError::Locked(words())));
    let state = with.secret_state(account.id).await.unwrap();
    assert_eq!(
        state,
        SecretState::Locked,
        "another secret would be a guess"
    );
}
