use std::borrow::Cow;
use std::io::Cursor;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{Data, DataRef, ExcelDateTime, Range, Reader, SheetType, SheetVisible, Xls, XlsError, Xlsx, XlsxError};

use super::kind::{detect, refuse_markup};
use super::{Cell, CellDate, FileKind, Limits, SheetError, SheetInfo, csv_text, legacy, unpack};

/// An opened file whose rows are read one after another.
pub struct WorkbookReader<'b> {
    kind: FileKind,
    sheets: Vec<SheetInfo>,
    source: Source<'b>,
    limits: Limits,
}

enum Source<'b> {
    Xlsx(Box<Xlsx<Cursor<&'b [u8]>>>),
    Xls(Vec<Range<Data>>),
    Csv { text: Cow<'b, str>, delimiter: u8 },
}

impl<'b> WorkbookReader<'b> {
    /// Opens a file that is in memory. For .xls the whole content is parsed here, for the others nothing but
    /// what all rows share.
    ///
    /// # Errors
    /// See [`SheetError`].
    pub fn open(file_name: &str, bytes: &'b [u8], limits: &Limits) -> Result<Self, SheetError> {
        if bytes.len() as u64 > limits.file_bytes {
            return Err(SheetError::FileTooLarge { limit_mb: limits.file_bytes >> 20 });
        }
        let kind = detect(file_name, bytes)?;
        let (sheets, source) = match kind {
            FileKind::Xlsx => open_xlsx(bytes, limits)?,
            FileKind::Xls => open_xls(bytes, limits)?,
            FileKind::Csv => open_csv(bytes, limits)?,
        };
        if sheets.is_empty() {
            return Err(SheetError::EmptyFile);
        }
        if sheets.len() > limits.sheets {
            return Err(SheetError::TooManySheets { limit: limits.sheets });
        }
        Ok(Self { kind, sheets, source, limits: *limits })
    }

    /// What the file really is.
    pub fn kind(&self) -> FileKind {
        self.kind
    }

    /// The sheets in the order of the tabs.
    pub fn sheets(&self) -> &[SheetInfo] {
        &self.sheets
    }

    /// Hands every row of sheet `index` (from 0) that is not blank to `on_row`: its number as Excel shows it, and
    /// its cells from column A on, without empty ones at the end. Stops early when `on_row` breaks.
    ///
    /// # Errors
    /// Damage and limits show while rows are read, so that rows before the fault have been handed out already.
    pub fn for_each_row(
        &mut self,
        index: usize,
        mut on_row: impl FnMut(u32, &[Cell]) -> ControlFlow<()>,
    ) -> Result<(), SheetError> {
        let Some(info) = self.sheets.get(index) else {
            return Err(SheetError::NoSuchSheet { sheet: index + 1 });
        };
        let mut rows =
            Rows { sheet: index + 1, limits: self.limits, number: 0, cells: Vec::new(), count: 0, on_row: &mut on_row };
        match &mut self.source {
            Source::Xlsx(xlsx) => xlsx_rows(xlsx, &info.name, &mut rows),
            Source::Xls(ranges) => xls_rows(&ranges[index], &mut rows),
            Source::Csv { text, delimiter } => csv_rows(text, *delimiter, &mut rows),
        }
    }
}

type Opened<'b> = (Vec<SheetInfo>, Source<'b>);

fn open_xlsx<'b>(bytes: &'b [u8], limits: &Limits) -> Result<Opened<'b>, SheetError> {
    unpack::check(bytes, limits)?;
    let xlsx = guarded(|| Xlsx::new(Cursor::new(bytes)))?.map_err(|error| xlsx_error(&error))?;
    let sheets = infos(xlsx.sheets_metadata());
    Ok((sheets, Source::Xlsx(Box::new(xlsx))))
}

fn open_xls<'b>(bytes: &'b [u8], limits: &Limits) -> Result<Opened<'b>, SheetError> {
    legacy::check(bytes, limits)?;
    let mut xls = guarded(|| Xls::new(Cursor::new(bytes)))?.map_err(|error| xls_error(&error))?;
    let sheets = infos(xls.sheets_metadata());
    let mut ranges = Vec::with_capacity(sheets.len());
    for sheet in &sheets {
        ranges.push(guarded(|| xls.worksheet_range(&sheet.name))?.map_err(|error| xls_error(&error))?);
    }
    Ok((sheets, Source::Xls(ranges)))
}

