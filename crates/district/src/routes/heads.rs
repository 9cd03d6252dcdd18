//! `/v1/heads`, `/v1/roots`, `/v1/mend` and `/v1/epoch`: whether both hold the
//! same, and what is done where they do not.

use zhenxin_protocol::wire::heads::HeadsRequest;
use zhenxin_protocol::wire::limits::{MEND_OPS_MAX, PROGRAM_MAX_BYTES, PUSH_MAX_BYTES, ROOTS_MAX, SCOPES_MAX};
use zhenxin_protocol::wire::repair::{EpochAnswer, EpochRequest, MendAnswer, MendRequest, RootsAnswer, RootsRequest};
use zhenxin_protocol::wire::{Answer, Ask, FaultCode, WireFault};

use super::within;
use crate::server::Site;
use crate::store::device::{Condition, Device};

pub(super) fn heads(site: &Site, device: &Device, ask: &Ask) -> Result<Answer, WireFault> {
    let request: HeadsRequest = ask.body()?;
    within(request.heads.len(), SCOPES_MAX)?;
    within(request.program.len(), PROGRAM_MAX_BYTES)?;
    let condition = Condition {
        program: request.program.chars().filter(|c| !c.is_control()).collect(),
        pending_ops: request.pending_ops,
        oldest_pending_at_ms: request.oldest_pending_ms,
    };
    let known = device.program.as_deref() == Some(condition.program.as_str())
        && device.pending_ops == Some(condition.pending_ops)
        && device.oldest_pending_at_ms == condition.oldest_pending_at_ms;
    if !known {
        site.store.note_contact(device.town, device.id, Some(&condition), (site.clock)())?;
    }
    let answer = site.store.heads(device, &request.heads)?;
    if !answer.wanted.is_empty() {
        tracing::warn!(device = %device.id, ops = answer.wanted.len(), "damaged ops are asked back");
    }
    Ok(Answer::done(site.store.lineage(), &answer))
}

pub(super) fn roots(site: &Site, device: &Device, ask: &Ask) -> Result<Answer, WireFault> {
    let request: RootsRequest = ask.body()?;
    within(request.nodes.len(), ROOTS_MAX)?;
    let roots = site.store.roots(device, request.scope, &request.nodes)?;
    let roots = roots.ok_or_else(|| WireFault::of(FaultCode::ScopeDenied))?;
    Ok(Answer::done(site.store.lineage(), &RootsAnswer { roots }))
}

pub(super) fn mend(site: &Site, device: &Device, ask: &Ask) -> Result<Answer, WireFault> {
    let request: MendRequest = ask.body()?;
    within(request.ops.len(), MEND_OPS_MAX)?;
    let ops: Vec<&[u8]> = request.ops.iter().map(|op| op.as_slice()).collect();
    // one op of any size always goes
    if ops.len() > 1 {
        within(ops.iter().map(|op| op.len()).sum(), PUSH_MAX_BYTES)?;
    }
    let mended = site.store.mend(device, &ops)?;
    tracing::warn!(device = %device.id, mended, "damaged ops came back");
    Ok(Answer::done(site.store.lineage(), &MendAnswer { mended }))
}

pub(super) fn epoch(site: &Site, device: &Device, ask: &Ask) -> Result<Answer, WireFault> {
    let request: EpochRequest = ask.body()?;
    let epoch = site.store.next_epoch(device, request.epoch)?;
    tracing::warn!(device = %device.id, epoch, "a new epoch");
    Ok(Answer::done(site.store.lineage(), &EpochAnswer { epoch }))
}
