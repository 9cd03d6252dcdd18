//! Chains and orders after faults: copied disks, districts that lost history, carried operations.

use proptest::prelude::*;
use zhenxin_domain::ids::ResidentId;
use zhenxin_protocol::body::resident::Field;
use zhenxin_protocol::bundle::Item;
use zhenxin_protocol::device_key::{Context, verify_hash};
use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::op::Op;

use crate::proving::{Desk, Orderer, TOWN, VILLAGES};
use crate::{BundleFrom, BundleWant, HandedOut, KnownDevice, OpStatus, ResidentDraft, Store, StoreError, Unlock};

fn edit(desk: &Desk, resident: ResidentId, phone: &str) {
    desk.residents(&[ResidentDraft::edit(resident).set(Field::Phone, phone.to_owned())]);
}

fn phone(desk: &Desk, resident: ResidentId) -> Option<String> {
    desk.read(|r| r.resident(resident)).unwrap().phone
}

fn all_read(_: zhenxin_domain::division::Scope) -> bool {
    true
}

pub(super) fn know_each_other(desks: &[&Desk]) {
    let known: Vec<KnownDevice> = desks
        .iter()
        .map(|desk| {
            let keys = desk.store.device_keys();
            KnownDevice {
                device: keys.device,
                label: keys.label,
                sign_key: keys.sign_key,
                seal_key: keys.seal_key,
                scopes: vec![TOWN.parse().unwrap()],
                listed: true,
            }
        })
        .collect();
    desks.iter().for_each(|desk| desk.store.note_devices(&known).unwrap());
}

/// Carries all that waits at one desk to another, as a stick does.
fn carry(from: &Desk, to: &Desk) -> u64 {
    let scopes: Vec<_> = [TOWN, VILLAGES[0], VILLAGES[1]].iter().map(|scope| scope.parse().unwrap()).collect();
    let after = Default::default();
    let want = BundleWant { scopes: &scopes, after: &after, attachments: true };
    let mut items = Vec::new();
    from.store
        .bundle_out(&want, &mut |item| {
            items.push(item);
            Ok::<(), StoreError>(())
        })
        .unwrap();
    let district = zhenxin_protocol::device_key::public_key(&crate::proving::DISTRICT_SEED);
    let of = BundleFrom {
        device: Some(from.store.device()),
        made_at_ms: from.ports.clock.now_ms(),
        district_key: &district,
        may_read: &all_read,
    };
    let mut carried = 0;
    for item in items {
        match to.store.bundle_in(&item, &of) {
            Ok(taken) => carried += taken.carried_ops,
            // Settled by the next round on the line.
            Err(StoreError::Forked | StoreError::HistoryDiffers) => assert!(matches!(item, Item::Page(_))),
            Err(error) => panic!("{error:?}"),
        }
    }
    carried
}

/// The same disk in a second PC, whose randomness is its own.
pub(super) fn copy_of(desk: &Desk, seed: u64) -> Desk {
    let dir = tempfile::TempDir::new().unwrap();
    desk.store.writer().query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    for name in ["town.db", "key.json"] {
        std::fs::copy(desk.dir.path().join(name), dir.path().join(name)).unwrap();
    }
    let (ports, clock) = crate::proving::ports(seed);
    clock.advance(desk.ports.clock.now_ms() - ports.clock.now_ms());
    let unlock = Unlock::Recovery(desk.recovery_key.clone());
    let store = Store::open(dir.path(), unlock, &ports).unwrap().store;
    Desk { store, admin: desk.admin, clock, ports, recovery_key: desk.recovery_key.clone(), dir }
}

pub(super) fn alike(desks: &[&Desk]) {
    let dump = desks[0].store.dump().unwrap();
    for desk in desks {
        assert!(desk.store.dump().unwrap() == dump, "desks differ");
        let report = desk.store.verify(None).unwrap();
        assert_eq!(report.faults, Vec::<String>::new());
        assert_eq!(report.ledger_sum, 0);
        desk.store.rebuild(None).unwrap();
        assert!(desk.store.dump().unwrap() == dump, "a rebuilt desk differs");
        for head in desk.store.heads().unwrap() {
            assert!(desk.store.scope_sound(head.scope).unwrap().sound);
        }
    }
}

