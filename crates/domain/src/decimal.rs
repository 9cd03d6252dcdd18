//! Numbers of indicators: exact decimals with up to four places, held as whole ten-thousandths.

use std::fmt;

/// Ten-thousandths in one.
const SCALE: i64 = 10_000;
/// Decimal places.
const PLACES: usize = 4;
/// Largest number: what any office counts or spends stays far below (10¹² yuan is the budget of a province).
const WHOLE_MAX: i64 = 999_999_999_999;

/// The text is no number of an indicator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecimalFault {
    /// Not a number.
    #[error("请填一个数，例如 98.5")]
    NotANumber,
    /// More than four decimal places.
    #[error("最多保留 4 位小数")]
    TooFine,
    /// Beyond 10¹².
    #[error("数字太大，请换一个单位，例如用“万元”")]
    TooLarge,
}

/// An exact decimal with up to four places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Decimal(i64);

impl Decimal {
    /// From ten-thousandths.
    #[must_use]
    pub const fn from_ten_thousandths(units: i64) -> Self {
        Self(units)
    }

    /// In ten-thousandths.
    #[must_use]
    pub const fn ten_thousandths(self) -> i64 {
        self.0
    }

    /// Reads a number as typed: full-width digits, thousands commas and a trailing percent sign are understood.
    ///
    /// # Errors
    /// See [`DecimalFault`].
    pub fn parse(raw: &str) -> Result<Self, DecimalFault> {
        let text: String = raw
            .trim()
            .chars()
            .map(|c| match c {
                '０'..='９' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
                '．' | '。' => '.',
                '－' | '−' => '-',
                '，' => ',',
                '％' => '%',
                c => c,
            })
            .filter(|c| *c != ',')
            .collect();
        let text = text.strip_suffix('%').unwrap_or(&text).trim_end();
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !all_digits(whole) || !all_digits(part) || (digits.contains('.') && part.is_empty()) {
            return Err(DecimalFault::NotANumber);
        }
        let part = part.trim_end_matches('0');
        if part.len() > PLACES {
            return Err(DecimalFault::TooFine);
        }
        let whole: i64 = whole.parse().ok().filter(|whole| *whole <= WHOLE_MAX).ok_or(DecimalFault::TooLarge)?;
        let fraction: i64 = format!("{part:0<PLACES$}").parse().map_err(|_| DecimalFault::NotANumber)?;
        let units = whole * SCALE + fraction;
        Ok(Self(if negative { -units } else { units }))
    }

    /// How much of the way from `baseline` to `target` is done at this value, in whole percent; `None` where there is
    /// no way to go.
    #[must_use]
    pub fn progress_percent(self, baseline: Self, target: Self) -> Option<i32> {
        let way = i128::from(target.0) - i128::from(baseline.0);
        if way == 0 {
            return None;
        }
        let done = (i128::from(self.0) - i128::from(baseline.0)) * 100;
        i32::try_from(done.div_euclid(way)).ok()
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, part) = (self.0.unsigned_abs() / SCALE as u64, self.0.unsigned_abs() % SCALE as u64);
        let part = format!("{part:0>PLACES$}");
        match part.trim_end_matches('0') {
            "" => write!(f, "{sign}{whole}"),
            part => write!(f, "{sign}{whole}.{part}"),
        }
    }
}

#[cfg(test)]
mod tests;
