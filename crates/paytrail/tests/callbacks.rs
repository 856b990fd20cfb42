//! Callbacks, redirects and reports: only what is ours, signed and readable in one way.

#![cfg(test)]

mod support;

use hyvitys_domain::{Money, PaymentStatus};
use hyvitys_paytrail::callbacks::verify_url;
use hyvitys_paytrail::reports::verify_report;
use hyvitys_paytrail::signing::sign;
use hyvitys_paytrail::{Algorithm, Callback, CallbackError, SignatureError};
use proptest::prelude::*;
use support::{PAYMENT, credentials, signed_headers};
use url::form_urlencoded::Serializer;

const USUAL: [(&str, &str); 8] = [
    ("checkout-account", "375917"),
    ("checkout-algorithm", "sha256"),
    ("checkout-amount", "1590"),
    ("checkout-stamp", "s-1"),
    ("checkout-reference", "tilaus 1042 åäö"),
    ("checkout-transaction-id", PAYMENT),
    ("checkout-status", "ok"),
    ("checkout-provider", "klarna"),
];

/// A signed query of the usual parameters with `changed` ones in their place or on top.
fn query(changed: &[(&str, &str)]) -> String {
    let mut pairs: Vec<_> = USUAL.to_vec();
    for pair in changed {
        pairs.retain(|(name, _)| name != &pair.0);
        pairs.push(*pair);
    }
    let signature = sign(
        &credentials().key,
        Algorithm::Sha256,
        pairs.iter().copied(),
        b"",
    )
    .unwrap();
    pairs.push(("signature", &signature));
    Serializer::new(String::new()).extend_pairs(pairs).finish()
}

fn verified(text: &str) -> Result<Callback, CallbackError> {
    verify_url(text, &credentials())
}

#[test]
fn a_callback_is_read_from_an_address_a_path_or_a_query() {
    let query = query(&[("checkout-settlement-reference", "9")]);
    for text in [
        query.clone(),
        format!("/paytrail/ok?{query}"),
        format!("  https://shop.example/paytrail/ok?order=1042&{query}#done\n"),
    ] {
        let callback = verified(&text).unwrap();
        assert_eq!(callback.transaction_id, Some(PAYMENT.parse().unwrap()));
        assert_eq!(callback.amount, Some(Money::from_cents(1590)));
        assert_eq!(callback.status, PaymentStatus::Ok);
        assert_eq!(
            (callback.stamp.as_str(), callback.reference.as_str()),
            ("s-1", "tilaus 1042 åäö")
        );
        assert_eq!(callback.settlement_reference.as_deref(), Some("9"));
        assert!(callback.provider.unwrap().is_klarna());
    }
}

#[test]
fn future_parameters_are_verified_and_kept() {
    let text = query(&[("checkout-something-new", "a b")]);
    let callback = verified(&text).unwrap();
    assert!(
        callback
            .parameters
            .contains(&("checkout-something-new".into(), "a b".into()))
    );
    let without = text.replace("checkout-something-new=a+b", "");
    assert_eq!(verified(&without), Err(SignatureError::Mismatch.into()));
}

#[test]
fn a_refund_that_failed_validation_has_no_transaction_id() {
    let callback = verified(&query(&[
        ("checkout-transaction-id", ""),
        ("checkout-status", "fail"),
    ]))
    .unwrap();
    assert_eq!(
        (callback.transaction_id, callback.status),
        (None, PaymentStatus::Fail)
    );
}

#[test]
fn repeated_parameters_are_refused_in_every_spelling() {
    let text = query(&[]);
    for extra in [
        "checkout-status=ok",
        "checkout-status=fail",
        "Checkout-Status=ok",
        "checkout%2Dstatus=ok",
        "signature=00",
        "Signature=00",
        "signatur%65=00",
    ] {
        for doubled in [format!("{text}&{extra}"), format!("{extra}&{text}")] {
            assert_eq!(
                verified(&doubled),
                Err(SignatureError::Repeated.into()),
                "{extra}"
            );
        }
    }
}