#[test]
fn a_copied_disk_loses_nothing() {
    let (a, other) = (Desk::new(201), Desk::new(202));
    let mut orderer = Orderer::default();
    Orderer::introduce(&[&a, &other]);
    let resident = a.resident(0, "张三", "330211199001011234");
    orderer.settle(&[&a, &other], |_| false);
    let b = copy_of(&a, 7_000);
    edit(&a, resident, "13900000001");
    edit(&b, resident, "13900000002");
    let rule = b.rule(5);
    let award = b.award(resident, rule, 5);
    b.approve(award);
    orderer.settle(&[&a, &b, &other], |_| false);
    assert_ne!(a.store.epoch().unwrap(), b.store.epoch().unwrap());
    let counts = b.read(|r| r.op_counts());
    assert_eq!((counts.pending, counts.rejected), (0, 0));
    assert_eq!(b.count("SELECT count(*) FROM op WHERE status = 3"), 4);
    alike(&[&a, &b, &other]);
    // Both phones were written from the same base: the second in order wins for now, the first is not lost.
    assert_eq!(phone(&other, resident).as_deref(), Some("13900000002"));
    assert_eq!(other.count("SELECT count(*) FROM race WHERE what = 'field:phone'"), 1);
    // Repeated operations are shown once.
    assert!(b.read(|r| r.recent_ops(100, 0)).iter().any(|row| row.status == OpStatus::Superseded));
}

#[test]
fn an_operation_that_was_accepted_and_repeated_counts_once() {
    let (a, other) = (Desk::new(203), Desk::new(204));
    let mut orderer = Orderer::default();
    Orderer::introduce(&[&a, &other]);
    let resident = a.resident(0, "张三", "330211199001011234");
    let rule = a.rule(5);
    let award = a.award(resident, rule, 5);
    a.approve(award);
    // The district has taken all of it, a has not heard so, and goes on in a new epoch.
    orderer.push(&a, 100, false, |_| false);
    assert_eq!(a.store.begin_epoch(9).unwrap(), 7);
    assert_eq!(a.store.begin_epoch(9).unwrap(), 0);
    assert!(matches!(a.store.begin_epoch(8), Err(StoreError::Refused(_))));
    orderer.settle(&[&a, &other], |_| false);
    alike(&[&a, &other]);
    assert_eq!(other.count("SELECT count(*) FROM transfer"), 1);
    assert_eq!(other.count("SELECT count(*) FROM race"), 0);
    let content = a.read(|r| r.award(award)).unwrap().op;
    assert_eq!(a.read(|r| r.op_of_content(content)).unwrap().status, OpStatus::Accepted);
}

#[test]
fn a_district_that_lost_its_last_week_gets_it_back() {
    let (a, b) = (Desk::new(205), Desk::new(206));
    let mut orderer = Orderer::default();
    Orderer::introduce(&[&a, &b]);
    let resident = a.resident(0, "张三", "330211199001011234");
    orderer.settle(&[&a, &b], |_| false);
    let backup = orderer.clone();
    edit(&a, resident, "13900000001");
    edit(&b, resident, "13900000002");
    a.rule(3);
    orderer.settle(&[&a, &b], |_| false);
    let before = a.store.dump().unwrap();
    let mut restored = orderer.restored(&backup, 8);
    // b saw everything, so b alone could bring it back; a's own go out again as well.
    for desk in [&a, &b] {
        for head in desk.store.heads().unwrap() {
            let kept = restored.head(head.scope);
            if kept.size < head.size {
                desk.store.rewind(head.scope, kept.size).unwrap();
                assert_eq!(desk.store.heads().unwrap().iter().find(|h| h.scope == head.scope), Some(&kept));
            }
        }
        desk.store.lineage_replaced([8; 16]).unwrap();
    }
    assert_eq!(a.store.outbox_size().unwrap().own_ops, 2);
    restored.settle(&[&b, &a], |_| false);
    alike(&[&a, &b]);
    let sizes: u64 = a.store.heads().unwrap().iter().map(|head| head.size).sum();
    assert_eq!(sizes, a.count("SELECT count(*) FROM op WHERE status = 1") as u64);
    assert_eq!(before.len(), a.store.dump().unwrap().len());
}

