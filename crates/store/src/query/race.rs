//! What lost against another operation and waits for a person.

use zhenxin_domain::division::Scope;
use zhenxin_domain::ids::{
    AwardId, BrandId, EventId, HandoverId, NeedId, OpId, ResidentId, ServiceOrderId, TimeGiftId,
};
use zhenxin_protocol::body::resident::Field;
use zhenxin_protocol::entity::{Entity, EntityKind};

use super::Reader;
use crate::error::StoreError;
use crate::sql::{Columns, invalid};

/// Races that are listed: nobody works through more at one sitting; [`Reader::races_count`] has
/// them all.
const RACES_MAX: u32 = 1_000;

/// A lost race.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RaceRow {
    /// What it is about.
    pub entity: Entity,
    /// The operation that lost, or that wrote over something its author had not seen; its whole
    /// content stands in the log.
    pub op: OpId,
    /// What happened: `field:<name>`, `review_lost`, `reversal_lost`, `award_missing` and so on.
    pub what: String,
    /// Its scope.
    pub scope: Scope,
    /// When the operation was recorded, ms since 1970 UTC.
    pub at: i64,
}

impl RaceRow {
    /// What lost against what and what to do now, without a personal value.
    #[must_use]
    pub fn words(&self) -> String {
        if let Some(field) = self.what.strip_prefix("field:") {
            return format!("两处同时改了同一位居民的{}，现在保留的是后改的一处，请核对后再存一次", field_label(field));
        }
        if self.what.starts_with("unreadable:") {
            return "有一条记录的加密内容无法核对，该项暂显示为空；请运行数据校验并联系区平台管理员".to_owned();
        }
        // The seat of the brands says behind a colon which brand it is about.
        let kind = self.what.split_once(':').map_or(self.what.as_str(), |(kind, _)| kind);
        let words = match kind {
            "review_lost" => "同一笔记分被两处复核，以先到区平台的一次为准，后一次没有生效，请核对这一笔的状态",
            "reversal_lost" => "同一笔记分被重复冲正，或冲正时已不是已批准的状态，后一次没有生效，请核对这一笔",
            "award_missing" => "收到对一笔记分的处理，但本机没有这笔记分（可能已被区平台退回），请核对",
            "award_twice" => "同一编号的记分收到了两次，只保留先到的一次，请核对",
            "transfer_reused" => "一笔入账的编号已被占用，这次入账没有生效，请核对这一笔后重新处理",
            "consent_twice" => "同一编号的同意书收到了两次，只保留先到的一次，请核对",
            "consent_missing" => "收到对一份同意书的撤回，但本机没有这份同意书（可能已被区平台退回），请核对",
            "import_missing" => "收到一次导入的撤销，但本机没有这次导入（可能已被区平台退回），请核对",
            "rule_missing" => "收到一条细则的停用，但本机没有这条细则（可能已被区平台退回），请核对",
            "rule_version_twice" => "同一条细则在两处各立了一个同号的新版本，请核对细则表，需要时另立一版",
            "service_version_twice" => {
                "同一个服务项目在两处各立了一个同号的新版本，只保留先到的一版，请核对服务项目表，需要时另立一版"
            }
            "need_twice" => "同一编号的需求收到了两次，只保留先到的一次，请核对",
            "need_missing" => "收到对一条需求的关闭，但本机没有这条需求（可能已被区平台退回），请核对",
            "need_close_lost" => "同一条需求在两处各关闭了一次，以先到区平台的一次为准，无需再办，核对原因即可",
            "order_twice" => "同一编号的服务单收到了两次，只保留先到的一次，请核对",
            "order_missing" => "收到对一张服务单的办理，但本机没有这张单（可能已被区平台退回），请核对",
            "order_take_lost" => {
                "同一张服务单在两处都办了接单，以先到区平台的一处为准，后一处没有生效，请通知后接单的志愿者"
            }
            "order_step_lost" => {
                "同一张服务单在两处都有办理，以先到区平台的一处为准，后一处没有生效，请核对这张单后再办"
            }
            "order_credit_lost" => {
                "同一张服务单被重复入账，或入账时已不是待入账的状态，后一次没有生效，分钟没有多记，请核对"
            }
            "order_reversal_lost" => "同一张服务单被重复冲正，或冲正时已不是已入账的状态，后一次没有生效，请核对",
            "gift_twice" => "同一编号的赠与收到了两次，只保留先到的一次，请核对",
            "gift_missing" => "收到对一笔赠与的冲正，但本机没有这笔赠与（可能已被区平台退回），请核对",
            "gift_to_self" => "有一笔赠与的双方是同一个人，没有生效，请核对后重新录入",
            "gift_reversal_lost" => "同一笔赠与在两处各冲正了一次，以先到区平台的一次为准，分钟没有多退，请核对",
            "brand_step_lost" => {
                "同一个品牌在两处都有办理，或在别处已启用了另一个品牌，以先到区平台的一处为准，后一处没有生效，请到品牌页面核对后再办"
            }
            "assessment_lost" => {
                "同一个品牌同一年度在两处各作了一次评估，或这个品牌还没有启用过，后一次没有生效，请到品牌页面核对"
            }
            "brand_part_removed" => {
                "有人改了品牌档案里在另一处刚移除的一项，这次修改没有生效，请核对品牌档案，需要时重新添加"
            }
            "file_twice" => "同一编号的文件收到了两次，只保留先到的一次，请核对",
            "attendance_twice" => "活动签到表里同一编号的一行收到了两次，只保留先到的一次，请核对签到表",
            "handover_twice" => "同一编号的交区数据包申请收到了两次，只保留先到的一次，请核对",
            "handover_missing" => "收到对一份交区数据包的审查，但本机没有这份申请（可能已被区平台退回），请核对",
            "handover_lost" => {
                "同一份交区数据包在两处各审查了一次，以先到区平台的一次为准，后一次没有生效，请核对这一份的状态"
            }
            "user_missing" => "收到对一个用户的修改，但本机没有这个用户，请核对用户列表",
            "user_twice" => "同一编号的用户收到了两次，只保留先到的一次，请核对用户列表",
            "device_twice" => "同一台电脑登记了两次，只保留先到的一次，请核对电脑列表",
            _ => "两处的记录有冲突，后一处没有生效，请核对",
        };
        words.to_owned()
    }

