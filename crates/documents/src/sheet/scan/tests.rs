#![allow(clippy::unwrap_used)]

use std::io::{Cursor, Write};

use rust_xlsxwriter::Workbook as Book;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::{PIECE_MAX_BYTES, check};
use crate::sheet::{Limits, SheetError, read_workbook};

const SST: &str = r#"<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">"#;

fn scanned(text: &str) -> Result<(), SheetError> {
    check(text.as_bytes())
}

/// A workbook with another part in the place of one of its own.
fn with_part(name: &str, content: &[u8]) -> Vec<u8> {
    let mut book = Book::new();
    book.add_worksheet().write_string(0, 0, "测试").unwrap();
    let bytes = book.save_to_buffer().unwrap();
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes.as_slice())).unwrap();
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for index in 0..archive.len() {
        let part = archive.by_index_raw(index).unwrap();
        if part.name().unwrap() != name {
            writer.raw_copy_file(part).unwrap();
        }
    }
    writer.start_file(name, SimpleFileOptions::default()).unwrap();
    writer.write_all(content).unwrap();
    writer.finish().unwrap().into_inner()
}

fn refused(name: &str, content: &[u8]) {
    let bytes = with_part(name, content);
    let read = read_workbook("a.xlsx", &bytes, &Limits::default());
    assert_eq!(read, Err(SheetError::UnpacksTooLarge), "{} bytes of {name} in {}", content.len(), bytes.len());
}

/// Words that pack less well than one letter, so that the ratio alone does not give them away.
fn prose(bytes: usize) -> String {
    let mut text = String::with_capacity(bytes + 64);
    let mut number = 1_u32;
    while text.len() < bytes {
        number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        text.push_str(&format!("{number:08x}"));
        text.push_str(&"x".repeat(400));
    }
    text
}

#[test]
fn a_claim_of_texts_that_nobody_filled_is_refused() {
    for claim in ["2000000000", "18446744073709551615", "99999999999999999999999", "0000000000000003000001"] {
        refused("xl/sharedStrings.xml", format!("<sst uniqueCount=\"{claim}\"><si><t>a</t></si></sst>").as_bytes());
    }
    assert_eq!(scanned("<x:sst count='9000000' uniqueCount='3000000'><x:si/></x:sst>"), Ok(()));
    assert!(scanned("<x:sst uniqueCount = '3000001'/>").is_err());
}

#[test]
fn texts_without_end_are_refused() {
    let many: String = prose(8_000).split("xxxx").map(|word| format!("<si><t>{word}</t></si>")).collect();
    let many = many.repeat(3_100_000 / many.matches("<si>").count());
    refused("xl/sharedStrings.xml", format!("{SST}{many}</sst>").as_bytes());
}

#[test]
fn a_cell_as_long_as_a_library_is_refused_however_it_is_written() {
    let sheet = |cell: &str| format!("<worksheet><sheetData><row r=\"1\">{cell}</row></sheetData></worksheet>");
    let long = prose(6 << 20);
    let pieces = long.as_bytes().chunks(1_000).map(|piece| std::str::from_utf8(piece).unwrap());
    let runs: String = pieces.clone().map(|piece| format!("<r><t>{piece}</t></r>")).collect();
    let closed: String = pieces.map(|piece| format!("<t>{piece}</t></c><c>")).collect();
    for cell in [
        format!("<c t=\"inlineStr\"><is><t>{long}</t></is></c>"),
        format!("<c t=\"inlineStr\"><is>{runs}</is></c>"),
        format!("<c t=\"inlineStr\"><is>{closed}</is></c>"),
        format!("<c t=\"str\"><v><![CDATA[{}]]></v></c>", long.replace("xxxx", "<c>x")),
        format!("<c r=\"{long}\"/>"),
        format!("<c r='{}'/>", long.replace("xxxx", "<c>x")),
        format!("<!-- {} -->", long.replace("xxxx", "<c>x")),
        format!("<?x {} ?>", long.replace("xxxx", "<c>x")),
    ] {
        refused("xl/worksheets/sheet1.xml", sheet(&cell).as_bytes());
    }
}

#[test]
fn a_list_of_sheets_or_formats_as_long_as_a_library_is_refused() {
    for name in ["xl/workbook.xml", "xl/styles.xml", "xl/_rels/workbook.xml.rels"] {
        refused(name, format!("<a>{}</a>", prose(17 << 20)).as_bytes());
    }
}

#[test]
fn what_people_really_send_passes() {
    let cell = "文".repeat(32_767);
    let rows: String = (0..200).map(|row| format!("<row r=\"{row}\"><c t=\"str\"><v>{cell}</v></c></row>")).collect();
    assert_eq!(scanned(&format!("<worksheet><sheetData>{rows}</sheetData></worksheet>")), Ok(()));
    let merged: String = (0..100_000).map(|row| format!("<mergeCell ref=\"A{row}:B{row}\"/>")).collect();
    assert!(merged.len() > PIECE_MAX_BYTES);
    assert_eq!(scanned(&format!("<worksheet><mergeCells>{merged}</mergeCells></worksheet>")), Ok(()));
    let noted = "<!-- a --><?b c?><![CDATA[>]]><c r=\"a>b\"><v/><v>1</v></c>".repeat(60_000);
    assert_eq!(scanned(&noted), Ok(()));
    let mut book = Book::new();
    let sheet = book.add_worksheet();
    for row in 0..30_000 {
        for column in 0..8 {
            sheet.write_string(row, column, format!("第 {row} 行第 {column} 列的文字")).unwrap();
        }
    }
    let read = read_workbook("a.xlsx", &book.save_to_buffer().unwrap(), &Limits::default()).unwrap();
    assert_eq!(read.sheets[0].rows.len(), 30_000);
}

#[test]
fn a_line_of_separators_is_refused() {
    let read = |bytes: &[u8]| read_workbook("a.csv", bytes, &Limits::default());
    let limit = Limits::COLUMNS;
    let mut text = b"a,b\n".to_vec();
    text.extend(vec![b','; 8 << 20]);
    assert_eq!(read(&text), Err(SheetError::TooManyColumns { sheet: 1, row: 2, limit }));
    // Excel writes its empty columns to the end
    let mut wide = b"a,b".to_vec();
    wide.extend(vec![b','; 16_382]);
    assert_eq!(read(&wide).unwrap().sheets[0].rows.len(), 1);
}
