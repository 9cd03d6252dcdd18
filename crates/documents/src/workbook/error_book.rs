use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError,
};
use thiserror::Error;

use super::{ErrorRow, ErrorSheet, harmless};
use crate::sheet::{Cell, CellDate, Limits};

/// Why a workbook could not be written.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum WorkbookError {
    /// Nothing to write.
    #[error("没有需要修改的行，不用导出")]
    Empty,
    /// More than fits on a sheet or into a workbook.
    #[error("有问题的行超过 {limit} 行，一份表格放不下。请先核对所选的文件和表头，再分批导入")]
    TooLarge {
        /// The largest number of rows.
        limit: usize,
    },
    /// A table that is longer than a sheet.
    #[error("超过 {limit} 行，一份表格放不下。请缩小日期或条件的范围，再导出")]
    TooManyRows {
        /// The largest number of rows.
        limit: usize,
    },
    /// The writer failed: a fault of the program, not of the data.
    #[error("表格没有生成，请重试；仍不行，请把这句话告诉技术支持：{detail}")]
    Write {
        /// What the writer said; holds nothing from the cells.
        detail: String,
    },
}

/// Stands in the file's properties as the day it was made, so that the same rows give the same bytes.
const CREATED: (u16, u8, u8) = (2000, 1, 1);
const NUMBER_HEAD: &str = "原行号";
const REASON_HEAD: &str = "原因";
/// Excel's own limit for a cell.
const CELL_CHARS_MAX: usize = Limits::CELL_CHARS;
/// Excel's own limit for the name of a sheet.
const NAME_CHARS_MAX: usize = 31;
pub(super) const WIDTH_MIN: f64 = 8.0;
pub(super) const WIDTH_MAX: f64 = 40.0;
const REASON_WIDTH: f64 = 60.0;
/// Rows that are measured for the width of a column.
pub(super) const WIDTH_SAMPLE_ROWS: usize = 200;

/// Writes the rejected rows as .xlsx: the columns as they were, then 原行号 and 原因. The head row is kept in the
/// first row, so that the mended file can be imported as it is; the two added columns are known to the importer.
///
/// Text stays text (an ID number keeps its digits, `=1+1` gets an apostrophe and is not computed), a number stays a number, a date a date.
///
/// # Errors
/// [`WorkbookError::Empty`] without rows, [`WorkbookError::TooLarge`] beyond [`Limits::ROWS`] on one sheet.
pub fn error_workbook(sheets: &[ErrorSheet]) -> Result<Vec<u8>, WorkbookError> {
    if sheets.iter().all(|sheet| sheet.rows.is_empty()) {
        return Err(WorkbookError::Empty);
    }
    let mut book = new_book().map_err(|error| write_error(&error))?;
    let mut names: Vec<String> = Vec::new();
    for sheet in sheets.iter().filter(|sheet| !sheet.rows.is_empty()) {
        if sheet.rows.len() > Limits::ROWS {
            return Err(WorkbookError::TooLarge { limit: Limits::ROWS });
        }
        let name = sheet_name(&sheet.name, &names);
        let target = book.add_worksheet();
        target.set_name(&name).map_err(|error| write_error(&error))?;
        names.push(name);
        fill(target, sheet).map_err(|error| write_error(&error))?;
    }
    book.save_to_buffer().map_err(|error| write_error(&error))
}

/// A workbook that says nothing about when it was made: the writer would ask the clock.
pub(super) fn new_book() -> Result<Workbook, XlsxError> {
    let mut book = Workbook::new();
    let fixed = ExcelDateTime::from_ymd(CREATED.0, CREATED.1, CREATED.2)?;
    book.set_properties(&DocProperties::new().set_creation_datetime(&fixed));
    Ok(book)
}

struct Formats {
    head: Format,
    text: Format,
    reason: Format,
    date: Format,
    date_time: Format,
}

fn formats() -> Formats {
    let plain = || Format::new().set_align(FormatAlign::Top);
    Formats {
        head: Format::new()
            .set_bold()
            .set_align(FormatAlign::VerticalCenter)
            .set_text_wrap()
            .set_border_bottom(FormatBorder::Thin)
            .set_num_format("@"),
        text: plain().set_num_format("@"),
        reason: plain().set_num_format("@").set_text_wrap(),
        date: plain().set_num_format("yyyy-mm-dd"),
        date_time: plain().set_num_format("yyyy-mm-dd hh:mm:ss"),
    }
}

