#![allow(clippy::unwrap_used)]
use zhenxin_domain::ids::{ImportId, OpId, ResidentId};
use zhenxin_protocol::body::resident::Field;
use zhenxin_protocol::entity::{Entity, EntityKind};

use super::{IssueKey, IssueKind};
use crate::fold::issue::tests::{AT, issues, one_issue, same_after_replay};
use crate::proving::{Desk, Orderer, village};
use crate::{ImportSource, IssuesAt, ResidentBatch, ResidentDraft, Unsealed};

fn two_desks(seed: u64) -> (Desk, Desk, Orderer) {
    let (a, b) = (Desk::new(seed), Desk::new(seed + 1));
    Orderer::introduce(&[&a, &b]);
    (a, b, Orderer::default())
}

fn phone(desk: &Desk, resident: ResidentId, number: &str) {
    desk.residents(&[ResidentDraft::edit(resident).set(Field::Phone, number)]);
}

fn texts(desk: &Desk, resident: ResidentId) -> Vec<(String, bool)> {
    let sides = desk.read(|r| r.field_sides(resident, Field::Phone));
    let text = |value| match value {
        Some(Unsealed::Text(text)) => text,
        other => format!("{other:?}"),
    };
    sides.into_iter().map(|side| (text(side.value), side.current)).collect()
}

/// Fault 11: one line for each way in which two desks can change one resident without seeing each other.
#[test]
fn truth_table_of_two_desks_and_one_resident() {
    // (what a writes, what b writes) → (kinds of issues, values that stand against each other)
    let table: [(&str, Option<&str>, Option<&str>, usize); 4] = [
        ("same field, other values", Some("13911112222"), Some("13933334444"), 2),
        ("same field, equal values", Some("13911112222"), Some("13911112222"), 1),
        ("one field, by one of them", Some("13911112222"), None, 1),
        ("nobody", None, None, 1),
    ];
    for (at, (name, of_a, of_b, values)) in table.into_iter().enumerate() {
        let (a, b, mut orderer) = two_desks(681 + 2 * at as u64);
        let resident = a.resident(0, "张三", "330211199001011234");
        orderer.settle(&[&a, &b], |_| false);
        for (desk, number) in [(&a, of_a), (&b, of_b)] {
            if let Some(number) = number {
                phone(desk, resident, number);
            }
        }
        b.residents(&[ResidentDraft::edit(resident).set(Field::Address, "东街3号")]);
        orderer.settle(&[&a, &b], |_| false);
        for desk in [&a, &b] {
            assert_eq!(issues(desk, IssueKind::Field).len(), usize::from(values > 1), "{name}");
            assert_eq!(texts(desk, resident).len(), values, "{name}");
            let row = desk.read(|r| r.resident(resident)).unwrap();
            assert_eq!(row.address.as_deref(), Some("东街3号"), "{name}: other fields do not meet");
            let expected = of_b.or(of_a).unwrap_or("13800001234");
            assert_eq!(row.phone.as_deref(), Some(expected), "{name}: the last in server order");
        }
        same_after_replay(&[&a, &b]);
    }
}

#[test]
fn a_conflict_holds_all_values_and_ends_where_somebody_saw_the_winner() {
    let desks = [691, 692, 693].map(Desk::new);
    let all = [&desks[0], &desks[1], &desks[2]];
    Orderer::introduce(&all);
    let mut orderer = Orderer::default();
    let resident = desks[0].resident(0, "张三", "330211199001011234");
    orderer.settle(&all, |_| false);
    for (desk, number) in all.into_iter().zip(["13911112222", "13933334444", "13955556666"]) {
        phone(desk, resident, number);
    }
    orderer.settle(&all, |_| false);
    let issue = one_issue(&desks[0], IssueKind::Field);
    assert_eq!((issue.key.what.as_deref(), issue.resident), (Some("phone"), Some(resident)));
    for desk in all {
        let expected = [("13955556666", true), ("13933334444", false), ("13911112222", false)];
        assert_eq!(texts(desk, resident), expected.map(|(number, current)| (number.to_owned(), current)));
    }
    // two of them settle it differently, neither seeing the other: one conflict, of what they chose
    phone(&desks[0], resident, "13911112222");
    phone(&desks[1], resident, "13933334444");
    orderer.settle(&all, |_| false);
    for desk in all {
        assert_eq!(issues(desk, IssueKind::Field).len(), 1);
        assert_eq!(texts(desk, resident).len(), 2);
    }
    phone(&desks[2], resident, "13911112222");
    orderer.settle(&all, |_| false);
    assert_eq!(desks[0].read(|r| r.issues(AT)), []);
    assert_eq!(texts(&desks[0], resident), [("13911112222".to_owned(), true)]);
    same_after_replay(&all);
}

