//! A locked keychain asks a person once, whoever has questions.

#![cfg(test)]

use std::collections::VecDeque;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use hyvitys_secrets::{
    Entry, Keychain, KeychainError, OsKeychain, SecretText, SharedKeychain, get_with_timeout,
};

type Answer = Result<Option<SecretText>, KeychainError>;

const LONG: Duration = Duration::from_hours(1);

/// A keychain whose dialogs a test answers; without one it gives its secret.
#[derive(Default)]
struct Dialogs {
    next: Mutex<VecDeque<Receiver<Answer>>>,
    calls: AtomicUsize,
    open: AtomicUsize,
    most: AtomicUsize,
    locked: Mutex<Option<bool>>,
    left: AtomicUsize,
}

impl Dialogs {
    /// The next question shows a dialog, which is answered through this.
    fn show(&self) -> Sender<Answer> {
        let (answer, dialog) = mpsc::channel();
        self.next.lock().unwrap().push_back(dialog);
        answer
    }

    /// The next question ends so.
    fn end(&self, error: KeychainError) {
        self.show().send(Err(error)).unwrap();
    }

    fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }
}

impl Keychain for Dialogs {
    fn get(&self, _: &Entry) -> Answer {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let open = self.open.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(open, Ordering::SeqCst);
        let dialog = self.next.lock().unwrap().pop_front();
        let answer = dialog.map_or_else(given, |dialog| dialog.recv().unwrap_or_else(|_| given()));
        self.open.fetch_sub(1, Ordering::SeqCst);
        answer
    }

    fn set(&self, entry: &Entry, _: &SecretText) -> Result<(), KeychainError> {
        self.get(entry).map(|_| ())
    }

    fn clear(&self, entry: &Entry) -> Result<(), KeychainError> {
        self.get(entry).map(|_| ())
    }

    fn describe(&self) -> String {
        "dialogs".to_owned()
    }

    fn is_locked(&self) -> Option<bool> {
        *self.locked.lock().unwrap()
    }

    fn leave_behind(&self) {
        self.left.fetch_add(1, Ordering::SeqCst);
    }
}

#[expect(clippy::unnecessary_wraps, reason = "an answer as keychains give it")]
fn given() -> Answer {
    Ok(Some(SecretText::new("secret".to_owned())))
}

fn entry() -> Entry {
    Entry::journal_seal("a file")
}

fn shown(answer: Answer) -> Result<Option<String>, KeychainError> {
    answer.map(|found| found.map(|secret| secret.expose().clone()))
}

#[expect(clippy::unnecessary_wraps, reason = "an answer as keychains give it")]
fn secret() -> Result<Option<String>, KeychainError> {
    Ok(Some("secret".to_owned()))
}

fn share(patience: Duration) -> (Arc<Dialogs>, Arc<dyn Keychain>) {
    let dialogs = Arc::new(Dialogs::default());
    let shared = Arc::new(SharedKeychain::new(dialogs.clone(), patience));
    (dialogs, shared)
}

/// Asks as the program does, and gives up at once if a dialog stands in the way.
fn ask_shortly(keychain: &Arc<dyn Keychain>) -> Result<Option<String>, KeychainError> {
    shown(get_with_timeout(
        keychain,
        &entry(),
        Duration::from_millis(50),
    ))
}

fn until(reached: impl Fn() -> bool) {
    while !reached() {
        thread::yield_now();
    }
}

#[test]
fn while_a_dialog_waits_for_someone_all_further_questions_are_answered_at_once() {
    let (dialogs, keychain) = share(Duration::ZERO);
    let answer = dialogs.show();
    assert_eq!(ask_shortly(&keychain), Err(KeychainError::NoAnswer));
    until(|| dialogs.calls() == 1);
    for _ in 0..5 {
        // Without a limit: if they waited, this test would not end.
        assert_eq!(shown(keychain.get(&entry())), Err(KeychainError::NoAnswer));
    }
    assert_eq!(
        keychain.set(&entry(), &SecretText::new("x".to_owned())),
        Err(KeychainError::NoAnswer)
    );
    assert_eq!(dialogs.calls(), 1);
    // Answered after all: the next question is asked, and there is nothing in its way.
    answer.send(given()).unwrap();
    until(|| dialogs.open.load(Ordering::SeqCst) == 0);
    until(|| shown(keychain.get(&entry())) == secret());
}

