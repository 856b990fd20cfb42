//! What a merchant can offer: payment methods, Klarna among them (API document §5).

use hyvitys_domain::Money;
use serde::Deserialize;
use url::form_urlencoded::Serializer;

use crate::client::{Answer, Call, Client, Stamped};
use crate::error::CallError;
use crate::payments::{Language, PaymentProvider, ProviderGroup};
use crate::wire::{self, Names};

/// The payment methods of a merchant, by group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupedProviders {
    /// The terms, as HTML of Paytrail's: to be shown as text or not at all.
    pub terms: Option<String>,
    /// The groups with their payment methods.
    pub groups: Vec<ProviderGroup>,
    /// All payment methods.
    pub providers: Vec<PaymentProvider>,
}

/// Whether Klarna is among these payment methods, in the group where it belongs.
pub fn offers_klarna(providers: &[PaymentProvider]) -> bool {
    providers
        .iter()
        .any(|provider| provider.group == "credit" && provider.id.is_klarna())
}

/// A path with the query parameters that have a value.
pub(crate) fn with_query(path: &str, parameters: &[(&str, Option<String>)]) -> String {
    let mut query = Serializer::new(String::new());
    for (name, value) in parameters {
        if let Some(value) = value {
            query.append_pair(name, value);
        }
    }
    let query = query.finish();
    if query.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{query}")
    }
}

/// Groups as one parameter, separated by commas; none for all groups.
fn joined(groups: &[&str]) -> Option<String> {
    (!groups.is_empty()).then(|| groups.join(","))
}

fn cents(amount: Option<Money>) -> Option<String> {
    amount.map(|amount| amount.cents().to_string())
}

impl Client {
    /// `GET /merchants/payment-providers`: the payment methods for `amount` (any, where `None`) in
    /// `groups` (all, where empty).
    pub async fn payment_providers(
        &self,
        stamped: &Stamped,
        amount: Option<Money>,
        groups: &[&str],
    ) -> Result<Answer<Vec<PaymentProvider>>, CallError> {
        let parameters = [("amount", cents(amount)), ("groups", joined(groups))];
        let call = Call::get(with_query("/merchants/payment-providers", &parameters));
        self.exchange(call, stamped)
            .await?
            .documented(&[200])?
            .read(wire::array, |_| Ok(Vec::new()))
    }

    /// `GET /merchants/grouped-payment-providers`: the same by group, named in `language`.
    pub async fn grouped_payment_providers(
        &self,
        stamped: &Stamped,
        amount: Option<Money>,
        groups: &[&str],
        language: Language,
    ) -> Result<Answer<GroupedProviders>, CallError> {
        let parameters = [
            ("amount", cents(amount)),
            ("groups", joined(groups)),
            ("language", Some(language.as_str().to_owned())),
        ];
        let call = Call::get(with_query(
            "/merchants/grouped-payment-providers",
            &parameters,
        ));
        let foreign = Names::AnyBut(&["transactionId", "href", "status", "createdAt", "requestId"]);
        self.exchange(call, stamped)
            .await?
            .documented(&[200])?
            .object(&foreign)
    }
}
