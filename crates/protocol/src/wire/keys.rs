//! `/v1/keys/*`: the lanes of wrapped keys, one for each scope. The district
//! relays them and can open none. Keys travel as state, not as a log: a tombstone
//! ends a subject's key on every device for good.

use minicbor::{Decode, Encode};

use zhenxin_domain::division::{Scope, TownCode};
use zhenxin_domain::ids::{DataKeyId, DeviceId};

use super::scope::allows;
use crate::hash::Hash32;

/// Asks for the devices of the town and the keys handed over to the asker.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(map)]
pub struct GrantsRequest {
    /// The data keys that the asker holds: nobody needs to hand them over any
    /// more.
    #[n(0)]
    pub held: Vec<KeyRef>,
    /// Where the last answer ended; none to begin.
    #[n(1)]
    pub after: Option<GrantPlace>,
}

/// A place among the keys handed over to a device: one wrap of each key, then the second ones, and so on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(map)]
pub struct GrantPlace {
    /// How many wraps of the same key come before.
    #[n(0)]
    pub nth: u32,
    /// Which key.
    #[cbor(n(1), with = "crate::canon")]
    pub data_key: DataKeyId,
}

/// Devices of the town and keys for the asker.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(map)]
pub struct GrantsAnswer {
    /// All devices of the town that are not revoked, the asker included; none where
    /// the request names a place.
    #[n(0)]
    pub devices: Vec<TownDevice>,
    /// Data keys wrapped for the asker that it did not say it holds. One key may
    /// be there several times, from different devices: the first that opens counts.
    /// At most [`super::limits::GRANTS_MAX`].
    #[n(1)]
    pub mine: Vec<GrantedKey>,
    /// How often devices of the town have been shut out.
    #[n(2)]
    pub generation: u32,
    /// Where this answer ended, if more follows.
    #[n(3)]
    pub more: Option<GrantPlace>,
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
    /// Data keys that it said it holds, and those that the asker has handed over
    /// to it. What others handed over may be wrong.
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

/// How many grants were new. The first one for a key, a device and a giver
/// stays; a giver has at most [`super::limits::GRANTS_MAX`] for a device.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct GrantAnswer {
    /// Grants stored by this request.
    #[n(0)]
    pub stored: u32,
}

/// A subject's key, wrapped with a data key of the town, or its tombstone.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct KeyRow {
    /// Id of whom or what the key seals (resident, activity, user, …).
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
    /// Where the subject lives: the home of a resident, the town for what belongs to all of it. Devices that read the
    /// scope are given the row.
    #[cbor(n(4), with = "crate::canon")]
    pub scope: Scope,
    /// How often devices of the town had been shut out when the data key was made. A row of a later generation takes the
    /// place of an earlier one.
    #[n(5)]
    pub generation: u32,
}

impl KeyRow {
    /// SM3 over everything in the row: scope with its length (one byte) before it, subject, data key, generation (4 bytes,
    /// big-endian), tombstone (one byte, 0 or 1), wrapped key.
    #[must_use]
    pub fn digest(&self) -> Hash32 {
        let scope = self.scope.as_str().as_bytes();
        Hash32::of_parts(&[
            // a code has 9 or 12 digits
            &[scope.len() as u8],
            scope,
            &self.subject,
            self.data_key.as_bytes(),
            &self.generation.to_be_bytes(),
            &[u8::from(self.tombstone)],
            &self.wrapped,
        ])
    }

    /// The name of a lane that ends with this row: SM3 over the name of what lies before it ([`Hash32::ZERO`] for
    /// nothing) and the row's digest.
    #[must_use]
    pub fn chained(&self, before: &Hash32) -> Hash32 {
        Hash32::of_parts(&[before.as_bytes(), self.digest().as_bytes()])
    }

    /// Whether a device with these scopes may bring the row. The town's scope is written by all its devices, but what
    /// stands there for everybody (its users, its activities) is destroyed only by a device of the whole town.
    #[must_use]
    pub fn may_come_from(&self, town: TownCode, scopes: &[Scope]) -> bool {
        let whole_town = scopes.contains(&Scope::Town(town));
        allows(town, scopes, self.scope) && (whole_town || !self.tombstone || self.scope != Scope::Town(town))
    }
}

/// Subject keys from a device; repeating changes nothing.
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
    /// another wrap of the same key, or a tombstone, is there.
    #[n(1)]
    pub differing: Vec<u32>,
    /// Places of rows that the asker may not bring: of a scope that it does not
    /// write, or that is not the subject's.
    #[n(2)]
    pub denied: Vec<u32>,
    /// Places of rows of a generation that the town has not reached. They wait at the asker.
    #[cbor(n(3), with = "crate::canon", has_nil)]
    pub early: Vec<u32>,
}

/// Asks for what follows in the key lanes of the asker's scopes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(map)]
pub struct KeysPullRequest {
    /// How far the asker is; a scope that is not named counts as after 0, so
    /// that a new village brings its keys by itself.
    #[n(0)]
    pub places: Vec<LanePlace>,
    /// Most rows in the answer; the district may send fewer.
    #[n(1)]
    pub limit: Option<u32>,
}

/// A place in the key lane of a scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct LanePlace {
    /// Whose lane.
    #[cbor(n(0), with = "crate::canon")]
    pub scope: Scope,
    /// Place of the last row taken; 0 for none.
    #[n(1)]
    pub after: u64,
    /// The lane's name there, [`KeyRow::chained`] over every row that it ever had; [`Hash32::ZERO`] at 0. A lane with
    /// another name at this place is another lane: the district was set back.
    #[cbor(n(2), with = "crate::canon")]
    pub chain: Hash32,
}

/// What follows, by scope.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(map)]
pub struct KeysPullAnswer {
    /// Lanes in which something follows, or that are others than those followed.
    #[n(0)]
    pub pages: Vec<KeyPage>,
}

/// Rows of one lane.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct KeyPage {
    /// Where the asker is after this page.
    #[n(0)]
    pub reached: LanePlace,
    /// The rows, in the order of their last change.
    #[n(1)]
    pub rows: Vec<KeyRow>,
    /// Whether more follows.
    #[n(2)]
    pub more: bool,
    /// True: what the asker followed is not this lane. Nothing else in the page counts; the asker is to begin at 0, and
    /// to send again what it holds.
    #[n(3)]
    pub other_lane: Option<bool>,
}
