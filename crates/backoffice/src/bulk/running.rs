//! What this process knows of the batches that it runs, and of pauses that the disk did not take.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hyvitys_domain::{BatchId, BatchPause};

use crate::service::Backoffice;

/// Over how many of the last lines the rate is taken.
const LAST: usize = 200;

/// The batches of this process.
#[derive(Debug, Default)]
pub(crate) struct Batches {
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    running: BTreeMap<BatchId, VecDeque<i64>>,
    unsaved_pauses: BTreeMap<BatchId, Pause>,
    /// Batches whose run is at its end, and that were not given back yet.
    unreleased: BTreeSet<BatchId>,
}

/// Why a batch is paused, and in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pause {
    pub(super) why: BatchPause,
    pub(super) message: Option<String>,
}

/// Says that this process runs a batch for as long as it is kept.
pub(super) struct Guard<'a> {
    batches: &'a Batches,
    id: BatchId,
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.batches.known().running.remove(&self.id);
    }
}

impl Batches {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that the batch runs from now on (the machine's clock, ms); `None` where it does already.
    pub(super) fn enter(&self, id: BatchId, up_ms: i64) -> Option<Guard<'_>> {
        let mut known = self.known();
        if known.running.contains_key(&id) {
            return None;
        }
        known.running.insert(id, VecDeque::from([up_ms]));
        drop(known);
        Some(Guard { batches: self, id })
    }

    /// Whether this process runs the batch.
    pub(super) fn runs(&self, id: BatchId) -> bool {
        self.known().running.contains_key(&id)
    }

    /// Notes that a line has ended.
    pub(super) fn line_ended(&self, id: BatchId, up_ms: i64) {
        if let Some(ended) = self.known().running.get_mut(&id) {
            ended.push_back(up_ms);
            if ended.len() > LAST {
                ended.pop_front();
            }
        }
    }

    /// How many lines end in a second, of late; `None` where it does not run, or none has ended yet.
    pub(super) fn per_second(&self, id: BatchId, up_ms: i64) -> Option<f64> {
        let known = self.known();
        let ended = known.running.get(&id)?;
        let lines = u32::try_from(ended.len().checked_sub(1)?).ok()?;
        let passed = u32::try_from(up_ms.saturating_sub(*ended.front()?)).ok()?;
        (lines > 0 && passed > 0).then(|| f64::from(lines) * 1000.0 / f64::from(passed))
    }

    /// Notes that a batch is to be given back, at the latest when the disk takes it.
    pub(super) fn owes_release(&self, id: BatchId) {
        self.known().unreleased.insert(id);
    }

    /// Notes that it was given back, or ended.
    pub(super) fn is_released(&self, id: BatchId) {
        self.known().unreleased.remove(&id);
    }

    /// Whether it is still to be given back.
    pub(super) fn is_unreleased(&self, id: BatchId) -> bool {
        self.known().unreleased.contains(&id)
    }

    /// The pause that the disk did not take.
    pub(super) fn unsaved_pause(&self, id: BatchId) -> Option<Pause> {
        self.known().unsaved_pauses.get(&id).cloned()
    }
}

impl Backoffice {
    /// Pauses a batch of this process; where the disk does not take it, it is kept in memory and written again.
    pub(super) async fn pause_or_keep(&self, id: BatchId, pause: Pause) {
        let kept = pause.clone();
        self.inner.batches.known().unsaved_pauses.insert(id, kept);
        match self.write_pause(id, pause).await {
            Ok(()) => self.forget_pause(id),
            Err(error) => tracing::error!(%error, batch = %id, "a pause could not be saved"),
        }
    }

    async fn write_pause(&self, id: BatchId, pause: Pause) -> Result<(), crate::Error> {
        let (owner, now) = (self.inner.owner.id(), self.inner.clock.now());
        let batches = Arc::clone(&self.inner.batches);
        self.inner
            .store
            .write(move |tx| {
                // By the time that the disk takes it, another process may run the batch, or it was saved.
                let batch = tx.batch(id)?;
                let waits = batches.unsaved_pause(id).as_ref() == Some(&pause);
                if waits && batch.is_some_and(|batch| batch.owner == Some(owner)) {
                    tx.pause_batch(id, pause.why, pause.message.as_deref(), &now)?;
                }
                Ok(())
            })
            .await?;
        Ok(())
    }

    fn forget_pause(&self, id: BatchId) {
        self.inner.batches.known().unsaved_pauses.remove(&id);
    }

    /// Writes pauses that could not be written before, and gives back the batches that wait for it.
    pub(crate) async fn save_pauses_again(&self) {
        let waiting = self.inner.batches.known().unsaved_pauses.clone();
        for (id, pause) in waiting {
            if self.write_pause(id, pause).await.is_ok() {
                self.forget_pause(id);
            }
        }
        let unreleased = self.inner.batches.known().unreleased.clone();
        for id in unreleased {
            let (owner, now) = (self.inner.owner.id(), self.inner.clock.now());
            let batches = Arc::clone(&self.inner.batches);
            let released = self
                .inner
                .store
                .write(move |tx| {
                    // While it runs, the run itself gives it back.
                    if batches.runs(id) || batches.unsaved_pause(id).is_some() {
                        return Ok(false);
                    }
                    tx.release_batch(id, owner, &now)?;
                    Ok(true)
                })
                .await;
            match released {
                Ok(true) => self.inner.batches.is_released(id),
                Ok(false) => {}
                Err(error) => tracing::error!(%error, batch = %id, "a batch was not given back"),
            }
        }
    }
}
