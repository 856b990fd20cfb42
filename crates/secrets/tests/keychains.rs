//! Keychains through their trait: the fake, the environment behind it, and the real one.

#![cfg(test)]

use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;

use hyvitys_secrets::{
    Entry, EnvironmentFallback, Keychain, KeychainError, MemoryKeychain, OsKeychain, SecretText,
    get_with_timeout,
};

fn merchant() -> Entry {
    Entry::merchant_secret(
        &"http://127.0.0.1:8787".parse().unwrap(),
        &"375917".parse().unwrap(),
    )
}

fn secret(text: &str) -> SecretText {
    SecretText::new(text.to_owned())
}

fn shown(
    answer: Result<Option<SecretText>, KeychainError>,
) -> Result<Option<String>, KeychainError> {
    answer.map(|found| found.map(|secret| secret.expose().clone()))
}

fn keeps_replaces_and_forgets(keychain: &dyn Keychain, entry: &Entry) {
    assert_eq!(shown(keychain.get(entry)), Ok(None));
    keychain.set(entry, &secret("first")).unwrap();
    assert_eq!(shown(keychain.get(entry)), Ok(Some("first".to_owned())));
    keychain.set(entry, &secret("åäö second")).unwrap();
    assert_eq!(
        shown(keychain.get(entry)),
        Ok(Some("åäö second".to_owned()))
    );
    keychain.clear(entry).unwrap();
    keychain.clear(entry).unwrap();
    assert_eq!(shown(keychain.get(entry)), Ok(None));
}

#[test]
fn the_fake_keeps_replaces_and_forgets() {
    keeps_replaces_and_forgets(&MemoryKeychain::new(), &merchant());
}

#[test]
fn the_real_keychain_keeps_replaces_and_forgets() {
    if std::env::var("HYVITYS_TEST_KEYRING").as_deref() != Ok("1") {
        println!(
            "left out: the real keychain is tried only with HYVITYS_TEST_KEYRING=1 in a session that has one"
        );
        return;
    }
    let entry = Entry::journal_seal(&format!("test-{}", std::process::id()));
    keeps_replaces_and_forgets(&OsKeychain::new(), &entry);
    let keychain: Arc<dyn Keychain> = Arc::new(OsKeychain::new());
    assert_eq!(
        shown(get_with_timeout(&keychain, &entry, Duration::from_secs(10))),
        Ok(None)
    );
}

/// Run alone in a process without a session bus, where nothing can be asked.
#[test]
fn without_a_session_bus_the_keychain_is_unavailable_each_time() {
    if std::env::var_os("DBUS_SESSION_BUS_ADDRESS").is_some_and(|address| !address.is_empty())
        || std::env::var_os("XDG_RUNTIME_DIR").is_some()
        || !cfg!(target_os = "linux")
    {
        println!("left out: this session may have a bus");
        return;
    }
    let keychain = OsKeychain::new();
    for _ in 0..2 {
        let answer = shown(keychain.get(&merchant()));
        assert!(
            matches!(answer, Err(KeychainError::Unavailable(_))),
            "{answer:?}"
        );
    }
}

#[test]
fn a_fake_that_was_told_to_fail_fails_and_keeps_its_secrets() {
    let keychain = MemoryKeychain::new();
    keychain.set(&merchant(), &secret("kept")).unwrap();
    keychain.fail_with(Some(KeychainError::Locked("for a test".into())));
    assert_eq!(
        shown(keychain.get(&merchant())),
        Err(KeychainError::Locked("for a test".into()))
    );
    assert!(keychain.set(&merchant(), &secret("other")).is_err());
    assert!(keychain.clear(&merchant()).is_err());
    keychain.fail_with(None);
    assert_eq!(
        shown(keychain.get(&merchant())),
        Ok(Some("kept".to_owned()))
    );
}

#[test]
fn the_environment_stands_in_for_a_missing_keychain_or_entry_and_is_never_stored() {
    let inner = Arc::new(MemoryKeychain::new());
    let keychain = EnvironmentFallback::new(inner.clone(), Some(secret("of the environment")));
    assert_eq!(
        shown(keychain.get(&merchant())),
        Ok(Some("of the environment".to_owned()))
    );
    inner.fail_with(Some(KeychainError::Unavailable("no bus".into())));
    assert_eq!(
        shown(keychain.get(&merchant())),
        Ok(Some("of the environment".to_owned()))
    );
    inner.fail_with(None);
    assert_eq!(shown(inner.get(&merchant())), Ok(None));
    keychain
        .set(&merchant(), &secret("of the keychain"))
        .unwrap();
    assert_eq!(
        shown(keychain.get(&merchant())),
        Ok(Some("of the keychain".to_owned()))
    );
}

#[test]
fn the_environment_never_stands_in_for_a_seal_key_nor_for_a_keychain_that_says_no() {
    let inner = Arc::new(MemoryKeychain::new());
    let keychain = EnvironmentFallback::new(inner.clone(), Some(secret("of the environment")));
    assert_eq!(
        shown(keychain.get(&Entry::journal_seal("a file"))),
        Ok(None)
    );
    for failure in [
        KeychainError::Locked("l".into()),
        KeychainError::Denied("d".into()),
        KeychainError::NoAnswer,
    ] {
        inner.fail_with(Some(failure.clone()));
        assert_eq!(shown(keychain.get(&merchant())), Err(failure));
    }
}

/// A keychain whose password dialog nobody answers until the test ends.
struct Dialog(std::sync::Mutex<mpsc::Receiver<()>>);

impl Keychain for Dialog {
    fn get(&self, _: &Entry) -> Result<Option<SecretText>, KeychainError> {
        let _ = self.0.lock().unwrap().recv();
        Ok(Some(secret("too late")))
    }

    fn set(&self, _: &Entry, _: &SecretText) -> Result<(), KeychainError> {
        Ok(())
    }

    fn clear(&self, _: &Entry) -> Result<(), KeychainError> {
        Ok(())
    }

    fn describe(&self) -> String {
        "a dialog".to_owned()
    }
}

#[test]
fn a_dialog_that_nobody_answers_does_not_block_forever() {
    let (answered, dialog) = mpsc::channel();
    let keychain: Arc<dyn Keychain> = Arc::new(Dialog(std::sync::Mutex::new(dialog)));
    let waited = get_with_timeout(&keychain, &merchant(), Duration::from_millis(20));
    assert_eq!(shown(waited), Err(KeychainError::NoAnswer));
    // The dialog is answered for good: the next question gets through.
    drop(answered);
    let waited = get_with_timeout(&keychain, &merchant(), Duration::from_mins(1));
    assert_eq!(shown(waited), Ok(Some("too late".to_owned())));
}
