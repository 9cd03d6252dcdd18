#![allow(clippy::unwrap_used)]
use proptest::prelude::*;
use zhenxin_domain::brand::{BrandState, BrandStep};
use zhenxin_domain::ids::{BrandId, OpId};
use zhenxin_protocol::body::Body;
use zhenxin_protocol::body::brand::BrandStepCode;
use zhenxin_protocol::op::Op;

use super::{code_of, step_of};
use crate::proving::{Desk, Orderer, day};
use crate::{LostAct, NewUser, StoreError};

const PLAIN: BrandStep = BrandStep::Activate { replaces: None };

fn two_desks(seed: u64) -> (Desk, Desk, Orderer) {
    let (a, b) = (Desk::new(seed), Desk::new(seed + 1));
    Orderer::introduce(&[&a, &b]);
    (a, b, Orderer::default())
}

fn states(desk: &Desk, brands: &[BrandId]) -> Vec<BrandState> {
    brands.iter().map(|brand| desk.brand_row(*brand).state).collect()
}

fn refused(desk: &Desk, brand: BrandId, step: BrandStep) {
    let done = desk.store.write(desk.admin, |tx| tx.move_brand(brand, step, None));
    assert!(matches!(done, Err(StoreError::Refused(_))), "{step:?}");
}

fn same_after_replay(desks: &[&Desk]) {
    let dump = desks[0].store.dump().unwrap();
    for desk in desks {
        assert!(desk.store.dump().unwrap() == dump, "two desks differ");
        assert_eq!(desk.store.digest().unwrap(), desks[0].store.digest().unwrap());
        assert_eq!(desk.store.verify(None).unwrap().faults, Vec::<String>::new());
    }
}

#[test]
fn a_step_keeps_its_code() {
    let other = BrandId::from_bytes([7; 16]);
    for step in [
        BrandStep::Propose,
        BrandStep::Approve,
        BrandStep::SendBack,
        BrandStep::Resubmit,
        BrandStep::Activate { replaces: Some(other) },
        BrandStep::Retire,
    ] {
        let (code, replaces) = code_of(step);
        assert_eq!(step_of(code, replaces), step);
    }
}

#[test]
fn a_brand_goes_its_way_and_the_way_is_told() {
    let desk = Desk::new(561);
    let (old, new) = (desk.brand("诚信渔港"), desk.brand("信义茶乡"));
    refused(&desk, old, PLAIN);
    desk.move_brand(old, BrandStep::SendBack);
    assert_eq!(desk.brand_row(old).reason.as_deref(), Some("见会议纪要"));
    for step in [BrandStep::Resubmit, BrandStep::Approve, PLAIN] {
        desk.move_brand(old, step);
    }
    desk.move_brand(new, BrandStep::Approve);
    refused(&desk, new, PLAIN);
    assert_eq!(desk.store.read(|r| r.active_brand()).unwrap().map(|row| row.id), Some(old));
    desk.move_brand(new, BrandStep::Activate { replaces: Some(old) });
    refused(&desk, old, BrandStep::Retire);
    assert_eq!(states(&desk, &[old, new]), [BrandState::Retired, BrandState::Active]);
    let row = desk.brand_row(old);
    assert_eq!((row.active_since, row.retired_on), (Some(day("2026-01-05")), Some(day("2026-01-05"))));
    assert!(row.submitted_at > row.proposed_at && row.decided_at > Some(row.submitted_at));
    let steps = desk.store.read(|r| r.brand_steps(old)).unwrap();
    let told: Vec<_> = steps.iter().map(|step| (step.step, step.replaced_by)).collect();
    assert_eq!(
        told,
        [
            (BrandStep::Propose, None),
            (BrandStep::SendBack, None),
            (BrandStep::Resubmit, None),
            (BrandStep::Approve, None),
            (PLAIN, None),
            (BrandStep::Retire, Some(new)),
        ]
    );
    assert!(steps.iter().all(|step| !step.lost && step.actor == desk.admin));
    let order: Vec<_> = desk.store.read(|r| r.brands()).unwrap().iter().map(|row| row.id).collect();
    assert_eq!(order, [new, old]);
    same_after_replay(&[&desk]);
}

