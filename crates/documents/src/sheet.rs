//! Reading tables that people send: .xlsx, .xls and .csv, told apart by their content.
//!
//! Row numbers are those Excel shows at the left edge, so that a fault can be found again by eye. Blank rows are
//! left out, their numbers are not reused. Two ways in: [`read_workbook`] keeps everything, [`WorkbookReader`]
//! hands out row after row, which for a large .xlsx needs no memory for the table itself.

mod cell;
mod csv_text;
mod error;
mod kind;
mod legacy;
mod reader;
mod scan;
#[cfg(test)]
mod tests;
mod unpack;

pub use cell::{Cell, CellDate};
pub use error::SheetError;
pub use kind::FileKind;
pub use reader::WorkbookReader;

/// A whole file, read.
#[derive(Debug, Clone, PartialEq)]
pub struct Workbook {
    /// What the file really is, whatever its name says.
    pub kind: FileKind,
    /// Its sheets in the order of the tabs; a .csv has exactly one.
    pub sheets: Vec<Sheet>,
}

/// One sheet and its rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Sheet {
    /// The name on the tab; empty for .csv.
    pub name: String,
    /// Whether the sender has hidden the sheet. A hidden sheet is read, the importer asks before using it.
    pub hidden: bool,
    /// The rows that hold anything, in order.
    pub rows: Vec<Row>,
}

/// One row that holds at least one cell that is not empty.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The number Excel shows, from 1.
    pub number: u32,
    /// Cells from column A on, without empty ones at the end.
    pub cells: Vec<Cell>,
}

/// What a sheet is, before its rows are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SheetInfo {
    /// The name on the tab; empty for .csv.
    pub name: String,
    /// Whether the sender has hidden the sheet.
    pub hidden: bool,
}

/// What one file may cost. `Limits::default()` is what the program uses; tests take smaller ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Size of the file, in bytes.
    pub file_bytes: u64,
    /// Size of all parts of an .xlsx after unpacking, in bytes.
    pub unpacked_bytes: u64,
    /// Rows that hold anything, on one sheet.
    pub rows: usize,
    /// Columns that hold anything, on one sheet.
    pub columns: usize,
    /// Sheets of one file.
    pub sheets: usize,
    /// Characters of one cell.
    pub cell_chars: usize,
}

impl Limits {
    /// 64 MB: a town's ledger of 100,000 rows is 5 MB; beyond this somebody has sent the wrong file.
    pub const FILE_BYTES: u64 = 64 << 20;
    /// 1 GB: sheet XML packs about 1 : 10, so that an honest file of the largest size fits.
    pub const UNPACKED_BYTES: u64 = 1 << 30;
    /// 300,000: three times the largest town's residents.
    pub const ROWS: usize = 300_000;
    /// 200: the widest official form has some sixty columns.
    pub const COLUMNS: usize = 200;
    /// 100: one for each village of the largest town, with room to spare.
    pub const SHEETS: usize = 100;
    /// 32,767: Excel's own limit for a cell.
    pub const CELL_CHARS: usize = 32_767;
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            file_bytes: Self::FILE_BYTES,
            unpacked_bytes: Self::UNPACKED_BYTES,
            rows: Self::ROWS,
            columns: Self::COLUMNS,
            sheets: Self::SHEETS,
            cell_chars: Self::CELL_CHARS,
        }
    }
}

/// Reads every sheet of a file.
///
/// `file_name` only words the error better (say for .et); what the file is, its content says.
///
/// # Errors
/// See [`SheetError`]: not a table, protected, damaged, or beyond a limit. Nothing is returned in part.
pub fn read_workbook(file_name: &str, bytes: &[u8], limits: &Limits) -> Result<Workbook, SheetError> {
    let mut reader = WorkbookReader::open(file_name, bytes, limits)?;
    let infos = reader.sheets().to_vec();
    let mut sheets = Vec::with_capacity(infos.len());
    for (index, info) in infos.into_iter().enumerate() {
        let mut rows = Vec::new();
        reader.for_each_row(index, |number, cells| {
            rows.push(Row { number, cells: cells.to_vec() });
            std::ops::ControlFlow::Continue(())
        })?;
        sheets.push(Sheet { name: info.name, hidden: info.hidden, rows });
    }
    Ok(Workbook { kind: reader.kind(), sheets })
}
