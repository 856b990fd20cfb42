use hyvitys_paytrail::signing::{self, Algorithm, SigningKey};
use proptest::prelude::*;

use super::*;

fn credentials() -> Credentials {
    Credentials {
        merchant: "375917".parse().unwrap(),
        key: SigningKey::new("SAIPPUAKAUPPIAS"),
        algorithm: Algorithm::Sha256,
    }
}

const ID: &str = "681538c4-fc84-11e9-83bc-2ffcef4c3453";

fn query(status: &str) -> String {
    let pairs = [
        ("checkout-account", "375917"),
        ("checkout-algorithm", "sha256"),
        ("checkout-amount", "2964"),
        ("checkout-reference", "1042"),
        ("checkout-stamp", "stamp-1042"),
        ("checkout-status", status),
        ("checkout-transaction-id", ID),
    ];
    let signature = signing::sign(
        &SigningKey::new("SAIPPUAKAUPPIAS"),
        Algorithm::Sha256,
        pairs,
        b"",
    )
    .unwrap();
    let pairs: Vec<String> = pairs
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    format!("{}&signature={signature}", pairs.join("&"))
}

fn now() -> DateTime<Utc> {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

/// Each row of a text: the callback's reference and time, or nothing for a broken one.
fn found(text: &str) -> Vec<Option<(String, Option<DateTime<Utc>>)>> {
    read(text, &credentials(), now())
        .0
        .into_iter()
        .map(|row| match row.item {
            Ok(Item::Callback(callback, at)) => Some((callback.reference, at)),
            _ => None,
        })
        .collect()
}

#[test]
fn addresses_are_found_in_the_logs_of_nginx_and_apache_and_in_json_logs() {
    let query = query("ok");
    let at = Some("2026-11-20T10:00:00Z".parse().unwrap());
    let nginx = format!(
        "10.0.0.1 - - [20/Nov/2026:12:00:00 +0200] \"GET /cb?{query} HTTP/1.1\" 200 2 \"-\" \"curl\""
    );
    assert_eq!(found(&nginx), [Some(("1042".to_owned(), at))]);
    let apache = format!(
        "shop.fi:443 10.0.0.1 - maija [20/Nov/2026:12:00:00 +0200] \"GET /cb?{query} HTTP/1.1\" 200 2"
    );
    assert_eq!(found(&apache), [Some(("1042".to_owned(), at))]);
    let escaped = query.replace('&', "\\u0026");
    let json =
        format!("{{\"time\":\"2026-11-20T10:00:00Z\",\"uri\":\"\\/cb?{escaped}\",\"status\":200}}");
    assert_eq!(found(&json), [Some(("1042".to_owned(), at))]);
}

#[test]
fn pasted_addresses_are_found_among_words_and_bare_ids_beside_them() {
    let query = query("ok");
    let text =
        format!("see <https://shop.fi/cb?{query}>,\nhttps://shop.fi/cb?{query}.\n\n{ID}\nhello\n");
    let (rows, ignored) = read(&text, &credentials(), now());
    assert!(matches!(rows[0].item, Ok(Item::Callback(_, None))));
    assert!(matches!(rows[1].item, Ok(Item::Callback(_, None))));
    assert!(matches!(rows[2].item, Ok(Item::Await(_))));
    assert_eq!((rows.len(), rows[2].line, ignored), (3, 4, 1));
}

#[test]
fn a_log_time_in_the_future_counts_as_now() {
    let line = format!("[20/Nov/2036:12:00:00 +0200] \"GET /cb?{}\"", query("ok"));
    assert_eq!(found(&line), [Some(("1042".to_owned(), Some(now())))]);
}

#[test]
fn what_was_changed_after_signing_is_broken_and_says_why() {
    let good = query("fail");
    let forged = [
        good.replace("=fail", "=ok"),
        good.replace("2964", "2965"),
        format!("{good}&checkout-amount=2964"),
        format!("{good}&checkout-extra=1"),
        good.replace("signature=", "signature=0"),
        good.replace("375917", "375918"),
    ];
    for query in forged {
        let (rows, _) = read(&format!("GET /cb?{query}"), &credentials(), now());
        let problem = rows[0].item.as_ref().unwrap_err();
        assert!(
            problem.reason.words.contains("can't be believed"),
            "{}",
            problem.reason.words
        );
    }
    assert!(found(&format!("GET /cb?{good}"))[0].is_some());
}

proptest! {
    #[test]
    fn no_changed_character_survives_the_signature(at in 0_usize..400, new in "[0-9a-z]") {
        let good = query("ok");
        let at = at % good.len();
        let changed = format!("{}{new}{}", &good[..at], &good[at + 1..]);
        prop_assume!(changed != good);
        // A parameter whose name is no signed one any more changes what was signed, too.
        prop_assert!(found(&changed).into_iter().all(|row| row.is_none()));
    }

    #[test]
    fn any_text_is_read_without_a_panic(text in "(?s).{0,200}", glue in "[\\[ \"\\\\]{0,3}") {
        let line = format!("{text}{glue}checkout-stamp={text}&signature={text}");
        read(&line, &credentials(), now());
    }
}
