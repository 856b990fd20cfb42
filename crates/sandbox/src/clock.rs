//! The sandbox's clock: the machine's, or one that only moves when it is told to, so that a hold of
//! four weeks runs out in a test of milliseconds.

use std::time::SystemTime;

use chrono::{DateTime, Duration, SubsecRound, Utc};
use serde::{Deserialize, Serialize};

/// Which clock a new sandbox has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClockMode {
    /// The machine's clock, plus what `/_sandbox/clock` advanced it by.
    #[default]
    Real,
    /// A clock that stands still between two calls of `/_sandbox/clock`.
    Manual {
        /// Where it starts; the machine's time if not given.
        start: Option<DateTime<Utc>>,
    },
}

/// A running clock. Times are UTC, cut to milliseconds, as Paytrail writes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    tag = "mode"
)]
pub enum Clock {
    /// The machine's clock and an offset.
    Real {
        /// How far it was advanced, in milliseconds.
        offset_ms: i64,
    },
    /// Stands still.
    Manual {
        /// The time it shows.
        now: DateTime<Utc>,
    },
}

/// Why a text is not a length of time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a length of time like 100ms, 60s, 15m, 12h or 28d")]
pub struct NotADuration(pub String);

impl Clock {
    /// The clock to run with: a saved one goes on where it was, in the mode that is asked for now.
    pub fn resume(mode: ClockMode, saved: Option<Clock>) -> Clock {
        match (mode, saved) {
            (ClockMode::Real, None) => Clock::Real { offset_ms: 0 },
            (ClockMode::Real, Some(Clock::Manual { now })) => {
                // Never back: what has happened in the books has happened.
                let ahead = (now - machine_time()).num_milliseconds();
                Clock::Real {
                    offset_ms: ahead.max(0),
                }
            }
            (ClockMode::Manual { start }, None) => {
                let now = start.unwrap_or_else(machine_time).trunc_subsecs(3);
                Clock::Manual { now }
            }
            (ClockMode::Manual { .. }, Some(saved @ Clock::Real { .. })) => {
                Clock::Manual { now: saved.now() }
            }
            (_, Some(saved)) => saved,
        }
    }

    /// The time it shows.
    pub fn now(&self) -> DateTime<Utc> {
        match self {
            Clock::Real { offset_ms } => {
                let now = machine_time();
                now.checked_add_signed(Duration::milliseconds(*offset_ms))
                    .unwrap_or(now)
            }
            Clock::Manual { now } => *now,
        }
    }

    /// Moves it forward; a step too far for a calendar leaves it where it is.
    pub fn advance(&mut self, by: Duration) {
        let by = by.max(Duration::zero());
        match self {
            Clock::Real { offset_ms } => {
                *offset_ms = offset_ms.saturating_add(by.num_milliseconds());
            }
            Clock::Manual { now } => *now = now.checked_add_signed(by).unwrap_or(*now),
        }
    }

    /// `real` or `manual`.
    pub const fn mode(&self) -> &'static str {
        match self {
            Clock::Real { .. } => "real",
            Clock::Manual { .. } => "manual",
        }
    }
}

/// The machine's time in UTC, cut to milliseconds.
#[expect(clippy::disallowed_methods, reason = "the sandbox's one real clock")]
fn machine_time() -> DateTime<Utc> {
    DateTime::<Utc>::from(SystemTime::now()).trunc_subsecs(3)
}

/// Reads a length of time: a whole number and `ms`, `s`, `m`, `h`, `d` or `w`; at most a century.
pub fn parse_duration(text: &str) -> Result<Duration, NotADuration> {
    let wrong = || NotADuration(text.to_owned());
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
    let (count, unit) = text.split_at(digits);
    let unit = match unit.trim() {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        "w" => 604_800_000,
        _ => return Err(wrong()),
    };
    count
        .parse::<i64>()
        .ok()
        .and_then(|count| count.checked_mul(unit))
        .filter(|ms| *ms <= 36_525 * 86_400_000)
        .map(Duration::milliseconds)
        .ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noon() -> DateTime<Utc> {
        "2026-11-01T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn lengths_of_time_are_read_and_others_are_refused() {
        assert_eq!(parse_duration("100ms"), Ok(Duration::milliseconds(100)));
        assert_eq!(parse_duration(" 28d "), Ok(Duration::days(28)));
        for text in ["", "5", "d", "-1d", "1.5h", "9999999999w", "3 years"] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_manual_clock_moves_only_when_it_is_told_to_and_never_back() {
        let mut clock = Clock::resume(
            ClockMode::Manual {
                start: Some(noon()),
            },
            None,
        );
        assert_eq!(clock.now(), noon());
        clock.advance(Duration::days(28));
        clock.advance(Duration::days(-3));
        assert_eq!(clock.now(), noon() + Duration::days(28));
    }

    #[test]
    fn a_saved_clock_goes_on_where_it_was() {
        let saved = Clock::Manual { now: noon() };
        let mode = ClockMode::Manual {
            start: Some(noon() - Duration::days(1)),
        };
        assert_eq!(Clock::resume(mode, Some(saved)), saved);
        let far = Clock::Manual {
            now: machine_time() + Duration::days(400),
        };
        assert!(Clock::resume(ClockMode::Real, Some(far)).now() >= far.now());
    }
}
