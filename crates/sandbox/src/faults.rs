//! Faults: what a shop's network and a tired server do to a request, each at a rate.
//!
//! Which request meets which fault is a hash of the seed, the path (so also the transaction) and the
//! number of the attempt, so that a run can be repeated and a second attempt may fare better.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::dice::Dice;

/// What may go wrong. "Done" means: the books have changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// The connection is cut, nothing is done.
    DropBefore,
    /// Done, then the connection is cut.
    DropAfter,
    /// Done, answered late.
    Slow,
    /// A signed 500, nothing is done.
    #[serde(rename = "status-500-before")]
    Status500Before,
    /// Done, then a signed 500.
    #[serde(rename = "status-500-after")]
    Status500After,
    /// A signed 429 with `Retry-After: 1`, nothing is done.
    #[serde(rename = "status-429")]
    Status429,
    /// Done, then an unsigned 400.
    #[serde(rename = "unsigned-4xx-after")]
    Unsigned4xxAfter,
    /// Done, answered with a wrong signature.
    BadSignature,
    /// Done, answered without a signature.
    NoSignature,
    /// Done, answered with half of the body under the whole content-length.
    Truncated,
    /// Not done; an older signed answer is sent once more.
    ReplayOld,
}

impl Fault {
    /// All of them, in the order in which they share out the hash.
    pub const ALL: [Fault; 11] = [
        Fault::DropBefore,
        Fault::DropAfter,
        Fault::Slow,
        Fault::Status500Before,
        Fault::Status500After,
        Fault::Status429,
        Fault::Unsigned4xxAfter,
        Fault::BadSignature,
        Fault::NoSignature,
        Fault::Truncated,
        Fault::ReplayOld,
    ];

    /// The name on the command line and in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Fault::DropBefore => "drop-before",
            Fault::DropAfter => "drop-after",
            Fault::Slow => "slow",
            Fault::Status500Before => "status-500-before",
            Fault::Status500After => "status-500-after",
            Fault::Status429 => "status-429",
            Fault::Unsigned4xxAfter => "unsigned-4xx-after",
            Fault::BadSignature => "bad-signature",
            Fault::NoSignature => "no-signature",
            Fault::Truncated => "truncated",
            Fault::ReplayOld => "replay-old",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How often a fault comes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Rate {
    /// A share of all calls, from 0 to 1.
    Everywhere(f64),
    /// A share of the calls whose path ends so (`refund`, `cancel-order`, …); `get` is the `GET` of a
    /// payment.
    Some {
        /// From 0 to 1.
        rate: f64,
        /// The last parts of the paths.
        paths: Vec<String>,
    },
}

/// The whole set of faults.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Faults(BTreeMap<Fault, Rate>);

/// Why a set of faults is none.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum FaultError {
    /// Not `KIND=RATE`.
    #[error("'{0}' is not a fault like drop-after=0.05; the kinds are {kinds}", kinds = kinds())]
    NotAFault(String),
    /// A rate below 0 or above 1.
    #[error("the rate of {0} is not between 0 and 1")]
    Rate(Fault),
    /// Together they are more than all calls.
    #[error("the rates add up to more than 1")]
    Sum,
}

fn kinds() -> String {
    Fault::ALL.map(Fault::as_str).join(", ")
}

impl Faults {
    /// Checks a set: every rate from 0 to 1, and together no more than 1.
    pub fn new(rates: impl IntoIterator<Item = (Fault, Rate)>) -> Result<Faults, FaultError> {
        let rates: BTreeMap<Fault, Rate> = rates.into_iter().collect();
        let mut sum = 0.0;
        for (fault, rate) in &rates {
            let (Rate::Everywhere(rate) | Rate::Some { rate, .. }) = rate;
            if !(0.0..=1.0).contains(rate) {
                return Err(FaultError::Rate(*fault));
            }
            sum += rate;
        }
        // A hair above one is rounding of rates that were meant to be one together.
        if sum > 1.000_001 {
            Err(FaultError::Sum)
        } else {
            Ok(Faults(rates))
        }
    }

    /// The fault that this attempt at a path meets, if any. `call` is the short name of the call,
    /// `attempt` counts the requests to this path from 0.
    pub fn strike(&self, dice: Dice, call: &str, path: &str, attempt: u64) -> Option<Fault> {
        if self.0.is_empty() {
            return None;
        }
        let mut at = dice.share("fault", &[&path, &attempt]);
        for (fault, rate) in &self.0 {
            let rate = match rate {
                Rate::Everywhere(rate) => *rate,
                Rate::Some { rate, paths } => {
                    let here = paths
                        .iter()
                        .any(|p| p == call || path.ends_with(&format!("/{p}")));
                    if here { *rate } else { 0.0 }
                }
            };
            if at < rate {
                return Some(*fault);
            }
            at -= rate;
        }
        None
    }
}

/// Reads `KIND=RATE`.
pub fn parse_fault(text: &str) -> Result<(Fault, Rate), FaultError> {
    let wrong = || FaultError::NotAFault(text.to_owned());
    let (name, rate) = text.split_once('=').ok_or_else(wrong)?;
    let fault = name.trim().parse().map_err(|_| wrong())?;
    let rate: f64 = rate.trim().parse().map_err(|_| wrong())?;
    Ok((fault, Rate::Everywhere(rate)))
}

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(name: &str) -> Result<Fault, FaultError> {
        Fault::ALL
            .into_iter()
            .find(|fault| fault.as_str() == name)
            .ok_or_else(|| FaultError::NotAFault(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all_at(rate: f64) -> Faults {
        Faults::new(Fault::ALL.map(|fault| (fault, Rate::Everywhere(rate)))).unwrap()
    }

    #[test]
    fn each_fault_comes_about_as_often_as_its_rate_says() {
        let faults = all_at(0.05);
        let dice = Dice::new(1);
        let mut seen: BTreeMap<Fault, u32> = BTreeMap::new();
        for attempt in 0..4_000 {
            if let Some(fault) = faults.strike(dice, "refund", "/payments/x/refund", attempt) {
                *seen.entry(fault).or_default() += 1;
            }
        }
        for fault in Fault::ALL {
            assert!((130..270).contains(&seen[&fault]), "{fault}: {seen:?}");
        }
    }

    #[test]
    fn a_fault_for_one_path_leaves_the_others_alone() {
        let rate = Rate::Some {
            rate: 1.0,
            paths: vec!["refund".into()],
        };
        let faults = Faults::new([(Fault::DropAfter, rate)]).unwrap();
        let strike = |call, path| faults.strike(Dice::new(1), call, path, 0);
        assert_eq!(
            strike("refund", "/payments/x/refund"),
            Some(Fault::DropAfter)
        );
        assert_eq!(strike("get", "/payments/x"), None);
    }

    #[test]
    fn names_are_read_back_and_impossible_rates_are_refused() {
        for fault in Fault::ALL {
            assert_eq!(
                parse_fault(&format!("{fault}=0.5")),
                Ok((fault, Rate::Everywhere(0.5)))
            );
            assert_eq!(serde_json::to_value(fault).unwrap(), fault.as_str());
        }
        assert!(matches!(
            parse_fault("flood=1"),
            Err(FaultError::NotAFault(_))
        ));
        let rates = [(Fault::Slow, Rate::Everywhere(1.5))];
        assert_eq!(Faults::new(rates), Err(FaultError::Rate(Fault::Slow)));
        let both = [
            (Fault::Slow, Rate::Everywhere(0.6)),
            (Fault::DropAfter, Rate::Everywhere(0.6)),
        ];
        assert_eq!(Faults::new(both), Err(FaultError::Sum));
    }
}
