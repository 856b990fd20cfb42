//! Ratios, measured side by side in one run: what the store does against the least that could be
//! done. Prints goal and measured and never fails, since machines differ.
//!
//! `HYVITYS_BENCH_ROWS` sets how many payments the lists are measured on (1 000 000).

#![expect(clippy::print_stdout, reason = "a bench is there to print")]

mod commits;
mod import;
mod lists;
mod rows;
mod sorts;

use std::error::Error;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use hyvitys_domain::AccountId;
use hyvitys_store::{NewAccount, OpenOptions, Store};
use tempfile::TempDir;

/// What a bench may end with; nothing is handled, a broken bench shall say so.
type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    // `cargo test --benches` runs this program, too: there is nothing to test in it.
    if std::env::args().any(|argument| argument == "--test") {
        return Ok(());
    }
    println!("{:<62} {:>12} {:>12}", "what", "goal", "measured");
    import::run()?;
    lists::run()?;
    commits::run()
}

fn line(what: &str, goal: &str, measured: &str) {
    println!("{what:<62} {goal:>12} {measured:>12}");
}

fn ratio(a: Duration, b: Duration) -> f64 {
    a.as_secs_f64() / b.as_secs_f64().max(1e-9)
}

/// The given share (0 to 1) of many measurements.
fn percentile(times: &mut [Duration], share: f64) -> Duration {
    times.sort_unstable();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a place in a short list"
    )]
    let place = (times.len() as f64 * share) as usize;
    times
        .get(place.min(times.len().saturating_sub(1)))
        .copied()
        .unwrap_or_default()
}

fn timed<T>(work: impl FnOnce() -> Outcome<T>) -> Outcome<(T, Duration)> {
    let start = Instant::now();
    let result = work()?;
    Ok((result, start.elapsed()))
}

fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp_millis(1_795_176_000_000).unwrap_or_default()
}

fn shop() -> Outcome<(TempDir, Store, AccountId)> {
    let dir = tempfile::tempdir()?;
    let store = Store::open(OpenOptions {
        dir: dir.path().to_owned(),
        heads_dir: dir.path().join("heads"),
        os_user: "bench".to_owned(),
        seal: None,
    })?;
    let new = NewAccount {
        name: "Bench".to_owned(),
        origin: "https://services.paytrail.com".parse()?,
        merchant: "375917".parse()?,
        callback_url: None,
    };
    let account = store.write_blocking(move |tx| tx.add_account(&new, noon()))?;
    Ok((dir, store, account))
}
