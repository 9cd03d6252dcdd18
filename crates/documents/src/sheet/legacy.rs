//! What an .xls would cost, found out before the parser takes it on.
//!
//! The parser keeps a sheet as a full rectangle, and makes room for whatever size the sheet claims: two cells in
//! opposite corners of a file of 5 KB would take gigabytes. So the records are walked once for the places of the
//! cells. Layouts: [MS-CFB] for the compound file, [MS-XLS] for the records.

use super::{Limits, SheetError};

/// Cells of all rectangles together: 65,536 rows of 61 columns, and the widest official form has some sixty. The parser
/// keeps them twice for a moment, about 250 MB.
const CELLS_MAX: u64 = 4_000_000;
/// Cells that a sheet says it has; the parser makes room for them unseen, 40 bytes each. Formatted rows and columns make
/// the claim larger than what is there.
const CLAIM_MAX: u64 = 2 * CELLS_MAX;

const ENTRY_BYTES: usize = 128;
const MINI_SECTOR_BYTES: usize = 64;
/// Streams below this size lie in the mini stream.
const MINI_CUTOFF_BYTES: usize = 4_096;
/// Sector numbers from here on end a chain or mark something else than data.
const RESERVED: u32 = 0xFFFF_FFFA;

const BOF: u16 = 0x0809;
const EOF: u16 = 0x000A;
const FILE_PASS: u16 = 0x002F;
const BOUND_SHEET: u16 = 0x0085;
const DIMENSIONS: u16 = 0x0200;
const MUL_RK: u16 = 0x00BD;
/// Formula, number, label, rich label, boolean or error, RK, shared label: row and column come first in each.
const CELL_RECORDS: [u16; 7] = [0x0006, 0x0203, 0x0204, 0x00D6, 0x0205, 0x027E, 0x00FD];

/// Checks the sheets of an .xls against the limits.
pub(super) fn check(bytes: &[u8], limits: &Limits) -> Result<(), SheetError> {
    let stream =
        workbook_stream(bytes).ok_or_else(|| SheetError::Damaged { detail: "xls: no workbook stream".to_owned() })?;
    let mut offsets = Vec::new();
    for (kind, data) in Records(&stream) {
        match kind {
            FILE_PASS if u16_at(data, 0).is_some_and(|method| method != 0) => {
                return Err(SheetError::PasswordProtected);
            }
            BOUND_SHEET => offsets.extend(u32_at(data, 0)),
            EOF => break,
            _ => {}
        }
    }
    if offsets.len() > limits.sheets {
        return Err(SheetError::TooManySheets { limit: limits.sheets });
    }
    let mut total = 0_u64;
    for (index, offset) in offsets.into_iter().enumerate() {
        let too_spread = SheetError::TooSpread { sheet: index + 1 };
        let records = stream.get(offset as usize..).unwrap_or_default();
        let area = area(records).ok_or_else(|| too_spread.clone())?;
        total = total.saturating_add(area);
        if total > CELLS_MAX {
            return Err(too_spread);
        }
    }
    Ok(())
}

/// Cells of the rectangle that holds every cell of the sheet; nothing if the sheet claims more than there can be.
fn area(records: &[u8]) -> Option<u64> {
    let (mut top, mut left, mut bottom, mut right) = (u16::MAX, u16::MAX, 0, 0);
    let mut depth = 0_u32;
    for (kind, data) in Records(records) {
        match kind {
            BOF => depth += 1,
            EOF if depth <= 1 => break,
            EOF => depth -= 1,
            // charts inside the sheet hold records that look like cells
            _ if depth > 1 => {}
            DIMENSIONS if claimed(data) > CLAIM_MAX => return None,
            _ if kind == MUL_RK || CELL_RECORDS.contains(&kind) => {
                let (Some(row), Some(column)) = (u16_at(data, 0), u16_at(data, 2)) else { continue };
                let last = if kind == MUL_RK { u16_at(data, data.len().saturating_sub(2)) } else { None };
                (top, bottom) = (top.min(row), bottom.max(row));
                (left, right) = (left.min(column), right.max(last.unwrap_or(column)).max(column));
            }
            _ => {}
        }
    }
    if top > bottom {
        return Some(0);
    }
    Some((u64::from(bottom - top) + 1) * (u64::from(right - left) + 1))
}

/// Cells a DIMENSIONS record speaks of.
fn claimed(data: &[u8]) -> u64 {
    let wide = data.len() >= 14;
    let number = |at: usize| {
        if wide && at < 8 { u32_at(data, at).map(u64::from) } else { u16_at(data, at).map(u64::from) }
    };
    let places = if wide { [0, 4, 8, 10] } else { [0, 2, 4, 6] };
    let [first_row, end_row, first_column, end_column] = places.map(|at| number(at).unwrap_or(0));
    // a first column that cannot be is taken for 0, as the parser does
    let first_column = if first_column > 0xFF || end_column < first_column { 0 } else { first_column };
    end_row.abs_diff(first_row).saturating_mul(end_column - first_column)
}

/// The records of a stream: type, length, data.
struct Records<'s>(&'s [u8]);

