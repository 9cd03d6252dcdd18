//! Awards as entries of an account: what, why, by whom, and the balance after it.

use std::collections::HashMap;

use chrono::NaiveDate;
use zhenxin_domain::{award::AwardState as State, ids::AwardId, ledger::Owner};
use zhenxin_store::{AwardRow, AwardTo, Reader, UserRow};

use crate::{
    Caller,
    contract::{
        Fault,
        points::{MyRecords, RecordedActivities, RecordedActivity},
        residents::{AwardState, Entry},
    },
    shown,
};

/// Entries of one account that are read for running balances: a person's lifetime of points.
const LEDGER_ROWS: u32 = 20_000;
const RECORDS_LIMIT: u32 = 50;
const RECORDS_LIMIT_MAX: u32 = 200;

/// Balance of the account after each award's own transfer.
pub fn running_balances(reader: &Reader, owners: &[Owner]) -> Result<HashMap<AwardId, i64>, Fault> {
    let mut running = HashMap::new();
    for owner in owners {
        let page = reader.entries(*owner, LEDGER_ROWS, 0)?;
        for row in page.rows.iter().filter(|row| row.reverses.is_none()) {
            running.insert(row.award, row.running_points);
        }
    }
    Ok(running)
}

/// One award as people read it.
pub fn entry(
    reader: &Reader,
    users: &[UserRow],
    award: &AwardRow,
    today: NaiveDate,
    running: &HashMap<AwardId, i64>,
) -> Result<Entry, Fault> {
    let version = reader.rule_version(award.rule_version)?;
    let evidence = reader.evidence_of(award.activity)?;
    let op_refused = award.refused;
    Ok(Entry {
        award: award.id.to_string(),
        occurred_on: shown::day(award.occurred_on),
        subject: subject(award.to).to_owned(),
        who: award.resident_name.clone().unwrap_or_default(),
        rule_code: award.rule_code.clone().unwrap_or_default(),
        rule_version: version.as_ref().map_or(0, |version| version.version),
        item: award.rule_item.clone().unwrap_or_default(),
        activity: award.activity_name.clone().unwrap_or_default(),
        points: i64::from(award.amount_points),
        state: shown_state(award.state_on(today)),
        effective_on: award.effective_on.map(shown::day),
        recorded_by: shown::actor(users, award.recorded_by),
        recorded_at: shown::time(award.recorded_at),
        reviewed_by: award.reviewed_by.map(|user| shown::actor(users, user)),
        reason: award.reverse_reason.clone().or_else(|| award.reason.clone()),
        refused_by_district: op_refused,
        evidence: evidence.into_iter().map(|row| row.id.to_string()).collect(),
        balance_after: running.get(&award.id).copied(),
    })
}

fn subject(to: AwardTo) -> &'static str {
    match to {
        AwardTo::Resident => "个人",
        AwardTo::Household => "家庭",
    }
}

fn shown_state(state: State) -> AwardState {
    match state {
        State::Submitted => AwardState::Submitted,
        State::SentBack => AwardState::SentBack,
        State::Approved => AwardState::Approved,
        State::Effective => AwardState::Effective,
        State::Reversed => AwardState::Reversed,
    }
}

pub fn my_records(caller: &Caller, request: MyRecords) -> Result<RecordedActivities, Fault> {
    let limit = request.limit.unwrap_or(RECORDS_LIMIT).clamp(1, RECORDS_LIMIT_MAX);
    let today = caller.today();
    caller.read(|reader| {
        let users = reader.users()?;
        let mut activities = Vec::new();
        for activity in reader.activities_by(caller.user, limit, 0)? {
            let version = reader.rule_version(activity.rule_version)?;
            let mut sent_back_rows = Vec::new();
            if activity.sent_back > 0 {
                for award in reader.awards_of_activity(activity.activity)? {
                    if award.state == State::SentBack {
                        sent_back_rows.push(entry(reader, &users, &award, today, &HashMap::new())?);
                    }
                }
            }
            activities.push(RecordedActivity {
                activity: activity.activity.to_string(),
                name: activity.name.clone().unwrap_or_default(),
                occurred_on: shown::day(activity.occurred_on),
                rule: version.map(|row| format!("{} {}", row.code, row.item)).unwrap_or_default(),
                effective: activity.approved,
                waiting: activity.submitted,
                sent_back: activity.sent_back,
                sent_back_rows,
            });
        }
        Ok(RecordedActivities { activities })
    })
}
