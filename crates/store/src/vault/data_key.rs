//! Data keys: each device makes one and shares all it holds with every enrolled device of the town.
//!
//! A data key is wrapped for a device by an ephemeral X25519 key (RFC 7748), HKDF-SHA-256 (RFC 5869)
//! and XChaCha20-Poly1305: `ephemeral public ‖ nonce ‖ ciphertext`.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use rusqlite::{Connection, OptionalExtension};
use sha2::Sha256;
use x25519_dalek::{PublicKey, StaticSecret};
use zeroize::Zeroizing;
use zhenxin_domain::ids::DataKeyId;

use crate::error::StoreError;

const WRAPPED_BYTES: usize = 32 + 24 + 32 + 16;

pub(crate) fn insert(
    conn: &Connection,
    id: DataKeyId,
    key: &Zeroizing<[u8; 32]>,
    mine: bool,
) -> Result<bool, StoreError> {
    let inserted = conn
        .prepare_cached("INSERT OR IGNORE INTO data_key (id, key, mine) VALUES (?1, ?2, ?3)")?
        .execute((id.as_bytes(), key.as_slice(), mine))?;
    Ok(inserted == 1)
}

pub(crate) fn load(conn: &Connection, id: DataKeyId) -> Result<Option<Zeroizing<[u8; 32]>>, StoreError> {
    let mut statement = conn.prepare_cached("SELECT key FROM data_key WHERE id = ?1")?;
    let key = statement.query_row([id.as_bytes()], |row| row.get::<_, [u8; 32]>(0)).optional()?;
    Ok(key.map(Zeroizing::new))
}

pub(crate) fn all(conn: &Connection) -> Result<Vec<DataKeyId>, StoreError> {
    let mut statement = conn.prepare_cached("SELECT id FROM data_key ORDER BY id")?;
    let ids = statement.query_map([], |row| row.get(0).map(DataKeyId::from_bytes))?;
    Ok(ids.collect::<Result<_, _>>()?)
}

/// The public half of a device's sealing secret.
pub(crate) fn public_of(secret: &[u8; 32]) -> [u8; 32] {
    PublicKey::from(&StaticSecret::from(*secret)).to_bytes()
}

fn key_encryption_key(
    shared: &[u8; 32],
    ephemeral: &[u8; 32],
    recipient: &[u8; 32],
    id: DataKeyId,
) -> Zeroizing<[u8; 32]> {
    let salt = [ephemeral.as_slice(), recipient].concat();
    let info = [b"zhenxin data key 1\0".as_slice(), id.as_bytes()].concat();
    let mut kek = Zeroizing::new([0; 32]);
    Hkdf::<Sha256>::new(Some(&salt), shared).expand(&info, kek.as_mut()).expect("32 bytes are within HKDF's limit");
    kek
}

/// Wraps a data key for a device; `None` where its public key is of small order.
pub(crate) fn wrap(
    id: DataKeyId,
    key: &[u8; 32],
    recipient: &[u8; 32],
    ephemeral_secret: [u8; 32],
    nonce: [u8; 24],
) -> Option<Vec<u8>> {
    let secret = StaticSecret::from(ephemeral_secret);
    let ephemeral = PublicKey::from(&secret).to_bytes();
    let shared = secret.diffie_hellman(&PublicKey::from(*recipient));
    if !shared.was_contributory() {
        return None;
    }
    let kek = key_encryption_key(shared.as_bytes(), &ephemeral, recipient, id);
    let cipher = XChaCha20Poly1305::new((&*kek).into());
    let payload = Payload { msg: key, aad: id.as_bytes() };
    let sealed = cipher.encrypt(&XNonce::from(nonce), payload).ok()?;
    Some([ephemeral.as_slice(), &nonce, &sealed].concat())
}

/// Unwraps a data key that was wrapped for this device.
pub(crate) fn unwrap(id: DataKeyId, wrapped: &[u8], secret: &[u8; 32]) -> Option<Zeroizing<[u8; 32]>> {
    if wrapped.len() != WRAPPED_BYTES {
        return None;
    }
    let ephemeral = <[u8; 32]>::try_from(&wrapped[..32]).ok()?;
    let nonce = <[u8; 24]>::try_from(&wrapped[32..56]).ok()?;
    let secret = StaticSecret::from(*secret);
    let shared = secret.diffie_hellman(&PublicKey::from(ephemeral));
    if !shared.was_contributory() {
        return None;
    }
    let kek = key_encryption_key(shared.as_bytes(), &ephemeral, PublicKey::from(&secret).as_bytes(), id);
    let cipher = XChaCha20Poly1305::new((&*kek).into());
    let payload = Payload { msg: &wrapped[56..], aad: id.as_bytes() };
    let plain = Zeroizing::new(cipher.decrypt(&XNonce::from(nonce), payload).ok()?);
    <[u8; 32]>::try_from(plain.as_slice()).ok().map(Zeroizing::new)
}
