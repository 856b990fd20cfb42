//! The data file as a whole: who may open it, and what is refused.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, and so do its helpers"
)]

use std::path::Path;

use hyvitys_store::{OpenOptions, SealKey, Store, StoreError};

fn options(dir: &Path) -> OpenOptions {
    OpenOptions {
        dir: dir.to_owned(),
        heads_dir: dir.join("heads"),
        os_user: "maija".to_owned(),
        seal: None,
    }
}

#[test]
fn a_file_that_is_not_sqlite_is_refused_and_left_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("hyvitys.db");
    let text = "Dear diary, this is no data file.\n".repeat(100);
    std::fs::write(&path, &text).unwrap();
    let error = Store::open(options(dir.path())).unwrap_err();
    assert!(matches!(error, StoreError::NotOurs { .. }), "{error}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
}

#[test]
fn another_programs_file_is_refused_and_left_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("hyvitys.db");
    let other = rusqlite::Connection::open(&path).unwrap();
    other
        .execute_batch("CREATE TABLE recipe(name); INSERT INTO recipe VALUES ('pulla')")
        .unwrap();
    drop(other);
    let before = std::fs::read(&path).unwrap();
    let error = Store::open(options(dir.path())).unwrap_err();
    assert!(matches!(error, StoreError::NotOurs { .. }), "{error}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn a_file_of_a_newer_program_is_refused_with_both_versions() {
    let dir = tempfile::tempdir().unwrap();
    let path = Store::open(options(dir.path())).unwrap().path().to_owned();
    let newer = rusqlite::Connection::open(&path).unwrap();
    newer.pragma_update(None, "user_version", 9_000).unwrap();
    drop(newer);
    match Store::open(options(dir.path())).unwrap_err() {
        StoreError::NewerFile { found, known, .. } => assert!(found == 9_000 && known < 9_000),
        other => panic!("{other}"),
    }
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_read_the_folder_and_its_files() {
    use std::os::unix::fs::PermissionsExt;
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("data");
    let store = Store::open(options(&dir)).unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&dir), 0o700);
    for name in ["hyvitys.db", "hyvitys.db-wal", "hyvitys.db-shm"] {
        assert_eq!(mode(&dir.join(name)), 0o600, "{name}");
    }
    drop(store);
}

#[test]
fn closing_the_last_store_folds_everything_into_the_one_file() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(options(dir.path())).unwrap();
    let clone = store.clone();
    drop(store);
    clone.write_blocking(|_| Ok(())).unwrap();
    drop(clone);
    let mut names: Vec<_> = std::fs::read_dir(dir.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["hyvitys.db"]);
}

#[test]
fn a_seal_key_is_not_shown() {
    let key = SealKey {
        id: "keychain-1".to_owned(),
        key: [0xAB; 32],
    };
    assert_eq!(format!("{key:?}"), "SealKey(..)");
}