#[test]
fn an_edit_that_meets_an_undone_import_is_kept_for_a_person_and_can_be_restored() {
    let (a, b, mut orderer) = two_desks(695);
    let import = ImportSource { id: ImportId::from_bytes([5; 16]), source: "花名册.xlsx".to_owned() };
    let draft = ResidentDraft::new(village(0))
        .household_no("12")
        .set(Field::Name, "张三")
        .set(Field::IdNumber, "330211199001011234")
        .set(Field::Phone, "13800001234");
    let batch = ResidentBatch { rows: &[draft], import: Some(import.clone()), ..Default::default() };
    let resident = a.write(|tx| tx.record_residents(batch)).residents[0];
    orderer.settle(&[&a, &b], |_| false);
    a.write(|tx| tx.undo_import(import.id));
    phone(&b, resident, "13933334444");
    orderer.settle(&[&a, &b], |_| false);
    for desk in [&a, &b] {
        assert_eq!(desk.read(|r| r.resident(resident)), None, "nobody without a name is left over");
        assert_eq!(one_issue(desk, IssueKind::Deleted).resident, Some(resident));
    }
    same_after_replay(&[&a, &b]);
    let issue = one_issue(&a, IssueKind::Deleted);
    a.write(|tx| tx.restore_resident(&issue));
    orderer.settle(&[&a, &b], |_| false);
    for desk in [&a, &b] {
        let row = desk.read(|r| r.resident(resident)).unwrap();
        assert_eq!((row.name.as_deref(), row.phone.as_deref()), (Some("张三"), Some("13933334444")));
        assert_eq!((row.village, row.household_no.as_deref()), (Some(village(0)), Some("12")));
        assert_eq!(desk.read(|r| r.issues(AT)), []);
    }
    same_after_replay(&[&a, &b]);
}

#[test]
fn an_undone_import_may_also_stay_undone() {
    let (a, b, mut orderer) = two_desks(697);
    let import = ImportSource { id: ImportId::from_bytes([6; 16]), source: "花名册.xlsx".to_owned() };
    let draft = ResidentDraft::new(village(0)).set(Field::Name, "张三");
    let batch = ResidentBatch { rows: &[draft], import: Some(import.clone()), ..Default::default() };
    let resident = a.write(|tx| tx.record_residents(batch)).residents[0];
    orderer.settle(&[&a, &b], |_| false);
    a.write(|tx| tx.undo_import(import.id));
    phone(&b, resident, "13933334444");
    orderer.settle(&[&a, &b], |_| false);
    let issue = one_issue(&b, IssueKind::Deleted);
    b.write(|tx| tx.settle_issue(&issue, "seen", None));
    orderer.settle(&[&a, &b], |_| false);
    assert_eq!(a.read(|r| r.issues(AT)), []);
    same_after_replay(&[&a, &b]);
}

#[test]
fn people_who_look_alike_are_listed_and_others_are_not() {
    let desk = Desk::new(699);
    let person = |name: &str, number: &str, household: &str| {
        let draft = ResidentDraft::new(village(0)).household_no(household.to_owned());
        desk.residents(&[draft.set(Field::Name, name.to_owned()).set(Field::IdNumber, number.to_owned())])[0]
    };
    let first = person("张三", "330211199001011234", "12");
    person("李四", "330211199001011242", "12");
    person("张三", "330211197001011236", "13");
    assert_eq!(issues(&desk, IssueKind::DuplicateResident), [], "a name, a birthday or a household alone is nothing");
    let same_number = person("张叁", "330211199001011234", "14");
    let same_birth = person("张三", "330211199001011250", "15");
    let same_house = person("张三", "330211200001011236", "12");
    let pairs = |desk: &Desk| {
        let rows = issues(desk, IssueKind::DuplicateResident);
        let mut pairs: Vec<_> = rows.iter().map(|row| row.key.residents().unwrap()).collect();
        pairs.sort();
        pairs
    };
    let mut expected: Vec<_> =
        [same_number, same_birth, same_house].iter().map(|other| [first.min(*other), first.max(*other)]).collect();
    expected.sort();
    assert_eq!(pairs(&desk), expected);
    // a corrected number ends it, a wrong one begins it
    desk.residents(&[ResidentDraft::edit(same_number).set(Field::IdNumber, "330211195001011238")]);
    assert_eq!(pairs(&desk).len(), 2);
    desk.residents(&[ResidentDraft::edit(same_number).set(Field::IdNumber, "330211197001011236")]);
    assert_eq!(pairs(&desk).len(), 3);
}

