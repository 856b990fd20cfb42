//! How a sandbox is started.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use hyvitys_domain::{MerchantId, ids::IdError};
use hyvitys_paytrail::signing::SigningKey;

use crate::books::Rates;
use crate::clock::ClockMode;
use crate::faults::Faults;
use crate::state::StateError;

/// The merchant id that Paytrail publishes for testing.
pub const TEST_MERCHANT: &str = "375917";
/// The secret that Paytrail publishes with it.
pub const TEST_SECRET: &str = "SAIPPUAKAUPPIAS";

/// How a sandbox is started.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where it listens: an address on loopback; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The merchant whose shop it is.
    pub merchant: MerchantId,
    /// The merchant's secret.
    pub key: SigningKey,
    /// How many payments the history has; only for a new shop.
    pub payments: usize,
    /// What chance is made of; a saved shop keeps its own.
    pub seed: u64,
    /// The file that keeps the shop; none keeps it in memory only.
    pub state: Option<PathBuf>,
    /// How long every answer of the API takes.
    pub latency: Duration,
    /// How much later an answer under the fault `slow` comes.
    pub slow: Duration,
    /// What goes wrong, and how often.
    pub faults: Faults,
    /// How often refunds are pending, fail, and cancellations take time.
    pub rates: Rates,
    /// Which clock it has.
    pub clock: ClockMode,
    /// Where callbacks are sent instead of their own host: an address on loopback.
    pub callback_to: Option<SocketAddr>,
}

impl Options {
    /// The options of the published test merchant: a free port, 2 000 payments, nothing goes wrong.
    pub fn test_merchant() -> Result<Options, IdError> {
        Ok(Options {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            merchant: TEST_MERCHANT.parse()?,
            key: SigningKey::new(TEST_SECRET),
            payments: 2_000,
            seed: 1,
            state: None,
            latency: Duration::ZERO,
            slow: Duration::from_secs(2),
            faults: Faults::default(),
            rates: Rates::default(),
            clock: ClockMode::Real,
            callback_to: None,
        })
    }
}

/// Why a sandbox did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A sandbox answers this machine only.
    #[error("{0} is not an address on this machine: a sandbox listens on loopback only")]
    NotLoopback(SocketAddr),
    /// The address can't be listened on.
    #[error("can't listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        source: std::io::Error,
    },
    /// The state file can't be used.
    #[error(transparent)]
    State(#[from] StateError),
}
