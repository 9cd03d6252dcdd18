//! `/v1/published`.

use zhenxin_protocol::wire::limits::PUBLISHED_MAX;
use zhenxin_protocol::wire::published::{PublishedAnswer, PublishedRequest};
use zhenxin_protocol::wire::{Answer, Ask, WireFault};

use super::within;
use crate::server::Site;

pub(super) fn published(site: &Site, ask: &Ask) -> Result<Answer, WireFault> {
    let request: PublishedRequest = ask.body()?;
    within(request.have.len(), PUBLISHED_MAX)?;
    let documents = site.store.published_after(&request.have)?;
    Ok(Answer::done(site.store.lineage(), &PublishedAnswer { documents }))
}
