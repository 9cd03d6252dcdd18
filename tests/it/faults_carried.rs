//! Faults 18 and 21 to 23: sticks, files, a month without a line, and snapshots.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use zhenxin_domain::ids::EvidenceId;
use zhenxin_protocol::body::resident::Field;
use zhenxin_protocol::frame::{from_cbor, to_cbor};
use zhenxin_protocol::wire::blobs::BlobsGetAnswer;
use zhenxin_protocol::wire::snapshot::{SnapshotGetAnswer, SnapshotGetRequest};
use zhenxin_protocol::wire::{Answer, Ask, Endpoint};
use zhenxin_store::{
    CreateOptions, EventDraft, EvidenceDraft, FileDraft, KdfCost, KeyringPolicy, NewUser, OpStatus, Ports,
    ResidentBatch, ResidentDraft, Store,
};
use zhenxin_sync::lane::LaneEvent;
use zhenxin_sync::{BundleIn, BundleTo, SyncError, bundle_export, bundle_import};
use zhenxin_testkit::sim::World;
use zhenxin_testkit::sim::chance::{Chance, SeededIds};
use zhenxin_testkit::sim::clock::{DAY_MS, TrueTime, WrongClock};
use zhenxin_testkit::sim::net::Weather;
use zhenxin_testkit::sim::pc::enrol_beside;
use zhenxin_testkit::sim::plan::Move;
use zhenxin_testkit::sim::template::VILLAGES;

use crate::faults_stage::{all_accepted, count, finish, small_stage, stage, work};

/// A stick of a machine, in a folder of the test.
fn export(world: &World, pc: usize, dir: &Path, name: &str) -> PathBuf {
    let path = dir.join(name);
    let machine = &world.pcs[pc];
    bundle_export(machine.store().unwrap(), machine.ports(), &path, BundleTo::Everybody, &mut |_| true).unwrap();
    path
}

fn import(world: &World, pc: usize, path: &Path) -> Result<BundleIn, SyncError> {
    let machine = &world.pcs[pc];
    bundle_import(machine.store().unwrap(), machine.ports(), path, &mut |_| true)
}

/// Two machines that know each other; the first one then works without a line.
fn apart(seed: u64) -> World {
    let mut world = stage(seed, &[None, None, None]);
    work(&mut world, 0, 10);
    world.heal().unwrap();
    work(&mut world, 0, 14);
    world
}

#[test]
fn fault_18_a_stick_cut_anywhere_gives_its_valid_beginning_and_the_rest_comes_later() {
    let dir = tempfile::tempdir().unwrap();
    let mut world = apart(18);
    let path = export(&world, 0, dir.path(), "whole.zxb");
    let bytes = fs::read(&path).unwrap();
    let mut last = 0;
    for part in 0..=24 {
        let cut = dir.path().join("cut.zxb");
        let length = bytes.len() * part / 24;
        fs::write(&cut, &bytes[..length]).unwrap();
        let before = world.pcs[1].log().unwrap().len();
        match import(&world, 1, &cut) {
            Ok(taken) => assert_eq!(taken.complete, part == 24, "{part} of 24"),
            // cut before the list of its readers ends
            Err(error) => assert!(error.code().starts_with("bundle_"), "{}", error.code()),
        }
        let after = world.pcs[1].log().unwrap().len();
        assert!(after >= before);
        last = after;
    }
    assert_eq!(last, world.pcs[0].log().unwrap().len(), "everything is there");
    finish(&mut world, "cut stick");
    all_accepted(&world);
}

#[test]
fn fault_18_sticks_twice_and_backwards_change_nothing_more() {
    let dir = tempfile::tempdir().unwrap();
    let mut world = apart(19);
    let mut sticks = Vec::new();
    for name in ["1.zxb", "2.zxb", "3.zxb"] {
        sticks.push(export(&world, 0, dir.path(), name));
        work(&mut world, 0, 5);
        world.sync(0).unwrap();
        work(&mut world, 0, 3);
    }
    sticks.push(export(&world, 0, dir.path(), "4.zxb"));
    for path in sticks.iter().rev() {
        import(&world, 1, path).unwrap();
    }
    let backwards = world.pcs[1].store().unwrap().digest().unwrap();
    for path in &sticks {
        import(&world, 1, path).unwrap();
        import(&world, 1, path).unwrap();
        import(&world, 2, path).unwrap();
    }
    assert_eq!(world.pcs[1].store().unwrap().digest().unwrap(), backwards);
    assert_eq!(world.pcs[2].store().unwrap().digest().unwrap(), backwards, "the order does not matter");
    assert_eq!(world.pcs[0].store().unwrap().digest().unwrap(), backwards, "and it is what the author has");
    finish(&mut world, "sticks backwards");
    all_accepted(&world);
}