#[test]
fn what_is_sent_again_comes_after_what_its_author_had_seen() {
    let (a, b) = (Desk::new(217), Desk::new(218));
    let mut orderer = Orderer::default();
    Orderer::introduce(&[&a, &b]);
    orderer.settle(&[&a, &b], |_| false);
    let backup = orderer.clone();
    // each is founded on what the other one wrote before
    let resident = a.resident(0, "张三", "330211199001011234");
    orderer.settle(&[&a, &b], |_| false);
    edit(&b, resident, "13900000001");
    orderer.settle(&[&b, &a], |_| false);
    edit(&a, resident, "13900000002");
    orderer.settle(&[&a, &b], |_| false);
    let order = orderer.order(VILLAGES[0].parse().unwrap()).to_vec();
    // who comes first brings both chains, one of which is not its own
    let mut restored = orderer.restored(&backup, 8);
    for desk in [&a, &b] {
        meet(desk, &restored);
    }
    restored.settle(&[&b, &a], |_| false);
    assert_eq!(restored.order(VILLAGES[0].parse().unwrap()), order);
    assert_eq!(a.count("SELECT count(*) FROM race"), 0);
    alike(&[&a, &b]);
}

#[test]
fn another_pc_carries_operations_and_brings_the_word_back() {
    let (a, b) = (Desk::new(207), Desk::new(208));
    let mut orderer = Orderer::default();
    Orderer::introduce(&[&a, &b]);
    know_each_other(&[&a, &b]);
    let resident = a.resident(0, "张三", "330211199001011234");
    assert!(carry(&a, &b) >= 3);
    assert_eq!(carry(&a, &b), 0, "twice does nothing more");
    assert_eq!(phone(&b, resident).as_deref(), Some("13800001234"));
    // Only what its author signed is carried, and it goes to the district as the author wrote it.
    let batch = b.store.outbox(&HandedOut::default(), 100, 1 << 20).unwrap();
    assert_eq!(batch.device, b.store.device());
    let mut handed = HandedOut::default();
    handed.pass_over(batch.device, batch.epoch);
    let carried = b.store.outbox(&handed, 100, 1 << 20).unwrap();
    assert_eq!(carried.device, a.store.device());
    let head = Hash32::of(&carried.ops.last().unwrap().1);
    verify_hash(&a.store.device_keys().sign_key, Context::ChainHead, &head, &carried.head.signature).unwrap();
    orderer.settle(&[&b], |_| false);
    assert_eq!(a.store.outbox_size().unwrap().own_ops, 4);
    while orderer.pull(&a, 2) {}
    assert_eq!(a.store.outbox_size().unwrap().own_ops, 0);
    orderer.settle(&[&a, &b], |_| false);
    alike(&[&a, &b]);
}

#[test]
fn what_is_confirmed_before_an_older_one_that_waits_passes_it() {
    let (a, b) = (Desk::new(213), Desk::new(214));
    let mut orderer = Orderer::default();
    Orderer::introduce(&[&a, &b]);
    know_each_other(&[&a, &b]);
    let resident = a.resident(0, "张三", "330211199001011234");
    orderer.settle(&[&a, &b], |_| false);
    edit(&a, resident, "13911111111");
    assert_eq!(carry(&a, &b), 1);
    edit(&b, resident, "13922222222");
    assert_eq!(phone(&b, resident).as_deref(), Some("13922222222"));
    let mut handed = HandedOut::default();
    handed.pass_over(a.store.device(), a.store.epoch().unwrap());
    let own = b.store.outbox(&handed, 100, 1 << 20).unwrap();
    assert_eq!((own.device, own.ops.len()), (b.store.device(), 1));
    let (receipts, _) = orderer.take(&own, &|_| false);
    b.store.take_receipts(&receipts).unwrap();
    assert_eq!(phone(&b, resident).as_deref(), Some("13911111111"), "the older one is ordered later");
    assert_eq!(b.store.verify(None).unwrap().faults, Vec::<String>::new());
}