impl<'s> Iterator for Records<'s> {
    type Item = (u16, &'s [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (kind, length) = (u16_at(self.0, 0)?, usize::from(u16_at(self.0, 2)?));
        let data = self.0.get(4..4 + length)?;
        self.0 = &self.0[4 + length..];
        Some((kind, data))
    }
}

/// The stream "Workbook" (or "Book", Excel 5) of a compound file.
fn workbook_stream(bytes: &[u8]) -> Option<Vec<u8>> {
    let sector_bytes = match u16_at(bytes, 30)? {
        9 => 512,
        12 => 4_096,
        _ => return None,
    };
    let sectors = Sectors { bytes: bytes.get(sector_bytes..)?, size: sector_bytes };
    let fat = fat(bytes, &sectors)?;
    let (directory_start, mini_fat_start) = (u32_at(bytes, 48)?, u32_at(bytes, 60)?);
    if runs_in_a_circle(&fat, [directory_start, mini_fat_start]) {
        return None;
    }
    let directory = sectors.chain(directory_start, &fat);
    let starts = directory.chunks_exact(ENTRY_BYTES).filter_map(|entry| u32_at(entry, 116));
    if runs_in_a_circle(&fat, starts) {
        return None;
    }
    let find =
        |wanted: &str| directory.chunks_exact(ENTRY_BYTES).find(|entry| name(entry).eq_ignore_ascii_case(wanted));
    let entry = find("Workbook").or_else(|| find("Book"))?;
    let (start, size) = (u32_at(entry, 116)?, u32_at(entry, 120)? as usize);
    let mut stream = if size < MINI_CUTOFF_BYTES {
        let root = directory.chunks_exact(ENTRY_BYTES).next()?;
        let mini = sectors.chain(u32_at(root, 116)?, &fat);
        let mini_fat = numbers(&sectors.chain(mini_fat_start, &fat));
        Sectors { bytes: &mini, size: MINI_SECTOR_BYTES }.chain(start, &mini_fat)
    } else {
        sectors.chain(start, &fat)
    };
    stream.truncate(size);
    Some(stream)
}

/// The table that links the sectors: its own sectors stand in the head of the file, further ones in a chain.
fn fat(bytes: &[u8], sectors: &Sectors<'_>) -> Option<Vec<u32>> {
    let mut places = numbers(bytes.get(76..512)?);
    let mut next = u32_at(bytes, 68)?;
    let mut left = sectors.count();
    while next < RESERVED && left > 0 {
        let mut more = numbers(sectors.get(next)?);
        next = more.pop()?;
        places.append(&mut more);
        left -= 1;
    }
    let mut fat = Vec::new();
    for place in places.into_iter().filter(|place| *place < RESERVED).take(sectors.count()) {
        fat.append(&mut numbers(sectors.get(place)?));
    }
    Some(fat)
}

/// Whether a chain comes back to a sector of its own. The parser follows the directory's chain without a limit, and
/// others as far as the file claims that they reach: it would collect the circle until no memory is left.
fn runs_in_a_circle(fat: &[u32], starts: impl IntoIterator<Item = u32>) -> bool {
    #[derive(Clone, Copy, PartialEq)]
    enum Seen {
        Not,
        OnThisWay,
        Before,
    }
    let mut seen = vec![Seen::Not; fat.len()];
    let mut way = Vec::new();
    for start in starts {
        let mut at = start as usize;
        while seen.get(at) == Some(&Seen::Not) {
            seen[at] = Seen::OnThisWay;
            way.push(at);
            at = fat[at] as usize;
        }
        if seen.get(at) == Some(&Seen::OnThisWay) {
            return true;
        }
        way.drain(..).for_each(|sector| seen[sector] = Seen::Before);
    }
    false
}

struct Sectors<'b> {
    bytes: &'b [u8],
    size: usize,
}

impl<'b> Sectors<'b> {
    fn count(&self) -> usize {
        self.bytes.len().div_ceil(self.size)
    }

    /// The last sector may be cut short.
    fn get(&self, number: u32) -> Option<&'b [u8]> {
        let start = (number as usize).checked_mul(self.size)?;
        let end = (start + self.size).min(self.bytes.len());
        self.bytes.get(start..end)
    }

    /// Follows a chain; one that runs in a circle ends when it would be longer than the file.
    fn chain(&self, start: u32, fat: &[u32]) -> Vec<u8> {
        let mut stream = Vec::new();
        let mut number = start;
        for _ in 0..self.count() {
            let Some(sector) = self.get(number).filter(|_| number < RESERVED) else { break };
            stream.extend_from_slice(sector);
            number = fat.get(number as usize).copied().unwrap_or(RESERVED);
        }
        stream
    }
}

fn numbers(bytes: &[u8]) -> Vec<u32> {
    bytes.as_chunks::<4>().0.iter().map(|chunk| u32::from_le_bytes(*chunk)).collect()
}

/// Name of a directory entry: UTF-16 up to the first zero.
fn name(entry: &[u8]) -> String {
    let units = entry[..64].as_chunks::<2>().0.iter().map(|pair| u16::from_le_bytes(*pair));
    char::decode_utf16(units.take_while(|unit| *unit != 0)).map(|unit| unit.unwrap_or('?')).collect()
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}