#[test]
fn fault_18_a_third_machine_carries_ops_and_the_receipts_come_back() {
    let dir = tempfile::tempdir().unwrap();
    let mut world = apart(20);
    let waiting = count(&world, 0, OpStatus::Pending);
    assert!(waiting > 0);
    let there = export(&world, 0, dir.path(), "there.zxb");
    let taken = import(&world, 1, &there).unwrap();
    assert_eq!(taken.carried_ops as usize, waiting);
    world.sync(1).unwrap();
    all_accepted(&world);
    let back = export(&world, 1, dir.path(), "back.zxb");
    let taken = import(&world, 0, &back).unwrap();
    assert_eq!(taken.acknowledged as usize, waiting);
    assert_eq!(count(&world, 0, OpStatus::Pending), 0, "without having spoken to the district");
    finish(&mut world, "third machine");
}

#[test]
fn fault_18_a_chain_of_a_village_that_has_no_accepted_op_yet_is_carried() {
    let dir = tempfile::tempdir().unwrap();
    let mut world = stage(27, &[None, None]);
    world.heal().unwrap();
    // the first newcomers of a village, written without a line
    world.then(&[2, 5, 8].map(|roll| Move::Act { pc: 0, kind: 0, roll })).unwrap();
    let waiting = count(&world, 0, OpStatus::Pending);
    let heads = world.pcs[0].store().unwrap().heads().unwrap();
    assert!(waiting > 0 && heads.iter().all(|head| head.scope.as_str() != VILLAGES[2]), "{heads:?}");
    let stick = export(&world, 0, dir.path(), "first.zxb");
    assert_eq!(import(&world, 1, &stick).unwrap().carried_ops as usize, waiting);
    world.sync(1).unwrap();
    all_accepted(&world);
    finish(&mut world, "first of a village");
}

#[test]
fn fault_18_a_stick_of_a_machine_that_was_shut_out_brings_nothing_into_the_order() {
    let dir = tempfile::tempdir().unwrap();
    let mut world = apart(21);
    let stick = export(&world, 0, dir.path(), "late.zxb");
    world.then(&[Move::Revoke { pc: 0 }]).unwrap();
    world.sync(1).unwrap();
    let before = world.district.heads().unwrap();
    assert_eq!(import(&world, 1, &stick).unwrap_err().code(), "bundle_revoked");
    // this one has not heard of it yet: it carries the ops, and is told what became of them
    let carried = import(&world, 2, &stick).unwrap().carried_ops;
    assert!(carried > 0);
    world.sync(2).unwrap();
    assert_eq!(world.district.heads().unwrap(), before);
    let rows = world.pcs[2].log().unwrap();
    let refused = rows.iter().filter(|row| row.reason_code.as_deref() == Some("device_revoked"));
    assert_eq!(refused.count() as u64, carried);
    finish(&mut world, "stick of a machine shut out");
}

#[test]
fn fault_18_a_stick_of_another_town_is_refused_before_anything() {
    let dir = tempfile::tempdir().unwrap();
    let world = apart(22);
    let stick = export(&world, 0, dir.path(), "other.zxb");
    let ids = Arc::new(SeededIds::new(Chance::of(22)));
    let ports = Ports { clock: Arc::new(WrongClock::new(TrueTime::begin())), ids };
    let options = CreateOptions {
        town: "330211102".parse().unwrap(),
        device_label: "邻镇".to_owned(),
        admin: NewUser { name: "王经办".to_owned(), duties: u32::MAX, ..NewUser::default() },
        sign_in_name: "admin".to_owned(),
        password: "jiulonghu-2026".to_owned(),
        keyring: KeyringPolicy::Off,
        kdf: KdfCost::WEAK_FOR_TESTS,
    };
    let other = Store::create(&dir.path().join("other"), options, &ports).unwrap().store;
    let code = world.district.code_for("330211102", Vec::new()).unwrap();
    enrol_beside(&other, &world.district, &code, "邻镇").unwrap();
    let before = other.digest().unwrap();
    let refused = bundle_import(&other, &ports, &stick, &mut |_| true).unwrap_err();
    assert_eq!(refused.code(), "bundle_town");
    assert_eq!(other.digest().unwrap(), before);
}

