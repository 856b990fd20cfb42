//! Shops and their secrets. Secrets go in and never come out.

use hyvitys_backoffice::{Error, NewShop};
use hyvitys_domain::account::PRODUCTION;
use hyvitys_domain::{ApiOrigin, ApiOriginError, MerchantId};
use hyvitys_secrets::SecretText;
use hyvitys_store::accounts::Account;
use tauri::State;

use crate::demo::Weather;
use crate::dto::{
    AccountDto, AccountNumber, CheckReportDto, ErrorDto, NewAccount, SecretStateDto, SetupCheckDto,
    bad_input,
};
use crate::events::{Filling, SyncState, Told};
use crate::state::Shell;
use crate::sync::{self, look};

/// An address as it was typed, Paytrail's own where nothing was. It is not said back, as it may hold a password.
fn origin(api: Option<&str>) -> Result<ApiOrigin, ErrorDto> {
    let text = api
        .map(str::trim)
        .filter(|api| !api.is_empty())
        .unwrap_or(PRODUCTION);
    text.parse().map_err(|error| {
        let why = match error {
            ApiOriginError::NotAnAddress(_) => {
                "the API address is not one like https://services.paytrail.com"
            }
            ApiOriginError::NotEncrypted(_) => {
                "the API address must begin with https://, except on this machine"
            }
            ApiOriginError::NotAnOrigin(_) => {
                "the API address has more than a host: give only https://host[:port]"
            }
        };
        bad_input(why.to_owned())
    })
}

/// The account as the window gets it.
async fn dto(shell: &Shell, account: &Account) -> Result<AccountDto, Error> {
    let built_in = shell
        .demo
        .is_built_in(shell.office().await?, account)
        .await?;
    Ok(AccountDto::of(account, built_in))
}

/// A merchant id as it was typed. What was typed is not said back: it may be a secret in the wrong field.
fn merchant(text: &str) -> Result<MerchantId, ErrorDto> {
    text.trim()
        .parse()
        .map_err(|_| bad_input("a merchant id is digits only, like 375917".to_owned()))
}

/// All shops, by name.
#[tauri::command]
#[specta::specta]
pub(crate) async fn accounts(shell: State<'_, Shell>) -> Result<Vec<AccountDto>, ErrorDto> {
    Ok(all_accounts(&shell).await?)
}

pub(crate) async fn all_accounts(shell: &Shell) -> Result<Vec<AccountDto>, Error> {
    let mut accounts = Vec::new();
    for account in shell.office().await?.accounts().await? {
        accounts.push(dto(shell, &account).await?);
    }
    Ok(accounts)
}

/// Opens the sandbox shop inside the program, and makes it at the first time.
#[tauri::command]
#[specta::specta]
pub(crate) async fn open_sandbox(shell: State<'_, Shell>) -> Result<AccountDto, ErrorDto> {
    // It makes a few refunds of its own, so that they can be seen.
    let _under_way = shell.ordering()?;
    let office = shell.office().await?;
    let progress = |percent| {
        shell.tell(Told::Filling(Filling { percent }));
    };
    let account = shell.demo.open(office, shell.keychain(), progress).await?;
    shell.wake.notify_one();
    Ok(AccountDto::of(&account, true))
}

/// Asks Paytrail with an id and a secret. Nothing is kept.
#[tauri::command]
#[specta::specta]
pub(crate) async fn check_credentials(
    shell: State<'_, Shell>,
    merchant_id: String,
    secret: String,
    api: Option<String>,
) -> Result<CheckReportDto, ErrorDto> {
    let secret = SecretText::new(secret);
    let (origin, merchant) = (origin(api.as_deref())?, merchant(&merchant_id)?);
    let report = shell
        .office()
        .await?
        .check_credentials(origin, merchant, &secret)
        .await?;
    Ok(report.into())
}

/// Checks everything that a shop needs, with what is missing.
#[tauri::command]
#[specta::specta]
pub(crate) async fn setup_check(
    shell: State<'_, Shell>,
    account: AccountNumber,
) -> Result<SetupCheckDto, ErrorDto> {
    shell.try_keychain_again();
    Ok(shell
        .office()
        .await?
        .setup_check(account.into())
        .await?
        .into())
}

/// Connects a shop: its secret goes into the keychain, and it is worked on from now on.
#[tauri::command]
#[specta::specta]
pub(crate) async fn add_account(
    shell: State<'_, Shell>,
    order: NewAccount,
) -> Result<AccountDto, ErrorDto> {
    shell.try_keychain_again();
    let shop = NewShop {
        name: order.name,
        merchant: merchant(&order.merchant_id)?,
        origin: origin(order.api.as_deref())?,
        callback_url: order.callback_url,
        secret: Some(SecretText::new(order.secret)),
    };
    let office = shell.office().await?;
    let added = office.add_account(shop).await?.account;
    let account = office.use_account_id(added.id).await?;
    shell.wake.notify_one();
    Ok(dto(&shell, &account).await?)
}

