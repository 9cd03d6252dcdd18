//! What this PC keeps about its district, inside the encrypted file.

use std::fmt;

use minicbor::{Decode, Encode};

use zhenxin_protocol::frame::{from_cbor, to_cbor};
use zhenxin_protocol::wire::keys::{GrantsAnswer, TownDevice};
use zhenxin_protocol::wire::{Lineage, keys};
use zhenxin_store::{Store, StoreError};

use crate::engine::Halt;

const LINK: &str = "link";
const HALT: &str = "halt";
const DEVICES: &str = "devices";
const KEY_CURSOR: &str = "key_cursor";

/// The enrolment.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Link {
    /// Normalised address.
    #[n(0)]
    pub url: String,
    /// Secret of this device at the district.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub(crate) token: [u8; 32],
    /// The pinned authority; nothing else is trusted when it is there.
    #[n(2)]
    pub ca_pem: Option<String>,
    /// Scopes granted, see [`zhenxin_protocol::wire::scope::allows`].
    #[n(3)]
    pub scopes: Vec<String>,
    /// Name of the platform.
    #[n(4)]
    pub district_name: String,
    /// Which district store.
    #[cbor(n(5), with = "minicbor::bytes")]
    pub(crate) lineage: [u8; 16],
    /// The label under which the district lists this PC.
    #[n(6)]
    pub label: String,
}

impl Link {
    /// Which district store.
    #[must_use]
    pub const fn lineage(&self) -> Lineage {
        Lineage(self.lineage)
    }
}

/// Without the token.
impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").field("url", &self.url).field("scopes", &self.scopes).finish_non_exhaustive()
    }
}

/// The enrolment of this PC, if any.
///
/// # Errors
/// Faults of the store; a value that does not decode counts as none.
pub fn link(store: &Store) -> Result<Option<Link>, StoreError> {
    Ok(store.sync_get(LINK)?.and_then(|bytes| from_cbor(&bytes).ok()))
}

pub(crate) fn save_link(store: &Store, link: &Link) -> Result<(), StoreError> {
    store.sync_set(LINK, &to_cbor(link))
}

/// The devices of the town as the district last listed them.
///
/// # Errors
/// Faults of the store.
pub fn devices(store: &Store) -> Result<Vec<TownDevice>, StoreError> {
    let listed = store.sync_get(DEVICES)?.and_then(|bytes| from_cbor::<GrantsAnswer>(&bytes).ok());
    Ok(listed.map(|listed| listed.devices).unwrap_or_default())
}

pub(crate) fn save_devices(store: &Store, devices: &[TownDevice]) -> Result<(), StoreError> {
    let listed = keys::GrantsAnswer { devices: devices.to_vec(), mine: Vec::new() };
    store.sync_set(DEVICES, &to_cbor(&listed))
}

pub(crate) fn halt(store: &Store) -> Result<Option<Halt>, StoreError> {
    Ok(store.sync_get(HALT)?.and_then(|name| match &name[..] {
        b"forked" => Some(Halt::Forked),
        b"district_changed" => Some(Halt::DistrictChanged),
        _ => None,
    }))
}

pub(crate) fn save_halt(store: &Store, halt: Halt) -> Result<(), StoreError> {
    let name: &[u8] = match halt {
        Halt::Forked => b"forked",
        Halt::DistrictChanged => b"district_changed",
    };
    store.sync_set(HALT, name)
}

/// Place in the key lane up to which everything was taken.
pub(crate) fn key_cursor(store: &Store) -> Result<u64, StoreError> {
    let bytes = store.sync_get(KEY_CURSOR)?;
    Ok(bytes.and_then(|bytes| <[u8; 8]>::try_from(&bytes[..]).ok()).map_or(0, u64::from_be_bytes))
}

pub(crate) fn save_key_cursor(store: &Store, after: u64) -> Result<(), StoreError> {
    store.sync_set(KEY_CURSOR, &after.to_be_bytes())
}
