//! The table as a workbook. Amounts and times are numbers with a format, texts are texts.

use std::io;

use hyvitys_domain::Money;
use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};

use super::table::{Cell, TableRow, wall};

/// The most rows that a sheet has, its head among them.
const ROWS: u32 = 1_048_576;
/// The longest text that a cell takes, in characters.
const LONGEST: usize = 32_767;

/// A workbook that is being written.
pub(super) struct XlsxTable {
    workbook: Workbook,
    sheet: String,
    columns: Vec<String>,
    row: u32,
    sheets: usize,
    euros: Format,
    time: Format,
}

impl XlsxTable {
    /// Begins one whose sheets are called so, with these columns.
    pub(super) fn begin(sheet: &str, columns: &[&str]) -> io::Result<XlsxTable> {
        let cut = |name: &&str| name.chars().take(LONGEST).collect();
        let mut table = XlsxTable {
            workbook: Workbook::new(),
            sheet: sheet.to_owned(),
            columns: columns.iter().map(cut).collect(),
            row: 0,
            sheets: 0,
            euros: Format::new().set_num_format("#,##0.00"),
            time: Format::new().set_num_format("yyyy-mm-dd hh:mm:ss"),
        };
        table.next_sheet().map_err(io::Error::other)?;
        Ok(table)
    }

    /// Begins a sheet with its head.
    fn next_sheet(&mut self) -> Result<(), XlsxError> {
        let bold = Format::new().set_bold();
        // Its rows go to a file as they come: an export of any size needs little memory.
        let sheet = self.workbook.add_worksheet_with_constant_memory()?;
        self.sheets += 1;
        let name = match self.sheets {
            1 => self.sheet.clone(),
            number => format!("{} {number}", self.sheet),
        };
        sheet.set_name(name)?;
        sheet.set_freeze_panes(1, 0)?;
        for (column, name) in (0_u16..).zip(&self.columns) {
            sheet.set_column_width(column, 18)?;
            sheet.write_string_with_format(0, column, name, &bold)?;
        }
        self.row = 1;
        Ok(())
    }

    pub(super) fn row(&mut self, values: &impl TableRow) -> io::Result<()> {
        if self.row >= ROWS {
            self.next_sheet().map_err(io::Error::other)?;
        }
        let (row, euros, time) = (self.row, &self.euros, &self.time);
        let sheet = self
            .workbook
            .worksheet_from_index(self.sheets - 1)
            .map_err(io::Error::other)?;
        for (column, cell) in (0_u16..).zip(values.cells()) {
            put(sheet, row, column, cell, euros, time).map_err(io::Error::other)?;
        }
        self.row += 1;
        Ok(())
    }

    pub(super) fn end(mut self) -> io::Result<Vec<u8>> {
        self.workbook.save_to_buffer().map_err(io::Error::other)
    }
}

fn put(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    cell: Cell<'_>,
    euros: &Format,
    time: &Format,
) -> Result<(), XlsxError> {
    match cell {
        Cell::Text(text) if text.chars().nth(LONGEST).is_some() => {
            let short: String = text.chars().take(LONGEST).collect();
            sheet.write_string(row, column, short)?;
        }
        Cell::Text(text) => {
            sheet.write_string(row, column, text.as_ref())?;
        }
        Cell::Euros(amount) => {
            sheet.write_number_with_format(row, column, number(amount), euros)?;
        }
        Cell::Number(number) => {
            #[expect(
                clippy::cast_precision_loss,
                reason = "a workbook counts in floating point; what is counted here is far below 2^53"
            )]
            sheet.write_number(row, column, number as f64)?;
        }
        Cell::Time(at) => {
            sheet.write_datetime_with_format(row, column, wall(at), time)?;
        }
        Cell::Empty => {}
    }
    Ok(())
}

/// Euros as the one number that a workbook has: the nearest to the exact decimal, which reads back as it.
fn number(amount: Money) -> f64 {
    amount
        .to_string()
        .replace(',', ".")
        .parse()
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_amount_is_the_number_that_its_decimals_say() {
        for cents in (0..=99_999_998).step_by(997) {
            let amount = Money::from_cents(cents);
            let text = format!("{:.2}", number(amount)).replace('.', ",");
            assert_eq!(text, amount.to_string());
        }
    }
}
