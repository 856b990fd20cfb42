//! Operations with their payments, page by page, and how the payments of a page stand.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking, and so do its helpers"
)]
#![allow(
    clippy::redundant_closure_for_method_calls,
    reason = "a method's path is not general enough over the transaction's lifetime"
)]

mod common;

use chrono::TimeDelta;
use common::{Shop, id, now, signed};
use hyvitys_domain::{
    IntentId, Moment, Money, OperationId, OperationKind, OperationState, PaymentStanding,
    RefundStamp,
};
use hyvitys_store::journal::{
    Answer, NewAttempt, NewOperation, OperationCursor, OperationRow, Owner,
};
use hyvitys_store::payments::Query;
use uuid::Uuid;

struct Desk {
    shop: Shop,
    owner: Owner,
    made: u128,
}

fn at(minutes: i64) -> Moment {
    Moment {
        at: now() + TimeDelta::minutes(minutes),
        boot: "b".into(),
        up_ms: minutes * 60_000,
    }
}

impl Desk {
    /// A desk over payments of these statuses, 10 € each.
    fn over(statuses: &[&str]) -> Desk {
        let shop = Shop::open();
        let facts: Vec<_> = (1..)
            .zip(statuses)
            .map(|(number, status)| signed(number, status, 1_000))
            .collect();
        shop.apply(&facts);
        let owner = Owner::claim(shop.dir.path()).unwrap();
        Desk {
            shop,
            owner,
            made: 0,
        }
    }

    /// Orders something at a minute and lets it end in a state, for a reason.
    fn order(
        &mut self,
        payment: u8,
        kind: OperationKind,
        minute: i64,
        end: (OperationState, &str),
    ) -> OperationId {
        self.made += 1;
        let refund = kind == OperationKind::Refund;
        let new = NewOperation {
            id: OperationId::from_uuid(Uuid::from_u128(self.made)),
            account: self.shop.account,
            kind,
            transaction_id: id(payment),
            amount: refund.then_some(Money::from_cents(100 + i64::try_from(self.made).unwrap())),
            items: Vec::new(),
            intent: IntentId::from_random(self.made),
            confirmed: at(minute),
            made_at: at(minute).at,
            refund_stamp: refund.then(|| RefundStamp::from_random(self.made)),
            refund_reference: None,
            email: None,
            note: None,
            refund_reason: None,
            again: false,
            repeat_of: None,
            owner: self.owner.id(),
        };
        let (number, owner) = (new.id, self.owner.id());
        let (state, answer) = (
            end.0,
            Answer {
                reason: Some(end.1.to_owned()),
                ..Answer::default()
            },
        );
        let attempt = NewAttempt {
            nonce: format!("n-{}", self.made),
            call: "call".into(),
        };
        let store = &self.shop.store;
        store
            .write_blocking(move |tx| tx.create_operation(&new))
            .unwrap()
            .unwrap();
        if state == OperationState::Queued {
            return number;
        }
        store
            .write_blocking(move |tx| {
                let queued = OperationState::Queued;
                tx.claim(number, queued, owner, &attempt, &at(minute))?;
                if state != OperationState::Sending {
                    tx.answered(number, &attempt.nonce, state, &answer, &at(minute))?;
                }
                Ok(())
            })
            .unwrap();
        number
    }

    fn rows(&self, limit: usize) -> Vec<OperationRow> {
        let account = self.shop.account;
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let page = self
                .shop
                .store
                .read_blocking(move |tx| tx.operation_rows(account, after, limit))
                .unwrap();
            assert!(page.rows.len() <= limit);
            all.extend(page.rows);
            match page.next {
                Some(next) => after = Some(OperationCursor::parse(&next.to_string()).unwrap()),
                None => return all,
            }
        }
    }

    fn standings(&self) -> Vec<PaymentStanding> {
        let account = self.shop.account;
        let mut rows = self.shop.page(&Query::default(), None, 1_000).rows;
        rows.reverse();
        self.shop
            .store
            .read_blocking(move |tx| tx.standings(account, &rows))
            .unwrap()
    }
}

