//! Reading a bundle, item by item. Whatever the file holds, memory stays within one record and one
//! decompressed item.

use std::io::Read;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use zhenxin_domain::division::TownCode;
use zhenxin_domain::ids::DeviceId;

use super::item::{Item, Part};
use super::{
    ALG, BundleError, FIRST_INDEX, HEADER_MAX_BYTES, Header, MAGIC, RECIPIENTS_MAX, RECORD_MAX_BYTES,
    SIGNATURE_MAX_BYTES, bound_to, nonce,
};
use crate::device_key::{Context, ED25519_TAG, verify_hash};
use crate::frame::{decompress, from_cbor};
use crate::hash::Hash32;
use crate::wire::limits::{BUNDLE_ITEM_MAX_BYTES, BUNDLE_MAX_BYTES};
use crate::wire::ops::HeadSignature;
use crate::wrap::unwrap_bundle_key;

/// A bundle of which only the part in the clear was read.
pub struct Closed<R: Read> {
    records: Records<R>,
    header: Header,
    hash: Hash32,
    signature: HeadSignature,
}

impl<R: Read> Closed<R> {
    /// Reads the part in the clear and checks whose data it is, before anything else happens.
    ///
    /// # Errors
    /// [`BundleError::Foreign`] for any other file, [`BundleError::OtherTown`], [`BundleError::Io`].
    pub fn read(input: R, town: TownCode) -> Result<Self, BundleError> {
        let closed = Self::read_any(input)?;
        if closed.header.town == town { Ok(closed) } else { Err(BundleError::OtherTown) }
    }

    /// Likewise at the district, which has several towns: the caller looks whose it is.
    ///
    /// # Errors
    /// [`BundleError::Foreign`], [`BundleError::Io`].
    pub fn read_any(input: R) -> Result<Self, BundleError> {
        let mut records = Records::begin(input)?;
        let bytes = records.next(HEADER_MAX_BYTES)?.whole().ok_or(BundleError::Foreign)?;
        let header: Header = from_cbor(&bytes).map_err(|_| BundleError::Foreign)?;
        if header.alg != ALG || header.recipients.len() > RECIPIENTS_MAX {
            return Err(BundleError::Foreign);
        }
        let signature = records.next(SIGNATURE_MAX_BYTES)?.whole().ok_or(BundleError::Foreign)?;
        let signature = from_cbor(&signature).map_err(|_| BundleError::Foreign)?;
        Ok(Self { records, header, hash: Hash32::of(&bytes), signature })
    }

    /// The part in the clear, as yet unproven.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// Checks that the author made the header.
    ///
    /// # Errors
    /// [`BundleError::Signature`].
    pub fn verify(&self, sign_key: &[u8; 32]) -> Result<(), BundleError> {
        if self.signature.alg != ED25519_TAG {
            return Err(BundleError::Signature);
        }
        verify_hash(sign_key, Context::BundleHeader, &self.hash, &self.signature.signature)
            .map_err(|_| BundleError::Signature)
    }

    /// Opens it as `me` (`None`: the district) with the secret of its sealing key.
    ///
    /// # Errors
    /// [`BundleError::NotForMe`] where there is no key for the reader, [`BundleError::Signature`] where
    /// it does not open.
    pub fn open(self, me: Option<DeviceId>, seal_secret: &[u8; 32]) -> Result<Reader<R>, BundleError> {
        let mut mine = self.header.recipients.iter().filter(|recipient| recipient.device == me).peekable();
        if mine.peek().is_none() {
            return Err(BundleError::NotForMe);
        }
        let key = mine
            .find_map(|recipient| unwrap_bundle_key(&self.header.bundle, &recipient.wrapped, seal_secret))
            .ok_or(BundleError::Signature)?;
        Ok(Reader {
            records: self.records,
            cipher: XChaCha20Poly1305::new((&*key).into()),
            bundle: self.header.bundle,
            hash: self.hash,
            items: 0,
            ending: None,
        })
    }
}

/// How a bundle ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// As its author finished it.
    Whole {
        /// Its items.
        items: u64,
    },
    /// Before its end: the items that were read count, more existed.
    Cut {
        /// Items before the cut.
        items: u64,
    },
}

/// An open bundle.
pub struct Reader<R: Read> {
    records: Records<R>,
    cipher: XChaCha20Poly1305,
    bundle: [u8; 16],
    hash: Hash32,
    items: u64,
    ending: Option<Ending>,
}

