//! Searching and checking the audit.

use std::collections::HashMap;

use chrono::NaiveDate;
use uuid::Uuid;
use zhenxin_domain::{
    ids::{ResidentId, UserId},
    service_order::Payer,
    text,
};
use zhenxin_store::{AUDIT_DONE, AuditEntry, AuditFilter, Reader};

use crate::{
    Caller,
    contract::{Fault, FaultCode, audit::*, session::Nothing, words},
    duties, privacy, queries, selfcheck, shown,
};

/// Rows of one window.
const PAGE_LIMIT_MAX: u32 = 500;
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// The request of a search as the store takes it.
pub fn filter(request: &AuditExport) -> Result<AuditFilter, Fault> {
    let midnight_ms = |field: &str, written: &Option<String>| {
        let day = written.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(|text| {
            NaiveDate::parse_from_str(text, "%Y-%m-%d")
                .map_err(|_| Fault::field(field, "日期请按 2026-11-22 的样子填写。"))
        });
        Ok::<_, Fault>(day.transpose()?.map(shown::midnight_ms))
    };
    Ok(AuditFilter {
        user: request.user.as_deref().map(shown::parse_id).transpose()?,
        action: request.action.clone(),
        refused: request.refused,
        number: request.number.clone().filter(|text| !text.trim().is_empty()),
        from_ms: midnight_ms("from", &request.from)?,
        before_ms: midnight_ms("to", &request.to)?.map(|ms| ms + DAY_MS),
    })
}

pub fn page(caller: &Caller, request: AuditSearch) -> Result<AuditRows, Fault> {
    if request.limit == 0 || request.limit > PAGE_LIMIT_MAX {
        return Err(Fault::new(FaultCode::BadRequest, format!("每次请取 1 到 {PAGE_LIMIT_MAX} 行。")));
    }
    let AuditSearch { user, action, refused, number, from, to, offset, limit } = request;
    let filter = filter(&AuditExport { user, action, refused, number, from, to })?;
    caller.store().read(|reader| {
        let page = reader.audit(&filter, u64::from(offset), limit)?;
        let names = Names::of(reader)?;
        let rows = page.rows.iter().map(|row| line(reader, &names, row)).collect::<Result<_, Fault>>()?;
        let actions = reader.audit_actions()?.into_iter();
        Ok(AuditRows {
            total: u32::try_from(page.total).unwrap_or(u32::MAX),
            rows,
            actions: actions.map(|action| AuditAction { label: action_words(&action).to_owned(), action }).collect(),
            users: names.listed(),
        })
    })
}

/// Who is who among the users.
pub struct Names(HashMap<UserId, String>);

impl Names {
    pub fn of(reader: &Reader) -> Result<Self, Fault> {
        let users = reader.users()?.into_iter();
        Ok(Self(users.map(|row| (row.id, row.name.unwrap_or_else(|| "姓名未到的用户".to_owned()))).collect()))
    }

    fn name(&self, id: UserId) -> String {
        self.0.get(&id).cloned().unwrap_or_else(|| "本机没有的用户".to_owned())
    }

    fn listed(&self) -> Vec<AuditUser> {
        let users = self.0.iter().map(|(id, name)| AuditUser { user: id.to_string(), name: name.clone() });
        let mut users: Vec<AuditUser> = users.collect();
        users.sort_by(|one, other| one.name.cmp(&other.name).then_with(|| one.user.cmp(&other.user)));
        users
    }
}

/// A row in words.
pub fn line(reader: &Reader, names: &Names, row: &AuditEntry) -> Result<AuditLine, Fault> {
    let (kind, subject) = row.subject.clone().unzip();
    let kind = kind.unwrap_or_default();
    let subject_name = match (kind.as_str(), &subject) {
        ("resident" | "beneficiary" | "volunteer" | "giver" | "to", Some(id)) => match id.parse::<ResidentId>() {
            Ok(id) => reader.resident(id)?.and_then(|row| row.name).map(|name| text::mask_name(&name)),
            Err(_) => None,
        },
        ("user", Some(id)) => id.parse().ok().map(|id| names.name(id)),
        _ => None,
    };
    Ok(AuditLine {
        no: row.no,
        at: shown::time_s(row.at_ms),
        user_name: row.user.map(|id| names.name(id)).unwrap_or_default(),
        action: row.action.clone(),
        action_label: action_words(&row.action).to_owned(),
        refused: row.outcome != AUDIT_DONE,
        outcome_label: outcome_words(&row.outcome).to_owned(),
        subject_kind: kind_words(&kind).to_owned(),
        number: subject.as_deref().map(shown::number).unwrap_or_default().to_owned(),
        subject,
        subject_name: subject_name.unwrap_or_default(),
        detail: detail_words(&row.detail),
    })
}

fn action_words(action: &str) -> &str {
    match action {
        super::UNKNOWN => "清单里没有的命令",
        super::BY_ITSELF => "程序自动",
        "audit_head_broken" => "审计末尾签名不符",
        privacy::AUDIT_CUT => "清理到期的审计",
        selfcheck::WEEKLY => "每周自检",
        name => words::label(name),
    }
}

fn outcome_words(outcome: &str) -> &str {
    match outcome {
        AUDIT_DONE => "已办理",
        "bad_request" => "被拒：请求格式不对",
        "invalid" => "被拒：填写有误",
        "forbidden" => "被拒：没有权限",
        "wrong_password" => "被拒：登录名或密码不对",
        "locked" => "被拒：锁定中",
        "second_factor" => "被拒：动态码不对或没有填",
        "password_due" => "被拒：要先改密码",
        "not_found" => "被拒：对象不存在",
        "conflict" => "被拒：情况已变化",
        "unlawful" => "被拒：不合规定",
        "bad_file" => "未成：文件不能读",
        "district" => "未成：区平台或网络",
        "store" => "未成：数据文件",
        "system" => "未成：电脑系统",
        other => other,
    }
}

