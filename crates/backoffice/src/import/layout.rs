//! What the columns of a table are: as a person says, as was said before, or as guessed.

use super::amounts::{self, Written};
use super::columns::{self, Column};
use super::recognise::{Recognised, bad};
use super::{FileKind, ImportOptions, TableInfo, ids};
use crate::error::Error;
use crate::why::Why;

/// How many rows of a table are shown as a sample.
const SAMPLE_ROWS: usize = 5;
/// The longest cell of a sample, in characters.
const SAMPLE_CELL: usize = 80;

impl Recognised {
    /// By what its header is known again, if it is a table.
    pub fn fingerprint(&self) -> Option<String> {
        self.kind
            .is_table()
            .then(|| columns::fingerprint(&self.header))
    }

    /// What is to be remembered of it.
    pub fn remember(&self) -> Option<(String, Vec<Option<Column>>)> {
        let print = self.fingerprint().filter(|_| self.layout.remember)?;
        Some((print, self.columns.clone()))
    }

    /// Settles what the columns are: as a person says now, else as was said before, else as guessed.
    pub fn settle(
        &mut self,
        remembered: Option<&str>,
        options: &ImportOptions,
    ) -> Result<(), Error> {
        if !self.kind.is_table() {
            return Ok(());
        }
        let kept: Option<Vec<Option<Column>>> =
            remembered.and_then(|text| serde_json::from_str(text).ok());
        if let Some(columns) = self.layout.columns.take() {
            self.columns = columns;
            self.columns.resize(self.header.len(), None);
            self.layout.columns = Some(self.columns.clone());
            // Whoever says all columns was asked for the unit as well.
            self.unit_said = true;
        } else if let Some(columns) = kept.filter(|kept| kept.len() == self.header.len()) {
            self.columns = columns;
            self.remembered = true;
            self.unit_said = true;
        }
        for (wanted, column) in &options.columns {
            let at = self.find(wanted)?;
            // What was taken for this before is it no more: a meaning stands once.
            for slot in &mut self.columns {
                if *slot == Some(*column) {
                    *slot = None;
                }
            }
            if let Some(slot) = self.columns.get_mut(at) {
                *slot = Some(*column);
            }
            if matches!(column, Column::AmountEuros | Column::AmountCents) {
                self.unit_said = true;
                let other = if *column == Column::AmountEuros {
                    Column::AmountCents
                } else {
                    Column::AmountEuros
                };
                for slot in &mut self.columns {
                    if *slot == Some(other) {
                        *slot = None;
                    }
                }
            }
        }
        if !options.columns.is_empty() {
            self.layout.columns = Some(self.columns.clone());
        }
        Ok(())
    }

    /// The column of this name or number.
    fn find(&self, wanted: &str) -> Result<usize, Error> {
        let name = ids::name(wanted);
        let by_name = self
            .header
            .iter()
            .position(|field| ids::name(field) == name);
        let number = || {
            let number: usize = wanted.trim().parse().ok()?;
            number.checked_sub(1).filter(|at| *at < self.header.len())
        };
        by_name.or_else(number).ok_or_else(|| {
            bad(&self.name, format!("there is no column '{wanted}'")).why(Why::ImportNoSuchColumn {
                file: self.name.clone(),
                column: wanted.to_owned(),
            })
        })
    }

    /// Whether the columns were said by a person, now or before.
    pub(super) const fn is_said(&self) -> bool {
        self.layout.columns.is_some() || self.remembered
    }

    /// Whether amounts are whole numbers only, and nobody has said in what they count.
    pub(super) fn is_unit_unknown(&self) -> bool {
        if self.unit_said || self.kind == FileKind::ReportCsv {
            return false;
        }
        let at = self
            .columns
            .iter()
            .position(|column| *column == Some(Column::AmountEuros));
        let Some(at) = at.filter(|at| {
            !self
                .header
                .get(*at)
                .is_some_and(|field| columns::says_euros(field))
        }) else {
            return false;
        };
        let mut found = false;
        for (_, row) in self.content.rows(self.delimiter).skip(1) {
            let Ok(row) = row else { continue };
            match row
                .get(at)
                .map_or(Written::NoAmount, |text| amounts::written(text))
            {
                Written::Whole => found = true,
                Written::Euros => return false,
                // A line of sums, or a mistake: it says nothing of the others.
                Written::NoAmount => {}
            }
        }
        found
    }

    pub(super) fn table(&self, unit_unknown: bool, missing: Vec<Column>) -> TableInfo {
        let cut = |cell: &String| cell.trim().chars().take(SAMPLE_CELL).collect();
        let sample = self
            .content
            .rows(self.delimiter)
            .skip(1)
            .filter_map(|(_, row)| row.ok())
            .take(SAMPLE_ROWS)
            .map(|row| row.iter().take(self.header.len()).map(cut).collect())
            .collect();
        TableInfo {
            headers: self.header.iter().map(cut).collect(),
            sample,
            columns: self.columns.clone(),
            remembered: self.remembered,
            missing,
            euros: (!unit_unknown).then(|| !self.columns.contains(&Some(Column::AmountCents))),
            fingerprint: columns::fingerprint(&self.header),
        }
    }
}
