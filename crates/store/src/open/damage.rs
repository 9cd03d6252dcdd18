//! A damaged database is moved aside, never deleted.

use std::fs;
use std::path::Path;

use rusqlite::{Connection, ErrorCode};

use super::DB_NAME;
use crate::error::StoreError;
use crate::key::file::sync_dir;
use crate::ports::Ports;

/// Passes a sound connection through. The key was proven before, so a file that it does not open
/// is damaged and not foreign.
pub(super) fn set_aside_if_damaged(
    dir: &Path,
    opened: Result<Connection, StoreError>,
    ports: &Ports,
) -> Result<Connection, StoreError> {
    match opened {
        Err(StoreError::Sql(error)) if is_damage(&error) => {
            let moved_to = format!("damaged/town-{}.db", ports.clock.now_ms());
            fs::create_dir_all(dir.join("damaged"))?;
            for suffix in ["-wal", "-shm", ""] {
                let from = dir.join(format!("{DB_NAME}{suffix}"));
                if from.exists() {
                    fs::rename(from, dir.join(format!("{moved_to}{suffix}")))?;
                }
            }
            sync_dir(dir)?;
            Err(StoreError::Damaged { moved_to })
        }
        other => other,
    }
}

fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt))
}
