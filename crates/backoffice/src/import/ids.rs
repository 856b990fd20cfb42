//! Transaction ids: in a text, one or more a line, or in a column of a table.

use hyvitys_domain::TransactionId;

use super::text::lines;
use super::{Item, MOST_IDS, Problem, Row, csv};

/// The names of a column of transaction ids, as [`name`] writes them (Paytrail's own, those of shop
/// exports, Finnish and Swedish ones).
const COLUMNS: [&str; 8] = [
    "transactionid",
    "checkouttransactionid",
    "paytrailtransactionid",
    "transaction",
    "tapahtumatunnus",
    "maksutapahtumantunnus",
    "transaktionsid",
    "transaktionsnummer",
];

/// A column's name as it is compared: letters and digits only, in lower case.
pub(crate) fn name(header: &str) -> String {
    header
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// Where a header row has its transaction ids.
pub(crate) fn column(header: &[String]) -> Option<usize> {
    header
        .iter()
        .position(|field| COLUMNS.contains(&name(field).as_str()))
}

/// Whether a text stands in a line as a transaction id.
pub(crate) fn in_line(line: &str) -> impl Iterator<Item = TransactionId> {
    line.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'))
        .filter_map(|word| word.parse().ok())
}

/// The ids of a text. Lines that are empty or begin with `#` are left out; every word of the others
/// has to be an id.
pub(crate) fn text(text: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    for (line, content) in lines(text) {
        let content = content.trim();
        if rows.len() > MOST_IDS {
            break;
        }
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        for word in content.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '"')) {
            if word.is_empty() {
                continue;
            }
            let item = word.parse().map(Item::Await).map_err(Problem::new);
            rows.push(Row { line, item });
        }
    }
    rows
}

/// The ids of a table's column. Rows without one (payments made otherwise) are left out.
pub(crate) fn table(text: &str) -> Vec<Row> {
    let header_line = lines(text)
        .map(|(_, line)| line)
        .find(|line| !line.trim().is_empty());
    let mut rows = csv::rows(
        text,
        csv::sniff(header_line.unwrap_or_default()),
        MOST_IDS + 2,
    )
    .into_iter();
    let Some((_, Ok(header))) = rows.next() else {
        return Vec::new();
    };
    let Some(column) = column(&header) else {
        return Vec::new();
    };
    let title = header.get(column).map_or("", |title| title.trim());
    let mut found = Vec::new();
    for (line, fields) in rows {
        let item = match fields {
            Err(problem) => Err(problem),
            Ok(fields) => {
                let Some(value) = fields
                    .get(column)
                    .map(|value| value.trim())
                    .filter(|v| !v.is_empty())
                else {
                    continue;
                };
                value
                    .parse()
                    .map(Item::Await)
                    .map_err(|error| Problem::at(title, error))
            }
        };
        found.push(Row { line, item });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "681538c4-fc84-11e9-83bc-2ffcef4c3453";

    #[test]
    fn a_text_of_ids_reports_each_word_that_is_none() {
        let rows = text(&format!("# mine\n\n{ID}, {ID}\nhello\n"));
        let lines: Vec<_> = rows
            .iter()
            .map(|row| (row.line, row.item.is_ok()))
            .collect();
        assert_eq!(lines, [(3, true), (3, true), (4, false)]);
    }

    #[test]
    fn a_table_gives_the_ids_of_its_column_whatever_it_is_called() {
        for title in [
            "transaction_id",
            "Transaction ID",
            "Tapahtumatunnus",
            "checkout-transaction-id",
        ] {
            let rows = table(&format!("order,{title},x\n1,{ID},\n2,,\n3,nonsense,\n"));
            let lines: Vec<_> = rows
                .iter()
                .map(|row| (row.line, row.item.is_ok()))
                .collect();
            assert_eq!(lines, [(2, true), (4, false)], "{title}");
            assert_eq!(
                rows[1].item.as_ref().unwrap_err().column.as_deref(),
                Some(title)
            );
        }
    }
}
