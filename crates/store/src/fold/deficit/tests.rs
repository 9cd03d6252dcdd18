#![allow(clippy::unwrap_used)]
use zhenxin_domain::ids::ResidentId;
use zhenxin_domain::ledger::{Ledger, Owner};
use zhenxin_domain::service_order::{Payer, Step};

use crate::IssueKind;
use crate::fold::issue::tests::{AT, issues, one_issue, same_after_replay};
use crate::proving::{Desk, Orderer, order_for};

/// Two desks, and a resident who was given an hour.
fn with_an_hour(seed: u64) -> ([Desk; 2], Orderer, [ResidentId; 3]) {
    let desks = [Desk::new(seed), Desk::new(seed + 1)];
    Orderer::introduce(&[&desks[0], &desks[1]]);
    let mut orderer = Orderer::default();
    let people = [("张三", "330211199001011234"), ("李四", "330211198501011235"), ("王五", "330211197001011236")];
    let people = people.map(|(name, number)| desks[0].resident(0, name, number));
    // somebody without minutes gives them: a deficit of its own, decided at once
    desks[0].give(people[2], Some(people[0]), 60);
    let early = one_issue(&desks[0], IssueKind::Deficit);
    desks[0].write(|tx| tx.settle_issue(&early, "later", Some("补录")));
    orderer.settle(&[&desks[0], &desks[1]], |_| false);
    assert_eq!(issues(&desks[1], IssueKind::Deficit), []);
    (desks, orderer, people)
}

#[test]
fn two_offline_desks_spend_the_same_minutes_and_a_person_waives_the_rest_once() {
    let ([a, b], mut orderer, [giver, taker, _]) = with_an_hour(661);
    a.give(giver, Some(taker), 60);
    b.give(giver, None, 60);
    orderer.settle(&[&a, &b], |_| false);
    for desk in [&a, &b] {
        assert_eq!(desk.minutes(Owner::Resident(giver)), -60, "both are booked, nothing is reversed by itself");
        assert_eq!(one_issue(desk, IssueKind::Deficit).resident, Some(giver));
    }
    let issue = one_issue(&a, IssueKind::Deficit);
    for desk in [&a, &b] {
        desk.write(|tx| tx.waive_deficit(&issue, 60, "两处同时办理"));
    }
    orderer.settle(&[&b, &a], |_| false);
    for desk in [&a, &b] {
        assert_eq!(desk.minutes(Owner::Resident(giver)), 0, "paid once");
        let sums = desk.read(|r| r.time_sums(giver));
        assert_eq!((sums.waived_min, sums.available_min()), (60, 0));
        assert_eq!(desk.read(|r| r.issues(AT)), []);
        let decided = desk.read(|r| r.issue(&issue.key, AT)).unwrap().decided.unwrap();
        assert_eq!((decided.decision.as_str(), decided.by), (super::WAIVE, b.admin));
        assert_eq!(desk.read(|r| r.ledger_sum(Ledger::Minutes)), 0);
    }
    same_after_replay(&[&a, &b]);
}

#[test]
fn to_waive_and_to_wait_are_two_decisions_and_the_first_holds() {
    let ([a, b], mut orderer, [giver, taker, _]) = with_an_hour(663);
    a.give(giver, Some(taker), 40);
    b.give(giver, None, 40);
    orderer.settle(&[&a, &b], |_| false);
    let issue = one_issue(&a, IssueKind::Deficit);
    a.write(|tx| tx.waive_deficit(&issue, 20, "特殊情况"));
    b.write(|tx| tx.settle_issue(&issue, "later", Some("下月补回")));
    orderer.settle(&[&b, &a], |_| false);
    for desk in [&a, &b] {
        assert_eq!(desk.minutes(Owner::Resident(giver)), -20, "what lost posts nothing");
        assert_eq!(issues(desk, IssueKind::Deficit), [], "it was decided");
        assert_eq!(issues(desk, IssueKind::Lost).len(), 1);
    }
    // the next spend is a deficit of its own
    a.give(giver, None, 5);
    assert_eq!(one_issue(&a, IssueKind::Deficit).resident, Some(giver));
    orderer.settle(&[&a, &b], |_| false);
    same_after_replay(&[&a, &b]);
}

