use std::collections::{BTreeMap, HashSet};

use super::*;
use crate::books::Rates;

fn now() -> DateTime<Utc> {
    "2026-11-01T12:00:00Z".parse().unwrap()
}

fn shop(seed: u64, count: usize) -> Books {
    let dice = Dice::new(seed);
    let mut books = Books::new(dice, Rates::default());
    fill(&mut books, dice, count, now());
    books
}

#[test]
fn the_same_seed_and_start_tell_the_same_story() {
    let (one, same, other) = (shop(1, 300), shop(1, 300), shop(2, 300));
    assert_eq!(one.payments(), same.payments());
    assert_eq!(one.refunds(), same.refunds());
    assert_ne!(one.payments(), other.payments());
    assert_eq!(shop(1, 0).payments().len(), 0);
}

#[test]
fn every_order_adds_up_and_every_stamp_is_its_own() {
    let books = shop(1, 2_000);
    let mut stamps = HashSet::new();
    for payment in books.payments() {
        let sum: Option<Money> = payment.items.iter().map(|i| i.total().unwrap()).sum();
        assert_eq!(sum, Some(payment.amount), "{}", payment.reference);
        assert!(payment.amount.is_payable());
        assert!(stamps.insert(payment.stamp.clone()));
        for item in &payment.items {
            assert!(stamps.insert(item.stamp.clone().unwrap()));
        }
        assert!(books.refunded(payment.id) <= payment.amount);
    }
}

#[test]
fn the_history_has_every_status_and_provider_and_is_mostly_klarna() {
    let books = shop(1, 2_000);
    let mut statuses = BTreeMap::new();
    let mut providers: BTreeMap<String, usize> = BTreeMap::new();
    for payment in books.payments() {
        *statuses.entry(payment.status.to_string()).or_insert(0) += 1;
        if let Some(provider) = &payment.provider {
            *providers.entry(provider.to_string()).or_insert(0) += 1;
        }
        assert!(payment.created_at <= now() && payment.created_at > now() - Duration::days(121));
    }
    for status in [
        "new",
        "ok",
        "fail",
        "pending",
        "delayed",
        "authorization-hold",
    ] {
        assert!(
            statuses.contains_key(status),
            "{status} is missing: {statuses:?}"
        );
    }
    assert!(providers.len() >= 10, "{providers:?}");
    let holds = books
        .payments()
        .iter()
        .filter(|p| p.has_open_hold() && p.is_klarna())
        .count();
    assert!((30..90).contains(&holds), "{holds} open Klarna holds");
    let klarna = providers["klarna"];
    assert!((1_500..1_700).contains(&klarna), "{klarna} of 2000");
    let refunds: HashSet<String> = books
        .refunds()
        .iter()
        .map(|r| r.status.to_string())
        .collect();
    assert_eq!(refunds.len(), 3, "{refunds:?}");
    let letters: String = books
        .payments()
        .iter()
        .map(|p| p.customer.last_name.as_str())
        .collect();
    assert!(
        ['å', 'ä', 'ö']
            .iter()
            .all(|letter| letters.contains(*letter))
    );
}

#[test]
fn open_holds_run_out_in_hours_to_weeks() {
    let books = shop(7, 40);
    let left: Vec<i64> = books
        .payments()
        .iter()
        .filter_map(|p| p.deadline())
        .map(|d| (d - now()).num_hours())
        .collect();
    assert!(left.iter().all(|hours| *hours >= 0), "{left:?}");
    assert!(left.iter().any(|hours| *hours < 4), "{left:?}");
    assert!(left.iter().any(|hours| *hours > 14 * 24), "{left:?}");
}

#[test]
fn the_balance_is_what_was_paid_and_not_refunded() {
    let books = shop(1, 500);
    let paid: Option<Money> = books
        .payments()
        .iter()
        .filter(|p| p.paid_at.is_some())
        .map(|p| p.amount)
        .sum();
    let refunded: Option<Money> = books
        .refunds()
        .iter()
        .filter(|r| r.holds_money())
        .map(|r| r.amount)
        .sum();
    assert_eq!(
        paid.unwrap().checked_sub(refunded.unwrap()),
        Some(books.balance())
    );
}

#[test]
fn a_bank_reference_ends_with_its_check_digit() {
    assert_eq!(bank_reference(123_456), "1234561");
}
