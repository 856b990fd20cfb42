//! New payments: what is filled in, what a check says of it, and what became of it.

use hyvitys_backoffice::drafts::{
    DraftAddress, DraftCustomer, DraftLine, DraftOrder, OrderCheck, VatSum,
};
use hyvitys_backoffice::{Acceptance, CreatedPayment, Draft, DraftBrief, Told, ToldState};
use hyvitys_paytrail::payments::Language as PageLanguage;
use hyvitys_store::drafts::{DraftState, PaymentLink, Way};
use serde::{Deserialize, Serialize};
use specta::Type;

use super::{Cents, ErrorDto, WhyDto, mirror, why, words};

/// A closed set that goes both ways.
macro_rules! both_ways {
    ($(#[$doc:meta])* $name:ident of $theirs:ident, $case:literal { $($(#[$each:meta])* $variant:ident),* $(,)? }) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
        #[serde(rename_all = $case)]
        $(#[$doc])*
        pub enum $name { $($(#[$each])* $variant),* }

        impl From<$theirs> for $name {
            fn from(theirs: $theirs) -> $name {
                match theirs { $($theirs::$variant => $name::$variant),* }
            }
        }

        impl From<$name> for $theirs {
            fn from(ours: $name) -> $theirs {
                match ours { $($name::$variant => $theirs::$variant),* }
            }
        }
    };
}

pub(super) use both_ways;

both_ways! {
    /// By which call a payment is made.
    #[serde(rename = "DraftWay")]
    DraftWayDto of Way, "camelCase" {
        /// A payment link.
        Link,
        /// A charge by Klarna's session token.
        Charge,
        /// A hold by Klarna's session token.
        AuthorizationHold,
    }
}

both_ways! {
    /// The language of the payment page.
    PaymentLanguage of PageLanguage, "UPPERCASE" {
        /// Finnish.
        Fi,
        /// Swedish.
        Sv,
        /// English.
        En,
    }
}

mirror! {
    /// How far a draft has come.
    #[serde(rename = "DraftState")]
    DraftStateDto of DraftState {
        /// A person works on it.
        Draft,
        /// A request is on its way.
        Sending,
        /// A request may have made the payment, or not.
        Unknown,
        /// An answer says that the payment is made, and no look has confirmed it yet.
        Unconfirmed,
        /// The payment is made.
        Created,
    }
}

mirror! {
    /// What raises Klarna's acceptance rate.
    #[serde(rename = "AcceptanceWhat")]
    ToldDto of Told {
        /// First and last name.
        Name,
        /// Email address.
        Email,
        /// The order reference.
        Reference,
        /// The order lines.
        Lines,
        /// The invoicing address.
        InvoicingAddress,
        /// The delivery address.
        DeliveryAddress,
        /// Klarna's session token.
        SessionToken,
        /// Klarna's network data.
        NetworkData,
    }
}

mirror! {
    /// Whether Klarna is told of it.
    #[serde(rename = "AcceptanceState")]
    ToldStateDto of ToldState {
        /// It is.
        Given,
        /// It is not.
        Missing,
        /// Nothing that is known says.
        Unknown,
    }
}

/// A field on its way across: as one value, or each of an `option` or a `list`.
macro_rules! across {
    ($value:expr,) => {
        $value.into()
    };
    ($value:expr, option) => {
        $value.map(Into::into)
    };
    ($value:expr, list) => {
        $value.into_iter().map(Into::into).collect()
    };
}

/// A shape that goes both ways, field by field.
macro_rules! shape_both_ways {
    ($(#[$doc:meta])* $name:ident of $theirs:ident {
        $($(#[$each:meta])* $field:ident: $type:ty $([$how:ident])?),* $(,)?
    }) => {
        #[derive(Clone, Serialize, Deserialize, Type)]
        #[serde(rename_all = "camelCase")]
        $(#[$doc])*
        pub struct $name { $($(#[$each])* $field: $type),* }

        impl From<$theirs> for $name {
            fn from(theirs: $theirs) -> $name {
                $name { $($field: across!(theirs.$field, $($how)?)),* }
            }
        }

        impl From<$name> for $theirs {
            fn from(ours: $name) -> $theirs {
                $theirs { $($field: across!(ours.$field, $($how)?)),* }
            }
        }
    };
}

shape_both_ways! {
    /// A new payment as it is filled in; empty texts are not given.
    #[serde(rename = "DraftOrder")]
    DraftOrderDto of DraftOrder {
        way: DraftWayDto,
        reference: String,
        language: PaymentLanguage,
        customer: DraftCustomerDto,
        lines: Vec<DraftLineDto> [list],
        prices_without_vat: bool,
        delivery: Option<DraftAddressDto> [option],
        invoicing: Option<DraftAddressDto> [option],
        /// The bill goes where the goods go.
        invoicing_as_delivery: bool,
        /// Of an order without lines only.
        amount: Option<Cents> [option],
        manual_activation: bool,
        success_url: String,
        cancel_url: String,
        klarna_token: String,
        /// JSON as a text.
        network_data: String,
    }
}

shape_both_ways! {
    /// Who pays.
    #[serde(rename = "DraftCustomer")]
    DraftCustomerDto of DraftCustomer {
        email: String,
        first_name: String,
        last_name: String,
        phone: String,
        company_name: String,
        vat_id: String,
    }
}

shape_both_ways! {
    /// An order line.
    #[serde(rename = "DraftLine")]
    DraftLineDto of DraftLine {
        description: String,
        product_code: String,
        units: Option<u32>,
        /// For one; below zero for a discount.
        unit_price: Option<Cents> [option],
        /// Tenths of a percent.
        vat_permille: Option<u16>,
        stamp: String,
        category: String,
        reference: String,
    }
}

shape_both_ways! {
    /// An address.
    #[serde(rename = "DraftAddress")]
    DraftAddressDto of DraftAddress {
        street_address: String,
        postal_code: String,
        city: String,
        county: String,
        /// Two capital letters.
        country: String,
    }
}

/// What one rate of VAT makes of an order.
#[derive(Clone, Copy, Debug, Serialize, Type)]
#[serde(rename = "VatSum")]
#[serde(rename_all = "camelCase")]
pub struct VatSumDto {
    /// Tenths of a percent.
    vat_permille: u16,
    net: Cents,
    tax: Cents,
    gross: Cents,
}

impl From<&VatSum> for VatSumDto {
    fn from(sum: &VatSum) -> VatSumDto {
        VatSumDto {
            vat_permille: sum.vat_permille,
            net: sum.net.into(),
            tax: sum.tax.into(),
            gross: sum.gross.into(),
        }
    }
}

/// A field that can't be sent so.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename = "DraftProblem")]
pub struct DraftProblemDto {
    /// Like `customer.email` or `lines.2.unitPrice`, lines counted from 0.
    field: String,
    why: Option<WhyDto>,
}

/// One line of the meter.
#[derive(Clone, Copy, Debug, Serialize, Type)]
#[serde(rename = "AcceptanceItem")]
pub struct AcceptanceItemDto {
    what: ToldDto,
    state: ToldStateDto,
    /// Out of 100.
    worth: u32,
}

/// How much of what raises Klarna's acceptance rate a payment has.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename = "Acceptance")]
pub struct AcceptanceDto {
    /// 0 to 100.
    score: u32,
    /// The one worth most first.
    items: Vec<AcceptanceItemDto>,
}

impl From<&Acceptance> for AcceptanceDto {
    fn from(acceptance: &Acceptance) -> AcceptanceDto {
        let item = |item: &hyvitys_backoffice::AcceptanceItem| AcceptanceItemDto {
            what: item.what.into(),
            state: item.state.into(),
            worth: item.worth,
        };
        AcceptanceDto {
            score: acceptance.score,
            items: acceptance.items.iter().map(item).collect(),
        }
    }
}

/// What a check of an order says.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename = "DraftCheck")]
#[serde(rename_all = "camelCase")]
pub struct DraftCheckDto {
    /// As it is sent: without VAT where the prices are.
    amount: Option<Cents>,
    /// What the customer pays, VAT included.
    to_pay: Option<Cents>,
    /// Paytrail surely comes to the same.
    to_pay_is_certain: bool,
    vat: Vec<VatSumDto>,
    problems: Vec<DraftProblemDto>,
    acceptance: AcceptanceDto,
}

impl From<&OrderCheck> for DraftCheckDto {
    fn from(check: &OrderCheck) -> DraftCheckDto {
        let problem = |problem: &hyvitys_backoffice::OrderProblem| DraftProblemDto {
            field: problem.field.clone(),
            why: why(&problem.why),
        };
        DraftCheckDto {
            amount: check.amount.map(Into::into),
            to_pay: check.to_pay.map(Into::into),
            to_pay_is_certain: check.to_pay_is_certain,
            vat: check.vat.iter().map(Into::into).collect(),
            problems: check.problems.iter().map(problem).collect(),
            acceptance: (&check.acceptance).into(),
        }
    }
}

/// A draft in the list.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename = "DraftBrief")]
#[serde(rename_all = "camelCase")]
pub struct DraftBriefDto {
    id: String,
    reference: String,
    customer: String,
    amount: Option<Cents>,
    amount_is_certain: bool,
    updated_at: String,
    /// Nothing stands in the way of sending it.
    ready: bool,
    state: DraftStateDto,
}

impl From<&DraftBrief> for DraftBriefDto {
    fn from(draft: &DraftBrief) -> DraftBriefDto {
        DraftBriefDto {
            id: draft.id.to_string(),
            reference: draft.reference.clone(),
            customer: draft.customer.clone(),
            amount: draft.amount.map(Into::into),
            amount_is_certain: draft.amount_is_certain,
            updated_at: words(draft.updated_at),
            ready: draft.ready,
            state: draft.state.into(),
        }
    }
}

/// A draft with its check.
#[derive(Clone, Serialize, Type)]
#[serde(rename = "Draft")]
#[serde(rename_all = "camelCase")]
pub struct DraftDto {
    id: String,
    order: DraftOrderDto,
    check: DraftCheckDto,
    state: DraftStateDto,
    /// What is filled in, as a confirmation names it.
    digest: String,
    updated_at: String,
    /// The payment, once it is made.
    payment: Option<String>,
    sent_at: Option<String>,
    /// How its last try ended, if badly.
    error: Option<ErrorDto>,
    /// Of an unknown one: from when it can be said that it was not made.
    resolvable_at: Option<String>,
}

impl From<Draft> for DraftDto {
    fn from(draft: Draft) -> DraftDto {
        DraftDto {
            id: draft.id.to_string(),
            check: (&draft.check).into(),
            state: draft.state.into(),
            digest: draft.digest,
            updated_at: words(draft.updated_at),
            payment: draft.payment.map(|id| id.to_string()),
            sent_at: draft.sent_at.map(words),
            error: draft.error.map(Into::into),
            resolvable_at: draft.resolvable_at.map(words),
            order: draft.order.into(),
        }
    }
}

/// Where the customer of a payment is led.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename = "PaymentLink")]
#[serde(rename_all = "camelCase")]
pub struct PaymentLinkDto {
    /// The payment page.
    href: Option<String>,
    /// Where the customer must confirm at Klarna.
    step_up_url: Option<String>,
    created_at: String,
    expires_at: String,
}

impl From<&PaymentLink> for PaymentLinkDto {
    fn from(link: &PaymentLink) -> PaymentLinkDto {
        PaymentLinkDto {
            href: link.href.clone(),
            step_up_url: link.step_up_url.clone(),
            created_at: words(link.created_at),
            expires_at: words(link.expires_at),
        }
    }
}

/// A payment that was made.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename = "CreatedPayment")]
pub struct CreatedPaymentDto {
    /// The transaction id.
    payment: String,
    link: PaymentLinkDto,
    /// What it comes to; `null` until a look has confirmed that it is this payment.
    amount: Option<Cents>,
}

impl From<&CreatedPayment> for CreatedPaymentDto {
    fn from(created: &CreatedPayment) -> CreatedPaymentDto {
        CreatedPaymentDto {
            payment: created.payment.to_string(),
            link: (&created.link).into(),
            amount: created.amount.map(Into::into),
        }
    }
}
