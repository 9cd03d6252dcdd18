#![allow(clippy::unwrap_used)]
use proptest::prelude::*;
use zhenxin_domain::ids::{AwardId, ResidentId};
use zhenxin_domain::ledger::{Ledger, Owner};
use zhenxin_protocol::body::resident::Field;

use super::SETTLED_LOST;
use crate::proving::{Desk, Orderer, START_MS, batch, day, rule};
use crate::{
    AwardDraft, AwardTo, IssueKind, IssueRow, IssuesAt, ResidentBatch, ResidentDraft, RuleVersionDraft, StoreError, Tx,
    Unsealed,
};

pub(crate) const AT: IssuesAt =
    IssuesAt { now_ms: START_MS, today: chrono::NaiveDate::from_ymd_opt(2026, 1, 5).unwrap() };

pub(crate) fn issues(desk: &Desk, kind: IssueKind) -> Vec<IssueRow> {
    desk.read(|r| r.issues_of(kind, AT))
}

pub(crate) fn one_issue(desk: &Desk, kind: IssueKind) -> IssueRow {
    let found = issues(desk, kind);
    assert_eq!(found.len(), 1, "{found:?}");
    found.into_iter().next().unwrap()
}

pub(crate) fn same_after_replay(desks: &[&Desk]) {
    let dump = desks[0].store.dump().unwrap();
    let open = desks[0].read(|r| r.issues(AT));
    for desk in desks {
        assert!(desk.store.dump().unwrap() == dump, "two desks differ");
        assert_eq!(desk.store.verify(None).unwrap().faults, Vec::<String>::new());
        assert_eq!(desk.read(|r| r.issues(AT)), open, "two desks list other issues");
    }
}

/// Two desks that each recorded the same event for one resident.
fn recorded_twice(seed: u64) -> ([Desk; 2], Orderer, [AwardId; 2]) {
    let desks = [Desk::new(seed), Desk::new(seed + 1)];
    Orderer::introduce(&[&desks[0], &desks[1]]);
    let mut orderer = Orderer::default();
    let resident = desks[0].resident(0, "张三", "330211199001011234");
    let rule = desks[0].rule(5);
    orderer.settle(&[&desks[0], &desks[1]], |_| false);
    let awards = [0, 1].map(|at| desks[at].award(resident, rule, 5));
    orderer.settle(&[&desks[0], &desks[1]], |_| false);
    (desks, orderer, awards)
}

#[test]
fn what_one_desk_settles_is_settled_on_all() {
    let ([a, b], mut orderer, awards) = recorded_twice(601);
    let issue = one_issue(&a, IssueKind::DuplicateAward);
    assert_eq!(one_issue(&b, IssueKind::DuplicateAward), issue, "both desks name it alike");
    let mut pair = issue.key.awards().unwrap();
    pair.sort();
    let mut expected = awards;
    expected.sort();
    assert_eq!(pair, expected);
    a.write(|tx| tx.settle_issue(&issue, "both", Some("上午和下午各一次")));
    orderer.settle(&[&a, &b], |_| false);
    for desk in [&a, &b] {
        assert_eq!(issues(desk, IssueKind::DuplicateAward), []);
        let settled = desk.read(|r| r.issue(&issue.key, AT)).unwrap().decided.unwrap();
        assert_eq!((settled.decision.as_str(), settled.reason.as_deref()), ("both", Some("上午和下午各一次")));
        assert_eq!(desk.read(|r| r.settled_issues(10)).len(), 1);
        assert_eq!(desk.count("SELECT count(*) FROM race"), 0);
    }
    same_after_replay(&[&a, &b]);
}

#[test]
fn awards_under_a_version_that_is_not_here_yet_are_listed_once_it_comes() {
    let (a, b) = (Desk::new(605), Desk::new(606));
    Orderer::introduce(&[&a, &b]);
    let mut orderer = Orderer::default();
    let resident = a.resident(0, "张三", "330211199001011234");
    let (kind, first) = a.write(|tx| tx.record_rules(&[rule(5)], None))[0];
    orderer.settle(&[&a, &b], |_| false);
    let next = RuleVersionDraft { rule: Some(kind), version: 2, ..rule(6) };
    let second = a.write(|tx| tx.record_rules(&[next], None))[0].1;
    // as when the village's page comes before the town's
    b.award(resident, first, 5);
    b.award(resident, second, 6);
    assert_eq!(issues(&b, IssueKind::DuplicateAward), []);
    orderer.settle(&[&b, &a, &b], |_| false);
    assert_eq!(one_issue(&b, IssueKind::DuplicateAward), one_issue(&a, IssueKind::DuplicateAward));
    same_after_replay(&[&a, &b]);
}

