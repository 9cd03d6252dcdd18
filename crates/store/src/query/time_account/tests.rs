#![allow(clippy::unwrap_used)]
use zhenxin_domain::ids::{ResidentId, ServiceOrderId, ServiceTypeId};
use zhenxin_domain::ledger::{Account, Owner};
use zhenxin_domain::service_order::{OrderState, Payer, Step};
use zhenxin_domain::service_time::cap_year;
use zhenxin_protocol::body::resident::Field;

use crate::proving::{Desk, TOWN, day, order_for, slip, village};
use crate::{
    GiftDraft, NeedDraft, NeedFilter, NeedState, OrderDraft, OrderFilter, OrderMove, OrderRow, ResidentDraft, TimeSums,
};

/// One desk; two people who are served, in different villages, and one who serves.
struct Bank {
    desk: Desk,
    served: [ResidentId; 2],
    serves: ResidentId,
    service: ServiceTypeId,
}

impl Bank {
    fn new(seed: u64) -> Self {
        let desk = Desk::new(seed);
        let served = [0, 1].map(|at| desk.resident(at, &format!("张{at}"), &format!("33021119300101123{at}")));
        let serves = desk.resident(1, "李四", "330211196001011234");
        let service = desk.service(None, 100, "2025-01-01");
        Self { desk, served, serves, service }
    }

    fn posted(&self, at: usize, on: &str, payer: Payer) -> ServiceOrderId {
        self.desk.order(OrderDraft { day: day(on), ..order_for(self.served[at], self.service, payer) })
    }

    fn confirmed(&self, at: usize, on: &str, from_min: u16, to_min: u16) -> ServiceOrderId {
        let order = self.posted(at, on, Payer::Reserve);
        self.desk.step_order(order, &slip(self.serves, from_min, to_min));
        order
    }

    fn credited(&self, at: usize, on: &str, from_min: u16, to_min: u16) -> ServiceOrderId {
        let order = self.confirmed(at, on, from_min, to_min);
        self.desk.credit_order(order);
        order
    }

    fn found(&self, filter: OrderFilter) -> Vec<ServiceOrderId> {
        let page = self.desk.read(|r| r.orders_page(filter, 0, 100));
        assert_eq!(page.total, page.rows.len() as u64);
        ids(&page.rows)
    }

    fn need(&self, at: usize, on: &str) -> zhenxin_domain::ids::NeedId {
        let draft = NeedDraft {
            resident: self.served[at],
            service_type: self.service,
            day: day(on),
            start_min: 600,
            planned_min: 60,
            place: None,
            note: None,
        };
        self.desk.write(|tx| tx.post_need(&draft))
    }
}

fn ids(rows: &[OrderRow]) -> Vec<ServiceOrderId> {
    rows.iter().map(|row| row.id).collect()
}

#[test]
fn the_year_of_service_counts_and_a_reversed_order_does_not() {
    let bank = Bank::new(301);
    let (first, last) = cap_year(day("2026-06-01"));
    let credited = |from, to| bank.desk.read(|r| r.credited_min_of(bank.serves, from, to));
    bank.credited(0, "2025-12-31", 540, 600);
    assert_eq!(credited(first, last), 0, "credited this year for a service of the last one");
    let one = bank.credited(0, "2026-01-01", 540, 570);
    bank.credited(1, "2026-01-05", 540, 580);
    bank.confirmed(1, "2026-01-04", 540, 580);
    assert_eq!(credited(first, last), 70);
    bank.desk.write(|tx| tx.reverse_order(one, "录错"));
    assert_eq!(credited(first, last), 40);
    assert_eq!(credited(day("2025-01-01"), day("2025-12-31")), 60);
    assert_eq!(bank.desk.read(|r| r.minutes_credited_between(day("2025-12-31"), last)), 100);
    assert_eq!(bank.desk.read(|r| r.waiting_orders_of(bank.serves)), 1);
}

