//! Which process an operation belongs to, and whether that process still lives.
//!
//! A process that sends money holds a lock on a file of its own for as long as it runs; the
//! operating system releases it when the process ends, however it ends. Only then does another
//! process touch what it left behind. Time plays no part in it: a machine that slept for a night
//! wakes with its locks in place.

use std::fmt;
use std::fs::{self, File, OpenOptions, TryLockError};
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
    /// Takes a lock of its own beside the data file in `dir`, and clears away what ended processes
    /// left there.
    pub fn claim(dir: &Path) -> Result<Owner, StoreError> {
        let folder = dir.join("owners");
        let failed = |source| StoreError::open(&folder, source);
        fs::create_dir_all(&folder).map_err(failed)?;
        // One at a time: between being made and being locked, a file looks left behind.
        let door = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(folder.join("door"));
        let door = door.map_err(failed)?;
        door.lock().map_err(failed)?;
        let id = OwnerId(Uuid::new_v4());
        let path = lock_path(dir, id);
        let file = File::create_new(&path).map_err(failed)?;
        file.lock().map_err(failed)?;
        for entry in fs::read_dir(&folder).map_err(failed)?.flatten() {
            let name = entry.file_name();
            let other = name
                .to_str()
                .and_then(|name| name.strip_suffix(".lock"))
                .and_then(OwnerId::parse);
            if other.is_some_and(|other| other != id && Owner::is_gone(dir, other)) {
                // A file that stays is one that nobody locks: gone either way.
                let _ = fs::remove_file(entry.path());
            }
        }
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
