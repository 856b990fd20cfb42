//! One simulated history of a shop: programs that die, staff that is impatient, a network that lies.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use hyvitys_backoffice::clock::Clock;
use hyvitys_backoffice::error::{Code, Error};
use hyvitys_backoffice::money::{HoldOrder, HowMuch, RefundOrder};
use hyvitys_backoffice::service::{Backoffice, Keys, Parts};
use hyvitys_domain::{
    AccountId, HoldAction, IntentId, Money, OperationKind, OperationState, RefundStamp,
    TransactionId, WireTime,
};
use hyvitys_paytrail::SigningKey;
use hyvitys_store::accounts::{Account, NewAccount};
use hyvitys_store::journal::{EvidenceStatus, Operation, OperationFilter, RefundEvidence};
use hyvitys_store::payments::{Created, PaymentFacts, Precision, Source};

use crate::clock::{Dice, SeededChance, Stands, VirtualClock, run};
use crate::server::{Books, Faults, MERCHANT, Server, key};

/// A customer is owed something, once.
#[derive(Clone, Debug)]
pub struct Need {
    pub payment: String,
    pub what: What,
    /// The confirmations given for it.
    pub intents: Vec<IntentId>,
    /// The staff saw in the Merchant Panel that it is met.
    pub met: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    Refund { cents: i64, email: bool },
    Activate,
    Cancel,
}

struct ShopKeys;

#[async_trait]
impl Keys for ShopKeys {
    async fn key(&self, _: &Account) -> Result<SigningKey, Error> {
        Ok(key())
    }
}

type Task = Pin<Box<dyn Future<Output = ()>>>;

struct Running {
    program: usize,
    wakes_at: i64,
    fuse: Option<u32>,
    task: Task,
}

/// What staff, programs and checks share.
pub struct Shop {
    pub needs: Vec<Need>,
    /// Every refund stamp that the journal ever had, and the need that it was for.
    pub stamps: HashMap<String, usize>,
    pub broken: Vec<String>,
}

pub struct World {
    pub clock: VirtualClock,
    pub server: Server,
    pub shop: Arc<Mutex<Shop>>,
    dice: Dice,
    dir: tempfile::TempDir,
    account: AccountId,
    programs: Vec<Option<Backoffice>>,
    running: Vec<Running>,
    copy: Option<PathBuf>,
    chance: u64,
}

impl World {
    pub fn new(seed: u64) -> World {
        let clock = VirtualClock::new();
        let mut dice = Dice::new(seed);
        let server = Server {
            books: Arc::new(Mutex::new(Books::default())),
            dice: Arc::new(Mutex::new(Dice::new(seed ^ 0xABCD))),
            clock: clock.clone(),
        };
        // Memory rather than a disk: the simulation is about order, not about a medium.
        let shm = Path::new("/dev/shm");
        let dir = if shm.is_dir() {
            tempfile::tempdir_in(shm)
        } else {
            tempfile::tempdir()
        }
        .unwrap();
        let mut needs = Vec::new();
        {
            let mut books = server.books();
            books.faults = faults(&mut dice);
            books.slow = 35;
            for _ in 0..=dice.below(2) {
                let amount = 1_000 + i64::try_from(dice.below(9_000)).unwrap();
                let held = dice.chance(30);
                let payment = books.add_payment(amount, if held { "pending" } else { "ok" });
                let mut need = |what| {
                    needs.push(Need {
                        payment: payment.clone(),
                        what,
                        intents: Vec::new(),
                        met: false,
                    });
                };
                if held {
                    need(if dice.chance(50) {
                        What::Activate
                    } else {
                        What::Cancel
                    });
                    continue;
                }
                let email = dice.chance(10);
                let cents = amount * i64::try_from(30 + dice.below(60)).unwrap() / 100;
                need(What::Refund { cents, email });
                if dice.chance(30) {
                    // More than is left beside the first one.
                    need(What::Refund {
                        cents: amount - cents / 2,
                        email: false,
                    });
                } else if dice.chance(50) {
                    let rest = (amount - cents).max(2) / 2;
                    need(What::Refund {
                        cents: rest.max(1) + i64::from(rest == cents),
                        email: false,
                    });
                }
            }
        }
        let shop = Arc::new(Mutex::new(Shop {
            needs,
            stamps: HashMap::new(),
            broken: Vec::new(),
        }));
        let mut world = World {
            clock,
            server,
            shop,
            dice,
            dir,
            account: AccountId::from_row(0),
            programs: vec![None, None],
            running: Vec::new(),
            copy: None,
            chance: seed,
        };
        world.start(0);
        world.fill();
        world
    }

