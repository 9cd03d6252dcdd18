//! Faults 4 to 6, 15, 19 and 20: disks that are copied, restored, moved and damaged, on both sides, and machines that are
//! shut out.

use rusqlite::Connection;
use zhenxin_district::store::enrol::{NewCode, Newcomer};
use zhenxin_domain::division::Scope;
use zhenxin_store::{IdSource, OpStatus};
use zhenxin_sync::SyncState;
use zhenxin_testkit::sim::World;
use zhenxin_testkit::sim::plan::Move;
use zhenxin_testkit::sim::template::{TOWN, VILLAGES, ids_of};

use crate::faults_stage::{accepted, all_accepted, count, finish, ordered_once, stage, work};

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
        ordered_once(&world);
    }
}

#[test]
fn fault_04_what_two_copies_send_again_after_a_fork_counts_once() {
    let mut world = settled(44);
    // the first copy will take the place in the chain that the op below stands at
    world.then(&[Move::Fork { pc: 0 }]).unwrap();
    work(&mut world, 2, 4);
    work(&mut world, 0, 6);
    // the second copy carries the same unsent ops
    world.then(&[Move::Fork { pc: 0 }]).unwrap();
    for pc in [2, 0, 3] {
        world.sync(pc).unwrap();
    }
    finish(&mut world, "sent again twice");
    all_accepted(&world);
    let held = world.district.held().unwrap();
    let ordered = held.iter().filter(|held| held.ordered.is_some()).count();
    assert!(ordered > accepted(&world).len(), "both copies have sent their ops again");
    for pc in &world.pcs {
        let races = pc.store().unwrap().read(|reader| reader.races()).unwrap();
        let twice: Vec<&str> =
            races.iter().map(|race| race.what.as_str()).filter(|it| it.ends_with("_twice")).collect();
        assert_eq!(twice, Vec::<&str>::new(), "machine {}", pc.number);
    }
}

