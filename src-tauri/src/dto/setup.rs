//! What the set-up check found.

use hyvitys_backoffice::{Faulty, SecretState, SetupCheck, SetupItem, SetupState, SetupWhat};
use serde::Serialize;
use specta::Type;

use super::{CheckReportDto, WhyDto, mirror, why, words};

mirror! {
    /// Which part keeps the account from being accepted.
    #[serde(rename = "Faulty")]
    FaultyDto of Faulty {
        /// The secret: the id is good for sure.
        Secret,
        /// The id or the secret: nothing tells which.
        IdOrSecret,
        /// The machine's clock.
        Clock,
        /// The way to Paytrail, or something on it.
        Network,
    }
}

mirror! {
    /// What is checked.
    #[serde(rename = "SetupWhat")]
    SetupWhatDto of SetupWhat {
        /// Whether id and secret are accepted.
        Credentials,
        /// Whether money operations are sent, or paused.
        Sending,
        /// Whether the machine's clock is right.
        Clock,
        /// Whether Klarna is offered.
        Klarna,
        /// Whether Paytrail has an address to call after a refund.
        Callback,
        /// Whether the secret can be had.
        Keychain,
        /// Up to when refunds made by other tools are known.
        LastReport,
    }
}

mirror! {
    /// How it stands.
    #[serde(rename = "SetupState")]
    SetupStateDto of SetupState {
        /// Nothing is to be done.
        Good,
        /// It works, and something is to be done.
        Todo,
        /// It does not work.
        Bad,
        /// It could not be judged.
        NotKnown,
    }
}

/// One line of the check.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename = "SetupItem")]
pub struct SetupItemDto {
    what: SetupWhatDto,
    state: SetupStateDto,
    why: Option<WhyDto>,
}

impl From<&SetupItem> for SetupItemDto {
    fn from(item: &SetupItem) -> SetupItemDto {
        SetupItemDto {
            what: item.what.into(),
            state: item.state.into(),
            why: item.why.as_ref().and_then(why),
        }
    }
}

/// Whether Paytrail has an address to call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum CallbackState {
    /// It has.
    Set,
    /// It has none.
    Missing,
}

/// Whether the secret can be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum KeychainCheck {
    /// It can.
    Ok,
    /// The keychain is locked, or has not answered.
    Locked,
    /// There is none, or no keychain.
    Missing,
    /// The keychain refused.
    Refused,
}

impl From<SecretState> for KeychainCheck {
    fn from(state: SecretState) -> KeychainCheck {
        match state {
            SecretState::Kept | SecretState::Environment => KeychainCheck::Ok,
            SecretState::Locked | SecretState::NoAnswer => KeychainCheck::Locked,
            SecretState::Missing | SecretState::Unavailable => KeychainCheck::Missing,
            SecretState::Refused => KeychainCheck::Refused,
        }
    }
}

/// What the check found.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename = "SetupCheck")]
#[serde(rename_all = "camelCase")]
pub struct SetupCheckDto {
    /// `None` where no secret could be had.
    credentials: Option<CheckReportDto>,
    wrong: Option<FaultyDto>,
    callback: CallbackState,
    keychain: KeychainCheck,
    /// Up to when refunds made by other tools are known.
    last_report_at: Option<String>,
    /// In the order in which it is to be mended.
    items: Vec<SetupItemDto>,
}

impl From<SetupCheck> for SetupCheckDto {
    fn from(check: SetupCheck) -> SetupCheckDto {
        SetupCheckDto {
            items: check.items.iter().map(Into::into).collect(),
            credentials: check.credentials.map(Into::into),
            wrong: check.wrong.map(Into::into),
            callback: if check.callback {
                CallbackState::Set
            } else {
                CallbackState::Missing
            },
            keychain: check.keychain.into(),
            last_report_at: check.last_report_at.map(words),
        }
    }
}
