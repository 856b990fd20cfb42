//! What raises Klarna's acceptance rate, in the order in which Paytrail's documents name it, and how much of
//! it a payment has. The documents give an order and no figures: the weights are ours.

use hyvitys_domain::Payment;
use serde::Serialize;

use super::order::{DraftOrder, given};

/// One of the things that raise Klarna's acceptance rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Told {
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

impl Told {
    /// All of them with what they are worth, out of 100; the most first.
    pub const ALL: [(Told, u32); 8] = [
        (Told::Name, 20),
        (Told::Email, 18),
        (Told::Reference, 15),
        (Told::Lines, 14),
        (Told::InvoicingAddress, 12),
        (Told::DeliveryAddress, 10),
        (Told::SessionToken, 6),
        (Told::NetworkData, 5),
    ];
}

/// Whether Klarna is told of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ToldState {
    /// It is.
    Given,
    /// It is not.
    Missing,
    /// Nothing that is known of the payment says.
    Unknown,
}

/// One line of the meter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct AcceptanceItem {
    /// What.
    pub what: Told,
    /// Whether it is told.
    pub state: ToldState,
    /// What it is worth, out of 100.
    pub worth: u32,
}

/// How much of what raises the acceptance rate a payment has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Acceptance {
    /// What is given, by its worth: 0 to 100.
    pub score: u32,
    /// In the order of their worth.
    pub items: Vec<AcceptanceItem>,
}

impl Acceptance {
    fn of(state: impl Fn(Told) -> ToldState) -> Acceptance {
        let items: Vec<AcceptanceItem> = Told::ALL
            .into_iter()
            .map(|(what, worth)| AcceptanceItem {
                what,
                state: state(what),
                worth,
            })
            .collect();
        let given = items.iter().filter(|item| item.state == ToldState::Given);
        Acceptance {
            score: given.map(|item| item.worth).sum(),
            items,
        }
    }

    /// Of an order that is being filled in.
    pub(super) fn of_order(order: &DraftOrder) -> Acceptance {
        Acceptance::of(|what| {
            if is_given(order, what) {
                ToldState::Given
            } else {
                ToldState::Missing
            }
        })
    }

    /// As bits, one for each in their order, set where it is given.
    pub(super) fn bits(&self) -> u16 {
        let given =
            |(at, item): (usize, &AcceptanceItem)| u16::from(item.state == ToldState::Given) << at;
        self.items.iter().enumerate().map(given).sum()
    }

    /// Of a payment that was made here.
    pub(crate) fn from_bits(bits: u16) -> Acceptance {
        Acceptance::of(|what| {
            let at = Told::ALL.iter().position(|(each, _)| *each == what);
            match at {
                Some(at) if bits & (1 << at) != 0 => ToldState::Given,
                _ => ToldState::Missing,
            }
        })
    }

    /// Of a payment that another tool made: what is known of it was told, and of the rest nothing is known.
    pub(crate) fn as_far_as_known(payment: &Payment, has_lines: bool) -> Acceptance {
        let customer = &payment.customer;
        let said =
            |text: &Option<String>| text.as_deref().is_some_and(|text| given(text).is_some());
        Acceptance::of(|what| {
            let known = match what {
                Told::Name => said(&customer.first_name) && said(&customer.last_name),
                Told::Email => said(&customer.email),
                Told::Reference => given(&payment.reference).is_some(),
                Told::Lines => has_lines,
                Told::InvoicingAddress
                | Told::DeliveryAddress
                | Told::SessionToken
                | Told::NetworkData => false,
            };
            if known {
                ToldState::Given
            } else {
                ToldState::Unknown
            }
        })
    }
}

fn is_given(order: &DraftOrder, what: Told) -> bool {
    let said = |text: &str| given(text).is_some();
    match what {
        Told::Name => said(&order.customer.first_name) && said(&order.customer.last_name),
        Told::Email => said(&order.customer.email),
        Told::Reference => said(&order.reference),
        Told::Lines => !order.lines.is_empty() && order.lines.iter().all(|l| l.total().is_some()),
        Told::InvoicingAddress => order.invoicing_address().is_some(),
        Told::DeliveryAddress => order.delivery_address().is_some(),
        Told::SessionToken => said(&order.klarna_token),
        // It goes along with the token only.
        Told::NetworkData => said(&order.klarna_token) && said(&order.network_data),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worths_fall_and_make_a_hundred() {
        let worths = Told::ALL.map(|(_, worth)| worth);
        assert!(worths.is_sorted_by(|a, b| a > b));
        assert_eq!(worths.into_iter().sum::<u32>(), 100);
    }

    #[test]
    fn what_was_told_is_read_back_from_its_bits() {
        for bits in 0..256 {
            assert_eq!(Acceptance::from_bits(bits).bits(), bits);
        }
        assert_eq!(Acceptance::from_bits(0xFF).score, 100);
        assert_eq!(Acceptance::from_bits(0b11).score, 38);
    }
}
