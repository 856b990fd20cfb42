//! What a batch would do, as a plain value: nothing is written or sent before a person has confirmed exactly this.

use hyvitys_domain::{
    AccountId, BatchId, BatchLineState, Customer, ItemStamp, Moment, Money, OperationKind,
    TransactionId,
};
use hyvitys_store::batches::{BatchOrigin, Follows};
use sha2::{Digest, Sha256};

use super::check;
use super::read::{self, Asked, BatchKey, BatchOptions, BatchTable, ReadFile, ReadLine};
use super::{MOST_LINES, no_such_batch};
use crate::error::{Code, Error};
use crate::import::{Reason, SourceFile, TextRows};
use crate::service::Backoffice;
use crate::why::Why;

/// Of what a batch is made.
#[derive(Clone, Debug)]
pub enum BatchSource {
    /// A file: CSV or XLSX.
    File(SourceFile),
    /// A text that was pasted.
    Paste(String),
    /// Payments that were selected in a list.
    Payments(Vec<TransactionId>),
    /// An earlier batch: what waits there, or what failed.
    Batch {
        /// Which.
        batch: BatchId,
        /// What still waits there; else what was not carried out.
        rest: bool,
    },
}

/// How a line of a plan stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum BatchVerdict {
    /// It can't be sent so.
    Error,
    /// It is sent, and a person may want to look first.
    Warning,
    /// It is sent.
    Ready,
    /// A person has left it out.
    LeftOut,
}

/// What would mend a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Suggestion {
    /// This amount: it is what is left.
    Amount(Money),
    /// This reference: there is a payment of it.
    Key(String),
    /// The same again is meant.
    Again,
}

/// A line of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedBatchLine {
    /// 1, 2, 3 … in the plan.
    pub number: u32,
    /// The line in the file.
    pub place: u32,
    /// What it names, as it came or as a person mended it.
    pub named: String,
    /// The row as it came.
    pub fields: Vec<String>,
    /// What it asks for, or why it can't be read.
    pub asked: Result<Asked, Reason>,
    /// The same again is meant.
    pub again: bool,
    /// A person has left it out.
    pub left_out: bool,
    /// The payment.
    pub payment: Option<TransactionId>,
    /// Its reference; empty where none is known.
    pub reference: String,
    /// Who paid.
    pub customer: Customer,
    /// How much, in cents: of an empty amount what was left when it was planned; of a hold the payment's.
    pub amount: Option<Money>,
    /// The payment's amount.
    pub payment_amount: Option<Money>,
    /// What of it was refunded or on its way when it was planned.
    pub payment_taken: Option<Money>,
    /// What is left of the payment after this line and those before it.
    pub left_after: Option<Money>,
    /// How it stands.
    pub verdict: BatchVerdict,
    /// Why it can't be sent, or what to look at.
    pub why: Option<Reason>,
    /// What would mend it.
    pub suggestion: Option<Suggestion>,
}

impl PlannedBatchLine {
    /// Whether confirming would send it.
    pub fn is_sent(&self) -> bool {
        matches!(self.verdict, BatchVerdict::Ready | BatchVerdict::Warning)
    }

    /// Of which order line it is.
    pub fn item_stamp(&self) -> Option<&ItemStamp> {
        self.asked.as_ref().ok()?.item_stamp.as_ref()
    }
}

/// How many lines, and their sum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BatchSum {
    /// How many.
    pub count: u64,
    /// Their amounts together, in cents.
    pub sum: Money,
}

