//! Folding the log again into a fresh file.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::types::ToSqlOutput;
use rusqlite::{Connection, TransactionBehavior};
use zhenxin_protocol::op::Op;

use super::Progress;
use crate::error::StoreError;
use crate::log::{Entry, INVALID, Log, READ, UNKNOWN};
use crate::open::{Store, migrate};
use crate::pool::{Use, connect};

/// A fresh file that goes away with its value. It is encrypted like the town's own.
struct Scratch {
    path: PathBuf,
}

impl Drop for Scratch {
    fn drop(&mut self) {
        for suffix in ["", "-wal", "-shm", "-journal"] {
            let mut name = self.path.as_os_str().to_owned();
            name.push(suffix);
            match fs::remove_file(name) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    tracing::warn!("a scratch file of the check could not be removed");
                }
                _ => {}
            }
        }
    }
}

/// Before the random part of a scratch file's name.
const SCRATCH_PREFIX: &str = "verify-";
const SCRATCH_SUFFIX: &str = ".tmp";

/// The name of a scratch file.
pub(super) fn scratch_name(random: &str) -> String {
    format!("{SCRATCH_PREFIX}{random}{SCRATCH_SUFFIX}")
}

/// Removes scratch files that a crash has left; they are encrypted, and of no use to anybody.
pub(crate) fn remove_left_behind(dir: &Path) {
    let Ok(entries) = fs::read_dir(dir) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let left = name
            .to_str()
            .is_some_and(|name| name.strip_prefix(SCRATCH_PREFIX).is_some_and(|rest| rest.contains(SCRATCH_SUFFIX)));
        if left && fs::remove_file(entry.path()).is_err() {
            tracing::warn!("a scratch file of a check that was broken off could not be removed");
        }
    }
}

/// Folds the log of a file into a fresh one, and hands that to whoever looks; what an earlier run under the same name left
/// behind goes.
pub(super) fn replay<T>(
    store: &Store,
    from: &Connection,
    name: &str,
    progress: &mut Option<Progress<'_>>,
    look: impl FnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let ports = &store.inner.ports;
    drop(Scratch { path: store.dir().join(name) });
    let scratch = Scratch { path: store.dir().join(name) };
    let mut conn = connect(&scratch.path, &store.inner.key, Use::Write, true)?;
    // Nothing in it is worth keeping, so nothing is made durable.
    conn.pragma_update(None, "synchronous", "OFF")?;
    migrate::migrate(&mut conn, migrate::MIGRATIONS, None)?;
    let transaction = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    copy_keys(from, &transaction)?;
    let mut log = Log::new(&transaction, ports);
    fold_all(from, &mut log, progress)?;
    log.finish()?;
    drop(log);
    look(&transaction)
}

fn copy_keys(from: &Connection, to: &Connection) -> Result<(), StoreError> {
    for (select, insert) in [
        (
            "SELECT id, key, mine, generation FROM data_key",
            "INSERT INTO data_key (id, key, mine, generation) VALUES (?1, ?2, ?3, ?4)",
        ),
        (
            "SELECT subject, scope, data_key, generation, wrapped, tombstone, dirty FROM subject_key",
            "INSERT INTO subject_key (subject, scope, data_key, generation, wrapped, tombstone, dirty)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        ),
    ] {
        let mut statement = from.prepare(select)?;
        let mut put = to.prepare(insert)?;
        let wanted = put.parameter_count();
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            for at in 0..wanted {
                put.raw_bind_parameter(at + 1, ToSqlOutput::Borrowed(row.get_ref(at)?))?;
            }
            put.raw_execute()?;
        }
    }
    Ok(())
}

/// The log is copied, and everything in it folded once in canonical order: none of the short cuts
/// that the store takes from day to day has a part in it.
fn fold_all(from: &Connection, log: &mut Log<'_>, progress: &mut Option<Progress<'_>>) -> Result<(), StoreError> {
    let mut statement = from.prepare(include_str!("replay.sql"))?;
    let mut rows = statement.query([])?;
    let mut all = BTreeSet::new();
    while let Some(row) = rows.next()? {
        let bytes: Vec<u8> = row.get(0)?;
        let Ok(op) = Op::from_bytes(&bytes) else { continue };
        let body = op.read_body();
        let readable = match &body {
            Ok(Some(_)) => READ,
            Ok(None) => UNKNOWN,
            Err(_) => INVALID,
        };
        let (status, server_seq) = (row.get(1)?, row.get(2)?);
        let hash = Op::hash_of(&bytes);
        let no = log.append(&Entry { op: &op, bytes: &bytes, hash, status, readable, server_seq, receipt_at: None })?;
        if let Ok(Some(body)) = body {
            let entities = op.entities(&body);
            log.register(no, &entities)?;
            all.extend(entities);
        }
    }
    log.fold.fold_from_log(&all, &mut |done, total| progress.as_mut().is_none_or(|progress| progress(done, total)))
}