/// Works on this shop from now on.
#[tauri::command]
#[specta::specta]
pub(crate) async fn use_account(
    shell: State<'_, Shell>,
    account: AccountNumber,
) -> Result<AccountDto, ErrorDto> {
    let used = shell.office().await?.use_account_id(account.into()).await?;
    shell.wake.notify_one();
    Ok(dto(&shell, &used).await?)
}

/// Calls a shop something else.
#[tauri::command]
#[specta::specta]
pub(crate) async fn rename_account(
    shell: State<'_, Shell>,
    account: AccountNumber,
    name: String,
) -> Result<AccountDto, ErrorDto> {
    let renamed = shell
        .office()
        .await?
        .rename_account(account.into(), &name)
        .await?;
    Ok(dto(&shell, &renamed).await?)
}

/// Forgets a shop's secret and takes it from the list; its history stays.
#[tauri::command]
#[specta::specta]
pub(crate) async fn remove_account(
    shell: State<'_, Shell>,
    account: AccountNumber,
) -> Result<(), ErrorDto> {
    shell.try_keychain_again();
    Ok(shell
        .office()
        .await?
        .remove_account_id(account.into())
        .await?)
}

async fn is_built_in(shell: &Shell, number: AccountNumber) -> Result<bool, Error> {
    let office = shell.office().await?;
    let accounts = office.accounts().await?;
    match accounts.iter().find(|account| account.id == number.into()) {
        Some(account) => shell.demo.is_built_in(office, account).await,
        None => Ok(false),
    }
}

/// Replaces a shop's secret.
#[tauri::command]
#[specta::specta]
pub(crate) async fn set_secret(
    shell: State<'_, Shell>,
    account: AccountNumber,
    secret: String,
) -> Result<SecretStateDto, ErrorDto> {
    shell.try_keychain_again();
    if is_built_in(&shell, account).await? {
        return Err(bad_input(
            "the built-in shop has a secret of its own".to_owned(),
        ));
    }
    let office = shell.office().await?;
    office
        .set_secret_id(account.into(), &SecretText::new(secret))
        .await?;
    // A pause because of the old secret ends with a look that the new one is good for.
    look(&shell, account.into(), false).await;
    Ok(office.secret_state(account.into()).await?.into())
}

/// Where a shop's secret is. A keychain that was locked is asked again only if a person wants it: `again`.
#[tauri::command]
#[specta::specta]
pub(crate) async fn secret_state(
    shell: State<'_, Shell>,
    account: AccountNumber,
    again: bool,
) -> Result<SecretStateDto, ErrorDto> {
    if again {
        shell.try_keychain_again();
    }
    if is_built_in(&shell, account).await? {
        return Ok(SecretStateDto::BuiltIn);
    }
    Ok(shell
        .office()
        .await?
        .secret_state(account.into())
        .await?
        .into())
}

/// Sets or clears where Paytrail is told to call after a refund.
#[tauri::command]
#[specta::specta]
pub(crate) async fn set_callback(
    shell: State<'_, Shell>,
    account: AccountNumber,
    url: Option<String>,
) -> Result<AccountDto, ErrorDto> {
    let changed = shell
        .office()
        .await?
        .set_callback_id(account.into(), url.as_deref())
        .await?;
    Ok(dto(&shell, &changed).await?)
}

/// How the look in the background stands. The window asks when it has drawn its first rows.
#[tauri::command]
#[specta::specta]
pub(crate) async fn sync_state(
    shell: State<'_, Shell>,
    account: AccountNumber,
) -> Result<SyncState, ErrorDto> {
    shell.shown.notify_one();
    Ok(sync::state(&shell, account.into()).await)
}

/// What goes wrong in the built-in shop.
#[tauri::command]
#[specta::specta]
pub(crate) async fn weather(shell: State<'_, Shell>) -> Result<Weather, ErrorDto> {
    Ok(shell.demo.weather().await)
}

/// Lets things go wrong in the built-in shop, or well again.
#[tauri::command]
#[specta::specta]
pub(crate) async fn set_weather(shell: State<'_, Shell>, weather: Weather) -> Result<(), ErrorDto> {
    shell
        .demo
        .set_weather(shell.office().await?, weather)
        .await?;
    shell.wake.notify_one();
    Ok(())
}
