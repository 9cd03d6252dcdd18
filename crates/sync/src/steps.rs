//! The steps of a round against the store and the transport.
//!
//! A step waits for nothing but the transport: no timer, no thread, no order
//! that chance decides. So the simulation polls the same steps by hand.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use zhenxin_domain::division::{Scope, TownCode};
use zhenxin_protocol::wire::heads::{OpPlace, ScopeHead};
use zhenxin_protocol::wire::hello::{HelloAnswer, HelloRequest};
use zhenxin_protocol::wire::ops::HeadSignature;
use zhenxin_protocol::wire::{Endpoint, Lineage, PROTOCOL_MAJOR};
use zhenxin_store::{Ports, Store, StoreError};

use crate::engine::{Done, Event, Step};
use crate::exchange::ask;
use crate::failure::Failure;
use crate::link::Link;
use crate::snapshot::Download;
use crate::transport::Transport;

mod chain;
mod heads;
mod keys;
mod prefix;
mod published;
mod pull;
mod push;
mod repair;
mod rights;
mod snapshot;

/// Ops from which on a snapshot is worth more than pulling them one by one:
/// below it an ordinary pull takes seconds.
pub const SNAPSHOT_WORTH_OPS: u64 = 5_000;

/// Ops after which a town gets a new snapshot.
pub const SNAPSHOT_EVERY_OPS: u64 = 20_000;

/// How long a step goes on asking, in milliseconds.
const STEP_MS: i64 = 5_000;

/// Figures that tests choose smaller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tuning {
    /// See `SNAPSHOT_WORTH_OPS`.
    pub snapshot_worth_ops: u64,
    /// See `SNAPSHOT_EVERY_OPS`.
    pub snapshot_every_ops: u64,
    /// Ops in one push, at most [`zhenxin_protocol::wire::limits::PUSH_OPS_MAX`].
    pub push_ops: usize,
}

impl Default for Tuning {
    fn default() -> Self {
        Self {
            snapshot_worth_ops: SNAPSHOT_WORTH_OPS,
            snapshot_every_ops: SNAPSHOT_EVERY_OPS,
            push_ops: zhenxin_protocol::wire::limits::PUSH_OPS_MAX,
        }
    }
}

/// What the steps of a round tell one another; lost with a crash, and then the
/// round starts over.
#[derive(Default)]
pub(crate) struct Notes {
    /// The history that the district named last, proved by its signature.
    pub(crate) lineage: Option<Lineage>,
    /// The version that both sides speak.
    pub(crate) major: Option<u16>,
    /// The heads of the district, in its order, and its signature over them.
    pub(crate) heads: Vec<ScopeHead>,
    pub(crate) signature: Option<HeadSignature>,
    /// The scopes of this device as the district lists them now.
    pub(crate) granted: Option<Vec<Scope>>,
    /// Ops that the district asks back.
    pub(crate) wanted: Vec<OpPlace>,
    /// The last place of a foreign chain that this round leaves alone.
    pub(crate) skipped: std::collections::BTreeSet<(zhenxin_domain::ids::DeviceId, u32)>,
    /// The snapshot that is being fetched.
    pub(crate) download: Option<Download>,
}

/// What a step works with.
#[derive(Clone)]
pub struct Workbench {
    pub(crate) store: Store,
    pub(crate) ports: Ports,
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) link: Arc<Link>,
    pub(crate) tuning: Tuning,
    notes: Arc<Mutex<Notes>>,
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        tracing::warn!(code = error.code(), "the store refuses a step");
        Self::Local { text: error.to_string() }
    }
}

impl Workbench {
    /// A bench for an enrolment.
    #[must_use]
    pub fn new(store: Store, ports: Ports, transport: Arc<dyn Transport>, link: Link, tuning: Tuning) -> Self {
        Self { store, ports, transport, link: Arc::new(link), tuning, notes: Arc::default() }
    }

    /// Carries out a step.
    pub async fn run(self, step: Step) -> Event {
        let done = match step {
            Step::Hello => self.hello().await,
            Step::Heads => self.heads().await,
            Step::Examine(scope) => self.examine(scope),
            Step::Repair(scope) => self.repair(scope).await,
            Step::Common(scope) => self.common(scope).await,
            Step::Rewind { scope, to } => self.rewind(scope, to),
            Step::Mend => self.mend().await,
            Step::Grants => self.grants().await,
            Step::PushKeys => self.push_keys().await,
            Step::PushOps => self.push_ops().await,
            Step::Epoch => self.begin_epoch().await,
            Step::Reopen(gap) => self.reopen(gap).await,
            Step::Rights => self.rights().await,
            Step::SnapshotOffer => self.snapshot_offer().await,
            Step::SnapshotPiece => self.snapshot_piece().await,
            Step::SnapshotTake => self.snapshot_take(),
            Step::PullKeys | Step::PullKeysAgain => self.pull_keys().await,
            Step::PullOps => self.pull_ops().await,
            Step::Published => self.published().await,
            Step::Prove => self.prove().await,
        };
        match done {
            Ok(done) => Event::Done(done),
            Err(failure) => {
                tracing::info!(?step, state = ?failure.state(0), "a step failed");
                Event::Failed(failure)
            }
        }
    }

    pub(crate) fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn town(&self) -> TownCode {
        self.store.town()
    }

    pub(crate) fn may_read(&self, scope: Scope) -> bool {
        let notes = self.notes();
        let granted = notes.granted.clone().unwrap_or_else(|| self.link.granted());
        zhenxin_protocol::wire::scope::allows(self.town(), &granted, scope)
    }

    pub(crate) fn major(&self) -> u16 {
        self.notes().major.unwrap_or(PROTOCOL_MAJOR)
    }

    async fn hello(&self) -> Result<Done, Failure> {
        *self.notes() = Notes::default();
        let request = HelloRequest::default();
        let (lineage, answer): (_, HelloAnswer) =
            ask(&*self.transport, Endpoint::Hello, PROTOCOL_MAJOR, &request).await?;
        let major = answer.common_major().ok_or_else(Failure::version)?;
        let mut notes = self.notes();
        notes.lineage = Some(lineage);
        notes.major = Some(major);
        Ok(Done::Hello { same_district: answer.sign_key == self.link.sign_key })
    }

    /// Whether a step has gone on for long enough: on a slow line it ends early, so that progress is shown.
    pub(crate) fn is_long(&self, since_ms: i64) -> bool {
        self.ports.clock.now_ms().saturating_sub(since_ms) >= STEP_MS
    }

    /// An exchange within a round: the district must still be the same.
    pub(crate) async fn ask<Q, A>(&self, endpoint: Endpoint, request: &Q) -> Result<A, Failure>
    where
        Q: minicbor::Encode<()> + Sync,
        A: for<'b> minicbor::Decode<'b, ()>,
    {
        let (lineage, answer) = ask(&*self.transport, endpoint, self.major(), request).await?;
        self.check_lineage(lineage)?;
        Ok(answer)
    }

    pub(crate) fn check_lineage(&self, lineage: Lineage) -> Result<(), Failure> {
        let known = self.notes().lineage.unwrap_or_else(|| self.link.lineage());
        if lineage == known { Ok(()) } else { Err(Failure::Garbled) }
    }
}
