//! Saying in the log how far this device's audit has come.

use rusqlite::{Connection, OptionalExtension};
use zhenxin_domain::ids::DeviceId;
use zhenxin_protocol::audit::End;
use zhenxin_protocol::body::Body;
use zhenxin_protocol::body::audit::AuditAnchored;

use super::{Draft, Tx};
use crate::audit::Kept;
use crate::error::StoreError;

/// The head that is to be said now: there are new rows, and the last anchor (or, without one, the first row) is at least
/// `every_ms` old.
pub(crate) fn due(conn: &Connection, device: DeviceId, now_ms: i64, every_ms: i64) -> Result<Option<Kept>, StoreError> {
    let Some(head) = Kept::load(conn, End::Head)? else { return Ok(None) };
    let anchored: Option<(Vec<u8>, i64)> = conn
        .prepare_cached("SELECT hash, at FROM audit_anchor WHERE device = ?1 ORDER BY at DESC, no DESC LIMIT 1")?
        .query_row([device.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let since = match anchored {
        Some((hash, _)) if hash == head.hash.0 => return Ok(None),
        Some((_, at)) => at,
        None => conn
            .prepare_cached("SELECT at_ms FROM audit ORDER BY no LIMIT 1")?
            .query_row([], |row| row.get(0))
            .optional()?
            .unwrap_or(head.at_ms),
    };
    Ok((now_ms - since >= every_ms).then_some(head))
}

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
        let now_ms = self.now_ms();
        let Some(head) = due(self.log.conn, self.identity.device, now_ms, every_ms)? else { return Ok(false) };
        let (id, scope, occurred_on) = (self.new_op_id(), self.town_scope(), self.today_days());
        let body = Body::AuditAnchored(AuditAnchored { no: head.no, hash: head.hash });
        self.commit(Draft { id, scope, body, occurred_on })?;
        Ok(true)
    }
}