    fn data_dir(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    fn start(&mut self, program: usize) {
        self.chance = self.chance.wrapping_add(0x5851_F42D_4C95_7F2D);
        let office = Backoffice::open(Parts {
            data_dir: self.data_dir(),
            heads_dir: self.dir.path().join("heads"),
            os_user: "maija".into(),
            seal: None,
            keys: Arc::new(ShopKeys),
            transport: Arc::new(self.server.clone()),
            clock: Arc::new(self.clock.clone()),
            chance: Arc::new(SeededChance(Mutex::new(Dice::new(self.chance)))),
        })
        .unwrap();
        self.programs[program] = Some(office);
    }

    fn fill(&mut self) {
        let payments: Vec<_> = self.server.books().payments.clone().into_iter().collect();
        let at = self.clock.now().at;
        let store = self.programs[0].as_ref().unwrap().store().clone();
        let new = NewAccount {
            name: "shop".into(),
            origin: "http://127.0.0.1:1".parse().unwrap(),
            merchant: MERCHANT.parse().unwrap(),
            callback_url: None,
        };
        let account = store
            .write_blocking(move |tx| {
                let account = tx.add_account(&new, at)?;
                for (id, payment) in payments {
                    let facts = PaymentFacts {
                        transaction_id: Some(id.parse().unwrap()),
                        stamp: Some(format!("s-{id}")),
                        reference: Some(format!("o-{id}")),
                        status: Some(payment.status.into()),
                        provider: hyvitys_domain::Provider::new("klarna"),
                        amount: Some(Money::from_cents(payment.amount)),
                        created: Some(Created {
                            time: WireTime::parse("2026-10-01T10:00:00.000Z").unwrap(),
                            precision: Precision::Exact,
                        }),
                        ..PaymentFacts::new(Source::Signed, at)
                    };
                    tx.apply(account, &[facts])?;
                }
                Ok(account)
            })
            .unwrap();
        self.account = account;
    }

    /// What does not hold, as far as it was seen.
    pub fn broken(&self) -> Vec<String> {
        self.shop.lock().unwrap().broken.clone()
    }

    /// Lets the story go on for `steps` things that happen.
    pub fn live(&mut self, steps: usize) {
        for _ in 0..steps {
            self.something_happens();
            // Often the next thing happens while the last one is still on its way.
            let pause = if self.dice.chance(60) { 900 } else { 60_000 };
            self.run_for(pause);
            self.check_always();
            if !self.shop.lock().unwrap().broken.is_empty() {
                return;
            }
        }
    }

    fn something_happens(&mut self) {
        let program = usize::from(self.dice.chance(40));
        if self.programs[program].is_none() {
            self.start(program);
        }
        match self.dice.below(100) {
            0..55 => {
                let need = usize::try_from(
                    self.dice
                        .below(self.shop.lock().unwrap().needs.len() as u64),
                )
                .unwrap();
                self.staff_acts(program, need);
                if self.dice.chance(20) {
                    // The colleague at the other screen has the same customer on the phone.
                    let other = usize::from(self.programs[1].is_some());
                    self.staff_acts(other.min(program ^ 1), need);
                }
            }
            55..67 => self.sync(program),
            67..74 => self.evidence(program),
            74..82 => self.kill(program),
            82..86 => self.refund_elsewhere(),
            86..90 => {
                let hours = i64::try_from(self.dice.below(6)).unwrap() - 3;
                self.clock.jump(hours * 3_600_000);
            }
            90..94 => self.take_copy(),
            94..96 => self.restore_copy(),
            _ => {
                let minutes = 1 + i64::try_from(self.dice.below(90)).unwrap();
                self.run_for(minutes * 60_000);
            }
        }
    }

    /// Runs what runs, until this much time has passed or, some of the time, a little less.
    fn run_for(&mut self, ms: i64) {
        let end = self.clock.ms()
            + 1
            + i64::try_from(self.dice.below(u64::try_from(ms).unwrap())).unwrap();
        loop {
            let due: Vec<usize> = (0..self.running.len())
                .filter(|i| self.running[*i].wakes_at <= self.clock.ms())
                .collect();
            if due.is_empty() {
                let next = self.running.iter().map(|r| r.wakes_at).min();
                match next.filter(|next| *next <= end) {
                    Some(next) => self.clock.advance_to(next),
                    None => break,
                }
                continue;
            }
            let which = *self.dice.pick(&due);
            let mut running = self.running.swap_remove(which);
            match run(&mut running.task, &mut running.fuse) {
                Stands::Ended => {}
                Stands::WaitsUntil(ms) => {
                    running.wakes_at = ms;
                    self.running.push(running);
                }
                Stands::Died => {
                    let program = running.program;
                    drop(running);
                    self.kill(program);
                }
            }
        }
        self.clock.advance_to(end);
        self.server.settle();
    }

    fn kill(&mut self, program: usize) {
        self.running.retain(|running| running.program != program);
        self.programs[program] = None;
    }

    fn spawn(&mut self, program: usize, task: impl Future<Output = ()> + 'static) {
        let fuse = self
            .dice
            .chance(12)
            .then(|| u32::try_from(self.dice.below(14)).unwrap());
        self.running.push(Running {
            program,
            wakes_at: self.clock.ms(),
            fuse,
            task: Box::pin(task),
        });
    }

    fn staff_acts(&mut self, program: usize, need: usize) {
        let Some(office) = self.programs[program].clone() else {
            return;
        };
        let (shop, server, account) = (Arc::clone(&self.shop), self.server.clone(), self.account);
        let dice = Dice::new(self.dice.next());
        self.spawn(program, async move {
            staff(office, shop, server, account, need, dice).await;
        });
    }

    fn sync(&mut self, program: usize) {
        let Some(office) = self.programs[program].clone() else {
            return;
        };
        let account = self.account;
        self.spawn(program, async move {
            let _ = office.follow(account).await;
        });
    }

    /// Callbacks of what is in the server's books, as they reach a program some day.
    fn evidence(&mut self, program: usize) {
        let Some(office) = self.programs[program].clone() else {
            return;
        };
        let refunds = self.server.books().refunds.clone();
        let account = self.account;
        self.spawn(program, async move {
            for refund in refunds {
                take_in(&office, account, &refund).await;
            }
        });
    }

    fn refund_elsewhere(&mut self) {
        let mut books = self.server.books();
        let ids: Vec<String> = books.payments.keys().cloned().collect();
        let id = self.dice.pick(&ids).clone();
        let amount = 1 + i64::try_from(self.dice.below(400)).unwrap();
        let stamp = format!("other-{}", self.dice.next());
        books.refund_elsewhere(&id, amount, &stamp);
    }

    /// A backup tool copies the folder while the programs run.
    fn take_copy(&mut self) {
        let copy = self.dir.path().join("copy");
        let _ = std::fs::remove_dir_all(&copy);
        std::fs::create_dir(&copy).unwrap();
        for entry in std::fs::read_dir(self.data_dir()).unwrap() {
            let entry = entry.unwrap();
            // The index of the write-ahead log belongs to the running programs; SQLite makes it anew.
            let name = entry.file_name();
            if entry.file_type().unwrap().is_file() && !name.to_string_lossy().ends_with("-shm") {
                std::fs::copy(entry.path(), copy.join(name)).unwrap();
            }
        }
        self.copy = Some(copy);
    }

    /// Somebody puts the copy back. The staff knows that, looks around for an hour, and takes over.
    fn restore_copy(&mut self) {
        let Some(copy) = self.copy.clone() else {
            return;
        };
        self.note_stamps();
        self.kill(0);
        self.kill(1);
        for entry in std::fs::read_dir(self.data_dir()).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_file() {
                std::fs::remove_file(entry.path()).unwrap();
            }
        }
        for entry in std::fs::read_dir(copy).unwrap() {
            let entry = entry.unwrap();
            std::fs::copy(entry.path(), self.data_dir().join(entry.file_name())).unwrap();
        }
        self.start(0);
        let office = self.programs[0].clone().unwrap();
        if office.store().locked().is_none() {
            return;
        }
        self.clock.advance_to(self.clock.ms() + 3_600_000);
        self.server.settle();
        self.look_into_the_panel();
        let refunds = self.server.books().refunds.clone();
        let account = self.account;
        self.finish(async move {
            for refund in refunds {
                take_in(&office, account, &refund).await;
            }
            office
                .take_over("compared with the Merchant Panel")
                .await
                .unwrap();
        });
    }

