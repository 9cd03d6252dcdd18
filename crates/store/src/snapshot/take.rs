//! Taking a snapshot in: checked from its bytes, copied in one transaction of this file, this device's own operations kept.

use std::collections::BTreeSet;
use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};
use zhenxin_domain::division::Scope;
use zhenxin_protocol::entity::Entity;
use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::hlc::Hlc;
use zhenxin_protocol::merkle::Peaks;
use zhenxin_protocol::op::Op;
use zhenxin_protocol::wire::heads::ScopeHead;

use super::{attach, proof};
use crate::error::StoreError;
use crate::fold::Known;
use crate::log::rank::Rank;
use crate::log::{ACCEPTED, Entry, Log, PENDING, SUPERSEDED, arrive};
use crate::open::{Store, migrate};
use crate::pool::{Use, connect};
use crate::tables;
use crate::write::head;

/// What stays of the former file, for as long as the transaction lasts.
const KEEP: &str = "
    CREATE TEMP TABLE kept_op AS
      SELECT no, status, server_seq, issue, reason_code, reason_text, receipt_at, branch > 0 AS beside, bytes
      FROM main.op WHERE NOT EXISTS (SELECT 1 FROM snap.op s WHERE s.id = op.id AND s.hash = op.hash);
    CREATE TEMP TABLE kept_aside AS
      SELECT scope, hash, why, bytes, at FROM main.set_aside WHERE hash NOT IN (SELECT hash FROM snap.op) ORDER BY no;
    CREATE TEMP TABLE kept_key AS
      SELECT k.* FROM main.subject_key k LEFT JOIN snap.subject_key s ON s.subject = k.subject
      WHERE s.subject IS NULL OR k.dirty <> 0 OR (k.tombstone = 1 AND s.tombstone = 0);
    CREATE TEMP TABLE kept_head AS SELECT * FROM main.chain_head;";

impl Store {
    /// Takes a snapshot's log and tables in the place of this file's, under this device's identity; operations that are here
    /// and not in it are kept and folded on top. `heads` are what the snapshot must hold, as the district signed them. How
    /// many operations it held.
    ///
    /// # Errors
    /// [`StoreError::HistoryDiffers`] where the operations do not give the heads, or contradict what is here;
    /// [`StoreError::NewerFile`] for a file of another format; faults of the database. Nothing is changed then.
    pub fn snapshot_in(&self, path: &Path, key: &[u8; 32], heads: &[ScopeHead]) -> Result<u64, StoreError> {
        let file_key = crate::key::FileKey::from_slice(key).ok_or(StoreError::KeyFile)?;
        let (ops, latest) = {
            let snapshot = connect(path, &file_key, Use::Read, false)?;
            check(&snapshot, heads, self.inner.ports.clock.now_ms())?
        };
        let mut conn = self.writer();
        attach(&conn, path, key)?;
        conn.pragma_update(None, "foreign_keys", false)?;
        let taken = self.take_in(&mut conn, latest);
        // Whatever became of it, the connection goes on as it was.
        let detached = conn.execute_batch("DETACH DATABASE snap; PRAGMA foreign_keys = ON");
        conn.flush_prepared_statement_cache();
        taken?;
        detached?;
        // The copy would otherwise lie twice on the disk until somebody writes a lot.
        conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        drop(conn);
        self.note_change();
        Ok(ops)
    }

    fn take_in(&self, conn: &mut Connection, latest: Hlc) -> Result<(), StoreError> {
        let now_ms = self.inner.ports.clock.now_ms();
        let transaction = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(KEEP)?;
        copy(&transaction)?;
        transaction.execute_batch(
            "INSERT OR REPLACE INTO main.subject_key SELECT * FROM temp.kept_key;
             INSERT OR IGNORE INTO main.chain_head SELECT * FROM temp.kept_head;
             INSERT OR IGNORE INTO main.set_aside (scope, hash, why, bytes, at) SELECT * FROM temp.kept_aside;",
        )?;
        let mut log = Log::new(&transaction, &self.inner.ports);
        proof::note_taken(&log)?;
        enter_kept(&mut log)?;
        let clock = head::load_clock(&transaction)?.observe(latest, now_ms);
        head::save_clock(&transaction, clock)?;
        read_with_other_keys(&mut log)?;
        log.finish()?;
        drop(log);
        transaction.execute_batch(
            "DROP TABLE temp.kept_op; DROP TABLE temp.kept_aside; DROP TABLE temp.kept_key; DROP TABLE temp.kept_head;",
        )?;
        transaction.commit()?;
        Ok(())
    }
}

