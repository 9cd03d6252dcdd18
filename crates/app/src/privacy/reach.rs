//! What an erasure takes and what it leaves, in words with counts: whoever confirms it reads all of it first.

use zhenxin_store::ErasureReach;

use crate::shown;

/// Everything that goes with the person's keys.
pub fn gone(reach: &ErasureReach) -> Vec<String> {
    let records = reach.records.len() as u64;
    let merged = match records {
        0 | 1 => String::new(),
        _ => format!("（含并入本人的 {} 份）", shown::count(records - 1)),
    };
    let mut lines = vec![format!(
        "居民登记 {} 份{merged}：姓名、身份证号、电话、住址、户号、与户主关系、网格",
        shown::count(records)
    )];
    let texts = &reach.texts;
    let parts = [
        (texts.consents, "份", "同意书上的监护人姓名"),
        (texts.awards, "笔", "记分退回或冲正的原因"),
        (texts.orders, "张", "服务单的地点、备注和原因"),
        (texts.needs, "条", "服务需求的地点、备注和关闭原因"),
        (texts.gifts, "笔", "时间赠与的关系、备注和冲正原因"),
        (texts.decisions, "件", "核对裁定的理由"),
        (texts.steps, "条", "限制、删除申请和答复里写的说明"),
        (texts.queries, "次", "查询登记里的理由和依据文书"),
        (reach.activities.len() as u64, "项", "只有本人参加的活动的名称"),
        (reach.files, "份", "这些活动的照片和扫描件"),
        (reach.users.len() as u64, "个", "本人已停用的账户的姓名、登录名和密码"),
    ];
    let counted = parts.iter().filter(|(count, ..)| *count > 0);
    lines.extend(counted.map(|(count, unit, what)| format!("{what}，{} {unit}", shown::count(*count))));
    lines.push("没有提交的草稿里写到本人的，整份清掉；查找时不再找到本人".to_owned());
    lines
}

/// What stays, without a name.
pub fn kept(reach: &ErasureReach, consented: bool) -> Vec<String> {
    let mut lines = vec!["积分和时间的数字、日期，账目总和不变".to_owned()];
    if consented {
        lines.push("同意书的版本和日期".to_owned());
    }
    if reach.texts.queries > 0 {
        lines.push("查询登记里谁、什么时候、为哪种用途、看了哪几项".to_owned());
    }
    lines.push("所在村社，经办人、复核人和办理时间，审计里的编号".to_owned());
    lines
}
