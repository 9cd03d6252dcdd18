//! 居民 and 户: who they are, how their texts are checked, how old they are.

use std::fmt;

use chrono::NaiveDate;
use uuid::Builder;

use crate::division::VillageCode;
use crate::id_number::IdNumber;
use crate::ids::{HouseholdId, ResidentId};
use crate::phone::Phone;
use crate::text;

/// Why a text is no person's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameFault {
    /// Nothing there.
    #[error("没有姓名，请补填")]
    Empty,
    /// More than [`NAME_CHARS_MAX`] characters.
    #[error("姓名最多 50 字，现为 {found} 字，请核对是否粘连了别的内容")]
    TooLong {
        /// How many characters there are.
        found: usize,
    },
    /// A character made on the sender's own PC, without meaning elsewhere.
    #[error("姓名含有本机自造字，别的电脑无法显示，请用输入法重新输入这个字")]
    PrivateUse,
    /// Digits, signs, or the marks of a damaged file.
    #[error("姓名只能是汉字、字母、空格和间隔号 ·，请核对后重填")]
    Characters,
}

/// Long enough for names written with 间隔号; longer is several people in one cell.
pub const NAME_CHARS_MAX: usize = 50;

/// A person's name. `Debug` is masked.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PersonName(String);

impl PersonName {
    /// Reads a name as typed; blanks and dots are put in order by [`text::squeeze_name`].
    ///
    /// # Errors
    /// See [`NameFault`].
    pub fn parse(raw: &str) -> Result<Self, NameFault> {
        let name = text::squeeze_name(raw);
        let found = name.chars().count();
        if found == 0 {
            return Err(NameFault::Empty);
        }
        if found > NAME_CHARS_MAX {
            return Err(NameFault::TooLong { found });
        }
        if name.chars().any(is_private_use) {
            return Err(NameFault::PrivateUse);
        }
        let letter = |c: char| text::is_han(c) || text::is_latin(c);
        if !name.chars().any(letter) || !name.chars().all(|c| letter(c) || matches!(c, '·' | ' ')) {
            return Err(NameFault::Characters);
        }
        Ok(Self(name))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `张*三`.
    #[must_use]
    pub fn masked(&self) -> String {
        text::mask_name(&self.0)
    }
}

impl fmt::Debug for PersonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PersonName({})", self.masked())
    }
}

fn is_private_use(c: char) -> bool {
    matches!(c, '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..='\u{10FFFF}')
}

/// Why a text is no household number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HouseholdNumberFault {
    /// Nothing there.
    #[error("没有户编号，请补填")]
    Empty,
    /// More than [`HOUSEHOLD_NUMBER_CHARS_MAX`] characters.
    #[error("户编号最多 30 字，现为 {found} 字，请核对后重填")]
    TooLong {
        /// How many characters there are.
        found: usize,
    },
    /// Signs that no household number has.
    #[error("户编号只能是数字、字母和连字符（户编号会随记录上传，不能写姓名），请核对后重填")]
    Characters,
}

/// Villages number their households freely; the longest seen carry village, group and door.
pub const HOUSEHOLD_NUMBER_CHARS_MAX: usize = 30;

/// The number a village gives a household, unique within the village.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HouseholdNumber(String);

impl HouseholdNumber {
    /// Reads a number as typed: blanks go, letters become capitals.
    ///
    /// # Errors
    /// See [`HouseholdNumberFault`].
    pub fn parse(raw: &str) -> Result<Self, HouseholdNumberFault> {
        let number = text::normalise(raw).replace(' ', "").to_ascii_uppercase();
        let found = number.chars().count();
        if found == 0 {
            return Err(HouseholdNumberFault::Empty);
        }
        if found > HOUSEHOLD_NUMBER_CHARS_MAX {
            return Err(HouseholdNumberFault::TooLong { found });
        }
        // no Han: the number travels in the clear, and a name must not travel with it
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '/' | '_' | '#');
        if number.chars().all(fits) { Ok(Self(number)) } else { Err(HouseholdNumberFault::Characters) }
    }

    /// The number.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The bytes whose SM3 hash gives the household's id: `"household" ‖ village ‖ number`. The
