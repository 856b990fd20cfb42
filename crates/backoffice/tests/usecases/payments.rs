//! Looking at payments: in every order, by every name they have, and with where each value came from.

use hyvitys_backoffice::{Code, PaymentRef, PaymentStanding, Sort, SortBy, TimelineWhat, Why};
use hyvitys_domain::Money;
use hyvitys_store::payments::{Field, Source};

use super::shop::Shop;

#[tokio::test]
async fn pages_in_any_order_hold_every_payment_once_and_say_how_each_stands() {
    let shop = Shop::with_history(150).await;
    for by in [
        SortBy::Created,
        SortBy::Reference,
        SortBy::Customer,
        SortBy::Amount,
        SortBy::Refunded,
        SortBy::Status,
    ] {
        for descending in [false, true] {
            let sort = Sort { by, descending };
            let (mut seen, mut after) = (Vec::new(), None);
            loop {
                let page = shop
                    .office
                    .list(shop.account, "", sort, after.as_deref(), 40)
                    .await
                    .unwrap();
                seen.extend(page.payments.iter().map(|listed| listed.stored.key));
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
            assert_eq!(seen.len(), 150, "{by:?}");
            seen.sort_unstable();
            seen.dedup();
            assert_eq!(seen.len(), 150, "{by:?}");
        }
    }
    for listed in shop.find("refunded:full").await {
        assert_eq!(listed.standing, PaymentStanding::Refunded);
    }
    for listed in shop.find("status:new").await {
        assert_eq!(listed.standing, PaymentStanding::New);
    }
}

#[tokio::test]
async fn a_place_of_one_order_is_none_in_another() {
    let shop = Shop::with_history(20).await;
    let by_time = shop
        .office
        .list(shop.account, "", Sort::default(), None, 5)
        .await;
    let by_time = by_time.unwrap().next.unwrap();
    let by_amount = Sort {
        by: SortBy::Amount,
        descending: true,
    };
    let error = shop
        .office
        .list(shop.account, "", by_amount, Some(&by_time), 5)
        .await
        .unwrap_err();
    assert_eq!(error.code, Code::BadInput);
    assert_eq!(error.why.as_deref(), Some(&Why::NotAPlace));
}

#[tokio::test]
async fn a_query_that_can_not_be_meant_is_told_by_its_operator_and_value() {
    let shop = Shop::open(1).await;
    for (query, kind, operator, value) in [
        ("state:ok", "queryUnknownOperator", "state", "ok"),
        ("amount:ten", "queryNotAnAmount", "amount", "ten"),
        (
            "created:24.10.2026",
            "queryNotADay",
            "created",
            "24.10.2026",
        ),
        ("refunded:some", "queryNotRefunded", "refunded", "some"),
        ("amount:5..2", "queryBackwards", "amount", "5..2"),
        ("tx:xyz", "queryNotTransactionId", "tx", "xyz"),
    ] {
        let sort = Sort::default();
        let listed = shop.office.list(shop.account, query, sort, None, 5).await;
        let summed = shop.office.totals(shop.account, query).await;
        for error in [listed.unwrap_err(), summed.unwrap_err()] {
            assert_eq!(error.code, Code::BadInput);
            let why = serde_json::to_value(error.why).unwrap();
            assert_eq!(why["kind"], kind);
            assert_eq!(why["operator"], operator);
            assert_eq!(why["value"], value);
        }
    }
}

#[tokio::test]
async fn totals_are_those_of_the_list() {
    let shop = Shop::with_history(150).await;
    for query in [
        "",
        "status:paid",
        "refunded:yes",
        "status:hold provider:klarna",
        "a",
    ] {
        let rows = shop.find(query).await;
        let totals = shop.office.totals(shop.account, query).await.unwrap();
        assert_eq!(totals.count, rows.len() as u64, "{query}");
        assert!(!totals.more);
        let amount: Option<Money> = rows.iter().map(|listed| listed.stored.payment.amount).sum();
        assert_eq!(Some(totals.amount), amount, "{query}");
    }
}

#[tokio::test]
async fn a_payment_without_an_id_is_shown_by_its_key_until_it_has_one() {
    let shop = Shop::open(10).await;
    shop.import(shop.page("report.json?status=all&items=true").await)
        .await;
    let listed = shop.find("").await.remove(0);
    let reference = PaymentRef::from(&listed.stored);
    let text = reference.to_string();
    assert!(text.starts_with("key:"), "{text}");
    assert_eq!(text.parse(), Ok(reference));
    let detail = shop.office.show_ref(shop.account, reference).await.unwrap();
    assert_eq!(detail.payment, listed.stored);
    assert_eq!(detail.standing, listed.standing);
    assert!(!detail.lines.is_empty());
    let account = shop.office.active_account(None).await.unwrap();
    assert_eq!(detail.last_report_at, account.last_report_at);
    let status = detail.sources.iter().find(|of| of.field == Field::Status);
    let status = status.unwrap();
    assert_eq!(status.source, Source::Report);
    assert!(
        !detail
            .sources
            .iter()
            .any(|of| of.field == Field::TransactionId)
    );

    // Another account has no such payment, whatever its key.
    let other = super::shop::new_shop("other", "http://127.0.0.1:9", Some("s"));
    let other = shop.office.add_account(other).await.unwrap().account.id;
    let error = shop.office.show_ref(other, reference).await.unwrap_err();
    assert_eq!(error.why.as_deref(), Some(&Why::NoSuchPayment));
    for bad in ["key:", "key:zz", "681538c4", ""] {
        let error = bad.parse::<PaymentRef>().unwrap_err();
        assert_eq!(error.code, Code::BadInput, "{bad}");
    }
}

#[tokio::test]
async fn a_signed_answer_is_told_as_where_values_come_from_and_when() {
    let shop = Shop::with_history(10).await;
    let listed = shop.find("").await.remove(0);
    let id = listed.stored.payment.transaction_id.unwrap();
    let detail = shop.office.show(shop.account, id).await.unwrap();
    let of = |field| detail.sources.iter().find(|of| of.field == field).unwrap();
    assert_eq!(of(Field::Status).source, Source::Signed);
    assert_eq!(of(Field::Status).at, listed.stored.signed_status_at);
    assert_eq!(of(Field::Lines).source, Source::Report);
    let looked = detail
        .timeline
        .iter()
        .find(|entry| entry.what == TimelineWhat::Looked)
        .unwrap();
    assert_eq!(Some(looked.at), listed.stored.payment.checked_at);
    assert_eq!(looked.status.as_ref(), Some(&listed.stored.payment.status));
    assert_eq!(detail.timeline.last().unwrap().what, TimelineWhat::Created);
}

#[tokio::test]
async fn refunds_of_other_tools_are_part_of_a_payments_story() {
    let shop = Shop::with_history(200).await;
    let refunded = shop.find("refunded:yes").await;
    let id = refunded[0].stored.payment.transaction_id.unwrap();
    let detail = shop.office.show(shop.account, id).await.unwrap();
    assert!(detail.operations.is_empty());
    let elsewhere: Vec<_> = detail
        .timeline
        .iter()
        .filter(|entry| entry.what == TimelineWhat::RefundedElsewhere)
        .collect();
    let sum: Option<Money> = detail
        .foreign_refunds
        .iter()
        .filter(|refund| refund.status == hyvitys_store::journal::EvidenceStatus::Done)
        .map(|refund| refund.amount)
        .sum();
    assert_eq!(sum, Some(detail.payment.payment.refunded));
    assert!(!elsewhere.is_empty());
    assert_eq!(elsewhere[0].proof.as_deref(), Some("report"));
    assert_eq!(elsewhere[0].by, None, "nobody here did it");
}
