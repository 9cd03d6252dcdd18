//! Tables that people were sent.

use std::io::{Cursor, Read, Write};
use std::path::Path;

use anyhow::{Context, Result};
use encoding_rs::{Encoding, GB18030, GBK};
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};
use zhenxin_documents::sheet::{Limits, SheetError, read_workbook};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::{Target, Verdict, bombs, mutation};
use crate::fixtures;
use crate::sim::chance::Chance;

/// Rows of the roster that are enough for every kind of fault.
const ROWS_KEPT: usize = 24;

/// In which [`texts`] writes them.
const ENCODINGS: usize = 6;

/// A part of a workbook's archive.
pub type Part = (String, Vec<u8>);

pub fn xlsx(_: &Path) -> Result<Target> {
    let samples = vec![std::fs::read(fixtures::rules())?, small_book()?];
    let samples = samples.into_iter().chain(bombs::workbooks()?).collect();
    Ok(Target { samples, change: in_the_archive, run: Box::new(|bytes| table("名册.xlsx", bytes)) })
}

pub fn xls(_: &Path) -> Result<Target> {
    let folder = fixtures::path("../../crates/documents/tests/fixtures");
    let names = ["merged-title.xls", "far-apart-mini.xls", "far-apart.xls"];
    let samples = names.iter().map(|name| std::fs::read(folder.join(name)).context(*name)).collect::<Result<_>>()?;
    Ok(Target { samples, change: mutation::bytes, run: Box::new(|bytes| table("名册.xls", bytes)) })
}

pub fn csv(_: &Path) -> Result<Target> {
    let mut samples = texts(&fixtures::roster())?;
    samples.extend(bombs::texts());
    Ok(Target { samples, change: in_the_text, run: Box::new(|bytes| table("名册.csv", bytes)) })
}

/// Bombs are fed as they are; changed, they are only slow.
fn in_the_text(chance: &mut Chance, samples: &[Vec<u8>]) -> Vec<u8> {
    mutation::bytes(chance, &samples[..samples.len().min(ENCODINGS)])
}

/// Reads everything. A refusal must be in words, and must not be the program's own fault.
fn table(name: &str, bytes: &[u8]) -> Result<Verdict, String> {
    let read = read_workbook(name, bytes, &Limits::default());
    if let Err(fault) = &read {
        in_words(&fault.to_string())?;
        // what the guard around the foreign parser caught is an answer; it is listed so that nobody forgets it
        if matches!(fault, SheetError::Damaged { detail } if detail.is_empty()) {
            return Err("damaged without a word for the log".to_owned());
        }
    }
    Ok(Verdict::of(&read))
}

/// Whether a message is for a person in the office.
pub fn in_words(message: &str) -> Result<(), String> {
    let han = message.chars().filter(|c| ('\u{4e00}'..='\u{9fff}').contains(c)).count();
    if han >= 4 { Ok(()) } else { Err("a refusal without words for the person at the screen".to_owned()) }
}

/// A workbook with a bit of everything, small enough for many cases.
fn small_book() -> Result<Vec<u8>> {
    let mut book = Workbook::new();
    let day = Format::new().set_num_format("yyyy-mm-dd");
    let sheet = book.add_worksheet().set_name("名册")?;
    sheet.merge_range(0, 0, 0, 4, "九龙湖村居民名册", &Format::new())?;
    for (column, title) in (0..).zip(["姓名", "证件号码", "出生日期", "户号", "人数"]) {
        sheet.write_string(1, column, title)?;
    }
    for row in 2..12 {
        sheet.write_string(row, 0, format!("测试{row}"))?;
        sheet.write_number(row, 1, 330_211_200_001_010_016.0)?;
        sheet.write_datetime_with_format(row, 2, ExcelDateTime::from_ymd(2000, 1, 31)?, &day)?;
        sheet.write_string(row, 3, "0001")?;
        sheet.write_formula(row, 4, "=1+1")?;
        sheet.write_boolean(row, 5, true)?;
    }
    book.add_worksheet().set_hidden(true).write_string(0, 0, "旧")?;
    Ok(book.save_to_buffer()?)
}

/// Half of the cases change the file, half a part inside, so that no checksum stops the change.
fn in_the_archive(chance: &mut Chance, samples: &[Vec<u8>]) -> Vec<u8> {
    // bombs are fed as they are; changed, they are only slow
    let samples = &samples[..samples.len().min(2)];
    if chance.hit(400) {
        return mutation::bytes(chance, samples);
    }
    let sample = mutation::sample(chance, samples);
    let Ok(mut parts) = unpacked(&sample) else { return sample };
    let contents: Vec<Vec<u8>> = parts.iter().map(|(_, content)| content.clone()).collect();
    for _ in 0..=chance.below(3) {
        let at = usize::try_from(chance.below(parts.len() as u64)).unwrap_or(0);
        mutation::change(chance, &mut parts[at].1, &contents);
    }
    if chance.hit(50) {
        let at = usize::try_from(chance.below(parts.len() as u64)).unwrap_or(0);
        parts.remove(at);
    }
    packed(&parts).unwrap_or(sample)
}

fn unpacked(bytes: &[u8]) -> Result<Vec<Part>> {
    let mut archive = ZipArchive::new(Cursor::new(bytes))?;
    let mut parts = Vec::new();
    for index in 0..archive.len() {
        let mut part = archive.by_index(index)?;
        let mut content = Vec::new();
        part.read_to_end(&mut content)?;
        parts.push((part.name()?.into_owned(), content));
    }
    Ok(parts)
}

/// An archive of these parts.
pub fn packed(parts: &[Part]) -> Result<Vec<u8>> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, content) in parts {
        writer.start_file(name.as_str(), options)?;
        writer.write_all(content)?;
    }
    Ok(writer.finish()?.into_inner())
}

/// The first rows of a workbook as text with separators, in every encoding that offices use.
pub fn texts(file: &Path) -> Result<Vec<Vec<u8>>> {
    let text = as_csv(file)?;
    let encoded = |encoding: &'static Encoding, text: &str| encoding.encode(text).0.into_owned();
    let wide: Vec<u8> = [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    Ok(vec![
        text.clone().into_bytes(),
        format!("\u{feff}{text}").into_bytes(),
        encoded(GBK, &text),
        encoded(GB18030, &format!("{text}𬬭,㐀\n")),
        wide,
        text.replace(',', "\t").into_bytes(),
    ])
}

/// The first rows of the first sheet.
fn as_csv(file: &Path) -> Result<String> {
    let book = read_workbook("a.xlsx", &std::fs::read(file)?, &Limits::default())?;
    let sheet = book.sheets.first().context("a workbook without sheets")?;
    let lines = sheet.rows.iter().take(ROWS_KEPT).map(|row| {
        let cells = row.cells.iter().map(|cell| format!("\"{}\"", cell.to_string().replace('"', "\"\"")));
        cells.collect::<Vec<_>>().join(",")
    });
    Ok(lines.collect::<Vec<_>>().join("\n"))
}
