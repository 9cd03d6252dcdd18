//! Whatever happens in whatever order.

use proptest::prelude::*;

use super::{asked, at, finish, gap, quiet, revoked, round, village};
use crate::backoff::{LONGEST_MS, RETRY_AFTER_MAX_MS};
use crate::engine::{Done, Effect, Event, Now, Offer, Piece, Start, State, Step, Trouble};
use crate::failure::Failure;
use crate::status::SyncState;

fn failure() -> impl Strategy<Value = Failure> {
    prop_oneof![
        Just(Failure::Offline),
        Just(Failure::Portal),
        Just(Failure::Certificate),
        (500u16..600).prop_map(|status| Failure::Server { status }),
        Just(Failure::Garbled),
        Just(Failure::OtherNetwork),
        Just(Failure::Differs),
        any::<u32>().prop_map(|retry_after_s| Failure::Busy { retry_after_s }),
        Just(Failure::Refused { code: "x".to_owned(), text: String::new() }),
        Just(revoked()),
        Just(Failure::Local { text: String::new() }),
    ]
}

/// What happens next: an event from outside, or the end of the step under way.
#[derive(Debug, Clone)]
enum Happening {
    Event(Event),
    StepEnds(u8),
    StepFails(Failure),
    Wait(u64),
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        1 => Just(Happening::Event(Event::Timer)),
        1 => Just(Happening::Event(Event::NewOps)),
        1 => Just(Happening::Event(Event::ByHand)),
        1 => Just(Happening::Event(Event::Enrolled)),
        1 => Just(Happening::Event(Event::OtherWay)),
        1 => any::<bool>().prop_map(|paused| Happening::Event(Event::Paused(paused))),
        20 => any::<u8>().prop_map(Happening::StepEnds),
        1 => failure().prop_map(Happening::StepFails),
        1 => (0u64..2_000_000).prop_map(Happening::Wait),
    ]
}

/// One of the ends that a step can have.
fn ends(step: Step, chance: u8) -> Done {
    let (brought, more, seldom) = (u64::from(chance % 3), chance & 4 != 0, chance.is_multiple_of(5));
    match step {
        Step::Hello => Done::Hello { same_district: !seldom },
        Step::Heads => Done::Heads {
            differing: if seldom { vec![village(0), village(1)] } else { Vec::new() },
            to_send: brought,
            behind: brought,
            wanted: more,
            fresh: chance & 8 != 0,
        },
        Step::Examine(_) => Done::Examined { sound: more },
        Step::Common(_) => Done::Common { to: brought },
        Step::PushKeys => Done::KeysPushed { rows: brought, more },
        Step::PushOps => Done::OpsPushed {
            accepted: brought,
            rejected: 0,
            bytes: 0,
            more,
            trouble: match chance % 7 {
                0 => Some(Trouble::Fork),
                1 => Some(Trouble::Gap(gap())),
                _ => None,
            },
        },
        Step::SnapshotOffer => Done::Offered(match brought {
            0 => Offer::None,
            1 => Offer::Wait,
            _ => Offer::Take { total_bytes: 9 },
        }),
        Step::SnapshotPiece => Done::Piece(match brought {
            0 => Piece::Complete,
            1 => Piece::GivenUp,
            _ => Piece::Fetched { bytes: u64::from(chance % 4) },
        }),
        Step::SnapshotTake => Done::SnapshotTaken { taken: more },
        Step::PullKeys | Step::PullKeysAgain => Done::KeysPulled { rows: brought, more, waiting: more },
        Step::PullOps => Done::OpsPulled { ops: brought, received: brought, bytes: 0, more, forked: seldom },
        Step::Prove => {
            Done::Proved { equal: !seldom, behind: u64::from(more), scopes: 1, ops: 1, waiting: 0, keys: brought }
        }
        other => quiet(other),
    }
}

proptest! {
    /// From wherever failures, ends and events in any order lead, there is one
    /// step at most, the waits are bounded, it halts only where it should, and
    /// one good round mends everything.
    #[test]
    fn any_history_ends_where_a_success_completes(
        enrolled in any::<bool>(), history in proptest::collection::vec(happening(), 0..200), chance in any::<u32>(),
    ) {
        let now = |steady_ms| Now { chance, ..at(steady_ms) };
        let mut state = State::new(Start { enrolled, ..Start::default() }, now(0));
        let mut steady_ms = 0;
        let mut under_way: Option<Step> = None;
        let mut may_halt = false;
        for happening in history {
            let event = match (happening, under_way) {
                (Happening::Event(event), _) => event,
                (Happening::StepEnds(chance), Some(step)) => Event::Done(ends(step, chance)),
                (Happening::StepFails(failure), Some(_)) => Event::Failed(failure),
                (Happening::Wait(ms), _) => {
                    steady_ms += ms;
                    continue;
                }
                (_, None) => continue,
            };
            let over = matches!(event, Event::Done(_) | Event::Failed(_));
            let failed = matches!(event, Event::Failed(_));
            may_halt |= matches!(&event, Event::Done(Done::Hello { same_district: false }));
            may_halt |= matches!(&event, Event::Failed(failure) if failure.revoked());
            let effects;
            (state, effects) = state.advance(event, now(steady_ms));
            let next = asked(&effects);
            let cut = effects.contains(&Effect::Cut);
            prop_assert!(next.is_none() || over || under_way.is_none(), "a second step beside the first");
            prop_assert!(!failed || next.is_none_or(|step| step == Step::Hello), "a round that did not start over");
            if over || cut || next.is_some() {
                under_way = next;
            }
            prop_assert_eq!(state.step(), under_way);
            prop_assert_eq!(state.next_at_ms().is_some(), !state.stopped() && !state.running(), "stuck or restless");
            let halted = matches!(state.status().state, SyncState::DistrictChanged | SyncState::Revoked);
            prop_assert!(!halted || may_halt);
            let longest = RETRY_AFTER_MAX_MS + LONGEST_MS;
            prop_assert!(state.next_at_ms().is_none_or(|at| at <= steady_ms + longest));
        }
        state = state.advance(Event::Paused(false), now(steady_ms)).0;
        if let Some(step) = state.step() {
            state = finish(state, vec![Effect::Run(step)], now(steady_ms), quiet).0;
        }
        let (state, effects) = state.advance(Event::Enrolled, now(steady_ms));
        let (state, _) = finish(state, effects, now(steady_ms), quiet);
        prop_assert_eq!(state.status().state, SyncState::Idle);
        prop_assert_eq!(state.status().last_receipt_ms, Some(now(steady_ms).wall_ms));
    }

    /// Whatever the steps bring, as long as each brings something or nothing
    /// more, a round comes to an end.
    #[test]
    fn every_round_ends(chances in proptest::collection::vec(any::<u8>(), 1..40)) {
        let mut turn = chances.iter().cycle();
        let mut budget = 3_000;
        let (state, _) = round(|step| {
            budget -= 1;
            match ends(step, *turn.next().unwrap()) {
                _ if budget < 0 => quiet(step),
                Done::KeysPushed { rows, .. } if budget < 2_000 => Done::KeysPushed { rows, more: false },
                done => done,
            }
        });
        prop_assert!(!state.running());
    }
}
