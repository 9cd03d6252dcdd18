//! Sealing of personal fields inside an operation: XChaCha20-Poly1305
//! (draft-irtf-cfrg-xchacha) under a key per person, activity or import.
//!
//! Associated data are the operation's content id, the subject's id and the field's name, so a sealed
//! value cannot be moved to another person, another field or another operation. Nonces come from
//! the caller's source of randomness; 24 random bytes never need a counter.

use std::borrow::Cow;
use std::fmt;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use minicbor::decode::{Decoder, Error as DecodeError};
use minicbor::encode::{Encoder, Error as EncodeError, Write};
use zeroize::Zeroizing;
use zhenxin_domain::ids::OpId;

use crate::canon::{Canon, take_bytes};

/// Tag of XChaCha20-Poly1305 wherever a cipher is named, so that it can change.
pub const XC20P_TAG: &str = "xc20p";

/// Longest plain text: a brand's story of 4,000 characters, four bytes each.
pub const PLAIN_MAX_BYTES: usize = 16 * 1024;

/// The 16 bytes of the person, activity, user or import that a key belongs to.
pub type Subject = [u8; 16];

/// The key of one subject. Wiped from memory when dropped.
#[derive(Clone)]
pub struct SubjectKey(Zeroizing<[u8; 32]>);

impl SubjectKey {
    /// Wraps 32 bytes, which must be random.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The bytes, to be wrapped with a data key and nowhere else.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for SubjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SubjectKey(..)")
    }
}

/// A value that only the holder of the subject's key can read.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The cipher.
    pub alg: Cow<'static, str>,
    /// 24 random bytes.
    pub nonce: [u8; 24],
    /// Ciphertext and its tag of 16 bytes.
    pub bytes: Vec<u8>,
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({}, {} bytes)", self.alg, self.bytes.len())
    }
}

/// Why a sealed value cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealFault {
    /// Sealed by a newer program with a cipher that this one does not know.
    #[error("这条记录由更新版本的程序加密，请先升级本程序")]
    Algorithm,
    /// The key does not fit, or the value was changed or moved.
    #[error("这条记录的加密内容无法核对，请运行数据校验")]
    Broken,
    /// Longer than [`PLAIN_MAX_BYTES`].
    #[error("填写的内容太长，请缩短后重试")]
    TooLong,
}

/// Where a sealed value stands: it opens there and nowhere else.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The operation, by [`crate::op::Op::content_id`].
    pub op: OpId,
    /// Whose key it is.
    pub subject: Subject,
    /// The field's name, of the names that docs/PROTOCOL.md lists.
    pub field: &'a str,
}

impl Place<'_> {
    fn associated_data(&self) -> Vec<u8> {
        let mut data = Vec::with_capacity(32 + self.field.len());
        data.extend_from_slice(self.op.as_bytes());
        data.extend_from_slice(&self.subject);
        data.extend_from_slice(self.field.as_bytes());
        data
    }
}

/// Seals a text.
///
/// # Errors
/// [`SealFault::TooLong`].
pub fn seal(key: &SubjectKey, nonce: [u8; 24], place: Place<'_>, plain: &str) -> Result<Sealed, SealFault> {
    if plain.len() > PLAIN_MAX_BYTES {
        return Err(SealFault::TooLong);
    }
    let aad = place.associated_data();
    let cipher = XChaCha20Poly1305::new(key.as_bytes().into());
    let payload = Payload { msg: plain.as_bytes(), aad: &aad };
    let bytes = cipher.encrypt(&XNonce::from(nonce), payload).map_err(|_| SealFault::TooLong)?;
    Ok(Sealed { alg: Cow::Borrowed(XC20P_TAG), nonce, bytes })
}

/// Opens a sealed text.
///
/// # Errors
/// [`SealFault::Algorithm`] for a cipher of the future, [`SealFault::Broken`] for a wrong key, a
/// changed value, or a value that was sealed for another place.
pub fn open(key: &SubjectKey, place: Place<'_>, sealed: &Sealed) -> Result<Zeroizing<String>, SealFault> {
    if sealed.alg != XC20P_TAG {
        return Err(SealFault::Algorithm);
    }
    let aad = place.associated_data();
    let cipher = XChaCha20Poly1305::new(key.as_bytes().into());
    let payload = Payload { msg: &sealed.bytes, aad: &aad };
    let plain = cipher.decrypt(&XNonce::from(sealed.nonce), payload).map_err(|_| SealFault::Broken)?;
    String::from_utf8(plain).map(Zeroizing::new).map_err(|_| SealFault::Broken)
}

impl Canon for Sealed {
    fn put<W: Write>(&self, e: &mut Encoder<W>) -> Result<(), EncodeError<W::Error>> {
        e.map(3)?.u8(0)?.str(&self.alg)?.u8(1)?.bytes(&self.nonce)?.u8(2)?.bytes(&self.bytes)?.ok()
    }

    fn take(d: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let len = d.map()?.ok_or_else(|| DecodeError::message("map of indefinite length"))?;
        let (mut alg, mut nonce, mut bytes) = (None, None, None);
        for _ in 0..len {
            match d.u32()? {
                0 => alg = Some(d.str()?),
                1 => nonce = Some(take_bytes(d)?),
                2 => bytes = Some(d.bytes()?.to_vec()),
                _ => d.skip()?,
            }
        }
        let missing = || DecodeError::message("a sealed value lacks a part");
        let alg = match alg.ok_or_else(missing)? {
            XC20P_TAG => Cow::Borrowed(XC20P_TAG),
            other => Cow::Owned(other.to_owned()),
        };
        Ok(Self { alg, nonce: nonce.ok_or_else(missing)?, bytes: bytes.ok_or_else(missing)? })
    }
}

#[cfg(test)]
mod tests;
