//! What believed answers mean, call by call, and what the errors carry.

#![cfg(test)]

mod support;

use std::time::Duration;

use hyvitys_domain::PaymentStatus;
use hyvitys_paytrail::{
    ActivateOutcome, CallError, CancelOutcome, HttpResponse, Interruption, KlarnaOutcome,
    TransportError, UnknownWhy, Unsent,
};
use support::calls::{activate, cancel, get, refund, why};
use support::{DONE, PAYMENT, REFUSED, VIEW, now, payment, scripted, signed, stamped};

#[test]
fn each_outcome_of_a_cancel_is_its_own_value() {
    let message = Some("done".to_owned());
    assert_eq!(
        cancel(signed(201, DONE)),
        Ok(CancelOutcome::Cancelled {
            message: message.clone()
        })
    );
    assert_eq!(
        cancel(signed(202, DONE)),
        Ok(CancelOutcome::Requested {
            message: message.clone()
        })
    );
    assert_eq!(
        cancel(signed(200, DONE)),
        Ok(CancelOutcome::AlreadyCancelled { message })
    );
    for http_status in [200, 201, 202] {
        let message = Some("Refund amount exceeds".to_owned());
        assert_eq!(
            cancel(signed(http_status, REFUSED)),
            Ok(CancelOutcome::NotDone {
                http_status,
                message
            })
        );
    }
    assert!(matches!(
        cancel(signed(400, REFUSED)),
        Err(CallError::Refused {
            http_status: 400,
            ..
        })
    ));
    assert_eq!(why(cancel(signed(500, REFUSED))), UnknownWhy::ServerError);
}

#[test]
fn a_2xx_that_says_error_or_fail_has_activated_nothing() {
    assert_eq!(
        activate(signed(200, DONE)),
        Ok(ActivateOutcome::Activated {
            message: Some("done".into())
        })
    );
    for status in ["error", "fail"] {
        let body = format!(r#"{{"status":"{status}"}}"#);
        assert_eq!(
            activate(signed(200, &body)),
            Ok(ActivateOutcome::NotActivated { message: None }),
            "{status}"
        );
    }
}

#[test]
fn commit_and_revert_are_read_like_an_activation() {
    let (client, script) = scripted(Ok(signed(200, DONE)));
    assert!(now(client.klarna_commit(&stamped("n"), payment())).is_ok());
    assert!(now(client.klarna_revert(&stamped("n"), payment())).is_ok());
    let seen = script.seen.lock().unwrap();
    assert!(seen[0].url.ends_with("/klarna/commit") && seen[1].url.ends_with("/klarna/revert"));
    assert!(seen.iter().all(|request| request.body.is_empty()));
}

#[test]
fn a_klarna_charge_is_made_or_asks_for_a_step_up_or_is_refused() {
    let charge = |answer| {
        let (client, _) = scripted(Ok(answer));
        let payment = support::klarna_payment();
        now(client.klarna_charge(&stamped("n"), &payment)).map(|answer| answer.value)
    };
    let id = payment();
    let charged = format!(r#"{{"transactionId":"{PAYMENT}"}}"#);
    assert_eq!(
        charge(signed(201, &charged)),
        Ok(KlarnaOutcome::Charged { id })
    );
    let step = format!(
        r#"{{"transactionId":"{PAYMENT}","stepUpUrl":"https://klarna.example/s","error":"Step-up required"}}"#
    );
    let url = "https://klarna.example/s".to_owned();
    assert_eq!(
        charge(signed(403, &step)),
        Ok(KlarnaOutcome::StepUp { id, url })
    );
    why(charge(signed(201, &step)));
    why(charge(signed(403, &charged)));
    why(charge(signed(403, &step.replace("https:", "file:"))));
    assert!(matches!(
        charge(signed(403, REFUSED)),
        Err(CallError::Refused {
            http_status: 403,
            ..
        })
    ));
}
#[test]
fn what_the_transport_says_is_passed_on() {
    let told = |error| {
        let (client, _) = scripted(Err(error));
        now(client.get_payment(&stamped("n"), payment()))
    };
    let not_sent = TransportError::NotSent {
        how: Unsent::Connect,
        why: "refused".into(),
    };
    assert_eq!(
        told(not_sent).map(|_| ()),
        Err(CallError::NotSent {
            how: Unsent::Connect,
            why: "refused".into()
        })
    );
    for (interruption, expected) in [
        (Interruption::Timeout, UnknownWhy::Timeout),
        (Interruption::ConnectionCut, UnknownWhy::ConnectionCut),
        (Interruption::BodyTooLarge, UnknownWhy::BodyTooLarge),
        (Interruption::Truncated, UnknownWhy::Truncated),
        (Interruption::Other, UnknownWhy::UnreadableBody("d".into())),
    ] {
        let error = TransportError::Interrupted {
            why: interruption,
            detail: "d".into(),
        };
        assert_eq!(why(told(error).map(|_| ())), expected);
    }
}

#[test]
fn unauthorized_says_whether_it_was_signed_and_429_how_long_to_wait() {
    let Err(CallError::Unauthorized {
        signed: true,
        message: Some(_),
        ..
    }) = refund(signed(401, REFUSED))
    else {
        panic!("signed 401")
    };
    let unsigned = HttpResponse {
        status: 401,
        headers: Vec::new(),
        body: Vec::new(),
    };
    let Err(CallError::Unauthorized {
        signed: false,
        message: None,
        ..
    }) = refund(unsigned)
    else {
        panic!("unsigned 401")
    };
    for (text, wait) in [("7", Some(7)), ("soon", None), ("-1", None)] {
        let mut answer = signed(429, REFUSED);
        answer
            .headers
            .push(("retry-after".to_owned(), text.to_owned()));
        let Err(CallError::TooManyRequests { retry_after, .. }) = refund(answer.clone()) else {
            panic!("429")
        };
        assert_eq!(retry_after, wait.map(Duration::from_secs), "{text}");
        answer.headers.retain(|(name, _)| name != "signature");
        let unsigned = refund(answer);
        assert!(
            matches!(
                unsigned,
                Err(CallError::Unknown {
                    why: UnknownWhy::NoSignature,
                    ..
                })
            ),
            "a gateway may have passed it on: {unsigned:?}"
        );
    }
}

#[test]
fn amounts_are_whole_cents() {
    for amount in ["15.9", "\"1590\"", "1e3", "99999999999999999999", "null"] {
        let body = VIEW.replace("1590", amount);
        assert!(
            matches!(why(get(signed(200, &body))), UnknownWhy::UnreadableBody(_)),
            "{amount}"
        );
    }
}

#[test]
fn an_unknown_status_is_kept() {
    let body = VIEW.replace("\"ok\"", "\"accepted\"");
    let (client, _) = scripted(Ok(signed(200, &body)));
    let view = now(client.get_payment(&stamped("n"), payment()))
        .unwrap()
        .value;
    assert_eq!(view.status, PaymentStatus::Other("accepted".into()));
}
