//! A sandbox, and a back office of its own data folder.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use chrono::TimeDelta;
use hyvitys_backoffice::clock::{Clock, SystemChance, SystemClock};
use hyvitys_backoffice::setup::KeychainKeys;
use hyvitys_backoffice::{
    Backoffice, CreatedPayment, Draft, DraftOrder, Error, ImportPlan, ImportResult, ListedPayment,
    NewShop, Parts, Sort, SourceFile,
};
use hyvitys_domain::{AccountId, IntentId, Moment};
use hyvitys_paytrail::{HttpRequest, Method, ReqwestTransport, Transport, TransportOptions};
use hyvitys_sandbox::{Options, Running, Sandbox, TEST_SECRET};
use hyvitys_secrets::{Keychain, MemoryKeychain, SecretText};
use tempfile::TempDir;

/// What happens when somebody looks at the clock.
type AtLook = Box<dyn FnOnce() + Send>;

/// The machine's clock, set forward or back.
#[derive(Default)]
pub struct SetClock {
    machine: SystemClock,
    minutes: AtomicI64,
    at_look: Mutex<Option<(u32, AtLook)>>,
}

impl SetClock {
    /// After so many looks at the clock, this happens before the next one: whoever looks has got just so far.
    pub fn at_look(&self, number: u32, happens: impl FnOnce() + Send + 'static) {
        *self.at_look.lock().unwrap() = Some((number, Box::new(happens)));
    }

    /// What has not happened yet never does; says whether it has happened.
    pub fn has_happened(&self) -> bool {
        self.at_look.lock().unwrap().take().is_none()
    }

    fn looked(&self) {
        let mut at_look = self.at_look.lock().unwrap();
        let due = match at_look.as_mut() {
            Some((0, _)) => at_look.take(),
            Some((left, _)) => {
                *left -= 1;
                None
            }
            None => None,
        };
        drop(at_look);
        if let Some((_, happens)) = due {
            happens();
        }
    }

    pub fn advance(&self, minutes: i64) {
        self.minutes.fetch_add(minutes, Ordering::SeqCst);
    }
}

#[async_trait]
impl Clock for SetClock {
    fn now(&self) -> Moment {
        self.looked();
        let (now, minutes) = (self.machine.now(), self.minutes.load(Ordering::SeqCst));
        Moment {
            at: now.at + TimeDelta::minutes(minutes),
            up_ms: now.up_ms + minutes * 60_000,
            ..now
        }
    }

    async fn sleep(&self, duration: Duration) {
        self.machine.sleep(duration).await;
    }
}

pub struct Shop {
    pub office: Backoffice,
    pub clock: Arc<SetClock>,
    pub account: AccountId,
    pub sandbox: Arc<Running>,
    transport: Arc<ReqwestTransport>,
    keychain: Arc<dyn Keychain>,
    dir: TempDir,
}

pub fn office(
    dir: &TempDir,
    keychain: Arc<dyn Keychain>,
    environment: Option<SecretText>,
) -> (Backoffice, Arc<ReqwestTransport>) {
    office_at(dir, keychain, environment, Arc::new(SetClock::default()))
}

fn office_at(
    dir: &TempDir,
    keychain: Arc<dyn Keychain>,
    environment: Option<SecretText>,
    clock: Arc<SetClock>,
) -> (Backoffice, Arc<ReqwestTransport>) {
    let transport = Arc::new(ReqwestTransport::new(&TransportOptions::default()).unwrap());
    let office = Backoffice::open(Parts {
        data_dir: dir.path().join("data"),
        heads_dir: dir.path().join("heads"),
        os_user: "maija".to_owned(),
        seal: None,
        keys: Arc::new(KeychainKeys::new(keychain, environment)),
        transport: transport.clone(),
        clock,
        chance: Arc::new(SystemChance),
    })
    .unwrap();
    (office, transport)
}

pub fn new_shop(name: &str, url: &str, secret: Option<&str>) -> NewShop {
    NewShop {
        name: name.to_owned(),
        merchant: "375917".parse().unwrap(),
        origin: url.parse().unwrap(),
        callback_url: None,
        secret: secret.map(|text| SecretText::new(text.to_owned())),
    }
}

impl Shop {
    pub async fn open(payments: usize) -> Shop {
        Shop::open_with(payments, Options::test_merchant().unwrap()).await
    }

    /// A shop that behaves so.
    pub async fn open_with(payments: usize, options: Options) -> Shop {
        let options = Options {
            payments,
            ..options
        };
        let sandbox = Sandbox::start(options).await.unwrap();
        Shop::over(Arc::new(sandbox)).await
    }

    /// Another program's view of the same shop: a data file of its own.
    pub async fn beside(other: &Shop) -> Shop {
        Shop::over(Arc::clone(&other.sandbox)).await
    }