impl<R: Read> Reader<R> {
    /// The next item; `None` at the end, and then [`Reader::ending`] tells which. After an error
    /// nothing more comes; the items before it count.
    ///
    /// # Errors
    /// [`BundleError::Damaged`], [`BundleError::TooLarge`], [`BundleError::Io`].
    pub fn next_item(&mut self) -> Result<Option<Item>, BundleError> {
        if self.ending.is_some() {
            return Ok(None);
        }
        let part = self.next_part();
        if !matches!(part, Ok(Some(Part::Item(_)))) {
            self.ending = Some(Ending::Cut { items: self.items });
        }
        match part? {
            None => Ok(None),
            Some(Part::Item(item)) => {
                self.items += 1;
                Ok(Some(item))
            }
            Some(Part::End(end)) => {
                // bytes behind the end were not written by the author
                if end.items != self.items || !matches!(self.records.next(RECORD_MAX_BYTES)?, Record::End) {
                    return Err(self.damaged());
                }
                self.ending = Some(Ending::Whole { items: self.items });
                Ok(None)
            }
        }
    }

    /// How it ended; `None` while items may come.
    #[must_use]
    pub const fn ending(&self) -> Option<Ending> {
        self.ending
    }

    /// Bytes of the file that were read, for a progress bar.
    #[must_use]
    pub const fn read_bytes(&self) -> u64 {
        self.records.read_bytes
    }

    const fn damaged(&self) -> BundleError {
        BundleError::Damaged { place: self.items + 1 }
    }

    fn next_part(&mut self) -> Result<Option<Part>, BundleError> {
        let sealed = match self.records.next(RECORD_MAX_BYTES)? {
            Record::Whole(sealed) => sealed,
            Record::End | Record::Cut => return Ok(None),
            Record::TooLong => return Err(self.damaged()),
        };
        let index = FIRST_INDEX + self.items;
        let payload = Payload { msg: &sealed, aad: &bound_to(&self.hash, index) };
        let nonce = XNonce::from(nonce(&self.bundle, index));
        let packed = self.cipher.decrypt(&nonce, payload).map_err(|_| self.damaged())?;
        let cbor = decompress(&packed, BUNDLE_ITEM_MAX_BYTES).map_err(|_| self.damaged())?;
        from_cbor(&cbor).map(Some).map_err(|_| self.damaged())
    }
}

/// One record, or why there is none.
enum Record {
    Whole(Vec<u8>),
    /// The file ends between two records.
    End,
    /// The file ends inside this one.
    Cut,
    /// Its length is none that a record can have.
    TooLong,
}

impl Record {
    fn whole(self) -> Option<Vec<u8>> {
        match self {
            Self::Whole(bytes) => Some(bytes),
            Self::End | Self::Cut | Self::TooLong => None,
        }
    }
}

/// The file as records.
struct Records<R: Read> {
    input: R,
    read_bytes: u64,
}

impl<R: Read> Records<R> {
    fn begin(mut input: R) -> Result<Self, BundleError> {
        let mut magic = Vec::new();
        input.by_ref().take(MAGIC.len() as u64).read_to_end(&mut magic)?;
        if magic != MAGIC {
            return Err(BundleError::Foreign);
        }
        Ok(Self { input, read_bytes: MAGIC.len() as u64 })
    }

    fn next(&mut self, max_bytes: usize) -> Result<Record, BundleError> {
        let head = self.take(4)?;
        let Ok(len) = <[u8; 4]>::try_from(head.as_slice()) else {
            return Ok(if head.is_empty() { Record::End } else { Record::Cut });
        };
        let len = u32::from_be_bytes(len);
        if len as usize > max_bytes {
            return Ok(Record::TooLong);
        }
        let bytes = self.take(u64::from(len))?;
        Ok(if bytes.len() == len as usize { Record::Whole(bytes) } else { Record::Cut })
    }

    /// Up to so many bytes, fewer at the end of the file. The buffer grows with what is there: a forged length
    /// reserves nothing.
    fn take(&mut self, bytes: u64) -> Result<Vec<u8>, BundleError> {
        if self.read_bytes + bytes > BUNDLE_MAX_BYTES {
            return Err(BundleError::TooLarge);
        }
        let mut taken = Vec::new();
        self.input.by_ref().take(bytes).read_to_end(&mut taken)?;
        self.read_bytes += taken.len() as u64;
        Ok(taken)
    }
}
