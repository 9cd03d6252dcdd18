//! What the lane works with.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use zhenxin_protocol::hash::Hash32;
use zhenxin_store::{LaneItem, Store, StoreError};

use super::{LaneDone, LaneEvent, LaneStep};
use crate::snapshot::Upload;
use crate::status::LaneStatus;
use crate::steps::Workbench;

/// What the steps of the lane tell one another; lost with a crash.
#[derive(Default)]
pub(super) struct LaneNotes {
    /// Attachments that the district has whole.
    pub(super) fetchable: BTreeSet<Hash32>,
    /// Times that each came or went damaged.
    pub(super) damaged: BTreeMap<Hash32, u32>,
    /// The attachment under way, sealed.
    pub(super) sealed: Option<(Hash32, Arc<Vec<u8>>)>,
    /// The last one of which was asked whether the district still has it; none: they are asked from the first on.
    pub(super) asked: Option<LaneItem>,
    /// The snapshot under way and its first chunk that is not there.
    pub(super) upload: Option<(Upload, usize)>,
}

/// What a step of the lane works with.
#[derive(Clone)]
pub struct LaneBench {
    pub(super) bench: Workbench,
    notes: Arc<Mutex<LaneNotes>>,
}

impl LaneBench {
    /// The lane of the same enrolment.
    #[must_use]
    pub fn new(bench: Workbench) -> Self {
        Self { bench, notes: Arc::default() }
    }

    /// Carries out a step.
    pub async fn run(self, step: LaneStep) -> LaneEvent {
        let done = match step {
            LaneStep::Survey => self.survey().await,
            LaneStep::Send => self.send().await,
            LaneStep::Fetch => self.fetch().await,
            LaneStep::SnapshotDue => self.snapshot_due().await.map(LaneDone::Due),
            LaneStep::SnapshotSend => self.snapshot_send().await,
        };
        match done {
            Ok(done) => LaneEvent::Done(done),
            Err(failure) => {
                tracing::info!(?step, state = ?failure.state(0), "a step of the lane failed");
                LaneEvent::Failed(failure)
            }
        }
    }

    pub(super) fn notes(&self) -> MutexGuard<'_, LaneNotes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is left to be moved, without an engine that would know more.
///
/// # Errors
/// Faults of the store.
pub fn lane_status(store: &Store) -> Result<LaneStatus, StoreError> {
    let due = store.attachments_due()?;
    Ok(LaneStatus {
        to_send: due.to_send,
        to_send_bytes: due.to_send_bytes,
        to_fetch: due.to_fetch,
        to_fetch_bytes: due.to_fetch_bytes,
        doing: None,
        failure: None,
    })
}
