//! Batches of all payments of a shop.

use hyvitys_backoffice::bulk::{
    BatchConfirmation, BatchOptions, BatchPlan, BatchSource, BatchView,
};
use hyvitys_domain::OperationKind;

use crate::bent::Shop;

/// A plan of all payments of the shop, and a person's confirmation of it.
pub async fn planned(
    shop: &Shop,
    kind: OperationKind,
    concurrency: u32,
) -> (BatchPlan, BatchConfirmation) {
    let office = shop.office();
    let ids = shop.payments.iter().map(|id| id.parse().unwrap()).collect();
    let (source, options) = (BatchSource::Payments(ids), BatchOptions::default());
    let plan = office.plan_batch(shop.account, kind, source, options);
    let plan = plan.await.unwrap();
    let sends = plan.sends();
    assert_eq!(usize::try_from(sends.count).unwrap(), shop.payments.len());
    let said = BatchConfirmation {
        digest: plan.digest.clone(),
        count: sends.count,
        sum: sends.sum,
        typed: Some(sends.sum),
        intent: office.new_intent(),
        refund_reason: None,
        note: None,
        concurrency: Some(concurrency),
    };
    (plan, said)
}

/// A confirmed batch of all payments of the shop, which this process may run.
pub async fn confirmed(shop: &Shop, kind: OperationKind, concurrency: u32) -> BatchView {
    let (plan, said) = planned(shop, kind, concurrency).await;
    shop.office().confirm_batch(&plan, said).await.unwrap()
}

/// Refunds in the server's books, of each payment.
pub fn refunds(shop: &Shop) -> Vec<usize> {
    let books = shop.server.books();
    let of = |id: &String| books.refunds.iter().filter(|r| r.payment == *id).count();
    shop.payments.iter().map(of).collect()
}
