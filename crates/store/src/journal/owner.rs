//! Which process an operation belongs to, and whether that process still lives.
//!
//! A process that sends money holds a lock on a file of its own for as long as it runs; the
//! operating system releases it when the process ends, however it ends. Only then does another
//! process touch what it left behind. Time plays no part in it: a machine that slept for a night
//! wakes with its locks in place.

use std::fmt;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use uuid::Uuid;

use crate::error::StoreError;

/// The id of a process's ownership.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OwnerId(Uuid);

impl OwnerId {
    pub(crate) fn parse(text: &str) -> Option<OwnerId> {
        Uuid::try_parse(text).ok().map(OwnerId)
    }
}

impl fmt::Display for OwnerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.simple().fmt(f)
    }
}

/// This process's right to send, held until it is dropped.
#[derive(Debug)]
pub struct Owner {
    id: OwnerId,
    path: PathBuf,
    _lock: File,
}

impl Owner {
    /// Takes a lock of its own beside the data file in `dir`.
    pub fn claim(dir: &Path) -> Result<Owner, StoreError> {
        let folder = dir.join("owners");
        fs::create_dir_all(&folder).map_err(|source| StoreError::open(&folder, source))?;
        let id = OwnerId(Uuid::new_v4());
        let path = lock_path(dir, id);
        let file = File::create_new(&path).map_err(|source| StoreError::open(&path, source))?;
        file.lock()
            .map_err(|source| StoreError::open(&path, source))?;
        Ok(Owner {
            id,
            path,
            _lock: file,
        })
    }

    /// The id that operations name.
    pub fn id(&self) -> OwnerId {
        self.id
    }

    /// Whether the owner `id` has ended. In doubt (the lock can't be asked) it lives.
    pub fn is_gone(dir: &Path, id: OwnerId) -> bool {
        let path = lock_path(dir, id);
        match File::open(&path) {
            Ok(file) => match file.try_lock() {
                Ok(()) => true,
                Err(TryLockError::WouldBlock | TryLockError::Error(_)) => false,
            },
            Err(error) => error.kind() == std::io::ErrorKind::NotFound,
        }
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        // Left behind, it would only be a file that nobody locks.
        let _ = fs::remove_file(&self.path);
    }
}

fn lock_path(dir: &Path, id: OwnerId) -> PathBuf {
    dir.join("owners").join(format!("{id}.lock"))
}
