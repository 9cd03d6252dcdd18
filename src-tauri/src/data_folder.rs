//! Where this person's data lie, and the lock that keeps a second window away from them.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use tauri::{AppHandle, Manager};
use zhenxin_app::contract::{Fault, FaultCode};

/// Another place for the data; used by tests and by `cargo xtask run`.
const FOLDER_VARIABLE: &str = "ZHENXIN_DATA";
const LOCK_FILE: &str = "window.lock";

/// The folder with the town's encrypted file, the log and the window's place.
pub struct DataFolder {
    path: PathBuf,
}

impl DataFolder {
    /// The folder named by `ZHENXIN_DATA`, else the system's folder for local program data; made where it is missing.
    ///
    /// # Errors
    /// The system names no such folder, or it cannot be made.
    pub fn choose(app: &AppHandle) -> anyhow::Result<Self> {
        let path = match std::env::var_os(FOLDER_VARIABLE) {
            Some(path) => PathBuf::from(path),
            None => app.path().app_local_data_dir()?,
        };
        fs::create_dir_all(&path)?;
        Ok(Self { path })
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Takes the folder for this process; it is free again when the file is dropped or the process ends in any way.
    pub(crate) fn lock(&self) -> Result<File, Fault> {
        let file =
            OpenOptions::new().create(true).truncate(false).write(true).open(self.path.join(LOCK_FILE)).map_err(
                |_| {
                    Fault::new(
                        FaultCode::System,
                        "不能写入本机的数据文件夹。请检查磁盘空间和文件夹权限，然后重新打开镇信。",
                    )
                },
            )?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => {
                Err(Fault::new(FaultCode::Conflict, "镇信已经打开了。请关闭本窗口，切换到先前的窗口继续工作。"))
            }
            Err(TryLockError::Error(_)) => {
                Err(Fault::new(FaultCode::System, "数据文件夹所在的磁盘不支持加锁。请把镇信的数据放在本机磁盘上。"))
            }
        }
    }
}

#[cfg(test)]
mod tests;
