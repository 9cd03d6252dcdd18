//! The screens in ui/: packages and build, each only when something changed.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::SystemTime;

use anyhow::Context;

use crate::process::{command, complete, root};

const LOCK_FILE: &str = "package-lock.json";
/// The lock file that ui/node_modules was installed from.
const INSTALLED: &str = "node_modules/.installed-package-lock.json";
/// Not sources of the build.
const NOT_SOURCES: &[&str] = &["node_modules", "dist"];

/// npm in ui/.
pub fn npm(words: &[&str]) -> Command {
    let mut npm = command(if cfg!(windows) { "npm.cmd" } else { "npm" });
    npm.current_dir(root().join("ui")).args(words);
    npm
}

/// Installs the packages that the lock file names, unless they are there.
pub fn install() -> anyhow::Result<()> {
    let ui = root().join("ui");
    let lock = fs::read(ui.join(LOCK_FILE)).context("ui/package-lock.json")?;
    if fs::read(ui.join(INSTALLED)).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    complete(&mut npm(&["ci", "--no-audit", "--no-fund"]))?;
    fs::write(ui.join(INSTALLED), lock)?;
    Ok(())
}

/// Builds ui/dist, unless it is newer than everything it is made of.
pub fn build() -> anyhow::Result<()> {
    install()?;
    let ui = root().join("ui");
    let built = fs::metadata(ui.join("dist/index.html")).and_then(|page| page.modified());
    if built.is_ok_and(|built| newest(&ui).is_ok_and(|source| source <= built)) {
        return Ok(());
    }
    complete(&mut npm(&["run", "build"]))
}

fn newest(folder: &Path) -> anyhow::Result<SystemTime> {
    let mut newest = SystemTime::UNIX_EPOCH;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if NOT_SOURCES.iter().any(|passed| name == *passed) || name.to_string_lossy().starts_with('.') {
            continue;
        }
        let kind = entry.file_type()?;
        let time = if kind.is_dir() { self::newest(&entry.path())? } else { entry.metadata()?.modified()? };
        newest = newest.max(time);
    }
    Ok(newest)
}
