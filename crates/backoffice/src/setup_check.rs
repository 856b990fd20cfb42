//! The set-up check: everything that a shop needs, with what is missing or wrong.
//!
//! A refused signature does not say whether id or secret is wrong. What can tell them apart is tried: whether
//! the secret of another account of this file fits the id, and whether this secret fits another id. Where
//! nothing tells, it says so.

use chrono::{DateTime, TimeDelta, Utc};
use hyvitys_domain::account::is_published_test;
use hyvitys_domain::{AccountId, MerchantId};
use hyvitys_paytrail::{Algorithm, CallError, Client, Credentials, SigningKey};
use hyvitys_store::accounts::Account;
use serde::Serialize;
use std::sync::Arc;

use crate::check::{CheckReport, ClockCheck, Offered, SignatureCheck};
use crate::error::{Code, Error};
use crate::service::{Backoffice, PLATFORM, SecretState};
use crate::why::Why;

/// A report that is older leaves refunds of other tools unseen for too long.
const REPORT_IS_OLD: TimeDelta = TimeDelta::days(31);

/// Which part keeps the account from being accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Faulty {
    /// The secret: the id is good for sure.
    Secret,
    /// The id or the secret: nothing tells which.
    IdOrSecret,
    /// The machine's clock, by which requests are signed.
    Clock,
    /// The way to Paytrail, or something on it.
    Network,
}

/// What is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum SetupWhat {
    /// Whether id and secret are accepted.
    Credentials,
    /// Whether money operations are sent, or paused since Paytrail did not accept id and secret.
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

/// How it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum SetupState {
    /// Nothing is to be done.
    Good,
    /// It works, and something is to be done.
    Todo,
    /// It does not work.
    Bad,
    /// It could not be judged: check again.
    NotKnown,
}

/// One line of the check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SetupItem {
    /// What.
    pub what: SetupWhat,
    /// How it stands.
    pub state: SetupState,
    /// Why, where there is something to say.
    pub why: Option<Why>,
}

/// What the check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetupCheck {
    /// The live check; `None` where no secret could be had.
    pub credentials: Option<CheckReport>,
    /// Which part keeps the account from being accepted.
    pub wrong: Option<Faulty>,
    /// Whether Paytrail has an address to call after a refund.
    pub callback: bool,
    /// Where the secret stands.
    pub keychain: SecretState,
    /// Up to when refunds made by other tools are known (UTC).
    pub last_report_at: Option<DateTime<Utc>>,
    /// Everything, in the order in which it is to be mended.
    pub items: Vec<SetupItem>,
}

impl Backoffice {
    /// Checks everything that an account needs. Nothing is kept, nothing is paused, a pause stays, no money is touched.
    ///
    /// That no secret can be had is part of what is found. An error means that the data file could not be read.
    pub async fn setup_check(&self, account: AccountId) -> Result<SetupCheck, Error> {
        let account = self.account(account).await?;
        let keychain = self.secret_state(account.id).await?;
        let (credentials, no_secret) = match self.check_of(&account).await {
            Ok(report) => (Some(report), None),
            Err(error) if error.code == Code::Secret => (None, error.why.map(|why| *why)),
            Err(error) => return Err(error),
        };
        let (wrong, why) = match &credentials {
            Some(report) => self.faulty(&account, report).await?,
            None => (None, no_secret.or(Some(Why::KeychainFailed))),
        };
        let now = self.inner.clock.now().at;
        Ok(SetupCheck {
            items: vec![
                credentials_item(credentials.as_ref(), why),
                sending_item(&account, credentials.as_ref()),
                clock_item(credentials.as_ref()),
                klarna_item(credentials.as_ref()),
                keychain_item(keychain),
                callback_item(&account),
                report_item(&account, now),
            ],
            callback: account.callback_url.is_some(),
            last_report_at: account.last_report_at,
            credentials,
            wrong,
            keychain,
        })
    }

