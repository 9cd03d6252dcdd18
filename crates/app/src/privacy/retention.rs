//! How long what is kept: dated data with their legal basis; what is due, and doing it.

use chrono::{Months, NaiveDate};
use zhenxin_domain::{
    ids::{RequestId, ResidentId},
    privacy::DataState,
};
use zhenxin_store::{AuditNote, Reader, Tx};

use super::reasons;
use crate::{
    Caller,
    contract::{
        Fault, FaultCode,
        audit::AuditRetention,
        privacy::{ApplyRetention, Retention, RetentionApplied, RetentionRule},
        session::{Duty, Nothing},
    },
    legal,
    request::{former_reply, remember},
    shown,
};

/// Code, name, months, bound, act, basis, first and last day (see assets/data/README.md).
const TABLE: &str = include_str!("../../../../assets/data/retention.csv");

/// Codes of the rules that the program acts on.
pub(super) const WITHDRAWN: &str = "withdrawn";
pub(super) const RESTRICTED: &str = "restricted";
const DRAFT: &str = "draft";
const AUDIT: &str = "audit";
/// What notes in the audit how much of it went.
pub(crate) const AUDIT_CUT: &str = "audit_cut";

struct Rule {
    code: &'static str,
    name: &'static str,
    months: u32,
    at_most: bool,
    act: &'static str,
    basis: &'static str,
    from: NaiveDate,
    to: Option<NaiveDate>,
}

fn read(line: &'static str) -> Option<Rule> {
    let cells: Vec<&'static str> = line.trim_end().split(',').collect();
    let [code, name, months, bound, act, basis, from, to] = *cells.as_slice() else { return None };
    Some(Rule {
        code,
        name,
        months: months.parse().ok()?,
        at_most: bound == "at_most",
        act,
        basis,
        from: from.parse().ok()?,
        to: if to.is_empty() { None } else { Some(to.parse().ok()?) },
    })
}

/// The rules in force on a day.
fn in_force(day: NaiveDate) -> Vec<Rule> {
    let rules = TABLE.lines().skip(1).filter_map(read);
    rules.filter(|rule| rule.from <= day && rule.to.is_none_or(|to| day <= to)).collect()
}

/// How many months a rule gives on a day.
pub(super) fn months_of(code: &str, day: NaiveDate) -> Option<u32> {
    in_force(day).into_iter().find(|rule| rule.code == code).map(|rule| rule.months)
}

pub fn rules(caller: &Caller, _: Nothing) -> Result<Retention, Fault> {
    let today = caller.today();
    caller.read(|reader| {
        let mut rules = Vec::new();
        for rule in in_force(today) {
            let at_end = words(rule.act);
            // the audit is cut where it is read
            let applicable = doer(rule.act) == Some(Duty::Clerk) && caller.holds(Duty::Clerk);
            rules.push(RetentionRule {
                code: rule.code.to_owned(),
                name: rule.name.to_owned(),
                term: term_words(&rule),
                basis: legal::cited(rule.basis),
                from: shown::day(rule.from),
                at_end: at_end.to_owned(),
                due: due(reader, &rule, today)?,
                applicable,
            });
        }
        Ok(Retention { rules })
    })
}

fn term_words(rule: &Rule) -> String {
    format!("{} {}", if rule.at_most { "最多" } else { "不少于" }, months_words(rule.months))
}

fn months_words(months: u32) -> String {
    if months >= 12 && months.is_multiple_of(12) { format!("{} 年", months / 12) } else { format!("{months} 个月") }
}

/// What happens at the end.
fn words(act: &str) -> &'static str {
    match act {
        "ask_erasure" => "提出删除申请，由复核人员确认",
        "delete_draft" => "删除本机的草稿",
        "cut_audit" => "由安全管理员在“系统 › 审计”里清理，清理多少另有记录",
        "review" => "逐人复查：继续限制、解除或删除",
        _ => "只作保存，不删除",
    }
}

/// Whose duty it is, where it is done from here. The audit is not cut by who keeps the roster, whom it watches.
fn doer(act: &str) -> Option<Duty> {
    match act {
        "ask_erasure" | "delete_draft" => Some(Duty::Clerk),
        "cut_audit" => Some(Duty::SecurityAdministrator),
        _ => None,
    }
}

/// The last day of what is due.
fn until(rule: &Rule, today: NaiveDate) -> NaiveDate {
    today - Months::new(rule.months)
}

/// The instant before which something was written that is due: the beginning of that day.
fn before_ms(rule: &Rule, today: NaiveDate) -> i64 {
    shown::midnight_ms(until(rule, today))
}

/// The day from which the audit's term counts back: a clock that was set forward does not make it older than the
/// district's last word.
fn proven_day(reader: &Reader, today: NaiveDate) -> Result<NaiveDate, Fault> {
    let heard = reader.last_receipt_at()?.and_then(shown::date_of);
    Ok(heard.map_or(today, |heard| heard.min(today)))
}

