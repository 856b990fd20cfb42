//! Lists that are worked through at once: planned, mended, confirmed and run, paused and taken up again,
//! while files are edited, clicks are doubled and colleagues act by hand.

use std::collections::HashSet;
use std::fmt::Write as _;

use hyvitys_backoffice::Why;
use hyvitys_backoffice::bulk::{
    BatchConfirmation, BatchOptions, BatchPlan, BatchSource, BatchVerdict, LineChange, Suggestion,
};
use hyvitys_backoffice::error::{Code, Error};
use hyvitys_backoffice::import::SourceFile;
use hyvitys_domain::{
    AccountId, BatchId, BatchPause, BatchState, IntentId, Money, OperationId, OperationKind,
    OperationState, TransactionId,
};
use hyvitys_store::batches::Batch;

use crate::clock::Dice;
use crate::staff::{Person, Shop, What};

/// What a person saw and confirmed.
#[derive(Clone, Debug)]
pub struct List {
    pub account: AccountId,
    pub kind: OperationKind,
    /// The confirmation.
    pub intent: IntentId,
    /// The batch that it made, as soon as somebody has seen it.
    pub id: Option<BatchId>,
    /// In the plan's order.
    pub lines: Vec<Shown>,
    /// The operations that there were when it was checked.
    pub before: HashSet<OperationId>,
    pub concurrency: u32,
}

/// A line as it was shown.
#[derive(Clone, Copy, Debug)]
pub struct Shown {
    pub need: Option<usize>,
    pub place: u32,
    pub is_sent: bool,
    pub payment: Option<TransactionId>,
    pub amount: Option<Money>,
}

impl List {
    /// The line, counted from 0, that an operation with this confirmation carries out.
    pub fn line_of(&self, intent: &IntentId) -> Option<usize> {
        let mut parts = intent.as_str().split('-');
        if parts.next() != Some(self.id?.uuid().simple().to_string().as_str()) {
            return None;
        }
        let position: usize = parts.next()?.parse().ok()?;
        position.checked_sub(1)
    }

    pub fn need_of(&self, intent: &IntentId) -> Option<usize> {
        self.lines.get(self.line_of(intent)?)?.need
    }
}

impl Shop {
    /// Notes which batches the lists became.
    pub fn find_batches(&mut self, office: &hyvitys_backoffice::service::Backoffice) {
        for list in self.lists.iter_mut().filter(|list| list.id.is_none()) {
            let (account, intent) = (list.account, list.intent.clone());
            let found = office
                .store()
                .read_blocking(move |tx| tx.batch_by_intent(account, &intent))
                .unwrap();
            list.id = found.map(|(id, _)| id);
        }
    }
}

impl Person {
    /// Makes a list of what is to be done, has it checked, reads what it says, and confirms it.
    pub async fn works_through(self, kind: OperationKind, mut dice: Dice) {
        let account = *dice.pick(&self.accounts);
        let wanted = self.wanted(account, kind, &mut dice).await;
        if wanted.is_empty() {
            return;
        }
        // The other shop of the same company was chosen in the window.
        let chosen = if dice.chance(8) {
            *dice.pick(&self.accounts)
        } else {
            account
        };
        let (source, text) = self.source(&wanted, kind, &mut dice);
        let before = self.operations().await.iter().map(|op| op.id).collect();
        let Ok(plan) = self.plan(chosen, kind, source).await else {
            return;
        };
        let needs: Vec<Option<usize>> = wanted.iter().map(|need| Some(*need)).collect();
        let plan = self.mend(plan, &needs).await;
        let (seen, lines) = (confirmed(&self, &plan, &mut dice), shown(&plan, &needs));
        self.reads(&mut dice).await;
        // Somebody else saves the file in between, and it is read again.
        let plan = match text {
            Some(text) if dice.chance(15) => {
                let edited = edited(&text, &mut dice);
                match self.plan(chosen, kind, file(&edited)).await {
                    Ok(plan) => self.mend(plan, &needs).await,
                    Err(_) => return,
                }
            }
            _ => plan,
        };
        self.confirm_and_run(plan, seen, lines, before, dice).await;
    }

    /// Pauses, resumes or stops some batch, or makes a new one of what is left of it.
    pub async fn cares(self, mut dice: Dice) {
        let account = *dice.pick(&self.accounts);
        let all = self.office.batches(account).await.unwrap();
        let open: Vec<Batch> = all.into_iter().map(|view| view.batch).collect();
        if open.is_empty() {
            return;
        }
        let batch = dice.pick(&open).clone();
        match dice.below(10) {
            0..3 => drop(self.office.pause_batch(batch.id).await),
            3..8 => self.resumes(batch.id).await,
            8 => {
                if dice.chance(30) {
                    drop(self.office.stop_batch(batch.id).await);
                }
            }
            _ => self.follows(&batch, dice.chance(60), dice).await,
        }
    }

