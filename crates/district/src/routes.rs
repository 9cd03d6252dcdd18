//! What each endpoint does, on a blocking thread.

use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::wire::hello::HelloAnswer;
use zhenxin_protocol::wire::{Answer, Ask, Endpoint, FaultCode, PROTOCOL_MAJOR, PROTOCOL_MAJOR_MIN, WireFault};

use crate::caller::Caller;
use crate::server::Site;
use crate::store::StoreError;
use crate::store::device::Device;
use crate::store::push::PushError;

mod blobs;
mod enrol;
mod heads;
mod keys;
mod ops;
mod published;
mod rights;

/// A contact is noted at most this often, in milliseconds: a note is a durable
/// write, and the administrator's list needs no seconds.
const CONTACT_EVERY_MS: i64 = 60_000;

/// How long a device waits where two transactions met in a way that only one of
/// them survives, in seconds.
const AGAIN_S: u32 = 2;

impl From<StoreError> for WireFault {
    fn from(error: StoreError) -> Self {
        if error.is_passing() {
            tracing::warn!(%error, "store");
            return Self::busy(AGAIN_S);
        }
        tracing::error!(%error, "store");
        Self::of(FaultCode::Internal)
    }
}

/// Answers one request that came on no line.
pub(crate) fn dispatch(
    site: &Site,
    endpoint: Endpoint,
    token: Option<[u8; 32]>,
    bytes: &[u8],
) -> Result<Answer, WireFault> {
    // before anything is decompressed: a stranger's body is not worth the work
    let device = match endpoint.needs_token() {
        true => Some(authenticate(site, token, Caller::HERE)?),
        false => None,
    };
    work(site, endpoint, device.as_ref(), Caller::HERE, bytes)
}

/// Answers the request of a device that is known, or of a stranger.
pub(crate) fn work(
    site: &Site,
    endpoint: Endpoint,
    device: Option<&Device>,
    from: Caller,
    bytes: &[u8],
) -> Result<Answer, WireFault> {
    let ask = Ask::unpack(endpoint, bytes)?;
    match (endpoint, device) {
        (Endpoint::Hello, _) => Ok(hello(site)),
        (Endpoint::Enrol, _) => enrol::enrol(site, from, &ask),
        (Endpoint::Push, Some(device)) => ops::push(site, device, &ask),
        (Endpoint::Pull, Some(device)) => ops::pull(site, device, &ask),
        (Endpoint::KeysGrants, Some(device)) => keys::grants(site, device, &ask),
        (Endpoint::KeysGrant, Some(device)) => keys::grant(site, device, &ask),
        (Endpoint::KeysPush, Some(device)) => keys::push(site, device, &ask),
        (Endpoint::KeysPull, Some(device)) => keys::pull(site, device, &ask),
        (Endpoint::Heads, Some(device)) => heads::heads(site, device, &ask),
        (Endpoint::Roots, Some(device)) => heads::roots(site, device, &ask),
        (Endpoint::Mend, Some(device)) => heads::mend(site, device, &ask),
        (Endpoint::Epoch, Some(device)) => heads::epoch(site, device, &ask),
        (Endpoint::Rights, Some(device)) => rights::rights(site, device, &ask),
        (Endpoint::BlobsHave, Some(device)) => blobs::have(site, device, &ask),
        (Endpoint::BlobsPut, Some(device)) => blobs::put(site, device, &ask),
        (Endpoint::BlobsGet, Some(device)) => blobs::get(site, device, &ask),
        (Endpoint::SnapshotPut, Some(device)) => blobs::snapshot_put(site, device, &ask),
        (Endpoint::SnapshotGet, Some(device)) => blobs::snapshot_get(site, device),
        (Endpoint::Published, Some(_)) => published::published(site, &ask),
        (_, None) => Err(WireFault::of(FaultCode::DeviceUnknown)),
    }
}

/// The device with this token. An address that brings unknown ones without end is sent away.
pub(crate) fn authenticate(site: &Site, token: Option<[u8; 32]>, from: Caller) -> Result<Device, WireFault> {
    let unknown = || WireFault::of(FaultCode::DeviceUnknown);
    let now_ms = (site.clock)();
    let Some(device) = site.store.device_by_token(&token.ok_or_else(unknown)?)? else {
        return Err(site.wrong_tokens.count(from, now_ms).map_or_else(WireFault::busy, |()| unknown()));
    };
    if device.revoked_at_ms.is_some() {
        return Err(WireFault::of(FaultCode::DeviceRevoked));
    }
    site.device_requests.count((device.town, device.id), now_ms).map_err(WireFault::busy)?;
    if device.contact_at_ms.is_none_or(|at| (now_ms - at).abs() > CONTACT_EVERY_MS) {
        site.store.note_contact(device.town, device.id, None, now_ms)?;
    }
    Ok(device)
}

/// The device that greets: whoever shows no greeting of one, or has greeted too often, is a stranger as anybody.
pub(crate) fn greeted(site: &Site, greeting: Hash32) -> Option<Device> {
    let found = site.store.device_by_token_hash(greeting);
    let device = found.map_err(|error| tracing::warn!(%error, "who greets is not looked up")).ok()??;
    let welcome =
        device.revoked_at_ms.is_none() && site.greetings.count((device.town, device.id), site.now_ms()).is_ok();
    welcome.then_some(device)
}

/// The device as it stands now, where its token still opens.
pub(crate) fn still_in(site: &Site, device: &Device) -> Result<Device, WireFault> {
    match site.store.device(device.town, device.id)?.filter(|now| now.token_hash == device.token_hash) {
        Some(now) if now.revoked_at_ms.is_some() => Err(WireFault::of(FaultCode::DeviceRevoked)),
        Some(now) => Ok(now),
        None => Err(WireFault::of(FaultCode::DeviceUnknown)),
    }
}

fn hello(site: &Site) -> Answer {
    let body = HelloAnswer {
        time_ms: (site.clock)(),
        major_min: PROTOCOL_MAJOR_MIN,
        district_name: site.name.clone(),
        major_max: PROTOCOL_MAJOR,
        sign_key: site.store.sign_key(),
        seal_key: site.store.seal_key(),
    };
    Answer::done(site.store.lineage(), &body)
}

/// Refuses a list that is longer than its limit.
fn within(len: usize, max: usize) -> Result<(), WireFault> {
    if len > max { Err(WireFault::of(FaultCode::TooLarge)) } else { Ok(()) }
}

impl From<PushError> for WireFault {
    fn from(error: PushError) -> Self {
        match error {
            PushError::Refused(code) => Self::of(code),
            PushError::Store(error) => error.into(),
        }
    }
}

#[cfg(test)]
mod tests;
