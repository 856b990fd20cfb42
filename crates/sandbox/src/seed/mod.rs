//! A believable history: four months of a Finnish shop, the same for the same seed and start time.
//!
//! It has payments of every status and provider, customers whose names need å, ä and ö, orders whose
//! rows add up, old refunds, and open holds whose deadlines lie hours to weeks away: a fixed few run
//! out soon, so that even a small shop has something urgent to show.

mod goods;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Duration, SubsecRound, Timelike, Utc};
use hyvitys_domain::{Address, Money, PaymentStatus, Provider, TransactionId, deadline};

use crate::books::{
    Books, Cancel, Capture, Customer, Item, Payment, Refund, RefundItem, Settlement, Urls,
};
use crate::dice::{Dice, Stream};

/// How far back the history goes.
const DAYS: u32 = 120;

/// Holds that run out soon: provider, and the hours that are left of their window.
const SOON: [(&str, u32); 8] = [
    ("klarna", 3),
    ("klarna", 9),
    ("klarna", 22),
    ("klarna", 47),
    ("klarna", 100),
    ("walleyb2c", 30),
    ("klarna", 190),
    ("klarna", 400),
];

/// Fills empty books with `count` payments that end at `now`.
pub fn fill(books: &mut Books, dice: Dice, count: usize, now: DateTime<Utc>) {
    let mut stream = dice.stream("history");
    let now = now.trunc_subsecs(3);
    let mut times = times(&mut stream, count, now);
    let settlements = settlements(now);
    let mut balance = Money::ZERO;
    times.sort_unstable();
    for (number, (created_at, soon)) in times.into_iter().enumerate() {
        let mut payment = payment(&mut stream, dice, number, created_at, soon, now);
        let refund = refund(&mut stream, dice, &payment, now);
        if let Some(paid_at) = payment.paid_at {
            let payout = settlements.iter().rev().find(|s| s.created_at > paid_at);
            payment.settlement = payout.map(|s| s.id);
            balance = balance.checked_add(payment.amount).unwrap_or(balance);
        }
        books.put_payment(payment);
        if let Some(refund) = refund {
            if refund.holds_money() {
                balance = balance.checked_sub(refund.amount).unwrap_or(balance);
            }
            books.put_refund(refund);
        }
    }
    books.put_settlements(settlements);
    books.set_balance(balance);
}

/// When each payment was made; the fixed holds carry their number in [`SOON`].
fn times(
    stream: &mut Stream,
    count: usize,
    now: DateTime<Utc>,
) -> Vec<(DateTime<Utc>, Option<usize>)> {
    (0..count)
        .map(|number| match SOON.get(number) {
            Some((name, hours)) => {
                let window = Provider::new(*name)
                    .as_ref()
                    .and_then(deadline::hold_window);
                let age = window.unwrap_or_default() - Duration::hours(i64::from(*hours));
                (
                    now - age - Duration::milliseconds(i64::from(stream.below(1_800_000))),
                    Some(number),
                )
            }
            None => (shopping_time(stream, now), None),
        })
        .collect()
}

/// A time in the last 120 days at which people shop: rarely at night.
fn shopping_time(stream: &mut Stream, now: DateTime<Utc>) -> DateTime<Utc> {
    let ms = |days: u32| i64::from(days) * 86_400_000;
    loop {
        let back = ms(stream.below(DAYS)) + i64::from(stream.between(1, 86_399_999));
        let at = now - Duration::milliseconds(back);
        // Hours in UTC; Finland is two or three ahead.
        if (5..21).contains(&at.hour()) || stream.percent(12) {
            return at;
        }
    }
}

/// Weekly payouts, newest first.
fn settlements(now: DateTime<Utc>) -> Vec<Settlement> {
    (0..DAYS / 7)
        .map(|week| {
            let id = 5_180_000 + DAYS / 7 - week;
            let created_at = now.trunc_subsecs(0) - Duration::days(i64::from(week * 7 + 2));
            Settlement {
                id,
                created_at,
                settled_at: created_at + Duration::hours(14),
                reference: bank_reference(u64::from(id) * 100 + 38),
            }
        })
        .collect()
}

/// A Finnish bank reference: the digits and their check digit (weights 7, 3, 1 from the right).
fn bank_reference(number: u64) -> String {
    let digits = number.to_string();
    let weighted: u32 = digits
        .bytes()
        .rev()
        .zip([7, 3, 1].into_iter().cycle())
        .map(|(digit, weight)| u32::from(digit - b'0') * weight)
        .sum();
    format!("{digits}{}", (10 - weighted % 10) % 10)
}

