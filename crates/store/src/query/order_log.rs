//! What the log alone tells of the time bank: an order's way, and what the district refused. The latter is in no
//! table, for it counts nowhere, but who recorded it must see what became of it.

use chrono::NaiveDate;
use zhenxin_domain::ids::{OpId, ResidentId, ServiceOrderId, UserId};
use zhenxin_domain::service_order::{OrderState, Step, order_number};
use zhenxin_domain::service_time::Coefficient;
use zhenxin_protocol::body::Body;
use zhenxin_protocol::body::timebank::{self as wire, GiftGiven};
use zhenxin_protocol::entity::{Entity, EntityKind};
use zhenxin_protocol::op::Op;
use zhenxin_protocol::seal::{Place, Sealed, Subject, open};

use super::Reader;
use super::service_order::OrderRow;
use super::time_gift::GiftRow;
use crate::error::StoreError;
use crate::fold::service_order::{payer_of, step_of};
use crate::log::REJECTED;
use crate::log::rank::Rank;
use crate::sql::date;
use crate::vault::{Held, Vault};

/// Refused operations that are looked through, the newest ones. Each is a fault that somebody has to settle; a town
/// with more has stopped looking.
const REFUSED_OPS_MAX: u32 = 200;

/// What one operation did to an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderStep {
    /// It was posted.
    Posted,
    /// It was moved, credited or reversed.
    Moved(Step),
}

/// One step on an order's way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderStepRow {
    /// The operation.
    pub op: OpId,
    /// Its kind.
    pub kind: String,
    /// What it did.
    pub step: OrderStep,
    /// Who recorded it.
    pub actor: UserId,
    /// When it was recorded, ms since 1970 UTC.
    pub at: i64,
    /// The day on which it was done.
    pub occurred_on: NaiveDate,
    /// Why, where it says so.
    pub reason: Option<String>,
    /// It lost against another operation and had no effect.
    pub lost: bool,
    /// The district refused it; it had no effect.
    pub refused: bool,
}

/// What a body says of an order, with the reason and the subject whose key seals it.
fn said_of(body: &Body, order: ServiceOrderId) -> Vec<(OrderStep, Option<(&Sealed, Subject)>)> {
    let mut said = Vec::new();
    match body {
        Body::OrdersPosted(body) => {
            said.extend(body.rows.iter().filter(|row| row.order == order).map(|_| (OrderStep::Posted, None)));
        }
        Body::OrdersMoved(body) => {
            for row in body.rows.iter().filter(|row| row.order == order) {
                said.extend(row.steps.iter().map(|code| (OrderStep::Moved(step_of(*code)), None)));
                if let Some(last) = said.last_mut() {
                    last.1 = row.reason.as_ref().map(|sealed| (sealed, *row.beneficiary.as_bytes()));
                }
            }
        }
        Body::OrdersCredited(body) => {
            for row in body.rows.iter().filter(|row| row.order == order) {
                let credit = Coefficient::new(row.coefficient_percent).map(Step::Credit);
                said.extend(credit.ok().map(|step| (OrderStep::Moved(step), None)));
            }
        }
        Body::OrderReversed(body) if body.order == order => {
            let reason = body.reason.as_ref().map(|sealed| (sealed, *body.beneficiary.as_bytes()));
            said.push((OrderStep::Moved(Step::Reverse), reason));
        }
        _ => {}
    }
    said
}

