#![allow(clippy::unwrap_used)]

mod histories;

use zhenxin_domain::division::Scope;
use zhenxin_domain::ids::DeviceId;

use super::{
    DEBOUNCE_MS, Done, EPOCHS_MAX, Effect, Event, Gap, Halt, INTERVAL_MS, KEYS_INTERVAL_MS, Now, Offer, Piece,
    REPAIRS_MAX, Start, State, Step, Trouble,
};
use crate::failure::Failure;
use crate::status::SyncState;

const WALL_MS: i64 = 1_748_736_000_000;

fn at(steady_ms: u64) -> Now {
    Now { steady_ms, wall_ms: WALL_MS.saturating_add_unsigned(steady_ms), chance: u32::MAX }
}

fn village(number: u8) -> Scope {
    format!("33021110120{number}").parse().unwrap()
}

fn gap() -> Gap {
    Gap { device: DeviceId::from_bytes([7; 16]), epoch: 1, from_seq: 3 }
}

fn start() -> Start {
    Start { enrolled: true, ..Start::default() }
}

fn enrolled() -> State {
    State::new(start(), at(0))
}

fn revoked() -> Failure {
    Failure::Refused { code: "device_revoked".to_owned(), text: "x".to_owned() }
}

fn heads(differing: Vec<Scope>) -> Done {
    Done::Heads { differing, to_send: 0, behind: 0, wanted: false, fresh: false }
}

/// The plain end of a step in which nothing is there to exchange.
fn quiet(step: Step) -> Done {
    match step {
        Step::Hello => Done::Hello { same_district: true },
        Step::Heads => heads(Vec::new()),
        Step::Examine(_) => Done::Examined { sound: true },
        Step::Repair(_) => Done::Repaired { ops: 1 },
        Step::Common(_) => Done::Common { to: 0 },
        Step::Rewind { .. } => Done::Rewound { ops: 1 },
        Step::Mend => Done::Mended,
        Step::Grants => Done::Grants,
        Step::PushKeys => Done::KeysPushed { rows: 0, more: false },
        Step::PushOps => Done::OpsPushed { accepted: 0, rejected: 0, bytes: 0, more: false, trouble: None },
        Step::Epoch => Done::EpochBegun,
        Step::Reopen(_) => Done::Reopened { ops: 1 },
        Step::Rights => Done::Rights,
        Step::SnapshotOffer => Done::Offered(Offer::None),
        Step::SnapshotPiece => Done::Piece(Piece::Complete),
        Step::SnapshotTake => Done::SnapshotTaken { taken: true },
        Step::PullKeys | Step::PullKeysAgain => Done::KeysPulled { rows: 0, more: false, waiting: false },
        Step::PullOps => Done::OpsPulled { ops: 0, received: 0, bytes: 0, more: false, forked: false },
        Step::Published => Done::Published,
        Step::Prove => Done::Proved { equal: true, behind: 0, scopes: 2, ops: 9, waiting: 0, keys: 0 },
    }
}

/// The end of the comparison where so many ops are waiting on both sides.
fn moving(to_send: u64, behind: u64) -> Done {
    Done::Heads { differing: Vec::new(), to_send, behind, wanted: false, fresh: false }
}

fn trouble(trouble: Trouble) -> Done {
    Done::OpsPushed { accepted: 0, rejected: 0, bytes: 0, more: true, trouble: Some(trouble) }
}

/// The step that the effects ask for.
fn asked(effects: &[Effect]) -> Option<Step> {
    let mut steps = effects.iter().filter_map(|effect| match effect {
        Effect::Run(step) => Some(*step),
        _ => None,
    });
    let first = steps.next();
    assert_eq!(steps.next(), None, "two steps at once");
    first
}

/// Lets every step end as `end` says until none is asked for.
fn finish(
    mut state: State,
    mut effects: Vec<Effect>,
    now: Now,
    mut end: impl FnMut(Step) -> Done,
) -> (State, Vec<Step>) {
    let mut steps = Vec::new();
    while let Some(step) = asked(&effects) {
        steps.push(step);
        assert!(steps.len() < 10_000, "a round without end");
        (state, effects) = state.advance(Event::Done(end(step)), now);
    }
    (state, steps)
}