/// A photo of three pieces on an event.
fn photo(world: &mut World) -> EvidenceId {
    let mut chance = Chance::of(21);
    let bytes: Vec<u8> = (0..1_200_000).map(|_| chance.draw() as u8).collect();
    let file = FileDraft { file: EvidenceDraft { mime: "image/jpeg".to_owned(), bytes }, caption: None };
    world
        .write(0, |tx| {
            let event =
                tx.record_event(&EventDraft { title: Some("信用进社区".to_owned()), ..Default::default() })?;
            tx.event_photos(event, &[file], &[])
        })
        .unwrap()[0]
}

fn lanes(world: &mut World, pc: usize) {
    for _ in 0..4 {
        world.then(&[Move::Pass { ms: 3_600_000 }]).unwrap();
        world.pcs[pc].feed_lane(LaneEvent::Now);
        world.calm().unwrap();
    }
}

fn photo_at(world: &World, pc: usize, photo: EvidenceId) -> Option<Vec<u8>> {
    world.pcs[pc].store().unwrap().read(|reader| reader.evidence_bytes(photo)).unwrap()
}

#[test]
fn fault_21_a_file_whose_line_dies_at_any_piece_arrives_whole() {
    for parcels in 0..14 {
        let mut world = stage(21, &[None, None]);
        world.heal().unwrap();
        let photo = photo(&mut world);
        world.heal().unwrap();
        for pc in [0, 1] {
            world.then(&[Move::Pass { ms: 3_600_000 }, Move::Lane { pc: pc as u8 }]).unwrap();
            world.then(&[Move::Deliver { parcels }, Move::Crash { pc: pc as u8 }]).unwrap();
            lanes(&mut world, pc);
        }
        let (here, there) = (photo_at(&world, 0, photo), photo_at(&world, 1, photo));
        assert!(here.is_some());
        assert!(here == there, "after {parcels} parcels the file differs");
        finish(&mut world, "attachments");
    }
}

#[test]
fn fault_06_a_file_that_the_district_lost_is_sent_again() {
    // the op that names it is there, or not yet: in both cases no head of an order tells that anything is missing
    for op_first in [true, false] {
        let mut world = stage(26, &[None, None]);
        world.heal().unwrap();
        let photo = photo(&mut world);
        if op_first {
            world.sync(0).unwrap();
        }
        world.then(&[Move::DistrictKeepCopy, Move::Lane { pc: 0 }, Move::Calm]).unwrap();
        let due = world.pcs[0].store().unwrap().attachments_due().unwrap();
        assert_eq!(due.to_send, 0, "it was sent, op first: {op_first}");
        world.then(&[Move::DistrictRestoreCopy]).unwrap();
        finish(&mut world, "lost file");
        assert!(photo_at(&world, 1, photo).is_some(), "op first: {op_first}");
    }
}

#[test]
fn fault_21_a_piece_with_a_turned_bit_is_thrown_away_and_fetched_again() {
    let mut world = stage(23, &[None, None]);
    world.heal().unwrap();
    let photo = photo(&mut world);
    lanes(&mut world, 0);
    world.heal().unwrap();
    let mut turned = 0;
    world.tamper = Some(Box::new(move |_, endpoint, mut answer: Answer| {
        if endpoint == Endpoint::BlobsGet
            && turned < 2
            && let Some(body) = &answer.body
        {
            let mut piece: BlobsGetAnswer = from_cbor(body).unwrap();
            if let Some(byte) = piece.bytes.first_mut() {
                *byte ^= 1;
                turned += 1;
            }
            answer.body = Some(to_cbor(&piece));
        }
        answer
    }));
    lanes(&mut world, 1);
    lanes(&mut world, 1);
    assert!(photo_at(&world, 1, photo).is_some());
    assert!(photo_at(&world, 0, photo) == photo_at(&world, 1, photo));
    finish(&mut world, "turned bit");
}

#[test]
fn fault_21_a_file_may_arrive_before_its_op_and_after_it() {
    for file_first in [true, false] {
        let mut world = stage(24, &[None, None]);
        world.heal().unwrap();
        let photo = photo(&mut world);
        if file_first {
            lanes(&mut world, 0);
        }
        world.sync(0).unwrap();
        world.sync(1).unwrap();
        // the op is there, the file perhaps not: the page shows what it has
        lanes(&mut world, 1);
        lanes(&mut world, 0);
        lanes(&mut world, 1);
        world.heal().unwrap();
        lanes(&mut world, 1);
        assert!(photo_at(&world, 1, photo).is_some(), "file first: {file_first}");
        finish(&mut world, "order of file and op");
    }
}

