//! `/v1/rights`.

use zhenxin_protocol::wire::limits::SCOPES_MAX;
use zhenxin_protocol::wire::rights::{RightsAnswer, RightsRequest};
use zhenxin_protocol::wire::{Answer, Ask, WireFault};

use super::within;
use crate::server::Site;
use crate::store::device::Device;

pub(super) fn rights(site: &Site, device: &Device, ask: &Ask) -> Result<Answer, WireFault> {
    let request: RightsRequest = ask.body()?;
    within(request.want.len(), SCOPES_MAX)?;
    within(request.release.len(), SCOPES_MAX)?;
    let rights = site.store.rights(device, &request.want, &request.release, (site.clock)())?;
    Ok(Answer::done(site.store.lineage(), &RightsAnswer { rights }))
}