/// A round by hand whose steps end as `end` says.
fn round(end: impl FnMut(Step) -> Done) -> (State, Vec<Step>) {
    let (state, effects) = enrolled().advance(Event::ByHand, at(0));
    finish(state, effects, at(5), end)
}

const PLAIN: [Step; 9] = [
    Step::Hello,
    Step::Heads,
    Step::Grants,
    Step::PushKeys,
    Step::PushOps,
    Step::Rights,
    Step::PullKeys,
    Step::Published,
    Step::Prove,
];

#[test]
fn a_round_sends_keys_before_ops_and_ends_with_a_proof() {
    let (state, effects) = enrolled().advance(Event::Timer, at(0));
    assert_eq!(state.status().state, SyncState::Running);
    let (state, steps) = finish(state, effects, at(5), quiet);
    assert_eq!(steps, PLAIN);
    let status = state.status();
    assert_eq!(status.state, SyncState::Idle);
    assert_eq!(status.last_receipt_ms, Some(WALL_MS + 5));
    let equality = status.equality.unwrap();
    assert_eq!((equality.at_ms, equality.scopes, equality.ops), (WALL_MS + 5, 2, 9));
    assert_eq!(state.next_at_ms(), Some(5 + INTERVAL_MS));
}

#[test]
fn a_district_that_is_known_is_not_greeted_again_until_something_failed() {
    let (state, _) = round(quiet);
    let (state, effects) = state.advance(Event::ByHand, at(9));
    let (state, steps) = finish(state, effects, at(9), quiet);
    assert_eq!(steps, PLAIN[1..]);
    let (state, _) = state.advance(Event::ByHand, at(10));
    let (state, _) = state.advance(Event::Failed(Failure::Portal), at(10));
    let (_, effects) = state.advance(Event::ByHand, at(11));
    assert_eq!(asked(&effects), Some(Step::Hello));
}

#[test]
fn ops_that_came_are_followed_by_their_keys_and_everything_is_counted() {
    let mut pages = 3;
    let (state, steps) = round(|step| match step {
        Step::Heads => moving(7, 5),
        Step::PushOps => {
            pages -= 1;
            Done::OpsPushed { accepted: 3, rejected: 1, bytes: 100, more: pages > 0, trouble: None }
        }
        Step::PullOps => Done::OpsPulled { ops: 9, received: 5, bytes: 10, more: false, forked: false },
        other => quiet(other),
    });
    assert_eq!(steps[steps.len() - 4..], [Step::PullOps, Step::PullKeysAgain, Step::Published, Step::Prove]);
    assert_eq!(steps.iter().filter(|step| **step == Step::PushOps).count(), 3);
    let report = state.report();
    assert_eq!((report.sent, report.rejected, report.received), (9, 3, 5));
    let status = state.status();
    assert_eq!((status.to_send, status.to_receive), (7, 5));
}

#[test]
fn progress_tells_the_part_the_pace_and_what_remains() {
    let (mut state, mut effects) = enrolled().advance(Event::ByHand, at(0));
    for step in &PLAIN[..4] {
        assert_eq!(asked(&effects), Some(*step));
        let end = if *step == Step::Heads { moving(10_000, 400) } else { quiet(*step) };
        (state, effects) = state.advance(Event::Done(end), at(1_000));
    }
    assert_eq!(state.status().progress.unwrap().phase, "正在发送记录");
    let sent = Done::OpsPushed { accepted: 1_990, rejected: 10, bytes: 500_000, more: true, trouble: None };
    let (state, _) = state.advance(Event::Done(sent), at(5_000));
    let progress = state.status().progress.unwrap();
    assert_eq!((progress.done_ops, progress.total_ops, progress.bytes), (2_000, 10_000, 500_000));
    assert_eq!((progress.ops_per_s, progress.remaining_s), (Some(500), Some(16)));
    let rest = Done::OpsPushed { accepted: 8_000, rejected: 0, bytes: 0, more: false, trouble: None };
    let (mut state, mut effects) = state.advance(Event::Done(rest), at(20_000));
    for step in [Step::Rights, Step::PullKeys] {
        assert_eq!(asked(&effects), Some(step));
        (state, effects) = state.advance(Event::Done(quiet(step)), at(20_000));
    }
    let progress = state.status().progress.unwrap();
    assert_eq!((progress.phase, progress.done_ops, progress.total_ops), ("正在接收记录", 0, 10_390));
    assert_eq!(progress.ops_per_s, None);
}