/// village has a fixed length, so no two households share them.
#[must_use]
pub fn household_id_input(village: VillageCode, number: &HouseholdNumber) -> Vec<u8> {
    ["household", village.as_str(), number.as_str()].concat().into_bytes()
}

/// The id that every device derives alike for the household with this number: the first 16 bytes
/// of the hash of [`household_id_input`] with the marks of UUID version 8 (RFC 9562, section 5.8).
/// The hash is passed in, for no cryptography lives here.
#[must_use]
pub fn household_id(
    village: VillageCode,
    number: &HouseholdNumber,
    sm3: impl FnOnce(&[u8]) -> [u8; 32],
) -> HouseholdId {
    let digest = sm3(&household_id_input(village, number));
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    HouseholdId::from_uuid(Builder::from_custom_bytes(bytes).into_uuid())
}

/// 户.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Household {
    /// Derived from the two other fields by [`household_id`].
    pub id: HouseholdId,
    /// Where the household is registered.
    pub village: VillageCode,
    /// Its number there.
    pub number: HouseholdNumber,
}

/// The longest address line that fits a statement's head block in two lines.
pub const ADDRESS_CHARS_MAX: usize = 120;
/// 与户主关系 is one word.
pub const RELATION_CHARS_MAX: usize = 20;
/// 网格 is a short name such as 第6网格.
pub const GRID_CHARS_MAX: usize = 40;
/// The relation of the head of a household.
pub const HEAD_RELATION: &str = "户主";

/// 居民. `Debug` shows no personal value in full.
#[derive(Clone, PartialEq, Eq)]
pub struct Resident {
    /// The person's id.
    pub id: ResidentId,
    /// Where the person is registered.
    pub village: VillageCode,
    /// The household the person belongs to.
    pub household: HouseholdId,
    /// Name.
    pub name: PersonName,
    /// Number of the identity card.
    pub id_number: IdNumber,
    /// Telephone, where known.
    pub phone: Option<Phone>,
    /// Address line, at most [`ADDRESS_CHARS_MAX`] characters.
    pub address: Option<String>,
    /// Relation to the head of the household, at most [`RELATION_CHARS_MAX`] characters.
    pub relation: Option<String>,
    /// Grid, at most [`GRID_CHARS_MAX`] characters.
    pub grid: Option<String>,
}

impl Resident {
    /// Whether the person is the head of the household.
    #[must_use]
    pub fn is_head(&self) -> bool {
        self.relation.as_deref() == Some(HEAD_RELATION)
    }

    /// The birth date in the ID number.
    #[must_use]
    pub fn birth_date(&self) -> NaiveDate {
        self.id_number.birth_date()
    }
}

impl fmt::Debug for Resident {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resident")
            .field("id", &self.id)
            .field("village", &self.village)
            .field("household", &self.household)
            .field("name", &self.name)
            .field("id_number", &self.id_number)
            .field("phone", &self.phone)
            .finish_non_exhaustive()
    }
}

/// Full years of age on a day; 0 before birth. A child of 29 February is a year older on 1 March.
#[must_use]
pub fn age_years(birth: NaiveDate, on: NaiveDate) -> u32 {
    on.years_since(birth).unwrap_or(0)
}

/// Below this age a guardian consents (个人信息保护法 31; 儿童个人信息网络保护规定 2).
pub const GUARDIAN_BELOW_YEARS: u32 = 14;

/// Whether a guardian has to consent for someone born on `birth`.
#[must_use]
pub fn needs_guardian(birth: NaiveDate, on: NaiveDate) -> bool {
    age_years(birth, on) < GUARDIAN_BELOW_YEARS
}

#[cfg(test)]
mod tests;
