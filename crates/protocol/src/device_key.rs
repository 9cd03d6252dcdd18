//! A device's signature over the head of its chain (Ed25519, RFC 8032). One signature covers all
//! operations before it, because each names the hash of the one before.

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};

use crate::hash::Hash32;

/// Tag of Ed25519 wherever a signature algorithm is named, so that it can change.
pub const ED25519_TAG: &str = "ed25519";

/// Keeps a signature over a head from being taken for a signature over anything else.
const CONTEXT: &[u8] = b"zhenxin chain head 1\0";

/// The signature does not fit the device's key and the head of its chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("数据签名核对不符，请在这台电脑上重新登记到区平台")]
pub struct SignatureFault;

fn message(head: &Hash32) -> Vec<u8> {
    [CONTEXT, head.as_bytes()].concat()
}

/// The public half of a signing seed.
#[must_use]
pub fn public_key(seed: &[u8; 32]) -> [u8; 32] {
    SigningKey::from_bytes(seed).verifying_key().to_bytes()
}

/// Signs the head of a chain: the hash of the last operation of a batch.
#[must_use]
pub fn sign_head(seed: &[u8; 32], head: &Hash32) -> [u8; 64] {
    sign(seed, &message(head))
}

/// Checks a signature, strictly (no small-order keys, no malleable forms).
///
/// # Errors
/// [`SignatureFault`] where key, head and signature do not belong together.
pub fn verify_head(public: &[u8; 32], head: &Hash32, signature: &[u8]) -> Result<(), SignatureFault> {
    verify(public, &message(head), signature)
}

/// Signs a message, which must begin with a context of its own.
pub(crate) fn sign(seed: &[u8; 32], message: &[u8]) -> [u8; 64] {
    SigningKey::from_bytes(seed).sign(message).to_bytes()
}

pub(crate) fn verify(public: &[u8; 32], message: &[u8], signature: &[u8]) -> Result<(), SignatureFault> {
    let key = VerifyingKey::from_bytes(public).map_err(|_| SignatureFault)?;
    let signature = Signature::from_slice(signature).map_err(|_| SignatureFault)?;
    key.verify_strict(message, &signature).map_err(|_| SignatureFault)
}

#[cfg(test)]
mod tests;
