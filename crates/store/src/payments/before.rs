//! A payment as it was before an import changed it, as the notes of the import keep it.

use chrono::DateTime;
use hyvitys_domain::{ItemStamp, Money, OrderLine, PaymentStatus, Provider, WireTime};
use serde::{Deserialize, Serialize};

use super::facts::{Created, Precision};
use super::row::Known;
use super::sources::{Field, Sources};
use crate::codec::ms;
use crate::error::StoreError;

/// A payment before an import changed it: all that a file's facts can change.
#[derive(Serialize, Deserialize)]
pub(super) struct Before {
    transaction_id: Option<hyvitys_domain::TransactionId>,
    stamp: Option<String>,
    reference: Option<String>,
    status: String,
    provider: Option<String>,
    manual_invoice: bool,
    created_ms: i64,
    zoned: bool,
    precision: i64,
    first_name: Option<String>,
    last_name: Option<String>,
    email: Option<String>,
    pub(super) sources: i64,
    seen_held: bool,
    /// Only where the import replaced them.
    pub(super) lines: Option<Vec<Line>>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Line {
    stamp: Option<String>,
    description: String,
    product_code: Option<String>,
    units: u32,
    cents: i64,
    vat_permille: Option<u16>,
}

impl Line {
    fn of(line: &OrderLine) -> Line {
        Line {
            stamp: line.stamp.as_ref().map(|stamp| stamp.as_str().to_owned()),
            description: line.description.clone(),
            product_code: line.product_code.clone(),
            units: line.units,
            cents: line.amount.cents(),
            vat_permille: line.vat_permille,
        }
    }

    pub(super) fn into_line(self) -> Result<OrderLine, StoreError> {
        let stamp = self.stamp.map(ItemStamp::new).transpose();
        Ok(OrderLine {
            stamp: stamp.map_err(|error| StoreError::Unreadable(error.to_string()))?,
            description: self.description,
            product_code: self.product_code,
            units: self.units,
            amount: Money::from_cents(self.cents),
            vat_permille: self.vat_permille,
        })
    }
}

impl Before {
    pub(super) fn of(known: &Known, lines: Option<&[OrderLine]>) -> Before {
        Before {
            transaction_id: known.transaction_id,
            stamp: known.stamp.clone(),
            reference: known.reference.clone(),
            status: known.status.as_str().to_owned(),
            provider: known.provider.as_ref().map(|p| p.as_str().to_owned()),
            manual_invoice: known.manual_invoice,
            created_ms: ms(known.created.time.at),
            zoned: known.created.time.zoned,
            precision: known.created.precision.number(),
            first_name: known.first_name.clone(),
            last_name: known.last_name.clone(),
            email: known.email.clone(),
            sources: known.sources.bits(),
            seen_held: known.seen_held,
            lines: lines.map(|lines| lines.iter().map(Line::of).collect()),
        }
    }

    /// `now` with these values again, but for those that Paytrail's signature stands behind since.
    pub(super) fn restored(&self, now: &Known) -> Result<Known, StoreError> {
        let mut next = now.clone();
        let before = Sources::from_bits(self.sources);
        let mut free = |field: Field| {
            let mine = now
                .sources
                .of(field)
                .is_none_or(|source| !source.is_signed());
            if mine {
                next.sources.restore(field, before);
            }
            mine
        };
        let (id, stamp, reference) = (
            free(Field::TransactionId),
            free(Field::Stamp),
            free(Field::Reference),
        );
        let (status, provider, manual) = (
            free(Field::Status),
            free(Field::Provider),
            free(Field::ManualInvoice),
        );
        let (created, first, last, email) = (
            free(Field::Created),
            free(Field::FirstName),
            free(Field::LastName),
            free(Field::Email),
        );
        // The amount itself never changes, but a better source may have said it again.
        free(Field::Amount);
        if id {
            next.transaction_id = self.transaction_id;
        }
        if stamp {
            next.stamp.clone_from(&self.stamp);
        }
        if reference {
            next.reference.clone_from(&self.reference);
        }
        if status {
            next.status = PaymentStatus::from(self.status.as_str());
            next.seen_held = self.seen_held;
        }
        if provider {
            next.provider = self.provider.clone().and_then(Provider::new);
        }
        if manual {
            next.manual_invoice = self.manual_invoice;
        }
        if created {
            next.created = self.created()?;
        }
        if first {
            next.first_name.clone_from(&self.first_name);
        }
        if last {
            next.last_name.clone_from(&self.last_name);
        }
        if email {
            next.email.clone_from(&self.email);
        }
        Ok(next)
    }

    fn created(&self) -> Result<Created, StoreError> {
        let unreadable = || StoreError::Unreadable("an import's earlier values".to_owned());
        Ok(Created {
            time: WireTime {
                at: DateTime::from_timestamp_millis(self.created_ms).ok_or_else(unreadable)?,
                zoned: self.zoned,
            },
            precision: Precision::from_number(self.precision).ok_or_else(unreadable)?,
        })
    }
}