#[test]
fn fault_04_two_copies_that_are_left_alone_hand_each_other_their_keys() {
    let mut world = settled(45);
    // after somebody was shut out each copy makes a data key of its own, and nobody else is there to pass it on
    world.then(&[Move::Fork { pc: 0 }, Move::Revoke { pc: 1 }]).unwrap();
    work(&mut world, 0, 3);
    work(&mut world, 2, 3);
    finish(&mut world, "two copies and nobody else");
    for pc in [0, 2] {
        assert!(
            !world.pcs[pc].store().unwrap().waits_for_keys().unwrap(),
            "machine {pc} cannot read what the other wrote"
        );
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

#[test]
fn fault_05_a_restored_machine_that_writes_while_it_is_told_what_it_once_wrote() {
    for parcels in 0..24 {
        let mut world = settled(55);
        world.then(&[Move::KeepCopy { pc: 0 }]).unwrap();
        work(&mut world, 0, 3);
        world.heal().unwrap();
        world.then(&[Move::RestoreCopy { pc: 0 }, Move::Round { pc: 0 }, Move::Deliver { parcels }]).unwrap();
        // at the places in the chain where others know other ops of this machine
        work(&mut world, 0, 3);
        finish(&mut world, &format!("wrote after {parcels} parcels"));
        all_accepted(&world);
        assert_eq!(count(&world, 0, OpStatus::Rejected), 0, "after {parcels} parcels");
    }
}

#[test]
fn fault_05_no_op_leaves_a_machine_before_its_keys() {
    for (before, after) in (0..14).flat_map(|before| [2, 6, 10, 14].map(|after| (before, after))) {
        let mut world = settled(56);
        world.then(&[Move::KeepCopy { pc: 0 }, Move::Act { pc: 0, kind: 0, roll: 3 }]).unwrap();
        world.then(&[Move::Round { pc: 0 }, Move::Deliver { parcels: before }]).unwrap();
        // newcomers, whose keys are made now, in the middle of the round
        world.then(&[Move::Act { pc: 0, kind: 0, roll: 5 }, Move::Deliver { parcels: after }]).unwrap();
        world.then(&[Move::RestoreCopy { pc: 0 }]).unwrap();
        let sent_whole = world.gone.is_empty();
        finish(&mut world, &format!("disk lost after {before} and {after} parcels"));
        for pc in &world.pcs {
            let waits = pc.store().unwrap().waits_for_keys().unwrap();
            assert!(!waits, "{before} and {after} parcels, sent {sent_whole}: an op lies there that nobody can read");
        }
    }
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
fn fault_06_keys_that_the_district_lost_are_sent_again() {
    // lost with the ops that they are for, or without them: the copy may fall between the two
    let moments = [(0, 30), (4, 30), (8, 30), (0, 6), (0, 8), (0, 10), (0, 12), (0, 14), (0, 16), (0, 18)];
    for ((before, after), colleague) in moments.into_iter().flat_map(|moment| [(moment, true), (moment, false)]) {
        let mut world = settled(67);
        work(&mut world, 0, 12);
        world.then(&[Move::Round { pc: 0 }, Move::Deliver { parcels: before }, Move::DistrictKeepCopy]).unwrap();
        world.then(&[Move::Deliver { parcels: after }, Move::Crash { pc: 0 }]).unwrap();
        if colleague {
            // it has the keys already, perhaps not yet the ops
            world.then(&[Move::Round { pc: 1 }, Move::Deliver { parcels: 14 }]).unwrap();
        }
        world.then(&[Move::DistrictRestoreCopy]).unwrap();
        if colleague {
            // another numbering: the colleague's own keys come first now
            work(&mut world, 1, 6);
            world.calm().unwrap();
            world.sync(1).unwrap();
        }
        let what = format!("keys lost, {before} and {after} parcels, colleague {colleague}");
        finish(&mut world, &what);
        for pc in &world.pcs {
            assert!(!pc.store().unwrap().waits_for_keys().unwrap(), "{what}");
        }
    }
}

#[test]
fn fault_06_what_comes_back_is_founded_on_what_came_back_before_it() {
    let mut world = settled(68);
    world.then(&[Move::DistrictBackup]).unwrap();
    // one records, the other one changes it, and again
    for roll in 0..4 {
        world.then(&[Move::Act { pc: 0, kind: 0, roll }]).unwrap();
        world.heal().unwrap();
        world.then(&[Move::Act { pc: 1, kind: 3, roll: roll * 5 }]).unwrap();
        world.heal().unwrap();
    }
    let shown = |world: &World| world.pcs[0].store().unwrap().read(|reader| reader.races()).unwrap();
    let before = shown(&world);
    for first in [0, 1] {
        world.then(&[Move::DistrictRestore]).unwrap();
        world.sync(first).unwrap();
        finish(&mut world, &format!("machine {first} comes first"));
        all_accepted(&world);
        assert_eq!(shown(&world), before, "machine {first} comes first");
    }
}

#[test]
fn fault_19_a_village_moves_to_another_machine() {
    let mut world = stage(19, &[None, Some(0)]);
    work(&mut world, 0, 10);
    work(&mut world, 1, 10);
    world.heal().unwrap();
    // the old machine goes on while the new one is set up, and is shut out in the middle
    let new = world.join(Some(0)).unwrap();
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

/// More than the making of a file draws before its key.
const DRAWS: usize = 400;

/// A machine's file as the disk has it, past the program: its key is four draws in a row of its seed.
fn raw(world: &World, pc: usize) -> Connection {
    let ids = ids_of(pc);
    let draw = |_| {
        let mut drawn = [0; 8];
        ids.fill(&mut drawn);
        drawn
    };
    let drawn: Vec<[u8; 8]> = (0..DRAWS).map(draw).collect();
    let opened = drawn.windows(4).find_map(|key| {
        let key: String = key.concat().iter().map(|byte| format!("{byte:02x}")).collect();
        let conn = Connection::open(world.pcs[pc].dir().join("town.db")).unwrap();
        conn.pragma_update(None, "cipher_log_level", "NONE").unwrap();
        conn.pragma_update(None, "key", format!("x'{key}'")).unwrap();
        conn.query_row("SELECT count(*) FROM op", [], |row| row.get::<_, i64>(0)).ok().map(|_| conn)
    });
    opened.expect("the key is among what the seed gives")
}

/// A check of a machine's file, remembered as the program does; whether it found nothing.
fn checked(world: &World, pc: usize) -> bool {
    let store = world.pcs[pc].store().unwrap();
    let report = store.verify(None).unwrap();
    let note = store.note_check(world.pcs[pc].ports().clock.now_ms(), None, &report, "verify").unwrap();
    note.sound()
}

#[test]
fn fault_15_rows_that_rotted_on_a_machine_come_back_with_the_round_after_the_check() {
    let mut world = settled(15);
    let whole = world.pcs[1].store().unwrap().digest().unwrap();
    let conn = raw(&world, 1);
    let of_others = "SELECT no, bytes FROM op WHERE server_seq IS NOT NULL AND kind = 'residents.recorded' LIMIT 1";
    for damage in [
        "UPDATE op SET bytes = ?2 WHERE no = ?1",
        "UPDATE op SET hash = zeroblob(32) WHERE no = ?1 AND ?2 IS NOT NULL",
        "UPDATE op SET kind = 'lantern.lit' WHERE no = ?1 AND ?2 IS NOT NULL",
        "DELETE FROM op WHERE no = ?1 AND ?2 IS NOT NULL",
    ] {
        let (no, mut bytes): (i64, Vec<u8>) =
            conn.query_row(of_others, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        // inside of what is sealed, where the bytes can be read as before
        let at = bytes.len() - 5;
        bytes[at] ^= 1;
        assert_eq!(conn.execute(damage, (no, &bytes)).unwrap(), 1);
        // and the tables beside it
        assert!(conn.execute("UPDATE resident SET address = '别处'", []).unwrap() > 0);
        assert!(!checked(&world, 1), "{damage}");
        assert_eq!(world.sync(1).unwrap(), SyncState::Idle, "{damage}");
        assert!(checked(&world, 1), "{damage}: {:?}", world.pcs[1].store().unwrap().verify(None).unwrap().faults);
        assert_eq!(world.pcs[1].store().unwrap().digest().unwrap(), whole, "{damage}");
    }
    finish(&mut world, "rotten rows");
    all_accepted(&world);
}

/// The administrator gives a machine another village; the machine is not told.
fn give_instead(world: &World, pc: usize, village: Scope) {
    let store = world.district.site().store();
    let keys = world.pcs[pc].store().unwrap().device_keys();
    let now_ms = world.pcs[pc].ports().clock.now_ms();
    let town = TOWN.parse().unwrap();
    let new = NewCode { town, label: String::new(), villages: vec![village], valid_ms: 3_600_000 };
    let newcomer = Newcomer {
        code: store.make_code(&new, now_ms).unwrap().hash(),
        device: keys.device,
        town,
        label: keys.label,
        sign_key: keys.sign_key,
        seal_key: keys.seal_key,
    };
    store.let_in(&newcomer, &world.pcs[pc].token().unwrap(), now_ms).unwrap();
}

#[test]
fn fault_19_a_machine_hears_from_the_districts_list_which_villages_are_its_own() {
    let mut world = stage(29, &[None, Some(0)]);
    work(&mut world, 0, 20);
    work(&mut world, 1, 10);
    // newcomers of the village that will be given
    world.then(&[1, 4, 7, 10].map(|roll| Move::Act { pc: 0, kind: 0, roll })).unwrap();
    world.heal().unwrap();
    let before = world.district.heads().unwrap();
    let accepted_here = count(&world, 1, OpStatus::Accepted);
    let [gone, given]: [Scope; 2] = [VILLAGES[0].parse().unwrap(), VILLAGES[1].parse().unwrap()];
    give_instead(&world, 1, given);
    // what it had sent is not taken for lost because nobody names its former village any more
    for _ in 0..2 {
        assert_eq!(world.sync(1).unwrap(), SyncState::Idle);
    }
    assert_eq!(world.district.heads().unwrap(), before, "nothing is sent again");
    let store = world.pcs[1].store().unwrap();
    assert_eq!(zhenxin_sync::link(store).unwrap().unwrap().granted(), [given]);
    let held = |scope: Scope| store.heads().unwrap().iter().any(|head| head.scope == scope && head.size > 0);
    assert!(held(given), "its new village has come");
    assert!(count(&world, 1, OpStatus::Accepted) > accepted_here);
    assert_eq!(count(&world, 1, OpStatus::Pending) + count(&world, 1, OpStatus::Rejected), 0);
    // and what others now write in the former one stays away from it
    let size = || world.pcs[1].store().unwrap().heads().unwrap().iter().find(|head| head.scope == gone).unwrap().size;
    assert_eq!(size(), before[&gone].0);
    world.then(&[0, 3, 6, 9].map(|roll| Move::Act { pc: 0, kind: 0, roll })).unwrap();
    for pc in [0, 1, 0, 1] {
        world.sync(pc).unwrap();
    }
    assert!(world.district.heads().unwrap()[&gone].0 > before[&gone].0);
    let store = world.pcs[1].store().unwrap();
    let former = store.heads().unwrap().into_iter().find(|head| head.scope == gone).unwrap();
    assert_eq!(former.size, before[&gone].0, "it was given what is not its own any more");
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
