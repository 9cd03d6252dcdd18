//! What this PC keeps about its district, inside the encrypted file.

use std::fmt;

use minicbor::{Decode, Encode};

use zhenxin_domain::division::{Scope, TownCode};
use zhenxin_protocol::frame::{from_cbor, to_cbor};
use zhenxin_protocol::wire::Lineage;
use zhenxin_protocol::wire::keys::{GrantsAnswer, TownDevice};
use zhenxin_store::{Store, StoreError};

use crate::engine::Halt;
use crate::status::Equality;

const LINK: &str = "link";
const HALT: &str = "halt";
const DEVICES: &str = "devices";
const EQUALITY: &str = "equality";

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
    /// Which history of the district.
    #[cbor(n(5), with = "minicbor::bytes")]
    pub(crate) lineage: [u8; 16],
    /// The label under which the district lists this PC.
    #[n(6)]
    pub label: String,
    /// The district's Ed25519 key, pinned at the enrolment: what it signs
    /// proves that it is still the same district, whatever the line.
    #[cbor(n(7), with = "minicbor::bytes")]
    pub sign_key: [u8; 32],
    /// The district's X25519 key, to which bundle files are sealed.
    #[cbor(n(8), with = "minicbor::bytes")]
    pub seal_key: [u8; 32],
}

impl Link {
    /// Which history of the district.
    #[must_use]
    pub const fn lineage(&self) -> Lineage {
        Lineage(self.lineage)
    }

    /// The secret of this device at the district; for a transport of one's own.
    #[must_use]
    pub const fn token(&self) -> &[u8; 32] {
        &self.token
    }

    /// The granted scopes, without any that this program cannot read.
    #[must_use]
    pub fn granted(&self) -> Vec<Scope> {
        self.scopes.iter().filter_map(|scope| scope.parse().ok()).collect()
    }

    /// Whether this PC may hold the whole town.
    #[must_use]
    pub fn whole_town(&self, town: TownCode) -> bool {
        self.granted().contains(&Scope::Town(town))
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
    let listed = GrantsAnswer { devices: devices.to_vec(), ..GrantsAnswer::default() };
    store.sync_set(DEVICES, &to_cbor(&listed))
}

pub(crate) fn halt(store: &Store) -> Result<Option<Halt>, StoreError> {
    Ok(store.sync_get(HALT)?.and_then(|name| match &name[..] {
        b"district_changed" => Some(Halt::DistrictChanged),
        b"revoked" => Some(Halt::Revoked),
        _ => None,
    }))
}

pub(crate) fn save_halt(store: &Store, halt: Option<Halt>) -> Result<(), StoreError> {
    let name: &[u8] = match halt {
        Some(Halt::DistrictChanged) => b"district_changed",
        Some(Halt::Revoked) => b"revoked",
        None => b"",
    };
    store.sync_set(HALT, name)
}

/// The last proof that this PC and the district hold the same.
///
/// # Errors
/// Faults of the store.
pub fn equality(store: &Store) -> Result<Option<Equality>, StoreError> {
    Ok(store.sync_get(EQUALITY)?.and_then(|bytes| from_cbor(&bytes).ok()))
}

pub(crate) fn save_equality(store: &Store, proved: &Equality) -> Result<(), StoreError> {
    store.sync_set(EQUALITY, &to_cbor(proved))?;
    store.mark_receipt_time(proved.at_ms)
}

/// A number that a note of the engine holds; 0 where there is none.
pub(crate) fn number(store: &Store, key: &str) -> Result<u64, StoreError> {
    let bytes = store.sync_get(key)?;
    Ok(bytes.and_then(|bytes| <[u8; 8]>::try_from(&bytes[..]).ok()).map_or(0, u64::from_be_bytes))
}

pub(crate) fn save_number(store: &Store, key: &str, number: u64) -> Result<(), StoreError> {
    store.sync_set(key, &number.to_be_bytes())
}
