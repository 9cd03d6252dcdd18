//! Service orders: the domain says where a step leads and what it moves; a step that it does not allow any more is a
//! race. The transfers of an order are named by their movement, so that none is posted twice.

use rusqlite::{OptionalExtension, Row};
use zhenxin_domain::division::{Scope, TownCode};
use zhenxin_domain::ledger::Ledger;
use zhenxin_domain::service_order::{
    ConfirmWay, Moved, Movement, OrderState, Payer, Side, Standing, Step, Terms, advance, moved_by, moved_by_posting,
    order_number,
};
use zhenxin_domain::service_time::Coefficient;
use zhenxin_protocol::body::timebank::{
    CreditRow, OrderMoveRow, OrderReversed, OrderRow, PayerCode, Seen, SideCode, StepCode, TakenBy, WayCode,
};
use zhenxin_protocol::entity::{Entity, EntityKind};

use super::ledger::{OWNER_RESIDENT, OwnerKey, Posting, holding, reserve, transfer_id};
use super::{At, Folder};
use crate::error::StoreError;
use crate::sql::Columns;

/// An order as the next step finds it.
struct Order {
    terms: Terms,
    standing: Standing,
    /// Who posted or moved it, 16 bytes each.
    makers: Vec<u8>,
}

impl Order {
    /// Whether the service is still the one that the author of a step saw.
    fn is_as(&self, seen: &Seen) -> bool {
        let now = &self.standing;
        (now.volunteer, now.signed_in_min, now.signed_out_min)
            == (seen.volunteer, seen.signed_in_min, seen.signed_out_min)
    }

    /// The makers with one more.
    fn makers_with(&self, actor: &[u8; 16]) -> Vec<u8> {
        let known = self.makers.chunks(actor.len()).any(|maker| maker == actor);
        if known { self.makers.clone() } else { [&self.makers, &actor[..]].concat() }
    }
}

/// One movement with its accounts.
struct Line {
    id: [u8; 16],
    debit: OwnerKey,
    credit: OwnerKey,
    amount_min: u32,
    effective_on: i32,
    reverses: Option<[u8; 16]>,
}

pub(crate) const fn payer_of(code: PayerCode) -> Payer {
    match code {
        PayerCode::Own => Payer::Own,
        PayerCode::Reserve => Payer::Reserve,
    }
}

const fn way_of(code: WayCode) -> ConfirmWay {
    match code {
        WayCode::Slip => ConfirmWay::Slip,
        WayCode::InPerson => ConfirmWay::InPerson,
        WayCode::Telephone => ConfirmWay::Telephone,
    }
}

/// The domain's step for the one that was sent.
#[must_use]
pub const fn step_of(code: StepCode) -> Step {
    match code {
        StepCode::Take(TakenBy { volunteer }) => Step::Take(volunteer),
        StepCode::SignIn { at_min } => Step::SignIn(at_min),
        StepCode::SignOut { at_min } => Step::SignOut(at_min),
        StepCode::Confirm { side: SideCode::Volunteer, way } => Step::Confirm(Side::Volunteer, way_of(way)),
        StepCode::Confirm { side: SideCode::Beneficiary, way } => Step::Confirm(Side::Beneficiary, way_of(way)),
        StepCode::Dispute => Step::Dispute,
        StepCode::Resolve { signed_in_min, signed_out_min } => Step::Resolve { signed_in_min, signed_out_min },
        StepCode::Cancel => Step::Cancel,
    }
}

