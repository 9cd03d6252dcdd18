#![allow(clippy::unwrap_used)]
use std::slice;

use zhenxin_domain::ids::{OpId, ResidentId, ServiceOrderId, ServiceTypeId, TransferId};
use zhenxin_domain::ledger::Owner;
use zhenxin_domain::service_order::{ConfirmWay, Movement, OrderState, Payer, Side, Step};
use zhenxin_domain::service_time::Coefficient;
use zhenxin_protocol::body::Body;
use zhenxin_protocol::body::award::{AwardReviewed, Decision, ExpectedState, ReviewRow};
use zhenxin_protocol::body::timebank::{CreditRow, OrdersCredited, Seen};

use super::{entity_of, transfer_id};
use crate::proving::{Desk, Orderer, VILLAGES, day, order_for, slip};
use crate::write::Draft;
use crate::{NeedDraft, NeedState, OrderDraft, OrderMove, OrderStep, StoreError};

mod walk;

/// Two desks of one town, a person who is served, one who serves and lives elsewhere, and one service at 1.20.
struct Bank {
    a: Desk,
    b: Desk,
    orderer: Orderer,
    served: ResidentId,
    serves: ResidentId,
    service: ServiceTypeId,
}

impl Bank {
    fn new(seed: u64) -> Self {
        let (a, b) = (Desk::new(seed), Desk::new(seed + 1));
        Orderer::introduce(&[&a, &b]);
        let served = a.resident(0, "张三", "330211193001011234");
        let serves = a.resident(1, "李四", "330211196001011234");
        let service = a.service(None, 120, "2026-01-01");
        let mut bank = Self { a, b, orderer: Orderer::default(), served, serves, service };
        bank.settle(false);
        bank
    }

    /// The district hears `a` first, or `b`.
    fn settle(&mut self, b_first: bool) {
        let (a, b) = (&self.a, &self.b);
        let order = if b_first { [b, a] } else { [a, b] };
        self.orderer.settle(&order, |_| false);
    }

    fn draft(&self, payer: Payer) -> OrderDraft {
        order_for(self.served, self.service, payer)
    }

    fn confirmed(&self, payer: Payer) -> ServiceOrderId {
        let order = self.a.order(self.draft(payer));
        self.a.step_order(order, &slip(self.serves, 540, 665));
        order
    }

    /// Minutes of who is served, who serves, the holding and the reserve.
    fn minutes(&self, desk: &Desk) -> [i64; 4] {
        let town = desk.town_minutes();
        let person = |id| desk.minutes(Owner::Resident(id));
        assert_eq!(town.sum_min, 0);
        [person(self.served), person(self.serves), town.held_min, town.reserve_min]
    }

    /// Both desks hold the same, and it is what the log says.
    fn check_alike(&self, races: &[&str]) {
        assert!(self.a.store.dump().unwrap() == self.b.store.dump().unwrap(), "two desks differ");
        for desk in [&self.a, &self.b] {
            assert_eq!(desk.store.verify(None).unwrap().faults, Vec::<String>::new());
            let found: Vec<String> = desk.read(|r| r.races()).into_iter().map(|race| race.what).collect();
            assert_eq!(found, races);
        }
    }
}

fn state(desk: &Desk, order: ServiceOrderId) -> OrderState {
    desk.read(|r| r.order(order)).unwrap().state
}

fn reasoned(desk: &Desk, order: ServiceOrderId, step: Step, reason: &str) {
    let reason = Some(reason.to_owned());
    desk.write(|tx| tx.move_orders(&[OrderMove { order, steps: vec![step], reason }]));
}