#[test]
fn a_forged_batch_is_not_carried() {
    let (a, b, c) = (Desk::new(209), Desk::new(210), Desk::new(211));
    know_each_other(&[&a, &b]);
    a.rule(3);
    let batch = a.store.outbox(&HandedOut::default(), 100, 1 << 20).unwrap();
    let of = BundleFrom { device: None, made_at_ms: 0, district_key: &[0; 32], may_read: &all_read };
    let item = |ops: Vec<Vec<u8>>, device| {
        Item::Ops(zhenxin_protocol::wire::ops::PushRequest {
            device,
            epoch: 1,
            ops: ops.into_iter().map(Into::into).collect(),
            head: batch.head.clone(),
        })
    };
    let ops: Vec<Vec<u8>> = batch.ops.iter().map(|(_, bytes)| bytes.clone()).collect();
    let mut changed = Op::from_bytes(ops.last().unwrap()).unwrap();
    changed.occurred_on += 1;
    let mut forged = ops.clone();
    *forged.last_mut().unwrap() = changed.to_bytes().unwrap();
    for bad in [item(forged, a.store.device()), item(ops.clone(), c.store.device())] {
        assert_eq!(b.store.bundle_in(&bad, &of).unwrap().carried_ops, 0);
    }
    // An author that nobody has listed is not believed, and what is out of scope is not taken.
    assert_eq!(c.store.bundle_in(&item(ops.clone(), a.store.device()), &of).unwrap().ignored, 4);
    let nothing = BundleFrom { may_read: &|_| false, ..of };
    assert_eq!(b.store.bundle_in(&item(ops.clone(), a.store.device()), &nothing).unwrap().ignored, 4);
    assert_eq!(b.store.bundle_in(&item(ops, a.store.device()), &of).unwrap().carried_ops, 4);
}

#[test]
fn a_gap_reopens_the_chain_and_a_hole_in_it_is_told() {
    let a = Desk::new(212);
    let mut orderer = Orderer::default();
    a.rule(1);
    a.rule(2);
    orderer.push(&a, 100, true, |_| false);
    assert_eq!(a.store.outbox_size().unwrap().own_ops, 0);
    assert_eq!(a.store.confirmed().unwrap(), [(TOWN.parse().unwrap(), 5)]);
    // Nothing was received yet, so nothing proves that the district still has it.
    let reopened = a.store.reopen_chain(a.store.device(), 1, 2).unwrap();
    assert_eq!((reopened.ops, reopened.dense), (4, true));
    assert_eq!(a.store.outbox_size().unwrap().own_ops, 4);
    let mut fresh = Orderer::default();
    fresh.settle(&[&a], |_| false);
    assert_eq!(a.store.outbox_size().unwrap().own_ops, 0);
    alike(&[&a]);
}

#[test]
fn a_flipped_bit_is_found_put_back_and_folded_again() {
    let (a, b) = (Desk::new(213), Desk::new(214));
    let mut orderer = Orderer::default();
    Orderer::introduce(&[&a, &b]);
    let resident = a.resident(0, "张三", "330211199001011234");
    edit(&a, resident, "13900000001");
    orderer.settle(&[&a, &b], |_| false);
    let before = b.store.dump().unwrap();
    let scope = VILLAGES[0].parse().unwrap();
    for damage in [
        "UPDATE op SET bytes = zeroblob(length(bytes)) WHERE scope = ?1 AND server_seq = 2",
        "UPDATE op SET hash = zeroblob(32) WHERE scope = ?1 AND server_seq = 1",
        "UPDATE op SET hlc = hlc + 1 WHERE scope = ?1 AND server_seq = 1",
        "DELETE FROM op WHERE scope = ?1 AND server_seq = 2",
        "UPDATE op SET id = zeroblob(16) WHERE scope = ?1 AND server_seq = 2",
        "UPDATE cursor SET peaks = CAST(substr(peaks, 1, 8) || zeroblob(length(peaks) - 8) AS BLOB) WHERE scope = ?1",
    ] {
        b.store.writer().execute(damage, [VILLAGES[0]]).unwrap();
        let check = b.store.scope_sound(scope).unwrap();
        assert!(!check.sound, "{damage}");
        let back: Vec<_> =
            check.suspects.iter().map(|at| (*at, orderer.order(scope)[*at as usize - 1].clone())).collect();
        assert!(matches!(b.store.put_back(scope, &back, &Hash32::ZERO), Err(StoreError::HistoryDiffers)));
        b.store.put_back(scope, &back, &orderer.head(scope).root).unwrap();
        assert!(b.store.scope_sound(scope).unwrap().sound, "{damage}");
        b.store.rebuild(None).unwrap();
        assert_eq!(b.store.dump().unwrap(), before, "{damage}");
    }
    alike(&[&a, &b]);
}

