//! 入账: a second person credits what both sides confirmed, within the yearly cap, and takes back what was wrong.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use zhenxin_domain::{
    ids::{RequestId, ResidentId, ServiceOrderId},
    service_order::{OrderState as Stands, Payer, StepFault},
    service_time::{cap_year, within_cap},
};
use zhenxin_store::{OrderRow, Reader};

use super::{
    awaiting::Awaiting,
    checks::{self, Judged, narrow},
    lines::{calculation, order_line},
    orders,
};
use crate::{
    Caller,
    contract::{Fault, FaultCode, FaultRow, session::Nothing, timebank::*},
    fault::sentence,
    recusal::Own,
    request::{former_reply, once, remember},
    shown,
};

/// Orders that one look at the queue shows, and that one act credits.
pub const QUEUE_MAX: u32 = 500;

/// Judges orders one after the other: what earlier ones credit counts against the cap of the later ones.
struct Judge<'c> {
    caller: &'c Caller,
    own: Own,
    /// Minutes of the orders before, by volunteer and first day of the year.
    before_min: HashMap<(ResidentId, NaiveDate), u32>,
}

impl<'c> Judge<'c> {
    fn of(reader: &Reader, caller: &'c Caller) -> Result<Self, Fault> {
        Ok(Self { caller, own: Own::of(reader, caller)?, before_min: HashMap::new() })
    }

    /// What is left of the volunteer's year, the orders before this one counted.
    fn already_min(&self, reader: &Reader, volunteer: ResidentId, day: NaiveDate) -> Result<u32, Fault> {
        let (from, to) = cap_year(day);
        let before = self.before_min.get(&(volunteer, from)).copied().unwrap_or_default();
        Ok(reader.credited_min_of(volunteer, from, to)?.saturating_add(before))
    }

    /// The minutes that crediting gives, or why this user cannot credit it.
    fn judge(&mut self, reader: &Reader, row: &OrderRow) -> Result<Judged<u32>, Fault> {
        if row.refused {
            return Ok(Err("这张服务单已被区平台退回，不能入账".to_owned()));
        }
        let (Stands::Confirmed, Some(volunteer)) = (row.state, row.volunteer) else {
            return Ok(Err(StepFault::State { found: row.state }.to_string()));
        };
        if let Err(message) = orders::decided_by(reader, self.caller, &self.own, row)? {
            return Ok(Err(message));
        }
        if let Err(message) = checks::consented(reader, "志愿者", volunteer, row.day)? {
            return Ok(Err(message));
        }
        // the account of who withdrew is frozen: nothing is paid out of it
        if row.payer == Payer::Own
            && let Err(message) = checks::consented(reader, "服务对象", row.beneficiary, row.day)?
        {
            return Ok(Err(message));
        }
        if let Err(message) = checks::served_once(reader, volunteer, row)? {
            return Ok(Err(message));
        }
        let in_force = checks::in_force(reader, row.service_type, row.day)?;
        let minutes = in_force.and_then(|_| row.creditable_min().ok_or_else(|| "签到签退时间不全".to_owned()));
        let minutes = match minutes {
            Ok(minutes) => minutes,
            Err(message) => return Ok(Err(message)),
        };
        if let Err(fault) = within_cap(self.already_min(reader, volunteer, row.day)?, minutes) {
            return Ok(Err(fault.to_string()));
        }
        *self.before_min.entry((volunteer, cap_year(row.day).0)).or_default() += minutes;
        Ok(Ok(minutes))
    }
}

pub fn credit_queue(caller: &Caller, _: Nothing) -> Result<CreditQueue, Fault> {
    let awaiting = Awaiting::of(caller)?;
    caller.read(|reader| {
        let users = reader.users()?;
        let mut judge = Judge::of(reader, caller)?;
        let waiting = reader.time_counts(caller.user, caller.today())?.confirmed;
        let mut rows = Vec::new();
        for row in reader.orders_to_credit(QUEUE_MAX)? {
            let cap_left_min = match row.volunteer {
                Some(volunteer) => cap_left(judge.already_min(reader, volunteer, row.day)?),
                None => 0,
            };
            let judged = judge.judge(reader, &row)?;
            rows.push(CreditRow {
                line: order_line(&caller.town, reader, awaiting, &row)?,
                credited_min: row.creditable_min().unwrap_or_default(),
                calculation: calculation(&row).unwrap_or_default(),
                cap_left_min,
                blocked: judged.err().map(|message| sentence(&message)),
                recorded_by: shown::actor(&users, row.last_by),
            });
        }
        Ok(CreditQueue { rows, waiting: narrow(waiting) })
    })
}