fn payment(
    stream: &mut Stream,
    dice: Dice,
    number: usize,
    created_at: DateTime<Utc>,
    soon: Option<usize>,
    now: DateTime<Utc>,
) -> Payment {
    let soon = soon.and_then(|at| SOON.get(at)).map(|(name, _)| *name);
    let provider = soon
        .or_else(|| stream.weighted(&goods::PROVIDERS))
        .and_then(Provider::new);
    let items = order(stream, dice, number);
    let amount = items.iter().filter_map(Item::total).sum::<Option<Money>>();
    let customer = customer(stream);
    let invoicing_address = address(stream);
    let stamp = dice.uuid("stamp", &[&number]).to_string();
    let mut payment = Payment {
        id: TransactionId::from_uuid(dice.uuid("history", &[&number])),
        reference: format!("{}", 20_260_000 + number),
        amount: amount.unwrap_or(Money::SMALLEST),
        language: if stream.percent(85) {
            "FI".to_owned()
        } else {
            "SV".to_owned()
        },
        status: PaymentStatus::New,
        provider,
        capture: Capture::AtOnce,
        cancel: Cancel::None,
        next_cancel: None,
        created_at,
        paid_at: None,
        items,
        customer,
        invoicing_address: Some(invoicing_address),
        redirect_urls: Urls {
            success: "https://kauppa.example.fi/kiitos".to_owned(),
            cancel: "https://kauppa.example.fi/kassa".to_owned(),
        },
        callback_urls: None,
        settlement: None,
        stamp,
    };
    fate(stream, &mut payment, soon.is_some(), now);
    payment
}

/// What became of a payment.
fn fate(stream: &mut Stream, payment: &mut Payment, soon: bool, now: DateTime<Utc>) {
    let window = payment.provider.as_ref().and_then(deadline::hold_window);
    let paid_at =
        (payment.created_at + Duration::seconds(i64::from(stream.between(40, 900)))).min(now);
    let roll = stream.below(1_000);
    let age = now - payment.created_at;
    if let Some(window) = window
        && (soon || roll < 200)
    {
        payment.capture = Capture::ManualInvoice;
        // Most are sent, and activated, within a week; what is left waits or has run out.
        let waits = soon || stream.percent(if age < window { 60 } else { 4 });
        if !waits && stream.percent(80) {
            payment.status = PaymentStatus::Ok;
            let days = Duration::hours(i64::from(stream.between(5, 24 * 7)));
            payment.paid_at = Some((payment.created_at + days).min(now));
        } else if !waits {
            payment.status = PaymentStatus::Fail;
            payment.cancel = Cancel::Done;
        } else if age >= window {
            payment.status = PaymentStatus::Fail;
        } else {
            payment.status = PaymentStatus::Pending;
            if !soon && payment.is_klarna() && stream.percent(30) {
                payment.capture = Capture::Authorization;
                payment.status = PaymentStatus::AuthorizationHold;
            }
        }
    } else if roll < 900 {
        payment.status = PaymentStatus::Ok;
        payment.paid_at = Some(paid_at);
    } else if roll < 940 {
        // A payment link lives two weeks.
        payment.status = PaymentStatus::Fail;
        if age < Duration::days(14) {
            payment.status = PaymentStatus::New;
            payment.provider = None;
        }
    } else if roll < 960 && age < Duration::days(30) {
        // A fraud check: no hold that could be activated or cancelled.
        payment.status = PaymentStatus::Pending;
    } else if roll < 960 {
        payment.status = PaymentStatus::Ok;
        payment.paid_at = Some(paid_at);
    } else if roll < 967 {
        payment.status = PaymentStatus::Delayed;
    } else if roll < 971 && payment.is_klarna() {
        payment.status = PaymentStatus::Other("accepted".to_owned());
    } else {
        payment.status = PaymentStatus::Fail;
    }
}

