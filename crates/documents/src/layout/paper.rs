use super::{Line, PAGES_MAX, Sheet, break_lines, justified, mm};
use crate::DocumentError;
use crate::fonts::{Fonts, Weight};
use crate::pdf::{Mark, Pages};
use crate::picture::Cleaned;

/// Distances of the type area (版心) from the edges of the sheet, in points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Margins {
    pub(crate) top: f32,
    pub(crate) right: f32,
    pub(crate) bottom: f32,
    pub(crate) left: f32,
}

/// Where a line stands between the sides of its box.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Centre,
    Right,
    /// Left, with full lines stretched to the right edge.
    Justify,
}

/// Sizes of type, in points.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sizes {
    /// The name of the office over the title.
    pub(crate) office_pt: f32,
    pub(crate) title_pt: f32,
    pub(crate) text_pt: f32,
    /// Distance from line to line of running text.
    pub(crate) leading_pt: f32,
    pub(crate) table_pt: f32,
    pub(crate) note_pt: f32,
    /// Numbers that are meant to be seen first.
    pub(crate) figure_pt: f32,
}

/// Sheet, type area and sizes of a kind of paper.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Format {
    pub(crate) sheet: Sheet,
    pub(crate) margins: Margins,
    pub(crate) sizes: Sizes,
}

impl Format {
    /// What is handed over the counter or filed, on A4.
    pub(crate) const OFFICE: Self = Self {
        sheet: Sheet::A4,
        margins: Margins { top: mm(22.0), right: mm(18.0), bottom: mm(24.0), left: mm(18.0) },
        sizes: Sizes {
            office_pt: 12.0,
            title_pt: 20.0,
            text_pt: 10.5,
            leading_pt: 16.5,
            table_pt: 9.0,
            note_pt: 7.5,
            figure_pt: 16.0,
        },
    };
}

/// How a paragraph is set.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Style {
    pub(crate) size_pt: f32,
    /// Distance from line to line.
    pub(crate) leading_pt: f32,
    pub(crate) weight: Weight,
    pub(crate) align: Align,
    /// Of the first line.
    pub(crate) indent_pt: f32,
}

/// Pages that fill from top to bottom.
pub(crate) struct Paper<'f> {
    pub(crate) fonts: &'f Fonts,
    format: Format,
    pages: Vec<Vec<Mark>>,
    pictures: Vec<Cleaned>,
    /// The page that is being filled, from 0.
    current: usize,
    /// Printed at the head of every page but the first, so that a lost sheet finds its way back.
    running_head: String,
    /// Upper edge of what comes next.
    pub(crate) y: f32,
}

/// Share of the square of a Chinese character that is above the baseline.
const ASCENT: f32 = 0.88;
const RUNNING_SIZE_PT: f32 = 8.5;
const RULE_PT: f32 = 0.5;
/// A pixel is never drawn larger (96 dpi): a small picture stays small instead of turning into squares.
const PIXEL_MAX_PT: f32 = 0.75;

impl<'f> Paper<'f> {
    pub(crate) fn new(fonts: &'f Fonts, format: Format, running_head: String) -> Self {
        let (pages, pictures) = (vec![Vec::new()], Vec::new());
        Self { fonts, format, pages, pictures, current: 0, running_head, y: format.margins.top }
    }

    pub(crate) fn sizes(&self) -> Sizes {
        self.format.sizes
    }

    pub(crate) fn left(&self) -> f32 {
        self.format.margins.left
    }

    pub(crate) fn width(&self) -> f32 {
        self.format.sheet.width_pt - self.format.margins.left - self.format.margins.right
    }

    /// Lower edge of the type area.
    pub(crate) fn bottom(&self) -> f32 {
        self.format.sheet.height_pt - self.format.margins.bottom
    }

    /// Pages so far.
    pub(crate) fn page_count(&self) -> usize {
        self.pages.len()
    }

    /// Goes back to the top of a page that was left for later, from 1.
    pub(crate) fn turn_to(&mut self, page: usize) {
        self.current = page.clamp(1, self.pages.len()) - 1;
        self.y = self.format.margins.top;
    }

    /// Height that is left on this page.
    pub(crate) fn room(&self) -> f32 {
        self.bottom() - self.y
    }

    /// Height of a whole page.
    pub(crate) fn full_room(&self) -> f32 {
        self.bottom() - self.format.margins.top
    }

    pub(crate) fn break_page(&mut self) -> Result<(), DocumentError> {
        if self.pages.len() == PAGES_MAX {
            return Err(DocumentError::TooManyPages { limit: PAGES_MAX });
        }
        self.pages.push(Vec::new());
        self.turn_to(self.pages.len());
        // one line of it is enough to tell whose sheet this is
        let heads = break_lines(self.fonts, &self.running_head, Weight::Regular, RUNNING_SIZE_PT, self.width(), 0.0)?;
        if let Some(head) = heads.first() {
            let baseline = self.format.margins.top - 8.0;
            self.place(head, self.left(), baseline, RUNNING_SIZE_PT);
        }
        Ok(())
    }