#[test]
fn fault_22_thirty_days_offline_over_a_slow_and_lossy_line() {
    let mut world = stage(22, &[None, None]);
    work(&mut world, 0, 16);
    world.heal().unwrap();
    let known = world.known.residents().to_vec();
    for _day in 0..30 {
        world.then(&[Move::Pass { ms: DAY_MS }]).unwrap();
        world
            .write(1, |tx| {
                for number in 0..200 {
                    let draft = ResidentDraft::edit(known[number % known.len()]);
                    let rows = [draft.set(Field::Grid, format!("{number} 号网格"))];
                    tx.record_residents(ResidentBatch { rows: &rows, import: None, progress: None, cancel: None })?;
                }
                Ok(())
            })
            .unwrap();
    }
    let waiting = count(&world, 1, OpStatus::Pending);
    assert!(waiting >= 6_000);
    let weather = Weather { lose_request: 100, lose_answer: 100, slow: 50, busy: 50, ..Weather::default() };
    world.then(&[Move::Weather(weather)]).unwrap();
    for _ in 0..10 {
        let before = count(&world, 1, OpStatus::Pending);
        world.sync(1).unwrap();
        assert!(count(&world, 1, OpStatus::Pending) <= before);
    }
    finish(&mut world, "thirty days");
    all_accepted(&world);
    assert_eq!(count(&world, 1, OpStatus::Pending), 0);
}

#[test]
fn fault_22_all_machines_come_back_at_once() {
    let mut world = stage(25, &[None; 8]);
    for pc in 0..8 {
        work(&mut world, pc, 20);
    }
    // all rounds run at the same time, their messages mixed
    world.then(&[Move::Weather(Weather { slow: 40, ..Weather::default() })]).unwrap();
    let rounds: Vec<Move> = (0..8).map(|pc| Move::Round { pc }).collect();
    world.then(&rounds).unwrap();
    world.calm().unwrap();
    finish(&mut world, "all at once");
    all_accepted(&world);
}

/// A town whose newest snapshot lies at the district, and something after it.
fn with_snapshot(seed: u64) -> World {
    let mut world = small_stage(seed, &[None, None]);
    work(&mut world, 0, 40);
    world.heal().unwrap();
    lanes(&mut world, 0);
    assert!(snapshot_lies_there(&world), "no snapshot was made: {:?}", world.pcs[0].status());
    work(&mut world, 1, 6);
    world.heal().unwrap();
    world
}

fn snapshot_lies_there(world: &World) -> bool {
    let ask = Ask::pack(&SnapshotGetRequest::default());
    let answer = world.district.serve(Endpoint::SnapshotGet, world.pcs[0].token(), &ask);
    let body = Answer::unpack(&answer).unwrap().body.unwrap();
    from_cbor::<SnapshotGetAnswer>(&body).unwrap().manifest.is_some()
}

#[test]
fn fault_23_a_snapshot_whose_line_dies_anywhere_is_taken_up_again() {
    for parcels in (0..40).step_by(2) {
        let mut world = with_snapshot(23);
        let new = world.join(None).unwrap();
        // the keys come from a colleague first
        world.sync(new).unwrap();
        world.sync(0).unwrap();
        world.then(&[Move::Round { pc: new as u8 }, Move::Deliver { parcels }, Move::Crash { pc: new as u8 }]).unwrap();
        finish(&mut world, &format!("snapshot cut after {parcels} parcels"));
        all_accepted(&world);
    }
}

#[test]
fn fault_23_a_damaged_snapshot_is_not_used() {
    let mut world = with_snapshot(26);
    let new = world.join(None).unwrap();
    world.tamper = Some(Box::new(|_, endpoint, mut answer: Answer| {
        if endpoint == Endpoint::BlobsGet
            && let Some(body) = &answer.body
        {
            let mut piece: BlobsGetAnswer = from_cbor(body).unwrap();
            if let Some(byte) = piece.bytes.last_mut() {
                *byte ^= 1;
            }
            answer.body = Some(to_cbor(&piece));
        }
        answer
    }));
    for pc in [new, 0, new, 0, new] {
        world.sync(pc).unwrap();
    }
    let report = world.pcs[new].store().unwrap().verify(None).unwrap();
    assert!(report.sound(), "{:?}", report.faults);
    world.tamper = None;
    finish(&mut world, "damaged snapshot");
    all_accepted(&world);
}
