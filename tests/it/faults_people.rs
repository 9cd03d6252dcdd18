//! Faults 9 to 13: what people do against each other, and what another program makes.

use zhenxin_domain::division::VillageCode;
use zhenxin_domain::ids::{AwardId, ImportId, ResidentId, RuleVersionId};
use zhenxin_domain::ledger::{Ledger, Owner};
use zhenxin_protocol::body::resident::Field;
use zhenxin_protocol::device_key::{Context, ED25519_TAG};
use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::op::Op;
use zhenxin_protocol::wire::ops::{HeadSignature, OpOutcome, PushAnswer, PushRequest};
use zhenxin_protocol::wire::{Answer, Ask, Endpoint};
use zhenxin_store::{
    AwardBatch, AwardDraft, AwardTo, GiftDraft, ImportSource, IssueKind, IssuesAt, OpStatus, ResidentBatch,
    ResidentDraft, Review, ReviewDraft, RuleVersionDraft, StoreError, Tx, Unsealed,
};
use zhenxin_testkit::sim::World;
use zhenxin_testkit::sim::plan::{Hostile, Move};
use zhenxin_testkit::sim::template::VILLAGES;

use crate::faults_stage::{accepted, all_accepted, count, finish, stage, work};

fn village(at: usize) -> VillageCode {
    VILLAGES[at].parse().unwrap()
}