    /// Marks the needs that the server's books show as met.
    fn look_into_the_panel(&mut self) {
        let executed: HashSet<String> = self
            .executed()
            .into_iter()
            .filter_map(|(stamp, ..)| stamp)
            .collect();
        let mut shop = self.shop.lock().unwrap();
        let met: Vec<usize> = shop
            .stamps
            .iter()
            .filter(|(stamp, _)| executed.contains(*stamp))
            .map(|(_, need)| *need)
            .collect();
        for need in met {
            shop.needs[need].met = true;
        }
        let statuses = self.server.books().payments.clone();
        for need in &mut shop.needs {
            if !matches!(need.what, What::Refund { .. })
                && statuses[&need.payment].status != "pending"
            {
                need.met = true;
            }
        }
    }

    fn finish(&mut self, task: impl Future<Output = ()> + 'static) {
        let mut task: Task = Box::pin(task);
        loop {
            match run(&mut task, &mut None) {
                Stands::Ended => return,
                Stands::WaitsUntil(ms) => self.clock.advance_to(ms),
                Stands::Died => unreachable!("nothing dies here"),
            }
        }
    }

    /// Refunds that were paid or wait: stamp, payment, cents, status.
    fn executed(&self) -> Vec<(Option<String>, String, i64, &'static str)> {
        let books = self.server.books();
        let paid = books
            .refunds
            .iter()
            .filter(|refund| refund.status != "fail");
        paid.map(|refund| {
            (
                refund.stamp.clone(),
                refund.payment.clone(),
                refund.amount,
                refund.status,
            )
        })
        .collect()
    }

