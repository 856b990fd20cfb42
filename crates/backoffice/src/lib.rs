//! The use cases of the back office: what a person can do, whatever window or terminal they use.
//!
//! Everything begins with a [`Backoffice`] over one data folder. [`setup::open`] makes the real one
//! (the system's folders, keychain, network, clock and randomness); tests make theirs from [`Parts`].
//!
//! - [`accounts`]: the shops that are known, and which one is worked on.
//! - [`import`]: payments arrive in files, since no call of Paytrail lists them. First a plan that
//!   says what would change, then exactly that.
//! - [`payments`] and [`views`]: list, search, show; the shapes in JSON.
//! - [`money`]: refunds, activations and cancels.
//! - [`bulk`]: the same with many payments and one confirmation.
//! - [`operations`] and [`timeline`]: what became of them, and everything that happened to a payment.
//! - [`refresh`]: asking Paytrail again, some payments or all that may still change.
//! - [`drafts`]: new payments, prepared offline and sent once.
//! - [`settlements`]: what was paid out, and whether it adds up.
//! - [`export`]: payments and the audit log as tables for other programs.
//! - [`audit`]: who did what and when, and whether the log is as it was written.
//! - [`refund_policy`]: a shop's reasons for refunds, and from which sum on the sum is typed.
//! - [`setup_check`]: everything that a shop needs to have set up, with what is missing.
//! - [`check`]: whether an account's id, secret and clock are good, and whether Klarna is offered.
//!
//! Errors are one type, [`Error`], with a closed set of codes: what happened, whether money moved and
//! what to do next. What exactly stood in the way is its [`Why`], for whoever has words of their own.

pub mod accounts;
pub mod audit;
pub mod bulk;
pub mod check;
pub mod clock;
pub mod drafts;
pub mod error;
pub mod export;
mod give_id;
pub mod import;
mod look;
pub mod money;
pub mod operations;
pub mod payments;
pub mod refresh;
pub mod refund_policy;
pub mod service;
pub mod settlements;
pub mod setup;
pub mod setup_check;
pub mod timeline;
pub mod views;
pub mod why;

pub use accounts::{AddedAccount, NewShop};
pub use audit::{AuditEntryJson, AuditQuery, flaw_code};
pub use check::{CheckReport, ClockCheck, KlarnaOffer, Offered, SignatureCheck};
pub use drafts::{
    Acceptance, AcceptanceItem, CreatedPayment, Draft, DraftBrief, DraftOrder, OrderCheck,
    OrderProblem, Told, ToldState,
};
pub use error::{Code, Error, MoneyMoved};
pub use export::{Export, ExportFormat};
pub use hyvitys_domain::PaymentStanding;
pub use hyvitys_store::head::Locked;
pub use hyvitys_store::journal::{
    AuditKind, AuditPage, AuditRow, ChainBreak, ChainReport, Flaw, ForeignRefund, HeadCheck,
    NotRepeatable, StateSum, Unproven,
};
pub use hyvitys_store::payments::{LineSummary, Part, Query, QueryError, Sort, SortBy, Totals};
pub use import::{ImportPlan, ImportResult, SourceFile};
pub use operations::{
    OperationDetail, OperationPage, OperationRow, Repeat, is_pending, money_moved,
};
pub use payments::{
    Hold, ListedPayment, OperationBrief, PaymentDetail, PaymentPage, PaymentRef, ValueSource,
};
pub use refresh::{RefreshReport, SyncReport};
pub use refund_policy::RefundPolicy;
pub use service::{Backoffice, Kept, Keys, Parts, SecretState};
pub use settlements::{SettlementDetail, SettlementList, SettlementSums};
pub use setup::SetupOptions;
pub use setup_check::{Faulty, SetupCheck, SetupItem, SetupState, SetupWhat};
pub use timeline::{TimelineEntry, TimelineWhat};
pub use why::Why;
