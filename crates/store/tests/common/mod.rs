//! What the tests of the store share: a store in a folder of its own, and facts to put in.

#![allow(dead_code, reason = "each test program uses a part")]

pub mod batch;

use std::path::Path;

use chrono::{DateTime, Utc};
use hyvitys_domain::{AccountId, Money, PaymentStatus, Provider, TransactionId, WireTime};
use hyvitys_store::journal::{Owner, OwnerId};
use hyvitys_store::payments::{
    Applied, Created, Cursor, Page, PaymentFacts, Precision, Query, Sort, Source, StoredPayment,
};
use hyvitys_store::{NewAccount, OpenOptions, Store};
use tempfile::TempDir;
use uuid::Uuid;

pub fn options(dir: &Path) -> OpenOptions {
    OpenOptions {
        dir: dir.to_owned(),
        heads_dir: dir.join("heads"),
        os_user: "maija".to_owned(),
        seal: None,
    }
}

/// An open store with one account.
pub struct Shop {
    pub store: Store,
    pub account: AccountId,
    pub dir: TempDir,
}

pub fn time(text: &str) -> DateTime<Utc> {
    WireTime::parse(text).unwrap().at
}

pub fn now() -> DateTime<Utc> {
    time("2026-11-20T12:00:00Z")
}

pub fn id(number: u8) -> TransactionId {
    TransactionId::from_uuid(Uuid::from_bytes([number; 16]))
}

pub fn created(text: &str, precision: Precision) -> Created {
    Created {
        time: WireTime::parse(text).unwrap(),
        precision,
    }
}

/// What `GET` says of a payment that was made in November 2026.
pub fn signed(number: u8, status: &str, cents: i64) -> PaymentFacts {
    PaymentFacts {
        transaction_id: Some(id(number)),
        stamp: Some(format!("stamp-{number}")),
        reference: Some(format!("{}", 1000 + u32::from(number))),
        status: Some(status.into()),
        provider: Provider::new("klarna"),
        amount: Some(Money::from_cents(cents)),
        created: Some(created(
            &format!("2026-11-{:02}T10:00:00.123Z", 1 + number % 28),
            Precision::Exact,
        )),
        ..PaymentFacts::new(Source::Signed, now())
    }
}

/// What a report says of the same payment: no id, but a customer.
pub fn report(number: u8, status: &str, cents: i64) -> PaymentFacts {
    PaymentFacts {
        transaction_id: None,
        created: Some(created(
            &format!("2026-11-{:02}T10:00:00Z", 1 + number % 28),
            Precision::Minute,
        )),
        first_name: Some("Aino".into()),
        last_name: Some("Mäkelä".into()),
        email: Some(format!("aino.makela{number}@example.fi")),
        source: Source::Report,
        ..signed(number, status, cents)
    }
}

impl Shop {
    pub fn open() -> Shop {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(options(dir.path())).unwrap();
        let account = add(&store, "Kauppa", "375917");
        Shop {
            store,
            account,
            dir,
        }
    }

    /// A process that has ended.
    pub fn ended(&self) -> OwnerId {
        Owner::claim(self.dir.path()).unwrap().id()
    }

    pub fn apply(&self, facts: &[PaymentFacts]) -> Applied {
        let (account, facts) = (self.account, facts.to_vec());
        self.store
            .write_blocking(move |tx| tx.apply(account, &facts))
            .unwrap()
    }

    pub fn payment(&self, number: u8) -> Option<StoredPayment> {
        let account = self.account;
        self.store
            .read_blocking(move |tx| tx.payment(account, id(number)))
            .unwrap()
    }

    /// A page in the order of time.
    pub fn page(&self, query: &Query, after: Option<&Cursor>, limit: usize) -> Page {
        self.sorted(query, Sort::default(), after, limit)
    }

    pub fn sorted(&self, query: &Query, sort: Sort, after: Option<&Cursor>, limit: usize) -> Page {
        let (account, query, after) = (self.account, query.clone(), after.cloned());
        self.store
            .read_blocking(move |tx| tx.list(account, &query, sort, after.as_ref(), limit))
            .unwrap()
    }

    /// The references of all that a query finds, newest first.
    pub fn find(&self, query: &str) -> Vec<String> {
        let page = self.page(&Query::parse(query).unwrap(), None, 1_000);
        page.rows
            .into_iter()
            .map(|stored| stored.payment.reference)
            .collect()
    }

    /// Fails unless index, sums and foreign keys are those of the payments.
    pub fn check(&self) {
        let file = rusqlite::Connection::open(self.store.path()).unwrap();
        file.execute(
            "INSERT INTO payment_search (payment_search, rank) VALUES ('integrity-check', 1)",
            [],
        )
        .expect("the search index differs from the payments");
        let broken = file
            .prepare("PRAGMA foreign_key_check")
            .unwrap()
            .exists([])
            .unwrap();
        assert!(!broken, "a foreign key leads nowhere");
        let all = self.page(&Query::default(), None, 1_000);
        assert_eq!(all.next, None, "too many payments for this check");
        let mut sums = std::collections::BTreeMap::new();
        for stored in &all.rows {
            let payment = &stored.payment;
            let day = payment
                .created
                .at
                .with_timezone(&chrono_tz::Europe::Helsinki)
                .date_naive();
            let key = (day, payment.status.clone(), payment.provider.clone());
            let sum: &mut (u64, i64, i64) = sums.entry(key).or_default();
            sum.0 += 1;
            sum.1 += payment.amount.cents();
            sum.2 += payment.refunded.cents();
        }
        let account = self.account;
        let kept = self
            .store
            .read_blocking(move |tx| {
                let (from, to) = (time("1970-01-01T00:00:00Z"), time("2200-01-01T00:00:00Z"));
                tx.day_sums(account, from.date_naive(), to.date_naive())
            })
            .unwrap();
        let kept: std::collections::BTreeMap<_, _> = kept
            .into_iter()
            .map(|sum| {
                let cents = (sum.count, sum.amount.cents(), sum.refunded.cents());
                ((sum.day, sum.status, sum.provider), cents)
            })
            .collect();
        assert_eq!(kept, sums);
    }
}

pub fn add(store: &Store, name: &str, merchant: &str) -> AccountId {
    let new = NewAccount {
        name: name.to_owned(),
        origin: "https://services.paytrail.com".parse().unwrap(),
        merchant: merchant.parse().unwrap(),
        callback_url: None,
    };
    store
        .write_blocking(move |tx| tx.add_account(&new, now()))
        .unwrap()
}

pub fn status(name: &str) -> PaymentStatus {
    name.into()
}