    /// Which part is wrong, and what is said of it.
    async fn faulty(
        &self,
        account: &Account,
        report: &CheckReport,
    ) -> Result<(Option<Faulty>, Option<Why>), Error> {
        let why = report.why.clone();
        let faulty = match report.signature {
            SignatureCheck::Accepted
            | SignatureCheck::TooManyRequests
            | SignatureCheck::ServerError
            | SignatureCheck::Unexpected => None,
            SignatureCheck::Dns
            | SignatureCheck::Connect
            | SignatureCheck::Tls
            | SignatureCheck::Timeout
            | SignatureCheck::Cut
            | SignatureCheck::Unsigned
            | SignatureCheck::WrongSignature => Some(Faulty::Network),
            SignatureCheck::Unauthorized => {
                if matches!(report.clock, ClockCheck::Ahead | ClockCheck::Behind) {
                    return Ok((Some(Faulty::Clock), Some(clock_why(report))));
                }
                return self.id_or_secret(account, why).await;
            }
        };
        Ok((faulty, why))
    }

    /// Each verdict rests on an answer that was given: where Paytrail doesn't answer, nothing more is asked, and "id or
    /// secret" is said.
    async fn id_or_secret(
        &self,
        account: &Account,
        why: Option<Why>,
    ) -> Result<(Option<Faulty>, Option<Why>), Error> {
        let Ok(own) = self.inner.keys.key(account).await else {
            return Ok((Some(Faulty::IdOrSecret), why));
        };
        let mut of_another = None;
        for other in self
            .accounts()
            .await?
            .iter()
            .filter(|other| other.id != account.id && other.origin == account.origin)
        {
            if let Ok(key) = self.inner.keys.key(other).await {
                match self.is_accepted(account, &account.merchant, key).await {
                    Some(true) => {
                        let name = other.name.clone();
                        return Ok((Some(Faulty::Secret), Some(Why::SecretSwapped { name })));
                    }
                    Some(false) => {}
                    None => break,
                }
            }
            let merchant = &other.merchant;
            match self.is_accepted(account, merchant, own.clone()).await {
                Some(true) => of_another = Some(other.name.clone()),
                Some(false) => {}
                None => break,
            }
        }
        Ok(match of_another {
            Some(name) => (
                Some(Faulty::IdOrSecret),
                Some(Why::SecretOfAnother { name }),
            ),
            // The ids that Paytrail publishes are good for sure.
            None if is_published_test(&account.merchant) => (Some(Faulty::Secret), why),
            None => (Some(Faulty::IdOrSecret), why),
        })
    }

    /// Whether this pair is accepted; `None` without an answer that says so. It only asks what the merchant can offer.
    async fn is_accepted(
        &self,
        account: &Account,
        merchant: &MerchantId,
        key: SigningKey,
    ) -> Option<bool> {
        let credentials = Credentials {
            merchant: merchant.clone(),
            key,
            algorithm: Algorithm::Sha256,
        };
        let transport = Arc::clone(&self.inner.transport);
        let client = Client::new(account.origin.clone(), credentials, transport, PLATFORM);
        let stamped = self.stamped(None);
        match client.payment_providers(&stamped, None, &[]).await {
            // A refusal that is signed with this secret has been accepted so far.
            Ok(_) | Err(CallError::Refused { .. }) => Some(true),
            Err(CallError::Unauthorized { .. }) => Some(false),
            Err(_) => None,
        }
    }
}

fn item(what: SetupWhat, state: SetupState, why: Option<Why>) -> SetupItem {
    SetupItem { what, state, why }
}

fn credentials_item(report: Option<&CheckReport>, why: Option<Why>) -> SetupItem {
    let state = match report.map(|report| report.signature) {
        Some(SignatureCheck::Accepted) => SetupState::Good,
        // Paytrail did not come to look at them.
        Some(SignatureCheck::TooManyRequests | SignatureCheck::ServerError) => SetupState::NotKnown,
        _ => SetupState::Bad,
    };
    item(SetupWhat::Credentials, state, why)
}

