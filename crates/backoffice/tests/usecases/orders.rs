//! Orders that the tests of new payments fill in.

use hyvitys_backoffice::drafts::{DraftAddress, DraftCustomer, DraftLine, DraftOrder};
use hyvitys_domain::Money;

/// 25,10 € for Åsa Mäkelä, whole in every respect.
pub fn order(reference: &str) -> DraftOrder {
    DraftOrder {
        reference: reference.to_owned(),
        customer: DraftCustomer {
            email: "asa.makela@example.fi".to_owned(),
            first_name: "Åsa".to_owned(),
            last_name: "Mäkelä".to_owned(),
            ..DraftCustomer::default()
        },
        lines: vec![
            line("Villasukat", 1_505, 2, 255),
            line("Alennus", -500, 1, 255),
        ],
        delivery: Some(DraftAddress {
            street_address: "Itäkatu 1".to_owned(),
            postal_code: "00930".to_owned(),
            city: "Helsinki".to_owned(),
            county: String::new(),
            country: "FI".to_owned(),
        }),
        invoicing_as_delivery: true,
        success_url: "https://kauppa.example/kiitos".to_owned(),
        cancel_url: "https://kauppa.example/peruttu".to_owned(),
        ..DraftOrder::default()
    }
}

pub fn line(what: &str, cents: i64, units: u32, vat_permille: u16) -> DraftLine {
    DraftLine {
        description: what.to_owned(),
        product_code: what.to_lowercase(),
        units: Some(units),
        unit_price: Some(Money::from_cents(cents)),
        vat_permille: Some(vat_permille),
        ..DraftLine::default()
    }
}
