//! What can be decided about an issue, and why this user may not.

use zhenxin_domain::{
    award::{self, AwardState, Decision as Verdict, Reason},
    ids::{OpId, ResidentId},
    service_order::{second_person, shown_number},
    service_time::duration,
};
use zhenxin_store::{AwardRow, FieldSide, IssueKind, IssueRow, Reader, Unsealed};

use super::{
    content::Names,
    deficit::{self, Spend},
    field_of,
    words::{self, code},
};
use crate::{
    Caller,
    contract::{Fault, session::Duty, settling::*},
    duties,
    fault::sentence,
    recusal::Own,
    shown, timebank,
};

/// Who decides on what.
const FIELDS: &[Duty] = &[Duty::Clerk];
const PERSONS: &[Duty] = &[Duty::Clerk];
const MONEY: &[Duty] = &[Duty::Reviewer];
const LATER: &[Duty] = &[Duty::Reviewer, Duty::Clerk];
const ACCOUNTS: &[Duty] = &[Duty::Reviewer, Duty::Administrator, Duty::SecurityAdministrator];
const ANYBODY: &[Duty] = &[Duty::Recorder, Duty::Reviewer, Duty::Clerk, Duty::Administrator];

/// Builds the decisions of one issue for one user.
struct Options<'a, 'r> {
    caller: &'a Caller,
    names: &'a Names<'r>,
    own: Own,
    list: Vec<IssueDecision>,
}

/// The decisions of an issue, the usual one first.
pub fn of(caller: &Caller, names: &Names<'_>, row: &IssueRow) -> Result<Vec<IssueDecision>, Fault> {
    let own = Own::of(names.reader, caller)?;
    let mut options = Options { caller, names, own, list: Vec::new() };
    match row.key.kind {
        IssueKind::Field => options.field(row)?,
        IssueKind::DuplicateAward => options.award_pair(row)?,
        IssueKind::DuplicateResident => options.resident_pair(row)?,
        IssueKind::Deleted => options.deleted()?,
        IssueKind::Deficit => options.deficit(row)?,
        IssueKind::RivalNeed => options.simple(code::SEEN, "两边都算数，服务单照常办理。", false, ANYBODY)?,
        IssueKind::BeyondCap => options.simple(code::SEEN, "多出的分钟保留在账户里，写明理由备查。", true, MONEY)?,
        IssueKind::Lost => options.simple(code::SEEN, "没有生效的那次留在记录里，不再提醒。", false, ANYBODY)?,
        IssueKind::SetAside => options.simple(code::SEEN, "这条记录原样保留，不再提醒。", false, ANYBODY)?,
        IssueKind::Refused => {
            options.simple(code::SEEN, "退回的这条不再提醒；需要的，请按下面的内容重新录入。", false, ANYBODY)?;
        }
        IssueKind::TimeSuspect => {
            options.simple(code::SEEN, "记录照常有效；请把那台电脑的时间校准。", false, ANYBODY)?;
        }
        IssueKind::AfterRemoval => {
            options.simple(code::SEEN, "记录照常有效，不再提醒。", true, MONEY)?;
        }
        IssueKind::Unauthorised => options.unauthorised(row)?,
        IssueKind::MissingKey => {}
    }
    // what was decided stays decided, but for a merge
    if row.decided.is_some() {
        options.list.retain(|decision| decision.code.starts_with(code::UNMERGE));
    }
    for decision in &mut options.list {
        if decision.label.is_empty() {
            decision.label = words::decision_label(Some(row.key.kind), &decision.code).to_owned();
        }
        decision.barred = decision.barred.take().map(|why| sentence(&why));
    }
    Ok(options.list)
}

impl Options<'_, '_> {
    /// The duty that is missing, in words.
    fn lacking(&self, needed: &[Duty]) -> Result<Option<String>, Fault> {
        for duty in needed {
            if duties::held(self.reader(), self.caller.user, *duty)? {
                return Ok(None);
            }
        }
        let names: Vec<&str> = needed.iter().map(|duty| duties::label(*duty)).collect();
        Ok(Some(format!("需要“{}”职责，请有这项职责的同事处理", names.join("”或“"))))
    }