fn fill(target: &mut Worksheet, sheet: &ErrorSheet) -> Result<(), XlsxError> {
    let formats = formats();
    let widest = sheet.rows.iter().map(|row| row.cells.len()).max().unwrap_or(0).max(sheet.header.len());
    let columns = u16::try_from(widest).unwrap_or(u16::MAX).min(Limits::COLUMNS as u16);
    let (number_column, reason_column) = (columns, columns + 1);
    for column in 0..columns {
        // an emptied cell, too, is to take what is typed as text: ID numbers, telephones, codes
        target.set_column_format(column, &formats.text)?;
        target.set_column_width(column, width(sheet, usize::from(column)))?;
    }
    target.set_column_width(number_column, WIDTH_MIN)?;
    target.set_column_width(reason_column, REASON_WIDTH)?;
    target.set_freeze_panes(1, 0)?;

    for (column, title) in (0..columns).zip(&sheet.header) {
        target.write_string_with_format(0, column, clip(&harmless(title)), &formats.head)?;
    }
    target.write_string_with_format(0, number_column, NUMBER_HEAD, &formats.head)?;
    target.write_string_with_format(0, reason_column, REASON_HEAD, &formats.head)?;
    for (line, row) in (1..).zip(&sheet.rows) {
        write_row(target, line, row, columns, &formats)?;
    }
    Ok(())
}

fn write_row(
    target: &mut Worksheet,
    line: u32,
    row: &ErrorRow,
    columns: u16,
    formats: &Formats,
) -> Result<(), XlsxError> {
    for (column, cell) in (0..columns).zip(&row.cells) {
        match cell {
            Cell::Empty => continue,
            // as digits, when Excel could not keep them as a number any more
            Cell::Number(number) if !cell.is_rounded() && number.is_finite() => {
                target.write_number(line, column, *number)?
            }
            Cell::Bool(value) => target.write_boolean(line, column, *value)?,
            Cell::Date(date) => {
                let format = if date.second_of_day == 0 { &formats.date } else { &formats.date_time };
                target.write_number_with_format(line, column, serial(*date), format)?
            }
            Cell::Number(_) | Cell::Text(_) | Cell::Error(_) => {
                let text = cell.to_string();
                target.write_string_with_format(line, column, clip(&harmless(&text)), &formats.text)?
            }
        };
    }
    target.write_number(line, columns, f64::from(row.row_number))?;
    target.write_string_with_format(line, columns + 1, clip(&harmless(&row.reason)), &formats.reason)?;
    Ok(())
}

/// Days since 1899-12-30, as Excel counts from 1900-03-01 on (days from the civil date by H. Hinnant's method).
fn serial(date: CellDate) -> f64 {
    const EXCEL_OFFSET: i64 = 25_569;
    let (month, day) = (i64::from(date.month), i64::from(date.day));
    let year = i64::from(date.year) - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    let days = era * 146_097 + day_of_era - 719_468 + EXCEL_OFFSET;
    days as f64 + f64::from(date.second_of_day) / 86_400.0
}

pub(super) fn clip(text: &str) -> &str {
    text.char_indices().nth(CELL_CHARS_MAX).map_or(text, |(at, _)| &text[..at])
}

/// Width in Excel's unit, about one Latin letter; a Chinese character takes two.
pub(super) fn letters(text: &str) -> f64 {
    text.chars().take(60).map(|c| if c.is_ascii() { 1.1 } else { 2.1 }).sum()
}

fn width(sheet: &ErrorSheet, column: usize) -> f64 {
    let head = sheet.header.get(column).map_or(0.0, |title| letters(title));
    sheet
        .rows
        .iter()
        .take(WIDTH_SAMPLE_ROWS)
        .filter_map(|row| row.cells.get(column))
        .map(|cell| letters(&cell.to_string()))
        .fold(head, f64::max)
        .mul_add(1.0, 1.5)
        .clamp(WIDTH_MIN, WIDTH_MAX)
}

/// A name Excel takes: no signs of its own syntax, short enough, and not there already.
pub(super) fn sheet_name(wanted: &str, taken: &[String]) -> String {
    let cleaned: String =
        wanted.chars().filter(|c| !"[]:*?/\\".contains(*c) && !c.is_control()).take(NAME_CHARS_MAX).collect();
    let cleaned = cleaned.trim_matches('\'').trim();
    let base = if cleaned.is_empty() { "需修改" } else { cleaned };
    let is_taken = |name: &str| taken.iter().any(|other| other.to_lowercase() == name.to_lowercase());
    let mut name = base.to_owned();
    let mut number = 2;
    while is_taken(&name) {
        let mark = format!("({number})");
        let kept: String = base.chars().take(NAME_CHARS_MAX - mark.chars().count()).collect();
        name = kept + &mark;
        number += 1;
    }
    name
}

/// The kind of fault only: some of the writer's words quote what was to be written.
pub(super) fn write_error(error: &XlsxError) -> WorkbookError {
    let detail = match error {
        XlsxError::RowColumnLimitError => "row or column limit",
        XlsxError::MaxStringLengthExceeded => "text too long",
        XlsxError::IoError(_) | XlsxError::ZipError(_) => "archive",
        _ => "xlsx",
    };
    WorkbookError::Write { detail: detail.to_owned() }
}
