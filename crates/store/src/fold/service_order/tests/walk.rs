//! Random acts on one to four desks with syncs in between, against the domain's own machine and book.
use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use proptest::prelude::*;
use zhenxin_domain::division::TownCode;
use zhenxin_domain::ids::{NeedId, OpId, ResidentId, ServiceOrderId, ServiceTypeId, TimeGiftId, TransferId};
use zhenxin_domain::ledger::{Account, Amount, Book, Ledger, Owner, Transfer};
use zhenxin_domain::service_order::{
    ConfirmWay, Moved, Movement, OrderState, Payer, Side, Standing, Step, Terms, advance, moved_by, moved_by_posting,
};
use zhenxin_domain::service_time::Coefficient;
use zhenxin_protocol::body::Body;
use zhenxin_protocol::body::timebank::Seen;
use zhenxin_protocol::entity::{Entity, EntityKind};
use zhenxin_protocol::op::Op;

use super::super::super::service_order::{payer_of, step_of, transfer_id};
use crate::proving::{Desk, Orderer, TOWN, day, order_for, slip};
use crate::sql::date;
use crate::{GiftDraft, NeedDraft, OrderDraft, OrderFilter, OrderMove, ServiceTypeDraft, StoreError, Tx};

/// What a person, or the line, does; numbers pick among what is there.
#[derive(Debug, Clone)]
enum Doing {
    Act { desk: usize, act: u8, pick: usize, other: usize },
    Push { desk: usize, ops: usize, heard: bool },
    Pull { desk: usize, page_ops: usize },
}

fn doing() -> impl Strategy<Value = Doing> {
    prop_oneof![
        8 => (0..4usize, 0..18u8, 0..50usize, 0..50usize)
            .prop_map(|(desk, act, pick, other)| Doing::Act { desk, act, pick, other }),
        1 => (0..4usize, 1..12usize, any::<bool>()).prop_map(|(desk, ops, heard)| Doing::Push { desk, ops, heard }),
        1 => (0..4usize, 1..12usize).prop_map(|(desk, page_ops)| Doing::Pull { desk, page_ops }),
    ]
}

fn picked(desk: &Desk, sql: &str, pick: usize) -> Option<[u8; 16]> {
    let ids: Vec<[u8; 16]> = desk.sql(|conn| conn.prepare(sql)?.query_map([], |row| row.get(0))?.collect());
    (!ids.is_empty()).then(|| ids[pick % ids.len()])
}

fn resident(desk: &Desk, pick: usize) -> Option<ResidentId> {
    picked(desk, "SELECT id FROM resident ORDER BY id", pick).map(ResidentId::from_bytes)
}

/// What an office would do next with an order.
fn next_steps(now: &Standing, volunteer: ResidentId, at: usize) -> Vec<Step> {
    let (from_min, to_min) = (480 + at as u16, 500 + 7 * at as u16);
    match now.state {
        OrderState::Posted if at.is_multiple_of(3) => slip(volunteer, from_min, to_min),
        OrderState::Posted => vec![Step::Take(volunteer)],
        OrderState::Taken => vec![Step::SignIn(from_min)],
        OrderState::SignedIn => vec![Step::SignOut(to_min)],
        OrderState::SignedOut if now.volunteer_way.is_none() => {
            vec![Step::Confirm(Side::Volunteer, ConfirmWay::InPerson)]
        }
        OrderState::SignedOut => vec![Step::Confirm(Side::Beneficiary, ConfirmWay::Telephone)],
        OrderState::Disputed => vec![Step::Resolve { signed_in_min: Some(from_min), signed_out_min: None }],
        _ => vec![Step::Dispute],
    }
}

fn act(desk: &Desk, act: u8, first: usize, second: usize) {
    desk.clock.advance(500);
    match desk.store.write(desk.admin, |tx| perform(desk, tx, act, first, second)) {
        Ok(()) | Err(StoreError::Refused(_) | StoreError::Missing { .. }) => {}
        Err(error) => panic!("act {act}: {error:?}"),
    }
}

