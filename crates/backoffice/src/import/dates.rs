//! Days and times of files: Finnish ones, unless they name a zone.

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Europe::Helsinki;

use super::Problem;
use crate::why::Why;

const DAYS: [&str; 5] = ["%d-%m-%Y", "%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%Y/%m/%d"];
const TIMES: [&str; 4] = ["%H:%M", "%H:%M:%S", "%H:%M:%S%.f", "%H.%M"];

/// The day that a text begins with its four-digit year or its day: chrono would read `1.2.26` as the year 26.
pub(crate) fn day(text: &str, column: &str) -> Result<NaiveDate, Problem> {
    let text = text.trim();
    DAYS.iter()
        .find_map(|form| NaiveDate::parse_from_str(text, form).ok())
        .or_else(|| serial(text).map(|at| at.date()))
        .filter(|day| (1990..2200).contains(&chrono::Datelike::year(day)))
        .ok_or_else(|| {
            let why = Why::RowNotADate {
                value: text.to_owned(),
            };
            Problem::at(
                column,
                why,
                format!("'{text}' is not a date like 31-12-2026"),
            )
        })
}

/// A time of day.
pub(crate) fn time(text: &str, column: &str) -> Result<NaiveTime, Problem> {
    let text = text.trim();
    TIMES
        .iter()
        .find_map(|form| NaiveTime::parse_from_str(text, form).ok())
        .ok_or_else(|| {
            let why = Why::RowNotATime {
                value: text.to_owned(),
            };
            Problem::at(column, why, format!("'{text}' is not a time like 23:59"))
        })
}

/// An instant: with a zone, or a Finnish day with or without a time.
pub(crate) fn moment(text: &str, column: &str) -> Result<DateTime<Utc>, Problem> {
    let text = text.trim();
    if let Ok(zoned) = DateTime::parse_from_rfc3339(text) {
        return Ok(zoned.with_timezone(&Utc));
    }
    if let Some(at) = serial(text) {
        return Ok(finnish(at));
    }
    let divided = text
        .split_once(['T', ' '])
        .map(|(day, time)| (day, time.trim().trim_start_matches("klo").trim_start()));
    let local = match divided {
        Some((first, rest)) => {
            day(first.trim_end_matches(','), column)?.and_time(time(rest, column)?)
        }
        None => day(text, column)?.and_time(NaiveTime::MIN),
    };
    Ok(finnish(local))
}

/// The day number of a spreadsheet whose cell is not shown as a date: days since 1899-12-30.
fn serial(text: &str) -> Option<NaiveDateTime> {
    let (days, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if days.len() != 5 || !digits(days) || !digits(part) {
        return None;
    }
    let day =
        NaiveDate::from_ymd_opt(1899, 12, 30)?.checked_add_days(Days::new(days.parse().ok()?))?;
    // Nine digits of a day are less than a millisecond.
    let part: String = part.chars().chain(std::iter::repeat('0')).take(9).collect();
    let nanos = part.parse::<i64>().ok()?;
    let seconds = (nanos * 86_400 + 500_000_000) / 1_000_000_000;
    day.and_time(NaiveTime::MIN)
        .checked_add_signed(TimeDelta::seconds(seconds))
}

/// A Finnish local time in UTC. Of an hour that comes twice in autumn the first one counts; a time in
/// the hour that is left out in spring is read by the clock that was not yet set.
pub(crate) fn finnish(local: NaiveDateTime) -> DateTime<Utc> {
    let earliest = |local: NaiveDateTime| Helsinki.from_local_datetime(&local).earliest();
    earliest(local)
        .or_else(|| {
            local
                .checked_add_signed(TimeDelta::hours(1))
                .and_then(earliest)
        })
        .map_or_else(|| local.and_utc(), |at| at.with_timezone(&Utc))
}

/// The day in Finland.
pub(crate) fn finnish_day(at: DateTime<Utc>) -> NaiveDate {
    at.with_timezone(&Helsinki).date_naive()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_times_are_read_in_the_ways_that_files_have_them() {
        for text in [
            "31.12.2026",
            "31-12-2026",
            "2026-12-31",
            "31/12/2026",
            "46387",
        ] {
            assert_eq!(day(text, "d").unwrap().to_string(), "2026-12-31", "{text}");
        }
        for text in [
            "2026-12-31T10:00:00Z",
            "2026-12-31T12:00:00+02:00",
            "2026-12-31 12:00:00",
            "31.12.2026 12:00",
            "31.12.2026 klo 12.00",
            "46387.5",
        ] {
            let at = moment(text, "d").unwrap();
            assert_eq!(at.to_rfc3339(), "2026-12-31T10:00:00+00:00", "{text}");
        }
        for text in [
            "",
            "1.2.26",
            "32.1.2026",
            "yesterday",
            "1",
            "99999999",
            "2026-13-01",
        ] {
            assert!(day(text, "d").is_err(), "{text}");
        }
        assert!(time("25:00", "t").is_err());
    }
}