fn open_csv<'b>(bytes: &'b [u8], limits: &Limits) -> Result<Opened<'b>, SheetError> {
    let text = csv_text::with_line_feeds(csv_text::decode(bytes)?);
    refuse_markup(&text)?;
    if text.trim().is_empty() {
        return Err(SheetError::EmptyFile);
    }
    let delimiter = csv_text::delimiter(&text);
    if let Some(row) = csv_text::overfull_line(&text, delimiter) {
        return Err(SheetError::TooManyColumns { sheet: 1, row, limit: limits.columns });
    }
    let info = SheetInfo { name: String::new(), hidden: false };
    Ok((vec![info], Source::Csv { text, delimiter }))
}

fn infos(sheets: &[calamine::Sheet]) -> Vec<SheetInfo> {
    sheets
        .iter()
        .filter(|sheet| sheet.typ == SheetType::WorkSheet)
        .map(|sheet| SheetInfo { name: sheet.name.clone(), hidden: sheet.visible != SheetVisible::Visible })
        .collect()
}

/// The parsers were written for files that programs wrote; on broken ones they may panic, and a broken file must
/// not end the program.
fn guarded<T>(parse: impl FnOnce() -> T) -> Result<T, SheetError> {
    catch_unwind(AssertUnwindSafe(parse)).map_err(|_| SheetError::Damaged { detail: "the parser panicked".to_owned() })
}

/// Collects the cells of a row, watches the limits, and hands the row out.
struct Rows<'f> {
    /// Position of the sheet, from 1.
    sheet: usize,
    limits: Limits,
    /// Row that is being collected, from 1; 0 before the first.
    number: u32,
    cells: Vec<Cell>,
    count: usize,
    on_row: &'f mut dyn FnMut(u32, &[Cell]) -> ControlFlow<()>,
}

impl Rows<'_> {
    /// Puts a cell into the row being collected; `column` counts from 0.
    fn put(&mut self, column: usize, cell: Cell) -> Result<(), SheetError> {
        if cell == Cell::Empty {
            return Ok(());
        }
        if column >= self.limits.columns {
            let (sheet, row, limit) = (self.sheet, self.number, self.limits.columns);
            return Err(SheetError::TooManyColumns { sheet, row, limit });
        }
        if let Cell::Text(text) = &cell {
            let limit = self.limits.cell_chars;
            // bytes are never fewer than characters, and are known without counting
            if text.len() > limit && text.chars().count() > limit {
                let (sheet, row, column) = (self.sheet, self.number, column + 1);
                return Err(SheetError::TextTooLong { sheet, row, column, limit });
            }
        }
        if self.cells.len() <= column {
            self.cells.resize(column + 1, Cell::Empty);
        }
        self.cells[column] = cell;
        Ok(())
    }

    /// Hands out the row that was collected, if it holds anything.
    fn flush(&mut self) -> Result<ControlFlow<()>, SheetError> {
        if self.cells.iter().all(Cell::is_blank) {
            self.cells.clear();
            return Ok(ControlFlow::Continue(()));
        }
        self.count += 1;
        if self.count > self.limits.rows {
            return Err(SheetError::TooManyRows { sheet: self.sheet, limit: self.limits.rows });
        }
        let flow = (self.on_row)(self.number, &self.cells);
        self.cells.clear();
        Ok(flow)
    }
}

fn xlsx_rows(xlsx: &mut Xlsx<Cursor<&[u8]>>, name: &str, rows: &mut Rows<'_>) -> Result<(), SheetError> {
    let mut reader = guarded(|| xlsx.worksheet_cells_reader(name))?.map_err(|error| xlsx_error(&error))?;
    while let Some(cell) = guarded(|| reader.next_cell())?.map_err(|error| xlsx_error(&error))? {
        let (row, column) = cell.get_position();
        let number = row + 1;
        if number != rows.number {
            if number < rows.number {
                return Err(SheetError::Damaged { detail: "rows out of order".to_owned() });
            }
            if rows.flush()?.is_break() {
                return Ok(());
            }
            rows.number = number;
        }
        rows.put(column as usize, from_ref(cell.get_value()))?;
    }
    let _last = rows.flush()?;
    Ok(())
}

fn xls_rows(range: &Range<Data>, rows: &mut Rows<'_>) -> Result<(), SheetError> {
    // a range begins at the first cell that is used, not at A1
    let Some((first_row, first_column)) = range.start() else {
        return Ok(());
    };
    for (number, cells) in (first_row + 1..).zip(range.rows()) {
        rows.number = number;
        for (column, data) in (first_column as usize..).zip(cells) {
            rows.put(column, from_data(data))?;
        }
        if rows.flush()?.is_break() {
            break;
        }
    }
    Ok(())
}

