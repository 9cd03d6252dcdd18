//! Service orders: posted, moved on, credited, reversed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use chrono::NaiveDate;
use zhenxin_domain::division::Scope;
use zhenxin_domain::ids::{NeedId, OpId, ResidentId, ServiceOrderId, ServiceTypeId};
use zhenxin_domain::service_order::{ConfirmWay, OrderState, Payer, Side, Step, advance};
use zhenxin_protocol::body::timebank::{
    self as wire, CreditRow, OrderMoveRow, OrderReversed, OrdersCredited, OrdersMoved, OrdersPosted, PayerCode, Seen,
    SideCode, StepCode, TakenBy, WayCode,
};
use zhenxin_protocol::body::{Body, ROWS_MAX};
use zhenxin_protocol::seal::{Sealed, Subject};

use super::{Draft, Tx};
use crate::error::StoreError;
use crate::query::service_order::OrderRow;
use crate::sql::days;

/// An order to be posted.
#[derive(Clone)]
pub struct OrderDraft {
    /// The need that it serves.
    pub need: Option<NeedId>,
    /// Who is served.
    pub beneficiary: ResidentId,
    /// What.
    pub service_type: ServiceTypeId,
    /// When.
    pub day: NaiveDate,
    /// From, minutes since midnight.
    pub start_min: u16,
    /// Planned minutes.
    pub planned_min: u16,
    /// Whose minutes pay.
    pub payer: Payer,
    /// Where.
    pub place: Option<String>,
    /// What else.
    pub note: Option<String>,
}

impl fmt::Debug for OrderDraft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OrderDraft({}, {} min)", self.beneficiary, self.planned_min)
    }
}

/// An order to be moved on, through all steps or none.
#[derive(Clone)]
pub struct OrderMove {
    /// Which.
    pub order: ServiceOrderId,
    /// The steps, in order; crediting and reversing have their own acts.
    pub steps: Vec<Step>,
    /// Why.
    pub reason: Option<String>,
}

impl fmt::Debug for OrderMove {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OrderMove({}, {:?})", self.order, self.steps)
    }
}

const fn payer_code(payer: Payer) -> PayerCode {
    match payer {
        Payer::Own => PayerCode::Own,
        Payer::Reserve => PayerCode::Reserve,
    }
}

/// The step as it is sent; `None` for one that has an operation of its own.
const fn step_code(step: Step) -> Option<StepCode> {
    Some(match step {
        Step::Take(volunteer) => StepCode::Take(TakenBy { volunteer }),
        Step::SignIn(at_min) => StepCode::SignIn { at_min },
        Step::SignOut(at_min) => StepCode::SignOut { at_min },
        Step::Confirm(side, way) => StepCode::Confirm {
            side: match side {
                Side::Volunteer => SideCode::Volunteer,
                Side::Beneficiary => SideCode::Beneficiary,
            },
            way: match way {
                ConfirmWay::Slip => WayCode::Slip,
                ConfirmWay::InPerson => WayCode::InPerson,
                ConfirmWay::Telephone => WayCode::Telephone,
            },
        },
        Step::Dispute => StepCode::Dispute,
        Step::Resolve { signed_in_min, signed_out_min } => StepCode::Resolve { signed_in_min, signed_out_min },
        Step::Cancel => StepCode::Cancel,
        Step::Credit(_) | Step::Reverse => return None,
    })
}

/// The service as it stands here.
const fn seen(order: &OrderRow) -> Seen {
    Seen { volunteer: order.volunteer, signed_in_min: order.signed_in_min, signed_out_min: order.signed_out_min }
}

/// Rows of one act do not see each other, so an order stands among them once.
fn each_once(orders: impl Iterator<Item = ServiceOrderId>) -> Result<(), StoreError> {
    let mut seen = BTreeSet::new();
    for order in orders {
        if !seen.insert(order) {
            return Err(StoreError::Refused("同一张服务单在这一次里出现了两次，请只保留一行"));
        }
    }
    Ok(())
}