/// What a batch would do.
#[derive(Clone, Debug)]
pub struct BatchPlan {
    /// With which account.
    pub account: AccountId,
    /// What its lines do.
    pub kind: OperationKind,
    /// The file's name; empty of a paste or selection.
    pub name: String,
    /// Of what it is made.
    pub origin: BatchOrigin,
    /// When it was checked.
    pub planned: Moment,
    /// The file's columns, if it has some.
    pub table: Option<BatchTable>,
    /// Amounts are whole numbers only, and nobody has said in what they count.
    pub amounts_unknown: bool,
    /// No column names the payment.
    pub no_key: bool,
    /// The number of an earlier batch that was made of the same file.
    pub same_file_as: Option<u32>,
    /// Why nothing can be confirmed now.
    pub blocked: Option<Error>,
    /// Its lines, in the order of the file.
    pub lines: Vec<PlannedBatchLine>,
    /// Names exactly what would be sent: confirming needs the same (money-safety 15).
    pub digest: String,
    pub(super) header: Vec<String>,
    pub(super) follows: Option<Follows>,
    pub(super) file_digest: Option<[u8; 32]>,
    pub(super) remember: bool,
}

/// A person's word about a line of a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LineChange {
    /// The line's number in the plan.
    pub number: u32,
    /// Leave it out, or take it in again.
    pub left_out: Option<bool>,
    /// This much.
    pub amount: Option<Money>,
    /// This id, reference or stamp.
    pub key: Option<String>,
    /// The same again is meant.
    pub again: Option<bool>,
}

impl BatchPlan {
    /// The lines of one verdict, and their sum.
    pub fn sum(&self, verdict: BatchVerdict) -> BatchSum {
        self.add_up(|line| line.verdict == verdict)
    }

    /// What confirming would do.
    pub fn sends(&self) -> BatchSum {
        self.add_up(PlannedBatchLine::is_sent)
    }

    fn add_up(&self, fits: impl Fn(&PlannedBatchLine) -> bool) -> BatchSum {
        let mut total = BatchSum::default();
        for line in self.lines.iter().filter(|line| fits(line)) {
            total.count += 1;
            // Ten thousand lines of at most a million euros each stay far below what cents can hold.
            total.sum = line
                .amount
                .and_then(|amount| total.sum.checked_add(amount))
                .unwrap_or(total.sum);
        }
        total
    }

    /// Lines of one verdict, or all: those first that need a person most. At most `limit` after the first
    /// `from`, and how many there are.
    pub fn page(
        &self,
        show: Option<BatchVerdict>,
        from: usize,
        limit: usize,
    ) -> (Vec<&PlannedBatchLine>, usize) {
        let mut lines: Vec<&PlannedBatchLine> = self
            .lines
            .iter()
            .filter(|line| show.is_none_or(|show| show == line.verdict))
            .collect();
        lines.sort_by_key(|line| (line.verdict, line.number));
        let total = lines.len();
        (lines.into_iter().skip(from).take(limit).collect(), total)
    }

    /// The digest of what would be sent now.
    pub(super) fn seal(&mut self) {
        let mut hash = Sha256::new();
        let mut field = |bytes: &[u8]| {
            hash.update((bytes.len() as u64).to_be_bytes());
            hash.update(bytes);
        };
        field(&self.account.row().to_be_bytes());
        field(self.kind.as_str().as_bytes());
        for line in &self.lines {
            field(&line.number.to_be_bytes());
            if !line.is_sent() {
                field(b"left out");
                continue;
            }
            let cents = |amount: Option<Money>| amount.map_or(-1, Money::cents).to_be_bytes();
            field(&line.place.to_be_bytes());
            field(
                line.payment
                    .map(|id| id.to_string())
                    .unwrap_or_default()
                    .as_bytes(),
            );
            field(&cents(line.amount));
            field(&cents(line.payment_amount));
            field(&cents(line.payment_taken));
            field(&[u8::from(line.again)]);
            let asked = line.asked.as_ref().ok();
            let texts = asked.map(|asked| {
                [
                    asked.item_stamp.as_ref().map(ItemStamp::as_str),
                    asked.email.as_deref(),
                    asked.refund_reference.as_deref(),
                    asked.note.as_deref(),
                ]
            });
            for text in texts.into_iter().flatten() {
                // Nothing is another thing than an empty text.
                field(
                    text.map_or_else(|| vec![0], |text| [&[1], text.as_bytes()].concat())
                        .as_slice(),
                );
            }
        }
        self.digest = hex::encode(hash.finalize());
    }
}

