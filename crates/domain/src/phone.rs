//! Telephone numbers of mainland China: mobiles of 11 digits and landlines with their area code
//! (公用电信网网间编号计划, 电信网编号计划 2017).

use std::fmt;

use crate::text;

/// Why a text is no telephone number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PhoneFault {
    /// Nothing there.
    #[error("没有电话号码，请补填或留空")]
    Empty,
    /// Letters or other signs.
    #[error("电话号码只能是数字，请核对后重填")]
    NotDigits,
    /// More than one number in one cell.
    #[error("一格只能填一个电话号码，请保留常用的一个，其余删去")]
    Several,
    /// Begins like a mobile and has another length.
    #[error("手机号码应为 11 位，现为 {found} 位，请核对后重填")]
    MobileLength {
        /// How many digits there are.
        found: usize,
    },
    /// A landline without its area code.
    #[error("固定电话请加区号，如 0574-86261234")]
    AreaCode,
    /// Neither a mobile nor a landline.
    #[error("不是手机号码或带区号的固定电话，请核对后重填")]
    Unknown,
}

/// A normalised number: `13812345678` or `0574-86261234`. `Debug` is masked.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Phone(String);

const MOBILE_DIGITS: usize = 11;

impl Phone {
    /// Reads a number as typed: `+86`, `0086`, blanks, hyphens and brackets are taken off.
    ///
    /// # Errors
    /// See [`PhoneFault`]; an empty text is [`PhoneFault::Empty`], so ask for emptiness first
    /// where the field may be left out.
    pub fn parse(raw: &str) -> Result<Self, PhoneFault> {
        let plain = text::normalise(raw);
        if plain.is_empty() {
            return Err(PhoneFault::Empty);
        }
        let digits = digits_of(&plain)?;
        if let Some(national) = without_country(&digits) {
            if let Ok(mobile) = mobile(national) {
                return Ok(mobile);
            }
            return landline(&format!("0{}", national.trim_start_matches('0')));
        }
        if digits.starts_with('0') { landline(&digits) } else { mobile(&digits) }
    }

    /// The normalised digits, a hyphen after the area code of a landline.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is a mobile.
    #[must_use]
    pub fn is_mobile(&self) -> bool {
        self.0.starts_with('1')
    }

    /// The last four digits, for the search box.
    #[must_use]
    pub fn last_four(&self) -> &str {
        &self.0[self.0.len() - 4..]
    }

    /// `138****5678`.
    #[must_use]
    pub fn masked(&self) -> String {
        text::mask_phone(&self.0)
    }
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Phone({})", self.masked())
    }
}

/// The digits with a leading `+` kept as `00`.
fn digits_of(plain: &str) -> Result<String, PhoneFault> {
    let mut digits = String::with_capacity(plain.len() + 1);
    for (i, c) in plain.chars().enumerate() {
        match c {
            '0'..='9' => digits.push(c),
            '+' if i == 0 => digits.push_str("00"),
            ' ' | '-' | '(' | ')' | '–' | '—' | '−' => {}
            '/' | ',' | ';' | '、' | '或' | '|' => return Err(PhoneFault::Several),
            _ => return Err(PhoneFault::NotDigits),
        }
    }
    if digits.len() >= 2 * MOBILE_DIGITS { Err(PhoneFault::Several) } else { Ok(digits) }
}

fn without_country(digits: &str) -> Option<&str> {
    digits
        .strip_prefix("0086")
        .or_else(|| digits.strip_prefix("86").filter(|rest| rest.len() == MOBILE_DIGITS && rest.starts_with('1')))
}

fn mobile(digits: &str) -> Result<Phone, PhoneFault> {
    let bytes = digits.as_bytes();
    match bytes {
        [b'1', b'3'..=b'9', ..] if bytes.len() == MOBILE_DIGITS => Ok(Phone(digits.to_owned())),
        [b'1', b'3'..=b'9', ..] => Err(PhoneFault::MobileLength { found: bytes.len() }),
        [b'2'..=b'9', ..] if matches!(bytes.len(), 7 | 8) => Err(PhoneFault::AreaCode),
        _ => Err(PhoneFault::Unknown),
    }
}

/// Area codes of three digits are 010 and 02x, and have local numbers of eight digits; all others
/// have four digits, and local numbers of seven or eight. A local number begins with 2 to 9.
fn landline(digits: &str) -> Result<Phone, PhoneFault> {
    let area_len = if digits.starts_with("010") || digits.starts_with("02") { 3 } else { 4 };
    let Some((area, local)) = digits.split_at_checked(area_len) else {
        return Err(PhoneFault::Unknown);
    };
    let length_fits = if area_len == 3 { local.len() == 8 } else { matches!(local.len(), 7 | 8) };
    let area_fits = area_len == 3 || matches!(area.as_bytes()[1], b'3'..=b'9');
    if length_fits && area_fits && matches!(local.as_bytes()[0], b'2'..=b'9') {
        Ok(Phone(format!("{area}-{local}")))
    } else {
        Err(PhoneFault::Unknown)
    }
}

#[cfg(test)]
mod tests;