#[test]
fn orders_are_found_by_what_a_clerk_knows_of_them() {
    let bank = Bank::new(303);
    let old = bank.credited(0, "2026-01-02", 540, 600);
    let posted = bank.posted(1, "2026-01-05", Payer::Own);
    let waits = bank.confirmed(1, "2026-01-03", 540, 600);
    let all = OrderFilter::default();
    assert_eq!(bank.found(all), [posted, waits, old], "the newest day first");
    assert_eq!(bank.found(OrderFilter { village: Some(village(0)), ..all }), [old]);
    assert_eq!(bank.found(OrderFilter { state: Some(OrderState::Confirmed), ..all }), [waits]);
    assert_eq!(bank.found(OrderFilter { from: Some(day("2026-01-03")), ..all }), [posted, waits]);
    assert_eq!(bank.found(OrderFilter { to: Some(day("2026-01-03")), ..all }), [waits, old]);
    assert_eq!(bank.found(OrderFilter { resident: Some(bank.serves), ..all }), [waits, old]);
    assert_eq!(bank.found(OrderFilter { resident: Some(bank.served[1]), ..all }), [posted, waits]);
    let page = bank.desk.read(|r| r.orders_page(all, 1, 1));
    assert_eq!((ids(&page.rows), page.total), (vec![waits], 3));
    let row = bank.desk.read(|r| r.order(waits)).unwrap();
    for beginning in [&row.number[..], &row.number[..5]] {
        assert_eq!(ids(&bank.desk.read(|r| r.orders_by_number(beginning))), [waits]);
    }
    assert_eq!(bank.found(OrderFilter { unserved: true, ..all }), [posted]);
    assert_eq!((row.beneficiary_name.as_deref(), row.volunteer_name.as_deref()), (Some("张1"), Some("李四")));
    assert_eq!((row.service_code.as_deref(), row.village), (Some("F01"), Some(village(1))));
    assert_eq!(ids(&bank.desk.read(|r| r.orders_to_credit(10))), [waits]);
    // The list follows who moved; the order stays in the scope in which it was recorded.
    bank.desk.residents(&[ResidentDraft::edit(bank.served[1]).move_to(village(0))]);
    assert_eq!(bank.found(OrderFilter { village: Some(village(0)), ..all }), [posted, waits, old]);
}

#[test]
fn the_calendar_adds_up_days() {
    let bank = Bank::new(305);
    bank.credited(0, "2026-01-02", 540, 600);
    bank.posted(1, "2026-01-02", Payer::Reserve);
    let cancelled = bank.posted(1, "2026-01-02", Payer::Own);
    bank.desk.write(|tx| {
        tx.move_orders(&[OrderMove { order: cancelled, steps: vec![Step::Cancel], reason: Some("改期".to_owned()) }])
    });
    let reversed = bank.credited(1, "2026-01-04", 540, 600);
    bank.desk.write(|tx| tx.reverse_order(reversed, "录错"));
    bank.posted(1, "2026-02-01", Payer::Reserve);
    let days = |village| {
        let days = bank.desk.read(|r| r.order_days(day("2026-01-01"), day("2026-01-31"), village));
        days.iter().map(|row| (row.day, row.orders, row.open, row.credited_min)).collect::<Vec<_>>()
    };
    assert_eq!(days(None), [(day("2026-01-02"), 2, 1, 60), (day("2026-01-04"), 1, 0, 0)]);
    assert_eq!(days(Some(village(0))), [(day("2026-01-02"), 1, 0, 60)]);
}

#[test]
fn nobody_is_in_two_places_at_once() {
    let bank = Bank::new(307);
    let signed = bank.confirmed(0, "2026-01-05", 540, 600);
    let planned = bank.posted(1, "2026-01-05", Payer::Reserve);
    bank.desk.step_order(planned, &[Step::Take(bank.serves)]);
    let overlapping = |from_min, to_min, except| {
        let on = day("2026-01-05");
        ids(&bank.desk.read(|r| r.overlapping_orders(bank.serves, on, from_min, to_min, except)))
    };
    assert_eq!(overlapping(500, 540, None), [], "one ends where the other begins");
    assert_eq!(overlapping(600, 630, None), [planned], "planned until eleven");
    assert_eq!(overlapping(530, 541, Some(planned)), [signed]);
    assert_eq!(overlapping(660, 700, None), []);
    bank.desk.step_order(planned, &[Step::SignIn(700)]);
    assert_eq!(overlapping(600, 700, None), [], "it began later than planned");
    assert_eq!(overlapping(819, 830, None), [planned]);
    bank.desk.write(|tx| {
        tx.move_orders(&[OrderMove { order: planned, steps: vec![Step::Cancel], reason: Some("病了".to_owned()) }])
    });
    assert_eq!(overlapping(819, 830, None), []);
}

