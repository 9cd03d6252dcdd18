//! What happens to the engine and what it asks for.

use zhenxin_domain::division::Scope;
use zhenxin_domain::ids::DeviceId;

use crate::failure::Failure;
use crate::status::{Equality, Report, SyncState};

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
    /// See [`SyncState::DistrictChanged`].
    DistrictChanged,
    /// See [`SyncState::Revoked`].
    Revoked,
}

impl Halt {
    /// The state that a person sees.
    #[must_use]
    pub const fn state(self) -> SyncState {
        match self {
            Self::DistrictChanged => SyncState::DistrictChanged,
            Self::Revoked => SyncState::Revoked,
        }
    }
}

/// Where the district's copy of a device's chain ends too early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// Whose chain.
    pub device: DeviceId,
    /// Which epoch of it.
    pub epoch: u32,
    /// The sequence number that the district expects.
    pub from_seq: u64,
}

/// A step of a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Who is there.
    Hello,
    /// Compare the heads of all scopes.
    Heads,
    /// Is what lies here of this scope what once was taken.
    Examine(Scope),
    /// Fetch anew what lies here damaged.
    Repair(Scope),
    /// Find the longest common beginning of both logs.
    Common(Scope),
    /// Take back to pending what the district's log does not hold.
    Rewind {
        /// Of this scope.
        scope: Scope,
        /// The common beginning, in ops.
        to: u64,
    },
    /// Give back ops that the district lost to damage.
    Mend,
    /// Take keys handed over to us, hand over ours.
    Grants,
    /// Send wrapped person keys.
    PushKeys,
    /// Send ops.
    PushOps,
    /// Begin a new epoch: this PC's disk was copied or restored.
    Epoch,
    /// Make pending again what the district lacks of a chain.
    Reopen(Gap),
    /// Ask for and give back the rights to spend.
    Rights,
    /// Is there a snapshot for an empty file.
    SnapshotOffer,
    /// Fetch a piece of it.
    SnapshotPiece,
    /// Check it and swap it in.
    SnapshotTake,
    /// Fetch wrapped person keys.
    PullKeys,
    /// Fetch ops.
    PullOps,
    /// Fetch the keys of ops that came.
    PullKeysAgain,
    /// Fetch what the district published.
    Published,
    /// Compare with what the district signed.
    Prove,
}

impl Step {
    /// What a person sees under way.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Hello | Self::Heads | Self::Prove => "正在核对",
            Self::Examine(_) | Self::Repair(_) | Self::Common(_) | Self::Rewind { .. } => "正在修复差异",
            Self::Mend => "正在补交区平台缺损的记录",
            Self::Grants | Self::PushKeys | Self::PullKeys | Self::PullKeysAgain => "正在交接密钥",
            Self::PushOps | Self::Epoch | Self::Reopen(_) => "正在发送记录",
            Self::Rights => "正在核对办理权",
            Self::SnapshotOffer | Self::SnapshotPiece | Self::SnapshotTake => "正在下载数据快照",
            Self::PullOps => "正在接收记录",
            Self::Published => "正在接收区平台发布的资料",
        }
    }
}

/// What the district has against a push.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// Another op is at the same place of this PC's chain.
    Fork,
    /// Ops before it are missing there.
    Gap(Gap),
}

/// What comes of the question for a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offer {
    /// There is none that helps.
    None,
    /// There is one; the key to read it has yet to be handed over.
    Wait,
    /// There is one, of so many bytes.
    Take {
        /// Size of the whole.
        total_bytes: u64,
    },
}

/// What became of a piece of a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece {
    /// It lies here; more follow.
    Fetched {
        /// Its size.
        bytes: u64,
    },
    /// Everything lies here.
    Complete,
    /// It came damaged too often: ops are fetched one by one instead.
    GivenUp,
}

/// How a step ended well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Done {
    /// [`Step::Hello`].
    Hello {
        /// The district that this PC was let in by.
        same_district: bool,
    },
    /// [`Step::Heads`].
    Heads {
        /// Scopes in which the two logs are no prefixes of each other.
        differing: Vec<Scope>,
        /// Ops that wait here.
        to_send: u64,
        /// Ops there that are not here.
        behind: u64,
        /// The district asks ops back.
        wanted: bool,
        /// Nothing was ever received here: a snapshot may be taken.
        fresh: bool,
    },
    /// [`Step::Examine`].
    Examined {
        /// Bytes and hashes here belong together.
        sound: bool,
    },
    /// [`Step::Repair`].
    Repaired {
        /// Ops put back.
        ops: u64,
    },
    /// [`Step::Common`].
    Common {
        /// Ops of the common beginning.
        to: u64,
    },
    /// [`Step::Rewind`].
    Rewound {
        /// Ops that wait again.
        ops: u64,
    },
    /// [`Step::Mend`].
    Mended,
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
        /// Bytes of them.
        bytes: u64,
        /// More wait.
        more: bool,
        /// The district and this PC disagree about a chain.
        trouble: Option<Trouble>,
    },
    /// [`Step::Epoch`].
    EpochBegun,
    /// [`Step::Reopen`].
    Reopened {
        /// Ops that wait again.
        ops: u64,
    },
    /// [`Step::Rights`].
    Rights,
    /// [`Step::SnapshotOffer`].
    Offered(Offer),
    /// [`Step::SnapshotPiece`].
    Piece(Piece),
    /// [`Step::SnapshotTake`].
    SnapshotTaken {
        /// It was sound and stands now; else ops are fetched one by one.
        taken: bool,
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
        /// Bytes of all.
        bytes: u64,
        /// More follow.
        more: bool,
        /// An op of this device came that this PC did not write.
        forked: bool,
    },
    /// [`Step::Published`].
    Published,
    /// [`Step::Prove`].
    Proved {
        /// Every scope of this PC is a beginning of what the district signed.
        equal: bool,
        /// Ops there that are not here.
        behind: u64,
        /// Scopes compared.
        scopes: u32,
        /// Ops in them.
        ops: u64,
        /// Ops of this PC that wait.
        waiting: u64,
        /// Person keys of this PC that wait.
        keys: u64,
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
    /// This PC was let in, or looks for its district elsewhere.
    Enrolled,
    /// A person stops or resumes the exchange.
    Paused(bool),
    /// Another way to the district was set.
    OtherWay,
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
    /// Drop the step under way wherever it stands; it has no end any more.
    Cut,
    /// Remember the receipt's time and what was proved.
    SaveReceipt(Equality),
    /// Remember that exchange has stopped, or goes on.
    SaveHalt(Option<Halt>),
    /// The round has ended; whoever waits for it may go on.
    Ended {
        /// Number of the round.
        round: u64,
        /// How it ended.
        report: Report,
    },
}
