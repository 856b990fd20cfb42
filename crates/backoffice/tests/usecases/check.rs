//! The live check of an account: it says what stands in the way, and keeps nothing.

use hyvitys_backoffice::{CheckReport, ClockCheck, Code, Offered, SignatureCheck, Why};
use hyvitys_domain::{ApiOrigin, MerchantId};
use hyvitys_sandbox::TEST_SECRET;
use hyvitys_secrets::SecretText;

use super::shop::Shop;

async fn with_secret(shop: &Shop, origin: &str, secret: &str) -> CheckReport {
    let origin: ApiOrigin = origin.parse().unwrap();
    let merchant: MerchantId = "375917".parse().unwrap();
    let secret = SecretText::new(secret.to_owned());
    let report = shop
        .office
        .check_credentials(origin, merchant, &secret)
        .await;
    report.unwrap()
}

/// An address on this machine where nobody listens.
fn nobody() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

#[tokio::test]
async fn a_good_account_is_accepted_its_clock_is_right_and_klarna_is_asked_for_at_three_amounts() {
    let shop = Shop::open(3).await;
    let (office, account) = (shop.office.clone(), shop.account);
    // On a task of its own, as a window runs it.
    let kept = tokio::spawn(async move { office.check_account(account).await });
    let kept = kept.await.unwrap().unwrap();
    let typed = with_secret(&shop, &shop.sandbox.url(), TEST_SECRET).await;
    for report in [kept, typed] {
        assert_eq!(report.signature, SignatureCheck::Accepted);
        assert_eq!((report.why, report.message), (None, None));
        assert_eq!(report.clock, ClockCheck::Right);
        assert!(report.clock_skew_ms.unwrap().abs() < 2_000);
        let offers: Vec<_> = report
            .klarna
            .iter()
            .map(|offer| (offer.amount.cents(), offer.offered))
            .collect();
        assert_eq!(
            offers,
            [
                (5_000, Offered::Yes),
                (50_000, Offered::Yes),
                (500_000, Offered::Yes)
            ]
        );
    }
}

#[tokio::test]
async fn a_wrong_secret_is_told_and_neither_kept_nor_held_against_the_account() {
    let shop = Shop::open(3).await;
    let before = shop
        .office
        .store()
        .read(|tx| tx.journal_entries(0, 100))
        .await;
    let report = with_secret(&shop, &shop.sandbox.url(), "wrong").await;
    assert_eq!(report.signature, SignatureCheck::Unauthorized);
    assert_eq!(report.why, Some(Why::Unauthorized));
    assert!(
        report
            .klarna
            .iter()
            .all(|offer| offer.offered == Offered::NotKnown)
    );
    assert_eq!(report.klarna.len(), 3);
    // The clock is seen all the same: a wrong one may be why.
    assert_eq!(report.clock, ClockCheck::Right);
    let after = shop
        .office
        .store()
        .read(|tx| tx.journal_entries(0, 100))
        .await;
    assert_eq!(before.unwrap().len(), after.unwrap().len());
    let account = &shop.office.accounts().await.unwrap()[0];
    assert_eq!(account.paused, None);
    let kept = shop.office.check_account(shop.account).await.unwrap();
    assert_eq!(
        kept.signature,
        SignatureCheck::Accepted,
        "its own secret stays"
    );

    let origin = shop.sandbox.url().parse().unwrap();
    let merchant = "375917".parse().unwrap();
    let nothing = SecretText::new(String::new());
    let empty = shop
        .office
        .check_credentials(origin, merchant, &nothing)
        .await;
    let empty = empty.unwrap_err();
    assert_eq!(empty.code, Code::BadInput);
    assert_eq!(empty.why.as_deref(), Some(&Why::SecretEmpty));
}

#[tokio::test]
async fn a_clock_that_is_wrong_is_told_with_how_much() {
    let shop = Shop::open(3).await;
    shop.clock.advance(10);
    let ahead = shop.office.check_account(shop.account).await.unwrap();
    assert_eq!(ahead.clock, ClockCheck::Ahead);
    assert!((ahead.clock_skew_ms.unwrap() - 600_000).abs() < 2_000);
    shop.clock.advance(-30);
    let behind = with_secret(&shop, &shop.sandbox.url(), "wrong").await;
    assert_eq!(behind.clock, ClockCheck::Behind);
    assert!((behind.clock_skew_ms.unwrap() + 1_200_000).abs() < 2_000);
}

#[tokio::test]
async fn a_server_that_is_not_there_or_is_another_one_is_told_by_what_failed() {
    let shop = Shop::open(3).await;
    let gone = with_secret(&shop, &nobody(), TEST_SECRET).await;
    assert_eq!(gone.signature, SignatureCheck::Connect);
    assert_eq!(gone.why, Some(Why::NoConnection));
    assert_eq!(
        (gone.clock, gone.clock_skew_ms),
        (ClockCheck::NotKnown, None)
    );

    // The sandbox speaks no TLS.
    let tls = shop.sandbox.url().replace("http://", "https://");
    let tls = with_secret(&shop, &tls, TEST_SECRET).await;
    assert_eq!(tls.signature, SignatureCheck::Tls, "{tls:?}");
    assert_eq!(tls.why, Some(Why::Tls));

    let nowhere = with_secret(&shop, "https://paytrail.invalid", TEST_SECRET).await;
    assert_eq!(nowhere.signature, SignatureCheck::Dns);
}

#[tokio::test]
async fn an_answer_that_can_not_be_believed_is_told_apart_from_a_refusal() {
    let shop = Shop::open(3).await;
    for (fault, expected) in [
        ("no-signature", SignatureCheck::Unsigned),
        ("bad-signature", SignatureCheck::WrongSignature),
        ("status-500-before", SignatureCheck::ServerError),
        ("drop-before", SignatureCheck::Cut),
        ("truncated", SignatureCheck::Cut),
        ("status-429", SignatureCheck::TooManyRequests),
    ] {
        shop.faults(&format!("{{\"{fault}\":1}}")).await;
        let report = shop.office.check_account(shop.account).await.unwrap();
        assert_eq!(report.signature, expected, "{fault}");
        assert!(report.why.is_some() && report.message.is_some(), "{fault}");
    }
    shop.faults("{}").await;
    let fair = shop.office.check_account(shop.account).await.unwrap();
    assert_eq!(fair.signature, SignatureCheck::Accepted);
}
