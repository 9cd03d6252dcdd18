//! Sealed photos and scans beside the logs: each once, under the name that the district knows it by.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use rusqlite::Connection;
use zeroize::Zeroizing;
use zhenxin_protocol::attachment::{open_attachment, seal_attachment};
use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::seal::Subject;

use super::{FILES, logs_in, open_log, part};
use crate::error::StoreError;
use crate::key::{FileKey, hex};
use crate::ports::Ports;
use crate::vault::{Held, Vault};

/// Bytes that sealing adds.
const TAG_BYTES: u64 = 16;

/// Writes the files that are here and not there yet.
pub(super) fn keep(conn: &Connection, folder: &Path, ports: &Ports) -> Result<(), StoreError> {
    let mut vault = Vault::new(conn);
    let mut statement = conn.prepare(
        "SELECT l.subject, l.blob, a.hash, length(a.bytes) FROM main.attachment_lane l
         JOIN main.attachment a ON a.hash = l.hash WHERE l.blob IS NOT NULL ORDER BY l.blob",
    )?;
    let mut load = conn.prepare("SELECT bytes FROM main.attachment WHERE hash = ?1")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (subject, blob, hash): (Subject, [u8; 32], [u8; 32]) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let whole = row.get::<_, i64>(3)?.unsigned_abs() + TAG_BYTES;
        let target = folder.join(hex(&blob));
        if fs::metadata(&target).is_ok_and(|there| there.len() == whole) {
            continue;
        }
        // Without its key a file is of no use to anybody.
        let Held::Key(key) = vault.held(&subject)? else { continue };
        let plain: Vec<u8> = load.query_row([hash], |row| row.get(0))?;
        part::write(target, &seal_attachment(&key, &plain)?, ports)?;
    }
    Ok(())
}

/// What was found of the files that a log names.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Found {
    /// Files that open.
    pub(crate) opened: u64,
    /// Files that are not there or do not open.
    pub(crate) missing: u64,
}

/// Puts the files of a folder into a file whose lane names them. `former`: the file that is replaced, which may have those
/// that the folder lacks; what is missing in both is to be fetched from the district.
pub(crate) fn put_back(conn: &Connection, folder: &Path, former: Option<&Connection>) -> Result<Found, StoreError> {
    let mut found = Found::default();
    let mut vault = Vault::new(conn);
    let named: Vec<(Subject, [u8; 32], Option<[u8; 32]>)> = conn
        .prepare("SELECT subject, hash, blob FROM main.attachment_lane ORDER BY subject, hash")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<Result<_, _>>()?;
    let mut put = conn.prepare("INSERT OR IGNORE INTO main.attachment (hash, bytes) VALUES (?1, ?2)")?;
    let here = "UPDATE main.attachment_lane SET state = 0 WHERE subject = ?1 AND hash = ?2 AND state = 2";
    let mut here = conn.prepare(here)?;
    let mut fetch =
        conn.prepare("UPDATE main.attachment_lane SET state = 2, offset_bytes = 0 WHERE subject = ?1 AND hash = ?2")?;
    for (subject, hash, blob) in named {
        let key = match vault.held(&subject)? {
            // The photo went with the person; nobody misses it.
            Held::Erased => continue,
            Held::Waiting => None,
            Held::Key(key) => Some(key),
        };
        let sealed = match (key, blob) {
            (Some(key), Some(blob)) => {
                read(&folder.join(hex(&blob)))?.and_then(|sealed| open_attachment(&key, &Hash32(hash), &sealed).ok())
            }
            _ => None,
        };
        let plain = sealed.or_else(|| former.and_then(|former| still_here(former, hash)));
        match plain {
            Some(plain) => {
                put.execute((hash, plain.as_slice()))?;
                here.execute((subject, hash))?;
                found.opened += 1;
            }
            None => {
                fetch.execute((subject, hash))?;
                found.missing += 1;
            }
        }
    }
    Ok(found)
}

/// A file of the one that is replaced, where it can be read and is what its name says.
fn still_here(former: &Connection, hash: [u8; 32]) -> Option<Zeroizing<Vec<u8>>> {
    let sql = "SELECT bytes FROM attachment WHERE hash = ?1";
    let plain: Vec<u8> = former.prepare_cached(sql).ok()?.query_row([hash], |row| row.get(0)).ok()?;
    (Hash32::of(&plain).0 == hash).then(|| Zeroizing::new(plain))
}

fn read(path: &Path) -> Result<Option<Vec<u8>>, StoreError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Names of the files that a log names.
pub(super) fn named_in(conn: &Connection) -> Result<BTreeSet<String>, StoreError> {
    let mut statement = conn.prepare("SELECT blob FROM attachment_lane WHERE blob IS NOT NULL")?;
    let names = statement.query_map([], |row| row.get::<_, [u8; 32]>(0).map(|blob| hex(&blob)))?;
    Ok(names.collect::<Result<_, _>>()?)
}

/// Removes files that no log names any more. A log that cannot be read may name any of them, so that all stay.
pub(super) fn thin_out(folder: &Path, key: &FileKey) -> Result<(), StoreError> {
    let mut named = BTreeSet::new();
    for backup in logs_in(folder)? {
        match open_log(&folder.join(&backup.file), key) {
            Ok((conn, _)) => named.append(&mut named_in(&conn)?),
            Err(error) => {
                tracing::warn!(code = error.code(), "a backup cannot be read; no file is removed");
                return Ok(());
            }
        }
    }
    for entry in entries(&folder.join(FILES))? {
        let name = entry.file_name();
        if !name.to_str().is_some_and(|name| named.contains(name)) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// The finished files of a folder.
pub(super) fn entries(folder: &Path) -> Result<Vec<fs::DirEntry>, StoreError> {
    let listed = match fs::read_dir(folder) {
        Ok(listed) => listed,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error.into()),
    };
    let mut entries = Vec::new();
    for entry in listed {
        let entry = entry?;
        let is_blob = |name: &str| name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
        if entry.file_name().to_str().is_some_and(is_blob) {
            entries.push(entry);
        }
    }
    Ok(entries)
}

pub(super) fn bytes_in(folder: &Path) -> Result<u64, StoreError> {
    entries(folder)?.iter().map(|entry| Ok(entry.metadata()?.len())).sum()
}
