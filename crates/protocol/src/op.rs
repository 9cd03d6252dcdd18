//! The operation: the one thing that devices exchange and that all state is folded from.
//!
//! **Invariant.** The stored bytes are the truth. They are hashed, signed, stored, passed on and
//! compared as they came, and never re-encoded; keys that this program does not know stay in them.

use minicbor::{Decode, Encode};
use zhenxin_domain::division::Scope;
use zhenxin_domain::ids::{DeviceId, OpId, UserId};

use crate::body::{Body, BodyFault};
use crate::entity::Entity;
use crate::hash::{Hash32, SM3_TAG};

/// Largest operation in bytes: the largest body has 200 rows of about 600 bytes; four times that
/// leaves room for fields to come, and two still fit into one batch of 1 MB.
pub const OP_MAX_BYTES: usize = 512 * 1024;

/// Why bytes are not an operation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpFault {
    /// Longer than [`OP_MAX_BYTES`].
    #[error("一条记录超过 512 KB，不能保存或发送")]
    TooLarge,
    /// Not the expected shape.
    #[error("收到的记录格式不符，请核对两端程序版本")]
    Shape,
    /// Chained with a hash that this program does not know.
    #[error("这条记录由更新版本的程序生成，请先升级本程序")]
    Algorithm,
    /// The operation does not follow the one before it.
    #[error("记录链不连续，请运行数据校验")]
    Chain,
}

/// One operation.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Op {
    /// UUIDv7.
    #[cbor(n(0), with = "crate::canon", has_nil)]
    pub id: OpId,
    /// The device that wrote it.
    #[cbor(n(1), with = "crate::canon", has_nil)]
    pub device: DeviceId,
    /// The device's epoch: raised when a copied or restored disk is found.
    #[n(2)]
    pub epoch: u32,
    /// Dense from 1 within device and epoch.
    #[n(3)]
    pub seq: u64,
    /// Hash of the device's previous operation in this epoch; zero for the first.
    #[cbor(n(4), with = "crate::canon", has_nil)]
    pub prev: Hash32,
    /// The village or town that it belongs to.
    #[cbor(n(5), with = "crate::canon", has_nil)]
    pub scope: Scope,
    /// Kind of the body, such as `award.recorded`.
    #[n(6)]
    pub kind: String,
    /// Version of the body's format; raised only by a change that older programs cannot read.
    #[n(7)]
    pub kind_version: u16,
    /// The body's CBOR.
    #[cbor(n(8), with = "minicbor::bytes")]
    pub body: Vec<u8>,
    /// Hybrid logical clock, see [`crate::hlc`].
    #[n(9)]
    pub hlc: u64,
    /// Wall clock of the device, milliseconds since 1970 UTC.
    #[n(10)]
    pub recorded_at: i64,
    /// The day on which it happened, days since 1970-01-01.
    #[n(11)]
    pub occurred_on: i32,
    /// Who did it.
    #[cbor(n(12), with = "crate::canon", has_nil)]
    pub actor: UserId,
    /// Hash algorithm of `prev` and of this operation's own hash.
    #[n(13)]
    pub alg: String,
    /// The operation whose content this one repeats at another place of a chain, after a fork.
    #[cbor(n(14), with = "crate::canon", has_nil)]
    pub origin: Option<OpId>,
}

impl Op {
    /// The canonical bytes of a new operation.
    ///
    /// # Errors
    /// [`OpFault::TooLarge`].
    pub fn to_bytes(&self) -> Result<Vec<u8>, OpFault> {
        let bytes = minicbor::to_vec(self).expect("encoding into memory cannot fail");
        if bytes.len() > OP_MAX_BYTES {
            return Err(OpFault::TooLarge);
        }
        Ok(bytes)
    }

    /// Reads an operation, whatever its kind.
    ///
    /// # Errors
    /// All but [`OpFault::Chain`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, OpFault> {
        if bytes.len() > OP_MAX_BYTES {
            return Err(OpFault::TooLarge);
        }
        let mut decoder = minicbor::Decoder::new(bytes);
        let op: Self = decoder.decode().map_err(|_| OpFault::Shape)?;
        if decoder.position() != bytes.len() || op.seq == 0 || i64::try_from(op.seq).is_err() {
            return Err(OpFault::Shape);
        }
        // A database column holds 63 bits.
        if i64::try_from(op.hlc).is_err() {
            return Err(OpFault::Shape);
        }
        if op.alg != SM3_TAG {
            return Err(OpFault::Algorithm);
        }
        Ok(op)
    }

    /// The hash of an operation's stored bytes.
    #[must_use]
    pub fn hash_of(bytes: &[u8]) -> Hash32 {
        Hash32::of(bytes)
    }

    /// The body; `None` where its kind is of a newer program.
    ///
    /// # Errors
    /// Where the kind is known and the body is not of its shape, or breaks its limits.
    pub fn read_body(&self) -> Result<Option<Body>, BodyFault> {
        let body = Body::decode(&self.kind, self.kind_version, &self.body)?;
        // users and rules are the whole town's: a device of one village must not write them
        if body.as_ref().is_some_and(Body::is_of_town) && !matches!(self.scope, Scope::Town(_)) {
            return Err(BodyFault::Scope);
        }
        Ok(body)
    }

    /// Names the content: the same for an operation and for one that repeats it after a fork. Sealed
    /// values, registers and `base` name this id, so that a body is repeated byte for byte and
    /// nothing is sealed anew.
    #[must_use]
    pub fn content_id(&self) -> OpId {
        self.origin.unwrap_or(self.id)
    }

    /// What a body of this operation touches.
    #[must_use]
    pub fn entities(&self, body: &Body) -> Vec<Entity> {
        body.entities(self.content_id(), self.device, self.scope)
    }
}

/// Checks that `op` follows directly on `(seq, hash)`, or begins a chain where there is none.
///
/// # Errors
/// [`OpFault::Chain`].
pub fn check_follows(before: Option<(u64, Hash32)>, op: &Op) -> Result<(), OpFault> {
    let (seq, prev) = before.map_or((1, Hash32::ZERO), |(seq, hash)| (seq + 1, hash));
    if op.seq == seq && op.prev == prev { Ok(()) } else { Err(OpFault::Chain) }
}

#[cfg(test)]
mod tests;
