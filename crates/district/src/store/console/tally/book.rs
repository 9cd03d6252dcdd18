//! The counting itself: what ops do to awards, orders and gifts, and to the figures. It follows the towns' own fold
//! step by step (`crates/store/src/fold`): the first review in the scope's order holds, an order moves only as
//! `domain::service_order` lets it, a reversal holds once. What loses there counts nothing here.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use zhenxin_domain::ids::ResidentId;
use zhenxin_domain::service_order::{ConfirmWay, Payer, Side, Standing, Step, Terms, advance};
use zhenxin_domain::service_time::Coefficient;
use zhenxin_protocol::body::Body;
use zhenxin_protocol::body::award::{AwardRecorded, AwardReversed, Decision, ExpectedState, ReviewRow};
use zhenxin_protocol::body::timebank::{
    CreditRow, GiftGiven, GiftReversed, OrderMoveRow, OrderReversed, OrderRow, PayerCode, Seen, SideCode, StepCode,
    TakenBy, WayCode,
};

use super::Measure;
use crate::console::words::month_of;

/// Id of an award, an order, a gift or a transfer.
pub(super) type Id = [u8; 16];

/// Where an award stands. The stored number is its place here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AwardState {
    Submitted,
    SentBack,
    Approved,
    Reversed,
}

