//! Backups: the town's log in a file of its own, sealed photos beside it, and one copy of the key vault.
//!
//! A backup holds operations and what is needed to go on as this device; tables are folded again when it is restored. Of
//! the vault there is only the newest copy, replaced whole at every backup and at every erasure, so that no old backup
//! gives back the key of a person who was erased. All files are encrypted: logs and vault with the file's own key, photos
//! with the key of their subject. They open with the same keys as the town's file and with nothing else.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use zhenxin_domain::division::TownCode;
use zhenxin_domain::keeping::{KeptFor, kept};

use crate::error::StoreError;
use crate::key::FileKey;
use crate::open::identity::{meta, set_meta};
use crate::open::{Store, migrate};
use crate::pool::{Use, connect};
use crate::ports::china_date;

pub(crate) mod aside;
pub(crate) mod files;
pub(crate) mod make;
pub(crate) mod part;
pub(crate) mod second;
#[cfg(test)]
pub(crate) mod tests;

/// Folder of the backups inside the data folder.
pub(crate) const FOLDER: &str = "backup";
/// The copy of the vault.
pub(crate) const VAULT_NAME: &str = "vault.zxv";
/// Folder of the sealed photos.
pub(crate) const FILES: &str = "files";
/// Before the moment at which a backup was made, in its name.
const LOG_PREFIX: &str = "log-";
/// After it.
const LOG_SUFFIX: &str = ".zxl";
/// Where the second place is, in the file's own notes.
const SECOND: &str = "backup.second";
/// When something was last copied there.
const SECOND_AT: &str = "backup.second_at";
/// How many erasures the vault's copy there knows.
const SECOND_ERASED: &str = "backup.second_erased";
/// When a rehearsal last succeeded.
const REHEARSED_AT: &str = "backup.rehearsed_at";

/// One backup as it is seen from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// File name inside the backup folder.
    pub file: String,
    /// When it was made, ms since 1970 UTC.
    pub made_at_ms: i64,
    /// Length in bytes of the log; photos are shared by all backups.
    pub bytes: u64,
}

/// What a backup says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Manifest {
    /// Format of the file that it was made of.
    pub format: u32,
    /// Operations in it.
    pub ops: u64,
    /// Residents at that time, without merged and erased ones.
    pub residents: u64,
    /// Transfers of all ledgers at that time.
    pub transfers: u64,
    /// Files that it names.
    pub files: u64,
}

/// A backup in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupLine {
    /// Its file.
    pub backup: Backup,
    /// What it says of itself; `None` where it cannot be read.
    pub manifest: Option<Manifest>,
    /// Why it is kept; `None` where it makes room at the next backup.
    pub kept: Option<KeptFor>,
}

/// Where a backup lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BackupPlace {
    /// In the data folder.
    Here,
    /// In the second place.
    Second,
}

/// What became of the second place at a backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecondOutcome {
    /// There is none.
    NotSet,
    /// The backup was copied.
    Copied,
    /// The disk or stick is not there.
    Missing,
    /// It is there and could not be written: the code of the error.
    Failed(&'static str),
}

/// A backup that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupMade {
    /// The backup.
    pub backup: Backup,
    /// What became of the second place.
    pub second: SecondOutcome,
}

/// What the file notes about its backups.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BackupNotes {
    /// Folder that was chosen as the second place.
    pub second: Option<PathBuf>,
    /// When something was last copied there, ms since 1970 UTC.
    pub second_at_ms: Option<i64>,
    /// Erasures that the second place has not heard of: its copy of the vault still holds those keys.
    pub second_lacks_erasures: u64,
    /// When a rehearsal last succeeded, ms since 1970 UTC.
    pub rehearsed_at_ms: Option<i64>,
}

pub(crate) fn log_name(made_at_ms: i64) -> String {
    format!("{LOG_PREFIX}{:013}{LOG_SUFFIX}", made_at_ms.max(0))
}

fn made_at(file: &str) -> Option<i64> {
    file.strip_prefix(LOG_PREFIX)?.strip_suffix(LOG_SUFFIX)?.parse().ok()
}

