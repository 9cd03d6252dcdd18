//! The privacy desk: what waits, who is restricted, what was done.

use std::collections::HashMap;

use chrono::{Months, NaiveDate};
use zhenxin_domain::{
    ids::ResidentId,
    privacy::{DataState, RestrictReason},
};
use zhenxin_store::{AskedRow, PersonStepRow, Reader, UserRow};

use super::{
    erasure::recusal,
    reasons,
    retention::{self, months_of},
};
use crate::{
    Caller,
    contract::{
        Fault,
        privacy::{DataStep, ErasureAsked, LeftAfterErasure, PrivacyDesk, RestrictedPerson, WithdrawnPerson},
        residents::ResidentLine,
        session::{Duty, Nothing, PrivacyDue},
    },
    recusal::Own,
    shown,
};

/// Steps on the page; older ones stand in the audit.
const STEPS_SHOWN: u32 = 100;

pub fn desk(caller: &Caller, _: Nothing) -> Result<PrivacyDesk, Fault> {
    let today = caller.today();
    caller.read(|reader| {
        let users = reader.users()?;
        Ok(PrivacyDesk {
            asked: asked(caller, reader, &users)?,
            withdrawn: withdrawn(caller, reader, today)?,
            restricted: restricted(caller, reader, today)?,
            steps: steps(caller, reader, &users)?,
            left: left(caller, reader)?,
            erased: u32::try_from(reader.people_in_state(DataState::Erased)?.len()).unwrap_or(u32::MAX),
        })
    })
}

/// What of it waits for this user.
pub fn due(caller: &Caller, reader: &Reader) -> Result<PrivacyDue, Fault> {
    let narrow = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let mut due = PrivacyDue { erasures_asked: 0, withdrawn_due: 0, left: 0 };
    if caller.holds(Duty::Reviewer) {
        let users = reader.users()?;
        let own = asked(caller, reader, &users)?.into_iter().filter(|request| request.recusal.is_none()).count();
        due.erasures_asked = narrow(own);
        due.left = narrow(left(caller, reader)?.len());
    }
    if caller.holds(Duty::Clerk) {
        due.withdrawn_due = retention::withdrawn_due(reader, caller.today())?;
    }
    Ok(due)
}

/// The heads of these people; who is out of the user's sight is left out.
fn lines(caller: &Caller, reader: &Reader, ids: &[ResidentId]) -> Result<HashMap<ResidentId, ResidentLine>, Fault> {
    let rows = reader.residents(ids)?;
    let shown = shown::resident_lines(&caller.town, reader, &rows, caller.today())?;
    Ok(rows.iter().map(|row| row.id).zip(shown).collect())
}

fn asked(caller: &Caller, reader: &Reader, users: &[UserRow]) -> Result<Vec<ErasureAsked>, Fault> {
    let rows = reader.erasures_asked()?;
    let ids: Vec<ResidentId> = rows.iter().map(|row| row.resident).collect();
    let mut heads = lines(caller, reader, &ids)?;
    let own = Own::of(reader, caller)?;
    let mut waiting = Vec::new();
    for row in rows {
        let (Some(line), Some(asked)) = (heads.remove(&row.resident), row.asked) else { continue };
        let recusal = recusal(reader, &own, row.resident, asked.by)?;
        waiting.push(asked_line(caller, line, asked, users, recusal));
    }
    Ok(waiting)
}

fn asked_line(
    caller: &Caller,
    line: ResidentLine,
    asked: AskedRow,
    users: &[UserRow],
    recusal: Option<&str>,
) -> ErasureAsked {
    ErasureAsked {
        line,
        asked: asked.op.to_string(),
        reason: reasons::words(&asked.reason),
        note: asked.note.unwrap_or_default(),
        asked_by: shown::actor(users, asked.by),
        asked_at: shown::time(asked.at),
        recusal: recusal.map(|message| format!("{message}。")),
        own: asked.by == caller.user,
    }
}

/// The request for erasure of one person, where one waits.
pub(super) fn asked_of(caller: &Caller, reader: &Reader, id: ResidentId) -> Result<Option<ErasureAsked>, Fault> {
    let Some(asked) = reader.person_data(id)?.and_then(|row| row.asked) else { return Ok(None) };
    let Some(line) = lines(caller, reader, &[id])?.remove(&id) else { return Ok(None) };
    let recusal = recusal(reader, &Own::of(reader, caller)?, id, asked.by)?;
    Ok(Some(asked_line(caller, line, asked, &reader.users()?, recusal)))
}