impl Backoffice {
    /// Reads what a batch is made of and says what it would do. Nothing is written or sent; what is known here
    /// is what it is checked against, and each payment is looked at again before its line is sent.
    pub async fn plan_batch(
        &self,
        account: AccountId,
        kind: OperationKind,
        source: BatchSource,
        options: BatchOptions,
    ) -> Result<BatchPlan, Error> {
        let account = self.account(account).await?.id;
        let mut plan = BatchPlan {
            account,
            kind,
            name: String::new(),
            origin: BatchOrigin::Paste,
            planned: self.inner.clock.now(),
            table: None,
            amounts_unknown: false,
            no_key: false,
            same_file_as: None,
            blocked: None,
            lines: Vec::new(),
            digest: String::new(),
            header: Vec::new(),
            follows: None,
            file_digest: None,
            remember: options.columns.is_some(),
        };
        let read = match source {
            BatchSource::File(file) => {
                plan.origin = BatchOrigin::File;
                plan.name.clone_from(&file.name);
                plan.file_digest = Some(read::digest_of(&file.bytes));
                self.read_rows(file, options).await?
            }
            BatchSource::Paste(text) => {
                let file = SourceFile {
                    name: String::new(),
                    bytes: text.into_bytes(),
                };
                self.read_rows(file, options).await?
            }
            BatchSource::Payments(ids) => {
                plan.origin = BatchOrigin::Payments;
                selected(ids)?
            }
            BatchSource::Batch { batch, rest } => {
                plan.origin = BatchOrigin::Batch;
                plan.follows = Some(Follows { batch, rest });
                let (name, read) = self.earlier(account, kind, batch, rest).await?;
                plan.name = name;
                read
            }
        };
        plan.header = read.header;
        plan.table = read.table;
        plan.amounts_unknown = read.unit_unknown;
        plan.no_key = read.no_key;
        plan.lines = read.lines.into_iter().zip(1..).map(of_file).collect();
        self.check_batch(plan).await
    }

    /// Mends lines as a person says, and checks everything again.
    pub async fn change_batch_plan(
        &self,
        mut plan: BatchPlan,
        changes: &[LineChange],
    ) -> Result<BatchPlan, Error> {
        for change in changes {
            let at = usize::try_from(change.number).unwrap_or(usize::MAX);
            let line = at.checked_sub(1).and_then(|at| plan.lines.get_mut(at));
            let line = line.ok_or_else(|| {
                let what = format!("the plan has no line {}", change.number);
                Error::new(Code::BadInput, what)
            })?;
            mend(line, change);
        }
        self.check_batch(plan).await
    }

    /// Checks a plan against what is known now.
    pub(super) async fn check_batch(&self, mut plan: BatchPlan) -> Result<BatchPlan, Error> {
        plan.planned = self.inner.clock.now();
        let locked = self.locked();
        let mut plan = self
            .inner
            .store
            .read(move |tx| {
                check::check(tx, &mut plan, locked)?;
                Ok(plan)
            })
            .await?;
        plan.seal();
        Ok(plan)
    }

    async fn read_rows(&self, file: SourceFile, options: BatchOptions) -> Result<ReadFile, Error> {
        let name = file.name.clone();
        let (rows, print) = blocking(move || {
            let rows = read::rows_of(file)?;
            let print = read::print_of(&rows);
            Ok::<(TextRows, String), Error>((rows, print))
        })
        .await??;
        let remembered = self
            .inner
            .store
            .read(move |tx| tx.import_layout(&print))
            .await?;
        blocking(move || read::read(&name, &rows, remembered.as_deref(), &options)).await?
    }