fn perform(desk: &Desk, tx: &mut Tx<'_>, act: u8, first: usize, second: usize) -> Result<(), StoreError> {
    let service = picked(desk, "SELECT DISTINCT service_type FROM service_type_version ORDER BY 1", second);
    let (Some(one), Some(other), Some(service_type)) =
        (resident(desk, first), resident(desk, second), service.map(ServiceTypeId::from_bytes))
    else {
        return Ok(());
    };
    let need = picked(desk, "SELECT id FROM need ORDER BY id", first).map(NeedId::from_bytes);
    let reason = || Some("情况有变".to_owned());
    match act {
        0 => {
            let draft = ServiceTypeDraft {
                service_type: (!first.is_multiple_of(5)).then_some(service_type),
                code: "F02".to_owned(),
                name: "助浴".to_owned(),
                coefficient: Coefficient::new(50 + 5 * second as u32).unwrap(),
                in_force_from: day("2026-01-02"),
            };
            tx.record_service_type(&draft)?;
        }
        1 => {
            let (day, place) = (day("2026-01-05"), Some("家中".to_owned()));
            let draft =
                NeedDraft { resident: one, service_type, day, start_min: 540, planned_min: 60, place, note: None };
            tx.post_need(&draft)?;
        }
        2 => {
            if let Some(need) = need {
                tx.close_need(need, "不需要了")?;
            }
        }
        3..=5 => {
            let payer = if second.is_multiple_of(3) { Payer::Reserve } else { Payer::Own };
            let need = need.filter(|_| second.is_multiple_of(2));
            tx.post_orders(&[OrderDraft { need, ..order_for(one, service_type, payer) }])?;
        }
        16 => {
            tx.give_minutes(&GiftDraft {
                giver: one,
                to: (!first.is_multiple_of(4)).then_some(other),
                amount_min: second as u32 + 1,
                relation: Some("配偶".to_owned()),
                note: None,
            })?;
        }
        17 => {
            let sql = "SELECT id FROM time_gift WHERE reversed_at IS NULL ORDER BY id";
            if let Some(gift) = picked(desk, sql, first) {
                tx.reverse_gift(TimeGiftId::from_bytes(gift), "填错")?;
            }
        }
        14 | 15 => {
            let (state, credits) = if act == 14 { ("credited", false) } else { ("confirmed", true) };
            let sql = format!("SELECT id FROM service_order WHERE state = '{state}' ORDER BY id");
            match picked(desk, &sql, first).map(ServiceOrderId::from_bytes) {
                Some(order) if credits => tx.credit_orders(&[order]).map(|_| ())?,
                Some(order) => tx.reverse_order(order, "录错").map(|_| ())?,
                None => {}
            }
        }
        _ => {
            let sql =
                "SELECT id FROM service_order WHERE state NOT IN ('credited', 'cancelled', 'reversed') ORDER BY id";
            let Some(order) = picked(desk, sql, first).map(ServiceOrderId::from_bytes) else { return Ok(()) };
            let row = tx.order(order)?.unwrap();
            let (steps, reason) = match act {
                13 if second.is_multiple_of(3) => (vec![Step::Cancel], reason()),
                12 if second.is_multiple_of(3) => (vec![Step::Dispute], reason()),
                _ if row.state == OrderState::Confirmed => return tx.credit_orders(&[order]).map(|_| ()),
                _ => (next_steps(&row.standing(), other, second), None),
            };
            tx.move_orders(&[OrderMove { order, steps, reason }])?;
        }
    }
    Ok(())
}

/// Refuses about one in nine, but never what a device begins with, nor residents.
fn refuses(op: &Op) -> bool {
    op.seq > 2 && op.kind != "residents.recorded" && op.id.as_bytes()[15].is_multiple_of(9)
}

/// What the log means by the domain's own rules.
#[derive(Default)]
struct Meaning {
    book: Book,
    orders: BTreeMap<ServiceOrderId, (Terms, Standing)>,
    gifts: BTreeMap<TimeGiftId, bool>,
    needs: BTreeMap<NeedId, bool>,
    versions: BTreeSet<(ServiceTypeId, u32)>,
    lost: BTreeSet<(Entity, OpId)>,
    /// Minutes that the reserve paid, and those that came back to it or were given to it.
    from_reserve: i64,
    to_reserve: i64,
    /// How often each order was credited.
    credits: BTreeMap<ServiceOrderId, u32>,
}

