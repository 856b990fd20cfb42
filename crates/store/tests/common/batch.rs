//! What the tests of batches share: a shop with ten paid payments, and the steps of its batches.

#![allow(dead_code, reason = "each test program uses a part")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests, which fail by panicking"
)]

use chrono::{DateTime, Utc};
use hyvitys_domain::{
    BatchId, BatchPause, IntentId, Moment, Money, OperationId, OperationKind, OperationState,
    RefundStamp,
};
use hyvitys_store::batches::{
    Batch, BatchLine, BatchOrigin, BatchRefused, Begun, LineBegin, LineRefused, NewBatch,
    NewBatchLine, NotResumed,
};
use hyvitys_store::journal::{Answer, NewAttempt, Owner, OwnerId, Step};
use uuid::Uuid;

use super::{Shop, id, now, signed};

pub fn at(time: DateTime<Utc>) -> Moment {
    Moment {
        at: time,
        boot: "boot".to_owned(),
        up_ms: time.timestamp_millis(),
    }
}

pub fn batch_id(number: u8) -> BatchId {
    BatchId::from_uuid(Uuid::from_bytes([number; 16]))
}

pub fn line(payment: u8, cents: i64) -> NewBatchLine {
    NewBatchLine {
        place: u32::from(payment) + 1,
        named: format!("{}", 1000 + u32::from(payment)),
        fields: vec!["=1+1".to_owned(), cents.to_string()],
        transaction_id: Some(id(payment)),
        amount: Some(Money::from_cents(cents)),
        item_stamp: None,
        email: None,
        refund_reference: None,
        note: None,
        again: false,
        payment_amount: Some(Money::from_cents(10_000)),
        payment_taken: Some(Money::ZERO),
        left_out: None,
    }
}

pub fn new_batch(shop: &Shop, number: u8, owner: OwnerId, lines: Vec<NewBatchLine>) -> NewBatch {
    NewBatch {
        id: batch_id(number),
        account: shop.account,
        kind: OperationKind::Refund,
        name: "palautukset.csv".to_owned(),
        origin: BatchOrigin::File,
        digest: [number; 32],
        file_digest: Some([7; 32]),
        header: vec!["viite".to_owned(), "summa".to_owned()],
        intent: IntentId::new(format!("intent-{number}")).unwrap(),
        refund_reason: None,
        note: Some("takaisin".to_owned()),
        concurrency: 4,
        follows: None,
        owner,
        count: lines.len() as u64,
        sum: Money::from_cents(100),
        lines,
    }
}

/// A shop with ten paid payments of 100 €, and the process that sends.
pub fn open() -> (Shop, Owner) {
    let shop = Shop::open();
    let facts: Vec<_> = (1..=10)
        .map(|number| signed(number, "ok", 10_000))
        .collect();
    shop.apply(&facts);
    let owner = Owner::claim(shop.dir.path()).unwrap();
    (shop, owner)
}

pub fn confirm(shop: &Shop, new: &NewBatch) -> Result<Batch, BatchRefused> {
    let new = new.clone();
    shop.store
        .write_blocking(move |tx| tx.confirm_batch(&new, &at(now())))
        .unwrap()
}

pub fn begin(shop: &Shop, batch: u8, position: u32, owner: OwnerId) -> Begun {
    begin_at(shop, batch, position, owner, now())
}

pub fn begin_at(
    shop: &Shop,
    batch: u8,
    position: u32,
    owner: OwnerId,
    time: DateTime<Utc>,
) -> Begun {
    let begin = LineBegin {
        batch: batch_id(batch),
        position,
        owner,
        operation: OperationId::from_uuid(Uuid::new_v4()),
        refund_stamp: Some(RefundStamp::from_random(Uuid::new_v4().as_u128())),
        tell: |why| {
            let kind = match why {
                LineRefused::PaymentChanged { .. } => "changed",
                LineRefused::Refused(_) => "refused",
            };
            (format!("{{\"kind\":\"{kind}\"}}"), why.to_string())
        },
    };
    shop.store
        .write_blocking(move |tx| tx.begin_line(&begin, &at(time)))
        .unwrap()
}

pub fn begun(shop: &Shop, batch: u8, position: u32, owner: OwnerId) -> OperationId {
    begun_at(shop, batch, position, owner, now())
}

pub fn begun_at(
    shop: &Shop,
    batch: u8,
    position: u32,
    owner: OwnerId,
    time: DateTime<Utc>,
) -> OperationId {
    match begin_at(shop, batch, position, owner, time) {
        Begun::Begun(operation) => operation.id,
        other => panic!("line {position} was not begun: {other:?}"),
    }
}

pub fn read(shop: &Shop, batch: u8) -> Batch {
    shop.store
        .read_blocking(move |tx| tx.batch(batch_id(batch)))
        .unwrap()
        .unwrap()
}

pub fn read_line(shop: &Shop, batch: u8, position: u32) -> BatchLine {
    shop.store
        .read_blocking(move |tx| tx.batch_line(batch_id(batch), position))
        .unwrap()
        .unwrap()
}

pub fn waiting(shop: &Shop, batch: u8) -> Vec<u32> {
    shop.store
        .read_blocking(move |tx| tx.waiting_positions(batch_id(batch)))
        .unwrap()
}

pub fn pause(shop: &Shop, batch: u8) -> Batch {
    shop.store
        .write_blocking(move |tx| {
            tx.pause_batch(batch_id(batch), BatchPause::Person, None, &at(now()))
        })
        .unwrap()
}

pub fn release(shop: &Shop, batch: u8, owner: OwnerId) -> Batch {
    shop.store
        .write_blocking(move |tx| tx.release_batch(batch_id(batch), owner, &at(now())))
        .unwrap()
}

pub fn resume_at(
    shop: &Shop,
    batch: u8,
    owner: OwnerId,
    time: DateTime<Utc>,
) -> Result<Batch, NotResumed> {
    shop.store
        .write_blocking(move |tx| tx.resume_batch(batch_id(batch), owner, &at(time)))
        .unwrap()
}

pub fn resume(shop: &Shop, batch: u8, owner: OwnerId) -> Result<Batch, NotResumed> {
    resume_at(shop, batch, owner, now())
}

pub fn recover(shop: &Shop) {
    shop.store
        .write_blocking(|tx| tx.recover(&at(now())))
        .unwrap();
}

pub fn settle(shop: &Shop, id: OperationId, to: OperationState, reason: &str) {
    let answer = Answer {
        reason: Some(reason.to_owned()),
        ..Answer::default()
    };
    let step = shop
        .store
        .write_blocking(move |tx| tx.settle(id, &[OperationState::Queued], to, &answer, &at(now())))
        .unwrap();
    assert!(matches!(step, Step::Taken(_)));
}

pub fn claim(shop: &Shop, id: OperationId, owner: OwnerId) -> bool {
    let attempt = NewAttempt {
        nonce: Uuid::new_v4().to_string(),
        call: "refund".to_owned(),
    };
    let step = shop
        .store
        .write_blocking(move |tx| tx.claim(id, OperationState::Queued, owner, &attempt, &at(now())))
        .unwrap();
    matches!(step, Step::Taken(_))
}