    fn reader(&self) -> &Reader<'_> {
        self.names.reader
    }

    fn put(&mut self, code: String, label: String, effect: &str, needs_reason: bool, barred: Option<String>) {
        self.list.push(IssueDecision { code, label, effect: effect.to_owned(), needs_reason, barred });
    }

    fn simple(&mut self, code: &str, effect: &str, needs_reason: bool, needed: &[Duty]) -> Result<(), Fault> {
        let barred = self.lacking(needed)?;
        self.put(code.to_owned(), String::new(), effect, needs_reason, barred);
        Ok(())
    }

    /// Nobody settles what stands under their own name.
    fn unauthorised(&mut self, row: &IssueRow) -> Result<(), Fault> {
        let op = row.key.op.map(|op| self.reader().op_of_content(op)).transpose()?.flatten();
        let own = op.is_some_and(|op| self.own.same_person(op.actor));
        let own = own.then(|| "这次改动署的是您的名，请另一位同事核对".to_owned());
        let barred = self.lacking(ACCOUNTS)?.or(own);
        let effect = "这次改动不再提醒；要改回来的，请先到“用户与职责”页改好。";
        self.put(code::SEEN.to_owned(), String::new(), effect, true, barred);
        Ok(())
    }

    fn field(&mut self, row: &IssueRow) -> Result<(), Fault> {
        let (Some(resident), Some(field)) = (row.resident, field_of(&row.key)) else { return Ok(()) };
        let barred = self.lacking(FIELDS)?;
        for side in self.reader().field_sides(resident, field)? {
            let barred = barred.clone().or_else(|| unreadable(&side).map(str::to_owned));
            let value = self.names.value(self.caller, field, side.value.as_ref());
            let label =
                if side.current { format!("保留现在的：{value}") } else { format!("改用另一个：{value}") };
            self.put(keep_code(side.op), label, "选定的值成为这一项的现值，其余留在记录里。", false, barred);
        }
        Ok(())
    }

    fn award_pair(&mut self, row: &IssueRow) -> Result<(), Fault> {
        self.simple(code::BOTH, "两笔都保留，不再提醒。", false, MONEY)?;
        let lacking = self.lacking(MONEY)?;
        for award in row.key.awards().into_iter().flatten() {
            let Some(found) = self.reader().award(award)? else { continue };
            let what = format!("{} {}记的一笔", shown::time(found.recorded_at), self.names.device(found.device));
            if found.state == AwardState::Submitted {
                let barred = lacking.clone().or(may_send_back(self.reader(), self.caller, &self.own, &found)?);
                let effect = "这一笔退回原记分人，不计分。";
                self.put(format!("{}:{award}", code::SEND_BACK), format!("退回 {what}"), effect, true, barred);
            } else {
                let barred = lacking.clone().or(may_reverse(self.reader(), self.caller, &self.own, &found)?);
                let effect = "这一笔整笔冲正，另一笔照常计分。";
                self.put(format!("{}:{award}", code::REVERSE), format!("冲正 {what}"), effect, true, barred);
            }
        }
        Ok(())
    }

    fn resident_pair(&mut self, row: &IssueRow) -> Result<(), Fault> {
        let Some([one, other]) = row.key.residents() else { return Ok(()) };
        let barred = self.lacking(PERSONS)?;
        let (first, second) = (self.reader().merge_of(one)?, self.reader().merge_of(other)?);
        let ring = first.is_some() && second.is_some();
        if !ring && (first.is_some() || second.is_some()) {
            for merge in [first, second].into_iter().flatten() {
                let effect = "两份登记重新各自独立；合并期间的积分和时间仍在原来各自的账户上，没有变过。";
                let code = format!("{}:{}", code::UNMERGE, merge.resident.id);
                self.put(code, String::new(), effect, false, barred.clone());
            }
            return Ok(());
        }
        for kept in self.better_first([one, other])? {
            let label = format!("合并，保留 {}", self.record_words(kept)?);
            let effect = "另一份登记并入这一份：名单里只显示一人，积分和时间合在一起看，记录都不改动。以后可以撤销。";
            self.put(format!("{}:{kept}", code::MERGE), label, effect, false, barred.clone());
        }
        let effect =
            if ring { "两份登记各自独立，互不并入。" } else { "两份登记都保留，不再提醒。" };
        self.put(code::NOT_SAME.to_owned(), String::new(), effect, false, barred);
        Ok(())
    }

    /// The record with a consent first, then the older one.
    fn better_first(&self, pair: [ResidentId; 2]) -> Result<Vec<ResidentId>, Fault> {
        let mut ranked = Vec::new();
        for id in pair {
            let agreed = self.reader().consents_of(id)?.iter().any(|consent| consent.withdrawn_on.is_none());
            ranked.push((!agreed, id));
        }
        ranked.sort_unstable();
        Ok(ranked.into_iter().map(|(_, id)| id).collect())
    }

    fn record_words(&self, id: ResidentId) -> Result<String, Fault> {
        let Some(row) = self.reader().resident(id)? else { return Ok(String::new()) };
        let village = row.village.map(|code| shown::village(&self.caller.town, code)).unwrap_or_default();
        let number = row.household_no.map(|number| format!(" {number} 户")).unwrap_or_default();
        Ok(format!("{village}{number}的一份"))
    }

    fn deleted(&mut self) -> Result<(), Fault> {
        self.simple(code::RESTORE, "按原来的登记和后来的修改重新登记这位居民。", false, PERSONS)?;
        self.simple(code::SEEN, "这位居民不恢复，那次修改留在记录里。", false, PERSONS)
    }

    fn deficit(&mut self, row: &IssueRow) -> Result<(), Fault> {
        let Some(resident) = row.resident else { return Ok(()) };
        let spends = deficit::spends(self.reader(), resident)?;
        let lacking = self.lacking(MONEY)?;
        self.simple(code::LATER, "账户保持透支，补回之前不能再用；不再提醒。", true, LATER)?;
        let barred = match lacking.clone() {
            Some(lacking) => Some(lacking),
            None => self.may_waive(resident, &spends)?,
        };
        let missing = duration(i64::from(deficit::missing_min(self.reader(), resident)?));
        let label = format!("免还 {missing}，由镇准备金补上");
        self.put(code::WAIVE.to_owned(), label, "镇准备金补上透支的分钟，账户回到零。", true, barred);
        for spend in spends.iter().filter(|spend| spend.reversible()) {
            let (code, label, judged) = match spend {
                Spend::Gift(gift) => {
                    let judged = timebank::gift_decided_by(self.reader(), self.caller, &self.own, gift)?;
                    let label =
                        format!("冲正 {}的赠与，{}", shown::day(gift.given_on), duration(i64::from(gift.amount_min)));
                    (format!("{}:{}", code::REVERSE_GIFT, gift.id), label, judged)
                }
                Spend::Order(order) => {
                    let judged = timebank::order_decided_by(self.reader(), self.caller, &self.own, order)?;
                    let label = format!("冲正服务单 {}", shown_number(&order.number));
                    (format!("{}:{}", code::REVERSE_ORDER, order.id), label, judged)
                }
            };
            let barred = lacking.clone().or(judged.err());
            self.put(code, label, "整笔退回，分钟回到账户。", true, barred);
        }
        Ok(())
    }

    /// Nobody waives what they recorded themselves, or what their own household owes.
    fn may_waive(&self, resident: ResidentId, spends: &[Spend]) -> Result<Option<String>, Fault> {
        let concerned = self.own.concerns_resident(self.reader(), resident)?;
        let mut makers: Vec<_> = spends.iter().flat_map(Spend::makers).collect();
        if makers.is_empty() && concerned {
            makers.push(self.caller.user);
        }
        let mut judged =
            makers.into_iter().map(|maker| second_person(self.own.maker(maker), self.caller.user, concerned));
        Ok(judged.find_map(Result::err).map(|fault| fault.to_string()))
    }
}

