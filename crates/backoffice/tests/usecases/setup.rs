//! The set-up check: what is wrong, as far as it can be told, and what is still to be done.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use hyvitys_backoffice::clock::{SystemChance, SystemClock};
use hyvitys_backoffice::setup::KeychainKeys;
use hyvitys_backoffice::{
    Backoffice, Code, Error, Faulty, Kept, Keys, NewShop, Parts, SetupCheck, SetupState, SetupWhat,
    SignatureCheck, Why,
};
use hyvitys_domain::{ApiOrigin, MerchantId};
use hyvitys_paytrail::{HttpRequest, HttpResponse, SigningKey, Transport, TransportError};
use hyvitys_secrets::{MemoryKeychain, SecretText};
use hyvitys_store::accounts::Account;
use tempfile::TempDir;

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
        SetupWhat::Sending,
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
        assert_eq!(item(&check, SetupWhat::Klarna).0, SetupState::NotKnown);
        assert_eq!(item(&check, SetupWhat::Credentials).0, SetupState::Bad);
    }
}

#[tokio::test]
async fn a_paytrail_that_is_busy_or_has_trouble_judges_neither_id_nor_secret() {
    let shop = Shop::open(3).await;
    for (fault, why) in [
        ("status-429", Why::TooManyRequests { seconds: Some(1) }),
        ("status-500-before", Why::ServerError { status: Some(500) }),
    ] {
        shop.faults(&format!("{{\"{fault}\":1}}")).await;
        let check = shop.office.setup_check(shop.account).await.unwrap();
        assert_eq!(check.wrong, None, "{fault}");
        assert_eq!(
            item(&check, SetupWhat::Credentials),
            (SetupState::NotKnown, Some(why)),
            "{fault}"
        );
        assert_eq!(
            item(&check, SetupWhat::Klarna),
            (SetupState::NotKnown, Some(Why::KlarnaNotKnown)),
            "{fault}"
        );
    }
}

/// A server that answers everything so, unsigned.
struct Gateway {
    statuses: fn(usize) -> u16,
    asked: AtomicUsize,
}

#[async_trait]
impl Transport for Gateway {
    async fn send(&self, _: HttpRequest) -> Result<HttpResponse, TransportError> {
        Ok(HttpResponse {
            status: (self.statuses)(self.asked.fetch_add(1, Ordering::SeqCst)),
            headers: Vec::new(),
            body: Vec::new(),
        })
    }
}

/// Accounts with these merchant ids behind a gateway; gives the key of the first.
async fn behind(
    statuses: fn(usize) -> u16,
    keys: Arc<dyn Keys>,
    merchants: &[&str],
) -> (Backoffice, Arc<Gateway>, hyvitys_domain::AccountId, TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let gateway = Arc::new(Gateway {
        statuses,
        asked: AtomicUsize::new(0),
    });
    let office = Backoffice::open(Parts {
        data_dir: dir.path().join("data"),
        heads_dir: dir.path().join("heads"),
        os_user: "maija".to_owned(),
        seal: None,
        keys,
        transport: gateway.clone(),
        clock: Arc::new(SystemClock::new()),
        chance: Arc::new(SystemChance),
    })
    .unwrap();
    let mut first = None;
    for merchant in merchants {
        let new = NewShop {
            merchant: merchant.parse().unwrap(),
            ..new_shop(merchant, "http://127.0.0.1:1", Some("a secret"))
        };
        let added = office.add_account(new).await.unwrap();
        first = first.or(Some(added.account.id));
    }
    (office, gateway, first.unwrap(), dir)
}

fn kept() -> Arc<KeychainKeys> {
    Arc::new(KeychainKeys::new(Arc::new(MemoryKeychain::new()), None))
}

#[tokio::test]
async fn a_gateway_that_asks_to_wait_without_a_signature_is_busy_and_no_stranger() {
    let (office, _, account, _dir) = behind(|_| 429, kept(), &["123456"]).await;
    let check = office.setup_check(account).await.unwrap();
    assert_eq!(check.wrong, None);
    assert_eq!(
        item(&check, SetupWhat::Credentials),
        (
            SetupState::NotKnown,
            Some(Why::TooManyRequests { seconds: None })
        )
    );
    let signature = check.credentials.unwrap().signature;
    assert_eq!(signature, SignatureCheck::TooManyRequests);
}

