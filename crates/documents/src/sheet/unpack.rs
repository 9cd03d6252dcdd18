use std::io::{Cursor, Read};

use zip::ZipArchive;
use zip::result::ZipError;

use super::{Limits, SheetError, scan};

/// Parts that are kept in memory as a whole (shared texts, styles): the texts of 300,000 rows are some 120 MB.
const HELD_BYTES_MAX: u64 = 256 << 20;
/// A part that shrinks more than this is no table: rows of equal cells reach about 1 : 100.
const RATIO_MAX: u64 = 400;
/// Small parts may shrink as they like.
const RATIO_FROM_BYTES: u64 = 8 << 20;
/// An .xlsx with 100 sheets has some 300 parts; pictures add to them.
const PARTS_MAX: usize = 10_000;

/// Parts up to this size cannot cost much whatever stands in them, but for the shared texts, which claim a number.
const SCANNED_FROM_BYTES: u64 = 4 << 20;
/// A part that is no XML: a photograph, an embedded file. The parser would take it for one text.
const OTHER_MAX_BYTES: u64 = 32 << 20;
/// What lists sheets and formats is kept as a tree: ten times its size.
const LISTING_MAX_BYTES: u64 = 16 << 20;

/// Looks into the archive before anything is parsed: that it is a workbook, and what it will cost. The sizes in
/// the directory bind whoever wrote them: unpacking a part ends with an error where it exceeds its size.
pub(super) fn check(bytes: &[u8], limits: &Limits) -> Result<(), SheetError> {
    let entries = bytes.windows(4).filter(|window| *window == b"PK\x01\x02").count();
    if entries > PARTS_MAX {
        return Err(SheetError::UnpacksTooLarge);
    }
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| damaged(&error))?;
    let mut total = 0_u64;
    let mut held = 0_u64;
    let mut names = Vec::with_capacity(archive.len());
    let mut scanned = Vec::new();
    for index in 0..archive.len() {
        let part = archive.by_index_raw(index).map_err(|error| damaged(&error))?;
        if part.encrypted() {
            return Err(SheetError::PasswordProtected);
        }
        let (packed, unpacked) = (part.compressed_size(), part.size());
        if unpacked > RATIO_FROM_BYTES && unpacked / packed.max(1) > RATIO_MAX {
            return Err(SheetError::UnpacksTooLarge);
        }
        total = total.saturating_add(unpacked);
        let name = part.name().map_err(|error| damaged(&error))?.replace('\\', "/").to_lowercase();
        let lists = ["xl/workbook.xml", "xl/styles.xml"].contains(&name.as_str()) || name.ends_with(".rels");
        if lists && unpacked > LISTING_MAX_BYTES {
            return Err(SheetError::UnpacksTooLarge);
        }
        if unpacked > SCANNED_FROM_BYTES || name.ends_with("sharedstrings.xml") {
            scanned.push(index);
        }
        if !name.contains("/worksheets/") && !name.contains("/media/") {
            held = held.saturating_add(unpacked);
        }
        names.push(name);
    }
    if total > limits.unpacked_bytes || held > HELD_BYTES_MAX {
        return Err(SheetError::UnpacksTooLarge);
    }
    workbook_inside(&names)?;
    scanned.into_iter().try_for_each(|index| scan_part(&mut archive, index))
}

fn scan_part(archive: &mut ZipArchive<Cursor<&[u8]>>, index: usize) -> Result<(), SheetError> {
    let mut part = archive.by_index(index).map_err(|error| damaged(&error))?;
    let size = part.size();
    let mut head = [0; 4];
    let read = part.read(&mut head).map_err(|_| SheetError::Damaged { detail: "a part is cut off".to_owned() })?;
    let head = &head[..read];
    // a mark of the encoding or a blank may stand before the first tag; UTF-16 has zeros beside every sign
    let is_xml = head.contains(&b'<');
    if !is_xml || head.contains(&0) {
        return if size > OTHER_MAX_BYTES { Err(SheetError::UnpacksTooLarge) } else { Ok(()) };
    }
    scan::check(head.chain(part))
}

fn workbook_inside(names: &[String]) -> Result<(), SheetError> {
    let has = |wanted: &str| names.iter().any(|name| name.starts_with(wanted));
    if has("xl/workbook.bin") {
        return Err(SheetError::OtherSpreadsheet { format: "Excel 二进制工作簿(.xlsb)" });
    }
    if has("xl/") {
        return Ok(());
    }
    if has("content.xml") {
        return Err(SheetError::OtherSpreadsheet { format: "OpenDocument 文件(.ods)" });
    }
    if has("word/") {
        return Err(SheetError::NotATable { format: "文字文档" });
    }
    if has("ppt/") {
        return Err(SheetError::NotATable { format: "演示文稿" });
    }
    Err(SheetError::NotATable { format: "压缩包" })
}

fn damaged(error: &ZipError) -> SheetError {
    SheetError::Damaged {
        detail: match error {
            ZipError::Io(error) => error.kind().to_string(),
            other => other.to_string(),
        },
    }
}
