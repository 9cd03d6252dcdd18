//! Checks the whole file: the database's own structure, the chain of every device, and that the
//! tables are what the log says, by folding it again into a fresh file.

use rusqlite::Connection;
use zhenxin_domain::division::Scope;
use zhenxin_domain::ledger::Ledger;
use zhenxin_protocol::hash::Hash32;

use crate::dump::{TableDigest, beside_differing, scope_digest, table_digests, whole_digest};
use crate::error::StoreError;
use crate::key::hex;
use crate::open::Store;
use crate::query::Reader;

mod attachment;
mod chain;
mod differing;
pub(crate) mod note;
mod order;
mod replay;
mod row;

pub(crate) use replay::remove_left_behind;

/// What was found.
#[derive(Debug, Clone)]
pub struct VerifyReport {
    /// Operations in the log.
    pub ops: u64,
    /// Chains: devices and their epochs.
    pub chains: u64,
    /// Photos and scans that are here.
    pub files: u64,
    /// The tables.
    pub tables: Vec<TableDigest>,
    /// The digest of each scope.
    pub scopes: Vec<(Scope, Hash32)>,
    /// The digest of everything.
    pub digest: Hash32,
    /// The sum of all accounts of all ledgers, which is zero; a ledger that does not sum to zero is a fault.
    pub ledger_sum: i64,
    /// Whether the tables are not what the log says, so that [`Store::rebuild`] mends them.
    pub tables_differ: bool,
    /// What is wrong, in words; empty where nothing is.
    pub faults: Vec<String>,
}

impl VerifyReport {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn sound(&self) -> bool {
        self.faults.is_empty()
    }
}

/// Told how many of how many operations are checked; stops the work by returning false.
pub(crate) type Progress<'p> = &'p mut dyn FnMut(usize, usize) -> bool;

impl Store {
    /// Checks everything. Long on a large file; nothing is changed.
    ///
    /// # Errors
    /// [`StoreError::Cancelled`], faults of the disk; what is wrong with the data is in the report.
    pub fn verify(&self, mut progress: Option<Progress<'_>>) -> Result<VerifyReport, StoreError> {
        let scratch = replay::scratch_name(&hex(&self.inner.ports.random::<8>()));
        // One snapshot for all checks: somebody may go on working.
        self.read(|r| {
            let conn = r.conn();
            let mut faults = structure(conn)?;
            let chains = chain::check(conn, &mut faults)?;
            order::check(conn, &mut faults)?;
            let files = attachment::check(conn, &mut faults)?;
            let audit = crate::audit::check::check(r, &self.inner.identity)?;
            faults.extend(audit.faults.iter().map(ToString::to_string));
            let (tables, tables_differ) = against_log(self, conn, &scratch, &mut progress, &mut faults)?;
            let ledger_sum = zero_sums(r, &mut faults)?;
            balances(conn, &mut faults)?;
            let scopes = r
                .all("SELECT DISTINCT scope FROM op ORDER BY scope", [], |row| {
                    // what is no scope any more is among the faults
                    Ok(row.get_ref(0)?.as_str().ok().and_then(|text| text.parse().ok()))
                })?
                .into_iter()
                .flatten()
                .map(|scope: Scope| Ok((scope, scope_digest(conn, scope.as_str())?)))
                .collect::<Result<_, StoreError>>()?;
            let ops = r.count("SELECT count(*) FROM op", [])?;
            Ok(VerifyReport {
                ops,
                chains,
                files,
                digest: whole_digest(&tables),
                tables,
                scopes,
                ledger_sum,
                tables_differ,
                faults,
            })
        })
    }
}

/// The checks that the database has of its own: the seal of every page, and the trees.
fn structure(conn: &Connection) -> Result<Vec<String>, StoreError> {
    let mut faults = Vec::new();
    for (pragma, what) in
        [("PRAGMA cipher_integrity_check", "加密页校验"), ("PRAGMA integrity_check(10)", "数据库结构校验")]
    {
        let mut statement = conn.prepare(pragma)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            if row.get::<_, String>(0)? != "ok" {
                faults.push(format!("{what}没有通过，请从备份恢复"));
                break;
            }
        }
    }
    Ok(faults)
}

/// The tables' digests, and whether any table differs from what the log gives. `scratch` names the file in which it is
/// folded again.
pub(crate) fn against_log(
    store: &Store,
    conn: &Connection,
    scratch: &str,
    progress: &mut Option<Progress<'_>>,
    faults: &mut Vec<String>,
) -> Result<(Vec<TableDigest>, bool), StoreError> {
    let before = faults.len();
    let tables = table_digests(conn)?;
    let beside = replay::replay(store, conn, scratch, progress, |again| {
        differing::compare(conn, &tables, again, faults)?;
        beside_differing(conn, again)
    })?;
    for (table, [beyond, missing]) in beside {
        // What once was derived may stay; only the search must find nobody by what they are not called any more.
        let beyond = if table == SEARCH { beyond } else { 0 };
        if beyond + missing > 0 {
            faults.push(format!("辅助表 {table} 与操作记录不符：多 {beyond} 行，少 {missing} 行"));
        }
    }
    let unseen: i64 = conn.query_row(include_str!("verify/unseen_pairs.sql"), [], |row| row.get(0))?;
    if unseen > 0 {
        faults.push(format!("{unseen} 对疑似重复没有列出"));
    }
    Ok((tables, faults.len() > before))
}

/// The table that finds people by what they are called.
const SEARCH: &str = "search_term";

/// Each ledger sums to zero by itself, so that points and minutes cannot make up for each other. Gives the sum of all.
fn zero_sums(reader: &Reader<'_>, faults: &mut Vec<String>) -> Result<i64, StoreError> {
    let mut all = 0;
    for ledger in Ledger::ALL {
        let sum = reader.ledger_sum(*ledger)?;
        if sum != 0 {
            faults.push(format!("{}总账不平：各账户合计应为 0，现为 {sum}", ledger.label()));
        }
        all += sum;
    }
    Ok(all)
}

/// Every balance is the sum of its transfers.
fn balances(conn: &Connection, faults: &mut Vec<String>) -> Result<(), StoreError> {
    let wrong: i64 = conn.query_row(include_str!("verify/balances.sql"), [], |row| row.get(0))?;
    if wrong > 0 {
        faults.push(format!("{wrong} 个账户的余额与明细合计不符"));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
