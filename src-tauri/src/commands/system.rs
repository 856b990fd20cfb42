//! The start, the settings, and the few doors to the world outside.

use std::time::Instant;

use hyvitys_backoffice::bulk::{CONCURRENCY_SETTING, MOST_CONCURRENCY};
use hyvitys_backoffice::{Backoffice, Error, Sort, setup};
use tauri::State;
use tauri_plugin_opener::{open_path, open_url};

use super::accounts::all_accounts;
use crate::dto::{ErrorDto, Language, PaymentPageDto, Place, Settings, Start, Theme, bad_input};
use crate::notify::show;
use crate::state::Shell;

const LANGUAGE: &str = "language";
const THEME: &str = "theme";
const TIME_ZONE: &str = "timeZone";
const LAYOUT: &str = "layout";
/// In bytes: some saved views and widths, far from it.
const LONGEST_LAYOUT: usize = 64 * 1024;
/// In characters: what a desktop shows of a notification is far less.
const LONGEST_NOTIFICATION: usize = 500;
/// How many payments come with the start: as many as a list is begun with (`FIRST` in the window's `list.svelte.ts`).
const FIRST_PAGE: usize = 60;

/// What the window needs first. Waits until the data file is open; after a failure the next call tries again.
#[tauri::command]
#[specta::specta]
pub(crate) async fn start(shell: State<'_, Shell>) -> Result<Start, ErrorDto> {
    let office = shell.office().await?;
    shell.resume_demo().await;
    let data_file = office.store().path();
    Ok(Start {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        accounts: all_accounts(&shell).await?,
        settings: settings(office).await?,
        wants_sandbox: shell.wants_sandbox(),
        locked: office.locked().map(Into::into),
        sealed: office.sealed(),
        data_folder: data_file
            .parent()
            .unwrap_or(data_file)
            .display()
            .to_string(),
        os_user: setup::os_user(),
        first: first_page(office).await,
    })
}

async fn first_page(office: &Backoffice) -> Option<PaymentPageDto> {
    let account = office.active_account(None).await.ok()?;
    let began = Instant::now();
    let page = office
        .list(account.id, "", Sort::default(), None, FIRST_PAGE)
        .await
        .ok()?;
    Some(PaymentPageDto::of(&page, began.elapsed()))
}

async fn settings(office: &Backoffice) -> Result<Settings, Error> {
    Ok(Settings {
        language: named(office.setting(LANGUAGE).await?),
        theme: named(office.setting(THEME).await?).unwrap_or_default(),
        time_zone: office
            .setting(TIME_ZONE)
            .await?
            .unwrap_or_else(|| "Europe/Helsinki".to_owned()),
        layout: office
            .setting(LAYOUT)
            .await?
            .filter(|layout| !layout.is_empty()),
        batch_concurrency: office.batch_concurrency().await?,
    })
}

/// A value of a closed set by its name; one that an other version wrote is as if it had never been set.
fn named<T: serde::de::DeserializeOwned>(kept: Option<String>) -> Option<T> {
    serde_json::from_value(serde_json::Value::String(kept?)).ok()
}

/// Keeps the settings. Those that change what is read on screen are entries of the audit log, the arrangement of
/// columns is not.
#[tauri::command]
#[specta::specta]
pub(crate) async fn set_settings(
    shell: State<'_, Shell>,
    settings: Settings,
) -> Result<(), ErrorDto> {
    let Settings {
        language,
        theme,
        time_zone,
        layout,
        batch_concurrency,
    } = settings;
    if time_zone.parse::<chrono_tz::Tz>().is_err() {
        return Err(bad_input(format!("there is no time zone {time_zone}")));
    }
    let office = shell.office().await?;
    let language = language.map(|language| match language {
        Language::Fi => "fi",
        Language::Sv => "sv",
        Language::En => "en",
    });
    let theme = match theme {
        Theme::System => "system",
        Theme::Light => "light",
        Theme::Dark => "dark",
    };
    if layout
        .as_ref()
        .is_some_and(|layout| layout.len() > LONGEST_LAYOUT)
    {
        return Err(bad_input(
            "the arrangement of the views is too long to be kept".to_owned(),
        ));
    }
    if !(1..=MOST_CONCURRENCY).contains(&batch_concurrency) {
        return Err(bad_input(format!(
            "1 to {MOST_CONCURRENCY} lines of a batch are under way at once, not {batch_concurrency}"
        )));
    }
    let at_once = batch_concurrency.to_string();
    // What is usual need not be kept.
    let usual = office.batch_concurrency().await? == batch_concurrency;
    // An empty value is one that was taken back.
    let values = [
        (LANGUAGE, language, true),
        (THEME, Some(theme), true),
        (TIME_ZONE, Some(time_zone.as_str()), true),
        (LAYOUT, layout.as_deref(), false),
    ];
    if !usual {
        office
            .set_setting(CONCURRENCY_SETTING, &at_once, true)
            .await?;
    }
    for (name, value, audited) in values {
        let value = value.unwrap_or_default();
        if office.setting(name).await?.unwrap_or_default() != value {
            office.set_setting(name, value, audited).await?;
        }
    }
    Ok(())
}

/// A person has compared a restored or copied data file, and takes it over.
#[tauri::command]
#[specta::specta]
pub(crate) async fn take_over(shell: State<'_, Shell>, note: String) -> Result<(), ErrorDto> {
    Ok(shell.office().await?.take_over(&note).await?)
}

/// Opens one of the few places outside that the window leads to.
#[tauri::command]
#[specta::specta]
pub(crate) async fn open_place(shell: State<'_, Shell>, place: Place) -> Result<(), ErrorDto> {
    let opened = if let Some(address) = place.address() {
        open_url(address, None::<&str>)
    } else {
        let data_file = shell.office().await?.store().path();
        open_path(data_file.parent().unwrap_or(data_file), None::<&str>)
    };
    opened.map_err(|error| bad_input(format!("it could not be opened: {error}")))
}

/// Shows a notification of the desktop, in the window's words. Where the desktop shows none, nothing happens.
#[tauri::command]
#[specta::specta]
pub(crate) async fn notify(title: String, text: String) -> Result<(), ErrorDto> {
    if title.chars().count() + text.chars().count() > LONGEST_NOTIFICATION {
        return Err(bad_input(format!(
            "a notification has at most {LONGEST_NOTIFICATION} characters"
        )));
    }
    show(&title, &text).await;
    Ok(())
}
