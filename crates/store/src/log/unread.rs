//! Operations of a newer program: kept as they came, and folded once this program can read them.

use std::fmt::Write;

use rusqlite::Connection;
use zhenxin_protocol::body::Body;
use zhenxin_protocol::op::Op;

use super::rank::Rank;
use super::{INVALID, READ};
use crate::error::StoreError;
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
        self.write_arrived(|log| {
            let numbers: Vec<i64> = log
                .conn
                .prepare_cached("SELECT no FROM op WHERE readable = 1 ORDER BY no")?
                .query_map([], |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            for no in numbers {
                log.read_again(no)?;
            }
            note_kinds(log.conn)
        })
    }
}

impl super::Log<'_> {
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
            Ok(Some(body)) => self.fold_arrived(no, &op, &body, &rank),
            _ => Ok(()),
        }
    }
}
