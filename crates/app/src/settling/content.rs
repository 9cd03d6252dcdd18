//! The whole content of an operation in plain words: field label and value, sealed values opened.
//!
//! What lost, was refused or looks odd is in no table; here a person reads all that its author wrote, so that nothing
//! has to be remembered to be done again.

mod brands;
mod people;
mod privacy;
mod time;

use std::collections::HashMap;

use chrono::NaiveDate;
use zhenxin_domain::{
    id_number::IdNumber,
    ids::{DeviceId, OpId, ResidentId},
    text,
};
use zhenxin_protocol::{
    body::{Body, resident::Field, settle::OwnerCode},
    seal::{Sealed, Subject},
};
use zhenxin_store::{OpContent, OpStatus, Reader, Unsealed, UserRow};

use crate::{
    Caller,
    contract::{Fault, settling::*},
    queries, shown, workbench,
};

/// Lines of one act: more are counted, for nobody reads a whole roster here.
const FACTS_MAX: usize = 200;
/// From 0001-01-01 to 1970-01-01.
const UNIX_EPOCH_CE_DAYS: i32 = 719_163;

/// Who is who, read once for a screen.
pub struct Names<'r> {
    pub reader: &'r Reader<'r>,
    pub users: Vec<UserRow>,
    devices: HashMap<DeviceId, String>,
}

impl<'r> Names<'r> {
    pub fn of(reader: &'r Reader<'r>) -> Result<Self, Fault> {
        let devices = reader.devices()?.into_iter().map(|row| (row.id, row.label)).collect();
        Ok(Self { reader, users: reader.users()?, devices })
    }

    pub fn device(&self, id: DeviceId) -> String {
        self.devices.get(&id).cloned().unwrap_or_else(|| "未登记的电脑".to_owned())
    }

    /// A resident by name; merged records by the name they bear.
    pub fn resident(&self, id: ResidentId) -> Result<String, Fault> {
        let name = self.reader.resident(id)?.and_then(|row| row.name);
        Ok(name.unwrap_or_else(|| "本机查不到的居民".to_owned()))
    }

    /// A field's value, masked where it is masked everywhere.
    pub fn value(&self, caller: &Caller, field: Field, value: Option<&Unsealed>) -> String {
        let text = match value {
            None => return "（空）".to_owned(),
            Some(unsealed) => match unsealed {
                Unsealed::Text(text) => text,
                other => return sealed_words(other).to_owned(),
            },
        };
        match field {
            Field::Village => text.parse().map_or_else(|_| text.clone(), |code| shown::village(&caller.town, code)),
            Field::IdNumber => IdNumber::from_canonical(text).map(|number| number.masked()).unwrap_or_default(),
            Field::Phone => text::mask_phone(text),
            Field::Address => text::mask_address(text),
            _ => text.clone(),
        }
    }
}

/// What stands in the place of a text that cannot be read.
const fn sealed_words(unsealed: &Unsealed) -> &'static str {
    match unsealed {
        Unsealed::Text(_) => "",
        Unsealed::Waiting => "（密钥未到）",
        Unsealed::Erased => "（已按本人要求删除）",
        Unsealed::Unreadable => "（内容无法核对）",
    }
}

/// The label of a resident's field.
pub const fn field_label(field: Field) -> &'static str {
    match field {
        Field::Name => "姓名",
        Field::IdNumber => "身份证号",
        Field::Phone => "电话",
        Field::Address => "住址",
        Field::Relation => "与户主关系",
        Field::Grid => "网格",
        Field::Village => "村社",
        Field::HouseholdNo => "户号",
    }
}

/// The lines of an act while they are gathered.
pub struct Facts<'a, 'r> {
    caller: &'a Caller,
    names: &'a Names<'r>,
    content: OpId,
    lines: Vec<IssueFact>,
    more: u32,
}

impl Facts<'_, '_> {
    fn put(&mut self, label: &str, value: impl Into<String>) {
        if self.lines.len() < FACTS_MAX {
            self.lines.push(IssueFact { label: label.to_owned(), value: value.into() });
        } else {
            self.more = self.more.saturating_add(1);
        }
    }

    fn put_opt(&mut self, label: &str, value: Option<impl Into<String>>) {
        if let Some(value) = value {
            self.put(label, value);
        }
    }

    fn day(&mut self, label: &str, days: impl Into<Option<i32>>) {
        if let Some(days) = days.into() {
            self.put(label, day_words(days));
        }
    }