/// Codes and counts as a person reads them; what has no word stays as it is.
pub(super) fn detail_words(detail: &str) -> String {
    detail.split(' ').filter(|part| !part.is_empty()).map(part_words).collect::<Vec<_>>().join("，")
}

fn part_words(part: &str) -> String {
    match part {
        "duties=" => return "没有职责".to_owned(),
        "former_duties=" => return "原来没有职责".to_owned(),
        "former_villages×0" => return "原负责全镇".to_owned(),
        _ => {}
    }
    if let Some((name, count)) = part.split_once('×') {
        let (word, unit) = match name {
            "residents" => ("居民", "人"),
            "rows" => ("", "行"),
            "rules" => ("细则", "条"),
            "awards" => ("记分", "笔"),
            "orders" => ("服务单", "张"),
            "files" | "evidence" | "photos" => ("文件", "份"),
            "villages" => ("村社", "个"),
            "former_villages" => ("原负责村社", "个"),
            "duties" => ("职责", "项"),
            "codes" => ("到期", "项"),
            "also" => ("一并删除活动", "项"),
            "cut" => ("清理", "条"),
            "guests" => ("来宾", "人"),
            "remove" => ("移出", "人"),
            "lines" => ("名册", "行"),
            "numbers" => ("单号", "个"),
            "objectives" => ("目标", "条"),
            "only_on" => ("只在这些网络", "个"),
            "scopes" => ("范围", "个"),
            "closed" => ("数据文件还没有打开时试了", "次"),
            _ => return part.to_owned(),
        };
        return format!("{word} {count} {unit}").trim().to_owned();
    }
    match part.split_once('=') {
        Some(("fields", codes)) => {
            let words = codes.split('+').map(|code| match code {
                "id_number" => "身份证号",
                "phone" => "电话",
                "address" => "住址",
                other => other,
            });
            words.collect::<Vec<_>>().join("、")
        }
        Some(("times", times)) => {
            let times = times.split('+').filter_map(|ms| ms.parse().ok()).map(shown::time_s);
            times.collect::<Vec<_>>().join("、")
        }
        Some(("until", no)) => format!("至第 {no} 条"),
        Some(("faults", "0")) => "没有不符".to_owned(),
        Some(("faults", count)) => format!("不符 {count} 处"),
        Some(("ops", count)) => format!("操作记录 {count} 条"),
        Some(("purpose", code)) => queries::purpose_words(code),
        Some(("format", code)) => format!("{} 文件", code.to_uppercase()),
        Some(("again", "true")) => "同上次用途".to_owned(),
        Some(("again", _)) => "写明用途".to_owned(),
        Some(("active", "true")) => "在用".to_owned(),
        Some(("active", _)) => "停用".to_owned(),
        Some(("dry_run", "true")) => "只检查".to_owned(),
        Some(("dry_run", _)) => "写入".to_owned(),
        Some(("kind", "residents")) => "居民名册".to_owned(),
        Some(("kind", "rules")) => "积分细则".to_owned(),
        Some(("channel", "paper")) => "纸质签字".to_owned(),
        Some(("channel", "counter")) => "窗口当面".to_owned(),
        Some(("payer", code)) => Payer::from_code(code).map_or(code, |payer| payer.label()).to_owned(),
        Some(("duties", codes)) => duty_words(codes),
        Some(("former_duties", codes)) => format!("原为{}", duty_words(codes)),
        Some(("decision" | "step", code)) => step_words(code).to_owned(),
        // another record that the act names
        Some((name, id)) if id.parse::<Uuid>().is_ok() => format!("{} {}", kind_words(name), shown::number(id)),
        _ => part.to_owned(),
    }
}

fn duty_words(codes: &str) -> String {
    let held = |code: &str| serde_json::from_value(code.into()).map_or("", duties::label);
    codes.split('+').map(held).collect::<Vec<_>>().join("、")
}

fn step_words(code: &str) -> &str {
    match code {
        "approve" => "通过",
        "send_back" => "退回",
        "activate" => "启用",
        "retire" => "退役",
        "take" => "接单",
        "sign_in" => "签到",
        "sign_out" => "签退",
        "confirm" => "确认",
        "dispute" => "提出异议",
        "resolve" => "异议处理完毕",
        "cancel" => "取消",
        other => other,
    }
}

fn kind_words(kind: &str) -> &str {
    match kind {
        "" => "",
        "resident" => "居民",
        "beneficiary" => "服务对象",
        "volunteer" => "志愿者",
        "giver" => "赠与人",
        "to" => "受赠人",
        "user" => "用户",
        "award" => "记分",
        "need" => "需求",
        "order" => "服务单",
        "gift" => "赠与",
        "brand" => "品牌",
        "event" => "活动",
        "handover" => "交区数据包",
        "import" => "导入",
        "evidence" => "佐证",
        "device" => "电脑",
        "asked" => "删除申请",
        "rule_version" => "细则",
        "service_type" => "服务项目",
        _ => "记录",
    }
}

pub fn verify(caller: &Caller, _: Nothing) -> Result<AuditVerification, Fault> {
    let check = caller.store().check_audit()?;
    Ok(AuditVerification {
        sound: check.faults.is_empty(),
        rows: check.rows,
        first: check.first,
        last: check.last,
        anchors: check.anchors,
        replaced: check.replaced,
        faults: check.faults.iter().map(|fault| format!("{fault}。")).collect(),
    })
}
