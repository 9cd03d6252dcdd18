//! Import of rosters and rules: start, watch, cancel, undo.

use super::shape;

shape! {
    /// What a workbook holds.
    #[derive(Copy, PartialEq, Eq)]
    pub enum ImportKind {
        /// 居民名册.
        Residents,
        /// 积分细则.
        Rules,
    }
}

shape! {
    /// Starts an import; watch it with `import_job`.
    pub struct StartImport {
        /// What the workbook holds.
        pub kind: ImportKind,
        /// File name (its ending is only a hint).
        pub file_name: String,
        /// Content, base64. Either this or `path`.
        pub content: Option<String>,
        /// Path on this machine, for the command line. Either this or `content`.
        pub path: Option<String>,
        /// Village for sheets that do not name one.
        pub village: Option<String>,
        /// Check only; nothing is written.
        pub dry_run: bool,
        /// Good rows are taken although others are faulty. False: any fault refuses the whole file.
        pub accept_partial: bool,
    }
}

shape! {
    /// Names a running or ended import job of this session.
    pub struct JobRef {
        /// Job number.
        pub job: u32,
    }
}

shape! {
    /// Where a job is.
    #[derive(Copy, PartialEq, Eq)]
    pub enum JobPhase {
        /// 读取文件.
        Reading,
        /// 核对.
        Checking,
        /// 写入.
        Writing,
        /// 完成.
        Done,
        /// 已取消, nothing was written.
        Cancelled,
        /// Refused; `fault` says why, nothing was written.
        Refused,
    }
}

shape! {
    /// One faulty row.
    pub struct ImportFault {
        /// Sheet name.
        pub sheet: String,
        /// Row as the spreadsheet numbers it.
        pub row: u32,
        /// Column title.
        pub field: String,
        /// Stable code, e.g. check_digit.
        pub code: String,
        /// Reason in words.
        pub reason: String,
    }
}

shape! {
    /// What was found in one sheet.
    pub struct SheetReport {
        /// Sheet name.
        pub sheet: String,
        /// Village taken, when residents.
        pub village_name: Option<String>,
        /// Row of the header, 1-based; absent when none was found and the sheet was passed over.
        pub header_row: Option<u32>,
        /// Columns that were recognised: "title → field".
        pub columns: Vec<String>,
        /// Columns that were not.
        pub ignored_columns: Vec<String>,
        /// Data rows.
        pub rows: u32,
        /// Rows passed over (blank, totals).
        pub passed_over: u32,
        /// Faulty rows.
        pub faulty: u32,
    }
}

shape! {
    /// Result of a check or an import.
    pub struct ImportReport {
        /// Import id, when something was written.
        pub import: Option<String>,
        /// Was it only a check?
        pub dry_run: bool,
        /// Data rows in all.
        pub rows: u32,
        /// Rows without fault.
        pub good: u32,
        /// Of these: new.
        pub created: u32,
        /// Of these: changed.
        pub updated: u32,
        /// Of these: nothing to change.
        pub unchanged: u32,
        /// All faults, in file order.
        pub faults: Vec<ImportFault>,
        /// Sheet by sheet.
        pub sheets: Vec<SheetReport>,
        /// Remarks that refuse nothing.
        pub warnings: Vec<String>,
    }
}

shape! {
    /// State of a job.
    pub struct ImportJob {
        /// Job number.
        pub job: u32,
        /// Phase.
        pub phase: JobPhase,
        /// Rows done in this phase.
        pub done: u32,
        /// Rows in all, 0 while unknown.
        pub total: u32,
        /// The report, at the end.
        pub report: Option<ImportReport>,
        /// Why it was refused.
        pub fault: Option<super::Fault>,
    }
}

shape! {
    /// A file's bytes.
    pub struct FileContent {
        /// Suggested name.
        pub file_name: String,
        /// Content, base64.
        pub content: String,
    }
}

shape! {
    /// Names an import.
    pub struct UndoImport {
        /// Makes a repeated click harmless: a UUID.
        pub request_id: String,
        /// Import id.
        pub import: String,
    }
}

shape! {
    /// What the undo did.
    pub struct ImportUndone {
        /// Residents (or rules) taken out again.
        pub removed: u32,
        /// Put back to what they were.
        pub restored: u32,
    }
}

shape! {
    /// A past import.
    pub struct ImportLine {
        /// Import id.
        pub import: String,
        /// What.
        pub kind: ImportKind,
        /// When, local time.
        pub at: String,
        /// Who.
        pub actor: String,
        /// Rows created.
        pub created: u32,
        /// Rows updated.
        pub updated: u32,
        /// True when undone.
        pub undone: bool,
        /// Why it can no longer be undone, if so.
        pub fixed: Option<String>,
    }
}

shape! {
    /// Past imports, newest first.
    pub struct Imports {
        /// At most 100.
        pub imports: Vec<ImportLine>,
    }
}
