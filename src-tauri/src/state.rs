//! What all commands share: the back office, opened once, and the built-in shop.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex as StdMutex, OnceLock, PoisonError};

use chrono::{DateTime, Utc};
use hyvitys_backoffice::bulk::BatchPlan;
use hyvitys_backoffice::clock::{Clock, SystemClock};
use hyvitys_backoffice::import::{ImportPlan, ImportWatch};
use hyvitys_backoffice::money::held_back;
use hyvitys_backoffice::setup::{self, SEAL_WAITS, SetupOptions};
use hyvitys_backoffice::{Backoffice, Code, Error};
use hyvitys_domain::BatchId;
use hyvitys_secrets::{Keychain as _, OsKeychain, SharedKeychain, secret_of_environment};
use tokio::sync::{Mutex, Notify, OnceCell};

use crate::Options;
use crate::demo::{Demo, DemoKeychain};
use crate::events::Told;
use crate::sync::Looks;

/// Who hears what the shell tells by itself.
pub(crate) type Listener = Box<dyn Fn(Told) + Send + Sync>;

/// What ends the program as soon as it may.
pub(crate) type Ender = Box<dyn Fn() + Send + Sync>;

/// The state behind the window. It knows no window: whoever opens one listens.
pub struct Shell {
    options: Options,
    office: OnceCell<Backoffice>,
    keychain: Arc<DemoKeychain>,
    /// The sandbox shop inside this program.
    pub(crate) demo: Demo,
    /// Wakes the background look at Paytrail.
    pub(crate) wake: Notify,
    /// Told when the window shows its first rows and hears what is told.
    pub(crate) shown: Notify,
    /// How the looks in the background stand.
    pub(crate) looks: Looks,
    clock: SystemClock,
    listener: Arc<OnceLock<Listener>>,
    /// The newest plan of an import, and its name.
    plan: Mutex<Option<(String, Arc<ImportPlan>)>>,
    /// The plan or import that is under way, to stop it by.
    import: StdMutex<ImportWatch>,
    /// How many orders that may move money are under way.
    under_way: Arc<AtomicUsize>,
    /// Ends the program when nothing is under way any more.
    ender: OnceLock<Ender>,
    /// The newest plan of a batch, and its name.
    batch_plan: Mutex<Option<(String, Arc<BatchPlan>)>>,
    /// The batches that run here.
    batches: Arc<StdMutex<BTreeMap<BatchId, usize>>>,
    /// The window was asked to close: nothing new is begun.
    closing: AtomicBool,
    /// Where tables go that a person asks for; beside the data file where the system has no such place.
    tables: Option<PathBuf>,
    /// A person was told that closing loses answers that are not saved.
    told_of_unsaved: AtomicBool,
}

impl Shell {
    /// A shell that opens its data file at the first question.
    pub fn new(options: Options) -> Shell {
        // Once the start has waited for it, a locked keychain holds up nothing more; a person tries again by a press.
        let system = SharedKeychain::new(Arc::new(OsKeychain::new()), SEAL_WAITS);
        Shell {
            options,
            office: OnceCell::new(),
            keychain: Arc::new(DemoKeychain::new(Arc::new(system))),
            demo: Demo::default(),
            wake: Notify::new(),
            shown: Notify::new(),
            looks: Looks::default(),
            clock: SystemClock::new(),
            listener: Arc::default(),
            plan: Mutex::default(),
            import: StdMutex::default(),
            under_way: Arc::default(),
            ender: OnceLock::new(),
            batch_plan: Mutex::default(),
            batches: Arc::default(),
            closing: AtomicBool::new(false),
            tables: setup::downloads_folder(),
            told_of_unsaved: AtomicBool::new(false),
        }
    }

    /// A shell over a back office that is open, as tests make theirs.
    #[cfg(test)]
    pub(crate) fn over(office: Backoffice, keychain: Arc<DemoKeychain>) -> Shell {
        let mut shell = Shell::new(Options::default());
        shell.office = OnceCell::new_with(Some(office));
        shell.keychain = keychain;
        shell.tables = None;
        shell
    }