#[test]
fn control_characters_are_refused_raw_and_percent_encoded() {
    let text = query(&[]);
    for control in [
        "%0A", "%0a", "%00", "%0D", "%7F", "%C2%85", "\n", "\t", "\u{0}",
    ] {
        for extra in [
            format!("checkout-x=a{control}b"),
            format!("checkout-{control}x=a"),
        ] {
            let broken = format!("{extra}&{text}");
            assert_eq!(
                verified(&broken),
                Err(SignatureError::ControlCharacter.into()),
                "{control:?}"
            );
        }
    }
    // Two parameters folded into one by a line break would have the same signed bytes.
    let folded = text.replace("checkout-provider=klarna&", "").replace(
        "checkout-status=ok",
        "checkout-provider=klarna%0Acheckout-reference%3Ax&checkout-status=ok",
    );
    assert!(verified(&folded).is_err());
}

#[test]
fn another_merchants_callback_is_not_ours_though_signed_with_our_secret() {
    assert_eq!(
        verified(&query(&[("checkout-account", "695861")])),
        Err(CallbackError::OtherAccount)
    );
}

#[test]
fn what_is_missing_or_unreadable_is_named() {
    assert_eq!(verified("order=1042&x=y"), Err(CallbackError::NotACallback));
    assert_eq!(verified(""), Err(CallbackError::NotACallback));
    assert_eq!(verified(&"x".repeat(20_000)), Err(CallbackError::TooLong));
    assert_eq!(
        verified("checkout-account=375917&checkout-algorithm=sha256"),
        Err(SignatureError::Missing.into())
    );
    assert_eq!(
        verified(&query(&[("checkout-status", "")])),
        Err(CallbackError::Missing("checkout-status"))
    );
    for amount in ["15,90", "+1590", "1e3", "0x1", "999999999999999999999"] {
        let expected = Err(CallbackError::Unreadable("checkout-amount"));
        assert_eq!(
            verified(&query(&[("checkout-amount", amount)])),
            expected,
            "{amount}"
        );
    }
    let expected = Err(CallbackError::Unreadable("checkout-transaction-id"));
    assert_eq!(
        verified(&query(&[("checkout-transaction-id", "1042")])),
        expected
    );
}

#[test]
fn a_report_is_believed_only_with_its_raw_bytes_and_of_this_account() {
    let body = b"[{\"stamp\":\"s-1\"}]";
    let headers = signed_headers(&[("checkout-report", "1")], body);
    let report = verify_report(&headers, body, &credentials()).unwrap();
    assert_eq!(
        (report.body.as_slice(), report.headers.len()),
        (body.as_slice(), 3)
    );
    let spaced = b"[ {\"stamp\":\"s-1\"}]";
    assert_eq!(
        verify_report(&headers, spaced, &credentials()),
        Err(SignatureError::Mismatch.into())
    );
    let other = signed_headers(&[("checkout-account", "695861")], body);
    assert_eq!(
        verify_report(&other, body, &credentials()),
        Err(CallbackError::OtherAccount)
    );
    let mut twice = headers.clone();
    twice.push(("Signature".into(), "00".into()));
    assert_eq!(
        verify_report(&twice, body, &credentials()),
        Err(SignatureError::Repeated.into())
    );
    let unsigned: Vec<_> = headers
        .into_iter()
        .filter(|(name, _)| name != "signature")
        .collect();
    assert_eq!(
        verify_report(&unsigned, body, &credentials()),
        Err(SignatureError::Missing.into())
    );
}

proptest! {
    #[test]
    fn any_text_is_read_without_panic_and_none_is_believed(text in any::<String>(), tail in "[ -~]{0,200}") {
        prop_assert!(verified(&text).is_err());
        let odd = format!("checkout-account=375917&checkout-algorithm=sha256&signature=00&{tail}");
        prop_assert!(verified(&odd).is_err());
    }

    #[test]
    fn a_changed_letter_of_a_signed_value_is_noticed(at in any::<prop::sample::Index>(), with in "[0-9a-z]") {
        let text = query(&[]);
        let place = at.index(text.len());
        prop_assume!(text.as_bytes()[place].is_ascii_alphanumeric() && text[place..=place] != with);
        let mut changed = text.clone();
        changed.replace_range(place..=place, &with);
        // A percent-code may be spelled in two cases; that is the same value.
        let same = |a: &str, b: &str| {
            let pairs = |t: &str| url::form_urlencoded::parse(t.as_bytes()).into_owned().collect::<Vec<_>>();
            pairs(a) == pairs(b)
        };
        prop_assume!(!same(&text, &changed));
        prop_assert!(verified(&changed).is_err(), "{}", changed);
    }
}
