use std::io::Write;

use zip::write::SimpleFileOptions;

use super::*;

/// A spreadsheet of these parts.
fn zipped(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        archive
            .start_file(*name, SimpleFileOptions::default())
            .unwrap();
        archive.write_all(content).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

const TYPES: &str = r#"<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>"#;
const RELATIONS: &str = r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
const BOOK: &str = r#"<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Maksut" sheetId="1" r:id="r1"/></sheets></workbook>"#;
const BOOK_RELATIONS: &str = r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>"#;
/// Style 1 shows a day.
const STYLES: &str = r#"<?xml version="1.0"?><styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>"#;

fn of(rows: &str) -> Vec<u8> {
    let sheet = format!(
        r#"<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{rows}</sheetData></worksheet>"#
    );
    zipped(&[
        ("[Content_Types].xml", TYPES.as_bytes()),
        ("_rels/.rels", RELATIONS.as_bytes()),
        ("xl/workbook.xml", BOOK.as_bytes()),
        ("xl/_rels/workbook.xml.rels", BOOK_RELATIONS.as_bytes()),
        ("xl/styles.xml", STYLES.as_bytes()),
        ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
    ])
}

/// A spreadsheet of texts.
pub(in crate::import) fn book(rows: &[&[&str]]) -> Vec<u8> {
    let row = |(number, cells): (usize, &&[&str])| {
        let number = number + 1;
        let cell = |(column, cell): (usize, &&str)| {
            let name = char::from(b'A' + u8::try_from(column).unwrap());
            format!("<c r=\"{name}{number}\" t=\"inlineStr\"><is><t>{cell}</t></is></c>")
        };
        let cells: Vec<String> = cells.iter().enumerate().map(cell).collect();
        format!("<row r=\"{number}\">{}</row>", cells.concat())
    };
    let text: Vec<String> = rows.iter().enumerate().map(row).collect();
    of(&text.concat())
}

#[test]
fn numbers_are_their_shortest_decimals_and_day_numbers_are_days() {
    let sheet = read(&of(
        "<row r=\"2\"><c r=\"A2\"><v>19.9</v></c><c r=\"B2\" s=\"1\"><v>46387</v></c>\
        <c r=\"D2\"><v>0.1</v></c><c r=\"E2\"><v>0.30000000000000004</v></c></row>",
    ))
    .unwrap();
    assert_eq!(sheet.name, "Maksut");
    assert_eq!(
        sheet.rows,
        [(
            2,
            ["19.9", "2026-12-31", "", "0.1", "0.30000000000000004"]
                .map(str::to_owned)
                .to_vec()
        )]
    );
}

#[test]
fn every_cent_typed_into_a_spreadsheet_comes_out_as_that_cent() {
    let rows: Vec<String> = (0..20_000)
        .map(|cents| {
            let row = cents + 1;
            format!(
                "<row r=\"{row}\"><c r=\"A{row}\"><v>{}</v></c></row>",
                f64::from(cents - 10_000) / 100.0
            )
        })
        .collect();
    let sheet = read(&of(&rows.concat())).unwrap();
    for (line, row) in &sheet.rows {
        let money = hyvitys_domain::Money::parse_euros(&row[0]).unwrap();
        assert_eq!(money.cents(), i64::try_from(*line).unwrap() - 10_001);
    }
    assert_eq!(sheet.rows.len(), 20_000);
}

#[test]
fn a_small_archive_that_swells_is_refused_before_anything_is_read() {
    let zeros = vec![0_u8; 32 * 1024 * 1024];
    let names: Vec<String> = (0..9).map(|number| format!("xl/media/{number}")).collect();
    let parts: Vec<(&str, &[u8])> = names
        .iter()
        .map(|name| (name.as_str(), zeros.as_slice()))
        .collect();
    let bomb = zipped(&parts);
    assert!(bomb.len() < 1024 * 1024);
    assert_eq!(read(&bomb).unwrap_err(), SheetError::TooLarge);
}

#[test]
fn many_cells_that_point_at_one_long_text_are_refused() {
    let long = "x".repeat(1024 * 1024);
    let shared = format!(
        r#"<?xml version="1.0"?><sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>{long}</t></si></sst>"#
    );
    let relations = BOOK_RELATIONS.replace(
        "</Relationships>",
        r#"<Relationship Id="r3" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="sharedStrings.xml"/></Relationships>"#,
    );
    let rows: Vec<String> = (1..=2_000)
        .map(|row| format!("<row r=\"{row}\"><c r=\"A{row}\" t=\"s\"><v>0</v></c></row>"))
        .collect();
    let sheet = format!(
        r#"<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>"#,
        rows.concat()
    );
    let bomb = zipped(&[
        ("[Content_Types].xml", TYPES.as_bytes()),
        ("_rels/.rels", RELATIONS.as_bytes()),
        ("xl/workbook.xml", BOOK.as_bytes()),
        ("xl/_rels/workbook.xml.rels", relations.as_bytes()),
        ("xl/styles.xml", STYLES.as_bytes()),
        ("xl/sharedStrings.xml", shared.as_bytes()),
        ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
    ]);
    assert_eq!(read(&bomb).unwrap_err(), SheetError::TooLarge);
}

#[test]
fn what_is_no_spreadsheet_is_said_to_be_none() {
    for bytes in [
        b"PK\x03\x04".to_vec(),
        zipped(&[("a", b"b".as_slice())]),
        zipped(&[("xl/workbook.xml", b"<".as_slice())]),
        of(""),
    ] {
        assert_eq!(read(&bytes).unwrap_err(), SheetError::Unreadable);
    }
}
