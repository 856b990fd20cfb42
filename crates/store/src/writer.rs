//! The writer: one thread, one connection, many jobs in one durable commit.
//!
//! Waiting for the disk is what a commit costs. While one group of jobs is on its way to the disk the
//! next gathers in the queue, so that under load dozens of journal entries share one wait. Each job
//! has a savepoint: what one job breaks is undone for that job alone. No job is told of success
//! before the commit of its group has returned.

use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use rusqlite::Connection;

use crate::db::{OpenOptions, SealKey};
use crate::error::{StoreError, panic_words};
use crate::head::Locked;
use crate::reader::{ReadTx, join};

/// The most jobs in one commit: enough to share the wait, few enough that none waits for long.
const GROUP: usize = 64;

/// What is called after each commit, before the jobs are answered.
pub(crate) type AfterCommit = fn(&Connection, &mut WriterContext);

/// What the writer's thread knows besides its connection. The journal works with it.
pub(crate) struct WriterContext {
    /// The path of the data file.
    pub(crate) path: PathBuf,
    /// The folder of the data file.
    pub(crate) dir: PathBuf,
    /// The folder that remembers the journal's head outside the data file.
    pub(crate) heads_dir: PathBuf,
    /// The operating system's name of the user.
    pub(crate) os_user: String,
    /// The key that seals the audit log, if there is a keychain.
    pub(crate) seal: Option<SealKey>,
    /// Called after each successful commit, before the jobs are answered.
    pub(crate) after_commit: Option<AfterCommit>,
    /// Why money operations are locked, if they are; the store's clones look at the same value.
    pub(crate) locked: Arc<Mutex<Option<Locked>>>,
    /// The last entry of the journal that the machine remembers.
    pub(crate) remembered: i64,
}

impl WriterContext {
    pub(crate) fn new(options: OpenOptions, path: PathBuf) -> WriterContext {
        WriterContext {
            path,
            dir: options.dir,
            heads_dir: options.heads_dir,
            os_user: options.os_user,
            seal: options.seal,
            after_commit: None,
            locked: Arc::default(),
            remembered: 0,
        }
    }

    /// Locks money operations, or opens them again.
    pub(crate) fn set_locked(&self, locked: Option<Locked>) {
        *self.locked.lock().unwrap_or_else(PoisonError::into_inner) = locked;
    }

    /// Why money operations are locked, if they are.
    pub(crate) fn locked(&self) -> Option<Locked> {
        self.locked
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// A transaction that may write. Whatever reads on a [`ReadTx`] reads on this, too.
pub struct WriteTx<'c> {
    read: ReadTx<'c>,
    context: &'c WriterContext,
}

impl WriteTx<'_> {
    /// What the writer's thread knows besides its connection.
    pub(crate) const fn context(&self) -> &WriterContext {
        self.context
    }
}

impl<'c> Deref for WriteTx<'c> {
    type Target = ReadTx<'c>;

    fn deref(&self) -> &ReadTx<'c> {
        &self.read
    }
}

/// How the commit of a group went.
type Committed = Result<(), Arc<rusqlite::Error>>;

/// A job in the queue, whatever its answer's type.
trait Job: Send {
    /// Does the work and keeps the answer; says whether the work is to be kept.
    fn run(&mut self, tx: &WriteTx<'_>) -> bool;
    /// Gives the answer, after the commit of the group.
    fn answer(self: Box<Self>, committed: &Committed);
}

struct Typed<T, F, R> {
    work: Option<F>,
    reply: R,
    result: Option<Result<T, StoreError>>,
}

impl<T, F, R> Job for Typed<T, F, R>
where
    T: Send,
    F: FnOnce(&WriteTx<'_>) -> Result<T, StoreError> + Send,
    R: FnOnce(Result<T, StoreError>) + Send,
{
    fn run(&mut self, tx: &WriteTx<'_>) -> bool {
        self.result = self.work.take().map(|work| {
            catch_unwind(AssertUnwindSafe(|| work(tx)))
                .unwrap_or_else(|panic| Err(StoreError::Panicked(panic_words(panic.as_ref()))))
        });
        matches!(self.result, Some(Ok(_)))
    }

    fn answer(self: Box<Self>, committed: &Committed) {
        // A job's own error stands, whatever became of the group: it wrote nothing.
        let result = match (self.result, committed) {
            (Some(Err(error)), _) => Err(error),
            (_, Err(source)) => Err(StoreError::CommitFailed {
                source: Arc::clone(source),
            }),
            (Some(Ok(value)), Ok(())) => Ok(value),
            (None, Ok(())) => Err(StoreError::Closed),
        };
        (self.reply)(result);
    }
}

/// The writing thread and its queue.
pub(crate) struct Writer {
    queue: Option<Sender<Box<dyn Job>>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(crate) fn start(
        connection: Connection,
        mut context: WriterContext,
    ) -> Result<Writer, StoreError> {
        let (queue, jobs) = channel();
        let path = context.path.clone();
        let thread = thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || serve(&connection, &mut context, &jobs))
            .map_err(|error| StoreError::open(&path, error))?;
        Ok(Writer {
            queue: Some(queue),
            thread: Some(thread),
        })
    }

    pub(crate) fn submit<T, F, R>(&self, job: F, reply: R) -> Result<(), StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&WriteTx<'_>) -> Result<T, StoreError> + Send + 'static,
        R: FnOnce(Result<T, StoreError>) + Send + 'static,
    {
        let job = Box::new(Typed {
            work: Some(job),
            reply,
            result: None,
        });
        let queue = self.queue.as_ref().ok_or(StoreError::Closed)?;
        queue.send(job).map_err(|_| StoreError::Closed)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            join(thread);
        }
    }
}

