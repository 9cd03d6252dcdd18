use super::SheetError;

/// What a file is, by its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// Excel 2007 and later (.xlsx, .xlsm).
    Xlsx,
    /// Excel 97 to 2003 (.xls, and .et of WPS where it is the same inside).
    Xls,
    /// Text with separators.
    Csv,
}

const ZIP: &[u8] = b"PK\x03\x04";
const ZIP_EMPTY: &[u8] = b"PK\x05\x06";
/// Compound file, [MS-CFB] 2.2.
const COMPOUND: &[u8] = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";

/// First bytes of what people pick by mistake.
const OTHERS: &[(&[u8], &str)] = &[
    (b"%PDF", "PDF 文件"),
    (b"\x89PNG", "图片"),
    (b"\xFF\xD8\xFF", "图片"),
    (b"GIF8", "图片"),
    (b"BM", "图片"),
    (b"Rar!", "压缩包"),
    (b"7z\xBC\xAF\x27\x1C", "压缩包"),
    (b"\x1F\x8B", "压缩包"),
    (b"{\\rtf", "文字文档"),
    (b"MZ", "程序文件"),
    (b"SQLite format 3", "数据库文件"),
];

/// BOF records of Excel 2 to 5 outside a compound file, [MS-XLS] 2.4.21.
const BARE_BIFF: &[&[u8]] =
    &[b"\x09\x00\x04\x00", b"\x09\x02\x06\x00", b"\x09\x04\x06\x00", b"\x09\x08\x08\x00", b"\x09\x08\x10\x00"];

/// Tells the kind of a file, or why it is none that is read.
pub(super) fn detect(file_name: &str, bytes: &[u8]) -> Result<FileKind, SheetError> {
    if bytes.is_empty() {
        return Err(SheetError::EmptyFile);
    }
    if bytes.starts_with(ZIP) {
        return Ok(FileKind::Xlsx);
    }
    if bytes.starts_with(ZIP_EMPTY) {
        return Err(SheetError::Damaged { detail: "empty archive".to_owned() });
    }
    if bytes.starts_with(COMPOUND) {
        return compound(file_name, bytes);
    }
    if BARE_BIFF.iter().any(|head| bytes.starts_with(head)) {
        return Err(SheetError::OtherSpreadsheet { format: "很早版本的 Excel 文件" });
    }
    if let Some((_, format)) = OTHERS.iter().find(|(head, _)| bytes.starts_with(head)) {
        return Err(SheetError::NotATable { format });
    }
    Ok(FileKind::Csv)
}

fn compound(file_name: &str, bytes: &[u8]) -> Result<FileKind, SheetError> {
    if has_entry(bytes, "EncryptedPackage") {
        return Err(SheetError::PasswordProtected);
    }
    if has_entry(bytes, "Workbook") || has_entry(bytes, "Book") {
        return Ok(FileKind::Xls);
    }
    if file_name.to_lowercase().ends_with(".et") {
        return Err(SheetError::OtherSpreadsheet { format: "WPS 表格专用格式" });
    }
    if has_entry(bytes, "WordDocument") {
        return Err(SheetError::NotATable { format: "文字文档" });
    }
    if has_entry(bytes, "PowerPoint Document") {
        return Err(SheetError::NotATable { format: "演示文稿" });
    }
    Err(SheetError::Damaged { detail: "compound file without a workbook".to_owned() })
}

/// Whether a compound file has a stream of this name. Directory entries stand on multiples of 128 bytes, with the
/// name as UTF-16 at their beginning and its length with the closing zero at 64 ([MS-CFB] 2.6.1).
fn has_entry(bytes: &[u8], name: &str) -> bool {
    const ENTRY: usize = 128;
    let wanted: Vec<u8> = name.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect();
    bytes.chunks_exact(ENTRY).any(|entry| {
        entry.starts_with(&wanted) && usize::from(u16::from_le_bytes([entry[64], entry[65]])) == wanted.len()
    })
}

/// Refuses text that is not a table with separators: pages and XML in the clothes of a workbook.
pub(super) fn refuse_markup(text: &str) -> Result<(), SheetError> {
    /// Far enough for a comment, a declaration and a few meta lines before the first telling tag.
    const HEAD_CHARS: usize = 1_500;
    let head: String = text.trim_start().chars().take(HEAD_CHARS).collect::<String>().to_lowercase();
    if head.starts_with("mime-version:") && head.contains("multipart/related") {
        return Err(SheetError::WebPage);
    }
    if !head.starts_with('<') {
        return Ok(());
    }
    if head.contains("urn:schemas-microsoft-com:office:spreadsheet") && !head.contains("<html") {
        return Err(SheetError::OtherSpreadsheet { format: "XML 电子表格" });
    }
    if ["<html", "<!doctype html", "<table", "<head", "<body", "<meta", "<style"].iter().any(|tag| head.contains(tag)) {
        return Err(SheetError::WebPage);
    }
    if head.starts_with("<?xml") {
        return Err(SheetError::NotATable { format: "XML 文件" });
    }
    Ok(())
}