    /// The back office. A failure is an answer, not an end: the next call tries again, as after a disk
    /// was plugged in or a keychain unlocked.
    pub(crate) async fn office(&self) -> Result<&Backoffice, Error> {
        self.office
            .get_or_try_init(|| async {
                let options = SetupOptions {
                    data_dir: self.options.data.clone(),
                    environment_secret: secret_of_environment(),
                };
                let keychain = Arc::clone(&self.keychain);
                // Disk and keychain both block, and a locked keychain may wait for a person.
                tokio::task::spawn_blocking(move || setup::open_with(options, keychain))
                    .await
                    .map_err(|error| {
                        Error::new(Code::Store, format!("opening broke off: {error}"))
                    })?
            })
            .await
    }

    /// The folder for tables that a person asks for.
    pub(crate) async fn tables_folder(&self) -> Result<PathBuf, Error> {
        if let Some(folder) = &self.tables {
            return Ok(folder.clone());
        }
        let data_file = self.office().await?.store().path();
        Ok(data_file.parent().unwrap_or(data_file).to_owned())
    }

    /// Starts the built-in shop again where it is known. Its port may be taken: then it can't be reached, as any shop
    /// may not be, and the line says so.
    pub(crate) async fn resume_demo(&self) {
        if let Ok(office) = self.office().await
            && let Err(error) = self.demo.resume(office, &self.keychain).await
        {
            tracing::warn!(%error, "the built-in shop did not start");
        }
    }

    /// Keeps the newest plan of an import; gives the name to apply it by.
    pub(crate) async fn keep_plan(&self, name: String, plan: ImportPlan) {
        *self.plan.lock().await = Some((name, Arc::new(plan)));
    }

    /// The plan of this name, to look at; `None` where a newer one took its place.
    pub(crate) async fn plan(&self, name: &str) -> Option<Arc<ImportPlan>> {
        let kept = self.plan.lock().await;
        let kept = kept.as_ref().filter(|(own, _)| own == name);
        kept.map(|(_, plan)| Arc::clone(plan))
    }

    /// The plan of this name, once; `None` where a newer one took its place.
    pub(crate) async fn take_plan(&self, name: &str) -> Option<ImportPlan> {
        let mut kept = self.plan.lock().await;
        let taken = kept.take_if(|(own, _)| own == name);
        taken.map(|(_, plan)| Arc::unwrap_or_clone(plan))
    }

    /// From now on this is the import under way.
    pub(crate) fn watch_import(&self, watch: ImportWatch) -> ImportWatch {
        let mut under_way = self.import.lock().unwrap_or_else(PoisonError::into_inner);
        *under_way = watch.clone();
        watch
    }

    /// Stops the import under way between two parts.
    pub(crate) fn stop_import(&self) {
        let under_way = self.import.lock().unwrap_or_else(PoisonError::into_inner);
        under_way.stop();
    }

    /// The keychain that knows the built-in shop's published secret.
    pub(crate) fn keychain(&self) -> &DemoKeychain {
        &self.keychain
    }

    /// A person does something that needs a secret: a keychain that was locked is really asked again.
    pub(crate) fn try_keychain_again(&self) {
        self.keychain.try_again();
    }

    /// Whether `--sandbox` was given.
    pub(crate) const fn wants_sandbox(&self) -> bool {
        self.options.sandbox
    }

    /// From now on `listener` hears what is told; the first one stays.
    pub(crate) fn listen(&self, listener: Listener) {
        let _ = self.listener.set(listener);
    }

    /// From now on `ender` ends the program; the first one stays.
    pub(crate) fn end_by(&self, ender: Ender) {
        let _ = self.ender.set(ender);
    }

    /// A person wants the program to end: nothing new is begun from now on.
    pub(crate) fn end(&self) {
        if let Some(end) = self.ender.get() {
            end();
        }
    }

    /// Tells whoever listens.
    pub(crate) fn tell(&self, told: Told) {
        if let Some(listener) = self.listener.get() {
            listener(told);
        }
    }

