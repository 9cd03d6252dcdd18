//! From placed text and lines to PDF bytes. The only place that knows printpdf's document model.

use std::collections::BTreeMap;
use std::fmt;

use printpdf::{
    Color, Date, DateTime, DictItem, ExternalStream, ExternalXObject, FontId, Greyscale, Line, LineCapStyle, LinePoint,
    Offset, Op, PdfDocument, PdfFontHandle, PdfPage, PdfParseErrorSeverity, PdfSaveOptions, PdfWarnMsg, Point, Pt,
    TextItem, TextMatrix, Time, XObject, XObjectId, XObjectTransform,
};

use crate::DocumentError;
use crate::fonts::{Fonts, Weight};
use crate::layout::Sheet;
use crate::picture::Cleaned;

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
    /// The picture with this number among [`Pages::pictures`]; `x` and `y` of its upper left corner.
    Picture { x: f32, y: f32, width_pt: f32, height_pt: f32, number: usize },
}

/// Pages that are filled, and the pictures on them.
pub(crate) struct Pages {
    pub(crate) sheet: Sheet,
    pub(crate) marks: Vec<Vec<Mark>>,
    pub(crate) pictures: Vec<Cleaned>,
}

/// Offset of office time from UTC, in hours (China has one time zone).
const OFFICE_OFFSET_H: i8 = 8;

/// Writes the pages as one PDF. The same pages give the same bytes.
pub(crate) fn write(fonts: &Fonts, pages: &Pages, properties: &Properties<'_>) -> Result<Printed, DocumentError> {
    let mut document = PdfDocument::new(properties.title);
    let utc = utc(properties.printed_at);
    let info = &mut document.metadata.info;
    (info.creation_date, info.modification_date, info.metadata_date) = (utc, utc, utc);
    for weight in [Weight::Regular, Weight::SemiBold] {
        let font = printpdf::PdfFont::new(fonts.parsed(weight).clone());
        document.resources.fonts.map.insert(font_id(weight), font);
    }
    for (number, picture) in pages.pictures.iter().enumerate() {
        document.resources.xobjects.map.insert(picture_id(number), picture_object(picture));
    }
    let Sheet { width_pt, height_pt } = pages.sheet;
    document.pages = pages
        .marks
        .iter()
        .map(|marks| PdfPage::new(Pt(width_pt).into(), Pt(height_pt).into(), operations(fonts, marks, height_pt)))
        .collect();

    let mut warnings: Vec<PdfWarnMsg> = Vec::new();
    let mut file = printpdf::to_lopdf_doc(&document, &PdfSaveOptions::default(), &mut warnings);
    // printpdf embeds the whole 15 MB face when it cannot subset one, and only says so here
    if let Some(warning) = warnings.iter().find(|warning| warning.severity == PdfParseErrorSeverity::Error) {
        return Err(typesetting(&warning.msg));
    }
    file.compress();
    let streams = file.objects.values().filter_map(|object| object.as_stream().ok());
    let identity = identity(streams.map(|stream| stream.content.as_slice()), properties);
    if let Ok(ids) = file.trailer.get_mut(b"ID").and_then(|object| object.as_array_mut()) {
        for id in ids {
            *id.as_str_mut().map_err(|error| typesetting(&error.to_string()))? = identity.clone().into_bytes();
        }
    }
    let mut bytes = Vec::new();
    file.save_to(&mut bytes).map_err(|error| typesetting(&error.to_string()))?;
    Ok(Printed { bytes, pages: pages.marks.len() })
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

/// Numbers of one length keep the pictures in order.
fn picture_id(number: usize) -> XObjectId {
    XObjectId(format!("ZXP{number:04}"))
}

/// The JPEG as it is (DCTDecode, ISO 32000-1, 7.4.8): printpdf's own way unpacks every pixel.
fn picture_object(picture: &Cleaned) -> XObject {
    let name = |text: &str| DictItem::Name(text.as_bytes().to_vec());
    let dict = BTreeMap::from([
        ("Type".to_owned(), name("XObject")),
        ("Subtype".to_owned(), name("Image")),
        ("Width".to_owned(), DictItem::Int(picture.width_px.into())),
        ("Height".to_owned(), DictItem::Int(picture.height_px.into())),
        ("ColorSpace".to_owned(), name("DeviceRGB")),
        ("BitsPerComponent".to_owned(), DictItem::Int(8)),
        ("Filter".to_owned(), name("DCTDecode")),
    ]);
    let stream = ExternalStream { dict, content: picture.jpeg.clone(), compress: false };
    XObject::External(ExternalXObject { stream, width: None, height: None, dpi: None })
}

fn operations(fonts: &Fonts, marks: &[Mark], page_height_pt: f32) -> Vec<Op> {
    let flip = |y: f32| hundredth(page_height_pt - y);
    let point = |(x, y)| LinePoint { p: Point { x: hundredth(x), y: flip(y) }, bezier: false };
    let black = Color::Greyscale(Greyscale::new(0.0, None));
    let mut ops = vec![
        Op::SetFillColor { col: black.clone() },
        Op::SetOutlineColor { col: black },
        // rules that meet in a corner close it
        Op::SetLineCapStyle { cap: LineCapStyle::ProjectingSquare },
    ];
    for mark in marks {
        match mark {
            Mark::Text { x, y, size_pt, weight, items } => ops.extend([
                Op::StartTextSection,
                Op::SetFont { font: PdfFontHandle::External(font_id(*weight)), size: Pt(*size_pt) },
                Op::SetTextMatrix { matrix: TextMatrix::Translate(hundredth(*x), flip(*y)) },
                Op::ShowText { items: items.iter().map(|item| with_glyphs(fonts, *weight, item)).collect() },
                Op::EndTextSection,
            ]),
            Mark::Rule { from, to, thickness_pt } => ops.extend([
                Op::SetOutlineThickness { pt: Pt(*thickness_pt) },
                Op::DrawLine { line: Line { points: vec![point(*from), point(*to)], is_closed: false } },
            ]),
            Mark::Picture { x, y, width_pt, height_pt, number } => ops.push(Op::UseXobject {
                id: picture_id(*number),
                transform: XObjectTransform {
                    translate_x: Some(hundredth(*x)),
                    translate_y: Some(flip(y + height_pt)),
                    scale_x: Some(hundredth(*width_pt).0),
                    scale_y: Some(hundredth(*height_pt).0),
                    no_auto_scale: true,
                    ..XObjectTransform::default()
                },
            }),
        }
    }
    ops
}

/// Text as glyphs: printpdf would look every character up again, and slowly.
fn with_glyphs(fonts: &Fonts, weight: Weight, item: &TextItem) -> TextItem {
    match item {
        TextItem::Text(text) => TextItem::GlyphIds(fonts.glyphs(weight, text)),
        other => other.clone(),
    }
}

/// A hundredth of a point is finer than any printer and keeps the numbers short.
fn hundredth(value: f32) -> Pt {
    Pt((value * 100.0).round() / 100.0)
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
fn identity<'a>(streams: impl Iterator<Item = &'a [u8]>, properties: &Properties<'_>) -> String {
    let about = format!("{}{}", properties.title, properties.printed_at);
    let streams: Vec<&[u8]> = streams.collect();
    let fnv = |seed: u64| {
        let bytes = about.as_bytes().iter().chain(streams.iter().copied().flatten());
        bytes.fold(seed, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
    };
    format!("{:016x}{:016x}", fnv(0xcbf2_9ce4_8422_2325), fnv(0x9e37_79b9_7f4a_7c15))
}
