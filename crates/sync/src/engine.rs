//! The pure heart: state and event give the next state and the effects to
//! carry out. No I/O, no clock, no chance of its own.
//!
//! A round compares, repairs, sends, receives and proves; `round.rs` holds its
//! order. Keys go before ops in both directions, so that nobody holds an op
//! for long without the key to read it. Whatever fails anywhere, the next
//! round starts over; repairs are bounded within a round, so that two sides
//! that do not come together rest in between.

use crate::backoff::wait_ms;
use crate::failure::Failure;
use crate::status::{Equality, LaneStatus, Report, SyncState, SyncStatus};

mod event;
mod round;
mod tally;

pub use event::{Done, Effect, Event, Gap, Halt, Now, Offer, Piece, Step, Trouble};
pub use round::{EPOCHS_MAX, GAPS_MAX, REPAIRS_MAX};
use tally::{Part, Tally};

/// Time between rounds when all is well.
pub const INTERVAL_MS: u64 = 5 * 60 * 1_000;

/// The same while keys of another PC are awaited: a person sits and waits.
pub const KEYS_INTERVAL_MS: u64 = 60 * 1_000;

/// After a new op: long enough that the ops of one act travel together, short
/// enough that the status bar turns green while the person looks.
pub const DEBOUNCE_MS: u64 = 2_000;

/// Where the engine stands between events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Unenrolled,
    Resting,
    Running(Part),
    Halted(Halt),
}

/// What somebody asked for while a round was under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Again {
    /// Nothing.
    No,
    /// There are new ops: they go soon after a round that ended well.
    Work,
    /// A person asked: another round follows at once, however this one ends.
    Hand,
}

/// The whole state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    phase: Phase,
    paused: bool,
    /// The district has been greeted since the last failure.
    greeted: bool,
    again: Again,
    failures: u32,
    last_failure: Option<Failure>,
    offline_since_ms: Option<i64>,
    next_at_ms: Option<u64>,
    next_try_ms: Option<i64>,
    last_receipt_ms: Option<i64>,
    equality: Option<Equality>,
    /// Scopes still to be repaired in this round, in order.
    differing: Vec<zhenxin_domain::division::Scope>,
    tally: Tally,
    round: u64,
}

/// What is known when the program starts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Start {
    /// Whether this PC is enrolled.
    pub enrolled: bool,
    /// Why exchange had stopped.
    pub halt: Option<Halt>,
    /// A person had stopped it.
    pub paused: bool,
    /// Last receipt, milliseconds UTC.
    pub last_receipt_ms: Option<i64>,
    /// The last proof.
    pub equality: Option<Equality>,
}

impl State {
    /// The first state; where enrolled, a round is due at once.
    #[must_use]
    pub fn new(start: Start, now: Now) -> Self {
        let phase = match (start.enrolled, start.halt) {
            (false, _) => Phase::Unenrolled,
            (true, Some(halt)) => Phase::Halted(halt),
            (true, None) => Phase::Resting,
        };
        let due = phase == Phase::Resting && !start.paused;
        Self {
            phase,
            paused: start.paused,
            greeted: false,
            again: Again::No,
            failures: 0,
            last_failure: None,
            offline_since_ms: None,
            next_at_ms: due.then_some(now.steady_ms),
            next_try_ms: due.then_some(now.wall_ms),
            last_receipt_ms: start.last_receipt_ms,
            equality: start.equality,
            differing: Vec::new(),
            tally: Tally::default(),
            round: 0,
        }
    }

    /// Number of the round under way or of the last one.
    #[must_use]
    pub const fn round(&self) -> u64 {
        self.round
    }

    /// The step under way.
    #[must_use]
    pub const fn step(&self) -> Option<Step> {
        match &self.phase {
            Phase::Running(part) => Some(part.step),
            _ => None,
        }
    }

    /// Whether a round is under way.
    #[must_use]
    pub const fn running(&self) -> bool {
        self.step().is_some()
    }

    /// Whether a person must act before another round can begin.
    #[must_use]
    pub const fn stopped(&self) -> bool {
        self.paused || matches!(self.phase, Phase::Unenrolled | Phase::Halted(_))
    }

    /// When [`Event::Timer`] is due, by the steady clock.
    #[must_use]
    pub const fn next_at_ms(&self) -> Option<u64> {
        if self.running() { None } else { self.next_at_ms }
    }

