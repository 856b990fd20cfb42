//! The payment methods of the sandbox's shop.

use hyvitys_domain::Money;
use serde_json::{Value, json};

/// A payment method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Method {
    /// Paytrail's id of it.
    pub id: &'static str,
    /// Its name, as customers see it.
    pub name: &'static str,
    /// `mobile`, `bank`, `creditcard` or `credit`.
    pub group: &'static str,
    /// The smallest amount that it takes, in cents.
    smallest: i64,
    /// The largest amount that it takes, in cents.
    largest: i64,
}

const fn method(id: &'static str, name: &'static str, group: &'static str) -> Method {
    Method {
        id,
        name,
        group,
        smallest: 1,
        largest: 99_999_998,
    }
}

/// All of them.
pub const METHODS: [Method; 12] = [
    method("mobilepay", "MobilePay", "mobile"),
    method("osuuspankki", "OP", "bank"),
    method("nordea", "Nordea", "bank"),
    method("danske", "Danske Bank", "bank"),
    method("spankki", "S-Pankki", "bank"),
    method("saastopankki", "Säästöpankki", "bank"),
    method("aktia", "Aktia", "bank"),
    method("omasp", "OmaSp", "bank"),
    method("pop", "POP Pankki", "bank"),
    method("creditcard", "Visa, Mastercard", "creditcard"),
    // Limits of the sandbox's own making, so that there is an amount without Klarna to try.
    Method {
        id: "klarna",
        name: "Klarna",
        group: "credit",
        smallest: 100,
        largest: 1_000_000,
    },
    Method {
        id: "walleyb2c",
        name: "Walley",
        group: "credit",
        smallest: 500,
        largest: 1_000_000,
    },
];

/// The groups, with their names in Finnish, Swedish and English.
const GROUPS: [(&str, [&str; 3]); 4] = [
    (
        "mobile",
        [
            "Mobiilimaksutavat",
            "Mobila betalningsmetoder",
            "Mobile payment methods",
        ],
    ),
    (
        "bank",
        [
            "Pankkimaksutavat",
            "Bankbetalningsmetoder",
            "Bank payment methods",
        ],
    ),
    (
        "creditcard",
        [
            "Korttimaksutavat",
            "Kortbetalningsmetoder",
            "Card payment methods",
        ],
    ),
    (
        "credit",
        [
            "Lasku- ja osamaksutavat",
            "Faktura och delbetalning",
            "Invoice and instalments",
        ],
    ),
];

/// The text about terms above the methods.
pub fn terms(language: &str) -> &'static str {
    match language {
        "SV" => {
            "Genom att fortsätta godkänner du <a href=\"https://www.paytrail.com/sv\">betalningsvillkoren</a>"
        }
        "EN" => {
            "By continuing you accept the <a href=\"https://www.paytrail.com/en\">payment terms</a>"
        }
        _ => {
            "Valitsemalla maksutavan hyväksyt <a href=\"https://www.paytrail.com\">maksupalveluehdot</a>"
        }
    }
}

/// The methods that take an amount (all, if none is given), of these groups (all, if none are).
pub fn fitting(amount: Option<Money>, groups: &[String]) -> Vec<Method> {
    METHODS
        .into_iter()
        .filter(|m| amount.is_none_or(|a| (m.smallest..=m.largest).contains(&a.cents())))
        .filter(|m| groups.is_empty() || groups.iter().any(|group| group == m.group))
        .collect()
}

/// A method as `GET /merchants/payment-providers` lists it.
pub fn listed(method: Method, base: &str) -> Value {
    let icon = format!("{base}/_sandbox/icons/{}.svg", method.id);
    json!({ "id": method.id, "name": method.name, "group": method.group, "icon": icon, "svg": icon })
}

/// A method as `POST /payments` lists it: with the form that would pay by it.
pub fn with_form(method: Method, base: &str, transaction: &str) -> Value {
    let mut value = listed(method, base);
    if let Value::Object(fields) = &mut value {
        fields.insert("url".to_owned(), json!(format!("{base}/pay/{transaction}")));
        fields.insert(
            "parameters".to_owned(),
            json!([{ "name": "provider", "value": method.id }, { "name": "outcome", "value": "pay" }]),
        );
    }
    value
}

/// The groups of these methods, each with its own ones.
pub fn grouped(methods: &[Method], language: &str, base: &str) -> Vec<Value> {
    let at = match language {
        "SV" => 1,
        "EN" => 2,
        _ => 0,
    };
    GROUPS
        .iter()
        .filter_map(|(id, names)| {
            let own: Vec<Value> = methods
                .iter()
                .filter(|m| m.group == *id)
                .map(|m| listed(*m, base))
                .collect();
            let icon = format!("{base}/_sandbox/icons/{id}.svg");
            let group =
                json!({ "id": id, "name": names[at], "icon": icon, "svg": icon, "providers": own });
            (!own.is_empty()).then_some(group)
        })
        .collect()
}