    fn operations(&self) -> Vec<Operation> {
        let office = self.programs.iter().flatten().next();
        office.map_or_else(Vec::new, |office| {
            office
                .store()
                .read_blocking(|tx| tx.operations(OperationFilter::default()))
                .unwrap()
        })
    }

    fn note_stamps(&self) {
        let operations = self.operations();
        let mut shop = self.shop.lock().unwrap();
        for operation in operations {
            let need = shop
                .needs
                .iter()
                .position(|need| need.intents.contains(&operation.intent));
            if let (Some(stamp), Some(need)) = (&operation.refund_stamp, need) {
                shop.stamps.insert(stamp.to_string(), need);
            }
        }
    }

    /// What must hold at every moment.
    fn check_always(&mut self) {
        self.note_stamps();
        let operations = self.operations();
        let mut broken = Vec::new();
        let mut sums: BTreeMap<String, i64> = BTreeMap::new();
        for operation in &operations {
            let alive = operation.owner.is_some_and(|owner| {
                self.data_dir()
                    .join("owners")
                    .join(format!("{owner}.lock"))
                    .exists()
            });
            if alive && matches!(operation.reason.as_deref(), Some("interrupted" | "stopped")) {
                broken.push(format!(
                    "{} was taken from a program that lives",
                    operation.id
                ));
            }
            // Of a refund and its repeat at most one can be paid.
            let first_open = operation.repeat_of.is_some_and(|first| {
                let failed = [OperationState::Failed, OperationState::Rejected];
                operations
                    .iter()
                    .any(|other| other.id == first && !failed.contains(&other.state))
            });
            let counts = operation.state == OperationState::Done
                || (operation.state.is_open() && !first_open);
            if operation.kind == OperationKind::Refund && counts {
                *sums
                    .entry(operation.transaction_id.to_string())
                    .or_default() += operation.amount.cents();
            }
        }
        let payments = self.server.books().payments.clone();
        for (payment, sum) in sums {
            if sum > payments[&payment].amount {
                let of_it: Vec<_> = operations
                    .iter()
                    .filter(|op| op.transaction_id.to_string() == payment)
                    .collect();
                let amount = payments[&payment].amount;
                broken.push(format!(
                    "{sum} cents are refunded or reserved of {amount}: {of_it:#?}"
                ));
            }
        }
        let mut times: HashMap<usize, usize> = HashMap::new();
        let mut shop = self.shop.lock().unwrap();
        for (stamp, ..) in self.executed() {
            if let Some(need) = stamp.and_then(|stamp| shop.stamps.get(&stamp).copied()) {
                *times.entry(need).or_default() += 1;
            }
        }
        for (need, times) in times {
            if times > 1 {
                broken.push(format!(
                    "one need was paid {times} times: {:?}",
                    shop.needs[need]
                ));
            }
        }
        shop.broken.append(&mut broken);
    }

