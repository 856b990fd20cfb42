//! The states of an operation and the moves between them (money-safety: "Believing").

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::rules::{self, Rule};

/// What an operation does with a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OperationKind {
    /// Gives money back, whole or in part.
    Refund,
    /// Captures a hold: a manual invoice, or a Klarna authorization hold.
    Activate,
    /// Releases a hold.
    Cancel,
}

/// A name that is none of the closed set it should be from.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not one of the names of {1}")]
pub struct UnknownName(pub String, pub &'static str);

impl OperationKind {
    /// All kinds.
    pub const ALL: [OperationKind; 3] = [
        OperationKind::Refund,
        OperationKind::Activate,
        OperationKind::Cancel,
    ];

    /// The name in the data file, in JSON and on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            OperationKind::Refund => "refund",
            OperationKind::Activate => "activate",
            OperationKind::Cancel => "cancel",
        }
    }

    /// Whether the operation captures or releases a hold.
    pub const fn is_hold(self) -> bool {
        matches!(self, OperationKind::Activate | OperationKind::Cancel)
    }

    /// How long a person's confirmation of it holds (money-safety 15).
    pub const fn confirmation_holds(self) -> TimeDelta {
        match self {
            OperationKind::Refund => TimeDelta::hours(24),
            OperationKind::Activate | OperationKind::Cancel => TimeDelta::minutes(15),
        }
    }

    /// Whether a confirmation no longer holds: it is too old, or from the future, since a clock was set.
    pub fn confirmation_is_stale(self, confirmed: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        let stale =
            now < confirmed - TimeDelta::minutes(1) || now - confirmed > self.confirmation_holds();
        stale && rules::holds(Rule::ConfirmationsGoStale)
    }
}

impl fmt::Display for OperationKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for OperationKind {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        OperationKind::ALL
            .into_iter()
            .find(|kind| kind.as_str() == name)
            .ok_or_else(|| UnknownName(name.to_owned(), "operation kinds"))
    }
}

/// Where an operation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OperationState {
    /// Planned, not confirmed.
    Draft,
    /// Confirmed, not sent.
    Queued,
    /// A request may be on its way.
    Sending,
    /// Taken by Paytrail, outcome open.
    Accepted,
    /// Proven to have happened.
    Done,
    /// Nothing was sent, or it is proven not to have happened.
    Failed,
    /// Refused by Paytrail in a signed answer.
    Rejected,
    /// A request went out, and what became of it is not known.
    Unknown,
}

impl OperationState {
    /// All states.
    pub const ALL: [OperationState; 8] = [
        OperationState::Draft,
        OperationState::Queued,
        OperationState::Sending,
        OperationState::Accepted,
        OperationState::Done,
        OperationState::Failed,
        OperationState::Rejected,
        OperationState::Unknown,
    ];

    /// The name in the data file, in JSON and on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            OperationState::Draft => "draft",
            OperationState::Queued => "queued",
            OperationState::Sending => "sending",
            OperationState::Accepted => "accepted",
            OperationState::Done => "done",
            OperationState::Failed => "failed",
            OperationState::Rejected => "rejected",
            OperationState::Unknown => "unknown",
        }
    }

    /// Whether money may still move: an open operation reserves its amount.
    pub const fn is_open(self) -> bool {
        matches!(
            self,
            OperationState::Queued
                | OperationState::Sending
                | OperationState::Accepted
                | OperationState::Unknown
        )
    }

    /// Whether an operation may go from this state to `next`.
    ///
    /// `accepted` may stay so for another reason: a look shows what it waits for. The last lines are evidence: a verified callback or report row overrides a refusal, a failure
    /// and a person's word. Nothing leads back to `queued` once bytes may have been written, but
    /// from `sending` when it is certain that none were. Queued work of a restored file is `unknown`:
    /// it may have been sent after the copy was made.
    pub const fn may_become(self, next: OperationState) -> bool {
        use OperationState::{Accepted, Done, Draft, Failed, Queued, Rejected, Sending, Unknown};
        matches!(
            (self, next),
            (Draft, Queued | Failed)
                | (Queued, Sending | Failed | Unknown)
                | (
                    Sending,
                    Queued | Accepted | Done | Failed | Rejected | Unknown
                )
                | (Accepted, Accepted | Done | Failed | Unknown)
                | (Unknown, Sending | Accepted | Done | Failed)
                | (Rejected | Failed, Done | Accepted)
                | (Done, Failed)
        )
    }
}

impl fmt::Display for OperationState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for OperationState {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        OperationState::ALL
            .into_iter()
            .find(|state| state.as_str() == name)
            .ok_or_else(|| UnknownName(name.to_owned(), "operation states"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back_as_they_are_written() {
        for state in OperationState::ALL {
            assert_eq!(state.as_str().parse(), Ok(state));
            assert_eq!(serde_json::to_value(state).unwrap(), state.as_str());
        }
        for kind in OperationKind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
        }
        assert!("Done".parse::<OperationState>().is_err());
    }

    #[test]
    fn a_sent_operation_never_goes_back_to_where_it_could_be_sent_as_new() {
        for state in [
            OperationState::Accepted,
            OperationState::Done,
            OperationState::Failed,
            OperationState::Rejected,
            OperationState::Unknown,
        ] {
            assert!(!state.may_become(OperationState::Queued), "{state}");
        }
        for state in [
            OperationState::Done,
            OperationState::Failed,
            OperationState::Rejected,
        ] {
            assert!(!state.may_become(OperationState::Sending), "{state}");
        }
    }
}