fn town() -> TownCode {
    TOWN.parse().unwrap()
}

impl Meaning {
    fn of(desk: &Desk) -> Self {
        let sql = "SELECT bytes FROM op WHERE status = 1 AND readable = 0 ORDER BY scope, server_seq";
        let ops: Vec<Vec<u8>> = desk.sql(|conn| conn.prepare(sql)?.query_map([], |row| row.get(0))?.collect());
        let mut meaning = Self::default();
        for bytes in ops {
            let op = Op::from_bytes(&bytes).unwrap();
            let body = op.read_body().unwrap().unwrap();
            meaning.take(&op, &body);
        }
        meaning
    }

    fn take(&mut self, op: &Op, body: &Body) {
        let mut lost = Vec::new();
        let mut check = |kind, id: &[u8; 16], fits: bool| {
            if !fits {
                lost.push((Entity::new(kind, *id), op.id));
            }
        };
        match body {
            Body::ServiceTypeRecorded(body) => {
                let fits = self.versions.insert((body.service_type, body.version));
                check(EntityKind::ServiceType, body.service_type.as_bytes(), fits);
            }
            Body::NeedPosted(body) => {
                let fits = self.needs.insert(body.need, false).is_none();
                check(EntityKind::Need, body.need.as_bytes(), fits);
            }
            Body::NeedClosed(body) => {
                let fits = self.needs.get_mut(&body.need).is_some_and(|closed| !std::mem::replace(closed, true));
                check(EntityKind::Need, body.need.as_bytes(), fits);
            }
            Body::OrdersPosted(body) => {
                for row in &body.rows {
                    let (payer, planned_min) = (payer_of(row.payer), row.planned_min);
                    let terms = Terms { beneficiary: row.beneficiary, payer, planned_min };
                    let fits = self.orders.insert(row.order, (terms, Standing::POSTED)).is_none();
                    self.post(op, row.order, &terms, &Standing::POSTED, &moved_by_posting(&terms));
                    check(EntityKind::ServiceOrder, row.order.as_bytes(), fits);
                }
            }
            Body::OrdersMoved(body) => {
                for row in &body.rows {
                    let steps: Vec<Step> = row.steps.iter().map(|code| step_of(*code)).collect();
                    let fits = self.advance(op, row.order, &steps, Some(row.seen));
                    check(EntityKind::ServiceOrder, row.order.as_bytes(), fits);
                }
            }
            Body::OrdersCredited(body) => {
                for row in &body.rows {
                    let coefficient = Coefficient::new(row.coefficient_percent).unwrap();
                    let fits = self.advance(op, row.order, &[Step::Credit(coefficient)], Some(row.seen));
                    *self.credits.entry(row.order).or_default() += u32::from(fits);
                    check(EntityKind::ServiceOrder, row.order.as_bytes(), fits);
                }
            }
            Body::OrderReversed(body) => {
                let fits = self.advance(op, body.order, &[Step::Reverse], None);
                check(EntityKind::ServiceOrder, body.order.as_bytes(), fits);
            }
            Body::GiftGiven(body) => {
                let fits = self.gifts.insert(body.gift, false).is_none();
                let credit = body.to.map_or(Owner::Reserve(town()), Owner::Resident);
                self.transfer(op, gift_id(body.gift, "gift"), Owner::Resident(body.giver), credit, body.amount_min);
                check(EntityKind::TimeGift, body.gift.as_bytes(), fits);
            }
            Body::GiftReversed(body) => {
                let fits = self.gifts.get_mut(&body.gift).is_some_and(|reversed| !std::mem::replace(reversed, true));
                if fits {
                    self.reverse(op, gift_id(body.gift, "gift"), gift_id(body.gift, "giftback"));
                }
                check(EntityKind::TimeGift, body.gift.as_bytes(), fits);
            }
            _ => {}
        }
        self.lost.extend(lost);
    }

