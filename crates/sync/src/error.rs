//! Faults of what a person starts: an enrolment, a bundle, a setting.

use zhenxin_protocol::wire::code::CodeFault;
use zhenxin_store::StoreError;

use crate::bundle::BundleFault;
use crate::failure::Failure;
use crate::settings::NetworkFault;
use crate::transport::address::AddressFault;
use crate::transport::https::SetupError;

/// Why it failed; nothing was changed here, or only what the words say.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// The address.
    #[error(transparent)]
    Address(#[from] AddressFault),
    /// The code, found mistyped before it was sent.
    #[error(transparent)]
    Code(#[from] CodeFault),
    /// Certificates or client.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// This PC's own file.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No line.
    #[error("连不上区平台，请核对地址和网络后重试")]
    Offline,
    /// Not on one of the networks of the settings.
    #[error("本机不在同步设置指定的网络里，请换到指定的网络，或在同步设置里增加现在的网络")]
    OtherNetwork,
    /// Something else answered.
    #[error("答话的不是区平台。请先用浏览器登录本单位网络，并核对区平台地址")]
    Portal,
    /// The certificate.
    #[error("区平台的证书不可信，为防冒充没有接入。请核对地址和根证书 (ca.pem)，以及本机日期")]
    Certificate,
    /// A fault of the district.
    #[error("区平台出错，请稍后重试；仍不行请联系区平台管理员")]
    Server,
    /// Refused, in the district's words.
    #[error("{text}")]
    Refused {
        /// Code on the wire.
        code: String,
        /// The district's words.
        text: String,
    },
    /// This PC already exchanges with another district store.
    #[error("本机已接入另一套区平台数据，不能改接；请联系区平台管理员")]
    OtherDistrict,
    /// There is no enrolment.
    #[error("本机还没有接入区平台，请先用接入码接入")]
    NotEnrolled,
    /// A network or a proxy of the settings.
    #[error(transparent)]
    Network(#[from] NetworkFault),
    /// A bundle file.
    #[error(transparent)]
    Bundle(#[from] BundleFault),
    /// The task's runtime cannot start.
    #[error("网络组件启动失败，请重新启动程序")]
    Runtime(#[source] std::io::Error),
}

impl SyncError {
    /// A stable code.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Address(_) => "district_address",
            Self::Code(_) => "code_mistyped",
            Self::Setup(_) => "district_certificate_file",
            Self::Store(error) => error.code(),
            Self::Offline => "offline",
            Self::OtherNetwork => "other_network",
            Self::Portal => "portal",
            Self::Certificate => "certificate_unknown",
            Self::Server => "district_fault",
            Self::Refused { code, .. } => code,
            Self::OtherDistrict => "other_district",
            Self::NotEnrolled => "not_enrolled",
            Self::Network(_) => "sync_settings",
            Self::Bundle(fault) => fault.code(),
            Self::Runtime(_) => "runtime",
        }
    }
}

impl From<Failure> for SyncError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Offline => Self::Offline,
            Failure::Portal => Self::Portal,
            Failure::Certificate => Self::Certificate,
            Failure::OtherNetwork => Self::OtherNetwork,
            Failure::Server { .. } | Failure::Garbled | Failure::Differs | Failure::Busy { .. } => Self::Server,
            Failure::Refused { code, text } => Self::Refused { code, text },
            Failure::Local { text } => Self::Refused { code: "local".to_owned(), text },
        }
    }
}