    fn resident(&mut self, label: &str, id: ResidentId) -> Result<(), Fault> {
        let name = self.names.resident(id)?;
        self.put(label, name);
        Ok(())
    }

    /// A sealed text, where there is one.
    fn sealed(&mut self, label: &str, subject: &Subject, field: &str, sealed: Option<&Sealed>) -> Result<(), Fault> {
        let Some(sealed) = sealed else { return Ok(()) };
        let value = match self.names.reader.unseal(self.content, subject, field, sealed)? {
            Unsealed::Text(text) => text,
            other => sealed_words(&other).to_owned(),
        };
        self.put(label, value);
        Ok(())
    }
}

/// `2026-11-22` of days since 1970.
fn day_words(days: i32) -> String {
    let day = days.checked_add(UNIX_EPOCH_CE_DAYS).and_then(NaiveDate::from_num_days_from_ce_opt);
    day.map(shown::day).unwrap_or_default()
}

/// Where an operation stands, for the head of its card.
fn status_words(status: OpStatus, counts: bool) -> &'static str {
    match (status, counts) {
        (OpStatus::Rejected, _) => "被区平台退回，没有生效",
        (OpStatus::Superseded, _) => "已由同样内容的一条代替",
        (OpStatus::Unknown, _) => "较新版本程序的记录，本机暂不能读",
        (OpStatus::Invalid, _) => "内容无法读取，没有生效",
        (OpStatus::Pending, true) => "已生效，等待区平台确认",
        (OpStatus::Accepted, true) => "区平台已接收，已生效",
        (OpStatus::Pending, false) => "等待区平台确认，没有生效",
        (OpStatus::Accepted, false) => "区平台已接收，没有生效",
    }
}

/// An act as a card; `counts` says whether it took effect.
pub fn card(caller: &Caller, names: &Names<'_>, content: &OpContent, counts: bool) -> Result<IssueContent, Fault> {
    let row = &content.row;
    let mut facts = Facts { caller, names, content: row.content, lines: Vec::new(), more: 0 };
    facts.put("日期", shown::day(row.occurred_on));
    match &content.body {
        Some(body) => facts.body(body)?,
        None => facts.put("内容", "由较新版本的程序写成，或内容无法读取；原样保存，没有丢失"),
    }
    if let Some(reason) = &row.reason_text {
        facts.put("退回原因", reason.clone());
    }
    Ok(IssueContent {
        title: workbench::what(row),
        actor: shown::actor(&names.users, row.actor),
        at: shown::time(row.recorded_at),
        device: names.device(row.device),
        status: status_words(row.status, counts).to_owned(),
        facts: facts.lines,
        more: facts.more,
    })
}

