//! A small typesetting core for Chinese office papers: lines, paragraphs, tables over several pages, pictures, and
//! the blocks that every paper is built of (head, facts, figures, signatures).
//!
//! Distances are points (1/72 inch), y counts from the page's upper edge down. Type is black, rules are black;
//! only pictures have colours.

mod block;
mod blocks;
mod breaking;
mod cutting;
mod paper;
mod table;
#[cfg(test)]
mod tests;

pub(crate) use block::Block;
pub(crate) use blocks::{Figure, or_dash};
pub use breaking::may_break_between;
pub(crate) use breaking::{Line, break_lines, justified, single_line, spaced};
pub(crate) use cutting::{clipped, cut_to_fit, largest};
pub(crate) use paper::{Align, Format, Margins, Paper, Sizes, Style, align_offset, baseline_in};
pub(crate) use table::{Column, Table, TableCell, figure_part, part};

/// Size of the sheets of a paper.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Sheet {
    pub(crate) width_pt: f32,
    pub(crate) height_pt: f32,
}

impl Sheet {
    /// GB/T 148, upright.
    pub(crate) const A4: Self = Self { width_pt: mm(210.0), height_pt: mm(297.0) };
    /// GB/T 148, upright.
    pub(crate) const A5: Self = Self { width_pt: mm(148.0), height_pt: mm(210.0) };
}

/// Pages of one paper. A statement of 500 pages has some 15,000 entries: nobody reads it, a date range was forgotten.
pub const PAGES_MAX: usize = 500;

/// Millimetres in points.
pub(crate) const fn mm(value: f32) -> f32 {
    value * 72.0 / 25.4
}