/// Checks a snapshot's operations against the heads; how many there are, and the latest believable clock.
fn check(conn: &Connection, heads: &[ScopeHead], now_ms: i64) -> Result<(u64, Hlc), StoreError> {
    let (found, known) = (migrate::format_of(conn)?, migrate::MIGRATIONS.len() as u32);
    if found != known {
        return Err(StoreError::NewerFile { found, known });
    }
    let scopes: BTreeSet<String> = conn
        .prepare("SELECT DISTINCT scope FROM op UNION SELECT scope FROM cursor UNION SELECT scope FROM set_aside")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    if !scopes.iter().all(|scope| heads.iter().any(|head| head.scope.as_str() == scope)) {
        return Err(StoreError::HistoryDiffers);
    }
    let (mut ops, mut latest) = (0, Hlc(0));
    for head in heads {
        let peaks = check_scope(conn, head.scope, now_ms, &mut latest)?;
        let received = crate::log::cursor::load(conn, head.scope)?;
        if peaks != received || peaks.root() != head.root || peaks.size() != head.size {
            return Err(StoreError::HistoryDiffers);
        }
        ops += peaks.size();
    }
    // What is in no place of the order, or beside its chain, has no business here.
    let stored = "SELECT (SELECT count(*) FROM op) + (SELECT count(*) FROM set_aside)
                    + (SELECT count(*) FROM op WHERE server_seq IS NULL OR branch <> 0)";
    let stored: i64 = conn.query_row(stored, [], |row| row.get(0))?;
    if stored.unsigned_abs() == ops { Ok((ops, latest)) } else { Err(StoreError::HistoryDiffers) }
}

/// The tree over a scope's bytes, whose rows must say what the bytes say.
fn check_scope(conn: &Connection, scope: Scope, now_ms: i64, latest: &mut Hlc) -> Result<Peaks, StoreError> {
    let mut statement = conn.prepare_cached(include_str!("../log/rows.sql"))?;
    let mut rows = statement.query((scope.as_str(), i64::MAX))?;
    let mut peaks = Peaks::new();
    while let Some(row) = rows.next()? {
        let bytes = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
        let hash = Op::hash_of(bytes);
        peaks.append(&hash);
        let in_order = row.get::<_, i64>(0)?.max(0) as u64 == peaks.size();
        if !in_order || !crate::log::repair::agrees(row, bytes, &hash, scope)? {
            return Err(StoreError::HistoryDiffers);
        }
        *latest = latest.observe(Hlc(row.get::<_, Option<i64>>(9)?.unwrap_or(0).max(0) as u64), now_ms);
    }
    Ok(peaks)
}

/// The snapshot's rows in the place of this file's. Without triggers, and into empty tables, rows are copied as they lie.
fn copy(conn: &Connection) -> Result<(), StoreError> {
    let triggers = tables::triggers(conn)?;
    for trigger in &triggers {
        conn.execute_batch(&format!("DROP TRIGGER main.\"{}\"", trigger.name))?;
    }
    let theirs = tables::travelling(conn, "snap")?;
    for table in tables::travelling(conn, "main")? {
        let name = &table.name;
        let same = theirs.iter().any(|their| their.name == *name && their.sql == table.sql);
        if !same {
            return Err(StoreError::HistoryDiffers);
        }
        conn.execute_batch(&format!("DELETE FROM main.\"{name}\""))?;
        tables::copy_rows(conn, name, "snap", "main")?;
    }
    for trigger in &triggers {
        conn.execute_batch(&trigger.sql)?;
    }
    Ok(())
}

struct KeptOp {
    no: i64,
    status: u8,
    server_seq: Option<i64>,
    receipt_at: Option<i64>,
    beside: bool,
    bytes: Vec<u8>,
}