fn serve(connection: &Connection, context: &mut WriterContext, jobs: &Receiver<Box<dyn Job>>) {
    while let Ok(first) = jobs.recv() {
        let mut group = vec![first];
        while group.len() < GROUP {
            match jobs.try_recv() {
                Ok(job) => group.push(job),
                Err(_) => break,
            }
        }
        let committed = commit(connection, context, &mut group).map_err(Arc::new);
        if let (Ok(()), Some(after)) = (&committed, context.after_commit) {
            after(connection, context);
        }
        for job in group {
            job.answer(&committed);
        }
    }
}

/// Runs a group in one transaction. On an error nothing of the group is in the file.
fn commit(
    connection: &Connection,
    context: &WriterContext,
    group: &mut [Box<dyn Job>],
) -> rusqlite::Result<()> {
    let result = attempt(connection, context, group);
    if result.is_err() && !connection.is_autocommit() {
        // Should even this fail, the next group's BEGIN fails and tells its jobs so.
        drop(connection.execute_batch("ROLLBACK"));
    }
    result
}

fn attempt(
    connection: &Connection,
    context: &WriterContext,
    group: &mut [Box<dyn Job>],
) -> rusqlite::Result<()> {
    connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
    let tx = WriteTx {
        read: ReadTx::new(connection),
        context,
    };
    for job in group {
        connection.prepare_cached("SAVEPOINT job")?.execute([])?;
        let keep = job.run(&tx);
        // A full disk or a failed read can end the whole transaction on its own.
        if connection.is_autocommit() {
            return Err(rusqlite::Error::SqliteFailure(
                rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_ABORT_ROLLBACK),
                Some("the transaction was ended by an error in it".to_owned()),
            ));
        }
        // A savepoint that can't be ended fails the group: half a job must never be kept.
        if !keep {
            connection.prepare_cached("ROLLBACK TO job")?.execute([])?;
        }
        connection.prepare_cached("RELEASE job")?.execute([])?;
    }
    connection.prepare_cached("COMMIT")?.execute([])?;
    Ok(())
}

#[cfg(test)]
mod tests {

    use super::*;
    use crate::Store;

    fn open(dir: &tempfile::TempDir) -> Store {
        let store = Store::open(OpenOptions {
            dir: dir.path().to_owned(),
            heads_dir: dir.path().join("heads"),
            os_user: "maija".to_owned(),
            seal: None,
        })
        .unwrap();
        store
            .write_blocking(|tx| {
                tx.conn().execute_batch(
                    "CREATE TABLE IF NOT EXISTS parent(id INTEGER PRIMARY KEY);
                     CREATE TABLE IF NOT EXISTS t(x INTEGER PRIMARY KEY,
                        parent REFERENCES parent DEFERRABLE INITIALLY DEFERRED)",
                )?;
                Ok(())
            })
            .unwrap();
        store
    }

    fn insert(tx: &WriteTx<'_>, x: i64, parent: Option<i64>) -> Result<i64, StoreError> {
        tx.conn()
            .execute("INSERT INTO t VALUES (?1, ?2)", (x, parent))?;
        Ok(x)
    }

    fn all(store: &Store) -> Vec<i64> {
        store
            .read_blocking(|tx| {
                let mut rows = tx.conn().prepare("SELECT x FROM t ORDER BY x")?;
                let rows = rows.query_map([], |row| row.get(0))?;
                Ok(rows.collect::<rusqlite::Result<Vec<i64>>>()?)
            })
            .unwrap()
    }

