//! The words of the trade: money, ids, statuses, deadlines and what may be done with a payment.
//!
//! Everything here is a value or a rule over values. There is no input or output and no clock:
//! whoever needs "now" passes it in, so that each rule can be shown in a test of its own. All the
//! other crates speak in these types, and no amount crosses a crate border as a bare integer.

pub mod account;
pub mod batch;
pub mod deadline;
pub mod ids;
pub mod money;
pub mod operable;
pub mod operation;
pub mod payment;
pub mod rules;
pub mod standing;
pub mod status;
pub mod time;

pub use account::{ApiOrigin, ApiOriginError, Mode};
pub use batch::{BatchLineState, BatchPause, BatchState};
pub use ids::{
    AccountId, BatchId, DraftId, IntentId, ItemStamp, MerchantId, OperationId, RefundStamp,
    TransactionId,
};
pub use money::{Money, MoneyError};
pub use operable::{HoldAction, HoldCall, NotOperable};
pub use operation::{OperationKind, OperationState};
pub use payment::{Address, Customer, ManualInvoice, OrderLine, Payment};
pub use standing::{Deeds, PaymentStanding};
pub use status::{PaymentStatus, Provider};
pub use time::{Moment, WireTime, WireTimeError};
