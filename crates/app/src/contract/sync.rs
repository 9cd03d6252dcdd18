//! The district, papers, and proof.

mod bundle;
mod centre;

pub use bundle::*;
pub use centre::*;

use super::shape;

shape! {
    /// The state that the pill in the bar speaks of.
    #[derive(Copy, PartialEq, Eq)]
    pub enum SyncState {
        /// No district yet.
        NotEnrolled,
        /// 已同步.
        Idle,
        /// 同步中.
        Running,
        /// 离线, 照常工作.
        Offline,
        /// 网络要求先登录 (a portal page answered).
        Portal,
        /// 区平台证书不可信.
        CertificateUnknown,
        /// 区平台故障.
        ServerFault,
        /// 区平台拒绝了本机.
        Refused,
        /// 等待另一台电脑交接密钥.
        WaitingForKeys,
        /// 区平台数据已更换.
        DistrictChanged,
        /// 本机数据文件出错.
        LocalFault,
        /// 与区平台核对不一致, mended at the next round.
        Differs,
        /// 已暂停 by a person.
        Paused,
        /// 不在指定的网络: the person allowed only certain ones.
        OtherNetwork,
    }
}

shape! {
    /// One operation in the sync centre, in plain words.
    pub struct OpLine {
        /// Operation id.
        pub op: String,
        /// When it was recorded, local time.
        pub at: String,
        /// Who.
        pub actor: String,
        /// What, e.g. 记分 40 人.
        pub what: String,
        /// Why the district refused it.
        pub reason: Option<String>,
    }
}

shape! {
    /// What the pill says.
    pub struct SyncStatus {
        /// State.
        pub state: SyncState,
        /// The pill's words, e.g. 3 条待发送.
        pub words: String,
        /// What to do now, when something is to be done.
        pub advice: Option<String>,
        /// District name and address, once enrolled.
        pub district: Option<String>,
        /// Address.
        pub url: Option<String>,
        /// Operations waiting to be sent.
        pub pending: u32,
        /// Operations of this PC that the district accepted.
        pub accepted: u32,
        /// Operations that came from other PCs.
        pub received: u32,
        /// Refused ones.
        pub refused: u32,
        /// Last receipt, local time `YYYY-MM-DD HH:MM`.
        pub last_receipt: Option<String>,
        /// Next try, local time, when waiting after a failure.
        pub next_try: Option<String>,
        /// Refused operations, newest first, at most 100.
        pub refused_ops: Vec<OpLine>,
        /// How it stands with the tables that came whole from another PC, in words; absent where they were made here.
        pub tables: Option<String>,
    }
}

shape! {
    /// Joins the district.
    pub struct Enrol {
        /// https address.
        pub url: String,
        /// One-time code from the district.
        pub code: String,
        /// The district's own certificate authority, PEM, when it is not a public one.
        pub ca_pem: Option<String>,
    }
}

shape! {
    /// Result of a round.
    pub struct SyncReport {
        /// Sent and accepted.
        pub sent: u32,
        /// Refused.
        pub refused: u32,
        /// Received from other PCs.
        pub received: u32,
        /// The centre after it.
        pub status: SyncStatus,
    }
}

shape! {
    /// Asks for a points statement.
    pub struct StatementRequest {
        /// Resident id.
        pub resident: String,
    }
}

shape! {
    /// A paper as PDF.
    pub struct Paper {
        /// Suggested name without personal data.
        pub file_name: String,
        /// PDF, base64.
        pub content: String,
        /// Verification code printed on it; empty where the paper carries none.
        pub code: String,
        /// Pages.
        pub pages: u32,
    }
}

shape! {
    /// A verification code as somebody reads it from a paper.
    pub struct StatementCode {
        /// The code; capitals, blanks and hyphens do not matter.
        pub code: String,
    }
}

shape! {
    /// What the office's log says of a code.
    pub struct StatementCheck {
        /// Whether a paper was printed under this code.
        pub issued: bool,
        /// Which paper: 积分对账单 or 时间存折.
        pub paper: Option<String>,
        /// Whose.
        pub resident: Option<super::residents::ResidentLine>,
        /// When it was printed, local time.
        pub printed_at: Option<String>,
        /// By whom.
        pub printed_by: Option<String>,
        /// The day that it speaks of.
        pub as_of: Option<String>,
        /// Effective points that it shows, on a points statement.
        pub effective_points: Option<i64>,
        /// Available minutes that it shows, in a time passbook.
        pub available_min: Option<i64>,
        /// Entries that it must contain, in a time passbook.
        pub entries: Option<u32>,
        /// Whether the account still begins with the entries that were printed; in a time passbook.
        pub intact: Option<bool>,
    }
}

shape! {
    /// Digest of one table.
    pub struct TableDigest {
        /// Table.
        pub table: String,
        /// Rows.
        pub rows: u64,
        /// SM3 over its canonical rows, hexadecimal.
        pub digest: String,
    }
}

shape! {
    /// Proof that the file is what its log says.
    pub struct Verification {
        /// True when nothing is wrong.
        pub ok: bool,
        /// SM3 over all tables, hexadecimal: equal on PCs that hold the same.
        pub digest: String,
        /// Tables.
        pub tables: Vec<TableDigest>,
        /// Operations in the log.
        pub ops: u64,
        /// Sum over all ledger accounts: must be 0.
        pub ledger_sum: i64,
        /// What is wrong, in words.
        pub problems: Vec<String>,
    }
}