fn due(reader: &Reader, rule: &Rule, today: NaiveDate) -> Result<u32, Fault> {
    let until = until(rule, today);
    let count = match rule.code {
        WITHDRAWN => people_due(reader, until)?.len(),
        RESTRICTED => {
            let rows = reader.people_in_state(DataState::Restricted)?;
            rows.iter().filter(|row| shown::date_of(row.since_at).is_some_and(|since| since <= until)).count()
        }
        DRAFT => usize::try_from(reader.drafts_before(until)?).unwrap_or(usize::MAX),
        AUDIT => {
            let before_ms = before_ms(rule, proven_day(reader, today)?);
            usize::try_from(reader.audit_before(before_ms)?.0).unwrap_or(usize::MAX)
        }
        _ => 0,
    };
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

/// How many people's data should be dealt with by now.
pub(super) fn withdrawn_due(reader: &Reader, today: NaiveDate) -> Result<u32, Fault> {
    let rule = in_force(today).into_iter().find(|rule| rule.code == WITHDRAWN);
    rule.map_or(Ok(0), |rule| due(reader, &rule, today))
}

fn people_due(reader: &Reader, until: NaiveDate) -> Result<Vec<ResidentId>, Fault> {
    let ids: Vec<_> = reader.withdrawn_before(until)?.into_iter().map(|(id, _)| id).collect();
    Ok(reader.residents(&ids)?.into_iter().map(|row| row.id).collect())
}

/// How long the audit of this PC is kept and what of it is due: for who reads it and for who cuts it.
pub fn audit_retention(caller: &Caller, _: Nothing) -> Result<AuditRetention, Fault> {
    let today = caller.today();
    let rule = in_force(today).into_iter().find(|rule| rule.code == AUDIT);
    let rule = rule.ok_or_else(|| Fault::new(FaultCode::NotFound, "今天没有审计保存期限的规定，请更新程序。"))?;
    caller.read(|reader| {
        Ok(AuditRetention {
            code: rule.code.to_owned(),
            term: term_words(&rule),
            basis: legal::cited(rule.basis),
            begins: reader.audit_begins_ms()?.map(shown::day_of),
            due: due(reader, &rule, today)?,
            before: shown::day(until(&rule, proven_day(reader, today)?)),
        })
    })
}

pub fn apply(caller: &Caller, request: ApplyRetention) -> Result<RetentionApplied, Fault> {
    apply_as(caller, request, Duty::Clerk)
}

/// The audit is no record of people, and who keeps those does not cut it: a command of its own.
pub fn cut_audit(caller: &Caller, request: ApplyRetention) -> Result<RetentionApplied, Fault> {
    apply_as(caller, request, Duty::SecurityAdministrator)
}

fn apply_as(caller: &Caller, request: ApplyRetention, duty: Duty) -> Result<RetentionApplied, Fault> {
    let request_id: RequestId = shown::parse_id(&request.request_id)?;
    let today = caller.today();
    let rules = in_force(today);
    let mut chosen = Vec::new();
    for code in &request.codes {
        let rule = rules.iter().find(|rule| rule.code == code && doer(rule.act) == Some(duty));
        chosen.push(rule.ok_or_else(|| Fault::new(FaultCode::NotFound, "有一项现在不能执行，请刷新后重新勾选。"))?);
    }
    if chosen.is_empty() {
        return Err(Fault::field("codes", "请至少勾选一项到期的内容。"));
    }
    let people = match chosen.iter().find(|rule| rule.code == WITHDRAWN) {
        Some(rule) => caller.read(|reader| people_due(reader, until(rule, today)))?,
        None => Vec::new(),
    };
    caller.write(|tx| {
        if let Some(reply) = former_reply(tx, request_id)? {
            return Ok(reply);
        }
        let mut done = Vec::new();
        for rule in chosen {
            done.push(apply_one(tx, rule, &people, today)?);
        }
        remember(tx, request_id, RetentionApplied { done })
    })
}

fn apply_one(tx: &mut Tx, rule: &Rule, people: &[ResidentId], today: NaiveDate) -> Result<String, Fault> {
    let until = until(rule, today);
    Ok(match rule.code {
        WITHDRAWN => {
            let mut asked = 0;
            for id in people {
                // somebody may have decided since the people were counted
                if tx.reader().person_data(*id)?.is_none_or(|row| row.asked.is_none()) {
                    tx.ask_erasure(*id, reasons::EXPIRED, None)?;
                    asked += 1;
                }
            }
            format!("{}：{asked} 位居民到期，已提出删除申请，待复核。", rule.name)
        }
        AUDIT => {
            let day = proven_day(tx.reader(), today)?;
            let before_ms = before_ms(rule, day);
            let (_, last) = tx.reader().audit_before(before_ms)?;
            let taken = tx.cut_audit(before_ms)?;
            if taken > 0 {
                tx.audit(&AuditNote::done(AUDIT_CUT).detail(format!("cut×{taken} until={last}")))?;
            }
            format!("{}：清理了 {taken} 条，截至 {}。", rule.name, shown::day(self::until(rule, day)))
        }
        _ => format!("{}：删除了 {} 份。", rule.name, tx.drop_drafts_before(until)?),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_rule_reads_and_rests_on_a_law_of_the_catalogue() {
        let lines = TABLE.lines().skip(1).count();
        let rules = in_force("2026-11-23".parse().unwrap());
        assert_eq!(rules.len(), lines, "a rule does not read");
        for rule in &rules {
            assert!(legal::cited(rule.basis).contains('《'), "{} has no basis", rule.code);
        }
        let least = |code: &str| rules.iter().find(|rule| rule.code == code && !rule.at_most).unwrap().months;
        assert!(least("audit") >= 6, "网络安全法 21");
        assert!(least("query") >= 120, "浙江省公共信用信息管理条例 20");
    }

    #[test]
    fn a_rule_counts_from_its_first_day() {
        assert_eq!(months_of(WITHDRAWN, "2021-10-31".parse().unwrap()), None);
        assert_eq!(months_of(WITHDRAWN, "2021-11-01".parse().unwrap()), Some(1));
    }
}
