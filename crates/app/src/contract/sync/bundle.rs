//! U盘同步: what goes into a bundle, its making, its taking in.
//!
//! A bundle may be 2 GB: it crosses the boundary in pieces, in both directions.

use crate::contract::{Fault, shape};

shape! {
    /// An export or import that was done.
    pub struct BundleLine {
        /// Bundle id.
        pub bundle: String,
        /// True for an export, false for an import.
        pub exported: bool,
        /// When, local time.
        pub at: String,
        /// By whom.
        pub actor: String,
        /// Export: for whom; import: which PC or 区平台 made it, and when.
        pub peer: String,
        /// Size of the file.
        pub bytes: u64,
        /// Records in it (export), or new ones among them (import).
        pub ops: u64,
        /// Confirmations of own records in it (import), or for others (export).
        pub confirmations: u64,
        /// True when the file was cut and only its valid part was taken.
        pub cut: bool,
        /// What stays to be told of an import, in words: records that wait, were put aside or passed over.
        pub rest: Vec<String>,
    }
}

shape! {
    /// Somebody who can open the bundle.
    pub struct BundleRecipient {
        /// Device id, to make a bundle for this PC alone; absent for the district.
        pub device: Option<String>,
        /// Label of the PC, or 区平台.
        pub label: String,
        /// True for the district.
        pub district: bool,
        /// Until when this PC knows that the recipient has everything, local time; absent when nothing is known.
        pub has_until: Option<String>,
    }
}

shape! {
    /// What an export would hold now.
    pub struct BundlePlan {
        /// Why there can be none, with the next step; else absent.
        pub refusal: Option<String>,
        /// Who can open it.
        pub recipients: Vec<BundleRecipient>,
        /// Records since this moment go in, local time; absent: from the beginning.
        pub since: Option<String>,
        /// Records that wait for the district.
        pub pending_ops: u64,
        /// Records that the district has confirmed and a recipient may lack.
        pub confirmed_ops: u64,
        /// Keys (wrapped) in it.
        pub keys: u64,
        /// Photos and other files.
        pub files: u32,
        /// Their bytes, in the estimate as well.
        pub files_bytes: u64,
        /// About so many bytes.
        pub estimate_bytes: u64,
    }
}

shape! {
    /// Makes a bundle; watch it with `bundle_job`.
    pub struct ExportBundle {
        /// For this PC, cut to what it may read; absent: for all who may read what this PC holds, and the district.
        pub to: Option<String>,
        /// Where to write it on this machine, for the command line; absent: fetch it with `bundle_piece`.
        pub path: Option<String>,
    }
}

shape! {
    /// Opens or goes on with an upload of a bundle.
    pub struct UploadBundle {
        /// Number of the upload that goes on; absent for a new one, which drops any former one.
        pub upload: Option<u32>,
        /// Where these bytes begin; must be what was received so far.
        pub offset: u64,
        /// Content, base64, at most 4 MiB.
        pub content: String,
    }
}

shape! {
    /// How much of an upload has arrived.
    pub struct BundleUpload {
        /// Number of the upload.
        pub upload: u32,
        /// Bytes received.
        pub received: u64,
    }
}

shape! {
    /// Takes a bundle in; watch it with `bundle_job`.
    pub struct ImportBundle {
        /// A complete upload. Either this or `path`.
        pub upload: Option<u32>,
        /// Path on this machine, for the command line. Either this or `upload`.
        pub path: Option<String>,
    }
}

shape! {
    /// Names a bundle job of this session.
    pub struct BundleJobRef {
        /// Job number.
        pub job: u32,
    }
}

shape! {
    /// Where a bundle job is.
    #[derive(Copy, PartialEq, Eq)]
    pub enum BundlePhase {
        /// 正在写出 or 正在读入.
        Running,
        /// 完成.
        Done,
        /// 已取消: an export leaves no file; an import keeps what it took.
        Cancelled,
        /// Refused; `fault` says why.
        Refused,
    }
}

shape! {
    /// A bundle that was made.
    pub struct BundleMade {
        /// Bundle id.
        pub bundle: String,
        /// Suggested name, ends in .zxb.
        pub file_name: String,
        /// Size.
        pub bytes: u64,
        /// Records in it, confirmed and waiting.
        pub ops: u64,
        /// Photos and other files in it.
        pub files: u32,
        /// Who can open it.
        pub recipients: Vec<String>,
    }
}

shape! {
    /// What was taken from a bundle.
    pub struct BundleTaken {
        /// Bundle id.
        pub bundle: String,
        /// Which PC made it, or 区平台.
        pub from: String,
        /// When it was made, local time.
        pub made_at: String,
        /// Records that are new here.
        pub new_ops: u64,
        /// Records that were here already.
        pub known_ops: u64,
        /// Own records that the district has confirmed in it.
        pub confirmations: u64,
        /// Own records that it sent back.
        pub refusals: u64,
        /// Photos and other files that were not here and are complete now.
        pub files: u32,
        /// True when the file was cut: the valid part was taken.
        pub cut: bool,
        /// What was not simply taken, in words with the next step: records that wait for an earlier file, were put aside
        /// or passed over.
        pub rest: Vec<String>,
    }
}

shape! {
    /// A running or ended bundle job.
    pub struct BundleJob {
        /// Number.
        pub job: u32,
        /// True for an export.
        pub export: bool,
        /// Where it is.
        pub phase: BundlePhase,
        /// Bytes done.
        pub done_bytes: u64,
        /// Bytes in all (an estimate for an export).
        pub total_bytes: u64,
        /// Why it was refused.
        pub fault: Option<Fault>,
        /// The export, when done.
        pub made: Option<BundleMade>,
        /// The import, when done or cancelled.
        pub taken: Option<BundleTaken>,
    }
}

shape! {
    /// Asks for a piece of a bundle that was made in this session.
    pub struct BundlePieceRef {
        /// Job number of the export.
        pub job: u32,
        /// Where the piece begins.
        pub offset: u64,
    }
}

shape! {
    /// A piece of a bundle.
    pub struct BundlePiece {
        /// Content, base64, at most 4 MiB; shorter only at the end.
        pub content: String,
        /// Where the next one begins; absent after the last.
        pub next: Option<u64>,
    }
}