    /// Stops the writer in a job, queues what `queue` says, and lets it go on: what was queued
    /// is one group.
    fn grouped<T>(store: &Store, queue: impl FnOnce() -> T) -> T {
        let (at_gate, arrived) = channel();
        let (open_gate, gate) = channel::<()>();
        store
            .inner_writer()
            .submit(
                move |_tx| {
                    at_gate.send(()).unwrap();
                    gate.recv().unwrap();
                    Ok(())
                },
                |_result| {},
            )
            .unwrap();
        arrived.recv().unwrap();
        let queued = queue();
        open_gate.send(()).unwrap();
        queued
    }

    type Answers = Receiver<(i64, Result<i64, StoreError>)>;

    fn submit(store: &Store, jobs: &[(i64, Option<i64>, bool)]) -> Answers {
        let (send, answers) = channel();
        for &(x, parent, fail) in jobs {
            let send = send.clone();
            store
                .inner_writer()
                .submit(
                    move |tx| {
                        insert(tx, x, parent)?;
                        if fail {
                            Err(StoreError::Unreadable("on purpose".into()))
                        } else {
                            Ok(x)
                        }
                    },
                    move |result| send.send((x, result)).unwrap(),
                )
                .unwrap();
        }
        answers
    }

    #[test]
    fn a_job_that_fails_or_panics_undoes_itself_and_nothing_else_of_its_group() {
        let dir = tempfile::tempdir().unwrap();
        let store = open(&dir);
        let answers = grouped(&store, || {
            let answers = submit(
                &store,
                &[(1, None, false), (2, None, true), (3, None, false)],
            );
            let _ = store.inner_writer().submit(
                |tx| -> Result<(), StoreError> {
                    insert(tx, 4, None)?;
                    panic!("on purpose");
                },
                |result| assert!(matches!(result, Err(StoreError::Panicked(_)))),
            );
            answers
        });
        let answers: Vec<_> = answers
            .iter()
            .map(|(x, result)| (x, result.is_ok()))
            .collect();
        assert_eq!(answers, [(1, true), (2, false), (3, true)]);
        assert_eq!(all(&store), [1, 3]);
        assert_eq!(store.write_blocking(|tx| insert(tx, 5, None)).unwrap(), 5);
    }

    #[test]
    fn when_the_commit_fails_every_job_of_the_group_is_told_and_the_next_group_works() {
        let dir = tempfile::tempdir().unwrap();
        let store = open(&dir);
        // The missing parent is found at the COMMIT only.
        let answers = grouped(&store, || {
            submit(&store, &[(1, None, false), (2, Some(9), false)])
        });
        for (x, result) in &answers {
            assert!(
                matches!(result, Err(StoreError::CommitFailed { .. })),
                "{x}: {result:?}"
            );
        }
        assert_eq!(all(&store), Vec::<i64>::new());
        assert_eq!(store.write_blocking(|tx| insert(tx, 3, None)).unwrap(), 3);
        assert_eq!(all(&store), [3]);
    }

    #[test]
    fn a_job_that_ends_the_transaction_itself_fails_the_group() {
        let dir = tempfile::tempdir().unwrap();
        let store = open(&dir);
        let result = store.write_blocking(|tx| {
            insert(tx, 1, None)?;
            tx.conn().execute_batch("COMMIT")?;
            Ok(())
        });
        assert!(matches!(result, Err(StoreError::CommitFailed { .. })));
        assert_eq!(store.write_blocking(|tx| insert(tx, 2, None)).unwrap(), 2);
    }

    #[test]
    fn the_hook_sees_a_commit_before_its_jobs_are_answered() {
        fn note(connection: &Connection, context: &mut WriterContext) {
            let rows: i64 = connection
                .query_row("SELECT count(*) FROM t", [], |row| row.get(0))
                .unwrap();
            std::fs::write(&context.heads_dir, rows.to_string()).unwrap();
        }
        let dir = tempfile::tempdir().unwrap();
        drop(open(&dir));
        let path = dir.path().join("hyvitys.db");
        let options = OpenOptions {
            dir: dir.path().to_owned(),
            heads_dir: dir.path().join("note"),
            os_user: String::new(),
            seal: None,
        };
        let connection = crate::db::connect(&path, crate::db::Access::Write).unwrap();
        let mut context = WriterContext::new(options, path);
        context.after_commit = Some(note);
        let writer = Writer::start(connection, context).unwrap();
        let (send, answer) = channel();
        let noted = dir.path().join("note");
        writer
            .submit(
                |tx| insert(tx, 1, None),
                move |_| send.send(std::fs::read_to_string(noted).unwrap()).unwrap(),
            )
            .unwrap();
        assert_eq!(answer.recv().unwrap(), "1");
    }
}
