//! Opening the data file: where it is, who may read it, and how SQLite is told to treat it.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use hyvitys_domain::Moment;

use crate::error::StoreError;
use crate::head::{self, Locked};
use crate::journal::{self, ChainReport};
use crate::migrate;
use crate::reader::{ReadTx, Readers};
use crate::writer::{WriteTx, Writer, WriterContext};

/// The name of the data file in its folder.
pub(crate) const FILE_NAME: &str = "hyvitys.db";

/// How long a statement waits for another process that holds the file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Every statement of the program fits, so that none is compiled twice.
const STATEMENTS: usize = 256;

/// The key that seals the entries of the audit log. It lives in the keychain, not in the file.
#[derive(Clone)]
pub struct SealKey {
    /// Which key it is; stands in the file beside what it sealed.
    pub id: String,
    /// The 256 bits of the key.
    pub key: [u8; 32],
}

impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealKey(..)")
    }
}

/// Where the data file is, and who works with it.
#[derive(Clone, Debug)]
pub struct OpenOptions {
    /// The folder of the data file; made if it is not there, for its owner only.
    pub dir: PathBuf,
    /// The folder, with the machine and not with the file, that remembers the journal's head.
    pub heads_dir: PathBuf,
    /// The operating system's name of the user; stands in the audit log.
    pub os_user: String,
    /// The key that seals the audit log; `None` where there is no keychain.
    pub seal: Option<SealKey>,
}

/// The open data file. Clones share it; dropping the last one ends its threads and closes it.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

/// Fields are dropped in this order: the reading connections first, so that the writer's, as the
/// last one, folds the write-ahead log back into the file.
struct Inner {
    readers: Readers,
    writer: Writer,
    path: PathBuf,
    heads_dir: PathBuf,
    locked: Arc<Mutex<Option<Locked>>>,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("path", &self.inner.path)
            .finish_non_exhaustive()
    }
}

impl Store {
    /// Opens the data file, makes it if there is none, and brings an older one up to date.
    ///
    /// Blocks. A file of a newer program, or one that is not ours, is refused and left as it is.
    pub fn open(options: OpenOptions) -> Result<Store, StoreError> {
        make_dir(&options.dir)?;
        let path = options.dir.join(FILE_NAME);
        make_file(&path)?;
        let mut connection = connect(&path, Access::Write)?;
        migrate::recognise(&connection, &path)?;
        tune(&connection, Access::Write).map_err(|error| StoreError::open(&path, error))?;
        migrate::run(&mut connection, &path, migrate::ALL)?;
        let readers = Readers::start(&path)?;
        let heads_dir = options.heads_dir.clone();
        let mut context = WriterContext::new(options, path.clone());
        context.after_commit = Some(head::after_commit);
        let locked = Arc::new(Mutex::new(head::check(&connection, &context.heads_dir)?));
        context.locked = Arc::clone(&locked);
        let writer = Writer::start(connection, context)?;
        Ok(Store {
            inner: Arc::new(Inner {
                readers,
                writer,
                path,
                heads_dir,
                locked,
            }),
        })
    }

    /// The writer, for tests that need to see how jobs are grouped.
    #[cfg(test)]
    pub(crate) fn inner_writer(&self) -> &Writer {
        &self.inner.writer
    }

