//! What must I do today, what happened since I left, is everything safe?

use chrono::{Datelike, Days, NaiveDate};
use zhenxin_store::{OpRow, Reader, UserRow};

use crate::{
    Caller, accounts, backups, brands, calendar,
    contract::{
        Fault,
        session::{Duty, Nothing, RecentEvent, Workbench},
    },
    privacy, security, settling, shown, timebank,
};

/// Lines of "what happened".
const RECENT_SHOWN: u32 = 20;
/// Days before the holiday table's end at which somebody should import the next one.
pub const TABLE_WARNING_DAYS: u64 = 30;

pub fn workbench(caller: &Caller, _: Nothing) -> Result<Workbench, Fault> {
    let today = caller.today();
    let reviews = caller.holds(Duty::Reviewer);
    let safety = if caller.holds(Duty::Administrator) { backups::urgent(caller)? } else { Vec::new() };
    let check = security::differs(caller)?;
    caller.read(|reader| {
        let users = reader.users()?;
        let counts = reader.counts(today)?;
        let issues = settling::counts(caller, reader)?;
        // what I recorded waits for somebody else
        let awaiting_review = if reviews { reader.awaiting_review(caller.user)? } else { 0 };
        let (month, last_month) = (first_of_month(today), first_of_month(first_of_month(today) - Days::new(1)));
        let recent = reader.recent_ops(RECENT_SHOWN, 0)?;
        Ok(Workbench {
            awaiting_review: narrow(awaiting_review),
            sent_back_to_me: narrow(reader.sent_back_count(caller.user)?),
            without_consent: narrow(counts.residents - counts.with_consent),
            to_decide: issues.iter().map(|count| count.open).sum(),
            issues,
            residents: narrow(counts.residents),
            with_consent: narrow(counts.with_consent),
            points_given_this_month: given(reader, month, today)?,
            points_reversed_this_month: reader.points_reversed_between(month, today)?,
            points_given_last_month: given(reader, last_month, month - Days::new(1))?,
            safety,
            check,
            recent: recent.iter().map(|op| event(op, &users)).collect(),
            rules_in_force: narrow(u64::try_from(reader.rules_in_force(today)?.len()).unwrap_or(u64::MAX)),
            holidays_end: calendar::last_day(reader)?
                .filter(|last| *last < today + Days::new(TABLE_WARNING_DAYS))
                .map(shown::day),
            unseparated: accounts::is_unseparated(&users),
            time: timebank::due(caller, reader)?,
            brand: brands::due(caller, reader)?,
            privacy: privacy::due(caller, reader)?,
        })
    })
}

/// What awards gave, whatever was taken back since: a sum of both may be nothing or less, and says neither.
fn given(reader: &Reader, from: NaiveDate, to: NaiveDate) -> Result<i64, Fault> {
    Ok(reader.points_effective_between(from, to)? + reader.points_reversed_between(from, to)?)
}

fn first_of_month(day: NaiveDate) -> NaiveDate {
    day.with_day(1).unwrap_or(day)
}

fn narrow(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn event(op: &OpRow, users: &[UserRow]) -> RecentEvent {
    RecentEvent { at: shown::time(op.recorded_at), actor: shown::actor(users, op.actor), text: what(op) }
}

/// A kind of operation in words, without a count.
pub fn kind_words(kind: &str) -> &'static str {
    match kind.split('.').next().unwrap_or_default() {
        "residents" => "居民登记",
        "import" => "撤销导入",
        "consent" => "同意书",
        "rules" | "rule" => "积分细则",
        "award" => "记分与复核",
        "user" => "用户",
        "security" => "密码与锁屏规定",
        "statement" => "对账单与存折",
        "service" => "服务项目",
        "need" => "需求",
        "order" => "服务单",
        "gift" => "时间赠与",
        "brand" => "品牌档案",
        "event" => "活动",
        "handover" => "交区数据包",
        "issue" | "deficit" => "核对裁定",
        "query" => "查询登记",
        "data" | "erasure" | "resident" => "个人信息",
        "audit" => "审计存证",
        "town" => "启用电脑",
        _ => "较新版本程序的记录",
    }
}

/// An operation in plain words.
pub fn what(op: &OpRow) -> String {
    let people = |verb: &str| format!("{verb} {} 人", op.rows);
    match op.kind.as_str() {
        "residents.recorded" => people("登记居民"),
        "import.undone" => "撤销一次导入".to_owned(),
        "consent.given" => people("登记同意"),
        "consent.withdrawn" => "撤回同意".to_owned(),
        "rules.recorded" => format!("登记细则 {} 条", op.rows),
        "rule.retired" => "停用细则".to_owned(),
        "award.recorded" => people("记分"),
        "award.reviewed" => format!("复核 {} 条记分", op.rows),
        "award.reversed" => "冲正一笔记分".to_owned(),
        "data.restricted" => "限制或解除限制个人信息".to_owned(),
        "erasure.asked" => "申请删除个人信息".to_owned(),
        "erasure.refused" => "不予删除个人信息".to_owned(),
        "erasure.withdrawn" => "撤回删除申请".to_owned(),
        "resident.erased" => "删除个人信息".to_owned(),
        "user.added" => "添加用户".to_owned(),
        "user.changed" => "调整用户的职责或账户".to_owned(),
        "user.credential" => "设置登录密码或动态验证码".to_owned(),
        "security.policy" => "修改密码与锁屏规定".to_owned(),
        "statement.issued" => "打印对账单或存折".to_owned(),
        "service.type_recorded" => "登记服务项目".to_owned(),
        "need.posted" => "登记需求".to_owned(),
        "need.closed" => "关闭需求".to_owned(),
        "order.posted" => format!("开服务单 {} 张", op.rows),
        "order.moved" => format!("办理服务单 {} 张", op.rows),
        "order.credited" => format!("服务单入账 {} 张", op.rows),
        "order.reversed" => "冲正一张服务单".to_owned(),
        "gift.given" => "赠与或捐赠时间".to_owned(),
        "brand.recorded" => "修改品牌档案".to_owned(),
        "brand.moved" => "办理品牌立项、启用或停用".to_owned(),
        "brand.assessed" => "品牌年度评估".to_owned(),
        "event.recorded" => "登记活动".to_owned(),
        "event.signed" => format!("修改签到名单 {} 人", op.rows),
        "event.photos" => format!("修改活动照片 {} 张", op.rows),
        "handover.requested" => "申请交区数据包".to_owned(),
        "handover.reviewed" => "审查交区数据包".to_owned(),
        "gift.reversed" => "冲正一笔赠与".to_owned(),
        "town.opened" => "启用一台电脑".to_owned(),
        "issue.settled" => "处理一件待核对的事".to_owned(),
        "residents.merged" => "合并或拆开居民登记".to_owned(),
        "deficit.waived" => "免还一笔时间透支".to_owned(),
        "query.made" => "查看一位居民的完整信息".to_owned(),
        "audit.anchored" => "审计存证".to_owned(),
        _ => "较新版本程序的记录".to_owned(),
    }
}