#[test]
fn needs_stand_where_their_orders_put_them() {
    let bank = Bank::new(309);
    let [open, late, matched, served, closed] =
        ["2026-01-08", "2026-01-04", "2026-01-07", "2026-01-03", "2026-01-06"].map(|on| bank.need(0, on));
    let elsewhere = bank.need(1, "2026-01-09");
    let order_of = |need, on: &str| OrderDraft {
        need: Some(need),
        day: day(on),
        ..order_for(bank.served[0], bank.service, Payer::Reserve)
    };
    bank.desk.order(order_of(matched, "2026-01-07"));
    let done = bank.desk.order(order_of(served, "2026-01-03"));
    bank.desk.step_order(done, &slip(bank.serves, 600, 660));
    bank.desk.credit_order(done);
    bank.desk.write(|tx| tx.close_need(closed, "家属已办"));
    let page = |village, state| {
        let page = bank.desk.read(|r| r.needs_page(NeedFilter { village, state }, 0, 100));
        assert_eq!(page.total, page.rows.len() as u64);
        page.rows.iter().map(|row| row.id).collect::<Vec<_>>()
    };
    assert_eq!(page(None, Some(NeedState::Open)), [late, open, elsewhere], "the soonest first");
    assert_eq!(page(Some(village(0)), Some(NeedState::Open)), [late, open]);
    assert_eq!(page(None, Some(NeedState::Matched)), [matched]);
    assert_eq!(page(None, Some(NeedState::Served)), [served]);
    assert_eq!(page(None, Some(NeedState::Closed)), [closed]);
    assert_eq!(page(None, None), [elsewhere, open, matched, closed, late, served]);
    for state in [NeedState::Open, NeedState::Matched, NeedState::Served, NeedState::Closed] {
        for id in page(None, Some(state)) {
            assert_eq!(bank.desk.read(|r| r.need(id)).unwrap().state, state);
        }
    }
    let row = bank.desk.read(|r| r.need(late)).unwrap();
    assert!(row.overdue(day("2026-01-05")) && !row.overdue(day("2026-01-04")));
    let counts = bank.desk.read(|r| r.time_counts(bank.desk.admin, day("2026-01-05")));
    assert_eq!((counts.open_needs, counts.overdue_needs), (3, 1));
}

#[test]
fn the_first_page_counts_what_waits() {
    let bank = Bank::new(311);
    bank.posted(0, "2026-01-04", Payer::Own);
    bank.posted(0, "2026-01-05", Payer::Own);
    bank.confirmed(0, "2026-01-03", 540, 600);
    let signed_out = bank.posted(1, "2026-01-03", Payer::Reserve);
    bank.desk.step_order(signed_out, &slip(bank.serves, 700, 760)[..3]);
    let disputed = bank.confirmed(1, "2026-01-02", 540, 600);
    bank.desk.step_order(disputed, &[Step::Dispute]);
    let today = day("2026-01-05");
    let counts = bank.desk.read(|r| r.time_counts(bank.desk.admin, today));
    assert_eq!((counts.overdue_orders, counts.to_confirm, counts.disputed), (1, 1, 1));
    assert_eq!((counts.confirmed, counts.to_credit), (1, 0), "nobody credits what they recorded");
    let overdrawn = bank.desk.read(|r| r.overdrawn_accounts(10));
    assert_eq!(overdrawn.len(), 1, "the beneficiary's minutes are set aside twice and were never there");
    let somebody = zhenxin_domain::ids::UserId::from_bytes([9; 16]);
    assert_eq!(bank.desk.read(|r| r.time_counts(somebody, today)).to_credit, 1);
}