    fn advance(&mut self, op: &Op, order: ServiceOrderId, steps: &[Step], seen: Option<Seen>) -> bool {
        let Some((terms, mut standing)) = self.orders.get(&order).copied() else { return false };
        let Standing { volunteer, signed_in_min, signed_out_min, .. } = standing;
        if seen.is_some_and(|seen| seen != Seen { volunteer, signed_in_min, signed_out_min }) {
            return false;
        }
        let mut moved = Moved::new();
        for step in steps {
            match advance(&terms, &standing, *step) {
                Ok(next) => standing = next,
                Err(_) => return false,
            }
            moved.extend(moved_by(&terms, &standing, *step));
        }
        self.post(op, order, &terms, &standing, &moved);
        self.orders.insert(order, (terms, standing));
        true
    }

    fn post(&mut self, op: &Op, order: ServiceOrderId, terms: &Terms, standing: &Standing, moved: &Moved) {
        let id = |movement: Movement| {
            let entity = Entity::new(EntityKind::ServiceOrder, *order.as_bytes());
            TransferId::from_bytes(transfer_id(entity, movement.as_code()))
        };
        let served = Owner::Resident(terms.beneficiary);
        for (movement, amount_min) in moved {
            let serves = || Owner::Resident(standing.volunteer.unwrap());
            match (movement.reverses(), movement) {
                (Some(original), _) => self.reverse(op, id(original), id(*movement)),
                (None, Movement::Hold) => self.transfer(op, id(*movement), served, Owner::Holding(town()), *amount_min),
                (None, Movement::Pay) => self.transfer(op, id(*movement), served, serves(), *amount_min),
                (None, _) => self.transfer(op, id(*movement), Owner::Reserve(town()), serves(), *amount_min),
            }
        }
    }

    fn transfer(&mut self, op: &Op, id: TransferId, debit: Owner, credit: Owner, amount_min: u32) {
        let amount = Amount::new(amount_min.into()).unwrap();
        let (debit, credit) = (Account::minutes(debit), Account::minutes(credit));
        self.enter(Transfer { id, debit, credit, amount, effective_on: date(op.occurred_on), reverses: None });
    }

    fn reverse(&mut self, op: &Op, original: TransferId, id: TransferId) {
        let reversal = self.book.transfer(original).unwrap().reversal(id, date(op.occurred_on));
        self.enter(reversal);
    }

    fn enter(&mut self, transfer: Transfer) {
        let reserve = Account::minutes(Owner::Reserve(town()));
        if transfer.debit == reserve {
            self.from_reserve += i64::from(transfer.amount);
        } else if transfer.credit == reserve {
            self.to_reserve += i64::from(transfer.amount);
        }
        self.book.post(transfer).unwrap();
    }
}

fn gift_id(gift: TimeGiftId, role: &str) -> TransferId {
    TransferId::from_bytes(transfer_id(Entity::new(EntityKind::TimeGift, *gift.as_bytes()), role))
}

const TIME_KINDS: [EntityKind; 4] =
    [EntityKind::ServiceType, EntityKind::Need, EntityKind::ServiceOrder, EntityKind::TimeGift];

/// The minutes of an order that the reserve stands for.
fn reserve_part(terms: &Terms, credited_min: u32) -> i64 {
    let own = if terms.payer == Payer::Own { u32::from(terms.planned_min) } else { 0 };
    i64::from(credited_min.saturating_sub(own))
}

fn check(desk: &Desk) {
    let meaning = Meaning::of(desk);
    for (order, (_, standing)) in &meaning.orders {
        let row = desk.read(|r| r.order(*order)).unwrap();
        assert_eq!(row.standing(), *standing, "{order}");
        assert!(meaning.credits.get(order).copied().unwrap_or(0) <= 1, "an order is credited at most once");
    }
    assert_eq!(desk.read(|r| r.orders_page(OrderFilter::default(), 0, 1)).total, meaning.orders.len() as u64);
    let races: BTreeSet<(Entity, OpId)> = desk
        .read(|r| r.races())
        .into_iter()
        .filter(|race| TIME_KINDS.contains(&race.entity.kind))
        .map(|race| (race.entity, race.op))
        .collect();
    assert_eq!(races, meaning.lost, "what was dropped is shown, and nothing else");
    for (account, balance) in meaning.book.balances() {
        assert_eq!(desk.minutes(account.owner), balance, "{account}");
    }
    let totals = desk.town_minutes();
    assert_eq!(totals.residents_min + totals.held_min + totals.reserve_min, 0);
    assert_eq!((totals.sum_min, meaning.book.sum(Ledger::Minutes)), (0, 0));
    check_sums(desk, &meaning);
}