impl AwardState {
    pub(super) const ALL: [Self; 4] = [Self::Submitted, Self::SentBack, Self::Approved, Self::Reversed];
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Award {
    pub(super) state: AwardState,
    pub(super) amount_points: u32,
    /// For an approved one: the first day on which the points count.
    pub(super) effective_on: Option<i32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Order {
    pub(super) terms: Terms,
    pub(super) standing: Standing,
    /// The day on which it was credited.
    pub(super) credited_on: Option<i32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Gift {
    pub(super) to_reserve: bool,
    pub(super) amount_min: u32,
    pub(super) given_on: i32,
    pub(super) reversed: bool,
}

/// What a run of ops of one scope needs to know before, filled by the caller, and what they changed.
#[derive(Default)]
pub(super) struct Book {
    pub(super) awards: HashMap<Id, Award>,
    pub(super) orders: HashMap<Id, Order>,
    pub(super) gifts: HashMap<Id, Gift>,
    pub(super) transfers: HashSet<Id>,
    pub(super) changed_awards: BTreeSet<Id>,
    pub(super) changed_orders: BTreeSet<Id>,
    pub(super) changed_gifts: BTreeSet<Id>,
    pub(super) new_transfers: Vec<Id>,
    /// Units and how often, by month and measure.
    pub(super) figures: BTreeMap<(i32, Measure), (i64, i64)>,
}

/// The ids that a body names, to load what is known of them.
#[derive(Default)]
pub(super) struct Named {
    pub(super) awards: BTreeSet<Id>,
    pub(super) orders: BTreeSet<Id>,
    pub(super) gifts: BTreeSet<Id>,
    pub(super) transfers: BTreeSet<Id>,
}

impl Named {
    pub(super) fn add(&mut self, body: &Body) {
        match body {
            Body::AwardRecorded(body) => self.awards.extend(body.rows.iter().map(|row| *row.award.as_bytes())),
            Body::AwardReviewed(body) => {
                self.awards.extend(body.rows.iter().map(|row| *row.award.as_bytes()));
                self.transfers.extend(body.rows.iter().filter_map(|row| Some(*row.transfer.as_ref()?.as_bytes())));
            }
            Body::AwardReversed(body) => {
                self.awards.insert(*body.award.as_bytes());
                self.transfers.insert(*body.transfer.as_bytes());
            }
            Body::OrdersPosted(body) => self.orders.extend(body.rows.iter().map(|row| *row.order.as_bytes())),
            Body::OrdersMoved(body) => self.orders.extend(body.rows.iter().map(|row| *row.order.as_bytes())),
            Body::OrdersCredited(body) => self.orders.extend(body.rows.iter().map(|row| *row.order.as_bytes())),
            Body::OrderReversed(body) => {
                self.orders.insert(*body.order.as_bytes());
            }
            Body::GiftGiven(body) => {
                self.gifts.insert(*body.gift.as_bytes());
            }
            Body::GiftReversed(body) => {
                self.gifts.insert(*body.gift.as_bytes());
            }
            _ => {}
        }
    }
}

impl Book {
    /// What an op of the day `occurred_on` does.
    pub(super) fn apply(&mut self, body: &Body, occurred_on: i32) {
        match body {
            Body::AwardRecorded(body) => self.recorded(body),
            Body::AwardReviewed(body) => body.rows.iter().for_each(|row| self.reviewed(row, occurred_on)),
            Body::AwardReversed(body) => self.award_reversed(body, occurred_on),
            Body::OrdersPosted(body) => body.rows.iter().for_each(|row| self.posted(row)),
            Body::OrdersMoved(body) => body.rows.iter().for_each(|row| self.moved(row)),
            Body::OrdersCredited(body) => body.rows.iter().for_each(|row| self.credited(row, occurred_on)),
            Body::OrderReversed(body) => self.order_reversed(body, occurred_on),
            Body::GiftGiven(body) => self.given(body, occurred_on),
            Body::GiftReversed(body) => self.gift_reversed(body, occurred_on),
            _ => {}
        }
    }

    fn count(&mut self, day: i32, measure: Measure, units: u32) {
        let figure = self.figures.entry((month_of(day), measure)).or_default();
        figure.0 += i64::from(units);
        figure.1 += 1;
    }

    /// Whether a transfer's id is free, and takes it.
    fn take_transfer(&mut self, transfer: Id) -> bool {
        let free = self.transfers.insert(transfer);
        if free {
            self.new_transfers.push(transfer);
        }
        free
    }

    fn recorded(&mut self, body: &AwardRecorded) {
        for row in &body.rows {
            let id = *row.award.as_bytes();
            if self.awards.contains_key(&id) {
                continue;
            }
            let award = Award { state: AwardState::Submitted, amount_points: row.amount_points, effective_on: None };
            self.awards.insert(id, award);
            self.changed_awards.insert(id);
        }
    }

    fn set_award(&mut self, id: Id, award: Award) {
        self.awards.insert(id, award);
        self.changed_awards.insert(id);
    }

    fn reviewed(&mut self, row: &ReviewRow, occurred_on: i32) {
        let id = *row.award.as_bytes();
        let expected = match row.expected {
            ExpectedState::Submitted => AwardState::Submitted,
            ExpectedState::SentBack => AwardState::SentBack,
        };
        let Some(award) = self.awards.get(&id).copied().filter(|award| award.state == expected) else { return };
        match (row.decision, &row.transfer) {
            (Decision::Approve, Some(transfer)) => {
                if self.take_transfer(*transfer.as_bytes()) {
                    let counts_on = row.effective_on.unwrap_or(occurred_on);
                    self.count(counts_on, Measure::PointsIssued, award.amount_points);
                    self.set_award(id, Award { state: AwardState::Approved, effective_on: row.effective_on, ..award });
                }
            }
            _ => self.set_award(id, Award { state: AwardState::SentBack, effective_on: None, ..award }),
        }
    }

    fn award_reversed(&mut self, body: &AwardReversed, occurred_on: i32) {
        let id = *body.award.as_bytes();
        let standing = self.awards.get(&id).copied().filter(|award| award.state == AwardState::Approved);
        let Some(award) = standing else { return };
        if self.take_transfer(*body.transfer.as_bytes()) {
            // never before the original
            let counts_on = award.effective_on.map_or(occurred_on, |day| day.max(occurred_on));
            self.count(counts_on, Measure::PointsReversed, award.amount_points);
            self.set_award(id, Award { state: AwardState::Reversed, ..award });
        }
    }

    fn posted(&mut self, row: &OrderRow) {
        let id = *row.order.as_bytes();
        if self.orders.contains_key(&id) {
            return;
        }
        let payer = match row.payer {
            PayerCode::Own => Payer::Own,
            PayerCode::Reserve => Payer::Reserve,
        };
        let terms = Terms { beneficiary: row.beneficiary, payer, planned_min: row.planned_min };
        self.set_order(id, Order { terms, standing: Standing::POSTED, credited_on: None });
    }

    fn set_order(&mut self, id: Id, order: Order) {
        self.orders.insert(id, order);
        self.changed_orders.insert(id);
    }

    /// The order after all steps, or nothing where it was not as the author saw it or one step is not allowed.
    fn advanced(&self, id: &Id, steps: &[Step], seen: Option<&Seen>) -> Option<Order> {
        let mut order = *self.orders.get(id)?;
        let now = &order.standing;
        let found =
            Seen { volunteer: now.volunteer, signed_in_min: now.signed_in_min, signed_out_min: now.signed_out_min };
        if seen.is_some_and(|seen| *seen != found) {
            return None;
        }
        for step in steps {
            order.standing = advance(&order.terms, &order.standing, *step).ok()?;
        }
        Some(order)
    }

    fn moved(&mut self, row: &OrderMoveRow) {
        let id = *row.order.as_bytes();
        let steps: Vec<Step> = row.steps.iter().map(|code| step_of(*code)).collect();
        if let Some(order) = self.advanced(&id, &steps, Some(&row.seen)) {
            self.set_order(id, order);
        }
    }

    fn credited(&mut self, row: &CreditRow, occurred_on: i32) {
        let id = *row.order.as_bytes();
        let Ok(coefficient) = Coefficient::new(row.coefficient_percent) else { return };
        if let Some(order) = self.advanced(&id, &[Step::Credit(coefficient)], Some(&row.seen)) {
            self.count(occurred_on, Measure::MinutesCredited, order.standing.credited_min.unwrap_or(0));
            self.set_order(id, Order { credited_on: Some(occurred_on), ..order });
        }
    }

    fn order_reversed(&mut self, body: &OrderReversed, occurred_on: i32) {
        let id = *body.order.as_bytes();
        if let Some(order) = self.advanced(&id, &[Step::Reverse], None) {
            let counts_on = order.credited_on.map_or(occurred_on, |day| day.max(occurred_on));
            self.count(counts_on, Measure::MinutesReversed, order.standing.credited_min.unwrap_or(0));
            self.set_order(id, order);
        }
    }

    fn given(&mut self, body: &GiftGiven, occurred_on: i32) {
        let id = *body.gift.as_bytes();
        if body.to == Some(body.giver) || self.gifts.contains_key(&id) {
            return;
        }
        let to_reserve = body.to.is_none();
        self.count(occurred_on, given_measure(to_reserve), body.amount_min);
        let gift = Gift { to_reserve, amount_min: body.amount_min, given_on: occurred_on, reversed: false };
        self.set_gift(id, gift);
    }

    fn set_gift(&mut self, id: Id, gift: Gift) {
        self.gifts.insert(id, gift);
        self.changed_gifts.insert(id);
    }

    fn gift_reversed(&mut self, body: &GiftReversed, occurred_on: i32) {
        let id = *body.gift.as_bytes();
        let Some(gift) = self.gifts.get(&id).copied().filter(|gift| !gift.reversed) else { return };
        self.count(gift.given_on.max(occurred_on), Measure::GiftsReversed, gift.amount_min);
        self.set_gift(id, Gift { reversed: true, ..gift });
    }
}

const fn given_measure(to_reserve: bool) -> Measure {
    if to_reserve { Measure::MinutesDonated } else { Measure::MinutesGifted }
}

const fn way_of(code: WayCode) -> ConfirmWay {
    match code {
        WayCode::Slip => ConfirmWay::Slip,
        WayCode::InPerson => ConfirmWay::InPerson,
        WayCode::Telephone => ConfirmWay::Telephone,
    }
}

const fn step_of(code: StepCode) -> Step {
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

/// A resident as a column holds it.
pub(super) fn resident_bytes(id: Option<&ResidentId>) -> Option<&[u8]> {
    id.map(|id| id.as_bytes().as_slice())
}
