#![allow(clippy::unwrap_used)]
use zhenxin_domain::ids::ImportId;
use zhenxin_domain::ledger::Owner;
use zhenxin_protocol::body::resident::Field;

use crate::proving::{Desk, Orderer, VILLAGES, day};
use crate::{ImportSource, ResidentBatch, ResidentDraft, Review, StoreError};

fn two_desks(seed: u64) -> (Desk, Desk, Orderer) {
    let (a, b) = (Desk::new(seed), Desk::new(seed + 1));
    Orderer::introduce(&[&a, &b]);
    (a, b, Orderer::default())
}

fn races(desk: &Desk) -> Vec<String> {
    desk.sql(|conn| conn.prepare("SELECT what FROM race ORDER BY what")?.query_map([], |row| row.get(0))?.collect())
}

fn state(desk: &Desk, award: zhenxin_domain::ids::AwardId) -> u8 {
    desk.sql(|conn| conn.query_row("SELECT state FROM award WHERE id = ?1", [award.as_bytes()], |row| row.get(0)))
}

#[test]
fn of_two_reviews_the_first_in_server_order_holds_and_the_other_is_shown() {
    let (a, b, mut orderer) = two_desks(71);
    let resident = a.resident(0, "张三", "330211199001011234");
    let rule = a.rule(5);
    let award = a.award(resident, rule, 5);
    orderer.settle(&[&a, &b], |_| false);
    a.approve(award);
    b.review(award, Review::SendBack { reason: "照片不清楚".to_owned() });
    // The district hears b first, though a was earlier by the clock.
    orderer.settle(&[&b, &a], |_| false);
    for desk in [&a, &b] {
        assert_eq!(state(desk, award), super::award::SENT_BACK);
        assert_eq!(races(desk), ["review_lost"]);
        assert_eq!(desk.count("SELECT count(*) FROM transfer"), 0);
    }
}

#[test]
fn an_award_is_reversed_at_most_once() {
    let (a, b, mut orderer) = two_desks(73);
    let resident = a.resident(0, "张三", "330211199001011234");
    let rule = a.rule(5);
    let award = a.award(resident, rule, 7);
    a.approve(award);
    orderer.settle(&[&a, &b], |_| false);
    let owner = Owner::Resident(resident);
    let balance = |desk: &Desk, on: &str| desk.store.read(|r| r.balance(owner, day(on))).unwrap();
    assert_eq!(balance(&b, "2026-01-11").effective_points, 0);
    assert_eq!(balance(&b, "2026-01-12").effective_points, 7);
    for desk in [&a, &b] {
        desk.write(|tx| tx.reverse_award(award, "记错了人"));
    }
    orderer.settle(&[&a, &b], |_| false);
    for desk in [&a, &b] {
        assert_eq!(desk.count("SELECT count(*) FROM transfer"), 2);
        assert_eq!(races(desk), ["reversal_lost"]);
        for on in ["2026-01-06", "2026-01-12", "2026-02-01"] {
            assert_eq!(balance(desk, on).effective_points, 0, "{on}");
        }
    }
}

#[test]
fn a_refused_award_counts_nowhere_and_stays_visible() {
    let (a, b, mut orderer) = two_desks(75);
    let resident = a.resident(0, "张三", "330211199001011234");
    let rule = a.rule(5);
    orderer.settle(&[&a, &b], |_| false);
    let award = a.award(resident, rule, 5);
    a.approve(award);
    orderer.settle(&[&a, &b], |op| op.kind == "award.recorded");
    assert_eq!(a.store.dump().unwrap(), b.store.dump().unwrap());
    assert_eq!(a.count("SELECT count(*) FROM award"), 0);
    assert_eq!(a.count("SELECT count(*) FROM transfer") + a.count("SELECT count(*) FROM activity"), 0);
    let rejected = a.store.read(|r| r.rejected_ops(10)).unwrap();
    assert_eq!(rejected.len(), 1);
    assert_eq!(rejected[0].reason_text.as_deref(), Some("不在授权范围"));
}

#[test]
fn two_people_change_different_fields_and_both_stand() {
    let (a, b, mut orderer) = two_desks(77);
    let resident = a.resident(0, "张三", "330211199001011234");
    orderer.settle(&[&a, &b], |_| false);
    a.residents(&[ResidentDraft::edit(resident).set(Field::Phone, "13911112222")]);
    b.residents(&[ResidentDraft::edit(resident).set(Field::Address, "东街3号")]);
    orderer.settle(&[&a, &b], |_| false);
    for desk in [&a, &b] {
        let row = desk.store.read(|r| r.resident(resident)).unwrap().unwrap();
        assert_eq!((row.phone.as_deref(), row.address.as_deref()), (Some("13911112222"), Some("东街3号")));
        assert_eq!(races(desk), Vec::<String>::new());
    }
}

