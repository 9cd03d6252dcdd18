//! Everything that is held about one resident, as tables of text: what the person's copy consists of.

use std::collections::HashSet;

use zhenxin_domain::{
    award::AwardState,
    consent::{Channel, GivenBy},
    id_number::IdNumber,
    ids::ResidentId,
    privacy::RestrictReason,
    service_order::shown_number,
    service_time::duration,
};
use zhenxin_protocol::hash::Hash32;
use zhenxin_store::{AwardTo, OrderFilter, Reader, ResidentRow, UserRow};

use super::{log::Lines, plain};
use crate::{
    Caller,
    contract::{
        Fault,
        queries::PersonField,
        timebank::{TimeAccountPage, TimeEntry},
    },
    privacy::reasons,
    residents, shown, timebank,
};

/// Rows of one kind in one report; nobody has lived to more.
const ROWS_MAX: u32 = 20_000;
/// Rows that are asked for at once.
const WINDOW: u32 = 500;

/// One table of the copy.
pub struct Section {
    /// What it holds, for programs.
    pub code: &'static str,
    pub title: &'static str,
    /// Titles of the columns and their shares of a paper's width.
    pub columns: &'static [(&'static str, u16)],
    pub rows: Vec<Vec<String>>,
}

/// The person, and the tables.
pub struct Held {
    pub name: String,
    pub sections: Vec<Section>,
}

struct Gather<'a> {
    caller: &'a Caller,
    reader: &'a Reader<'a>,
    users: Vec<UserRow>,
    /// The record, and those that were merged into it.
    names: Vec<ResidentId>,
}

pub fn gather(caller: &Caller, reader: &Reader, id: ResidentId) -> Result<Held, Fault> {
    let row = residents::find(reader, id)?;
    let gather = Gather { caller, reader, users: reader.users()?, names: reader.names_of(id)? };
    let sections = vec![
        gather.person(&row)?,
        gather.consents()?,
        gather.points()?,
        gather.time_entries(id)?,
        gather.orders(id)?,
        gather.needs()?,
        gather.events()?,
        gather.photographs()?,
        gather.papers()?,
        gather.steps()?,
        gather.queries()?,
    ];
    Ok(Held { name: row.name.unwrap_or_default(), sections })
}

