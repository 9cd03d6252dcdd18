//! Repair: finding a damaged scope, putting operations back, taking back what the district has lost.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};
use zhenxin_domain::division::Scope;
use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::merkle::Peaks;
use zhenxin_protocol::op::Op;

use super::arrive::{ASIDE_SCOPE, aside_of, readable};
use super::tree::ScopeNodes;
use super::{ACCEPTED, Entry, Log, cursor};
use crate::error::StoreError;
use crate::open::Store;

/// Whether a scope's operations are what they were when they were received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopeCheck {
    /// The stored bytes give the tree that was received, and every row says what its bytes say.
    pub sound: bool,
    /// Places whose row does not agree with its bytes, or is missing.
    pub suspects: Vec<u64>,
}

impl Store {
    /// Checks a scope's received operations against the tree that was built when they were received.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn scope_sound(&self, scope: Scope) -> Result<ScopeCheck, StoreError> {
        self.read(|r| check_scope(r.conn(), scope))
    }

    /// Puts operations back in the places of damaged ones. `root` is the root of the tree of the cursor's size as the
    /// district has it. The tables are not folded again: [`Store::rebuild`] does that.
    ///
    /// # Errors
    /// [`StoreError::HistoryDiffers`] where the tree does not come out, and nothing is changed then; faults of the
    /// database.
    pub fn put_back(&self, scope: Scope, ops: &[(u64, Vec<u8>)], root: &Hash32) -> Result<(), StoreError> {
        let now_ms = self.inner.ports.clock.now_ms();
        self.write_arrived(|log| {
            let size = cursor_size(log.conn, scope)?;
            for (server_seq, bytes) in ops.iter().filter(|(server_seq, _)| (1..=size).contains(server_seq)) {
                log.replace(scope, *server_seq, bytes, now_ms)?;
            }
            let peaks = ScopeNodes::new(log.conn, scope, size).peaks_at(size)?;
            if peaks.root() != *root {
                return Err(StoreError::HistoryDiffers);
            }
            cursor::save(log.conn, scope, &peaks)
        })
    }

    /// Takes back what stands after the first `to_size` operations of a scope's order: they wait again, to be pushed to
    /// a district that has lost them. How many. Such a district may have lost keys of persons and attachments as well, so
    /// all are offered again.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn rewind(&self, scope: Scope, to_size: u64) -> Result<u64, StoreError> {
        self.write_arrived(|log| {
            offer_again(log.conn)?;
            log.rewind(scope, to_size)
        })
    }

    /// The name of the district's history that was last followed.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn lineage(&self) -> Result<Option<[u8; 16]>, StoreError> {
        self.read(|r| crate::sync::lineage(r.conn()))
    }

    /// Follows the district's history under another name, after it was proven to continue what was received. What was
    /// only confirmed beyond that waits again, for the confirmation was given under the former name; how many. Keys of
    /// persons and attachments may be lost as well, so all are offered again.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn lineage_replaced(&self, new: [u8; 16]) -> Result<u64, StoreError> {
        self.write_arrived(|log| {
            crate::sync::set_lineage(log.conn, &new)?;
            let scopes: Vec<String> = log
                .conn
                .prepare_cached("SELECT DISTINCT scope FROM op")?
                .query_map([], |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            let mut again = 0;
            for scope in scopes.iter().filter_map(|scope| scope.parse::<Scope>().ok()) {
                let size = cursor_size(log.conn, scope)?;
                again += log.rewind(scope, size)?;
            }
            offer_again(log.conn)?;
            Ok(again)
        })
    }
}

/// A district that has lost ops may have lost keys of persons and attachments as well: all are offered again.
pub(super) fn offer_again(conn: &Connection) -> Result<(), StoreError> {
    conn.execute_batch(
        "UPDATE subject_key SET dirty = 1;
         DELETE FROM key_lane;
         UPDATE attachment_lane SET state = 0, offset_bytes = 0 WHERE state IN (1, 3);",
    )?;
    Ok(())
}

/// Checks a scope's rows against their bytes, and the bytes against the tree.
pub(crate) fn check_scope(conn: &Connection, scope: Scope) -> Result<ScopeCheck, StoreError> {
    let received = cursor::load(conn, scope)?;
    let mut peaks = Peaks::new();
    let mut suspects = Vec::new();
    let mut statement = conn.prepare_cached(include_str!("rows.sql"))?;
    let mut rows = statement.query((scope.as_str(), received.size() as i64))?;
    let mut next = 1;
    while let Some(row) = rows.next()? {
        let server_seq = row.get::<_, i64>(0)?.max(0) as u64;
        suspects.extend(next..server_seq);
        next = server_seq + 1;
        let bytes = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
        let hash = Op::hash_of(bytes);
        peaks.append(&hash);
        if !agrees(row, bytes, &hash, scope)? {
            suspects.push(server_seq);
        }
    }
    suspects.extend(next..=received.size());
    Ok(ScopeCheck { sound: suspects.is_empty() && peaks == received, suspects })
}

