#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use zhenxin_protocol::wire::Lineage;

use super::{DEBOUNCE_MS, Done, Effect, Event, Halt, INTERVAL_MS, KEYS_INTERVAL_MS, Now, Start, State, Step};
use crate::backoff::{LONGEST_MS, RETRY_AFTER_MAX_MS};
use crate::failure::Failure;
use crate::status::SyncState;

const HOME: Lineage = Lineage([1; 16]);
const ABROAD: Lineage = Lineage([2; 16]);
const WALL_MS: i64 = 1_748_736_000_000;

fn at(steady_ms: u64) -> Now {
    Now { steady_ms, wall_ms: WALL_MS.saturating_add_unsigned(steady_ms), chance: u32::MAX }
}

fn enrolled() -> State {
    let start = Start { lineage: Some(HOME), ..Start::default() };
    State::new(start, at(0))
}

/// The plain end of a step in which nothing is there to exchange.
fn quiet(step: Step) -> Done {
    match step {
        Step::Hello => Done::Hello { lineage: HOME, to_send: 0 },
        Step::Grants => Done::Grants,
        Step::PushKeys => Done::KeysPushed { rows: 0, more: false },
        Step::PushOps => Done::OpsPushed { accepted: 0, rejected: 0, more: false, halt: None },
        Step::PullKeys | Step::PullKeysAgain => Done::KeysPulled { rows: 0, more: false, waiting: false },
        Step::PullOps => Done::OpsPulled { ops: 0, received: 0, more: false, behind: false },
    }
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
        assert!(steps.len() < 1_000, "a round without end");
        (state, effects) = state.advance(Event::Done(end(step)), now);
    }
    (state, steps)
}

#[test]
fn a_round_sends_keys_before_ops_and_ends_with_a_receipt() {
    let (state, effects) = enrolled().advance(Event::Timer, at(0));
    assert_eq!(state.status().state, SyncState::Running);
    let (state, steps) = finish(state, effects, at(5), quiet);
    assert_eq!(steps, [Step::Hello, Step::Grants, Step::PushKeys, Step::PushOps, Step::PullKeys, Step::PullOps]);
    let status = state.status();
    assert_eq!(status.state, SyncState::Idle);
    assert_eq!(status.last_receipt_ms, Some(WALL_MS + 5));
    assert_eq!(state.next_at_ms(), Some(5 + INTERVAL_MS));
}