#[test]
fn an_order_goes_its_way_and_its_minutes_with_it() {
    let mut bank = Bank::new(201);
    let order = bank.a.order(bank.draft(Payer::Own));
    assert_eq!(bank.minutes(&bank.a), [-120, 0, 120, 0], "planned minutes are set aside");
    let way = slip(bank.serves, 540, 665);
    let states =
        [OrderState::Taken, OrderState::SignedIn, OrderState::SignedOut, OrderState::SignedOut, OrderState::Confirmed];
    for (step, reached) in way.iter().zip(states) {
        bank.a.step_order(order, slice::from_ref(step));
        assert_eq!(state(&bank.a, order), reached);
        assert_eq!(bank.minutes(&bank.a), [-120, 0, 120, 0]);
    }
    let row = bank.a.read(|r| r.order(order)).unwrap();
    assert_eq!((row.worked_min(), row.creditable_min(), row.credited_min), (Some(125), Some(150), None));
    bank.a.credit_order(order);
    assert_eq!(bank.minutes(&bank.a), [-120, 150, 0, -30], "the reserve pays what was not agreed to");
    bank.a.write(|tx| tx.reverse_order(order, "录错了人"));
    assert_eq!(bank.minutes(&bank.a), [0; 4]);
    let row = bank.a.read(|r| r.order(order)).unwrap();
    assert_eq!(
        (row.state, row.credited_min, row.reason.as_deref()),
        (OrderState::Reversed, Some(150), Some("录错了人"))
    );
    let moved: Vec<_> = bank.a.read(|r| r.time_movements(entity_of(order.as_bytes())));
    let moved: Vec<_> = moved.iter().map(|row| (row.movement.unwrap(), row.amount_min)).collect();
    assert_eq!(moved[0], (Movement::Hold, 120));
    assert_eq!(moved[1], (Movement::Release, 120));
    for part in [(Movement::Pay, 120), (Movement::TopUp, 30), (Movement::PayBack, 120), (Movement::TopUpBack, 30)] {
        assert_eq!(moved.iter().filter(|found| **found == part).count(), 1, "{part:?}");
    }
    assert_eq!(moved.len(), 6);
    bank.settle(false);
    bank.check_alike(&[]);
}

#[test]
fn who_uses_less_than_planned_pays_less() {
    let bank = Bank::new(203);
    let order = bank.a.order(bank.draft(Payer::Own));
    bank.a.step_order(order, &slip(bank.serves, 540, 570));
    bank.a.credit_order(order);
    assert_eq!(bank.minutes(&bank.a), [-36, 36, 0, 0]);
    let paid_by_town = bank.confirmed(Payer::Reserve);
    assert_eq!(bank.minutes(&bank.a), [-36, 36, 0, 0], "the reserve holds nothing back");
    bank.a.credit_order(paid_by_town);
    assert_eq!(bank.minutes(&bank.a), [-36, 186, 0, -150]);
}

#[test]
fn cancelling_gives_back_what_was_held_and_is_the_end() {
    let bank = Bank::new(205);
    let mut way = slip(bank.serves, 540, 665);
    way.push(Step::Dispute);
    for steps in 0..=way.len() {
        let order = bank.a.order(bank.draft(Payer::Own));
        if steps > 0 {
            bank.a.step_order(order, &way[..steps]);
        }
        reasoned(&bank.a, order, Step::Cancel, "老人住院");
        assert_eq!(bank.minutes(&bank.a), [0; 4], "after {steps} steps");
        let again = bank
            .a
            .store
            .write(bank.a.admin, |tx| tx.move_orders(&[OrderMove { order, steps: vec![Step::Cancel], reason: None }]));
        assert!(matches!(again, Err(StoreError::Refused(_))));
    }
    assert_eq!(bank.a.store.verify(None).unwrap().faults, Vec::<String>::new());
}

#[test]
fn a_settled_dispute_needs_both_sides_again() {
    let bank = Bank::new(207);
    let order = bank.confirmed(Payer::Own);
    reasoned(&bank.a, order, Step::Dispute, "时间不对");
    let refused = bank.a.store.write(bank.a.admin, |tx| tx.credit_orders(&[order]));
    assert!(matches!(refused, Err(StoreError::Refused(_))));
    bank.a.step_order(order, &[Step::Resolve { signed_in_min: None, signed_out_min: Some(600) }]);
    let row = bank.a.read(|r| r.order(order)).unwrap();
    assert_eq!((row.state, row.worked_min()), (OrderState::SignedOut, Some(60)));
    assert_eq!((row.volunteer_way, row.beneficiary_way), (None, None));
    assert_eq!(row.reason.as_deref(), Some("时间不对"), "the last reason stays");
    bank.a.step_order(order, &[Step::Confirm(Side::Beneficiary, ConfirmWay::Telephone)]);
    bank.a.step_order(order, &[Step::Confirm(Side::Volunteer, ConfirmWay::InPerson)]);
    bank.a.credit_order(order);
    assert_eq!(bank.minutes(&bank.a), [-72, 72, 0, 0]);
    let steps = bank.a.read(|r| r.order_steps(order));
    assert_eq!((steps[0].step, steps.len()), (OrderStep::Posted, 11));
    assert_eq!(steps[6].reason.as_deref(), Some("时间不对"));
    assert_eq!(steps[10].step, OrderStep::Moved(Step::Credit(Coefficient::new(120).unwrap())));
    assert!(steps.iter().all(|step| !step.lost && !step.refused));
}