    /// What a person sees; the lane is not known here.
    #[must_use]
    pub fn status(&self) -> SyncStatus {
        SyncStatus {
            state: self.shown(),
            last_receipt_ms: self.last_receipt_ms,
            next_try_ms: if self.running() { None } else { self.next_try_ms },
            sent: self.tally.sent + self.tally.rejected,
            to_send: self.tally.to_send,
            received: self.tally.received,
            to_receive: self.tally.behind,
            progress: match &self.phase {
                Phase::Running(part) => Some(part.progress(&self.tally)),
                _ => None,
            },
            equality: self.equality,
            lane: LaneStatus::default(),
        }
    }

    fn shown(&self) -> SyncState {
        match self.phase {
            Phase::Unenrolled => SyncState::NotEnrolled,
            Phase::Halted(halt) => halt.state(),
            Phase::Running(_) => SyncState::Running,
            Phase::Resting if self.paused => SyncState::Paused,
            Phase::Resting => self.rested(),
        }
    }

    fn rested(&self) -> SyncState {
        match &self.last_failure {
            Some(failure) => failure.state(self.offline_since_ms.unwrap_or_default()),
            None if self.tally.waiting => SyncState::WaitingForKeys,
            None => SyncState::Idle,
        }
    }

    fn ended(&self) -> Effect {
        Effect::Ended { round: self.round, report: self.report() }
    }

    fn report(&self) -> Report {
        Report {
            sent: self.tally.sent,
            rejected: self.tally.rejected,
            received: self.tally.received,
            state: self.shown(),
        }
    }

    /// The next state and what to do.
    #[must_use]
    pub fn advance(mut self, event: Event, now: Now) -> (Self, Vec<Effect>) {
        let effects = match event {
            Event::Enrolled => self.enrolled(now),
            Event::Timer => match self.phase {
                Phase::Resting if self.next_at_ms.is_some_and(|at| at <= now.steady_ms) => self.begin(now),
                _ => Vec::new(),
            },
            Event::NewOps => self.new_ops(now),
            Event::ByHand => self.by_hand(now),
            Event::Paused(paused) => self.pause(paused, now),
            Event::OtherWay => self.other_way(now),
            Event::Done(done) => match self.phase {
                Phase::Running(part) => self.done(part.step, done, now),
                _ => Vec::new(),
            },
            Event::Failed(failure) => match self.phase {
                Phase::Running(_) => self.fail(failure, now),
                _ => Vec::new(),
            },
        };
        (self, effects)
    }

    /// Ends a halt as well: whether its cause is gone, the first step finds out.
    fn enrolled(&mut self, now: Now) -> Vec<Effect> {
        self.failures = 0;
        self.greeted = false;
        match self.phase {
            Phase::Running(_) => {
                self.again = Again::Hand;
                Vec::new()
            }
            Phase::Unenrolled | Phase::Resting | Phase::Halted(_) if self.paused => {
                let unhalted = self.unhalt();
                self.phase = Phase::Resting;
                unhalted
            }
            Phase::Unenrolled | Phase::Resting | Phase::Halted(_) => {
                self.last_failure = None;
                self.begin(now)
            }
        }
    }

    fn by_hand(&mut self, now: Now) -> Vec<Effect> {
        match self.phase {
            Phase::Running(_) => {
                self.again = Again::Hand;
                Vec::new()
            }
            Phase::Resting | Phase::Halted(_) if !self.paused => self.begin(now),
            Phase::Resting | Phase::Halted(_) | Phase::Unenrolled => {
                self.tally = Tally::default();
                vec![self.ended()]
            }
        }
    }

    fn new_ops(&mut self, now: Now) -> Vec<Effect> {
        match self.phase {
            Phase::Running(_) => self.again = self.again.max(Again::Work),
            // after a failure the wait goes on: a lost line is not found sooner by more work
            Phase::Resting if self.last_failure.is_none() && !self.paused => {
                let debounced = now.steady_ms + DEBOUNCE_MS;
                if self.next_at_ms.is_none_or(|at| at > debounced) {
                    self.schedule(Some(DEBOUNCE_MS), now);
                }
            }
            Phase::Resting | Phase::Unenrolled | Phase::Halted(_) => {}
        }
        Vec::new()
    }