#[tokio::test]
async fn what_tells_id_and_secret_apart_is_not_asked_for_any_longer_when_paytrail_asks_to_wait() {
    let statuses = |asked| if asked == 0 { 401 } else { 429 };
    let merchants = ["123456", "123457", "123458"];
    let (office, gateway, account, _dir) = behind(statuses, kept(), &merchants).await;
    let check = office.setup_check(account).await.unwrap();
    assert_eq!(check.wrong, Some(Faulty::IdOrSecret));
    assert_eq!(gateway.asked.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn an_account_that_is_paused_is_named_with_the_way_on() {
    let shop = Shop::open(3).await;
    let sending = |check: &SetupCheck| item(check, SetupWhat::Sending);
    let wrong = secret("wrong");
    shop.office.set_secret("demo", &wrong).await.unwrap();
    // Something that is asked for in earnest pauses the account.
    let _ = shop.office.settlements(shop.account, true).await;
    assert!(shop.office.accounts().await.unwrap()[0].paused.is_some());
    let check = shop.office.setup_check(shop.account).await.unwrap();
    assert_eq!(sending(&check), (SetupState::Bad, Some(Why::Paused)));
    // The secret is good again, and nobody has looked since.
    let good = secret(hyvitys_sandbox::TEST_SECRET);
    shop.office.set_secret("demo", &good).await.unwrap();
    for _ in 0..2 {
        let check = shop.office.setup_check(shop.account).await.unwrap();
        assert_eq!(
            sending(&check),
            (SetupState::Bad, Some(Why::PausedThoughAccepted)),
            "a check ends no pause"
        );
    }
    shop.office.sync(shop.account).await.unwrap();
    let check = shop.office.setup_check(shop.account).await.unwrap();
    assert_eq!(sending(&check), (SetupState::Good, None));
}

/// Keys that meet a data file which can't be read.
struct Broken {
    inner: Arc<KeychainKeys>,
    at_the_key: fn(&std::path::Path) -> Result<(), Error>,
    file: std::path::PathBuf,
}

#[async_trait]
impl Keys for Broken {
    async fn key(&self, account: &Account) -> Result<SigningKey, Error> {
        (self.at_the_key)(&self.file)?;
        self.inner.key(account).await
    }

    async fn keep(
        &self,
        origin: &ApiOrigin,
        merchant: &MerchantId,
        secret: Option<&SecretText>,
    ) -> Result<Kept, Error> {
        self.inner.keep(origin, merchant, secret).await
    }

    async fn state(&self, account: &Account) -> hyvitys_backoffice::SecretState {
        self.inner.state(account).await
    }
}

#[tokio::test]
async fn a_data_file_that_can_not_be_read_is_an_error_and_no_missing_secret() {
    let unreadable = |_: &std::path::Path| Err(Error::new(Code::Store, "unreadable"));
    let torn = |file: &std::path::Path| {
        let db = rusqlite::Connection::open(file).unwrap();
        let tear = "PRAGMA legacy_alter_table=ON; ALTER TABLE account RENAME TO torn";
        // The second key finds it torn already.
        let _ = db.execute_batch(tear);
        Ok(())
    };
    for at_the_key in [unreadable as fn(&std::path::Path) -> _, torn] {
        let inner = kept();
        let (office, _, account, dir) = behind(|_| 401, inner.clone(), &["375917", "123456"]).await;
        drop(office);
        let broken = Broken {
            inner,
            at_the_key,
            file: dir.path().join("data").join("hyvitys.db"),
        };
        let office = Backoffice::open(Parts {
            data_dir: dir.path().join("data"),
            heads_dir: dir.path().join("heads"),
            os_user: "maija".to_owned(),
            seal: None,
            keys: Arc::new(broken),
            transport: Arc::new(Gateway {
                statuses: |_| 401,
                asked: AtomicUsize::new(0),
            }),
            clock: Arc::new(SystemClock::new()),
            chance: Arc::new(SystemChance),
        })
        .unwrap();
        let error = office.setup_check(account).await.unwrap_err();
        assert_eq!(error.code, Code::Store, "{error}");
    }
}
