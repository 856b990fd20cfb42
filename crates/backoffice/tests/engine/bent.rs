//! A shop with a few payments, whose way to Paytrail, disk and keychain can be bent.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use hyvitys_backoffice::clock::Clock;
use hyvitys_backoffice::error::{Code, Error};
use hyvitys_backoffice::money::{HoldOrder, HowMuch, RefundOrder};
use hyvitys_backoffice::service::{Backoffice, Keys, Parts};
use hyvitys_domain::{
    AccountId, HoldAction, IntentId, Moment, Money, OperationState, Provider, TransactionId,
    WireTime,
};
use hyvitys_paytrail::{
    HttpRequest, HttpResponse, Interruption, SigningKey, Transport, TransportError, Unsent,
};
use hyvitys_store::accounts::{Account, NewAccount};
use hyvitys_store::journal::{Attempt, Operation, OperationFilter};
use hyvitys_store::payments::{Created, PaymentFacts, Precision, Source};
use serde_json::Value;

use crate::clock::{Dice, SeededChance, VirtualClock};
use crate::server::{Books, MERCHANTS, Server, key};

/// What happens to a request.
pub enum Bend {
    /// Nothing.
    Pass,
    /// It never arrives.
    CutBefore,
    /// It is carried out and the answer is lost.
    CutAfter,
    /// It is not carried out; a signed 429 comes.
    TooMany,
    /// The same, with so many seconds to wait.
    TooManyFor(u32),
    /// It is not carried out; an unsigned answer with this status comes.
    Unsigned(u16),
}

type Bending = Box<dyn FnMut(&Shop, &str) -> Bend + Send>;

/// What happens when the program looks at the clock.
type AtLook = Box<dyn FnOnce(&Shop) + Send>;

/// Waits are jumps of the virtual clock.
struct Jumping {
    clock: VirtualClock,
    at_look: Arc<Mutex<Option<(u32, AtLook, Shop)>>>,
}

#[async_trait]
impl Clock for Jumping {
    fn now(&self) -> Moment {
        let mut at_look = self.at_look.lock().unwrap();
        let due = match at_look.as_mut() {
            Some((0, ..)) => at_look.take(),
            Some((left, ..)) => {
                *left -= 1;
                None
            }
            None => None,
        };
        drop(at_look);
        if let Some((_, happens, shop)) = due {
            happens(&shop);
        }
        self.clock.now()
    }

    async fn sleep(&self, duration: std::time::Duration) {
        let ms = i64::try_from(duration.as_millis()).unwrap();
        self.clock.advance_to(self.clock.ms() + ms);
    }
}

/// A keychain that can be locked.
struct ShopKeys(Arc<AtomicBool>);

#[async_trait]
impl Keys for ShopKeys {
    async fn key(&self, _: &Account) -> Result<SigningKey, Error> {
        if self.0.load(Ordering::SeqCst) {
            return Err(Error::new(Code::Secret, "the keychain is locked"));
        }
        Ok(key())
    }
}

#[derive(Clone)]
pub struct Shop {
    pub clock: VirtualClock,
    pub server: Server,
    pub account: AccountId,
    /// The first payment, and all of them.
    pub payment: String,
    pub payments: Vec<String>,
    office: Arc<Mutex<Option<Backoffice>>>,
    bending: Arc<Mutex<Option<Bending>>>,
    at_look: Arc<Mutex<Option<(u32, AtLook, Shop)>>>,
    pub keychain_is_locked: Arc<AtomicBool>,
    sent: Arc<Mutex<Vec<String>>>,
    dir: Arc<tempfile::TempDir>,
}

impl Shop {
    pub async fn new(cents: i64, status: &'static str) -> Shop {
        Shop::with(&[(cents, status)]).await
    }

