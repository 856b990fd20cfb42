//! What must hold, at every moment and in the end: books, journal and what people confirmed are compared.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use hyvitys_domain::{BatchLineState, BatchState, OperationKind, OperationState, RefundStamp};
use hyvitys_store::journal::{Operation, OperationFilter};

use crate::lists::List;
use crate::staff::account_of;
use crate::world::World;

impl World {
    pub fn operations(&self) -> Vec<Operation> {
        let office = self.programs.iter().flatten().next();
        office.map_or_else(Vec::new, |office| {
            office
                .store()
                .read_blocking(|tx| tx.operations(OperationFilter::default()))
                .unwrap()
        })
    }

    /// Learns which stamps and batches belong to what people confirmed.
    pub fn note_stamps(&self) {
        let operations = self.operations();
        let mut shop = self.shop.lock().unwrap();
        if let Some(office) = self.programs.iter().flatten().next() {
            shop.find_batches(office);
        }
        for operation in operations {
            let need = shop.need_of(&operation.intent);
            if let (Some(stamp), Some(need)) = (&operation.refund_stamp, need) {
                shop.stamps.insert(stamp.to_string(), need);
            }
        }
    }

    /// What must hold at every moment.
    pub fn check_always(&mut self) {
        self.note_stamps();
        let operations = self.operations();
        let mut broken = Vec::new();
        for operation in &operations {
            self.check_operation(operation, &mut broken);
        }
        self.check_sums(&operations, &mut broken);
        self.check_lists(&operations, &mut broken);
        self.seen.extend(operations.iter().map(|op| op.id));
        let done = operations
            .iter()
            .filter(|op| op.state == OperationState::Done);
        self.seen_done
            .extend(done.map(|op| (op.id, op.transaction_id)));
        let mut books = self.server.books();
        broken.append(&mut books.mixed);
        let paid = books
            .refunds
            .iter()
            .filter(|refund| refund.status != "fail");
        let mut times: HashMap<usize, usize> = HashMap::new();
        let mut shop = self.shop.lock().unwrap();
        for stamp in paid.filter_map(|refund| refund.stamp.as_ref()) {
            if let Some(need) = shop.stamps.get(stamp) {
                *times.entry(*need).or_default() += 1;
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

    /// Learns which operations of an older copy may have been sent since it was made.
    pub fn note_restored(&mut self) {
        let restored = |op: &Operation| op.reason.as_deref() == Some("restored");
        let operations = self.operations().into_iter();
        self.restored
            .extend(operations.filter(restored).map(|op| op.id));
    }

    fn is_alive(&self, operation: &Operation) -> bool {
        operation.owner.is_some_and(|owner| {
            let locks = self.data_dir().join("owners");
            locks.join(format!("{owner}.lock")).exists()
        })
    }

    fn check_operation(&self, operation: &Operation, broken: &mut Vec<String>) {
        let taken = matches!(operation.reason.as_deref(), Some("interrupted" | "stopped"));
        if taken && self.is_alive(operation) {
            broken.push(format!(
                "{} was taken from a program that lives",
                operation.id
            ));
        }
        let payment = operation.transaction_id.to_string();
        if operation.account != account_of(&self.server, self.accounts, &payment) {
            broken.push(format!(
                "an operation of another account's payment: {operation:?}"
            ));
        }
        if self
            .shop
            .lock()
            .unwrap()
            .need_of(&operation.intent)
            .is_none()
        {
            broken.push(format!("nobody has confirmed {operation:?}"));
        }
        // When an older copy's operations were sent is not known: they count from the restoring.
        if let Some(sent) = &operation.last_sent
            && !self.restored.contains(&operation.id)
            && sent.at - operation.confirmed_at > operation.kind.confirmation_holds()
        {
            broken.push(format!(
                "sent long after it was confirmed, on {}: {operation:?}",
                sent.at
            ));
        }
    }

    /// No more is refunded or reserved of a payment than there is.
    fn check_sums(&self, operations: &[Operation], broken: &mut Vec<String>) {
        let mut sums: BTreeMap<String, i64> = BTreeMap::new();
        for operation in operations {
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
                let payment = operation.transaction_id.to_string();
                *sums.entry(payment).or_default() += operation.amount.cents();
            }
        }
        let books = self.server.books();
        for (payment, sum) in sums {
            let amount = books.payments[&payment].amount;
            if sum > amount {
                let of_it: Vec<_> = operations
                    .iter()
                    .filter(|op| op.transaction_id.to_string() == payment)
                    .collect();
                broken.push(format!(
                    "{sum} cents are refunded or reserved of {amount}: {of_it:#?}"
                ));
            }
        }
    }

    fn check_lists(&self, operations: &[Operation], broken: &mut Vec<String>) {
        let shop = self.shop.lock().unwrap();
        for list in &shop.lists {
            let of_it: Vec<(usize, &Operation)> = operations
                .iter()
                .filter_map(|op| Some((list.line_of(&op.intent)?, op)))
                .collect();
            self.check_who_runs(list, &of_it, broken);
            for (line, operation) in &of_it {
                let shown = list.lines[*line];
                let is_refund = list.kind == OperationKind::Refund;
                if !shown.is_sent
                    || shown.payment != Some(operation.transaction_id)
                    || (is_refund && shown.amount != Some(operation.amount))
                {
                    broken.push(format!("{shown:?} was confirmed, and became {operation:?}"));
                }
                let other = self.seen_done.iter().find(|(id, payment)| {
                    // A hold is looked at before it is sent, and that decides.
                    is_refund
                        && **payment == operation.transaction_id
                        && !self.seen.contains(&operation.id)
                        && !list.before.contains(id)
                        && of_it.iter().all(|(_, ours)| ours.id != **id)
                });
                if let Some((other, _)) = other {
                    broken.push(format!(
                        "the payment was changed by {other} after the check, and still {operation:?} was begun"
                    ));
                }
            }
            self.check_lines(list, &of_it, broken);
        }
    }

    fn check_who_runs(&self, list: &List, of_it: &[(usize, &Operation)], broken: &mut Vec<String>) {
        let under_way = of_it.iter().filter(|(_, op)| {
            let begun = matches!(op.state, OperationState::Queued | OperationState::Sending);
            begun && self.is_alive(op)
        });
        let owners: Vec<_> = under_way.map(|(_, op)| op.owner).collect();
        if owners.len() > list.concurrency as usize {
            broken.push(format!(
                "{} lines are under way of a batch that may have {}",
                owners.len(),
                list.concurrency
            ));
        }
        if owners.iter().collect::<BTreeSet<_>>().len() > 1 {
            broken.push(format!("two programs run {:?}", list.id));
        }
    }

    /// No line is lost, and each says what became of it.
    fn check_lines(&self, list: &List, of_it: &[(usize, &Operation)], broken: &mut Vec<String>) {
        let (Some(id), Some(office)) = (list.id, self.programs.iter().flatten().next()) else {
            return;
        };
        let read = office.store().read_blocking(move |tx| {
            let lines = tx.batch_lines(id, None, 0, 1_000)?.lines;
            Ok(tx.batch(id)?.map(|batch| (batch, lines)))
        });
        // An older copy of the file may have been put back, from before there was this batch.
        let Some((batch, lines)) = read.unwrap() else {
            return;
        };
        if lines.len() != list.lines.len() {
            broken.push(format!("lines were lost: {} of {list:?}", lines.len()));
        }
        for (line, operation) in of_it {
            let nothing_sent = operation.state == OperationState::Failed && operation.sends == 0;
            let kept = lines.iter().any(|kept| {
                kept.operation == Some(operation.id) && kept.position as usize == line + 1
            });
            if !kept && !nothing_sent {
                broken.push(format!("a line has lost its {operation:?}"));
            }
        }
        let ends = |state| !matches!(state, BatchLineState::Waiting | BatchLineState::Sending);
        let left = lines.iter().find(|line| !ends(line.state));
        if let Some(left) = left.filter(|_| batch.state == BatchState::Finished) {
            broken.push(format!("finished, and a line was left behind: {left:?}"));
        }
    }

    pub fn check_end(&mut self) {
        let operations = self.operations();
        let mut broken = Vec::new();
        self.check_journal(&operations, &mut broken);
        let shop = self.shop.lock().unwrap();
        for id in shop.lists.iter().filter_map(|list| list.id) {
            let office = self.programs[0].as_ref().unwrap();
            let batch = office
                .store()
                .read_blocking(move |tx| tx.batch(id))
                .unwrap();
            let open = [BatchState::Running, BatchState::Paused];
            if let Some(batch) = batch.filter(|batch| open.contains(&batch.state)) {
                broken.push(format!("the story ends with an open batch: {batch:?}"));
            }
        }
        drop(shop);
        self.shop.lock().unwrap().broken.append(&mut broken);
    }

    fn check_journal(&self, operations: &[Operation], broken: &mut Vec<String>) {
        let books = self.server.books();
        for operation in operations {
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
    }
}
