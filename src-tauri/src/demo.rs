//! The sandbox shop inside the program: a whole Paytrail on loopback, for trying everything without an account.
//!
//! Its address is part of its account for ever (money never goes to another address than it was confirmed for), so
//! the port is chosen once, outside the range from which systems hand out ports, and remembered. Its secret is the
//! one that Paytrail publishes for testing: no secret, so it works where there is no keychain, too.

mod awkward;
mod keychain;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use hyvitys_backoffice::import::{ImportPhase, ImportWatch};
use hyvitys_backoffice::{Backoffice, Code, Error, NewShop, SourceFile};
use hyvitys_domain::{AccountId, ApiOrigin, MerchantId};
use hyvitys_paytrail::SigningKey;
use hyvitys_sandbox::books::Rates;
use hyvitys_sandbox::faults::{Fault, Faults, Rate};
use hyvitys_sandbox::{Options, Running, Sandbox, TEST_MERCHANT, TEST_SECRET};
use hyvitys_secrets::{Entry, SecretText};
use hyvitys_store::accounts::Account;
use tokio::sync::{Mutex, mpsc};

pub(crate) use keychain::DemoKeychain;

/// What the shop is called.
const NAME: &str = "Kauppa Kokeilu";
/// How many payments it has.
const PAYMENTS: usize = 1_200;
/// The ports that are tried, the first free one is kept.
const PORTS: std::ops::Range<u16> = 21_870..21_890;
/// The setting that remembers the address.
const ORIGIN: &str = "sandbox.origin";
/// The setting that says that the shop's payments are all here.
const FILLED: &str = "sandbox.filled";

/// What goes wrong in the built-in shop, at the press of a button.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub enum Weather {
    /// Nothing.
    Fair,
    /// Refunds, activations and cancels are carried out, and their answers are lost.
    LostAnswers,
    /// Every answer takes two seconds longer.
    SlowDay,
    /// The shop can't be reached at all.
    Offline,
}

/// The built-in shop, running or not.
#[derive(Default)]
pub(crate) struct Demo {
    inner: Mutex<Inner>,
    /// Held while the shop is opened: a second press must not fill it twice.
    opening: Mutex<()>,
}

#[derive(Default)]
struct Inner {
    running: Option<Running>,
    weather: Option<Weather>,
}

impl Demo {
    /// The address of the built-in shop's account, if there ever was one.
    pub(crate) async fn origin(&self, office: &Backoffice) -> Result<Option<ApiOrigin>, Error> {
        let kept = office.setting(ORIGIN).await?;
        Ok(kept.and_then(|origin| origin.parse().ok()))
    }

    /// Whether this account is the built-in shop's.
    pub(crate) async fn is_built_in(
        &self,
        office: &Backoffice,
        account: &Account,
    ) -> Result<bool, Error> {
        let origin = self.origin(office).await?;
        Ok(origin.as_ref() == Some(&account.origin) && account.merchant.as_str() == TEST_MERCHANT)
    }

    /// Starts the shop again where its account is still known. Where its port is taken it is an error, and the account
    /// asks whoever listens there, with nothing but the published secret and no money.
    pub(crate) async fn resume(
        &self,
        office: &Backoffice,
        keychain: &DemoKeychain,
    ) -> Result<(), Error> {
        let Some(origin) = self.origin(office).await? else {
            return Ok(());
        };
        keychain.know(Entry::merchant_secret(&origin, &merchant()?));
        let known = account_at(office, &origin).await?.is_some();
        let mut inner = self.inner.lock().await;
        if known && inner.running.is_none() && inner.weather != Some(Weather::Offline) {
            inner.running = Some(start(&origin, &state_file(office)).await?);
        }
        Ok(())
    }

    /// Opens the shop: makes it at the first time, and brings its payments here as any shop's come here.
    pub(crate) async fn open(
        &self,
        office: &Backoffice,
        keychain: &DemoKeychain,
        progress: impl Fn(u32) + Send + Sync,
    ) -> Result<Account, Error> {
        let _alone = self.opening.lock().await;
        if self.origin(office).await?.is_none() {
            let running = start_somewhere(&state_file(office)).await?;
            office.set_setting(ORIGIN, &running.url(), false).await?;
            self.inner.lock().await.running = Some(running);
        }
        self.resume(office, keychain).await?;
        let origin = self.origin(office).await?.ok_or_else(not_started)?;
        let account = if let Some(account) = account_at(office, &origin).await? {
            account
        } else {
            let shop = NewShop {
                name: NAME.to_owned(),
                merchant: merchant()?,
                origin: origin.clone(),
                callback_url: None,
                secret: Some(SecretText::new(TEST_SECRET.to_owned())),
            };
            office.add_account(shop).await?.account
        };
        // One that was removed before the last start has not been started.
        self.resume(office, keychain).await?;
        let account = office.use_account_id(account.id).await?;
        if office.setting(FILLED).await?.is_none() {
            self.fill(office, account.id, &progress).await?;
            office.set_setting(FILLED, "yes", false).await?;
        }
        progress(100);
        Ok(account)
    }

    /// The report has the customers, the ids have the rest: both are imported as a person would import them.
    async fn fill(
        &self,
        office: &Backoffice,
        account: AccountId,
        progress: &(impl Fn(u32) + Send + Sync),
    ) -> Result<(), Error> {
        let (report, ids) = {
            let inner = self.inner.lock().await;
            let running = inner.running.as_ref().ok_or_else(not_started)?;
            let report = running
                .report()
                .map_err(|error| Error::new(Code::Store, error.to_string()))?;
            (report, running.transaction_ids())
        };
        progress(5);
        let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
        let files = [
            ("report.json", report),
            ("ids.txt", ids.join("\n").into_bytes()),
        ];
        import(office, account, files, progress).await?;
        awkward::make(office, account, |faults| self.set_faults(faults)).await
    }

