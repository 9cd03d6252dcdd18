//! Figures of a round and of the part of it that is under way.

use super::event::{Now, Step};
use crate::status::Progress;

/// A pace is told after this time: the first batch alone says little.
const PACE_AFTER_MS: u64 = 500;

/// Figures of a round.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) to_send: u64,
    pub(super) sent: u64,
    pub(super) rejected: u64,
    pub(super) behind: u64,
    pub(super) pulled: u64,
    pub(super) received: u64,
    /// Rows lie here whose data key has not come.
    pub(super) waiting: bool,
    /// A snapshot may still be taken in place of single ops.
    pub(super) fresh: bool,
    pub(super) snapshot_bytes: u64,
    /// Comparisons that led to a repair.
    pub(super) repairs: u32,
    /// Times that others had written in the meantime.
    pub(super) catch_ups: u32,
    /// Ops pulled when that was last found.
    pub(super) pulled_before: u64,
    /// Times that keys waited at the end.
    pub(super) key_turns: u32,
    /// Epochs begun.
    pub(super) epochs: u32,
    /// Gaps closed.
    pub(super) gaps: u32,
}

/// The part of a round under way: steps with the same words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) step: Step,
    since_ms: u64,
    seen_ms: u64,
    done_ops: u64,
    bytes: u64,
}

impl Part {
    pub(super) const fn begin(step: Step, now: Now) -> Self {
        Self { step, since_ms: now.steady_ms, seen_ms: now.steady_ms, done_ops: 0, bytes: 0 }
    }

    /// The next step: the same part where it is told in the same words.
    pub(super) fn go_on(self, step: Step, now: Now) -> Self {
        if self.step.words() == step.words() { Self { step, ..self } } else { Self::begin(step, now) }
    }

    pub(super) fn add(&mut self, ops: u64, bytes: u64, now: Now) {
        self.done_ops += ops;
        self.bytes += bytes;
        self.seen_ms = now.steady_ms;
    }

    pub(super) fn progress(&self, tally: &Tally) -> Progress {
        let total_ops = match self.step {
            Step::PushOps | Step::Epoch | Step::Reopen(_) => tally.to_send,
            // what was sent comes back with its place in the order
            Step::PullOps => tally.behind + tally.sent,
            _ => 0,
        };
        let total_ops = if total_ops == 0 { 0 } else { total_ops.max(self.done_ops) };
        let total_bytes = match self.step {
            Step::SnapshotPiece | Step::SnapshotTake => Some(tally.snapshot_bytes),
            _ => None,
        };
        let ops_per_s = self.per_second(self.done_ops);
        let remaining_s = match total_bytes {
            Some(total) => remaining(total.saturating_sub(self.bytes), self.per_second(self.bytes)),
            None => remaining(total_ops.saturating_sub(self.done_ops), ops_per_s),
        };
        Progress {
            phase: self.step.words(),
            done_ops: self.done_ops,
            total_ops,
            bytes: self.bytes,
            total_bytes,
            ops_per_s,
            remaining_s,
        }
    }

    fn per_second(&self, done: u64) -> Option<u32> {
        let took_ms = self.seen_ms.saturating_sub(self.since_ms);
        if took_ms < PACE_AFTER_MS || done == 0 {
            return None;
        }
        Some(u32::try_from(done.saturating_mul(1_000) / took_ms).unwrap_or(u32::MAX))
    }
}

fn remaining(left: u64, per_second: Option<u32>) -> Option<u32> {
    let pace = u64::from(per_second.filter(|pace| *pace > 0)?);
    Some(u32::try_from(left.div_ceil(pace)).unwrap_or(u32::MAX))
}