    /// The lines of an earlier batch that still wait, or that were not carried out.
    async fn earlier(
        &self,
        account: AccountId,
        kind: OperationKind,
        id: BatchId,
        rest: bool,
    ) -> Result<(String, ReadFile), Error> {
        let (batch, lines) = self
            .inner
            .store
            .read(move |tx| {
                let batch = tx.batch(id)?;
                let lines = tx.batch_lines(id, None, 0, MOST_LINES as u64)?;
                Ok((batch, lines.lines))
            })
            .await?;
        let batch = batch
            .filter(|batch| batch.account == account && batch.kind == kind)
            .ok_or_else(|| no_such_batch(id))?;
        let wanted = |state: BatchLineState| match state {
            BatchLineState::Waiting => rest,
            BatchLineState::Failed | BatchLineState::Rejected | BatchLineState::Refused => !rest,
            _ => false,
        };
        let mut lines: Vec<_> = lines
            .into_iter()
            .filter(|line| wanted(line.state))
            .collect();
        lines.sort_by_key(|line| line.position);
        let lines = lines
            .into_iter()
            .filter_map(|line| {
                Some(ReadLine {
                    place: line.place,
                    named: line.named,
                    fields: line.fields,
                    asked: Ok(Asked {
                        key: BatchKey::Id(line.transaction_id?),
                        amount: line.amount,
                        item_stamp: line.item_stamp,
                        email: line.email,
                        refund_reference: line.refund_reference,
                        note: line.note,
                    }),
                })
            })
            .collect();
        let file = ReadFile {
            header: batch.header,
            lines,
            ..ReadFile::default()
        };
        Ok((batch.name, file))
    }
}

fn selected(ids: Vec<TransactionId>) -> Result<ReadFile, Error> {
    if ids.len() > MOST_LINES {
        return Err(Error::new(
            Code::BadInput,
            format!("a batch has at most {MOST_LINES} lines"),
        )
        .why(Why::BatchTooManyLines { most: MOST_LINES }));
    }
    let line = |(id, place): (TransactionId, u32)| ReadLine {
        place,
        named: id.to_string(),
        fields: vec![id.to_string()],
        asked: Ok(Asked {
            key: BatchKey::Id(id),
            amount: None,
            item_stamp: None,
            email: None,
            refund_reference: None,
            note: None,
        }),
    };
    Ok(ReadFile {
        header: vec!["transactionId".to_owned()],
        lines: ids.into_iter().zip(1..).map(line).collect(),
        ..ReadFile::default()
    })
}

fn of_file((line, number): (ReadLine, u32)) -> PlannedBatchLine {
    PlannedBatchLine {
        number,
        place: line.place,
        named: line.named,
        fields: line.fields,
        asked: line.asked,
        again: false,
        left_out: false,
        payment: None,
        reference: String::new(),
        customer: Customer::default(),
        amount: None,
        payment_amount: None,
        payment_taken: None,
        left_after: None,
        verdict: BatchVerdict::Error,
        why: None,
        suggestion: None,
    }
}

/// Takes a person's word. A line that could not be read needs a payment of its own to be one.
fn mend(line: &mut PlannedBatchLine, change: &LineChange) {
    if let Some(left_out) = change.left_out {
        line.left_out = left_out;
    }
    if let Some(again) = change.again {
        line.again = again;
    }
    if let Some(key) = &change.key {
        let key = key.trim();
        let by = match &line.asked {
            Ok(Asked {
                key: BatchKey::Stamp(_),
                ..
            }) => BatchKey::Stamp(key.to_owned()),
            _ => BatchKey::Reference(key.to_owned()),
        };
        let by = key.parse().map_or(by, BatchKey::Id);
        key.clone_into(&mut line.named);
        match &mut line.asked {
            Ok(asked) => asked.key = by,
            asked @ Err(_) => {
                *asked = Ok(Asked {
                    key: by,
                    amount: change.amount,
                    item_stamp: None,
                    email: None,
                    refund_reference: None,
                    note: None,
                });
            }
        }
    }
    if let (Some(amount), Ok(asked)) = (change.amount, &mut line.asked) {
        asked.amount = Some(amount);
    }
}

/// Runs what computes for long where it holds nobody up.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Error> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Error::new(Code::BadInput, format!("reading broke off: {error}")))
}