#[test]
fn fault_15_a_bit_turned_anywhere_in_an_operation_is_found_and_put_back() {
    let (a, b) = (Desk::new(219), Desk::new(220));
    let mut orderer = Orderer::default();
    Orderer::introduce(&[&a, &b]);
    a.resident(0, "张三", "330211199001011234");
    orderer.settle(&[&a, &b], |_| false);
    let before = b.store.dump().unwrap();
    let scope = VILLAGES[0].parse().unwrap();
    let whole = orderer.order(scope)[0].clone();
    let write = |bytes: &[u8]| {
        let sql = "UPDATE op SET bytes = ?2 WHERE scope = ?1 AND server_seq = 1";
        assert_eq!(b.store.writer().execute(sql, (VILLAGES[0], bytes)).unwrap(), 1);
    };
    // also where the bytes can be read as before: inside of what is sealed
    for at in 0..whole.len() {
        let mut rotten = whole.clone();
        rotten[at] ^= 1;
        write(&rotten);
        let check = b.store.scope_sound(scope).unwrap();
        assert!(!check.sound && check.suspects == [1], "byte {at}: {check:?}");
    }
    b.store.put_back(scope, &[(1, whole)], &orderer.head(scope).root).unwrap();
    assert!(b.store.scope_sound(scope).unwrap().sound);
    b.store.rebuild(None).unwrap();
    assert_eq!(b.store.dump().unwrap(), before);
    alike(&[&a, &b]);
}

#[test]
fn of_two_copies_the_one_that_the_district_takes_in_the_end_counts() {
    let (a, carrier) = (Desk::new(215), Desk::new(216));
    let mut orderer = Orderer::default();
    Orderer::introduce(&[&a, &carrier]);
    know_each_other(&[&a, &carrier]);
    orderer.settle(&[&a, &carrier], |_| false);
    let backup = orderer.clone();
    let b = copy_of(&a, 7_001);
    a.resident(0, "张三", "330211199001010001");
    b.resident(0, "李四", "330211199001010002");
    // The stick brings a's, the line b's: a's is refused at the carrier, and visibly so.
    assert_eq!(carry(&a, &carrier), 1);
    orderer.send_all(&b, |_| false);
    while orderer.pull(&carrier, 50) {}
    assert_eq!(carrier.read(|r| r.rejected_ops(10)).len(), 1);
    // The district loses b's and takes a's in its place.
    let mut restored = orderer.restored(&backup, 8);
    for desk in [&a, &b, &carrier] {
        meet(desk, &restored);
    }
    restored.send_all(&a, |_| false);
    restored.settle(&[&carrier, &b, &a, &carrier], |_| false);
    assert_eq!(carrier.read(|r| r.rejected_ops(10)).len(), 0);
    assert_eq!(carrier.count("SELECT count(*) FROM resident"), 2);
    alike(&[&a, &b, &carrier]);
}

/// What a person does, or the line, a disk or the district.
#[derive(Debug, Clone)]
enum Step {
    Act { desk: usize, what: u8, pick: usize },
    Push { desk: usize, ops: usize, heard: bool },
    Pull { desk: usize, page_ops: usize },
    Carry { from: usize, to: usize },
    Copy { from: usize, to: usize },
    Backup,
    Restore,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (0..3usize, 0..5u8, 0..9usize).prop_map(|(desk, what, pick)| Step::Act { desk, what, pick }),
        3 => (0..3usize, 1..9usize, any::<bool>()).prop_map(|(desk, ops, heard)| Step::Push { desk, ops, heard }),
        3 => (0..3usize, 1..9usize).prop_map(|(desk, page_ops)| Step::Pull { desk, page_ops }),
        2 => (0..3usize, 0..3usize).prop_map(|(from, to)| Step::Carry { from, to }),
        1 => (0..3usize, 0..3usize).prop_map(|(from, to)| Step::Copy { from, to }),
        1 => Just(Step::Backup),
        1 => Just(Step::Restore),
    ]
}