#[test]
fn ops_that_came_are_followed_by_their_keys_and_everything_is_counted() {
    let (state, effects) = enrolled().advance(Event::ByHand, at(0));
    let mut pages = 3;
    let (state, steps) = finish(state, effects, at(1), |step| match step {
        Step::Hello => Done::Hello { lineage: HOME, to_send: 7 },
        Step::PushOps => {
            pages -= 1;
            Done::OpsPushed { accepted: 3, rejected: 1, more: pages > 0, halt: None }
        }
        Step::PullOps => Done::OpsPulled { ops: 9, received: 5, more: false, behind: false },
        other => quiet(other),
    });
    assert_eq!(steps.last(), Some(&Step::PullKeysAgain));
    assert_eq!(steps.iter().filter(|step| **step == Step::PushOps).count(), 3);
    let report = state.report();
    assert_eq!((report.sent, report.rejected, report.received), (9, 3, 5));
    assert_eq!(state.status().to_send, 7);
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
        (
            Failure::Refused { code: "device_revoked".to_owned(), text: "x".to_owned() },
            SyncState::Refused { code: "device_revoked".to_owned(), text: "x".to_owned() },
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
    assert_eq!(asked(&effects), Some(Step::Hello));
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
    assert_eq!(steps.iter().filter(|step| **step == Step::Hello).count(), 2);
    assert_eq!(state.round(), first + 1);
    // ops alone wait for their two seconds
    let (state, effects) = state.advance(Event::ByHand, at(0));
    let (state, _) = state.advance(Event::NewOps, at(0));
    let (state, steps) = finish(state, effects, at(0), quiet);
    assert_eq!(steps.iter().filter(|step| **step == Step::Hello).count(), 1);
    assert_eq!(state.next_at_ms(), Some(DEBOUNCE_MS));
}

#[test]
fn another_district_and_a_fork_stop_everything_and_lose_nothing() {
    let (state, _) = enrolled().advance(Event::Timer, at(0));
    let other = Done::Hello { lineage: ABROAD, to_send: 3 };
    let (state, effects) = state.advance(Event::Done(other), at(0));
    assert_eq!(effects[0], Effect::SaveHalt(Halt::DistrictChanged));
    assert_eq!(state.status().state, SyncState::DistrictChanged);
    let (state, effects) = enrolled().advance(Event::ByHand, at(0));
    let (state2, _) = finish(state.clone(), effects, at(0), |step| match step {
        Step::PushOps => Done::OpsPushed { accepted: 0, rejected: 0, more: true, halt: Some(Halt::Forked) },
        other => quiet(other),
    });
    assert_eq!(state2.status().state, SyncState::Forked);
    for event in [Event::Timer, Event::NewOps, Event::ByHand, Event::Enrolled(HOME)] {
        let (after, effects) = state2.clone().advance(event, at(1_000_000_000));
        assert_eq!(asked(&effects), None);
        assert_eq!(after.status().state, SyncState::Forked);
        assert_eq!(after.next_at_ms(), None);
    }
}

#[test]
fn a_district_restored_from_a_backup_stops_the_exchange() {
    let (state, effects) = enrolled().advance(Event::Timer, at(0));
    let (state, _) = finish(state, effects, at(0), |step| match step {
        Step::PullOps => Done::OpsPulled { ops: 0, received: 0, more: false, behind: true },
        other => quiet(other),
    });
    assert_eq!(state.status().state, SyncState::DistrictChanged);
    assert_eq!(state.status().last_receipt_ms, None);
}

#[test]
fn more_without_anything_is_a_fault_of_the_district_and_not_an_endless_round() {
    for bad in [Step::PushKeys, Step::PushOps, Step::PullKeys, Step::PullOps] {
        let (state, effects) = enrolled().advance(Event::Timer, at(0));
        let (state, _) = finish(state, effects, at(0), |step| match step {
            step if step != bad => quiet(step),
            Step::PushKeys => Done::KeysPushed { rows: 0, more: true },
            Step::PushOps => Done::OpsPushed { accepted: 0, rejected: 0, more: true, halt: None },
            Step::PullKeys => Done::KeysPulled { rows: 0, more: true, waiting: false },
            _ => Done::OpsPulled { ops: 0, received: 1, more: true, behind: false },
        });
        assert_eq!(state.status().state, SyncState::ServerFault { status: 0 }, "{bad:?}");
    }
}

#[test]
fn without_keys_it_says_so_and_asks_again_soon() {
    let (state, effects) = enrolled().advance(Event::Timer, at(0));
    let (state, _) = finish(state, effects, at(0), |step| match step {
        Step::PullKeys => Done::KeysPulled { rows: 4, more: false, waiting: true },
        other => quiet(other),
    });
    assert_eq!(state.status().state, SyncState::WaitingForKeys);
    assert_eq!(state.next_at_ms(), Some(KEYS_INTERVAL_MS));
}

#[test]
fn before_enrolment_nothing_is_tried_and_after_it_a_round_starts_at_once() {
    let state = State::new(Start::default(), at(0));
    assert_eq!(state.next_at_ms(), None);
    let (state, effects) = state.advance(Event::ByHand, at(0));
    assert!(matches!(&effects[..], [Effect::Ended { report, .. }] if report.state == SyncState::NotEnrolled));
    let (state, effects) = state.advance(Event::Timer, at(9));
    assert!(effects.is_empty());
    let (_, effects) = state.advance(Event::Enrolled(HOME), at(9));
    assert_eq!(asked(&effects), Some(Step::Hello));
}

fn failure() -> impl Strategy<Value = Failure> {
    prop_oneof![
        Just(Failure::Offline),
        Just(Failure::Portal),
        Just(Failure::Certificate),
        (500u16..600).prop_map(|status| Failure::Server { status }),
        Just(Failure::Garbled),
        any::<u32>().prop_map(|retry_after_s| Failure::Busy { retry_after_s }),
        Just(Failure::Refused { code: "x".to_owned(), text: String::new() }),
        Just(Failure::Local { text: String::new() }),
    ]
}

/// What happens next: an event from outside, or the end of the step under way.
#[derive(Debug, Clone)]
enum Happening {
    Event(Event),
    StepEnds { brought: u64, more: bool },
    StepFails(Failure),
    Wait(u64),
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        Just(Happening::Event(Event::Timer)),
        Just(Happening::Event(Event::NewOps)),
        Just(Happening::Event(Event::ByHand)),
        Just(Happening::Event(Event::Enrolled(HOME))),
        (0u64..3, any::<bool>()).prop_map(|(brought, more)| Happening::StepEnds { brought, more }),
        failure().prop_map(Happening::StepFails),
        (0u64..2_000_000).prop_map(Happening::Wait),
    ]
}

