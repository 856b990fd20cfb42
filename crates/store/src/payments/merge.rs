//! What facts change in a known payment: the rules of who may say what, without any database.
//!
//! A signed value is never overwritten by a file's. Of the status the newest signed statement
//! counts; a file's status never leads back from an outcome to waiting. The amount never changes:
//! whoever says another amount speaks of another payment.

use chrono::{DateTime, Utc};
use hyvitys_domain::{AccountId, Money, OrderLine, PaymentStatus, WireTime};

use super::PaymentKey;
use super::facts::{Change, ConflictWhy, Created, PaymentFacts, Precision};
use super::row::Known;
use super::sources::{Field, Source, Sources};

/// A known payment after facts.
pub(super) struct Merged {
    /// The payment as it will be; of its key only the time is right.
    pub(super) next: Known,
    /// What a person would call a change. Without one, `next` may still differ in who said what and
    /// when it was last looked at.
    pub(super) changes: Vec<Change>,
    /// Whether the order lines are replaced by those of the facts.
    pub(super) lines: bool,
}

/// A text that says something.
pub(super) fn said(text: Option<&String>) -> Option<&str> {
    text.map(String::as_str)
        .filter(|text| !text.trim().is_empty())
}

/// How much a creation time is worth: a zoneless time may be hours off, a minute never is.
fn worth(created: Created) -> u8 {
    match (created.precision, created.time.zoned) {
        (Precision::Presumed, _) => 0,
        (_, false) => 1,
        (Precision::Minute, true) => 2,
        (Precision::Exact, true) => 3,
    }
}

/// A time as the file keeps it: in milliseconds, within what a key can hold.
pub(super) fn kept(time: WireTime) -> WireTime {
    WireTime {
        at: PaymentKey::first_of(time.at).time(),
        zoned: time.zoned,
    }
}

/// `known` after `facts`; `lines` are the stored lines, read where the facts have some.
pub(super) fn merge(
    known: &Known,
    lines: &[OrderLine],
    facts: &PaymentFacts,
) -> Result<Merged, ConflictWhy> {
    if let Some(said) = facts.amount.filter(|said| *said != known.amount) {
        return Err(ConflictWhy::Amount {
            known: known.amount,
            said,
        });
    }
    if let (Some(known), Some(said)) = (known.transaction_id, facts.transaction_id)
        && known != said
    {
        return Err(ConflictWhy::TransactionId { known, said });
    }
    let mut merging = Merging {
        next: known.clone(),
        changes: Vec::new(),
        source: facts.source,
    };
    merging.values(known, facts);
    merging.status(known, facts);
    merging.created(facts);
    let lines = facts
        .lines
        .as_ref()
        .is_some_and(|said| merging.lines(lines, said));
    if facts.source == Source::Signed {
        merging.next.checked_at = merging.next.checked_at.max(Some(to_ms(facts.at)));
    }
    Ok(Merged {
        next: merging.next,
        changes: merging.changes,
        lines,
    })
}

/// To the millisecond, as the file keeps it.
fn to_ms(at: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(at.timestamp_millis()).unwrap_or(at)
}

struct Merging {
    next: Known,
    changes: Vec<Change>,
    source: Source,
}

impl Merging {
    /// Whether the value may be replaced and is another; notes the source and the change.
    fn take<T: PartialEq>(
        &mut self,
        field: Field,
        old: Option<&T>,
        new: &T,
        words: impl Fn(&T) -> String,
    ) -> bool {
        let differs = old != Some(new);
        let may = self.next.sources.may_replace(field, self.source);
        let stronger = may && !self.may_be_replaced_by_its_equal(field);
        if may && (differs || stronger) {
            self.next.sources.set(field, self.source);
        }
        if may && differs {
            self.changes.push(Change {
                field,
                old: old.map(&words),
                new: words(new),
            });
        }
        may && differs
    }

