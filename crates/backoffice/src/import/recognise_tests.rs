use proptest::prelude::*;

use super::*;
use crate::import::parse::parse;
use crate::import::{ImportWatch, Item, MOST_REPORT_ROWS, ParsedFile, Row};

const ID: &str = "681538c4-fc84-11e9-83bc-2ffcef4c3453";

fn file(bytes: &[u8]) -> SourceFile {
    SourceFile {
        name: "file".to_owned(),
        bytes: bytes.to_vec(),
    }
}

fn recognised(bytes: &[u8]) -> Result<Recognised, Error> {
    recognise(0, file(bytes), &ImportOptions::default())
}

fn read(bytes: &[u8]) -> Result<ParsedFile, Error> {
    read_as(bytes, &ImportOptions::default())
}

fn read_as(bytes: &[u8], options: &ImportOptions) -> Result<ParsedFile, Error> {
    let mut recognised = recognise(0, file(bytes), options)?;
    recognised.settle(None, options)?;
    parse(
        recognised,
        None,
        chrono::DateTime::UNIX_EPOCH,
        &ImportWatch::default(),
    )
}

/// What a row says, in short.
fn said(row: &Row) -> String {
    match &row.item {
        Err(problem) => format!("{:?}", problem.reason.why),
        Ok(Item::Facts(facts)) => format!(
            "{} {} {} {}",
            facts.reference.clone().unwrap_or_default(),
            facts
                .amount
                .map(|amount| amount.cents())
                .unwrap_or_default(),
            facts.status.clone().map(String::from).unwrap_or_default(),
            facts.last_name.clone().unwrap_or_default(),
        ),
        Ok(Item::Refund(refund)) => format!("refund {}", refund.amount.cents()),
        Ok(Item::Await(id)) => format!("id {id}"),
        Ok(Item::Callback(..)) => "callback".to_owned(),
    }
}

#[test]
fn a_file_is_known_by_what_is_in_it() {
    let cases = [
        (" [ ]".to_owned(), FileKind::ReportJson),
        ("[\n{\"amount\":1}]".to_owned(), FileKind::ReportJson),
        ("\"stamp\";\"Amount\"\n".to_owned(), FileKind::ReportCsv),
        (
            "entryDate,amount,status,viite\n".to_owned(),
            FileKind::ReportCsv,
        ),
        (format!("order,transaction_id\n1,{ID}"), FileKind::Table),
        (
            "Tilausnumero;Summa;Maksupäivä\n1;1,00;1.1.2026".to_owned(),
            FileKind::Table,
        ),
        (
            "order_number,status,billing_email,order_total\n".to_owned(),
            FileKind::WooCommerce,
        ),
        (
            "Order Number,Order Status,Email (Billing),Order Total Amount\n".to_owned(),
            FileKind::WooCommerce,
        ),
        (
            "Tilitystunnus;Viite;Summa;Provisio\n".to_owned(),
            FileKind::Settlement,
        ),
        (
            "Arkistointitunnus;Viite;Summa;Tila\n".to_owned(),
            FileKind::MerchantPanel,
        ),
        ("x;y;z\n1;2;3".to_owned(), FileKind::Table),
        (format!("hello\n{ID}"), FileKind::TransactionIds),
        (format!("{ID};{ID}\n{ID};{ID}"), FileKind::TransactionIds),
        (format!("a;b\n{ID};10"), FileKind::Table),
        (
            "[20/Nov/2026] \"GET /x?checkout-stamp=1&signature=2\"".to_owned(),
            FileKind::SignedUrls,
        ),
    ];
    for (text, kind) in cases {
        assert_eq!(recognised(text.as_bytes()).unwrap().kind, kind, "{text}");
    }
    for text in ["", " \n ", "hello", "a;b\n1;2", "\u{feff}", "PK\u{3}\u{4}"] {
        let error = recognised(text.as_bytes()).unwrap_err();
        assert_eq!(error.code, Code::BadInput, "{text}");
    }
}

#[test]
fn files_lines_and_rows_are_bounded() {
    let large = recognised(&vec![b' '; LARGEST_FILE + 1]).unwrap_err();
    assert!(large.message.contains("64 MiB"));
    let long = format!("stamp;amount\n{}", "x".repeat(LONGEST_LINE + 1));
    let long = recognised(long.as_bytes()).unwrap_err();
    assert!(long.message.contains("line 2"));
    let many = format!("stamp;amount\n{}", "a;1\n".repeat(MOST_REPORT_ROWS + 1));
    let many = read(many.as_bytes()).unwrap_err();
    assert!(many.message.contains("more than 50000"));
}

