//! The file itself: its last check, its audit, its recovery key, who is locked out of it.

use chrono::NaiveDate;
use zhenxin_store::{AuditCheck, CheckNote};

use super::{Placed, finding};
use crate::{
    Caller, access,
    backups::{ago, days_since},
    contract::{
        Fault,
        backups::{Finding, FindingTone},
        security::MendedOn,
    },
    shown,
};

/// Days without a check after which somebody should look: two weeks were passed over.
const CHECK_WAIT_DAYS: i64 = 15;
/// Days without an anchor after which somebody should look: a long weekend is shorter.
const ANCHOR_WAIT_DAYS: i64 = 4;

pub fn findings(caller: &Caller) -> Result<Vec<Placed>, Fault> {
    let mut findings = vec![check(caller)?];
    findings.extend(audit(caller)?);
    findings.extend(recovery_key(caller)?);
    findings.extend(lockouts(caller)?);
    Ok(findings)
}

/// What to say on every page that says whether all is safe, where the last check found something.
pub fn differs(caller: &Caller) -> Result<Option<Finding>, Fault> {
    Ok(caller.store().last_check()?.filter(|note| !note.sound()).map(|note| wrong(&note)))
}

fn wrong(note: &CheckNote) -> Finding {
    let first = note.faults.first().map(|fault| format!("，第一处：{fault}")).unwrap_or_default();
    Finding {
        tone: FindingTone::Fault,
        words: format!("{} 的数据自检发现 {} 处不符{first}。", shown::time(note.at_ms), note.found),
        advice: Some("请到“校验”再查一次；仍然不符，从最近一份完好的备份恢复。".to_owned()),
    }
}

fn check(caller: &Caller) -> Result<Placed, Fault> {
    let page = MendedOn::Verify;
    let by_hand = Some("镇信开着的时候每周自动自检；想现在就查，到“校验”按“开始校验”。");
    Ok(match caller.store().last_check()? {
        None => finding(page, FindingTone::Wait, "数据还没有自检过。", by_hand),
        Some(note) if !note.sound() => (page, wrong(&note)),
        Some(note) => match days_since(note.at_ms, caller.today()) {
            days @ CHECK_WAIT_DAYS.. => {
                finding(page, FindingTone::Wait, format!("上次数据自检{}。", ago(days)), by_hand)
            }
            days => {
                let words = format!("上次数据自检{}，{} 条操作记录完好。", ago(days), shown::count(note.ops));
                finding(page, FindingTone::Good, words, None)
            }
        },
    })
}

/// The chain is recomputed here and now; the anchors are what proves it to others.
fn audit(caller: &Caller) -> Result<Vec<Placed>, Fault> {
    let check = caller.store().check_audit()?;
    Ok([chain(&check)].into_iter().chain(anchor(caller, check.last)?).collect())
}

pub fn chain(check: &AuditCheck) -> Placed {
    match check.faults.first() {
        Some(first) => {
            let words = format!("审计有 {} 处不符，第一处：{first}。", check.faults.len());
            let advice = Some("请审计员到“审计”按“核对审计”看全部，并查明谁动过这台电脑的数据文件。");
            finding(MendedOn::Audit, FindingTone::Fault, words, advice)
        }
        None => {
            let words = format!("审计 {} 条，刚才逐条核对无误。", shown::count(check.rows));
            finding(MendedOn::Audit, FindingTone::Good, words, None)
        }
    }
}

/// How long ago the audit's head was last said in the log.
fn anchor(caller: &Caller, last_row: u64) -> Result<Option<Placed>, Fault> {
    let own = caller.store().device();
    let (anchors, first_at) =
        caller.store().read(|reader| Ok::<_, Fault>((reader.audit_anchors()?, reader.audit_begins_ms()?)))?;
    let newest = anchors.iter().filter(|anchor| anchor.device == own).max_by_key(|anchor| anchor.no);
    let days = |at_ms: i64, today: NaiveDate| days_since(at_ms, today);
    let (page, advice) = (MendedOn::Sync, Some("请接入区平台并同步一次，镇信会自动存证。"));
    Ok(match (newest, first_at) {
        (Some(anchor), _) => {
            let age = days(anchor.at_ms, caller.today());
            let words = format!("上次审计存证{}", ago(age));
            let more = last_row.saturating_sub(anchor.no);
            Some(if age >= ANCHOR_WAIT_DAYS && more > 0 {
                finding(
                    page,
                    FindingTone::Wait,
                    format!("{words}，之后的 {} 条还没有旁证。", shown::count(more)),
                    advice,
                )
            } else {
                finding(page, FindingTone::Good, format!("{words}。"), None)
            })
        }
        (None, Some(first_at)) if days(first_at, caller.today()) >= ANCHOR_WAIT_DAYS => {
            Some(finding(page, FindingTone::Wait, "审计还没有存证过，改动了别处也看不出来。", advice))
        }
        (None, _) => None,
    })
}

fn recovery_key(caller: &Caller) -> Result<Option<Placed>, Fault> {
    let advice = Some("请安全管理员登录后按提示确认抄写；纸不在了，就换一把新的。");
    let unconfirmed = caller.store().read(access::recovery_unconfirmed)?;
    Ok(unconfirmed.then(|| finding(MendedOn::RecoveryKey, FindingTone::Wait, "恢复密钥还没有人确认抄写好。", advice)))
}

fn lockouts(caller: &Caller) -> Result<Vec<Placed>, Fault> {
    let locked = caller.store().lockouts()?;
    let mut findings = Vec::new();
    if !locked.users.is_empty() {
        let words = format!("{} 个账户因密码多次输错正在锁定。", locked.users.len());
        let advice = Some("请问问本人；不是本人输的，先重设密码，再查审计。");
        findings.push(finding(MendedOn::Users, FindingTone::Wait, words, advice));
    }
    if locked.unknown_names > 0 {
        let words = "有人用本镇没有的登录名多次试着登录，现在锁定着。";
        findings.push(finding(MendedOn::Audit, FindingTone::Wait, words, Some("请审计员在“审计”里看是什么时候。")));
    }
    Ok(findings)
}