#[test]
fn each_failure_has_its_own_state_and_the_next_try_is_timed() {
    let cases = [
        (Failure::Offline, SyncState::Offline { since_ms: WALL_MS + 10 }),
        (Failure::Portal, SyncState::Portal),
        (Failure::Certificate, SyncState::CertificateUnknown),
        (Failure::Server { status: 502 }, SyncState::ServerFault { status: 502 }),
        (Failure::Garbled, SyncState::ServerFault { status: 0 }),
        (Failure::Busy { retry_after_s: 30 }, SyncState::ServerFault { status: 429 }),
        (Failure::OtherNetwork, SyncState::OtherNetwork),
        (Failure::Differs, SyncState::Differs),
        (
            Failure::Refused { code: "device_unknown".to_owned(), text: "x".to_owned() },
            SyncState::Refused { code: "device_unknown".to_owned(), text: "x".to_owned() },
        ),
        (Failure::Local { text: "y".to_owned() }, SyncState::LocalFault { text: "y".to_owned() }),
    ];
    for (failure, shown) in cases {
        let (state, _) = enrolled().advance(Event::Timer, at(0));
        let (state, effects) = state.advance(Event::Failed(failure.clone()), at(10));
        assert_eq!(state.status().state, shown);
        assert!(matches!(&effects[..], [Effect::Ended { report, .. }] if report.state == shown));
        let least = if matches!(failure, Failure::Busy { .. }) { 30_000 } else { 1_000 };
        assert!(state.next_at_ms().unwrap() >= 10 + least);
        assert_eq!(state.status().last_receipt_ms, None);
    }
}

#[test]
fn offline_keeps_the_time_when_the_line_was_lost() {
    let mut state = enrolled();
    for at_ms in [0, 5_000, 20_000] {
        state = state.advance(Event::ByHand, at(at_ms)).0;
        state = state.advance(Event::Failed(Failure::Offline), at(at_ms)).0;
        assert_eq!(state.status().state, SyncState::Offline { since_ms: WALL_MS });
    }
}

#[test]
fn new_ops_are_gathered_for_two_seconds_but_do_not_shorten_a_wait_after_a_failure() {
    let (state, effects) = enrolled().advance(Event::Timer, at(0));
    let (state, _) = finish(state, effects, at(0), quiet);
    let (state, effects) = state.advance(Event::NewOps, at(1_000));
    assert!(effects.is_empty());
    assert_eq!(state.next_at_ms(), Some(1_000 + DEBOUNCE_MS));
    let (state, _) = state.advance(Event::NewOps, at(2_500));
    assert_eq!(state.next_at_ms(), Some(1_000 + DEBOUNCE_MS), "ops without end cannot put it off");
    let (state, effects) = state.advance(Event::Timer, at(2_999));
    assert!(effects.is_empty(), "too early");
    let (state, effects) = state.advance(Event::Timer, at(3_000));
    assert_eq!(asked(&effects), Some(Step::Heads));
    let (mut state, _) = state.advance(Event::Failed(Failure::Offline), at(3_000));
    for _more in 0..3 {
        state = state.advance(Event::ByHand, at(3_000)).0;
        state = state.advance(Event::Failed(Failure::Offline), at(3_000)).0;
    }
    let next = state.next_at_ms();
    assert_eq!(next, Some(3_000 + 16_000));
    assert_eq!(state.advance(Event::NewOps, at(3_001)).0.next_at_ms(), next);
}