#[test]
fn the_coefficient_of_the_day_of_service_counts_whatever_comes_later() {
    let bank = Bank::new(209);
    let order = bank.confirmed(Payer::Reserve);
    bank.a.credit_order(order);
    bank.a.service(Some(bank.service), 200, "2026-01-06");
    assert_eq!(bank.minutes(&bank.a), [0, 150, 0, -150], "a new version creates no minutes");
    let late = bank.confirmed(Payer::Reserve);
    bank.a.credit_order(late);
    assert_eq!(bank.minutes(&bank.a)[1], 300, "served before the new version");
    let next_day = bank.a.order(OrderDraft { day: day("2026-01-06"), ..bank.draft(Payer::Reserve) });
    bank.a.step_order(next_day, &slip(bank.serves, 540, 600));
    bank.a.credit_order(next_day);
    assert_eq!(bank.minutes(&bank.a)[1], 420);
    let seen = |order| bank.a.read(|r| r.order(order)).unwrap().service_version;
    assert_eq!((seen(order), seen(next_day)), (Some(1), Some(2)));
    let before = bank.a.order(OrderDraft { day: day("2025-12-31"), ..bank.draft(Payer::Reserve) });
    bank.a.step_order(before, &slip(bank.serves, 540, 600));
    assert_eq!(bank.a.read(|r| r.order(before)).unwrap().coefficient, None);
    let missing = bank.a.store.write(bank.a.admin, |tx| tx.credit_orders(&[before]));
    assert!(matches!(missing, Err(StoreError::Missing { .. })), "no version was in force");
}

#[test]
fn of_two_who_take_an_order_the_first_in_the_districts_order_has_it() {
    for b_first in [false, true] {
        let mut bank = Bank::new(211);
        let other = bank.a.resident(0, "王五", "330211197001011234");
        let order = bank.a.order(bank.draft(Payer::Own));
        bank.settle(false);
        bank.a.step_order(order, &[Step::Take(bank.serves)]);
        bank.b.step_order(order, &[Step::Take(other)]);
        bank.settle(b_first);
        bank.check_alike(&["order_take_lost"]);
        let row = bank.b.read(|r| r.order(order)).unwrap();
        assert_eq!(row.volunteer, Some(if b_first { other } else { bank.serves }));
        let steps = bank.a.read(|r| r.order_steps(order));
        assert_eq!(steps.iter().map(|step| step.lost).collect::<Vec<_>>(), [false, false, true]);
        let race = &bank.a.read(|r| r.races())[0];
        assert_eq!((race.entity.id, race.what.as_str()), (*order.as_bytes(), "order_take_lost"));
    }
}

#[test]
fn an_order_is_credited_once_whoever_does_it() {
    for b_first in [false, true] {
        let mut bank = Bank::new(213);
        let order = bank.confirmed(Payer::Own);
        bank.settle(false);
        bank.a.credit_order(order);
        bank.b.credit_order(order);
        bank.settle(b_first);
        bank.check_alike(&["order_credit_lost"]);
        assert_eq!(bank.minutes(&bank.a), [-120, 150, 0, -30]);
        let by = bank.a.read(|r| r.order(order)).unwrap().credited_by;
        assert_eq!(by, Some(if b_first { bank.b.admin } else { bank.a.admin }));
        for desk in [&bank.a, &bank.b] {
            desk.write(|tx| tx.reverse_order(order, "录错"));
        }
        bank.settle(b_first);
        bank.check_alike(&["order_reversal_lost", "order_credit_lost"]);
        assert_eq!(bank.minutes(&bank.b), [0; 4]);
    }
}

#[test]
fn an_order_is_either_cancelled_or_credited() {
    for b_first in [false, true] {
        let mut bank = Bank::new(215);
        let order = bank.confirmed(Payer::Own);
        bank.settle(false);
        bank.a.credit_order(order);
        reasoned(&bank.b, order, Step::Cancel, "没有来");
        bank.settle(b_first);
        let (lost, minutes) =
            if b_first { ("order_credit_lost", [0; 4]) } else { ("order_step_lost", [-120, 150, 0, -30]) };
        bank.check_alike(&[lost]);
        assert_eq!(bank.minutes(&bank.a), minutes);
    }
}