#[test]
fn unknown_operations_stand_first_and_all_others_newest_first_on_pages_of_any_length() {
    use OperationState::{Accepted, Done, Failed, Rejected, Unknown};
    let mut desk = Desk::over(&["ok"; 6]);
    let ends = [
        Done, Unknown, Rejected, Accepted, Unknown, Failed, Done, Unknown, Accepted,
    ];
    for (number, state) in ends.into_iter().enumerate() {
        // Two at each minute, so that the time alone does not tell them apart.
        let minute = i64::try_from(number / 2).unwrap();
        let payment = u8::try_from(1 + number % 6).unwrap();
        desk.order(payment, OperationKind::Refund, minute, (state, "x"));
    }
    let all = desk.rows(1_000);
    assert_eq!(all.len(), ends.len());
    let unknown = all
        .iter()
        .filter(|row| row.operation.state == Unknown)
        .count();
    assert!(
        all[..unknown]
            .iter()
            .all(|row| row.operation.state == Unknown)
    );
    for run in [&all[..unknown], &all[unknown..]] {
        assert!(run.is_sorted_by_key(|row| {
            std::cmp::Reverse((row.operation.confirmed_at, row.operation.id))
        }));
    }
    for limit in 1..ends.len() + 2 {
        assert_eq!(desk.rows(limit), all, "pages of {limit}");
    }
    let first = &all[0];
    assert_eq!(first.reference, "1002");
    assert_eq!(first.payment_amount, Money::from_cents(1_000));
    assert_eq!(first.provider.as_ref().unwrap().as_str(), "klarna");
    assert_eq!(first.confirmed_by.as_deref(), Some("maija"));
    assert!(!first.is_repeated);
    for text in ["", "u", "x1-2", "o12", "u1-zz", "o9223372036854775807-1"] {
        assert!(OperationCursor::parse(text).is_none(), "{text}");
    }
}

#[test]
fn operations_are_counted_and_summed_up_by_kind_and_state() {
    use OperationState::{Accepted, Done, Unknown};
    let mut desk = Desk::over(&["ok", "ok", "pending"]);
    desk.order(1, OperationKind::Refund, 0, (Done, "x"));
    desk.order(2, OperationKind::Refund, 0, (Done, "x"));
    desk.order(2, OperationKind::Refund, 0, (Unknown, "x"));
    desk.order(3, OperationKind::Activate, 0, (Accepted, "x"));
    let account = desk.shop.account;
    let sums = desk
        .shop
        .store
        .read_blocking(move |tx| tx.operation_sums(account))
        .unwrap();
    let told: Vec<_> = sums
        .iter()
        .map(|sum| (sum.kind, sum.state, sum.count, sum.amount.cents()))
        .collect();
    assert_eq!(
        told,
        [
            (OperationKind::Activate, Accepted, 1, 1_000),
            (OperationKind::Refund, Done, 2, 203),
            (OperationKind::Refund, Unknown, 1, 103),
        ]
    );
}

#[test]
fn how_payments_stand_follows_from_their_operations() {
    use OperationKind::{Activate, Cancel, Refund};
    use OperationState::{Accepted, Done, Queued, Sending, Unknown};
    let mut desk = Desk::over(&[
        "ok", "ok", "ok", "ok", "ok", "pending", "pending", "pending", "fail", "fail", "fail",
    ]);
    desk.order(2, Refund, 0, (Queued, "x"));
    desk.order(3, Refund, 0, (Sending, "x"));
    desk.order(4, Refund, 0, (Accepted, "x"));
    desk.order(4, Refund, 0, (Unknown, "x"));
    desk.order(5, Refund, 0, (Done, "x"));
    desk.order(6, Activate, 0, (Accepted, "x"));
    desk.order(7, Cancel, 0, (Queued, "x"));
    desk.order(9, Cancel, 0, (Done, "cancelled"));
    // Nobody knows whether this cancel was what ended the hold.
    desk.order(10, Cancel, 0, (Done, "hold_gone"));
    assert_eq!(
        desk.standings(),
        [
            PaymentStanding::Paid,
            PaymentStanding::RefundRequested,
            PaymentStanding::Sending,
            PaymentStanding::Unknown,
            PaymentStanding::PartlyRefunded,
            PaymentStanding::Activating,
            PaymentStanding::Cancelling,
            PaymentStanding::Hold,
            PaymentStanding::Cancelled,
            PaymentStanding::Failed,
            PaymentStanding::Failed,
        ]
    );
    // One that was seen as a hold and reads `fail` is gone, and nobody says how.
    let mut gone = signed(8, "fail", 1_000);
    gone.at += TimeDelta::minutes(5);
    desk.shop.apply(&[gone]);
    assert_eq!(desk.standings()[7], PaymentStanding::HoldGone);
}