    async fn over(sandbox: Arc<Running>) -> Shop {
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(SetClock::default());
        let keychain: Arc<dyn Keychain> = Arc::new(MemoryKeychain::new());
        let (office, transport) = office_at(&dir, Arc::clone(&keychain), None, clock.clone());
        let added = office
            .add_account(new_shop("demo", &sandbox.url(), Some(TEST_SECRET)))
            .await
            .unwrap();
        Shop {
            office,
            clock,
            account: added.account.id,
            sandbox,
            transport,
            keychain,
            dir,
        }
    }

    /// The same data file, after the program has ended and was started again.
    pub fn started_again(self) -> Shop {
        let Shop {
            office,
            clock,
            account,
            sandbox,
            keychain,
            dir,
            ..
        } = self;
        drop(office);
        let (office, transport) = office_at(&dir, Arc::clone(&keychain), None, clock.clone());
        Shop {
            office,
            clock,
            account,
            sandbox,
            transport,
            keychain,
            dir,
        }
    }

    /// Runs SQL in the data file beside the program.
    pub fn in_the_file(&self, sql: &str) {
        rusqlite::Connection::open(self.dir.path().join("data/hyvitys.db"))
            .unwrap()
            .execute_batch(sql)
            .unwrap();
    }

    /// How often a value that SQL finds stands in the data file.
    pub fn count_in_the_file(&self, sql: &str) -> u32 {
        rusqlite::Connection::open(self.dir.path().join("data/hyvitys.db"))
            .unwrap()
            .query_row(sql, [], |row| row.get(0))
            .unwrap()
    }

    /// Keeps a new draft of an order.
    pub async fn keep(&self, order: &DraftOrder) -> Draft {
        let draft = self.office.save_draft(self.account, None, order).await;
        draft.unwrap()
    }

    /// Confirms a draft as it was shown, by a confirmation of its own, and sends it.
    pub async fn create(&self, draft: &Draft) -> Result<CreatedPayment, Error> {
        self.confirm(draft, self.office.new_intent()).await
    }

    /// [`Shop::create`] by a given confirmation.
    pub async fn confirm(&self, draft: &Draft, intent: IntentId) -> Result<CreatedPayment, Error> {
        self.office
            .create_payment(self.account, draft.id, &draft.digest, intent)
            .await
    }

    /// By the shop's own clock.
    pub fn now(&self) -> Moment {
        self.clock.now()
    }

    /// Another program on the same data folder.
    pub fn second_office(&self) -> Backoffice {
        let keychain = Arc::new(MemoryKeychain::new());
        office_at(&self.dir, keychain, None, Arc::clone(&self.clock)).0
    }

    /// What the sandbox's own pages say.
    pub async fn page(&self, path: &str) -> Vec<u8> {
        let request = HttpRequest {
            method: Method::Get,
            url: format!("{}/_sandbox/{path}", self.sandbox.url()),
            headers: Vec::new(),
            body: Vec::new(),
            may_write: None,
        };
        self.transport.send(request).await.unwrap().body
    }

    /// From now on these go wrong in the sandbox, as its own page takes them.
    pub async fn faults(&self, faults: &str) {
        self.post("faults", faults).await;
    }

    /// Tells the sandbox something.
    pub async fn post(&self, path: &str, body: &str) {
        let request = HttpRequest {
            method: Method::Post,
            url: format!("{}/_sandbox/{path}", self.sandbox.url()),
            headers: Vec::new(),
            body: body.as_bytes().to_vec(),
            may_write: None,
        };
        let answer = self.transport.send(request).await.unwrap();
        assert!(answer.status < 300, "{path}: {}", answer.status);
    }

    /// A shop with its whole history: the report's rows, and the signed answer about each payment.
    pub async fn with_history(payments: usize) -> Shop {
        Shop::open(payments).await.and_its_history().await
    }

    /// The same with its whole history.
    pub async fn and_its_history(self) -> Shop {
        let shop = self;
        shop.import(shop.page("report.json?status=all&items=true").await)
            .await;
        let truth = shop.json("payments").await;
        let ids: Vec<&str> = truth["payments"]
            .as_array()
            .unwrap()
            .iter()
            .map(|payment| payment["transactionId"].as_str().unwrap())
            .collect();
        shop.import(ids.join("\n")).await;
        shop
    }

    /// The payments that a query finds, newest first.
    pub async fn find(&self, query: &str) -> Vec<ListedPayment> {
        let sort = Sort::default();
        let page = self
            .office
            .list(self.account, query, sort, None, 1_000)
            .await;
        page.unwrap().payments
    }

    pub async fn json(&self, path: &str) -> serde_json::Value {
        serde_json::from_slice(&self.page(path).await).unwrap()
    }

    pub async fn plan(&self, bytes: impl Into<Vec<u8>>) -> ImportPlan {
        let file = SourceFile {
            name: "file".to_owned(),
            bytes: bytes.into(),
        };
        self.office
            .plan_import(self.account, vec![file])
            .await
            .unwrap()
    }

    pub async fn import(&self, bytes: impl Into<Vec<u8>>) -> ImportResult {
        let plan = self.plan(bytes).await;
        self.office.apply_import(plan).await.unwrap()
    }
}
