//! `/v1/keys/*`: the lane of wrapped keys. The district relays them and can
//! open none. Keys travel as state, not as a log: a tombstone ends a subject's
//! key on every device for good.

use minicbor::{Decode, Encode};

use zhenxin_domain::division::Scope;
use zhenxin_domain::ids::{DataKeyId, DeviceId};

use crate::hash::Hash32;

/// Asks for the devices of the town and the keys handed over to the asker.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(map)]
pub struct GrantsRequest {}

/// Devices of the town and keys for the asker.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(map)]
pub struct GrantsAnswer {
    /// All devices of the town that are not revoked, the asker included.
    #[n(0)]
    pub devices: Vec<TownDevice>,
    /// Data keys wrapped for the asker.
    #[n(1)]
    pub mine: Vec<GrantedKey>,
}

/// A device of the town.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct TownDevice {
    /// Its id.
    #[cbor(n(0), with = "crate::canon")]
    pub device: DeviceId,
    /// Its label ("综合办 1 号机").
    #[n(1)]
    pub label: String,
    /// Its X25519 public key.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub seal_key: [u8; 32],
    /// What people compare by telephone, see [`super::enrol::fingerprint`].
    #[n(3)]
    pub fingerprint: String,
    /// When it was enrolled, milliseconds UTC.
    #[n(4)]
    pub enrolled_at_ms: i64,
    /// Data keys that were wrapped for it.
    #[n(5)]
    pub granted: Vec<KeyRef>,
    /// Its Ed25519 public key: checks its chains and bundles without the
    /// district.
    #[cbor(n(6), with = "minicbor::bytes")]
    pub sign_key: [u8; 32],
    /// Scopes granted, see [`super::scope::allows`].
    #[cbor(n(7), with = "crate::canon", has_nil)]
    pub scopes: Vec<Scope>,
}

/// A data key's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(transparent)]
pub struct KeyRef(#[cbor(n(0), with = "crate::canon")] pub DataKeyId);

/// A data key wrapped for the asker.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct GrantedKey {
    /// Which key.
    #[cbor(n(0), with = "crate::canon")]
    pub data_key: DataKeyId,
    /// Algorithm tag, ephemeral public key, nonce and ciphertext, opaque here.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub wrapped: Vec<u8>,
}

/// Hands data keys over.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(map)]
pub struct GrantRequest {
    /// One per key and device.
    #[n(0)]
    pub grants: Vec<Grant>,
}

/// One data key wrapped for one device of the same town.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Grant {
    /// Which key.
    #[cbor(n(0), with = "crate::canon")]
    pub data_key: DataKeyId,
    /// For whom.
    #[cbor(n(1), with = "crate::canon")]
    pub for_device: DeviceId,
    /// Opaque to the district.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub wrapped: Vec<u8>,
}

/// How many grants were new. The first one for a key and device stays.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct GrantAnswer {
    /// Grants stored by this request.
    #[n(0)]
    pub stored: u32,
}

/// A person key, wrapped with a data key of the town, or its tombstone.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct KeyRow {
    /// Id of whom or what the key seals (resident, activity, award, …).
    #[cbor(n(0), with = "minicbor::bytes")]
    pub subject: [u8; 16],
    /// The data key that wraps it; for a tombstone the one that wrapped it.
    #[cbor(n(1), with = "crate::canon")]
    pub data_key: DataKeyId,
    /// Nonce and ciphertext; empty for a tombstone.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub wrapped: Vec<u8>,
    /// The key is destroyed, for good.
    #[n(3)]
    pub tombstone: bool,
}

impl KeyRow {
    /// SM3 over subject, data key, tombstone (one byte, 0 or 1) and the wrapped key: by it both sides of the lane know
    /// that they mean the same row.
    #[must_use]
    pub fn digest(&self) -> Hash32 {
        Hash32::of_parts(&[&self.subject, self.data_key.as_bytes(), &[u8::from(self.tombstone)], &self.wrapped])
    }
}

/// Person keys from a device; repeating changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(map)]
pub struct KeysPushRequest {
    /// At most [`super::limits::KEY_ROWS_MAX`].
    #[n(0)]
    pub rows: Vec<KeyRow>,
}

/// What became of the rows.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(map)]
pub struct KeysPushAnswer {
    /// Rows that changed something.
    #[n(0)]
    pub stored: u32,
    /// Places in the request (from 0) of rows that were not taken because
    /// another wrap of the same key is there; the first one stays.
    #[n(1)]
    pub differing: Vec<u32>,
}

/// Asks for what follows a place in the town's key lane.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(map)]
pub struct KeysPullRequest {
    /// Place of the last row taken; 0 for none.
    #[n(0)]
    pub after: u64,
    /// Most rows in the answer; the district may send fewer.
    #[n(1)]
    pub limit: Option<u32>,
    /// [`KeyRow::digest`] of the row at `after`, as the asker took it. A district whose lane has another row there, or
    /// none, says so: it was set back, or the row has moved.
    #[cbor(n(2), with = "crate::canon", has_nil)]
    pub last: Option<Hash32>,
}

/// Rows that follow.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(map)]
pub struct KeysPullAnswer {
    /// The rows, in the order of their last change.
    #[n(0)]
    pub rows: Vec<KeyRow>,
    /// Place of the last row; the next `after`.
    #[n(1)]
    pub after: u64,
    /// Whether more follows.
    #[n(2)]
    pub more: bool,
    /// True: what the asker followed is not this lane. Nothing else is in the answer; it is to begin at 0, and to send
    /// again what it holds.
    #[n(3)]
    pub other_lane: Option<bool>,
}
