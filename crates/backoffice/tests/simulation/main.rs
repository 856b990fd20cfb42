//! The proof of the money rules: thousands of random histories of a shop.
//!
//! The real engine and the real store run against virtual time and a scripted Paytrail that answers
//! late, falsely or not at all, while programs die at any await, two of them share the file, old copies
//! of it are put back, clocks jump, and staff is impatient. What the staff confirmed is compared with
//! the server's books: nothing is paid twice, and nothing is said that is not so. A history is its
//! seed: `HYVITYS_SEED=17 cargo test -p hyvitys-backoffice --features mutants --test simulation` repeats it.
//!
//! Then each rule is taken away in turn, and the same histories must show the harm.
#![cfg(test)]

mod checks;
mod clock;
mod lists;
mod server;
mod staff;
mod world;

use std::num::NonZero;
use std::ops::Range;
use std::panic::catch_unwind;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{LazyLock, Mutex};

use hyvitys_domain::rules::{Rule, drop_rule};
use world::World;

/// Files are read on its threads.
static RUNTIME: LazyLock<tokio::runtime::Runtime> =
    LazyLock::new(|| tokio::runtime::Runtime::new().expect("a runtime"));

/// Lives one history and gives what was broken in it.
fn history(seed: u64) -> Vec<String> {
    let _runtime = RUNTIME.enter();
    let mut world = World::new(seed);
    world.live(24);
    if world.broken().is_empty() {
        world.end();
    }
    world.broken()
}

/// The first of these histories in which something was broken, and what.
///
/// A panic counts only where it must not be: of a world without a rule it proves no harm.
fn first_broken(seeds: Range<u64>, panics_count: bool) -> Option<(u64, Vec<String>)> {
    let (next, found) = (AtomicU64::new(seeds.start), Mutex::new(None));
    let look = || {
        loop {
            let seed = next.fetch_add(1, Ordering::SeqCst);
            if seed >= seeds.end || found.lock().unwrap().is_some() {
                return;
            }
            let broken = catch_unwind(|| history(seed)).unwrap_or_else(|_| {
                let panicked = "something in it panicked".to_owned();
                panics_count.then_some(panicked).into_iter().collect()
            });
            if !broken.is_empty() {
                *found.lock().unwrap() = Some((seed, broken));
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, NonZero::get) {
            scope.spawn(look);
        }
    });
    found.into_inner().unwrap()
}

fn seeds() -> Range<u64> {
    if let Some(seed) = std::env::var("HYVITYS_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok())
    {
        return seed..seed + 1;
    }
    0..if std::env::var_os("HYVITYS_SLOW").is_some() {
        20_000
    } else {
        1_000
    }
}

/// One test, since a dropped rule counts for the whole process.
#[test]
fn no_history_pays_twice_or_lies_and_each_rule_is_missed_when_it_is_dropped() {
    if let Some((seed, broken)) = first_broken(seeds(), true) {
        panic!("history {seed}: {broken:#?}");
    }
    if std::env::var_os("HYVITYS_SEED").is_some() {
        return;
    }
    let mut survivors = Vec::new();
    for rule in Rule::ALL {
        drop_rule(Some(rule));
        let caught = first_broken(0..1_000, false);
        drop_rule(None);
        match caught {
            Some((seed, what)) => println!("without {rule:?}: history {seed}: {}", what[0]),
            None => survivors.push(rule),
        }
    }
    assert!(
        survivors.is_empty(),
        "nobody misses these rules: {survivors:?}"
    );
}
