//! Statistical division codes: 9 digits for a town or street office (镇街), 12 for a village or
//! community (村社). Source: 统计用区划代码 of the National Bureau of Statistics, whose first six
//! digits are the county-level code of GB/T 2260.

use std::fmt;
use std::str::FromStr;

/// The text is not a division code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DivisionFault {
    /// A town's code was wanted.
    #[error("镇街代码应为 9 位数字，如 330211101，请从区划列表中选择")]
    Town,
    /// A village's code was wanted.
    #[error("村社代码应为 12 位数字，如 330211101001，请从区划列表中选择")]
    Village,
    /// Either was wanted.
    #[error("区划代码应为镇街的 9 位或村社的 12 位数字，请从区划列表中选择")]
    Scope,
}

const TOWN_DIGITS: usize = 9;
const VILLAGE_DIGITS: usize = 12;

/// Province codes of GB/T 2260, first two digits of every division code.
pub(crate) fn is_province(code: &str) -> bool {
    matches!(code.parse::<u8>(), Ok(11..=15 | 21..=23 | 31..=37 | 41..=46 | 50..=54 | 61..=65 | 71 | 81 | 82))
}

/// All digits, a real province, and no level that is "the whole level above" (all zeros).
fn digits<const N: usize>(text: &str) -> Option<[u8; N]> {
    let bytes: [u8; N] = text.as_bytes().try_into().ok()?;
    let whole_level = |from: usize, to: usize| bytes[from..to].iter().all(|b| *b == b'0');
    let valid = bytes.iter().all(u8::is_ascii_digit)
        && is_province(&text[..2])
        && !whole_level(6, 9)
        && (N < VILLAGE_DIGITS || !whole_level(9, N));
    valid.then_some(bytes)
}

macro_rules! division_code {
    ($(#[$meta:meta])* $name:ident, $digits:ident, $fault:expr) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; $digits]);

        impl $name {
            /// The digits.
            #[must_use]
            pub fn as_str(&self) -> &str {
                std::str::from_utf8(&self.0).expect("only ASCII digits are ever stored")
            }
        }

        impl FromStr for $name {
            type Err = DivisionFault;

            fn from_str(text: &str) -> Result<Self, DivisionFault> {
                digits::<$digits>(text).map(Self).ok_or($fault)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.as_str())
            }
        }
    };
}

division_code! {
    /// A town or street office (镇街): 9 digits.
    TownCode, TOWN_DIGITS, DivisionFault::Town
}

division_code! {
    /// A village or community (村社): 12 digits.
    VillageCode, VILLAGE_DIGITS, DivisionFault::Village
}

impl TownCode {
    /// The six digits of the county or district (区县).
    #[must_use]
    pub fn county(&self) -> &str {
        &self.as_str()[..6]
    }
}

impl VillageCode {
    /// The town that the village belongs to.
    #[must_use]
    pub fn town(&self) -> TownCode {
        let mut town = [0; TOWN_DIGITS];
        town.copy_from_slice(&self.0[..TOWN_DIGITS]);
        TownCode(town)
    }
}

/// What an operation, a device or a user is limited to: a whole town, or one village of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// The town itself and all its villages.
    Town(TownCode),
    /// One village.
    Village(VillageCode),
}

impl Scope {
    /// The 9 or 12 digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Town(town) => town.as_str(),
            Self::Village(village) => village.as_str(),
        }
    }

    /// The town of the scope.
    #[must_use]
    pub fn town(&self) -> TownCode {
        match self {
            Self::Town(town) => *town,
            Self::Village(village) => village.town(),
        }
    }

    /// Whether everything in `other` also lies in this scope.
    #[must_use]
    pub fn covers(&self, other: Scope) -> bool {
        match self {
            Self::Town(town) => *town == other.town(),
            Self::Village(_) => *self == other,
        }
    }
}

impl FromStr for Scope {
    type Err = DivisionFault;

    fn from_str(text: &str) -> Result<Self, DivisionFault> {
        let scope = match text.len() {
            TOWN_DIGITS => text.parse().map(Self::Town),
            VILLAGE_DIGITS => text.parse().map(Self::Village),
            _ => return Err(DivisionFault::Scope),
        };
        scope.map_err(|_| DivisionFault::Scope)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<TownCode> for Scope {
    fn from(town: TownCode) -> Self {
        Self::Town(town)
    }
}

impl From<VillageCode> for Scope {
    fn from(village: VillageCode) -> Self {
        Self::Village(village)
    }
}

#[cfg(test)]
mod tests;
