//! The shop: the books together with clock, log of requests, faults and state file. It is the one
//! thing behind the one lock; every step changes it whole and is saved before anyone is answered.

use std::collections::VecDeque;
use std::net::SocketAddr;

use chrono::{DateTime, Duration, Utc};
use hyvitys_domain::MerchantId;
use hyvitys_paytrail::signing::SigningKey;

use crate::api::Answer;
use crate::books::{Books, Notice, Refusal};
use crate::callbacks::{self, CallbackRecord, Delivery, SignedReport, Told};
use crate::clock::Clock;
use crate::dice::Dice;
use crate::faults::Faults;
use crate::options::{Options, StartError};
use crate::requests::{RequestLog, RequestRecord};
use crate::seed;
use crate::state::{Record, StateError, StateFile, VERSION};

/// How many signed answers are kept for being replayed.
const OLD_ANSWERS: usize = 500;
/// How many callbacks are remembered.
const CALLBACKS: usize = 10_000;

/// A signed answer that was given to the merchant.
#[derive(Clone, Debug)]
pub struct OldAnswer {
    /// The method it answered.
    pub method: String,
    /// The path it answered.
    pub path: String,
    /// The answer.
    pub answer: Answer,
}

/// A running shop.
#[derive(Debug)]
pub struct Shop {
    pub(crate) merchant: MerchantId,
    pub(crate) key: SigningKey,
    pub(crate) dice: Dice,
    pub(crate) books: Books,
    pub(crate) clock: Clock,
    pub(crate) faults: Faults,
    pub(crate) log: RequestLog,
    pub(crate) old_answers: VecDeque<OldAnswer>,
    /// Where this sandbox answers, like `http://127.0.0.1:8787`.
    pub(crate) base: String,
    callbacks: Vec<CallbackRecord>,
    callback_to: Option<SocketAddr>,
    file: Option<StateFile>,
    /// Why nothing can be saved any more: then nothing is answered either.
    broken: Option<String>,
}

impl Shop {
    /// Opens the saved shop, or makes a new one with a seeded history.
    pub fn open(options: &Options, base: String) -> Result<Shop, StartError> {
        let (file, records) = match &options.state {
            Some(path) => {
                let (file, records) = StateFile::open(path)?;
                (Some(file), records)
            }
            None => (None, Vec::new()),
        };
        let mut shop = Shop {
            merchant: options.merchant.clone(),
            key: options.key.clone(),
            dice: Dice::new(options.seed),
            books: Books::new(Dice::new(options.seed), options.rates),
            clock: Clock::resume(options.clock, None),
            faults: options.faults.clone(),
            log: RequestLog::default(),
            old_answers: VecDeque::new(),
            base,
            callbacks: Vec::new(),
            callback_to: options.callback_to,
            file,
            broken: None,
        };
        let mut seed = options.seed;
        if records.is_empty() {
            seed::fill(
                &mut shop.books,
                shop.dice,
                options.payments,
                shop.clock.now(),
            );
        } else {
            seed = shop.load(options, records)?;
        }
        let all = shop.everything(seed);
        if let Some(file) = &mut shop.file {
            file.rewrite(&all)?;
        }
        let now = shop.clock.now();
        shop.books.advance(now);
        shop.save(Vec::new());
        Ok(shop)
    }

    /// Takes saved records in; gives the seed they were made with, which goes on counting.
    fn load(&mut self, options: &Options, records: Vec<Record>) -> Result<u64, StartError> {
        let mut records = records.into_iter();
        let not_ours = |why: String| {
            let path = options.state.clone().unwrap_or_default();
            Err(StartError::State(StateError::NotOurs { path, why }))
        };
        let Some(Record::Header {
            version,
            merchant,
            seed,
        }) = records.next()
        else {
            return not_ours("it has no header".to_owned());
        };
        if version != VERSION {
            return not_ours(format!("it has version {version}"));
        }
        if merchant != options.merchant {
            return not_ours(format!("it belongs to merchant {merchant}"));
        }
        self.dice = Dice::new(seed);
        self.books = Books::new(self.dice, options.rates);
        let mut clock = None;
        for record in records {
            match record {
                Record::Header { .. } => {
                    return not_ours("it has two headers".to_owned());
                }
                Record::Clock(saved) => clock = Some(saved),
                Record::Payment(payment) => self.books.put_payment(*payment),
                Record::Refund(refund) => self.books.put_refund(*refund),
                Record::Settlements(settlements) => self.books.put_settlements(settlements),
                Record::Balance(balance) => self.books.set_balance(balance),
                Record::Request(request) => self.log.put(request),
            }
        }
        self.clock = Clock::resume(options.clock, clock);
        Ok(seed)
    }

    fn everything(&self, seed: u64) -> Vec<Record> {
        let merchant = self.merchant.clone();
        let mut all = vec![
            Record::Header {
                version: VERSION,
                merchant,
                seed,
            },
            Record::Clock(self.clock),
            Record::Settlements(self.books.settlements().to_vec()),
            Record::Balance(self.books.balance()),
        ];
        all.extend(
            self.books
                .payments()
                .into_iter()
                .cloned()
                .map(|p| Record::Payment(Box::new(p))),
        );
        all.extend(
            self.books
                .refunds()
                .into_iter()
                .cloned()
                .map(|r| Record::Refund(Box::new(r))),
        );
        all.extend(self.log.all().cloned().map(Record::Request));
        all
    }