    async fn set_faults(&self, faults: Faults) {
        if let Some(running) = &self.inner.lock().await.running {
            running.set_faults(faults);
        }
    }

    /// Lets things go wrong, or well again.
    pub(crate) async fn set_weather(
        &self,
        office: &Backoffice,
        weather: Weather,
    ) -> Result<(), Error> {
        let origin = self.origin(office).await?.ok_or_else(not_started)?;
        let mut inner = self.inner.lock().await;
        inner.weather = Some(weather);
        if weather == Weather::Offline {
            if let Some(running) = inner.running.take() {
                running.stop().await;
            }
            return Ok(());
        }
        if inner.running.is_none() {
            inner.running = Some(start(&origin, &state_file(office)).await?);
        }
        if let Some(running) = &inner.running {
            running.set_faults(faults_of(weather)?);
        }
        Ok(())
    }

    /// What goes wrong now.
    pub(crate) async fn weather(&self) -> Weather {
        self.inner.lock().await.weather.unwrap_or(Weather::Fair)
    }
}

/// As one import: it stands once among those of before.
async fn import(
    office: &Backoffice,
    account: AccountId,
    files: [(&str, Vec<u8>); 2],
    progress: &(impl Fn(u32) + Send + Sync),
) -> Result<(), Error> {
    let files = files.map(|(name, bytes)| SourceFile {
        name: name.to_owned(),
        bytes,
    });
    let plan = office.plan_import(account, files.to_vec()).await?;
    let (tell, mut told) = mpsc::unbounded_channel();
    let watch = ImportWatch::new(move |at| {
        // Whoever listened has gone; the import goes on.
        let _ = tell.send(at);
    });
    let office = office.clone();
    let importing = tokio::spawn(async move { office.apply_import_as(plan, &[], &watch).await });
    while let Some(at) = told.recv().await {
        let part = |from: usize, to: usize| from + (to - from) * at.done / at.of.max(1);
        let done = match at.phase {
            ImportPhase::Asking => part(20, 95),
            _ => part(5, 20),
        };
        progress(u32::try_from(done).unwrap_or(100));
    }
    let result = importing
        .await
        .map_err(|error| Error::new(Code::Store, format!("the import broke off: {error}")))??;
    result.not_fetched.map_or(Ok(()), Err)
}

fn faults_of(weather: Weather) -> Result<Faults, Error> {
    let calls = [
        "refund",
        "activate-invoice",
        "cancel-order",
        "commit",
        "revert",
    ];
    let rate = match weather {
        Weather::Fair | Weather::Offline => None,
        Weather::LostAnswers => Some((
            Fault::DropAfter,
            Rate::Some {
                rate: 1.0,
                paths: calls.map(str::to_owned).to_vec(),
            },
        )),
        Weather::SlowDay => Some((Fault::Slow, Rate::Everywhere(1.0))),
    };
    Faults::new(rate).map_err(|error| Error::new(Code::BadInput, error.to_string()))
}

async fn account_at(office: &Backoffice, origin: &ApiOrigin) -> Result<Option<Account>, Error> {
    let accounts = office.accounts().await?;
    Ok(accounts
        .into_iter()
        .find(|account| account.origin == *origin && account.merchant.as_str() == TEST_MERCHANT))
}

fn merchant() -> Result<MerchantId, Error> {
    TEST_MERCHANT
        .parse()
        .map_err(|error| Error::new(Code::BadInput, format!("{error}")))
}

fn not_started() -> Error {
    Error::new(Code::NothingSent, "the sandbox shop is not running")
}

/// The file that keeps the shop over restarts, beside the data file.
fn state_file(office: &Backoffice) -> PathBuf {
    let data_file = office.store().path();
    data_file
        .parent()
        .unwrap_or(Path::new("."))
        .join("sandbox-shop")
}

async fn start(origin: &ApiOrigin, state: &Path) -> Result<Running, Error> {
    let port = origin
        .as_str()
        .rsplit(':')
        .next()
        .and_then(|port| port.parse().ok());
    let port = port.ok_or_else(|| Error::new(Code::BadInput, format!("{origin} has no port")))?;
    start_at(port, state).await
}

async fn start_somewhere(state: &Path) -> Result<Running, Error> {
    let mut last = not_started();
    for port in PORTS {
        match start_at(port, state).await {
            Ok(running) => return Ok(running),
            Err(error) => last = error,
        }
    }
    Err(last)
}

async fn start_at(port: u16, state: &Path) -> Result<Running, Error> {
    let options =
        Options::test_merchant().map_err(|error| Error::new(Code::BadInput, error.to_string()))?;
    Sandbox::start(Options {
        listen: SocketAddr::from(([127, 0, 0, 1], port)),
        key: SigningKey::new(TEST_SECRET),
        payments: PAYMENTS,
        // More refunds wait here than elsewhere: a refund that is asked for and not done yet has to be seen.
        rates: Rates {
            pending_refunds: 0.4,
            ..Rates::default()
        },
        state: Some(state.to_owned()),
        ..options
    })
    .await
    .map_err(|error| {
        Error::new(
            Code::NothingSent,
            format!("the sandbox shop could not be started: {error}"),
        )
    })
}
