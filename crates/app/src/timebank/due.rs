//! What is due in the time bank, what a person has to settle, what a search finds.

use chrono::{Datelike, Days, NaiveDate};
use zhenxin_domain::{
    code_text,
    ids::ResidentId,
    service_order::shown_number,
    service_time::{YEARLY_CAP_MIN, cap_year, duration},
};
use zhenxin_store::{OrderFilter, OrderRow, RaceRow, Reader, ResidentRow, TimeAccountRow};

use super::{checks::narrow, credit, lines::service};
use crate::{
    Caller,
    contract::{
        Fault,
        residents::{RecordHit, RecordKind},
        session::{Duty, TimeDue},
        sync::ToDecide,
    },
    duties, shown,
};

/// People whose orders a search shows, and orders of each.
const PEOPLE_SEARCHED: usize = 3;
/// Characters of a number that are enough to look for it: fewer would mean half the town.
const NUMBER_SEARCHED_CHARS: usize = 4;
const ORDERS_EACH: u32 = 4;
/// Rows of each kind in the list of what has to be settled.
const DECIDE_MAX: u32 = 50;

pub fn due(caller: &Caller, reader: &Reader) -> Result<TimeDue, Fault> {
    let today = caller.today();
    let counts = reader.time_counts(caller.user, today)?;
    let month = first_of_month(today);
    let before = month - Days::new(1);
    let reviews = duties::held(reader, caller.user, Duty::Reviewer)?;
    let credited = |from, to| -> Result<i64, Fault> {
        Ok(i64::try_from(reader.minutes_credited_between(from, to)?).unwrap_or(i64::MAX))
    };
    Ok(TimeDue {
        open_needs: narrow(counts.open_needs),
        overdue_needs: narrow(counts.overdue_needs),
        to_confirm: narrow(counts.to_confirm),
        overdue_orders: narrow(counts.overdue_orders),
        disputed: narrow(counts.disputed),
        to_credit: if reviews { credit::creditable(caller, reader)? } else { 0 },
        minutes_this_month: credited(month, today)?,
        minutes_last_month: credited(first_of_month(before), before)?,
    })
}

fn first_of_month(day: NaiveDate) -> NaiveDate {
    day.with_day(1).unwrap_or(day)
}

/// What two PCs did to the same minutes or to the same need: a person decides.
pub fn to_decide(reader: &Reader, today: NaiveDate) -> Result<Vec<ToDecide>, Fault> {
    let mut lines = Vec::new();
    for row in reader.rival_needs(DECIDE_MAX)? {
        let orders = reader.live_orders_of_need(row.id)?;
        let numbers: Vec<String> = orders.iter().map(|order| shown_number(&order.number)).collect();
        let numbers = numbers.join("、");
        let text = if row.closed_at.is_some() {
            format!("需求已关闭，却还有服务单 {numbers}，请核对后取消服务单，或另登记需求")
        } else {
            format!("同一需求有两张服务单：{numbers}，请核对后只留一张：没入账的取消，入了账的冲正")
        };
        lines.push(ToDecide {
            text,
            at: shown::time(orders.last().map_or(row.recorded_at, |order| order.recorded_at)),
            award: None,
            resident: Some(row.resident.to_string()),
        });
    }
    for row in reader.overdrawn_accounts(DECIDE_MAX)? {
        let over = duration(-row.available_min);
        lines.push(ToDecide {
            text: format!("时间账户透支 {over}：用出去的比存进来的多，请核对后取消还没用的预留，或冲正其中一笔"),
            at: String::new(),
            award: None,
            resident: Some(row.resident.to_string()),
        });
    }
    for row in beyond_cap(reader, today)? {
        let (earned, cap) = (duration(row.earned_min), duration(i64::from(YEARLY_CAP_MIN)));
        lines.push(ToDecide {
            text: format!("今年已入账 {earned}，超过年度上限 {cap}：两台电脑先后入账，请核对后冲正多出的服务单"),
            at: String::new(),
            award: None,
            resident: Some(row.resident.to_string()),
        });
    }
    Ok(lines)
}

/// Volunteers whom two PCs together credited more than a year allows.
pub fn beyond_cap(reader: &Reader, today: NaiveDate) -> Result<Vec<TimeAccountRow>, Fault> {
    let (from, to) = cap_year(today);
    Ok(reader.credited_beyond(YEARLY_CAP_MIN, from, to, DECIDE_MAX)?)
}

/// Whose page explains a lost operation of the time bank.
pub fn concerned(reader: &Reader, race: &RaceRow) -> Result<Option<ResidentId>, Fault> {
    if let Some(id) = race.order() {
        return Ok(reader.order(id)?.map(|row| row.beneficiary));
    }
    if let Some(id) = race.need() {
        return Ok(reader.need(id)?.map(|row| row.resident));
    }
    match race.gift() {
        Some(id) => Ok(reader.gift(id)?.map(|row| row.giver)),
        None => Ok(None),
    }
}

/// Orders whose number begins as typed.
pub fn found_by_number(caller: &Caller, reader: &Reader, typed: &str) -> Result<Vec<RecordHit>, Fault> {
    let number = code_text::typed(typed);
    let orders = if number.len() >= NUMBER_SEARCHED_CHARS { reader.orders_by_number(&number)? } else { Vec::new() };
    Ok(orders.iter().map(|order| hit(caller, order)).collect())
}

/// Orders of the people that were found.
pub fn found_of(caller: &Caller, reader: &Reader, people: &[ResidentRow]) -> Result<Vec<RecordHit>, Fault> {
    let mut orders: Vec<OrderRow> = Vec::new();
    for person in people.iter().take(PEOPLE_SEARCHED) {
        let filter = OrderFilter { resident: Some(person.id), ..OrderFilter::default() };
        let rows = reader.orders_page(filter, 0, ORDERS_EACH)?.rows;
        // an order between two of them is one hit
        for row in rows {
            if orders.iter().all(|known| known.id != row.id) {
                orders.push(row);
            }
        }
    }
    Ok(orders.iter().map(|order| hit(caller, order)).collect())
}

fn hit(caller: &Caller, order: &OrderRow) -> RecordHit {
    let village = order.village.map(|code| shown::village(&caller.town, code)).unwrap_or_default();
    let service = service(order.service_code.as_deref(), order.service_name.as_deref());
    let who = order.beneficiary_name.as_deref().unwrap_or_default();
    let parts = [shown::day(order.day), service, format!("{village} {who}"), order.state.label().to_owned()];
    RecordHit {
        kind: RecordKind::Order,
        id: order.id.to_string(),
        title: format!("服务单 {}", shown_number(&order.number)),
        sub: parts.join("，"),
    }
}
