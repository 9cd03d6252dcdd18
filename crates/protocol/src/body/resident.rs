//! `residents.recorded`: residents recorded, and fields of residents changed.

use std::collections::BTreeMap;

use minicbor::{Decode, Encode};
use zhenxin_domain::division::VillageCode;
use zhenxin_domain::ids::{ImportId, OpId, ResidentId};

use super::{BodyFault, CODE_MAX_CHARS, Limits, ROWS_MAX, check_chars, check_rows};
use crate::seal::Sealed;

/// A field of a resident. The numbers are stored; they never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Field {
    /// 姓名, sealed.
    Name = 0,
    /// 公民身份号码, sealed.
    IdNumber = 1,
    /// 电话, sealed.
    Phone = 2,
    /// 住址, sealed.
    Address = 3,
    /// 与户主关系, sealed.
    Relation = 4,
    /// 网格, sealed.
    Grid = 5,
    /// 村社, clear.
    Village = 6,
    /// 户号, clear.
    HouseholdNo = 7,
}

impl Field {
    /// Every field, in the order of its number.
    pub const ALL: [Self; 8] = [
        Self::Name,
        Self::IdNumber,
        Self::Phone,
        Self::Address,
        Self::Relation,
        Self::Grid,
        Self::Village,
        Self::HouseholdNo,
    ];

    /// The sealed fields, in the order of their numbers.
    pub const SEALED: [Self; 6] = [Self::Name, Self::IdNumber, Self::Phone, Self::Address, Self::Relation, Self::Grid];

    /// The name used in associated data and in reports of conflicts.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::IdNumber => "id_number",
            Self::Phone => "phone",
            Self::Address => "address",
            Self::Relation => "relation",
            Self::Grid => "grid",
            Self::Village => "village",
            Self::HouseholdNo => "household_no",
        }
    }
}

/// Body of `residents.recorded`. Its operation's scope is the home scope of every resident in it:
/// the village where each was first recorded, which never changes, even when the person moves.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ResidentsRecorded {
    /// The import that it belongs to.
    #[cbor(n(0), with = "crate::canon", has_nil)]
    pub import: Option<ImportId>,
    /// Name of the imported file, sealed with the import's own key (field `source`).
    #[cbor(n(1), with = "crate::canon", has_nil)]
    pub source: Option<Sealed>,
    /// 1 to [`ROWS_MAX`] residents.
    #[n(2)]
    pub rows: Vec<ResidentPatch>,
}

/// What is new about one resident.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ResidentPatch {
    /// Who.
    #[cbor(n(0), with = "crate::canon", has_nil)]
    pub resident: ResidentId,
    /// The village, where it is new.
    #[cbor(n(1), with = "crate::canon", has_nil)]
    pub village: Option<VillageCode>,
    /// The household's number, where it is new.
    #[n(2)]
    pub household_no: Option<String>,
    /// Sealed fields by their number; `None` clears the field.
    #[cbor(n(3), with = "crate::canon", has_nil)]
    pub fields: BTreeMap<u8, Option<Sealed>>,
    /// For each changed field that had a value: the operation that the author saw as its last.
    #[cbor(n(4), with = "crate::canon", has_nil)]
    pub base: BTreeMap<u8, OpId>,
}

impl Limits for ResidentsRecorded {
    fn check(&self) -> Result<(), BodyFault> {
        check_rows(self.rows.len(), ROWS_MAX)?;
        (self.rows.iter().filter_map(|row| row.household_no.as_deref()))
            .try_for_each(|number| check_chars(number, CODE_MAX_CHARS))
    }
}