/// What was done about one person's data, oldest first.
pub(super) fn steps_of(caller: &Caller, reader: &Reader, id: ResidentId) -> Result<Vec<DataStep>, Fault> {
    let Some(line) = lines(caller, reader, &[id])?.remove(&id) else { return Ok(Vec::new()) };
    let users = reader.users()?;
    Ok(reader.person_steps(id)?.iter().map(|row| step(row, &line, &users)).collect())
}

fn withdrawn(caller: &Caller, reader: &Reader, today: NaiveDate) -> Result<Vec<WithdrawnPerson>, Fault> {
    let months = months_of(retention::WITHDRAWN, today);
    let found = reader.withdrawn_before(today)?;
    let ids: Vec<ResidentId> = found.iter().map(|(id, _)| *id).collect();
    let mut heads = lines(caller, reader, &ids)?;
    let people = found.into_iter().filter_map(|(id, on)| {
        let due_on = months.map_or(on, |months| on + Months::new(months));
        Some(WithdrawnPerson {
            line: heads.remove(&id)?,
            withdrawn_on: shown::day(on),
            due_on: shown::day(due_on),
            due: due_on <= today,
        })
    });
    Ok(people.collect())
}

fn restricted(caller: &Caller, reader: &Reader, today: NaiveDate) -> Result<Vec<RestrictedPerson>, Fault> {
    let months = months_of(retention::RESTRICTED, today);
    let rows = reader.people_in_state(DataState::Restricted)?;
    let ids: Vec<ResidentId> = rows.iter().map(|row| row.resident).collect();
    let mut heads = lines(caller, reader, &ids)?;
    let people = rows.into_iter().filter_map(|row| {
        let since = shown::date_of(row.since_at).unwrap_or(today);
        let review_on = months.map_or(since, |months| since + Months::new(months));
        Some(RestrictedPerson {
            line: heads.remove(&row.resident)?,
            reason: restrict_words(row.reason.as_deref()),
            note: row.note.unwrap_or_default(),
            since: shown::time(row.since_at),
            review_on: shown::day(review_on),
            due: review_on <= today,
        })
    });
    Ok(people.collect())
}

fn left(caller: &Caller, reader: &Reader) -> Result<Vec<LeftAfterErasure>, Fault> {
    let found = reader.left_after_erasure()?;
    let ids: Vec<ResidentId> = found.iter().map(|(id, _)| *id).collect();
    let heads = lines(caller, reader, &ids)?;
    let left = found.into_iter().filter_map(|(id, activities)| {
        Some(LeftAfterErasure {
            resident: id.to_string(),
            village_name: heads.get(&id)?.village_name.clone(),
            activities: u32::try_from(activities).unwrap_or(u32::MAX),
        })
    });
    Ok(left.collect())
}

fn restrict_words(code: Option<&str>) -> String {
    let code = code.unwrap_or_default();
    RestrictReason::from_code(code).map_or(code, |reason| reason.label()).to_owned()
}

fn steps(caller: &Caller, reader: &Reader, users: &[UserRow]) -> Result<Vec<DataStep>, Fault> {
    let rows = reader.last_person_steps(STEPS_SHOWN)?;
    let ids: Vec<ResidentId> = rows.iter().map(|row| row.resident).collect();
    let heads = lines(caller, reader, &ids)?;
    let steps = rows.iter().filter_map(|row| Some(step(row, heads.get(&row.resident)?, users)));
    Ok(steps.collect())
}

fn step(row: &PersonStepRow, line: &ResidentLine, users: &[UserRow]) -> DataStep {
    let code = row.reason.as_deref().unwrap_or_default();
    let (what, reason) = match row.step.as_str() {
        "restrict" => ("限制处理", restrict_words(Some(code))),
        "lift" => ("解除限制", String::new()),
        "ask" => ("申请删除", reasons::words(code)),
        "refuse" => ("不予删除", String::new()),
        "withdraw" => ("撤回删除申请", String::new()),
        _ => ("已删除", reasons::words(code)),
    };
    let note = row.note.as_deref().unwrap_or_default();
    let reason = [reason.as_str(), note].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("；");
    DataStep {
        resident: row.resident.to_string(),
        name: line.name.clone(),
        what: what.to_owned(),
        reason,
        actor: shown::actor(users, row.actor),
        at: shown::time(row.at),
        lost: row.lost,
    }
}
