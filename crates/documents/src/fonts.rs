//! The two bundled faces and their measures.
//!
//! Body text is set in the whole Noto Serif SC Regular (every character of GBK and CJK Extension A, besides the
//! rare ones of the general standard table of characters). Heads are set in a SemiBold that holds only the
//! characters of GB 2312, which keeps the program 12 MB smaller; a head with another character is set in Regular
//! as a whole, so that no word changes its weight in the middle.
//!
//! Parsing takes tens of milliseconds: keep one [`Fonts`] for as long as papers are set.

use std::sync::atomic::{AtomicU16, Ordering};

use printpdf::{Codepoint, ParsedFont, PdfFontParseWarning};

use crate::DocumentError;

static REGULAR: &[u8] = include_bytes!("../../../assets/fonts/NotoSerifSC-Regular.ttf");
static SEMI_BOLD: &[u8] = include_bytes!("../../../assets/fonts/NotoSerifSC-SemiBold-GB2312.ttf");

/// Code points whose glyphs are remembered: the planes that have Chinese characters, half a megabyte for a face.
const ASKED_CODE_POINTS: usize = 0x4_0000;

/// How heavy text is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Weight {
    /// Body text.
    Regular,
    /// Titles and heads.
    SemiBold,
}

/// The bundled faces, parsed once. Can be shared between threads.
#[derive(Debug)]
pub struct Fonts {
    regular: Face,
    semi_bold: Face,
}

#[derive(Debug)]
struct Face {
    parsed: ParsedFont,
    /// Glyph of each character, by code point; 0 where nobody asked yet. The font library walks through its whole
    /// map for each question, and a paper asks for each of its characters several times.
    asked: Box<[AtomicU16]>,
    units_per_em: f32,
    /// The widest digit, in thousandths of an em: the pitch of tabular figures.
    digit_pitch: f32,
}

impl Fonts {
    /// Parses the bundled faces.
    ///
    /// # Errors
    /// [`DocumentError::Typesetting`] when a face cannot be parsed, which only a broken build causes.
    pub fn bundled() -> Result<Self, DocumentError> {
        Ok(Self { regular: Face::parse(REGULAR)?, semi_bold: Face::parse(SEMI_BOLD)? })
    }

    /// The face in which the whole of `text` can be set when `weight` is wanted.
    ///
    /// # Errors
    /// [`DocumentError::MissingGlyph`] for the first character that no bundled face can draw.
    pub(crate) fn face_for(&self, text: &str, weight: Weight) -> Result<Weight, DocumentError> {
        let lacks = |face: &Face| text.chars().find(|c| face.glyph(*c).is_none());
        if weight == Weight::SemiBold && lacks(&self.semi_bold).is_none() {
            return Ok(Weight::SemiBold);
        }
        match lacks(&self.regular) {
            None => Ok(Weight::Regular),
            Some(character) => Err(DocumentError::MissingGlyph { character, code_point: u32::from(character) }),
        }
    }

    /// Advance of one character in thousandths of an em; 0 for a character the face lacks.
    pub(crate) fn advance_mille(&self, weight: Weight, character: char) -> f32 {
        let face = self.face(weight);
        face.glyph(character).map_or(0.0, |glyph| face.advance_mille(glyph))
    }

    /// Pitch of tabular figures in thousandths of an em.
    pub(crate) fn digit_pitch_mille(&self, weight: Weight) -> f32 {
        self.face(weight).digit_pitch
    }

    /// The glyphs of `text`, each with the character that is found when the paper is searched.
    pub(crate) fn glyphs(&self, weight: Weight, text: &str) -> Vec<Codepoint> {
        let face = self.face(weight);
        let glyph = |character| Some(Codepoint::with_cid(face.glyph(character)?, 0.0, String::from(character)));
        text.chars().filter_map(glyph).collect()
    }

    pub(crate) fn parsed(&self, weight: Weight) -> &ParsedFont {
        &self.face(weight).parsed
    }

    fn face(&self, weight: Weight) -> &Face {
        match weight {
            Weight::Regular => &self.regular,
            Weight::SemiBold => &self.semi_bold,
        }
    }
}

impl Face {
    fn parse(bytes: &'static [u8]) -> Result<Self, DocumentError> {
        let mut parsed = parse(bytes)?;
        // cutting a face down to the glyphs of a paper compares every character of its map with them; the glyphs
        // are found in the map that was parsed already, so the face that is cut down needs none
        parsed.original_bytes = parse(&without_character_map(bytes)?)?.original_bytes.clone();
        let units_per_em = f32::from(parsed.font_metrics.units_per_em);
        let asked = (0..ASKED_CODE_POINTS).map(|_| AtomicU16::new(0)).collect();
        let mut face = Self { parsed, asked, units_per_em, digit_pitch: 0.0 };
        face.digit_pitch = ('0'..='9')
            .filter_map(|digit| face.glyph(digit))
            .map(|glyph| face.advance_mille(glyph))
            .fold(0.0, f32::max);
        Ok(face)
    }

    fn glyph(&self, character: char) -> Option<u16> {
        let asked = usize::try_from(u32::from(character)).ok().and_then(|code_point| self.asked.get(code_point));
        if let Some(glyph) = asked.map(|glyph| glyph.load(Ordering::Relaxed)).filter(|glyph| *glyph != 0) {
            return Some(glyph);
        }
        // some tables map what they lack to glyph 0, which draws an empty box
        let glyph = self.parsed.lookup_glyph_index(u32::from(character)).filter(|glyph| *glyph != 0)?;
        if let Some(asked) = asked {
            asked.store(glyph, Ordering::Relaxed);
        }
        Some(glyph)
    }

    fn advance_mille(&self, glyph: u16) -> f32 {
        f32::from(self.parsed.get_horizontal_advance(glyph)) * 1000.0 / self.units_per_em
    }
}

fn parse(bytes: &[u8]) -> Result<ParsedFont, DocumentError> {
    let mut warnings: Vec<PdfFontParseWarning> = Vec::new();
    ParsedFont::from_bytes(bytes, 0, &mut warnings).ok_or_else(|| broken(&format!("{warnings:?}")))
}

fn broken(detail: &str) -> DocumentError {
    DocumentError::Typesetting { detail: format!("font: {detail}") }
}

/// The face with an empty character map (`cmap`, ISO/IEC 14496-22, 5.2.1) where its own begins; no table moves.
fn without_character_map(bytes: &[u8]) -> Result<Vec<u8>, DocumentError> {
    /// One subtable for all of Unicode (platform 3, encoding 10) in format 12 with no groups.
    const EMPTY: [u8; 28] = [0, 0, 0, 1, 0, 3, 0, 10, 0, 0, 0, 12, 0, 12, 0, 0, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0, 0];
    /// Where the table directory begins, and the length of its records: tag, checksum, offset, length.
    const DIRECTORY: usize = 12;
    const RECORD: usize = 16;
    let mut bare = bytes.to_vec();
    let record =
        bytes.get(DIRECTORY..).unwrap_or_default().chunks_exact(RECORD).find(|record| record.starts_with(b"cmap"));
    let offset = record.and_then(|record| record[8..12].try_into().ok()).map(u32::from_be_bytes);
    let table = offset
        .and_then(|offset| usize::try_from(offset).ok())
        .and_then(|offset| bare.get_mut(offset..offset + EMPTY.len()))
        .ok_or_else(|| broken("no character map"))?;
    table.copy_from_slice(&EMPTY);
    Ok(bare)
}
