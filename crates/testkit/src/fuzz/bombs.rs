//! Small files that would unpack to everything a machine has. They are samples: each run feeds them first.

use std::io::{Cursor, Write};

use anyhow::{Context, Result};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::tables::{Part, packed};

/// What must stand in a workbook for its sheet to be read.
const TYPES: &str =
    r#"<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>"#;
const ROOT: &str = r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
const BOOK: &str = r#"<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>"#;
const LINKS: &str = r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="sharedStrings.xml"/></Relationships>"#;
const SHARED: &str = "<sst><si><t>a</t></si></sst>";
const SHEET: &str = r#"<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c></row></sheetData></worksheet>"#;

/// Workbooks that ask for more than there is. Made piece by piece: who makes them has no more memory than who reads them.
pub fn workbooks() -> Result<Vec<Vec<u8>>> {
    let claims = r#"<sst uniqueCount="2000000000"><si><t>a</t></si></sst>"#;
    let (before, after) = SHEET.split_once(r#" t="s"><v>0</v>"#).context("the sheet has no cell")?;
    let cell = (format!(r#"{before} t="inlineStr"><is><t>"#), format!("</t></is>{after}"));
    let plain = |text: &str| Long { head: text.to_owned(), ..Long::default() };
    let long = |unit, filler, bytes| Long { head: cell.0.clone(), unit, filler, bytes, tail: cell.1.clone() };
    let texts = |unit, filler, bytes| Long { head: "<sst>".to_owned(), unit, filler, bytes, tail: "</sst>".to_owned() };
    Ok(vec![
        // a count that nobody filled
        book(&plain(claims), &plain(SHEET))?,
        // forty million empty texts
        book(&texts("<si/>", "<si><t>x</t></si>", 200 << 20), &plain(SHEET))?,
        // one cell as long as a library
        book(&plain(SHARED), &long("a", "这是一句话。", 300 << 20))?,
        // a thousand times smaller than it is
        book(&plain(SHARED), &long("a", "", 64 << 20))?,
        many_parts(20_000)?,
        nested()?,
        // rows that are never closed
        book(&plain(SHARED), &Long { head: "<worksheet><sheetData>".to_owned(), ..long("<row>", "", 8 << 20) })?,
    ])
}

/// A part that is too long to be held: so many bytes of one unit, now and then another one, so that its ratio alone does
/// not give it away.
#[derive(Default)]
struct Long {
    head: String,
    unit: &'static str,
    filler: &'static str,
    bytes: usize,
    tail: String,
}

impl Long {
    fn write(&self, out: &mut impl Write) -> Result<()> {
        out.write_all(self.head.as_bytes())?;
        let (mut written, mut number) = (0, 1_u32);
        while written < self.bytes {
            number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            // the number of units differs from turn to turn
            let turn = format!("{}{}", self.unit.repeat(1_000 + (number >> 22) as usize), self.filler);
            out.write_all(turn.as_bytes())?;
            written += turn.len();
        }
        Ok(out.write_all(self.tail.as_bytes())?)
    }
}

/// A workbook with these shared texts and this sheet.
fn book(shared: &Long, sheet: &Long) -> Result<Vec<u8>> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default();
    let small = [("[Content_Types].xml", TYPES), ("_rels/.rels", ROOT), ("xl/workbook.xml", BOOK)];
    for (name, text) in small.into_iter().chain([("xl/_rels/workbook.xml.rels", LINKS)]) {
        writer.start_file(name, options)?;
        writer.write_all(text.as_bytes())?;
    }
    for (name, part) in [("xl/sharedStrings.xml", shared), ("xl/worksheets/sheet1.xml", sheet)] {
        writer.start_file(name, options)?;
        part.write(&mut writer)?;
    }
    Ok(writer.finish()?.into_inner())
}

/// Parts without end, each of nothing.
fn many_parts(count: usize) -> Result<Vec<u8>> {
    let parts: Vec<Part> = (0..count).map(|number| (format!("xl/media/{number}.png"), Vec::new())).collect();
    packed(&parts)
}

/// An archive in an archive in an archive.
fn nested() -> Result<Vec<u8>> {
    let mut inner = vec![b' '; 8 << 20];
    for _ in 0..4 {
        inner = packed(&[("xl/workbook.xml".to_owned(), inner)])?;
    }
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for number in 0..64 {
        writer.start_file(format!("xl/embeddings/{number}.xlsx"), stored)?;
        writer.write_all(&inner)?;
    }
    writer.start_file("xl/workbook.xml", stored)?;
    writer.write_all(&inner)?;
    Ok(writer.finish()?.into_inner())
}

/// Enough to show; the parser of separators needs eight bytes for each.
const TEXT_BYTES: usize = 12 << 20;

/// Texts with separators that ask for more than there is.
pub fn texts() -> Vec<Vec<u8>> {
    vec![
        // a record of twelve million fields
        vec![b','; TEXT_BYTES],
        // a field that never ends
        [b"a,b\n\"".as_slice(), &vec![b'x'; TEXT_BYTES]].concat(),
        // lines without anything in them
        vec![b'\n'; TEXT_BYTES],
    ]
}