fn act(desk: &Desk, what: u8, pick: usize) {
    let id = |sql: &str| -> Option<[u8; 16]> {
        let ids: Vec<[u8; 16]> = desk.sql(|conn| conn.prepare(sql)?.query_map([], |row| row.get(0))?.collect());
        (!ids.is_empty()).then(|| ids[pick % ids.len()])
    };
    let resident = id("SELECT id FROM resident ORDER BY id").map(ResidentId::from_bytes);
    let version = id("SELECT id FROM rule_version ORDER BY id").map(zhenxin_domain::ids::RuleVersionId::from_bytes);
    let waiting = id("SELECT id FROM award WHERE state = 0 ORDER BY id").map(zhenxin_domain::ids::AwardId::from_bytes);
    match (what, resident, version, waiting) {
        (1, Some(resident), ..) if desk.read(|r| r.resident(resident)).is_some_and(|row| row.phone.is_some()) => {
            edit(desk, resident, &format!("139{pick:08}"));
        }
        (2, ..) => {
            desk.rule(pick as u32 + 1);
        }
        (3, Some(resident), Some(version), _) => {
            desk.award(resident, version, 3);
        }
        (4, _, _, Some(award)) => desk.approve(award),
        _ => {
            desk.resident(pick, "张三", &format!("33021119900101{pick:04}"));
        }
    }
}

/// What a round does after the district's heads are no continuation of what is here.
fn meet(desk: &Desk, orderer: &Orderer) {
    if desk.store.lineage().unwrap().is_none_or(|lineage| lineage == orderer.lineage) {
        return;
    }
    for head in desk.store.heads().unwrap() {
        let theirs = orderer.order(head.scope);
        let mut common = 0;
        while common < head.size.min(theirs.len() as u64) {
            let here = desk.store.op_bytes_at(head.scope, common + 1).unwrap();
            if here.as_ref() != Some(&theirs[common as usize]) {
                break;
            }
            common += 1;
        }
        desk.store.rewind(head.scope, common).unwrap();
    }
    desk.store.lineage_replaced(orderer.lineage).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 300, ..ProptestConfig::default() })]

    #[test]
    fn after_any_faults_all_desks_hold_everything_alike(
        steps in proptest::collection::vec(step(), 1..70), seed in 1..10_000u64,
    ) {
        let mut desks = [Desk::new(seed), Desk::new(seed + 20_000), Desk::new(seed + 40_000)];
        Orderer::introduce(&desks.each_ref());
        know_each_other(&desks.each_ref());
        let mut orderer = Orderer::default();
        desks.iter().for_each(|desk| assert_eq!(desk.store.lineage_replaced(orderer.lineage).unwrap(), 0));
        let mut backup = orderer.clone();
        let (mut lineage, mut copies) = (7, 0);
        for step in steps {
            match step {
                Step::Act { desk, what, pick } => act(&desks[desk], what, pick),
                Step::Push { desk, ops, heard } => {
                    meet(&desks[desk], &orderer);
                    orderer.push(&desks[desk], ops, heard, |_| false);
                }
                Step::Pull { desk, page_ops } => {
                    meet(&desks[desk], &orderer);
                    orderer.pull(&desks[desk], page_ops);
                }
                Step::Carry { from, to } if from != to => {
                    carry(&desks[from], &desks[to]);
                }
                // What only the replaced disk held is gone with it, so it is sent before.
                Step::Copy { from, to } if from != to => {
                    meet(&desks[to], &orderer);
                    orderer.send_all(&desks[to], |_| false);
                    // What only half of a chain is received of can be carried by nobody.
                    for desk in &desks {
                        while orderer.pull(desk, 50) {}
                    }
                    copies += 1;
                    desks[to] = copy_of(&desks[from], seed + 100_000 * copies);
                }
                Step::Backup => backup = orderer.clone(),
                Step::Restore => {
                    lineage += 1;
                    orderer = orderer.restored(&backup, lineage);
                    for desk in &desks {
                        meet(desk, &orderer);
                    }
                }
                Step::Carry { .. } | Step::Copy { .. } => {}
            }
        }
        let all = desks.each_ref();
        all.iter().for_each(|desk| meet(desk, &orderer));
        for _ in 0..3 {
            orderer.settle(&all, |_| false);
        }
        alike(&all);
        for desk in all {
            prop_assert_eq!(desk.count("SELECT count(*) FROM op WHERE status = 0"), 0);
            let dump = desk.store.dump().unwrap();
            orderer.deliver_everything_again(desk);
            prop_assert!(desk.store.dump().unwrap() == dump);
        }
    }
}
