//! A refusal of a whole request, as opposed to the fate of one op.

use minicbor::{Decode, Encode};

use crate::frame::FrameError;

/// Why the district refuses a request. The code decides what a device does;
/// the text is for the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultCode {
    /// Not a frame, or the wrong shape.
    BadFrame,
    /// Another major version of the protocol.
    Version,
    /// Larger or longer than the limits allow.
    TooLarge,
    /// The token is missing or unknown.
    DeviceUnknown,
    /// The device was revoked.
    DeviceRevoked,
    /// The device asks for another device, town or village than its own.
    ScopeDenied,
    /// The signature over the head of a push does not fit the device's key.
    BadSignature,
    /// No such enrolment code.
    CodeUnknown,
    /// The code was used by another device.
    CodeUsed,
    /// The code has run out.
    CodeExpired,
    /// The code is for another town.
    CodeTown,
    /// This device id is enrolled with other keys (a copied disk).
    DeviceKeyDiffers,
    /// No such blob, or one that is not complete.
    BlobUnknown,
    /// The pieces of a blob do not make what was announced; all of it was
    /// dropped.
    BlobDamaged,
    /// The town has used up its room for blobs.
    Quota,
    /// Too many requests; try again after `retry_after_s`.
    Busy,
    /// A fault of the district itself.
    Internal,
}

impl FaultCode {
    /// Every code with its name on the wire, its HTTP status and its words.
    const TABLE: [(Self, &'static str, u16, &'static str); 17] = [
        (Self::BadFrame, "bad_frame", 400, "区平台读不懂收到的数据，请重新同步；仍不行请联系区平台管理员"),
        (Self::Version, "version", 426, "本机程序与区平台版本不符，请升级程序后再同步"),
        (Self::TooLarge, "too_large", 413, "一次发送的数据超过区平台上限，请联系区平台管理员"),
        (Self::DeviceUnknown, "device_unknown", 401, "区平台不认识本机，请向区平台要一个接入码后重新接入"),
        (Self::DeviceRevoked, "device_revoked", 403, "区平台已停用本机，本机记录都还在；请联系区平台管理员"),
        (Self::ScopeDenied, "scope_denied", 403, "本机没有这个镇街或村社的权限，请联系区平台管理员"),
        (Self::BadSignature, "bad_signature", 403, "本机签名核对不上，请联系区平台管理员核对本机"),
        (Self::CodeUnknown, "code_unknown", 404, "没有这个接入码，请核对后重新输入"),
        (Self::CodeUsed, "code_used", 409, "这个接入码已用过，请向区平台要一个新的"),
        (Self::CodeExpired, "code_expired", 410, "这个接入码已过期，请向区平台要一个新的"),
        (Self::CodeTown, "code_town", 409, "这个接入码不是本镇街的，请核对后向区平台要本镇街的接入码"),
        (Self::DeviceKeyDiffers, "device_key_differs", 409, "区平台已有同编号的另一台电脑，请联系区平台管理员"),
        (Self::BlobUnknown, "blob_unknown", 404, "区平台还没有这份附件，等登记它的电脑同步后会自动再取"),
        (Self::BlobDamaged, "blob_damaged", 422, "附件传到区平台后核对不上，已重新排队上传"),
        (Self::Quota, "quota", 507, "本镇街在区平台的附件空间已满，附件留在本机；请联系区平台管理员扩容"),
        (Self::Busy, "busy", 429, "区平台正忙，稍后会自动再试"),
        (Self::Internal, "internal", 500, "区平台出错，稍后会自动再试；长时间不恢复请联系区平台管理员"),
    ];

    fn row(self) -> &'static (Self, &'static str, u16, &'static str) {
        Self::TABLE.iter().find(|row| row.0 == self).expect("a test asserts that the table holds every code")
    }

    /// Name on the wire.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().1
    }

    /// HTTP status that goes with it.
    #[must_use]
    pub fn status(self) -> u16 {
        self.row().2
    }

    /// What a person reads.
    #[must_use]
    pub fn text(self) -> &'static str {
        self.row().3
    }

    /// The code of this name, `None` when a newer district uses one that this
    /// program does not know.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::TABLE.iter().find(|row| row.1 == name).map(|row| row.0)
    }
}

/// A refusal on the wire.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct WireFault {
    /// [`FaultCode::name`].
    #[n(0)]
    pub code: String,
    /// Chinese text for the person; never personal data.
    #[n(1)]
    pub text: String,
    /// Seconds after which a repetition makes sense.
    #[n(2)]
    pub retry_after_s: Option<u32>,
}

impl WireFault {
    /// A refusal in the code's own words.
    #[must_use]
    pub fn of(code: FaultCode) -> Self {
        Self { code: code.name().to_owned(), text: code.text().to_owned(), retry_after_s: None }
    }

    /// Too busy; come back after so many seconds.
    #[must_use]
    pub fn busy(retry_after_s: u32) -> Self {
        Self { retry_after_s: Some(retry_after_s), ..Self::of(FaultCode::Busy) }
    }

    /// The code, if known.
    #[must_use]
    pub fn known(&self) -> Option<FaultCode> {
        FaultCode::from_name(&self.code)
    }

    /// HTTP status; 400 for a code that is not known.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.known().map_or(400, FaultCode::status)
    }
}

impl From<FrameError> for WireFault {
    fn from(error: FrameError) -> Self {
        let code = match error {
            FrameError::TooLarge { .. } => FaultCode::TooLarge,
            FrameError::Damaged | FrameError::Shape => FaultCode::BadFrame,
        };
        Self::of(code)
    }
}
