//! What a file is: by what is in it, never by its name.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use hyvitys_paytrail::Credentials;

use super::text::{decode, lines};
use super::{
    FileKind, LARGEST_FILE, LONGEST_LINE, MOST_IDS, MOST_REPORT_ROWS, ParsedFile, SourceFile, csv,
    ids, report, urls,
};
use crate::error::{Code, Error};
use crate::why::Why;

/// A file whose kind is known.
#[derive(Debug)]
pub(crate) struct Recognised {
    pub name: Arc<str>,
    pub kind: FileKind,
    text: String,
}

fn bad(name: &str, why: impl std::fmt::Display) -> Error {
    Error::new(Code::BadInput, format!("{name}: {why}"))
}

/// The name as an error carries it.
fn said(name: &Arc<str>) -> String {
    name.as_ref().to_owned()
}

/// Reads the characters of a file and tells what it is.
pub(crate) fn recognise(file: SourceFile) -> Result<Recognised, Error> {
    let name: Arc<str> = file.name.into();
    if file.bytes.len() > LARGEST_FILE {
        return Err(bad(&name, "the file is larger than 64 MiB")
            .why(Why::ImportTooLarge { file: said(&name) })
            .next("split it"));
    }
    let text = decode(&file.bytes);
    if text.trim().is_empty() {
        let file = said(&name);
        return Err(bad(&name, "the file is empty").why(Why::ImportEmpty { file }));
    }
    let kind = kind(&text).ok_or_else(|| {
        bad(&name, "this is no file that payments can be read from")
            .why(Why::ImportNotRecognised { file: said(&name) })
            .next(
                "give a payment report (JSON or CSV), transaction ids, or signed addresses (also in a web server's log)",
            )
    })?;
    // A whole JSON report may stand on one line; its rows are bounded instead.
    if kind != FileKind::ReportJson
        && let Some((line, _)) = lines(&text).find(|(_, line)| line.len() > LONGEST_LINE)
    {
        let file = said(&name);
        return Err(bad(&name, format!("line {line} is longer than 1 MiB"))
            .why(Why::ImportLineTooLong { file, line }));
    }
    Ok(Recognised { name, kind, text })
}

fn kind(text: &str) -> Option<FileKind> {
    if let Some(inside) = text.trim_start().strip_prefix('[')
        && inside.trim_start().starts_with(['{', ']'])
    {
        return Some(FileKind::ReportJson);
    }
    let first = lines(text)
        .map(|(_, line)| line)
        .find(|line| !line.trim().is_empty())?;
    if first.len() <= LONGEST_LINE
        && let Some((_, Ok(header))) = csv::rows(first, csv::sniff(first), 1).into_iter().next()
    {
        if ids::column(&header).is_some() {
            return Some(FileKind::TransactionIdTable);
        }
        if report::is_header(&header) {
            return Some(FileKind::ReportCsv);
        }
    }
    if lines(text).any(|(_, line)| line.len() <= LONGEST_LINE && urls::has_address(line)) {
        return Some(FileKind::SignedUrls);
    }
    lines(text)
        .any(|(_, line)| ids::in_line(line).next().is_some())
        .then_some(FileKind::TransactionIds)
}

/// Reads the rows of a file. `credentials` are needed for signed addresses only.
pub(crate) fn parse(
    file: &Recognised,
    credentials: Option<&Credentials>,
    now: DateTime<Utc>,
) -> Result<ParsedFile, Error> {
    let (rows, ignored, newest) = match file.kind {
        FileKind::ReportJson => {
            let (rows, newest) = report::json(&file.text, now);
            (rows, 0, newest)
        }
        FileKind::ReportCsv => {
            let (rows, newest) = report::csv(&file.text, now).map_err(|why| {
                let name = said(&file.name);
                bad(&file.name, why).why(Why::ImportUnreadable { file: name })
            })?;
            (rows, 0, newest)
        }
        FileKind::TransactionIds => (ids::text(&file.text), 0, None),
        FileKind::TransactionIdTable => (ids::table(&file.text), 0, None),
        FileKind::SignedUrls => {
            let credentials = credentials.ok_or_else(|| {
                Error::new(Code::Secret, "signed addresses need the merchant secret")
                    .why(Why::SecretMissing)
            })?;
            let (rows, ignored) = urls::read(&file.text, credentials, now);
            (rows, ignored, None)
        }
    };
    let most = match file.kind {
        FileKind::ReportJson | FileKind::ReportCsv => MOST_REPORT_ROWS,
        _ => MOST_IDS,
    };
    if rows.len() > most {
        let why = format!("the file has more than {most} rows");
        let name = said(&file.name);
        return Err(bad(&file.name, why)
            .why(Why::ImportTooManyRows { file: name, most })
            .next("split it"));
    }
    Ok(ParsedFile {
        name: Arc::clone(&file.name),
        kind: file.kind,
        rows,
        ignored,
        newest,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn file(bytes: &[u8]) -> SourceFile {
        SourceFile {
            name: "file".to_owned(),
            bytes: bytes.to_vec(),
        }
    }

    #[test]
    fn a_file_is_known_by_what_is_in_it() {
        let id = "681538c4-fc84-11e9-83bc-2ffcef4c3453";
        let cases = [
            (" [ ]".to_owned(), FileKind::ReportJson),
            ("[\n{\"amount\":1}]".to_owned(), FileKind::ReportJson),
            ("\"stamp\";\"Amount\"\n".to_owned(), FileKind::ReportCsv),
            (
                format!("order,transaction_id\n1,{id}"),
                FileKind::TransactionIdTable,
            ),
            (format!("hello\n{id}"), FileKind::TransactionIds),
            (
                "[20/Nov/2026] \"GET /x?checkout-stamp=1&signature=2\"".to_owned(),
                FileKind::SignedUrls,
            ),
        ];
        for (text, kind) in cases {
            assert_eq!(
                recognise(file(text.as_bytes())).unwrap().kind,
                kind,
                "{text}"
            );
        }
        for text in ["", " \n ", "hello", "a;b\n1;2", "\u{feff}"] {
            assert_eq!(
                recognise(file(text.as_bytes())).unwrap_err().code,
                Code::BadInput,
                "{text}"
            );
        }
    }

    #[test]
    fn files_lines_and_rows_are_bounded() {
        let large = file(&vec![b' '; LARGEST_FILE + 1]);
        assert!(recognise(large).unwrap_err().message.contains("64 MiB"));
        let long = format!("stamp;amount\n{}", "x".repeat(LONGEST_LINE + 1));
        assert!(
            recognise(file(long.as_bytes()))
                .unwrap_err()
                .message
                .contains("line 2")
        );
        let many = format!("stamp;amount\n{}", "a;1\n".repeat(MOST_REPORT_ROWS + 1));
        let many = recognise(file(many.as_bytes())).unwrap();
        assert!(
            parse(&many, None, DateTime::UNIX_EPOCH)
                .unwrap_err()
                .message
                .contains("more than 50000")
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused_without_a_panic(
            head in prop::sample::select(vec!["", "[", "[{", "stamp;amount\n", "transactionId\n", "\u{feff}"]),
            bytes in prop::collection::vec(any::<u8>(), 0..300),
        ) {
            let bytes = [head.as_bytes(), &bytes].concat();
            if let Ok(recognised) = recognise(file(&bytes)) {
                let _ = parse(&recognised, None, DateTime::UNIX_EPOCH);
            }
        }
    }
}
