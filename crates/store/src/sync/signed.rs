//! The last heads that the district signed and this device has reached: they prove to others, without a line to the
//! district, what it has ordered.

use minicbor::{Decode, Encode};
use zhenxin_protocol::frame::{from_cbor, to_cbor};
use zhenxin_protocol::wire::Lineage;
use zhenxin_protocol::wire::heads::ScopeHead;
use zhenxin_protocol::wire::ops::HeadSignature;

use crate::error::StoreError;
use crate::open::Store;
use crate::open::identity::{meta, set_meta};
use crate::query::Reader;

const SIGNED_HEADS: &str = "sync.signed_heads";

/// Heads with the district's signature over them.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SignedHeads {
    /// The history that they belong to.
    #[cbor(n(0), with = "zhenxin_protocol::canon")]
    pub lineage: Lineage,
    /// The heads, in the order of the signature.
    #[n(1)]
    pub heads: Vec<ScopeHead>,
    /// The signature.
    #[n(2)]
    pub signature: HeadSignature,
}

impl Store {
    /// Keeps heads whose signature the caller has checked, once this device has received all that they stand for.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn keep_signed_heads(
        &self,
        lineage: Lineage,
        heads: &[ScopeHead],
        signature: &HeadSignature,
    ) -> Result<(), StoreError> {
        let signed = SignedHeads { lineage, heads: heads.to_vec(), signature: signature.clone() };
        if self.signed_heads()?.as_ref() == Some(&signed) {
            return Ok(());
        }
        self.write_arrived(|log| set_meta(log.conn, SIGNED_HEADS, &to_cbor(&signed)))
    }

    /// The last heads that were kept.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn signed_heads(&self) -> Result<Option<SignedHeads>, StoreError> {
        self.read(|r| r.signed_heads())
    }
}

impl Reader<'_> {
    pub(crate) fn signed_heads(&self) -> Result<Option<SignedHeads>, StoreError> {
        Ok(meta(self.conn(), SIGNED_HEADS)?.and_then(|bytes| from_cbor(&bytes).ok()))
    }
}
