//! The two bundled faces and their measures.
//!
//! Body text is set in the whole Noto Serif SC Regular (every character of GBK and CJK Extension A, besides the
//! rare ones of the general standard table of characters). Heads are set in a SemiBold that holds only the
//! characters of GB 2312, which keeps the program 12 MB smaller; a head with another character is set in Regular
//! as a whole, so that no word changes its weight in the middle.
//!
//! Parsing takes tens of milliseconds: keep one [`Fonts`] for as long as papers are set.

use printpdf::{ParsedFont, PdfFontParseWarning};

use crate::DocumentError;

static REGULAR: &[u8] = include_bytes!("../../../assets/fonts/NotoSerifSC-Regular.ttf");
static SEMI_BOLD: &[u8] = include_bytes!("../../../assets/fonts/NotoSerifSC-SemiBold-GB2312.ttf");

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
        let mut warnings: Vec<PdfFontParseWarning> = Vec::new();
        let parsed = ParsedFont::from_bytes(bytes, 0, &mut warnings)
            .ok_or_else(|| DocumentError::Typesetting { detail: format!("font: {warnings:?}") })?;
        let units_per_em = f32::from(parsed.font_metrics.units_per_em);
        let mut face = Self { parsed, units_per_em, digit_pitch: 0.0 };
        face.digit_pitch = ('0'..='9')
            .filter_map(|digit| face.glyph(digit))
            .map(|glyph| face.advance_mille(glyph))
            .fold(0.0, f32::max);
        Ok(face)
    }

    fn glyph(&self, character: char) -> Option<u16> {
        // some tables map what they lack to glyph 0, which draws an empty box
        self.parsed.lookup_glyph_index(u32::from(character)).filter(|glyph| *glyph != 0)
    }

    fn advance_mille(&self, glyph: u16) -> f32 {
        f32::from(self.parsed.get_horizontal_advance(glyph)) * 1000.0 / self.units_per_em
    }
}
