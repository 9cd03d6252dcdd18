//! Keys under keys.
//!
//! For a device, or the district: an ephemeral X25519 key (RFC 7748), HKDF-SHA-256 (RFC 5869) and
//! XChaCha20-Poly1305, laid out as `ephemeral public ‖ nonce ‖ ciphertext`. Under a data key:
//! XChaCha20-Poly1305, laid out as `nonce ‖ ciphertext`. Contexts and ids are associated data, so a
//! wrap of one use opens in no other. A data key is named after its bytes, so that nobody can hand over another one
//! under its name.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use sha2::Sha256;
use x25519_dalek::{PublicKey, StaticSecret};
use zeroize::Zeroizing;
use zhenxin_domain::ids::DataKeyId;

use crate::hash::Hash32;
use crate::seal::{Subject, SubjectKey};

/// A key of 32 bytes, wiped from memory when dropped.
pub type Key = Zeroizing<[u8; 32]>;

/// Bytes of a key wrapped for a public key.
pub const WRAPPED_FOR_BYTES: usize = 32 + 24 + 32 + 16;

/// Bytes of a key wrapped under a data key.
pub const WRAPPED_UNDER_BYTES: usize = 24 + 32 + 16;

const DATA_KEY_ID: &[u8] = b"zhenxin data key id 1\0";
const DATA_KEY: &[u8] = b"zhenxin data key 1\0";
const BUNDLE_KEY: &[u8] = b"zhenxin bundle key 1\0";
const SUBJECT_KEY: &[u8] = b"zhenxin subject key 1\0";
const SNAPSHOT_KEY: &[u8] = b"zhenxin snapshot key 1\0";

/// The public half of a sealing secret.
#[must_use]
pub fn public_of(secret: &[u8; 32]) -> [u8; 32] {
    PublicKey::from(&StaticSecret::from(*secret)).to_bytes()
}

/// The name of a data key: the first 16 bytes of SM3 over a context and the key.
#[must_use]
pub fn data_key_id(key: &[u8; 32]) -> DataKeyId {
    let hash = Hash32::of_parts(&[DATA_KEY_ID, key]);
    let mut id = [0; 16];
    id.copy_from_slice(&hash.as_bytes()[..16]);
    DataKeyId::from_bytes(id)
}

/// What one wrapping for a public key consumes; both must be random and are used once.
pub struct Fresh {
    /// Secret of the ephemeral X25519 key.
    pub ephemeral: [u8; 32],
    /// Nonce of the cipher.
    pub nonce: [u8; 24],
}

/// Wraps a data key for a device; `None` where its public key is of small order.
#[must_use]
pub fn wrap_data_key(id: DataKeyId, key: &[u8; 32], recipient: &[u8; 32], fresh: &Fresh) -> Option<Vec<u8>> {
    wrap_for(DATA_KEY, id.as_bytes(), key, recipient, fresh)
}

/// Unwraps a data key with the device's sealing secret; `None` where it was changed, is another's, or is not the key of
/// this name.
#[must_use]
pub fn unwrap_data_key(id: DataKeyId, wrapped: &[u8], secret: &[u8; 32]) -> Option<Key> {
    unwrap_for(DATA_KEY, id.as_bytes(), wrapped, secret).filter(|key| data_key_id(key) == id)
}

/// Wraps the content key of a bundle for a recipient; `None` where its public key is of small order.
#[must_use]
pub fn wrap_bundle_key(bundle: &[u8; 16], key: &[u8; 32], recipient: &[u8; 32], fresh: &Fresh) -> Option<Vec<u8>> {
    wrap_for(BUNDLE_KEY, bundle, key, recipient, fresh)
}

/// Unwraps the content key of a bundle; `None` where it was changed or is another's.
#[must_use]
pub fn unwrap_bundle_key(bundle: &[u8; 16], wrapped: &[u8], secret: &[u8; 32]) -> Option<Key> {
    unwrap_for(BUNDLE_KEY, bundle, wrapped, secret)
}

/// Wraps a subject's key under a data key.
#[must_use]
pub fn wrap_subject_key(
    subject: &Subject,
    key: &SubjectKey,
    data_key: DataKeyId,
    data_key_bytes: &[u8; 32],
    nonce: [u8; 24],
) -> Vec<u8> {
    wrap_under(SUBJECT_KEY, subject, key.as_bytes(), data_key, data_key_bytes, nonce)
}

/// Unwraps a subject's key; `None` where it was changed or wrapped for another subject.
#[must_use]
pub fn unwrap_subject_key(
    subject: &Subject,
    wrapped: &[u8],
    data_key: DataKeyId,
    data_key_bytes: &[u8; 32],
) -> Option<SubjectKey> {
    unwrap_under(SUBJECT_KEY, subject, wrapped, data_key, data_key_bytes).map(|key| SubjectKey::new(*key))
}

