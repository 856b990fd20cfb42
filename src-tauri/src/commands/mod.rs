//! What the window may ask: each command converts, calls, and converts the answer.

pub(crate) mod accounts;
pub(crate) mod audit;
pub(crate) mod bulk;
pub(crate) mod drafts;
pub(crate) mod import;
pub(crate) mod money;
pub(crate) mod payments;
pub(crate) mod settlements;
pub(crate) mod system;
