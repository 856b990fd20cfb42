//! One simulated history of a shop: programs that die, staff that is impatient, a network that lies.

use std::collections::{BTreeMap, HashSet};
use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use hyvitys_backoffice::clock::Clock;
use hyvitys_backoffice::error::Error;
use hyvitys_backoffice::service::{Backoffice, Keys, Parts};
use hyvitys_domain::{
    AccountId, Money, OperationId, OperationKind, OperationState, TransactionId, WireTime,
};
use hyvitys_paytrail::SigningKey;
use hyvitys_store::accounts::{Account, NewAccount};
use hyvitys_store::payments::{Created, PaymentFacts, Precision, Source};

use crate::clock::{Dice, SeededChance, Stands, VirtualClock, Waits, run};
use crate::server::{Books, Faults, MERCHANTS, Server, key};
use crate::staff::{Need, Person, Shop, What, happened};

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
    waits: Waits,
    task: Task,
}

pub struct World {
    pub clock: VirtualClock,
    pub server: Server,
    pub shop: Arc<Mutex<Shop>>,
    pub accounts: [AccountId; 2],
    pub programs: Vec<Option<Backoffice>>,
    /// The operations that were there when it was last looked.
    pub seen: HashSet<OperationId>,
    /// Those that were done, and of which payment.
    pub seen_done: BTreeMap<OperationId, TransactionId>,
    /// Operations of an older copy that may have been sent since it was made.
    pub restored: HashSet<OperationId>,
    dice: Dice,
    dir: tempfile::TempDir,
    running: Vec<Running>,
    /// This shop copies its folder often, and puts copies back.
    copies_often: bool,
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
        let needs = needs(&mut server.books(), &mut dice);
        let copies_often = dice.chance(20);
        let shop = Shop {
            needs,
            ..Shop::default()
        };
        let mut world = World {
            clock,
            server,
            shop: Arc::new(Mutex::new(shop)),
            accounts: [AccountId::from_row(0); 2],
            programs: vec![None, None],
            seen: HashSet::new(),
            seen_done: BTreeMap::new(),
            restored: HashSet::new(),
            dice,
            dir,
            running: Vec::new(),
            copies_often,
            copy: None,
            chance: seed,
        };
        world.start(0);
        world.fill();
        world
    }

    pub fn data_dir(&self) -> PathBuf {
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
        self.accounts = MERCHANTS.map(|merchant| {
            let new = NewAccount {
                name: merchant.into(),
                origin: "http://127.0.0.1:1".parse().unwrap(),
                merchant: merchant.parse().unwrap(),
                callback_url: None,
            };
            let payments = payments.clone();
            let filled = store.write_blocking(move |tx| {
                let account = tx.add_account(&new, at)?;
                for (id, payment) in payments {
                    if payment.merchant != merchant {
                        continue;
                    }
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
            });
            filled.unwrap()
        });
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
            0..12 if self.copies_often && self.copy.is_some() => self.restore_copy(),
            0..38 => self.somebody_acts(program),
            38..50 => self.somebody_works_through(program),
            50..59 => {
                let dice = Dice::new(self.dice.next());
                self.person(program, 40, |person| person.cares(dice));
            }
            59..68 => self.sync(program),
            68..74 => self.evidence(program),
            74..82 => self.kill(program),
            82..86 => self.refund_elsewhere(),
            86..90 => {
                let hours = i64::try_from(self.dice.below(6)).unwrap() - 3;
                self.clock.jump(hours * 3_600_000);
            }
            90..93 => self.take_copy(),
            93..96 => self.restore_copy(),
            96 => self.run_for(25 * 3_600_000),
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
            let now = self.clock.ms();
            let due: Vec<usize> = (0..self.running.len())
                .filter(|i| self.running[*i].wakes_at <= now)
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
            let Running {
                task, fuse, waits, ..
            } = &mut running;
            match run(task, fuse, waits, now) {
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

    /// Lets a person do something at a program; some of the time the program dies of it, after at most `fuse`
    /// looks at the clock.
    fn person<F>(&mut self, program: usize, fuse: u64, does: impl FnOnce(Person) -> F)
    where
        F: Future<Output = ()> + 'static,
    {
        let Some(office) = self.programs[program].clone() else {
            return;
        };
        let person = Person {
            office,
            shop: Arc::clone(&self.shop),
            server: self.server.clone(),
            clock: self.clock.clone(),
            accounts: self.accounts,
        };
        let burns = self.dice.chance(12);
        let fuse = burns.then(|| u32::try_from(self.dice.below(fuse)).unwrap());
        self.running.push(Running {
            program,
            wakes_at: self.clock.ms(),
            fuse,
            waits: Waits::new(),
            task: Box::pin(does(person)),
        });
    }

    fn somebody_acts(&mut self, program: usize) {
        let needs = self.shop.lock().unwrap().needs.len();
        let need = usize::try_from(self.dice.below(needs as u64)).unwrap();
        let act = |world: &mut World, program| {
            let dice = Dice::new(world.dice.next());
            world.person(program, 14, |person| person.acts(need, dice));
        };
        act(self, program);
        if self.dice.chance(20) {
            // The colleague at the other screen has the same customer on the phone.
            let other = usize::from(self.programs[1].is_some());
            act(self, other.min(program ^ 1));
        }
    }

    fn somebody_works_through(&mut self, program: usize) {
        let kind = match self.dice.below(10) {
            0..7 => OperationKind::Refund,
            7 | 8 => OperationKind::Activate,
            _ => OperationKind::Cancel,
        };
        let dice = Dice::new(self.dice.next());
        self.person(program, 90, |person| person.works_through(kind, dice));
        if self.dice.chance(if self.copies_often { 60 } else { 5 }) {
            // The backup tool comes by while it runs.
            self.run_for(2_000);
            self.take_copy();
        } else if self.dice.chance(20) {
            // The colleague at the other screen does not see why it should stand still.
            self.run_for(2_000);
            let other = program ^ 1;
            if self.programs[other].is_none() {
                self.start(other);
            }
            let dice = Dice::new(self.dice.next());
            self.person(other, 40, |person| person.cares(dice));
        }
    }

    fn sync(&mut self, program: usize) {
        self.person(program, 14, |person| async move {
            for account in person.accounts {
                let _ = person.office.follow(account).await;
            }
        });
    }

    /// Callbacks of what is in the server's books, as they reach a program some day.
    fn evidence(&mut self, program: usize) {
        let refunds = self.server.books().refunds.clone();
        self.person(program, 14, |person| async move {
            person.takes_in(&refunds).await;
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
        self.note_restored();
        // What was known since the copy was made is not known any more.
        self.seen.clear();
        self.seen_done.clear();
        if self.programs[0]
            .as_ref()
            .unwrap()
            .store()
            .locked()
            .is_none()
        {
            return;
        }
        self.clock.advance_to(self.clock.ms() + 3_600_000);
        self.server.settle();
        // What refunds there were is not known any more, and nothing binds an answer to its question: an old
        // one that came again now could not be told from a new one.
        self.server.books().forget_answers();
        // The callbacks may be kept somewhere and come again.
        let all = self.server.books().refunds.clone();
        let again = if self.dice.chance(50) {
            all
        } else {
            Vec::new()
        };
        self.person_finishes(|person| async move {
            person.looks_into_the_panel();
            person.takes_in(&again).await;
            let taken_over = person.office.take_over("compared with the Merchant Panel");
            taken_over.await.unwrap();
        });
    }

    /// Lets a person do something at the first program, to its end.
    fn person_finishes<F>(&mut self, does: impl FnOnce(Person) -> F)
    where
        F: Future<Output = ()> + 'static,
    {
        self.person(0, 1, does);
        let mut running = self.running.pop().unwrap();
        loop {
            let now = self.clock.ms();
            match run(&mut running.task, &mut None, &mut running.waits, now) {
                Stands::Ended => return,
                Stands::WaitsUntil(ms) => self.clock.advance_to(ms),
                Stands::Died => unreachable!("nothing dies here"),
            }
        }
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
        let dice = Dice::new(self.dice.next());
        self.person_finishes(|person| person.ends_batches(dice));
        self.check_always();
        for round in 0..8 {
            self.clock.advance_to(self.clock.ms() + 6 * 3_600_000);
            self.server.settle();
            self.person_finishes(|person| async move {
                for account in person.accounts {
                    let _ = person.office.follow(account).await;
                }
                if round > 2 {
                    let refunds = person.server.books().refunds.clone();
                    person.takes_in(&refunds).await;
                }
                for operation in person.operations().await {
                    if operation.state != OperationState::Unknown || round <= 3 {
                        continue;
                    }
                    if let Some(moved) = happened(&person.server, &operation) {
                        let resolved =
                            person
                                .office
                                .resolve(operation.account, operation.id, moved, "looked");
                        let _ = resolved.await;
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
}

/// Some payments of two shops, and what is owed of them.
fn needs(books: &mut Books, dice: &mut Dice) -> Vec<Need> {
    books.faults = faults(dice);
    books.slow = 35;
    let mut needs = Vec::new();
    let most = *dice.pick(&[2, 2, 6, 10]);
    for _ in 0..=dice.below(most) {
        let amount = 1_000 + i64::try_from(dice.below(9_000)).unwrap();
        let held = dice.chance(30);
        let merchant = MERCHANTS[usize::from(dice.chance(15))];
        let payment = books.add_payment(merchant, amount, if held { "pending" } else { "ok" });
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
        let cents = amount * i64::try_from(20 + dice.below(70)).unwrap() / 100;
        need(What::Refund { cents, email });
        if dice.chance(30) {
            // More than is left beside the first one.
            need(What::Refund {
                cents: amount - cents / 2,
                email: false,
            });
        } else if dice.chance(60) {
            let rest = (amount - cents).max(2) / 2;
            // Some are owed the same twice.
            let twin = rest == cents && dice.chance(50);
            need(What::Refund {
                cents: rest.max(1) + i64::from(rest == cents && !twin),
                email: false,
            });
        }
    }
    needs
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
        replay: if some() > 9 { 50 } else { some() },
        no_balance: some() / 3,
    }
}
