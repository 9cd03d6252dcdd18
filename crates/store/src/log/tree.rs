//! The tree over a scope's operations, computed from stored hashes; and whether a scope is sound.

use std::collections::HashMap;

use rusqlite::Connection;
use zhenxin_domain::division::Scope;
use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::merkle::{LEVEL_MAX, Nodes, Peaks, ProofFault, consistency_proof, leaf, node};

use super::cursor;
use crate::error::StoreError;
use crate::open::Store;

/// Subtrees up to this level are computed from the hashes of their operations; higher ones from their halves, which are
/// remembered. 64 operations are one read of a few pages.
const READ_LEVEL: u8 = 6;

/// Hashes in the order of a scope, of operations and of what was set aside.
pub(crate) fn each_hash(
    conn: &Connection,
    scope: Scope,
    from: u64,
    to: u64,
    mut each: impl FnMut(u64, Hash32),
) -> Result<(), StoreError> {
    let mut statement = conn.prepare_cached(include_str!("hashes.sql"))?;
    let mut rows = statement.query((scope.as_str(), from as i64, to as i64))?;
    while let Some(row) = rows.next()? {
        // A hash of another length is no hash: the subtree then lacks a leaf.
        if let Some(hash) = Hash32::from_slice(row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?) {
            each(row.get::<_, i64>(0)?.max(0) as u64, hash);
        }
    }
    Ok(())
}

/// The complete subtrees of a scope's first `size` operations.
pub(crate) struct ScopeNodes<'c> {
    conn: &'c Connection,
    scope: Scope,
    size: u64,
    known: HashMap<(u8, u64), Hash32>,
}

impl<'c> ScopeNodes<'c> {
    pub(crate) fn new(conn: &'c Connection, scope: Scope, size: u64) -> Self {
        Self { conn, scope, size, known: HashMap::new() }
    }

    fn read_subtree(&self, level: u8, index: u64) -> Result<Option<Hash32>, StoreError> {
        let (first, count) = (index << level, 1u64 << level);
        let mut row: Vec<Hash32> = Vec::with_capacity(1 << level);
        let mut dense = true;
        each_hash(self.conn, self.scope, first + 1, first + count, |server_seq, hash| {
            dense &= server_seq == first + 1 + row.len() as u64;
            row.push(leaf(&hash));
        })?;
        if !dense || row.len() as u64 != count {
            return Ok(None);
        }
        while row.len() > 1 {
            row = row.chunks(2).map(|pair| node(&pair[0], &pair[1])).collect();
        }
        Ok(row.pop())
    }

    /// The right edge at a size.
    ///
    /// # Errors
    /// [`StoreError::HistoryDiffers`] where operations are missing.
    pub(crate) fn peaks_at(&mut self, size: u64) -> Result<Peaks, StoreError> {
        Peaks::at(self, size).map_err(proof_fault)
    }

    /// The proof that one size continues another.
    ///
    /// # Errors
    /// [`StoreError::HistoryDiffers`] where operations are missing.
    pub(crate) fn proof(&mut self, old: u64, new: u64) -> Result<Vec<Hash32>, StoreError> {
        consistency_proof(self, old, new).map_err(proof_fault)
    }
}

fn proof_fault(fault: ProofFault<StoreError>) -> StoreError {
    match fault {
        ProofFault::Store(error) => error,
        ProofFault::Size | ProofFault::Missing => StoreError::HistoryDiffers,
    }
}

impl Nodes for ScopeNodes<'_> {
    type Error = StoreError;

    fn node(&mut self, level: u8, index: u64) -> Result<Option<Hash32>, StoreError> {
        let complete = level <= LEVEL_MAX && index < (self.size >> level);
        if !complete {
            return Ok(None);
        }
        if level <= READ_LEVEL {
            return self.read_subtree(level, index);
        }
        if let Some(known) = self.known.get(&(level, index)) {
            return Ok(Some(*known));
        }
        let (Some(left), Some(right)) = (self.node(level - 1, index * 2)?, self.node(level - 1, index * 2 + 1)?) else {
            return Ok(None);
        };
        let root = node(&left, &right);
        self.known.insert((level, index), root);
        Ok(Some(root))
    }
}

impl Store {
    /// Roots of complete subtrees (level, index) of a scope's received operations, from stored hashes; level 0 is a leaf.
    /// `None` where a subtree is not complete.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn tree_nodes(&self, scope: Scope, places: &[(u8, u64)]) -> Result<Vec<Option<Hash32>>, StoreError> {
        self.read(|r| {
            let size = cursor::load(r.conn(), scope)?.size();
            let mut nodes = ScopeNodes::new(r.conn(), scope, size);
            places.iter().map(|(level, index)| nodes.node(*level, *index)).collect()
        })
    }

    /// One of [`Store::tree_nodes`].
    ///
    /// # Errors
    /// Faults of the database.
    pub fn tree_node(&self, scope: Scope, level: u8, index: u64) -> Result<Option<Hash32>, StoreError> {
        Ok(self.tree_nodes(scope, &[(level, index)])?.pop().flatten())
    }

    /// The stored bytes at a place of a scope's order.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn op_bytes_at(&self, scope: Scope, server_seq: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let sql = "SELECT bytes FROM op WHERE scope = ?1 AND server_seq = ?2
                   UNION ALL SELECT bytes FROM set_aside WHERE scope = ?1 AND server_seq = ?2 LIMIT 1";
        self.read(|r| r.one(sql, (scope.as_str(), server_seq as i64), |row| row.get(0)))
    }
}