    /// Whether the value's source could also replace a value of the source that speaks now: then
    /// the two are equals, and a confirmation is nothing new.
    fn may_be_replaced_by_its_equal(&self, field: Field) -> bool {
        let mut mine = Sources::default();
        mine.set(field, self.source);
        self.next
            .sources
            .of(field)
            .is_some_and(|known| mine.may_replace(field, known))
    }

    fn text(&mut self, field: Field, old: Option<&String>, new: Option<&String>) -> Option<String> {
        let new = said(new)?.to_owned();
        self.take(field, old, &new, String::clone).then_some(new)
    }

    fn values(&mut self, known: &Known, facts: &PaymentFacts) {
        if let Some(id) = facts.transaction_id {
            self.take(
                Field::TransactionId,
                known.transaction_id.as_ref(),
                &id,
                ToString::to_string,
            );
            self.next.transaction_id = Some(id);
        }
        if let Some(amount) = facts.amount {
            self.take(
                Field::Amount,
                Some(&known.amount),
                &amount,
                Money::to_string,
            );
        }
        if let Some(stamp) = self.text(Field::Stamp, known.stamp.as_ref(), facts.stamp.as_ref()) {
            self.next.stamp = Some(stamp);
        }
        if let Some(reference) = self.text(
            Field::Reference,
            known.reference.as_ref(),
            facts.reference.as_ref(),
        ) {
            self.next.reference = Some(reference);
        }
        if let Some(provider) = &facts.provider
            && self.take(
                Field::Provider,
                known.provider.as_ref(),
                provider,
                ToString::to_string,
            )
        {
            self.next.provider = Some(provider.clone());
        }
        if let Some(name) = self.text(
            Field::FirstName,
            known.first_name.as_ref(),
            facts.first_name.as_ref(),
        ) {
            self.next.first_name = Some(name);
        }
        if let Some(name) = self.text(
            Field::LastName,
            known.last_name.as_ref(),
            facts.last_name.as_ref(),
        ) {
            self.next.last_name = Some(name);
        }
        if let Some(email) = self.text(Field::Email, known.email.as_ref(), facts.email.as_ref()) {
            self.next.email = Some(email);
        }
        if facts.manual_invoice == Some(true) {
            self.take(
                Field::ManualInvoice,
                known.manual_invoice.then_some(&true),
                &true,
                ToString::to_string,
            );
            self.next.manual_invoice = true;
        }
    }

    fn status(&mut self, known: &Known, facts: &PaymentFacts) {
        let Some(status) = &facts.status else { return };
        // It was one whenever a source says so, also one that comes late.
        self.next.seen_held |= status.is_open_hold();
        let at = to_ms(facts.at);
        let timely = if self.source.is_signed() {
            known.signed_status_at.is_none_or(|newest| at >= newest)
        } else {
            !is_outcome(&known.status) || is_outcome(status)
        };
        // A signed address can be opened again at any time later, so its date proves nothing: it may
        // bring an outcome, and never undo one that an answer of Paytrail showed.
        let undoes = self.source == Source::Callback
            && is_outcome(&known.status)
            && self.next.sources.of(Field::Status) == Some(Source::Signed);
        if !timely || undoes {
            return;
        }
        if self.take(
            Field::Status,
            Some(&known.status),
            status,
            ToString::to_string,
        ) {
            self.next.status = status.clone();
        }
        if self.source.is_signed() {
            self.next.signed_status_at = Some(at);
        }
    }

    fn created(&mut self, facts: &PaymentFacts) {
        let Some(said) = facts.created else { return };
        let said = Created {
            time: kept(said.time),
            precision: said.precision,
        };
        let known = self.next.created;
        let better = match worth(said).cmp(&worth(known)) {
            std::cmp::Ordering::Greater => true,
            std::cmp::Ordering::Less => false,
            std::cmp::Ordering::Equal => {
                said.precision != Precision::Presumed
                    && self.next.sources.may_replace(Field::Created, self.source)
            }
        };
        if !better || said == known {
            return;
        }
        self.next.created = said;
        self.next.sources.set(Field::Created, self.source);
        let words = |time: WireTime| time.at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
        self.changes.push(Change {
            field: Field::Created,
            old: Some(words(known.time)),
            new: words(said.time),
        });
    }

