#![allow(clippy::unwrap_used)]
use zhenxin_domain::ids::ResidentId;
use zhenxin_domain::ledger::Owner;
use zhenxin_protocol::body::resident::Field;

use crate::fold::issue::tests::{AT, issues, one_issue, same_after_replay};
use crate::proving::{Desk, Orderer, day, village};
use crate::{IssueKind, ResidentDraft, ResidentFilter, SearchOptions, StoreError};

const NUMBER: &str = "330211199001011234";

/// Two desks, and two records of one person.
fn twins(seed: u64) -> ([Desk; 2], Orderer, [ResidentId; 2]) {
    let desks = [Desk::new(seed), Desk::new(seed + 1)];
    Orderer::introduce(&[&desks[0], &desks[1]]);
    let mut orderer = Orderer::default();
    // recorded on two desks, in two villages
    let twins = [0, 1].map(|at| desks[at].resident(at, "张三", NUMBER));
    orderer.settle(&[&desks[0], &desks[1]], |_| false);
    (desks, orderer, twins)
}

fn listed(desk: &Desk) -> Vec<ResidentId> {
    let filter = ResidentFilter::default();
    desk.read(|r| r.residents_page(filter, 0, 100)).rows.into_iter().map(|row| row.id).collect()
}

fn found(desk: &Desk, typed: &str) -> Vec<ResidentId> {
    let options = SearchOptions { village: None, limit: 20 };
    desk.read(|r| r.search(typed, options)).rows.into_iter().map(|row| row.id).collect()
}

#[test]
fn a_merged_record_is_in_no_list_and_everything_of_it_counts() {
    let ([a, b], mut orderer, [one, other]) = twins(641);
    let rule = a.rule(5);
    for resident in [one, other] {
        let award = a.award(resident, rule, 5);
        a.approve(award);
        a.give(resident, None, 10);
    }
    assert_eq!(one_issue(&a, IssueKind::DuplicateResident).key.residents().unwrap().len(), 2);
    a.write(|tx| tx.merge_residents(one, other));
    orderer.settle(&[&a, &b], |_| false);
    for desk in [&a, &b] {
        assert_eq!(issues(desk, IssueKind::DuplicateResident), []);
        assert_eq!((listed(desk), found(desk, "张三"), found(desk, NUMBER)), (vec![one], vec![one], vec![one]));
        assert_eq!(desk.read(|r| r.residents_total()), 1);
        assert_eq!(desk.read(|r| r.villages_with_counts()), [(village(0), 1)]);
        let balance = desk.read(|r| r.balance(Owner::Resident(one), day("2026-01-12")));
        assert_eq!(balance.effective_points, 10);
        assert_eq!(desk.read(|r| r.entries(Owner::Resident(one), 10, 0)).rows.len(), 2);
        assert_eq!(desk.read(|r| r.entries(Owner::Resident(other), 10, 0)).rows.len(), 1, "its own page shows its own");
        assert_eq!(desk.minutes(Owner::Resident(one)), -20);
        assert_eq!(desk.read(|r| r.time_sums(one)).given_min, 20);
        assert_eq!(desk.read(|r| r.awards_of_resident(one, 10, 0)).len(), 2);
        let (from, to) = (day("2026-01-01"), day("2026-12-31"));
        let rule = desk.read(|r| r.all_rules())[0].rule;
        assert_eq!(desk.read(|r| r.points_in_period(Owner::Resident(one), rule, from, to)), 10, "caps count both");
        assert_eq!(desk.read(|r| r.time_accounts(None, from, to, 0, 10)).rows.len(), 1);
        let merged = desk.read(|r| r.merged_into(one));
        assert_eq!((merged.len(), merged[0].resident.id, merged[0].merged_by), (1, other, a.admin));
    }
    // the same event recorded once for each of them is now a duplicate
    assert_eq!(one_issue(&b, IssueKind::DuplicateAward).scope, one_issue(&a, IssueKind::DuplicateAward).scope);
    assert_eq!(a.count("SELECT count(*) FROM transfer"), 4, "no entry was rewritten");
    b.write(|tx| tx.unmerge_resident(other));
    orderer.settle(&[&a, &b], |_| false);
    assert_eq!(listed(&a).len(), 2);
    assert_eq!((a.minutes(Owner::Resident(one)), a.minutes(Owner::Resident(other))), (-10, -10));
    assert_eq!(one_issue(&a, IssueKind::DuplicateResident).key.residents().unwrap().len(), 2, "it is open again");
    same_after_replay(&[&a, &b]);
}

