//! A clock that stands still until the test sets it.

use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use hyvitys_backoffice::clock::Clock;
use hyvitys_domain::Moment;
use tokio::sync::oneshot;

use crate::clock::VirtualClock;

/// Whoever sleeps by it sleeps until the test sets it so far.
pub struct Held {
    clock: VirtualClock,
    sleepers: Mutex<Vec<(i64, oneshot::Sender<()>)>>,
}

impl Default for Held {
    fn default() -> Held {
        Held {
            clock: VirtualClock::new(),
            sleepers: Mutex::default(),
        }
    }
}

impl Held {
    /// Until when somebody sleeps, ms.
    pub fn sleepers(&self) -> Vec<i64> {
        let sleepers = self.sleepers.lock().unwrap();
        sleepers.iter().map(|(until, _)| *until).collect()
    }

    /// Sets it, and wakes whoever slept until then.
    pub fn advance_to(&self, ms: i64) {
        self.clock.advance_to(ms);
        let mut sleepers = self.sleepers.lock().unwrap();
        sleepers.retain(|(until, _)| *until > ms);
    }
}

#[async_trait]
impl Clock for Held {
    fn now(&self) -> Moment {
        self.clock.now()
    }

    async fn sleep(&self, duration: Duration) {
        let until = self.clock.ms() + i64::try_from(duration.as_millis()).unwrap();
        let (wake, woken) = oneshot::channel();
        self.sleepers.lock().unwrap().push((until, wake));
        // Dropped, it wakes.
        let _ = woken.await;
    }
}