#[test]
fn a_proposal_waits_for_everybody_but_who_made_it() {
    let desk = Desk::new(563);
    let other = desk.write(|tx| tx.add_user(&NewUser { name: "乙".to_owned(), duties: 2, ..NewUser::default() }));
    let brand = desk.brand("诚信渔港");
    let waiting = |user| desk.store.read(|r| r.brands_waiting(user)).unwrap().len();
    assert_eq!((waiting(desk.admin), waiting(other)), (0, 1));
    desk.move_brand(brand, BrandStep::SendBack);
    assert_eq!((waiting(desk.admin), waiting(other)), (0, 0));
    desk.clock.advance(1_000);
    desk.store.write(other, |tx| tx.move_brand(brand, BrandStep::Resubmit, None)).unwrap();
    assert_eq!((waiting(desk.admin), waiting(other)), (0, 0), "both have proposed it");
}

#[test]
fn brands_that_two_desks_proposed_apart_both_stay() {
    let (a, b, mut orderer) = two_desks(565);
    let brands = [a.brand("诚信渔港"), b.brand("信义茶乡")];
    orderer.settle(&[&a, &b], |_| false);
    for desk in [&a, &b] {
        assert_eq!(states(desk, &brands), [BrandState::Proposed; 2]);
        assert_eq!(desk.brand_row(brands[1]).name.as_deref(), Some("信义茶乡"));
        assert_eq!(desk.store.read(|r| r.races_count()).unwrap(), 0);
    }
    same_after_replay(&[&a, &b]);
}

#[test]
fn two_desks_activate_two_brands_apart_and_one_is_active() {
    for first_heard in [0, 1] {
        let (a, b, mut orderer) = two_desks(567 + 2 * first_heard as u64);
        let brands = ["诚信渔港", "信义茶乡"].map(|name| a.brand(name));
        for brand in brands {
            a.move_brand(brand, BrandStep::Approve);
        }
        orderer.settle(&[&a, &b], |_| false);
        a.move_brand(brands[0], PLAIN);
        b.move_brand(brands[1], PLAIN);
        let order = if first_heard == 0 { [&a, &b] } else { [&b, &a] };
        orderer.settle(&order, |_| false);
        let (won, lost) = (brands[first_heard], brands[1 - first_heard]);
        for desk in [&a, &b] {
            assert_eq!(states(desk, &[won, lost]), [BrandState::Active, BrandState::Approved]);
            assert_eq!(desk.brand_row(won).lost, None);
            let loser = desk.brand_row(lost).lost.unwrap();
            assert_eq!((loser.what, loser.actor), (LostAct::Step(PLAIN), order[1].admin));
            let races = desk.store.read(|r| r.races()).unwrap();
            let what = format!("brand_step_lost:{lost}");
            assert_eq!(races.iter().map(|race| (&race.what, race.op)).collect::<Vec<_>>(), [(&what, loser.op)]);
            let last = desk.store.read(|r| r.brand_steps(lost)).unwrap().pop().unwrap();
            assert_eq!((last.step, last.lost), (PLAIN, true));
        }
        same_after_replay(&[&a, &b]);
        // The loser may still take over, naming the one that is active.
        b.move_brand(lost, BrandStep::Activate { replaces: Some(won) });
        orderer.settle(&order, |_| false);
        assert_eq!(states(&a, &[won, lost]), [BrandState::Retired, BrandState::Active]);
    }
}

#[test]
fn of_an_approval_and_a_refusal_the_first_in_server_order_holds() {
    let (a, b, mut orderer) = two_desks(571);
    let brand = a.brand("诚信渔港");
    orderer.settle(&[&a, &b], |_| false);
    a.move_brand(brand, BrandStep::Approve);
    a.move_brand(brand, PLAIN);
    b.move_brand(brand, BrandStep::SendBack);
    // The district hears b first: what a did afterwards falls with its approval.
    orderer.settle(&[&b, &a], |_| false);
    for desk in [&a, &b] {
        let row = desk.brand_row(brand);
        assert_eq!((row.state, row.active_since), (BrandState::SentBack, None));
        assert_eq!(desk.store.read(|r| r.races_count()).unwrap(), 2);
        let lost: Vec<_> = desk.store.read(|r| r.brand_steps(brand)).unwrap().iter().map(|step| step.lost).collect();
        assert_eq!(lost, [false, false, true, true]);
    }
    same_after_replay(&[&a, &b]);
}