/// The folder of a town's backups inside a second place: one stick may serve several towns.
pub(crate) fn folder_in(second: &Path, town: TownCode) -> PathBuf {
    second.join(format!("zhenxin-backup-{town}"))
}

/// The logs in a folder, newest first; none where it does not exist.
pub(crate) fn logs_in(folder: &Path) -> Result<Vec<Backup>, StoreError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(Vec::new()),
        Err(error) => return Err(error.into()),
    };
    let mut backups = Vec::new();
    for entry in entries {
        let entry = entry?;
        let Ok(file) = entry.file_name().into_string() else { continue };
        let Some(made_at_ms) = made_at(&file) else { continue };
        backups.push(Backup { file, made_at_ms, bytes: entry.metadata()?.len() });
    }
    backups.sort_by_key(|backup| std::cmp::Reverse(backup.made_at_ms));
    Ok(backups)
}

/// Why each of these, newest first, is kept.
fn kept_for(backups: &[Backup]) -> Vec<Option<KeptFor>> {
    let days: Vec<_> = backups.iter().map(|backup| china_date(backup.made_at_ms)).collect();
    kept(&days)
}

/// Opens a backup's log; the caller has made sure that the key is the town's.
pub(crate) fn open_log(path: &Path, key: &FileKey) -> Result<(Connection, Manifest), StoreError> {
    let unreadable = |error: StoreError| match error {
        StoreError::Corrupt(_) | StoreError::Sql(_) => StoreError::BackupUnreadable,
        other => other,
    };
    let conn = connect(path, key, Use::Read, false).map_err(unreadable)?;
    let (found, known) = (migrate::format_of(&conn)?, migrate::KNOWN);
    if found > known {
        return Err(StoreError::NewerFile { found, known });
    }
    let sql = "SELECT format, ops, residents, transfers, files FROM manifest";
    let manifest = conn.query_row(sql, [], |row| {
        let whole = |at| row.get::<_, i64>(at).map(i64::unsigned_abs);
        Ok(Manifest {
            format: row.get(0)?,
            ops: whole(1)?,
            residents: whole(2)?,
            transfers: whole(3)?,
            files: whole(4)?,
        })
    });
    let manifest = manifest.map_err(|error| unreadable(error.into()))?;
    if manifest.format != found || found == 0 {
        return Err(StoreError::BackupUnreadable);
    }
    Ok((conn, manifest))
}

impl Store {
    /// The backups in a data folder, newest first; no key is needed to see them.
    ///
    /// # Errors
    /// Faults of the disk.
    pub fn backups(dir: &Path) -> Result<Vec<Backup>, StoreError> {
        logs_in(&dir.join(FOLDER))
    }

    /// The backups of any folder that a second place was: the folder itself, or one inside of it.
    ///
    /// # Errors
    /// Faults of the disk.
    pub fn backups_on(folder: &Path) -> Result<Vec<Backup>, StoreError> {
        logs_in(&second::shelf_on(folder)?)
    }

    /// Makes a backup now, while everybody works on, thins out older ones, and copies it to the second place.
    ///
    /// # Errors
    /// Faults of the disk. A second place that is missing is none.
    pub fn back_up(&self) -> Result<BackupMade, StoreError> {
        let _one_at_a_time = self.upkeep();
        if self.inner.is_closed() {
            return Err(StoreError::Closed);
        }
        // What operations have named since the last exchange.
        self.attachments_due()?;
        let backup = self.maker().make()?;
        let second = self.copy_to_second()?;
        Ok(BackupMade { backup, second })
    }

