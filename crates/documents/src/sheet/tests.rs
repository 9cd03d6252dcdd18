#![allow(clippy::unwrap_used)]

use std::io::{Cursor, Write};
use std::ops::ControlFlow;

use rust_xlsxwriter::{ExcelDateTime, Format, Workbook as Book};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::{Cell, CellDate, FileKind, Limits, Row, SheetError, WorkbookReader, csv_text, read_workbook};

fn text(value: &str) -> Cell {
    Cell::Text(value.to_owned())
}

fn rows(name: &str, bytes: &[u8]) -> Vec<Row> {
    read_workbook(name, bytes, &Limits::default()).unwrap().sheets.swap_remove(0).rows
}

fn error(name: &str, bytes: &[u8]) -> SheetError {
    read_workbook(name, bytes, &Limits::default()).unwrap_err()
}

fn xlsx() -> Vec<u8> {
    let mut book = Book::new();
    let date = Format::new().set_num_format("yyyy-mm-dd");
    let sheet = book.add_worksheet().set_name("名册").unwrap();
    sheet.merge_range(1, 1, 1, 4, "张监碶社区名册", &Format::new()).unwrap();
    for (column, title) in (1..).zip(["姓名", "证件号码", "出生日期", "人数"]) {
        sheet.write_string(3, column, title).unwrap();
    }
    sheet.write_string(4, 1, "测试甲").unwrap();
    sheet.write_number(4, 2, 330_211_200_001_010_016.0).unwrap();
    let day = ExcelDateTime::from_ymd(2000, 1, 31).unwrap();
    sheet.write_datetime_with_format(4, 3, &day, &date).unwrap();
    sheet.write_number(4, 4, 3).unwrap();
    sheet.write_blank(5, 1, &date).unwrap();
    sheet.write_boolean(6, 1, true).unwrap();
    sheet.write_number(6, 4, 2.5).unwrap();
    book.add_worksheet().set_name("旧表").unwrap().set_hidden(true).write_string(0, 0, "旧").unwrap();
    book.save_to_buffer().unwrap()
}

