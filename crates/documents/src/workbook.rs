//! Writing workbooks: so far the rows of an import that could not be taken, with the reason beside each.

mod error_book;
#[cfg(test)]
mod tests;

pub use error_book::{WorkbookError, error_workbook};

use crate::sheet::Cell;

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