    /// Begins a page unless `height_pt` still fits on this one.
    pub(crate) fn keep_together(&mut self, height_pt: f32) -> Result<(), DocumentError> {
        if height_pt > self.room() { self.break_page() } else { Ok(()) }
    }

    pub(crate) fn place(&mut self, line: &Line, x: f32, baseline: f32, size_pt: f32) {
        if line.items.is_empty() {
            return;
        }
        let mark = Mark::Text { x, y: baseline, size_pt, weight: line.weight, items: line.items.clone() };
        self.pages[self.current].push(mark);
    }

    pub(crate) fn rule(&mut self, from: (f32, f32), to: (f32, f32)) {
        self.rule_of(from, to, RULE_PT);
    }

    pub(crate) fn rule_of(&mut self, from: (f32, f32), to: (f32, f32), thickness_pt: f32) {
        self.pages[self.current].push(Mark::Rule { from, to, thickness_pt });
    }

    /// Rules over the whole width, a thick one and a fine one (文武线), the thick one outside; 4 points high.
    pub(crate) fn double_rule(&mut self, y: f32, is_upper: bool) {
        let (left, right) = (self.left(), self.left() + self.width());
        let (thick, fine) = if is_upper { (y, y + 4.0) } else { (y + 4.0, y) };
        self.rule_of((left, thick), (right, thick), 2.2);
        self.rule_of((left, fine), (right, fine), RULE_PT);
    }

    /// Draws a picture in the middle of a box (upper left corner, width and height), whole and undistorted.
    pub(crate) fn picture(&mut self, picture: Cleaned, (x, y): (f32, f32), (width_pt, height_pt): (f32, f32)) {
        let pixels = |count: u32| u16::try_from(count).map_or(f32::from(u16::MAX), f32::from);
        let (wide, high) = (pixels(picture.width_px), pixels(picture.height_px));
        let scale = (width_pt / wide).min(height_pt / high).min(PIXEL_MAX_PT);
        let (drawn_wide, drawn_high) = (wide * scale, high * scale);
        let number = self.pictures.len();
        self.pictures.push(picture);
        self.pages[self.current].push(Mark::Picture {
            x: x + (width_pt - drawn_wide) / 2.0,
            y: y + (height_pt - drawn_high) / 2.0,
            width_pt: drawn_wide,
            height_pt: drawn_high,
            number,
        });
    }

    /// Sets a paragraph over the whole width, over pages where needed.
    pub(crate) fn paragraph(&mut self, text: &str, style: Style) -> Result<(), DocumentError> {
        let lines = break_lines(self.fonts, text, style.weight, style.size_pt, self.width(), style.indent_pt)?;
        for (index, line) in lines.iter().enumerate() {
            self.keep_together(style.leading_pt)?;
            let indent_pt = if index == 0 { style.indent_pt } else { 0.0 };
            let x = self.left() + indent_pt + align_offset(style.align, line.width_pt, self.width());
            let baseline = self.y + baseline_in(style.leading_pt, style.size_pt);
            if style.align == Align::Justify {
                let line = justified(line, style.size_pt, self.width() - indent_pt);
                self.place(&line, x, baseline, style.size_pt);
            } else {
                self.place(line, x, baseline, style.size_pt);
            }
            self.y += style.leading_pt;
        }
        Ok(())
    }

    /// The pages, each with its foot: `foot` is given the page number, from 1, and the number of pages; a page
    /// whose foot is empty has none.
    pub(crate) fn finish(mut self, foot: impl Fn(usize, usize) -> String) -> Result<Pages, DocumentError> {
        let count = self.pages.len();
        let (left, width) = (self.left(), self.width());
        let top = self.bottom() + 12.0;
        for page in 1..=count {
            let text = foot(page, count);
            if text.is_empty() {
                continue;
            }
            self.turn_to(page);
            self.rule((left, top), (left + width, top));
            let lines = break_lines(self.fonts, &text, Weight::Regular, RUNNING_SIZE_PT, width, 0.0)?;
            for (number, line) in (1u8..).zip(&lines) {
                let x = left + align_offset(Align::Centre, line.width_pt, width);
                self.place(line, x, top + f32::from(number) * 13.0, RUNNING_SIZE_PT);
            }
        }
        Ok(Pages { sheet: self.format.sheet, marks: self.pages, pictures: self.pictures })
    }
}

/// Distance of the baseline from the upper edge of a line of this height.
pub(crate) fn baseline_in(leading_pt: f32, size_pt: f32) -> f32 {
    (leading_pt - size_pt) / 2.0 + ASCENT * size_pt
}

pub(crate) fn align_offset(align: Align, line_pt: f32, width_pt: f32) -> f32 {
    match align {
        Align::Left | Align::Justify => 0.0,
        Align::Centre => (width_pt - line_pt) / 2.0,
        Align::Right => width_pt - line_pt,
    }
}