#[test]
fn a_table_in_three_languages_three_delimiters_and_all_encodings_says_the_same() {
    let tables = [
        "Tilausnumero;Summa;Maksupäivä;Tila;Sukunimi\n7;19,90;24.11.2026;Maksettu;Äyrämö\n",
        "Ordernummer\tBelopp\tBetaldatum\tStatus\tEfternamn\n7\t19,90\t2026-11-24\tBetald\tÄyrämö\n",
        "sep=,\nOrder number,Total,Date,State,Last name\n7,\"19,90\",24/11/2026,Paid,Äyrämö\n",
    ];
    for table in tables {
        let utf16 = |little: bool| -> Vec<u8> {
            let mark: &[u8] = if little { b"\xff\xfe" } else { b"\xfe\xff" };
            let units = table.encode_utf16();
            let bytes = units.flat_map(|unit| {
                if little {
                    unit.to_le_bytes()
                } else {
                    unit.to_be_bytes()
                }
            });
            mark.iter().copied().chain(bytes).collect()
        };
        let encodings = [
            (table.as_bytes().to_vec(), FileEncoding::Utf8),
            (
                format!("\u{feff}{table}").into_bytes(),
                FileEncoding::Utf8Bom,
            ),
            (
                encoding_rs::WINDOWS_1252.encode(table).0.into_owned(),
                FileEncoding::Windows1252,
            ),
            (utf16(true), FileEncoding::Utf16),
            (utf16(false), FileEncoding::Utf16),
        ];
        for (bytes, encoding) in encodings {
            let parsed = read(&bytes).unwrap();
            assert_eq!(parsed.about.encoding, encoding);
            assert_eq!(parsed.rows.len(), 1, "{table}");
            assert_eq!(said(&parsed.rows[0]), "7 1990 ok Äyrämö", "{table}");
            assert!(parsed.about.table.unwrap().missing.is_empty());
        }
    }
}

#[test]
fn a_column_of_whole_numbers_is_read_only_when_somebody_has_said_what_they_are() {
    let text = b"reference;summa;pvm;tila\n1;20;24.11.2026;maksettu\n2;3000;24.11.2026;maksettu\n";
    let parsed = read(text).unwrap();
    assert_eq!(parsed.about.table.as_ref().unwrap().euros, None);
    assert_eq!(said(&parsed.rows[0]), "RowEurosOrCents");
    for (column, first) in [
        (Column::AmountEuros, "1 2000 ok "),
        (Column::AmountCents, "1 20 ok "),
    ] {
        for name in ["Summa", "2"] {
            let options = ImportOptions {
                columns: vec![(name.to_owned(), column)],
                ..ImportOptions::default()
            };
            let parsed = read_as(text, &options).unwrap();
            assert_eq!(said(&parsed.rows[0]), first);
        }
    }
    let other = ImportOptions {
        columns: vec![("Tila".to_owned(), Column::Status)],
        ..ImportOptions::default()
    };
    for odd in ["", "yhteensä;3 020;;\n", "3;n/a;24.11.2026;maksettu\n"] {
        let text = [text.as_slice(), odd.as_bytes()].concat();
        let parsed = read_as(&text, &other).unwrap();
        assert_eq!(said(&parsed.rows[0]), "RowEurosOrCents", "{odd}");
    }
    let cents = b"reference;summa (snt);pvm;tila\n1;20;24.11.2026;maksettu\n";
    assert_eq!(said(&read(cents).unwrap().rows[0]), "1 20 ok ");
    let euros = "reference;summa (€);pvm;tila\n1;20;24.11.2026;maksettu\n";
    assert_eq!(
        read(euros.as_bytes()).unwrap().about.table.unwrap().euros,
        Some(true)
    );
}

