//! The set-up check: what is wrong, as far as it can be told, and what is still to be done.

use hyvitys_backoffice::{Faulty, NewShop, SetupCheck, SetupState, SetupWhat, Why};
use hyvitys_secrets::SecretText;

use super::shop::{Shop, new_shop};

fn item(check: &SetupCheck, what: SetupWhat) -> (SetupState, Option<Why>) {
    let found = check.items.iter().find(|item| item.what == what).unwrap();
    (found.state, found.why.clone())
}

fn secret(text: &str) -> SecretText {
    SecretText::new(text.to_owned())
}

#[tokio::test]
async fn a_fresh_account_is_good_and_says_what_is_still_to_be_done() {
    let shop = Shop::open(3).await;
    let check = shop.office.setup_check(shop.account).await.unwrap();
    assert_eq!(check.wrong, None);
    for what in [
        SetupWhat::Credentials,
        SetupWhat::Clock,
        SetupWhat::Klarna,
        SetupWhat::Keychain,
    ] {
        assert_eq!(item(&check, what), (SetupState::Good, None), "{what:?}");
    }
    let todo = |why| (SetupState::Todo, Some(why));
    assert_eq!(
        item(&check, SetupWhat::Callback),
        todo(Why::CallbackMissing)
    );
    assert_eq!(
        item(&check, SetupWhat::LastReport),
        todo(Why::ReportMissing)
    );
    shop.office
        .set_callback("demo", Some("https://kauppa.example/paytrail"))
        .await
        .unwrap();
    shop.import(shop.page("report.json?status=all").await).await;
    let check = shop.office.setup_check(shop.account).await.unwrap();
    assert!(
        check
            .items
            .iter()
            .all(|item| item.state == SetupState::Good),
        "{check:?}"
    );
    shop.clock.advance(60 * 24 * 40);
    let check = shop.office.setup_check(shop.account).await.unwrap();
    let (state, why) = item(&check, SetupWhat::LastReport);
    assert_eq!(state, SetupState::Todo);
    assert!(
        matches!(why, Some(Why::ReportOld { days: 40.. })),
        "{why:?}"
    );
}

#[tokio::test]
async fn a_wrong_secret_of_an_id_that_is_good_for_sure_is_the_secrets_fault() {
    let shop = Shop::open(3).await;
    // The id is one that Paytrail publishes.
    shop.office
        .set_secret("demo", &secret("wrong"))
        .await
        .unwrap();
    let check = shop.office.setup_check(shop.account).await.unwrap();
    assert_eq!(check.wrong, Some(Faulty::Secret));
    let (state, why) = item(&check, SetupWhat::Credentials);
    assert_eq!((state, why), (SetupState::Bad, Some(Why::Unauthorized)));
    let account = &shop.office.accounts().await.unwrap()[0];
    assert_eq!(account.paused, None, "a check pauses nothing");
}

#[tokio::test]
async fn of_an_unknown_id_nothing_tells_which_is_wrong_unless_another_account_does() {
    let shop = Shop::open(3).await;
    let url = shop.sandbox.url();
    let add = |name: &str, merchant: &str, text: &str| {
        let new = NewShop {
            merchant: merchant.parse().unwrap(),
            ..new_shop(name, &url, Some(text))
        };
        let office = shop.office.clone();
        async move { office.add_account(new).await.unwrap().account.id }
    };
    let stranger = add("stranger", "123456", "whatever").await;
    let check = shop.office.setup_check(stranger).await.unwrap();
    assert_eq!(check.wrong, Some(Faulty::IdOrSecret));
    assert_eq!(
        item(&check, SetupWhat::Credentials).1,
        Some(Why::Unauthorized)
    );

    // Its secret is the one of the first account: id and secret don't belong together.
    let pasted = add("pasted", "123457", hyvitys_sandbox::TEST_SECRET).await;
    let check = shop.office.setup_check(pasted).await.unwrap();
    assert_eq!(check.wrong, Some(Faulty::IdOrSecret));
    let name = "demo".to_owned();
    assert_eq!(
        item(&check, SetupWhat::Credentials).1,
        Some(Why::SecretOfAnother { name })
    );

    // The first account has a wrong secret, and another one has the right one of it.
    shop.office
        .set_secret("demo", &secret("wrong"))
        .await
        .unwrap();
    let check = shop.office.setup_check(shop.account).await.unwrap();
    assert_eq!(check.wrong, Some(Faulty::Secret));
    let name = "pasted".to_owned();
    assert_eq!(
        item(&check, SetupWhat::Credentials).1,
        Some(Why::SecretSwapped { name })
    );
}

#[tokio::test]
async fn a_clock_or_a_network_that_is_wrong_is_told_before_the_secret_is_doubted() {
    let shop = Shop::open(3).await;
    shop.clock.advance(-30);
    shop.office
        .set_secret("demo", &secret("wrong"))
        .await
        .unwrap();
    let check = shop.office.setup_check(shop.account).await.unwrap();
    assert_eq!(check.wrong, Some(Faulty::Clock));
    let (state, why) = item(&check, SetupWhat::Clock);
    assert_eq!(state, SetupState::Bad);
    assert!(
        matches!(
            why,
            Some(Why::ClockWrong {
                seconds: 1_795..=1_805,
                ahead: false
            })
        ),
        "{why:?}"
    );
    shop.clock.advance(30);
    for fault in ["drop-before", "no-signature", "bad-signature"] {
        shop.office
            .set_secret("demo", &secret(hyvitys_sandbox::TEST_SECRET))
            .await
            .unwrap();
        shop.faults(&format!("{{\"{fault}\":1}}")).await;
        let check = shop.office.setup_check(shop.account).await.unwrap();
        assert_eq!(check.wrong, Some(Faulty::Network), "{fault}");
        assert_eq!(item(&check, SetupWhat::Klarna).0, SetupState::Todo);
    }
}
