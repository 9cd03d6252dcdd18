//! `/v1/push` and `/v1/pull`.

use zhenxin_domain::ids::DeviceId;
use zhenxin_protocol::wire::limits::{OP_MAX_BYTES, PUSH_MAX_BYTES, PUSH_OPS_MAX, SCOPES_MAX};
use zhenxin_protocol::wire::ops::{OpOutcome, OpResult, PullRequest, PushAnswer, PushRequest};
use zhenxin_protocol::wire::{Answer, Ask, FaultCode, WireFault};

use super::within;
use crate::server::Site;
use crate::store::device::Device;
use crate::store::pull::PullError;
use crate::store::push::{Batch, Incoming};

pub(super) fn push(site: &Site, device: &Device, ask: &Ask) -> Result<Answer, WireFault> {
    let request: PushRequest = ask.body()?;
    within(request.ops.len(), PUSH_OPS_MAX)?;
    let bytes: usize = request.ops.iter().map(|op| op.len()).sum();
    // an op above its own limit gets its own refusal, so that it blocks nothing
    let single_large = request.ops.len() == 1 && bytes > OP_MAX_BYTES;
    if !single_large {
        within(bytes, PUSH_MAX_BYTES)?;
    }
    let ops: Vec<Incoming> = request.ops.into_iter().map(|op| Incoming::read(Vec::from(op))).collect();
    let batch = Batch {
        town: device.town,
        sender: Some(device.id),
        author: request.device,
        epoch: request.epoch,
        ops: &ops,
        head: &request.head,
    };
    let outcomes = site.store.push(&batch, (site.clock)())?;
    log(device, request.device, &outcomes);
    site.metrics.pushed(&outcomes);
    let results = outcomes.into_iter().map(|outcome| OpResult { outcome: Some(outcome) }).collect();
    Ok(Answer::done(site.store.lineage(), &PushAnswer { results }))
}

fn log(device: &Device, author: DeviceId, outcomes: &[OpOutcome]) {
    let count = |wanted: fn(&OpOutcome) -> bool| outcomes.iter().filter(|outcome| wanted(outcome)).count();
    tracing::info!(
        device = %device.id,
        relayed_for = (author != device.id).then(|| tracing::field::display(author)),
        ops = outcomes.len(),
        duplicates = count(|it| matches!(it, OpOutcome::Duplicate { .. })),
        issues = count(|it| matches!(it, OpOutcome::AcceptedWithIssue { .. })),
        rejected = count(|it| matches!(it, OpOutcome::Rejected { .. })),
        gaps = count(|it| matches!(it, OpOutcome::Gap { .. })),
        forks = count(|it| matches!(it, OpOutcome::Fork)),
        "pushed"
    );
}

pub(super) fn pull(site: &Site, device: &Device, ask: &Ask) -> Result<Answer, WireFault> {
    let request: PullRequest = ask.body()?;
    within(request.cursors.len(), SCOPES_MAX)?;
    let answer = site.store.pull(device, &request.cursors, request.limit).map_err(|error| match error {
        PullError::Damaged => WireFault::of(FaultCode::Internal),
        PullError::Store(error) => error.into(),
    })?;
    let ops: usize = answer.pages.iter().map(|page| page.ops.len()).sum();
    if ops > 0 {
        tracing::info!(device = %device.id, ops, "pulled");
    }
    Ok(Answer::done(site.store.lineage(), &answer))
}