    fn maker(&self) -> make::Maker<'_> {
        make::Maker { dir: &self.inner.dir, key: &self.inner.key, ports: &self.inner.ports }
    }

    /// Replaces the copies of the vault by the keys as they are now, and removes whole files that were moved aside: they
    /// hold the erased in plain tables. To be called after every erasure.
    ///
    /// # Errors
    /// Faults of the disk; a second place that is missing is noted and caught up with at the next backup.
    pub fn replace_vault_copies(&self) -> Result<(), StoreError> {
        let _one_at_a_time = self.upkeep();
        self.maker().replace_vault()?;
        aside::remove_whole_files(self.dir())?;
        self.copy_to_second().map(|_| ())
    }

    /// Replaces the copies of the key file beside the backups. A second place that cannot be written gets it with the next
    /// backup.
    pub(crate) fn replace_key_file_copies(&self) -> Result<(), StoreError> {
        let _one_at_a_time = self.upkeep();
        let folder = self.inner.dir.join(FOLDER);
        if folder.is_dir() {
            self.maker().copy_key_file(&folder)?;
        }
        if let Ok(second) = self.backup_folder(BackupPlace::Second)
            && second.is_dir()
            && let Err(error) = self.copy_recovery_slot(&second)
        {
            tracing::warn!(code = error.code(), "the second place did not get the new recovery slot");
        }
        Ok(())
    }

    /// The backups in a place, newest first, each opened to see whether it can be read.
    ///
    /// # Errors
    /// [`StoreError::PlaceMissing`], faults of the disk.
    pub fn backup_lines(&self, place: BackupPlace) -> Result<Vec<BackupLine>, StoreError> {
        let folder = self.backup_folder(place)?;
        let backups = logs_in(&folder)?;
        let kept = kept_for(&backups);
        let lines = backups.into_iter().zip(kept).map(|(backup, kept)| {
            let manifest = open_log(&folder.join(&backup.file), &self.inner.key).ok().map(|(_, manifest)| manifest);
            BackupLine { backup, manifest, kept }
        });
        Ok(lines.collect())
    }

    /// Bytes of the sealed photos in a place.
    ///
    /// # Errors
    /// [`StoreError::PlaceMissing`], faults of the disk.
    pub fn backup_file_bytes(&self, place: BackupPlace) -> Result<u64, StoreError> {
        files::bytes_in(&self.backup_folder(place)?.join(FILES))
    }

    /// The folder of a place.
    ///
    /// # Errors
    /// [`StoreError::PlaceMissing`] where the second place is not set or not there.
    pub fn backup_folder(&self, place: BackupPlace) -> Result<PathBuf, StoreError> {
        match place {
            BackupPlace::Here => Ok(self.inner.dir.join(FOLDER)),
            BackupPlace::Second => {
                let second = self.backup_notes()?.second.filter(|second| second.is_dir());
                Ok(folder_in(&second.ok_or(StoreError::PlaceMissing)?, self.town()))
            }
        }
    }

    /// What the file notes about its backups.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn backup_notes(&self) -> Result<BackupNotes, StoreError> {
        self.read(|r| {
            let number = |key| -> Result<Option<i64>, StoreError> {
                let bytes = meta(r.conn(), key)?.and_then(|bytes| <[u8; 8]>::try_from(bytes).ok());
                Ok(bytes.map(i64::from_be_bytes))
            };
            let second = meta(r.conn(), SECOND)?.and_then(|bytes| String::from_utf8(bytes).ok());
            let erased = erasures(r.conn())?;
            let lacks = erased - number(SECOND_ERASED)?.unwrap_or(0);
            let second_at_ms = number(SECOND_AT)?;
            Ok(BackupNotes {
                second: second.filter(|folder| !folder.is_empty()).map(PathBuf::from),
                second_at_ms,
                second_lacks_erasures: if second_at_ms.is_some() { lacks.max(0).unsigned_abs() } else { 0 },
                rehearsed_at_ms: number(REHEARSED_AT)?,
            })
        })
    }

    pub(crate) fn note_rehearsal(&self) -> Result<(), StoreError> {
        let now_ms = self.inner.ports.clock.now_ms();
        self.write_arrived(|log| set_meta(log.conn, REHEARSED_AT, &now_ms.to_be_bytes()))
    }
}

/// How many subjects are erased here.
fn erasures(conn: &Connection) -> Result<i64, StoreError> {
    let sql = "SELECT count(*) FROM subject_key WHERE tombstone = 1";
    Ok(conn.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
}
