#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::{INTERVAL_MS, Lane, LaneDone, LaneEvent, LaneStep, SNAPSHOT_SPREAD_MS};
use crate::backoff::{LONGEST_MS, RETRY_AFTER_MAX_MS};
use crate::engine::Now;
use crate::failure::Failure;

fn at(steady_ms: u64) -> Now {
    Now { steady_ms, wall_ms: 0, chance: u32::MAX / 2 }
}

fn lane() -> Lane {
    Lane::new(true, at(0))
}

fn quiet(step: LaneStep) -> LaneDone {
    match step {
        LaneStep::Survey => LaneDone::Surveyed { to_send: 2, to_send_bytes: 20, to_fetch: 1, to_fetch_bytes: 5 },
        LaneStep::Send | LaneStep::Fetch => LaneDone::Moved { bytes: 0, complete: false, more: false },
        LaneStep::SnapshotDue => LaneDone::Due(false),
        LaneStep::SnapshotSend => LaneDone::SnapshotSent { more: false },
    }
}

fn finish(
    mut lane: Lane,
    mut step: Option<LaneStep>,
    now: Now,
    mut end: impl FnMut(LaneStep) -> LaneDone,
) -> (Lane, Vec<LaneStep>) {
    let mut steps = Vec::new();
    while let Some(under_way) = step {
        steps.push(under_way);
        assert!(steps.len() < 1_000, "no end");
        (lane, step) = lane.advance(LaneEvent::Done(end(under_way)), now);
    }
    (lane, steps)
}

#[test]
fn it_looks_sends_fetches_and_rests() {
    let (lane, step) = lane().advance(LaneEvent::Now, at(0));
    let mut pieces = 2;
    let (lane, steps) = finish(lane, step, at(7), |step| match step {
        LaneStep::Send if pieces > 0 => {
            pieces -= 1;
            LaneDone::Moved { bytes: 10, complete: true, more: pieces > 0 }
        }
        step => quiet(step),
    });
    let expected = [LaneStep::Survey, LaneStep::Send, LaneStep::Send, LaneStep::Fetch, LaneStep::SnapshotDue];
    assert_eq!(steps, expected);
    let status = lane.status();
    assert_eq!((status.to_send, status.to_send_bytes, status.to_fetch), (0, 0, 1));
    assert_eq!(lane.next_at_ms(), Some(7 + INTERVAL_MS));
}

#[test]
fn nothing_begins_while_a_round_of_ops_is_under_way() {
    let (lane, step) = lane().advance(LaneEvent::Now, at(0));
    assert_eq!(step, Some(LaneStep::Survey));
    let (lane, step) = lane.advance(LaneEvent::Held(true), at(1));
    assert_eq!((step, lane.step()), (None, Some(LaneStep::Survey)), "a piece under way ends");
    let (lane, step) = lane.advance(LaneEvent::Done(quiet(LaneStep::Survey)), at(2));
    assert_eq!((step, lane.step(), lane.next_at_ms()), (None, None, None));
    for event in [LaneEvent::Timer, LaneEvent::Work, LaneEvent::Now] {
        let (after, step) = lane.clone().advance(event, at(1_000_000));
        assert_eq!((step, after.next_at_ms()), (None, None));
    }
    let (_, step) = lane.advance(LaneEvent::Held(false), at(3));
    assert_eq!(step, Some(LaneStep::Send), "it goes on where it stood");
}

#[test]
fn a_failure_is_told_and_tried_again_later() {
    let (lane, _) = lane().advance(LaneEvent::Now, at(0));
    let (lane, step) = lane.advance(LaneEvent::Failed(Failure::Portal), at(0));
    assert_eq!(step, None);
    assert!(lane.status().failure.unwrap().contains("网络要求先登录"));
    let next = lane.next_at_ms().unwrap();
    let (lane, _) = lane.advance(LaneEvent::Work, at(1));
    assert_eq!(lane.next_at_ms(), Some(next), "more work does not find a lost line sooner");
    let (lane, step) = lane.advance(LaneEvent::Timer, at(next));
    let (lane, _) = finish(lane, step, at(next), quiet);
    assert_eq!(lane.status().failure, None);
}

