//! Faults 4 to 6, 19 and 20: disks that are copied, restored and moved, on both sides, and machines that are shut out.

use zhenxin_store::OpStatus;
use zhenxin_testkit::sim::World;
use zhenxin_testkit::sim::plan::Move;

use crate::faults_stage::{accepted, all_accepted, count, finish, stage, templates, work};

/// A machine that works beside a colleague's, everything exchanged.
fn settled(seed: u64) -> World {
    let mut world = stage(seed, &[None, None]);
    work(&mut world, 0, 12);
    work(&mut world, 1, 6);
    world.heal().unwrap();
    world
}

#[test]
fn fault_04_a_disk_is_copied_and_both_machines_go_on() {
    for unsent in [0, 5] {
        let mut world = settled(4);
        work(&mut world, 0, unsent);
        world.then(&[Move::Fork { pc: 0 }]).unwrap();
        work(&mut world, 0, 7);
        work(&mut world, 2, 7);
        world.sync(2).unwrap();
        world.sync(0).unwrap();
        work(&mut world, 0, 4);
        work(&mut world, 2, 4);
        finish(&mut world, "copied disk");
        all_accepted(&world);
        // one content each: what both copies carried is not there twice
        let held = world.district.held().unwrap();
        let ordered: Vec<_> = held.iter().filter(|held| held.ordered.is_some()).filter_map(|it| it.content()).collect();
        assert_eq!(ordered.len(), accepted(&world).len(), "a content was ordered twice");
    }
}

#[test]
fn fault_05_a_machine_is_restored_from_a_week_ago() {
    let mut world = settled(5);
    world.then(&[Move::KeepCopy { pc: 0 }]).unwrap();
    work(&mut world, 0, 9);
    world.heal().unwrap();
    let sent = accepted(&world);
    work(&mut world, 0, 5);
    world.then(&[Move::Pass { ms: 7 * 24 * 3_600_000 }, Move::RestoreCopy { pc: 0 }]).unwrap();
    assert!(!world.gone.is_empty(), "what was never sent went with the disk");
    work(&mut world, 0, 6);
    finish(&mut world, "restored machine");
    assert!(accepted(&world).is_superset(&sent));
    let gone = world.gone.clone();
    world.committed.retain(|op, _| !gone.contains(op));
    all_accepted(&world);
}

/// The district goes back; what the machines hold fills it again.
fn district_goes_back(keep: Move, back: Move) {
    let mut world = stage(6, &[None, None, Some(0)]);
    work(&mut world, 0, 10);
    work(&mut world, 2, 6);
    world.heal().unwrap();
    world.then(&[keep]).unwrap();
    work(&mut world, 0, 8);
    work(&mut world, 1, 8);
    work(&mut world, 2, 8);
    world.heal().unwrap();
    let before = accepted(&world);
    world.then(&[back]).unwrap();
    assert!(accepted(&world).len() < before.len(), "the district went back");
    work(&mut world, 1, 3);
    // a machine that has other things to say comes first
    world.sync(1).unwrap();
    finish(&mut world, "restored district");
    assert!(world.gone.is_empty());
    assert!(accepted(&world).is_superset(&before), "the district has everything again");
}

#[test]
fn fault_06_the_districts_files_are_an_older_copy() {
    district_goes_back(Move::DistrictKeepCopy, Move::DistrictRestoreCopy);
}

#[test]
fn fault_06_the_district_is_restored_from_its_backup() {
    district_goes_back(Move::DistrictBackup, Move::DistrictRestore);
}

#[test]
fn fault_06_a_colleague_brings_back_what_a_lost_machine_had_sent() {
    let mut world = settled(66);
    world.then(&[Move::DistrictKeepCopy, Move::KeepCopy { pc: 0 }]).unwrap();
    work(&mut world, 0, 8);
    world.heal().unwrap();
    let before = accepted(&world);
    // both the district and the author lose it; the colleague has it
    world.then(&[Move::RestoreCopy { pc: 0 }, Move::DistrictRestoreCopy]).unwrap();
    assert!(world.gone.is_empty());
    finish(&mut world, "relayed by a colleague");
    assert!(accepted(&world).is_superset(&before));
}

#[test]
fn fault_19_a_village_moves_to_another_machine() {
    let mut world = stage(19, &[None, Some(0)]);
    work(&mut world, 0, 10);
    work(&mut world, 1, 10);
    world.heal().unwrap();
    // the old machine goes on while the new one is set up, and is shut out in the middle
    let new = world.join(templates(), 5, Some(0)).unwrap();
    work(&mut world, 1, 5);
    work(&mut world, new, 5);
    world.sync(new).unwrap();
    world.sync(1).unwrap();
    work(&mut world, 1, 3);
    world.then(&[Move::Revoke { pc: 1 }]).unwrap();
    work(&mut world, new, 5);
    finish(&mut world, "moved village");
    // what it had sent is on the new machine; what it had not, lies on it and is shown as waiting
    let waiting = count(&world, 1, OpStatus::Pending);
    assert!(waiting > 0);
    let there: Vec<_> = world.pcs[new].standings().unwrap().into_iter().map(|(content, _)| content).collect();
    for row in world.pcs[1].log().unwrap() {
        assert!(row.status != OpStatus::Accepted || there.contains(&row.content), "{row:?}");
    }
    assert_eq!(count(&world, new, OpStatus::Pending), 0);
}

#[test]
fn fault_20_a_machine_is_shut_out_in_the_middle_of_a_push() {
    for parcels in (0..60).step_by(3) {
        let mut world = settled(20);
        work(&mut world, 1, 40);
        world.then(&[Move::Round { pc: 1 }, Move::Deliver { parcels }, Move::Revoke { pc: 1 }]).unwrap();
        finish(&mut world, &format!("shut out after {parcels} parcels"));
        let accepted = accepted(&world);
        for row in world.pcs[1].log().unwrap() {
            let visible = matches!(row.status, OpStatus::Pending | OpStatus::Rejected | OpStatus::Superseded);
            assert!(accepted.contains(&row.content) || visible, "{row:?}");
        }
    }
}