    async fn resumes(&self, id: BatchId) {
        match self.office.resume_batch(id).await {
            Ok(_) => self.runs(id).await,
            Err(error) => assert!(error.code != Code::Store, "the store broke: {error}"),
        }
    }

    async fn runs(&self, id: BatchId) {
        match self.office.run_batch(id, || {}).await {
            Ok(batch) if batch.why == Some(BatchPause::Interrupted) => {
                let broken = format!("it broke off, and nothing had stopped it: {batch:?}");
                self.shop().broken.push(broken);
            }
            Ok(_) => {}
            Err(error) => assert!(error.code != Code::Store, "the store broke: {error}"),
        }
    }

    /// What waits in a batch, or what failed of it, as a new one.
    async fn follows(&self, batch: &Batch, rest: bool, mut dice: Dice) {
        let earlier = {
            let shop = self.shop();
            let of = |list: &&List| list.id == Some(batch.id);
            shop.lists.iter().find(of).cloned()
        };
        let Some(earlier) = earlier else {
            return;
        };
        let before = self.operations().await.iter().map(|op| op.id).collect();
        let source = BatchSource::Batch {
            batch: batch.id,
            rest,
        };
        let Ok(plan) = self.plan(batch.account, batch.kind, source).await else {
            return;
        };
        let need_at = |place: u32| {
            let line = earlier.lines.iter().find(|line| line.place == place);
            line.and_then(|line| line.need)
        };
        let needs: Vec<_> = plan.lines.iter().map(|line| need_at(line.place)).collect();
        let plan = self.mend(plan, &needs).await;
        let (seen, lines) = (confirmed(self, &plan, &mut dice), shown(&plan, &needs));
        self.reads(&mut dice).await;
        self.confirm_and_run(plan, seen, lines, before, dice).await;
    }

    /// Ends what is open: what can go on goes on, what is too old is confirmed anew, the rest is stopped.
    pub async fn ends_batches(self, mut dice: Dice) {
        for round in 0..6 {
            let mut open = Vec::new();
            for account in self.accounts {
                let views = self.office.batches(account).await.unwrap();
                open.extend(views.into_iter().map(|view| view.batch));
            }
            open.retain(|batch| matches!(batch.state, BatchState::Running | BatchState::Paused));
            for batch in open {
                if round > 3 {
                    drop(self.office.stop_batch(batch.id).await);
                } else if self.office.resume_batch(batch.id).await.is_ok() {
                    self.runs(batch.id).await;
                } else {
                    let dice = Dice::new(dice.next());
                    self.follows(&batch, true, dice).await;
                }
            }
        }
    }

    /// Needs of one kind that are not met, as far as the program shows it.
    async fn wanted(&self, account: AccountId, kind: OperationKind, dice: &mut Dice) -> Vec<usize> {
        let all = self.operations().await;
        let shop = self.shop();
        let met = |index: usize| {
            let settled = |state| matches!(state, OperationState::Done | OperationState::Accepted);
            all.iter()
                .any(|op| shop.need_of(&op.intent) == Some(index) && settled(op.state))
        };
        let wanted = shop.needs.iter().enumerate().filter(|(index, need)| {
            need.what.kind() == kind
                && self.account_of(&need.payment) == account
                && !need.met
                && !met(*index)
        });
        let mut wanted: Vec<usize> = wanted.map(|(index, _)| index).collect();
        wanted.retain(|_| dice.chance(85));
        // A line that was copied twice.
        if dice.chance(20) && !wanted.is_empty() {
            let twice = *dice.pick(&wanted);
            wanted.push(twice);
        }
        wanted
    }

    /// The list as a file, or as a selection.
    fn source(
        &self,
        wanted: &[usize],
        kind: OperationKind,
        dice: &mut Dice,
    ) -> (BatchSource, Option<String>) {
        let shop = self.shop();
        if kind.is_hold() && dice.chance(50) {
            let ids = wanted.iter().map(|need| shop.needs[*need].payment.parse());
            return (
                BatchSource::Payments(ids.collect::<Result<_, _>>().unwrap()),
                None,
            );
        }
        let by_id = dice.chance(50);
        let mut text = if by_id {
            "transactionId"
        } else {
            "Tilausnumero"
        }
        .to_owned();
        text.push_str(";Palautettava summa;Palautuksen sähköposti\n");
        let key = if by_id { "" } else { "o-" };
        for need in wanted {
            let need = &shop.needs[*need];
            let (amount, email) = match need.what {
                // Left empty, it is all that is left: whoever reads the check sees how much that is.
                What::Refund { .. } if dice.chance(10) => (String::new(), ""),
                What::Refund { cents, email } => {
                    let email = if email { "aino@example.com" } else { "" };
                    (format!("{},{:02}", cents / 100, cents % 100), email)
                }
                _ => (String::new(), ""),
            };
            writeln!(text, "{key}{};{amount};{email}", need.payment).unwrap();
        }
        (file(&text), Some(text))
    }

