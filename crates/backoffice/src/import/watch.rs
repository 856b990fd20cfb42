//! Watching a long import, and stopping it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::{Code, Error};
use crate::why::Why;

/// What an import is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportPhase {
    /// It reads the files, one by one.
    Reading,
    /// It compares rows with what is known.
    Comparing,
    /// It keeps what the rows say.
    Keeping,
    /// It asks Paytrail for payments.
    Asking,
}

/// How far an import is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImportProgress {
    /// What it is doing.
    pub phase: ImportPhase,
    /// How many files, rows or payments are done.
    pub done: usize,
    /// How many there are.
    pub of: usize,
}

type Tell = dyn Fn(ImportProgress) + Send + Sync;

/// Whoever watches an import: is told how far it is, and may stop it between two parts. Clones are the
/// same watch.
#[derive(Clone, Default)]
pub struct ImportWatch {
    stop: Arc<AtomicBool>,
    tell: Option<Arc<Tell>>,
}

impl fmt::Debug for ImportWatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ImportWatch")
            .field("stopped", &self.is_stopped())
            .finish_non_exhaustive()
    }
}

impl ImportWatch {
    /// A watch that is told of each part.
    pub fn new(tell: impl Fn(ImportProgress) + Send + Sync + 'static) -> ImportWatch {
        ImportWatch {
            stop: Arc::default(),
            tell: Some(Arc::new(tell)),
        }
    }

    /// Stops the import before its next part. What is kept stays kept.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::SeqCst);
    }

    /// Whether it was stopped.
    pub fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }

    pub(crate) fn tell(&self, phase: ImportPhase, done: usize, of: usize) {
        if let Some(tell) = &self.tell {
            tell(ImportProgress { phase, done, of });
        }
    }

    /// Tells how far it is; an error where it was stopped.
    pub(crate) fn at(&self, phase: ImportPhase, done: usize, of: usize) -> Result<(), Error> {
        self.tell(phase, done, of);
        if self.is_stopped() {
            return Err(stopped());
        }
        Ok(())
    }
}

/// The error of an import that was stopped before anything was kept.
pub(crate) fn stopped() -> Error {
    Error::new(Code::BadInput, "the import was stopped; nothing was kept").why(Why::ImportStopped)
}