    /// The award concerned.
    #[must_use]
    pub fn award(&self) -> Option<AwardId> {
        (self.entity.kind == EntityKind::Award).then(|| AwardId::from_bytes(self.entity.id))
    }

    /// The need concerned.
    #[must_use]
    pub fn need(&self) -> Option<NeedId> {
        (self.entity.kind == EntityKind::Need).then(|| NeedId::from_bytes(self.entity.id))
    }

    /// The service order concerned.
    #[must_use]
    pub fn order(&self) -> Option<ServiceOrderId> {
        (self.entity.kind == EntityKind::ServiceOrder).then(|| ServiceOrderId::from_bytes(self.entity.id))
    }

    /// The gift of minutes concerned.
    #[must_use]
    pub fn gift(&self) -> Option<TimeGiftId> {
        (self.entity.kind == EntityKind::TimeGift).then(|| TimeGiftId::from_bytes(self.entity.id))
    }

    /// The brand concerned.
    #[must_use]
    pub fn brand(&self) -> Option<BrandId> {
        match self.entity.kind {
            EntityKind::Brand => Some(BrandId::from_bytes(self.entity.id)),
            EntityKind::BrandSeat => self.what.split_once(':').and_then(|(_, brand)| brand.parse().ok()),
            _ => None,
        }
    }

    /// The activity of the brand or of 诚信五进 concerned.
    #[must_use]
    pub fn event(&self) -> Option<EventId> {
        (self.entity.kind == EntityKind::Event).then(|| EventId::from_bytes(self.entity.id))
    }

    /// The package for the district concerned.
    #[must_use]
    pub fn handover(&self) -> Option<HandoverId> {
        (self.entity.kind == EntityKind::Handover).then(|| HandoverId::from_bytes(self.entity.id))
    }

    /// The resident concerned.
    #[must_use]
    pub fn resident(&self) -> Option<ResidentId> {
        (self.entity.kind == EntityKind::Resident).then(|| ResidentId::from_bytes(self.entity.id))
    }
}

fn field_label(name: &str) -> &'static str {
    match Field::ALL.into_iter().find(|field| field.name() == name) {
        Some(Field::Name) => "姓名",
        Some(Field::IdNumber) => "公民身份号码",
        Some(Field::Phone) => "电话",
        Some(Field::Address) => "住址",
        Some(Field::Relation) => "与户主关系",
        Some(Field::Grid) => "网格",
        Some(Field::Village) => "村社",
        Some(Field::HouseholdNo) => "户号",
        None => "资料",
    }
}

impl Reader<'_> {
    /// What waits for a person, newest first, at most a thousand.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn races(&self) -> Result<Vec<RaceRow>, StoreError> {
        let sql = "SELECT entity, op, what, scope, at FROM race ORDER BY at DESC, entity, op, what LIMIT ?1";
        self.all(sql, [RACES_MAX], |row| {
            let mut c = Columns::of(row);
            Ok(RaceRow {
                entity: Entity::from_bytes(&c.get::<Vec<u8>>()?).ok_or_else(|| invalid(0))?,
                op: c.take()?,
                what: c.get()?,
                scope: c.parse()?,
                at: c.get()?,
            })
        })
    }

    /// How many wait.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn races_count(&self) -> Result<u64, StoreError> {
        self.count("SELECT count(*) FROM race", [])
    }
}
