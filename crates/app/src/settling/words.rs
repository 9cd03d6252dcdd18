//! Kinds, races and decisions in words, without a personal value.

use zhenxin_protocol::entity::EntityKind;
use zhenxin_store::IssueKind;

use crate::contract::settling as shape;

/// The codes of decisions stand in operations: they never change.
pub mod code {
    /// 核对过, nothing else to do.
    pub const SEEN: &str = "seen";
    /// 两边都对.
    pub const BOTH: &str = "both";
    /// 不是同一个人.
    pub const NOT_SAME: &str = "not_same";
    /// 以后补回.
    pub const LATER: &str = "later";
    /// 免还.
    pub const WAIVE: &str = "waive";
    /// 恢复.
    pub const RESTORE: &str = "restore";
    /// Before the operation whose value is kept.
    pub const KEEP: &str = "keep";
    /// Before the record that is kept.
    pub const MERGE: &str = zhenxin_store::MERGED;
    /// Before the record that stands by itself again.
    pub const UNMERGE: &str = "unmerge";
    /// Before the award that is reversed.
    pub const REVERSE: &str = "reverse";
    /// Before the award that is sent back.
    pub const SEND_BACK: &str = "send_back";
    /// Before the gift that is reversed.
    pub const REVERSE_GIFT: &str = "reverse_gift";
    /// Before the order that is reversed.
    pub const REVERSE_ORDER: &str = "reverse_order";
}

pub const fn kind_label(kind: IssueKind) -> &'static str {
    match kind {
        IssueKind::Field => "同一项两处改动",
        IssueKind::Lost => "后到的没有生效",
        IssueKind::DuplicateAward => "疑似重复记分",
        IssueKind::DuplicateResident => "疑似同一居民",
        IssueKind::Deleted => "修改遇到撤销",
        IssueKind::Deficit => "时间账户透支",
        IssueKind::RivalNeed => "一条需求几张单",
        IssueKind::BeyondCap => "超过年度上限",
        IssueKind::SetAside => "暂放的记录",
        IssueKind::Refused => "被区平台退回",
        IssueKind::MissingKey => "缺少密钥",
        IssueKind::TimeSuspect => "记录时间可疑",
        IssueKind::AfterRemoval => "停用后的记录",
        IssueKind::Unauthorised => "无权限的账号变动",
    }
}

pub const fn shown_kind(kind: IssueKind) -> shape::IssueKind {
    match kind {
        IssueKind::Field => shape::IssueKind::Field,
        IssueKind::Lost => shape::IssueKind::Lost,
        IssueKind::DuplicateAward => shape::IssueKind::DuplicateAward,
        IssueKind::DuplicateResident => shape::IssueKind::DuplicateResident,
        IssueKind::Deleted => shape::IssueKind::Deleted,
        IssueKind::Deficit => shape::IssueKind::Deficit,
        IssueKind::RivalNeed => shape::IssueKind::RivalNeed,
        IssueKind::BeyondCap => shape::IssueKind::BeyondCap,
        IssueKind::SetAside => shape::IssueKind::SetAside,
        IssueKind::Refused => shape::IssueKind::Refused,
        IssueKind::MissingKey => shape::IssueKind::MissingKey,
        IssueKind::TimeSuspect => shape::IssueKind::TimeSuspect,
        IssueKind::AfterRemoval => shape::IssueKind::AfterRemoval,
        IssueKind::Unauthorised => shape::IssueKind::Unauthorised,
    }
}

pub fn asked_kind(kind: shape::IssueKind) -> Option<IssueKind> {
    IssueKind::ALL.into_iter().find(|known| shown_kind(*known) == kind)
}

