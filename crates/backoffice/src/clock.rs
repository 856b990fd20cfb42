//! Time, waiting and chance, as arguments: tests run weeks in milliseconds and repeat themselves.

use std::time::{Duration, Instant};

use async_trait::async_trait;
use chrono::Utc;
use hyvitys_domain::Moment;

/// What time it is, and waiting.
#[async_trait]
pub trait Clock: Send + Sync {
    /// Now, by the wall's clock and by the machine's.
    fn now(&self) -> Moment;

    /// Waits for this long.
    async fn sleep(&self, duration: Duration);
}

/// Where nonces, stamps and ids come from.
pub trait Chance: Send + Sync {
    /// 128 random bits.
    fn bits(&self) -> u128;
}

/// The real clock.
#[derive(Debug)]
pub struct SystemClock {
    started: Instant,
    boot: String,
}

impl SystemClock {
    /// Reads which start of the machine this is.
    pub fn new() -> SystemClock {
        let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").map_or_else(
            // Elsewhere the machine's clock counts within this process only.
            |_| format!("process-{}", std::process::id()),
            |id| id.trim().to_owned(),
        );
        SystemClock {
            started: Instant::now(),
            boot,
        }
    }

    fn up_ms(&self) -> i64 {
        // Linux counts the time asleep in here; the monotonic clock does not.
        std::fs::read_to_string("/proc/uptime")
            .ok()
            .and_then(|line| line.split(' ').next()?.replace('.', "").parse::<i64>().ok())
            .map_or_else(
                || i64::try_from(self.started.elapsed().as_millis()).unwrap_or(i64::MAX),
                |centiseconds| centiseconds.saturating_mul(10),
            )
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        SystemClock::new()
    }
}

#[async_trait]
impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that asks the system"
    )]
    fn now(&self) -> Moment {
        Moment {
            at: Utc::now(),
            boot: self.boot.clone(),
            up_ms: self.up_ms(),
        }
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

/// The operating system's randomness.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemChance;

impl Chance for SystemChance {
    fn bits(&self) -> u128 {
        let mut bytes = [0; 16];
        if getrandom::fill(&mut bytes).is_err() {
            // No entropy device: a UUID's generator has a fallback of its own, and ids stay unique.
            return uuid::Uuid::new_v4().as_u128();
        }
        u128::from_ne_bytes(bytes)
    }
}