#[test]
fn a_web_shops_orders_are_those_that_paytrail_has_taken() {
    let text = format!(
        "order_number,order_date,status,billing_first_name,billing_last_name,order_total,payment_method,transaction_id\n\
         1,2026-11-24 12:00:00,wc-completed,Aino,Virta,19.90,paytrail,{ID}\n\
         2,2026-11-24 12:00:00,processing,Aino,Virta,19.90,stripe,ch_123\n\
         3,2026-11-24 12:00:00,processing,Aino,Virta,19.90,paytrail,ch_123\n\
         4,2026-11-24 12:00:00,pending,Aino,Virta,1.234,paytrail,\n"
    );
    let parsed = read(text.as_bytes()).unwrap();
    assert_eq!(parsed.about.ignored, 1);
    let rows: Vec<String> = parsed.rows.iter().map(said).collect();
    assert_eq!(rows[0], "1 1990 ok Virta");
    assert!(rows[1].starts_with("RowNotAnId"));
    assert!(rows[2].starts_with("RowTooPrecise"));
}

#[test]
fn a_settlements_lines_have_what_was_paid_out_and_what_it_cost() {
    let text = b"Tilitystunnus;Tilitysp\xc3\xa4iv\xc3\xa4;Viite;Summa;Maksutapamaksu;Provisio;P\xc3\xa4iv\xc3\xa4;Tila\n\
        77;24.11.2026;1042;19,90;-0,35;0,50;20.11.2026;Maksettu\n";
    let parsed = read(text).unwrap();
    let entry = parsed.rows[0].settled.as_ref().unwrap();
    assert_eq!(entry.settlement_id, "77");
    assert_eq!(entry.amount.cents(), 1_990);
    assert_eq!(entry.fee.unwrap().cents(), 35);
    assert_eq!(entry.commission.unwrap().cents(), 50);
    assert_eq!(entry.settled_on.unwrap().to_string(), "2026-11-24");
}

/// Many more cases where there is time for them.
fn cases() -> u32 {
    if std::env::var_os("HYVITYS_SLOW").is_some() {
        100_000
    } else {
        256
    }
}

/// Small files that are all right, to be spoilt.
fn valid() -> Vec<Vec<u8>> {
    let texts = [
        "stamp;reference;amount;status;entryDate;tradeitems\na;1;1,00;Paid;24-11-2026;x:1,00\n"
            .to_owned(),
        "[{\"stamp\":\"a\",\"amount\":\"1,00\",\"settlementId\":\"7\"},{\"amount\":-1}]".to_owned(),
        format!(
            "order_number,status,billing_email,order_total,transaction_id\n1,completed,a@b.fi,19.90,{ID}\n"
        ),
        "Ordernummer\tBelopp\tDatum\tStatus\n7\t\"19,90\"\t2026-11-24\tBetald\n".to_owned(),
        "Tilitystunnus|Viite|Summa|Alkuperäinen viite\n7|1|-1,00|2\n".to_owned(),
        format!("{ID}\n# x\n{ID}"),
    ];
    let mut files: Vec<Vec<u8>> = texts.iter().map(|text| text.clone().into_bytes()).collect();
    files.extend(
        texts
            .iter()
            .map(|text| encoding_rs::WINDOWS_1252.encode(text).0.into_owned()),
    );
    files.extend(texts.iter().map(|text| {
        let units = std::iter::once(0xfeff).chain(text.encode_utf16());
        units.flat_map(u16::to_le_bytes).collect()
    }));
    files.push(sheet::tests::book(&[&["Viite", "Summa"], &["1", "19,90"]]));
    files
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read_or_refused_without_a_panic(
        head in prop::sample::select(vec![
            "", "[", "[{", "stamp;amount\n", "transactionId\n", "\u{feff}", "summa;viite;pvm\n",
            "order_number,order_total,status\n", "PK\u{3}\u{4}", "sep=", "settlementId;amount\n",
        ]),
        bytes in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let _ = read(&[head.as_bytes(), &bytes].concat());
    }

    #[test]
    fn a_spoilt_file_is_read_or_refused_without_a_panic(
        which in any::<prop::sample::Index>(),
        spoils in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0_u8..3), 1..8),
    ) {
        let files = valid();
        let mut bytes = which.get(&files).clone();
        for (at, byte, how) in spoils {
            if bytes.is_empty() {
                break;
            }
            let at = at.index(bytes.len());
            match how {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                _ => bytes.truncate(at),
            }
        }
        if let Ok(parsed) = read(&bytes) {
            for row in &parsed.rows {
                if let Err(problem) = &row.item {
                    prop_assert!(!problem.reason.words.is_empty());
                }
            }
        }
    }
}
