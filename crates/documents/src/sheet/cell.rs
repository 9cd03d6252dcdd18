use std::fmt;

/// What stands in one cell.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Cell {
    /// Nothing.
    #[default]
    Empty,
    /// Text, as it stands in the file (not trimmed). Every cell of a .csv is text or empty.
    Text(String),
    /// A number. Excel keeps about 15 digits: see [`Cell::is_rounded`].
    Number(f64),
    /// A cell formatted as date.
    Date(CellDate),
    /// TRUE or FALSE.
    Bool(bool),
    /// An error such as `#N/A`, in Excel's spelling.
    Error(String),
}

/// A day, with the time of day if the cell has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CellDate {
    /// Year, 1900 to 9999.
    pub year: u16,
    /// Month, 1 to 12.
    pub month: u8,
    /// Day of the month, from 1.
    pub day: u8,
    /// Seconds since midnight; 0 for a bare date.
    pub second_of_day: u32,
}

/// From here on neighbouring whole numbers share one cell value: Excel keeps 15 digits and writes 0 for the rest
/// (an ID number typed as a number ends in 000).
const FIRST_ROUNDED: f64 = 1e15;

impl Cell {
    /// Whether nothing, or only blanks, stands in the cell.
    pub fn is_blank(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Text(text) => text.trim().is_empty(),
            _ => false,
        }
    }

    /// Whether the cell is a number of 16 digits or more, of which Excel has already lost the last ones.
    pub fn is_rounded(&self) -> bool {
        matches!(self, Self::Number(number) if number.abs() >= FIRST_ROUNDED)
    }
}

impl fmt::Display for CellDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)?;
        if self.second_of_day > 0 {
            let minute = self.second_of_day / 60;
            write!(f, " {:02}:{:02}", minute / 60, minute % 60)?;
            if !self.second_of_day.is_multiple_of(60) {
                write!(f, ":{:02}", self.second_of_day % 60)?;
            }
        }
        Ok(())
    }
}

/// As Excel shows it in a wide cell: no exponent, fifteen digits, dates as 2026-11-22, nothing for an empty cell.
impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => Ok(()),
            Self::Text(text) | Self::Error(text) => f.write_str(text),
            Self::Number(number) if self.is_rounded() && number.is_finite() => f.write_str(&fifteen_digits(*number)),
            // Rust prints an f64 in full and as short as it reads back
            Self::Number(number) => write!(f, "{number}"),
            Self::Date(date) => date.fmt(f),
            Self::Bool(true) => f.write_str("TRUE"),
            Self::Bool(false) => f.write_str("FALSE"),
        }
    }
}

/// A large number as Excel shows it: fifteen digits, then zeros.
fn fifteen_digits(number: f64) -> String {
    let scientific = format!("{number:.14e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "14"));
    let zeros = exponent.parse::<usize>().unwrap_or(14).saturating_sub(14);
    digits.replace('.', "") + &"0".repeat(zeros)
}
