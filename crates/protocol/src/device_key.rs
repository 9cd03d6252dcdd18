//! Signatures (Ed25519, RFC 8032) and what they are over. Every use has a context of its own, so that a signature that was
//! given for one thing counts for no other.

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};

use crate::hash::Hash32;

/// Tag of Ed25519 wherever a signature algorithm is named, so that it can change.
pub const ED25519_TAG: &str = "ed25519";

/// What a signature is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Context {
    /// A device's, over the head of its chain: the hash of the last operation of a batch. It covers all operations before
    /// it, because each names the hash of the one before.
    ChainHead,
    /// A device's, over what it asks to be let in with.
    Enrolment,
    /// A device's or the district's, over the header of a bundle.
    BundleHeader,
    /// A device's, over the manifest of a snapshot.
    SnapshotManifest,
    /// The district's, over the heads of scopes.
    ScopeHeads,
    /// The district's, over a document that it publishes.
    Published,
    /// A device's, over the last row of its audit.
    AuditHead,
    /// A device's, over the last row of its audit that retention took away.
    AuditCut,
}

impl Context {
    /// Every one.
    pub const ALL: [Self; 8] = [
        Self::ChainHead,
        Self::Enrolment,
        Self::BundleHeader,
        Self::SnapshotManifest,
        Self::ScopeHeads,
        Self::Published,
        Self::AuditHead,
        Self::AuditCut,
    ];

    /// First bytes of what is signed. None is the beginning of another: each ends with the only zero byte in it.
    #[must_use]
    pub const fn tag(self) -> &'static [u8] {
        match self {
            Self::ChainHead => b"zhenxin chain head 1\0",
            Self::Enrolment => b"zhenxin enrolment 1\0",
            Self::BundleHeader => b"zhenxin bundle header 1\0",
            Self::SnapshotManifest => b"zhenxin snapshot manifest 1\0",
            Self::ScopeHeads => b"zhenxin scope heads 1\0",
            Self::Published => b"zhenxin published 1\0",
            Self::AuditHead => b"zhenxin audit head 1\0",
            Self::AuditCut => b"zhenxin audit cut 1\0",
        }
    }
}

/// The signature does not fit the key and what was signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("数据签名核对不符，请在这台电脑上重新登记到区平台")]
pub struct SignatureFault;

/// The public half of a signing seed.
#[must_use]
pub fn public_key(seed: &[u8; 32]) -> [u8; 32] {
    SigningKey::from_bytes(seed).verifying_key().to_bytes()
}

/// Signs a hash.
#[must_use]
pub fn sign_hash(seed: &[u8; 32], context: Context, hash: &Hash32) -> [u8; 64] {
    sign(seed, context, hash.as_bytes())
}

/// Checks a signature over a hash, strictly (no small-order keys, no malleable forms).
///
/// # Errors
/// [`SignatureFault`] where key, context, hash and signature do not belong together.
pub fn verify_hash(public: &[u8; 32], context: Context, hash: &Hash32, signature: &[u8]) -> Result<(), SignatureFault> {
    verify(public, context, hash.as_bytes(), signature)
}

pub(crate) fn sign(seed: &[u8; 32], context: Context, content: &[u8]) -> [u8; 64] {
    SigningKey::from_bytes(seed).sign(&[context.tag(), content].concat()).to_bytes()
}

pub(crate) fn verify(
    public: &[u8; 32],
    context: Context,
    content: &[u8],
    signature: &[u8],
) -> Result<(), SignatureFault> {
    let key = VerifyingKey::from_bytes(public).map_err(|_| SignatureFault)?;
    let signature = Signature::from_slice(signature).map_err(|_| SignatureFault)?;
    key.verify_strict(&[context.tag(), content].concat(), &signature).map_err(|_| SignatureFault)
}

#[cfg(test)]
mod tests;
