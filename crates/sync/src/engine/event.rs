//! What happens to the engine and what it asks for.

use zhenxin_protocol::wire::Lineage;

use crate::failure::Failure;
use crate::status::{Report, SyncState};

/// What an event brings along: two clocks and a random number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// A clock that never runs backwards; all waits are measured with it.
    pub steady_ms: u64,
    /// The wall clock, milliseconds UTC; only shown.
    pub wall_ms: i64,
    /// Any random number, for jitter.
    pub chance: u32,
}

/// Why exchange has stopped until a person decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Halt {
    /// See [`SyncState::Forked`].
    Forked,
    /// See [`SyncState::DistrictChanged`].
    DistrictChanged,
}

impl Halt {
    /// The state that a person sees.
    #[must_use]
    pub const fn state(self) -> SyncState {
        match self {
            Self::Forked => SyncState::Forked,
            Self::DistrictChanged => SyncState::DistrictChanged,
        }
    }
}

/// A step of a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Who is there.
    Hello,
    /// Take keys handed over to us, hand over ours.
    Grants,
    /// Send wrapped person keys.
    PushKeys,
    /// Send ops.
    PushOps,
    /// Fetch wrapped person keys.
    PullKeys,
    /// Fetch ops.
    PullOps,
    /// Fetch the keys of ops that came.
    PullKeysAgain,
}

/// How a step ended well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Done {
    /// [`Step::Hello`].
    Hello {
        /// The district that answered.
        lineage: Lineage,
        /// Ops that wait here.
        to_send: u64,
    },
    /// [`Step::Grants`].
    Grants,
    /// [`Step::PushKeys`].
    KeysPushed {
        /// Rows taken off the list.
        rows: u64,
        /// More wait.
        more: bool,
    },
    /// [`Step::PushOps`].
    OpsPushed {
        /// Ops taken.
        accepted: u64,
        /// Ops refused for good.
        rejected: u64,
        /// More wait.
        more: bool,
        /// The district and this PC disagree about this PC's history.
        halt: Option<Halt>,
    },
    /// [`Step::PullKeys`] and [`Step::PullKeysAgain`].
    KeysPulled {
        /// Rows that came.
        rows: u64,
        /// More follow.
        more: bool,
        /// Rows lie here whose data key has not come.
        waiting: bool,
    },
    /// [`Step::PullOps`].
    OpsPulled {
        /// Ops that came, own ones included.
        ops: u64,
        /// Ops of others that were new here.
        received: u64,
        /// More follow.
        more: bool,
        /// The district's log ends before what this PC has seen.
        behind: bool,
    },
}

/// What happens to the engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The time of [`super::State::next_at_ms`] has come.
    Timer,
    /// An act left ops in the outbox.
    NewOps,
    /// A person asks.
    ByHand,
    /// This PC was let in, by this district.
    Enrolled(Lineage),
    /// The step under way ended well.
    Done(Done),
    /// The step under way failed.
    Failed(Failure),
}

/// What the driver has to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Carry out a step and bring its end back as an event.
    Run(Step),
    /// Remember the receipt's time.
    SaveReceipt {
        /// Milliseconds UTC.
        at_ms: i64,
    },
    /// Remember that exchange has stopped.
    SaveHalt(Halt),
    /// The round has ended; whoever waits for it may go on.
    Ended {
        /// Number of the round.
        round: u64,
        /// How it ended.
        report: Report,
    },
}
