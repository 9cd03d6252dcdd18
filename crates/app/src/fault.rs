//! The one map from inner errors to [`Fault`].

use zhenxin_documents::{DocumentError, sheet::SheetError, workbook::WorkbookError};
use zhenxin_store::StoreError;
use zhenxin_sync::SyncError;

use crate::contract::{Fault, FaultCode};

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        let code = match &error {
            StoreError::WrongPassword { .. } | StoreError::RecoveryTyped { .. } | StoreError::WrongRecovery => {
                FaultCode::WrongPassword
            }
            StoreError::CodeMissing => FaultCode::SecondFactor,
            StoreError::Locked { .. } => FaultCode::Locked,
            StoreError::NoTown | StoreError::Missing { .. } => FaultCode::NotFound,
            StoreError::TownExists
            | StoreError::SignInTaken
            | StoreError::Busy
            | StoreError::InUse
            | StoreError::Closed
            | StoreError::Cancelled
            | StoreError::Refused(_) => FaultCode::Conflict,
            StoreError::Body(_) | StoreError::KeyMissing | StoreError::OtherWay => FaultCode::Invalid,
            StoreError::LineageChanged | StoreError::HistoryDiffers | StoreError::Forked => FaultCode::District,
            StoreError::DiskFull | StoreError::Io(_) | StoreError::KeyringSilent | StoreError::PlaceMissing => {
                FaultCode::System
            }
            StoreError::BackupUnreadable => FaultCode::BadFile,
            StoreError::FileMissing
            | StoreError::KeyFile
            | StoreError::NewerFile { .. }
            | StoreError::Damaged { .. }
            | StoreError::Sql(_)
            | StoreError::Corrupt(_)
            | StoreError::Op(_)
            | StoreError::Seal(_) => FaultCode::Store,
        };
        if code == FaultCode::Store {
            // the text for people hides the cause; whoever repairs the program finds it in the log
            tracing::error!(code = error.code(), cause = ?std::error::Error::source(&error).map(ToString::to_string), "store");
        }
        Self::new(code, sentence(&error.to_string()))
    }
}

impl From<SheetError> for Fault {
    fn from(error: SheetError) -> Self {
        Self::new(FaultCode::BadFile, sentence(&error.to_string()))
    }
}

impl From<WorkbookError> for Fault {
    fn from(error: WorkbookError) -> Self {
        Self::new(FaultCode::System, sentence(&error.to_string()))
    }
}

impl From<DocumentError> for Fault {
    fn from(error: DocumentError) -> Self {
        let code = match error {
            DocumentError::MissingGlyph { .. } | DocumentError::Picture(_) | DocumentError::TooManyPages { .. } => {
                FaultCode::Invalid
            }
            _ => FaultCode::System,
        };
        Self::new(code, sentence(&error.to_string()))
    }
}

impl From<SyncError> for Fault {
    fn from(error: SyncError) -> Self {
        match error {
            SyncError::Store(error) => error.into(),
            SyncError::Address(_) => Self::field("url", sentence(&error.to_string())),
            SyncError::Code(_) => Self::field("code", sentence(&error.to_string())),
            SyncError::Setup(_) => Self::field("ca_pem", sentence(&error.to_string())),
            error => Self::new(FaultCode::District, sentence(&error.to_string())),
        }
    }
}

/// Messages end as sentences do.
pub fn sentence(text: &str) -> String {
    if text.ends_with(['。', '?', '!', '？', '！']) { text.to_owned() } else { format!("{text}。") }
}
