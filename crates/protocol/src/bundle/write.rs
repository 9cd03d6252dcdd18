//! Writing a bundle, item by item.

use std::io::Write;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};

use super::item::{End, Item};
use super::{BundleError, FIRST_INDEX, Header, MAGIC, RECIPIENTS_MAX, bound_to, nonce};
use crate::frame::{compress, to_cbor};
use crate::hash::Hash32;
use crate::wire::limits::{BUNDLE_ITEM_MAX_BYTES, BUNDLE_MAX_BYTES};
use crate::wire::ops::HeadSignature;

/// Room that is kept for the end.
const END_ROOM_BYTES: u64 = 1024;

/// Writes one bundle. Without [`Writer::finish`] the file is a cut one.
pub struct Writer<W: Write> {
    out: W,
    cipher: XChaCha20Poly1305,
    bundle: [u8; 16],
    header: Hash32,
    items: u64,
    written_bytes: u64,
}

impl<W: Write> Writer<W> {
    /// Writes the head of the file. `signature` is the author's over [`Header::hash`]; `content_key` must be random
    /// and serve this bundle alone.
    ///
    /// # Errors
    /// [`BundleError::Io`], [`BundleError::TooLarge`] for too many recipients.
    pub fn begin(
        out: W,
        header: &Header,
        signature: &HeadSignature,
        content_key: &[u8; 32],
    ) -> Result<Self, BundleError> {
        if header.recipients.len() > RECIPIENTS_MAX {
            return Err(BundleError::TooLarge);
        }
        let bytes = to_cbor(header);
        let mut writer = Self {
            out,
            cipher: XChaCha20Poly1305::new(content_key.into()),
            bundle: header.bundle,
            header: Hash32::of(&bytes),
            items: 0,
            written_bytes: MAGIC.len() as u64,
        };
        writer.out.write_all(MAGIC)?;
        writer.record(&bytes)?;
        writer.record(&to_cbor(signature))?;
        Ok(writer)
    }

    /// Appends an item.
    ///
    /// # Errors
    /// [`BundleError::TooLarge`] where the item or the file would pass its limit: then nothing was written, and the
    /// file can be finished without it. [`BundleError::Io`].
    pub fn put(&mut self, item: &Item) -> Result<(), BundleError> {
        let sealed = self.seal(&to_cbor(item))?;
        if self.written_bytes + 4 + sealed.len() as u64 + END_ROOM_BYTES > BUNDLE_MAX_BYTES {
            return Err(BundleError::TooLarge);
        }
        self.record(&sealed)?;
        self.items += 1;
        Ok(())
    }

    /// Bytes written so far.
    #[must_use]
    pub const fn written_bytes(&self) -> u64 {
        self.written_bytes
    }

    /// Says that nothing is missing, and gives the file back, flushed.
    ///
    /// # Errors
    /// [`BundleError::Io`].
    pub fn finish(mut self) -> Result<W, BundleError> {
        let sealed = self.seal(&to_cbor(&End { items: self.items }))?;
        self.record(&sealed)?;
        self.out.flush()?;
        Ok(self.out)
    }

    fn seal(&self, plain: &[u8]) -> Result<Vec<u8>, BundleError> {
        if plain.len() > BUNDLE_ITEM_MAX_BYTES {
            return Err(BundleError::TooLarge);
        }
        let index = FIRST_INDEX + self.items;
        let payload = Payload { msg: &compress(plain), aad: &bound_to(&self.header, index) };
        self.cipher.encrypt(&XNonce::from(nonce(&self.bundle, index)), payload).map_err(|_| BundleError::TooLarge)
    }

    fn record(&mut self, bytes: &[u8]) -> Result<(), BundleError> {
        let len = u32::try_from(bytes.len()).map_err(|_| BundleError::TooLarge)?;
        self.out.write_all(&len.to_be_bytes())?;
        self.out.write_all(bytes)?;
        self.written_bytes += 4 + u64::from(len);
        Ok(())
    }
}
