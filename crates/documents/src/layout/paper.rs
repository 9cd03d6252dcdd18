use super::{Line, PAGE_HEIGHT_PT, PAGE_WIDTH_PT, PAGES_MAX, break_lines};
use crate::DocumentError;
use crate::fonts::{Fonts, Weight};
use crate::pdf::Mark;

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
    margins: Margins,
    pages: Vec<Vec<Mark>>,
    /// Printed at the head of every page but the first, so that a lost sheet finds its way back.
    running_head: String,
    /// Upper edge of what comes next.
    pub(crate) y: f32,
}

/// Share of the square of a Chinese character that is above the baseline.
const ASCENT: f32 = 0.88;
const RUNNING_SIZE_PT: f32 = 8.5;
const RULE_PT: f32 = 0.5;

impl<'f> Paper<'f> {
    pub(crate) fn new(fonts: &'f Fonts, margins: Margins, running_head: String) -> Self {
        Self { fonts, margins, pages: vec![Vec::new()], running_head, y: margins.top }
    }

    pub(crate) fn left(&self) -> f32 {
        self.margins.left
    }

    pub(crate) fn width(&self) -> f32 {
        PAGE_WIDTH_PT - self.margins.left - self.margins.right
    }

    /// Height that is left on this page.
    pub(crate) fn room(&self) -> f32 {
        PAGE_HEIGHT_PT - self.margins.bottom - self.y
    }

    /// Height of a whole page.
    pub(crate) fn full_room(&self) -> f32 {
        PAGE_HEIGHT_PT - self.margins.bottom - self.margins.top
    }

    pub(crate) fn break_page(&mut self) -> Result<(), DocumentError> {
        if self.pages.len() == PAGES_MAX {
            return Err(DocumentError::TooManyPages { limit: PAGES_MAX });
        }
        self.pages.push(Vec::new());
        self.y = self.margins.top;
        // one line of it is enough to tell whose sheet this is
        let heads = break_lines(self.fonts, &self.running_head, Weight::Regular, RUNNING_SIZE_PT, self.width(), 0.0)?;
        if let Some(head) = heads.first() {
            let baseline = self.margins.top - 8.0;
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
        self.marks().push(mark);
    }

    pub(crate) fn rule(&mut self, from: (f32, f32), to: (f32, f32)) {
        self.marks().push(Mark::Rule { from, to, thickness_pt: RULE_PT });
    }

    fn marks(&mut self) -> &mut Vec<Mark> {
        self.pages.last_mut().expect("a paper begins with a page and never loses one")
    }

    /// Sets a paragraph over the whole width, over pages where needed.
    pub(crate) fn paragraph(&mut self, text: &str, style: Style) -> Result<(), DocumentError> {
        let lines = break_lines(self.fonts, text, style.weight, style.size_pt, self.width(), style.indent_pt)?;
        for (index, line) in lines.iter().enumerate() {
            self.keep_together(style.leading_pt)?;
            let indent_pt = if index == 0 { style.indent_pt } else { 0.0 };
            let x = self.left() + indent_pt + align_offset(style.align, line.width_pt, self.width());
            let baseline = self.y + baseline_in(style.leading_pt, style.size_pt);
            self.place(line, x, baseline, style.size_pt);
            self.y += style.leading_pt;
        }
        Ok(())
    }

    /// The pages, each with its foot: `foot` is given the page number, from 1, and the number of pages.
    pub(crate) fn finish(mut self, foot: impl Fn(usize, usize) -> String) -> Result<Vec<Vec<Mark>>, DocumentError> {
        let count = self.pages.len();
        let left = self.margins.left;
        let right = PAGE_WIDTH_PT - self.margins.right;
        let top = PAGE_HEIGHT_PT - self.margins.bottom + 12.0;
        for (index, page) in self.pages.iter_mut().enumerate() {
            page.push(Mark::Rule { from: (left, top), to: (right, top), thickness_pt: RULE_PT });
            let text = foot(index + 1, count);
            let lines = break_lines(self.fonts, &text, Weight::Regular, RUNNING_SIZE_PT, right - left, 0.0)?;
            for (number, line) in (1u8..).zip(&lines) {
                page.push(Mark::Text {
                    x: left + align_offset(Align::Centre, line.width_pt, right - left),
                    y: top + f32::from(number) * 13.0,
                    size_pt: RUNNING_SIZE_PT,
                    weight: line.weight,
                    items: line.items.clone(),
                });
            }
        }
        Ok(self.pages)
    }
}

/// Distance of the baseline from the upper edge of a line of this height.
pub(crate) fn baseline_in(leading_pt: f32, size_pt: f32) -> f32 {
    (leading_pt - size_pt) / 2.0 + ASCENT * size_pt
}

pub(crate) fn align_offset(align: Align, line_pt: f32, width_pt: f32) -> f32 {
    match align {
        Align::Left => 0.0,
        Align::Centre => (width_pt - line_pt) / 2.0,
        Align::Right => width_pt - line_pt,
    }
}
