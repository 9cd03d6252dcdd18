//! Faults 1 to 3, 7, 24 and 25: what happens between a machine and its district, and to the clocks.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::Arc;

use zhenxin_protocol::op::Op;
use zhenxin_protocol::wire::ops::OpOutcome;
use zhenxin_store::{HandedOut, OpStatus, Ports};
use zhenxin_testkit::sim::chance::{Chance, SeededIds};
use zhenxin_testkit::sim::clock::{DAY_MS, Skew, TrueTime, WrongClock};
use zhenxin_testkit::sim::net::Weather;
use zhenxin_testkit::sim::plan::{Hostile, Move};
use zhenxin_testkit::sim::template::open;
use zhenxin_testkit::sim::{Plan, World, run};

use crate::faults_people::push;
use crate::faults_stage::{all_accepted, count, finish, ordered_once, small_stage, templates, work};

const CLIENT: &str = env!("CARGO_BIN_EXE_it-client");

/// More messages than a round of these tests has.
const MESSAGES_MAX: u64 = 400;

/// Two machines that know each other, each with something to send.
fn two_with_work(seed: u64) -> World {
    let mut world = small_stage(seed, &[None, None]);
    work(&mut world, 0, 10);
    world.heal().unwrap();
    work(&mut world, 0, 8);
    work(&mut world, 1, 8);
    world
}

/// Ends something between any two messages of a round.
fn ended_everywhere(end: Move) {
    for parcels in 0.. {
        assert!(parcels < MESSAGES_MAX, "the round never ends");
        let mut world = two_with_work(1);
        world.then(&[Move::Round { pc: 0 }]).unwrap();
        for _ in 0..parcels {
            world.then(&[Move::Deliver { parcels: 1 }]).unwrap();
        }
        let over = !world.talking();
        world.then(&[end]).unwrap();
        finish(&mut world, &format!("{end:?} after {parcels} parcels"));
        all_accepted(&world);
        if over {
            assert!(parcels > 10, "a round of {parcels} parcels is none");
            return;
        }
    }
}

#[test]
fn fault_01_a_machine_killed_between_any_two_messages() {
    ended_everywhere(Move::Crash { pc: 0 });
}

#[test]
fn fault_01_the_district_killed_between_any_two_messages() {
    ended_everywhere(Move::DistrictCrash);
}

#[test]
fn fault_01_what_the_district_says_it_took_outlives_it() {
    let mut world = two_with_work(6);
    let outbox = world.pcs[0].store().unwrap().outbox(&HandedOut::default(), 100, 1 << 20).unwrap();
    for (id, bytes) in &outbox.ops {
        let told = push(&world, 0, &Op::from_bytes(bytes).unwrap(), bytes);
        assert!(matches!(told, Some(OpOutcome::Accepted { .. })), "{told:?}");
        // killed the moment it has answered
        world.then(&[Move::DistrictCrash]).unwrap();
        let held = world.district.held().unwrap();
        assert!(held.iter().any(|held| held.bytes == *bytes), "{id} was said to be taken and is gone");
    }
    finish(&mut world, "killed after each answer");
    all_accepted(&world);
    ordered_once(&world);
}

#[test]
fn fault_01_a_clerk_killed_while_recording_keeps_what_was_said_to_be_kept() {
    for (seed, lines) in [(1, 1), (2, 7), (3, 40), (4, 90), (5, 200)] {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("pc");
        templates().lay_out(0, &dir).unwrap();
        let mut client = Command::new(CLIENT).arg(&dir).arg(seed.to_string()).stdout(Stdio::piped()).spawn().unwrap();
        let said: Vec<String> =
            BufReader::new(client.stdout.take().unwrap()).lines().take(lines).map(Result::unwrap).collect();
        client.kill().unwrap();
        client.wait().unwrap();
        assert_eq!(said.len(), lines);
        let ids = Arc::new(SeededIds::new(Chance::of(seed)));
        let ports = Ports { clock: Arc::new(WrongClock::new(TrueTime::begin())), ids };
        let store = open(&dir, &ports).unwrap();
        let report = store.verify(None).unwrap();
        assert!(report.sound(), "{:?}", report.faults);
        for id in said {
            let known = store.read(|reader| reader.op(id.parse().unwrap())).unwrap();
            assert!(known.is_some(), "{id} was committed and is gone");
        }
    }
}