#[test]
fn a_year_is_assessed_once() {
    let (a, b, mut orderer) = two_desks(573);
    let brand = a.brand("诚信渔港");
    let assess = |desk: &Desk, year, findings: &str| {
        desk.clock.advance(1_000);
        desk.store.write(desk.admin, |tx| tx.assess_brand(brand, year, findings == "续用", findings))
    };
    assert!(matches!(assess(&a, 2026, "续用"), Err(StoreError::Refused(_))), "not active yet");
    a.move_brand(brand, BrandStep::Approve);
    a.move_brand(brand, PLAIN);
    orderer.settle(&[&a, &b], |_| false);
    assess(&a, 2026, "续用").unwrap();
    assert!(matches!(assess(&a, 2026, "不续用"), Err(StoreError::Refused(_))));
    assess(&b, 2026, "不续用").unwrap();
    orderer.settle(&[&a, &b], |_| false);
    assess(&b, 2027, "续用").unwrap();
    orderer.settle(&[&a, &b], |_| false);
    for desk in [&a, &b] {
        let found: Vec<_> = (desk.store.read(|r| r.assessments_of(brand)).unwrap().into_iter())
            .map(|row| (row.year, row.renewed, row.findings.unwrap()))
            .collect();
        assert_eq!(found, [(2027, true, "续用".to_owned()), (2026, true, "续用".to_owned())]);
        let lost = desk.brand_row(brand).lost.unwrap();
        assert_eq!((lost.what, lost.actor), (LostAct::Assessment { year: 2026 }, b.admin));
        assert_eq!(desk.store.read(|r| r.races_count()).unwrap(), 1);
    }
    same_after_replay(&[&a, &b]);
}

/// What a person, or the line, does; numbers pick among what is there.
#[derive(Debug, Clone)]
enum Walk {
    Propose { desk: usize },
    Step { desk: usize, pick: usize, step: u8 },
    Push { desk: usize, ops: usize, heard: bool },
    Pull { desk: usize, page_ops: usize },
}

fn walk() -> impl Strategy<Value = Walk> {
    prop_oneof![
        2 => (0..4_usize).prop_map(|desk| Walk::Propose { desk }),
        9 => (0..4_usize, 0..20_usize, 0..6_u8).prop_map(|(desk, pick, step)| Walk::Step { desk, pick, step }),
        2 => (0..4_usize, 1..6_usize, any::<bool>()).prop_map(|(desk, ops, heard)| Walk::Push { desk, ops, heard }),
        3 => (0..4_usize, 1..8_usize).prop_map(|(desk, page_ops)| Walk::Pull { desk, page_ops }),
    ]
}

/// What a person at this desk does with one of the brands that it shows. What does not fit is refused at once.
fn step_at(desk: &Desk, pick: usize, step: u8) {
    desk.clock.advance(500);
    let brands = desk.store.read(|r| r.brands()).unwrap();
    let Some(brand) = brands.get(pick % brands.len().max(1)) else { return };
    let active = desk.store.read(|r| r.active_brand()).unwrap().map(|row| row.id);
    let step = match step {
        0 => BrandStep::Approve,
        1 => BrandStep::SendBack,
        2 => BrandStep::Resubmit,
        3 | 4 => BrandStep::Activate { replaces: active },
        _ => BrandStep::Retire,
    };
    let before = desk.count("SELECT count(*) FROM op");
    match desk.store.write(desk.admin, |tx| tx.move_brand(brand.id, step, None)) {
        Ok(_) => {}
        Err(StoreError::Refused(_)) => assert_eq!(desk.count("SELECT count(*) FROM op"), before),
        Err(error) => panic!("{step:?}: {error:?}"),
    }
}

