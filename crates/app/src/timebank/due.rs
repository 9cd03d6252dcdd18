//! What is due in the time bank, what a search finds.

use chrono::{Datelike, Days, NaiveDate};
use zhenxin_domain::{code_text, service_order::shown_number};
use zhenxin_store::{OrderFilter, OrderRow, Reader, ResidentRow};

use super::{checks::narrow, credit, lines::service};
use crate::{
    Caller,
    contract::{
        Fault,
        residents::{RecordHit, RecordKind},
        session::{Duty, TimeDue},
    },
    duties, shown,
};

/// People whose orders a search shows, and orders of each.
const PEOPLE_SEARCHED: usize = 3;
/// Characters of a number that are enough to look for it: fewer would mean half the town.
const NUMBER_SEARCHED_CHARS: usize = 4;
const ORDERS_EACH: u32 = 4;

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
