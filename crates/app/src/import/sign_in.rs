//! A sign-in list that came as a workbook: who stands on it, a line each, for a person to compare with the roster.

use std::ops::ControlFlow;

use zhenxin_documents::sheet::{Cell, Limits, WorkbookReader};
use zhenxin_domain::text;

use super::{
    header::{Column, Form, HEADER_SEARCH_ROWS, Header},
    roster,
};
use crate::contract::Fault;

/// A list of two thousand names has some 200 KB; photographs pasted beside them make it larger.
const FILE_BYTES_MAX: u64 = 8 << 20;
/// Last places of an ID number by which the roster tells namesakes apart.
const ID_LAST: usize = 4;

/// The people on the first sheet, at most `people`; a heading above them, totals and blank rows are left out.
///
/// # Errors
/// When the file is no table, or longer than its limit.
pub fn sign_in_lines(file_name: &str, bytes: &[u8], people: usize) -> Result<Vec<String>, Fault> {
    let limits = Limits { file_bytes: FILE_BYTES_MAX, rows: people + HEADER_SEARCH_ROWS, ..Limits::default() };
    let mut reader = WorkbookReader::open(file_name, bytes, &limits)?;
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    let mut header = None;
    reader.for_each_row(0, |number, cells| {
        if header.is_none() && rows.len() < HEADER_SEARCH_ROWS {
            header = Header::read(Form::SignIn, number, cells);
            if header.is_some() {
                // what stood above it was the title
                rows.clear();
                return ControlFlow::Continue(());
            }
        }
        rows.push(cells.to_vec());
        ControlFlow::Continue(())
    })?;
    let lines: Vec<String> = (rows.iter())
        .filter(|cells| !roster::is_no_person(header.as_ref(), cells))
        .map(|cells| header.as_ref().map_or_else(|| joined(cells), |header| named(header, cells)))
        .filter(|line| !line.is_empty())
        .collect();
    match lines.len() {
        0 => Err(Fault::field("content", "表里没有读到姓名，请确认名单在第一张工作表上。")),
        count if count > people => {
            Err(Fault::field("content", format!("名单有 {count} 行，一场活动最多 {people} 人，请分场登记。")))
        }
        _ => Ok(lines),
    }
}

/// What tells a person from namesakes: village, name, household number, the last places of the ID number.
fn named(header: &Header, cells: &[Cell]) -> String {
    let cell = |column| text::normalise(&header.cell(column, cells).to_string());
    let name = text::squeeze_name(&header.cell(Column::Name, cells).to_string());
    if header.cell(Column::Name, cells).is_blank() {
        return String::new();
    }
    let id_number = cell(Column::IdNumber);
    let last = id_number.char_indices().rev().nth(ID_LAST - 1).map_or("", |(at, _)| &id_number[at..]);
    let words = [cell(Column::Village), name, cell(Column::HouseholdNumber), last.to_owned()];
    words.iter().filter(|word| !word.is_empty()).map(String::as_str).collect::<Vec<_>>().join(" ")
}

/// All cells of a list without a heading; a running number in front is no part of a person.
fn joined(cells: &[Cell]) -> String {
    let mut words: Vec<String> =
        cells.iter().map(|cell| text::normalise(&cell.to_string())).filter(|word| !word.is_empty()).collect();
    let numbered = words.first().is_some_and(|word| word.len() <= ID_LAST && word.bytes().all(|b| b.is_ascii_digit()));
    if numbered {
        words.remove(0);
    }
    words.join(" ")
}

#[cfg(test)]
mod tests;
