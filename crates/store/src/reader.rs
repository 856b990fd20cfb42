//! The readers: a few read-only connections, each on a thread of its own.
//!
//! Threads, so that no SQLite call ever runs on an async worker; few, since a page takes less than
//! a millisecond and each connection has a cache of its own.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use rusqlite::Connection;

use crate::db::{self, Access};
use crate::error::{StoreError, panic_words};

/// How many reads can run at the same time.
const READERS: usize = 3;

/// One consistent snapshot of the file, to read from.
pub struct ReadTx<'c> {
    connection: &'c Connection,
}

impl<'c> ReadTx<'c> {
    pub(crate) const fn new(connection: &'c Connection) -> ReadTx<'c> {
        ReadTx { connection }
    }

    /// The connection, within the transaction of this job.
    pub(crate) const fn conn(&self) -> &Connection {
        self.connection
    }
}

type Job = Box<dyn FnOnce(&Connection) + Send>;

/// The reading threads and the queue that they share.
pub(crate) struct Readers {
    queue: Option<Sender<Job>>,
    threads: Vec<JoinHandle<()>>,
}

impl Readers {
    pub(crate) fn start(path: &Path) -> Result<Readers, StoreError> {
        let (queue, jobs) = channel::<Job>();
        let jobs = Arc::new(Mutex::new(jobs));
        let mut threads = Vec::with_capacity(READERS);
        for number in 1..=READERS {
            let connection = db::connect(path, Access::Read)?;
            db::tune(&connection, Access::Read).map_err(|error| StoreError::open(path, error))?;
            let jobs = Arc::clone(&jobs);
            let thread = thread::Builder::new()
                .name(format!("store-reader-{number}"))
                .spawn(move || serve(&connection, &jobs))
                .map_err(|error| StoreError::open(path, error))?;
            threads.push(thread);
        }
        Ok(Readers {
            queue: Some(queue),
            threads,
        })
    }

    pub(crate) fn submit<T, F>(
        &self,
        job: F,
        reply: impl FnOnce(Result<T, StoreError>) + Send + 'static,
    ) -> Result<(), StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&ReadTx<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let job: Job = Box::new(move |connection| reply(snapshot(connection, job)));
        let queue = self.queue.as_ref().ok_or(StoreError::Closed)?;
        queue.send(job).map_err(|_| StoreError::Closed)
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        self.queue = None;
        for thread in self.threads.drain(..) {
            join(thread);
        }
    }
}

/// Waits for a thread to end, unless this is that thread: a job may hold the last clone of the store.
pub(crate) fn join(thread: JoinHandle<()>) {
    if thread.thread().id() != thread::current().id() {
        // A panic of the thread was answered to its job; there is nobody left to tell here.
        drop(thread.join());
    }
}

fn serve(connection: &Connection, jobs: &Mutex<Receiver<Job>>) {
    loop {
        // The lock is held while waiting and released before the job runs.
        let next = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match next {
            Ok(job) => job(connection),
            Err(_) => return,
        }
    }
}

fn snapshot<T>(
    connection: &Connection,
    job: impl FnOnce(&ReadTx<'_>) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    connection.execute_batch("BEGIN DEFERRED")?;
    let result = catch_unwind(AssertUnwindSafe(|| job(&ReadTx::new(connection))))
        .unwrap_or_else(|panic| Err(StoreError::Panicked(panic_words(panic.as_ref()))));
    // A reader has nothing to lose: whichever way the snapshot ends, the answer stands.
    if !connection.is_autocommit() {
        connection.execute_batch("ROLLBACK")?;
    }
    result
}
