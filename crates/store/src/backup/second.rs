//! The second place: a folder on another disk or a stick. It is often not there, which stops nothing and is said plainly.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::{
    FILES, FOLDER, SECOND, SECOND_AT, SECOND_ERASED, SecondOutcome, VAULT_NAME, erasures, files, folder_in, logs_in,
    make, open_log, part,
};
use crate::error::StoreError;
use crate::key::file::{self, KeyFile};
use crate::open::Store;
use crate::open::identity::set_meta;

/// Folders of a stick that are looked into for backups: nobody sorts more towns onto one.
const FOLDERS_SEEN_MAX: usize = 200;

/// The folder with backups that a person means: the one named, or one of a town inside of it.
pub(crate) fn shelf_on(folder: &Path) -> Result<PathBuf, StoreError> {
    if !logs_in(folder)?.is_empty() {
        return Ok(folder.to_owned());
    }
    let Ok(entries) = fs::read_dir(folder) else { return Err(StoreError::PlaceMissing) };
    let mut shelves = Vec::new();
    for entry in entries.take(FOLDERS_SEEN_MAX) {
        let path = entry?.path();
        if let Some(newest) = logs_in(&path)?.first() {
            shelves.push((newest.made_at_ms, path));
        }
    }
    shelves.sort();
    shelves.pop().map(|(_, path)| path).ok_or(StoreError::Missing { what: "备份" })
}

/// Whether two folders lie on the same disk, where the system says so.
fn on_one_disk(a: &Path, b: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let device = |path: &Path| fs::metadata(path).map(|found| found.dev()).ok();
        device(a).is_some() && device(a) == device(b)
    }
    #[cfg(not(unix))]
    {
        let drive = |path: &Path| path.components().next().map(|first| first.as_os_str().to_ascii_uppercase());
        drive(a).is_some() && drive(a) == drive(b)
    }
}

impl Store {
    /// Sets the second place, or takes it away. The folder must be there and writable.
    ///
    /// # Errors
    /// [`StoreError::PlaceMissing`], [`StoreError::Refused`] for the data folder itself, faults of the disk.
    pub fn set_second_place(&self, folder: Option<&Path>) -> Result<(), StoreError> {
        let text = match folder {
            None => "",
            Some(folder) => {
                if !folder.is_absolute() || !folder.is_dir() {
                    return Err(StoreError::PlaceMissing);
                }
                let (chosen, own) = (fs::canonicalize(folder)?, fs::canonicalize(self.dir())?);
                if chosen.starts_with(&own) {
                    return Err(StoreError::Refused("第二位置不能放在数据文件夹里面，请选另一块磁盘或U盘"));
                }
                fs::create_dir_all(folder_in(folder, self.town()).join(FILES))?;
                folder.to_str().ok_or(StoreError::Io(std::io::ErrorKind::InvalidFilename.into()))?
            }
        };
        self.write_arrived(|log| {
            set_meta(log.conn, SECOND, text.as_bytes())?;
            let forget = "DELETE FROM meta WHERE key IN (?1, ?2)";
            log.conn.prepare_cached(forget)?.execute([SECOND_AT, SECOND_ERASED])?;
            Ok(())
        })
    }

    /// Whether the second place lies on the disk of the data itself, so that one failure takes both.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn second_shares_disk(&self) -> Result<bool, StoreError> {
        Ok(self.backup_notes()?.second.is_some_and(|second| on_one_disk(&second, self.dir())))
    }

    /// Copies the newest backup to the second place and brings its vault up to date. The caller holds the upkeep lock.
    pub(super) fn copy_to_second(&self) -> Result<SecondOutcome, StoreError> {
        let Some(second) = self.backup_notes()?.second else { return Ok(SecondOutcome::NotSet) };
        if !second.is_dir() {
            return Ok(SecondOutcome::Missing);
        }
        let erased = self.read(|r| erasures(r.conn()))?;
        if let Err(error) = self.copy_shelf(&folder_in(&second, self.town())) {
            tracing::warn!(code = error.code(), "the second place could not be written");
            return Ok(SecondOutcome::Failed(error.code()));
        }
        let now_ms = self.inner.ports.clock.now_ms();
        self.write_arrived(|log| {
            set_meta(log.conn, SECOND_AT, &now_ms.to_be_bytes())?;
            set_meta(log.conn, SECOND_ERASED, &erased.to_be_bytes())
        })?;
        Ok(SecondOutcome::Copied)
    }

    fn copy_shelf(&self, to: &Path) -> Result<(), StoreError> {
        let (from, ports, key) = (self.inner.dir.join(FOLDER), &self.inner.ports, &self.inner.key);
        fs::create_dir_all(to.join(FILES))?;
        part::sweep(to, ports)?;
        part::sweep(&to.join(FILES), ports)?;
        part::copy(&from.join(VAULT_NAME), to.join(VAULT_NAME), ports)?;
        self.copy_recovery_slot(to)?;
        let present: BTreeSet<String> = logs_in(to)?.into_iter().map(|backup| backup.file).collect();
        if let Some(newest) = logs_in(&from)?.first().filter(|newest| !present.contains(&newest.file)) {
            let path = from.join(&newest.file);
            let (log, _) = open_log(&path, key)?;
            for name in files::named_in(&log)? {
                let (source, target) = (from.join(FILES).join(&name), to.join(FILES).join(&name));
                if source.exists() && !target.exists() {
                    part::copy(&source, target, ports)?;
                }
            }
            part::copy(&path, to.join(&newest.file), ports)?;
        }
        make::thin_out(to, key)
    }

    /// Of the key file only what the recovery key opens: a stick gets lost, and a password can be guessed at.
    pub(super) fn copy_recovery_slot(&self, to: &Path) -> Result<(), StoreError> {
        let key_file = KeyFile::load(self.dir())?.ok_or(StoreError::KeyFile)?;
        part::write(to.join(file::NAME), key_file.for_a_stick().to_text()?.as_bytes(), &self.inner.ports)
    }
}
