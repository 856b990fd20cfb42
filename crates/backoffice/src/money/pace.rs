//! How fast Paytrail lets us ask: when it turns one request of many away (429), all of them wait.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::send::Tried;
use crate::clock::Clock;

/// The first wait without a `Retry-After`; it doubles each time that one is turned away again.
const PAUSE: Duration = Duration::from_millis(200);
/// The longest wait that we choose.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// The longest `Retry-After` that is waited for.
const LONGEST_ASKED: Duration = Duration::from_mins(10);

/// The pace that requests of one run share.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    until: Mutex<Until>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Until {
    /// By the machine's clock; 0 for now.
    up_ms: i64,
    /// How often in a row requests were turned away.
    turned_away: u32,
}

impl Pace {
    /// Waits for as long as Paytrail has asked for, by whichever request.
    pub(crate) async fn wait(&self, clock: &dyn Clock) {
        loop {
            let until = self.until().up_ms;
            let left = until.saturating_sub(clock.now().up_ms);
            let left = u64::try_from(left).unwrap_or_default();
            if until == 0 || left == 0 {
                return;
            }
            clock.sleep(Duration::from_millis(left)).await;
        }
    }

    /// Notes what became of a request.
    pub(super) fn note(&self, clock: &dyn Clock, tried: &Tried) {
        let mut until = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        match tried {
            Tried::NotSent(operation, asked)
                if operation.reason.as_deref() == Some("too_many_requests") =>
            {
                let doubled = PAUSE.saturating_mul(1 << until.turned_away.min(10));
                let wait = doubled.min(LONGEST_PAUSE).max((*asked).min(LONGEST_ASKED));
                let ends = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
                let ends = clock.now().up_ms.saturating_add(ends);
                // Requests that were on their way together count as one.
                if ends > until.up_ms {
                    until.turned_away = until.turned_away.saturating_add(1);
                    until.up_ms = ends;
                }
            }
            Tried::NotSent(..) => {}
            Tried::Ended(_) => until.turned_away = 0,
        }
    }

    fn until(&self) -> Until {
        *self.until.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
