//! Joining a district with a one-time code.

use zhenxin_protocol::device_key::Context;
use zhenxin_protocol::wire::code::EnrolCode;
use zhenxin_protocol::wire::enrol::{EnrolAnswer, EnrolRequest};
use zhenxin_protocol::wire::hello::{HelloAnswer, HelloRequest};
use zhenxin_protocol::wire::{Endpoint, PROTOCOL_MAJOR};
use zhenxin_store::Store;

use crate::error::SyncError;
use crate::exchange::ask;
use crate::failure::Failure;
use crate::link::{Link, link, save_link};
use crate::settings::settings;
use crate::transport::Transport;
use crate::transport::address::normalise;
use crate::transport::https::{Https, Way};

/// What a person types.
#[derive(Clone)]
pub struct EnrolOrder {
    /// Address of the district.
    pub url: String,
    /// One-time code.
    pub code: String,
    /// The district's own authority as PEM, when it is not a public one.
    pub ca_pem: Option<String>,
    /// Name of this PC at the district; empty takes the store's own.
    pub label: String,
}

/// Joins the district. Repeating it after a lost answer is harmless.
///
/// # Errors
/// [`SyncError`]; then this PC is as it was.
pub fn enrol(store: &Store, order: &EnrolOrder) -> Result<Link, SyncError> {
    let url = normalise(&order.url)?;
    let code: EnrolCode = order.code.parse()?;
    let ca_pem = order.ca_pem.as_deref().filter(|pem| !pem.trim().is_empty());
    let settings = settings(store)?;
    let way = Way { proxy: &settings.proxy, networks: &settings.networks };
    let transport = Https::new(&url, ca_pem, None, way)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(SyncError::Runtime)?;
    let link = runtime.block_on(join(store, &transport, &code, order, Place { url, ca_pem }))?;
    save_link(store, &link)?;
    Ok(link)
}

/// The district has moved: another address or authority for the same
/// enrolment. Each round still checks its pinned key.
///
/// # Errors
/// [`SyncError`]; [`SyncError::NotEnrolled`] where there is nothing to move.
pub fn relocate(store: &Store, url: &str, ca_pem: Option<&str>) -> Result<Link, SyncError> {
    let url = normalise(url)?;
    let known = link(store)?.ok_or(SyncError::NotEnrolled)?;
    // read now, so that a wrong file is told here and not in the next round
    Https::new(&url, ca_pem, None, Way::PLAIN)?;
    let moved = Link { url, ca_pem: ca_pem.map(str::to_owned), ..known };
    save_link(store, &moved)?;
    Ok(moved)
}

/// Where the district is and how its line proves itself.
pub(crate) struct Place<'a> {
    pub(crate) url: String,
    pub(crate) ca_pem: Option<&'a str>,
}

pub(crate) async fn join(
    store: &Store,
    transport: &dyn Transport,
    code: &EnrolCode,
    order: &EnrolOrder,
    place: Place<'_>,
) -> Result<Link, SyncError> {
    let known = link(store)?;
    // before the code is spent
    let hello = HelloRequest::default();
    let (lineage, greeted): (_, HelloAnswer) = ask(transport, Endpoint::Hello, PROTOCOL_MAJOR, &hello).await?;
    let major = greeted.common_major().ok_or_else(Failure::version)?;
    if known.as_ref().is_some_and(|known| known.sign_key != greeted.sign_key) {
        return Err(SyncError::OtherDistrict);
    }
    let request = request(store, code, &order.label);
    let (lineage_again, answer): (_, EnrolAnswer) = ask(transport, Endpoint::Enrol, major, &request).await?;
    if lineage_again != lineage || answer.sign_key != greeted.sign_key {
        return Err(SyncError::OtherDistrict);
    }
    if known.is_none() {
        store.forget_key_places()?;
    }
    Ok(Link {
        url: place.url,
        token: answer.token,
        ca_pem: place.ca_pem.map(str::to_owned),
        scopes: answer.scopes,
        district_name: answer.district_name,
        lineage: lineage.0,
        label: answer.label,
        sign_key: answer.sign_key,
        seal_key: answer.seal_key,
    })
}

fn request(store: &Store, code: &EnrolCode, label: &str) -> EnrolRequest {
    let keys = store.device_keys();
    let label = match label.trim() {
        "" => keys.label,
        typed => typed.to_owned(),
    };
    let mut request = EnrolRequest {
        code: code.to_string(),
        device: keys.device,
        label,
        sign_key: keys.sign_key,
        seal_key: keys.seal_key,
        town: store.town().to_string(),
        proof: Vec::new(),
    };
    request.proof = store.sign_hash(Context::Enrolment, &request.proof_hash()).to_vec();
    request
}
