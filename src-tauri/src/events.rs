//! What the shell tells the window without being asked.

use serde::{Deserialize, Serialize};
use specta::Type;
use tauri::{AppHandle, Runtime};
use tauri_specta::Event;

use crate::dto::{AccountNumber, BatchDto, Count, ErrorDto};

/// Something in the data file is another one now: whoever shows a list asks for it again.
#[derive(Clone, Debug, Serialize, Deserialize, Type, Event)]
#[serde(rename_all = "camelCase")]
pub struct Changed {
    /// In which account.
    pub account: AccountNumber,
}

/// How the look at Paytrail in the background stands.
#[derive(Clone, Debug, Serialize, Type, Event)]
#[serde(rename_all = "camelCase")]
pub struct SyncState {
    /// Of which account.
    pub account: AccountNumber,
    /// Whether it is looking now.
    pub running: bool,
    /// When the last whole look ended (UTC); `None` before the first.
    pub at: Option<String>,
    /// Why the last look could not be had; `None` where it was.
    pub error: Option<ErrorDto>,
    /// Since when (UTC) Paytrail can't be reached.
    pub offline_since: Option<String>,
    /// How many answers the disk did not take yet; nothing is sent while there are any.
    pub unsaved: Count,
}

/// The built-in shop is being filled.
#[derive(Clone, Debug, Serialize, Deserialize, Type, Event)]
#[serde(rename_all = "camelCase")]
pub struct Filling {
    /// How far it is, 0 to 100.
    pub percent: u32,
}

/// The window was asked to close and waits; with no orders left it could not save, and stays.
#[derive(Clone, Debug, Serialize, Deserialize, Type, Event)]
#[serde(rename_all = "camelCase")]
pub struct Closing {
    /// How many orders it waits for.
    pub orders: u32,
    /// How many answers the disk did not take yet.
    pub unsaved: u32,
    /// How many batches run: a person says whether they are paused for it.
    pub batches: u32,
}

/// A batch has gone on: whoever shows it asks for it again. At most ten times a second.
#[derive(Clone, Debug, Serialize, Deserialize, Type, Event)]
#[serde(rename_all = "camelCase")]
pub struct BatchChanged {
    /// Of which account.
    pub account: AccountNumber,
    /// Which.
    pub batch: String,
}

/// A batch that ran here runs no more, and no person of this window has said so.
#[derive(Clone, Debug, Serialize, Type, Event)]
#[serde(rename_all = "camelCase")]
pub struct BatchEnded {
    /// Of which account.
    pub account: AccountNumber,
    /// As it stands now: finished, or paused by what stands in its way.
    pub batch: BatchDto,
}

/// Something that the window is told.
#[derive(Clone, Debug)]
pub enum Told {
    /// Lists are to be asked for again.
    Changed(Changed),
    /// How the look in the background stands.
    SyncState(SyncState),
    /// How far the built-in shop is filled.
    Filling(Filling),
    /// A batch has gone on.
    BatchChanged(BatchChanged),
    /// A batch runs no more.
    BatchEnded(Box<BatchEnded>),
}

impl Told {
    /// Tells the window. One that is gone needs no word of it.
    pub(crate) fn emit<R: Runtime>(self, app: &AppHandle<R>) {
        let _ = match self {
            Told::Changed(event) => event.emit(app),
            Told::SyncState(event) => event.emit(app),
            Told::Filling(event) => event.emit(app),
            Told::BatchChanged(event) => event.emit(app),
            Told::BatchEnded(event) => event.emit(app),
        };
    }
}
