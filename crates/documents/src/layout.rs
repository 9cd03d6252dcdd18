//! A small typesetting core for Chinese office papers on A4: lines, paragraphs, tables over several pages.
//!
//! Distances are points (1/72 inch), y counts from the page's upper edge down. Type is black, rules are black,
//! nothing else is drawn.

mod breaking;
mod paper;
mod table;
#[cfg(test)]
mod tests;

pub use breaking::may_break_between;
pub(crate) use breaking::{Line, break_lines, single_line};
pub(crate) use paper::{Align, Margins, Paper, Style};
pub(crate) use table::{Column, Part, Table, part};

/// A4, 210 mm.
pub const PAGE_WIDTH_PT: f32 = 595.28;
/// A4, 297 mm.
pub const PAGE_HEIGHT_PT: f32 = 841.89;
/// Pages of one paper. A statement of 500 pages has some 15,000 entries: nobody reads it, a date range was forgotten.
pub const PAGES_MAX: usize = 500;

/// Millimetres in points.
pub(crate) const fn mm(value: f32) -> f32 {
    value * 72.0 / 25.4
}
