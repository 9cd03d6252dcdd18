//! Cursors: how far a scope has been received, and the right edge of the tree over what was received.

use rusqlite::{Connection, OptionalExtension};
use zhenxin_domain::division::Scope;
use zhenxin_protocol::merkle::Peaks;
use zhenxin_protocol::wire::heads::ScopeHead;

use super::tree::ScopeNodes;
use crate::error::StoreError;
use crate::open::Store;
use crate::sql::Columns;

/// The tree over a scope's received operations; empty where nothing was received.
pub(crate) fn load(conn: &Connection, scope: Scope) -> Result<Peaks, StoreError> {
    let stored = conn
        .prepare_cached("SELECT server_seq, peaks FROM cursor WHERE scope = ?1")?
        .query_row([scope.as_str()], |row| Ok((row.get::<_, i64>(0)?.max(0) as u64, row.get::<_, Vec<u8>>(1)?)))
        .optional()?;
    match stored {
        Some((size, bytes)) => read(conn, scope, size, &bytes),
        None => Ok(Peaks::new()),
    }
}

/// A damaged right edge is computed again; whether it is the district's then shows with the next page.
fn read(conn: &Connection, scope: Scope, size: u64, bytes: &[u8]) -> Result<Peaks, StoreError> {
    match Peaks::from_bytes(bytes).filter(|peaks| peaks.size() == size) {
        Some(peaks) => Ok(peaks),
        None => ScopeNodes::new(conn, scope, size).peaks_at(size),
    }
}

/// Sets the cursor to the size of the tree.
pub(crate) fn save(conn: &Connection, scope: Scope, peaks: &Peaks) -> Result<(), StoreError> {
    let size = i64::try_from(peaks.size()).map_err(|_| StoreError::HistoryDiffers)?;
    conn.prepare_cached("INSERT OR REPLACE INTO cursor (scope, server_seq, peaks) VALUES (?1, ?2, ?3)")?.execute((
        scope.as_str(),
        size,
        peaks.to_bytes(),
    ))?;
    Ok(())
}

/// Every cursor as a head, ascending by scope.
pub(crate) fn heads(conn: &Connection) -> Result<Vec<ScopeHead>, StoreError> {
    let mut statement = conn.prepare_cached("SELECT scope, server_seq, peaks FROM cursor ORDER BY scope")?;
    let rows = statement.query_map([], |row| {
        let mut columns = Columns::of(row);
        Ok((columns.parse::<Scope>()?, columns.get::<i64>()?.max(0) as u64, columns.get::<Vec<u8>>()?))
    })?;
    let mut heads = Vec::new();
    for row in rows {
        let (scope, size, bytes) = row?;
        heads.push(ScopeHead { scope, size, root: read(conn, scope, size, &bytes)?.root() });
    }
    Ok(heads)
}

impl Store {
    /// How far each scope has been received, with the root of its tree, ascending by scope.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn heads(&self) -> Result<Vec<ScopeHead>, StoreError> {
        self.read(|r| heads(r.conn()))
    }

    /// For every scope the highest place in its order that any operation here was given, also beyond the cursor and in
    /// scopes of which nothing was received yet. A district that has not got so far has lost operations.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn confirmed(&self) -> Result<Vec<(Scope, u64)>, StoreError> {
        self.read(|r| {
            let mut statement = r.conn().prepare_cached(include_str!("confirmed.sql"))?;
            let rows = statement.query_map([], |row| {
                let mut columns = crate::sql::Columns::of(row);
                Ok((columns.parse::<Scope>()?, columns.get::<i64>()?.max(0) as u64))
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}
