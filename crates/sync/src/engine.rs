//! The pure heart: state and event give the next state and the effects to
//! carry out. No I/O, no clock, no chance of its own.
//!
//! A round is: hello → grants → keys out → ops out → keys in → ops in → keys
//! in once more if ops came → receipt. Keys go before ops in both directions,
//! so that nobody holds an op for long without the key to read it.

use zhenxin_protocol::wire::Lineage;

use crate::backoff::wait_ms;
use crate::failure::Failure;
use crate::status::{Report, SyncState, SyncStatus};

mod event;

pub use event::{Done, Effect, Event, Halt, Now, Step};

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
    Running(Step),
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

/// Figures of a round.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Tally {
    to_send: u64,
    sent: u64,
    rejected: u64,
    received: u64,
    waiting: bool,
}

/// The whole state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    phase: Phase,
    lineage: Option<Lineage>,
    again: Again,
    failures: u32,
    last_failure: Option<Failure>,
    offline_since_ms: Option<i64>,
    next_at_ms: Option<u64>,
    next_try_ms: Option<i64>,
    last_receipt_ms: Option<i64>,
    tally: Tally,
    round: u64,
}

/// What is known when the program starts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Start {
    /// The district that this PC is enrolled with.
    pub lineage: Option<Lineage>,
    /// Why exchange had stopped.
    pub halt: Option<Halt>,
    /// Last receipt, milliseconds UTC.
    pub last_receipt_ms: Option<i64>,
}

impl State {
    /// The first state; where enrolled, a round is due at once.
    #[must_use]
    pub fn new(start: Start, now: Now) -> Self {
        let phase = match (start.lineage, start.halt) {
            (None, _) => Phase::Unenrolled,
            (Some(_), Some(halt)) => Phase::Halted(halt),
            (Some(_), None) => Phase::Resting,
        };
        let due = phase == Phase::Resting;
        Self {
            phase,
            lineage: start.lineage,
            again: Again::No,
            failures: 0,
            last_failure: None,
            offline_since_ms: None,
            next_at_ms: due.then_some(now.steady_ms),
            next_try_ms: due.then_some(now.wall_ms),
            last_receipt_ms: start.last_receipt_ms,
            tally: Tally::default(),
            round: 0,
        }
    }

    /// Number of the round under way or of the last one.
    #[must_use]
    pub const fn round(&self) -> u64 {
        self.round
    }

    /// Whether a round is under way.
    #[must_use]
    pub const fn running(&self) -> bool {
        matches!(self.phase, Phase::Running(_))
    }

    /// When [`Event::Timer`] is due, by the steady clock.
    #[must_use]
    pub const fn next_at_ms(&self) -> Option<u64> {
        if self.running() { None } else { self.next_at_ms }
    }

    /// What a person sees.
    #[must_use]
    pub fn status(&self) -> SyncStatus {
        SyncStatus {
            state: self.shown(),
            last_receipt_ms: self.last_receipt_ms,
            next_try_ms: if self.running() { None } else { self.next_try_ms },
            sent: self.tally.sent + self.tally.rejected,
            to_send: self.tally.to_send,
            received: self.tally.received,
        }
    }

    fn shown(&self) -> SyncState {
        match self.phase {
            Phase::Unenrolled => SyncState::NotEnrolled,
            Phase::Halted(halt) => halt.state(),
            Phase::Running(_) => SyncState::Running,
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
            Event::Enrolled(lineage) => self.enrolled(lineage),
            Event::Timer => match self.phase {
                Phase::Resting if self.next_at_ms.is_some_and(|at| at <= now.steady_ms) => self.begin(),
                _ => Vec::new(),
            },
            Event::NewOps => self.new_ops(now),
            Event::ByHand => match self.phase {
                Phase::Resting => self.begin(),
                Phase::Running(_) => {
                    self.again = Again::Hand;
                    Vec::new()
                }
                Phase::Unenrolled | Phase::Halted(_) => {
                    self.tally = Tally::default();
                    vec![self.ended()]
                }
            },
            Event::Done(done) => match self.phase {
                Phase::Running(step) => self.done(step, done, now),
                _ => Vec::new(),
            },
            Event::Failed(failure) => match self.phase {
                Phase::Running(_) => self.fail(failure, now),
                _ => Vec::new(),
            },
        };
        (self, effects)
    }

    fn enrolled(&mut self, lineage: Lineage) -> Vec<Effect> {
        self.lineage = Some(lineage);
        match self.phase {
            Phase::Unenrolled | Phase::Resting => {
                self.phase = Phase::Resting;
                self.failures = 0;
                self.last_failure = None;
                self.begin()
            }
            Phase::Running(_) => {
                self.again = Again::Hand;
                Vec::new()
            }
            // letting in anew does not mend a fork
            Phase::Halted(_) => Vec::new(),
        }
    }