#[test]
fn what_is_taken_back_closes_the_deficit() {
    let ([a, b], mut orderer, [giver, taker, _]) = with_an_hour(665);
    let gift = a.give(giver, Some(taker), 60);
    b.give(giver, None, 60);
    orderer.settle(&[&a, &b], |_| false);
    b.write(|tx| tx.reverse_gift(gift, "重复办理"));
    orderer.settle(&[&a, &b], |_| false);
    for desk in [&a, &b] {
        assert_eq!(desk.minutes(Owner::Resident(giver)), 0);
        assert_eq!(desk.read(|r| r.issues(AT)), []);
    }
    same_after_replay(&[&a, &b]);
}

/// What lost about the deficit, by its word.
fn lost(desk: &Desk) -> Vec<String> {
    issues(desk, IssueKind::Lost).into_iter().filter_map(|issue| issue.key.what).collect()
}

#[test]
fn a_deficit_that_one_desk_waives_and_another_takes_back_is_paid_once() {
    for (waived_first, both) in [(true, false), (false, false), (true, true), (false, true)] {
        let ([a, b], mut orderer, [giver, taker, _]) = with_an_hour(667);
        let gifts = [a.give(giver, Some(taker), 60), b.give(giver, None, 60)];
        orderer.settle(&[&a, &b], |_| false);
        let issue = one_issue(&a, IssueKind::Deficit);
        let reserve = a.town_minutes().reserve_min;
        a.write(|tx| tx.waive_deficit(&issue, 60, "两处同时办理"));
        b.write(|tx| tx.reverse_gift(gifts[0], "重复办理"));
        if both {
            b.write(|tx| tx.reverse_gift(gifts[1], "重复办理"));
        }
        let order: [&Desk; 2] = if waived_first { [&a, &b] } else { [&b, &a] };
        orderer.settle(&order, |_| false);
        for desk in [&a, &b] {
            let (balance, back) = if both { (60, 60) } else { (0, 0) };
            assert_eq!(desk.minutes(Owner::Resident(giver)), balance, "what came back, and nothing besides");
            assert_eq!(desk.town_minutes().reserve_min, reserve - back);
            assert_eq!(lost(desk), [if waived_first { super::WAIVER_RETURNED } else { super::WAIVER_LOST }]);
            assert_eq!(desk.read(|r| r.time_sums(giver)).waived_min, 0);
            assert_eq!(desk.read(|r| r.ledger_sum(Ledger::Minutes)), 0);
        }
        same_after_replay(&[&a, &b]);
    }
}

#[test]
fn a_cancelled_order_is_not_paid_for_and_a_standing_one_is() {
    let ([a, b], mut orderer, [giver, ..]) = with_an_hour(671);
    let service = a.service(None, 100, "2026-01-01");
    let order = a.order(order_for(giver, service, Payer::Own));
    orderer.settle(&[&a, &b], |_| false);
    assert_eq!(a.minutes(Owner::Resident(giver)), -60);
    let issue = one_issue(&a, IssueKind::Deficit);
    a.write(|tx| tx.waive_deficit(&issue, 60, "特殊情况"));
    b.step_order(order, &[Step::Cancel]);
    orderer.settle(&[&b, &a], |_| false);
    for desk in [&a, &b] {
        assert_eq!(desk.minutes(Owner::Resident(giver)), 60);
        assert_eq!(lost(desk), [super::WAIVER_LOST]);
    }
    // and what nobody takes back stays paid
    a.order(order_for(giver, service, Payer::Own));
    let issue = one_issue(&a, IssueKind::Deficit);
    a.write(|tx| tx.waive_deficit(&issue, 60, "特殊情况"));
    orderer.settle(&[&a, &b], |_| false);
    assert_eq!(b.minutes(Owner::Resident(giver)), 0);
    same_after_replay(&[&a, &b]);
}
