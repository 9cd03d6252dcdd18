//! Columns for people: a Chinese character is as wide as two letters.

use unicode_width::UnicodeWidthStr;

const GAP: &str = "  ";

/// How a column stands.
#[derive(Clone, Copy, PartialEq)]
pub enum Side {
    /// Words.
    Left,
    /// Figures.
    Right,
}

/// Lays rows out under their heads.
pub fn lay_out<const N: usize>(heads: [(&str, Side); N], rows: &[[String; N]]) -> String {
    let mut widths = heads.map(|(head, _)| head.width());
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.width());
        }
    }
    let mut text = String::new();
    let titles = heads.map(|(head, _)| head.to_owned());
    for row in std::iter::once(&titles).chain(rows) {
        let mut line = String::new();
        for ((cell, width), (_, side)) in row.iter().zip(widths).zip(heads) {
            let blank = " ".repeat(width - cell.width());
            let (before, after) = if side == Side::Right { (blank.as_str(), "") } else { ("", blank.as_str()) };
            line.push_str(&format!("{before}{cell}{after}{GAP}"));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}
