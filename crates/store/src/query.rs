//! Reads: one file per noun, longer statements beside it. No rows are cached between calls.
//!
//! A [`Reader`] stands on one snapshot. Lists that can grow take a limit from the caller or have a
//! named constant. Operations that the district refused are in no table; where a list shows them it
//! says so.

use rusqlite::Connection;
use zhenxin_domain::division::VillageCode;

pub(crate) mod account;
pub(crate) mod activity;
pub(crate) mod alias;
pub(crate) mod audit;
pub(crate) mod award;
pub(crate) mod brand;
pub(crate) mod brand_way;
pub(crate) mod consent;
pub(crate) mod counts;
pub(crate) mod event;
pub(crate) mod handover;
pub(crate) mod held;
pub(crate) mod import;
pub(crate) mod issue;
pub(crate) mod ledger;
pub(crate) mod local;
pub(crate) mod need;
pub(crate) mod oplog;
pub(crate) mod order_log;
pub(crate) mod person_data;
pub(crate) mod person_query;
pub(crate) mod race;
mod refused;
pub(crate) mod resident;
pub(crate) mod rule;
pub(crate) mod security;
pub(crate) mod security_policy;
pub(crate) mod service_order;
pub(crate) mod service_type;
pub(crate) mod set_aside;
pub(crate) mod statement;
pub(crate) mod time_account;
pub(crate) mod time_gift;
pub(crate) mod user;

/// Reads on one snapshot of the data.
pub struct Reader<'c> {
    conn: &'c Connection,
    cut: bool,
}

impl std::fmt::Debug for Reader<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Reader(..)")
    }
}

impl<'c> Reader<'c> {
    pub(crate) const fn new(conn: &'c Connection) -> Self {
        Self { conn, cut: false }
    }

    /// On a connection that was narrowed to villages (see [`crate::sight`]); to none: all.
    pub(crate) const fn within(conn: &'c Connection, villages: &[VillageCode]) -> Self {
        Self { conn, cut: !villages.is_empty() }
    }

    /// Whether parts of the town are out of sight, so that figures kept for the whole of it do not serve.
    pub(crate) const fn is_cut(&self) -> bool {
        self.cut
    }

    pub(crate) const fn conn(&self) -> &'c Connection {
        self.conn
    }

    /// All rows of a query.
    pub(crate) fn all<T, P: rusqlite::Params>(
        &self,
        sql: &str,
        params: P,
        read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, crate::StoreError> {
        let mut statement = self.conn.prepare_cached(sql)?;
        let rows = statement.query_map(params, read)?.collect::<Result<_, _>>()?;
        Ok(rows)
    }

    /// The only row of a query, where there is one.
    pub(crate) fn one<T, P: rusqlite::Params>(
        &self,
        sql: &str,
        params: P,
        read: impl FnOnce(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, crate::StoreError> {
        use rusqlite::OptionalExtension;
        Ok(self.conn.prepare_cached(sql)?.query_row(params, read).optional()?)
    }

    /// A count; the database never gives one below zero.
    pub(crate) fn count<P: rusqlite::Params>(&self, sql: &str, params: P) -> Result<u64, crate::StoreError> {
        let count: i64 = self.conn.prepare_cached(sql)?.query_row(params, |row| row.get(0))?;
        Ok(count.unsigned_abs())
    }

    /// A sum in points or minutes, above or below zero.
    pub(crate) fn sum<P: rusqlite::Params>(&self, sql: &str, params: P) -> Result<i64, crate::StoreError> {
        Ok(self.conn.prepare_cached(sql)?.query_row(params, |row| row.get(0))?)
    }
}

#[cfg(test)]
mod tests;
