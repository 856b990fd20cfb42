//! The other orders of a list, the filters by amount and refund, and sums of what a query finds.
//!
//! Created, status, refunded and reference have indexes and are measured like the pages. Amount and customer keep
//! the best of a scan, since an index more would cost every import: their time grows with the payments.

use std::time::{Duration, Instant};

use hyvitys_domain::{AccountId, Money};
use hyvitys_store::Store;
use hyvitys_store::payments::{Cursor, PaymentKey, Query, Sort, SortBy};

use crate::{Outcome, line, percentile};

const PAGE: usize = 50;
/// Of each measurement; the slow ones read every payment.
const ASKED: usize = 40;
/// One payment in so many has been refunded.
const REFUNDED: usize = 33;

/// Gives something back of some payments, as reports with refunds do.
pub fn give_back(store: &Store, account: AccountId) -> Outcome<()> {
    let mut after: Option<Cursor> = None;
    loop {
        let from = after.clone();
        let page = store.read_blocking(move |tx| {
            tx.list(
                account,
                &Query::default(),
                Sort::default(),
                from.as_ref(),
                1_000,
            )
        })?;
        let some: Vec<(PaymentKey, Money)> = page
            .rows
            .iter()
            .step_by(REFUNDED)
            .map(|stored| (stored.key, stored.payment.amount))
            .collect();
        store.write_blocking(move |tx| {
            for (number, (key, amount)) in some.into_iter().enumerate() {
                let refunded = if number % 2 == 0 {
                    amount
                } else {
                    Money::SMALLEST
                };
                tx.set_refund_sums(key, refunded, Money::ZERO)?;
            }
            Ok(())
        })?;
        after = page.next;
        if after.is_none() {
            return Ok(());
        }
    }
}

pub fn run(store: &Store, account: AccountId) -> Outcome<()> {
    use SortBy::{Amount, Created, Customer, Reference, Refunded, Status};
    for (by, goal) in [
        (Created, "<= 2 ms"),
        (Status, "<= 2 ms"),
        (Refunded, "<= 2 ms"),
        (Reference, "<= 2 ms"),
        (Amount, "100k < 50 ms"),
        (Customer, "100k < 50 ms"),
    ] {
        for descending in [false, true] {
            let sort = Sort { by, descending };
            let way = if descending {
                "descending"
            } else {
                "ascending"
            };
            let (first, second) = pages(store, account, "", sort)?;
            line(
                &format!("   by {by:?}, {way}: first page, second"),
                goal,
                &format!("{first:.1?} {second:.1?}"),
            );
        }
    }
    let amount = Sort {
        by: Amount,
        descending: true,
    };
    for query in ["status:ok", "status:delayed", "ma", "created:2026-03"] {
        let (first, _) = pages(store, account, query, amount)?;
        line(
            &format!("   by Amount, {query}"),
            "100k < 50 ms",
            &format!("{first:.1?}"),
        );
    }
    for query in [
        "refunded:yes",
        "refunded:partly status:ok",
        "refunded:no",
        "amount:>100",
        "amount:19,90",
        "created:2026-03",
        "status:hold created:2026-03",
    ] {
        let (first, _) = pages(store, account, query, Sort::default())?;
        line(&format!("   {query}"), "", &format!("{first:.1?}"));
    }
    for query in [
        "",
        "status:ok provider:klarna",
        "created:2026-03",
        "refunded:yes",
        "amount:>100",
        "amount:19,90",
        "ma",
        "ma vi",
        "reference:ORD-1",
    ] {
        let time = totals(store, account, query)?;
        line(
            &format!("   totals of '{query}'"),
            "",
            &format!("{time:.1?}"),
        );
    }
    Ok(())
}

/// The best time of a list's first page, and of its second: what is asked of a person's machine at a time
/// is one page, and the median of a busy machine tells more of the machine.
fn pages(
    store: &Store,
    account: AccountId,
    query: &str,
    sort: Sort,
) -> Outcome<(Duration, Duration)> {
    let query = Query::parse(query)?;
    let (mut first, mut second) = (Vec::new(), Vec::new());
    for _ in 0..ASKED {
        let mut after: Option<Cursor> = None;
        for times in [&mut first, &mut second] {
            let (query, from) = (query.clone(), after.take());
            let start = Instant::now();
            let page = store
                .read_blocking(move |tx| tx.list(account, &query, sort, from.as_ref(), PAGE))?;
            times.push(start.elapsed());
            after = page.next;
        }
    }
    Ok((percentile(&mut first, 0.0), percentile(&mut second, 0.0)))
}

fn totals(store: &Store, account: AccountId, query: &str) -> Outcome<Duration> {
    let query = Query::parse(query)?;
    let mut times = Vec::new();
    for _ in 0..ASKED {
        let query = query.clone();
        let start = Instant::now();
        store.read_blocking(move |tx| tx.totals(account, &query))?;
        times.push(start.elapsed());
    }
    Ok(percentile(&mut times, 0.0))
}
