//! What people do, by what a program shows them: each customer gets their money once, in the end.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard};

use hyvitys_backoffice::error::{Code, Error};
use hyvitys_backoffice::money::{HoldOrder, HowMuch, RefundOrder};
use hyvitys_backoffice::service::Backoffice;
use hyvitys_domain::{
    AccountId, HoldAction, IntentId, Money, OperationKind, OperationState, RefundStamp,
    TransactionId,
};
use hyvitys_store::journal::{EvidenceStatus, Operation, OperationFilter, RefundEvidence};

use crate::clock::{Dice, VirtualClock};
use crate::lists::List;
use crate::server::{MERCHANTS, Server, ServerRefund};

/// A customer is owed something, once.
#[derive(Clone, Debug)]
pub struct Need {
    pub payment: String,
    pub what: What,
    /// The confirmations given for it by itself.
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

impl What {
    pub fn kind(self) -> OperationKind {
        match self {
            What::Refund { .. } => OperationKind::Refund,
            What::Activate => OperationKind::Activate,
            What::Cancel => OperationKind::Cancel,
        }
    }
}

/// What staff, programs and checks share.
#[derive(Default)]
pub struct Shop {
    pub needs: Vec<Need>,
    /// The lists that were confirmed as batches, or that somebody tried to confirm.
    pub lists: Vec<List>,
    /// Every refund stamp that the journal ever had, and the need that it was for.
    pub stamps: HashMap<String, usize>,
    pub broken: Vec<String>,
}

impl Shop {
    /// For which need a confirmation was given.
    pub fn need_of(&self, intent: &IntentId) -> Option<usize> {
        let by_itself = |need: &Need| need.intents.contains(intent);
        self.needs
            .iter()
            .position(by_itself)
            .or_else(|| self.lists.iter().find_map(|list| list.need_of(intent)))
    }
}

/// A person at a program.
#[derive(Clone)]
pub struct Person {
    pub office: Backoffice,
    pub shop: Arc<Mutex<Shop>>,
    pub server: Server,
    pub clock: VirtualClock,
    pub accounts: [AccountId; 2],
}

impl Person {
    pub fn shop(&self) -> MutexGuard<'_, Shop> {
        self.shop.lock().unwrap()
    }

    /// The account that a payment is of.
    pub fn account_of(&self, payment: &str) -> AccountId {
        account_of(&self.server, self.accounts, payment)
    }

    pub async fn operations(&self) -> Vec<Operation> {
        let read = self
            .office
            .store()
            .read(|tx| tx.operations(OperationFilter::default()));
        read.await.unwrap()
    }

    /// What a person does about a need, one by one.
    pub async fn acts(self, index: usize, mut dice: Dice) {
        let need = self.shop().needs[index].clone();
        if need.met {
            return;
        }
        let account = self.account_of(&need.payment);
        let all = self.operations().await;
        let mine: Vec<&Operation> = {
            let shop = self.shop();
            let mine = |op: &&Operation| shop.need_of(&op.intent) == Some(index);
            all.iter().filter(mine).collect()
        };
        let any = |state| mine.iter().any(|op| op.state == state);
        if any(OperationState::Done) || any(OperationState::Accepted) {
            return;
        }
        let mut again = false;
        if let Some(unknown) = mine.iter().find(|op| op.state == OperationState::Unknown) {
            match dice.below(3) {
                0 => {
                    let Some(moved) = happened(&self.server, unknown) else {
                        return;
                    };
                    let note = "looked into the Merchant Panel";
                    let resolved = self.office.resolve(account, unknown.id, moved, note).await;
                    if resolved.is_err() || moved {
                        return;
                    }
                }
                // Impatience: once more, with or without saying that it is meant again.
                1 => again = true,
                _ => {}
            }
        }
        let intent = self.office.new_intent();
        self.shop().needs[index].intents.push(intent.clone());
        let clicks = 1 + usize::from(dice.chance(20));
        for _ in 0..clicks {
            let result = self.confirms(account, &need, &intent, again).await;
            if let Err(error) = result {
                assert!(error.code != Code::Store, "the store broke: {error}");
            }
        }
    }

    async fn confirms(
        &self,
        account: AccountId,
        need: &Need,
        intent: &IntentId,
        again: bool,
    ) -> Result<Operation, Error> {
        let transaction_id = need.payment.parse().unwrap();
        let action = match need.what {
            What::Activate => HoldAction::Activate,
            What::Cancel => HoldAction::Cancel,
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
                return self.office.refund(order).await;
            }
        };
        let order = HoldOrder {
            account,
            transaction_id,
            action,
            intent: intent.clone(),
            confirmed: None,
        };
        self.office.hold(order).await
    }

    /// Verified callbacks about these refunds reach the program.
    pub async fn takes_in(&self, refunds: &[ServerRefund]) {
        for refund in refunds {
            self.take_in(refund).await;
        }
    }

    async fn take_in(&self, refund: &ServerRefund) {
        let (Some(stamp), status) = (refund.stamp.clone(), refund.status) else {
            return;
        };
        let account = self.account_of(&refund.payment);
        let transaction_id: TransactionId = refund.id.parse().unwrap();
        let payment: TransactionId = refund.payment.parse().unwrap();
        let amount = Money::from_cents(refund.amount);
        let now = hyvitys_domain::Moment {
            at: chrono::DateTime::from_timestamp(1_790_000_000, 0).unwrap(),
            boot: String::new(),
            up_ms: 0,
        };
        let _ = self
            .office
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

    /// Marks the needs that the server's books show as met.
    pub fn looks_into_the_panel(&self) {
        let books = self.server.books();
        let executed: HashSet<&str> = books
            .refunds
            .iter()
            .filter(|refund| refund.status != "fail")
            .filter_map(|refund| refund.stamp.as_deref())
            .collect();
        let mut shop = self.shop();
        let met: Vec<usize> = shop
            .stamps
            .iter()
            .filter(|(stamp, _)| executed.contains(stamp.as_str()))
            .map(|(_, need)| *need)
            .collect();
        for need in met {
            shop.needs[need].met = true;
        }
        for need in &mut shop.needs {
            let is_hold = !matches!(need.what, What::Refund { .. });
            if is_hold && books.payments[&need.payment].status != "pending" {
                need.met = true;
            }
        }
    }
}

pub fn account_of(server: &Server, accounts: [AccountId; 2], payment: &str) -> AccountId {
    let merchant = server.books().payments[payment].merchant;
    let index = MERCHANTS.iter().position(|one| *one == merchant).unwrap();
    accounts[index]
}

/// Whether the server's books show that this operation happened; `None` while they show it waiting.
pub fn happened(server: &Server, operation: &Operation) -> Option<bool> {
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
