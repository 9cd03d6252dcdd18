//! Sealing of attachments: photos and scans, one blob each, under the key of their subject.
//!
//! Sealing is deterministic: name and nonce follow from the subject's key and the SM3 of the plain
//! bytes, which the operation carries. So an upload that was cut goes on with the same bytes, the
//! same photo is one blob, and whoever lacks the key learns neither its content nor its hash. A
//! nonce is used again only for the same plain bytes under the same key.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use crate::hash::Hash32;
use crate::seal::{SealFault, SubjectKey};
use crate::wire::limits::ATTACHMENT_MAX_BYTES;

const BLOB_CONTEXT: &[u8] = b"attachment 1\0";
const NONCE_CONTEXT: &[u8] = b"attachment nonce 1\0";

/// The blob's name at the district.
#[must_use]
pub fn blob_id(key: &SubjectKey, plain_hash: &Hash32) -> Hash32 {
    Hash32::of_parts(&[BLOB_CONTEXT, key.as_bytes(), plain_hash.as_bytes()])
}

fn nonce(key: &SubjectKey, plain_hash: &Hash32) -> XNonce {
    let hash = Hash32::of_parts(&[NONCE_CONTEXT, key.as_bytes(), plain_hash.as_bytes()]);
    let mut nonce = [0; 24];
    nonce.copy_from_slice(&hash.as_bytes()[..24]);
    XNonce::from(nonce)
}

/// Seals an attachment: ciphertext and its tag of 16 bytes.
///
/// # Errors
/// [`SealFault::TooLong`] above [`ATTACHMENT_MAX_BYTES`].
pub fn seal_attachment(key: &SubjectKey, plain: &[u8]) -> Result<Vec<u8>, SealFault> {
    if plain.len() > ATTACHMENT_MAX_BYTES {
        return Err(SealFault::TooLong);
    }
    let plain_hash = Hash32::of(plain);
    let blob = blob_id(key, &plain_hash);
    let cipher = XChaCha20Poly1305::new(key.as_bytes().into());
    let payload = Payload { msg: plain, aad: blob.as_bytes() };
    cipher.encrypt(&nonce(key, &plain_hash), payload).map_err(|_| SealFault::TooLong)
}

/// Opens an attachment whose plain bytes have this SM3.
///
/// # Errors
/// [`SealFault::Broken`] for a wrong key, changed bytes or another attachment;
/// [`SealFault::TooLong`].
pub fn open_attachment(key: &SubjectKey, plain_hash: &Hash32, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealFault> {
    if sealed.len() > ATTACHMENT_MAX_BYTES + 16 {
        return Err(SealFault::TooLong);
    }
    let blob = blob_id(key, plain_hash);
    let cipher = XChaCha20Poly1305::new(key.as_bytes().into());
    let payload = Payload { msg: sealed, aad: blob.as_bytes() };
    let plain = cipher.decrypt(&nonce(key, plain_hash), payload).map_err(|_| SealFault::Broken)?;
    let plain = Zeroizing::new(plain);
    if Hash32::of(&plain) == *plain_hash { Ok(plain) } else { Err(SealFault::Broken) }
}

#[cfg(test)]
mod tests;