#[test]
fn of_two_decisions_the_first_in_server_order_holds_and_the_other_is_shown_once() {
    let ([a, b], mut orderer, _) = recorded_twice(603);
    let issue = one_issue(&a, IssueKind::DuplicateAward);
    a.write(|tx| tx.settle_issue(&issue, "both", None));
    b.write(|tx| tx.settle_issue(&issue, "seen", None));
    orderer.settle(&[&b, &a], |_| false);
    for desk in [&a, &b] {
        let decided = desk.read(|r| r.issue(&issue.key, AT)).unwrap().decided.unwrap();
        assert_eq!((decided.decision.as_str(), decided.by), ("seen", b.admin));
        let lost = one_issue(desk, IssueKind::Lost);
        assert_eq!(lost.key.what.as_deref(), Some(SETTLED_LOST));
    }
    let lost = one_issue(&a, IssueKind::Lost);
    a.write(|tx| tx.settle_issue(&lost, "seen", None));
    orderer.settle(&[&a, &b], |_| false);
    assert_eq!(b.read(|r| r.issues(AT)), []);
    same_after_replay(&[&a, &b]);
}

#[test]
fn two_desks_of_one_mind_race_for_nothing() {
    let ([a, b], mut orderer, _) = recorded_twice(605);
    let issue = one_issue(&a, IssueKind::DuplicateAward);
    for desk in [&a, &b] {
        desk.write(|tx| tx.settle_issue(&issue, "both", None));
    }
    orderer.settle(&[&a, &b], |_| false);
    for desk in [&a, &b] {
        assert_eq!(desk.count("SELECT count(*) FROM race"), 0);
        assert_eq!(desk.count("SELECT count(*) FROM issue_settled"), 1);
    }
    same_after_replay(&[&a, &b]);
}

#[test]
fn a_refused_decision_does_not_count() {
    let ([a, b], mut orderer, _) = recorded_twice(607);
    let issue = one_issue(&a, IssueKind::DuplicateAward);
    a.write(|tx| tx.settle_issue(&issue, "both", None));
    assert_eq!(issues(&a, IssueKind::DuplicateAward), []);
    orderer.settle(&[&a, &b], |op| op.kind == "issue.settled");
    assert_eq!(one_issue(&a, IssueKind::DuplicateAward), issue);
    assert_eq!(issues(&a, IssueKind::Refused).len(), 1, "and its author sees what became of it");
    assert_eq!(a.store.dump().unwrap(), b.store.dump().unwrap());
}

/// What somebody does at a desk.
#[derive(Debug, Clone)]
enum Act {
    Edit {
        who: usize,
        phone: u8,
    },
    Award {
        who: usize,
    },
    Give {
        from: usize,
        to: usize,
        minutes: u32,
    },
    /// Decides the n-th open issue in the way `choice` says.
    Decide {
        nth: usize,
        choice: usize,
    },
    Unmerge {
        who: usize,
    },
    Merge {
        kept: usize,
        other: usize,
    },
    /// One desk sends what it has.
    Push,
    /// All desks hear from one another.
    Settle,
}

const PEOPLE: usize = 4;

fn act() -> impl Strategy<Value = (usize, Act)> {
    let who = 0..PEOPLE;
    let act = prop_oneof![
        3 => (who.clone(), 0..3_u8).prop_map(|(who, phone)| Act::Edit { who, phone }),
        2 => who.clone().prop_map(|who| Act::Award { who }),
        3 => (who.clone(), who.clone(), 1..40_u32).prop_map(|(from, to, minutes)| Act::Give { from, to, minutes }),
        4 => (0..8_usize, 0..4_usize).prop_map(|(nth, choice)| Act::Decide { nth, choice }),
        1 => who.clone().prop_map(|who| Act::Unmerge { who }),
        2 => (who.clone(), who).prop_map(|(kept, other)| Act::Merge { kept, other }),
        2 => Just(Act::Push),
        2 => Just(Act::Settle),
    ];
    (0..4_usize, act)
}

