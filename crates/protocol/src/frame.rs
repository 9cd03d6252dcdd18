//! A frame: one zstd frame around one CBOR value, as it travels in the body of
//! a request or an answer and in an item of a bundle file.
//!
//! Decoding is bounded twice: by the size of the result and by the size of the
//! window that the sender may ask the receiver to hold.

use std::cell::RefCell;
use std::io::Read;

use zstd::bulk::{Compressor, Decompressor};

use crate::wire::limits::BODY_DECOMPRESSED_MAX_BYTES;

/// Content type of every frame.
pub const CONTENT_TYPE: &str = "application/vnd.zhenxin+cbor.zstd";

/// zstd's own default: at this level a batch of sealed ops costs about a
/// millisecond, and higher levels gain nothing on ciphertext.
const LEVEL: i32 = 3;

/// Largest window as a power of two (8 MiB), the limit that RFC 8878 §3.1.1.1.2
/// recommends every decoder to support: a frame cannot make us hold more.
const WINDOW_LOG_MAX: u32 = 23;

/// What a thread keeps for the next frame serves contents up to this size, as nearly all messages are: making a context
/// costs more than packing a kilobyte. A larger one gets a context of its own, which goes with it: those hold megabytes,
/// and a server has many threads.
const KEPT_FOR_MAX_BYTES: usize = 64 * 1024;

thread_local! {
    static PACKER: RefCell<Compressor<'static>> =
        RefCell::new(Compressor::new(LEVEL).expect("a context without a dictionary cannot fail"));
    static UNPACKER: RefCell<Decompressor<'static>> =
        RefCell::new(Decompressor::new().expect("a context without a dictionary cannot fail"));
}

/// Why bytes are not a frame that we take.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// The decompressed size passes the limit: a decompression bomb or a fault.
    #[error("数据解压后超过 {limit_bytes} 字节，已停止读取；请联系区平台管理员")]
    TooLarge {
        /// The limit in bytes.
        limit_bytes: usize,
    },
    /// Not one whole zstd frame, or cut off.
    #[error("收到的数据不完整或已损坏，请稍后重新同步")]
    Damaged,
    /// Sound zstd, but the CBOR inside is not the expected shape.
    #[error("收到的数据格式不符，请联系区平台管理员核对两端版本")]
    Shape,
}

/// Encodes a value as CBOR and compresses it.
#[must_use]
pub fn pack<T: minicbor::Encode<()>>(value: &T) -> Vec<u8> {
    compress(&to_cbor(value))
}

/// Compresses bytes into one zstd frame that says its size, so that a small one asks neither side for a large window.
#[must_use]
pub(crate) fn compress(bytes: &[u8]) -> Vec<u8> {
    let packed = match bytes.len() <= KEPT_FOR_MAX_BYTES {
        true => PACKER.with_borrow_mut(|packer| packer.compress(bytes)),
        false => zstd::bulk::compress(bytes, LEVEL),
    };
    packed.expect("compressing from memory into memory cannot fail")
}

/// Encodes a value as plain CBOR.
#[must_use]
pub fn to_cbor<T: minicbor::Encode<()>>(value: &T) -> Vec<u8> {
    minicbor::to_vec(value).expect("encoding into memory cannot fail")
}

/// Decodes a plain CBOR value; bytes after it are an error.
///
/// # Errors
/// [`FrameError::Shape`].
pub fn from_cbor<T>(cbor: &[u8]) -> Result<T, FrameError>
where
    T: for<'b> minicbor::Decode<'b, ()>,
{
    let mut decoder = minicbor::Decoder::new(cbor);
    let value = decoder.decode().map_err(|_| FrameError::Shape)?;
    if decoder.position() == cbor.len() { Ok(value) } else { Err(FrameError::Shape) }
}

/// Decompresses and decodes a frame within the protocol's limit.
///
/// # Errors
/// See [`FrameError`].
pub fn unpack<T>(bytes: &[u8]) -> Result<T, FrameError>
where
    T: for<'b> minicbor::Decode<'b, ()>,
{
    from_cbor(&decompress(bytes, BODY_DECOMPRESSED_MAX_BYTES)?)
}

/// Decompresses exactly one frame and stops as soon as the result passes
/// `limit_bytes`; memory stays within the limit, one window and one buffer.
///
/// # Errors
/// [`FrameError::TooLarge`] and [`FrameError::Damaged`].
pub fn decompress(bytes: &[u8], limit_bytes: usize) -> Result<Vec<u8>, FrameError> {
    if let Some(size_bytes) = small_content(bytes, limit_bytes) {
        let plain = UNPACKER.with_borrow_mut(|unpacker| unpacker.decompress(bytes, size_bytes));
        return plain.map_err(|_| FrameError::Damaged);
    }
    let mut decoder = zstd::stream::read::Decoder::with_buffer(bytes).map_err(|_| FrameError::Damaged)?.single_frame();
    decoder.window_log_max(WINDOW_LOG_MAX).map_err(|_| FrameError::Damaged)?;
    let mut out = Vec::new();
    // one byte more than allowed tells "exactly full" from "too much"
    decoder.by_ref().take(limit_bytes as u64 + 1).read_to_end(&mut out).map_err(|_| FrameError::Damaged)?;
    if out.len() > limit_bytes {
        return Err(FrameError::TooLarge { limit_bytes });
    }
    if decoder.finish().is_empty() { Ok(out) } else { Err(FrameError::Damaged) }
}

/// The size that a frame says its content has, where that is small and these bytes are one whole frame: then one step
/// into memory of just that size does, whatever window the frame asks for.
fn small_content(bytes: &[u8], limit_bytes: usize) -> Option<usize> {
    let said = zstd::zstd_safe::get_frame_content_size(bytes).ok().flatten()?;
    let size_bytes =
        usize::try_from(said).ok().filter(|size| (1..=KEPT_FOR_MAX_BYTES.min(limit_bytes)).contains(size))?;
    let whole = zstd::zstd_safe::find_frame_compressed_size(bytes).is_ok_and(|length| length == bytes.len());
    whole.then_some(size_bytes)
}

#[cfg(test)]
mod tests;