/// Minutes come only from the reserve, for credited orders.
fn check_sums(desk: &Desk, meaning: &Meaning) {
    let (mut created_min, mut reversed_min, mut held_min, mut credited_min) = (0, 0, 0, 0);
    for (terms, standing) in meaning.orders.values() {
        let part_min = reserve_part(terms, standing.credited_min.unwrap_or(0));
        match standing.state {
            OrderState::Credited => {
                created_min += part_min;
                credited_min += u64::from(standing.credited_min.unwrap());
            }
            OrderState::Reversed => {
                created_min += part_min;
                reversed_min += part_min;
            }
            OrderState::Cancelled => {}
            _ if terms.payer == Payer::Own => held_min += i64::from(terms.planned_min),
            _ => {}
        }
    }
    let totals = desk.town_minutes();
    assert_eq!(totals.held_min, held_min);
    let sql = "SELECT coalesce(sum(amount_min), 0) FROM time_gift WHERE receiver IS NULL";
    let (given_min, given_back_min) = (desk.count(sql), desk.count(&format!("{sql} AND reversed_at IS NOT NULL")));
    assert_eq!(meaning.from_reserve, created_min + given_back_min);
    assert_eq!(meaning.to_reserve, reversed_min + given_min);
    assert_eq!(totals.reserve_min, meaning.to_reserve - meaning.from_reserve);
    let (first, last) = (NaiveDate::MIN, NaiveDate::MAX);
    assert_eq!(desk.read(|r| r.minutes_credited_between(first, last)), credited_min);
    let days = desk.read(|r| r.order_days(first, last, None));
    assert_eq!(days.iter().map(|day| u64::from(day.credited_min)).sum::<u64>(), credited_min);
    let (mut all_held_min, mut of_volunteers_min) = (0, 0);
    for row in desk.read(|r| r.time_accounts(None, first, last, 0, 100)).rows {
        let sums = desk.read(|r| r.time_sums(row.resident));
        assert_eq!(sums.available_min(), row.available_min);
        let earned_min = desk.read(|r| r.credited_min_of(row.resident, first, last));
        assert_eq!((sums.earned_min, row.earned_min), (i64::from(earned_min), i64::from(earned_min)));
        all_held_min += sums.held_min;
        of_volunteers_min += u64::from(earned_min);
    }
    assert_eq!((all_held_min, of_volunteers_min), (held_min, credited_min));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn no_minute_comes_from_nowhere_and_no_act_is_lost_unseen(
        doings in proptest::collection::vec(doing(), 1..240), seed in 1..10_000u64, count in 1..5usize,
    ) {
        let desks: Vec<Desk> = (0..count as u64).map(|at| Desk::new(seed + at)).collect();
        let all: Vec<&Desk> = desks.iter().collect();
        Orderer::introduce(&all);
        for at in 0..4 {
            all[0].resident(at, &format!("张{at}"), &format!("33021119300101{at:04}"));
        }
        all[0].service(None, 120, "2026-01-01");
        let mut orderer = Orderer::default();
        orderer.settle(&all, |_| false);
        for doing in doings {
            match doing {
                Doing::Act { desk, act: kind, pick, other } => act(all[desk % count], kind, pick, other),
                Doing::Push { desk, ops, heard } => orderer.push(all[desk % count], ops, heard, refuses),
                Doing::Pull { desk, page_ops } => { orderer.pull(all[desk % count], page_ops); }
            }
        }
        orderer.settle(&all, refuses);
        let dump = all[0].store.dump().unwrap();
        for desk in &all {
            prop_assert!(desk.store.dump().unwrap() == dump, "two desks differ");
            prop_assert_eq!(desk.store.verify(None).unwrap().faults, Vec::<String>::new());
            check(desk);
        }
    }
}