impl Facts<'_, '_> {
    fn body(&mut self, body: &Body) -> Result<(), Fault> {
        match body {
            Body::ResidentsRecorded(body) => self.residents_recorded(body),
            Body::ImportUndone(body) => {
                self.put("撤销的居民", format!("{} 人", body.residents.len()));
                self.put("撤销的细则", format!("{} 条", body.rules.len()));
                Ok(())
            }
            Body::ConsentGiven(body) => self.consent_given(body),
            Body::ConsentWithdrawn(body) => self.resident("撤回同意的居民", body.resident),
            Body::RulesRecorded(body) => self.rules_recorded(body),
            Body::RuleRetired(body) => self.rule_retired(body),
            Body::AwardRecorded(body) => self.award_recorded(body),
            Body::AwardReviewed(body) => self.award_reviewed(body),
            Body::AwardReversed(body) => self.award_reversed(body),
            Body::StatementIssued(body) => {
                self.resident("居民", body.resident)?;
                self.put("验证码", body.code.clone());
                self.put("纸上的余额", body.balance_units.to_string());
                Ok(())
            }
            Body::UserAdded(body) => {
                self.sealed("姓名", body.user.as_bytes(), "user_name", body.name.as_ref())?;
                self.duties(body.duties);
                Ok(())
            }
            Body::UserChanged(body) => {
                self.put("用户", shown::actor(&self.names.users, body.user));
                if let Some(duties) = body.duties {
                    self.duties(duties);
                }
                self.put_opt("状态", body.active.map(|active| if active { "在用" } else { "停用" }));
                if let Some(villages) = &body.villages {
                    let names: Vec<String> =
                        villages.iter().map(|village| shown::village(&self.caller.town, *village)).collect();
                    let all = self.caller.town.division.name.clone();
                    self.put("负责范围", if names.is_empty() { all } else { names.join("、") });
                }
                if body.resident_off {
                    self.put("本人登记", "不再关联");
                }
                body.resident.map_or(Ok(()), |resident| self.resident("本人登记", resident))
            }
            Body::UserCredential(body) => {
                self.put("用户", shown::actor(&self.names.users, body.user));
                let what = match (body.secret.is_some(), body.totp_off) {
                    (true, _) => "设置密码",
                    (false, true) => "停用动态验证码",
                    (false, false) => "启用动态验证码",
                };
                self.put("内容", what);
                Ok(())
            }
            Body::SecurityPolicy(body) => {
                self.put("密码最少位数", body.password_min_chars.to_string());
                self.put("密码更换天数", body.rotation_days.to_string());
                self.put("锁屏分钟数", body.idle_lock_min.to_string());
                Ok(())
            }
            Body::TownOpened(body) => {
                self.put("电脑名称", body.label.clone());
                Ok(())
            }
            Body::IssueSettled(body) => self.issue_settled(body),
            Body::ResidentsMerged(body) => self.residents_merged(body),
            Body::DeficitWaived(body) => self.deficit_waived(body),
            Body::QueryMade(body) => {
                self.resident("居民", body.resident)?;
                self.put("用途", queries::purpose_words(&body.purpose));
                self.sealed("理由", body.resident.as_bytes(), "reason", body.reason.as_ref())
            }
            Body::AuditAnchored(body) => {
                self.put("审计条数", body.no.to_string());
                Ok(())
            }
            Body::DataRestricted(_)
            | Body::ErasureAsked(_)
            | Body::ErasureRefused(_)
            | Body::ErasureWithdrawn(_)
            | Body::ResidentErased(_) => self.privacy(body),
            Body::ServiceTypeRecorded(_)
            | Body::NeedPosted(_)
            | Body::NeedClosed(_)
            | Body::OrdersPosted(_)
            | Body::OrdersMoved(_)
            | Body::OrdersCredited(_)
            | Body::OrderReversed(_)
            | Body::GiftGiven(_)
            | Body::GiftReversed(_) => self.time(body),
            Body::BrandRecorded(_)
            | Body::BrandMoved(_)
            | Body::BrandAssessed(_)
            | Body::EventRecorded(_)
            | Body::EventSigned(_)
            | Body::EventPhotos(_)
            | Body::HandoverRequested(_)
            | Body::HandoverReviewed(_) => self.brands(body),
        }
    }
}

/// The residents that a body speaks of, each once.
pub fn people_in(body: &Body) -> Vec<ResidentId> {
    let mut people: Vec<ResidentId> = match body {
        Body::ResidentsRecorded(body) => body.rows.iter().map(|row| row.resident).collect(),
        Body::ImportUndone(body) => body.residents.clone(),
        Body::ConsentGiven(body) => body.rows.iter().map(|row| row.resident).collect(),
        Body::ConsentWithdrawn(body) => vec![body.resident],
        Body::AwardRecorded(body) => body.rows.iter().map(|row| row.resident).collect(),
        Body::AwardReviewed(body) => body.rows.iter().map(|row| row.resident).collect(),
        Body::AwardReversed(body) => vec![body.resident],
        Body::NeedPosted(body) => vec![body.resident],
        Body::NeedClosed(body) => vec![body.resident],
        Body::OrdersPosted(body) => body.rows.iter().map(|row| row.beneficiary).collect(),
        Body::OrdersMoved(body) => body.rows.iter().map(|row| row.beneficiary).collect(),
        Body::OrderReversed(body) => vec![body.beneficiary],
        Body::GiftGiven(body) => vec![body.giver],
        Body::GiftReversed(body) => vec![body.giver],
        Body::StatementIssued(body) => vec![body.resident],
        Body::ResidentsMerged(body) => vec![body.duplicate],
        Body::QueryMade(body) => vec![body.resident],
        Body::DataRestricted(body) => vec![body.resident],
        Body::ErasureAsked(body) => vec![body.resident],
        Body::ErasureRefused(body) => vec![body.resident],
        Body::ErasureWithdrawn(body) => vec![body.resident],
        Body::ResidentErased(body) => vec![body.resident],
        Body::DeficitWaived(body) if body.owner.kind == OwnerCode::Resident => {
            vec![ResidentId::from_bytes(*body.owner.id)]
        }
        _ => Vec::new(),
    };
    people.sort_unstable();
    people.dedup();
    people
}
