//! The use cases of the back office: what a person can do, whatever window or terminal they use.
//!
//! Everything begins with a [`Backoffice`] over one data folder. [`setup::open`] makes the real one
//! (the system's folders, keychain, network, clock and randomness); tests make theirs from [`Parts`].
//!
//! - [`accounts`]: the shops that are known, and which one is worked on.
//! - [`import`]: payments arrive in files, since no call of Paytrail lists them. First a plan that
//!   says what would change, then exactly that.
//! - [`payments`] and [`views`]: list, search, show; the shapes in JSON.
//! - [`money`]: refunds, activations and cancels, and what became of them.
//! - [`refresh`]: asking Paytrail again, some payments or all that may still change.
//!
//! Errors are one type, [`Error`], with a closed set of codes: what happened, whether money moved and
//! what to do next.

pub mod accounts;
pub mod clock;
pub mod error;
pub mod import;
mod look;
pub mod money;
pub mod payments;
pub mod refresh;
pub mod service;
pub mod setup;
pub mod views;

pub use accounts::{AddedAccount, NewShop};
pub use error::{Code, Error, MoneyMoved};
pub use import::{ImportPlan, ImportResult, SourceFile};
pub use payments::{OperationDetail, PaymentDetail, PaymentPage};
pub use refresh::{RefreshReport, SyncReport};
pub use service::{Backoffice, Kept, Keys, Parts};
pub use setup::SetupOptions;
