//! Which answers are believed, and what they then mean, call by call.

#![cfg(test)]

mod support;

use hyvitys_domain::Money;
use hyvitys_paytrail::{CallError, HttpResponse, SignatureError, UnknownWhy};
use support::calls::{activate, cancel, does_not_fit, get, refund, why};
use support::{
    DONE, PAYMENT, REFUND, REFUNDED, REFUSED, VIEW, now, payment, scripted, signed, signed_with,
    stamped,
};

#[test]
fn a_payment_is_read_with_everything_it_came_with() {
    let (client, script) = scripted(Ok(signed_with(
        200,
        &[("checkout-transaction-id", PAYMENT)],
        VIEW,
    )));
    let answer = now(client.get_payment(&stamped("n"), payment())).unwrap();
    assert_eq!(answer.value.transaction_id, payment());
    assert_eq!(
        (answer.value.stamp.as_str(), answer.value.reference.as_str()),
        ("s-1", "1042")
    );
    assert!(!answer.value.created_at.zoned);
    assert_eq!(answer.request_id.as_deref(), Some("req-1"));
    assert_eq!(answer.raw, VIEW);
    assert!(
        answer
            .headers
            .iter()
            .all(|(name, _)| name.starts_with("checkout-"))
    );
    let seen = script.seen.lock().unwrap();
    assert_eq!(
        seen[0].url,
        format!("https://services.paytrail.com/payments/{PAYMENT}")
    );
}

#[test]
fn extra_signed_headers_are_part_of_what_is_verified() {
    let mut answer = signed_with(200, &[("checkout-new-thing", "42")], VIEW);
    assert_eq!(get(answer.clone()), Ok(Money::from_cents(1590)));
    answer
        .headers
        .push(("checkout-unsigned".into(), "x".into()));
    assert_eq!(
        why(get(answer)),
        UnknownWhy::BadSignature(SignatureError::Mismatch)
    );
}

#[test]
fn without_a_valid_signature_no_answer_is_believed_whatever_its_status() {
    for status in [200, 201, 202, 400, 403, 404, 409, 422] {
        for body in [REFUNDED, REFUSED, "", "<html>"] {
            let mut answer = signed(status, body);
            answer.headers.retain(|(name, _)| name != "signature");
            assert_eq!(why(refund(answer)), UnknownWhy::NoSignature, "{status}");
            let mut answer = signed(status, body);
            answer.headers[0].1 = "999999".into();
            assert_eq!(
                why(refund(answer)),
                UnknownWhy::BadSignature(SignatureError::Mismatch),
                "{status}"
            );
            let mut answer = signed(status, body);
            let again = answer
                .headers
                .iter()
                .find(|(name, _)| name == "signature")
                .unwrap()
                .clone();
            answer.headers.push(again);
            assert_eq!(
                why(refund(answer)),
                UnknownWhy::BadSignature(SignatureError::Repeated),
                "{status}"
            );
        }
    }
}

#[test]
fn an_unbelieved_answers_words_are_kept_for_showing() {
    let answer = HttpResponse {
        status: 400,
        headers: Vec::new(),
        body: REFUSED.into(),
    };
    let Err(error) = refund(answer) else {
        panic!("believed")
    };
    assert_eq!(error.message(), Some("Refund amount exceeds"));
}

#[test]
fn a_signed_refusal_is_a_refusal_with_its_words() {
    for status in [400, 404, 422] {
        match refund(signed(status, REFUSED)) {
            Err(CallError::Refused {
                http_status,
                message,
                meta,
                request_id,
                raw,
            }) => {
                assert_eq!(
                    (http_status, message.as_str()),
                    (status, "Refund amount exceeds")
                );
                assert_eq!(
                    (meta, request_id.as_deref(), raw.as_str()),
                    (vec!["amount".into()], Some("req-1"), REFUSED)
                );
            }
            other => panic!("{status}: {other:?}"),
        }
    }
}

#[test]
fn a_refusal_that_could_be_another_answer_is_no_refusal() {
    assert!(matches!(
        why(refund(signed(400, DONE))),
        UnknownWhy::DoesNotFit(_)
    ));
    assert!(matches!(
        why(refund(signed(400, REFUNDED))),
        UnknownWhy::DoesNotFit(_)
    ));
    assert!(matches!(
        why(refund(signed(400, "[]"))),
        UnknownWhy::UnreadableBody(_)
    ));
    let elsewhere = signed_with(400, &[("checkout-transaction-id", REFUND)], REFUSED);
    assert!(does_not_fit(refund(elsewhere)));
}

