//! The state file: what keeps a restarted sandbox telling the same truth.
//!
//! One line is one step, a JSON array of records, each a whole thing as it is after the step (a
//! payment, a refund, the balance, a request). A step is written by one `write` before its answer goes
//! out, so a killed process leaves at most one torn line at the end, of a step that nobody was told
//! of; it is cut off when the file is opened. Opening also rewrites the file to what is still true, by
//! a temporary file and a rename. Steps are not synced to disk one by one: this survives the death of
//! the process, not that of the machine, which is enough for a shop of invented money.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use hyvitys_domain::{MerchantId, Money};
use serde::{Deserialize, Serialize};

use crate::books::{Payment, Refund, Settlement};
use crate::clock::Clock;
use crate::requests::RequestRecord;

/// The form of the file; another one is refused.
pub const VERSION: u32 = 1;

/// One thing as it is after a step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Record {
    /// The first record of every file.
    Header {
        /// The form of the file.
        version: u32,
        /// Whose books these are.
        merchant: MerchantId,
        /// What chance is made of.
        seed: u64,
    },
    /// The clock.
    Clock(Clock),
    /// A payment.
    Payment(Box<Payment>),
    /// A refund.
    Refund(Box<Refund>),
    /// All payouts.
    Settlements(Vec<Settlement>),
    /// The merchant's balance in cents.
    Balance(Money),
    /// A request that came, and what became of it.
    Request(RequestRecord),
}

/// Why a state file can't be used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The disk says no.
    #[error("the state file {path} can't be used: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the disk says.
        source: io::Error,
    },
    /// Another sandbox has it open.
    #[error("the state file {0} is in use by another sandbox")]
    InUse(PathBuf),
    /// A line in its midst is not one that a sandbox wrote. The file is left as it is.
    #[error("line {line} of the state file {path} can't be read: {why}")]
    Broken {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What is wrong with it.
        why: String,
    },
    /// Written for another merchant, or by another version.
    #[error("the state file {path} is not for this sandbox: {why}")]
    NotOurs {
        /// The file.
        path: PathBuf,
        /// What does not fit.
        why: String,
    },
}

/// An open state file. No other sandbox can open it meanwhile.
#[derive(Debug)]
pub struct StateFile {
    path: PathBuf,
    file: File,
    /// Held for its lock: the state file itself is replaced by a rename, which would lose a lock.
    _lock: File,
}

impl StateFile {
    /// Opens or creates a state file and gives what stands in it, in the order it was written.
    pub fn open(path: &Path) -> Result<(StateFile, Vec<Record>), StateError> {
        let io = |source| StateError::Io {
            path: path.to_owned(),
            source,
        };
        if let Some(folder) = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
        {
            fs::create_dir_all(folder).map_err(io)?;
        }
        let lock = open_append(&beside(path, "lock")).map_err(io)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => return Err(StateError::InUse(path.to_owned())),
            Err(fs::TryLockError::Error(source)) => return Err(io(source)),
        }
        let bytes = match fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(source) => return Err(io(source)),
        };
        let whole = bytes
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |at| at + 1);
        let mut records = Vec::new();
        for (line, text) in bytes[..whole].split(|byte| *byte == b'\n').enumerate() {
            if text.is_empty() {
                continue;
            }
            let step: Vec<Record> =
                serde_json::from_slice(text).map_err(|error| StateError::Broken {
                    path: path.to_owned(),
                    line: line + 1,
                    why: error.to_string(),
                })?;
            records.extend(step);
        }
        let file = open_append(path).map_err(io)?;
        let state = StateFile {
            path: path.to_owned(),
            file,
            _lock: lock,
        };
        Ok((state, records))
    }

    /// Adds one step: all of its records, or after a kill none.
    pub fn append(&mut self, step: &[Record]) -> Result<(), StateError> {
        let line = self.line(step)?;
        self.file.write_all(&line).map_err(|source| self.io(source))
    }

    /// Replaces the whole file by these records, each a line of its own.
    pub fn rewrite(&mut self, records: &[Record]) -> Result<(), StateError> {
        let fresh = beside(&self.path, "new");
        let mut bytes = Vec::new();
        for record in records {
            bytes.extend(self.line(std::slice::from_ref(record))?);
        }
        let write = || -> io::Result<File> {
            let mut file = File::create(&fresh)?;
            file.write_all(&bytes)?;
            file.sync_all()?;
            fs::rename(&fresh, &self.path)?;
            open_append(&self.path)
        };
        self.file = write().map_err(|source| self.io(source))?;
        Ok(())
    }

    fn line(&self, step: &[Record]) -> Result<Vec<u8>, StateError> {
        let mut line = serde_json::to_vec(step).map_err(|error| self.io(error.into()))?;
        line.push(b'\n');
        Ok(line)
    }

    fn io(&self, source: io::Error) -> StateError {
        StateError::Io {
            path: self.path.clone(),
            source,
        }
    }
}

fn open_append(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).open(path)
}

/// The path with another ending added: `shop.jsonl` → `shop.jsonl.lock`.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn balance(cents: i64) -> Record {
        Record::Balance(Money::from_cents(cents))
    }

    #[test]
    fn a_torn_last_line_is_dropped_and_a_broken_one_in_the_midst_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("shop.jsonl");
        let (mut file, records) = StateFile::open(&path).unwrap();
        assert_eq!(records, []);
        file.append(&[balance(1), balance(2)]).unwrap();
        file.append(&[balance(3)]).unwrap();
        drop(file);
        let whole = fs::read(&path).unwrap();
        for cut in 1..=12 {
            fs::write(&path, &whole[..whole.len() - cut]).unwrap();
            let (_, records) = StateFile::open(&path).unwrap();
            assert_eq!(records, [balance(1), balance(2)], "{cut} bytes short");
        }
        fs::write(&path, b"[{\"balance\":1}\n[{\"balance\":2}]\n").unwrap();
        assert!(matches!(
            StateFile::open(&path),
            Err(StateError::Broken { line: 1, .. })
        ));
        assert!(
            fs::read(&path).unwrap().ends_with(b"]\n"),
            "a refused file is left alone"
        );
    }

    #[test]
    fn a_rewritten_file_has_only_the_new_records_and_goes_on_from_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/er/shop.jsonl");
        let (mut file, _) = StateFile::open(&path).unwrap();
        file.append(&[balance(1)]).unwrap();
        file.rewrite(&[balance(7)]).unwrap();
        file.append(&[balance(8)]).unwrap();
        assert!(matches!(StateFile::open(&path), Err(StateError::InUse(_))));
        drop(file);
        assert_eq!(StateFile::open(&path).unwrap().1, [balance(7), balance(8)]);
    }
}