#[test]
fn one_good_round_forgets_all_failures() {
    let mut state = enrolled();
    for _failure in 0..6 {
        state = state.advance(Event::ByHand, at(0)).0;
        state = state.advance(Event::Failed(Failure::Portal), at(0)).0;
    }
    let (state, effects) = state.advance(Event::ByHand, at(0));
    let (state, _) = finish(state, effects, at(0), quiet);
    assert_eq!(state.status().state, SyncState::Idle);
    let (state, _) = state.advance(Event::ByHand, at(0));
    let (state, _) = state.advance(Event::Failed(Failure::Portal), at(0));
    assert_eq!(state.next_at_ms(), Some(2_000), "the waits begin anew");
}

#[test]
fn asking_during_a_round_brings_another_one() {
    let (state, effects) = enrolled().advance(Event::Timer, at(0));
    let (state, none) = state.advance(Event::ByHand, at(0));
    assert!(none.is_empty());
    let (state, none) = state.advance(Event::NewOps, at(0));
    assert!(none.is_empty());
    let first = state.round();
    let (state, steps) = finish(state, effects, at(0), quiet);
    assert_eq!(steps.iter().filter(|step| **step == Step::Heads).count(), 2);
    assert_eq!(state.round(), first + 1);
    // ops alone wait for their two seconds
    let (state, effects) = state.advance(Event::ByHand, at(0));
    let (state, _) = state.advance(Event::NewOps, at(0));
    let (state, steps) = finish(state, effects, at(0), quiet);
    assert_eq!(steps.iter().filter(|step| **step == Step::Heads).count(), 1);
    assert_eq!(state.next_at_ms(), Some(DEBOUNCE_MS));
}

#[test]
fn another_district_and_a_revocation_stop_everything_until_a_person_acts() {
    let (other, _) = round(|step| match step {
        Step::Hello => Done::Hello { same_district: false },
        other => quiet(other),
    });
    let (shut_out, effects) = enrolled().advance(Event::ByHand, at(0));
    let (shut_out, _) = finish(shut_out, effects, at(0), |step| match step {
        Step::PushOps => trouble(Trouble::Fork),
        other => quiet(other),
    });
    assert_eq!(shut_out.status().state, SyncState::Differs, "a fork alone never halts");
    let (state, _) = enrolled().advance(Event::Timer, at(0));
    let (shut_out, effects) = state.advance(Event::Failed(revoked()), at(0));
    assert_eq!(effects[0], Effect::SaveHalt(Some(Halt::Revoked)));
    for (halted, shown) in [(other, SyncState::DistrictChanged), (shut_out, SyncState::Revoked)] {
        assert_eq!(halted.status().state, shown);
        for event in [Event::Timer, Event::NewOps, Event::OtherWay, Event::Paused(true), Event::Paused(false)] {
            let (after, effects) = halted.clone().advance(event, at(1_000_000_000));
            assert_eq!(asked(&effects), None);
            assert_eq!(after.status().state, shown);
            assert_eq!(after.next_at_ms(), None);
        }
        for event in [Event::ByHand, Event::Enrolled] {
            let (state, effects) = halted.clone().advance(event, at(0));
            assert_eq!(effects[0], Effect::SaveHalt(None));
            let (state, steps) = finish(state, effects, at(0), quiet);
            assert_eq!(steps, PLAIN);
            assert_eq!(state.status().state, SyncState::Idle);
        }
    }
}

#[test]
fn logs_that_part_are_compared_repaired_and_compared_again() {
    let mut times = 0;
    let (state, steps) = round(|step| match step {
        Step::Heads => {
            times += 1;
            heads(if times == 1 { vec![village(0), village(1)] } else { Vec::new() })
        }
        Step::Examine(scope) => Done::Examined { sound: scope == village(1) },
        Step::Common(_) => Done::Common { to: 17 },
        other => quiet(other),
    });
    let repairs = [
        Step::Hello,
        Step::Heads,
        Step::Examine(village(0)),
        Step::Repair(village(0)),
        Step::Examine(village(1)),
        Step::Common(village(1)),
        Step::Rewind { scope: village(1), to: 17 },
    ];
    assert_eq!(steps[..7], repairs);
    assert_eq!(steps[7..], PLAIN[1..]);
    assert_eq!(state.status().state, SyncState::Idle);
}