#[test]
fn redirects_server_errors_and_undocumented_statuses_are_unknown() {
    for status in [100, 204, 206, 301, 307, 308, 402, 403, 405, 409, 418, 600] {
        assert_eq!(
            why(refund(signed(status, REFUNDED))),
            UnknownWhy::UnexpectedStatus,
            "{status}"
        );
    }
    assert_eq!(
        why(refund(signed(200, REFUNDED))),
        UnknownWhy::UnexpectedStatus
    );
    assert_eq!(why(get(signed(201, VIEW))), UnknownWhy::UnexpectedStatus);
    assert_eq!(
        why(activate(signed(201, DONE))),
        UnknownWhy::UnexpectedStatus
    );
    for status in [500, 502, 503, 599] {
        assert_eq!(
            why(refund(signed(status, REFUNDED))),
            UnknownWhy::ServerError,
            "{status}"
        );
    }
}

#[test]
fn an_answer_of_another_merchant_or_transaction_does_not_fit() {
    assert!(does_not_fit(get(signed_with(
        200,
        &[("checkout-account", "695861")],
        VIEW
    ))));
    assert!(does_not_fit(get(signed_with(
        200,
        &[("checkout-transaction-id", REFUND)],
        VIEW
    ))));
    assert!(does_not_fit(get(signed_with(
        200,
        &[("checkout-transaction-id", "")],
        VIEW
    ))));
    assert!(does_not_fit(get(signed(
        200,
        &VIEW.replace(PAYMENT, REFUND)
    ))));
    for id in [PAYMENT, REFUND] {
        assert!(
            refund(signed_with(
                201,
                &[("checkout-transaction-id", id)],
                REFUNDED
            ))
            .is_ok()
        );
    }
    let third = "00000000-0000-4000-8000-000000000000";
    assert!(does_not_fit(refund(signed_with(
        201,
        &[("checkout-transaction-id", third)],
        REFUNDED
    ))));
    assert!(does_not_fit(activate(signed_with(
        200,
        &[("checkout-transaction-id", REFUND)],
        DONE
    ))));
}

#[test]
fn a_refunds_id_is_never_the_payments() {
    assert!(does_not_fit(refund(signed(
        201,
        &REFUNDED.replace(REFUND, PAYMENT)
    ))));
}

#[test]
fn an_old_answer_to_another_call_is_not_taken() {
    let created = format!(
        r#"{{"transactionId":"{REFUND}","href":"https://pay.paytrail.com/x","terms":"","providers":[]}}"#
    );
    let charged = format!(r#"{{"transactionId":"{REFUND}"}}"#);
    let other_view = VIEW.replace(PAYMENT, REFUND);
    let ticket = r#"{"requestId":"r-1"}"#;
    for body in [
        other_view.as_str(),
        &created,
        &charged,
        DONE,
        REFUSED,
        ticket,
        "[]",
        "null",
        "\"ok\"",
        "",
    ] {
        why(refund(signed(201, body)));
    }
    for body in [
        VIEW,
        REFUNDED,
        &created,
        &charged,
        ticket,
        "{}",
        "[]",
        r#"{"status":"pending"}"#,
    ] {
        why(activate(signed(200, body)));
        for status in [200, 201, 202] {
            why(cancel(signed(status, body)));
        }
    }
    let own_refund = REFUNDED.replace(REFUND, PAYMENT);
    for body in [
        own_refund.as_str(),
        &created,
        &charged,
        DONE,
        REFUSED,
        ticket,
        "[]",
    ] {
        why(get(signed(200, body)));
    }
}

#[test]
fn a_field_that_comes_twice_is_not_read_either_way() {
    let twice = r#"{"status":"error","status":"ok"}"#;
    assert!(matches!(
        why(activate(signed(200, twice))),
        UnknownWhy::UnreadableBody(_)
    ));
    let twice = REFUNDED.replace("\"status\"", "\"status\":\"fail\",\"status\"");
    assert!(matches!(
        why(refund(signed(201, &twice))),
        UnknownWhy::UnreadableBody(_)
    ));
}