    /// Ends the story: the network is well, everybody waits, looks and resolves; then books and journal
    /// are compared.
    pub fn end(&mut self) {
        self.server.books().faults = Faults::default();
        for program in 0..2 {
            if self.programs[program].is_none() {
                self.start(program);
            }
        }
        self.run_for(120_000);
        self.kill(0);
        self.kill(1);
        self.start(0);
        for round in 0..8 {
            self.clock.advance_to(self.clock.ms() + 6 * 3_600_000);
            self.server.settle();
            let office = self.programs[0].clone().unwrap();
            let (account, server) = (self.account, self.server.clone());
            self.finish(async move {
                let _ = office.follow(account).await;
                let refunds = server.books().refunds.clone();
                for refund in refunds.iter().filter(|_| round > 2) {
                    take_in(&office, account, refund).await;
                }
                let open = office
                    .store()
                    .read(|tx| tx.operations(OperationFilter::default()))
                    .await
                    .unwrap();
                for operation in open
                    .iter()
                    .filter(|op| op.state == OperationState::Unknown && round > 3)
                {
                    if let Some(moved) = happened(&server, operation) {
                        let _ = office.resolve(account, operation.id, moved, "looked").await;
                    }
                }
            });
            if !self.server.books().anything_open()
                && self.operations().iter().all(|op| !op.state.is_open())
            {
                break;
            }
        }
        self.check_always();
        self.check_end();
    }

    fn check_end(&mut self) {
        let operations = self.operations();
        let books = self.server.books();
        let mut broken = Vec::new();
        for operation in &operations {
            let payment = &books.payments[&operation.transaction_id.to_string()];
            if operation.state.is_open() {
                broken.push(format!(
                    "the story ends with an open operation: {operation:?}"
                ));
            }
            if operation.kind != OperationKind::Refund {
                continue;
            }
            let stamp = operation.refund_stamp.as_ref().map(RefundStamp::as_str);
            let paid = books
                .refunds
                .iter()
                .find(|refund| refund.stamp.as_deref() == stamp && refund.status == "ok");
            let as_said = match operation.state {
                OperationState::Done => {
                    paid.is_some_and(|paid| paid.amount == operation.amount.cents())
                }
                OperationState::Failed | OperationState::Rejected => paid.is_none(),
                _ => true,
            };
            if !as_said {
                broken.push(format!(
                    "the journal lies: {operation:?}, the books: {paid:?} of {payment:?}"
                ));
            }
        }
        for (id, payment) in &books.payments {
            let of_kind = |kind| {
                operations
                    .iter()
                    .filter(move |op| op.kind == kind && op.transaction_id.to_string() == *id)
            };
            let (activate, cancel) = (OperationKind::Activate, OperationKind::Cancel);
            let mut says = |kind, fits: bool| {
                if of_kind(kind).any(|op| op.state == OperationState::Done) && !fits {
                    broken.push(format!(
                        "the journal says {kind} is done, the books say {payment:?}"
                    ));
                }
            };
            says(activate, payment.status == "ok");
            says(cancel, payment.status == "fail");
        }
        self.shop.lock().unwrap().broken.append(&mut broken);
    }
}

/// Whether the server's books show that this operation happened; `None` while they show it waiting.
fn happened(server: &Server, operation: &Operation) -> Option<bool> {
    let books = server.books();
    let status = books.payments[&operation.transaction_id.to_string()].status;
    match operation.kind {
        OperationKind::Refund => {
            let stamp = operation.refund_stamp.as_ref().map(RefundStamp::as_str);
            let found = books
                .refunds
                .iter()
                .find(|refund| refund.stamp.as_deref() == stamp);
            match found.map(|refund| refund.status) {
                Some("ok") => Some(true),
                Some("pending") => None,
                _ => Some(false),
            }
        }
        OperationKind::Activate => Some(status == "ok"),
        OperationKind::Cancel => Some(status == "fail"),
    }
}

