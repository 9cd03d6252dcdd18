//! Backups: whole copies of the encrypted file. They open with the same keys and with nothing else.

use std::fs;
use std::path::Path;

use rusqlite::Connection;

use crate::error::StoreError;
use crate::key::file::sync_dir;
use crate::open::{DB_NAME, DirState, Store};
use crate::ports::Ports;

const FOLDER: &str = "backup";
/// Backups that are kept: a town's file can reach a gigabyte, and older formats are of use only
/// until the new one has proven itself.
const KEPT: usize = 5;

/// One backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// File name inside the backup folder.
    pub file: String,
    /// When it was made, ms since 1970 UTC.
    pub made_at_ms: i64,
    /// Length in bytes.
    pub bytes: u64,
}

/// Copies the file as it stands, after folding the write-ahead log into it.
pub(crate) fn before_migration(conn: &Connection, dir: &Path, format: u32, ports: &Ports) -> Result<(), StoreError> {
    let folder = dir.join(FOLDER);
    fs::create_dir_all(&folder)?;
    let name = format!("town-{:013}-format{format}.db", ports.clock.now_ms().max(0));
    let target = folder.join(&name);
    // `VACUUM INTO` reads one snapshot and writes the copy with the same key, so that a program
    // writing meanwhile cannot tear it.
    let path = target.to_str().ok_or(StoreError::Io(std::io::ErrorKind::InvalidFilename.into()))?;
    if target.exists() {
        return Ok(());
    }
    conn.execute("VACUUM INTO ?1", [path])?;
    fs::File::open(&target)?.sync_all()?;
    sync_dir(&folder)?;
    thin_out(dir)
}

fn thin_out(dir: &Path) -> Result<(), StoreError> {
    let present = Store::backups(dir)?;
    for old in present.iter().skip(KEPT) {
        fs::remove_file(dir.join(FOLDER).join(&old.file))?;
    }
    Ok(())
}

impl Store {
    /// The backups of a folder, newest first.
    ///
    /// # Errors
    /// Faults of the disk.
    pub fn backups(dir: &Path) -> Result<Vec<Backup>, StoreError> {
        let entries = match fs::read_dir(dir.join(FOLDER)) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error.into()),
        };
        let mut backups = Vec::new();
        for entry in entries {
            let entry = entry?;
            let Ok(file) = entry.file_name().into_string() else { continue };
            let made = file.strip_prefix("town-").and_then(|rest| rest.split('-').next());
            let Some(made_at_ms) = made.and_then(|ms| ms.parse().ok()) else { continue };
            backups.push(Backup { file, made_at_ms, bytes: entry.metadata()?.len() });
        }
        backups.sort_by(|a, b| (b.made_at_ms, &b.file).cmp(&(a.made_at_ms, &a.file)));
        Ok(backups)
    }

    /// Puts a backup in the place of a database that is missing (a damaged one has been moved
    /// aside by then).
    ///
    /// # Errors
    /// [`StoreError::TownExists`] where a database is in place, and faults of the disk.
    pub fn restore_backup(dir: &Path, file: &str) -> Result<(), StoreError> {
        if Self::dir_state(dir)? != DirState::Damaged {
            return Err(StoreError::TownExists);
        }
        let known = Self::backups(dir)?.into_iter().find(|backup| backup.file == file);
        let backup = known.ok_or(StoreError::Missing { what: "备份" })?;
        let fresh = dir.join("town.db.restored");
        fs::copy(dir.join(FOLDER).join(backup.file), &fresh)?;
        fs::File::open(&fresh)?.sync_all()?;
        fs::rename(fresh, dir.join(DB_NAME))?;
        sync_dir(dir)
    }
}