    fn new_ops(&mut self, now: Now) -> Vec<Effect> {
        match self.phase {
            Phase::Running(_) => self.again = self.again.max(Again::Work),
            // after a failure the wait goes on: a lost line is not found sooner by more work
            Phase::Resting if self.last_failure.is_none() => {
                let debounced = now.steady_ms + DEBOUNCE_MS;
                if self.next_at_ms.is_none_or(|at| at > debounced) {
                    self.schedule(Some(DEBOUNCE_MS), now);
                }
            }
            Phase::Resting | Phase::Unenrolled | Phase::Halted(_) => {}
        }
        Vec::new()
    }

    fn begin(&mut self) -> Vec<Effect> {
        self.round += 1;
        self.again = Again::No;
        self.tally = Tally::default();
        self.run(Step::Hello)
    }

    fn run(&mut self, step: Step) -> Vec<Effect> {
        self.phase = Phase::Running(step);
        vec![Effect::Run(step)]
    }

    /// The same step again while it brings something and says that more waits;
    /// one that says so and brings nothing would turn for ever.
    fn turn(&mut self, step: Step, brought: u64, more: bool, next: Step, now: Now) -> Vec<Effect> {
        match (more, brought) {
            (false, _) => self.run(next),
            (true, 0) => self.fail(Failure::Garbled, now),
            (true, _) => self.run(step),
        }
    }

    fn done(&mut self, step: Step, done: Done, now: Now) -> Vec<Effect> {
        match (step, done) {
            (Step::Hello, Done::Hello { lineage, to_send }) => {
                if self.lineage.is_some_and(|known| known != lineage) {
                    return self.halt(Halt::DistrictChanged, now);
                }
                self.tally.to_send = to_send;
                self.run(Step::Grants)
            }
            (Step::Grants, Done::Grants) => self.run(Step::PushKeys),
            (Step::PushKeys, Done::KeysPushed { rows, more }) => self.turn(step, rows, more, Step::PushOps, now),
            (Step::PushOps, Done::OpsPushed { accepted, rejected, more, halt }) => {
                self.tally.sent += accepted;
                self.tally.rejected += rejected;
                match halt {
                    Some(halt) => self.halt(halt, now),
                    None => self.turn(step, accepted + rejected, more, Step::PullKeys, now),
                }
            }
            (Step::PullKeys, Done::KeysPulled { rows, more, waiting }) => {
                self.tally.waiting = waiting;
                self.turn(step, rows, more, Step::PullOps, now)
            }
            (Step::PullOps, Done::OpsPulled { behind: true, .. }) => self.halt(Halt::DistrictChanged, now),
            (Step::PullOps, Done::OpsPulled { ops, received, more, .. }) => {
                self.tally.received += received;
                if !more && self.tally.received == 0 {
                    return self.succeed(now);
                }
                self.turn(step, ops, more, Step::PullKeysAgain, now)
            }
            (Step::PullKeysAgain, Done::KeysPulled { rows, more, waiting }) => {
                self.tally.waiting = waiting;
                match (more, rows) {
                    (false, _) => self.succeed(now),
                    (true, 0) => self.fail(Failure::Garbled, now),
                    (true, _) => self.run(step),
                }
            }
            // the end of another step: the driver is at fault, the round is not to be trusted
            _ => self.fail(Failure::Garbled, now),
        }
    }

    fn succeed(&mut self, now: Now) -> Vec<Effect> {
        self.phase = Phase::Resting;
        self.failures = 0;
        self.last_failure = None;
        self.offline_since_ms = None;
        self.last_receipt_ms = Some(now.wall_ms);
        let interval_ms = if self.tally.waiting { KEYS_INTERVAL_MS } else { INTERVAL_MS };
        let wait_ms = if self.again == Again::Work { DEBOUNCE_MS } else { interval_ms };
        self.schedule(Some(wait_ms), now);
        let mut effects = vec![Effect::SaveReceipt { at_ms: now.wall_ms }, self.ended()];
        effects.extend(self.begin_if_asked());
        effects
    }

    fn fail(&mut self, failure: Failure, now: Now) -> Vec<Effect> {
        self.phase = Phase::Resting;
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
        effects.extend(self.begin_if_asked());
        effects
    }

    fn begin_if_asked(&mut self) -> Vec<Effect> {
        match std::mem::replace(&mut self.again, Again::No) {
            Again::Hand => self.begin(),
            Again::No | Again::Work => Vec::new(),
        }
    }

    fn halt(&mut self, halt: Halt, now: Now) -> Vec<Effect> {
        self.phase = Phase::Halted(halt);
        self.again = Again::No;
        self.schedule(None, now);
        vec![Effect::SaveHalt(halt), self.ended()]
    }

    fn schedule(&mut self, wait_ms: Option<u64>, now: Now) {
        self.next_at_ms = wait_ms.map(|wait| now.steady_ms.saturating_add(wait));
        self.next_try_ms = wait_ms.map(|wait| now.wall_ms.saturating_add_unsigned(wait));
    }
}

#[cfg(test)]
mod tests;