    /// Why money operations are locked, if they are: the file is an older copy or comes from
    /// elsewhere (see [`crate::head`]).
    pub fn locked(&self) -> Option<Locked> {
        self.inner
            .locked
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// A person has compared the file with the Merchant Panel: from now on its journal is the one
    /// that this machine knows, and money operations are open again. What waited is `unknown`.
    pub async fn take_over(&self, note: String, now: Moment) -> Result<(), StoreError> {
        self.write(move |tx| tx.note_take_over(&note, &now)).await?;
        let locked = Arc::clone(&self.inner.locked);
        self.write(move |tx| {
            head::take_over(tx.conn(), &tx.context().heads_dir)?;
            *locked.lock().unwrap_or_else(PoisonError::into_inner) = None;
            Ok(())
        })
        .await
    }

    /// Checks the whole journal: each entry, their order, their end by the head that the machine remembers, and
    /// that the tables say the same. `key` gives the key of a key id.
    pub async fn verify_journal(
        &self,
        key: impl Fn(&str) -> Option<[u8; 32]> + Send + 'static,
    ) -> Result<ChainReport, StoreError> {
        let heads_dir = self.inner.heads_dir.clone();
        // The head first, in a look of its own: what is remembered is in every later snapshot of the file.
        let known = self
            .read(move |tx| journal::known_head(tx, &heads_dir))
            .await?;
        self.read(move |tx| tx.verify_with_head(&known, key)).await
    }

    /// The path of the data file.
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// Runs a job that may write, and gives its answer when it is durable.
    ///
    /// An `Err` of the job undoes what it did, and nothing else. [`StoreError::CommitFailed`] means
    /// that the job ran but could not be saved. Dropping the future doesn't stop the job.
    pub async fn write<T, F>(&self, job: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&WriteTx<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        if cfg!(feature = "in-order") {
            return self.write_blocking(job);
        }
        let (reply, answer) = tokio::sync::oneshot::channel();
        self.inner
            .writer
            .submit(job, move |result| drop(reply.send(result)))?;
        answer.await.unwrap_or(Err(StoreError::Closed))
    }

    /// [`Store::write`] for a thread that may wait. Never call it from within a job.
    pub fn write_blocking<T, F>(&self, job: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&WriteTx<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let (reply, answer) = std::sync::mpsc::sync_channel(1);
        self.inner
            .writer
            .submit(job, move |result| drop(reply.send(result)))?;
        answer.recv().unwrap_or(Err(StoreError::Closed))
    }

    /// Runs a job that only reads, on one consistent snapshot of the file.
    pub async fn read<T, F>(&self, job: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&ReadTx<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        if cfg!(feature = "in-order") {
            return self.read_blocking(job);
        }
        let (reply, answer) = tokio::sync::oneshot::channel();
        self.inner
            .readers
            .submit(job, move |result| drop(reply.send(result)))?;
        answer.await.unwrap_or(Err(StoreError::Closed))
    }

    /// [`Store::read`] for a thread that may wait. Never call it from within a job.
    pub fn read_blocking<T, F>(&self, job: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&ReadTx<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let (reply, answer) = std::sync::mpsc::sync_channel(1);
        self.inner
            .readers
            .submit(job, move |result| drop(reply.send(result)))?;
        answer.recv().unwrap_or(Err(StoreError::Closed))
    }
}

/// What a connection is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// The writer's.
    Write,
    /// A reader's: SQLite itself refuses every change.
    Read,
}

/// Opens a connection without changing anything in the file.
pub(crate) fn connect(path: &Path, access: Access) -> Result<Connection, StoreError> {
    let mode = match access {
        Access::Write => OpenFlags::SQLITE_OPEN_READ_WRITE,
        Access::Read => OpenFlags::SQLITE_OPEN_READ_ONLY,
    };
    let connection = Connection::open_with_flags(path, mode | OpenFlags::SQLITE_OPEN_NO_MUTEX)
        .map_err(|error| StoreError::open(path, error))?;
    connection
        .busy_timeout(BUSY_TIMEOUT)
        .map_err(|error| StoreError::open(path, error))?;
    Ok(connection)
}

/// Sets what the measurements found best (see docs/decisions) and what safety asks for.
pub(crate) fn tune(connection: &Connection, access: Access) -> rusqlite::Result<()> {
    // Without the stability guarantee a bound value could flip a plan: 0.4 ms became 1.1 s.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // A file made by a stranger can neither run functions from its schema nor break itself.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    if access == Access::Write {
        connection.pragma_update(None, "journal_mode", "WAL")?;
        // The journal must be on the disk before the first byte goes out.
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "foreign_keys", true)?;
    } else {
        connection.pragma_update(None, "query_only", true)?;
    }
    connection.pragma_update(None, "cache_size", -65_536)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "mmap_size", 1_i64 << 30)?;
    if cfg!(target_os = "macos") {
        connection.pragma_update(None, "fullfsync", true)?;
    }
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(())
}

/// Makes the folder for its owner only; one that is there already keeps its rights.
fn make_dir(dir: &Path) -> Result<(), StoreError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(dir)
        .map_err(|error| StoreError::open(dir, error))
}

/// Makes an empty file for its owner only, if there is none. SQLite gives its side files the same
/// rights. An existing file is not opened here: closing it would drop the locks that SQLite holds
/// on it for this process.
pub(crate) fn make_file(path: &Path) -> Result<(), StoreError> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(StoreError::open(path, error)),
    }
}
