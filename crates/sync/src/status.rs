//! What a person sees of the synchronisation, in plain words.

use minicbor::{Decode, Encode};

/// The state that the status bar speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SyncState {
    /// No district yet; everything works on this PC.
    NotEnrolled,
    /// Everything was exchanged at the last receipt.
    Idle,
    /// A round is under way.
    Running,
    /// A person has stopped the exchange.
    Paused,
    /// This PC is in none of the networks that exchange is limited to.
    OtherNetwork,
    /// No line to the district.
    Offline {
        /// Since when, milliseconds UTC.
        since_ms: i64,
    },
    /// Something else answers in the district's place: a sign-in page of the
    /// network, a filter.
    Portal,
    /// The certificate is not one that this PC trusts.
    CertificateUnknown,
    /// The district has a fault.
    ServerFault {
        /// HTTP status, 0 when the answer itself was garbled.
        status: u16,
    },
    /// The district refuses this PC.
    Refused {
        /// Code of the refusal, see [`zhenxin_protocol::wire::FaultCode`].
        code: String,
        /// The district's words.
        text: String,
    },
    /// Exchanged, but another PC has yet to hand over its keys.
    WaitingForKeys,
    /// The two logs still differ after several repairs.
    Differs,
    /// The district has shut this PC out. Exchange has stopped, nothing is
    /// lost.
    Revoked,
    /// Another district answers at the address. Exchange has stopped, nothing
    /// is lost.
    DistrictChanged,
    /// This PC's own file refuses.
    LocalFault {
        /// The store's words.
        text: String,
    },
}

impl SyncState {
    /// Words for the status bar, without figures.
    #[must_use]
    pub fn words(&self) -> &'static str {
        match self {
            Self::NotEnrolled => "未接入区平台",
            Self::Idle => "已同步",
            Self::Running => "同步中",
            Self::Paused => "已暂停同步",
            Self::OtherNetwork => "不在指定的网络里",
            Self::Offline { .. } => "离线，照常工作",
            Self::Portal => "网络要求先登录",
            Self::CertificateUnknown => "区平台证书不可信",
            Self::ServerFault { .. } => "区平台故障",
            Self::Refused { .. } => "区平台拒绝了本机",
            Self::WaitingForKeys => "等待另一台电脑交接密钥",
            Self::Differs => "与区平台核对不一致",
            Self::Revoked => "区平台已停用本机",
            Self::DistrictChanged => "区平台已换成另一个",
            Self::LocalFault { .. } => "本机数据文件出错",
        }
    }

    /// What to do now, where something is to be done.
    #[must_use]
    pub fn advice(&self) -> Option<String> {
        let text = match self {
            Self::Idle | Self::Running => return None,
            Self::NotEnrolled => "记录都保存在本机。需要与其他电脑同步时，请向区平台要接入码",
            Self::Paused => "记录都保存在本机。要继续同步，请点“恢复同步”",
            Self::OtherNetwork => "记录都保存在本机，接入指定的网络后自动发送；也可在同步设置里增加现在的网络",
            Self::Offline { .. } => "记录都保存在本机，网络恢复后自动发送；长时间没有网络可用 U盘交换",
            Self::Portal => "请打开浏览器登录本单位网络，之后点“立即同步”。记录都保存在本机",
            Self::CertificateUnknown => {
                "为防冒充已停止连接。请核对本机日期，仍不行请联系区平台管理员。记录都保存在本机"
            }
            Self::ServerFault { .. } => "稍后会自动再试，记录都保存在本机。长时间不恢复请联系区平台管理员",
            Self::Refused { text, .. } | Self::LocalFault { text } => text,
            Self::WaitingForKeys => "请在镇里另一台已接入的电脑上同步一次，然后在本机点“立即同步”",
            Self::Differs => "稍后会自动重新核对，记录都保存在本机。一直不一致请运行“校验本机数据”，并联系区平台管理员",
            Self::Revoked => "本机记录都在，没有再发送。请联系区平台管理员；重新启用后用新的接入码再接入一次",
            Self::DistrictChanged => {
                "这个地址上答话的不是本机接入的区平台。同步已暂停，本机记录都在，请核对区平台地址，或联系区平台管理员"
            }
        };
        Some(text.to_owned())
    }
}

/// How far the present part of a round has got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What is being done, in words for a person.
    pub phase: &'static str,
    /// Ops of this part that are done; 0 where it does not move ops.
    pub done_ops: u64,
    /// Ops of this part as far as is known.
    pub total_ops: u64,
    /// Bytes moved in this part.
    pub bytes: u64,
    /// Bytes of this part, where known.
    pub total_bytes: Option<u64>,
    /// Ops a second, once there is something to measure.
    pub ops_per_s: Option<u32>,
    /// Seconds that remain at this pace.
    pub remaining_s: Option<u32>,
}

/// Proof that this PC and the district hold the same: every scope ends here at
/// the size and with the Merkle root that the district signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Equality {
    /// When it was proved, milliseconds UTC.
    #[n(0)]
    pub at_ms: i64,
    /// Scopes compared.
    #[n(1)]
    pub scopes: u32,
    /// Ops in them.
    #[n(2)]
    pub ops: u64,
    /// Ops of this PC that waited to be sent at that moment.
    #[n(3)]
    pub waiting: u64,
}

/// How the lane of attachments stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LaneStatus {
    /// Attachments to be sent.
    pub to_send: u64,
    /// Bytes of them.
    pub to_send_bytes: u64,
    /// Attachments to be fetched.
    pub to_fetch: u64,
    /// Bytes of them, as far as known.
    pub to_fetch_bytes: u64,
    /// What is under way, in words for a person.
    pub doing: Option<&'static str>,
    /// Why it does not go on, in words for a person.
    pub failure: Option<String>,
}

/// State and figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncStatus {
    /// The state.
    pub state: SyncState,
    /// When the last round ended well, milliseconds UTC.
    pub last_receipt_ms: Option<i64>,
    /// When the next round starts by itself, milliseconds UTC.
    pub next_try_ms: Option<i64>,
    /// Ops sent and answered in this round or the last one.
    pub sent: u64,
    /// Ops that were waiting when the round began.
    pub to_send: u64,
    /// Ops of others received in this round or the last one.
    pub received: u64,
    /// Ops that the district had and this PC had not when the round began.
    pub to_receive: u64,
    /// How far the round under way has got.
    pub progress: Option<Progress>,
    /// The last proof of equality.
    pub equality: Option<Equality>,
    /// Attachments.
    pub lane: LaneStatus,
}

/// How a round ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Ops that the district took.
    pub sent: u64,
    /// Ops that the district refused for good.
    pub rejected: u64,
    /// Ops of others that were new here.
    pub received: u64,
    /// The state after it.
    pub state: SyncState,
}

impl Report {
    /// Whether everything was exchanged.
    #[must_use]
    pub const fn complete(&self) -> bool {
        matches!(self.state, SyncState::Idle | SyncState::WaitingForKeys)
    }
}