    /// Stops at once, wherever the round stands: a cut loses nothing.
    fn pause(&mut self, paused: bool, now: Now) -> Vec<Effect> {
        if self.paused == paused {
            return Vec::new();
        }
        self.paused = paused;
        match (self.phase, paused) {
            (Phase::Running(_), true) => {
                self.rest();
                self.schedule(None, now);
                vec![Effect::Cut, self.ended()]
            }
            (Phase::Resting, true) => {
                self.schedule(None, now);
                Vec::new()
            }
            (Phase::Resting, false) => {
                self.failures = 0;
                self.begin(now)
            }
            (Phase::Running(_) | Phase::Unenrolled | Phase::Halted(_), _) => Vec::new(),
        }
    }

    /// What failed on the old way need not fail on the new one.
    fn other_way(&mut self, now: Now) -> Vec<Effect> {
        match self.phase {
            Phase::Resting if !self.paused => {
                self.failures = 0;
                self.begin(now)
            }
            Phase::Running(_) => {
                self.again = Again::Hand;
                Vec::new()
            }
            Phase::Resting | Phase::Unenrolled | Phase::Halted(_) => Vec::new(),
        }
    }

    fn unhalt(&self) -> Vec<Effect> {
        if matches!(self.phase, Phase::Halted(_)) { vec![Effect::SaveHalt(None)] } else { Vec::new() }
    }

    fn begin(&mut self, now: Now) -> Vec<Effect> {
        let mut effects = self.unhalt();
        self.round += 1;
        self.again = Again::No;
        self.tally = Tally::default();
        self.differing.clear();
        let first = if self.greeted { Step::Heads } else { Step::Hello };
        self.phase = Phase::Running(Part::begin(first, now));
        effects.push(Effect::Run(first));
        effects
    }

    fn rest(&mut self) {
        self.phase = Phase::Resting;
        self.greeted = false;
        self.differing.clear();
    }

    fn succeed(&mut self, equality: Option<Equality>, now: Now) -> Vec<Effect> {
        self.rest();
        self.greeted = true;
        self.failures = 0;
        self.last_failure = None;
        self.offline_since_ms = None;
        let interval_ms = if self.tally.waiting { KEYS_INTERVAL_MS } else { INTERVAL_MS };
        let wait_ms = if self.again == Again::Work { DEBOUNCE_MS } else { interval_ms };
        self.schedule(Some(wait_ms), now);
        let mut effects = Vec::new();
        if let Some(equality) = equality {
            self.equality = Some(equality);
            self.last_receipt_ms = Some(equality.at_ms);
            effects.push(Effect::SaveReceipt(equality));
        }
        effects.push(self.ended());
        effects.extend(self.begin_if_asked(now));
        effects
    }

    fn fail(&mut self, failure: Failure, now: Now) -> Vec<Effect> {
        if failure.revoked() {
            return self.halt(Halt::Revoked, now);
        }
        self.rest();
        self.failures = self.failures.saturating_add(1);
        let retry_after_s = match failure {
            Failure::Busy { retry_after_s } => retry_after_s,
            _ => 0,
        };
        self.offline_since_ms = match failure {
            Failure::Offline => self.offline_since_ms.or(Some(now.wall_ms)),
            _ => None,
        };
        self.last_failure = Some(failure);
        self.schedule(Some(wait_ms(self.failures, retry_after_s, now.chance)), now);
        let mut effects = vec![self.ended()];
        effects.extend(self.begin_if_asked(now));
        effects
    }

    fn begin_if_asked(&mut self, now: Now) -> Vec<Effect> {
        match std::mem::replace(&mut self.again, Again::No) {
            Again::Hand => self.begin(now),
            Again::No | Again::Work => Vec::new(),
        }
    }

    fn halt(&mut self, halt: Halt, now: Now) -> Vec<Effect> {
        self.rest();
        self.phase = Phase::Halted(halt);
        self.again = Again::No;
        self.last_failure = None;
        self.schedule(None, now);
        vec![Effect::SaveHalt(Some(halt)), self.ended()]
    }

    fn schedule(&mut self, wait_ms: Option<u64>, now: Now) {
        self.next_at_ms = wait_ms.map(|wait| now.steady_ms.saturating_add(wait));
        self.next_try_ms = wait_ms.map(|wait| now.wall_ms.saturating_add_unsigned(wait));
    }
}

#[cfg(test)]
mod tests;
