//! A file that is being written: it gets its name when it is whole and on the disk.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::StoreError;
use crate::key::file::sync_dir;
use crate::key::hex;
use crate::ports::Ports;

const SUFFIX: &str = ".part";
/// No file takes longer to write; what is older was left by a crash.
const LEFT_BEHIND_MS: i64 = 6 * 60 * 60 * 1000;

/// A file without its name yet. Dropped before [`Part::finish`] it is removed.
pub(crate) struct Part {
    path: PathBuf,
    target: PathBuf,
    done: bool,
}

impl Part {
    /// Beside its target, so that naming it moves no bytes.
    pub(crate) fn new(target: PathBuf, ports: &Ports) -> Result<Self, StoreError> {
        let folder = target.parent().ok_or(StoreError::Io(std::io::ErrorKind::InvalidFilename.into()))?;
        let name = format!("{:013}-{}{SUFFIX}", ports.clock.now_ms().max(0), hex(&ports.random::<8>()));
        Ok(Self { path: folder.join(name), target, done: false })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Makes the bytes durable and gives the file its name.
    pub(crate) fn finish(mut self) -> Result<(), StoreError> {
        // Windows makes durable only what may be written.
        fs::OpenOptions::new().write(true).open(&self.path)?.sync_all()?;
        fs::rename(&self.path, &self.target)?;
        self.done = true;
        match self.target.parent() {
            Some(folder) => sync_dir(folder),
            None => Ok(()),
        }
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if self.done || !self.path.exists() {
            return;
        }
        if let Err(error) = fs::remove_file(&self.path) {
            tracing::warn!(kind = ?error.kind(), "an unfinished file of a backup could not be removed");
        }
    }
}

/// Writes a file as a whole.
pub(crate) fn write(target: PathBuf, bytes: &[u8], ports: &Ports) -> Result<(), StoreError> {
    let part = Part::new(target, ports)?;
    fs::write(part.path(), bytes)?;
    part.finish()
}

/// Copies a file as a whole.
pub(crate) fn copy(from: &Path, target: PathBuf, ports: &Ports) -> Result<(), StoreError> {
    let part = Part::new(target, ports)?;
    fs::copy(from, part.path())?;
    part.finish()
}

/// Removes what a crash has left in a folder.
pub(crate) fn sweep(folder: &Path, ports: &Ports) -> Result<(), StoreError> {
    let before = ports.clock.now_ms() - LEFT_BEHIND_MS;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        let begun = name.strip_suffix(SUFFIX).and_then(|rest| rest.split('-').next()?.parse::<i64>().ok());
        if begun.is_some_and(|begun| begun < before) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