#[test]
fn two_desks_merge_the_other_way_round_and_one_record_stands_for_both() {
    let ([a, b], mut orderer, [one, other]) = twins(643);
    a.write(|tx| tx.merge_residents(one, other));
    b.write(|tx| tx.merge_residents(other, one));
    orderer.settle(&[&a, &b], |_| false);
    let root = one.min(other);
    for desk in [&a, &b] {
        assert_eq!((listed(desk), found(desk, "张三")), (vec![root], vec![root]), "nobody disappears");
        assert_eq!([one, other].map(|id| desk.read(|r| r.kept(id))), [root, root]);
        let issue = one_issue(desk, IssueKind::DuplicateResident);
        assert_eq!(issue.key.residents(), Some([root, one.max(other)]), "and a person is asked, once");
    }
    // whoever keeps the second opens the ring at it
    b.write(|tx| tx.unmerge_resident(one.max(other)));
    orderer.settle(&[&a, &b], |_| false);
    assert_eq!(listed(&a), [one.max(other)]);
    assert_eq!(issues(&a, IssueKind::DuplicateResident), []);
    same_after_replay(&[&a, &b]);
}

#[test]
fn a_record_merged_into_two_is_merged_into_the_first_and_the_second_is_shown() {
    let ([a, b], mut orderer, [one, other]) = twins(645);
    let third = a.resident(0, "张叁", NUMBER);
    orderer.settle(&[&a, &b], |_| false);
    a.write(|tx| tx.merge_residents(one, third));
    b.write(|tx| tx.merge_residents(other, third));
    orderer.settle(&[&b, &a], |_| false);
    for desk in [&a, &b] {
        assert_eq!(desk.read(|r| r.kept(third)), other);
        assert_eq!(one_issue(desk, IssueKind::Lost).key.what.as_deref(), Some("merge_lost"));
    }
    // a chain: what was merged into a record that is merged leads to the end
    a.write(|tx| tx.merge_residents(one, other));
    orderer.settle(&[&a, &b], |_| false);
    assert_eq!((b.read(|r| r.kept(third)), b.read(|r| r.names_of(one)).len()), (one, 3));
    same_after_replay(&[&a, &b]);
}

#[test]
fn a_merge_that_makes_no_sense_is_refused_at_the_desk() {
    let ([a, _], _, [one, other]) = twins(647);
    a.write(|tx| tx.merge_residents(one, other));
    for (kept, duplicate) in [(one, other), (other, one)] {
        let refused = a.store.write(a.admin, |tx| tx.merge_residents(kept, duplicate));
        assert!(matches!(refused, Err(StoreError::Refused(_))), "{refused:?}");
    }
    let refused = a.store.write(a.admin, |tx| tx.unmerge_resident(one));
    assert!(matches!(refused, Err(StoreError::Refused(_))));
}

#[test]
fn an_edit_and_a_merge_of_one_record_both_stand() {
    let ([a, b], mut orderer, [one, other]) = twins(649);
    a.write(|tx| tx.merge_residents(one, other));
    b.residents(&[ResidentDraft::edit(other).set(Field::Phone, "13911112222")]);
    orderer.settle(&[&a, &b], |_| false);
    for desk in [&a, &b] {
        let row = desk.read(|r| r.resident(other)).unwrap();
        assert_eq!((row.phone.as_deref(), row.alias_of), (Some("13911112222"), Some(one)));
        assert_eq!(found(desk, "13911112222"), [one], "found by the new number, shown as the kept one");
    }
    assert_eq!(a.read(|r| r.issues(AT)), []);
    same_after_replay(&[&a, &b]);
}
