//! Saying in the log how far this device's audit has come.

use rusqlite::OptionalExtension;
use zhenxin_protocol::audit::End;
use zhenxin_protocol::body::Body;
use zhenxin_protocol::body::audit::AuditAnchored;

use super::{Draft, Tx};
use crate::audit::Kept;
use crate::error::StoreError;

impl Tx<'_> {
    pub(crate) const fn identity(&self) -> &crate::open::identity::Identity {
        self.identity
    }

    /// Anchors the audit in the log, where there are new rows and the last anchor (or, without one, the first row) is
    /// at least `every_ms` old; whether it did.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn anchor_audit(&mut self, every_ms: i64) -> Result<bool, StoreError> {
        let conn = self.log.conn;
        let Some(head) = Kept::load(conn, End::Head)? else { return Ok(false) };
        let anchored: Option<([u8; 32], i64)> = conn
            .prepare_cached("SELECT hash, at FROM audit_anchor WHERE device = ?1 ORDER BY at DESC, no DESC LIMIT 1")?
            .query_row([self.identity.device.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let since = match anchored {
            Some((hash, _)) if hash == head.hash.0 => return Ok(false),
            Some((_, at)) => at,
            None => conn
                .prepare_cached("SELECT at_ms FROM audit ORDER BY no LIMIT 1")?
                .query_row([], |row| row.get(0))
                .optional()?
                .unwrap_or(head.at_ms),
        };
        if self.now_ms() - since < every_ms {
            return Ok(false);
        }
        let (id, scope, occurred_on) = (self.new_op_id(), self.town_scope(), self.today_days());
        let body = Body::AuditAnchored(AuditAnchored { no: head.no, hash: head.hash });
        self.commit(Draft { id, scope, body, occurred_on })?;
        Ok(true)
    }
}