#[test]
fn two_people_change_one_field_and_a_person_settles_it() {
    let (a, b, mut orderer) = two_desks(79);
    let resident = a.resident(0, "张三", "330211199001011234");
    orderer.settle(&[&a, &b], |_| false);
    a.residents(&[ResidentDraft::edit(resident).set(Field::Phone, "13911112222")]);
    b.residents(&[ResidentDraft::edit(resident).set(Field::Phone, "13933334444")]);
    orderer.settle(&[&a, &b], |_| false);
    for desk in [&a, &b] {
        assert_eq!(races(desk), ["field:phone"]);
        let row = desk.store.read(|r| r.resident(resident)).unwrap().unwrap();
        assert_eq!(row.phone.as_deref(), Some("13933334444"), "the last in server order");
    }
    a.residents(&[ResidentDraft::edit(resident).set(Field::Phone, "13911112222")]);
    orderer.settle(&[&a, &b], |_| false);
    assert_eq!(races(&b), Vec::<String>::new());
    // The same value from both sides is no conflict.
    for desk in [&a, &b] {
        desk.residents(&[ResidentDraft::edit(resident).set(Field::Phone, "13955556666")]);
    }
    orderer.settle(&[&a, &b], |_| false);
    assert_eq!(races(&a), Vec::<String>::new());
}

#[test]
fn an_unapproved_award_cannot_be_reversed_here() {
    let desk = Desk::new(81);
    let resident = desk.resident(0, "张三", "330211199001011234");
    let rule = desk.rule(5);
    let award = desk.award(resident, rule, 5);
    let refused = desk.store.write(desk.admin, |tx| tx.reverse_award(award, "记错"));
    assert!(matches!(refused, Err(StoreError::Refused(_))));
}

#[test]
fn an_import_that_was_undone_stays_undone_whatever_comes_for_it_later() {
    let (a, b, mut orderer) = two_desks(83);
    let known = a.resident(0, "张三", "330211199001011234");
    let import = ImportSource { id: ImportId::from_bytes([5; 16]), source: "花名册.xlsx".to_owned() };
    let record = |rows: &[ResidentDraft<'_>]| {
        let batch = ResidentBatch { rows, import: Some(import.clone()), ..Default::default() };
        a.write(|tx| tx.record_residents(batch));
    };
    record(&[ResidentDraft::edit(known).set(Field::Phone, "13911112222")]);
    a.write(|tx| tx.undo_import(import.id));
    orderer.settle(&[&a, &b], |_| false);
    record(&[ResidentDraft::edit(known).set(Field::Phone, "13933334444")]);
    orderer.settle(&[&a, &b], |_| false);
    for desk in [&a, &b] {
        let row = desk.store.read(|r| r.resident(known)).unwrap().unwrap();
        assert_eq!(row.phone.as_deref(), Some("13800001234"));
        assert_eq!(desk.store.verify(None).unwrap().faults, Vec::<String>::new());
    }
    assert_eq!(a.store.dump().unwrap(), b.store.dump().unwrap());
}

#[test]
fn an_own_operation_whose_receipt_was_lost_finds_its_place_with_the_page() {
    let (a, b, mut orderer) = two_desks(85);
    let resident = a.resident(0, "张三", "330211199001011234");
    orderer.settle(&[&a, &b], |_| false);
    a.residents(&[ResidentDraft::edit(resident).set(Field::Phone, "13911112222")]);
    orderer.push(&a, 10, false, |_| false);
    b.residents(&[ResidentDraft::edit(resident).set(Field::Phone, "13933334444")]);
    orderer.push(&b, 10, true, |_| false);
    let scope = VILLAGES[0].parse().unwrap();
    orderer.deliver(&a, scope, 1, 2);
    orderer.push(&a, 10, true, |_| false);
    let row = a.store.read(|r| r.resident(resident)).unwrap().unwrap();
    assert_eq!(row.phone.as_deref(), Some("13933334444"));
    assert_eq!(races(&a), ["field:phone"]);
    orderer.settle(&[&a, &b], |_| false);
    assert_eq!(a.store.dump().unwrap(), b.store.dump().unwrap());
}