fn record(
    tx: &mut Tx<'_>,
    rows: &[ResidentDraft<'_>],
    import: Option<ImportSource>,
) -> Result<Vec<ResidentId>, StoreError> {
    let batch = ResidentBatch { rows, import, progress: None, cancel: None };
    Ok(tx.record_residents(batch)?.residents)
}

/// Somebody everybody knows.
fn resident(world: &mut World) -> ResidentId {
    let draft = ResidentDraft::new(village(0))
        .household_no("0001")
        .set(Field::Name, "张三")
        .set(Field::Phone, "13800000000")
        .set(Field::Address, "思源社区1号");
    let resident = world.write(0, |tx| record(tx, &[draft], None)).unwrap()[0];
    world.heal().unwrap();
    resident
}

fn edit(world: &mut World, pc: usize, resident: ResidentId, field: Field, value: &str) {
    let draft = ResidentDraft::edit(resident).set(field, value);
    world.write(pc, |tx| record(tx, &[draft], None)).unwrap();
}

fn issues(world: &World, pc: usize, kind: IssueKind) -> usize {
    let ports = world.pcs[pc].ports();
    let at = IssuesAt { now_ms: ports.clock.now_ms(), today: ports.clock.today() };
    world.pcs[pc].store().unwrap().read(|reader| reader.issues_of(kind, at)).unwrap().len()
}

fn minutes(world: &World, pc: usize, owner: ResidentId) -> i64 {
    world.pcs[pc].store().unwrap().read(|reader| reader.minutes_balance(Owner::Resident(owner))).unwrap()
}

#[test]
fn fault_09_one_balance_spent_on_two_machines_is_a_deficit_that_a_person_decides() {
    let mut world = stage(9, &[None, None]);
    let (giver, one, other) = (resident(&mut world), resident(&mut world), resident(&mut world));
    let gift = |to| GiftDraft { giver, to: Some(to), amount_min: 60, relation: None, note: None };
    // both hand the same hour over; nobody had the right to spend it
    world.write(0, |tx| tx.give_minutes(&gift(one))).unwrap();
    world.write(1, |tx| tx.give_minutes(&gift(other))).unwrap();
    finish(&mut world, "spent twice");
    all_accepted(&world);
    for pc in [0, 1] {
        // nothing was reversed by itself, nothing is hidden
        assert_eq!((minutes(&world, pc, one), minutes(&world, pc, other)), (60, 60));
        assert_eq!(minutes(&world, pc, giver), -120);
        assert_eq!(issues(&world, pc, IssueKind::Deficit), 1);
        let sum = world.pcs[pc].store().unwrap().read(|reader| reader.ledger_sum(Ledger::Minutes)).unwrap();
        assert_eq!(sum, 0);
    }
}

#[test]
fn fault_09_the_right_to_spend_is_one_machines_alone() {
    let mut world = stage(9, &[None, None, Some(0)]);
    let scope = 0;
    for pc in [0, 1, 2] {
        world.then(&[Move::Rights { pc, scope, want: true }]).unwrap();
    }
    world.heal().unwrap();
    let holders = |world: &World| {
        let holds = |pc: &usize| {
            let store = world.pcs[*pc].store().unwrap();
            store.read(|reader| reader.holds_right(VILLAGES[0].parse().unwrap())).unwrap()
        };
        (0..3).filter(holds).collect::<Vec<usize>>()
    };
    assert_eq!(holders(&world), [0]);
    world.then(&[Move::Rights { pc: 0, scope, want: false }]).unwrap();
    world.heal().unwrap();
    let after = holders(&world);
    assert!(after.len() == 1 && after != [0], "{after:?}");
    // the console takes it back while the machine is away
    world.then(&[Move::TakeRight { scope }]).unwrap();
    world.heal().unwrap();
    assert!(holders(&world).len() <= 1);
    finish(&mut world, "rights");
}

/// An award that waits for its review on all machines.
fn award(world: &mut World, resident: ResidentId) -> AwardId {
    let rule = RuleVersionDraft {
        rule: None,
        version: 1,
        code: "A01".to_owned(),
        category: "志愿服务".to_owned(),
        item: "参加村庄清洁行动".to_owned(),
        points: 2,
        unit: "次".to_owned(),
        cap: None,
        evidence: None,
        subject: "person".to_owned(),
        valid_months: None,
        basis: None,
        in_force_from: "2026-01-01".parse().unwrap(),
    };
    let rule_version: RuleVersionId = world.write(0, |tx| tx.record_rules(&[rule], None)).unwrap()[0].1;
    let batch = AwardBatch {
        activity: None,
        activity_name: "清洁行动".to_owned(),
        rule_version,
        request: None,
        occurred_on: "2026-01-02".parse().unwrap(),
        evidence: Vec::new(),
        rows: vec![AwardDraft { resident, to: AwardTo::Resident, amount_points: 2 }],
    };
    let award = world.write(0, |tx| tx.record_awards(batch)).unwrap().awards[0];
    world.heal().unwrap();
    award
}

#[test]
fn fault_10_of_approval_and_return_the_first_in_the_districts_order_holds_and_the_other_is_shown() {
    for first in [0, 1] {
        let mut world = stage(10, &[None, None]);
        let resident = resident(&mut world);
        let award = award(&mut world, resident);
        let approve = Review::Approve { effective_on: "2026-01-03".parse().unwrap() };
        world.write(0, |tx| tx.review_awards(&[ReviewDraft { award, decision: approve }])).unwrap();
        let back = Review::SendBack { reason: "照片不清楚".to_owned() };
        world.write(1, |tx| tx.review_awards(&[ReviewDraft { award, decision: back }])).unwrap();
        world.sync(first).unwrap();
        finish(&mut world, "review race");
        all_accepted(&world);
        for pc in [0, 1] {
            let store = world.pcs[pc].store().unwrap();
            let today = world.pcs[pc].ports().clock.today();
            let points = store.read(|reader| reader.balance(Owner::Resident(resident), today)).unwrap();
            assert_eq!(points.effective_points, if first == 0 { 2 } else { 0 });
            assert_eq!(issues(&world, pc, IssueKind::Lost), 1, "the loser is shown");
        }
    }
}

#[test]
fn fault_10_a_transfer_is_reversed_at_most_once() {
    let mut world = stage(11, &[None, None]);
    let resident = resident(&mut world);
    let award = award(&mut world, resident);
    let decision = Review::Approve { effective_on: "2026-01-03".parse().unwrap() };
    world.write(0, |tx| tx.review_awards(&[ReviewDraft { award, decision }])).unwrap();
    world.heal().unwrap();
    for pc in [0, 1] {
        world.write(pc, |tx| tx.reverse_award(award, "记错了人")).unwrap();
    }
    finish(&mut world, "double reversal");
    all_accepted(&world);
    for pc in [0, 1] {
        let store = world.pcs[pc].store().unwrap();
        let today = world.pcs[pc].ports().clock.today();
        let points = store.read(|reader| reader.balance(Owner::Resident(resident), today)).unwrap();
        assert_eq!(points.effective_points, 0);
        assert_eq!(issues(&world, pc, IssueKind::Lost), 1);
    }
}

/// What two machines do to one resident while they cannot hear each other.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Did {
    Nothing,
    Phone(&'static str),
    Address(&'static str),
    Delete,
    Merge,
}

/// Which issues must be open afterwards: of fields, of deleted records.
type Expected = (usize, usize);

const TRUTH: &[(Did, Did, Expected)] = &[
    (Did::Nothing, Did::Phone("1"), (0, 0)),
    (Did::Phone("1"), Did::Phone("2"), (1, 0)),
    (Did::Phone("1"), Did::Phone("1"), (0, 0)),
    (Did::Phone("1"), Did::Address("2"), (0, 0)),
    (Did::Address("1"), Did::Address("2"), (1, 0)),
    (Did::Delete, Did::Nothing, (0, 0)),
    (Did::Delete, Did::Phone("1"), (0, 1)),
    (Did::Phone("1"), Did::Delete, (0, 1)),
    (Did::Merge, Did::Phone("1"), (0, 0)),
    (Did::Phone("1"), Did::Merge, (0, 0)),
    (Did::Merge, Did::Merge, (0, 0)),
    (Did::Merge, Did::Nothing, (0, 0)),
];

fn apply(world: &mut World, pc: usize, did: Did, (resident, other, import): (ResidentId, ResidentId, ImportId)) {
    match did {
        Did::Nothing => {}
        Did::Phone(value) => edit(world, pc, resident, Field::Phone, value),
        Did::Address(value) => edit(world, pc, resident, Field::Address, value),
        Did::Delete => {
            world.write(pc, |tx| tx.undo_import(import)).unwrap();
        }
        Did::Merge => {
            world.write(pc, |tx| tx.merge_residents(other, resident)).unwrap();
        }
    }
}

#[test]
fn fault_11_the_truth_table_of_two_who_change_one_record() {
    for (one, two, (fields, deleted)) in TRUTH {
        for first in [0, 1] {
            let mut world = stage(11, &[None, None]);
            let other = resident(&mut world);
            let import = ImportId::from_bytes([5; 16]);
            let source = ImportSource { id: import, source: "花名册.xlsx".to_owned() };
            let draft =
                ResidentDraft::new(village(0)).household_no("7").set(Field::Name, "李四").set(Field::Phone, "0");
            let draft = draft.set(Field::Address, "0");
            let resident = world.write(0, |tx| record(tx, &[draft], Some(source))).unwrap()[0];
            world.heal().unwrap();
            apply(&mut world, 0, *one, (resident, other, import));
            apply(&mut world, 1, *two, (resident, other, import));
            world.sync(first).unwrap();
            let what = format!("{one:?} against {two:?}, {first} first");
            finish(&mut world, &what);
            all_accepted(&world);
            for pc in [0, 1] {
                assert_eq!(issues(&world, pc, IssueKind::Field), *fields, "{what}: fields");
                assert_eq!(issues(&world, pc, IssueKind::Deleted), *deleted, "{what}: deleted");
                if *fields > 0 {
                    let field = if matches!(one, Did::Phone(_)) { Field::Phone } else { Field::Address };
                    let store = world.pcs[pc].store().unwrap();
                    let sides = store.read(|reader| reader.field_sides(resident, field)).unwrap();
                    let mut values: Vec<String> = sides
                        .into_iter()
                        .filter_map(|side| match side.value {
                            Some(Unsealed::Text(text)) => Some(text.to_string()),
                            _ => None,
                        })
                        .collect();
                    values.sort();
                    assert_eq!(values, ["1", "2"], "{what}: both values");
                }
            }
        }
    }
}

#[test]
fn fault_12_one_bad_op_among_ten_thousand() {
    let mut world = stage(12, &[None, Some(0)]);
    let known = resident(&mut world);
    // a machine of one village writes 9,999 times into its own village and once, in the middle, into another one
    world
        .write(1, |tx| {
            for number in 0..10_000 {
                match number {
                    5_000 => {
                        let stray = ResidentDraft::new(village(1)).set(Field::Name, "王五");
                        record(tx, &[stray], None)?;
                    }
                    _ => {
                        let draft = ResidentDraft::edit(known).set(Field::Grid, format!("{number} 号网格"));
                        record(tx, &[draft], None)?;
                    }
                }
            }
            Ok(())
        })
        .unwrap();
    finish(&mut world, "one bad op");
    let rows = world.pcs[1].log().unwrap();
    let refused: Vec<_> = rows.iter().filter(|row| row.status == OpStatus::Rejected).collect();
    assert_eq!(refused.len(), 1);
    assert_eq!(refused[0].reason_code.as_deref(), Some("scope_denied"));
    assert!(refused[0].reason_text.as_deref().is_some_and(|text| !text.is_empty()));
    assert_eq!(count(&world, 1, OpStatus::Pending), 0);
    let accepted = accepted(&world);
    assert_eq!(world.committed.keys().filter(|op| !accepted.contains(op)).count(), 1);
    assert_eq!(issues(&world, 1, IssueKind::Refused), 1);
}

/// An op like the last one of a machine, of a kind that nobody knows and with a key that nobody knows.
fn from_the_future(world: &World, pc: usize) -> (Op, Vec<u8>) {
    let store = world.pcs[pc].store().unwrap();
    let own = world.pcs[pc].device().unwrap();
    let rows = world.pcs[pc].log().unwrap().into_iter().filter(|row| row.device == own);
    let row = rows.max_by_key(|row| row.seq).unwrap();
    let last = store.read(|reader| reader.op_bytes(row.id)).unwrap().unwrap();
    let model = Op::from_bytes(&last).unwrap();
    let op = Op {
        id: zhenxin_domain::ids::OpId::from_bytes([9; 16]),
        seq: model.seq + 1,
        prev: Op::hash_of(&last),
        kind: "lantern.lit".to_owned(),
        ..model
    };
    let mut bytes = op.to_bytes().unwrap();
    // a CBOR map of fewer than 23 pairs says their number in its first byte (RFC 8949 §3); one more follows
    assert!((0xa0..0xb6).contains(&bytes[0]));
    bytes[0] += 1;
    bytes.extend_from_slice(&[0x18, 99, 0x65]);
    bytes.extend_from_slice(b"later");
    (op, bytes)
}

/// What the district says about one op that its author's device pushes by itself.
pub fn push(world: &World, pc: usize, op: &Op, bytes: &[u8]) -> Option<OpOutcome> {
    let machine = &world.pcs[pc];
    let signature = machine.store().unwrap().sign_hash(Context::ChainHead, &Hash32::of(bytes)).to_vec();
    let head = HeadSignature { alg: ED25519_TAG.to_owned(), signature };
    let request = PushRequest { device: op.device, epoch: op.epoch, ops: vec![bytes.to_vec().into()], head };
    let answer = world.district.serve(Endpoint::Push, machine.token(), &Ask::pack(&request));
    let body = Answer::unpack(&answer).unwrap().body?;
    zhenxin_protocol::frame::from_cbor::<PushAnswer>(&body).unwrap().results.remove(0).outcome
}

#[test]
fn fault_13_what_a_newer_program_wrote_passes_byte_for_byte() {
    let mut world = stage(13, &[None, None]);
    work(&mut world, 0, 5);
    world.heal().unwrap();
    let (op, bytes) = from_the_future(&world, 0);
    let outcome = push(&world, 0, &op, &bytes);
    assert!(matches!(outcome, Some(OpOutcome::Accepted { .. })), "{outcome:?}");
    work(&mut world, 1, 4);
    finish(&mut world, "newer kind");
    for pc in &world.pcs {
        let kept = pc.store().unwrap().read(|reader| reader.op_bytes(op.id)).unwrap();
        assert_eq!(kept.as_deref(), Some(&bytes[..]), "machine {}", pc.number);
        let row = pc.store().unwrap().read(|reader| reader.op(op.id)).unwrap().unwrap();
        assert_eq!(row.status, OpStatus::Unknown);
    }
    // and by way of the simulation's hostile device, into everybody's log
    world.then(&[Move::Hostile { pc: 1, what: Hostile::NewerKind }]).unwrap();
    finish(&mut world, "newer kind again");
}

#[test]
fn fault_13_a_program_of_another_major_version_is_told_so_and_nothing_of_it_is_stored() {
    let mut world = stage(14, &[None]);
    work(&mut world, 0, 3);
    let before = world.district.held().unwrap().len();
    let hello = zhenxin_protocol::wire::hello::HelloRequest::default();
    let answer = world.district.serve(Endpoint::Hello, None, &Ask::pack_as(9, &hello));
    assert!(Answer::unpack(&answer).unwrap().body.is_some(), "hello is answered in every version");
    for major in [0, 9] {
        let request = zhenxin_protocol::wire::ops::PullRequest::default();
        let frame = Ask::pack_as(major, &request);
        let answer = world.district.serve(Endpoint::Pull, world.pcs[0].token(), &frame);
        assert_eq!(Answer::unpack(&answer).unwrap().fault.unwrap().code, "version");
    }
    assert_eq!(world.district.held().unwrap().len(), before);
    finish(&mut world, "versions");
}
