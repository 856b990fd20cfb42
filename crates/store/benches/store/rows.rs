//! Made-up report rows of a believable shop, the same in every run.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use hyvitys_domain::{Money, Provider, TransactionId, WireTime};
use hyvitys_store::payments::{Created, PaymentFacts, Precision, Source};
use uuid::Uuid;

use crate::{Outcome, noon};

const SYLLABLES: [&str; 24] = [
    "a", "e", "hei", "ai", "jo", "kaa", "ki", "la", "li", "ma", "mi", "nie", "no", "o", "pe",
    "rau", "ri", "sa", "si", "ta", "tuo", "u", "vi", "yl",
];

/// A small generator (splitmix64): good enough for names, and the same everywhere.
pub struct Random(u64);

impl Random {
    pub const fn new(seed: u64) -> Random {
        Random(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    pub fn name(&mut self) -> String {
        let mut name = String::new();
        for _ in 0..2 + self.below(2) {
            let place = usize::try_from(self.below(24)).unwrap_or(0);
            name.push_str(SYLLABLES.get(place).copied().unwrap_or("a"));
        }
        name
    }
}

/// The header and `count` rows of a payment report as CSV (data-formats: API payment report).
pub fn report(count: u64) -> String {
    let mut random = Random::new(7);
    let mut csv = String::from(
        "entryDate;created;amount;status;firstname;familyname;email;reference;paymentMethod;stamp;address\n",
    );
    for number in 0..count {
        let (first, last) = (random.name(), random.name());
        // In the order of time, over twelve months of 28 days, as reports are.
        let minute = number * (12 * 28 * 1_440) / count;
        let status = match random.below(1_000) {
            0 => "delayed",
            1..=20 => "pending",
            21..=60 => "fail",
            61..=90 => "new",
            _ => "ok",
        };
        let provider = if random.below(10) < 8 {
            "klarna"
        } else {
            "nordea"
        };
        let _ = writeln!(
            csv,
            "{:02}-{:02}-2026;{:02}:{:02};{},{:02};{status};{first};{last};{first}.{last}@example.fi;\
             ORD-{};{provider};{:032x};Esimerkkikatu {}",
            1 + minute / 1_440 % 28,
            1 + minute / (1_440 * 28),
            minute / 60 % 24,
            minute % 60,
            1 + random.below(300),
            random.below(100),
            100_000 + number,
            u128::from(random.next()) << 64 | u128::from(random.next()),
            random.below(90),
        );
    }
    csv
}

/// The facts of a report's rows.
pub fn facts(csv: &str, with_ids: bool) -> Outcome<Vec<PaymentFacts>> {
    let mut random = Random::new(99);
    let mut facts = Vec::new();
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(b';')
        .from_reader(csv.as_bytes());
    let mut row = csv::StringRecord::new();
    while reader.read_record(&mut row)? {
        let text = |column: usize| row.get(column).unwrap_or_default();
        let owned = |column: usize| Some(text(column).to_owned());
        let id = u128::from(random.next()) << 64 | u128::from(random.next());
        facts.push(PaymentFacts {
            transaction_id: with_ids.then(|| TransactionId::from_uuid(Uuid::from_u128(id))),
            stamp: owned(9),
            reference: owned(7),
            status: Some(text(3).into()),
            provider: Provider::new(text(8)),
            amount: Some(Money::parse_euros(text(2))?),
            created: Some(Created {
                time: WireTime::zoned(made(text(0), text(1))),
                precision: Precision::Minute,
            }),
            first_name: owned(4),
            last_name: owned(5),
            email: owned(6),
            raw: Some(row.iter().collect::<Vec<_>>().join(";")),
            ..PaymentFacts::new(Source::Report, noon())
        });
    }
    Ok(facts)
}

fn made(day: &str, minute: &str) -> DateTime<Utc> {
    let parse = |text: &str| text.parse::<u32>().unwrap_or(1);
    let mut parts = day.split('-').map(parse);
    let (d, m) = (parts.next().unwrap_or(1), parts.next().unwrap_or(1));
    let (h, min) = minute.split_once(':').unwrap_or(("0", "0"));
    chrono::NaiveDate::from_ymd_opt(2026, m, d)
        .and_then(|date| date.and_hms_opt(parse(h), parse(min), 0))
        .map_or_else(noon, |naive| naive.and_utc())
}
