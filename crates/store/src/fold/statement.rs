//! Issued statements: one row for each printing.

use zhenxin_protocol::body::statement::StatementIssued;
use zhenxin_protocol::entity::{Entity, EntityKind};

use super::{At, Folder};
use crate::error::StoreError;

impl Folder<'_> {
    pub(super) fn statement_issued(&mut self, at: &At<'_>, body: &StatementIssued) -> Result<(), StoreError> {
        if !at.wants(&Entity::new(EntityKind::Statement, *at.op.as_bytes())) {
            return Ok(());
        }
        self.conn
            .prepare_cached(
                "INSERT OR IGNORE INTO statement_issue
                   (op, scope, resident, code, balance_units, as_of, issued_at, issued_by, entries, digest)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            )?
            .execute(rusqlite::params![
                at.op.as_bytes(),
                at.scope.as_str(),
                body.resident.as_bytes(),
                body.code,
                body.balance_units,
                body.as_of,
                at.recorded_at,
                at.actor.as_bytes(),
                body.passbook.as_ref().map(|proof| proof.entries),
                body.passbook.as_ref().map(|proof| proof.digest.as_bytes())
            ])?;
        Ok(())
    }

    pub(super) fn forget_statement(&mut self, op: &[u8; 16]) -> Result<(), StoreError> {
        self.conn.prepare_cached("DELETE FROM statement_issue WHERE op = ?1")?.execute([op])?;
        Ok(())
    }
}
