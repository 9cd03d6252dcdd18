//! Newtype identifiers over UUIDs. A random identifier is a UUIDv7 made by the caller's source of
//! randomness (RFC 9562); [`HouseholdId`] alone is derived, see [`crate::resident::household_id`].

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

/// The text is not a hyphenated UUID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("记录编号的格式不对，请回到列表重新选择这一条")]
pub struct IdFault;

/// The hyphenated form is the only one read, so that one id has one text.
const HYPHENATED_CHARS: usize = 36;

fn parse_hyphenated(text: &str) -> Result<Uuid, IdFault> {
    if text.len() != HYPHENATED_CHARS {
        return Err(IdFault);
    }
    Uuid::try_parse(text).map_err(|_| IdFault)
}

macro_rules! uuid_ids {
    ($( $(#[$meta:meta])* $name:ident )+) => { $(
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// Wraps a UUID.
            #[must_use]
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// Wraps the 16 bytes of a UUID, most significant first.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }

            /// The 16 bytes, most significant first.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }

            /// The UUID inside.
            #[must_use]
            pub const fn as_uuid(&self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", self.0.as_hyphenated())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0.as_hyphenated())
            }
        }

        impl FromStr for $name {
            type Err = IdFault;

            fn from_str(text: &str) -> Result<Self, IdFault> {
                parse_hyphenated(text).map(Self)
            }
        }
    )+ };
}

uuid_ids! {
    /// 居民: one person.
    ResidentId
    /// 户: one household, derived from its village and number.
    HouseholdId
    /// 积分细则: one rule through all its versions.
    RuleId
    /// One version of a rule.
    RuleVersionId
    /// 记分: one award of points.
    AwardId
    /// 活动: one event at which points were recorded.
    ActivityId
    /// 佐证: one photo or scan.
    EvidenceId
    /// One transfer of the ledger.
    TransferId
    /// 同意: one consent.
    ConsentId
    /// One import of a workbook.
    ImportId
    /// One user of the program.
    UserId
    /// One enrolled device.
    DeviceId
    /// One operation of the log.
    OpId
    /// One data key of the vault.
    DataKeyId
    /// One request of a screen or script; a repeated click repeats it.
    RequestId
    /// 服务项目: one service type through all its versions.
    ServiceTypeId
    /// 需求: one need of somebody.
    NeedId
    /// 服务单: one service order.
    ServiceOrderId
    /// 赠与, 捐赠: minutes given away.
    TimeGiftId
    /// 品牌: one credit brand.
    BrandId
    /// A milestone, an indicator or a partner of a brand.
    BrandPartId
    /// 活动 of the brand or of 诚信五进.
    EventId
    /// Somebody on an event's sign-in list.
    AttendanceId
    /// 交区数据包: one package for the district.
    HandoverId
}

#[cfg(test)]
mod tests;
