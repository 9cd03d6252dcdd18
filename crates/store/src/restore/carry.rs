//! What a new file takes over from the one whose place it takes: records that nobody else has, and what is this device's
//! own. The former file may be damaged: whatever cannot be read is left, and stays in the file that is moved aside.

use std::path::Path;

use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags};
use zhenxin_domain::division::Scope;
use zhenxin_domain::ids::DeviceId;
use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::hlc::Hlc;
use zhenxin_protocol::op::{Op, check_follows};

use crate::error::StoreError;
use crate::key::FileKey;
use crate::log::{ACCEPTED, Entry, Log, PENDING, arrive};
use crate::open::identity::{Identity, epoch_of, set_epoch};
use crate::open::migrate;
use crate::ports::Ports;
use crate::tables;
use crate::write::head;

/// Local rows that go over where they can be read. Not folded, in no backup, and a person's work: forms that were being
/// filled in, and the replies that make a repeated click harmless.
const LOCAL_KEPT: &[&str] = &["draft", "request"];
/// The audit goes on where it was: a restore must not be a way to cut it.
const AUDIT: &[(&str, &str)] = &[("audit", "IGNORE"), ("audit_head", "REPLACE"), ("audit_cut", "REPLACE")];

/// Opens a former file for reading; `None` where not even its first page can be read, or it is of another format.
pub(super) fn open_former(path: &Path, key: &FileKey) -> Option<Connection> {
    let conn =
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX).ok()?;
    let opened = || -> rusqlite::Result<()> {
        conn.pragma_update(None, "cipher_log_level", "NONE")?;
        conn.pragma_update(None, "key", key.to_pragma().as_str())?;
        conn.pragma_update(None, "query_only", true)
    };
    opened().ok()?;
    let format = migrate::format_of(&conn).ok()?;
    (format == migrate::KNOWN).then_some(conn)
}

/// One operation of the former file.
struct Former {
    bytes: Vec<u8>,
    status: u8,
}

/// Carries over what can be read; how many operations.
pub(super) fn carry_over(former: &Connection, to: &Connection, ports: &Ports) -> Result<u64, StoreError> {
    let Identity { device: own, town, .. } = Identity::load(to)?;
    let mut carried = 0;
    let mut latest = Hlc(0);
    for (device, epoch) in chains(former) {
        let mut last = head::last_of(to, device, epoch)?;
        for found in later(former, device, epoch, last.0) {
            let Some((op, hash)) = genuine(&found, device, epoch) else { break };
            // Others' accepted records come from the district, with their place in its order. Those of the whole town are
            // taken at once: an account that was closed, a duty that was taken, hold before the next exchange too.
            let of_town = found.status == ACCEPTED && op.scope == Scope::Town(town);
            if device != own && found.status != PENDING && !of_town {
                last = (op.seq, hash);
                continue;
            }
            let before = (last.0 > 0).then_some(last);
            if device == own && check_follows(before, &op).is_err() {
                break;
            }
            if !enter(to, ports, &op, &found.bytes, hash)? {
                break;
            }
            latest = latest.max(Hlc(op.hlc));
            last = (op.seq, hash);
            carried += 1;
        }
    }
    carry_epoch(former, to)?;
    carry_keys(former, to)?;
    // Authors' signatures, so that what waits of others can be carried on.
    carry_rows(former, to, "chain_head", "IGNORE", "")?;
    let clock = head::load_clock(to)?.max(latest);
    head::save_clock(to, clock)?;
    let epoch = epoch_of(to)?;
    let last = head::last_of(to, own, epoch)?;
    if last.0 > 0 {
        head::note_end(to, epoch, last)?;
    }
    for name in LOCAL_KEPT {
        carry_rows(former, to, name, "IGNORE", "")?;
    }
    for (name, verb) in AUDIT {
        carry_rows(former, to, name, verb, "")?;
    }
    // What its retention had taken out does not come back with the backup's rows.
    to.execute("DELETE FROM audit WHERE no <= (SELECT coalesce(max(no), 0) FROM audit_cut)", [])?;
    Ok(carried)
}

/// What a closure reads, or nothing where a page of the former file is damaged.
fn readable<T: Default>(what: &'static str, read: impl FnOnce() -> rusqlite::Result<T>) -> T {
    read().unwrap_or_else(|_| {
        tracing::warn!(what, "a part of the former file cannot be read; it is left there");
        T::default()
    })
}

