//! The resident identity number (公民身份号码) of GB 11643-1999: six digits of division, eight of
//! birth date, three of sequence (odd: male, even: female), and the check digit of
//! ISO/IEC 7064 MOD 11-2.

use std::fmt;

use chrono::NaiveDate;

use crate::coded::coded_enum;
use crate::division::is_province;
use crate::text;

/// Why a text is no valid number, in words for the clerk who has the paper form at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdNumberFault {
    /// Nothing there.
    #[error("没有身份证号，请补填")]
    Empty,
    /// Neither 18 nor 15 characters.
    #[error("身份证号应为 18 位，现为 {found} 位，请对照身份证补正")]
    Length {
        /// How many characters there are.
        found: usize,
    },
    /// The first-generation form, void since 2013-01-01 (居民身份证法 23).
    #[error("15 位的旧身份证号已停止使用，请按现在的身份证填写 18 位身份证号")]
    OldForm15,
    /// Something other than digits, or an X before the last place.
    #[error("身份证号只能是数字，仅最后一位可以是 X，请对照身份证补正")]
    NotDigits,
    /// The first two digits are no province.
    #[error("身份证号开头两位不是省级代码，请对照身份证补正")]
    Province,
    /// No such day, before 1900, or in the future.
    #[error("身份证号中的出生日期不对（没有这一天，早于 1900 年或晚于今天），请对照身份证补正")]
    Date,
    /// The last character does not fit the others.
    #[error("身份证号校验码不符，号码中有错字，请对照身份证逐位核对")]
    CheckDigit,
    /// The spreadsheet kept the number as a number and lost its last digits.
    #[error(
        "身份证号被表格软件当作数字四舍五入，末几位已丢失，\
         请把这一列设为文本格式后对照身份证重新填写"
    )]
    RoundedBySpreadsheet,
}

coded_enum! {
    /// Sex as the number states it.
    pub enum Sex {
        /// 男
        Male = "male", "男";
        /// 女
        Female = "female", "女";
    }
}

const DIGITS: usize = 18;
const OLD_DIGITS: usize = 15;
/// GB 11643 gives weights 2^(18-i) mod 11 to the places i = 1..17.
const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECK_CHARS: &[u8; 11] = b"10X98765432";
/// Nobody older is alive; earlier dates are typing errors.
const FIRST_BIRTH_YEAR: i32 = 1900;
/// 83 stands for Taiwan in residence permits for Hong Kong, Macao and Taiwan residents
/// (港澳台居民居住证申领发放办法, 2018), whose holders have an 18-digit number too.
const PERMIT_PROVINCE: &str = "83";

/// A valid number. `Debug` is masked; the full number leaves only through [`IdNumber::as_str`].
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IdNumber([u8; DIGITS]);

impl IdNumber {
    /// Reads what a person typed or a cell held: full-width digits, blanks, leading apostrophes
    /// and a small x are mended.
    ///
    /// # Errors
    /// The first fault found, see [`IdNumberFault`].
    pub fn parse(raw: &str, today: NaiveDate) -> Result<Self, IdNumberFault> {
        let mut text = text::normalise(raw).replace(' ', "");
        text.make_ascii_uppercase();
        let number = Self::from_canonical(&text)?;
        if number.birth_date() > today {
            return Err(IdNumberFault::Date);
        }
        Ok(number)
    }

    /// Reads a number that was valid when it was stored. It is not compared with today, so that a
    /// PC whose clock stands at 1970 still reads its own file.
    ///
    /// # Errors
    /// The first fault found, see [`IdNumberFault`].
    pub fn from_canonical(text: &str) -> Result<Self, IdNumberFault> {
        check_shape(text)?;
        let bytes: [u8; DIGITS] = text.as_bytes().try_into().map_err(|_| IdNumberFault::NotDigits)?;
        if !is_province(&text[..2]) && &text[..2] != PERMIT_PROVINCE {
            return Err(IdNumberFault::Province);
        }
        birth_date_of(&bytes).ok_or(IdNumberFault::Date)?;
        if check_char(&bytes) != bytes[17] {
            return Err(IdNumberFault::CheckDigit);
        }
        Ok(Self(bytes))
    }

    /// All 18 characters. Showing them to anyone is a query that needs purpose and authorisation.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("only ASCII is ever stored")
    }

    /// The birth date in the number.
    #[must_use]
    pub fn birth_date(&self) -> NaiveDate {
        birth_date_of(&self.0).expect("the date was checked when the number was made")
    }

    /// The sex in the number.
    #[must_use]
    pub fn sex(&self) -> Sex {
        if self.0[16] % 2 == 1 { Sex::Male } else { Sex::Female }
    }

    /// The last four characters, by which clerks tell namesakes apart.
    #[must_use]
    pub fn last_four(&self) -> &str {
        &self.as_str()[DIGITS - 4..]
    }

    /// The form for screens, papers and notices: `3302**********1234`.
    #[must_use]
    pub fn masked(&self) -> String {
        format!("{}**********{}", &self.as_str()[..4], self.last_four())
    }
}

impl fmt::Debug for IdNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IdNumber({})", self.masked())
    }
}

fn check_shape(text: &str) -> Result<(), IdNumberFault> {
    if text.is_empty() {
        return Err(IdNumberFault::Empty);
    }
    if is_scientific(text) {
        return Err(IdNumberFault::RoundedBySpreadsheet);
    }
    let all_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let found = text.chars().count();
    if found == OLD_DIGITS && all_digits(text) {
        return Err(IdNumberFault::OldForm15);
    }
    if found != DIGITS {
        return Err(IdNumberFault::Length { found });
    }
    let well_formed = text.is_ascii() && all_digits(&text[..17]) && (all_digits(&text[17..]) || text.ends_with('X'));
    if well_formed { Ok(()) } else { Err(IdNumberFault::NotDigits) }
}

/// `3.30211E+17`: what a spreadsheet writes for a long number that it took for a quantity.
fn is_scientific(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once(['E', 'e']) else {
        return false;
    };
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    digits(&mantissa.replacen('.', "", 1)) && digits(exponent.strip_prefix('+').unwrap_or(exponent))
}

fn birth_date_of(bytes: &[u8; DIGITS]) -> Option<NaiveDate> {
    let number = |from: usize, to: usize| bytes[from..to].iter().fold(0_u32, |sum, b| sum * 10 + u32::from(*b - b'0'));
    let year = i32::try_from(number(6, 10)).ok()?;
    if year < FIRST_BIRTH_YEAR {
        return None;
    }
    NaiveDate::from_ymd_opt(year, number(10, 12), number(12, 14))
}

fn check_char(bytes: &[u8; DIGITS]) -> u8 {
    let sum: u32 = WEIGHTS.iter().zip(bytes).map(|(w, b)| w * u32::from(*b - b'0')).sum();
    CHECK_CHARS[(sum % 11) as usize]
}

#[cfg(test)]
mod tests;
