//! From placed text and lines to PDF bytes. The only place that knows printpdf's document model.

use std::fmt;

use printpdf::{
    Color, Date, DateTime, FontId, Greyscale, Line, LinePoint, Mm, Offset, Op, PdfDocument, PdfFontHandle, PdfPage,
    PdfParseErrorSeverity, PdfSaveOptions, PdfWarnMsg, Point, Pt, TextItem, TextMatrix, Time,
};

use crate::DocumentError;
use crate::fonts::{Fonts, Weight};
use crate::layout::PAGE_HEIGHT_PT;

/// When a paper is printed, office time (UTC+8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct PrintTime {
    /// Year, four digits.
    pub year: u16,
    /// Month, 1 to 12.
    pub month: u8,
    /// Day of the month, from 1.
    pub day: u8,
    /// Hour, 0 to 23.
    pub hour: u8,
    /// Minute, 0 to 59.
    pub minute: u8,
}

impl fmt::Display for PrintTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02} {:02}:{:02}", self.year, self.month, self.day, self.hour, self.minute)
    }
}

/// A finished paper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Printed {
    /// The PDF.
    pub bytes: Vec<u8>,
    /// Number of pages.
    pub pages: usize,
}

/// What the file says about itself. Holds no name: file properties are seen by whoever gets the file.
pub(crate) struct Properties<'a> {
    pub(crate) title: &'a str,
    pub(crate) printed_at: PrintTime,
}

/// Something placed on a page; distances in points, y from the page's upper edge down.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Mark {
    /// `items` begin at `x` with their baseline on `y`; `weight` has every glyph of the text.
    Text { x: f32, y: f32, size_pt: f32, weight: Weight, items: Vec<TextItem> },
    /// A straight black line.
    Rule { from: (f32, f32), to: (f32, f32), thickness_pt: f32 },
}

/// Offset of office time from UTC, in hours (China has one time zone).
const OFFICE_OFFSET_H: i8 = 8;

/// Writes the pages as one PDF. The same pages give the same bytes.
pub(crate) fn write(fonts: &Fonts, pages: &[Vec<Mark>], properties: &Properties<'_>) -> Result<Vec<u8>, DocumentError> {
    let mut document = PdfDocument::new(properties.title);
    let utc = utc(properties.printed_at);
    let info = &mut document.metadata.info;
    (info.creation_date, info.modification_date, info.metadata_date) = (utc, utc, utc);
    for weight in [Weight::Regular, Weight::SemiBold] {
        let font = printpdf::PdfFont::new(fonts.parsed(weight).clone());
        document.resources.fonts.map.insert(font_id(weight), font);
    }
    document.pages = pages.iter().map(|marks| PdfPage::new(Mm(210.0), Mm(297.0), operations(marks))).collect();

    let mut warnings: Vec<PdfWarnMsg> = Vec::new();
    let mut file = printpdf::to_lopdf_doc(&document, &PdfSaveOptions::default(), &mut warnings);
    // printpdf embeds the whole 15 MB face when it cannot subset one, and only says so here
    if let Some(warning) = warnings.iter().find(|warning| warning.severity == PdfParseErrorSeverity::Error) {
        return Err(typesetting(&warning.msg));
    }
    let identity = identity(pages, properties);
    if let Ok(ids) = file.trailer.get_mut(b"ID").and_then(|object| object.as_array_mut()) {
        for id in ids {
            *id.as_str_mut().map_err(|error| typesetting(&error.to_string()))? = identity.clone().into_bytes();
        }
    }
    file.compress();
    let mut bytes = Vec::new();
    file.save_to(&mut bytes).map_err(|error| typesetting(&error.to_string()))?;
    Ok(bytes)
}

fn typesetting(detail: &str) -> DocumentError {
    DocumentError::Typesetting { detail: detail.to_owned() }
}

/// The first six letters become the subset tag (`ZXREGU+NotoSerifSC-Regular`).
fn font_id(weight: Weight) -> FontId {
    FontId(
        match weight {
            Weight::Regular => "ZXREGULAR",
            Weight::SemiBold => "ZXSEMIBOLD",
        }
        .to_owned(),
    )
}

fn operations(marks: &[Mark]) -> Vec<Op> {
    let black = Color::Greyscale(Greyscale::new(0.0, None));
    let mut ops = vec![Op::SetFillColor { col: black.clone() }, Op::SetOutlineColor { col: black }];
    for mark in marks {
        match mark {
            Mark::Text { x, y, size_pt, weight, items } => ops.extend([
                Op::StartTextSection,
                Op::SetFont { font: PdfFontHandle::External(font_id(*weight)), size: Pt(*size_pt) },
                Op::SetTextMatrix { matrix: TextMatrix::Translate(hundredth(*x), flip(*y)) },
                Op::ShowText { items: items.clone() },
                Op::EndTextSection,
            ]),
            Mark::Rule { from, to, thickness_pt } => ops.extend([
                Op::SetOutlineThickness { pt: Pt(*thickness_pt) },
                Op::DrawLine { line: Line { points: vec![point(*from), point(*to)], is_closed: false } },
            ]),
        }
    }
    ops
}

fn point((x, y): (f32, f32)) -> LinePoint {
    LinePoint { p: Point { x: hundredth(x), y: flip(y) }, bezier: false }
}

/// A hundredth of a point is finer than any printer and keeps the numbers short.
fn hundredth(value: f32) -> Pt {
    Pt((value * 100.0).round() / 100.0)
}

fn flip(y: f32) -> Pt {
    hundredth(PAGE_HEIGHT_PT - y)
}

/// printpdf writes every date as UTC.
fn utc(at: PrintTime) -> DateTime {
    let local = DateTime {
        date: Date { year: i32::from(at.year), month: at.month, day: at.day },
        time: Time { hour: at.hour, minute: at.minute, second: 0, millisecond: 0 },
        offset: Offset { hours: OFFICE_OFFSET_H, minutes: 0, seconds: 0, milliseconds: 0 },
    };
    DateTime::from_unix_timestamp(local.unix_timestamp()).unwrap_or_else(|_| DateTime::epoch())
}

/// The file identifier (ISO 32000-1, 14.4), 32 hexadecimal digits made from what is on the pages: printpdf's own
/// changes from call to call. FNV-1a, twice: it tells files apart, it protects nothing.
fn identity(pages: &[Vec<Mark>], properties: &Properties<'_>) -> String {
    let content = format!("{pages:?}{}{}", properties.title, properties.printed_at);
    let fnv =
        |seed: u64| content.bytes().fold(seed, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{:016x}{:016x}", fnv(0xcbf2_9ce4_8422_2325), fnv(0x9e37_79b9_7f4a_7c15))
}
