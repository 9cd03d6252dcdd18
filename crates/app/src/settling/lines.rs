//! An issue in one line, and in whole sentences.

use zhenxin_domain::{
    award::AwardState,
    id_number::IdNumber,
    ids::{NeedId, ResidentId},
    ledger::Owner,
    service_order::shown_number,
    service_time::{YEARLY_CAP_MIN, cap_year, duration},
};
use zhenxin_store::{IssueKind, IssueRow, Reader, SetAsideRow};

use super::{
    about::Concerned,
    content::{self, Names, field_label},
    deficit, field_of, sides, words,
};
use crate::{
    Caller,
    contract::{Fault, settling::*},
    fault::sentence,
    shown, workbench,
};

/// Why an own operation lies aside: what it says must be done again.
const ID_TAKEN: &str = "id_taken";
/// Set-aside operations among which one is looked for.
const SET_ASIDES_MAX: u32 = zhenxin_store::ISSUES_MAX;

/// An issue as the list shows it.
pub fn line(
    caller: &Caller,
    names: &Names<'_>,
    row: &IssueRow,
    concerned: Option<Concerned>,
) -> Result<IssueLine, Fault> {
    let concerned = match concerned {
        Some(concerned) => concerned,
        None => Concerned::of(caller, names.reader, row)?,
    };
    let decided = row.decided.as_ref().map(|decided| IssueVerdict {
        label: words::decision_label(Some(row.key.kind), &decided.decision).to_owned(),
        at: shown::time(decided.at),
        actor: shown::actor(&names.users, decided.by),
        reason: decided.reason.clone(),
    });
    Ok(IssueLine {
        issue: row.key.to_string(),
        kind: words::shown_kind(row.key.kind),
        kind_label: words::kind_label(row.key.kind).to_owned(),
        who: concerned.who,
        id_masked: concerned.id_masked,
        village_name: concerned.village_name,
        at: shown::time(row.at),
        text: text(caller, names, row)?,
        decided,
    })
}

/// What differs, in one line, numbers masked.
fn text(caller: &Caller, names: &Names<'_>, row: &IssueRow) -> Result<String, Fault> {
    let reader = names.reader;
    Ok(match row.key.kind {
        IssueKind::Field => field_text(caller, reader, row)?,
        IssueKind::Lost => words::race(row.key.what.as_deref().unwrap_or_default()).to_owned(),
        IssueKind::DuplicateAward => award_text(reader, row)?,
        IssueKind::DuplicateResident => alike(reader, row)?.to_owned(),
        IssueKind::Deleted => "一处撤销了登记他的那次导入，另一处修改了他的资料".to_owned(),
        IssueKind::Deficit => match row.resident {
            Some(resident) => match deficit::missing_min(reader, resident)? {
                0 => "时间账户曾经透支，现在已补齐".to_owned(),
                missing => format!("时间账户透支 {}", duration(i64::from(missing))),
            },
            None => String::new(),
        },
        IssueKind::RivalNeed => rival_text(reader, row)?,
        IssueKind::BeyondCap => match row.resident {
            Some(resident) => {
                let (from, to) = cap_year(caller.today());
                let earned = duration(i64::from(reader.credited_min_of(resident, from, to)?));
                format!("今年已入账 {earned}，超过年度上限 {}", duration(i64::from(YEARLY_CAP_MIN)))
            }
            None => String::new(),
        },
        IssueKind::SetAside => match set_aside(reader, row)? {
            Some(found) => format!("同步来的一条记录暂放：{}", words::set_aside(&found.why)),
            None => "同步来的一条记录暂放".to_owned(),
        },
        IssueKind::Refused => match row.key.op.map(|op| reader.op_of_content(op)).transpose()?.flatten() {
            Some(op) => match op.reason_text.as_deref() {
                Some(reason) => format!("{}：{reason}", workbench::what(&op)),
                None => workbench::what(&op),
            },
            None => "另一台电脑上被退回的一条记录".to_owned(),
        },
        IssueKind::MissingKey => {
            format!("{} 项资料的密钥一天以上没有到本机，暂显示为空", row.key.what.as_deref().unwrap_or("几"))
        }
        IssueKind::AfterRemoval => match row.key.op.map(|op| reader.op_of_content(op)).transpose()?.flatten() {
            Some(op) => {
                format!("{}：{}停用后在另一台电脑上记的", workbench::what(&op), shown::actor(&names.users, op.actor))
            }
            None => "停用的用户记的一条".to_owned(),
        },
        IssueKind::Unauthorised => match row.key.op.map(|op| reader.op_of_content(op)).transpose()?.flatten() {
            Some(op) => {
                format!("{}：{}当时没有这项职责", workbench::what(&op), shown::actor(&names.users, op.actor))
            }
            None => "没有相应职责的人改了账号".to_owned(),
        },
        IssueKind::TimeSuspect => match row.key.op.map(|op| reader.op_of_content(op)).transpose()?.flatten() {
            Some(op) => {
                format!(
                    "{}：电脑时间写的是 {}，和收到的时间差得太远",
                    workbench::what(&op),
                    shown::time(op.recorded_at)
                )
            }
            None => "一条记录的电脑时间差得太远".to_owned(),
        },
    })
}