    /// Saves what changed in the books, and these records, as one step.
    pub fn save(&mut self, mut step: Vec<Record>) {
        let changes = self.books.take_changes();
        step.extend(
            changes
                .payments
                .into_iter()
                .map(|p| Record::Payment(Box::new(p))),
        );
        step.extend(
            changes
                .refunds
                .into_iter()
                .map(|r| Record::Refund(Box::new(r))),
        );
        step.extend(changes.balance.map(Record::Balance));
        if let Some(file) = &mut self.file
            && !step.is_empty()
            && self.broken.is_none()
            && let Err(error) = file.append(&step)
        {
            self.broken = Some(error.to_string());
        }
    }

    /// Why nothing is answered any more, if so.
    pub fn broken(&self) -> Option<&str> {
        self.broken.as_deref()
    }

    /// Closes the state file, so that another sandbox can open it at once. A request that is still on
    /// its way claims nothing any more.
    pub fn close(&mut self) {
        self.file = None;
        self.broken = Some("the sandbox was stopped".to_owned());
    }

    /// Notes a request that came or was answered.
    pub fn note(&mut self, record: RequestRecord) {
        self.log.put(record.clone());
        self.save(vec![Record::Request(record)]);
    }

    /// Keeps a signed answer for being replayed.
    pub fn remember(&mut self, old: OldAnswer) {
        if self.old_answers.len() == OLD_ANSWERS {
            self.old_answers.pop_front();
        }
        self.old_answers.push_back(old);
    }

    /// An older signed answer: to the same path if there is one, else to the same kind of path, else
    /// to the same method, else any.
    pub fn older_answer(&self, method: &str, path: &str) -> Option<Answer> {
        let kind = |path: &str| path.rsplit('/').next().map(str::to_owned);
        let fits: [&dyn Fn(&OldAnswer) -> bool; 4] = [
            &|old| old.method == method && old.path == path,
            &|old| old.method == method && kind(&old.path) == kind(path),
            &|old| old.method == method,
            &|_| true,
        ];
        fits.iter()
            .find_map(|fits| self.old_answers.iter().rev().find(|old| fits(old)))
            .map(|old| old.answer.clone())
    }

    /// Does one thing in the books at the clock's time, saves it, and gives what is to be told.
    pub fn step<T>(
        &mut self,
        act: impl FnOnce(&mut Books, DateTime<Utc>) -> Result<T, Refusal>,
    ) -> (Result<T, Refusal>, Vec<Delivery>) {
        let now = self.clock.now();
        self.books.advance(now);
        let done = act(&mut self.books, now);
        self.save(Vec::new());
        (done, self.deliveries())
    }

    /// Moves the clock, and lets happen what is due.
    pub fn advance(&mut self, by: Duration) -> Vec<Delivery> {
        self.clock.advance(by);
        let now = self.clock.now();
        self.books.advance(now);
        self.save(vec![Record::Clock(self.clock)]);
        self.deliveries()
    }

    /// Turns what the books want told into signed callbacks.
    pub fn deliveries(&mut self) -> Vec<Delivery> {
        let notices = self.books.take_notices();
        let mut deliveries = Vec::new();
        for notice in notices {
            let url = match notice {
                Notice::Payment(id) => self.books.payment(id).and_then(|payment| {
                    let told = Told {
                        transaction: id,
                        stamp: &payment.stamp,
                        reference: &payment.reference,
                        amount: payment.amount,
                        status: &payment.status,
                        provider: payment.provider.as_ref(),
                    };
                    let urls = payment.callback_urls.as_ref()?;
                    Some(callbacks::signed_url(
                        &self.merchant,
                        &self.key,
                        urls,
                        &told,
                    ))
                }),
                Notice::Refund(id) => self.books.refund(id).and_then(|refund| {
                    let payment = self.books.payment(refund.payment)?;
                    let told = Told {
                        transaction: id,
                        stamp: refund.refund_stamp.as_deref().unwrap_or_default(),
                        reference: refund
                            .refund_reference
                            .as_ref()
                            .unwrap_or(&payment.reference),
                        amount: refund.amount,
                        status: &refund.status,
                        provider: refund.provider.as_ref(),
                    };
                    let urls = refund.callback_urls.as_ref()?;
                    Some(callbacks::signed_url(
                        &self.merchant,
                        &self.key,
                        urls,
                        &told,
                    ))
                }),
            };
            match url {
                Some(Ok(url)) => deliveries.extend(self.delivery(url, None)),
                Some(Err(error)) => tracing::warn!(%error, "a callback could not be made up"),
                None => {}
            }
        }
        deliveries
    }

    /// Notes something to be sent, and gives it; none where the list is full.
    pub fn delivery(&mut self, url: url::Url, report: Option<SignedReport>) -> Option<Delivery> {
        if self.callbacks.len() >= CALLBACKS {
            return None;
        }
        let to = callbacks::target(&url, self.callback_to);
        self.callbacks.push(CallbackRecord {
            at: self.clock.now(),
            method: if report.is_some() { "POST" } else { "GET" },
            url: url.to_string(),
            sent_to: to,
            http_status: None,
            error: None,
        });
        Some(Delivery {
            number: self.callbacks.len() - 1,
            url,
            to,
            report,
        })
    }

    /// Notes what became of a delivery.
    pub fn delivered(&mut self, number: usize, outcome: Result<u16, String>) {
        if let Some(record) = self.callbacks.get_mut(number) {
            match outcome {
                Ok(status) => record.http_status = Some(status),
                Err(error) => record.error = Some(error),
            }
        }
    }

    /// All callbacks, oldest first.
    pub fn callbacks(&self) -> &[CallbackRecord] {
        &self.callbacks
    }
}