#[test]
fn repairs_epochs_and_failed_proofs_are_bounded() {
    let (state, steps) = round(|step| match step {
        Step::Heads => heads(vec![village(0)]),
        other => quiet(other),
    });
    assert_eq!(state.status().state, SyncState::Differs);
    assert_eq!(steps.iter().filter(|step| **step == Step::Heads).count() as u32, REPAIRS_MAX + 1);
    let (state, steps) = round(|step| match step {
        Step::PushOps => trouble(Trouble::Fork),
        other => quiet(other),
    });
    assert_eq!(state.status().state, SyncState::Differs);
    assert_eq!(steps.iter().filter(|step| **step == Step::Epoch).count() as u32, EPOCHS_MAX);
    let (state, steps) = round(|step| match step {
        Step::Prove => Done::Proved { equal: false, behind: 0, scopes: 0, ops: 0, waiting: 0, keys: 0 },
        other => quiet(other),
    });
    assert_eq!(state.status().state, SyncState::Differs);
    assert_eq!(state.status().equality, None);
    assert_eq!(steps.iter().filter(|step| **step == Step::Prove).count() as u32, REPAIRS_MAX + 1);
}

#[test]
fn what_others_write_meanwhile_is_fetched_and_a_district_that_keeps_it_back_is_told() {
    let behind = |step| match step {
        Step::Heads => Some(moving(0, 2)),
        Step::Prove => Some(Done::Proved { equal: true, behind: 2, scopes: 0, ops: 0, waiting: 0, keys: 0 }),
        _ => None,
    };
    let (busy, steps) = round(|step| match step {
        Step::PullOps => Done::OpsPulled { ops: 2, received: 2, bytes: 2, more: false, forked: false },
        step => behind(step).unwrap_or_else(|| quiet(step)),
    });
    assert_eq!(steps.iter().filter(|step| **step == Step::PullOps).count() as u32, REPAIRS_MAX + 1);
    assert_eq!((busy.status().state, busy.status().equality), (SyncState::Idle, None));
    assert_eq!(busy.next_at_ms(), Some(5 + DEBOUNCE_MS));
    let (kept_back, _) = round(|step| behind(step).unwrap_or_else(|| quiet(step)));
    assert_eq!(kept_back.status().state, SyncState::ServerFault { status: 500 });
}

#[test]
fn keys_that_wait_at_the_end_go_before_the_round_is_a_receipt() {
    let ends_with = |keys| Done::Proved { equal: true, behind: 0, scopes: 2, ops: 9, waiting: 0, keys };
    let mut lost = 5;
    let (state, steps) = round(|step| match step {
        Step::Prove => ends_with(std::mem::take(&mut lost)),
        other => quiet(other),
    });
    assert_eq!(steps[..PLAIN.len()], PLAIN);
    assert_eq!(steps[PLAIN.len()..], PLAIN[1..]);
    assert!(state.status().equality.is_some());
    let (state, steps) = round(|step| if step == Step::Prove { ends_with(1) } else { quiet(step) });
    assert_eq!(steps.iter().filter(|step| **step == Step::Prove).count() as u32, REPAIRS_MAX + 1);
    assert_eq!((state.status().state, state.status().equality), (SyncState::Idle, None));
    assert_eq!(state.next_at_ms(), Some(5 + INTERVAL_MS));
}

