//! Virtual time and a small executor: one task runs at a time, and which one is chance from the seed.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use hyvitys_backoffice::clock::{Chance, Clock};
use hyvitys_domain::Moment;

/// Reproducible chance.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        Dice(
            seed.wrapping_mul(0x9E37_79B9_7F4A_7C15)
                .wrapping_add(0x1234_5678_9ABC_DEF1),
        )
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[usize::try_from(self.below(of.len() as u64)).unwrap()]
    }
}

/// The machine's clocks.
#[derive(Debug)]
struct Time {
    /// Real progress, ms: what everything is ordered by.
    up_ms: i64,
    /// How far the wall's clock is set off from it, ms.
    wall_off_ms: i64,
    boot: u32,
}

/// Virtual time, shared by programs, server and staff.
#[derive(Clone, Debug)]
pub struct VirtualClock {
    time: Arc<Mutex<Time>>,
}

/// Parts of one task that wait for virtual time: until when, and how they are woken.
pub type Waits = Vec<(i64, Waker)>;

thread_local! {
    /// What of the task that is being polled waits for time.
    static WAITS: RefCell<Waits> = const { RefCell::new(Vec::new()) };
    /// After how many more looks at the clock the task that is being polled dies.
    static FUSE: Cell<Option<u32>> = const { Cell::new(None) };
}

fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap()
}

impl VirtualClock {
    pub fn new() -> VirtualClock {
        VirtualClock {
            time: Arc::new(Mutex::new(Time {
                up_ms: 0,
                wall_off_ms: 0,
                boot: 1,
            })),
        }
    }

    fn time(&self) -> MutexGuard<'_, Time> {
        self.time.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn ms(&self) -> i64 {
        self.time().up_ms
    }

    pub fn advance_to(&self, ms: i64) {
        let mut time = self.time();
        time.up_ms = time.up_ms.max(ms);
    }

    /// Sets the wall's clock off by this much from now on.
    pub fn jump(&self, by_ms: i64) {
        self.time().wall_off_ms += by_ms;
    }

    pub async fn until(&self, ms: i64) {
        Until {
            clock: self.clone(),
            ms,
        }
        .await;
    }
}

struct Until {
    clock: VirtualClock,
    ms: i64,
}

impl Future for Until {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.clock.ms() >= self.ms {
            return Poll::Ready(());
        }
        WAITS.with_borrow_mut(|waits| waits.push((self.ms, context.waker().clone())));
        Poll::Pending
    }
}

#[async_trait]
impl Clock for VirtualClock {
    /// The engine looks at the clock before and after everything that matters, so this is where a
    /// program dies: at a place that the seed decides, whatever the store's threads do.
    fn now(&self) -> Moment {
        match FUSE.get() {
            Some(0) => std::panic::resume_unwind(Box::new("the program was killed")),
            fuse => FUSE.set(fuse.map(|left| left - 1)),
        }
        let time = self.time();
        Moment {
            at: start() + TimeDelta::milliseconds(time.up_ms + time.wall_off_ms),
            boot: time.boot.to_string(),
            up_ms: time.up_ms,
        }
    }

    async fn sleep(&self, duration: Duration) {
        let ms = self.ms() + i64::try_from(duration.as_millis()).unwrap().max(1);
        self.until(ms).await;
    }
}

/// Ids and nonces from the seed.
pub struct SeededChance(pub Mutex<Dice>);

impl Chance for SeededChance {
    fn bits(&self) -> u128 {
        let mut dice = self.0.lock().unwrap();
        (u128::from(dice.next()) << 64) | u128::from(dice.next())
    }
}

struct Unpark {
    thread: Thread,
    woken: AtomicBool,
}

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.woken.store(true, Ordering::SeqCst);
        self.thread.unpark();
    }
}

/// What a task stands at after it was polled.
pub enum Stands {
    Ended,
    WaitsUntil(i64),
    /// Its fuse burnt down.
    Died,
}

/// Polls until the task ends, dies, or waits for virtual time. What works on another thread is waited
/// for: it is real and short.
pub fn run<F: Future<Output = ()> + ?Sized>(
    task: &mut Pin<Box<F>>,
    fuse: &mut Option<u32>,
    waits: &mut Waits,
    now: i64,
) -> Stands {
    waits.retain(|(ms, waker)| {
        if *ms <= now {
            waker.wake_by_ref();
        }
        *ms > now
    });
    let unpark = Arc::new(Unpark {
        thread: std::thread::current(),
        woken: AtomicBool::new(false),
    });
    let waker = Waker::from(Arc::clone(&unpark));
    let mut context = Context::from_waker(&waker);
    loop {
        WAITS.set(std::mem::take(waits));
        FUSE.set(*fuse);
        let polled = catch_unwind(AssertUnwindSafe(|| task.as_mut().poll(&mut context)));
        *fuse = FUSE.replace(None);
        *waits = WAITS.take();
        match polled {
            Ok(Poll::Ready(())) => return Stands::Ended,
            Ok(Poll::Pending) => {}
            Err(_) if *fuse == Some(0) => return Stands::Died,
            Err(bug) => std::panic::resume_unwind(bug),
        }
        if unpark.woken.swap(false, Ordering::SeqCst) {
            continue;
        }
        if let Some(next) = waits.iter().map(|(ms, _)| *ms).min() {
            return Stands::WaitsUntil(next);
        }
        while !unpark.woken.swap(false, Ordering::SeqCst) {
            std::thread::park();
        }
    }
}
