//! Whatever is changed in an answer, it is believed no more; whatever comes, nothing panics.

#![cfg(test)]

mod support;

use hyvitys_paytrail::settlements::SettlementQuery;
use hyvitys_paytrail::{CallError, HttpResponse};
use proptest::prelude::*;
use support::{
    DONE, PAYMENT, REFUNDED, REFUSED, VIEW, klarna_payment, now, payment, refund_request, scripted,
    signed_with, stamped,
};

/// Statuses, bodies and calls that belong together and are believed as they are.
const BELIEVED: [(u8, u16, &str); 6] = [
    (0, 200, VIEW),
    (1, 201, REFUNDED),
    (1, 400, REFUSED),
    (2, 200, DONE),
    (3, 201, DONE),
    (3, 422, REFUSED),
];

/// Whether the client believed the answer: a success or a refusal.
fn believed(call: u8, answer: HttpResponse) -> bool {
    let (client, _) = scripted(Ok(answer));
    let stamped = stamped("n");
    let result = now(async {
        match call {
            0 => client.get_payment(&stamped, payment()).await.map(|_| ()),
            1 => client
                .refund(&stamped, payment(), &refund_request())
                .await
                .map(|_| ()),
            2 => client
                .activate_invoice(&stamped, payment())
                .await
                .map(|_| ()),
            3 => client.cancel_order(&stamped, payment()).await.map(|_| ()),
            4 => client
                .create_payment(&stamped, &klarna_payment())
                .await
                .map(|_| ()),
            5 => client
                .klarna_charge(&stamped, &klarna_payment())
                .await
                .map(|_| ()),
            6 => client
                .payment_providers(&stamped, None, &[])
                .await
                .map(|_| ()),
            _ => client
                .settlements(&stamped, &SettlementQuery::default())
                .await
                .map(|_| ()),
        }
    });
    matches!(result, Ok(()) | Err(CallError::Refused { .. }))
}

fn original(which: (u8, u16, &str)) -> HttpResponse {
    signed_with(
        which.1,
        &[
            ("checkout-transaction-id", PAYMENT),
            ("checkout-nonce", "a1"),
        ],
        which.2,
    )
}

#[test]
fn untouched_answers_are_believed() {
    for which in BELIEVED {
        assert!(believed(which.0, original(which)), "{which:?}");
    }
}

proptest! {
    #[test]
    fn a_changed_byte_of_the_body_is_never_believed(
        which in prop::sample::select(BELIEVED.to_vec()), at in any::<prop::sample::Index>(), flip in 1_u8..=255,
    ) {
        let mut answer = original(which);
        let place = at.index(answer.body.len());
        answer.body[place] ^= flip;
        prop_assert!(!believed(which.0, answer));
    }

    #[test]
    fn a_body_cut_short_or_made_longer_is_never_believed(
        which in prop::sample::select(BELIEVED.to_vec()), at in any::<prop::sample::Index>(), tail in "[ -~\\n]{1,9}",
    ) {
        let mut answer = original(which);
        let length = at.index(answer.body.len());
        answer.body.truncate(length);
        prop_assert!(!believed(which.0, answer));
        let mut answer = original(which);
        answer.body.extend_from_slice(tail.as_bytes());
        prop_assert!(!believed(which.0, answer));
    }

    #[test]
    fn a_changed_name_or_value_of_a_signed_header_is_never_believed(
        which in prop::sample::select(BELIEVED.to_vec()), at in any::<prop::sample::Index>(),
        letter in "[a-z0-9]", in_name in any::<bool>(), remove in any::<bool>(),
    ) {
        let mut answer = original(which);
        // All but the last header, which is the unsigned request id.
        let index = at.index(answer.headers.len() - 1);
        if remove {
            answer.headers.remove(index);
        } else {
            let (name, value) = &mut answer.headers[index];
            if in_name { name.push_str(&letter) } else { value.push_str(&letter) }
        }
        prop_assert!(!believed(which.0, answer));
    }

    #[test]
    fn one_more_signed_header_is_never_believed(
        which in prop::sample::select(BELIEVED.to_vec()), name in "checkout-[a-z]{1,8}", value in "[ -~]{0,8}",
    ) {
        let mut answer = original(which);
        answer.headers.push((name, value));
        prop_assert!(!believed(which.0, answer));
    }

    #[test]
    fn any_signed_bytes_under_any_status_are_read_without_panic(
        call in 0_u8..8, status in any::<u16>(), body in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let headers = support::signed_headers(&[], &body);
        believed(call, HttpResponse { status, headers, body });
    }

    #[test]
    fn any_signed_json_is_read_without_panic_and_only_its_own_call_takes_it(
        call in 0_u8..8, status in prop::sample::select(vec![200_u16, 201, 202, 400, 403, 404, 422]),
        text in "[\\[{\"]{1,3}(transactionId|status|amount|message|href)?\"?:?[0-9a-z\"{}\\[\\],:]{0,40}",
    ) {
        believed(call, signed_with(status, &[], &text));
    }

    #[test]
    fn any_headers_are_read_without_panic(
        headers in prop::collection::vec((any::<String>(), any::<String>()), 0..6), status in any::<u16>(),
    ) {
        let answer = HttpResponse { status, headers, body: REFUNDED.into() };
        prop_assert!(!believed(1, answer));
    }
}