#[test]
fn a_fork_begins_an_epoch_and_a_gap_opens_the_chain_again() {
    let mut first = true;
    let (state, steps) = round(|step| match step {
        Step::PushOps if std::mem::take(&mut first) => trouble(Trouble::Fork),
        other => quiet(other),
    });
    assert_eq!(state.status().state, SyncState::Idle);
    assert_eq!(steps[4..7], [Step::PushOps, Step::Epoch, Step::PushOps]);
    let mut first = true;
    let (state, steps) = round(|step| match step {
        Step::PushOps if std::mem::take(&mut first) => trouble(Trouble::Gap(gap())),
        other => quiet(other),
    });
    assert_eq!(state.status().state, SyncState::Idle);
    assert_eq!(steps[4..7], [Step::PushOps, Step::Reopen(gap()), Step::PushOps]);
    let mut first = true;
    let (state, steps) = round(|step| match step {
        Step::Heads => moving(0, 1),
        Step::PullOps => {
            let forked = std::mem::take(&mut first);
            Done::OpsPulled { ops: u64::from(!forked), received: 0, bytes: 0, more: false, forked }
        }
        other => quiet(other),
    });
    assert_eq!(state.status().state, SyncState::Idle);
    let rest = [Step::PullOps, Step::Epoch, Step::PushOps, Step::Rights, Step::PullKeys, Step::PullOps];
    assert_eq!(steps[7..13], rest);
}

#[test]
fn what_the_district_lost_is_given_back_first() {
    let (_, steps) = round(|step| match step {
        Step::Heads => Done::Heads { differing: Vec::new(), to_send: 0, behind: 0, wanted: true, fresh: false },
        other => quiet(other),
    });
    assert_eq!(steps[..4], [Step::Hello, Step::Heads, Step::Mend, Step::Grants]);
}

/// A round on an empty file where the district has much.
fn fresh_round(mut end: impl FnMut(Step) -> Option<Done>) -> (State, Vec<Step>) {
    let mut empty = true;
    round(move |step| match (step, end(step)) {
        (_, Some(done)) => done,
        (Step::Heads, None) => {
            let fresh = std::mem::take(&mut empty);
            Done::Heads { differing: Vec::new(), to_send: 0, behind: 9_000, wanted: false, fresh }
        }
        (Step::PullOps, None) => Done::OpsPulled { ops: 9_000, received: 1, bytes: 1, more: false, forked: false },
        (step, None) => quiet(step),
    })
}

#[test]
fn an_empty_file_takes_a_snapshot_after_it_has_sent_its_own() {
    let mut pieces = 2;
    let (state, steps) = fresh_round(|step| match step {
        Step::SnapshotOffer => Some(Done::Offered(Offer::Take { total_bytes: 30 })),
        Step::SnapshotPiece if pieces > 0 => {
            pieces -= 1;
            Some(Done::Piece(Piece::Fetched { bytes: 15 }))
        }
        _ => None,
    });
    assert_eq!(state.status().state, SyncState::Idle);
    let snapshot = [
        Step::PushOps,
        Step::Rights,
        Step::SnapshotOffer,
        Step::SnapshotPiece,
        Step::SnapshotPiece,
        Step::SnapshotPiece,
        Step::SnapshotTake,
        Step::Heads,
        Step::Grants,
    ];
    assert_eq!(steps[4..13], snapshot);
    assert!(steps.contains(&Step::PullOps), "the tail follows");
    assert_eq!(steps.iter().filter(|step| **step == Step::SnapshotOffer).count(), 1);
}

#[test]
fn without_a_snapshot_or_with_a_bad_one_ops_come_one_by_one() {
    let offered = |step| (step == Step::SnapshotOffer).then_some(Done::Offered(Offer::Take { total_bytes: 30 }));
    let ends: [&dyn Fn(Step) -> Option<Done>; 3] = [
        &|_| None,
        &|step| match step {
            Step::SnapshotPiece => Some(Done::Piece(Piece::GivenUp)),
            step => offered(step),
        },
        &|step| match step {
            Step::SnapshotTake => Some(Done::SnapshotTaken { taken: false }),
            step => offered(step),
        },
    ];
    for end in ends {
        let (state, steps) = fresh_round(end);
        assert_eq!(state.status().state, SyncState::Idle);
        assert!(steps.contains(&Step::SnapshotOffer) && steps.contains(&Step::PullOps));
        assert_eq!(steps.iter().filter(|step| **step == Step::Heads).count(), 1);
    }
}

