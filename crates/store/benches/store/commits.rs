//! Row 7: what one durable write costs, alone and in company.

use std::fs::OpenOptions;
use std::io::{Seek, SeekFrom, Write};
use std::thread;
use std::time::{Duration, Instant};

use hyvitys_domain::{AccountId, TransactionId};
use hyvitys_store::{Store, StoreError};
use uuid::Uuid;

use crate::{Outcome, line, noon, percentile, ratio, shop};

const SINGLE: u128 = 400;
const TOGETHER: u128 = 32;
const EACH: u128 = 100;

pub fn run() -> Outcome<()> {
    let (dir, store, account) = shop()?;
    let mut bare = Vec::new();
    let mut file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(dir.path().join("bare"))?;
    file.write_all(&[0; 8192])?;
    file.sync_all()?;
    let mut single = Vec::new();
    // In turns, so that both see the same disk.
    for number in 0..SINGLE {
        let start = Instant::now();
        file.seek(SeekFrom::Start(0))?;
        file.write_all(&[1; 4096])?;
        file.sync_data()?;
        bare.push(start.elapsed());
        let start = Instant::now();
        write(&store, account, number)?;
        single.push(start.elapsed());
    }
    let alone: Duration = single.iter().sum();
    let (bare, p50) = (percentile(&mut bare, 0.5), percentile(&mut single, 0.5));
    line(
        "7  one durable write, p50 : a bare fdatasync overwrite",
        "<= 2",
        &format!("{:.2}", ratio(p50, bare)),
    );
    line(
        "   (write, overwrite)",
        "",
        &format!("{p50:.0?} {bare:.0?}"),
    );

    let start = Instant::now();
    thread::scope(|scope| {
        let threads: Vec<_> = (1..=TOGETHER)
            .map(|one| {
                let store = &store;
                scope.spawn(move || {
                    (0..EACH).try_for_each(|number| write(store, account, one << 64 | number))
                })
            })
            .collect();
        threads
            .into_iter()
            .try_for_each(|thread| thread.join().unwrap_or(Err(StoreError::Closed)))
    })?;
    let together = start.elapsed();
    // Throughput: writes per second of 32 callers, against those of one.
    let many = u32::try_from(TOGETHER * EACH)?;
    let one = u32::try_from(SINGLE)?;
    line(
        "7  throughput of 32 at once : of one alone",
        ">= 10",
        &format!("{:.1}", ratio(alone / one, together / many)),
    );
    Ok(())
}

fn write(store: &Store, account: AccountId, number: u128) -> Result<(), StoreError> {
    let id = TransactionId::from_uuid(Uuid::from_u128(number));
    store.write_blocking(move |tx| tx.await_payments(account, &[id], noon()))?;
    Ok(())
}