fn field_text(caller: &Caller, reader: &Reader, row: &IssueRow) -> Result<String, Fault> {
    let (Some(resident), Some(field)) = (row.resident, field_of(&row.key)) else { return Ok(String::new()) };
    let masked = Names::of(reader)?;
    let sides = sides::of_field(reader, row, resident, field)?;
    let values: Vec<String> = sides.iter().map(|side| masked.value(caller, field, side.value.as_ref())).collect();
    Ok(format!("{}：{}", field_label(field), values.join(" / ")))
}

fn award_text(reader: &Reader, row: &IssueRow) -> Result<String, Fault> {
    let mut found = Vec::new();
    for award in row.key.awards().into_iter().flatten() {
        found.extend(reader.award(award)?);
    }
    let Some(first) = found.first() else { return Ok("记分已不在名册里".to_owned()) };
    let words: Vec<String> = found.iter().map(sides::award_words).collect();
    let live = found.iter().filter(|award| matches!(award.state, AwardState::Submitted | AwardState::Approved)).count();
    let rule = first.rule_code.as_deref().unwrap_or_default();
    let both = if live > 1 { "" } else { "（其中一笔已退回或冲正）" };
    Ok(format!("{} {rule}：{}{both}", shown::day(first.occurred_on), words.join(" / ")))
}

/// Why two records look like one person.
fn alike(reader: &Reader, row: &IssueRow) -> Result<&'static str, Fault> {
    let Some([one, other]) = row.key.residents() else { return Ok("") };
    if reader.merge_of(one)?.is_some() && reader.merge_of(other)?.is_some() {
        return Ok("两台电脑各把一份登记并入了另一份，请选定保留哪一份");
    }
    let (Some(one), Some(other)) = (reader.resident(one)?, reader.resident(other)?) else {
        return Ok("登记已撤销");
    };
    Ok(if one.id_number.is_some() && one.id_number == other.id_number {
        "两份登记的身份证号相同"
    } else if one.household.is_some() && one.household == other.household {
        "两份登记的姓名和户号相同，身份证号不同"
    } else if birth(one.id_number.as_deref()) == birth(other.id_number.as_deref()) {
        "两份登记的姓名和出生日期相同，身份证号不同"
    } else {
        "两份登记"
    })
}

fn birth(number: Option<&str>) -> Option<chrono::NaiveDate> {
    Some(IdNumber::from_canonical(number?).ok()?.birth_date())
}

fn rival_text(reader: &Reader, row: &IssueRow) -> Result<String, Fault> {
    let need = NeedId::from_bytes(row.key.about.id);
    let orders = reader.live_orders_of_need(need)?;
    let numbers: Vec<String> = orders.iter().map(|order| shown_number(&order.number)).collect();
    let numbers = numbers.join("、");
    let closed = reader.need(need)?.is_some_and(|need| need.closed_at.is_some());
    Ok(if closed {
        format!("需求已关闭，却还有服务单 {numbers}，请核对后取消服务单，或另登记需求")
    } else {
        format!("同一需求有两张服务单：{numbers}，请核对后只留一张：没入账的取消，入了账的冲正")
    })
}

fn set_aside(reader: &Reader, row: &IssueRow) -> Result<Option<SetAsideRow>, Fault> {
    let found = reader.set_asides(SET_ASIDES_MAX)?.into_iter();
    Ok(found.into_iter().find(|found| zhenxin_store::IssueKey::set_aside(&found.hash) == row.key))
}

