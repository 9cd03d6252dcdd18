//! The recovery key: 160 random bits as eight groups of five characters for a sheet of paper. The
//! last character of each group checks the group and its place.

use std::fmt;

use zeroize::Zeroizing;

use crate::error::StoreError;
use crate::ports::Ports;

/// Crockford's base 32: no I, L, O, U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const GROUPS: usize = 8;
const GROUP_CHARS: usize = 5;

/// A recovery key. `Display` is what is printed; `Debug` shows nothing.
pub struct RecoveryKey(Zeroizing<[u8; 20]>);

impl fmt::Debug for RecoveryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryKey(..)")
    }
}

/// Odd weights are units modulo 32, so every single wrong character changes the sum; the group's
/// number makes two swapped groups show.
fn check_digit(group: usize, digits: &[u8]) -> u8 {
    let sum: usize = digits.iter().zip([1, 3, 5, 7]).map(|(digit, weight)| usize::from(*digit) * weight).sum();
    ((sum + 9 * group) % 32) as u8
}

impl RecoveryKey {
    pub(crate) fn random(ports: &Ports) -> Self {
        Self(Zeroizing::new(ports.random()))
    }

    pub(crate) fn as_bytes(&self) -> &[u8; 20] {
        &self.0
    }

    /// The 32 digits of five bits.
    fn digits(&self) -> Zeroizing<[u8; 32]> {
        let mut digits = Zeroizing::new([0; 32]);
        for (at, digit) in digits.iter_mut().enumerate() {
            *digit = (0..5).fold(0, |value, bit| {
                let place = at * 5 + bit;
                value << 1 | self.0[place / 8] >> (7 - place % 8) & 1
            });
        }
        digits
    }

    /// Reads what a person typed: small letters, blanks and hyphens anywhere, O for 0, I and L
    /// for 1.
    ///
    /// # Errors
    /// [`StoreError::RecoveryTyped`] names the first group that does not check.
    pub fn parse(text: &str) -> Result<Self, StoreError> {
        let mut typed = Zeroizing::new(Vec::with_capacity(GROUPS * GROUP_CHARS));
        for c in text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '－' | '—')) {
            let c = match c.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                c => c,
            };
            let group = (typed.len() / GROUP_CHARS).min(GROUPS - 1) + 1;
            let digit = ALPHABET.iter().position(|letter| char::from(*letter) == c);
            typed.push(digit.ok_or(StoreError::RecoveryTyped { group })? as u8);
        }
        if typed.len() != GROUPS * GROUP_CHARS {
            let group = (typed.len() / GROUP_CHARS).min(GROUPS - 1) + 1;
            return Err(StoreError::RecoveryTyped { group });
        }
        let mut bytes = Zeroizing::new([0u8; 20]);
        for (group, digits) in typed.chunks(GROUP_CHARS).enumerate() {
            let (value, check) = digits.split_at(GROUP_CHARS - 1);
            if check[0] != check_digit(group, value) {
                return Err(StoreError::RecoveryTyped { group: group + 1 });
            }
            for (at, digit) in value.iter().enumerate() {
                for bit in 0..5 {
                    let place = (group * 4 + at) * 5 + bit;
                    bytes[place / 8] |= (digit >> (4 - bit) & 1) << (7 - place % 8);
                }
            }
        }
        Ok(Self(bytes))
    }

    /// Whether the text is this key: the person copied it down rightly.
    ///
    /// # Errors
    /// [`StoreError::RecoveryTyped`] or [`StoreError::WrongRecovery`].
    pub fn confirm(&self, text: &str) -> Result<(), StoreError> {
        if Self::parse(text)?.0 == self.0 { Ok(()) } else { Err(StoreError::WrongRecovery) }
    }
}

impl fmt::Display for RecoveryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.digits();
        for (group, value) in digits.chunks(GROUP_CHARS - 1).enumerate() {
            if group > 0 {
                f.write_str("-")?;
            }
            for digit in value.iter().copied().chain([check_digit(group, value)]) {
                write!(f, "{}", char::from(ALPHABET[usize::from(digit)]))?;
            }
        }
        Ok(())
    }
}