#[test]
fn who_comes_while_a_dialog_is_open_waits_for_it_and_never_opens_another() {
    let (dialogs, keychain) = share(LONG);
    let answer = dialogs.show();
    let ask = || {
        let keychain = Arc::clone(&keychain);
        thread::spawn(move || shown(keychain.get(&entry())))
    };
    let first = ask();
    until(|| dialogs.calls() == 1);
    let others: Vec<_> = (0..8).map(|_| ask()).collect();
    // A person who presses "try again" while the dialog is open gets no second one.
    keychain.try_again();
    assert_eq!(dialogs.calls(), 1);
    answer.send(given()).unwrap();
    assert_eq!(first.join().unwrap(), secret());
    for other in others {
        assert_eq!(other.join().unwrap(), secret());
    }
    assert_eq!(dialogs.most.load(Ordering::SeqCst), 1);
}

#[test]
fn who_waits_for_a_dialog_that_is_dismissed_gets_no_dialog_of_its_own() {
    let (dialogs, keychain) = share(LONG);
    let answer = dialogs.show();
    let ask = || {
        let keychain = Arc::clone(&keychain);
        thread::spawn(move || shown(keychain.get(&entry())))
    };
    let first = ask();
    until(|| dialogs.calls() == 1);
    let second = ask();
    let dismissed = KeychainError::Denied("dismissed".to_owned());
    answer.send(Err(dismissed.clone())).unwrap();
    assert_eq!(first.join().unwrap(), Err(dismissed.clone()));
    assert_eq!(second.join().unwrap(), Err(dismissed));
    assert_eq!(dialogs.calls(), 1);
}

#[test]
fn after_a_keychain_that_stayed_locked_only_a_person_who_tries_again_is_asked_again() {
    for failure in [
        KeychainError::Locked("l".to_owned()),
        KeychainError::Denied("d".to_owned()),
        KeychainError::NoAnswer,
    ] {
        let (dialogs, keychain) = share(LONG);
        *dialogs.locked.lock().unwrap() = Some(true);
        dialogs.end(failure.clone());
        for _ in 0..3 {
            assert_eq!(shown(keychain.get(&entry())), Err(failure.clone()));
        }
        assert_eq!(dialogs.calls(), 1, "{failure}");
        keychain.try_again();
        assert_eq!(shown(keychain.get(&entry())), secret());
        assert_eq!(shown(keychain.get(&entry())), secret());
        assert_eq!(dialogs.calls(), 3, "{failure}");
    }
}

#[test]
fn a_keychain_that_is_seen_to_be_unlocked_is_asked_without_a_press() {
    let (dialogs, keychain) = share(LONG);
    *dialogs.locked.lock().unwrap() = Some(true);
    dialogs.end(KeychainError::Locked("l".to_owned()));
    assert!(keychain.get(&entry()).is_err());
    *dialogs.locked.lock().unwrap() = Some(false);
    assert_eq!(shown(keychain.get(&entry())), secret());
    assert_eq!(
        dialogs.left.load(Ordering::SeqCst),
        0,
        "nothing was waiting"
    );
}

#[test]
fn a_keychain_that_refuses_without_being_locked_is_not_asked_again_by_itself() {
    let (dialogs, keychain) = share(LONG);
    *dialogs.locked.lock().unwrap() = Some(false);
    let refused = KeychainError::Denied("not this program".to_owned());
    dialogs.end(refused.clone());
    for _ in 0..3 {
        assert_eq!(shown(keychain.get(&entry())), Err(refused.clone()));
    }
    assert_eq!(dialogs.calls(), 1);
}

