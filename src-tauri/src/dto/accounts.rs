//! Accounts and settings. A secret goes in and never comes out: no type here could carry one to the window.

use hyvitys_backoffice::{Locked, SecretState};
use hyvitys_domain::Mode;
use hyvitys_store::accounts::Account;
use serde::{Deserialize, Serialize};
use specta::Type;

use super::{AccountNumber, PaymentPageDto, mirror, words};

mirror! {
    /// Whether real money moves.
    #[serde(rename = "Mode")]
    ModeDto of Mode {
        /// Real money of a real shop.
        Live,
        /// A merchant id that Paytrail publishes for testing.
        Test,
        /// A sandbox on this machine.
        Sandbox,
    }
}

/// A shop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AccountDto {
    /// Its key in this data file.
    pub(crate) id: AccountNumber,
    /// The name that a person gave it.
    name: String,
    /// Paytrail's id of the merchant.
    merchant_id: String,
    /// Where its requests go.
    api: String,
    /// Whether real money moves.
    mode: ModeDto,
    /// Whether it is the sandbox shop inside this program.
    built_in: bool,
    /// Where Paytrail calls after a refund.
    callback_url: Option<String>,
    /// Whether it is the one that is worked on.
    active: bool,
    /// Why nothing is sent for it.
    paused: Option<String>,
    /// Up to when refunds made by other tools are known.
    last_report_at: Option<String>,
}

impl AccountDto {
    /// Converts; the shell knows which one is built in.
    pub(crate) fn of(account: &Account, built_in: bool) -> AccountDto {
        AccountDto {
            id: account.id.into(),
            name: account.name.clone(),
            merchant_id: account.merchant.as_str().to_owned(),
            api: account.origin.as_str().to_owned(),
            mode: Mode::of(&account.origin, &account.merchant).into(),
            built_in,
            callback_url: account.callback_url.clone(),
            active: account.active,
            paused: account.paused.as_ref().map(|paused| paused.why.clone()),
            last_report_at: account.last_report_at.map(words),
        }
    }
}

/// A shop that a person connects.
#[derive(Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct NewAccount {
    /// What it is called here.
    pub(crate) name: String,
    /// Paytrail's id of the merchant.
    pub(crate) merchant_id: String,
    /// The merchant secret.
    pub(crate) secret: String,
    /// Where its requests go; Paytrail's production address if `None`.
    pub(crate) api: Option<String>,
    /// Where Paytrail is told to call after a refund.
    pub(crate) callback_url: Option<String>,
}

/// Where the secret of an account stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Type)]
#[serde(rename = "SecretState")]
#[serde(rename_all = "camelCase")]
pub enum SecretStateDto {
    /// In the keychain.
    Kept,
    /// In the environment only.
    Environment,
    /// Nowhere.
    Missing,
    /// The keychain is locked.
    Locked,
    /// There is no keychain.
    Unavailable,
    /// The keychain said no.
    Refused,
    /// The keychain has not answered in time.
    NoAnswer,
    /// The built-in shop needs none.
    BuiltIn,
}

impl From<SecretState> for SecretStateDto {
    fn from(state: SecretState) -> SecretStateDto {
        match state {
            SecretState::Kept => SecretStateDto::Kept,
            SecretState::Environment => SecretStateDto::Environment,
            SecretState::Missing => SecretStateDto::Missing,
            SecretState::Locked => SecretStateDto::Locked,
            SecretState::Unavailable => SecretStateDto::Unavailable,
            SecretState::Refused => SecretStateDto::Refused,
            SecretState::NoAnswer => SecretStateDto::NoAnswer,
        }
    }
}

/// The window's languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Finnish.
    Fi,
    /// Swedish.
    Sv,
    /// English.
    En,
}

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// As the system.
    #[default]
    System,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

/// How a person has set the window up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Settings {
    /// The language; the system's if `None`.
    pub(crate) language: Option<Language>,
    /// Light or dark.
    pub(crate) theme: Theme,
    /// The IANA name of the zone that times are shown in.
    pub(crate) time_zone: String,
    /// How the views are arranged: a text that the window writes and reads.
    pub(crate) layout: Option<String>,
    /// How many lines of a batch are under way at once, 1 to 32.
    pub(crate) batch_concurrency: u32,
}

/// In which way a data file is not to be trusted with money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum LockedKind {
    /// It is an older copy.
    Behind,
    /// It comes from another machine or user.
    Elsewhere,
    /// The machine can't remember what happens in it.
    Unremembered,
}

/// Why money operations are locked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Type)]
#[serde(rename = "Locked")]
pub struct LockedDto {
    kind: LockedKind,
    /// The same in English, with what the system said.
    message: String,
}

impl From<Locked> for LockedDto {
    fn from(why: Locked) -> LockedDto {
        let message = why.to_string();
        let kind = match why {
            Locked::Behind => LockedKind::Behind,
            Locked::Elsewhere => LockedKind::Elsewhere,
            Locked::Unremembered(_) => LockedKind::Unremembered,
        };
        LockedDto { kind, message }
    }
}

/// What the window needs before it can show anything.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Start {
    /// The program's version.
    pub(crate) version: String,
    /// The shops.
    pub(crate) accounts: Vec<AccountDto>,
    /// How the window is set up.
    pub(crate) settings: Settings,
    /// Whether the program was started to open the sandbox shop where there is no other.
    pub(crate) wants_sandbox: bool,
    /// Why money operations are locked.
    pub(crate) locked: Option<LockedDto>,
    /// Whether the journal is sealed with a key of the keychain.
    pub(crate) sealed: bool,
    /// The folder of the data file.
    pub(crate) data_folder: String,
    /// Who is logged in to the operating system, as the journal names them.
    pub(crate) os_user: String,
    /// The newest payments of the shop that is worked on, so that the first frame has its rows. `None` without a shop, and
    /// where they could not be read: then the list asks, and says why.
    pub(crate) first: Option<PaymentPageDto>,
}