#[test]
fn keys_that_do_not_come_for_a_day_are_told() {
    let (a, b, mut orderer) = two_desks(703);
    a.resident(0, "张三", "330211199001011234");
    let keys = a.store.dirty_keys(10_000).unwrap();
    // the operations arrive, the keys do not
    orderer.push(&a, 100, true, |_| false);
    let stranger = Desk::new(705);
    orderer.deliver(&stranger, "330211101200".parse().unwrap(), 0, 100);
    let later = |hours: i64| IssuesAt { now_ms: AT.now_ms + hours * 3_600_000, ..AT };
    assert_eq!(stranger.read(|r| r.issues_of(IssueKind::MissingKey, later(1))), []);
    let found = stranger.read(|r| r.issues_of(IssueKind::MissingKey, later(30)));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].key.what.as_deref(), Some("1"), "of one person");
    drop((b, keys));
}

#[test]
fn a_key_reads_back_as_it_was_written() {
    let about = Entity::new(EntityKind::Award, [7; 16]);
    for (op, what) in [
        (None, None),
        (Some(OpId::from_bytes([9; 16])), Some("brand_step_lost:0192c1de-0000-7000-8000-000000000001")),
        (None, Some("field")),
    ] {
        let key = IssueKey { kind: IssueKind::Lost, about, op, what: what.map(str::to_owned) };
        let text = key.to_string();
        assert!(text.chars().all(|c| c.is_ascii_alphanumeric() || "_:.-".contains(c)), "{text}");
        assert_eq!(text.parse(), Ok(key));
    }
    for text in ["", "lost", "lost:05", "odd:0507:-:-", "lost:zz:-:-", "lost:汉字:-:-"] {
        assert!(text.parse::<IssueKey>().is_err(), "{text}");
    }
}

#[test]
fn a_decided_conflict_stays_among_what_was_decided_with_all_its_values() {
    let (a, b, mut orderer) = two_desks(721);
    let resident = a.resident(0, "张三", "330211199001011234");
    orderer.settle(&[&a, &b], |_| false);
    for (round, chosen) in ["13911112222", "13933334444"].into_iter().enumerate() {
        phone(&a, resident, "13911112222");
        phone(&b, resident, "13933334444");
        orderer.settle(&[&a, &b], |_| false);
        let issue = one_issue(&b, IssueKind::Field);
        let winner = b.read(|r| r.field_sides(resident, Field::Phone))[0].op;
        phone(&b, resident, chosen);
        b.write(|tx| tx.note_field_settled(&issue, winner, "keep"));
        orderer.settle(&[&a, &b], |_| false);
        for desk in [&a, &b] {
            assert_eq!(issues(desk, IssueKind::Field), [], "the next conflict of the field is not hidden by the last");
            let settled = desk.read(|r| r.settled_issues(10));
            assert_eq!(settled.len(), round + 1);
            let sides = desk.read(|r| r.settled_sides(resident, Field::Phone, winner));
            let told: Vec<_> = sides.iter().map(|side| (side.value.clone(), side.current)).collect();
            let text = |number: &str| Some(crate::Unsealed::Text(number.to_owned()));
            assert_eq!(told.len(), 2);
            assert!(told.contains(&(text(chosen), true)), "{told:?}");
            assert_eq!(told.iter().filter(|(_, current)| *current).count(), 1);
        }
        // both see the same again before they part
        phone(&a, resident, "13800000000");
        orderer.settle(&[&a, &b], |_| false);
    }
    same_after_replay(&[&a, &b]);
}
