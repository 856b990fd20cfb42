//! A batch as a person sees it.

use hyvitys_domain::{BatchLineState, BatchState};
use hyvitys_store::batches::Batch;
use hyvitys_store::journal::Owner;

use crate::service::Backoffice;

/// A batch with what only the running program knows.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchView {
    /// The batch; a pause that the disk did not take is shown with it.
    pub batch: Batch,
    /// It is paused or stopped, and lines that are under way still end.
    pub ending: bool,
    /// How many lines end in a second, of late, while this process runs it.
    pub per_second: Option<f64>,
    /// How many seconds the rest takes at this rate.
    pub seconds_left: Option<u64>,
    /// It is paused, its last lines have ended, and its confirmation still holds.
    pub resumable: bool,
    /// The number of the batch that it continues.
    pub follows_number: Option<u32>,
}

impl Backoffice {
    /// Reads nothing: what was just written is shown also where the file can't be read any more.
    pub(super) fn view(&self, batch: Batch) -> BatchView {
        let now = self.inner.clock.now();
        let batches = &self.inner.batches;
        let dir = self.inner.store.path().parent();
        let owner_lives = batch.owner.is_some_and(|owner| {
            owner == self.inner.owner.id() || dir.is_none_or(|dir| !Owner::is_gone(dir, owner))
        });
        let mut batch = self.with_kept_pause(batch);
        if batch.state == BatchState::Running && !owner_lives {
            // Its program has ended while this one looks on.
            batch.state = BatchState::Paused;
            batch.why = Some(hyvitys_domain::BatchPause::Interrupted);
        }
        let under_way = batch.owner == Some(self.inner.owner.id()) && batches.runs(batch.id)
            || batch.owner != Some(self.inner.owner.id()) && owner_lives;
        let ending = under_way && matches!(batch.state, BatchState::Paused | BatchState::Stopped);
        let per_second = batches
            .per_second(batch.id, now.up_ms)
            .filter(|_| batch.state == BatchState::Running);
        let left = batch.count(BatchLineState::Waiting) + batch.count(BatchLineState::Sending);
        let seconds_left = per_second.and_then(|rate| seconds(left, rate));
        let resumable = batch.state == BatchState::Paused
            && !ending
            && !batch.is_stale(&now)
            && self.locked().is_none();
        BatchView {
            follows_number: batch.follows_number,
            batch,
            ending,
            per_second,
            seconds_left,
            resumable,
        }
    }

    /// A batch with the pause that the disk did not take.
    pub(super) fn with_kept_pause(&self, mut batch: Batch) -> Batch {
        if batch.state == BatchState::Running
            && batch.owner == Some(self.inner.owner.id())
            && let Some(pause) = self.inner.batches.unsaved_pause(batch.id)
        {
            batch.state = BatchState::Paused;
            batch.why = Some(pause.why);
            batch.why_message = pause.message;
        }
        batch
    }
}

/// How long this many lines take, rounded up; `None` where that can't be said.
fn seconds(lines: u64, per_second: f64) -> Option<u64> {
    let lines = u32::try_from(lines).ok()?;
    let seconds = std::time::Duration::try_from_secs_f64(f64::from(lines) / per_second).ok()?;
    Some(seconds.as_secs() + u64::from(seconds.subsec_nanos() > 0))
}