    /// Tells whoever listens, also after this call has ended.
    pub(crate) fn teller(&self) -> Teller {
        Teller(Arc::clone(&self.listener))
    }

    /// Keeps the newest plan of a batch.
    pub(crate) async fn keep_batch_plan(&self, name: String, plan: BatchPlan) {
        *self.batch_plan.lock().await = Some((name, Arc::new(plan)));
    }

    /// The plan of this name; `None` where a newer one took its place.
    pub(crate) async fn batch_plan(&self, name: &str) -> Option<Arc<BatchPlan>> {
        let kept = self.batch_plan.lock().await;
        let kept = kept.as_ref().filter(|(own, _)| own == name);
        kept.map(|(_, plan)| Arc::clone(plan))
    }

    /// Notes that a batch runs here until the guard is dropped.
    pub(crate) fn runs_batch(&self, id: BatchId) -> RunningBatch {
        let mut batches = self.batches.lock().unwrap_or_else(PoisonError::into_inner);
        // Counted: of a double click the second run ends at once, and the first goes on.
        *batches.entry(id).or_default() += 1;
        RunningBatch {
            batches: Arc::clone(&self.batches),
            id,
        }
    }

    /// The batches that run here.
    pub(crate) fn running_batches(&self) -> Vec<BatchId> {
        let batches = self.batches.lock().unwrap_or_else(PoisonError::into_inner);
        batches.keys().copied().collect()
    }

    /// The time, for telling when something was looked at.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now().at
    }

    /// Notes an order that may move money until the guard is dropped: the window doesn't close before. It is a person's, so
    /// a keychain that was locked is asked again.
    ///
    /// # Errors
    ///
    /// The window is about to close, so nothing new is begun.
    pub(crate) fn ordering(&self) -> Result<UnderWay, Error> {
        // Counted before the flag is read: whoever sets the flag and then finds nobody counted is alone.
        self.under_way.fetch_add(1, Ordering::SeqCst);
        let order = UnderWay(Arc::clone(&self.under_way));
        if self.is_closing() {
            return Err(held_back());
        }
        self.try_keychain_again();
        Ok(order)
    }

    /// Whether the window was asked to close.
    pub(crate) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::SeqCst)
    }

    /// Notes whether the window is about to close; gives what was noted before.
    pub(crate) fn set_closing(&self, closing: bool) -> bool {
        self.closing.swap(closing, Ordering::SeqCst)
    }

    /// Whether a person was told that closing loses answers that are not saved.
    pub(crate) fn was_told_of_unsaved(&self) -> bool {
        self.told_of_unsaved.load(Ordering::SeqCst)
    }

    /// From now on a person knows it.
    pub(crate) fn tell_of_unsaved(&self) {
        self.told_of_unsaved.store(true, Ordering::SeqCst);
    }

    /// The back office, if it is open.
    pub(crate) fn opened(&self) -> Option<&Backoffice> {
        self.office.get()
    }

    /// How many orders that may move money are under way.
    pub(crate) fn under_way(&self) -> usize {
        self.under_way.load(Ordering::SeqCst)
    }
}

/// An order under way; see [`Shell::ordering`].
pub(crate) struct UnderWay(Arc<AtomicUsize>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Tells whoever listens, for as long as something goes on that no call waits for.
#[derive(Clone)]
pub(crate) struct Teller(Arc<OnceLock<Listener>>);

impl Teller {
    /// Tells whoever listens.
    pub(crate) fn tell(&self, told: Told) {
        if let Some(listener) = self.0.get() {
            listener(told);
        }
    }
}

/// A batch that runs here, until it is dropped.
pub(crate) struct RunningBatch {
    batches: Arc<StdMutex<BTreeMap<BatchId, usize>>>,
    id: BatchId,
}

impl Drop for RunningBatch {
    fn drop(&mut self) {
        let mut batches = self.batches.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(runs) = batches.get_mut(&self.id) {
            *runs -= 1;
            if *runs == 0 {
                batches.remove(&self.id);
            }
        }
    }
}