fn chains(former: &Connection) -> Vec<(DeviceId, u32)> {
    readable("chains", || {
        former
            .prepare("SELECT DISTINCT device, epoch FROM op ORDER BY device, epoch")?
            .query_map([], |row| Ok((DeviceId::from_bytes(row.get(0)?), row.get(1)?)))?
            .collect()
    })
}

/// The operations of a chain after a place, as far as they can be read.
fn later(former: &Connection, device: DeviceId, epoch: u32, seq: u64) -> Vec<Former> {
    let mut found = Vec::new();
    let sql = "SELECT bytes, status FROM op WHERE device = ?1 AND epoch = ?2 AND seq > ?3 AND branch = 0 ORDER BY seq";
    let Ok(mut statement) = former.prepare(sql) else { return found };
    let Ok(mut rows) = statement.query((device.as_bytes(), epoch, seq as i64)) else { return found };
    while let Ok(Some(row)) = rows.next() {
        match (row.get(0), row.get(1)) {
            (Ok(bytes), Ok(status)) => found.push(Former { bytes, status }),
            _ => break,
        }
    }
    found
}

/// The operation, where the bytes are one and of this chain. Its own device has signed nothing yet that stands against
/// it: the hash in the next operation is what proves it.
fn genuine(found: &Former, device: DeviceId, epoch: u32) -> Option<(Op, Hash32)> {
    let op = Op::from_bytes(&found.bytes).ok()?;
    (op.device == device && op.epoch == epoch).then(|| (op, Op::hash_of(&found.bytes)))
}

/// Enters an operation that waits for the district, which knows whether it has it already; false where its place is taken.
fn enter(to: &Connection, ports: &Ports, op: &Op, bytes: &[u8], hash: Hash32) -> Result<bool, StoreError> {
    let mut log = Log::new(to, ports);
    if log.here(op)?.is_some() || log.at_place(op)?.is_some() {
        return Ok(false);
    }
    let readable = arrive::readable(&op.read_body());
    log.append(&Entry { op, bytes, hash, status: PENDING, readable, server_seq: None, receipt_at: None })?;
    Ok(true)
}

/// The former file may have begun a later chain.
fn carry_epoch(former: &Connection, to: &Connection) -> Result<(), StoreError> {
    let (Ok(theirs), ours) = (epoch_of(former), epoch_of(to)?) else { return Ok(()) };
    if theirs > ours { set_epoch(to, theirs) } else { Ok(()) }
}

/// Keys made since the backup, and erasures: those hold whatever the backup says.
fn carry_keys(former: &Connection, to: &Connection) -> Result<(), StoreError> {
    carry_rows(former, to, "data_key", "IGNORE", "")?;
    carry_rows(former, to, "subject_key", "IGNORE", "")?;
    carry_rows(former, to, "subject_key", "REPLACE", "WHERE tombstone = 1")
}

/// Copies the rows of a table that `rest` chooses, or none where one of them cannot be read. Rows that are there already
/// stay, or make room (`verb`).
fn carry_rows(former: &Connection, to: &Connection, name: &str, verb: &str, rest: &str) -> Result<(), StoreError> {
    if tables::named(to, "main", &[name])?.is_empty() {
        return Ok(());
    }
    let read = || -> rusqlite::Result<(String, Vec<Vec<Value>>)> {
        let mut statement = former.prepare(&format!("SELECT * FROM \"{name}\" {rest}"))?;
        let columns = statement.column_names().collect::<Vec<_>>().join("\", \"");
        let width = statement.column_count();
        let mut rows = statement.query([])?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            all.push((0..width).map(|at| row.get(at)).collect::<Result<_, _>>()?);
        }
        Ok((columns, all))
    };
    let Ok((columns, rows)) = read() else {
        tracing::warn!(table = name, "a table of the former file cannot be read; it is left there");
        return Ok(());
    };
    let Some(first) = rows.first() else { return Ok(()) };
    let places: Vec<String> = (1..=first.len()).map(|at| format!("?{at}")).collect();
    let places = places.join(", ");
    let mut put = to.prepare(&format!("INSERT OR {verb} INTO \"{name}\" (\"{columns}\") VALUES ({places})"))?;
    for row in &rows {
        put.execute(rusqlite::params_from_iter(row))?;
    }
    Ok(())
}