    /// With payments of so many cents and these statuses.
    pub async fn with(payments: &[(i64, &'static str)]) -> Shop {
        Shop::told_by(payments, None).await
    }

    /// By a clock of the test's own.
    pub async fn told_by(payments: &[(i64, &'static str)], told: Option<Arc<dyn Clock>>) -> Shop {
        let clock = VirtualClock::new();
        let server = Server {
            books: Arc::new(Mutex::new(Books::default())),
            dice: Arc::new(Mutex::new(Dice::new(1))),
            clock: clock.clone(),
        };
        let ids: Vec<String> = payments
            .iter()
            .map(|(cents, status)| server.books().add_payment(MERCHANTS[0], *cents, status))
            .collect();
        let mut shop = Shop {
            clock,
            server,
            account: AccountId::from_row(1),
            payment: ids[0].clone(),
            payments: ids,
            office: Arc::default(),
            bending: Arc::default(),
            at_look: Arc::default(),
            keychain_is_locked: Arc::default(),
            sent: Arc::default(),
            dir: Arc::new(in_memory()),
        };
        let jumping = || {
            Arc::new(Jumping {
                clock: shop.clock.clone(),
                at_look: Arc::clone(&shop.at_look),
            })
        };
        let office = Backoffice::open(Parts {
            data_dir: shop.dir.path().join("data"),
            heads_dir: shop.dir.path().join("heads"),
            os_user: "maija".into(),
            seal: None,
            keys: Arc::new(ShopKeys(Arc::clone(&shop.keychain_is_locked))),
            transport: Arc::new(BentTransport(shop.clone())),
            clock: told.unwrap_or_else(|| jumping()),
            chance: Arc::new(SeededChance(Mutex::new(Dice::new(7)))),
        })
        .unwrap();
        let at = shop.clock.now().at;
        let known: Vec<_> = shop
            .payments
            .iter()
            .zip(payments.to_vec())
            .map(|(id, (cents, status))| (id.parse().unwrap(), cents, status))
            .collect();
        shop.account = office
            .store()
            .write(move |tx| {
                let new = NewAccount {
                    name: "shop".into(),
                    origin: "http://127.0.0.1:1".parse().unwrap(),
                    merchant: MERCHANTS[0].parse().unwrap(),
                    callback_url: None,
                };
                let account = tx.add_account(&new, at)?;
                let facts = |(id, cents, status): (TransactionId, i64, &str)| PaymentFacts {
                    transaction_id: Some(id),
                    stamp: Some(format!("s-{id}")),
                    reference: Some(format!("o-{id}")),
                    status: Some(status.into()),
                    provider: Provider::new("klarna"),
                    amount: Some(Money::from_cents(cents)),
                    created: Some(Created {
                        time: WireTime::parse("2026-09-20T10:00:00Z").unwrap(),
                        precision: Precision::Exact,
                    }),
                    ..PaymentFacts::new(Source::Signed, at)
                };
                tx.apply(account, &known.into_iter().map(facts).collect::<Vec<_>>())?;
                Ok(account)
            })
            .await
            .unwrap();
        *shop.office.lock().unwrap() = Some(office);
        shop
    }

    /// Ends the program, which the way to Paytrail would keep from ending.
    pub fn close(self) {
        self.office.lock().unwrap().take();
    }

    pub fn office(&self) -> Backoffice {
        self.office.lock().unwrap().clone().unwrap()
    }

    fn id(&self) -> TransactionId {
        self.payment.parse().unwrap()
    }

    pub fn bend(&self, bending: impl FnMut(&Shop, &str) -> Bend + Send + 'static) {
        *self.bending.lock().unwrap() = Some(Box::new(bending));
    }

    /// After so many looks at the clock, this happens before the next one: the program has got just so far.
    pub fn at_look(&self, number: u32, happens: impl FnOnce(&Shop) + Send + 'static) {
        *self.at_look.lock().unwrap() = Some((number, Box::new(happens), self.clone()));
    }

    /// What has not happened yet never does; says whether it has happened.
    pub fn has_happened(&self) -> bool {
        self.at_look.lock().unwrap().take().is_none()
    }

    pub async fn refund(&self, cents: i64) -> Result<Operation, Error> {
        self.order(HowMuch::Amount(Money::from_cents(cents))).await
    }

    pub async fn refund_rest(&self) -> Result<Operation, Error> {
        self.order(HowMuch::Rest).await
    }

    async fn order(&self, how_much: HowMuch) -> Result<Operation, Error> {
        self.order_as(how_much, self.office().new_intent()).await
    }

    pub async fn order_as(&self, how_much: HowMuch, intent: IntentId) -> Result<Operation, Error> {
        let office = self.office();
        let order = RefundOrder {
            account: self.account,
            transaction_id: self.id(),
            how_much,
            intent,
            again: false,
            note: None,
            refund_reason: None,
            typed: None,
            reference: None,
            email: None,
        };
        let operation = office.refund(order).await?;
        Ok(self.follow_to_the_end(operation).await)
    }

    /// Some refunds and cancels take a minute at Paytrail.
    pub async fn follow_to_the_end(&self, operation: Operation) -> Operation {
        if operation.state != OperationState::Accepted {
            return operation;
        }
        self.clock.advance_to(self.clock.ms() + 61_000);
        self.server.settle();
        let office = self.office();
        office.follow(self.account).await.unwrap();
        office.operation(operation.id).await.unwrap()
    }

    pub async fn hold(&self, action: HoldAction) -> Result<Operation, Error> {
        let office = self.office();
        let intent = office.new_intent();
        office
            .hold(HoldOrder {
                account: self.account,
                transaction_id: self.id(),
                action,
                intent,
                confirmed: None,
            })
            .await
    }

    pub async fn look(&self) {
        self.office().follow(self.account).await.unwrap();
    }

    pub fn capture_elsewhere(&self) {
        self.server
            .books()
            .payments
            .get_mut(&self.payment)
            .unwrap()
            .status = "ok";
    }

    /// From now on the file takes no entry into its journal.
    pub fn break_the_disk(&self) {
        self.file(
            "CREATE TRIGGER IF NOT EXISTS full BEFORE INSERT ON journal_entry
             BEGIN SELECT RAISE(ABORT, 'the disk is full'); END",
        );
    }

    pub fn mend_the_disk(&self) {
        self.file("DROP TRIGGER full");
    }

    /// As if this file were a copy of an older one: the machine knows of later entries.
    pub fn make_it_an_older_copy(&self) {
        for head in std::fs::read_dir(self.dir.path().join("heads")).unwrap() {
            let path = head.unwrap().path();
            let line = std::fs::read_to_string(&path).unwrap();
            let (_, rest) = line.split_once(' ').unwrap();
            std::fs::write(&path, format!("{:020} {rest}", 1_000_000)).unwrap();
        }
    }

    pub fn file(&self, sql: &str) {
        rusqlite::Connection::open(self.dir.path().join("data/hyvitys.db"))
            .unwrap()
            .execute_batch(sql)
            .unwrap();
    }

    pub fn posts(&self, what: &str) -> usize {
        self.sent
            .lock()
            .unwrap()
            .iter()
            .filter(|path| path.ends_with(what))
            .count()
    }

    pub fn gets(&self) -> usize {
        self.sent
            .lock()
            .unwrap()
            .iter()
            .filter(|path| path.ends_with(&self.payment))
            .count()
    }

    /// Cents that Paytrail paid back.
    pub fn paid(&self) -> i64 {
        self.server
            .books()
            .refunds
            .iter()
            .filter(|r| r.status == "ok")
            .map(|r| r.amount)
            .sum()
    }

    pub async fn sums(&self) -> (i64, i64) {
        let (account, id) = (self.account, self.id());
        let stored = self
            .office()
            .store()
            .read(move |tx| tx.payment(account, id))
            .await
            .unwrap()
            .unwrap();
        (
            stored.payment.refunded.cents(),
            stored.payment.reserved.cents(),
        )
    }

    pub async fn operations(&self) -> Vec<Operation> {
        self.office()
            .store()
            .read(|tx| tx.operations(OperationFilter::default()))
            .await
            .unwrap()
    }

    pub async fn attempts(&self, operation: &Operation) -> Vec<Attempt> {
        let id = operation.id;
        self.office()
            .store()
            .read(move |tx| tx.attempts(id))
            .await
            .unwrap()
    }
}

/// Memory rather than a disk: these tests are about order, not about a medium.
fn in_memory() -> tempfile::TempDir {
    let shm = Path::new("/dev/shm");
    if shm.is_dir() {
        tempfile::tempdir_in(shm).unwrap()
    } else {
        tempfile::tempdir().unwrap()
    }
}

struct BentTransport(Shop);

#[async_trait]
impl Transport for BentTransport {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let path = request.url.split_once("127.0.0.1:1").unwrap().1.to_owned();
        self.0.sent.lock().unwrap().push(path.clone());
        let bending = self.0.bending.lock().unwrap().take();
        let mut bend = Bend::Pass;
        if let Some(mut bending) = bending {
            bend = bending(&self.0, &path);
            self.0.bending.lock().unwrap().get_or_insert(bending);
        }
        if request
            .may_write
            .as_ref()
            .is_some_and(|gate| !gate.is_open())
        {
            return Err(TransportError::NotSent {
                how: Unsent::HeldBack,
                why: "the gate is closed".into(),
            });
        }
        let cut = || TransportError::Interrupted {
            why: Interruption::ConnectionCut,
            detail: String::new(),
        };
        match bend {
            Bend::CutBefore => Err(cut()),
            Bend::TooMany => Ok(self.0.server.turned_away(&request)),
            Bend::TooManyFor(seconds) => {
                let mut answer = self.0.server.turned_away(&request);
                answer
                    .headers
                    .push(("retry-after".into(), seconds.to_string()));
                Ok(answer)
            }
            Bend::Unsigned(status) => Ok(HttpResponse {
                status,
                headers: Vec::new(),
                body: serde_json::to_vec(&Value::from("no")).unwrap(),
            }),
            Bend::CutAfter => {
                self.0.server.answer(&request);
                Err(cut())
            }
            Bend::Pass => Ok(self.0.server.answer(&request)),
        }
    }
}