fn ends(step: Step, brought: u64, more: bool) -> Done {
    match step {
        Step::PushKeys => Done::KeysPushed { rows: brought, more },
        Step::PushOps => Done::OpsPushed { accepted: brought, rejected: 0, more, halt: None },
        Step::PullKeys | Step::PullKeysAgain => Done::KeysPulled { rows: brought, more, waiting: more },
        Step::PullOps => Done::OpsPulled { ops: brought, received: brought, more, behind: false },
        other => quiet(other),
    }
}

proptest! {
    /// From wherever failures, ends and events in any order lead, the waits are
    /// bounded and one good round mends everything.
    #[test]
    fn any_history_ends_where_a_success_completes(
        start_enrolled in any::<bool>(), history in proptest::collection::vec(happening(), 0..80), chance in any::<u32>(),
    ) {
        let now = |steady_ms| Now { chance, ..at(steady_ms) };
        let start = Start { lineage: start_enrolled.then_some(HOME), ..Start::default() };
        let mut state = State::new(start, now(0));
        let mut steady_ms = 0;
        let mut under_way: Option<Step> = None;
        for happening in history {
            let event = match (happening, under_way) {
                (Happening::Event(event), _) => event,
                (Happening::StepEnds { brought, more }, Some(step)) => Event::Done(ends(step, brought, more)),
                (Happening::StepFails(failure), Some(_)) => Event::Failed(failure),
                (Happening::Wait(ms), _) => {
                    steady_ms += ms;
                    continue;
                }
                (_, None) => continue,
            };
            let ended = matches!(event, Event::Done(_) | Event::Failed(_));
            let effects;
            (state, effects) = state.advance(event, now(steady_ms));
            let next = asked(&effects);
            prop_assert!(next.is_none() || ended || under_way.is_none(), "a second step beside the first");
            if ended || next.is_some() {
                under_way = next;
            }
            prop_assert_eq!(state.running(), under_way.is_some());
            let enrolled = state.status().state != SyncState::NotEnrolled;
            prop_assert_eq!(state.next_at_ms().is_some(), enrolled && !state.running(), "stuck or restless");
            let longest = RETRY_AFTER_MAX_MS + LONGEST_MS;
            prop_assert!(state.next_at_ms().is_none_or(|at| at <= steady_ms + longest));
        }
        if let Some(step) = under_way {
            state = finish(state, vec![Effect::Run(step)], now(steady_ms), quiet).0;
        }
        let (state, effects) = state.advance(Event::Enrolled(HOME), now(steady_ms));
        let (state, _) = finish(state, effects, now(steady_ms), quiet);
        prop_assert_eq!(state.status().state, SyncState::Idle);
        prop_assert_eq!(state.status().last_receipt_ms, Some(now(steady_ms).wall_ms));
    }
}
