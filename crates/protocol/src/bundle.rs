//! A bundle: what travels by USB stick where no line reaches the district. It carries the shapes of the
//! wire, sealed for its recipients, in a file that may be cut anywhere.
//!
//! `ZXBUNDLE1\n`, then records of a length (4 bytes, big-endian) and that many bytes. Record 0 is the
//! [`Header`] in the clear, record 1 the author's signature over its SM3, every further one an
//! [`Item`]: CBOR, compressed, sealed with the bundle's content key, bound to the header and to its
//! place. The last says that nothing is missing. A file that ends earlier is *cut*: its sound beginning
//! counts, because every item counts by itself and twice does nothing more than once.
//!
//! The content key is known to every recipient; what is inside proves its origin by its own signatures
//! and wraps, as on the wire.

use minicbor::{Decode, Encode};
use zhenxin_domain::division::TownCode;
use zhenxin_domain::ids::DeviceId;

use crate::frame::to_cbor;
use crate::hash::Hash32;
use crate::wire::limits::{BUNDLE_ITEM_MAX_BYTES, DEVICES_MAX};
use crate::wrap::{Fresh, wrap_bundle_key};

pub mod item;
pub mod read;
pub mod write;

pub use item::Item;
pub use read::{Closed, Ending, Reader};
pub use write::Writer;

/// First bytes of the file.
pub const MAGIC: &[u8; 10] = b"ZXBUNDLE1\n";

/// The file's extension, without the dot.
pub const EXTENSION: &str = "zxb";

/// How items are sealed and compressed, the only way so far.
pub const ALG: &str = "xc20p+zstd";

/// Most recipients: every device of a town and the district.
pub const RECIPIENTS_MAX: usize = DEVICES_MAX + 1;

/// Largest header in bytes: each recipient takes some 130.
pub const HEADER_MAX_BYTES: usize = 1024 * 1024;

/// Largest signature record in bytes; one of Ed25519 takes 77.
pub const SIGNATURE_MAX_BYTES: usize = 4 * 1024;

/// Largest record of an item in bytes: what cannot be compressed grows by less than 1 in 256, and has
/// the tag of 16 bytes.
pub const RECORD_MAX_BYTES: usize = BUNDLE_ITEM_MAX_BYTES + BUNDLE_ITEM_MAX_BYTES / 256 + 1024;

/// The part in the clear.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Header {
    /// Random name of the bundle.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub bundle: [u8; 16],
    /// The town whose data it holds.
    #[cbor(n(1), with = "crate::canon")]
    pub town: TownCode,
    /// Who made it; absent: the district.
    #[cbor(n(2), with = "crate::canon", has_nil)]
    pub author: Option<DeviceId>,
    /// When it was made, milliseconds UTC.
    #[n(3)]
    pub made_at_ms: i64,
    /// Who can read it.
    #[n(4)]
    pub recipients: Vec<Recipient>,
    /// [`ALG`].
    #[n(5)]
    pub alg: String,
}

impl Header {
    /// SM3 of record 0, which the author signs, [`crate::device_key::Context::BundleHeader`].
    #[must_use]
    pub fn hash(&self) -> Hash32 {
        Hash32::of(&to_cbor(self))
    }
}

/// The content key for one reader.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Recipient {
    /// Which device; absent: the district.
    #[cbor(n(0), with = "crate::canon", has_nil)]
    pub device: Option<DeviceId>,
    /// See [`wrap_bundle_key`].
    #[cbor(n(1), with = "minicbor::bytes")]
    pub wrapped: Vec<u8>,
}

impl Recipient {
    /// Lets a reader in; `None` where the public key is unusable.
    #[must_use]
    pub fn new(
        bundle: &[u8; 16],
        content_key: &[u8; 32],
        device: Option<DeviceId>,
        seal_key: &[u8; 32],
        fresh: &Fresh,
    ) -> Option<Self> {
        wrap_bundle_key(bundle, content_key, seal_key, fresh).map(|wrapped| Self { device, wrapped })
    }
}

/// Why a bundle cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// The file or stick failed.
    #[error("数据包文件读写失败，请检查U盘后重试")]
    Io(#[from] std::io::Error),
    /// Not a bundle, or one of a newer program.
    #[error("这不是本程序能读的数据包，请核对文件；如由更新版本的程序导出，请先升级本程序")]
    Foreign,
    /// Of another town.
    #[error("这个数据包是其他镇街的，不能导入")]
    OtherTown,
    /// Not made for this reader.
    #[error("这个数据包不是给本机的，请让导出的电脑先同步一次再重新导出")]
    NotForMe,
    /// The header's signature or key is not sound.
    #[error("这个数据包的签名核对不上，请重新导出")]
    Signature,
    /// An item was changed; those before it count.
    #[error("数据包从第 {place} 项起已损坏，前面的已读入；请重新导出一份")]
    Damaged {
        /// Its place among the items, from 1.
        place: u64,
    },
    /// A limit of the format is passed.
    #[error("数据包超过大小上限，请分几次导出")]
    TooLarge,
}

/// Nonce of a record: the bundle's name and its index. A content key serves one bundle, so no nonce is
/// used twice under it.
fn nonce(bundle: &[u8; 16], index: u64) -> [u8; 24] {
    let mut nonce = [0; 24];
    nonce[..16].copy_from_slice(bundle);
    nonce[16..].copy_from_slice(&index.to_be_bytes());
    nonce
}

/// Associated data of a record.
fn bound_to(header: &Hash32, index: u64) -> [u8; 40] {
    let mut data = [0; 40];
    data[..32].copy_from_slice(header.as_bytes());
    data[32..].copy_from_slice(&index.to_be_bytes());
    data
}

/// The index of the first item's record.
const FIRST_INDEX: u64 = 2;

#[cfg(test)]
mod tests;