#[test]
fn a_slip_that_comes_too_late_changes_nothing_of_the_order() {
    let mut bank = Bank::new(217);
    let order = bank.a.order(bank.draft(Payer::Own));
    bank.settle(false);
    bank.a.step_order(order, &[Step::Take(bank.serves)]);
    // The last step alone would be legal after the other desk's.
    bank.b.step_order(order, &slip(bank.serves, 600, 660));
    bank.settle(false);
    bank.check_alike(&["order_take_lost"]);
    let row = bank.a.read(|r| r.order(order)).unwrap();
    assert_eq!((row.state, row.signed_in_min), (OrderState::Taken, None));
}

#[test]
fn a_signature_counts_only_for_the_person_and_the_times_it_was_given_for() {
    let mut bank = Bank::new(231);
    let other = bank.b.resident(1, "王五", "330211196501011234");
    let order = bank.a.order(bank.draft(Payer::Reserve));
    bank.settle(false);
    // one desk notes that 李四 comes; the other enters 王五's slip
    bank.a.step_order(order, &[Step::Take(bank.serves)]);
    for step in slip(other, 540, 665) {
        bank.b.step_order(order, &[step]);
    }
    bank.settle(false);
    assert_eq!(state(&bank.a, order), OrderState::Taken, "nothing that was said of 王五 counts for 李四");
    let lost = ["order_step_lost", "order_step_lost", "order_step_lost", "order_step_lost", "order_take_lost"];
    bank.check_alike(&lost);

    // one desk credits two hours; the other had corrected them to ten
    let order = bank.confirmed(Payer::Reserve);
    bank.settle(false);
    reasoned(&bank.b, order, Step::Dispute, "时间不对");
    reasoned(&bank.b, order, Step::Resolve { signed_in_min: None, signed_out_min: Some(1_140) }, "改签退");
    bank.b.step_order(order, &slip(bank.serves, 540, 665)[3..]);
    bank.a.credit_order(order);
    bank.settle(true);
    let row = bank.a.read(|r| r.order(order)).unwrap();
    assert_eq!((row.state, row.worked_min()), (OrderState::Confirmed, Some(600)), "nobody has credited ten hours");
}

#[test]
fn two_orders_for_one_need_are_shown() {
    let mut bank = Bank::new(219);
    let need = NeedDraft {
        resident: bank.served,
        service_type: bank.service,
        day: day("2026-01-05"),
        start_min: 540,
        planned_min: 60,
        place: Some("家中".to_owned()),
        note: None,
    };
    let need = bank.a.write(|tx| tx.post_need(&need));
    bank.settle(false);
    let orders = [&bank.a, &bank.b].map(|desk| desk.order(OrderDraft { need: Some(need), ..bank.draft(Payer::Own) }));
    bank.settle(true);
    bank.check_alike(&[]);
    let rivals = bank.b.read(|r| r.rival_needs(10));
    assert_eq!((rivals.len(), rivals[0].live_orders, rivals[0].state), (1, 2, NeedState::Matched));
    assert_eq!(bank.b.read(|r| r.live_orders_of_need(need)).len(), 2);
    reasoned(&bank.a, orders[0], Step::Cancel, "重复");
    assert_eq!(bank.a.read(|r| r.rival_needs(10)), []);
    bank.a.step_order(orders[1], &slip(bank.serves, 540, 600));
    bank.a.credit_order(orders[1]);
    assert_eq!(bank.a.read(|r| r.need(need)).unwrap().state, NeedState::Served);
    bank.settle(false);
    for desk in [&bank.a, &bank.b] {
        desk.write(|tx| tx.close_need(need, "家属已接走"));
    }
    bank.settle(false);
    bank.check_alike(&["need_close_lost"]);
    let row = bank.b.read(|r| r.need(need)).unwrap();
    assert_eq!((row.state, row.closed_by), (NeedState::Closed, Some(bank.a.admin)));
    assert_eq!((row.place.as_deref(), row.close_reason.as_deref()), (Some("家中"), Some("家属已接走")));
}

#[test]
fn a_version_has_one_text() {
    for b_first in [false, true] {
        let mut bank = Bank::new(221);
        bank.a.service(Some(bank.service), 100, "2026-01-05");
        bank.b.service(Some(bank.service), 300, "2026-01-05");
        bank.settle(b_first);
        bank.check_alike(&["service_version_twice"]);
        let found = bank.a.read(|r| r.service_type_on(bank.service, day("2026-01-05"))).unwrap();
        assert_eq!((found.version, found.coefficient.percent()), (2, if b_first { 300 } else { 100 }));
    }
}