/// Every mishap of one message.
fn mishaps() -> [(&'static str, Weather); 6] {
    let none = Weather::default();
    [
        ("lost", Weather { lose_request: 1_000, ..none }),
        ("its answer lost", Weather { lose_answer: 1_000, ..none }),
        ("twice, one of them late", Weather { twice: 1_000, ..none }),
        ("a portal's page", Weather { portal: 1_000, ..none }),
        ("a gateway's page or 429", Weather { busy: 1_000, ..none }),
        ("late, out of order", Weather { slow: 300, ..none }),
    ]
}

#[test]
fn fault_02_each_message_of_a_round_lost_doubled_delayed_or_answered_by_somebody_else() {
    for (name, weather) in mishaps() {
        for message in 0.. {
            assert!(message < MESSAGES_MAX, "the round never ends");
            let mut world = two_with_work(2);
            world.strike(message, weather);
            world.sync(0).unwrap();
            if world.strike_waits() {
                assert!(message > 5, "a round of {message} messages is none");
                break;
            }
            finish(&mut world, &format!("message {message}: {name}"));
            all_accepted(&world);
            ordered_once(&world);
            for pc in &world.pcs {
                assert_eq!(
                    pc.store().unwrap().epoch().unwrap(),
                    1,
                    "message {message}, {name}: taken for a copied disk"
                );
            }
        }
    }
}

#[test]
fn fault_02_an_op_that_overtook_the_one_before_it_waits_for_it() {
    let mut world = two_with_work(4);
    let outbox = world.pcs[0].store().unwrap().outbox(&HandedOut::default(), 100, 1 << 20).unwrap();
    let (first, second) = (&outbox.ops[0].1, &outbox.ops[1].1);
    let seq = Op::from_bytes(first).unwrap().seq;
    let before = world.district.held().unwrap().len();
    let told = push(&world, 0, &Op::from_bytes(second).unwrap(), second);
    assert_eq!(told, Some(OpOutcome::Gap { expected: seq }));
    assert_eq!(world.district.held().unwrap().len(), before, "nothing of it is stored");
    finish(&mut world, "overtaken");
    all_accepted(&world);
    ordered_once(&world);
}

#[test]
fn fault_03_the_same_id_with_one_byte_changed_is_never_stored() {
    let mut world = two_with_work(3);
    world.heal().unwrap();
    // the move itself asserts that the district's order did not move
    for _ in 0..200 {
        world.then(&[Move::Hostile { pc: 0, what: Hostile::ByteChanged }]).unwrap();
    }
    finish(&mut world, "a byte changed");
    all_accepted(&world);
}

#[test]
fn fault_03_an_op_that_another_key_signed_is_never_stored() {
    let mut world = two_with_work(3);
    world.heal().unwrap();
    for pc in [0, 1] {
        world.then(&[Move::Hostile { pc, what: Hostile::WrongSignature }]).unwrap();
    }
    finish(&mut world, "another key");
}

#[test]
fn fault_07_wrong_clocks_block_nothing_and_infect_nobody() {
    let skews = [
        Skew::Year1970,
        Skew::Year2099,
        Skew::By(DAY_MS),
        Skew::By(-DAY_MS),
        Skew::By(3_600_000),
        Skew::By(-3_600_000),
    ];
    for (seed, skew) in (7..).zip(skews) {
        let mut world = two_with_work(seed);
        world.then(&[Move::Clock { pc: 1, skew }]).unwrap();
        work(&mut world, 1, 8);
        world.heal().unwrap();
        // backwards within a session
        world.then(&[Move::Clock { pc: 1, skew: Skew::By(-2 * DAY_MS) }]).unwrap();
        work(&mut world, 1, 4);
        work(&mut world, 0, 8);
        finish(&mut world, &format!("{skew:?}"));
        all_accepted(&world);
        let true_ms = world.pcs[0].ports().clock.now_ms();
        let store = world.pcs[0].store().unwrap();
        for row in world.pcs[0].log().unwrap() {
            if row.device == world.pcs[0].device().unwrap() {
                let bytes = store.read(|reader| reader.op_bytes(row.id)).unwrap().unwrap();
                let hlc_ms = Op::from_bytes(&bytes).unwrap().hlc >> 16;
                // a clock up to a day ahead is believed, so that the order of what one has seen is kept
                let limit_ms = true_ms + 2 * DAY_MS;
                assert!(hlc_ms <= limit_ms.unsigned_abs(), "{skew:?} moved the clock of another machine");
            }
        }
    }
}

#[test]
fn fault_24_a_portal_all_day_costs_nothing() {
    let mut world = two_with_work(24);
    world.then(&[Move::Weather(Weather { portal: 1_000, ..Weather::default() })]).unwrap();
    let waiting = count(&world, 0, OpStatus::Pending);
    assert!(waiting > 0);
    for _ in 0..5 {
        assert_eq!(world.sync(0).unwrap(), zhenxin_sync::SyncState::Portal);
        assert_eq!(count(&world, 0, OpStatus::Pending), waiting);
    }
    finish(&mut world, "portal");
    all_accepted(&world);
}

#[test]
fn fault_24_an_oversized_op_and_a_broken_one_stop_nobody() {
    let mut world = two_with_work(25);
    world.heal().unwrap();
    // the moves themselves assert what may be taken
    for what in [Hostile::Oversized, Hostile::BrokenBody, Hostile::ForeignScope] {
        world.then(&[Move::Hostile { pc: 1, what }]).unwrap();
        work(&mut world, 1, 3);
    }
    finish(&mut world, "oversized");
    all_accepted(&world);
}

#[test]
fn fault_25_a_seed_replays_exactly() {
    for seed in [3, 11, 42] {
        let plan = Plan::of(seed);
        let (one, two) = (run(&plan, templates(), true), run(&plan, templates(), true));
        assert_eq!(one.fault, None, "seed {seed}");
        let differing = one.lines.iter().zip(&two.lines).find(|(one, two)| one != two);
        assert_eq!(differing, None, "seed {seed}");
        assert_eq!(one.trace, two.trace, "seed {seed}");
    }
}

#[test]
fn fault_25_a_few_seeds_hold() {
    for seed in 1..=12 {
        let outcome = run(&Plan::of(seed), templates(), false);
        assert_eq!(outcome.fault, None, "seed {seed}");
        assert!(outcome.ops > 10);
    }
}
