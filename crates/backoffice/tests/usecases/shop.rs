//! A sandbox, and a back office of its own data folder.

use std::sync::Arc;

use hyvitys_backoffice::clock::{SystemChance, SystemClock};
use hyvitys_backoffice::setup::KeychainKeys;
use hyvitys_backoffice::{Backoffice, ImportPlan, ImportResult, NewShop, Parts, SourceFile};
use hyvitys_domain::AccountId;
use hyvitys_paytrail::{HttpRequest, Method, ReqwestTransport, Transport, TransportOptions};
use hyvitys_sandbox::{Options, Running, Sandbox, TEST_SECRET};
use hyvitys_secrets::{Keychain, MemoryKeychain, SecretText};
use tempfile::TempDir;

pub struct Shop {
    pub office: Backoffice,
    pub account: AccountId,
    pub sandbox: Running,
    transport: Arc<ReqwestTransport>,
    _dir: TempDir,
}

pub fn office(
    dir: &TempDir,
    keychain: Arc<dyn Keychain>,
    environment: Option<SecretText>,
) -> (Backoffice, Arc<ReqwestTransport>) {
    let transport = Arc::new(ReqwestTransport::new(&TransportOptions::default()).unwrap());
    let office = Backoffice::open(Parts {
        data_dir: dir.path().join("data"),
        heads_dir: dir.path().join("heads"),
        os_user: "maija".to_owned(),
        seal: None,
        keys: Arc::new(KeychainKeys::new(keychain, environment)),
        transport: transport.clone(),
        clock: Arc::new(SystemClock::new()),
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
        let options = Options {
            payments,
            ..Options::test_merchant().unwrap()
        };
        let sandbox = Sandbox::start(options).await.unwrap();
        let dir = tempfile::tempdir().unwrap();
        let (office, transport) = office(&dir, Arc::new(MemoryKeychain::new()), None);
        let added = office
            .add_account(new_shop("demo", &sandbox.url(), Some(TEST_SECRET)))
            .await
            .unwrap();
        Shop {
            office,
            account: added.account.id,
            sandbox,
            transport,
            _dir: dir,
        }
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
