//! A window without a desktop, over a real shop.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use hyvitys_backoffice::clock::{SystemChance, SystemClock};
use hyvitys_backoffice::setup::KeychainKeys;
use hyvitys_backoffice::{Backoffice, Parts};
use hyvitys_paytrail::{ReqwestTransport, TransportOptions};
use hyvitys_sandbox::{Options, Running, Sandbox, TEST_MERCHANT, TEST_SECRET};
use hyvitys_secrets::{MemoryKeychain, SharedKeychain};
use serde_json::{Value, json};
use tauri::http::HeaderMap;
use tauri::ipc::{CallbackFn, InvokeBody};
use tauri::test::{
    INVOKE_KEY, MockRuntime, get_ipc_response, mock_builder, mock_context, noop_assets,
};
use tauri::webview::InvokeRequest;
use tauri::{App, Manager, WebviewUrl, WebviewWindow, WebviewWindowBuilder};
use tempfile::TempDir;

use crate::demo::DemoKeychain;
use crate::events::Told;
use crate::ipc;
use crate::state::Shell;

/// A channel of the window that nobody reads.
const CHANNEL: &str = "__CHANNEL__:1";

/// What was told, by a short name.
type Heard = Arc<Mutex<Vec<String>>>;

/// A window whose commands can be called.
pub struct Window {
    pub shop: Running,
    pub keychain: Arc<MemoryKeychain>,
    pub heard: Heard,
    webview: WebviewWindow<MockRuntime>,
    _app: App<MockRuntime>,
    _dir: TempDir,
}

/// Opens a window over a shop with a few payments; no account is connected yet.
pub fn open() -> Window {
    let dir = tempfile::tempdir().unwrap();
    let options = Options {
        payments: 60,
        ..Options::test_merchant().unwrap()
    };
    let shop = tauri::async_runtime::block_on(Sandbox::start(options)).unwrap();
    let keychain = Arc::new(MemoryKeychain::new());
    let shared = SharedKeychain::new(keychain.clone(), Duration::ZERO);
    let demo = Arc::new(DemoKeychain::new(Arc::new(shared)));
    let office = Backoffice::open(Parts {
        data_dir: dir.path().join("data"),
        heads_dir: dir.path().join("heads"),
        os_user: "maija".to_owned(),
        seal: None,
        keys: Arc::new(KeychainKeys::new(demo.clone(), None)),
        transport: Arc::new(ReqwestTransport::new(&TransportOptions::default()).unwrap()),
        clock: Arc::new(SystemClock::new()),
        chance: Arc::new(SystemChance),
    })
    .unwrap();
    let shell = Shell::over(office, demo);
    let heard = Heard::default();
    let ears = Arc::clone(&heard);
    shell.listen(Box::new(move |told| {
        let name = match told {
            Told::Changed(_) => "changed",
            Told::SyncState(_) => "sync",
            Told::Filling(_) => "filling",
            Told::BatchChanged(_) => "batch",
            Told::BatchEnded(_) => "batch ended",
        };
        ears.lock().unwrap().push(name.to_owned());
    }));
    let builder = ipc::builder::<MockRuntime>();
    let app = mock_builder()
        .manage(shell)
        .invoke_handler(builder.invoke_handler())
        .build(mock_context(noop_assets()))
        .unwrap();
    let webview = WebviewWindowBuilder::new(&app, "main", WebviewUrl::default())
        .build()
        .unwrap();
    Window {
        shop,
        keychain,
        heard,
        webview,
        _app: app,
        _dir: dir,
    }
}

impl Window {
    /// What a command answers, or the error that it ends with.
    pub fn call(&self, command: &str, arguments: Value) -> Result<Value, Value> {
        let request = InvokeRequest {
            cmd: command.to_owned(),
            callback: CallbackFn(0),
            error: CallbackFn(1),
            url: "tauri://localhost".parse().unwrap(),
            body: InvokeBody::Json(arguments),
            headers: HeaderMap::default(),
            invoke_key: INVOKE_KEY.to_string(),
        };
        get_ipc_response(&self.webview, request).map(|body| body.deserialize().unwrap())
    }

    /// The answer of a command that is expected to have one.
    pub fn ask(&self, command: &str, arguments: Value) -> Value {
        self.call(command, arguments)
            .unwrap_or_else(|error| panic!("{command}: {error}"))
    }

    /// Connects the shop and takes in its payments; gives the account's number.
    pub fn connect(&self) -> i64 {
        let account = self.ask("add_account", json!({ "order": self.order() }))["id"]
            .as_i64()
            .unwrap();
        let report = self.shop.report().unwrap();
        let ids: Vec<String> = self
            .shop
            .transaction_ids()
            .iter()
            .map(ToString::to_string)
            .collect();
        for (name, bytes) in [
            ("report.json", report),
            ("ids.txt", ids.join("\n").into_bytes()),
        ] {
            let files = json!([{ "name": name, "text": base64(&bytes) }]);
            let plan = self.plan(account, &files, &json!([]));
            self.apply(account, &plan, &json!([])).unwrap();
        }
        account
    }

    /// What importing files would do, read as `layouts` say.
    pub fn plan(&self, account: i64, files: &Value, layouts: &Value) -> Value {
        let options = json!({ "layouts": layouts });
        let plan = json!({ "account": account, "files": files, "options": options, "onProgress": CHANNEL });
        self.ask("plan_import", plan)
    }

    /// Does what a plan said.
    pub fn apply(&self, account: i64, plan: &Value, choices: &Value) -> Result<Value, Value> {
        let apply = json!({
            "account": account, "plan": plan["plan"], "choices": choices, "onProgress": CHANNEL,
        });
        self.call("apply_import", apply)
    }

    /// The order that connects the shop.
    pub fn order(&self) -> Value {
        json!({
            "name": "Kehrä", "merchantId": TEST_MERCHANT, "secret": TEST_SECRET,
            "api": self.shop.url(), "callbackUrl": null,
        })
    }

    /// The payments that fit.
    pub fn list(&self, account: i64, query: &str) -> Vec<Value> {
        let sort = json!({ "by": "created", "descending": true });
        let page = json!({ "account": account, "query": query, "sort": sort, "after": null, "limit": 1000 });
        self.ask("list_payments", page)["rows"]
            .as_array()
            .unwrap()
            .clone()
    }

    /// A refund as the window orders it.
    pub fn refund(&self, account: i64, payment: &Value, amount: i64) -> Result<Value, Value> {
        let intent = self.ask("new_intents", json!({ "count": 1 }))[0].clone();
        self.refund_as(account, payment, amount, &intent)
    }

    /// The same with this confirmation.
    pub fn refund_as(
        &self,
        account: i64,
        payment: &Value,
        amount: i64,
        intent: &Value,
    ) -> Result<Value, Value> {
        self.call("refund", json!({ "order": {
            "account": account, "transactionId": payment["transactionId"], "amount": amount, "items": null,
            "intent": intent, "again": false, "note": "Palautus", "refundReason": "Palautettu tavara",
            "typed": null, "reference": null, "email": null,
        }}))
    }

    /// The state that all commands share.
    pub fn shell(&self) -> tauri::State<'_, Shell> {
        self.webview.state::<Shell>()
    }
}

pub fn base64(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}
