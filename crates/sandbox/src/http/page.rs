//! The hosted payment page, as plain as can be: the order, the payment methods, and a way out.
//!
//! Afterwards it shows the signed link back to the shop and does not follow it by itself: the shop's
//! address may be anyone's, and a sandbox sends nobody anywhere.

use std::fmt::Write;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use hyvitys_domain::{PaymentStatus, Provider, TransactionId};
use url::form_urlencoded;

use super::App;
use super::control::outcome;
use crate::callbacks::{Told, signed_url};
use crate::providers;
use crate::shop::Shop;

/// The words of the page in one language.
struct Words {
    title: &'static str,
    cancel: &'static str,
    back: &'static str,
    status: &'static str,
    not_found: &'static str,
}

fn words(language: &str) -> Words {
    match language {
        "SV" => Words {
            title: "Betalning",
            cancel: "Avbryt betalningen",
            back: "Tillbaka till butiken",
            status: "Betalningens status",
            not_found: "Betalningen finns inte",
        },
        "EN" => Words {
            title: "Payment",
            cancel: "Cancel the payment",
            back: "Back to the shop",
            status: "Status of the payment",
            not_found: "There is no such payment",
        },
        _ => Words {
            title: "Maksu",
            cancel: "Keskeytä maksu",
            back: "Takaisin kauppaan",
            status: "Maksun tila",
            not_found: "Maksua ei löydy",
        },
    }
}

/// `GET /pay/{id}`
pub async fn show(State(app): State<App>, Path(text): Path<String>) -> Response {
    let page = text.parse().ok().and_then(|id| page(&app.shop(), id));
    match page {
        Some(page) => Html(page).into_response(),
        None => (
            StatusCode::NOT_FOUND,
            Html(frame(words("FI").not_found, "")),
        )
            .into_response(),
    }
}

/// `POST /pay/{id}`: the customer pays or gives up; what can't be paid (again) just shows the page.
pub async fn pay(State(app): State<App>, Path(text): Path<String>, form: Bytes) -> Response {
    let field = |wanted: &str| {
        let mut fields = form_urlencoded::parse(&form);
        fields
            .find(|(name, _)| name == wanted)
            .map(|(_, value)| value.into_owned())
    };
    let provider = field("provider").and_then(Provider::new);
    let outcome = field("outcome").as_deref().and_then(outcome);
    let order = (text.parse::<TransactionId>().ok(), provider, outcome);
    if let (Some(id), Some(provider), Some(outcome)) = order {
        let (done, deliveries) = app
            .shop()
            .step(|books, now| books.pay(id, provider, outcome, now));
        app.send(deliveries);
        if let Err(refusal) = done {
            tracing::debug!(%refusal, "the page could not pay");
        }
    }
    show(State(app), Path(text)).await
}

fn page(shop: &Shop, id: TransactionId) -> Option<String> {
    let payment = shop.books.payment(id)?;
    let words = words(&payment.language);
    let mut main = format!(
        "<h1>{}</h1><p class=sum>{} €</p><p>{}</p>",
        words.title,
        payment.amount,
        escape(&payment.reference)
    );
    if payment.status == PaymentStatus::New {
        for method in providers::fitting(Some(payment.amount), &[]) {
            let (id, name) = (method.id, escape(method.name));
            // Writing into a text does not fail.
            let _ = write!(
                main,
                "<form method=post><input type=hidden name=outcome value=pay>\
                 <button name=provider value={id}>{name}</button></form>"
            );
        }
        let _ = write!(
            main,
            "<form method=post><input type=hidden name=outcome value=fail>\
             <button name=provider value=klarna class=quiet>{}</button></form>",
            words.cancel
        );
    } else {
        let _ = write!(
            main,
            "<p>{}: <b>{}</b></p>",
            words.status,
            escape(payment.status.as_str())
        );
        let told = Told {
            transaction: id,
            stamp: &payment.stamp,
            reference: &payment.reference,
            amount: payment.amount,
            status: &payment.status,
            provider: payment.provider.as_ref(),
        };
        if let Ok(url) = signed_url(&shop.merchant, &shop.key, &payment.redirect_urls, &told) {
            let _ = write!(
                main,
                "<p><a href=\"{}\">{}</a></p>",
                escape(url.as_str()),
                words.back
            );
        }
    }
    Some(frame(words.title, &main))
}

fn frame(title: &str, main: &str) -> String {
    format!(
        "<!doctype html><html><head><meta charset=utf-8><title>{title}</title>\
         <meta name=viewport content=\"width=device-width\"><style>\
         body{{font:16px/1.5 system-ui,sans-serif;max-width:28rem;margin:3rem auto;padding:0 1rem}}\
         .sum{{font-size:2rem;margin:0}}\
         button{{display:block;width:100%;margin:.4rem 0;padding:.7rem;font:inherit;cursor:pointer}}\
         .quiet{{border:0;background:none;text-decoration:underline}}\
         </style></head><body>{main}</body></html>"
    )
}

/// Text that stays text in HTML.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// `GET /_sandbox/icons/{name}`: a square with the first letter, in place of a logo.
pub async fn icon(Path(name): Path<String>) -> Response {
    let letter = name
        .chars()
        .next()
        .filter(char::is_ascii_alphanumeric)
        .unwrap_or('?');
    let svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 40 40\">\
         <rect width=\"40\" height=\"40\" rx=\"8\" fill=\"#2b2d42\"/>\
         <text x=\"20\" y=\"27\" font-size=\"20\" text-anchor=\"middle\" fill=\"#fff\">{}</text></svg>",
        letter.to_ascii_uppercase()
    );
    ([(header::CONTENT_TYPE, "image/svg+xml")], svg).into_response()
}
