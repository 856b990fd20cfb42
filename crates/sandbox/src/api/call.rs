//! Which call of the Payment API a request is.

use hyvitys_domain::TransactionId;

/// A call of the Payment API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// `GET /payments/{id}`
    Get(TransactionId),
    /// `POST /payments`
    Create,
    /// `POST /payments/klarna/charge`
    KlarnaCharge,
    /// `POST /payments/klarna/authorization-hold`
    KlarnaHold,
    /// `POST /payments/{id}/klarna/commit`
    Commit(TransactionId),
    /// `POST /payments/{id}/klarna/revert`
    Revert(TransactionId),
    /// `POST /payments/{id}/refund`
    Refund(TransactionId),
    /// `POST /payments/{id}/activate-invoice`, also under its newer name `capture-order`
    Activate(TransactionId),
    /// `POST /payments/{id}/cancel-order`
    CancelOrder(TransactionId),
    /// `GET /merchants/payment-providers`
    Providers,
    /// `GET /merchants/grouped-payment-providers`
    GroupedProviders,
    /// `GET /settlements`
    Settlements,
    /// `POST /payments/report`
    PaymentReport,
    /// `POST /settlements/{id}/payments/report`
    SettlementReport(u32),
}

impl Call {
    /// The call of a method and path; `None` where there is no such call.
    pub fn of(method: &str, path: &str) -> Option<Call> {
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        let id = |text: &str| text.parse::<TransactionId>().ok();
        match (method, parts.as_slice()) {
            ("POST", ["payments"]) => Some(Call::Create),
            ("POST", ["payments", "report"]) => Some(Call::PaymentReport),
            ("POST", ["payments", "klarna", "charge"]) => Some(Call::KlarnaCharge),
            ("POST", ["payments", "klarna", "authorization-hold"]) => Some(Call::KlarnaHold),
            ("GET", ["payments", text]) => id(text).map(Call::Get),
            ("POST", ["payments", text, "refund"]) => id(text).map(Call::Refund),
            ("POST", ["payments", text, "activate-invoice" | "capture-order"]) => {
                id(text).map(Call::Activate)
            }
            ("POST", ["payments", text, "cancel-order"]) => id(text).map(Call::CancelOrder),
            ("POST", ["payments", text, "klarna", "commit"]) => id(text).map(Call::Commit),
            ("POST", ["payments", text, "klarna", "revert"]) => id(text).map(Call::Revert),
            ("GET", ["merchants", "payment-providers"]) => Some(Call::Providers),
            ("GET", ["merchants", "grouped-payment-providers"]) => Some(Call::GroupedProviders),
            ("GET", ["settlements"]) => Some(Call::Settlements),
            ("POST", ["settlements", text, "payments", "report"]) => {
                text.parse().ok().map(Call::SettlementReport)
            }
            _ => None,
        }
    }

    /// The transaction that the call is about.
    pub const fn transaction(self) -> Option<TransactionId> {
        match self {
            Call::Get(id)
            | Call::Commit(id)
            | Call::Revert(id)
            | Call::Refund(id)
            | Call::Activate(id)
            | Call::CancelOrder(id) => Some(id),
            _ => None,
        }
    }

    /// A short name, as faults for one kind of call are given.
    pub const fn name(self) -> &'static str {
        match self {
            Call::Get(_) => "get",
            Call::Create => "payments",
            Call::KlarnaCharge => "charge",
            Call::KlarnaHold => "authorization-hold",
            Call::Commit(_) => "commit",
            Call::Revert(_) => "revert",
            Call::Refund(_) => "refund",
            Call::Activate(_) => "activate-invoice",
            Call::CancelOrder(_) => "cancel-order",
            Call::Providers => "payment-providers",
            Call::GroupedProviders => "grouped-payment-providers",
            Call::Settlements => "settlements",
            Call::PaymentReport | Call::SettlementReport(_) => "report",
        }
    }

    /// Whether the call comes with a body.
    pub const fn has_body(self) -> bool {
        matches!(
            self,
            Call::Create
                | Call::KlarnaCharge
                | Call::KlarnaHold
                | Call::Refund(_)
                | Call::PaymentReport
                | Call::SettlementReport(_)
        )
    }
}
