//! What a person sees of the synchronisation, in plain words.

/// The state that the status bar speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SyncState {
    /// No district yet; everything works on this PC.
    NotEnrolled,
    /// Everything was exchanged at the last receipt.
    Idle,
    /// A round is under way.
    Running,
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
    /// The district holds another history of this PC: its disk was copied or
    /// restored. Sending has stopped, nothing is lost.
    Forked,
    /// The district's data were set up anew or restored from a backup.
    /// Exchange has stopped, nothing is lost.
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
            Self::Offline { .. } => "离线，照常工作",
            Self::Portal => "网络要求先登录",
            Self::CertificateUnknown => "区平台证书不可信",
            Self::ServerFault { .. } => "区平台故障",
            Self::Refused { .. } => "区平台拒绝了本机",
            Self::WaitingForKeys => "等待另一台电脑交接密钥",
            Self::Forked => "本机数据与区平台分叉",
            Self::DistrictChanged => "区平台数据已更换",
            Self::LocalFault { .. } => "本机数据文件出错",
        }
    }

    /// What to do now, where something is to be done.
    #[must_use]
    pub fn advice(&self) -> Option<String> {
        let text = match self {
            Self::Idle | Self::Running => return None,
            Self::NotEnrolled => "记录都保存在本机。需要与其他电脑同步时，请向区平台要接入码",
            Self::Offline { .. } => "记录都保存在本机，网络恢复后自动发送",
            Self::Portal => "请打开浏览器登录本单位网络，之后点“立即同步”。记录都保存在本机",
            Self::CertificateUnknown => {
                "为防冒充已停止连接。请核对本机日期，仍不行请联系区平台管理员。记录都保存在本机"
            }
            Self::ServerFault { .. } => "稍后会自动再试，记录都保存在本机。长时间不恢复请联系区平台管理员",
            Self::Refused { text, .. } | Self::LocalFault { text } => text,
            Self::WaitingForKeys => "请在镇里另一台已接入的电脑上同步一次，然后在本机点“立即同步”",
            Self::Forked => "本机磁盘可能被复制或恢复过。发送已暂停，记录都在，请联系区平台管理员",
            Self::DistrictChanged => "同步已暂停，本机记录都在，请联系区平台管理员",
        };
        Some(text.to_owned())
    }
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