/// Whose minutes a movement takes and who gets them; `None` for one that needs a volunteer where there is none.
fn sides(movement: Movement, order: &Order, town: TownCode) -> Option<(OwnerKey, OwnerKey)> {
    let beneficiary = (OWNER_RESIDENT, *order.terms.beneficiary.as_bytes());
    let volunteer = order.standing.volunteer.map(|id| (OWNER_RESIDENT, *id.as_bytes()));
    match (movement, movement.reverses()) {
        (_, Some(original)) => sides(original, order, town).map(|(debit, credit)| (credit, debit)),
        (Movement::Hold, None) => Some((beneficiary, holding(town))),
        (Movement::Pay, None) => Some((beneficiary, volunteer?)),
        (_, None) => Some((reserve(town), volunteer?)),
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Order> {
    let mut c = Columns::of(row);
    Ok(Order {
        terms: Terms { beneficiary: c.take()?, payer: c.take()?, planned_min: c.get()? },
        standing: Standing {
            state: c.take()?,
            volunteer: c.take()?,
            signed_in_min: c.get()?,
            signed_out_min: c.get()?,
            volunteer_way: c.take()?,
            beneficiary_way: c.take()?,
            credited_min: c.get()?,
        },
        makers: c.get()?,
    })
}

fn entity_of(order: &[u8; 16]) -> Entity {
    Entity::new(EntityKind::ServiceOrder, *order)
}

impl Folder<'_> {
    pub(super) fn order_posted(&mut self, at: &At<'_>, row: &OrderRow) -> Result<(), StoreError> {
        let (id, subject) = (row.order.as_bytes(), row.beneficiary.as_bytes());
        let entity = entity_of(id);
        if !at.wants(&entity) {
            return Ok(());
        }
        let payer = payer_of(row.payer);
        let place = self.open_opt(at, &entity, subject, "place", row.place.as_ref())?;
        let note = self.open_opt(at, &entity, subject, "note", row.note.as_ref())?;
        let inserted =
            self.conn.prepare_cached(include_str!("service_order/insert.sql"))?.execute(rusqlite::params![
                id,
                at.scope.as_str(),
                order_number(row.order),
                row.need.as_ref().map(|need| need.as_bytes()),
                subject,
                row.service_type.as_bytes(),
                row.day,
                row.start_min,
                row.planned_min,
                payer.as_code(),
                place.as_deref(),
                note.as_deref(),
                at.recorded_at,
                at.actor.as_bytes(),
                at.op.as_bytes(),
                OrderState::Posted.as_code()
            ])?;
        if inserted == 0 {
            return self.race(at, &entity, "order_twice");
        }
        let terms = Terms { beneficiary: row.beneficiary, payer, planned_min: row.planned_min };
        let order = Order { terms, standing: Standing::POSTED, makers: Vec::new() };
        if !self.move_minutes(at, entity, &order, &moved_by_posting(&terms))? {
            self.forget_service_order(id)?;
            self.race(at, &entity, "transfer_reused")?;
        }
        Ok(())
    }

    /// The order as it stands. An operation of another scope does not see it: a device writes only what its scope
    /// holds.
    fn standing_order(&self, order: &[u8; 16], scope: Scope) -> Result<Option<Order>, StoreError> {
        let mut statement = self.conn.prepare_cached(include_str!("service_order/standing.sql"))?;
        Ok(statement.query_row((order, scope.as_str()), read).optional()?)
    }

    /// Moves what a step moves; all of it, or nothing where a transfer's id is taken.
    fn move_minutes(&mut self, at: &At<'_>, source: Entity, order: &Order, moved: &Moved) -> Result<bool, StoreError> {
        let mut lines = Vec::with_capacity(moved.len());
        for (movement, amount_min) in moved {
            let Some((debit, credit)) = sides(*movement, order, at.scope.town()) else { return Ok(false) };
            let reverses = movement.reverses().map(|original| transfer_id(source, original.as_code()));
            // A reversal never counts before what it takes back.
            let after = reverses.as_ref().map(|id| self.effective_on(id)).transpose()?.flatten();
            let effective_on = after.map_or(at.occurred_on, |day| day.max(at.occurred_on));
            let id = transfer_id(source, movement.as_code());
            lines.push(Line { id, debit, credit, amount_min: *amount_min, effective_on, reverses });
        }
        let postings: Vec<Posting<'_>> = lines
            .iter()
            .map(|line| Posting {
                id: &line.id,
                ledger: Ledger::Minutes,
                debit: line.debit,
                credit: line.credit,
                amount_units: line.amount_min,
                effective_on: line.effective_on,
                source,
                reverses: line.reverses.as_ref(),
            })
            .collect();
        self.post_all(at, &postings)
    }

    fn effective_on(&self, transfer: &[u8; 16]) -> Result<Option<i32>, StoreError> {
        let mut statement = self.conn.prepare_cached("SELECT effective_on FROM transfer WHERE id = ?1")?;
        Ok(statement.query_row([transfer], |row| row.get(0)).optional()?)
    }

    /// Takes an order through steps, all or none; `None` where it stays as it is and a race is written down.
    fn advanced(
        &mut self,
        at: &At<'_>,
        entity: Entity,
        steps: &[Step],
        seen: Option<&Seen>,
        lost: &str,
    ) -> Result<Option<Order>, StoreError> {
        let Some(mut order) = self.standing_order(&entity.id, at.scope)? else {
            self.race(at, &entity, "order_missing")?;
            return Ok(None);
        };
        if seen.is_some_and(|seen| !order.is_as(seen)) {
            self.race(at, &entity, lost)?;
            return Ok(None);
        }
        let mut moved = Moved::new();
        for step in steps {
            match advance(&order.terms, &order.standing, *step) {
                Ok(next) => order.standing = next,
                Err(_) => {
                    self.race(at, &entity, lost)?;
                    return Ok(None);
                }
            }
            moved.extend(moved_by(&order.terms, &order.standing, *step));
        }
        if !self.move_minutes(at, entity, &order, &moved)? {
            self.race(at, &entity, "transfer_reused")?;
            return Ok(None);
        }
        Ok(Some(order))
    }

    pub(super) fn order_moved(&mut self, at: &At<'_>, row: &OrderMoveRow) -> Result<(), StoreError> {
        let entity = entity_of(row.order.as_bytes());
        if !at.wants(&entity) {
            return Ok(());
        }
        let steps: Vec<Step> = row.steps.iter().map(|code| step_of(*code)).collect();
        let lost = if matches!(steps.first(), Some(Step::Take(_))) { "order_take_lost" } else { "order_step_lost" };
        let Some(order) = self.advanced(at, entity, &steps, Some(&row.seen), lost)? else { return Ok(()) };
        let (next, makers) = (order.standing, order.makers_with(at.actor.as_bytes()));
        let reason = self.open_opt(at, &entity, row.beneficiary.as_bytes(), "reason", row.reason.as_ref())?;
        self.conn.prepare_cached(include_str!("service_order/move.sql"))?.execute(rusqlite::params![
            row.order.as_bytes(),
            next.state.as_code(),
            next.volunteer.as_ref().map(|id| id.as_bytes()),
            next.signed_in_min,
            next.signed_out_min,
            next.volunteer_way.map(ConfirmWay::as_code),
            next.beneficiary_way.map(ConfirmWay::as_code),
            at.recorded_at,
            at.actor.as_bytes(),
            row.reason.is_some(),
            reason.as_deref(),
            makers
        ])?;
        Ok(())
    }

    pub(super) fn order_credited(&mut self, at: &At<'_>, row: &CreditRow) -> Result<(), StoreError> {
        let entity = entity_of(row.order.as_bytes());
        if !at.wants(&entity) {
            return Ok(());
        }
        let Ok(coefficient) = Coefficient::new(row.coefficient_percent) else {
            return self.race(at, &entity, "order_credit_lost");
        };
        let (step, lost) = (Step::Credit(coefficient), "order_credit_lost");
        let Some(Order { standing: next, .. }) = self.advanced(at, entity, &[step], Some(&row.seen), lost)? else {
            return Ok(());
        };
        self.conn.prepare_cached(include_str!("service_order/credit.sql"))?.execute(rusqlite::params![
            row.order.as_bytes(),
            next.state.as_code(),
            next.credited_min,
            row.coefficient_percent,
            row.service_version,
            at.occurred_on,
            at.recorded_at,
            at.actor.as_bytes()
        ])?;
        Ok(())
    }

    pub(super) fn order_reversed(&mut self, at: &At<'_>, body: &OrderReversed) -> Result<(), StoreError> {
        let entity = entity_of(body.order.as_bytes());
        if !at.wants(&entity) {
            return Ok(());
        }
        let lost = "order_reversal_lost";
        let Some(Order { standing: next, .. }) = self.advanced(at, entity, &[Step::Reverse], None, lost)? else {
            return Ok(());
        };
        let reason = self.open_opt(at, &entity, body.beneficiary.as_bytes(), "reason", body.reason.as_ref())?;
        self.conn.prepare_cached(include_str!("service_order/reverse.sql"))?.execute((
            body.order.as_bytes(),
            next.state.as_code(),
            at.recorded_at,
            at.actor.as_bytes(),
            reason.as_deref(),
        ))?;
        Ok(())
    }

    pub(super) fn forget_service_order(&mut self, id: &[u8; 16]) -> Result<(), StoreError> {
        self.forget_transfers_of(entity_of(id))?;
        self.conn.prepare_cached("DELETE FROM service_order WHERE id = ?1")?.execute([id])?;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
