//! The exchange by a file that somebody carries: the same shapes as over the
//! network, in `protocol::bundle`, filled and taken by the store.
//!
//! A file is written beside its place and renamed once it is whole on the
//! disk. Taking one twice, or several in any order, changes nothing more.

use std::io;
use std::path::PathBuf;

use uuid::Uuid;

use zhenxin_domain::ids::DeviceId;
use zhenxin_protocol::bundle::BundleError;

mod export;
mod import;

pub use export::{bundle_export, bundle_preview};
pub use import::bundle_import;

/// For whom a bundle is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BundleTo {
    /// For the district and every device that may read what this PC holds.
    Everybody,
    /// For one device, cut to what it may read; the district and others who may
    /// read as much can carry and read it as well.
    Device(DeviceId),
}

/// How far an export or an import has got.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BundleProgress {
    /// Items written or read.
    pub items: u64,
    /// Ops in them.
    pub ops: u64,
    /// Bytes of the file so far.
    pub bytes: u64,
    /// Bytes of the whole file, where known.
    pub total_bytes: Option<u64>,
}

/// What an export would hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BundlePreview {
    /// The devices that could read it, without this PC.
    pub readers: Vec<DeviceId>,
    /// When the readers were last heard, the longest silent one, milliseconds UTC; absent where one never was: then
    /// everything goes along.
    pub since_ms: Option<i64>,
    /// Ops that the district has ordered and a reader may lack.
    pub ordered_ops: u64,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BundleOut {
    /// Its name.
    pub bundle: Uuid,
    /// Where it lies.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// Ops without a receipt, this PC's own and carried ones.
    pub waiting_ops: u64,
    /// Ops that the district has ordered.
    pub ordered_ops: u64,
    /// Wrapped person keys.
    pub keys: u64,
    /// Attachments.
    pub attachments: u64,
    /// Labels of the devices that can read it, without this PC.
    pub recipients: Vec<String>,
    /// Whether the district can read it.
    pub for_district: bool,
    /// The largest size was reached: another one is needed for the rest.
    pub full: bool,
}

/// What was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BundleIn {
    /// Its name.
    pub bundle: Uuid,
    /// Who made it: the label of a PC, or the district's name.
    pub from: String,
    /// When, milliseconds UTC.
    pub made_at_ms: i64,
    /// Whether the file was whole; else what came before the cut was taken.
    pub complete: bool,
    /// Ops that were not here.
    pub new_ops: u64,
    /// Ops that were here.
    pub known_ops: u64,
    /// Of the new ones: ops without a receipt, which this PC carries on.
    pub carried_ops: u64,
    /// Ops of this PC that came back with their place in the order.
    pub acknowledged: u64,
    /// Ops of this PC that came back refused.
    pub refused: u64,
    /// Wrapped person keys.
    pub keys: u64,
    /// Attachments that are complete now.
    pub attachments: u64,
    /// Ops that cannot be used and lie aside.
    pub set_aside: u64,
    /// Ops that wait for earlier ones of another bundle.
    pub held: u64,
    /// What was passed over: not for this PC, of another history, not proved.
    pub ignored_ops: u64,
}

/// Why a bundle was not written or taken.
#[derive(Debug, thiserror::Error)]
pub enum BundleFault {
    /// The format.
    #[error(transparent)]
    Format(#[from] BundleError),
    /// The file.
    #[error("数据包文件读写失败，请检查 U盘后重试")]
    File(#[from] io::Error),
    /// The stick is full.
    #[error("U盘空间不足，没有导出；请换一个或清理后重试")]
    Full,
    /// Nobody knows the author.
    #[error("本机不认识导出这个数据包的电脑，没有导入；请让本机先同步一次，再导入")]
    AuthorUnknown,
    /// The district has shut the author out.
    #[error("导出这个数据包的电脑已被区平台停用，没有导入；请联系区平台管理员")]
    AuthorRevoked,
    /// No device that could read it.
    #[error("没有能读这个数据包的电脑，没有导出；请先同步一次，取得镇里的电脑名单")]
    NoReader,
}

impl BundleFault {
    /// A stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Format(BundleError::Foreign) => "bundle_foreign",
            Self::Format(BundleError::OtherTown) => "bundle_town",
            Self::Format(BundleError::NotForMe) => "bundle_recipient",
            Self::Format(BundleError::Signature) => "bundle_signature",
            Self::Format(BundleError::Damaged { .. }) => "bundle_damaged",
            Self::Format(BundleError::TooLarge) => "bundle_too_large",
            Self::Format(BundleError::Io(_)) | Self::File(_) => "bundle_file",
            Self::Full => "bundle_full",
            Self::AuthorUnknown => "bundle_author",
            Self::AuthorRevoked => "bundle_revoked",
            Self::NoReader => "bundle_reader",
        }
    }

    fn of_io(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::StorageFull { Self::Full } else { Self::File(error) }
    }

    fn of_format(error: BundleError) -> Self {
        match error {
            BundleError::Io(error) => Self::of_io(error),
            error => Self::Format(error),
        }
    }
}
