//! The audit of one device: rows that name the hash of the row before, and a signed head.
//!
//! Only anchors of it travel ([`crate::body::audit`]). Its canonical form stands here all the same, so that whoever is
//! given an exported audit can check it with this document alone.

use minicbor::{Decode, Encode};
use zhenxin_domain::ids::{DeviceId, UserId};

use crate::device_key::{self, Context, SignatureFault};
use crate::hash::Hash32;

/// One row, as it is hashed: SM3 over its canonical CBOR.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct AuditRow {
    /// Its number, from 1 without gaps.
    #[n(0)]
    pub no: u64,
    /// When, ms since 1970 UTC, by the device's clock.
    #[n(1)]
    pub at_ms: i64,
    /// Who; absent where nobody was signed in.
    #[cbor(n(2), with = "crate::canon", has_nil)]
    pub user: Option<UserId>,
    /// On which device.
    #[cbor(n(3), with = "crate::canon", has_nil)]
    pub device: DeviceId,
    /// What: the name of a command.
    #[n(4)]
    pub action: String,
    /// `done`, or the code of the refusal.
    #[n(5)]
    pub outcome: String,
    /// What it was about: a kind and an id, both or neither.
    #[n(6)]
    pub subject_kind: Option<String>,
    /// The id that goes with the kind.
    #[n(7)]
    pub subject: Option<String>,
    /// Codes and counts; never personal data.
    #[n(8)]
    pub detail: String,
    /// The hash of the row before; zero for the first.
    #[cbor(n(9), with = "crate::canon", has_nil)]
    pub prev: Hash32,
}

impl AuditRow {
    /// Its hash.
    #[must_use]
    pub fn hash(&self) -> Hash32 {
        Hash32::of(&minicbor::to_vec(self).expect("encoding into memory cannot fail"))
    }
}

/// Which end of the chain a signature speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The last row.
    Head,
    /// The last row that retention took away.
    Cut,
}

/// What is signed of an end: number, hash and time of signing.
fn content(no: u64, hash: &Hash32, at_ms: i64) -> Vec<u8> {
    [&no.to_be_bytes(), hash.as_bytes().as_slice(), &at_ms.to_be_bytes()].concat()
}

impl End {
    const fn context(self) -> Context {
        match self {
            Self::Head => Context::AuditHead,
            Self::Cut => Context::AuditCut,
        }
    }

    /// Signs an end of the chain.
    #[must_use]
    pub fn sign(self, seed: &[u8; 32], no: u64, hash: &Hash32, at_ms: i64) -> [u8; 64] {
        device_key::sign(seed, self.context(), &content(no, hash, at_ms))
    }

    /// Checks the signature of an end of the chain.
    ///
    /// # Errors
    /// [`SignatureFault`] where key, end and signature do not belong together.
    pub fn verify(
        self,
        public: &[u8; 32],
        no: u64,
        hash: &Hash32,
        at_ms: i64,
        signature: &[u8],
    ) -> Result<(), SignatureFault> {
        device_key::verify(public, self.context(), &content(no, hash, at_ms), signature)
    }
}
