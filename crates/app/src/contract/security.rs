//! The security overview: what should be seen to, how urgently, and where.

use super::{backups::FindingTone, shape};

shape! {
    /// The page on which a finding is mended.
    #[derive(Copy, PartialEq, Eq)]
    pub enum MendedOn {
        /// 备份.
        Backups,
        /// 用户与职责.
        Users,
        /// 电脑与支出权.
        Pcs,
        /// 同步.
        Sync,
        /// 校验.
        Verify,
        /// 审计.
        Audit,
        /// 恢复密钥.
        RecoveryKey,
    }
}

shape! {
    /// A plain finding with the page that mends it.
    pub struct SecurityFinding {
        /// How urgent.
        pub tone: FindingTone,
        /// What was found, one sentence.
        pub words: String,
        /// What to do next; absent where nothing is to be done.
        pub advice: Option<String>,
        /// Where it is mended.
        pub page: MendedOn,
        /// Whose duty it is, in words such as 系统管理员.
        pub by: String,
    }
}

shape! {
    /// Everything that is known about the town's security on this PC.
    pub struct SecurityOverview {
        /// The most urgent first; what is well comes last.
        pub findings: Vec<SecurityFinding>,
        /// When it was looked, office time.
        pub at: String,
    }
}
