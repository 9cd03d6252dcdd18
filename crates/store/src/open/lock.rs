//! The lock between programs on one data folder: shared by all that have the town's file open, held alone by the one that
//! puts another file in its place. A program that had the former file open would go on writing into it, unseen.
//!
//! Beside SQLite's own locks, which know nothing of a file that gets another name. The system frees it with its process.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

use crate::error::StoreError;

/// Empty for ever; removing it would let two programs hold two locks.
const NAME: &str = "town.lock";

/// Free again when it is dropped.
#[derive(Debug)]
pub(crate) struct FolderLock {
    _file: File,
}

impl FolderLock {
    fn take(dir: &Path, lock: impl FnOnce(&File) -> Result<(), TryLockError>) -> Result<Self, StoreError> {
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(dir.join(NAME))?;
        match lock(&file) {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(StoreError::InUse),
            Err(TryLockError::Error(error)) => Err(error.into()),
        }
    }

    /// For as long as the file is open.
    pub(crate) fn shared(dir: &Path) -> Result<Self, StoreError> {
        Self::take(dir, File::try_lock_shared)
    }

    /// While the file is replaced or moved aside.
    pub(crate) fn alone(dir: &Path) -> Result<Self, StoreError> {
        Self::take(dir, File::try_lock)
    }
}
