//! Points: the catalogue, recording, review, reversal.

mod entries;
mod record;
mod resolve;
mod review;

use zhenxin_store::RuleVersionRow;

pub use entries::{entry, my_records, running_balances};
pub use record::{RowCheck, record};
pub use resolve::resolve;
pub use review::{evidence, reverse, review, review_queue};

use crate::{
    Caller,
    contract::{Fault, points::*, session::Nothing},
    shown,
};

pub fn rules(caller: &Caller, _: Nothing) -> Result<Rules, Fault> {
    let today = caller.today();
    caller.store().read(|reader| {
        let in_force: Vec<_> = reader.rules_in_force(today)?.into_iter().map(|row| row.version_id).collect();
        let rows = reader.all_rules()?;
        let mut rules: Vec<RuleLine> =
            rows.iter().map(|row| rule_line(row, in_force.contains(&row.version_id))).collect();
        rules.sort_by(|a, b| a.code.cmp(&b.code).then(b.version.cmp(&a.version)));
        Ok(Rules { rules })
    })
}

fn rule_line(row: &RuleVersionRow, in_force: bool) -> RuleLine {
    RuleLine {
        version_id: row.version_id.to_string(),
        code: row.code.clone(),
        version: row.version,
        category: row.category.clone(),
        item: row.item.clone(),
        points: row.points,
        unit: row.unit.clone(),
        cap: row.cap.map(|cap| format!("每{}不超过 {} 分", cap.period.label(), cap.points)),
        evidence: row.evidence.clone(),
        subject: subject_label(&row.subject).to_owned(),
        valid_months: row.valid_months.map(u32::from),
        basis: row.basis.clone(),
        in_force_from: shown::day(row.in_force_from),
        in_force,
    }
}

/// 个人 or 家庭.
fn subject_label(code: &str) -> &str {
    zhenxin_domain::rule::Subject::from_code(code).map_or(code, |subject| subject.label())
}
