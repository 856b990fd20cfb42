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

mod clock;
mod server;
mod world;

use hyvitys_domain::rules::{Rule, drop_rule};
use world::World;

/// Lives one history and gives what was broken in it.
fn history(seed: u64) -> Vec<String> {
    let mut world = World::new(seed);
    world.live(24);
    if world.broken().is_empty() {
        world.end();
    }
    world.broken()
}

fn seeds() -> std::ops::Range<u64> {
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
    for seed in seeds() {
        let broken = history(seed);
        assert!(broken.is_empty(), "history {seed}: {broken:#?}");
    }
    if std::env::var_os("HYVITYS_SEED").is_some() {
        return;
    }
    let mut survivors = Vec::new();
    for rule in Rule::ALL {
        drop_rule(Some(rule));
        let caught =
            (0..800).find_map(|seed| history(seed).into_iter().next().map(|what| (seed, what)));
        drop_rule(None);
        match caught {
            Some((seed, what)) => println!("without {rule:?}: history {seed}: {what}"),
            None => survivors.push(rule),
        }
    }
    assert!(
        survivors.is_empty(),
        "nobody misses these rules: {survivors:?}"
    );
}