#[test]
fn a_snapshot_without_its_key_is_waited_for() {
    let (state, steps) = fresh_round(|step| match step {
        Step::SnapshotOffer => Some(Done::Offered(Offer::Wait)),
        _ => None,
    });
    assert_eq!(steps.last(), Some(&Step::SnapshotOffer));
    assert_eq!(state.status().state, SyncState::WaitingForKeys);
    assert_eq!(state.next_at_ms(), Some(5 + KEYS_INTERVAL_MS));
    assert_eq!(state.status().equality, None, "nothing was proved");
}

#[test]
fn more_without_anything_is_a_fault_of_the_district_and_not_an_endless_round() {
    for bad in [Step::PushKeys, Step::PushOps, Step::PullKeys, Step::PullOps, Step::SnapshotPiece] {
        let (state, _) = fresh_round(|step| match step {
            Step::SnapshotOffer if bad == Step::SnapshotPiece => Some(Done::Offered(Offer::Take { total_bytes: 9 })),
            step if step != bad => None,
            Step::PushKeys => Some(Done::KeysPushed { rows: 0, more: true }),
            Step::PushOps => Some(Done::OpsPushed { accepted: 0, rejected: 0, bytes: 0, more: true, trouble: None }),
            Step::PullKeys => Some(Done::KeysPulled { rows: 0, more: true, waiting: false }),
            Step::SnapshotPiece => Some(Done::Piece(Piece::Fetched { bytes: 0 })),
            _ => Some(Done::OpsPulled { ops: 0, received: 1, bytes: 0, more: true, forked: false }),
        });
        assert_eq!(state.status().state, SyncState::ServerFault { status: 0 }, "{bad:?}");
    }
}

#[test]
fn without_keys_it_says_so_and_asks_again_soon() {
    let (state, _) = round(|step| match step {
        Step::PullKeys => Done::KeysPulled { rows: 4, more: false, waiting: true },
        other => quiet(other),
    });
    assert_eq!(state.status().state, SyncState::WaitingForKeys);
    assert_eq!(state.next_at_ms(), Some(5 + KEYS_INTERVAL_MS));
}

#[test]
fn before_enrolment_nothing_is_tried_and_after_it_a_round_starts_at_once() {
    let state = State::new(Start::default(), at(0));
    assert_eq!(state.next_at_ms(), None);
    let (state, effects) = state.advance(Event::ByHand, at(0));
    assert!(matches!(&effects[..], [Effect::Ended { report, .. }] if report.state == SyncState::NotEnrolled));
    let (state, effects) = state.advance(Event::Timer, at(9));
    assert!(effects.is_empty());
    let (_, effects) = state.advance(Event::Enrolled, at(9));
    assert_eq!(asked(&effects), Some(Step::Hello));
}

#[test]
fn a_pause_cuts_the_round_and_resuming_begins_another() {
    let (state, _) = enrolled().advance(Event::Timer, at(0));
    let (state, effects) = state.advance(Event::Paused(true), at(1));
    assert_eq!(effects[0], Effect::Cut);
    assert!(matches!(&effects[1], Effect::Ended { report, .. } if report.state == SyncState::Paused));
    for event in [Event::Timer, Event::NewOps, Event::ByHand, Event::OtherWay, Event::Enrolled] {
        let (after, effects) = state.clone().advance(event, at(1_000_000));
        assert_eq!(asked(&effects), None);
        assert_eq!(after.status().state, SyncState::Paused);
        assert_eq!(after.next_at_ms(), None);
    }
    let (state, effects) = state.advance(Event::Paused(false), at(2));
    let (state, steps) = finish(state, effects, at(2), quiet);
    assert_eq!(steps, PLAIN);
    let again = State::new(Start { paused: true, ..start() }, at(0));
    assert_eq!((again.status().state, again.next_at_ms()), (SyncState::Paused, None));
    let (_, effects) = state.advance(Event::OtherWay, at(3));
    assert_eq!(asked(&effects), Some(Step::Heads), "another way is tried at once");
}
