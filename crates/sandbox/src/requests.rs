//! The log of requests: what tests count, what nonces are checked against, and what numbers attempts.

use std::collections::{HashMap, HashSet, VecDeque};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::faults::Fault;

/// How many requests are remembered, and with them their nonces.
pub const KEPT: usize = 100_000;

/// A request that came, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestRecord {
    /// Counts from 1, over restarts.
    pub number: u64,
    /// When it came (UTC, by the sandbox's clock).
    pub at: DateTime<Utc>,
    /// `GET` or `POST`.
    pub method: String,
    /// The path without the query.
    pub path: String,
    /// `checkout-nonce`, if one came.
    pub nonce: Option<String>,
    /// `checkout-transaction-id`, if one came.
    pub transaction_id: Option<String>,
    /// The status that was sent; none where the connection was cut, or the process was killed first.
    pub http_status: Option<u16>,
    /// The fault that it met.
    pub fault: Option<Fault>,
    /// The `request-id` of the answer.
    pub request_id: String,
    /// Whether signature and account were right: only such a request uses up its nonce.
    pub verified: bool,
}

/// The log.
#[derive(Debug, Default)]
pub struct RequestLog {
    records: VecDeque<RequestRecord>,
    nonces: HashSet<String>,
    attempts: HashMap<String, u64>,
    last: u64,
}

impl RequestLog {
    /// All that are remembered, oldest first.
    pub fn all(&self) -> impl Iterator<Item = &RequestRecord> {
        self.records.iter()
    }

    /// The number that the next request will have.
    pub fn next_number(&self) -> u64 {
        self.last + 1
    }

    /// How many verified requests to this path came before.
    pub fn attempts(&self, path: &str) -> u64 {
        self.attempts.get(path).copied().unwrap_or(0)
    }

    /// Whether a verified request had this nonce.
    pub fn knows_nonce(&self, nonce: &str) -> bool {
        self.nonces.contains(nonce)
    }

    /// Puts a request in, over the one with the same number.
    pub fn put(&mut self, record: RequestRecord) {
        if record.number <= self.last {
            // Answers come soon after their requests: the search from the end is short.
            let known = self
                .records
                .iter_mut()
                .rev()
                .find(|known| known.number == record.number);
            if let Some(known) = known {
                *known = record;
            }
            return;
        }
        self.last = record.number;
        if record.verified {
            *self.attempts.entry(record.path.clone()).or_default() += 1;
            self.nonces.extend(record.nonce.clone());
        }
        self.records.push_back(record);
        if self.records.len() > KEPT
            && let Some(oldest) = self.records.pop_front()
            && oldest.verified
            && let Some(nonce) = oldest.nonce
        {
            self.nonces.remove(&nonce);
        }
    }
}