/// What was decided, in words; what stands behind a colon says only about which record.
pub fn decision_label(kind: Option<IssueKind>, decision: &str) -> &'static str {
    match (kind, decision.split(':').next().unwrap_or_default()) {
        (Some(IssueKind::Deleted), code::SEEN) => "撤销算数，不恢复",
        (Some(IssueKind::RivalNeed | IssueKind::BeyondCap), code::SEEN) => "核对过，都保留",
        (Some(IssueKind::AfterRemoval), code::SEEN) => "核对过，这条记录保留",
        (Some(IssueKind::Unauthorised), code::SEEN) => "核对过，账户现在是对的",
        (_, code::SEEN) => "核对过，不用再办",
        (_, code::BOTH) => "两笔都对，都保留",
        (_, code::NOT_SAME) => "不是同一个人",
        (_, code::LATER) => "先记着，以后补回",
        (_, code::WAIVE) => "免还，由镇准备金补上",
        (_, code::RESTORE) => "恢复这位居民",
        (_, code::KEEP) => "选定一个值",
        (_, code::MERGE) => "合并为一人",
        (_, code::UNMERGE) => "撤销合并",
        (_, code::REVERSE) => "冲正其中一笔",
        (_, code::SEND_BACK) => "退回其中一笔",
        (_, code::REVERSE_GIFT) => "冲正一笔赠与",
        (_, code::REVERSE_ORDER) => "冲正一张服务单",
        _ => "较新版本程序的决定",
    }
}

/// What lost against what, and what to do now.
pub fn race(what: &str) -> &'static str {
    if what.starts_with("unreadable:") {
        return "有一条记录的加密内容无法核对，该项暂显示为空；请运行数据校验并联系区平台管理员";
    }
    // The seat of the brands says behind a colon which brand it is about.
    match what.split(':').next().unwrap_or_default() {
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
        "order_step_lost" => "同一张服务单在两处都有办理，以先到区平台的一处为准，后一处没有生效，请核对这张单后再办",
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
        "resident_elsewhere" => "收到对一份登记的修改，但修改的电脑不在这份登记所属的村（社区），修改没有生效，请核对",
        "merge_missing" => "收到一次合并，但本机没有要并入的那份登记（可能已撤销），合并没有生效，请核对",
        "merge_lost" => "同一份登记在两处各并入了不同的人，以先到区平台的一次为准，后一次没有生效，请核对",
        "waiver_lost" => "透支在别处已经冲正补回，免还的决定后到，已补回的部分准备金没有再付，请核对这个时间账户",
        "waiver_returned" => {
            "镇准备金免还透支之后，别处又冲正了其中一笔，免还的分钟已退回准备金，没有多付，请核对这个时间账户"
        }
        "erased_elsewhere" => {
            "有一台电脑发来删除个人信息的记录，写的不是它所属村社的居民，没有生效，什么也没有删除，请查是哪台电脑、谁办的"
        }
        "settled_lost" => "同一件事在两处作了不同的决定，以先到区平台的一次为准，后一次没有生效，请核对",
        _ => "两处的记录有冲突，后一处没有生效，请核对",
    }
}

/// What stands in the place of a name where an issue concerns nobody.
pub const fn thing(kind: EntityKind) -> &'static str {
    match kind {
        EntityKind::Resident => "居民",
        EntityKind::ImportPart => "导入",
        EntityKind::Consent => "同意书",
        EntityKind::Rule => "积分细则",
        EntityKind::Award | EntityKind::ActivityPart => "记分",
        EntityKind::User => "用户",
        EntityKind::Statement => "对账单",
        EntityKind::Device => "电脑",
        EntityKind::ServiceType => "服务项目",
        EntityKind::Need => "需求",
        EntityKind::ServiceOrder => "服务单",
        EntityKind::TimeGift => "时间赠与",
        EntityKind::Brand | EntityKind::BrandSeat => "品牌",
        EntityKind::Event => "活动",
        EntityKind::Handover => "交区数据包",
        EntityKind::Issue => "核对裁定",
        EntityKind::SecurityPolicy => "安全设置",
        EntityKind::AuditAnchor => "审计存证",
        EntityKind::Query => "查询登记",
        EntityKind::PersonData => "个人信息",
    }
}

/// Why an operation was put aside.
pub fn set_aside(why: &str) -> &'static str {
    match why {
        "shape" => "内容残缺，无法读取",
        "algorithm" => "用了本程序不认识的算法，请升级程序",
        "too_large" => "长度超过规定",
        "scope" => "写给了别的村社",
        "id_reused" => "编号与另一条记录相同而内容不同",
        "chain" => "与那台电脑自己的前后记录对不上",
        "id_taken" => "本机写的，编号已被区平台上另一条记录占用，没有生效",
        _ => "本程序无法使用",
    }
}