/// The code of keeping one value.
pub fn keep_code(op: OpId) -> String {
    format!("{}:{op}", code::KEEP)
}

fn unreadable(side: &FieldSide) -> Option<&'static str> {
    match side.value {
        None | Some(Unsealed::Text(_)) => None,
        Some(_) => Some("这个值的密钥还没有到本机，请先同步一次"),
    }
}

/// Any reason does where only the right to decide is asked.
fn some_reason() -> Option<Reason> {
    Reason::parse("核对").ok()
}

/// Why this user may not take an approved award back.
pub fn may_reverse(reader: &Reader, caller: &Caller, own: &Own, found: &AwardRow) -> Result<Option<String>, Fault> {
    let Some(reason) = some_reason() else { return Ok(None) };
    let concerned = own.concerns(reader, found)?;
    let judged =
        award::reverse(found.state_on(caller.today()), own.maker(found.recorded_by), caller.user, concerned, &reason);
    Ok(judged.err().map(|fault| fault.to_string()))
}

/// Why this user may not send a waiting award back.
pub fn may_send_back(reader: &Reader, caller: &Caller, own: &Own, found: &AwardRow) -> Result<Option<String>, Fault> {
    let Some(reason) = some_reason() else { return Ok(None) };
    let concerned = own.concerns(reader, found)?;
    let verdict = Verdict::SendBack(reason);
    let judged = award::review(found.state, own.maker(found.recorded_by), caller.user, concerned, &verdict);
    Ok(judged.err().map(|fault| fault.to_string()))
}
