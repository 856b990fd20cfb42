//! Reading the rows of a file whose kind is known.

use chrono::{DateTime, Utc};
use hyvitys_paytrail::Credentials;

use super::recognise::{Content, Recognised, bad};
use super::table::Reading;
use super::{
    FileKind, ImportWatch, MOST_IDS, MOST_REPORT_ROWS, ParsedFile, PlannedFile, Row, TableInfo,
    ids, report, urls, watch,
};
use crate::error::{Code, Error};
use crate::why::Why;

/// What reading a file's rows gives: the rows, how many say nothing, the time of the newest, the table.
type Read = (Vec<Row>, usize, Option<DateTime<Utc>>, Option<TableInfo>);

/// Reads the rows of a file. `credentials` are needed for signed addresses only.
pub(crate) fn parse(
    file: Recognised,
    credentials: Option<&Credentials>,
    now: DateTime<Utc>,
    watch: &ImportWatch,
) -> Result<ParsedFile, Error> {
    let text = match &file.content {
        Content::Text(text) => text.as_str(),
        Content::Sheet(_) => "",
    };
    let (rows, ignored, newest, table) = match file.kind {
        FileKind::ReportJson => {
            let (rows, newest) = report::json(text, now);
            (rows, 0, newest, None)
        }
        FileKind::ReportCsv if !file.is_said() => {
            let table = file.content.rows(file.delimiter).skip(1);
            let (rows, newest) = report::csv(&file.header, table, now).map_err(|why| {
                bad(&file.name, why).why(Why::ImportUnreadable {
                    file: file.name.clone(),
                })
            })?;
            (rows, 0, newest, Some(file.table(false, Vec::new())))
        }
        FileKind::TransactionIds => (ids::text(text), 0, None, None),
        FileKind::SignedUrls => {
            let credentials = credentials.ok_or_else(|| {
                Error::new(Code::Secret, "signed addresses need the merchant secret")
                    .why(Why::SecretMissing)
            })?;
            let (rows, ignored) = urls::read(text, credentials, now);
            (rows, ignored, None, None)
        }
        FileKind::ReportCsv
        | FileKind::MerchantPanel
        | FileKind::Settlement
        | FileKind::WooCommerce
        | FileKind::Table => mapped(&file, now, watch)?,
    };
    let most = match file.kind {
        FileKind::ReportJson | FileKind::ReportCsv => MOST_REPORT_ROWS,
        _ => MOST_IDS,
    };
    if rows.len() > most {
        let why = format!("the file has more than {most} rows");
        return Err(bad(&file.name, why)
            .why(Why::ImportTooManyRows {
                file: file.name.clone(),
                most,
            })
            .next("split it"));
    }
    let delimiter = matches!(file.content, Content::Text(_)) && file.kind.is_table();
    Ok(ParsedFile {
        about: PlannedFile {
            kind: file.kind,
            encoding: file.encoding,
            delimiter: delimiter.then_some(file.delimiter),
            sheet: match file.content {
                Content::Sheet(sheet) => Some(sheet.name),
                Content::Text(_) => None,
            },
            rows: rows.len(),
            ignored,
            table,
            name: file.name,
        },
        rows,
        newest,
    })
}

fn mapped(file: &Recognised, now: DateTime<Utc>, watch: &ImportWatch) -> Result<Read, Error> {
    let unit_unknown = file.is_unit_unknown();
    let reading = Reading {
        kind: file.kind,
        header: &file.header,
        columns: &file.columns,
        unit_unknown,
        now,
    };
    let (mut rows, mut ignored) = (Vec::new(), 0);
    for (line, fields) in file.content.rows(file.delimiter).skip(1) {
        match fields {
            Err(problem) => rows.push(Row::new(line, Err(problem))),
            Ok(fields) => match reading.row(line, &fields) {
                Some(row) => rows.push(row),
                None => ignored += 1,
            },
        }
        if rows.len() > MOST_IDS {
            break;
        }
        if watch.is_stopped() {
            return Err(watch::stopped());
        }
    }
    let newest = None;
    Ok((
        rows,
        ignored,
        newest,
        Some(file.table(unit_unknown, reading.missing())),
    ))
}