    fn lines(&mut self, known: &[OrderLine], said: &[OrderLine]) -> bool {
        let words = |lines: &&[OrderLine]| lines.len().to_string();
        let old = (!known.is_empty()).then_some(&known);
        !(said.is_empty() && known.is_empty()) && self.take(Field::Lines, old, &said, words)
    }
}

fn is_outcome(status: &PaymentStatus) -> bool {
    matches!(status, PaymentStatus::Ok | PaymentStatus::Fail)
}

/// A payment made of nothing but `facts`, or what it lacks. Its key tells the time only.
pub(super) fn first(
    account: AccountId,
    facts: &PaymentFacts,
) -> Result<(Known, Vec<OrderLine>), Vec<&'static str>> {
    // A reference alone would not be known again: the next import would add the payment anew.
    let dated = facts
        .created
        .is_some_and(|created| created.precision != Precision::Presumed);
    let has_reference = said(facts.reference.as_ref()).is_some();
    let has_key = facts.transaction_id.is_some()
        || said(facts.stamp.as_ref()).is_some()
        || (has_reference && dated);
    let mut missing = Vec::new();
    if !has_key {
        missing.push(if has_reference {
            "createdAt"
        } else {
            "transactionId, stamp or reference"
        });
    }
    if facts.amount.is_none() {
        missing.push("amount");
    }
    if facts.status.is_none() {
        missing.push("status");
    }
    let (Some(amount), Some(status), true) = (facts.amount, &facts.status, has_key) else {
        return Err(missing);
    };
    let presumed = Created {
        time: WireTime::zoned(facts.at),
        precision: Precision::Presumed,
    };
    let created = facts.created.unwrap_or(presumed);
    let created = Created {
        time: kept(created.time),
        precision: created.precision,
    };
    let text = |text: Option<&String>| said(text).map(str::to_owned);
    let signed = facts.source.is_signed();
    let at = to_ms(facts.at);
    let mut known = Known {
        key: PaymentKey::first_of(created.time.at),
        account,
        transaction_id: facts.transaction_id,
        stamp: text(facts.stamp.as_ref()),
        reference: text(facts.reference.as_ref()),
        status: status.clone(),
        provider: facts.provider.clone(),
        amount,
        refunded: Money::ZERO,
        reserved: Money::ZERO,
        manual_invoice: facts.manual_invoice == Some(true),
        created,
        first_name: text(facts.first_name.as_ref()),
        last_name: text(facts.last_name.as_ref()),
        email: text(facts.email.as_ref()),
        sources: Sources::default(),
        checked_at: (facts.source == Source::Signed).then_some(at),
        signed_status_at: signed.then_some(at),
        seen_held: status.is_open_hold(),
    };
    let lines = facts.lines.clone().unwrap_or_default();
    for (field, is_said) in [
        (Field::TransactionId, known.transaction_id.is_some()),
        (Field::Stamp, known.stamp.is_some()),
        (Field::Reference, known.reference.is_some()),
        (Field::Status, true),
        (Field::Provider, known.provider.is_some()),
        (Field::Amount, true),
        (Field::Created, facts.created.is_some()),
        (Field::FirstName, known.first_name.is_some()),
        (Field::LastName, known.last_name.is_some()),
        (Field::Email, known.email.is_some()),
        (Field::ManualInvoice, known.manual_invoice),
        (Field::Lines, !lines.is_empty()),
    ] {
        if is_said {
            known.sources.set(field, facts.source);
        }
    }
    Ok((known, lines))
}