#[test]
fn accounts_say_where_their_minutes_come_from() {
    let bank = Bank::new(313);
    let own = |at, on: &str| {
        let order = bank.posted(at, on, Payer::Own);
        bank.desk.step_order(order, &slip(bank.serves, 540, 570));
        order
    };
    let paid = own(0, "2026-01-02");
    bank.desk.credit_order(paid);
    bank.credited(0, "2025-12-30", 540, 640);
    own(1, "2026-01-03");
    bank.desk.give(bank.serves, Some(bank.served[0]), 50);
    let back = bank.desk.give(bank.serves, None, 10);
    bank.desk.write(|tx| tx.reverse_gift(back, "填错"));
    bank.desk.give(bank.served[0], None, 5);
    let sums = |id| bank.desk.read(|r| r.time_sums(id));
    assert_eq!(sums(bank.serves), TimeSums { earned_min: 130, given_min: 50, ..Default::default() });
    assert_eq!(
        sums(bank.served[0]),
        TimeSums { used_min: 30, received_min: 50, given_min: 5, ..Default::default() },
        "what was held and released is neither"
    );
    assert_eq!(sums(bank.served[1]), TimeSums { held_min: 120, ..Default::default() });
    assert_eq!(bank.desk.read(|r| r.held_min_of(bank.served[1])), 120);
    let (from, to) = cap_year(day("2026-01-05"));
    let accounts = |village| bank.desk.read(|r| r.time_accounts(village, from, to, 0, 10));
    let page = accounts(None);
    let seen: Vec<_> =
        page.rows.iter().map(|row| (row.resident, row.available_min, row.earned_min, row.orders)).collect();
    assert_eq!(seen, [(bank.serves, 80, 30, 1), (bank.served[0], 15, 0, 0), (bank.served[1], -120, 0, 0)]);
    assert_eq!((page.total, page.rows[0].name.as_deref()), (3, Some("李四")));
    for row in &page.rows {
        assert_eq!(sums(row.resident).available_min(), row.available_min);
        assert_eq!(bank.desk.minutes(Owner::Resident(row.resident)), row.available_min);
    }
    assert_eq!((accounts(Some(village(0))).total, accounts(Some(village(1))).total), (1, 2));
    let overdrawn = bank.desk.read(|r| r.overdrawn_accounts(10));
    assert_eq!(overdrawn.iter().map(|row| row.resident).collect::<Vec<_>>(), [bank.served[1]]);
    let totals = bank.desk.town_minutes();
    assert_eq!((totals.residents_min, totals.held_min, totals.reserve_min, totals.sum_min), (-25, 120, -95, 0));
    let town = TOWN.parse().unwrap();
    assert_eq!(bank.desk.minutes(Owner::Reserve(town)), -95);
}

#[test]
fn a_hold_is_released_before_it_is_paid_from() {
    let bank = Bank::new(317);
    for at in 0..4 {
        let order = bank.posted(0, "2026-01-02", Payer::Own);
        bank.desk.step_order(order, &slip(bank.serves, 600 + 20 * at, 620 + 20 * at));
        bank.desk.credit_order(order);
    }
    let account = Account::minutes(Owner::Resident(bank.served[0]));
    let rows = bank.desk.read(|r| r.transfers_of(account, 100, 0));
    let amounts: Vec<_> = rows.iter().map(|row| row.amount_units).collect();
    assert_eq!(amounts, [-120, 120, -20].repeat(4));
    assert_eq!(rows.last().unwrap().balance_after_units, -80);
}

#[test]
fn rows_of_a_resident_who_gave_and_got() {
    let bank = Bank::new(315);
    let given = bank.desk.give(bank.serves, Some(bank.served[0]), 30);
    let donated = bank.desk.write(|tx| {
        let note = Some("捐给困难户".to_owned());
        tx.give_minutes(&GiftDraft { giver: bank.serves, to: None, amount_min: 7, relation: None, note })
    });
    let gifts = bank.desk.read(|r| r.gifts_of(bank.serves, 10));
    assert_eq!(gifts.iter().map(|row| row.id).collect::<Vec<_>>(), [donated, given]);
    assert_eq!((gifts[0].note.as_deref(), gifts[0].to), (Some("捐给困难户"), None));
    assert_eq!((gifts[1].to_name.as_deref(), gifts[1].amount_min), (Some("张0"), 30));
    assert_eq!(bank.desk.read(|r| r.gifts_of(bank.served[0], 10)).len(), 1);
    bank.desk.residents(&[ResidentDraft::edit(bank.served[0]).set(Field::Name, "张三丰")]);
    assert_eq!(bank.desk.read(|r| r.gift(given)).unwrap().to_name.as_deref(), Some("张三丰"));
}
