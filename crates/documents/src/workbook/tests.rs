#![allow(clippy::unwrap_used)]

use super::{ErrorRow, ErrorSheet, TableSheet, TableValue, WorkbookError, error_workbook, table_workbook};
use crate::sheet::{Cell, CellDate, Limits, read_workbook};

fn text(value: &str) -> Cell {
    Cell::Text(value.to_owned())
}

fn sheet(name: &str, cells: Vec<Cell>) -> ErrorSheet {
    ErrorSheet {
        name: name.to_owned(),
        header: vec!["姓名".to_owned(), "证件号码".to_owned(), "出生日期".to_owned(), "积分".to_owned()],
        rows: vec![ErrorRow { cells, row_number: 7, reason: "证件号码缺少一位，请核对".to_owned() }],
    }
}

#[test]
fn what_was_read_is_written_and_read_again_unchanged() {
    let cells = vec![
        text("=HYPERLINK(\"http://x\")"),
        text("33021120000101001X"),
        Cell::Date(CellDate { year: 2000, month: 2, day: 29, second_of_day: 0 }),
        Cell::Number(12.5),
    ];
    let bytes = error_workbook(&[sheet("名册", cells.clone())]).unwrap();
    let book = read_workbook("a.xlsx", &bytes, &Limits::default()).unwrap();
    let rows = &book.sheets[0].rows;
    assert_eq!(book.sheets[0].name, "名册");
    let head: Vec<String> = rows[0].cells.iter().map(Cell::to_string).collect();
    assert_eq!(head, ["姓名", "证件号码", "出生日期", "积分", "原行号", "原因"]);
    assert_eq!(rows[1].cells[0], text("'=HYPERLINK(\"http://x\")"), "the importer drops the apostrophe");
    assert_eq!(rows[1].cells[1..4], cells[1..]);
    assert_eq!(rows[1].cells[4], Cell::Number(7.0));
    assert_eq!(rows[1].cells[5], text("证件号码缺少一位，请核对"));
    assert_eq!(bytes, error_workbook(&[sheet("名册", cells)]).unwrap(), "the same input, the same bytes");
}

#[test]
fn text_is_never_a_formula() {
    let cells = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"].map(text).to_vec();
    let bytes = error_workbook(&[sheet("a", cells)]).unwrap();
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let part = archive.by_name("xl/worksheets/sheet1.xml").unwrap();
    let xml = std::io::read_to_string(part).unwrap();
    assert!(xml.contains("<c r=\"A2\"") && !xml.contains("<f>"), "{xml}");
    assert!(xml.contains("<pane "), "the head row stays in sight");
    drop(xml);
    let core = std::io::read_to_string(archive.by_name("docProps/core.xml").unwrap()).unwrap();
    assert!(core.contains("2000-01-01T00:00:00Z"), "no clock is asked: {core}");
}

#[test]
fn every_text_that_begins_a_formula_gets_an_apostrophe_in_every_place() {
    let begins = ["=1+1", "+86138", "-5", "@SUM(A1)", "\t=1", "\r=1"];
    let values = |with: &[&str]| with.iter().map(|text| TableValue::from(*text)).collect::<Vec<_>>();
    let sheet = TableSheet {
        name: "=名".to_owned(),
        notes: vec!["=1".to_owned()],
        header: begins.iter().map(|text| (*text).to_owned()).collect(),
        rows: vec![values(&begins), vec![TableValue::Whole(-5), "分=1".into()]],
    };
    let bytes = table_workbook(std::slice::from_ref(&sheet)).unwrap();
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes.clone())).unwrap();
    let shared = std::io::read_to_string(archive.by_name("xl/sharedStrings.xml").unwrap()).unwrap();
    let texts: Vec<&str> =
        shared.split("<t").skip(1).filter_map(|part| part.split_once('>')).map(|(_, rest)| rest).collect();
    assert!(texts.len() > 7, "{shared}");
    assert!(texts.iter().all(|text| !text.starts_with(['=', '+', '-', '@', '\t', '\r'])), "{texts:?}");
    let book = read_workbook("a.xlsx", &bytes, &Limits::default()).unwrap();
    assert_eq!(book.sheets[0].rows[3].cells[..2], [Cell::Number(-5.0), text("分=1")], "a number is a number");
    assert_eq!(bytes, table_workbook(&[sheet]).unwrap(), "the same input, the same bytes");
}

#[test]
fn a_number_that_was_rounded_is_written_as_its_digits() {
    let bytes = error_workbook(&[sheet("a", vec![Cell::Number(330_211_200_001_010_016.0)])]).unwrap();
    let book = read_workbook("a.xlsx", &bytes, &Limits::default()).unwrap();
    assert_eq!(book.sheets[0].rows[1].cells[0], text("330211200001010000"));
}

#[test]
fn names_that_excel_refuses_are_mended() {
    let names = ["a/b:[1]", "A/B:[1]", "", "''", &"长".repeat(40), &"长".repeat(41)];
    let sheets: Vec<ErrorSheet> = names.iter().map(|name| sheet(name, vec![text("x")])).collect();
    let book = read_workbook("a.xlsx", &error_workbook(&sheets).unwrap(), &Limits::default()).unwrap();
    let names: Vec<&str> = book.sheets.iter().map(|sheet| sheet.name.as_str()).collect();
    let (long, longer) = ("长".repeat(31), format!("{}(2)", "长".repeat(28)));
    assert_eq!(names, ["ab1", "AB1(2)", "需修改", "需修改(2)", &long, &longer]);
}

#[test]
fn nothing_to_mend_is_no_workbook() {
    assert_eq!(error_workbook(&[]), Err(WorkbookError::Empty));
    assert_eq!(error_workbook(&[ErrorSheet::default()]), Err(WorkbookError::Empty));
}