/// Wraps the content key of a snapshot under a data key.
#[must_use]
pub fn wrap_snapshot_key(
    snapshot: &[u8; 16],
    key: &[u8; 32],
    data_key: DataKeyId,
    data_key_bytes: &[u8; 32],
    nonce: [u8; 24],
) -> Vec<u8> {
    wrap_under(SNAPSHOT_KEY, snapshot, key, data_key, data_key_bytes, nonce)
}

/// Unwraps the content key of a snapshot; `None` where it was changed or is another's.
#[must_use]
pub fn unwrap_snapshot_key(
    snapshot: &[u8; 16],
    wrapped: &[u8],
    data_key: DataKeyId,
    data_key_bytes: &[u8; 32],
) -> Option<Key> {
    unwrap_under(SNAPSHOT_KEY, snapshot, wrapped, data_key, data_key_bytes)
}

fn key_encryption_key(
    context: &[u8],
    id: &[u8; 16],
    shared: &[u8; 32],
    ephemeral: &[u8; 32],
    recipient: &[u8; 32],
) -> Key {
    let salt = [ephemeral.as_slice(), recipient].concat();
    let info = [context, id].concat();
    let mut kek = Zeroizing::new([0; 32]);
    Hkdf::<Sha256>::new(Some(&salt), shared).expand(&info, kek.as_mut()).expect("32 bytes are within HKDF's limit");
    kek
}

fn wrap_for(context: &[u8], id: &[u8; 16], key: &[u8; 32], recipient: &[u8; 32], fresh: &Fresh) -> Option<Vec<u8>> {
    let secret = StaticSecret::from(fresh.ephemeral);
    let ephemeral = PublicKey::from(&secret).to_bytes();
    let shared = secret.diffie_hellman(&PublicKey::from(*recipient));
    if !shared.was_contributory() {
        return None;
    }
    let kek = key_encryption_key(context, id, shared.as_bytes(), &ephemeral, recipient);
    Some([ephemeral.as_slice(), &fresh.nonce, &encrypt(&kek, fresh.nonce, key, id)].concat())
}

fn unwrap_for(context: &[u8], id: &[u8; 16], wrapped: &[u8], secret: &[u8; 32]) -> Option<Key> {
    if wrapped.len() != WRAPPED_FOR_BYTES {
        return None;
    }
    let (ephemeral, wrapped) = wrapped.split_first_chunk::<32>()?;
    let secret = StaticSecret::from(*secret);
    let shared = secret.diffie_hellman(&PublicKey::from(*ephemeral));
    if !shared.was_contributory() {
        return None;
    }
    let recipient = PublicKey::from(&secret);
    let kek = key_encryption_key(context, id, shared.as_bytes(), ephemeral, recipient.as_bytes());
    decrypt(&kek, wrapped, id)
}

fn under_data(context: &[u8], id: &[u8; 16], data_key: DataKeyId) -> Vec<u8> {
    [context, id, data_key.as_bytes()].concat()
}

fn wrap_under(
    context: &[u8],
    id: &[u8; 16],
    key: &[u8; 32],
    data_key: DataKeyId,
    data_key_bytes: &[u8; 32],
    nonce: [u8; 24],
) -> Vec<u8> {
    let sealed = encrypt(data_key_bytes, nonce, key, &under_data(context, id, data_key));
    [nonce.as_slice(), &sealed].concat()
}

fn unwrap_under(
    context: &[u8],
    id: &[u8; 16],
    wrapped: &[u8],
    data_key: DataKeyId,
    data_key_bytes: &[u8; 32],
) -> Option<Key> {
    if wrapped.len() != WRAPPED_UNDER_BYTES {
        return None;
    }
    decrypt(data_key_bytes, wrapped, &under_data(context, id, data_key))
}

fn encrypt(under: &[u8; 32], nonce: [u8; 24], key: &[u8; 32], aad: &[u8]) -> Vec<u8> {
    let cipher = XChaCha20Poly1305::new(under.into());
    cipher.encrypt(&XNonce::from(nonce), Payload { msg: key, aad }).expect("32 bytes are below the cipher's limit")
}

/// Opens `nonce ‖ ciphertext`.
fn decrypt(under: &[u8; 32], wrapped: &[u8], aad: &[u8]) -> Option<Key> {
    let (nonce, sealed) = wrapped.split_first_chunk::<24>()?;
    let cipher = XChaCha20Poly1305::new(under.into());
    let plain = Zeroizing::new(cipher.decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad }).ok()?);
    <[u8; 32]>::try_from(plain.as_slice()).ok().map(Zeroizing::new)
}

#[cfg(test)]
mod tests;
