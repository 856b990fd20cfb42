//! The use cases of the back office.

pub mod clock;
pub mod error;
mod look;
pub mod money;
pub mod service;

pub use error::{Code, Error, MoneyMoved};
pub use service::{Backoffice, Keys, Parts};
