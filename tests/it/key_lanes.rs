//! Keys: who is given them, and what a machine that was shut out can open of what comes after.

use std::collections::BTreeSet;

use zhenxin_domain::division::Scope;
use zhenxin_protocol::frame::from_cbor;
use zhenxin_protocol::wire::keys::{KeyRow, KeysPullAnswer, KeysPullRequest};
use zhenxin_protocol::wire::scope::allows;
use zhenxin_protocol::wire::{Answer, Ask, Endpoint};
use zhenxin_testkit::sim::World;
use zhenxin_testkit::sim::plan::Move;
use zhenxin_testkit::sim::template::{TOWN, VILLAGES};

use crate::faults_stage::{finish, stage, work};

/// Every row that the district gives a machine which asks from the beginning.
fn given(world: &World, pc: usize) -> Vec<KeyRow> {
    let (mut rows, mut places) = (Vec::new(), Vec::new());
    loop {
        let ask = Ask::pack(&KeysPullRequest { places: places.clone(), limit: None });
        let answer = world.district.serve(Endpoint::KeysPull, world.pcs[pc].token(), &ask);
        let answer: KeysPullAnswer = from_cbor(&Answer::unpack(&answer).unwrap().body.unwrap()).unwrap();
        let more = answer.pages.iter().any(|page| page.more);
        for page in answer.pages {
            places.retain(|place: &zhenxin_protocol::wire::keys::LanePlace| place.scope != page.reached.scope);
            places.push(page.reached);
            rows.extend(page.rows);
        }
        if !more {
            return rows;
        }
    }
}

#[test]
fn a_machine_is_given_the_keys_of_its_village_and_of_the_town() {
    let mut world = stage(71, &[None, Some(0), Some(1)]);
    for pc in 0..3 {
        work(&mut world, pc, 24);
    }
    finish(&mut world, "keys by scope");
    let town = TOWN.parse().unwrap();
    let whole: BTreeSet<Scope> = given(&world, 0).iter().map(|row| row.scope).collect();
    assert!(whole.len() >= 3, "{whole:?}");
    for (pc, village) in [(1, VILLAGES[0]), (2, VILLAGES[1])] {
        let rows = given(&world, pc);
        assert!(!rows.is_empty());
        let own = [village.parse().unwrap()];
        assert!(rows.iter().all(|row| allows(town, &own, row.scope)), "keys of another village");
        assert!(rows.iter().any(|row| row.scope == own[0]), "keys of its own village");
    }
}

#[test]
fn after_a_machine_is_shut_out_nothing_is_wrapped_under_a_data_key_that_it_knows() {
    let mut world = stage(72, &[None, None, Some(0)]);
    for pc in 0..3 {
        work(&mut world, pc, 20);
    }
    finish(&mut world, "before");
    let own = |world: &World, pc: usize| world.pcs[pc].store().unwrap().own_data_key().unwrap();
    let before = [own(&world, 0), own(&world, 2)];
    world.then(&[Move::Revoke { pc: 1 }]).unwrap();
    finish(&mut world, "shut out");
    for pc in [0, 2] {
        work(&mut world, pc, 20);
    }
    finish(&mut world, "after");
    let known: BTreeSet<_> = world.pcs[1].store().unwrap().data_keys().unwrap().into_iter().collect();
    assert!(before.iter().all(|key| known.contains(key)));
    for pc in [0, 2] {
        assert!(!known.contains(&own(&world, pc)), "machine {pc} goes on under a key that left the town");
        assert!(!world.pcs[pc].store().unwrap().waits_for_keys().unwrap(), "machine {pc}");
    }
    let opens: Vec<KeyRow> =
        given(&world, 0).into_iter().filter(|row| !row.tombstone && known.contains(&row.data_key)).collect();
    assert!(opens.is_empty(), "{} keys open with what it knows", opens.len());
}
