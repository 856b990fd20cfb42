//! Times as Paytrail writes them: with and without milliseconds, with and without a zone.
//!
//! A time without a zone may be UTC or Finnish time; the documents do not say. It is kept as UTC
//! and marked, and where being late would cost something the earliest reading counts.

use chrono::{DateTime, Duration, NaiveDateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// A point in time as some source gave it, with what is not known about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct WireTime {
    /// UTC; of a zoneless time, its reading as UTC.
    pub at: DateTime<Utc>,
    /// Whether the source named a zone.
    pub zoned: bool,
}

/// Why a text is not a time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a time like 2019-11-01T10:48:39.979Z")]
pub struct WireTimeError(pub String);

/// How far before its reading as UTC a zoneless Finnish time can lie (summer time, UTC+3).
const EARLIEST_READING: TimeDelta = TimeDelta::hours(3);

impl WireTime {
    /// A time whose zone is known.
    pub const fn zoned(at: DateTime<Utc>) -> WireTime {
        WireTime { at, zoned: true }
    }

    /// Reads ISO 8601 with or without milliseconds and zone.
    pub fn parse(text: &str) -> Result<WireTime, WireTimeError> {
        let text = text.trim();
        if let Ok(zoned) = DateTime::parse_from_rfc3339(text) {
            return Ok(WireTime::zoned(zoned.with_timezone(&Utc)));
        }
        NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f")
            .map(|naive| WireTime {
                at: naive.and_utc(),
                zoned: false,
            })
            .map_err(|_| WireTimeError(text.to_owned()))
    }

    /// The earliest instant that this time can mean.
    pub fn earliest(self) -> DateTime<Utc> {
        if self.zoned {
            self.at
        } else {
            self.at
                .checked_sub_signed(EARLIEST_READING)
                .unwrap_or(self.at)
        }
    }
}

/// A moment by two clocks: the wall's, and the machine's since it was started (sleep included).
///
/// The wall's clock can be set; the other one can't, but means something within one start only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// By the wall's clock (UTC).
    pub at: DateTime<Utc>,
    /// Which start of the machine; empty where the system does not tell.
    pub boot: String,
    /// Milliseconds since that start, time asleep included.
    pub up_ms: i64,
}

impl Moment {
    /// How long it surely is from this moment to `now`: the shorter of what the two clocks say.
    pub fn surely_passed(&self, now: &Moment) -> Duration {
        let wall = elapsed(self.at, now.at);
        if self.boot.is_empty() || self.boot != now.boot {
            return wall;
        }
        wall.min(Duration::milliseconds(now.up_ms.saturating_sub(self.up_ms)).max(Duration::zero()))
    }
}

/// How much time has passed between two instants, never less than zero: a clock that jumped back
/// makes every wait longer, not shorter.
pub fn elapsed(since: DateTime<Utc>, now: DateTime<Utc>) -> Duration {
    (now - since).max(Duration::zero())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_with_and_without_milliseconds_and_zone() {
        let exact = WireTime::parse("2019-11-01T10:48:39.979Z").unwrap();
        assert_eq!(exact.at.timestamp_millis(), 1_572_605_319_979);
        assert!(exact.zoned);
        let offset = WireTime::parse("2019-11-01T12:48:39.979+02:00").unwrap();
        assert_eq!(offset, exact);
        let zoneless = WireTime::parse("2019-10-30T09:13:00").unwrap();
        assert!(!zoneless.zoned);
        assert_eq!(zoneless.at.to_rfc3339(), "2019-10-30T09:13:00+00:00");
        for text in ["", "yesterday", "2019-13-01T00:00:00Z", "2019-10-30"] {
            assert!(WireTime::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_zoneless_time_counts_from_its_earliest_reading() {
        let zoneless = WireTime::parse("2026-07-01T12:00:00").unwrap();
        assert_eq!(
            zoneless.earliest().to_rfc3339(),
            "2026-07-01T09:00:00+00:00"
        );
        let zoned = WireTime::parse("2026-07-01T12:00:00Z").unwrap();
        assert_eq!(zoned.earliest(), zoned.at);
    }

    #[test]
    fn a_clock_that_was_set_forward_makes_no_wait_shorter_while_the_machine_runs() {
        let at = WireTime::parse("2026-07-01T12:00:00Z").unwrap().at;
        let then = Moment {
            at,
            boot: "a".into(),
            up_ms: 5_000,
        };
        let minutes = |wall: i64, boot: &str, up_ms: i64| {
            let now = Moment {
                at: at + TimeDelta::minutes(wall),
                boot: boot.into(),
                up_ms,
            };
            then.surely_passed(&now).num_minutes()
        };
        assert_eq!(minutes(600, "a", 5_000 + 60_000), 1);
        assert_eq!(minutes(1, "a", 5_000 + 600_000), 1);
        assert_eq!(
            minutes(45, "b", 0),
            45,
            "another start: only the wall's clock is left"
        );
        assert_eq!(minutes(-10, "a", 5_000 + 600_000), 0);
    }

    #[test]
    fn a_clock_that_jumped_back_has_let_no_time_pass() {
        let then = WireTime::parse("2026-07-01T12:00:00Z").unwrap().at;
        assert_eq!(elapsed(then, then - TimeDelta::days(3)), Duration::zero());
        assert_eq!(
            elapsed(then, then + TimeDelta::minutes(30)),
            Duration::minutes(30)
        );
    }
}