impl Reader<'_> {
    fn opened(
        &self,
        op: &Op,
        subject: Subject,
        field: &str,
        sealed: Option<&Sealed>,
    ) -> Result<Option<String>, StoreError> {
        let Some(sealed) = sealed else { return Ok(None) };
        let Held::Key(key) = Vault::new(self.conn()).held(&subject)? else { return Ok(None) };
        Ok(open(&key, Place { op: op.content_id(), subject, field }, sealed).ok().map(|plain| plain.to_string()))
    }

    /// An order's way in canonical order, with what had no effect marked as such; refused operations come last.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn order_steps(&self, order: ServiceOrderId) -> Result<Vec<OrderStepRow>, StoreError> {
        let entity = Entity::new(EntityKind::ServiceOrder, *order.as_bytes());
        let mut ops = self.all(include_str!("service_order/log.sql"), [entity.to_bytes()], |row| {
            let op = Op::from_bytes(row.get_ref(0)?.as_blob()?);
            Ok((row.get::<_, u8>(1)? == REJECTED, Rank::read(row, 1)?, row.get::<_, bool>(7)?, op))
        })?;
        ops.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
        let mut steps = Vec::new();
        for (refused, _, lost, op) in ops {
            let op = op?;
            let Ok(Some(body)) = op.read_body() else { continue };
            for (step, reason) in said_of(&body, order) {
                let reason = match reason {
                    Some((sealed, subject)) => self.opened(&op, subject, "reason", Some(sealed))?,
                    None => None,
                };
                let (kind, occurred_on) = (op.kind.clone(), date(op.occurred_on));
                let (actor, at) = (op.actor, op.recorded_at);
                steps.push(OrderStepRow {
                    op: op.content_id(),
                    kind,
                    step,
                    actor,
                    at,
                    occurred_on,
                    reason,
                    lost,
                    refused,
                });
            }
        }
        Ok(steps)
    }

    fn refused_ops(&self, kind: &str) -> Result<Vec<(Op, Body)>, StoreError> {
        let sql = "SELECT bytes FROM op WHERE status = 2 AND readable = 0 AND kind = ?1 ORDER BY no DESC LIMIT ?2";
        let stored: Vec<Vec<u8>> = self.all(sql, (kind, REFUSED_OPS_MAX), |row| row.get(0))?;
        let mut ops = Vec::with_capacity(stored.len());
        for bytes in stored {
            let op = Op::from_bytes(&bytes)?;
            ops.extend(op.read_body().ok().flatten().map(|body| (op, body)));
        }
        Ok(ops)
    }

    /// Orders whose posting the district refused, the newest first; of one beneficiary, or all.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn refused_orders(&self, beneficiary: Option<ResidentId>) -> Result<Vec<OrderRow>, StoreError> {
        let mut orders = Vec::new();
        for (op, body) in self.refused_ops("order.posted")? {
            let Body::OrdersPosted(body) = body else { continue };
            for row in &body.rows {
                if beneficiary.is_none_or(|wanted| wanted == row.beneficiary) {
                    orders.push(self.refused_order(&op, row)?);
                }
            }
        }
        Ok(orders)
    }

    fn refused_order(&self, op: &Op, row: &wire::OrderRow) -> Result<OrderRow, StoreError> {
        let day = date(row.day);
        let beneficiary = self.resident(row.beneficiary)?;
        let service = self.service_type_on(row.service_type, day)?;
        let subject = *row.beneficiary.as_bytes();
        Ok(OrderRow {
            id: row.order,
            scope: op.scope,
            number: order_number(row.order),
            need: row.need,
            beneficiary: row.beneficiary,
            village: beneficiary.as_ref().and_then(|row| row.village),
            beneficiary_name: beneficiary.and_then(|row| row.name),
            volunteer: None,
            volunteer_name: None,
            volunteer_village: None,
            service_type: row.service_type,
            service_version: service.as_ref().map(|service| service.version),
            coefficient: service.as_ref().map(|service| service.coefficient),
            service_code: service.as_ref().map(|service| service.code.clone()),
            service_name: service.map(|service| service.name),
            day,
            start_min: row.start_min,
            planned_min: row.planned_min,
            payer: payer_of(row.payer),
            place: self.opened(op, subject, "place", row.place.as_ref())?,
            note: self.opened(op, subject, "note", row.note.as_ref())?,
            state: OrderState::Posted,
            signed_in_min: None,
            signed_out_min: None,
            volunteer_way: None,
            beneficiary_way: None,
            credited_min: None,
            reason: None,
            recorded_at: op.recorded_at,
            recorded_by: op.actor,
            op: op.content_id(),
            last_at: op.recorded_at,
            last_by: op.actor,
            makers: vec![op.actor],
            credited_at: None,
            credited_on: None,
            credited_by: None,
            reversed_at: None,
            reversed_by: None,
            refused: true,
        })
    }

    /// A giver's gifts that the district refused, the newest first.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn refused_gifts(&self, giver: ResidentId) -> Result<Vec<GiftRow>, StoreError> {
        let mut gifts = Vec::new();
        for (op, body) in self.refused_ops("gift.given")? {
            if let Body::GiftGiven(body) = &body
                && body.giver == giver
            {
                gifts.push(self.refused_gift(&op, body)?);
            }
        }
        Ok(gifts)
    }

    fn refused_gift(&self, op: &Op, body: &GiftGiven) -> Result<GiftRow, StoreError> {
        let subject = *body.giver.as_bytes();
        let to_name = match body.to {
            Some(to) => self.resident(to)?.and_then(|row| row.name),
            None => None,
        };
        Ok(GiftRow {
            id: body.gift,
            scope: op.scope,
            giver: body.giver,
            giver_name: self.resident(body.giver)?.and_then(|row| row.name),
            to: body.to,
            to_name,
            amount_min: body.amount_min,
            relation: self.opened(op, subject, "relation", body.relation.as_ref())?,
            note: self.opened(op, subject, "note", body.note.as_ref())?,
            given_on: date(op.occurred_on),
            recorded_at: op.recorded_at,
            recorded_by: op.actor,
            op: op.content_id(),
            reversed_at: None,
            reversed_by: None,
            reverse_reason: None,
            refused: true,
        })
    }
}