    async fn plan(
        &self,
        account: AccountId,
        kind: OperationKind,
        source: BatchSource,
    ) -> Result<BatchPlan, Error> {
        let options = BatchOptions::default();
        self.office.plan_batch(account, kind, source, options).await
    }

    /// Puts right what the check shows: other amounts than are owed, lines that stand there twice, the same
    /// again where it is owed twice.
    async fn mend(&self, plan: BatchPlan, needs: &[Option<usize>]) -> BatchPlan {
        let operations = self.operations().await;
        let mut changes = Vec::new();
        for (index, line) in plan.lines.iter().enumerate() {
            let need = needs.get(index).copied().flatten();
            let mut change = LineChange {
                number: line.number,
                ..LineChange::default()
            };
            let shop = self.shop();
            let Some(need) = need else {
                change.left_out = Some(true);
                changes.push(change);
                continue;
            };
            if let What::Refund { cents, .. } = shop.needs[need].what
                && line.amount != Some(Money::from_cents(cents))
            {
                change.amount = Some(Money::from_cents(cents));
            }
            let is_mine = |op: &&hyvitys_store::journal::Operation| {
                let ended = [OperationState::Failed, OperationState::Rejected];
                shop.need_of(&op.intent) == Some(need) && !ended.contains(&op.state)
            };
            let why = line.why.as_ref().map(|reason| &reason.why);
            let copied = needs[..index].contains(&Some(need));
            if copied && matches!(why, Some(Why::BatchDuplicate { .. })) {
                change.left_out = Some(true);
            } else if line.suggestion == Some(Suggestion::Again)
                && !copied
                && !operations.iter().any(|op| is_mine(&op))
            {
                change.again = Some(true);
            }
            changes.push(change);
        }
        self.office.change_batch_plan(plan, &changes).await.unwrap()
    }

    /// Time passes between the check and the click.
    async fn reads(&self, dice: &mut Dice) {
        let minutes = match dice.below(10) {
            0..6 => 0,
            6..8 => dice.below(40),
            _ => dice.below(30 * 60),
        };
        let ms = 500 + i64::try_from(minutes).unwrap() * 60_000;
        self.clock.until(self.clock.ms() + ms).await;
    }

    async fn confirm_and_run(
        &self,
        plan: BatchPlan,
        seen: BatchConfirmation,
        lines: Vec<Shown>,
        before: HashSet<OperationId>,
        mut dice: Dice,
    ) {
        if seen.count == 0 {
            return;
        }
        self.shop().lists.push(List {
            account: plan.account,
            kind: plan.kind,
            intent: seen.intent.clone(),
            id: None,
            lines,
            before,
            concurrency: seen.concurrency.unwrap(),
        });
        let clicks = 1 + usize::from(dice.chance(25));
        let mut made = Vec::new();
        for _ in 0..clicks {
            match self.office.confirm_batch(&plan, seen.clone()).await {
                Ok(view) => made.push(view.batch.id),
                Err(error) => assert!(error.code != Code::Store, "the store broke: {error}"),
            }
        }
        self.shop().find_batches(&self.office);
        made.dedup();
        if made.len() > 1 {
            let broken = format!("one confirmation made two batches: {made:?}");
            self.shop().broken.push(broken);
        }
        if dice.chance(30) {
            // The program is slow, and colleagues are not.
            let ms = i64::try_from(dice.below(3 * 60_000)).unwrap();
            self.clock.until(self.clock.ms() + ms).await;
        }
        for id in made {
            self.runs(id).await;
        }
    }
}

fn confirmed(person: &Person, plan: &BatchPlan, dice: &mut Dice) -> BatchConfirmation {
    let sends = plan.sends();
    BatchConfirmation {
        digest: plan.digest.clone(),
        count: sends.count,
        sum: sends.sum,
        typed: None,
        intent: person.office.new_intent(),
        refund_reason: None,
        note: None,
        concurrency: Some(1 + u32::try_from(dice.below(4)).unwrap()),
    }
}

fn shown(plan: &BatchPlan, needs: &[Option<usize>]) -> Vec<Shown> {
    let line = |(index, line): (usize, &hyvitys_backoffice::bulk::PlannedBatchLine)| Shown {
        need: needs.get(index).copied().flatten(),
        place: line.place,
        is_sent: matches!(line.verdict, BatchVerdict::Ready | BatchVerdict::Warning),
        payment: line.payment,
        amount: line.amount,
    };
    plan.lines.iter().enumerate().map(line).collect()
}

fn file(text: &str) -> BatchSource {
    BatchSource::File(SourceFile {
        name: "palautukset.csv".to_owned(),
        bytes: text.as_bytes().to_vec(),
    })
}

/// The file with two lines swapped, or with a line less.
fn edited(text: &str, dice: &mut Dice) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    if lines.len() > 2 && dice.chance(50) {
        let last = lines.len() - 1;
        lines.swap(1, last);
    } else {
        lines.pop();
    }
    lines.join("\n")
}
