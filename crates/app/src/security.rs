//! The security overview: one plain sentence for each thing that this PC really knows, with the page that mends it.

use crate::{
    Caller, backups,
    contract::{
        Fault,
        backups::{Finding, FindingTone},
        security::*,
        session::Nothing,
    },
    shown,
};

mod accounts_seen;
mod file;
mod town;

pub use file::differs;

/// Whose duty it is to mend what stands on a page.
const fn by(page: MendedOn) -> &'static str {
    match page {
        MendedOn::Backups | MendedOn::Pcs | MendedOn::Sync | MendedOn::Verify => "系统管理员",
        MendedOn::Users => "系统管理员或安全管理员",
        MendedOn::Audit => "审计员",
        MendedOn::RecoveryKey => "安全管理员",
    }
}

/// A finding beside the page that mends it.
type Placed = (MendedOn, Finding);

fn finding(page: MendedOn, tone: FindingTone, words: impl Into<String>, advice: Option<&str>) -> Placed {
    (page, Finding { tone, words: words.into(), advice: advice.map(str::to_owned) })
}

/// What should be seen to, and what is well.
pub fn overview(caller: &Caller, _: Nothing) -> Result<SecurityOverview, Fault> {
    let mut placed: Vec<Placed> =
        backups::findings(caller)?.into_iter().map(|found| (MendedOn::Backups, found)).collect();
    placed.extend(file::findings(caller)?);
    placed.extend(accounts_seen::findings(caller)?);
    placed.extend(town::findings(caller)?);
    placed.sort_by_key(|(_, found)| backups::urgency(found));
    let findings = placed.into_iter().map(|(page, Finding { tone, words, advice })| SecurityFinding {
        tone,
        words,
        advice,
        page,
        by: by(page).to_owned(),
    });
    Ok(SecurityOverview { findings: findings.collect(), at: shown::time(caller.app.clock().now_ms()) })
}

#[cfg(test)]
mod tests;
