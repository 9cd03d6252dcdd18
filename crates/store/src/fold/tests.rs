#![allow(clippy::unwrap_used)]
use std::collections::BTreeMap;

use zhenxin_domain::division::Scope;
use zhenxin_domain::ids::{ImportId, OpId, ResidentId};
use zhenxin_domain::ledger::Owner;
use zhenxin_protocol::body::Body;
use zhenxin_protocol::body::import::ImportUndone;
use zhenxin_protocol::body::resident::{Field, ResidentPatch, ResidentsRecorded};

use crate::proving::{Desk, Orderer, VILLAGES, day, village};
use crate::write::Draft;
use crate::{ImportSource, NewUser, ResidentBatch, ResidentDraft, Review, StoreError, UserChange};

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

/// What a program that minds no scope writes about a resident.
fn written_elsewhere(desk: &Desk, at: usize, body: Body) {
    desk.write(|tx| {
        let id = OpId::from_uuid(tx.new_uuid());
        tx.commit(Draft { id, scope: Scope::Village(village(at)), body, occurred_on: 20_000 })
    });
}

fn recorded_again(resident: ResidentId, at: usize) -> Body {
    let household_no = Some("99".to_owned());
    let (fields, base) = (BTreeMap::new(), BTreeMap::new());
    let patch = ResidentPatch { resident, village: Some(village(at)), household_no, fields, base };
    Body::ResidentsRecorded(ResidentsRecorded { import: None, source: None, rows: vec![patch] })
}

/// What the desk holds of residents; its own device and user are its own.
fn of_residents(desk: &Desk) -> Vec<String> {
    let sql = "SELECT concat_ws(' ', scope, village, household_no, name, hex(registers)) FROM resident
               UNION ALL SELECT concat_ws(' ', hex(entity), hex(op), what, scope) FROM race
               UNION ALL SELECT concat_ws(' ', hex(import), scope, residents, undone_at) FROM import_part ORDER BY 1";
    desk.sql(|conn| conn.prepare(sql)?.query_map([], |row| row.get(0))?.collect())
}

/// Desks that read the scopes in different orders, one of them operation by operation.
fn read_in_any_order(orderer: &mut Orderer, givers: &[&Desk], seed: u64) -> Vec<Desk> {
    let readers: Vec<Desk> = (seed..seed + 3).map(Desk::new).collect();
    let mut all = givers.to_vec();
    all.extend(&readers);
    Orderer::introduce(&all);
    let scopes = [0, 1].map(|at| Scope::Village(village(at)));
    for (reader, scopes) in readers.iter().zip([scopes, [scopes[1], scopes[0]]]) {
        orderer.pull_keys(reader);
        for scope in scopes {
            orderer.deliver(reader, scope, 0, usize::MAX);
        }
    }
    for reader in &readers {
        while orderer.pull(reader, 1) {}
    }
    readers
}

#[test]
fn a_resident_lives_in_the_scope_of_the_first_record_whatever_arrives_first() {
    for (home, elsewhere) in [(0, 1), (1, 0)] {
        let (a, rogue, mut orderer) = two_desks(85 + home as u64 * 10);
        let resident = a.resident(home, "张三", "330211199001011234");
        orderer.settle(&[&a, &rogue], |_| false);
        written_elsewhere(&rogue, elsewhere, recorded_again(resident, elsewhere));
        orderer.settle(&[&rogue, &a], |_| false);
        let readers = read_in_any_order(&mut orderer, &[&a, &rogue], 87 + home as u64 * 10);
        let number = |desk: &Desk| desk.read(|r| r.resident(resident)).unwrap().household_no;
        for desk in &readers {
            assert_eq!(of_residents(desk), of_residents(&a), "home {home}");
            assert_eq!(races(desk), ["resident_elsewhere"]);
            // of two first records the one in the first scope holds, as with awards
            assert_eq!(number(desk).as_deref(), Some(if home == 0 { "12" } else { "99" }));
            assert_eq!(desk.store.verify(None).unwrap().faults, Vec::<String>::new());
        }
    }
}

#[test]
fn an_import_is_undone_in_its_own_scope_only() {
    let (a, rogue, mut orderer) = two_desks(105);
    let import = ImportId::from_bytes([5; 16]);
    let draft = ResidentDraft::new(village(0)).household_no("12").set(Field::Name, "张三");
    let source = ImportSource { id: import, source: "花名册.xlsx".to_owned() };
    let rows = &[draft];
    let batch = ResidentBatch { rows, import: Some(source), ..Default::default() };
    let resident = a.write(|tx| tx.record_residents(batch)).residents[0];
    orderer.settle(&[&a, &rogue], |_| false);
    let undone = ImportUndone { import, residents: vec![resident], rules: Vec::new() };
    written_elsewhere(&rogue, 1, Body::ImportUndone(undone));
    orderer.settle(&[&rogue, &a], |_| false);
    let readers = read_in_any_order(&mut orderer, &[&a, &rogue], 107);
    for desk in readers.iter().chain([&rogue]) {
        assert_eq!(of_residents(desk), of_residents(&a));
        assert!(desk.read(|r| r.resident(resident)).is_some());
    }
}

#[test]
fn an_account_that_one_desk_closed_stays_closed_whatever_another_one_gives_it() {
    for office_first in [true, false] {
        let (office, village_desk, mut orderer) = two_desks(91);
        let li = NewUser { name: "李四".to_owned(), duties: 1, villages: vec![village(0)], ..NewUser::default() };
        let li = office.write(|tx| tx.add_user(&li));
        let resident = office.resident(0, "李四", "330211199001011234");
        orderer.settle(&[&office, &village_desk], |_| false);
        let closed = UserChange { active: Some(false), resident: Some(Some(resident)), ..UserChange::default() };
        office.write(|tx| tx.change_user(li, closed));
        // meanwhile somebody else gives duties and the whole town
        let given = UserChange { duties: Some(7), villages: Some(Vec::new()), ..UserChange::default() };
        village_desk.write(|tx| tx.change_user(li, given));
        let order = if office_first { [&office, &village_desk] } else { [&village_desk, &office] };
        orderer.settle(&order, |_| false);
        for desk in order {
            let row = desk.read(|r| r.user(li)).unwrap();
            assert!(!row.active);
            assert_eq!((row.duties, row.villages, row.resident), (7, Vec::new(), Some(resident)));
            assert_eq!(desk.count("SELECT count(*) FROM user WHERE removed_hlc IS NOT NULL"), 1);
        }
        office.write(|tx| tx.change_user(li, UserChange { resident: Some(None), ..UserChange::default() }));
        let row = office.read(|r| r.user(li)).unwrap();
        assert_eq!((row.active, row.duties, row.resident), (false, 7, None));
        orderer.settle(&order, |_| false);
        super::issue::tests::same_after_replay(&order);
    }
}