fn csv_rows(text: &str, delimiter: u8, rows: &mut Rows<'_>) -> Result<(), SheetError> {
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter).has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut record = csv::StringRecord::new();
    // the parser counts lines; Excel counts a record with line feeds inside quotes as one row
    let mut inner_line_feeds = 0;
    while reader.read_record(&mut record).map_err(|error| SheetError::Damaged { detail: csv_detail(&error) })? {
        let (line, byte) =
            record.position().map_or((1, 0), |at| (at.line(), usize::try_from(at.byte()).unwrap_or(usize::MAX)));
        // blank lines are skipped by the parser only after it has noted where the record begins
        let skipped = text.as_bytes()[byte.min(text.len())..]
            .iter()
            .take_while(|byte| matches!(byte, b'\r' | b'\n'))
            .filter(|byte| **byte == b'\n')
            .count() as u64;
        rows.number = u32::try_from(line + skipped - inner_line_feeds).unwrap_or(u32::MAX);
        for (column, value) in record.iter().enumerate() {
            if !value.is_empty() {
                inner_line_feeds += value.bytes().filter(|byte| *byte == b'\n').count() as u64;
                rows.put(column, Cell::Text(csv_text::unguarded(value).to_owned()))?;
            }
        }
        if rows.flush()?.is_break() {
            break;
        }
    }
    Ok(())
}

/// The kind of fault only: csv's own words quote the record.
fn csv_detail(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::Utf8 { .. } => "csv: not UTF-8",
        csv::ErrorKind::UnequalLengths { .. } => "csv: unequal lengths",
        _ => "csv",
    }
    .to_owned()
}

fn from_ref(value: &DataRef<'_>) -> Cell {
    match value {
        DataRef::Empty => Cell::Empty,
        DataRef::Int(number) => Cell::Number(*number as f64),
        DataRef::Float(number) => Cell::Number(*number),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => from_text(text),
        DataRef::SharedString(text) => from_text(text),
        DataRef::Bool(value) => Cell::Bool(*value),
        DataRef::DateTime(value) => from_serial(*value),
        DataRef::Error(error) => Cell::Error(error.to_string()),
    }
}

fn from_data(value: &Data) -> Cell {
    match value {
        Data::Empty => Cell::Empty,
        Data::Int(number) => Cell::Number(*number as f64),
        Data::Float(number) => Cell::Number(*number),
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => from_text(text),
        Data::Bool(value) => Cell::Bool(*value),
        Data::DateTime(value) => from_serial(*value),
        Data::Error(error) => Cell::Error(error.to_string()),
    }
}

fn from_text(text: &str) -> Cell {
    if text.is_empty() { Cell::Empty } else { Cell::Text(text.to_owned()) }
}

/// Excel keeps days since 1900 (or 1904); a time without a day, and a duration, is text here.
fn from_serial(value: ExcelDateTime) -> Cell {
    const SECONDS_OF_DAY: f64 = 86_400.0;
    let serial = value.as_f64();
    if value.is_duration() || (0.0..1.0).contains(&serial) {
        let minute = (serial * SECONDS_OF_DAY / 60.0).round() as i64;
        return Cell::Text(format!("{}:{:02}", minute / 60, minute % 60));
    }
    if !(0.0..2_958_466.0).contains(&serial) {
        return Cell::Number(serial);
    }
    let (year, month, day, hour, minute, second, _) = value.to_ymd_hms_milli();
    let second_of_day = u32::from(hour) * 3_600 + u32::from(minute) * 60 + u32::from(second);
    Cell::Date(CellDate { year, month, day, second_of_day })
}

fn xlsx_error(error: &XlsxError) -> SheetError {
    match error {
        XlsxError::Password => SheetError::PasswordProtected,
        // the words of some errors quote the file
        XlsxError::Xml(_) | XlsxError::XmlAttr(_) => SheetError::Damaged { detail: "xlsx: XML".to_owned() },
        XlsxError::Zip(_) | XlsxError::Io(_) => SheetError::Damaged { detail: "xlsx: archive".to_owned() },
        XlsxError::XmlEof(part) => SheetError::Damaged { detail: format!("xlsx: {part} is cut off") },
        _ => SheetError::Damaged { detail: "xlsx: content".to_owned() },
    }
}

fn xls_error(error: &XlsError) -> SheetError {
    match error {
        XlsError::Password => SheetError::PasswordProtected,
        XlsError::Cfb(_) => SheetError::Damaged { detail: "xls: compound file".to_owned() },
        _ => SheetError::Damaged { detail: "xls: content".to_owned() },
    }
}
