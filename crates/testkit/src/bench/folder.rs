//! Where measurements lie: under target/bench, on the disk that the program was built on. The system's folder for
//! temporary files may be memory, on which a durable write costs nothing.

use std::{
    env, fs,
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use anyhow::{Context, Result};
use tempfile::TempDir;

/// Written last: which program made the folder.
const MADE_BY: &str = "made-by";

fn bench() -> Result<PathBuf> {
    let program = env::current_exe()?;
    // target/release/bench
    let target = program.ancestors().nth(2).context("a program outside of a target folder")?;
    let folder = target.join("bench");
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// A folder that is removed when dropped.
pub fn temporary() -> Result<TempDir> {
    Ok(tempfile::Builder::new().prefix("run-").tempdir_in(bench()?)?)
}

/// A folder that takes long to make, kept until the program that made it changes.
pub fn prepared(name: &str, make: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
    let folder = bench()?.join(name);
    let program = fs::metadata(env::current_exe()?)?;
    let built = program.modified()?.duration_since(UNIX_EPOCH)?.as_nanos();
    let made_by = format!("{built} {}", program.len());
    if fs::read_to_string(folder.join(MADE_BY)).is_ok_and(|found| found == made_by) {
        return Ok(folder);
    }
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    make(&folder)?;
    fs::write(folder.join(MADE_BY), made_by)?;
    Ok(folder)
}

/// Copies the files of a folder.
pub fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}
