//! What an operation says: one type per kind.
//!
//! Bodies name ids, codes, dates and numbers in the clear, so that a district can order, check and
//! count; every free text and every personal field in them is [`crate::seal::Sealed`]. Additive
//! changes (a new optional key) keep a kind's version; anything else raises it, and older programs
//! then keep the operation without reading it.

use zhenxin_domain::division::Scope;
use zhenxin_domain::ids::{DeviceId, OpId, ResidentId};

use self::settle::{DEFICIT, deficits_of};
use crate::entity::{Entity, EntityKind};

pub mod audit;
pub mod award;
pub mod brand;
pub mod consent;
pub mod device;
pub mod import;
pub mod policy;
pub mod privacy;
pub mod query;
pub mod resident;
pub mod rule;
pub mod settle;
pub mod statement;
pub mod timebank;
pub mod user;

/// Most rows in one body: with about 600 bytes a row an operation stays near 120 KB, and eight of
/// them fit into one batch of 1 MB.
pub const ROWS_MAX: usize = 200;

/// Most resident ids in one `import.undone`: 18 bytes each, 36 KB.
pub const UNDONE_IDS_MAX: usize = 2_000;

/// Longest clear code (household number, rule code, unit, version of a consent text) in characters.
pub const CODE_MAX_CHARS: usize = 64;

/// Longest clear text of a points rule in characters.
pub const RULE_TEXT_MAX_CHARS: usize = 500;

/// Why a body of a known kind is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BodyFault {
    /// Not the CBOR that the kind prescribes.
    #[error("收到的记录内容格式不符")]
    Shape,
    /// More rows than the kind's limit, or none.
    #[error("一条记录的行数超过上限")]
    Rows,
    /// Points are not a whole number from 1 up.
    #[error("分值必须是大于 0 的整数")]
    Amount,
    /// A clear text is longer than its limit.
    #[error("文字太长")]
    Text,
    /// A record of the whole town under a village's scope.
    #[error("这类记录属于全镇，不能记在一个村社名下")]
    Scope,
}

/// The limits of a body that its CBOR shape does not express.
trait Limits {
    fn check(&self) -> Result<(), BodyFault>;
}

fn check_rows(rows: usize, max: usize) -> Result<(), BodyFault> {
    if rows == 0 || rows > max { Err(BodyFault::Rows) } else { Ok(()) }
}

fn check_chars(text: &str, max: usize) -> Result<(), BodyFault> {
    // Bytes first: counting characters of a megabyte is work that a forger would like us to do.
    if text.len() > max * 4 || text.chars().count() > max { Err(BodyFault::Text) } else { Ok(()) }
}

