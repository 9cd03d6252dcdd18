//! What is to be known about the backups, in plain sentences, the most urgent first.

use chrono::NaiveDate;
use zhenxin_store::{BackupNotes, BackupPlace as StorePlace, Store, china_date};

use super::daily;
use crate::{
    Caller,
    contract::{Fault, backups::*},
    shown,
};

/// Days without a backup after which somebody should look: a long weekend is shorter.
const BACKUP_WAIT_DAYS: i64 = 4;
/// Days without one after which it is serious.
const BACKUP_FAULT_DAYS: i64 = 8;
/// Days without the stick after which somebody should put it in.
const SECOND_WAIT_DAYS: i64 = 8;
/// Days after which a rehearsal should be repeated: once a quarter, as with fire drills.
const REHEARSAL_WAIT_DAYS: i64 = 92;

fn finding(tone: FindingTone, words: impl Into<String>, advice: Option<&str>) -> Finding {
    Finding { tone, words: words.into(), advice: advice.map(str::to_owned) }
}

pub fn days_since(at_ms: i64, today: NaiveDate) -> i64 {
    (today - china_date(at_ms)).num_days().max(0)
}

/// `上次备份今天` is no sentence, `上次备份是今天` is.
pub fn ago(days: i64) -> String {
    match days {
        0 => "是今天".to_owned(),
        1 => "是昨天".to_owned(),
        days => format!(" {days} 天前"),
    }
}

/// Everything that is to be known, with every backup opened.
pub fn findings(caller: &Caller) -> Result<Vec<Finding>, Fault> {
    let mut findings = at_a_glance(caller)?;
    findings.extend(opened(caller.store())?);
    findings.sort_by_key(urgency);
    Ok(findings)
}

pub fn urgency(finding: &Finding) -> u8 {
    match finding.tone {
        FindingTone::Fault => 0,
        FindingTone::Wait => 1,
        FindingTone::Good => 2,
    }
}

/// What is seen without opening a backup.
fn at_a_glance(caller: &Caller) -> Result<Vec<Finding>, Fault> {
    let (store, today) = (caller.store(), caller.today());
    let notes = store.backup_notes()?;
    let mut findings = Vec::new();
    if let Some(words) = daily::fault(&caller.app) {
        findings.push(finding(
            FindingTone::Fault,
            format!("上一次自动备份没有成功：{words}"),
            Some("排除原因后按“现在备份”。"),
        ));
    }
    findings.push(last(store, today)?);
    findings.extend(second(store, &notes, today)?);
    findings.push(rehearsal(&notes, today));
    findings.sort_by_key(urgency);
    Ok(findings)
}

/// What somebody should do about, for pages that are about something else.
pub fn urgent(caller: &Caller) -> Result<Vec<Finding>, Fault> {
    let mut findings = at_a_glance(caller)?;
    findings.retain(|finding| finding.tone != FindingTone::Good);
    Ok(findings)
}

fn last(store: &Store, today: NaiveDate) -> Result<Finding, Fault> {
    let Some(newest) = Store::backups(store.dir())?.into_iter().next() else {
        return Ok(finding(FindingTone::Fault, "还没有备份。", Some("按“现在备份”，以后每天自动备份一次。")));
    };
    let days = days_since(newest.made_at_ms, today);
    let tone = match days {
        BACKUP_FAULT_DAYS.. => FindingTone::Fault,
        BACKUP_WAIT_DAYS.. => FindingTone::Wait,
        _ => FindingTone::Good,
    };
    let advice = (tone != FindingTone::Good).then_some("按“现在备份”。镇信开着的时候每天自动备份一次。");
    Ok(finding(tone, format!("上次备份{}。", ago(days)), advice))
}

/// What only shows when the backups are opened.
fn opened(store: &Store) -> Result<Vec<Finding>, Fault> {
    let lines = store.backup_lines(StorePlace::Here)?;
    let mut findings = Vec::new();
    let broken = lines.iter().filter(|line| line.manifest.is_none()).count();
    let newest = lines.first();
    if broken > 0 {
        let newest_too = newest.is_some_and(|line| line.manifest.is_none());
        let tone = if newest_too { FindingTone::Fault } else { FindingTone::Wait };
        let words = format!("有 {broken} 份备份读不出来。");
        findings.push(finding(tone, words, Some("按“现在备份”另做一份，并请检查这块磁盘。")));
    }
    if let Some(manifest) = newest.and_then(|line| line.manifest) {
        let here = store.read(|reader| reader.op_counts())?.total;
        if here < manifest.ops {
            let words = format!("现有数据比最近的备份少 {} 条记录。", shown::count(manifest.ops - here));
            findings.push(finding(FindingTone::Fault, words, Some("请恢复最近的备份：两边的记录会合在一起。")));
        }
    }
    Ok(findings)
}

fn second(store: &Store, notes: &BackupNotes, today: NaiveDate) -> Result<Vec<Finding>, Fault> {
    let Some(folder) = &notes.second else {
        let advice = "请设第二位置：另一块硬盘或U盘。";
        return Ok(vec![finding(FindingTone::Wait, "备份只在这台电脑里，硬盘坏了备份也没有了。", Some(advice))]);
    };
    let mut findings = Vec::new();
    let last = notes.second_at_ms.map(|at_ms| days_since(at_ms, today));
    let tone = if last.is_some_and(|days| days < SECOND_WAIT_DAYS) { FindingTone::Good } else { FindingTone::Wait };
    let there = folder.is_dir();
    let words = match last {
        Some(days) => {
            format!("第二位置上次拷贝{}{}", ago(days), if there { "。" } else { "，现在没有插上。" })
        }
        None if there => "第二位置还没有拷贝过。".to_owned(),
        None => "第二位置现在打不开，还没有拷贝过。".to_owned(),
    };
    let advice = (tone != FindingTone::Good).then_some(if there {
        "按“现在备份”。"
    } else {
        "插上U盘后按“现在备份”。"
    });
    findings.push(finding(tone, words, advice));
    if notes.second_lacks_erasures > 0 {
        let words = format!("第二位置上还留着 {} 份已删除的个人信息的密钥。", notes.second_lacks_erasures);
        findings.push(finding(FindingTone::Fault, words, Some("请尽快插上U盘并备份一次，它们会被换掉。")));
    }
    if there && store.second_shares_disk()? {
        let words = "第二位置和数据在同一块硬盘上，硬盘坏了两份都没有了。";
        findings.push(finding(FindingTone::Wait, words, Some("请改设到另一块硬盘或U盘。")));
    }
    Ok(findings)
}

fn rehearsal(notes: &BackupNotes, today: NaiveDate) -> Finding {
    let advice = Some("选一份备份按“演练”，几分钟就能知道它能不能用。");
    match notes.rehearsed_at_ms.map(|at_ms| days_since(at_ms, today)) {
        None => finding(FindingTone::Wait, "备份还没有演练过。", advice),
        Some(days) if days >= REHEARSAL_WAIT_DAYS => {
            finding(FindingTone::Wait, format!("上次演练{}。", ago(days)), advice)
        }
        Some(days) => finding(FindingTone::Good, format!("上次演练{}，备份可用。", ago(days)), None),
    }
}