fn archive(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn an_xlsx_keeps_the_row_numbers_and_columns_of_the_sheet() {
    let book = read_workbook("a.csv", &xlsx(), &Limits::default()).unwrap();
    assert_eq!(book.kind, FileKind::Xlsx);
    assert_eq!(book.sheets.len(), 2);
    assert!(!book.sheets[0].hidden && book.sheets[1].hidden);
    let rows = &book.sheets[0].rows;
    assert_eq!(rows.iter().map(|row| row.number).collect::<Vec<_>>(), [2, 4, 5, 7]);
    assert_eq!(rows[0].cells, [Cell::Empty, text("张监碶社区名册")]);
    assert_eq!(rows[1].cells[2], text("证件号码"));
    let day = Cell::Date(CellDate { year: 2000, month: 1, day: 31, second_of_day: 0 });
    assert_eq!(rows[2].cells[3], day);
    assert!(rows[2].cells[2].is_rounded() && !rows[2].cells[4].is_rounded());
    assert_eq!(rows[3].cells, [Cell::Empty, Cell::Bool(true), Cell::Empty, Cell::Empty, Cell::Number(2.5)]);
}

#[test]
fn an_xls_reads_as_the_xlsx_does() {
    let bytes = include_bytes!("../../tests/fixtures/merged-title.xls");
    let book = read_workbook("名册.et", bytes, &Limits::default()).unwrap();
    assert_eq!(book.kind, FileKind::Xls);
    assert!(book.sheets[1].hidden);
    let rows = &book.sheets[0].rows;
    assert_eq!(rows.iter().map(|row| row.number).collect::<Vec<_>>(), [2, 4, 5, 7, 8]);
    assert_eq!(rows[0].cells[1], text("张监碶社区居民名册"));
    assert_eq!(rows[2].cells[2], text("330211200001010000"));
    assert_eq!(rows[2].cells[3].to_string(), "2000-01-31");
    assert!(rows[3].cells[2].is_rounded());
    assert_eq!(rows[4].cells[1], Cell::Bool(true));
}

#[test]
fn cells_far_apart_in_an_xls_are_refused_before_they_are_laid_out() {
    let plain = include_bytes!("../../tests/fixtures/far-apart.xls");
    let mini = include_bytes!("../../tests/fixtures/far-apart-mini.xls");
    assert_eq!(error("a.xls", plain), SheetError::TooSpread { sheet: 1 });
    assert_eq!(error("a.xls", mini), SheetError::TooSpread { sheet: 1 });
}

#[test]
fn an_xls_that_claims_to_be_boundless_is_refused_before_room_is_made() {
    let mut bytes = include_bytes!("../../tests/fixtures/merged-title.xls").to_vec();
    // DIMENSIONS, 14 bytes: first row, end row, …
    let at = bytes.windows(4).position(|window| window == [0x00, 0x02, 14, 0]).unwrap() + 4;
    bytes[at + 4..at + 8].copy_from_slice(&u32::MAX.to_le_bytes());
    assert_eq!(error("a.xls", &bytes), SheetError::TooSpread { sheet: 1 });
    // all that a sheet can have: 670 MB of room
    bytes[at..at + 12].copy_from_slice(&[0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]);
    assert_eq!(error("a.xls", &bytes), SheetError::TooSpread { sheet: 1 });
}

#[test]
fn an_xls_cut_off_anywhere_is_refused_or_read_but_never_ends_the_program() {
    let bytes = include_bytes!("../../tests/fixtures/merged-title.xls");
    let mut refused = 0;
    for length in (0..bytes.len()).step_by(97) {
        refused += usize::from(read_workbook("a.xls", &bytes[..length], &Limits::default()).is_err());
    }
    assert!(refused > 20, "{refused}");
}

#[test]
fn an_xls_whose_sectors_run_in_a_circle_is_damaged() {
    let sound = include_bytes!("../../tests/fixtures/merged-title.xls");
    let number = |at: usize| u32::from_le_bytes(sound[at..at + 4].try_into().unwrap()) as usize;
    let fat = 512 + number(76) * 512;
    let directory = 512 + number(48) * 512;
    // the directory itself, and each stream that it names
    let starts = [number(48)].into_iter().chain((0..4).map(|entry| number(directory + entry * 128 + 116)));
    for start in starts.filter(|start| fat + start * 4 + 4 <= sound.len()) {
        let mut circle = sound.to_vec();
        circle[fat + start * 4..][..4].copy_from_slice(&u32::try_from(start).unwrap().to_le_bytes());
        assert!(matches!(error("a.xls", &circle), SheetError::Damaged { .. }), "sector {start}");
    }
}

#[test]
fn an_xlsx_cut_off_is_damaged() {
    let bytes = xlsx();
    for length in [10, bytes.len() / 2, bytes.len() - 1] {
        assert!(matches!(error("a.xlsx", &bytes[..length]), SheetError::Damaged { .. }), "{length}");
    }
}

#[test]
fn a_row_can_be_the_last_that_is_read() {
    let bytes = xlsx();
    let mut reader = WorkbookReader::open("a.xlsx", &bytes, &Limits::default()).unwrap();
    let mut seen = Vec::new();
    reader
        .for_each_row(0, |number, _| {
            seen.push(number);
            if seen.len() == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
        .unwrap();
    assert_eq!(seen, [2, 4]);
    let missing = reader.for_each_row(2, |_, _| ControlFlow::Continue(()));
    assert_eq!(missing, Err(SheetError::NoSuchSheet { sheet: 3 }));
}

#[test]
fn csv_is_read_in_every_encoding_an_office_uses() {
    let table = "姓名,住址\n测试㛃,张监碶社区\n";
    let expected = [text("测试㛃"), text("张监碶社区")];
    let (gb18030, _, unmappable) = encoding_rs::GB18030.encode(table);
    assert!(!unmappable);
    let utf16 = |mark: &[u8], to_bytes: fn(u16) -> [u8; 2]| {
        mark.iter().copied().chain(table.encode_utf16().flat_map(to_bytes)).collect::<Vec<u8>>()
    };
    for bytes in [
        table.as_bytes().to_vec(),
        [b"\xEF\xBB\xBF", table.as_bytes()].concat(),
        gb18030.into_owned(),
        utf16(b"\xFF\xFE", u16::to_le_bytes),
        utf16(b"\xFE\xFF", u16::to_be_bytes),
    ] {
        let rows = rows("a.csv", &bytes);
        assert_eq!(rows[0].cells[0], text("姓名"));
        assert_eq!(rows[1].cells, expected);
    }
}

#[test]
fn the_delimiter_is_found_out() {
    for (delimiter, table) in [
        (b',', "a,b;c\n1,2;3\n4,5\n"),
        (b';', "姓名;积分\n甲;1,5\n乙;2,5\n"),
        (b'\t', "居民名册\n姓名\t证件\t户号\n甲\t1\t2\n乙,丙\t3\t4\n"),
        (b',', "\"一;二;三\",甲\n\"四;五;六\",乙\n\"七;八;九\",丙\n"),
        (b',', "只有一列\n甲\n"),
    ] {
        assert_eq!(csv_text::delimiter(table), delimiter, "{table}");
    }
}

#[test]
fn csv_rows_are_numbered_as_excel_numbers_them() {
    let rows = rows("a.csv", "姓名,备注\r\n\r\n甲,\"一\n二\"\r\n\n\n乙,x\r\n,\r\n丙,=\"0574\"".as_bytes());
    assert_eq!(rows.iter().map(|row| row.number).collect::<Vec<_>>(), [1, 3, 6, 8]);
    assert_eq!(rows[1].cells[1], text("一\n二"));
    assert_eq!(rows[3].cells[1], text("0574"));
    // an old Macintosh
    let rows = super::tests::rows("a.csv", b"a,b\r1,2\r3,4");
    assert_eq!(rows.iter().map(|row| row.number).collect::<Vec<_>>(), [1, 2, 3]);
}

#[test]
fn files_that_are_no_tables_are_named_for_what_they_are() {
    let html = "<html xmlns:x=\"urn:schemas-microsoft-com:office:excel\"><head><meta charset=gb2312></head><table>";
    let (gbk, ..) = encoding_rs::GB18030.encode("\r\n<TABLE><tr><td>张监碶</td></tr></TABLE>");
    for page in [html.as_bytes(), gbk.as_ref(), b"<!-- x --><!DOCTYPE html><p>"] {
        assert_eq!(error("名册.xls", page), SheetError::WebPage);
    }
    let xml = "<?xml version=\"1.0\"?><Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\">";
    assert!(matches!(error("a.xls", xml.as_bytes()), SheetError::OtherSpreadsheet { .. }));
    assert_eq!(error("a.csv", b""), SheetError::EmptyFile);
    assert_eq!(error("a.csv", b"\xEF\xBB\xBF \r\n"), SheetError::EmptyFile);
    assert!(matches!(error("a.xlsx", b"%PDF-1.7 x"), SheetError::NotATable { .. }));
    assert!(matches!(error("a.csv", &[0, 159, 146, 150, 0, 1]), SheetError::NotATable { .. }));
    let document = archive(&[("word/document.xml", b"<x/>")]);
    assert_eq!(error("a.xlsx", &document), SheetError::NotATable { format: "文字文档" });
    let binary = archive(&[("xl/workbook.bin", b"x")]);
    assert!(matches!(error("a.xlsx", &binary), SheetError::OtherSpreadsheet { .. }));
    let open = archive(&[("mimetype", b"x"), ("content.xml", b"<x/>")]);
    assert!(matches!(error("a.xlsx", &open), SheetError::OtherSpreadsheet { .. }));
}

#[test]
fn a_compound_file_is_told_by_its_entries() {
    let entry = |name: &str| {
        let mut bytes = [b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".as_slice(), &[0; 120]].concat();
        let mut entry = [0_u8; 128];
        for (at, unit) in name.encode_utf16().enumerate() {
            entry[at * 2..at * 2 + 2].copy_from_slice(&unit.to_le_bytes());
        }
        entry[64] = u8::try_from(name.len() * 2 + 2).unwrap();
        bytes.extend(entry);
        bytes
    };
    assert_eq!(error("a.xlsx", &entry("EncryptedPackage")), SheetError::PasswordProtected);
    assert_eq!(error("a.xls", &entry("WordDocument")), SheetError::NotATable { format: "文字文档" });
    assert_eq!(error("a.et", &entry("ETData")), SheetError::OtherSpreadsheet { format: "WPS 表格专用格式" });
    assert!(matches!(error("a.xls", &entry("Workbook")), SheetError::Damaged { .. }));
}

#[test]
fn a_bomb_is_refused_by_what_its_directory_says() {
    let zeros = vec![b' '; 9 << 20];
    let bomb = archive(&[("xl/workbook.xml", &zeros)]);
    assert!(bomb.len() < 64 << 10);
    assert_eq!(error("a.xlsx", &bomb), SheetError::UnpacksTooLarge);
    let limits = Limits { unpacked_bytes: 1 << 10, ..Limits::default() };
    let refused = read_workbook("a.xlsx", &xlsx(), &limits).unwrap_err();
    assert_eq!(refused, SheetError::UnpacksTooLarge);
}

#[test]
fn a_part_that_is_larger_than_its_directory_says_is_damaged() {
    let mut bytes = xlsx();
    let size = {
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes.as_slice())).unwrap();
        u32::try_from(archive.by_name("xl/sharedStrings.xml").unwrap().size()).unwrap()
    };
    let places: Vec<usize> =
        bytes.windows(4).enumerate().filter(|(_, window)| *window == size.to_le_bytes()).map(|(at, _)| at).collect();
    assert_eq!(places.len(), 2, "the local head and the directory");
    for place in places {
        bytes[place..place + 4].copy_from_slice(&(size - 100).to_le_bytes());
    }
    assert!(matches!(error("a.xlsx", &bytes), SheetError::Damaged { .. }));
}

#[test]
fn every_limit_holds() {
    let table = "a,b,c\n1,2,3\n4,5,六六六六\n";
    let refuse = |limits: Limits| read_workbook("a.csv", table.as_bytes(), &limits).unwrap_err();
    let limits = Limits::default();
    assert_eq!(refuse(Limits { file_bytes: 10, ..limits }), SheetError::FileTooLarge { limit_mb: 0 });
    assert_eq!(refuse(Limits { rows: 2, ..limits }), SheetError::TooManyRows { sheet: 1, limit: 2 });
    assert_eq!(refuse(Limits { columns: 2, ..limits }), SheetError::TooManyColumns { sheet: 1, row: 1, limit: 2 });
    assert_eq!(
        refuse(Limits { cell_chars: 3, ..limits }),
        SheetError::TextTooLong { sheet: 1, row: 3, column: 3, limit: 3 }
    );
    assert!(read_workbook("a.csv", table.as_bytes(), &Limits { cell_chars: 4, ..limits }).is_ok());
    let refused = read_workbook("a.xlsx", &xlsx(), &Limits { sheets: 1, ..limits }).unwrap_err();
    assert_eq!(refused, SheetError::TooManySheets { limit: 1 });
}

#[test]
fn cells_print_as_a_person_would_type_them() {
    let date = CellDate { year: 2026, month: 11, day: 2, second_of_day: 9 * 3_600 + 12 * 60 };
    for (cell, expected) in [
        (Cell::Number(13_800_000_000.0), "13800000000"),
        (Cell::Number(2.5), "2.5"),
        (Cell::Number(330_211_200_001_010_016.0), "330211200001010000"),
        (Cell::Date(date), "2026-11-02 09:12"),
        (Cell::Bool(true), "TRUE"),
        (Cell::Empty, ""),
    ] {
        assert_eq!(cell.to_string(), expected);
    }
}
