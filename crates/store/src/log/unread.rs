//! Operations of a newer program: kept as they came, and folded once this program can read them.

use std::fmt::Write;

use rusqlite::Connection;
use zhenxin_domain::ids::DeviceId;
use zhenxin_protocol::body::Body;
use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::op::Op;

use super::arrive::Arrived;
use super::rank::Rank;
use super::remote::Applied;
use super::{INVALID, READ};
use crate::error::StoreError;
use crate::fold::Known;
use crate::open::Store;
use crate::open::identity::{meta, set_meta};

const KINDS: &str = "kinds";

fn kinds() -> String {
    let mut kinds = String::new();
    for (kind, version) in Body::KINDS {
        write!(kinds, "{kind}/{version} ").expect("writing into a string cannot fail");
    }
    kinds
}

/// Notes which kinds the program that folded this file can read.
pub(crate) fn note_kinds(conn: &Connection) -> Result<(), StoreError> {
    set_meta(conn, KINDS, kinds().as_bytes())
}

impl Store {
    /// Folds what a former program could not read. Does nothing unless the program has changed.
    pub(crate) fn read_formerly_unknown(&self) -> Result<(), StoreError> {
        if self.read(|r| meta(r.conn(), KINDS))?.as_deref() == Some(kinds().as_bytes()) {
            return Ok(());
        }
        let now_ms = self.inner.ports.clock.now_ms();
        self.write_arrived(|log| {
            let numbers: Vec<i64> = log
                .conn
                .prepare_cached("SELECT no FROM op WHERE readable = 1 ORDER BY no")?
                .query_map([], |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            for no in numbers {
                log.read_again(no)?;
            }
            log.enter_set_aside(self.device(), now_ms)?;
            note_kinds(log.conn)
        })
    }
}

impl super::Log<'_> {
    /// Enters what a former program could not read as an operation at all.
    fn enter_set_aside(&mut self, own: DeviceId, now_ms: i64) -> Result<(), StoreError> {
        let sql = "SELECT no, scope, server_seq, hash, bytes FROM set_aside WHERE server_seq IS NOT NULL ORDER BY no";
        type Row = (i64, String, i64, [u8; 32], Vec<u8>);
        let rows: Vec<Row> = self
            .conn
            .prepare_cached(sql)?
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)))?
            .collect::<Result<_, _>>()?;
        for (no, scope, server_seq, hash, bytes) in rows {
            let Ok(op) = Op::from_bytes(&bytes) else { continue };
            // What contradicts the log goes on contradicting it.
            if op.scope.as_str() != scope || self.here(&op)?.is_some() || self.at_place(&op)?.is_some() {
                continue;
            }
            self.conn.prepare_cached("DELETE FROM set_aside WHERE no = ?1")?.execute([no])?;
            let (scope, bytes) = (op.scope, bytes.as_slice());
            let arrived = Arrived { server_seq, bytes, hash: Hash32(hash), op };
            self.take_ordered(&arrived, scope, own, now_ms, &mut Applied::default())?;
        }
        Ok(())
    }

    fn read_again(&mut self, no: i64) -> Result<(), StoreError> {
        let (bytes, rank) = self
            .conn
            .prepare_cached("SELECT bytes, status, server_seq, hlc, device, epoch, seq FROM op WHERE no = ?1")?
            .query_row([no], |row| Ok((row.get::<_, Vec<u8>>(0)?, Rank::read(row, 1)?)))?;
        let op = Op::from_bytes(&bytes)?;
        let readable = match op.read_body() {
            Ok(Some(_)) => READ,
            Ok(None) => return Ok(()),
            Err(_) => INVALID,
        };
        self.conn.prepare_cached("UPDATE op SET readable = ?2 WHERE no = ?1")?.execute((no, readable))?;
        match op.read_body() {
            Ok(Some(body)) => self.fold_arrived(no, &op, &body, &rank, &Known::default()),
            _ => Ok(()),
        }
    }
}
