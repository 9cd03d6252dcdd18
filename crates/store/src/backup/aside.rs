//! Whole files that were moved aside: damaged ones, and those that a backup took the place of.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use crate::error::StoreError;
use crate::key::file::sync_dir;
use crate::open::DB_NAME;
use crate::ports::Ports;

/// Folder of damaged files.
pub(crate) const DAMAGED: &str = "damaged";
/// Folder of files that a backup took the place of.
pub(crate) const REPLACED: &str = "replaced";

/// Moves the town's file aside, with what belongs to it; where it lies now. `None` where there is none.
pub(crate) fn move_aside(dir: &Path, folder: &str, ports: &Ports) -> Result<Option<String>, StoreError> {
    if !dir.join(DB_NAME).exists() {
        return Ok(None);
    }
    let moved_to = format!("{folder}/town-{}.db", ports.clock.now_ms());
    fs::create_dir_all(dir.join(folder))?;
    // The file itself last: while it is there the move is taken up again.
    for suffix in ["-wal", "-shm", ""] {
        let from = dir.join(format!("{DB_NAME}{suffix}"));
        if from.exists() {
            fs::rename(from, dir.join(format!("{moved_to}{suffix}")))?;
        }
    }
    sync_dir(&dir.join(folder))?;
    sync_dir(dir)?;
    Ok(Some(moved_to))
}

/// The newest file in a folder of files moved aside, as [`move_aside`] named it.
pub(crate) fn newest(dir: &Path, folder: &str) -> Result<Option<String>, StoreError> {
    let entries = match fs::read_dir(dir.join(folder)) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let mut newest: Option<(i64, String)> = None;
    for entry in entries {
        let Ok(name) = entry?.file_name().into_string() else { continue };
        let at = name.strip_prefix("town-").and_then(|rest| rest.strip_suffix(".db")?.parse().ok());
        let Some(at) = at else { continue };
        newest = newest.max(Some((at, format!("{folder}/{name}"))));
    }
    Ok(newest.map(|(_, name)| name))
}

/// Removes all files moved aside. They were kept in case a restore had gone wrong; the town's file is open and whole now,
/// and they hold every person in plain tables, also one who was erased.
pub(super) fn remove_whole_files(dir: &Path) -> Result<(), StoreError> {
    for folder in [DAMAGED, REPLACED] {
        match fs::remove_dir_all(dir.join(folder)) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    Ok(())
}