fn active_count(desk: &Desk) -> i64 {
    desk.count("SELECT count(*) FROM brand_standing WHERE state = 'active'")
}

/// Says of every step in the log by itself what became of it: a model that knows the order and the words of the rule,
/// and neither the fold's tables nor its machine.
fn model(ops: &[(Op, Body)]) -> (Vec<OpId>, Option<BrandId>) {
    let mut states: std::collections::HashMap<BrandId, &str> = std::collections::HashMap::new();
    let mut lost = Vec::new();
    for (op, body) in ops {
        let Body::BrandMoved(moved) = body else { continue };
        let active = states.iter().find(|(_, state)| **state == "active").map(|(brand, _)| *brand);
        let now = states.get(&moved.brand).copied();
        let next = match (now, moved.step) {
            (None, BrandStepCode::Propose) | (Some("back"), BrandStepCode::Resubmit) => "waits",
            (Some("waits"), BrandStepCode::Approve) => "approved",
            (Some("waits"), BrandStepCode::SendBack) => "back",
            (Some("approved"), BrandStepCode::Activate) if moved.replaces == active => "active",
            (Some("approved" | "active"), BrandStepCode::Retire) => "retired",
            _ => {
                lost.push(op.id);
                continue;
            }
        };
        if let (BrandStepCode::Activate, Some(before)) = (moved.step, active) {
            states.insert(before, "retired");
        }
        states.insert(moved.brand, next);
    }
    lost.sort();
    (lost, states.iter().find(|(_, state)| **state == "active").map(|(brand, _)| *brand))
}

/// The accepted operations of a desk in the district's order.
fn accepted(desk: &Desk) -> Vec<(Op, Body)> {
    let sql = "SELECT bytes FROM op WHERE server_seq IS NOT NULL ORDER BY scope, server_seq";
    let stored: Vec<Vec<u8>> = desk.sql(|conn| conn.prepare(sql)?.query_map([], |row| row.get(0))?.collect());
    let read = |bytes: Vec<u8>| {
        let op = Op::from_bytes(&bytes).unwrap();
        let body = op.read_body().unwrap().unwrap();
        (op, body)
    };
    stored.into_iter().map(read).collect()
}

fn check_settled(desks: &[&Desk]) {
    let (lost, active) = model(&accepted(desks[0]));
    for desk in desks {
        let mut races: Vec<OpId> = desk.store.read(|r| r.races()).unwrap().iter().map(|race| race.op).collect();
        races.sort();
        assert_eq!(races, lost, "who changed nothing, and nobody else, is a race");
        assert_eq!(desk.store.read(|r| r.active_brand()).unwrap().map(|row| row.id), active);
        let shown: i64 = desk.count("SELECT count(*) FROM brand_step WHERE lost = 1");
        assert_eq!(shown, lost.len() as i64);
        for race in desk.store.read(|r| r.races()).unwrap() {
            let brand = race.what.split_once(':').unwrap().1.parse().unwrap();
            assert!(desk.brand_row(brand).lost.is_some(), "shown on the brand concerned");
        }
    }
    same_after_replay(desks);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn at_most_one_brand_is_active_whatever_the_desks_do(
        count in 1..5_usize, steps in proptest::collection::vec(walk(), 1..90), seed in 1..10_000_u64,
    ) {
        let desks: Vec<Desk> = (0..count as u64).map(|at| Desk::new(seed + at)).collect();
        let all: Vec<&Desk> = desks.iter().collect();
        Orderer::introduce(&all);
        let mut orderer = Orderer::default();
        for walked in steps {
            match walked {
                Walk::Propose { desk } => { desks[desk % count].brand("诚信渔港"); }
                Walk::Step { desk, pick, step } => step_at(&desks[desk % count], pick, step),
                Walk::Push { desk, ops, heard } => orderer.push(&desks[desk % count], ops, heard, |_| false),
                Walk::Pull { desk, page_ops } => { orderer.pull(&desks[desk % count], page_ops); }
            }
            for desk in &desks {
                prop_assert!(active_count(desk) <= 1);
            }
        }
        orderer.settle(&all, |_| false);
        check_settled(&all);
    }
}
