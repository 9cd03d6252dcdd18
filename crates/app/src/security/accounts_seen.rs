//! Accounts: the three separated, first passwords, accounts that nobody uses.

use super::{Placed, finding};
use crate::{
    Caller, accounts,
    contract::{Fault, backups::FindingTone, security::MendedOn},
};

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// Days after which a new account should have been used: a week of leave is shorter.
const NEW_ACCOUNT_DAYS: i64 = 7;
/// Days without a trace after which an account should be closed (GB/T 22239-2019, 8.1.4.1 b: superfluous accounts go);
/// a season is longer than any leave.
const UNUSED_ACCOUNT_DAYS: i64 = 90;

pub fn findings(caller: &Caller) -> Result<Vec<Placed>, Fault> {
    let now_ms = caller.app.clock().now_ms();
    let (rows, seen) = caller.store().read(|reader| Ok::<_, Fault>((reader.users()?, reader.users_last_seen()?)))?;
    let mut findings: Vec<Placed> = accounts::findings(&rows, now_ms)
        .into_iter()
        .map(|words| finding(MendedOn::Users, FindingTone::Wait, words, None))
        .collect();
    let older = |at_ms: i64, days: i64| now_ms - at_ms > days * DAY_MS;
    let open = || rows.iter().filter(|row| row.active);
    let never = open().filter(|row| !seen.contains_key(&row.id) && older(row.added_at, NEW_ACCOUNT_DAYS)).count();
    if never > 0 {
        let words = format!("{never} 个账户建好 {NEW_ACCOUNT_DAYS} 天以上还没有登录过。");
        let advice = Some("请提醒本人登录改密码；用不着的停用。");
        findings.push(finding(MendedOn::Users, FindingTone::Wait, words, advice));
    }
    let unused = open().filter(|row| seen.get(&row.id).is_some_and(|at_ms| older(*at_ms, UNUSED_ACCOUNT_DAYS))).count();
    if unused > 0 {
        let words = format!("{unused} 个账户 {UNUSED_ACCOUNT_DAYS} 天以上没有用过。");
        // who only looks, and on another PC, leaves nothing that comes here
        let advice = Some("本机看得到的记录里没有他们；确实不用了的请停用。");
        findings.push(finding(MendedOn::Users, FindingTone::Wait, words, advice));
    }
    Ok(findings)
}
