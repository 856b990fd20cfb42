//! What can go wrong with the data file, said so that a person can do something about it.

use std::path::PathBuf;
use std::sync::Arc;

/// An error of the data file or of a job on it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The folder or the file could not be made, opened or protected.
    #[error("the data file {path} could not be opened: {source}")]
    Open {
        /// The file or folder that was tried.
        path: PathBuf,
        /// What the system or SQLite said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A newer version of the program has written the file; nothing was changed.
    #[error(
        "the data file {path} was written by a newer version of the program \
         (its format is {found}, this program knows {known}): update the program"
    )]
    NewerFile {
        /// The data file.
        path: PathBuf,
        /// The file's `user_version`.
        found: i64,
        /// The newest version that this program knows.
        known: i64,
    },
    /// The file is not a data file of this program; nothing was changed.
    #[error("{path} is not a data file of this program ({why}): it was left as it is")]
    NotOurs {
        /// The file.
        path: PathBuf,
        /// What was found instead.
        why: String,
    },
    /// Bringing an older file up to date failed; the file is as it was before.
    #[error("the data file could not be brought to format {to}, it is as it was: {source}")]
    Migration {
        /// The version that was to be reached.
        to: i64,
        /// What SQLite or the system said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The transaction that a job was in did not become durable. Nothing of the job can be relied
    /// on to be in the file.
    #[error("nothing was saved: {source}")]
    CommitFailed {
        /// What SQLite said. Shared, since every job of the group gets the same answer.
        source: Arc<rusqlite::Error>,
    },
    /// A statement failed; the job was rolled back.
    #[error("the data file refused a statement: {0}")]
    Sql(#[from] rusqlite::Error),
    /// A job panicked; it was rolled back, and the store goes on.
    #[error("a job on the data file broke off: {0}")]
    Panicked(String),
    /// The store's thread is gone: it could not be started or the store is being closed.
    #[error("the data file is closed")]
    Closed,
    /// An account can't be what it was asked to be.
    #[error(transparent)]
    Account(#[from] crate::accounts::AccountError),
    /// A stored value can't be what it should be: the file was changed by something else.
    #[error("the data file holds something unreadable: {0}")]
    Unreadable(String),
}

impl StoreError {
    /// Whether the reason is another process that held the file for longer than we wait (5 s).
    /// Trying again later may help.
    pub fn is_busy(&self) -> bool {
        let error = match self {
            StoreError::Sql(error) => error,
            StoreError::CommitFailed { source } => source.as_ref(),
            _ => return false,
        };
        matches!(
            error.sqlite_error_code(),
            Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked)
        )
    }

    pub(crate) fn open(
        path: &std::path::Path,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> StoreError {
        StoreError::Open {
            path: path.to_owned(),
            source: source.into(),
        }
    }
}

/// The words of a caught panic, for [`StoreError::Panicked`].
pub(crate) fn panic_words(payload: &(dyn std::any::Any + Send)) -> String {
    payload
        .downcast_ref::<&str>()
        .map(|words| (*words).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "it gave no reason".to_owned())
}
