//! How long a hold lives (the API document: Klarna 28 days, Walley 90 days from creation).

use chrono::{DateTime, Duration, Utc};

use crate::status::Provider;
use crate::time::WireTime;

/// How long a manual invoice of this provider can be activated, counted from its creation; `None`
/// for a provider whose window is not documented.
pub fn hold_window(provider: &Provider) -> Option<Duration> {
    if provider.is_klarna() {
        Some(Duration::days(28))
    } else if provider.is_walley() {
        Some(Duration::days(90))
    } else {
        None
    }
}

/// When the hold of a payment made at `created` ends, by the earliest reading of that time.
///
/// It warns, and neither forbids nor triggers anything: Paytrail's clock decides.
pub fn deadline(provider: &Provider, created: WireTime) -> Option<DateTime<Utc>> {
    created
        .earliest()
        .checked_add_signed(hold_window(provider)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn klarna_holds_for_28_days_and_walley_for_90_from_the_earliest_reading() {
        let created = WireTime::parse("2026-11-01T10:00:00").unwrap();
        let klarna = Provider::new("klarna").unwrap();
        assert_eq!(
            deadline(&klarna, created).unwrap().to_rfc3339(),
            "2026-11-29T07:00:00+00:00"
        );
        let walley = Provider::new("walleyb2c").unwrap();
        let created = WireTime::parse("2026-11-01T10:00:00Z").unwrap();
        assert_eq!(
            deadline(&walley, created).unwrap().to_rfc3339(),
            "2027-01-30T10:00:00+00:00"
        );
        assert_eq!(deadline(&Provider::new("nordea").unwrap(), created), None);
    }
}