fn cursor_size(conn: &Connection, scope: Scope) -> Result<u64, StoreError> {
    let sql = "SELECT coalesce(max(server_seq), 0) FROM cursor WHERE scope = ?1";
    let size: i64 = conn.prepare_cached(sql)?.query_row([scope.as_str()], |row| row.get(0))?;
    Ok(size.max(0) as u64)
}

/// Whether a row of rows.sql says what its bytes say.
pub(crate) fn agrees(row: &Row<'_>, bytes: &[u8], hash: &Hash32, scope: Scope) -> Result<bool, StoreError> {
    if row.get_ref(2)?.as_blob_or_null().map_err(rusqlite::Error::from)? != Some(hash.as_bytes().as_slice()) {
        return Ok(false);
    }
    let set_aside: bool = row.get(3)?;
    if set_aside {
        return Ok(true);
    }
    let Ok(op) = Op::from_bytes(bytes) else { return Ok(false) };
    let blob = |at: usize| row.get_ref(at)?.as_blob_or_null().map_err(rusqlite::Error::from);
    Ok(op.scope == scope
        && blob(4)? == Some(op.id.as_bytes().as_slice())
        && blob(5)? == Some(op.device.as_bytes().as_slice())
        && row.get::<_, i64>(6)? == i64::from(op.epoch)
        && row.get::<_, i64>(7)? == op.seq as i64
        && row.get_ref(8)? == ValueRef::Text(op.kind.as_bytes())
        && row.get::<_, i64>(9)? == op.hlc as i64
        && blob(10)? == op.origin.as_ref().map(|origin| origin.as_bytes().as_slice())
        && row.get::<_, i64>(11)? == i64::from(ACCEPTED)
        && row.get::<_, i64>(12)? == i64::from(readable(&op.read_body())))
}

impl Log<'_> {
    pub(crate) fn rewind(&mut self, scope: Scope, to_size: u64) -> Result<u64, StoreError> {
        let size = cursor_size(self.conn, scope)?;
        if to_size < size {
            let peaks = ScopeNodes::new(self.conn, scope, size).peaks_at(to_size)?;
            cursor::save(self.conn, scope, &peaks)?;
        }
        let to = i64::try_from(to_size.min(size)).map_err(|_| StoreError::HistoryDiffers)?;
        let again: Vec<i64> = self
            .conn
            .prepare_cached("SELECT no FROM op WHERE scope = ?1 AND server_seq > ?2 ORDER BY server_seq")?
            .query_map((scope.as_str(), to), |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        self.wait_again(&again)?;
        self.conn
            .prepare_cached("UPDATE set_aside SET server_seq = NULL WHERE scope = ?1 AND server_seq > ?2")?
            .execute((scope.as_str(), to))?;
        self.conn.prepare_cached("DELETE FROM held_page WHERE scope = ?1")?.execute([scope.as_str()])?;
        Ok(again.len() as u64)
    }

    /// Puts bytes in a place of the order, whatever stood there or calls itself the same.
    fn replace(&mut self, scope: Scope, server_seq: u64, bytes: &[u8], now_ms: i64) -> Result<(), StoreError> {
        let seq = server_seq as i64;
        for sql in [
            "DELETE FROM op WHERE scope = ?1 AND server_seq = ?2",
            "DELETE FROM set_aside WHERE scope = ?1 AND server_seq = ?2",
        ] {
            self.conn.prepare_cached(sql)?.execute((scope.as_str(), seq))?;
        }
        let op = match Op::from_bytes(bytes) {
            Ok(op) if op.scope == scope => op,
            other => {
                let why = other.map_or_else(|fault| aside_of(&fault), |_| ASIDE_SCOPE);
                return self.set_aside(scope, seq, why, bytes, now_ms);
            }
        };
        // A flipped bit may have given the row another place, id or scope.
        self.conn
            .prepare_cached("DELETE FROM op WHERE id = ?1 OR (device = ?2 AND epoch = ?3 AND seq = ?4 AND branch = 0)")?
            .execute((op.id.as_bytes(), op.device.as_bytes(), op.epoch, op.seq as i64))?;
        let body = op.read_body();
        let no = self.append(&Entry {
            op: &op,
            bytes,
            hash: Op::hash_of(bytes),
            status: ACCEPTED,
            readable: readable(&body),
            server_seq: Some(seq),
            receipt_at: Some(now_ms),
        })?;
        match body {
            Ok(Some(body)) => self.register(no, &op.entities(&body)),
            _ => Ok(()),
        }
    }
}
