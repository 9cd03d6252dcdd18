//! What stands against each other: values of a field, records of a person, awards of an event.

use zhenxin_domain::{
    ids::{AwardId, ResidentId},
    ledger::Owner,
    service_time::duration,
};
use zhenxin_protocol::body::resident::Field;
use zhenxin_store::{AwardRow, FieldSide, IssueKind, IssueRow, Reader, ResidentRow, Unsealed};

use super::content::{Names, field_label};
use crate::{
    Caller,
    contract::{Fault, settling::*},
    shown,
};

/// The two or more values of a field.
pub fn values(caller: &Caller, names: &Names<'_>, field: Field, sides: &[FieldSide]) -> Vec<IssueSide> {
    let masked: Vec<String> = sides.iter().map(|side| names.value(caller, field, side.value.as_ref())).collect();
    let alike = |at: usize| masked.iter().filter(|other| **other == masked[at]).count() > 1;
    let shown = sides.iter().enumerate().map(|(at, side)| IssueSide {
        value: if alike(at) {
            format!("{}（与另一个不同，遮住的部分看不出）", masked[at])
        } else {
            masked[at].clone()
        },
        actor: shown::actor(&names.users, side.actor),
        at: shown::time(side.at),
        device: names.device(side.device),
        current: side.current,
        facts: Vec::new(),
    });
    shown.collect()
}

fn fact(label: &str, value: impl Into<String>) -> IssueFact {
    IssueFact { label: label.to_owned(), value: value.into() }
}

/// Two records that may be one person.
pub fn records(caller: &Caller, names: &Names<'_>, pair: [ResidentId; 2]) -> Result<Vec<IssueSide>, Fault> {
    let mut sides = Vec::new();
    for id in pair {
        let Some(row) = names.reader.resident(id)? else { continue };
        sides.push(record(caller, names, &row)?);
    }
    sides.sort_by_key(|side| !side.current);
    Ok(sides)
}

fn record(caller: &Caller, names: &Names<'_>, row: &ResidentRow) -> Result<IssueSide, Fault> {
    let reader = names.reader;
    let texts = [
        (Field::Name, &row.name),
        (Field::IdNumber, &row.id_number),
        (Field::Phone, &row.phone),
        (Field::Address, &row.address),
        (Field::Relation, &row.relation),
        (Field::Grid, &row.grid),
        (Field::HouseholdNo, &row.household_no),
    ];
    let mut facts = vec![fact(
        field_label(Field::Village),
        row.village.map(|code| shown::village(&caller.town, code)).unwrap_or_default(),
    )];
    for (field, text) in texts {
        let text = text.clone().map(Unsealed::Text);
        facts.push(fact(field_label(field), names.value(caller, field, text.as_ref())));
    }
    let consents = reader.consents_of(row.id)?;
    let agreed = consents.iter().any(|consent| consent.withdrawn_on.is_none());
    facts.push(fact("同意参加", if agreed { "已登记" } else { "没有" }));
    let points = reader.balance(Owner::Resident(row.id), caller.today())?;
    facts.push(fact("积分", format!("{} 分", points.approved_points)));
    facts.push(fact("时间", duration(reader.minutes_balance(Owner::Resident(row.id))?)));
    // who recorded it first: the operation that named the village
    let first = row.registers.op(Field::Village).map(|op| reader.op_content(op)).transpose()?.flatten();
    let (actor, at, device) = first.map_or_else(
        || (String::new(), String::new(), String::new()),
        |op| {
            let row = op.row;
            (shown::actor(&names.users, row.actor), shown::time(row.recorded_at), names.device(row.device))
        },
    );
    Ok(IssueSide {
        value: row.name.clone().unwrap_or_else(|| "（密钥未到）".to_owned()),
        actor,
        at,
        device,
        current: reader.kept(row.id)? == row.id,
        facts,
    })
}

/// Two awards that may be one event.
pub fn awards(caller: &Caller, names: &Names<'_>, pair: [AwardId; 2]) -> Result<Vec<IssueSide>, Fault> {
    let mut sides = Vec::new();
    for id in pair {
        if let Some(row) = names.reader.award(id)? {
            sides.push(award(caller, names, &row)?);
        }
    }
    Ok(sides)
}

fn award(caller: &Caller, names: &Names<'_>, row: &AwardRow) -> Result<IssueSide, Fault> {
    let evidence = names.reader.evidence_of(row.activity)?.len();
    let rule =
        format!("{} {}", row.rule_code.as_deref().unwrap_or_default(), row.rule_item.as_deref().unwrap_or_default());
    let state = row.state_on(caller.today());
    Ok(IssueSide {
        value: award_words(row),
        actor: shown::actor(&names.users, row.recorded_by),
        at: shown::time(row.recorded_at),
        device: names.device(row.device),
        current: true,
        facts: vec![
            fact("居民", row.resident_name.clone().unwrap_or_default()),
            fact("日期", shown::day(row.occurred_on)),
            fact("细则", rule),
            fact("活动", row.activity_name.clone().unwrap_or_default()),
            fact("分值", format!("{} 分", row.amount_points)),
            fact("状态", state.label()),
            fact("佐证", format!("{evidence} 份")),
        ],
    })
}

/// An award in one line.
pub fn award_words(row: &AwardRow) -> String {
    let activity = row.activity_name.as_deref().unwrap_or("一次活动");
    format!("{activity}，{} 分", row.amount_points)
}

/// The values of a field: those that stand against each other, or did when somebody decided.
pub fn of_field(reader: &Reader, row: &IssueRow, resident: ResidentId, field: Field) -> Result<Vec<FieldSide>, Fault> {
    Ok(match row.key.op {
        Some(winner) => reader.settled_sides(resident, field, winner)?,
        None => reader.field_sides(resident, field)?,
    })
}

/// The sides of an issue.
pub fn of(caller: &Caller, names: &Names<'_>, row: &IssueRow) -> Result<Vec<IssueSide>, Fault> {
    match row.key.kind {
        IssueKind::Field => match (row.resident, super::field_of(&row.key)) {
            (Some(resident), Some(field)) => {
                Ok(values(caller, names, field, &of_field(names.reader, row, resident, field)?))
            }
            _ => Ok(Vec::new()),
        },
        IssueKind::DuplicateResident => row.key.residents().map_or(Ok(Vec::new()), |pair| records(caller, names, pair)),
        IssueKind::DuplicateAward => row.key.awards().map_or(Ok(Vec::new()), |pair| awards(caller, names, pair)),
        _ => Ok(Vec::new()),
    }
}