impl Tx<'_> {
    /// Seals a text with the key of a subject that must be known already.
    pub(super) fn seal_text(
        &mut self,
        op: OpId,
        subject: &Subject,
        field: &str,
        text: Option<&str>,
    ) -> Result<Option<Sealed>, StoreError> {
        let Some(text) = text else { return Ok(None) };
        let key = self.key_of(subject)?;
        self.seal(&key, op, subject, field, text).map(Some)
    }

    fn order_now(&self, order: ServiceOrderId) -> Result<OrderRow, StoreError> {
        self.order(order)?.ok_or(StoreError::Missing { what: "服务单" })
    }

    /// Posts orders: one operation per home scope of the beneficiaries. The orders are in the order of the drafts.
    ///
    /// # Errors
    /// [`StoreError::Missing`] for an unknown beneficiary, [`StoreError::KeyMissing`], faults of the database.
    pub fn post_orders(&mut self, drafts: &[OrderDraft]) -> Result<Vec<ServiceOrderId>, StoreError> {
        let orders: Vec<_> = drafts.iter().map(|_| ServiceOrderId::from_uuid(self.new_uuid())).collect();
        let mut by_scope: BTreeMap<Scope, Vec<(&OrderDraft, ServiceOrderId)>> = BTreeMap::new();
        for (draft, order) in drafts.iter().zip(&orders) {
            by_scope.entry(self.home_scope(draft.beneficiary)?).or_default().push((draft, *order));
        }
        let occurred_on = self.today_days();
        for (scope, drafts) in by_scope {
            for drafts in drafts.chunks(ROWS_MAX) {
                let id = self.new_op_id();
                let mut rows = Vec::with_capacity(drafts.len());
                for (draft, order) in drafts {
                    rows.push(self.order_row(id, draft, *order)?);
                }
                let body = Body::OrdersPosted(OrdersPosted { rows });
                self.commit(Draft { id, scope, body, occurred_on })?;
            }
        }
        Ok(orders)
    }

    fn order_row(&mut self, op: OpId, draft: &OrderDraft, order: ServiceOrderId) -> Result<wire::OrderRow, StoreError> {
        let subject = draft.beneficiary.as_bytes();
        Ok(wire::OrderRow {
            order,
            need: draft.need,
            beneficiary: draft.beneficiary,
            service_type: draft.service_type,
            day: days(draft.day),
            start_min: draft.start_min,
            planned_min: draft.planned_min,
            payer: payer_code(draft.payer),
            place: self.seal_text(op, subject, "place", draft.place.as_deref())?,
            note: self.seal_text(op, subject, "note", draft.note.as_deref())?,
        })
    }

    /// Moves orders on: one operation per scope.
    ///
    /// # Errors
    /// [`StoreError::Missing`], [`StoreError::Refused`] for a step that an order does not allow now or an order that
    /// is there twice,
    /// [`StoreError::KeyMissing`], faults of the database.
    pub fn move_orders(&mut self, moves: &[OrderMove]) -> Result<Vec<OpId>, StoreError> {
        each_once(moves.iter().map(|draft| draft.order))?;
        let mut by_scope: BTreeMap<Scope, Vec<(&OrderMove, OrderRow)>> = BTreeMap::new();
        for draft in moves {
            let order = self.order_now(draft.order)?;
            by_scope.entry(order.scope).or_default().push((draft, order));
        }
        let occurred_on = self.today_days();
        let mut ops = Vec::new();
        for (scope, moves) in by_scope {
            for moves in moves.chunks(ROWS_MAX) {
                let id = self.new_op_id();
                let mut rows = Vec::with_capacity(moves.len());
                for (draft, order) in moves {
                    rows.push(self.move_row(id, draft, order)?);
                }
                let body = Body::OrdersMoved(OrdersMoved { rows });
                ops.push(self.commit(Draft { id, scope, body, occurred_on })?);
            }
        }
        Ok(ops)
    }

    fn move_row(&mut self, op: OpId, draft: &OrderMove, order: &OrderRow) -> Result<OrderMoveRow, StoreError> {
        const NOT_NOW: StoreError = StoreError::Refused("这张服务单现在的状态不能这样办，请刷新后再看");
        let (mut standing, mut steps) = (order.standing(), Vec::with_capacity(draft.steps.len()));
        for step in &draft.steps {
            standing = advance(&order.terms(), &standing, *step).map_err(|_| NOT_NOW)?;
            steps.push(step_code(*step).ok_or(NOT_NOW)?);
        }
        let reason = self.seal_text(op, order.beneficiary.as_bytes(), "reason", draft.reason.as_deref())?;
        Ok(OrderMoveRow { order: order.id, beneficiary: order.beneficiary, steps, reason, seen: seen(order) })
    }

    /// Credits orders with the coefficients in force on their days of service: one operation per scope.
    ///
    /// # Errors
    /// [`StoreError::Missing`] for an unknown order or one whose service type has no version on its day,
    /// [`StoreError::Refused`] for an order that is not confirmed or is there twice, faults of the database.
    pub fn credit_orders(&mut self, orders: &[ServiceOrderId]) -> Result<Vec<OpId>, StoreError> {
        each_once(orders.iter().copied())?;
        let mut by_scope: BTreeMap<Scope, Vec<CreditRow>> = BTreeMap::new();
        for order in orders {
            let row = self.order_now(*order)?;
            if row.state != OrderState::Confirmed {
                return Err(StoreError::Refused("只有双方都确认过、还没有入账的服务单才能入账，请刷新后再看"));
            }
            let version = self.service_type_on(row.service_type, row.day)?;
            let version = version.ok_or(StoreError::Missing { what: "服务项目在服务当天的系数" })?;
            by_scope.entry(row.scope).or_default().push(CreditRow {
                order: *order,
                coefficient_percent: u32::from(version.coefficient.percent()),
                service_version: version.version,
                seen: seen(&row),
            });
        }
        let occurred_on = self.today_days();
        let mut ops = Vec::new();
        for (scope, rows) in by_scope {
            for rows in rows.chunks(ROWS_MAX) {
                let (id, rows) = (self.new_op_id(), rows.to_vec());
                let body = Body::OrdersCredited(OrdersCredited { rows });
                ops.push(self.commit(Draft { id, scope, body, occurred_on })?);
            }
        }
        Ok(ops)
    }

    /// Reverses a credited order as a whole.
    ///
    /// # Errors
    /// [`StoreError::Missing`], [`StoreError::Refused`] for an order that is not credited,
    /// [`StoreError::KeyMissing`], faults of the database.
    pub fn reverse_order(&mut self, order: ServiceOrderId, reason: &str) -> Result<OpId, StoreError> {
        let row = self.order_now(order)?;
        if row.state != OrderState::Credited {
            return Err(StoreError::Refused("只有已入账且未冲正的服务单才能冲正，请刷新后核对"));
        }
        let (id, occurred_on) = (self.new_op_id(), self.today_days());
        let reason = self.seal_text(id, row.beneficiary.as_bytes(), "reason", Some(reason))?;
        let body = Body::OrderReversed(OrderReversed { order, beneficiary: row.beneficiary, reason });
        self.commit(Draft { id, scope: row.scope, body, occurred_on })
    }
}
