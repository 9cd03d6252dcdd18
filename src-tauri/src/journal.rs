//! The program's log file: what happened, never to whom.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;
use std::sync::Mutex;

use tracing_subscriber::EnvFilter;

use crate::DataFolder;

const LOG_FILE: &str = "zhenxin.log";
const FORMER_LOG_FILE: &str = "zhenxin.log.1";
/// Two such files are kept at most: months of ordinary work, small enough to send by mail.
const LOG_LIMIT_BYTES: u64 = 2 * 1024 * 1024;

/// Starts the log and the panic hook. Without a log the program works all the same.
pub fn start(folder: &DataFolder) {
    std::panic::set_hook(Box::new(|panic| {
        // never the panic's own text: it can quote a value
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "panic");
    }));
    let Ok(file) = open(folder.path()) else { return };
    let filter = EnvFilter::try_from_env("ZHENXIN_LOG").unwrap_or_else(|_| EnvFilter::new("warn,zhenxin=info"));
    let started =
        tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(Mutex::new(file)).try_init();
    if started.is_ok() {
        tracing::info!(version = env!("CARGO_PKG_VERSION"), "started");
    }
}

fn open(folder: &Path) -> io::Result<File> {
    let path = folder.join(LOG_FILE);
    if fs::metadata(&path).is_ok_and(|log| log.len() > LOG_LIMIT_BYTES) {
        fs::rename(&path, folder.join(FORMER_LOG_FILE))?;
    }
    OpenOptions::new().create(true).append(true).open(path)
}
