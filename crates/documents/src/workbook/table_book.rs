use rust_xlsxwriter::{Format, FormatAlign, FormatBorder, Worksheet, XlsxError};

use super::error_book::{WIDTH_MAX, WIDTH_MIN, WIDTH_SAMPLE_ROWS, clip, letters, new_book, sheet_name, write_error};
use super::{WorkbookError, harmless};
use crate::sheet::Limits;

/// One table.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TableSheet {
    /// The sheet's name.
    pub name: String,
    /// Lines above the table: what it is, who exported it when.
    pub notes: Vec<String>,
    /// Titles of the columns.
    pub header: Vec<String>,
    /// The rows.
    pub rows: Vec<Vec<TableValue>>,
}

/// One cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TableValue {
    /// Text; stays text.
    Text(String),
    /// A whole number, to be summed up.
    Whole(i64),
}

impl TableValue {
    fn letters(&self) -> f64 {
        match self {
            Self::Text(text) => letters(text),
            Self::Whole(number) => letters(&number.to_string()),
        }
    }
}

impl From<&str> for TableValue {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for TableValue {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for TableValue {
    fn from(number: i64) -> Self {
        Self::Whole(number)
    }
}

/// Writes tables as .xlsx, a sheet each: notes, head row, rows. The same tables give the same bytes.
///
/// # Errors
/// [`WorkbookError::TooLarge`] beyond [`Limits::ROWS`] on one sheet.
pub fn table_workbook(sheets: &[TableSheet]) -> Result<Vec<u8>, WorkbookError> {
    let mut book = new_book().map_err(|error| write_error(&error))?;
    let mut names: Vec<String> = Vec::new();
    for sheet in sheets {
        if sheet.rows.len() > Limits::ROWS {
            return Err(WorkbookError::TooManyRows { limit: Limits::ROWS });
        }
        let name = sheet_name(&sheet.name, &names);
        let target = book.add_worksheet();
        target.set_name(&name).map_err(|error| write_error(&error))?;
        names.push(name);
        fill(target, sheet).map_err(|error| write_error(&error))?;
    }
    book.save_to_buffer().map_err(|error| write_error(&error))
}

fn fill(target: &mut Worksheet, sheet: &TableSheet) -> Result<(), XlsxError> {
    let head = Format::new().set_bold().set_align(FormatAlign::VerticalCenter).set_border_bottom(FormatBorder::Thin);
    let text = Format::new().set_align(FormatAlign::Top).set_num_format("@");
    let columns = u16::try_from(sheet.header.len()).unwrap_or(u16::MAX).min(Limits::COLUMNS as u16);
    for column in 0..columns {
        target.set_column_width(column, width(sheet, usize::from(column)))?;
    }
    let mut line = 0;
    for note in &sheet.notes {
        target.write_string(line, 0, clip(&harmless(note)))?;
        line += 1;
    }
    for (column, title) in (0..columns).zip(&sheet.header) {
        target.write_string_with_format(line, column, clip(&harmless(title)), &head)?;
    }
    line += 1;
    target.set_freeze_panes(line, 0)?;
    for row in &sheet.rows {
        for (column, value) in (0..columns).zip(row) {
            match value {
                TableValue::Text(value) => {
                    target.write_string_with_format(line, column, clip(&harmless(value)), &text)?
                }
                // exact up to 2^53, far beyond what points and minutes come to
                TableValue::Whole(number) => target.write_number(line, column, *number as f64)?,
            };
        }
        line += 1;
    }
    Ok(())
}

fn width(sheet: &TableSheet, column: usize) -> f64 {
    let head = sheet.header.get(column).map_or(0.0, |title| letters(title));
    let rows = sheet.rows.iter().take(WIDTH_SAMPLE_ROWS).filter_map(|row| row.get(column));
    (rows.map(TableValue::letters).fold(head, f64::max) + 1.5).clamp(WIDTH_MIN, WIDTH_MAX)
}
