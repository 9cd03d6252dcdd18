//! `/v1/keys/*`.

use zhenxin_protocol::wire::keys::{GrantAnswer, GrantRequest, GrantsRequest, KeysPullRequest, KeysPushRequest};
use zhenxin_protocol::wire::limits::{GRANTS_MAX, KEY_ROWS_MAX, SCOPES_MAX, WRAPPED_KEY_MAX_BYTES};
use zhenxin_protocol::wire::{Answer, Ask, WireFault};

use super::within;
use crate::server::Site;
use crate::store::device::Device;

pub(super) fn grants(site: &Site, device: &Device, ask: &Ask) -> Result<Answer, WireFault> {
    let request: GrantsRequest = ask.body()?;
    within(request.held.len(), GRANTS_MAX)?;
    site.store.note_held(device, &request.held)?;
    let answer = site.store.grants(device, &request)?;
    Ok(Answer::done(site.store.lineage(), &answer))
}

pub(super) fn grant(site: &Site, device: &Device, ask: &Ask) -> Result<Answer, WireFault> {
    let request: GrantRequest = ask.body()?;
    within(request.grants.len(), GRANTS_MAX)?;
    for grant in &request.grants {
        within(grant.wrapped.len(), WRAPPED_KEY_MAX_BYTES)?;
    }
    let stored = site.store.grant(device, &request.grants, (site.clock)())?;
    tracing::info!(device = %device.id, stored, "keys handed over");
    Ok(Answer::done(site.store.lineage(), &GrantAnswer { stored }))
}

pub(super) fn push(site: &Site, device: &Device, ask: &Ask) -> Result<Answer, WireFault> {
    let request: KeysPushRequest = ask.body()?;
    within(request.rows.len(), KEY_ROWS_MAX)?;
    for row in &request.rows {
        within(row.wrapped.len(), WRAPPED_KEY_MAX_BYTES)?;
    }
    let answer = site.store.keys_push(device, &request.rows)?;
    tracing::info!(
        device = %device.id,
        stored = answer.stored,
        differing = answer.differing.len(),
        denied = answer.denied.len(),
        "keys pushed"
    );
    Ok(Answer::done(site.store.lineage(), &answer))
}

pub(super) fn pull(site: &Site, device: &Device, ask: &Ask) -> Result<Answer, WireFault> {
    let request: KeysPullRequest = ask.body()?;
    within(request.places.len(), SCOPES_MAX)?;
    let answer = site.store.keys_pull(device, &request.places, request.limit)?;
    Ok(Answer::done(site.store.lineage(), &answer))
}
