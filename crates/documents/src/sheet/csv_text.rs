use std::borrow::Cow;

use encoding_rs::{Encoding, GB18030, UTF_16BE, UTF_16LE};

use super::SheetError;

/// What Excel and the district's systems write between values.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];
/// Lines that are looked at to tell the delimiter; title lines without one do no harm among them.
const SAMPLE_LINES: usize = 50;

/// Decodes text: a byte order mark decides, else strict UTF-8, else GB18030 (GB 18030-2022 includes GBK and
/// GB 2312, what Chinese Excel writes).
pub(super) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, SheetError> {
    let text = if let Some((encoding, mark_bytes)) = Encoding::for_bom(bytes) {
        decode_as(encoding, &bytes[mark_bytes..])?
    } else if let Ok(text) = std::str::from_utf8(bytes) {
        Cow::Borrowed(text)
    } else if looks_like_utf16(bytes, 1) {
        decode_as(UTF_16LE, bytes)?
    } else if looks_like_utf16(bytes, 0) {
        decode_as(UTF_16BE, bytes)?
    } else {
        decode_as(GB18030, bytes)?
    };
    if looks_binary(&text) {
        return Err(SheetError::NotATable { format: "无法识别的文件" });
    }
    Ok(text)
}

/// Almost any bytes are some GB18030; what was no text shows by its control characters. A stray one happens in
/// what other systems export, a zero does not.
fn looks_binary(text: &str) -> bool {
    const SAMPLE_CHARS: usize = 10_000;
    const SHARE: usize = 50;
    let odd = |c: &char| c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{1a}');
    let (sample, controls) =
        text.chars().take(SAMPLE_CHARS).fold((0, 0), |(all, some), c| (all + 1, some + usize::from(odd(&c))));
    text.contains('\0') || controls * SHARE > sample
}

fn decode_as<'b>(encoding: &'static Encoding, bytes: &'b [u8]) -> Result<Cow<'b, str>, SheetError> {
    encoding
        .decode_without_bom_handling_and_without_replacement(bytes)
        .ok_or(SheetError::NotATable { format: "无法识别的文件" })
}

/// ASCII in UTF-16 has a zero in every other byte: "Unicode text" of Excel whose mark was lost on the way.
fn looks_like_utf16(bytes: &[u8], zero_at: usize) -> bool {
    const SAMPLE: usize = 4_096;
    let sample = &bytes[..bytes.len().min(SAMPLE)];
    let pairs = sample.len() / 2;
    let zeros = sample.chunks_exact(2).filter(|pair| pair[zero_at] == 0 && pair[1 - zero_at] != 0).count();
    bytes.len().is_multiple_of(2) && pairs > 0 && zeros * 4 > pairs
}

/// The separator that stands the same number of times on most lines.
pub(super) fn delimiter(text: &str) -> u8 {
    let mut best = (0, b',');
    for delimiter in DELIMITERS {
        let mut counts: Vec<usize> = text
            .lines()
            .filter(|line| !line.trim().is_empty())
            .take(SAMPLE_LINES)
            .map(|line| outside_quotes(line, delimiter))
            .collect();
        counts.sort_unstable();
        // the longest run of one and the same count, weighed by the columns it gives
        let score = counts
            .chunk_by(|a, b| a == b)
            .map(|run| if run[0] == 0 { 0 } else { run.len() * 4 + run[0].min(3) })
            .max()
            .unwrap_or(0);
        if score > best.0 {
            best = (score, delimiter);
        }
    }
    best.1
}

fn outside_quotes(line: &str, delimiter: u8) -> usize {
    let mut quoted = false;
    let mut count = 0;
    for byte in line.bytes() {
        match byte {
            b'"' => quoted = !quoted,
            other if other == delimiter && !quoted => count += 1,
            _ => {}
        }
    }
    count
}

/// Separators on one line, quoted ones among them: Excel's 16,384 columns, and a cell full of them. The parser keeps a
/// place for each.
const SEPARATORS_MAX: usize = 16_384 + 32_767;

/// The number of the first line with more separators than any program writes.
pub(super) fn overfull_line(text: &str, delimiter: u8) -> Option<u32> {
    let lines = text.as_bytes().split(|byte| matches!(byte, b'\n' | b'\r'));
    let full = |line: &[u8]| {
        line.len() > SEPARATORS_MAX && line.iter().filter(|byte| **byte == delimiter).count() > SEPARATORS_MAX
    };
    (1..).zip(lines).find_map(|(number, line)| full(line).then_some(number))
}

/// The text with line feeds where an old Macintosh wrote only carriage returns, by which no line is counted.
pub(super) fn with_line_feeds(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.contains('\r') && !text.contains('\n') { Cow::Owned(text.replace('\r', "\n")) } else { text }
}

/// `="0574"` is how systems keep Excel from dropping a leading zero; the value is what stands in the quotes.
pub(super) fn unguarded(value: &str) -> &str {
    value
        .strip_prefix("=\"")
        .and_then(|rest| rest.strip_suffix('"'))
        .filter(|inner| !inner.contains('"'))
        .unwrap_or(value)
}
