//! A keychain that many ask, and that bothers a person once.
//!
//! A locked keychain shows a dialog for each question, and each asker waits for as long as it may. Here one question is out
//! at a time. Who comes meanwhile waits for it, but not longer than a person may be expected to need; after that, and after
//! a dialog that was dismissed, every question is answered at once with what is known, until the dialog is answered, the
//! keychain is seen to be unlocked, or somebody asks for another try.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use crate::entry::Entry;
use crate::keychain::{Keychain, KeychainError};
use crate::secret::SecretText;

/// How long it may take to see whether a keychain is locked, which asks nobody.
const SEEING_TAKES: Duration = Duration::from_secs(2);

/// See the module. It goes directly around the keychain that asks a person.
pub struct SharedKeychain {
    inner: Arc<dyn Keychain>,
    patience: Duration,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// The question that is out.
    out: Option<Out>,
    /// How many questions there were: the number of the newest.
    turns: u64,
    /// How the last question ended, where a person has to do something first.
    closed: Option<KeychainError>,
    /// Whether it was seen to be locked since: only then does it say something that it is unlocked. A keychain may refuse
    /// without being locked, and would be asked again and again.
    was_locked: bool,
    /// Whether somebody is seeing if the keychain is locked.
    seeing: bool,
}

struct Out {
    turn: u64,
    /// When others stop waiting for it.
    until: Instant,
}

impl SharedKeychain {
    /// Shares `inner`. Nobody waits longer than `patience` for a question of somebody else.
    pub fn new(inner: Arc<dyn Keychain>, patience: Duration) -> SharedKeychain {
        SharedKeychain {
            inner,
            patience,
            state: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    /// The state; it is changed in single steps, so a poisoned lock is fine.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ask<T>(
        &self,
        ask: impl FnOnce(&dyn Keychain) -> Result<T, KeychainError>,
    ) -> Result<T, KeychainError> {
        let mut turn = self.turn()?;
        let answer = ask(self.inner.as_ref());
        let closed = match answer.as_ref().err() {
            Some(
                error @ (KeychainError::Locked(_)
                | KeychainError::Denied(_)
                | KeychainError::NoAnswer),
            ) => Some(error.clone()),
            // Nobody was asked: the next question costs nobody anything.
            Some(KeychainError::Unavailable(_) | KeychainError::Other(_)) | None => None,
        };
        turn.was_locked = closed.is_some() && self.sees_locked() == Some(true);
        turn.closed = closed;
        drop(turn);
        answer
    }

    /// Waits until it is this question's turn, or says at once why it will not be.
    fn turn(&self) -> Result<Turn<'_>, KeychainError> {
        let mut state = self.state();
        let mut seen = false;
        loop {
            let why_not = match (&state.closed, &state.out) {
                (Some(closed), _) => closed.clone(),
                (None, None) => {
                    state.turns += 1;
                    state.was_locked = false;
                    let turn = state.turns;
                    state.out = Some(Out {
                        turn,
                        until: Instant::now() + self.patience,
                    });
                    return Ok(Turn {
                        keychain: self,
                        number: turn,
                        closed: None,
                        was_locked: false,
                    });
                }
                (None, Some(out)) => {
                    let left = out.until.saturating_duration_since(Instant::now());
                    if !left.is_zero() {
                        let waited = self.changed.wait_timeout(state, left);
                        state = waited.unwrap_or_else(PoisonError::into_inner).0;
                        continue;
                    }
                    KeychainError::NoAnswer
                }
            };
            if seen || state.seeing {
                return Err(why_not);
            }
            // A keychain may have been unlocked by another program. Seeing that asks nobody.
            (seen, state.seeing) = (true, true);
            let turns = state.turns;
            drop(state);
            let locked = self.sees_locked();
            state = self.state();
            state.seeing = false;
            // What was seen is about the question of then.
            if state.turns != turns {
                continue;
            }
            if locked == Some(true) {
                state.was_locked = true;
            } else if locked == Some(false) && state.was_locked {
                state.closed = None;
                if state.out.take().is_some() {
                    // It waits for a dialog that nobody has to answer any more.
                    self.inner.leave_behind();
                }
                self.changed.notify_all();
            }
        }
    }

    /// Whether the keychain is locked, as far as that can be seen in a moment.
    fn sees_locked(&self) -> Option<bool> {
        let (sender, receiver) = mpsc::sync_channel(1);
        let inner = Arc::clone(&self.inner);
        let seeing = thread::Builder::new()
            .name("keychain".to_owned())
            .spawn(move || {
                // Nobody may be waiting any more.
                let _ = sender.send(inner.is_locked());
            });
        seeing.ok()?;
        receiver.recv_timeout(SEEING_TAKES).ok()?
    }
}

/// The right to ask; whoever waits goes on when it is dropped.
struct Turn<'a> {
    keychain: &'a SharedKeychain,
    number: u64,
    closed: Option<KeychainError>,
    was_locked: bool,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut state = self.keychain.state();
        // One that was left behind has nothing to say any more.
        if state
            .out
            .as_ref()
            .is_some_and(|out| out.turn == self.number)
        {
            state.out = None;
            state.closed = self.closed.take();
            state.was_locked = self.was_locked;
            self.keychain.changed.notify_all();
        }
    }
}

impl Keychain for SharedKeychain {
    fn get(&self, entry: &Entry) -> Result<Option<SecretText>, KeychainError> {
        self.ask(|inner| inner.get(entry))
    }

    fn set(&self, entry: &Entry, secret: &SecretText) -> Result<(), KeychainError> {
        self.ask(|inner| inner.set(entry, secret))
    }

    fn clear(&self, entry: &Entry) -> Result<(), KeychainError> {
        self.ask(|inner| inner.clear(entry))
    }

    fn describe(&self) -> String {
        self.inner.describe()
    }

    fn is_locked(&self) -> Option<bool> {
        self.inner.is_locked()
    }

    fn leave_behind(&self) {
        self.inner.leave_behind();
    }

    fn try_again(&self) {
        let mut state = self.state();
        state.closed = None;
        // Where a dialog is open already, another one would not help: it is waited for anew.
        if let Some(out) = &mut state.out {
            out.until = Instant::now() + self.patience;
        }
        drop(state);
        self.inner.try_again();
    }
}
