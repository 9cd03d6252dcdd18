//! The one-time enrolment code, as it is read out over the telephone:
//! 15 random characters of Crockford's base 32 and one check character, in
//! four groups of four. 75 random bits, so that guessing is hopeless and the
//! district can store a plain hash of it.

use std::fmt;
use std::str::FromStr;

use crate::hash::Hash32;

/// Crockford's alphabet: no I, L, O, U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const RANDOM_CHARS: usize = 15;
const CHARS: usize = RANDOM_CHARS + 1;
const GROUP_CHARS: usize = 4;

/// Random bytes that a code is made of.
pub const CODE_RANDOM_BYTES: usize = 10;

/// Why a text is no enrolment code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CodeFault {
    /// Too short or too long.
    #[error("接入码应为 16 位字母和数字，现为 {found} 位，请核对后重新输入")]
    Length {
        /// Characters found, without blanks and hyphens.
        found: usize,
    },
    /// A character that never occurs.
    #[error("接入码里没有“{found}”这个字，请核对后重新输入")]
    Character {
        /// The character.
        found: char,
    },
    /// The check character does not fit: a typing error.
    #[error("接入码有一处输错了，请核对后重新输入")]
    Check,
}

/// A well-formed code; whether it is valid only the district knows.
#[derive(Clone, PartialEq, Eq)]
pub struct EnrolCode([u8; CHARS]);

impl EnrolCode {
    /// Makes a code of random bytes.
    #[must_use]
    pub fn from_random(random: [u8; CODE_RANDOM_BYTES]) -> Self {
        let mut bits = random.iter().fold(0u128, |bits, byte| bits << 8 | u128::from(*byte));
        let mut values = [0u8; RANDOM_CHARS];
        for value in &mut values {
            *value = (bits & 31) as u8;
            bits >>= 5;
        }
        let mut chars = [0u8; CHARS];
        for (char, value) in chars.iter_mut().zip(values) {
            *char = ALPHABET[usize::from(value)];
        }
        chars[RANDOM_CHARS] = ALPHABET[usize::from(check(&values))];
        Self(chars)
    }

    /// What the district stores in place of the code.
    #[must_use]
    pub fn hash(&self) -> Hash32 {
        Hash32::of(&self.0)
    }
}

/// Sum of value·αⁱ in the field of 32 elements (x⁵+x²+1), i from 15 down to 1,
/// the check character itself standing for i = 0: every single wrong character
/// and every swap of two characters changes it.
fn check(values: &[u8]) -> u8 {
    values.iter().fold(0, |sum, value| times_alpha(sum ^ value))
}

fn times_alpha(value: u8) -> u8 {
    let doubled = value << 1;
    if doubled & 32 == 0 { doubled } else { doubled ^ 0b10_0101 }
}

fn value_of(char: char) -> Option<u8> {
    let char = match char.to_ascii_uppercase() {
        'I' | 'L' => '1',
        'O' => '0',
        other => other,
    };
    ALPHABET.iter().position(|letter| char::from(*letter) == char).and_then(|place| u8::try_from(place).ok())
}

impl FromStr for EnrolCode {
    type Err = CodeFault;

    fn from_str(text: &str) -> Result<Self, CodeFault> {
        let mut values = Vec::with_capacity(CHARS);
        for char in text.chars().filter(|char| !char.is_whitespace() && *char != '-') {
            values.push(value_of(char).ok_or(CodeFault::Character { found: char })?);
            if values.len() > CHARS {
                break;
            }
        }
        if values.len() != CHARS {
            return Err(CodeFault::Length { found: values.len() });
        }
        if check(&values[..RANDOM_CHARS]) != values[RANDOM_CHARS] {
            return Err(CodeFault::Check);
        }
        let mut chars = [0u8; CHARS];
        for (char, value) in chars.iter_mut().zip(values) {
            *char = ALPHABET[usize::from(value)];
        }
        Ok(Self(chars))
    }
}

impl fmt::Display for EnrolCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, char) in self.0.iter().enumerate() {
            if place > 0 && place % GROUP_CHARS == 0 {
                f.write_str("-")?;
            }
            write!(f, "{}", char::from(*char))?;
        }
        Ok(())
    }
}

/// A code opens the town until it is used: it is not written to a log.
impl fmt::Debug for EnrolCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EnrolCode(…)")
    }
}