/// Enters what was here and is not in the snapshot.
fn enter_kept(log: &mut Log<'_>) -> Result<(), StoreError> {
    let kept: Vec<KeptOp> = log
        .conn
        .prepare("SELECT no, status, server_seq, receipt_at, beside, bytes FROM temp.kept_op ORDER BY no")?
        .query_map([], |row| {
            Ok(KeptOp {
                no: row.get(0)?,
                status: row.get(1)?,
                server_seq: row.get(2)?,
                receipt_at: row.get(3)?,
                beside: row.get(4)?,
                bytes: row.get(5)?,
            })
        })?
        .collect::<Result<_, _>>()?;
    kept.iter().try_for_each(|kept| enter_one(log, kept))
}

/// Another operation of the snapshot has this one's id, so that it has no place in the log: it stays before people's eyes.
/// What was repeated stands in its repetition.
fn keep_beside_its_id(log: &Log<'_>, kept: &KeptOp, op: &Op) -> Result<(), StoreError> {
    if kept.status == SUPERSEDED {
        return Ok(());
    }
    tracing::warn!(op = %op.id, "an operation's id is taken by another one of the snapshot; it is set aside");
    log.set_aside(op.scope, None, arrive::ASIDE_ID_TAKEN, &kept.bytes, log.ports.clock.now_ms())
}

fn enter_one(log: &mut Log<'_>, kept: &KeptOp) -> Result<(), StoreError> {
    let op = Op::from_bytes(&kept.bytes)?;
    if log.here(&op)?.is_some() {
        return keep_beside_its_id(log, kept, &op);
    }
    let body = op.read_body();
    let counts = matches!(kept.status, PENDING | ACCEPTED);
    if let (true, Some(other)) = (counts && !kept.beside, log.at_place(&op)?) {
        // Another copy of this device has gone on meanwhile; what waits here is repeated after the next question.
        let own = crate::open::identity::Identity::load(log.conn)?.device == op.device;
        tracing::warn!(no = other.no, "a place in a chain is taken by the snapshot");
        return Err(if own && kept.status == PENDING { StoreError::Forked } else { StoreError::HistoryDiffers });
    }
    let hash: Hash32 = Op::hash_of(&kept.bytes);
    let entry = Entry {
        op: &op,
        bytes: &kept.bytes,
        hash,
        status: kept.status,
        readable: arrive::readable(&body),
        server_seq: kept.server_seq,
        receipt_at: kept.receipt_at,
    };
    let no = if kept.beside { log.append_beside(&entry)? } else { log.append(&entry)? };
    log.conn
        .prepare_cached(
            "UPDATE op SET issue = k.issue, reason_code = k.reason_code, reason_text = k.reason_text
             FROM temp.kept_op k WHERE op.no = ?1 AND k.no = ?2",
        )?
        .execute((no, kept.no))?;
    let Ok(Some(body)) = body else { return Ok(()) };
    if !counts {
        return log.register(no, &op.entities(&body));
    }
    let rank = kept.server_seq.map_or_else(|| Rank::pending(&op), Rank::Accepted);
    log.fold_arrived(no, &op, &body, &rank, &Known::default())
}

/// The maker may have held other data keys than this device: what it could not read is folded again, and where it could
/// read more, everything is.
fn read_with_other_keys(log: &mut Log<'_>) -> Result<(), StoreError> {
    let lacking = "SELECT 1 FROM subject_key k WHERE k.tombstone = 0
                   AND NOT EXISTS (SELECT 1 FROM data_key d WHERE d.id = k.data_key) LIMIT 1";
    let erased = "SELECT 1 FROM temp.kept_key WHERE tombstone = 1 LIMIT 1";
    if log.conn.prepare(lacking)?.exists([])? || log.conn.prepare(erased)?.exists([])? {
        log.rebuild(&mut |_, _| true)?;
        return proof::note_rebuilt(log);
    }
    let waiting: Vec<Vec<u8>> = log
        .conn
        .prepare("SELECT DISTINCT w.entity FROM key_wait w JOIN subject_key k ON k.subject = w.subject")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    log.disturb(waiting.iter().filter_map(|bytes| Entity::from_bytes(bytes)));
    Ok(())
}
