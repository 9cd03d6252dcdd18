//! A table as .xlsx. Text stays text: what a spreadsheet program would take for a formula gets an apostrophe, because
//! a file that is saved as CSV afterwards forgets which cells were text.

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, FormatBorder, Workbook, Worksheet, XlsxError};

use super::{Cell, Table};
use crate::console::words;

/// Media type of the file.
pub(crate) const MEDIA_TYPE: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// Excel's own limit for a cell.
const CELL_CHARS_MAX: usize = 32_767;
/// Excel's own limit for the name of a sheet.
const NAME_CHARS_MAX: usize = 31;
const WIDTH_MIN: f64 = 8.0;
const WIDTH_MAX: f64 = 48.0;
/// Days from Excel's day 0 to 1970-01-01.
const EPOCH_DAYS: f64 = 25_569.0;
const DAY_MS: f64 = 86_400_000.0;
/// China has one time zone; a cell shows the office's time.
const OFFICE_OFFSET_MS: f64 = 8.0 * 3_600_000.0;

struct Formats {
    head: Format,
    text: Format,
    number: Format,
    moment: Format,
    foot: Format,
}

/// The file's bytes. `source` stands under the title: the platform's name and when it was made.
///
/// # Errors
/// A fault of the writer.
pub(crate) fn bytes(table: &Table, source: &str) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    // the writer would ask the clock, and the same table gives the same bytes
    book.set_properties(&DocProperties::new().set_creation_datetime(&ExcelDateTime::from_ymd(2000, 1, 1)?));
    let sheet = book.add_worksheet();
    sheet.set_name(sheet_name(&table.title))?;
    fill(sheet, table, source)?;
    book.save_to_buffer()
}

fn fill(sheet: &mut Worksheet, table: &Table, source: &str) -> Result<(), XlsxError> {
    let formats = Formats {
        head: Format::new().set_bold().set_border_bottom(FormatBorder::Thin),
        text: Format::new().set_num_format("@"),
        number: Format::new().set_num_format("#,##0"),
        moment: Format::new().set_num_format("yyyy-mm-dd hh:mm"),
        foot: Format::new().set_bold().set_border_top(FormatBorder::Thin).set_num_format("#,##0"),
    };
    sheet.write_string_with_format(0, 0, plain(&table.title), &Format::new().set_bold())?;
    sheet.write_string(1, 0, plain(source))?;
    let kept: Vec<usize> = (0..table.columns.len()).filter(|at| !table.columns[*at].is_empty()).collect();
    for (column, at) in (0_u16..).zip(&kept) {
        sheet.write_string_with_format(2, column, head(table, *at), &formats.head)?;
        sheet.set_column_width(column, width(table, *at))?;
    }
    sheet.set_freeze_panes(3, 0)?;
    for (line, row) in (3_u32..).zip(&table.rows) {
        for (column, at) in (0_u16..).zip(&kept) {
            write(sheet, line, column, row.get(*at), &formats)?;
        }
    }
    if let Some(totals) = &table.totals {
        let line = u32::try_from(table.rows.len()).unwrap_or(u32::MAX).saturating_add(3);
        for (column, at) in (0_u16..).zip(&kept) {
            match totals.get(*at) {
                Some(Cell::Count(number) | Cell::Minutes(number) | Cell::Bytes(number)) => {
                    sheet.write_number_with_format(line, column, *number as f64, &formats.foot)?;
                }
                other => {
                    let text = other.map(text_of).unwrap_or_default();
                    sheet.write_string_with_format(line, column, plain(&text), &formats.foot)?;
                }
            }
        }
    }
    Ok(())
}

fn write(
    sheet: &mut Worksheet,
    line: u32,
    column: u16,
    cell: Option<&Cell>,
    formats: &Formats,
) -> Result<(), XlsxError> {
    match cell {
        None | Some(Cell::Empty | Cell::Act(_)) => {}
        Some(Cell::Count(number) | Cell::Minutes(number) | Cell::Bytes(number)) => {
            sheet.write_number_with_format(line, column, *number as f64, &formats.number)?;
        }
        Some(Cell::Moment(at_ms)) => {
            let serial = (*at_ms as f64 + OFFICE_OFFSET_MS) / DAY_MS + EPOCH_DAYS;
            sheet.write_number_with_format(line, column, serial, &formats.moment)?;
        }
        Some(other) => {
            sheet.write_string_with_format(line, column, plain(&text_of(other)), &formats.text)?;
        }
    }
    Ok(())
}

fn text_of(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) | Cell::Code(text) | Cell::Link { text, .. } | Cell::Mark(_, text) => text.clone(),
        Cell::Count(number) => words::grouped(*number),
        Cell::Minutes(minutes) => words::minutes(*minutes),
        Cell::Bytes(bytes) => words::bytes(*bytes),
        Cell::Moment(at_ms) => words::moment(*at_ms),
        Cell::Act(_) | Cell::Empty => String::new(),
    }
}

/// The head, with the unit of a column whose numbers are stored in it.
fn head(table: &Table, column: usize) -> String {
    let title = table.columns[column];
    let unit = table.rows.iter().find_map(|row| match row.get(column) {
        Some(Cell::Minutes(_)) => Some("（分钟）"),
        Some(Cell::Bytes(_)) => Some("（字节）"),
        _ => None,
    });
    format!("{title}{}", unit.unwrap_or_default())
}

fn width(table: &Table, column: usize) -> f64 {
    let cells = table.rows.iter().take(200).filter_map(|row| row.get(column)).map(text_of);
    let widest = cells.map(|text| units(&text)).fold(units(&head(table, column)), f64::max);
    (widest + 2.0).clamp(WIDTH_MIN, WIDTH_MAX)
}

/// Width of a text in widths of a digit.
fn units(text: &str) -> f64 {
    text.chars().map(|c| if c.is_ascii() { 1.0 } else { 2.0 }).sum()
}

/// The text as no program computes it.
fn plain(text: &str) -> String {
    let text: String = text.chars().take(CELL_CHARS_MAX - 1).collect();
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text }
}

fn sheet_name(title: &str) -> String {
    let name: String = title.chars().filter(|c| !"[]:*?/\\'".contains(*c)).take(NAME_CHARS_MAX).collect();
    if name.is_empty() { "表格".to_owned() } else { name }
}

#[cfg(test)]
mod tests;
