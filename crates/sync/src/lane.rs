//! The lane beside the rounds: attachments both ways and the making of
//! snapshots. A small engine of its own, as pure as the large one.
//!
//! It moves one piece at a time and begins none while a round of ops is under
//! way: photos never delay records. What was cut goes on where it stood.

use crate::backoff::wait_ms;
use crate::engine::Now;
use crate::failure::Failure;
use crate::status::LaneStatus;

pub(crate) mod bench;
mod blobs;
mod making;

pub use bench::LaneBench;

/// Time between looks for work.
pub const INTERVAL_MS: u64 = 5 * 60 * 1_000;

/// After an act that may have brought attachments: the ops go first.
pub const AFTER_WORK_MS: u64 = 5_000;

/// A snapshot that is due is made within this time, each PC at a moment of its
/// own: the first one spares all others the work.
pub const SNAPSHOT_SPREAD_MS: u64 = 30 * 60 * 1_000;

/// A step of the lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LaneStep {
    /// What is to be sent and fetched, and how much of it is there already.
    Survey,
    /// Send a piece.
    Send,
    /// Fetch a piece.
    Fetch,
    /// Does the town need a snapshot that this PC could make.
    SnapshotDue,
    /// Make it, or send a piece of it.
    SnapshotSend,
}

impl LaneStep {
    /// What a person sees under way.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Survey | Self::SnapshotDue => "正在核对附件",
            Self::Send => "正在上传附件",
            Self::Fetch => "正在下载附件",
            Self::SnapshotSend => "正在上传数据快照",
        }
    }
}

/// How a step ended well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LaneDone {
    /// [`LaneStep::Survey`].
    Surveyed {
        /// Attachments to be sent.
        to_send: u64,
        /// Bytes of them.
        to_send_bytes: u64,
        /// Attachments to be fetched.
        to_fetch: u64,
        /// Bytes of them, as far as known.
        to_fetch_bytes: u64,
    },
    /// [`LaneStep::Send`] and [`LaneStep::Fetch`].
    Moved {
        /// Bytes of the piece.
        bytes: u64,
        /// An attachment is complete with it.
        complete: bool,
        /// More can be moved now.
        more: bool,
    },
    /// [`LaneStep::SnapshotDue`].
    Due(bool),
    /// [`LaneStep::SnapshotSend`].
    SnapshotSent {
        /// More pieces follow.
        more: bool,
    },
}

/// What happens to the lane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LaneEvent {
    /// The time of [`Lane::next_at_ms`] has come.
    Timer,
    /// There may be new attachments.
    Work,
    /// A person asks, or the way to the district is another one.
    Now,
    /// A round of ops is under way, or is over; nothing begins in between.
    Held(bool),
    /// The step under way was dropped where it stood.
    Cut,
    /// The step under way ended well.
    Done(LaneDone),
    /// The step under way failed.
    Failed(Failure),
}

/// Where the lane stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Resting,
    Running(LaneStep),
    /// This step is next as soon as the round of ops is over.
    Waiting(LaneStep),
}

/// The whole state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lane {
    phase: Phase,
    held: bool,
    next_at_ms: Option<u64>,
    failures: u32,
    failure: Option<Failure>,
    /// When this PC makes the snapshot that is due.
    snapshot_at_ms: Option<u64>,
    left: LaneStatus,
}

impl Lane {
    /// The first state; the first look follows the first round of ops.
    #[must_use]
    pub fn new(enrolled: bool, now: Now) -> Self {
        Self {
            phase: Phase::Resting,
            held: false,
            next_at_ms: enrolled.then(|| now.steady_ms + AFTER_WORK_MS),
            failures: 0,
            failure: None,
            snapshot_at_ms: None,
            left: LaneStatus::default(),
        }
    }

    /// The step under way.
    #[must_use]
    pub const fn step(&self) -> Option<LaneStep> {
        match self.phase {
            Phase::Running(step) => Some(step),
            Phase::Resting | Phase::Waiting(_) => None,
        }
    }

    /// Whether nothing is left to do for now.
    #[must_use]
    pub const fn resting(&self) -> bool {
        matches!(self.phase, Phase::Resting)
    }

    /// Why the last attempt failed.
    #[must_use]
    pub const fn failure(&self) -> Option<&Failure> {
        self.failure.as_ref()
    }

    /// When [`LaneEvent::Timer`] is due, by the steady clock.
    #[must_use]
    pub const fn next_at_ms(&self) -> Option<u64> {
        match self.phase {
            Phase::Resting if !self.held => self.next_at_ms,
            _ => None,
        }
    }

    /// What a person sees.
    #[must_use]
    pub fn status(&self) -> LaneStatus {
        LaneStatus {
            doing: self.step().map(LaneStep::words),
            failure: self.failure.as_ref().map(|failure| {
                let state = failure.state(0);
                let advice = state.advice().unwrap_or_default();
                format!("{}。{advice}", state.words())
            }),
            ..self.left.clone()
        }
    }

