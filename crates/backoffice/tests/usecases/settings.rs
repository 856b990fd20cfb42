//! Settings, and what a window asks before it shows anything.

use std::sync::Arc;

use hyvitys_secrets::MemoryKeychain;

use super::shop::{Shop, office};

#[tokio::test]
async fn settings_are_kept_with_the_data_and_in_the_audit_log_where_they_bear_on_money() {
    let dir = tempfile::tempdir().unwrap();
    let (first, _) = office(&dir, Arc::new(MemoryKeychain::new()), None);
    assert_eq!(first.setting("language").await.unwrap(), None);
    first.set_setting("language", "sv", false).await.unwrap();
    first.set_setting("rule", "on", true).await.unwrap();
    drop(first);
    let (second, _) = office(&dir, Arc::new(MemoryKeychain::new()), None);
    let language = second.setting("language").await.unwrap();
    assert_eq!(language.as_deref(), Some("sv"));
    let entries = second.store().read(|tx| tx.journal_entries(0, 10)).await;
    let entries = entries.unwrap();
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].what, "setting.changed");
    assert_eq!(entries[0].os_user, "maija");
}

#[tokio::test]
async fn a_healthy_office_is_open_has_nothing_unsaved_and_says_that_it_has_no_seal() {
    let shop = Shop::open(1).await;
    assert_eq!(shop.office.locked(), None);
    assert_eq!(shop.office.unsaved_count(), 0);
    assert!(!shop.office.sealed(), "these tests have no key for it");
}