/// One to five rows, perhaps delivery, perhaps a discount.
fn order(stream: &mut Stream, dice: Dice, number: usize) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::new();
    let mut total = 0_u32;
    let rows = stream
        .weighted(&[(1, 45), (2, 30), (3, 15), (4, 7), (5, 3)])
        .unwrap_or(1_u32);
    for _ in 0..rows {
        let Some((code, name, price)) = stream.pick(&goods::PRODUCTS) else {
            break;
        };
        let units = if price < 5_000 {
            stream.between(1, 4)
        } else {
            1
        };
        total += price * units;
        items.push(row(
            dice,
            number,
            items.len(),
            code,
            name,
            i64::from(price),
            units,
        ));
    }
    if stream.percent(8) && total > 5_000 {
        let discount = -i64::from(total / 10);
        items.push(row(
            dice,
            number,
            items.len(),
            "ALE-10",
            "Alennus 10 %",
            discount,
            1,
        ));
    }
    if total < 8_000 {
        let price = i64::from(goods::DELIVERY);
        items.push(row(
            dice,
            number,
            items.len(),
            "TOIMITUS",
            "Toimitus, Postin noutopiste",
            price,
            1,
        ));
    }
    items
}

fn row(
    dice: Dice,
    number: usize,
    row: usize,
    code: &str,
    name: &str,
    price: i64,
    units: u32,
) -> Item {
    Item {
        stamp: Some(dice.uuid("row", &[&number, &row]).to_string()),
        unit_price: Money::from_cents(price),
        units,
        vat_tenths: 255,
        product_code: code.to_owned(),
        description: name.to_owned(),
    }
}

fn customer(stream: &mut Stream) -> Customer {
    let first_name = stream.pick(&goods::FIRST_NAMES).unwrap_or_default();
    let last_name = stream.pick(&goods::LAST_NAMES).unwrap_or_default();
    let plain: String = format!("{first_name}.{last_name}")
        .to_lowercase()
        .chars()
        .map(|c| match c {
            'ä' | 'å' => 'a',
            'ö' => 'o',
            'é' => 'e',
            other => other,
        })
        .collect();
    let company = stream.percent(3);
    Customer {
        email: format!("{plain}{}@example.fi", stream.between(1, 99)),
        first_name: first_name.to_owned(),
        last_name: last_name.to_owned(),
        company_name: if company {
            format!("{last_name} Oy")
        } else {
            String::new()
        },
        vat_id: if company {
            format!("FI{:08}", stream.between(10_000_000, 29_999_999))
        } else {
            String::new()
        },
    }
}

fn address(stream: &mut Stream) -> Address {
    let (postal_code, city) = stream.pick(&goods::TOWNS).unwrap_or_default();
    let street = stream.pick(&goods::STREETS).unwrap_or_default();
    Address {
        street_address: format!("{street} {}", stream.between(1, 88)),
        postal_code: postal_code.to_owned(),
        city: city.to_owned(),
        county: None,
        country: "FI".to_owned(),
    }
}

/// An old refund of about one paid payment in twelve: whole, or one row of the order.
fn refund(
    stream: &mut Stream,
    dice: Dice,
    payment: &Payment,
    now: DateTime<Utc>,
) -> Option<Refund> {
    let paid_at = payment.paid_at.filter(|_| stream.percent(8))?;
    let created_at = paid_at + Duration::minutes(i64::from(stream.between(300, 20_000)));
    if created_at >= now {
        return None;
    }
    let discounted = payment
        .items
        .iter()
        .any(|item| item.unit_price.is_negative());
    let row = payment
        .items
        .first()
        .filter(|_| !discounted && stream.percent(55));
    let items: Vec<RefundItem> = row
        .and_then(|row| {
            Some(RefundItem {
                stamp: row.stamp.clone()?,
                amount: row.total()?,
            })
        })
        .into_iter()
        .collect();
    let amount = items.first().map_or(payment.amount, |item| item.amount);
    // What is pending in the history waits for a colleague's approval, not for the clock.
    let status = stream
        .weighted(&[("ok", 94), ("fail", 3), ("pending", 3)])
        .unwrap_or("ok");
    Some(Refund {
        id: TransactionId::from_uuid(dice.uuid("old refund", &[&payment.id])),
        payment: payment.id,
        amount,
        items,
        refund_stamp: Some(dice.uuid("old refund stamp", &[&payment.id]).to_string()),
        refund_reference: stream
            .percent(30)
            .then(|| format!("{}-P", payment.reference)),
        email: None,
        status: status.into(),
        provider: payment.provider.clone(),
        created_at,
        settles_at: None,
        will_fail: false,
        callback_urls: None,
    })
}