fn sending_item(account: &Account, report: Option<&CheckReport>) -> SetupItem {
    let accepted = report.is_some_and(|report| report.signature == SignatureCheck::Accepted);
    let (state, why) = match (&account.paused, accepted) {
        (None, _) => (SetupState::Good, None),
        (Some(_), false) => (SetupState::Bad, Some(Why::Paused)),
        (Some(_), true) => (SetupState::Bad, Some(Why::PausedThoughAccepted)),
    };
    item(SetupWhat::Sending, state, why)
}

fn clock_why(report: &CheckReport) -> Why {
    Why::ClockWrong {
        seconds: report.clock_skew_ms.unwrap_or_default().unsigned_abs() / 1_000,
        ahead: report.clock == ClockCheck::Ahead,
    }
}

fn clock_item(report: Option<&CheckReport>) -> SetupItem {
    let (state, why) = match report {
        Some(report) => match report.clock {
            ClockCheck::Right => (SetupState::Good, None),
            ClockCheck::Ahead | ClockCheck::Behind => (SetupState::Bad, Some(clock_why(report))),
            ClockCheck::NotKnown => (SetupState::NotKnown, Some(Why::ClockNotKnown)),
        },
        None => (SetupState::NotKnown, Some(Why::ClockNotKnown)),
    };
    item(SetupWhat::Clock, state, why)
}

fn klarna_item(report: Option<&CheckReport>) -> SetupItem {
    let offers = report
        .map(|report| report.klarna.as_slice())
        .unwrap_or_default();
    let count = |wanted| {
        offers
            .iter()
            .filter(|offer| offer.offered == wanted)
            .count()
    };
    let (yes, no) = (count(Offered::Yes), count(Offered::No));
    let without = offers
        .iter()
        .filter(|offer| offer.offered == Offered::No)
        .map(|offer| offer.amount)
        .min();
    let (state, why) = match (yes, no, without) {
        (0, 0, _) => (SetupState::NotKnown, Some(Why::KlarnaNotKnown)),
        (0, _, _) => (SetupState::Todo, Some(Why::KlarnaNotOffered)),
        // Klarna has limits of its own: that some amount is too large for it is as it should be.
        (_, _, Some(amount)) => (SetupState::Good, Some(Why::KlarnaOfferedPartly { amount })),
        _ => (SetupState::Good, None),
    };
    item(SetupWhat::Klarna, state, why)
}

fn keychain_item(state: SecretState) -> SetupItem {
    let bad = |why| (SetupState::Bad, Some(why));
    let (state, why) = match state {
        SecretState::Kept => (SetupState::Good, None),
        SecretState::Environment => (SetupState::Good, Some(Why::SecretInEnvironment)),
        SecretState::Missing => bad(Why::SecretMissing),
        SecretState::Locked => bad(Why::KeychainLocked),
        SecretState::Unavailable => bad(Why::KeychainUnavailable),
        SecretState::Refused => bad(Why::KeychainDenied),
        SecretState::NoAnswer => bad(Why::KeychainNoAnswer),
    };
    item(SetupWhat::Keychain, state, why)
}

fn callback_item(account: &Account) -> SetupItem {
    match account.callback_url {
        Some(_) => item(SetupWhat::Callback, SetupState::Good, None),
        None => item(
            SetupWhat::Callback,
            SetupState::Todo,
            Some(Why::CallbackMissing),
        ),
    }
}

fn report_item(account: &Account, now: DateTime<Utc>) -> SetupItem {
    let (state, why) = match account.last_report_at {
        None => (SetupState::Todo, Some(Why::ReportMissing)),
        Some(at) if now - at > REPORT_IS_OLD => {
            let days = (now - at).num_days();
            (SetupState::Todo, Some(Why::ReportOld { days }))
        }
        Some(_) => (SetupState::Good, None),
    };
    item(SetupWhat::LastReport, state, why)
}