impl Gather<'_> {
    fn actor(&self, id: zhenxin_domain::ids::UserId) -> String {
        shown::actor(&self.users, id)
    }

    /// One record a row: the person's own, and those that were merged into it.
    fn person(&self, row: &ResidentRow) -> Result<Section, Fault> {
        let mut rows = Vec::new();
        let merged = self.reader.merged_into(row.id)?;
        for row in std::iter::once(row).chain(merged.iter().map(|merged| &merged.resident)) {
            let number = row.id_number.as_deref().and_then(|number| IdNumber::from_canonical(number).ok());
            let mut put = |label: &str, value: String| rows.push(vec![label.to_owned(), value]);
            put("姓名", row.name.clone().unwrap_or_default());
            put("性别", number.as_ref().map_or("", |number| number.sex().label()).to_owned());
            put("出生日期", number.as_ref().map(|number| shown::day(number.birth_date())).unwrap_or_default());
            put("身份证号", plain(row, PersonField::IdNumber).to_owned());
            put("电话", plain(row, PersonField::Phone).to_owned());
            put("住址", plain(row, PersonField::Address).to_owned());
            put("村社", row.village.map(|code| shown::village(&self.caller.town, code)).unwrap_or_default());
            put("户号", row.household_no.clone().unwrap_or_default());
            put("与户主关系", row.relation.clone().unwrap_or_default());
            put("网格", row.grid.clone().unwrap_or_default());
        }
        Ok(Section { code: "person", title: "登记信息", columns: &[("项目", 2), ("内容", 7)], rows })
    }

    fn consents(&self) -> Result<Section, Fault> {
        let mut rows = Vec::new();
        for id in &self.names {
            for row in self.reader.consents_of(*id)? {
                rows.push(vec![
                    shown::day(row.given_on),
                    row.version.clone(),
                    Channel::from_code(&row.channel).map_or(row.channel.as_str(), |channel| channel.label()).to_owned(),
                    GivenBy::from_code(&row.given_by).map_or(row.given_by.as_str(), |by| by.label()).to_owned(),
                    row.guardian.clone().unwrap_or_default(),
                    row.withdrawn_on.map(shown::day).unwrap_or_default(),
                    self.actor(row.recorded_by),
                ]);
            }
        }
        let columns = &[
            ("同意日期", 3),
            ("文本版本", 3),
            ("方式", 3),
            ("由谁同意", 2),
            ("监护人", 2),
            ("撤回日期", 3),
            ("登记人", 2),
        ];
        Ok(Section { code: "consents", title: "同意", columns, rows })
    }

    fn points(&self) -> Result<Section, Fault> {
        let today = self.caller.today();
        let mut rows = Vec::new();
        for id in &self.names {
            for row in self.reader.awards_of_resident(*id, ROWS_MAX, 0)? {
                let state = if row.refused { "被区平台退回" } else { row.state_on(today).label() };
                let taken_back = if row.state == AwardState::Reversed { &row.reverse_reason } else { &row.reason };
                rows.push(vec![
                    shown::day(row.occurred_on),
                    format!(
                        "{} {}",
                        row.rule_code.as_deref().unwrap_or_default(),
                        row.rule_item.as_deref().unwrap_or_default()
                    ),
                    row.activity_name.clone().unwrap_or_default(),
                    if row.to == AwardTo::Household { "家庭" } else { "个人" }.to_owned(),
                    row.amount_points.to_string(),
                    state.to_owned(),
                    taken_back.clone().unwrap_or_default(),
                    self.actor(row.recorded_by),
                    row.reviewed_by.map(|user| self.actor(user)).unwrap_or_default(),
                ]);
            }
        }
        let columns = &[
            ("日期", 12),
            ("细则", 20),
            ("活动", 16),
            ("账户", 6),
            ("分值", 5),
            ("状态", 9),
            ("理由", 12),
            ("记录人", 8),
            ("复核人", 8),
        ];
        Ok(Section { code: "points", title: "积分记录", columns, rows })
    }

    fn time_entries(&self, id: ResidentId) -> Result<Section, Fault> {
        let mut entries: Vec<TimeEntry> = Vec::new();
        loop {
            let offset = u32::try_from(entries.len()).unwrap_or(u32::MAX);
            let page = TimeAccountPage { resident: id.to_string(), offset, limit: WINDOW };
            let account = timebank::account_within(self.caller, self.reader, page)?;
            let more = !account.entries.is_empty() && offset < ROWS_MAX;
            entries.extend(account.entries);
            if !more || entries.len() >= account.total as usize {
                break;
            }
        }
        let rows = entries.into_iter().map(|entry| {
            let order = entry.order.map(|order| order.number).unwrap_or_default();
            let sign = if entry.minutes < 0 { "支出 " } else { "存入 " };
            vec![
                entry.effective_on,
                entry.kind,
                entry.text,
                order,
                format!("{sign}{}", duration(entry.minutes.abs())),
                duration(entry.balance_after_min),
            ]
        });
        let columns = &[("日期", 12), ("类别", 9), ("说明", 26), ("服务单", 12), ("时间", 16), ("余额", 14)];
        Ok(Section { code: "time_entries", title: "时间账户", columns, rows: rows.collect() })
    }

    fn orders(&self, id: ResidentId) -> Result<Section, Fault> {
        let filter = OrderFilter { resident: Some(id), ..OrderFilter::default() };
        let page = self.reader.orders_page(filter, 0, ROWS_MAX)?;
        let rows = page.rows.iter().map(|row| {
            let own = self.names.contains(&row.beneficiary);
            vec![
                shown_number(&row.number),
                shown::day(row.day),
                if own { "服务对象" } else { "志愿者" }.to_owned(),
                row.service_name.clone().unwrap_or_default(),
                row.state.label().to_owned(),
                // the other side's place and remark are the other side's
                if own { row.place.clone().unwrap_or_default() } else { String::new() },
                if own { row.note.clone().unwrap_or_default() } else { String::new() },
                self.actor(row.recorded_by),
            ]
        });
        let columns = &[
            ("单号", 14),
            ("日期", 12),
            ("身份", 9),
            ("服务", 12),
            ("状态", 9),
            ("地点", 14),
            ("备注", 15),
            ("登记人", 8),
        ];
        Ok(Section { code: "service_orders", title: "服务单", columns, rows: rows.collect() })
    }

    fn needs(&self) -> Result<Section, Fault> {
        let mut rows = Vec::new();
        for name in &self.names {
            for id in self.reader.needs_of(*name)? {
                let Some(row) = self.reader.need(id)? else { continue };
                rows.push(vec![
                    shown::day(row.day),
                    row.service_name.clone().unwrap_or_default(),
                    row.place.clone().unwrap_or_default(),
                    row.note.clone().unwrap_or_default(),
                    row.close_reason.clone().unwrap_or_default(),
                    self.actor(row.recorded_by),
                ]);
            }
        }
        let columns = &[("日期", 4), ("服务", 4), ("地点", 5), ("备注", 8), ("关闭原因", 5), ("登记人", 3)];
        Ok(Section { code: "needs", title: "需求", columns, rows })
    }

    fn events(&self) -> Result<Section, Fault> {
        let mut rows = Vec::new();
        for name in &self.names {
            for id in self.reader.events_attended(*name)? {
                let Some(row) = self.reader.event(id)? else { continue };
                let day = row.held_on.or(row.planned_on);
                let setting = row.setting.map_or("", |setting| setting.label());
                rows.push(vec![
                    day.map(shown::day).unwrap_or_default(),
                    row.title.clone().unwrap_or_default(),
                    setting.to_owned(),
                    row.place.clone().unwrap_or_default(),
                ]);
            }
        }
        let columns = &[("日期", 4), ("活动", 10), ("类别", 4), ("地点", 8)];
        Ok(Section { code: "events", title: "活动签到", columns, rows })
    }

    /// Photographs and scans of what the person took part in: what they belong to, the day, by which hash they are known,
    /// where they lie. The pictures themselves are looked at in the office: others are on them too.
    fn photographs(&self) -> Result<Section, Fault> {
        let mut rows = Vec::new();
        let mut seen = HashSet::new();
        for id in &self.names {
            for award in self.reader.awards_of_resident(*id, ROWS_MAX, 0)? {
                let name = award.activity_name.unwrap_or_default();
                for file in self.reader.evidence_of(award.activity)?.into_iter().filter(|file| seen.insert(file.id)) {
                    let about = (format!("积分活动“{name}”"), shown::day(award.occurred_on));
                    rows.push(photograph(about, &file.mime, file.hash, file.bytes_len, file.here));
                }
            }
            for event in self.reader.events_attended(*id)? {
                let Some(row) = self.reader.event(event)? else { continue };
                let day = row.held_on.or(row.planned_on).map(shown::day).unwrap_or_default();
                let title = row.title.unwrap_or_default();
                for file in self.reader.photos_of(event)?.into_iter().filter(|file| seen.insert(file.id)) {
                    let caption = file.caption.map(|caption| format!("，{caption}")).unwrap_or_default();
                    let about = (format!("活动“{title}”{caption}"), day.clone());
                    rows.push(photograph(about, &file.mime, file.hash, file.bytes_len, file.here));
                }
            }
        }
        let columns = &[("内容", 18), ("日期", 10), ("类型", 6), ("大小", 8), ("SM3 校验值", 28), ("存放", 16)];
        Ok(Section { code: "photographs", title: "照片和扫描件", columns, rows })
    }

    fn papers(&self) -> Result<Section, Fault> {
        let mut rows = Vec::new();
        for id in &self.names {
            for row in self.reader.statements_of(*id)? {
                let paper = if row.passbook.is_some() { "时间存折" } else { "积分对账单" };
                rows.push(vec![
                    shown::time(row.issued_at),
                    paper.to_owned(),
                    row.code.clone(),
                    self.actor(row.issued_by),
                ]);
            }
        }
        let columns = &[("时间", 5), ("凭证", 4), ("核对码", 6), ("打印人", 3)];
        Ok(Section { code: "papers", title: "打印过的凭证", columns, rows })
    }

    /// Restriction and erasure: what was asked and decided.
    fn steps(&self) -> Result<Section, Fault> {
        let mut rows = Vec::new();
        for id in &self.names {
            for row in self.reader.person_steps(*id)?.iter().filter(|row| !row.lost) {
                let step = match row.step.as_str() {
                    "restrict" => "限制处理",
                    "lift" => "解除限制",
                    "ask" => "申请删除",
                    "refuse" => "不予删除",
                    "withdraw" => "撤回删除申请",
                    "erase" => "删除",
                    other => other,
                };
                let code = row.reason.as_deref().unwrap_or_default();
                let reason = match row.step.as_str() {
                    "restrict" => RestrictReason::from_code(code).map_or(code, |reason| reason.label()).to_owned(),
                    _ => reasons::words(code),
                };
                rows.push(vec![
                    shown::time(row.at),
                    step.to_owned(),
                    reason,
                    row.note.clone().unwrap_or_default(),
                    self.actor(row.actor),
                ]);
            }
        }
        let columns = &[("时间", 5), ("事项", 4), ("原因", 7), ("说明", 7), ("经办人", 3)];
        Ok(Section { code: "privacy", title: "个人信息的限制和删除", columns, rows })
    }

    fn queries(&self) -> Result<Section, Fault> {
        let lines = Lines::of(self.reader)?;
        let mut rows = Vec::new();
        for id in &self.names {
            for row in self.reader.queries_of(*id)? {
                let line = lines.line(self.caller, &row)?;
                rows.push(vec![line.at, line.user_name, line.fields, line.purpose, line.reason, line.authorisation]);
            }
        }
        let columns = &[("时间", 16), ("查看人", 9), ("内容", 14), ("用途", 14), ("理由", 16), ("依据", 10)];
        Ok(Section { code: "queries", title: "谁查看过", columns, rows })
    }
}

/// A row about a photograph or a scan.
fn photograph((about, day): (String, String), mime: &str, hash: Hash32, bytes_len: u64, here: bool) -> Vec<String> {
    let kind = if mime == "application/pdf" { "扫描件" } else { "照片" };
    let place = if here { "本机数据文件（加密）" } else { "镇里别的电脑，区平台存有密文" };
    vec![about, day, kind.to_owned(), format!("{} KB", bytes_len.div_ceil(1024)), hash.to_string(), place.to_owned()]
}