/// What cannot be done is left: another desk, or this one before, did it.
fn tolerant(desk: &Desk, act: impl FnOnce(&mut Tx<'_>) -> Result<(), StoreError>) {
    desk.clock.advance(1_000);
    match desk.store.write(desk.admin, act) {
        Ok(()) | Err(StoreError::Refused(_) | StoreError::Missing { .. }) => {}
        Err(fault) => panic!("{fault:?}"),
    }
}

fn decide(desk: &Desk, issue: &IssueRow, choice: usize) {
    tolerant(desk, |tx| {
        match issue.key.kind {
            IssueKind::Field => {
                let resident = issue.resident.unwrap();
                let sides = tx.reader().field_sides(resident, Field::Phone)?;
                let Some(Unsealed::Text(text)) = sides[choice % sides.len()].value.clone() else { return Ok(()) };
                let rows = [ResidentDraft::edit(resident).set(Field::Phone, text)];
                tx.record_residents(ResidentBatch { rows: &rows, ..Default::default() })?;
            }
            IssueKind::DuplicateResident => {
                let [one, other] = issue.key.residents().unwrap();
                match choice {
                    0 => tx.merge_residents(one, other).map(|_| ())?,
                    1 => tx.merge_residents(other, one).map(|_| ())?,
                    _ => tx.settle_issue(issue, "not_same", None).map(|_| ())?,
                }
            }
            IssueKind::Deficit if choice < 2 => {
                let owner = Owner::Resident(issue.resident.unwrap());
                let missing = -tx.reader().minutes_balance(owner)?;
                tx.waive_deficit(issue, u32::try_from(missing).unwrap(), "特殊情况")?;
            }
            _ => {
                tx.settle_issue(issue, ["seen", "both", "later", "seen"][choice], None)?;
            }
        }
        Ok(())
    });
}

fn play(desks: &[&Desk], acts: &[(usize, Act)]) {
    Orderer::introduce(desks);
    let mut orderer = Orderer::default();
    // two of them look like one person to begin with
    let people: Vec<ResidentId> =
        ["330211199001011234", "330211199001011234", "330211198501011235", "330211197001011236"]
            .iter()
            .enumerate()
            .map(|(at, number)| desks[0].resident(at, ["张三", "张三", "李四", "王五"][at], number))
            .collect();
    let rule = desks[0].rule(5);
    orderer.settle(desks, |_| false);
    for (at, act) in acts {
        let desk = desks[at % desks.len()];
        match act {
            Act::Edit { who, phone } => tolerant(desk, |tx| {
                let rows = [ResidentDraft::edit(people[*who]).set(Field::Phone, format!("1390000000{phone}"))];
                tx.record_residents(ResidentBatch { rows: &rows, ..Default::default() }).map(|_| ())
            }),
            Act::Award { who } => tolerant(desk, |tx| {
                let rows = vec![AwardDraft { resident: people[*who], to: AwardTo::Resident, amount_points: 5 }];
                tx.record_awards(batch(rule, rows)).map(|_| ())
            }),
            Act::Give { from, to, minutes } if from != to => {
                desk.give(people[*from], Some(people[*to]), *minutes);
            }
            Act::Give { .. } => {}
            Act::Decide { nth, choice } => {
                let open = desk.read(|r| r.issues(AT));
                if let Some(issue) = open.get(nth % open.len().max(1)) {
                    decide(desk, issue, *choice);
                }
            }
            Act::Unmerge { who } => tolerant(desk, |tx| tx.unmerge_resident(people[*who]).map(|_| ())),
            Act::Merge { kept, other } if kept != other => {
                tolerant(desk, |tx| tx.merge_residents(people[*kept], people[*other]).map(|_| ()));
            }
            Act::Merge { .. } => {}
            Act::Push => orderer.push(desk, 10, true, |_| false),
            Act::Settle => orderer.settle(desks, |_| false),
        }
    }
    orderer.settle(desks, |_| false);
    orderer.deliver_everything_again(desks[0]);
    check(desks, &people);
}

/// What holds once all desks have heard everything.
fn check(desks: &[&Desk], people: &[ResidentId]) {
    same_after_replay(desks);
    let desk = desks[0];
    for ledger in [Ledger::Points, Ledger::Minutes] {
        assert_eq!(desk.read(|r| r.ledger_sum(ledger)), 0);
    }
    let mut persons = Vec::new();
    for id in people {
        let kept = desk.read(|r| r.kept(*id));
        assert_eq!(desk.read(|r| r.kept(kept)), kept, "a way of merges ends");
        assert!(desk.read(|r| r.names_of(kept)).contains(id), "and leads back");
        let viewed: Option<[u8; 16]> = desk.sql(|conn| {
            use rusqlite::OptionalExtension;
            conn.query_row("SELECT root FROM alias WHERE id = ?1", [id.as_bytes()], |row| row.get(0)).optional()
        });
        assert_eq!(viewed.unwrap_or(*id.as_bytes()), *kept.as_bytes(), "the view says the same");
        persons.push(kept);
    }
    persons.sort();
    persons.dedup();
    assert_eq!(desk.read(|r| r.residents_total()), persons.len() as u64);
    let minutes: i64 = persons.iter().map(|id| desk.minutes(Owner::Resident(*id))).sum();
    assert_eq!(minutes, desk.town_minutes().residents_min, "everybody's minutes are counted once");
    let accounts = desk.read(|r| r.time_accounts(None, day("2026-01-01"), day("2026-12-31"), 0, 100));
    assert_eq!(accounts.rows.iter().map(|row| row.available_min).sum::<i64>(), minutes);
    // a deficit is on the list, or a person decided about it
    for id in persons {
        if desk.minutes(Owner::Resident(id)) < 0 {
            let open = issues(desk, IssueKind::Deficit).iter().any(|issue| issue.resident == Some(id));
            let decided = desk.count("SELECT count(*) FROM issue_settled WHERE kind = 'deficit'") > 0;
            assert!(open || decided);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, max_shrink_iters: 100, ..ProptestConfig::default() })]

    #[test]
    fn desks_that_settle_whatever_and_whenever_agree(
        desks in 1..=4_usize, acts in prop::collection::vec(act(), 1..40)
    ) {
        let desks: Vec<Desk> = (0..desks).map(|at| Desk::new(620 + at as u64)).collect();
        play(&desks.iter().collect::<Vec<_>>(), &acts);
    }
}
