//! The town's PCs and what comes from the district: silent PCs, keys after one was shut out, the clock, dated tables.

use std::collections::BTreeSet;

use chrono::Days;
use zhenxin_sync::{self as engine, SyncState};

use super::{Placed, finding};
use crate::{
    Caller, calendar,
    contract::{Fault, backups::FindingTone, security::MendedOn},
    shown, workbench,
};

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// Days without a word from a PC after which somebody should ask where it is: a PC in use anchors its audit daily.
const SILENT_PC_DAYS: i64 = 30;
/// How far the clock may lag behind what is recorded: PCs that set their clocks by the network differ by seconds.
const CLOCK_WAIT_MS: i64 = 10 * 60 * 1_000;

pub fn findings(caller: &Caller) -> Result<Vec<Placed>, Fault> {
    let mut findings = Vec::new();
    findings.extend(shut_out(&caller.town.link.state()?));
    findings.extend(silent(caller)?);
    findings.extend(keys(caller)?);
    findings.extend(clock(caller)?);
    findings.extend(working_days(caller)?);
    Ok(findings)
}

pub fn shut_out(state: &SyncState) -> Option<Placed> {
    let advice = Some("请与区平台管理员联系；没有注销错的话，这台电脑不要再用。");
    let words = "这台电脑已被区平台注销，不再同步。";
    matches!(state, SyncState::Revoked).then(|| finding(MendedOn::Sync, FindingTone::Fault, words, advice))
}

fn silent(caller: &Caller) -> Result<Option<Placed>, Fault> {
    let store = caller.store();
    let now_ms = caller.app.clock().now_ms();
    let gone: BTreeSet<_> = store.known_devices()?.into_iter().filter(|pc| !pc.listed).map(|pc| pc.device).collect();
    let newest = store.read(|reader| reader.newest_by_device())?;
    let silent: Vec<String> = engine::devices(store)?
        .into_iter()
        .filter(|pc| pc.device != store.device() && !gone.contains(&pc.device))
        .filter(|pc| {
            let heard = newest.get(&pc.device).copied().unwrap_or(pc.enrolled_at_ms);
            now_ms - heard > SILENT_PC_DAYS * DAY_MS
        })
        .map(|pc| pc.label)
        .collect();
    let words = format!("{} 台电脑 {SILENT_PC_DAYS} 天以上没有消息：{}。", silent.len(), silent.join("、"));
    let advice = Some("请问问还在不在用；丢了、不用了的，请区平台管理员注销。");
    Ok((!silent.is_empty()).then(|| finding(MendedOn::Pcs, FindingTone::Wait, words, advice)))
}

fn keys(caller: &Caller) -> Result<Option<Placed>, Fault> {
    let left = caller.store().read(|reader| reader.keys_to_rewrap())?;
    let words = format!("有电脑已被注销，还有 {left} 把密钥没有换成新的。");
    let advice = Some("请在负责全镇的电脑上联网同步，直到这一条消失。");
    Ok((left > 0).then(|| finding(MendedOn::Sync, FindingTone::Fault, words, advice)))
}

/// What is known of the clock: records that are newer than it.
fn clock(caller: &Caller) -> Result<Option<Placed>, Fault> {
    let behind_ms = caller.store().read(|reader| reader.newest_record_ms())? - caller.app.clock().now_ms();
    let words = format!("这台电脑的时钟比最新的记录慢 {} 分钟。", behind_ms / 60_000);
    let advice = Some("请在系统设置里打开“自动设置时间”，时间不准会让时限和审计对不上。");
    Ok((behind_ms > CLOCK_WAIT_MS).then(|| finding(MendedOn::Sync, FindingTone::Wait, words, advice)))
}

fn working_days(caller: &Caller) -> Result<Option<Placed>, Fault> {
    let ends = caller.store().read(calendar::last_day)?;
    let soon = caller.today() + Days::new(workbench::TABLE_WARNING_DAYS);
    let advice = Some("等区平台公布新一年的表后同步一次；在那之前，时限按平常的周末算。");
    Ok(ends
        .filter(|last| *last < soon)
        .map(|last| finding(MendedOn::Sync, FindingTone::Wait, format!("工作日表只到 {}。", shown::day(last)), advice)))
}
