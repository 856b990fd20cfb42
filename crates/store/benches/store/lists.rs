//! Rows 3, 4 and 5: pages, searches and sums over many payments, warm.

use std::time::{Duration, Instant};

use hyvitys_domain::AccountId;
use hyvitys_store::Store;
use hyvitys_store::payments::{Cursor, Query, Sort};
use rusqlite::{Connection, OpenFlags};

use crate::rows::Random;
use crate::{Outcome, line, noon, percentile, ratio, rows, shop, sorts, timed};

const PAGE: usize = 50;
const ASKED: usize = 400;

pub fn run() -> Outcome<()> {
    let wanted = std::env::var("HYVITYS_BENCH_ROWS")
        .ok()
        .and_then(|rows| rows.parse().ok());
    let wanted: u64 = wanted.unwrap_or(1_000_000);
    let (_dir, store, account) = shop()?;
    let mut facts = rows::facts(&rows::report(wanted), true)?;
    facts.sort_by_key(|facts| facts.created.map(|created| created.time.at));
    while !facts.is_empty() {
        let part = facts.split_off(facts.len().saturating_sub(50_000));
        store.write_blocking(move |tx| tx.apply(account, &part))?;
    }
    line(&format!("   ({wanted} payments)"), "", "");
    pages(&store, account)?;
    sums(&store, account)?;
    sorts::give_back(&store, account)?;
    sorts::run(&store, account)?;
    line("5  substring search", ">= 50", "not built");
    Ok(())
}

/// The 99th percentile of many pages; each in a read job, as the window asks.
fn p99(
    store: &Store,
    account: AccountId,
    mut ask: impl FnMut(usize) -> Outcome<(Query, Option<Cursor>)>,
) -> Outcome<Duration> {
    let mut times = Vec::with_capacity(ASKED);
    for number in 0..ASKED + 20 {
        let (query, after) = ask(number)?;
        let start = Instant::now();
        store.read_blocking(move |tx| {
            tx.list(account, &query, Sort::default(), after.as_ref(), PAGE)
        })?;
        if number >= 20 {
            times.push(start.elapsed());
        }
    }
    Ok(percentile(&mut times, 0.99))
}

fn pages(store: &Store, account: AccountId) -> Outcome<()> {
    let show = |what: &str, time: Duration| line(what, "p99 <= 2 ms", &format!("{time:.2?}"));
    let first = p99(store, account, |_| Ok((Query::default(), None)))?;
    show("3  first page", first);
    let mut keys = Vec::new();
    let mut after = None;
    for _ in 0..200 {
        let page = store.read_blocking(move |tx| {
            tx.list(
                account,
                &Query::default(),
                Sort::default(),
                after.as_ref(),
                1_000,
            )
        })?;
        after = page.next;
        keys.extend(after.clone());
        if after.is_none() {
            break;
        }
    }
    let deep = p99(store, account, |number| {
        let deepest = keys.len().saturating_sub(1 + number % 10);
        Ok((Query::default(), keys.get(deepest).cloned()))
    })?;
    show("3  deep page", deep);
    line(
        "3  deep page : first page",
        "<= 3",
        &format!("{:.2}", ratio(deep, first)),
    );
    for letters in 1..=5 {
        let mut random = Random::new(3);
        let time = p99(store, account, |_| {
            let word: String = random
                .name()
                .chars()
                .chain("aino".chars())
                .take(letters)
                .collect();
            Ok((Query::parse(&word)?, None))
        })?;
        show(&format!("3  search, {letters} letters"), time);
    }
    for query in [
        "status:delayed",
        "status:pending provider:klarna",
        "provider:nordea",
        "status:ok",
        "reference:ORD-1",
        "reference:ORD-10423",
        "email:ma",
        "tx:6",
        "ma status:ok",
        "ma vi",
    ] {
        let time = p99(store, account, |_| Ok((Query::parse(query)?, None)))?;
        show(&format!("3  {query}"), time);
    }
    Ok(())
}

fn sums(store: &Store, account: AccountId) -> Outcome<()> {
    let db = Connection::open_with_flags(store.path(), OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    db.execute_batch("PRAGMA mmap_size = 1073741824")?;
    let mut grouped = Vec::new();
    let mut rollup = Vec::new();
    let to = noon().date_naive();
    let from = to - chrono::TimeDelta::days(365);
    for _ in 0..5 {
        let (days, time) = timed(|| {
            let mut statement = db.prepare(
                "SELECT (id >> 20) / 86400000 AS day, status, provider, count(*), sum(amount),
                    sum(refunded)
                 FROM payment WHERE account = 1 GROUP BY day, status, provider",
            )?;
            let days = statement.query_map([], |row| row.get::<_, i64>(3))?;
            Ok(days.collect::<Result<Vec<_>, _>>()?)
        })?;
        grouped.push(time);
        let (sums, time) =
            timed(|| Ok(store.read_blocking(move |tx| tx.day_sums(account, from, to))?))?;
        rollup.push(time);
        if days.is_empty() || sums.is_empty() {
            return Err("there is nothing to sum up".into());
        }
    }
    let (grouped, rollup) = (percentile(&mut grouped, 0.5), percentile(&mut rollup, 0.5));
    line(
        "4  the year grouped from payments : from the daily sums",
        ">= 50",
        &format!("{:.0}", ratio(grouped, rollup)),
    );
    line(
        "   (grouped, daily sums)",
        "",
        &format!("{grouped:.1?} {rollup:.2?}"),
    );
    Ok(())
}