#[test]
fn a_snapshot_that_is_due_waits_for_its_own_moment_and_is_dropped_when_another_pc_made_it() {
    let due = |step| match step {
        LaneStep::SnapshotDue => LaneDone::Due(true),
        step => quiet(step),
    };
    let (lane, step) = lane().advance(LaneEvent::Now, at(0));
    let (lane, steps) = finish(lane, step, at(0), due);
    assert_eq!(steps.last(), Some(&LaneStep::SnapshotDue));
    assert_eq!(lane.next_at_ms(), Some(INTERVAL_MS), "it looks again meanwhile");
    let moment = SNAPSHOT_SPREAD_MS / 2 + 1;
    let (later, step) = lane.clone().advance(LaneEvent::Timer, at(moment));
    let mut pieces = 3;
    let (later, steps) = finish(later, step, at(moment), |step| match step {
        LaneStep::SnapshotSend => {
            pieces -= 1;
            LaneDone::SnapshotSent { more: pieces > 0 }
        }
        step => due(step),
    });
    assert_eq!(steps.iter().filter(|step| **step == LaneStep::SnapshotSend).count(), 3);
    assert!(later.resting());
    let (lane, step) = lane.advance(LaneEvent::Timer, at(INTERVAL_MS));
    let (lane, _) = finish(lane, step, at(INTERVAL_MS), quiet);
    assert_eq!(lane.snapshot_at_ms, None);
}

#[derive(Debug, Clone)]
enum Happening {
    Event(LaneEvent),
    Ends(u8),
    Fails(Failure),
    Wait(u64),
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        1 => Just(Happening::Event(LaneEvent::Timer)),
        1 => Just(Happening::Event(LaneEvent::Work)),
        1 => Just(Happening::Event(LaneEvent::Now)),
        1 => any::<bool>().prop_map(|held| Happening::Event(LaneEvent::Held(held))),
        1 => Just(Happening::Event(LaneEvent::Cut)),
        6 => any::<u8>().prop_map(Happening::Ends),
        1 => Just(Happening::Fails(Failure::Offline)),
        1 => any::<u32>().prop_map(|retry_after_s| Happening::Fails(Failure::Busy { retry_after_s })),
        1 => (0u64..2_000_000).prop_map(Happening::Wait),
    ]
}

fn ends(step: LaneStep, chance: u8) -> LaneDone {
    let more = chance & 1 == 0;
    match step {
        LaneStep::Send | LaneStep::Fetch => LaneDone::Moved { bytes: 1, complete: more, more },
        LaneStep::SnapshotDue => LaneDone::Due(more),
        LaneStep::SnapshotSend => LaneDone::SnapshotSent { more },
        step => quiet(step),
    }
}

proptest! {
    /// Whatever happens: one step at a time, none begins while a round of ops
    /// is under way, and the lane is never stuck.
    #[test]
    fn it_yields_and_never_sticks(history in proptest::collection::vec(happening(), 0..120), chance in any::<u32>()) {
        let now = |steady_ms| Now { chance, ..at(steady_ms) };
        let (mut lane, mut steady_ms, mut held) = (lane(), 0, false);
        for happening in history {
            let event = match (happening, lane.step()) {
                (Happening::Event(event), _) => event,
                (Happening::Ends(chance), Some(step)) => LaneEvent::Done(ends(step, chance)),
                (Happening::Fails(failure), Some(_)) => LaneEvent::Failed(failure),
                (Happening::Wait(ms), _) => {
                    steady_ms += ms;
                    continue;
                }
                (_, None) => continue,
            };
            let before = lane.step();
            let over = matches!(event, LaneEvent::Done(_) | LaneEvent::Failed(_) | LaneEvent::Cut);
            if let LaneEvent::Held(now_held) = event {
                held = now_held;
            }
            let step;
            (lane, step) = lane.advance(event, now(steady_ms));
            prop_assert!(step.is_none() || !held, "begun beside a round of ops");
            prop_assert!(step.is_none() || over || before.is_none(), "a second step beside the first");
            prop_assert!(lane.step().is_some() || held || lane.next_at_ms().is_some(), "stuck");
            let longest = RETRY_AFTER_MAX_MS + LONGEST_MS;
            prop_assert!(lane.next_at_ms().is_none_or(|at| at <= steady_ms + longest));
        }
    }
}