    /// The next state and the step to carry out.
    #[must_use]
    pub fn advance(mut self, event: LaneEvent, now: Now) -> (Self, Option<LaneStep>) {
        let step = match event {
            LaneEvent::Timer => match self.next_at_ms() {
                Some(at) if at <= now.steady_ms => self.go(LaneStep::Survey),
                _ => None,
            },
            LaneEvent::Work => {
                let soon = now.steady_ms + AFTER_WORK_MS;
                // a lost line is not found sooner by more work
                if self.failure.is_none() && self.next_at_ms.is_none_or(|at| at > soon) {
                    self.next_at_ms = Some(soon);
                }
                None
            }
            LaneEvent::Now if self.phase == Phase::Resting => {
                self.failures = 0;
                self.go(LaneStep::Survey)
            }
            LaneEvent::Now => None,
            LaneEvent::Held(held) => {
                self.held = held;
                match self.phase {
                    Phase::Waiting(step) if !held => self.go(step),
                    _ => None,
                }
            }
            LaneEvent::Cut => self.rest(now),
            LaneEvent::Done(done) => match self.phase {
                Phase::Running(step) => self.done(step, done, now),
                _ => None,
            },
            LaneEvent::Failed(failure) => {
                if matches!(self.phase, Phase::Running(_)) {
                    self.fail(failure, now);
                }
                None
            }
        };
        (self, step)
    }

    fn go(&mut self, step: LaneStep) -> Option<LaneStep> {
        if self.held {
            self.phase = Phase::Waiting(step);
            return None;
        }
        self.phase = Phase::Running(step);
        Some(step)
    }

    fn done(&mut self, step: LaneStep, done: LaneDone, now: Now) -> Option<LaneStep> {
        match (step, done) {
            (LaneStep::Survey, LaneDone::Surveyed { to_send, to_send_bytes, to_fetch, to_fetch_bytes }) => {
                self.left = LaneStatus { to_send, to_send_bytes, to_fetch, to_fetch_bytes, doing: None, failure: None };
                self.go(LaneStep::Send)
            }
            (LaneStep::Send, LaneDone::Moved { bytes, complete, more }) => {
                self.left.to_send = self.left.to_send.saturating_sub(u64::from(complete));
                self.left.to_send_bytes = self.left.to_send_bytes.saturating_sub(bytes);
                self.go(if more { step } else { LaneStep::Fetch })
            }
            (LaneStep::Fetch, LaneDone::Moved { bytes, complete, more }) => {
                self.left.to_fetch = self.left.to_fetch.saturating_sub(u64::from(complete));
                self.left.to_fetch_bytes = self.left.to_fetch_bytes.saturating_sub(bytes);
                self.go(if more { step } else { LaneStep::SnapshotDue })
            }
            (LaneStep::SnapshotDue, LaneDone::Due(due)) => self.due(due, now),
            (LaneStep::SnapshotSend, LaneDone::SnapshotSent { more: true }) => self.go(step),
            (LaneStep::SnapshotSend, LaneDone::SnapshotSent { more: false }) => {
                self.snapshot_at_ms = None;
                self.rest(now)
            }
            _ => {
                self.fail(Failure::Garbled, now);
                None
            }
        }
    }

    fn due(&mut self, due: bool, now: Now) -> Option<LaneStep> {
        if !due {
            self.snapshot_at_ms = None;
            return self.rest(now);
        }
        let spread_ms = SNAPSHOT_SPREAD_MS * u64::from(now.chance) / u64::from(u32::MAX);
        let at_ms = *self.snapshot_at_ms.get_or_insert(now.steady_ms + spread_ms);
        if at_ms <= now.steady_ms {
            return self.go(LaneStep::SnapshotSend);
        }
        self.rest(now);
        self.next_at_ms = Some(at_ms.min(now.steady_ms + INTERVAL_MS));
        None
    }

    fn rest(&mut self, now: Now) -> Option<LaneStep> {
        self.phase = Phase::Resting;
        self.failures = 0;
        self.failure = None;
        self.next_at_ms = Some(now.steady_ms + INTERVAL_MS);
        None
    }

    fn fail(&mut self, failure: Failure, now: Now) {
        self.phase = Phase::Resting;
        self.failures = self.failures.saturating_add(1);
        let retry_after_s = match failure {
            Failure::Busy { retry_after_s } => retry_after_s,
            _ => 0,
        };
        self.failure = Some(failure);
        self.next_at_ms = Some(now.steady_ms + wait_ms(self.failures, retry_after_s, now.chance));
    }
}

#[cfg(test)]
mod tests;
