//! What an operation touches: the unit whose state is the fold of its own operations.
//!
//! **Invariant.** An entity lives in exactly one scope, so its operations have one order. Where a
//! thing of the domain spans scopes (an import, an activity), its entity is the part of it in one
//! scope, whose id is derived from both.

use zhenxin_domain::division::Scope;
use zhenxin_domain::ids::OpId;

use crate::hash::Hash32;

/// What kind of thing an entity is. The numbers are stored; they never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum EntityKind {
    /// 居民.
    Resident = 1,
    /// The part of an import that fell into one scope.
    ImportPart = 2,
    /// 同意.
    Consent = 3,
    /// 积分细则, all its versions.
    Rule = 4,
    /// 记分.
    Award = 5,
    /// The part of an activity that fell into one scope.
    ActivityPart = 6,
    /// A user.
    User = 7,
    /// One issued statement.
    Statement = 8,
    /// A device.
    Device = 9,
    /// 服务项目, all its versions.
    ServiceType = 10,
    /// 需求.
    Need = 11,
    /// 服务单.
    ServiceOrder = 12,
    /// 赠与 or 捐赠 of minutes.
    TimeGift = 13,
    /// What a brand's dossier says.
    Brand = 14,
    /// Where all brands of a town stand.
    BrandSeat = 15,
    /// 活动 of the brand or of 诚信五进.
    Event = 16,
    /// 交区数据包.
    Handover = 17,
    /// 待处理: something that a person decides, see [`Entity::issue`].
    Issue = 18,
    /// What may still be done with a resident's data.
    PersonData = 19,
    /// 查询: one look at what is masked.
    Query = 20,
    /// How far a device's audit had come.
    AuditAnchor = 21,
    /// What a town asks of passwords.
    SecurityPolicy = 22,
}

impl EntityKind {
    /// The stored number's meaning.
    #[must_use]
    pub const fn from_number(number: u8) -> Option<Self> {
        Some(match number {
            1 => Self::Resident,
            2 => Self::ImportPart,
            3 => Self::Consent,
            4 => Self::Rule,
            5 => Self::Award,
            6 => Self::ActivityPart,
            7 => Self::User,
            8 => Self::Statement,
            9 => Self::Device,
            10 => Self::ServiceType,
            11 => Self::Need,
            12 => Self::ServiceOrder,
            13 => Self::TimeGift,
            14 => Self::Brand,
            15 => Self::BrandSeat,
            16 => Self::Event,
            17 => Self::Handover,
            18 => Self::Issue,
            19 => Self::PersonData,
            20 => Self::Query,
            21 => Self::AuditAnchor,
            22 => Self::SecurityPolicy,
            _ => return None,
        })
    }
}

/// One entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Entity {
    /// What it is.
    pub kind: EntityKind,
    /// Which one.
    pub id: [u8; 16],
}

impl Entity {
    /// An entity with an id of its own.
    #[must_use]
    pub const fn new(kind: EntityKind, id: [u8; 16]) -> Self {
        Self { kind, id }
    }

    /// The part of something that spans scopes.
    #[must_use]
    pub fn part(kind: EntityKind, id: &[u8; 16], scope: Scope) -> Self {
        let hash = Hash32::of_parts(&[b"part\0", &[kind as u8], id, scope.as_str().as_bytes()]);
        Self { kind, id: *hash.to_uuid().as_bytes() }
    }

    /// The one seat of a town's brands.
    #[must_use]
    pub fn brand_seat(scope: Scope) -> Self {
        Self::part(EntityKind::BrandSeat, &[0; 16], Scope::Town(scope.town()))
    }

    /// The one security policy of a town.
    #[must_use]
    pub fn security_policy(scope: Scope) -> Self {
        Self::part(EntityKind::SecurityPolicy, &[0; 16], Scope::Town(scope.town()))
    }

    /// What a person decides about `about` (see [`Entity::to_bytes`]): one issue for each kind,
    /// operation and word. The id is derived, so that two devices that settle the same thing meet in
    /// one entity. `scope` is that of `about`.
    #[must_use]
    pub fn issue(kind: &str, about: &[u8; 17], op: Option<OpId>, what: Option<&str>, scope: Scope) -> Self {
        let op: &[u8] = op.as_ref().map_or(&[], |op| op.as_bytes());
        let kind_bytes = (kind.len() as u64).to_be_bytes();
        let op_bytes = [op.len() as u8];
        let what = what.unwrap_or_default().as_bytes();
        let hash = Hash32::of_parts(&[b"issue\0", &kind_bytes, kind.as_bytes(), about, &op_bytes, op, what]);
        Self::part(EntityKind::Issue, hash.to_uuid().as_bytes(), scope)
    }

    /// Kind and id as 17 bytes, the stored form.
    #[must_use]
    pub fn to_bytes(self) -> [u8; 17] {
        let mut bytes = [0; 17];
        bytes[0] = self.kind as u8;
        bytes[1..].copy_from_slice(&self.id);
        bytes
    }

    /// Reads the stored form.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (kind, id) = bytes.split_first()?;
        Some(Self { kind: EntityKind::from_number(*kind)?, id: id.try_into().ok()? })
    }
}