#[test]
fn a_gift_moves_minutes_and_comes_back_once() {
    let mut bank = Bank::new(223);
    let order = bank.confirmed(Payer::Reserve);
    bank.a.credit_order(order);
    let gift = bank.a.give(bank.serves, Some(bank.served), 100);
    bank.a.give(bank.serves, None, 20);
    assert_eq!(bank.minutes(&bank.a), [100, 30, 0, -130]);
    bank.settle(false);
    for desk in [&bank.a, &bank.b] {
        desk.write(|tx| tx.reverse_gift(gift, "填错了亲属"));
    }
    bank.settle(true);
    bank.check_alike(&["gift_reversal_lost"]);
    assert_eq!(bank.minutes(&bank.b), [0, 130, 0, -130]);
    let row = bank.b.read(|r| r.gift(gift)).unwrap();
    assert_eq!((row.reversed_by, row.relation.as_deref()), (Some(bank.b.admin), Some("子女")));
    let to_self = bank.a.store.write(bank.a.admin, |tx| {
        tx.give_minutes(&crate::GiftDraft {
            giver: bank.serves,
            to: Some(bank.serves),
            amount_min: 1,
            relation: None,
            note: None,
        })
    });
    assert!(matches!(to_self, Err(StoreError::Refused(_))));
}

#[test]
fn what_the_district_refused_counts_nowhere_and_is_shown() {
    let mut bank = Bank::new(225);
    let order = bank.a.order(bank.draft(Payer::Own));
    bank.a.step_order(order, &[Step::Take(bank.serves)]);
    bank.a.give(bank.served, None, 20);
    let (a, b) = (&bank.a, &bank.b);
    bank.orderer.settle(&[a, b], |op| op.kind == "order.posted" || op.kind == "gift.given");
    bank.check_alike(&["order_missing"]);
    assert_eq!(bank.minutes(&bank.a), [0; 4]);
    let refused = bank.a.read(|r| r.refused_orders(Some(bank.served)));
    assert_eq!((refused.len(), refused[0].id, refused[0].refused), (1, order, true));
    assert_eq!(refused[0].place.as_deref(), Some("区人民医院门诊"));
    assert_eq!(bank.a.read(|r| r.refused_orders(Some(bank.serves))), []);
    assert_eq!(bank.a.read(|r| r.refused_gifts(bank.served))[0].amount_min, 20);
    let steps = bank.a.read(|r| r.order_steps(order));
    assert_eq!(steps.iter().map(|step| (step.lost, step.refused)).collect::<Vec<_>>(), [(true, false), (false, true)]);
}

/// Writes an operation that no act of this program writes.
fn forge(desk: &Desk, scope: &str, body: Body) {
    desk.write(|tx| {
        let id = OpId::from_uuid(tx.new_uuid());
        tx.commit(Draft { id, scope: scope.parse().unwrap(), body: body.clone(), occurred_on: 20_460 })
    });
}

#[test]
fn an_operation_of_another_scope_does_not_see_an_order() {
    let bank = Bank::new(227);
    let order = bank.confirmed(Payer::Own);
    let rows = vec![CreditRow { order, coefficient_percent: 300, service_version: 1, seen: Seen::default() }];
    forge(&bank.a, VILLAGES[1], Body::OrdersCredited(OrdersCredited { rows }));
    assert_eq!(state(&bank.a, order), OrderState::Confirmed);
    assert_eq!(bank.a.read(|r| r.races())[0].what, "order_missing");
}

#[test]
fn a_step_whose_transfer_cannot_be_posted_does_nothing_at_all() {
    let bank = Bank::new(229);
    let order = bank.confirmed(Payer::Own);
    let award = bank.a.award(bank.served, bank.a.rule(5), 5);
    let taken = transfer_id(entity_of(order.as_bytes()), Movement::TopUp.as_code());
    let row = ReviewRow {
        award,
        expected: ExpectedState::Submitted,
        decision: Decision::Approve,
        resident: bank.served,
        reason: None,
        effective_on: Some(20_460),
        transfer: Some(TransferId::from_bytes(taken)),
    };
    forge(&bank.a, VILLAGES[0], Body::AwardReviewed(AwardReviewed { rows: vec![row] }));
    bank.a.credit_order(order);
    assert_eq!(state(&bank.a, order), OrderState::Confirmed);
    assert_eq!(bank.minutes(&bank.a), [-120, 0, 120, 0], "nothing was released or paid");
    assert_eq!(bank.a.read(|r| r.races())[0].what, "transfer_reused");
}
