//! Writing workbooks: tables that leave the program, and the rows of an import that could not be taken, with the reason
//! beside each.
//!
//! Every text goes through `harmless`: whoever opens the file, or saves it as text and opens that, computes nothing.

mod error_book;
mod table_book;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

pub use error_book::{WorkbookError, error_workbook};
pub use table_book::{TableSheet, TableValue, table_workbook};

use crate::sheet::Cell;

/// What spreadsheets take for the beginning of a formula (OWASP, CSV injection).
const FORMULA_BEGINS: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// The text with an apostrophe before it, where a spreadsheet could take it for a formula. The importer drops the
/// apostrophe again.
pub(crate) fn harmless(text: &str) -> Cow<'_, str> {
    if text.starts_with(FORMULA_BEGINS) { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

/// The rejected rows of one sheet.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ErrorSheet {
    /// The sheet's name, as in the file that was imported.
    pub name: String,
    /// The head row as it was, so that the mended file can be imported as it is.
    pub header: Vec<String>,
    /// The rejected rows.
    pub rows: Vec<ErrorRow>,
}

/// One rejected row.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ErrorRow {
    /// The cells as they were read, from column A on.
    pub cells: Vec<Cell>,
    /// The number of the row in the file that was imported, as Excel shows it.
    pub row_number: u32,
    /// Why it was not taken and what to mend; several reasons in one text.
    pub reason: String,
}