/// All that can be told of an operation that could not be entered; the whole content of one of this PC's own.
pub fn set_aside_card(caller: &Caller, names: &Names<'_>, row: &IssueRow) -> Result<Option<IssueContent>, Fault> {
    let Some(found) = set_aside(names.reader, row)? else { return Ok(None) };
    if found.why == ID_TAKEN
        && let Some(content) = names.reader.set_aside_content(&found.hash)?
    {
        return Ok(Some(content::card(caller, names, &content, false)?));
    }
    let fact = |label: &str, value: String| IssueFact { label: label.to_owned(), value };
    let scope = match found.scope {
        zhenxin_domain::division::Scope::Village(code) => shown::village(&caller.town, code),
        zhenxin_domain::division::Scope::Town(_) => caller.town.division.name.clone(),
    };
    let kind = found.kind.as_deref().map_or("无法辨认", workbench::kind_words);
    Ok(Some(IssueContent {
        title: kind.to_owned(),
        actor: String::new(),
        at: shown::time(found.at_ms),
        device: String::new(),
        status: "暂放，没有生效；原样保存，没有丢失".to_owned(),
        facts: vec![
            fact("范围", scope),
            fact("在区平台的次序", found.server_seq.map(|seq| seq.to_string()).unwrap_or_default()),
            fact("原因", words::set_aside(&found.why).to_owned()),
            fact("长度", format!("{} 字节", found.bytes_len)),
        ],
        more: 0,
    }))
}

/// What happened and what stands now, in whole sentences.
pub fn explanation(names: &Names<'_>, row: &IssueRow) -> Result<String, Fault> {
    let reader = names.reader;
    let told = match row.key.kind {
        IssueKind::Field if row.decided.is_some() => "两台电脑改过同一项，已经选定一个值，另一个留在记录里。",
        IssueKind::Field => {
            "两台电脑在没有看到对方改动时改了同一项。现在用的是排在前面的一个值，两个值都保留着。请核对后选定一个。"
        }
        IssueKind::Lost => return Ok(sentence(words::race(row.key.what.as_deref().unwrap_or_default()))),
        IssueKind::DuplicateAward => {
            "同一位居民、同一天、同一条细则记了两次，来自两次登记。两笔现在都保留，可能是同一件事记重了，请核对。"
        }
        IssueKind::DuplicateResident => {
            let told = alike(reader, row)?;
            return Ok(format!("{}合并后积分和时间合在一起看，原有记录都不改动，以后可以撤销。", sentence(told)));
        }
        IssueKind::Deleted => {
            "有人撤销了登记这位居民的导入，另一台电脑在不知道时修改了他的资料。现在名册里没有他，修改的内容在下面。"
        }
        IssueKind::Deficit => return deficit_words(reader, row.resident),
        IssueKind::RivalNeed => "两台电脑各为同一条需求办了事。服务单都有效，请核对后只留该留的。",
        IssueKind::BeyondCap => {
            "两台电脑先后入账，合起来超过了一年的上限。分钟都已入账，请核对后冲正多出的服务单，或写明理由保留。"
        }
        IssueKind::SetAside if set_aside(reader, row)?.is_some_and(|found| found.why == ID_TAKEN) => {
            "本机写的这条记录没有生效：同一个编号在区平台上已是另一条内容不同的记录。内容在下面，需要的请重新录入，并联系区平台管理员。"
        }
        IssueKind::SetAside => {
            "同步时收到一条本程序不能使用的记录，已原样暂放，没有影响其他记录。请联系区平台管理员，或升级程序。"
        }
        IssueKind::Refused => "区平台没有接受这条记录，它没有生效，内容在下面。需要的请改正后重新录入，再标为已核对。",
        IssueKind::MissingKey => {
            "有居民资料的密钥一天以上没有从另一台电脑交接过来，这些资料暂时显示为空，数字和账目不受影响。"
        }
        IssueKind::AfterRemoval => {
            "这位用户的账户已停用，那台电脑还没有同步到，他又记了这一条。记录现在有效。请对照纸质材料核对：属实的保留；不属实的，到那笔记录的页面退回、冲正或改正，再标为已核对。"
        }
        IssueKind::Unauthorised => {
            "账号和密码要求只由系统管理员、安全管理员改。署名的人当时没有相应的职责：可能是他在别的电脑上刚被换下，也可能是那台电脑出了问题，或有人用恢复密钥补回了管理职责。这次改动现在有效。请向本人核实；不属实的，到“用户与职责”页改回来，并请区平台停用那台电脑，再标为已核对。"
        }
        IssueKind::TimeSuspect => "写这条记录的电脑时间不对。记录有效，先后以区平台的次序为准。",
    };
    Ok(told.to_owned())
}

fn deficit_words(reader: &Reader, resident: Option<ResidentId>) -> Result<String, Fault> {
    let Some(resident) = resident else { return Ok(String::new()) };
    let available = reader.minutes_balance(Owner::Resident(resident))?;
    if available >= 0 {
        return Ok("账户曾经透支，现在已补齐。".to_owned());
    }
    Ok(format!(
        "两台电脑没有看到对方时各用了同一份时间，账户现在是 -{}。都已记账，没有自动冲正；补齐之前这个账户不能再用。",
        duration(-available)
    ))
}