/// A verified callback about a refund reaches a program.
async fn take_in(office: &Backoffice, account: AccountId, refund: &crate::server::ServerRefund) {
    let (Some(stamp), status) = (refund.stamp.clone(), refund.status) else {
        return;
    };
    let transaction_id: TransactionId = refund.id.parse().unwrap();
    let payment: TransactionId = refund.payment.parse().unwrap();
    let amount = Money::from_cents(refund.amount);
    let now = hyvitys_domain::Moment {
        at: chrono::DateTime::from_timestamp(1_790_000_000, 0).unwrap(),
        boot: String::new(),
        up_ms: 0,
    };
    let _ = office
        .store()
        .write(move |tx| {
            let payment = tx.payment(account, payment)?.map(|stored| stored.key);
            let evidence = RefundEvidence {
                refund_stamp: RefundStamp::new(stamp.clone()).unwrap(),
                amount,
                transaction_id: Some(transaction_id),
                status: match status {
                    "ok" => EvidenceStatus::Done,
                    "fail" => EvidenceStatus::Failed,
                    _ => EvidenceStatus::Pending,
                },
                source: "callback",
                at: now.at,
                payment,
            };
            tx.record_evidence(account, &evidence, &now)
        })
        .await;
}

/// What a person does about a need, by what the program shows of it.
async fn staff(
    office: Backoffice,
    shop: Arc<Mutex<Shop>>,
    server: Server,
    account: AccountId,
    index: usize,
    mut dice: Dice,
) {
    let need = shop.lock().unwrap().needs[index].clone();
    if need.met {
        return;
    }
    let all = office
        .store()
        .read(|tx| tx.operations(OperationFilter::default()))
        .await
        .unwrap();
    let mine: Vec<&Operation> = all
        .iter()
        .filter(|op| need.intents.contains(&op.intent))
        .collect();
    let any = |state| mine.iter().any(|op| op.state == state);
    if any(OperationState::Done) || any(OperationState::Accepted) {
        return;
    }
    let mut again = false;
    if let Some(unknown) = mine.iter().find(|op| op.state == OperationState::Unknown) {
        match dice.below(3) {
            0 => {
                let Some(moved) = happened(&server, unknown) else {
                    return;
                };
                if office
                    .resolve(account, unknown.id, moved, "looked into the Merchant Panel")
                    .await
                    .is_err()
                    || moved
                {
                    return;
                }
            }
            // Impatience: once more, with or without saying that it is meant again.
            1 => again = true,
            _ => {}
        }
    }
    let intent = office.new_intent();
    shop.lock().unwrap().needs[index]
        .intents
        .push(intent.clone());
    let transaction_id = need.payment.parse().unwrap();
    let clicks = 1 + usize::from(dice.chance(20));
    for _ in 0..clicks {
        let result = match need.what {
            What::Refund { cents, email } => {
                let order = RefundOrder {
                    account,
                    transaction_id,
                    how_much: HowMuch::Amount(Money::from_cents(cents)),
                    intent: intent.clone(),
                    again,
                    note: None,
                    refund_reason: None,
                    typed: None,
                    reference: None,
                    email: email.then(|| "aino@example.com".to_owned()),
                };
                office.refund(order).await
            }
            What::Activate => {
                hold(
                    &office,
                    account,
                    transaction_id,
                    HoldAction::Activate,
                    &intent,
                )
                .await
            }
            What::Cancel => {
                hold(
                    &office,
                    account,
                    transaction_id,
                    HoldAction::Cancel,
                    &intent,
                )
                .await
            }
        };
        if let Err(error) = result {
            assert!(error.code != Code::Store, "the store broke: {error}");
        }
    }
}

async fn hold(
    office: &Backoffice,
    account: AccountId,
    transaction_id: TransactionId,
    action: HoldAction,
    intent: &IntentId,
) -> Result<Operation, Error> {
    office
        .hold(HoldOrder {
            account,
            transaction_id,
            action,
            intent: intent.clone(),
            confirmed: None,
        })
        .await
}

fn faults(dice: &mut Dice) -> Faults {
    if dice.chance(15) {
        return Faults::default();
    }
    let mut some = || if dice.chance(60) { dice.below(12) } else { 0 };
    Faults {
        not_sent: some(),
        drop_before: some(),
        drop_after: some(),
        delayed: some(),
        error_before: some(),
        error_after: some(),
        unsigned_refusal_after: some(),
        too_many: some(),
        replay: some(),
    }
}