macro_rules! bodies {
    ($( $(#[$meta:meta])* $variant:ident = $kind:literal, $version:literal, $module:ident; )+) => {
        /// The body of an operation of a known kind.
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[allow(clippy::large_enum_variant, reason = "one body is in hand at a time, never a list of them")]
        pub enum Body {
            $( $(#[$meta])* $variant($module::$variant), )+
        }

        impl Body {
            /// Every kind that this program reads, with its version.
            pub const KINDS: &'static [(&'static str, u16)] = &[$( ($kind, $version), )+];

            /// The kind's name.
            #[must_use]
            pub const fn kind(&self) -> &'static str {
                match self { $( Self::$variant(_) => $kind, )+ }
            }

            /// The version of the kind's format.
            #[must_use]
            pub const fn version(&self) -> u16 {
                match self { $( Self::$variant(_) => $version, )+ }
            }

            /// The canonical bytes.
            #[must_use]
            pub fn encode(&self) -> Vec<u8> {
                match self { $(
                    Self::$variant(body) => minicbor::to_vec(body),
                )+ }.expect("encoding into memory cannot fail")
            }

            /// Checks the limits of the kind.
            ///
            /// # Errors
            /// The limit that is broken.
            pub fn check(&self) -> Result<(), BodyFault> {
                match self { $( Self::$variant(body) => body.check(), )+ }
            }

            /// Reads a body; `None` where the kind, or this version of it, is of a newer program.
            ///
            /// # Errors
            /// Where the kind is known and the bytes are not of its shape, or break its limits.
            pub fn decode(kind: &str, version: u16, bytes: &[u8]) -> Result<Option<Self>, BodyFault> {
                let mut decoder = minicbor::Decoder::new(bytes);
                let body = match (kind, version) {
                    $( ($kind, $version) => decoder.decode().map(Self::$variant), )+
                    _ => return Ok(None),
                }.map_err(|_| BodyFault::Shape)?;
                if decoder.position() != bytes.len() {
                    return Err(BodyFault::Shape);
                }
                body.check()?;
                Ok(Some(body))
            }
        }
    };
}

bodies! {
    /// Residents recorded or changed.
    ResidentsRecorded = "residents.recorded", 1, resident;
    /// A whole import taken back.
    ImportUndone = "import.undone", 1, import;
    /// Consents given.
    ConsentGiven = "consent.given", 1, consent;
    /// A consent withdrawn.
    ConsentWithdrawn = "consent.withdrawn", 1, consent;
    /// Versions of points rules.
    RulesRecorded = "rules.recorded", 1, rule;
    /// A points rule retired.
    RuleRetired = "rule.retired", 1, rule;
    /// Awards recorded at one activity.
    AwardRecorded = "award.recorded", 1, award;
    /// Awards approved or sent back.
    AwardReviewed = "award.reviewed", 1, award;
    /// An award reversed.
    AwardReversed = "award.reversed", 1, award;
    /// A version of a service type.
    ServiceTypeRecorded = "service.type_recorded", 1, timebank;
    /// A need of somebody.
    NeedPosted = "need.posted", 1, timebank;
    /// A need closed.
    NeedClosed = "need.closed", 1, timebank;
    /// Service orders made.
    OrdersPosted = "order.posted", 1, timebank;
    /// Service orders moved on.
    OrdersMoved = "order.moved", 1, timebank;
    /// Service orders credited.
    OrdersCredited = "order.credited", 1, timebank;
    /// A service order reversed.
    OrderReversed = "order.reversed", 1, timebank;
    /// Minutes given away.
    GiftGiven = "gift.given", 1, timebank;
    /// A gift reversed.
    GiftReversed = "gift.reversed", 1, timebank;
    /// A brand's dossier changed.
    BrandRecorded = "brand.recorded", 1, brand;
    /// A brand moved on.
    BrandMoved = "brand.moved", 1, brand;
    /// A brand's year assessed.
    BrandAssessed = "brand.assessed", 1, brand;
    /// An activity planned or changed.
    EventRecorded = "event.recorded", 1, brand;
    /// An activity's sign-in list changed.
    EventSigned = "event.signed", 1, brand;
    /// An activity's photographs changed.
    EventPhotos = "event.photos", 1, brand;
    /// A package for the district asked for.
    HandoverRequested = "handover.requested", 1, brand;
    /// A package released or sent back.
    HandoverReviewed = "handover.reviewed", 1, brand;
    /// A user added.
    UserAdded = "user.added", 1, user;
    /// A user's duties changed.
    UserChanged = "user.changed", 1, user;
    /// How a user signs in.
    UserCredential = "user.credential", 1, user;
    /// What passwords have to be.
    SecurityPolicy = "security.policy", 1, policy;
    /// A statement printed.
    StatementIssued = "statement.issued", 1, statement;
    /// A device's first operation.
    TownOpened = "town.opened", 1, device;
    /// What a person decided about something that needed a decision.
    IssueSettled = "issue.settled", 1, settle;
    /// Two records of one resident become one.
    ResidentsMerged = "residents.merged", 1, settle;
    /// An account below zero brought back to zero by the town.
    DeficitWaived = "deficit.waived", 1, settle;
    /// A person's data restricted, or open again.
    DataRestricted = "data.restricted", 1, privacy;
    /// The erasure of a person's data asked for.
    ErasureAsked = "erasure.asked", 1, privacy;
    /// A request for erasure refused.
    ErasureRefused = "erasure.refused", 1, privacy;
    /// A request for erasure taken back by who asked.
    ErasureWithdrawn = "erasure.withdrawn", 1, privacy;
    /// A person's data erased.
    ResidentErased = "resident.erased", 1, privacy;
    /// Somebody looked at what is masked.
    QueryMade = "query.made", 1, query;
    /// How far a device's audit had come.
    AuditAnchored = "audit.anchored", 1, audit;
}

impl Body {
    /// The entities it touches, each once. `op` is the operation's content id, `device` and `scope`
    /// are those of the operation.
    #[must_use]
    pub fn entities(&self, op: OpId, device: DeviceId, scope: Scope) -> Vec<Entity> {
        let one = |kind, id: &[u8; 16]| Entity::new(kind, *id);
        let deficits = |owner: ResidentId| deficits_of(&one(EntityKind::Resident, owner.as_bytes()).to_bytes(), scope);
        let mut touched: Vec<Entity> = match self {
            Self::ResidentsRecorded(body) => body
                .rows
                .iter()
                .map(|row| one(EntityKind::Resident, row.resident.as_bytes()))
                .chain(import_part(body.import.as_ref().map(|id| id.as_bytes()), scope))
                .collect(),
            Self::ImportUndone(body) => (body.residents.iter())
                .map(|id| one(EntityKind::Resident, id.as_bytes()))
                .chain(body.rules.iter().map(|id| one(EntityKind::Rule, id.as_bytes())))
                .chain(import_part(Some(body.import.as_bytes()), scope))
                .collect(),
            Self::ConsentGiven(body) => {
                body.rows.iter().map(|row| one(EntityKind::Consent, row.consent.as_bytes())).collect()
            }
            Self::ConsentWithdrawn(body) => vec![one(EntityKind::Consent, body.consent.as_bytes())],
            Self::RulesRecorded(body) => (body.rows.iter())
                .map(|row| one(EntityKind::Rule, row.rule.as_bytes()))
                .chain(import_part(body.import.as_ref().map(|id| id.as_bytes()), scope))
                .collect(),
            Self::RuleRetired(body) => vec![one(EntityKind::Rule, body.rule.as_bytes())],
            Self::AwardRecorded(body) => (body.rows.iter())
                .map(|row| one(EntityKind::Award, row.award.as_bytes()))
                .chain([Entity::part(EntityKind::ActivityPart, body.activity.as_bytes(), scope)])
                .collect(),
            Self::AwardReviewed(body) => {
                body.rows.iter().map(|row| one(EntityKind::Award, row.award.as_bytes())).collect()
            }
            Self::AwardReversed(body) => vec![one(EntityKind::Award, body.award.as_bytes())],
            Self::ServiceTypeRecorded(body) => vec![one(EntityKind::ServiceType, body.service_type.as_bytes())],
            Self::NeedPosted(body) => vec![one(EntityKind::Need, body.need.as_bytes())],
            Self::NeedClosed(body) => vec![one(EntityKind::Need, body.need.as_bytes())],
            Self::OrdersPosted(body) => {
                body.rows.iter().map(|row| one(EntityKind::ServiceOrder, row.order.as_bytes())).collect()
            }
            Self::OrdersMoved(body) => {
                let cancelled = body.rows.iter().filter(|row| row.cancels());
                let moved = body.rows.iter().map(|row| one(EntityKind::ServiceOrder, row.order.as_bytes()));
                moved.chain(cancelled.map(|row| deficits(row.beneficiary))).collect()
            }
            Self::OrdersCredited(body) => {
                body.rows.iter().map(|row| one(EntityKind::ServiceOrder, row.order.as_bytes())).collect()
            }
            Self::OrderReversed(body) => {
                vec![one(EntityKind::ServiceOrder, body.order.as_bytes()), deficits(body.beneficiary)]
            }
            Self::GiftGiven(body) => vec![one(EntityKind::TimeGift, body.gift.as_bytes())],
            Self::GiftReversed(body) => {
                vec![one(EntityKind::TimeGift, body.gift.as_bytes()), deficits(body.giver)]
            }
            Self::BrandRecorded(body) => vec![one(EntityKind::Brand, body.brand.as_bytes())],
            Self::BrandMoved(_) | Self::BrandAssessed(_) => vec![Entity::brand_seat(scope)],
            Self::EventRecorded(body) => vec![one(EntityKind::Event, body.event.as_bytes())],
            Self::EventSigned(body) => vec![one(EntityKind::Event, body.event.as_bytes())],
            Self::EventPhotos(body) => vec![one(EntityKind::Event, body.event.as_bytes())],
            Self::HandoverRequested(body) => vec![one(EntityKind::Handover, body.handover.as_bytes())],
            Self::HandoverReviewed(body) => vec![one(EntityKind::Handover, body.handover.as_bytes())],
            Self::UserAdded(body) => vec![one(EntityKind::User, body.user.as_bytes())],
            Self::UserChanged(body) => vec![one(EntityKind::User, body.user.as_bytes())],
            Self::UserCredential(body) => vec![one(EntityKind::User, body.user.as_bytes())],
            Self::SecurityPolicy(_) => vec![Entity::security_policy(scope)],
            Self::StatementIssued(_) => vec![one(EntityKind::Statement, op.as_bytes())],
            Self::TownOpened(_) => vec![one(EntityKind::Device, device.as_bytes())],
            Self::IssueSettled(body) if body.kind == DEFICIT => {
                vec![body.issue(scope), deficits_of(&body.about, scope)]
            }
            Self::IssueSettled(body) => vec![body.issue(scope)],
            Self::ResidentsMerged(body) => vec![one(EntityKind::Resident, body.duplicate.as_bytes())],
            Self::DeficitWaived(body) => vec![body.issue(scope), deficits_of(&body.about(), scope)],
            Self::DataRestricted(body) => vec![one(EntityKind::PersonData, body.resident.as_bytes())],
            Self::ErasureAsked(body) => vec![one(EntityKind::PersonData, body.resident.as_bytes())],
            Self::ErasureRefused(body) => vec![one(EntityKind::PersonData, body.resident.as_bytes())],
            Self::ErasureWithdrawn(body) => vec![one(EntityKind::PersonData, body.resident.as_bytes())],
            Self::ResidentErased(body) => vec![one(EntityKind::PersonData, body.resident.as_bytes())],
            Self::QueryMade(_) => vec![one(EntityKind::Query, op.as_bytes())],
            Self::AuditAnchored(_) => vec![one(EntityKind::AuditAnchor, op.as_bytes())],
        };
        touched.sort_unstable();
        touched.dedup();
        touched
    }
}

impl Body {
    /// Whether records of this kind belong to the whole town.
    #[must_use]
    pub const fn is_of_town(&self) -> bool {
        matches!(
            self,
            Self::RulesRecorded(_)
                | Self::RuleRetired(_)
                | Self::ServiceTypeRecorded(_)
                | Self::BrandRecorded(_)
                | Self::BrandMoved(_)
                | Self::BrandAssessed(_)
                | Self::EventRecorded(_)
                | Self::EventSigned(_)
                | Self::EventPhotos(_)
                | Self::HandoverRequested(_)
                | Self::HandoverReviewed(_)
                | Self::UserAdded(_)
                | Self::UserChanged(_)
                | Self::UserCredential(_)
                | Self::SecurityPolicy(_)
                | Self::AuditAnchored(_)
                | Self::TownOpened(_)
        )
    }
}

fn import_part(import: Option<&[u8; 16]>, scope: Scope) -> Option<Entity> {
    import.map(|id| Entity::part(EntityKind::ImportPart, id, scope))
}

#[cfg(test)]
mod tests;