/// What a year still allows after so many minutes.
pub fn cap_left(already_min: u32) -> u32 {
    within_cap(already_min, 0).unwrap_or_default()
}

pub fn credit_orders(caller: &Caller, request: CreditOrders) -> Result<OrdersCredited, Fault> {
    let request_id: RequestId = shown::parse_id(&request.request_id)?;
    if request.orders.is_empty() || request.orders.len() > QUEUE_MAX as usize {
        return Err(Fault::field("orders", format!("每次请选择 1 到 {QUEUE_MAX} 张服务单。")));
    }
    let ids = request.orders.iter().map(|id| shown::parse_id(id)).collect::<Result<Vec<ServiceOrderId>, _>>()?;
    caller.write(|tx| {
        if let Some(reply) = former_reply(tx, request_id)? {
            return Ok(reply);
        }
        let mut judge = Judge::of(tx.reader(), caller)?;
        let (mut orders, mut faults, mut minutes) = (Vec::new(), Vec::new(), 0);
        let mut seen = HashSet::new();
        for (index, id) in ids.iter().enumerate().filter(|(_, id)| seen.insert(**id)) {
            let judged = match tx.reader().order(*id)? {
                Some(row) => judge.judge(tx.reader(), &row)?,
                None => Err("没有这张服务单，请刷新列表".to_owned()),
            };
            match judged {
                Ok(credited) => {
                    minutes += credited;
                    orders.push(*id);
                }
                Err(message) => faults.push(FaultRow {
                    sheet: None,
                    row: u32::try_from(index + 1).ok(),
                    field: Some("orders".to_owned()),
                    message: sentence(&message),
                }),
            }
        }
        if !faults.is_empty() {
            let message = format!("{} 张服务单不能由您入账，这次没有写入任何一张。请取消勾选后再试。", faults.len());
            return Err(Fault::new(FaultCode::Conflict, message).with_rows(faults));
        }
        tx.credit_orders(&orders)?;
        let credited = u32::try_from(orders.len()).unwrap_or(u32::MAX);
        remember(tx, request_id, OrdersCredited { credited, minutes })
    })
}

pub fn reverse_order(caller: &Caller, request: ReverseOrder) -> Result<OrderDetail, Fault> {
    let request_id: RequestId = shown::parse_id(&request.request_id)?;
    let order: ServiceOrderId = shown::parse_id(&request.order)?;
    let reason = checks::reason(Some(&request.reason)).map_err(|fault| Fault::field("reason", sentence(&fault)))?;
    let seen = caller.write(|tx| {
        let order = once(tx, request_id, |tx| {
            let row = orders::find(tx.reader(), order)?;
            let conflict = |message: String| Fault::new(FaultCode::Conflict, sentence(&message));
            if row.state != Stands::Credited || row.refused {
                return Err(conflict(StepFault::State { found: row.state }.to_string()));
            }
            let own = Own::of(tx.reader(), caller)?;
            orders::decided_by(tx.reader(), caller, &own, &row)?.map_err(conflict)?;
            tx.reverse_order(order, &reason)?;
            Ok(order)
        })?;
        Ok(order)
    })?;
    caller.read(|reader| orders::detail_of(caller, reader, seen))
}

/// Orders that this user may credit as a second person.
pub fn creditable(caller: &Caller, reader: &Reader) -> Result<u32, Fault> {
    let own = Own::of(reader, caller)?;
    let mut count = 0;
    for row in reader.orders_to_credit(QUEUE_MAX)? {
        count += u32::from(orders::decided_by(reader, caller, &own, &row)?.is_ok());
    }
    Ok(count)
}