#[test]
fn a_dialog_that_hangs_though_the_keychain_is_unlocked_is_left_behind_and_says_nothing_any_more() {
    let (dialogs, keychain) = share(Duration::ZERO);
    *dialogs.locked.lock().unwrap() = Some(true);
    let answer = dialogs.show();
    let hanging = {
        let keychain = Arc::clone(&keychain);
        thread::spawn(move || shown(keychain.get(&entry())))
    };
    until(|| dialogs.calls() == 1);
    assert_eq!(shown(keychain.get(&entry())), Err(KeychainError::NoAnswer));
    *dialogs.locked.lock().unwrap() = Some(false);
    assert_eq!(shown(keychain.get(&entry())), secret());
    assert_eq!(dialogs.left.load(Ordering::SeqCst), 1);
    // From now on it can't be seen: what the old one says late must not close the door.
    *dialogs.locked.lock().unwrap() = None;
    answer
        .send(Err(KeychainError::Denied("late".to_owned())))
        .unwrap();
    assert!(hanging.join().unwrap().is_err());
    assert_eq!(shown(keychain.get(&entry())), secret());
}

#[test]
fn a_keychain_that_is_not_there_or_fails_is_asked_each_time() {
    for failure in [
        KeychainError::Unavailable("u".to_owned()),
        KeychainError::Other("o".to_owned()),
    ] {
        let (dialogs, keychain) = share(LONG);
        dialogs.end(failure.clone());
        assert_eq!(shown(keychain.get(&entry())), Err(failure));
        assert_eq!(shown(keychain.get(&entry())), secret());
    }
}

/// Set in the session of its own in which the keychain is locked.
const LOCKING: &str = "HYVITYS_TEST_LOCKING";

#[test]
fn the_real_keychain_is_seen_to_be_locked_and_its_refusal_is_remembered() {
    if std::env::var_os(LOCKING).is_some() {
        return lock_and_ask();
    }
    if std::env::var("HYVITYS_TEST_KEYRING").as_deref() != Ok("1") || !cfg!(target_os = "linux") {
        println!("left out: the real keychain is tried only with HYVITYS_TEST_KEYRING=1");
        return;
    }
    // The other tests share a session, whose keychain has to stay open. Without a screen no dialog can open: it is
    // dismissed at once.
    let tested = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../dev"))
        .arg("_session")
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "--nocapture"])
        .arg("the_real_keychain_is_seen_to_be_locked_and_its_refusal_is_remembered")
        .env(LOCKING, "1")
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&tested.stdout);
    assert!(
        tested.status.success() && said.contains("1 passed"),
        "{tested:?}"
    );
}

fn lock_and_ask() {
    let real = Arc::new(OsKeychain::new());
    let kept = SecretText::new("kept".to_owned());
    real.set(&entry(), &kept).unwrap();
    assert_eq!(real.is_locked(), Some(false));
    let locked = Command::new("dbus-send")
        .args(["--session", "--print-reply"])
        .arg("--dest=org.freedesktop.secrets")
        .arg("/org/freedesktop/secrets")
        .arg("org.freedesktop.Secret.Service.Lock")
        .arg("array:objpath:/org/freedesktop/secrets/collection/login")
        .output()
        .unwrap();
    assert!(locked.status.success(), "{locked:?}");
    assert_eq!(real.is_locked(), Some(true), "seen without a dialog");
    let counted = Arc::new(Counted(real, AtomicUsize::new(0)));
    let shared = SharedKeychain::new(counted.clone(), LONG);
    let calls = || counted.1.load(Ordering::SeqCst);
    let first = shown(shared.get(&entry())).unwrap_err();
    assert!(
        matches!(first, KeychainError::Denied(_) | KeychainError::Locked(_)),
        "{first}"
    );
    assert_eq!(shown(shared.get(&entry())), Err(first.clone()));
    assert_eq!(calls(), 1);
    shared.try_again();
    assert_eq!(shown(shared.get(&entry())), Err(first));
    assert_eq!(calls(), 2, "a press asks again");
}

/// How often the real one was asked.
struct Counted(Arc<OsKeychain>, AtomicUsize);

impl Keychain for Counted {
    fn get(&self, entry: &Entry) -> Answer {
        self.1.fetch_add(1, Ordering::SeqCst);
        self.0.get(entry)
    }

    fn set(&self, entry: &Entry, secret: &SecretText) -> Result<(), KeychainError> {
        self.0.set(entry, secret)
    }

    fn clear(&self, entry: &Entry) -> Result<(), KeychainError> {
        self.0.clear(entry)
    }

    fn describe(&self) -> String {
        self.0.describe()
    }

    fn is_locked(&self) -> Option<bool> {
        self.0.is_locked()
    }
}
