//! The audit: search, check, export.

use super::shape;

shape! {
    /// A window of the audit.
    pub struct AuditSearch {
        /// Only of this user.
        pub user: Option<String>,
        /// Only this action: a command's name.
        pub action: Option<String>,
        /// Only what was refused (true), only what was done (false).
        pub refused: Option<bool>,
        /// Only what names a record by its number: the short one that the list shows, or the whole one.
        pub number: Option<String>,
        /// First day, `YYYY-MM-DD`.
        pub from: Option<String>,
        /// Last day, `YYYY-MM-DD`.
        pub to: Option<String>,
        /// First row, from 0.
        pub offset: u32,
        /// Rows, 1–500.
        pub limit: u32,
    }
}

shape! {
    /// One row of the audit.
    pub struct AuditLine {
        /// Its number.
        pub no: u64,
        /// When, office time.
        pub at: String,
        /// Who; empty where nobody was signed in.
        pub user_name: String,
        /// What: the command's name.
        pub action: String,
        /// The same in words.
        pub action_label: String,
        /// True when it was refused.
        pub refused: bool,
        /// 已办理, or why it was refused.
        pub outcome_label: String,
        /// What it was about, e.g. 居民.
        pub subject_kind: String,
        /// Its number, which the search takes; empty where it was about no record.
        pub number: String,
        /// The whole of it, as the workbook has it.
        pub subject: Option<String>,
        /// Its name, where this PC knows one; a resident's is masked.
        pub subject_name: String,
        /// Counts and codes.
        pub detail: String,
    }
}

shape! {
    /// An action that the audit holds.
    pub struct AuditAction {
        /// The command's name.
        pub action: String,
        /// In words.
        pub label: String,
    }
}

shape! {
    /// A window of the audit, newest first.
    pub struct AuditRows {
        /// Rows that fit.
        pub total: u32,
        /// The window.
        pub rows: Vec<AuditLine>,
        /// Every action that the audit holds, to choose from.
        pub actions: Vec<AuditAction>,
        /// Every user, to choose from.
        pub users: Vec<AuditUser>,
    }
}

shape! {
    /// A user to choose from.
    pub struct AuditUser {
        /// User id.
        pub user: String,
        /// Name.
        pub name: String,
    }
}

shape! {
    /// What a check of the audit found.
    pub struct AuditVerification {
        /// True when every row is as it was written and none is missing.
        pub sound: bool,
        /// Rows on this PC.
        pub rows: u64,
        /// Number of the first row that is kept.
        pub first: u64,
        /// Number of the last row.
        pub last: u64,
        /// Rows that were said in the log and fit.
        pub anchors: u64,
        /// Rows said in the log that went with a file that a backup replaced.
        pub replaced: u64,
        /// What is wrong, with the number of the row.
        pub faults: Vec<String>,
    }
}

shape! {
    /// How long the audit of this PC is kept.
    pub struct AuditRetention {
        /// Code of the rule.
        pub code: String,
        /// The term, in words.
        pub term: String,
        /// The law.
        pub basis: String,
        /// Day of the first row that is kept.
        pub begins: Option<String>,
        /// Rows that need not be kept any longer.
        pub due: u32,
        /// They were written before this day.
        pub before: String,
    }
}

shape! {
    /// Which rows to export; as in the search, without a window.
    pub struct AuditExport {
        /// Only of this user.
        pub user: Option<String>,
        /// Only this action.
        pub action: Option<String>,
        /// Only what was refused (true), only what was done (false).
        pub refused: Option<bool>,
        /// As in the search.
        pub number: Option<String>,
        /// First day, `YYYY-MM-DD`.
        pub from: Option<String>,
        /// Last day, `YYYY-MM-DD`.
        pub to: Option<String>,
    }
}
